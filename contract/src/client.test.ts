import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, expect, expectTypeOf, test } from 'vitest'
import { type ClientOptions, createClient, event, type LiveEvent, UsherProblem } from './client.ts'
import { type EndpointName, endpoints } from './endpoints.ts'
import { CloudEvent, eventTypes } from './event.ts'
import { eventExample, examples, outgoingExamples } from './examples.ts'
import type { Acceptance, BatchVerdict, Message } from './message.ts'

interface Asked {
  method: string
  path: string
  query: Record<string, string>
  headers: IncomingMessage['headers']
  body: string
}
type Reply = (response: ServerResponse, request: IncomingMessage) => unknown

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** A server that answers each request with the next reply, the last one again and again, and keeps what it was asked. */
async function serving(replies: Reply[], options: Partial<ClientOptions> = {}) {
  const asked: Asked[] = []
  const slept: number[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://usher')
    const seen: Asked = {
      method: request.method!.toLowerCase(),
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body: '',
    }
    asked.push(seen)
    const reply = replies[Math.min(asked.length, replies.length) - 1]!
    if (reply.length < 2) for await (const piece of request) seen.body += piece
    await reply(response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const client = createClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    apiKey: 'usher_key',
    sleep: async ms => void slept.push(ms),
    random: () => 0.5,
    ...options,
  })
  return { client, asked, slept }
}

const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Reply =>
  response =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
const problem = (status: number, code: string, headers: Record<string, string> = {}): Reply =>
  json({ type: `/docs/problems#${code}`, title: 'It can not be.', status, code }, status, {
    'content-type': 'application/problem+json',
    ...headers,
  })
const hangUp: Reply = response => response.socket?.destroy()
const ndjson =
  (...lines: unknown[]): Reply =>
  response =>
    response
      .writeHead(200, { 'content-type': 'application/x-ndjson' })
      .end(lines.map(line => `${JSON.stringify(line)}\n`).join(''))

