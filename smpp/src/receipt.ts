/**
 * Receipts: an SMSC's word on the fate of a message. The text form is a custom, not a standard (SMPP 3.4, appendix B,
 * calls it an example), so it is read in every variant seen; the optional parameters are standard and win.
 */
import { fromLatin1, fromUcs2 } from './gsm.ts'
import { type DataSm, type DeliverSm, esmClass } from './pdu.ts'
import { readUserData } from './segment.ts'

export type ReceiptState =
  | 'enroute'
  | 'delivered'
  | 'expired'
  | 'deleted'
  | 'undeliverable'
  | 'accepted'
  | 'unknown'
  | 'rejected'
  | 'skipped'

export interface Receipt {
  /** As the carrier wrote it; leading zeros, base and case are a matter of its dialect. */
  id: string
  state: ReceiptState
  /** `stat` as written; empty when only the optional parameter told the state. */
  stat: string
  /** network_error_code (5.3.2.31) in decimal, or `err` as written. */
  err?: string
  /** `done date` as written: 10, 12 or 14 digits, in the carrier's time zone. */
  doneAt?: string
  /** user_message_reference (5.3.2.17), where the carrier gives it back. */
  reference?: number
}

/** message_state (5.2.28). 0 is SCHEDULED and 9 SKIPPED in SMPP 5.0. */
const byMessageState: readonly ReceiptState[] = [
  'enroute',
  'enroute',
  'delivered',
  'expired',
  'deleted',
  'undeliverable',
  'accepted',
  'unknown',
  'rejected',
  'skipped',
]

/** `stat` by how it starts, or for refusals by what it contains: DELIVRD, DELIVERED, UNDELIV, UNDELIVERABLE, DND_REJECTED. */
const byStat: readonly [RegExp, ReceiptState][] = [
  [/^UNDELIV/i, 'undeliverable'],
  [/^DELIV/i, 'delivered'],
  [/^EXPIRED/i, 'expired'],
  [/^DELETED/i, 'deleted'],
  [/^ACCEPT/i, 'accepted'],
  [/REJECT/i, 'rejected'],
  [/^ENROUTE/i, 'enroute'],
  [/^SKIPPED/i, 'skipped'],
]

const stateOf = (stat: string): ReceiptState => byStat.find(([pattern]) => pattern.test(stat))?.[1] ?? 'unknown'

/** A receipt (0x04) or an intermediate notification (0x20) by esm_class bits 5 to 2 (5.2.12). */
function isReceipt(pdu: DeliverSm | DataSm): boolean {
  const type = pdu.esm_class & esmClass.typeMask
  if (type === esmClass.receipt || type === esmClass.intermediateNotification) return true
  // Some leave esm_class at 0 and say it with the parameter that only receipts have (5.3.2.12).
  return type === 0 && Boolean(pdu.tlvs?.receipted_message_id)
}

/** Reads a receipt in any form; `undefined` when the PDU is none, or names no message. Never throws. */
export function readReceipt(pdu: DeliverSm | DataSm): Receipt | undefined {
  if (!isReceipt(pdu)) return undefined
  const { octets, dataCoding } = readUserData(pdu)
  // Carriers write the form in ASCII whatever data_coding says, so `_` must not be read as GSM 03.38's 0x5F.
  const written = readText((dataCoding === 8 ? fromUcs2(octets) : fromLatin1(octets)).replaceAll('\0', ' '))
  const tlvs = pdu.tlvs
  const id = tlvs?.receipted_message_id || written.id
  if (!id) return undefined
  const stat = written.stat ?? ''
  const state = tlvs?.message_state === undefined ? stateOf(stat) : (byMessageState[tlvs.message_state] ?? 'unknown')
  const receipt: Receipt = { id, state, stat }
  const network = tlvs?.network_error_code
  const err = network?.length === 3 ? String((network[1]! << 8) | network[2]!).padStart(3, '0') : written.err
  if (err) receipt.err = err
  if (written.doneAt !== undefined) receipt.doneAt = written.doneAt
  if (tlvs?.user_message_reference !== undefined) receipt.reference = tlvs.user_message_reference
  return receipt
}

