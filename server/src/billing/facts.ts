// What is known of a subscription: what events told of it, each fact with the time of the event that told it last, for events
// come late and out of order. One sealed row for each.
import type { EventTypeName } from '@usher/contract/event'
import type { Stored } from '../event/take.ts'
import type { Told } from '../journey/plan.ts'

/** As it is stored: values with the time at which they were so, in milliseconds. */
export interface Subscription {
  facts: Record<string, [value: unknown, atMs: number]>
  /** When an event of each type happened last. */
  heard: Partial<Record<EventTypeName, number>>
  /** The invoices that were paid last. */
  paid: [invoice: string, atMs: number][]
}

export const nothingKnown: Subscription = { facts: {}, heard: {}, paid: [] }

/** What is kept of an event; an amount that was paid, and until when it may be, is of its invoice alone. */
const kept = [
  ...['plan', 'price', 'every', 'renewsAt', 'endsAt', 'trialEndsAt', 'priceEndsAt', 'risesAt', 'nextPrice'],
  ...['resumesAt', 'card'],
]
/** What is over once the subscription goes on, unless the event that says so names it. */
const overWith: Partial<Record<EventTypeName, readonly string[]>> = {
  'com.usher.subscription.started': ['endsAt', 'resumesAt', 'trialEndsAt'],
  'com.usher.subscription.known': ['endsAt', 'resumesAt', 'trialEndsAt'],
  'com.usher.subscription.restored': ['endsAt', 'resumesAt'],
  'com.usher.subscription.renewed': ['endsAt', 'trialEndsAt'],
}
const mostPaid = 12

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** What an event says, in the words that facts have: the `endsAt` of a trial is when the trial ends. */
function sayings({ type, data, at }: Pick<Stored, 'type' | 'data' | 'at'>): Record<string, unknown> {
  const { endsAt, ...rest } = data
  // Nobody said until when the other card is good, and it is not the old one.
  if (type === 'com.usher.card.changed') return { card: null, ...data }
  if (type === 'com.usher.subscription.changed') return { changesAt: at.toISOString(), ...data }
  if (type === 'com.usher.trial.ending') return { ...rest, trialEndsAt: endsAt }
  if (type === 'com.usher.price.ending') return { ...rest, priceEndsAt: endsAt }
  return data
}

/** One event more. What is older than what is known stays behind it. */
export function tell(before: Subscription, event: Pick<Stored, 'type' | 'data' | 'at'>): Subscription {
  const atMs = event.at.getTime()
  const said = sayings(event)
  const facts = { ...before.facts }
  const isNews = (name: string) => (facts[name]?.[1] ?? -Infinity) <= atMs
  // What the next payment comes to is of that one alone, taxes and credits among it, where a price is known.
  const isOfOne = (name: string) =>
    name === 'price' && event.type === 'com.usher.subscription.renewing' && facts.price !== undefined
  const over = [...(overWith[event.type] ?? []), ...(endsNextPrice(facts, event.type, said, atMs) ? nextPrice : [])]
  for (const name of over) if (said[name] === undefined && isNews(name)) facts[name] = [null, atMs]
  for (const name of kept)
    if (said[name] !== undefined && !isOfOne(name) && isNews(name)) facts[name] = [said[name], atMs]
  const heard = { ...before.heard, [event.type]: Math.max(before.heard[event.type] ?? -Infinity, atMs) }
  const invoice = event.type === 'com.usher.payment.succeeded' ? text(said.invoice) : undefined
  const paid = before.paid.filter(([one]) => one !== invoice)
  return {
    ...{ facts, heard },
    paid: invoice === undefined ? before.paid : [...paid, [invoice, atMs] as [string, number]].slice(-mostPaid),
  }
}

const nextPrice = ['nextPrice', 'priceEndsAt', 'risesAt']

/** The price that was to come is the price by now: one was told after it came, or another plan has another price. */
function endsNextPrice(
  facts: Subscription['facts'],
  type: EventTypeName,
  said: Record<string, unknown>,
  atMs: number,
): boolean {
  if (said.price === undefined || said.nextPrice !== undefined) return false
  const from = facts.risesAt?.[0] ?? facts.priceEndsAt?.[0]
  return type === 'com.usher.subscription.changed' || (typeof from === 'string' && Date.parse(from) <= atMs)
}

/** What a journey hears of an event: what it says itself stands before what was known. */
export function toldBy(after: Subscription, { id, type, at, data }: Pick<Stored, 'id' | 'type' | 'at' | 'data'>): Told {
  const known = Object.fromEntries(Object.entries(after.facts).map(([name, [value]]) => [name, value]))
  const said = sayings({ type, data, at })
  // A later word on the same fact was heard already: that is how it is.
  const own = Object.fromEntries(
    Object.entries(said).filter(([name]) => (after.facts[name]?.[1] ?? at.getTime()) <= at.getTime()),
  )
  return {
    ...{ id, type, at, facts: { ...known, ...own } },
    ...{ subscription: text(data.subscription), invoice: text(data.invoice) },
    heard(of, invoice) {
      if (of === 'com.usher.payment.succeeded' && invoice !== undefined) {
        const paid = after.paid.find(([one]) => one === invoice)
        if (paid || after.paid.length > 0) return paid && new Date(paid[1])
      }
      const ms = after.heard[of]
      return ms === undefined ? undefined : new Date(ms)
    },
  }
}

/** The same where nothing is known but what is known today: what the event says itself always stands before that. */
export const toldAlone = (event: Pick<Stored, 'id' | 'type' | 'at' | 'data'>, known: Told['facts']): Told => ({
  ...{ id: event.id, type: event.type, at: event.at, facts: { ...known, ...sayings(event) } },
  ...{ subscription: text(event.data.subscription), invoice: text(event.data.invoice), heard: () => undefined },
})

export type SubscriptionState = 'trial' | 'active' | 'failing' | 'suspended' | 'paused' | 'cancelled'

/** How it stands, by what was heard last. */
export function stateOf({ facts, heard }: Subscription, now: Date): SubscriptionState {
  const last = (...types: EventTypeName[]) => Math.max(-Infinity, ...types.map(type => heard[type] ?? -Infinity))
  const lives = last(
    'com.usher.subscription.started',
    'com.usher.subscription.renewed',
    'com.usher.subscription.restored',
    'com.usher.subscription.known',
  )
  const paid = last('com.usher.payment.succeeded', 'com.usher.subscription.restored')
  if (last('com.usher.subscription.cancelled') > lives) return 'cancelled'
  if (last('com.usher.subscription.suspended') > Math.max(lives, paid)) return 'suspended'
  if (last('com.usher.subscription.paused') > lives) return 'paused'
  if (last('com.usher.payment.failed') > paid) return 'failing'
  const trial = facts.trialEndsAt?.[0]
  return typeof trial === 'string' && new Date(trial) > now ? 'trial' : 'active'
}
