import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { expect, test } from 'vitest'
import { demoRanges, subscribers, titles } from './orpheum.ts'

const unique = (values: readonly string[]) => new Set(values).size === values.length

test('the catalogue holds at least 64 titles, each with an id of its own', () => {
  expect(titles.length).toBeGreaterThanOrEqual(64)
  expect(unique(titles.map(({ id }) => id))).toBe(true)
  for (const { id } of titles) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
})

test('every title says what it is', () => {
  for (const { id, name, year, country, language, minutes, genres, synopsis } of titles) {
    expect(name.length, id).toBeGreaterThan(0)
    expect(year, id).toBeGreaterThanOrEqual(1902)
    // Nothing of 1970 or later can have lost its copyright to a missing notice or renewal that we know of.
    expect(year, id).toBeLessThan(1970)
    expect(country, id).toMatch(/^[A-Z]{2}$/)
    expect(language, id).toMatch(/^[a-z]{2}$/)
    expect(minutes, id).toBeGreaterThan(10)
    expect(genres.length, id).toBeGreaterThan(0)
    expect(synopsis, id).toMatch(/^[A-Z].{20,140}\.$/)
    expect(`${name} ${synopsis}`, id).not.toMatch(/[\u2010-\u201f\u2026]/)
  }
})

test('serials have their episodes in order, films have none', () => {
  const serials = titles.filter(({ kind }) => kind === 'serial')

  expect(serials.filter(({ episodes }) => episodes).length).toBeGreaterThanOrEqual(10)
  for (const { id, episodes = [] } of serials) {
    expect(
      episodes.map(({ number }) => number),
      id,
    ).toEqual(episodes.map((_, at) => at + 1))
    expect(unique(episodes.map(({ name }) => name)), id).toBe(true)
  }
  for (const { id, kind, episodes } of titles) if (kind === 'film') expect(episodes, id).toBeUndefined()
})

test('forty subscribers in twelve countries, each with an id and a number of their own', () => {
  expect(subscribers).toHaveLength(40)
  expect(new Set(subscribers.map(({ region }) => region.slice(0, 2))).size).toBe(12)
  expect(unique(subscribers.map(({ msisdn }) => msisdn))).toBe(true)
  expect(subscribers.map(({ id }) => id)).toEqual(subscribers.map((_, at) => `orph-${String(at + 1).padStart(4, '0')}`))
})

test('no two subscribers have one name, and they write theirs in many scripts', () => {
  const scripts = ['Latin', 'Arabic', 'Cyrillic', 'Greek', 'Han', 'Tamil']
  const isIn = (script: string) => new RegExp(`\\p{Script=${script}}`, 'u')

  expect(unique(subscribers.map(({ name }) => name))).toBe(true)
  expect(scripts.filter(script => subscribers.some(({ name }) => isIn(script).test(name)))).toEqual(scripts)
})

test('every number lies in a range that the demo allows in its country', () => {
  for (const { id, msisdn, region } of subscribers) {
    const range = demoRanges.find(({ prefix }) => msisdn.startsWith(prefix))
    expect(range?.country, id).toBe(region.slice(0, 2))
  }
})

test('every number is written in E.164 and is as long as numbers of its country are', () => {
  for (const { id, msisdn } of subscribers) {
    expect(msisdn, id).toMatch(/^\+[1-9]\d{9,14}$/)
    expect(parsePhoneNumberFromString(msisdn)?.isPossible(), id).toBe(true)
  }
})

test('where nothing is reserved for fiction, the numbers are ones that nobody can have', () => {
  const unreserved = demoRanges.filter(({ reserved }) => !reserved)

  expect(new Set(unreserved.map(({ country }) => country))).toEqual(new Set(['ES', 'BR', 'JP', 'IN']))
  for (const { msisdn } of subscribers) {
    const range = unreserved.find(({ prefix }) => msisdn.startsWith(prefix))
    // libphonenumber has no rule for Brazil's 90; for the others it agrees that there is no such number.
    if (range && range.country !== 'BR') expect(parsePhoneNumberFromString(msisdn)?.isValid(), msisdn).toBe(false)
  }
})

test('ranges do not overlap', () => {
  for (const one of demoRanges)
    for (const other of demoRanges)
      if (one !== other) expect(one.prefix.startsWith(other.prefix), `${one.prefix} in ${other.prefix}`).toBe(false)
})

test('locales are ones that texts exist in, zones are known, consents have a day', () => {
  for (const { id, locale, zone, consents } of subscribers) {
    expect(['en', 'es', 'fr', 'de', 'pt', 'ja'], id).toContain(locale)
    expect(() => new Intl.DateTimeFormat('en', { timeZone: zone }), id).not.toThrow()
    expect(consents.since, id).toMatch(/^\d{4}-\d{2}-\d{2}$/)
    expect(Number.isNaN(Date.parse(consents.since)), id).toBe(false)
  }
})
