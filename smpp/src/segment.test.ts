import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeText, septetsFor } from './gsm.ts'
import { type NationalLanguage, nationalLanguages } from './national.ts'
import { Assembler, type Form, measure, readUdh, readUserData, type SegmentOptions, segment } from './segment.ts'

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

/** A PDU as a carrier would get it. */
function pduOf({ dataCoding, segments }: ReturnType<typeof segment>, index: number) {
  const { octets, udh, tlvs, isPayload } = segments[index]!
  return {
    esm_class: udh ? 0x40 : 0,
    data_coding: dataCoding,
    short_message: isPayload ? new Uint8Array(0) : octets,
    tlvs: isPayload ? { message_payload: octets } : tlvs,
  }
}

/** What a phone shows, if the network brings the parts in this order. */
function received(cut: ReturnType<typeof segment>, order = cut.segments.map((_, i) => i)): string | undefined {
  const assembler = new Assembler()
  let text: string | undefined
  for (const index of order) {
    const { part, octets, dataCoding, shift } = readUserData(pduOf(cut, index))
    if (part === undefined) text = decodeText(dataCoding, octets, shift)
    else text = assembler.push('a>b', part, octets, dataCoding, 0, shift) ?? text
  }
  return text
}

/** A letter of the locking shift table, one of the single shift table, and one that a text in the former still needs. */
const letters: Record<NationalLanguage, { locking?: string; single: string; both?: string }> = {
  turkish: { locking: 'ğ', single: 'ş' },
  spanish: { single: 'á' },
  portuguese: { locking: 'ã', single: 'õ', both: 'Φ' },
  bengali: { locking: '\u0995', single: '\u09e8', both: 'A' },
  gujarati: { locking: '\u0a95', single: '\u0ae8', both: 'A' },
  hindi: { locking: '\u0915', single: '\u0968', both: 'A' },
  kannada: { locking: '\u0c95', single: '\u0ce8', both: 'A' },
  malayalam: { locking: '\u0d15', single: '\u0d68', both: 'A' },
  oriya: { locking: '\u0b15', single: '\u0b68', both: 'A' },
  punjabi: { locking: '\u0a15', single: '\u0a68', both: 'A' },
  tamil: { locking: '\u0b95', single: '\u0be8', both: 'A' },
  telugu: { locking: '\u0c15', single: '\u0c68', both: 'A' },
  urdu: { locking: '\u0628', single: '\u06f2', both: 'A' },
}

/*
 * 140 octets less the header (length, 5 or 6 for the part, 3 for each table), in whole septets, octets or UTF-16 units.
 * Written down from TS 23.040, not computed.
 */
const limits: Record<'gsm7' | 'one table' | 'both tables' | 'latin1' | 'ucs2', Record<'single' | Form, number>> = {
  gsm7: { single: 160, udh8: 153, udh16: 152, sar: 152, payload: 153 },
  'one table': { single: 155, udh8: 149, udh16: 148, sar: 148, payload: 0 },
  'both tables': { single: 152, udh8: 146, udh16: 145, sar: 145, payload: 0 },
  latin1: { single: 140, udh8: 134, udh16: 133, sar: 133, payload: 134 },
  ucs2: { single: 70, udh8: 67, udh16: 66, sar: 66, payload: 67 },
}

const forms: Form[] = ['udh8', 'udh16', 'sar', 'payload']
const cases: [string, keyof typeof limits, Form, SegmentOptions, (units: number) => string][] = forms.flatMap(form => [
  ['gsm7', 'gsm7', form, {}, n => 'a'.repeat(n)],
  ['latin1', 'latin1', form, { latin1: true }, n => 'ê'.repeat(n)],
  ['ucs2', 'ucs2', form, {}, n => 'ж'.repeat(n)],
])
for (const form of forms) {
  if (form === 'payload') continue
  for (const language of nationalLanguages) {
    const { locking, single, both } = letters[language]
    const options = { national: [language] }
    // No locking shift table has the question mark upside down.
    cases.push([`${language}, single`, 'one table', form, options, n => `${single}¿${'a'.repeat(n - 3)}`])
    if (locking) cases.push([`${language}, locking`, 'one table', form, options, n => locking.repeat(n)])
    if (locking && both)
      cases.push([`${language}, both`, 'both tables', form, options, n => both + locking.repeat(n - 2)])
  }
}

