// What is masked in events, and what is left as it is.
import { expect, test } from 'vitest'
import { maskJson, maskNumbers } from './mask.ts'

test.each([
  ['+447700900123', '+44••••••••23'],
  ['call +1 (212) 555-0142 now', 'call +1 ••••••••••••42 now'],
  ['07700 900123', '••••••••••23'],
  ['(212) 555-0142', '••••••••••••42'],
  ['212.555.0142', '••••••••••42'],
  ['06.12.34.56.78', '••••••••••••78'],
  ['+٤٤٧٧٠٠٩٠٠١٢٣', '+٤٤••••••••٢٣'],
  ['0044 7700 900123', '••••••••••••••23'],
  ['2026-11-02 2125550142', '2026-11-02 ••••••••42'],
])('%s is masked', (text, masked) => {
  expect(maskNumbers(text)).toBe(masked)
})

test.each([
  '2026-11-02',
  '2026-11-02T20:00:00.123Z',
  '2026-11-02T20:00:00+01:00',
  '203.0.113.7',
  '01a19dd8-e79c-701c-9f3e-5b0d2a7c4e18',
  '12345678-1234-4234-8234-123456789012',
  'inv-20931',
  'the-phantom-empire-3',
  '1080',
  '12.99',
])('%s stays', text => {
  expect(maskNumbers(text)).toBe(text)
})

test('of JSON, keys are masked as well, and fields that are named after numbers more strictly', () => {
  const event = {
    ...{ amount: 1_199, atSeconds: 86_400, at: 1_793_632_800_000, isNew: true, none: null },
    ...{ '+447700900123': 'x', mobilePhone: '55 01 42', phones: ['5550142'], number: 12_125_550 },
  }

  expect(maskJson(event, 32)).toEqual({
    ...{ amount: 1_199, atSeconds: 86_400, at: '•••••••••••00', isNew: true, none: null },
    ...{ '+44••••••••23': 'x', mobilePhone: '••••••42', phones: ['•••••42'], number: '••••••50' },
  })
})

test('what is nested too deep is left out, and long texts take no long time', () => {
  let deep: unknown = 'end'
  for (let i = 0; i < 100_000; i++) deep = [deep]
  expect(JSON.stringify(maskJson(deep, 3))).toBe('[[["…"]]]')

  const began = performance.now()
  for (const text of [
    '1 '.repeat(30_000),
    `1${' '.repeat(60_000)}`,
    '1-'.repeat(30_000),
    '+'.repeat(60_000),
    '1.'.repeat(30_000),
  ])
    maskNumbers(text)
  expect(performance.now() - began).toBeLessThan(1_000)
})
