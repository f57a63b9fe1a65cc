// Where carriers over HTTP bring their receipts and texts from handsets. A call is answered once what it says is stored, so
// that one which is not answered well comes again; and it is believed for its signature alone.
import { type Context, Hono } from 'hono'
import type { Configured, Hearing } from '../carrier/channel.ts'
import type { CarrierCall, Heard } from '../carrier/http.ts'
import * as twilio from '../carrier/twilio.ts'
import * as vonage from '../carrier/vonage.ts'
import * as web from '../carrier/web.ts'
import type { EventBus } from '../events.ts'
import { DatabaseAway } from '../store/database.ts'
import { pieces } from './lines.ts'
import { answerProblem, type ProblemName, problems, Saying } from './problem.ts'

export interface CarrierCallDeps {
  /** The carrier of this name, as it is configured now. */
  find: (name: string) => Configured | undefined
  hearing: Hearing
  /** Wall time, by which signatures age. */
  wall: () => Date
  /** Where carriers reach us: behind a proxy a request does not know what was signed. */
  publicUrl: () => string
  events: EventBus
}

const mostBytes = 64 * 1_024
const silentMs = 10_000

type Kind = 'status' | 'inbound'

export function carrierCalls({ find, hearing, wall, publicUrl, events }: CarrierCallDeps): Hono {
  const hono = new Hono()

  async function answer(c: Context, kind: Kind): Promise<Response> {
    const carrier = find(c.req.param('name')!)
    if (!carrier || carrier.protocol === 'smpp') throw new Saying('unknownCarrier')
    const { pathname, search } = new URL(c.req.url)
    const call: CarrierCall = {
      method: c.req.method,
      url: `${publicUrl().replace(/\/$/, '')}${pathname}${search}`,
      headers: c.req.raw.headers,
      body: c.req.method === 'GET' ? new Uint8Array() : await bodyOf(c.req.raw),
    }
    const { heard, answered } = await heardBy(carrier, call, wall(), kind)
    const channel = carrier.name
    switch (heard.kind) {
      case 'receipt':
        await hearing.receipt({ ...heard.receipt, channel })
        break
      case 'inbound':
        await hearing.inbound({ ...heard.inbound, channel })
        break
      case 'nothing':
        break
      case 'forged':
        throw new Saying('forgedCall', asSentence(heard.reason))
      case 'unsigned':
        throw new Saying('unsignedCall', undefined, undefined, { 'retry-after': '30' })
      case 'unreadable':
        throw new Saying('unreadableCall', asSentence(heard.reason))
    }
    return answered
  }

  const say = (c: Context, name: ProblemName, saying?: Saying) => {
    events.emit('problem.answered', { code: problems[name].code, status: problems[name].status })
    return answerProblem(c, name, saying?.detail, saying?.errors, saying?.headers)
  }
  hono.onError((error, c) => {
    if (error instanceof Saying) return say(c, error.problem, error)
    if (error instanceof DatabaseAway)
      return say(c, 'away', new Saying('away', undefined, undefined, { 'retry-after': '1' }))
    events.emit('work.failed', { what: 'storing what a carrier told', error: String(error) })
    return say(c, 'internal')
  })
  for (const kind of ['status', 'inbound'] as const)
    hono.on(['GET', 'POST'], `/carriers/:name/${kind}`, c => answer(c, kind))
  return hono
}

/** What a call says, in the words of its carrier, and how it is answered once that is stored. */
async function heardBy(
  carrier: Exclude<Configured, { protocol: 'smpp' }>,
  call: CarrierCall,
  wall: Date,
  kind: Kind,
): Promise<{ heard: Heard; answered: Response }> {
  switch (carrier.protocol) {
    case 'twilio':
      return { heard: twilio.read(call, carrier, wall, kind), answered: twilio.answer(kind) }
    case 'vonage':
      return { heard: await vonage.read(call, carrier, wall, kind), answered: vonage.answer(kind) }
    case 'http':
      return { heard: web.read(call, carrier, wall, kind), answered: web.answer(kind) }
  }
}

/** The bytes as they came, for those are what was signed. */
async function bodyOf(request: Request): Promise<Uint8Array> {
  const read: Uint8Array[] = []
  let size = 0
  for await (const piece of pieces(request, silentMs)) {
    size += piece.byteLength
    if (size > mostBytes) throw new Saying('tooLarge', `A carrier's call has ${mostBytes} bytes at most.`)
    read.push(piece)
  }
  return Buffer.concat(read)
}

const asSentence = (reason: string) => `${reason[0]!.toUpperCase()}${reason.slice(1)}.`
