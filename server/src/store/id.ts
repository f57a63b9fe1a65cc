// Identifiers that sort by time: UUID version 7 (RFC 9562, 5.7), so that new rows share pages and lists page by id.
import { randomFillSync } from 'node:crypto'

const pool = Buffer.alloc(4096)
let used = pool.length
let lastMs = 0
let counter = 0

/** A new id for a thing of this moment. Ids of one process sort in the order they were made, also within a millisecond. */
export function newId(at: Date): string {
  if (used + 8 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const ms = at.getTime()
  if (ms > lastMs) {
    lastMs = ms
    counter = pool[used]! & 0x3f
  } else if (++counter > 0xfff) {
    lastMs++
    counter = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const sequence = (0x7000 | counter).toString(16)
  const high = (0x8000 | (pool.readUInt16BE(used) & 0x3fff)).toString(16)
  const low = pool.toString('hex', used + 2, used + 8)
  used += 8
  return `${time.slice(0, 8)}-${time.slice(8)}-${sequence}-${high}-${low}`
}

/** The least id that a thing of this moment can have, to cut lists by time. */
export function firstIdAt(at: Date): string {
  const time = Math.max(0, at.getTime()).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`
}
