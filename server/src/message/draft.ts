// A template before it is saved: each locale as it would be written, and what would break in it.
import type { TemplateDraft, TemplatePreview } from '@usher/contract/template'
import { unseal } from '../store/keys.ts'
import { turn } from '../store/turn.ts'
import { findSubscriber } from '../subscriber/subscriber.ts'
import { type PreviewDeps, sampleLinks, viewRendered } from './preview.ts'
import type { Purpose } from './purpose.ts'
import {
  guarded,
  notShort,
  pickLocale,
  type Rendered,
  renderLimitMs,
  renderTemplate,
  templateProblem,
  variablesOf,
} from './render.ts'
import { shippedTemplates } from './templates.ts'

interface Draft {
  name: string
  purpose: Purpose
  texts: Record<string, string>
  isPlain?: boolean | undefined
}

type Problem = { code: string; detail: string }

/** What would stop a save, locale by locale: it is checked with sample data, so that it does not first break at a send. */
export async function draftErrors(deps: PreviewDeps, draft: Draft): Promise<{ at: string; detail: string }[]> {
  const seen = await eachLocale(deps, draft, { ...samplesFor(deps, draft), ...deps.constants })
  // Not what is `missing`: where a sample does not have the shape that a text asks for, it is not the text that is wrong.
  return seen.flatMap(({ locale, problems }) => problems.map(({ detail }) => ({ at: `texts.${locale}`, detail })))
}

export async function previewDraft(
  deps: PreviewDeps,
  name: string,
  { subscriber: id, data: given = {}, ...input }: TemplateDraft,
): Promise<TemplatePreview | { problem: 'unknown_subscriber' }> {
  const draft = { name, ...input }
  const row = id === undefined ? undefined : await findSubscriber(deps.db, id)
  if (id !== undefined && !row) return { problem: 'unknown_subscriber' }
  const samples = samplesFor(deps, draft)
  const subscriber =
    row?.profile && row.data_key
      ? JSON.parse(unseal(deps.keys.unwrap(row.data_key), row.profile, 'profile'))
      : row
        ? {}
        : samples.subscriber
  const data = { ...samples, ...deps.constants, ...given, subscriber }
  const seen = await eachLocale(deps, draft, data)
  const kind = { country: row?.country ?? null, network: row?.network ?? null, purpose: draft.purpose }
  const locales = seen.map(({ locale, rendered, problems, missing }) => {
    const result = rendered ? viewRendered(deps, rendered, kind, data) : null
    return [locale, { result, problems: [...problems, ...missing] }] as [string, TemplatePreview['locales'][string]]
  })
  return {
    variables: [...new Set(Object.values(draft.texts).flatMap(text => rootsOf(deps, text)))].sort(),
    chosen: row ? (pickLocale(draft.texts, row.locale ?? 'en') ?? null) : null,
    locales: Object.fromEntries(locales),
  }
}

interface Checked {
  locale: string
  rendered: Rendered | undefined
  problems: Problem[]
  /** What the data lacks, which may be the data's fault. */
  missing: Problem[]
}

/** A draft has as many locales as somebody likes, each with its loops: together they get the time of one text that is sent. */
async function eachLocale(deps: PreviewDeps, draft: Draft, data: Record<string, unknown>): Promise<Checked[]> {
  const all: Checked[] = []
  let leftMs = renderLimitMs
  for (const locale of Object.keys(draft.texts)) {
    await turn()
    const startedAtMs = deps.clock.monotonic()
    all.push(checked(deps, draft, locale, data, Math.max(10, leftMs)))
    leftMs -= deps.clock.monotonic() - startedAtMs
  }
  return all
}

/** One locale, rendered; and what is wrong with it. */
function checked(
  deps: PreviewDeps,
  draft: Draft,
  locale: string,
  data: Record<string, unknown>,
  limitMs: number,
): Checked {
  const source = draft.texts[locale]!
  const of = { locale, rendered: undefined, missing: [] }
  const unread = templateProblem(source)
  if (unread !== undefined) return { ...of, problems: [{ code: 'bad_template', detail: unread }] }
  const problems: Problem[] = []
  // Who sends gives the same data whatever the language: one that asks for more would be refused for its readers alone.
  const first = 'en' in draft.texts ? 'en' : Object.keys(draft.texts)[0]!
  const known = rootsOf(deps, draft.texts[first]!)
  const strange = rootsOf(deps, source).filter(name => !known.includes(name))
  if (locale !== first && strange.length > 0 && templateProblem(draft.texts[first]!) === undefined)
    problems.push({
      code: 'missing_variable',
      detail: `It asks for ${strange.map(name => `{{ ${name} }}`).join(', ')}, which the text in ${first} does not: who sends would not give it.`,
    })
  const only = {
    name: draft.name,
    version: 0,
    purpose: draft.purpose,
    texts: { [locale]: source },
    is_plain: draft.isPlain ?? false,
    created_at: epoch,
  }
  const links = sampleLinks(deps, draft.purpose)
  const rendered = renderTemplate(only, locale, () => data, links, {}, limitMs)
  const code = typeof data.code === 'string' ? data.code : undefined
  // Read twice: as it is written with this data, and with all that other data would bring out.
  const texts = [...('problem' in rendered ? [] : [rendered.text]), wordsOf(source, data)]
  const found = texts.flatMap(text => guarded(text, deps.allowedDomains(), code).findings)
  const sentences = new Map(found.map(({ rule, sentence }) => [sentence, rule]))
  problems.push(...[...sentences].map(([detail, rule]) => ({ code: `guard.${rule}`, detail })))
  // A sample that is no link at all is not the text's fault, as one that leads elsewhere is.
  const stray = links.stray()
  const notALink = { code: 'guard.foreign_link', detail: notShort }
  if (stray === 'foreign' && !sentences.size) problems.push(notALink)
  const missing = stray === 'unreadable' ? [notALink] : []
  if (!('problem' in rendered)) return { ...of, rendered, problems, missing }
  const problem = { code: rendered.problem, detail: rendered.detail }
  return rendered.problem === 'missing_variable'
    ? { ...of, problems, missing: [problem] }
    : { ...of, problems: [...problems, problem] }
}
const epoch = new Date(0)