const aText = examples.sendMessage.body as Parameters<ReturnType<typeof createClient>['sendMessage']>[0]
const aJourney = (examples.putJourney.body as { journey: never }).journey
const anEvent = eventExample('com.usher.payment.failed')
const accepted = examples.sendMessage.answers[202]
const collect = async <T>(items: AsyncIterable<T>) => {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

test('each method asks its endpoint of the table, with the key, and gives the answer', async () => {
  const name = 'title.new_episode'
  const id = 'orph/0001 é'
  const importLine = { id: 'orph-0001' }
  type Client = ReturnType<typeof createClient>
  const calls: { [N in EndpointName]: (client: Client) => Promise<unknown> } = {
    sendMessage: client => client.sendMessage(aText),
    sendBatch: client => collect(client.sendBatch([aText])),
    previewMessage: client => client.previewMessage({ text: 'Orpheum: hello' }),
    listMessages: client => client.listMessages({ state: 'delivered', limit: 2 }),
    getMessage: client => client.getMessage(id),
    explainMessage: client => client.explainMessage(id),
    cancelMessage: client => client.cancelMessage(id),
    listInbound: client => client.listInbound(),
    findSubscribers: client => client.findSubscribers({ number: '+447700900123' }),
    exportSubscriber: client => client.exportSubscriber(id, { reason: 'She asked for her data.' }),
    listConsents: client => client.listConsents(id),
    previewDecision: client => client.previewDecision({ subscriber: id, purpose: 'offer' }),
    getPolicy: client => client.getPolicy(),
    putPolicy: client => client.putPolicy({ releaseMinutes: 45 }),
    previewPolicy: client => client.previewPolicy({ releaseMinutes: 45 }),
    listRegions: client => client.listRegions(),
    listKeywords: client => client.listKeywords(),
    tryKeywords: client => client.tryKeywords({ text: 'no mas' }),
    listSuppressions: client => client.listSuppressions({ reason: 'blocked' }),
    blockNumber: client => client.blockNumber({ number: '+447700900123', note: 'Their lawyer wrote.' }),
    liftSuppression: client => client.liftSuppression(id, { why: 'A slip of the hand.' }),
    importSuppressions: client => collect(client.importSuppressions([{ number: '+447700900123' }])),
    revealNumber: client => client.revealNumber(id, { reason: 'She called about a code.' }),
    putSubscriber: client => client.putSubscriber(id, { locale: 'en' }),
    getSubscriber: client => client.getSubscriber(id),
    deleteSubscriber: client => client.deleteSubscriber(id),
    tellSignIn: client =>
      client.tellSignIn({ subscriber: id, ip: '203.0.113.9', userAgent: '', outcome: 'succeeded', factor: 'password' }),
    listSignIns: client => client.listSignIns({ subscriber: id }),
    settleSignIn: client => client.settleSignIn(id, { isTheirs: true }),
    getSignInRules: client => client.getSignInRules(),
    putSignInRules: client => client.putSignInRules({ challengeAt: 1 }),
    previewSignInRules: client => client.previewSignInRules({ challengeAt: 1, denyAt: 6 }),
    listPlaceSources: client => client.listPlaceSources(),
    listJourneys: client => client.listJourneys(),
    getJourney: client => client.getJourney(name),
    putJourney: client => client.putJourney(name, { journey: aJourney, version: 0 }),
    resetJourney: client => client.resetJourney(name, { version: 1 }),
    dryRunJourney: client => client.dryRunJourney(name, { journey: aJourney }),
    getJourneyFunnel: client => client.getJourneyFunnel(name, { days: 7 }),
    getSchedule: client => client.getSchedule(id),
    getNumber: client => client.getNumber(id),
    removeNumber: client => client.removeNumber(id),
    changeNumber: client => client.changeNumber(id, { number: '+447700900123', stepUp: 'passkey' }),
    checkNumber: client => client.checkNumber(id, { code: '482913' }),
    startVerification: client => client.startVerification({ subscriber: id, purpose: 'sign_in' }),
    getVerification: client => client.getVerification(id, { since: 'pending', wait: 5 }),
    checkVerification: client => client.checkVerification(id, { code: '482913' }),
    resendVerification: client => client.resendVerification(id),
    cancelVerification: client => client.cancelVerification(id),
    accountHistory: client => client.accountHistory(id, { limit: 2 }),
    makeResetLink: client => client.makeResetLink({ subscriber: id }),
    redeemResetLink: client => client.redeemResetLink({ proof: id }),
    makeRecoveryCodes: client => client.makeRecoveryCodes(id, { stepUp: 'passkey' }),
    clearWrongCodes: client => client.clearWrongCodes(id, { stepUp: 'passkey' }),
    countRecoveryCodes: client => client.countRecoveryCodes(id),
    raiseAlert: client => client.raiseAlert({ subscriber: id, event: 'sign_in' }),
    listAlerts: client => client.listAlerts({ state: 'open' }),
    getAlert: client => client.getAlert(id),
    withdrawAlert: client => client.withdrawAlert(id),
    getProtection: client => client.getProtection(),
    putProtection: client => client.putProtection({ digits: 8 }),
    listCodeBlocks: client => client.listCodeBlocks(),
    liftCodeBlock: client => client.liftCodeBlock(id, { hours: 2, reason: 'A premiere.' }),
    codeUse: client => client.codeUse({ hours: 48 }),
    deactivateNumbers: client => collect(client.deactivateNumbers([{ number: '+447700900123', date: '2026-11-02' }])),
    reassignNumbers: client =>
      collect(client.reassignNumbers([{ number: '+447700900123', answer: 'no', asked: '2026-05-03' }])),
    importSubscribers: client => collect(client.importSubscribers([importLine])),
    startImport: client => client.startImport('{"id":"orph-0001"}\n', { name: 'november' }),
    listImports: client => client.listImports(),
    getImport: client => client.getImport(id),
    listTemplates: client => client.listTemplates(),
    getTemplate: client => client.getTemplate(name, { version: 2 }),
    putTemplate: client => client.putTemplate(name, { purpose: 'title.new_episode', texts: { en: 'Out now' } }),
    previewTemplate: client => client.previewTemplate(name, { purpose: 'title.new_episode', texts: { en: 'Out now' } }),
    templateUse: client => client.templateUse(name),
    postEvents: client => client.postEvents(anEvent),
    segmentTrack: client => client.segmentTrack({ event: 'Trailer Watched', userId: 'orph-0001' }),
    segmentIdentify: client => client.segmentIdentify({ userId: 'orph-0001', traits: { plan: 'premium' } }),
    segmentBatch: client => client.segmentBatch({ batch: [{ type: 'track', event: 'Trailer Watched' }] }),
    listEvents: client => client.listEvents({ known: 'false' }),
    getEvent: client => client.getEvent(id),
    listEventTypes: client => client.listEventTypes(),
    listBadEvents: client => client.listBadEvents({ state: 'open' }),
    getBadEvent: client => client.getBadEvent(id),
    openBadEvent: client => client.openBadEvent(id),
    replayBadEvent: client => client.replayBadEvent(id, { event: { id: 'pay-20931' } }),
    replayBadEvents: client => client.replayBadEvents({ reason: 'not_applied' }),
    dropBadEvent: client => client.dropBadEvent(id),
    listWebhooks: client => client.listWebhooks(),
    createWebhook: client => client.createWebhook({ url: 'https://orpheum.example/hooks', types: ['link.clicked'] }),
    getWebhook: client => client.getWebhook(id),
    putWebhook: client => client.putWebhook(id, { url: 'https://orpheum.example/hooks', types: ['link.clicked'] }),
    deleteWebhook: client => client.deleteWebhook(id),
    replaceWebhookSecret: client => client.replaceWebhookSecret(id),
    testWebhook: client => client.testWebhook(id),
    listDeliveries: client => client.listDeliveries(id, { state: 'failed' }),
    getDelivery: client => client.getDelivery(id),
    replayDelivery: client => client.replayDelivery(id),
    replayFailed: client => client.replayFailed(id),
    readFeed: client => client.readFeed({ after: '5201883' }),
    getFeedTypes: client => client.getFeedTypes(),
    putFeedTypes: client => client.putFeedTypes({ types: ['link.clicked'] }),
    createLink: client => client.createLink({ destination: 'https://orpheum.example/', purpose: 'offer' }),
    listLinks: client => client.listLinks({ clicked: 'human' }),
    getLink: client => client.getLink(id),
    revokeLink: client => client.revokeLink(id),
    listClicks: client => client.listClicks({ verdict: 'machine' }),
    listLinkKeys: client => client.listLinkKeys(),
    stream: client => collect(client.stream()),
    getLive: client => client.getLive({ minutes: 5 }),
    listCarriers: client => client.listCarriers(),
    getLine: client => client.getLine({ version: 6 }),
    putCarrier: client =>
      client.putCarrier(name, {
        protocol: 'smpp',
        systemId: 'orpheum',
        binds: [{ host: 'smpp.northline.example', port: 2775 }],
      }),
    deleteCarrier: client => client.deleteCarrier(name, { version: 7 }),
    reconnectCarrier: client => client.reconnectCarrier(name),
    putSender: client => client.putSender(name, { kind: 'short_code', address: '67743' }),
    deleteSender: client => client.deleteSender(name),
    putRoutes: client => client.putRoutes({ routes: [] }),
    tryRoute: client => client.tryRoute({ country: 'GB', purpose: 'offer' }),
    listLineVersions: client => client.listLineVersions(),
    restoreLine: client => client.restoreLine(7),
    getSettings: client => client.getSettings(),
    putLinkDomains: client => client.putLinkDomains({ domains: ['orpheum.example'] }),
    listKeys: client => client.listKeys(),
    createKey: client => client.createKey({ name: 'checkout', scopes: ['messages:write'] }),
    revokeKey: client => client.revokeKey(id),
    listOperators: client => client.listOperators(),
    inviteOperator: client => client.inviteOperator({ name: 'Ada', email: 'ada@orpheum.example', role: 'viewer' }),
    changeOperator: client => client.changeOperator(id, { role: 'support' }),
    listAudit: client => client.listAudit({ action: 'number.revealed' }),
    auditChain: client => client.auditChain(),
    signInWays: client => client.signInWays(),
    getSession: client => client.getSession(),
    signInWithLink: client => client.signInWithLink({ token: 'Jm3t0VZk1yQxR7uDa8cW2bNh' }),
    signInWithPassword: client =>
      client.signInWithPassword({ email: 'ada@orpheum.example', password: 'four trains', code: '492039' }),
    passkeyChallenge: client => client.passkeyChallenge(),
    signInWithPasskey: client => client.signInWithPasskey({ challenge: 'c', response: {} }),
    signOut: client => client.signOut(),
    signOutEverywhere: client => client.signOutEverywhere(),
    startTotp: client => client.startTotp(),
    setPassword: client => client.setPassword({ password: 'four trains to Rome', secret: 'JBSW', code: '492039' }),
    startPasskey: client => client.startPasskey(),
    addPasskey: client => client.addPasskey({ challenge: 'c', name: 'MacBook', response: {} }),
    removePasskey: client => client.removePasskey(id),
    getKnobs: client => client.getKnobs(),
    putKnobs: client => client.putKnobs({ down: true }),
    moveClock: client => client.moveClock({ byMinutes: 60 }),
    putLife: client => client.putLife({ isOn: false }),
  }
  for (const [called, { method, path, answers, ...rest }] of Object.entries(endpoints)) {
    const [{ type = 'application/json' }] = Object.values(answers) as [{ type?: string }]
    const isSilent = 204 in answers
    const reply: Reply = isSilent
      ? response => response.writeHead(204).end()
      : response =>
          response
            .writeHead(200, { 'content-type': type })
            .end(type === 'text/event-stream' ? 'data: {}\n\n' : '{"line":1}\n')
    const { client, asked } = await serving([reply])

    const answer = await calls[called as EndpointName](client)

    const [first] = asked
    const parameter = path.includes('{name}') ? name : path.includes('{version}') ? '7' : encodeURIComponent(id)
    expect(`${first?.method} ${first?.path}`, called).toBe(`${method} ${path.replace(/\{\w+\}/, parameter)}`)
    expect(first?.headers.authorization).toBe('Bearer usher_key')
    expect(first?.headers['content-type'], called).toBe('body' in rest ? rest.body.type : undefined)
    expect(first?.headers['idempotency-key'] !== undefined, called).toBe('idempotencyKey' in rest)
    if (isSilent) expect(answer, called).toBeUndefined()
    else if (called === 'stream') expect(answer).toEqual([{ event: 'message', data: {} }])
    else expect(answer, called).toEqual(type === 'application/x-ndjson' ? [{ line: 1 }] : { line: 1 })
  }
})

test('types come from the schemas', async () => {
  type Client = ReturnType<typeof createClient>
  expectTypeOf<Awaited<ReturnType<Client['sendMessage']>>>().toEqualTypeOf<Acceptance>()
  expectTypeOf<Awaited<ReturnType<Client['getMessage']>>>().toEqualTypeOf<Message>()
  expectTypeOf<Awaited<ReturnType<Client['deleteSubscriber']>>>().toEqualTypeOf<void>()
  expectTypeOf<ReturnType<Client['sendBatch']>>().toEqualTypeOf<AsyncGenerator<BatchVerdict, void>>()
  expectTypeOf<ReturnType<Client['stream']>>().toEqualTypeOf<AsyncGenerator<LiveEvent, void>>()
  expectTypeOf<{ purpose: 'newsletter' }>().not.toExtend<Parameters<Client['sendMessage']>[0]>()
  expectTypeOf<{ limit: string }>().not.toExtend<Parameters<Client['listMessages']>[0]>()
})

test('a query leaves out what was not asked', async () => {
  const { client, asked } = await serving([json({ items: [], next: null })])

  await client.listMessages({ after: '2026-11-02T20:00:00+01:00', purpose: undefined, limit: 5 })

  expect(asked[0]?.query).toEqual({ after: '2026-11-02T20:00:00+01:00', limit: '5' })
})

test('a text gets a key of its own, and each try of it the same one', async () => {
  const { client, asked, slept } = await serving([hangUp, problem(503, 'stopping'), json({}, 502), json(accepted, 202)])

  expect(await client.sendMessage(aText)).toEqual(accepted)
  await client.sendMessage(aText)

  const keys = asked.map(({ headers }) => headers['idempotency-key'])
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
  expect(new Set(keys.slice(0, 4))).toEqual(new Set([keys[0]]))
  expect(keys[4]).not.toBe(keys[0])
  expect(new Set(asked.map(({ body }) => body))).toEqual(new Set([JSON.stringify(aText)]))
  expect(slept).toEqual([200, 400, 800])
})

test('what would be done twice by asking twice is asked once', async () => {
  const link = { token: 'Jm3t0VZk1yQxR7uDa8cW2bNh' }
  const password = { email: 'ada@orpheum.example', password: 'four trains', code: '492039' }
  const passkey = { challenge: 'c', name: 'MacBook', response: {} }
  const once: ((client: ReturnType<typeof createClient>) => Promise<unknown>)[] = [
    client => client.cancelMessage('m'),
    client => client.deleteSubscriber('orph-0001'),
    client => client.revealNumber('orph-0001', { reason: 'She called about a code.' }),
    client => client.startImport('{"id":"orph-0001"}\n'),
    client => client.createKey({ name: 'checkout', scopes: ['messages:write'] }),
    client => client.revokeKey('k'),
    client => client.inviteOperator({ name: 'Ada', email: 'ada@orpheum.example', role: 'viewer' }),
    client => client.signInWithLink(link),
    client => client.signInWithPassword(password),
    client => client.signInWithPasskey({ challenge: 'c', response: {} }),
    client => client.setPassword({ password: 'four trains to Rome', secret: 'JBSW', code: '492039' }),
    client => client.addPasskey(passkey),
    client => client.removePasskey('p'),
    client => client.signOut(),
    client => client.moveClock({ byMinutes: 60 }),
    client => client.segmentTrack({ event: 'Trailer Watched', userId: 'orph-0001' }),
    client => client.segmentIdentify({ userId: 'orph-0001' }),
    client => client.segmentBatch({ batch: [{ type: 'track', messageId: 'm' }, { type: 'track' }] }),
    client => client.openBadEvent('b'),
    client => client.replayBadEvent('b'),
    client => client.replayBadEvents(),
    client => client.dropBadEvent('b'),
    client => client.createWebhook({ url: 'https://orpheum.example/hooks', types: ['link.clicked'] }),
    client => client.deleteWebhook('w'),
    client => client.replaceWebhookSecret('w'),
    client => client.testWebhook('w'),
    client => client.replayDelivery('d'),
    client => client.replayFailed('w'),
    client => client.createLink({ destination: 'https://orpheum.example/', purpose: 'offer' }),
  ]
  const { client, asked } = await serving([problem(503, 'stopping')])

  for (const ask of once) await expect(ask(client)).rejects.toMatchObject({ code: 'stopping' })

  expect(asked).toHaveLength(once.length)
})

test('what names itself is asked again: events, and calls of Segment with a messageId', async () => {
  const { client, asked } = await serving([problem(503, 'stopping')])
  const again: (() => Promise<unknown>)[] = [
    () => client.postEvents(anEvent),
    () => client.postEvents([anEvent]),
    () => client.segmentTrack({ event: 'Trailer Watched', messageId: 'm1' }),
    () => client.segmentIdentify({ userId: 'orph-0001', messageId: 'm2' }),
    () => client.segmentBatch({ batch: [{ type: 'track', messageId: 'm3' }] }),
    () => client.putWebhook('w', { url: 'https://orpheum.example/hooks', types: ['link.clicked'] }),
    () => client.putFeedTypes({ types: [] }),
    () => client.revokeLink('l'),
    () => client.readFeed(),
  ]

  for (const ask of again) await expect(ask()).rejects.toMatchObject({ code: 'stopping' })

  expect(asked).toHaveLength(again.length * 4)
})

test('one event is posted as one, several as a batch, each try with the same ids', async () => {
  const answer = examples.postEvents.answers[202]
  const { client, asked } = await serving([hangUp, json(answer, 202)])
  const one = event('com.usher.payment.failed', {
    source: '/billing',
    subject: 'orph-0001',
    time: new Date('2026-11-02T19:41:07Z'),
    data: { amount: 999, currency: 'USD', invoice: 'inv-20931', bank: 'of our own' },
  })

  expect(await client.postEvents(one)).toEqual(answer)
  await client.postEvents([one])

  expect(asked[0]?.headers['content-type']).toBe('application/cloudevents+json')
  expect(asked[2]?.headers['content-type']).toBe('application/cloudevents-batch+json')
  expect(asked.slice(0, 2).map(({ body }) => JSON.parse(body).id)).toEqual([one.id, one.id])
  expect(JSON.parse(asked[2]!.body)).toEqual([one])
})

test('a bad event is a problem that says what is wrong with it, and is not posted again', async () => {
  const body = {
    type: '/docs/problems#bad_event',
    title: 'The event could not be taken. It is on the list of bad events, to be mended.',
    status: 422,
    code: 'bad_event',
    errors: [{ at: 'data.title', detail: 'It is missing.' }],
  }
  const { client, asked } = await serving([json(body, 422, { 'content-type': 'application/problem+json' })])

  await expect(client.postEvents(anEvent)).rejects.toMatchObject({ code: 'bad_event', errors: body.errors })

  expect(asked).toHaveLength(1)
})

test('an event is built whole, and by its type', () => {
  const asIs = event('com.usher.title.leaving', {
    source: '/catalogue',
    subject: 'his-girl-friday',
    id: 'leaving-his-girl-friday',
    data: { leavesAt: '2026-11-30T23:59:00Z' },
  })
  const random = () =>
    event('com.usher.view.started', {
      source: '/tv',
      subject: 'orph-0001',
      data: { title: 'judex' },
      time: '2026-11-02T20:00:00Z',
    })

  expect(asIs).toEqual({
    specversion: '1.0',
    id: 'leaving-his-girl-friday',
    source: '/catalogue',
    type: 'com.usher.title.leaving',
    subject: 'his-girl-friday',
    data: { leavesAt: '2026-11-30T23:59:00Z' },
  })
  expect(random().id).toMatch(/^[0-9a-f-]{36}$/)
  expect(random().id).not.toBe(random().id)
  for (const one of [asIs, random()]) {
    expect(CloudEvent.safeParse(one).error).toBeUndefined()
    expect(eventTypes[one.type].data.safeParse(one.data).error).toBeUndefined()
  }

  type Options = Parameters<typeof event<'com.usher.payment.failed'>>[1]
  expectTypeOf<{ amount: string; currency: string }>().not.toExtend<Options['data']>()
  expectTypeOf<{ amount: number; currency: string }>().toExtend<Options['data']>()
  expectTypeOf<'com.usher.payment.lost'>().not.toExtend<Parameters<typeof event>[0]>()
  expectTypeOf<typeof asIs>().toExtend<Parameters<ReturnType<typeof createClient>['postEvents']>[0]>()
})

const inFeed = (...names: (keyof typeof outgoingExamples)[]) => names.map(name => outgoingExamples[name])

test('the feed is read for ever, from where one stopped, and tells where one is', async () => {
  const { client, asked, slept } = await serving([
    json({ items: inFeed('inbound.received', 'link.clicked'), next: '7', isEnd: false }),
    json({ items: [], next: '9', isEnd: true }),
    json({ items: inFeed('link.clicked'), next: '12', isEnd: true }),
  ])

  const seen: [string, string | undefined][] = []
  for await (const { told, position } of client.watchFeed({
    after: '5',
    types: ['inbound.received', 'link.clicked'],
    pollMs: 700,
  })) {
    seen.push([told.type, position])
    if (told.type === 'inbound.received') expectTypeOf(told.data.keyword).toEqualTypeOf<string | null>()
    if (position === '12') break
  }

  // Half a page is not yet to be skipped: the position moves with its last item.
  expect(seen).toEqual([
    ['inbound.received', '5'],
    ['link.clicked', '7'],
    ['link.clicked', '12'],
  ])
  expect(asked.map(({ query }) => query.after)).toEqual(['5', '7', '9'])
  expect(asked[0]?.query).toMatchObject({ types: 'inbound.received,link.clicked', limit: '100' })
  expect(slept).toEqual([700])
})

test('the feed waits while Usher is away, longer and longer, and says so', async () => {
  const page = json({ items: inFeed('link.clicked'), next: '2', isEnd: true })
  const { client, slept } = await serving([...Array(32).fill(problem(503, 'database_away')), page])
  const away: unknown[] = []

  for await (const _ of client.watchFeed({ onAway: error => away.push(error) })) break

  expect(away).toHaveLength(8)
  expect(away[0]).toMatchObject({ code: 'database_away' })
  const own = slept.filter(ms => ms > 800)
  expect(own).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
})

test('the feed ends where it is told no, and without an error where its signal says so', async () => {
  const refused = await serving([problem(403, 'forbidden')])
  await expect(collect(refused.client.watchFeed())).rejects.toMatchObject({ code: 'forbidden' })
  expect(refused.asked).toHaveLength(1)

  const page = json({ items: inFeed('link.clicked', 'inbound.received'), next: '2', isEnd: true })
  const between = new AbortController()
  const { client, asked } = await serving([page])
  const seen: unknown[] = []
  for await (const { told } of client.watchFeed({ signal: between.signal })) {
    seen.push(told.type)
    between.abort()
  }
  expect(seen).toEqual(['link.clicked'])
  expect(asked).toHaveLength(1)

  const waiting = new AbortController()
  const idle = await serving([json({ items: [], next: '0', isEnd: true })], {
    sleep: (_, signal) => {
      setImmediate(() => waiting.abort())
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    },
  })
  expect(await collect(idle.client.watchFeed({ signal: waiting.signal }))).toEqual([])

  const asking = new AbortController()
  const silent = await serving([() => asking.abort()])
  expect(await collect(silent.client.watchFeed({ signal: asking.signal }))).toEqual([])
  expect(await collect(silent.client.watchFeed({ signal: asking.signal }))).toEqual([])
  expect(silent.asked).toHaveLength(1)
})

test('a browser that has signed in needs no key; what it says of itself is asked anew for each request', async () => {
  let csrf = 'first'
  const { client, asked } = await serving([json({})], {
    apiKey: undefined as never,
    headers: () => ({ 'x-usher-csrf': csrf }),
  })

  await client.putLife({ isOn: false })
  csrf = 'second'
  await client.putLife({ isOn: true })

  expect(asked.map(({ headers }) => [headers.authorization, headers['x-usher-csrf']])).toEqual([
    [undefined, 'first'],
    [undefined, 'second'],
  ])
})

test.each([
  ['text', '{"id":"orph-0001"}\n', undefined, 'application/x-ndjson'],
  ['a file', new Blob(['id,locale\norph-0001,en\n'], { type: 'text/x-whatever' }), 'text/csv', 'text/csv'],
] as const)('an import in the background is sent whole, under its name: %s', async (_, file, type, sent) => {
  const { client, asked } = await serving([json(examples.startImport.answers[202], 202)])

  const started = await client.startImport(file, {
    ...{ name: 'november & more.csv', kind: 'subscriptions' },
    ...(type && { type }),
  })

  expect(started.state).toBe('running')
  expect(asked[0]?.headers['content-type']).toBe(sent)
  expect(asked[0]?.query).toEqual({ name: 'november & more.csv', kind: 'subscriptions' })
  expect(asked[0]?.body).toBe(typeof file === 'string' ? file : await file.text())
})

test('a file takes the time it takes', async () => {
  const { client, asked } = await serving(
    [response => void setTimeout(() => json(examples.startImport.answers[202], 202)(response, response.req), 150)],
    { timeoutMs: 30 },
  )

  await client.startImport('{"id":"orph-0001"}\n')

  expect(asked).toHaveLength(1)
})

test('a key that is given is kept', async () => {
  const { client, asked } = await serving([json(accepted, 202)])

  await client.sendMessage(aText, { idempotencyKey: 'elaine-9:orph-0001' })

  expect(asked[0]?.headers['idempotency-key']).toBe('elaine-9:orph-0001')
})

test('after three more tries it gives up, with what went wrong last', async () => {
  const away = await serving([problem(503, 'database_away')])
  const dead = await serving([hangUp])

  await expect(away.client.sendMessage(aText)).rejects.toMatchObject({ code: 'database_away' })
  await expect(dead.client.sendMessage(aText)).rejects.toThrow('fetch failed')

  expect([away.asked.length, dead.asked.length]).toEqual([4, 4])
})

test.each([
  ['seconds', { 'retry-after': '7' }, 7_000],
  [
    'a date, by the clock of the server',
    { date: 'Mon, 02 Nov 2026 20:00:00 GMT', 'retry-after': 'Mon, 02 Nov 2026 20:00:09 GMT' },
    9_000,
  ],
  ['less than is civil', { 'retry-after': '0' }, 200],
  ['nothing that can be read', { 'retry-after': 'soon' }, 200],
])('Retry-After is honoured: %s', async (_, headers, ms) => {
  const { client, slept } = await serving([problem(429, 'rate_limited', headers), json(accepted, 202)])

  await client.sendMessage(aText)

  expect(slept).toEqual([ms])
})

test('a wait of more than a minute is the caller’s to decide', async () => {
  const { client, asked } = await serving([problem(429, 'rate_limited', { 'retry-after': '3600' })])

  await expect(client.sendMessage(aText)).rejects.toMatchObject({ status: 429, retryAfterMs: 3_600_000 })

  expect(asked).toHaveLength(1)
})

test('a first try that is still under way is asked for again', async () => {
  const { client, asked } = await serving([hangUp, problem(409, 'idempotency_key_in_flight'), json(accepted, 202)])

  expect(await client.sendMessage(aText)).toEqual(accepted)

  expect(asked).toHaveLength(3)
})

test('what repeating does not mend is not repeated', async () => {
  const { client, asked } = await serving([
    problem(422, 'unknown_template'),
    problem(500, 'internal'),
    problem(503, 'stopping'),
  ])

  await expect(client.sendMessage(aText)).rejects.toMatchObject({ code: 'unknown_template' })
  await expect(client.getMessage('x')).rejects.toMatchObject({ code: 'internal' })
  await expect(client.deleteSubscriber('orph-0001')).rejects.toMatchObject({ code: 'stopping' })

  expect(asked).toHaveLength(3)
})

test('a problem says what, where and where to read more', async () => {
  const body = {
    type: '/docs/problems#invalid_request',
    title: 'The request does not say what it has to.',
    status: 422,
    code: 'invalid_request',
    detail: 'Name either a subscriber or a number.',
    errors: [{ at: 'subscriber', detail: 'Name either a subscriber or a number.' }],
  }
  const { client } = await serving([json(body, 422, { 'content-type': 'application/problem+json; charset=utf-8' })])

  const error = await client.sendMessage(aText).catch((error: unknown) => error)

  expect(error).toBeInstanceOf(UsherProblem)
  expect(error).toMatchObject({
    name: 'UsherProblem',
    message: 'invalid_request (422): Name either a subscriber or a number.',
    code: 'invalid_request',
    status: 422,
    errors: body.errors,
    docs: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/docs\/problems#invalid_request$/),
  })
})

test('the words of what stands between are kept where there is no problem', async () => {
  const { client } = await serving([
    response => response.writeHead(403, { 'content-type': 'text/html' }).end('<h1>Blocked by the gateway</h1>'),
  ])

  await expect(client.listTemplates()).rejects.toMatchObject({
    code: 'http_403',
    detail: '<h1>Blocked by the gateway</h1>',
    docs: undefined,
  })
})

test('a try that takes too long is given up and asked again', async () => {
  const { client, asked } = await serving([() => {}, json(accepted, 202)], { timeoutMs: 60 })

  expect(await client.sendMessage(aText)).toEqual(accepted)

  expect(asked).toHaveLength(2)
})

test('a caller who gives up ends the request and its tries, the wait between them too', async () => {
  const giveUp = new AbortController()
  const silent = await serving([() => giveUp.abort(new Error('Enough.'))])
  const waiting = new AbortController()
  const slow = await serving([problem(503, 'stopping', { 'retry-after': '50' })], {
    sleep: (_, signal) => {
      setImmediate(() => waiting.abort(new Error('Enough of waiting.')))
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    },
  })

  await expect(silent.client.sendMessage(aText, { signal: giveUp.signal })).rejects.toThrow('Enough.')
  await expect(slow.client.sendMessage(aText, { signal: waiting.signal })).rejects.toThrow('Enough of waiting.')

  expect([silent.asked.length, slow.asked.length]).toEqual([1, 1])
})

test('the wait of its own ends with the signal', async () => {
  const giveUp = new AbortController()
  const { client } = await serving(
    [
      response => {
        problem(503, 'stopping', { 'retry-after': '50' })(response, response.req)
        setTimeout(() => giveUp.abort(new Error('Enough.')), 20)
      },
    ],
    { sleep: undefined as never },
  )

  await expect(client.sendMessage(aText, { signal: giveUp.signal })).rejects.toThrow('Enough.')
})

test('a batch is answered line by line while it is still being written', async () => {
  const { client } = await serving([
    async (response, request) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' })
      let line = 0
      let rest = ''
      for await (const piece of request) {
        rest += piece
        for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
          const { subscriber } = JSON.parse(rest.slice(0, end))
          rest = rest.slice(end + 1)
          response.write(`${JSON.stringify({ line: ++line, id: subscriber })}\n`)
        }
      }
      response.end()
    },
  ])
  let goOn = () => {}
  async function* texts() {
    for (const subscriber of ['orph-0001', 'orph-0002', 'orph-0003']) {
      yield { ...aText, subscriber }
      // The next is written once the verdict on this one was read.
      await new Promise<void>(resolve => {
        goOn = resolve
      })
    }
  }

  const seen: unknown[] = []
  for await (const { line, id } of client.sendBatch(texts())) {
    seen.push([line, id])
    goOn()
  }

  expect(seen).toEqual([
    [1, 'orph-0001'],
    [2, 'orph-0002'],
    [3, 'orph-0003'],
  ])
})

