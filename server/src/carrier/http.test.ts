// The channel of a carrier over HTTP, against servers over real TCP that behave as badly as a test wants.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Clock } from '../clock.ts'
import { type EventBus, type Events, eventBus } from '../events.ts'
import type { Channel, Outgoing } from './channel.ts'
import { type Answer, byStatus, type HttpConfig, httpChannel, jsonObject, type Speech } from './http.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one()
})

const now = new Date('2026-11-02T12:00:00Z')
const clock: Clock = { now: () => now, monotonic: () => performance.now() }

/** The plainest of carriers: it takes a text as JSON, and answers `{"id": ...}`. */
const plain: Speech<HttpConfig> = {
  ask: ({ number, text }, { url }) => ({
    url: `${url}/send`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer secret' },
    body: JSON.stringify({ number, text }),
  }),
  understand({ status, text }: Answer) {
    const id = jsonObject(text)?.id
    if (status < 300 && typeof id === 'string') return { kind: 'taken', id, status: String(status) }
    return { kind: byStatus(status, [408, 425, 503]), status: `HTTP ${status}` }
  },
}

const aText: Outgoing = {
  id: '01890000-0000-7000-8000-000000000001',
  number: '+447700900123',
  originator: '67743',
  text: 'Hello',
  reference: 4711,
  validForMs: 60_000,
  patienceMs: null,
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise(resolve => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

const heard = (listener: RequestListener) => listen(createHttp(listener))
/** Answers each connection with these bytes once the whole request is there, and then does as it is told. */
const bytes = (text: string, then: (socket: Socket) => void = () => {}) =>
  listen(
    createTcp(socket => {
      let said = ''
      socket.on('error', () => {})
      socket.on('data', piece => {
        said += piece
        if (!said.includes('"Hello"}')) return
        socket.write(text)
        then(socket)
      })
    }),
  )

interface Opened {
  channel: Channel
  events: EventBus
  told: { name: string; event: unknown }[]
}

function open(port: number, config: Partial<HttpConfig> = {}): Opened {
  const events = eventBus()
  const told: Opened['told'] = []
  events.onAny((name, event) => told.push({ name, event }))
  const channel = httpChannel(
    {
      ...{ name: 'web', url: `http://127.0.0.1:${port}`, isPaused: false },
      ...{ window: 20, perSecond: null, responseTimeoutMs: 5_000 },
      ...config,
    },
    clock,
    events,
    plain,
  )
  channel.start()
  undo.push(() => channel.stop(0))
  return { channel, events, told }
}

const answer = (status: number, body: string, headers: Record<string, string> = {}) =>
  heard((request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers).end(body))
  })

