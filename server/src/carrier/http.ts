// A carrier over HTTP: one request for each text. What its words mean is told by twilio.ts, vonage.ts and web.ts; here is
// what all of them share, above all the question whether a text may have left.
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http'
import { request as secureRequest, Agent as TlsAgent } from 'node:https'
import { measure } from '@usher/smpp/segment'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { SubmitOutcome } from '../message/message.ts'
import type { Bind, CarrierInbound, CarrierReceipt, Channel, Outgoing } from './channel.ts'
import { Credit } from './throttle.ts'

/** What of its settings a channel needs, whatever the carrier speaks. */
export interface HttpConfig {
  name: string
  url: string
  isPaused: boolean
  /** Most parts in requests without an answer. */
  window: number
  perSecond: number | null
  responseTimeoutMs: number
}

export interface Asking {
  url: string
  method: 'GET' | 'POST' | 'PUT'
  headers: Record<string, string>
  body: string | null
}

/** An answer whose status came. Of a body that was cut off, or is too long to be read, there is no text. */
export interface Answer {
  status: number
  text: string | null
}

/**
 * What an answer means for its text. `slow` and `later`: not now, and surely not taken. `never`: this text will not be
 * taken. `broken`: no text will be, before somebody changes something. `unanswered`: it may have been taken.
 */
export type Verdict =
  | { kind: 'taken'; id: string; status: string }
  | { kind: 'slow' | 'later' | 'never' | 'broken' | 'unanswered'; status: string }

/** How a carrier is spoken to. */
export interface Speech<C> {
  ask(outgoing: Outgoing, config: C): Asking
  understand(answer: Answer, config: C): Verdict
}

/** A carrier's call to us, as it came. The URL is the one the carrier knows, not the one a proxy made of it. */
export interface CarrierCall {
  method: string
  url: string
  headers: Headers
  body: Uint8Array
}

/** What a carrier's call says. */
export type Heard =
  | { kind: 'receipt'; receipt: Omit<CarrierReceipt, 'channel'> }
  | { kind: 'inbound'; inbound: Omit<CarrierInbound, 'channel'> }
  /** It is the carrier's, and is no news for us. */
  | { kind: 'nothing' }
  | { kind: 'forged'; reason: string }
  /** It bears no signature at all, which the carrier sets right when it is asked to come again. */
  | { kind: 'unsigned' }
  | { kind: 'unreadable'; reason: string }

const laterMs = 1_000
/** Answers have a few hundred bytes; an error page of a proxy has more, and its status says all that it has to say. */
const mostOfAnswer = 64 * 1_024
/** Many servers close a connection that was silent for five seconds; what is written at that moment is in doubt. */
const idleMs = 4_000
/** A carrier that asks for longer is asked again all the same: it may have meant another clock. */
const longestRetryAfterMs = 10 * 60_000

/** What came of one request: an answer, or none, and then whether anything of it may have left. */
type Exchange = { answer: Answer; retryAfterMs: number } | { hasLeft: boolean; reason: string }

