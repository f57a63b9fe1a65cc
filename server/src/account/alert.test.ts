// Alerts by the front door: raised over HTTP, answered from a simulated handset, told to the service.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AlertView, MadeAlert } from '@usher/contract/alert'
import { firstPolicy } from '@usher/contract/policy'
import type { Feed } from '@usher/contract/webhook'
import { expect, onTestFinished, test, vi } from 'vitest'
import { aNumber, type Desk, type DeskOptions, rowsOf, testDesk } from '../desk.ts'
import { askToConfirm } from '../message/confirm.ts'
import { newId } from '../store/id.ts'
import { sql } from '../store/sql.ts'

const [main, security] = ['67743', '67744']
const another = '+447700900124'
const hourMs = 3_600_000

async function alerts(options: DeskOptions = {}, person: Parameters<Desk['subscriber']>[0] = {}) {
  const desk = await testDesk(options)
  await desk.subscriber(person)
  const number = person.number ?? aNumber
  let heard = 0
  const read = async (id: string) => (await desk.ask('GET', `/v1/alerts/${id}`)).body as AlertView
  return {
    desk,
    read,
    /** Raises one whose text comes to the phone. */
    async raise(input: object = {}, to = number) {
      const before = desk.simulator.handsets.find(to)?.texts.length ?? 0
      const about = `session-${Math.random()}`
      const { status, body } = await desk.ask('POST', '/v1/alerts', {
        ...{ subscriber: 'sub-1', event: 'sign_in', device: 'a TV', place: 'Lyon', about, ...input },
      })
      expect(status).toBe(201)
      const alert = body as MadeAlert
      await desk.texts(to, before + 1)
      await desk.reaches(alert.delivery.message!, 'delivered')
      return alert
    },
    /** Says something on the phone; answers what comes back, or null where nothing is to. */
    async says(text: string, to = security, from = number) {
      const known = new Set(desk.simulator.handsets.find(from)?.texts.map(({ n }) => n))
      await desk.reply(from, to, text)
      heard++
      const [inbound] = await desk.heard(heard)
      const [row] = await rowsOf<{ answer: object | null }>(
        desk,
        sql`select answer from inbound where id = ${inbound!.id}`,
      )
      if (row!.answer === null) return null
      return (await desk.texts(from, known.size + 1)).findLast(({ n }) => !known.has(n))!.text
    },
    states: (...list: { id: string }[]) => Promise.all(list.map(async ({ id }) => (await read(id)).state)),
    async told() {
      // The worker spreads it a moment later.
      const { items } = await vi.waitFor(async () => {
        const waiting = await rowsOf(desk, sql`select from outbox limit 1`)
        expect(waiting).toEqual([])
        return (await desk.ask('GET', '/v1/feed?types=alert.denied,alert.confirmed')).body as Feed
      }, 10_000)
      return items.map(({ type, data }) => ({ type, ...(data as { id: string }) }))
    },
    pass: (ms: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + ms)),
  }
}

test('asks by text whether it was them, in their own time, and carries no link', async () => {
  const { desk, raise } = await alerts({}, { locale: 'fr', zone: 'Europe/Paris' })

  const alert = await raise({ device: 'une TV', about: 'session-8f21' })

  expect(alert).toMatchObject({
    ...{ subscriber: 'sub-1', event: 'sign_in', device: 'une TV', place: 'Lyon', about: 'session-8f21', state: 'open' },
    ...{ by: null, answeredAt: null, expiresAt: new Date(Date.parse(alert.madeAt) + 24 * hourMs).toISOString() },
  })
  const [text] = await desk.texts(aNumber)
  expect(text).toMatchObject({
    originator: security,
    text: "Orpheum, alerte de sécurité : nouvelle connexion, une TV, Lyon, 16:00. Répondez OUI si c'était vous, NON sinon.",
  })
})

