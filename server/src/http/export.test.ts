// What is stored about a subscriber, for who asks for it: all of it, readable by machine and by eye, and only by who may.
import type { Acceptance } from '@usher/contract/message'
import type { SubscriberExport } from '@usher/contract/subscriber'
import { expect, test, vi } from 'vitest'
import { aNumber, rowsOf, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'
import { createKey } from './auth.ts'
import { notExported, sections } from './export.ts'

test('each table that refers to a subscriber is exported, or has a reason why not', async () => {
  const desk = await testDesk()
  const referring = await rowsOf<{ table_name: string }>(
    desk,
    sql`
    select distinct c.table_name from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
      and c.column_name in ('subscriber_id', 'external_id', 'number_hash', 'subject')`,
  )
  const told = new Set(['subscriber', ...sections.flatMap(({ tables }) => tables), ...Object.keys(notExported)])

  expect(referring.length).toBeGreaterThan(7)
  expect(referring.map(({ table_name }) => table_name).filter(name => !told.has(name))).toEqual([])
})

/** A subscriber with something in each list. */
async function somebody() {
  const desk = await testDesk()
  await desk.ask('PUT', '/v1/feed/types', { types: ['message.delivered', 'inbound.received'] })
  await desk.subscriber({ profile: { first_name: 'Ada <b>&</b>' } })
  const sent = (
    await desk.send({
      ...{ subscriber: 'sub-1', purpose: 'account.payment', template: 'account.payment_failed' },
      data: { amount: '$11.99', date: 'Nov 10', link: 'https://orpheum.example/account' },
    })
  ).body as Acceptance
  await desk.reaches(sent.id, 'delivered')
  await desk.send({
    subscriber: 'sub-1',
    purpose: 'code.sign_in',
    template: 'code.sign_in',
    data: { code: '492039', minutes: 10 },
  })
  await desk.reply(aNumber, '67743', 'Is this really you?')
  await desk.reply(aNumber, '67743', 'STOP')
  const events = [
    { type: 'com.usher.view.started', data: { title: 'metropolis' } },
    { type: 'com.usher.view.started', data: {} },
  ].map((event, n) => ({ specversion: '1.0', source: '/test', id: `e-${n}`, subject: 'sub-1', ...event }))
  await desk.ask('POST', '/v1/events', JSON.stringify(events), { 'content-type': 'application/cloudevents-batch+json' })
  const { db } = desk.usher
  // What the worker does a moment later.
  await vi.waitFor(
    async () => {
      const [row] = await db.rows<{ count: number }>(
        sql`select count(*)::int as count from feed where type = 'message.delivered'`,
      )
      expect(row!.count).toBeGreaterThan(0)
    },
    { timeout: 10_000 },
  )
  return { desk, sent }
}

test('has everything, decrypted, the number whole', async () => {
  const { desk, sent } = await somebody()

  const answer = await desk.ask('GET', '/v1/subscribers/sub-1/export')

  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const all = answer.body as SubscriberExport
  expect(all.subscriber).toMatchObject({ id: 'sub-1', number: aNumber, profile: { first_name: 'Ada <b>&</b>' } })
  expect(all.suppressions).toMatchObject([{ scope: 'promotional', reason: 'stop' }])
  const payment = all.messages.find(({ id }) => id === sent.id)
  expect(payment).toMatchObject({
    id: sent.id,
    state: 'delivered',
    number: aNumber,
    text: expect.stringContaining('$11.99'),
  })
  expect(payment!.why).toContain('This text serves the account; it needs no consent.')
  expect(all.messages).toContainEqual(expect.objectContaining({ purpose: 'code.sign_in', text: null }))
  expect(all.inbound).toMatchObject([
    { text: 'Is this really you?' },
    { text: 'STOP', keyword: 'stop', number: aNumber },
  ])
  expect(all.events).toMatchObject([{ data: { title: 'metropolis' } }])
  expect(all.badEvents).toMatchObject([{ reason: 'invalid_data', event: { subject: 'sub-1' } }])
  const link = { destination: 'https://orpheum.example/account', message: sent.id }
  expect(all.links).toContainEqual(expect.objectContaining(link))
  expect(all.consents).toContainEqual(expect.objectContaining({ group: 'titles', granted: true, how: 'page' }))
  expect(all.told).toContainEqual(expect.objectContaining({ type: 'message.delivered' }))
  expect(all.audit).toMatchObject([{ action: 'subscriber.exported', detail: { name: 'test' } }])
})

test('is a page for people, who wrote what in it only words', async () => {
  const { desk } = await somebody()

  const page = await desk.ask('GET', '/v1/subscribers/sub-1/export?format=html')
  const asked = await desk.ask('GET', '/v1/subscribers/sub-1/export', undefined, { accept: 'text/html,*/*;q=0.8' })

  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(asked.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const html = page.body as string
  for (const part of [aNumber, 'Ada &lt;b&gt;&amp;&lt;/b&gt;', 'Is this really you?', '$11.99', 'metropolis'])
    expect(html).toContain(part)
  expect(html).not.toContain('<b>')
})

test('is for who may: a key with its scope, or an operator of a role that says why', async () => {
  const { desk } = await somebody()
  const path = '/v1/subscribers/sub-1/export'
  const { key } = await createKey(desk.usher.db, desk.clock, 'reader', ['subscribers:read'])
  const [support, viewer, ada] = [
    await desk.operator('support'),
    await desk.operator('viewer'),
    await desk.operator('administrator'),
  ]

  expect((await desk.ask('GET', path, undefined, { authorization: `Bearer ${key}` })).status).toBe(403)
  expect((await desk.askAs(viewer, 'GET', `${path}?reason=She%20asked`)).status).toBe(403)
  expect((await desk.askAs(support, 'GET', path)).status).toBe(422)
  const reason = encodeURIComponent(`She asked from ${aNumber}`)
  expect((await desk.askAs(support, 'GET', `${path}?reason=${reason}`)).status).toBe(200)
  expect((await desk.ask('GET', '/v1/subscribers/nobody/export')).status).toBe(404)

  const { items } = (await desk.askAs(ada, 'GET', '/v1/audit?action=subscriber.exported')).body as { items: object[] }
  expect(items).toMatchObject([
    { operator: { id: support.id }, subject: 'sub-1', detail: { reason: 'She asked from +44••••••••23' } },
  ])
})

test('of twenty thousand texts takes little memory, and comes while it is read', async () => {
  const { desk, sent } = await somebody()
  await rowsOf(
    desk,
    sql`
      insert into message (id, subscriber_id, number, purpose, state, sender, originator, body, segments, reference, accepted_at, expires_at, explanation)
      select gen_random_uuid(), m.subscriber_id, m.number, m.purpose, m.state, m.sender, m.originator, m.body, m.segments, m.reference,
        m.accepted_at, m.expires_at, m.explanation from message m, generate_series(1, 20000) where m.id = ${sent.id}`,
  )

  const answer = await fetch(`${desk.usher.url}/v1/subscribers/sub-1/export`, {
    headers: { authorization: `Bearer ${desk.key}` },
  })
  let texts = 0
  let most = 0
  for await (const piece of answer.body!) {
    texts += Buffer.from(piece).toString('latin1').split('"purpose":"account.payment","state"').length - 1
    most = Math.max(most, piece.length)
  }

  expect(texts).toBeGreaterThan(19_800) // but for those that stand on the edge of a piece
  expect(most).toBeLessThan(2_000_000) // a batch, and never the whole
}, 60_000)
