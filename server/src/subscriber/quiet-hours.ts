// When a text may arrive: the hours of its purpose, in every zone and by the rules of every region that the subscriber may
// be in. Unknown is never open.
import { holidayOn } from './holidays.ts'
import { isState, zonesOfRegion } from './number-place.ts'
import {
  type Overrides,
  type RegionRules,
  regionName,
  regionRules,
  sayOne,
  shipped,
  unknownState,
  type Window,
} from './regions.ts'
import { isZone, localMs, zonesOfCountry } from './zones.ts'

export { isZone, zonesOfCountry }

export interface Place {
  /** The subscriber's own IANA zone, and region (ISO 3166-1/-2), as the service told them. */
  zone: string | null
  region: string | null
  /** Of the number. */
  country: string | null
  numberRegion: string | null
  numberZones: readonly string[]
}

/** Local minutes of the day that a subscriber chose not to be disturbed in; may cross midnight. */
export interface OwnHours {
  from: number
  to: number
}

export type Opening =
  | { open: true; why: HoursFound }
  /** null: never within the search (14 days), or the place is not known. */
  | { open: false; opensAt: Date | null; why: HoursFound }

/** By what it was judged, for the explanation. */
export interface HoursFound {
  zones: readonly string[]
  regions: readonly string[]
  /** The regions whose hours are an operator's, not those that are shipped. */
  byOperator: readonly string[]
  /** Where the zones are from. */
  source: 'subscriber' | 'region' | 'number' | 'unknown'
  /** The day's hours there: "09:00-20:00"; of several regions what is in all; null: none on this day. */
  window: string | null
  holiday: string | null
  /** The subscriber's own quiet hours close it now. */
  own: boolean
}

const quarterMs = 15 * 60_000
const dayMs = 86_400_000
const searchMs = 14 * dayMs
const courtesy: Window = { from: 8 * 60, to: 21 * 60 }

/** Judged once for each quarter of an hour and place: a campaign asks the same thing 100,000 times. */
const answersBy = new WeakMap<Overrides, Map<string, Opening>>()
const answersKept = 10_000

/**
 * Whether a text of these hours may arrive now, and if not, when next: open only where it is in every possible zone and region.
 * Regions' hours and zones' offsets change at whole quarters of an hour, so within one the answer is the same; a subscriber's
 * own hours are widened to whole quarters.
 */
export function opening(
  hours: 'any' | 'courtesy' | 'quiet',
  place: Place,
  own: OwnHours | null,
  at: Date,
  overrides: Overrides = shipped,
): Opening {
  if (hours === 'any') return always
  let answers = answersBy.get(overrides)
  if (!answers) {
    answers = new Map()
    answersBy.set(overrides, answers)
  }
  const quarter = Math.floor(at.getTime() / quarterMs)
  const { zone, region, country, numberRegion, numberZones } = place
  const mine = own === null ? '' : `${own.from}-${own.to}`
  const key = `${hours} ${quarter} ${zone} ${region} ${country} ${numberRegion} ${mine} ${numberZones.join()}`
  let answer = answers.get(key)
  if (!answer) {
    if (answers.size >= answersKept) answers.clear()
    answer = find(hours, place, own, quarter * quarterMs, overrides)
    answers.set(key, answer)
  }
  return answer
}

const nowhere = { zones: [], regions: [], byOperator: [], window: null, holiday: null, own: false }
const always: Opening = { open: true, why: { ...nowhere, source: 'unknown' } }

function find(
  hours: 'courtesy' | 'quiet',
  place: Place,
  own: OwnHours | null,
  startMs: number,
  overrides: Overrides,
): Opening {
  const where = whereabouts(place, startMs, overrides)
  if (where.zones.length === 0) return { open: false, opensAt: null, why: { ...nowhere, source: 'unknown' } }
  const days = hours === 'courtesy' ? [() => courtesy] : where.rules.map(windowsOf)
  const disturbs = ownHours(own)
  const isOpen = (ms: number) =>
    where.ownZones.every(zone => !disturbs(minuteOf(localMs(zone, ms)))) &&
    where.zones.every(zone => days.every(windowOn => isWithin(windowOn, localMs(zone, ms))))

  const why: HoursFound = {
    zones: where.zones,
    regions: where.regions,
    byOperator: hours === 'courtesy' ? [] : where.rules.flatMap(({ byOperator }) => byOperator.hours ?? []),
    source: where.source,
    window: sayWindow(days, where.zones, startMs),
    holiday: hours === 'courtesy' ? null : holidayThere(where.rules, where.zones, startMs),
    own: where.ownZones.some(zone => disturbs(minuteOf(localMs(zone, startMs)))),
  }
  if (isOpen(startMs)) return { open: true, why }
  for (let ms = startMs + quarterMs; ms <= startMs + searchMs; ms += quarterMs)
    if (isOpen(ms)) return { open: false, opensAt: new Date(ms), why }
  return { open: false, opensAt: null, why }
}

/** All zones and regions that count. */
interface Whereabouts {
  zones: readonly string[]
  /** The subscriber's own among them, in which their own hours are meant. */
  ownZones: readonly string[]
  regions: readonly string[]
  rules: readonly RegionRules[]
  source: HoursFound['source']
}

