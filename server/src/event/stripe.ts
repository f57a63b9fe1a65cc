// Stripe's events, as CloudEvents: which mean something here, what is read of each, and whom it is about. Its API has two
// shapes, that before 2025-03-31 and that since (docs.stripe.com/changelog/basil); an endpoint sends the one it was made
// with, for good, so both are read.
import type { EventTypeName, Money } from '@usher/contract/event'
import { type Fields, fieldsOf, given } from './fields.ts'

/** What happened at Stripe, as a meaning reads it. */
interface Told {
  /** As it is now. */
  now: Fields
  /** As it was, where Stripe says what changed. */
  before: Fields
  /** What changed alone. */
  previous: Fields
  at: string | undefined
}

interface Meaning {
  /** As docs/subscription.md says it. */
  where: string
  type: EventTypeName
  /** The data of the event; undefined where this did not happen. */
  read: (told: Told) => Fields | undefined
  /** Only where nothing else of the list happened. */
  isRest?: true
}

const one = (type: EventTypeName, where: string, read: Meaning['read']): Meaning => ({ type, where, read })
const rest = (type: EventTypeName, where: string, read: Meaning['read']): Meaning => ({
  ...one(type, where, read),
  isRest: true,
})

/** Each event of Stripe's that is read, and what follows from it. docs/subscription.md has this table. */
export const meanings: Readonly<Record<string, readonly Meaning[]>> = {
  'customer.subscription.created': [
    one('com.usher.subscription.started', 'it is active or a trial; not while its first payment is open', ({ now }) =>
      isRunning(now) ? factsOf(now) : undefined,
    ),
  ],
  'customer.subscription.updated': [
    one('com.usher.subscription.started', 'its first payment went through', ({ now, before }) =>
      before.status === 'incomplete' && isRunning(now) ? factsOf(now) : undefined,
    ),
    one('com.usher.subscription.changed', 'its plan has another name', ({ now, before }) => {
      const { plan: previousPlan } = termsOf(before)
      const facts = factsOf(now)
      return previousPlan !== undefined && previousPlan !== facts.plan && isOpen(now)
        ? { ...facts, previousPlan }
        : undefined
    }),
    one(
      'com.usher.subscription.cancelled',
      'it will end: `cancel_at_period_end`, or `cancel_at`',
      ({ now, before }) => {
        const endsAt = endOf(now)
        return endsAt !== undefined && endsAt !== endOf(before) ? { ...nameOf(now), endsAt } : undefined
      },
    ),
    one('com.usher.subscription.known', 'it will not end after all', ({ now, before }) =>
      endOf(before) !== undefined && endOf(now) === undefined && isOpen(now) ? factsOf(now) : undefined,
    ),
    one('com.usher.subscription.paused', '`pause_collection` is set', ({ now, before }) => {
      if (!isPaused(now) || (isPaused(before) && resumptionOf(now) === resumptionOf(before))) return undefined
      return given({ ...nameOf(now), resumesAt: resumptionOf(now) })
    }),
    one('com.usher.subscription.restored', '`pause_collection` is taken away', ({ now, before }) =>
      isPaused(before) && !isPaused(now) && isOpen(now) ? factsOf(now) : undefined,
    ),
    one('com.usher.subscription.suspended', 'it became `unpaid`', ({ now, before }) =>
      now.status === 'unpaid' && before.status !== 'unpaid'
        ? given({ ...nameOf(now), invoice: idOf(now.latest_invoice) })
        : undefined,
    ),
    one('com.usher.subscription.restored', 'it was `unpaid`, and is active', ({ now, before }) =>
      before.status === 'unpaid' && isRunning(now) ? factsOf(now) : undefined,
    ),
    rest('com.usher.subscription.known', 'else, where its price or one of its dates is another', ({ now, before }) => {
      const facts = factsOf(now)
      return goesOn(now) && JSON.stringify(facts) !== JSON.stringify(factsOf(before)) ? facts : undefined
    }),
  ],
  'customer.subscription.deleted': [
    one('com.usher.subscription.cancelled', 'it is over; not where it never began', ({ now, at }) =>
      now.status === 'incomplete_expired'
        ? undefined
        : given({ ...nameOf(now), endsAt: timeOf(now.ended_at) ?? timeOf(now.canceled_at) ?? at }),
    ),
  ],
  'customer.subscription.paused': [
    one('com.usher.subscription.paused', 'a trial ended, and there is nothing to pay with', ({ now }) => nameOf(now)),
  ],
  'customer.subscription.resumed': [one('com.usher.subscription.restored', '', ({ now }) => factsOf(now))],
  'customer.subscription.trial_will_end': [
    one('com.usher.trial.ending', 'not where it is cancelled by then', ({ now }) => {
      const endsAt = timeOf(now.trial_end)
      return endsAt === undefined || endOf(now) !== undefined
        ? undefined
        : { ...factsOf(now), trialEndsAt: endsAt, endsAt }
    }),
  ],
  'invoice.upcoming': [
    one(
      'com.usher.subscription.renewing',
      'it is of a subscription; the price is what will be asked for',
      ({ now }) => {
        const renewsAt = timeOf(now.period_end) ?? timeOf(now.next_payment_attempt)
        return subscriptionOf(now) === undefined || renewsAt === undefined
          ? undefined
          : given({ ...billedOf(now), price: moneyOf(now.amount_due, now.currency), renewsAt })
      },
    ),
  ],
  'invoice.paid': [
    one('com.usher.payment.succeeded', 'something was paid; not for a trial, which costs nothing', ({ now }) => {
      const paid = moneyOf(now.amount_paid, now.currency)
      return paid && paid.amount > 0 ? given({ ...paid, ...paymentOf(now) }) : undefined
    }),
    one('com.usher.subscription.renewed', 'and it was the next payment of a subscription', ({ now, at }) => {
      if (now.billing_reason !== 'subscription_cycle' || !(Number(now.amount_paid) > 0)) return undefined
      if (subscriptionOf(now) === undefined) return undefined
      const ends = linesOf(now).flatMap(line => timeOf(fieldsOf(line.period).end) ?? [])
      const renewsAt = ends.sort().at(-1)
      // What is billed by use is of the time before.
      const isAhead = renewsAt !== undefined && (at === undefined || renewsAt > at)
      return given({ ...billedOf(now), renewsAt: isAhead ? renewsAt : undefined })
    }),
  ],
  'invoice.payment_succeeded': [],
  'invoice.payment_failed': [
    // Who subscribes just now is told by the page that they pay on.
    one('com.usher.payment.failed', 'not the first payment of a subscription', ({ now }) => {
      const due = moneyOf(now.amount_due, now.currency)
      return due && now.billing_reason !== 'subscription_create'
        ? given({ ...due, ...paymentOf(now), nextTryAt: timeOf(now.next_payment_attempt) })
        : undefined
    }),
  ],
  'charge.refunded': [
    one('com.usher.payment.refunded', 'with what this refund gave back', ({ now, previous }) => {
      const before = typeof previous.amount_refunded === 'number' ? previous.amount_refunded : 0
      const back = moneyOf(Number(now.amount_refunded) - before, now.currency)
      return back && back.amount > 0 ? given({ ...back, invoice: idOf(now.invoice) }) : undefined
    }),
  ],
  'payment_method.attached': [one('com.usher.card.changed', 'it is a card', ({ now }) => cardOf(now))],
  'payment_method.automatically_updated': [one('com.usher.card.changed', 'it is a card', ({ now }) => cardOf(now))],
  'customer.source.expiring': [one('com.usher.card.expiring', 'it is a card', ({ now }) => cardOf(now))],
}

