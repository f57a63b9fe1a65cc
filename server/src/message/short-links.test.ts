// `{{ link | short }}` in a template: what stands in the text, what is stored with it, and what is refused.
import type { Link } from '@usher/contract/link'
import type { Acceptance, Explanation, PreviewResult } from '@usher/contract/message'
import type { TemplatePreview } from '@usher/contract/template'
import { describe, expect, test } from 'vitest'
import { aNumber, type Desk, rowsOf, testDesk } from '../desk.ts'
import { newCode } from '../link/link.ts'
import { sql } from '../store/sql.ts'
import { guard } from './guard.ts'
import { seedTemplates } from './template.ts'
import { shippedTemplates } from './templates.ts'

const aRefund = (link: string) => ({
  subscriber: 'sub-1',
  purpose: 'account.refund',
  template: 'account.refund',
  data: { amount: '$11.99', date: 'Nov 3', link },
})
const ours = 'https://orpheum.example/account'
const linksOf = async (desk: Desk): Promise<Link[]> =>
  ((await desk.ask('GET', '/v1/links')).body as { items: Link[] }).items
const shortLink = /https:\/\/o\.orpheum\.example\/[0-9A-Za-z]{11}/g

/** What a real service says of itself; without a link domain unless one is given. */
const films = {
  USHER_SERVICE: 'Films',
  USHER_SERVICE_HOST: 'films.example',
  USHER_CONTACT: 'films.example/help',
  USHER_LINK_DOMAINS: 'films.example',
  USHER_SMPP_PASSWORD: 'demo',
}

describe('a link that is made short', () => {
  test('is stored with its text: where it leads, for whom, for how long', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const { body } = await desk.send(aRefund(ours))
    const [link] = await linksOf(desk)

    const { id } = body as Acceptance
    const message = await desk.reaches(id, 'delivered')
    expect((await desk.texts(aNumber))[0]!.text).toMatch(/Details: https:\/\/o\.orpheum\.example\/[0-9A-Za-z]{11}$/)
    expect(link).toMatchObject({
      destination: ours,
      purpose: 'account.refund',
      subscriber: 'sub-1',
      message: id,
      hasContext: true,
    })
    const days = (Date.parse(link!.expiresAt) - Date.parse(message.acceptedAt)) / 86_400_000
    expect(days).toBe(30)
  })

  test('twice in one text is one link; two texts have one each', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.ask('PUT', '/v1/templates/twice', {
      purpose: 'account.plan',
      texts: { en: '{% assign unused = "https://orpheum.example/no" | short %}{{ link | short }} {{ link | short }}' },
    })
    const message = { subscriber: 'sub-1', purpose: 'account.plan', template: 'twice', data: { link: ours } }

    const both = await Promise.all([desk.send(message), desk.send(message)])
    await Promise.all(both.map(({ body }) => desk.reaches((body as Acceptance).id, 'delivered')))

    const texts = (await desk.texts(aNumber, 2)).map(({ text }) => text.match(shortLink)!)
    for (const [one, other] of texts) expect(one).toBe(other)
    expect(texts[0]![0]).not.toBe(texts[1]![0])
    expect((await linksOf(desk)).map(({ destination }) => destination)).toEqual([ours, ours])
  })

  test('is stored once, however often its text is asked for under one key', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    await Promise.all(Array.from({ length: 20 }, () => desk.send(aRefund(ours), { 'idempotency-key': 'refund-1' })))

    expect(await linksOf(desk)).toHaveLength(1)
  })

  test('shares its commit with texts that have none', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const lines = [
      aRefund(ours),
      { subscriber: 'sub-1', purpose: 'account.plan', text: 'Your plan has changed.' },
      aRefund(`${ours}/2`),
    ]

    await desk.ask('POST', '/v1/messages/batch', lines.map(line => `${JSON.stringify(line)}\n`).join(''), {
      'content-type': 'application/x-ndjson',
    })

    expect((await linksOf(desk)).map(({ destination }) => destination).sort()).toEqual([ours, `${ours}/2`])
  })

  test('of a text that waits for the morning ends so much later', async () => {
    const desk = await testDesk({ now: '2026-11-02T23:30:00Z' })
    await desk.subscriber()

    const { body } = await desk.send({ ...aRefund(ours) })
    const [link] = await linksOf(desk)

    const { state, notBefore } = body as Acceptance
    expect(state).toBe('held')
    expect(Date.parse(link!.expiresAt)).toBe(Date.parse(notBefore!) + 30 * 86_400_000)
  })

  test('to a bare number tells nobody who comes', async () => {
    const desk = await testDesk()
    const { subscriber: _, ...refund } = aRefund(ours)

    await desk.send({ ...refund, number: '+447911123456' })

    expect(await linksOf(desk)).toMatchObject([{ subscriber: null, hasContext: false }])
  })
})

