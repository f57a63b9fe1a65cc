import { expect, test } from 'vitest'
import { systemClock } from './clock.ts'

const hour = 3_600_000

test('what happened is told by the time that it had, also by the clock of the next run', () => {
  const clock = systemClock()
  const before = Date.now() - 1
  clock.moveTo(new Date(Date.now() + hour))
  clock.moveTo(new Date(Date.now() + 5 * hour))
  const next = systemClock(JSON.parse(JSON.stringify(clock.moves)))

  for (const one of [clock, next]) {
    expect(one.asOf(before)).toBe(before)
    expect(one.asOf(before + hour)).toBe(before + hour + clock.aheadMs)
    expect(one.aheadMs).toBe(clock.aheadMs)
  }
  expect(Math.round(clock.aheadMs / hour)).toBe(5)
})

test('it never goes back, and forgets the moves that were long ago', () => {
  const clock = systemClock()

  expect(clock.moveTo(new Date(Date.now() - 1))).toBe(false)
  for (let i = 1; i <= 2_100; i++) expect(clock.moveTo(new Date(Date.now() + i * hour))).toBe(true)

  expect(clock.moves).toHaveLength(2_000)
  // Before the moves that are kept, as after the first of them.
  expect(clock.asOf(0)).toBe(clock.moves[0]!.aheadMs)
})
