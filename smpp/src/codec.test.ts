import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Decoded, Decoder, DoesNotFit, decode, EncodeError, encode, encodeInto } from './codec.ts'
import {
  type CommandName,
  commandStatus,
  commands,
  type FieldRow,
  type FieldType,
  type Pdu,
  type PduInput,
  statusName,
  type TlvRow,
  type Tlvs,
  type TlvType,
  tlvs,
} from './pdu.ts'

/** `npm run soak` makes up far more of everything. */
const soak = process.env.USHER_SOAK ? 10 : 1

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')

// Any PDU, made from the same tables the codec reads.

const cstring = (max: number) =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { maxLength: max - 1 })
    .map(codes => codes.map(code => String.fromCharCode(code)).join(''))
const int = (max: number) => fc.integer({ min: 0, max })
const octets = (max: number) => fc.uint8Array({ maxLength: max })

const fieldValue: Record<FieldType, (max: number) => fc.Arbitrary<unknown>> = {
  int1: () => int(0xff),
  int4: () => int(0xffffffff),
  cstring,
  octets,
  dest_address: () =>
    fc.array(
      fc.oneof(
        fc.record({
          dest_flag: fc.constant(1),
          dest_addr_ton: int(0xff),
          dest_addr_npi: int(0xff),
          destination_addr: cstring(21),
        }),
        fc.record({ dest_flag: fc.constant(2), dl_name: cstring(21) }),
      ),
      { maxLength: 254 },
    ),
  unsuccess_sme: () =>
    fc.array(
      fc.record({
        dest_addr_ton: int(0xff),
        dest_addr_npi: int(0xff),
        destination_addr: cstring(21),
        error_status_code: int(0xffffffff),
      }),
      { maxLength: 255 },
    ),
}

const tlvValue: Record<TlvType, (max: number) => fc.Arbitrary<unknown>> = {
  int1: () => int(0xff),
  int2: () => int(0xffff),
  int4: () => int(0xffffffff),
  cstring,
  octets: max => octets(Math.min(max, 2000)),
  flag: () => fc.constant(true),
  int1s: () => fc.array(int(0xff), { minLength: 1, maxLength: 4 }),
  octetss: max => fc.array(octets(max), { minLength: 1, maxLength: 4 }),
}

const knownTags = new Set<number>(Object.values<TlvRow>(tlvs).map(([tag]) => tag))
const unknownTlv = fc.record({ tag: int(0xffff).filter(tag => !knownTags.has(tag)), value: octets(300) })

const anyTlvs = fc.record(
  {
    ...Object.fromEntries(
      Object.entries<TlvRow>(tlvs).map(([name, [, type, max]]) => [name, tlvValue[type](max ?? 0xffff)]),
    ),
    unknown: fc.array(unknownTlv, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: [] },
)

function anyPduOf(command: CommandName): fc.Arbitrary<Pdu> {
  const rows: readonly FieldRow[] = commands[command].fields
  return fc
    .record({
      fields: fc.record(
        Object.fromEntries(rows.map(([name, type, max]) => [name, fieldValue[type](max ?? 0)])) as Record<
          string,
          fc.Arbitrary<unknown>
        >,
      ),
      status: fc.constantFrom(...Object.values(commandStatus)),
      sequence: int(0x7fffffff),
      tlvs: fc.option(
        anyTlvs.filter(all => Object.keys(all).length > 0),
        { nil: undefined, freq: 3 },
      ),
    })
    .map(({ fields, status, sequence, tlvs }) => ({ command, status, sequence, ...fields, tlvs }) as unknown as Pdu)
}

const allCommands = Object.keys(commands) as CommandName[]
const anyPdu = fc.constantFrom(...allCommands).chain(anyPduOf)

const typical: PduInput = {
  command: 'submit_sm',
  sequence: 7,
  source_addr_ton: 5,
  source_addr: 'Orpheum',
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: '491701234567',
  registered_delivery: 1,
  short_message: Buffer.from('Your code is 123456'),
}

function decodeAll(decoder: Decoder): Decoded[] {
  const all: Decoded[] = []
  for (let decoded = decoder.next(); decoded !== undefined; decoded = decoder.next()) {
    all.push(decoded)
    if (decoded.kind === 'framing') break
  }
  return all
}

describe('round trips', () => {
  test.each(allCommands)('%s comes back as it was', command => {
    fc.assert(
      fc.property(anyPduOf(command), pdu => {
        const decoded = decode(encode(pdu))

        expect(decoded).toEqual({ kind: 'pdu', pdu })
      }),
      { numRuns: 60 * soak },
    )
  })

  test.each(allCommands)('%s with nothing given has every field, in the order of the wire', command => {
    const decoded = decode(encode({ command } as PduInput))

    expect(decoded?.kind).toBe('pdu')
    const keys = decoded?.kind === 'pdu' ? Object.keys(decoded.pdu).filter(key => key !== 'tlvs') : []
    expect(keys).toEqual(['command', 'status', 'sequence', ...commands[command].fields.map(([name]) => name)])
  })

  test('PDUs come out whole and in order however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyPdu, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (pdus, cuts) => {
          const stream = Buffer.concat(pdus.map(encode))
          const decoder = new Decoder()
          const seen: Decoded[] = []

          for (let at = 0, i = 0; at < stream.length; i++) {
            const to = at + cuts[i % cuts.length]!
            decoder.push(stream.subarray(at, to))
            // Not after each piece: several may be pushed before anybody looks.
            if (i % 3 !== 1) seen.push(...decodeAll(decoder))
            at = to
          }
          seen.push(...decodeAll(decoder))

          expect(seen).toEqual(pdus.map(pdu => ({ kind: 'pdu', pdu })))
        },
      ),
      { numRuns: 100 * soak },
    )
  })

  test('PDUs come out of a stream that arrives octet by octet', () => {
    const stream = Buffer.concat([encode(typical), encode({ command: 'enquire_link', sequence: 8 })])
    const decoder = new Decoder()

    const seen = [...stream].flatMap(octet => {
      decoder.push(Uint8Array.of(octet))
      return decodeAll(decoder)
    })

    expect(seen.map(one => one.kind === 'pdu' && one.pdu.sequence)).toEqual([7, 8])
  })

  test('what was pushed may be overwritten once everything whole was taken', () => {
    const bytes = Buffer.concat([encode(typical), encode(typical).subarray(0, 30)])
    const decoder = new Decoder()
    decoder.push(bytes)
    const [first] = decodeAll(decoder)

    bytes.fill(0xff)
    decoder.push(encode(typical).subarray(30))

    expect(decoder.next()).toEqual(first)
  })
})

