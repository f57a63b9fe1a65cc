import { describe, expect, test } from 'vitest'
import { type CarrierAnswer, eventBus, type MessageEvent } from '../events.ts'
import { carrierHealth, earnedBy, type Tally, type Watched } from './health.ts'

const none: Tally = { taken: 0, failed: 0, answerMs: 0, answered: 0, delivered: 0, undelivered: 0, deliveryMs: 0 }

test.each<[string, Partial<Tally>, number, string | null]>([
  ['nothing is known', {}, 1, null],
  ['all is well', { taken: 100, answered: 100, answerMs: 5_000, delivered: 100, deliveryMs: 300_000 }, 1, null],
  ['it takes nine in ten', { taken: 90, failed: 10 }, 1, null],
  ['it takes less', { taken: 60, failed: 40 }, 0.5, 'It took only 60 % of what it was given.'],
  ['it takes hardly anything', { taken: 20, failed: 80 }, 0.02, 'It took only 20 % of what it was given.'],
  ['it takes nothing', { failed: 100 }, 0.02, 'It took only 0 % of what it was given.'],
  ['too few were tried to judge it', { failed: 4 }, 1, null],
  ['it answers within a second', { taken: 9, answered: 9, answerMs: 9_000 }, 1, null],
  ['it answers slowly', { taken: 10, answered: 10, answerMs: 40_000 }, 0.25, 'It takes 4 s to answer.'],
  ['too few answered to judge it', { taken: 4, answered: 4, answerMs: 40_000 }, 1, null],
  ['nine in ten arrive', { delivered: 90, undelivered: 10 }, 1, null],
  ['few arrive', { delivered: 65, undelivered: 35 }, 0.5, 'Only 65 % of its receipts said delivered.'],
  ['none arrives', { undelivered: 100 }, 0.05, 'Only 0 % of its receipts said delivered.'],
  ['too few receipts came to judge it', { undelivered: 19 }, 1, null],
  ['they arrive late', { delivered: 30, deliveryMs: 1_800_000 }, 0.5, 'Its texts take 60 s to arrive.'],
  ['they arrive very late', { delivered: 30, deliveryMs: 30 * 600_000 }, 0.3, 'Its texts take 600 s to arrive.'],
  [
    'two things are wrong, and the worse is told',
    { taken: 60, failed: 40, answered: 100, answerMs: 400_000 },
    0.125,
    'It takes 4 s to answer.',
  ],
])('where %s', (_, figures, factor, reason) => {
  const earned = earnedBy({ ...none, ...figures }, '')
  expect(earned.factor).toBeCloseTo(factor, 6)
  expect(earned.reason).toBe(reason)
})

test('figures of one country name it', () => {
  const tally = { ...none, taken: 1, failed: 9, answered: 10, answerMs: 0 }
  expect(earnedBy(tally, 'BR').reason).toBe('It took only 10 % of what it was given from BR.')
  expect(earnedBy({ ...none, undelivered: 50 }, 'BR').reason).toBe('Only 0 % of its receipts from BR said delivered.')
  const late = { ...none, delivered: 50, deliveryMs: 50 * 60_000 }
  expect(earnedBy(late, 'BR').reason).toBe('Its texts to BR take 60 s to arrive.')
})

/** The health of carriers that are told to be so, by a clock that moves when it is told to. */
function watching(...names: string[]) {
  let nowMs = 1_000_000
  const clock = { now: () => new Date(0), monotonic: () => nowMs }
  const events = eventBus()
  const carriers = new Map(names.map(name => [name, { name, isUp: true, silentForMs: 0 }]))
  const health = carrierHealth(clock, events, () => [...carriers.values()])
  const turns: [string, boolean][] = []
  health.onTurn((carrier, isBroken) => turns.push([carrier, isBroken]))
  health.look()
  return {
    health,
    carriers,
    /** Each time one broke, or came back. */
    turns,
    /** Time passes, and it is looked at each quarter of a second, as it is where it runs. */
    pass(ms: number) {
      for (let left = ms; left > 0; left -= 250) {
        nowMs += Math.min(250, left)
        health.look()
      }
    },
    answered(channel: string, times: number, over: Partial<CarrierAnswer> = {}) {
      const one = { channel, country: 'GB', means: 'taken', status: 'ESME_ROK', parts: 1, ms: 20, micros: 0, ...over }
      events.emit('carrier.answered', Array<CarrierAnswer>(times).fill(one as CarrierAnswer))
    },
    ended(channel: string, times: number, over: Partial<MessageEvent> = {}) {
      const one: MessageEvent = {
        ...{ id: 'x', purpose: 'offer', lane: 'bulk', state: 'delivered', country: 'GB', channel, reason: null },
        ...{ subscriber: null, at: new Date(0), sinceSubmittedMs: 3_000 },
        ...over,
      }
      events.emit('message.moved', Array<MessageEvent>(times).fill(one))
    },
  }
}

test('one that nobody has seen, or that no process sends by, is skipped', () => {
  const { health } = watching('aurora')
  expect([health.factor('aurora', 'GB'), health.isBroken('aurora')]).toEqual([1, false])
  expect([health.factor('boreal', 'GB'), health.isBroken('boreal')]).toEqual([0, true])
})

