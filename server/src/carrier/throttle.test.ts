import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Credit, type Limits, Slowing, shareOf } from './throttle.ts'

/** A credit by a clock that moves when it is told to. */
function aCredit(limits: Partial<Limits> = {}) {
  let nowMs = 5_000_000
  const clock = { now: () => new Date(0), monotonic: () => nowMs }
  const credit = new Credit(clock, { window: 1_000_000, perSecond: Number.POSITIVE_INFINITY, ...limits })
  /** When each part was written. */
  const written: number[] = []
  const pass = (ms: number) => {
    nowMs += ms
  }
  const write = (parts: number, strict = false) => {
    credit.write(parts, strict)
    for (let i = 0; i < parts; i++) written.push(nowMs)
  }
  /** Writes up to so many of what is free, answered at once; answers how many. */
  const spend = (strict = false, most = Number.POSITIVE_INFINITY): number => {
    const parts = Math.min(most, credit.free(strict))
    credit.hold(parts, strict)
    write(parts, strict)
    credit.give(parts)
    return parts
  }
  /** Spends every few milliseconds for a while. */
  const flow = (forMs: number, everyMs = 5): number => {
    let sum = 0
    for (let ms = 0; ms < forMs; ms += everyMs) {
      sum += spend()
      pass(everyMs)
    }
    return sum
  }
  return { credit, written, pass, write, spend, flow }
}

/** Most parts in any second, wherever it begins. */
function mostInASecond(written: readonly number[], spanMs = 1_000): number {
  let from = 0
  let most = 0
  for (const [to, at] of written.entries()) {
    while (written[from]! <= at - spanMs) from++
    most = Math.max(most, to - from + 1)
  }
  return most
}

