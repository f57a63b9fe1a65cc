import { firstPolicy, type Policy } from '@usher/contract/policy'
import { expect, test } from 'vitest'
import { changesOf, hoursSaid } from './changes.ts'

test('a policy that is as it was has no changes', () => {
  expect(changesOf(firstPolicy, structuredClone(firstPolicy))).toEqual([])
})

test('each change is told with what it was', () => {
  const after: Policy = {
    ...firstPolicy,
    caps: { ...firstPolicy.caps, titles: { count: 3, hours: 36 }, offers: null },
    sameForHours: { ...firstPolicy.sameForHours, account: 0 },
    releaseMinutes: 0,
    codesToVoip: false,
    confirmWithinHours: 48,
  }

  expect(changesOf(firstPolicy, after)).toEqual([
    'Titles: at most 3 in 1 day and 12 h; it was at most 4 in 7 days.',
    'Offers: no cap; it was at most 2 in 7 days.',
    'The same text, Account and billing: may be repeated at once; it was not twice in 24 h.',
    'Texts that waited for the morning leave: at once; it was over 30 minutes.',
    'Numbers of internet telephony: have no codes; it was may have codes.',
    'A yes counts as a confirmation within: 2 days; it was 24 h.',
  ])
})

test('a region that is changed, and one that is as shipped again, are told whole', () => {
  const day = { from: '10:00', to: '14:00' }
  const GB = {
    ...{ hours: { weekday: day, saturday: day, sunday: null, holiday: null }, why: 'Agreed with legal.' },
    ...{ caps: [{ most: 1, hours: 72, of: 'promotional' as const }], widens: 'Customers alone.' },
  }
  const said =
    'Mon–Fri 10:00–14:00, Sat 10:00–14:00, Sun none, Holidays none; 1 in 72 h (titles and offers); because: “Agreed with legal.”; wider, because: “Customers alone.”'

  expect(changesOf(firstPolicy, { ...firstPolicy, regions: { GB } })).toEqual([
    `United Kingdom: ${said}; it was as shipped.`,
  ])
  expect(changesOf({ ...firstPolicy, regions: { GB } }, firstPolicy)).toEqual([
    `United Kingdom: as shipped; it was ${said}.`,
  ])
})

test('hours are said as people say them', () => {
  expect([1, 24, 25, 48, 168].map(hoursSaid)).toEqual(['1 h', '24 h', '1 day and 1 h', '2 days', '7 days'])
})
