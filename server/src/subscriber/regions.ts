// What holds for promotional texts in a region: hours, caps, double opt-in, implied consents, what a STOP ends and how long
// it is kept. The rows are data with their sources: ../../data/regions.json.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { isState } from './number-place.ts'

/** Local minutes of the day, from (inclusive) to (exclusive): may cross midnight; equal ends are no time at all. */
export interface Window {
  from: number
  to: number
}

// Quarters of an hour alone: a zone's clock changes at those too, so that within one nothing does.
const minutes = z
  .string()
  .regex(/^([01]\d|2[0-3]):(00|15|30|45)$|^24:00$/)
  .transform(text => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)))
const day = z
  .tuple([minutes, minutes])
  .nullable()
  .transform((ends): Window | null => ends && { from: ends[0], to: ends[1] })
const hours = z.strictObject({
  weekday: day,
  saturday: day,
  sunday: day,
  holiday: z.union([z.literal('as the day'), day]),
})
const cap = z.strictObject({
  most: z.int().positive(),
  hours: z.int().positive(),
  of: z.enum(['promotional', 'same subject', 'same text']),
})
const implied = z.strictObject({ by: z.enum(['purchase', 'inquiry']), months: z.int().positive() })
const stop = z.strictObject({ from: z.iso.date().optional(), ends: z.enum(['promotional', 'all']) })
const confidence = z.enum(['H', 'M', 'L', 'ours'])
const rules = z.strictObject({
  hours,
  caps: z.array(cap),
  doubleOptIn: z.enum(['no', 'advised', 'required']),
  implied: z.array(implied),
  stopKeptYears: z.int().positive().nullable(),
  stop: z.array(stop).nonempty(),
})
const about = {
  source: z.string(),
  confidence,
  advice: z.boolean().default(false),
  notes: z.array(z.string()).default([]),
}
const row = rules.partial().extend(about)
const data = z
  .object({ rows: z.object({ DEFAULT: rules.extend(about), US: row }).catchall(row) })
  .parse(JSON.parse(readFileSync(new URL('../../data/regions.json', import.meta.url), 'utf8')))

type Rules = z.infer<typeof rules>
export type Hours = Rules['hours']
export type Cap = Rules['caps'][number]
export type Row = z.infer<typeof row>

export interface RegionRules extends Rules {
  /** The most specific row that was asked: US-TX, US, US-unknown, DEFAULT. */
  row: string
  /** Regions whose public holidays close the day, where `hours.holiday` says so. */
  holidaysOf: readonly string[]
}

export const unknownState = 'US-unknown'
/** Territories of the United States have two names in ISO 3166; here they have the one that their numbers come with. */
export const regionName = (region: string): string => region.replace(/^US-(?=(AS|GU|MP|PR|VI)$)/, '')

/**
 * The rules of a region, or of a number's country where no region is known. Each field comes from the most specific row that
 * has it; the United States without a known state have the strictest of all their rows.
 */
export function regionRules(region: string | null, country: string | null): RegionRules {
  const place = regionName(region ?? country ?? 'DEFAULT')
  let found = known.get(place)
  if (!found) {
    found = readRules(place)
    if (known.size < 10_000) known.set(place, found)
  }
  return found
}
const known = new Map<string, RegionRules>()

function readRules(place: string): RegionRules {
  const [country = ''] = place.split('-')
  if (country === 'US') return isState(place) ? merged(place, [place, 'US']) : strictestOfStates()
  return merged(place, [place, country])
}

function merged(place: string, names: string[]): RegionRules {
  const { DEFAULT } = data.rows
  const found: RegionRules = { ...only(DEFAULT), row: 'DEFAULT', holidaysOf: place === 'DEFAULT' ? [] : [place] }
  for (const name of names.toReversed()) {
    const row = rowOf(name)
    if (row) Object.assign(found, only(row), { row: name })
  }
  return found
}

const rowOf = (name: string): Row | undefined => (Object.hasOwn(data.rows, name) ? data.rows[name] : undefined)
const fields = Object.keys(rules.shape)
const only = (row: Row) => Object.fromEntries(Object.entries(row).filter(([field]) => fields.includes(field))) as Rules

/** Computed from the rows, so that a new one counts here by itself. */
function strictestOfStates(): RegionRules {
  const states = [
    merged('US', ['US']),
    ...Object.keys(data.rows)
      .filter(isState)
      .map(name => merged(name, [name, 'US'])),
  ]
  const windowOf = (kind: 'weekday' | 'saturday' | 'sunday') => common(states.map(state => state.hours[kind]))
  const closing = states.filter(({ hours }) => hours.holiday !== 'as the day')
  const us = states[0]!
  return {
    ...us,
    row: unknownState,
    hours: {
      weekday: windowOf('weekday'),
      saturday: windowOf('saturday'),
      sunday: windowOf('sunday'),
      holiday: closing.length === 0 ? 'as the day' : null,
    },
    // Of two caps of one kind and time the lower; of different ones, both.
    caps: [
      ...new Map(
        states
          .flatMap(({ caps }) => caps)
          .toSorted((a, b) => b.most - a.most)
          .map(cap => [`${cap.of} ${cap.hours}`, cap]),
      ).values(),
    ],
    doubleOptIn: (['required', 'advised', 'no'] as const).find(need => states.some(s => s.doubleOptIn === need))!,
    // What one state would not take for a consent is none.
    implied: us.implied.filter(one => states.every(s => s.implied.some(other => other.by === one.by))),
    stopKeptYears: Math.max(0, ...states.map(({ stopKeptYears }) => stopKeptYears ?? 0)) || null,
    holidaysOf: [...new Set(closing.flatMap(({ holidaysOf }) => holidaysOf))],
  }
}

/** The time that is in each of several windows of one day; none crosses midnight (regions.test.ts holds the rows to it). */
function common(windows: readonly (Window | null)[]): Window | null {
  let all: Window = { from: 0, to: 24 * 60 }
  for (const window of windows) {
    if (window === null) return null
    all = { from: Math.max(all.from, window.from), to: Math.min(all.to, window.to) }
  }
  return all.from < all.to ? all : null
}

/** What a STOP ends at that time. */
export function stopScope({ stop }: Pick<RegionRules, 'stop'>, at: Date): 'promotional' | 'all' {
  const inForce = stop
    .filter(({ from }) => from === undefined || Date.parse(from) <= at.getTime())
    .toSorted((a, b) => (a.from ?? '').localeCompare(b.from ?? ''))
  return inForce.at(-1)?.ends ?? 'promotional'
}

export interface ListedRegion extends Pick<Row, 'source' | 'confidence' | 'advice' | 'notes'> {
  region: string
  /** The fields that the row itself has; the others come from the rows above it. */
  says: readonly string[]
  /** All that holds there. */
  rules: RegionRules
}

/** Each row with its source, for a screen. */
export function listRegions(): ListedRegion[] {
  const rows = Object.entries(data.rows).map(([region, row]): ListedRegion => {
    const { source, confidence, advice, notes } = row
    // The row US itself holds for a state that has none of its own.
    const rules = region === 'US' ? merged('US', ['US']) : regionRules(region, null)
    return { region, says: fields.filter(field => field in row), rules, source, confidence, advice, notes }
  })
  const source = 'Computed: the strictest of all rows of the United States, for a state that is not known.'
  const computed = { says: fields, rules: strictestOfStates(), source, confidence: 'ours', advice: false } as const
  return [...rows, { region: unknownState, ...computed, notes: [] }]
}
