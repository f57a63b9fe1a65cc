// Short links over the API: who may make one, to where; what is found again, and who did what.
import type { Click, Link } from '@usher/contract/link'
import { expect, test } from 'vitest'
import { type Desk, rowsOf, testDesk } from '../desk.ts'
import { newId } from '../store/id.ts'
import { sql } from '../store/sql.ts'

const aLink = { destination: 'https://orpheum.example/account', purpose: 'account.payment' }
const page = async <T>(desk: Desk, path: string) =>
  (await desk.ask('GET', path)).body as { items: T[]; next: string | null }
const make = async (desk: Desk, input: object = {}) =>
  ((await desk.ask('POST', '/v1/links', { ...aLink, ...input })).body as { link: Link }).link

test('a link is made, its address shown once, and read without it', async () => {
  const desk = await testDesk()
  await desk.subscriber()

  const made = await desk.ask('POST', '/v1/links', { ...aLink, subscriber: 'sub-1' })
  const { url, link } = made.body as { url: string; link: Link }
  const read = await desk.ask('GET', `/v1/links/${link.id}`)

  expect(made.status).toBe(201)
  expect(made.headers.get('cache-control')).toBe('no-store')
  expect(url).toMatch(/^https:\/\/o\.orpheum\.example\/[0-9A-Za-z]{11}$/)
  expect(read.body).toEqual(link)
  expect(link).toMatchObject({ ...aLink, subscriber: 'sub-1', message: null, hasContext: true, humanClicks: 0 })
  expect(JSON.stringify(read.body)).not.toContain(url.slice(-11))
  expect(Date.parse(link.expiresAt) - Date.parse(link.createdAt)).toBe(30 * 86_400_000)
})

test.each([
  ['leads elsewhere', { destination: 'https://evil.example/' }, 422, 'foreign_destination'],
  ['hides where it leads', { destination: 'https://orpheum.example@evil.example/' }, 422, 'foreign_destination'],
  ['names somebody on its way', { destination: 'https://ada:x@orpheum.example/' }, 422, 'foreign_destination'],
  ['is not encrypted', { destination: 'http://orpheum.example/' }, 422, 'invalid_request'],
  ['opens a program', { destination: 'javascript:alert(1)' }, 422, 'invalid_request'],
  ['is for somebody we do not know', { subscriber: 'nobody' }, 422, 'unknown_subscriber'],
  ['is for a code', { purpose: 'code.sign_in' }, 422, 'invalid_request'],
  ['has ended already', { expiresAt: '2026-11-02T14:00:00Z' }, 422, 'invalid_request'],
  ['tells who comes, and nobody does', { context: true }, 422, 'invalid_request'],
])('none is made that %s', async (_, input, status, code) => {
  const desk = await testDesk()

  const answer = await desk.ask('POST', '/v1/links', { ...aLink, ...input })

  expect([answer.status, (answer.body as { code: string }).code]).toEqual([status, code])
  expect((await page(desk, '/v1/links')).items).toEqual([])
})

test('it ends earlier where that was asked, and never later than its purpose allows', async () => {
  const desk = await testDesk()
  const hours = ({ createdAt, expiresAt }: Link) => (Date.parse(expiresAt) - Date.parse(createdAt)) / 3_600_000
  const at = (ms: number) => new Date(desk.clock.now().getTime() + ms).toISOString()

  const soon = await make(desk, { expiresAt: at(3_600_000) })
  const late = await make(desk, { purpose: 'alert.security', expiresAt: at(90 * 86_400_000) })

  expect(hours(soon)).toBeCloseTo(1, 2)
  expect(hours(late)).toBe(24)
})

test('where links may lead is asked when one is made: a host that is taken away gets no more', async () => {
  const desk = await testDesk()
  const administrator = await desk.operator('administrator')
  const elsewhere = { destination: 'https://films.example/' }
  const put = (domains: string[]) => desk.askAs(administrator, 'PUT', '/v1/settings/link-domains', { domains })
  const own = ['orpheum.example', 'o.orpheum.example']

  const before = await desk.ask('POST', '/v1/links', { ...aLink, ...elsewhere })
  await put([...own, 'films.example'])
  const meanwhile = await desk.ask('POST', '/v1/links', { ...aLink, ...elsewhere })
  await put(own)
  const after = await desk.ask('POST', '/v1/links', { ...aLink, ...elsewhere })

  expect([before.status, meanwhile.status, after.status]).toEqual([422, 201, 422])
})

test('a revoked link stays revoked since the first time; one that is not there is unknown', async () => {
  const desk = await testDesk()
  const { id } = await make(desk)

  const first = await desk.ask('POST', `/v1/links/${id}/revoke`)
  const second = await desk.ask('POST', `/v1/links/${id}/revoke`)
  const unknown = await desk.ask('POST', `/v1/links/${newId(new Date())}/revoke`)

  expect((first.body as Link).revokedAt).not.toBeNull()
  expect(second.body).toEqual(first.body)
  expect([unknown.status, (unknown.body as { code: string }).code]).toEqual([404, 'unknown_link'])
})

