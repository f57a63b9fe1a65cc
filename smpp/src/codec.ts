/**
 * PDUs to octets and back. The tables of pdu.ts are compiled once, at load, into rows of numbers; encoding writes
 * straight into a buffer that the caller may share between PDUs, decoding reads straight out of what the socket gave.
 * What is sent is strict: a value that does not fit its field throws. What is received is lenient wherever the intent
 * is plain, because a receipt refused over a formality is a receipt lost.
 */
import {
  type CommandName,
  commandStatus,
  commands,
  type DeliverSm,
  type DestAddress,
  type FieldType,
  type Pdu,
  type PduInput,
  responseBit,
  type SubmitSm,
  type TlvRow,
  type Tlvs,
  type TlvType,
  tlvs,
  type UnknownTlv,
  type UnsuccessSme,
} from './pdu.ts'

/** command_length, command_id, command_status, sequence_number (3.2). */
const HEADER = 16

const INT1 = 1
const INT2 = 2
const INT4 = 4
const CSTRING = 5
const OCTETS = 6
const DESTS = 7
const FAILURES = 8
const FLAG = 9
const INT1S = 10
const OCTETSS = 11

const kinds: Record<FieldType | TlvType, number> = {
  int1: INT1,
  int2: INT2,
  int4: INT4,
  cstring: CSTRING,
  octets: OCTETS,
  dest_address: DESTS,
  unsuccess_sme: FAILURES,
  flag: FLAG,
  int1s: INT1S,
  octetss: OCTETSS,
}

interface Field {
  name: string
  kind: number
  max: number
}

interface Layout {
  command: CommandName
  id: number
  /** The response's command_id for a request that has one. */
  isResponse: boolean
  fields: Field[]
}

interface Tlv {
  name: string
  tag: number
  kind: number
  max: number
}

const layouts: Layout[] = Object.entries(commands).map(([command, row]) => ({
  command: command as CommandName, // Object.entries widens the keys of our own table
  id: row.id,
  isResponse: row.id >= responseBit,
  fields: row.fields.map(([name, type, max]) => ({ name, kind: kinds[type], max: max ?? 0 })),
}))
const layoutByName = new Map<string, Layout>(layouts.map(layout => [layout.command, layout]))
const layoutById = new Map<number, Layout>(layouts.map(layout => [layout.id, layout]))

const tlvRows: Tlv[] = Object.entries<TlvRow>(tlvs).map(([name, [tag, type, max]]) => ({
  name,
  tag,
  kind: kinds[type],
  max: max ?? 0xffff,
}))
const tlvByName = new Map<string, Tlv>(tlvRows.map(row => [row.name, row]))
// Tags of 3.4 end at 0x1383: an array answers faster than a map.
const tlvByTag: (Tlv | undefined)[] = Array.from({ length: 0x1400 })
for (const row of tlvRows) tlvByTag[row.tag] = row

/** The name of a command_id, if it is one of SMPP 3.4. */
export const commandName = (id: number): CommandName | undefined => layoutById.get(id)?.command

/** A value that its field cannot carry: a mistake of the caller, nothing was written that counts. */
export class EncodeError extends RangeError {
  override readonly name = 'EncodeError'
}

/** The target is too short; `needed` octets would have been enough for this PDU. */
export class DoesNotFit extends RangeError {
  override readonly name = 'DoesNotFit'
  readonly needed: number
  constructor(needed: number, room: number) {
    super(`the PDU takes ${needed} octets, ${room} are left`)
    this.needed = needed
  }
}

type Loose = Record<string, unknown>

/**
 * Writes one PDU at `offset`, with the PDU's own sequence number or the one given, and returns where it ends. Throws
 * `EncodeError` for a value that its field cannot carry and `DoesNotFit` when the target is too short.
 */
