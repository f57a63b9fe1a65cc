import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  alphabetOf,
  countSeptets,
  decodeText,
  firstOutsideGsm,
  fromGsm,
  fromUcs2,
  isGsm,
  pack7,
  plainPunctuation,
  toGsm,
  toUcs2,
  unpack7,
} from './gsm.ts'
import { nationalLanguages } from './national.ts'

const extended = '^{}\\[~]|€\f'
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const gsmText = fc.array(fc.constantFrom(...(basic + extended)), { maxLength: 400 }).map(chars => chars.join(''))

test('a text of the alphabet comes back as it was, and takes the septets it is said to', () => {
  fc.assert(
    fc.property(gsmText, text => {
      const octets = toGsm(text)!

      expect(fromGsm(octets)).toBe(text)
      expect(octets.length).toBe(countSeptets(text))
      expect(Math.max(0, ...octets)).toBeLessThan(0x80)
    }),
  )
})

test('the alphabet has 127 characters and an escape, and the extension table ten more', () => {
  const all = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).filter(isGsm)

  expect(all).toHaveLength(127 + 10)
  expect([...extended].map(char => countSeptets(char))).toEqual(Array(10).fill(2))
})

test.each([
  ['@', '00'],
  ['£', '01'],
  ['_', '11'],
  ['Δ', '10'],
  ['Ç', '09'],
  ['à', '7f'],
  ['§', '5f'],
  ['¡', '40'],
  ['€', '1b65'],
  ['[', '1b3c'],
  ['\f', '1b0a'],
  ['a{b}', '611b28621b29'],
])('%j is %s', (text, octets) => {
  expect(Buffer.from(toGsm(text)!).toString('hex')).toBe(octets)
})

test.each([
  ['It’s', 2],
  ['ç', 0],
  ['ok 🎬', 3],
  ['`', 0],
  ['\u001b', 0],
  ['\t', 0],
])('%j does not fit, and it is known where', (text, index) => {
  expect(firstOutsideGsm(text)).toBe(index)
  expect(toGsm(text)).toBeUndefined()
  expect(countSeptets(text)).toBeUndefined()
})

test('an escape that means nothing shows the character of the basic table or a space', () => {
  expect(fromGsm(Uint8Array.of(0x1b, 0x41))).toBe('A')
  expect(fromGsm(Uint8Array.of(0x1b, 0x1b, 0x41))).toBe(' A')
  expect(fromGsm(Uint8Array.of(0x41, 0x1b))).toBe('A ')
})

test('an octet that is no septet is read as Latin-1', () => {
  expect(fromGsm(Uint8Array.of(0x63, 0x61, 0x66, 0xe9))).toBe('café')
})

test('hellohello is packed as in every textbook', () => {
  const packed = pack7(toGsm('hellohello')!)

  expect(Buffer.from(packed).toString('hex')).toBe('e8329bfd4697d9ec37')
  expect(fromGsm(unpack7(packed, 10))).toBe('hellohello')
})

test('septets come back from any packing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 127 })), fc.integer({ min: 0, max: 6 }), (list, fillBits) => {
      const septets = Uint8Array.from(list)

      expect(unpack7(pack7(septets, fillBits), septets.length, fillBits)).toEqual(septets)
    }),
  )
})

test('any well-formed text comes back from UCS-2', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(fromUcs2(toUcs2(text))).toBe(text)
    }),
  )
})

test('half a surrogate pair becomes a replacement character both ways', () => {
  expect(Buffer.from(toUcs2('a\ud83cb\udfac')).toString('hex')).toBe('0061fffd0062fffd')
  expect(fromUcs2(Uint8Array.of(0xd8, 0x3c, 0x00, 0x62, 0x00))).toBe('\ufffdb')
  expect(fromUcs2(toUcs2('🎬'))).toBe('🎬')
})

test.each([
  [0x00, 'gsm7'],
  [0x01, 'latin1'],
  [0x03, 'latin1'],
  [0x04, 'latin1'],
  [0x08, 'ucs2'],
  [0x10, 'gsm7'],
  [0x15, 'latin1'],
  [0x18, 'ucs2'],
  [0xc8, 'gsm7'],
  [0xe0, 'ucs2'],
  [0xf0, 'gsm7'],
  [0xf4, 'latin1'],
] as const)('data_coding %i means %s', (dataCoding, alphabet) => {
  expect(alphabetOf(dataCoding)).toBe(alphabet)
})

test('a text is read by its data_coding, whatever the octets', () => {
  expect(decodeText(0, Uint8Array.of(0x00))).toBe('@')
  expect(decodeText(3, Uint8Array.of(0xe9))).toBe('é')
  expect(decodeText(6, Uint8Array.of(0xb0))).toBe('А')
  expect(decodeText(8, Uint8Array.of(0x05, 0xd0))).toBe('א')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array(), (dataCoding, octets) => {
      expect(typeof decodeText(dataCoding, octets)).toBe('string')
    }),
  )
})

test('national tables are read where the alphabet is GSM, and nowhere else', () => {
  const octets = Uint8Array.of(0x60, 0x1b, 0x73)

  expect(decodeText(0, octets, { locking: 'turkish', single: 'turkish' })).toBe('çş')
  expect(decodeText(0, octets)).toBe('¿s')
  expect(decodeText(3, octets, { locking: 'turkish' })).toBe('`\u001bs')
})

test('no octets stop the reader of any tables', () => {
  const language = fc.option(fc.constantFrom(...nationalLanguages), { nil: undefined })
  fc.assert(
    fc.property(fc.uint8Array(), language, language, (octets, locking, single) => {
      const shift = { ...(locking ? { locking } : {}), ...(single ? { single } : {}) }

      expect(typeof decodeText(0, octets, shift)).toBe('string')
    }),
  )
})

test.each([
  ['It’s “Episode 3” — at 8–9 o’clock…', 'It\'s "Episode 3" - at 8-9 o\'clock...'],
  ['«\u202fTout\u00a0va\u202f»', '" Tout va "'],
  ['‹a› „b“ ‚c‘ 5′ 6″ l´amour', "'a' \"b\" 'c' 5' 6\" l'amour"],
  ['• one\u2028‣ two\t−3 1⁄2', '- one\n- two -3 1/2'],
  ['\ufeffco\u00adop\u200berate\u2060', 'cooperate'],
  ['oﬃce ﬁne ﬂat oﬀ waﬄe ﬆop', 'office fine flat off waffle stop'],
  ['non\u2011stop\u2003and\u3000on', 'non-stop and on'],
])('%j becomes plain', (text, plain) => {
  expect(plainPunctuation(text)).toBe(plain)
  expect(isGsm(plain)).toBe(true)
})

test('letters, symbols, joiners and other scripts stay', () => {
  const text = 'çêş ł œ ™ 2×3 l·l `pw` 👨\u200d👩\u200d👧 می\u200cخواهم “日本”，。'

  expect(plainPunctuation(text)).toBe(text.replace(/[“”]/g, '"'))
})

test('what GSM 03.38 has is never touched, and plain is plain', () => {
  fc.assert(
    fc.property(gsmText, text => {
      expect(plainPunctuation(text)).toBe(text)
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const plain = plainPunctuation(text)

      expect(plainPunctuation(plain)).toBe(plain)
      // Nothing fits less than before.
      if (isGsm(text)) expect(plain).toBe(text)
    }),
  )
})
