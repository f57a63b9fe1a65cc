// Every PDU and every optional parameter, once more and by hand: the tables here are written from the specification, not
// derived from pdu.ts, so that a slip in one of the two shows.
import { describe, expect, test } from 'vitest'
import { decode, EncodeError, encode } from './codec.ts'
import { type CommandName, commandStatus, commands, type PduInput, statusName, tlvs } from './pdu.ts'

type Row = [field: string, value: string | number | Uint8Array | object[], size?: number]

const octets = (...bytes: number[]) => Uint8Array.from(bytes)
/** What an object[] is on the wire; every other kind of value says it itself. */
const lists = new Map<string, number[]>()

// 4.1 to 4.12: mandatory fields in their order, each with a value of its own; strings with their greatest size.

const bind: Row[] = [
  ['system_id', 'usher', 16],
  ['password', 'secret', 9],
  ['system_type', 'VMS', 13],
  ['interface_version', 0x34],
  ['addr_ton', 1],
  ['addr_npi', 2],
  ['address_range', '^49', 41],
]
const bindResp: Row[] = [['system_id', 'smsc', 16]]
const source = (size: number): Row[] => [
  ['source_addr_ton', 3],
  ['source_addr_npi', 4],
  ['source_addr', '67743', size],
]
const destination = (size: number): Row[] => [
  ['dest_addr_ton', 5],
  ['dest_addr_npi', 6],
  ['destination_addr', '491701234567', size],
]
const serviceType: Row = ['service_type', 'CMT', 6]
const messageId: Row = ['message_id', '0a1b', 65]
const times: Row[] = [
  ['schedule_delivery_time', '261129120000000+', 17],
  ['validity_period', '000001000000000R', 17],
]
const sending: Row[] = [
  ['esm_class', 7],
  ['protocol_id', 8],
  ['priority_flag', 9],
  ...times,
  ['registered_delivery', 10],
  ['replace_if_present_flag', 11],
  ['data_coding', 12],
  ['sm_default_msg_id', 13],
  ['short_message', octets(104, 105)],
]
const dests = [
  { dest_flag: 1, dest_addr_ton: 1, dest_addr_npi: 2, destination_addr: '49' },
  { dest_flag: 2, dl_name: 'all' },
]
lists.set('dest_address', [2, 1, 1, 2, 0x34, 0x39, 0, 2, 0x61, 0x6c, 0x6c, 0])
const failures = [{ dest_addr_ton: 1, dest_addr_npi: 2, destination_addr: '49', error_status_code: 0x0102030b }]
lists.set('unsuccess_sme', [1, 1, 2, 0x34, 0x39, 0, 1, 2, 3, 0x0b])

const pdus: [command: CommandName, id: number, fields: Row[]][] = [
  ['generic_nack', 0x80000000, []],
  ['bind_receiver', 0x00000001, bind],
  ['bind_receiver_resp', 0x80000001, bindResp],
  ['bind_transmitter', 0x00000002, bind],
  ['bind_transmitter_resp', 0x80000002, bindResp],
  ['query_sm', 0x00000003, [messageId, ...source(21)]],
  [
    'query_sm_resp',
    0x80000003,
    [messageId, ['final_date', '261129120000000+', 17], ['message_state', 2], ['error_code', 3]],
  ],
  ['submit_sm', 0x00000004, [serviceType, ...source(21), ...destination(21), ...sending]],
  ['submit_sm_resp', 0x80000004, [messageId]],
  ['deliver_sm', 0x00000005, [serviceType, ...source(21), ...destination(21), ...sending]],
  ['deliver_sm_resp', 0x80000005, [messageId]],
  ['unbind', 0x00000006, []],
  ['unbind_resp', 0x80000006, []],
  [
    'replace_sm',
    0x00000007,
    [
      messageId,
      ...source(21),
      ...times,
      ['registered_delivery', 1],
      ['sm_default_msg_id', 2],
      ['short_message', octets(1, 2, 3)],
    ],
  ],
  ['replace_sm_resp', 0x80000007, []],
  ['cancel_sm', 0x00000008, [serviceType, messageId, ...source(21), ...destination(21)]],
  ['cancel_sm_resp', 0x80000008, []],
  ['bind_transceiver', 0x00000009, bind],
  ['bind_transceiver_resp', 0x80000009, bindResp],
  [
    'outbind',
    0x0000000b,
    [
      ['system_id', 'smsc', 16],
      ['password', 'secret', 9],
    ],
  ],
  ['enquire_link', 0x00000015, []],
  ['enquire_link_resp', 0x80000015, []],
  ['submit_multi', 0x00000021, [serviceType, ...source(21), ['dest_address', dests], ...sending]],
  ['submit_multi_resp', 0x80000021, [messageId, ['unsuccess_sme', failures]]],
  [
    'alert_notification',
    0x00000102,
    [...source(65), ['esme_addr_ton', 1], ['esme_addr_npi', 2], ['esme_addr', 'usher', 65]],
  ],
  [
    'data_sm',
    0x00000103,
    [serviceType, ...source(65), ...destination(65), ['esm_class', 1], ['registered_delivery', 2], ['data_coding', 3]],
  ],
  ['data_sm_resp', 0x80000103, [messageId]],
]

