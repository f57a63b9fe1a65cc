import { type Condition, JourneyInput } from '@usher/contract/journey'
import { describe, expect, test } from 'vitest'
import { changesOf } from './changes.ts'
import { conditionOf, draftCondition, draftOf, isInOrder, lacking, newStep, savedAs, valuesOf } from './draft.ts'
import { storyOf, sumsSaid, whenSaid } from './words.ts'

const ladder = JourneyInput.parse({
  ...{ title: 'Failed payment', about: 'Asks for it.', purpose: 'account.payment', isOn: true },
  ...{ startsOn: ['com.usher.payment.failed'], per: 'invoice', anchor: 'event', again: 'stays' },
  endsOn: [
    { event: 'com.usher.payment.succeeded', as: 'paid' },
    { event: 'com.usher.subscription.cancelled', as: 'lost' },
  ],
  steps: [
    { name: 'at_once', when: { minutes: 0 }, template: 'account.payment_failed' },
    { name: 'after_3_days', when: { days: 3, at: '10:00' }, template: 'account.payment_failed_again', link: 'payment' },
  ],
})
const reminder = JourneyInput.parse({
  ...ladder,
  ...{
    startsOn: ['com.usher.subscription.renewing'],
    per: 'subscription',
    anchor: 'renewsAt',
    again: 'moves',
    endsOn: [],
  },
  steps: [{ name: 'before_7_days', when: { days: -7, at: '10:00' }, template: 'account.renewal' }],
})

describe('a draft', () => {
  test('that nobody changed is saved as it was', () => {
    expect(savedAs(draftOf(ladder))).toEqual(ladder)
    expect(changesOf(ladder, savedAs(draftOf(ladder)))).toEqual([])
  })

  test('is saved in the order of its times, and its new steps are named by them', () => {
    const draft = draftOf(ladder)
    const late = { ...newStep(draft), when: { days: 30, at: '09:00' } }
    const soon = { ...newStep(draft), when: { minutes: 90 } }
    const twin = { ...newStep(draft), when: { days: 3, at: '18:00' } }

    const saved = savedAs({ ...draft, steps: [late, ...draft.steps, twin, soon] })

    expect(isInOrder({ steps: [late, ...draft.steps] })).toBe(false)
    expect(saved.steps.map(({ name }) => name)).toEqual([
      'at_once',
      'after_90_minutes',
      'after_3_days',
      'after_3_days_2',
      'after_30_days',
    ])
    expect(JourneyInput.safeParse(saved).success).toBe(true)
  })

  test('of a reminder has its next step nearer to the day', () => {
    const draft = draftOf(reminder)

    const saved = savedAs({ ...draft, steps: [...draft.steps, newStep(draft)] })

    expect(saved.steps[1]).toMatchObject({ name: 'before_4_days', when: { days: -4, at: '10:00' } })
  })

  test('says what it lacks', () => {
    const draft = draftOf(ladder)
    const [first, second] = draft.steps as [(typeof draft.steps)[0], (typeof draft.steps)[0]]
    const condition = { key: 'a', field: '', operator: 'is' as const, value: '' }

    expect(lacking(draft)).toBeUndefined()
    expect(
      lacking({
        ...draft,
        title: ' ',
        steps: [first, { ...second, when: { days: Number.NaN, at: '10:00' }, only: [condition] }],
      }),
    ).toBe('Before it can be tried or saved, give a title, the time of each step and all of each condition.')
  })
})

test('a condition is the same after it was in the form', () => {
  const conditions: Condition[] = [
    { field: 'every', is: ['month', 'year'] },
    { field: 'plan', isNot: ['12', 'true', 'a, b', '"so"', '', ' x'] },
    { field: 'price.amount', is: [999, -1.5, true] },
    { field: 'endsAt', isKnown: false },
    { field: 'plan', isKnown: true },
    { field: 'plan', differsFrom: 'previousPlan' },
    { field: 'card.expiresAt', isBefore: 'renewsAt' },
  ]

  expect(conditions.map(one => conditionOf(draftCondition(one)))).toEqual(conditions)
  expect(valuesOf(' standard,, premium ')).toEqual(['standard', 'premium'])
})

test('a change is told with what it was', () => {
  const [first, second] = ladder.steps as [(typeof ladder.steps)[0], (typeof ladder.steps)[0]]
  const after: JourneyInput = {
    ...ladder,
    isOn: false,
    only: [{ field: 'every', is: ['month'] }],
    steps: [
      {
        ...second,
        when: { days: 2, at: '18:00' },
        link: 'account',
        only: [{ field: 'card.expiresAt', isBefore: 'renewsAt' }],
      },
      { ...first, name: 'after_9_days', when: { days: 9, at: '10:00' } },
    ],
  }

  expect(changesOf(ladder, after)).toEqual([
    'It is off: it goes on counting its days and texts nobody.',
    'It starts: only where they pay by the month; it was always.',
    'A step moves to 2 days later, at 18:00 their time; it was 3 days later, at 10:00 their time.',
    'The step 2 days later, at 18:00 their time links to: the account page; it was the payment page.',
    'The step 2 days later, at 18:00 their time is sent: only where the day the card expires is before the next payment; it was always.',
    'A new step, 9 days later, at 10:00 their time: account.payment_failed.',
    'The step at once (account.payment_failed) is taken out, and not sent any more.',
  ])
})

test('a journey is told in sentences', () => {
  expect(storyOf(ladder)).toEqual([
    'It starts when a payment fails.',
    'There is one for each invoice. The same event once more changes nothing: its days are counted from the first.',
    'It ends as paid when a payment succeeds.',
    'It ends as lost when a subscription is cancelled.',
    'What ends it takes back a text that still waits for its hour.',
  ])
  expect(storyOf({ ...reminder, only: [{ field: 'every', is: ['year'] }] })).toEqual([
    'It starts when a renewal is announced.',
    'Only where they pay by the year; where that is so no more, one that is under way ends.',
    'Its steps are counted from the next payment; where nobody told that, nothing starts.',
    'There is one at a time for each subscription. Where that time moves, its steps move with it.',
    'Nothing ends it before its last step.',
  ])
  expect(whenSaid({ days: -7, at: '10:00' }, 'renewsAt')).toBe('7 days before the next payment, at 10:00 their time')
  expect(whenSaid({ minutes: 120 }, 'event')).toBe('2 hours later')
})

test('money is told in each currency, with its own digits', () => {
  expect(
    sumsSaid([
      { currency: 'USD', amount: 187_812 },
      { currency: 'JPY', amount: 1_200 },
      { currency: 'HUF', amount: 249_000 },
    ]),
  ).toBe('$1,878.12, ¥1,200 and HUF\u00a02,490.00')
})
