import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { CloudEvent, eventTypes, isEventType } from '@usher/contract/event'
import { contextParameter } from '@usher/contract/link'
import { SignJWT } from 'jose'
import { expect, test, vi } from 'vitest'
import { titles } from './catalogue.ts'
import {
  browser,
  call,
  type FakeUsher,
  fakeUsher,
  folder,
  linkIssuer,
  newSecret,
  origin,
  orpheum,
  privateKey,
} from './desk.ts'
import { subscribers } from './subscribers.ts'
import { wanted } from './webhooks.ts'

/** Signs a context as Usher does. */
const context = (claims: Record<string, unknown> = {}, at = new Date(), key = privateKey) =>
  new SignJWT({
    ...{ purpose: 'account.payment', link: randomUUID(), message: null, jti: randomUUID(), sub: 'orph-0001' },
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'usher-link+jwt' })
    .setIssuer(linkIssuer)
    .setAudience(origin)
    .setIssuedAt(Math.floor(at.getTime() / 1_000))
    .setExpirationTime(Math.floor(at.getTime() / 1_000) + 600)
    .sign(key)

const delivered = (id: string) => ({
  id,
  type: 'message.delivered',
  data: { id: randomUUID(), subscriber: 'orph-0001', purpose: 'account.payment', state: 'delivered', segments: 1 },
})

// ---- What happens at Orpheum is told Usher ----------------------------------------------------------------------------

test('who signs in and watches an episode is told Usher, and the page shows what Usher said', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))

  await web.open('/the-phantom-empire')
  await web.press('Sign in', { viewer: 'orph-0003' })
  await web.press('Watch this episode', { episode: '3' })

  expect(web.text()).toContain('Priya Raman')
  expect(web.text()).toContain('Told Usher com.usher.view.started : taken')
  expect(usher.events.map(({ type, subject }) => [type, subject])).toEqual([
    ['com.usher.sign_in.succeeded', 'orph-0003'],
    ['com.usher.view.started', 'orph-0003'],
  ])
  expect(usher.events[1]!.data).toMatchObject({ title: 'the-phantom-empire', episode: 'the-phantom-empire-3' })
  expect(web.html).toContain('<option value="3" selected="">')
})

test('each button tells Usher an event of a type it knows, with the data that the type asks for, and an id of its own', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))

  await web.open('/account')
  await web.press('Sign in with a wrong password', { viewer: 'orph-0037' })
  await web.press('Sign in', { viewer: 'orph-0037' })
  for (const words of ['Sign in on a TV', 'Fail to sign in']) await web.press(words)
  await web.open('/his-girl-friday')
  for (const words of ['Watch', 'Come to the end', 'Download', 'Remove the download']) await web.press(words)
  await web.open('/account/payment')
  // A payment renews the subscription, too.
  for (const words of ['Pay', 'The card is declined', 'Give the money back']) await web.press(words)
  await web.press('with it', { card: 'works' })
  await web.open('/account/plan')
  await web.press('Change to Basic')
  await web.open('/account')
  for (const words of ['Pause for 30 days', 'Take it up again', 'Cancel the subscription', 'Take it up again'])
    await web.press(words)

  expect(usher.events).toHaveLength(20)
  expect(new Set(usher.events.map(({ id }) => id)).size).toBe(20)
  for (const event of usher.events) {
    const { type, subject, data } = CloudEvent.parse(event)
    expect(subject).toBe('orph-0037')
    expect(isEventType(type) && eventTypes[type].data.safeParse(data).error, type).toBeUndefined()
  }
  // Yen have no smaller unit.
  expect(usher.events[8]!.data).toMatchObject({ amount: 1_490, currency: 'JPY' })
  expect(usher.events.slice(8).map(({ type }) => String(type).replace('com.usher.', ''))).toEqual([
    ...['payment.succeeded', 'subscription.renewed', 'payment.failed', 'payment.refunded'],
    ...['card.changed', 'payment.succeeded', 'subscription.renewed', 'subscription.changed'],
    ...['subscription.paused', 'subscription.restored', 'subscription.cancelled', 'subscription.restored'],
  ])
  expect(web.text()).toContain('Basic, ¥790 a month')
})

