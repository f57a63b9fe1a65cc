// How operators sign in, how long that lasts, and what is left of it in the audit log.
import type { AuditLine, Invitation, Session, TotpSecret } from '@usher/contract/operator'
import { Secret, TOTP } from 'otpauth'
import { expect, test, vi } from 'vitest'
import { welcome } from '../demo/welcome.ts'
import { cookieOf, type Desk, type DeskOperator, rowsOf, testDesk } from '../desk.ts'
import { askAdmin } from '../http/admin.ts'
import { sql } from '../store/sql.ts'

const stranger = { cookie: '' }
const password = 'nine lanterns over the pier'

const codeAt = (secret: string, at: Date) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: at.getTime() })

/** Sets a password and an authenticator app; answers the app's secret. The app's next code is due. */
async function withPassword(desk: Desk, operator: DeskOperator): Promise<string> {
  desk.stopWall()
  const { secret } = (await desk.askAs(operator, 'POST', '/v1/session/totp')).body as TotpSecret
  const code = codeAt(secret, desk.wall())
  const set = await desk.askAs(operator, 'PUT', '/v1/session/password', { password, secret, code })
  expect(set).toMatchObject({ status: 200, body: { ways: { password: true } } })
  desk.passWall(1)
  return secret
}

const enter = (desk: Desk, email: string, code: string, said = password) =>
  desk.ask('POST', '/v1/session/password', { email, password: said, code }, stranger)

const follow = (desk: Desk, link: string) =>
  desk.ask('POST', '/v1/session/link', { token: link.split('#enter=')[1] }, stranger)

async function audit(desk: Desk, query = ''): Promise<AuditLine[]> {
  const administrator = await desk.operator('administrator')
  const { body } = await desk.askAs(administrator, 'GET', `/v1/audit?limit=500${query}`)
  return (body as { items: AuditLine[] }).items
}

const isIn = async (desk: Desk, cookie: string) =>
  (await desk.ask('GET', '/v1/session', undefined, { cookie })).status === 200

async function invited(desk: Desk, role = 'viewer', email = 'eve@orpheum.example') {
  const administrator = await desk.operator('administrator')
  const answer = await desk.askAs(administrator, 'POST', '/v1/operators', { name: 'Eve', email, role })
  expect(answer.status).toBe(201)
  return { administrator, ...(answer.body as Invitation) }
}

