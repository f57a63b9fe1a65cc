// How a simulated carrier behaves: slow, lossy, throttling or rude. The defaults are a well-behaved, fast one. What is said
// of submit_sm and its statuses holds for the requests of an HTTP carrier too, in the words of its provider.
import { commandStatus, type StatusName } from '@usher/smpp/pdu'

/** What can be another for the numbers of one range. */
export interface TextKnobs {
  /** How long a submit_sm waits for its answer. The text reaches the phone before that. */
  answerDelayMs: number
  /** How long a taken text is on its way to the phone. */
  deliveryDelayMs: number
  /** From the text's arrival on the phone (or its end elsewhere) to the receipt; 0 is as soon as possible. */
  receiptDelayMs: number
  /** Probability of ESME_RMSGQFUL. */
  queueFull: number
  /** Probability of a temporary error, ESME_RSYSERR; over HTTP 503. */
  temporary: number
  /** Probability of a rejection for good, ESME_RINVDSTADR. */
  reject: number
  /** Probability that a text is taken and reaches the phone, but its submit_sm is never answered. */
  unanswered: number
  /** Probability that a submit_sm is neither taken nor answered. */
  swallow: number
  /** Probability that a taken text never reaches the phone and its receipt says UNDELIV. */
  undeliverable: number
  receiptMissing: number
  receiptTwice: number
  /** Probability that the receipt overtakes submit_sm_resp. */
  receiptEarly: number
  /** Probability that a receipt of an intermediate state, ENROUTE or ACCEPTD, comes before the last. */
  intermediate: number
}

/** Knobs of their own for the numbers that start with a prefix. */
export interface Range extends Partial<TextKnobs> {
  /** E.164 with +; of several that fit a number the longest counts. */
  prefix: string
  /** Nobody has these numbers: taken, and undeliverable. */
  dead?: boolean
  /** Handsets that are off: texts wait for them until they expire. */
  off?: boolean
}

export interface Knobs extends TextKnobs {
  /** submit_sm per second above which the answer is ESME_RTHROTTLED; 0 is never. */
  throttleAbove: number
  /** Parts taken in any one second, wherever it begins; one more is throttled and counted in overLimit. 0 is no limit. */
  perSecond: number
  /** congestion_state of the answers (SMPP 5.0, 4.8.4.18), 100 at most; 0: they have none. SMPP alone. */
  congestion: number
  /** Cuts the TCP session at its every Nth submit_sm, which is taken and not answered; 0 is never. */
  disconnectEvery: number
  /** Cuts every session and refuses binds. */
  down: boolean
  /** Sessions stay up and enquire_link is answered, but nothing is taken or answered, and nothing comes. */
  silent: boolean
  /** The command_status that refuses binds; null: those with the right password are taken. SMPP alone. */
  bindStatus: StatusName | null
  /** Receipts that are due together leave in any order. */
  outOfOrder: boolean
  /** Where a receipt carries its id and state: in the text of the body, in TLVs, or in both. SMPP alone, as what follows. */
  receiptForm: (typeof receiptForms)[number]
  receiptDialect: ReceiptDialect
  idForm: (typeof idForms)[number]
  /** How receipts write the id that the answer gave. */
  receiptIdForm: ReceiptIdForm
  inboundCoding: InboundCoding
  inboundForm: InboundForm
  /** The parts of a long text from a phone come in any order. Over HTTP texts come whole. */
  inboundShuffled: boolean
  /** How long a deliver_sm waits for its repeat after an error or no answer. */
  redeliverAfterMs: number
  ranges: readonly Range[]
}

const receiptForms = ['text', 'tlv', 'both'] as const
const idForms = ['decimal', 'hexadecimal', 'uuid'] as const

/**
 * The body of a receipt. standard: appendix B of SMPP 3.4. seconds, century: dates of 12 and of 14 digits. lowerCase: the
 * state is. upperCase: the names are. short: neither counts nor dates nor text. spaced: more spaces than need be.
 */
const receiptDialects = ['standard', 'seconds', 'century', 'lowerCase', 'upperCase', 'short', 'spaced'] as const
export type ReceiptDialect = (typeof receiptDialects)[number]

const receiptIdForms = ['same', 'decimal', 'hexadecimal', 'zeros', 'upperCase'] as const
export type ReceiptIdForm = (typeof receiptIdForms)[number]

/** auto: GSM 03.38 where the text fits, else UCS-2. latin1: likewise. */
const inboundCodings = ['auto', 'latin1', 'ucs2'] as const
export type InboundCoding = (typeof inboundCodings)[number]

/** Long texts in parts with an 8 or a 16 bit reference in the header or in SAR parameters, or whole in message_payload. */
const inboundForms = ['udh8', 'udh16', 'sar', 'payload'] as const
export type InboundForm = (typeof inboundForms)[number]

