// Journeys in plain words: what starts and ends them, when their steps are, under which conditions, and what money is at stake.
import { digitsOf } from '@usher/contract/currency'
import type { Anchor, Condition, Journey, JourneyFunnel, When } from '@usher/contract/journey'

/** `a payment fails`, as after "when". */
const events: Readonly<Record<string, string>> = {
  'com.usher.subscription.started': 'somebody subscribes',
  'com.usher.subscription.known': 'a subscription is made known',
  'com.usher.subscription.renewing': 'a renewal is announced',
  'com.usher.subscription.renewed': 'a subscription is renewed',
  'com.usher.subscription.changed': 'a plan is changed',
  'com.usher.subscription.cancelled': 'a subscription is cancelled',
  'com.usher.subscription.paused': 'a subscription is paused',
  'com.usher.subscription.suspended': 'a subscription is suspended',
  'com.usher.subscription.restored': 'a subscription is restored',
  'com.usher.trial.ending': 'the end of a trial is announced',
  'com.usher.price.ending': 'the end of a promotional price is announced',
  'com.usher.price.rising': 'a rise of the price is announced',
  'com.usher.card.expiring': 'a card is about to expire',
  'com.usher.card.changed': 'a card is changed',
  'com.usher.payment.succeeded': 'a payment succeeds',
  'com.usher.payment.failed': 'a payment fails',
  'com.usher.payment.refunded': 'a payment is refunded',
}
export const eventSaid = (type: string) => events[type] ?? type

