// When the other end is not well: the schedule, endpoints that are slow, gone, redirecting or asking for patience, and processes
// that die or stop in the middle.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WebhookEndpoint } from '@usher/contract/webhook'
import { expect, onTestFinished, test } from 'vitest'
import { type Desk, rowsOf } from '../desk.ts'
import {
  anEndpoint,
  aText,
  comesTo,
  deliveriesOf,
  deliveryOf,
  deskFor,
  endpointOf,
  hour,
  later,
  minute,
  moveTo,
  ownDeliverer,
  receiver,
  sendsTest,
  tried,
  until,
  without,
} from '../faults/receiver.ts'
import { sql } from '../store/sql.ts'
import { forgetTold, schedule } from './deliver.ts'

/** The tries of a delivery that fails, each as soon as it is due; the milliseconds between them. */
async function triesOf(desk: Desk, id: string): Promise<number[]> {
  const waits: number[] = []
  for (;;) {
    const { tries, nextAt, attempts } = await tried(desk, id, waits.length + 1)
    expect(tries).toBe(waits.length + 1)
    if (nextAt === null) return waits
    waits.push(Date.parse(nextAt) - Date.parse(attempts.at(-1)!.at))
    moveTo(desk, nextAt)
  }
}

test('what is not taken is tried ten times over three days, always under one id and in the same bytes; then it is given up', async () => {
  const service = await receiver()
  const desk = await deskFor([service])
  service.answers(500)
  const { endpoint } = await anEndpoint(desk, service)

  const { id, told } = await sendsTest(desk, endpoint.id)
  const waits = await triesOf(desk, id)

  expect(schedule).toEqual([
    0, 5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000,
  ])
  expect(waits).toHaveLength(9)
  for (const [i, waitMs] of waits.entries()) {
    expect(waitMs).toBeGreaterThanOrEqual(Math.floor(schedule[i + 1]! * 0.9))
    expect(waitMs).toBeLessThanOrEqual(Math.ceil(schedule[i + 1]! * 1.1))
  }
  expect(await deliveryOf(desk, id)).toMatchObject({ state: 'failed', tries: 10, nextAt: null, lastStatus: 500 })
  expect(service.heard).toHaveLength(10)
  expect(new Set(service.heard.map(heard => heard.id))).toEqual(new Set([told]))
  expect(new Set(service.heard.map(heard => heard.body)).size).toBe(1)
  expect(await endpointOf(desk, endpoint.id)).toMatchObject({ failed: 1, waiting: 0, failingSince: expect.any(String) })
})

test('what was given up is delivered again when somebody asks, with all tries anew', async () => {
  const service = await receiver()
  const desk = await deskFor([service])
  service.answers(500)
  const { endpoint } = await anEndpoint(desk, service)
  const early = await sendsTest(desk, endpoint.id)
  await triesOf(desk, early.id)
  const since = desk.clock.now().toISOString()
  later(desk, minute)
  const late = await sendsTest(desk, endpoint.id)
  await triesOf(desk, late.id)
  const replay = async (body: object) => (await desk.ask('POST', `/v1/webhooks/${endpoint.id}/replay`, body)).body

  expect(await replay({ since: new Date(desk.clock.now().getTime() + hour).toISOString() })).toEqual({ replayed: 0 })
  expect(await replay({ since })).toEqual({ replayed: 1 })
  expect((await tried(desk, late.id, 11)).nextAt).not.toBeNull()
  service.answers(204)
  expect(await replay({})).toEqual({ replayed: 1 })
  await comesTo(desk, early.id, 'delivered')
  later(desk, 6_000)
  await comesTo(desk, late.id, 'delivered')

  expect(await endpointOf(desk, endpoint.id)).toMatchObject({
    failed: 0,
    waiting: 0,
    failingSince: null,
    lastStatus: 204,
  })
})

