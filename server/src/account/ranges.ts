// Reads a CSV file of sorted ranges of addresses, `from,to,number,name`, as numbers: found by halving the file where it lies,
// as look(1) does, so that half a million lines need neither be read nor kept.
import type { PagedFile } from './paged-file.ts'

export interface Range {
  number: number
  name: string
}

/** Longer than any line of such a file. */
const mostOfLine = 400

/** Undefined where no range has it. Throws where the file is no such file. */
export function findRange(file: PagedFile, address: bigint): Range | undefined {
  /** The line that has this byte. */
  const lineAt = (byte: number): { from: number; text: string } => {
    const before = Math.max(0, byte - mostOfLine)
    const head = file.bytes(before, byte - before)
    const start = before + head.lastIndexOf(0x0a) + 1
    const tail = file.bytes(start, Math.min(mostOfLine, file.size - start))
    const end = tail.indexOf(0x0a)
    return { from: start, text: tail.toString('utf8', 0, end === -1 ? tail.length : end) }
  }
  let low = 0
  let high = file.size
  while (low < high) {
    const { from, text } = lineAt((low + high) >> 1)
    const line = /^(\d+),(\d+),(\d+),(.*?)\r?$/.exec(text)
    if (!line) throw new Error(`It has a line that is no range at ${from}.`)
    if (address < BigInt(line[1]!)) high = from
    else if (address > BigInt(line[2]!)) low = from + Buffer.byteLength(text) + 1
    else return { number: Number(line[3]), name: unquoted(line[4]!) }
  }
  return undefined
}

const unquoted = (cell: string) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)