test.each(cases)('%s: limits of %s as %s', (name, kind, form, alphabets, textOf) => {
  const { single, [form]: part } = limits[kind]
  const options = { ...alphabets, form }
  const [language, table] = name.split(', ') as [NationalLanguage, string | undefined]
  const shift = {
    ...(table === 'locking' || table === 'both' ? { locking: language } : {}),
    ...(table === 'single' || table === 'both' ? { single: language } : {}),
  }

  for (const [units, segments] of [
    [single, 1],
    [single + 1, 2],
    [2 * part, 2],
    [2 * part + 1, 3],
    [3 * part, 3],
    [3 * part + 1, 4],
  ] as const) {
    const text = textOf(units)
    const cut = segment(text, options)
    expect(measure(text, options), `${units}`).toMatchObject({ segments, units })
    expect(cut.segments).toHaveLength(form === 'payload' ? 1 : segments)
    expect(cut.shift).toEqual(table === undefined ? undefined : shift)
    expect(cut.encoding).toBe(table === undefined ? kind : 'gsm7')
    expect(cut.dataCoding).toBe({ gsm7: 0, latin1: 3, ucs2: 8 }[cut.encoding])
    expect(received(cut)).toBe(text)
  }
})

test.each([
  ['udh8', 149],
  ['udh16', 148],
  ['sar', 148],
] as const)('an escape pair of a national table at a boundary of %s is not cut', (form, part) => {
  const cut = segment(`ğ${'a'.repeat(part - 3)}ğ${'a'.repeat(20)}`, { form, national: ['turkish'] })

  expect(cut.shift).toEqual({ single: 'turkish' })
  expect(cut.segments.map(one => one.text.length)).toEqual([part - 2, 21])
})

test.each([
  ['udh8', 153, 67],
  ['udh16', 152, 66],
  ['sar', 152, 66],
] as const)('an escape pair and a surrogate pair at a boundary of %s are not cut', (form, septets, units) => {
  const euro = segment(`${'a'.repeat(septets - 1)}€${'a'.repeat(20)}`, { form })
  const film = segment(`${'ж'.repeat(units - 1)}🎬${'ж'.repeat(10)}`, { form })

  expect(euro.segments.map(one => one.text.length)).toEqual([septets - 1, 21])
  expect(film.segments.map(one => one.text.length)).toEqual([units - 1, 12])
})

test('a pair that the network would cut in a payload is counted as it will be cut', () => {
  expect(measure(`${'a'.repeat(152)}€${'a'.repeat(152)}`, { form: 'payload' }).segments).toBe(3)
  expect(segment(`${'a'.repeat(152)}€${'a'.repeat(152)}`, { form: 'payload' }).segments).toHaveLength(1)
})

describe('which alphabet', () => {
  const national = nationalLanguages

  test('a text that fits the default alphabet never looks at another', () => {
    expect(measure('€'.repeat(100), { national, latin1: true })).toEqual({ encoding: 'gsm7', segments: 2, units: 200 })
  })

  test('what saves nothing is not used, and the simplest that saves most is', () => {
    const of = (text: string, options: SegmentOptions) => {
      const { encoding, shift } = measure(text, options)
      return [encoding, shift]
    }

    expect(of('ğ'.repeat(70), { national })).toEqual(['ucs2', undefined])
    expect(of(`ğ${'a'.repeat(100)}`, { national })).toEqual(['gsm7', { single: 'turkish' }])
    expect(of('ğ'.repeat(78), { national })).toEqual(['gsm7', { locking: 'turkish' }])
    expect(of(`ê${'a'.repeat(100)}`, { national, latin1: true })).toEqual(['latin1', undefined])
    expect(of(`ê${'a'.repeat(150)}`, { national, latin1: true })).toEqual(['gsm7', { single: 'portuguese' }])
    expect(of(`ê${'a'.repeat(150)}`, { latin1: true })).toEqual(['latin1', undefined])
    expect(of(`ê${'a'.repeat(60)}`, { national, latin1: true })).toEqual(['ucs2', undefined])
    expect(of(`ğ${'a'.repeat(100)}`, { national: ['spanish'], latin1: true })).toEqual(['ucs2', undefined])
    expect(of(`ğ${'a'.repeat(100)}`, { national, form: 'payload' })).toEqual(['ucs2', undefined])
  })

  test('of two languages the first that the carrier names is taken', () => {
    const text = `í${'a'.repeat(100)}`

    expect(measure(text, { national: ['portuguese', 'spanish'] }).shift).toEqual({ single: 'portuguese' })
    expect(measure(text, { national: ['spanish', 'portuguese'] }).shift).toEqual({ single: 'spanish' })
  })

  test('what forces another alphabet is named, whichever it is', () => {
    const forcedBy = { char: 'ğ', index: 1, codePoint: 'U+011F' }

    expect(measure(`ağ${'a'.repeat(100)}`, { national }).forcedBy).toEqual(forcedBy)
    expect(segment(`ağ${'a'.repeat(100)}`, { national }).forcedBy).toEqual(forcedBy)
  })
})

