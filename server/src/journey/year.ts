// A year of a thousand subscriptions, and what must be sent of it on which day: both from the same story, the second by the
// calendar on the wall where each subscriber is, without any of the engine's own code. For a test.

/** What happens to one subscriber, and the texts that must follow. */
export interface Story {
  subscriber: string
  zone: string
  locale: string
  number: string
  events: { at: string; type: string; data: Record<string, unknown> }[]
  /** Local day and template, sorted. */
  expected: string[]
}

/** Both clock changes of both hemispheres, none at all, half hours, and the far ends of the day. */
const homes = [
  ['Europe/London', '+44791110', 'en-GB', 'GBP'],
  ['America/New_York', '+1212555', 'en-US', 'USD'],
  ['America/Los_Angeles', '+1310555', 'en-US', 'USD'],
  ['Australia/Sydney', '+6141200', 'en-AU', 'AUD'],
  ['Australia/Adelaide', '+6141200', 'en-AU', 'AUD'],
  ['Asia/Tokyo', '+81901000', 'ja', 'JPY'],
  ['Europe/Berlin', '+491510000', 'de', 'EUR'],
  ['Pacific/Auckland', '+6421100', 'en-NZ', 'NZD'],
] as const

const dayMs = 86_400_000
const iso = (ms: number) => new Date(ms).toISOString()
/** Events come at twenty past, steps at the full hour or at half past: which is first is never a matter of seconds. */
const at = (year: number, month: number, day: number, hour: number) => Date.UTC(year, month, day, hour, 20)
/** The last day of the month where it has no such day. */
const dayIn = (year: number, month: number, day: number) =>
  Math.min(day, new Date(Date.UTC(year, month + 1, 0)).getUTCDate())

export function stories(count: number, random: () => number): Story[] {
  return Array.from({ length: count }, (_, n) => {
    const home = homes[n % homes.length]!
    return tellStory(n, home, random)
  })
}

