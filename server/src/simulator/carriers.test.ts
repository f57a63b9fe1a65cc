// Several carriers over one set of phones, some of which speak HTTP with the face of a provider.
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeText } from '@usher/smpp/gsm'
import { segment } from '@usher/smpp/segment'
import { type ClientOptions, SmppClient } from '@usher/smpp/session'
import { afterEach, expect, test } from 'vitest'
import { cirrusAccount, demoCarriers } from './demo-carriers.ts'
import type { FaceText, HttpFace } from './face.ts'
import { seeded } from './knobs.ts'
import { type CarrierOptions, type Simulator, startSimulator } from './simulator.ts'

const ana = '+4915112345678'
const sender = '22044'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

interface Posted {
  to: string
  from: string
  text: string
  statusUrl?: string
  validForMs?: number
}

/** A provider of our own, as plain as can be: what a real one's words are is a matter of its own tests. */
const plainFace: HttpFace = {
  async read(request) {
    if (new URL(request.url).pathname !== '/texts') return { response: new Response('Nothing here.', { status: 404 }) }
    if (request.headers.get('authorization') !== 'Bearer plain')
      return { response: new Response('Who are you?', { status: 401 }) }
    const { to, from, text, statusUrl = null, validForMs = null } = (await request.json()) as Posted
    return { text: { to, originator: from, text, statusUrl, validForMs, clientReference: null } }
  },
  id: n => `P${n}`,
  taken: (id, { to }, at) => Response.json({ id, to, at: at.getTime() }, { status: 201 }),
  refused: why => Response.json({ why }, { status: { throttled: 429, queueFull: 503, rejected: 400 }[why] }),
  receipt: ({ id, state, text: { statusUrl } }) =>
    statusUrl === null ? null : new Request(statusUrl, { method: 'POST', body: JSON.stringify({ id, state }) }),
  inbound: ({ id, from, to, text, url }) =>
    new Request(url, { method: 'POST', body: JSON.stringify({ id, from, to, text }) }),
}

/** What Twilio's client hears: forms, with a signature. */
async function listenToForms() {
  const heard: { path: string; fields: Record<string, string>; isSigned: boolean }[] = []
  const watchers = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const fields = Object.fromEntries(new URLSearchParams((await octetsOf(request)).toString()))
    heard.push({ path: request.url!, fields, isSigned: request.headers['x-twilio-signature'] !== undefined })
    response.end()
    for (const look of watchers) look()
  })
  return { heard, ...(await opened(server, heard, watchers)) }
}

async function octetsOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

/** Listens until the test ends; `until` waits for as many calls. */
async function opened<H>(server: Server, heard: H[], watchers: Set<() => void>) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const until = (count: number) =>
    new Promise<H[]>(resolve => {
      const look = () => {
        if (heard.length < count) return
        watchers.delete(look)
        resolve(heard)
      }
      watchers.add(look)
      look()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, until }
}

interface Heard {
  path: string
  body: { id: string; state?: string; text?: string; from?: string; to?: string }
}

/** The client's side: hears receipts and texts, and answers as it is told. */
async function listen(answer: (heard: Heard, count: number) => number | 'never' = () => 200) {
  const heard: Heard[] = []
  const watchers = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await octetsOf(request)).toString()) as Heard['body']
    const one = { path: request.url!, body }
    heard.push(one)
    const status = answer(one, heard.length)
    if (status === 'never') request.socket.destroy()
    else response.writeHead(status).end()
    for (const look of watchers) look()
  })
  return { heard, ...(await opened(server, heard, watchers)) }
}

const aurora = { name: 'aurora', protocol: 'smpp', systemId: 'usher', password: 'one' } as const
const boreal = { name: 'boreal', protocol: 'smpp', systemId: 'usher', password: 'two' } as const
const cirrus = { name: 'cirrus', protocol: 'http', face: plainFace } as const

