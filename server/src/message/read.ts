// What became of messages, for who asks: one, a page of them, or why.
import type { Explanation, Inbound, Message, MessageFilter } from '@usher/contract/message'
import { amount, type Prices } from '../carrier/route.ts'
import type { Clock } from '../clock.ts'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { join, type Sql, sql } from '../store/sql.ts'
import { maskNumber } from '../subscriber/number.ts'
import type { State } from './message.ts'
import { type Finding, say } from './policy.ts'
import { type Purpose, purposes, rulesOf } from './purpose.ts'

export interface ReadDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  prices: Prices
}

interface Row {
  id: string
  purpose: Purpose
  state: State
  reason: string | null
  sender: string
  originator: string
  country: string | null
  template: string | null
  template_version: number | null
  locale: string | null
  encoding: 'gsm7' | 'ucs2' | null
  segments: number
  cost_micros: number | null
  channel: string | null
  carrier_message_id: string | null
  attempts: number
  accepted_at: Date
  not_before: Date | null
  expires_at: Date
  submitted_at: Date | null
  ended_at: Date | null
  number: Sealed | null
  body: Sealed | null
  data_key: Sealed | null
  external_id: string | null
  explanation: Finding[]
  journey: Message['journey']
}

/** The claim on its job is what makes a message `submitting`; a held one whose hour has come is queued. */
export const stateAt = (now: Date): Sql => sql`
  case when m.state in ('held', 'queued') then coalesce((
    select case when claimed_by is not null then 'submitting' when m.state = 'held' and due_at <= ${now} then 'queued' end
    from job where job.id = m.id), m.state) else m.state end`

/** The step of a journey that a text is, where it is one. */
const journeyOf = (id: Sql): Sql => sql`
  (select json_build_object('name', t.journey, 'step', t.name) from journey_step t where t.message_id = ${id} limit 1) as journey`

const select = (now: Date): Sql => sql`
  select m.*, s.data_key, s.external_id, ${stateAt(now)} as state, ${journeyOf(sql`m.id`)} from message m join subscriber s on s.id = m.subscriber_id`

export async function readMessage({ db, keys, clock, prices }: ReadDeps, id: string): Promise<Message | undefined> {
  const [row] = await db.rows<Row>(sql`${select(clock.now())} where m.id = ${id}`, urgency.report)
  return row && view(keys, prices, row)
}

/**
 * A page of texts, newest first. Whatever is asked for among however many, a request looks at so many rows and no more: it
 * answers what it found among them, and `next` is where it stopped looking.
 */
export async function listMessages(
  { db, keys, clock, prices }: ReadDeps,
  filter: MessageFilter,
): Promise<{ items: Message[]; next: string | null }> {
  const now = clock.now()
  const way = await wayTo(db, keys, filter)
  if (!way) return { items: [], next: null }
  const { table, id, message, served } = way
  const asked = askedOf(filter, now)
  const range = [
    ...(filter.cursor ? [sql`${id} < ${filter.cursor}::uuid`] : []),
    ...(filter.after ? [sql`${id} >= ${firstIdAt(new Date(filter.after))}::uuid`] : []),
    ...(filter.before ? [sql`${id} < ${firstIdAt(new Date(filter.before))}::uuid`] : []),
  ]
  // Found first and by the index alone. The planner then knows how little there is to read, and so takes no other way.
  const [last] = await db.rows<{ id: string }>(
    sql`select ${id} from ${table} where ${and([...served, ...range])} order by ${id} desc offset ${looks * db.batch} limit 1`,
    urgency.report,
  )
  const rows = await db.rows<Row>(
    sql`
    with page as (
      select m.*, ${stateAt(now)} as shown from ${table} ${message}
      where ${and([...served, ...range, ...(last ? [sql`${id} >= ${last.id}::uuid`] : []), ...asked])}
      order by ${id} desc limit ${filter.limit + 1}
    )
    select page.*, page.shown as state, s.data_key, s.external_id, ${journeyOf(sql`page.id`)} from page, ${subscriberOfPage} s order by page.id desc`,
    urgency.report,
  )
  const items = rows.slice(0, filter.limit).map(row => view(keys, prices, row))
  return { items, next: rows.length > filter.limit ? items.at(-1)!.id : (last?.id ?? null) }
}

