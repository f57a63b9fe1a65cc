// What the simulated carrier took, line by line, so that a test or a benchmark can count what was lost, doubled or late.

import type { Submission } from './carrier.ts'
import { readText } from './handset.ts'

export interface LedgerLine {
  /** Counts from 1; a reader that has read up to n asks for what is after n. */
  n: number
  id: string
  to: string
  originator: string
  reference: number | null
  text: string
  /** When it arrived: performance.timeOrigin + performance.now(), comparable between processes of one machine. */
  at: number
  answered: boolean
}

export type Ledger = ReturnType<typeof createLedger>

/** Keeps the last `limit` lines. */
export function createLedger(limit = 1_000_000) {
  const ring: LedgerLine[] = []
  let count = 0
  return {
    get count() {
      return count
    },
    write(id: string, { to, originator, reference, octets, dataCoding, shift }: Submission): LedgerLine {
      const at = performance.timeOrigin + performance.now()
      const text = readText(dataCoding, octets, shift)
      const line: LedgerLine = { n: ++count, id, to, originator, reference, text, at, answered: false }
      ring[(count - 1) % limit] = line
      return line
    },
    /** Up to `most` lines after line n, oldest first. */
    after(n: number, most = Number.POSITIVE_INFINITY): LedgerLine[] {
      const lines: LedgerLine[] = []
      for (let at = Math.max(n, count - limit, 0); at < count && lines.length < most; at++)
        lines.push(ring[at % limit]!)
      return lines
    },
  }
}
