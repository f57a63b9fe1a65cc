// A carrier over SMPP 3.4: writes texts as submit_sm over as many sessions as it is configured with, hears receipts and
// inbound texts as deliver_sm. Each session has a window of its own, and slows down and recovers by itself.
import type { SmppSettings } from '@usher/contract/carrier'
import { EncodeError } from '@usher/smpp/codec'
import { type DataSm, type DeliverSm, statusName } from '@usher/smpp/pdu'
import { normalId, readReceipt } from '@usher/smpp/receipt'
import { measure, readUserData, segment } from '@usher/smpp/segment'
import { SmppClient, type SubmitAnswer } from '@usher/smpp/session'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { SubmitOutcome } from '../message/message.ts'
import { DatabaseAway } from '../store/database.ts'
import type { Bind, Channel, Configured, Hearing, Outgoing } from './channel.ts'
import { Credit, Slowing } from './throttle.ts'

/**
 * What each command_status means for the text it answers (SMPP 3.4, 5.1.3; 5.0, 4.7.6). `later`: not taken, try again or
 * elsewhere. `slow`: so too, and this session pauses. `broken`: the session can't be used, the text goes elsewhere. What is
 * not named here is `never`: the text itself is what it does not like.
 */
export const meaning: Readonly<Record<string, 'later' | 'slow' | 'broken'>> = {
  ESME_RSYSERR: 'later',
  ESME_RSUBMITFAIL: 'later',
  ESME_RX_T_APPN: 'later',
  ESME_RMSGQFUL: 'slow',
  ESME_RTHROTTLED: 'slow',
  ESME_RINVBNDSTS: 'broken',
  ESME_RALYBND: 'broken',
  ESME_RBINDFAIL: 'broken',
  ESME_RINVPASWD: 'broken',
  ESME_RINVSYSID: 'broken',
  ESME_RINVCMDID: 'broken',
  ESME_RINVCMDLEN: 'broken',
  // 5.0: the account may not do this, for a while or until somebody pays.
  ESME_RSERTYPUNAUTH: 'later',
  ESME_RPROHIBITED: 'later',
  ESME_RSERTYPUNAVAIL: 'later',
}

const laterMs = 1_000
const congested = 90
const esmClassUdhi = 0x40
/** The longest short_message; longer octets go as message_payload (5.2.21, 5.3.2.32). */
const longestShort = 254

interface Session {
  name: string
  client: SmppClient
  takesTexts: boolean
  slowing: Slowing
  inFlight: number
  state: Bind['state']
  reason: string | null
  since: Date
  slowedUntil: Date | null
}