function onTheWire([field, value]: Row): number[] {
  if (typeof value === 'number') return [value]
  if (typeof value === 'string') return [...Buffer.from(value, 'latin1'), 0]
  if (value instanceof Uint8Array) return [value.length, ...value]
  return lists.get(field)!
}

function frame(id: number, sequence: number, body: number[]): Buffer {
  const header = Buffer.alloc(16)
  header.writeUInt32BE(16 + body.length, 0)
  header.writeUInt32BE(id, 4)
  header.writeUInt32BE(sequence, 12)
  return Buffer.concat([header, Uint8Array.from(body)])
}

describe('PDUs of SMPP 3.4', () => {
  test('are all there, and no others', () => {
    expect(Object.keys(commands).sort()).toEqual(pdus.map(([command]) => command).sort())
  })

  test.each(pdus)('%s (0x%x) is written and read as specified', (command, id, rows) => {
    const fields = Object.fromEntries(rows)
    const octets = frame(id, 9, rows.flatMap(onTheWire))

    // The table names commands and fields; that they suit each other is what is tested.
    expect(encode({ command, sequence: 9, ...fields } as PduInput)).toEqual(octets)
    expect(decode(octets)).toEqual({ kind: 'pdu', pdu: { command, status: 0, sequence: 9, ...fields } })
  })

  test.each(
    pdus.flatMap(([command, , rows]) =>
      rows.flatMap(([field, , size]) => (size ? [[command, field, size] as const] : [])),
    ),
  )('%s: %s takes %i octets with its NUL', (command, field, size) => {
    const carrying = (value: string) => encode({ command, [field]: value } as unknown as PduInput)

    expect(decode(carrying('7'.repeat(size - 1)))).toMatchObject({ pdu: { [field]: '7'.repeat(size - 1) } })
    expect(() => carrying('7'.repeat(size))).toThrow(EncodeError)
  })
})