export function encodeInto(
  pdu: PduInput,
  target: Uint8Array,
  offset: number,
  sequence: number = pdu.sequence ?? 0,
): number {
  const layout = layoutByName.get(pdu.command)
  if (layout === undefined) throw new EncodeError(`no command ${String(pdu.command)}`)
  // An index past the end of a typed array writes nothing, so fields need no check of their own; the end has one.
  const fields = layout.fields
  const values = pdu as unknown as Loose // read by the names of the table, each checked by its kind below
  let at = offset + HEADER
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!
    at = writeField(field, values[field.name], target, at)
  }
  const fieldsEnd = at
  if (pdu.tlvs !== undefined) at = writeTlvs(pdu.tlvs, target, at)
  const status = pdu.status ?? 0
  // A response that reports an error has no body (4.4.2, 4.1.2), unless somebody put something into it.
  if (layout.isResponse && status !== 0 && at === fieldsEnd && at <= target.length) {
    if (isBlank(target, offset + HEADER, at)) at = offset + HEADER
  }
  if (at > target.length) throw new DoesNotFit(at - offset, target.length - offset)
  writeInt4(target, offset, at - offset)
  writeInt4(target, offset + 4, layout.id)
  writeInt4(target, offset + 8, status)
  writeInt4(target, offset + 12, sequence)
  return at
}

let scratch = Buffer.allocUnsafeSlow(4096)

/** One PDU in a buffer of its own. */
export function encode(pdu: PduInput): Buffer {
  for (;;) {
    try {
      const end = encodeInto(pdu, scratch, 0)
      const own = Buffer.allocUnsafe(end)
      scratch.copy(own, 0, 0, end)
      return own
    } catch (error) {
      if (!(error instanceof DoesNotFit)) throw error
      scratch = Buffer.allocUnsafeSlow(error.needed * 2)
    }
  }
}

function isBlank(target: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (target[at] !== 0) return false
  return true
}

function writeInt4(target: Uint8Array, at: number, value: number) {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}

function integer(name: string, value: unknown, max: number): number {
  if (value === undefined) return 0
  if (typeof value !== 'number' || !(value >= 0 && value <= max) || !Number.isInteger(value))
    throw new EncodeError(`${name} must be an integer from 0 to ${max}`)
  return value
}

/** The octets of a string without its NUL; `max` counts the NUL. */
function writeCString(name: string, value: unknown, max: number, target: Uint8Array, at: number): number {
  if (value === undefined || value === '') {
    target[at] = 0
    return at + 1
  }
  if (typeof value !== 'string') throw new EncodeError(`${name} must be a string`)
  const length = value.length
  if (length >= max) throw new EncodeError(`${name} takes ${max - 1} characters at most, not ${length}`)
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i)
    if (code === 0 || code > 0xff) throw new EncodeError(`${name} cannot carry the character at ${i}`)
    target[at + i] = code
  }
  target[at + length] = 0
  return at + length + 1
}

function writeOctets(octets: Uint8Array, target: Uint8Array, at: number): number {
  const length = octets.length
  // Below this a loop is quicker than the call into the runtime.
  if (length < 48) for (let i = 0; i < length; i++) target[at + i] = octets[i]!
  else if (at + length <= target.length) target.set(octets, at)
  return at + length
}

function writeField(field: Field, value: unknown, target: Uint8Array, at: number): number {
  switch (field.kind) {
    case INT1:
      target[at] = integer(field.name, value, 0xff)
      return at + 1
    case INT4:
      writeInt4(target, at, integer(field.name, value, 0xffffffff))
      return at + 4
    case CSTRING:
      return writeCString(field.name, value, field.max, target, at)
    case OCTETS: {
      if (value === undefined) {
        target[at] = 0
        return at + 1
      }
      if (!(value instanceof Uint8Array)) throw new EncodeError(`${field.name} must be octets`)
      if (value.length > field.max)
        throw new EncodeError(`${field.name} takes ${field.max} octets at most, not ${value.length}`)
      target[at] = value.length
      return writeOctets(value, target, at + 1)
    }
    case DESTS:
      return writeDests(field, value as DestAddress[] | undefined, target, at)
    default:
      return writeFailures(field, value as UnsuccessSme[] | undefined, target, at)
  }
}

function writeDests(field: Field, list: DestAddress[] = [], target: Uint8Array, start: number): number {
  if (list.length > field.max) throw new EncodeError(`${field.name} takes ${field.max} addresses at most`)
  let at = start
  target[at++] = list.length
  for (const dest of list) {
    target[at++] = dest.dest_flag
    if (dest.dest_flag === 1) {
      target[at++] = integer('dest_addr_ton', dest.dest_addr_ton, 0xff)
      target[at++] = integer('dest_addr_npi', dest.dest_addr_npi, 0xff)
      at = writeCString('destination_addr', dest.destination_addr, 21, target, at)
    } else {
      at = writeCString('dl_name', dest.dl_name, 21, target, at)
    }
  }
  return at
}

