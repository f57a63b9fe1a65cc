/**
 * The alphabets a text travels in: the GSM 7 bit default alphabet with its extension table (3GPP TS 23.038, 6.2.1 and
 * 6.2.1.1), UCS-2 (6.2.3), and what data_coding (SMPP 3.4, 5.2.19) says about received octets. Over SMPP, septets are
 * carried one to an octet; packing (6.1.2) is the business of the SMSC and is here for those who look at what it does.
 */

/** 6.2.1, by code. 0x1B is the escape to the extension table; nothing may be encoded to it. */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'

/** 6.2.1.1: each is preceded by the escape, and so takes two septets. */
const extension: Record<string, number> = {
  '\f': 0x0a,
  '^': 0x14,
  '{': 0x28,
  '}': 0x29,
  '\\': 0x2f,
  '[': 0x3c,
  '~': 0x3d,
  ']': 0x3e,
  '|': 0x40,
  '€': 0x65,
}

const ESCAPE = 0x1b

/** Septet by UTF-16 unit; extended ones have the escape in the high octet; -1 for what has no place. Ends at the euro. */
const septetOf = new Int16Array(0x20ad).fill(-1)
for (let code = 0; code < basic.length; code++) if (code !== ESCAPE) septetOf[basic.charCodeAt(code)] = code
for (const [char, code] of Object.entries(extension)) septetOf[char.charCodeAt(0)] = (ESCAPE << 8) | code

const basicChars = [...basic]
const extensionChars: (string | undefined)[] = Array.from({ length: 128 })
for (const [char, code] of Object.entries(extension)) extensionChars[code] = char

/** The septets a UTF-16 unit takes: 1, 2, or 0 when it has no place in GSM 03.38. */
export function septetsOf(unit: number): 0 | 1 | 2 {
  if (unit >= septetOf.length) return 0
  const code = septetOf[unit]!
  return code < 0 ? 0 : code > 0x7f ? 2 : 1
}

/** The index of the first character that has no place in GSM 03.38, or -1 when all have. */
export function firstOutsideGsm(text: string): number {
  for (let i = 0; i < text.length; i++) if (septetsOf(text.charCodeAt(i)) === 0) return i
  return -1
}

export const isGsm = (text: string): boolean => firstOutsideGsm(text) === -1

/** How many septets the text takes, or `undefined` when it does not fit the alphabet. */
export function countSeptets(text: string): number | undefined {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const septets = septetsOf(text.charCodeAt(i))
    if (septets === 0) return undefined
    count += septets
  }
  return count
}

/** Septets, one to an octet, or `undefined` when a character has no place in GSM 03.38. */
export function toGsm(text: string): Uint8Array | undefined {
  const count = countSeptets(text)
  if (count === undefined) return undefined
  const octets = new Uint8Array(count)
  writeGsm(text, 0, text.length, octets, 0)
  return octets
}

/** Writes part of a text that is known to fit; returns where it ends. */
export function writeGsm(text: string, from: number, to: number, target: Uint8Array, offset: number): number {
  let at = offset
  for (let i = from; i < to; i++) {
    const code = septetOf[text.charCodeAt(i)]!
    if (code > 0x7f) target[at++] = ESCAPE
    target[at++] = code & 0x7f
  }
  return at
}

/**
 * The text of septets that came one to an octet. An escape before a code without an extended character gives the
 * character of the basic table (6.2.1.1), an escape before an escape or at the end a space. An octet over 0x7F is no
 * septet; its sender uses Latin-1 while saying otherwise, so it is read as that.
 */
export function fromGsm(octets: Uint8Array): string {
  let text = ''
  for (let i = 0; i < octets.length; i++) {
    const code = octets[i]!
    if (code > 0x7f) text += String.fromCharCode(code)
    else if (code !== ESCAPE) text += basicChars[code]!
    else {
      const extended = octets[++i]
      if (extended === undefined || extended === ESCAPE) text += ' '
      else text += extensionChars[extended] ?? basicChars[extended] ?? String.fromCharCode(extended)
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

/** The text of received octets, without a user data header. */
export function decodeText(dataCoding: number, octets: Uint8Array): string {
  const alphabet = alphabetOf(dataCoding)
  switch (alphabet) {
    case 'gsm7':
      return fromGsm(octets)
    case 'ucs2':
      return fromUcs2(octets)
    case 'latin1':
      return fromLatin1(octets)
    default:
      return new TextDecoder(alphabet).decode(octets)
  }
}
