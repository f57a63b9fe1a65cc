import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Hono } from 'hono'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClient, event, UsherProblem } from './client.ts'
import { type Endpoint, endpoints } from './endpoints.ts'
import { CloudEvent } from './event.ts'
import { examples, outgoingExamples } from './examples.ts'
import { linkContexts, withoutContext } from './link-context.ts'
import type { ToldOf } from './webhook.ts'
import { verifyWebhook, WebhookProblem } from './webhook-verify.ts'

// The README's examples, as they stand there, against the examples of the endpoints. The last test compares the two.

const realFetch = globalThis.fetch
const webhookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
let linkKey: object

const asked: { name: string; request: Request; body: string }[] = []
const logged: unknown[][] = []

/** Answers each endpoint with its example. */
async function answer(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init)
  const { pathname } = new URL(request.url)
  const [name, endpoint] = (Object.entries(endpoints) as [keyof typeof endpoints, Endpoint][]).find(
    ([, { method, path }]) =>
      method === request.method.toLowerCase() && new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  )!
  asked.push({ name, request, body: await request.text() })
  if (name === 'getTemplate')
    return Response.json(
      {
        type: '/docs/problems#unknown_template',
        title: 'There is no such template.',
        status: 404,
        code: 'unknown_template',
      },
      { status: 404, headers: { 'content-type': 'application/problem+json' } },
    )
  const [status, { type }] = Object.entries(endpoint.answers)[0]!
  const value = examples[name].answers[Number(status)]
  if (type === 'text/event-stream') return new Response(String(value))
  if (type) return new Response((value as unknown[]).map(line => `${JSON.stringify(line)}\n`).join(''))
  if (name === 'listLinkKeys') return Response.json({ keys: [linkKey] })
  const isLastPage = new URL(request.url).searchParams.has('cursor')
  return Response.json(isLastPage ? { items: [], next: null } : value)
}

const openAsBlob = async (name: string) => new Blob([`id,locale\n${name},en\n`])
const createReadStream = (name: string) => Readable.from([`id,locale\n${name},en\n`])
const views = [{ id: 'view-88411', viewer: 'orph-0001', title: 'judex' }]
const mended = (event: unknown) => ({ ...(event as object), data: { title: 'his-girl-friday' } })
const seen = new Set<string>()
const isNew = async (id: string) => !seen.has(id) && seen.add(id)
async function* watchersOf(title: string) {
  for (const id of ['orph-0023', 'orph-0026', 'orph-0001']) yield { id, title }
}

