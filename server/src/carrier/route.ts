// Which way a text takes: the first route that fits it, of its carriers one by weight and health, and where none of them can
// take it the route after it. Pure; what it is asked often is remembered until the line or somebody's health changes.
import {
  type CarrierSettings,
  type Health as HealthView,
  hasPurpose,
  type NationalLanguage,
  type Network,
  type RouteAnswer,
  type RouteSettings,
  type SenderSettings,
} from '@usher/contract/carrier'
import { laneNumber, type PreferenceGroup, type Purpose, purposes, rulesOf, strictLanes } from '../message/purpose.ts'
import type { Health } from './health.ts'
import { closedBy } from './registrations.ts'

/** What the routes look at. */
export interface Kind {
  country: string | null
  /** null: not known. */
  network: Network | null
  purpose: Purpose
}

export interface Way {
  route: string
  sender: SenderSettings
  /** The carrier, which is the queue's channel. */
  channel: string
  originator: string
  /** Millionths of the currency for each segment. */
  microsPerSegment: number
  /** What the carrier takes besides the default alphabet and UCS-2. */
  alphabets: Alphabets
}

/** Whether a text that was written for one sender may leave from that of another way: whoever could answer it must be able to. */
export const mayTakeOver = (sender: string, way: Way): boolean => way.sender.name === sender || way.sender.isTwoWay

/** How a carrier takes long texts and letters; as `measure` and `segment` of smpp want to know it. */
export interface Alphabets {
  national?: readonly NationalLanguage[]
  latin1?: boolean
  form?: 'udh8' | 'udh16' | 'sar' | 'payload'
}

export interface Prices {
  currency: string
  /** Millionths for each segment, by country; `other` for the rest. */
  micros: Record<string, number> & { other: number }
}

export interface LineDocument {
  carriers: readonly CarrierDocument[]
  senders: readonly SenderSettings[]
  routes: readonly RouteSettings[]
}
/** A carrier as it is stored in a version: without secrets. */
export type CarrierDocument = CarrierSettings extends infer S
  ? S extends unknown
    ? Omit<S, 'secrets' | 'callbacks'>
    : never
  : never

/** A share of the texts of a kind. */
export interface Share {
  way: Way
  /** Of 1. */
  share: number
  weight: number
}

export interface Router {
  /** null where no route is open; `whyNot` says why. `avoid`: carriers to leave out where another can take it. */
  pick(kind: Kind, random: () => number, avoid?: readonly string[]): Way | null
  whyNot(kind: Kind): string
  /** The ways that work now and their shares, without those of `except`; none where all else is broken. */
  elsewhere(kind: Kind, except: readonly string[]): Share[]
  explain(kind: Kind): Pick<RouteAnswer, 'steps' | 'sender' | 'carriers' | 'refusal'>
}

export type RouterHealth = Pick<Health, 'factor' | 'isBroken' | 'of' | 'version'>

interface Step {
  route: RouteSettings
  isTaken: boolean
  reason: string
}

/** A kind's ways, best first: the carriers of the first route of its chain that has one that works. */
interface Found {
  shares: Share[]
  isHealthy: boolean
}

/** Codes take no carrier that is being tried again while another does much better. */
const wellBesideBest = 0.5

