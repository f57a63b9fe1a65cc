import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toUcs2 } from './gsm.ts'
import type { DeliverSm, Tlvs } from './pdu.ts'
import {
  formatReceipt,
  type IdForm,
  messageState,
  normalId,
  type Receipt,
  type ReceiptState,
  readReceipt,
} from './receipt.ts'

/** `npm run soak` makes up far more of everything. */
const soak = process.env.USHER_SOAK ? 10 : 1

function deliver(text: string | Uint8Array, tlvs?: Tlvs, esm_class = 0x04, data_coding = 0): DeliverSm {
  return {
    command: 'deliver_sm',
    status: 0,
    sequence: 1,
    service_type: '',
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: '491701234567',
    dest_addr_ton: 5,
    dest_addr_npi: 0,
    destination_addr: 'Orpheum',
    esm_class,
    protocol_id: 0,
    priority_flag: 0,
    schedule_delivery_time: '',
    validity_period: '',
    registered_delivery: 0,
    replace_if_present_flag: 0,
    data_coding,
    sm_default_msg_id: 0,
    short_message: typeof text === 'string' ? Buffer.from(text, 'latin1') : text,
    tlvs,
  }
}

describe('the text form', () => {
  test('as appendix B has it', () => {
    const receipt = readReceipt(
      deliver(
        'id:0123456789 sub:001 dlvrd:001 submit date:2611230830 done date:2611230831 stat:DELIVRD err:000 text:Your code is',
      ),
    )

    expect(receipt).toEqual({
      id: '0123456789',
      state: 'delivered',
      stat: 'DELIVRD',
      err: '000',
      doneAt: '2611230831',
    })
  })

  test.each([
    ['in another order', 'stat:EXPIRED err:21b id:7f done date:2611230831', { id: '7f', state: 'expired', err: '21b' }],
    ['err before stat', 'id:9 sub:1 dlvrd:13 err:0ab stat:UNDELIV Text:x', { state: 'undeliverable', err: '0ab' }],
    ['without sub and dlvrd', 'id:9 submit date:2611230830 done date:2611230831 stat:DELETED', { state: 'deleted' }],
    ['dates of 12 digits', 'id:9 done date:261123083159 stat:ACCEPTD', { doneAt: '261123083159', state: 'accepted' }],
    ['dates of 14 digits', 'id:9 done date:20261123083159 stat:REJECTD', { doneAt: '20261123083159' }],
    ['a date that is none', 'id:9 done date:yesterday stat:REJECTD', { doneAt: undefined, state: 'rejected' }],
    ['a UUID', 'id:0d1c5a3e-1f2b-4c3d-8e9f-aabbccddeeff stat:ENROUTE', { id: '0d1c5a3e-1f2b-4c3d-8e9f-aabbccddeeff' }],
    ['capitals', 'ID:9 STAT:delivrd ERR:000 TEXT:', { id: '9', state: 'delivered', stat: 'delivrd' }],
    ['extra spaces', '  id: 9   sub: 001  stat :  SKIPPED   err:  ', { id: '9', state: 'skipped', err: undefined }],
    ['line ends', 'id:9\r\nstat:DELIVRD\r\nerr:0\r\n', { id: '9', stat: 'DELIVRD', err: '0' }],
    [
      'tabs',
      'id:\t9\tsub:001\tdone date:\t2611230831\tstat\t:\tDELIVRD',
      { id: '9', doneAt: '2611230831', stat: 'DELIVRD' },
    ],
    ['NULs', 'id:9\0stat:DELIVRD\0err:000\0', { id: '9', state: 'delivered', err: '000' }],
    ['spaces inside a label', 'id:9 done  date:2611230831 stat:DELIVRD', { doneAt: '2611230831' }],
    ['capitals at the start of words', 'Id:9 Done Date:2611230831 Stat:Delivrd', { id: '9', doneAt: '2611230831' }],
    ['zeros in front of the id', 'id:0000042 stat:DELIVRD', { id: '0000042' }],
    ['a hexadecimal id', 'id:7FA3c0 stat:DELIVRD', { id: '7FA3c0' }],
    ['an id of 64 characters', `id:${'a1'.repeat(32)} stat:DELIVRD`, { id: 'a1'.repeat(32) }],
    ['an empty text', 'id:9 stat:EXPIRED err:27 text:', { state: 'expired', err: '27' }],
    ['a hexadecimal err', 'id:9 stat:UNDELIV err:0x21B text:-', { err: '0x21B' }],
    ['counters that count nothing', 'id:9 sub: dlvrd: stat:DELIVRD', { id: '9', state: 'delivered' }],
    ['one word that is no field', 'id:9 smsc:3 stat:DELIVRD reason:none', { id: '9', state: 'delivered' }],
    ['an intermediate state', 'id:9 stat:ACCEPTED', { state: 'accepted' }],
    ['underscores', 'id:9 done_date:2611230831 stat:DELIVRD', { doneAt: '2611230831' }],
    ['a state of their own', 'id:9 stat:DND_REJECTED err:9', { state: 'rejected', stat: 'DND_REJECTED' }],
    ['a state in full', 'id:9 stat:UNDELIVERABLE', { state: 'undeliverable' }],
    ['a state in full, the other', 'id:9 stat:DELIVERED', { state: 'delivered' }],
    ['a state nobody knows', 'id:9 stat:PURPLE', { state: 'unknown', stat: 'PURPLE' }],
    ['no state', 'id:9', { state: 'unknown', stat: '' }],
    ['octets that are no ASCII', 'id:9 stat:DELIVRD text:caf\xe9 \xff', { state: 'delivered' }],
  ])('%s', (_, text, expected) => {
    const receipt = readReceipt(deliver(text))

    for (const [name, value] of Object.entries(expected)) expect(receipt?.[name as keyof Receipt]).toBe(value)
  })

  test('what the quoted message says does not count', () => {
    const receipt = readReceipt(deliver('id:9 stat:UNDELIV err:001 text:hi id:77 stat:DELIVRD'))

    expect(receipt).toMatchObject({ id: '9', stat: 'UNDELIV', err: '001' })
  })

  test('fields after the quoted message count when they are nowhere else', () => {
    expect(readReceipt(deliver('text:hi id:9 stat:DELIVRD'))).toMatchObject({ id: '9', state: 'delivered' })
  })

  test('in UCS-2', () => {
    expect(readReceipt(deliver(toUcs2('id:9 stat:DELIVRD'), undefined, 4, 8))).toMatchObject({ id: '9' })
  })

  test('in message_payload, behind a user data header', () => {
    const message_payload = Buffer.from('\x05\x00\x03\x01\x01\x01id:9 stat:DELIVRD', 'latin1')

    expect(readReceipt(deliver('', { message_payload }, 0x44))).toMatchObject({ id: '9', state: 'delivered' })
  })
})