function tellStory(n: number, [zone, prefix, locale, currency]: (typeof homes)[number], random: () => number): Story {
  const wall = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  /** As the clock on the wall says: 2028-03-26 14:20. */
  const local = (ms: number) => wall.format(ms)
  const dayOf = (ms: number) => local(ms).slice(0, 10)
  /** So many days on by the calendar alone. */
  const addDays = (day: string, days: number) => iso(Date.parse(`${day}T00:00:00Z`) + days * dayMs).slice(0, 10)
  const pick = <T>(...from: T[]): T => from[Math.floor(random() * from.length)]!
  const money = (amount: number) => ({ amount, currency })
  const story: Story = {
    ...{ subscriber: `year-${n}`, zone, locale, number: `${prefix}${String(n).padStart(4, '0')}` },
    ...{ events: [], expected: [] },
  }
  const tell = (ms: number, type: string, data: Record<string, unknown>) =>
    story.events.push({ at: iso(ms), type: `com.usher.${type}`, data })
  /** A text that follows an event at once. */
  const atOnce = (ms: number, template: string) => story.expected.push(`${dayOf(ms)} ${template}`)
  /** A text so many days from a day, at ten: after what was told, and before it was called off. */
  const byCalendar = (anchorMs: number, days: number, template: string, toldMs: number, offMs = Infinity) => {
    const day = addDays(dayOf(anchorMs), days)
    const due = `${day} 10:00`
    if (due < local(toldMs)) return
    if (offMs !== Infinity && local(offMs) <= due) return
    story.expected.push(`${day} ${template}`)
  }
  const hour = () => pick(1, 7, 12, 18, 22)
  const end = at(2028, 11, 31, 0)

  const renews = (ms: number, every: 'month' | 'year', toldMs: number, offMs = Infinity) => {
    if (every === 'year') for (const days of [-30, -7]) byCalendar(ms, days, 'account.renewal', toldMs, offMs)
  }
  const ladder = (failedMs: number, invoice: string) => {
    const steps: [number, string][] = [
      [3, 'account.payment_failed_again'],
      [7, 'account.payment_failed_again'],
      [12, 'account.payment_failed_last'],
    ]
    const how = pick('pays', 'pays', 'pays', 'cancels', 'suspends', 'nothing')
    const afterDays = 1 + Math.floor(random() * 16)
    const endMs = at(2028, 0, 1, hour()) + Math.floor((failedMs - at(2028, 0, 1, 0)) / dayMs + afterDays) * dayMs
    tell(failedMs, 'payment.failed', { ...money(1_199), invoice, reason: 'card_declined' })
    atOnce(failedMs, 'account.payment_failed')
    for (const [days, template] of steps)
      byCalendar(failedMs, days, template, failedMs, how === 'nothing' ? Infinity : endMs)
    // The bank tries again and fails again: the ladder is the same one.
    if (random() < 0.4 && afterDays > 4)
      tell(failedMs + 3 * dayMs + 3_600_000, 'payment.failed', { ...money(1_199), invoice, reason: 'card_declined' })
    if (how === 'pays') {
      tell(endMs, 'payment.succeeded', { ...money(1_199), invoice })
      atOnce(endMs, 'account.payment')
    } else if (how === 'cancels') tell(endMs, 'subscription.cancelled', {})
    else if (how === 'suspends') {
      tell(endMs, 'subscription.suspended', { invoice })
      atOnce(endMs, 'account.suspended')
    }
    return how === 'pays' ? endMs : null
  }

  const kinds = {
    /** Pays each month on the 29th, 30th or 31st, which some months do not have. */
    monthly() {
      const day = pick(28, 29, 30, 31)
      let month = 0
      const failing = random() < 0.5 ? 2 + Math.floor(random() * 8) : -1
      tell(at(2028, 0, 2, 12), 'subscription.known', {
        ...{ plan: 'standard', price: money(1_199), every: 'month' },
        renewsAt: iso(at(2028, 0, dayIn(2028, 0, day), 7)),
      })
      for (; month < 12; month++) {
        const ms = at(2028, month, dayIn(2028, month, day), 7)
        if (ms > end) break
        const invoice = `i-${n}-${month}`
        if (month === failing) {
          if (ladder(ms, invoice) === null) break
        } else {
          tell(ms, 'payment.succeeded', { ...money(1_199), invoice })
          atOnce(ms, 'account.payment')
        }
        const nextMonth = month + 1
        const renewsAt = at(2028, nextMonth, dayIn(2028, nextMonth, day), 7)
        const tellsMs = month === failing ? Date.parse(story.events.at(-1)!.at) : ms
        tell(tellsMs, 'subscription.renewed', { renewsAt: iso(renewsAt) })
      }
    },
    /** Pays by the year, maybe on the leap day; the date may move, or it is cancelled or paused before. */
    yearly() {
      const month = 2 + Math.floor(random() * 9)
      const anchor = random() < 0.2 ? at(2028, 1, 29, 9) : at(2028, month, 1 + Math.floor(random() * 28), hour())
      const told = at(2028, 0, 2, 12)
      tell(told, 'subscription.known', { plan: 'premium', price: money(9_900), every: 'year', renewsAt: iso(anchor) })
      const how = pick('renews', 'renews', 'moves', 'cancels', 'pauses')
      const off = at(2028, 0, 10, hour()) + Math.floor(((anchor - at(2028, 0, 12, 0)) / dayMs) * random()) * dayMs
      if (how === 'cancels' || how === 'pauses') {
        renews(anchor, 'year', told, off)
        tell(off, how === 'cancels' ? 'subscription.cancelled' : 'subscription.paused', {})
        return
      }
      if (how === 'moves') {
        // Told long before the first reminder, or between the two: the new date has days of its own.
        const moved = anchor + 45 * dayMs
        renews(anchor, 'year', told, off)
        tell(off, 'subscription.renewing', { renewsAt: iso(moved), price: money(9_900), every: 'year' })
        renews(moved, 'year', off)
        return
      }
      renews(anchor, 'year', told)
      const invoice = `y-${n}`
      tell(anchor, 'payment.succeeded', { ...money(9_900), invoice })
      atOnce(anchor, 'account.payment')
      tell(anchor, 'subscription.renewed', { renewsAt: iso(anchor + 366 * dayMs) })
    },
    /** Comes on trial, and stays or not. */
    trial() {
      const start = at(2028, Math.floor(random() * 10), 1 + Math.floor(random() * 28), hour())
      const ends = start + 14 * dayMs
      const data = { plan: 'basic', price: money(799), every: 'month', trialEndsAt: iso(ends) }
      tell(start, 'subscription.started', data)
      atOnce(start, 'account.welcome')
      const off = random() < 0.4 ? start + (1 + Math.floor(random() * 12)) * dayMs : Infinity
      byCalendar(ends, -3, 'account.trial', start, off)
      if (off !== Infinity) tell(off, 'subscription.cancelled', {})
      else {
        tell(ends, 'payment.succeeded', { ...money(799), invoice: `t-${n}` })
        atOnce(ends, 'account.payment')
      }
    },
    /** A promotional price ends, told early or late. */
    promotion() {
      const ends = at(2028, 2 + Math.floor(random() * 9), 1 + Math.floor(random() * 28), hour())
      const told = ends - pick(40, 20, 9, 2) * dayMs
      const off = random() < 0.3 ? told + dayMs : Infinity
      tell(told, 'price.ending', { plan: 'standard', endsAt: iso(ends), price: money(499), nextPrice: money(999) })
      for (const days of [-14, -3]) byCalendar(ends, days, 'account.price_end', told, off)
      if (off !== Infinity) tell(off, 'subscription.cancelled', {})
    },
    /** The price rises; meanwhile they change the plan, and get money back. */
    change() {
      const rises = at(2028, 3 + Math.floor(random() * 8), 1 + Math.floor(random() * 28), hour())
      const told = rises - pick(60, 35, 12) * dayMs
      tell(told, 'price.rising', { risesAt: iso(rises), price: money(999), nextPrice: money(1_099) })
      for (const days of [-30, -7]) byCalendar(rises, days, 'account.price_rise', told)
      const changed = told + 2 * dayMs
      tell(changed, 'subscription.changed', {
        ...{ plan: 'premium', previousPlan: 'standard', price: money(1_499), every: 'month' },
      })
      atOnce(changed, 'account.plan')
      // Said again without another plan, it is no change.
      tell(changed + dayMs, 'subscription.changed', { plan: 'premium', previousPlan: 'premium', every: 'month' })
      tell(changed + 2 * dayMs, 'payment.refunded', { ...money(500), invoice: `c-${n}` })
      atOnce(changed + 2 * dayMs, 'account.refund')
    },
    /** A card expires before the renewal, and another comes in time or not. */
    card() {
      const anchor = at(2028, 3 + Math.floor(random() * 8), 1 + Math.floor(random() * 28), hour())
      const told = anchor - 50 * dayMs
      tell(told, 'subscription.known', { plan: 'standard', price: money(999), every: 'month', renewsAt: iso(anchor) })
      const warned = told + 5 * dayMs
      tell(warned, 'card.expiring', { card: { expiresAt: iso(anchor - pick(1, 20) * dayMs) } })
      const off = random() < 0.5 ? anchor - pick(20, 10, 2) * dayMs : Infinity
      for (const days of [-14, -3]) byCalendar(anchor, days, 'account.card_expires', warned, off)
      if (off !== Infinity) tell(off, 'card.changed', { card: { expiresAt: iso(anchor + 700 * dayMs) } })
    },
    /** Suspended and back. */
    back() {
      const failed = at(2028, 1 + Math.floor(random() * 8), 1 + Math.floor(random() * 28), hour())
      const invoice = `b-${n}`
      tell(failed, 'payment.failed', { ...money(999), invoice })
      atOnce(failed, 'account.payment_failed')
      const suspended = failed + 5 * dayMs
      byCalendar(failed, 3, 'account.payment_failed_again', failed, suspended)
      tell(suspended, 'subscription.suspended', { invoice })
      atOnce(suspended, 'account.suspended')
      const restored = suspended + 3 * dayMs
      tell(restored, 'subscription.restored', { plan: 'standard' })
      atOnce(restored, 'account.restored')
    },
  }
  const kind = Object.values(kinds)[Math.floor(n / homes.length) % Object.keys(kinds).length]!
  kind()
  story.events.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  story.expected.sort()
  return story
}