/** 5.3.2: tag, the octets of a value, and that value. */
const parameters: [name: string, tag: number, octets: string, value: unknown][] = [
  ['dest_addr_subunit', 0x0005, '03', 3],
  ['dest_network_type', 0x0006, '01', 1],
  ['dest_bearer_type', 0x0007, '02', 2],
  ['dest_telematics_id', 0x0008, '0102', 0x0102],
  ['source_addr_subunit', 0x000d, '04', 4],
  ['source_network_type', 0x000e, '05', 5],
  ['source_bearer_type', 0x000f, '06', 6],
  ['source_telematics_id', 0x0010, '07', 7],
  ['qos_time_to_live', 0x0017, '00000e10', 3600],
  ['payload_type', 0x0019, '01', 1],
  ['additional_status_info_text', 0x001d, '6f6f7073 00', 'oops'],
  ['receipted_message_id', 0x001e, '30613162 00', '0a1b'],
  ['ms_msg_wait_facilities', 0x0030, '81', 0x81],
  ['privacy_indicator', 0x0201, '03', 3],
  ['source_subaddress', 0x0202, 'a0 3132', octets(0xa0, 0x31, 0x32)],
  ['dest_subaddress', 0x0203, 'a0 3334', octets(0xa0, 0x33, 0x34)],
  ['user_message_reference', 0x0204, 'fffe', 0xfffe],
  ['user_response_code', 0x0205, '2a', 42],
  ['source_port', 0x020a, '1f90', 8080],
  ['destination_port', 0x020b, '0b84', 2948],
  ['sar_msg_ref_num', 0x020c, 'abcd', 0xabcd],
  ['language_indicator', 0x020d, '01', 1],
  ['sar_total_segments', 0x020e, 'ff', 255],
  ['sar_segment_seqnum', 0x020f, '02', 2],
  ['sc_interface_version', 0x0210, '34', 0x34],
  ['callback_num_pres_ind', 0x0302, '05', [5]],
  ['callback_num_atag', 0x0303, '00 486f6d65', [octets(0, 0x48, 0x6f, 0x6d, 0x65)]],
  ['number_of_messages', 0x0304, '63', 99],
  ['callback_num', 0x0381, '01 01 01 3439', [octets(1, 1, 1, 0x34, 0x39)]],
  ['dpf_result', 0x0420, '01', 1],
  ['set_dpf', 0x0421, '01', 1],
  ['ms_availability_status', 0x0422, '02', 2],
  ['network_error_code', 0x0423, '03 000b', octets(3, 0, 11)],
  ['message_payload', 0x0424, '68656c6c6f', octets(0x68, 0x65, 0x6c, 0x6c, 0x6f)],
  ['delivery_failure_reason', 0x0425, '03', 3],
  ['more_messages_to_send', 0x0426, '01', 1],
  ['message_state', 0x0427, '02', 2],
  ['ussd_service_op', 0x0501, '10', 16],
  ['display_time', 0x1201, '02', 2],
  ['sms_signal', 0x1203, '0102', 0x0102],
  ['ms_validity', 0x1204, '03', 3],
  ['alert_on_message_delivery', 0x130c, '', true],
  ['its_reply_type', 0x1380, '08', 8],
  ['its_session_info', 0x1383, '0102', octets(1, 2)],
]

/** The additions of SMPP 5.0 (4.8.4), as somebody may send them. */
const additions: [name: string, tag: number, octets: string][] = [
  ['broadcast_channel_indicator', 0x0600, '01'],
  ['broadcast_content_type', 0x0601, '000010'],
  ['broadcast_content_type_info', 0x0602, '68'],
  ['broadcast_message_class', 0x0603, '01'],
  ['broadcast_rep_num', 0x0604, '0001'],
  ['broadcast_frequency_interval', 0x0605, '080001'],
  ['broadcast_area_identifier', 0x0606, '00 31'],
  ['broadcast_error_status', 0x0607, '0000010d'],
  ['broadcast_area_success', 0x0608, '64'],
  ['broadcast_end_time', 0x0609, '32363131323931323030303030302b00'],
  ['broadcast_service_group', 0x060a, '31'],
  ['billing_identification', 0x060b, '01 31'],
  ['source_network_id', 0x060d, '32363230313000'],
  ['dest_network_id', 0x060e, '32363230323000'],
  ['source_node_id', 0x060f, '303030303031'],
  ['dest_node_id', 0x0610, '303030303032'],
  ['dest_addr_np_resolution', 0x0611, '01'],
  ['dest_addr_np_information', 0x0612, '31323334353637383930'],
  ['dest_addr_np_country', 0x0613, '00000031'],
]

const hex = (text: string) => Buffer.from(text.replace(/ /g, ''), 'hex')
const framed = (tag: number, value: Uint8Array) =>
  frame(0x80000004, 9, [0x37, 0, tag >> 8, tag & 0xff, value.length >> 8, value.length & 0xff, ...value])
const answer = { command: 'submit_sm_resp', status: 0, sequence: 9, message_id: '7' } as const

