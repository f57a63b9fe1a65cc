import { firstSignInRules } from '@usher/contract/sign-in'
import { expect, test } from 'vitest'
import {
  type Attempt,
  answerTo,
  type Everyone,
  type Failure,
  type History,
  judge,
  type Seen,
  say,
  vocabularyOf,
} from './risk.ts'

const now = Date.parse('2026-11-02T20:00:00Z')
const day = 86_400_000
const daysAgo = (days: number) => new Date(now - days * day)

const london = { latitude: 51.5, longitude: -0.1 }
const sydney = { latitude: -33.9, longitude: 151.2 }
const tv: Seen['agent'] = { kind: 'tv', system: 'Tizen', browser: 'Orpheum' }
const phone: Seen['agent'] = { kind: 'phone', system: 'iOS', browser: 'Orpheum' }
const pc: Seen['agent'] = { kind: 'computer', system: 'Windows', browser: 'Chrome' }

const home: Seen = {
  ...{ at: daysAgo(0), country: 'GB', city: 'London', asn: 1, place: london, isHidden: false },
  ...{ address: 'home', device: 'phone-1', agent: phone },
}
/** Once a week, on their phone at home and on their television. */
const settled = (count = 20): Seen[] =>
  Array.from({ length: count }, (_, i) => ({
    ...home,
    at: daysAgo((i + 1) * 7),
    ...(i % 3 === 0 ? { device: 'tv-1', agent: tv } : {}),
  }))

const shares: Record<string, number> = {
  ...{ 'country GB': 0.5, 'country AU': 0.02, 'country FR': 0.1 },
  ...{ 'network 1': 0.2, 'network 2': 0.1, 'network 9': 0.3 },
}
/** Half of everyone are here, a fifth of them in this network. */
const everyone: Everyone = {
  share: (feature, value) => shares[`${feature} ${value}`] ?? 0.1,
}
const quiet = { address: { accounts: 0, failed: 0, tries: 0 }, isCampaign: false, habits: { kind: 'none' } as const }
const theirs = (accepted: readonly Seen[] = settled(), failures: readonly Failure[] = []): History => ({
  accepted,
  failures,
})
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  ...home,
  outcome: 'succeeded',
  factor: 'password',
  ...more,
})
const judged = (
  one: Attempt,
  history = theirs(),
  around: Parameters<typeof judge>[3] = quiet,
  rules = firstSignInRules,
) => judge(one, history, everyone, around, rules)
const pointsOf = ({ findings }: ReturnType<typeof judge>) =>
  Object.fromEntries(findings.map(({ name, points }) => [name, points]))

const abroad = { country: 'AU', city: 'Sydney', asn: 7, place: sydney, address: 'hotel' }
const table: [who: string, one: Partial<Attempt>, answer: string, atLeast: number, atMost: number][] = [
  ['they, as always', {}, 'allow', -9, -3],
  ['they, on their television', { device: 'tv-1', agent: tv }, 'allow', -9, -2],
  ['they, at the neighbours', { address: 'next door' }, 'allow', -6, 0],
  ['they, with a new phone at home', { device: 'phone-2' }, 'allow', -5, 1],
  ['they, on holiday with their phone', { ...abroad, at: new Date(now) }, 'allow', -3, 1.4],
  [
    'somebody with a new computer of another network of their country',
    { device: 'x', agent: pc, asn: 2, address: 'y' },
    'challenge',
    2,
    5,
  ],
  ['somebody with a computer from abroad', { ...abroad, device: 'x', agent: pc }, 'challenge', 3, 5.9],
]
for (const [who, one, answer, atLeast, atMost] of table)
  test(`${who}: ${answer}`, () => {
    const verdict = judged(attempt(one))

    expect(verdict.answer).toBe(answer)
    expect(verdict.score).toBeGreaterThanOrEqual(atLeast)
    expect(verdict.score).toBeLessThanOrEqual(atMost)
  })

test('the score is the sum of its findings, each the ratio of two probabilities that it shows', () => {
  const verdict = judged(attempt({ device: 'x', agent: pc, asn: 2, address: 'y' }))

  const sum = verdict.findings.reduce((total, { points }) => total + points, 0)
  expect(verdict.score).toBeCloseTo(sum, 1)
  for (const one of verdict.findings)
    if (one.kind === 'feature') expect(one.points).toBeCloseTo(Math.log10(one.strangers / one.theirs), 2)
})