test('verdicts are read whole, however the network cuts them', async () => {
  const bytes = Buffer.from('{"line":1,"reasons":[{"rule":"guard","sentence":"« é 日 🎬 »"}]}\n\n{"line":2}')
  const { client } = await serving([
    async response => {
      response.writeHead(200)
      for (const byte of bytes) {
        response.write(Buffer.of(byte))
        await new Promise(setImmediate)
      }
      response.end()
    },
  ])

  const verdicts = await collect(client.sendBatch([aText, aText]))

  expect(verdicts).toEqual([{ line: 1, reasons: [{ rule: 'guard', sentence: '« é 日 🎬 »' }] }, { line: 2 }])
})

test('an answer that ends before the batch does is an error, and so is one that is cut off', async () => {
  const short = await serving([ndjson({ line: 1, state: 'queued' })])
  const cut = await serving([
    response => {
      response.writeHead(200).write('{"line":1}\n{"li')
      setTimeout(() => response.destroy(), 20)
    },
  ])

  await expect(collect(short.client.sendBatch([aText, aText]))).rejects.toThrow('1 verdicts for 2 lines')
  await expect(collect(cut.client.sendBatch([aText]))).rejects.toThrow('terminated')
})

test('a batch that its own source breaks throws what the source threw', async () => {
  const { client } = await serving([json({})])
  function* texts() {
    yield aText
    throw new Error('The list of subscribers is gone.')
  }

  await expect(collect(client.sendBatch(texts()))).rejects.toThrow('The list of subscribers is gone.')
})

