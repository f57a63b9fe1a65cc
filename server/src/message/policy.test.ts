// Each check by its table: what it is told, what it answers. `judge` asks no database, so a row is all there is to it.
import { firstPolicy, type Policy } from '@usher/contract/policy'
import { describe, expect, test } from 'vitest'
import { regionRules } from '../subscriber/regions.ts'
import { type Facts, judge, mayArriveNow, type RuleName, say } from './policy.ts'
import { type Purpose, purposes, rulesOf } from './purpose.ts'

const at = (time: string) => new Date(time)
const said = {
  ...{ granted: true, at: '2026-05-03T10:00:00.000Z', how: 'page' as const, words: 'Yes, text me.' },
  ...{ confirmed: true, basis: 'express' as const },
}

type Change = Partial<Omit<Facts, 'subscriber'>> & { subscriber?: Partial<Facts['subscriber']> }

/** Somebody in London who agreed to everything, on a Monday afternoon; and what is otherwise. */
function facts(purpose: Purpose, { subscriber, ...change }: Change = {}): Facts {
  const now = change.now ?? at('2026-11-02T15:00:00Z')
  return {
    ...{ purpose, now, notBefore: null, spread: 0, policy: firstPolicy, recent: [] },
    expiresAt: new Date(now.getTime() + rulesOf[purpose].worthMinutes * 60_000),
    region: regionRules('GB', 'GB'),
    ...change,
    subscriber: {
      ...{ hasNumber: true, country: 'GB', network: 'mobile', own: null, isFewer: false, pausedUntil: null },
      place: { zone: 'Europe/London', region: 'GB', country: 'GB', numberRegion: null, numberZones: ['Europe/London'] },
      consents: { titles: said, offers: said },
      suppressions: [],
      ...subscriber,
    },
  }
}

/** `go`, `hold until`, or the rule that refuses. */
function answer(one: Facts): string {
  const verdict = judge(one)
  for (const finding of verdict.explanation) expect(say(finding)).toMatch(/^[A-Z].+\.$/)
  return verdict.kind === 'go' ? 'go' : verdict.kind === 'hold' ? verdict.until.toISOString() : verdict.rule
}

type Row = [what: string, purpose: Purpose, change: Change, answer: string]

describe('number', () => {
  test.each<Row>([
    ['none', 'code.sign_in', { subscriber: { hasNumber: false } }, 'number'],
    ['none', 'offer', { subscriber: { hasNumber: false } }, 'number'],
    ['a landline', 'code.sign_in', { subscriber: { network: 'fixed' } }, 'number'],
    ['a landline', 'account.payment', { subscriber: { network: 'fixed' } }, 'go'],
    ['perhaps a landline', 'code.sign_in', { subscriber: { network: 'fixed_or_mobile' } }, 'go'],
    ['toll-free', 'code.reset', { subscriber: { network: 'toll_free' } }, 'number'],
    ['premium and the like', 'code.action', { subscriber: { network: 'other' } }, 'number'],
    ['internet telephony', 'code.sign_in', { subscriber: { network: 'voip' } }, 'go'],
    [
      'internet telephony, closed by the policy',
      'code.sign_in',
      { subscriber: { network: 'voip' }, policy: { ...firstPolicy, codesToVoip: false } },
      'number',
    ],
    ['not known', 'code.sign_in', { subscriber: { network: null } }, 'go'],
  ])('%s, %s', (_, purpose, change, expected) => {
    expect(answer(facts(purpose, change))).toBe(expected)
  })
})