export interface Reading {
  /** The name in the metadata of Stripe's objects under which the subscriber's id stands. */
  subscriberField: string
  /** Who a customer is, as an earlier event said. */
  subjectOf: (customer: string) => string | undefined
}

/**
 * What an event of Stripe's says here: several events, one, or none. They are not checked yet. One whose type means
 * nothing, or that is about nobody, is an unknown one, with the names of what it is about alone: Stripe's objects hold
 * addresses, and can be looked up there.
 */
export function asCloudEvents(event: unknown, { subscriberField, subjectOf }: Reading): Fields[] {
  const { id, type, account, created, data } = fieldsOf(event)
  const now = fieldsOf(fieldsOf(data).object)
  const previous = fieldsOf(fieldsOf(data).previous_attributes)
  const before = { ...now, ...previous }
  // A plan that is said to have been another stood in the items as well.
  if (previous.plan !== undefined && previous.items === undefined) before.items = undefined
  const at = timeOf(created)
  const customer = customerOf(now)
  const subject =
    saidIn(now, subscriberField) ?? (customer === undefined ? undefined : (subjectOf(customer) ?? customer))
  const envelope = given({
    specversion: '1.0',
    id,
    source: typeof account === 'string' ? `stripe/${account}` : 'stripe',
    subject,
    time: at,
  })

  const known = typeof type === 'string' && Object.hasOwn(meanings, type) ? meanings[type] : undefined
  if (!known || subject === undefined)
    return [
      {
        ...envelope,
        type: `stripe.${String(type)}`,
        data: given({
          object: now.object,
          id: now.id,
          customer: now.object === 'customer' ? undefined : customer,
          subscription: subscriptionOf(now),
        }),
      },
    ]
  const made: { type: EventTypeName; data: Fields }[] = []
  for (const { type, read, isRest } of known) {
    if (made.some(other => isRest || other.type === type)) continue
    const data = read({ now, before, previous, at })
    if (data) made.push({ type, data })
  }
  return made.map(({ type, data }) => ({
    ...envelope,
    id: made.length > 1 ? `${String(id)}:${type.slice('com.usher.'.length)}` : id,
    type,
    data,
  }))
}

