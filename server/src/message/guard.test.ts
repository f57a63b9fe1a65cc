// docs/guard.md is the table of what is refused; this runs each of its examples, then asks the same of random texts.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type GuardRule, guard } from './guard.ts'

/** `npm run soak` makes up far more of everything. */
const soak = process.env.USHER_SOAK ? 10 : 1

const options = {
  allowedDomains: ['play.example.com', 'example.com', '*.orpheum.example', 'münchen-tv.example'],
  code: '482913',
}
const rulesOf = (text: string) => guard(text, options).map(finding => finding.rule)

const doc = readFileSync(new URL('../../../docs/guard.md', import.meta.url), 'utf8')
const examples = doc.slice(doc.indexOf('## Examples'), doc.indexOf('## How to mend'))

for (const section of examples.split('\n### ').slice(1)) {
  describe(`docs/guard.md, ${section.slice(0, section.indexOf('\n'))}`, () => {
    for (const [, written, result] of section.matchAll(/^\| `(.+?)`(?: \(.*\))? \| (.+) \|$/gm)) {
      test(`${result}: ${written}`, () => {
        const text = written!
          .replace(/\\u\{([0-9a-f]+)\}/g, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
          .replaceAll('\\n', '\n')
          .replaceAll('\\\\', '\\')
        const expected = result === '`sent`' ? [] : [...result!.matchAll(/`(\w+)`/g)].map(([, rule]) => rule)

        expect(rulesOf(text)).toEqual(expected)
      })
    }
  })
}

test('each rule has an example that it refuses', () => {
  const rules: Record<GuardRule, true> = {
    card_number: true,
    card_security_code: true,
    iban: true,
    social_security_number: true,
    password: true,
    pin: true,
    secret_key: true,
    foreign_link: true,
    disguised_link: true,
    unreadable_link: true,
  }

  for (const rule of Object.keys(rules)) expect(examples).toMatch(new RegExp(`\\| \`${rule}\``))
})

// ---- where it was found

test('a finding points at the secret in the text as it was written', () => {
  const cases: [text: string, found: string][] = [
    ['é Card ４１１１ 1111\u200b1111 1111, thanks', '４１１１ 1111\u200b1111 1111'],
    ['🍿… see ev\u200bil.com now', 'ev\u200bil.com'],
    ['Ihr Paßwort? Passwort: geheim77!', 'Passwort: geheim77!'],
    ['Pay de89 3704 0044 0532 0130 00 by noon', 'de89 3704 0044 0532 0130 00'],
    ['Go to https://evil.com/x, now', 'https://evil.com/x'],
    ['https://play.example.com \u202ex', '\u202e'],
  ]

  for (const [text, found] of cases) {
    const [finding] = guard(text, options)
    expect(text.slice(...finding!.at)).toBe(found)
  }
})

test('findings come in the order of the text', () => {
  expect(rulesOf('evil.com, PIN: 1234, 4111 1111 1111 1111')).toEqual(['foreign_link', 'pin', 'card_number'])
})

test('without the code, the same words tell a secret', () => {
  expect(guard('Your one-time password is 482913', { allowedDomains: [] })).toHaveLength(1)
  expect(guard('Your security code is 4829', { allowedDomains: [], code: '4829' })).toEqual([])
})

test('with no allowed domain, every link is foreign', () => {
  expect(guard('https://play.example.com', { allowedDomains: [] })).toHaveLength(1)
  expect(guard('http://localhost:3000/x', { allowedDomains: ['localhost'] })).toEqual([])
})

// ---- any card, any text

/** Digits that end in the check digit making them valid. */
const withCheckDigit = (digits: string): string => {
  let sum = 0
  for (let i = digits.length - 1, twice = true; i >= 0; i--, twice = !twice) {
    const value = Number(digits[i]) * (twice ? 2 : 1)
    sum += value > 9 ? value - 9 : value
  }
  return digits + ((10 - (sum % 10)) % 10)
}
const digitsOf = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`))
const zeros = [0x30, 0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0x1d7d8, 0x1e950]
const separator = fc.constantFrom(
  '',
  '',
  '',
  ' ',
  '-',
  '.',
  '\u00a0',
  '\u200b',
  '\u2060',
  '\n',
  ' - ',
  '\u2013',
  '/',
  '·',
)

test('a Visa number is found, whatever its digits, separators, script and surroundings', () => {
  const card = digitsOf(14).map(digits => withCheckDigit(`4${digits}`))
  const separators = fc.array(separator, { minLength: 16, maxLength: 16 })
  const surroundings = fc.string({ unit: 'grapheme', maxLength: 40 })
  fc.assert(
    fc.property(
      card,
      separators,
      fc.constantFrom(...zeros),
      surroundings,
      surroundings,
      (digits, between, zero, before, after) => {
        const written = [...digits]
          .map((d, i) => String.fromCodePoint(zero + Number(d)) + (i < 15 ? between[i] : ''))
          .join('')

        const findings = guard(before + written + after, options)

        // Digits around it may complete another number that overlaps this one: that is refused as well.
        expect(findings.some(finding => finding.rule === 'card_number')).toBe(true)
      },
    ),
    { numRuns: 2000 * soak },
  )
})

test('a sentence never repeats what was found', () => {
  const secret = fc.oneof(
    digitsOf(14).map(digits => `card ${withCheckDigit(`4${digits}`)}`),
    digitsOf(4).map(digits => `PIN: ${digits}`),
    digitsOf(4).map(digits => `CVV ${digits}`),
    fc.stringMatching(/^[a-z]{4}\d{5}$/).map(word => `your password is ${word}`),
    fc.stringMatching(/^[a-z]{5}\d{5}\.com$/),
    fc.string({ unit: 'grapheme' }),
  )
  fc.assert(
    fc.property(fc.array(secret, { maxLength: 5 }), parts => {
      for (const { sentence } of guard(parts.join(', '), options)) {
        expect(sentence).not.toMatch(/\d{3}/)
        expect(sentence).toMatch(/^[A-Z][\w ,()/@-]+\.$/)
      }
    }),
  )
})

test('any ordinary sentence around an allowed link is let through', () => {
  const word = fc.constantFrom(
    'Watch',
    'episode',
    'tonight',
    'Titans',
    'of',
    'new',
    'S02E05',
    '21:00',
    '3',
    'série',
    'ab',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.array(word, { maxLength: 12 }), (before, after) => {
      const text = `${before.join(' ')}: https://play.example.com/t/Zx81a ${after.join(' ')}.`

      expect(guard(text, options)).toEqual([])
    }),
  )
})

