/**
 * Every PDU and every optional parameter (TLV) of SMPP 3.4, as rows of two tables. The codec reads the rows, and the
 * types below are derived from them, so what is written here once is what is encoded, decoded and checked by the
 * compiler. Names are those of the specification; clause numbers refer to "Short Message Peer to Peer Protocol
 * Specification v3.4, Issue 1.2". Of SMPP 5.0 there is what a peer may say to us unasked and we act on or show; the rest
 * of it is kept as `unknown` (optional parameters) or refused by name (its broadcast commands).
 */

/** One address of submit_multi (4.5.1.1): an SME address (dest_flag 1) or the name of a distribution list (dest_flag 2). */
export type DestAddress =
  | { dest_flag: 1; dest_addr_ton: number; dest_addr_npi: number; destination_addr: string }
  | { dest_flag: 2; dl_name: string }

/** One address that submit_multi could not submit to (4.5.2.1). */
export interface UnsuccessSme {
  dest_addr_ton: number
  dest_addr_npi: number
  destination_addr: string
  error_status_code: number
}

/** An optional parameter that is not in the table, is repeated, or whose length does not suit its type: kept as it came. */
export interface UnknownTlv {
  tag: number
  value: Uint8Array
}

/** What each type of a mandatory field holds in JavaScript (3.1). */
interface FieldValues {
  int1: number
  int4: number
  /** C-Octet String: ends with NUL on the wire. The third column of a row is its greatest size, NUL included. */
  cstring: string
  /** A length octet, then as many octets: `sm_length` and `short_message`. */
  octets: Uint8Array
  /** A count octet, then as many addresses: `number_of_dests` and `dest_address`. */
  dest_address: DestAddress[]
  /** A count octet, then as many failures: `no_unsuccess` and `unsuccess_sme`. */
  unsuccess_sme: UnsuccessSme[]
}

export type FieldType = keyof FieldValues
export type FieldRow = readonly [name: string, type: FieldType, max?: number]

const bind = [
  ['system_id', 'cstring', 16],
  ['password', 'cstring', 9],
  ['system_type', 'cstring', 13],
  ['interface_version', 'int1'],
  ['addr_ton', 'int1'],
  ['addr_npi', 'int1'],
  ['address_range', 'cstring', 41],
] as const

const source = [
  ['source_addr_ton', 'int1'],
  ['source_addr_npi', 'int1'],
  ['source_addr', 'cstring', 21],
] as const

const destination = [
  ['dest_addr_ton', 'int1'],
  ['dest_addr_npi', 'int1'],
  ['destination_addr', 'cstring', 21],
] as const

const howToSend = [
  ['esm_class', 'int1'],
  ['protocol_id', 'int1'],
  ['priority_flag', 'int1'],
  ['schedule_delivery_time', 'cstring', 17],
  ['validity_period', 'cstring', 17],
  ['registered_delivery', 'int1'],
  ['replace_if_present_flag', 'int1'],
  ['data_coding', 'int1'],
  ['sm_default_msg_id', 'int1'],
  ['short_message', 'octets', 254],
] as const

const message = [['service_type', 'cstring', 6], ...source, ...destination, ...howToSend] as const