async function start(carriers: readonly CarrierOptions[], more: { journal?: string } = {}): Promise<Simulator> {
  const quick = carriers.map(carrier => ({
    ...carrier,
    knobs: { receiptDelayMs: 0, redeliverAfterMs: 5, ...carrier.knobs },
  }))
  const simulator = await startSimulator({ carriers: quick, random: seeded(1), record: true, ...more })
  open.push(() => simulator.stop())
  return simulator
}

const post = (
  simulator: Simulator,
  text: Partial<Record<keyof FaceText | 'from', unknown>> = {},
  init: RequestInit = {},
) =>
  fetch(`${simulator.carrier('cirrus').url}/texts`, {
    method: 'POST',
    headers: { authorization: 'Bearer plain' },
    body: JSON.stringify({ to: ana, from: sender, text: 'Hello from afar', ...text }),
    ...init,
  })

/** A client bound to one of the SMPP carriers. */
async function bind(
  simulator: Simulator,
  { name, systemId, password }: { name: string; systemId: string; password: string },
) {
  const heard: string[] = []
  const client = await new Promise<SmppClient>(resolve => {
    const client: SmppClient = new SmppClient({
      ...{ host: '127.0.0.1', port: simulator.carrier(name).smppPort!, systemId, password },
      onDeliver(pdu) {
        if (pdu.esm_class === 0)
          heard.push(decodeText(pdu.data_coding, (pdu as { short_message: Uint8Array }).short_message))
        return 0
      },
      onState: state => state === 'bound' && resolve(client),
    })
    client.start()
  })
  open.push(() => client.destroy())
  const submit = (text: string, from = sender, to = ana) =>
    client.submit({
      ...{ source_addr_ton: 3, source_addr: from, dest_addr_ton: 1, destination_addr: to.slice(1) },
      short_message: segment(text).segments[0]!.octets,
    })
  return { heard, submit, client }
}

const written = async (simulator: Simulator, text: string, to = sender) => {
  const reply = simulator.reply(ana, to, text)
  if ('problem' in reply) throw new Error(reply.problem)
  await reply.acknowledged
}

const turned = (simulator: Simulator, knobs: object, name = 'cirrus') =>
  expect(simulator.carrier(name).turn(knobs)).toHaveProperty('ok')

test('the texts of all carriers come to the same phones, and each carrier counts its own', async () => {
  const simulator = await start([aurora, boreal, cirrus])
  const one = await bind(simulator, aurora)
  const two = await bind(simulator, boreal)

  await one.submit('By aurora')
  await two.submit('By boreal')
  await post(simulator, { text: 'By cirrus' })

  const { texts } = simulator.handsets.find(ana)
  expect(texts.map(({ text, carrier }) => [text, carrier])).toEqual([
    ['By aurora', 'aurora'],
    ['By boreal', 'boreal'],
    ['By cirrus', 'cirrus'],
  ])
  for (const { name, counts, ledger } of simulator.carriers) {
    expect(counts).toMatchObject({ received: 1, submitted: 1, delivered: 1 })
    expect(ledger!.after(0)).toMatchObject([{ text: `By ${name}`, answered: true }])
  }
  expect(simulator.counts).toBe(simulator.carrier('aurora').counts)
  expect(() => simulator.carrier('delta')).toThrow('There is no carrier delta.')
})

test('one carrier breaks and the others go on', async () => {
  const simulator = await start([aurora, boreal])
  const one = await bind(simulator, aurora)
  const two = await bind(simulator, boreal)

  turned(simulator, { silent: true }, 'aurora')
  turned(simulator, { reject: 1 }, 'aurora')
  const healthy = await two.submit('Still here')
  turned(simulator, { silent: false }, 'aurora')
  const broken = await one.submit('Not here')

  expect(healthy).toMatchObject({ kind: 'answered', status: 0 })
  expect(broken).toMatchObject({ kind: 'answered', status: 0x0b })
})

