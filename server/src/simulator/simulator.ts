// A carrier and its phones, as the outside world that Usher meets: an SMSC over real TCP that can be turned slow, lossy,
// throttling or rude while it runs. It lives in real time, whatever the demo's clock says.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createSmppServer, type SmppSession } from '@usher/smpp/session'
import type { Clock } from '../clock.ts'
import { createControl } from './control.ts'
import { asNumber, createHandsets, type HandsetReply, type Handsets } from './handset.ts'
import { type Knobs, readKnobs, seeded } from './knobs.ts'
import { createLater } from './later.ts'
import { createLedger, type Ledger, type LedgerLine } from './ledger.ts'
import { createOutbox, type Owed } from './outbox.ts'
import {
  type DeliverFields,
  inboundFields,
  longestInbound,
  readSubmission,
  receiptFields,
  type Submission,
  type SubmitSm,
  segmentsOf,
  status,
  type TextEnd,
  validForMs,
  wantsReceipt,
} from './wire.ts'

export interface SimulatorOptions {
  /** Loopback, unless told otherwise: whoever reaches it reads the phones. */
  host?: string
  /** 0 takes any free port. */
  smppPort?: number
  httpPort?: number
  systemId: string
  password: string
  knobs?: Partial<Knobs>
  random?: () => number
  clock?: Pick<Clock, 'now'>
  /** Path of a file in which the phones outlive a restart. */
  journal?: string | undefined
  /** False only counts texts, for benchmarks. */
  keepTexts?: boolean
  /** True keeps a ledger of the texts taken; a number, only the last so many. */
  record?: boolean | number
}

/** Segments count one each, as everywhere on the wire. */
export interface Counts {
  /** submit_sm that came, whatever became of them. */
  received: number
  /** Taken: each has an id, and ends on a phone, as undeliverable or as expired. */
  submitted: number
  answered: number
  rejected: number
  throttled: number
  queueFull: number
  /** Taken, and never answered. */
  unanswered: number
  /** Neither taken nor answered. */
  swallowed: number
  delivered: number
  undeliverable: number
  expired: number
  /** For a phone to be reachable, at this moment. */
  waiting: number
  /** deliver_sm written; repeats count again. */
  receiptsSent: number
  receiptsAcked: number
  inboundSent: number
  inboundAcked: number
  /** Sessions cut by disconnectEvery. */
  disconnected: number
  /** Bound at this moment. */
  sessions: number
  /** Texts taken, by originator. */
  byOriginator: Record<string, number>
}

export interface Simulator {
  readonly smppPort: number
  readonly httpPort: number
  readonly knobs: Readonly<Knobs>
  /** Turns some of the knobs while it runs: all that is asked, or nothing when there is a problem. */
  turn(turned: unknown): ReturnType<typeof readKnobs>
  readonly handsets: Handsets
  readonly counts: Readonly<Counts>
  readonly ledger: Ledger | undefined
  /** The owner of a phone writes a text. `acknowledged` resolves when the other side has acknowledged all of it. */
  reply(from: string, to: string, text: string): { ok: HandsetReply; acknowledged: Promise<void> } | { problem: string }
  stop(): Promise<void>
}

/** A text the carrier took, until its receipt is in the outbox. */
interface Taken {
  id: string
  submission: Submission
  session: SmppSession
  at: Date
  /** Its receipt overtakes the answer, and this resolves when it has arrived. */
  isEarly: boolean
  overtaking?: Promise<void>
}

interface Deliverable extends Owed<SmppSession> {
  kind: 'receipt' | 'inbound'
  fields: DeliverFields
}

interface Peer {
  submits: number
  isCut: boolean
}

interface Answer {
  status: number
  message_id: string
}

