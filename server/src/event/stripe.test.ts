// Stripe's door: what its own package signs is believed and nothing else, and what each of its events becomes, in both
// shapes that its API has had.
import { readFileSync } from 'node:fs'
import { type BadEvent, type EventTypeName, eventTypes, type TakenEvent } from '@usher/contract/event'
import type { SubscriberExport } from '@usher/contract/subscriber'
import Stripe from 'stripe'
import { describe, expect, test } from 'vitest'
import { type Desk, rowsOf, testDesk } from '../desk.ts'
import { signatureFlaw } from '../http/stripe.ts'
import { sql } from '../store/sql.ts'
import { asCloudEvents, meanings, moneyOf } from './stripe.ts'
import { forgetCustomers } from './stripe-customer.ts'

const { webhooks } = new Stripe('sk_test_nobody')
const secret = 'whsec_test0123456789'
const seconds = (text: string) => Date.parse(text) / 1_000

const day = '2026-11-02T14:50:00.000Z'
const renewal = '2026-12-02T00:00:00.000Z'
const following = '2027-01-02T00:00:00.000Z'
const metadata = { subscriber: 'orph-0001' }

type Shape = 'older' | 'newer'
type Fields = Record<string, unknown>

const anEvent = (type: string, object: object, rest: { id?: string; previous?: object; created?: string } = {}) => ({
  ...{ id: rest.id ?? 'evt_1', object: 'event', type, created: seconds(rest.created ?? day), livemode: true },
  data: { object, ...(rest.previous && { previous_attributes: rest.previous }) },
})

