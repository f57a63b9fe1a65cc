// What follows from events: done once, in order, in the transaction that stores them; what breaks, breaks for its own event.
import type { EventTypeName } from '@usher/contract/event'
import { expect, test } from 'vitest'
import { type Desk, rowsOf, testDesk } from '../desk.ts'
import type { Events } from '../events.ts'
import { keyRing, keysFromFile, parseKeys } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import { type Apply, type EventTakerDeps, eventTaker, type Incoming, type Stored } from './take.ts'

let last = 0
const incoming = (
  type: EventTypeName,
  subject: string,
  data: object = { title: 'x', plan: 'p', amount: 1, currency: 'USD' },
): Incoming => ({
  door: 'cloudevents',
  event: { specversion: '1.0', id: `a-${++last}`, source: '/test', type, subject, data },
})
const taker = (desk: Desk, applying: EventTakerDeps['applying']) => {
  const { db, clock, events } = desk.usher
  const { keys, keyFile } = desk.config
  return eventTaker({
    ...{ db, clock, events, applying },
    keys: keyRing(keys === undefined ? keysFromFile(keyFile) : parseKeys(keys)),
  })
}
const reasons = (desk: Desk) =>
  rowsOf<{ event_id: string; reason: string; errors: { detail: string }[] }>(
    desk,
    sql`select event_id, reason, errors from bad_event where state = 'open' order by id`,
  )
const count = async (desk: Desk) => (await rowsOf<{ n: number }>(desk, sql`select count(*)::int as n from event`))[0]!.n

test('each subscriber’s events are applied in order over types, as many together as can be', async () => {
  const desk = await testDesk()
  const calls: Stored[][] = []
  const apply: Apply = async (_tx, events) => {
    calls.push([...events])
    return undefined
  }
  const types = ['com.usher.payment.failed', 'com.usher.view.started', 'com.usher.payment.succeeded'] as const
  const events = Array.from({ length: 60 }, (_, i) => incoming(types[i % 3]!, `s-${Math.floor(i / 15)}`))

  await taker(desk, Object.fromEntries(types.map(type => [type, apply]))).take(events)

  for (const call of calls) expect(new Set(call.map(({ type }) => type)).size).toBe(1)
  const wanted = events.map(({ event }) => event as { subject: string; type: string })
  for (const subject of ['s-0', 's-1', 's-2', 's-3'])
    expect(calls.flat().flatMap(one => (one.subject === subject ? one.type : []))).toEqual(
      wanted.flatMap(one => (one.subject === subject ? one.type : [])),
    )
  expect(calls.flat()).toHaveLength(60)
  // One after the other they would be sixty calls.
  expect(calls.length).toBeLessThanOrEqual(30)
})

test('it is told after the commit, and a teller that breaks undoes nothing', async () => {
  const desk = await testDesk()
  const failed: Events['work.failed'][] = []
  desk.usher.events.on('work.failed', event => void failed.push(event))
  let seen: Promise<number> | undefined
  const engine = taker(desk, {
    'com.usher.view.started': async () => () => {
      seen = count(desk)
      throw new Error('called +447700900123')
    },
  })

  const [verdict] = await engine.take([incoming('com.usher.view.started', 's-1')])

  expect(verdict).toMatchObject({ verdict: 'taken' })
  expect(await seen).toBe(1)
  expect(failed).toHaveLength(1)
  expect(JSON.stringify(failed)).not.toContain('7700900123')
})

test.each([
  ['throws', async () => Promise.reject(new Error('no such thing as +447700900123'))],
  ['breaks its transaction', (tx: Parameters<Apply>[0]) => tx.rows<never>(sql`select 1 / 0`)],
])(
  'an event whose consequence %s is alone on the list, with no trace of it, and can be replayed',
  async (_, breaks) => {
    const desk = await testDesk()
    const failed: Events['work.failed'][] = []
    desk.usher.events.on('work.failed', event => void failed.push(event))
    let isMended = false
    const engine = taker(desk, {
      'com.usher.view.started': async (tx, events, now) => {
        await tx.rows(
          sql`insert into setting (name, value) select 'applied ' || n, '1' from unnest(${events.map(({ id }) => id)}::text[]) n`,
        )
        if (!isMended && events.some(({ subject }) => subject === 'poison')) await breaks(tx)
        expect(now.getTime()).toBeGreaterThan(0)
        return undefined
      },
    })
    const events = Array.from({ length: 9 }, (_, i) => incoming('com.usher.view.started', i === 4 ? 'poison' : 's-1'))

    const verdicts = await engine.take(events)

    expect(verdicts.map(({ verdict }) => verdict)).toEqual(events.map((_, i) => (i === 4 ? 'bad' : 'taken')))
    expect(await count(desk)).toBe(8)
    const [line, ...others] = await reasons(desk)
    expect(others).toEqual([])
    expect(line).toMatchObject({ event_id: verdicts[4]!.eventId, reason: 'not_applied' })
    expect(JSON.stringify([line, failed])).not.toContain('7700900123')
    const applied = await rowsOf(desk, sql`select name from setting where name like 'applied %'`)
    expect(applied).toHaveLength(8)

    isMended = true
    const [again] = await engine.replay([{ line: verdicts[4]!.id!, incoming: events[4]! }])
    expect(again).toMatchObject({ verdict: 'taken' })
    expect(await reasons(desk)).toEqual([])
  },
)

test('what an Apply refuses is on the list, the others of its run stand, and nothing is tried twice', async () => {
  const desk = await testDesk()
  let calls = 0
  const engine = taker(desk, {
    'com.usher.view.started': async (_tx, events) => {
      calls++
      return {
        refused: new Map(
          events.flatMap(({ id, data }) =>
            data.title === 'none' ? [[id, { at: 'data.title', detail: 'There is no such title.' }] as const] : [],
          ),
        ),
      }
    },
  })
  const events = Array.from({ length: 30 }, (_, i) =>
    incoming('com.usher.view.started', 's-1', { title: i % 3 ? 'x' : 'none' }),
  )

  const verdicts = await engine.take(events)

  expect(verdicts.map(({ verdict }) => verdict)).toEqual(events.map((_, i) => (i % 3 ? 'taken' : 'bad')))
  expect(verdicts[0]!.problem).toEqual({
    code: 'not_applied',
    errors: [{ at: 'data.title', detail: 'There is no such title.' }],
  })
  expect(await count(desk)).toBe(20)
  expect(calls).toBe(1)
})