test('an invitation signs in once, and says in its fragment what no server on the way may hear', async () => {
  const desk = await testDesk()
  const { link, operator } = await invited(desk, 'support')

  const first = await follow(desk, link)
  const second = await follow(desk, link)

  expect(link).toMatch(/^http:\/\/localhost:\d+\/console#enter=[\w-]{43}$/)
  expect(operator).toMatchObject({ role: 'support', isInvited: true, isActive: true, lastSeenAt: null })
  expect(first).toMatchObject({ status: 200, body: { operator: { name: 'Eve', role: 'support' } } })
  expect((first.body as Session).permissions).toContain('numbers:reveal')
  expect(second).toMatchObject({ status: 401, body: { code: 'sign_in_refused' } })
  expect(await isIn(desk, cookieOf(first.headers))).toBe(true)
})

test('two who follow one link at the same moment: one is let in', async () => {
  const desk = await testDesk()
  const { link } = await invited(desk)

  const answers = await Promise.all([1, 2, 3, 4].map(() => follow(desk, link)))

  expect(answers.map(answer => answer.status).sort()).toEqual([200, 401, 401, 401])
})

test('a link is over after a day, and a newer one ends those before it', async () => {
  const desk = await testDesk()
  const { link, administrator } = await invited(desk)

  const again = await desk.askAs(administrator, 'POST', '/v1/operators', {
    ...{ name: 'Another Eve', email: 'EVE@orpheum.example', role: 'administrator' },
  })

  expect(again).toMatchObject({ status: 201, body: { operator: { name: 'Eve', role: 'viewer' } } })
  expect((await follow(desk, link)).status).toBe(401)
  desk.passWall(24 * 60 + 1)
  expect((await follow(desk, (again.body as Invitation).link)).status).toBe(401)
})

test('the cookie is kept from scripts and from other sites, and from plain HTTP where there is TLS', async () => {
  const plain = await testDesk()
  const { link } = await invited(plain)
  const [cookie] = (await follow(plain, link)).headers.getSetCookie()
  expect(cookie).toMatch(/^usher_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/)
  await plain.stop()

  const secure = await testDesk({ env: { USHER_PUBLIC_URL: 'https://usher.orpheum.example' } })
  const there = await invited(secure)
  expect(there.link).toMatch(/^https:\/\/usher\.orpheum\.example\/console#enter=/)
  const [secureCookie] = (await follow(secure, there.link)).headers.getSetCookie()
  expect(secureCookie).toMatch(/; HttpOnly; Secure; SameSite=Strict$/)
})

test('neither cookie nor link is stored so that it could be used by who reads the database', async () => {
  const desk = await testDesk()
  const { link } = await invited(desk)
  const eve = await desk.operator('viewer')

  const rows = await rowsOf<{ row: string }>(
    desk,
    sql`select row_to_json(s)::text as row from operator_session s union all select row_to_json(l)::text from operator_link l`,
  )

  const stored = rows.map(({ row }) => row).join()
  expect(rows.length).toBeGreaterThanOrEqual(4)
  for (const secret of [eve.cookie.split('=')[1]!, link.split('=')[1]!]) {
    expect(stored).not.toContain(secret)
    expect(stored).not.toContain(Buffer.from(secret).toString('hex'))
  }
})

test('a password goes with a code of the authenticator app, which works once', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')
  const secret = await withPassword(desk, eve)
  const code = codeAt(secret, desk.wall())

  const first = await enter(desk, eve.email.toUpperCase(), code)
  const second = await enter(desk, eve.email, code)

  expect(first).toMatchObject({ status: 200, body: { operator: { id: eve.id } } })
  expect(await isIn(desk, cookieOf(first.headers))).toBe(true)
  expect(second.status).toBe(401)
})

test('a code of the step before or after is taken, one further away is not', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')
  const secret = await withPassword(desk, eve)
  const step = (by: number) => codeAt(secret, new Date(desk.wall().getTime() + by * 30_000))

  desk.passWall(10)

  expect((await enter(desk, eve.email, step(-3))).status).toBe(401)
  expect((await enter(desk, eve.email, step(3))).status).toBe(401)
  expect((await enter(desk, eve.email, step(-1))).status).toBe(200)
  // After it none that is older, whoever read it over a shoulder.
  expect((await enter(desk, eve.email, step(1))).status).toBe(200)
  expect((await enter(desk, eve.email, step(0))).status).toBe(401)
})

test('a wrong password, a wrong code and an unknown e-mail are refused in the same words', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')
  const link = await desk.operator('viewer')
  const secret = await withPassword(desk, eve)
  const code = codeAt(secret, desk.wall())

  const answers = [
    await enter(desk, eve.email, code, 'ten lanterns over the pier'),
    await enter(desk, eve.email, code === '000000' ? '000001' : '000000'),
    await enter(desk, 'nobody@orpheum.example', code),
    await enter(desk, link.email, code),
  ]

  for (const { status, body, headers } of answers) {
    expect({ status, body }).toEqual({ status: 401, body: answers[0]!.body })
    expect(headers.getSetCookie()).toEqual([])
  }
  expect((await enter(desk, eve.email, code)).status).toBe(200)
})

