import { readFileSync } from 'node:fs'
import { eventTypes } from '@usher/contract/event'
import { expect, test } from 'vitest'
import { type Books, books, runEveryMs } from './billing.ts'
import { cast } from './cast.ts'
import { folder } from './desk.ts'
import type { Happening } from './happenings.ts'
import { priceOf, written } from './plans.ts'
import { subscribers } from './subscribers.ts'

const began = new Date('2026-11-02T15:00:00Z')
const inDays = (days: number, from = began) => new Date(from.getTime() + days * 86_400_000)
const open = (options: { folder?: string } = {}) => books({ now: began, ...options })

/** What happened to one of them, a line each: the day, what, and how much. */
const storyOf = (happened: readonly Happening[], id: string) =>
  happened
    .filter(({ subject }) => subject === id)
    .map(({ type, at, data }) =>
      [at!.slice(5, 13), type.replace('com.usher.', ''), data.amount].filter(part => part !== undefined).join(' '),
    )

test('each of the forty has a subscription with a price of their country, and it renews within two months', () => {
  const all = open()

  for (const { id } of subscribers) {
    const { state, renewsAt } = all.of(id)
    expect(['trial', 'active'], id).toContain(state)
    expect(new Date(renewsAt) > inDays(0.5), id).toBe(true)
    expect(new Date(renewsAt) < inDays(60), id).toBe(true)
    expect(all.priceOf(all.of(id)).amount, id).toBeGreaterThan(0)
  }
  expect(open().known(began)).toEqual(all.known(began))
})

test('a year costs ten months, and yen have no smaller unit', () => {
  expect(priceOf('US', 'premium', 'year')).toEqual({ amount: 11_990, currency: 'USD' })
  expect(priceOf('JP', 'basic', 'month')).toEqual({ amount: 790, currency: 'JPY' })
  expect(written({ amount: 790, currency: 'JPY' })).toBe('¥790')
})

test('Maya pays by the year in eight days; her card is declined three times on the same invoice, and works the fourth', () => {
  const all = open()

  const happened = all.live(inDays(30))

  expect(storyOf(happened, 'orph-0001')).toEqual([
    '11-10T17 payment.failed 11990',
    '11-13T17 payment.failed 11990',
    '11-15T17 payment.failed 11990',
    '11-17T17 payment.succeeded 11990',
    '11-17T17 subscription.renewed',
  ])
  const failures = happened.filter(({ subject, type }) => subject === 'orph-0001' && type.endsWith('failed'))
  expect(new Set(failures.map(({ data }) => data.invoice)).size).toBe(1)
  expect(failures[0]!.data).toMatchObject({
    reason: 'card_declined',
    nextTryAt: '2026-11-13T17:00:00.000Z',
    keepsUntil: '2026-11-24T17:00:00.000Z',
  })
  // Late payment moves no renewal.
  expect(all.of('orph-0001').renewsAt).toBe('2027-11-10T17:00:00.000Z')
})

test('who does not pay is suspended after fourteen days, and is back with a payment', () => {
  const all = open()

  const happened = all.live(inDays(30))

  expect(storyOf(happened, 'orph-0016')).toEqual([
    '11-08T23 payment.failed 499',
    '11-11T23 payment.failed 499',
    '11-13T23 payment.failed 499',
    '11-15T23 payment.failed 499',
    '11-22T23 subscription.suspended',
    '11-25T23 card.changed',
    '11-25T23 payment.succeeded 499',
    '11-25T23 subscription.restored',
  ])
  expect(all.of('orph-0016')).toMatchObject({ state: 'active', renewsAt: '2026-12-25T23:00:00.000Z' })
  expect(all.of('orph-0038').state).toBe('suspended')
})

