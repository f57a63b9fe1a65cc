/**
 * Long texts: cut into segments for the way out, put together again on the way in. Sizes and the user data header are
 * those of 3GPP TS 23.040: 9.2.3.24.1 (8 bit reference), 9.2.3.24.8 (16 bit reference), 9.2.3.24.15 and 9.2.3.24.16
 * (national language single and locking shift).
 */
import {
  countSeptets,
  decodeText,
  isLatin1,
  type Septets,
  septetsFor,
  septetsOf,
  wellFormed,
  writeGsm,
  writeLatin1,
  writeUcs2,
} from './gsm.ts'
import { languageId, languageOf, type NationalLanguage, type Shift } from './national.ts'
import { esmClass, type Tlvs } from './pdu.ts'

export type Encoding = 'gsm7' | 'latin1' | 'ucs2'

/** What a carrier takes besides the GSM 7 bit default alphabet and UCS-2. */
export interface Alphabets {
  /** In order of preference, among those that save as much. */
  national?: readonly NationalLanguage[]
  /** ISO 8859-1, as data_coding 3. */
  latin1?: boolean
}

/**
 * How the parts of a long text are told apart:
 * - `udh8`, `udh16`: by a user data header with a reference of 8 or 16 bits.
 * - `sar`: by the sar_* parameters; the SMSC writes the header.
 * - `payload`: not at all. The whole text goes into message_payload, and the SMSC cuts it.
 */
export type Form = 'udh8' | 'udh16' | 'sar' | 'payload'

export interface MeasureOptions extends Alphabets {
  /** `udh8` when not given. */
  form?: Form
}

export interface SegmentOptions extends MeasureOptions {
  /** `udh8` takes the low octet, `udh16` and `sar` the low two. Without it one is made of the text. */
  reference?: number
}

/** The first character that has no place in GSM 03.38, and so forces UCS-2, or Latin-1 or a national table. */
export interface ForcedBy {
  char: string
  /** Its place in the text, in UTF-16 units. */
  index: number
  /** As in `U+2019`. */
  codePoint: string
}

export interface Measured {
  encoding: Encoding
  /** How many segments the text takes on the network, which is what it costs. */
  segments: number
  /** Septets, octets of Latin-1 or UTF-16 units in all, without headers. */
  units: number
  forcedBy?: ForcedBy
  /** The national tables the septets are of. */
  shift?: Shift
}

export interface Segment {
  text: string
  /** User data: septets one to an octet, Latin-1 or UTF-16BE, after the header when there is one. */
  octets: Uint8Array
  /** Whether `octets` start with a user data header, so that esm_class needs its bit 6. */
  udh: boolean
  /** To be sent along: which part this is, in the form `sar`. */
  tlvs?: { sar_msg_ref_num: number; sar_total_segments: number; sar_segment_seqnum: number }
  /** Whether `octets` belong in message_payload, short_message being empty. */
  isPayload?: boolean
}

export interface Segmented {
  encoding: Encoding
  dataCoding: 0 | 3 | 8
  form: Form
  forcedBy?: ForcedBy
  shift?: Shift
  units: number
  /** One at least: an empty text is one empty segment. In the form `payload` one always, whatever it costs. */
  segments: Segment[]
}

const MAX_SEGMENTS = 255

/** User data of one short message (TS 23.040, 9.2.3.16). */
const USER_DATA = 140

/**
 * The octets of the header element that makes a part of a text. With `sar` and `payload` the SMSC writes it. The
 * reference of `sar` has 16 bits, and an SMSC that keeps them all needs the longer element: a part must leave room for
 * it. What an SMSC does with a payload is not known beforehand; nearly all use the shorter one.
 */
const concatenation: Record<Form, number> = { udh8: 5, udh16: 6, sar: 6, payload: 5 }

/** The octets of a header, with its length octet; 0 when there is nothing to say. */
function headerLength(form: Form, isPart: boolean, shift?: Shift): number {
  const elements = (isPart ? concatenation[form] : 0) + (shift?.single ? 3 : 0) + (shift?.locking ? 3 : 0)
  return elements === 0 ? 0 : elements + 1
}

/** How many units fit behind a header. Septets start at a septet boundary (9.2.3.24), so up to 6 bits are lost. */
const room: Record<Encoding, (header: number) => number> = {
  gsm7: header => Math.floor(((USER_DATA - header) * 8) / 7),
  latin1: header => USER_DATA - header,
  ucs2: header => (USER_DATA - header) >> 1,
}

const SINGLE = room.gsm7(0)

const parts: Record<Form, number> = {
  udh8: room.gsm7(headerLength('udh8', true)),
  udh16: room.gsm7(headerLength('udh16', true)),
  sar: room.gsm7(headerLength('sar', true)),
  payload: room.gsm7(headerLength('payload', true)),
}

const standard = septetsFor()

