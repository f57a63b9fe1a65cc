// A text before it is sent: as it would be written, what it takes and costs, and what the guard would refuse.
import type { Preview, PreviewResult } from '@usher/contract/message'
import { segment } from '@usher/smpp/segment'
import { amount, type Prices, type Route } from '../carrier/route.ts'
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
  route: (country: string | null, purpose: Purpose) => Route
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
  const rendered = template
    ? renderTemplate(template, ask.locale ?? subscriber?.locale ?? 'en', data, links)
    : renderText(ask.text!)
  if ('problem' in rendered) return rendered
  const country = subscriber?.country ?? number?.country ?? null
  return viewRendered(deps, rendered, country, purpose, ask.data, links)
}

/** As long as a text's own short links, and leading nowhere: nothing is stored. */
export const sampleLinks = ({ linkUrl, allowedDomains }: PreviewDeps, purpose: Purpose): TextLinks =>
  textLinks(linkUrl, allowedDomains(), purpose, () => sampleCode)

/** What a text takes and costs, and what the guard would refuse of it. */
export function viewRendered(
  deps: Pick<PreviewDeps, 'route' | 'prices' | 'allowedDomains'>,
  rendered: Rendered,
  country: string | null,
  purpose: Purpose,
  data: Record<string, unknown> = {},
  links?: TextLinks,
): PreviewResult {
  const { microsPerSegment } = deps.route(country, purpose)
  const code = typeof data.code === 'string' ? data.code : undefined
  const { findings } = guarded(rendered.text, deps.allowedDomains(), code, links)
  return {
    text: rendered.text,
    locale: rendered.locale,
    encoding: rendered.encoding,
    units: rendered.units,
    segments: segment(rendered.text).segments.map(part => part.text),
    forcedBy: rendered.forcedBy,
    cost: { amount: amount(rendered.segments * microsPerSegment), currency: deps.prices.currency },
    findings: findings.map(({ rule, sentence }) => ({ rule, sentence })),
  }
}
