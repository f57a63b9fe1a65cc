// The list of bad events: what could not be taken, why, and how often it came so. It waits here, sealed, until somebody
// mends it, drops it, or the sender sends it right.
import type { BadEvent, BadEventFilter, badStates, EventVerdict } from '@usher/contract/event'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { base64, join, rowset, type Sql, sql } from '../store/sql.ts'
import { type Bad, deepest, isDeeper } from './check.ts'
import { maskJson } from './mask.ts'
import type { Incoming } from './take.ts'

/** One that is put on the list, or that was replayed from it and is still bad. */
export interface Parked {
  incoming: Incoming
  bad: Bad
  /** Its line, where it has one. */
  line: string | null
}

/** Deeper ones are not given back: what reads them, or writes them as JSON, may recur. */
const deepestShown = 200
/** How many are replayed at once, and how much of them is read for it: one that is too large may be a megabyte. */
const mostReplayed = 500
const mostReplayedBytes = 8 * 1024 * 1024

/** Puts events on the list; the same one that is open there already is replaced and counted. Answers each one's line. */
export async function park(tx: Statements, keys: KeyRing, parked: readonly Parked[], now: Date): Promise<string[]> {
  if (parked.length === 0) return []
  // One statement can meet a row but once: of equal ones the last counts.
  const byName = new Map<string, { row: Record<string, unknown> & { id: string; times: number }; isNew: boolean }>()
  const names = parked.map(({ incoming, bad, line }, n) => {
    const name =
      line ?? (bad.source === null || bad.eventId === null ? String(n) : JSON.stringify([bad.source, bad.eventId]))
    const { key, wrapped } = keys.newDataKey()
    // One level more than is shown, by which it is still known to be too deep for that.
    const kept = bad.reason === 'too_deep' ? cut(incoming.event, deepestShown + 1) : incoming.event
    const text = JSON.stringify(kept) ?? 'null'
    byName.set(name, {
      isNew: line === null,
      row: {
        id: line ?? newId(now),
        source: bad.source,
        event_id: bad.eventId,
        type: bad.type,
        subject: bad.subject,
        door: incoming.door,
        reason: bad.reason,
        errors: bad.errors,
        times: (byName.get(name)?.row.times ?? 0) + 1,
        data_key: base64(wrapped),
        body: base64(seal(key, text, 'event')),
      },
    })
    return name
  })
  const ids = new Map([...byName].map(([name, { row }]) => [name, row.id]))
  const columns = sql`r(id uuid, source text, event_id text, type text, subject text, door text, reason text, errors jsonb,
    times int, data_key text, body text)`
  const rowsOf = (isNew: boolean) => [...byName.values()].flatMap(one => (one.isNew === isNew ? [one.row] : []))
  const fresh = rowsOf(true)
  if (fresh.length > 0) {
    const stored = await tx.rows<{ id: string; source: string | null; event_id: string | null }>(sql`
      insert into bad_event (id, state, source, event_id, type, subject, door, reason, errors, times, data_key, body, received_at)
      select id, 'open', source, event_id, type, subject, door, reason, errors, times, decode(data_key, 'base64'),
        decode(body, 'base64'), ${now}
      from json_to_recordset(${rowset(fresh)}) as ${columns} order by source, event_id, id
      on conflict (source, event_id) where state = 'open' do update set
        type = excluded.type, subject = excluded.subject, door = excluded.door, reason = excluded.reason,
        errors = excluded.errors, times = bad_event.times + excluded.times, data_key = excluded.data_key,
        body = excluded.body, received_at = excluded.received_at
      returning id, source, event_id`)
    for (const { id, source, event_id } of stored)
      if (source !== null && event_id !== null) ids.set(JSON.stringify([source, event_id]), id)
  }
  const again = rowsOf(false)
  if (again.length > 0)
    // A mended name may be that of another open line; this one then stays under the name it had.
    await tx.rows(sql`
      update bad_event b set source = case when n.is_free then r.source else b.source end,
        event_id = case when n.is_free then r.event_id else b.event_id end, type = r.type, subject = r.subject,
        reason = r.reason, errors = r.errors, data_key = decode(r.data_key, 'base64'), body = decode(r.body, 'base64'),
        tried_at = ${now}
      from json_to_recordset(${rowset(again)}) as ${columns},
        lateral (select not exists (select from bad_event o where o.state = 'open' and o.source = r.source
          and o.event_id = r.event_id and o.id <> r.id) as is_free) n
      where b.id = r.id and b.state = 'open'`)
  return names.map(name => ids.get(name)!)
}

