// Subscribers by the million: read as a stream, written in batches, bad lines reported as they are met.
import type { ImportReport } from '@usher/contract/subscriber'
import { ImportLine } from '@usher/contract/subscriber'
import { parse } from 'csv-parse'
import { type Database, DatabaseAway, type Statements, urgency } from '../store/database.ts'
import type { PutProblem, PutSubscriber } from '../subscriber/subscriber.ts'
import { limits, lines, ndjson, pieces, readJson } from './lines.ts'
import { problemBody } from './problem.ts'

export interface ImportDeps {
  db: Database
  put: (tx: Statements, inputs: readonly PutSubscriber[]) => Promise<(PutProblem | { made: boolean })[]>
  log: { error(fields: object, message: string): void }
}

/** A row as it was read: its line, and what it says or why that can't be read. */
type Read = { line: number; value: unknown } | { line: number; unreadable: string }

const progressEvery = 1_000

export function importSubscribers(
  { db, put, log }: ImportDeps,
  request: Request,
  isCsv: boolean,
): ReadableStream<Uint8Array> {
  const totals = { read: 0, taken: 0, made: 0, bad: 0 }
  let reported = 0
  const say = (report: ImportReport) => `${JSON.stringify(report)}\n`

  async function work(batch: Read[]): Promise<string> {
    let out = ''
    const bad = (line: number, code: string, detail: string) => {
      totals.bad++
      out += say({ line, problem: { code, detail } })
    }
    const good: { line: number; input: PutSubscriber }[] = []
    for (const row of batch) {
      totals.read++
      if ('unreadable' in row) {
        bad(row.line, 'broken_line', row.unreadable)
        continue
      }
      const read = ImportLine.safeParse(row.value)
      if (read.success) good.push({ line: row.line, input: read.data })
      else
        bad(
          row.line,
          'invalid_request',
          read.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join(' '),
        )
    }
    const take = async (rows: typeof good): Promise<void> => {
      const inputs = rows.map(({ input }) => input)
      try {
        const results = await db.transaction(tx => put(tx, inputs), urgency.idle)
        results.forEach((result, i) => {
          if ('made' in result) {
            totals.taken++
            if (result.made) totals.made++
          } else if (result.at === 'zone') bad(rows[i]!.line, 'unknown_zone', 'There is no such time zone.')
          else bad(rows[i]!.line, 'invalid_number', 'This is not a number that can be texted.')
        })
      } catch (error) {
        if (error instanceof DatabaseAway)
          for (const { line } of rows) bad(line, 'database_away', problemBody('away').title)
        // A shared commit must not share failure: each is tried alone, and the bad one fails alone.
        else if (rows.length > 1) for (const row of rows) await take([row])
        else {
          log.error({ err: error }, 'a line of an import broke')
          bad(rows[0]!.line, 'internal', problemBody('internal').title)
        }
      }
    }
    await take(good)
    if (totals.read - reported >= progressEvery) {
      reported = totals.read
      out += say({ progress: { read: totals.read, taken: totals.taken, bad: totals.bad } })
    }
    return out
  }
  return ndjson(inBatches(isCsv ? csvRows(request) : jsonRows(request), db.batch), 1, work, () => say({ done: totals }))
}

async function* inBatches(rows: AsyncIterable<Read>, size: number): AsyncGenerator<Read[]> {
  let batch: Read[] = []
  for await (const row of rows) {
    batch.push(row)
    if (batch.length === size) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

async function* jsonRows(request: Request): AsyncGenerator<Read> {
  for await (const batch of lines(request))
    for (const { line, text, isTooLong } of batch)
      if (isTooLong) yield { line, unreadable: `A line has ${limits.bytes} bytes at most.` }
      else yield { line, ...readJson(text) }
}

/** Columns `profile.name` become the profile; `consent.titles` and `consent.offers` are yes or no; empty cells are left out. */
async function* csvRows(request: Request): AsyncGenerator<Read> {
  const parser = parse({
    columns: true,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    info: true,
    relax_column_count: true,
    max_record_size: limits.bytes,
  })
  const feeding = (async () => {
    for await (const piece of pieces(request))
      if (!parser.write(piece)) await new Promise(resolve => parser.once('drain', resolve))
    parser.end()
  })()
  feeding.catch(error => parser.destroy(error))
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>
      info: { lines: number }
    }>)
      yield { line: info.lines, value: asSubscriber(record) }
  } catch (error) {
    // A quote that never closes, a record without end: where the rows are can no longer be known.
    yield {
      line: (error as { lines?: number }).lines ?? 0,
      // Its words may end with the value that was found, which may be a number.
      unreadable: `${(error as Error).message.replace(/, (?:value|buffer) is .*$/s, '')} The lines after it were not read.`,
    }
  }
}

function asSubscriber(record: Record<string, string>): unknown {
  const subscriber: Record<string, unknown> = {}
  const profile: Record<string, string> = {}
  const consents: Record<string, { granted: boolean; how: string }> = {}
  for (const [column, cell] of Object.entries(record)) {
    if (cell === '' || cell === undefined) continue
    if (column.startsWith('profile.')) profile[column.slice(8)] = cell
    else if (column.startsWith('consent.'))
      consents[column.slice(8)] = { granted: /^(yes|true|1)$/i.test(cell), how: 'import' }
    else subscriber[column] = cell
  }
  return {
    ...subscriber,
    ...(Object.keys(profile).length > 0 ? { profile } : {}),
    ...(Object.keys(consents).length > 0 ? { consents } : {}),
  }
}
