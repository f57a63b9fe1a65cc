import type { Message } from '@usher/contract/message'
import { afterEach, describe, expect, test } from 'vitest'
import { aNumber, type Desk, type DeskOptions, testDesk } from '../desk.ts'
import { sql, verbatim } from '../store/sql.ts'

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

describe('bad input', () => {
  test('the same event twice is one text, and events in the wrong order are as in the right one', async () => {
    await begin()
    const event = { id: 'twice', time: '2026-11-02T14:00:00Z' }

    await tell('payment.succeeded', failed, { time: '2026-11-02T14:30:00Z' })
    await tell('payment.failed', failed, event)
    await desk.ask('POST', '/v1/events', {
      ...{ specversion: '1.0', source: '/billing', type: 'com.usher.payment.failed', subject: 'sub-1', data: failed },
      ...event,
    })
    await until('2026-11-20T00:00:00Z')

    expect(await sent()).toEqual(['2026-11-02T15:00 account.payment'])
  })

  test('what comes too late to be worth anything is not said, and what comes after it is', async () => {
    await begin()

    await tell('payment.failed', failed, { time: '2026-10-29T14:00:00Z' })
    await until('2026-11-20T00:00:00Z')

    // The third day has passed as well: the seventh and the last are said.
    expect(await sent()).toEqual([
      '2026-11-05T10:00 account.payment_failed_again',
      '2026-11-10T10:00 account.payment_failed_last',
    ])
  })

  test('somebody unknown is sent nothing, also once they are known', async () => {
    await begin()

    await tell('payment.failed', failed, { subject: 'sub-9' })
    await desk.subscriber({ id: 'sub-9', number: '+447700900999' })
    await until('2026-11-20T00:00:00Z')

    const { body } = await desk.ask('GET', '/v1/messages?subscriber=sub-9')
    expect(body).toMatchObject({ items: [] })
  })

  test('an amount is missing, or is of a currency that hardly anybody knows', async () => {
    await begin()

    await tell('subscription.renewing', { every: 'year', plan: 'standard', renewsAt: '2026-12-10T00:00:00Z' })
    await tell('payment.refunded', { amount: 1_500, currency: 'KWD' })
    await desk.usher.journeys.sweep()
    await desk.texts(aNumber, 1)
    await until('2026-11-10T10:00:01Z')

    const texts = (await desk.texts(aNumber, 2)).map(({ text }) => text)
    expect(texts[0]).toContain('KWD 1.500')
    expect(texts[1]).toMatch(/renews on (10 Dec|Dec 10)/)
    expect(texts.join()).not.toMatch(/undefined|NaN|null/)
  })

  test('a text that lost a variable waits until it is mended, and says which', async () => {
    await begin()
    const { body } = await desk.ask('GET', '/v1/templates/account.refund')
    const { texts, purpose } = body as { texts: Record<string, string>; purpose: string }
    const broken = Object.fromEntries(
      Object.entries(texts).map(([locale, text]) => [locale, text.replace('{{ amount }}', '{{ sum }}')]),
    )
    await desk.ask('PUT', '/v1/templates/account.refund', { purpose, texts: broken })

    await tell('payment.refunded', { amount: 1_500, currency: 'GBP' })
    await desk.usher.journeys.sweep()
    const waits = await desk.ask('GET', '/v1/journeys/refund/funnel')
    await desk.ask('PUT', '/v1/templates/account.refund', { purpose, texts })
    await until('2026-11-02T16:00:00Z')

    expect(waits.body).toMatchObject({
      waitingFor: [{ step: 'at_once', count: 1, problem: expect.stringMatching(/account\.refund \(en\) needs sum/) }],
    })
    expect(await sent()).toEqual(['2026-11-02T15:10 account.refund'])
  })

  test('somebody who moves between two steps has the days of the new place', async () => {
    await begin()
    await tell('payment.failed', failed)
    await until('2026-11-06T00:00:00Z')

    await desk.subscriber({ zone: 'Asia/Tokyo' })
    await until('2026-11-20T00:00:00Z')

    expect(await sent()).toEqual([
      '2026-11-02T15:00 account.payment_failed',
      '2026-11-05T10:00 account.payment_failed_again',
      '2026-11-10T01:00 account.payment_failed_again',
      '2026-11-15T01:00 account.payment_failed_last',
    ])
  })
})

