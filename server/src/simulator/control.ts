// The simulator's controls over HTTP: the knobs, counts, seconds and ledger of each carrier, and the phones. The faces of
// carriers that speak HTTP are served beside them.
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import type { Carrier } from './carrier.ts'
import { type HandsetState, handsetStates } from './handset.ts'
import type { Ledger } from './ledger.ts'
import type { Simulator } from './simulator.ts'

export type Controlled = Pick<Simulator, 'carriers' | 'handsets' | 'reply'>
/** Answers a request to a carrier's face; undefined: there is no such face. `cut` ends the connection without a word. */
export type FaceAnswers = (name: string, request: Request) => Promise<Response | 'cut' | undefined>

const linesAtATime = 2_000
const longestWaitMs = 120_000

export function createControl(simulator: Controlled, answerFace: FaceAnswers): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>()
  const { handsets } = simulator

  // A page in a browser must neither write on these phones nor, under a name of its own that leads here, read them.
  app.use(async (c, next) => {
    const host = c.req.header('host')?.replace(/:\d+$/, '')
    const isOurs = host === undefined || ['127.0.0.1', 'localhost', '[::1]'].includes(host)
    if (!isOurs || c.req.header('origin') !== undefined) return c.text('This is not for pages of other sites.', 403)
    await next()
  })

  app.get('/carriers', c =>
    c.json(
      simulator.carriers.map(({ name, protocol, knobs, counts, smppPort, url }) => ({
        ...{ name, protocol, isUp: !knobs.down, sessions: counts.sessions },
        ...(protocol === 'smpp' ? { smppPort } : { url }),
      })),
    ),
  )
  app.use('/carriers/:name/*', (c, next) =>
    simulator.carriers.some(({ name }) => name === c.req.param('name'))
      ? next()
      : Promise.resolve(refuse(c, [`there is no carrier ${c.req.param('name')}`])),
  )
  app.route(
    '/carriers/:name',
    ofCarrier(c => simulator.carriers.find(({ name }) => name === c.req.param('name'))!),
  )
  // Without a name the first is meant.
  app.route(
    '/',
    ofCarrier(() => simulator.carriers[0]!),
  )

  app.all('/faces/:name/*', async c => {
    const { method, headers, signal } = c.req.raw
    const url = new URL(c.req.url)
    url.pathname = url.pathname.replace(/^\/faces\/[^/]+/, '')
    const body = method === 'GET' || method === 'HEAD' ? {} : { body: await c.req.arrayBuffer() }
    const answer = await answerFace(c.req.param('name'), new Request(url, { method, headers, signal, ...body }))
    if (answer !== 'cut') return answer ?? c.text('There is no such carrier.', 404)
    c.env.incoming.socket.destroy()
    return RESPONSE_ALREADY_SENT
  })

  app.get('/handsets', c => {
    const limit = readWhole(c.req.query('limit'), 200)
    return limit === undefined ? refuse(c, ['limit must be a whole number']) : c.json(handsets.list(limit))
  })

  app.use('/handsets/:number/*', async (c, next) =>
    /^\+?\d{3,15}$/.test(c.req.param('number')) ? next() : refuse(c, ['the number must be E.164, with or without +']),
  )

  app.get('/handsets/:number', c => c.json(handsets.find(c.req.param('number'))))
  app.put('/handsets/:number', async c => {
    const { state } = ((await readJson(c)) ?? {}) as { state?: HandsetState }
    if (state === undefined || !handsetStates.includes(state))
      return refuse(c, [`state must be one of ${handsetStates.join(', ')}`])
    handsets.turn(c.req.param('number'), state)
    return c.json(handsets.find(c.req.param('number')))
  })

  app.post('/handsets/:number/reply', async c => {
    const { to, text } = ((await readJson(c)) ?? {}) as { to?: unknown; text?: unknown }
    if (typeof to !== 'string' || typeof text !== 'string') return refuse(c, ['to and text must be strings'])
    const reply = simulator.reply(c.req.param('number'), to, text)
    return 'problem' in reply ? refuse(c, [reply.problem]) : c.json(reply.ok, 202)
  })

  app.post('/handsets/:number/read', async c => {
    const { originator } = ((await readJson(c)) ?? {}) as { originator?: unknown }
    if (typeof originator !== 'string') return refuse(c, ['originator must be a string'])
    return c.json(handsets.read(c.req.param('number'), originator))
  })

  app.get('/handsets/:number/change', async c => {
    const mark = c.req.query('mark')
    const timeoutMs = readWhole(c.req.query('timeoutMs'), 30_000)
    if (mark === undefined || timeoutMs === undefined)
      return refuse(c, ['mark must be what a phone had, and timeoutMs a whole number'])
    const { number } = c.req.param()
    return c.json(await handsets.waitForChange(number, mark, Math.min(timeoutMs, longestWaitMs), c.req.raw.signal))
  })

  app.get('/handsets/:number/wait', async c => {
    const after = readWhole(c.req.query('after'), 0)
    const timeoutMs = readWhole(c.req.query('timeoutMs'), 30_000)
    if (after === undefined || timeoutMs === undefined) return refuse(c, ['after and timeoutMs must be whole numbers'])
    const { number } = c.req.param()
    const handset = await handsets.wait(number, after, Math.min(timeoutMs, longestWaitMs), c.req.raw.signal)
    return c.json({ ...handset, texts: handset.texts.filter(text => text.n > after) })
  })

  return app
}

/** What each carrier has of its own. */
function ofCarrier(carrierOf: (c: Context) => Carrier): Hono {
  const app = new Hono()

  app.get('/knobs', c => c.json(carrierOf(c).knobs))
  app.put('/knobs', async c => {
    const turned = carrierOf(c).turn(await readJson(c))
    return 'problems' in turned ? refuse(c, turned.problems) : c.json(turned.ok)
  })

  app.get('/counts', c => c.json(carrierOf(c).counts))

  app.get('/seconds', c => {
    const after = readWhole(c.req.query('after'), 0)
    return after === undefined
      ? refuse(c, ['after must be a whole number'])
      : c.json({ seconds: carrierOf(c).seconds(after) })
  })

  app.get('/ledger', c => {
    const { ledger } = carrierOf(c)
    if (!ledger) return refuse(c, ['the simulator was started without a ledger'])
    const after = readWhole(c.req.query('after'), 0)
    if (after === undefined) return refuse(c, ['after must be a whole number'])
    c.header('content-type', 'application/x-ndjson')
    return c.body(stream(ledger, after))
  })
  return app
}

const refuse = (c: Context, problems: string[]) =>
  c.json({ title: 'The simulator cannot do this.', status: 422, problems }, 422, {
    'content-type': 'application/problem+json',
  })

/** A body that is no JSON is a body that says nothing. */
async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json()
  } catch {
    return undefined
  }
}

const readWhole = (text: string | undefined, otherwise: number) =>
  text === undefined ? otherwise : /^\d{1,15}$/.test(text) ? Number(text) : undefined

/** What is in the ledger at this moment, as NDJSON; a million lines leave in pieces. */
function stream(ledger: Ledger, after: number): ReadableStream<Uint8Array> {
  const end = ledger.count
  const encoder = new TextEncoder()
  let sent = after
  return new ReadableStream({
    pull(controller) {
      const lines = ledger.after(sent, Math.min(linesAtATime, Math.max(0, end - sent)))
      if (lines.length === 0) return controller.close()
      sent = lines.at(-1)!.n
      controller.enqueue(encoder.encode(lines.map(line => `${JSON.stringify(line)}\n`).join('')))
    },
  })
}
