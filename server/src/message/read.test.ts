// The list of texts: whatever it is asked for, one request looks at so many rows; going on until `next` is null finds all.
import type { Message } from '@usher/contract/message'
import { expect, test } from 'vitest'
import { aNumber, type Desk, rowsOf, testDesk } from '../desk.ts'
import { firstIdAt } from '../store/id.ts'
import { sql } from '../store/sql.ts'

interface Page {
  items: Message[]
  next: string | null
}

const pageOf = async (desk: Desk, query: string): Promise<Page> =>
  (await desk.ask('GET', `/v1/messages?${query}`)).body as Page

/** All pages, as somebody reads them who goes on until `next` is null. */
async function pagesOf(desk: Desk, query: string): Promise<Page[]> {
  const pages: Page[] = []
  let next: string | null = null
  do {
    const page: Page = await pageOf(desk, `${query}${next === null ? '' : `&cursor=${next}`}`)
    pages.push(page)
    next = page.next
  } while (next !== null)
  return pages
}
const idsOf = (pages: readonly Page[]) => pages.flatMap(page => page.items.map(item => item.id))

/** How many rows one request looks at. */
const lookOf = (desk: Desk) => 20 * desk.usher.db.batch

/** Texts from before the desk's time, oldest first; `what` says in what they differ from delivered offers to sub-1. */
async function texts(
  desk: Desk,
  count: number,
  what: Partial<Record<'to' | 'state' | 'purpose' | 'country', string>> = {},
) {
  const { to = 'sub-1', state = 'delivered', purpose = 'offer', country = 'GB' } = what
  const [last] = await rowsOf<{ n: number }>(desk, sql`select count(*)::int as n from message`)
  const at = new Date('2026-11-01T00:00:00Z')
  const time = firstIdAt(at).slice(0, 13)
  await rowsOf(
    desk,
    sql`
    insert into message (id, subscriber_id, purpose, state, sender, originator, country, segments, channel, reference, accepted_at, expires_at, explanation)
    select (${time} || '-7000-8000-' || lpad(to_hex(${last!.n}::int + n), 12, '0'))::uuid, s.id, ${purpose}, ${state}, 'main', '67743', ${country},
      1, 'elsewhere', 1, ${at}, ${at}::timestamptz + interval '1 day', '[]'
    from generate_series(1, ${count}::int) n, subscriber s where s.external_id = ${to}`,
  )
}
/** Gives a job to each text that waits, in a channel that nobody serves; `due` of those that are held. */
const jobs = (desk: Desk, due: string) =>
  rowsOf(
    desk,
    sql`
    insert into job (id, lane, channel, due_at, dies_at)
    select id, 5, 'elsewhere', case when state = 'held' then ${due}::timestamptz else accepted_at end, '2027-01-01'
    from message where state in ('held', 'queued')`,
  )

test('a text that lies deep under others of no interest is found by going on', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  await texts(desk, 1, { country: 'IS' })
  await texts(desk, lookOf(desk) + 10)
  await texts(desk, 1, { country: 'IS' })

  const pages = await pagesOf(desk, 'country=IS&limit=5')

  expect(pages.map(page => page.items.length)).toEqual([1, 1])
  expect(new Set(idsOf(pages)).size).toBe(2)
})

test('what nobody has is looked for in bounded pieces, each empty, and ends', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  await texts(desk, 2 * lookOf(desk) + 10)

  const pages = await pagesOf(desk, 'purpose=code.recovery')

  expect(pages.map(page => page.items)).toEqual([[], [], []])
})

test('a full page goes on after its last text, and pages neither repeat nor leave out', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  for (let i = 0; i < 4; i++) {
    await texts(desk, 3)
    await texts(desk, 2, { country: 'DE' })
  }

  const all = await pageOf(desk, 'limit=500')
  const pages = await pagesOf(desk, 'country=DE&limit=3')

  expect(all.items).toHaveLength(20)
  expect(all.next).toBeNull()
  expect(all.items.map(item => item.id)).toEqual(
    all.items
      .map(item => item.id)
      .sort()
      .reverse(),
  )
  expect(pages.map(page => page.items.length)).toEqual([3, 3, 2])
  expect(idsOf(pages)).toEqual(all.items.filter(item => item.country === 'DE').map(item => item.id))
})