test.each([
  ['yesterday', {}, '2026-11-01T22:04:00Z', 'Nov 1, 22:04'],
  ['in August, in French', { locale: 'fr', zone: 'Europe/Paris' }, '2026-08-01T10:04:00Z', /1 ao.t.* 12:04/],
  ['where their zone is not known', { number: '+61412345678', zone: undefined }, '2026-11-02T14:04:00Z', '14:04 UTC'],
  ['where one zone is all there is', { zone: undefined }, '2026-11-02T14:04:00Z', '14:04'],
])('the time that is told: %s', async (_, person, at, words) => {
  const { desk, raise } = await alerts()
  const number = '+447700900135'
  await desk.ask('PUT', '/v1/subscribers/sub-2', { number, locale: 'en', zone: 'Europe/London', ...person })

  await raise({ subscriber: 'sub-2', at }, 'number' in person ? person.number : number)

  const texts = await desk.texts('number' in person ? person.number! : number)
  if (typeof words === 'string') expect(texts.at(-1)!.text).toContain(`Lyon, ${words}.`)
  else expect(texts.at(-1)!.text).toMatch(words)
})

test('a yes closes it, is answered, and is told', async () => {
  const { raise, says, read, told } = await alerts()
  const alert = await raise({ about: 'session-1' })

  expect(await says('Yes, that was me')).toBe('Orpheum: thank you, we noted that it was you. Nothing else to do.')

  expect(await read(alert.id)).toMatchObject({ state: 'confirmed', by: 'text', answeredAt: expect.any(String) })
  expect(await told()).toMatchObject([
    { type: 'alert.confirmed', id: alert.id, subscriber: 'sub-1', about: 'session-1', by: 'text', isLate: false },
  ])
})

test.each([
  ['NO', 'en', 'securing your account'],
  ['No!!', 'en', 'securing your account'],
  ["no, that wasn't me", 'en', 'securing your account'],
  ['NON', 'fr', 'protégeons votre compte'],
  ['Nein', 'de', 'sichern dein Konto'],
  ['no fui yo', 'es', 'protegiendo tu cuenta'],
  ['NÃO', 'pt', 'protegendo a sua conta'],
  ['nao', 'pt', 'protegendo a sua conta'],
  ['いいえ', 'ja', 'アカウントを保護しています'],
  ['لا', 'ar', 'securing your account'],
  ['нет', 'ru', 'securing your account'],
  ['아니요', 'ko', 'securing your account'],
  ['nee', 'nl', 'securing your account'],
  ['hayır', 'tr', 'securing your account'],
])('%s denies it: the service is told at once, and they hear what comes next', async (word, locale, answer) => {
  const { desk, raise, says, read, told } = await alerts({}, { locale })
  const alert = await raise({ about: 'session-1' })

  const said = await says(word)

  expect(said).toContain(answer)
  expect(said).toMatch(/https:\/\/o\.orpheum\.example\/\w{11}$/)
  expect(await read(alert.id)).toMatchObject({ state: 'denied', by: 'text' })
  expect(await told()).toMatchObject([{ type: 'alert.denied', id: alert.id, about: 'session-1' }])
  const [row] = await rowsOf<{ segments: number }>(desk, sql`select segments from message order by id desc limit 1`)
  expect(row!.segments).toBe(locale === 'ja' ? 2 : 1)
})

test('a no reaches the endpoint of the service within moments, signed and with its reference', async () => {
  const heard = await receiver()
  const { desk, raise, says } = await alerts({ env: { USHER_WEBHOOK_ALLOW: new URL(heard.url).host } })
  await desk.ask('POST', '/v1/webhooks', { url: heard.url, types: ['alert.denied'] })
  await raise({ about: 'session-1' })

  await says('NO')

  expect(JSON.parse(await heard.next)).toMatchObject({ type: 'alert.denied', data: { about: 'session-1', by: 'text' } })
})

test('no answer changes nothing: it expires, and nobody is told', async () => {
  const { raise, read, told, pass } = await alerts()
  const alert = await raise({ answerWithinHours: 2 })

  pass(2 * hourMs + 1)

  expect(await read(alert.id)).toMatchObject({ state: 'expired', by: null, answeredAt: null })
  expect(await told()).toEqual([])
})

test('a bare no denies both of two', async () => {
  const { raise, says, states, told } = await alerts()
  const [tv, web] = [await raise(), await raise({ event: 'password' })]

  await says('No')

  expect(await states(tv, web)).toEqual(['denied', 'denied'])
  expect((await told()).map(({ id }) => id).sort()).toEqual([tv.id, web.id].sort())
})