test('the button that breaks it sends an amount that is a word, and the page says what Usher found wrong', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  await web.open('/account/payment')
  await web.press('Sign in', { viewer: 'orph-0001' })

  usher.wrong = [{ at: 'data.amount', detail: 'Invalid input: expected int, received string' }]
  await web.press('Send a broken event')

  const { type, data } = CloudEvent.parse(usher.events.at(-1))
  expect(isEventType(type) && eventTypes[type].data.safeParse(data).success).toBe(false)
  expect(web.text()).toContain('bad . It waits on the list of bad events')
  expect(web.text()).toContain('data.amount Invalid input: expected int')
})

test('when Usher is away the page says so, and Orpheum goes on', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  await web.open('/account')
  await web.press('Sign in', { viewer: 'orph-0001' })

  usher.isAway = true
  await web.press('Sign in on a TV')

  expect(web.text()).toContain('no answer . fetch failed')
})

test('by itself it tells a few things while the background of the demo is on, and nothing while it is off', async () => {
  const usher = fakeUsher()
  const { background } = await orpheum(usher)

  await background.next()
  usher.life = { isOn: false }
  await background.next()
  expect(usher.events).toEqual([])

  usher.life = { isOn: true }
  for (let i = 0; i < 200; i++) await background.next()
  // Now and then nobody owes anything that could be paid; and to pay is told by two or three.
  expect(usher.events.length).toBeGreaterThan(180)
  for (const event of usher.events) {
    const { type, data } = CloudEvent.parse(event)
    expect(isEventType(type) && eventTypes[type].data.safeParse(data).error, type).toBeUndefined()
  }
  expect(new Set(usher.events.map(({ type }) => type)).size).toBeGreaterThan(3)
})

// ---- The books ------------------------------------------------------------------------------------------------------------

/** What it told of one of them since. */
const toldOf = (usher: FakeUsher, id: string) =>
  usher.events.filter(({ subject }) => subject === id).map(({ type }) => String(type).replace('com.usher.', ''))

test('at its start it tells how each subscription stands, and at the next the same again under the same ids', async () => {
  const usher = fakeUsher()
  const kept = folder()
  const told = async () => {
    const before = usher.events.length
    const one = await orpheum(usher, { hasBilling: true, folder: kept })
    await vi.waitFor(() => expect(usher.events.length).toBeGreaterThanOrEqual(before + subscribers.length))
    await one.stop()
    return usher.events.slice(before).map(({ id }) => id)
  }

  const first = await told()
  const second = await told()

  expect(new Set(first).size).toBe(subscribers.length)
  expect(second).toEqual(first)
  expect(usher.events[0]).toMatchObject({
    type: 'com.usher.subscription.known',
    subject: 'orph-0001',
    time: expect.stringMatching(/^2026-11-02T15:00/),
    data: {
      plan: 'premium',
      price: { amount: 11_990, currency: 'USD' },
      every: 'year',
      renewsAt: '2026-11-10T17:00:00.000Z',
    },
  })
})

test('skipping ahead goes through all that is due in between, in steps of six hours at most', async () => {
  const usher = fakeUsher()
  const moves: string[] = []
  const web = browser(
    await orpheum({
      ...usher,
      async fetch(input, init) {
        if (String(input).endsWith('/demo/clock')) moves.push(JSON.parse(String(init!.body)).to)
        return usher.fetch(input, init)
      },
    }),
  )

  await web.open('/desk/clock')
  await web.press('A month')
  await vi.waitFor(async () => expect((await web.open('/desk/clock')).html).toContain('You are there.'))

  const steps = ['2026-11-02T15:00:00.000Z', ...moves].map(time => Date.parse(time))
  for (const [i, at] of steps.entries()) if (i > 0) expect(at - steps[i - 1]!).toBeLessThanOrEqual(6 * 3_600_000)
  expect(usher.now.slice(0, 16)).toBe('2026-12-02T15:00')
  expect(toldOf(usher, 'orph-0001')).toEqual([
    ...['payment.failed', 'payment.failed', 'payment.failed'],
    ...['payment.succeeded', 'subscription.renewed'],
  ])
  expect(web.text()).toContain('payment.succeeded')
})