test('after five failures an e-mail waits, known or not; other ways in stay open', async () => {
  const desk = await testDesk()
  const { link, operator, administrator } = await invited(desk)
  const { body, headers } = await follow(desk, link)
  const eve = { id: operator.id, email: operator.email, cookie: cookieOf(headers), csrf: (body as Session).csrf }
  const secret = await withPassword(desk, eve)
  for (const email of [eve.email, 'nobody@orpheum.example'])
    for (const _ of [1, 2, 3, 4, 5]) expect((await enter(desk, email, '000000', 'wrong')).status).toBe(401)

  const slowed = await enter(desk, eve.email, codeAt(secret, desk.wall()))
  const unknown = await enter(desk, 'nobody@orpheum.example', '000000')

  expect(slowed).toMatchObject({ status: 429, body: { code: 'sign_in_slowed' } })
  expect(unknown).toMatchObject({ status: 429, body: slowed.body })
  const seconds = Number(slowed.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(14 * 60)
  expect(seconds).toBeLessThanOrEqual(15 * 60)
  const another = await desk.askAs(administrator, 'POST', '/v1/operators', {
    ...{ name: 'Eve', email: eve.email, role: 'viewer' },
  })
  expect((await follow(desk, (another.body as Invitation).link)).status).toBe(200)
  desk.passWall(seconds / 60)
  expect((await enter(desk, eve.email, codeAt(secret, desk.wall()))).status).toBe(200)
})

test('guesses made at the same moment are counted as well as those made one after the other', async () => {
  const desk = await testDesk()

  const answers = await Promise.all(
    Array.from({ length: 12 }, () => enter(desk, 'nobody@orpheum.example', '000000', 'wrong')),
  )

  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(5).fill(401), ...Array(7).fill(429)])
})

test('an address that guesses at many waits after twenty; behind a proxy it is told apart', async () => {
  const desk = await testDesk({ env: { USHER_PROXIES: '1' } })
  const from = (address: string, n: number) =>
    desk.ask(
      'POST',
      '/v1/session/password',
      { email: `nobody-${n}@orpheum.example`, password: 'wrong', code: '000000' },
      { ...stranger, 'x-forwarded-for': `203.0.113.${n}, ${address}` },
    )

  // One customer's IPv6 network is one address, and what the client itself wrote before the proxy's word counts nothing.
  const answers = await Promise.all(Array.from({ length: 21 }, (_, n) => from(`2001:db8:1:2:${n.toString(16)}::1`, n)))

  expect(answers.filter(({ status }) => status === 401)).toHaveLength(20)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1)
  expect((await from('2001:db8:1:3::1', 50)).status).toBe(401)
})

test('a password has twelve characters, is not among the first that are tried, and its app proves itself', async () => {
  const desk = await testDesk()
  desk.stopWall()
  const eve = await desk.operator('viewer')
  const { secret, uri } = (await desk.askAs(eve, 'POST', '/v1/session/totp')).body as TotpSecret
  const code = codeAt(secret, desk.wall())
  const set = (change: object) => desk.askAs(eve, 'PUT', '/v1/session/password', { password, secret, code, ...change })

  expect(uri).toMatch(new RegExp(`^otpauth://totp/.*secret=${secret}`))
  expect(await set({ password: 'too short' })).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
  for (const common of ['Password1234', 'abcabcabcabcabc', 'aaaaaaaaaaaaa', eve.email])
    expect(await set({ password: common })).toMatchObject({ status: 422, body: { code: 'common_password' } })
  expect(await set({ code: code === '000000' ? '000001' : '000000' })).toMatchObject({
    ...{ status: 422, body: { code: 'wrong_code' } },
  })
  expect(await set({ secret: 'AAAA' })).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
  expect(await set({})).toMatchObject({ status: 200 })
  // The code that set it is used.
  expect((await enter(desk, eve.email, code)).status).toBe(401)
})

test('a new password ends the other sessions of its operator, and stays this one', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')
  const secret = await withPassword(desk, eve)
  const elsewhere = cookieOf((await enter(desk, eve.email, codeAt(secret, desk.wall()))).headers)
  expect(await isIn(desk, elsewhere)).toBe(true)

  desk.passWall(1)
  await withPassword(desk, eve)

  expect(await isIn(desk, elsewhere)).toBe(false)
  expect(await isIn(desk, eve.cookie)).toBe(true)
})

