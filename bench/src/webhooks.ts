// How fast a backlog of webhooks reaches its endpoint, and how long one takes that is alone; both with and without two
// endpoints beside it that are told the same: one takes connections and never answers, one refuses them.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { connections, post } from './http.ts'
import { atPace, connectionsOpen, sendBatches, wideWindow } from './line.ts'
import type { Received } from './receiver.ts'
import { median, percentile, type Row } from './results.ts'
import {
  atEnd,
  type Beside,
  freePorts,
  say,
  sleep,
  spending,
  spentInWords,
  startBeside,
  startCarrier,
  startUsher,
  subscriberId,
  type Usher,
  until,
  wallMs,
} from './rig.ts'

const perSecond = 200
const types = ['message.delivered', 'event.bad']

interface Run {
  /** Deliveries a second, from the first to the last of a backlog. */
  perSecond: number
  /** Milliseconds on a core for each delivery, by who spent them. */
  spent: Record<string, number>
  /** Milliseconds from the request of a cause to the request of its webhook, at a steady pace. */
  tookMs: number[]
}

export async function webhooksOut(scale: number): Promise<Row[]> {
  const backlog = 20_000 / scale
  const causes = 4_000 / scale
  const receiver = await startBeside('receiver')
  const silent = await startSilent()
  const [refused] = (await freePorts(1)) as [number]
  const carrier = await startCarrier()
  const usher = await startUsher(carrier, {
    database: 'postgres',
    window: wideWindow,
    subscribers: 20_000 / scale,
    settings: { USHER_WEBHOOK_ALLOW: [receiver.port, silent.port, refused].map(port => `127.0.0.1:${port}`).join() },
  })
  const desk = webhookDesk(usher)
  const good = await desk.make(receiver.port)
  await receiver.ask({ secret: good.secret })

  const runs: Record<'alone' | 'beside', Run[]> = { alone: [], beside: [] }
  const bareRates: number[] = []
  for (
    let round = -1;
    round < 3;
    round++ // the first is to warm up
  ) {
    const size = round < 0 ? backlog / 5 : backlog
    const measure = async (endpoints: readonly Endpoint[]): Promise<Run> => {
      const drained = await drain(usher, receiver, desk, endpoints, size)
      return { ...drained, tookMs: await told(usher, receiver, desk, good, round < 0 ? causes / 5 : causes) }
    }
    const alone = await measure([good])
    const dead = [await desk.make(silent.port), await desk.make(refused)]
    const beside = await measure([good, ...dead])
    for (const { id } of dead) await desk.ask('DELETE', `/v1/webhooks/${id}`)
    const bare = await sendBare(receiver, good.secret, size)
    if (round < 0) continue
    runs.alone.push(alone)
    runs.beside.push(beside)
    bareRates.push(bare)
    say(`  alone ${inWords(alone)}\n  beside dead ones ${inWords(beside)}\n  bare ${Math.round(bare)}/s`)
  }
  await usher.stop()
  await carrier.stop()
  await silent.stop()
  await receiver.stop()

  const rate = (name: keyof typeof runs) => median(runs[name].map(run => run.perSecond))
  const p99 = (name: keyof typeof runs) => median(runs[name].map(({ tookMs }) => percentile(tookMs, 0.99)))
  const all = (name: keyof typeof runs) => runs[name].map(inWords).join('; ')
  const how = 'each delivered once, one of a hundred verified by its signature'
  return [
    {
      key: 'webhooks.out',
      value: rate('alone'),
      unit: 'deliveries/s',
      goal: '>= 1000',
      peer: { name: 'bare sender', value: median(bareRates) },
      note: `a backlog of ${backlog} \`message.delivered\`, first to last at a local receiver; ${how}; runs ${runs.alone.map(run => Math.round(run.perSecond)).join(', ')}/s; ${spentInWords(
        runs.alone.map(({ spent }) => spent),
        'delivery',
      )}. The peer, in turns, signs one payload and posts it from memory to the same receiver over ${connectionsOpen} connections: no database, nothing retried`,
    },
    {
      key: 'webhooks.out.dead',
      value: p99('beside'),
      unit: 'ms p99',
      goal: '<= 2x',
      peer: { name: 'without the dead', value: p99('alone') },
      note: `from the request of a cause (a bad event, ${causes} at ${perSecond}/s) to its webhook at the receiver, while two other endpoints that are told the same, with ${backlog} deliveries overdue at each, are dead: one never answers, one refuses connections; ${how}. The rates are of a backlog of ${backlog} at all three. Beside the dead: ${all('beside')}. Without: ${all('alone')}`,
    },
  ]
}

const inWords = ({ perSecond, tookMs }: Run) =>
  `${Math.round(perSecond)}/s, p50 ${percentile(tookMs, 0.5).toFixed(1)} ms, p99 ${percentile(tookMs, 0.99).toFixed(1)} ms, highest ${Math.max(...tookMs).toFixed(0)} ms`

// --- Endpoints --------------------------------------------------------------------------------------------------

interface Endpoint {
  id: string
  url: string
  secret: string
}