export function router(
  line: LineDocument,
  prices: Prices,
  health: RouterHealth,
  now: () => Date,
  rememberMs = 60_000,
): Router {
  const senders = new Map(line.senders.map(one => [one.name, one]))
  const carriers = new Map(line.carriers.map(one => [one.name, one]))
  const routes = new Map(line.routes.map(one => [one.name, one]))
  const remembered = new Map<string, Found>()
  let seen = -1
  let untilMs = 0

  /** Which routes are asked, why each fits or doesn't, and those that a text may take in their order. */
  function trace({ country, network, purpose }: Kind): { steps: Step[]; chain: RouteSettings[] } {
    const steps: Step[] = []
    let first: RouteSettings | undefined
    for (const route of line.routes) {
      if (first !== undefined || route.isOnlyFallback) continue
      const misses = missesOf(route, country, network, purpose)
      const isTaken = misses === null
      steps.push({ route, isTaken, reason: misses ?? fitsBecause(route) })
      if (isTaken) first = route
    }
    const chain: RouteSettings[] = []
    for (let route = first; route && !chain.includes(route); ) {
      chain.push(route)
      const next: RouteSettings | undefined = route.otherwise === null ? undefined : routes.get(route.otherwise)
      if (next && !chain.includes(next))
        steps.push({ route: next, isTaken: true, reason: `Where ${route.name} can't take it.` })
      route = next
    }
    const open = chain.filter(route => {
      const shut = shutBecause(route, { country, network, purpose })
      if (shut === null) return true
      const step = steps.findLast(one => one.route === route)!
      step.isTaken = false
      step.reason = shut
      return false
    })
    return { steps, chain: open }
  }

  function shutBecause(route: RouteSettings, { country, purpose }: Kind): string | null {
    const sender = senders.get(route.sender)
    if (!sender) return `There is no sender ${route.sender}.`
    if (sender.countries !== null && (country === null || !sender.countries.includes(country)))
      return `The sender ${sender.name} may not be used in ${country ?? 'a country that is not known'}.`
    if (!hasPurpose(sender.purposes, purpose)) return `The sender ${sender.name} may not be used for ${purpose}.`
    return closedBy(sender, country, now())
  }

  const waysOf = (route: RouteSettings, country: string | null): { way: Way; weight: number }[] => {
    const sender = senders.get(route.sender)!
    return route.carriers.flatMap(({ carrier: name, weight, microsPerSegment }) => {
      const carrier = carriers.get(name)
      if (!carrier) return []
      const way: Way = {
        route: route.name,
        sender,
        channel: name,
        originator: sender.address,
        microsPerSegment: microsPerSegment ?? prices.micros[country ?? 'other'] ?? prices.micros.other,
        alphabets: alphabetsOf(carrier),
      }
      return [{ way, weight }]
    })
  }

  /** By weight and health; a strict text never by a carrier that is only being tried again. */
  function weigh(ways: readonly { way: Way; weight: number }[], kind: Kind): Share[] {
    const usable = ways
      .filter(({ way }) => !carriers.get(way.channel)!.isPaused)
      .map(one => ({ ...one, factor: health.factor(one.way.channel, kind.country) }))
      .filter(({ factor }) => factor > 0)
    const best = Math.max(0, ...usable.map(({ factor }) => factor))
    const isStrict = laneNumber(kind.purpose) < strictLanes
    const good = isStrict ? usable.filter(({ factor }) => factor >= best * wellBesideBest) : usable
    const sum = good.reduce((sofar, { weight, factor }) => sofar + weight * factor, 0)
    return good.map(({ way, weight, factor }) => ({ way, weight, share: (weight * factor) / sum }))
  }

  function find(kind: Kind, except: readonly string[]): Found {
    const { chain } = trace(kind)
    const all = chain.map(route => waysOf(route, kind.country))
    for (const ways of all) {
      const shares = weigh(
        ways.filter(({ way }) => !except.includes(way.channel)),
        kind,
      )
      if (shares.length > 0) return { shares, isHealthy: true }
    }
    // Nothing works: it waits where it would have gone, at carriers that are not paused if there are any.
    const flat = all.flat().filter(({ way }) => !except.includes(way.channel))
    const waiting = flat.filter(({ way }) => !carriers.get(way.channel)!.isPaused)
    const where = (waiting.length > 0 ? waiting : flat).filter(({ way }, _, [first]) => way.route === first!.way.route)
    const sum = where.reduce((sofar, { weight }) => sofar + weight, 0)
    return { shares: where.map(({ way, weight }) => ({ way, weight, share: weight / sum })), isHealthy: false }
  }

  function findFast(kind: Kind): Found {
    const nowMs = now().getTime()
    // Registrations end with time.
    if (seen !== health.version || nowMs > untilMs || nowMs < untilMs - rememberMs) {
      remembered.clear()
      seen = health.version
      untilMs = nowMs + rememberMs
    }
    const key = `${kind.purpose} ${kind.country} ${kind.network}`
    const known = remembered.get(key)
    if (known) return known
    const found = find(kind, [])
    remembered.set(key, found)
    return found
  }

  return {
    pick(kind, random, avoid = []) {
      let found = avoid.length === 0 ? findFast(kind) : find(kind, avoid)
      if (!found.isHealthy && avoid.length > 0) found = findFast(kind)
      let left = found.shares.length > 1 ? random() : 0
      for (const { way, share } of found.shares) {
        left -= share
        if (left < 0) return way
      }
      return found.shares.at(-1)?.way ?? null
    },
    whyNot(kind) {
      const { steps } = trace(kind)
      return steps.at(-1)?.reason ?? 'There is no route.'
    },
    elsewhere(kind, except) {
      const { shares, isHealthy } = find(kind, except)
      return isHealthy ? shares : []
    },
    explain(kind) {
      const { steps, chain } = trace(kind)
      const { shares } = find(kind, [])
      const taken = shares[0]?.way
      const all = chain.flatMap(route => waysOf(route, kind.country))
      return {
        steps: steps.map(({ route, isTaken, reason }) => ({ route: route.name, isTaken, reason })),
        sender: taken ? { name: taken.sender.name, address: taken.sender.address } : null,
        carriers: all.map(({ way, weight }) => ({
          carrier: way.channel,
          route: way.route,
          share: shares.find(one => one.way.route === way.route && one.way.channel === way.channel)?.share ?? 0,
          weight,
          health: pausedHealth(carriers.get(way.channel)!, health.of(way.channel, kind.country)),
          price: { amount: amount(way.microsPerSegment), currency: prices.currency },
        })),
        refusal: taken ? null : (steps.at(-1)?.reason ?? 'There is no route.'),
      }
    },
  }
}

