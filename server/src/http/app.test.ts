// The API as its callers meet it: each endpoint by its contract, each problem by its catalogue, and nothing told twice.

import { isScope, personal, scopes } from '@usher/contract/access'
import type { MadeAlert } from '@usher/contract/alert'
import type { Line } from '@usher/contract/carrier'
import { type Endpoint, type EndpointName, endpoints } from '@usher/contract/endpoints'
import { examples } from '@usher/contract/examples'
import type { EventVerdicts } from '@usher/contract/event'
import type { JourneyDetail } from '@usher/contract/journey'
import type { MadeLink } from '@usher/contract/link'
import type { Import } from '@usher/contract/live'
import type { Acceptance, BatchVerdict, Message } from '@usher/contract/message'
import type { NumberChange } from '@usher/contract/number'
import type { Invitation } from '@usher/contract/operator'
import { Problem } from '@usher/contract/problem'
import type { ResetLink } from '@usher/contract/reset-link'
import type { ImportReport } from '@usher/contract/subscriber'
import type { Verification } from '@usher/contract/verification'
import type { Delivery, WebhookSecret } from '@usher/contract/webhook'
import { describe, expect, test } from 'vitest'
import { aNumber, type Desk, rowsOf, testDesk } from '../desk.ts'
import { newId } from '../store/id.ts'
import { sql, verbatim } from '../store/sql.ts'
import { createKey, revokeKey } from './auth.ts'
import { limits, lines, readText } from './lines.ts'
import { type ProblemName, problems } from './problem.ts'

const json = { 'content-type': 'application/json' }
const ndjson = { 'content-type': 'application/x-ndjson' }
const aCode = {
  subscriber: 'sub-1',
  purpose: 'code.sign_in',
  template: 'code.sign_in',
  data: { code: '482913', minutes: 10 },
}
const toAccount = { destination: 'https://orpheum.example/account', purpose: 'account.payment' }
const anOffer = { subscriber: 'sub-1', purpose: 'offer', text: 'Half price. Reply STOP to end' }
/** What a real service has to say itself. */
const outsideTheDemo = {
  USHER_SERVICE: 'Orpheum',
  USHER_SERVICE_HOST: 'orpheum.example',
  USHER_CONTACT: 'orpheum.example/help',
  USHER_LINK_DOMAINS: 'orpheum.example',
  USHER_SMPP_PASSWORD: 'demo',
}
const linesOf = <T>(text: string): T[] => text.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]))
const asLines = (list: readonly object[]) => list.map(line => `${JSON.stringify(line)}\n`).join('')

type Answer = Awaited<ReturnType<Desk['ask']>>

/** Presses the button of a reset's page, where the demo has it; answers the proof that the service's page is called with. */
async function usedLink(desk: Desk, url: string): Promise<string> {
  const page = `${desk.usher.url}/o${new URL(url).pathname}`
  const [, csrf] = /name="csrf" value="([^"]+)"/.exec(await (await fetch(page)).text())!
  const body = new URLSearchParams({ csrf: csrf!, end: 'all' })
  const answer = await fetch(page, { method: 'POST', body, redirect: 'manual' })
  return new URL(answer.headers.get('location')!).searchParams.get('reset')!
}

/** A problem as the catalogue has it: status, code, media type, and a link that leads to its explanation. */
async function expectProblem(desk: Desk, answer: Answer, name: ProblemName): Promise<Problem> {
  const { status, code, title } = problems[name]
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
  const problem = Problem.parse(answer.body)
  expect(problem).toMatchObject({ status, code, title, type: `/docs/problems#${code}` })
  const page = await desk.ask('GET', problem.type.split('#')[0]!)
  expect(page.body as string).toContain(`id="${code}"`)
  return problem
}

