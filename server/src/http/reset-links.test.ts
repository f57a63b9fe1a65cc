// Links to reset a password by their front door: made over the API, opened and used at the link domain as a browser does, and
// redeemed over the API.
import { request } from 'node:http'
import type { ResetLink, ResetRedeemed } from '@usher/contract/reset-link'
import { expect, test } from 'vitest'
import { aNumber, type Desk, type DeskOptions, rowsOf, testDesk } from '../desk.ts'
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

async function resets(options: DeskOptions = {}, person: Parameters<Desk['subscriber']>[0] = {}) {
  const desk = await testDesk(options)
  await desk.subscriber(person)
  const ask = async (input: object = {}, headers: Record<string, string> = {}) => {
    const answer = await desk.ask('POST', '/v1/reset-links', { subscriber: 'sub-1', ...input }, headers)
    return { ...answer, body: answer.body as ResetLink & { code: string; detail: string } }
  }
  const open = (url: string) => visit(desk, new URL(url).pathname)
  return {
    ...{ desk, ask, open },
    make: async (input: object = {}) => (await ask(input)).body.url,
    /** Presses the page's button, as it stood when it was opened. */
    async press(url: string, form: Record<string, string> = { end: 'all' }, headers: Record<string, string> = {}) {
      const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec((await open(url)).text) ?? []
      return () => post(desk, new URL(url).pathname, { csrf, ...form }, headers)
    },
    async redeem(proof: string | null, session?: string) {
      const { status, body } = await desk.ask('POST', '/v1/reset-links/redeem', {
        ...{ proof, ...(session === undefined ? {} : { session }) },
      })
      return [status, (body as { code?: string }).code ?? (body as ResetRedeemed)]
    },
    pass: (minutes: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + minutes * 60_000)),
  }
}
const post = (desk: Desk, path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
  visit(desk, path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  })
const proofOf = ({ headers }: Came) => new URL(headers.location!).searchParams.get('reset')

test('a link is used once on its page, and its proof redeemed once', async () => {
  const { desk, make, open, press, redeem } = await resets()
  const url = await make()

  expect(new URL(url)).toMatchObject({ protocol: 'https:', host: 'o.orpheum.example' })
  const page = await open(url)
  const used = await (await press(url))()
  const proof = proofOf(used)
  const redeemed = await redeem(proof)

  expect(page.status).toBe(200)
  for (const words of ['A new password', 'Orpheum account', 'Sign me out everywhere else'])
    expect(page.text).toContain(words)
  for (const words of ['sub-1', aNumber, '<script']) expect(page.text).not.toContain(words)
  expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  expect(used.status).toBe(303)
  expect(used.headers.location).toMatch(/^http:\/\/localhost:\d+\/reset\?reset=[\w-]{43}$/)
  expect(used.headers['referrer-policy']).toBe('no-referrer')
  expect(redeemed).toEqual([200, { subscriber: 'sub-1', endSessions: true }])
  expect(await redeem(proof)).toEqual([409, 'reset_over'])
  expect((await open(url)).status).toBe(410)
  expect(JSON.stringify(await rowsOf(desk, sql`select reset_link::text from reset_link`))).not.toContain(proof!)
})

test('to look spends nothing, however often scanners do', async () => {
  const { desk, make, open, press } = await resets()
  const url = await make()

  await Promise.all([
    ...Array.from({ length: 10 }, () => open(url)),
    visit(desk, new URL(url).pathname, { method: 'HEAD' }),
  ])
  const used = await (await press(url))()

  expect(used.status).toBe(303)
})

test('of two who use it at once one goes on', async () => {
  const { make, press } = await resets()
  const use = await press(await make())

  const used = await Promise.all([use(), use(), use(), use()])

  expect(used.map(({ status }) => status).sort()).toEqual([303, 410, 410, 410])
})

test('without the mark sessions stay', async () => {
  const { make, press, redeem } = await resets()
  const use = await press(await make(), {})

  const redeemed = await redeem(proofOf(await use()))

  expect(redeemed).toEqual([200, { subscriber: 'sub-1', endSessions: false }])
})