describe('suppression', () => {
  const because = (scope: 'promotional' | 'security' | 'account' | 'all', reason: string): Change => ({
    subscriber: { suppressions: [{ scope, reason, at: '2026-10-01T10:00:00.000Z' }] },
  })
  test.each<Row>([
    ['promotional stop', 'offer', because('promotional', 'stop'), 'suppression'],
    ['promotional stop', 'title.release', because('promotional', 'stop'), 'suppression'],
    ['promotional stop', 'account.plan', because('promotional', 'stop'), 'go'],
    ['promotional stop', 'alert.security', because('promotional', 'stop'), 'go'],
    ['security stop', 'alert.security', because('security', 'stop'), 'suppression'],
    ['security stop', 'code.sign_in', because('security', 'stop'), 'go'],
    ['account stop', 'account.payment', because('account', 'stop'), 'suppression'],
    ['account stop', 'alert.security', because('account', 'stop'), 'go'],
    ['all stop', 'account.payment', because('all', 'stop'), 'suppression'],
    ['all stop', 'code.sign_in', because('all', 'stop'), 'go'],
    ['all stop', 'reply.compliance', because('all', 'stop'), 'go'],
    ['dead', 'code.sign_in', because('all', 'dead'), 'suppression'],
    ['reassigned', 'reply.compliance', because('all', 'reassigned'), 'suppression'],
    ['blocked', 'alert.security', because('all', 'blocked'), 'suppression'],
  ])('%s, %s', (_, purpose, change, expected) => {
    expect(answer(facts(purpose, change))).toBe(expected)
  })
})

describe('consent', () => {
  const titles = (change: object | null): Change => ({
    subscriber: { consents: change === null ? {} : { titles: { ...said, ...change } } },
  })
  const inCanada = (basis: 'purchase' | 'inquiry', since: string): Change => ({
    region: regionRules('CA-ON', 'CA'),
    ...titles({ basis, at: since }),
  })
  test.each<Row>([
    ['given', 'title.premiere', titles({}), 'go'],
    ['not given', 'title.premiere', titles(null), 'consent'],
    ['ended', 'title.premiere', titles({ granted: false }), 'consent'],
    ['to titles alone', 'offer', titles({}), 'consent'],
    ['without words', 'title.premiere', titles({ words: undefined }), 'consent'],
    ['without words that are none', 'title.premiere', titles({ words: '' }), 'consent'],
    ['not confirmed where it has to be', 'title.premiere', titles({ confirmed: false }), 'consent'],
    ['implied where no law knows that', 'title.premiere', titles({ basis: 'purchase' }), 'consent'],
    ['implied by a purchase, 23 months ago', 'title.premiere', inCanada('purchase', '2024-12-02T10:00:00.000Z'), 'go'],
    [
      'implied by a purchase, 24 months ago',
      'title.premiere',
      inCanada('purchase', '2024-11-02T10:00:00.000Z'),
      'consent',
    ],
    ['implied by an inquiry, to the minute', 'title.premiere', inCanada('inquiry', '2026-05-02T15:00:00.001Z'), 'go'],
    [
      'implied by an inquiry, a moment longer',
      'title.premiere',
      inCanada('inquiry', '2026-05-02T15:00:00.000Z'),
      'consent',
    ],
    [
      'implied on a day that its last month has not',
      'title.premiere',
      { ...inCanada('inquiry', '2026-08-31T10:00:00.000Z'), now: at('2027-02-28T14:00:00Z') },
      'consent',
    ],
    ['not given', 'account.payment', titles(null), 'go'],
    ['ended', 'account.payment', { subscriber: { consents: { account: { ...said, granted: false } } } }, 'consent'],
    ['ended', 'alert.security', { subscriber: { consents: { security: { ...said, granted: false } } } }, 'consent'],
    ['all ended', 'code.reset', { subscriber: { consents: { security: { ...said, granted: false } } } }, 'go'],
    ['not given', 'reply.support', titles(null), 'go'],
  ])('%s, %s', (_, purpose, change, expected) => {
    expect(answer(facts(purpose, change))).toBe(expected)
  })
})