test('rare ends are found at once, however many others lie above them', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  await texts(desk, 2, { state: 'undeliverable', country: 'DE' })
  await texts(desk, lookOf(desk) + 10)

  expect(await pageOf(desk, 'state=undeliverable')).toMatchObject({
    items: [{ state: 'undeliverable' }, { state: 'undeliverable' }],
    next: null,
  })
  expect(await pageOf(desk, 'state=undeliverable&country=GB')).toEqual({ items: [], next: null })
})

test('what waits is found by its job, and told apart as it is at this hour', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  await texts(desk, 1, { state: 'queued', purpose: 'title.leaving' })
  await texts(desk, 1, { state: 'held' })
  await texts(desk, lookOf(desk) + 10)
  await jobs(desk, '2026-11-03T09:00:00Z')
  const foundBy = async (query: string) => {
    const { items, next } = await pageOf(desk, query)
    expect(next).toBeNull()
    return items.map(({ purpose, state }) => `${purpose} ${state}`)
  }

  expect(await foundBy('state=queued')).toEqual(['title.leaving queued'])
  expect(await foundBy('state=held')).toEqual(['offer held'])
  expect(await foundBy('state=held&purpose=title.leaving')).toEqual([])
  expect(await foundBy('state=submitting')).toEqual([])

  // The one is in a worker's hands, the hour of the other has come.
  await rowsOf(desk, sql`insert into worker values ('somebody', now() + interval '1 hour') on conflict do nothing`)
  await rowsOf(
    desk,
    sql`update job set claimed_by = 'somebody' from message m where m.id = job.id and m.purpose = 'title.leaving'`,
  )
  desk.clock.moveTo(new Date('2026-11-03T15:00:00Z'))
  expect(await foundBy('state=submitting')).toEqual(['title.leaving submitting'])
  expect(await foundBy('state=queued')).toEqual(['offer queued'])
  expect(await foundBy('state=held')).toEqual([])
  expect(await foundBy('state=accepted')).toEqual([])
})

test('by subscriber and by number only theirs are looked at, with every other filter', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  await texts(desk, 2, { country: 'IS' })
  await texts(desk, 1, { state: 'held' })
  await desk.subscriber({ id: 'other', number: '+447700900444' })
  await texts(desk, lookOf(desk) + 10, { to: 'other' })
  await jobs(desk, '2026-11-03T09:00:00Z')

  expect(await pageOf(desk, 'subscriber=sub-1')).toMatchObject({ items: [{}, {}, {}], next: null })
  expect(await pageOf(desk, 'subscriber=sub-1&country=IS')).toMatchObject({ items: [{}, {}], next: null })
  expect(await pageOf(desk, 'subscriber=sub-1&state=held')).toMatchObject({ items: [{ state: 'held' }], next: null })
  expect(await pageOf(desk, `number=${encodeURIComponent(aNumber)}&state=delivered`)).toMatchObject({
    items: [{ country: 'IS' }, { country: 'IS' }],
    next: null,
  })
  expect(await pageOf(desk, 'subscriber=sub-1&number=%2B447700900444')).toEqual({ items: [], next: null })
  expect(await pageOf(desk, 'subscriber=nobody')).toEqual({ items: [], next: null })
})

test('by number, the texts of all who share it', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  await texts(desk, 2)
  await desk.subscriber({ id: 'partner' })
  await rowsOf(
    desk,
    sql`update message set subscriber_id = (select id from subscriber where external_id = 'partner') where id = (select max(id::text)::uuid from message)`,
  )

  const { items } = await pageOf(desk, `number=${encodeURIComponent(aNumber)}`)

  expect(items.map(item => item.subscriber)).toEqual(['partner', 'sub-1'])
})

test('by time, to the moment', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  await texts(desk, 3)

  expect((await pageOf(desk, 'after=2026-11-01T00:00:00Z&before=2026-11-01T00:00:00.001Z')).items).toHaveLength(3)
  expect(await pageOf(desk, 'before=2026-11-01T00:00:00Z')).toEqual({ items: [], next: null })
  expect(await pageOf(desk, 'after=2026-11-01T00:00:00.001Z&country=GB')).toEqual({ items: [], next: null })
})
