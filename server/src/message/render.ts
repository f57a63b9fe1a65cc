// Step 3: template + subscriber -> text -> guard -> encoding, segments, cost.
import { plainPunctuation, wellFormed } from '@usher/smpp/gsm'
import { type Encoding, measure } from '@usher/smpp/segment'
import {
  AssignTag,
  CaseTag,
  type Context,
  IfTag,
  Liquid,
  type Template as Parsed,
  UndefinedVariableError,
  UnlessTag,
  type Value,
} from 'liquidjs'
import type { Alphabets } from '../carrier/route.ts'
import { lifeOf, newCode } from '../link/link.ts'
import { type GuardFinding, guard } from './guard.ts'
import type { Finding } from './policy.ts'
import type { Purpose } from './purpose.ts'
import type { Template } from './template.ts'

/** A text of more segments than this is a mistake. */
export const mostSegments = 10

export interface Rendered {
  text: string
  /** The template's locale that was used; null for a text given as it stands. */
  locale: string | null
  encoding: Encoding
  /** National tables that it is written in. */
  national: string[]
  segments: number
  units: number
  forcedBy: { char: string; codePoint: string; index: number } | null
}

export type RenderProblem =
  | { problem: 'missing_variable'; detail: string }
  | { problem: 'no_locale'; detail: string }
  | { problem: 'bad_template'; detail: string }
  | { problem: 'empty_text'; detail: string }
  | { problem: 'too_long'; detail: string }

/** Loops in loops would hold up everything else this process does. */
export const renderLimitMs = 500

// A missing variable is refused with its name, never sent blank; a text may ask first, by `{% if date %}`, or say what
// stands for it, by `| default: "soon"`. Templates can read no file: `templates` is all there is.
const liquid = new Liquid({
  strictVariables: true,
  lenientIf: true,
  strictFilters: true,
  ownPropertyOnly: true,
  templates: {},
  parseLimit: 100_000,
  memoryLimit: 1_000_000,
  renderLimit: renderLimitMs,
  cache: false,
})

// The rest would be as lenient: `{% if price > 10 %}`, `{% case plan %}` would go on with their `else`, and
// `{% assign who = name | upcase %}` would leave a hole.
liquid.registerTag(
  'if',
  class extends IfTag {
    constructor(...made: ConstructorParameters<typeof IfTag>) {
      super(...made)
      for (const { value } of this.branches) if (!isLone(value)) strict(value)
    }
  },
)
liquid.registerTag(
  'unless',
  class extends UnlessTag {
    constructor(...made: ConstructorParameters<typeof UnlessTag>) {
      super(...made)
      for (const { value } of this.branches) if (!isLone(value)) strict(value)
    }
  },
)
liquid.registerTag(
  'case',
  class extends CaseTag {
    constructor(...made: ConstructorParameters<typeof CaseTag>) {
      super(...made)
      strict(this.value)
    }
  },
)
liquid.registerTag(
  'assign',
  class extends AssignTag {
    constructor(...made: ConstructorParameters<typeof AssignTag>) {
      super(...made)
      strict((this as unknown as { value: Value }).value) // private to TypeScript alone
    }
  },
)
/** Whether it is one variable and nothing else: asked so, whether it is there is the question. */
const isLone = ({ initial, filters }: Value) => initial.postfix.length === 1 && filters.length === 0
/** Has it throw where a variable of it is missing, whatever the tag asks for. */
function strict(value: Value): void {
  const read = value.value
  value.value = context => read.call(value, context, false)
}

// `{{ link | short }}`. What a short link becomes is the text's own, so it is given with the text, where no template sees it.
const ofThisText = Symbol('links of this text')
liquid.registerFilter('short', function (this: { context: Context }, link: unknown) {
  const links = (this.context.globals as { [ofThisText]?: TextLinks })[ofThisText]
  return links ? links.shorten(String(link ?? '')) : link
})

const parsed = new Map<string, Parsed[]>()
function parse(source: string): Parsed[] {
  let template = parsed.get(source)
  if (!template) {
    template = liquid.parse(source)
    if (parsed.size > 2_000) parsed.clear()
    parsed.set(source, template)
  }
  return template
}

/** The first of pt-BR, pt, en that the template has. */
export function pickLocale(texts: Record<string, string>, wanted: string): string | undefined {
  const byName = new Map(Object.keys(texts).map(name => [name.toLowerCase().replaceAll('_', '-'), name]))
  for (let locale = wanted.toLowerCase().replaceAll('_', '-'); locale !== ''; locale = locale.replace(/-?[^-]*$/, '')) {
    const name = byName.get(locale)
    if (name !== undefined) return name
  }
  return byName.get('en')
}

/** `data` is asked for only when it is needed: opening a profile costs a decryption. `links` hears of those made short. */
export function renderTemplate(
  template: Template,
  wanted: string,
  data: () => object,
  links: TextLinks,
  alphabets?: Alphabets,
  renderLimit = renderLimitMs,
): Rendered | RenderProblem {
  const locale = pickLocale(template.texts, wanted)
  if (locale === undefined)
    return { problem: 'no_locale', detail: `The template ${template.name} has no text for ${wanted}, nor for en.` }
  try {
    const globals = { [ofThisText]: links }
    const raw = liquid.renderSync(parse(template.texts[locale]!), data(), { renderLimit, globals }) as string
    return renderText(template.is_plain ? plainPunctuation(raw) : raw, locale, alphabets)
  } catch (error) {
    return asProblem(template.name, locale, error)
  }
}

/**
 * Encoding, segments and length of a text at a carrier that takes these alphabets; control characters are taken out, for
 * phones show them as they please.
 */
