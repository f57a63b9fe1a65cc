import { expect, test } from 'vitest'
import { titles } from './catalogue.ts'

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
