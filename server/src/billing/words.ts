// Money and days as a reader would write them, and the variables of a journey's texts, made of what billing events told.
import { digitsOf } from '@usher/contract/currency'
import type { Money } from '@usher/contract/event'
import type { Purpose } from '@usher/contract/purpose'
import { isGsm, plainPunctuation } from '@usher/smpp/gsm'
import { fieldOf, timeIn } from '../journey/plan.ts'

export interface About {
  purpose: Purpose
  /** What the text is about, as its journey has it: the renewal, the end of a trial, the last day of a card. */
  date: Date | null
  /** Of the text's language, with the reader's region where it is known: the words stand in that text. */
  locale: string
  zone: string
  now: Date
}

/** The variables of a journey's texts; what is not known is left out. */
export function wordsOf(facts: Record<string, unknown>, about: About): Record<string, string> {
  const { purpose, date, locale, zone, now } = about
  const day = (at: Date | null | undefined) => (at ? dayOf(at, zone, locale, now) : undefined)
  const money = (of: Money | undefined) => of && amountOf(of, locale)
  const paid = moneyIn(facts, '')
  const next = paid === undefined && isNextPrice(facts, about)
  const cardEnds = timeIn(facts, 'card.expiresAt')
  const isOfCard =
    purpose === 'account.payment' &&
    paid === undefined &&
    cardEnds !== undefined &&
    cardEnds.getTime() === date?.getTime()
  const words: Record<string, string | undefined> = {
    amount: money(paid ?? moneyIn(facts, next ? 'nextPrice.' : 'price.')),
    previous_amount: next && moneyIn(facts, 'nextPrice.') ? money(moneyIn(facts, 'price.')) : undefined,
    plan: nameIn(facts, 'plan'),
    previous_plan: nameIn(facts, 'previousPlan'),
    every: everyIn(facts),
    date: isOfCard ? lastDayOf(cardEnds, zone, locale, now) : day(date),
    renewal_date: day(ahead(timeIn(facts, 'renewsAt'), now)),
    // Of a trial or a price, what ends is what `date` says.
    until:
      purpose === 'account.trial' || purpose === 'account.price_end'
        ? undefined
        : day(timeIn(facts, 'resumesAt') ?? timeIn(facts, 'endsAt')),
  }
  return Object.fromEntries(Object.entries(words).filter((word): word is [string, string] => word[1] !== undefined))
}

/** A day that is past is not the next one. */
const ahead = (at: Date | undefined, now: Date) => (at && at > now ? at : undefined)

/**
 * Whether the price of now is no more by then. Where nobody told the next one, there is no amount to name: the one of now
 * would be wrong.
 */
function isNextPrice(facts: Record<string, unknown>, { purpose, date }: About): boolean {
  if (purpose === 'account.price_end') return true
  const from = timeIn(facts, 'risesAt') ?? timeIn(facts, 'priceEndsAt')
  return from !== undefined && date !== null && from <= date
}

/** 999 USD is $9.99: written as the locale does, in letters that a text of one segment has. */
export function amountOf({ amount, currency }: Money, locale: string): string {
  const digits = digitsOf(currency)
  const value = amount / 10 ** digits
  const write = (display: 'symbol' | 'code') =>
    // What has no small change where it is spent is written without, unless there is some: COP 16,900.
    plain(moneyFormat(known(locale), currency, display, Number.isInteger(value) ? '' : String(digits)).format(value))
  const written = write('symbol')
  return !written.includes('¤') && (isGsm(written) || isWide(locale)) ? written : write('code')
}

const moneyFormat = kept(
  (tag: string, currency: string, currencyDisplay: 'symbol' | 'code', digits: string) =>
    new Intl.NumberFormat(tag, {
      ...{ style: 'currency', currency, currencyDisplay, numberingSystem: 'latn' },
      ...(digits === '' ? {} : { minimumFractionDigits: Number(digits), maximumFractionDigits: Number(digits) }),
    }),
)

/** From this far away on a day is written with its year. */
const nearMs = 300 * 24 * 3_600_000

