// A text before it is sent: as it would be written, what it takes and costs, and what the guard would refuse.
import type { Preview, PreviewResult } from '@usher/contract/message'
import { plainPunctuation } from '@usher/smpp/gsm'
import { measure, segment } from '@usher/smpp/segment'
import { type Alphabets, amount, type Kind, type Prices, type Router } from '../carrier/route.ts'
import type { Clock } from '../clock.ts'
import { sampleCode } from '../link/link.ts'
import type { Database } from '../store/database.ts'
import { type KeyRing, unseal } from '../store/keys.ts'
import { type AllowedRange, readNumber } from '../subscriber/number.ts'
import { findSubscriber } from '../subscriber/subscriber.ts'
import type { AskProblem } from './accept.ts'
import type { Purpose } from './purpose.ts'
import { guarded, type Rendered, renderTemplate, renderText, type TextLinks, textLinks } from './render.ts'
import type { Templates } from './template.ts'

export interface PreviewDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  templates: Templates
  router: () => Pick<Router, 'pick'>
  prices: Prices
  constants: Record<string, string>
  allowedDomains: () => readonly string[]
  linkUrl: string | null
  allowedRanges: readonly AllowedRange[]
}

export async function preview(
  deps: PreviewDeps,
  ask: Preview,
): Promise<PreviewResult | { problem: AskProblem; detail: string }> {
  const { db, keys, templates, constants } = deps
  const subscriber = ask.subscriber === undefined ? undefined : await findSubscriber(db, ask.subscriber)
  if (ask.subscriber !== undefined && !subscriber)
    return { problem: 'unknown_subscriber', detail: 'There is no subscriber of this id.' }
  const number = ask.number === undefined ? undefined : readNumber(ask.number, deps.allowedRanges)
  if (typeof number === 'string') return { problem: 'invalid_number', detail: 'No numbering plan has this number.' }
  const template = ask.template === undefined ? undefined : (await templates.find([ask.template])).get(ask.template)
  if (ask.template !== undefined && !template)
    return { problem: 'unknown_template', detail: `There is no template named ${ask.template}.` }
  const purpose = ask.purpose ?? template?.purpose ?? 'reply.support'
  const links = sampleLinks(deps, purpose)
  const data = () => ({
    ...constants,
    ...ask.data,
    get subscriber() {
      return subscriber?.profile && subscriber.data_key
        ? JSON.parse(unseal(keys.unwrap(subscriber.data_key), subscriber.profile, 'profile'))
        : {}
    },
  })
  const country = subscriber?.country ?? number?.country ?? null
  const kind = { country, network: subscriber?.network ?? number?.network ?? null, purpose }
  const alphabets = usualWay(deps, kind)?.alphabets
  const rendered = template
    ? renderTemplate(template, ask.locale ?? subscriber?.locale ?? 'en', data, links, alphabets)
    : renderText(ask.text!, null, alphabets)
  if ('problem' in rendered) return rendered
  return viewRendered(deps, rendered, kind, ask.data, links)
}

/** The way that most texts of a kind take now; null where no route is open. */
const usualWay = ({ router }: Pick<PreviewDeps, 'router'>, kind: Kind) => router().pick(kind, () => 0)

/** As long as a text's own short links, and leading nowhere: nothing is stored. */
export const sampleLinks = ({ linkUrl, allowedDomains }: PreviewDeps, purpose: Purpose): TextLinks =>
  textLinks(linkUrl, allowedDomains(), purpose, () => sampleCode)

/** What a text takes and costs, and what the guard would refuse of it. */
export function viewRendered(
  deps: Pick<PreviewDeps, 'router' | 'prices' | 'allowedDomains'>,
  rendered: Rendered,
  kind: Kind,
  data: Record<string, unknown> = {},
  links?: TextLinks,
): PreviewResult {
  const { currency, micros } = deps.prices
  const way = usualWay(deps, kind)
  const price = way?.microsPerSegment ?? micros[kind.country ?? 'other'] ?? micros.other
  const cost = (segments: number) => ({ amount: amount(segments * price), currency })
  const plain = measure(plainPunctuation(rendered.text), way?.alphabets).segments
  const code = typeof data.code === 'string' ? data.code : undefined
  const { findings } = guarded(rendered.text, deps.allowedDomains(), code, links)
  return {
    text: rendered.text,
    locale: rendered.locale,
    encoding: rendered.encoding,
    national: rendered.national,
    units: rendered.units,
    segments: partsOf(rendered.text, way?.alphabets),
    forcedBy: rendered.forcedBy,
    cost: cost(rendered.segments),
    plain: plain < rendered.segments ? { segments: plain, cost: cost(plain) } : null,
    findings: findings.map(({ rule, sentence }) => ({ rule, sentence })),
  }
}

/** As a phone would put it together; message_payload is cut by the network as a header would have it. */
const partsOf = (text: string, alphabets: Alphabets = {}): string[] =>
  segment(text, alphabets.form === 'payload' ? { ...alphabets, form: 'udh8' } : alphabets).segments.map(
    part => part.text,
  )
