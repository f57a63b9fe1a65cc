import { eventExample } from '@usher/contract/examples'
import type { Journey } from '@usher/contract/journey'
import { describe, expect, test } from 'vitest'
import { nothingKnown, type Subscription, tell, toldBy } from '../billing/facts.ts'
import { shippedJourneys } from '../billing/journeys.ts'
import { momentAt } from '../subscriber/zones.ts'
import { dueOf, hear, holds, type Run, worthUntil } from './plan.ts'

const named = (name: string): Journey => ({ ...shippedJourneys.get(name)!, name, version: 0, isShipped: true })

/** One subscriber of London to whom things happen. */
function life(name: string, zone = 'Europe/London') {
  const journey = named(name)
  let known: Subscription = nothingKnown
  let runs: Run[] = []
  let ids = 0
  return {
    tell(type: string, at: string, data: Record<string, unknown> = {}) {
      const event = {
        id: `e${ids}`,
        type: `com.usher.${type}`,
        at: new Date(at),
        data,
        subject: 's',
        subscriberId: 's',
      }
      known = tell(known, event as never)
      for (const run of hear(journey, runs, toldBy(known, event as never), { newId: () => `${++ids}`, zone }))
        runs = [...runs.filter(({ id }) => id !== run.id), run]
    },
    sends(name: string) {
      runs = runs.map(run => ({
        ...run,
        steps: run.steps.map(step =>
          step.name === name && step.state === 'pending' ? { ...step, state: 'texted', message: 'm' } : step,
        ),
      }))
    },
    steps: () =>
      runs.flatMap(run =>
        run.steps.map(({ name, dueAt, state, reason }) =>
          [name, dueAt.toISOString().slice(0, 16), state, reason].filter(one => one !== null).join(' '),
        ),
      ),
    ended: () => runs.map(({ ended }) => ended?.as ?? null),
  }
}

describe('when a step is due', () => {
  test.each([
    [
      '3 days before, at ten where they are',
      { days: -3, at: '10:00' },
      '2026-12-02T00:00:00Z',
      'Europe/London',
      '2026-11-29T10:00Z',
    ],
    [
      'a midnight in UTC is the day before in New York',
      { days: -3, at: '10:00' },
      '2026-12-02T00:00:00Z',
      'America/New_York',
      '2026-11-28T15:00Z',
    ],
    [
      'over the end of summer time',
      { days: 7, at: '10:00' },
      '2026-10-20T12:00:00Z',
      'Europe/Berlin',
      '2026-10-27T09:00Z',
    ],
    ['over its beginning', { days: 7, at: '10:00' }, '2026-03-25T12:00:00Z', 'Europe/Berlin', '2026-04-01T08:00Z'],
    [
      'a time that the clocks skip is as long after',
      { days: 0, at: '02:30' },
      '2026-03-29T12:00:00Z',
      'Europe/Berlin',
      '2026-03-29T01:30Z',
    ],
    [
      'a time that comes twice is the first',
      { days: 0, at: '02:30' },
      '2026-10-25T12:00:00Z',
      'Europe/Berlin',
      '2026-10-25T00:30Z',
    ],
    ['over a leap day', { days: -30, at: '10:00' }, '2028-03-15T12:00:00Z', 'UTC', '2028-02-14T10:00Z'],
    ['from the 31st into a short month', { days: 30, at: '10:00' }, '2027-01-31T12:00:00Z', 'UTC', '2027-03-02T10:00Z'],
    ['where a day was left out', { days: 1, at: '10:00' }, '2011-12-29T20:00:00Z', 'Pacific/Apia', '2011-12-30T20:00Z'],
    ['minutes count from the moment', { minutes: 90 }, '2026-03-29T00:30:00Z', 'Europe/Berlin', '2026-03-29T02:00Z'],
  ])('%s', (_, when, anchor, zone, due) => {
    expect(dueOf(when, new Date(anchor), zone).toISOString()).toBe(new Date(due).toISOString())
  })

  test('a moment is found in every hour of a year, in zones that change their clocks', () => {
    for (const zone of ['Europe/London', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu']) {
      const wall = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
      for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 3_600_000) {
        const wanted = new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
        const shown = wall.format(momentAt(zone, ms))
        // What is skipped is shown later, by as much as was skipped.
        if (shown < wanted || shown.slice(0, 10) !== wanted.slice(0, 10)) expect(shown, zone).toBe(wanted)
      }
    }
  })

  test('a reminder is not worth sending after what it reminds of', () => {
    const step = { ...named('trial_ends').steps[0]!, when: { days: -1, at: '23:00' } }

    expect(worthUntil(step, new Date('2026-11-01T23:00Z'), new Date('2026-11-02T08:00Z'))).toEqual(
      new Date('2026-11-02T08:00Z'),
    )
    expect(worthUntil(step, new Date('2026-11-01T23:00Z'), new Date('2026-11-09T08:00Z'))).toEqual(
      new Date('2026-11-02T23:00Z'),
    )
  })
})