describe('a text that was answered', () => {
  test('is submitted with the id of the carrier, over a connection that is kept', async () => {
    const sockets = new Set<unknown>()
    const requests: string[] = []
    const port = await heard((request, response) => {
      sockets.add(request.socket)
      let body = ''
      request.on('data', piece => (body += piece))
      request.on('end', () => {
        requests.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`)
        response.writeHead(201).end('{"id":"abc"}')
      })
    })
    const { channel } = open(port)

    const first = await channel.submit(aText)
    const second = await channel.submit(aText)

    expect([first, second]).toEqual([submitted('abc', '201'), submitted('abc', '201')])
    expect(requests).toEqual(Array(2).fill('POST /send Bearer secret {"number":"+447700900123","text":"Hello"}'))
    expect(sockets.size).toBe(1)
  })

  test.each([
    [429, { kind: 'later', reason: 'HTTP 429' }],
    [503, { kind: 'later', reason: 'HTTP 503' }],
    [408, { kind: 'later', reason: 'HTTP 408' }],
    [401, { kind: 'later', reason: 'HTTP 401' }],
    [403, { kind: 'later', reason: 'HTTP 403' }],
    [400, { kind: 'never', status: 'HTTP 400' }],
    [422, { kind: 'never', status: 'HTTP 422' }],
    // Something broke over there, at any point of its work.
    [500, { kind: 'unanswered' }],
    [502, { kind: 'unanswered' }],
    [504, { kind: 'unanswered' }],
    // It was answered well, and the answer does not say what its id is.
    [200, { kind: 'unanswered' }],
  ])('with HTTP %i comes out as that says', async (status, outcome) => {
    const { channel } = open(await answer(status, '<html>No id here</html>'))

    expect(await channel.submit(aText)).toMatchObject(outcome)
  })

  test('with a body larger than is read is in doubt, and nothing of the rest is kept', async () => {
    let written = 0
    const port = await heard((request, response) => {
      request.resume()
      response.writeHead(200)
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384))) written += 16_384
        written += 16_384
      }
      response.on('drain', more)
      more()
    })
    const { channel } = open(port)

    expect(await channel.submit(aText)).toEqual({ kind: 'unanswered' })
    expect(written).toBeLessThan(32 * 1_024 * 1_024)
  })

  test('with an error page larger than is read is refused by its status', async () => {
    const { channel } = open(await answer(400, 'x'.repeat(200_000)))

    expect(await channel.submit(aText)).toEqual({ kind: 'never', status: 'HTTP 400' })
  })
})

describe('a text that may have left', () => {
  test.each([
    ['cut before the answer', '', (socket: Socket) => socket.destroy()],
    ['reset before the answer', '', (socket: Socket) => socket.resetAndDestroy()],
    ['closed in order before the answer', '', (socket: Socket) => socket.end()],
    [
      'cut after the headers',
      'HTTP/1.1 201 Created\r\ncontent-length: 12\r\n\r\n',
      (socket: Socket) => socket.resetAndDestroy(),
    ],
    [
      'cut in the body',
      'HTTP/1.1 201 Created\r\ncontent-length: 12\r\n\r\n{"id":',
      (socket: Socket) => socket.destroy(),
    ],
    [
      'cut in a body that looks whole',
      'HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\nc\r\n{"id":"abc"}\r\n',
      (socket: Socket) => socket.destroy(),
    ],
    ['answered with something else than HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', () => {}],
    ['answered with an upgrade', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', () => {}],
  ])('is in doubt where it was %s', async (_, said, then) => {
    const { channel } = open(await bytes(said, then), { responseTimeoutMs: 2_000 })

    expect(await channel.submit(aText)).toEqual({ kind: 'unanswered' })
    expect(channel.binds()).toMatchObject([{ state: 'bound', inFlight: 0 }])
  })

  test('is in doubt where it was cut on a connection that had served before', async () => {
    let requests = 0
    const port = await heard((request, response) => {
      request.resume().on('end', () => (++requests === 1 ? response.end('{"id":"1"}') : request.socket.destroy()))
    })
    const { channel } = open(port)
    await channel.submit(aText)

    expect(await channel.submit(aText)).toEqual({ kind: 'unanswered' })
    expect(requests).toBe(2)
  })

  test('over TLS is in doubt once the connection stands', async () => {
    let requests = 0
    const port = await listen(
      createHttps(certificate(), (request, response) => {
        request.resume().on('end', () => (++requests > 1 ? request.socket.destroy() : response.end('{"id":"1"}')))
      }),
    )
    const { channel } = open(port, { url: `https://127.0.0.1:${port}` })
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0') // as if somebody we trust had signed it
    undo.push(() => vi.unstubAllEnvs())

    expect(await channel.submit(aText)).toEqual(submitted('1', '200'))
    expect(await channel.submit(aText)).toEqual({ kind: 'unanswered' })
  })

  test('over TLS is in doubt on a new connection, too', async () => {
    const port = await listen(createHttps(certificate(), request => request.socket.destroy()))
    const { channel } = open(port, { url: `https://127.0.0.1:${port}` })
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    undo.push(() => vi.unstubAllEnvs())

    expect(await channel.submit(aText)).toEqual({ kind: 'unanswered' })
  })

  test('is in doubt where nothing is answered in time', async () => {
    const { channel } = open(await heard(request => request.resume()), { responseTimeoutMs: 100 })

    expect(await channel.submit(aText)).toEqual({ kind: 'unanswered' })
  })

  test('is waited for as long as it says itself, where it does', async () => {
    const { channel } = open(await heard(request => request.resume()), { responseTimeoutMs: 100_000 })

    expect(await channel.submit({ ...aText, patienceMs: 100 })).toEqual({ kind: 'unanswered' })
  })

  test('is in doubt where its answer begins and never ends', async () => {
    const port = await bytes('HTTP/1.1 201 Created\r\ncontent-length: 1000\r\n\r\n', socket => {
      const timer = setInterval(() => socket.write(' '), 5)
      socket.on('close', () => clearInterval(timer))
    })
    const { channel } = open(port, { responseTimeoutMs: 200 })

    expect(await channel.submit(aText)).toEqual({ kind: 'unanswered' })
  })
})

describe('a text that surely has not left', () => {
  test('is later where nobody listens, and the channel says so until somebody does', async () => {
    const server = createTcp()
    const port = await listen(server)
    await new Promise(resolve => server.close(resolve))
    const { channel, told } = open(port)

    const outcome = await channel.submit(aText)

    expect(outcome).toMatchObject({ kind: 'later', reason: 'ECONNREFUSED' })
    expect((outcome as { notBefore: Date }).notBefore.getTime()).toBeGreaterThan(now.getTime())
    expect(channel.binds()).toMatchObject([{ state: 'waiting', reason: 'ECONNREFUSED' }])
    expect(channel.isUp).toBe(true) // the next text finds out
    expect(channel.credit.free(true)).toBe(0) // and not at once

    await listenAt(port)
    expect(await channel.submit(aText)).toMatchObject({ kind: 'submitted' })
    expect(channel.binds()).toMatchObject([{ state: 'bound', reason: null }])
    expect(statesOf(told)).toEqual(['bound', 'waiting', 'bound'])
  })

  test('is later where there is no such host', async () => {
    const { channel } = open(1, { url: 'http://nowhere.invalid' })

    expect(await channel.submit(aText)).toMatchObject({
      kind: 'later',
      reason: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    })
  })

  test('is later where the certificate is nobody we trust, and nothing of it was sent', async () => {
    let received = 0
    const server = createHttps(certificate(), () => received++)
    server.on('secureConnection', socket => socket.on('data', (piece: Buffer) => (received += piece.length)))
    const port = await listen(server)
    const { channel } = open(port, { url: `https://127.0.0.1:${port}` })

    expect(await channel.submit(aText)).toMatchObject({ kind: 'later', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(received).toBe(0)
  })

  test('is later where the other side speaks no TLS, and nothing of it was sent', async () => {
    let said = ''
    const port = await listen(
      createTcp(socket => {
        socket.on('error', () => {})
        socket.on('data', piece => {
          said += piece.toString('latin1')
          socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
        })
      }),
    )
    const { channel } = open(port, { url: `https://127.0.0.1:${port}` })

    expect(await channel.submit(aText)).toMatchObject({ kind: 'later' })
    expect(said).not.toContain('Hello')
  })

  test('is later where a connection does not come about in time', async () => {
    const port = await listen(createTcp(() => {})) // TCP stands, TLS does not answer
    const { channel } = open(port, { url: `https://127.0.0.1:${port}`, responseTimeoutMs: 100 })

    expect(await channel.submit(aText)).toMatchObject({ kind: 'later', reason: 'timeout' })
  })

  test('is later where the settings make a header that HTTP can not carry', async () => {
    const port = await answer(200, '{}')
    const events = eventBus()
    const broken: Speech<HttpConfig> = {
      ...plain,
      ask: (outgoing, config) => ({ ...plain.ask(outgoing, config), headers: { 'x-key': 'one\ntwo' } }),
    }
    const config = { name: 'web', url: `http://127.0.0.1:${port}`, isPaused: false }
    const channel = httpChannel(
      { ...config, window: 1, perSecond: null, responseTimeoutMs: 1_000 },
      clock,
      events,
      broken,
    )
    channel.start()

    expect(await channel.submit(aText)).toMatchObject({ kind: 'later', reason: 'ERR_INVALID_CHAR' })
  })
})

describe('wrong credentials', () => {
  test.each([401, 403])('as told by HTTP %i stop the channel until somebody says to try again', async status => {
    let isRight = false
    let requests = 0
    const port = await heard((request, response) => {
      requests++
      request.resume().on('end', () => (isRight ? response.end('{"id":"1"}') : response.writeHead(status).end()))
    })
    const { channel, told } = open(port)
    let looks = 0
    channel.onFree(() => looks++)

    expect(await channel.submit(aText)).toMatchObject({ kind: 'later', reason: `HTTP ${status}` })
    expect(channel.isUp).toBe(false)
    expect(channel.binds()).toMatchObject([{ state: 'refused', reason: `HTTP ${status}` }])

    expect(await channel.submit(aText)).toMatchObject({ kind: 'later', reason: 'no_bind' })
    expect(requests).toBe(1)

    isRight = true
    const before = looks
    channel.reconnect()
    expect(looks).toBeGreaterThan(before)
    expect(channel.isUp).toBe(true)
    expect(await channel.submit(aText)).toMatchObject({ kind: 'submitted' })
    expect(statesOf(told)).toEqual(['bound', 'refused', 'bound'])
  })

  test('stay refused whatever comes in from requests of before', async () => {
    const waiting: (() => void)[] = []
    const port = await heard((request, response) => {
      request.resume()
      if (waiting.length === 0) waiting.push(() => response.end('{"id":"1"}'))
      else response.writeHead(401).end()
    })
    const { channel } = open(port)
    const slow = channel.submit(aText)
    await until(() => waiting.length === 1)

    await channel.submit(aText)
    waiting[0]!()

    expect(await slow).toMatchObject({ kind: 'submitted' })
    expect(channel.binds()).toMatchObject([{ state: 'refused' }])
  })
})

describe('a redirect', () => {
  test.each([
    [301, 'later'],
    [307, 'later'],
    [308, 'later'],
    // These two are also said when all was done.
    [302, 'unanswered'],
    [303, 'unanswered'],
  ])('by HTTP %i is not followed, and the channel stops', async (status, kind) => {
    const elsewhere: IncomingMessage[] = []
    const other = await heard((request, response) => {
      elsewhere.push(request)
      response.end('{"id":"1"}')
    })
    const { channel } = open(await answer(status, '', { location: `http://127.0.0.1:${other}/send` }))

    const outcome = await channel.submit(aText)

    expect(outcome.kind).toBe(kind)
    expect(channel.binds()).toMatchObject([{ state: 'refused', reason: `HTTP ${status} redirect` }])
    expect(elsewhere).toEqual([])
  })
})

describe('a carrier that asks to slow down', () => {
  test('is asked again after a pause, which a text that is taken ends', async () => {
    let isBusy = true
    const port = await heard((request, response) => {
      request.resume().on('end', () => (isBusy ? response.writeHead(429).end() : response.end('{"id":"1"}')))
    })
    const { channel, told } = open(port)

    const outcome = await channel.submit(aText)

    expect(outcome).toMatchObject({ kind: 'later', reason: 'HTTP 429' })
    const [slowed] = told.filter(({ name }) => name === 'carrier.slowed')
    const { forMs, ...rest } = slowed!.event as Events['carrier.slowed']
    expect(rest).toEqual({ channel: 'web', status: 'HTTP 429' })
    expect(outcome).toMatchObject({ notBefore: new Date(now.getTime() + forMs) })
    expect(channel.credit.free(true)).toBe(0)
    expect(channel.isUp).toBe(true)
    expect(channel.binds()[0]!.slowedUntil).toEqual(new Date(now.getTime() + forMs))

    isBusy = false
    await channel.submit(aText)
    expect(channel.binds()[0]!.slowedUntil).toBeNull()
  })

  test.each([
    ['in seconds', { 'retry-after': '90' }],
    [
      'as a date of its own clock',
      { 'retry-after': 'Sun, 06 Nov 1994 08:51:07 GMT', date: 'Sun, 06 Nov 1994 08:49:37 GMT' },
    ],
  ])('for a time, %s, is left alone for so long', async (_, headers) => {
    const { channel } = open(await answer(429, '', headers as Record<string, string>))

    const outcome = await channel.submit(aText)

    expect(outcome).toMatchObject({ notBefore: new Date(now.getTime() + 90_000) })
    expect(channel.isUp).toBe(false)
    expect(channel.binds()).toMatchObject([{ state: 'bound', slowedUntil: new Date(now.getTime() + 90_000) }])
    channel.reconnect()
    expect(channel.isUp).toBe(true)
  })

  test.each([['soon'], ['-5'], ['Sun, 06 Nov 1994 08:49:37 GMT'], ['1e9']])(
    'for a time that is none, %s, is asked again as if it had named none',
    async value => {
      const { channel } = open(await answer(429, '', { 'retry-after': value, date: 'Sun, 06 Nov 2026 08:49:37 GMT' }))

      await channel.submit(aText)

      expect(channel.isUp).toBe(true)
    },
  )

  test('for years is asked again within the hour', async () => {
    const { channel } = open(await answer(429, '', { 'retry-after': '99999999999' }))

    const outcome = (await channel.submit(aText)) as { notBefore: Date }

    expect(outcome.notBefore.getTime() - now.getTime()).toBe(10 * 60_000)
  })

  test('and is back after that time tells who waits', async () => {
    const { channel } = open(await answer(429, '', { 'retry-after': '1' }))
    await channel.submit(aText)
    expect(channel.isUp).toBe(false)

    await new Promise<void>(resolve => channel.onFree(() => channel.isUp && resolve()))

    expect(channel.isUp).toBe(true)
  })
})

describe('the channel', () => {
  test('counts parts: those of a text, and those on the wire', async () => {
    const answers: (() => void)[] = []
    const port = await heard((request, response) => {
      request.resume().on('end', () => answers.push(() => response.end('{"id":"1"}')))
    })
    const { channel } = open(port)
    const long = 'x'.repeat(200)

    const texts = [channel.submit(aText), channel.submit({ ...aText, text: long })]
    await until(() => answers.length === 2)

    expect([channel.parts('Hello'), channel.parts(long), channel.parts('ї'.repeat(71))]).toEqual([1, 2, 2])
    expect(channel.inFlight).toBe(3)
    expect(channel.binds()).toMatchObject([{ name: `http://127.0.0.1:${port}`, window: 20, inFlight: 3 }])
    for (const one of answers) one()
    await Promise.all(texts)
    expect(channel.inFlight).toBe(0)
  })

  test('that is paused takes nothing', async () => {
    let requests = 0
    const port = await heard((_, response) => {
      requests++
      response.end('{"id":"1"}')
    })
    const { channel } = open(port, { isPaused: true })

    expect(channel.isUp).toBe(false)
    expect(await channel.submit(aText)).toMatchObject({ kind: 'later', reason: 'no_bind' })
    expect(requests).toBe(0)
  })

  test('that stops waits for answers, and takes nothing more', async () => {
    const answers: (() => void)[] = []
    const port = await heard((request, response) => {
      request.resume().on('end', () => answers.push(() => response.end('{"id":"1"}')))
    })
    const { channel } = open(port)
    const underWay = channel.submit(aText)
    await until(() => answers.length === 1)

    const stopped = channel.stop(10_000)
    const late = await channel.submit(aText)
    answers[0]!()
    await stopped

    expect(await underWay).toMatchObject({ kind: 'submitted' })
    expect(late).toMatchObject({ kind: 'later', reason: 'no_bind' })
    expect(channel.binds()).toMatchObject([{ state: 'closed' }])
  })

  test('that stops cuts what is not answered in time, which is in doubt', async () => {
    let requests = 0
    const { channel } = open(
      await heard(request => {
        requests++
        request.resume()
      }),
    )
    const underWay = channel.submit(aText)
    await until(() => requests === 1)

    await channel.stop(50)

    expect(await underWay).toEqual({ kind: 'unanswered' })
    expect(channel.inFlight).toBe(0)
  })

  test('tells with each answer that there may be credit', async () => {
    const { channel } = open(await answer(200, '{"id":"1"}'))
    let looks = 0
    channel.onFree(() => looks++)

    await channel.submit(aText)

    expect(looks).toBeGreaterThan(0)
  })
})

const submitted = (id: string, status: string) => ({ kind: 'submitted', carrierMessageIds: [id], status })

const statesOf = (told: Opened['told']) =>
  told.flatMap(({ name, event }) => (name === 'bind.state' ? [(event as Events['bind.state']).state] : []))

/** Polls what the other side of a socket knows; bounded by the test's own time. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}

async function listenAt(port: number): Promise<void> {
  const server = createHttp((request, response) => request.resume().on('end', () => response.end('{"id":"1"}')))
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  undo.push(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
}

/** One that signed itself, made for the moment. */
function certificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'usher-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'],
        ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
      ],
      { stdio: 'pipe' },
    )
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