describe('pause', () => {
  const until = (pausedUntil: string): Change => ({ subscriber: { pausedUntil: at(pausedUntil) } })
  test.each<Row>([
    ['that lasts', 'offer', until('2026-11-09T00:00:00Z'), 'pause'],
    ['that lasts', 'title.leaving', until('2026-11-09T00:00:00Z'), 'pause'],
    ['that lasts', 'account.renewal', until('2026-11-09T00:00:00Z'), 'go'],
    ['that ends now', 'offer', until('2026-11-02T15:00:00Z'), 'go'],
    [
      'that is over when the text may leave',
      'offer',
      { ...until('2026-11-03T00:00:00Z'), notBefore: at('2026-11-03T10:00:00Z') },
      '2026-11-03T10:00:00.000Z',
    ],
  ])('%s, %s', (_, purpose, change, expected) => {
    expect(answer(facts(purpose, change))).toBe(expected)
  })
})

describe('caps', () => {
  const sent = (...times: [Purpose, string][]): Change => ({
    recent: times.map(([purpose, time]) => ({ purpose, at: at(time), isSame: false })),
  })
  const week = (purpose: Purpose) =>
    ['2026-10-27T15:00:00Z', '2026-10-29T15:00:00Z', '2026-10-30T15:00:00Z', '2026-11-01T14:59:00Z'].map(
      time => [purpose, time] as [Purpose, string],
    )
  test.each<Row>([
    ['nothing yet', 'offer', {}, 'go'],
    ['one 23 h 59 min ago', 'offer', sent(['title.release', '2026-11-01T15:01:00Z']), 'cap'],
    ['one exactly a day ago', 'offer', sent(['title.release', '2026-11-01T15:00:00Z']), 'go'],
    ['one that will leave later', 'offer', sent(['title.release', '2026-11-03T09:00:00Z']), 'cap'],
    ['four titles in a week', 'title.release', sent(...week('title.release')), 'cap'],
    ['four titles in a week', 'offer', sent(...week('title.release')), 'go'],
    ['three titles in a week', 'title.release', sent(...week('title.release').slice(1)), 'go'],
    ['two offers in a week', 'offer', sent(...week('offer').slice(2)), 'cap'],
    ['notices', 'offer', sent(...week('account.payment'), ...week('account.plan')), 'go'],
    ['many', 'account.payment', sent(...week('offer'), ...week('offer')), 'go'],
    ['many', 'code.sign_in', sent(...week('offer'), ...week('offer')), 'go'],
    [
      'one two days ago, fewer asked for',
      'offer',
      { ...sent(['offer', '2026-10-31T16:00:00Z']), subscriber: { isFewer: true } },
      'cap',
    ],
    ['one two days ago', 'offer', sent(['offer', '2026-10-31T14:00:00Z']), 'go'],
    [
      'three in a day in Florida, none here',
      'offer',
      {
        ...sent(
          ['offer', '2026-11-02T14:00:00Z'],
          ['offer', '2026-11-02T14:10:00Z'],
          ['offer', '2026-11-02T14:20:00Z'],
        ),
        region: regionRules('US-FL', 'US'),
        policy: { ...firstPolicy, caps: { titles: null, offers: null, promotional: null } },
      },
      'cap',
    ],
    [
      'two in a day in Florida, none here',
      'offer',
      {
        ...sent(['offer', '2026-11-02T14:00:00Z'], ['offer', '2026-11-02T14:10:00Z']),
        region: regionRules('US-FL', 'US'),
        policy: { ...firstPolicy, caps: { titles: null, offers: null, promotional: null } },
      },
      'go',
    ],
  ])('%s, %s', (_, purpose, change, expected) => {
    expect(answer(facts(purpose, change))).toBe(expected)
  })

  test('a refusal names the moment from which it would not refuse', () => {
    const refused = judge(facts('title.release', sent(...week('title.release'))))

    expect(refused).toMatchObject({ kind: 'refuse', rule: 'cap', againAt: at('2026-11-03T15:00:00Z') })
    const then = facts('title.release', { ...sent(...week('title.release')), now: at('2026-11-03T15:00:00Z') })
    expect(answer(then)).toBe('go')
  })
})