/** command_id (5.1.2.1) and mandatory fields, in the order of the wire. */
export const commands = {
  // 4.1 BIND
  bind_transmitter: { id: 0x00000002, fields: bind },
  bind_transmitter_resp: { id: 0x80000002, fields: [['system_id', 'cstring', 16]] },
  bind_receiver: { id: 0x00000001, fields: bind },
  bind_receiver_resp: { id: 0x80000001, fields: [['system_id', 'cstring', 16]] },
  bind_transceiver: { id: 0x00000009, fields: bind },
  bind_transceiver_resp: { id: 0x80000009, fields: [['system_id', 'cstring', 16]] },
  outbind: {
    id: 0x0000000b,
    fields: [
      ['system_id', 'cstring', 16],
      ['password', 'cstring', 9],
    ],
  },
  // 4.2 UNBIND
  unbind: { id: 0x00000006, fields: [] },
  unbind_resp: { id: 0x80000006, fields: [] },
  // 4.3 GENERIC_NACK
  generic_nack: { id: 0x80000000, fields: [] },
  // 4.4 SUBMIT_SM
  submit_sm: { id: 0x00000004, fields: message },
  submit_sm_resp: { id: 0x80000004, fields: [['message_id', 'cstring', 65]] },
  // 4.5 SUBMIT_MULTI
  submit_multi: {
    id: 0x00000021,
    fields: [['service_type', 'cstring', 6], ...source, ['dest_address', 'dest_address', 254], ...howToSend],
  },
  submit_multi_resp: {
    id: 0x80000021,
    fields: [
      ['message_id', 'cstring', 65],
      ['unsuccess_sme', 'unsuccess_sme', 255],
    ],
  },
  // 4.6 DELIVER_SM
  deliver_sm: { id: 0x00000005, fields: message },
  deliver_sm_resp: { id: 0x80000005, fields: [['message_id', 'cstring', 65]] },
  // 4.7 DATA_SM: its addresses may be longer than those of submit_sm.
  data_sm: {
    id: 0x00000103,
    fields: [
      ['service_type', 'cstring', 6],
      ['source_addr_ton', 'int1'],
      ['source_addr_npi', 'int1'],
      ['source_addr', 'cstring', 65],
      ['dest_addr_ton', 'int1'],
      ['dest_addr_npi', 'int1'],
      ['destination_addr', 'cstring', 65],
      ['esm_class', 'int1'],
      ['registered_delivery', 'int1'],
      ['data_coding', 'int1'],
    ],
  },
  data_sm_resp: { id: 0x80000103, fields: [['message_id', 'cstring', 65]] },
  // 4.8 QUERY_SM
  query_sm: { id: 0x00000003, fields: [['message_id', 'cstring', 65], ...source] },
  query_sm_resp: {
    id: 0x80000003,
    fields: [
      ['message_id', 'cstring', 65],
      ['final_date', 'cstring', 17],
      ['message_state', 'int1'],
      ['error_code', 'int1'],
    ],
  },
  // 4.9 CANCEL_SM
  cancel_sm: {
    id: 0x00000008,
    fields: [['service_type', 'cstring', 6], ['message_id', 'cstring', 65], ...source, ...destination],
  },
  cancel_sm_resp: { id: 0x80000008, fields: [] },
  // 4.10 REPLACE_SM
  replace_sm: {
    id: 0x00000007,
    fields: [
      ['message_id', 'cstring', 65],
      ...source,
      ['schedule_delivery_time', 'cstring', 17],
      ['validity_period', 'cstring', 17],
      ['registered_delivery', 'int1'],
      ['sm_default_msg_id', 'int1'],
      ['short_message', 'octets', 254],
    ],
  },
  replace_sm_resp: { id: 0x80000007, fields: [] },
  // 4.11 ENQUIRE_LINK
  enquire_link: { id: 0x00000015, fields: [] },
  enquire_link_resp: { id: 0x80000015, fields: [] },
  // 4.12 ALERT_NOTIFICATION
  alert_notification: {
    id: 0x00000102,
    fields: [
      ['source_addr_ton', 'int1'],
      ['source_addr_npi', 'int1'],
      ['source_addr', 'cstring', 65],
      ['esme_addr_ton', 'int1'],
      ['esme_addr_npi', 'int1'],
      ['esme_addr', 'cstring', 65],
    ],
  },
} as const satisfies Record<string, { id: number; fields: readonly FieldRow[] }>

/** What each type of an optional parameter holds in JavaScript. */
interface TlvValues {
  int1: number
  int2: number
  int4: number
  cstring: string
  octets: Uint8Array
  /** No value: its presence is the statement. */
  flag: true
  /** May be given several times (5.3.2.36 to 5.3.2.38). */
  int1s: number[]
  octetss: Uint8Array[]
}

export type TlvType = keyof TlvValues
export type TlvRow = readonly [tag: number, type: TlvType, max?: number]