test('a reply goes back by the carrier that brought the last text of that sender to that phone', async () => {
  const client = await listen()
  const simulator = await start([aurora, boreal, { ...cirrus, inboundUrl: `${client.url}/heard` }])
  const one = await bind(simulator, aurora)
  const two = await bind(simulator, boreal)

  await written(simulator, 'nobody has texted me')
  await two.submit('By boreal')
  await one.submit('By aurora, of another sender', '22045')
  await written(simulator, 'to boreal')
  await written(simulator, 'to aurora', '22045')
  await post(simulator)
  await written(simulator, 'to cirrus')

  expect(one.heard).toEqual(['nobody has texted me', 'to aurora'])
  expect(two.heard).toEqual(['to boreal'])
  expect(client.heard).toEqual([
    { path: '/heard', body: expect.objectContaining({ from: ana, to: sender, text: 'to cirrus' }) },
  ])
})

test('a reply to nobody in particular goes to the first SMPP carrier that is up', async () => {
  const simulator = await start([cirrus, aurora, boreal])
  const two = await bind(simulator, boreal)

  await written(simulator, 'HELP')

  expect(two.heard).toEqual(['HELP'])
})

test('which carrier brought a text outlives a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'usher-carriers-'))
  open.push(() => rm(folder, { recursive: true }))
  const journal = join(folder, 'phones.ndjson')
  const before = await start([aurora, boreal], { journal })
  const { submit } = await bind(before, boreal)
  await submit('By boreal')
  await before.stop()

  const after = await start([aurora, boreal], { journal })
  const one = await bind(after, aurora)
  const two = await bind(after, boreal)
  await written(after, 'STOP')

  expect([one.heard, two.heard]).toEqual([[], ['STOP']])
})

test('a text by HTTP is answered in the words of the face, and its receipt is called for', async () => {
  const client = await listen()
  const simulator = await start([cirrus])

  const answer = await post(simulator, { statusUrl: `${client.url}/status` })
  const { id } = (await answer.json()) as { id: string }
  const [receipt] = await client.until(1)

  expect(answer.status).toBe(201)
  expect(receipt).toEqual({ path: '/status', body: { id, state: 'delivered' } })
  expect(simulator.handsets.find(ana).texts).toMatchObject([
    { text: 'Hello from afar', originator: sender, segments: 1 },
  ])
  expect(simulator.counts).toMatchObject({ received: 1, submitted: 1, answered: 1, receiptsSent: 1, sessions: 0 })
})

test('what the face refuses to read is not taken, and what nobody serves is not found', async () => {
  const simulator = await start([aurora, cirrus])

  const statuses = [
    await post(simulator, {}, { headers: {} }),
    await fetch(`${simulator.carrier('cirrus').url}/elsewhere`),
    await fetch(`http://127.0.0.1:${simulator.httpPort}/faces/aurora/texts`),
    await fetch(`http://127.0.0.1:${simulator.httpPort}/faces/delta/texts`),
  ].map(({ status }) => status)

  expect(statuses).toEqual([401, 404, 404, 404])
  expect(simulator.carrier('cirrus').counts.received).toBe(0)
})

test('a long text by HTTP shows in its parts, which count as such against the limit of a second', async () => {
  const simulator = await start([{ ...cirrus, knobs: { perSecond: 4 } }])
  const text = 'Новая серия 😀 '.repeat(20)

  const first = await post(simulator, { text })
  const second = await post(simulator, { text })

  const { texts } = simulator.handsets.find(ana)
  expect([first.status, second.status]).toEqual([201, 429])
  expect(texts).toMatchObject([{ text, segments: segment(text).segments.length, encoding: 'ucs2' }])
  expect(simulator.counts).toMatchObject({ received: 2, submitted: 1, overLimit: texts[0]!.segments })
})

