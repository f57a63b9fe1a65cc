// Where a number may be by its digits: for North America the state or province of its area code, elsewhere the country's
// zones, narrowed where digits tell more. Mobile numbers move with people, so it is a fallback, and one side of the
// stricter of two. The codes are data with their sources: ../../data/area-codes.json.
import { readFileSync } from 'node:fs'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { z } from 'zod'
import { zonesOfCountry } from './zones.ts'

const confidence = z.enum(['H', 'M'])
const words = z.string().transform(text => text.split(' '))
const data = z
  .object({
    regions: z.record(z.string(), z.array(z.string()).nonempty()),
    codes: z.array(
      z.union([
        z.strictObject({ region: z.string(), zones: z.array(z.string()).optional(), codes: words, confidence }),
        // Codes that several provinces share tell the zones and no region.
        z.strictObject({ country: z.string(), of: z.array(z.string()), codes: words, confidence }),
      ]),
    ),
    prefixes: z.array(z.strictObject({ country: z.string(), zones: z.array(z.string()), prefixes: words, confidence })),
    nowhere: words,
  })
  .parse(JSON.parse(readFileSync(new URL('../../data/area-codes.json', import.meta.url), 'utf8')))

export interface NumberPlace {
  /** ISO 3166-2 of a state or province of North America; null: not known. */
  region: string | null
  /** Every zone that it may be in; empty: a number without a place. */
  zones: readonly string[]
}

/** The zones of a state or province that is known here; undefined for others, whose country's zones count. */
export const zonesOfRegion = (region: string): readonly string[] | undefined =>
  Object.hasOwn(data.regions, region) ? data.regions[region] : undefined

/** A state of the United States or the District of Columbia. */
export const isState = (region: string): boolean => region.startsWith('US-') && region in data.regions

export const areaCodes: ReadonlyMap<string, NumberPlace> = new Map([
  ...data.codes.flatMap(entry =>
    entry.codes.map((code): [string, NumberPlace] => [
      code,
      'region' in entry
        ? { region: entry.region, zones: entry.zones ?? data.regions[entry.region] ?? [] }
        : { region: null, zones: entry.of.flatMap(region => data.regions[region] ?? []) },
    ]),
  ),
  ...data.nowhere.map((code): [string, NumberPlace] => [code, { region: null, zones: [] }]),
])
const prefixes = new Map(data.prefixes.flatMap(({ prefixes, zones }) => prefixes.map(prefix => [prefix, zones])))

export function placeOfNumber(msisdn: string): NumberPlace {
  if (msisdn.startsWith('+1')) {
    const known = areaCodes.get(msisdn.slice(2, 5))
    if (known) return known
  }
  const parsed = parsePhoneNumberFromString(msisdn)
  if (!parsed) return { region: null, zones: [] }
  // Brazil's begin after five characters, mobile numbers too; Australia's, of fixed lines alone, after four.
  const narrowed = prefixes.get(msisdn.slice(0, 5)) ?? prefixes.get(msisdn.slice(0, 4))
  if (narrowed) return { region: null, zones: narrowed }
  if (parsed.country) return { region: null, zones: zonesOfCountry(parsed.country) }
  const countries = parsed.getPossibleCountries()
  // A code that nobody was given yet: it may be anywhere its calling code reaches.
  return { region: null, zones: [...new Set(countries.flatMap(zonesOfCountry))] }
}