describe('optional parameters', () => {
  test('they beat the text', () => {
    const receipt = readReceipt(
      deliver('id:9 stat:ENROUTE err:000', {
        receipted_message_id: 'A1',
        message_state: 5,
        network_error_code: Uint8Array.of(3, 0, 11),
        user_message_reference: 777,
      }),
    )

    expect(receipt).toEqual({ id: 'A1', state: 'undeliverable', stat: 'ENROUTE', err: '011', reference: 777 })
  })

  test('they are enough, whatever the body', () => {
    const tlvs: Tlvs = { receipted_message_id: 'A1', message_state: 2 }

    expect(readReceipt(deliver('Delivered!', tlvs))).toEqual({ id: 'A1', state: 'delivered', stat: '' })
    expect(readReceipt(deliver('', tlvs, 0))).toMatchObject({ id: 'A1' })
  })

  test('what they do not say is read from the text', () => {
    const receipt = readReceipt(
      deliver('id:9 stat:UNDELIV err:044 done date:2611230831', { receipted_message_id: 'A1' }),
    )

    expect(receipt).toEqual({ id: 'A1', state: 'undeliverable', stat: 'UNDELIV', err: '044', doneAt: '2611230831' })
  })

  test('one that is empty says nothing', () => {
    const tlvs: Tlvs = { receipted_message_id: '', network_error_code: new Uint8Array(0) }

    expect(readReceipt(deliver('id:9 stat:UNDELIV err:044', tlvs))).toMatchObject({ id: '9', err: '044' })
  })

  test('a data_sm is a receipt like any other', () => {
    const receipt = readReceipt({
      command: 'data_sm',
      status: 0,
      sequence: 1,
      service_type: '',
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: '491701234567',
      dest_addr_ton: 5,
      dest_addr_npi: 0,
      destination_addr: 'Orpheum',
      esm_class: 4,
      registered_delivery: 0,
      data_coding: 0,
      tlvs: { receipted_message_id: 'A1', message_state: 3 },
    })

    expect(receipt).toMatchObject({ id: 'A1', state: 'expired' })
  })

  test.each([
    [0, 'enroute'],
    [1, 'enroute'],
    [2, 'delivered'],
    [3, 'expired'],
    [4, 'deleted'],
    [5, 'undeliverable'],
    [6, 'accepted'],
    [7, 'unknown'],
    [8, 'rejected'],
    [9, 'skipped'],
    [200, 'unknown'],
  ] as const)('message_state %i is %s', (message_state, state) => {
    expect(readReceipt(deliver('id:9', { message_state }))?.state).toBe(state)
  })
})

