// A carrier over SMPP 3.4: writes texts as submit_sm, hears receipts and inbound texts as deliver_sm.
import { EncodeError } from '@usher/smpp/codec'
import { type DataSm, type DeliverSm, statusName } from '@usher/smpp/pdu'
import { readReceipt } from '@usher/smpp/receipt'
import { type Part, readUserData, segment } from '@usher/smpp/segment'
import { type ClientState, SmppClient } from '@usher/smpp/session'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { SubmitOutcome } from '../message/message.ts'
import { DatabaseAway } from '../store/database.ts'
import { Credit, type Limits } from './throttle.ts'

export interface CarrierConfig extends Limits {
  /** The channel's name, and the carrier's on screens. */
  name: string
  host: string
  port: number
  systemId: string
  password: string
  responseTimeoutMs: number
}

/** A text as it goes to a carrier. */
export interface Outgoing {
  number: string
  originator: string
  text: string
  /** 16 bits that the carrier gives back in the receipt. */
  reference: number
  /** How long it may still be delivered; sent as a relative time, for the carrier's clock is not ours. */
  validForMs: number
}

/** What we hear from a carrier, to be stored before it is answered. */
export interface Hearing {
  receipt(receipt: CarrierReceipt): Promise<void>
  inbound(text: CarrierInbound): Promise<void>
}

export interface CarrierReceipt {
  channel: string
  carrierMessageId: string
  state: 'delivered' | 'undeliverable' | 'expired' | 'intermediate'
  reason: string | null
  reference: number | null
  /** The handset that it is about, as the carrier writes it. */
  number: string
}

export interface CarrierInbound {
  channel: string
  number: string
  addressedTo: string
  dataCoding: number
  octets: Uint8Array
  /** Which part of which long text this is. */
  part: Part | null
  /** Repeats of one delivery carry the same reference where the carrier gives any. */
  reference: number | null
}

/** What each command_status means for the text it answers (SMPP 3.4, 5.1.3). What is not named here is `never`. */
const meaning: Record<string, 'later' | 'slow' | 'broken'> = {
  ESME_RSYSERR: 'later',
  ESME_RMSGQFUL: 'slow',
  ESME_RTHROTTLED: 'slow',
  ESME_RX_T_APPN: 'later',
  ESME_RINVBNDSTS: 'broken',
  ESME_RALYBND: 'broken',
  ESME_RBINDFAIL: 'broken',
  ESME_RINVCMDID: 'broken',
  ESME_RINVCMDLEN: 'broken',
}

const laterMs = 1_000
const esmClassUdhi = 0x40

export interface Channel {
  readonly name: string
  readonly credit: Credit
  /** Parts that were written and not answered yet; the credit also counts those that are set aside for a claim. */
  readonly inFlight: number
  readonly isUp: boolean
  submit(outgoing: Outgoing): Promise<SubmitOutcome>
  /** Called when a text was answered, or the carrier is back: there may be credit. */
  onFree(look: () => void): void
  start(): void
  /** Waits for the answers of what is on the wire, unbinds, closes. */
  stop(timeoutMs: number): Promise<void>
  state(): ClientState
}

export function smppChannel(config: CarrierConfig, clock: Clock, events: EventBus, hearing: Hearing): Channel {
  const credit = new Credit(clock, config)
  let inFlight = 0
  const listeners: (() => void)[] = []
  const look = () => {
    for (const listener of listeners) listener()
  }
  const client = new SmppClient({
    host: config.host,
    port: config.port,
    systemId: config.systemId,
    password: config.password,
    window: config.window + 32, // the credit above is what limits; two long texts at once may exceed it by their parts
    responseTimeoutMs: config.responseTimeoutMs,
    onDeliver: pdu =>
      hear(pdu).catch(error => {
        // The carrier is told "not now" and brings it again. That the database is away is said elsewhere.
        if (!(error instanceof DatabaseAway))
          events.emit('work.failed', { what: 'storing what a carrier delivered', error: String(error) })
        throw error
      }),
    onFree: look,
    onState(state, detail) {
      events.emit('bind.state', { channel: config.name, state, ...detail })
      look()
    },
  })

  async function hear(pdu: DeliverSm | DataSm): Promise<number> {
    const receipt = readReceipt(pdu)
    if (receipt) {
      await hearing.receipt({
        channel: config.name,
        carrierMessageId: receipt.id,
        state: fateOf[receipt.state],
        reason: receipt.state === 'delivered' ? null : receipt.err ? `${receipt.stat} ${receipt.err}` : receipt.stat,
        reference: receipt.reference ?? null,
        number: pdu.source_addr,
      })
      return 0
    }
    const { octets, dataCoding, part } = readUserData(pdu)
    await hearing.inbound({
      channel: config.name,
      number: pdu.source_addr,
      addressedTo: pdu.destination_addr,
      dataCoding,
      octets,
      part: part ?? null,
      reference: pdu.tlvs?.user_message_reference ?? null,
    })
    return 0
  }

  async function submit(outgoing: Outgoing): Promise<SubmitOutcome> {
    const { segments, dataCoding } = segment(outgoing.text, { reference: outgoing.reference & 0xff })
    const fields = {
      ...sourceOf(outgoing.originator),
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: outgoing.number.replace('+', ''),
      data_coding: dataCoding,
      registered_delivery: 1,
      validity_period: relativeTime(outgoing.validForMs),
      tlvs: { user_message_reference: outgoing.reference },
    }
    // Half a text must not leave: without room for each of its parts none is written.
    if (client.free < segments.length) return { kind: 'later', reason: 'no_bind', notBefore: after(laterMs) }
    inFlight += segments.length
    const answers = await Promise.all(
      segments.map(part =>
        client.submit({ ...fields, esm_class: part.udh ? esmClassUdhi : 0, short_message: part.octets }),
      ),
    )
      .catch(error => {
        if (error instanceof EncodeError) return error
        throw error
      })
      .finally(() => {
        inFlight -= segments.length
      })
    // Nothing was written: a field does not fit into SMPP, and never will.
    if (answers instanceof EncodeError) return { kind: 'never', status: 'not_encodable' }
    const taken = answers.flatMap(answer =>
      answer.kind === 'answered' && answer.status === 0 ? [answer.message_id] : [],
    )
    if (taken.length === segments.length) {
      credit.recover()
      return { kind: 'submitted', carrierMessageIds: taken }
    }
    // Once a part of it is taken or in doubt the text can't be sent again as if it were new.
    if (taken.length > 0 || answers.some(({ kind }) => kind === 'unanswered')) return { kind: 'unanswered' }
    const refused = answers.find(answer => answer.kind === 'answered')
    if (!refused) return { kind: 'later', reason: 'no_bind', notBefore: after(laterMs) }
    const status = statusName(refused.status)
    const means = meaning[status]
    if (means === undefined) return { kind: 'never', status }
    if (means !== 'slow') return { kind: 'later', reason: status, notBefore: after(laterMs) }
    const forMs = credit.slow()
    events.emit('carrier.slowed', { channel: config.name, status, forMs })
    return { kind: 'later', reason: status, notBefore: after(forMs) }
  }
  const after = (ms: number) => new Date(clock.now().getTime() + ms)

  return {
    name: config.name,
    credit,
    get inFlight() {
      return inFlight
    },
    get isUp() {
      return client.state === 'bound'
    },
    submit,
    onFree: listener => listeners.push(listener),
    start: () => client.start(),
    stop: timeoutMs => client.stop(timeoutMs),
    state: () => client.state,
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
