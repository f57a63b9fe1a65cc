// Why a text is sent. Lane, consent, hours, caps, how long it stays worth sending, what STOP does and how it retries
// all hang on it. One table; DESIGN.md, "Purposes".
import { type Lane, lanes, type Purpose, purposes } from '@usher/contract/purpose'

export { type Lane, lanes, type Purpose, purposes }

/** The groups a subscriber sees on the preference page. Codes and replies belong to none: they are asked for each time. */
export type PreferenceGroup = 'security' | 'account' | 'titles' | 'offers'

/** The purposes of these groups. */
export const purposesOf = (groups: readonly PreferenceGroup[]): Purpose[] =>
  purposes.filter(purpose => groups.some(group => rulesOf[purpose].group === group))

export interface Rules {
  lane: Lane
  /** Why we may text at all: they asked just now, it serves the contract, or they agreed. */
  basis: 'asked' | 'service' | 'consent'
  group: PreferenceGroup | null
  /** `any` time; `courtesy`: 08:00-21:00 local unless the deadline comes first; `quiet`: the region's promotional hours. */
  hours: 'any' | 'courtesy' | 'quiet'
  /** Counts towards the subscriber's caps. */
  capped: boolean
  /** How long after acceptance (or `notBefore`) it stays worth sending, unless the caller's deadline is sooner. */
  worthMinutes: number
  /** What happens when the PDU may have left and no answer came. `resend_once`: same text, same reference. */
  whenUnanswered: 'never_resent' | 'resend_once'
  /** The identity it is sent from: security has its own, so that STOP to one does not silence the other. */
  sender: 'main' | 'security'
  /** The text is dropped as soon as the carrier has it. */
  secret: boolean
}

const code: Rules = {
  lane: 'code',
  basis: 'asked',
  group: null,
  hours: 'any',
  capped: false,
  worthMinutes: 10,
  whenUnanswered: 'never_resent',
  sender: 'security',
  secret: true,
}
const reply: Rules = { ...code, lane: 'reply', worthMinutes: 5, sender: 'main', secret: false }
const account: Rules = {
  lane: 'account',
  basis: 'service',
  group: 'account',
  hours: 'courtesy',
  capped: false,
  worthMinutes: 24 * 60,
  whenUnanswered: 'resend_once',
  sender: 'main',
  secret: false,
}
const title: Rules = {
  lane: 'timely',
  basis: 'consent',
  group: 'titles',
  hours: 'quiet',
  capped: true,
  worthMinutes: 24 * 60,
  whenUnanswered: 'never_resent',
  sender: 'main',
  secret: false,
}

export const rulesOf: Record<Purpose, Rules> = {
  'code.sign_in': code,
  'code.reset': code,
  'code.recovery': code,
  'code.number_change': code,
  'code.action': code,
  'alert.security': {
    ...account,
    lane: 'alert',
    group: 'security',
    hours: 'any',
    worthMinutes: 60,
    sender: 'security',
  },
  'reply.compliance': reply,
  'reply.support': { ...reply, worthMinutes: 10 },
  'consent.confirm': { ...reply, worthMinutes: 24 * 60 },
  'account.payment': account,
  'account.renewal': account,
  'account.plan': account,
  'account.price_end': account,
  'account.trial': account,
  'account.refund': account,
  'account.welcome': account,
  'account.number': account,
  'title.new_episode': title,
  'title.release': title,
  'title.premiere': title,
  'title.leaving': title,
  'title.download_expiring': title,
  'title.recommendation': { ...title, lane: 'bulk', worthMinutes: 12 * 60 },
  // An offer is worth sending to its campaign's end, which the caller names; three days where none is named.
  offer: { ...title, lane: 'bulk', group: 'offers', worthMinutes: 3 * 24 * 60 },
}

/** Until when a text is worth sending that may leave from `begins` on: the caller may say sooner, of an offer also later. */
export function worthUntil(purpose: Purpose, begins: Date, asked: Date | null): Date {
  const usual = new Date(begins.getTime() + rulesOf[purpose].worthMinutes * 60_000)
  return asked !== null && (asked < usual || purpose === 'offer') ? asked : usual
}

/** What a bare STOP ends at once. */
export const promotional: readonly Purpose[] = purposes.filter(purpose => rulesOf[purpose].basis === 'consent')

/** The lanes that nothing stands in front of; the others share what is left. */
export const strictLanes = 2
export const laneNumber = (purpose: Purpose): number => lanes.indexOf(rulesOf[purpose].lane)