describe('an endpoint', () => {
  test('answers what its contract says', async () => {
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    const seen = new Set<EndpointName>()
    /** A key asks what keys may ask; an administrator asks what only people may. */
    const ask = ({ scope }: Endpoint, ...asked: Parameters<Desk['ask']>) =>
      scope === null || isScope(scope) ? desk.ask(...asked) : desk.askAs(administrator, ...asked)
    const call = async (name: EndpointName, params: Record<string, string> = {}, body?: unknown, headers = {}) => {
      const endpoint: Endpoint = endpoints[name]
      const path = endpoint.path.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(params[key]!))
      const query = new URLSearchParams(Object.entries(params).filter(([key]) => !endpoint.path.includes(`{${key}}`)))
      const answer = await ask(
        endpoint,
        endpoint.method.toUpperCase(),
        `${path}${query.size > 0 ? `?${query}` : ''}`,
        body,
        headers,
      )
      const said = endpoint.answers[answer.status]
      expect(said, `${name} answered ${answer.status}: ${JSON.stringify(answer.body)}`).toBeDefined()
      expect(answer.headers.get('content-type')?.split(';')[0] ?? null, name).toBe(
        said!.schema ? (said!.type ?? 'application/json') : null,
      )
      if (said!.type === 'application/x-ndjson') for (const line of linesOf(answer.body)) said!.schema!.parse(line)
      else said!.schema?.parse(answer.body)
      seen.add(name)
      return answer
    }

    const yes = { granted: true, at: '2026-05-03T10:00:00.000Z', how: 'page', words: 'Yes, text me.' }
    const person = {
      number: aNumber,
      locale: 'en-GB',
      zone: 'Europe/London',
      region: 'GB',
      profile: { plan: 'premium' },
      consents: { titles: yes, offers: yes },
    }
    expect((await call('putSubscriber', { id: 'sub-1' }, person)).status).toBe(201)
    expect((await call('putSubscriber', { id: 'sub-1' }, person)).status).toBe(200)
    const got = await call('getSubscriber', { id: 'sub-1' })
    expect(got.body).toMatchObject({ ...person, id: 'sub-1', number: '+44••••••••23', country: 'GB' })
    const sent: Acceptance = (await call('sendMessage', {}, aCode, { 'idempotency-key': 'one' })).body
    expect(
      (await call('sendMessage', {}, { ...anOffer, expiresAt: '2020-01-01T00:00:00Z' }, { 'idempotency-key': 'two' }))
        .status,
    ).toBe(200)
    await call('sendBatch', {}, asLines([anOffer, { ...anOffer, purpose: 'none' }]), ndjson)
    await call('previewMessage', {}, { template: 'code.sign_in', data: aCode.data })
    await desk.reaches(sent.id, 'delivered')
    await call('listMessages', { limit: '2' })
    await call('getMessage', { id: sent.id })
    await call('explainMessage', { id: sent.id })
    await desk.reply(aNumber, '67743', 'HELP')
    await call('listInbound')
    await call('importSubscribers', {}, asLines([{ id: 'sub-2', number: '+447700900124' }, { id: '' }]), ndjson)
    await call('putTemplate', { name: 'greeting' }, { purpose: 'account.welcome', texts: { en: 'Hello' } })
    await call('getTemplate', { name: 'greeting' })
    await call('getTemplate', { name: 'greeting', version: '1' })
    await call('listTemplates')
    await call(
      'previewTemplate',
      { name: 'greeting' },
      { purpose: 'account.welcome', texts: { en: 'Hi', fr: '{% if' } },
    )
    await call('templateUse', { name: 'code.sign_in' })
    const later = { ...anOffer, notBefore: new Date(desk.clock.now().getTime() + 3_600_000).toISOString() }
    const waiting: Acceptance = (await call('sendMessage', {}, later, { 'idempotency-key': 'three' })).body
    await call('cancelMessage', { id: waiting.id })
    await call('findSubscribers', { number: aNumber })
    await call('exportSubscriber', { id: 'sub-1', reason: 'She asked for her data.' })
    await call('listConsents', { id: 'sub-1' })
    await call('previewDecision', {}, { subscriber: 'sub-1', purpose: 'offer' })
    await call('getPolicy', {})
    await call('putPolicy', {}, { releaseMinutes: 45 })
    await call('previewPolicy', {}, { releaseMinutes: 45 })
    await call('blockNumber', {}, { number: '+447700900124', scope: 'all', note: 'The court says so.' })
    const { items: blocked } = (await call('listSuppressions', { limit: '1' })).body as { items: { id: string }[] }
    await call('importSuppressions', {}, asLines([{ number: '+447700900126' }, { number: 'x' }]), ndjson)
    await call('liftSuppression', { id: blocked[0]!.id }, { why: 'The court says so.' })
    await call('listRegions')
    await call('listKeywords')
    await call('tryKeywords', {}, { text: 'No more texts please' })
    await call('getNumber', { id: 'sub-1' })
    const signIn = { subscriber: 'sub-1', ip: '203.0.113.9', userAgent: '', outcome: 'succeeded' }
    const signedIn = (await call('tellSignIn', {}, signIn)).body as { id: string }
    await call('listSignIns', { subscriber: 'sub-1' })
    await call('settleSignIn', { id: signedIn.id }, { isTheirs: true })
    await call('getSignInRules')
    await call('putSignInRules', {}, { challengeAt: 1 })
    await call('previewSignInRules', {}, { challengeAt: 1, denyAt: 6 })
    await call('listPlaceSources')
    await call('listJourneys')
    const journey: JourneyDetail = (await call('getJourney', { name: 'refund' })).body
    const { journey: refund } = journey.versions[0]!
    await call('putJourney', { name: 'refund' }, { journey: { ...refund, isOn: false }, version: 0 })
    await call('dryRunJourney', { name: 'refund' }, { journey: refund, days: 2 })
    await call('getJourneyFunnel', { name: 'refund', days: '7' })
    await call('resetJourney', { name: 'refund', version: '1' })
    await call('getSchedule', { id: 'sub-1' })
    const changing: NumberChange = (await call('changeNumber', { id: 'sub-1' }, { stepUp: 'passkey' })).body
    const codeOf = () =>
      desk.simulator.handsets
        .find(aNumber)
        ?.texts.flatMap(({ text }) => /(\d{6}) is your code to confirm/.exec(text)?.[1] ?? [])
    for (let texts = 1; !codeOf()?.[0]; texts++) await desk.texts(aNumber, texts)
    await call('checkNumber', { id: changing.id }, { code: codeOf()![0]! })
    const asked: Verification = (await call('startVerification', {}, { subscriber: 'sub-1', purpose: 'reset' })).body
    await call('getVerification', { id: asked.id, wait: '0' })
    await call('checkVerification', { id: asked.id }, { code: '1' })
    await call('resendVerification', { id: asked.id }, {})
    await call('cancelVerification', { id: asked.id })
    const resetting: ResetLink = (await call('makeResetLink', {}, { subscriber: 'sub-1' })).body
    const proof = await usedLink(desk, resetting.url)
    await call('redeemResetLink', {}, { proof })
    await call('makeRecoveryCodes', { id: 'sub-1' }, { stepUp: 'passkey' })
    await call('clearWrongCodes', { id: 'sub-1' }, { stepUp: 'passkey' })
    await call('countRecoveryCodes', { id: 'sub-1' })
    const alert: MadeAlert = (await call('raiseAlert', {}, { subscriber: 'sub-1', event: 'email', about: 'x' })).body
    expect((await call('raiseAlert', {}, { subscriber: 'sub-1', event: 'email', about: 'x' })).status).toBe(200)
    await call('listAlerts', { subscriber: 'sub-1', state: 'open' })
    await call('getAlert', { id: alert.id })
    await call('withdrawAlert', { id: alert.id })
    await call('accountHistory', { id: 'sub-1', limit: '200' })
    await call('getProtection', {})
    await call('putProtection', {}, { digits: 7 })
    const since = desk.clock.now()
    await desk.usher.db.rows(sql`
      insert into verification_block (id, kind, key, country, effect, reason, facts, since, until)
      values (${newId(since)}, 'country', 'LV', 'LV', 'blocked', 'conversion', '{"sent": 480}', ${since}, ${new Date(since.getTime() + 60_000)})`)
    const { items: codeBlocks } = (await call('listCodeBlocks', {})).body as { items: { id: string }[] }
    await call('liftCodeBlock', { id: codeBlocks[0]!.id }, { hours: 2, reason: 'A premiere.' })
    await call('codeUse', { hours: '24' })
    const gone = { number: '+447700900124', date: '2026-11-01' }
    await call('deactivateNumbers', {}, asLines([gone, { number: '' }]), ndjson)
    await call('reassignNumbers', {}, asLines([{ number: gone.number, answer: 'no', asked: gone.date }]), ndjson)
    expect((await call('removeNumber', { id: 'sub-2' })).status).toBe(204)
    await call('revealNumber', { id: 'sub-1' }, { reason: 'She called about a code.' })
    const started: Import = (
      await call('startImport', { name: 'november' }, asLines([{ id: 'sub-3', locale: 'en' }]), ndjson)
    ).body
    await call('listImports')
    await call('getImport', { id: started.id })

    const view = { specversion: '1.0', source: '/player', type: 'com.usher.view.started', subject: 'sub-1' }
    const posted: EventVerdicts = (
      await call('postEvents', {}, [
        { ...view, id: 'v-1', data: { title: 'metropolis' } },
        { ...view, id: 'v-2' },
        { ...view, id: 'v-3' },
      ])
    ).body
    const [seen1, bad1, bad2] = posted.events.map(({ id }) => id!)
    await call('segmentTrack', {}, { userId: 'sub-1', event: 'Signed In' })
    await call('segmentIdentify', {}, { userId: 'sub-1', traits: { plan: 'basic' } })
    await call('segmentBatch', {}, { batch: [{ type: 'page', anonymousId: 'somebody' }] })
    await call('listEvents', { subject: 'sub-1', limit: '2' })
    await call('getEvent', { id: seen1! })
    await call('listEventTypes')
    await call('listBadEvents', { reason: 'invalid_data' })
    await call('getBadEvent', { id: bad1! })
    await call('openBadEvent', { id: bad1! })
    await call('replayBadEvents', {}, { reason: 'invalid_data' })
    await call('replayBadEvent', { id: bad1! }, { event: { ...view, id: 'v-2', data: { title: 'metropolis' } } })
    expect((await call('dropBadEvent', { id: bad2! })).status).toBe(204)

    const hook = { url: 'https://orpheum.example/hooks', types: ['event.bad'] }
    const { endpoint: told }: WebhookSecret = (await call('createWebhook', {}, hook)).body
    await call('listWebhooks')
    await call('getWebhook', { id: told.id })
    await call('replaceWebhookSecret', { id: told.id })
    const test: Delivery = (await call('testWebhook', { id: told.id })).body
    await call('putWebhook', { id: told.id }, { ...hook, description: 'Billing' })
    await call('replayFailed', { id: told.id }, {})
    await call('listDeliveries', { id: told.id, type: 'webhook.test' })
    await call('getDelivery', { id: test.id })
    await call('replayDelivery', { id: test.id })
    await call('readFeed', { limit: '2' })
    await call('getFeedTypes')
    await call('putFeedTypes', {}, { types: ['event.bad'] })
    expect((await call('deleteWebhook', { id: told.id })).status).toBe(204)

    const { link: short, url }: MadeLink = (await call('createLink', {}, { ...toAccount, subscriber: 'sub-1' })).body
    await fetch(`${desk.usher.url}/o/${new URL(url).pathname.slice(1)}`, { redirect: 'manual' })
    await call('listLinks', { subscriber: 'sub-1' })
    await call('getLink', { id: short.id })
    await call('listClicks', { link: short.id })
    await call('revokeLink', { id: short.id })
    await call('listLinkKeys')

    await call('getLive', { minutes: '5' })
    await call('listCarriers')
    const aCarrier = {
      ...{ protocol: 'smpp', systemId: 'orpheum', binds: [{ host: '127.0.0.1', port: 9 }] },
      secrets: { password: 'secret' },
    }
    const britain = { kind: 'long_number', address: '+447700900678', countries: ['GB'] }
    await call('getLine')
    await call('putCarrier', { name: 'northline' }, aCarrier)
    await call('putSender', { name: 'britain' }, britain)
    const { routes, version }: Line = (await call('getLine')).body
    await call('putRoutes', {}, { routes, version })
    await call('tryRoute', {}, { number: aNumber, purpose: 'offer' })
    expect((await call('reconnectCarrier', { name: 'northline' })).status).toBe(204)
    await call('listLineVersions')
    await call('restoreLine', { version: String(version) })
    await call('deleteSender', { name: 'britain' })
    await call('deleteCarrier', { name: 'northline' })
    await call('getSettings')
    await call('putLinkDomains', {}, { domains: ['orpheum.example', '.orpheum.example', 'orph.example'] })
    await call('getKnobs')
    await call('putKnobs', {}, { receiptDelayMs: 5 })
    await call('moveClock', {}, { byMinutes: 1 })
    await call('putLife', {}, { isOn: false })

    const made: { id: string } = (await call('createKey', {}, { name: 'checkout', scopes: ['messages:write'] })).body
    await call('listKeys')
    expect((await call('revokeKey', { id: made.id })).status).toBe(204)
    const invited = { name: 'Tomás', email: 'tomas@orpheum.example', role: 'viewer' }
    const { operator, link }: Invitation = (await call('inviteOperator', {}, invited)).body
    await call('listOperators')
    await call('changeOperator', { id: operator.id }, { role: 'support' })
    await call('listAudit', { action: 'number.revealed' })
    await call('auditChain')
    await call('signInWays')
    await call('signInWithLink', {}, { token: link.split('#enter=')[1] })
    await call('getSession')
    await call('passkeyChallenge')
    await call('startPasskey')
    await call('startTotp')
    expect((await call('signOut')).status).toBe(204)
    Object.assign(administrator, await desk.operator('administrator'))
    expect((await call('signOutEverywhere')).status).toBe(204)
    expect((await call('deleteSubscriber', { id: 'sub-1' })).status).toBe(204)

    const untried = (Object.keys(endpoints) as EndpointName[]).filter(name => !seen.has(name))
    expect(untried.sort()).toEqual(
      // They need an authenticator, of either kind: operator/passkey.test.ts and operator/signing-in.test.ts have them.
      ['addPasskey', 'removePasskey', 'signInWithPasskey', 'setPassword', 'signInWithPassword', 'stream'].sort(),
    ) // and the stream has a test of its own
  })

  const asked = ({ method, path }: Endpoint) =>
    [
      method.toUpperCase(),
      path.replace('{id}', '00000000-0000-0000-0000-000000000000').replace('{name}', 'none'),
      method === 'get' ? undefined : '{',
    ] as const
  const withKey = (key: string) => ({ authorization: `Bearer ${key}`, ...json })

  test('needs its own scope: a key with all others is refused, a key with only that one is not', async () => {
    const desk = await testDesk()
    const { db } = desk.usher

    for (const [name, endpoint] of Object.entries(endpoints)) {
      const { scope } = endpoint
      if (scope === null || !isScope(scope)) continue
      const others = await createKey(
        db,
        desk.clock,
        'others',
        scopes.filter(other => other !== scope),
      )
      const own = await createKey(db, desk.clock, 'own', [scope])
      const refused = await desk.ask(...asked(endpoint), withKey(others.key))
      const problem = await expectProblem(desk, refused, 'forbidden')
      expect(problem.detail, name).toContain(scope)
      if (name === 'stream') continue // would not end
      const let_in = await desk.ask(...asked(endpoint), withKey(own.key))
      expect([401, 403], name).not.toContain(let_in.status)
    }
  })

  test('that only people may ask is closed to every key, and to whoever has none', async () => {
    const desk = await testDesk()
    const { key } = await createKey(desk.usher.db, desk.clock, 'everything', scopes)
    let closed = 0

    for (const endpoint of Object.values(endpoints) as Endpoint[]) {
      if (endpoint.scope === null || isScope(endpoint.scope)) continue
      closed++
      const byKey = await desk.ask(...asked(endpoint), withKey(key))
      await expectProblem(desk, byKey, endpoint.scope === 'session' ? 'unauthenticated' : 'forbidden')
      const byNobody = await desk.ask(...asked(endpoint), { cookie: '', ...json })
      await expectProblem(desk, byNobody, 'unauthenticated')
    }

    expect(closed).toBeGreaterThan(personal.length)
  })

  test('that is open to all is, with neither key nor session', async () => {
    const desk = await testDesk()
    const open = (Object.entries(endpoints) as [string, Endpoint][]).filter(([, { scope }]) => scope === null)

    for (const [name, endpoint] of open) {
      const answer = await desk.ask(...asked(endpoint), { cookie: '', ...json })
      expect([401, 403], name).not.toContain(answer.status)
    }

    expect(open.map(([name]) => name)).toEqual([
      'listLinkKeys',
      'signInWays',
      'signInWithLink',
      'signInWithPassword',
      'passkeyChallenge',
      'signInWithPasskey',
    ])
  })
})

