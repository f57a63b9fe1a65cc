// One simulated carrier, whatever it is spoken with in: what becomes of a text by its knobs, which receipts it owes, what it
// brings from phones, and what it counts. smpp-door.ts and http-door.ts are the two ways to speak with it.
import type { Shift } from '@usher/smpp/national'
import type { Part } from '@usher/smpp/segment'
import type { Clock } from '../clock.ts'
import type { HandsetReply, Handsets } from './handset.ts'
import { type Knobs, type KnobsFor, knobsByNumber, readKnobs, shuffled } from './knobs.ts'
import type { Later } from './later.ts'
import { createLedger, type Ledger, type LedgerLine } from './ledger.ts'
import { createOutbox, type Owed, type Receiver } from './outbox.ts'
import { createSeconds, type Second } from './seconds.ts'

/** A text as it came, or one part of a long one. */
export interface Submission {
  to: string
  originator: string
  /** user_message_reference, where there is one. */
  reference: number | null
  octets: Uint8Array
  dataCoding: number
  part: Part | undefined
  /** The national tables that the header names. */
  shift?: Shift | undefined
  /** Of a text that came whole and takes several parts: how the carrier cuts it. */
  parts?: readonly { octets: Uint8Array; part: Part }[] | undefined
}

/** How a text ended for the carrier. */
export type TextEnd = 'delivered' | 'undeliverable' | 'expired'
/** What a receipt can tell. */
export type Told = TextEnd | 'enroute' | 'accepted'

type Refusal = 'throttled' | 'queueFull' | 'temporary' | 'rejected'

/** What becomes of a submit. */
export type Outcome =
  | { kind: 'taken'; id: string }
  | { kind: 'refused'; why: Refusal }
  /** No answer, ever. */
  | { kind: 'silence' }
  /** Taken, and the connection ends before the answer. */
  | { kind: 'cut' }

/** What is counted is what comes on the wire: each segment of a long text over SMPP, each text over HTTP. */
export interface Counts {
  /** Submits that came, whatever became of them. */
  received: number
  /** Taken: each has an id, and ends on a phone, as undeliverable or as expired. */
  submitted: number
  answered: number
  rejected: number
  throttled: number
  queueFull: number
  temporary: number
  /** Parts throttled because of perSecond. */
  overLimit: number
  /** Taken, and never answered. */
  unanswered: number
  /** Neither taken nor answered. */
  swallowed: number
  delivered: number
  undeliverable: number
  expired: number
  /** For a phone to be reachable, or on the way to it, at this moment. */
  waiting: number
  /** Receipts written, intermediate ones too; repeats count again. */
  receiptsSent: number
  receiptsAcked: number
  inboundSent: number
  inboundAcked: number
  /** Connections cut by disconnectEvery. */
  disconnected: number
  /** Bound at this moment. */
  sessions: number
  /** Texts taken, by originator. */
  byOriginator: Record<string, number>
}

/** A simulated carrier as its controls and the phones see it. */
export interface Carrier {
  readonly name: string
  readonly protocol: 'smpp' | 'http'
  readonly knobs: Readonly<Knobs>
  /** Turns some of the knobs while it runs: all that is asked, or nothing when there is a problem. */
  turn(turned: unknown): ReturnType<typeof readKnobs>
  readonly counts: Readonly<Counts>
  readonly ledger: Ledger | undefined
  /** The parts that came in each second after this one. */
  seconds(after?: number): Second[]
  /** Of SMPP. */
  readonly smppPort?: number
  /** Of HTTP: where its face is. */
  readonly url?: string
}

/** What a carrier says in the words of its protocol. S: a submission. R: who receives its calls. C: one such call. */
export interface Speech<S extends Submission, R extends Receiver, C> {
  id(n: number, knobs: Readonly<Knobs>): string
  /** Undefined: as long as the carrier likes. */
  validForMs(submission: S, at: Date): number | undefined
  /** Undefined: nobody asked for it. */
  receipt(
    submission: S,
    told: { id: string; state: Told; submittedAt: Date; doneAt: Date },
    knobs: Readonly<Knobs>,
  ): C | undefined
  /** A call for each part. */
  inbound(from: string, written: HandsetReply, knobs: Readonly<Knobs>): C[]
  /** Sends it once and says whether it was acknowledged. Never throws. */
  send(receiver: R, call: C): Promise<boolean>
}