function webhookDesk(usher: Usher) {
  const { ask } = usher
  const waiting = async ({ id }: Endpoint) => (await ask<{ waiting: number }>('GET', `/v1/webhooks/${id}`)).waiting
  return {
    ask,
    waiting,
    async make(port: number): Promise<Endpoint> {
      const url = `http://127.0.0.1:${port}/`
      const { secret, endpoint } = await ask<{ secret: string; endpoint: { id: string } }>('POST', '/v1/webhooks', {
        ...{ url, types, state: 'paused' },
      })
      return { id: endpoint.id, url, secret }
    },
    async turn(endpoints: readonly Endpoint[], state: 'active' | 'paused') {
      for (const { id, url } of endpoints) await ask('PUT', `/v1/webhooks/${id}`, { url, types, state })
    },
  }
}
type Desk = ReturnType<typeof webhookDesk>

/** Takes every connection and what comes over it, and never answers. */
async function startSilent() {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {}) // whoever waits in vain may leave as they like
    socket.once('close', () => sockets.delete(socket))
    socket.resume()
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP, it has one
    stop: atEnd(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    }),
  }
}

// --- What is measured -------------------------------------------------------------------------------------------

/** Texts are delivered while the endpoints are paused; then all are active at once. The first of them is the receiver's. */
async function drain(
  usher: Usher,
  receiver: Beside,
  desk: Desk,
  endpoints: readonly Endpoint[],
  size: number,
): Promise<Omit<Run, 'tookMs'>> {
  await desk.turn(endpoints, 'paused')
  await receiver.ask({ forget: true })
  const queued = await sendBatches(usher, size)
  if (queued !== size) throw new Error(`${queued} of ${size} texts were queued`)
  for (const endpoint of endpoints)
    await until('the backlog', async () => (await desk.waiting(endpoint)) >= size, 120_000, 250)
  const spent = await spending({
    server: () => [usher.pid],
    database: usher.databasePids,
    receiver: () => [receiver.pid],
  })
  await desk.turn([...endpoints].reverse(), 'active') // the receiver's last, so that the others are at work by then
  await until('the deliveries', async () => (await read(receiver)).count >= size, 300_000, 250)
  const { count, firstAt, lastAt } = await settled(receiver, desk, endpoints[0]!)
  if (count !== size) throw new Error(`${count} of ${size} webhooks came`)
  return { perSecond: (count * 1_000) / (lastAt - firstAt), spent: await spent(count) }
}

/** At a steady pace: bad events, each of which is told of. Answers how long each took. */
async function told(usher: Usher, receiver: Beside, desk: Desk, good: Endpoint, count: number): Promise<number[]> {
  await receiver.ask({ forget: true })
  const over = connections(usher.port, connectionsOpen)
  const headers = `authorization: ${usher.authorization}\r\n`
  const causedAt = new Map<string, number>()
  await atPace(perSecond, count, async () => {
    const id = `view-${++last}`
    const event = { specversion: '1.0', id, source: '/players', type: 'com.usher.view.started' }
    const body = JSON.stringify({ ...event, subject: subscriberId(last % usher.subscribers), data: {} })
    causedAt.set(id, wallMs())
    const { status, body: answer } = await over.ask(post('/v1/events', body, headers, 'application/cloudevents+json'))
    if (status !== 422) throw new Error(`a bad event was answered ${status}: ${answer}`)
  })
  over.close()
  await until('the last webhooks', async () => (await read(receiver)).count >= count, 60_000, 250)
  const { badEvents } = await settled(receiver, desk, good)
  if (badEvents.length !== count) throw new Error(`${badEvents.length} of ${count} webhooks came`)
  return badEvents.map(([id, at]) => at - causedAt.get(id)!)
}
let last = 0

const read = (receiver: Beside) => receiver.ask<Received>({})

/** When nothing waits any more, and a second later nothing came twice. */
async function settled(receiver: Beside, desk: Desk, endpoint: Endpoint): Promise<Received> {
  await until('the end of all deliveries', async () => (await desk.waiting(endpoint)) === 0, 60_000, 250)
  await sleep(1_000)
  const received = await read(receiver)
  if (received.repeated > 0) throw new Error(`${received.repeated} webhooks came twice`)
  if (received.forged > 0 || received.signed === 0)
    throw new Error(`of the webhooks looked at, ${received.signed} were signed and ${received.forged} were not`)
  return received
}

/** The least that calls: signs and posts, as fast as it is answered. */
async function sendBare(receiver: Beside, secret: string, count: number): Promise<number> {
  await receiver.ask({ forget: true })
  const over = connections(receiver.port, connectionsOpen)
  const webhook = new Webhook(secret)
  const data = {
    id: 'text',
    subscriber: subscriberId(1),
    purpose: 'offer',
    state: 'delivered',
    reason: null,
    segments: 1,
  }
  let left = count
  const sender = async () => {
    while (left-- > 0) {
      const id = `bare_${++last}`
      const at = new Date()
      const body = JSON.stringify({ id, type: 'message.delivered', timestamp: at, data })
      const signed = `webhook-id: ${id}\r\nwebhook-timestamp: ${Math.floor(at.getTime() / 1_000)}\r\nwebhook-signature: ${webhook.sign(id, at, body)}\r\n`
      const { status } = await over.ask(post('/', body, signed))
      if (status !== 204) throw new Error(`the receiver answered ${status}`)
    }
  }
  await Promise.all(Array.from({ length: connectionsOpen }, sender))
  over.close()
  const { firstAt, lastAt } = await read(receiver)
  return (count * 1_000) / (lastAt - firstAt)
}
