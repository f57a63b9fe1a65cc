import { measure } from '@usher/smpp/segment'
import { expect, test } from 'vitest'
import { purposes } from './purpose.ts'
import { renderTemplate, textLinks, variablesOf } from './render.ts'
import { type ShippedTemplate, shippedTemplates, type TemplateLocale } from './templates.ts'

const exampleLink = 'https://go.orpheum.example/7Kq2xZ'
/** As long as a short link of the demo, which is as long as most will be. */
const short = 'https://o.orpheum.example/XXXXXXXXXXX'
const locales: TemplateLocale[] = ['en', 'es', 'fr', 'de', 'pt', 'ja']

type Values = Record<string, string | number>
/** The text, or why there is none. */
function written({ name, purpose, texts }: ShippedTemplate, locale: TemplateLocale, values: Values): string {
  const template = { name, version: 1, purpose, texts, is_plain: false, created_at: new Date(0) }
  const links = textLinks(
    'https://o.orpheum.example',
    ['go.orpheum.example', 'o.orpheum.example'],
    purpose,
    () => 'XXXXXXXXXXX',
  )
  const rendered = renderTemplate(template, locale, () => values, links)
  return 'problem' in rendered ? `${rendered.problem}: ${rendered.detail}` : rendered.text
}
const template = (name: string) => shippedTemplates.find(one => one.name === name)!

/** The values by which a text changes its words, besides those of the example. */
const otherValues: Record<string, (string | number)[]> = {
  event: ['sign_in', 'password', 'number', 'email', 'payment_method', 'profile'],
  scope: ['promotional', 'account', 'security', 'all'],
  group: ['code', 'security', 'account', 'titles', 'offers', 'both'],
  because: [''],
  outcome: ['confirmed', 'denied', 'stays_denied', 'over'],
  tag: ['7K'],
  android_hash: ['FA+9qCX9VSu'],
  every: ['year'],
}

interface Rendered {
  of: string
  template: ShippedTemplate
  locale: TemplateLocale
  text: string
}
const rendered: Rendered[] = shippedTemplates.flatMap(template =>
  locales.flatMap(locale =>
    [template.example, ...variants(template)].map(values => ({
      of: `${template.name} ${locale}`,
      template,
      locale,
      text: written(template, locale, values),
    })),
  ),
)
function variants({ example, optional = [] }: ShippedTemplate): Values[] {
  const others = Object.entries(otherValues).flatMap(([name, values]) =>
    name in example ? values.map(value => ({ ...example, [name]: value })) : [],
  )
  const leftOut = Array.from({ length: 2 ** optional.length - 1 }, (_, i) => {
    const missing = optional.filter((_, bit) => ((i + 1) >> bit) & 1)
    return Object.fromEntries(Object.entries(example).filter(([name]) => !missing.includes(name)))
  })
  return [...others, ...leftOut]
}
const of = (...prefixes: string[]) =>
  rendered.filter(({ template }) => prefixes.some(prefix => template.name.startsWith(prefix)))
const lastLine = (text: string) => text.split('\n').at(-1)!

test('every purpose has a template, and every template a known purpose and a name of its own', () => {
  const names = shippedTemplates.map(({ name }) => name)

  expect(new Set(shippedTemplates.map(({ purpose }) => purpose))).toEqual(new Set(purposes))
  expect(new Set(names).size).toBe(names.length)
})

test('every text says something in every language, without a gap where a value should be', () => {
  for (const { of, text } of rendered) {
    expect(text.trim(), of).toBe(text)
    expect(text, of).not.toMatch(/[{}]|undefined|null|missing_variable| {2}| [.,]|\.\.|,\.|: ?[.,]|、。|。。/)
    expect(text, of).toContain('Orpheum')
  }
})

test('a missing value refuses the text by its name instead of leaving a hole in it, unless it may be left out', () => {
  for (const shipped of shippedTemplates)
    for (const locale of locales)
      for (const missing of Object.keys(shipped.example)) {
        const { [missing]: _, ...rest } = shipped.example

        const text = written(shipped, locale, rest)

        const refused = `missing_variable: The template ${shipped.name} (${locale}) needs ${missing},`
        expect(text.startsWith(refused), text).toBe(!shipped.optional?.includes(missing))
      }
})