const share = fc.double({ min: 0, max: 1, noNaN: true })
/** What the loops of a sender do with credit, in any order. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 400 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('hold' as const), strict: fc.boolean(), share }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), strict: fc.boolean(), share }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), strict: fc.boolean(), share }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answer' as const), share }) },
)
const contracts = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.double({ min: 1, max: 40, noNaN: true }))

describe('no second holds more parts than the contract allows, wherever it begins,', () => {
  test('whatever is set aside, written, given back and answered, and when', () => {
    fc.assert(
      fc.property(
        contracts,
        fc.integer({ min: 1, max: 200 }),
        fc.array(step, { maxLength: 300 }),
        fc.constantFrom(0, 25, 200),
        (perSecond, window, steps, aheadMs) => {
          const { credit, written, pass, write } = aCredit({ perSecond, window })
          const aside = { strict: 0, other: 0 }
          let unanswered = 0
          for (const one of steps) {
            if (one.do === 'pass') {
              pass(one.ms)
              continue
            }
            if (one.do === 'answer') {
              const parts = Math.round(unanswered * one.share)
              credit.give(parts)
              unanswered -= parts
              continue
            }
            const lanes = one.strict ? 'strict' : 'other'
            const of = one.do === 'hold' ? credit.free(one.strict, one.strict ? 0 : aheadMs) : aside[lanes]
            const parts = Math.round(of * one.share)
            if (one.do === 'hold') credit.hold(parts, one.strict)
            if (one.do === 'release') credit.release(parts, one.strict)
            if (one.do !== 'write') aside[lanes] += { hold: parts, release: -parts }[one.do]
            // What was set aside ahead waits for its place in the second; what was free at once does not.
            else
              for (let part = 0; part < parts && (one.strict || credit.writeInMs(1) === 0); part++) {
                write(1, one.strict)
                aside[lanes]--
                unanswered++
              }
            expect(credit.inFlight).toBe(aside.strict + aside.other + unanswered)
            expect(credit.inFlight).toBeLessThanOrEqual(window)
          }
          expect(mostInASecond(written)).toBeLessThanOrEqual(perSecond)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('however unevenly it is asked', () => {
    const asked = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 150 }), strict: fc.boolean() }), {
      minLength: 100,
      maxLength: 400,
    })
    fc.assert(
      fc.property(contracts, asked, (perSecond, list) => {
        const { written, pass, spend } = aCredit({ perSecond })
        for (const { ms, strict } of list) {
          spend(strict)
          pass(ms)
        }
        expect(mostInASecond(written)).toBeLessThanOrEqual(perSecond)
      }),
      { numRuns: 500 },
    )
  })

  test('and less than one part a second is one part in as long as that takes', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 0.99, noNaN: true }), perSecond => {
        const { written, flow } = aCredit({ perSecond })
        flow(60_000, 20)
        expect(mostInASecond(written, 1_000 / perSecond)).toBe(1)
        expect(written.length).toBeGreaterThan(60 * perSecond * 0.9)
      }),
      { numRuns: 50 },
    )
  })
})

describe('all that the contract allows is used', () => {
  test.each([1, 5, 20, 75, 100, 300])('at %s parts a second', perSecond => {
    const { flow } = aCredit({ perSecond })
    flow(2_000) // what was saved up is spent
    const parts = flow(60_000, 2)
    expect(parts / 60).toBeGreaterThan(perSecond * 0.97)
    expect(parts / 60).toBeLessThanOrEqual(perSecond)
  })

  test('after a silence it is spread: a tenth of a second at once, and not the whole second', () => {
    const { pass, spend } = aCredit({ perSecond: 100 })
    pass(60_000)
    expect(spend()).toBe(10)
    expect(spend()).toBe(0)
    pass(10)
    expect(spend()).toBe(1)
  })

  test('a text longer than what is free is paid for afterwards', () => {
    const { credit, write, flow } = aCredit({ perSecond: 5 })
    credit.hold(1, false)
    credit.hold(9, false)
    write(10)
    expect(credit.free(true)).toBe(0)
    expect(credit.waitMs(false)).toBeGreaterThan(0)
    expect(flow(900)).toBe(0)
    expect(flow(10_000)).toBeGreaterThan(40)
  })

  test('waitMs says when a part is free again, and not before', () => {
    const { credit, pass, spend } = aCredit({ perSecond: 2 })
    while (spend() > 0);
    const waitMs = credit.waitMs(false)
    expect(waitMs).toBeGreaterThan(100)
    pass(waitMs - 2)
    expect(credit.free(false)).toBe(0)
    pass(3)
    expect(credit.free(false)).toBeGreaterThan(0)
  })
})

describe('a tenth of window and contract is for codes and alerts', () => {
  test('while there are some, bulk leaves it alone', () => {
    const { credit } = aCredit({ window: 100 })
    credit.expectStrict()
    expect([credit.free(false), credit.free(true)]).toEqual([90, 100])
    credit.hold(90, false)
    expect([credit.free(false), credit.free(true)]).toEqual([0, 10])
  })

  test('and of each second too', () => {
    const { credit, spend, pass } = aCredit({ perSecond: 100 })
    let bulk = 0
    let waiting = 0
    let longestMs = 0
    for (let ms = 0, since = 0; ms < 10_000; ms += 5) {
      // Five codes come at once, twice a second, behind a campaign without an end.
      if (ms % 500 === 0) {
        waiting += 5
        since = ms
      }
      credit.expectStrict()
      waiting -= spend(true, waiting)
      if (waiting > 0) longestMs = Math.max(longestMs, ms - since + 5)
      bulk += spend(false)
      pass(5)
    }
    expect(longestMs).toBeLessThanOrEqual(50)
    // Ten codes a second, and bulk what is left of the nine tenths that it may fill.
    expect(bulk + 100).toBeLessThanOrEqual(910)
    expect(bulk + 100).toBeGreaterThan(880)
  })

  test('and once they are silent for a second bulk borrows it', () => {
    const { credit, pass } = aCredit({ window: 100 })
    credit.hold(1, false)
    credit.write(1, true)
    credit.give(1)
    pass(1_000)
    expect(credit.free(false)).toBe(90)
    pass(1)
    expect(credit.free(false)).toBe(100)
  })

  test('a contract of one part a second is not divided: bulk is sent when no code is there', () => {
    const { credit, spend, pass } = aCredit({ perSecond: 1 })
    credit.expectStrict()
    expect(spend(false)).toBe(1)
    expect(credit.free(true)).toBe(0)
    pass(1_100)
    credit.expectStrict()
    expect(spend(true)).toBe(1)
  })
})

describe('several processes share a contract', () => {
  test('and together have all of it, and no part of it twice', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0.05, max: 50, noNaN: true })),
        fc.integer({ min: 1, max: 20 }),
        (perSecond, sharers) => {
          const shares = Array.from({ length: sharers }, (_, place) => shareOf(perSecond, sharers, place))
          expect(shares.reduce((sum, one) => sum + one, 0)).toBeCloseTo(perSecond, 9)
          // Parts can't be divided: whole ones each, so that together they fill no second too much.
          expect(shares.filter(one => !Number.isInteger(one)).length).toBeLessThanOrEqual(1)
        },
      ),
    )
    expect(shareOf(Number.POSITIVE_INFINITY, 3, 1)).toBe(Number.POSITIVE_INFINITY)
  })

  test('and no second of all of them together holds more than it, however their seconds lie', () => {
    const everyMs = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.record({ everyMs, fromMs: fc.integer({ min: 0, max: 1_500 }) }), { minLength: 2, maxLength: 5 }),
        (perSecond, processes) => {
          const written = processes.flatMap(({ everyMs, fromMs }, place) => {
            const one = aCredit({ perSecond: shareOf(perSecond, processes.length, place) })
            one.pass(fromMs)
            one.flow(4_000, everyMs)
            return one.written
          })
          expect(mostInASecond(written.sort((a, b) => a - b))).toBeLessThanOrEqual(perSecond)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('and one whose share is nothing sends nothing, until it has one', () => {
    const { credit, flow, pass } = aCredit({ perSecond: 0 })
    expect(flow(5_000)).toBe(0)
    expect(credit.waitMs(false)).toBe(0)
    credit.share(10)
    pass(1_000)
    expect(credit.free(false)).toBeGreaterThan(0)
  })
})

describe('what is asked to slow down', () => {
  test('pauses longer each time, five seconds at most, until something is taken', () => {
    const slowing = new Slowing()
    let nowMs = 0
    const pauses = Array.from({ length: 7 }, () => {
      const forMs = slowing.slow(nowMs)
      nowMs += forMs
      return forMs
    })
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000])
    slowing.recover()
    expect(slowing.slow(nowMs)).toBe(250)
  })

  test('pauses once for all that was on the wire', () => {
    const slowing = new Slowing()
    expect([slowing.slow(0), slowing.slow(10), slowing.slow(200)]).toEqual([250, 240, 50])
  })

  test('pauses for as long as the carrier asks', () => {
    const { credit, pass } = aCredit({ window: 10 })
    expect(credit.slow(7_000)).toBe(7_000)
    expect([credit.free(true), credit.waitMs(false)]).toEqual([0, 7_000])
    pass(7_000)
    expect([credit.free(true), credit.waitMs(false)]).toEqual([10, 0])
  })
})

/** A credit, and the monotonic time it goes by. */
function aTimedCredit(limits: Limits) {
  let nowMs = 1_000_000
  const credit = new Credit({ now: () => new Date(), monotonic: () => nowMs }, limits)
  const write = (parts: number, strict = false) => {
    credit.hold(parts, strict)
    credit.write(parts, strict)
    credit.give(parts)
  }
  return {
    credit,
    write,
    pass(ms: number) {
      nowMs += ms
    },
    /** As the loop of a campaign does for so long: looks when it is told to, writes all that is free. Answers how much. */
    spend(forMs: number, meanwhile = () => {}) {
      const endMs = nowMs + forMs
      let parts = 0
      while (nowMs < endMs) {
        meanwhile()
        const free = credit.free(false)
        if (free >= credit.bite) {
          write(free)
          parts += free
        }
        nowMs += Math.max(1, credit.waitMs(false, credit.bite))
      }
      return parts
    },
  }
}