export interface CarrierOptions {
  name: string
  knobs?: Partial<Knobs> | undefined
  /** True keeps a ledger of the texts taken; a number, only the last so many. */
  record: boolean | number
  clock: Pick<Clock, 'now'>
  random: () => number
  later: Later
  handsets: Handsets
  /** Texts on phones say which carrier brought them. */
  isOneOfSeveral: boolean
}

/** Whoever submits: how often they have on this connection, and whether an answer can still reach them. */
export interface Submitter {
  submits: number
  isThere: boolean
}

/** A text the carrier took, until its receipt is in the outbox. */
interface Taken<S, R> {
  id: string
  submission: S
  from: R
  at: Date
  /** Its receipt overtakes the answer, and `overtaking` resolves when it has arrived. */
  isEarly: boolean
  overtaking?: Promise<void>
}

interface Call<R, C> extends Owed<R> {
  kind: 'receipt' | 'inbound'
  call: C
}

const silence: Outcome = { kind: 'silence' }
const defaultValidityMs = 3 * 24 * 3_600_000
const originatorsCounted = 1_000
// An ESME may hold back its deliver_sm_resp until it has seen the answer; the receipt has overtaken it anyway.
const overtakingMs = 100
/** Receipts that come due within it leave in any order, if they are to. */
const togetherMs = 20

export type Core<S extends Submission, R extends Receiver, C> = ReturnType<typeof createCarrier<S, R, C>>

