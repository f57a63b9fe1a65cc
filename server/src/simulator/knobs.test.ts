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

test('what is wrong with a range is said with its place', () => {
  const problemOf = (ranges: unknown) => {
    const read = readKnobs({ ranges })
    return 'problems' in read ? read.problems : 'taken'
  }

  expect(
    problemOf([
      { prefix: '+44', dead: true },
      { prefix: '+4477', reject: 0.5 },
    ]),
  ).toBe('taken')
  expect(problemOf('+44')).toEqual(['ranges must be a list of 100 ranges at most'])
  expect(problemOf([{ prefix: '+44' }, 7])).toEqual(['ranges 1 must be an object'])
  expect(problemOf([{ reject: 1 }])).toEqual(['ranges 0 has no prefix'])
  expect(problemOf([{ prefix: '44' }])).toEqual(['ranges 0 prefix must be + and 1 to 15 digits'])
  expect(problemOf([{ prefix: '+44', down: true }])).toEqual(['ranges 0 down is not a knob'])
  expect(problemOf([{ prefix: '+44', reject: 2 }])).toEqual(['ranges 0 reject must be a probability from 0 to 1'])
  expect(problemOf(Array.from({ length: 101 }, () => ({ prefix: '+44' })))).toHaveLength(1)
})

test.each([
  [{ bindStatus: 'ESME_ROK' }, 'bindStatus must be null or the name of a command_status'],
  [{ bindStatus: 'toString' }, 'bindStatus must be null or the name of a command_status'],
  [{ bindStatus: 13 }, 'bindStatus must be null or the name of a command_status'],
  [{ silent: 1 }, 'silent must be true or false'],
  [{ outOfOrder: 'yes' }, 'outOfOrder must be true or false'],
  [{ inboundShuffled: null }, 'inboundShuffled must be true or false'],
  [{ congestion: 101 }, 'congestion must be a whole number from 0 to 100'],
  [{ perSecond: -1 }, 'perSecond must be a whole number from 0 to 100000'],
  [{ deliveryDelayMs: 0.5 }, 'deliveryDelayMs must be a whole number from 0 to 3600000'],
  [{ temporary: '1' }, 'temporary must be a probability from 0 to 1'],
  [{ intermediate: 1.1 }, 'intermediate must be a probability from 0 to 1'],
  [
    { receiptDialect: 'klingon' },
    'receiptDialect must be one of standard, seconds, century, lowerCase, upperCase, short, spaced',
  ],
  [{ receiptIdForm: 'roman' }, 'receiptIdForm must be one of same, decimal, hexadecimal, zeros, upperCase'],
  [{ inboundCoding: 'ebcdic' }, 'inboundCoding must be one of auto, latin1, ucs2'],
  [{ inboundForm: 'pigeon' }, 'inboundForm must be one of udh8, udh16, sar, payload'],
])('%j is refused', (turned, problem) => {
  expect(readKnobs(turned)).toEqual({ problems: [problem] })
})