/** `a, b or c`. */
export const listed = (words: readonly string[], last: 'and' | 'or') =>
  words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`

const anchorNames: Record<Anchor, string> = {
  event: 'that event',
  renewsAt: 'the next payment',
  endsAt: 'the end of the subscription',
  trialEndsAt: 'the end of the trial',
  priceEndsAt: 'the end of the promotional price',
  risesAt: 'the day the price rises',
  changesAt: 'the day the plan changes',
  resumesAt: 'the day it goes on again',
  'card.expiresAt': 'the day the card expires',
}
export const anchorSaid = (anchor: Anchor) => anchorNames[anchor]

const fieldNames: Readonly<Record<string, string>> = {
  ...anchorNames,
  plan: 'the plan',
  previousPlan: 'the plan before',
  every: 'how often they pay',
  'price.amount': 'the price',
  'price.currency': 'the currency',
  'nextPrice.amount': 'the next price',
  amount: 'the amount',
  currency: 'the currency',
  reason: 'the reason',
  invoice: 'the invoice',
  keepsUntil: 'the day until which they can watch',
  nextTryAt: 'the next try at the payment',
}
/** What conditions are usually about, for who writes one. */
export const knownFields = Object.keys(fieldNames).filter(field => field !== 'event')
const fieldSaid = (field: string) => fieldNames[field] ?? `“${field}”`

export function conditionSaid(condition: Condition): string {
  const field = fieldSaid(condition.field)
  if ('is' in condition) {
    const values = listed(condition.is.map(String), 'or')
    return condition.field === 'every' ? `they pay by the ${values}` : `${field} is ${values}`
  }
  if ('isNot' in condition) return `${field} is not ${listed(condition.isNot.map(String), 'or')}`
  if ('isKnown' in condition) return `${field} is ${condition.isKnown ? '' : 'not '}known`
  if ('differsFrom' in condition) return `${field} is not ${fieldSaid(condition.differsFrom)}`
  return `${field} is before ${fieldSaid(condition.isBefore)}`
}
export const conditionsSaid = (conditions: readonly Condition[]) => listed(conditions.map(conditionSaid), 'and')

const many = (n: number, one: string) => `${n} ${one}${n === 1 ? '' : 's'}`
function minutesSaid(minutes: number): string {
  if (minutes % 1_440 === 0) return many(minutes / 1_440, 'day')
  return minutes % 60 === 0 ? many(minutes / 60, 'hour') : many(minutes, 'minute')
}

/** Its day or its distance, for a line with all of them: `at once`, `3 days`, `7 days before`. */
export function shortWhen(when: When): string {
  if ('minutes' in when) return when.minutes === 0 ? 'at once' : minutesSaid(when.minutes)
  if (when.days === 0) return 'on the day'
  return `${many(Math.abs(when.days), 'day')}${when.days < 0 ? ' before' : ''}`
}

/** `7 days before the next payment, at 10:00 their time`. */
export function whenSaid(when: When, anchor: Anchor): string {
  const what = anchorSaid(anchor)
  if ('minutes' in when) return when.minutes === 0 ? 'at once' : `${minutesSaid(when.minutes)} later`
  const clock = `at ${when.at} their time`
  if (anchor === 'event' && when.days > 0) return `${many(when.days, 'day')} later, ${clock}`
  if (when.days === 0) return `on the day of ${what}, ${clock}`
  return `${many(Math.abs(when.days), 'day')} ${when.days < 0 ? 'before' : 'after'} ${what}, ${clock}`
}

/** By when it comes; steps are in this order. */
export const minutesOf = (when: When): number => {
  if ('minutes' in when) return when.minutes
  const [hours, minutes] = when.at.split(':').map(Number) as [number, number]
  return when.days * 1_440 + hours * 60 + minutes
}

/** What starts it, moves it and ends it, a sentence each. */
export function storyOf(journey: Pick<Journey, 'startsOn' | 'per' | 'anchor' | 'again' | 'only' | 'endsOn'>): string[] {
  const { startsOn, per, anchor, again, only, endsOn } = journey
  const ends = (as: 'paid' | 'lost' | 'over') =>
    listed(
      endsOn.filter(one => one.as === as).map(({ event }) => eventSaid(event)),
      'or',
    )
  const perSaid = {
    event: 'Each of these events is a journey of its own.',
    invoice: 'There is one for each invoice.',
    subscription: 'There is one at a time for each subscription.',
  }[per]
  const againSaid =
    per === 'event'
      ? ''
      : again === 'moves'
        ? ' Where that time moves, its steps move with it.'
        : ' The same event once more changes nothing: its days are counted from the first.'
  const sentences = [
    `It starts when ${listed(startsOn.map(eventSaid), 'or')}.`,
    ...(only.length > 0
      ? [`Only where ${conditionsSaid(only)}; where that is so no more, one that is under way ends.`]
      : []),
    ...(anchor === 'event'
      ? []
      : [`Its steps are counted from ${anchorSaid(anchor)}; where nobody told that, nothing starts.`]),
    `${perSaid}${againSaid}`,
    ...(ends('paid') ? [`It ends as paid when ${ends('paid')}.`] : []),
    ...(ends('lost') ? [`It ends as lost when ${ends('lost')}.`] : []),
    ...(ends('over') ? [`It is over when ${ends('over')}.`] : []),
    endsOn.length === 0
      ? 'Nothing ends it before its last step.'
      : 'What ends it takes back a text that still waits for its hour.',
  ]
  return sentences
}

export const paysOff = ({ endsOn }: Pick<Journey, 'endsOn'>) => endsOn.some(({ as }) => as === 'paid')

type Sums = JourneyFunnel['steps'][number]['paidAmounts']

/** Minor units, in each currency apart: $1,878.12 and £11.99. */
export const sumsSaid = (sums: Sums): string =>
  listed(
    sums.map(({ currency, amount }) => {
      const digits = digitsOf(currency)
      return new Intl.NumberFormat('en', {
        ...{ style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits },
      }).format(amount / 10 ** digits)
    }),
    'and',
  )

export function addSums(all: readonly Sums[]): Sums {
  const sums = new Map<string, number>()
  for (const { currency, amount } of all.flat()) sums.set(currency, (sums.get(currency) ?? 0) + amount)
  return [...sums].map(([currency, amount]) => ({ currency, amount }))
}

const skipReasons: Readonly<Record<string, string>> = {
  past: 'their time was past when it began',
  late: 'they were too late to be worth sending',
  off: 'the journey was off',
  condition: 'they did not apply',
  nobody: 'there was nobody to text',
  changed: 'the step was taken out',
}
/** `ended, for a payment succeeds` would be no English: an event is told as its reason. */
export const skipSaid = (reason: string) =>
  skipReasons[reason] ??
  (events[reason]
    ? `it had ended (${events[reason]})`
    : `the text could not be written (${reason.replaceAll('_', ' ')})`)

const refusals: Readonly<Record<string, string>> = {
  number: 'there is no number that can be texted',
  suppression: 'the number is suppressed',
  consent: 'they turned these texts off',
  deadline: 'it was out of time',
  cap: 'they had enough texts',
  duplicate: 'the same text had just gone',
  guard: 'the guard found something that must not leave',
}
export const refusalSaid = (reason: string) => refusals[reason] ?? reason.replaceAll('_', ' ')

/** `12 because …, 3 because …`, the most first. */
export const reasonsSaid = (by: Readonly<Record<string, number>>, said: (reason: string) => string) =>
  Object.entries(by)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, n], i) => (i === 0 && Object.keys(by).length === 1 ? said(reason) : `${n}: ${said(reason)}`))
    .join('; ')

/** `unknown_template: There is …` is for programs up to its colon. */
export const problemSaid = (problem: string) => problem.replace(/^[a-z_]+: /, '')

export const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)