describe('several subscriptions', () => {
  const yearly = { plan: 'standard', every: 'year', renewsAt: '2026-12-20T00:00:00Z' }

  test('one that was told without a name first is the same once it has one', async () => {
    await begin()
    await tell('subscription.known', yearly)

    await tell('subscription.renewing', { ...yearly, subscription: 's-1', renewsAt: '2026-12-24T00:00:00Z' })
    await until('2026-12-25T00:00:00Z')

    expect(await sent()).toEqual(['2026-11-24T10:00 account.renewal', '2026-12-17T10:00 account.renewal'])
    const { body } = await desk.ask('GET', '/v1/subscribers/sub-1/schedule')
    expect(body).toMatchObject({ subscriptions: [{ subscription: 's-1' }] })
  })

  test('an event that names none is about the one that is not cancelled', async () => {
    await begin()
    await tell('subscription.known', { plan: 'basic', subscription: 's-1' })
    await tell('subscription.cancelled', { subscription: 's-1' })
    const card = { expiresAt: '2026-12-01T00:00:00Z' }
    await tell('subscription.known', { plan: 'standard', subscription: 's-2', renewsAt: '2026-12-20T00:00:00Z', card })

    await tell('card.changed', { card: { expiresAt: '2030-01-01T00:00:00Z' } })
    await until('2026-12-25T00:00:00Z')

    expect(await sent()).toEqual([])
  })

  test('two payments of the same amount on one day are two', async () => {
    await begin()
    await tell('payment.succeeded', { ...failed, invoice: 'inv-1' })
    await tell('payment.succeeded', { ...failed, invoice: 'inv-2' })
    await until('2026-11-03T00:00:00Z')

    expect(await sent()).toHaveLength(2)
    expect((await all()).map(({ state }) => state)).not.toContain('refused')
  })
})

test('a step that breaks stops nobody else', async () => {
  await begin()
  await desk.subscriber({ id: 'sub-2', number: '+447700900456' })
  await tell('payment.failed', failed, { subject: 'sub-2' })
  await tell('payment.failed', failed)
  const { db } = desk.usher
  await db.rows(sql`
    update journey_run set facts = '\\x00' where subscriber_id = (select id from subscriber where external_id = 'sub-2')`)

  await desk.usher.journeys.sweep()

  expect(await sent()).toEqual(['2026-11-02T15:00 account.payment_failed'])
  const { body } = await desk.ask('GET', '/v1/journeys/payment_failed/funnel')
  expect(body).toMatchObject({ waitingFor: [{ step: 'at_once', problem: 'broken: The log says more.', count: 1 }] })
})