test('what is new weighs by how often something new comes with them', () => {
  const always = settled(20)
  const onTheRoad = always.map((one, i) => (i < 10 ? { ...one, country: `C${i}`, asn: 100 + i } : one))

  const [ofAlways, ofTheRoad] = [always, onTheRoad].map(accepted =>
    judged(attempt({ country: 'FR', asn: 3 }), theirs(accepted)),
  )

  expect(pointsOf(ofAlways!).country).toBeGreaterThan(1)
  expect(pointsOf(ofTheRoad!).country).toBeLessThan(0.5)
})

test('a new country is not counted again as a new network, nor a new system as a new browser', () => {
  const points = pointsOf(judged(attempt({ ...abroad, agent: pc })))

  expect(points.country).toBeGreaterThan(1)
  expect(points.system).toBeGreaterThan(0.5)
  expect(points).not.toHaveProperty('network')
  expect(points).not.toHaveProperty('browser')
})

test('an address is compared among those of its network, and where that is not known, of its country', () => {
  const past = settled().map(one => ({ ...one, asn: null }))

  expect(pointsOf(judged(attempt({ asn: null, address: 'y' }), theirs(past))).address).toBeGreaterThan(1)
  expect(pointsOf(judged(attempt({ ...abroad, asn: null }), theirs(past)))).not.toHaveProperty('address')
})

test('a country that nobody signs in from is no safer for being rare', () => {
  const common = pointsOf(judged(attempt({ country: 'FR' }))).country
  const rare = pointsOf(judged(attempt({ country: 'KP' }))).country

  expect(rare).toBe(common)
})

test('the first sign-in is not held against them, wherever it comes from', () => {
  const verdict = judged(attempt({ ...abroad, device: 'x', agent: pc }), theirs([]))

  expect(verdict).toMatchObject({ answer: 'allow', score: 0, findings: [], unasked: ['first'] })
})

test('the second one is let in with another device at home, and asked for more where nothing is as before', () => {
  const after = (more: Partial<Attempt>) => judged(attempt(more), theirs(settled(1))).answer

  expect(after({ device: 'phone-2' })).toBe('allow')
  expect(after({ device: 'pc-2', agent: pc })).toBe('allow')
  expect(after({ ...abroad, device: 'x', agent: pc })).toBe('challenge')
})

test('what is older than the rules say is no part of it', () => {
  const old = settled(20).map(one => ({ ...one, at: new Date(one.at.getTime() - 183 * day) }))

  expect(judged(attempt({ ...abroad, device: 'x' }), theirs(old)).unasked).toContain('first')
})

test('impossible travel counts against a stranger, and their own phone outweighs it', () => {
  const justNow = [{ ...home, at: new Date(now - 3_600_000) }, ...settled()]

  const stranger = judged(attempt({ ...abroad, device: 'x', agent: pc }), theirs(justNow))
  const owner = judged(attempt({ ...abroad }), theirs(justNow))

  expect(pointsOf(stranger).impossible_travel).toBe(2)
  expect(stranger.findings.map(one => say(one)).join()).toContain('nobody travels at 16')
  expect(vocabularyOf(attempt(), stranger.findings)).toContain('authn_impossible_travel')
  expect(stranger.answer).not.toBe('allow')
  expect(owner.answer).not.toBe('deny')
})

test('travel is measured from the last place that was not hidden, and never from one that is', () => {
  const relayed: Seen = {
    ...home,
    at: new Date(now - 60_000),
    country: 'NL',
    place: { latitude: 52.4, longitude: 4.9 },
    isHidden: true,
  }
  const history = theirs([relayed, { ...home, at: new Date(now - 3_600_000) }, ...settled()])

  expect(pointsOf(judged(attempt(abroad), history))).toHaveProperty('impossible_travel')
  expect(judged(attempt({ ...abroad, isHidden: true }), history).unasked).toContain('travel_hidden')
})

test('after failures a success on an unknown device weighs more, and on their own device nothing', () => {
  const failures = Array.from({ length: 4 }, (_, i) => ({
    at: new Date(now - (i + 1) * 60_000),
    address: 'y',
    device: 'x',
  }))
  const stranger = { device: 'x', agent: pc, asn: 2, address: 'y' }

  expect(pointsOf(judged(attempt(stranger), theirs(settled(), failures))).failures_here).toBe(1)
  expect(
    pointsOf(judged(attempt({ ...stranger, address: 'z', device: 'w' }), theirs(settled(), failures)))
      .failures_elsewhere,
  ).toBe(1)
  expect(judged(attempt(), theirs(settled(), failures)).answer).toBe('allow')
})

