// Subscribers by the million: read as a stream, written in batches, bad lines reported as they are met.
import type { ImportReport } from '@usher/contract/subscriber'
import { ImportLine } from '@usher/contract/subscriber'
import { parse } from 'csv-parse'
import type { z } from 'zod'
import type { TakeSubscribers } from '../message/new-number.ts'
import { type Database, DatabaseAway, urgency } from '../store/database.ts'
import { maskNumber } from '../subscriber/number.ts'
import type { PutSubscriber } from '../subscriber/subscriber.ts'
import { limits, linesOf, ndjson, pieces, readJson } from './lines.ts'
import { problemBody } from './problem.ts'

export interface ImportDeps {
  db: Database
  takeSubscribers: TakeSubscribers
  log: { error(fields: object, message: string): void }
}

/** A row as it was read: its line, and what it says or why that can't be read. */
export type Read = { line: number; value: unknown } | { line: number; unreadable: string }

export interface BadLine {
  line: number
  code: string
  detail: string
}

const progressEvery = 1_000

/** The rows of a file or a body, by as many as one transaction takes; `asValue` makes of a line of CSV what it says. */
export const rowsOf = (
  source: AsyncIterable<Uint8Array>,
  isCsv: boolean,
  size: number,
  asValue: (record: Record<string, string>) => unknown = asSubscriber,
): AsyncGenerator<Read[]> => inBatches(isCsv ? csvRows(source, asValue) : jsonRows(source), size)

/** While the request is read, and answered with what came of it. */
export function importSubscribers(deps: ImportDeps, request: Request, isCsv: boolean): ReadableStream<Uint8Array> {
  const totals = { read: 0, taken: 0, made: 0, bad: 0 }
  let reported = 0
  const say = (report: ImportReport) => `${JSON.stringify(report)}\n`
  const work = async (batch: Read[]): Promise<string> => {
    const { taken, made, bad } = await takeRows(deps, batch, rows =>
      rows.map(({ line }) => ({ line, code: 'database_away', detail: problemBody('away').title })),
    )
    totals.read += batch.length
    totals.taken += taken
    totals.made += made
    totals.bad += bad.length
    let out = bad.map(({ line, ...problem }) => say({ line, problem })).join('')
    if (totals.read - reported >= progressEvery) {
      reported = totals.read
      out += say({ progress: { read: totals.read, taken: totals.taken, bad: totals.bad } })
    }
    return out
  }
  return ndjson(rowsOf(pieces(request), isCsv, deps.db.batch), 1, work, () => say({ done: totals }))
}

/** Takes the rows of one batch; `away` says what becomes of them where the database is away, or throws it on. */
export async function takeRows(
  { takeSubscribers, log }: ImportDeps,
  batch: readonly Read[],
  away: (rows: { line: number }[], error: DatabaseAway) => BadLine[],
): Promise<{ taken: number; made: number; bad: BadLine[] }> {
  const bad: BadLine[] = []
  const good: { line: number; input: PutSubscriber }[] = []
  let taken = 0
  let made = 0
  for (const row of batch) {
    if ('unreadable' in row) {
      bad.push({ line: row.line, code: 'broken_line', detail: row.unreadable })
      continue
    }
    const read = ImportLine.safeParse(row.value)
    if (read.success) good.push({ line: row.line, input: read.data })
    else bad.push({ line: row.line, code: 'invalid_request', detail: sayIssues(read.error) })
  }
  const take = async (rows: typeof good): Promise<void> => {
    const inputs = rows.map(({ input }) => fromFile(input))
    try {
      const results = await takeSubscribers(inputs, urgency.idle)
      results.forEach((result, i) => {
        const { line } = rows[i]!
        if ('made' in result) {
          taken++
          if (result.made) made++
        } else if (result.at === 'zone') bad.push({ line, code: 'unknown_zone', detail: 'There is no such time zone.' })
        else bad.push({ line, code: 'invalid_number', detail: 'This is not a number that can be texted.' })
      })
    } catch (error) {
      if (error instanceof DatabaseAway) bad.push(...away(rows, error))
      // A shared commit must not share failure: each is tried alone, and the bad one fails alone.
      else if (rows.length > 1) for (const row of rows) await take([row])
      else {
        log.error({ err: error }, 'a line of an import broke')
        bad.push({ line: rows[0]!.line, code: 'internal', detail: problemBody('internal').title })
      }
    }
  }
  if (good.length > 0) await take(good)
  return { taken, made, bad: bad.sort((a, b) => a.line - b.line) }
}