test('the next thing that happens to somebody is a text that Usher has planned, or what is in the books', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  const goTo = async () => {
    const before = usher.now
    await web.press('Go there', { viewer: 'orph-0001' })
    await vi.waitFor(async () => expect((await web.open('/desk/clock')).html).toContain('You are there.'))
    expect(usher.now > before).toBe(true)
  }
  await web.open('/desk/clock')

  usher.ahead = [
    { at: '2026-11-02T16:00:00.000Z', isOn: false },
    { at: '2026-11-03T15:00:00.000Z', isOn: true },
  ]
  await goTo()
  expect(usher.now).toBe('2026-11-03T15:00:00.000Z')
  expect(toldOf(usher, 'orph-0001')).toEqual([])
  await goTo()

  expect(usher.now).toBe('2026-11-10T17:00:00.000Z')
  expect(toldOf(usher, 'orph-0001')).toEqual(['payment.failed'])
})

test('the way can be stopped, and ends with a word where Usher is away', async () => {
  const usher = fakeUsher()
  let settle = () => {}
  const settled = () =>
    new Promise<void>(resolve => {
      settle = resolve
    })
  const web = browser(await orpheum(usher, { settled }))

  await web.open('/desk/clock')
  await web.press('A week')
  await vi.waitFor(async () => expect((await web.open('/desk/clock')).html).toContain('Stop here'))
  expect(web.html).toContain('http-equiv="refresh"')
  await web.press('Stop here')
  await vi.waitFor(async () => {
    settle()
    expect((await web.open('/desk/clock')).html).toContain('Stopped on the way')
  })
  expect(usher.now < '2026-11-04').toBe(true)

  usher.isAway = true
  await web.press('A day')
  await vi.waitFor(async () => expect((await web.open('/desk/clock')).html).toContain('The way ended'), 20_000)
})

test('who came by a text about a payment pays it with another card without signing in, and sees no more of the account', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)
  started.books.fail('orph-0001', new Date(usher.now))
  const web = browser(started)

  await web.open(`/account/payment?${contextParameter}=${await context()}`)
  expect(web.text()).toContain('Your payment of $119.90 on Nov 2, 2026 did not go through: the card was declined.')
  expect(web.text()).not.toContain('Maya Okafor, orph-0001')
  await web.press('Pay $119.90 with it', { card: 'declined' })
  expect(web.text()).toContain('did not go through')
  await web.press('Pay $119.90 with it', { card: 'works' })

  expect(web.text()).toContain('Paid. Thank you.')
  expect(toldOf(usher, 'orph-0001')).toEqual([
    ...['card.changed', 'payment.failed'],
    ...['card.changed', 'payment.succeeded', 'subscription.renewed'],
  ])
  await web.post('/do/cancel', {})
  expect(toldOf(usher, 'orph-0001')).toHaveLength(5)
})

test('nobody pays for somebody else whom they only name', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)
  started.books.fail('orph-0001', new Date(usher.now))
  const web = browser(started)

  await web.open('/account/payment')
  await web.post('/do/use-card', { card: 'works', viewer: 'orph-0001', back: '/account/payment' })

  expect(usher.events).toEqual([])
  expect(web.text()).not.toContain('did not go through')
})

test('what happened while Usher was away is told when it is back, in its order', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  await web.open('/account/payment')
  await web.press('Sign in', { viewer: 'orph-0001' })

  usher.isAway = true
  await web.press('The card is declined')
  expect(web.text()).toContain('no answer')
  usher.isAway = false
  await web.press('Pay it')

  expect(toldOf(usher, 'orph-0001').slice(1)).toEqual(['payment.failed', 'payment.succeeded', 'subscription.renewed'])
})

// ---- Who came by a text -----------------------------------------------------------------------------------------------

test('who came by a text is told which, is not signed in by it, and its proof is not left in the address', async () => {
  const web = browser(await orpheum(fakeUsher()))

  await web.open(`/account/payment?from=sms&${contextParameter}=${await context()}`)

  expect(web.address).toBe('/account/payment?from=sms')
  expect(web.text()).toContain('You came from a text about your payment to orph-0001. That does not sign you in.')
  expect(web.text()).toContain('Who is watching?')
  expect(web.html).toMatch(/<option value="orph-0001" selected=""/)
})