/** How many batches of rows one request looks at: 10,000 rows on PostgreSQL, a quarter of it where all share one connection. */
const looks = 20
const and = (conditions: readonly Sql[]): Sql => (conditions.length === 0 ? sql`true` : join(conditions, sql` and `))
/** `limit` keeps the planner from reading all subscribers to join them with a page. */
const subscriberOfPage = sql`lateral (select data_key, external_id from subscriber where id = page.subscriber_id limit 1)`

/** The index message_went_wrong has these; the other states have a share of all texts, or a job. */
const rareEnds: readonly State[] = [
  'refused',
  'cancelled',
  'rejected',
  'undeliverable',
  'expired',
  'unanswered',
  'unconfirmed',
]

/** By which index the texts that a filter is about are walked through, newest first. */
interface Way {
  table: Sql
  /** The id of the text in that table. */
  id: Sql
  /** How a text `m` is come by from there. */
  message: Sql
  /** What the index itself answers. */
  served: Sql[]
}

/** Undefined where there is nothing to look for. */
async function wayTo(
  db: Statements,
  keys: KeyRing,
  { state, subscriber, number }: MessageFilter,
): Promise<Way | undefined> {
  const byId = { table: sql`message m`, id: sql`m.id`, message: sql``, served: [] }
  const byJob = {
    id: sql`j.id`,
    message: sql`cross join lateral (select * from message where id = j.id limit 1) m`,
    served: [],
  }
  if (state === 'accepted') return undefined // by the time it is stored it is held or queued
  if (subscriber !== undefined || number !== undefined) {
    const people = await db.rows<{ id: string }>(
      sql`select id from subscriber where ${and([
        ...(subscriber === undefined ? [] : [sql`external_id = ${subscriber}`]),
        ...(number === undefined ? [] : [sql`number_hash = any(${keys.hashes(number)})`]),
      ])}`,
      urgency.report,
    )
    if (people.length === 0) return undefined
    const ids = people.map(row => row.id)
    // Of one alone they come in order, however many.
    return {
      ...byId,
      served: [ids.length === 1 ? sql`m.subscriber_id = ${ids[0]}` : sql`m.subscriber_id = any(${ids}::uuid[])`],
    }
  }
  // Claims are few among the jobs, and the oldest: they are all read, instead of what waits behind them.
  if (state === 'submitting')
    return { ...byJob, table: sql`(select id from job where claimed_by is not null offset 0) j` }
  if (state === 'queued' || state === 'held') return { ...byJob, table: sql`job j` }
  if (state && rareEnds.includes(state)) return { ...byId, served: [sql`m.state = ${state}`] }
  return byId
}

/** What is asked of each text that is looked at. */
function askedOf({ state, purpose, lane, carrier, country }: MessageFilter, now: Date): Sql[] {
  const asked: Sql[] = []
  if (purpose) asked.push(sql`m.purpose = ${purpose}`)
  if (lane) asked.push(sql`m.purpose = any(${purposes.filter(one => rulesOf[one].lane === lane)})`)
  if (carrier) asked.push(sql`m.channel = ${carrier}`)
  if (country) asked.push(sql`m.country = ${country}`)
  if (state === 'queued' || state === 'held' || state === 'submitting') asked.push(sql`${stateAt(now)} = ${state}`)
  else if (state) asked.push(sql`m.state = ${state}`)
  return asked
}