test('what operators make and revoke is recorded; programs have their own log', async () => {
  const desk = await testDesk()
  const marketer = await desk.operator('marketer')
  const viewer = await desk.operator('viewer')
  const administrator = await desk.operator('administrator')

  const made = await desk.askAs(marketer, 'POST', '/v1/links', aLink)
  const { link } = made.body as { link: Link }
  await desk.askAs(marketer, 'POST', `/v1/links/${link.id}/revoke`)
  await desk.askAs(marketer, 'POST', `/v1/links/${link.id}/revoke`)
  await make(desk)
  const forbidden = await desk.askAs(viewer, 'POST', '/v1/links', aLink)

  const { body } = await desk.askAs(administrator, 'GET', `/v1/audit?subject=${link.id}`)
  expect((body as { items: object[] }).items).toMatchObject([
    { action: 'link.revoked', operator: { id: marketer.id } },
    { action: 'link.made', detail: { purpose: 'account.payment', host: 'orpheum.example' } },
  ])
  expect(forbidden.status).toBe(403)
  expect((await desk.askAs(viewer, 'GET', '/v1/links')).status).toBe(200)
})

test('links are found by whom, by text, by purpose, and by who followed them, page by page', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  const made: Link[] = []
  for (let i = 0; i < 12; i++)
    made.push(
      await make(desk, i % 2 === 0 ? { subscriber: 'sub-1' } : { purpose: i % 3 === 0 ? 'offer' : 'title.release' }),
    )
  const [a, b, c] = made as [Link, Link, Link]
  await rowsOf(desk, sql`update link set human_clicks = 2 where id = any(${[a.id, b.id]}::uuid[])`)
  await rowsOf(desk, sql`update link set machine_clicks = 1 where id = any(${[b.id, c.id]}::uuid[])`)
  const text = newId(desk.clock.now())
  await rowsOf(desk, sql`update link set message_id = ${text} where id = ${c.id}`)
  const found = async (query: string) => (await page<Link>(desk, `/v1/links?${query}`)).items.map(({ id }) => id)
  const those = (which: (link: Link, i: number) => boolean) =>
    made
      .filter(which)
      .map(({ id }) => id)
      .reverse()

  expect(await found('')).toEqual(those(() => true))
  expect(await found('subscriber=sub-1')).toEqual(those(({ subscriber }) => subscriber === 'sub-1'))
  expect(await found('subscriber=nobody')).toEqual([])
  expect(await found('purpose=offer')).toEqual(those(({ purpose }) => purpose === 'offer'))
  expect(await found('clicked=human')).toEqual([b.id, a.id])
  expect(await found('clicked=machine')).toEqual([c.id, b.id])
  expect(await found('clicked=none')).toEqual(those((_, i) => i > 2))
  expect(await found(`message=${text}`)).toEqual([c.id])
  expect(await found('clicked=human&subscriber=sub-1')).toEqual([a.id])
  expect(await found('clicked=none&purpose=offer')).toEqual(those(({ purpose }, i) => purpose === 'offer' && i > 2))
  const pages: string[] = []
  let next: string | null = ''
  while (next !== null) {
    const { items, next: after }: { items: Link[]; next: string | null } = await page(
      desk,
      `/v1/links?limit=5${next === '' ? '' : `&cursor=${next}`}`,
    )
    pages.push(...items.map(({ id }) => id))
    next = after
  }
  expect(pages).toEqual(those(() => true))
})

test('clicks are found by link, by whom and by verdict, page by page', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  const mine = await make(desk, { subscriber: 'sub-1' })
  const other = await make(desk)
  const now = desk.clock.now()
  const rows = Array.from({ length: 10 }, (_, i) => ({
    id: newId(now),
    link_id: i % 2 === 0 ? mine.id : other.id,
    verdict: i < 4 ? 'human' : i < 8 ? 'machine' : null,
  }))
  await rowsOf(
    desk,
    sql`insert into click (id, link_id, at, method, marks, verdict)
      select id, link_id, ${now}, 'GET', '{}', verdict from json_to_recordset(${JSON.stringify(rows)}::text::json) as r(id uuid, link_id uuid, verdict text)`,
  )
  const found = async (query: string) => (await page<Click>(desk, `/v1/clicks?${query}`)).items.map(({ id }) => id)
  const those = (which: (row: (typeof rows)[number]) => boolean) =>
    rows
      .filter(which)
      .map(({ id }) => id)
      .reverse()

  expect(await found('')).toEqual(those(() => true))
  expect(await found(`link=${mine.id}`)).toEqual(those(({ link_id }) => link_id === mine.id))
  expect(await found('subscriber=sub-1')).toEqual(those(({ link_id }) => link_id === mine.id))
  expect(await found(`subscriber=sub-1&link=${other.id}`)).toEqual([])
  expect(await found('verdict=human')).toEqual(those(({ verdict }) => verdict === 'human'))
  expect(await found(`verdict=machine&link=${other.id}`)).toEqual(
    those(({ verdict, link_id }) => verdict === 'machine' && link_id === other.id),
  )
  expect(await found('subscriber=sub-1&verdict=human&limit=1')).toEqual([rows[2]!.id])
  const { items, next } = await page<Click>(desk, '/v1/clicks?limit=4')
  expect(await found(`limit=4&cursor=${next}`)).toEqual(those(() => true).slice(4, 8))
  expect(items[0]).toMatchObject({ verdict: null, why: [], purpose: 'account.payment', afterMs: null })
})
