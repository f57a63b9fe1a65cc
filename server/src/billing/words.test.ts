import { isGsm } from '@usher/smpp/gsm'
import { measure } from '@usher/smpp/segment'
import { describe, expect, test } from 'vitest'
import { renderTemplate, textLinks } from '../message/render.ts'
import { shippedTemplates } from '../message/templates.ts'
import { shippedJourneys } from './journeys.ts'
import { type About, amountOf, dayOf, wordsOf } from './words.ts'

const locales = ['en-US', 'en-GB', 'es', 'fr', 'de', 'pt-BR', 'ja', 'sv', 'hi'] as const
const currencies = ['USD', 'EUR', 'GBP', 'JPY', 'KWD', 'SEK', 'INR', 'BRL', 'XTS'] as const
const now = new Date('2026-11-02T15:00:00Z')
const at = (time: string) => new Date(time)

describe('an amount', () => {
  test.each<[locale: string, written: string[]]>([
    [
      'en-US',
      [
        '$1,234.56',
        '€1,234.56',
        '£1,234.56',
        '¥123,456',
        'KWD 123.456',
        'SEK 1,234.56',
        'INR 1,234.56',
        'R$1,234.56',
        'XTS 1,234.56',
      ],
    ],
    [
      'en-GB',
      [
        'US$1,234.56',
        '€1,234.56',
        '£1,234.56',
        'JP¥123,456',
        'KWD 123.456',
        'SEK 1,234.56',
        'INR 1,234.56',
        'R$1,234.56',
        'XTS 1,234.56',
      ],
    ],
    [
      'es',
      [
        '1234,56 US$',
        '1234,56 €',
        '1234,56 GBP',
        '123.456 JPY',
        '123,456 KWD',
        '1234,56 SEK',
        '1234,56 INR',
        '1234,56 BRL',
        '1234,56 XTS',
      ],
    ],
    [
      'fr',
      [
        '1 234,56 $US',
        '1 234,56 €',
        '1 234,56 £GB',
        '123 456 JPY',
        '123,456 KWD',
        '1 234,56 SEK',
        '1 234,56 INR',
        '1 234,56 R$',
        '1 234,56 XTS',
      ],
    ],
    [
      'de',
      [
        '1.234,56 $',
        '1.234,56 €',
        '1.234,56 £',
        '123.456 ¥',
        '123,456 KWD',
        '1.234,56 SEK',
        '1.234,56 INR',
        '1.234,56 R$',
        '1.234,56 XTS',
      ],
    ],
    [
      'pt-BR',
      [
        'US$ 1.234,56',
        '€ 1.234,56',
        '£ 1.234,56',
        'JP¥ 123.456',
        'KWD 123,456',
        'SEK 1.234,56',
        'INR 1.234,56',
        'R$ 1.234,56',
        'XTS 1.234,56',
      ],
    ],
    [
      'ja',
      [
        '$1,234.56',
        '€1,234.56',
        '£1,234.56',
        '￥123,456',
        'KWD 123.456',
        'SEK 1,234.56',
        '₹1,234.56',
        'R$1,234.56',
        'XTS 1,234.56',
      ],
    ],
    [
      'sv',
      [
        '1 234,56 US$',
        '1 234,56 €',
        '1 234,56 GBP',
        '123 456 JPY',
        '123,456 KWD',
        '1 234,56 kr',
        '1 234,56 INR',
        '1 234,56 BR$',
        '1 234,56 XTS',
      ],
    ],
    [
      'hi',
      [
        '$1,234.56',
        '€1,234.56',
        '£1,234.56',
        'JP¥1,23,456',
        'KWD 123.456',
        'SEK 1,234.56',
        'INR 1,234.56',
        'R$1,234.56',
        'XTS 1,234.56',
      ],
    ],
  ])('is written in %s as its readers write it', (locale, written) => {
    expect(currencies.map(currency => amountOf({ amount: 123_456, currency }, locale))).toEqual(written)
  })

  test.each(locales.filter(locale => locale !== 'ja'))('needs no letter in %s that GSM 03.38 lacks', locale => {
    for (const currency of [...currencies, ...Intl.supportedValuesOf('currency'), 'XXX', 'QQQ'])
      for (const amount of [0, 5, 999, 1_234_567_890, -999]) {
        const written = amountOf({ amount, currency }, locale)
        expect(isGsm(written), `${currency} ${written}`).toBe(true)
      }
  })

  test.each<[amount: number, currency: string, locale: string, written: string]>([
    [0, 'USD', 'en-US', '$0.00'],
    [1_200, 'USD', 'en-US', '$12.00'],
    [-999, 'SEK', 'sv', '-9,99 kr'],
    [999, 'USD', 'en_US', '$9.99'],
    [999, 'USD', 'not a locale', '$9.99'],
    [999, 'USD', 'xx', '$9.99'],
    // The dinar in its own script, and marks of direction around it.
    [9_990, 'KWD', 'ar', '9.990 KWD'],
    [999, 'EUR', 'fa', '€ 9.99'],
    // Hundredths that nobody spends are told all the same.
    [999_000, 'HUF', 'hu', '9990 Ft'],
    [1_690_000, 'COP', 'es-CO', '$ 16.900'],
    [1_690_050, 'COP', 'es-CO', '$ 16.900,50'],
    [999, 'QQQ', 'en-US', 'QQQ 9.99'],
    [999, 'XXX', 'en-US', 'XXX 9.99'],
  ])('of %d %s is in %s: %s', (amount, currency, locale, written) => {
    expect(amountOf({ amount, currency }, locale)).toBe(written)
  })
})

