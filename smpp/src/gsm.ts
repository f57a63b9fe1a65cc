/**
 * The alphabets a text travels in: the GSM 7 bit default alphabet with its extension table (3GPP TS 23.038, 6.2.1 and
 * 6.2.1.1), or national tables in place of one or both (6.2.1.2), UCS-2 (6.2.3), and what data_coding (SMPP 3.4, 5.2.19)
 * says about received octets. Over SMPP, septets are carried one to an octet; packing (6.1.2) is the business of the
 * SMSC and is here for those who look at what it does.
 */
import { type Chars, disputed, lockingChars, type Shift, singleChars } from './national.ts'

/** 6.2.1, by code. 0x1B is the escape to the extension table; nothing may be encoded to it. */
const basic: Chars = [
  ...('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'),
]

/** 6.2.1.1: each is preceded by the escape, and so takes two septets. */
const extension: (string | undefined)[] = Array.from({ length: 128 })
const extended = { '\f': 0x0a, '^': 0x14, '{': 0x28, '}': 0x29, '\\': 0x2f, '[': 0x3c, '~': 0x3d, ']': 0x3e, '|': 0x40 }
for (const [char, code] of Object.entries({ ...extended, '€': 0x65 })) extension[code] = char

const ESCAPE = 0x1b

/** Septet by UTF-16 unit; extended ones have the escape in the high octet; -1 for what has no place. */
export type Septets = Int16Array

interface Tables {
  basic: Chars
  extension: Chars
  septets: Septets
}

function makeTables(
  basic: Chars,
  extension: Chars,
  unwritten: { [table in keyof Shift]?: number | undefined } = {},
): Tables {
  const last = Math.max(...[...basic, ...extension].map(char => char?.charCodeAt(0) ?? 0))
  const septets = new Int16Array(last + 1).fill(-1)
  // A character that stands more than once is written the shortest way, and to the lowest code.
  const put = (chars: Chars, high: number, except: number | undefined) =>
    chars.forEach((char, code) => {
      if (char === undefined || code === ESCAPE || code === except) return
      const unit = char.charCodeAt(0)
      if (septets[unit] === -1) septets[unit] = high | code
    })
  put(basic, 0, unwritten.locking)
  put(extension, ESCAPE << 8, unwritten.single)
  return { basic: basic.map(char => char ?? ' '), extension, septets }
}

const standard = makeTables(basic, extension)
/** The default alphabet alone: on the way of every text, and so without a look into a map. */
const defaultSeptets = standard.septets

/** Made when first asked for. */
const shifted = new Map<string, Tables>()

function tablesOf({ locking, single }: Shift): Tables {
  const key = `${locking}/${single}`
  let tables = shifted.get(key)
  if (tables === undefined) {
    const replaced = locking && lockingChars(locking, basic)
    tables = makeTables(replaced ?? basic, single ? singleChars(single, extension) : extension, {
      locking: locking && disputed[locking]?.locking,
      single: single && disputed[single]?.single,
    })
    shifted.set(key, tables)
  }
  return tables
}

/** What `shift` makes of each UTF-16 unit: for `septetsOf`, `countSeptets` and `writeGsm`. */
export const septetsFor = (shift?: Shift): Septets => (shift === undefined ? defaultSeptets : tablesOf(shift).septets)

/** The septets a UTF-16 unit takes: 1, 2, or 0 when it has no place in GSM 03.38 (or the national tables). */
export function septetsOf(unit: number, septets: Septets = defaultSeptets): 0 | 1 | 2 {
  if (unit >= septets.length) return 0
  const code = septets[unit]!
  return code < 0 ? 0 : code > 0x7f ? 2 : 1
}

/** The index of the first character that has no place in GSM 03.38, or -1 when all have. */
export function firstOutsideGsm(text: string): number {
  for (let i = 0; i < text.length; i++) if (septetsOf(text.charCodeAt(i)) === 0) return i
  return -1
}

export const isGsm = (text: string): boolean => firstOutsideGsm(text) === -1

/** How many septets the text takes, or `undefined` when it does not fit the alphabet. */
export function countSeptets(text: string, shift?: Shift): number | undefined {
  const septets = septetsFor(shift)
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const taken = septetsOf(text.charCodeAt(i), septets)
    if (taken === 0) return undefined
    count += taken
  }
  return count
}

/** Septets, one to an octet, or `undefined` when a character has no place in the alphabet. */
export function toGsm(text: string, shift?: Shift): Uint8Array | undefined {
  const count = countSeptets(text, shift)
  if (count === undefined) return undefined
  const octets = new Uint8Array(count)
  writeGsm(text, 0, text.length, octets, 0, septetsFor(shift))
  return octets
}

