// Where addresses are: by the data that is shipped, by an operator's files, and by files that are broken in every way.
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { seeded } from '../simulator/knobs.ts'
import { addressOf, type Kind, openPlaces } from './place.ts'

const folder = mkdtempSync(join(tmpdir(), 'usher-places-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const fileOf = (name: string, bytes: Buffer) => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

/** With the failures that it told of. */
function open(files: Partial<Record<Kind, string>> = {}) {
  const failures: string[] = []
  let now = 0
  const places = openPlaces({
    files,
    monotonic: () => now,
    failed: (kind, _, why) => failures.push(`${kind}: ${why}`),
  })
  return { places, failures, pass: (ms: number) => (now += ms) }
}

test('what is shipped knows where well-known addresses are, of both families', () => {
  const { places, failures } = open()

  expect(places.find('8.8.8.8')).toMatchObject({ country: 'US', network: { asn: 15_169 }, isHidden: true })
  expect(places.find('81.2.69.160')).toMatchObject({ country: 'GB', city: 'London', isHidden: false })
  expect(places.find('139.130.4.5')).toMatchObject({ country: 'AU', network: { asn: 1_221 } })
  expect(places.find('2a01:e0a::1')).toMatchObject({
    country: 'FR',
    city: 'Paris',
    network: { asn: 12_322 },
    isHidden: false,
  })
  expect(places.find('::ffff:81.2.69.160')).toEqual(places.find('81.2.69.160'))
  expect(places.find('81.2.69.160').at).toEqual({ latitude: 51.5, longitude: -0.1 })
  expect(failures).toEqual([])
  expect(places.sources().map(({ kind, state }) => [kind, state])).toEqual([
    ...[
      ['city', 'read'],
      ['country', 'read'],
      ['network', 'read'],
    ],
  ])
})

test('addresses that nobody has on the internet have no place', () => {
  const { places } = open()
  const nowhere = { country: null, city: null, at: null, network: null, isHidden: false, isPrivate: true }

  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '192.168.0.1',
    '100.64.0.1',
    '169.254.1.1',
    '0.0.0.0',
    '::1',
    'fe80::1',
    'fd00::1',
  ])
    expect(places.find(address), address).toEqual(nowhere)
})

test('the network of an address is itself, or of IPv6 the /64', () => {
  expect(addressOf('::ffff:203.0.113.9')).toEqual({ address: '203.0.113.9', network: '203.0.113.9' })
  expect(addressOf('2001:DB8::1')?.network).toBe('2001:db8:0:0')
  expect(addressOf('2001:db8:0:0:ffff::1')?.network).toBe('2001:db8:0:0')
  expect(addressOf('nonsense')).toBeUndefined()
})

test('ten thousand addresses take little time and little memory', () => {
  const { places } = open()
  const random = seeded(7)
  const byte = () => Math.floor(random() * 256)
  const before = process.memoryUsage().rss
  const startedAt = performance.now()

  for (let i = 0; i < 10_000; i++) places.find(`${1 + Math.floor(random() * 222)}.${byte()}.${byte()}.${byte()}`)

  expect((performance.now() - startedAt) / 10_000).toBeLessThan(2) // 0.2 ms where it was measured
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(120)
})

// ---- An operator's own files ----------------------------------------------------------------------------------------------

