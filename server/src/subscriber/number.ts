// A phone number as it comes in: read, judged, masked. It is never stored or logged as it stands (store/keys.ts).
import type { Network } from '@usher/contract/carrier'
import { type NumberType, parsePhoneNumberFromString } from 'libphonenumber-js/max'

/** E.164 with `+`. */
export type Msisdn = string & { readonly brand: 'Msisdn' }

export interface ReadNumber {
  msisdn: Msisdn
  /** ISO 3166; null for numbers that belong to no country (satellite, freephone). */
  country: string | null
  /** What kind of line it is, by its numbering plan: after a number was ported from a fixed line to a mobile one, that is wrong. */
  network: Network | null
}

/** Ranges that are let through though libphonenumber calls them invalid: regulators reserve them for fiction. */
export interface AllowedRange {
  /** E.164 beginning, with `+`. */
  prefix: string
  country: string
}

export type NumberProblem = 'unreadable' | 'impossible'

/** Reads a number. Text around digits, national forms and lengths that no plan has are refused, not repaired. */
export function readNumber(text: string, allowed: readonly AllowedRange[] = []): ReadNumber | NumberProblem {
  if (!/^\+[1-9]\d{4,14}$/.test(text)) return 'unreadable'
  const parsed = parsePhoneNumberFromString(text)
  const range = allowed.find(({ prefix }) => text.startsWith(prefix))
  if (range && parsed?.isPossible()) return { msisdn: text as Msisdn, country: range.country, network: 'mobile' }
  if (!parsed?.isValid()) return 'impossible'
  return {
    msisdn: parsed.number as string as Msisdn,
    country: parsed.country ?? null,
    network: networkOf(parsed.getType()),
  }
}

const networkOf = (type: NumberType): Network | null => (type === undefined ? null : (networks[type] ?? 'other'))
const networks: Partial<Record<NonNullable<NumberType>, Network>> = {
  MOBILE: 'mobile',
  FIXED_LINE: 'fixed',
  FIXED_LINE_OR_MOBILE: 'fixed_or_mobile',
  VOIP: 'voip',
  TOLL_FREE: 'toll_free',
}

/** What all ways of writing a number have in common: its digits without the country code. */
export const nationalDigits = (number: string): string =>
  parsePhoneNumberFromString(number)?.nationalNumber ?? number.replace(/^\+/, '')

/** A text that somebody wrote about this number, without it. Other numbers in it, such as a ticket's, stay. */
export const withoutNumber = (text: string, number: string): string =>
  text.replace(
    new RegExp(`\\+?[\\d\\s().-]{0,6}${nationalDigits(number).split('').join('[\\s().-]*')}`, 'g'),
    maskNumber(number),
  )

/** For screens, logs and errors: the country code and the last two digits. */
export const maskNumber = (number: string): string =>
  `${number.slice(0, 3)}${'•'.repeat(Math.max(0, number.length - 5))}${number.slice(-2)}`