test('each form says which part in its own way', () => {
  const hex = (octets: Uint8Array, to: number) => Buffer.from(octets.subarray(0, to)).toString('hex')
  const of = (form: Form) => segment('a'.repeat(200), { reference: 0x3c1c7, form }).segments

  expect(of('udh8').map(one => hex(one.octets, 6))).toEqual(['050003c70201', '050003c70202'])
  expect(of('udh16').map(one => hex(one.octets, 7))).toEqual(['060804c1c70201', '060804c1c70202'])
  expect(of('sar').map(one => [one.udh, one.tlvs, one.octets[0]])).toEqual([
    [false, { sar_msg_ref_num: 0xc1c7, sar_total_segments: 2, sar_segment_seqnum: 1 }, 0x61],
    [false, { sar_msg_ref_num: 0xc1c7, sar_total_segments: 2, sar_segment_seqnum: 2 }, 0x61],
  ])
  expect(of('payload')).toMatchObject([{ udh: false, isPayload: true, text: 'a'.repeat(200) }])
  expect(segment('a', { form: 'sar' }).segments[0]).toEqual({ text: 'a', octets: Uint8Array.of(0x61), udh: false })
})

test('a header names the tables, in each part and when there is one part only', () => {
  const hex = (octets: Uint8Array) => Buffer.from(octets).toString('hex')
  const one = segment(`A${'\u0915'.repeat(80)}`, { national: ['hindi'] })
  const two = segment(`A${'\u0915'.repeat(160)}`, { national: ['hindi'], reference: 9 })
  const sar = segment(`A${'\u0915'.repeat(160)}`, { national: ['hindi'], form: 'sar' })

  expect(one.segments.map(part => [part.udh, hex(part.octets.subarray(0, 10))])).toEqual([
    [true, '062401062501061b4115'],
  ])
  expect(two.segments.map(part => hex(part.octets.subarray(0, 12)))).toEqual([
    '0b0003090201240106250106',
    '0b0003090202240106250106',
  ])
  expect(sar.segments.map(part => [part.udh, hex(part.octets.subarray(0, 7))])).toEqual([
    [true, '06240106250106'],
    [true, '06240106250106'],
  ])
})

test('without a reference the long ones are made of the text too', () => {
  const texts = Array.from({ length: 200 }, (_, i) => `${i} ${'a'.repeat(200)}`)
  const references = texts.map(text => segment(text, { form: 'sar' }).segments[0]!.tlvs!.sar_msg_ref_num)

  expect(new Set(references).size).toBeGreaterThan(190)
  expect(Math.max(...references)).toBeGreaterThan(0xff)
})

describe('national tables in a header', () => {
  test('are read in any order, among elements that nobody knows', () => {
    const elements = [
      [0x24, 1, 1],
      [0x00, 3, 7, 2, 1],
      [0x70, 2, 9, 9],
      [0x25, 1, 13],
    ]
    for (const order of [elements, elements.toReversed()]) {
      const header = order.flat()

      const data = readUserData({
        esm_class: 0x40,
        data_coding: 0,
        short_message: Uint8Array.of(header.length, ...header, 0x00),
      })

      expect(data.shift).toEqual({ single: 'turkish', locking: 'urdu' })
      expect(data.part).toEqual({ reference: 7, total: 2, sequence: 1 })
      expect(decodeText(data.dataCoding, data.octets, data.shift)).toBe('\u0627')
    }
  })

  test('the last of its kind counts, and a reserved language or an odd size is none', () => {
    const shift = (...elements: number[]) => readUdh(Uint8Array.of(elements.length, ...elements))?.shift

    expect(shift(0x24, 1, 1, 0x24, 1, 3)).toEqual({ single: 'portuguese' })
    expect(shift(0x24, 1, 1, 0x24, 1, 77)).toBeUndefined()
    expect(shift(0x24, 1, 0)).toBeUndefined()
    expect(shift(0x24, 2, 1, 1, 0x25, 0)).toBeUndefined()
    expect(shift(0x25, 1)).toBeUndefined()
  })

  test('a part with tables of its own is read in them', () => {
    const assembler = new Assembler()
    assembler.push('a>b', { reference: 1, total: 2, sequence: 1 }, Uint8Array.of(0x60), 0, 0, { locking: 'turkish' })

    const whole = assembler.push('a>b', { reference: 1, total: 2, sequence: 2 }, Uint8Array.of(0x60), 0, 0)

    expect(whole).toBe('ç¿')
  })

  test('no header and no text stop the reader', () => {
    const start = fc.constantFrom([], [0x24, 1], [0x25, 1], [3, 0x24, 1], [6, 0x24, 1, 5, 0x25, 1])
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 60 }), fc.nat(255), (start, rest, data_coding) => {
        const data = readUserData({ esm_class: 0x40, data_coding, short_message: Uint8Array.of(...start, ...rest) })

        expect(typeof decodeText(data.dataCoding, data.octets, data.shift)).toBe('string')
      }),
      { numRuns: 500 * soak },
    )
  })
})

