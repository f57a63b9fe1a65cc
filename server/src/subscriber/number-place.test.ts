import { expect, test } from 'vitest'
import { areaCodes, isState, placeOfNumber, zonesOfRegion } from './number-place.ts'
import { isZone, zonesOfCountry } from './zones.ts'

test.each([
  ['+12125550123', 'US-NY', ['America/New_York']],
  ['+18505550123', 'US-FL', ['America/New_York', 'America/Chicago']],
  ['+13055550123', 'US-FL', ['America/New_York']],
  ['+19155550123', 'US-TX', ['America/Denver']],
  ['+16025550123', 'US-AZ', ['America/Phoenix']],
  ['+18085550123', 'US-HI', ['Pacific/Honolulu']],
  ['+14165550123', 'CA-ON', ['America/Toronto']],
  ['+13065550123', 'CA-SK', ['America/Regina', 'America/Swift_Current', 'America/Edmonton']],
  // Provinces that share a code.
  ['+19025550123', null, ['America/Halifax', 'America/Glace_Bay', 'America/Halifax']],
  // Without a place: freephone, personal numbers, Canada's non-geographic ones.
  ['+18005550123', null, []],
  ['+15005550006', null, []],
  ['+16005550123', null, []],
  // Brazil's mobile numbers carry their area; Australia's don't, its fixed lines do.
  ['+5511999990000', null, ['America/Sao_Paulo']],
  ['+5568999990000', null, ['America/Rio_Branco']],
  ['+5581999990000', null, ['America/Recife', 'America/Noronha']],
  [
    '+61861000000',
    null,
    ['Australia/Adelaide', 'Australia/Broken_Hill', 'Australia/Darwin', 'Australia/Perth', 'Australia/Eucla'],
  ],
  // Reserved for fiction, so of no country in particular: the islands share the calling code.
  ['+447700900123', null, ['GB', 'GG', 'IM', 'JE'].flatMap(zonesOfCountry)],
  ['+9779841000000', null, zonesOfCountry('NP')],
  ['+18765550123', null, zonesOfCountry('JM')],
  ['+17875550123', null, zonesOfCountry('PR')],
  ['nonsense', null, []],
  ['', null, []],
])('%s is in %s', (number, region, zones) => {
  const place = placeOfNumber(number)

  expect(place.region).toBe(region)
  expect(new Set(place.zones)).toEqual(new Set(zones))
})

test.each([
  ['+61412345678', 'AU'],
  ['+79161234567', 'RU'],
])('%s may be anywhere in %s', (number, country) => {
  expect(placeOfNumber(number)).toEqual({ region: null, zones: zonesOfCountry(country) })
  expect(zonesOfCountry(country).length).toBeGreaterThan(5)
})

test('an area code that nobody knows may be anywhere its country reaches', () => {
  const { region, zones } = placeOfNumber('+12995550123')

  expect(region).toBeNull()
  expect(zones).toEqual(expect.arrayContaining([...zonesOfCountry('US'), ...zonesOfCountry('CA')]))
})

test('each area code is named once, with zones of its region that exist', () => {
  expect(areaCodes.size).toBeGreaterThan(430)
  for (const [code, { region, zones }] of areaCodes) {
    expect(code).toMatch(/^[2-9]\d\d$/)
    for (const zone of zones) expect(isZone(zone), `${code} ${zone}`).toBe(true)
    if (region !== null) {
      expect(zones.length, code).toBeGreaterThan(0)
      expect(zonesOfRegion(region), code).toEqual(expect.arrayContaining([...zones]))
    }
  }
})

test('all states and the district have their zones, which are zones of the country', () => {
  const states = new Set(
    [...areaCodes.values()].flatMap(({ region }) => (region !== null && isState(region) ? [region] : [])),
  )
  const offsets = (zones: readonly string[]) =>
    new Set(zones.map(zone => new Date('2027-01-15T12:00Z').toLocaleString('en', { timeZone: zone })))

  expect(states.size).toBe(51)
  for (const state of states)
    expect([...offsets(zonesOfCountry('US'))], state).toEqual(
      expect.arrayContaining([...offsets(zonesOfRegion(state)!)]),
    )
})