describe('the share that is kept for codes', () => {
  test('is lent to a campaign for as long as there are none, however often somebody looks for one', () => {
    const { credit, write, pass } = aTimedCredit({ window: 100, perSecond: 100 })

    for (let look = 0; look < 5; look++) {
      credit.hold(credit.free(true), true)
      credit.release(credit.inFlight, true)
      pass(250)
    }

    expect(credit.free(false)).toBe(10)
    write(1, true)
    pass(900)
    expect(credit.free(false)).toBe(9)
    pass(101)
    expect(credit.free(false)).toBe(10)
  })

  test('is waited around: a campaign beside codes gets all that is open to it', () => {
    const { credit, spend } = aTimedCredit({ window: 500, perSecond: 300 })

    const parts = spend(10_000, () => credit.expectStrict())

    expect(parts / 10).toBeGreaterThan(300 * 0.9 * 0.97)
    expect(parts / 10).toBeLessThanOrEqual(300 * 0.9)
  })
})

test.each([0.5, 1, 10, 21, 25, 100, 300])(
  'of %s parts a second nearly all are used, by a campaign alone',
  perSecond => {
    const { spend } = aTimedCredit({ window: 50, perSecond })

    const parts = spend(100_000)

    expect(parts / 100).toBeGreaterThan(perSecond * 0.97)
    expect(parts / 100).toBeLessThanOrEqual(perSecond * 1.01)
  },
)

