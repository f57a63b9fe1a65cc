// A subscriber's own page by its front door: the link is asked for from a handset, followed as a phone does, and its forms
// are posted as a browser posts them.
import { request } from 'node:http'
import type { Acceptance } from '@usher/contract/message'
import { describe, expect, test } from 'vitest'
import { type Desk, rowsOf, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'
import { languages } from './preference-words.ts'

/** Of none of the demo's subscribers. */
const aNumber = '+447700900444'
const ourNumber = '67743'
const agent = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1'
const phone = { 'user-agent': agent, 'accept-language': 'en-GB,en;q=0.9' }

interface Came {
  status: number
  headers: Record<string, string | undefined>
  text: string
}

/** Asks as a phone on the internet would: at the link domain. */
function visit(
  desk: Desk,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Came> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${desk.usher.url}`,
      { method, path, headers: { host: 'o.orpheum.example', ...phone, ...headers }, agent: false },
      answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', piece => (text += piece))
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers as Came['headers'], text }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

const subscriber = (desk: Desk, input: Parameters<Desk['subscriber']>[0] = {}) =>
  desk.subscriber({ number: aNumber, ...input })
const pathIn = (text: string) => /https:\/\/o\.orpheum\.example(\/p\/[0-9A-Za-z]{11})/.exec(text)![1]!

/** Texts SETTINGS and answers the path of the link that comes back. */
async function linkFor(desk: Desk, number = aNumber): Promise<string> {
  const known = new Set(desk.simulator.handsets.find(number)?.texts.map(({ n }) => n))
  await desk.reply(number, ourNumber, 'SETTINGS')
  // Others may be on their way to the same handset.
  for (let count = known.size + 1; ; count++) {
    const texts = await desk.texts(number, count)
    const answer = texts.find(({ n, text }) => !known.has(n) && text.includes('/p/'))
    if (answer) return pathIn(answer.text)
  }
}

const unescaped = (text: string) =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')
/** The hidden fields of each form of a page, as a browser would send them. */
const formsOf = (page: string): Record<string, string>[] =>
  [...page.matchAll(/<form.*?<\/form>/gs)].map(([form]) =>
    Object.fromEntries(
      [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [
        name!,
        unescaped(value!),
      ]),
    ),
  )
/** What a person reads. */
const readable = (page: string) =>
  unescaped(page.replace(/<style.*?<\/style>/s, '').replace(/<[^>]+>/g, ' ')).replace(/\s+/g, ' ')

const post = (desk: Desk, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  visit(desk, path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  })

/** Presses the button of the form that says these fields, and follows where that leads. */
async function press(desk: Desk, path: string, fields: Record<string, string>, entered: Record<string, string> = {}) {
  const { text } = await visit(desk, path)
  const form = formsOf(text).find(one => Object.entries(fields).every(([name, value]) => one[name] === value))
  if (!form) throw new Error(`There is no form for ${JSON.stringify(fields)} on ${readable(text)}`)
  const [at] = path.split('?')
  const answer = await post(desk, at!, { ...form, ...entered })
  expect(answer.status, readable(answer.text)).toBe(303)
  expect(answer.text).toBe('')
  const there = `${at}${answer.headers.location!.split('#')[0]}`
  return { there, ...(await visit(desk, there)) }
}

const consentsOf = async (desk: Desk, id = 'sub-1') =>
  (
    (await desk.ask('GET', `/v1/subscribers/${id}/consents`)).body as {
      items: {
        group: string
        granted: boolean
        confirmed: boolean
        how: string
        why: string | null
        words: string | null
        proof: object | null
      }[]
    }
  ).items
const subscriberOf = async (desk: Desk, id = 'sub-1') =>
  (await desk.ask('GET', `/v1/subscribers/${id}`)).body as {
    locale: string
    preferences: { frequency?: string; pausedUntil?: string | null; quiet?: object | null }
  }
const offer = async (desk: Desk, subscriber = 'sub-1') =>
  (await desk.send({ subscriber, purpose: 'offer', text: `Half price. Reply STOP to end` })).body as Acceptance
const later = (desk: Desk, minutes: number) =>
  desk.clock.moveTo(new Date(desk.clock.now().getTime() + minutes * 60_000))
const state = async (desk: Desk) => ({
  subscriber: await rowsOf(desk, sql`select consents, preferences, locale, updated_at from subscriber`),
  entries: (await rowsOf(desk, sql`select id from consent`)).length,
  codes: (await rowsOf(desk, sql`select id from page_code`)).length,
  texts: (await rowsOf(desk, sql`select id from message`)).length,
})

describe('the page', () => {
  test('shows what they get, a masked number and no name, and may be kept by nobody', async () => {
    const desk = await testDesk()
    await subscriber(desk, { profile: { name: 'Amara Bello' } })
    await offer(desk)
    const path = await linkFor(desk)

    const came = await visit(desk, path)

    expect(came.status).toBe(200)
    expect(came.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    expect(came.headers['content-security-policy']).toMatch(/default-src 'none'.*form-action 'self'/)
    expect(came.text).not.toContain('<script')
    const page = readable(came.text)
    expect(page).toContain('Your texts from Orpheum')
    expect(page).toContain('+44••••••••44')
    for (const hidden of ['Amara', aNumber.slice(3), 'Half price']) expect(came.text).not.toContain(hidden)
    expect(page).toMatch(/Titles On .*Offers On .*Security alerts On .*Account and billing On/)
    expect(page).toMatch(
      /What we sent lately, and why.*An answer to you.*Offers .* You agreed to “Offers” on May 3, 2026/,
    )
  })

  test('WHY leads to the part of it that says why', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    const { id } = (await desk.send({ subscriber: 'sub-1', purpose: 'offer', text: 'Half price. Reply STOP to end' }))
      .body as Acceptance
    await desk.reaches(id, 'delivered')

    await desk.reply(aNumber, ourNumber, 'WHY')

    const { text } = (await desk.texts(aNumber, 2)).at(-1)!
    expect(text).toMatch(/\/p\/\w{11}#sent$/)
    expect((await visit(desk, pathIn(text))).text).toContain('id="sent"')
    expect(await fetch(`${desk.usher.url}/phone/${aNumber.slice(1)}`).then(page => page.text())).toContain('/phone')
  })

  test.each(Object.keys(languages))('speaks %s, under 30 kB with ten texts', async language => {
    const desk = await testDesk()
    await subscriber(desk, { locale: language })
    for (let n = 0; n < 10; n++)
      await desk.send({ subscriber: 'sub-1', purpose: 'account.plan', text: `Your plan changed ${n}` })
    const path = await linkFor(desk)

    const { text, headers } = await visit(desk, path)

    expect(text).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}"`)
    expect(headers['content-language']).toBe(language)
    expect(text.match(/<details/g)).toHaveLength(10)
    expect(text).not.toMatch(/undefined|NaN|Invalid Date/)
    expect(Buffer.byteLength(text)).toBeLessThan(30_000)
    for (const screen of ['number', 'security']) {
      const other = await visit(desk, `${path}?screen=${screen}`)
      expect(other.status).toBe(200)
      expect(other.text).toContain(`<html lang="${language}"`)
    }
  })

  test('has every word in every language, with the same places to fill', () => {
    const placesOf = (words: string) => [...words.matchAll(/\{\w+\}/g)].map(String).sort()
    for (const [language, words] of Object.entries(languages)) {
      expect(Object.keys(words), language).toEqual(Object.keys(languages.en))
      for (const [name, text] of Object.entries(words)) {
        expect(text.trim(), `${language} ${name}`).not.toBe('')
        expect(placesOf(text), `${language} ${name}`).toEqual(placesOf(languages.en[name as keyof typeof words]))
        // Names and words that are the same in two languages aside, nothing is left in English.
        if (language !== 'en' && text.length > 25)
          expect(text, `${language} ${name}`).not.toBe(languages.en[name as keyof typeof words])
      }
    }
  })

  test('of somebody whose language it does not speak is in that of their browser', async () => {
    const desk = await testDesk()
    await subscriber(desk, { locale: 'sv' })
    const path = await linkFor(desk)

    const { text } = await visit(desk, path, { headers: { 'accept-language': 'nb, fr-CA;q=0.8, en;q=0.5' } })

    expect(text).toContain('<html lang="fr"')
  })
})