/** Who a customer is, where an event says so itself: others that do not say it are about the same subscriber. */
export function introduced(event: unknown, subscriberField: string): { customer: string; subject: string } | undefined {
  const object = fieldsOf(fieldsOf(fieldsOf(event).data).object)
  const customer = customerOf(object)
  const subject = saidIn(object, subscriberField)
  return customer === undefined || subject === undefined ? undefined : { customer, subject }
}

export function customerOf(object: Fields): string | undefined {
  return idOf(object.object === 'customer' ? object : object.customer)
}

/** The subscriber's id, as the service wrote it into metadata: of the object itself, its subscription or its customer. */
function saidIn(object: Fields, field: string): string | undefined {
  const billed = [fieldsOf(object.subscription_details), fieldsOf(fieldsOf(object.parent).subscription_details)]
  // Before 2023-06-29 a line of an invoice alone repeated what the subscription's metadata says.
  const [line = {}] = linesOf(object)
  for (const { metadata } of [...billed, line, object, fieldsOf(object.subscription), fieldsOf(object.customer)]) {
    const said = textOf(fieldsOf(metadata)[field])
    if (said !== undefined) return said
  }
  return undefined
}

// ---- Subscriptions -----------------------------------------------------------------------------------------------------

const isRunning = ({ status }: Fields) => status === 'active' || status === 'trialing'
/** They may watch, or may be asked to pay so that they can. */
const isOpen = (subscription: Fields) => isRunning(subscription) || subscription.status === 'past_due'
const isPaused = ({ pause_collection }: Fields) => typeof pause_collection === 'object' && pause_collection !== null
const resumptionOf = ({ pause_collection }: Fields) => timeOf(fieldsOf(pause_collection).resumes_at)
const goesOn = (subscription: Fields) =>
  isOpen(subscription) && !isPaused(subscription) && endOf(subscription) === undefined

/** When a subscription that was cancelled ends. The customer portal writes one or the other. */
const endOf = (subscription: Fields): string | undefined =>
  timeOf(subscription.cancel_at) ?? (subscription.cancel_at_period_end === true ? periodEndOf(subscription) : undefined)

/** The oldest have no items, and the plan in their place. */
function itemsOf(subscription: Fields): Fields[] {
  const items = dataOf(subscription.items)
  return items.length === 0 && subscription.plan ? [subscription] : items
}

function periodEndOf(subscription: Fields): string | undefined {
  const ends = itemsOf(subscription).flatMap(item => timeOf(item.current_period_end) ?? [])
  return ends.sort()[0] ?? timeOf(subscription.current_period_end)
}

/** Plan, price and how often: of several items the plan of the first, and the sum where all are paid at the same times. */
function termsOf(subscription: Fields): Fields {
  const items = itemsOf(subscription)
  const prices = items.map(item => fieldsOf(item.price ?? item.plan))
  const [first = {}] = prices
  const isAlike = prices.every(
    price => price.currency === first.currency && intervalOf(price).join() === intervalOf(first).join(),
  )
  const amounts = items.map((item, i) => {
    const { unit_amount, amount, recurring, usage_type } = prices[i]!
    const each = unit_amount ?? amount
    const isByUse = (fieldsOf(recurring).usage_type ?? usage_type) === 'metered'
    return typeof each === 'number' && !isByUse ? each * Number(item.quantity ?? 1) : Number.NaN
  })
  return {
    plan: planOf(first),
    price: isAlike && items.length > 0 ? moneyOf(sum(amounts), first.currency) : undefined,
    every: isAlike ? everyOf(first) : undefined,
  }
}

