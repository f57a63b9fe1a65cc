import {
  nationalLanguages as contractLanguages,
  type RouteSettings,
  type SenderSettings,
} from '@usher/contract/carrier'
import { nationalLanguages as smppLanguages } from '@usher/smpp/national'
import { describe, expect, test } from 'vitest'
import { carrierDocument, problemsOf } from './line.ts'
import { closedBy, registrationRules } from './registrations.ts'
import { amount, type CarrierDocument, type Kind, type LineDocument, type RouterHealth, router } from './route.ts'

const now = new Date('2026-11-02T15:00:00Z')
const prices = { currency: 'USD', micros: { GB: 40_000, other: 50_000 } }

const aCarrier = (name: string, over: Partial<CarrierDocument> = {}): CarrierDocument =>
  ({
    ...carrierDocument(name, {
      ...{ protocol: 'smpp', label: null, isPaused: false, systemId: 'usher', systemType: '' },
      binds: [{ host: 'smpp.example', port: 2775, type: 'transceiver', sessions: 1, tls: false, ca: null }],
      ...{ window: 10, perSecond: null, responseTimeoutMs: 10_000, enquireLinkMs: 15_000, latin1: false, national: [] },
      ...{ longTexts: 'udh8', answerIds: 'as_is', receiptIds: 'as_is', secrets: {} },
    }),
    ...over,
  }) as CarrierDocument
const aSender = (name: string, over: Partial<SenderSettings> = {}): SenderSettings => ({
  ...{ name, kind: 'short_code', address: '67743', countries: null, purposes: null, isTwoWay: true, optOut: null },
  registrations: [],
  ...over,
})
const aRoute = (name: string, over: Partial<RouteSettings> & { to?: string[] } = {}): RouteSettings => {
  const { to = ['aurora'], ...rest } = over
  return {
    ...{
      name,
      countries: null,
      networks: null,
      purposes: null,
      sender: 'main',
      otherwise: null,
      isOnlyFallback: false,
    },
    carriers: to.map(carrier => ({ carrier, weight: 100, microsPerSegment: null })),
    ...rest,
  }
}
const aLine = (over: Partial<LineDocument> = {}): LineDocument => ({
  carriers: [aCarrier('aurora'), aCarrier('boreal'), aCarrier('cirrus')],
  senders: [aSender('main')],
  routes: [aRoute('everywhere')],
  ...over,
})
const offerTo = (country: string | null, network: Kind['network'] = 'mobile'): Kind => ({
  ...{ country, network },
  purpose: 'offer',
})

/** Carriers at these factors; all others are well. */
const healthOf = (factors: Record<string, number> = {}): RouterHealth => ({
  factor: carrier => factors[carrier] ?? 1,
  isBroken: carrier => factors[carrier] === 0,
  of: (carrier, country) => ({
    ...{ country, factor: factors[carrier] ?? 1, isBroken: factors[carrier] === 0, submits: 0, taken: null },
    ...{ responseMs: null, delivered: null, deliveryMs: null, reason: null },
  }),
  version: 0,
})
const routerOf = (line: LineDocument, factors: Record<string, number> = {}) =>
  router(line, prices, healthOf(factors), () => now)
/** Of a thousand draws spread evenly over 0 to 1, how many take each carrier. */
function sharesOf(line: LineDocument, kind: Kind, factors: Record<string, number> = {}, avoid: string[] = []) {
  const shares: Record<string, number> = {}
  const asked = routerOf(line, factors)
  for (let i = 0; i < 1_000; i++) {
    const way = asked.pick(kind, () => (i + 0.5) / 1_000, avoid)
    if (way) shares[way.channel] = (shares[way.channel] ?? 0) + 1
  }
  return shares
}