test.each([
  [{ field: 'every', is: ['year'] }, { every: 'year' }, true],
  [{ field: 'every', is: ['year'] }, {}, false],
  [{ field: 'every', isNot: ['year'] }, {}, true],
  [{ field: 'price.amount', isKnown: true }, { price: { amount: 0 } }, true],
  [{ field: 'price.amount', isKnown: true }, { price: 7 }, false],
  [{ field: 'constructor', isKnown: true }, {}, false],
  [{ field: 'plan', differsFrom: 'previousPlan' }, { plan: 'a', previousPlan: 'b' }, true],
  [{ field: 'plan', differsFrom: 'previousPlan' }, { plan: 'a' }, false],
  [
    { field: 'card.expiresAt', isBefore: 'renewsAt' },
    { card: { expiresAt: '2026-01-01T00:00:00Z' }, renewsAt: '2026-02-01T00:00:00Z' },
    true,
  ],
  [
    { field: 'card.expiresAt', isBefore: 'renewsAt' },
    { card: { expiresAt: 'soon' }, renewsAt: '2026-02-01T00:00:00Z' },
    false,
  ],
])('a condition: %j of %j is %s', (condition, facts, expected) => {
  expect(holds(condition as never, facts)).toBe(expected)
})

describe('a journey that is counted from a time', () => {
  const yearly = { plan: 'standard', every: 'year', renewsAt: '2027-03-31T00:00:00Z' }

  test('moves with it', () => {
    const their = life('renewal_yearly')
    their.tell('subscription.started', '2026-04-01T12:00:00Z', yearly)

    their.tell('subscription.renewing', '2026-05-01T12:00:00Z', { renewsAt: '2027-04-30T00:00:00Z' })

    expect(their.steps()).toEqual(['before_30_days 2027-03-31T09:00 pending', 'before_7_days 2027-04-23T09:00 pending'])
  })

  test('is not moved by an event that is older than the last', () => {
    const their = life('renewal_yearly')
    their.tell('subscription.started', '2026-04-01T12:00:00Z', yearly)
    their.tell('subscription.renewing', '2026-05-01T12:00:00Z', { renewsAt: '2027-04-30T00:00:00Z' })

    their.tell('subscription.renewing', '2026-04-20T12:00:00Z', { renewsAt: '2027-01-01T00:00:00Z' })

    expect(their.steps()[0]).toBe('before_30_days 2027-03-31T09:00 pending')
  })

  test('never sends for the past', () => {
    const their = life('renewal_yearly')

    their.tell('subscription.known', '2027-03-10T12:00:00Z', yearly)

    expect(their.steps()).toEqual([
      'before_30_days 2027-03-01T10:00 skipped past',
      'before_7_days 2027-03-24T10:00 pending',
    ])
  })

  test('begins anew for the next year, and not for a date that moved by a day', () => {
    const their = life('renewal_yearly')
    their.tell('subscription.started', '2026-04-01T12:00:00Z', yearly)
    their.sends('before_30_days')

    their.tell('subscription.renewing', '2027-03-01T12:00:00Z', { renewsAt: '2027-04-01T00:00:00Z' })
    const aDayLater = their.steps()
    their.sends('before_7_days')
    their.tell('subscription.renewed', '2027-04-01T00:00:00Z', { renewsAt: '2028-04-01T00:00:00Z' })

    expect(aDayLater).toEqual(['before_30_days 2027-03-01T10:00 texted', 'before_7_days 2027-03-25T10:00 pending'])
    expect(their.steps().filter(step => step.endsWith('pending'))).toEqual([
      'before_30_days 2028-03-02T10:00 pending',
      'before_7_days 2028-03-25T10:00 pending',
    ])
  })

  test('ends where its condition does not hold any more, and begins again', () => {
    const their = life('renewal_yearly')
    their.tell('subscription.started', '2026-04-01T12:00:00Z', yearly)

    their.tell('subscription.changed', '2026-06-01T12:00:00Z', {
      plan: 'standard',
      every: 'month',
      renewsAt: '2026-07-01T00:00:00Z',
    })
    const monthly = their.ended()
    their.tell('subscription.changed', '2026-06-02T12:00:00Z', {
      plan: 'standard',
      every: 'year',
      renewsAt: '2027-06-02T00:00:00Z',
    })

    expect(monthly).toEqual(['over'])
    expect(their.ended()).toEqual([null])
  })

  test('does not come back by an event from before it was cancelled', () => {
    const their = life('renewal_yearly')
    their.tell('subscription.cancelled', '2026-06-02T12:00:00Z')

    their.tell('subscription.started', '2026-04-01T12:00:00Z', yearly)

    expect(their.steps()).toEqual([])
  })
})