describe('properties of any text in any alphabet and form', () => {
  /** Texts of one language, so that its tables have a chance, and now and then of something else. */
  const nationalText = fc.constantFrom(...nationalLanguages).chain(language => {
    const septets = septetsFor({ locking: language, single: language })
    const chars = [...septets].flatMap((code, unit) => (code < 0 ? [] : [String.fromCharCode(unit)]))
    const one = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...chars) },
      { weight: 8, arbitrary: fc.constantFrom(...Object.values(letters[language])) },
      { weight: 4, arbitrary: fc.constantFrom('a', ' ', '1') },
    )
    return fc.array(one, { maxLength: 500 }).map(chars => chars.join(''))
  })
  const latin1Text = fc
    .array(fc.constantFrom('ê', 'ç', 'a', '\u00a0', '\n', 'ÿ'), { maxLength: 500 })
    .map(chars => chars.join(''))
  const text = fc.oneof({ weight: 3, arbitrary: nationalText }, latin1Text, anyText)
  const options = fc.record(
    {
      form: fc.constantFrom(...forms),
      latin1: fc.boolean(),
      national: fc.oneof(fc.constant(nationalLanguages), fc.subarray([...nationalLanguages])),
      reference: fc.nat(0xffff),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<SegmentOptions>

  test('what is sent is what arrives, in whatever order the parts do', () => {
    fc.assert(
      fc.property(text, options, fc.boolean(), (text, options, isReversed) => {
        const cut = segment(text, options)
        const order = cut.segments.map((_, i) => i)

        expect(received(cut, isReversed ? order.toReversed() : order)).toBe(text)
        expect(cut.segments.map(one => one.text).join('')).toBe(text)
      }),
      { numRuns: 400 * soak },
    )
  })

  test('measuring says what cutting does, or what the network will do with a payload', () => {
    fc.assert(
      fc.property(text, options, (text, options) => {
        const { segments, units, encoding, forcedBy, shift, form } = segment(text, options)
        const { latin1 = false } = options
        const network = form === 'payload' ? segment(text, { latin1 }).segments : segments

        expect(form).toBe(options.form ?? 'udh8')
        expect(measure(text, options)).toEqual({
          encoding,
          units,
          segments: network.length,
          ...(forcedBy && { forcedBy }),
          ...(shift && { shift }),
        })
      }),
      { numRuns: 400 * soak },
    )
  })

  test('no part is larger than a phone takes once it is packed, with the header that SAR will add', () => {
    fc.assert(
      fc.property(text, options, (text, options) => {
        const { segments, encoding, form } = segment(text, options)
        if (form === 'payload') return

        for (const { octets, udh, tlvs } of segments) {
          const header = udh ? octets[0]! + 1 : 0
          const whole = tlvs ? (header || 1) + 6 : header
          const units = octets.length - header
          const packed = encoding === 'gsm7' ? Math.ceil(((Math.ceil((whole * 8) / 7) + units) * 7) / 8) : whole + units
          expect(packed).toBeLessThanOrEqual(140)
          if (encoding === 'gsm7') expect(octets.at(-1)).not.toBe(0x1b)
        }
      }),
      { numRuns: 300 * soak },
    )
  })

  test('another alphabet is taken only where it saves a segment', () => {
    fc.assert(
      fc.property(text, options, (text, { national = [], latin1 = false, form = 'udh8' }) => {
        const plain = measure(text, { form })
        const withLatin1 = measure(text, { form, latin1 })
        const all = measure(text, { form, latin1, national })

        if (withLatin1.encoding === 'latin1') expect(withLatin1.segments).toBeLessThan(plain.segments)
        else expect(withLatin1).toEqual(plain)
        if (all.shift === undefined) expect(all).toEqual(withLatin1)
        else expect(all.segments).toBeLessThan(withLatin1.segments)
      }),
      { numRuns: 300 * soak },
    )
  })
})
