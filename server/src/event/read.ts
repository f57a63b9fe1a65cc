// What came in, as the API shows it: newest first, by type or subject, numbers masked.
import { type EventFilter, type EventTypeUse, eventTypes, isEventType, type TakenEvent } from '@usher/contract/event'
import { z } from 'zod'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { join, type Sql, sql } from '../store/sql.ts'
import { deepest } from './check.ts'
import { maskJson } from './mask.ts'

interface Row {
  id: string
  source: string
  event_id: string
  type: string
  is_known: boolean
  door: TakenEvent['door']
  subject: string | null
  at: Date
  received_at: Date
  data_key: Sealed | null
  data: Sealed | null
  is_subscriber: boolean
  person_key: Sealed | null
}

const select = sql`
  select e.id, e.source, e.event_id, e.type, e.is_known, e.door, e.subject, e.at, e.received_at, e.data_key, e.data,
    (s.id is not null and s.erased_at is null) as is_subscriber, s.data_key as person_key
  from event e left join subscriber s on s.id = e.subscriber_id`

function view(keys: KeyRing, row: Row): TakenEvent {
  const wrapped = row.data_key ?? row.person_key
  return {
    id: row.id,
    source: row.source,
    eventId: row.event_id,
    type: row.type,
    isKnownType: row.is_known,
    door: row.door,
    subject: row.subject,
    isKnownSubscriber: row.is_subscriber,
    at: row.at.toISOString(),
    receivedAt: row.received_at.toISOString(),
    data: row.data && wrapped ? maskJson(JSON.parse(unseal(keys.unwrap(wrapped), row.data, 'event')), deepest) : null,
  }
}

export async function listEvents(
  db: Statements,
  keys: KeyRing,
  filter: EventFilter,
): Promise<{ items: TakenEvent[]; next: string | null }> {
  const { type, subject, known } = filter
  // Where one column is asked alone, its index is: `between` and the order leave the planner no other. By the statistics it
  // would rather walk all newer events backwards, for seconds where the last one of a type lies far back.
  const alone = [type, subject, known].filter(value => value !== undefined).length === 1
  const where: Sql[] = [sql`true`]
  const order: Sql[] = []
  for (const [column, value] of [
    [sql`e.type`, type],
    [sql`e.subject`, subject],
  ] as const)
    if (value !== undefined && alone) {
      where.push(sql`${column} between ${value} and ${value}`)
      order.push(sql`${column} desc`)
    } else if (value !== undefined) where.push(sql`${column} = ${value}`)
  if (known !== undefined) where.push(sql`e.is_known = ${known === 'true'}`)
  if (filter.cursor) where.push(sql`e.id < ${filter.cursor}::uuid`)
  const rows = await db.rows<Row>(
    sql`${select} where ${join(where, sql` and `)} order by ${join([...order, sql`e.id desc`], sql`, `)} limit ${filter.limit + 1}`,
    urgency.report,
  )
  const items = rows.slice(0, filter.limit).map(row => view(keys, row))
  return { items, next: rows.length > filter.limit ? items.at(-1)!.id : null }
}

export async function getEvent(db: Statements, keys: KeyRing, id: string): Promise<TakenEvent | undefined> {
  const [row] = await db.rows<Row>(sql`${select} where e.id = ${id}`)
  return row && view(keys, row)
}

/** Of how many events the counts are made: those of a busy day would take as long as a busy day. */
const counted = 200_000
const dayMs = 24 * 60 * 60_000

let schemas: Map<string, EventTypeUse['schema']> | undefined
const schemaOf = (type: string): EventTypeUse['schema'] => {
  schemas ??= new Map(
    Object.entries(eventTypes).map(([name, { data }]) => [
      name,
      z.toJSONSchema(data, { io: 'input', unrepresentable: 'any' }) as EventTypeUse['schema'],
    ]),
  )
  return schemas.get(type) ?? null
}

/** The types that mean something here, in the order of the contract; then the others that came of late, the latest first. */
export async function listEventTypes(db: Database, now: Date): Promise<EventTypeUse[]> {
  const known = Object.entries(eventTypes)
  const since = firstIdAt(new Date(now.getTime() - dayMs))
  const counts = await db.rows<{ type: string; count: number; last_at: Date }>(
    sql`
    select type, count(*)::int as count, max(received_at) as last_at
    from (select type, received_at from event where id >= ${since}::uuid order by id desc limit ${counted}) newest
    where received_at >= ${new Date(now.getTime() - dayMs)} group by type`,
    urgency.report,
  )
  const lasts = await db.rows<{ type: string; received_at: Date }>(
    sql`
    select t.type, e.received_at from unnest(${known.map(([name]) => name)}::text[]) as t(type),
      lateral (select received_at from event where event.type between t.type and t.type order by event.type desc, id desc limit 1) e`,
    urgency.report,
  )
  const countOf = new Map(counts.map(row => [row.type, row.count]))
  const lastOf = new Map(lasts.map(row => [row.type, row.received_at]))
  return [
    ...known.map(([type, { summary, about, example }]) => ({
      ...{ type, isKnown: true, summary, about },
      lastDay: countOf.get(type) ?? 0,
      lastAt: lastOf.get(type)?.toISOString() ?? null,
      example: example as EventTypeUse['example'],
      schema: schemaOf(type),
    })),
    ...counts
      .filter(({ type }) => !isEventType(type))
      .sort((a, b) => b.last_at.getTime() - a.last_at.getTime())
      .map(({ type, count, last_at }) => ({
        ...{ type, isKnown: false, summary: null, about: null, example: null, schema: null },
        lastDay: count,
        lastAt: last_at.toISOString(),
      })),
  ]
}