test('it is said on the page that the text led to, and on no other', async () => {
  const web = browser(await orpheum(fakeUsher()))
  await web.open(`/account/payment?${contextParameter}=${await context()}`)

  await web.open('/account')

  expect(web.text()).not.toContain('You came from')
})

test('a context that is forged, or too old, or for another site is told as what it is', async () => {
  const web = browser(await orpheum(fakeUsher()))
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const hour = 3_600_000

  await web.open(`/account?${contextParameter}=${await context({}, new Date(), stranger)}`)
  expect(web.text()).toContain('Usher did not sign it')
  await web.open(`/account?${contextParameter}=${await context({}, new Date(Date.now() - hour))}`)
  expect(web.text()).toContain('proof is too old')
  await web.open(`/account?${contextParameter}=${'x'.repeat(200)}`)
  expect(web.text()).toContain('Usher did not sign it')

  expect(web.address).toBe('/account')
})

test('while the keys can not be had, it knows nothing and says so', async () => {
  const usher = fakeUsher()
  usher.hasKeys = false
  const web = browser(await orpheum(usher))

  await web.open(`/account?${contextParameter}=${await context()}`)

  expect(web.text()).toContain('could not ask Usher for its keys')
})

test('an address with a context can not lead to another host', async () => {
  const { url } = await orpheum(fakeUsher())

  const answer = await fetch(`${url}//evil.example/?${contextParameter}=${await context()}`, { redirect: 'manual' })

  expect(answer.headers.get('location')).toBe('/evil.example/')
})

test('the pages that texts lead to are there, and anything else is a page that says so', async () => {
  const web = browser(await orpheum(fakeUsher()))

  for (const path of ['/', '/account', '/account/payment', '/account/plan', '/help', '/help/subtitles', '/desk'])
    expect((await web.open(path)).status, path).toBe(200)
  for (const { id, name } of titles) {
    expect((await web.open(`/${id}`)).status, id).toBe(200)
    expect(web.html).toContain(`<h1>${name.replaceAll('&', '&amp;').replaceAll("'", '&#39;')}</h1>`)
  }
  expect((await web.open('/7Kq2xZ')).status).toBe(404)
  expect(web.text()).toContain('Nothing is shown here')
})

test('buttons work on its own pages only, and lead back to those', async () => {
  const usher = fakeUsher()
  const { url } = await orpheum(usher)
  const form = { method: 'POST', body: new URLSearchParams({ viewer: 'orph-0001', back: '//evil.example' }) }

  const foreign = await fetch(`${url}/sign-in`, { ...form, headers: { origin: 'https://evil.example' } })
  const own = await fetch(`${url}/sign-in`, { ...form, headers: { origin: url }, redirect: 'manual' })

  expect(foreign.status).toBe(403)
  expect(own.headers.get('location')).toMatch(/^\/\?told=/)
  expect(usher.events).toHaveLength(1)
})

test('asked by a foreign name, as a page elsewhere could have it, it answers nothing', async () => {
  const { url } = await orpheum(fakeUsher())

  const status = await new Promise(resolve =>
    request(url, { headers: { host: 'evil.example' } }, answer => resolve(answer.resume().statusCode)).end(),
  )

  expect(status).toBe(421)
})

