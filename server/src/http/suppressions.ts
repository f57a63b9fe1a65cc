// Suppressions over the API: who is not texted and why; blocked one by one or from a file, lifted one by one with a reason.
import {
  type Suppression,
  type SuppressionFilter,
  type SuppressionInput,
  type SuppressionLift,
  SuppressionLine,
  type SuppressionReport,
} from '@usher/contract/suppression'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { type Cancelled, tellCancelled } from '../message/cancel.ts'
import {
  type Block,
  findSuppression,
  liftSuppression,
  listSuppressions,
  suppressNumbers,
} from '../message/suppressions.ts'
import { record } from '../operator/audit.ts'
import { type Database, DatabaseAway, urgency } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { type AllowedRange, readNumber } from '../subscriber/number.ts'
import type { Caller, Handlers } from './call.ts'
import { type BadLine, type Read, rowsOf, sayIssues, withoutNumbers } from './import.ts'
import { ndjson, pieces } from './lines.ts'
import { problemBody, Saying } from './problem.ts'

export interface SuppressionDeskDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  /** Wall time, for what the audit log says. */
  wall: () => Date
  events: EventBus
  allowedRanges: readonly AllowedRange[]
  log: { error(fields: object, message: string): void }
}

type Name = 'listSuppressions' | 'blockNumber' | 'liftSuppression' | 'importSuppressions'

const progressEvery = 5_000
/** A browser reads the answer only when all is sent: what is said meanwhile has to find room on the way. */
const mostNamed = 500

export function suppressionDesk(deps: SuppressionDeskDeps): Pick<Handlers, Name> {
  const { db, keys, clock, wall, events, allowedRanges } = deps
  return {
    listSuppressions: async ({ c, query }) => c.json(await listSuppressions(db, keys, query as SuppressionFilter)),

    async blockNumber({ c, caller, body }) {
      const { number, scope, note } = body as SuppressionInput
      const read = readNumber(number, allowedRanges)
      if (typeof read === 'string') throw new Saying('invalidNumber')
      const now = clock.now()
      const operatorId = caller.operator?.id ?? null
      const block: Block = { number: read.msisdn, scope, reason: 'blocked', at: now, note: withoutNumbers(note) }
      const { made, cancelled, suppression } = await db.transaction(async tx => {
        const { made, cancelled } = await suppressNumbers(tx, keys, [block], operatorId, now)
        const suppression = await findSuppression(tx, keys, read.msisdn, scope, 'blocked')
        const count = countOf(cancelled)
        if (made > 0 || count > 0)
          await record(tx, {
            ...{ at: wall(), operatorId, action: 'number.blocked', subject: subjectOf(suppression!) },
            detail: { ...about(suppression!), note: block.note, cancelled: count, ...byKey(caller) },
          })
        return { made, cancelled, suppression }
      })
      tell(cancelled, now)
      return c.json({ suppression, cancelled: countOf(cancelled) }, made > 0 ? 201 : 200)
    },

    async liftSuppression({ c, caller, params, body }) {
      const { why, asked } = body as SuppressionLift
      const done = await db.transaction(async tx => {
        const done = await liftSuppression(
          tx,
          keys,
          params.id!,
          ({ reason }) => reason !== 'stop' || asked !== undefined,
        )
        if (done?.lifted)
          await record(tx, {
            ...{
              at: wall(),
              operatorId: caller.operator?.id ?? null,
              action: 'suppression.lifted',
              subject: subjectOf(done.lifted),
            },
            detail: { ...about(done.lifted), why: withoutNumbers(why), ...(asked && { asked }) },
          })
        return done
      })
      if (!done) throw new Saying('unknownSuppression')
      if (!done.lifted) throw new Saying('stopStays')
      return c.body(null, 204)
    },

    importSuppressions({ c, caller }) {
      const isCsv = (c.req.header('content-type') ?? '').startsWith('text/csv')
      const report = importSuppressions(deps, c.req.raw, isCsv, caller.operator?.id ?? null)
      return new Response(report, { headers: { 'content-type': 'application/x-ndjson' } })
    },
  }

  function tell(cancelled: ReadonlyMap<string, readonly Cancelled[]>, now: Date) {
    for (const [reason, gone] of cancelled) tellCancelled(events, gone, reason, now)
  }
}

/** A program's deed is told by the name of its key. */
const byKey = ({ operator, name }: Caller) => (operator ? {} : { key: name })
const countOf = (cancelled: ReadonlyMap<string, readonly unknown[]>) =>
  [...cancelled.values()].reduce((sum, gone) => sum + gone.length, 0)