describe('a payment that failed', () => {
  const failed = { amount: 999, currency: 'EUR', invoice: 'inv-1' }

  test('is one ladder, however often its invoice fails again', () => {
    const their = life('payment_failed')
    their.tell('payment.failed', '2026-11-02T12:00:00Z', failed)
    their.sends('at_once')

    their.tell('payment.failed', '2026-11-05T09:00:00Z', failed)

    expect(their.steps()).toEqual([
      'at_once 2026-11-02T12:00 texted',
      'after_3_days 2026-11-05T10:00 pending',
      'after_7_days 2026-11-09T10:00 pending',
      'last_notice 2026-11-14T10:00 pending',
    ])
  })

  test('is ended by the payment of its own invoice alone', () => {
    const their = life('payment_failed')
    their.tell('payment.failed', '2026-11-02T12:00:00Z', failed)

    their.tell('payment.succeeded', '2026-11-03T12:00:00Z', { ...failed, invoice: 'inv-2' })
    const another = their.ended()
    their.tell('payment.succeeded', '2026-11-04T12:00:00Z', failed)

    expect(another).toEqual([null])
    expect(their.ended()).toEqual(['paid'])
  })

  test('is ended by a payment that names no invoice, and not by one from before', () => {
    const their = life('payment_failed')
    their.tell('payment.failed', '2026-11-02T12:00:00Z', failed)

    their.tell('payment.succeeded', '2026-11-01T12:00:00Z', { amount: 999, currency: 'EUR' })
    const before = their.ended()
    their.tell('payment.succeeded', '2026-11-03T12:00:00Z', { amount: 999, currency: 'EUR' })

    expect(before).toEqual([null])
    expect(their.ended()).toEqual(['paid'])
  })

  test('that is told after it was paid starts nothing', () => {
    const their = life('payment_failed')
    their.tell('payment.succeeded', '2026-11-03T12:00:00Z', failed)

    their.tell('payment.failed', '2026-11-02T12:00:00Z', failed)

    expect(their.steps()).toEqual([])
  })

  test('of a second invoice has days of its own', () => {
    const their = life('payment_failed')
    their.tell('payment.failed', '2026-11-02T12:00:00Z', failed)

    their.tell('payment.failed', '2026-11-10T12:00:00Z', { ...failed, invoice: 'inv-2' })

    expect(their.steps().filter(step => step.startsWith('after_3_days'))).toEqual([
      'after_3_days 2026-11-05T10:00 pending',
      'after_3_days 2026-11-13T10:00 pending',
    ])
  })
})

test('a card that expires before the renewal is asked for, until there is another', () => {
  const their = life('card_expires')
  their.tell('subscription.known', '2026-10-01T12:00:00Z', { plan: 'standard', renewsAt: '2026-12-15T00:00:00Z' })
  their.tell('card.expiring', '2026-11-01T12:00:00Z', { card: { expiresAt: '2026-12-01T00:00:00Z' } })
  const asked = their.steps()

  their.tell('card.changed', '2026-11-20T12:00:00Z', { card: { expiresAt: '2030-12-01T00:00:00Z' } })

  expect(asked).toEqual(['before_14_days 2026-12-01T10:00 pending', 'before_3_days 2026-12-12T10:00 pending'])
  expect(their.ended()).toEqual(['over'])
})