const aPrice = (over: object = {}) => ({
  ...{ id: 'price_1', object: 'price', nickname: 'standard', lookup_key: null, product: 'prod_1', currency: 'usd' },
  ...{ unit_amount: 999, recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed' }, ...over },
})

/** A list of one item, its period where this shape has it. */
const items = (shape: Shape, price: object = aPrice(), periodEnd = renewal) => ({
  object: 'list',
  data: [
    {
      ...{ id: 'si_1', object: 'subscription_item', quantity: 1, price },
      ...(shape === 'newer' && { current_period_end: seconds(periodEnd) }),
    },
  ],
})

const aSubscription = (shape: Shape, { price = aPrice(), periodEnd = renewal, ...over }: Fields = {}) => ({
  ...{ id: 'sub_1', object: 'subscription', customer: 'cus_1', status: 'active', metadata, latest_invoice: 'in_1' },
  ...{ cancel_at: null, cancel_at_period_end: false, pause_collection: null, trial_end: null, ended_at: null },
  items: items(shape, price as object, periodEnd as string),
  ...(shape === 'older' && { current_period_end: seconds(periodEnd as string) }),
  ...over,
})

const anInvoice = (shape: Shape, over: Fields = {}) => {
  const period = { start: seconds(renewal), end: seconds(following) }
  const ofIt = { subscription: 'sub_1', metadata }
  const line =
    shape === 'older'
      ? { type: 'subscription', proration: false, period, price: aPrice() }
      : {
          period,
          parent: { type: 'subscription_item_details', subscription_item_details: { proration: false } },
          pricing: { type: 'price_details', price_details: { price: 'price_1', product: 'prod_1' } },
        }
  return {
    ...{ id: 'in_1', object: 'invoice', customer: 'cus_1', currency: 'usd', billing_reason: 'subscription_cycle' },
    ...{ amount_due: 999, amount_paid: 999, period_end: seconds(renewal), next_payment_attempt: null, metadata: {} },
    lines: { object: 'list', data: [line] },
    ...(shape === 'older'
      ? { subscription: 'sub_1', subscription_details: { metadata } }
      : { parent: { type: 'subscription_details', subscription_details: ofIt } }),
    ...over,
  }
}

const aCharge = (over: object = {}) => ({
  ...{ id: 'ch_1', object: 'charge', customer: 'cus_1', metadata, currency: 'usd', amount: 999, amount_refunded: 400 },
  ...over,
})
const aCard = { exp_month: 12, exp_year: 2026, brand: 'visa', last4: '4242' }
const aMethod = { id: 'pm_1', object: 'payment_method', type: 'card', customer: 'cus_1', metadata, card: aCard }

const reading = { subscriberField: 'subscriber', subjectOf: () => undefined }
/** What it becomes, each read by the schema of its type. */
const becomes = (event: object) =>
  asCloudEvents(event, reading).map(({ type, data }): [string, Fields] => {
    const name = String(type).replace('com.usher.', '')
    return [name, eventTypes[type as EventTypeName].data.parse(data) as Fields]
  })

describe.each(['older', 'newer'] as const)('in the %s shape', shape => {
  const price = { amount: 999, currency: 'USD' }
  const facts = { subscription: 'sub_1', plan: 'standard', price, every: 'month', renewsAt: renewal }
  const named = { subscription: 'sub_1', plan: 'standard' }
  /** Newer invoices name no plan. */
  const billed = shape === 'older' ? named : { subscription: 'sub_1' }
  const premium = aPrice({ id: 'price_2', nickname: 'premium', unit_amount: 1_499 })
  const changed = (over: Fields, previous: object) =>
    anEvent('customer.subscription.updated', aSubscription(shape, over), { previous })
  const inTrial = { status: 'trialing', trial_end: seconds(renewal) }

  test.each<[string, object, [string, Fields][]]>([
    [
      'a subscription',
      anEvent('customer.subscription.created', aSubscription(shape)),
      [['subscription.started', facts]],
    ],
    [
      'a trial',
      anEvent('customer.subscription.created', aSubscription(shape, inTrial)),
      [['subscription.started', { ...facts, trialEndsAt: renewal }]],
    ],
    [
      'one whose first payment is open',
      anEvent('customer.subscription.created', aSubscription(shape, { status: 'incomplete' })),
      [],
    ],
    ['its first payment', changed({}, { status: 'incomplete' }), [['subscription.started', facts]]],
    [
      'another plan',
      changed({ price: premium }, { items: items(shape) }),
      [
        [
          'subscription.changed',
          { ...facts, plan: 'premium', previousPlan: 'standard', price: { amount: 1_499, currency: 'USD' } },
        ],
      ],
    ],
    [
      'the same plan for another price',
      changed({ price: aPrice({ id: 'price_3', unit_amount: 1_099 }) }, { items: items(shape) }),
      [['subscription.known', { ...facts, price: { amount: 1_099, currency: 'USD' } }]],
    ],
    [
      'the next period',
      changed(
        { periodEnd: following },
        shape === 'older' ? { current_period_end: seconds(renewal) } : { items: items(shape) },
      ),
      [['subscription.known', { ...facts, renewsAt: following }]],
    ],
    [
      'a trial that was prolonged',
      changed(
        { ...inTrial, periodEnd: following, trial_end: seconds(following) },
        {
          trial_end: seconds(renewal),
          ...(shape === 'older' ? { current_period_end: seconds(renewal) } : { items: items(shape) }),
        },
      ),
      [['subscription.known', { ...facts, renewsAt: following, trialEndsAt: following }]],
    ],
    [
      'a cancellation',
      changed(
        { cancel_at_period_end: true, cancel_at: seconds(renewal), canceled_at: seconds(day) },
        { cancel_at_period_end: false, cancel_at: null, canceled_at: null },
      ),
      [['subscription.cancelled', { ...named, endsAt: renewal }]],
    ],
    [
      'a cancellation for a day',
      changed({ cancel_at: seconds(following) }, { cancel_at: null }),
      [['subscription.cancelled', { ...named, endsAt: following }]],
    ],
    [
      'a cancellation that was taken back',
      changed({}, { cancel_at_period_end: true, canceled_at: seconds(day) }),
      [['subscription.known', facts]],
    ],
    [
      'a pause',
      changed({ pause_collection: { behavior: 'void', resumes_at: seconds(following) } }, { pause_collection: null }),
      [['subscription.paused', { ...named, resumesAt: following }]],
    ],
    [
      'a pause without an end',
      changed({ pause_collection: { behavior: 'void', resumes_at: null } }, { pause_collection: null }),
      [['subscription.paused', named]],
    ],
    [
      'the end of a pause',
      changed({}, { pause_collection: { behavior: 'void', resumes_at: null } }),
      [['subscription.restored', facts]],
    ],
    [
      'nobody paid',
      changed({ status: 'unpaid' }, { status: 'past_due' }),
      [['subscription.suspended', { ...named, invoice: 'in_1' }]],
    ],
    ['they paid after all', changed({}, { status: 'unpaid' }), [['subscription.restored', facts]]],
    ['they paid in time', changed({}, { status: 'past_due', latest_invoice: 'in_0' }), []],
    ['what is of no interest', changed({}, { metadata: {} }), []],
    [
      'two things at once',
      changed({ price: premium, cancel_at_period_end: true }, { items: items(shape), cancel_at_period_end: false }),
      [
        [
          'subscription.changed',
          {
            ...{ ...named, plan: 'premium', previousPlan: 'standard' },
            ...{ price: { amount: 1_499, currency: 'USD' }, every: 'month' },
          },
        ],
        ['subscription.cancelled', { ...named, plan: 'premium', endsAt: renewal }],
      ],
    ],
    [
      'its end',
      anEvent(
        'customer.subscription.deleted',
        aSubscription(shape, { status: 'canceled', ended_at: seconds('2026-11-02T14:49:00Z') }),
      ),
      [['subscription.cancelled', { ...named, endsAt: '2026-11-02T14:49:00.000Z' }]],
    ],
    [
      'the end of one that never began',
      anEvent('customer.subscription.deleted', aSubscription(shape, { status: 'incomplete_expired' })),
      [],
    ],
    [
      'a trial without a card that ended',
      anEvent('customer.subscription.paused', aSubscription(shape, { status: 'paused' })),
      [['subscription.paused', named]],
    ],
    [
      'the card came',
      anEvent('customer.subscription.resumed', aSubscription(shape)),
      [['subscription.restored', facts]],
    ],
    [
      'a trial that ends',
      anEvent('customer.subscription.trial_will_end', aSubscription(shape, inTrial)),
      [['trial.ending', { ...facts, trialEndsAt: renewal, endsAt: renewal }]],
    ],
    [
      'a trial that ends, and was cancelled',
      anEvent('customer.subscription.trial_will_end', aSubscription(shape, { ...inTrial, cancel_at_period_end: true })),
      [],
    ],
    [
      'an invoice to come',
      anEvent(
        'invoice.upcoming',
        anInvoice(shape, { id: undefined, amount_due: 899, amount_paid: 0, billing_reason: 'upcoming' }),
      ),
      [
        [
          'subscription.renewing',
          {
            ...{ ...billed, price: { amount: 899, currency: 'USD' }, renewsAt: renewal },
            ...(shape === 'older' && { every: 'month' }),
          },
        ],
      ],
    ],
    [
      'a renewal that was paid',
      anEvent('invoice.paid', anInvoice(shape)),
      [
        ['payment.succeeded', { ...billed, ...price, invoice: 'in_1' }],
        ['subscription.renewed', { ...billed, ...(shape === 'older' && { every: 'month' }), renewsAt: following }],
      ],
    ],
    [
      'a first payment',
      anEvent('invoice.paid', anInvoice(shape, { billing_reason: 'subscription_create' })),
      [['payment.succeeded', { ...billed, ...price, invoice: 'in_1' }]],
    ],
    ['an invoice of nothing', anEvent('invoice.paid', anInvoice(shape, { amount_due: 0, amount_paid: 0 })), []],
    ['its twin', anEvent('invoice.payment_succeeded', anInvoice(shape)), []],
    [
      'a payment that failed',
      anEvent(
        'invoice.payment_failed',
        anInvoice(shape, { amount_paid: 0, next_payment_attempt: seconds(renewal), attempt_count: 1 }),
      ),
      [['payment.failed', { ...billed, ...price, invoice: 'in_1', nextTryAt: renewal }]],
    ],
    [
      'a last try that failed',
      anEvent('invoice.payment_failed', anInvoice(shape, { amount_paid: 0 })),
      [['payment.failed', { ...billed, ...price, invoice: 'in_1' }]],
    ],
    [
      'a first payment that failed',
      anEvent('invoice.payment_failed', anInvoice(shape, { billing_reason: 'subscription_create' })),
      [],
    ],
    [
      'the first refund',
      anEvent('charge.refunded', aCharge(shape === 'older' ? { invoice: 'in_1' } : {}), {
        previous: { amount_refunded: 0, refunded: false },
      }),
      [['payment.refunded', { amount: 400, currency: 'USD', ...(shape === 'older' && { invoice: 'in_1' }) }]],
    ],
    [
      'the second refund',
      anEvent('charge.refunded', aCharge({ amount_refunded: 999 }), { previous: { amount_refunded: 400 } }),
      [['payment.refunded', { amount: 599, currency: 'USD' }]],
    ],
    [
      'another card',
      anEvent('payment_method.attached', aMethod),
      [['card.changed', { card: { expiresAt: '2027-01-01T00:00:00.000Z' } }]],
    ],
    [
      'a card with another date',
      anEvent('payment_method.automatically_updated', { ...aMethod, card: { ...aCard, exp_month: 2 } }),
      [['card.changed', { card: { expiresAt: '2026-03-01T00:00:00.000Z' } }]],
    ],
    ['a bank account', anEvent('payment_method.attached', { ...aMethod, type: 'sepa_debit', card: undefined }), []],
    [
      'a card that expires',
      anEvent('customer.source.expiring', { id: 'card_1', object: 'card', customer: 'cus_1', metadata, ...aCard }),
      [['card.expiring', { card: { expiresAt: '2027-01-01T00:00:00.000Z' } }]],
    ],
  ])('%s', (_, event, expected) => {
    expect(becomes(event)).toEqual(expected)
  })
})

test.each<[string, object[], Fields]>([
  ['a nickname', [aPrice()], { plan: 'standard' }],
  ['a lookup key', [aPrice({ nickname: null, lookup_key: 'standard_monthly' })], { plan: 'standard_monthly' }],
  ['neither', [aPrice({ nickname: null })], { plan: 'prod_1' }],
  [
    'a plan of the time before prices',
    [{ id: 'gold', object: 'plan', amount: 9_900, currency: 'usd', interval: 'year', interval_count: 1, product: 'p' }],
    { plan: 'p', price: { amount: 9_900, currency: 'USD' }, every: 'year' },
  ],
  ['twelve months', [aPrice({ recurring: { interval: 'month', interval_count: 12 } })], { every: 'year' }],
  ['a quarter', [aPrice({ recurring: { interval: 'month', interval_count: 3 } })], { every: undefined }],
  ['a week', [aPrice({ recurring: { interval: 'week', interval_count: 1 } })], { every: undefined }],
  [
    'two items',
    [aPrice(), aPrice({ nickname: 'sports', unit_amount: 500 })],
    { price: { amount: 1_499, currency: 'USD' } },
  ],
  [
    'items of a month and of a year',
    [aPrice(), aPrice({ recurring: { interval: 'year', interval_count: 1 } })],
    { plan: 'standard', price: undefined, every: undefined },
  ],
  [
    'what is billed by use',
    [aPrice({ recurring: { interval: 'month', interval_count: 1, usage_type: 'metered' } })],
    { price: undefined, every: 'month' },
  ],
])('the terms of %s', (_, prices, terms) => {
  const data = prices.map(price => ({ quantity: 1, price, current_period_end: seconds(renewal) }))
  const [[, facts] = []] = becomes(
    anEvent('customer.subscription.created', aSubscription('newer', { items: { data } })),
  )

  expect(Object.fromEntries(Object.keys(terms).map(name => [name, facts![name]]))).toEqual(terms)
})

test.each([
  ['usd', 999, 999],
  ['jpy', 999, 999],
  ['kwd', 1_230, 1_230],
  ['huf', 299_000, 299_000],
  ['twd', 39_000, 39_000],
  ['isk', 129_000, 1_290],
  ['ugx', 3_500_000, 35_000],
  ['mga', 45_000, 4_500_000],
])('money in %s: %d of Stripe is %d of ISO 4217', (currency, stripe, iso) => {
  expect(moneyOf(stripe, currency)).toEqual({ amount: iso, currency: currency.toUpperCase() })
})

describe('who it is about', () => {
  const about = (object: object, known?: string) =>
    asCloudEvents(anEvent('charge.refunded', object), { subscriberField: 'uid', subjectOf: () => known }).map(
      ({ type, subject }) => [type, subject],
    )

  test.each<[string, object, string | undefined, string | undefined]>([
    ['the object says it', aCharge({ metadata: { uid: 'u-1' } }), 'u-2', 'u-1'],
    ['its customer says it', aCharge({ customer: { id: 'cus_1', metadata: { uid: 'u-1' } } }), 'u-2', 'u-1'],
    ['its invoice says it', aCharge({ subscription_details: { metadata: { uid: 'u-1' } } }), 'u-2', 'u-1'],
    [
      'a line of an invoice of before 2023 says it',
      aCharge({ lines: { data: [{ type: 'subscription', metadata: { uid: 'u-1' } }] } }),
      'u-2',
      'u-1',
    ],
    ['an earlier event said it', aCharge(), 'u-2', 'u-2'],
    ['nobody said it', aCharge(), undefined, 'cus_1'],
    ['what is said is empty', aCharge({ metadata: { uid: '' } }), undefined, 'cus_1'],
  ])('%s', (_, object, known, subject) => {
    expect(about(object, known)).toEqual([['com.usher.payment.refunded', subject]])
  })

  test('nobody, where there is no customer: then it means nothing here', () => {
    expect(about(aCharge({ customer: null }))).toEqual([['stripe.charge.refunded', undefined]])
  })
})

test.each([
  [null],
  [7],
  ['event'],
  [[]],
  [{}],
  [{ type: 'invoice.paid', data: 7 }],
  [{ type: 'constructor', data: { object: [] } }],
])('of %j nothing is made that breaks', event => {
  for (const made of asCloudEvents(event, reading)) expect(made.type).toMatch(/^stripe\./)
})

// ---- The door ------------------------------------------------------------------------------------------------------------

const openDesk = (env: Record<string, string> = {}) => testDesk({ env: { USHER_STRIPE_SECRETS: secret, ...env } })

interface Signing {
  secret?: string
  /** How long ago it was signed. */
  agedSeconds?: number
}

const signed = (desk: Desk, payload: string, { secret: by = secret, agedSeconds = 0 }: Signing = {}) =>
  webhooks.generateTestHeaderString({
    ...{ payload, secret: by },
    timestamp: Math.floor(desk.wall().getTime() / 1_000) - agedSeconds,
  })

/** As Stripe calls: signed, and without a key. */
async function post(desk: Desk, event: object | string, signing: Signing & { header?: string | null } = {}) {
  const payload = typeof event === 'string' ? event : JSON.stringify(event)
  const header = signing.header === undefined ? signed(desk, payload, signing) : signing.header
  const answer = await desk.ask('POST', '/v1/stripe/webhook', payload, {
    ...{ cookie: '', 'content-type': 'application/json; charset=utf-8' },
    ...(header === null ? {} : { 'stripe-signature': header }),
  })
  return { status: answer.status, body: answer.body as Record<string, unknown> }
}

const counts = (of: object) => ({ taken: 0, unknown: 0, repeated: 0, bad: 0, ...of })
const taken = async (desk: Desk) => ((await desk.ask('GET', '/v1/events')).body as { items: TakenEvent[] }).items
const bad = async (desk: Desk) => ((await desk.ask('GET', '/v1/bad-events')).body as { items: BadEvent[] }).items
const paid = anEvent('invoice.paid', anInvoice('newer'), { id: 'evt_paid' })

test('what Stripe signed is stored before it is answered, and is the same when it comes again', async () => {
  const desk = await openDesk()
  await desk.subscriber({ id: 'orph-0001' })

  const first = await post(desk, paid)
  const stored = await taken(desk)
  const second = await post(desk, paid)

  expect([first, second]).toEqual([
    { status: 200, body: counts({ taken: 2 }) },
    { status: 200, body: counts({ repeated: 2 }) },
  ])
  expect(await taken(desk)).toEqual(stored)
  const common = { door: 'stripe', source: 'stripe', subject: 'orph-0001', isKnownSubscriber: true, at: day }
  expect(stored).toMatchObject([
    { ...common, type: 'com.usher.subscription.renewed', eventId: 'evt_paid:subscription.renewed' },
    { ...common, type: 'com.usher.payment.succeeded', eventId: 'evt_paid:payment.succeeded' },
  ])
})

test('what it sends in the wrong order is each taken at its time, and of a connected account by its name', async () => {
  const desk = await openDesk()
  const earlier = '2026-11-01T10:00:00.000Z'
  const ends = aSubscription('newer', { status: 'canceled', ended_at: seconds(day) })
  const ofAccount = { ...anEvent('charge.refunded', aCharge(), { id: 'evt_refund' }), account: 'acct_1' }

  await post(desk, anEvent('customer.subscription.deleted', ends, { id: 'evt_end' }))
  await post(
    desk,
    anEvent('customer.subscription.created', aSubscription('newer'), { id: 'evt_start', created: earlier }),
  )
  await post(desk, ofAccount)

  expect((await taken(desk)).map(({ eventId, source, at }) => [eventId, source, at])).toEqual([
    ['evt_refund', 'stripe/acct_1', day],
    ['evt_start', 'stripe', earlier],
    ['evt_end', 'stripe', day],
  ])
})

test('while a secret is rolled either is believed', async () => {
  const desk = await openDesk({ USHER_STRIPE_SECRETS: 'whsec_new, whsec_old' })
  const payload = JSON.stringify(paid)
  const both = `${signed(desk, payload, { secret: 'whsec_older' })},v1=${signed(desk, payload, { secret: 'whsec_new' }).split('v1=')[1]},v0=abc`

  const answers = [
    await post(desk, payload, { secret: 'whsec_old' }),
    await post(desk, payload, { secret: 'whsec_new' }),
    await post(desk, payload, { header: both }),
    await post(desk, payload, { secret: 'whsec_older' }),
  ]

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401])
})