test('an endpoint that answers 500 for a day loses nothing', async () => {
  const service = await receiver()
  const desk = await deskFor([service])
  const { endpoint } = await anEndpoint(desk, service, ['message.delivered'])
  await desk.subscriber()
  service.answers(500)
  const sent: string[] = []
  for (let n = 0; n < 6; n++) sent.push(((await aText(desk, 'sub-1', `Orpheum: word ${n}.`)).body as { id: string }).id)
  await Promise.all(sent.map(id => desk.reaches(id, 'delivered')))
  const waits = () => deliveriesOf(desk, endpoint.id, '?state=waiting')
  await until(desk, waits, items => items.length === 6 && items.every(({ tries }) => tries > 0))
  for (let passed = 0; passed < 24; passed += 6) {
    later(desk, 6 * hour)
    await until(desk, waits, items => items.every(({ nextAt }) => Date.parse(nextAt!) > desk.clock.now().getTime()))
  }
  expect((await waits()).length).toBe(6)

  service.answers(204)
  later(desk, 24 * hour)
  const items = await until(
    desk,
    () => deliveriesOf(desk, endpoint.id, '?state=delivered'),
    all => all.length === 6,
  )

  const taken = service.heard.slice(-6).map(({ told }) => told.data.id)
  expect(taken.sort()).toEqual(sent.sort())
  expect(items.every(({ tries }) => tries > 4)).toBe(true)
})

test('410 ends an endpoint: what waits is stopped, and nothing more is sent until somebody says so', async () => {
  const service = await receiver()
  const desk = await deskFor([service])
  service.answers(500)
  const { endpoint } = await anEndpoint(desk, service, ['message.delivered'])
  const waiting = await sendsTest(desk, endpoint.id)
  await tried(desk, waiting.id, 1)

  service.answers(410)
  const last = await sendsTest(desk, endpoint.id)
  await comesTo(desk, last.id, 'stopped')
  await comesTo(desk, waiting.id, 'stopped')

  expect(await endpointOf(desk, endpoint.id)).toMatchObject({ state: 'gone', waiting: 0, lastStatus: 410 })
  expect((await desk.ask('POST', `/v1/webhooks/${endpoint.id}/test`)).body).toMatchObject({
    code: 'webhook_not_active',
  })
  expect((await desk.ask('POST', `/v1/deliveries/${last.id}/replay`)).body).toMatchObject({
    code: 'webhook_not_active',
  })
  await desk.subscriber()
  await desk.reaches(((await aText(desk, 'sub-1')).body as { id: string }).id, 'delivered')
  // Nobody else wants it, so it is not even written down.
  expect(await rowsOf(desk, sql`select 1 from wanted_type where type = 'message.delivered'`)).toEqual([])
  expect(service.heard).toHaveLength(2)

  service.answers(204)
  const { body } = await desk.ask('PUT', `/v1/webhooks/${endpoint.id}`, {
    url: service.url,
    types: ['message.delivered'],
  })
  expect(body).toMatchObject({ state: 'active', failingSince: null } satisfies Partial<WebhookEndpoint>)
  await desk.ask('POST', `/v1/deliveries/${last.id}/replay`)
  await comesTo(desk, last.id, 'delivered')
})

