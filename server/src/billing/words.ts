// How money and days are written to a reader.
import type { Words } from '../journey/due.ts'
export const wordsOf: Words = (facts, { date }) => ({
  amount: JSON.stringify(facts.amount ?? ''),
  date: date?.toISOString() ?? '',
})
