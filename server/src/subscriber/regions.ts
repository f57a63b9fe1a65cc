// What holds for promotional texts in a region: hours, caps, double opt-in, implied consents, what a STOP ends and how long
// it is kept. The rows are data with their sources: ../../data/regions.json. An operator may put hours and caps of their own
// in place of those of a row (`overrides`, of the policy), which is given by whoever asks.
import { readFileSync } from 'node:fs'
import type { RegionOverride, RegionOverrides } from '@usher/contract/region'
import { z } from 'zod'
import { isState } from './number-place.ts'

/** Local minutes of the day, from (inclusive) to (exclusive): may cross midnight; equal ends are no time at all. */
export interface Window {
  from: number
  to: number
}

export const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
export const sayOne = ({ from, to }: Window) => `${clock(from)}-${clock(to)}`

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
  /** The regions whose override says so; null: as shipped. */
  byOperator: { hours: string | null; caps: string | null }
  /** Regions whose public holidays close the day, where `hours.holiday` says so. */
  holidaysOf: readonly string[]
}

export const unknownState = 'US-unknown'
/** Territories of the United States have two names in ISO 3166; here they have the one that their numbers come with. */
export const regionName = (region: string): string => region.replace(/^US-(?=(AS|GU|MP|PR|VI)$)/, '')

export type Overrides = Readonly<RegionOverrides>
/** The rules as they are shipped. */
export const shipped: Overrides = {}

/**
 * The rules of a region, or of a number's country where no region is known. Each field comes from the most specific row that
 * has it, what an operator put in its place before that; the United States without a known state have the strictest of all
 * their rows.
 */
export function regionRules(
  region: string | null,
  country: string | null,
  overrides: Overrides = shipped,
): RegionRules {
  const place = regionName(region ?? country ?? 'DEFAULT')
  let known = knownBy.get(overrides)
  if (!known) {
    known = new Map()
    knownBy.set(overrides, known)
  }
  let found = known.get(place)
  if (!found) {
    found = readRules(place, overrides)
    if (known.size < 10_000) known.set(place, found)
  }
  return found
}
/** A policy is never changed, only replaced: what was found by one is found by it again. */
const knownBy = new WeakMap<Overrides, Map<string, RegionRules>>()

function readRules(place: string, overrides: Overrides): RegionRules {
  const [country = ''] = place.split('-')
  if (country === 'US') return isState(place) ? merged(place, [place, 'US'], overrides) : unknownStateBy(overrides)
  return merged(place, [place, country], overrides)
}

/** What a row itself comes to: the row US holds for a state that has none of its own, not for one that is not known. */
export const rulesOfRow = (name: string, overrides: Overrides = shipped): RegionRules =>
  name === 'US' ? merged('US', ['US'], overrides) : regionRules(name, null, overrides)

function merged(place: string, names: string[], overrides: Overrides): RegionRules {
  const holidaysOf = place === 'DEFAULT' ? [] : [place]
  let found: RegionRules = {
    ...only(data.rows.DEFAULT),
    ...{ row: 'DEFAULT', byOperator: { hours: null, caps: null }, holidaysOf },
  }
  for (const name of new Set(['DEFAULT', ...names.toReversed()])) {
    const row = rowOf(name)
    if (row) {
      const byOperator = {
        hours: row.hours ? null : found.byOperator.hours,
        caps: row.caps ? null : found.byOperator.caps,
      }
      found = { ...found, ...only(row), row: name, byOperator }
    }
    found = overridden(found, name, overrides)
  }
  return found
}

/** With what an operator put in place of a row. Where it is wider and nobody said that it may be, the stricter of both. */
function overridden(rules: RegionRules, name: string, overrides: Overrides): RegionRules {
  const override = overrideOf(name, overrides)
  if (!override) return rules
  const { hours, caps } = readOverride(override)
  const isMeant = override.widens !== undefined
  const before = isMeant ? null : rulesOfRow(name)
  return {
    ...rules,
    row: name,
    byOperator: { hours: hours ? name : rules.byOperator.hours, caps: caps ? name : rules.byOperator.caps },
    ...(hours && { hours: before ? stricterHours(before.hours, hours) : hours }),
    ...(caps && { caps: before ? lowest([...before.caps, ...caps]) : caps }),
  }
}

export const overrideOf = (name: string, overrides: Overrides): RegionOverride | undefined =>
  Object.hasOwn(overrides, name) ? overrides[name] : undefined

/** As the rows have it. */
export function readOverride({ hours: said, caps }: RegionOverride): { hours?: Hours; caps?: Cap[] } {
  const read = (window: { from: string; to: string } | null) =>
    window && { from: minutes.parse(window.from), to: minutes.parse(window.to) }
  return {
    ...(said && {
      hours: {
        weekday: read(said.weekday),
        saturday: read(said.saturday),
        sunday: read(said.sunday),
        holiday: said.isHolidayAsDay ? 'as the day' : read(said.holiday),
      },
    }),
    ...(caps && { caps }),
  }
}

const rowOf = (name: string): Row | undefined => (Object.hasOwn(data.rows, name) ? data.rows[name] : undefined)
const fields = Object.keys(rules.shape)
const only = (row: Row) => Object.fromEntries(Object.entries(row).filter(([field]) => fields.includes(field))) as Rules

