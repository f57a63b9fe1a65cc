// The other end of a webhook: an endpoint of the streaming service that keeps what it hears and answers as it is told; and
// what tests of webhooks ask a desk.
import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Delivery,
  type DeliveryDetail,
  outgoingNames,
  type WebhookEndpoint,
  type WebhookSecret,
} from '@usher/contract/webhook'
import { expect, onTestFinished } from 'vitest'
import { type Desk, type DeskOptions, testDesk } from '../desk.ts'
import { keyRing, keysFromFile } from '../store/keys.ts'
import { type Deliverer, type DelivererDeps, deliverer } from '../webhook/deliver.ts'

export interface Heard {
  path: string
  headers: Record<string, string>
  body: string
  /** The header webhook-id. */
  id: string
  told: { id: string; type: string; timestamp: string; data: Record<string, unknown> }
}

export type Reply =
  | number
  | { status: number; headers?: Record<string, string>; body?: string; isEndless?: boolean }
  | 'silence'

export interface Receiver {
  url: string
  /** host:port, as USHER_WEBHOOK_ALLOW names it. */
  place: string
  heard: Heard[]
  /** Resolves once it has heard as many. */
  hears(count: number): Promise<Heard[]>
  /** How it answers from now on; 204 at first. */
  answers(how: Reply | ((heard: Heard, count: number) => Reply)): void
}

/** Listens until the test ends. `serve` makes another server than a plain one. */
export async function receiver(
  serve: (listener: RequestListener) => ReturnType<typeof createServer> = createServer,
): Promise<Receiver> {
  const heard: Heard[] = []
  const waiting = new Set<() => void>()
  let how: Parameters<Receiver['answers']>[0] = 204
  const server = serve(async (request, response) => {
    const pieces: Buffer[] = []
    try {
      for await (const piece of request) pieces.push(piece as Buffer)
    } catch {
      return // the caller went away in the middle
    }
    const body = Buffer.concat(pieces).toString()
    const headers = request.headers as Record<string, string>
    const one = { path: request.url!, headers, body, id: headers['webhook-id'] ?? '', told: JSON.parse(body || '{}') }
    heard.push(one)
    answer(response, typeof how === 'function' ? how(one, heard.length) : how)
    for (const look of waiting) look()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}` // listening on TCP, it has one
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://${place}/hooks/usher`,
    place,
    heard,
    hears: count =>
      new Promise(resolve => {
        const look = () => {
          if (heard.length < count) return
          waiting.delete(look)
          resolve([...heard])
        }
        waiting.add(look)
        look()
      }),
    answers(next) {
      how = next
    },
  }
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'silence') return
  const { status, headers = {}, body = '', isEndless = false } = typeof reply === 'number' ? { status: reply } : reply
  response.writeHead(status, headers)
  if (isEndless) response.write(body)
  else response.end(body)
}

export const all = outgoingNames.filter(name => name !== 'webhook.test')

/** A desk whose webhooks may call these. */
export const deskFor = (receivers: readonly Receiver[], options: DeskOptions = {}) =>
  testDesk({
    ...options,
    env: { USHER_WEBHOOK_ALLOW: receivers.map(({ place }) => place).join(), ...options.env },
  })

export async function anEndpoint(desk: Desk, { url }: Pick<Receiver, 'url'>, types: readonly string[] = all) {
  const { status, body } = await desk.ask('POST', '/v1/webhooks', { url, types })
  expect(status, JSON.stringify(body)).toBe(201)
  return body as WebhookSecret
}

export const endpointOf = async (desk: Desk, id: string) =>
  (await desk.ask('GET', `/v1/webhooks/${id}`)).body as WebhookEndpoint
export const deliveryOf = async (desk: Desk, id: string) =>
  (await desk.ask('GET', `/v1/deliveries/${id}`)).body as DeliveryDetail
export const deliveriesOf = async (desk: Desk, id: string, query = '') =>
  ((await desk.ask('GET', `/v1/webhooks/${id}/deliveries${query}`)).body as { items: Delivery[] }).items

export async function sendsTest(desk: Desk, endpoint: string): Promise<Delivery> {
  const { status, body } = await desk.ask('POST', `/v1/webhooks/${endpoint}/test`)
  expect(status, JSON.stringify(body)).toBe(202)
  return body as Delivery
}

/** Resolves when what `look` sees is so; it looks again whenever a delivery moved. */
export async function until<T>(desk: Desk, look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  for (;;) {
    // Listen first, look second: nothing can happen in between unseen.
    let off = () => {}
    const next = new Promise<void>(resolve => {
      off = desk.usher.events.on('delivery.moved', () => resolve())
    })
    const seen = await look()
    if (isSo(seen)) {
      off()
      return seen
    }
    await next
    off()
  }
}

export const tried = (desk: Desk, id: string, times: number) =>
  until(
    desk,
    () => deliveryOf(desk, id),
    ({ tries }) => tries >= times,
  )
export const comesTo = (desk: Desk, id: string, state: Delivery['state']) =>
  until(
    desk,
    () => deliveryOf(desk, id),
    delivery => delivery.state === state,
  )

export function moveTo(desk: Desk, at: Date | string): void {
  desk.clock.moveTo(new Date(at))
  desk.usher.events.emit('clock.moved', { to: desk.clock.now() })
}
export const later = (desk: Desk, ms: number) => moveTo(desk, new Date(desk.clock.now().getTime() + ms))
export const minute = 60_000
export const hour = 60 * minute

export const aText = (desk: Desk, subscriber: string, text = 'Orpheum: your plan has changed.') =>
  desk.send({ subscriber, purpose: 'account.plan', text })

/** A deliverer of the test's own, on a desk that has none. */
export function ownDeliverer(desk: Desk, options: Partial<DelivererDeps> = {}): Deliverer {
  const own = deliverer({
    db: desk.usher.db,
    keys: keyRing(keysFromFile(desk.config.keyFile)),
    clock: desk.clock,
    wall: desk.wall,
    events: desk.usher.events,
    allow: desk.config.webhookAllow,
    random: Math.random,
    ...options,
  })
  own.start()
  onTestFinished(() => own.stop())
  return own
}
/** A desk that delivers nothing by itself. */
export const without = { USHER_ROLES: 'api,carrier' }