test('parts that arrive late count from then on: no second at the carrier holds more than the contract allows', () => {
  const { credit, pass } = aTimedCredit({ window: 200, perSecond: 100 })
  const usualMs = 5
  const arrivals: number[] = []
  const due: { at: number; arrive: (nowMs: number) => void }[] = []

  // The carrier stands still for 80 ms now and then, takes what has come all at once, and answers.
  for (let ms = 0; ms < 30_000; ms++) {
    const standsStill = ms % 1_700 > 1_620
    while (!standsStill && due[0] && due[0].at <= ms) due.shift()!.arrive(ms)
    const free = credit.free(false)
    if (free >= credit.bite) {
      credit.hold(free, false)
      const written = credit.write(free, false)
      due.push({
        at: ms + usualMs,
        arrive(nowMs) {
          for (let part = 0; part < free; part++) arrivals.push(nowMs)
          credit.answered(written, nowMs - ms)
          credit.give(free)
        },
      })
    }
    pass(1)
  }

  const inAnySecond = arrivals.map((at, i) => arrivals.slice(i, i + 200).filter(one => one < at + 1_000).length)
  expect(Math.max(...inAnySecond)).toBeLessThanOrEqual(100)
  expect(arrivals.length / 30).toBeGreaterThan(90)
})

test('a bite is never more than a small window or a small limit can hold, codes or not', () => {
  for (let perSecond = 1; perSecond <= 200; perSecond++)
    for (let window = 2; window <= 40; window++) {
      const { credit } = aTimedCredit({ window, perSecond })
      credit.expectStrict()

      expect(credit.free(false), `${perSecond}/s, window ${window}`).toBeGreaterThanOrEqual(credit.bite)
    }
})

test('while answers are slow a campaign goes on at the pace of the contract', () => {
  const { credit, pass } = aTimedCredit({ window: 200, perSecond: 100 })
  const answerMs = 1_000
  const due: { at: number; parts: number }[] = []

  let parts = 0
  for (let ms = 0; ms < 20_000; ms++) {
    while (due[0] && due[0].at <= ms) credit.give(due.shift()!.parts)
    const free = credit.free(false)
    if (free >= credit.bite) {
      credit.hold(free, false)
      credit.write(free, false)
      due.push({ at: ms + answerMs, parts: free })
      parts += free
    }
    pass(1)
  }

  expect(parts / 20).toBeGreaterThan(97)
})
