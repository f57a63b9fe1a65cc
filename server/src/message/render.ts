// Step 3: template + subscriber -> text -> guard -> encoding, segments, cost.
import { wellFormed } from '@usher/smpp/gsm'
import { measure } from '@usher/smpp/segment'
import { Liquid, type Template as Parsed, UndefinedVariableError } from 'liquidjs'
import { type GuardFinding, guard } from './guard.ts'
import type { Finding } from './policy.ts'
import type { Template } from './template.ts'

/** A text of more segments than this is a mistake. */
export const mostSegments = 10

export interface Rendered {
  text: string
  /** The template's locale that was used; null for a text given as it stands. */
  locale: string | null
  encoding: 'gsm7' | 'ucs2'
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

// A missing variable is refused with its name, never sent blank. Templates can read no file: `templates` is all there is.
const liquid = new Liquid({
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  templates: {},
  parseLimit: 100_000,
  memoryLimit: 1_000_000,
  renderLimit: renderLimitMs,
  cache: false,
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

/** `data` is asked for only when it is needed: opening a profile costs a decryption. */
export function renderTemplate(
  template: Template,
  wanted: string,
  data: () => object,
  renderLimit = renderLimitMs,
): Rendered | RenderProblem {
  const locale = pickLocale(template.texts, wanted)
  if (locale === undefined)
    return { problem: 'no_locale', detail: `The template ${template.name} has no text for ${wanted}, nor for en.` }
  try {
    return renderText(liquid.renderSync(parse(template.texts[locale]!), data(), { renderLimit }) as string, locale)
  } catch (error) {
    return asProblem(template.name, locale, error)
  }
}

/** Encoding, segments and length of a text; control characters are taken out, for phones show them as they please. */
export function renderText(raw: string, locale: string | null = null): Rendered | RenderProblem {
  const text = strip(raw)
  if (text.trim() === '') return { problem: 'empty_text', detail: 'Nothing is left of the text to send.' }
  const { encoding, segments, units, forcedBy } = measure(text)
  if (segments > mostSegments)
    return {
      problem: 'too_long',
      detail: `The text takes ${segments} segments as ${encoding}${forcedBy ? ` (because of ${forcedBy.codePoint} at ${forcedBy.index})` : ''}; the most is ${mostSegments}.`,
    }
  return { text, locale, encoding, segments, units, forcedBy: forcedBy ?? null }
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

export interface Guarded {
  finding: Finding
  findings: GuardFinding[]
}

/** The outbound guard, last and always, whoever wrote the text. The line it leaves names the rule, never the secret. */
export function guarded(text: string, allowedDomains: readonly string[], code?: string): Guarded {
  const findings = guard(text, { allowedDomains, ...(code === undefined ? {} : { code }) })
  const [first] = findings
  return {
    findings,
    finding: first
      ? { rule: 'guard', answer: 'refused', facts: { met: first.rule, sentence: first.sentence } }
      : { rule: 'guard', answer: 'passed', facts: {} },
  }
}
