// Templates before they are saved: what would break a locale is stopped, and seen beforehand.
import type { TemplatePreview } from '@usher/contract/template'
import { expect, test } from 'vitest'
import { testDesk } from '../desk.ts'
import { shippedTemplates } from './templates.ts'

interface Refusal {
  code: string
  errors: { at: string; detail: string }[]
}

test('every template that Usher ships can be saved as it is', async () => {
  const desk = await testDesk()

  for (const { name, purpose, texts } of shippedTemplates) {
    const { status, body } = await desk.ask('PUT', `/v1/templates/${name}`, { purpose, texts })
    expect(status, `${name}: ${JSON.stringify(body)}`).toBe(200)
  }
})

test.each([
  ['can not be parsed', 'Hola {{ title', /title|closed/],
  [
    'asks for what the English text does not',
    'Hola {{ nombre }}: {{ title }}',
    /\{\{ nombre \}\}, which the text in en does not/,
  ],
  [
    'asks for what the English text does not, if only whether it is there',
    'Hola{% if nombre %} {{ nombre }}{% endif %}: {{ title }}',
    /\{\{ nombre \}\}, which the text in en does not/,
  ],
  ['has a link elsewhere', '{{ title }} https://evil.example/x', /outside the allowed domains/],
  ['has a card number', '{{ title }} 4111 1111 1111 1111', /card/i],
  ['takes more than ten segments', '{{ title }}'.padEnd(1_900, 'ñ á'), /segments/],
  ['is blank', '{{ title | slice: 0, 0 }}', /[Nn]othing/],
  [
    'has a link elsewhere where nobody sees it yet',
    '{% if title %}{{ title }}{% else %}https://evil.example/x{% endif %}',
    /outside the allowed domains/,
  ],
])('a save is stopped, with the place and the reason, where a locale %s', async (_, es, reason) => {
  const desk = await testDesk()
  const texts = { en: 'Out now: {{ title }}', es }

  const { status, body } = await desk.ask('PUT', '/v1/templates/spring', { purpose: 'title.release', texts })
  const { body: seen } = await desk.ask('POST', '/v1/templates/spring/preview', { purpose: 'title.release', texts })

  const { code, errors } = body as Refusal
  expect([status, code]).toEqual([422, 'bad_template'])
  expect(errors.map(({ at }) => at)).toEqual(['texts.es'])
  expect(errors[0]!.detail).toMatch(reason)
  const { locales } = seen as TemplatePreview
  expect(locales.es!.problems[0]!.detail).toBe(errors[0]!.detail)
  expect(locales.en!.problems).toEqual([])
  expect(locales.en!.result!.text).toMatch(/^Out now: [A-Z]/)
  expect((await desk.ask('GET', '/v1/templates/spring')).status).toBe(404)
})

test('a text that walks through lists, or asks for what no sample has, can be saved', async () => {
  const desk = await testDesk()
  const texts = {
    en: '{{ list[0].name }}{% for one in episodes %}{{ one.title }} at {{ one.time }}{% unless forloop.last %}, {% endunless %}{% endfor %}',
    de: '{{ list[0].name }}{% for one in episodes %}{{ one.title }}{% endfor %}',
  }

  const saved = await desk.ask('PUT', '/v1/templates/spring', { purpose: 'title.release', texts })
  const { body } = await desk.ask('POST', '/v1/templates/spring/preview', {
    purpose: 'title.release',
    texts,
    data: { list: [{ name: 'New: ' }] },
  })

  expect(saved.status, JSON.stringify(saved.body)).toBe(200)
  const { locales } = body as TemplatePreview
  expect(locales.en).toMatchObject({ result: { text: 'New: title at time, title at time' }, problems: [] })
})

test('a draft of many locales that loop for ever is refused in each, in the time of one', async () => {
  const desk = await testDesk()
  const loop = '{% for i in (1..90000) %}{% for j in (1..90000) %}{% endfor %}{% endfor %}x'
  const letters = [...'abcdefghijklmnopqrstuvwxyz']
  const locales = letters.flatMap(a => letters.slice(0, 10).map(b => `${a}${b}`))
  const texts = Object.fromEntries(locales.map(locale => [locale, loop]))

  const { status, body } = await desk.ask('PUT', '/v1/templates/spring', { purpose: 'title.release', texts })

  expect(status).toBe(422)
  expect((body as Refusal).errors.map(({ at }) => at)).toEqual(locales.map(locale => `texts.${locale}`))
})

test('a draft is shown in each locale, with samples where data is missing and for whom it is meant', async () => {
  const desk = await testDesk()
  await desk.subscriber({ id: 'ana', locale: 'pt-BR', profile: { name: 'Ana' } })
  const texts = {
    en: '{{ subscriber.name }}: {{ title }} in {{ where }}',
    pt: '{{ subscriber.name }}: {{ title }} em {{ where }} 🎬',
  }

  const { body } = await desk.ask('POST', '/v1/templates/spring/preview', {
    purpose: 'title.release',
    texts,
    subscriber: 'ana',
    data: { title: 'Metropolis' },
  })
  const { body: unknown } = await desk.ask('POST', '/v1/templates/spring/preview', {
    purpose: 'title.release',
    texts,
    subscriber: 'nobody',
  })

  const { variables, chosen, locales } = body as TemplatePreview
  expect(variables).toEqual(['title', 'where'])
  expect(chosen).toBe('pt')
  expect(locales.en!.result).toMatchObject({ text: 'Ana: Metropolis in where', encoding: 'gsm7', forcedBy: null })
  expect(locales.pt!.result).toMatchObject({ encoding: 'ucs2', forcedBy: { char: '🎬' } })
  expect((unknown as Refusal).code).toBe('unknown_subscriber')
})

test('who saved a template is recorded, and an unchanged one makes no line', async () => {
  const desk = await testDesk()
  const marketer = await desk.operator('marketer')
  const auditor = await desk.operator('administrator')
  const draft = { purpose: 'offer', texts: { en: '{{ offer }}' } }

  await desk.askAs(marketer, 'PUT', '/v1/templates/spring', draft)
  await desk.askAs(marketer, 'PUT', '/v1/templates/spring', draft)

  const { body } = await desk.askAs(auditor, 'GET', '/v1/audit?action=template.saved')
  expect((body as { items: object[] }).items).toMatchObject([
    { operator: { id: marketer.id }, subject: 'spring', detail: { version: 1, locales: ['en'] } },
  ])
})

test('what uses a template is counted by version', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  const message = (template: string) => ({ subscriber: 'sub-1', purpose: 'reply.support', template, data: {} })
  await desk.ask('PUT', '/v1/templates/help', { purpose: 'reply.support', texts: { en: 'We are on it.' } })
  await desk.send(message('help'))
  await desk.ask('PUT', '/v1/templates/help', { purpose: 'reply.support', texts: { en: 'We look at it.' } })
  await desk.send(message('help'))
  await desk.send(message('help'))

  const { body } = await desk.ask('GET', '/v1/templates/help/use')
  const unknown = await desk.ask('GET', '/v1/templates/nothing/use')

  expect(body).toMatchObject({
    texts30d: 3,
    versions: [
      { version: 2, texts30d: 2 },
      { version: 1, texts30d: 1 },
    ],
  })
  expect(unknown.status).toBe(404)
})