test.each([
  ['429', 429, '3600', 'It answered 429 and asked to wait for 3600 s.'],
  ['503', 503, new Date(Date.now() + 7_200_000).toUTCString(), /^It answered 503 and asked to wait for 7\d\d\d s\.$/],
  ['a date long ago', 503, new Date(0).toUTCString(), 'It answered 503 and asked to wait for 0 s.'],
  ['more than a day', 503, '999999', 'It answered 503 and asked to wait for 86400 s.'],
])('Retry-After is heard: %s', async (_, status, retryAfter, error) => {
  const service = await receiver()
  const desk = await deskFor([service])
  const { endpoint } = await anEndpoint(desk, service)
  service.answers({ status, headers: { 'retry-after': retryAfter } })

  const first = await sendsTest(desk, endpoint.id)
  const { lastError, attempts, nextAt } = await tried(desk, first.id, 1)

  expect(lastError).toEqual(typeof error === 'string' ? error : expect.stringMatching(error))
  const asked = Number(/(\d+) s/.exec(lastError!)![1]) * 1_000
  const waits = Date.parse(nextAt!) - Date.parse(attempts[0]!.at)
  expect(waits).toBeGreaterThanOrEqual(Math.max(4_500, asked - 1_000))
  expect(waits).toBeLessThanOrEqual(Math.max(5_500, asked + 1_000))
  const { slowedUntil } = await endpointOf(desk, endpoint.id)
  if (asked > 0) expect(Math.abs(Date.parse(slowedUntil!) - Date.parse(nextAt!))).toBeLessThan(1_000)
  else expect(slowedUntil).toBeNull()
})

test('an endpoint that asked to wait is left alone by all that is meant for it, and hears it all afterwards', async () => {
  const service = await receiver()
  const other = await receiver()
  const desk = await deskFor([service, other])
  const { endpoint } = await anEndpoint(desk, service)
  const { endpoint: beside } = await anEndpoint(desk, other)
  service.answers({ status: 429, headers: { 'retry-after': '3600' } })
  const first = await sendsTest(desk, endpoint.id)
  await tried(desk, first.id, 1)
  service.answers(204)

  const second = await sendsTest(desk, endpoint.id)
  later(desk, 50 * minute)
  await comesTo(desk, (await sendsTest(desk, beside.id)).id, 'delivered')
  expect(service.heard).toHaveLength(1)
  later(desk, 10 * minute)
  await comesTo(desk, first.id, 'delivered')
  await comesTo(desk, second.id, 'delivered')

  expect(service.heard).toHaveLength(3)
})

test('what was claimed already waits too, where one of it is answered with a Retry-After', async () => {
  const service = await receiver()
  const desk = await deskFor([service], { env: without })
  const { endpoint } = await anEndpoint(desk, service)
  for (let n = 0; n < 100; n++) await happens(desk, endpoint.id)
  service.answers({ status: 429, headers: { 'retry-after': '3600' } })
  ownDeliverer(desk)

  await until(
    desk,
    () => endpointOf(desk, endpoint.id),
    ({ slowedUntil }) => slowedUntil !== null,
  )
  later(desk, 10 * minute)
  await comesTo(desk, (await besideIt(desk)).id, 'delivered')
  // No more than were on the way by then.
  expect(service.heard.length).toBeLessThanOrEqual(32)
  service.answers(204)
  later(desk, hour)
  await until(
    desk,
    () => endpointOf(desk, endpoint.id),
    ({ waiting }) => waiting === 0,
  )

  expect(new Set(service.heard.map(one => one.id)).size).toBe(100)
})

const happens = (desk: Desk, endpoint: string) =>
  desk.usher.db.rows(
    sql`insert into outbox (type, at, endpoint_id) values ('webhook.test', ${desk.clock.now()}, ${endpoint})`,
  )

test('one that hangs delays no other', async () => {
  const dead = await receiver()
  const good = await receiver()
  const desk = await deskFor([dead, good])
  dead.answers('silence')
  const hanging = await anEndpoint(desk, dead, ['message.accepted', 'message.delivered'])
  await anEndpoint(desk, good, ['message.delivered'])
  await desk.subscriber()

  const sent: string[] = []
  for (let n = 0; n < 50; n++)
    sent.push(((await aText(desk, 'sub-1', `Orpheum: word ${n}.`)).body as { id: string }).id)
  const heard = await good.hears(50)

  expect(heard.map(({ told }) => told.data.id).sort()).toEqual(sent.sort())
  // The one that hangs got no more than its window, and has answered none.
  expect(dead.heard.length).toBeGreaterThan(0)
  expect(dead.heard.length).toBeLessThanOrEqual(32)
  const { waiting } = await endpointOf(desk, hanging.endpoint.id)
  expect(waiting).toBe(100)
})