describe('what counts', () => {
  test.each<[string, Partial<CarrierAnswer>, boolean]>([
    ['that it can not just now', { means: 'later', status: 'ESME_RSYSERR' }, true],
    ['that it did not answer', { means: 'unanswered', status: 'no_answer', ms: null }, true],
    ['that it asks to slow down', { means: 'later', status: 'ESME_RTHROTTLED' }, false],
    ['that its queue is full', { means: 'later', status: 'ESME_RMSGQFUL' }, false],
    ['that it asks to slow down, over HTTP', { means: 'later', status: '429' }, false],
    ['that there was no session for a text', { means: 'later', status: 'no_bind' }, false],
    ['that a number is wrong', { means: 'never', status: 'ESME_RINVDSTADR' }, false],
  ])('%s', (_, answer, isFailure) => {
    const { health, answered, pass } = watching('aurora')

    answered('aurora', 30, answer)
    pass(250)

    expect(health.factor('aurora', 'GB')).toBeCloseTo(isFailure ? 0.02 : 1, 6)
  })

  test('texts that did not arrive, and those that arrived late', () => {
    const { health, ended, pass } = watching('aurora', 'boreal')
    ended('aurora', 30, { state: 'undeliverable' })
    ended('aurora', 30, { state: 'expired' })
    ended('boreal', 40, { sinceSubmittedMs: 60_000 })
    // Not of a carrier: nobody sent these.
    ended('boreal', 60, { state: 'cancelled' })
    const { sinceSubmittedMs: _, ...unsent } = { sinceSubmittedMs: 0 }
    ended('boreal', 60, { state: 'expired', ...unsent, sinceSubmittedMs: undefined as never })

    pass(250)

    expect(health.factor('aurora', 'GB')).toBeCloseTo(0.05, 6)
    expect(health.factor('boreal', 'GB')).toBeCloseTo(0.5, 1)
    expect(health.of('aurora', 'GB')).toMatchObject({ country: 'GB', delivered: 0, isBroken: false })
  })
})

test('a country has its own figures, and one that has none those over all', () => {
  const { health, answered, pass } = watching('aurora')
  answered('aurora', 200, { country: 'GB' })
  answered('aurora', 20, { country: 'BR', means: 'later', status: 'ESME_RSYSERR' })
  pass(250)

  expect(health.factor('aurora', 'GB')).toBe(1)
  expect(health.factor('aurora', 'BR')).toBeCloseTo(0.02, 6)
  expect(health.factor('aurora', 'FR')).toBe(1)
  expect(health.factor('aurora', null)).toBe(1)
  expect(health.view('aurora').map(({ country, taken }) => [country, taken])).toEqual([
    [null, 0.909],
    ['BR', 0],
    ['GB', 1],
  ])
  expect(health.of('aurora', 'FR').country).toBeNull()
})

test('what happened a minute ago counts for half, and is forgotten in time', () => {
  const { health, answered, pass } = watching('aurora')
  answered('aurora', 40)
  pass(60_000)
  expect(health.of('aurora', 'GB')).toMatchObject({ country: 'GB', submits: 20, responseMs: 20 })
  pass(60_000)
  expect(health.of('aurora', 'GB').submits).toBe(10)
  pass(15 * 60_000)
  expect(health.view('aurora').map(({ country }) => country)).toEqual([null])
})

test('weight is lost at once and comes back in half a minute, little by little', () => {
  const { health, answered, pass } = watching('aurora')
  answered('aurora', 10, { means: 'later', status: 'ESME_RSYSERR' })
  pass(250)
  expect(health.factor('aurora', 'GB')).toBeCloseTo(0.02, 2)
  const version = health.version

  answered('aurora', 200)
  const seen = [0, 1, 2, 3, 4, 5].map(() => {
    pass(5_000)
    return health.factor('aurora', 'GB')
  })

  for (const [i, factor] of seen.entries()) expect(factor).toBeCloseTo(Math.min(1, 0.02 + (i + 1) / 6), 1)
  expect(health.version).toBeGreaterThan(version)
  expect(health.of('aurora', 'GB')).toMatchObject({ factor: 1, reason: null })
})

test('while it comes back its reason says so', () => {
  const { health, answered, pass } = watching('aurora')
  answered('aurora', 10, { means: 'later', status: 'ESME_RSYSERR' })
  pass(250)
  answered('aurora', 200)
  pass(5_000)
  expect(health.of('aurora', 'GB').reason).toBe('It did badly a moment ago, and gets its weight back little by little.')
})