describe('a day', () => {
  test.each<[locale: string, near: string, march: string, august: string, far: string]>([
    ['en-US', 'Nov 3', 'Mar 1', 'Aug 31', 'Dec 12, 2027'],
    ['en-GB', '3 Nov', '1 Mar', '31 Aug', '12 Dec 2027'],
    ['es', '3 de noviembre', '1 de marzo', '31 de agosto', '12 de diciembre de 2027'],
    ['fr', '3 novembre', '1er mars', '31 aout', '12 décembre 2027'],
    ['de', '3. November', '1. März', '31. August', '12. Dezember 2027'],
    ['pt-BR', '3 de novembro', '1 de mar', '31 de agosto', '12 de dezembro de 2027'],
    ['ja', '11月3日', '3月1日', '8月31日', '2027年12月12日'],
    ['sv', '3 november', '1 mars', '31 augusti', '12 december 2027'],
    ['hi', 'Nov 3', 'Mar 1', 'Aug 31', 'Dec 12, 2027'],
    ['pt_BR', '3 de novembro', '1 de mar', '31 de agosto', '12 de dezembro de 2027'],
    ['th', 'Nov 3', 'Mar 1', 'Aug 31', 'Dec 12, 2027'],
    ['xx', 'Nov 3', 'Mar 1', 'Aug 31', 'Dec 12, 2027'],
  ])('is written in %s as its readers write it, with its year where that is not plain', (locale, ...written) => {
    const days = ['2026-11-03T12:00Z', '2027-03-01T12:00Z', '2027-08-31T12:00Z', '2027-12-12T12:00Z'].map(at)

    const seen = days.map(day => dayOf(day, 'UTC', locale, now))

    // By August it is ten months away.
    expect(seen.map((day, i) => (i === 2 ? day.replace(/,? (de )?2027$|^2027年/, '') : day))).toEqual(written)
  })

  test('never needs a letter that GSM 03.38 lacks outside Japanese', () => {
    for (const locale of [...locales, 'pl', 'cs', 'tr', 'el', 'ar', 'vi', 'hu', 'ru', 'zh', 'ko'])
      for (let month = 0; month < 24; month++) {
        const day = dayOf(new Date(Date.UTC(2026, 11 + month, 1)), 'UTC', locale, now)
        expect(locale === 'ja' || isGsm(day), `${locale} ${day}`).toBe(true)
      }
  })

  test.each<[day: string, written: string]>([
    ['2027-07-30T15:00Z', 'Jul 30'],
    ['2027-09-30T15:00Z', 'Sep 30, 2027'],
    ['2025-12-01T15:00Z', 'Dec 1, 2025'],
    ['2026-01-31T15:00Z', 'Jan 31'],
  ])('has its year from ten months on: %s is %s', (day, written) => {
    expect(dayOf(at(day), 'UTC', 'en', now)).toBe(written)
  })

  test.each([
    ['America/New_York', 'Nov 9'],
    ['UTC', 'Nov 10'],
    ['Asia/Tokyo', 'Nov 10'],
    ['Nowhere/Land', 'Nov 10'],
  ])('is the one of the clock in %s', (zone, written) => {
    expect(dayOf(at('2026-11-10T03:00Z'), zone, 'en', now)).toBe(written)
  })
})