/** Optional parameters (5.3.2): tag, type, and the greatest length where the specification sets one. */
export const tlvs = {
  dest_addr_subunit: [0x0005, 'int1'], // 5.3.2.1
  source_addr_subunit: [0x000d, 'int1'], // 5.3.2.2
  dest_network_type: [0x0006, 'int1'], // 5.3.2.3
  source_network_type: [0x000e, 'int1'], // 5.3.2.4
  dest_bearer_type: [0x0007, 'int1'], // 5.3.2.5
  source_bearer_type: [0x000f, 'int1'], // 5.3.2.6
  dest_telematics_id: [0x0008, 'int2'], // 5.3.2.7
  source_telematics_id: [0x0010, 'int1'], // 5.3.2.8
  qos_time_to_live: [0x0017, 'int4'], // 5.3.2.9
  payload_type: [0x0019, 'int1'], // 5.3.2.10
  additional_status_info_text: [0x001d, 'cstring', 256], // 5.3.2.11
  receipted_message_id: [0x001e, 'cstring', 65], // 5.3.2.12
  ms_msg_wait_facilities: [0x0030, 'int1'], // 5.3.2.13
  privacy_indicator: [0x0201, 'int1'], // 5.3.2.14
  source_subaddress: [0x0202, 'octets', 23], // 5.3.2.15
  dest_subaddress: [0x0203, 'octets', 23], // 5.3.2.16
  user_message_reference: [0x0204, 'int2'], // 5.3.2.17
  user_response_code: [0x0205, 'int1'], // 5.3.2.18
  language_indicator: [0x020d, 'int1'], // 5.3.2.19
  source_port: [0x020a, 'int2'], // 5.3.2.20
  destination_port: [0x020b, 'int2'], // 5.3.2.21
  sar_msg_ref_num: [0x020c, 'int2'], // 5.3.2.22
  sar_total_segments: [0x020e, 'int1'], // 5.3.2.23
  sar_segment_seqnum: [0x020f, 'int1'], // 5.3.2.24
  sc_interface_version: [0x0210, 'int1'], // 5.3.2.25
  display_time: [0x1201, 'int1'], // 5.3.2.26
  ms_validity: [0x1204, 'int1'], // 5.3.2.27
  dpf_result: [0x0420, 'int1'], // 5.3.2.28
  set_dpf: [0x0421, 'int1'], // 5.3.2.29
  ms_availability_status: [0x0422, 'int1'], // 5.3.2.30
  network_error_code: [0x0423, 'octets', 3], // 5.3.2.31
  message_payload: [0x0424, 'octets'], // 5.3.2.32
  delivery_failure_reason: [0x0425, 'int1'], // 5.3.2.33
  more_messages_to_send: [0x0426, 'int1'], // 5.3.2.34
  message_state: [0x0427, 'int1'], // 5.3.2.35
  callback_num: [0x0381, 'octetss', 19], // 5.3.2.36
  callback_num_pres_ind: [0x0302, 'int1s'], // 5.3.2.37
  callback_num_atag: [0x0303, 'octetss', 65], // 5.3.2.38
  number_of_messages: [0x0304, 'int1'], // 5.3.2.39
  sms_signal: [0x1203, 'int2'], // 5.3.2.40
  alert_on_message_delivery: [0x130c, 'flag'], // 5.3.2.41
  its_reply_type: [0x1380, 'int1'], // 5.3.2.42
  its_session_info: [0x1383, 'octets', 2], // 5.3.2.43
  ussd_service_op: [0x0501, 'int1'], // 5.3.2.44
  // SMPP 5.0, 4.8.4.18: how busy the SMSC is, in percent; it comes in responses.
  congestion_state: [0x0428, 'int1'],
} as const satisfies Record<string, TlvRow>

export type CommandName = keyof typeof commands
export type TlvName = keyof typeof tlvs

type Flat<T> = { [K in keyof T]: T[K] }

/** The mandatory fields of one command. */
export type FieldsOf<C extends CommandName> = {
  [R in (typeof commands)[C]['fields'][number] as R[0]]: FieldValues[R[1]]
}

export type Tlvs = { [N in TlvName]?: TlvValues[(typeof tlvs)[N][1]] | undefined } & {
  unknown?: UnknownTlv[] | undefined
}

/** One PDU of one command, as decoded: every mandatory field is there. */
export type PduOf<C extends CommandName> = Flat<
  { command: C; status: number; sequence: number } & FieldsOf<C> & { tlvs?: Tlvs | undefined }
>

/** What a caller gives to have a PDU of one command written; what is left out is zero or empty. */
export type InputOf<C extends CommandName> = Flat<
  { command: C; status?: number; sequence?: number } & Partial<FieldsOf<C>> & { tlvs?: Tlvs | undefined }
>

export type Pdu = { [C in CommandName]: PduOf<C> }[CommandName]
export type PduInput = { [C in CommandName]: InputOf<C> }[CommandName]

export type SubmitSm = PduOf<'submit_sm'>
export type SubmitSmResp = PduOf<'submit_sm_resp'>
export type DeliverSm = PduOf<'deliver_sm'>
export type DataSm = PduOf<'data_sm'>
export type BindPdu = PduOf<'bind_receiver'> | PduOf<'bind_transmitter'> | PduOf<'bind_transceiver'>

/** Bit 31 of command_id marks a response (5.1.2). */
export const responseBit = 0x80000000

export const isResponse = (commandId: number) => commandId >= responseBit

/** esm_class (5.2.12), the bits we read and write. */
export const esmClass = {
  /** Bits 5 to 2: the type of message. */
  typeMask: 0x3c,
  receipt: 0x04,
  intermediateNotification: 0x20,
  /** Bit 6: short_message or message_payload starts with a user data header. */
  udhi: 0x40,
  replyPath: 0x80,
} as const

/** registered_delivery (5.2.17). */
export const registeredDelivery = {
  none: 0x00,
  finalReceipt: 0x01,
  failureReceipt: 0x02,
} as const