test('every shipped journey starts by the example of an event that it names', () => {
  for (const [name, journey] of shippedJourneys) {
    const their = life(name)
    their.tell('subscription.known', '2026-01-01T00:00:00Z', {
      ...{ plan: 'standard', every: name === 'renewal_monthly' ? 'month' : 'year', renewsAt: '2027-01-15T00:00:00Z' },
      ...{ price: { amount: 999, currency: 'USD' }, card: { expiresAt: '2027-01-01T00:00:00Z' } },
      ...{ trialEndsAt: '2027-01-15T00:00:00Z', priceEndsAt: '2027-01-15T00:00:00Z' },
    })
    const last = journey.startsOn.at(-1)!
    their.tell(last.slice('com.usher.'.length), '2026-02-01T00:00:00Z', eventExample(last).data as never)

    expect(their.steps().length, name).toBeGreaterThan(0)
  }
})

describe('as a subscription goes on', () => {
  const moneyOf = (name: string, ...events: [string, string, Record<string, unknown>][]) => {
    let known: Subscription = nothingKnown
    for (const [type, at, data] of events)
      known = tell(known, { type: `com.usher.${type}`, at: new Date(at), data } as never)
    return known.facts[name]?.[0] ?? null
  }

  test.each<[string, string, unknown, [string, string, Record<string, unknown>][]]>([
    [
      'a price that rose is the price',
      'nextPrice',
      null,
      [
        ['price.rising', '2027-01-01T00:00:00Z', { risesAt: '2027-02-01T00:00:00Z', nextPrice: 1_099 }],
        ['subscription.renewed', '2027-02-02T00:00:00Z', { price: 1_099 }],
      ],
    ],
    [
      'a price for a while stays so while it lasts',
      'nextPrice',
      999,
      [
        [
          'subscription.started',
          '2027-01-01T00:00:00Z',
          { price: 499, priceEndsAt: '2027-04-01T00:00:00Z', nextPrice: 999 },
        ],
        ['subscription.renewed', '2027-02-01T00:00:00Z', { price: 499 }],
      ],
    ],
    [
      'another plan has another price',
      'nextPrice',
      null,
      [
        ['price.rising', '2027-01-01T00:00:00Z', { risesAt: '2027-02-01T00:00:00Z', nextPrice: 1_099 }],
        ['subscription.changed', '2027-01-10T00:00:00Z', { plan: 'premium', price: 1_999 }],
      ],
    ],
    [
      'what one payment comes to is not what each costs',
      'price',
      999,
      [
        ['subscription.started', '2027-01-01T00:00:00Z', { price: 999 }],
        ['subscription.renewing', '2027-01-25T00:00:00Z', { price: 0, renewsAt: '2027-02-01T00:00:00Z' }],
      ],
    ],
    [
      'a trial that is over does not come back by an older event',
      'trialEndsAt',
      null,
      [
        ['subscription.known', '2027-01-10T00:00:00Z', {}],
        ['subscription.started', '2027-01-01T00:00:00Z', { trialEndsAt: '2027-02-01T00:00:00Z' }],
      ],
    ],
    [
      'another card whose end nobody told is not the old one',
      'card',
      null,
      [
        ['card.expiring', '2027-01-01T00:00:00Z', { card: { expiresAt: '2027-02-01T00:00:00Z' } }],
        ['card.changed', '2027-01-10T00:00:00Z', {}],
      ],
    ],
  ])('%s', (_, name, expected, events) => {
    expect(moneyOf(name, ...events)).toEqual(expected)
  })

  test('an invoice that was paid ends its ladder whatever the clocks say, and stays paid', () => {
    const failed = { amount: 999, currency: 'EUR', invoice: 'inv-1' }
    const [fast, same] = [life('payment_failed'), life('payment_failed')]
    fast.tell('payment.failed', '2026-11-02T12:00:05Z', failed)
    fast.tell('payment.succeeded', '2026-11-02T12:00:02Z', failed)
    same.tell('payment.succeeded', '2026-11-02T12:00:00Z', failed)
    same.tell('payment.failed', '2026-11-02T12:00:00Z', failed)

    expect(fast.ended()).toEqual(['paid'])
    expect(same.steps()).toEqual([])
  })

  test('a step that is due and not taken yet stays due when an event says the same date again', () => {
    const their = life('renewal_yearly')
    const yearly = { plan: 'standard', every: 'year', renewsAt: '2027-03-31T00:00:00Z' }
    their.tell('subscription.started', '2026-04-01T12:00:00Z', yearly)

    their.tell('subscription.renewing', '2027-03-01T10:00:30Z', { renewsAt: '2027-03-31T00:00:00Z' })

    expect(their.steps()[0]).toBe('before_30_days 2027-03-01T10:00 pending')
  })
})