/** What a text will cost, without making its octets. */
export function measure(text: string, options?: MeasureOptions): Measured {
  let units = 0
  let hasExtended = false
  for (let i = 0; i < text.length; i++) {
    // As septetsOf does it, and a fifth faster: this runs for each character that is ever sent.
    const unit = text.charCodeAt(i)
    const code = unit < standard.length ? standard[unit]! : -1
    if (code < 0) return measureOther(text, i, options)
    if (code > 0x7f) {
      hasExtended = true
      units++
    }
    units++
  }
  if (units <= SINGLE) return { encoding: 'gsm7', segments: 1, units }
  const part = parts[options?.form ?? 'udh8']
  return { encoding: 'gsm7', segments: hasExtended ? countParts(text, gsmEnd, part) : Math.ceil(units / part), units }
}

/** A text that does not fit the default alphabet: in UCS-2, unless what the carrier takes besides saves a segment. */
function measureOther(text: string, index: number, options: MeasureOptions = {}): Measured {
  const code = text.codePointAt(index)!
  const forcedBy: ForcedBy = {
    char: String.fromCodePoint(code),
    index,
    codePoint: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`,
  }
  const { form = 'udh8', national = [], latin1 = false } = options
  const count = (encoding: Encoding, units: number, end: PartEnd, shift?: Shift, septets?: Septets) =>
    units <= room[encoding](headerLength(form, false, shift))
      ? 1
      : countParts(text, end, room[encoding](headerLength(form, true, shift)), septets)

  const units = text.length
  let best: Measured = { encoding: 'ucs2', segments: count('ucs2', units, ucs2End), units, forcedBy }
  if (best.segments > 1 && latin1 && isLatin1(text)) {
    const segments = count('latin1', units, latin1End)
    if (segments < best.segments) best = { encoding: 'latin1', segments, units, forcedBy }
  }
  // A payload has no header of ours, and so no place to name a table.
  if (form === 'payload') return best
  // The simplest first, so that at an equal count it stays: nobody needs a header that saves nothing.
  for (const shiftOf of shifts) {
    for (const language of national) {
      if (best.segments === 1) return best
      const shift = shiftOf(language)
      const septets = septetsFor(shift)
      if (septetsOf(text.charCodeAt(index), septets) === 0) continue
      const units = countSeptets(text, shift)
      if (units === undefined) continue
      const segments = count('gsm7', units, gsmEnd, shift, septets)
      if (segments < best.segments) best = { encoding: 'gsm7', segments, units, forcedBy, shift }
    }
  }
  return best
}

/** Tables of two languages are never mixed; a text of two is rare, and there are 150 pairs to try. */
const shifts: ((language: NationalLanguage) => Shift)[] = [
  language => ({ single: language }),
  language => ({ locking: language }),
  language => ({ locking: language, single: language }),
]

/** Where a part that starts at `from` and has room for so many units ends. */
type PartEnd = (text: string, from: number, room: number, septets?: Septets) => number

function countParts(text: string, end: PartEnd, room: number, septets?: Septets): number {
  let count = 0
  for (let at = 0; at < text.length; at = end(text, at, room, septets)) count++
  return count
}

/** One septet early when an escape pair would be cut. */
function gsmEnd(text: string, from: number, room: number, septets?: Septets): number {
  let left = room
  let at = from
  while (at < text.length) {
    left -= septetsOf(text.charCodeAt(at), septets)
    if (left < 0) break
    at++
  }
  return at
}

const latin1End: PartEnd = (text, from, room) => Math.min(text.length, from + room)

/** One unit early when a surrogate pair would be cut. */
function ucs2End(text: string, from: number, room: number): number {
  const to = from + room
  if (to >= text.length) return text.length
  const isCut = (text.charCodeAt(to - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(to) & 0xfc00) === 0xdc00
  return isCut ? to - 1 : to
}

/**
 * A reference made of the text itself, of 16 bits: two texts to one handset nearly always differ in it, and two that do
 * not differ cannot be mixed up harmfully.
 */
function referenceOf(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0
  return (hash ^ (hash >>> 16)) & 0xffff
}

/** The user data header of a part, or of a whole text that needs one to name its tables. */
function header(form: Form, reference: number, total: number, sequence: number, shift: Shift | undefined): number[] {
  const elements: number[] = []
  if (total > 1 && form === 'udh8') elements.push(0x00, 3, reference & 0xff, total, sequence)
  if (total > 1 && form === 'udh16') elements.push(0x08, 4, reference >> 8, reference & 0xff, total, sequence)
  if (shift?.single) elements.push(SINGLE_SHIFT, 1, languageId(shift.single))
  if (shift?.locking) elements.push(LOCKING_SHIFT, 1, languageId(shift.locking))
  return elements.length === 0 ? elements : [elements.length, ...elements]
}

const SINGLE_SHIFT = 0x24
const LOCKING_SHIFT = 0x25

const dataCodings = { gsm7: 0, latin1: 3, ucs2: 8 } as const
const partEnds: Record<Encoding, PartEnd> = { gsm7: gsmEnd, latin1: latin1End, ucs2: ucs2End }
const writers = { gsm7: writeGsm, latin1: writeLatin1, ucs2: writeUcs2 }

/**
 * Cuts a text into what submit_sm carries, in the alphabet that `measure` finds. Throws a RangeError above 255 segments,
 * the most a header can count.
 */
export function segment(text: string, options: SegmentOptions = {}): Segmented {
  const { form = 'udh8', reference } = options
  const { encoding, segments: count, units, forcedBy, shift } = measure(text, options)
  if (count > MAX_SEGMENTS) throw new RangeError(`the text takes ${count} segments, ${MAX_SEGMENTS} are possible`)
  // What is cut is what will be shown: half of a surrogate pair becomes U+FFFD here as in the octets.
  const whole = encoding === 'ucs2' ? wellFormed(text) : text
  const septets = shift && septetsFor(shift)
  const isWhole = count === 1 || form === 'payload'
  const size = isWhole ? Infinity : room[encoding](headerLength(form, true, shift))
  const ref = isWhole ? 0 : referenceFor(form, reference, text)
  const buffer = new Uint8Array(
    isWhole ? headerLength(form, false, shift) + (encoding === 'ucs2' ? units * 2 : units) : USER_DATA + SINGLE,
  )
  const segments: Segment[] = []
  let from = 0
  do {
    const to = isWhole ? whole.length : partEnds[encoding](whole, from, size, septets)
    const sequence = segments.length + 1
    const head = header(form, ref, isWhole ? 1 : count, sequence, shift)
    buffer.set(head)
    const end = writers[encoding](whole, from, to, buffer, head.length, septets)
    const octets = isWhole ? buffer : buffer.slice(0, end)
    const one: Segment = { text: whole.slice(from, to), octets, udh: head.length > 0 }
    if (form === 'payload') one.isPayload = true
    if (form === 'sar' && !isWhole)
      one.tlvs = { sar_msg_ref_num: ref, sar_total_segments: count, sar_segment_seqnum: sequence }
    segments.push(one)
    from = to
  } while (from < whole.length)
  return {
    encoding,
    dataCoding: dataCodings[encoding],
    form,
    ...(forcedBy === undefined ? {} : { forcedBy }),
    ...(shift === undefined ? {} : { shift }),
    units,
    segments,
  }
}

function referenceFor(form: Form, reference: number | undefined, text: string): number {
  if (reference !== undefined) return reference & (form === 'udh8' ? 0xff : 0xffff)
  const made = referenceOf(text)
  return form === 'udh8' ? (made ^ (made >> 8)) & 0xff : made
}

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
  /** The national tables the text is written with. */
  shift?: Shift
}

/** A total of zero, or a sequence outside it, is to be ignored as if it were not there (9.2.3.24.1). */
const isPart = ({ total, sequence }: Part) => total > 0 && sequence > 0 && sequence <= total

/** Reads the user data header at the start of user data (9.2.3.24); `undefined` when it is none. Never throws. */
export function readUdh(octets: Uint8Array): Udh | undefined {
  const length = (octets[0] ?? -1) + 1
  if (length === 0 || length > octets.length) return undefined
  const udh: Udh = { length, elements: [] }
  const shift: Shift = {}
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
    if (size === 1 && id === SINGLE_SHIFT) setLanguage(shift, 'single', value[0]!)
    else if (size === 1 && id === LOCKING_SHIFT) setLanguage(shift, 'locking', value[0]!)
    at += 2 + size
  }
  if (shift.single !== undefined || shift.locking !== undefined) udh.shift = shift
  return udh
}

/** A reserved language means the default table (TS 23.038, 6.2.1.2.4), also where an element before it said more. */
function setLanguage(shift: Shift, table: keyof Shift, id: number) {
  const language = languageOf(id)
  if (language === undefined) delete shift[table]
  else shift[table] = language
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
  /** From the header; `decodeText` wants it. */
  shift?: Shift
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
      if (udh.shift !== undefined) data.shift = udh.shift
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
  shift: Shift | undefined
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
   * text when this part completes it. `shift` is what the header of this part says: each names its own tables.
   */
  push(
    key: string,
    part: Part,
    octets: Uint8Array,
    dataCoding: number,
    now: number,
    shift?: Shift,
  ): string | undefined {
    if (!isPart(part)) return decodeText(dataCoding, octets, shift)
    const { reference, total, sequence } = part
    const id = `${reference}/${total}/${key}`
    let open = this.#open.get(id)
    if (open === undefined) {
      if (this.#open.size >= this.#maxOpen) this.#dropOldest()
      open = { since: now, missing: total, parts: Array.from({ length: total }) }
      this.#open.set(id, open)
    }
    if (open.parts[sequence - 1] !== undefined) return undefined
    open.parts[sequence - 1] = { octets, dataCoding, shift }
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
  const { dataCoding, shift } = parts[0]!
  const isAlike = (part: Arrived) =>
    part.dataCoding === dataCoding && part.shift?.single === shift?.single && part.shift?.locking === shift?.locking
  if (!parts.every(isAlike)) return parts.map(part => decodeText(part.dataCoding, part.octets, part.shift)).join('')
  return decodeText(dataCoding, Buffer.concat(parts.map(part => part.octets)), shift)
}
