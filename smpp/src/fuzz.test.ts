// Octets that nobody meant: PDUs of every kind, mutated and cut into pieces at random, and receipts likewise. Each case is
// made of a seed of its own, which a failure prints with the octets; USHER_FUZZ_SEED and USHER_FUZZ_CASES=1 run it alone.
// `npm test` runs 100,000 cases of each kind, `npm run soak` five million.
import { expect, test } from 'vitest'
import { type Decoded, Decoder, decode, EncodeError, encode } from './codec.ts'
import { type CommandName, commands, type FieldRow, type Pdu, type PduInput, type TlvRow, tlvs } from './pdu.ts'
import { type IdForm, normalId, readReceipt } from './receipt.ts'

const cases = Number(process.env.USHER_FUZZ_CASES ?? 100_000)
const firstSeed = Number(process.env.USHER_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
/** A minute for what takes seconds; the timeout is there to end what would hang. */
const timeout = 60_000 + cases / 2

/** Numbers by chance, the same for the same seed (the mixing function of splitmix32). */
class Chance {
  #state: number
  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** From 0 to `below` - 1. */
  upTo(below: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let z = this.#state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return ((z ^ (z >>> 15)) >>> 0) % below
  }

  oneOf<T>(list: readonly T[]): T {
    return list[this.upTo(list.length)]!
  }

  octets(most: number): Uint8Array {
    const octets = new Uint8Array(this.upTo(most + 1))
    for (let i = 0; i < octets.length; i++) octets[i] = this.upTo(256)
    return octets
  }

  /** Characters that a C-Octet String can carry; fewer than `size`, which counts the NUL. */
  string(size: number): string {
    let string = ''
    for (let left = this.upTo(Math.min(size, 24)); left > 0; left--) string += String.fromCharCode(1 + this.upTo(255))
    return string
  }
}

const names = Object.keys(commands) as CommandName[]
const parameters = Object.entries<TlvRow>(tlvs)

function aValue(chance: Chance, [, type, max = 0]: FieldRow): unknown {
  switch (type) {
    case 'int1':
      return chance.upTo(256)
    case 'int4':
      return chance.upTo(2 ** 32)
    case 'cstring':
      return chance.string(max)
    case 'octets':
      return chance.octets(chance.oneOf([0, 10, max]))
    case 'dest_address':
      return Array.from({ length: chance.upTo(5) }, () =>
        chance.upTo(2) === 0
          ? { dest_flag: 1, dest_addr_ton: chance.upTo(256), dest_addr_npi: 1, destination_addr: chance.string(21) }
          : { dest_flag: 2, dl_name: chance.string(21) },
      )
    case 'unsuccess_sme':
      return Array.from({ length: chance.upTo(5) }, () => ({
        dest_addr_ton: 1,
        dest_addr_npi: chance.upTo(256),
        destination_addr: chance.string(21),
        error_status_code: chance.upTo(2 ** 32),
      }))
  }
}

function aParameter(chance: Chance, [, type, max = 300]: TlvRow): unknown {
  switch (type) {
    case 'int1':
      return chance.upTo(256)
    case 'int2':
      return chance.upTo(65_536)
    case 'int4':
      return chance.upTo(2 ** 32)
    case 'cstring':
      return chance.string(max)
    case 'octets':
      return chance.octets(Math.min(max, 300))
    case 'flag':
      return true
    case 'int1s':
      return Array.from({ length: 1 + chance.upTo(3) }, () => chance.upTo(256))
    case 'octetss':
      return Array.from({ length: 1 + chance.upTo(3) }, () => chance.octets(max))
  }
}

function aPdu(chance: Chance): Pdu {
  const command = chance.oneOf(names)
  const rows: readonly FieldRow[] = commands[command].fields
  const pdu: Record<string, unknown> = {
    command,
    status: chance.oneOf([0, 0, 0x58, 0xffffffff]),
    sequence: chance.upTo(2 ** 31),
  }
  for (const row of rows) pdu[row[0]] = aValue(chance, row)
  const found: Record<string, unknown> = {}
  for (let count = chance.upTo(4); count > 0; count--) {
    const [name, row] = chance.oneOf(parameters)
    found[name] = aParameter(chance, row)
  }
  if (chance.upTo(8) === 0) found.unknown = [{ tag: 0x1400 + chance.upTo(0x3000), value: chance.octets(20) }]
  if (Object.keys(found).length > 0) pdu.tlvs = found
  // Those two have it always, be it undefined.
  else if (command === 'submit_sm' || command === 'deliver_sm') pdu.tlvs = undefined
  return pdu as unknown as Pdu // made from the table that the type is derived from
}

/** Octets where a mistake tells: lengths, counts, ends of strings, signs. */
const telling = [0, 1, 2, 4, 15, 16, 17, 127, 128, 254, 255]

function mutate(chance: Chance, whole: Buffer): Buffer {
  let bytes = Buffer.from(whole)
  for (let times = chance.upTo(6); times > 0 && bytes.length > 0; times--) {
    const at = chance.upTo(bytes.length)
    switch (chance.upTo(7)) {
      case 0:
        bytes[at]! ^= 1 << chance.upTo(8)
        break
      case 1:
        bytes[at] = chance.oneOf(telling)
        break
      case 2:
        bytes = bytes.subarray(0, at)
        break
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), chance.octets(8), bytes.subarray(at)])
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + chance.upTo(8))])
        break
      case 5:
        bytes = Buffer.concat([bytes, bytes.subarray(at, at + 40)])
        break
      default:
        if (bytes.length >= 4)
          bytes.writeUInt32BE(chance.oneOf([0, 16, bytes.length, bytes.length + 1, 65_536, 2 ** 32 - 1]), 0)
    }
  }
  // Most often the frame is made to fit again, so that what is wrong is inside of it.
  if (bytes.length >= 16 && chance.upTo(4) > 0) bytes.writeUInt32BE(bytes.length, 0)
  return bytes
}