describe('optional parameters', () => {
  test('of SMPP 3.4 are all there, and of 5.0 the one that we act on', () => {
    expect(Object.keys(tlvs).sort()).toEqual([...parameters.map(([name]) => name), 'congestion_state'].sort())
    expect(parameters).toHaveLength(44)
  })

  test.each([...parameters, ['congestion_state', 0x0428, '5a', 90] as const])(
    '%s (0x%x) is written and read as specified',
    (name, tag, octets, value) => {
      const pdu = { ...answer, tlvs: { [name]: value } }

      expect(encode(pdu)).toEqual(framed(tag, hex(octets)))
      expect(decode(framed(tag, hex(octets)))).toEqual({ kind: 'pdu', pdu })
    },
  )

  test.each(additions)('%s (0x%x) of SMPP 5.0 is kept as it came', (_, tag, octets) => {
    const decoded = decode(framed(tag, hex(octets)))

    const pdu = { ...answer, tlvs: { unknown: [{ tag, value: new Uint8Array(hex(octets)) }] } }
    expect(decoded).toEqual({ kind: 'pdu', pdu })
    expect(encode(pdu)).toEqual(framed(tag, hex(octets)))
  })

  test('alert_on_message_delivery with the octet that SMPP 5.0 gives it is kept as it came', () => {
    expect(decode(framed(0x130c, hex('01')))).toMatchObject({
      pdu: { tlvs: { unknown: [{ tag: 0x130c, value: octets(1) }] } },
    })
  })

  test('ms_validity with the four octets that SMPP 5.0 gives it is read as a number', () => {
    expect(decode(framed(0x1204, hex('00000002')))).toMatchObject({ pdu: { tlvs: { ms_validity: 2 } } })
  })
})

describe('command_status', () => {
  // 5.1.3 of 3.4, and 4.7.6 of 5.0 from 0x100 on.
  const statuses =
    '0:ROK 1:RINVMSGLEN 2:RINVCMDLEN 3:RINVCMDID 4:RINVBNDSTS 5:RALYBND 6:RINVPRTFLG 7:RINVREGDLVFLG 8:RSYSERR ' +
    'a:RINVSRCADR b:RINVDSTADR c:RINVMSGID d:RBINDFAIL e:RINVPASWD f:RINVSYSID 11:RCANCELFAIL 13:RREPLACEFAIL ' +
    '14:RMSGQFUL 15:RINVSERTYP 33:RINVNUMDESTS 34:RINVDLNAME 40:RINVDESTFLAG 42:RINVSUBREP 43:RINVESMCLASS ' +
    '44:RCNTSUBDL 45:RSUBMITFAIL 48:RINVSRCTON 49:RINVSRCNPI 50:RINVDSTTON 51:RINVDSTNPI 53:RINVSYSTYP ' +
    '54:RINVREPFLAG 55:RINVNUMMSGS 58:RTHROTTLED 61:RINVSCHED 62:RINVEXPIRY 63:RINVDFTMSGID 64:RX_T_APPN ' +
    '65:RX_P_APPN 66:RX_R_APPN 67:RQUERYFAIL c0:RINVOPTPARSTREAM c1:ROPTPARNOTALLWD c2:RINVPARLEN ' +
    'c3:RMISSINGOPTPARAM c4:RINVOPTPARAMVAL fe:RDELIVERYFAILURE ff:RUNKNOWNERR ' +
    '100:RSERTYPUNAUTH 101:RPROHIBITED 102:RSERTYPUNAVAIL 103:RSERTYPDENIED 104:RINVDCS 105:RINVSRCADDRSUBUNIT ' +
    '106:RINVDSTADDRSUBUNIT 107:RINVBCASTFREQINT 108:RINVBCASTALIAS_NAME 109:RINVBCASTAREAFMT ' +
    '10a:RINVNUMBCAST_AREAS 10b:RINVBCASTCNTTYPE 10c:RINVBCASTMSGCLASS 10d:RBCASTFAIL 10e:RBCASTQUERYFAIL ' +
    '10f:RBCASTCANCELFAIL 110:RINVBCAST_REP 111:RINVBCASTSRVGRP 112:RINVBCASTCHANIND'
  const rows = statuses.split(' ').map(row => row.split(':') as [string, string])

  test('has every status of the specification by its name', () => {
    expect(commandStatus).toEqual(
      Object.fromEntries(rows.map(([code, name]) => [`ESME_${name}`, Number.parseInt(code, 16)])),
    )
  })

  test.each(rows)('0x%s is ESME_%s in a response, and in words', (code, name) => {
    const status = Number.parseInt(code, 16)

    expect(decode(encode({ command: 'submit_sm_resp', status, sequence: 9 }))).toMatchObject({ pdu: { status } })
    expect(statusName(status)).toBe(`ESME_${name}`)
  })
})