test('the secret of the authenticator app is sealed where it is stored', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')
  const secret = await withPassword(desk, eve)

  const [row] = await rowsOf<{ totp_secret: Uint8Array; password_hash: string }>(
    desk,
    sql`select totp_secret, password_hash from operator where id = ${eve.id}`,
  )

  const stored = Buffer.from(row!.totp_secret)
  expect(stored.includes(secret)).toBe(false)
  expect(stored.includes(Buffer.from(Secret.fromBase32(secret).bytes))).toBe(false)
  expect(row!.password_hash).toMatch(/^scrypt\$15\$8\$3\$/)
})

test('a session ends when nothing is asked for half an hour', async () => {
  const desk = await testDesk({ demo: false, env: real })
  const eve = await desk.operator('viewer')

  for (const _ of [1, 2, 3]) {
    desk.passWall(29)
    expect(await isIn(desk, eve.cookie)).toBe(true)
  }
  desk.passWall(31)

  expect(await desk.askAs(eve, 'GET', '/v1/session')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
})

test.each([{ 'x-usher-unattended': '1' }, { accept: 'text/event-stream' }])(
  'what a page asks by itself keeps no session alive: %o',
  async headers => {
    const desk = await testDesk({ demo: false, env: real })
    const eve = await desk.operator('viewer')
    const asks = () => desk.askAs(eve, 'GET', '/v1/session', undefined, headers)

    desk.passWall(20)
    const before = await asks()
    desk.passWall(11)

    expect(before.status).toBe(200)
    expect((await asks()).status).toBe(401)
  },
)

test('a session ends after twelve hours, however busy its operator is', async () => {
  const desk = await testDesk({ demo: false, env: real })
  const eve = await desk.operator('viewer')
  const { body } = await desk.askAs(eve, 'GET', '/v1/session')

  for (let passed = 20; passed < 12 * 60; passed += 20) {
    desk.passWall(20)
    expect(await isIn(desk, eve.cookie)).toBe(true)
  }
  desk.passWall(20)

  const { startedAt, endsAt, idleEndsAt } = body as Session
  expect(Date.parse(endsAt) - Date.parse(startedAt)).toBe(12 * 3_600_000)
  expect(Date.parse(idleEndsAt) - Date.parse(startedAt)).toBe(30 * 60_000)
  expect(await isIn(desk, eve.cookie)).toBe(false)
})

test('the business clock moves no session', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')

  desk.clock.moveTo(new Date(desk.clock.now().getTime() + 90 * 24 * 3_600_000))

  expect(await isIn(desk, eve.cookie)).toBe(true)
})

test('signing out ends this session; signing out everywhere ends all of this operator and nobody else', async () => {
  const desk = await testDesk()
  const [eve, other] = [await desk.operator('viewer'), await desk.operator('viewer')]
  const secret = await withPassword(desk, eve)
  const sessions: DeskOperator[] = []
  for (const _ of [1, 2]) {
    const { headers, body } = await enter(desk, eve.email, codeAt(secret, desk.wall()))
    sessions.push({ ...eve, cookie: cookieOf(headers), csrf: (body as Session).csrf })
    desk.passWall(1)
  }

  const out = await desk.askAs(sessions[0]!, 'DELETE', '/v1/session')

  expect(out.status).toBe(204)
  expect(out.headers.getSetCookie()[0]).toMatch(/^usher_session=; Max-Age=0; Path=\//)
  expect(await isIn(desk, sessions[0]!.cookie)).toBe(false)
  expect(await isIn(desk, sessions[1]!.cookie)).toBe(true)
  expect((await desk.askAs(sessions[1]!, 'DELETE', '/v1/sessions')).status).toBe(204)
  expect(await isIn(desk, sessions[1]!.cookie)).toBe(false)
  expect(await isIn(desk, eve.cookie)).toBe(false)
  expect(await isIn(desk, other.cookie)).toBe(true)
})

test('who signs in anew in the same browser has one session there', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')
  const { link } = await invited(desk)

  const again = await desk.ask('POST', '/v1/session/link', { token: link.split('=')[1] }, { cookie: eve.cookie })

  expect(again.status).toBe(200)
  expect(await isIn(desk, eve.cookie)).toBe(false)
})

