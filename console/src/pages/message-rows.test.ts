import type { Message, State } from '@usher/contract/message'
import { expect, test } from 'vitest'
import { type Answer, absorb, type Loaded, lookSize, timeOfId } from './message-rows.ts'

/** Rows by number: 9 is newer than 1. Of a message only what the list goes by is told. */
const row = (n: number, state: State = 'delivered') => ({ id: `id-${n}`, state }) as Message
const answer = (rows: Message[], next: number | null): Answer => ({
  items: rows,
  next: next === null ? null : `id-${next}`,
})
const loaded = (...pages: Answer[]): Loaded => ({ pages, pageParams: pages.map(() => undefined) })
const told = ({ pages }: Loaded) => pages.flatMap(page => page.items.map(({ id, state }) => `${id} ${state}`))

test('new texts are taken by who stands at the top', () => {
  const old = loaded(answer([row(4), row(3)], 3))

  const now = absorb(old, answer([row(5, 'queued'), row(4), row(3)], 3), undefined, true)

  expect(told(now)).toEqual(['id-5 queued', 'id-4 delivered', 'id-3 delivered'])
  expect(now.pages.at(-1)!.next).toBe('id-3')
})

test('new texts wait while something else is read, and what is read stays true', () => {
  const old = loaded(answer([row(4, 'queued'), row(3)], 3))

  const now = absorb(old, answer([row(5, 'queued'), row(4, 'delivered'), row(3)], 3), undefined, false)

  expect(told(now)).toEqual(['id-4 delivered', 'id-3 delivered'])
})

test('a text that is no longer what was asked for falls out', () => {
  const old = loaded(answer([row(4, 'queued'), row(3, 'queued')], 3), answer([row(2, 'queued')], null))

  const now = absorb(old, answer([row(3, 'queued')], 3), undefined, true)

  expect(told(now)).toEqual(['id-3 queued', 'id-2 queued'])
  expect(now.pages.at(-1)!.next).toBeNull()
})

test('rows above and below what an answer has looked at stay as they were', () => {
  const old = loaded(answer([row(6), row(5), row(4), row(3), row(2)], 2))

  const now = absorb(old, answer([row(4, 'undeliverable')], 3), 'id-5', false)

  expect(told(now)).toEqual(['id-6 delivered', 'id-5 delivered', 'id-4 undeliverable', 'id-2 delivered'])
})

test('where more is new than one look can hold, the list begins anew at the top', () => {
  const old = loaded(answer([row(100), row(101)], null))
  const many = Array.from({ length: lookSize }, (_, n) => row(500 - n))

  const now = absorb(old, answer(many, 441), undefined, true)

  expect(told(now)).toHaveLength(lookSize)
  expect(now.pages.at(-1)!.next).toBe('id-441')
})

test('a short answer at the top does not lose what lies further back', () => {
  const old = loaded(answer([], 7), answer([row(6)], 5))

  const now = absorb(old, answer([], 7), undefined, true)

  expect(told(now)).toEqual(['id-6 delivered'])
  expect(now.pages.at(-1)!.next).toBe('id-5')
})

test('nothing new changes nothing, so that nothing is drawn again', () => {
  const old = loaded(answer([row(4), row(3)], 3))

  expect(absorb(old, answer([row(4), row(3)], 3), undefined, true)).toBe(old)
})

test('an id tells its time', () => {
  expect(timeOfId('01a20b25-7272-7250-8000-0000000f4250').getTime()).toBe(0x01a20b257272)
})