test('who stops reading verdicts stops the batch: the source is closed', async () => {
  const { client } = await serving([
    (response, request) => {
      response.writeHead(200).write('{"line":1}\n')
      request.resume()
    },
  ])
  let isClosed: (value: string) => void = () => {}
  const closed = new Promise<string>(resolve => {
    isClosed = resolve
  })
  async function* texts() {
    try {
      for (;;) {
        yield aText
        await new Promise(setImmediate)
      }
    } finally {
      isClosed('closed')
    }
  }

  for await (const { line } of client.sendBatch(texts())) if (line === 1) break

  expect(await closed).toBe('closed')
})

test('a refused batch throws its problem', async () => {
  const { client } = await serving([problem(403, 'forbidden')])

  await expect(collect(client.sendBatch([aText]))).rejects.toMatchObject({ code: 'forbidden' })
})

type Importable = Parameters<ReturnType<typeof createClient>['importSubscribers']>[0]
test.each<[string, () => Importable, 'text/csv' | undefined, string]>([
  [
    'objects',
    () => [{ id: 'orph-0001' }, { id: 'orph-0002', locale: 'fr' }],
    undefined,
    '{"id":"orph-0001"}\n{"id":"orph-0002","locale":"fr"}\n',
  ],
  ['a text of CSV', () => 'id,locale\norph-0001,en\n', 'text/csv', 'id,locale\norph-0001,en\n'],
  ['a stream of bytes', () => new Blob(['id\n', 'orph-0001\n']).stream(), 'text/csv', 'id\norph-0001\n'],
  ['a blob', () => new Blob(['id\norph-0001\n']), 'text/csv', 'id\norph-0001\n'],
  [
    'a stream of Node',
    () => Readable.from([Buffer.from('id\norph-'), Buffer.from('0001\n')]),
    'text/csv',
    'id\norph-0001\n',
  ],
])('subscribers are imported from %s', async (_, body, type, wire) => {
  const { client, asked } = await serving([
    ndjson(
      { line: 1, problem: { code: 'invalid_number', detail: 'No.' } },
      { done: { read: 2, taken: 1, made: 1, bad: 1 } },
    ),
  ])

  const reports = await collect(client.importSubscribers(body(), type && { type }))

  expect(reports).toEqual([
    { line: 1, problem: { code: 'invalid_number', detail: 'No.' } },
    { done: { read: 2, taken: 1, made: 1, bad: 1 } },
  ])
  expect(asked[0]?.body).toBe(wire)
  expect(asked[0]?.headers['content-type']).toBe(type ?? 'application/x-ndjson')
})

