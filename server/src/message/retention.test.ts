// What is personal goes when its time is over, by the business clock; what a bill adds up stays.
import type { Acceptance, Message } from '@usher/contract/message'
import { expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { aNumber, type Desk, rowsOf, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'
import { forgetByAge } from './retention.ts'

/** Each two years after the one before it: ids of one process never go back. */
let year = 2026
const aDesk = (options: Parameters<typeof testDesk>[0] = {}) => {
  year += 2
  return testDesk({ ...options, now: `${year}-11-02T15:00:00Z` })
}

const day = 24 * 60 * 60_000
const later = (desk: Desk, days: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + days * day))

async function sweep(desk: Desk): Promise<void> {
  while ((await forgetByAge(desk.usher.db, desk.clock.now(), desk.config.keep)) > 0);
}
const rulesOf = async (desk: Desk, id: string) =>
  ((await desk.ask('GET', `/v1/messages/${id}/explanation`)).body as { rules: unknown[] }).rules

async function sent(desk: Desk, message: object): Promise<string> {
  const { id } = (await desk.send({ subscriber: 'sub-1', ...message })).body as Acceptance
  await desk.reaches(id, 'delivered')
  return id
}
const aNotice = { purpose: 'account.payment', text: 'Orpheum: your payment failed' }

test('words go first, number and explanation later, and what was paid stays', async () => {
  const desk = await aDesk()
  await desk.subscriber()
  const id = await sent(desk, aNotice)
  const before = await desk.message(id)

  later(desk, 89)
  await sweep(desk)
  expect(await desk.message(id)).toEqual(before)

  later(desk, 2)
  await sweep(desk)
  expect(await desk.message(id)).toEqual({ ...before, text: null })
  expect((await rulesOf(desk, id)).length).toBeGreaterThan(2)

  later(desk, 310)
  await sweep(desk)
  const bare = { text: null, number: null, locale: null, carrierMessageId: null }
  expect(await desk.message(id)).toEqual({ ...before, ...bare })
  expect(await rulesOf(desk, id)).toEqual([])
  const [row] = await rowsOf<{ number: null; segments: number; cost_micros: number }>(
    desk,
    sql`select number, segments, cost_micros from message`,
  )
  expect(row).toEqual({ number: null, segments: 1, cost_micros: 40_000 })
})

test('each kind of text has its own days, as the settings say', async () => {
  const desk = await aDesk({ env: { USHER_KEEP_TEXTS: 'offer=10' } })
  await desk.subscriber()
  const offer = await sent(desk, { purpose: 'offer', text: 'Orpheum: half price. Reply STOP to end' })
  const notice = await sent(desk, aNotice)

  later(desk, 11)
  await sweep(desk)

  expect([(await desk.message(offer)).text, (await desk.message(notice)).text]).toEqual([null, aNotice.text])
})

test.each(['offers=30', 'offer=3', 'offer', 'offer=30;title=30'])(
  'days that are no such setting stop the start: %s',
  text => {
    expect(() => readConfig({ USHER_KEEP_TEXTS: text }, true)).toThrow('USHER_KEEP_TEXTS')
  },
)

test('a text that still waits keeps its words, however long, and loses them afterwards', async () => {
  const desk = await aDesk({ env: { USHER_KEEP_TEXTS: 'offer=10' } })
  await desk.subscriber()
  const at = (days: number) => new Date(desk.clock.now().getTime() + days * day).toISOString()
  const held = (
    await desk.send({
      subscriber: 'sub-1',
      purpose: 'offer',
      text: 'Orpheum: half price. Reply STOP to end',
      notBefore: at(30),
      expiresAt: at(40),
    })
  ).body as Acceptance
  expect(held.state).toBe('held')
  const other = await sent(desk, { purpose: 'offer', text: 'Orpheum: hello. Reply STOP to end' })

  later(desk, 20)
  await sweep(desk)
  expect([(await desk.message(held.id)).text, (await desk.message(other)).text]).toEqual([expect.any(String), null])

  later(desk, 11)
  await desk.reaches(held.id)
  await sweep(desk)
  expect((await desk.message(held.id)).text).toBe(null)
})

test('inbound texts lose number and words; the keyword that was obeyed stays, and so does the STOP', async () => {
  const desk = await aDesk()
  await desk.subscriber()
  await desk.reply(aNumber, '67743', 'STOP')
  await desk.reply(aNumber, '67743', 'Why so many?')

  later(desk, 181)
  await sweep(desk)

  const { items } = (await desk.ask('GET', '/v1/inbound')).body as { items: object[] }
  expect(items).toMatchObject([
    { text: null, number: '', keyword: null },
    { text: null, number: '', keyword: 'stop' },
  ])
  const offer = (await desk.send({ subscriber: 'sub-1', purpose: 'offer', text: 'Orpheum: x. Reply STOP to end' }))
    .body as Acceptance
  expect(offer.state).toBe('refused')
})

test('many are forgotten in small steps, each once, whoever does it', async () => {
  const desk = await aDesk()
  await desk.subscriber()
  const id = await sent(desk, aNotice)
  // Their ids are as old as their texts.
  await rowsOf(
    desk,
    sql`
    insert into message (id, subscriber_id, number, purpose, state, sender, originator, body, segments, cost_micros, reference, accepted_at, expires_at, ended_at, explanation)
    select (substr(m.id::text, 1, 24) || lpad(to_hex(n), 12, '0'))::uuid, m.subscriber_id, m.number, m.purpose, m.state, m.sender, m.originator, m.body,
      m.segments, m.cost_micros, m.reference, m.accepted_at, m.expires_at, m.ended_at, m.explanation from message m, generate_series(1, 3000) n where m.id = ${id}`,
  )
  const total = () =>
    rowsOf<{ cost: number; segments: number; kept: number }>(
      desk,
      sql`
    select sum(cost_micros)::int as cost, sum(segments)::int as segments, count(body)::int as kept from message`,
    )
  const [before] = await total()
  later(desk, 91)

  await Promise.all([sweep(desk), sweep(desk)])

  expect(await total()).toEqual([{ ...before, kept: 0 }])
  expect(((await desk.message(id)) as Message).state).toBe('delivered')
  expect(await forgetByAge(desk.usher.db, desk.clock.now(), desk.config.keep)).toBe(0)
})