test('what is forged, changed, old or unsigned is refused, and leaves no trace', async () => {
  const desk = await openDesk()
  const payload = JSON.stringify(paid)
  const other = JSON.stringify({ ...paid, id: 'evt_other' })

  const answers = [
    await post(desk, payload, { secret: 'whsec_guess' }),
    await post(desk, other, { header: signed(desk, payload) }),
    await post(desk, payload, { agedSeconds: 302 }),
    await post(desk, payload, { agedSeconds: -302 }),
    await post(desk, payload, { header: signed(desk, payload).replace('v1=', 'v0=') }),
    await post(desk, payload, { header: 't=,v1=' }),
    await post(desk, payload, { header: null }),
    await post(desk, '', { header: null }),
  ]

  for (const { status, body } of answers) expect([status, body.code]).toEqual([401, 'forged_event'])
  expect(answers.map(({ body }) => body.detail)).toEqual([
    ...Array(2).fill('It is signed with another secret, or is not what was signed.'),
    ...Array(2).fill('It was not signed within 5 minutes of the time here.'),
    ...Array(2).fill('The header Stripe-Signature can not be read.'),
    ...Array(2).fill('The header Stripe-Signature is missing.'),
  ])
  expect([await taken(desk), await bad(desk), await customers(desk)]).toEqual([[], [], []])
  expect((await post(desk, payload, { agedSeconds: 298 })).status).toBe(200)
})

