// How fast the console's list of texts answers when there are a million of them, whatever it is asked for.
import { join } from 'node:path'
import { firstIdAt } from '@usher/server/store/id'
import { keyRing, keysFromFile, seal } from '@usher/server/store/keys'
import { openPostgres } from '@usher/server/store/postgres'
import { rowset, sql } from '@usher/server/store/sql'
import { connections, post } from './http.ts'
import { percentile, type Row } from './results.ts'
import { say, startCarrier, startUsher, subscriberId, subscriberNumber, type Usher, withoutLimit } from './rig.ts'

const asked = 300

export async function consoleMessages(scale: number): Promise<Row[]> {
  const messages = 1_000_000 / scale
  const carrier = await startCarrier()
  const usher = await startUsher(carrier, { database: 'postgres', window: 200, subscribers: 50_000 / scale })
  await fill(usher, messages)
  const filters = mixture(usher)
  await ask(usher, filters.slice(0, asked / 10))
  const { tookMs, slowest, texts } = await ask(usher, filters)
  await usher.stop()
  await carrier.stop()
  const p50 = percentile(tookMs, 0.5)
  say(`  p50 ${p50.toFixed(1)} ms, p95 ${percentile(tookMs, 0.95).toFixed(1)} ms; slowest: ${slowest}`)
  return [
    {
      key: 'console.messages',
      value: percentile(tookMs, 0.95),
      unit: 'ms p95',
      goal: '<= 100',
      peer: null,
      note: `GET /v1/messages, request to the last byte of the answer, one at a time: ${asked} requests by every filter alone and in pairs, with their next pages; ${messages} texts of ${messages / 20} subscribers over 30 days, ${messages / 50} of them waiting; ${texts} texts answered; p50 ${p50.toFixed(1)} ms, slowest ${Math.max(...tookMs).toFixed(0)} ms`,
    },
  ]
}

// --- A million texts --------------------------------------------------------------------------------------------

const days = 30
/** Channels that no carrier serves, so that what waits keeps waiting. */
const channels = ['north', 'south', 'east'] as const

/** Copies of one real text, in every state there is, each readable by the key of its subscriber. */
async function fill(usher: Usher, messages: number): Promise<void> {
  const db = await openPostgres(withoutLimit(usher.databaseUrl!), 2)
  const keys = keyRing(keysFromFile(join(usher.data, 'keys')))
  const over = connections(usher.port, 1)
  const offer = { subscriber: subscriberId(0), purpose: 'offer', text: 'Half price until Sunday. Reply STOP to end' }
  const headers = `authorization: ${usher.authorization}\r\nidempotency-key: one\r\n`
  const { status, body } = await over.ask(post('/v1/messages', JSON.stringify(offer), headers))
  over.close()
  if (status !== 202) throw new Error(`the first text was answered ${status}: ${body}`)

  await db.script('create table texted (n int primary key, id uuid, number bytea, body bytea)')
  const people = await db.rows<{ id: string; data_key: Uint8Array }>(sql`select id, data_key from subscriber`)
  for (let at = 0; at < people.length; at += 5_000) {
    const rows = people.slice(at, at + 5_000).map(({ id, data_key }, i) => ({
      n: at + i,
      id,
      body: Buffer.from(seal(keys.unwrap(data_key), offer.text, 'text')).toString('base64'),
    }))
    await db.rows(sql`
      insert into texted select r.n, s.id, s.number, decode(r.body, 'base64')
      from json_to_recordset(${rowset(rows)}) as r(n int, id uuid, body text) join subscriber s on s.id = r.id`)
  }
  await db.script(`insert into worker values ('bench', now() + interval '1 day')`)
  for (let from = 0; from < messages; from += 50_000) await db.script(texts(from, messages, people.length))
  await db.script('drop table texted')
  // As autovacuum leaves them.
  for (const table of ['message', 'job', 'subscriber']) await db.script(`vacuum analyze ${table}`)
  await db.close()
}