const defaultValidityMs = 3 * 24 * 3_600_000
const originatorsCounted = 1_000
// An ESME may hold back its deliver_sm_resp until it has seen the answer; the receipt has overtaken it anyway.
const overtakingMs = 100
/** deliver_sm in flight per session. */
const deliverWindow = 500
/** How long the other side has to answer what is in flight when the simulator stops. */
const stopMs = 500

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = '127.0.0.1', keepTexts = true, record = false } = options
  const clock = options.clock ?? { now: () => new Date() }
  const random = options.random ?? seeded(clock.now().getTime())
  const first = readKnobs(options.knobs ?? {})
  if ('problems' in first) throw new Error(`The simulator cannot start: ${first.problems.join('; ')}`)

  let knobs: Readonly<Knobs> = first.ok
  const counts = noCounts()
  const later = createLater()
  const ledger = record === false ? undefined : createLedger(record === true ? undefined : record)
  const peers = new Map<SmppSession, Peer>()
  /** Texts for phones that are off or without coverage, and texts written on phones without coverage. */
  const waiting = new Map<string, Map<string, Taken>>()
  const unsent = new Map<string, (() => void)[]>()

  const handsets = await createHandsets({
    clock: () => clock.now().getTime(),
    keepTexts,
    journal: options.journal,
    onState(number, state) {
      if (state !== 'on') return
      const held = waiting.get(number)?.values() ?? []
      waiting.delete(number)
      for (const taken of held) {
        counts.waiting--
        reach(taken, knobs.receiptDelayMs)
      }
      const written = unsent.get(number) ?? []
      unsent.delete(number)
      for (const send of written) send()
    },
  })

  const outbox = createOutbox<SmppSession, Deliverable>({
    later,
    redeliverAfterMs: () => knobs.redeliverAfterMs,
    async deliver(session, { kind, fields }) {
      if (kind === 'receipt') counts.receiptsSent++
      else counts.inboundSent++
      const outcome = await session.deliver(fields)
      return outcome.kind === 'answered' && outcome.status === status.ok
    },
  })

  const chance = (probability: number) => probability > 0 && random() < probability
  const pause = (ms: number) => new Promise<void>(resolve => later.do(ms, resolve))

  // Beginning with the time keeps ids and references apart over restarts.
  let lastId = clock.now().getTime() * 1_000
  let lastReference = Math.floor(clock.now().getTime() / 100)
  const nextReference = () => ++lastReference & 0xffff
  const nextId = () => {
    const id = ++lastId
    if (knobs.idForm === 'decimal') return id.toString()
    if (knobs.idForm === 'hexadecimal') return id.toString(16)
    const noise = Math.floor(random() * 0x1_0000_0000)
    const hex = noise.toString(16).padStart(8, '0') + id.toString(16).padStart(24, '0')
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
  }

  // --- The life of one text -------------------------------------------------------------------------------------

  function submit(pdu: SubmitSm, session: SmppSession): Answer | Promise<Answer | undefined> | undefined {
    const peer = peers.get(session)
    if (!peer || peer.isCut) return undefined
    counts.received++
    const isLast = knobs.disconnectEvery > 0 && ++peer.submits >= knobs.disconnectEvery
    if (isLast) {
      peer.isCut = true
      counts.disconnected++
      later.do(0, () => session.destroy()) // What was answered before still leaves.
    } else {
      if (isThrottled()) return refuse('throttled')
      if (chance(knobs.queueFull)) return refuse('queueFull')
      if (chance(knobs.reject)) return refuse('rejected')
      if (chance(knobs.swallow)) {
        counts.swallowed++
        return undefined
      }
    }
    const { taken, line } = take(readSubmission(pdu), session)
    if (isLast || chance(knobs.unanswered)) {
      counts.unanswered++
      return undefined
    }
    const answer = () => {
      if (!peers.has(session)) return undefined
      counts.answered++
      if (line) line.answered = true
      return { status: status.ok, message_id: taken.id }
    }
    if (taken.overtaking) return Promise.race([taken.overtaking, pause(overtakingMs)]).then(answer)
    return knobs.answerDelayMs === 0 ? answer() : pause(knobs.answerDelayMs).then(answer)
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

  function refuse(why: 'throttled' | 'queueFull' | 'rejected'): Answer | Promise<Answer> {
    counts[why]++
    const answer = { status: status[why], message_id: '' }
    return knobs.answerDelayMs === 0 ? answer : pause(knobs.answerDelayMs).then(() => answer)
  }

  function take(submission: Submission, session: SmppSession): { taken: Taken; line: LedgerLine | undefined } {
    const isEarly = chance(knobs.receiptEarly)
    const taken: Taken = { id: nextId(), submission, session, at: clock.now(), isEarly }
    counts.submitted++
    countOriginator(submission.originator)
    const line = ledger?.write(taken.id, submission)
    // A receipt follows the answer, unless it is to overtake it.
    const receiptAfterMs = knobs.answerDelayMs + knobs.receiptDelayMs
    if (chance(knobs.undeliverable)) end(taken, 'undeliverable', receiptAfterMs)
    else if (handsets.stateOf(submission.to) === 'on') reach(taken, receiptAfterMs)
    else hold(taken)
    return { taken, line }
  }

  let originators = 0
  function countOriginator(originator: string) {
    const before = counts.byOriginator[originator]
    if (before !== undefined) counts.byOriginator[originator] = before + 1
    else if (originators++ < originatorsCounted) counts.byOriginator[originator] = 1
  }

  function hold(taken: Taken) {
    const { id, submission } = taken
    const { to } = submission
    counts.waiting++
    const held = waiting.get(to)
    if (held) held.set(id, taken)
    else waiting.set(to, new Map([[id, taken]]))
    // By its id alone, so that a text that has left is not kept until its validity would have ended.
    later.do(validForMs(submission, taken.at) ?? defaultValidityMs, () => {
      const expired = waiting.get(to)?.get(id)
      if (!expired) return
      waiting.get(to)?.delete(id)
      counts.waiting--
      end(expired, 'expired', knobs.receiptDelayMs)
    })
  }

  function reach(taken: Taken, receiptAfterMs: number) {
    const { submission, id: messageId, at } = taken
    if (keepTexts) handsets.receive(submission.to, { ...submission, messageId, at: at.getTime() })
    else handsets.countOnly(submission.to)
    end(taken, 'delivered', receiptAfterMs)
  }

  function end(taken: Taken, how: TextEnd, receiptAfterMs: number) {
    counts[how]++
    if (!wantsReceipt(taken.submission, how) || chance(knobs.receiptMissing)) return
    const { id, submission, session, at: submittedAt } = taken
    const receipt: Deliverable = {
      kind: 'receipt',
      preferred: session,
      fields: receiptFields(submission, { id, end: how, submittedAt, doneAt: clock.now(), form: knobs.receiptForm }),
      acknowledged: () => {
        counts.receiptsAcked++
      },
    }
    const copies = chance(knobs.receiptTwice) ? 2 : 1
    for (let copy = 1; copy <= copies; copy++)
      if (taken.isEarly && copy === 1) taken.overtaking = outbox.receiptNow(receipt)
      else if (receiptAfterMs === 0) outbox.receipt(receipt)
      else later.do(receiptAfterMs, () => outbox.receipt(receipt))
  }

  // --- Texts written on phones ----------------------------------------------------------------------------------

  const reply: Simulator['reply'] = (from, to, text) => {
    const number = asNumber(from)
    if (text === '') return { problem: 'text must not be empty' }
    const segments = segmentsOf(text)
    if (segments > longestInbound) return { problem: `text must not take more than ${longestInbound} segments` }
    if (!/^\+?\d{3,15}$/.test(to)) return { problem: 'nobody can answer a sender that is not a number' }
    if (handsets.stateOf(number) === 'off') return { problem: 'the handset is off' }
    const ok = handsets.write(number, to, text, Array.from({ length: segments }, nextReference))
    return { ok, acknowledged: leave(number, ok) }
  }

  /** A phone without coverage keeps what was written until it has some. */
  function leave(number: string, written: HandsetReply): Promise<void> {
    return new Promise(resolve => {
      let left = written.references.length
      const acknowledged = () => {
        counts.inboundAcked++
        if (--left > 0) return
        handsets.acknowledge(number, written)
        resolve()
      }
      const send = () => {
        const segments = inboundFields(number, written)
        outbox.inbound(
          number,
          segments.map(fields => ({ kind: 'inbound', fields, acknowledged })),
        )
      }
      if (handsets.stateOf(number) === 'on') send()
      else unsent.set(number, [...(unsent.get(number) ?? []), send])
    })
  }

  for (const { number, reply } of handsets.unacknowledged()) void leave(number, reply)

  // --- Doors ----------------------------------------------------------------------------------------------------

  const turn: Simulator['turn'] = turned => {
    const read = readKnobs(turned, knobs)
    if ('problems' in read) return read
    knobs = read.ok
    if (knobs.down) for (const session of peers.keys()) session.destroy()
    return read
  }

  const smpp = createSmppServer({
    systemId: options.systemId,
    authenticate({ system_id, password }) {
      if (knobs.down) return status.down
      if (system_id !== options.systemId) return status.wrongSystemId
      return password === options.password ? status.ok : status.wrongPassword
    },
    onSession(session) {
      peers.set(session, { submits: 0, isCut: false })
      counts.sessions = peers.size
      if (session.bindType !== 'transmitter') outbox.bound(session)
    },
    onUnbind: session => outbox.unbound(session),
    onClosed(session) {
      peers.delete(session)
      counts.sessions = peers.size
      outbox.unbound(session)
    },
    onSubmit: submit,
    window: deliverWindow,
    // Throttling is a knob; a slow carrier has many texts in hand.
    handlingLimit: Number.POSITIVE_INFINITY,
  })

  const panel = {
    get knobs() {
      return knobs
    },
    turn,
    handsets,
    counts,
    ledger,
    reply,
  }
  const http = createAdaptorServer({ fetch: createControl(panel).fetch })
  http.listen(options.httpPort ?? 0, host)
  await once(http, 'listening')
  const smppPort = await smpp.listen(options.smppPort ?? 0, host).then(
    ({ port }) => port,
    cause => {
      http.close()
      throw cause
    },
  )
  const httpPort = (http.address() as AddressInfo).port // listening on TCP, it has one

  let stopped: Promise<void> | undefined
  const stop = async () => {
    later.stop()
    const closed = once(http, 'close')
    http.close()
    await Promise.all([smpp.close(stopMs), handsets.stop()])
    if ('closeAllConnections' in http) http.closeAllConnections()
    await closed
  }

  return {
    ...panel,
    get knobs() {
      return knobs
    },
    smppPort,
    httpPort,
    stop: () => (stopped ??= stop()),
  }
}

const noCounts = (): Counts => ({
  received: 0,
  submitted: 0,
  answered: 0,
  rejected: 0,
  throttled: 0,
  queueFull: 0,
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
