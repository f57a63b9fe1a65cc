import { expect, test } from 'vitest'
import { readKnobs, seeded, wellBehaved } from './knobs.ts'

test('what is not turned stays as it was', () => {
  const before = { ...wellBehaved, reject: 0.5 }

  const turned = readKnobs({ answerDelayMs: 300, receiptForm: 'tlv' }, before)

  expect(turned).toEqual({ ok: { ...wellBehaved, reject: 0.5, answerDelayMs: 300, receiptForm: 'tlv' } })
})

test('each problem is named, and nothing is taken when there is one', () => {
  const turned = readKnobs({
    answerDelayMs: -1,
    reject: 1.5,
    idForm: 'roman',
    down: 'yes',
    colour: 'red',
    throttleAbove: 5,
  })

  expect(turned).toEqual({
    problems: [
      'answerDelayMs must be a whole number from 0 to 3600000',
      'reject must be a probability from 0 to 1',
      'idForm must be one of decimal, hexadecimal, uuid',
      'down must be true or false',
      'colour is not a knob',
    ],
  })
})

test.each([undefined, null, 'down', 3, [{ down: true }]])('%j is no set of knobs', turned => {
  expect(readKnobs(turned)).toEqual({ problems: ['knobs must be an object'] })
})

test('not even a name that every object has is a knob', () => {
  expect(readKnobs(JSON.parse('{"__proto__": 1, "constructor": 1}'))).toEqual({
    problems: ['__proto__ is not a knob', 'constructor is not a knob'],
  })
})

test('the same seed is rude in the same way', () => {
  const [one, other] = [seeded(7), seeded(7)]
  const drawn = Array.from({ length: 1_000 }, one)

  expect(drawn).toEqual(Array.from({ length: 1_000 }, other))
  expect(drawn.every(value => value >= 0 && value < 1)).toBe(true)
  expect(drawn.reduce((sum, value) => sum + value) / drawn.length).toBeCloseTo(0.5, 1)
})