describe('the words of a text', () => {
  const about = (more: Partial<About> = {}): About => ({
    ...{ purpose: 'account.renewal', date: at('2026-12-02T12:00Z'), locale: 'en', zone: 'UTC', now },
    ...more,
  })
  const usd = (amount: number) => ({ amount, currency: 'USD' })

  test('are those of what is known, and nothing of what is not', () => {
    const facts = {
      ...{ plan: 'standard', previousPlan: 'Kids & Co', price: usd(999), every: 'year' },
      ...{ renewsAt: '2026-12-02T12:00:00Z', endsAt: '2027-01-02T12:00:00Z' },
    }

    expect(wordsOf(facts, about())).toEqual({
      ...{ amount: '$9.99', plan: 'Standard', previous_plan: 'Kids & Co', every: 'year' },
      ...{ date: 'Dec 2', renewal_date: 'Dec 2', until: 'Jan 2' },
    })
    expect(wordsOf({}, about({ date: null }))).toEqual({})
    expect(
      wordsOf(
        { price: { amount: '9', currency: 'USD' }, every: 'week', plan: ' ', renewsAt: 'soon', card: null },
        about(),
      ),
    ).toEqual({ date: 'Dec 2' })
  })

  test.each([
    ['standard', 'Standard'],
    ['ultra-hd 4k', 'Ultra-hd 4k'],
    ['élite', 'Élite'],
    ['iPlus', 'iPlus'],
    ['family_plus', 'family_plus'],
    ['4k', '4k'],
    ['プレミアム', 'プレミアム'],
  ])('name the plan %s as %s', (plan, written) => {
    expect(wordsOf({ plan }, about()).plan).toBe(written)
  })

  test.each<[why: string, facts: Record<string, unknown>, of: Partial<About>, amount?: string, previous?: string]>([
    [
      'a payment its own amount',
      { ...usd(499), price: usd(999), nextPrice: usd(1_099) },
      { purpose: 'account.payment' },
      '$4.99',
    ],
    ['a renewal the price', { price: usd(999), nextPrice: usd(1_099) }, {}, '$9.99'],
    [
      'a renewal before the rise the price',
      { price: usd(999), nextPrice: usd(1_099), risesAt: '2027-01-15T00:00:00Z' },
      {},
      '$9.99',
    ],
    [
      'a renewal on the rise the next price',
      { price: usd(999), nextPrice: usd(1_099), risesAt: '2026-12-02T12:00:00Z' },
      {},
      '$10.99',
      '$9.99',
    ],
    [
      'a renewal after a promotion the next price',
      { price: usd(499), nextPrice: usd(999), priceEndsAt: '2026-12-01T00:00:00Z' },
      {},
      '$9.99',
      '$4.99',
    ],
    [
      'a renewal after a promotion of unknown sequel none',
      { price: usd(499), priceEndsAt: '2026-12-01T00:00:00Z' },
      {},
    ],
    [
      'the end of a price the next one',
      { price: usd(499), nextPrice: usd(999) },
      { purpose: 'account.price_end' },
      '$9.99',
      '$4.99',
    ],
    ['the end of a price whose sequel is unknown none', { price: usd(499) }, { purpose: 'account.price_end' }],
    ['the end of an unknown price the next one', { nextPrice: usd(999) }, { purpose: 'account.price_end' }, '$9.99'],
    [
      'what is about no day the price',
      { price: usd(499), nextPrice: usd(999), risesAt: '2026-12-01T00:00:00Z' },
      { date: null },
      '$4.99',
    ],
  ])('give %s', (_, facts, of, amount, previous) => {
    const words = wordsOf(facts, about(of))

    expect([words.amount, words.previous_amount]).toEqual([amount, previous])
  })

  test.each([
    // A card that is told as a month ends with the month wherever its owner is.
    ['2026-12-01T00:00:00Z', 'America/New_York', 'Nov 30'],
    ['2026-12-01T00:00:00Z', 'Asia/Tokyo', 'Nov 30'],
    ['2026-12-01T05:00:00Z', 'America/New_York', 'Nov 30'],
  ])('say of a card that is no good from %s on, in %s, that its last day is %s', (expiresAt, zone, written) => {
    const facts = { card: { expiresAt } }

    expect(wordsOf(facts, about({ purpose: 'account.payment', date: at(expiresAt), zone })).date).toBe(written)
  })

  test('say of a renewal on the day after the last of the card its own day', () => {
    const first = '2026-12-01T00:00:00Z'

    expect(wordsOf({ card: { expiresAt: first }, renewsAt: first }, about({ date: at(first) })).date).toBe('Dec 1')
  })

  test('take what ends with a trial or a price for no end of what was paid', () => {
    const ends = { endsAt: '2026-12-02T12:00:00Z' }

    expect(wordsOf(ends, about({ purpose: 'account.trial' })).until).toBeUndefined()
    expect(wordsOf(ends, about({ purpose: 'account.plan' })).until).toBe('Dec 2')
    expect(wordsOf({ resumesAt: '2027-02-01T12:00:00Z' }, about()).until).toBe('Feb 1')
  })
})

