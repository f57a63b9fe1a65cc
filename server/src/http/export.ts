// All that is stored about a subscriber, decrypted: for who asks for their data (GDPR Art. 15 and 20), as JSON or as a page.
//
// It is read and written batch by batch, so a hundred thousand texts take no more memory than five hundred. A table that
// refers to a subscriber is listed in `sections`, or in `notExported` with the reason; a test reads the schema.
import type { Habits } from '../account/habits.ts'
import { say as sayFinding } from '../account/risk.ts'
import { type SignInRow, unpack } from '../account/sign-in.ts'
import { amount, type Prices } from '../carrier/route.ts'
import { customersOf } from '../event/stripe-customer.ts'
import { type Finding, say } from '../message/policy.ts'
import { type Purpose, rulesOf } from '../message/purpose.ts'
import { type Database, urgency } from '../store/database.ts'
import { type DataKey, type KeyRing, type Sealed, type SealedAs, unseal } from '../store/keys.ts'
import { type Sql, sql } from '../store/sql.ts'
import { aboutTitles, findSubscriber, type SubscriberRow, wholeNumber } from '../subscriber/subscriber.ts'

export interface ExportDeps {
  db: Database
  keys: KeyRing
  prices: Prices
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
type Item = Record<string, Json>

interface Person {
  row: SubscriberRow
  externalId: string
  key: DataKey | null
  /** What their number is found by. */
  hashes: Buffer[]
  /** What the service called them in events: their id, and what Stripe calls them. */
  names: string[]
}

interface Section {
  /** As the field of the JSON. */
  name: string
  /** As the page calls it. */
  title: string
  tables: readonly string[]
  items: (deps: ExportDeps, person: Person) => AsyncGenerator<Item[]>
}

const batch = 500
const first = '00000000-0000-0000-0000-000000000000'
const time = (at: Date | null) => at?.toISOString() ?? null

/** Rows in order of their id, a batch at a time. */
async function* pages<R extends { id: string }>(
  db: Database,
  select: (after: Sql) => Sql,
  view: (row: R) => Item,
): AsyncGenerator<Item[]> {
  let last = first
  for (;;) {
    const rows = await db.rows<R>(select(sql`${last}::uuid`), urgency.report)
    if (rows.length > 0) yield rows.map(view)
    if (rows.length < batch) return
    last = rows.at(-1)!.id
  }
}

async function* once<R>(db: Database, query: Sql, view: (row: R) => Item): AsyncGenerator<Item[]> {
  const rows = await db.rows<R>(query, urgency.report)
  if (rows.length > 0) yield rows.map(view)
}

const opened = (key: DataKey | null, bytes: Sealed | null, as: SealedAs): string | null =>
  key && bytes ? unseal(key, bytes, as) : null
const parsed = (text: string | null): Json => (text === null ? null : JSON.parse(text))
/** Of a row that has a key of its own, or lies under the subscriber's. */
const keyOf = ({ keys }: ExportDeps, { key }: Person, own: Sealed | null) => (own ? keys.unwrap(own) : key)

interface MessageRow {
  id: string
  purpose: Purpose
  state: string
  reason: string | null
  sender: string
  originator: string
  country: string | null
  template: string | null
  locale: string | null
  number: Sealed | null
  body: Sealed | null
  segments: number
  cost_micros: number | null
  channel: string | null
  carrier_message_id: string | null
  accepted_at: Date
  not_before: Date | null
  expires_at: Date
  submitted_at: Date | null
  ended_at: Date | null
  explanation: Finding[]
}

export const sections: readonly Section[] = [
  {
    name: 'suppressions',
    title: 'Texts that this number is not sent',
    tables: ['suppression'],
    items: ({ db }, { hashes }) =>
      once<{ scope: string; reason: string; at: Date }>(
        db,
        sql`select distinct scope, reason, at from suppression where number_hash = any(${hashes}) order by at`,
        ({ scope, reason, at }) => ({ scope, reason, at: time(at) }),
      ),
  },
  {
    name: 'consents',
    title: 'What they agreed to and ended, with the proof',
    tables: ['consent', 'consent_words'],
    items: ({ db }, { row, key }) =>
      pages<{
        id: string
        preference_group: string
        granted: boolean
        is_confirmed: boolean
        basis: string
        at: Date
        how: string
        why: string | null
        words: string | null
        proof: Sealed | null
        recorded_at: Date
      }>(
        db,
        after => sql`
          select id, preference_group, granted, is_confirmed, basis, at, how, why, proof, recorded_at,
            (select w.words from consent_words w where w.hash = c.words) as words
          from consent c where subscriber_id = ${row.id} and id > ${after} order by id limit ${batch}`,
        one => ({
          ...{ id: one.id, group: one.preference_group, granted: one.granted, confirmed: one.is_confirmed },
          ...{ basis: one.basis, at: time(one.at), how: one.how, why: one.why, words: one.words },
          proof: parsed(opened(key, one.proof, 'proof')),
          recordedAt: time(one.recorded_at),
        }),
      ),
  },
  {
    name: 'messages',
    title: 'Texts to them, and why each was or was not sent',
    tables: ['message'],
    items: ({ db, prices }, { row, key }) =>
      pages<MessageRow>(
        db,
        after => sql`
          select * from message where subscriber_id = ${row.id} and id > ${after} order by id limit ${batch}`,
        one => ({
          ...{ id: one.id, purpose: one.purpose, state: one.state, reason: one.reason },
          number: opened(key, one.number, 'number'),
          // The text of a code is nobody's to read, not even while it waits.
          text: rulesOf[one.purpose].secret ? null : opened(key, one.body, 'text'),
          ...{ sender: one.sender, originator: one.originator, country: one.country },
          ...{ template: one.template, locale: one.locale, segments: one.segments },
          cost: one.cost_micros === null ? null : `${amount(one.cost_micros)} ${prices.currency}`,
          ...{ carrier: one.channel, carrierMessageId: one.carrier_message_id },
          ...{ acceptedAt: time(one.accepted_at), notBefore: time(one.not_before), expiresAt: time(one.expires_at) },
          ...{ submittedAt: time(one.submitted_at), endedAt: time(one.ended_at) },
          why: one.explanation.map(say),
        }),
      ),
  },
  {
    name: 'inbound',
    title: 'Texts from them',
    tables: ['inbound'],
    items: ({ db }, { row, key }) =>
      pages<{
        id: string
        number: Sealed | null
        body: Sealed | null
        addressed_to: string
        keyword: string | null
        channel: string
        received_at: Date
      }>(
        db,
        after => sql`
          select id, number, body, addressed_to, keyword, channel, received_at from inbound
          where subscriber_id = ${row.id} and id > ${after} order by id limit ${batch}`,
        one => ({
          ...{ id: one.id, number: opened(key, one.number, 'number'), to: one.addressed_to },
          ...{ text: opened(key, one.body, 'inbound'), keyword: one.keyword, carrier: one.channel },
          receivedAt: time(one.received_at),
        }),
      ),
  },
  {
    name: 'inboundParts',
    title: 'Parts of long texts from their number that are not whole yet',
    tables: ['inbound_part'],
    items: (deps, person) =>
      once<{
        addressed_to: string
        sequence: number
        total: number
        data_key: Sealed
        body: Sealed
        data_coding: number | null
        received_at: Date
      }>(
        deps.db,
        sql`
          select addressed_to, sequence, total, data_key, body, data_coding, received_at from inbound_part
          where number_hash = any(${person.hashes}) and body is not null order by received_at limit 1000`,
        one => ({
          ...{ to: one.addressed_to, part: one.sequence, of: one.total, dataCoding: one.data_coding },
          octets: opened(keyOf(deps, person, one.data_key), one.body, 'inbound'),
          receivedAt: time(one.received_at),
        }),
      ),
  },
  {
    name: 'parkedReceipts',
    title: 'Receipts from their number that belong to no text yet',
    tables: ['parked_receipt'],
    items: ({ db }, { hashes }) =>
      once<{ channel: string; state: string; reason: string | null; received_at: Date }>(
        db,
        sql`
          select channel, state, reason, received_at from parked_receipt
          where number_hash = any(${hashes}) order by received_at limit 1000`,
        one => ({ carrier: one.channel, state: one.state, reason: one.reason, receivedAt: time(one.received_at) }),
      ),
  },
  {
    name: 'numbers',
    title: 'What became of their number, and codes that were sent to verify or change it',
    tables: ['number_event', 'number_change'],
    items: ({ db }, { row, key }) =>
      once<{ at: Date; what: string; why: string; number: Sealed | null }>(
        db,
        sql`
          select at, type as what, why, null::bytea as number from number_event where subscriber_id = ${row.id}
          union all
          select made_at, 'code ' || state, step_up, number from number_change where subscriber_id = ${row.id}
          order by at limit 1000`,
        one => ({ at: time(one.at), what: one.what, why: one.why, number: opened(key, one.number, 'number') }),
      ),
  },
  {
    name: 'verifications',
    title: 'Codes they were sent, and whether they were typed',
    tables: ['verification'],
    items: ({ db }, { row }) =>
      pages<{
        id: string
        purpose: string
        state: string
        sends: number
        not_sent: string | null
        made_at: Date
        ended_at: Date | null
      }>(
        db,
        after => sql`
          select id, purpose, state, sends, not_sent, made_at, ended_at from verification
          where subscriber_id = ${row.id} and id > ${after} order by id limit ${batch}`,
        one => ({
          ...{ purpose: one.purpose, state: one.state, codes: one.sends, notSent: one.not_sent },
          ...{ askedAt: time(one.made_at), endedAt: time(one.ended_at) },
        }),
      ),
  },
  {
    name: 'resetLinks',
    title: 'Links to reset their password, and whether they were used',
    tables: ['reset_link'],
    items: ({ db }, { row }) =>
      pages<{
        id: string
        made_at: Date
        spent_at: Date | null
        redeemed_at: Date | null
        ends_sessions: boolean | null
      }>(
        db,
        after => sql`
          select id, made_at, spent_at, redeemed_at, ends_sessions from reset_link
          where subscriber_id = ${row.id} and id > ${after} order by id limit ${batch}`,
        one => ({
          ...{ askedAt: time(one.made_at), usedAt: time(one.spent_at), redeemedAt: time(one.redeemed_at) },
          endedSessions: one.ends_sessions,
        }),
      ),
  },
  {
    name: 'alerts',
    title: 'Whether it was them: what they were asked, and answered',
    tables: ['alert'],
    items: ({ db }, { row, key }) =>
      pages<{
        id: string
        event: string
        details: Sealed
        at: Date
        state: string
        answered_by: string | null
        made_at: Date
        ended_at: Date | null
      }>(
        db,
        after => sql`
          select id, event, details, at, state, answered_by, made_at, ended_at from alert
          where subscriber_id = ${row.id} and id > ${after} order by id limit ${batch}`,
        one => ({
          ...{ event: one.event, ...(parsed(opened(key, one.details, 'alert')) as Item), at: time(one.at) },
          ...{ state: one.state, by: one.answered_by, askedAt: time(one.made_at), answeredAt: time(one.ended_at) },
        }),
      ),
  },
  {
    name: 'subscriptions',
    title: 'What is known of their subscriptions',
    tables: ['subscription'],
    items: ({ db }, { row, key }) =>
      once<{ name: string; facts: Sealed; told_at: Date }>(
        db,
        sql`select name, facts, told_at from subscription where subscriber_id = ${row.id} order by name limit 1000`,
        one => ({
          subscription: one.name === '' ? null : one.name,
          ...{ known: parsed(opened(key, one.facts, 'subscription')), toldAt: time(one.told_at) },
        }),
      ),
  },
  {
    name: 'journeys',
    title: 'Which reminders and notices were planned for them, why, and what became of each',
    tables: ['journey_run', 'journey_step'],
    items: ({ db }, { row, key }) =>
      pages<{
        id: string
        journey: string
        subscription: string
        facts: Sealed
        anchor_at: Date
        started_at: Date
        ended_at: Date | null
        ended_by: string | null
        steps: { step: string; dueAt: string; state: string; reason: string | null; message: string | null }[] | null
      }>(
        db,
        after => sql`
          select id, journey, subscription, facts, anchor_at, started_at, ended_at, ended_by, (
            select json_agg(json_build_object('step', t.name, 'dueAt', t.due_at, 'state', t.state, 'reason', t.reason,
              'message', t.message_id) order by t.due_at, t.id)
            from journey_step t where t.run_id = r.id) as steps
          from journey_run r where subscriber_id = ${row.id} and id > ${after} order by id limit ${batch}`,
        one => ({
          ...{ journey: one.journey, subscription: one.subscription === '' ? null : one.subscription },
          ...{ because: parsed(opened(key, one.facts, 'journey')), countedFrom: time(one.anchor_at) },
          ...{ startedAt: time(one.started_at), endedAt: time(one.ended_at), endedBy: one.ended_by },
          steps: (one.steps ?? []).map(step => ({ ...step, dueAt: new Date(step.dueAt).toISOString() })),
        }),
      ),
  },
  {
    name: 'events',
    title: 'What the service told about them',
    tables: ['event'],
    items: (deps, person) =>
      pages<{
        id: string
        source: string
        event_id: string
        type: string
        at: Date
        received_at: Date
        data_key: Sealed | null
        data: Sealed | null
      }>(
        deps.db,
        after => sql`
          select id, source, event_id, type, at, received_at, data_key, data from event
          where subject = any(${person.names}) and type <> all(${aboutTitles}) and id > ${after} order by id limit ${batch}`,
        one => ({
          ...{ id: one.id, source: one.source, eventId: one.event_id, type: one.type },
          ...{ at: time(one.at), receivedAt: time(one.received_at) },
          data: parsed(opened(keyOf(deps, person, one.data_key), one.data, 'event')),
        }),
      ),
  },
  {
    name: 'badEvents',
    title: 'What the service told about them and could not be taken',
    tables: ['bad_event'],
    items: (deps, person) =>
      pages<{ id: string; type: string | null; reason: string; received_at: Date; data_key: Sealed; body: Sealed }>(
        deps.db,
        after => sql`
          select id, type, reason, received_at, data_key, body from bad_event
          where subject = any(${person.names}) and (type is null or type <> all(${aboutTitles})) and id > ${after}
          order by id limit ${batch}`,
        one => ({
          ...{ id: one.id, type: one.type, reason: one.reason, receivedAt: time(one.received_at) },
          event: parsed(opened(keyOf(deps, person, one.data_key), one.body, 'event')),
        }),
      ),
  },
  {
    name: 'stripeCustomers',
    title: 'Who they are at Stripe',
    tables: ['stripe_customer'],
    items: ({ db }, { externalId }) =>
      once<{ customer: string; seen_at: Date }>(
        db,
        sql`select customer, seen_at from stripe_customer where subject = ${externalId} order by customer`,
        ({ customer, seen_at }) => ({ customer, saidAt: time(seen_at) }),
      ),
  },
  {
    name: 'links',
    title: 'Short links in their texts',
    tables: ['link'],
    items: ({ db }, { row }) =>
      pages<{
        id: string
        destination: string
        purpose: string
        message_id: string | null
        created_at: Date
        expires_at: Date
        human_clicks: number
      }>(
        db,
        after => sql`
          select id, destination, purpose, message_id, created_at, expires_at, human_clicks from link
          where subscriber_id = ${row.id} and id > ${after} order by id limit ${batch}`,
        one => ({
          ...{ id: one.id, destination: one.destination, purpose: one.purpose, message: one.message_id },
          ...{ madeAt: time(one.created_at), expiresAt: time(one.expires_at), followed: one.human_clicks },
        }),
      ),
  },
  {
    name: 'clicks',
    title: 'Who followed them, and with what',
    tables: ['click'],
    items: clicks,
  },
  {
    name: 'told',
    title: "What the service's own systems were told about them",
    tables: ['feed', 'delivery', 'webhook_endpoint'],
    items: told,
  },
  {
    name: 'signIns',
    title: 'Sign-ins to their account, and how likely each was theirs',
    tables: ['sign_in', 'sign_in_profile'],
    // What the profile has is the last of these once more.
    items: ({ db }, { row }) =>
      pages<SignInRow>(
        db,
        after => sql`
          select * from sign_in where subscriber_id = ${row.id} and id > ${after} order by id limit ${batch}`,
        one => ({
          ...{ id: one.id, at: time(one.at), outcome: one.outcome, factor: one.factor, answer: one.answer },
          ...{ country: one.country, city: one.city, network: one.network, device: one.kind, system: one.system },
          ...{ browser: one.browser, score: Math.round(one.score * 10) / 10, isTheirs: one.is_theirs },
          why: one.findings.map(finding => sayFinding(unpack(finding), one.network)),
        }),
      ),
  },
  {
    name: 'habits',
    title: 'What their household watched in four weeks, where and when',
    tables: ['view_profile'],
    items: ({ db }, { row }) =>
      once<{ habits: Habits }>(
        db,
        sql`select habits from view_profile where subscriber_id = ${row.id}`,
        ({ habits }) => ({
          days: habits.buckets.flatMap(({ from, days, habits }) =>
            habits.map(({ device: _, blocks, ...what }) => ({
              ...{ from: new Date(from * 86_400_000).toISOString().slice(0, 10), days, ...what },
              hours: blocks.reduce((sum, quarters) => sum + quarters, 0) / 4,
            })),
          ),
        }),
      ),
  },
  {
    name: 'audit',
    title: 'What operators did to them here',
    tables: ['audit'],
    // Who did it is another person's data.
    items: ({ db }, { externalId }) =>
      pages<{ id: string; at: Date; action: string; detail: Json }>(
        db,
        after => sql`
          select id, at, action, detail from audit where subject = ${externalId} and id > ${after} order by id limit ${batch}`,
        one => ({ at: time(one.at), action: one.action, detail: one.detail }),
      ),
  },
]

interface ClickRow {
  id: string
  link_id: string
  at: Date
  method: string
  agent: string | null
  network: string | null
  marks: Json
  verdict: string | null
  why: string[] | null
}

/** By their links, so many at a time. */
async function* clicks({ db }: ExportDeps, { row }: Person): AsyncGenerator<Item[]> {
  for (let last = first; ; ) {
    const links = await db.rows<{ id: string }>(
      sql`select id from link where subscriber_id = ${row.id} and id > ${last}::uuid order by id limit ${batch}`,
      urgency.report,
    )
    yield* once<ClickRow>(
      db,
      sql`
        select id, link_id, at, method, agent, network, marks, verdict, why from click
        where link_id = any(${links.map(({ id }) => id)}::uuid[]) order by link_id, id`,
      one => ({
        ...{ id: one.id, link: one.link_id, at: time(one.at), method: one.method, agent: one.agent },
        ...{ network: one.network, marks: one.marks, verdict: one.verdict, why: one.why },
      }),
    )
    if (links.length < batch) return
    last = links.at(-1)!.id
  }
}

/** Tables that refer to a subscriber and are not exported, each with the reason. */
export const notExported: Readonly<Record<string, string>> = {
  page_link: 'A hash of a link to their own page, and when it ends: it says nothing of them.',
  recovery_code: 'Keyed hashes of codes that they saved: they say nothing of them.',
  verification_subject:
    'Counts of codes that were asked for or wrong: they protect the account, and are no part of what it did.',
  verification_device: 'Keyed hashes of devices that a code was typed on: they say nothing of the device.',
  page_code: 'A keyed hash of a code that was texted to them, for an hour: it says nothing of them.',
}

/** The feed has no index by whom it is about: it is walked from when they came, and each piece asked. */
async function* told({ db }: ExportDeps, { row }: Person): AsyncGenerator<Item[]> {
  const [from] = await db.rows<{ position: number }>(
    sql`select position from feed where spread_at >= ${row.created_at} order by spread_at, position limit 1`,
    urgency.report,
  )
  if (!from) return
  for (let after = from.position - 1; ; ) {
    const [end] = await db.rows<{ last: number | null; count: number }>(
      sql`
      select max(position) as last, count(*)::int as count from (
        select position from feed where position > ${after} order by position limit 2000) f`,
      urgency.report,
    )
    if (!end?.last) return
    const rows = await db.rows<{
      type: string
      at: Date
      state: string | null
      endpoint: string | null
      delivery: string | null
    }>(
      sql`
      select f.type, f.at, f.state, e.url as endpoint, d.state as delivery from feed f
      left join delivery d on d.position = f.position left join webhook_endpoint e on e.id = d.endpoint_id
      where f.position > ${after} and f.position <= ${end.last} and f.about is not null and (
        (select subscriber_id from message where id = f.about) = ${row.id}
        or (select subscriber_id from inbound where id = f.about) = ${row.id}
        or (select l.subscriber_id from click c join link l on l.id = c.link_id where c.id = f.about) = ${row.id})
      order by f.position`,
      urgency.report,
    )
    if (rows.length > 0)
      yield rows.map(one => ({
        ...{ type: one.type, at: time(one.at), state: one.state },
        to: one.endpoint === null ? null : new URL(one.endpoint).host,
        delivery: one.delivery,
      }))
    after = end.last
  }
}

/** Undefined where there is no such subscriber. */
export async function personOf({ db, keys }: ExportDeps, externalId: string): Promise<Person | undefined> {
  const row = await findSubscriber(db, externalId)
  if (!row) return undefined
  const number = wholeNumber(keys, row)
  return {
    ...{ row, externalId },
    key: row.data_key ? keys.unwrap(row.data_key) : null,
    // What is kept of a number that they lost is about somebody else by now.
    hashes: number === undefined || row.number_lost_at !== null ? [] : keys.hashes(number),
    names: [externalId, ...(await customersOf(db, externalId))],
  }
}

function profileOf({ keys }: ExportDeps, { row, externalId, key }: Person): Item {
  return {
    id: externalId,
    number: wholeNumber(keys, row) ?? null,
    ...{ country: row.country, network: row.network, locale: row.locale, zone: row.zone, region: row.region },
    profile: parsed(opened(key, row.profile, 'profile')) ?? {},
    consents: JSON.parse(JSON.stringify(row.consents)) as Json,
    preferences: JSON.parse(JSON.stringify(row.preferences)) as Json,
    ...{ createdAt: time(row.created_at), updatedAt: time(row.updated_at) },
  }
}

/** One JSON object, piece by piece. */
export async function* asJson(deps: ExportDeps, person: Person, now: Date): AsyncGenerator<string> {
  yield `{"exportedAt":"${now.toISOString()}","subscriber":${JSON.stringify(profileOf(deps, person))}`
  for (const { name, items } of sections) {
    yield `,"${name}":[`
    let between = ''
    for await (const page of items(deps, person)) {
      yield between + page.map(item => JSON.stringify(item)).join(',')
      between = ','
    }
    yield ']'
  }
  yield '}\n'
}

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, mark => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark]!)
const words = (name: string) => escaped(name.replace(/([A-Z])/g, ' $1').toLowerCase())
/** What is there, as a list of names and values; what is not is left out. */
const shown = (value: Json): string => {
  if (typeof value !== 'object' || value === null) return escaped(String(value))
  if (Array.isArray(value)) return `<ul>${value.map(one => `<li>${shown(one)}</li>`).join('')}</ul>`
  const there = Object.entries(value).filter(([, one]) => one !== null && one !== '')
  return `<dl>${there.map(([name, one]) => `<dt>${words(name)}</dt><dd>${shown(one)}</dd>`).join('')}</dl>`
}

export const pageStyle =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0}dt{color:#555}dd{margin:0;overflow-wrap:anywhere}article{border-top:1px solid #ccc;padding:.7rem 0}ul{margin:0;padding-left:1.2rem}'

/** The same for a person to read: one file that can be saved, printed and sent. */
export async function* asPage(deps: ExportDeps, person: Person, service: string, now: Date): AsyncGenerator<string> {
  const title = `What ${escaped(service)} keeps of ${escaped(person.externalId)} in its text messages`
  yield `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${pageStyle}</style><body><main><h1>${title}</h1><p>As of ${now.toISOString()} (UTC).</p><h2>The subscriber</h2>${shown(profileOf(deps, person))}`
  for (const { title, items } of sections) {
    yield `<h2>${escaped(title)}</h2>`
    let count = 0
    for await (const page of items(deps, person)) {
      count += page.length
      yield page.map(item => `<article>${shown(item)}</article>`).join('')
    }
    if (count === 0) yield '<p>Nothing.</p>'
  }
  yield '</main></body></html>\n'
}

/** Read as fast as it is taken: whoever reads slowly makes no pile here. */
export function streamed(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(value))
    },
    async cancel() {
      await pieces.return(undefined)
    },
  })
}