function takeAll(decoder: Decoder, most: number): Decoded[] {
  const all: Decoded[] = []
  for (let one = decoder.next(); one !== undefined; one = decoder.next()) {
    all.push(one)
    if (one.kind === 'framing') break
    if (all.length > most) throw new Error('more PDUs than fit into the octets')
  }
  return all
}

/** As `isDeepStrictEqual`, for what PDUs are made of; that one would take most of the time. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other
  if (one instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(one, other) === 0
  const names = Object.keys(one)
  if (names.length !== Object.keys(other).length || Array.isArray(one) !== Array.isArray(other)) return false
  for (const name of names) if (!(name in other) || !isSame((one as Loose)[name], (other as Loose)[name])) return false
  return true
}
type Loose = Record<string, unknown>

/** How many octets and characters a value holds. */
function held(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (value instanceof Uint8Array) return value.length
  if (typeof value !== 'object' || value === null) return 0
  let sum = 0
  for (const name in value) sum += held((value as Loose)[name])
  return sum
}

function check(isTrue: boolean, what: string) {
  if (!isTrue) throw new Error(what)
}

/** Runs a case for each seed. `made` is what it was made of, to be shown when the case fails. */
function fuzz(what: string, runCase: (chance: Chance, made: (bytes: Uint8Array) => void) => void) {
  test(
    what,
    () => {
      for (let i = 0; i < cases; i++) {
        const seed = firstSeed + i
        let bytes: Uint8Array | undefined
        try {
          runCase(new Chance(seed), octets => {
            bytes = octets
          })
        } catch (cause) {
          const shown = bytes === undefined ? 'nothing' : Buffer.from(bytes).toString('hex')
          throw new Error(`USHER_FUZZ_SEED=${seed} made ${shown}: ${(cause as Error).message}`, { cause })
        }
      }
      // Each case has thrown on what it found wrong.
      expect(cases).toBeGreaterThan(0)
    },
    timeout,
  )
}

fuzz('any PDU comes back as it was written', (chance, made) => {
  const pdu = aPdu(chance)
  const bytes = encode(pdu)
  made(bytes)

  const decoded = decode(bytes)

  check(isSame(decoded, { kind: 'pdu', pdu }), 'it is read as something else')
})