/** The day it is there: `Nov 3`, `3 de noviembre`; with its year where that is not plain. */
export function dayOf(at: Date, zone: string, locale: string, now: Date): string {
  const isFar = Math.abs(at.getTime() - now.getTime()) > nearMs
  const write = (month: 'short' | 'long', tag = known(locale)) =>
    plain(dayFormat(tag, zone, month, isFar ? 'year' : '').format(at))
  if (isWide(locale)) return write('long')
  const language = languageOf(locale)
  if (language === 'en') return write('short')
  const long = write('long')
  // French counts the first of a month, and billing loves it.
  const told = language === 'fr' ? long.replace(/^1(?= )/, '1er') : long
  // Outside English a short month ends in a dot, which would meet the one of the sentence, so the long one is preferred; then
  // what GSM 03.38 can spell of it (3 de mar, 3 aout), and English for those who write in other letters altogether.
  return [told, write('short').replace(/\.$/, ''), bare(told)].find(isGsm) ?? write('short', 'en')
}

const dayFormat = kept((tag: string, timeZone: string, month: 'short' | 'long', year: 'year' | '') => {
  const options: Intl.DateTimeFormatOptions = {
    ...{ month, day: 'numeric', calendar: 'gregory', numberingSystem: 'latn' },
    ...(year === '' ? {} : { year: 'numeric' }),
  }
  try {
    return new Intl.DateTimeFormat(tag, { ...options, timeZone })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // no such zone
    return new Intl.DateTimeFormat(tag, { ...options, timeZone: 'UTC' })
  }
})

/**
 * The day before the moment from which a card is no good. A card has a month and no clock: where that is told as midnight
 * UTC, it is the last day of the month wherever they are.
 */
function lastDayOf(expiresAt: Date, zone: string, locale: string, now: Date): string {
  const isMidnight = expiresAt.getTime() % (24 * 3_600_000) === 0
  return dayOf(new Date(expiresAt.getTime() - 1), isMidnight ? 'UTC' : zone, locale, now)
}

// ---- What facts hold -----------------------------------------------------------------------------------------------

function moneyIn(facts: Record<string, unknown>, under: string): Money | undefined {
  const [amount, currency] = [fieldOf(facts, `${under}amount`), fieldOf(facts, `${under}currency`)]
  return typeof amount === 'number' && typeof currency === 'string' && /^[A-Z]{3}$/.test(currency)
    ? { amount, currency }
    : undefined
}

/** As the service names it; a name in plain lower case gets a capital. */
function nameIn(facts: Record<string, unknown>, field: string): string | undefined {
  const told = fieldOf(facts, field)
  if (typeof told !== 'string' || told.trim() === '') return undefined
  return /^\p{Ll}[\p{Ll}\d -]*$/u.test(told) ? told[0]!.toUpperCase() + told.slice(1) : told
}

function everyIn(facts: Record<string, unknown>): string | undefined {
  const told = fieldOf(facts, 'every')
  return told === 'month' || told === 'year' ? told : undefined
}

// ---- Letters -------------------------------------------------------------------------------------------------------

/** A locale that Intl knows; where it does not, it would take that of the machine. */
const known = kept((locale: string) => {
  const tag = locale.replaceAll('_', '-')
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0 ? tag : 'en'
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // not a locale
    return 'en'
  }
})
const languageOf = kept((locale: string) => new Intl.Locale(known(locale)).language)
/** Texts in Japanese are UCS-2 whatever stands in them. */
const isWide = (locale: string): boolean => languageOf(locale) === 'ja'

/** Plain spaces, dashes and quotes, and no marks of direction, which stand for nothing between Latin digits. */
const plain = (text: string): string => plainPunctuation(text).replace(/[\u200e\u200f\u061c]/g, '')
/** Without the accents that GSM 03.38 lacks. */
const bare = (text: string): string =>
  [...text].map(char => (isGsm(char) ? char : char.normalize('NFD').replace(/\p{M}/gu, ''))).join('')

/**
 * Making a format takes many times as long as using it, and the steps of a minute share a few. Languages and zones are as
 * subscribers have them, so what is kept has a bound.
 */
function kept<Of extends string[], Made>(make: (...of: Of) => Made): (...of: Of) => Made {
  const made = new Map<string, Made>()
  return (...of) => {
    const key = of.join(' ')
    const there = made.get(key)
    if (there !== undefined) return there
    if (made.size >= 1_000) made.clear()
    const one = make(...of)
    made.set(key, one)
    return one
  }
}