test('what is signed and no snapshot of an event is refused, and leaves no trace', async () => {
  const desk = await openDesk()
  const thin = { id: 'evt_1', object: 'v2.core.event', type: 'v1.billing.meter.error_report_triggered' }

  const answers = [
    await post(desk, '{"id": '),
    await post(desk, '[]'),
    await post(desk, thin),
    await post(desk, `"${'x'.repeat(1024 * 1024)}"`),
  ]

  expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
    [400, 'broken_json'],
    [422, 'invalid_request'],
    [422, 'invalid_request'],
    [413, 'too_large'],
  ])
  expect([await taken(desk), await bad(desk), await customers(desk)]).toEqual([[], [], []])
})

test('without a secret there is no such door, and it says which setting opens it', async () => {
  const desk = await testDesk()

  const { status, body } = await post(desk, paid)

  expect([status, body.code, body.title]).toEqual([409, 'stripe_off', expect.stringContaining('USHER_STRIPE_SECRETS')])
})

test('a type that means nothing here is kept, with the names of what it is about alone', async () => {
  const desk = await openDesk()
  const dispute = { id: 'dp_1', object: 'dispute', customer: 'cus_1', metadata, evidence: { customer_name: 'Rosa' } }

  const { status, body } = await post(desk, anEvent('charge.dispute.created', dispute))
  const none = await post(desk, anEvent('invoice.payment_succeeded', anInvoice('older'), { id: 'evt_twin' }))

  expect([status, body]).toEqual([200, counts({ unknown: 1 })])
  expect([none.status, none.body]).toEqual([200, counts({})])
  expect(await taken(desk)).toMatchObject([
    {
      ...{ type: 'stripe.charge.dispute.created', isKnownType: false, subject: 'orph-0001' },
      data: { object: 'dispute', id: 'dp_1', customer: 'cus_1' },
    },
  ])
})

