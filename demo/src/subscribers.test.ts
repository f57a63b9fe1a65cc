import { expect, test } from 'vitest'
import { subscribers } from './subscribers.ts'

const unique = (values: readonly string[]) => new Set(values).size === values.length

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

test('locales are ones that texts exist in, zones are known, consents have a day', () => {
  for (const { id, locale, zone, consents } of subscribers) {
    expect(['en', 'es', 'fr', 'de', 'pt', 'ja'], id).toContain(locale)
    expect(() => new Intl.DateTimeFormat('en', { timeZone: zone }), id).not.toThrow()
    expect(consents.since, id).toMatch(/^\d{4}-\d{2}-\d{2}$/)
    expect(Number.isNaN(Date.parse(consents.since)), id).toBe(false)
  }
})
