import { expect, test } from 'vitest'
import { distanceKm, type Stop, travel } from './travel.ts'

const cities = {
  dublin: { latitude: 53.3, longitude: -6.3 },
  london: { latitude: 51.5, longitude: -0.1 },
  paris: { latitude: 48.9, longitude: 2.4 },
  lyon: { latitude: 45.8, longitude: 4.8 },
  sydney: { latitude: -33.9, longitude: 151.2 },
  auckland: { latitude: -36.8, longitude: 174.8 },
  losAngeles: { latitude: 34.1, longitude: -118.2 },
  riverside: { latitude: 34, longitude: -117.4 },
} as const
type City = keyof typeof cities

const stop = (city: City | null, minutes: number, more: Partial<Stop> = {}): Stop => ({
  at: new Date(Date.parse('2026-11-02T12:00:00Z') + minutes * 60_000),
  place: city && cities[city],
  city,
  isHidden: false,
  ...more,
})
const rules = { km: 500, kmPerHour: 1_000 }

const table: [why: string, from: Stop, to: Stop, kind: string][] = [
  ['464 km in an hour is a flight', stop('dublin', 0), stop('london', 60), 'possible'],
  ['464 km in a minute is too near to tell', stop('dublin', 0), stop('london', 1), 'possible'],
  ['half the world in an hour', stop('dublin', 0), stop('sydney', 60), 'impossible'],
  ['half the world in a day', stop('dublin', 0), stop('sydney', 24 * 60), 'possible'],
  ['half the world at once', stop('dublin', 0), stop('sydney', 0), 'impossible'],
  ['over the date line in three hours', stop('sydney', 0), stop('auckland', 180), 'possible'],
  ['over the date line in an hour', stop('sydney', 0), stop('auckland', 60), 'impossible'],
  ['one city, five seconds', stop('london', 0), stop('london', 5 / 60), 'possible'],
  ['one city, at once', stop('london', 0), stop('london', 0), 'possible'],
  ['one metropolitan area, at once', stop('losAngeles', 0), stop('riverside', 0), 'possible'],
  ['no place before', stop(null, 0), stop('sydney', 60), 'unknown'],
  ['no place now', stop('dublin', 0), stop(null, 60), 'unknown'],
  ['a VPN before', stop('dublin', 0, { isHidden: true }), stop('sydney', 60), 'unknown'],
  ['a data centre now', stop('dublin', 0), stop('sydney', 60, { isHidden: true }), 'unknown'],
  ['a clock that went back', stop('dublin', 60), stop('sydney', 0), 'unknown'],
]

for (const [why, from, to, kind] of table)
  test(`travel: ${why}: ${kind}`, () => {
    expect(travel(from, to, rules).kind).toBe(kind)
  })

test('within a metropolitan area no rule makes travel impossible', () => {
  const strict = { km: 1, kmPerHour: 1 }

  expect(travel(stop('losAngeles', 0), stop('riverside', 1), strict).kind).toBe('possible')
  expect(travel(stop('paris', 0), stop('lyon', 1), strict).kind).toBe('impossible')
})

test('both distance and speed have to be over: 501 km in an hour at a limit of 500 km and 1,000 km/h is possible', () => {
  const north = { latitude: 4.51, longitude: 0 }
  const from = stop(null, 0, { place: { latitude: 0, longitude: 0 } })

  expect(distanceKm({ latitude: 0, longitude: 0 }, north)).toBeGreaterThan(500)
  expect(travel(from, stop(null, 60, { place: north }), rules).kind).toBe('possible')
  expect(travel(from, stop(null, 29, { place: north }), rules).kind).toBe('impossible')
})

test('distances are those of a globe', () => {
  expect(distanceKm(cities.london, cities.paris)).toBeCloseTo(340, -1)
  expect(distanceKm(cities.london, cities.sydney)).toBeCloseTo(16_990, -2)
  expect(distanceKm(cities.sydney, cities.auckland)).toBeCloseTo(2_160, -2)
  expect(distanceKm({ latitude: 0, longitude: 179.9 }, { latitude: 0, longitude: -179.9 })).toBeCloseTo(22, 0)
  expect(distanceKm({ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 77 })).toBeCloseTo(20_015, -1)
})
