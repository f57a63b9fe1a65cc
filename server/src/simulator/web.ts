// The simulated carrier as a small HTTP carrier might speak, for the one that is described by its settings alone.
import { createHash, createHmac } from 'node:crypto'
import type { HttpFace } from './face.ts'

export interface WebAccount {
  token: string
  /** What its calls are signed with. */
  signing: string
}

/** Settings of a carrier, as the API takes them, that speak to it. */
export const webSettings = {
  protocol: 'http',
  method: 'POST',
  type: 'json',
  headers: { authorization: 'Bearer {{ secret }}' },
  fields: {
    to: '{{ to }}',
    from: '{{ from }}',
    text: '{{ text }}',
    reference: '{{ reference }}',
    ttl: '{{ validity_seconds }}',
    callback: '{{ status_url }}',
  },
  idAt: '/message/id',
  status: {
    idAt: '/id',
    stateAt: '/state',
    reasonAt: '/reason',
    states: { SENT: 'intermediate', DELIVERED: 'delivered', FAILED: 'undeliverable', EXPIRED: 'expired' },
  },
  inbound: { fromAt: '/from', toAt: '/to', textAt: '/text', idAt: '/id' },
} as const

const told = {
  accepted: ['SENT', null],
  delivered: ['DELIVERED', null],
  undeliverable: ['FAILED', 'absent subscriber'],
  expired: ['EXPIRED', 'out of time'],
} as const

export function webFace({ token, signing }: WebAccount): HttpFace {
  function call(url: string, what: object): Request {
    const body = JSON.stringify(what)
    const signature = createHmac('sha256', signing).update(body).digest('hex')
    return new Request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'x-signature': `sha256=${signature}` },
      body,
    })
  }

  return {
    async read(request) {
      if (new URL(request.url).pathname !== '/messages' || request.method !== 'POST')
        return refuse(404, 'There is nothing here.')
      if (request.headers.get('authorization') !== `Bearer ${token}`) return refuse(401, 'The token is wrong.')
      let said: Record<string, unknown>
      try {
        said = Object(JSON.parse(await request.text()))
      } catch {
        return refuse(400, 'The body is not JSON.')
      }
      const { to, from, text, reference, ttl, callback } = said
      if (typeof to !== 'string' || !/^\+[1-9]\d{4,14}$/.test(to)) return refuse(422, 'to is wrong.')
      if (typeof from !== 'string' || from === '') return refuse(422, 'from is wrong.')
      if (typeof text !== 'string' || text === '') return refuse(422, 'text is wrong.')
      return {
        text: {
          to,
          originator: from,
          text,
          statusUrl: typeof callback === 'string' && URL.canParse(callback) ? callback : null,
          validForMs: typeof ttl === 'number' ? ttl * 1_000 : null,
          clientReference: reference === undefined ? null : String(reference),
        },
      }
    },

    id: n => createHash('sha256').update(`web/${n}`).digest('base64url').slice(0, 20),

    taken: id => json(202, { message: { id } }),

    refused: why =>
      ({
        throttled: () => refuse(429, 'Too many at once.'),
        queueFull: () => refuse(503, 'No room now.'),
        rejected: () => refuse(422, 'This will not be sent.'),
      })[why]().response,

    receipt({ id, text, state, at }) {
      if (text.statusUrl === null) return null
      const [word, reason] = told[state]
      return call(text.statusUrl, { id, state: word, reason, to: text.to, at: at.toISOString() })
    },

    inbound: ({ id, from, to, text, url, at }) => call(url, { id, from, to, text, at: at.toISOString() }),
  }
}

const refuse = (status: number, error: string) => ({ response: json(status, { error }) })

const json = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json; charset=utf-8' } })
