// What became of messages, for who asks: one, a page of them, or why.
import type { Explanation, Inbound, Message, MessageFilter } from '@usher/contract/message'
import { amount, type Prices } from '../carrier/route.ts'
import type { Clock } from '../clock.ts'
import { type Statements, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { join, type Sql, sql } from '../store/sql.ts'
import { maskNumber } from '../subscriber/number.ts'
import type { State } from './message.ts'
import { type Finding, say } from './policy.ts'
import { type Purpose, purposes, rulesOf } from './purpose.ts'

export interface ReadDeps {
  db: Statements
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
  claimed: boolean | null
  due_at: Date | null
  explanation: Finding[]
}

/** The claim on its job is what makes a message `submitting`; a held one whose hour has come is queued. */
const select = (now: Date): Sql => sql`
  select m.*, s.data_key, s.external_id, job.claimed_by is not null as claimed, job.due_at,
    case when job.claimed_by is not null then 'submitting' when m.state = 'held' and job.due_at <= ${now} then 'queued' else m.state end as state
  from message m join subscriber s on s.id = m.subscriber_id left join job on job.id = m.id`

export async function readMessage({ db, keys, clock, prices }: ReadDeps, id: string): Promise<Message | undefined> {
  const [row] = await db.rows<Row>(sql`${select(clock.now())} where m.id = ${id}`, urgency.report)
  return row && view(keys, prices, row)
}

export async function listMessages(
  { db, keys, clock, prices }: ReadDeps,
  filter: MessageFilter,
): Promise<{ items: Message[]; next: string | null }> {
  const now = clock.now()
  const where: Sql[] = []
  if (filter.cursor) where.push(sql`m.id < ${filter.cursor}::uuid`)
  if (filter.after) where.push(sql`m.id >= ${firstIdAt(new Date(filter.after))}::uuid`)
  if (filter.before) where.push(sql`m.id < ${firstIdAt(new Date(filter.before))}::uuid`)
  if (filter.purpose) where.push(sql`m.purpose = ${filter.purpose}`)
  if (filter.lane)
    where.push(sql`m.purpose = any(${purposes.filter(purpose => rulesOf[purpose].lane === filter.lane)})`)
  if (filter.carrier) where.push(sql`m.channel = ${filter.carrier}`)
  if (filter.country) where.push(sql`m.country = ${filter.country}`)
  if (filter.subscriber)
    where.push(sql`m.subscriber_id = (select id from subscriber where external_id = ${filter.subscriber})`)
  if (filter.number)
    where.push(
      sql`m.subscriber_id in (select id from subscriber where number_hash = any(${keys.hashes(filter.number)}))`,
    )
  if (filter.state === 'submitting') where.push(sql`job.claimed_by is not null`)
  else if (filter.state === 'queued')
    where.push(sql`job.claimed_by is null and (m.state = 'queued' or (m.state = 'held' and job.due_at <= ${now}))`)
  else if (filter.state === 'held') where.push(sql`job.claimed_by is null and m.state = 'held' and job.due_at > ${now}`)
  else if (filter.state) where.push(sql`m.state = ${filter.state}`)
  const rows = await db.rows<Row>(
    sql`${select(now)} ${where.length === 0 ? sql`` : sql`where ${join(where, sql` and `)}`} order by m.id desc limit ${filter.limit + 1}`,
    urgency.report,
  )
  const items = rows.slice(0, filter.limit).map(row => view(keys, prices, row))
  return { items, next: rows.length > filter.limit ? items.at(-1)!.id : null }
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
    number: Sealed
    body: Sealed
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
      number: key ? maskNumber(unseal(key, row.number, 'number')) : '',
      to: row.addressed_to,
      text: key ? unseal(key, row.body, 'inbound') : null,
      keyword: row.keyword,
      receivedAt: row.received_at.toISOString(),
    }
  })
  return { items, next: rows.length > filter.limit ? items.at(-1)!.id : null }
}
