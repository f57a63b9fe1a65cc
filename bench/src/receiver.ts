// Whom webhooks are sent to: a service that answers 204 at once, and remembers what came, when, and whether it was signed.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface Received {
  /** Different ones; wall time of the first and the last of them. */
  count: number
  firstAt: number
  lastAt: number
  /** Came before: those of all time. */
  repeated: number
  /** One of each hundred is looked at. */
  signed: number
  forged: number
  /** When each bad event that was told of came, by its sender's id. */
  badEvents: [eventId: string, at: number][]
}

const nothing = (): Received => ({ count: 0, firstAt: 0, lastAt: 0, repeated: 0, signed: 0, forged: 0, badEvents: [] })
const seen = new Set<string>()
let received = nothing()
let webhook: Webhook | undefined // nothing counts as signed before it is known

/** `secret`: from now on that signs. `forget`: counts anew. Always answers with what there was before. */
process.on('message', ({ secret, forget }: { secret?: string; forget?: boolean }) => {
  if (secret) webhook = new Webhook(secret)
  const report = received
  if (forget) received = nothing()
  process.send!(report)
})

const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', piece => {
    body += piece
  })
  request.on('end', () => {
    response.writeHead(204).end()
    const at = performance.timeOrigin + performance.now()
    const id = String(request.headers['webhook-id'])
    if (seen.has(id)) {
      received.repeated++
      return
    }
    seen.add(id)
    received.firstAt ||= at
    received.lastAt = at
    if (++received.count % 100 === 1) {
      try {
        webhook!.verify(body, request.headers as Record<string, string>)
        received.signed++
      } catch {
        received.forged++
      }
    }
    const { eventId } = (JSON.parse(body) as { data: { eventId?: string } }).data
    if (eventId) received.badEvents.push([eventId, at])
  })
})
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as AddressInfo).port })) // on TCP it has one
