// What a household watches, when, in which languages, on what and where: kept for 28 days, to see when somebody else is in it.
//
// Households change all the time, and no change by itself is a stranger: a new television, a child with a profile, a partner
// who speaks another language, a fortnight in Spain. What they don't do is be in two countries at once on a machine that
// nobody knew, in another language or at other hours, while at home everything goes on. That is looked for, and nothing less.

/** A quarter of an hour of watching, as an event told of it. */
export interface Watched {
  at: Date
  /** Keyed hash, or what kind it is where the service names none. */
  device: string
  country: string | null
  language: string | null
  kind: string | null
}

/** Quarters of an hour of the same, by blocks of four hours (UTC). */
export interface Habit extends Omit<Watched, 'at'> {
  blocks: number[]
}

/** A day, or a week of days that are past. */
interface Bucket {
  /** Days since 1970. */
  from: number
  days: number
  habits: Habit[]
  /** Most devices in one quarter of an hour. */
  streams: number
}

export interface Habits {
  /** Newest first. */
  buckets: Bucket[]
  /** The quarter of an hour that it is, and who watches in it. */
  quarter: number
  devices: string[]
}

export const noHabits: Habits = { buckets: [], quarter: 0, devices: [] }

const profileDays = 28
/** Days that are looked at, against those before. */
const recentDays = 3
const quarterMs = 15 * 60_000
const dayMs = 86_400_000
/** More in a week are many guests, and the least of them are forgotten. */
const mostHabits = 40

const dayOf = (at: Date) => Math.floor(at.getTime() / dayMs)

/** The same object where it says nothing new: each device counts once in a quarter of an hour. */
export function watch(habits: Habits, { at, ...what }: Watched): Habits {
  const quarter = Math.floor(at.getTime() / quarterMs)
  const day = dayOf(at)
  const newest = habits.buckets[0]
  // What comes late by more than a day is left out: the quarters of then are forgotten.
  if (quarter < habits.quarter - 96) return habits
  const isSame = quarter === habits.quarter
  if (isSame && habits.devices.includes(what.device)) return habits
  const devices = isSame ? [...habits.devices, what.device] : quarter > habits.quarter ? [what.device] : habits.devices
  const buckets = newest && newest.from === day ? [...habits.buckets] : shifted(habits.buckets, day)
  const [today, ...rest] = buckets
  const block = Math.floor((at.getTime() % dayMs) / (4 * 3_600_000))
  const isLike = (one: Habit) =>
    one.device === what.device &&
    one.country === what.country &&
    one.language === what.language &&
    one.kind === what.kind
  const known = today!.habits.find(isLike)
  const more = known ?? { ...what, blocks: [0, 0, 0, 0, 0, 0] }
  const counted = { ...more, blocks: more.blocks.map((count, i) => (i === block ? count + 1 : count)) }
  return {
    buckets: [
      {
        ...today!,
        habits: known ? today!.habits.map(one => (one === known ? counted : one)) : [...today!.habits, counted],
        streams: Math.max(today!.streams, devices.length),
      },
      ...rest,
    ],
    quarter: Math.max(quarter, habits.quarter),
    devices,
  }
}

/** With a bucket for this day; days that are past go into weeks, and weeks that are over go. */
function shifted(buckets: readonly Bucket[], day: number): Bucket[] {
  const kept = buckets.filter(({ from }) => from > day - profileDays - 7)
  const days = kept.filter(one => one.days === 1 && one.from > day - recentDays)
  const past = kept.filter(one => !days.includes(one))
  const weeks = new Map<number, Bucket>()
  for (const one of past) {
    const from = one.from - (one.from % 7)
    const before = weeks.get(from)
    weeks.set(from, before ? joined(before, one) : { ...one, from, days: 7 })
  }
  return [
    { from: day, days: 1, habits: [], streams: 0 },
    ...days,
    ...[...weeks.values()].sort((a, b) => b.from - a.from),
  ]
}

function joined(week: Bucket, day: Bucket): Bucket {
  const habits = new Map<string, Habit>()
  for (const { blocks, ...what } of [...week.habits, ...day.habits]) {
    const name = JSON.stringify([what.device, what.country, what.language, what.kind])
    const before = habits.get(name)?.blocks
    habits.set(name, { ...what, blocks: before ? blocks.map((count, i) => count + before[i]!) : blocks })
  }
  const byWeight = [...habits.values()].sort((a, b) => quartersOf(b) - quartersOf(a))
  return { ...week, habits: byWeight.slice(0, mostHabits), streams: Math.max(week.streams, day.streams) }
}