function writeFailures(field: Field, list: UnsuccessSme[] = [], target: Uint8Array, start: number): number {
  if (list.length > field.max) throw new EncodeError(`${field.name} takes ${field.max} addresses at most`)
  let at = start
  target[at++] = list.length
  for (const sme of list) {
    target[at++] = integer('dest_addr_ton', sme.dest_addr_ton, 0xff)
    target[at++] = integer('dest_addr_npi', sme.dest_addr_npi, 0xff)
    at = writeCString('destination_addr', sme.destination_addr, 21, target, at)
    writeInt4(target, at, integer('error_status_code', sme.error_status_code, 0xffffffff))
    at += 4
  }
  return at
}

function writeTlvs(all: Tlvs, target: Uint8Array, start: number): number {
  let at = start
  const values = all as Loose // read by the names of the table, each checked by its kind
  for (const name in values) {
    const value = values[name]
    if (value === undefined) continue
    const row = tlvByName.get(name)
    if (row !== undefined) at = writeTlv(row, value, target, at)
    else if (name !== 'unknown') throw new EncodeError(`no optional parameter ${name}`)
  }
  // Last, so that a repeat which was kept aside is not read as the first of its kind.
  return all.unknown === undefined ? at : writeUnknown(all.unknown, target, at)
}

function writeUnknown(list: UnknownTlv[], target: Uint8Array, start: number): number {
  let at = start
  for (const { tag, value } of list) {
    if (value.length > 0xffff) throw new EncodeError('an optional parameter takes 65535 octets at most')
    at = writeTag(integer('tag', tag, 0xffff), value.length, target, at)
    at = writeOctets(value, target, at)
  }
  return at
}

function writeTag(tag: number, length: number, target: Uint8Array, at: number): number {
  target[at] = tag >>> 8
  target[at + 1] = tag
  target[at + 2] = length >>> 8
  target[at + 3] = length
  return at + 4
}

function writeTlv(row: Tlv, value: unknown, target: Uint8Array, start: number): number {
  let at = start
  switch (row.kind) {
    case INT1:
      at = writeTag(row.tag, 1, target, at)
      target[at] = integer(row.name, value, 0xff)
      return at + 1
    case INT2: {
      const number = integer(row.name, value, 0xffff)
      at = writeTag(row.tag, 2, target, at)
      target[at] = number >>> 8
      target[at + 1] = number
      return at + 2
    }
    case INT4:
      at = writeTag(row.tag, 4, target, at)
      writeInt4(target, at, integer(row.name, value, 0xffffffff))
      return at + 4
    case CSTRING: {
      const end = writeCString(row.name, value, row.max, target, at + 4)
      writeTag(row.tag, end - at - 4, target, at)
      return end
    }
    case OCTETS:
      return writeTlvOctets(row, value, target, at)
    case FLAG:
      return value === true ? writeTag(row.tag, 0, target, at) : at
    case INT1S:
      for (const one of value as number[]) {
        at = writeTag(row.tag, 1, target, at)
        target[at++] = integer(row.name, one, 0xff)
      }
      return at
    default:
      for (const one of value as Uint8Array[]) at = writeTlvOctets(row, one, target, at)
      return at
  }
}

function writeTlvOctets(row: Tlv, value: unknown, target: Uint8Array, at: number): number {
  if (!(value instanceof Uint8Array)) throw new EncodeError(`${row.name} must be octets`)
  if (value.length > row.max) throw new EncodeError(`${row.name} takes ${row.max} octets at most, not ${value.length}`)
  return writeOctets(value, target, writeTag(row.tag, value.length, target, at))
}

/** The stream itself cannot be followed any more: the session has to end. */
export interface FramingError {
  kind: 'framing'
  command_length: number
  reason: string
}

/** One well-framed PDU whose body makes no sense; the PDUs after it are not affected. */
export interface Malformed {
  kind: 'malformed'
  command: CommandName
  command_id: number
  status: number
  sequence: number
  reason: string
  /** The command_status that tells the sender what was wrong. */
  answer: number
}

/** One well-framed PDU of a command that SMPP 3.4 does not have. */
export interface UnknownCommand {
  kind: 'unknown'
  command_id: number
  status: number
  sequence: number
}

