// What the pages of subscribers share, which work without script: their headers, and forms that only the page itself can send.
import { timingSafeEqual } from 'node:crypto'
import type { Context, Next } from 'hono'
import type { KeyRing } from '../store/keys.ts'
import { pagePolicy } from './preference-views.tsx'
import { acceptedLanguage, isLanguage, type Language } from './preference-words.ts'

/** Larger than any form of theirs. */
export const formBytes = 4 * 1024

export async function pageHeaders(c: Context, next: Next): Promise<void> {
  await next()
  c.header('content-security-policy', pagePolicy)
  c.header('cache-control', 'no-store')
  // The address of the page is its key: no other page hears of it.
  c.header('referrer-policy', 'no-referrer')
  c.header('vary', 'accept-language')
}

/** Undefined where it is no form of a page. */
export async function formOf(c: Context): Promise<Record<string, string> | undefined> {
  if (!c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded')) return undefined
  return Object.fromEntries(new URLSearchParams(await c.req.text()))
}

/** What a form of a page brings back. Bound to the code in its address, which the database does not know, so nobody makes one from it. */
export const formToken = (keys: KeyRing, code: string): string => tokenOf(keys.hash(formOfCode(code)))
export const isOurForm = (keys: KeyRing, code: string, token: string | undefined): boolean =>
  keys.hashes(formOfCode(code)).some(hash => isSame(tokenOf(hash), token ?? ''))

const formOfCode = (code: string) => `page form ${code}`
const tokenOf = (hash: Buffer) => hash.toString('base64url')
function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Browsers that say where a form was say it for sure. */
export const isForeign = (c: Context): boolean =>
  !['same-origin', 'none', undefined].includes(c.req.header('sec-fetch-site'))

/** By the address where it says one, else by the browser. */
export const languageAsked = (c: Context): Language => {
  const asked = c.req.query('lang')
  return isLanguage(asked) ? asked : acceptedLanguage(c.req.header('accept-language'))
}
