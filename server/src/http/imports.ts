// Imports that go on by themselves: the file is stored first, then worked through in the background, over restarts.
import { createReadStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Import, ImportKind } from '@usher/contract/live'
import type { Clock } from '../clock.ts'
import type { EventTaker } from '../event/take.ts'
import type { EventBus } from '../events.ts'
import { record } from '../operator/audit.ts'
import { DatabaseAway, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { rowset, type Sql, sql } from '../store/sql.ts'
import type { Handlers } from './call.ts'
import { asSubscriber, type BadLine, type ImportDeps, type Read, rowsOf, takeRows } from './import.ts'
import { pieces } from './lines.ts'
import { problemBody, Saying } from './problem.ts'
import { asSubscription, takeSubscriptions } from './subscription-import.ts'

export interface ImportingDeps extends ImportDeps {
  clock: Clock
  /** Wall time, for what the audit log says. */
  wall: () => Date
  events: EventBus
  taker: Pick<EventTaker, 'take'>
  /** Where files lie until they are worked through. */
  folder: string
  /** Names this folder among those of other machines: who has the file goes on with it. */
  holder: string
}

export interface Importing {
  handlers: Pick<Handlers, 'startImport' | 'listImports' | 'getImport'>
  /** Goes on with what a process that is gone has left. */
  start(): Promise<void>
  /** Stops between two batches; the rest comes after the next start. */
  stop(): Promise<void>
}

const mostProblems = 1_000
const progressMs = 500
const pauseMs = 500
/** Who works on an import renews it so often, and has lost it when it did not for so long. */
const renewMs = 3_000
const leaseSeconds = 10

const cutOff = 'The upload was cut off.'
const diskErrors = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE'])

interface Row extends Omit<Import, 'by' | 'problems' | 'startedAt' | 'endedAt' | 'readBytes'> {
  read_bytes: number
  started_at: Date
  ended_at: Date | null
  by: string | null
}

interface Running {
  type: string
  kind: ImportKind
  started_at: Date
}

const select = (where: Sql) => sql`
  select i.id, i.name, i.kind, i.state, i.bytes, i.read_bytes, i.read, i.taken, i.made, i.bad, i.started_at, i.ended_at, i.failure, o.name as by
  from import i left join operator o on o.id = i.operator_id ${where}`

const view = ({ read_bytes, started_at, ended_at, ...row }: Row, problems: Import['problems'] = []): Import => ({
  ...row,
  bytes: Number(row.bytes),
  readBytes: Number(read_bytes),
  problems,
  startedAt: started_at.toISOString(),
  endedAt: ended_at?.toISOString() ?? null,
})

export function importing(deps: ImportingDeps): Importing {
  const { db, clock, events, log, folder, holder } = deps
  const fileOf = (id: string) => join(folder, id)
  let isStopping = false
  /** What this process has in its hands: several may share the folder, and one that died leaves its own behind. */
  const mine = new Set<string>()
  let renewing: NodeJS.Timeout | undefined
  /** One after the other: each is as fast as the database lets it. */
  let working: Promise<unknown> = Promise.resolve()

  async function find(id: string): Promise<Import | undefined> {
    const [row] = await db.rows<Row>(select(sql`where i.id = ${id}`), urgency.report)
    if (!row) return undefined
    const problems = await db.rows<BadLine>(
      sql`select line, code, detail from import_problem where import_id = ${id} order by line`,
      urgency.report,
    )
    return view(row, problems)
  }

  async function end(id: string, state: 'done' | 'failed', failure: string | null): Promise<void> {
    await untilBack(() =>
      db.rows(sql`
        update import set state = ${state}, failure = ${failure}, ended_at = ${clock.now()} where id = ${id} and ended_at is null`),
    )
    await rm(fileOf(id), { force: true })
    mine.delete(id)
    events.emit('import.moved', { id, state })
  }

  /** Takes what nobody works on, or no longer. */
  async function takeOver(): Promise<void> {
    if (mine.size > 0)
      await db.rows(
        sql`update import set lease_until = ${leaseEnd} where id = any(${[...mine]}::uuid[]) and ended_at is null`,
        urgency.report,
      )
    const left = await db.rows<{ id: string; state: string }>(
      sql`
      update import set lease_until = ${leaseEnd}
      where claimed_by = ${holder} and state in ('uploading', 'running') and coalesce(lease_until, '-infinity') < now()
        and id <> all(${[...mine]}::uuid[])
      returning id, state`,
      urgency.idle,
    )
    for (const { id, state } of left.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      mine.add(id)
      if (state === 'running') enqueue(id)
      else await end(id, 'failed', cutOff)
    }
  }

  /** While the database is away it waits, for nothing of a file may be lost. Throws it where the server stops. */
  async function untilBack<T>(work: () => Promise<T>): Promise<T> {
    for (;;)
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof DatabaseAway) || isStopping) throw error
        await new Promise(resolve => setTimeout(resolve, pauseMs))
      }
  }

  async function run(id: string): Promise<void> {
    try {
      const one = await untilBack(() =>
        db.transaction(async tx => {
          // From the beginning: what was taken before is put once more, and is the same.
          await tx.rows(sql`delete from import_problem where import_id = ${id}`)
          const [row] = await tx.rows<Running>(sql`
            update import set read_bytes = 0, read = 0, taken = 0, made = 0, bad = 0 where id = ${id}
            returning type, kind, started_at`)
          return row!
        }),
      )
      events.emit('import.moved', { id, state: 'running' })
      const at = { bytes: 0, read: 0, taken: 0, made: 0, bad: 0 }
      let kept = 0
      let problems: BadLine[] = []
      const tell = async () => {
        const { bytes, read, taken, made, bad } = at
        const told = problems
        problems = []
        await untilBack(() =>
          db.transaction(async tx => {
            await tx.rows(sql`
              update import set read_bytes = ${bytes}, read = ${read}, taken = ${taken}, made = ${made}, bad = ${bad} where id = ${id}`)
            if (told.length > 0) await keep(tx, id, told)
          }, urgency.report),
        )
      }
      async function* counted() {
        for await (const piece of createReadStream(fileOf(id)) as AsyncIterable<Buffer>) {
          at.bytes += piece.byteLength
          yield piece
        }
      }
      let toldAtMs = clock.monotonic()
      for await (const batch of rowsOf(
        counted(),
        one.type === 'text/csv',
        db.batch,
        one.kind === 'subscriptions' ? asSubscription : asSubscriber,
      )) {
        if (isStopping) return
        const { taken, made, bad } = await untilBack(() => take(one, batch))
        at.read += batch.length
        at.taken += taken
        at.made += made
        at.bad += bad.length
        problems.push(...bad.slice(0, Math.max(0, mostProblems - kept)))
        kept += bad.length
        if (clock.monotonic() - toldAtMs < progressMs) continue
        await tell()
        toldAtMs = clock.monotonic()
      }
      await tell()
      await end(id, 'done', null)
    } catch (error) {
      if (isStopping) return
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return end(id, 'failed', 'Its file is gone.')
      log.error({ err: error }, 'an import broke')
      await end(id, 'failed', problemBody('internal').title)
    }
  }

  const take = ({ kind, started_at }: Running, batch: readonly Read[]) =>
    kind === 'subscriptions'
      ? takeSubscriptions(deps, batch, started_at)
      : takeRows(deps, batch, (_, error) => {
          throw error // the batch is tried again as a whole
        })

  const enqueue = (id: string) => {
    working = working
      .then(() => (isStopping ? undefined : run(id)))
      .catch(error => {
        // The next ones go on; whoever finds its lease run out tries this one again.
        mine.delete(id)
        if (!isStopping) events.emit('work.failed', { what: 'an import', error: String(error) })
      })
  }

  return {
    handlers: {
      async startImport({ c, caller, query }) {
        const { signal } = c.req.raw
        const { name, kind } = query as { name: string; kind: ImportKind }
        const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
        const now = clock.now()
        const id = newId(now)
        const operatorId = caller.operator?.id ?? null
        await db.transaction(async tx => {
          await tx.rows(sql`
            insert into import (id, name, type, kind, state, claimed_by, lease_until, started_at, operator_id)
            values (${id}, ${name}, ${type}, ${kind}, 'uploading', ${holder}, ${leaseEnd}, ${now}, ${operatorId})`)
          if (operatorId)
            await record(tx, {
              at: deps.wall(),
              operatorId,
              action: 'import.started',
              subject: id,
              detail: { name, kind },
            })
        })
        mine.add(id)
        let bytes: number
        try {
          bytes = await store(folder, id, pieces(c.req.raw))
          // One that was cut off before it was looked at ends as if it were empty.
          const announced = c.req.header('content-length')
          if (signal.aborted || (announced !== undefined && Number(announced) !== bytes)) throw new Error(cutOff)
        } catch (error) {
          const isDisk = diskErrors.has((error as NodeJS.ErrnoException).code ?? '')
          await end(id, 'failed', isDisk ? 'The file could not be stored here.' : cutOff).catch(() => {}) // the next start finds it
          throw isDisk || error instanceof Saying ? error : new Saying('slowBody', cutOff)
        }
        await untilBack(() => db.rows(sql`update import set state = 'running', bytes = ${bytes} where id = ${id}`))
        enqueue(id)
        return c.json((await find(id))!, 202)
      },
      async listImports({ c }) {
        const rows = await db.rows<Row>(select(sql`order by i.id desc limit 50`), urgency.report)
        return c.json({ items: rows.map(row => view(row)) })
      },
      async getImport({ c, params }) {
        const found = await find(params.id!)
        if (!found) throw new Saying('unknownImport')
        return c.json(found)
      },
    },
    async start() {
      await takeOver()
      renewing = setInterval(() => {
        takeOver().catch(error => {
          if (!(error instanceof DatabaseAway))
            events.emit('work.failed', { what: 'looking after imports', error: String(error) })
        })
      }, renewMs)
    },
    async stop() {
      isStopping = true
      clearInterval(renewing)
      await working
      // Who starts next need not wait for the leases to run out.
      await db.rows(sql`update import set lease_until = null where id = any(${[...mine]}::uuid[])`).catch(() => {})
    },
  }
}
const leaseEnd = sql`now() + make_interval(secs => ${leaseSeconds})`

const keep = (tx: Statements, id: string, problems: readonly BadLine[]) =>
  tx.rows(sql`
    insert into import_problem (import_id, line, code, detail)
    select ${id}, line, code, detail from json_to_recordset(${rowset(problems)}) as r(line int, code text, detail text)
    on conflict do nothing`)

/** Writes a file and has it on the disk before it returns. Answers its size in bytes. */
async function store(folder: string, id: string, source: AsyncIterable<Uint8Array>): Promise<number> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = await open(join(folder, id), 'wx', 0o600)
  let bytes = 0
  try {
    for await (const piece of source) {
      await file.writeFile(piece)
      bytes += piece.byteLength
    }
    await file.sync()
  } finally {
    await file.close()
  }
  const listing = await open(folder)
  await listing.sync().finally(() => listing.close())
  return bytes
}