export function smppChannel(
  config: Configured<SmppSettings>,
  clock: Clock,
  events: EventBus,
  hearing: Hearing,
  wall: () => Date,
): Channel {
  const perSecond = config.perSecond ?? Number.POSITIVE_INFINITY
  const credit = new Credit(clock, { window: windowNow, perSecond })
  const alphabets = { national: config.national, latin1: config.latin1, form: config.longTexts }
  let inFlight = 0
  /** When something was last heard of what is on the wire, or began to be waited for. */
  let answeredAtMs = 0
  const timers = new Set<NodeJS.Timeout>()
  const listeners: (() => void)[] = []
  const look = () => {
    for (const listener of listeners) listener()
  }
  /** That of the sessions which take texts and do not pause. */
  function windowNow(): number {
    if (config.isPaused) return 0
    const nowMs = clock.monotonic()
    let working = 0
    for (const { takesTexts, state, slowing } of sessions)
      if (takesTexts && state === 'bound' && slowing.pausesForMs(nowMs) === 0) working++
    return working * config.window
  }

  const sessions: Session[] = config.binds.flatMap(bind =>
    Array.from({ length: bind.sessions }, (_, i) => {
      const session: Session = {
        name: `${bind.host}:${bind.port} ${bind.type} ${i + 1}`,
        client: new SmppClient({
          host: bind.host,
          port: bind.port,
          ...(bind.tls ? { tls: bind.ca === null ? true : { ca: bind.ca } } : {}),
          systemId: config.systemId,
          password: config.secrets.password ?? '',
          systemType: config.systemType,
          bind: bind.type,
          window: config.window + 32, // the credit is what limits; two long texts at once may exceed it by their parts
          responseTimeoutMs: config.responseTimeoutMs,
          enquireLinkMs: config.enquireLinkMs,
          onDeliver: pdu =>
            hear(pdu).catch(error => {
              // The carrier is told "not now" and brings it again. That the database is away is said elsewhere.
              if (!(error instanceof DatabaseAway))
                events.emit('work.failed', { what: 'storing what a carrier delivered', error: String(error) })
              throw error
            }),
          onFree: look,
          onState(state, detail) {
            session.state = state === 'idle' ? 'connecting' : state === 'unbinding' ? 'closed' : state
            session.reason = detail?.reason ?? null
            session.since = wall()
            if (state === 'bound') session.slowing.recover()
            events.emit('bind.state', { channel: config.name, bind: session.name, state, ...detail })
            look()
          },
        }),
        takesTexts: bind.type !== 'receiver',
        slowing: new Slowing(),
        inFlight: 0,
        state: 'connecting',
        reason: null,
        since: wall(),
        slowedUntil: null,
      }
      return session
    }),
  )

  async function hear(pdu: DeliverSm | DataSm): Promise<number> {
    const receipt = readReceipt(pdu)
    if (receipt) {
      await hearing.receipt({
        channel: config.name,
        carrierMessageId: normalId(receipt.id, config.receiptIds),
        state: fateOf[receipt.state],
        reason: receipt.state === 'delivered' ? null : receipt.err ? `${receipt.stat} ${receipt.err}` : receipt.stat,
        reference: receipt.reference ?? null,
        number: pdu.source_addr,
      })
      return 0
    }
    const { octets, dataCoding, part, shift } = readUserData(pdu)
    const reference = pdu.tlvs?.user_message_reference
    await hearing.inbound({
      channel: config.name,
      number: pdu.source_addr,
      addressedTo: pdu.destination_addr,
      said: { kind: 'octets', dataCoding, octets, part: part ?? null, shift: shift ?? null },
      identity: reference === undefined ? null : String(reference),
    })
    return 0
  }

  /** The session with the most room, of those that are not pausing. */
  function sessionFor(parts: number): Session | undefined {
    const nowMs = clock.monotonic()
    let best: Session | undefined
    for (const one of sessions) {
      if (!one.takesTexts || one.client.free < parts || one.slowing.pausesForMs(nowMs) > 0) continue
      if (!best || one.inFlight < best.inFlight) best = one
    }
    return best
  }

  async function submit(outgoing: Outgoing): Promise<SubmitOutcome> {
    const { segments, dataCoding } = segment(outgoing.text, { reference: outgoing.reference, ...alphabets })
    const fields = {
      ...sourceOf(outgoing.originator),
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: outgoing.number.replace('+', ''),
      data_coding: dataCoding,
      registered_delivery: 1,
      validity_period: relativeTime(outgoing.validForMs),
    }
    // Half a text must not leave: without room for each of its parts none is written.
    const session = sessionFor(segments.length)
    if (!session) return { kind: 'later', reason: 'no_bind', notBefore: after(laterMs) }
    if (inFlight === 0) answeredAtMs = clock.monotonic()
    inFlight += segments.length
    session.inFlight += segments.length
    const answers = await Promise.all(
      segments.map(part => {
        const isLong = part.isPayload === true || part.octets.length > longestShort
        return session.client
          .submit(
            {
              ...fields,
              esm_class: part.udh ? esmClassUdhi : 0,
              short_message: isLong ? new Uint8Array(0) : part.octets,
              tlvs: {
                ...part.tlvs,
                ...(isLong ? { message_payload: part.octets } : {}),
                user_message_reference: outgoing.reference,
              },
            },
            outgoing.patienceMs === null ? {} : { timeoutMs: Math.min(outgoing.patienceMs, config.responseTimeoutMs) },
          )
          .then(answer => {
            if (answer.kind === 'answered') answeredAtMs = clock.monotonic()
            return answer
          })
      }),
    )
      .catch(error => {
        if (error instanceof EncodeError) return error
        throw error
      })
      .finally(() => {
        inFlight -= segments.length
        session.inFlight -= segments.length
      })
    // Nothing was written: a field does not fit into SMPP, and never will.
    if (answers instanceof EncodeError) return { kind: 'never', status: 'not_encodable' }
    return outcomeOf(session, answers)
  }

  function outcomeOf(session: Session, answers: readonly SubmitAnswer[]): SubmitOutcome {
    const taken = answers.flatMap(answer =>
      answer.kind === 'answered' && answer.status === 0 ? [normalId(answer.message_id, config.answerIds)] : [],
    )
    if (taken.length === answers.length) {
      // SMPP 5.0, 4.8.4.18: from 90 on it is nearly congested, at 100 it is.
      if (answers.some(answer => answer.kind === 'answered' && (answer.congestion ?? 0) >= congested))
        slow(session, 'congestion_state')
      else session.slowing.recover()
      return { kind: 'submitted', status: 'ESME_ROK', carrierMessageIds: taken }
    }
    // Once a part of it is taken or in doubt the text can't be sent again as if it were new.
    if (taken.length > 0 || answers.some(({ kind }) => kind === 'unanswered')) return { kind: 'unanswered' }
    const refused = answers.find(answer => answer.kind === 'answered')
    if (!refused) return { kind: 'later', reason: 'no_bind', notBefore: after(laterMs) }
    const status = statusName(refused.status)
    const means = meaning[status]
    if (means === undefined) return { kind: 'never', status }
    if (means === 'broken') void session.client.rebind()
    if (means !== 'slow') return { kind: 'later', reason: status, notBefore: after(laterMs) }
    const forMs = slow(session, status)
    return { kind: 'later', reason: status, notBefore: after(forMs) }
  }
  const after = (ms: number) => new Date(clock.now().getTime() + ms)

  /** This session pauses; answers for how long. */
  function slow(session: Session, status: string): number {
    const forMs = session.slowing.slow(clock.monotonic())
    session.slowedUntil = new Date(wall().getTime() + forMs)
    // A hint to look: who looks a moment too early looks again by itself.
    const timer = setTimeout(() => {
      timers.delete(timer)
      look()
    }, forMs + 1)
    timers.add(timer)
    events.emit('carrier.slowed', { channel: config.name, status, forMs })
    return forMs
  }

  return {
    name: config.name,
    credit,
    perSecond,
    get inFlight() {
      return inFlight
    },
    get isUp() {
      return !config.isPaused && sessions.some(one => one.takesTexts && one.state === 'bound')
    },
    get silentForMs() {
      return inFlight === 0 ? 0 : clock.monotonic() - answeredAtMs
    },
    parts: text => measure(text, alphabets).segments,
    submit,
    onFree: listener => listeners.push(listener),
    start() {
      for (const { client } of sessions) client.start()
    },
    reconnect() {
      for (const { client } of sessions) client.reconnect()
    },
    async stop(timeoutMs) {
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(sessions.map(({ client }) => client.stop(timeoutMs)))
    },
    binds: () =>
      sessions.map(({ name, state, reason, since, inFlight, slowedUntil }) => ({
        name,
        state,
        reason,
        since,
        window: config.window,
        inFlight,
        slowedUntil: slowedUntil !== null && slowedUntil > wall() ? slowedUntil : null,
      })),
  }
}