describe('what is no receipt', () => {
  test('a text of a subscriber, even one that looks like a receipt', () => {
    expect(readReceipt(deliver('id:9 stat:DELIVRD', undefined, 0))).toBeUndefined()
    expect(readReceipt(deliver('STOP', undefined, 0x40))).toBeUndefined()
  })

  test('an acknowledgement by the handset', () => {
    expect(readReceipt(deliver('id:9 stat:DELIVRD', { receipted_message_id: '9' }, 0x08))).toBeUndefined()
  })

  test('a receipt for nothing', () => {
    expect(readReceipt(deliver('stat:DELIVRD'))).toBeUndefined()
    expect(readReceipt(deliver(''))).toBeUndefined()
  })

  test('an intermediate notification is one', () => {
    expect(readReceipt(deliver('id:9 stat:ENROUTE', undefined, 0x20))).toMatchObject({ state: 'enroute' })
  })

  test('whatever it is, nothing throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 254 }),
          fc
            .array(fc.constantFrom('id:', 'stat:', ' ', 'text:', 'err', ':', 'DELIVRD', 'done date:', '9', '\n'))
            .map(pieces => Buffer.from(pieces.join(''))),
        ),
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 0, max: 255 }),
        (octets, esmClass, dataCoding) => void readReceipt(deliver(octets, undefined, esmClass, dataCoding)),
      ),
      { numRuns: 1000 * soak },
    )
  })
})

test('a receipt we write is one we read', () => {
  const at = new Date('2026-11-23T08:30:59Z')
  const states: ReceiptState[] = [
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
  for (const state of states) {
    const text = formatReceipt({ id: 'ab12', state, submittedAt: at, doneAt: at, err: '007', text: 'id:zz stat:XX' })

    expect(readReceipt(deliver(text))).toMatchObject({ id: 'ab12', state, err: '007', doneAt: '2611230830' })
    expect(readReceipt(deliver('id:1', { message_state: messageState(state) }))?.state).toBe(state)
  }
})

describe('ids', () => {
  test.each<[string, IdForm, string]>([
    ['00AbC', 'as_is', '00AbC'],
    ['', 'as_is', ''],
    ['000123', 'decimal', '123'],
    ['000', 'decimal', '0'],
    ['00000', 'hexadecimal', '0'],
    ['0000FF', 'hexadecimal', '255'],
    ['ff', 'hexadecimal', '255'],
    ['10', 'hexadecimal', '16'],
    // Beyond 64 bits, where a number would lose its end.
    ['1'.padEnd(33, '0'), 'hexadecimal', String(2n ** 128n)],
    ['0340282366920938463463374607431768211456', 'decimal', String(2n ** 128n)],
    // What is no number in that base.
    ['00FF', 'decimal', '00ff'],
    ['0D1C5A3E-1F2B-4C3D-8E9F-AABBCCDDEEFF', 'hexadecimal', '0d1c5a3e-1f2b-4c3d-8e9f-aabbccddeeff'],
    ['-1', 'decimal', '-1'],
    ['1e3', 'decimal', '1e3'],
    [' 12', 'decimal', ' 12'],
    ['', 'decimal', ''],
    ['', 'hexadecimal', ''],
    ['9'.repeat(65), 'decimal', '9'.repeat(65)],
  ])('%j written %s is %j', (id, form, normal) => {
    expect(normalId(id, form)).toBe(normal)
  })

  const number = fc.bigInt({ min: 0n, max: 2n ** 128n })
  const zeros = fc.nat({ max: 12 })

  test('an answer in hexadecimal and a receipt in decimal name the same message, whatever their zeros and case', () => {
    fc.assert(
      fc.property(number, zeros, zeros, fc.boolean(), (id, before, after, isUpper) => {
        const hex = '0'.repeat(before) + id.toString(16)
        const answered = normalId(isUpper ? hex.toUpperCase() : hex, 'hexadecimal')

        expect(normalId('0'.repeat(after) + id, 'decimal')).toBe(answered)
      }),
    )
  })

  test('two messages never come to one id', () => {
    fc.assert(
      fc.property(number, number, fc.constantFrom<IdForm>('decimal', 'hexadecimal'), (one, other, form) => {
        const written = (id: bigint) => id.toString(form === 'decimal' ? 10 : 16)

        expect(normalId(written(one), form) === normalId(written(other), form)).toBe(one === other)
      }),
    )
  })

  test('a normal id stays what it is', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 80 }),
        fc.constantFrom<IdForm>('as_is', 'decimal', 'hexadecimal'),
        (id, form) => {
          const normal = normalId(id, form)

          expect(normalId(normal, form === 'as_is' ? 'as_is' : 'decimal')).toBe(normal)
        },
      ),
    )
  })
})
