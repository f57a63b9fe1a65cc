// Events are shown to people who may not see numbers, and hold whatever a service put into them. So whatever looks like a
// phone number is masked: rather one too many than one too few.
import { maskNumber } from '../subscriber/number.ts'

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/**
 * Times, UUIDs and IPv4 addresses stay; a run of digits, with what people write between them, is looked at. Each quantity has
 * an end, so that no text takes long.
 */
const pieces =
  /((?<![\w.-])(?:\d{4}-\d\d-\d\d(?!\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?![\w-])|\d{1,3}(?:\.\d{1,3}){3}(?![\w.])))|\+?\(?\p{Nd}[\p{Nd}\s()./\u00a0\u2010-\u2015-]{3,40}\p{Nd}/giu
const namesNumbers = /phone|mobile|msisdn|number|^tel|^cell$/i

const digitsIn = (text: string) => text.match(/\p{Nd}/gu)?.length ?? 0
const hide = (run: string): string =>
  run.startsWith('+') ? maskNumber(run) : `${'•'.repeat(Math.max(0, run.length - 2))}${run.slice(-2)}`

/** Masks what looks like a number wherever it stands in a text. `fewest`: how few digits make one. */
export const maskNumbers = (text: string, fewest = 8): string =>
  text.replace(pieces, (run: string, kept: string | undefined) =>
    kept !== undefined || digitsIn(run) < (/^(\+|00)/.test(run) ? Math.min(7, fewest) : fewest) ? run : hide(run),
  )

/** A JSON value with the numbers in it masked; what is nested deeper than `levels` is left out. */
export function maskJson(value: unknown, levels: number, name = ''): Json {
  const fewest = namesNumbers.test(name) ? 5 : 8
  if (typeof value === 'string') return maskNumbers(value, fewest)
  // A number that counts something has no ten digits; a time in milliseconds has, and is masked with them.
  if (typeof value === 'number')
    return digitsIn(String(value)) >= (namesNumbers.test(name) ? 7 : 10) ? hide(String(value)) : value
  if (typeof value !== 'object' || value === null) return typeof value === 'boolean' ? value : null
  if (levels === 0) return '…'
  if (Array.isArray(value)) return value.map(inner => maskJson(inner, levels - 1, name))
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [maskNumbers(key), maskJson(inner, levels - 1, key)]),
  )
}
