// What is said of an override before it counts, by table: is there such a region, would it open, and is it wider than the law.
import type { RegionOverride } from '@usher/contract/region'
import { describe, expect, test } from 'vitest'
import { isRegion, neverForUnknownZone, problemsOf, widerThanShipped } from './region-overrides.ts'
import { unknownState } from './regions.ts'

type Hours = NonNullable<RegionOverride['hours']>
const window = (text: string | null) => text && { from: text.slice(0, 5), to: text.slice(6) }
/** Of weekday, Saturday, Sunday and holidays. */
const hours = (
  weekday: string | null,
  saturday = weekday,
  sunday = weekday,
  holiday: string | null = 'as the day',
) => ({
  hours: {
    ...{ weekday: window(weekday), saturday: window(saturday), sunday: window(sunday) },
    holiday: holiday === 'as the day' ? null : window(holiday),
    isHolidayAsDay: holiday === 'as the day',
  } as Hours,
  why: 'As agreed with legal.',
})
const caps = (...all: [most: number, hours: number, of: 'promotional' | 'same subject' | 'same text'][]) => ({
  caps: all.map(([most, hours, of]) => ({ most, hours, of })),
  why: 'As agreed with legal.',
})

describe('wider than what is shipped', () => {
  test.each<[what: string, region: string, override: RegionOverride, wider: string[]]>([
    ['the same', 'US-FL', hours('08:00-20:00'), []],
    ['later and shorter', 'US-FL', hours('10:00-18:00'), []],
    ['closed on two days', 'US-FL', hours('10:00-18:00', null, null), []],
    [
      'earlier',
      'US-FL',
      hours('07:45-20:00', '08:00-20:00', null),
      ['Monday to Friday: 07:45-20:00; shipped 08:00-20:00.'],
    ],
    [
      'to midnight',
      'US-FL',
      hours('08:00-20:00', '08:00-24:00', null),
      ['Saturday: 08:00-24:00; shipped 08:00-20:00.'],
    ],
    ['open where it is closed', 'GB', hours('09:00-20:00'), []],
    [
      'open on a closed Sunday',
      'DE',
      hours('09:00-19:00', null, '12:00-13:00', null),
      ['Sunday: 12:00-13:00; shipped none.'],
    ],
    [
      'holidays as the day where they are closed',
      'DE',
      hours('09:00-19:00', null, null),
      ['Public holidays: as the day; shipped none.'],
    ],
    ['holidays of their own, within each day', 'US-TX', hours('09:00-21:00', null, '12:00-21:00', '12:00-18:00'), []],
    [
      'holidays of their own, wider than a Sunday',
      'US-TX',
      hours('09:00-21:00', null, '12:00-21:00', '10:00-18:00'),
      ['Public holidays: 10:00-18:00; shipped as the day (Sunday 12:00-21:00).'],
    ],
    ['a region without a row, as all others', 'ES', hours('09:00-20:00', '09:00-20:00', null, null), []],
    [
      'a region without a row, on Sundays',
      'ES',
      hours('09:00-20:00', null, '09:00-20:00', null),
      ['Sunday: 09:00-20:00; shipped none.'],
    ],
    ['a state that is not known', unknownState, hours('10:00-18:00', '10:00-17:00', null, null), []],
    [
      'a state that is not known',
      unknownState,
      hours('10:00-19:00', null, null, null),
      ['Monday to Friday: 10:00-19:00; shipped 10:00-18:00.'],
    ],
    ['fewer', 'US-FL', caps([2, 24, 'same subject']), []],
    ['fewer, of all', 'US-FL', caps([3, 24, 'promotional']), []],
    ['one in half the time, which is two', 'US-FL', caps([1, 12, 'promotional']), []],
    [
      'one in a seventh of the time',
      'US-FL',
      caps([1, 4, 'promotional']),
      ['Caps: the shipped 3 in 24 h (same subject) would not hold any more.'],
    ],
    [
      'only of the same text',
      'US-FL',
      caps([1, 48, 'same text']),
      ['Caps: the shipped 3 in 24 h (same subject) would not hold any more.'],
    ],
    ['none', 'US-FL', caps(), ['Caps: the shipped 3 in 24 h (same subject) would not hold any more.']],
    ['none where none is shipped', 'GB', caps(), []],
  ])('%s: %s', (_, region, override, wider) => {
    expect(widerThanShipped(region, { [region]: override })).toEqual(wider)
  })
})

test.each([
  ...[
    ['DEFAULT', true],
    ['US-FL', true],
    ['US', true],
    ['US-unknown', true],
    ['ES', true],
    ['CA-ON', true],
    ['DE-BY', true],
  ],
  ...[
    ['BR-SP', true],
    ['PR', true],
    ['US-PR', false],
    ['UK', false],
    ['US-ZZ', false],
    ['CA-XX', false],
    ['DE-XX', false],
  ],
  ...[
    ['XX', false],
    ['XX-BY', false],
    ['EU', false],
    ['Florida', false],
    ['constructor', false],
    ['', false],
  ],
] as [string, boolean][])('%s is a region: %s', (region, is) => {
  expect(isRegion(region)).toBe(is)
})

test('what can not be is named, with what it is called here', () => {
  const some = hours('10:00-12:00')

  expect(problemsOf({ UK: some, 'US-PR': some, GB: some }).map(({ detail }) => detail)).toEqual([
    'There is no region UK. Did you mean GB?',
    'There is no region US-PR. Here it is called PR.',
  ])
})

test('states whose hours have nothing in common leave none for a state that is not known, unless it is told its own', () => {
  const morning = { 'US-NY': hours('08:00-10:00') }

  expect(problemsOf(morning)).toMatchObject([{ problem: 'never_opens', region: unknownState }])
  expect(problemsOf({ ...morning, [unknownState]: hours('10:00-12:00') })).toEqual([])
})

test('hours that the zones of a country never have at the same time are told', () => {
  const at = new Date('2026-11-02T12:00Z')
  const noon = { AU: hours('12:00-13:00'), GB: hours('12:00-13:00') }

  expect(neverForUnknownZone('AU', noon, at)).toMatch(/could never be texted/)
  expect(neverForUnknownZone('GB', noon, at)).toBeNull()
  expect(neverForUnknownZone('DEFAULT', noon, at)).toBeNull()
})