export const wellBehaved: Readonly<Knobs> = {
  answerDelayMs: 0,
  deliveryDelayMs: 0,
  receiptDelayMs: 20,
  throttleAbove: 0,
  perSecond: 0,
  congestion: 0,
  queueFull: 0,
  temporary: 0,
  reject: 0,
  unanswered: 0,
  swallow: 0,
  undeliverable: 0,
  receiptMissing: 0,
  receiptTwice: 0,
  receiptEarly: 0,
  intermediate: 0,
  outOfOrder: false,
  disconnectEvery: 0,
  down: false,
  silent: false,
  bindStatus: null,
  receiptForm: 'both',
  receiptDialect: 'standard',
  idForm: 'decimal',
  receiptIdForm: 'same',
  inboundCoding: 'auto',
  inboundForm: 'udh8',
  inboundShuffled: false,
  redeliverAfterMs: 1_000,
  ranges: [],
}

type Judge = (value: unknown) => string | undefined

const whole =
  (highest: number): Judge =>
  value =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= highest
      ? undefined
      : `must be a whole number from 0 to ${highest}`

const probability: Judge = value =>
  typeof value === 'number' && value >= 0 && value <= 1 ? undefined : 'must be a probability from 0 to 1'

const oneOf =
  (...words: string[]): Judge =>
  value =>
    typeof value === 'string' && words.includes(value) ? undefined : `must be one of ${words.join(', ')}`

const isTrueOrFalse: Judge = value => (typeof value === 'boolean' ? undefined : 'must be true or false')

const anHourMs = 3_600_000

const textJudges: Record<keyof TextKnobs, Judge> = {
  answerDelayMs: whole(anHourMs),
  deliveryDelayMs: whole(anHourMs),
  receiptDelayMs: whole(7 * 24 * anHourMs),
  queueFull: probability,
  temporary: probability,
  reject: probability,
  unanswered: probability,
  swallow: probability,
  undeliverable: probability,
  receiptMissing: probability,
  receiptTwice: probability,
  receiptEarly: probability,
  intermediate: probability,
}

const rangeJudges: Record<keyof Range, Judge> = {
  ...textJudges,
  prefix: value =>
    typeof value === 'string' && /^\+\d{1,15}$/.test(value) ? undefined : 'must be + and 1 to 15 digits',
  dead: isTrueOrFalse,
  off: isTrueOrFalse,
}

const mostRanges = 100

const judges: Record<keyof Knobs, Judge> = {
  ...textJudges,
  throttleAbove: whole(1_000_000),
  perSecond: whole(100_000),
  congestion: whole(100),
  disconnectEvery: whole(1_000_000_000),
  down: isTrueOrFalse,
  silent: isTrueOrFalse,
  bindStatus: value =>
    value === null || (typeof value === 'string' && value !== 'ESME_ROK' && Object.hasOwn(commandStatus, value))
      ? undefined
      : 'must be null or the name of a command_status',
  outOfOrder: isTrueOrFalse,
  receiptForm: oneOf(...receiptForms),
  receiptDialect: oneOf(...receiptDialects),
  idForm: oneOf(...idForms),
  receiptIdForm: oneOf(...receiptIdForms),
  inboundCoding: oneOf(...inboundCodings),
  inboundForm: oneOf(...inboundForms),
  inboundShuffled: isTrueOrFalse,
  redeliverAfterMs: whole(anHourMs),
  ranges: value => {
    if (!Array.isArray(value) || value.length > mostRanges) return `must be a list of ${mostRanges} ranges at most`
    for (const [i, range] of value.entries()) {
      if (!isObject(range)) return `${i} must be an object`
      const [problem] = 'prefix' in range ? judged(range, rangeJudges) : ['has no prefix']
      if (problem !== undefined) return `${i} ${problem}`
    }
    return undefined
  },
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function judged(turned: object, by: Record<string, Judge>): string[] {
  return Object.entries(turned).flatMap(([name, value]) => {
    if (!Object.hasOwn(by, name)) return `${name} is not a knob`
    const problem = by[name]!(value)
    return problem === undefined ? [] : `${name} ${problem}`
  })
}

/** Lays what somebody turned over the knobs as they stood; all of it is taken, or none. */
export function readKnobs(
  turned: unknown,
  before: Readonly<Knobs> = wellBehaved,
): { ok: Knobs } | { problems: string[] } {
  if (!isObject(turned)) return { problems: ['knobs must be an object'] }
  const problems = judged(turned, judges)
  return problems.length > 0 ? { problems } : { ok: { ...before, ...(turned as Partial<Knobs>) } }
}

/** The knobs as they stand for one number. */
export interface KnobsFor extends Knobs {
  dead?: boolean
  off?: boolean
}

/** Answers the knobs of a number: its range's over the carrier's own. */
export function knobsByNumber(knobs: Readonly<Knobs>): (number: string) => Readonly<KnobsFor> {
  if (knobs.ranges.length === 0) return () => knobs
  const ranges = knobs.ranges
    .map(range => ({ prefix: range.prefix, knobs: { ...knobs, ...range } as KnobsFor }))
    .sort((a, b) => b.prefix.length - a.prefix.length)
  return number => ranges.find(({ prefix }) => number.startsWith(prefix))?.knobs ?? knobs
}

/** A small seeded generator (mulberry32), so that a rude carrier is rude in the same way twice. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The same items in any order. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const left = [...items]
  for (let i = left.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[left[i], left[j]] = [left[j]!, left[i]!]
  }
  return left
}