test('a session survives a restart', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')

  await desk.restart()

  expect(await isIn(desk, eve.cookie)).toBe(true)
})

test('what changes something needs the token of the session, and no page of another site can ask it', async () => {
  const desk = await testDesk()
  const [ada, eve] = [await desk.operator('administrator'), await desk.operator('administrator')]
  const invite = (headers: Record<string, string>) =>
    desk.ask(
      'POST',
      '/v1/operators',
      { name: 'Mallory', email: 'mallory@orpheum.example', role: 'administrator' },
      { cookie: ada.cookie, ...headers },
    )

  expect(await invite({})).toMatchObject({ status: 403, body: { code: 'csrf_missing' } })
  expect(await invite({ 'x-usher-csrf': eve.csrf })).toMatchObject({ status: 403, body: { code: 'csrf_missing' } })
  for (const site of ['cross-site', 'same-site', 'none'])
    expect(await invite({ 'x-usher-csrf': ada.csrf, 'sec-fetch-site': site })).toMatchObject({
      ...{ status: 403, body: { code: 'foreign_page' } },
    })
  // Nor can it sign somebody in as another.
  for (const [method, path, body] of [
    ['POST', '/v1/session/link', { token: 'x'.repeat(43) }],
    ['POST', '/v1/session/password', { email: ada.email, password, code: '000000' }],
  ] as const)
    expect(await desk.ask(method, path, body, { ...stranger, 'sec-fetch-site': 'cross-site' })).toMatchObject({
      ...{ status: 403, body: { code: 'foreign_page' } },
    })
  expect((await invite({ 'x-usher-csrf': ada.csrf, 'sec-fetch-site': 'same-origin' })).status).toBe(201)
})

test('an API key is no operator, and a cookie beside a key is not looked at', async () => {
  const desk = await testDesk()
  const ada = await desk.operator('administrator')
  const bearer = { authorization: `Bearer ${desk.key}` }

  expect((await desk.ask('GET', '/v1/session', undefined, bearer)).status).toBe(401)
  expect((await desk.ask('GET', '/v1/operators', undefined, bearer)).status).toBe(403)
  expect((await desk.ask('GET', '/v1/operators', undefined, { ...bearer, cookie: ada.cookie })).status).toBe(403)
  expect(
    (await desk.ask('GET', '/v1/operators', undefined, { authorization: 'Bearer wrong', cookie: ada.cookie })).status,
  ).toBe(401)
})

test('a role that changes counts at the next request', async () => {
  const desk = await testDesk()
  const [ada, eve] = [await desk.operator('administrator'), await desk.operator('administrator')]
  expect((await desk.askAs(eve, 'GET', '/v1/operators')).status).toBe(200)

  const changed = await desk.askAs(ada, 'PUT', `/v1/operators/${eve.id}`, { role: 'viewer' })

  expect(changed).toMatchObject({ status: 200, body: { role: 'viewer', isActive: true } })
  expect(await desk.askAs(eve, 'GET', '/v1/operators')).toMatchObject({ status: 403, body: { code: 'role_forbids' } })
  expect(await desk.askAs(eve, 'GET', '/v1/session')).toMatchObject({
    status: 200,
    body: { operator: { role: 'viewer' } },
  })
})

