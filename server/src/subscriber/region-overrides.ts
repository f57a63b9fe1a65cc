// What is said of an operator's override of a region before it counts: whether there is such a region, whether it would ever
// open, and in which it is wider than the rule that is shipped, which is law or custom there.
import { hasPart } from './holidays.ts'
import { zonesOfRegion } from './number-place.ts'
import { opening } from './quiet-hours.ts'
import {
  type Cap,
  type Hours,
  listRegions,
  type Overrides,
  overrideOf,
  type RegionRules,
  readOverride,
  regionName,
  regionRules,
  rulesOfRow,
  sayOne,
  unknownState,
  type Window,
} from './regions.ts'
import { zonesOfCountry } from './zones.ts'

const minutesOfDay = 24 * 60
const days = ['weekday', 'saturday', 'sunday'] as const
const dayNames = { weekday: 'Monday to Friday', saturday: 'Saturday', sunday: 'Sunday', holiday: 'Public holidays' }

/** What is wrong with overrides, however strict they are. */
export type OverrideProblem = { problem: 'unknown_region' | 'never_opens'; region: string; detail: string }

export function problemsOf(overrides: Overrides): OverrideProblem[] {
  const unknown = Object.keys(overrides)
    .filter(region => !isRegion(region))
    .map(region => ({
      ...{ problem: 'unknown_region' as const, region },
      detail: `There is no region ${region}.${nearly(region)}`,
    }))
  if (unknown.length > 0 || isEverOpen(regionRules(unknownState, null, meant(overrides)))) return unknown
  const detail =
    'Whoever is in the United States, in a state that is not known, could never be texted: the hours of the states have no time in common. Choose hours that overlap, or override US-unknown too.'
  return [{ problem: 'never_opens', region: unknownState, detail }]
}

/** As if somebody had said of each that it may be wider: what is only proposed is judged as it is proposed. */
export const meant = (overrides: Overrides): Overrides =>
  Object.fromEntries(Object.entries(overrides).map(([region, one]) => [region, { widens: '', ...one }]))

const isEverOpen = ({ hours }: RegionRules) =>
  days.some(day => hours[day] !== null) || (hours.holiday !== 'as the day' && hours.holiday !== null)

/** A row, a country, or a part of one that numbers or holidays are known of. */
export function isRegion(region: string): boolean {
  if (regionName(region) !== region) return false
  if (listRegions().some(row => row.region === region) || zonesOfRegion(region) !== undefined) return true
  const [country = '', part] = region.split('-')
  if (part === undefined) return isCountry(country)
  // Of these two every state and province is known.
  return country !== 'US' && country !== 'CA' && isCountry(country) && hasPart(country, part)
}

/** UK and other names that the platform reads as another's are none: no subscriber's region is written so. */
const isCountry = (country: string) => canonicalOf(country) === country && zonesOfCountry(country).length > 0
const canonicalOf = (country: string) =>
  /^[A-Z]{2}$/.test(country) ? new Intl.Locale('und', { region: country }).region : undefined

function nearly(region: string): string {
  const name = regionName(region)
  if (name !== region) return ` Here it is called ${name}.`
  const canonical = canonicalOf(region)
  return canonical !== undefined && canonical !== region ? ` Did you mean ${canonical}?` : ''
}

/** In which an override is wider than what is shipped for its region, a sentence each. */
export function widerThanShipped(region: string, overrides: Overrides): string[] {
  const override = overrideOf(region, overrides)
  if (!override) return []
  const { hours, caps } = readOverride(override)
  const before = rulesOfRow(region)
  return [...(hours ? widerHours(before.hours, hours) : []), ...(caps ? widerCaps(before.caps, caps) : [])]
}

function widerHours(before: Hours, after: Hours): string[] {
  const wider = (name: keyof typeof dayNames, was: Window | null, is: Window | null) =>
    isWithin(is, was) ? [] : [`${dayNames[name]}: ${sayWindow(is)}; shipped ${sayWindow(was)}.`]
  return [...days.flatMap(day => wider(day, before[day], after[day])), ...widerHolidays(before, after)]
}

/** A holiday that is like the day may fall on any. */
function widerHolidays(before: Hours, after: Hours): string[] {
  if (before.holiday === 'as the day') {
    const { holiday } = after
    if (holiday === 'as the day') return []
    const over = days.filter(day => !isWithin(holiday, before[day]))
    const which = over.map(day => `${dayNames[day]} ${sayWindow(before[day])}`).join(', ')
    return over.length === 0 ? [] : [`${dayNames.holiday}: ${sayWindow(holiday)}; shipped as the day (${which}).`]
  }
  const was = before.holiday
  const isWider =
    after.holiday === 'as the day' ? days.some(day => !isWithin(after[day], was)) : !isWithin(after.holiday, was)
  const is = after.holiday === 'as the day' ? 'as the day' : sayWindow(after.holiday)
  return isWider ? [`${dayNames.holiday}: ${is}; shipped ${sayWindow(was)}.`] : []
}

const isWithin = (window: Window | null, outer: Window | null): boolean =>
  window === null || (outer !== null && piecesOf(window).every(one => piecesOf(outer).some(all => holds(all, one))))
const holds = (outer: Window, inner: Window) => outer.from <= inner.from && inner.to <= outer.to
/** One that crosses midnight is two. */
const piecesOf = ({ from, to }: Window): Window[] =>
  from <= to
    ? [{ from, to }]
    : [
        { from: 0, to },
        { from, to: minutesOfDay },
      ]
const sayWindow = (window: Window | null) => (window === null ? 'none' : sayOne(window))

const covers: Record<Cap['of'], readonly Cap['of'][]> = {
  promotional: ['promotional', 'same subject', 'same text'],
  'same subject': ['same subject', 'same text'],
  'same text': ['same text'],
}

/** A shipped cap still holds where one of the new ones lets no more through in its time: so many in each part of it. */
function widerCaps(before: readonly Cap[], after: readonly Cap[]): string[] {
  return before
    .filter(
      was => !after.some(is => covers[is.of].includes(was.of) && is.most * Math.ceil(was.hours / is.hours) <= was.most),
    )
    .map(was => `Caps: the shipped ${sayCap(was)} would not hold any more.`)
}
const sayCap = ({ most, hours, of }: Cap) => `${most} in ${hours} h (${of})`

/** Where the override of a region has hours that never come together for somebody whose time zone is not known there. */
export function neverForUnknownZone(region: string, overrides: Overrides, at: Date): string | null {
  if (region === 'DEFAULT') return null
  const [country = ''] = region.split('-')
  const place = { zone: null, region, country, numberRegion: null, numberZones: [] }
  const ask = (by: Overrides | undefined) => opening('quiet', place, null, at, by)
  const after = ask(overrides)
  const before = ask(undefined)
  if (after.open || after.opensAt !== null || !(before.open || before.opensAt !== null)) return null
  return `Somebody there whose time zone is not known could never be texted: it is within these hours in all ${after.why.zones.length} zones of ${region} at no time.`
}
