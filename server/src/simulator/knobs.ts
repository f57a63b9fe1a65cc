// How the simulated carrier behaves: slow, lossy, throttling or rude. The defaults are a well-behaved, fast one.

export interface Knobs {
  /** How long a submit_sm waits for its answer. The text reaches the phone before that. */
  answerDelayMs: number
  /** From the text's arrival on the phone (or its end elsewhere) to the receipt; 0 is as soon as possible. */
  receiptDelayMs: number
  /** submit_sm per second above which the answer is ESME_RTHROTTLED; 0 is never. */
  throttleAbove: number
  /** Probability of ESME_RMSGQFUL. */
  queueFull: number
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
  /** Cuts the TCP session at its every Nth submit_sm, which is taken and not answered; 0 is never. */
  disconnectEvery: number
  /** Cuts every session and refuses binds. */
  down: boolean
  /** Where a receipt carries its id and state: in the text of the body, in TLVs, or in both. */
  receiptForm: 'text' | 'tlv' | 'both'
  idForm: 'decimal' | 'hexadecimal' | 'uuid'
  /** How long a deliver_sm waits for its repeat after an error or no answer. */
  redeliverAfterMs: number
}

export const wellBehaved: Readonly<Knobs> = {
  answerDelayMs: 0,
  receiptDelayMs: 20,
  throttleAbove: 0,
  queueFull: 0,
  reject: 0,
  unanswered: 0,
  swallow: 0,
  undeliverable: 0,
  receiptMissing: 0,
  receiptTwice: 0,
  receiptEarly: 0,
  disconnectEvery: 0,
  down: false,
  receiptForm: 'both',
  idForm: 'decimal',
  redeliverAfterMs: 1_000,
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

const anHourMs = 3_600_000

const judges: Record<keyof Knobs, Judge> = {
  answerDelayMs: whole(anHourMs),
  receiptDelayMs: whole(7 * 24 * anHourMs),
  throttleAbove: whole(1_000_000),
  queueFull: probability,
  reject: probability,
  unanswered: probability,
  swallow: probability,
  undeliverable: probability,
  receiptMissing: probability,
  receiptTwice: probability,
  receiptEarly: probability,
  disconnectEvery: whole(1_000_000_000),
  down: value => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  receiptForm: oneOf('text', 'tlv', 'both'),
  idForm: oneOf('decimal', 'hexadecimal', 'uuid'),
  redeliverAfterMs: whole(anHourMs),
}

/** Lays what somebody turned over the knobs as they stood; all of it is taken, or none. */
export function readKnobs(
  turned: unknown,
  before: Readonly<Knobs> = wellBehaved,
): { ok: Knobs } | { problems: string[] } {
  if (typeof turned !== 'object' || turned === null || Array.isArray(turned))
    return { problems: ['knobs must be an object'] }
  const problems: string[] = []
  for (const [name, value] of Object.entries(turned)) {
    if (!Object.hasOwn(judges, name)) problems.push(`${name} is not a knob`)
    else {
      const problem = judges[name as keyof Knobs](value)
      if (problem !== undefined) problems.push(`${name} ${problem}`)
    }
  }
  return problems.length > 0 ? { problems } : { ok: { ...before, ...(turned as Partial<Knobs>) } }
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