test('any foreign host is found, wherever it stands', () => {
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/)
  const top = fc.constantFrom('com', 'net', 'ru', 'xyz', 'co.uk', 'top', 'zip', 'рф')
  const around = fc.constantFrom('', ' ', '(', '"', ',', '\n', '!', '。', '→')
  fc.assert(
    fc.property(label, top, around, around, fc.boolean(), (name, domain, before, after, hasScheme) => {
      const text = `Hi${before || ' '}${hasScheme ? 'http://' : ''}${name}.${domain}${after}`

      expect(rulesOf(text).some(rule => rule.endsWith('_link'))).toBe(true)
    }),
  )
})

test('every IBAN is found, spaced and in small letters', () => {
  const ibans = [
    'AT611904300234573201 BE68539007547034 CH9300762011623852957 CZ6508000000192000145399 DK5000400440116243',
    'ES9121000418450200051332 FI2112345600000785 GR1601101250000000012300695 HU42117730161111101800000000',
    'IE29AIBK93115212345678 IT60X0542811101000000123456 LU280019400644750000 PL61109010140000071219812874',
    'PT50000201231234567890154 SA0380000000608010167519 SE4550000000058398257466 TR330006100519786457841326',
    'AE070331234567890123456 BR9700360305000010009795493P1 IL620108000000099999999 KW81CBKU0000000000001234560101',
  ].join(' ')
  for (const iban of ibans.split(' ')) {
    for (const written of [iban, iban.toLowerCase(), iban.replace(/(.{4})(?=.)/g, '$1 ')])
      expect(rulesOf(`Pay to ${written} today`), written).toEqual(['iban'])
  }
})

// ---- hostile texts

test('a long hostile text ends, and each finding lies inside the text', () => {
  const piece = fc.constantFrom(
    ...[
      '4',
      '4111',
      '1',
      ' ',
      '.',
      '..',
      ':',
      '://',
      'http',
      'https://',
      '@',
      '%',
      '\\',
      '[',
      ']',
      '(',
      'a',
      'com',
      'a.',
    ],
    ...[
      'password',
      'password is ',
      'is ',
      'PIN',
      'CVV',
      'de',
      'DE89',
      '-',
      '\u200b',
      '\u202e',
      '。',
      '٤',
      '𝟜',
      'é',
      '🍿',
      '\ud800',
    ],
    ...['security code ', 'your ', 'www.', 'xn--', '"', '\n', 'パスワード', '密码', 'x'.repeat(50), '1'.repeat(50)],
  )
  const text = fc.array(fc.tuple(piece, fc.integer({ min: 1, max: 400 })), { minLength: 1, maxLength: 40 }).map(parts =>
    parts
      .map(([part, times]) => part.repeat(times))
      .join('')
      .slice(0, 10_000),
  )
  fc.assert(
    fc.property(text, hostile => {
      for (const { at } of guard(hostile, options)) {
        expect(at[0]).toBeGreaterThanOrEqual(0)
        expect(at[1]).toBeGreaterThan(at[0])
        expect(at[1]).toBeLessThanOrEqual(hostile.length)
      }
    }),
    { numRuns: 300 * soak },
  )
})

test('any text at all gets an answer', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 500 }), text => Array.isArray(guard(text, options))))
})

test('one repeated piece is not worth more than its length', () => {
  for (const piece of [
    'a.',
    'a',
    '.',
    'http:',
    'https://',
    ':',
    '@a.',
    '4',
    '4 ',
    'password ',
    'password: ',
    'pin ',
    'de89',
    'cvv ',
    'a-',
    '1 is your ',
    '[',
    ']',
    '\\',
    'é',
    '日本。',
  ])
    expect(Array.isArray(guard(piece.repeat(Math.ceil(10_000 / piece.length)), options))).toBe(true)
})

// ---- few false alarms

test('random numbers are seldom taken for cards', () => {
  const random = numbers(20261102)
  const refused = (length: number) => {
    let count = 0
    for (let n = 0; n < 5000; n++) {
      let digits = ''
      for (let i = 0; i < length; i++) digits += Math.floor(random() * 10)
      if (guard(`Order ${digits} is on its way`, options).length > 0) count++
    }
    return count / 5000
  }

  expect(refused(12)).toBe(0)
  expect(refused(13)).toBeLessThan(0.02)
  expect(refused(15)).toBeLessThan(0.02)
  expect(refused(16)).toBeLessThan(0.05)
})

/** Mulberry32: the same numbers each time. */
const numbers = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