export function createCarrier<S extends Submission, R extends Receiver, C>(
  options: CarrierOptions,
  speech: Speech<S, R, C>,
) {
  const { name, record, clock, random, later, handsets, isOneOfSeveral } = options
  const first = readKnobs(options.knobs ?? {})
  if ('problems' in first) throw new Error(`The carrier ${name} cannot start: ${first.problems.join('; ')}`)

  let knobs: Readonly<Knobs> = first.ok
  let knobsOf = knobsByNumber(knobs)
  const counts = noCounts()
  const seconds = createSeconds()
  const ledger = record === false ? undefined : createLedger(record === true ? undefined : record)
  /** Texts for phones that are off or without coverage. */
  const waiting = new Map<string, Map<string, Taken<S, R>>>()

  const outbox = createOutbox<R, Call<R, C>>({
    later,
    redeliverAfterMs: () => knobs.redeliverAfterMs,
    isPaused: () => knobs.silent,
    deliver(receiver, { kind, call }) {
      if (kind === 'receipt') counts.receiptsSent++
      else counts.inboundSent++
      return speech.send(receiver, call)
    },
  })

  const chance = (probability: number) => probability > 0 && random() < probability
  const pause = (ms: number) => new Promise<void>(resolve => later.do(ms, resolve))
  const isReachable = (number: string) => handsets.stateOf(number) === 'on' && knobsOf(number).off !== true

  // Beginning with the time keeps ids apart over restarts.
  let lastId = clock.now().getTime() * 1_000

  // --- The life of one text -------------------------------------------------------------------------------------

  function submit(submission: S, from: R, submitter: Submitter): Outcome | Promise<Outcome> {
    counts.received++
    const parts = submission.parts?.length ?? 1
    const isOver = seconds.isOver(parts, knobs.perSecond)
    if (knobs.silent) {
      counts.swallowed++
      return silence
    }
    const its = knobsOf(submission.to)
    const isLast = knobs.disconnectEvery > 0 && ++submitter.submits >= knobs.disconnectEvery
    if (!isLast) {
      if (isOver) {
        counts.overLimit += parts
        return refuse('throttled', its)
      }
      if (isThrottled()) return refuse('throttled', its)
      if (chance(its.queueFull)) return refuse('queueFull', its)
      if (chance(its.temporary)) return refuse('temporary', its)
      if (chance(its.reject)) return refuse('rejected', its)
      if (chance(its.swallow)) {
        counts.swallowed++
        return silence
      }
    }
    const { taken, line } = take(submission, from, its)
    if (isLast) {
      counts.unanswered++
      counts.disconnected++
      return { kind: 'cut' }
    }
    if (chance(its.unanswered)) {
      counts.unanswered++
      return silence
    }
    const answer = (): Outcome => {
      if (!submitter.isThere || knobs.silent) return silence
      counts.answered++
      if (line) line.answered = true
      return { kind: 'taken', id: taken.id }
    }
    if (taken.overtaking) return Promise.race([taken.overtaking, pause(overtakingMs)]).then(answer)
    return its.answerDelayMs === 0 ? answer() : pause(its.answerDelayMs).then(answer)
  }

  let windowStartedAt = Number.NEGATIVE_INFINITY
  let submitsInWindow = 0
  function isThrottled(): boolean {
    if (knobs.throttleAbove === 0) return false
    const at = performance.now()
    if (at - windowStartedAt >= 1_000) {
      windowStartedAt = at
      submitsInWindow = 0
    }
    return ++submitsInWindow > knobs.throttleAbove
  }

  function refuse(why: Refusal, { answerDelayMs }: KnobsFor): Outcome | Promise<Outcome> {
    counts[why]++
    const answer: Outcome = { kind: 'refused', why }
    return answerDelayMs === 0 ? answer : pause(answerDelayMs).then(() => (knobs.silent ? silence : answer))
  }

  function take(submission: S, from: R, its: KnobsFor): { taken: Taken<S, R>; line: LedgerLine | undefined } {
    const isEarly = chance(its.receiptEarly)
    const taken: Taken<S, R> = { id: speech.id(++lastId, knobs), submission, from, at: clock.now(), isEarly }
    counts.submitted++
    countOriginator(submission.originator)
    const line = ledger?.write(taken.id, submission)
    if (chance(its.intermediate)) tell(taken, random() < 0.5 ? 'enroute' : 'accepted', its.answerDelayMs, 1)
    // A receipt follows the answer, unless it is to overtake it.
    const receiptAfterMs = its.answerDelayMs + its.receiptDelayMs
    if (its.dead || chance(its.undeliverable)) end(taken, 'undeliverable', receiptAfterMs)
    else if (its.deliveryDelayMs > 0) {
      counts.waiting++
      later.do(its.deliveryDelayMs, () => {
        counts.waiting--
        arrive(taken, Math.max(0, its.answerDelayMs - its.deliveryDelayMs) + its.receiptDelayMs)
      })
    } else arrive(taken, receiptAfterMs)
    return { taken, line }
  }

  let originators = 0
  function countOriginator(originator: string) {
    const before = counts.byOriginator[originator]
    if (before !== undefined) counts.byOriginator[originator] = before + 1
    else if (originators++ < originatorsCounted) counts.byOriginator[originator] = 1
  }

  function arrive(taken: Taken<S, R>, receiptAfterMs: number) {
    if (isReachable(taken.submission.to)) reach(taken, receiptAfterMs)
    else hold(taken)
  }

  function hold(taken: Taken<S, R>) {
    const { id, submission } = taken
    const { to } = submission
    counts.waiting++
    const held = waiting.get(to)
    if (held) held.set(id, taken)
    else waiting.set(to, new Map([[id, taken]]))
    // By its id alone, so that a text that has left is not kept until its validity would have ended.
    later.do(speech.validForMs(submission, taken.at) ?? defaultValidityMs, () => {
      const expired = waiting.get(to)?.get(id)
      if (!expired) return
      waiting.get(to)?.delete(id)
      counts.waiting--
      end(expired, 'expired', knobsOf(to).receiptDelayMs)
    })
  }

  /** What waits for this phone reaches it, where it can be reached now. */
  function release(number: string) {
    if (!isReachable(number)) return
    const held = waiting.get(number)?.values() ?? []
    waiting.delete(number)
    for (const taken of held) {
      counts.waiting--
      reach(taken, knobsOf(number).receiptDelayMs)
    }
  }

  function reach(taken: Taken<S, R>, receiptAfterMs: number) {
    const { submission, id: messageId, at } = taken
    if (!handsets.keepTexts) handsets.countOnly(submission.to)
    else {
      const { to, parts } = submission
      const arrival = {
        ...submission,
        ...{ messageId, at: at.getTime() },
        carrier: isOneOfSeveral ? name : undefined,
      }
      if (parts) for (const part of parts) handsets.receive(to, { ...arrival, ...part })
      else handsets.receive(to, arrival)
    }
    end(taken, 'delivered', receiptAfterMs)
  }

  function end(taken: Taken<S, R>, how: TextEnd, receiptAfterMs: number) {
    counts[how]++
    const its = knobsOf(taken.submission.to)
    if (!chance(its.receiptMissing)) tell(taken, how, receiptAfterMs, chance(its.receiptTwice) ? 2 : 1)
  }

  function tell(taken: Taken<S, R>, state: Told, afterMs: number, copies: number) {
    const { id, submission, from, at: submittedAt } = taken
    const call = speech.receipt(submission, { id, state, submittedAt, doneAt: clock.now() }, knobs)
    if (call === undefined) return
    const receipt: Call<R, C> = {
      kind: 'receipt',
      preferred: from,
      call,
      acknowledged: () => {
        counts.receiptsAcked++
      },
    }
    const isIntermediate = state === 'enroute' || state === 'accepted'
    for (let copy = 1; copy <= copies; copy++)
      if (taken.isEarly && copy === 1 && !isIntermediate) taken.overtaking = outbox.receiptNow(receipt)
      else if (afterMs === 0) leave(receipt)
      else later.do(afterMs, () => leave(receipt))
  }

  let together: Call<R, C>[] = []
  function leave(receipt: Call<R, C>) {
    if (!knobs.outOfOrder) return outbox.receipt(receipt)
    if (together.push(receipt) > 1) return
    later.do(togetherMs, () => {
      const due = together
      together = []
      for (const one of shuffled(due, random)) outbox.receipt(one)
    })
  }

  return {
    name,
    counts,
    ledger,
    get knobs() {
      return knobs
    },
    turn(turned: unknown): ReturnType<typeof readKnobs> {
      const read = readKnobs(turned, knobs)
      if ('problems' in read) return read
      knobs = read.ok
      knobsOf = knobsByNumber(knobs)
      for (const number of [...waiting.keys()]) release(number)
      outbox.resume()
      return read
    },
    seconds: (after = 0) => seconds.after(after),
    submit,
    release,
    bound: (receiver: R) => outbox.bound(receiver),
    unbound: (receiver: R) => outbox.unbound(receiver),

    /** Brings what was written on a phone; resolves when all of it is acknowledged. */
    bring(number: string, written: HandsetReply): Promise<void> {
      const calls = speech.inbound(number, written, knobs)
      return new Promise(resolve => {
        let left = calls.length
        const acknowledged = () => {
          counts.inboundAcked++
          if (--left === 0) resolve()
        }
        const inOrder = knobs.inboundShuffled ? shuffled(calls, random) : calls
        outbox.inbound(
          number,
          inOrder.map(call => ({ kind: 'inbound', call, acknowledged })),
        )
      })
    },
  }
}

const noCounts = (): Counts => ({
  received: 0,
  submitted: 0,
  answered: 0,
  rejected: 0,
  throttled: 0,
  queueFull: 0,
  temporary: 0,
  overLimit: 0,
  unanswered: 0,
  swallowed: 0,
  delivered: 0,
  undeliverable: 0,
  expired: 0,
  waiting: 0,
  receiptsSent: 0,
  receiptsAcked: 0,
  inboundSent: 0,
  inboundAcked: 0,
  disconnected: 0,
  sessions: 0,
  byOriginator: Object.create(null), // an originator may be called constructor
})
