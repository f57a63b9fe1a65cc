// Orpheum's books: what each subscriber pays, when next, and with which card. They live by the demo's clock, and what happens
// in them is told Usher by events whose ids say what they are about, so that to tell them twice changes nothing.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cast } from './cast.ts'
import type { Happening } from './happenings.ts'
import { type Every, type Money, type Plan, priceOf } from './plans.ts'
import { type DemoSubscriber, subscribers } from './subscribers.ts'

export interface Card {
  /** The last four digits of a card that nobody has. */
  ending: string
  expiresAt: string
  /** How many payments it declines before it takes one. */
  declines: number
}

/** What was asked for and is not paid. */
export interface Owed extends Money {
  invoice: string
  /** When it was asked for first. */
  at: string
  /** How often it was asked for, and how many of those the billing did again by itself. */
  tries: number
  retries: number
  reason: string
  /** Null: it is not tried again. */
  nextTryAt: string | null
  keepsUntil: string
  /** When the subscription is paid for next, once this is paid. */
  renewsAt: string
}

export interface Payment extends Money {
  invoice: string
  at: string
  state: 'paid' | 'failed' | 'refunded'
}

/** Times are ISO 8601, for it is kept as JSON. */
export interface Account {
  id: string
  plan: Plan
  every: Every
  state: 'trial' | 'active' | 'suspended' | 'paused' | 'cancelled'
  /** When it is paid for next; of one that was cancelled, when it ends. */
  renewsAt: string
  resumesAt: string | null
  promotion: { endsAt: string; isTold: boolean } | null
  card: Card
  isCardTold: boolean
  owed: Owed | null
  /** What they will do by themselves. */
  intends: { at: string; deed: 'card' | 'cancel' | 'pause' | 'pay' }[]
  /** The newest first. */
  payments: Payment[]
  /** How much was done by hand: it makes the ids of events. */
  deeds: number
}

/** The cards that somebody can pretend to have. */
export const pretendCards = {
  works: { ending: '4242', what: 'A card that works' },
  declined: { ending: '0002', what: 'A card that is declined' },
  expired: { ending: '0069', what: 'A card that has expired' },
} as const
export type PretendCard = keyof typeof pretendCards
export const isPretendCard = (name: unknown): name is PretendCard =>
  typeof name === 'string' && Object.hasOwn(pretendCards, name)

export interface Books {
  of(id: string): Account
  /** What happened and was not told Usher yet. */
  readonly untold: Happening[]
  /** What it costs at the next payment. */
  priceOf(account: Account, at?: Date): Money
  /** What will happen next, and when: of one subscriber, or of all, the soonest first. */
  ahead(id?: string): { id: string; at: Date; what: string }[]
  /** Lets everything happen that is due by then, in its order. */
  live(until: Date): Happening[]
  /** How each subscription stands. */
  known(at: Date): Happening[]
  /** Pays what is owed; else what is due next, ahead of its time. */
  pay(id: string, at: Date): Happening[]
  /** The card is declined: for what is owed, or what is due next. */
  fail(id: string, at: Date): Happening[]
  refund(id: string, at: Date): Happening[]
  useCard(id: string, card: PretendCard, at: Date): Happening[]
  changePlan(id: string, plan: Plan, at: Date): Happening[]
  cancel(id: string, at: Date): Happening[]
  pause(id: string, at: Date): Happening[]
  /** After a pause or a cancellation. */
  resume(id: string, at: Date): Happening[]
  /** Keeps them as they are. */
  save(): void
}

const dayMs = 86_400_000
const hourMs = 3_600_000
/** The billing runs at 5, 11, 17 and 23 o'clock, UTC: whatever happens, happens then. */
export const runEveryMs = 6 * hourMs
const firstRunMs = 5 * hourMs
const hours = [23, 17, 5, 11]
/** So many days after the first try it is tried again. */
const retryDays = [3, 5, 7]
const suspendAfterDays = 14
const cardToldDays = 30
const promotionToldDays = 20
const rememberedPayments = 24

/** The first run of the billing at or after this. */
export const runAt = (at: number) => Math.ceil((at - firstRunMs) / runEveryMs) * runEveryMs + firstRunMs
const iso = (at: number) => new Date(at).toISOString()
const ms = (time: string) => Date.parse(time)

