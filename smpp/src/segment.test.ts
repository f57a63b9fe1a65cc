import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeText } from './gsm.ts'
import { Assembler, measure, readUdh, readUserData, segment } from './segment.ts'

/** `npm run soak` makes up far more of everything. */
const soak = process.env.USHER_SOAK ? 10 : 1

const gsmText = fc
  .array(fc.constantFrom(...'abc @£\nèΔ 0123€[]{}^|~\\\f'), { maxLength: 2000 })
  .map(chars => chars.join(''))
const anyText = fc.oneof(
  gsmText,
  fc.string({ unit: 'binary', maxLength: 600 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.array(fc.constantFrom('a', '🎬', '’'), { maxLength: 400 }).map(chars => chars.join('')),
)

describe('properties of any text', () => {
  test('the segments in a row are the text, and so are their octets put together', () => {
    fc.assert(
      fc.property(anyText, text => {
        const { segments, dataCoding } = segment(text)
        const assembler = new Assembler()

        const whole = segments.map(({ octets, udh }) => {
          const data = readUserData({ esm_class: udh ? 0x40 : 0, data_coding: dataCoding, short_message: octets })
          return data.part === undefined
            ? decodeText(dataCoding, data.octets)
            : assembler.push('a>b', data.part, data.octets, dataCoding, 0)
        })

        expect(segments.map(one => one.text).join('')).toBe(text)
        expect(whole.at(-1)).toBe(text)
      }),
      { numRuns: 300 * soak },
    )
  })

  test('no segment is larger than a handset takes, and none cuts an escape or a surrogate pair', () => {
    fc.assert(
      fc.property(anyText, text => {
        const { segments, encoding } = segment(text)

        for (const one of segments) {
          const data = one.udh ? one.octets.subarray(6) : one.octets
          expect(one.udh).toBe(segments.length > 1)
          if (encoding === 'gsm7') {
            expect(data.length).toBeLessThanOrEqual(one.udh ? 153 : 160)
            expect(data.at(-1)).not.toBe(0x1b)
          } else {
            expect(one.octets.length).toBeLessThanOrEqual(140)
            expect(one.text).not.toMatch(/\p{Surrogate}/u)
          }
        }
      }),
      { numRuns: 300 * soak },
    )
  })

  test('measuring says what cutting does', () => {
    fc.assert(
      fc.property(anyText, text => {
        const { segments, units, encoding, forcedBy } = segment(text)

        expect(measure(text)).toEqual({
          encoding,
          units,
          segments: segments.length,
          ...(forcedBy === undefined ? {} : { forcedBy }),
        })
      }),
    )
  })
})

test.each([
  ['nothing', '', 'gsm7', [0]],
  ['160 septets', 'a'.repeat(160), 'gsm7', [160]],
  ['161 septets', 'a'.repeat(161), 'gsm7', [153, 8]],
  ['306 septets', 'a'.repeat(306), 'gsm7', [153, 153]],
  ['307 septets', 'a'.repeat(307), 'gsm7', [153, 153, 1]],
  ['a euro that just fits', `${'a'.repeat(158)}€`, 'gsm7', [159]],
  ['a euro that does not', `${'a'.repeat(159)}€`, 'gsm7', [153, 7]],
  ['a euro at a boundary', `${'a'.repeat(152)}€${'a'.repeat(20)}`, 'gsm7', [152, 21]],
  ['a form feed at a boundary', `${'a'.repeat(152)}\f${'a'.repeat(20)}`, 'gsm7', [152, 21]],
  ['306 septets that need three parts', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'gsm7', [152, 152, 1]],
  ['70 units', 'ж'.repeat(70), 'ucs2', [70]],
  ['71 units', 'ж'.repeat(71), 'ucs2', [67, 4]],
  ['134 units', 'ж'.repeat(134), 'ucs2', [67, 67]],
  ['135 units', 'ж'.repeat(135), 'ucs2', [67, 67, 1]],
  ['a surrogate pair at 67', `${'ж'.repeat(66)}🎬${'ж'.repeat(10)}`, 'ucs2', [66, 12]],
  ['a surrogate pair that ends at 70', `${'ж'.repeat(68)}🎬`, 'ucs2', [70]],
] as const)('%s is cut as the specification says', (_, text, encoding, lengths) => {
  const cut = segment(text)

  expect(cut.encoding).toBe(encoding)
  expect(cut.segments.map(one => one.text.length)).toEqual(lengths)
})

test('one curly apostrophe forces UCS-2 and is named', () => {
  const text = `It’s ${'a'.repeat(100)}`

  expect(measure(text)).toEqual({
    encoding: 'ucs2',
    segments: 2,
    units: 105,
    forcedBy: { char: '’', index: 2, codePoint: 'U+2019' },
  })
  expect(measure('🎬').forcedBy).toEqual({ char: '🎬', index: 0, codePoint: 'U+1F3AC' })
})

test('the header of each part says reference, total and sequence', () => {
  const { segments } = segment('a'.repeat(400), { reference: 0x1c7 })

  expect(segments.map(one => Buffer.from(one.octets.subarray(0, 6)).toString('hex'))).toEqual([
    '050003c70301',
    '050003c70302',
    '050003c70303',
  ])
})

test('without a reference one is made of the text, the same each time', () => {
  const referenceOf = (text: string) => segment(text).segments[0]!.octets[3]
  const texts = Array.from({ length: 200 }, (_, i) => `${i} ${'a'.repeat(200)}`)

  expect(texts.map(referenceOf)).toEqual(texts.map(referenceOf))
  expect(new Set(texts.map(referenceOf)).size).toBeGreaterThan(100)
})

test('255 parts are possible, 256 are not', () => {
  expect(segment('a'.repeat(153 * 255)).segments).toHaveLength(255)
  expect(() => segment('a'.repeat(153 * 255 + 1))).toThrow(RangeError)
  expect(measure('a'.repeat(153 * 255 + 1)).segments).toBe(256)
})

describe('user data headers', () => {
  test('8 and 16 bit references are read, with what stands beside them', () => {
    expect(readUdh(Uint8Array.of(5, 0, 3, 9, 2, 1, 0x41))).toMatchObject({
      length: 6,
      part: { reference: 9, total: 2, sequence: 1 },
    })
    expect(readUdh(Uint8Array.of(6, 8, 4, 1, 2, 3, 2))).toMatchObject({
      length: 7,
      part: { reference: 0x102, total: 3, sequence: 2 },
    })
    expect(readUdh(Uint8Array.of(11, 5, 4, 0x23, 0xf0, 0, 0, 0, 3, 7, 2, 2))).toMatchObject({
      elements: [{ id: 5 }, { id: 0 }],
      part: { reference: 7, total: 2, sequence: 2 },
    })
  })

  test('a part that cannot be is no part', () => {
    expect(readUdh(Uint8Array.of(5, 0, 3, 9, 2, 3))?.part).toBeUndefined()
    expect(readUdh(Uint8Array.of(5, 0, 3, 9, 0, 0))?.part).toBeUndefined()
  })

  test('octets that are no header are none, and nothing throws', () => {
    expect(readUdh(Uint8Array.of(200, 0, 3))).toBeUndefined()
    expect(readUdh(Uint8Array.of(5, 0, 9, 1, 1, 1))).toBeUndefined()
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), octets => void readUdh(octets)))
  })
})

