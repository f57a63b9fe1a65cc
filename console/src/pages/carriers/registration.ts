// How a sender stands with the registries of countries: what is missing, pending, refused, or over.
import type { SenderInput } from '@usher/contract/carrier'
import { countryName } from '../../countries.ts'

export type Registration = SenderInput['registrations'][number]

const soonMs = 30 * 86_400_000

export type Standing = Registration['state'] | 'ended' | 'ends soon'

export function standingOf({ state, until }: Registration, now: number): Standing {
  if (state !== 'registered' || until === null) return state
  const left = Date.parse(until) - now
  return left <= 0 ? 'ended' : left < soonMs ? 'ends soon' : 'registered'
}

/**
 * Where a sender of a kind is registered before its first text, as most are asked to: 10DLC campaigns and verified toll-free
 * numbers in North America, the sender registry of Singapore. It is a reminder; what closes a route the server decides.
 */
const usual: Record<SenderInput['kind'], readonly string[]> = {
  alphanumeric: ['SG'],
  short_code: [],
  long_number: ['US'],
  toll_free: ['US', 'CA'],
}

/** Countries it is meant for, that usually want a registration, and of which none is noted. */
export const missing = ({
  kind,
  countries,
  registrations,
}: Pick<SenderInput, 'kind' | 'countries' | 'registrations'>): string[] =>
  usual[kind].filter(
    country => (countries ?? []).includes(country) && !registrations.some(one => one.country === country),
  )

export const missingSaid = (countries: readonly string[]) =>
  `No registration is noted for ${countries.map(countryName).join(' and ')}, where a sender of this kind usually needs one.`