test('what can not be taken is answered 200, or Stripe would send it for days, and waits on the list', async () => {
  const desk = await openDesk()

  const { status, body } = await post(
    desk,
    anEvent('customer.subscription.created', aSubscription('newer', { items: { data: [] } })),
  )

  expect([status, body]).toEqual([200, counts({ bad: 1 })])
  expect(await bad(desk)).toMatchObject([
    { door: 'stripe', type: 'com.usher.subscription.started', reason: 'invalid_data', errors: [{ at: 'data.plan' }] },
  ])
})

describe('whose customer', () => {
  const subjects = async (desk: Desk) => (await taken(desk)).map(({ eventId, subject }) => [eventId, subject])
  const unsaid = (id: string, created?: string) =>
    anEvent('charge.refunded', aCharge({ metadata: {} }), { id, ...(created && { created }) })

  test('is learned from any event that says it, and until then it is about the customer', async () => {
    const desk = await openDesk({ USHER_STRIPE_SUBSCRIBER: 'uid' })
    const customer = { id: 'cus_1', object: 'customer', email: 'rosa@example.com', metadata: { uid: 'orph-0007' } }

    await post(desk, unsaid('evt_before'))
    await post(desk, anEvent('customer.updated', customer, { id: 'evt_customer' }))
    await post(desk, unsaid('evt_after'))

    expect(await subjects(desk)).toEqual([
      ['evt_after', 'orph-0007'],
      ['evt_customer', 'orph-0007'],
      ['evt_before', 'cus_1'],
    ])
  })

  test('is what the latest event said, whichever came last', async () => {
    const desk = await openDesk()
    const says = (id: string, subscriber: string, created: string) =>
      anEvent('charge.refunded', aCharge({ metadata: { subscriber } }), { id, created })

    await post(desk, says('evt_2', 'orph-0002', '2026-11-01T12:00:00Z'))
    await post(desk, says('evt_1', 'orph-0001', '2026-10-01T12:00:00Z'))
    await post(desk, unsaid('evt_3'))

    expect((await subjects(desk))[0]).toEqual(['evt_3', 'orph-0002'])
  })

  test('is forgotten when Stripe has said nothing of them for more than a year', async () => {
    const desk = await openDesk()
    await post(desk, paid)

    await forgetCustomers(desk.usher.db, new Date('2027-12-01T00:00:00Z'))
    const kept = await customers(desk)
    await forgetCustomers(desk.usher.db, new Date('2027-12-10T00:00:00Z'))

    expect([kept, await customers(desk)]).toEqual([[{ customer: 'cus_1', subject: 'orph-0001' }], []])
  })

  test('is in the export of the subscriber, and goes with what was told by that name when they are erased', async () => {
    const desk = await openDesk()
    await desk.subscriber({ id: 'orph-0001' })
    await post(desk, unsaid('evt_before'))
    await post(desk, paid)

    const { stripeCustomers, events } = (await desk.ask('GET', '/v1/subscribers/orph-0001/export'))
      .body as SubscriberExport
    await desk.ask('DELETE', '/v1/subscribers/orph-0001')

    expect(stripeCustomers).toEqual([{ customer: 'cus_1', saidAt: day }])
    expect(events).toHaveLength(3)
    expect(await customers(desk)).toEqual([])
    expect((await taken(desk)).map(({ subject, data }) => [subject, data])).toEqual(Array(3).fill([null, null]))
  })

  test('nobody here knows is no mistake', async () => {
    const desk = await openDesk()

    const { body } = await post(desk, unsaid('evt_nobody'))

    expect(body).toEqual(counts({ taken: 1 }))
    expect(await taken(desk)).toMatchObject([{ subject: 'cus_1', isKnownSubscriber: false }])
  })
})