describe('where the text of a PDU is', () => {
  test('in message_payload when short_message is empty', () => {
    const tlvs = { message_payload: Uint8Array.of(0x41) }

    expect(readUserData({ esm_class: 0, data_coding: 3, short_message: new Uint8Array(0), tlvs })).toMatchObject({
      octets: Uint8Array.of(0x41),
      dataCoding: 3,
    })
  })

  test('parts are told by the sar parameters too', () => {
    const tlvs = { sar_msg_ref_num: 300, sar_total_segments: 2, sar_segment_seqnum: 2 }

    const data = readUserData({ esm_class: 0, data_coding: 0, short_message: Uint8Array.of(0x41), tlvs })

    expect(data.part).toEqual({ reference: 300, total: 2, sequence: 2 })
  })
})

describe('putting together', () => {
  const octets = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'))
  const part = (sequence: number, total = 3, reference = 1) => ({ reference, total, sequence })

  test('parts complete in any order, repeats are dropped', () => {
    const assembler = new Assembler()

    const answers = [3, 1, 3, 1, 2].map(n => assembler.push('a>b', part(n), octets(`${n}`), 3, 0))

    expect(answers).toEqual([undefined, undefined, undefined, undefined, '123'])
    expect(assembler.open).toBe(0)
  })

  test('texts of other people, references and totals are kept apart', () => {
    const assembler = new Assembler()

    assembler.push('a>b', part(1, 2), octets('x'), 3, 0)
    assembler.push('c>b', part(2, 2), octets('y'), 3, 0)
    assembler.push('a>b', part(2, 2, 9), octets('y'), 3, 0)
    assembler.push('a>b', part(2, 3), octets('y'), 3, 0)

    expect(assembler.open).toBe(4)
  })

  test('a surrogate pair cut by somebody else is whole again', () => {
    const assembler = new Assembler()

    assembler.push('a>b', part(2, 2), Uint8Array.of(0xdf, 0xac), 8, 0)

    expect(assembler.push('a>b', part(1, 2), Uint8Array.of(0xd8, 0x3c), 8, 0)).toBe('🎬')
  })

  test('parts of different alphabets are read each in its own', () => {
    const assembler = new Assembler()

    assembler.push('a>b', part(1, 2), Uint8Array.of(0x00), 0, 0)

    expect(assembler.push('a>b', part(2, 2), Uint8Array.of(0x05, 0xd0), 8, 0)).toBe('@א')
  })

  test('what stays incomplete is dropped by age, or when too many are open', () => {
    const assembler = new Assembler({ maxOpen: 2 })
    assembler.push('a>b', part(1), octets('x'), 3, 1_000)
    assembler.push('c>b', part(1), octets('x'), 3, 2_000)
    assembler.push('d>b', part(1), octets('x'), 3, 3_000)

    expect(assembler.open).toBe(2)
    expect(assembler.evict(2_500)).toBe(1)
    expect(assembler.open).toBe(1)
  })
})