/** What is wrong with a line, and nobody's number in it. */
export const sayIssues = ({ issues }: z.ZodError): string =>
  issues
    .map(({ path, code, message }) =>
      [
        ...(path.length > 0 ? [withoutNumbers(path.join('.'))] : []),
        code === 'unrecognized_keys' ? withoutNumbers(message) : message,
      ].join(': '),
    )
    .join(' ')

/** Where nobody says how somebody agreed, it stands in a file. */
const fromFile = (input: PutSubscriber): PutSubscriber =>
  input.consents === undefined
    ? input
    : {
        ...input,
        consents: Object.fromEntries(
          Object.entries(input.consents).map(([group, said]) => [group, { how: 'import', ...said }]),
        ),
      }

/** A file without its header line has people's numbers for the names of its columns, and what is wrong with them is named. */
export const withoutNumbers = (text: string): string => text.replaceAll(/\+?\d{7,}/g, maskNumber)

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

async function* jsonRows(source: AsyncIterable<Uint8Array>): AsyncGenerator<Read> {
  for await (const batch of linesOf(source))
    for (const { line, text, isTooLong } of batch)
      if (isTooLong) yield { line, unreadable: `A line has ${limits.bytes} bytes at most.` }
      else yield { line, ...readJson(text) }
}

/** Columns `profile.name` become the profile; `consent.titles` and `consent.offers` are yes or no; empty cells are left out. */
async function* csvRows(
  source: AsyncIterable<Uint8Array>,
  asValue: (record: Record<string, string>) => unknown,
): AsyncGenerator<Read> {
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
    for await (const piece of source)
      if (!parser.write(piece)) await new Promise(resolve => parser.once('drain', resolve))
    parser.end()
  })()
  feeding.catch(error => parser.destroy(error))
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>
      info: { lines: number }
    }>)
      yield { line: info.lines, value: asValue(record) }
  } catch (error) {
    // What the file system says is no fault of a line: the file could not be read, or not to its end.
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error
    // A quote that never closes, a record without end: where the rows are can no longer be known.
    yield {
      line: (error as { lines?: number }).lines ?? 0,
      // Its words may end with the value that was found, which may be a number.
      unreadable: `${(error as Error).message.replace(/, (?:value|buffer) is .*$/s, '')} The lines after it were not read.`,
    }
  }
}

/** Columns `profile.name` become the profile; `consent.titles` and `consent.offers` are yes or no; empty cells are left out. */
export function asSubscriber(record: Record<string, string>): unknown {
  const subscriber: Record<string, unknown> = {}
  const profile: Record<string, string> = {}
  const consents: Record<string, Record<string, unknown>> = {}
  for (const [column, cell] of Object.entries(record)) {
    if (cell === '' || cell === undefined) continue
    const [, group, field] = /^consent\.([^.]+)(?:\.(.+))?$/.exec(column) ?? []
    if (column.startsWith('profile.')) profile[column.slice(8)] = cell
    // consent.titles says yes or no; consent.titles.at, .words, .basis and .confirmed say the rest of it.
    else if (group !== undefined) {
      const isYes = /^(yes|true|1)$/i.test(cell)
      const said = field === undefined ? { granted: isYes } : { [field]: field === 'confirmed' ? isYes : cell }
      consents[group] = { ...consents[group], ...said }
    } else subscriber[column] = cell
  }
  return {
    ...subscriber,
    ...(Object.keys(profile).length > 0 ? { profile } : {}),
    ...(Object.keys(consents).length > 0 ? { consents } : {}),
  }
}