describe('the first route that fits is taken', () => {
  const line = aLine({
    routes: [
      aRoute('codes', { purposes: ['code.*'], to: ['cirrus'] }),
      aRoute('britain', { countries: ['GB'], networks: ['mobile'], to: ['boreal'] }),
      aRoute('spare', { isOnlyFallback: true, to: ['cirrus'] }),
      aRoute('everywhere'),
    ],
  })

  test.each<[string, Kind, string]>([
    ['by its purpose, as a family', { country: 'GB', network: 'mobile', purpose: 'code.reset' }, 'codes'],
    ['by its country and its network', offerTo('GB'), 'britain'],
    ['where the network is another, the next', offerTo('GB', 'fixed'), 'everywhere'],
    ['where the network is not known, the next', offerTo('GB', null), 'everywhere'],
    ['where the country is another, the next', offerTo('FR'), 'everywhere'],
    ['where the country is not known, the one for all', offerTo(null), 'everywhere'],
  ])('%s', (_, kind, route) => {
    expect(routerOf(line).pick(kind, () => 0)?.route).toBe(route)
  })

  test('and why each other was not is told, with the price', () => {
    const { steps, sender, carriers, refusal } = routerOf(line).explain(offerTo('FR'))

    expect(steps).toEqual([
      { route: 'codes', isTaken: false, reason: 'It is for code.*, not for offer.' },
      { route: 'britain', isTaken: false, reason: 'It is for GB, not for FR.' },
      { route: 'everywhere', isTaken: true, reason: 'It is for every country, and for every purpose.' },
    ])
    expect(sender).toEqual({ name: 'main', address: '67743' })
    expect(carriers).toMatchObject([{ carrier: 'aurora', share: 1, price: { amount: '0.05', currency: 'USD' } }])
    expect(refusal).toBeNull()
  })

  test('none fits: there is no way, and it is said why', () => {
    const narrow = aLine({ routes: [aRoute('britain', { countries: ['GB'] })] })

    expect(routerOf(narrow).pick(offerTo('FR'), () => 0)).toBeNull()
    expect(routerOf(narrow).whyNot(offerTo('FR'))).toBe('It is for GB, not for FR.')
    expect(routerOf(aLine({ routes: [] })).whyNot(offerTo('FR'))).toBe('There is no route.')
  })
})

describe('of the carriers of a route one is taken', () => {
  const weighed = aLine({
    routes: [
      aRoute('everywhere', {
        carriers: [
          { carrier: 'aurora', weight: 80, microsPerSegment: 10_000 },
          { carrier: 'boreal', weight: 20, microsPerSegment: null },
        ],
        otherwise: 'spare',
      }),
      aRoute('spare', { isOnlyFallback: true, to: ['cirrus'] }),
    ],
  })

  test('by its weight', () => {
    expect(sharesOf(weighed, offerTo('GB'))).toEqual({ aurora: 800, boreal: 200 })
  })

  test('by what its health leaves of it', () => {
    expect(sharesOf(weighed, offerTo('GB'), { aurora: 0.25 })).toEqual({ aurora: 500, boreal: 500 })
  })

  test('never one that is broken, nor one that is paused', () => {
    expect(sharesOf(weighed, offerTo('GB'), { aurora: 0 })).toEqual({ boreal: 1_000 })
    const paused = { ...weighed, carriers: [aCarrier('aurora', { isPaused: true }), aCarrier('boreal')] }
    expect(sharesOf(paused, offerTo('GB'))).toEqual({ boreal: 1_000 })
  })

  test('of the next route where all of this one are broken', () => {
    expect(sharesOf(weighed, offerTo('GB'), { aurora: 0, boreal: 0 })).toEqual({ cirrus: 1_000 })
  })

  test('as if all were well where all are broken: it waits there', () => {
    expect(sharesOf(weighed, offerTo('GB'), { aurora: 0, boreal: 0, cirrus: 0 })).toEqual({ aurora: 800, boreal: 200 })
    expect(routerOf(weighed, { aurora: 0, boreal: 0, cirrus: 0 }).elsewhere(offerTo('GB'), ['aurora'])).toEqual([])
  })

  test('for a code never one that is only being tried again, while another does well', () => {
    const code: Kind = { country: 'GB', network: 'mobile', purpose: 'code.sign_in' }

    expect(sharesOf(weighed, code, { aurora: 0.02 })).toEqual({ boreal: 1_000 })
    expect(Object.keys(sharesOf(weighed, offerTo('GB'), { aurora: 0.02 }))).toEqual(['aurora', 'boreal'])
    expect(sharesOf(weighed, code, { aurora: 0.02, boreal: 0 })).toEqual({ aurora: 1_000 })
  })

  test('not one that the caller avoids, unless there is no other', () => {
    expect(sharesOf(weighed, offerTo('GB'), {}, ['aurora'])).toEqual({ boreal: 1_000 })
    expect(sharesOf(weighed, offerTo('GB'), {}, ['aurora', 'boreal'])).toEqual({ cirrus: 1_000 })
    expect(sharesOf(weighed, offerTo('GB'), {}, ['aurora', 'boreal', 'cirrus'])).toEqual({ aurora: 800, boreal: 200 })
  })

  test('at its own price, or that of the list', () => {
    const ways = routerOf(weighed).elsewhere(offerTo('GB'), [])

    expect(ways.map(({ way }) => [way.channel, way.microsPerSegment])).toEqual([
      ['aurora', 10_000],
      ['boreal', 40_000],
    ])
  })
})