describe('a text is refused, and no link is stored, where the link', () => {
  test.each([
    ['leads elsewhere', 'https://evil.example/account'],
    ['only looks as if it led here', 'https://orpheum.example@evil.example/'],
    ['leads here as somebody', 'https://ada:secret@orpheum.example/'],
    ['is not encrypted', 'http://orpheum.example/account'],
    ['opens a program', 'javascript:alert(1)'],
    ['is no link', 'account'],
    ['is empty', ''],
    ['is longer than anybody needs', `${ours}?${'x'.repeat(2_000)}`],
  ])('%s', async (_, link) => {
    const desk = await testDesk()
    await desk.subscriber()

    const { body, status } = await desk.send(aRefund(link))

    if (status === 422) expect(body).toMatchObject({ code: 'too_long' })
    else {
      const { id, state, reasons } = body as Acceptance
      expect([state, reasons.map(({ rule }) => rule)]).toEqual(['refused', ['guard']])
      const { body: why } = await desk.ask('GET', `/v1/messages/${id}/explanation`)
      expect(JSON.stringify(why as Explanation)).toMatch(/foreign_link|disguised_link|link/)
    }
    expect(await linksOf(desk)).toEqual([])
  })
})

test('a code is no text to put a link in', async () => {
  const desk = await testDesk()
  const texts = { en: '{{ code }} is your code. {{ link | short }}' }

  const { status, body } = await desk.ask('PUT', '/v1/templates/code.mine', { purpose: 'code.sign_in', texts })

  expect(status).toBe(422)
  expect(JSON.stringify(body)).toContain('a text with a code carries no link')
})

test('where there is no link domain, the long link stays', async () => {
  const desk = await testDesk({ demo: false, env: films })
  await desk.subscriber({ number: '+447911123456' })

  const { body } = await desk.send(aRefund('https://films.example/account'))
  await desk.reaches((body as Acceptance).id, 'delivered')

  expect((await desk.texts('+447911123456'))[0]!.text).toMatch(/Details: https:\/\/films\.example\/account$/)
  expect(await linksOf(desk)).toEqual([])
  const made = await desk.ask('POST', '/v1/links', { destination: 'https://films.example/', purpose: 'offer' })
  expect([made.status, (made.body as { code: string }).code]).toEqual([409, 'links_off'])
})

describe('a preview', () => {
  test('shows a sample of the same length, and stores nothing', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { template, data, subscriber, purpose } = aRefund(ours)

    const { body } = await desk.ask('POST', '/v1/messages/preview', { template, data, subscriber, purpose })
    await desk.send(aRefund(ours))

    const { text, segments, findings } = body as PreviewResult
    expect(text).toMatch(/https:\/\/o\.orpheum\.example\/XXXXXXXXXXX$/)
    expect(text.length).toBe((await desk.texts(aNumber))[0]!.text.length)
    expect([segments.length, findings]).toEqual([1, []])
    expect(await linksOf(desk)).toHaveLength(1)
  })

  test('says what the guard would of a link that leads elsewhere', async () => {
    const desk = await testDesk()
    const { template, data } = aRefund('http://orpheum.example/')

    const { body } = await desk.ask('POST', '/v1/messages/preview', { template, data })

    expect((body as PreviewResult).findings.map(({ rule }) => rule)).toEqual(['foreign_link'])
  })

  test('of a draft has a link for each variable that is made short, and names one that is none', async () => {
    const desk = await testDesk()
    const draft = {
      purpose: 'title.release',
      texts: { en: 'Out now: {{ where | short }} {{ base | append: "/x" | short }}' },
    }

    const { body: seen } = await desk.ask('POST', '/v1/templates/mine/preview', draft)
    const { body: wrong } = await desk.ask('POST', '/v1/templates/mine/preview', { ...draft, data: { where: 'here' } })
    const saved = await desk.ask('PUT', '/v1/templates/mine', draft)

    expect((seen as TemplatePreview).locales.en).toMatchObject({ problems: [] })
    expect((seen as TemplatePreview).locales.en!.result!.text.match(shortLink)).toHaveLength(2)
    expect((wrong as TemplatePreview).locales.en!.problems.map(({ code }) => code)).toEqual(['guard.foreign_link'])
    expect(saved.status).toBe(200)
    expect(await linksOf(desk)).toEqual([])
  })

  test('of a text that makes a foreign link short stops it from being saved', async () => {
    const desk = await testDesk()
    const draft = { purpose: 'title.release', texts: { en: '{{ title }} {{ "https://evil.example/x" | short }}' } }

    const { status, body } = await desk.ask('PUT', '/v1/templates/mine', draft)

    expect(status).toBe(422)
    expect(JSON.stringify(body)).toContain('domain')
  })
})