beforeEach(() => {
  asked.length = 0
  logged.length = 0
  seen.clear()
  vi.stubGlobal('fetch', answer)
  vi.stubEnv('USHER_API_KEY', 'usher_key')
  vi.stubEnv('WEBHOOK_SECRETS', `whsec_Gr0XcK5pQwzT8mYvN2sLh7dBf9jAe3Ru ${webhookSecret}`)
  vi.spyOn(console, 'log').mockImplementation((...line) => void logged.push(line))
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('the examples of the README run', async () => {
  const usher = createClient({ baseUrl: 'https://usher.orpheum.example', apiKey: process.env.USHER_API_KEY! })

  const { id, state, reasons } = await usher.sendMessage({
    subscriber: 'orph-0001',
    purpose: 'title.new_episode',
    template: 'title.new_episode',
    data: {
      title: 'The Exploits of Elaine',
      episode: 'Chapter 9: The Death Ray',
      link: 'https://go.orpheum.example/7Kq2xZ',
    },
  })
  if (state === 'refused') console.log(id, reasons)

  await usher.sendMessage(
    { subscriber: 'orph-0001', purpose: 'account.payment', text: 'Orpheum: we received your payment. Thank you.' },
    { idempotencyKey: 'invoice-20931-paid' },
  )
  expect(asked[1]?.request.headers.get('idempotency-key')).toBe('invoice-20931-paid')

  async function* texts() {
    for await (const { id } of watchersOf('the-exploits-of-elaine'))
      yield {
        subscriber: id,
        purpose: 'title.new_episode' as const,
        template: 'title.new_episode',
        data: { title: 'The Exploits of Elaine', episode: 'Chapter 9', link: 'https://go.orpheum.example/7Kq2xZ' },
        idempotencyKey: `elaine-9:${id}`,
      }
  }

  for await (const { line, problem } of usher.sendBatch(texts())) if (problem) console.log(line, problem.code)
  expect(asked[2]?.body.trimEnd().split('\n')).toHaveLength(3)
  expect(logged.at(-1)).toEqual([3, 'unknown_subscriber'])

  await usher.cancelMessage(id)
  expect(asked.at(-1)?.name).toBe('cancelMessage')

  const message = await usher.getMessage(id)
  const { rules, timeline } = await usher.explainMessage(id)
  expect([message.id, rules.length > 0, timeline.length > 0]).toEqual([id, true, true])

  let cursor: string | undefined
  do {
    const page = await usher.listMessages({ state: 'undeliverable', limit: 200, cursor })
    for (const { id, reason } of page.items) console.log(id, reason)
    cursor = page.next ?? undefined
  } while (cursor)
  expect(asked.filter(({ name }) => name === 'listMessages')).toHaveLength(2)

  await usher.putSubscriber('orph-0001', {
    number: '+12125550142',
    locale: 'en',
    zone: 'America/New_York',
    region: 'US-NY',
    consents: { titles: { granted: true, how: 'page', words: 'Yes, text me about new episodes.' } },
  })

  for await (const report of usher.importSubscribers(createReadStream('subscribers.csv'), { type: 'text/csv' }))
    if ('problem' in report) console.log(report.line, report.problem.code)
    else if ('done' in report) console.log(report.done)
  expect(asked.at(-1)?.body).toBe('id,locale\nsubscribers.csv,en\n')
  expect(logged.slice(-2)).toEqual([[3, 'invalid_number'], [{ read: 3, taken: 2, made: 1, bad: 1 }]])

  {
    const { id: importId } = await usher.startImport(await openAsBlob('subscribers.csv'), {
      name: 'subscribers.csv',
      type: 'text/csv',
    })
    const { state, readBytes, bytes, problems } = await usher.getImport(importId)
    expect(asked.at(-2)?.request.headers.get('content-type')).toBe('text/csv')
    expect([state, readBytes < bytes, problems[0]?.line]).toEqual(['running', true, 37])
  }

  const stop = new AbortController()
  for await (const { event, data } of usher.stream({ signal: stop.signal })) console.log(event, data)
  expect(logged.slice(-2).map(([event]) => event)).toEqual(['message', 'inbound'])

  try {
    await usher.getTemplate('title.new_episode')
  } catch (error) {
    if (!(error instanceof UsherProblem)) throw error // the network's: refused, reset, timed out
    console.log(error.code, error.status, error.detail, error.errors, error.docs)
  }
  const docs = 'https://usher.orpheum.example/docs/problems#unknown_template'
  expect(logged.at(-1)).toEqual(['unknown_template', 404, undefined, [], docs])
})

test('the examples of the README run: events', async () => {
  const usher = createClient({ baseUrl: 'https://usher.orpheum.example', apiKey: process.env.USHER_API_KEY! })

  await usher.postEvents(
    event('com.usher.payment.failed', {
      id: 'pay-20931',
      source: '/billing',
      subject: 'orph-0001',
      time: new Date('2026-11-02T19:41:07Z'),
      data: { amount: 999, currency: 'USD', invoice: 'inv-20931', reason: 'card_declined' },
    }),
  )
  expect(CloudEvent.parse(JSON.parse(asked[0]!.body))).toMatchObject({ id: 'pay-20931', subject: 'orph-0001' })

  const { events } = await usher.postEvents(
    views.map(({ id, viewer, title }) =>
      event('com.usher.view.completed', { id, source: '/player/tv', subject: viewer, data: { title } }),
    ),
  )
  for (const { verdict, eventId, problem } of events) if (verdict === 'bad') console.log(eventId, problem?.errors)
  expect(JSON.parse(asked[1]!.body)).toMatchObject([{ id: 'view-88411', type: 'com.usher.view.completed' }])

  const bad = await usher.listBadEvents({ reason: 'invalid_data' })
  for (const { id, errors } of bad.items) console.log(id, errors)
  expect(logged.at(-1)?.[1]).toEqual([{ at: 'data.title', detail: expect.any(String) }])

  const { event: asItCame } = await usher.openBadEvent(bad.items[0]!.id)
  const { verdict } = await usher.replayBadEvent(bad.items[0]!.id, { event: mended(asItCame) })
  expect(verdict).toBe('taken')
  expect(JSON.parse(asked.at(-1)!.body).event).toMatchObject({ id: 'view-88410', data: { title: 'his-girl-friday' } })

  await usher.postEvents({
    specversion: '1.0',
    id: 'trailer-5512',
    source: '/player/tv',
    type: 'example.orpheum.trailer.watched',
    subject: 'orph-0001',
    data: { title: 'his-girl-friday' },
  })
  expect(asked.at(-1)?.request.headers.get('content-type')).toBe('application/cloudevents+json')
})

async function handle(told: ToldOf) {
  switch (told.type) {
    case 'inbound.received':
      return console.log(told.data.subscriber, 'wrote', told.data.keyword)
    case 'link.clicked':
      return console.log(told.data.subscriber, 'opened', told.data.destination)
    default: // not asked for, or of a newer Usher
  }
}

/** What Usher posts to an endpoint. */
function aCall(told: unknown, secret: string) {
  const body = JSON.stringify(told)
  const id = (told as { id: string }).id
  const now = new Date()
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, now, body),
  }
  return { method: 'POST', headers, body }
}