/** command_status (5.1.3). */
export const commandStatus = {
  ESME_ROK: 0x00000000,
  ESME_RINVMSGLEN: 0x00000001,
  ESME_RINVCMDLEN: 0x00000002,
  ESME_RINVCMDID: 0x00000003,
  ESME_RINVBNDSTS: 0x00000004,
  ESME_RALYBND: 0x00000005,
  ESME_RINVPRTFLG: 0x00000006,
  ESME_RINVREGDLVFLG: 0x00000007,
  ESME_RSYSERR: 0x00000008,
  ESME_RINVSRCADR: 0x0000000a,
  ESME_RINVDSTADR: 0x0000000b,
  ESME_RINVMSGID: 0x0000000c,
  ESME_RBINDFAIL: 0x0000000d,
  ESME_RINVPASWD: 0x0000000e,
  ESME_RINVSYSID: 0x0000000f,
  ESME_RCANCELFAIL: 0x00000011,
  ESME_RREPLACEFAIL: 0x00000013,
  ESME_RMSGQFUL: 0x00000014,
  ESME_RINVSERTYP: 0x00000015,
  ESME_RINVNUMDESTS: 0x00000033,
  ESME_RINVDLNAME: 0x00000034,
  ESME_RINVDESTFLAG: 0x00000040,
  ESME_RINVSUBREP: 0x00000042,
  ESME_RINVESMCLASS: 0x00000043,
  ESME_RCNTSUBDL: 0x00000044,
  ESME_RSUBMITFAIL: 0x00000045,
  ESME_RINVSRCTON: 0x00000048,
  ESME_RINVSRCNPI: 0x00000049,
  ESME_RINVDSTTON: 0x00000050,
  ESME_RINVDSTNPI: 0x00000051,
  ESME_RINVSYSTYP: 0x00000053,
  ESME_RINVREPFLAG: 0x00000054,
  ESME_RINVNUMMSGS: 0x00000055,
  ESME_RTHROTTLED: 0x00000058,
  ESME_RINVSCHED: 0x00000061,
  ESME_RINVEXPIRY: 0x00000062,
  ESME_RINVDFTMSGID: 0x00000063,
  ESME_RX_T_APPN: 0x00000064,
  ESME_RX_P_APPN: 0x00000065,
  ESME_RX_R_APPN: 0x00000066,
  ESME_RQUERYFAIL: 0x00000067,
  ESME_RINVOPTPARSTREAM: 0x000000c0,
  ESME_ROPTPARNOTALLWD: 0x000000c1,
  ESME_RINVPARLEN: 0x000000c2,
  ESME_RMISSINGOPTPARAM: 0x000000c3,
  ESME_RINVOPTPARAMVAL: 0x000000c4,
  ESME_RDELIVERYFAILURE: 0x000000fe,
  ESME_RUNKNOWNERR: 0x000000ff,
  // SMPP 5.0, 4.7.6
  ESME_RSERTYPUNAUTH: 0x00000100,
  ESME_RPROHIBITED: 0x00000101,
  ESME_RSERTYPUNAVAIL: 0x00000102,
  ESME_RSERTYPDENIED: 0x00000103,
  ESME_RINVDCS: 0x00000104,
  ESME_RINVSRCADDRSUBUNIT: 0x00000105,
  ESME_RINVDSTADDRSUBUNIT: 0x00000106,
  ESME_RINVBCASTFREQINT: 0x00000107,
  ESME_RINVBCASTALIAS_NAME: 0x00000108,
  ESME_RINVBCASTAREAFMT: 0x00000109,
  ESME_RINVNUMBCAST_AREAS: 0x0000010a,
  ESME_RINVBCASTCNTTYPE: 0x0000010b,
  ESME_RINVBCASTMSGCLASS: 0x0000010c,
  ESME_RBCASTFAIL: 0x0000010d,
  ESME_RBCASTQUERYFAIL: 0x0000010e,
  ESME_RBCASTCANCELFAIL: 0x0000010f,
  ESME_RINVBCAST_REP: 0x00000110,
  ESME_RINVBCASTSRVGRP: 0x00000111,
  ESME_RINVBCASTCHANIND: 0x00000112,
} as const

export type StatusName = keyof typeof commandStatus

const statusNames = new Map<number, string>(Object.entries(commandStatus).map(([name, status]) => [status, name]))

/** The specification's name of a status; an SMSC's own (0x400 to 0x4FF, 5.1.3) and reserved ones come as hexadecimal. */
export const statusName = (status: number): string =>
  statusNames.get(status) ?? `0x${(status >>> 0).toString(16).padStart(8, '0')}`
