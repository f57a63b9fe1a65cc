// What became of each delivery, for who asks, and delivering again.
import type { Delivery, DeliveryDetail, DeliveryFilter } from '@usher/contract/webhook'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { join, type Sql, sql } from '../store/sql.ts'
import { compose, type Happened, type ToldDeps } from './told.ts'

interface Row {
  id: string
  endpoint_id: string
  told: string
  type: Delivery['type']
  state: Delivery['state']
  tries: number
  due_at: Date
  created_at: Date
  ended_at: Date | null
  last_status: number | null
  last_error: string | null
}

const columns = sql`d.id, d.endpoint_id, f.id as told, d.type, d.state, d.tries, d.due_at, d.created_at, d.ended_at,
  d.last_status, d.last_error`
/** How many batches of rows one request looks at, whatever it asks for. */
const looks = 20

const view = (row: Row): Delivery => ({
  id: row.id,
  endpoint: row.endpoint_id,
  told: row.told,
  type: row.type,
  state: row.state,
  tries: row.tries,
  createdAt: row.created_at.toISOString(),
  nextAt: row.state === 'waiting' ? row.due_at.toISOString() : null,
  endedAt: row.ended_at?.toISOString() ?? null,
  lastStatus: row.last_status,
  lastError: row.last_error,
})

/** A page to one endpoint, newest first. What is rare may take several: `next` is where it stopped looking. */
export async function listDeliveries(
  db: Database,
  endpoint: string,
  { state, type, cursor, limit }: DeliveryFilter,
): Promise<{ items: Delivery[]; next: string | null }> {
  const range = [sql`d.endpoint_id = ${endpoint}`, ...(cursor ? [sql`d.id < ${cursor}::uuid`] : [])]
  const and = (conditions: readonly Sql[]) => join(conditions, sql` and `)
  const [last] = await db.rows<{ id: string }>(
    sql`select d.id from delivery d where ${and(range)} order by d.id desc offset ${looks * db.batch} limit 1`,
    urgency.report,
  )
  const asked = [
    ...(last ? [sql`d.id >= ${last.id}::uuid`] : []),
    ...(state ? [sql`d.state = ${state}`] : []),
    ...(type ? [sql`d.type = ${type}`] : []),
  ]
  const rows = await db.rows<Row>(
    sql`
    select ${columns} from delivery d join feed f on f.position = d.position
    where ${and([...range, ...asked])} order by d.id desc limit ${limit + 1}`,
    urgency.report,
  )
  const items = rows.slice(0, limit).map(view)
  return { items, next: rows.length > limit ? items.at(-1)!.id : (last?.id ?? null) }
}

export async function readDelivery(db: Statements, id: string): Promise<Delivery | undefined> {
  const [row] = await db.rows<Row>(
    sql`select ${columns} from delivery d join feed f on f.position = d.position where d.id = ${id}`,
    urgency.report,
  )
  return row && view(row)
}

/** With what is sent, and each try. */
export async function readDeliveryWhole(deps: ToldDeps, id: string): Promise<DeliveryDetail | undefined> {
  const { db } = deps
  const [row] = await db.rows<Row & Pick<Happened, 'at' | 'about' | 'reason'> & { came_to: string | null }>(
    sql`
    select ${columns}, f.at, f.about, f.state as came_to, f.reason
    from delivery d join feed f on f.position = d.position where d.id = ${id}`,
    urgency.report,
  )
  if (!row) return undefined
  const { told, type, at, about, came_to, reason } = row
  const [payload] = await compose(deps, [{ id: told, type, at, about, state: came_to, reason }])
  const attempts = await db.rows<{
    number: number
    at: Date
    status: number | null
    error: string | null
    took_ms: number
  }>(
    sql`select number, at, status, error, took_ms from delivery_attempt where delivery_id = ${id} order by number`,
    urgency.report,
  )
  return {
    ...view(row),
    payload: payload!,
    attempts: attempts.map(({ number, at, status, error, took_ms }) => ({
      number,
      at: at.toISOString(),
      status,
      error,
      tookMs: took_ms,
    })),
  }
}

/** Due now, with all tries anew. One that is on the way right now stays so: what it comes to counts first. */
const anew = (now: Date) => sql`state = 'waiting', round = 0, due_at = ${now}, ended_at = null`

export const deliverAgain = (tx: Statements, id: string, now: Date) =>
  tx.rows(sql`update delivery set ${anew(now)} where id = ${id}`)

/** Some of those that were given up; answers how many. There may be more where it answers `limit`. */
export async function deliverFailedAgain(
  tx: Statements,
  endpoint: string,
  { since, now, limit }: { since: Date; now: Date; limit: number },
): Promise<number> {
  const again = await tx.rows(sql`
    update delivery set ${anew(now)} where id in (
      select id from delivery where endpoint_id = ${endpoint} and state = 'failed' and ended_at >= ${since} and ended_at <= ${now}
      order by ended_at limit ${limit} for update skip locked
    ) returning 1`)
  return again.length
}
