// Purposes as pickers offer them: under the names that subscribers know their groups by, what is sent by hand first.
import { purposeNames, purposes } from './purposes.ts'

const groups: readonly [string, (purpose: string) => boolean][] = [
  ['Answers', purpose => purpose.startsWith('reply.') || purpose.startsWith('consent.')],
  ['Account and billing', purpose => purpose.startsWith('account.')],
  ['Titles', purpose => purpose.startsWith('title.')],
  ['Offers', purpose => purpose === 'offer'],
  ['Security', purpose => purpose.startsWith('alert.')],
  ['Codes', purpose => purpose.startsWith('code.')],
]

/** Things that have a purpose, grouped by it. */
export const byGroup = <T>(things: readonly T[], purposeOf: (thing: T) => string): { group: string; items: T[] }[] =>
  groups
    .map(([group, isOf]) => ({ group, items: things.filter(thing => isOf(purposeOf(thing))) }))
    .filter(({ items }) => items.length > 0)

const all = purposes.map(value => ({ value: value as string, label: purposeNames[value] }))
export const purposeChoices = byGroup(all, one => one.value)

/** Codes are made and checked by Usher, and answers to STOP are its own: nobody writes those by hand. */
const byHand = all.filter(({ value }) => !/^(code\.|consent\.|reply\.compliance)/.test(value))
export const purposesByHand = byGroup(byHand, one => one.value)

/** Where patterns are taken: all purposes of a family. */
export const purposeFamilies: Record<string, string> = {
  'code.*': 'All codes',
  'alert.*': 'All security alerts',
  'reply.*': 'All answers',
  'consent.*': 'All consents',
  'account.*': 'All about the account',
  'title.*': 'All about titles',
}