test.each([
  ['Until {{ date }}', 'needs date'],
  ['Until {{ date | upcase }}', 'needs date'],
  ['{% if plan %}{{ plan }}{% endif %}Until {{ date }}', 'needs date'],
  ['{% if date %}Until {{ date }}{% else %}Soon{% endif %}', 'Soon'],
  ['{% if card.date %}Until {{ card.date }}{% elsif date %}{{ date }}{% else %}Soon{% endif %}', 'Soon'],
  ['{% unless date %}Soon{% endunless %}', 'Soon'],
  ['Until {{ date | default: "soon" }}', 'Until soon'],
  ['{% assign day = date | default: "soon" %}Until {{ day }}', 'Until soon'],
  ['{% if date == "Nov 3" %}Today{% else %}Soon{% endif %}', 'needs date'],
  ['{% if service and date %}Today{% else %}Soon{% endif %}', 'needs date'],
  ['{% if service == "" %}No{% elsif date != blank %}Today{% else %}Soon{% endif %}', 'needs date'],
  ['{% unless date == "Nov 3" %}Soon{% endunless %}', 'needs date'],
  ['{% case date %}{% when "Nov 3" %}Today{% else %}Soon{% endcase %}', 'needs date'],
  ['{% assign day = date | upcase %}Until {{ day }}', 'needs date'],
  ['{% for one in dates %}{{ one }}{% endfor %}.', 'needs dates'],
])('a text may ask whether something is there, and nothing else of it: %s', (text, said) => {
  const asking = { ...template('offer'), texts: { ...template('offer').texts, en: text } }

  expect(written(asking, 'en', { service: 'Orpheum' })).toContain(said)
})

test('what a text can leave out reads as if it had never been there', () => {
  const known = (name: string, ...left: string[]) => {
    const { example } = template(name)
    return written(template(name), 'en', Object.fromEntries(left.map(one => [one, example[one]!])))
  }
  const needed = ['service', 'link']

  expect([
    known('account.payment', 'amount', 'date', ...needed),
    known('account.payment_failed_last', 'amount', ...needed),
    known('account.renewal', 'date', 'every', ...needed),
    known('account.plan', 'plan', ...needed),
    known('account.price_end', 'date', 'amount', ...needed),
    known('account.trial', 'date', ...needed),
    known('account.welcome', ...needed),
  ]).toEqual([
    `Orpheum: we received your payment of $11.99 on Nov 3. Details: ${short}`,
    `Orpheum, last notice: your payment of $11.99 is open. Pay here to keep watching: ${short}`,
    `Orpheum: your plan renews on Nov 10. To change or cancel it: ${short}`,
    `Orpheum: your new plan is Premium. If you did not ask for this: ${short}`,
    `Orpheum: your current price ends on Nov 10. Your plan then costs $11.99. To change or cancel: ${short}`,
    `Orpheum: your trial ends on Nov 10. Your plan then has to be paid for. To change or cancel: ${short}`,
    `Welcome to Orpheum. Your plan is active. We text about account and billing; STOP ALL ends texts. Account: ${short}`,
  ])
})

test('what was approved is named: the old plan, the new one, its price and from when', () => {
  for (const locale of locales) {
    const text = written(template('account.plan'), locale, template('account.plan').example)
    for (const part of ['Premium', 'Standard', 'Nov 10', '$11.99', short]) expect(text, locale).toContain(part)
  }
})

test('all languages of a template use the same variables, which are those of its example', () => {
  for (const { name, example, optional = [], texts } of shippedTemplates) {
    for (const locale of locales) {
      const used = new Set(variablesOf(texts[locale]).map(([root]) => root))
      expect([...used].sort(), `${name} ${locale}`).toEqual(Object.keys(example).sort())
    }
    for (const one of optional) expect(Object.keys(example), name).toContain(one)
  }
})

