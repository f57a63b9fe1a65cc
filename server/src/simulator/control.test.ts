import { segment } from '@usher/smpp/segment'
import { SmppClient } from '@usher/smpp/session'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HttpFace } from './face.ts'
import type { Counts, Simulator } from './simulator.ts'
import { startSimulator } from './simulator.ts'

const credentials = { systemId: 'usher', password: 'secret' }
let simulator: Simulator
let client: SmppClient

beforeEach(async () => {
  simulator = await startSimulator({ ...credentials, record: 3 })
  await new Promise<void>(resolve => {
    client = new SmppClient({
      ...{ host: '127.0.0.1', port: simulator.smppPort, ...credentials, onDeliver: () => 0 },
      onState: state => state === 'bound' && resolve(),
    })
    client.start()
  })
})
afterEach(async () => {
  client.destroy()
  await simulator.stop()
})

const submit = (text: string) =>
  client.submit({
    source_addr_ton: 3,
    source_addr: '22044',
    dest_addr_ton: 1,
    destination_addr: '4915112345678',
    short_message: segment(text).segments[0]!.octets,
  })

async function ask(path: string, method = 'GET', body?: unknown) {
  const response = await fetch(`http://127.0.0.1:${simulator.httpPort}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await response.text()
  return {
    status: response.status,
    text,
    body: response.ok && path.startsWith('/ledger') ? undefined : JSON.parse(text),
  }
}

test('knobs are turned while it runs, and each problem is named', async () => {
  const turned = await ask('/knobs', 'PUT', { reject: 1, idForm: 'uuid' })
  const answer = await submit('no')
  const refused = await ask('/knobs', 'PUT', { reject: 0, loudness: 11 })
  const unread = await ask('/knobs', 'PUT')

  expect(turned).toMatchObject({ status: 200, body: { reject: 1, idForm: 'uuid', answerDelayMs: 0 } })
  expect(answer).toMatchObject({ kind: 'answered', status: 0x0b })
  expect(refused).toMatchObject({ status: 422, body: { problems: ['loudness is not a knob'] } })
  expect(unread).toMatchObject({ status: 422, body: { problems: ['knobs must be an object'] } })
  expect((await ask('/knobs')).body.reject).toBe(1)
})

test('counts and ledger tell what was taken; the ledger keeps its last lines', async () => {
  for (const text of ['one', 'two', 'three', 'four']) await submit(text)

  const { text: all } = await ask('/ledger')
  const { text: later } = await ask('/ledger?after=3')
  const { body: counts } = (await ask('/counts')) as { body: Counts }

  const lines = all
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(lines.map(line => [line.n, line.text, line.answered])).toEqual([
    [2, 'two', true],
    [3, 'three', true],
    [4, 'four', true],
  ])
  expect(JSON.parse(later)).toMatchObject({ n: 4, to: '+4915112345678', originator: '22044', reference: null })
  expect(Math.abs(lines[0].at - Date.now())).toBeLessThan(60_000)
  expect(counts).toMatchObject({ submitted: 4, answered: 4, delivered: 4, sessions: 1, byOriginator: { 22044: 4 } })
  expect((await ask('/ledger?after=x')).status).toBe(422)
})

test('a phone page waits for the next text, shows it, and answers', async () => {
  const waiting = ask('/handsets/4915112345678/wait?after=0&timeoutMs=60000')
  await submit('New episode: {Tide} tonight')
  const { body: woken } = await waiting
  const { body: late } = await ask('/handsets/+4915112345678/wait?after=1&timeoutMs=1')

  const reply = await ask('/handsets/+4915112345678/reply', 'POST', { to: '22044', text: 'STOP' })
  const { body: handset } = await ask('/handsets/+4915112345678')
  const { body: list } = await ask('/handsets')

  expect(woken).toMatchObject({ count: 1, texts: [{ n: 1, text: 'New episode: {Tide} tonight' }] })
  expect(late).toMatchObject({ count: 1, texts: [] })
  expect(reply).toMatchObject({ status: 202, body: { n: 1, to: '22044', text: 'STOP' } })
  expect(handset).toMatchObject({ state: 'on', texts: [{ originator: '22044' }], replies: [{ text: 'STOP' }] })
  expect(list).toMatchObject([{ number: '+4915112345678', state: 'on', count: 1, last: { n: 1 } }])
})

test('a phone is turned off and on again', async () => {
  await ask('/handsets/+4915112345678', 'PUT', { state: 'off' })
  await submit('later')
  const { body: off } = await ask('/handsets/+4915112345678')
  const waiting = ask('/handsets/+4915112345678/wait')
  await ask('/handsets/+4915112345678', 'PUT', { state: 'on' })

  expect(off).toMatchObject({ state: 'off', count: 0 })
  expect((await waiting).body).toMatchObject({ state: 'on', texts: [{ text: 'later' }] })
})

test.each([
  ['PUT', '/handsets/+4915112345678', { state: 'lost' }, 'state must be one of on, off, noCoverage'],
  ['POST', '/handsets/+4915112345678/reply', { to: 22044 }, 'to and text must be strings'],
  [
    'POST',
    '/handsets/+4915112345678/reply',
    { to: 'ORPHEUM', text: 'STOP' },
    'nobody can answer a sender that is not a number',
  ],
  ['POST', '/handsets/+4915112345678/reply', { to: '22044', text: '' }, 'text must not be empty'],
  ['GET', '/handsets/nobody', undefined, 'the number must be E.164, with or without +'],
])('%s %s with %j is refused', async (method, path, body, problem) => {
  expect(await ask(path, method, body)).toMatchObject({ status: 422, body: { problems: [problem] } })
})

describe('of several carriers', () => {
  let two: Simulator
  beforeEach(async () => {
    const smpp = { protocol: 'smpp', ...credentials } as const
    two = await startSimulator({
      record: true,
      carriers: [
        { ...smpp, name: 'aurora' },
        { ...smpp, name: 'boreal' },
        { name: 'cirrus', protocol: 'http', face: noFace },
      ],
    })
  })
  afterEach(() => two.stop())

  /** Nothing is asked of it here. */
  const noFace: HttpFace = {
    read: async () => ({ response: new Response('', { status: 418 }) }),
    id: String,
    taken: () => new Response(),
    refused: () => new Response(),
    receipt: () => null,
    inbound: ({ url }) => new Request(url),
  }
  const asked = async (path: string, method = 'GET', body?: unknown) => {
    const answer = await fetch(`http://127.0.0.1:${two.httpPort}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as never }
  }

  test('each is listed, with where it is spoken with and whether it is up', async () => {
    await asked('/carriers/boreal/knobs', 'PUT', { down: true })

    const { body } = await asked('/carriers')

    const port = (name: string) => two.carrier(name).smppPort
    expect(body).toEqual([
      { name: 'aurora', protocol: 'smpp', isUp: true, sessions: 0, smppPort: port('aurora') },
      { name: 'boreal', protocol: 'smpp', isUp: false, sessions: 0, smppPort: port('boreal') },
      {
        name: 'cirrus',
        protocol: 'http',
        isUp: true,
        sessions: 0,
        url: `http://127.0.0.1:${two.httpPort}/faces/cirrus`,
      },
    ])
  })

  test('each has knobs, counts, seconds and a ledger of its own, and a path without a name means the first', async () => {
    const ranges = [{ prefix: '+4477009', off: true }]
    await asked('/carriers/boreal/knobs', 'PUT', { reject: 1, ranges })
    await asked('/knobs', 'PUT', { queueFull: 1 })

    const knobs = await Promise.all(
      ['/knobs', '/carriers/aurora/knobs', '/carriers/boreal/knobs', '/carriers/cirrus/knobs'].map(path => asked(path)),
    )

    expect(knobs.map(({ body: { queueFull, reject, ranges } }) => [queueFull, reject, ranges])).toEqual([
      [1, 0, []],
      [1, 0, []],
      [0, 1, ranges],
      [0, 0, []],
    ])
    expect((await asked('/carriers/boreal/counts')).body).toMatchObject({ received: 0, overLimit: 0 })
    expect((await asked('/carriers/boreal/seconds')).body).toEqual({ seconds: [] })
    expect((await fetch(`http://127.0.0.1:${two.httpPort}/carriers/boreal/ledger`)).status).toBe(200)
    expect(await asked('/carriers/boreal/seconds?after=now')).toMatchObject({ status: 422 })
    expect(await asked('/carriers/delta/knobs')).toMatchObject({
      status: 422,
      body: { problems: ['there is no carrier delta'] },
    })
  })

  test('a face is asked under its own address; a page of another site may not', async () => {
    const face = `http://127.0.0.1:${two.httpPort}/faces/cirrus/anything`

    expect((await fetch(face)).status).toBe(418)
    expect((await fetch(face, { headers: { origin: 'https://elsewhere.example' } })).status).toBe(403)
  })
})

test('the seconds tell how many parts came', async () => {
  for (const text of ['one', 'two', 'three']) await submit(text)

  const { body } = (await ask('/seconds')) as { body: { seconds: { second: number; parts: number }[] } }
  const { body: later } = await ask(`/seconds?after=${body.seconds.at(-1)!.second}`)

  expect(body.seconds.reduce((sum, { parts }) => sum + parts, 0)).toBe(3)
  expect(Math.abs(body.seconds[0]!.second - Date.now() / 1_000)).toBeLessThan(60)
  expect(later).toEqual({ seconds: [] })
})
