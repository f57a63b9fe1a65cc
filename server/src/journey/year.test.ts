import { afterEach, expect, test } from 'vitest'
import { type Desk, testDesk } from '../desk.ts'
import { seeded } from '../simulator/knobs.ts'
import { sql } from '../store/sql.ts'
import { stories } from './year.ts'

let desk: Desk
afterEach(() => desk.stop())

/** `npm run soak` tells all of them; so does USHER_YEAR_SUBSCRIPTIONS=1000. */
const count = Number(process.env.USHER_YEAR_SUBSCRIPTIONS ?? (process.env.USHER_SOAK ? 1_000 : 168))

test(`a year of ${count} subscriptions: each text on its day, none missing and none too many`, {
  timeout: process.env.USHER_SOAK ? 1_800_000 : 300_000,
}, async () => {
  desk = await testDesk({ now: '2028-01-01T00:00:00Z', env: { USHER_ROLES: 'api,carrier' } })
  const { db, journeys } = desk.usher
  const all = stories(count, seeded(20_280_229))
  for (let i = 0; i < all.length; i += 200) {
    const lines = all
      .slice(i, i + 200)
      .map(({ subscriber, zone, locale, number }) => ({ id: subscriber, zone, locale, number }))
    const answer = await desk.ask(
      'POST',
      '/v1/subscribers/import',
      lines.map(line => JSON.stringify(line)).join('\n'),
      {
        'content-type': 'application/x-ndjson',
      },
    )
    expect(answer.status).toBe(200)
  }
  const events = all
    .flatMap(({ subscriber, events }) =>
      events.map((event, n) => ({ ...event, subject: subscriber, id: `${subscriber}-${n}` })),
    )
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))

  let told = 0
  for (let now = desk.clock.now(); ; ) {
    await journeys.sweep()
    const [step] = await db.rows<{ at: Date | null }>(
      sql`select min(look_at) as at from journey_step where state = 'pending' and look_at > ${now}`,
    )
    const event = events[told] && new Date(events[told]!.at)
    const next = Math.min(Number(step?.at ?? Infinity), Number(event ?? Infinity))
    if (next >= Date.UTC(2029, 0, 1)) break
    now = new Date(next)
    desk.clock.moveTo(now)
    const due = []
    while (events[told] && new Date(events[told]!.at) <= now) due.push(events[told++]!)
    for (let i = 0; i < due.length; i += 500) {
      const batch = due.slice(i, i + 500).map(({ id, type, subject, at, data }) => ({
        ...{ specversion: '1.0', source: '/billing', id, type, subject, time: at, data },
      }))
      const { body } = await desk.ask('POST', '/v1/events', batch, {
        'content-type': 'application/cloudevents-batch+json',
      })
      expect(body).toMatchObject({ taken: batch.length })
    }
  }

  const texts = await db.rows<{ subscriber: string; at: Date; template: string; state: string }>(sql`
    select s.external_id as subscriber, m.accepted_at as at, m.template, m.state from message m join subscriber s on s.id = m.subscriber_id`)
  const sent = new Map<string, string[]>(all.map(({ subscriber }) => [subscriber, []]))
  const zones = new Map(
    all.map(({ subscriber, zone }) => [
      subscriber,
      new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short' }),
    ]),
  )
  for (const { subscriber, at, template } of texts)
    sent.get(subscriber)!.push(`${zones.get(subscriber)!.format(at)} ${template}`)
  const wrong = all.flatMap(({ subscriber, zone, expected, events }) => {
    const got = sent.get(subscriber)!.sort()
    return JSON.stringify(got) === JSON.stringify(expected) ? [] : [{ subscriber, zone, expected, got, events }]
  })

  expect(wrong.slice(0, 3)).toEqual([])
  expect(texts.filter(({ state }) => state === 'refused').slice(0, 3)).toEqual([])
  expect(new Set(texts.map(({ template }) => template)).size).toBe(14)
})