test('a bare yes with two open confirms neither: they are asked which, and say it by its number', async () => {
  const { raise, says, states, pass } = await alerts()
  const [tv, web] = [await raise(), await raise({ device: 'Chrome on Windows', at: '2026-11-02T14:58:00Z' })]

  const which = await says('YES')
  expect(await states(tv, web)).toEqual(['open', 'open'])
  expect(which).toMatch(
    /^Orpheum: more than one alert is open\. 1: a TV, Lyon, 15:0\d\. 2: Chrome on Windows, Lyon, 14:58\. Reply YES and the number of yours, NO if none is\.$/,
  )

  // One that comes in between does not move the numbers that are on the phone already.
  pass(60_000)
  const third = await raise({ device: 'a phone' })
  await says('yes 2')
  expect(await states(tv, web, third)).toEqual(['open', 'confirmed', 'open'])
  await says('1 no')
  expect(await states(tv, web, third)).toEqual(['denied', 'confirmed', 'open'])
  await says('NO 7')
  expect(await states(tv, web, third)).toEqual(['denied', 'confirmed', 'denied'])
})

test('a yes after a no does nothing, and they are told', async () => {
  const { raise, says, read, told } = await alerts()
  const alert = await raise()
  await says('NO')

  expect(await says('YES')).toContain('you replied NO before, so your account stays protected')

  expect(await read(alert.id)).toMatchObject({ state: 'denied' })
  expect(await told()).toHaveLength(1)
})

test('a no after a yes counts', async () => {
  const { raise, says, read, told } = await alerts()
  const alert = await raise()
  await says('YES')

  expect(await says('NO')).toContain('securing your account')

  expect(await read(alert.id)).toMatchObject({ state: 'denied' })
  expect((await told()).map(({ type }) => type)).toEqual(['alert.confirmed', 'alert.denied'])
})

test('the same answer again is answered again, and told once', async () => {
  const { raise, says, told, pass } = await alerts()
  await raise()
  await says('NO')
  pass(6 * 60_000) // within five minutes the same words are one delivery that is repeated

  expect(await says('NO')).toContain('securing your account')
  await says('no!')

  expect(await told()).toHaveLength(1)
})

test('too late, a yes changes nothing and a no still counts; a week later neither does', async () => {
  const { raise, says, read, told, pass } = await alerts()
  const alert = await raise()
  pass(25 * hourMs)

  expect(await says('YES')).toContain('that alert is over, and nothing was changed')
  expect(await read(alert.id)).toMatchObject({ state: 'expired' })
  expect(await says('NO')).toContain('securing your account')
  expect(await read(alert.id)).toMatchObject({ state: 'denied' })
  expect(await told()).toMatchObject([{ type: 'alert.denied', isLate: true }])

  const second = await raise()
  pass(9 * 24 * hourMs)
  expect(await says('NO')).toBeNull()
  expect(await read(second.id)).toMatchObject({ state: 'expired' })
})

test('a late no that may be about another question is not taken for one about the alert', async () => {
  const { desk, raise, says, read, pass } = await alerts()
  const alert = await raise()
  pass(25 * hourMs)
  const asked = await desk.send({ subscriber: 'sub-1', purpose: 'reply.support', text: 'Orpheum: does it play now?' })
  await desk.reaches((asked.body as { id: string }).id, 'delivered')

  await says('No', main)

  expect(await read(alert.id)).toMatchObject({ state: 'expired' })
})

test('from a number that is not theirs nothing is answered, and nothing changes', async () => {
  const { desk, raise, says, read } = await alerts()
  await desk.subscriber({ id: 'sub-2', number: another })
  const alert = await raise()

  expect(await says('YES', security, another)).toBeNull()
  expect(await says('NO', security, '+447700900999')).toBeNull()

  expect(await read(alert.id)).toMatchObject({ state: 'open' })
})

test('from the number that they have since, nothing is answered: the phone that was asked answers', async () => {
  const { desk, raise, says, read } = await alerts()
  const alert = await raise()
  await desk.subscriber({ number: another })

  expect(await says('YES', security, another)).toBeNull()
  expect(await says('NO')).toBeNull()

  expect(await read(alert.id)).toMatchObject({ state: 'open' })
})

test('of two who share a number, a no denies the alerts of both, and a yes does not guess', async () => {
  const { desk, raise, says, states } = await alerts()
  await desk.subscriber({ id: 'sub-2', number: aNumber })
  const [hers, his] = [await raise(), await raise({ subscriber: 'sub-2', device: 'a tablet' })]

  expect(await says('YES')).toMatch(/1: a TV.*2: a tablet/)
  expect(await states(hers, his)).toEqual(['open', 'open'])

  await says('NO')
  expect(await states(hers, his)).toEqual(['denied', 'denied'])
})