/**
 * Who makes one state wider has said nothing of people whose state is not known: for them the rows count as shipped and as
 * overridden, whichever is stricter, until US-unknown itself is overridden.
 */
function unknownStateBy(overrides: Overrides): RegionRules {
  const before = strictestOf(statesBy(shipped))
  const isOfUs = Object.keys(overrides).some(name => name === 'US' || name === 'DEFAULT' || isState(name))
  if (!isOfUs) return overridden(before, unknownState, overrides)
  const strictest = strictestOf([...statesBy(shipped), ...statesBy(overrides)])
  const isOther = (field: 'hours' | 'caps') => JSON.stringify(strictest[field]) !== JSON.stringify(before[field])
  const byOperator = {
    hours: isOther('hours') ? unknownState : null,
    caps: isOther('caps') ? unknownState : null,
  }
  return overridden({ ...strictest, byOperator }, unknownState, overrides)
}

const statesBy = (overrides: Overrides): RegionRules[] => [
  merged('US', ['US'], overrides),
  ...[...new Set([...Object.keys(data.rows), ...Object.keys(overrides)])]
    .filter(isState)
    .map(name => merged(name, [name, 'US'], overrides)),
]

/** Computed from the rows, so that a new one counts here by itself. */
function strictestOf(states: readonly RegionRules[]): RegionRules {
  const closing = states.filter(({ hours }) => hours.holiday !== 'as the day')
  const us = states[0]!
  return {
    ...us,
    row: unknownState,
    hours: {
      weekday: common(states.map(({ hours }) => hours.weekday)),
      saturday: common(states.map(({ hours }) => hours.saturday)),
      sunday: common(states.map(({ hours }) => hours.sunday)),
      holiday: closing.length === 0 ? 'as the day' : null,
    },
    caps: lowest(states.flatMap(({ caps }) => caps)),
    doubleOptIn: (['required', 'advised', 'no'] as const).find(need => states.some(s => s.doubleOptIn === need))!,
    // What one state would not take for a consent is none.
    implied: us.implied.filter(one => states.every(s => s.implied.some(other => other.by === one.by))),
    stopKeptYears: Math.max(0, ...states.map(({ stopKeptYears }) => stopKeptYears ?? 0)) || null,
    holidaysOf: [...new Set(closing.flatMap(({ holidaysOf }) => holidaysOf))],
  }
}

/** Of two caps of one kind and time the lower; of different ones, both. */
const lowest = (caps: readonly Cap[]): Cap[] => [
  ...new Map(caps.toSorted((a, b) => b.most - a.most).map(cap => [`${cap.of} ${cap.hours}`, cap])).values(),
]

/** The time that is in each of several windows of one day; none crosses midnight (regions.test.ts holds the rows to it). */
function common(windows: readonly (Window | null)[]): Window | null {
  let all: Window = { from: 0, to: 24 * 60 }
  for (const window of windows) {
    if (window === null) return null
    all = { from: Math.max(all.from, window.from), to: Math.min(all.to, window.to) }
  }
  return all.from < all.to ? all : null
}

/** Open only where both are. A holiday that is like the day for one of them may fall on any. */
function stricterHours(a: Hours, b: Hours): Hours {
  const onHoliday = ({ holiday, weekday, saturday, sunday }: Hours) =>
    holiday === 'as the day' ? [weekday, saturday, sunday] : [holiday]
  return {
    weekday: common([a.weekday, b.weekday]),
    saturday: common([a.saturday, b.saturday]),
    sunday: common([a.sunday, b.sunday]),
    holiday:
      a.holiday === 'as the day' && b.holiday === 'as the day'
        ? 'as the day'
        : common([...onHoliday(a), ...onHoliday(b)]),
  }
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
  /** The fields that the row itself has, or its override; the others come from the rows above it. */
  says: readonly string[]
  /** All that holds there. */
  rules: RegionRules
}

/** Each row with its source, and each region that is overridden without having one, for a screen. */
export function listRegions(overrides: Overrides = shipped): ListedRegion[] {
  const about = ({ source, confidence, advice, notes }: ListedRegion | Row) => ({ source, confidence, advice, notes })
  const saysBy = (region: string, row: object) =>
    fields.filter(field => field in row || field in (overrideOf(region, overrides) ?? {}))
  const rows = Object.entries(data.rows).map(
    ([region, row]): ListedRegion => ({
      region,
      says: saysBy(region, row),
      rules: rulesOfRow(region, overrides),
      ...about(row),
    }),
  )
  const more = Object.keys(overrides)
    .filter(region => region !== unknownState && !rowOf(region))
    .map((region): ListedRegion => {
      const above = rowOf(rulesOfRow(region).row) ?? data.rows.DEFAULT
      return { region, says: saysBy(region, {}), rules: rulesOfRow(region, overrides), ...about(above) }
    })
  const source = 'Computed: the strictest of all rows of the United States, for a state that is not known.'
  const computed = { says: fields, rules: regionRules(unknownState, null, overrides), source } as const
  return [...rows, ...more, { region: unknownState, ...computed, confidence: 'ours', advice: false, notes: [] }]
}