function view(keys: KeyRing, prices: Prices, row: Row): Message {
  const key = row.data_key && (row.number || row.body) ? keys.unwrap(row.data_key) : undefined
  const time = (at: Date | null) => at?.toISOString() ?? null
  return {
    id: row.id,
    subscriber: row.external_id,
    number: key && row.number ? maskNumber(unseal(key, row.number, 'number')) : null,
    purpose: row.purpose,
    lane: rulesOf[row.purpose].lane,
    state: row.state,
    reason: row.reason,
    sender: row.sender,
    originator: row.originator,
    country: row.country,
    template: row.template,
    templateVersion: row.template_version,
    locale: row.locale,
    journey: row.journey,
    // The text of a code is nobody's to read, not even while it waits.
    text: key && row.body && !rulesOf[row.purpose].secret ? unseal(key, row.body, 'text') : null,
    encoding: row.encoding,
    segments: row.segments,
    cost: row.cost_micros === null ? null : { amount: amount(row.cost_micros), currency: prices.currency },
    carrier: row.channel,
    carrierMessageId: row.carrier_message_id,
    attempts: row.attempts,
    acceptedAt: row.accepted_at.toISOString(),
    notBefore: time(row.not_before),
    expiresAt: row.expires_at.toISOString(),
    submittedAt: time(row.submitted_at),
    endedAt: time(row.ended_at),
  }
}

export async function explain({ db, clock }: ReadDeps, id: string): Promise<Explanation | undefined> {
  const [row] = await db.rows<Row>(sql`${select(clock.now())} where m.id = ${id}`, urgency.report)
  if (!row) return undefined
  const rules = row.explanation.map(finding => ({ ...finding, sentence: say(finding) }))
  const timeline: Explanation['timeline'] = [{ state: 'accepted', at: row.accepted_at.toISOString(), detail: null }]
  const wasHeld = rules.some(rule => rule.answer === 'held')
  if (wasHeld)
    timeline.push({
      state: 'held',
      at: row.accepted_at.toISOString(),
      detail: `until ${row.not_before?.toISOString()}`,
    })
  if (row.state !== 'refused' && (!wasHeld || row.state !== 'held'))
    timeline.push({
      state: 'queued',
      at: (wasHeld && row.not_before ? row.not_before : row.accepted_at).toISOString(),
      detail: null,
    })
  if (row.submitted_at) timeline.push({ state: 'submitted', at: row.submitted_at.toISOString(), detail: row.channel })
  if (row.ended_at) timeline.push({ state: row.state, at: row.ended_at.toISOString(), detail: row.reason })
  return { id: row.id, state: row.state, decidedAt: row.accepted_at.toISOString(), rules, timeline }
}

export async function listInbound(
  { db, keys }: ReadDeps,
  filter: { subscriber?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: Inbound[]; next: string | null }> {
  const where: Sql[] = []
  if (filter.cursor) where.push(sql`i.id < ${filter.cursor}::uuid`)
  if (filter.subscriber)
    where.push(sql`i.subscriber_id = (select id from subscriber where external_id = ${filter.subscriber})`)
  const rows = await db.rows<{
    id: string
    external_id: string | null
    number: Sealed | null
    body: Sealed | null
    data_key: Sealed | null
    addressed_to: string
    keyword: string | null
    received_at: Date
  }>(
    sql`
    select i.id, i.number, i.body, i.addressed_to, i.keyword, i.received_at, s.external_id, coalesce(s.data_key, i.data_key) as data_key
    from inbound i left join subscriber s on s.id = i.subscriber_id
    ${where.length === 0 ? sql`` : sql`where ${join(where, sql` and `)}`} order by i.id desc limit ${filter.limit + 1}`,
    urgency.report,
  )
  const items = rows.slice(0, filter.limit).map(row => {
    const key = row.data_key && keys.unwrap(row.data_key)
    return {
      id: row.id,
      subscriber: row.external_id,
      number: key && row.number ? maskNumber(unseal(key, row.number, 'number')) : '',
      to: row.addressed_to,
      text: key && row.body ? unseal(key, row.body, 'inbound') : null,
      keyword: row.keyword,
      receivedAt: row.received_at.toISOString(),
    }
  })
  return { items, next: rows.length > filter.limit ? items.at(-1)!.id : null }
}
