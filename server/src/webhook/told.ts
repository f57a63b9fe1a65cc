// What is told, composed when it is told: the feed keeps what happened and to what, the rows it is about keep the rest. So
// nothing personal is stored twice, and who was erased is in no retry.
import type { OutgoingName, Told } from '@usher/contract/webhook'
import type { EventBus } from '../events.ts'
import { type Database, type Urgency, urgency } from '../store/database.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import { maskNumber } from '../subscriber/number.ts'

/** A row of the feed. */
export interface Happened {
  /** The webhook-id. */
  id: string
  type: OutgoingName
  at: Date
  /** The message, inbound text, click, consent, alert, what became of a number, or bad event. */
  about: string | null
  state: string | null
  reason: string | null
}

export interface ToldDeps {
  db: Database
  keys: KeyRing
  events: EventBus
}

type Data = Told['data']
/** What a row says of itself, and what the feed says of it beside. */
type Compose = (happened: Happened) => Data

/** A payload stays below 20 kB (Standard Webhooks, "Payload structure"); texts alone could be longer. */
const longestText = 16_000
const testWords = 'This is a test. Somebody asked Usher to send it; nothing happened to anybody.'

/** Composes what happened, in order. It says the same each time, for as long as the rows it is about do. */
export async function compose(
  deps: ToldDeps,
  rows: readonly Happened[],
  rank: Urgency = urgency.report,
): Promise<Told[]> {
  const about = new Map<string, Compose>()
  const idsOf = (isMeant: (type: OutgoingName) => boolean) => [
    ...new Set(rows.flatMap(row => (isMeant(row.type) && row.about !== null ? [row.about] : []))),
  ]
  await Promise.all([
    messages(
      deps,
      idsOf(type => type.startsWith('message.')),
      about,
      rank,
    ),
    inbound(
      deps,
      idsOf(type => type === 'inbound.received'),
      about,
      rank,
    ),
    clicks(
      deps,
      idsOf(type => type === 'link.clicked'),
      about,
      rank,
    ),
    consents(
      deps,
      idsOf(type => type === 'consent.changed'),
      about,
      rank,
    ),
    numbers(
      deps,
      idsOf(type => type.startsWith('number.')),
      about,
      rank,
    ),
    alerts(
      deps,
      idsOf(type => type.startsWith('alert.')),
      about,
      rank,
    ),
    badEvents(
      deps,
      idsOf(type => type === 'event.bad'),
      about,
      rank,
    ),
  ])
  return rows.map(row => ({
    id: row.id,
    type: row.type,
    timestamp: row.at.toISOString(),
    // What it was about may be forgotten by now; that it happened is still told.
    data: row.about === null ? { message: testWords } : (about.get(row.about)?.(row) ?? { id: row.about }),
  }))
}

async function messages({ db }: ToldDeps, ids: string[], about: Map<string, Compose>, rank: Urgency): Promise<void> {
  if (ids.length === 0) return
  const rows = await db.rows<{
    id: string
    external_id: string | null
    purpose: string
    template: string | null
    country: string | null
    channel: string | null
    segments: number
    accepted_at: Date
  }>(
    sql`
    select m.id, s.external_id, m.purpose, m.template, m.country, m.channel, m.segments, m.accepted_at
    from message m join subscriber s on s.id = m.subscriber_id where m.id = any(${ids}::uuid[])`,
    rank,
  )
  for (const row of rows)
    about.set(row.id, ({ state, reason }) => ({
      id: row.id,
      subscriber: row.external_id,
      purpose: row.purpose,
      state,
      reason,
      template: row.template,
      country: row.country,
      carrier: row.channel,
      segments: row.segments,
      acceptedAt: row.accepted_at.toISOString(),
    }))
}

