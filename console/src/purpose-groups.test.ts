import { Country, PurposePattern } from '@usher/contract/carrier'
import { purposes } from '@usher/contract/purpose'
import { expect, test } from 'vitest'
import { countryChoices } from './countries.ts'
import { purposeFamilies } from './purpose-groups.ts'

const familyNames = Object.keys(purposeFamilies)

test('each family of purposes can be chosen, and is one that the contract knows', () => {
  const families = new Set(purposes.flatMap(one => (one.includes('.') ? [`${one.split('.')[0]}.*`] : [])))

  expect(new Set(familyNames)).toEqual(families)
  expect(familyNames.filter(name => !PurposePattern.safeParse(name).success)).toEqual([])
})

test('each country that can be chosen is there once, under the code that is current, and no union is among them', () => {
  const codes = countryChoices.map(({ value }) => value)

  expect(new Set(codes).size).toBe(codes.length)
  expect(codes.filter(code => !Country.safeParse(code).success)).toEqual([])
  expect(codes).toEqual(expect.arrayContaining(['GB', 'US', 'SG', 'DE', 'IN', 'BR', 'ZA']))
  for (const gone of ['DD', 'SU', 'YU', 'EU', 'UN', 'ZZ']) expect(codes).not.toContain(gone)
  expect(codes.length).toBeGreaterThan(240)
  expect(codes.length).toBeLessThan(256)
})
