// From the outbox to the feed and to the endpoints. One process spreads at a time, so a position in the feed is never given
// after a later one was seen: whoever reads the feed by position skips nothing.
import type { OutgoingName } from '@usher/contract/webhook'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { rowset, type Sql, sql } from '../store/sql.ts'

/** Sequences count when they are asked, transactions are seen when they commit; this lock makes one order of both. */
const spreading = 7283511

export type Spread =
  /** Another process is at it, and may not see what we see. */
  | 'busy'
  /** How many rows left the outbox. */
  | number

/**
 * Moves the oldest rows of the outbox on. What is told is as urgent as the texts it is about: whoever waits for the fate of a
 * code must hear it while a campaign keeps the database busy.
 */
export async function spread(db: Database, now: Date): Promise<Spread> {
  const [seen] = await db.rows<{ is_some: boolean }>(
    sql`select exists(select from outbox) as is_some`,
    urgency.ordinary,
  )
  if (!seen?.is_some) return 0
  return db.transaction(async tx => {
    const [lock] = await tx.rows<{ is_ours: boolean }>(sql`select pg_try_advisory_xact_lock(${spreading}) as is_ours`)
    if (!lock?.is_ours) return 'busy'
    const moved = await move(tx, sql`select n from outbox order by n limit ${db.batch}`, now)
    return moved.length
  }, urgency.ordinary)
}

/** Writes one thing into the outbox for one endpoint alone, and spreads it at once. Answers the delivery's id. */
export async function tellOne(
  tx: Statements,
  { type, endpoint, at }: { type: OutgoingName; endpoint: string; at: Date },
): Promise<string | undefined> {
  await tx.rows(sql`select pg_advisory_xact_lock(${spreading})`)
  const [row] = await tx.rows<{ n: number }>(
    sql`insert into outbox (type, at, endpoint_id) values (${type}, ${at}, ${endpoint}) returning n`,
  )
  const [delivery] = await move(tx, sql`select n from outbox where n = ${row!.n}`, at)
  return delivery?.deliveries[0]
}

interface Moved {
  position: number
  type: string
  endpoint_id: string | null
}

/** Each row that left the outbox, with the deliveries that were made of it. */
async function move(tx: Statements, which: Sql, now: Date): Promise<(Moved & { deliveries: string[] })[]> {
  const moved = await tx.rows<Moved>(sql`
    with moved as (
      delete from outbox where n in (${which}) returning n, id, type, at, about, state, reason, endpoint_id
    ), told as (
      insert into feed (id, type, at, about, state, reason, is_private, spread_at)
      select id, type, at, about, state, reason, endpoint_id is not null, ${now} from moved order by n
      returning position, id
    )
    select told.position, moved.type, moved.endpoint_id from told join moved on moved.id = told.id order by told.position`)
  if (moved.length === 0) return []
  // Locked so that none is deleted before its deliveries are there.
  const endpoints = await tx.rows<{ id: string; types: string[] }>(
    sql`select id, types from webhook_endpoint where state <> 'gone' order by id for key share`,
  )
  const spread = moved.map(row => ({
    ...row,
    deliveries: endpoints
      .filter(({ id, types }) => (row.endpoint_id === null ? types.includes(row.type) : id === row.endpoint_id))
      .map(({ id }) => ({ id: newId(now), endpoint_id: id, position: row.position, type: row.type })),
  }))
  const deliveries = spread.flatMap(row => row.deliveries)
  if (deliveries.length > 0)
    await tx.rows(sql`
      insert into delivery (id, endpoint_id, position, type, state, due_at, created_at)
      select id, endpoint_id, position, type, 'waiting', ${now}, ${now}
      from json_to_recordset(${rowset(deliveries)}) as r(id uuid, endpoint_id uuid, position bigint, type text)`)
  return spread.map(row => ({ ...row, deliveries: row.deliveries.map(({ id }) => id) }))
}