describe('a sender', () => {
  test.each(registrationRules)('has to be registered in $country ($name)', ({ country, kinds: [kind] }) => {
    const sender = aSender('main', { kind: kind! })
    const registered = { country, state: 'registered' as const, reference: 'X1', until: null }

    expect(closedBy(sender, country, now)).toContain(country)
    expect(closedBy({ ...sender, registrations: [{ ...registered, state: 'pending' }] }, country, now)).toMatch(
      /not registered yet/,
    )
    expect(closedBy({ ...sender, registrations: [{ ...registered, state: 'refused' }] }, country, now)).toMatch(
      /refused/,
    )
    expect(
      closedBy({ ...sender, registrations: [{ ...registered, until: '2026-11-01T00:00:00Z' }] }, country, now),
    ).toMatch(/ended on 2026-11-01/)
    expect(closedBy({ ...sender, registrations: [registered] }, country, now)).toBeNull()
    expect(closedBy(sender, 'GB', now)).toBeNull()
    expect(closedBy(sender, null, now)).toBeNull()
  })

  test('without its registration closes the route, and the next one takes the text', () => {
    const line = aLine({
      senders: [aSender('name', { kind: 'alphanumeric', address: 'Orpheum', isTwoWay: false }), aSender('main')],
      routes: [aRoute('by-name', { sender: 'name', otherwise: 'by-number' }), aRoute('by-number', { to: ['boreal'] })],
    })

    expect(routerOf(line).pick(offerTo('SG'), () => 0)).toMatchObject({ route: 'by-number', originator: '67743' })
    expect(routerOf(line).pick(offerTo('GB'), () => 0)).toMatchObject({ route: 'by-name', originator: 'Orpheum' })
    expect(routerOf(line).explain(offerTo('SG')).steps[0]).toEqual({
      ...{ route: 'by-name', isTaken: false },
      reason: 'SG asks for the Singapore SMS Sender ID Registry, and the sender name has none there.',
    })
  })

  test('that ends while the line stays as it is closes the route by itself', () => {
    let at = now
    const until = '2026-11-02T16:00:00Z'
    const registrations = [{ country: 'SG', state: 'registered' as const, reference: '', until }]
    const line = aLine({ senders: [aSender('main', { kind: 'alphanumeric', address: 'Orpheum', registrations })] })
    const asked = router(line, prices, healthOf(), () => at)

    expect(asked.pick(offerTo('SG'), () => 0)).not.toBeNull()
    at = new Date('2026-11-02T16:01:01Z')
    expect(asked.pick(offerTo('SG'), () => 0)).toBeNull()
  })
})