export function httpChannel<C extends HttpConfig>(
  config: C,
  clock: Clock,
  events: EventBus,
  speech: Speech<C>,
  /** What `since` and `slowedUntil` are told in. */
  wall: () => Date = () => clock.now(),
): Channel {
  const perSecond = config.perSecond ?? Number.POSITIVE_INFINITY
  const credit = new Credit(clock, { window: config.window, perSecond })
  const address = new URL(config.url).origin
  const isSecure = address.startsWith('https:')
  const agent = new (isSecure ? TlsAgent : PlainAgent)({ keepAlive: true, timeout: idleMs })
  const underWay = new Set<Promise<Exchange>>()
  const listeners: (() => void)[] = []
  const look = () => {
    for (const listener of listeners) listener()
  }
  let inFlight = 0
  /** When something was last heard of what is on the wire, or began to be waited for. */
  let answeredAtMs = 0
  let state: Bind['state'] = 'closed'
  let reason: string | null = null
  let since = wall()
  let slowedUntil: Date | null = null
  /** The carrier said how long it wants to be left alone, and it is longer than credit pauses by itself. */
  let quiet: NodeJS.Timeout | undefined

  function become(next: Bind['state'], why: string | null): void {
    if (state === next && reason === why) return
    if (state !== next) since = wall()
    state = next
    reason = why
    events.emit('bind.state', { channel: config.name, bind: address, state, ...(why === null ? {} : { reason: why }) })
    look()
  }

  // There is nothing to bind: a carrier that could not be reached is asked again by the next text, and its credit pauses
  // meanwhile. Only wrong credentials end it.
  const isOpen = () => state === 'bound' || state === 'waiting'
  const after = (ms: number) => new Date(clock.now().getTime() + ms)
  const later = (why: string, ms = laterMs): SubmitOutcome => ({ kind: 'later', reason: why, notBefore: after(ms) })

  async function submit(outgoing: Outgoing): Promise<SubmitOutcome> {
    if (!isOpen() || config.isPaused) return later('no_bind')
    const parts = measure(outgoing.text).segments
    if (inFlight === 0) answeredAtMs = clock.monotonic()
    inFlight += parts
    const exchange = exchanged(
      speech.ask(outgoing, config),
      Math.min(outgoing.patienceMs ?? Number.POSITIVE_INFINITY, config.responseTimeoutMs),
    )
    underWay.add(exchange)
    try {
      return outcomeOf(await exchange)
    } finally {
      inFlight -= parts
      underWay.delete(exchange)
      look()
    }
  }

  function outcomeOf(exchange: Exchange): SubmitOutcome {
    if ('hasLeft' in exchange) {
      if (exchange.hasLeft) return { kind: 'unanswered' }
      if (isOpen()) become('waiting', exchange.reason)
      return later(exchange.reason, credit.slow())
    }
    answeredAtMs = clock.monotonic()
    const { answer, retryAfterMs } = exchange
    const verdict = redirected(answer.status) ?? speech.understand(answer, config)
    if (verdict.kind === 'broken' && state !== 'closed') become('refused', verdict.status)
    // Once it refused us, or was stopped, that stays: this may be the answer to a request from before.
    else if (isOpen()) become('bound', null)
    switch (verdict.kind) {
      case 'taken':
        credit.recover()
        slowedUntil = null
        return { kind: 'submitted', carrierMessageIds: [verdict.id], status: verdict.status }
      case 'slow': {
        const forMs = slowDown(retryAfterMs)
        events.emit('carrier.slowed', { channel: config.name, status: verdict.status, forMs })
        return later(verdict.status, forMs)
      }
      case 'later':
      case 'broken':
        if (maybeTaken(answer.status)) return { kind: 'unanswered' }
        return later(verdict.status, Math.max(laterMs, retryAfterMs))
      case 'never':
        return { kind: 'never', status: verdict.status }
      case 'unanswered':
        return { kind: 'unanswered' }
    }
  }

  function slowDown(askedMs: number): number {
    const pauseMs = credit.slow()
    if (askedMs > pauseMs) {
      clearTimeout(quiet)
      quiet = setTimeout(() => {
        quiet = undefined
        look()
      }, askedMs).unref()
    }
    const forMs = Math.max(pauseMs, askedMs)
    slowedUntil = new Date(wall().getTime() + forMs)
    return forMs
  }

  /**
   * One request and its answer; never rejects. A text may have left from the moment its connection stands: over TCP since
   * `connect`, over TLS since `secureConnect`, for nothing of a request is encrypted before the certificate was found right.
   * Before that it surely has not, however it ends: no such host, refused, wrong certificate, out of time. Events of the
   * connection tell this better than codes of errors do: ECONNRESET comes before as well as after.
   */
  function exchanged({ url, method, headers, body }: Asking, patienceMs: number): Promise<Exchange> {
    return new Promise<Exchange>(done => {
      let hasLeft = false
      let answer: IncomingMessage | undefined
      let timer: NodeJS.Timeout | undefined
      const finish = (exchange: Exchange) => {
        clearTimeout(timer)
        done(exchange)
      }
      const finishUnanswered = (why: string) => finish({ hasLeft, reason: why })
      const asking = (isSecure ? secureRequest : plainRequest)(url, {
        method,
        agent,
        headers: {
          accept: 'application/json, */*;q=0.1',
          'user-agent': 'Usher',
          ...(body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      })
      timer = setTimeout(() => asking.destroy(new OutOfTime()), patienceMs)
      asking.on('socket', socket => {
        if (asking.reusedSocket || !socket.connecting) hasLeft = true
        else socket.once(isSecure ? 'secureConnect' : 'connect', () => (hasLeft = true))
      })
      asking.on('error', error => {
        // Once there is an answer, its own end tells.
        if (!answer) finishUnanswered(wordOf(error))
      })
      asking.on('response', response => {
        answer = response
        const pieces: Buffer[] = []
        let size = 0
        response.on('data', (piece: Buffer) => {
          size += piece.length
          if (size > mostOfAnswer) response.destroy()
          else pieces.push(piece)
        })
        response.on('error', () => {}) // `close` follows
        response.on('close', () => {
          const isWhole = response.complete && size <= mostOfAnswer
          finish({
            answer: { status: response.statusCode!, text: isWhole ? Buffer.concat(pieces).toString() : null },
            retryAfterMs: retryAfterOf(response),
          })
        })
      })
      asking.on('close', () => {
        if (!answer) finishUnanswered('closed')
      })
      asking.end(body ?? undefined)
      // What throws here is a header that HTTP can't carry.
    }).catch(error => ({ hasLeft: false, reason: wordOf(error) }))
  }

  return {
    name: config.name,
    credit,
    perSecond,
    get inFlight() {
      return inFlight
    },
    get silentForMs() {
      return inFlight === 0 ? 0 : clock.monotonic() - answeredAtMs
    },
    get isUp() {
      return isOpen() && !config.isPaused && quiet === undefined
    },
    parts: text => measure(text).segments,
    submit,
    onFree: listener => listeners.push(listener),
    start: () => become('bound', null),
    reconnect() {
      if (state === 'closed') return
      clearTimeout(quiet)
      quiet = undefined
      credit.recover()
      become('bound', null)
    },
    async stop(timeoutMs) {
      become('closed', null)
      clearTimeout(quiet)
      quiet = undefined
      let timer: NodeJS.Timeout | undefined
      const timeout = new Promise<void>(resolve => {
        timer = setTimeout(resolve, timeoutMs)
      })
      await Promise.race([Promise.all(underWay), timeout])
      clearTimeout(timer)
      // What is under way still is cut, and its outcome is known at once.
      agent.destroy()
      await Promise.all(underWay)
    },
    binds: () => [
      {
        name: address,
        state,
        reason,
        since,
        window: config.window,
        inFlight,
        slowedUntil: slowedUntil !== null && slowedUntil > wall() ? slowedUntil : null,
      },
    ],
  }
}

/**
 * Redirects are not followed: the text and the secret would go to an address that nobody configured. Somebody has to look
 * at the settings, so the whole carrier is out.
 */
const redirected = (status: number): Verdict | undefined =>
  status >= 300 && status < 400 ? { kind: 'broken', status: `HTTP ${status} redirect` } : undefined

/** 302 and 303 are also how a server answers when it has done what was asked, and leads on to a page that says so. */
const maybeTaken = (status: number) => status === 302 || status === 303

/** What a status means where the carrier's own words say nothing better; `later` are those that say: not now. */
export function byStatus(status: number, later: readonly number[]): Exclude<Verdict['kind'], 'taken'> {
  // A 2xx without an id is an answer that we can't read: it may well be taken.
  if (status < 300) return 'unanswered'
  if (status === 429) return 'slow'
  if (status === 401 || status === 403) return 'broken'
  if (later.includes(status)) return 'later'
  // A gateway whose back end stays silent says 502 or 504, and a program that breaks says 500, at any point of its work.
  return status >= 500 ? 'unanswered' : 'never'
}

/** Seconds, or a date (RFC 9110, 10.2.3), which is meant by the clock that the answer itself is dated by. */
function retryAfterOf({ headers }: IncomingMessage): number {
  const { 'retry-after': value, date } = headers
  if (value === undefined) return 0
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.parse(date ?? '')
  return Number.isNaN(ms) ? 0 : Math.min(longestRetryAfterMs, Math.max(0, ms))
}

class OutOfTime extends Error {
  readonly code = 'timeout'
}

const wordOf = (error: Error) => (error as NodeJS.ErrnoException).code ?? error.name

/** The object in a JSON text, or undefined. */
export function jsonObject(text: string | null): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined // not JSON
  }
}

/** A carrier's id, number or address: one line that a database can keep. */
export const asWord = (value: unknown): string | undefined => {
  // A number that JavaScript can't hold would be another carrier's id, or nobody's.
  const text = Number.isSafeInteger(value) ? String(value) : value
  return typeof text === 'string' && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(text) ? text : undefined
}

export const mediaTypeOf = (headers: Headers) => (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()

export const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
