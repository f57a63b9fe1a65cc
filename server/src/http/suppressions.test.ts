// Numbers that are not texted: blocked, listed, lifted and imported through HTTP, with what waits cancelled meanwhile.
import { randomBytes } from 'node:crypto'
import type { AuditLine } from '@usher/contract/operator'
import type { Keywords, ReplyRead, Suppression, SuppressionReport } from '@usher/contract/suppression'
import { expect, test } from 'vitest'
import { type Desk, type DeskOperator, rowsOf, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'

const csv = { 'content-type': 'text/csv' }
const ndjson = { 'content-type': 'application/x-ndjson' }
const anOffer = { purpose: 'offer', text: 'Orpheum: a month for free. Reply STOP to end.' }
/** Nobody of the demo has it. */
const aNumber = '+447700900177'
const note = 'Their lawyer wrote on Monday.'

const list = async (desk: Desk, query = '') =>
  (await desk.ask('GET', `/v1/suppressions${query}`)).body as { items: Suppression[]; next: string | null }
const lift = (desk: Desk, as: DeskOperator, id: string, body: object) =>
  desk.askAs(as, 'DELETE', `/v1/suppressions/${id}`, body)
const importing = async (desk: Desk, as: DeskOperator, body: string, headers = ndjson) => {
  const answer = await desk.askAs(as, 'POST', '/v1/suppressions/import', body, headers)
  expect(answer.status).toBe(200)
  const lines = String(answer.body).trim().split('\n')
  return lines.map(line => JSON.parse(line) as SuppressionReport)
}
const audit = async (desk: Desk, as: DeskOperator, action: string) =>
  ((await desk.askAs(as, 'GET', `/v1/audit?action=${action}`)).body as { items: AuditLine[] }).items

test('a blocked number gets nothing: what waits is cancelled, what is asked for is refused, and it is recorded who and why', async () => {
  // The night in London: it is held.
  const desk = await testDesk({ now: '2026-11-02T23:10+00:00' })
  const support = await desk.operator('support')
  const subscriber = await desk.subscriber({ number: aNumber })
  const held = (await desk.send({ subscriber, ...anOffer })).body as { id: string; state: string }
  expect(held.state).toBe('held')

  const blocked = await desk.askAs(support, 'POST', '/v1/suppressions', { number: aNumber, note })

  expect(blocked).toMatchObject({
    status: 201,
    body: {
      cancelled: 1,
      suppression: { scope: 'all', reason: 'blocked', note, number: '+44••••••••77', subscribers: [subscriber] },
    },
  })
  expect(await desk.message(held.id)).toMatchObject({ state: 'cancelled', reason: 'blocked' })
  const code = { purpose: 'code.sign_in', template: 'code.sign_in', data: { code: '482913', minutes: 10 } }
  for (const message of [anOffer, code])
    expect((await desk.send({ subscriber, ...message })).body).toMatchObject({ state: 'refused' })
  const { items } = await list(desk)
  expect(items).toMatchObject([{ by: { id: support.id }, note }])

  const administrator = await desk.operator('administrator')
  expect(await audit(desk, administrator, 'number.blocked')).toMatchObject([
    { operator: { id: support.id }, subject: subscriber, detail: { number: '+44••••••••77', note, cancelled: 1 } },
  ])
  const again = await desk.askAs(support, 'POST', '/v1/suppressions', { number: aNumber, note: 'Once more.' })
  expect(again).toMatchObject({ status: 200, body: { cancelled: 0, suppression: { id: items[0]!.id, note } } })
})

test('a block of titles and offers lets all else through, also where nobody has the number yet', async () => {
  const desk = await testDesk()
  const body = { number: aNumber, scope: 'promotional', note }
  expect((await desk.ask('POST', '/v1/suppressions', body)).body).toMatchObject({
    suppression: { number: null, subscribers: [], by: null },
  })

  const subscriber = await desk.subscriber({ number: aNumber })

  expect((await desk.send({ subscriber, ...anOffer })).body).toMatchObject({ state: 'refused' })
  const service = { subscriber, purpose: 'account.refund', text: 'Orpheum: your refund is on its way.' }
  expect((await desk.send(service)).body).toMatchObject({ state: 'queued' })
  expect((await list(desk)).items).toMatchObject([{ number: '+44••••••••77', subscribers: [subscriber] }])
})

test('who may not block, may not; and whoever may block does not lift', async () => {
  const desk = await testDesk()
  const support = await desk.operator('support')
  const { body } = await desk.askAs(support, 'POST', '/v1/suppressions', { number: aNumber, note })
  const { id } = (body as { suppression: Suppression }).suppression

  for (const role of ['viewer', 'marketer'] as const)
    expect(
      await desk.askAs(await desk.operator(role), 'POST', '/v1/suppressions', { number: aNumber, note }),
    ).toMatchObject({ status: 403, body: { code: 'role_forbids' } })
  expect(await lift(desk, support, id, { why: 'It was wrong.' })).toMatchObject({ status: 403 })
  expect(await desk.ask('DELETE', `/v1/suppressions/${id}`, { why: 'It was wrong.' })).toMatchObject({ status: 403 })
  expect(await desk.ask('POST', '/v1/suppressions/import', '{}', ndjson)).toMatchObject({ status: 403 })
  expect((await list(desk)).items).toHaveLength(1)
})

test('a block is lifted with a reason, and the number is texted again', async () => {
  const desk = await testDesk()
  const administrator = await desk.operator('administrator')
  const subscriber = await desk.subscriber({ number: aNumber })
  const { body } = await desk.askAs(administrator, 'POST', '/v1/suppressions', { number: aNumber, note })
  const { id } = (body as { suppression: Suppression }).suppression

  expect(await lift(desk, administrator, id, {})).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
  expect(await lift(desk, administrator, id, { why: 'The wrong one: +447700900999 was meant.' })).toMatchObject({
    status: 204,
  })

  expect((await desk.send({ subscriber, ...anOffer })).body).toMatchObject({ state: 'queued' })
  expect(await audit(desk, administrator, 'suppression.lifted')).toMatchObject([
    { subject: subscriber, detail: { reason: 'blocked', subscriber, why: 'The wrong one: +44••••••••99 was meant.' } },
  ])
  expect(await lift(desk, administrator, id, { why: 'Once more.' })).toMatchObject({
    status: 404,
    body: { code: 'unknown_suppression' },
  })
})

test('a number is one, however many keys the ring has: it counts once, and what is lifted stays lifted', async () => {
  const keys = [1, 2].map(id => `${id}:${randomBytes(32).toString('base64')}`).join(',')
  const desk = await testDesk({ env: { USHER_KEYS: keys } })
  const administrator = await desk.operator('administrator')
  const subscriber = await desk.subscriber({ number: aNumber })
  const line = JSON.stringify({ number: aNumber })
  expect((await importing(desk, administrator, `${line}\n${line}`)).at(-1)).toMatchObject({
    done: { taken: 2, made: 1 },
  })
  const [kept] = (await list(desk, `?subscriber=${subscriber}`)).items

  expect(await lift(desk, administrator, kept!.id, { why: 'By mistake.' })).toMatchObject({ status: 204 })

  expect((await list(desk)).items).toEqual([])
  await desk.subscriber({ number: aNumber })
  expect((await desk.send({ subscriber, ...anOffer })).body).toMatchObject({ state: 'queued' })
})

test('a STOP is lifted only with how the person asked for it, and brings back nothing that they ended', async () => {
  const desk = await testDesk()
  const administrator = await desk.operator('administrator')
  const subscriber = await desk.subscriber({ number: aNumber })
  await desk.reply(aNumber, desk.config.senders.main, 'STOP')
  await desk.heard(1)
  const [stop] = (await list(desk, '?reason=stop')).items

  expect(await lift(desk, administrator, stop!.id, { why: 'She wants them back.' })).toMatchObject({
    status: 422,
    body: { code: 'stop_stays' },
  })
  expect((await list(desk, '?reason=stop')).items).toHaveLength(1)
  expect(await lift(desk, administrator, stop!.id, { why: 'She wants them back.', asked: 'call' })).toMatchObject({
    status: 204,
  })

  expect((await list(desk)).items).toEqual([])
  expect(await audit(desk, administrator, 'suppression.lifted')).toMatchObject([{ detail: { asked: 'call' } }])
  // The ledger still has their no.
  expect((await desk.send({ subscriber, ...anOffer })).body).toMatchObject({
    state: 'refused',
    reasons: [{ rule: 'consent' }],
  })
})

test('the list is found by scope, reason and number, and goes on page by page though one is lifted meanwhile', async () => {
  const desk = await testDesk()
  const administrator = await desk.operator('administrator')
  const number = (i: number) => `+44770090010${i}`
  for (let i = 0; i < 5; i++) {
    const scope = i % 2 === 0 ? 'all' : 'promotional'
    await desk.askAs(administrator, 'POST', '/v1/suppressions', { number: number(i), scope, note })
  }

  const first = await list(desk, '?limit=2')
  await lift(desk, administrator, first.items[1]!.id, { why: 'By mistake.' })
  const second = await list(desk, `?limit=2&cursor=${first.next}`)
  const third = await list(desk, `?limit=2&cursor=${second.next}`)

  expect([first, second, third].map(({ items, next }) => [items.length, next !== null])).toEqual([
    [2, true],
    [2, true],
    [1, false],
  ])
  expect(new Set([first, second, third].flatMap(({ items }) => items.map(({ id }) => id))).size).toBe(5)
  expect((await list(desk, '?scope=promotional')).items.length).toBeLessThan(3)
  expect((await list(desk, `?number=${encodeURIComponent(number(0))}`)).items).toMatchObject([{ scope: 'all' }])
  await desk.subscriber({ number: number(0) })
  expect((await list(desk, '?subscriber=sub-1')).items).toMatchObject([{ scope: 'all', subscribers: ['sub-1'] }])
  expect((await list(desk, '?subscriber=nobody')).items).toEqual([])
  expect((await list(desk, '?reason=dead')).items).toEqual([])
  expect(await desk.ask('GET', '/v1/suppressions?cursor=4711')).toMatchObject({ status: 422 })
})

test('a file is taken line by line: bad ones are named, what waits is cancelled, and it is recorded once', async () => {
  const desk = await testDesk({ now: '2026-11-02T23:10+00:00' })
  const administrator = await desk.operator('administrator')
  const subscriber = await desk.subscriber({ number: aNumber })
  const held = (await desk.send({ subscriber, ...anOffer })).body as { id: string }
  const file = [
    'number,scope,reason,at,note',
    `${aNumber},promotional,stop,2025-04-02T10:00:00Z,from the old vendor`,
    '+447700900201,,,,',
    '+447700900202,promotional,dead,2031-01-01T00:00:00Z,',
    '+440000,all,blocked,,',
    '+447700900203,sometimes,blocked,,',
    '+447700900201,all,blocked,,twice',
  ].join('\n')

  const reports = await importing(desk, administrator, file, csv)

  expect(reports).toEqual([
    { line: 5, problem: { code: 'invalid_number', detail: expect.any(String) } },
    { line: 6, problem: { code: 'invalid_request', detail: expect.stringContaining('scope') } },
    { done: { read: 6, taken: 4, made: 3, bad: 2, cancelled: 1 } },
  ])
  expect(await desk.message(held.id)).toMatchObject({ state: 'cancelled', reason: 'stop' })
  const { items } = await list(desk)
  expect(items.find(({ reason }) => reason === 'stop')).toMatchObject({
    at: '2025-04-02T10:00:00.000Z',
    by: { id: administrator.id },
  })
  // Nobody said so in the future.
  expect(Date.parse(items.find(({ reason }) => reason === 'dead')!.at)).toBeLessThanOrEqual(desk.clock.now().getTime())
  expect(await audit(desk, administrator, 'suppressions.imported')).toMatchObject([
    { detail: { read: 6, taken: 4, made: 3, bad: 2, cancelled: 1, isWhole: true } },
  ])
  const again = await importing(desk, administrator, file, csv)
  expect(again.at(-1)).toMatchObject({ done: { taken: 4, made: 0 } })
})

test('of many bad lines the first 500 are named and the rest counted, and progress is told meanwhile', async () => {
  const desk = await testDesk()
  const administrator = await desk.operator('administrator')
  const lines = Array.from({ length: 6_000 }, (_, i) =>
    i % 5 === 0 ? '{"number":"12"}' : JSON.stringify({ number: `+4479111${String(i).padStart(5, '0')}` }),
  )

  const reports = await importing(desk, administrator, lines.join('\n'))

  expect(reports.filter(report => 'line' in report)).toHaveLength(500)
  expect(reports.filter(report => 'progress' in report)).toHaveLength(1)
  expect(reports.at(-1)).toEqual({ done: { read: 6_000, taken: 4_800, made: 4_800, bad: 1_200, cancelled: 0 } })
  const [kept] = await rowsOf<{ n: number }>(desk, sql`select count(*)::int as n from suppression`)
  expect(kept!.n).toBe(4_800)
})

test('regions and keywords are told with their sources, and a reply is read with the reason', async () => {
  const desk = await testDesk()
  const viewer = await desk.operator('viewer')

  const regions = (await desk.askAs(viewer, 'GET', '/v1/regions')).body as { items: { region: string }[] }
  const keywords = (await desk.askAs(viewer, 'GET', '/v1/keywords')).body as { items: Keywords[] }
  const read = async (text: string) =>
    (await desk.askAs(viewer, 'POST', '/v1/keywords/try', { text })).body as unknown as ReplyRead

  expect(regions.items.find(({ region }) => region === 'US')).toMatchObject({
    hours: { weekday: { from: '08:00', to: '21:00' }, holiday: null, isHolidayAsDay: true },
    stop: [{ ends: 'promotional' }, { from: '2027-01-31', ends: 'all' }],
    confidence: 'H',
  })
  expect(regions.items.find(({ region }) => region === 'DEFAULT')).toMatchObject({ hours: { sunday: null } })
  expect(new Set(keywords.items.map(({ language }) => language)).size).toBeGreaterThan(15)
  expect(keywords.items.every(({ source, confidence, words }) => source && confidence && words.length > 0)).toBe(true)
  expect(await read('STOP')).toMatchObject({ asks: 'stop', by: 'keyword', sentence: expect.stringContaining('“stop”') })
  expect(await read('please stop texting me')).toMatchObject({ asks: 'stop', by: 'words' })
  expect(await read("the show won't stop buffering")).toMatchObject({ asks: null, word: null })
})