/** Writes part of a text that is known to fit; returns where it ends. */
export function writeGsm(
  text: string,
  from: number,
  to: number,
  target: Uint8Array,
  offset: number,
  septets: Septets = defaultSeptets,
): number {
  let at = offset
  for (let i = from; i < to; i++) {
    const code = septets[text.charCodeAt(i)]!
    if (code > 0x7f) target[at++] = ESCAPE
    target[at++] = code & 0x7f
  }
  return at
}

/**
 * The text of septets that came one to an octet. An escape before a code without an extended character gives the
 * character of the basic (or locking shift) table (6.2.1.1, 6.2.1.2.2), an escape before an escape or at the end a space,
 * and so does a code of a national table where nothing stands. An octet over 0x7F is no septet; its sender uses Latin-1
 * while saying otherwise, so it is read as that.
 */
export function fromGsm(octets: Uint8Array, shift?: Shift): string {
  const { basic, extension } = shift === undefined ? standard : tablesOf(shift)
  let text = ''
  for (let i = 0; i < octets.length; i++) {
    const code = octets[i]!
    if (code > 0x7f) text += String.fromCharCode(code)
    else if (code !== ESCAPE) text += basic[code]!
    else {
      const escaped = octets[++i]
      if (escaped === undefined || escaped === ESCAPE) text += ' '
      else text += extension[escaped] ?? basic[escaped] ?? String.fromCharCode(escaped)
    }
  }
  return text
}

/** Packs septets into octets, least significant bit first (6.1.2.1), after `fillBits` zero bits (TS 23.040, 9.2.3.24). */
export function pack7(septets: Uint8Array, fillBits = 0): Uint8Array {
  const packed = new Uint8Array(Math.ceil((fillBits + septets.length * 7) / 8))
  for (let i = 0, bit = fillBits; i < septets.length; i++, bit += 7) {
    const shifted = (septets[i]! & 0x7f) << (bit & 7)
    packed[bit >> 3]! |= shifted & 0xff
    if (shifted > 0xff) packed[(bit >> 3) + 1]! |= shifted >> 8
  }
  return packed
}

/** Unpacks `count` septets; without it as many as there are room for, which may be one too many (a final 0x00, `@`). */
export function unpack7(packed: Uint8Array, count?: number, fillBits = 0): Uint8Array {
  const room = Math.max(0, Math.floor((packed.length * 8 - fillBits) / 7))
  const septets = new Uint8Array(Math.min(count ?? room, room))
  for (let i = 0, bit = fillBits; i < septets.length; i++, bit += 7) {
    const pair = packed[bit >> 3]! | ((packed[(bit >> 3) + 1] ?? 0) << 8)
    septets[i] = (pair >> (bit & 7)) & 0x7f
  }
  return septets
}

/** UTF-16, big end first. Half of a surrogate pair is no character and becomes U+FFFD. */
export function toUcs2(text: string): Uint8Array {
  const octets = new Uint8Array(text.length * 2)
  writeUcs2(text, 0, text.length, octets, 0)
  return octets
}

/** Writes part of a text; returns where it ends. */
export function writeUcs2(text: string, from: number, to: number, target: Uint8Array, offset: number): number {
  let at = offset
  for (let i = from; i < to; i++) {
    let unit = text.charCodeAt(i)
    if ((unit & 0xf800) === 0xd800 && isLone(text, i)) unit = 0xfffd
    target[at++] = unit >> 8
    target[at++] = unit & 0xff
  }
  return at
}

/** Whether the surrogate at `i` lacks its other half. */
function isLone(text: string, i: number): boolean {
  const isHigh = text.charCodeAt(i) < 0xdc00
  const other = text.charCodeAt(isHigh ? i + 1 : i - 1)
  return (other & 0xfc00) !== (isHigh ? 0xdc00 : 0xd800)
}

/** The text with U+FFFD in place of each half surrogate pair. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd')

/** The text of UTF-16BE octets; an odd last octet is dropped, half of a surrogate pair becomes U+FFFD. */
export function fromUcs2(octets: Uint8Array): string {
  let text = ''
  for (let i = 0; i + 1 < octets.length; i += 2) text += String.fromCharCode((octets[i]! << 8) | octets[i + 1]!)
  return wellFormed(text)
}

export function fromLatin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1')
}

/** Whether ISO 8859-1 can say it: its own characters, and of the controls those that GSM 03.38 has too. */
export const isLatin1 = (text: string): boolean => /^[\n\f\r\x20-\x7e\xa0-\xff]*$/.test(text)