describe('a key', () => {
  const strange = `usher_${'0'.repeat(12)}_${'x'.repeat(43)}`
  test.each([
    ['that is missing', {}],
    ['of another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['that nobody made', { authorization: `Bearer ${strange}` }],
    ['that is no key', { authorization: "Bearer ' or 1=1 --" }],
    ['that is empty', { authorization: 'Bearer ' }],
  ])('%s opens nothing', async (_, headers) => {
    const desk = await testDesk()

    const fetched = await fetch(`${desk.usher.url}/v1/messages`, { headers })
    const answer = { status: fetched.status, headers: fetched.headers, body: (await fetched.json()) as never }

    await expectProblem(desk, answer, 'unauthenticated')
    expect(fetched.headers.get('www-authenticate')).toBe('Bearer')
  })

  test('with another secret opens nothing', async () => {
    const desk = await testDesk()
    const wrong = `${desk.key.slice(0, -1)}${desk.key.endsWith('A') ? 'B' : 'A'}`

    await expectProblem(
      desk,
      await desk.ask('GET', '/v1/messages', undefined, { authorization: `Bearer ${wrong}` }),
      'unauthenticated',
    )
  })

  test('that is revoked opens nothing after a moment, and nothing at all to a new server', async () => {
    const desk = await testDesk()
    const { id, key } = await createKey(desk.usher.db, desk.clock, 'short-lived')
    const ask = () => desk.ask('GET', '/v1/messages', undefined, { authorization: `Bearer ${key}` })
    expect((await ask()).status).toBe(200)

    expect(await revokeKey(desk.usher.db, desk.clock, id)).toBe(true)
    await desk.restart()

    await expectProblem(desk, await ask(), 'unauthenticated')
    expect(await revokeKey(desk.usher.db, desk.clock, id)).toBe(false)
  })

  test('is stored so that it can not be read back', async () => {
    const desk = await testDesk()
    const secret = desk.key.split('_').slice(2).join('_')

    expect(await dump(desk)).not.toContain(secret)
  })

  test('that asks faster than it may is told when to go on, and others are not', async () => {
    const desk = await testDesk({ env: { USHER_RATE_LIMIT: '2' } })
    const other = await createKey(desk.usher.db, desk.clock, 'another')

    const answers = await Promise.all(Array.from({ length: 12 }, () => desk.ask('GET', '/v1/messages')))

    const limited = answers.find(({ status }) => status === 429)!
    await expectProblem(desk, limited, 'rateLimited')
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect((await desk.ask('GET', '/v1/messages', undefined, { authorization: `Bearer ${other.key}` })).status).toBe(
      200,
    )
  })
})

describe('a problem', () => {
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    ['POST', '/v1/messages', body, { 'idempotency-key': 'k', ...headers }] as const
  const nobody = '00000000-0000-7000-8000-000000000000'
  const stranger = { cookie: '' }
  const link = (headers: Record<string, string> = {}) =>
    ['POST', '/v1/session/link', { token: 'x'.repeat(43) }, { ...stranger, ...headers }] as const
  const { journey: refund } = examples.putJourney.body as { journey: { steps: object[] } }
  const aJourneyOf = (template: string) => ({ ...refund, steps: [{ ...refund.steps[0], template }] })
  const causes: [ProblemName, readonly [string, string, unknown?, Record<string, string>?]][] = [
    ['notFound', ['GET', '/v2/nothing']],
    ['notFound', ['PATCH', '/v1/messages', '{}', json]],
    ['unknownSubscriber', ['GET', '/v1/subscribers/nobody']],
    ['unknownSubscriber', ['DELETE', '/v1/subscribers/nobody']],
    ['unknownSubscriber', ['GET', '/v1/subscribers/nobody/number']],
    ['unknownSubscriber', ['GET', '/v1/subscribers/nobody/security']],
    ['stepUpMissing', ['POST', '/v1/subscribers/nobody/number-changes', {}]],
    ['unknownNumberChange', ['POST', `/v1/number-changes/${nobody}/check`, { code: '123456' }]],
    ['unknownVerification', ['GET', `/v1/verifications/${nobody}`]],
    ['resetOver', ['POST', '/v1/reset-links/redeem', { proof: 'x' }]],
    ['unknownAlert', ['GET', `/v1/alerts/${nobody}`]],
    ['codeRefused', ['POST', '/v1/verifications', { number: '+37120000000', purpose: 'sign_in' }]],
    ['unknownJourney', ['GET', '/v1/journeys/nothing']],
    ['journeyChanged', ['DELETE', '/v1/journeys/refund?version=7']],
    ['badJourney', ['POST', '/v1/journeys/refund/dry-run', { journey: aJourneyOf('nothing') }]],
    ['unknownSignIn', ['POST', `/v1/sign-ins/${nobody}/settle`, { isTheirs: true }]],
    ['unknownMessage', ['GET', `/v1/messages/${nobody}`]],
    ['unknownMessage', ['GET', `/v1/messages/${nobody}/explanation`]],
    ['unknownTemplateNamed', ['GET', '/v1/templates/nothing']],
    ['unknownTemplateNamed', ['GET', '/v1/templates/code.sign_in?version=99']],
    ['brokenJson', post('{"subscriber": ', json)],
    ['brokenJson', post('', json)],
    ['invalidRequest', post('[]', json)],
    ['invalidRequest', post('null', json)],
    ['invalidRequest', post({ ...aCode, purpose: 'none' })],
    ['invalidRequest', post({ ...aCode, surprise: 1 })],
    ['invalidRequest', post({ ...aCode, number: aNumber })],
    ['invalidRequest', post({ ...aCode, text: 'both' })],
    ['invalidRequest', post({ ...anOffer, subscriber: 'nul\u0000' })],
    ['invalidRequest', post({ ...anOffer, text: 'a'.repeat(2_001) })],
    ['invalidRequest', post({ ...anOffer, idempotencyKey: 'nul\u0000' })],
    ['invalidRequest', ['GET', '/v1/messages/not-an-id']],
    ['invalidRequest', ['GET', '/v1/messages?limit=0']],
    ['invalidRequest', ['GET', '/v1/messages?state=lost']],
    ['invalidRequest', ['GET', '/v1/messages?cursor=not-a-cursor']],
    ['invalidRequest', ['GET', '/v1/messages?carrier=%00']],
    ['invalidRequest', ['GET', '/v1/messages?after=yesterday']],
    ['invalidRequest', ['GET', '/v1/inbound?cursor=not-a-cursor']],
    ['invalidRequest', ['GET', '/v1/templates/code.sign_in?version=99999999999']],
    ['invalidRequest', ['GET', '/v1/subscribers/nul%00']],
    ['invalidRequest', ['PUT', '/v1/subscribers/x', { number: '07700 900123' }]],
    ['invalidRequest', ['PUT', '/v1/subscribers/x', { consents: { offers: { granted: true, words: 'nul\u0000' } } }]],
    [
      'invalidRequest',
      ['PUT', '/v1/subscribers/x', '{"consents":{"offers":{"granted":true,"words":"\\ud800"}}}', json],
    ],
    ['invalidRequest', ['PUT', '/v1/templates/Not%20a%20name', { purpose: 'offer', texts: { en: 'x' } }]],
    ['invalidRequest', ['PUT', '/v1/templates/empty', { purpose: 'offer', texts: {} }]],
    ['invalidRequest', ['PUT', '/v1/templates/nul', { purpose: 'offer', texts: { en: 'nul\u0000' } }]],
    ['wrongMediaType', post('subscriber=sub-1', { 'content-type': 'application/x-www-form-urlencoded' })],
    ['wrongMediaType', ['POST', '/v1/messages/batch', '{}', json]],
    ['tooLarge', post(`"${'x'.repeat(limits.bytes)}"`, json)],
    ['idempotencyKeyMissing', ['POST', '/v1/messages', aCode]],
    ['idempotencyKeyInvalid', post(aCode, { 'idempotency-key': 'k'.repeat(256) })],
    ['unknownRecipient', post({ ...aCode, subscriber: 'nobody' })],
    ['invalidNumber', post({ ...anOffer, subscriber: undefined, number: '+441' + '2345678901' })],
    ['invalidNumber', ['PUT', '/v1/subscribers/x', { number: '+15550000000' }]],
    ['unknownZone', ['PUT', '/v1/subscribers/x', { zone: 'Mars/Olympus' }]],
    ['unknownTemplate', post({ ...aCode, template: 'nothing' })],
    ['wrongPurpose', post({ ...aCode, purpose: 'offer' })],
    ['missingVariable', post({ ...aCode, data: {} })],
    ['badTemplate', ['PUT', '/v1/templates/broken', { purpose: 'offer', texts: { en: '{% if %}', fr: '{{ x' } }]],
    ['emptyText', post({ ...anOffer, text: '  ' })],
    ['tooLong', post({ ...anOffer, text: 'あ'.repeat(671) })],
    ['clockGoesAhead', ['POST', '/demo/clock', { to: '2020-01-01T00:00:00Z' }]],
    ['unknownMessage', ['POST', `/v1/messages/${nobody}/cancel`]],
    ['badEvent', ['POST', '/v1/events', '{}', { 'content-type': 'application/cloudevents+json' }]],
    ['unknownEvent', ['GET', `/v1/events/${nobody}`]],
    ['unknownEvent', ['DELETE', `/v1/bad-events/${nobody}`]],
    ['brokenJson', ['POST', '/v1/batch', '[', { 'content-type': 'text/plain' }]],
    ['brokenJson', post(`{"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, json)],
    ['unknownWebhook', ['GET', `/v1/webhooks/${nobody}`]],
    ['unknownWebhook', ['GET', `/v1/webhooks/${nobody}/deliveries`]],
    ['unknownDelivery', ['POST', `/v1/deliveries/${nobody}/replay`]],
    ['forbiddenAddress', ['POST', '/v1/webhooks', { url: 'https://169.254.169.254/', types: ['event.bad'] }]],
    ['unknownLink', ['POST', `/v1/links/${nobody}/revoke`]],
    ['foreignDestination', ['POST', '/v1/links', { destination: 'https://evil.example/', purpose: 'offer' }]],
    ['unknownRecipient', ['POST', '/v1/links', { ...toAccount, subscriber: 'nobody' }]],
    ['unknownImport', ['GET', `/v1/imports/${nobody}`]],
    ['unknownTemplateNamed', ['GET', '/v1/templates/nothing/use']],
    ['signInRefused', link()],
    ['foreignPage', link({ 'sec-fetch-site': 'cross-site' })],
    ['foreignPage', link({ 'sec-fetch-site': 'same-site' })],
    ['foreignPage', link({ 'sec-fetch-site': 'none' })],
    ['unauthenticated', ['GET', '/v1/session', undefined, stranger]],
    ['unauthenticated', ['GET', '/v1/session', undefined, { cookie: 'usher_session=nobody' }]],
  ]
  /** Caused by an administrator who has signed in. */
  const why = 'Agreed with legal.'
  const atEight = { from: '08:00', to: '09:00' }
  const early = { weekday: atEight, saturday: atEight, sunday: null, holiday: null }
  const causedByOperators: [ProblemName, readonly [string, string, unknown?, Record<string, string>?]][] = [
    ['csrfMissing', ['DELETE', '/v1/session', undefined, { 'x-usher-csrf': 'another' }]],
    ['csrfMissing', ['POST', '/v1/keys', { name: 'x', scopes: ['messages:read'] }, { 'x-usher-csrf': '' }]],
    ['foreignPage', ['DELETE', '/v1/session', undefined, { 'sec-fetch-site': 'cross-site' }]],
    ['unknownKey', ['DELETE', '/v1/keys/000000000000']],
    ['unknownCodeBlock', ['POST', `/v1/protection/blocks/${nobody}/lift`, { reason: 'A premiere.' }]],
    ['unknownSuppression', ['DELETE', `/v1/suppressions/${nobody}`, { why: 'She called.' }]],
    ['unknownOperator', ['PUT', `/v1/operators/${nobody}`, { role: 'viewer' }]],
    ['unknownPasskey', ['DELETE', '/v1/session/passkeys/none']],
    ['passkeyRefused', ['POST', '/v1/session/passkeys', { challenge: 'c', name: 'Phone', response: {} }]],
    ['unknownSubscriber', ['POST', '/v1/subscribers/nobody/reveal', { reason: 'She called.' }]],
    ['noNumber', ['POST', '/v1/subscribers/numberless/reveal', { reason: 'She called.' }]],
    ['invalidRequest', ['POST', '/v1/subscribers/sub-1/reveal', { reason: '   .   ' }]],
    ['invalidRequest', ['POST', '/v1/keys', { name: 'x', scopes: ['keys:write'] }]],
    ['invalidRequest', ['POST', '/v1/operators', { name: 'x', email: 'not an address', role: 'viewer' }]],
    ['invalidRequest', ['PUT', '/v1/settings/link-domains', { domains: ['https://orpheum.example/help'] }]],
    ['ownDomainMissing', ['PUT', '/v1/settings/link-domains', { domains: [] }]],
    ['clockGoesAhead', ['POST', '/v1/demo/clock', { to: '2020-01-01T00:00:00Z' }]],
    ['wrongKnob', ['PUT', '/v1/demo/knobs', { reject: 7 }]],
    ['unknownCarrier', ['DELETE', '/v1/carriers/nobody']],
    ['unknownSender', ['DELETE', '/v1/senders/nobody']],
    ['unknownVersion', ['GET', '/v1/line?version=99999']],
    ['wrongLine', ['DELETE', '/v1/senders/main']],
    ['lineChanged', ['PUT', '/v1/routes', { routes: [], version: 99_999 }]],
    ['unknownRegion', ['PUT', '/v1/policy', { regions: { UK: { caps: [], why } } }]],
    ['neverOpens', ['PUT', '/v1/policy', { regions: { 'US-NY': { hours: early, why } } }]],
    ['widerThanShipped', ['PUT', '/v1/policy', { regions: { 'US-FL': { caps: [], why } } }]],
  ]

  test('has its status, its code, its media type and a page that explains it', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.ask('PUT', '/v1/subscribers/numberless', { locale: 'en' })
    const administrator = await desk.operator('administrator')
    const all = [
      ...causes.map(cause => [...cause, desk.ask] as const),
      ...causedByOperators.map(cause => [...cause, desk.askAs.bind(desk, administrator)] as const),
    ]

    for (const [name, [method, path, body, headers], ask] of all) {
      const answer = await ask(method, path, body, headers)
      expect(
        answer.status,
        `${method} ${path} ${JSON.stringify(body)?.slice(0, 100)} for ${name}: ${JSON.stringify(answer.body)}`,
      ).toBe(problems[name].status)
      await expectProblem(desk, answer, name)
    }
  })

  test('of each kind that a caller can cause is caused here', () => {
    const elsewhere: ProblemName[] = [
      // message/number-life.test.ts
      ...(['numberRefused', 'tooManyCodes', 'tooManyWrongCodes', 'numberChangeOver', 'wrongNumberCode'] as const),
      ...([
        'forbidden',
        'rateLimited',
        'slowBody',
        'notWaiting',
        'lastAdministrator',
        'onlyInDemo',
        'carrierAway',
      ] as const), // in this file
      ...(['verificationOver', 'secondMissing'] as const), // account/verification.test.ts
      ...(['alertOver'] as const), // account/alert.test.ts
      ...(['resetElsewhere'] as const), // http/reset-links.test.ts
      ...(['roleForbids'] as const), // roles.test.ts
      ...(['signInSettled'] as const), // account/sign-in.test.ts
      ...(['notOpen'] as const), // event/bad.test.ts
      ...(['stopStays'] as const), // http/suppressions.test.ts
      ...(['webhookNotActive', 'tooManyEndpoints'] as const), // webhook/webhook.test.ts
      ...(['forgedEvent', 'stripeOff'] as const), // event/stripe.test.ts
      ...(['linksOff'] as const), // message/short-links.test.ts
      ...(['forgedCall', 'unsignedCall', 'unreadableCall'] as const), // http/carrier-calls.test.ts
      ...(['signInSlowed', 'wrongCode', 'commonPassword'] as const), // operator/signing-in.test.ts
      ...(['idempotencyKeyReused', 'noLocale', 'internal'] as const), // message/accept.test.ts
      ...(['away', 'stopping'] as const), // by no caller's doing
    ]
    const caused = new Set([...[...causes, ...causedByOperators].map(([name]) => name), ...elsewhere])

    expect((Object.keys(problems) as ProblemName[]).filter(name => !caused.has(name))).toEqual([])
  })

  test('of what is as it is says so: a text that has left, the last administrator, a carrier that is away', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const only = await desk.operator('administrator')
    const { id } = (await desk.send(aCode)).body as Acceptance
    await desk.reaches(id, 'delivered')

    await expectProblem(desk, await desk.ask('POST', `/v1/messages/${id}/cancel`), 'notWaiting')
    await expectProblem(
      desk,
      await desk.askAs(only, 'PUT', `/v1/operators/${only.id}`, { role: 'viewer' }),
      'lastAdministrator',
    )
    await desk.simulator.stop()
    await expectProblem(desk, await desk.ask('GET', '/v1/demo/knobs'), 'carrierAway')
  })

  test('of what only the demo has says that this is none', async () => {
    const desk = await testDesk({ demo: false, env: outsideTheDemo })
    const administrator = await desk.operator('administrator')

    for (const [method, path, body] of [
      ['GET', '/v1/demo/knobs', undefined],
      ['PUT', '/v1/demo/knobs', { down: true }],
      ['POST', '/v1/demo/clock', { byMinutes: 60 }],
      ['PUT', '/v1/demo/life', { isOn: true }],
    ] as const)
      await expectProblem(desk, await desk.askAs(administrator, method, path, body), 'onlyInDemo')
  })

  test('of fields names each of them', async () => {
    const desk = await testDesk()

    const answer = await desk.ask('POST', '/v1/messages', { purpose: 'none', text: 7 }, { 'idempotency-key': 'k' })

    const { errors } = await expectProblem(desk, answer, 'invalidRequest')
    expect(errors!.map(({ at }) => at)).toEqual(expect.arrayContaining(['body.purpose', 'body.text']))
  })

  test('of a template names the text that is broken', async () => {
    const desk = await testDesk()

    const answer = await desk.ask('PUT', '/v1/templates/x', { purpose: 'offer', texts: { en: 'fine', fr: '{% if %}' } })

    const { errors } = await expectProblem(desk, answer, 'badTemplate')
    expect(errors!.map(({ at }) => at)).toEqual(['texts.fr'])
    await expectProblem(desk, await desk.ask('GET', '/v1/templates/x'), 'unknownTemplateNamed')
  })
})

describe('a body', () => {
  const streamed = (pieces: string[], headers = {}) =>
    new Request('http://usher.test', {
      method: 'POST',
      headers,
      duplex: 'half',
      body: new ReadableStream({
        pull(controller) {
          const piece = pieces.shift()
          if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece))
          else return new Promise(() => {}) // says nothing more, and does not end
        },
      }),
    } as RequestInit)

  test('without a length that is too large is given up before it is read whole', async () => {
    const desk = await testDesk()
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536
        if (sent > 64 * 65_536) controller.close()
        else controller.enqueue(new Uint8Array(65_536).fill(0x20))
      },
    })

    const answer = await fetch(`${desk.usher.url}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${desk.key}`, 'idempotency-key': 'k', ...json },
      body,
      duplex: 'half',
    } as RequestInit)

    await expectProblem(
      desk,
      { status: answer.status, headers: answer.headers, body: (await answer.json()) as never },
      'tooLarge',
    )
  })

  test('that stops coming is given up', async () => {
    await expect(readText(streamed(['{"purpose":']), { bytes: 1_000, silentMs: 20 })).rejects.toMatchObject({
      problem: 'slowBody',
    })
    await expect(
      readText(streamed(['{'], { 'content-length': '9' }), { bytes: 1_000, silentMs: 20 }),
    ).rejects.toMatchObject({
      problem: 'slowBody',
    })
  })

  test('of lines is read up to where it stops coming', async () => {
    const read: string[] = []
    const reading = (async () => {
      for await (const some of lines(streamed(['one\ntw', 'o\n\nthr', 'ee']), { bytes: 1_000, silentMs: 20 }))
        read.push(...some.map(({ line, text }) => `${line} ${text}`))
    })()

    await expect(reading).rejects.toMatchObject({ problem: 'slowBody' })
    expect(read).toEqual(['1 one', '2 two'])
  })

  test('of lines may have long ones, which are named and skipped', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const body = `${JSON.stringify(anOffer)}\n${'x'.repeat(limits.bytes * 3)}\r\n\n${JSON.stringify(anOffer)}`

    const answer = await desk.ask('POST', '/v1/messages/batch', body, ndjson)

    expect(linesOf<BatchVerdict>(answer.body)).toMatchObject([
      { line: 1, state: 'queued' },
      { line: 2, problem: { code: 'too_large' } },
      { line: 4, state: 'queued' },
    ])
  })
})

describe('a batch', () => {
  test('of ten thousand lines with a bad one takes the others, names it and keeps the order', async () => {
    const desk = await testDesk({ knobs: { down: true } })
    await desk.subscriber()
    const bad = 4_321
    const body = Array.from({ length: 10_000 }, (_, i) =>
      i + 1 === bad
        ? '{"subscriber": "sub-1", oops\n'
        : `${JSON.stringify({ ...anOffer, idempotencyKey: `line-${i + 1}` })}\n`,
    ).join('')

    const answer = await desk.ask('POST', '/v1/messages/batch', body, ndjson)

    const verdicts = linesOf<BatchVerdict>(answer.body)
    expect(verdicts.map(({ line }) => line)).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1))
    expect(verdicts[bad - 1]).toMatchObject({ line: bad, problem: { code: 'broken_json' } })
    expect(verdicts.filter(({ state }) => state === 'queued')).toHaveLength(9_999)
    const stored = await rowsOf<{ key: string; message_id: string }>(desk, sql`select key, message_id from idempotency`)
    const byKey = new Map(stored.map(({ key, message_id }) => [key, message_id]))
    expect(verdicts.filter(({ line, id }) => line !== bad && byKey.get(`line-${line}`) !== id)).toEqual([])
  })

  test('has the fate of each kind of line in its verdict', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answer = await desk.ask(
      'POST',
      '/v1/messages/batch',
      asLines([
        aCode,
        { ...anOffer, notBefore: '2026-11-02T18:00:00Z' },
        { ...anOffer, expiresAt: '2026-11-01T00:00:00Z' },
        { ...anOffer, subscriber: 'nobody' },
        { ...anOffer, purpose: 'none' },
      ]),
      ndjson,
    )

    expect(linesOf<BatchVerdict>(answer.body)).toMatchObject([
      { line: 1, state: 'queued' },
      { line: 2, state: 'held', reasons: [{ rule: 'deadline' }] },
      { line: 3, state: 'refused', reasons: [{ rule: 'deadline' }] },
      { line: 4, problem: { code: 'unknown_subscriber' } },
      { line: 5, problem: { code: 'invalid_request', detail: expect.stringContaining('purpose') } },
    ])
  })
})

describe('the list of texts', () => {
  test('comes in pages without a gap and without a repeat, newest first, while more are sent', async () => {
    const desk = await testDesk({ knobs: { down: true } })
    await desk.subscriber()
    const sent = linesOf<BatchVerdict>(
      (await desk.ask('POST', '/v1/messages/batch', asLines(Array.from({ length: 95 }, () => anOffer)), ndjson)).body,
    ).map(({ id }) => id!)

    const listed: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const page = (await desk.ask('GET', `/v1/messages?limit=10${query}`)).body as {
        items: Message[]
        next: string | null
      }
      listed.push(...page.items.map(({ id }) => id))
      cursor = page.next
      await desk.send(anOffer)
    }

    expect(listed).toEqual([...sent].sort().reverse())
  })

  test('is narrowed by every filter', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.subscriber({ id: 'sub-2', number: '+12125550142', zone: 'America/New_York' })
    const id = async (message: object) => ((await desk.send(message)).body as Acceptance).id
    const code = await id(aCode)
    const held = await id({ ...anOffer, notBefore: '2026-11-02T18:00:00Z' })
    const refused = await id({ ...anOffer, expiresAt: '2026-11-01T00:00:00Z' })
    const abroad = await id({ ...aCode, subscriber: 'sub-2' })
    await Promise.all([desk.reaches(code, 'delivered'), desk.reaches(abroad, 'delivered')])
    const list = async (query: string) =>
      ((await desk.ask('GET', `/v1/messages?${query}`)).body as { items: Message[] }).items.map(item => item.id).sort()

    expect(await list('state=delivered')).toEqual([code, abroad].sort())
    expect(await list('state=held')).toEqual([held])
    expect(await list('state=refused')).toEqual([refused])
    expect(await list('state=queued')).toEqual([])
    expect(await list('purpose=offer')).toEqual([held, refused].sort())
    expect(await list('lane=code')).toEqual([code, abroad].sort())
    expect(await list('subscriber=sub-2')).toEqual([abroad])
    expect(await list(`number=${encodeURIComponent(aNumber)}`)).toEqual([code, held, refused].sort())
    expect(await list('country=US')).toEqual([abroad])
    expect(await list('carrier=simulated&lane=code')).toEqual([code, abroad].sort())
    expect(await list('carrier=other')).toEqual([])
    expect(await list('before=2026-11-02T14:00:00Z')).toEqual([])
    expect(await list('after=2026-11-02T14:00:00Z&state=held')).toEqual([held])
    expect(await list('subscriber=sub-1&state=delivered&purpose=offer')).toEqual([])
    desk.clock.moveTo(new Date('2026-11-02T18:00:01Z'))
    await desk.reaches(held, 'delivered')
    expect(await list('state=held')).toEqual([])
  })
})

describe('a preview', () => {
  test('shows the text, its parts, what forced UCS-2, what it costs, and sends nothing', async () => {
    const desk = await testDesk()
    await desk.subscriber({ profile: { first_name: 'Zoë' } })
    await desk.ask('PUT', '/v1/templates/hello', {
      purpose: 'account.welcome',
      texts: { en: `Hello {{ subscriber.first_name }} ${'x'.repeat(60)} – {{ card }}` },
    })

    const answer = await desk.ask('POST', '/v1/messages/preview', {
      ...{ subscriber: 'sub-1', template: 'hello', data: { card: '4111 1111 1111 1111' } },
    })

    const text = `Hello Zoë ${'x'.repeat(60)} – 4111 1111 1111 1111`
    expect(answer.body).toMatchObject({
      text,
      encoding: 'ucs2',
      units: text.length,
      forcedBy: { char: 'ë', codePoint: 'U+00EB', index: 8 },
      cost: { amount: '0.08', currency: 'USD' },
      findings: [{ rule: 'card_number' }],
    })
    expect((answer.body as { segments: string[] }).segments.join('')).toBe(text)
    expect((answer.body as { segments: string[] }).segments).toHaveLength(2)
    expect(await rowsOf(desk, sql`select id from message`)).toEqual([])
  })
})

describe('a template', () => {
  test('keeps all its versions; the same text makes no new one', async () => {
    const desk = await testDesk()
    const put = async (en: string) =>
      ((await desk.ask('PUT', '/v1/templates/news', { purpose: 'offer', texts: { en } })).body as { version: number })
        .version

    expect([await put('One'), await put('One'), await put('Two'), await put('One')]).toEqual([1, 1, 2, 3])

    const newest = await desk.ask('GET', '/v1/templates/news')
    expect(newest.body).toMatchObject({
      version: 3,
      texts: { en: 'One' },
      versions: [{ version: 3 }, { version: 2 }, { version: 1 }],
    })
    expect((await desk.ask('GET', '/v1/templates/news?version=2')).body).toMatchObject({
      version: 2,
      texts: { en: 'Two' },
    })
  })

  test('saved by many at once has a version for each', async () => {
    const desk = await testDesk()

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        desk.ask('PUT', '/v1/templates/race', { purpose: 'offer', texts: { en: `Text ${i}` } }),
      ),
    )

    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(answers.map(({ body }) => (body as { version: number }).version).sort((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ])
  })
})

describe('a subscriber', () => {
  test('keeps a consent that is left out, and loses what else is left out', async () => {
    const desk = await testDesk()
    await desk.subscriber({ profile: { plan: 'basic' } })

    const answer = await desk.ask('PUT', '/v1/subscribers/sub-1', {
      number: aNumber,
      consents: { offers: { granted: false } },
    })

    expect(answer.body).toMatchObject({
      locale: null,
      zone: null,
      profile: {},
      consents: { titles: { granted: true, at: '2026-05-03T10:00:00.000Z' }, offers: { granted: false, how: 'api' } },
    })
  })

  test('put by many at once is one, and none of them fails', async () => {
    const desk = await testDesk()

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        desk.ask('PUT', '/v1/subscribers/race', { number: aNumber, profile: { n: i } }),
      ),
    )

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19)
    expect((await desk.ask('GET', '/v1/subscribers/race')).body).toMatchObject({ number: '+44••••••••23' })
  })

  test('who is erased is gone from every answer; what waited is cancelled, what was stopped stays stopped', async () => {
    const desk = await testDesk()
    const number = '+447700900321'
    await desk.subscriber({ number, profile: { first_name: 'Maya' } })
    const sent = (
      (await desk.send({ ...anOffer, purpose: 'account.welcome', text: 'Welcome, Maya.' })).body as Acceptance
    ).id
    await desk.reaches(sent, 'delivered')
    await desk.reply(number, '67743', 'Maya was here')
    const held = (
      (
        await desk.send({
          ...anOffer,
          purpose: 'account.plan',
          text: 'Maya, later.',
          notBefore: '2026-11-02T18:00:00Z',
        })
      ).body as Acceptance
    ).id
    await desk.reply(number, '67743', 'STOP')
    await desk.texts(number, 2)

    expect((await desk.ask('DELETE', '/v1/subscribers/sub-1')).status).toBe(204)

    await expectProblem(desk, await desk.ask('GET', '/v1/subscribers/sub-1'), 'unknownSubscriber')
    await expectProblem(desk, await desk.ask('DELETE', '/v1/subscribers/sub-1'), 'unknownSubscriber')
    expect(await desk.message(sent)).toMatchObject({ state: 'delivered', text: null, number: null })
    expect(await desk.message(held)).toMatchObject({ state: 'cancelled', reason: 'erased', text: null, number: null })
    const everything = await Promise.all(
      ['/v1/messages?limit=500', '/v1/inbound?limit=500', `/v1/messages/${sent}/explanation`].map(path =>
        desk.ask('GET', path),
      ),
    )
    expect(JSON.stringify(everything.map(({ body }) => body))).not.toMatch(/Maya|900321|\+44•+21/)
    const [suppression] = await rowsOf<{ n: number }>(desk, sql`select count(*)::int as n from suppression`)
    expect(suppression!.n).toBe(1)
    await desk.subscriber({ id: 'again', number })
    expect((await desk.send({ ...anOffer, subscriber: 'again' })).body).toMatchObject({
      state: 'refused',
      reasons: [{ rule: 'suppression' }],
    })
  })

  test('who was erased may come back under the same id as somebody new', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.ask('DELETE', '/v1/subscribers/sub-1')

    const answer = await desk.ask('PUT', '/v1/subscribers/sub-1', { number: aNumber })

    expect([200, 201]).toContain(answer.status)
    expect(answer.body).toMatchObject({ number: '+44••••••••23', profile: {}, consents: {} })
  })
})

describe('an import', () => {
  test('of 20,000 lines says how far it is, names the bad ones and takes the others', async () => {
    const desk = await testDesk()
    const bad: Record<number, string> = { 7: '{"id": "x", oops', 500: '{"id": "b"}', 12345: '{"id": "c"}' }
    const body = Array.from({ length: 20_000 }, (_, i) => {
      if (i + 1 === 7) return `${bad[7]}\n`
      const number = i + 1 === 500 ? '+440' : i + 1 === 12_345 ? '+15550000000' : `+4474${String(10_000_000 + i)}`
      return `${JSON.stringify({ id: `import-${i}`, number, locale: 'en', profile: { n: i } })}\n`
    }).join('')

    const answer = await desk.ask('POST', '/v1/subscribers/import', body, ndjson)

    const reports = linesOf<ImportReport>(answer.body)
    const problemsAt = reports.flatMap(report => ('line' in report ? [[report.line, report.problem.code]] : []))
    expect(problemsAt).toEqual([
      [7, 'broken_line'],
      [500, 'invalid_request'],
      [12_345, 'invalid_number'],
    ])
    const progress = reports.flatMap(report => ('progress' in report ? [report.progress.read] : []))
    expect(progress.length).toBeGreaterThanOrEqual(15)
    expect(progress).toEqual([...progress].sort((a, b) => a - b))
    expect(reports.at(-1)).toEqual({ done: { read: 20_000, taken: 19_997, made: 19_997, bad: 3 } })
    expect((await desk.ask('GET', '/v1/subscribers/import-19999')).body).toMatchObject({
      profile: { n: 19_999 },
      country: 'GB',
    })
  })

  test('of CSV reads columns, quotes, profile fields and consents, and counts lines as an editor does', async () => {
    const desk = await testDesk()
    const body = [
      '\ufeffid,number,locale,zone,profile.first_name,consent.offers,consent.titles',
      'a,+447700900131,en,Europe/London,"Smith, ""Jo""",yes,no',
      'b,+447700900132,,,,,',
      'c,not a number,en,,,,',
      'd,+447700900133,en,Nowhere/Here,,,',
      '"e",+447700900134,en,,"two',
      'lines",true,',
    ].join('\n')

    const answer = await desk.ask('POST', '/v1/subscribers/import', body, { 'content-type': 'text/csv' })

    const reports = linesOf<ImportReport>(answer.body)
    expect(reports.flatMap(report => ('line' in report ? [[report.line, report.problem.code]] : [])).sort()).toEqual([
      [4, 'invalid_request'],
      [5, 'unknown_zone'],
    ])
    expect(reports.at(-1)).toEqual({ done: { read: 5, taken: 3, made: 3, bad: 2 } })
    expect((await desk.ask('GET', '/v1/subscribers/a')).body).toMatchObject({
      profile: { first_name: 'Smith, "Jo"' },
      consents: { offers: { granted: true, how: 'import' }, titles: { granted: false, how: 'import' } },
    })
    expect((await desk.ask('GET', '/v1/subscribers/e')).body).toMatchObject({ profile: { first_name: 'two\nlines' } })
  })

  test('takes the others when one row can not be written', async () => {
    const desk = await testDesk()
    await desk.subscriber({ id: 'damaged', number: '+447700900141' })
    await rowsOf(desk, sql`update subscriber set data_key = '\\x0101' where external_id = 'damaged'`)

    const answer = await desk.ask(
      'POST',
      '/v1/subscribers/import',
      asLines([
        { id: 'fine-1', number: '+447700900142' },
        { id: 'damaged', number: '+447700900141' },
        { id: 'fine-2', number: '+447700900143' },
      ]),
      ndjson,
    )

    const reports = linesOf<ImportReport>(answer.body)
    expect(reports[0]).toMatchObject({ line: 2, problem: { code: 'internal' } })
    expect(reports.at(-1)).toMatchObject({ done: { read: 3, taken: 2, bad: 1 } })
  })
})

describe('the stream', () => {
  test('shows what becomes of a text, and neither number nor words', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const ending = new AbortController()
    const stream = await fetch(`${desk.usher.url}/v1/stream`, {
      headers: { authorization: `Bearer ${desk.key}` },
      signal: ending.signal,
    })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    const until = async (what: RegExp) => {
      while (!what.test(heard)) heard += (await reader.read()).value ?? ''
    }
    await until(/connected/)

    const { id } = (await desk.send({ ...anOffer, text: 'Secret words. Reply STOP to end' })).body as Acceptance
    await until(new RegExp(`"id":"${id}"[^\\n]*"state":"delivered"`))
    await desk.reply(aNumber, '67743', 'Secret answer')
    await until(/event: inbound\n/)
    ending.abort()

    for (const state of ['queued', 'submitted', 'delivered'])
      expect(heard).toMatch(new RegExp(`"id":"${id}"[^\\n]*"state":"${state}"`))
    expect(heard).not.toMatch(/Secret|900123|•/)
  })
})

describe('the pages around the API', () => {
  test.each([
    ['/healthz', 200, 'application/json', /"ok"/],
    ['/readyz', 200, 'application/json', /"ready"/],
    ['/metrics', 200, 'text/plain', /usher_messages_decided_total/],
    ['/openapi.json', 200, 'application/json', /"openapi"/],
    ['/docs', 200, 'text/html', /<html/],
    ['/docs/problems', 200, 'text/html', /invalid_number/],
    ['/docs/reference.css', 200, 'text/css', /\{/],
  ])('%s is there for everyone', async (path, status, type, holds) => {
    const desk = await testDesk()

    const answer = await fetch(`${desk.usher.url}${path}`)

    expect([answer.status, answer.headers.get('content-type')?.split(';')[0]]).toEqual([status, type])
    expect(await answer.text()).toMatch(holds)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('referrer-policy')).toBe('same-origin')
    if (type === 'text/html') {
      const policy = answer.headers.get('content-security-policy')
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
    }
  })

  test('an answer of the API and a problem have the same headers', async () => {
    const desk = await testDesk()

    for (const path of ['/v1/messages', '/v1/subscribers/nobody', '/nowhere']) {
      const { headers } = await desk.ask('GET', path)
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(headers.get('referrer-policy'), path).toBe('same-origin')
    }
  })

  test('readiness says which carrier is not there', async () => {
    const desk = await testDesk({ knobs: { down: true } })

    const answer = await desk.ask('GET', '/readyz')

    expect(answer.body).toMatchObject({ status: 'ready', database: 'up' })
    expect((answer.body as { simulated: string }).simulated).not.toBe('bound')
  })
})

/** Every value of every table, as text: bytes as hex. */
async function dump(desk: Desk): Promise<string> {
  const tables = await rowsOf<{ name: string }>(
    desk,
    sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
  )
  const rows = await Promise.all(
    tables.map(({ name }) => rowsOf<{ row: string }>(desk, sql`select t::text as row from ${verbatim(name)} t`)),
  )
  return rows.flatMap(list => list.map(({ row }) => row)).join('\n')
}

describe('a number', () => {
  const planted = ['+447700900217', '+12125550177', '+33639980147']
  const national = ['07700900217', '2125550177', '0639980147']

  test('is in no table, no log line, no event and no error, in any spelling', async () => {
    const log: string[] = []
    const events: string[] = []
    const desk = await testDesk({
      log: line => log.push(line),
      knobs: { reject: 0.3, undeliverable: 0.3, receiptEarly: 0.3 },
    })
    desk.usher.events.onAny((name, event) => events.push(JSON.stringify([name, event])))
    for (const [i, number] of planted.entries())
      await desk.subscriber({ id: `planted-${i}`, number, profile: { first_name: 'Planted', phone: number } })
    const answers: unknown[] = []
    const ask = async (...asked: Parameters<Desk['ask']>) => answers.push((await desk.ask(...asked)).body)

    for (const [i, number] of planted.entries()) {
      for (const message of [
        { ...aCode, subscriber: `planted-${i}` },
        { ...anOffer, subscriber: undefined, number },
        { ...anOffer, subscriber: `planted-${i}`, text: `Call ${number}. Reply STOP to end` },
      ]) {
        const sent = await desk.send(message)
        answers.push(sent.body)
        const { id } = sent.body as { id?: string }
        if (id) await desk.reaches(id)
      }
      await desk.reply(number, '67743', `My number is ${number}`)
      await desk.reply(number, '67743', 'STOP')
      await ask(
        'POST',
        '/v1/messages',
        { number: `${number}99999`, purpose: 'offer', text: 'x' },
        { 'idempotency-key': `e${i}` },
      )
      await ask('PUT', '/v1/subscribers/x', { number: `${number}1` })
      await ask('PUT', '/v1/subscribers/x', { number: `x${number}` })
      await ask('GET', `/v1/messages?number=x${encodeURIComponent(number)}`)
      await ask('POST', '/v1/messages', `{"number": "${number}", oops`, { 'idempotency-key': `j${i}`, ...json })
      await ask('POST', '/v1/messages/batch', `{"number": "${number}", oops\n{"number": "${number}0000"}\n`, ndjson)
      await ask('POST', '/v1/subscribers/import', `id,number\nz,x${number}\n`, { 'content-type': 'text/csv' })
    }
    const stored = await dump(desk)
    const metrics = (await desk.ask('GET', '/metrics')).body as string

    expect(log.length).toBeGreaterThan(0)
    const spellings = [...planted.map(number => number.slice(1)), ...national].flatMap(number => [
      number,
      Buffer.from(number).toString('hex'),
      Buffer.from(number).toString('base64').slice(0, -4),
      Buffer.from(`+${number}`).toString('base64').slice(0, -4),
    ])
    for (const spelling of spellings)
      for (const [where, text] of Object.entries({
        stored,
        log: log.join('\n'),
        events: events.join('\n'),
        answers: JSON.stringify(answers),
        metrics,
      }))
        expect(text.includes(spelling), `${spelling} in ${where}`).toBe(false)
  })
})