test('trials are paid for at their end, promotional prices end, cards expire, some cancel and some pause', () => {
  const all = open()

  const happened = all.live(inDays(60))

  const of = (id: string) => storyOf(happened, id)
  expect(of('orph-0012').slice(0, 2)).toEqual(['11-07T23 payment.succeeded 1299', '11-07T23 subscription.renewed'])
  expect(of('orph-0004').slice(0, 3)).toEqual([
    '11-04T23 price.ending',
    '11-26T23 payment.succeeded 699',
    '11-26T23 subscription.renewed',
  ])
  // Half of it once more, for it is due before the promotion ends.
  expect(of('orph-0025')).toContain('11-18T17 payment.succeeded 300')
  expect(of('orph-0003').slice(0, 2)).toEqual(['11-02T17 card.expiring', '11-21T11 payment.failed 1199'])
  expect(of('orph-0018').slice(0, 3)).toEqual([
    '11-02T17 card.expiring',
    '11-15T05 card.changed',
    '11-27T05 payment.succeeded 1099',
  ])
  expect(of('orph-0022')).toEqual(['11-12T05 subscription.cancelled'])
  expect(of('orph-0030').slice(0, 2)).toEqual(['11-16T05 subscription.paused', '12-16T05 subscription.restored'])
  for (const { type, data, id } of happened) expect(eventTypes[type].data.safeParse(data).error, id).toBeUndefined()
})

test('whatever happens, happens at a run of the billing, in its order, and is told under an id of its own', () => {
  const happened = open().live(inDays(400))

  const times = happened.map(({ at }) => Date.parse(at!))
  expect(times).toEqual([...times].sort((one, other) => one - other))
  expect(times.every(at => at % runEveryMs === 5 * 3_600_000)).toBe(true)
  expect(new Set(happened.map(({ id }) => id)).size).toBe(happened.length)
})

test('a month in small steps, with a restart between any two, is the same as in one', () => {
  const kept = folder()
  const inSteps: Happening[] = []
  const whole = open().live(inDays(30))

  for (let day = 1; day <= 30; day++) {
    // What is not saved happens again in the same way.
    open({ folder: kept }).live(inDays(day))
    const all = open({ folder: kept })
    inSteps.push(...all.live(inDays(day)))
    all.save()
  }

  expect(inSteps).toEqual(whole)
})

test('another card pays what is owed at once, and nothing is tried again', () => {
  const all = open()
  all.live(inDays(9))

  const declined = all.useCard('orph-0001', 'declined', inDays(9))
  const paid = all.useCard('orph-0001', 'works', inDays(9.1))

  expect(declined.map(({ type }) => type)).toEqual(['com.usher.card.changed', 'com.usher.payment.failed'])
  expect(paid.map(({ type }) => type)).toEqual([
    'com.usher.card.changed',
    'com.usher.payment.succeeded',
    'com.usher.subscription.renewed',
  ])
  expect(paid[1]!.data.invoice).toBe(declined[1]!.data.invoice)
  expect(storyOf(all.live(inDays(60)), 'orph-0001')).toEqual([])
})

test('what is done by hand is done to real invoices', () => {
  const all: Books = open()
  const id = 'orph-0002'
  const { renewsAt } = all.of(id)

  const [failed] = all.fail(id, inDays(1))
  const [paid] = all.pay(id, inDays(1))
  const [refunded] = all.refund(id, inDays(2))

  expect([failed, paid, refunded].map(one => one!.data.invoice)).toEqual(
    Array(3).fill(`${id}-${renewsAt.slice(0, 10)}`),
  )
  expect(all.of(id).payments).toMatchObject([{ state: 'refunded' }])
  expect(all.refund(id, inDays(2))).toEqual([])
  expect(all.cancel(id, inDays(2))).toHaveLength(1)
  expect(all.cancel(id, inDays(2))).toEqual([])
  expect(all.pay(id, inDays(2))).toEqual([])
  expect(all.resume(id, inDays(3)).map(({ type }) => type)).toEqual(['com.usher.subscription.restored'])
})

test('of who has cancelled, paused or owes it is not said how they stand', () => {
  const all = open()
  all.live(inDays(24))

  const known = all.known(inDays(24)).map(({ subject }) => subject)

  expect(known).toContain('orph-0001')
  for (const id of ['orph-0022', 'orph-0030', 'orph-0038', 'orph-0003']) expect(known).not.toContain(id)
})

test('docs/try.md tells of each who has a part', () => {
  const page = readFileSync(new URL('../../docs/try.md', import.meta.url), 'utf8')

  for (const id of Object.keys(cast)) expect(page).toContain(id)
})