test('after a STOP to its sender the text is refused, and the alert still stands, on its page', async () => {
  const { desk, raise, says, states } = await alerts()
  const before = await raise()
  await says('STOP')

  const { status, body } = await desk.ask('POST', '/v1/alerts', {
    subscriber: 'sub-1',
    event: 'password',
    about: 'p-1',
  })
  const after = body as MadeAlert
  expect(status).toBe(201)
  expect(after).toMatchObject({ state: 'open', delivery: { state: 'refused', reason: 'suppression' } })
  expect(after.page).toMatch(/^https:\/\/o\.orpheum\.example\/a\/[\w-]{43}$/)

  // What was asked before it can be answered; nobody was asked by the other.
  expect(await says('NO')).toContain('securing your account')
  expect(await states(before, after)).toEqual(['denied', 'open'])
})

test('STOP stands before any question', async () => {
  const { raise, says, read } = await alerts()
  const alert = await raise()

  expect(await says('No. STOP')).toContain('have ended')

  expect(await read(alert.id)).toMatchObject({ state: 'open' })
})

test('beside the question of a double opt-in, a no is about the alert, and ends nothing', async () => {
  const { desk, raise, says, read } = await alerts()
  await optIn(desk)
  const alert = await raise()

  await says('NO', main)

  expect(await read(alert.id)).toMatchObject({ state: 'denied' })
  expect(await consents(desk)).toMatchObject({ titles: { granted: true, confirmed: false } })
})

test('a yes is about what was asked last: before the opt-in the alert, and where that is not clear they are asked', async () => {
  const { desk, raise, says, read } = await alerts()
  const alert = await raise()
  await optIn(desk)

  expect(await says('YES', main)).toContain('more than one alert is open. 1: a TV')
  expect(await read(alert.id)).toMatchObject({ state: 'open' })
  expect(await says('YES', security)).toContain('we noted that it was you')
  // Once no alert is open, the opt-in's own question is.
  expect(await says('YES', main)).toContain('title news')

  expect(await read(alert.id)).toMatchObject({ state: 'confirmed' })
  expect(await consents(desk)).toMatchObject({ titles: { granted: true, confirmed: true } })
})

test('a code on its way makes no difference to an answer', async () => {
  const { desk, raise, says, read } = await alerts()
  const alert = await raise()
  const code = await desk.ask('POST', '/v1/verifications', { subscriber: 'sub-1', purpose: 'sign_in' })
  expect(code.status).toBe(201)
  await desk.texts(aNumber, 2)

  await says('YES')

  expect(await read(alert.id)).toMatchObject({ state: 'confirmed' })
})

test('WHY and HELP are answered as ever, and answer no alert', async () => {
  const { raise, says, read } = await alerts()
  const alert = await raise()

  expect(await says('WHY')).toContain('something happened on your account')
  expect(await says('HELP')).toContain('orpheum.example/help')

  expect(await read(alert.id)).toMatchObject({ state: 'open' })
})

test('about the same it is the same alert, asked once, also by many at once', async () => {
  const { desk } = await alerts()
  const ask = () => desk.ask('POST', '/v1/alerts', { subscriber: 'sub-1', event: 'sign_in', about: 'session-1' })

  const answers = await Promise.all(Array.from({ length: 20 }, ask))

  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201])
  expect(new Set(answers.map(({ body }) => (body as MadeAlert).id)).size).toBe(1)
  expect(new Set(answers.map(({ body }) => (body as MadeAlert).page)).size).toBe(1)
  expect(await rowsOf(desk, sql`select 1 from message`)).toHaveLength(1)
})

test('a key makes it safe to repeat where it is about nothing in particular', async () => {
  const { desk } = await alerts()
  const ask = (event: string, key?: string) =>
    desk.ask('POST', '/v1/alerts', { subscriber: 'sub-1', event }, key === undefined ? {} : { 'idempotency-key': key })

  const [first, again] = [await ask('email', 'one'), await ask('email', 'one')]

  expect([first.status, again.status]).toEqual([201, 200])
  expect((again.body as MadeAlert).id).toBe((first.body as MadeAlert).id)
  expect((await ask('number', 'one')).body).toMatchObject({ code: 'idempotency_key_reused' })
  expect((await ask('email')).body).toMatchObject({ code: 'idempotency_key_missing' })
})