describe('captured octets', () => {
  test('a submit_sm is written octet by octet as the specification says', () => {
    const written = encode({
      command: 'submit_sm',
      sequence: 0x12,
      service_type: 'VMA',
      source_addr_ton: 2,
      source_addr_npi: 8,
      source_addr: '555',
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: '555555555',
      esm_class: 0,
      protocol_id: 0,
      priority_flag: 0,
      validity_period: '000001000000000R',
      registered_delivery: 1,
      data_coding: 3,
      short_message: Buffer.from('Test'),
      tlvs: { user_message_reference: 0x0102 },
    })

    expect(written).toEqual(
      hex(`
        0000004a 00000004 00000000 00000012
        564d4100
        02 08 35353500
        01 01 35353535353535353500
        00 00 00
        00
        30303030303130303030303030303052 00
        01 00 03 00
        04 54657374
        0204 0002 0102`),
    )
  })

  test('the submit_sm that encyclopaedias show is read octet by octet, and written the same', () => {
    const captured = hex(`
      0000003c 00000004 00000000 00000005
      00
      02 08 35353500
      01 01 35353535353535353500
      00 00 00 00 00 00 00 03 00
      0f 48656c6c6f2077696b697065646961`)

    const decoded = decode(captured)

    expect(decoded).toEqual({
      kind: 'pdu',
      pdu: {
        command: 'submit_sm',
        status: 0,
        sequence: 5,
        service_type: '',
        source_addr_ton: 2,
        source_addr_npi: 8,
        source_addr: '555',
        dest_addr_ton: 1,
        dest_addr_npi: 1,
        destination_addr: '555555555',
        esm_class: 0,
        protocol_id: 0,
        priority_flag: 0,
        schedule_delivery_time: '',
        validity_period: '',
        registered_delivery: 0,
        replace_if_present_flag: 0,
        data_coding: 3,
        sm_default_msg_id: 0,
        short_message: new Uint8Array(Buffer.from('Hello wikipedia')),
      },
    })
    expect(decoded?.kind === 'pdu' && encode(decoded.pdu)).toEqual(captured)
  })

  test('a bind_transmitter is read as the example of the specification (3.2.1) says', () => {
    const captured = hex(`
      0000002f 00000002 00000000 00000001
      534d50503354455354 00
      7365637265743038 00
      5355424d495431 00
      00 01 01 00`)

    expect(decode(captured)).toEqual({
      kind: 'pdu',
      pdu: {
        command: 'bind_transmitter',
        status: 0,
        sequence: 1,
        system_id: 'SMPP3TEST',
        password: 'secret08',
        system_type: 'SUBMIT1',
        interface_version: 0,
        addr_ton: 1,
        addr_npi: 1,
        address_range: '',
      },
    })
  })

  test('a receipt in a deliver_sm is read with its optional parameters', () => {
    const captured = hex(`
      00000048 00000005 00000000 00000003
      00
      01 01 34363000
      05 00 4f727068657500
      04 00 00 00 00 00 00 00 00
      05 69643a3431
      001e 0003 343100
      0427 0001 02
      0423 0003 030000
      1501 0002 beef`)

    expect(decode(captured)).toMatchObject({
      kind: 'pdu',
      pdu: {
        command: 'deliver_sm',
        source_addr: '460',
        destination_addr: 'Orpheu',
        esm_class: 4,
        short_message: new Uint8Array(Buffer.from('id:41')),
        tlvs: {
          receipted_message_id: '41',
          message_state: 2,
          network_error_code: Uint8Array.of(3, 0, 0),
          unknown: [{ tag: 0x1501, value: Uint8Array.of(0xbe, 0xef) }],
        },
      },
    })
  })
})