describe('the same', () => {
  const before = (purpose: Purpose, time: string, isSame = true): Change => ({
    recent: [{ purpose, at: at(time), isSame }],
    policy: { ...firstPolicy, caps: { titles: null, offers: null, promotional: null } },
  })
  test.each<Row>([
    ['an hour ago', 'account.payment', before('account.payment', '2026-11-02T14:00:00Z'), 'duplicate'],
    ['a day ago', 'account.payment', before('account.payment', '2026-11-01T15:00:00Z'), 'go'],
    ['other words an hour ago', 'account.payment', before('account.payment', '2026-11-02T14:00:00Z', false), 'go'],
    ['for another purpose', 'account.payment', before('account.plan', '2026-11-02T14:00:00Z'), 'go'],
    ['six days ago', 'title.leaving', before('title.leaving', '2026-10-27T15:00:00Z'), 'duplicate'],
    ['eight days ago', 'title.leaving', before('title.leaving', '2026-10-25T15:00:00Z'), 'go'],
    ['a moment ago', 'code.sign_in', before('code.sign_in', '2026-11-02T14:59:59Z'), 'go'],
    ['a moment ago', 'alert.security', before('alert.security', '2026-11-02T14:59:59Z'), 'go'],
    ['a moment ago', 'reply.compliance', before('reply.compliance', '2026-11-02T14:59:59Z'), 'go'],
  ])('%s, %s', (_, purpose, change, expected) => {
    expect(answer(facts(purpose, change))).toBe(expected)
  })
})

describe('hours and deadlines', () => {
  const night = at('2026-11-02T22:00:00Z')
  test.each<Row>([
    ['at night', 'offer', { now: night }, '2026-11-03T09:00:00.000Z'],
    ['at night', 'account.plan', { now: night }, '2026-11-03T08:00:00.000Z'],
    ['at night', 'alert.security', { now: night }, 'go'],
    ['at night', 'code.sign_in', { now: night }, 'go'],
    [
      'at night, worth nothing by the morning',
      'title.leaving',
      { now: night, expiresAt: at('2026-11-03T09:00:00Z') },
      'hours',
    ],
    ['at night, due before the morning', 'account.plan', { now: night, expiresAt: at('2026-11-03T08:00:00Z') }, 'go'],
    ['over', 'offer', { expiresAt: at('2026-11-02T15:00:00Z') }, 'deadline'],
    ['for the night', 'offer', { notBefore: night, expiresAt: at('2026-11-05T00:00:00Z') }, '2026-11-03T09:00:00.000Z'],
    [
      'somewhere',
      'offer',
      { subscriber: { place: { zone: null, region: null, country: null, numberRegion: null, numberZones: [] } } },
      'hours',
    ],
    [
      'in a zone that does not exist',
      'offer',
      {
        subscriber: {
          place: { zone: 'Mars/Olympus', region: null, country: null, numberRegion: null, numberZones: [] },
        },
      },
      'hours',
    ],
  ])('%s, %s', (_, purpose, change, expected) => {
    expect(answer(facts(purpose, change))).toBe(expected)
  })

  test('what waits is spread over the release, and what has less time over half of that', () => {
    const half = answer(facts('offer', { now: night, spread: 0.5 }))
    const short = answer(facts('offer', { now: night, spread: 1, expiresAt: at('2026-11-03T09:10:00Z') }))

    expect([half, short]).toEqual(['2026-11-03T09:15:00.000Z', '2026-11-03T09:05:00.000Z'])
  })
})