describe('a group', () => {
  test('is turned off: what waits is cancelled, the ledger has the words and the proof, and Undo brings it back', async () => {
    const desk = await testDesk({ now: '2026-11-02T23:30:00Z' })
    await subscriber(desk)
    const held = await offer(desk)
    expect(held.state).toBe('held')
    const path = await linkFor(desk)

    const off = await press(desk, path, { do: 'off', group: 'offers' })

    expect(readable(off.text)).toContain('“Offers” is off. One waiting text was cancelled.')
    expect(await desk.message(held.id)).toMatchObject({ state: 'cancelled', reason: 'asked' })
    expect((await consentsOf(desk))[0]).toMatchObject({
      ...{ group: 'offers', granted: false, how: 'page', why: 'asked', words: 'Turn off: Offers' },
      proof: { address: '127.0.0.0/24', agent },
    })
    expect((await offer(desk)).state).toBe('refused')

    // The button beside the notice says what it agrees to.
    const words = languages.en.offersWords.replace('{service}', 'Orpheum')
    expect(readable(off.text)).toContain(`With the button you say: ${words} Undo`)
    const on = await press(desk, off.there, { do: 'on', group: 'offers' })

    expect(readable(on.text)).toContain('“Offers” is on.')
    expect((await consentsOf(desk))[0]).toMatchObject({
      group: 'offers',
      granted: true,
      how: 'page',
      words,
      confirmed: true,
    })
    expect(
      (await desk.send({ subscriber: 'sub-1', purpose: 'offer', text: 'Another. Reply STOP to end' })).body,
    ).toMatchObject({ state: 'held' })
  })

  test('is turned on in the language it was shown in, whatever the page speaks when the form comes', async () => {
    const desk = await testDesk()
    await subscriber(desk, { locale: 'de', consents: {} })
    const path = await linkFor(desk)
    const form = formsOf((await visit(desk, path)).text).find(one => one.group === 'titles')!
    await desk.ask('PUT', '/v1/subscribers/sub-1', { number: aNumber, locale: 'fr', zone: 'Europe/London' })

    expect((await post(desk, path, form)).status).toBe(303)

    expect((await consentsOf(desk))[0]!.words).toBe(languages.de.titlesWords.replace('{service}', 'Orpheum'))
  })

  test('that was agreed to by the link needs no second yes where a country asks for two', async () => {
    const desk = await testDesk()
    const number = '+491713920099'
    await subscriber(desk, { number, locale: 'de', zone: 'Europe/Berlin', region: 'DE-BE', consents: {} })
    const path = await linkFor(desk, number)

    await press(desk, path, { do: 'on', group: 'titles' })

    expect((await consentsOf(desk))[0]).toMatchObject({ group: 'titles', granted: true, confirmed: true })
    const sent = await desk.send({
      subscriber: 'sub-1',
      purpose: 'title.premiere',
      text: 'Heute. STOP zum Abbestellen',
    })
    expect(sent.body).toMatchObject({ state: 'queued' })
  })

  test('turned on after a STOP comes back alone', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    await desk.reply(aNumber, ourNumber, 'STOP ALL')
    await desk.texts(aNumber)
    const path = await linkFor(desk)
    const page = readable((await visit(desk, path)).text)
    expect(page).toMatch(/Titles Off .*Offers Off .*Security alerts Off .*Account and billing Off/)

    const on = await press(desk, path, { do: 'on', group: 'titles' })

    expect(readable(on.text)).toMatch(/Titles On .*Offers Off .*Security alerts Off .*Account and billing Off/)
    expect(await rowsOf(desk, sql`select 1 from suppression`)).toEqual([])
    expect((await offer(desk)).state).toBe('refused')
  })

  test('that only the number was stopped for does not come back with another', async () => {
    const desk = await testDesk()
    // A stranger's STOP; the subscriber with a consent from before comes later.
    await desk.reply(aNumber, ourNumber, 'STOP')
    await desk.heard()
    await desk.ask('PUT', '/v1/subscribers/sub-1', {
      number: aNumber,
      locale: 'en',
      zone: 'Europe/London',
      consents: { offers: { granted: true, at: '2026-05-03T10:00:00Z', how: 'import', words: 'Text me offers' } },
    })
    expect((await offer(desk)).state).toBe('refused')
    const path = await linkFor(desk)

    await press(desk, path, { do: 'on', group: 'titles' })

    expect((await offer(desk)).state).toBe('refused')
    expect(readable((await visit(desk, path)).text)).toMatch(/Titles On .*Offers Off/)
  })
})

