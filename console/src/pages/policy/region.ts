// A region's name, hours and caps as people say them.
import type { RegionCap, RegionHours, RegionOverride } from '@usher/contract/region'
import { countryChoices, countryName } from '../../countries.ts'

const special: Record<string, string> = {
  DEFAULT: 'Everywhere else',
  'US-unknown': 'United States, state unknown',
}
export function regionName(region: string): string {
  if (special[region]) return special[region]
  const [country = '', state] = region.split('-')
  return state === undefined ? countryName(country) : `${countryName(country)}, ${state}`
}

/** A country, or a part of one by its code, that somebody looked for and that has no row. */
export function regionLike(words: string): string | undefined {
  const code = words.trim().toUpperCase()
  const [country = ''] = code.split('-')
  if (/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/.test(code) && countryChoices.some(({ value }) => value === country)) return code
  const named = countryChoices.filter(({ label }) => label.toLowerCase().startsWith(`${words.trim().toLowerCase()} (`))
  return named[0]?.value
}

type Window = RegionHours['weekday']
export const windowSaid = (window: Window) => (window === null ? 'none' : `${window.from}–${window.to}`)

type SaidHours = Omit<RegionHours, 'isHolidayAsDay'> & { isHolidayAsDay?: boolean | undefined }
/** Days that are alike are told together. */
export function daysSaid({ weekday, saturday, sunday, holiday, isHolidayAsDay }: SaidHours): [string, string][] {
  const all: [string, string][] = [
    ['Mon–Fri', windowSaid(weekday)],
    ['Sat', windowSaid(saturday)],
    ['Sun', windowSaid(sunday)],
  ]
  const isAlike = all.every(([, hours]) => hours === all[0]![1])
  const lines: [string, string][] = isAlike ? [['Daily', all[0]![1]]] : all
  return [...lines, ['Holidays', isHolidayAsDay ? 'as the day' : windowSaid(holiday)]]
}

const ofSaid = { promotional: 'titles and offers', 'same subject': 'same subject', 'same text': 'same text' } as const
export const ofChoices = (['promotional', 'same subject', 'same text'] as const).map(value => ({
  value,
  label: ofSaid[value],
}))

export const hoursInWords = (hours: SaidHours) =>
  daysSaid(hours)
    .map(line => line.join(' '))
    .join(', ')
export const capsInWords = (caps: readonly RegionCap[]) =>
  caps.length === 0
    ? 'no cap of its own'
    : caps.map(({ most, hours, of }) => `${most} in ${hours} h (${ofSaid[of]})`).join(', ')

export function overrideSaid(override: RegionOverride | undefined): string {
  if (override === undefined) return 'as shipped'
  const { hours, caps, why, widens } = override
  return [
    ...(hours ? [hoursInWords(hours)] : []),
    ...(caps ? [capsInWords(caps)] : []),
    `because: “${why}”`,
    ...(widens ? [`wider, because: “${widens}”`] : []),
  ].join('; ')
}