/** 50,000 texts from the nth on, oldest first: `d` decides of each what it is, the newest twenty-fifth partly waits. */
const texts = (from: number, messages: number, people: number) => `
  with drawn as (
    select n, now() - interval '${days} days' * ((${messages} - n) / ${messages}::float) as at, random() as d, random() as e, random() as f,
      n >= ${messages * 0.96} and n % 2 = 0 as waits
    from generate_series(${from}, ${Math.min(from + 50_000, messages) - 1}) n
  ), made as (
    select *, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid as new_id,
      case when waits and d < 0.25 then 'held' when waits then 'queued' when d < 0.015 then 'refused' when d < 0.018 then 'cancelled'
        when d < 0.02 then 'rejected' when d < 0.03 then 'undeliverable' when d < 0.035 then 'expired' when d < 0.0355 then 'unanswered'
        when d < 0.036 then 'unconfirmed' when n >= ${messages * 0.9} and d < 0.2 then 'submitted' else 'delivered' end as new_state,
      case when e < 0.5 then 'offer' when e < 0.7 then 'title.new_episode' when e < 0.8 then 'title.recommendation'
        when e < 0.9 then 'account.payment' when e < 0.98 then 'code.sign_in' when e < 0.99 then 'alert.security'
        when e < 0.999 then 'reply.compliance' else 'account.refund' end as new_purpose
    from drawn
  ), stored as (
    insert into message (id, subscriber_id, number, purpose, state, reason, sender, originator, country, template, locale, body, encoding,
      segments, cost_micros, channel, carrier_message_id, reference, attempts, accepted_at, expires_at, submitted_at, ended_at, explanation)
    select new_id, texted.id, texted.number, new_purpose, new_state, case when new_state in ('refused', 'undeliverable') then 'consent' end,
      one.sender, one.originator, case when f < 0.7 then 'GB' when f < 0.85 then 'DE' when f < 0.93 then 'FR' when f < 0.98 then 'PT' when f < 0.999 then 'IE' else 'IS' end,
      one.template, one.locale, texted.body, one.encoding, 1, one.cost_micros, case when f < 0.8 then 'north' when f < 0.999 then 'south' else 'east' end,
      case when not waits and new_state <> 'refused' then to_hex(made.n) end, made.n % 65536, 1, at, now() + interval '3 days',
      case when not waits then at end, case when not waits and new_state <> 'submitted' then at end, one.explanation
    from made join texted on texted.n = (made.n * 7919::bigint) % ${people}, (select * from message where channel not in ('north', 'south', 'east') limit 1) one
    returning id, state, purpose, channel, accepted_at
  )
  insert into job (id, lane, channel, due_at, dies_at, claimed_by)
  select id, 5, channel, case when state = 'held' then now() + interval '9 hours' else accepted_at end, now() + interval '3 days',
    case when state = 'queued' and random() < 0.01 then 'bench' end
  from stored where state in ('held', 'queued')`

// --- What is asked ----------------------------------------------------------------------------------------------

const states =
  'held queued submitting submitted delivered refused cancelled rejected undeliverable expired unanswered unconfirmed'
const purposes = 'offer title.new_episode account.payment code.sign_in alert.security account.refund code.recovery'

/** Each filter alone, and each pair of them, with values both common and rare; in an order that is always the same. */
function mixture(usher: Usher): string[] {
  let seed = 7
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const of = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!
  const person = () => Math.floor(random() * usher.subscribers)
  const daysAgo = (most: number) => new Date(Date.now() - random() * most * 86_400_000).toISOString()
  const values: Record<string, () => string> = {
    state: () => of(states.split(' ')),
    purpose: () => of(purposes.split(' ')),
    lane: () => of(['code', 'alert', 'reply', 'account', 'timely', 'bulk']),
    carrier: () => of([...channels, 'nobody']),
    country: () => of(['GB', 'DE', 'FR', 'PT', 'IE', 'IS', 'US']),
    subscriber: () => subscriberId(person()),
    number: () => subscriberNumber(person()),
    after: () => daysAgo(days),
    before: () => daysAgo(days),
    // As somebody who scrolls would be anywhere in the list.
    cursor: () => firstIdAt(new Date(daysAgo(days))),
    limit: () => of(['20', '50', '100', '200']),
  }
  const names = Object.keys(values)
  const filters = ['', ...states.split(' ').map(state => `state=${state}`)]
  while (filters.length < asked) {
    const chosen = new Set([of(names), of(names)])
    filters.push([...chosen].map(name => `${name}=${encodeURIComponent(values[name]!())}`).join('&'))
  }
  return filters
}

/** Asks for each, and half the time for the page after the one it was given, until as many were asked as there are. */
async function ask(usher: Usher, filters: readonly string[]) {
  const tookMs: number[] = []
  let slowest = { ms: 0, filter: '' }
  let texts = 0
  for (let i = 0; tookMs.length < filters.length; i++) {
    let cursor: string | null = null
    do {
      const filter: string =
        cursor === null ? filters[i]! : `${filters[i]!.replace(/&?cursor=[^&]*/, '')}&cursor=${cursor}`
      const startedAt = performance.now()
      const answer = await fetch(`${usher.url}/v1/messages?${filter}`, {
        headers: { authorization: usher.authorization },
      })
      const text = await answer.text()
      const ms = performance.now() - startedAt
      if (answer.status !== 200) throw new Error(`${filter} was answered ${answer.status}: ${text}`)
      const { items, next } = JSON.parse(text) as { items: unknown[]; next: string | null }
      texts += items.length
      tookMs.push(ms)
      if (ms > slowest.ms) slowest = { ms, filter }
      cursor = i % 2 === 0 && cursor === null ? next : null
    } while (cursor !== null)
  }
  return { tookMs, texts, slowest: `${slowest.filter} ${slowest.ms.toFixed(0)} ms` }
}
