// PDUs to octets and back, next to the npm package `smpp`: the same two PDUs, each side by its own natural API, in
// alternating rounds.
import { createRequire } from 'node:module'
import { Decoder, encodeInto } from '@usher/smpp/codec'
import { decodeText, toGsm } from '@usher/smpp/gsm'
import type { PduInput } from '@usher/smpp/pdu'
import { median, type Row } from './results.ts'
import { say } from './rig.ts'

interface PeerPdu {
  short_message: { message: string }
  toBuffer(): Buffer
}
interface Peer {
  PDU: { new (command: string, fields: object): PeerPdu; fromBuffer(octets: Buffer): PeerPdu }
}
const load = createRequire(import.meta.url)
const { PDU }: Peer = load('smpp')
const peerName = `smpp ${load('smpp/package.json').version}`

/** 100 septets, one octet each on the wire. */
const text =
  'Orpheum: the second season of Tide is here tonight. Watch on orpheum.example. Reply STOP to end it.'.padEnd(100, '!')

const addresses = {
  source_addr_ton: 3,
  source_addr: '67743',
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: '447400000001',
  registered_delivery: 1,
}
const pdus = {
  submit_sm: {
    fields: { ...addresses, validity_period: '000000120000000R' },
    tlvs: { user_message_reference: 4_711, source_port: 5_000 },
  },
  deliver_sm: {
    fields: { ...addresses, esm_class: 4 },
    tlvs: { receipted_message_id: '1790000000000001', message_state: 2 },
  },
} as const

type Command = keyof typeof pdus
type Side = (command: Command, times: number) => string | Uint8Array

const octets = Buffer.from(toGsm(text)!)
const shared = Buffer.alloc(65_536)
const decoder = new Decoder()

/** Encodes into a shared buffer and decodes from it. `what` is octets, or a text that is turned into octets and back. */
const ours =
  (what: Buffer | string): Side =>
  (command, times) => {
    const { fields, tlvs } = pdus[command]
    let read: string | Uint8Array = ''
    for (let i = 0; i < times; i++) {
      const short_message = typeof what === 'string' ? toGsm(what)! : what
      const pdu = { command, ...fields, short_message, tlvs } as PduInput // one literal for two commands
      const end = encodeInto(pdu, shared, 0, i + 1)
      decoder.push(shared.subarray(0, end))
      const decoded = decoder.next()
      if (decoded?.kind !== 'pdu' || (decoded.pdu.command !== 'submit_sm' && decoded.pdu.command !== 'deliver_sm'))
        throw new Error('not read back')
      read =
        typeof what === 'string'
          ? decodeText(decoded.pdu.data_coding, decoded.pdu.short_message)
          : decoded.pdu.short_message
    }
    return read
  }

/** The peer takes either, and always gives a text. */
const theirs =
  (what: Buffer | string): Side =>
  (command, times) => {
    const { fields, tlvs } = pdus[command]
    let read = ''
    for (let i = 0; i < times; i++) {
      const written = new PDU(command, { ...fields, short_message: what, ...tlvs, sequence_number: i + 1 }).toBuffer()
      read = PDU.fromBuffer(written).short_message.message
    }
    return read
  }

const rounds = 9

export function codec(command: Command) {
  return async (scale: number): Promise<Row[]> => {
    const sides = [
      { work: ours(octets), times: 400_000 / scale, expected: octets, rates: [] as number[] },
      { work: theirs(octets), times: 40_000 / scale, expected: text, rates: [] as number[] },
      { work: ours(text), times: 200_000 / scale, expected: text, rates: [] as number[] },
      { work: theirs(text), times: 40_000 / scale, expected: text, rates: [] as number[] },
    ] as const
    for (
      let round = -2;
      round < rounds;
      round++ // two rounds to warm up
    )
      for (const { work, times, expected, rates } of sides) {
        const before = process.cpuUsage()
        const read = work(command, times)
        const { user, system } = process.cpuUsage(before)
        if (Buffer.compare(Buffer.from(read), Buffer.from(expected)) !== 0)
          throw new Error('what was read is not what was written')
        if (round >= 0) rates.push((times * 1e6) / (user + system))
      }
    const [ourOctets, theirOctets, ourText, theirText] = sides.map(({ rates }) => median(rates)) as [
      number,
      number,
      number,
      number,
    ]
    say(
      `  ${Math.round(ourOctets)} against ${Math.round(theirOctets)}, with the text ${Math.round(ourText)} against ${Math.round(theirText)}`,
    )
    const how = `100 septets, 2 TLVs; median of ${rounds} alternating rounds, by time on a core`
    return [
      {
        key: `codec.${command}`,
        value: ourOctets,
        unit: 'PDUs/s',
        goal: '>= 10x',
        peer: { name: peerName, value: theirOctets },
        note: `encode and decode, given octets; the peer can't be kept from making a text of them; ${how}`,
      },
      {
        key: `codec.${command}.text`,
        value: ourText,
        unit: 'PDUs/s',
        goal: null,
        peer: { name: peerName, value: theirText },
        note: `encode and decode, from text to text; ${how}`,
      },
    ]
  }
}
