// Between the simulated carrier and SMPP: what a submit_sm asks for, and the deliver_sm of a receipt or an inbound text.
// Wire names of texts and receipts stay in this file.
import { decodeText } from '@usher/smpp/gsm'
import { commandStatus, esmClass, type SubmitSm } from '@usher/smpp/pdu'
import { formatReceipt, messageState } from '@usher/smpp/receipt'
import { measure, type Part, readUserData, segment } from '@usher/smpp/segment'
import type { DeliverFields } from '@usher/smpp/session'
import { asNumber, type HandsetReply } from './handset.ts'
import type { Knobs } from './knobs.ts'

export type { DeliverFields, SubmitSm }

export const status = {
  ok: commandStatus.ESME_ROK,
  throttled: commandStatus.ESME_RTHROTTLED,
  queueFull: commandStatus.ESME_RMSGQFUL,
  rejected: commandStatus.ESME_RINVDSTADR,
  /** Not ESME_RBINDFAIL, by which others say that the credentials are wrong. */
  down: commandStatus.ESME_RSYSERR,
  wrongPassword: commandStatus.ESME_RINVPASWD,
  wrongSystemId: commandStatus.ESME_RINVSYSID,
} as const

/** What one submit_sm asks the carrier to do. */
export interface Submission {
  pdu: SubmitSm
  to: string
  originator: string
  /** user_message_reference. */
  reference: number | null
  octets: Uint8Array
  dataCoding: number
  part: Part | undefined
}

/** Type of number (5.2.5): international, and what short codes travel under. */
const international = 1
const networkSpecific = 3

export function readSubmission(pdu: SubmitSm): Submission {
  const { octets, dataCoding, part } = readUserData(pdu)
  const { source_addr } = pdu
  return {
    pdu,
    to: asNumber(pdu.destination_addr),
    originator: pdu.source_addr_ton === international ? asNumber(source_addr) : source_addr,
    reference: pdu.tlvs?.user_message_reference ?? null,
    octets,
    dataCoding,
    part,
  }
}

/** How a text ended for the carrier. */
export type TextEnd = 'delivered' | 'undeliverable' | 'expired'

/** registered_delivery (5.2.17, and 5.0 for success alone). */
export function wantsReceipt({ pdu }: Submission, end: TextEnd): boolean {
  switch (pdu.registered_delivery & 3) {
    case 1:
      return true
    case 2:
      return end !== 'delivered'
    case 3:
      return end === 'delivered'
    default:
      return false
  }
}

/** validity_period as milliseconds from now (7.1.1): relative, `YYMMDDhhmmss000R`, or absolute with quarter hours of offset. */
export function validForMs({ pdu }: Submission, now: Date): number | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([R+-])$/.exec(pdu.validity_period)
  if (!match) return undefined
  const [years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0, tenths = 0, quarters = 0] = match
    .slice(1, 9)
    .map(Number)
  const sign = match[9]
  if (sign === 'R') {
    const end = new Date(now)
    end.setUTCFullYear(end.getUTCFullYear() + years, end.getUTCMonth() + months, end.getUTCDate() + days)
    return end.getTime() - now.getTime() + ((hours * 60 + minutes) * 60 + seconds) * 1_000
  }
  const local = Date.UTC(2000 + years, months - 1, days, hours, minutes, seconds, tenths * 100)
  const end = local - (sign === '+' ? 1 : -1) * quarters * 15 * 60_000
  return Math.max(0, end - now.getTime())
}

/** A network's own code for what went wrong: none, unknown subscriber, absent subscriber. */
const errors: Record<TextEnd, number> = { delivered: 0, undeliverable: 1, expired: 27 }

export interface ReceiptOf {
  id: string
  end: TextEnd
  submittedAt: Date
  doneAt: Date
  form: Knobs['receiptForm']
}

export function receiptFields(
  submission: Submission,
  { id, end, submittedAt, doneAt, form }: ReceiptOf,
): DeliverFields {
  const { pdu, reference, octets, dataCoding } = submission
  const err = errors[end]
  const fields: DeliverFields = {
    source_addr_ton: pdu.dest_addr_ton,
    source_addr_npi: pdu.dest_addr_npi,
    source_addr: pdu.destination_addr,
    dest_addr_ton: pdu.source_addr_ton,
    dest_addr_npi: pdu.source_addr_npi,
    destination_addr: pdu.source_addr,
    esm_class: esmClass.receipt,
  }
  if (form !== 'tlv') {
    const text = decodeText(dataCoding, octets.subarray(0, 40))
    const body = formatReceipt({ id, state: end, submittedAt, doneAt, err: String(err).padStart(3, '0'), text })
    fields.short_message = Buffer.from(body, 'latin1')
  }
  if (form !== 'text')
    fields.tlvs = {
      receipted_message_id: id,
      message_state: messageState(end),
      network_error_code: Uint8Array.of(3, err >> 8, err & 0xff),
    }
  if (reference !== null) fields.tlvs = { ...fields.tlvs, user_message_reference: reference }
  return fields
}

/** 255 segments at most can be counted in a header. */
export const longestInbound = 255
export const segmentsOf = (text: string) => measure(text).segments

/** One deliver_sm per segment. Each has a reference of its own, so that a repeat is known for what it is. */
export function inboundFields(from: string, { to, text, references }: HandsetReply): DeliverFields[] {
  const { segments, dataCoding } = segment(text, { reference: references[0]! })
  const isShortCode = /^\d{3,6}$/.test(to)
  return segments.map(({ octets, udh }, i) => ({
    source_addr_ton: international,
    source_addr_npi: 1,
    source_addr: from.replace('+', ''),
    dest_addr_ton: isShortCode ? networkSpecific : international,
    dest_addr_npi: isShortCode ? 0 : 1,
    destination_addr: to.replace('+', ''),
    esm_class: udh ? esmClass.udhi : 0,
    data_coding: dataCoding,
    short_message: octets,
    tlvs: { user_message_reference: references[i]! },
  }))
}