export function renderText(raw: string, locale: string | null = null, alphabets?: Alphabets): Rendered | RenderProblem {
  const text = strip(raw)
  if (text.trim() === '') return { problem: 'empty_text', detail: 'Nothing is left of the text to send.' }
  const { encoding, segments, units, forcedBy, shift } = measure(text, alphabets)
  if (segments > mostSegments)
    return {
      problem: 'too_long',
      detail: `The text takes ${segments} segments as ${encoding}${forcedBy ? ` (because of ${forcedBy.codePoint} at ${forcedBy.index})` : ''}; the most is ${mostSegments}.`,
    }
  return {
    ...{ text, locale, encoding, segments, units, forcedBy: forcedBy ?? null },
    national: shift ? [...new Set(Object.values(shift))] : [],
  }
}

// Line feed and carriage return stay; the other control characters of C0, DEL and C1 go, and lone surrogates are replaced.
const strip = (text: string) =>
  /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]/.test(text)
    ? wellFormed(text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, '').replace(/\t/g, ' '))
    : text

function asProblem(name: string, locale: string, error: unknown): RenderProblem {
  const cause = (error as { originalError?: unknown }).originalError ?? error
  if (cause instanceof UndefinedVariableError || error instanceof UndefinedVariableError) {
    const variable = /undefined variable: (.+?)(?:, line|$)/.exec((error as Error).message)?.[1] ?? 'a variable'
    return {
      problem: 'missing_variable',
      detail: `The template ${name} (${locale}) needs ${variable}, which the data does not hold.`,
    }
  }
  return {
    problem: 'bad_template',
    detail: `The template ${name} (${locale}) can not be rendered: ${(error as Error).message.split('\n')[0]}`,
  }
}

/** What is wrong with a Liquid text before anything is rendered; undefined where it can be parsed. */
export function templateProblem(source: string): string | undefined {
  try {
    liquid.parse(source)
    return undefined
  } catch (error) {
    return (error as Error).message.split('\n')[0]
  }
}

/** What a Liquid text asks its data for, as paths: `['title']`, `['subscriber', 'name']`. None where it can't be parsed. */
export function variablesOf(source: string): string[][] {
  try {
    return liquid.globalVariableSegmentsSync(parse(source)).map(path => path.filter(part => typeof part === 'string'))
  } catch {
    return [] // templateProblem says why
  }
}

// ---- Links made short ----------------------------------------------------------------------------------------------

/** The short links of one text. */
export interface TextLinks {
  /** What stands in the text instead of a link. One that may lead nowhere stays as it is, for the guard to refuse. */
  shorten(link: string): string
  /** Those that a text has in the end. */
  standingIn(text: string): { code: string; destination: string }[]
  /** Whether one of them was no link to make short: not a link, or one that the guard would not let stand there. */
  stray(): 'unreadable' | 'foreign' | null
}

/** `linkUrl` is the origin of short links: without one, a link stays long. `code` is drawn, or a preview's sample. */
export function textLinks(
  linkUrl: string | null,
  allowedDomains: readonly string[],
  purpose: Purpose,
  code: () => string = newCode,
): TextLinks {
  const made = new Map<string, { code: string; url: string }>()
  let stray: 'unreadable' | 'foreign' | null = null
  return {
    shorten(link) {
      if (lifeOf(purpose) === null) throw new Error('a text with a code carries no link')
      // A link to a subscriber's own page is of the link domain already.
      if (linkUrl === null || link.startsWith(`${linkUrl}/`)) return link
      const destination = destinationOf(link, allowedDomains)
      if (destination === undefined) {
        stray ??= URL.canParse(link) ? 'foreign' : 'unreadable'
        return link
      }
      let known = made.get(destination)
      if (!known) {
        // Once in a long while a code looks like something the guard refuses. Another one doesn't.
        for (let tries = 0; tries < 5; tries++) {
          const drawn = code()
          known = { code: drawn, url: `${linkUrl}/${drawn}` }
          if (guard(known.url, { allowedDomains }).length === 0) break
        }
        made.set(destination, known!)
      }
      return known!.url
    },
    standingIn: text =>
      [...made].flatMap(([destination, { code, url }]) => (text.includes(url) ? [{ code, destination }] : [])),
    stray: () => stray,
  }
}

/** Most characters of a destination. */
const longestDestination = 2_000

/** A link as it is stored, where short links may lead there: over https, to a host that the guard allows, as nobody. */
export function destinationOf(link: string, allowedDomains: readonly string[]): string | undefined {
  if (link.length > longestDestination || !URL.canParse(link)) return undefined
  const { protocol, username, password, hostname, href } = new URL(link)
  const isPlain = protocol === 'https:' && username === '' && password === ''
  const isOurs = isPlain && guard(`https://${hostname}`, { allowedDomains }).length === 0
  return isOurs && href.length <= longestDestination ? href : undefined
}

export interface Guarded {
  finding: Finding
  findings: GuardFinding[]
}

/**
 * The outbound guard, last and always, whoever wrote the text. The line it leaves names the rule, never the secret. A link
 * that was to be short and may not be is refused as the long one would be.
 */
export function guarded(text: string, allowedDomains: readonly string[], code?: string, links?: TextLinks): Guarded {
  const findings = guard(text, { allowedDomains, ...(code === undefined ? {} : { code }) })
  if (links && links.stray() !== null && !findings.some(({ rule }) => rule.endsWith('_link')))
    findings.push({ rule: 'foreign_link', sentence: notShort, at: [0, 0] })
  const [first] = findings
  return {
    findings,
    finding: first
      ? { rule: 'guard', answer: 'refused', facts: { met: first.rule, sentence: first.sentence } }
      : { rule: 'guard', answer: 'passed', facts: {} },
  }
}
/** As the guard itself says what it found. */
export const notShort = 'A link that should be short is not an https link to an allowed domain.'