export type Decoded = { kind: 'pdu'; pdu: Pdu } | Malformed | UnknownCommand | FramingError

/** Thrown and caught inside this file only: a body that ends early is rare, and a check after each field is not free. */
class BodyError extends Error {
  readonly answer: number
  constructor(reason: string, answer: number) {
    super(reason)
    this.answer = answer
  }
}

const nothing = Buffer.alloc(0)

/**
 * Takes octets as they come and gives PDUs as they are whole. It never reserves memory by an announced command_length,
 * only by octets that have arrived, and once `next` has answered `undefined` it keeps no hold on what was pushed.
 */
export class Decoder {
  readonly #maxLength: number
  #bytes: Buffer = nothing
  #from = 0
  #to = 0
  #isOwn = false
  #broken: FramingError | undefined

  constructor({ maxLength = 65_536 }: { maxLength?: number } = {}) {
    this.#maxLength = maxLength
  }

  push(bytes: Uint8Array): void {
    if (this.#broken !== undefined || bytes.length === 0) return
    const waiting = this.#to - this.#from
    if (waiting === 0) {
      this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      this.#from = 0
      this.#to = bytes.length
      this.#isOwn = false
      return
    }
    const needed = waiting + bytes.length
    if (!this.#isOwn || this.#to + bytes.length > this.#bytes.length) {
      // Twice what is there: joined octet by octet, each octet is still copied only a few times.
      const grown = Buffer.allocUnsafeSlow(Math.max(needed * 2, 512))
      this.#bytes.copy(grown, 0, this.#from, this.#to)
      this.#bytes = grown
      this.#from = 0
      this.#to = waiting
      this.#isOwn = true
    }
    this.#bytes.set(bytes, this.#to)
    this.#to += bytes.length
  }

  /** The next PDU, or `undefined` until more octets come. After a framing error there is nothing but that error. */
  next(): Decoded | undefined {
    if (this.#broken !== undefined) return this.#broken
    const waiting = this.#to - this.#from
    if (waiting < 4) return this.#wait(waiting)
    const length = readInt4(this.#bytes, this.#from)
    if (length < HEADER || length > this.#maxLength) {
      this.#broken = {
        kind: 'framing',
        command_length: length,
        reason: `command_length ${length} is outside ${HEADER} to ${this.#maxLength}`,
      }
      this.#bytes = nothing
      return this.#broken
    }
    if (waiting < length) return this.#wait(waiting)
    const start = this.#from
    this.#from += length
    return decodeFrame(this.#bytes, start, this.#from)
  }

  #wait(waiting: number): undefined {
    if (waiting === 0) {
      this.#bytes = nothing
      this.#from = this.#to = 0
      this.#isOwn = false
    } else if (!this.#isOwn) {
      this.#bytes = Buffer.from(this.#bytes.subarray(this.#from, this.#to))
      this.#from = 0
      this.#to = waiting
      this.#isOwn = true
    }
  }
}

/** Decodes exactly one PDU, for those who have it whole. */
export function decode(bytes: Uint8Array): Decoded | undefined {
  const decoder = new Decoder({ maxLength: Math.max(bytes.length, HEADER) })
  decoder.push(bytes)
  return decoder.next()
}

function readInt4(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

// Where reading stands. One PDU is decoded at a time and without a pause, so one pair for the module will do.
let at = 0
let end = 0

function decodeFrame(bytes: Buffer, start: number, frameEnd: number): Decoded {
  const command_id = readInt4(bytes, start + 4)
  const status = readInt4(bytes, start + 8)
  const sequence = readInt4(bytes, start + 12)
  const layout = layoutById.get(command_id)
  if (layout === undefined) return { kind: 'unknown', command_id, status, sequence }
  at = start + HEADER
  end = frameEnd
  try {
    if (layout.command === 'submit_sm' || layout.command === 'deliver_sm')
      return { kind: 'pdu', pdu: readMessage(layout.command, status, sequence, bytes) }
    const pdu: Loose = { command: layout.command, status, sequence }
    const fields = layout.fields
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!
      pdu[field.name] = layout.isResponse && at === end ? blank(field) : readField(field, bytes, layout.isResponse)
    }
    const tlvs = at < end ? readTlvs(bytes) : undefined
    if (tlvs !== undefined) pdu.tlvs = tlvs
    return { kind: 'pdu', pdu: pdu as unknown as Pdu } // built from the table the type is derived from
  } catch (error) {
    if (!(error instanceof BodyError)) throw error
    return {
      kind: 'malformed',
      command: layout.command,
      command_id,
      status,
      sequence,
      reason: error.message,
      answer: error.answer,
    }
  }
}

/**
 * submit_sm and deliver_sm are nearly all of the traffic, and an object written as one literal is made five times as
 * fast as one filled by the table. A literal evaluates in the order it is written, which is the order of the wire; that
 * both orders are the table's is checked by a test.
 */
function readMessage(
  command: 'submit_sm' | 'deliver_sm',
  status: number,
  sequence: number,
  bytes: Buffer,
): SubmitSm | DeliverSm {
  return {
    command,
    status,
    sequence,
    service_type: readCString('service_type', bytes, false),
    source_addr_ton: readInt1('source_addr_ton', bytes),
    source_addr_npi: readInt1('source_addr_npi', bytes),
    source_addr: readCString('source_addr', bytes, false),
    dest_addr_ton: readInt1('dest_addr_ton', bytes),
    dest_addr_npi: readInt1('dest_addr_npi', bytes),
    destination_addr: readCString('destination_addr', bytes, false),
    esm_class: readInt1('esm_class', bytes),
    protocol_id: readInt1('protocol_id', bytes),
    priority_flag: readInt1('priority_flag', bytes),
    schedule_delivery_time: readCString('schedule_delivery_time', bytes, false),
    validity_period: readCString('validity_period', bytes, false),
    registered_delivery: readInt1('registered_delivery', bytes),
    replace_if_present_flag: readInt1('replace_if_present_flag', bytes),
    data_coding: readInt1('data_coding', bytes),
    sm_default_msg_id: readInt1('sm_default_msg_id', bytes),
    short_message: readOctets('short_message', readInt1('sm_length', bytes), bytes),
    tlvs: at < end ? readTlvs(bytes) : undefined,
  } as SubmitSm | DeliverSm // the two differ in command alone
}

/** A response may end before its fields do: with an error status it has no body at all (4.4.2), and some send none ever. */
function blank(field: Field): unknown {
  switch (field.kind) {
    case CSTRING:
      return ''
    case INT1:
    case INT4:
      return 0
    case OCTETS:
      return new Uint8Array(0)
    default:
      return []
  }
}

const short = (name: string) => new BodyError(`the body ends inside ${name}`, commandStatus.ESME_RINVCMDLEN)

function readInt1(name: string, bytes: Uint8Array): number {
  if (at >= end) throw short(name)
  return bytes[at++]!
}

function readCString(name: string, bytes: Buffer, mayEndOpen: boolean): string {
  const from = at
  let to = from
  while (to < end && bytes[to] !== 0) to++
  // Some SMSCs forget the NUL after message_id: in a response the end of the body ends the string too.
  if (to >= end && !(mayEndOpen && to > from)) throw short(name)
  at = to < end ? to + 1 : to
  return to === from ? '' : bytes.toString('latin1', from, to)
}

function readOctets(name: string, length: number, bytes: Buffer): Uint8Array {
  const to = at + length
  if (to > end) throw short(name)
  const octets = copy(bytes, at, to)
  at = to
  return octets
}

// An ArrayBuffer for each short message costs four times the copy itself, so copies share blocks of 8 KB.
const BLOCK = 8192
let block = new ArrayBuffer(BLOCK)
let used = 0

/** A copy, so that one kept text does not keep the whole block the socket delivered. */
function copy(bytes: Buffer, from: number, to: number): Uint8Array {
  const length = to - from
  if (length > 1024) {
    const octets = new Uint8Array(length)
    bytes.copy(octets, 0, from, to)
    return octets
  }
  if (used + length > BLOCK) {
    block = new ArrayBuffer(BLOCK)
    used = 0
  }
  const octets = new Uint8Array(block, used, length)
  used += length
  for (let i = 0; i < length; i++) octets[i] = bytes[from + i]!
  return octets
}

function readField(field: Field, bytes: Buffer, mayEndOpen: boolean): unknown {
  switch (field.kind) {
    case INT1:
      return readInt1(field.name, bytes)
    case INT4:
      if (at + 4 > end) throw short(field.name)
      at += 4
      return readInt4(bytes, at - 4)
    case CSTRING:
      return readCString(field.name, bytes, mayEndOpen)
    case OCTETS:
      return readOctets(field.name, readInt1(field.name, bytes), bytes)
    case DESTS:
      return readDests(bytes)
    default:
      return readFailures(bytes)
  }
}

function readDests(bytes: Buffer): DestAddress[] {
  const list: DestAddress[] = []
  for (let count = readInt1('number_of_dests', bytes); count > 0; count--) {
    const dest_flag = readInt1('dest_flag', bytes)
    if (dest_flag === 1)
      list.push({
        dest_flag,
        dest_addr_ton: readInt1('dest_addr_ton', bytes),
        dest_addr_npi: readInt1('dest_addr_npi', bytes),
        destination_addr: readCString('destination_addr', bytes, false),
      })
    else if (dest_flag === 2) list.push({ dest_flag, dl_name: readCString('dl_name', bytes, false) })
    else throw new BodyError(`dest_flag ${dest_flag} is neither 1 nor 2`, commandStatus.ESME_RINVDESTFLAG)
  }
  return list
}

function readFailures(bytes: Buffer): UnsuccessSme[] {
  const list: UnsuccessSme[] = []
  for (let count = readInt1('no_unsuccess', bytes); count > 0; count--) {
    const dest_addr_ton = readInt1('dest_addr_ton', bytes)
    const dest_addr_npi = readInt1('dest_addr_npi', bytes)
    const destination_addr = readCString('destination_addr', bytes, false)
    if (at + 4 > end) throw short('error_status_code')
    list.push({ dest_addr_ton, dest_addr_npi, destination_addr, error_status_code: readInt4(bytes, at) })
    at += 4
  }
  return list
}

function readTlvs(bytes: Buffer): Tlvs | undefined {
  // A stray NUL or two after the fields is no parameter and no reason to refuse a PDU.
  if (end - at < 4 && isBlank(bytes, at, end)) return undefined
  const found: Loose = {}
  while (at < end) {
    if (at + 4 > end) {
      if (isBlank(bytes, at, end)) break
      throw new BodyError('the body ends inside an optional parameter', commandStatus.ESME_RINVOPTPARSTREAM)
    }
    const tag = (bytes[at]! << 8) | bytes[at + 1]!
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!
    at += 4
    const to = at + length
    if (to > end)
      throw new BodyError(
        `optional parameter 0x${tag.toString(16).padStart(4, '0')} says ${length} octets, ${end - at} are left`,
        commandStatus.ESME_RINVOPTPARSTREAM,
      )
    const row = tlvByTag[tag]
    if (row === undefined || !readTlv(row, bytes, length, found)) keepUnknown(found as Tlvs, tag, bytes, to)
    at = to
  }
  return found as Tlvs
}

function keepUnknown(found: Tlvs, tag: number, bytes: Buffer, to: number) {
  found.unknown ??= []
  found.unknown.push({ tag, value: copy(bytes, at, to) })
}

/** Puts one parameter where it belongs; false when it cannot be: repeated, or of a length its type does not have. */
function readTlv(row: Tlv, bytes: Buffer, length: number, found: Loose): boolean {
  const { name, kind } = row
  const before = found[name]
  if (kind === INT1S) {
    if (length !== 1) return false
    if (before === undefined) found[name] = [bytes[at]]
    else (before as number[]).push(bytes[at]!)
    return true
  }
  if (kind === OCTETSS) {
    if (before === undefined) found[name] = [copy(bytes, at, at + length)]
    else (before as Uint8Array[]).push(copy(bytes, at, at + length))
    return true
  }
  if (before !== undefined) return false
  switch (kind) {
    case CSTRING: {
      // With or without its NUL: both are seen.
      let to = at
      while (to < at + length && bytes[to] !== 0) to++
      found[name] = to === at ? '' : bytes.toString('latin1', at, to)
      return true
    }
    case OCTETS:
      found[name] = copy(bytes, at, at + length)
      return true
    case FLAG:
      if (length !== 0) return false
      found[name] = true
      return true
    default: {
      // An integer of another width than its own is still that integer; an empty one is none.
      if (length < 1 || length > 4) return false
      let value = 0
      for (let i = 0; i < length; i++) value = value * 256 + bytes[at + i]!
      found[name] = value
      return true
    }
  }
}
