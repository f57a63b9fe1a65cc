// When a text may arrive: local hours by purpose, over every zone that the subscriber may be in. Unknown is never open.
import type { Rules } from '../message/purpose.ts'

export type Opening = { open: true } | { open: false; opensAt: Date | null }

/** Local minutes of the day, from (inclusive) to (exclusive). The regions' own windows come from data in their own file. */
const windows = {
  courtesy: { from: 8 * 60, to: 21 * 60, sunday: true },
  // The strictest common promotional window (facts: consent, DEFAULT): none on Sundays.
  quiet: { from: 9 * 60, to: 20 * 60, sunday: false },
} as const

/** Every zone's offset changes at a whole quarter of an hour, so within one a local time need be asked once. */
const quarterMs = 15 * 60_000
const searchDays = 8

/** The zones a number of this country may be in; the platform's data. Empty where there is none. */
export function zonesOfCountry(country: string | null): readonly string[] {
  if (!country) return []
  let zones = zonesByCountry.get(country)
  if (!zones) {
    zones = readZones(country)
    zonesByCountry.set(country, zones)
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

export function isZone(zone: string): boolean {
  try {
    return formatOf(zone) !== undefined
  } catch {
    return false // RangeError: no such zone
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hour: '2-digit',
      minute: '2-digit',
      weekday: 'short',
      hourCycle: 'h23',
    })
    formats.set(zone, format)
  }
  return format
}

function isOpenIn(zone: string, hours: 'courtesy' | 'quiet', atMs: number): boolean {
  const window = windows[hours]
  let weekday = ''
  let minutes = 0
  for (const { type, value } of formatOf(zone).formatToParts(atMs)) {
    if (type === 'weekday') weekday = value
    else if (type === 'hour') minutes += Number(value) * 60
    else if (type === 'minute') minutes += Number(value)
  }
  return minutes >= window.from && minutes < window.to && (window.sunday || weekday !== 'Sun')
}

/** Judged once for each quarter of an hour and set of zones: a campaign asks the same thing 100,000 times. */
const answers = new Map<string, Opening>()

/** Whether a text of these hours may arrive now, and if not, when next: open only where every possible zone is open. */
export function opening(hours: Rules['hours'], zones: readonly string[], at: Date): Opening {
  if (hours === 'any') return { open: true }
  if (zones.length === 0) return { open: false, opensAt: null }
  const start = Math.floor(at.getTime() / quarterMs) * quarterMs
  const key = `${hours} ${start} ${zones.join()}`
  const known = answers.get(key)
  if (known) return known
  if (answers.size > 5_000) answers.clear()
  const allOpen = (atMs: number) => zones.every(zone => isOpenIn(zone, hours, atMs))
  let answer: Opening = { open: false, opensAt: null }
  if (allOpen(start)) answer = { open: true }
  else
    for (let atMs = start + quarterMs; atMs < start + searchDays * 86_400_000; atMs += quarterMs)
      if (allOpen(atMs)) {
        answer = { open: false, opensAt: new Date(atMs) }
        break
      }
  answers.set(key, answer)
  return answer
}