const quartersOf = ({ blocks }: Habit) => blocks.reduce((sum, count) => sum + count, 0)

export type Change =
  /** Too little is known of them, or nothing new is there. */
  | { kind: 'unknown' | 'none' }
  | {
      kind: 'some' | 'sudden'
      score: number
      facts: {
        /** Hours on devices that were not there before. */
        hours: number
        /** Shares of those: in languages and countries that were not there before. */
        newLanguage: number
        newCountry: number
        /** 1: known devices went on in a country of before meanwhile. */
        inTwoCountries: number
        moreStreams: number
        /** How far from before, 0 to 1 (Jensen and Shannon). */
        otherHours: number
        otherKinds: number
      }
    }

/** Ours; chosen so that no change alone is sudden, and none without a second country. */
const weights = { language: 1.2, countries: 0.8, countryAlone: 0.25, streams: 0.5, hours: 0.4, kinds: 0.4 } as const
const suddenAt = 2
/** Of before: ten hours on two days at least; and an hour on new devices. */
const least = { before: 40, fresh: 4 } as const
/** From there on hours and kinds are others. */
const far = 0.35

/** Of the last three days against the four weeks before. */
export function change({ buckets }: Habits, now: Date): Change {
  const today = dayOf(now)
  const isRecent = ({ from, days }: Bucket) => days === 1 && from > today - recentDays
  const recent = buckets.filter(isRecent)
  const before = buckets.filter(one => !isRecent(one) && one.from + one.days > today - profileDays)
  const past = before.flatMap(({ habits }) => habits)
  if (sum(past) < least.before || before.length < 2) return { kind: 'unknown' }

  const devices = new Set(past.map(({ device }) => device))
  const habits = recent.flatMap(({ habits }) => habits)
  const fresh = habits.filter(({ device }) => !devices.has(device))
  if (sum(fresh) < least.fresh) return { kind: 'none' }

  const newShare = (of: 'language' | 'country') => {
    const known = new Set(past.map(one => one[of]))
    return sum(fresh.filter(one => one[of] !== null && !known.has(one[of]))) / sum(fresh)
  }
  const countries = new Set(past.map(({ country }) => country))
  const goesOn = habits.some(one => devices.has(one.device) && one.country !== null && countries.has(one.country))
  const newCountry = newShare('country')
  const facts = {
    hours: sum(fresh) / 4,
    newLanguage: newShare('language'),
    newCountry,
    inTwoCountries: newCountry >= 0.5 && goesOn ? 1 : 0,
    moreStreams:
      Math.max(...recent.map(({ streams }) => streams)) > Math.max(...before.map(({ streams }) => streams)) ? 1 : 0,
    otherHours: distance(byBlock(fresh), byBlock(past)),
    otherKinds: distance(by(fresh, 'kind'), by(past, 'kind')),
  }
  const score =
    weights.language * facts.newLanguage +
    (facts.inTwoCountries ? weights.countries : weights.countryAlone) * newCountry +
    weights.streams * facts.moreStreams +
    weights.hours * Number(facts.otherHours >= far) +
    weights.kinds * Number(facts.otherKinds >= far)
  return { kind: facts.inTwoCountries && score >= suddenAt - 1e-9 ? 'sudden' : 'some', score, facts }
}

const sum = (habits: readonly Habit[]) => habits.reduce((total, one) => total + quartersOf(one), 0)

function by(habits: readonly Habit[], of: 'kind'): Map<string, number> {
  const counts = new Map<string, number>()
  for (const one of habits) if (one[of] !== null) counts.set(one[of], (counts.get(one[of]) ?? 0) + quartersOf(one))
  return counts
}
function byBlock(habits: readonly Habit[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { blocks } of habits)
    blocks.forEach((count, i) => {
      counts.set(String(i), (counts.get(String(i)) ?? 0) + count)
    })
  return counts
}

/** The square root of the divergence of Jensen and Shannon, in bits: 0 where they are alike, 1 where they share nothing. */
export function distance(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  const totals = [one, other].map(counts => [...counts.values()].reduce((a, b) => a + b, 0)) as [number, number]
  if (totals[0] === 0 || totals[1] === 0) return 0
  const part = (p: number, q: number) => (p === 0 ? 0 : p * Math.log2((2 * p) / (p + q)))
  let divergence = 0
  for (const name of new Set([...one.keys(), ...other.keys()])) {
    const p = (one.get(name) ?? 0) / totals[0]
    const q = (other.get(name) ?? 0) / totals[1]
    divergence += (part(p, q) + part(q, p)) / 2
  }
  return Math.sqrt(Math.max(0, divergence))
}
