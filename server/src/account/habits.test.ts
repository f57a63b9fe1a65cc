// When somebody else is in a household: by cases, and by generated households in which nobody is (households.ts).
import { expect, test } from 'vitest'
import { change, distance, type Habits, noHabits, type Watched, watch } from './habits.ts'
import { generateHousehold } from './households.ts'

const start = new Date('2026-01-05T00:00:00Z')
const dayMs = 86_400_000
const at = (day: number, hour: number, quarter = 0) =>
  new Date(start.getTime() + day * dayMs + (hour * 4 + quarter) * 15 * 60_000)
const after = (day: number) => at(day, 23, 3)

const home = { device: 'tv', country: 'FR', language: 'fr', kind: 'series' }
/** Two hours of the same, at 19 h unless said otherwise. */
const evening = (day: number, more: Partial<Watched> = {}, hour = 19): Watched[] =>
  Array.from({ length: 8 }, (_, q) => ({ ...home, at: at(day, hour, q), ...more }))
const days = (from: number, to: number, of: (day: number) => Watched[]) =>
  Array.from({ length: to - from }, (_, i) => of(from + i)).flat()
const living = (views: readonly Watched[]): Habits =>
  views.toSorted((a, b) => a.at.getTime() - b.at.getTime()).reduce(watch, noHabits)

const before = days(0, 28, day => evening(day))
const stranger = { device: 'x', country: 'BR', language: 'pt' }

test('a stranger in another country and language, while at home everything goes on, is sudden', () => {
  const habits = living([...before, ...days(28, 30, day => [...evening(day), ...evening(day, stranger, 2)])])

  expect(change(habits, after(29))).toMatchObject({
    kind: 'sudden',
    facts: { hours: 4, newLanguage: 1, newCountry: 1, inTwoCountries: 1 },
  })
})

const harmless: [what: string, views: Watched[]][] = [
  ['the same as always', days(28, 31, day => evening(day))],
  ['a new television', days(28, 31, day => evening(day, { device: 'tv-2' }))],
  [
    'a fortnight in Spain, all of them, with the television of the flat',
    days(28, 31, day => evening(day, { device: 'flat-tv', country: 'ES' })),
  ],
  [
    'the same, and the children watch in Spanish',
    days(28, 31, day => evening(day, { device: 'flat-tv', country: 'ES', language: 'es' }, 15)),
  ],
  [
    'Spain, and one stays at home',
    days(28, 31, day => [...evening(day), ...evening(day, { device: 'flat-tv', country: 'ES' }, 21)]),
  ],
  [
    'a child with a profile and a tablet',
    days(28, 31, day => [...evening(day), ...evening(day, { device: 'tablet', kind: 'children' }, 15)]),
  ],
  [
    'a partner of another language, with machines and hours of their own',
    days(28, 31, day => [...evening(day), ...evening(day, { device: 'phone-2', language: 'pl', kind: 'film' }, 23)]),
  ],
  ['nothing', []],
]
for (const [what, views] of harmless)
  test(`${what} is not sudden`, () => {
    expect(change(living([...before, ...views]), after(30)).kind).not.toBe('sudden')
  })

test('of whom little is known nothing is said', () => {
  expect(change(noHabits, after(0)).kind).toBe('unknown')
  expect(change(living(evening(0)), after(0)).kind).toBe('unknown')
  expect(change(living([...evening(20), ...evening(28, stranger)]), after(28)).kind).toBe('unknown')
})

test('a device counts once in a quarter of an hour, however often it is told of', () => {
  const once = living(evening(0))
  const often = living(evening(0).flatMap(view => [view, view, { ...view, at: new Date(view.at.getTime() + 60_000) }]))

  expect(often).toEqual(once)
  expect(watch(once, evening(0).at(-1)!)).toBe(once)
})

test('devices at the same time are counted as streams', () => {
  const { buckets } = living([
    ...evening(0),
    ...evening(0, { device: 'phone' }),
    ...evening(0, { device: 'tablet' }, 15),
  ])

  expect(buckets[0]!.streams).toBe(2)
})

test('what is kept stays small, and what is older than it should be goes', () => {
  const busy = living(
    days(0, 70, day =>
      Array.from({ length: 12 }, (_, n) => evening(day, { device: `d${(day * 12 + n) % 200}` }, n * 2)).flat(),
    ),
  )

  expect(busy.buckets.length).toBeLessThanOrEqual(3 + 6)
  expect(JSON.stringify(busy).length).toBeLessThan(40_000)
  expect(Math.min(...busy.buckets.map(({ from }) => from))).toBeGreaterThan(
    Math.floor(at(69, 0).getTime() / dayMs) - 36,
  )
})

test('distances: alike, half alike, nothing in common', () => {
  const of = (counts: Record<string, number>) => new Map(Object.entries(counts))

  expect(distance(of({ a: 1, b: 1 }), of({ a: 5, b: 5 }))).toBe(0)
  expect(distance(of({ a: 1 }), of({ b: 1 }))).toBe(1)
  expect(distance(of({ a: 1 }), of({ a: 1, b: 1 }))).toBeCloseTo(0.558, 2)
  expect(distance(of({}), of({ a: 1 }))).toBe(0)
})

/** Asked at the end of each day, after four weeks. Answers the weeks in which it was sudden. */
function alarms(views: readonly Watched[], weeks: number): number[] {
  let habits = noHabits
  let next = 0
  const found = new Set<number>()
  for (let day = 0; day < weeks * 7; day++) {
    const end = after(day)
    for (; next < views.length && views[next]!.at <= end; next++) habits = watch(habits, views[next]!)
    if (day >= 28 && change(habits, end).kind === 'sudden') found.add(Math.floor(day / 7))
  }
  return [...found]
}

test('at most one false alarm in 1,000 weeks of households that travel, grow, study and have guests', () => {
  const weeks = 30
  const households = 800
  let falseAlarms = 0
  const why: string[] = []
  for (let seed = 0; seed < households; seed++) {
    const { views, lived } = generateHousehold(seed, weeks, start, false)
    const found = alarms(views, weeks)
    falseAlarms += found.length
    if (found.length > 0) why.push(`${seed} in weeks ${found}: ${lived.join('; ')}`)
  }
  const perThousand = (1_000 * falseAlarms) / (households * (weeks - 4))
  expect(perThousand, why.join('\n')).toBeLessThanOrEqual(1)
})

test('of accounts that were sold three in five are seen within a week', () => {
  const weeks = 8
  const all = Array.from({ length: 400 }, (_, seed) => generateHousehold(10_000 + seed, weeks, start, true))

  const seen = all.filter(({ views }) => alarms(views, weeks).includes(weeks - 1)).length

  expect(seen / all.length).toBeGreaterThan(0.6)
})