test('a real service can save every template that Usher ships, as it is', async () => {
  const desk = await testDesk({ demo: false, env: { ...films, USHER_LINK_URL: 'https://l.films.example' } })

  for (const { name, purpose, texts } of shippedTemplates) {
    const { status, body } = await desk.ask('PUT', `/v1/templates/${name}`, { purpose, texts })
    expect(status, `${name}: ${JSON.stringify(body)}`).toBe(200)
  }
})

test('the guard has nothing to say of the links we make', () => {
  const allowedDomains = ['o.orpheum.example']

  const refused = Array.from({ length: 200_000 }, newCode).filter(
    code => guard(`https://o.orpheum.example/${code}`, { allowedDomains }).length > 0,
  )

  expect(refused).toEqual([])
})

describe('new words for a shipped template', () => {
  const refund = shippedTemplates.find(({ name }) => name === 'account.refund')!
  /** As they were before links could be made short. */
  const former = {
    en: '{{ service }}: we refunded {{ amount }} on {{ date }}. Your bank may take some days to show it. Details: {{ link }}',
    es: '{{ service }}: te devolvimos {{ amount }} el {{ date }}. Tu banco puede tardar en mostrarlo. Detalles: {{ link }}',
    fr: "{{ service }} : nous avons remboursé {{ amount }} le {{ date }}. Votre banque peut mettre quelques jours à l'afficher. Détails : {{ link }}",
    de: '{{ service }}: Wir haben dir am {{ date }} {{ amount }} erstattet. Bei deiner Bank kann es ein paar Tage dauern. Details: {{ link }}',
    pt: '{{ service }}: reembolsamos {{ amount }} em {{ date }}. O banco pode demorar alguns dias para mostrar. Detalhes: {{ link }}',
    ja: '【{{ service }}】{{ date }}に{{ amount }}を返金しました。明細への反映に数日かかる場合があります。詳細: {{ link }}',
  }
  /** As they were after that. */
  const later = Object.fromEntries(
    Object.entries(former).map(([locale, text]) => [locale, text.replace('{{ link }}', '{{ link | short }}')]),
  )
  const versions = (desk: Desk) =>
    rowsOf<{ version: number; texts: Record<string, string> }>(
      desk,
      sql`select version, texts from template where name = 'account.refund' order by version`,
    )
  /** As a database of an earlier Usher has it. */
  const anEarlierOne = async () => {
    const desk = await testDesk()
    await rowsOf(
      desk,
      sql`update template set texts = ${JSON.stringify(former)}::text::jsonb where name = 'account.refund'`,
    )
    return desk
  }
  const startsAgain = (desk: Desk) => seedTemplates(desk.usher.db, shippedTemplates, desk.clock.now())

  test('come where nobody changed the old ones, once', async () => {
    const desk = await anEarlierOne()

    await startsAgain(desk)
    await startsAgain(desk)

    const [old, now, ...more] = await versions(desk)
    expect([old!.texts, now!.texts, more]).toEqual([former, refund.texts, []])
  })

  test('come also where other new words came before', async () => {
    const desk = await anEarlierOne()
    await desk.ask('PUT', '/v1/templates/account.refund', { purpose: refund.purpose, texts: later })

    await startsAgain(desk)
    await startsAgain(desk)

    expect((await versions(desk)).map(({ texts }) => texts)).toEqual([former, later, refund.texts])
  })

  test('do not come where somebody saved others, nor where they went back to the old ones', async () => {
    const desk = await anEarlierOne()
    const mine = { en: '{{ amount }} {{ date }} {{ link }}' }
    await desk.ask('PUT', '/v1/templates/account.refund', { purpose: refund.purpose, texts: mine })

    await startsAgain(desk)
    const after = await versions(desk)
    await desk.ask('PUT', '/v1/templates/account.refund', { purpose: refund.purpose, texts: former })
    await startsAgain(desk)

    expect(after.map(({ texts }) => texts)).toEqual([former, mine])
    expect((await versions(desk)).map(({ texts }) => texts)).toEqual([former, mine, former])
  })
})