/** How a carrier writes its ids: `as_is` where an id is the same wherever it stands. */
export type IdForm = 'as_is' | 'decimal' | 'hexadecimal'

/** No message_id is longer (5.2.23), and a number of more digits costs more to convert than it can be worth. */
const MOST_DIGITS = 64

/**
 * The one string for all the ways in which a carrier writes one id: the response may have it in hexadecimal with zeros in
 * front, the receipt in decimal. Of a number that is its decimal form; what is no number in that base is only lower-cased.
 */
export function normalId(id: string, form: IdForm): string {
  if (form === 'as_is') return id
  const isNumber = id.length <= MOST_DIGITS && (form === 'decimal' ? /^\d+$/ : /^[\da-f]+$/i).test(id)
  if (!isNumber) return id.toLowerCase()
  return BigInt(form === 'decimal' ? id : `0x${id}`).toString()
}

interface Written {
  id?: string | undefined
  stat?: string | undefined
  err?: string | undefined
  doneAt?: string | undefined
}

const labels = /(?:^|\s)(id|sub|dlvrd|submit[\s_]*date|done[\s_]*date|stat|err|text)\s*:/gi

function readText(form: string): Written {
  const values = new Map<string, string>()
  let label: string | undefined
  let from = 0
  let isQuoting = false
  const take = (to: number) => {
    if (label === undefined) return
    const value = form.slice(from, to).trim().split(/\s/, 1)[0]!
    // What is quoted after `text:` may look like a receipt itself; it only fills what is not said before it.
    if (!values.has(label) || (!isQuoting && value !== '')) values.set(label, value)
  }
  for (const match of form.matchAll(labels)) {
    take(match.index)
    if (label === 'text') isQuoting = true
    label = match[1]!.toLowerCase().replace(/[\s_]/g, '')
    from = match.index + match[0].length
  }
  take(form.length)
  const done = values.get('donedate')
  return {
    id: values.get('id'),
    stat: values.get('stat'),
    err: values.get('err'),
    doneAt: done !== undefined && /^(\d{10}|\d{12}|\d{14})$/.test(done) ? done : undefined,
  }
}

const stats: Record<ReceiptState, string> = {
  enroute: 'ENROUTE',
  delivered: 'DELIVRD',
  expired: 'EXPIRED',
  deleted: 'DELETED',
  undeliverable: 'UNDELIV',
  accepted: 'ACCEPTD',
  unknown: 'UNKNOWN',
  rejected: 'REJECTD',
  skipped: 'SKIPPED',
}

/** message_state (5.2.28) of a state, for a receipt that says it in the optional parameter too. */
export const messageState = (state: ReceiptState): number => byMessageState.lastIndexOf(state)

export interface ReceiptForm {
  id: string
  state: ReceiptState
  submittedAt: Date
  doneAt: Date
  /** Three characters, 000 when all went well. */
  err?: string
  /** The message; its first 20 characters are quoted. */
  text?: string
  /** Overrides the usual word for the state. */
  stat?: string
}

/** YYMMDDhhmm, in UTC. */
const date = (at: Date): string => at.toISOString().replace(/\D/g, '').slice(2, 12)

/** Writes the text form of appendix B. */
export function formatReceipt({ id, state, submittedAt, doneAt, err = '000', text = '', stat }: ReceiptForm): string {
  const delivered = state === 'delivered' ? '001' : '000'
  return (
    `id:${id} sub:001 dlvrd:${delivered} submit date:${date(submittedAt)} done date:${date(doneAt)} ` +
    `stat:${stat ?? stats[state]} err:${err} text:${text.slice(0, 20)}`
  )
}
