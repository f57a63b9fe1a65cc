// Time zones: which there are, which a country has, and what the clock on a wall there says. All of it is the platform's
// own data (Intl), so a zone's rules are as new as the Node that runs.

export function isZone(zone: string): boolean {
  try {
    return offsetFormatOf(zone) !== undefined
  } catch {
    return false // RangeError: no such zone
  }
}

/** The zones a number of this country may be in. Empty where there is none. */
export function zonesOfCountry(country: string | null): readonly string[] {
  if (!country) return []
  let zones = zonesByCountry.get(country)
  if (!zones) {
    zones = readZones(country)
    // The names of countries are few; what is asked for by mistake must not fill the memory.
    if (zonesByCountry.size < 1_000) zonesByCountry.set(country, zones)
  }
  return zones
}
const zonesByCountry = new Map<string, readonly string[]>()
function readZones(country: string): readonly string[] {
  try {
    const locale = new Intl.Locale('und', { region: country }) as Intl.Locale & {
      timeZones?: string[]
      getTimeZones?: () => string[]
    }
    return (locale.getTimeZones?.() ?? locale.timeZones ?? []).filter(isZone)
  } catch {
    return [] // RangeError: not the name of a region
  }
}

const dayMs = 86_400_000

/** The time on a wall there, as milliseconds of a calendar that knows no zones: divided by a day it is the local date. */
export const localMs = (zone: string, atMs: number): number => atMs + offsetMs(zone, atMs)

/**
 * The moment at which a wall there says so. Where clocks go back it is the first of two; where they go forward and skip it, as
 * long after the skip as it lies in it (what calendars call "compatible", RFC 5545, 3.3.5).
 */
export function momentAt(zone: string, local: number): number {
  const [before, after] = [-dayMs, dayMs].map(ms => local - offsetMs(zone, local + ms)) as [number, number]
  return localMs(zone, before) !== local && localMs(zone, after) === local ? after : before
}

/**
 * How far a zone is ahead of UTC. Asked of Intl twice a day and zone: where both ends of a UTC day agree, so does all between
 * (no zone changes its clocks twice within a day); a day on which they don't is asked at each moment.
 */
function offsetMs(zone: string, atMs: number): number {
  const day = Math.floor(atMs / dayMs)
  let days = offsets.get(zone)
  if (!days) {
    if (offsets.size >= 1_000) offsets.clear()
    days = new Map()
    offsets.set(zone, days)
  }
  let known = days.get(day)
  if (known === undefined) {
    if (days.size >= 100) days.clear()
    const start = askOffset(zone, day * dayMs)
    known = start === askOffset(zone, (day + 1) * dayMs) ? start : 'changes'
    days.set(day, known)
  }
  return known === 'changes' ? askOffset(zone, atMs) : known
}
const offsets = new Map<string, Map<number, number | 'changes'>>()

function askOffset(zone: string, atMs: number): number {
  const said = offsetFormatOf(zone).format(atMs)
  // "3/14/2027, GMT-05:00"; UTC itself is "GMT". Seconds are of times before there were zones.
  const [, sign, hours = '0', minutes = '0', seconds = '0'] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(said) ?? []
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -ms : ms
}

const offsetFormats = new Map<string, Intl.DateTimeFormat>()
function offsetFormatOf(zone: string): Intl.DateTimeFormat {
  let format = offsetFormats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    offsetFormats.set(zone, format)
  }
  return format
}