test('one that does not answer in time has failed, in words', async () => {
  const service = await receiver()
  const desk = await deskFor([service], { env: without })
  service.answers('silence')
  const { endpoint } = await anEndpoint(desk, service)
  ownDeliverer(desk, { timeoutMs: 50 })

  const { id } = await sendsTest(desk, endpoint.id)

  expect(await tried(desk, id, 1)).toMatchObject({
    state: 'waiting',
    lastStatus: null,
    lastError: 'No answer within 0.05 s.',
  })
})

test('while an endpoint fails it is asked one at a time', async () => {
  const service = await receiver()
  const desk = await deskFor([service])
  service.answers(500)
  const { endpoint } = await anEndpoint(desk, service)
  await tried(desk, (await sendsTest(desk, endpoint.id)).id, 1)
  service.answers('silence')

  for (let n = 0; n < 5; n++) await sendsTest(desk, endpoint.id)
  await service.hears(2)
  await comesTo(desk, (await besideIt(desk)).id, 'delivered')

  expect(service.heard).toHaveLength(2)
})

/** Something that surely comes after whatever could have been sent by now. */
async function besideIt(desk: Desk) {
  const service = await receiver()
  desk.config.webhookAllow.push(service.place)
  const { endpoint } = await anEndpoint(desk, service)
  return sendsTest(desk, endpoint.id)
}

test('a redirect is a failure and is not followed', async () => {
  const inner = await receiver()
  const service = await receiver()
  const desk = await deskFor([service, inner])
  const { endpoint } = await anEndpoint(desk, service)
  for (const status of [301, 302, 307, 308]) {
    service.answers({ status, headers: { location: inner.url } })

    const { id } = await sendsTest(desk, endpoint.id)

    expect(await tried(desk, id, 1)).toMatchObject({
      state: 'waiting',
      lastStatus: status,
      lastError: `It answered ${status}: redirects are not followed.`,
    })
  }
  expect(inner.heard).toEqual([])
})

test('of an answer only the status counts, however long the rest', async () => {
  const service = await receiver()
  const desk = await deskFor([service])
  service.answers({ status: 200, body: 'x'.repeat(5_000_000) })
  const { endpoint } = await anEndpoint(desk, service)

  await comesTo(desk, (await sendsTest(desk, endpoint.id)).id, 'delivered')
  await comesTo(desk, (await sendsTest(desk, endpoint.id)).id, 'delivered')

  expect(service.heard).toHaveLength(2)
})

test('an answer that never comes to its end is given up, and its status counts', async () => {
  const service = await receiver()
  const desk = await deskFor([service], { env: without })
  const { endpoint } = await anEndpoint(desk, service)
  ownDeliverer(desk, { timeoutMs: 200 })

  service.answers({ status: 503, body: 'wait for ', isEndless: true })
  const failed = await tried(desk, (await sendsTest(desk, endpoint.id)).id, 1)
  service.answers({ status: 200, body: 'thank you for ', isEndless: true })
  later(desk, minute)
  const taken = await comesTo(desk, failed.id, 'delivered')

  expect([failed.state, failed.lastStatus, failed.lastError]).toEqual(['waiting', 503, 'It answered 503.'])
  expect([taken.tries, taken.lastStatus]).toEqual([2, 200])
})

