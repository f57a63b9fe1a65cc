// Between a simulated SMPP carrier and SMPP: what a submit_sm asks for, and the deliver_sm of a receipt or an inbound text, in
// all the ways that carriers write them. Wire names of texts and receipts stay in this file.
import { decodeText, septetsOf, toGsm, toUcs2 } from '@usher/smpp/gsm'
import { commandStatus, esmClass, type SubmitSm } from '@usher/smpp/pdu'
import { formatReceipt, messageState } from '@usher/smpp/receipt'
import { measure, readUserData } from '@usher/smpp/segment'
import type { DeliverFields } from '@usher/smpp/session'
import type { Submission as AnySubmission, TextEnd, Told } from './carrier.ts'
import { asNumber, type HandsetReply } from './handset.ts'
import type { InboundCoding, InboundForm, Knobs, ReceiptDialect } from './knobs.ts'

export type { DeliverFields, SubmitSm, TextEnd }

export const status = {
  ok: commandStatus.ESME_ROK,
  throttled: commandStatus.ESME_RTHROTTLED,
  queueFull: commandStatus.ESME_RMSGQFUL,
  temporary: commandStatus.ESME_RSYSERR,
  rejected: commandStatus.ESME_RINVDSTADR,
  /** Not ESME_RBINDFAIL, by which others say that the credentials are wrong. */
  down: commandStatus.ESME_RSYSERR,
  wrongPassword: commandStatus.ESME_RINVPASWD,
  wrongSystemId: commandStatus.ESME_RINVSYSID,
} as const

/** What one submit_sm asks the carrier to do. */
export interface Submission extends AnySubmission {
  pdu: SubmitSm
}

/** Type of number (5.2.5): international, and what short codes travel under. */
const international = 1
const networkSpecific = 3

export function readSubmission(pdu: SubmitSm): Submission {
  const { octets, dataCoding, part, shift } = readUserData(pdu)
  const { source_addr } = pdu
  return {
    pdu,
    to: asNumber(pdu.destination_addr),
    originator: pdu.source_addr_ton === international ? asNumber(source_addr) : source_addr,
    reference: pdu.tlvs?.user_message_reference ?? null,
    octets,
    dataCoding,
    part,
    shift,
  }
}

