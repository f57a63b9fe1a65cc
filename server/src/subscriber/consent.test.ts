// What several words come to: by table, and for all orders in which they may come.
import type { ConsentInput } from '@usher/contract/subscriber'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Consent, changeOf, returnsAfter } from './consent.ts'

const now = new Date('2026-11-02T15:00:00Z')
const day = (n: number) => `2026-10-${String(n).padStart(2, '0')}T12:00:00.000Z`
const yes = (at?: string, words: string | undefined = 'Text me.'): ConsentInput => ({
  ...{ granted: true, how: 'import' },
  ...(at !== undefined && { at }),
  ...(words !== '' && { words }),
})
const no = (at?: string): ConsentInput => ({ granted: false, how: 'import', ...(at !== undefined && { at }) })

const after = (...words: ConsentInput[]) =>
  words.reduce<{ state?: Consent; entries: number }>(
    ({ state, entries }, said) => {
      const change = changeOf(state, said, now, false)
      return change ? { state: change, entries: entries + 1 } : { ...(state && { state }), entries }
    },
    { entries: 0 },
  )

describe('several words', () => {
  test.each<[what: string, words: ConsentInput[], state: Partial<Consent>, entries: number]>([
    ['a yes and a later no', [yes(day(1)), no(day(2))], { granted: false, at: day(2) }, 2],
    ['a no and a later yes', [no(day(1)), yes(day(2))], { granted: true, at: day(2) }, 2],
    ['a yes and an earlier no', [yes(day(2)), no(day(1))], { granted: true, at: day(2) }, 1],
    ['a yes and a no of the same time', [yes(day(1)), no(day(1))], { granted: false }, 2],
    ['a no and a yes of the same time', [no(day(1)), yes(day(1))], { granted: false }, 1],
    ['a no and a later yes without words', [no(day(1)), yes(day(2), '')], { granted: false }, 1],
    ['a yes without words and an earlier no', [yes(day(2), ''), no(day(1))], { granted: false, at: day(1) }, 2],
    ['a no and a yes without a date', [no(day(1)), yes()], { granted: false }, 1],
    ['a yes without a date and an earlier no', [yes(), no(day(1))], { granted: false, at: day(1) }, 2],
    ['a yes without a date, and its date', [yes(), yes(day(1))], { granted: true, at: day(1) }, 2],
    ['a yes with a date, and the same without', [yes(day(1)), yes()], { granted: true, at: day(1) }, 1],
    [
      'a later no after a no, and a yes of between',
      [no(day(1)), no(day(3)), yes(day(2))],
      { granted: false, at: day(3) },
      2,
    ],
    ['a no again each night without a date', [no(), no(), no()], { granted: false }, 1],
    ['a no with a date, again each night without one', [no(day(1)), no(), no()], { granted: false }, 2],
    ['the same lines twice', [yes(day(1)), no(day(2)), yes(day(1)), no(day(2))], { granted: false, at: day(2) }, 2],
    ['other words of the same time', [yes(day(1), 'One.'), yes(day(1), 'Two.')], { words: 'Two.' }, 2],
    ['a yes of the year 2099 after a no', [no(day(1)), yes('2099-01-01T00:00:00Z')], { granted: false }, 1],
    [
      'a yes of a clock that is a minute ahead, after a no',
      [no(day(1)), yes('2026-11-02T15:01:00Z')],
      { granted: true, at: now.toISOString() },
      2,
    ],
  ])('%s', (_, words, state, entries) => {
    const found = after(...words)

    expect(found.state).toMatchObject(state)
    expect(found.entries).toBe(entries)
  })

  const word = fc
    .record({ granted: fc.boolean(), at: fc.option(fc.integer({ min: 1, max: 5 }).map(day)), isProven: fc.boolean() })
    .map(({ granted, at, isProven }) =>
      granted ? yes(at ?? undefined, isProven ? 'Text me.' : '') : no(at ?? undefined),
    )

  test('come to the same in whatever order, and by the rule that is written down', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { minLength: 6 }),
        (words, order) => {
          const ends = words.filter(({ granted }) => !granted).map(({ at }) => at ?? now.toISOString())
          const last = ends.toSorted().at(-1)
          const grants = words.filter(({ granted }) => granted)
          const counts = grants.filter(
            ({ at, words }) => last === undefined || (at !== undefined && words !== undefined && at > last),
          )
          const shuffled = words
            .map((one, i) => [order[i]!, one] as const)
            .toSorted(([a], [b]) => a - b)
            .map(([, one]) => one)

          const { state } = after(...shuffled)

          expect(state?.granted).toBe(counts.length > 0)
          if (counts.length === 0) expect(state?.at).toBe(last)
          else expect(state?.words).toBe(counts.some(({ words }) => words !== undefined) ? 'Text me.' : undefined)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('a STOP said again by a list keeps its reason, so that a START still gives back what it took', () => {
    const stopped: Consent = {
      granted: false,
      at: day(1),
      how: 'text',
      confirmed: false,
      basis: 'express',
      why: 'stop',
    }

    expect(changeOf(stopped, no(day(2)), now, false)).toMatchObject({ granted: false, at: day(2), why: 'stop' })
  })
})

test('a STOP is taken back by who said it, with a date and words, and by nothing else', () => {
  const grant = (said: ConsentInput) => changeOf(undefined, { ...said, how: said.how ?? 'page' }, now, false)!
  const page = (at?: string) => ({ ...yes(at), how: 'page' as const })

  expect(returnsAfter(grant(page(day(3))), day(2))).toBe(true)
  for (const one of [
    page(day(1)),
    page(),
    page('2099-01-01T00:00:00Z'),
    yes(day(3)),
    { ...page(day(3)), words: undefined },
  ])
    expect(returnsAfter(grant(one as ConsentInput), day(2))).toBe(false)
})