/** The first levels of it, and null for what lies deeper: a megabyte of brackets takes long to read and to write. */
function cut(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (levels === 0) return null
  if (Array.isArray(value)) return value.map(inner => cut(inner, levels - 1))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cut(inner, levels - 1)]))
}

/** Events that were taken are open no more, by whichever way they came in the end. */
export async function mend(
  tx: Statements,
  taken: readonly { source: string; eventId: string }[],
  lines: readonly string[],
  now: Date,
): Promise<void> {
  if (taken.length > 0)
    await tx.rows(sql`
      update bad_event b set state = 'mended', ended_at = ${now}
      from json_to_recordset(${rowset(taken.map(({ source, eventId }) => ({ source, event_id: eventId })))}) as r(source text, event_id text)
      where b.source = r.source and b.event_id = r.event_id and b.state = 'open'`)
  if (lines.length > 0)
    await tx.rows(sql`
      update bad_event set state = 'mended', ended_at = ${now} where id = any(${[...lines]}::uuid[]) and state = 'open'`)
}

/** Locks lines that are replayed, and answers which of them are open. */
export async function openLines(tx: Statements, lines: readonly string[]): Promise<Set<string>> {
  if (lines.length === 0) return new Set()
  const rows = await tx.rows<{ id: string }>(sql`
    select id from bad_event where id = any(${[...lines]}::uuid[]) and state = 'open' order by id for update`)
  return new Set(rows.map(row => row.id))
}

interface Row {
  id: string
  state: (typeof badStates)[number]
  source: string | null
  event_id: string | null
  type: string | null
  door: Incoming['door']
  reason: BadEvent['reason']
  errors: BadEvent['errors']
  times: number
  received_at: Date
  data_key: Sealed
  body: Sealed
}

const columns = sql`id, state, source, event_id, type, door, reason, errors, times, received_at`

const view = (row: Row, event: BadEvent['event']): BadEvent => ({
  id: row.id,
  state: row.state,
  source: row.source,
  eventId: row.event_id,
  type: row.type,
  door: row.door,
  reason: row.reason,
  errors: row.errors,
  times: row.times,
  receivedAt: row.received_at.toISOString(),
  event,
})

const eventOf = (keys: KeyRing, { data_key, body }: Row): unknown =>
  JSON.parse(unseal(keys.unwrap(data_key), body, 'event'))

const wanted = ({ reason, type }: Pick<BadEventFilter, 'reason' | 'type'>): Sql[] => [
  ...(reason === undefined ? [] : [sql`reason = ${reason}`]),
  ...(type === undefined ? [] : [sql`type = ${type}`]),
]

/** Newest first. */
export async function listBadEvents(
  db: Statements,
  filter: BadEventFilter,
): Promise<{ items: BadEvent[]; next: string | null }> {
  const where = [sql`state = ${filter.state}`, ...wanted(filter)]
  if (filter.cursor) where.push(sql`id < ${filter.cursor}::uuid`)
  const rows = await db.rows<Row>(
    sql`select ${columns} from bad_event where ${join(where, sql` and `)} order by id desc limit ${filter.limit + 1}`,
    urgency.report,
  )
  const items = rows.slice(0, filter.limit).map(row => view(row, null))
  return { items, next: rows.length > filter.limit ? items.at(-1)!.id : null }
}

const find = async (db: Statements, id: string): Promise<Row | undefined> =>
  (await db.rows<Row>(sql`select ${columns}, data_key, body from bad_event where id = ${id}`))[0]

/** With the event, its numbers masked. */
export async function getBadEvent(db: Statements, keys: KeyRing, id: string): Promise<BadEvent | undefined> {
  const row = await find(db, id)
  return row && view(row, maskJson(eventOf(keys, row), deepest))
}

