/**
 * Long texts: cut into segments with a user data header for the way out, put together again on the way in. Sizes and
 * the header are those of 3GPP TS 23.040, 9.2.3.24.1 (8 bit reference) and 9.2.3.24.8 (16 bit reference).
 */
import { decodeText, septetsOf, wellFormed, writeGsm, writeUcs2 } from './gsm.ts'
import { esmClass, type Tlvs } from './pdu.ts'

export type Encoding = 'gsm7' | 'ucs2'

/** The first character that has no place in GSM 03.38 and so forces UCS-2. */
export interface ForcedBy {
  char: string
  /** Its place in the text, in UTF-16 units. */
  index: number
  /** As in `U+2019`. */
  codePoint: string
}

export interface Measured {
  encoding: Encoding
  /** How many segments the text takes. */
  segments: number
  /** Septets or UTF-16 units in all, without headers. */
  units: number
  forcedBy?: ForcedBy
}

export interface Segment {
  text: string
  /** User data: septets one to an octet or UTF-16BE, after the header when there is one. */
  octets: Uint8Array
  /** Whether `octets` start with a user data header, so that esm_class needs its bit 6. */
  udh: boolean
}

export interface Segmented {
  encoding: Encoding
  dataCoding: 0 | 8
  forcedBy?: ForcedBy
  units: number
  /** One at least: an empty text is one empty segment. */
  segments: Segment[]
}

/** 140 octets of user data; a header of 6 octets leaves 134, or 153 septets behind one fill bit. */
const limits = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } } as const

const MAX_SEGMENTS = 255

/** What a text will cost, without making its octets. */
export function measure(text: string): Measured {
  let units = 0
  let hasExtended = false
  for (let i = 0; i < text.length; i++) {
    const septets = septetsOf(text.charCodeAt(i))
    if (septets === 0) return measureUcs2(text, i)
    if (septets === 2) hasExtended = true
    units += septets
  }
  const { single, part } = limits.gsm7
  if (units <= single) return { encoding: 'gsm7', segments: 1, units }
  return { encoding: 'gsm7', segments: hasExtended ? countParts(text, gsmEnd) : Math.ceil(units / part), units }
}