describe('silence', () => {
  test('breaks a carrier at once, and an answer mends it; its weight comes back in time', () => {
    const { health, carriers, turns, pass } = watching('aurora', 'boreal')
    carriers.get('aurora')!.silentForMs = 1_400
    pass(250)
    expect(turns).toEqual([])

    carriers.get('aurora')!.silentForMs = 1_600
    pass(250)
    expect(turns).toEqual([['aurora', true]])
    expect(health.of('aurora', 'GB')).toMatchObject({
      ...{ factor: 0, isBroken: true },
      reason: 'It answers nothing of what is on the wire.',
    })
    expect(health.factor('boreal', 'GB')).toBe(1)

    carriers.get('aurora')!.silentForMs = 0
    pass(250)
    expect(turns).toEqual([
      ['aurora', true],
      ['aurora', false],
    ])
    expect(health.factor('aurora', 'GB')).toBeLessThan(0.05)
    pass(30_000)
    expect(health.factor('aurora', 'GB')).toBe(1)
  })

  test('is told by what the carrier usually takes: a slow one is waited for', () => {
    const { health, carriers, answered, pass } = watching('aurora')
    answered('aurora', 20, { ms: 800 })
    carriers.get('aurora')!.silentForMs = 5_000
    pass(250)
    expect(health.isBroken('aurora')).toBe(false)
    carriers.get('aurora')!.silentForMs = 5_600
    pass(250)
    expect(health.isBroken('aurora')).toBe(true)
  })

  test('of sessions breaks it too; one that binds for the first time has all its weight', () => {
    const { health, carriers, turns, pass } = watching('aurora')
    carriers.set('boreal', { name: 'boreal', isUp: false, silentForMs: 0 })
    pass(250)
    expect(health.of('boreal', null)).toMatchObject({ isBroken: true, reason: 'No session is bound.' })

    carriers.get('boreal')!.isUp = true
    pass(250)

    expect([health.factor('boreal', null), health.isBroken('boreal')]).toEqual([1, false])
    // That it was not bound yet is no news; that it is lost is.
    expect(turns).toEqual([])
    carriers.get('boreal')!.isUp = false
    pass(250)
    carriers.get('boreal')!.isUp = true
    pass(250)
    expect(turns).toEqual([
      ['boreal', true],
      ['boreal', false],
    ])
  })
})

describe('several processes', () => {
  const seen = (over: object = {}) => ({ isUp: true, isSilent: false, tallies: {}, ...over })

  test('count together', () => {
    const { health, answered } = watching('aurora')
    answered('aurora', 10)
    const theirs = { ...none, failed: 10, answered: 10, answerMs: 1_000 }

    health.hear([{ carrier: 'aurora', seen: seen({ tallies: { '': theirs, GB: theirs, BR: theirs } }) }])

    expect(health.of('aurora', 'GB')).toMatchObject({ submits: 20, taken: 0.5, responseMs: 60 })
    expect(health.of('aurora', 'BR')).toMatchObject({ submits: 10, taken: 0 })
    // What others told is not told again as if it were ours.
    expect(health.seen().get('aurora')!.tallies['']).toMatchObject({ taken: 10, failed: 0 })
  })

  test('a carrier is not broken while one of them gets answers', () => {
    const { health, carriers, turns } = watching('aurora')
    carriers.get('aurora')!.silentForMs = 10_000

    health.hear([{ carrier: 'aurora', seen: seen() }])
    expect(health.isBroken('aurora')).toBe(false)
    health.hear([{ carrier: 'aurora', seen: seen({ isSilent: true }) }])
    expect(health.isBroken('aurora')).toBe(true)
    expect(turns).toEqual([['aurora', true]])
    expect(health.seen().get('aurora')).toMatchObject({ isUp: true, isSilent: true })
  })

  test('one that sends by no carrier knows them from the others', () => {
    const { health } = watching()
    health.hear([
      { carrier: 'aurora', seen: seen() },
      { carrier: 'boreal', seen: seen({ isUp: false }) },
    ])
    expect([health.factor('aurora', null), health.factor('boreal', null)]).toEqual([1, 0])
    health.hear([])
    expect([health.factor('aurora', null), health.isBroken('aurora')]).toEqual([0, true])
  })
})

/** Health over carriers that are put there by name, and the time it goes by. */
function aHealth() {
  let nowMs = 0
  const watched = new Map<string, Watched>()
  const clock = { now: () => new Date(nowMs), monotonic: () => nowMs }
  const health = carrierHealth(clock, eventBus(), () => [...watched.values()])
  return {
    health,
    put(name: string, over: Partial<Watched> = {}) {
      watched.set(name, { name, isUp: true, silentForMs: 0, ...over })
    },
    remove: (name: string) => watched.delete(name),
    look(afterMs = 0) {
      nowMs += afterMs
      health.look()
    },
  }
}

test('a carrier that was lost gets its weight back little by little', () => {
  const { health, put, look } = aHealth()
  put('aurora')
  look()
  put('aurora', { isUp: false })
  look(1_000)

  put('aurora')
  look(1_000)

  expect(health.factor('aurora', null)).toBeLessThan(0.1)
  look(15_000)
  expect(health.factor('aurora', null)).toBeGreaterThan(0.4)
  look(15_000)
  expect(health.factor('aurora', null)).toBe(1)
})

test('one that was taken out of the line and comes back begins anew, though its first session is not bound at once', () => {
  const { health, put, remove, look } = aHealth()
  put('aurora')
  look()
  remove('aurora')
  look(1_000)

  put('aurora', { isUp: false })
  look(1_000)
  put('aurora')
  look(250)

  expect(health.factor('aurora', null)).toBe(1)
})
