// Generated sign-ins in the shape of the public data set of risk-based authentication (Wiefling et al. 2022, das-group/rba-dataset,
// CC BY 4.0): its 15 columns, and people, networks and attackers such as it describes. The set itself says that its addresses are
// artificial; nothing of it is copied. What each share is based on stands beside it; the rest is ours. The judge knows none of it.
import { seeded } from '../simulator/knobs.ts'

/** The columns of the public set, by their names there. */
export interface RbaRow {
  'Login Timestamp': string
  'User ID': string
  'Round-Trip Time [ms]': number | null
  'IP Address': string
  Country: string
  Region: string
  City: string
  ASN: number
  'User Agent String': string
  'Browser Name and Version': string
  'OS Name and Version': string
  'Device Type': 'desktop' | 'mobile' | 'tablet' | 'bot' | 'unknown'
  'Login Successful': boolean
  'Is Attack IP': boolean
  'Is Account Takeover': boolean
}

/** Besides: what a service knows and the set does not have, and who it was. */
export interface GeneratedSignIn {
  row: RbaRow
  /** As the service calls it: another one where cookies were deleted. */
  device: string
  place: { latitude: number; longitude: number }
  isHidden: boolean
  who: 'owner' | 'naive' | 'vpn' | 'targeted'
}

export interface Population {
  subscribers: number
  days: number
  /** Accounts that each kind of attacker gets the password of, in the last month. */
  attacks: number
}

interface City {
  name: string
  region: string
  country: string
  latitude: number
  longitude: number
}
interface Network {
  asn: number
  country: string
  /** Addresses of mobile networks and of many cables change by themselves. */
  isMobile: boolean
  isHidden: boolean
  weight: number
}

const city = (name: string, country: string, latitude: number, longitude: number): City => ({
  ...{ name, region: name, country, latitude, longitude },
})
/** A service of three countries, and the rest of the world. */
const cities: readonly City[] = [
  ...[city('Oslo', 'NO', 59.9, 10.8), city('Bergen', 'NO', 60.4, 5.3), city('Trondheim', 'NO', 63.4, 10.4)],
  ...[city('Stockholm', 'SE', 59.3, 18.1), city('Malmo', 'SE', 55.6, 13)],
  ...[city('Copenhagen', 'DK', 55.7, 12.6), city('Aarhus', 'DK', 56.2, 10.2)],
  ...[city('Ashburn', 'US', 39, -77.5), city('Moscow', 'RU', 55.8, 37.6), city('Sao Paulo', 'BR', -23.5, -46.6)],
  ...[city('Hanoi', 'VN', 21, 105.8), city('Lagos', 'NG', 6.5, 3.4), city('Jakarta', 'ID', -6.2, 106.8)],
  ...[city('Malaga', 'ES', 36.7, -4.4), city('London', 'GB', 51.5, -0.1), city('Bangkok', 'TH', 13.8, 100.5)],
]
const homes: readonly (readonly [string, number])[] = [
  ['NO', 0.7],
  ['SE', 0.2],
  ['DK', 0.1],
]
const holidays = ['ES', 'GB', 'TH', 'SE', 'DK', 'US']
const attackersHomes = ['US', 'RU', 'BR', 'VN', 'NG', 'ID']

/** Of each country one that half have, two that share the rest, one for phones; and machines for hire. */
const networks: readonly Network[] = [...new Set(cities.map(({ country }) => country))].flatMap((country, i) => [
  ...[0.5, 0.3, 0.2].map((weight, n) => ({
    asn: 1_000 * (i + 1) + n,
    country,
    isMobile: false,
    isHidden: false,
    weight,
  })),
  { asn: 1_000 * (i + 1) + 8, country, isMobile: true, isHidden: false, weight: 0 },
  { asn: 1_000 * (i + 1) + 9, country, isMobile: false, isHidden: true, weight: 0 },
])