test('what the shipped journeys say fits one segment outside Japanese, whatever is known', () => {
  const facts = {
    ...{ plan: 'premium', previousPlan: 'standard', every: 'month' },
    ...{ price: { amount: 1_199, currency: 'USD' }, nextPrice: { amount: 1_399, currency: 'USD' } },
    ...{ renewsAt: '2027-02-28T12:00:00Z', card: { expiresAt: '2027-01-31T12:00:00Z' } },
  }
  // German months are at their longest in September, Spanish ones in September and November.
  const date = at('2026-11-30T12:00Z')
  const longer: string[] = []

  for (const { purpose, steps } of shippedJourneys.values())
    for (const { template: name } of steps)
      for (const locale of ['en-US', 'en-GB', 'es', 'fr', 'de', 'pt-BR', 'ja']) {
        const known =
          name.startsWith('account.payment') || name === 'account.refund' ? { ...facts, ...facts.price } : facts
        const words = wordsOf(known, { purpose, date, locale, zone: 'UTC', now })
        const { texts } = shippedTemplates.find(one => one.name === name)!
        const template = { name, version: 1, purpose, texts, is_plain: false, created_at: now }
        const links = textLinks('https://o.orpheum.example', ['orpheum.example'], purpose, () => 'XXXXXXXXXXX')
        const data = { service: 'Orpheum', link: 'https://orpheum.example/account', ...words }
        const rendered = renderTemplate(template, locale, () => data, links)
        if ('problem' in rendered) throw new Error(rendered.detail)
        const { encoding, segments, units, forcedBy } = measure(rendered.text)
        if (locale === 'ja' ? segments > 2 : encoding !== 'gsm7' || segments > 1)
          longer.push(`${locale} ${units}${forcedBy?.char ?? ''}: ${rendered.text}`)
      }

  expect(longer).toEqual([])
})