const nameOf = (subscription: Fields): Fields =>
  given({ subscription: idOf(subscription), plan: termsOf(subscription).plan })

const factsOf = (subscription: Fields): Fields =>
  given({
    subscription: idOf(subscription),
    ...termsOf(subscription),
    renewsAt: goesOn(subscription) ? periodEndOf(subscription) : undefined,
    trialEndsAt:
      goesOn(subscription) && subscription.status === 'trialing' ? timeOf(subscription.trial_end) : undefined,
  })

/** What people call it, if it says so; a product is named by its id, for webhooks never hold it whole. */
const planOf = ({ nickname, lookup_key, product, id }: Fields): string | undefined =>
  textOf(nickname) ?? textOf(lookup_key) ?? idOf(product) ?? textOf(id)

function intervalOf(price: Fields): readonly [unknown, number] {
  const { interval, interval_count } = typeof price.recurring === 'object' ? fieldsOf(price.recurring) : price
  return [interval, typeof interval_count === 'number' ? interval_count : 1]
}

function everyOf(price: Fields): 'month' | 'year' | undefined {
  const [interval, count] = intervalOf(price)
  if (interval === 'month') return count === 1 ? 'month' : count === 12 ? 'year' : undefined
  return interval === 'year' && count === 1 ? 'year' : undefined
}

// ---- Invoices ----------------------------------------------------------------------------------------------------------

const subscriptionOf = ({ subscription, parent }: Fields): string | undefined =>
  idOf(subscription) ?? idOf(fieldsOf(fieldsOf(parent).subscription_details).subscription)

/** Those of the subscription itself: nothing that was bought beside it, and no adjustment for a change of plan. */
const linesOf = (invoice: Fields): Fields[] =>
  dataOf(invoice.lines).filter(({ type, proration, parent }) => {
    const { subscription_item_details: item } = fieldsOf(parent)
    return item ? fieldsOf(item).proration !== true : type === 'subscription' && proration !== true
  })

/** Newer invoices name a price by its id alone, and no plan by that: the subscription's own events say it. */
function billedOf(invoice: Fields): Fields {
  const [line = {}] = linesOf(invoice)
  const price = fieldsOf(line.price ?? line.plan ?? fieldsOf(fieldsOf(line.pricing).price_details).price)
  return given({ subscription: subscriptionOf(invoice), plan: planOf(price), every: everyOf(price) })
}

function paymentOf(invoice: Fields): Fields {
  const { subscription, plan } = billedOf(invoice)
  return { subscription, plan, invoice: idOf(invoice) }
}

// ---- Cards, money, times -------------------------------------------------------------------------------------------------

/** A payment method and a source have the card within; the oldest sources are one. */
function cardOf(object: Fields): Fields | undefined {
  const { exp_month, exp_year } = object.card ? fieldsOf(object.card) : object
  if (typeof exp_month !== 'number' || typeof exp_year !== 'number') return undefined
  // It is good to the end of its month, so from the first moment of the next one it is not.
  const expiresAt = timeOf(Date.UTC(exp_year, exp_month, 1) / 1_000)
  return expiresAt === undefined ? undefined : { card: { expiresAt } }
}

/**
 * How many of Stripe's units are one of ISO 4217's, where that is not one (docs.stripe.com/currencies, "Special cases"): it
 * counts krónur and shillings in hundredths, which they do not have, and ariary whole, which have two digits. Forints and
 * Taiwan dollars are whole in payouts alone. Those without digits, and with three, are the same to both.
 */
const unitsOf: Readonly<Record<string, number>> = { ISK: 100, UGX: 100, MGA: 1 / 100 }

export function moneyOf(amount: unknown, currency: unknown): Money | undefined {
  if (typeof amount !== 'number' || !Number.isFinite(amount) || typeof currency !== 'string') return undefined
  const code = currency.toUpperCase()
  return { amount: Math.round(amount / (unitsOf[code] ?? 1)), currency: code }
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0)

function timeOf(seconds: unknown): string | undefined {
  if (typeof seconds !== 'number') return undefined
  const at = new Date(seconds * 1_000)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** What is named by its id stands there whole where somebody asked for that. */
const idOf = (value: unknown): string | undefined => textOf(value) ?? textOf(fieldsOf(value).id)

function dataOf(list: unknown): Fields[] {
  const { data } = fieldsOf(list)
  return Array.isArray(data) ? data.map(fieldsOf) : []
}
