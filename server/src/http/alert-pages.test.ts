// The page of an alert by its front door: opened by its signed address, answered as a browser does.
import { request } from 'node:http'
import type { AlertView, MadeAlert } from '@usher/contract/alert'
import { expect, test } from 'vitest'
import { aNumber, type Desk, rowsOf, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'
import { languages } from './preference-words.ts'

interface Came {
  status: number
  headers: Record<string, string | undefined>
  text: string
}

/** Asks as somebody on the internet would: at the link domain. */
function visit(
  desk: Desk,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Came> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${desk.usher.url}`,
      { method, path, headers: { host: 'o.orpheum.example', 'accept-language': 'en', ...headers }, agent: false },
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

async function raised(input: object = {}, person: Parameters<Desk['subscriber']>[0] = {}) {
  const desk = await testDesk()
  await desk.subscriber(person)
  const { body } = await desk.ask('POST', '/v1/alerts', {
    ...{ subscriber: 'sub-1', event: 'sign_in', device: 'a TV', place: 'Lyon, France', about: 'session-1', ...input },
  })
  const alert = body as MadeAlert
  const path = new URL(alert.page!).pathname
  const page = () => visit(desk, path)
  return {
    ...{ desk, alert, path, page },
    async state() {
      return ((await desk.ask('GET', `/v1/alerts/${alert.id}`)).body as AlertView).state
    },
    async press(answer: 'yes' | 'no', headers: Record<string, string> = {}) {
      const [, csrf] = /name="csrf" value="([^"]+)"/.exec((await page()).text) ?? []
      return post(desk, path, { csrf: csrf ?? '', answer }, headers)
    },
  }
}
const post = (desk: Desk, path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  visit(desk, path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  })

test('says what happened, and nothing of who they are; nobody else hears of its address', async () => {
  const { page } = await raised()

  const { status, headers, text } = await page()

  expect(status).toBe(200)
  for (const words of ['Was this you?', 'New sign-in', 'a TV', 'Lyon, France', '15:00']) expect(text).toContain(words)
  for (const words of ['sub-1', aNumber, '••', '<script', 'session-1']) expect(text).not.toContain(words)
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  expect(headers['content-security-policy']).toContain("default-src 'none'")
})

test('to look changes nothing, however often scanners do', async () => {
  const { desk, path, page, state } = await raised()

  await Promise.all([...Array.from({ length: 10 }, page), visit(desk, path, { method: 'HEAD' })])
  await visit(desk, `${path}?answer=no`)

  expect(await state()).toBe('open')
})

test('no denies it, is told, and leads to the next step', async () => {
  const { desk, alert, page, press, state } = await raised()

  const { status, headers } = await press('no')

  expect([status, headers.location]).toEqual([303, '?'])
  expect(await state()).toBe('denied')
  const { text } = await page()
  expect(text).toContain('We are securing your account')
  expect(text).toMatch(/href="[^"]*\/account"/)
  expect(text).not.toContain('<form')
  const [told] = await rowsOf<{ type: string; reason: string; about: string }>(
    desk,
    sql`select type, reason, about from outbox where type like 'alert.%'
      union all select type, reason, about from feed where type like 'alert.%'`,
  )
  expect(told).toEqual({ type: 'alert.denied', reason: 'page', about: alert.id })
})

test('yes closes it, a no after it counts, and a yes after that does not', async () => {
  const { page, press, state } = await raised()

  await press('yes')
  expect(await state()).toBe('confirmed')
  const { text } = await page()
  expect(text).toContain('You told us that it was you')
  expect(text).not.toContain('value="yes"')

  await press('no')
  expect(await state()).toBe('denied')
  await press('yes')
  expect(await state()).toBe('denied')
})

test('what was answered by text stands on the page, and the other way round', async () => {
  const { desk, alert, page, press, state } = await raised()
  await desk.reaches(alert.delivery.message!, 'delivered')

  await desk.reply(aNumber, '67744', 'YES')
  await desk.texts(aNumber, 2)

  expect((await page()).text).toContain('You told us that it was you')
  await press('no')
  await desk.reply(aNumber, '67744', 'yes')
  expect((await desk.texts(aNumber, 3)).at(-1)!.text).toContain('you replied NO before')
  expect(await state()).toBe('denied')
})

test('after its time only a no is left, for a week; then nothing', async () => {
  const { desk, page, press, state } = await raised()
  const pass = (hours: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + hours * 3_600_000))
  pass(25)

  const { text } = await page()
  expect(text).toContain('The time for a yes is over')
  expect(text).not.toContain('value="yes"')
  await press('yes')
  expect(await state()).toBe('expired')

  pass(7 * 24)
  const late = await press('no')
  expect(late.status).toBe(404)
  expect(await state()).toBe('expired')
})

test('a form of another page, of another site, or without its token, changes nothing', async () => {
  const { desk, path, press, state } = await raised()

  const answers = [
    await press('no', { 'sec-fetch-site': 'cross-site' }),
    await post(desk, path, { csrf: 'x', answer: 'no' }),
    await post(desk, path, { answer: 'no' }),
    await post(desk, path, { csrf: 'x', answer: 'no' }, { 'content-type': 'text/plain' }),
  ]

  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403])
  expect(answers[0]!.text).toContain('Nothing was changed')
  expect((await post(desk, path, { csrf: 'x'.repeat(5_000) })).status).toBe(413)
  expect((await visit(desk, path, { method: 'DELETE' })).status).toBe(405)
  expect(await state()).toBe('open')
})

test('an address that was altered, cut off or withdrawn leads nowhere, and says no more than that', async () => {
  const { desk, alert, path } = await raised()
  const flipped = path.slice(0, 8) + (path[8] === 'A' ? 'B' : 'A') + path.slice(9)

  const answers = await Promise.all(
    [path.slice(0, -1), flipped, '/a/x', '/a/', `${path}x`].map(one => visit(desk, one)),
  )
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
  expect(new Set(answers.slice(0, 2).map(({ text }) => text)).size).toBe(1)

  await desk.ask('POST', `/v1/alerts/${alert.id}/withdraw`)
  expect((await visit(desk, path)).status).toBe(404)
})

test.each(Object.keys(languages))('speaks %s, where they do', async locale => {
  const { page } = await raised({}, { locale })

  const { headers, text } = await page()

  expect(headers['content-language']).toBe(locale)
  expect(text).toContain(`<html lang="${locale}" dir="${locale === 'ar' ? 'rtl' : 'ltr'}">`)
  if (locale !== 'en') expect(text).not.toMatch(/Was this you|New sign-in|Device|Place/)
})

test('nothing in the database opens it', async () => {
  const { desk, path } = await raised()
  const token = path.slice('/a/'.length)

  const rows = await rowsOf<{ row: string }>(desk, sql`select row_to_json(t)::text as row from alert t`)

  const secret = Buffer.from(token, 'base64url').subarray(16)
  for (const form of [token, secret.toString('hex'), secret.toString('base64')])
    expect(rows[0]!.row).not.toContain(form)
})