describe('security alerts', () => {
  test('end after a second question, by a link of the day', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    const path = await linkFor(desk)
    expect((await visit(desk, path)).text).toContain('href="?screen=security"')
    const asked = await visit(desk, `${path}?screen=security`)
    expect(readable(asked.text)).toMatch(/Turn off security alerts\?.*you may notice too late/)

    const off = await press(desk, `${path}?screen=security`, { do: 'security-off' })

    expect(readable(off.text)).toContain('“Security alerts” is off.')
    expect((await consentsOf(desk))[0]).toMatchObject({
      group: 'security',
      granted: false,
      words: expect.stringMatching(/too late.*Yes, turn them off$/),
    })
    const alert = await desk.send({ subscriber: 'sub-1', purpose: 'alert.security', text: 'Orpheum: new sign-in' })
    expect(alert.body).toMatchObject({ state: 'refused' })
  })

  test('do not end by the first button', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    const path = await linkFor(desk)
    const form = formsOf((await visit(desk, path)).text)[0]!

    const answer = await post(desk, path, { ...form, do: 'off', group: 'security' })

    expect(answer.status).toBe(422)
    expect(await consentsOf(desk).then(all => all.filter(one => one.group === 'security'))).toEqual([])
  })

  test('by an older link end with a code to the phone, which is stored nowhere and ends after five tries', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    const path = await linkFor(desk)
    later(desk, 24 * 60 + 1)
    expect(readable((await visit(desk, `${path}?screen=security`)).text)).toContain('Your link is older than a day.')
    // The button of a page from yesterday leads to the question again.
    const form = formsOf((await visit(desk, path)).text)[0]!
    expect((await post(desk, path, { ...form, do: 'security-off' })).headers.location).toBe('?screen=security')

    const sent = await press(desk, `${path}?screen=security`, { do: 'code' })
    expect(readable(sent.text)).toContain('We texted a code to +44••••••••44')
    const codeIn = (text: string) => /\d{6}/.exec(text)![0]
    const first = codeIn((await desk.texts(aNumber, 2)).at(-1)!.text)
    const rows = await rowsOf<{ row: string }>(desk, sql`select row_to_json(page_code)::text as row from page_code`)
    expect(rows[0]!.row).not.toContain(first)

    const wrong = first === '000000' ? '111111' : '000000'
    for (let n = 1; n <= 4; n++) {
      const tried = await press(desk, `${path}?screen=code`, { do: 'security-off' }, { code: wrong })
      expect(readable(tried.text)).toContain('That is not the code.')
    }
    const fifth = await press(desk, `${path}?screen=code`, { do: 'security-off' }, { code: wrong })
    expect(readable(fifth.text)).toContain('That code counts no more.')
    const late = await press(desk, `${path}?screen=code`, { do: 'security-off' }, { code: first })
    expect(readable(late.text)).toContain('That code counts no more.')
    expect(readable((await visit(desk, path)).text)).toContain('Security alerts On')

    await press(desk, `${path}?screen=code`, { do: 'code' })
    const second = codeIn((await desk.texts(aNumber, 3)).at(-1)!.text)
    // Written as some people write digits.
    const spaced = [...second].map(digit => String.fromCharCode(0x660 + Number(digit))).join(' ')
    const off = await press(desk, `${path}?screen=code`, { do: 'security-off' }, { code: spaced })
    expect(readable(off.text)).toContain('“Security alerts” is off.')
  })

  test('a code lives for ten minutes, a newer one ends it, and there are three an hour', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    const path = await linkFor(desk)
    later(desk, 25 * 60)
    const codes: string[] = []
    const ask = async () => {
      const came = await press(desk, `${path}?screen=security`, { do: 'code' })
      return readable(came.text)
    }
    for (let n = 1; n <= 3; n++) {
      await ask()
      codes.push(/\d{6}/.exec((await desk.texts(aNumber, n + 1)).at(-1)!.text)![0])
    }
    const tried = (code: string) => press(desk, `${path}?screen=code`, { do: 'security-off' }, { code })

    if (codes[0] !== codes[2]) expect(readable((await tried(codes[0]!)).text)).toContain('That is not the code.')
    expect(await ask()).toContain('We texted three codes within an hour.')
    later(desk, 11)
    expect(readable((await tried(codes[2]!)).text)).toContain('That code counts no more.')
    later(desk, 60)
    expect(await ask()).toContain('We texted a code to')
  })
})

