// Imports in the background: what is stored first, worked through then, and goes on over a restart.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { BadEvent, TakenEvent } from '@usher/contract/event'
import type { Import } from '@usher/contract/live'
import { describe, expect, test } from 'vitest'
import { type Desk, rowsOf, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'

const ndjson = { 'content-type': 'application/x-ndjson' }
const person = (i: number) =>
  JSON.stringify({ id: `sub-${i}`, number: `+4479111${String(i).padStart(5, '0')}`, locale: 'en' })

/** Resolves once the import has one of these states; by events, for nothing sleeps here. */
async function comesTo(desk: Desk, id: string, ...states: Import['state'][]): Promise<Import> {
  for (;;) {
    const moved = new Promise<void>(resolve => {
      const off = desk.usher.events.on('import.moved', () => {
        off()
        resolve()
      })
    })
    const found = (await desk.ask('GET', `/v1/imports/${id}`)).body as Import
    if (states.includes(found.state)) return found
    await moved
  }
}

test('a file is taken, worked through, and its bad lines are named', async () => {
  const desk = await testDesk()
  const lines = Array.from({ length: 1_500 }, (_, i) => person(i))
  lines[10] = '{"id":'
  lines[20] = JSON.stringify({ id: 'x', number: '+440000' })

  const started = await desk.ask('POST', '/v1/imports?name=spring.ndjson', lines.join('\n'), ndjson)
  const ended = await comesTo(desk, (started.body as Import).id, 'done', 'failed')

  expect(started.status).toBe(202)
  expect(ended).toMatchObject({ name: 'spring.ndjson', state: 'done', read: 1_500, taken: 1_498, made: 1_498, bad: 2 })
  expect(ended.readBytes).toBe(ended.bytes)
  expect(ended.problems.map(({ line, code }) => [line, code])).toEqual([
    [11, 'broken_line'],
    [21, 'invalid_number'],
  ])
  expect((await desk.ask('GET', '/v1/subscribers/sub-1499')).status).toBe(200)
  const { items } = (await desk.ask('GET', '/v1/imports')).body as { items: Import[] }
  expect(items.map(({ id, problems }) => [id, problems])).toEqual([[ended.id, []]])
})

test('a CSV file is read by its header', async () => {
  const desk = await testDesk()
  const csv = 'id,number,locale,profile.name\nada,+447700900201,en,Ada\nbob,+447700900202,de,Bob\n'

  const started = await desk.ask('POST', '/v1/imports', csv, { 'content-type': 'text/csv' })
  const ended = await comesTo(desk, (started.body as Import).id, 'done', 'failed')

  expect(ended).toMatchObject({ name: 'import', state: 'done', taken: 2, bad: 0 })
  expect((await desk.ask('GET', '/v1/subscribers/ada')).body).toMatchObject({ profile: { name: 'Ada' } })
})

test('a restart in the middle goes on, and the counts are those of the whole file', async () => {
  const desk = await testDesk()
  const lines = Array.from({ length: 6_000 }, (_, i) => person(i))
  const { body } = await desk.ask('POST', '/v1/imports', lines.join('\n'), ndjson)
  const { id } = body as Import

  await desk.restart()
  const ended = await comesTo(desk, id, 'done', 'failed')

  expect(ended).toMatchObject({ state: 'done', read: 6_000, taken: 6_000, bad: 0 })
  expect((await desk.ask('GET', '/v1/subscribers/sub-5999')).status).toBe(200)
})

test('what a process that died had in its hands is taken over, and what another works on is left to it', async () => {
  const desk = await testDesk()
  const { body } = await desk.ask('POST', '/v1/imports', [1, 2, 3].map(person).join('\n'), ndjson)
  const { id } = await comesTo(desk, (body as Import).id, 'done')
  const holder = sql`(select claimed_by from import where id = ${id})`
  const file = (name: string) => writeFileSync(join(desk.config.data, 'imports', name), `${person(7)}\n`)
  const [left, working, uploading] = [1, 2, 3].map(n => `01a19dd8-e79c-701c-9f3e-00000000000${n}`)
  for (const [of, state, seconds] of [
    [left, 'running', -1],
    [working, 'running', 60],
    [uploading, 'uploading', -1],
  ] as const) {
    file(of!)
    await rowsOf(
      desk,
      sql`
      insert into import (id, name, type, state, claimed_by, lease_until, bytes, started_at, read, bad)
      values (${of}, 'left', 'application/x-ndjson', ${state}, ${holder}, now() + make_interval(secs => ${seconds}), 60, now(), 500, 5)`,
    )
  }

  await desk.restart()

  expect(await comesTo(desk, left!, 'done', 'failed')).toMatchObject({ state: 'done', read: 1, taken: 1, bad: 0 })
  expect(await comesTo(desk, uploading!, 'done', 'failed')).toMatchObject({ failure: 'The upload was cut off.' })
  expect((await desk.ask('GET', `/v1/imports/${working}`)).body).toMatchObject({ state: 'running', read: 500, bad: 5 })
  expect(readdirSync(join(desk.config.data, 'imports'))).toEqual([working])
})

test('no number stands whole among the bad lines, not even as the name of a column', async () => {
  const desk = await testDesk()
  const withoutHeader = 'ana,+447700900123,en\nbob,+447700900124,de\n'

  const { body } = await desk.ask('POST', '/v1/imports', withoutHeader, { 'content-type': 'text/csv' })
  const ended = await comesTo(desk, (body as Import).id, 'done', 'failed')
  const streamed = await desk.ask('POST', '/v1/subscribers/import', withoutHeader, { 'content-type': 'text/csv' })

  expect(ended.problems).toMatchObject([{ code: 'invalid_request', detail: expect.stringContaining('+44••••••••23') }])
  expect(`${JSON.stringify(ended)} ${streamed.body}`).not.toMatch(/\d{7}23|900124/)
})

test('an upload that is cut off has failed, and says so', async () => {
  const desk = await testDesk()
  const uploading = new Promise<string>(resolve => {
    desk.usher.events.on('import.moved', ({ id, state }) => state === 'failed' && resolve(id))
  })
  const half = request(`${desk.usher.url}/v1/imports`, {
    method: 'POST',
    headers: { ...ndjson, authorization: `Bearer ${desk.key}`, 'content-length': '1000000' },
  })
  half.on('error', () => {}) // it is we who cut it off
  half.write(`${person(1)}\n`)
  half.flushHeaders()
  for (;;) {
    const { items } = (await desk.ask('GET', '/v1/imports')).body as { items: Import[] }
    if (items.length > 0) break
  }

  half.destroy()
  const id = await uploading

  expect((await desk.ask('GET', `/v1/imports/${id}`)).body).toMatchObject({
    state: 'failed',
    failure: 'The upload was cut off.',
  })
  expect((await desk.ask('GET', '/v1/subscribers/sub-1')).status).toBe(404)
})

test('an import that can not even be ended holds no other one up', async () => {
  const desk = await testDesk()
  const id = '01a19dd8-e79c-701c-9f3e-5b0d2a7c4e18'
  // A folder where its file should be: it can be neither read nor deleted as one.
  mkdirSync(join(desk.config.data, 'imports', id), { recursive: true })
  await rowsOf(
    desk,
    sql`
    insert into import (id, name, type, state, claimed_by, started_at)
    values (${id}, 'broken', 'text/csv', 'running', ${`${hostname()}:${desk.config.data}`}, ${desk.clock.now()})`,
  )

  await desk.restart()
  const { body } = await desk.ask('POST', '/v1/imports', person(1), ndjson)
  const ended = await comesTo(desk, (body as Import).id, 'done', 'failed')

  expect(ended).toMatchObject({ state: 'done', taken: 1 })
  expect((await desk.ask('GET', `/v1/imports/${id}`)).body).toMatchObject({ state: 'failed' })
})

test('an import that is not there is not found', async () => {
  const desk = await testDesk()

  const { status, body } = await desk.ask('GET', '/v1/imports/01a19dd8-e79c-701c-9f3e-5b0d2a7c4e18')

  expect([status, (body as { code: string }).code]).toEqual([404, 'unknown_import'])
})

describe('a file of the subscriptions there are', () => {
  const csv = `subscriber,subscription,plan,amount,currency,every,renewsAt,trialEndsAt,priceEndsAt,nextAmount,cardExpiresAt
sub-1,s-1,standard,9900,USD,year,2027-03-01T00:00:00Z,,,,2027-02-01T00:00:00Z
sub-2,,premium,499,EUR,month,2026-12-02T00:00:00Z,,2027-01-02T00:00:00Z,999,
sub-3,,basic,,,,,2026-11-20T00:00:00Z,,,
sub-4,,standard,9.99,USD,month,soon,,,,
,,standard,999,,,,,,,
`
  const first = {
    ...{ subscriber: 'sub-1', subscription: 's-1', plan: 'standard', amount: 9_900, currency: 'USD', every: 'year' },
    ...{ renewsAt: '2027-03-01T00:00:00Z', cardExpiresAt: '2027-02-01T00:00:00Z' },
  }
  const hand = async (desk: Desk, file: string, type = 'text/csv') => {
    const { body } = await desk.ask('POST', '/v1/imports?kind=subscriptions&name=now', file, { 'content-type': type })
    return comesTo(desk, (body as Import).id, 'done', 'failed')
  }
  const told = async (desk: Desk) => ((await desk.ask('GET', '/v1/events')).body as { items: TakenEvent[] }).items

  test('becomes what is known of each, and its bad lines are named', async () => {
    const desk = await testDesk()
    await desk.subscriber({ id: 'sub-1' })

    const ended = await hand(desk, csv)

    expect(ended).toMatchObject({ kind: 'subscriptions', state: 'done', read: 5, taken: 3, made: 3, bad: 2 })
    expect(ended.problems).toEqual([
      {
        ...{ line: 5, code: 'invalid_request' },
        detail:
          'amount: Invalid input: expected number, received string renewsAt: Invalid ISO datetime renewsAt: A time lies in the years 1900 to 2999.',
      },
      {
        ...{ line: 6, code: 'invalid_request' },
        detail: 'subscriber: Invalid input: expected string, received undefined',
      },
    ])
    const common = { type: 'com.usher.subscription.known', door: 'import', source: 'import/subscriptions' }
    const sorted = (await told(desk)).sort((a, b) => (a.subject! < b.subject! ? -1 : 1))
    expect(sorted).toMatchObject([
      { ...common, subject: 'sub-1', isKnownSubscriber: true, at: ended.startedAt },
      { ...common, subject: 'sub-2', isKnownSubscriber: false },
      { ...common, subject: 'sub-3' },
    ])
    expect(sorted.map(({ data }) => data)).toEqual([
      {
        ...{ subscription: 's-1', plan: 'standard', price: { amount: 9_900, currency: 'USD' }, every: 'year' },
        ...{ renewsAt: '2027-03-01T00:00:00Z', card: { expiresAt: '2027-02-01T00:00:00Z' } },
      },
      {
        ...{ plan: 'premium', price: { amount: 499, currency: 'EUR' }, every: 'month' },
        ...{ renewsAt: '2026-12-02T00:00:00Z', priceEndsAt: '2027-01-02T00:00:00Z' },
        nextPrice: { amount: 999, currency: 'EUR' },
      },
      { plan: 'basic', trialEndsAt: '2026-11-20T00:00:00Z' },
    ])
    expect(((await desk.ask('GET', '/v1/bad-events')).body as { items: BadEvent[] }).items).toEqual([])
  })

  test('once more, mended and as NDJSON, tells what is new alone', async () => {
    const desk = await testDesk()
    await hand(desk, csv)

    const again = await hand(desk, csv.replace('9.99', '999').replace('soon', '2026-12-05T00:00:00Z'))
    const asJson = await hand(desk, `${JSON.stringify(first)}\n{"subscriber":`, 'application/x-ndjson')

    expect(again).toMatchObject({ read: 5, taken: 4, made: 1, bad: 1 })
    expect(asJson).toMatchObject({ read: 2, taken: 1, made: 0, bad: 1, problems: [{ line: 2, code: 'broken_line' }] })
    expect(await told(desk)).toHaveLength(4)
  })
})