describe('what others get wrong', () => {
  const withTlv = (tlv: string) => {
    const base = encode({ ...typical, command: 'deliver_sm' } as PduInput)
    const pdu = Buffer.concat([base, hex(tlv)])
    pdu.writeUInt32BE(pdu.length, 0)
    return decode(pdu)
  }
  const tlvsOf = (decoded: Decoded | undefined): Tlvs | undefined =>
    decoded?.kind === 'pdu' ? decoded.pdu.tlvs : undefined

  test('an integer parameter without a value is kept aside', () => {
    expect(tlvsOf(withTlv('0427 0000'))).toEqual({ unknown: [{ tag: 0x0427, value: new Uint8Array(0) }] })
  })

  test('an integer parameter of another width is read as that integer', () => {
    expect(tlvsOf(withTlv('0204 0001 07'))).toEqual({ user_message_reference: 7 })
    expect(tlvsOf(withTlv('0427 0004 00000002'))).toEqual({ message_state: 2 })
  })

  test('a repeated parameter keeps its first value, and the second aside', () => {
    expect(tlvsOf(withTlv('0427 0001 02 0427 0001 05'))).toEqual({
      message_state: 2,
      unknown: [{ tag: 0x0427, value: Uint8Array.of(5) }],
    })
  })

  test('a string parameter is read with and without its NUL', () => {
    expect(tlvsOf(withTlv('001e 0002 3432'))).toEqual({ receipted_message_id: '42' })
    expect(tlvsOf(withTlv('001e 0003 343200'))).toEqual({ receipted_message_id: '42' })
    expect(tlvsOf(withTlv('001e 0000'))).toEqual({ receipted_message_id: '' })
  })

  test('a stray NUL after the fields is no parameter', () => {
    expect(withTlv('00')?.kind).toBe('pdu')
    expect(withTlv('0427 0001 02 000000')).toMatchObject({ kind: 'pdu', pdu: { tlvs: { message_state: 2 } } })
  })

  test('a parameter longer than the body is malformed, and the answer says where', () => {
    expect(withTlv('0427 0009 02')).toMatchObject({
      kind: 'malformed',
      command: 'deliver_sm',
      sequence: 7,
      answer: commandStatus.ESME_RINVOPTPARSTREAM,
    })
  })

  test('a response with an error status needs no body', () => {
    const bare = hex('00000010 80000004 00000058 00000009')

    expect(decode(bare)).toEqual({
      kind: 'pdu',
      pdu: { command: 'submit_sm_resp', status: 0x58, sequence: 9, message_id: '' },
    })
    expect(encode({ command: 'submit_sm_resp', status: 0x58, sequence: 9 })).toEqual(bare)
  })

  test('a response without a body is accepted even when it says yes', () => {
    expect(decode(hex('00000010 80000005 00000000 00000009'))).toMatchObject({ kind: 'pdu', pdu: { message_id: '' } })
  })

  test('a response that forgets the NUL of message_id still has it', () => {
    expect(decode(hex('00000013 80000004 00000000 00000009 616263'))).toMatchObject({ pdu: { message_id: 'abc' } })
  })

  test('a message of 255 octets, as SMPP 5.0 allows, is read', () => {
    const body = `00 0000 00 0000 00 000000 00 00 00000000 ff ${'41'.repeat(255)}`
    const bytes = Buffer.concat([Buffer.alloc(16), hex(body)])
    bytes.writeUInt32BE(bytes.length, 0)
    bytes.writeUInt32BE(4, 4)

    const decoded = decode(bytes)

    expect(decoded).toMatchObject({ kind: 'pdu', pdu: { short_message: new Uint8Array(255).fill(0x41) } })
  })

  test('a body cut anywhere is malformed or shorter, never an exception, and what follows is read', () => {
    fc.assert(
      fc.property(anyPdu, fc.nat(), (pdu, at) => {
        const whole = encode(pdu)
        const cut = Buffer.from(whole.subarray(0, 16 + (at % (whole.length - 15))))
        cut.writeUInt32BE(cut.length, 0)
        const decoder = new Decoder()

        decoder.push(Buffer.concat([cut, encode({ command: 'enquire_link', sequence: 99 })]))

        const [first, second] = decodeAll(decoder)
        expect(first?.kind).toMatch(/^(pdu|malformed)$/)
        expect(second).toMatchObject({ kind: 'pdu', pdu: { command: 'enquire_link', sequence: 99 } })
      }),
      { numRuns: 300 * soak },
    )
  })

  test('a well-framed body of any octets is never an exception', () => {
    fc.assert(
      fc.property(fc.constantFrom(...allCommands), fc.uint8Array({ maxLength: 300 }), (command, body) => {
        const header = Buffer.alloc(16)
        header.writeUInt32BE(16 + body.length, 0)
        header.writeUInt32BE(commands[command].id, 4)

        const decoded = decode(Buffer.concat([header, body]))

        expect(decoded?.kind).toMatch(/^(pdu|malformed)$/)
      }),
      { numRuns: 2000 * soak },
    )
  })

  test('a command of SMPP 5.0 is unknown by name, and what follows is read', () => {
    const decoder = new Decoder()

    decoder.push(hex('00000012 00000112 00000000 00000005 ffff'))
    decoder.push(encode(typical))

    expect(decodeAll(decoder)).toMatchObject([
      { kind: 'unknown', command_id: 0x112, sequence: 5 },
      { kind: 'pdu', pdu: { sequence: 7 } },
    ])
  })

  test.each([
    ['four gigabytes', 'ffffffff'],
    ['less than a header', '0000000f'],
    ['nothing', '00000000'],
    ['more than the longest allowed', '00010001'],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n').toString('hex')],
  ])('a command_length of %s ends the stream, for good', (_, bytes) => {
    const decoder = new Decoder()

    decoder.push(hex(bytes))
    const first = decoder.next()
    decoder.push(encode(typical))

    expect(first?.kind).toBe('framing')
    expect(decoder.next()).toBe(first)
  })
})