describe('an operator', () => {
  const change = async (edit: (journey: { isOn: boolean; steps: { when: object }[] }) => void) => {
    const { body } = await desk.ask('GET', '/v1/journeys/payment_failed')
    const { versions, version } = body as { version: number; versions: { journey: never }[] }
    const journey = versions[0]!.journey
    edit(journey)
    const admin = await desk.operator('administrator')
    const answer = await desk.askAs(admin, 'PUT', '/v1/journeys/payment_failed', { journey, version })
    expect(answer).toMatchObject({ status: 200, body: { version: version + 1 } })
  }

  test('moves the steps that are planned by moving those of the journey', async () => {
    await begin()
    await tell('payment.failed', failed)
    await desk.usher.journeys.sweep()

    await change(({ steps }) => {
      steps[1]!.when = { days: 2, at: '18:30' }
      steps.splice(2, 2)
    })
    await until('2026-11-20T00:00:00Z')

    expect(await sent()).toEqual([
      '2026-11-02T15:00 account.payment_failed',
      '2026-11-04T18:30 account.payment_failed_again',
    ])
  })

  test('moves a step that was sent, and nobody is sent it again', async () => {
    await begin()
    await tell('payment.failed', failed)
    await until('2026-11-06T00:00:00Z')

    await change(({ steps }) => {
      steps[1]!.when = { days: 8, at: '10:00' }
    })
    await until('2026-11-20T00:00:00Z')

    expect(await sent()).toEqual([
      '2026-11-02T15:00 account.payment_failed',
      '2026-11-05T10:00 account.payment_failed_again',
      '2026-11-09T10:00 account.payment_failed_again',
      '2026-11-14T10:00 account.payment_failed_last',
    ])
  })

  test('switches one off, and on again: what was due meanwhile is not made up for', async () => {
    await begin()
    await tell('payment.failed', failed)
    await change(journey => {
      journey.isOn = false
    })
    await until('2026-11-06T00:00:00Z')

    await change(journey => {
      journey.isOn = true
    })
    await until('2026-11-20T00:00:00Z')

    expect(await sent()).toEqual([
      '2026-11-09T10:00 account.payment_failed_again',
      '2026-11-14T10:00 account.payment_failed_last',
    ])
    const { body } = await desk.ask('GET', '/v1/journeys/payment_failed/funnel')
    expect((body as { steps: object[] }).steps.slice(0, 2)).toMatchObject([
      { step: 'at_once', skipped: 1, skippedBy: { off: 1 } },
      { step: 'after_3_days', skipped: 1, skippedBy: { off: 1 } },
    ])
  })

  test('sees after which step people paid, and how much', async () => {
    await begin()
    await tell('payment.failed', failed)
    await desk.usher.journeys.sweep()
    await desk.texts(aNumber, 1)
    // Not into the night: what has not left by then would wait for the morning.
    await until('2026-11-05T10:00:01Z')
    await desk.texts(aNumber, 2)

    await tell('payment.succeeded', failed)

    const { body } = await desk.ask('GET', '/v1/journeys/payment_failed/funnel')
    expect(body).toMatchObject({
      ...{ started: 1, open: 0, ended: { paid: 1, lost: 0, over: 0 }, paidBeforeAny: 0 },
      steps: [
        { step: 'at_once', due: 1, paid: 0 },
        { step: 'after_3_days', due: 1, paid: 1, paidAmounts: [{ currency: 'GBP', amount: 1_199 }] },
        { step: 'after_7_days', due: 0, paid: 0 },
        { step: 'last_notice', due: 0, paid: 0 },
      ],
    })
  })

  test('is told of the newest steps alone where there are too many to count', async () => {
    await begin()
    await tell('payment.failed', failed)
    await desk.usher.journeys.sweep()
    await desk.usher.db.rows(sql`
      insert into journey_step (id, run_id, subscriber_id, journey, name, due_at, look_at, state, ended_at)
      select gen_random_uuid(), t.run_id, t.subscriber_id, t.journey, 'at_once', at, at, 'skipped', at
      from journey_step t, (select ${desk.clock.now()}::timestamptz - (k / 60000 + 1) * interval '1 day' as at from generate_series(1, 120000) k) earlier
      where t.name = 'at_once'`)

    const { body } = await desk.ask('GET', '/v1/journeys/payment_failed/funnel?days=30')

    expect(body).toMatchObject({
      days: 30,
      isWhole: false,
      started: 1,
      steps: [{ step: 'at_once', due: 100_000 }, {}, {}, {}],
    })
    const since = new Date((body as { since: string }).since).getTime()
    expect(Math.round((desk.clock.now().getTime() - since) / 86_400_000)).toBe(2)
  })

  test('is told that somebody else changed it meanwhile', async () => {
    await begin()
    await change(journey => {
      journey.isOn = false
    })

    const { body } = await desk.ask('GET', '/v1/journeys/payment_failed')
    const { versions } = body as { versions: { journey: object }[] }
    const answer = await desk.ask('PUT', '/v1/journeys/payment_failed', { journey: versions[1]!.journey, version: 0 })

    expect(answer).toMatchObject({ status: 409, body: { code: 'journey_changed' } })
  })
})

test('erasing a subscriber ends their journeys and leaves nothing of them', async () => {
  await begin()
  await tell('payment.failed', failed)

  await desk.ask('DELETE', '/v1/subscribers/sub-1')
  await until('2026-11-20T00:00:00Z')

  for (const table of ['subscription', 'journey_run', 'journey_step'])
    expect(await desk.usher.db.rows(sql`select 1 from ${verbatim(table)}`), table).toEqual([])
})