const pausedHealth = (carrier: CarrierDocument, view: HealthView): HealthView =>
  carrier.isPaused ? { ...view, factor: 0, reason: 'An operator has paused it.' } : view

/** Why a route is not for a text, in a sentence; null where it is. */
function missesOf(
  { countries, networks, purposes }: RouteSettings,
  country: string | null,
  network: Network | null,
  purpose: Purpose,
): string | null {
  if (countries !== null && (country === null || !countries.includes(country)))
    return `It is for ${countries.slice(0, 5).join(', ')}${countries.length > 5 ? ' and others' : ''}, not for ${country ?? 'a country that is not known'}.`
  if (!hasPurpose(purposes, purpose)) return `It is for ${purposes!.join(', ')}, not for ${purpose}.`
  if (networks !== null && (network === null || !networks.includes(network)))
    return network === null
      ? `It is for ${networks.join(', ')} numbers, and of this one it is not known.`
      : `It is for ${networks.join(', ')} numbers, not for ${network} ones.`
  return null
}

function fitsBecause({ countries, networks, purposes }: RouteSettings): string {
  const where =
    countries === null
      ? 'every country'
      : `${countries.slice(0, 5).join(', ')}${countries.length > 5 ? ' and others' : ''}`
  const what = purposes === null ? 'every purpose' : purposes.join(', ')
  return `It is for ${where}, and for ${what}${networks === null ? '' : `, to ${networks.join(', ')} numbers`}.`
}

export const alphabetsOf = (carrier: CarrierDocument): Alphabets =>
  carrier.protocol === 'smpp'
    ? { national: carrier.national, latin1: carrier.latin1, form: carrier.longTexts }
    : plainAlphabets
const plainAlphabets: Alphabets = {}

/** Millionths as an amount with as many decimals as it needs, two at least. */
export function amount(micros: number): string {
  const text = (micros / 1_000_000).toFixed(6)
  return text.replace(/(\.\d\d\d*?)0+$/, '$1')
}

/**
 * The groups whose texts come from this address, where no promotional ones do: who sends STOP there means those. Asked by
 * purpose alone, for a sender is one to whoever gets its texts, whatever the country.
 */
export function ownGroupsOf({ senders, routes }: LineDocument, address: string): PreferenceGroup[] {
  const bare = (text: string) => text.replace(/^\+/, '').toLowerCase()
  const names = senders.filter(sender => bare(sender.address) === bare(address)).map(({ name }) => name)
  const carried = new Set<PreferenceGroup>()
  for (const purpose of purposes) {
    const { group } = rulesOf[purpose]
    const isHere = routes.some(route => names.includes(route.sender) && hasPurpose(route.purposes, purpose))
    const first = routes.find(route => !route.isOnlyFallback && hasPurpose(route.purposes, purpose))
    // A route of one country may come first; what any of them brings here is enough, unless an earlier one takes all of it.
    const isTaken =
      first !== undefined && first.countries === null && first.networks === null && !names.includes(first.sender)
    if (group !== null && isHere && !isTaken) carried.add(group)
  }
  return carried.has('titles') || carried.has('offers') ? [] : [...carried]
}
