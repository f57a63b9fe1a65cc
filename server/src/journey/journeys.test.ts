import type { Message } from '@usher/contract/message'
import { afterEach, describe, expect, test } from 'vitest'
import { type Desk, type DeskOptions, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'

let desk: Desk
afterEach(() => desk.stop())

/** Steps are taken by the test alone, at the times it names. */
async function begin(options: DeskOptions = {}) {
  desk = await testDesk({ now: '2026-11-02T15:00:00Z', env: { USHER_ROLES: 'api,carrier' }, ...options })
  await desk.subscriber()
}

let events = 0
async function tell(type: string, data: object, more: object = {}) {
  const answer = await desk.ask('POST', '/v1/events', {
    ...{ specversion: '1.0', id: `e-${++events}`, source: '/billing', type: `com.usher.${type}`, subject: 'sub-1' },
    ...{ time: desk.clock.now().toISOString(), data, ...more },
  })
  expect(answer.body).toMatchObject({ events: [{ verdict: 'taken' }] })
}

/** Time passes from one step that is due to the next. */
async function until(time: string) {
  const end = new Date(time)
  for (;;) {
    await desk.usher.journeys.sweep()
    const [next] = await desk.usher.db.rows<{ at: Date | null }>(
      sql`select min(look_at) as at from journey_step where state = 'pending' and look_at > ${desk.clock.now()}`,
    )
    if (!next?.at || next.at >= end) break
    desk.clock.moveTo(next.at)
  }
  desk.clock.moveTo(end)
}

const all = async () => {
  const { body } = await desk.ask('GET', '/v1/messages?subscriber=sub-1&limit=100')
  return (body as { items: Message[] }).items.reverse()
}
const sent = async () => (await all()).map(({ template, acceptedAt }) => `${acceptedAt.slice(0, 16)} ${template}`)

const failed = { amount: 1_199, currency: 'GBP', invoice: 'inv-7' }

describe('a payment that failed', () => {
  test('is told at once, after three days, after seven and a last time', async () => {
    await begin()

    await tell('payment.failed', failed)
    await desk.usher.journeys.sweep()
    await until('2026-11-30T00:00:00Z')

    expect(await sent()).toEqual([
      '2026-11-02T15:00 account.payment_failed',
      '2026-11-05T10:00 account.payment_failed_again',
      '2026-11-09T10:00 account.payment_failed_again',
      '2026-11-14T10:00 account.payment_failed_last',
    ])
  })

  test('is not told of any more once it was paid', async () => {
    await begin()
    await tell('payment.failed', failed)
    await until('2026-11-06T00:00:00Z')

    await tell('payment.succeeded', failed)
    await until('2026-11-30T00:00:00Z')

    expect(await sent()).toEqual([
      '2026-11-02T15:00 account.payment_failed',
      '2026-11-05T10:00 account.payment_failed_again',
      '2026-11-06T00:00 account.payment',
    ])
  })

  test('takes back a text that waits for its hour', async () => {
    await begin({ now: '2026-11-02T23:00:00Z' })
    await tell('payment.failed', failed)
    await desk.usher.journeys.sweep()
    expect(await all()).toMatchObject([{ state: 'held', template: 'account.payment_failed' }])

    await tell('payment.succeeded', failed)

    expect(await all()).toMatchObject([{ state: 'cancelled', reason: 'paid' }])
    expect(await desk.usher.db.rows(sql`select id from job`)).toEqual([])
  })
})