describe('their choices', () => {
  test('fewer texts, and back', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    const path = await linkFor(desk)

    const fewer = await press(desk, path, { do: 'frequency', value: 'fewer' })

    expect((await subscriberOf(desk)).preferences).toEqual({ frequency: 'fewer' })
    expect(formsOf(fewer.text)[0]).toMatchObject({ do: 'frequency', value: 'normal' })
    await press(desk, fewer.there, { do: 'frequency', value: 'normal' })
    expect((await subscriberOf(desk)).preferences).toEqual({ frequency: 'normal' })
  })

  test.each([
    ['week', '2026-02-07'],
    ['month', '2026-02-28'],
    ['months', '2026-04-30'],
  ])('a pause of a %s cancels what waits, and ends when they say', async (value, day) => {
    const desk = await testDesk({ now: '2026-01-31T23:30:00Z' })
    const yes = { granted: true, at: '2026-01-03T10:00:00Z', how: 'page', words: 'Yes.' }
    await subscriber(desk, { consents: { offers: yes } })
    const held = await offer(desk)
    const path = await linkFor(desk)

    const paused = await press(desk, path, { do: 'pause' }, { value })

    expect((await subscriberOf(desk)).preferences.pausedUntil).toMatch(new RegExp(`^${day}`))
    expect(readable(paused.text)).toMatch(/Paused until .* 2026\. One waiting text was cancelled\./)
    expect((await desk.message(held.id)).state).toBe('cancelled')
    const ended = await press(desk, path, { do: 'unpause' })
    expect(readable(ended.text)).toContain('The pause has ended.')
    expect((await subscriberOf(desk)).preferences.pausedUntil).toBeNull()
  })

  test('quiet hours of their own, which may cross midnight, and are two different times', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    const path = await linkFor(desk)

    const quiet = await press(desk, path, { do: 'quiet' }, { from: '22:00', to: '07:30:00' })

    expect(readable(quiet.text)).toContain('Quiet from 22:00 to 07:30.')
    expect((await subscriberOf(desk)).preferences.quiet).toEqual({ from: '22:00', to: '07:30' })
    for (const entered of [
      { from: '22:00', to: '22:00' },
      { from: '', to: '07:00' },
      { from: '25:00', to: '07:00' },
    ]) {
      const bad = await press(desk, path, { do: 'quiet' }, entered)
      expect(readable(bad.text)).toContain('Give two different times')
    }
    expect((await subscriberOf(desk)).preferences.quiet).toEqual({ from: '22:00', to: '07:30' })
    await press(desk, path, { do: 'loud' })
    expect((await subscriberOf(desk)).preferences.quiet).toBeNull()
  })

  test('the language, which a late event does not bring back, and which keeps its region', async () => {
    const desk = await testDesk()
    await subscriber(desk, { locale: 'en-GB' })
    const path = await linkFor(desk)

    await press(desk, path, { do: 'language' }, { value: 'en' })
    expect((await subscriberOf(desk)).locale).toBe('en-GB')
    const german = await press(desk, path, { do: 'language' }, { value: 'de' })

    expect(german.text).toContain('<html lang="de"')
    expect(readable(german.text)).toContain('Sprache: Deutsch.')
    expect((await subscriberOf(desk)).locale).toBe('de')
    const back = await press(desk, german.there, { do: 'language', value: 'en-GB' })
    expect(back.text).toContain('<html lang="en"')
    expect((await subscriberOf(desk)).locale).toBe('en-GB')
  })
})