test('the examples of the README run: webhooks', async () => {
  const usher = createClient({ baseUrl: 'https://usher.orpheum.example', apiKey: process.env.USHER_API_KEY! })
  const app = new Hono()

  const { secret, endpoint } = await usher.createWebhook({
    url: 'https://orpheum.example/hooks/usher',
    types: ['message.undeliverable', 'inbound.received', 'link.clicked'],
  })
  expect([secret, endpoint.state]).toEqual([webhookSecret, 'active'])

  const secrets = process.env.WEBHOOK_SECRETS!.split(' ')

  app.post('/hooks/usher', async c => {
    try {
      const told = await verifyWebhook(c.req.raw, secrets)
      if (await isNew(told.id)) await handle(told)
      return c.body(null, 204)
    } catch (error) {
      if (!(error instanceof WebhookProblem)) throw error
      return c.text(error.code, 400)
    }
  })

  const server = createServer(async (request, response) => {
    const call = { headers: request.headers, body: await buffer(request) }
    const told = await verifyWebhook(call, secrets).catch((error: WebhookProblem) => error)
    if (told instanceof Error) return response.writeHead(400).end(told.message)
    if (await isNew(told.id)) await handle(told)
    response.writeHead(204).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/usher`
  const doors = [
    (call: RequestInit) => app.request('/hooks/usher', call),
    (call: RequestInit) => realFetch(address, call),
  ]

  for (const knock of doors) {
    seen.clear()
    const clicked = aCall(outgoingExamples['link.clicked'], secret)
    const forged = { ...clicked, body: clicked.body.replace('orph-0001', 'orph-0014') }
    const calls = [clicked, clicked, aCall(outgoingExamples['inbound.received'], secret), forged, { method: 'POST' }]
    const statuses = []
    for (const call of calls) statuses.push((await knock(call)).status)
    expect(statuses).toEqual([204, 204, 204, 400, 400])
    expect(logged.splice(0)).toEqual([
      ['orph-0001', 'opened', 'https://orpheum.example/account/payment'],
      ['orph-0014', 'wrote', 'stop'],
    ])
  }
  server.closeAllConnections()
  server.close()
})

test('the examples of the README run: the feed', async () => {
  const usher = createClient({ baseUrl: 'https://usher.orpheum.example', apiKey: process.env.USHER_API_KEY! })
  const positions: (string | undefined)[] = ['5201883']
  const kept = {
    position: async () => positions.at(-1),
    keep: async (position: string | undefined) => {
      if (positions.push(position) === 3) leaving.abort()
    },
  }

  const leaving = new AbortController()
  const feed = usher.watchFeed({
    after: await kept.position(),
    types: ['inbound.received', 'link.clicked'],
    signal: leaving.signal,
    onAway: error => console.log('Usher is away:', error),
  })
  for await (const { told, position } of feed) {
    if (await isNew(told.id)) await handle(told)
    await kept.keep(position)
  }

  expect(positions).toEqual(['5201883', '5201883', '5203416'])
  expect(logged.map(([, did]) => did)).toEqual(['opened', 'wrote'])
})

test('the examples of the README run: links', async () => {
  const usher = createClient({ baseUrl: 'https://usher.orpheum.example', apiKey: process.env.USHER_API_KEY! })
  const pair = await generateKeyPair('ES256', { extractable: true })
  linkKey = { ...(await exportJWK(pair.publicKey)), kid: 'l1', alg: 'ES256', use: 'sig' }
  const token = await new SignJWT({ purpose: 'account.payment', link: 'l', message: null })
    .setProtectedHeader({ alg: 'ES256', typ: 'usher-link+jwt', kid: 'l1' })
    .setIssuer('https://o.orpheum.example')
    .setAudience('https://orpheum.example')
    .setSubject('orph-0001')
    .setJti('c')
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(pair.privateKey)
  const request = new Request(`https://orpheum.example/account/payment?usher=${token}`)

  const { url } = await usher.createLink({
    destination: 'https://orpheum.example/account/payment',
    purpose: 'account.payment',
    subscriber: 'orph-0001',
  })
  expect(url).toMatch(/^https:\/\/o\.orpheum\.example\/[\w-]{11}$/)

  const contexts = linkContexts({
    usherUrl: 'https://usher.orpheum.example',
    issuer: 'https://o.orpheum.example',
    audience: 'https://orpheum.example',
    onProblem: ({ code }) => console.log('A context was not taken:', code),
  })

  const context = await contexts.verify(request.url)
  if (context) console.log(context.sub, context.purpose, withoutContext(request.url))
  expect(logged).toEqual([['orph-0001', 'account.payment', 'https://orpheum.example/account/payment']])

  expect(await contexts.verify('https://orpheum.example/?usher=old')).toBeNull()
  expect(logged.at(-1)).toEqual(['A context was not taken:', 'forged'])
})

test('the README shows what runs here', () => {
  const here = new Set(
    readFileSync(new URL(import.meta.url), 'utf8')
      .split('\n')
      .map(line => line.trim()),
  )
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const shown = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].flatMap(([, code]) =>
    code!.split('\n').map(line => line.trim()),
  )

  expect(shown.length).toBeGreaterThan(150)
  for (const line of shown) if (!line.startsWith('import ')) expect([...here]).toContain(line)
})