const fateOf = {
  delivered: 'delivered',
  undeliverable: 'undeliverable',
  rejected: 'undeliverable',
  deleted: 'undeliverable',
  skipped: 'undeliverable',
  unknown: 'undeliverable',
  expired: 'expired',
  enroute: 'intermediate',
  accepted: 'intermediate',
} as const

/** Type of number and plan for an originator (5.2.5, 5.2.6): a name, a short code, or an international number. */
function sourceOf(originator: string) {
  if (/[^\d+]/.test(originator)) return { source_addr_ton: 5, source_addr_npi: 0, source_addr: originator }
  if (originator.length <= 8) return { source_addr_ton: 3, source_addr_npi: 0, source_addr: originator }
  return { source_addr_ton: 1, source_addr_npi: 1, source_addr: originator.replace('+', '') }
}

/** No carrier keeps a text for longer; and an offer that ends in ten years would not fit into two digits of months. */
const longestValiditySeconds = 360 * 86_400

/** A relative validity_period (7.1.1): YYMMDDhhmmss000R, months taken as 30 days; a minute at least. */
function relativeTime(ms: number): string {
  let seconds = Math.min(longestValiditySeconds, Math.max(60, Math.floor(ms / 1_000)))
  const take = (unit: number) => {
    const count = Math.floor(seconds / unit)
    seconds -= count * unit
    return String(count).padStart(2, '0')
  }
  return `00${take(30 * 86_400)}${take(86_400)}${take(3_600)}${take(60)}${take(1)}000R`
}