/** Writes part of a text that is known to fit; returns where it ends. */
export function writeLatin1(text: string, from: number, to: number, target: Uint8Array, offset: number): number {
  let at = offset
  for (let i = from; i < to; i++) target[at++] = text.charCodeAt(i)
  return at
}

export type Alphabet = 'gsm7' | 'ucs2' | 'latin1' | 'iso-8859-5' | 'iso-8859-8'

/**
 * What data_coding says about the alphabet. Up to 0x0F it is SMPP's own list (5.2.19); above, it is the data coding
 * scheme of TS 23.038, clause 4. Binary and what nobody sends (JIS, pictograms, KS C 5601) is read as Latin-1, which
 * loses no octet. 0 is "SMSC default alphabet", in practice GSM 03.38.
 */
export function alphabetOf(dataCoding: number): Alphabet {
  switch (dataCoding) {
    case 0x00:
      return 'gsm7'
    case 0x06:
      return 'iso-8859-5'
    case 0x07:
      return 'iso-8859-8'
    case 0x08:
      return 'ucs2'
  }
  if (dataCoding < 0x10) return 'latin1'
  switch (dataCoding >> 4) {
    // Message waiting: discard and store (GSM), store (UCS-2).
    case 0x0c:
    case 0x0d:
      return 'gsm7'
    case 0x0e:
      return 'ucs2'
    // Data coding and message class: bit 2 is 8 bit data.
    case 0x0f:
      return (dataCoding & 0x04) === 0 ? 'gsm7' : 'latin1'
  }
  // Reserved groups, "assume GSM 7 bit".
  if (dataCoding >= 0x80) return 'gsm7'
  // General data coding (and automatic deletion), bit 5 says compressed: bits 3 and 2 are the alphabet.
  if ((dataCoding & 0x20) !== 0) return 'latin1'
  return (['gsm7', 'latin1', 'ucs2', 'gsm7'] as const)[(dataCoding >> 2) & 3]!
}

/** The text of received octets, without a user data header; `shift` is what the header said about national tables. */
export function decodeText(dataCoding: number, octets: Uint8Array, shift?: Shift): string {
  const alphabet = alphabetOf(dataCoding)
  switch (alphabet) {
    case 'gsm7':
      return fromGsm(octets, shift)
    case 'ucs2':
      return fromUcs2(octets)
    case 'latin1':
      return fromLatin1(octets)
    default:
      return new TextDecoder(alphabet).decode(octets)
  }
}

/**
 * Typographic characters that GSM 03.38 lacks, and so force UCS-2, by the plain one that says the same. Not here, since
 * a reader would miss them: letters and accents, symbols (™, ×, ·), the full-width forms and quotes of East Asia, whose
 * texts are UCS-2 anyway, joiners and marks of direction, which scripts and emoji need, and the back quote, which is on
 * keyboards and may be part of a password.
 */
const plain: readonly (readonly [plain: string, typographic: string])[] = [
  ["'", '\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\u00b4'], // ‘ ’ ‚ ‛ ′ ‵ ‹ › ´
  ['"', '\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb'], // “ ” „ ‟ ″ ‶ « »
  ['-', '\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63'], // ‐, no-break, ‒ – — ―, minus, two small ones
  ['-', '\u2022\u2023\u2043\u2219\u25aa\u25e6'], // bullets • ‣ ⁃ ∙ ▪ ◦
  [' ', '\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000'], // spaces
  ['\n', '\u2028\u2029'], // ends of lines and paragraphs
  ['', '\u00ad\u200b\u2060\ufeff'], // soft hyphen, zero-width space, word joiner, byte order mark
  ['...', '\u2026'], // …
  ['..', '\u2025'], // ‥
  ['/', '\u2044\u2215'], // fraction and division slash
  ['ff', '\ufb00'], // the ligatures ﬀ ﬁ ﬂ ﬃ ﬄ ﬅ ﬆ
  ['fi', '\ufb01'],
  ['fl', '\ufb02'],
  ['ffi', '\ufb03'],
  ['ffl', '\ufb04'],
  ['st', '\ufb05\ufb06'],
]
const plainOf = new Map(plain.flatMap(([char, all]) => [...all].map(one => [one, char] as const)))
const typographic = new RegExp(`[${[...plainOf.keys()].join('')}]`, 'g')

/**
 * The text with plain punctuation. Where something else forces UCS-2 it saves nothing, and may even be longer (`...`):
 * whoever asks compares what `measure` says of both.
 */
export const plainPunctuation = (text: string): string => text.replace(typographic, char => plainOf.get(char)!)