function measureUcs2(text: string, index: number): Measured {
  const code = text.codePointAt(index)!
  const forcedBy: ForcedBy = {
    char: String.fromCodePoint(code),
    index,
    codePoint: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`,
  }
  const units = text.length
  const segments = units <= limits.ucs2.single ? 1 : countParts(text, ucs2End)
  return { encoding: 'ucs2', segments, units, forcedBy }
}

function countParts(text: string, partEnd: (text: string, from: number) => number): number {
  let count = 0
  for (let at = 0; at < text.length; at = partEnd(text, at)) count++
  return count
}

/** Where a part that starts at `from` ends: after 153 septets, or 152 when an escape pair would be cut. */
function gsmEnd(text: string, from: number): number {
  let room: number = limits.gsm7.part
  let at = from
  while (at < text.length) {
    room -= septetsOf(text.charCodeAt(at))
    if (room < 0) break
    at++
  }
  return at
}

/** Where a part that starts at `from` ends: after 67 units, or 66 when a surrogate pair would be cut. */
function ucs2End(text: string, from: number): number {
  const to = from + limits.ucs2.part
  if (to >= text.length) return text.length
  const isCut = (text.charCodeAt(to - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(to) & 0xfc00) === 0xdc00
  return isCut ? to - 1 : to
}

/**
 * A reference made of the text itself: two texts to one handset nearly always differ in it, and two that do not differ
 * cannot be mixed up harmfully.
 */
function referenceOf(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff
}

/**
 * Cuts a text into what submit_sm carries. A text of more than one segment gets a header with an 8 bit reference,
 * which is the low octet of `reference`. Throws a RangeError above 255 segments.
 */
export function segment(text: string, { reference }: { reference?: number } = {}): Segmented {
  const { encoding, segments: count, units, forcedBy } = measure(text)
  if (count > MAX_SEGMENTS) throw new RangeError(`the text takes ${count} segments, ${MAX_SEGMENTS} are possible`)
  const isGsm = encoding === 'gsm7'
  // What is cut is what will be shown: half of a surrogate pair becomes U+FFFD here as in the octets.
  const whole = isGsm ? text : wellFormed(text)
  const segments: Segment[] = []
  if (count === 1) {
    const octets = new Uint8Array(isGsm ? units : units * 2)
    if (isGsm) writeGsm(whole, 0, whole.length, octets, 0)
    else writeUcs2(whole, 0, whole.length, octets, 0)
    segments.push({ text: whole, octets, udh: false })
  } else {
    const ref = (reference ?? referenceOf(text)) & 0xff
    const buffer = new Uint8Array(UDH + limits.gsm7.part)
    for (let from = 0; from < whole.length; ) {
      const to = isGsm ? gsmEnd(whole, from) : ucs2End(whole, from)
      buffer.set([0x05, 0x00, 0x03, ref, count, segments.length + 1])
      const end = isGsm ? writeGsm(whole, from, to, buffer, UDH) : writeUcs2(whole, from, to, buffer, UDH)
      segments.push({ text: whole.slice(from, to), octets: buffer.slice(0, end), udh: true })
      from = to
    }
  }
  return { encoding, dataCoding: isGsm ? 0 : 8, ...(forcedBy === undefined ? {} : { forcedBy }), units, segments }
}

/** UDHL, IEI 0x00, its length 3, reference, total, sequence. */
const UDH = 6

/** Which part of which long text. */
export interface Part {
  reference: number
  total: number
  sequence: number
}

export interface Udh {
  /** Octets of the header, UDHL included: the text starts here. */
  length: number
  elements: { id: number; value: Uint8Array }[]
  part?: Part
}

/** A total of zero, or a sequence outside it, is to be ignored as if it were not there (9.2.3.24.1). */
const isPart = ({ total, sequence }: Part) => total > 0 && sequence > 0 && sequence <= total

/** Reads the user data header at the start of user data (9.2.3.24); `undefined` when it is none. Never throws. */
export function readUdh(octets: Uint8Array): Udh | undefined {
  const length = (octets[0] ?? -1) + 1
  if (length === 0 || length > octets.length) return undefined
  const udh: Udh = { length, elements: [] }
  let at = 1
  while (at < length) {
    const id = octets[at]!
    const size = octets[at + 1]
    if (size === undefined || at + 2 + size > length) return undefined
    const value = octets.subarray(at + 2, at + 2 + size)
    udh.elements.push({ id, value })
    // Of several elements that exclude each other the last counts (9.2.3.24).
    let part: Part | undefined
    if (id === 0x00 && size === 3) part = { reference: value[0]!, total: value[1]!, sequence: value[2]! }
    else if (id === 0x08 && size === 4)
      part = { reference: (value[0]! << 8) | value[1]!, total: value[2]!, sequence: value[3]! }
    if (part !== undefined && isPart(part)) udh.part = part
    at += 2 + size
  }
  return udh
}

/** What user data needs to be read: deliver_sm and submit_sm have all of it, data_sm has no short_message. */
export interface UserDataPdu {
  esm_class: number
  data_coding: number
  short_message?: Uint8Array
  tlvs?: Tlvs | undefined
}

export interface UserData {
  /** The octets of the text, without a header. */
  octets: Uint8Array
  dataCoding: number
  udh?: Udh
  /** From the header, or from the sar_* parameters (5.3.2.22 to 5.3.2.24). */
  part?: Part
}

/** The text octets of a PDU, wherever they are, and which part of a long text they are. Never throws. */
export function readUserData(pdu: UserDataPdu): UserData {
  const tlvs = pdu.tlvs
  const inline = pdu.short_message
  const octets = inline !== undefined && inline.length > 0 ? inline : (tlvs?.message_payload ?? new Uint8Array(0))
  const data: UserData = { octets, dataCoding: pdu.data_coding }
  if ((pdu.esm_class & esmClass.udhi) !== 0) {
    const udh = readUdh(octets)
    if (udh !== undefined) {
      data.octets = octets.subarray(udh.length)
      data.udh = udh
      if (udh.part !== undefined) data.part = udh.part
    }
  }
  if (data.part === undefined && tlvs?.sar_msg_ref_num !== undefined) {
    const part: Part = {
      reference: tlvs.sar_msg_ref_num,
      total: tlvs.sar_total_segments ?? 0,
      sequence: tlvs.sar_segment_seqnum ?? 0,
    }
    if (isPart(part)) data.part = part
  }
  return data
}

interface Arrived {
  octets: Uint8Array
  dataCoding: number
}

interface Open {
  since: number
  missing: number
  parts: (Arrived | undefined)[]
}

/**
 * Puts long texts together, parts in any order, repeats dropped. Time comes from the caller; what stays incomplete is
 * dropped by `evict`, and the oldest is dropped when too many are open, so that nobody can fill the memory with parts.
 */
export class Assembler {
  readonly #maxOpen: number
  /** In the order their first parts came. */
  readonly #open = new Map<string, Open>()

  constructor({ maxOpen = 10_000 }: { maxOpen?: number } = {}) {
    this.#maxOpen = maxOpen
  }

  /** How many long texts wait for parts. */
  get open(): number {
    return this.#open.size
  }

  /**
   * Takes one part of a text between the two ends that `key` names (originator and recipient), and answers the whole
   * text when this part completes it.
   */
  push(key: string, part: Part, octets: Uint8Array, dataCoding: number, now: number): string | undefined {
    if (!isPart(part)) return decodeText(dataCoding, octets)
    const { reference, total, sequence } = part
    const id = `${reference}/${total}/${key}`
    let open = this.#open.get(id)
    if (open === undefined) {
      if (this.#open.size >= this.#maxOpen) this.#dropOldest()
      open = { since: now, missing: total, parts: Array.from({ length: total }) }
      this.#open.set(id, open)
    }
    if (open.parts[sequence - 1] !== undefined) return undefined
    open.parts[sequence - 1] = { octets, dataCoding }
    if (--open.missing > 0) return undefined
    this.#open.delete(id)
    return join(open.parts as Arrived[]) // none is missing
  }

  /** Drops what waits for parts since before `before`; answers how many. */
  evict(before: number): number {
    let count = 0
    for (const [id, { since }] of this.#open) {
      if (since >= before) continue
      this.#open.delete(id)
      count++
    }
    return count
  }

  #dropOldest() {
    for (const id of this.#open.keys()) {
      this.#open.delete(id)
      return
    }
  }
}

/** Octets are joined before they are read, because others do cut escape and surrogate pairs. */
function join(parts: Arrived[]): string {
  const dataCoding = parts[0]!.dataCoding
  if (parts.some(part => part.dataCoding !== dataCoding))
    return parts.map(part => decodeText(part.dataCoding, part.octets)).join('')
  return decodeText(dataCoding, Buffer.concat(parts.map(part => part.octets)))
}