describe("an operator's hours and caps for a region", () => {
  const day = { from: '12:00', to: '14:00' }
  const override = {
    ...{ hours: { weekday: day, saturday: day, sunday: null, holiday: null }, why: 'Agreed with legal.' },
    caps: [{ most: 1, hours: 72, of: 'promotional' as const }],
  }
  const overridden = (regions: Policy['regions'], change: Change = {}): Change => ({
    policy: { ...firstPolicy, regions },
    region: regionRules('GB', 'GB', regions),
    ...change,
  })
  const sentenceOf = (rule: RuleName, one: Facts) => say(judge(one).explanation.find(found => found.rule === rule)!)

  test.each<Row>([
    ['within them', 'offer', overridden({ GB: override }, { now: at('2026-11-02T13:00:00Z') }), 'go'],
    ['after them', 'offer', overridden({ GB: override }), '2026-11-03T12:00:00.000Z'],
    [
      'on a Saturday night',
      'offer',
      overridden({ GB: override }, { now: at('2026-11-07T18:00Z') }),
      '2026-11-09T12:00:00.000Z',
    ],
    ['of another region', 'offer', overridden({ DE: override }), 'go'],
    ['for a notice', 'account.plan', overridden({ GB: override }), 'go'],
    ['for a code', 'code.sign_in', overridden({ GB: override }), 'go'],
    [
      'and two days after another',
      'offer',
      overridden(
        { GB: override },
        {
          now: at('2026-11-02T13:00Z'),
          recent: [{ purpose: 'title.release', at: at('2026-10-31T14:00Z'), isSame: false }],
        },
      ),
      'cap',
    ],
  ])('%s, %s', (_, purpose, change, expected) => {
    expect(answer(facts(purpose, change))).toBe(expected)
  })

  test('are said to be theirs, and those that are shipped are not', () => {
    const inside = overridden({ GB: override }, { now: at('2026-11-02T13:00:00Z') })
    const recent = [{ purpose: 'title.release' as const, at: at('2026-10-31T14:00Z'), isSame: false }]

    expect(sentenceOf('hours', facts('offer', inside))).toBe(
      "It is within quiet hours (12:00-14:00 of GB; the operator's own hours) there.",
    )
    expect(sentenceOf('hours', facts('offer', overridden({ GB: override }, { now: at('2026-11-08T13:00Z') })))).toBe(
      "It is outside quiet hours (the operator's own hours) there; it waits until 2026-11-09T12:00:00.000Z.",
    )
    expect(sentenceOf('cap', facts('offer', inside))).toContain(
      'promotional in 72 h, GB as the operator set it: 0 of 1',
    )
    expect(sentenceOf('cap', facts('offer', { ...inside, recent }))).toContain(
      'in 72 hours (the cap of GB, as the operator set it); the next',
    )
    expect(sentenceOf('hours', facts('offer', overridden({ DE: override })))).toBe(
      'It is within quiet hours (09:00-20:00 of GB) there.',
    )
  })

  test('of one of two places that count are said to be of that one', () => {
    const place = {
      ...{ zone: null, region: 'US-NY', country: 'US', numberRegion: 'US-NJ', numberZones: ['America/New_York'] },
    }
    const regions = { 'US-NJ': override }
    const one = facts('offer', { ...overridden(regions), subscriber: { place }, now: at('2026-11-02T18:00Z') })

    expect(sentenceOf('hours', one)).toBe(
      "It is within quiet hours (12:00-14:00 of US-NY, US-NJ; the operator's own hours for US-NJ) there.",
    )
  })

  test('right before a text is written they count too', () => {
    const { place } = facts('offer').subscriber
    const ask = (regions: Policy['regions']) =>
      mayArriveNow('offer', place, null, at('2026-11-05T00:00Z'), at('2026-11-02T15:00Z'), regions)

    expect(ask({})).toEqual({ now: true })
    expect(ask({ GB: override })).toEqual({ now: false, opensAt: at('2026-11-03T12:00Z') })
  })
})

test('the rules are asked in order, and the first no is the last question', () => {
  const order: RuleName[] = ['number', 'suppression', 'consent', 'pause', 'deadline', 'cap', 'duplicate', 'hours']
  for (const purpose of purposes)
    expect(
      judge(facts(purpose)).explanation.map(({ rule }) => rule),
      purpose,
    ).toEqual(order)
  const refused = judge(facts('offer', { subscriber: { consents: {}, pausedUntil: at('2027-01-01T00:00:00Z') } }))
  expect(refused.explanation.map(({ rule }) => rule)).toEqual(['number', 'suppression', 'consent'])
})