test.each([
  ['29 minutes', 29, 200],
  ['30 minutes', 30, 410],
])('after %s it answers so', async (_, minutes, status) => {
  const { make, open, pass } = await resets()
  const url = await make()

  pass(minutes)

  expect((await open(url)).status).toBe(status)
})

test('the proof counts for five minutes', async () => {
  const { make, press, redeem, pass } = await resets()
  const proof = proofOf(await (await press(await make()))())

  pass(5)

  expect(await redeem(proof)).toEqual([409, 'reset_over'])
})

test('a new link ends the one before, also one whose proof is on its way', async () => {
  const { make, open, press, redeem } = await resets()
  const [first, proof] = await make().then(async url => [url, proofOf(await (await press(url))())] as const)

  const second = await make()
  const third = await make()

  expect(await redeem(proof)).toEqual([409, 'reset_over'])
  expect(await Promise.all([first, second, third].map(async url => (await open(url)).status))).toEqual([410, 410, 200])
})

test('two that are made at the same moment are one', async () => {
  const { make, open } = await resets()

  const urls = await Promise.all([make(), make(), make()])

  const states = await Promise.all(urls.map(async url => (await open(url)).status))
  expect(states.filter(status => status === 200)).toHaveLength(1)
})

test('one that was asked for in a session counts in that one alone, and another session uses nothing up', async () => {
  const { make, press, redeem } = await resets()
  const proof = proofOf(await (await press(await make({ session: 'wfh9Y2' })))())

  expect(await redeem(proof, 'another')).toEqual([409, 'reset_elsewhere'])
  expect(await redeem(proof)).toEqual([409, 'reset_elsewhere'])
  expect(await redeem(proof, 'wfh9Y2')).toEqual([200, { subscriber: 'sub-1', endSessions: true }])
})

test('where there is no such account the answer is the same, and the link opens nothing', async () => {
  const { ask, open } = await resets()

  const [known, unknown] = [await ask(), await ask({ subscriber: 'nobody' })]

  const shape = ({ status, body: { id, url, expiresAt, ...rest } }: typeof known) => [
    ...[status, typeof id, url.replace(/[\w-]{43}$/, '<token>'), typeof expiresAt, rest],
  ]
  expect(shape(unknown)).toEqual(shape(known))
  expect((await open(unknown.body.url)).status).toBe(410)
})

test('who was erased has no link any more', async () => {
  const { desk, make, open, press, redeem } = await resets()
  const url = await make()
  const proof = proofOf(await (await press(url))())

  await desk.ask('DELETE', '/v1/subscribers/sub-1')

  expect(await redeem(proof)).toEqual([409, 'reset_over'])
  expect((await open(url)).status).toBe(410)
  expect(await rowsOf(desk, sql`select id from reset_link`)).toEqual([])
})

test('links count as codes do, for who has an account and who has none; the one before stays where one was too many', async () => {
  const { ask, open, pass } = await resets()

  for (const subscriber of ['sub-1', 'nobody']) {
    const made = []
    for (let i = 0; i < 6; i++) made.push(await ask({ subscriber }))
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201, 429])
    expect(made[5]!.body.code).toBe('too_many_codes')
    expect(Number(made[5]!.headers.get('retry-after'))).toBeGreaterThan(0)
    if (subscriber === 'sub-1') expect((await open(made[4]!.body.url)).status).toBe(200)
  }
  pass(11)

  expect((await ask()).status).toBe(201)
})

test('from one address come so many an hour, whoever they are for', async () => {
  const { desk, ask } = await resets()
  const administrator = await desk.operator('administrator')
  await desk.askAs(administrator, 'PUT', '/v1/protection', { perAddressHour: 2 })

  const made = []
  for (const subscriber of ['sub-1', 'a', 'b']) made.push(await ask({ subscriber, ip: '198.51.100.7' }))
  const again = await ask({ ip: '203.0.113.9' })

  expect(made.map(({ status }) => status)).toEqual([201, 201, 429])
  expect(again.status).toBe(201)
})

