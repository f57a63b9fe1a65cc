// A simulated carrier that speaks SMPP: an SMSC over real TCP, with the sessions that are bound to it.

import { commandStatus } from '@usher/smpp/pdu'
import { createSmppServer, type ServerTls, type SmppSession, type SubmitReply } from '@usher/smpp/session'
import { type Carrier, type CarrierOptions, createCarrier, type Outcome, type Submitter } from './carrier.ts'
import type { Knobs } from './knobs.ts'
import {
  type DeliverFields,
  inboundFields,
  readSubmission,
  receiptFields,
  receiptId,
  type Submission,
  type SubmitSm,
  status,
  validForMs,
  wantsReceipt,
} from './wire.ts'

export interface SmppDoorOptions extends CarrierOptions {
  host: string
  /** 0 takes any free port. */
  smppPort: number
  systemId: string
  password: string
  tls?: ServerTls | undefined
}

interface Peer extends Submitter {
  isCut: boolean
}

/** deliver_sm in flight per session. */
const deliverWindow = 500
/** How long the other side has to answer what is in flight when the simulator stops. */
const stopMs = 500

export type SmppDoor = Awaited<ReturnType<typeof openSmppDoor>>

export async function openSmppDoor(options: SmppDoorOptions) {
  const { random, later } = options
  const peers = new Map<SmppSession, Peer>()

  const core = createCarrier<Submission, SmppSession, DeliverFields>(options, {
    id: (n, knobs) => writeId(n, knobs, random),
    validForMs,
    receipt(submission, { id, state, submittedAt, doneAt }, knobs) {
      if (!wantsReceipt(submission, state)) return undefined
      const { receiptForm: form, receiptDialect: dialect } = knobs
      return receiptFields(submission, { id: receiptId(id, knobs), end: state, submittedAt, doneAt, form, dialect })
    },
    inbound: inboundFields,
    async send(session, fields) {
      const outcome = await session.deliver(fields)
      return outcome.kind === 'answered' && outcome.status === status.ok
    },
  })

  function submit(pdu: SubmitSm, session: SmppSession): SubmitReply | Promise<SubmitReply> {
    const peer = peers.get(session)
    if (!peer || peer.isCut) return undefined
    const outcome = core.submit(readSubmission(pdu), session, peer)
    if (outcome instanceof Promise) return outcome.then(replyTo)
    if (outcome.kind === 'cut') {
      peer.isCut = true
      later.do(0, () => session.destroy()) // What was answered before still leaves.
    }
    return replyTo(outcome)
  }

  function replyTo(outcome: Outcome): SubmitReply {
    if (outcome.kind === 'silence' || outcome.kind === 'cut') return undefined
    const reply =
      outcome.kind === 'taken'
        ? { status: status.ok, message_id: outcome.id }
        : { status: status[outcome.why], message_id: '' }
    const { congestion } = core.knobs
    return congestion === 0 ? reply : { ...reply, tlvs: { congestion_state: congestion } }
  }

  const server = createSmppServer({
    systemId: options.systemId,
    authenticate({ system_id, password }) {
      const { down, bindStatus } = core.knobs
      if (down) return status.down
      if (bindStatus !== null) return commandStatus[bindStatus]
      if (system_id !== options.systemId) return status.wrongSystemId
      return password === options.password ? status.ok : status.wrongPassword
    },
    onSession(session) {
      peers.set(session, { submits: 0, isCut: false, isThere: true })
      core.counts.sessions = peers.size
      if (session.bindType !== 'transmitter') core.bound(session)
    },
    onUnbind: session => core.unbound(session),
    onClosed(session) {
      const peer = peers.get(session)
      if (peer) peer.isThere = false
      peers.delete(session)
      core.counts.sessions = peers.size
      core.unbound(session)
    },
    onSubmit: submit,
    window: deliverWindow,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    // Throttling is a knob; a slow carrier has many texts in hand.
    handlingLimit: Number.POSITIVE_INFINITY,
  })
  const { port } = await server.listen(options.smppPort, options.host)

  const carrier: Carrier = {
    name: core.name,
    protocol: 'smpp',
    get knobs() {
      return core.knobs
    },
    turn(turned) {
      const read = core.turn(turned)
      if (core.knobs.down) for (const session of peers.keys()) session.destroy()
      return read
    },
    counts: core.counts,
    ledger: core.ledger,
    seconds: core.seconds,
    smppPort: port,
  }
  return {
    carrier,
    /** Whether a text from a phone would get through now. */
    isBound: () => peers.size > 0 && !core.knobs.silent,
    release: core.release,
    bring: core.bring,
    stop: () => server.close(stopMs),
  }
}

function writeId(n: number, { idForm }: Knobs, random: () => number): string {
  if (idForm === 'decimal') return n.toString()
  if (idForm === 'hexadecimal') return n.toString(16)
  const noise = Math.floor(random() * 0x1_0000_0000)
  const hex = noise.toString(16).padStart(8, '0') + n.toString(16).padStart(24, '0')
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')
}