test('strangers alone never keep the owner out', () => {
  const failures = Array.from({ length: 20 }, (_, i) => ({
    at: new Date(now - i * 60_000),
    address: `bot-${i}`,
    device: null,
  }))
  const attacked = {
    address: { accounts: 0, failed: 0, tries: 0 },
    isCampaign: true,
    habits: { kind: 'none' } as const,
  }
  const history = theirs(settled(), failures)
  const newOne = { device: 'pc-2', agent: pc, address: 'y' }

  const known = judged(attempt(), history, attacked)
  const newPc = judged(attempt(newOne), history, attacked)
  const strict = judged(attempt(newOne), history, attacked, {
    ...firstSignInRules,
    denyAt: newPc.score,
  })

  expect(known.answer).toBe('allow')
  expect(newPc.answer).toBe('challenge')
  expect(newPc.denyScore).toBe(judged(attempt(newOne)).denyScore)
  expect(strict.answer).toBe('challenge')
})

test('denied is who comes from where many accounts were tried, from abroad, on a new device, faster than a plane', () => {
  const justNow = [{ ...home, at: new Date(now - 3_600_000) }, ...settled()]
  const around = {
    address: { accounts: 40, failed: 50, tries: 51 },
    isCampaign: true,
    habits: { kind: 'none' } as const,
  }

  const verdict = judged(attempt({ ...abroad, device: 'x', agent: pc }), theirs(justNow), around)

  expect(verdict.answer).toBe('deny')
  expect(vocabularyOf(attempt(), verdict.findings)).toEqual(
    expect.arrayContaining(['authn_login_success', 'authn_impossible_travel', 'excess_rate_limit_exceeded']),
  )
})

test('an address with many accounts whose people do get in is a company, and no attack', () => {
  const company = {
    address: { accounts: 20, failed: 20, tries: 100 },
    isCampaign: false,
    habits: { kind: 'none' } as const,
  }

  expect(pointsOf(judged(attempt(), theirs(), company))).not.toHaveProperty('many_accounts')
})

test('who passed a second factor is not challenged again, and may still be denied', () => {
  const stranger = { device: 'x', agent: pc, asn: 2, address: 'y', factor: 'code' }

  expect(judged(attempt(stranger)).answer).toBe('allow')
  expect(judged(attempt(stranger), theirs(), quiet, { ...firstSignInRules, denyAt: 2 }).answer).toBe('deny')
})

test('long silence and a hidden network weigh only on a device that is not theirs', () => {
  const silent = settled().map(one => ({ ...one, at: new Date(one.at.getTime() - 93 * day) }))
  const hidden = { isHidden: true, asn: 9, country: 'GB' }

  expect(pointsOf(judged(attempt({ device: 'x', ...hidden }), theirs(silent)))).toMatchObject({
    silence: 0.5,
    hidden_network: 0.5,
  })
  const own = pointsOf(judged(attempt(hidden), theirs(silent)))
  expect(own).not.toHaveProperty('silence')
  expect(own).not.toHaveProperty('hidden_network')
})

test('habits that changed suddenly count on their own device too, and do not lock them out there', () => {
  const facts = {
    hours: 6,
    newLanguage: 1,
    newCountry: 1,
    inTwoCountries: 1,
    moreStreams: 0,
    otherHours: 0.5,
    otherKinds: 0,
  }
  const around = { ...quiet, habits: { kind: 'sudden', score: 2.4, facts } as const }

  expect(pointsOf(judged(attempt(), theirs(), around)).habits_changed).toBe(1)
  expect(judged(attempt(), theirs(), around).answer).toBe('allow')
  expect(judged(attempt({ device: 'x', agent: pc }), theirs(), around).score).toBe(
    Math.round(10 * (judged(attempt({ device: 'x', agent: pc })).score + 1)) / 10,
  )
})

test('what is not known is not asked, and is said', () => {
  const verdict = judged(attempt({ country: null, asn: null, place: null, city: null, device: null }))

  expect(verdict.unasked).toEqual(['country', 'network', 'device', 'travel_unknown'])
  expect(Object.keys(pointsOf(verdict))).toEqual(['system', 'browser'])
})

test('thresholds: at or above is over', () => {
  const of = (score: number, denyScore = score, isStrong = false) =>
    answerTo({ score, denyScore, isStrong }, { challengeAt: 1.5, denyAt: 6 })

  expect([of(1.4), of(1.5), of(5.9), of(6), of(7, 5), of(3, 3, true), of(6, 6, true)]).toEqual([
    ...['allow', 'challenge', 'challenge', 'deny', 'challenge', 'allow', 'deny'],
  ])
})