test('a carrier by HTTP throttles, is full, rejects and fails for a while, and takes nothing then', async () => {
  const simulator = await start([{ ...cirrus, knobs: { reject: 1 } }])
  const statusOf = async () => (await post(simulator)).status

  const rejected = await statusOf()
  turned(simulator, { reject: 0, queueFull: 1 })
  const full = await statusOf()
  turned(simulator, { queueFull: 0, temporary: 1 })
  const temporary = await statusOf()
  turned(simulator, { temporary: 0, throttleAbove: 1 })
  const burst = [await statusOf(), await statusOf()]

  expect([rejected, full, temporary, ...burst]).toEqual([400, 503, 503, 201, 429])
  expect(simulator.counts).toMatchObject({
    received: 5,
    submitted: 1,
    rejected: 1,
    queueFull: 1,
    temporary: 1,
    throttled: 1,
  })
})

test('an unanswered text by HTTP is on the phone; a swallowed or silent one is nowhere; all are held until the client goes', async () => {
  const simulator = await start([{ ...cirrus, knobs: { unanswered: 1 } }])
  const held = () =>
    post(simulator, {}, { signal: AbortSignal.timeout(100) }).then(
      ({ status }) => status,
      ({ name }) => name,
    )

  const unanswered = await held()
  const onThePhone = simulator.handsets.find(ana).count
  turned(simulator, { unanswered: 0, swallow: 1 })
  const swallowed = await held()
  turned(simulator, { swallow: 0, silent: true })
  const silent = await held()

  expect([unanswered, swallowed, silent]).toEqual(['TimeoutError', 'TimeoutError', 'TimeoutError'])
  expect(onThePhone).toBe(1)
  expect(simulator.counts).toMatchObject({ received: 3, submitted: 1, unanswered: 1, swallowed: 2, answered: 0 })
})

test('a carrier by HTTP that is down cuts each connection and takes nothing, and its receipts wait', async () => {
  const client = await listen()
  const simulator = await start([{ ...cirrus, knobs: { receiptDelayMs: 30 } }])

  await post(simulator, { statusUrl: client.url })
  turned(simulator, { down: true })
  const whileDown = await post(simulator).then(
    () => 'answered',
    () => 'cut',
  )
  const { received } = simulator.counts
  const heardWhileDown = client.heard.length
  turned(simulator, { down: false })
  await client.until(1)

  expect([whileDown, received, heardWhileDown]).toEqual(['cut', 1, 0])
  expect((await post(simulator)).status).toBe(201)
})

test('every third request by HTTP is taken and cut', async () => {
  const simulator = await start([{ ...cirrus, knobs: { disconnectEvery: 3 } }])

  const ends: (number | string)[] = []
  for (let n = 0; n < 6; n++)
    ends.push(
      await post(simulator).then(
        ({ status }) => status,
        () => 'cut',
      ),
    )

  expect(ends).toEqual([201, 201, 'cut', 201, 201, 'cut'])
  expect(simulator.counts).toMatchObject({ submitted: 6, answered: 4, unanswered: 2, disconnected: 2 })
})

test('receipts and texts are called for again until the client answers 2xx', async () => {
  const ends: (number | 'never')[] = [500, 'never', 302, 200]
  const client = await listen((_, count) => ends[(count - 1) % 4]!)
  const simulator = await start([{ ...cirrus, inboundUrl: `${client.url}/heard` }])

  await post(simulator, { statusUrl: `${client.url}/status` })
  await client.until(4)
  await written(simulator, 'STOP')

  const bodies = client.heard.map(({ path, body }) => `${path} ${JSON.stringify(body)}`)
  expect(client.heard).toHaveLength(8)
  expect([new Set(bodies.slice(0, 4)).size, new Set(bodies.slice(4)).size]).toEqual([1, 1])
  expect(simulator.counts).toMatchObject({ receiptsSent: 4, receiptsAcked: 1, inboundSent: 4, inboundAcked: 1 })
})