/** The same day of the next month or year, or the last of that month. */
function after(time: string, every: Every, day: number): string {
  const at = new Date(time)
  const month = at.getUTCMonth() + (every === 'year' ? 12 : 1)
  const last = new Date(Date.UTC(at.getUTCFullYear(), month + 1, 0)).getUTCDate()
  return iso(
    Date.UTC(at.getUTCFullYear(), month, Math.min(day, last), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()),
  )
}

const numberOf = (id: string) => Number(id.slice(-2))
const countryOf = (id: string) => subscribers.find(one => one.id === id)!.region.slice(0, 2)

/** How somebody stands when the demo begins. */
function firstAccount({ id, plan }: DemoSubscriber, began: number): Account {
  const n = numberOf(id)
  const part = cast[id] ?? {}
  const today = Math.floor(began / dayMs) * dayMs
  const inDays = (days: number) => iso(today + days * dayMs + hours[n % 4]! * hourMs)
  const intends: Account['intends'] = []
  if (part.changesCardInDays !== undefined) intends.push({ at: inDays(part.changesCardInDays), deed: 'card' })
  if (part.cancelsInDays !== undefined) intends.push({ at: inDays(part.cancelsInDays), deed: 'cancel' })
  if (part.pausesInDays !== undefined) intends.push({ at: inDays(part.pausesInDays), deed: 'pause' })
  return {
    ...{ id, plan, every: part.every ?? 'month', state: part.isTrial ? 'trial' : 'active' },
    renewsAt: inDays(part.renewsInDays ?? 1 + ((n * 11) % 28)),
    resumesAt: null,
    promotion:
      part.promotionEndsInDays === undefined ? null : { endsAt: inDays(part.promotionEndsInDays), isTold: false },
    card: {
      ending: '0000',
      // Of the others, one to three years on.
      expiresAt: inDays(part.cardExpiresInDays ?? 365 + ((n * 37) % 730)),
      declines: part.declines ?? 0,
    },
    ...{ isCardTold: false, owed: null, intends, payments: [], deeds: 0 },
  }
}

interface Kept {
  began: string
  accounts: Account[]
  untold: Happening[]
}

export interface BooksOptions {
  /** The demo's clock when they are opened first. */
  now: Date
  /** Keeps them over a restart. */
  folder?: string | undefined
}

