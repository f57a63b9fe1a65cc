// Reads the MaxMind DB file format 2.0 (maxmind.github.io/MaxMind-DB), in which data about addresses is published: a binary
// tree over the bits of an address, whose leaves point at values. The file stays on disk (paged-file.ts).
import type { PagedFile } from './paged-file.ts'

export type Value = string | number | boolean | bigint | Buffer | Value[] | { [name: string]: Value }

export interface Mmdb {
  builtAt: Date
  /** Of 4 or 16 bytes. Null where the file has nothing about it. */
  get(address: readonly number[]): Value | null
}

const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
const mostOfMetadata = 128 * 1_024
/** A broken file may point in circles. */
const deepest = 32

/** Throws where the file is none of this format. */
export function openMmdb(file: PagedFile): Mmdb {
  const length = Math.min(file.size, mostOfMetadata)
  const tail = Buffer.from(file.bytes(file.size - length, length))
  const at = tail.lastIndexOf(marker)
  if (at === -1) throw new Error('It is not a MaxMind DB file.')
  const metadataAt = file.size - length + at + marker.length
  const metadata = decoder(file, metadataAt)(metadataAt) as Record<string, Value>
  const number = (name: string) => {
    const value = Number(metadata[name])
    if (!Number.isSafeInteger(value)) throw new Error(`Its metadata has no ${name}.`)
    return value
  }
  const nodes = number('node_count')
  const recordBits = number('record_size')
  const isIPv4 = number('ip_version') === 4
  if (number('binary_format_major_version') !== 2 || ![24, 28, 32].includes(recordBits))
    throw new Error('It is of a version that is not read here.')
  const nodeBytes = recordBits / 4
  const treeBytes = nodes * nodeBytes
  if (treeBytes + 16 > file.size) throw new Error('It is cut short.')
  const decode = decoder(file, treeBytes + 16)

  const child = (node: number, isRight: boolean): number => {
    const bytes = file.bytes(node * nodeBytes, nodeBytes)
    if (recordBits === 24) return bytes.readUIntBE(isRight ? 3 : 0, 3)
    if (recordBits === 32) return bytes.readUInt32BE(isRight ? 4 : 0)
    // 28 bits: the byte in the middle has the high half of each.
    return isRight
      ? (bytes[3]! & 0x0f) * 0x1000000 + bytes.readUIntBE(4, 3)
      : (bytes[3]! >> 4) * 0x1000000 + bytes.readUIntBE(0, 3)
  }
  return {
    builtAt: new Date(Number(metadata.build_epoch ?? 0) * 1_000),
    get(address) {
      if (isIPv4 && address.length !== 4) return null
      // In a tree of both, an address of IPv4 stands behind 96 zeros.
      const bytes = isIPv4 || address.length === 16 ? address : [...Array<number>(12).fill(0), ...address]
      let node = 0
      for (let bit = 0; bit < bytes.length * 8 && node < nodes; bit++)
        node = child(node, ((bytes[bit >> 3]! >> (7 - (bit & 7))) & 1) === 1)
      return node <= nodes ? null : decode(node - nodes + treeBytes)
    },
  }
}

/** Decodes the value at a place of the file; pointers count from `base`. */
function decoder(file: PagedFile, base: number): (at: number) => Value {
  let next = 0
  const uint = (bytes: Buffer) => bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  const take = (length: number) => {
    next += length
    return file.bytes(next - length, length)
  }
  function value(depth: number): Value {
    if (depth > deepest) throw new Error('It points in circles.')
    const control = take(1)[0]!
    let type = control >> 5
    if (type === 1) {
      const size = (control >> 3) & 3
      const low = control & 7
      const pointed =
        size === 3 ? uint(take(4)) : low * 256 ** (size + 1) + uint(take(size + 1)) + [0, 2_048, 526_336][size]!
      const back = next
      next = base + pointed
      const found = value(depth + 1)
      next = back
      return found
    }
    if (type === 0) type = 7 + take(1)[0]!
    let size = control & 31
    if (size === 29) size = 29 + uint(take(1))
    else if (size === 30) size = 285 + uint(take(2))
    else if (size === 31) size = 65_821 + uint(take(3))
    switch (type) {
      case 2:
        return take(size).toString('utf8')
      case 3:
        return take(8).readDoubleBE()
      case 4:
        return Buffer.from(take(size))
      case 5:
      case 6:
        return uint(take(size))
      case 7: {
        const map: Record<string, Value> = {}
        for (let i = 0; i < size; i++) {
          const name = String(value(depth + 1))
          map[name] = value(depth + 1)
        }
        return map
      }
      case 8:
        return size === 0 ? 0 : uint(take(size)) | 0
      case 9:
      case 10:
        return take(size).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
      case 11:
        return Array.from({ length: size }, () => value(depth + 1))
      case 14:
        return size === 1
      case 15:
        return take(4).readFloatBE()
      default:
        throw new Error(`It has a value of type ${type}, which is not of the format.`)
    }
  }
  return at => {
    next = at
    return value(0)
  }
}