/** Found again by whom it was done to; where nobody has the number, by its own id. */
const subjectOf = ({ id, subscribers }: Suppression) => subscribers[0] ?? id
const about = ({ scope, reason, number, subscribers }: Suppression) => ({
  ...{ scope, reason, number, subscriber: subscribers[0] ?? null },
})

/** While the request is read. Each batch is a transaction; how it ended, or that it was cut off, is recorded last. */
function importSuppressions(
  deps: SuppressionDeskDeps,
  request: Request,
  isCsv: boolean,
  operatorId: string | null,
): ReadableStream<Uint8Array> {
  const { db, wall } = deps
  const totals = { read: 0, taken: 0, made: 0, bad: 0, cancelled: 0 }
  let reported = 0
  let named = 0
  const say = (report: SuppressionReport) => `${JSON.stringify(report)}\n`
  const work = async (batch: Read[]): Promise<string> => {
    const { taken, made, cancelled, bad } = await takeRows(deps, batch, operatorId)
    totals.read += batch.length
    totals.taken += taken
    totals.made += made
    totals.cancelled += cancelled
    totals.bad += bad.length
    const said = bad.slice(0, mostNamed - named)
    named += said.length
    let out = said.map(({ line, ...problem }) => say({ line, problem })).join('')
    if (totals.read - reported >= progressEvery) {
      reported = totals.read
      out += say({ progress: { read: totals.read, taken: totals.taken, bad: totals.bad } })
    }
    return out
  }
  async function* recorded() {
    let isWhole = false
    try {
      // A cell that is empty is as if it were not there.
      const filled = (row: Record<string, string>) => Object.fromEntries(Object.entries(row).filter(([, cell]) => cell))
      yield* rowsOf(pieces(request), isCsv, db.batch, filled)
      isWhole = true
    } finally {
      await record(db, {
        ...{ at: wall(), operatorId, action: 'suppressions.imported', detail: { ...totals, isWhole } },
      })
    }
  }
  return ndjson(recorded(), 1, work, () => say({ done: totals }))
}

interface Taken {
  taken: number
  made: number
  cancelled: number
  bad: BadLine[]
}

async function takeRows(
  { db, keys, clock, events, allowedRanges, log }: SuppressionDeskDeps,
  batch: readonly Read[],
  operatorId: string | null,
): Promise<Taken> {
  const now = clock.now()
  const taken: Taken = { taken: 0, made: 0, cancelled: 0, bad: [] }
  const good: { line: number; block: Block }[] = []
  for (const row of batch) {
    const bad = (code: string, detail: string) => taken.bad.push({ line: row.line, code, detail })
    if ('unreadable' in row) {
      bad('broken_line', row.unreadable)
      continue
    }
    const line = SuppressionLine.safeParse(row.value)
    if (!line.success) {
      bad('invalid_request', sayIssues(line.error))
      continue
    }
    const { number, scope, reason, at, note } = line.data
    const read = readNumber(number, allowedRanges)
    if (typeof read === 'string') {
      bad('invalid_number', problemBody('invalidNumber').title)
      continue
    }
    const since = at === undefined ? now : new Date(at)
    good.push({
      line: row.line,
      block: {
        ...{ number: read.msisdn, scope, reason },
        // Nobody said so in the future: a clock was wrong.
        at: since > now ? now : since,
        note: note === undefined ? null : withoutNumbers(note),
      },
    })
  }
  const take = async (rows: typeof good): Promise<void> => {
    try {
      const blocks = rows.map(({ block }) => block)
      const { made, cancelled } = await db.transaction(
        tx => suppressNumbers(tx, keys, blocks, operatorId, now),
        urgency.idle,
      )
      for (const [reason, gone] of cancelled) tellCancelled(events, gone, reason, now)
      taken.taken += rows.length
      taken.made += made
      taken.cancelled += countOf(cancelled)
    } catch (error) {
      if (error instanceof DatabaseAway)
        taken.bad.push(...rows.map(({ line }) => ({ line, code: 'database_away', detail: problemBody('away').title })))
      // A shared commit must not share failure: each is tried alone, and the bad one fails alone.
      else if (rows.length > 1) for (const row of rows) await take([row])
      else {
        log.error({ err: error }, 'a line of an import broke')
        taken.bad.push({ line: rows[0]!.line, code: 'internal', detail: problemBody('internal').title })
      }
    }
  }
  if (good.length > 0) await take(good)
  taken.bad.sort((a, b) => a.line - b.line)
  return taken
}