fuzz('mutated PDUs are read, refused or the end of the stream, however they are cut', (chance, made) => {
  const stream = Buffer.concat(Array.from({ length: 1 + chance.upTo(2) }, () => mutate(chance, encode(aPdu(chance)))))
  made(stream)
  const most = stream.length / 16

  const whole = new Decoder()
  whole.push(stream)
  const all = takeAll(whole, most)

  const cut = new Decoder()
  const pieces: Decoded[] = []
  for (let at = 0; at < stream.length && pieces.at(-1)?.kind !== 'framing'; ) {
    const to = at + 1 + chance.upTo(chance.oneOf([2, 30, 300]))
    cut.push(stream.subarray(at, to))
    if (chance.upTo(3) > 0) pieces.push(...takeAll(cut, most))
    at = to
  }
  if (pieces.at(-1)?.kind !== 'framing') pieces.push(...takeAll(cut, most))

  check(isSame(pieces, all), 'cut into pieces it was read as something else')
  check(held(all) <= stream.length + all.length * 150, 'what was read is more than what was sent')
  for (const one of all) if (one.kind === 'pdu') checkPdu(one.pdu)
})

function checkPdu(pdu: Pdu) {
  if (pdu.command === 'deliver_sm' || pdu.command === 'data_sm') readReceipt(pdu)
  let again: Buffer
  try {
    again = encode(pdu)
  } catch (error) {
    // Reading is lenient: others' strings may be longer, and their numbers wider, than what we may write.
    if (error instanceof EncodeError) return
    throw error
  }
  const decoded = decode(again)
  check(decoded?.kind === 'pdu' && isSame(decoded.pdu, pdu), 'written again it is something else')
}

const labels = [
  'id',
  'sub',
  'dlvrd',
  'submit date',
  'done date',
  'stat',
  'err',
  'text',
  'Text',
  'STAT',
  'done_date',
  'Id',
  'smsc',
]
const values = [
  '',
  '0',
  '001',
  '00ff',
  '2611230830',
  '261123083059',
  '20261123083059',
  'DELIVRD',
  'UNDELIV',
  'DND_REJECTED',
  '21b',
  'id:7',
]
const gaps = [' ', '  ', '\t', '\n', '\r\n', '\0', '', ':', ' : ', ',']

fuzz('receipts in any form are read or are none', (chance, made) => {
  const pieces: string[] = []
  for (let count = chance.upTo(14); count > 0; count--)
    pieces.push(
      chance.oneOf(labels),
      chance.oneOf([':', ':', ':', ' :', '']),
      chance.oneOf(gaps),
      chance.oneOf(values),
      chance.oneOf(gaps),
    )
  let octets: Buffer = Buffer.from(pieces.join(''), 'latin1')
  if (chance.upTo(2) === 0) octets = mutate(chance, octets)
  made(octets)
  const found =
    chance.upTo(3) > 0 ? undefined : { receipted_message_id: chance.string(65), message_state: chance.upTo(12) }
  const pdu: PduInput = {
    command: 'deliver_sm',
    esm_class: chance.oneOf([0, 4, 0x20, 0x44, 0xff]),
    data_coding: chance.oneOf([0, 1, 3, 8, 0xff]),
    tlvs: octets.length > 254 ? { ...found, message_payload: octets } : found,
    short_message: octets.length > 254 ? new Uint8Array(0) : octets,
  }
  const decoded = decode(encode(pdu))
  if (decoded?.kind !== 'pdu' || decoded.pdu.command !== 'deliver_sm')
    throw new Error('it was not read as a deliver_sm')

  const receipt = readReceipt(decoded.pdu)

  if (receipt === undefined) return
  check(receipt.id !== '', 'a receipt for nothing')
  check(!/[\s\0]/.test(receipt.stat + (receipt.err ?? '')), 'a field with a gap in it')
  check(receipt.doneAt === undefined || /^(\d{10}|\d{12}|\d{14})$/.test(receipt.doneAt), 'a date that is none')
  check(held(receipt) <= octets.length + 100, 'more was read than was written')
  if (found?.receipted_message_id) check(receipt.id === found.receipted_message_id, 'the text beat the parameter')
  for (const form of ['as_is', 'decimal', 'hexadecimal'] satisfies IdForm[]) normalId(receipt.id, form)
})

test('octets announced and not sent take no memory', () => {
  const before = process.memoryUsage().arrayBuffers
  const decoders = Array.from({ length: 1_000 }, () => new Decoder({ maxLength: 2 ** 32 }))

  for (const decoder of decoders) {
    decoder.push(Buffer.from('fffffff000000004', 'hex'))
    decoder.next()
    decoder.push(Buffer.from('00000000', 'hex'))
    decoder.next()
  }

  // Each keeps the 12 octets that came, and room for as many as usually come next.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2_000 * decoders.length)
  expect(decoders.map(decoder => decoder.next())).toEqual(decoders.map(() => undefined))
})