test('who is made inactive is signed out, has no way in, and comes back by an invitation', async () => {
  const desk = await testDesk()
  const { administrator, operator, link } = await invited(desk)
  const { body, headers } = await follow(desk, link)
  const eve = { id: operator.id, email: operator.email, cookie: cookieOf(headers), csrf: (body as Session).csrf }
  const secret = await withPassword(desk, eve)
  const invite = () =>
    desk.askAs(administrator, 'POST', '/v1/operators', { name: 'Eve', email: eve.email, role: 'viewer' })
  const unused = ((await invite()).body as Invitation).link

  await desk.askAs(administrator, 'PUT', `/v1/operators/${eve.id}`, { isActive: false })

  expect(await isIn(desk, eve.cookie)).toBe(false)
  expect((await enter(desk, eve.email, codeAt(secret, desk.wall()))).status).toBe(401)
  expect((await follow(desk, unused)).status).toBe(401)
  const again = (await invite()).body as Invitation
  expect(again.operator.isActive).toBe(true)
  expect(await isIn(desk, eve.cookie)).toBe(false)
  expect((await follow(desk, again.link)).status).toBe(200)
})

test('somebody stays administrator, also when two make each other viewers at the same moment', async () => {
  const desk = await testDesk()
  const [ada, eve] = [await desk.operator('administrator'), await desk.operator('administrator')]
  const change = (by: DeskOperator, whom: DeskOperator, to: object) =>
    desk.askAs(by, 'PUT', `/v1/operators/${whom.id}`, to)

  const [one, other] = await Promise.all([change(ada, eve, { role: 'viewer' }), change(eve, ada, { isActive: false })])

  expect([one.status, other.status].filter(status => status === 200)).toHaveLength(1)
  const last = one.status === 200 ? ada : eve
  for (const to of [{ role: 'support' }, { isActive: false }])
    expect(await change(last, last, to)).toMatchObject({ status: 409, body: { code: 'last_administrator' } })
  expect((await desk.askAs(last, 'GET', '/v1/operators')).status).toBe(200)
  expect(
    await desk.askAs(last, 'PUT', '/v1/operators/018f4e9c-0000-7000-8000-000000000000', { role: 'viewer' }),
  ).toMatchObject({ status: 404, body: { code: 'unknown_operator' } })
})

test('each deed leaves a line with who did it, and no secret', async () => {
  const desk = await testDesk()
  const { link, operator, administrator } = await invited(desk)
  const { body, headers } = await follow(desk, link)
  const eve = { id: operator.id, email: operator.email, cookie: cookieOf(headers), csrf: (body as Session).csrf }
  const secret = await withPassword(desk, eve)
  await enter(desk, eve.email, codeAt(secret, desk.wall()), 'wrong one, entirely')
  await enter(desk, 'typed-my-password-here@x.example', '000000', 'wrong one, entirely')
  await enter(desk, eve.email, codeAt(secret, desk.wall()))
  await follow(desk, link)
  await desk.askAs(administrator, 'PUT', `/v1/operators/${eve.id}`, { role: 'marketer' })
  await desk.askAs(eve, 'DELETE', '/v1/sessions')

  const lines = (await audit(desk)).reverse()

  const about = lines.filter(({ subject }) => subject === eve.id)
  expect(about.map(({ action, operator, detail }) => [action, operator?.name ?? null, detail])).toEqual([
    ['operator.invited', 'administrator 1', { role: 'viewer', isNew: true }],
    ['operator.signed_in', 'Eve', { way: 'link' }],
    ['password.set', 'Eve', {}],
    ['sign_in.failed', null, { way: 'password' }],
    ['operator.signed_in', 'Eve', { way: 'password' }],
    ['sign_in.failed', null, { way: 'link' }],
    ['operator.changed', 'administrator 1', { role: { from: 'viewer', to: 'marketer' } }],
    ['operator.signed_out', 'Eve', { everywhere: true }],
  ])
  expect(lines.filter(({ action, subject }) => action === 'sign_in.failed' && subject === null)).toHaveLength(1)
  const all = JSON.stringify(lines)
  for (const word of [password, 'typed-my-password', secret, link.split('=')[1]!]) expect(all).not.toContain(word)
})

