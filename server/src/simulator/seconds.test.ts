import { expect, test } from 'vitest'
import { createSeconds } from './seconds.ts'

test('no second holds more than the limit, wherever it begins', () => {
  let now = 1_000_500
  const seconds = createSeconds(() => now)
  const at = (ms: number, parts = 1) => {
    now = 1_000_000 + ms
    return seconds.isOver(parts, 3)
  }

  const over = [at(900), at(950), at(990), at(1_100), at(1_899), at(1_900), at(1_949), at(1_951)]

  expect(over).toEqual([false, false, false, true, true, false, true, false])
})

test('parts that were too many do not count against those that follow', () => {
  let now = 0
  const seconds = createSeconds(() => now)
  for (let i = 0; i < 50; i++) seconds.isOver(1, 5)
  now += 1_000

  expect(seconds.isOver(5, 5)).toBe(false)
  expect(seconds.isOver(1, 5)).toBe(true)
})

test('a text of more parts than a second may hold gets through an empty one', () => {
  let now = 5_000
  const seconds = createSeconds(() => now)

  const first = seconds.isOver(7, 5)
  const second = seconds.isOver(7, 5)
  now += 1_000

  expect([first, second, seconds.isOver(7, 5)]).toEqual([false, true, false])
})

test('each second of the last hour tells how many parts came in it, let through or not', () => {
  let now = 10_000_000
  const seconds = createSeconds(() => now)
  for (const [ms, parts] of [
    [0, 2],
    [999, 1],
    [1_000, 4],
    [5_500, 1],
  ] as const) {
    now = 10_000_000 + ms
    seconds.isOver(parts, 2)
  }

  expect(seconds.after(0)).toEqual([
    { second: 10_000, parts: 3 },
    { second: 10_001, parts: 4 },
    { second: 10_005, parts: 1 },
  ])
  expect(seconds.after(10_000)).toHaveLength(2)
  now += 3_600_000
  seconds.isOver(1, 0)
  expect(seconds.after(0)).toEqual([{ second: 13_605, parts: 1 }])
})