const customers = (desk: Desk) =>
  rowsOf<{ customer: string; subject: string }>(desk, sql`select customer, subject from stripe_customer`)

test("a signature is judged as Stripe's own package judges it", () => {
  const payload = JSON.stringify(paid)
  const at = new Date('2026-11-02T15:00:00Z')
  const timestamp = at.getTime() / 1_000
  const good = webhooks.generateTestHeaderString({ payload, secret, timestamp })
  const old = webhooks.generateTestHeaderString({ payload, secret, timestamp: timestamp - 301 })
  const justInTime = webhooks.generateTestHeaderString({ payload, secret, timestamp: timestamp - 300 })
  const [, signature = ''] = good.split('v1=')
  const headers = [
    ...[good, old, justInTime, '', 't=1', `v1=${signature}`, `t=${timestamp},v0=${signature}`, good.toUpperCase()],
    ...[`t=${timestamp + 1},v1=${signature}`, `t=${timestamp},v1=${signature.slice(2)}`, `${good},v1=00`],
    ...[`t=${timestamp},v1=00,v1=${signature}`, `v1=${signature},t=${timestamp}`, `t=${timestamp},v1=é`],
  ]

  for (const header of headers) {
    const isTaken = (() => {
      try {
        webhooks.constructEvent(payload, header, secret, 300, undefined, at.getTime())
        return true
      } catch {
        return false
      }
    })()

    expect(signatureFlaw(header, payload, [secret], at) === undefined, header).toBe(isTaken)
  }
})

test('docs/subscription.md has what each of its events becomes as it is', () => {
  const page = readFileSync(new URL('../../../docs/subscription.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([\w.]+\.[\w.]+)` \|(.*)\| (`com\.usher\.[\w.]+`|nothing) \|$/gm)].map(
    ([, name, where, type]) => [name, where!.trim(), type!.replaceAll('`', '')],
  )

  expect(rows).toEqual(
    Object.entries(meanings).flatMap(([name, list]) =>
      list.length === 0 ? [[name, '', 'nothing']] : list.map(({ where, type }) => [name, where, type]),
    ),
  )
})
