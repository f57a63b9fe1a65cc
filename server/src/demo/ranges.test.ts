import { subscribers } from '@usher/demo/subscribers'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { expect, test } from 'vitest'
import { demoRanges } from './ranges.ts'

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