/** registered_delivery (5.2.17, and 5.0 for success alone). */
export function wantsReceipt({ pdu }: Submission, state: Told): boolean {
  const { registered_delivery } = pdu
  // Bit 4 asks for these; many a carrier sends them to whoever asks for any.
  if (state === 'enroute' || state === 'accepted') return (registered_delivery & 0x13) !== 0
  switch (pdu.registered_delivery & 3) {
    case 1:
      return true
    case 2:
      return state !== 'delivered'
    case 3:
      return state === 'delivered'
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
const errors: Record<Told, number> = { enroute: 0, accepted: 0, delivered: 0, undeliverable: 1, expired: 27 }

export interface ReceiptOf {
  id: string
  end: Told
  submittedAt: Date
  doneAt: Date
  form: Knobs['receiptForm']
  dialect?: ReceiptDialect
}

export function receiptFields(submission: Submission, told: ReceiptOf): DeliverFields {
  const { id, end, submittedAt, doneAt, form, dialect = 'standard' } = told
  const { pdu, reference, octets, dataCoding, shift } = submission
  const err = errors[end]
  const isAskedFor = (pdu.registered_delivery & 0x10) !== 0
  const isIntermediate = (end === 'enroute' || end === 'accepted') && isAskedFor
  const fields: DeliverFields = {
    source_addr_ton: pdu.dest_addr_ton,
    source_addr_npi: pdu.dest_addr_npi,
    source_addr: pdu.destination_addr,
    dest_addr_ton: pdu.source_addr_ton,
    dest_addr_npi: pdu.source_addr_npi,
    destination_addr: pdu.source_addr,
    esm_class: isIntermediate ? esmClass.intermediateNotification : esmClass.receipt,
  }
  if (form !== 'tlv') {
    const text = decodeText(dataCoding, octets.subarray(0, 40), shift)
    const body = formatReceipt({ id, state: end, submittedAt, doneAt, err: String(err).padStart(3, '0'), text })
    fields.short_message = Buffer.from(dialect === 'standard' ? body : inDialect(dialect, body, told), 'latin1')
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

/** Says what appendix B says as another carrier would. The quoted text at its end stays as it is. */
function inDialect(
  dialect: Exclude<ReceiptDialect, 'standard'>,
  body: string,
  { submittedAt, doneAt }: ReceiptOf,
): string {
  const at = body.indexOf(' text:')
  const said = body.slice(0, at)
  const quoted = body.slice(at)
  const dated = (write: (digits: string) => string) =>
    [submittedAt, doneAt].reduce(
      (text, date, i) =>
        text.replace(
          i === 0 ? /(submit date:)\d+/ : /(done date:)\d+/,
          `$1${write(date.toISOString().replace(/\D/g, ''))}`,
        ),
      said,
    )
  switch (dialect) {
    case 'seconds':
      return dated(digits => digits.slice(2, 14)) + quoted
    case 'century':
      return dated(digits => digits.slice(0, 14)) + quoted
    case 'lowerCase':
      return said.toLowerCase() + quoted
    case 'upperCase':
      return said.replace(/\b(id|sub|dlvrd|submit date|done date|stat|err):/g, name => name.toUpperCase()) + quoted
    case 'short':
      return said.replace(/ (sub|dlvrd|submit date|done date):\d+/g, '')
    case 'spaced':
      return ` ${said.replaceAll(' ', '  ').replaceAll(':', ': ')}${quoted}`
  }
}

/** How an id that was given in one form stands in a receipt. */
export function receiptId(id: string, { idForm, receiptIdForm }: Pick<Knobs, 'idForm' | 'receiptIdForm'>): string {
  const hasValue = idForm !== 'uuid'
  const value = () => BigInt(idForm === 'hexadecimal' ? `0x${id}` : id)
  switch (receiptIdForm) {
    case 'same':
      return id
    case 'decimal':
      return hasValue ? value().toString() : id
    case 'hexadecimal':
      return hasValue ? value().toString(16) : id
    case 'zeros':
      return hasValue ? id.padStart(20, '0') : id
    case 'upperCase':
      return id.toUpperCase()
  }
}

// --- Texts written on phones ------------------------------------------------------------------------------------------

/** 255 segments at most can be counted in a header. */
export const longestInbound = 255
export const segmentsOf = (text: string) => measure(text).segments

interface Alphabet {
  dataCoding: number
  /** What a character takes, and how much of it fits into one deliver_sm: alone, or after a header of 6 or 7 octets. */
  sizeOf: (char: string) => number
  room: { alone: number; udh8: number; udh16: number }
  encode: (text: string) => Uint8Array
}

const gsm: Alphabet = {
  dataCoding: 0,
  sizeOf: char => septetsOf(char.charCodeAt(0)),
  room: { alone: 160, udh8: 153, udh16: 152 },
  encode: text => toGsm(text)!, // asked only for what fits
}
const latin1: Alphabet = {
  dataCoding: 3,
  sizeOf: () => 1,
  room: { alone: 140, udh8: 134, udh16: 133 },
  encode: text => Buffer.from(text, 'latin1'),
}
const ucs2: Alphabet = {
  dataCoding: 8,
  sizeOf: char => char.length,
  room: { alone: 70, udh8: 67, udh16: 66 },
  encode: toUcs2,
}

function alphabetFor(text: string, coding: InboundCoding): Alphabet {
  if (coding === 'auto' && measure(text).encoding === 'gsm7') return gsm
  if (coding === 'latin1' && [...text].every(char => char.codePointAt(0)! <= 0xff)) return latin1
  return ucs2
}

/** Cuts a text into pieces of at most `room`, never inside a character. */
function cut(text: string, room: number, sizeOf: Alphabet['sizeOf']): string[] {
  const pieces: string[] = []
  let piece = ''
  let left = room
  for (const char of text) {
    const size = sizeOf(char)
    if (size > left) {
      pieces.push(piece)
      piece = ''
      left = room
    }
    piece += char
    left -= size
  }
  return [...pieces, piece]
}

/** Half of a surrogate pair is no character; it would be cut and measured as one. */
const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\ufffd')

/** One deliver_sm per segment. Each has a reference of its own, so that a repeat is known for what it is. */
export function inboundFields(
  from: string,
  { to, text: written, references }: HandsetReply,
  { inboundCoding, inboundForm }: { inboundCoding: InboundCoding; inboundForm: InboundForm },
): DeliverFields[] {
  const text = wellFormed(written)
  const { dataCoding, sizeOf, room, encode } = alphabetFor(text, inboundCoding)
  const isShortCode = /^\d{3,6}$/.test(to)
  const reference = references[0]!
  const fields = (i: number, more: Partial<DeliverFields>): DeliverFields => ({
    source_addr_ton: international,
    source_addr_npi: 1,
    source_addr: from.replace('+', ''),
    dest_addr_ton: isShortCode ? networkSpecific : international,
    dest_addr_npi: isShortCode ? 0 : 1,
    destination_addr: to.replace('+', ''),
    data_coding: dataCoding,
    ...more,
    // The knobs may make more parts of it than it had when it was written.
    tlvs: { user_message_reference: references[i] ?? (reference + i) & 0xffff, ...more.tlvs },
  })
  if (inboundForm === 'payload') return [fields(0, { tlvs: { message_payload: encode(text) } })]
  const alone = cut(text, room.alone, sizeOf)
  if (alone.length === 1) return [fields(0, { short_message: encode(text) })]
  const pieces = cut(text, inboundForm === 'udh8' ? room.udh8 : room.udh16, sizeOf)
  const total = pieces.length
  return pieces.map((piece, i) => {
    const octets = encode(piece)
    if (inboundForm === 'sar')
      return fields(i, {
        short_message: octets,
        tlvs: { sar_msg_ref_num: reference, sar_total_segments: total, sar_segment_seqnum: i + 1 },
      })
    const low = reference & 0xff
    const header = inboundForm === 'udh8' ? [5, 0, 3, low, total, i + 1] : [6, 8, 4, reference >> 8, low, total, i + 1]
    return fields(i, { esm_class: esmClass.udhi, short_message: Buffer.concat([Uint8Array.from(header), octets]) })
  })
}