test('receipts by HTTP can be missing, come twice, overtake the answer, or tell of a state between', async () => {
  const client = await listen()
  const simulator = await start([{ ...cirrus, knobs: { receiptMissing: 1 } }])
  const send = async () => ((await (await post(simulator, { statusUrl: client.url })).json()) as { id: string }).id

  await send()
  turned(simulator, { receiptMissing: 0, receiptTwice: 1 })
  const twice = await send()
  await client.until(2)
  turned(simulator, { receiptTwice: 0, receiptEarly: 1, answerDelayMs: 60_000 })
  const early = await send()
  const heardEarly = client.heard.length
  turned(simulator, { receiptEarly: 0, answerDelayMs: 0, intermediate: 1, receiptDelayMs: 20 })
  const between = await send()
  await client.until(5)

  expect(heardEarly).toBe(3)
  expect(client.heard.map(({ body }) => [body.id, body.state])).toEqual([
    [twice, 'delivered'],
    [twice, 'delivered'],
    [early, 'delivered'],
    [between, 'accepted'],
    [between, 'delivered'],
  ])
})

test('a text by HTTP for a phone that is off waits no longer than it is valid, and one to a dead number ends at once', async () => {
  const client = await listen()
  const simulator = await start([{ ...cirrus, knobs: { ranges: [{ prefix: '+44', dead: true }] } }])
  simulator.handsets.turn(ana, 'off')

  await post(simulator, { statusUrl: client.url, to: '+447700900123' })
  await client.until(1)
  await post(simulator, { statusUrl: client.url, validForMs: 10 })
  await client.until(2)

  expect(client.heard.map(({ body }) => body.state)).toEqual(['undeliverable', 'expired'])
  expect(simulator.handsets.list().every(({ count }) => count === 0)).toBe(true)
})

test('a carrier by HTTP that hears of no inbound address is no way for a reply', async () => {
  const simulator = await start([cirrus, aurora])
  const one = await bind(simulator, aurora)
  await post(simulator)

  await written(simulator, 'STOP')

  expect(one.heard).toEqual(['STOP'])
})

test('the demo has two carriers by SMPP, and one by HTTP as Twilio speaks', async () => {
  const client = await listenToForms()
  const inboundUrl = `${client.url}/carriers/cirrus/inbound`
  const carriers = demoCarriers({ smppPorts: [0, 0], systemId: 'usher', password: 'demo', inboundUrl })
  const simulator = await start(carriers)
  const { accountSid, authToken } = cirrusAccount

  const answer = await fetch(`${simulator.carrier('cirrus').url}/2010-04-01/Accounts/${accountSid}/Messages.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}` },
    body: new URLSearchParams({ To: ana, From: sender, Body: 'By cirrus', StatusCallback: `${client.url}/status` }),
  })
  const { sid } = (await answer.json()) as { sid: string }
  await client.until(1)
  await written(simulator, 'STOP')

  expect(simulator.carriers.map(({ name, protocol }) => [name, protocol])).toEqual([
    ['aurora', 'smpp'],
    ['boreal', 'smpp'],
    ['cirrus', 'http'],
  ])
  expect(answer.status).toBe(201)
  expect(client.heard).toMatchObject([
    { path: '/status', fields: { MessageSid: sid, MessageStatus: 'delivered' }, isSigned: true },
    { path: '/carriers/cirrus/inbound', fields: { From: ana, To: sender, Body: 'STOP' }, isSigned: true },
  ])
})

test('a carrier by SMPP can want TLS', async () => {
  const read = (name: string) => readFile(new URL(`../../../smpp/src/test-tls/${name}`, import.meta.url))
  const tls = { key: await read('smsc.key'), cert: await read('smsc.pem') }
  const simulator = await start([{ ...aurora, tls }])
  const bound = (options: Pick<ClientOptions, 'tls'>) =>
    new Promise<string>(resolve => {
      const client = new SmppClient({
        ...{ host: '127.0.0.1', port: simulator.smppPort, systemId: 'usher', password: 'one', onDeliver: () => 0 },
        ...options,
        onState: state => ['bound', 'waiting'].includes(state) && resolve(state),
      })
      open.push(() => client.destroy())
      client.start()
    })

  expect(await bound({ tls: { ca: await read('ca.pem') } })).toBe('bound')
  expect(await bound({})).toBe('waiting')
})
