// How groups of texts, and what was said about them, are told.
import type { ConsentEntry } from '@usher/contract/subscriber'

export const groups = [
  ['titles', 'Titles'],
  ['offers', 'Offers'],
  ['account', 'Account and billing'],
  ['security', 'Security alerts'],
] as const
export const groupNames: Record<ConsentEntry['group'], string> = Object.fromEntries(groups) as Record<
  ConsentEntry['group'],
  string
>

export const waySaid: Record<ConsentEntry['how'], string> = {
  page: 'on the preference page',
  text: 'by text',
  api: 'by the API',
  import: 'by import',
  rule: 'by a rule',
}

export const reasonSaid: Record<NonNullable<ConsentEntry['why']>, string> = {
  stop: 'for they said STOP',
  start: 'for they said START',
  asked: 'as they asked',
  number_recycled: 'for the number has a new owner',
  wrong_number: 'for whoever has the number said it is not theirs',
}