function whereabouts(place: Place, atMs: number, overrides: Overrides): Whereabouts {
  const numberState = place.numberRegion !== null && isState(place.numberRegion) ? place.numberRegion : null
  const numberZones = zonesOfNumber(place)
  const zone = place.zone !== null && isZone(place.zone) ? place.zone : null

  // What the service says comes first; a number's state serves where the service names none.
  let region = place.region === null ? null : regionName(place.region)
  if (region !== null && zonesOf(region).length === 0) region = null
  const isTold = region !== null && !(isSomewhereInUs(region) && numberState !== null)
  if (!isTold) region = place.numberRegion ?? region ?? place.country

  const regions = region === null ? [] : [nameOf(region)]
  const zones = new Set(zone !== null ? [zone] : isTold ? zonesOf(region!) : numberZones)
  const ownZones = [...zones]
  const source = zone !== null ? 'subscriber' : isTold ? 'region' : zones.size > 0 ? 'number' : 'unknown'

  if (numberState !== null && region !== null) {
    // An area code presumes that its owner lives there, so two states both count, each with the other's clock.
    if (isTold && isState(region) && region !== numberState) {
      regions.push(numberState)
      for (const other of numberZones) zones.add(other)
    }
    // Their own clock is none of that state's: so they live in another, and which is not known.
    if (!isTold && zone !== null && !numberZones.some(other => isSameClock(zone, other, atMs))) {
      regions.splice(0, 1, unknownState)
      for (const other of numberZones) zones.add(other)
    }
  }
  const rules = (regions.length === 0 ? [null] : regions).map(name => regionRules(name, null, overrides))
  return { zones: [...zones], ownZones, regions, rules, source }
}

function zonesOfNumber({ numberZones, numberRegion, country }: Place): readonly string[] {
  const told = numberZones.filter(isZone)
  if (told.length > 0) return told
  return numberRegion !== null ? zonesOf(numberRegion) : zonesOfCountry(country)
}

/** A state that is not known has its country's zones. */
const zonesOf = (region: string): readonly string[] => zonesOfRegion(region) ?? zonesOfCountry(region.split('-')[0]!)

/** In the United States, and the state is not known. */
const isSomewhereInUs = (region: string) => regionRules(region, null).row === unknownState
const nameOf = (region: string) => (isSomewhereInUs(region) ? unknownState : region)

/** Today and half a year on, since Phoenix and Denver agree every winter. */
const isSameClock = (one: string, other: string, atMs: number) =>
  [atMs, atMs + 182 * dayMs].every(ms => localMs(one, ms) === localMs(other, ms))

/** The window of a local date, given as days since 1970. */
type WindowOn = (day: number) => Window | null

function windowsOf(rules: RegionRules): WindowOn {
  const { weekday, saturday, sunday, holiday } = rules.hours
  // A search asks for the same day many times in many zones.
  const known = new Map<number, Window | null>()
  return day => {
    let window = known.get(day)
    if (window === undefined) {
      const dayOfWeek = (day + 4) % 7 // 1 January 1970 was a Thursday
      if (holiday !== 'as the day' && holidayIn(rules, day) !== null) window = holiday
      else window = dayOfWeek === 0 ? sunday : dayOfWeek === 6 ? saturday : weekday
      known.set(day, window)
    }
    return window
  }
}

function holidayIn({ hours, holidaysOf }: RegionRules, day: number): string | null {
  if (hours.holiday === 'as the day') return null
  for (const region of holidaysOf) {
    const name = holidayOn(region, day)
    if (name !== null) return name
  }
  return null
}

const dayOf = (local: number) => Math.floor(local / dayMs)
const minuteOf = (local: number) => Math.floor((local - dayOf(local) * dayMs) / 60_000)

/** A window that crosses midnight goes on into the next day, unless that day has none at all. */
function isWithin(windowOn: WindowOn, local: number): boolean {
  const minute = minuteOf(local)
  const today = windowOn(dayOf(local))
  if (today === null) return false
  if (today.from <= today.to ? minute >= today.from && minute < today.to : minute >= today.from) return true
  const yesterday = windowOn(dayOf(local) - 1)
  return yesterday !== null && yesterday.from > yesterday.to && minute < yesterday.to
}

/** Whether a local minute is in the subscriber's own quiet hours, widened to whole quarters. */
function ownHours(own: OwnHours | null): (minute: number) => boolean {
  if (own === null || own.from === own.to) return () => false
  const from = Math.floor(own.from / 15) * 15
  const to = Math.ceil(own.to / 15) * 15
  const length = own.from < own.to ? to - from : to + 1440 - from
  return minute => (minute - from + 1440) % 1440 < length
}

function sayWindow(days: readonly WindowOn[], zones: readonly string[], ms: number): string | null {
  const said = new Set<string>()
  for (const zone of zones) {
    const windows = days.map(windowOn => windowOn(dayOf(localMs(zone, ms))))
    if (windows.some(window => window === null)) return null
    for (const text of sayCommon(windows as Window[])) said.add(text) // null was sent away in the line before
  }
  return said.size === 0 ? null : [...said].join(' and ')
}

/** What several regions have in common on a day; those across midnight are said one by one. */
function sayCommon(windows: readonly Window[]): string[] {
  if (windows.some(({ from, to }) => from > to)) return windows.map(sayOne)
  const from = Math.max(...windows.map(window => window.from))
  const to = Math.min(...windows.map(window => window.to))
  return from < to ? [sayOne({ from, to })] : []
}

function holidayThere(rules: readonly RegionRules[], zones: readonly string[], ms: number): string | null {
  for (const zone of zones)
    for (const one of rules) {
      const name = holidayIn(one, dayOf(localMs(zone, ms)))
      if (name !== null) return name
    }
  return null
}