test('a link that one too many was asked for after is as it was', async () => {
  const { desk, ask, open } = await resets()
  const administrator = await desk.operator('administrator')
  await desk.askAs(administrator, 'PUT', '/v1/protection', { perAddressHour: 1 })

  const first = await ask({ ip: '198.51.100.7' })
  const second = await ask({ ip: '198.51.100.7' })

  expect(second.status).toBe(429)
  expect((await open(first.body.url)).status).toBe(200)
})

test('wrong codes stand in the way of no link: it cannot be guessed', async () => {
  const { desk, ask } = await resets()
  const { id } = (await desk.ask('POST', '/v1/verifications', { subscriber: 'sub-1', purpose: 'reset' })).body as {
    id: string
  }
  await desk.usher.db.rows(sql`update verification_subject set wrong = 80, wrong_at = ${desk.clock.now()}`)

  expect((await desk.ask('POST', `/v1/verifications/${id}/resend`, {})).status).toBe(429)
  expect((await ask()).status).toBe(201)
})

test('the address is of the link domain, whatever host was asked', async () => {
  const { ask } = await resets()

  const { body } = await ask({}, { host: 'evil.test', 'x-forwarded-host': 'evil.test' })

  expect(body.url).toMatch(/^https:\/\/o\.orpheum\.example\/r\//)
})

test('a form that the page did not make, or that comes from elsewhere, spends nothing', async () => {
  const { desk, make, open, press } = await resets()
  const url = await make()

  const forged = await post(desk, new URL(url).pathname, { csrf: 'x', end: 'all' })
  const foreign = await (await press(url, {}, { 'sec-fetch-site': 'cross-site' }))()
  const put = await visit(desk, new URL(url).pathname, { method: 'PUT' })

  expect([forged.status, foreign.status, put.status]).toEqual([403, 403, 405])
  expect((await open(url)).status).toBe(200)
})

test('browsers follow the form to the page of the service, and to nowhere else', async () => {
  const { make, open, press } = await resets()
  const url = await make()

  const policy = (await open(url)).headers['content-security-policy']!
  const there = (await (await press(url))()).headers.location!

  expect(policy).toContain(`form-action 'self' ${new URL(there).origin};`)
  expect(policy).toContain("default-src 'none'")
})

test.each(Object.keys(languages))('it is written in their language: %s', async locale => {
  const { make, open } = await resets({}, { locale })

  const { text, headers } = await open(await make())

  expect(text).toContain(`<html lang="${locale}"`)
  expect(headers['content-language']).toBe(locale)
  expect(text).not.toContain('{service}')
  if (locale !== 'en') expect(text).not.toContain('A new password')
})

const outside = {
  USHER_SERVICE: 'Orpheum',
  USHER_SERVICE_HOST: 'films.example',
  USHER_CONTACT: 'films.example/help',
  USHER_LINK_DOMAINS: 'films.example,.films.example',
  USHER_SMPP_PASSWORD: 'demo',
}

test.each([
  ['no link domain', { USHER_RESET_URL: 'https://films.example/reset' }, 'USHER_LINK_URL'],
  ['no reset page', { USHER_LINK_URL: 'https://o.films.example' }, 'USHER_RESET_URL'],
])('where there is %s, none is made, and it is said why', async (_, env, why) => {
  const { ask } = await resets({ demo: false, env: { ...outside, ...env } }, { number: '+447400123456' })

  const { status, body } = await ask()

  expect([status, body.code]).toEqual([409, 'links_off'])
  expect(JSON.stringify(body)).toContain(why)
})

test('a reset page on a host that is not of the service is refused at the start', async () => {
  const start = (url: string) =>
    testDesk({ demo: false, env: { ...outside, USHER_LINK_URL: 'https://o.films.example', USHER_RESET_URL: url } })

  await expect(start('https://evil.test/reset')).rejects.toThrow(
    'USHER_RESET_URL leads to evil.test, which is neither USHER_SERVICE_HOST (films.example) nor among USHER_LINK_DOMAINS',
  )
  await expect(start('https://accounts.films.example/reset?lang=en')).resolves.toBeDefined()
})