test('what can not be reached is told in words', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'usher-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [key, cert] = ['key.pem', 'cert.pem'].map(name => join(folder, name)) as [string, string]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=127.0.0.1',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  )
  const untrusted = await receiver(
    listener => createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener) as never,
  )
  const desk = await deskFor([untrusted], {
    env: { ...without, USHER_WEBHOOK_ALLOW: `${untrusted.place},127.0.0.1:9` },
  })
  ownDeliverer(desk, {
    resolve: async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })
    },
  })
  const errorAt = async (url: string) => {
    const { endpoint } = await anEndpoint(desk, { url })
    return (await tried(desk, (await sendsTest(desk, endpoint.id)).id, 1)).lastError
  }

  expect(await errorAt('http://127.0.0.1:9/')).toBe('Connection refused.')
  expect(await errorAt('https://nowhere.example/hooks')).toBe('The name is not known.')
  expect(await errorAt(`https://${untrusted.place}/`)).toBe('The certificate is not trusted: it signed itself.')
  expect(await errorAt(`http://${untrusted.place}/`)).toMatch(/^The connection broke|^What it answered is not HTTP/)
  expect(untrusted.heard).toEqual([])
})

test('who dies with a delivery leaves it to the next, who sends the same id', async () => {
  const service = await receiver()
  const desk = await deskFor([service], { env: without })
  service.answers('silence')
  const { endpoint } = await anEndpoint(desk, service)
  ownDeliverer(desk)
  const { id, told } = await sendsTest(desk, endpoint.id)
  await service.hears(1)

  // Another process meanwhile finds it taken; once the lease has run out it is free.
  service.answers(204)
  ownDeliverer(desk)
  await comesTo(desk, (await besideIt(desk)).id, 'delivered')
  expect(service.heard).toHaveLength(1)
  await desk.usher.db.rows(sql`update delivery set lease_until = now() - interval '1 second' where id = ${id}`)
  const heard = await service.hears(2)

  expect(heard.map(one => one.id)).toEqual([told, told])
  await comesTo(desk, id, 'delivered')
})

test('a stop gives back what was not answered, and the next start sends it', async () => {
  const service = await receiver()
  const desk = await deskFor([service], { env: without })
  service.answers('silence')
  const { endpoint } = await anEndpoint(desk, service)
  const first = ownDeliverer(desk)
  const { id, told } = await sendsTest(desk, endpoint.id)
  await service.hears(1)

  await first.stop()
  expect(await rowsOf(desk, sql`select tries, lease_until from delivery`)).toEqual([{ tries: 0, lease_until: null }])
  service.answers(204)
  ownDeliverer(desk)
  await comesTo(desk, id, 'delivered')

  expect(service.heard.map(one => one.id)).toEqual([told, told])
})

test('two processes share the work, and each delivery is sent once', async () => {
  const service = await receiver()
  const desk = await deskFor([service], { env: without })
  const { endpoint } = await anEndpoint(desk, service)
  for (let n = 0; n < 200; n++) await happens(desk, endpoint.id)

  for (const _ of [1, 2]) ownDeliverer(desk)
  await until(
    desk,
    () => endpointOf(desk, endpoint.id),
    ({ waiting }) => waiting === 0 && service.heard.length >= 200,
  )

  expect(new Set(service.heard.map(one => one.id)).size).toBe(200)
  expect(service.heard).toHaveLength(200)
})

test('what was told more than thirty days ago is forgotten', async () => {
  const service = await receiver()
  // Ids never go back within a process, and other tests here have moved the clock by days.
  const desk = await deskFor([service], { now: '2027-06-01T15:00:00Z' })
  const { endpoint } = await anEndpoint(desk, service)
  const old = await sendsTest(desk, endpoint.id)
  await comesTo(desk, old.id, 'delivered')
  later(desk, 29 * 24 * hour)
  const young = await sendsTest(desk, endpoint.id)
  await comesTo(desk, young.id, 'delivered')
  later(desk, 2 * 24 * hour)

  await forgetTold(desk.usher.db, desk.clock.now())

  expect((await deliveriesOf(desk, endpoint.id)).map(({ id }) => id)).toEqual([young.id])
  expect(await rowsOf(desk, sql`select id from feed`)).toEqual([{ id: young.told }])
  expect(await rowsOf(desk, sql`select delivery_id as id from delivery_attempt`)).toEqual([{ id: young.id }])
})