const bytesOf = (value: unknown): Buffer => {
  const head = (type: number, size: number) => {
    const extended = type > 7 ? [type - 7] : []
    const first = (type > 7 ? 0 : type) << 5
    return size < 29
      ? Buffer.from([first | size, ...extended])
      : size < 285
        ? Buffer.from([first | 29, ...extended, size - 29])
        : Buffer.from([first | 30, ...extended, (size - 285) >> 8, (size - 285) & 255])
  }
  if (typeof value === 'string') return Buffer.concat([head(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'boolean') return head(14, value ? 1 : 0)
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([head(6, 4), bytes])
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return Buffer.concat([head(3, 8), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([head(11, value.length), ...value.map(bytesOf)])
  const entries = Object.entries(value as object)
  return Buffer.concat([head(7, entries.length), ...entries.flatMap(([name, one]) => [bytesOf(name), bytesOf(one)])])
}

/** A file of the format in which one prefix of IPv4 has a value, in a tree of IPv6 as GeoLite2 has it. */
function mmdb(prefix: number[], bits: number, value: unknown, recordBits: 24 | 28 | 32, isIPv4 = false): Buffer {
  const path = [
    ...(isIPv4 ? [] : Array(96).fill(0)),
    ...prefix.flatMap(byte => [...byte.toString(2).padStart(8, '0')].map(Number)).slice(0, bits),
  ]
  const nodes = path.length
  const tree = path.map((bit, i) => {
    const next = i === nodes - 1 ? nodes + 16 : i + 1
    const [left, right] = bit === 0 ? [next, nodes] : [nodes, next]
    const bytes = Buffer.alloc(recordBits / 4)
    if (recordBits === 24) {
      bytes.writeUIntBE(left, 0, 3)
      bytes.writeUIntBE(right, 3, 3)
    } else if (recordBits === 32) {
      bytes.writeUInt32BE(left, 0)
      bytes.writeUInt32BE(right, 4)
    } else {
      bytes.writeUIntBE(left & 0xffffff, 0, 3)
      bytes[3] = ((left >> 24) << 4) | (right >> 24)
      bytes.writeUIntBE(right & 0xffffff, 4, 3)
    }
    return bytes
  })
  const metadata = {
    ...{
      binary_format_major_version: 2,
      binary_format_minor_version: 0,
      build_epoch: 1_750_000_000,
      database_type: 'Test',
    },
    ...{ ip_version: isIPv4 ? 4 : 6, node_count: nodes, record_size: recordBits },
  }
  return Buffer.concat([
    ...tree,
    Buffer.alloc(16),
    bytesOf(value),
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    bytesOf(metadata),
  ])
}

const geoLite = {
  city: { geoname_id: 2_996_944, names: { de: 'Lyon', en: 'Lyon', fr: 'Lyon' } },
  country: { iso_code: 'FR', is_in_european_union: true },
  location: { accuracy_radius: 20, latitude: 45.7485, longitude: 4.8467, time_zone: 'Europe/Paris' },
  subdivisions: [{ iso_code: 'ARA' }, { iso_code: '69' }],
}

for (const recordBits of [24, 28, 32] as const)
  for (const isIPv4 of [true, false])
    test(`an operator's file of ${recordBits} bits for ${isIPv4 ? 'IPv4' : 'both families'} takes the place of the shipped one`, () => {
      const city = fileOf(`city-${recordBits}-${isIPv4}.mmdb`, mmdb([81, 2], 16, geoLite, recordBits, isIPv4))
      const network = fileOf(
        `asn-${recordBits}-${isIPv4}.mmdb`,
        mmdb(
          [81, 2],
          16,
          { autonomous_system_number: 9_009, autonomous_system_organization: 'Somebody' },
          recordBits,
          isIPv4,
        ),
      )
      const { places, failures } = open({ city, network })

      expect(places.find('81.2.69.160')).toEqual({
        ...{ country: 'FR', city: 'Lyon', at: { latitude: 45.7, longitude: 4.8 } },
        ...{ network: { asn: 9_009, name: 'Somebody' }, isHidden: true, isPrivate: false },
      })
      // What it does not have, the shipped countries may.
      expect(places.find('81.3.0.1')).toMatchObject({ city: null, at: null, network: null })
      expect(places.find('81.3.0.1').country).toMatch(/^[A-Z]{2}$/)
      expect(failures).toEqual([])
      expect(places.sources()[0]).toMatchObject({
        from: city,
        state: 'read',
        builtAt: new Date(1_750_000_000_000),
        attribution: null,
      })
    })

test('a file that is replaced is read anew within a minute, and one that comes later too', () => {
  const path = join(folder, 'later.mmdb')
  const { places, failures, pass } = open({ city: path })
  expect(places.find('81.2.69.160').city).toBeNull()
  expect(failures).toHaveLength(1)

  renameSync(fileOf('first', mmdb([81, 2], 16, geoLite, 24)), path)
  pass(61_000)
  const first = places.find('81.2.69.160').city
  renameSync(fileOf('second', mmdb([81, 2], 16, { ...geoLite, city: { names: { en: 'Villeurbanne' } } }, 24)), path)
  pass(61_000)

  expect(first).toBe('Lyon')
  expect(places.find('81.2.69.160').city).toBe('Villeurbanne')
  rmSync(path)
  pass(61_000)
  expect(places.find('81.2.69.160').city).toBeNull()
  expect(places.find('81.2.69.160').country).toBe('GB') // the shipped countries are still there
  expect(failures).toHaveLength(2)
})

test('a file that is broken anywhere breaks nothing else', () => {
  const whole = mmdb([81, 2], 16, geoLite, 28)
  const roll = seeded(11)
  const random = (below: number) => Math.floor(roll() * below)
  const brokenIn = (i: number): Buffer => {
    const bytes = Buffer.from(whole)
    if (i % 3 === 0) return bytes.subarray(0, random(bytes.length))
    for (let n = 0; n <= i % 5; n++) bytes[random(bytes.length)] = random(256)
    return bytes
  }

  for (let i = 0; i < 600; i++) {
    const { places } = open({ city: fileOf('broken.mmdb', brokenIn(i)) })
    const { country, city, at } = places.find('81.2.69.160')

    expect(country === null || /^[A-Z]{2}$/.test(country)).toBe(true)
    expect(city === null || city.length <= 80).toBe(true)
    expect(at === null || Math.abs(at.latitude) <= 90).toBe(true)
  }
})

test('a pointer that points at itself ends', () => {
  const looped = mmdb([81, 2], 16, 'x'.repeat(40), 24)
  const at = looped.indexOf(Buffer.from('x'.repeat(40))) - 2
  looped[at] = 0x20 // a pointer of 11 bits, to the first value: itself
  looped[at + 1] = 0
  const { places, failures } = open({ city: fileOf('loop.mmdb', looped) })

  expect(places.find('81.2.69.160').city).toBeNull()
  expect(failures).toEqual(['city: It points in circles.'])
})

test('an empty file, a folder and a text are no databases, and each is told of once', () => {
  const empty = fileOf('empty', Buffer.alloc(0))
  const text = fileOf('text.csv', Buffer.from('address,country\n'))
  for (const path of [empty, folder, text]) {
    const { places, failures, pass } = open({ city: path, network: path })
    for (let i = 0; i < 3; i++) {
      expect(places.find('81.2.69.160')).toMatchObject({ country: 'GB', city: null, network: null })
      pass(61_000)
    }
    expect(failures).toHaveLength(2)
  }
})

test('the terms of what is shipped are said', () => {
  const { places } = open()

  expect(places.sources().map(({ attribution }) => attribution)).toEqual([
    expect.stringContaining('db-ip.com'),
    null,
    expect.stringContaining('routeviews.org'),
  ])
  expect(readFileSync(new URL('../../../docs/sign-ins.md', import.meta.url), 'utf8')).toContain('https://db-ip.com')
})