test('the audit log is read page by page and by what happened to whom', async () => {
  const desk = await testDesk()
  const { operator } = await invited(desk)
  const all = await audit(desk)
  const ada = await desk.operator('administrator')

  const walked: AuditLine[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`
    const { body } = await desk.askAs(ada, 'GET', `/v1/audit?limit=2${query}`)
    const page = body as { items: AuditLine[]; next: string | null }
    walked.push(...page.items)
    cursor = page.next
  } while (cursor !== null)

  expect(walked.slice(-all.length)).toEqual(all)
  expect((await audit(desk, `&subject=${operator.id}`)).map(({ action }) => action)).toEqual(['operator.invited'])
  expect((await audit(desk, '&action=operator.invited')).every(({ action }) => action === 'operator.invited')).toBe(
    true,
  )
})

test('a line of the audit log can be neither changed nor deleted', async () => {
  const desk = await testDesk()
  await desk.operator('viewer')
  const before = await audit(desk)

  await expect(rowsOf(desk, sql`update audit set action = 'nothing'`)).rejects.toThrow('append-only')
  await expect(rowsOf(desk, sql`delete from audit`)).rejects.toThrow('append-only')

  expect(await audit(desk)).toEqual(expect.arrayContaining(before))
})

test('the command line invites and lists, and the audit log names nobody for it', async () => {
  const desk = await testDesk()
  const ask = (method: string, path: string, body?: object) => askAdmin(desk.config.adminSocket, method, path, body)

  const made = await ask('POST', '/operators', { name: 'Eve', email: 'Eve@Orpheum.example', role: 'marketer' })
  const wrong = await ask('POST', '/operators', { name: 'Eve', email: 'nowhere', role: 'queen' })

  expect(made?.status).toBe(201)
  expect(wrong).toMatchObject({ status: 422, body: { detail: expect.stringContaining('--role') } })
  const entered = await follow(desk, (made!.body as Invitation).link)
  expect(entered).toMatchObject({ status: 200, body: { operator: { email: 'eve@orpheum.example', role: 'marketer' } } })
  expect((await ask('GET', '/operators'))?.body).toMatchObject([{ name: 'Eve', isInvited: false }])
  expect(await audit(desk, '&action=operator.invited')).toContainEqual(
    expect.objectContaining({ operator: null, detail: { role: 'marketer', isNew: true } }),
  )
})

test('the demo prints a link for its operator, another one at each start, and both work', async () => {
  const desk = await testDesk()
  const printed = async () => {
    const written: string[] = []
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation(text => written.push(String(text)) > 0)
    await welcome(desk.usher, desk.config, 1_000).finally(() => stdout.mockRestore())
    return /^ +Console +(\S+)$/m.exec(written.join(''))![1]!
  }

  const first = await printed()
  const entered = await follow(desk, first)
  const second = await printed()

  expect(first).toMatch(/^http:\/\/localhost:\d+\/console#enter=/)
  expect(entered).toMatchObject({
    status: 200,
    body: { operator: { email: 'ada@orpheum.example', role: 'administrator' } },
  })
  const again = await follow(desk, second)
  expect((again.body as Session).operator.id).toBe((entered.body as Session).operator.id)
})

test('who may not manage operators is told so', async () => {
  const desk = await testDesk()

  for (const role of ['viewer', 'support', 'marketer'] as const) {
    const eve = await desk.operator(role)
    for (const [method, path, body] of [
      ['GET', '/v1/operators', undefined],
      ['POST', '/v1/operators', { name: 'Mallory', email: 'm@orpheum.example', role: 'administrator' }],
      ['PUT', `/v1/operators/${eve.id}`, { role: 'administrator' }],
      ['GET', '/v1/audit', undefined],
    ] as const)
      expect(await desk.askAs(eve, method, path, body)).toMatchObject({ status: 403, body: { code: 'role_forbids' } })
  }
})

/** What a real service has to say itself. */
const real = {
  USHER_SERVICE: 'Orpheum',
  USHER_SERVICE_HOST: 'orpheum.example',
  USHER_CONTACT: 'orpheum.example/help',
  USHER_LINK_DOMAINS: 'orpheum.example',
  USHER_SMPP_PASSWORD: 'demo',
}