interface Client {
  agent: string
  browser: string
  system: string
  type: RbaRow['Device Type']
}
const chrome = (system: string, version: number, mobile = '') =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 ${mobile}Safari/537.36`
const safari = (system: string, mobile = '') =>
  `Mozilla/5.0 (${system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 ${mobile}Safari/605.1.15`
/** Shares of clients in Europe, about those of StatCounter, with the televisions of a streaming service. */
const clients: readonly (readonly [Client, number])[] = [
  [
    { agent: chrome('Windows NT 10.0; Win64; x64', 141), browser: 'Chrome 141', system: 'Windows 10', type: 'desktop' },
    0.2,
  ],
  [
    {
      agent: `${chrome('Windows NT 10.0; Win64; x64', 141)} Edg/141.0.0.0`,
      browser: 'Edge 141',
      system: 'Windows 10',
      type: 'desktop',
    },
    0.07,
  ],
  [
    {
      agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0',
      browser: 'Firefox 143',
      system: 'Windows 10',
      type: 'desktop',
    },
    0.04,
  ],
  [
    {
      agent: safari('Macintosh; Intel Mac OS X 10_15_7'),
      browser: 'Safari 18',
      system: 'Mac OS X 10.15',
      type: 'desktop',
    },
    0.09,
  ],
  [
    {
      agent: chrome('Macintosh; Intel Mac OS X 10_15_7', 141),
      browser: 'Chrome 141',
      system: 'Mac OS X 10.15',
      type: 'desktop',
    },
    0.05,
  ],
  [
    {
      agent: safari('iPhone; CPU iPhone OS 18_6 like Mac OS X', 'Mobile/15E148 '),
      browser: 'Mobile Safari 18',
      system: 'iOS 18',
      type: 'mobile',
    },
    0.2,
  ],
  [
    {
      agent: chrome('Linux; Android 15; Pixel 9', 141, 'Mobile '),
      browser: 'Chrome Mobile 141',
      system: 'Android 15',
      type: 'mobile',
    },
    0.14,
  ],
  [
    {
      agent: safari('iPad; CPU OS 18_6 like Mac OS X', 'Mobile/15E148 '),
      browser: 'Mobile Safari 18',
      system: 'iOS 18',
      type: 'tablet',
    },
    0.05,
  ],
  [
    {
      agent:
        'Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/4.0 Chrome/94.0 TV Safari/537.36',
      browser: 'Samsung 4',
      system: 'Tizen 7',
      type: 'unknown',
    },
    0.09,
  ],
  [
    {
      agent:
        'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0 Safari/537.36 WebAppManager',
      browser: 'Chrome 87',
      system: 'webOS 6',
      type: 'unknown',
    },
    0.07,
  ],
]

interface Person {
  id: string
  home: City
  network: Network
  mobile: Network
  /** The address of their house; where it is not fixed, it changes every few weeks. */
  isFixed: boolean
  devices: { id: string; client: Client; keepsCookies: boolean }[]
  perDay: number
}

const day = 86_400_000

/** In order of time. */
export function generateSignIns(
  seed: number,
  { subscribers, days, attacks }: Population,
  until: Date,
): GeneratedSignIn[] {
  const random = seeded(seed)
  const below = (n: number) => Math.floor(random() * n)
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!
  const weighted = <T>(list: readonly (readonly [T, number])[]): T => {
    let left = random() * list.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [one, weight] of list) {
      left -= weight
      if (left < 0) return one
    }
    return list.at(-1)![0]
  }
  const cityIn = (country: string) => oneOf(cities.filter(one => one.country === country))
  const networkIn = (country: string) =>
    weighted(networks.filter(one => one.country === country && one.weight > 0).map(one => [one, one.weight] as const))
  const mobileIn = (country: string) => networks.find(one => one.country === country && one.isMobile)!
  const hidingIn = (country: string) => networks.find(one => one.country === country && one.isHidden)!
  const address = (network: Network) => `${10 + (network.asn % 90)}.${network.asn % 250}.${below(250)}.${below(250)}`

  let made = 0
  const signIns: GeneratedSignIn[] = []
  const add = (
    at: Date,
    person: Person,
    how: { network: Network; city: City; ip: string; device: string; client: Client },
    who: GeneratedSignIn['who'],
    isSuccess = true,
  ) => {
    const { network, city, client } = how
    made++
    signIns.push({
      row: {
        ...{ 'Login Timestamp': at.toISOString(), 'User ID': person.id },
        ...{ 'Round-Trip Time [ms]': random() < 0.04 ? 20 + below(600) : null, 'IP Address': how.ip }, // mostly not measured there
        ...{ Country: city.country, Region: city.region, City: city.name, ASN: network.asn },
        ...{ 'User Agent String': client.agent, 'Browser Name and Version': client.browser },
        ...{ 'OS Name and Version': client.system, 'Device Type': client.type },
        ...{
          'Login Successful': isSuccess,
          'Is Attack IP': who !== 'owner',
          'Is Account Takeover': who !== 'owner' && isSuccess,
        },
      },
      ...{ device: how.device, isHidden: network.isHidden, who },
      place: { latitude: city.latitude, longitude: city.longitude },
    })
  }

  const people = Array.from({ length: subscribers }, (_, n): Person => {
    const country = weighted(homes)
    // A household of a streaming service has two to six devices.
    const devices = Array.from({ length: 2 + below(5) }, (_, i) => ({
      ...{ id: `device-${n}-${i}`, client: weighted(clients) },
      keepsCookies: random() < 0.93, // private windows and cleaners: some percent in studies of browser storage
    }))
    return {
      ...{ id: String(n), home: cityIn(country), network: networkIn(country), mobile: mobileIn(country), devices },
      isFixed: random() < 0.6,
      // One in the median week and a half, some each day: sessions of streaming services last for months, and some clear theirs.
      perDay: 0.02 + 0.2 * random() ** 3,
    }
  })

  for (const person of people) {
    let house = address(person.network)
    let devices = [...person.devices]
    // A fortnight abroad in half a year, for about a third of them.
    const trip = random() < 0.35 ? { from: below(days - 14), country: oneOf(holidays) } : undefined
    const usesVpn = random() < 0.06 // of Europeans some percent do daily
    for (let today = 0; today < days; today++) {
      if (!person.isFixed && random() < 1 / 25) house = address(person.network)
      // A new device each year and a half, of one that is thrown away.
      if (random() < 1 / 550)
        devices = [
          ...devices.slice(1),
          { id: `device-${person.id}-${today}`, client: weighted(clients), keepsCookies: true },
        ]
      const isAway = trip !== undefined && today >= trip.from && today < trip.from + 14
      if (random() >= person.perDay * (isAway ? 3 : 1)) continue
      const at = new Date(until.getTime() - (days - today) * day + (7 + 16 * random()) * 3_600_000)
      const own = oneOf(devices)
      const isMobile = own.client.type === 'mobile' && random() < 0.4
      const where = isAway ? cityIn(trip.country) : random() < 0.03 ? cityIn(person.home.country) : person.home
      const network =
        usesVpn && random() < 0.5
          ? hidingIn(oneOf([person.home.country, 'GB', 'US']))
          : isMobile && !isAway
            ? person.mobile
            : where === person.home
              ? person.network
              : networkIn(where.country)
      const isHouse = network === person.network && where === person.home
      const device = own.keepsCookies ? own.id : `device-${made}-once`
      const how = {
        network,
        city: network.isHidden ? cityIn(network.country) : where,
        ip: isHouse ? house : address(network),
        device,
        client: own.client,
      }
      // Some 8% mistype first.
      if (random() < 0.08) add(new Date(at.getTime() - 20_000), person, how, 'owner', false)
      add(at, person, how, 'owner')
    }
  }

  // Attackers have the password, from leaks or a false page, and no cookie.
  for (const who of ['naive', 'vpn', 'targeted'] as const)
    for (let n = 0; n < attacks; n++) {
      const victim = oneOf(people)
      const at = new Date(until.getTime() - 30 * day * random())
      const country = who === 'naive' ? oneOf(attackersHomes) : victim.home.country
      // naive: from anywhere, with the commonest client. vpn: from the right country. targeted: same city and network, same client.
      const network =
        who === 'naive'
          ? random() < 0.5
            ? hidingIn(country)
            : networkIn(country)
          : who === 'vpn'
            ? hidingIn(country)
            : victim.network
      const client =
        who === 'targeted' ? oneOf(victim.devices).client : who === 'vpn' ? weighted(clients) : clients[0]![0]
      const where = who === 'targeted' ? victim.home : cityIn(country)
      add(at, victim, { network, city: where, ip: address(network), device: `attacker-${who}-${n}`, client }, who)
    }
  return signIns.sort((a, b) => a.row['Login Timestamp'].localeCompare(b.row['Login Timestamp']))
}