async function inbound(
  { db, keys, events }: ToldDeps,
  ids: string[],
  about: Map<string, Compose>,
  rank: Urgency,
): Promise<void> {
  if (ids.length === 0) return
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
    select i.id, s.external_id, i.number, i.body, coalesce(s.data_key, i.data_key) as data_key, i.addressed_to, i.keyword,
      i.received_at
    from inbound i left join subscriber s on s.id = i.subscriber_id where i.id = any(${ids}::uuid[])`,
    rank,
  )
  for (const row of rows) {
    const said = { number: '', text: null as string | null }
    try {
      const key = row.data_key && keys.unwrap(row.data_key)
      if (key && row.number) said.number = maskNumber(unseal(key, row.number, 'number'))
      if (key && row.body) said.text = cut(unseal(key, row.body, 'inbound'))
    } catch (error) {
      // One that is damaged must not hold up all that comes after it.
      events.emit('work.failed', { what: `opening ${row.id}`, error: String(error) })
    }
    about.set(row.id, () => ({
      id: row.id,
      subscriber: row.external_id,
      number: said.number,
      to: row.addressed_to,
      text: said.text,
      keyword: row.keyword,
      receivedAt: row.received_at.toISOString(),
    }))
  }
}

/** As much of a text as a payload has room for, in the bytes that JSON takes. */
function cut(text: string): string {
  let bytes = 0
  let end = 0
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2
    if (bytes > longestText) return `${text.slice(0, end)}…`
    end += character.length
  }
  return text
}

async function clicks({ db }: ToldDeps, ids: string[], about: Map<string, Compose>, rank: Urgency): Promise<void> {
  if (ids.length === 0) return
  const rows = await db.rows<{
    id: string
    link_id: string
    message_id: string | null
    external_id: string | null
    purpose: string
    destination: string
    at: Date
  }>(
    sql`
    select c.id, c.link_id, l.message_id, s.external_id, l.purpose, l.destination, c.at
    from click c join link l on l.id = c.link_id left join subscriber s on s.id = l.subscriber_id
    where c.id = any(${ids}::uuid[])`,
    rank,
  )
  for (const row of rows)
    about.set(row.id, () => ({
      id: row.id,
      link: row.link_id,
      message: row.message_id,
      subscriber: row.external_id,
      purpose: row.purpose,
      destination: row.destination,
      at: row.at.toISOString(),
    }))
}

async function consents({ db }: ToldDeps, ids: string[], about: Map<string, Compose>, rank: Urgency): Promise<void> {
  if (ids.length === 0) return
  const rows = await db.rows<{
    id: string
    external_id: string | null
    preference_group: string
    granted: boolean
    how: string
    why: string | null
    at: Date
  }>(
    sql`
    select c.id, s.external_id, c.preference_group, c.granted, c.how, c.why, c.at
    from consent c left join subscriber s on s.id = c.subscriber_id where c.id = any(${ids}::uuid[])`,
    rank,
  )
  for (const { id, external_id, preference_group, granted, how, why, at } of rows)
    about.set(id, () => ({
      ...{ id, subscriber: external_id, group: preference_group, granted, how, why },
      at: at.toISOString(),
    }))
}

async function numbers({ db }: ToldDeps, ids: string[], about: Map<string, Compose>, rank: Urgency): Promise<void> {
  if (ids.length === 0) return
  const rows = await db.rows<{ id: string; external_id: string | null; why: string; at: Date }>(
    sql`
    select n.id, s.external_id, n.why, n.at from number_event n left join subscriber s on s.id = n.subscriber_id
    where n.id = any(${ids}::uuid[])`,
    rank,
  )
  for (const { id, external_id, why, at } of rows)
    about.set(id, () => ({ id, subscriber: external_id, why, at: at.toISOString() }))
}

async function alerts(
  { db, keys, events }: ToldDeps,
  ids: string[],
  about: Map<string, Compose>,
  rank: Urgency,
): Promise<void> {
  if (ids.length === 0) return
  const rows = await db.rows<{
    id: string
    external_id: string
    data_key: Sealed
    event: string
    details: Sealed
    at: Date
    expires_at: Date
  }>(
    sql`
    select a.id, s.external_id, s.data_key, a.event, a.details, a.at, a.expires_at
    from alert a join subscriber s on s.id = a.subscriber_id where a.id = any(${ids}::uuid[]) and s.data_key is not null`,
    rank,
  )
  for (const row of rows) {
    let reference: string | null = null
    try {
      reference = JSON.parse(unseal(keys.unwrap(row.data_key), row.details, 'alert')).about
    } catch (error) {
      // One that is damaged must not hold up all that comes after it.
      events.emit('work.failed', { what: `opening ${row.id}`, error: String(error) })
    }
    // When and how is the feed's to say: the alert may have been answered once more.
    about.set(row.id, ({ at, state, reason }) => ({
      ...{ id: row.id, subscriber: row.external_id, event: row.event, about: reference, at: row.at.toISOString() },
      ...(state === 'unasked' ? { reason } : { by: reason, answeredAt: at.toISOString(), isLate: at > row.expires_at }),
    }))
  }
}

async function badEvents({ db }: ToldDeps, ids: string[], about: Map<string, Compose>, rank: Urgency): Promise<void> {
  if (ids.length === 0) return
  const rows = await db.rows<{
    id: string
    source: string | null
    event_id: string | null
    type: string | null
    reason: string
  }>(sql`select id, source, event_id, type, reason from bad_event where id = any(${ids}::uuid[])`, rank)
  for (const { id, source, event_id, type, reason } of rows)
    about.set(id, () => ({ id, source, eventId: event_id, type, reason }))
}
