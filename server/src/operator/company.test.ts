// Signing in by one's company, against a small provider of our own that can be told to lie.
import { expect, test } from 'vitest'
import { cookieOf, type Desk, testDesk } from '../desk.ts'
import { clientId, companySettings, provider } from './provider.ts'

const withCompany = (issuer: string, env: Record<string, string> = {}) =>
  testDesk({ env: { ...companySettings(issuer), ...env } })

const visit = (url: string | URL, cookie = '') => fetch(url, { redirect: 'manual', headers: { cookie } })

/** From the button to where the company sends the browser back to; nothing is asked there yet. */
async function start(desk: Desk): Promise<{ back: string; cookie: string; started: Response }> {
  const started = await visit(`${desk.usher.url}/console/oidc/start`)
  const there = await visit(started.headers.get('location')!)
  return { back: there.headers.get('location')!, cookie: cookieOf(started.headers), started }
}

/** The whole way, as a browser goes it. */
async function enter(desk: Desk) {
  const { back, cookie } = await start(desk)
  const answer = await visit(back, cookie)
  return {
    answer,
    to: answer.headers.get('location'),
    cookie: answer.headers
      .getSetCookie()
      .find(set => set.startsWith('usher_session='))
      ?.split(';')[0],
  }
}

const session = (desk: Desk, cookie: string) => desk.ask('GET', '/v1/session', undefined, { cookie })

test('an operator who was invited comes in by their company, and is known by its name for them afterwards', async () => {
  const company = await provider()
  const desk = await withCompany(company.issuer)
  const eve = await desk.operator('viewer')

  const first = await enter(desk)
  company.person = { sub: 'person-1', email: 'eve-married@orpheum.example', email_verified: true }
  const second = await enter(desk)

  for (const { answer, to, cookie } of [first, second]) {
    expect(answer.status).toBe(302)
    expect(to).toBe('/console')
    expect(await session(desk, cookie!)).toMatchObject({
      ...{ status: 200, body: { operator: { id: eve.id }, ways: { oidc: true } } },
    })
  }
})

test('the sign-in page is told of it, and the way there is guarded', async () => {
  const company = await provider()
  const desk = await withCompany(company.issuer)

  const ways = await desk.ask('GET', '/v1/session/ways', undefined, { cookie: '' })
  const { started } = await start(desk)

  expect(ways.body).toEqual({
    ...{ service: 'Orpheum', isDemo: true },
    oidc: { name: 'Orpheum staff', url: '/console/oidc/start' },
  })
  const asked = new URL(started.headers.get('location')!).searchParams
  expect(Object.fromEntries(asked)).toMatchObject({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid email profile',
    code_challenge_method: 'S256',
    redirect_uri: expect.stringMatching(/^http:\/\/localhost:\d+\/console\/oidc\/callback$/),
    state: expect.stringMatching(/^\w{32,}$/),
    nonce: expect.stringMatching(/^\w{32,}$/),
  })
  expect(started.headers.getSetCookie()[0]).toMatch(
    /^usher_oidc=[\w-]+; Max-Age=300; Path=\/console\/oidc; HttpOnly; SameSite=Lax$/,
  )
})

test('who was not invited, or whose e-mail nobody verified, stays outside', async () => {
  const company = await provider()
  const desk = await withCompany(company.issuer)
  await desk.operator('viewer')

  for (const person of [
    { sub: 'person-2', email: 'stranger@orpheum.example', email_verified: true },
    { sub: 'person-1', email: 'viewer-1@orpheum.example', email_verified: false },
    { sub: 'person-1', email: 'viewer-1@orpheum.example' },
    { sub: 'person-1' },
  ]) {
    company.person = person
    const { to, cookie } = await enter(desk)
    expect(to).toBe('/console#refused=oidc')
    expect(cookie).toBeUndefined()
  }
})

test('an operator who is known by one name of the company is not taken over by another with their e-mail', async () => {
  const company = await provider()
  const desk = await withCompany(company.issuer)
  await desk.operator('viewer')
  await enter(desk)

  company.person = { sub: 'person-2', email: 'viewer-1@orpheum.example', email_verified: true }

  expect((await enter(desk)).to).toBe('/console#refused=oidc')
})

test('an operator who was made inactive stays outside, whatever the company says', async () => {
  const company = await provider()
  const desk = await withCompany(company.issuer)
  const eve = await desk.operator('viewer')
  await enter(desk)
  const ada = await desk.operator('administrator')

  await desk.askAs(ada, 'PUT', `/v1/operators/${eve.id}`, { isActive: false })

  expect((await enter(desk)).to).toBe('/console#refused=oidc')
})

test('an ID token that is not ours, not now or not theirs is refused', async () => {
  const company = await provider()
  const desk = await withCompany(company.issuer)
  await desk.operator('viewer')
  const now = Math.floor(Date.now() / 1000)

  for (const lies of [
    { nonce: 'another' },
    { aud: 'another-client' },
    { iss: 'https://another.example' },
    { exp: now - 600, iat: now - 900 },
  ]) {
    company.lies = lies
    expect((await enter(desk)).to, JSON.stringify(lies)).toBe('/console#refused=oidc')
  }
  company.lies = {}
  const { to } = await enter(desk)
  expect(to).toBe('/console')
})

test("the company's answer counts once, in the browser that began, with the state it was given", async () => {
  const company = await provider()
  const desk = await withCompany(company.issuer)
  await desk.operator('viewer')

  const one = await start(desk)
  expect((await visit(one.back)).headers.get('location')).toBe('/console#refused=oidc') // another's browser
  const two = await start(desk)
  expect((await visit(one.back, two.cookie)).headers.get('location')).toBe('/console#refused=oidc')
  const wrong = new URL(two.back)
  wrong.searchParams.set('state', 'another')
  expect((await visit(wrong, two.cookie)).headers.get('location')).toBe('/console#refused=oidc')
  expect(company.tokensAsked).toBe(0)

  expect((await visit(one.back, one.cookie)).headers.get('location')).toBe('/console')
  expect((await visit(one.back, one.cookie)).headers.get('location')).toBe('/console#refused=oidc')

  const late = await start(desk)
  desk.passWall(6)
  expect((await visit(late.back, late.cookie)).headers.get('location')).toBe('/console#refused=oidc')
})

test('a company that says the e-mail at its other door, and takes the secret in the form, is understood', async () => {
  const company = await provider()
  company.isTaciturn = true
  company.authentication = 'client_secret_post'
  const desk = await withCompany(company.issuer)
  await desk.operator('viewer')

  expect((await enter(desk)).to).toBe('/console')
})

test('while the company is away the console says so, and asks again later', async () => {
  const company = await provider()
  const lines: string[] = []
  const port = new URL(company.issuer).port
  const desk = await testDesk({
    log: line => lines.push(line),
    env: { USHER_OIDC_ISSUER: `http://127.0.0.1:${port}/nothing-here`, USHER_OIDC_CLIENT_ID: clientId },
  })

  const answer = await visit(`${desk.usher.url}/console/oidc/start`)

  expect(answer.headers.get('location')).toBe('/console#refused=oidc')
  expect(lines.join()).toContain('signing in by the company')
})

test('where no company is set there is no such way', async () => {
  const desk = await testDesk()

  const ways = await desk.ask('GET', '/v1/session/ways', undefined, { cookie: '' })
  const answer = await visit(`${desk.usher.url}/console/oidc/start`)

  expect(ways.body).toMatchObject({ oidc: null })
  expect(answer.status).toBe(404)
})