describe('what we would get wrong ourselves', () => {
  test.each<[string, Partial<Record<string, unknown>>]>([
    ['a number beyond its octet', { esm_class: 256 }],
    ['a negative number', { data_coding: -1 }],
    ['a fraction', { priority_flag: 0.5 }],
    ['NaN', { protocol_id: Number.NaN }],
    ['a string that is too long', { source_addr: '1'.repeat(21) }],
    ['a NUL inside a string', { source_addr: 'a\0b' }],
    ['a character outside Latin-1', { source_addr: '€' }],
    ['a message that is too long', { short_message: new Uint8Array(255) }],
    ['text where octets belong', { short_message: 'text' }],
    ['an optional parameter nobody knows', { tlvs: { user_mesage_reference: 1 } }],
    ['an optional parameter beyond its width', { tlvs: { user_message_reference: 65536 } }],
  ])('%s throws instead of being sent as something else', (_, wrong) => {
    expect(() => encode({ ...typical, ...wrong } as PduInput)).toThrow(EncodeError)
  })

  test('a PDU that does not fit says how much it takes and is then written', () => {
    const target = Buffer.alloc(40)
    let needed = 0

    try {
      encodeInto(typical, target, 10)
    } catch (error) {
      needed = error instanceof DoesNotFit ? error.needed : 0
    }

    expect(needed).toBe(encode(typical).length)
    expect(encodeInto(typical, Buffer.alloc(needed), 0)).toBe(needed)
  })

  test('a message_payload of 64 KB is written whole', () => {
    const message_payload = new Uint8Array(65535).fill(0x41)

    const decoded = decode(encode({ command: 'data_sm', tlvs: { message_payload } }))

    expect(decoded).toMatchObject({ kind: 'pdu', pdu: { tlvs: { message_payload } } })
  })
})

test('statuses have the names of the specification, others their number', () => {
  expect(statusName(0x58)).toBe('ESME_RTHROTTLED')
  expect(statusName(0)).toBe('ESME_ROK')
  expect(statusName(0x401)).toBe('0x00000401')
})

test('command ids and tags are each used once', () => {
  const ids = Object.values(commands).map(({ id }) => id)
  const tags = Object.values<TlvRow>(tlvs).map(([tag]) => tag)

  expect(new Set(ids).size).toBe(ids.length)
  expect(new Set(tags).size).toBe(tags.length)
})
