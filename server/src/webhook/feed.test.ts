// The feed, for those who can't be called: oldest first, nothing skipped and nothing twice, whoever writes at the same time.
import { type Feed, rareTypes } from '@usher/contract/webhook'
import { expect, test } from 'vitest'
import { type Desk, on, rowsOf } from '../desk.ts'
import {
  all,
  anEndpoint,
  aText,
  comesTo,
  deskFor,
  ownDeliverer,
  receiver,
  sendsTest,
  without,
} from '../faults/receiver.ts'
import type { Database } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { rowset, sql } from '../store/sql.ts'
import { spread } from './spread.ts'

const read = async (desk: Desk, query = '') => (await desk.ask('GET', `/v1/feed${query}`)).body as Feed

/** Reads on until this many are there; each read from where the one before ended. */
async function follow(desk: Desk, count: number, limit = 7): Promise<Feed['items']> {
  const items: Feed['items'] = []
  let next = '0'
  while (items.length < count) {
    const page = await read(desk, `?after=${next}&limit=${limit}`)
    items.push(...page.items)
    next = page.next
  }
  return items
}

test('keeps at first what is rare, and then what it is told to keep', async () => {
  const desk = await deskFor([])
  expect((await desk.ask('GET', '/v1/feed/types')).body).toEqual({ types: rareTypes })
  await desk.subscriber()
  await desk.reaches(((await aText(desk, 'sub-1')).body as { id: string }).id, 'delivered')
  expect(await read(desk)).toEqual({ items: [], next: '0', isEnd: true })

  const put = await desk.ask('PUT', '/v1/feed/types', { types: ['message.delivered', 'message.delivered'] })
  const { id } = (await aText(desk, 'sub-1')).body as { id: string }
  const [told] = await follow(desk, 1)

  expect(put.body).toEqual({ types: ['message.delivered'] })
  expect(told).toMatchObject({ type: 'message.delivered', data: { id, subscriber: 'sub-1', state: 'delivered' } })
  const page = await read(desk)
  expect(await read(desk, `?after=${page.next}`)).toEqual({ items: [], next: page.next, isEnd: true })
})

test('holds what endpoints are told, under the same ids, and not what was a test', async () => {
  const service = await receiver()
  const desk = await deskFor([service])
  const { endpoint } = await anEndpoint(desk, service, ['message.accepted', 'message.delivered'])
  await desk.subscriber()

  await comesTo(desk, (await sendsTest(desk, endpoint.id)).id, 'delivered')
  await aText(desk, 'sub-1')
  const heard = await service.hears(3)

  const { items, isEnd } = await read(desk)
  expect(isEnd).toBe(true)
  const byId = (told: { id: string }[]) => [...told].sort((a, b) => (a.id < b.id ? -1 : 1))
  expect(byId(items)).toEqual(byId(heard.map(({ told }) => told).filter(({ type }) => type !== 'webhook.test')))
})

test('can be read by type, and goes on where it stopped looking', async () => {
  const desk = await deskFor([], { env: without })
  // More than one request looks at, and one rare thing at their end.
  const many = 20 * desk.usher.db.batch + 5
  await desk.usher.db.rows(sql`
    insert into feed (id, type, at, about, spread_at)
    select gen_random_uuid(), case when n = ${many} then 'message.rejected' else 'message.delivered' end, ${desk.clock.now()},
      ${newId(desk.clock.now())}::uuid, ${desk.clock.now()} from generate_series(1, ${many}::int) n order by n`)

  const first = await read(desk, '?types=message.rejected,message.expired')
  const second = await read(desk, `?types=message.rejected,message.expired&after=${first.next}`)

  expect(first).toMatchObject({ items: [], isEnd: false })
  expect(second).toMatchObject({ items: [{ type: 'message.rejected' }], isEnd: true })
  const wrong = await desk.ask('GET', '/v1/feed?types=message.rejected,message.lost')
  expect(wrong.body).toMatchObject({ code: 'invalid_request', errors: [{ at: 'query.types' }] })
})

// The embedded database has one connection: there, nobody can spread at the same time.
test.runIf(on === 'postgres')('what was numbered first is seen first, also where its commit takes long', async () => {
  const desk = await deskFor([], { env: without })
  const { db } = desk.usher
  const now = desk.clock.now()
  const happens = (reason: string) =>
    db.rows(sql`insert into outbox (type, at, reason) values ('message.rejected', ${now}, ${reason})`)
  let commit = () => {}
  const mayCommit = new Promise<void>(resolve => {
    commit = resolve
  })
  let hasNumbered = () => {}
  const numbered = new Promise<void>(resolve => {
    hasNumbered = resolve
  })
  const slow: Database = {
    ...db,
    transaction: work =>
      db.transaction(async tx => {
        const done = await work(tx)
        hasNumbered()
        await mayCommit
        return done
      }),
  }

  await happens('first')
  const spreading = spread(slow, now)
  await numbered
  await happens('second')
  const another = await spread(db, now)
  const meanwhile = await read(desk)
  commit()

  expect([another, await spreading]).toEqual(['busy', 1])
  expect(meanwhile).toEqual({ items: [], next: '0', isEnd: true })
  expect(await spread(db, now)).toBe(1)
  expect(await rowsOf(desk, sql`select reason from feed order by position`)).toEqual([
    { reason: 'first' },
    { reason: 'second' },
  ])
})

test('a reader who goes along skips nothing and hears nothing twice, while several write and several spread', async () => {
  const desk = await deskFor([], { env: without })
  await desk.ask('PUT', '/v1/feed/types', { types: all })
  for (const _ of [1, 2, 3]) ownDeliverer(desk)
  const writers = 6
  const each = 30
  const { db } = desk.usher
  const write = async (writer: number) => {
    for (let n = 0; n < each; n++)
      // Rows take their numbers first and commit later, in another order.
      await db.transaction(async tx => {
        for (const half of [0, 1]) {
          const rows = [{ reason: `${writer} ${n} ${half}` }]
          await tx.rows(sql`
            insert into outbox (type, at, about, reason)
            select 'message.rejected', ${desk.clock.now()}, null, reason from json_to_recordset(${rowset(rows)}) as r(reason text)`)
        }
      })
  }

  const writing = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  const [items] = await Promise.all([follow(desk, writers * each * 2), writing])

  expect(new Set(items.map(({ id }) => id)).size).toBe(writers * each * 2)
  const stored = await rowsOf<{ id: string; reason: string }>(desk, sql`select id, reason from feed order by position`)
  expect(items.map(({ id }) => id)).toEqual(stored.map(({ id }) => id))
  // What one wrote keeps its order.
  for (let writer = 0; writer < writers; writer++)
    expect(stored.flatMap(({ reason }) => (reason.startsWith(`${writer} `) ? [reason] : []))).toEqual(
      Array.from({ length: each * 2 }, (_, i) => `${writer} ${i >> 1} ${i & 1}`),
    )
})