describe('what would not work together is named where it is', () => {
  const secrets = new Map(['aurora', 'boreal', 'cirrus'].map(name => [name, { password: 'secret' }]))
  const one = (line: LineDocument) => problemsOf(line, secrets, now)

  test('a line that works has no problem', () => {
    expect(one(aLine())).toEqual([])
  })

  test.each<[string, LineDocument, string, RegExp]>([
    [
      'a route in a circle',
      aLine({ routes: [aRoute('a', { otherwise: 'b' }), aRoute('b', { otherwise: 'a' })] }),
      '/routes/0/otherwise',
      /circle: a, b, a/,
    ],
    [
      'a route that leads to itself',
      aLine({ routes: [aRoute('a', { otherwise: 'a' })] }),
      '/routes/0/otherwise',
      /circle/,
    ],
    ['a route to nowhere', aLine({ routes: [aRoute('a', { otherwise: 'b' })] }), '/routes/0/otherwise', /no route b/],
    [
      'a carrier that is not there',
      aLine({ routes: [aRoute('a', { to: ['zephyr'] })] }),
      '/routes/0/carriers/0',
      /no carrier zephyr/,
    ],
    [
      'a carrier twice',
      aLine({ routes: [aRoute('a', { to: ['aurora', 'aurora'] })] }),
      '/routes/0/carriers',
      /there twice/,
    ],
    ['two routes of a name', aLine({ routes: [aRoute('a'), aRoute('a')] }), '/routes', /Two routes are named a/],
    [
      'a sender that is not there',
      aLine({ routes: [aRoute('a', { sender: 'nobody' })] }),
      '/routes/0/sender',
      /no sender nobody/,
    ],
    [
      'a sender not allowed in a country',
      aLine({ senders: [aSender('main', { countries: ['GB'] })], routes: [aRoute('a', { countries: ['GB', 'FR'] })] }),
      '/routes/0/countries',
      /may not be used in FR/,
    ],
    [
      'a sender of some countries for all',
      aLine({ senders: [aSender('main', { countries: ['GB'] })] }),
      '/routes/0/countries',
      /has to name them/,
    ],
    [
      'a sender not allowed for a purpose',
      aLine({ senders: [aSender('main', { purposes: ['code.*'] })], routes: [aRoute('a', { purposes: ['offer'] })] }),
      '/routes/0/purposes',
      /may not be used for offer/,
    ],
    [
      'a sender that is not registered in the only country',
      aLine({
        senders: [aSender('main', { kind: 'long_number', address: '+12125550100' })],
        routes: [aRoute('a', { countries: ['US'] })],
      }),
      '/routes/0/sender',
      /10DLC/,
    ],
    [
      'a one-way sender without a way to opt out',
      aLine({ senders: [aSender('main', { isTwoWay: false })] }),
      '/routes/0/sender',
      /opt out/,
    ],
    [
      'a name that could be answered',
      aLine({ senders: [aSender('main', { kind: 'alphanumeric', address: 'Orpheum' })] }),
      '/senders/main/isTwoWay',
      /one-way/,
    ],
    [
      'a name that is too long',
      aLine({
        senders: [
          aSender('main', { kind: 'alphanumeric', address: 'OrpheumStreams', isTwoWay: false, optOut: 'o.example' }),
        ],
      }),
      '/senders/main/address',
      /1 to 11/,
    ],
    [
      'a name in letters that no phone shows',
      aLine({
        senders: [aSender('main', { kind: 'alphanumeric', address: 'Орфей', isTwoWay: false, optOut: 'o.example' })],
      }),
      '/senders/main/address',
      /letters/,
    ],
    [
      'a name of digits',
      aLine({
        senders: [aSender('main', { kind: 'alphanumeric', address: '12345', isTwoWay: false, optOut: 'o.example' })],
      }),
      '/senders/main/address',
      /at least one letter/,
    ],
    [
      'a short code that is long',
      aLine({ senders: [aSender('main', { address: '123456789' })] }),
      '/senders/main/address',
      /3 to 8/,
    ],
    [
      'a number without its country',
      aLine({ senders: [aSender('main', { kind: 'long_number', address: '07700900123' })] }),
      '/senders/main/address',
      /country code/,
    ],
    [
      'tables that long texts can not name',
      aLine({ carriers: [aCarrier('aurora', { longTexts: 'payload', national: ['turkish'] } as never)] }),
      '/carriers/aurora/national',
      /national table/,
    ],
    [
      'binds that only listen',
      aLine({
        carriers: [
          aCarrier('aurora', {
            binds: [{ host: 'h', port: 1, type: 'receiver', sessions: 1, tls: false, ca: null }],
          } as never),
        ],
      }),
      '/carriers/aurora/binds',
      /takes texts/,
    ],
    [
      'binds that only speak',
      aLine({
        carriers: [
          aCarrier('aurora', {
            binds: [{ host: 'h', port: 1, type: 'transmitter', sessions: 1, tls: false, ca: null }],
          } as never),
        ],
      }),
      '/carriers/aurora/binds',
      /brings receipts/,
    ],
  ])('%s', (_, line, at, sentence) => {
    expect(one(line)).toContainEqual({ at, sentence: expect.stringMatching(sentence) })
  })

  test('a carrier whose password was never given', () => {
    expect(problemsOf(aLine(), new Map(), now)).toContainEqual({
      at: '/carriers/aurora/secrets/password',
      sentence: 'The password of aurora has to be given.',
    })
  })
})

test.each([
  [7_900, '0.0079'],
  [40_000, '0.04'],
  [1_000_000, '1.00'],
  [0, '0.00'],
])('%d millionths are %s', (micros, text) => {
  expect(amount(micros)).toBe(text)
})

test('the languages of the contract are those that smpp has tables for: two packages, neither of which knows the other', () => {
  expect([...contractLanguages]).toEqual([...smppLanguages])
})