describe('nothing changes', () => {
  test('where a scanner comes: by GET, HEAD, or a method that is none of the page', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    const path = await linkFor(desk)
    const before = await state(desk)
    const scanner = { 'user-agent': 'facebookexternalhit/1.1 Facebot Twitterbot/1.0', accept: '*/*' }

    const addresses = [
      '',
      '?do=off&group=offers',
      '?screen=security',
      '?screen=code',
      '?screen=number',
      '?said=off&group=offers&cancelled=3&undo=do%3Don%26group%3Doffers',
    ]
    for (const address of addresses)
      for (const method of ['GET', 'HEAD']) {
        const came = await visit(desk, `${path}${address}`, { method, headers: scanner })
        expect(came.status).toBe(200)
        if (method === 'HEAD') expect(came.text).toBe('')
        // What an address says that is not so is not said.
        expect(came.text).not.toContain('is off')
      }
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const came = await visit(desk, path, { method, headers: scanner })
      expect(came.status).toBe(405)
      expect(came.headers.allow).toBe('GET, HEAD, POST')
    }

    expect(await state(desk)).toEqual(before)
  })

  test('without the token of the page, with another one, or from the page of another site', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    const path = await linkFor(desk)
    const other = await linkFor(desk)
    const before = await state(desk)
    const form = formsOf((await visit(desk, path)).text).find(one => one.group === 'offers')!
    const { csrf } = formsOf((await visit(desk, other)).text)[0]!
    const { csrf: _, ...without } = form

    for (const fields of [without, { ...form, csrf: '' }, { ...form, csrf: csrf! }, { ...form, csrf: `${form.csrf}x` }])
      expect((await post(desk, path, fields)).status).toBe(403)
    expect((await post(desk, path, form, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await post(desk, path, form, { 'content-type': 'application/json' })).status).toBe(403)
    expect((await post(desk, path, { ...form, do: 'erase' })).status).toBe(422)
    expect((await post(desk, path, { ...form, lang: 'xx' })).status).toBe(422)
    expect((await post(desk, path, { ...form, more: 'x'.repeat(5_000) })).status).toBe(413)

    expect(await state(desk)).toEqual(before)
    expect((await post(desk, path, form, { 'sec-fetch-site': 'same-origin' })).status).toBe(303)
  })

  test('by a link that is expired, altered or unknown, or whose number or person is gone', async () => {
    const desk = await testDesk()
    await subscriber(desk)
    const path = await linkFor(desk)
    const form = formsOf((await visit(desk, path)).text).find(one => one.group === 'offers')!
    const isOver = async (path: string) => {
      const came = await visit(desk, path)
      expect(came.status).toBe(404)
      expect(readable(came.text)).toContain('This link does not work')
      expect(came.text).toContain('name="number"')
      expect(came.text).not.toContain('+44••')
      expect((await post(desk, path, form)).status).toBe(404)
    }
    const altered = path.slice(0, -1) + (path.endsWith('a') ? 'b' : 'a')
    for (const wrong of [altered, '/p/short', `${path}x`, '/p/%00%ff', `${path}/more`])
      await isOver(wrong).catch(error => {
        throw new Error(wrong, { cause: error })
      })

    await desk.ask('PUT', '/v1/subscribers/sub-1', { number: '+447700900555', locale: 'en' })
    await isOver(path)

    const newer = await linkFor(desk, '+447700900555')
    expect((await visit(desk, newer)).status).toBe(200)
    // The texts to the number they had before are not shown to whoever has this one.
    expect((await visit(desk, newer)).text.match(/<details/g)).toHaveLength(1)
    later(desk, 30 * 24 * 60 + 1)
    await isOver(newer)

    const last = await linkFor(desk, '+447700900555')
    await desk.ask('DELETE', '/v1/subscribers/sub-1')
    await isOver(last)
  })
})

