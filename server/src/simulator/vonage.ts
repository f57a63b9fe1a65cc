// The simulated carrier as Vonage speaks: its Messages API (v1), and its status and inbound webhooks, signed.
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { measure } from '@usher/smpp/segment'
import type { HttpFace } from './face.ts'

export interface VonageAccount {
  apiKey: string
  apiSecret: string
  /** The account's signature secret. */
  signing: string
}

/** HTTP status, the end of the type, title and detail, as its problems (RFC 7807) have them. */
const problems = {
  unauthorized: [401, '#unauthorized', 'Unauthorized', 'You did not provide correct credentials.'],
  notFound: [404, '#not-found', 'Not Found', 'The requested resource does not exist, or you do not have access to it.'],
  wrong: [422, '/messages#1020', 'Invalid params', 'The value of one or more parameters is invalid.'],
  noWay: [422, '/messages#1250', 'Unroutable', 'The chosen route to send your message is not available.'],
  throttled: [429, '/messages#1000', 'Throttled', 'You have exceeded the submission capacity allowed on this account.'],
  queueFull: [429, '/messages#1241', 'Too many send requests', 'Too many send requests to phone numbers.'],
} as const

/** Status and error code that tell each state. */
const told = {
  accepted: ['submitted', null],
  delivered: ['delivered', null],
  undeliverable: ['rejected', 1180],
  expired: ['rejected', 1360],
} as const

export function vonageFace({ apiKey, apiSecret, signing }: VonageAccount): HttpFace {
  const credentials = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`

  function call(url: string, at: Date, what: object): Request {
    const body = JSON.stringify(what)
    const claims = {
      iat: Math.floor(at.getTime() / 1_000),
      jti: randomUUID(),
      iss: 'Vonage',
      payload_hash: createHash('sha256').update(body).digest('hex'),
      api_key: apiKey,
    }
    const signed = [{ alg: 'HS256', typ: 'JWT' }, claims]
      .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const signature = createHmac('sha256', signing).update(signed).digest('base64url')
    return new Request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${signed}.${signature}` },
      body,
    })
  }

  return {
    async read(request) {
      if (new URL(request.url).pathname !== '/v1/messages' || request.method !== 'POST') return refuse('notFound')
      if (request.headers.get('authorization') !== credentials) return refuse('unauthorized')
      let said: Record<string, unknown>
      try {
        said = Object(JSON.parse(await request.text()))
      } catch {
        return refuse('wrong', 'body')
      }
      const { to, from, text, ttl, client_ref: ref, webhook_url: webhook } = said
      if (said.channel !== 'sms') return refuse('wrong', 'channel')
      if (said.message_type !== 'text') return refuse('wrong', 'message_type')
      if (typeof to !== 'string' || !/^[1-9]\d{6,14}$/.test(to)) return refuse('wrong', 'to')
      if (typeof from !== 'string' || !/^(?:\d{1,15}|[\w .-]{1,11})$/.test(from)) return refuse('wrong', 'from')
      if (typeof text !== 'string' || text === '' || text.length > 1_000) return refuse('wrong', 'text')
      if (ttl !== undefined && !(Number.isInteger(ttl) && Number(ttl) >= 20 && Number(ttl) <= 604_800))
        return refuse('wrong', 'ttl')
      if (ref !== undefined && (typeof ref !== 'string' || ref.length > 100)) return refuse('wrong', 'client_ref')
      if (webhook !== undefined && (typeof webhook !== 'string' || !URL.canParse(webhook)))
        return refuse('wrong', 'webhook_url')
      return {
        text: {
          to: `+${to}`,
          originator: from,
          text,
          statusUrl: webhook ?? null,
          validForMs: ttl === undefined ? null : Number(ttl) * 1_000,
          clientReference: ref ?? null,
        },
      }
    },

    id(n) {
      const hex = createHash('sha256').update(`${apiKey}/${n}`).digest('hex')
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
    },

    taken: id => json(202, 'application/json', { message_uuid: id }),

    refused: why =>
      refuse(({ throttled: 'throttled', queueFull: 'queueFull', rejected: 'noWay' } as const)[why]).response,

    receipt({ id, text, state, at }) {
      if (text.statusUrl === null) return null
      const [status, code] = told[state]
      return call(text.statusUrl, at, {
        message_uuid: id,
        to: text.to.replace('+', ''),
        from: text.originator,
        timestamp: at.toISOString(),
        status,
        ...(code === null
          ? {}
          : {
              error: {
                type: `https://developer.vonage.com/api-errors/messages#${code}`,
                title: String(code),
                detail: 'The message was not delivered.',
                instance: id.replaceAll('-', ''),
              },
            }),
        ...(text.clientReference === null ? {} : { client_ref: text.clientReference }),
        usage: { currency: 'EUR', price: '0.0333' },
        channel: 'sms',
        destination: { network_code: '12345' },
        sms: { count_total: String(measure(text.text).segments) },
      })
    },

    inbound: ({ id, from, to, text, url, at }) =>
      call(url, at, {
        to: to.replace('+', ''),
        from: from.replace('+', ''),
        channel: 'sms',
        message_uuid: id,
        timestamp: at.toISOString(),
        usage: { price: '0.0057', currency: 'EUR' },
        message_type: 'text',
        text,
        sms: { num_messages: String(measure(text).segments), keyword: text.split(/\s/)[0]!.toUpperCase() },
        origin: { network_code: '12345' },
      }),
  }
}

function refuse(name: keyof typeof problems, parameter?: string): { response: Response } {
  const [status, type, title, detail] = problems[name]
  return {
    response: json(status, 'application/problem+json', {
      type: `https://developer.vonage.com/api-errors${type}`,
      title,
      detail,
      instance: randomUUID().replaceAll('-', ''),
      ...(parameter === undefined ? {} : { invalid_parameters: [{ name: parameter, reason: 'Invalid value.' }] }),
    }),
  }
}

const json = (status: number, type: string, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': type } })