/** The words of a text, those of all its branches; a value stands where one is printed, and a line ends where a tag is. */
const wordsOf = (source: string, data: Record<string, unknown>): string =>
  source
    .replace(/\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}|\{%.*?%\}/gs, '\n')
    .replace(/\{\{-?\s*([\w.]*).*?\}\}/gs, (_, path: string) => {
      const value = path.split('.').reduce<unknown>((at, field) => own(at, field), data)
      return typeof value === 'string' || typeof value === 'number' ? String(value) : 'x'
    })
/** What it has of its own under this name: a template may name anything. */
const own = (at: unknown, name: string): unknown =>
  typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Record<string, unknown>)[name] : undefined

/** What a text asks for, without what every text has. */
const rootsOf = ({ constants }: PreviewDeps, source: string): string[] => [
  ...new Set(
    variablesOf(source)
      .map(path => path[0]!)
      .filter(root => root !== 'subscriber' && !(root in constants)),
  ),
]

const shipped = Object.assign({}, ...shippedTemplates.map(({ example }) => example)) as Record<string, unknown>

/** A value for each variable of a draft: as Usher's own examples have it, else the variable's name. */
function samplesFor(
  { constants }: PreviewDeps,
  { name, texts }: Draft,
): Record<string, unknown> & { subscriber: object } {
  const example = shippedTemplates.find(one => one.name === name)?.example ?? {}
  const named: Tree = Object.create(null)
  const sources = Object.values(texts)
  for (const [root, ...fields] of sources.flatMap(variablesOf)) grow(named, root!, fields)
  // The examples' links lead to the demo's service; those of a draft have to lead to this one's.
  const host = constants.host ?? exampleHost
  const ours = Object.entries({ ...shipped, ...example }).map(([key, value]) => [
    key,
    typeof value === 'string' ? value.replace(exampleLinks, host) : value,
  ])
  return {
    ...named,
    ...linksIn(sources, host),
    ...Object.fromEntries(ours),
    ...listsIn(sources),
    subscriber: { name: 'Ada', ...asTree(named.subscriber) },
  }
}
const exampleHost = 'orpheum.example'
const exampleLinks = /\b(?:go\.)?orpheum\.example\b/g

/** A link for each variable that is made short: `{{ episode_link | short }}`. */
const linksIn = (sources: readonly string[], host: string): Record<string, string> =>
  Object.fromEntries(
    sources
      .flatMap(source => [...source.matchAll(/\{\{-?\s*(\w+)\s*\|(?:(?!\}\}).)*\bshort\b/g)])
      .map(([, root]) => [root!, `https://${host}/${root}`]),
  )

/** Two of each for a list that is walked through: things with the fields that are asked of them, or their name. */
function listsIn(sources: readonly string[]): Record<string, unknown[]> {
  const lists: Record<string, unknown[]> = Object.create(null)
  for (const source of sources)
    for (const [, one, list] of source.matchAll(/\{%-?\s*(?:for|tablerow)\s+(\w+)\s+in\s+(\w+)(?![\w.[])/g)) {
      const fields = [...source.matchAll(new RegExp(`\\b${one}\\.(\\w+)`, 'g'))].map(([, field]) => [field!, field!])
      const known = lists[list!]?.[0]
      const thing =
        fields.length > 0
          ? { ...(typeof known === 'object' ? known : {}), ...Object.fromEntries(fields) }
          : (known ?? one)
      lists[list!] = [thing, thing]
    }
  return lists
}

interface Tree {
  [name: string]: Tree | string
}
const asTree = (value: Tree | string | undefined): Tree => (typeof value === 'object' ? value : Object.create(null))

/** `order.total` becomes an order with a total. Without prototypes: a template may name anything. */
function grow(tree: Tree, name: string, [field, ...deeper]: string[]): void {
  if (field === undefined) tree[name] ??= name
  else {
    const branch = asTree(tree[name])
    tree[name] = branch
    grow(branch, field, deeper)
  }
}