test('live events come one by one, signs of life and unknown fields left out', async () => {
  const { client, asked } = await serving([
    async response => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(': hello\nretry: 1000\n\nevent: message\r\nid: 7\r\ndata: {"state":"delivered",\r\n')
      await new Promise(setImmediate)
      response.end('data: "lane":"code"}\r\n\r\ndata:{"n":1}\n\nevent: bind\n\n')
    },
  ])

  expect(await collect(client.stream())).toEqual([
    { event: 'message', data: { state: 'delivered', lane: 'code' } },
    { event: 'message', data: { n: 1 } },
  ])
  expect(asked[0]?.headers.accept).toBe('text/event-stream')
})

test('a signal ends the live stream without an error; a server that breaks does not', async () => {
  const stop = new AbortController()
  const living = await serving([
    response => response.writeHead(200).write('event: inbound\ndata: {"keyword":"stop"}\n\n'),
  ])
  const dying = await serving([
    response => {
      response.writeHead(200).write('data: {}\n\n')
      setTimeout(() => response.destroy(), 20)
    },
  ])

  const seen: LiveEvent[] = []
  for await (const event of living.client.stream({ signal: stop.signal })) {
    seen.push(event)
    stop.abort()
  }

  expect(seen).toEqual([{ event: 'inbound', data: { keyword: 'stop' } }])
  await expect(collect(dying.client.stream())).rejects.toThrow('terminated')
})
