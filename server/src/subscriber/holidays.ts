// Public holidays by country and state, on days when some regions allow no promotional text. The calendar is
// `date-holidays`; its type `public` alone counts.
import { createRequire } from 'node:module'
import type Holidays from 'date-holidays'

const dayMs = 86_400_000

/** The holiday of a region (ISO 3166-1 or -2) on a local date, given as days since 1970; null: none. */
export function holidayOn(region: string, day: number): string | null {
  const date = new Date(day * dayMs)
  const year = date.getUTCFullYear()
  const found = holidaysOf(region, year).get(day)
  if (found !== undefined) return found
  // Holidays of several days, by the moon, may have begun in the old year.
  return (date.getUTCMonth() === 0 && date.getUTCDate() < 8 && holidaysOf(region, year - 1).get(day)) || null
}

/** Read once per region and year, on the first question: 10 to 40 ms. */
const years = new Map<string, ReadonlyMap<number, string>>()
function holidaysOf(region: string, year: number): ReadonlyMap<number, string> {
  const key = `${region} ${year}`
  let days = years.get(key)
  if (!days) {
    if (years.size >= 2_000) years.clear()
    days = readHolidays(region, year)
    years.set(key, days)
  }
  return days
}

function readHolidays(region: string, year: number): ReadonlyMap<number, string> {
  const days = new Map<number, string>()
  for (const { date, start, end, name, type } of calendarOf(region).getHolidays(year)) {
    if (type !== 'public') continue
    // `date` is the local day that it falls on, though some begin on the eve; its length is that of the moments.
    const first = Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / dayMs
    const length = Math.max(1, Math.round((end.getTime() - start.getTime()) / dayMs))
    for (let day = first; day < first + length; day++) if (!days.has(day)) days.set(day, name)
  }
  return days
}

/** Its calendars are megabytes: they are read on the first question. */
let loaded: typeof Holidays | undefined
const calendars = () => {
  loaded ??= createRequire(import.meta.url)('date-holidays') as typeof Holidays
  return loaded
}

/** A state that it does not know has its country's holidays. */
function calendarOf(region: string): Holidays {
  const [country = '', state] = region.split('-')
  const Calendar = calendars()
  return state === undefined
    ? new Calendar(country, { languages: 'en' })
    : new Calendar(country, state, { languages: 'en' })
}

/** Whether it knows this part of a country: `BY` of `DE`. */
export function hasPart(country: string, part: string): boolean {
  const Calendar = calendars()
  return Object.hasOwn(new Calendar().getStates(country) ?? {}, part)
}