test.each([
  ['a link', 'TV at evil.example/login', 'Lyon', 'new sign-in, Lyon, '],
  ['a card number', 'TV 4111 1111 1111 1111', 'Lyon', 'new sign-in, Lyon, '],
  ['one that two names make together', 'TV 4111 1111', '1111 1111', 'new sign-in, 1111 1111, '],
  ['lines of its own', 'TV\n\nOrpheum: call\u202e us', 'Lyon', 'new sign-in, TV Orpheum: call us, Lyon, '],
  ['no end', 'x'.repeat(200), 'Lyon', `new sign-in, ${'x'.repeat(40)}, Lyon, `],
])('a device that names %s keeps no alert from going out', async (_, device, place, words) => {
  const { desk, raise } = await alerts()

  await raise({ device, place })

  expect((await desk.texts(aNumber))[0]!.text).toContain(words)
})

test('withdrawn, its waiting text does not go out, and an answer changes nothing', async () => {
  const { desk, raise, says, read, told } = await alerts()
  const sent = await raise()
  const withdrawn = await desk.ask('POST', `/v1/alerts/${sent.id}/withdraw`)

  expect(withdrawn.body).toMatchObject({ id: sent.id, state: 'withdrawn', answeredAt: null })
  expect(await says('NO')).toContain('that alert is over')
  expect(await read(sent.id)).toMatchObject({ state: 'withdrawn' })
  expect(await told()).toEqual([])
  expect((await desk.ask('POST', `/v1/alerts/${sent.id}/withdraw`)).body).toMatchObject({ code: 'alert_over' })
})

test('withdrawn while its text waits for the carrier, the text is cancelled', async () => {
  const { desk } = await alerts({ carriers: [{ name: 'shut', settings: { isPaused: true } }] })
  const { body } = await desk.ask('POST', '/v1/alerts', { subscriber: 'sub-1', event: 'sign_in', about: 's' })

  await desk.ask('POST', `/v1/alerts/${(body as MadeAlert).id}/withdraw`)

  expect(await desk.message((body as MadeAlert).delivery.message!)).toMatchObject({ state: 'cancelled' })
})

test('are listed newest first, page by page, by subscriber and by state', async () => {
  const { desk, raise, says, pass } = await alerts()
  await desk.subscriber({ id: 'sub-2', number: another })
  const old = await raise({ answerWithinHours: 1 })
  pass(2 * hourMs)
  const denied = await raise()
  await says('NO')
  const open = await raise()
  const other = await raise({ subscriber: 'sub-2' }, another)
  const list = async (query: string) => {
    const { items, next } = (await desk.ask('GET', `/v1/alerts?${query}`)).body as {
      items: AlertView[]
      next: string | null
    }
    return { ids: items.map(({ id }) => id), next }
  }

  expect((await list('')).ids).toEqual([other, open, denied, old].map(({ id }) => id))
  expect((await list('subscriber=sub-1&state=open')).ids).toEqual([open.id])
  expect((await list('state=expired')).ids).toEqual([old.id])
  expect((await list('state=denied')).ids).toEqual([denied.id])
  const first = await list('limit=2')
  expect(first.next).toBe(open.id)
  expect((await list(`limit=2&cursor=${first.next}`)).ids).toEqual([denied.id, old.id])
})

test('what was stored by a process that died before it sent it is sent by the next, once', async () => {
  const { desk, raise, pass } = await alerts()
  const alert = await raise()
  // As it is between the two commits.
  await rowsOf(
    desk,
    sql`update alert set message_id = null, id = ${newId(desk.clock.now())}, once = '\\x01' where id = ${alert.id}`,
  )
  pass(20_000)

  await desk.usher.alerts.sweep()
  await desk.usher.alerts.sweep()

  expect(await desk.texts(aNumber, 2)).toHaveLength(2)
  const [row] = await rowsOf<{ message_id: string | null }>(desk, sql`select message_id from alert`)
  expect(row!.message_id).not.toBeNull()
})

test('of somebody who is erased nothing is left, and no answer is taken', async () => {
  const { desk, raise, says } = await alerts()
  await raise()

  await desk.ask('DELETE', '/v1/subscribers/sub-1')

  expect(await rowsOf(desk, sql`select 1 from alert`)).toEqual([])
  expect(await says('NO')).toBeNull()
})

