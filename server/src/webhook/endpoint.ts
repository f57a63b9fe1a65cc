// Whom we tell: the endpoints of the streaming service, with their secrets and how calling them goes.
import { randomBytes } from 'node:crypto'
import type { WebhookEndpoint, WebhookInput } from '@usher/contract/webhook'
import { type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type KeyRing, type Sealed, seal } from '../store/keys.ts'
import { type Sql, sql } from '../store/sql.ts'
import { lockWanted, want } from './wanted.ts'

/** Everything that is told is looked at once for each of them. */
export const mostEndpoints = 50
/** After its secret was replaced, the old one signs too for this long, so that the receiver has time to learn the new one. */
const bothSignMs = 24 * 60 * 60_000
const keptMs = 30 * 24 * 60 * 60_000
/** Nobody needs to know exactly how many more. */
const mostCounted = 100_000

export interface EndpointRow {
  id: string
  url: string
  description: string
  types: WebhookEndpoint['types']
  state: WebhookEndpoint['state']
  created_at: Date
  data_key: Sealed
  secret: Sealed
  old_secret: Sealed | null
  old_secret_until: Date | null
  failing_since: Date | null
  slowed_until: Date | null
  last_status: number | null
}

export interface Now {
  /** Business time. */
  now: Date
  /** Wall time, by which secrets are replaced. */
  wall: Date
}

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`

/** One or all of them, the oldest first. */
export async function readEndpoints(db: Statements, { now, wall }: Now, id?: string): Promise<WebhookEndpoint[]> {
  const count = (which: Sql) =>
    sql`(select count(*) from (select from delivery where endpoint_id = e.id and ${which} limit ${mostCounted}) d)`
  const rows = await db.rows<EndpointRow & { waiting: number; failed: number }>(
    sql`
    select e.*, ${count(sql`state = 'waiting'`)} as waiting,
      ${count(sql`state = 'failed' and ended_at > ${new Date(now.getTime() - keptMs)}`)} as failed
    from webhook_endpoint e ${id === undefined ? sql`` : sql`where e.id = ${id}`} order by e.id`,
    urgency.report,
  )
  return rows.map(row => {
    const isReplacing = row.old_secret !== null && row.old_secret_until !== null && row.old_secret_until > wall
    const isSlowed = row.slowed_until !== null && row.slowed_until > now
    return {
      id: row.id,
      url: row.url,
      description: row.description,
      types: row.types,
      state: row.state,
      createdAt: row.created_at.toISOString(),
      secrets: isReplacing ? 2 : 1,
      secretReplacedUntil: isReplacing ? row.old_secret_until!.toISOString() : null,
      waiting: row.waiting,
      failed: row.failed,
      failingSince: row.failing_since?.toISOString() ?? null,
      slowedUntil: isSlowed ? row.slowed_until!.toISOString() : null,
      lastStatus: row.last_status,
    }
  })
}

/** Keeps the row until the transaction ends, as whoever changes it or its deliveries does first. */
export async function lockEndpoint(tx: Statements, id: string): Promise<EndpointRow | undefined> {
  const [row] = await tx.rows<EndpointRow>(sql`select * from webhook_endpoint where id = ${id} for no key update`)
  return row
}

/** Undefined where there are as many as there may be. */
export async function makeEndpoint(
  tx: Statements,
  keys: KeyRing,
  { url, description, types, state }: WebhookInput,
  now: Date,
): Promise<{ id: string; secret: string } | undefined> {
  await lockWanted(tx)
  const [{ count } = { count: 0 }] = await tx.rows<{ count: number }>(sql`select count(*) from webhook_endpoint`)
  if (count >= mostEndpoints) return undefined
  const id = newId(now)
  const secret = newSecret()
  const { key, wrapped } = keys.newDataKey()
  await tx.rows(sql`
    insert into webhook_endpoint (id, url, description, types, state, created_at, data_key, secret)
    values (${id}, ${url}, ${description}, ${[...new Set(types)]}, ${state}, ${now}, ${wrapped}, ${seal(key, secret, 'secret')})`)
  await want(tx)
  return { id, secret }
}

/** Answers how it was; undefined where it is not there. What is known of another address says nothing about this one. */
export async function changeEndpoint(
  tx: Statements,
  id: string,
  { url, description, types, state }: WebhookInput,
): Promise<EndpointRow | undefined> {
  await lockWanted(tx)
  const before = await lockEndpoint(tx, id)
  if (!before) return undefined
  const isAnew = before.url !== url || before.state === 'gone'
  await tx.rows(sql`
    update webhook_endpoint set url = ${url}, description = ${description}, types = ${[...new Set(types)]}, state = ${state}
      ${isAnew ? sql`, failing_since = null, slowed_until = null, last_status = null` : sql``}
    where id = ${id}`)
  await want(tx)
  return before
}

/** Nothing is told it from here on; what it has goes in slices (`dropEndpoint`). Answers how it was. */
export async function endEndpoint(tx: Statements, id: string): Promise<EndpointRow | undefined> {
  await lockWanted(tx)
  const before = await lockEndpoint(tx, id)
  if (!before) return undefined
  await tx.rows(sql`update webhook_endpoint set state = 'gone' where id = ${id}`)
  await want(tx)
  return before
}

/** Answers whether it is gone by now; if not, there is more to delete. */
export async function dropEndpoint(db: Statements, id: string, slice: number): Promise<boolean> {
  const deleted = await db.rows(
    sql`
    delete from delivery where id in (
      select id from delivery where endpoint_id = ${id} order by id limit ${slice}) returning 1`,
    urgency.report,
  )
  if (deleted.length === slice) return false
  await db.rows(sql`delete from webhook_endpoint where id = ${id}`, urgency.report)
  return true
}

/** Answers the new one; undefined where there is no such endpoint. */
export async function replaceSecret(
  tx: Statements,
  keys: KeyRing,
  id: string,
  wall: Date,
): Promise<{ secret: string; url: string } | undefined> {
  const row = await lockEndpoint(tx, id)
  if (!row) return undefined
  const secret = newSecret()
  await tx.rows(sql`
    update webhook_endpoint set old_secret = secret, old_secret_until = ${new Date(wall.getTime() + bothSignMs)},
      secret = ${seal(keys.unwrap(row.data_key), secret, 'secret')}
    where id = ${id}`)
  return { secret, url: row.url }
}