test('a code text ends with the origin-bound line and carries no link', () => {
  const links = /https?:|www\.|[a-z0-9-]+\.(example|com|tv|net|org)\b|\//i
  const texts = of('code.')

  // In each language as it is, with the tag of a request, and with the hash of an Android app.
  expect(texts).toHaveLength(90)
  for (const { of, text } of texts) {
    expect(lastLine(text), of).toMatch(/^@orpheum\.example #482913( FA\+9qCX9VSu)?$/)
    expect(text.slice(0, text.lastIndexOf('\n')), of).not.toMatch(links)
    expect(text, of).not.toMatch(/\bSTOP\b/)
    // The code, once to read and once for the browser, and how long it lives.
    expect(text.match(/482913/g), of).toHaveLength(2)
    expect(text, of).toMatch(/\b10\b|10分/)
  }
})

test('a code text says what the code is for and that we never ask for it', () => {
  const never = {
    en: 'never ask',
    es: 'Nunca te la pediremos',
    fr: 'jamais',
    de: 'nie danach fragen',
    pt: 'Nunca vamos pedir',
    ja: 'お聞きすることはありません',
  }

  for (const { of: name, text, locale } of of('code.')) expect(text, name).toContain(never[locale])
  for (const locale of locales) {
    const openings = of('code.').filter(one => one.locale === locale)
    expect(new Set(openings.map(({ text }) => text)).size).toBe(15)
  }
})

test('the code of an action names the action, and the amount where there is one', () => {
  const action = template('code.action')

  for (const locale of locales) {
    const paid = written(action, locale, action.example)
    const unpaid = written(action, locale, { ...action.example, amount: '' })
    expect(paid).toContain('buy Charade')
    expect(paid).toContain('$3.99')
    expect(unpaid).toContain('buy Charade')
    expect(unpaid).not.toContain(', .')
  }
})

test('a security alert says what, where, when and on which device, and how to answer', () => {
  const answers = {
    en: ['YES', 'NO'],
    es: ['SI', 'NO'],
    fr: ['OUI', 'NON'],
    de: ['JA', 'NEIN'],
    pt: ['SIM', 'NÃO'],
    ja: ['はい', 'いいえ'],
  }

  for (const { of: name, text, locale } of of('alert.security'))
    for (const part of ['Chrome on Windows', 'Lyon, France', 'Nov 3, 21:14', ...answers[locale]])
      expect(text, name).toContain(part)
  for (const locale of locales)
    expect(
      new Set(
        of('alert.security')
          .filter(one => one.locale === locale)
          .map(({ text }) => text),
      ).size,
    ).toBe(6)
})

test('a security alert of which device and place are not known says the rest', () => {
  const alert = template('alert.security')

  const said = locales.map(locale => written(alert, locale, { ...alert.example, device: '', place: '' }))
  expect(said[0]).toBe('Orpheum security alert: new sign-in, Nov 3, 21:14. Reply YES if this was you, NO if not.')
  for (const text of said) expect(text).not.toMatch(/, ,|、、|\(、/)
})

test('texts that rest on consent end with a line on how to stop them; codes, alerts and account texts have none', () => {
  for (const { of: name, text } of of('title.', 'offer')) expect(lastLine(text), name).toMatch(/STOP/)
  for (const { of: name, template, text } of of('code.', 'alert.', 'account.'))
    if (template.name !== 'account.welcome') expect(text, name).not.toMatch(/STOP/)
})

test('the welcome says which texts will come and the word that ends them', () => {
  for (const { of: name, text } of of('account.welcome')) expect(text, name).toMatch(/STOP ALL/)
})

test('HELP names the brand, whom to ask, how to stop and what it costs', () => {
  for (const { of: name, text } of of('reply.help')) {
    expect(text, name).toContain('orpheum.example/help')
    expect(text, name).toContain('STOP')
  }
  const [english] = of('reply.help').filter(({ locale }) => locale === 'en')
  expect(english?.text).toContain('Msg&data rates may apply')
  expect(english?.text).toContain('frequency varies')
})

test('the answer to STOP says what ended for each scope, how to return, and sells nothing', () => {
  for (const locale of locales) {
    const texts = of('reply.stop').filter(one => one.locale === locale)
    expect(new Set(texts.map(({ text }) => text)).size).toBe(4)
    for (const { text } of texts) {
      expect(text).toContain('START')
      expect(text).not.toContain('http')
    }
  }
})

test('the answer to CANCEL also shows the way to the subscription itself', () => {
  const stop = template('reply.stop')

  for (const locale of locales)
    expect(written(stop, locale, { ...stop.example, link: exampleLink }).endsWith(short)).toBe(true)
})

test('nothing stands between a link and the next space or line break', () => {
  for (const { of: name, text } of rendered)
    for (const [link] of text.matchAll(/https:\S+/g)) expect(link, name).toBe(short)
})

test('no typographic quotes or dashes, no invisible characters', () => {
  for (const { of: name, text } of rendered)
    expect(text, name).not.toMatch(/[\u2010-\u201f\u2026\u00a0\u00ad\u200b-\u200d\u202f\ufeff]/)
})

test('outside Japanese a text is one segment of GSM 03.38, but for a few whose words need more', () => {
  // Portuguese has no word for a code, for safety or for no that GSM can spell.
  const longer: Record<string, number> = { 'alert.security pt': 2, 'reply.stop pt': 2, 'reply.alert_which pt': 2 }

  for (const { of: name, text, locale } of rendered) {
    const { encoding, segments, units, forcedBy } = measure(text)
    const words = `${name}: ${units} units, ${forcedBy?.char ?? 'GSM'}: ${text}`
    if (locale !== 'ja' && !(name in longer)) expect(encoding, words).toBe('gsm7')
    expect(segments, words).toBeLessThanOrEqual(locale === 'ja' ? 2 : (longer[name] ?? 1))
  }
})