test('it uses the public API and SDK alone', () => {
  const src = new URL('.', import.meta.url)
  const imported = readdirSync(src)
    .filter(name => !name.includes('.test.') && name !== 'desk.ts')
    .flatMap(name => [...readFileSync(new URL(name, src), 'utf8').matchAll(/\bfrom '([^']+)'/g)])
    .map(([, from]) => from!)

  expect(imported.length).toBeGreaterThan(20)
  for (const from of imported) expect(from).toMatch(/^(\.\/|node:|hono(\/|$)|@hono\/|@usher\/contract\/)/)
})

// ---- What Usher tells Orpheum -----------------------------------------------------------------------------------------

test('it makes one endpoint for itself, and the next start finds it', async () => {
  const usher = fakeUsher()
  const kept = folder()
  const first = await orpheum(usher, { folder: kept })
  const { url } = first
  const { secret } = usher.endpoints[0]!
  await first.stop()

  const second = await orpheum(usher, { folder: kept, port: Number(new URL(url).port) })

  expect(usher.endpoints.map(({ url, types, state }) => ({ url, types, state }))).toEqual([
    { url: `${url}/webhooks`, types: wanted, state: 'active' },
  ])
  expect(wanted).not.toContain('message.accepted')
  expect((await call(second, secret, delivered('msg_1'))).status).toBe(204)
  expect(statSync(join(kept, 'webhook.json')).mode & 0o077).toBe(0)
})

test('a secret that is lost is replaced; there is no second endpoint', async () => {
  const usher = fakeUsher()
  const kept = folder()
  const first = await orpheum(usher, { folder: kept })
  const { secret } = usher.endpoints[0]!
  await first.stop()
  rmSync(join(kept, 'webhook.json'))

  const second = await orpheum(usher, { folder: kept, port: Number(new URL(first.url).port) })

  expect(usher.endpoints).toHaveLength(1)
  expect(usher.endpoints[0]!.secret).not.toBe(secret)
  expect(readFileSync(join(kept, 'webhook.json'), 'utf8')).toContain(usher.endpoints[0]!.secret)
  expect((await call(second, usher.endpoints[0]!.secret, delivered('msg_1'))).status).toBe(204)
})

test('on another port it moves its endpoint; one that was gone is active again, one that somebody paused is not', async () => {
  const usher = fakeUsher()
  const kept = folder()
  await (await orpheum(usher, { folder: kept })).stop()

  usher.endpoints[0]!.state = 'gone'
  const second = await orpheum(usher, { folder: kept })
  expect(usher.endpoints).toMatchObject([{ url: `${second.url}/webhooks`, state: 'active' }])
  await second.stop()

  usher.endpoints[0]!.state = 'paused'
  const third = await orpheum(usher, { folder: kept })
  expect(usher.endpoints).toMatchObject([{ url: `${third.url}/webhooks`, state: 'paused' }])
})

test('the back office shows what Orpheum was told; the same id twice is taken once, and what Usher did not sign is not read', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)
  const { secret } = usher.endpoints[0]!
  const web = browser(started)

  await call(started, secret, delivered('msg_1'))
  await call(started, secret, delivered('msg_1'))
  const forged = await call(started, newSecret(), delivered('msg_2'))
  await web.open('/desk')

  expect(forged.status).toBe(400)
  expect(started.receiver.calls().map(({ id, fate }) => [id, fate])).toEqual([
    ['msg_2', 'forged'],
    ['msg_1', 'repeated'],
    ['msg_1', 'taken'],
  ])
  expect(web.text()).toContain('400, not signed by Usher')
  expect(web.text()).toContain('204, told before, so not taken again')
  expect(web.html).toContain('http-equiv="refresh"')
})

test('its receiver can be told to behave badly, and well again', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher, { slowMs: 5 })
  const { secret } = usher.endpoints[0]!
  const web = browser(started)
  const answered: Record<string, number> = {}

  for (const behaviour of ['500', '410', '429', 'Slow', 'Well']) {
    await web.open('/desk')
    await web.press(behaviour)
    const answer = await call(started, secret, delivered('msg_1'))
    answered[behaviour] = answer.status
    if (behaviour === '429') expect(answer.headers.get('retry-after')).toBe('30')
  }

  expect(answered).toEqual({ 500: 500, 410: 410, 429: 429, Slow: 204, Well: 204 })
  expect(started.receiver.calls().map(({ fate }) => fate)).toEqual([
    'repeated',
    'taken',
    'turned_away',
    'turned_away',
    'turned_away',
  ])
})

test('after a 410 the back office says that Usher calls no more, and can ask it to', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  usher.endpoints[0]!.state = 'gone'

  await web.open('/desk')
  expect(web.text()).toContain('calls no more')
  await web.press('Ask Usher to call again')

  expect(usher.endpoints[0]!.state).toBe('active')
})

test('it starts though Usher is away, and its back office says so', async () => {
  const usher = fakeUsher()
  usher.isAway = true
  const web = browser(await orpheum(usher))

  await web.open('/desk')

  expect(web.text()).toContain('Usher does not call, or can not be asked whether it does: fetch failed')
})
