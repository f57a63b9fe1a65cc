import { expect, test } from 'vitest'
import { missing, type Registration, standingOf } from './registration.ts'

const now = Date.parse('2026-11-02T20:00:00Z')
const aRegistration = (over: Partial<Registration>): Registration => ({
  ...{ country: 'US', state: 'registered', reference: 'C4QX1T9', until: null },
  ...over,
})

test.each<[Partial<Registration>, string]>([
  [{}, 'registered'],
  [{ until: '2027-11-02T00:00:00.000Z' }, 'registered'],
  [{ until: '2026-11-20T00:00:00.000Z' }, 'ends soon'],
  [{ until: '2026-11-02T19:59:59.000Z' }, 'ended'],
  [{ state: 'pending' }, 'pending'],
  [{ state: 'refused', until: '2026-11-01T00:00:00.000Z' }, 'refused'],
])('a registration with %o is told as %s', (over, word) => {
  expect(standingOf(aRegistration(over), now)).toBe(word)
})

test('a long number for the United States and Britain is reminded of the one registration that it lacks', () => {
  const sender = { kind: 'long_number', countries: ['US', 'GB'], registrations: [] } as const

  expect(missing({ ...sender, countries: ['US', 'GB'], registrations: [] })).toEqual(['US'])
  expect(missing({ ...sender, countries: ['US'], registrations: [aRegistration({ state: 'pending' })] })).toEqual([])
  expect(missing({ ...sender, countries: ['GB'], registrations: [] })).toEqual([])
})