describe('without a link', () => {
  const ask = (desk: Desk, number: string, headers: Record<string, string> = {}) =>
    post(desk, '/p/', { number, lang: 'en' }, headers)

  test('the number is asked for, and gets one by text', async () => {
    const desk = await testDesk()
    await subscriber(desk, { locale: 'de' })
    const asked = await visit(desk, '/p/')
    expect(readable(asked.text)).toContain('Choose which texts you get')
    expect((await visit(desk, '/p')).headers.location).toBe('/p/')
    expect((await visit(desk, '/p/?lang=ar')).text).toContain('<html lang="ar" dir="rtl"')

    const answer = await ask(desk, '0044 7700 900-444')

    expect(answer.status).toBe(303)
    expect(readable((await visit(desk, `/p/${answer.headers.location}`)).text)).toContain('Look at your phone')
    const { text, originator } = (await desk.texts(aNumber))[0]!
    expect(text).toContain('Wähle, welche SMS du bekommst')
    expect(originator).toBe(ourNumber)
    expect((await visit(desk, pathIn(text))).text).toContain('<html lang="de"')
  })

  test('the answer is the same whether or not anybody has the number', async () => {
    const desk = await testDesk()
    await subscriber(desk)

    const known = await ask(desk, aNumber)
    const unknown = await ask(desk, '+447700900999')

    const plain = ({ status, headers: { date: _, ...headers }, text }: Came) => ({ status, headers, text })
    expect(plain(unknown)).toEqual(plain(known))
    await desk.texts(aNumber)
    expect(desk.simulator.handsets.find('+447700900999')?.texts ?? []).toEqual([])
    // Nobody was made of a number that was only typed.
    expect(await rowsOf(desk, sql`select 1 from subscriber where external_id is null`)).toEqual([])
  })

  test('three an hour to one number, known or not, and so many from one address', async () => {
    const desk = await testDesk({ env: { USHER_PROXIES: '1' } })
    await subscriber(desk)
    for (const number of [aNumber, '+447700900999']) {
      const statuses = []
      for (let n = 0; n < 4; n++)
        statuses.push((await ask(desk, number, { 'x-forwarded-for': `198.51.100.${n}` })).status)
      expect(statuses).toEqual([303, 303, 303, 429])
    }
    await desk.texts(aNumber, 3)

    const many = await Promise.all(
      Array.from({ length: 40 }, (_, n) => ask(desk, `+447700900${600 + n}`, { 'x-forwarded-for': '203.0.113.9' })),
    )
    expect(many.filter(({ status }) => status === 429).length).toBe(10)

    later(desk, 61)
    expect((await ask(desk, aNumber)).status).toBe(303)
  })

  test('what is no number is said to be none, and another site asks for nobody', async () => {
    const desk = await testDesk()

    for (const number of ['', 'hello', '07700900123', '+44', `+1${'2'.repeat(20)}`]) {
      const answer = await ask(desk, number)
      expect(answer.status, number).toBe(422)
      expect(readable(answer.text)).toContain('We can not read this number.')
    }
    expect((await ask(desk, aNumber, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
  })
})

test('a link in a text on the demo phone opens the page there, and its forms lead back to it', async () => {
  const desk = await testDesk()
  await subscriber(desk)
  const path = await linkFor(desk)
  const thread = await fetch(`${desk.usher.url}/phone/${aNumber.slice(1)}?at=from:${ourNumber}`).then(page =>
    page.text(),
  )
  expect(thread).toContain(`href="/o${path}"`)

  const page = await fetch(`${desk.usher.url}/o${path}`).then(page => page.text())
  const form = formsOf(page).find(one => one.group === 'offers')!
  const answer = await fetch(`${desk.usher.url}/o${path}`, { method: 'POST', body: new URLSearchParams(form) })

  expect(new URL(answer.url).pathname).toBe(`/o${path}`)
  expect(readable(await answer.text())).toContain('“Offers” is off.')
  const change = await fetch(`${desk.usher.url}/o${path}?screen=number`).then(page => page.text())
  expect(change).toContain(`http://localhost:${desk.config.orpheumPort}/account`)
})

test('a database that is away is said, in plain words', async () => {
  const desk = await testDesk()
  await subscriber(desk)
  const path = await linkFor(desk)
  const { rows } = desk.usher.db
  const { DatabaseAway } = await import('../store/database.ts')
  desk.usher.db.rows = () => Promise.reject(new DatabaseAway('gone'))
  try {
    const came = await visit(desk, path, { headers: { 'accept-language': 'ar' } })
    expect(came.status).toBe(503)
    expect(came.text).toContain('<html lang="ar" dir="rtl"')
  } finally {
    desk.usher.db.rows = rows
  }
})