export function books({ now, folder }: BooksOptions): Books {
  const kept: Kept = read(folder) ?? {
    began: now.toISOString(),
    accounts: subscribers.map(one => firstAccount(one, now.getTime())),
    untold: [],
  }
  const accounts = new Map(kept.accounts.map(one => [one.id, one]))
  const of = (id: string) => accounts.get(id)!
  const price = ({ id, plan, every, promotion }: Account, at: number) => {
    const full = priceOf(countryOf(id), plan, every)
    return promotion && at < ms(promotion.endsAt) ? { ...full, amount: Math.round(full.amount / 2) } : full
  }
  const tell = (
    { id }: Account,
    type: Happening['type'],
    what: string,
    at: number,
    data: Happening['data'],
  ): Happening => ({ ...{ type, subject: id, data }, id: what.startsWith(id) ? what : `${id}-${what}`, at: iso(at) })
  const facts = (account: Account, at: number) => ({
    plan: account.plan,
    price: price(account, at),
    every: account.every,
    renewsAt: account.renewsAt,
  })
  /** An event of a deed by hand: the same can be done again. */
  const byHand = (account: Account, what: string) => `${what}-${++account.deeds}`
  const note = (account: Account, payment: Payment) => {
    account.payments = [payment, ...account.payments.filter(one => one.invoice !== payment.invoice)].slice(
      0,
      rememberedPayments,
    )
  }

  /** By the day that it is for; one that is asked for anew on the same day is another one. */
  function invoiceOf({ id, renewsAt, payments }: Account): string {
    const name = `${id}-${renewsAt.slice(0, 10)}`
    const before = payments.filter(({ invoice }) => invoice.startsWith(name)).length
    return before === 0 ? name : `${name}-${before + 1}`
  }

  /** Why the card does not pay; undefined where it does. */
  function declined({ card }: Account, at: number): string | undefined {
    if (ms(card.expiresAt) <= at) return 'expired_card'
    if (card.declines === 0) return undefined
    card.declines--
    return 'card_declined'
  }

  /** It is paid: the subscription goes on from where it would have, or from now where it was suspended. */
  function settled(account: Account, paid: Omit<Payment, 'state'> & { renewsAt: string }, at: number): Happening[] {
    const { invoice, amount, currency, renewsAt } = paid
    const wasSuspended = account.state === 'suspended'
    account.owed = null
    account.intends = account.intends.filter(({ deed }) => deed !== 'pay')
    account.renewsAt = renewsAt
    note(account, { invoice, amount, currency, at: paid.at, state: 'paid' })
    if (account.state !== 'cancelled' && account.state !== 'paused') account.state = 'active'
    if (account.promotion && ms(account.promotion.endsAt) <= at) account.promotion = null
    const goesOn = account.state === 'active'
    return [
      tell(account, 'com.usher.payment.succeeded', `${invoice}-paid`, at, {
        ...{ amount, currency, invoice, plan: account.plan },
      }),
      ...(goesOn
        ? [
            wasSuspended
              ? tell(account, 'com.usher.subscription.restored', `${invoice}-restored`, at, facts(account, at))
              : tell(account, 'com.usher.subscription.renewed', `${invoice}-renewed`, at, facts(account, at)),
          ]
        : []),
    ]
  }

  /** What is due next is asked for; `reason` says why it is not paid. */
  function charge(account: Account, at: number, reason: string | undefined): Happening[] {
    const due = { ...price(account, at), invoice: invoiceOf(account) }
    const renewsAt = after(account.renewsAt, account.every, new Date(account.renewsAt).getUTCDate())
    if (reason === undefined) return settled(account, { ...due, at: iso(at), renewsAt }, at)
    account.owed = {
      ...{ ...due, renewsAt, reason, at: iso(at), tries: 0, retries: 0, nextTryAt: null },
      keepsUntil: iso(runAt(at + suspendAfterDays * dayMs)),
    }
    if (account.state === 'trial') account.state = 'active'
    planRetry(account.owed)
    return failed(account, at, reason)
  }

  function planRetry(owed: Owed): void {
    const days = retryDays[owed.retries++]
    owed.nextTryAt = days === undefined ? null : iso(runAt(ms(owed.at) + days * dayMs))
  }

  function failed(account: Account, at: number, reason: string): Happening[] {
    const owed = account.owed!
    owed.tries++
    owed.reason = reason
    const { invoice, amount, currency, nextTryAt, keepsUntil, tries } = owed
    note(account, { invoice, amount, currency, at: owed.at, state: 'failed' })
    return [
      tell(account, 'com.usher.payment.failed', `${invoice}-failed-${tries}`, at, {
        ...{ amount, currency, invoice, plan: account.plan, reason, keepsUntil },
        ...(nextTryAt !== null && { nextTryAt }),
      }),
    ]
  }

  const payOwed = (account: Account, at: number) => {
    const { renewsAt, ...owed } = account.owed!
    // Who could not watch meanwhile does not pay for that time.
    const next = account.state === 'suspended' ? after(iso(at), account.every, new Date(at).getUTCDate()) : renewsAt
    return settled(account, { ...owed, at: iso(at), renewsAt: next }, at)
  }

  function useCard(account: Account, name: PretendCard, at: number): Happening[] {
    const { ending } = pretendCards[name]
    const expiresAt = name === 'expired' ? iso(at - 30 * dayMs) : iso(runAt(at + 1_000 * dayMs))
    account.card = { ending, expiresAt, declines: name === 'declined' ? 99 : 0 }
    account.isCardTold = name === 'expired'
    const changed = tell(account, 'com.usher.card.changed', byHand(account, 'card'), at, { card: { expiresAt } })
    if (!account.owed) return [changed]
    const reason = declined(account, at)
    return [changed, ...(reason === undefined ? payOwed(account, at) : failed(account, at, reason))]
  }

  function cancel(account: Account, at: number): Happening[] {
    account.state = 'cancelled'
    // What is owed is not asked for any more.
    const endsAt = account.owed ? iso(at) : account.renewsAt
    account.owed = null
    account.renewsAt = endsAt
    account.intends = []
    return [
      tell(account, 'com.usher.subscription.cancelled', byHand(account, 'cancelled'), at, {
        ...{ plan: account.plan, endsAt },
      }),
    ]
  }

  function pause(account: Account, at: number): Happening[] {
    const resumesAt = iso(runAt(at + 30 * dayMs))
    account.state = 'paused'
    account.resumesAt = resumesAt
    return [
      tell(account, 'com.usher.subscription.paused', byHand(account, 'paused'), at, {
        ...{ plan: account.plan, resumesAt },
      }),
    ]
  }

  function resume(account: Account, at: number): Happening[] {
    const isOver = account.state === 'cancelled' && ms(account.renewsAt) <= at
    account.state = 'active'
    account.resumesAt = null
    // What passed of it in a pause is not lost: it is paid for when it would have been, or now.
    if (ms(account.renewsAt) < at) account.renewsAt = iso(runAt(at))
    return [
      isOver
        ? tell(account, 'com.usher.subscription.started', byHand(account, 'started'), at, facts(account, at))
        : tell(account, 'com.usher.subscription.restored', byHand(account, 'restored'), at, facts(account, at)),
    ]
  }

  /** What happens to somebody next. */
  function next(account: Account): Next | undefined {
    const { state, owed, card, promotion } = account
    const all: Next[] = account.intends.map(({ at, deed }) => ({
      at: ms(at),
      what: { card: 'gives another card', cancel: 'cancels', pause: 'pauses', pay: 'pays with another card' }[deed],
      live(at) {
        account.intends = account.intends.filter(one => one.deed !== deed)
        if (deed === 'cancel') return cancel(account, at)
        return deed === 'pause' ? pause(account, at) : useCard(account, 'works', at)
      },
    }))
    if (state === 'cancelled') return undefined
    if (state === 'paused')
      all.push({ at: ms(account.resumesAt!), what: 'the pause ends', live: at => resume(account, at) })
    if (!account.isCardTold && state !== 'suspended')
      all.push({
        at: ms(card.expiresAt) - cardToldDays * dayMs,
        what: 'the card expires in 30 days',
        live(at) {
          account.isCardTold = true
          const { expiresAt } = card
          return [
            tell(account, 'com.usher.card.expiring', `card-expiring-${expiresAt.slice(0, 10)}`, at, {
              ...{ card: { expiresAt }, renewsAt: account.renewsAt },
            }),
          ]
        },
      })
    if (promotion && !promotion.isTold)
      all.push({
        at: ms(promotion.endsAt) - promotionToldDays * dayMs,
        what: 'the promotional price ends in 20 days',
        live(at) {
          promotion.isTold = true
          const nextPrice = priceOf(countryOf(account.id), account.plan, account.every)
          return [
            tell(account, 'com.usher.price.ending', `price-ending-${promotion.endsAt.slice(0, 10)}`, at, {
              ...{ plan: account.plan, price: price(account, at), nextPrice, endsAt: promotion.endsAt },
            }),
          ]
        },
      })
    if (owed && state !== 'suspended') {
      if (owed.nextTryAt !== null)
        all.push({
          at: ms(owed.nextTryAt),
          what: 'the payment is tried again',
          live(at) {
            planRetry(owed)
            const reason = declined(account, at)
            return reason === undefined ? payOwed(account, at) : failed(account, at, reason)
          },
        })
      all.push({
        at: ms(owed.keepsUntil),
        what: 'is suspended',
        live(at) {
          account.state = 'suspended'
          owed.nextTryAt = null
          const { paysAfterSuspensionDays: days } = cast[account.id] ?? {}
          if (days !== undefined) account.intends.push({ at: iso(at + days * dayMs), deed: 'pay' })
          const { invoice } = owed
          return [
            tell(account, 'com.usher.subscription.suspended', `${invoice}-suspended`, at, {
              ...{ plan: account.plan, invoice },
            }),
          ]
        },
      })
    } else if (!owed && (state === 'trial' || state === 'active'))
      all.push({
        at: ms(account.renewsAt),
        what: state === 'trial' ? 'the trial ends' : 'the subscription renews',
        live: at => charge(account, at, declined(account, at)),
      })
    return all.sort((one, other) => one.at - other.at)[0]
  }

  /** What lies before the books were opened happens at the first run after it. */
  const whenOf = (one: Next) => runAt(Math.max(one.at, ms(kept.began)))
  const ahead = (id?: string) =>
    [...(id === undefined ? accounts.values() : [of(id)])]
      .flatMap(account => {
        const one = next(account)
        return one ? [{ id: account.id, at: new Date(whenOf(one)), what: one.what, live: one.live }] : []
      })
      .sort((one, other) => one.at.getTime() - other.at.getTime())

  return {
    of,
    priceOf: (account, at) => price(account, at?.getTime() ?? ms(account.renewsAt)),
    ahead: id => ahead(id).map(({ id, at, what }) => ({ id, at, what })),
    live(until) {
      const happened: Happening[] = []
      for (;;) {
        const [one] = ahead()
        if (!one || one.at > until) return happened
        happened.push(...one.live(one.at.getTime()))
      }
    },
    known: at =>
      [...accounts.values()].flatMap(account => {
        const { state, owed, promotion, card } = account
        // Of the others Usher was told what it has to know, and `known` would say that they go on.
        if (owed || (state !== 'trial' && state !== 'active')) return []
        const data = {
          ...facts(account, at.getTime()),
          card: { expiresAt: card.expiresAt },
          ...(state === 'trial' && { trialEndsAt: account.renewsAt }),
          ...(promotion &&
            ms(promotion.endsAt) > at.getTime() && {
              priceEndsAt: promotion.endsAt,
              nextPrice: priceOf(countryOf(account.id), account.plan, account.every),
            }),
        }
        const digest = createHash('sha256').update(JSON.stringify(data)).digest('base64url').slice(0, 12)
        return [tell(account, 'com.usher.subscription.known', `known-${digest}`, at.getTime(), data)]
      }),
    pay(id, at) {
      const account = of(id)
      if (account.owed) return payOwed(account, at.getTime())
      return account.state === 'trial' || account.state === 'active' ? charge(account, at.getTime(), undefined) : []
    },
    fail(id, at) {
      const account = of(id)
      if (account.owed) return failed(account, at.getTime(), 'card_declined')
      const isOpen = account.state === 'trial' || account.state === 'active'
      return isOpen ? charge(account, at.getTime(), 'card_declined') : []
    },
    refund(id, at) {
      const account = of(id)
      const last = account.payments.find(({ state }) => state === 'paid')
      if (!last) return []
      last.state = 'refunded'
      const { invoice, amount, currency } = last
      return [
        tell(account, 'com.usher.payment.refunded', `${invoice}-refunded`, at.getTime(), {
          ...{ amount, currency, invoice, plan: account.plan },
        }),
      ]
    },
    useCard: (id, card, at) => useCard(of(id), card, at.getTime()),
    changePlan(id, plan, at) {
      const account = of(id)
      const previousPlan = account.plan
      account.plan = plan
      return [
        tell(account, 'com.usher.subscription.changed', byHand(account, 'changed'), at.getTime(), {
          ...{ ...facts(account, at.getTime()), previousPlan },
        }),
      ]
    },
    cancel(id, at) {
      return of(id).state === 'cancelled' ? [] : cancel(of(id), at.getTime())
    },
    pause(id, at) {
      const { state, owed } = of(id)
      return state === 'active' && !owed ? pause(of(id), at.getTime()) : []
    },
    resume(id, at) {
      const { state } = of(id)
      return state === 'paused' || state === 'cancelled' ? resume(of(id), at.getTime()) : []
    },
    untold: kept.untold,
    save: () => write(folder, kept),
  }
}

interface Next {
  at: number
  what: string
  live(at: number): Happening[]
}

const fileIn = (folder: string) => join(folder, 'books.json')

function read(folder: string | undefined): Kept | undefined {
  if (folder === undefined) return undefined
  try {
    return JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Kept
  } catch {
    return undefined // not there, or broken: they are begun anew
  }
}

/** Whole or not at all: a kill in the middle leaves the one before. */
function write(folder: string | undefined, kept: Kept): void {
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${fileIn(folder)}.new`, JSON.stringify(kept), { mode: 0o600 })
  renameSync(`${fileIn(folder)}.new`, fileIn(folder))
}