/** As it came, nothing masked: for who mends it. Its event is null where it is too deep to be shown. */
export async function openBadEvent(
  db: Statements,
  keys: KeyRing,
  id: string,
): Promise<{ state: Row['state']; incoming: Incoming; shown: unknown } | undefined> {
  const row = await find(db, id)
  if (!row) return undefined
  const event = eventOf(keys, row)
  return { state: row.state, incoming: { door: row.door, event }, shown: isDeeper(event, deepestShown) ? null : event }
}

/** Open ones to be replayed: those that never were, then those whose last try is longest ago; the oldest first. At least one. */
export async function toReplay(
  db: Statements,
  keys: KeyRing,
  filter: Pick<BadEventFilter, 'reason' | 'type'>,
): Promise<{ line: string; incoming: Incoming }[]> {
  const rows = await db.rows<Row>(
    sql`
    with first as (
      select id, sum(octet_length(body)) over (order by tried_at nulls first, id) - octet_length(body) as before from (
        select id, tried_at, body from bad_event where ${join([sql`state = 'open'`, ...wanted(filter)], sql` and `)}
        order by tried_at nulls first, id limit ${mostReplayed}
      ) f
    )
    select ${columns}, data_key, body from bad_event join first using (id) where before < ${mostReplayedBytes}
    order by tried_at nulls first, id`,
    urgency.report,
  )
  return rows.map(row => ({ line: row.id, incoming: { door: row.door, event: eventOf(keys, row) } }))
}

/** Open ones of a filter that were not tried since. */
export async function untried(
  db: Statements,
  filter: Pick<BadEventFilter, 'reason' | 'type'>,
  since: Date,
): Promise<number> {
  const where = [sql`state = 'open'`, sql`(tried_at is null or tried_at < ${since})`, ...wanted(filter)]
  const [row] = await db.rows<{ count: number }>(
    sql`select count(*)::int as count from bad_event where ${join(where, sql` and `)}`,
    urgency.report,
  )
  return row!.count
}

/** Lets an open one go. Answers false where it is not open. */
export async function drop(tx: Statements, id: string, now: Date): Promise<boolean> {
  const rows = await tx.rows(sql`
    update bad_event set state = 'dropped', ended_at = ${now} where id = ${id} and state = 'open' returning id`)
  return rows.length > 0
}

export const isThere = async (db: Statements, id: string): Promise<boolean> =>
  (await db.rows(sql`select from bad_event where id = ${id}`)).length > 0

/** Mended and dropped ones are forgotten after 90 days; open ones never. */
const keptForMs = 90 * 24 * 60 * 60_000
export const forgetBadEvents = async (db: Database, now: Date): Promise<number> =>
  (
    await db.rows(
      sql`
      delete from bad_event where id in (
        select id from bad_event where ended_at < ${new Date(now.getTime() - keptForMs)} order by ended_at limit 2000) returning 1 as gone`,
      urgency.idle,
    )
  ).length

/** Those that name nobody are opened for an erasure, so many at once. */
const openedAtOnce = 200

/**
 * Deletes the bad events in which somebody who is erased stands, though none says so: what they are about could not be read.
 * Before the transaction that erases them, for it takes a while where many wait.
 */
export async function eraseMentions(db: Database, keys: KeyRing, words: readonly string[]): Promise<number> {
  let last = '00000000-0000-0000-0000-000000000000'
  let erased = 0
  for (;;) {
    const rows = await db.rows<Pick<Row, 'id' | 'data_key' | 'body'>>(
      sql`
      select id, data_key, body from bad_event where subject is null and id > ${last}::uuid order by id limit ${openedAtOnce}`,
      urgency.report,
    )
    const theirs = rows.filter(row => {
      const text = unseal(keys.unwrap(row.data_key), row.body, 'event')
      const digits = text.replace(/[^\p{L}\p{Nd}]/gu, '')
      return words.some(word => text.includes(word) || (/^\d{6,}$/.test(word) && digits.includes(word)))
    })
    if (theirs.length > 0)
      await db.rows(sql`delete from bad_event where id = any(${theirs.map(row => row.id)}::uuid[]) and subject is null`)
    erased += theirs.length
    if (rows.length < openedAtOnce) return erased
    last = rows.at(-1)!.id
  }
}

export const verdictOf = (id: string, { source, eventId, reason, errors }: Bad): EventVerdict => ({
  verdict: 'bad',
  id,
  source,
  eventId,
  problem: { code: reason, errors },
})
