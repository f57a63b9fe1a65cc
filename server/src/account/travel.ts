// Impossible travel: from one sign-in to the next faster than people get about. The threshold of distance and speed is the
// one of facts S1; what is not known, hidden or near proves nothing.

export interface Point {
  latitude: number
  longitude: number
}

export interface Stop {
  at: Date
  place: Point | null
  city: string | null
  /** Through a data centre, a VPN or a relay. */
  isHidden: boolean
}

export interface TravelRules {
  km: number
  kmPerHour: number
}

export type Travel =
  | { kind: 'unknown'; why: 'no_place' | 'hidden' | 'clock_went_back' }
  | { kind: 'possible' | 'impossible'; km: number; hours: number; kmPerHour: number }

/** Within a city and what lies around it, places of addresses jump about by themselves. */
export const metropolitanKm = 100

export function travel(from: Stop, to: Stop, rules: TravelRules): Travel {
  if (!from.place || !to.place) return { kind: 'unknown', why: 'no_place' }
  if (from.isHidden || to.isHidden) return { kind: 'unknown', why: 'hidden' }
  const hours = (to.at.getTime() - from.at.getTime()) / 3_600_000
  if (hours < 0) return { kind: 'unknown', why: 'clock_went_back' }
  const km = distanceKm(from.place, to.place)
  const kmPerHour = km === 0 ? 0 : km / hours
  const isNear =
    km <= Math.max(rules.km, metropolitanKm) ||
    (from.city !== null && from.city === to.city && km <= 2 * metropolitanKm)
  return { kind: isNear || kmPerHour <= rules.kmPerHour ? 'possible' : 'impossible', km, hours, kmPerHour }
}

/** Along a great circle (haversine), on a sphere of the Earth's mean radius. */
export function distanceKm(a: Point, b: Point): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const half = (from: number, to: number) => Math.sin(radians(to - from) / 2) ** 2
  const h =
    half(a.latitude, b.latitude) +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(a.longitude, b.longitude)
  return 2 * 6_371 * Math.asin(Math.min(1, Math.sqrt(h)))
}