test('of nobody is a problem', async () => {
  const { desk } = await alerts()

  const answer = await desk.ask('POST', '/v1/alerts', { subscriber: 'nobody', event: 'sign_in', about: 's' })

  expect([answer.status, (answer.body as { code: string }).code]).toEqual([422, 'unknown_subscriber'])
})

// ---- What tests stand on -------------------------------------------------------------------------------------------

/** They agree on a page, and are asked by text. */
async function optIn(desk: Desk) {
  const titles = { granted: true, at: desk.clock.now().toISOString(), how: 'page', words: 'Text me about titles.' }
  await desk.ask('PUT', '/v1/subscribers/sub-1', {
    ...{ number: aNumber, locale: 'en', zone: 'Europe/Berlin', region: 'DE', consents: { titles } },
  })
  const before = desk.simulator.handsets.find(aNumber)?.texts.length ?? 0
  await askToConfirm({
    ...{ db: desk.usher.db, clock: desk.clock, events: desk.usher.events, accept: desk.usher.acceptor.accept },
    policy: () => ({ ...firstPolicy, confirmWithinHours: 24 }),
  })
  await desk.texts(aNumber, before + 1)
  const { items } = (await desk.ask('GET', '/v1/messages?purpose=consent.confirm')).body as { items: { id: string }[] }
  await desk.reaches(items[0]!.id, 'delivered')
}

const consents = async (desk: Desk) =>
  ((await desk.ask('GET', '/v1/subscribers/sub-1')).body as { consents: object }).consents

/** A service that hears webhooks. */
async function receiver(): Promise<{ url: string; next: Promise<string> }> {
  let hear: (body: string) => void = () => {}
  const next = new Promise<string>(resolve => {
    hear = resolve
  })
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', piece => (body += piece))
    request.on('end', () => {
      response.writeHead(204).end()
      hear(body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo // listening on TCP, it has one
  return { url: `http://127.0.0.1:${port}/`, next }
}

/** So many a day, and an alert whose text is not waited for. */
async function capped(alertsPerDay: number) {
  const made = await alerts()
  const { desk } = made
  const administrator = await desk.operator('administrator')
  await desk.askAs(administrator, 'PUT', '/v1/protection', { alertsPerDay })
  return {
    ...made,
    async over() {
      const { status, body } = await desk.ask('POST', '/v1/alerts', {
        ...{ subscriber: 'sub-1', event: 'sign_in', about: `session-${Math.random()}` },
      })
      expect(status).toBe(201)
      return body as MadeAlert
    },
  }
}

test('one too many in a day is not asked by text: the answer says so, the service is told, and the page asks it', async () => {
  const { desk, raise, over, pass } = await capped(2)
  await raise()
  await raise()

  const third = await over()

  expect(third).toMatchObject({
    state: 'open',
    delivery: { state: 'refused', reason: 'too_many_alerts', message: null },
  })
  expect(desk.simulator.handsets.find(aNumber)!.texts).toHaveLength(2)
  const told = await vi.waitFor(async () => {
    const { items } = (await desk.ask('GET', '/v1/feed?types=alert.unasked')).body as Feed
    expect(items).toHaveLength(1)
    return items[0]!.data
  }, 10_000)
  expect(told).toEqual({
    ...{ id: third.id, subscriber: 'sub-1', event: 'sign_in', about: third.about, at: third.at },
    reason: 'too_many_alerts',
  })
  const page = await fetch(`${desk.usher.url}/o${new URL(third.page!).pathname}`)
  expect(await page.text()).toContain('Was this you?')

  pass(25 * hourMs)
  expect((await over()).delivery).toMatchObject({ state: 'sending', reason: null })
})

test('of many at the same moment no more are asked than may be', async () => {
  const { over } = await capped(3)

  const made = await Promise.all(Array.from({ length: 8 }, over))

  expect(made.filter(({ delivery }) => delivery.state === 'refused')).toHaveLength(5)
})

test('a yes is about what was asked alone; a no is about those that were too many, too', async () => {
  const { raise, over, says, states } = await capped(1)
  const asked = await raise()
  const unasked = await over()

  await says('YES')
  expect(await states(asked, unasked)).toEqual(['confirmed', 'open'])
  await says('NO')

  expect(await states(asked, unasked)).toEqual(['denied', 'denied'])
})
