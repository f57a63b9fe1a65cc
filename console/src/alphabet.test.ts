import { measure } from '@usher/smpp/segment'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plain, plainer, roughly } from './alphabet.ts'

test('what a text takes is told as the line counts it, but for a pair that would be cut', () => {
  const unit = fc.constantFrom('a', 'é', '€', '{', '\n', 'Ω', '’', '映', '🎬', 'ab cd ')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 500 }), text => {
      const counted = measure(text)

      const { encoding, segments } = roughly(text)

      expect(encoding).toBe(counted.encoding)
      expect(Math.abs(segments - counted.segments)).toBeLessThanOrEqual(1)
    }),
  )
})

test('what editors put in for quotes, dashes and dots has a plainer character, and GSM 03.38 has that one', () => {
  const typed = '‘It’s here’ – “now”… \u00a0tab\there'

  expect(measure(typed).encoding).toBe('ucs2')
  expect(plain(typed)).toBe("'It's here' - \"now\"...  tab here")
  expect(measure(plain(typed)).encoding).toBe('gsm7')
})

test('a letter of another script has none', () => {
  expect(plainer('映')).toBeUndefined()
  expect(plain('映画 🎬')).toBe('映画 🎬')
})
