// The typed client: one method for each endpoint of the table, over `fetch`. It takes types from the table and nothing
// else, so a program that imports it loads no schema; it runs on Node and on edge runtimes alike.
import type { z } from 'zod'
import type { EndpointName, endpoints } from './endpoints.ts'
import type { EventTypeName, eventTypes } from './event.ts'
import type { Problem } from './problem.ts'
import type { OutgoingName, ToldOf } from './webhook.ts'

type Table = typeof endpoints
type With<N extends EndpointName, Part extends string> = Extract<Table[N], Record<Part, unknown>>[Part & keyof Table[N]]

/** What an endpoint's body takes; of NDJSON, one line. */
export type Body<N extends EndpointName> =
  With<N, 'body'> extends { schema: infer S extends z.ZodType } ? z.input<S> : never
/** What an endpoint may be asked for; each part may be left out. */
export type Query<N extends EndpointName> =
  With<N, 'query'> extends infer S extends z.ZodType ? Partial<z.output<S>> : never
/** What an endpoint answers when all is well; of NDJSON, one line. */
export type Answer<N extends EndpointName> = Table[N]['answers'][keyof Table[N]['answers']] extends infer A
  ? A extends { schema: infer S extends z.ZodType }
    ? z.output<S>
    : never
  : never

export interface ClientOptions {
  /** Where Usher answers, for example `https://usher.orpheum.example`. */
  baseUrl: string
  /** Left out by the console alone: a browser that has signed in carries its session as a cookie. */
  apiKey?: string
  /** Further headers of each request, read anew for each. */
  headers?: () => Record<string, string>
  fetch?: typeof globalThis.fetch
  /** How long one try of a plain request may take. Streams have no limit. */
  timeoutMs?: number
  /** Waits between tries; tests give one that does not. */
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Between 0 and 1; spreads the tries of many clients. */
  random?: () => number
}

export interface CallOptions {
  signal?: AbortSignal
}

/** Things that come one by one: a list, a generator, a stream of objects. */
export type Lines<T> = Iterable<T> | AsyncIterable<T>

export interface LiveEvent {
  /** `message`, `inbound`, `event`, `bad_event`, `delivery`, `click`, `bind`. */
  event: string
  data: unknown
}

export interface FeedItem<N extends OutgoingName = OutgoingName> {
  told: ToldOf<N>
  /**
   * Where to go on from once this is handled: keep it, best in the transaction that keeps what you made of it. It moves
   * once a page, so what was told just before a restart may come again, with the same `id`. Undefined: from the oldest on.
   */
  position: string | undefined
}

export interface WatchOptions<N extends OutgoingName = OutgoingName> extends CallOptions {
  /** The position that was kept; from the oldest on, where it is left out. */
  after?: string | undefined
  types?: readonly N[]
  /** How long it waits where nothing is new. */
  pollMs?: number
  /** How many are read at once: 100, and at most 1,000. */
  limit?: number
  /** Hears of each try that did not come through. */
  onAway?: (error: unknown) => void
}

/** What the data of a type of event takes. */
export type EventData<T extends EventTypeName> = z.input<(typeof eventTypes)[T]['data']>

/**
 * One event for `postEvents` (CloudEvents 1.0). Give an `id` of your own wherever you have one, such as that of the
 * payment: the same `source` and `id` again is the same event, so that your program may post it twice and nothing follows
 * twice. Where it is left out it is random, and covers only what the client tries again by itself.
 */
export function event<T extends EventTypeName>(
  type: T,
  {
    source,
    subject,
    data,
    id = crypto.randomUUID(),
    time,
  }: {
    /** What sends it: a URI reference, such as `/billing`. */
    source: string
    /** The subscriber it is about, or the title. */
    subject: string
    data: EventData<T>
    id?: string
    /** When it happened; when it comes, where it is left out. */
    time?: Date | string
  },
): Body<'postEvents'> & { type: T; subject: string; data: EventData<T> } {
  const at = time instanceof Date ? time.toISOString() : time
  const made = { specversion: '1.0' as const, id, source, type, subject, ...(at !== undefined && { time: at }), data }
  // `data` is JSON by its type's schema; that each field of it is, its index signature does not say.
  return made as Body<'postEvents'> & typeof made
}

/** An answer that says no. Decide by `code`: it never changes, the words may. */
export class UsherProblem extends Error {
  override readonly name = 'UsherProblem'
  readonly code: string
  readonly status: number
  readonly detail: string | undefined
  /** What was wrong, field by field. */
  readonly errors: readonly { at: string; detail: string }[]
  /** Where the docs explain it. */
  readonly docs: string | undefined
  /** After how long it is worth asking again, where the answer says. */
  readonly retryAfterMs: number | undefined

  constructor({ code, status, title, detail, errors, type }: Problem, baseUrl: string, retryAfterMs?: number) {
    super(`${code} (${status}): ${detail ?? title}`)
    this.code = code
    this.status = status
    this.detail = detail
    this.errors = errors ?? []
    this.retryAfterMs = retryAfterMs
    this.docs = URL.canParse(type, baseUrl) && type !== 'about:blank' ? new URL(type, baseUrl).href : undefined
  }
}

/** How often a request that is safe to repeat is asked again. */
const retries = 3
/** Who asks for a longer wait than this is told so by a problem, not by silence. */
const longestWaitMs = 60_000
/** Between two tries of the feed while Usher is away. */
const longestFeedWaitMs = 60_000
const worthAnotherTry = new Set([429, 502, 503, 504])

interface Call {
  query?: Record<string, unknown>
  body?: unknown
  /** What the body is, where it is not plain JSON. */
  type?: string
  /** A body that is bytes already. */
  file?: { body: Blob | string; type: string }
  idempotencyKey?: string
  signal?: AbortSignal | undefined
  /** The same request twice does what one does. */
  isRepeatable?: boolean
}

export type UsherClient = ReturnType<typeof createClient>

/** Makes a client. It holds no connection of its own and can be shared by the whole program. */
export function createClient({
  baseUrl,
  apiKey,
  headers: further = () => ({}),
  fetch = globalThis.fetch,
  timeoutMs = 30_000,
  sleep = pause,
  random = Math.random,
}: ClientOptions) {
  const root = baseUrl.replace(/\/+$/, '')
  const own = () => ({ ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }), ...further() })
  const address = (path: string, query: Record<string, unknown> = {}) => {
    const asked = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
    return `${root}${path}${asked.length === 0 ? '' : `?${new URLSearchParams(asked)}`}`
  }

  /** One request with one answer. A test holds each method and path to the table's. */
  async function call<N extends EndpointName>(
    method: Table[N]['method'],
    path: string,
    { query, body, type = 'application/json', file, idempotencyKey, signal, isRepeatable = false }: Call = {},
  ): Promise<Answer<N>> {
    const headers = {
      ...own(),
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': type }),
      ...(file && { 'content-type': file.type }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    }
    const text = file?.body ?? (body === undefined ? null : JSON.stringify(body))
    for (let tried = 1; ; tried++) {
      const mayTryAgain = isRepeatable && tried <= retries
      let waitMs = 100 * 2 ** tried * (0.5 + random())
      try {
        // A file takes as long as it is large.
        const limits = [...(signal ? [signal] : []), ...(file ? [] : [AbortSignal.timeout(timeoutMs)])]
        const response = await fetch(address(path, query), {
          method: method.toUpperCase(),
          headers,
          body: text,
          signal: anyOf(limits),
        })
        if (response.ok) return (response.status === 204 ? undefined : await response.json()) as Answer<N>
        const problem = await problemOf(response, root)
        // In flight: the first try's answer was lost on the way, and its work is not done yet.
        const isPassing = worthAnotherTry.has(problem.status) || problem.code === 'idempotency_key_in_flight'
        const asked = retryAfterMs(response)
        if (!mayTryAgain || !isPassing || (asked ?? 0) > longestWaitMs) throw problem
        waitMs = Math.max(waitMs, asked ?? 0)
      } catch (error) {
        // Besides a problem, what is thrown is the network's: refused, reset, timed out, cut off while it answered.
        if (error instanceof UsherProblem || signal?.aborted || !mayTryAgain) throw error
      }
      await sleep(waitMs, signal)
    }
  }

  /** A request whose answer is read while it comes. Who stops reading ends it. */
  async function* read(method: string, path: string, accept: string, signal?: AbortSignal, body?: Outgoing) {
    const stopped = new AbortController()
    const init: RequestInit & { duplex?: 'half' } = {
      method,
      headers: { ...own(), accept, ...(body && { 'content-type': body.type }) },
      signal: signal ? anyOf([signal, stopped.signal]) : stopped.signal,
      ...(body && { body: body.stream, duplex: 'half' as const }),
    }
    try {
      const response = await fetch(address(path), init)
      if (!response.ok) throw await problemOf(response, root)
      if (response.body) yield* linesOf(response.body)
    } catch (error) {
      throw body?.failure() ?? error
    } finally {
      stopped.abort()
      body?.close()
    }
  }

  /** What happened since `after`, oldest first. Keep `next`, and give it the next time. */
  const readFeed = (query: Query<'readFeed'> = {}, { signal }: CallOptions = {}) =>
    call<'readFeed'>('get', '/v1/feed', { query, signal, isRepeatable: true })

  const message = (id: string) => `/v1/messages/${encodeURIComponent(id)}`
  const subscriber = (id: string) => `/v1/subscribers/${encodeURIComponent(id)}`
  const template = (name: string) => `/v1/templates/${encodeURIComponent(name)}`
  const journey = (name: string) => `/v1/journeys/${encodeURIComponent(name)}`
  const badEvent = (id: string) => `/v1/bad-events/${encodeURIComponent(id)}`
  const alert = (id: string) => `/v1/alerts/${encodeURIComponent(id)}`
  const verification = (id: string) => `/v1/verifications/${encodeURIComponent(id)}`
  const webhook = (id: string) => `/v1/webhooks/${encodeURIComponent(id)}`

  return {
    /**
     * Sends one text, once: tries again after a lost connection with the same key. Give a key of your own where your
     * program may ask twice for the same text, for example after it was restarted.
     */
    sendMessage: (
      body: Body<'sendMessage'>,
      { idempotencyKey = crypto.randomUUID(), signal }: CallOptions & { idempotencyKey?: string } = {},
    ) => call<'sendMessage'>('post', '/v1/messages', { body, idempotencyKey, signal, isRepeatable: true }),

    /**
     * Sends many texts: reads your lines as fast as they are taken and gives a verdict for each, in order. It is not
     * tried again by itself; lines with an `idempotencyKey` can safely be sent once more.
     */
    async *sendBatch(
      lines: Lines<Body<'sendBatch'>>,
      { signal }: CallOptions = {},
    ): AsyncGenerator<Answer<'sendBatch'>, void> {
      const body = outgoing(lines, ndjson)
      let verdicts = 0
      for await (const line of read('POST', '/v1/messages/batch', ndjson, signal, body)) {
        if (line === '') continue
        verdicts++
        yield JSON.parse(line)
      }
      if (verdicts < body.sent())
        throw new Error(`The answer ended after ${verdicts} verdicts for ${body.sent()} lines.`)
    },

    /** The text as it would be written, and what it costs. Sends nothing. */
    previewMessage: (body: Body<'previewMessage'>, { signal }: CallOptions = {}) =>
      call<'previewMessage'>('post', '/v1/messages/preview', { body, signal, isRepeatable: true }),

    listMessages: (query: Query<'listMessages'> = {}, { signal }: CallOptions = {}) =>
      call<'listMessages'>('get', '/v1/messages', { query, signal, isRepeatable: true }),

    getMessage: (id: string, { signal }: CallOptions = {}) =>
      call<'getMessage'>('get', message(id), { signal, isRepeatable: true }),

    explainMessage: (id: string, { signal }: CallOptions = {}) =>
      call<'explainMessage'>('get', `${message(id)}/explanation`, { signal, isRepeatable: true }),

    /** Cancels a text that waits. One that may be on the wire already is answered `not_waiting`. */
    cancelMessage: (id: string, { signal }: CallOptions = {}) =>
      call<'cancelMessage'>('post', `${message(id)}/cancel`, { signal }),

    listInbound: (query: Query<'listInbound'> = {}, { signal }: CallOptions = {}) =>
      call<'listInbound'>('get', '/v1/inbound', { query, signal, isRepeatable: true }),

    findSubscribers: (query: Query<'findSubscribers'> = {}, { signal }: CallOptions = {}) =>
      call<'findSubscribers'>('get', '/v1/subscribers', { query, signal, isRepeatable: true }),

    exportSubscriber: (id: string, query: Query<'exportSubscriber'> = {}, { signal }: CallOptions = {}) =>
      call<'exportSubscriber'>('get', `${subscriber(id)}/export`, { query, signal, isRepeatable: true }),

    listConsents: (id: string, { signal }: CallOptions = {}) =>
      call<'listConsents'>('get', `${subscriber(id)}/consents`, { signal, isRepeatable: true }),
    previewDecision: (question: Body<'previewDecision'>, { signal }: CallOptions = {}) =>
      call<'previewDecision'>('post', '/v1/decisions/preview', { body: question, signal, isRepeatable: true }),
    getPolicy: ({ signal }: CallOptions = {}) => call<'getPolicy'>('get', '/v1/policy', { signal, isRepeatable: true }),
    putPolicy: (policy: Body<'putPolicy'>, { signal }: CallOptions = {}) =>
      call<'putPolicy'>('put', '/v1/policy', { body: policy, signal, isRepeatable: true }),
    /** What a policy would change, compared with the one in force. Nothing is saved. */
    previewPolicy: (policy: Body<'previewPolicy'>, { signal }: CallOptions = {}) =>
      call<'previewPolicy'>('post', '/v1/policy/preview', { body: policy, signal, isRepeatable: true }),
    listRegions: ({ signal }: CallOptions = {}) =>
      call<'listRegions'>('get', '/v1/regions', { signal, isRepeatable: true }),
    listKeywords: ({ signal }: CallOptions = {}) =>
      call<'listKeywords'>('get', '/v1/keywords', { signal, isRepeatable: true }),
    /** What a reply would be understood as, and why. Nothing follows from it. */
    tryKeywords: (body: Body<'tryKeywords'>, { signal }: CallOptions = {}) =>
      call<'tryKeywords'>('post', '/v1/keywords/try', { body, signal, isRepeatable: true }),

    listSuppressions: (query: Query<'listSuppressions'> = {}, { signal }: CallOptions = {}) =>
      call<'listSuppressions'>('get', '/v1/suppressions', { query, signal, isRepeatable: true }),
    /** Blocks a number: what waits for it is cancelled. The same once more changes nothing. */
    blockNumber: (body: Body<'blockNumber'>, { signal }: CallOptions = {}) =>
      call<'blockNumber'>('post', '/v1/suppressions', { body, signal, isRepeatable: true }),
    /** Lifts one suppression. It is not tried again by itself: a second try would say that there is none. */
    liftSuppression: async (id: string, body: Body<'liftSuppression'>, { signal }: CallOptions = {}): Promise<void> => {
      await call<'liftSuppression'>('delete', `/v1/suppressions/${encodeURIComponent(id)}`, { body, signal })
    },
    /** Imports suppressions as `importSubscribers` does subscribers. */
    async *importSuppressions(
      body: Blob | ReadableStream<Uint8Array> | Lines<Body<'importSuppressions'> | string | Uint8Array>,
      { type = ndjson, signal }: CallOptions & { type?: 'application/x-ndjson' | 'text/csv' } = {},
    ): AsyncGenerator<Answer<'importSuppressions'>, void> {
      const lines = read('POST', '/v1/suppressions/import', ndjson, signal, outgoing(body, type))
      for await (const line of lines) if (line !== '') yield JSON.parse(line)
    },

    revealNumber: (id: string, body: Body<'revealNumber'>, { signal }: CallOptions = {}) =>
      call<'revealNumber'>('post', `${subscriber(id)}/reveal`, { body, signal }),

    putSubscriber: (id: string, body: Body<'putSubscriber'>, { signal }: CallOptions = {}) =>
      call<'putSubscriber'>('put', subscriber(id), { body, signal, isRepeatable: true }),

    getSubscriber: (id: string, { signal }: CallOptions = {}) =>
      call<'getSubscriber'>('get', subscriber(id), { signal, isRepeatable: true }),

    /** Erases a subscriber. It is not tried again by itself: a second try would say that there is none. */
    deleteSubscriber: async (id: string, { signal }: CallOptions = {}): Promise<void> => {
      await call<'deleteSubscriber'>('delete', subscriber(id), { signal })
    },

    /** Tells of a sign-in, and answers whether to let them in. It is not tried again by itself: it would be told twice. */
    tellSignIn: (body: Body<'tellSignIn'>, { signal }: CallOptions = {}) =>
      call<'tellSignIn'>('post', '/v1/sign-ins', { body, signal }),

    /** Newest first. */
    listSignIns: (query: Query<'listSignIns'> = {}, { signal }: CallOptions = {}) =>
      call<'listSignIns'>('get', '/v1/sign-ins', { query, signal, isRepeatable: true }),

    /** Says whether it was theirs. */
    settleSignIn: (id: string, body: Body<'settleSignIn'>, { signal }: CallOptions = {}) =>
      call<'settleSignIn'>('post', `/v1/sign-ins/${encodeURIComponent(id)}/settle`, {
        body,
        signal,
        isRepeatable: true,
      }),

    getSignInRules: ({ signal }: CallOptions = {}) =>
      call<'getSignInRules'>('get', '/v1/sign-ins/rules', { signal, isRepeatable: true }),

    putSignInRules: (body: Body<'putSignInRules'>, { signal }: CallOptions = {}) =>
      call<'putSignInRules'>('put', '/v1/sign-ins/rules', { body, signal }),

    previewSignInRules: (body: Body<'previewSignInRules'>, { signal }: CallOptions = {}) =>
      call<'previewSignInRules'>('post', '/v1/sign-ins/rules/preview', { body, signal, isRepeatable: true }),

    listPlaceSources: ({ signal }: CallOptions = {}) =>
      call<'listPlaceSources'>('get', '/v1/sign-ins/places', { signal, isRepeatable: true }),

    listJourneys: ({ signal }: CallOptions = {}) =>
      call<'listJourneys'>('get', '/v1/journeys', { signal, isRepeatable: true }),

    /** As it is in force, and what it was before. */
    getJourney: (name: string, { signal }: CallOptions = {}) =>
      call<'getJourney'>('get', journey(name), { signal, isRepeatable: true }),

    /** Saves it as the next version, if `version` is still in force. */
    putJourney: (name: string, body: Body<'putJourney'>, { signal }: CallOptions = {}) =>
      call<'putJourney'>('put', journey(name), { body, signal }),

    /** Takes back its changes; one that was added is gone. */
    resetJourney: async (name: string, query: Query<'resetJourney'>, { signal }: CallOptions = {}): Promise<void> => {
      await call<'resetJourney'>('delete', journey(name), { query, signal })
    },

    /** What it would have sent in the last days. */
    dryRunJourney: (name: string, body: Body<'dryRunJourney'>, { signal }: CallOptions = {}) =>
      call<'dryRunJourney'>('post', `${journey(name)}/dry-run`, { body, signal, isRepeatable: true }),

    getJourneyFunnel: (name: string, query: Query<'getJourneyFunnel'> = {}, { signal }: CallOptions = {}) =>
      call<'getJourneyFunnel'>('get', `${journey(name)}/funnel`, { query, signal, isRepeatable: true }),

    /** What a subscriber will be sent, and when. */
    getSchedule: (id: string, { signal }: CallOptions = {}) =>
      call<'getSchedule'>('get', `${subscriber(id)}/schedule`, { signal, isRepeatable: true }),

    getNumber: (id: string, { signal }: CallOptions = {}) =>
      call<'getNumber'>('get', `${subscriber(id)}/number`, { signal, isRepeatable: true }),

    removeNumber: async (id: string, { signal }: CallOptions = {}): Promise<void> => {
      await call<'removeNumber'>('delete', `${subscriber(id)}/number`, { signal })
    },

    /** Sends a code to a new number, or to the one they have. A second call sends a second code, which ends the first. */
    changeNumber: (id: string, body: Body<'changeNumber'>, { signal }: CallOptions = {}) =>
      call<'changeNumber'>('post', `${subscriber(id)}/number-changes`, { body, signal }),

    /** A wrong code counts as a try, so it is not tried again by itself. */
    checkNumber: (change: string, body: Body<'checkNumber'>, { signal }: CallOptions = {}) =>
      call<'checkNumber'>('post', `/v1/number-changes/${encodeURIComponent(change)}/check`, { body, signal }),

    /** Sends a code. Asked again it sends another one, which ends the first, so it is not tried again by itself. */
    startVerification: (body: Body<'startVerification'>, { signal }: CallOptions = {}) =>
      call<'startVerification'>('post', '/v1/verifications', { body, signal }),

    /** With `since` and `wait` it answers once anything is other than in that version. */
    getVerification: (id: string, { since, wait, signal }: CallOptions & Partial<Query<'getVerification'>> = {}) =>
      call<'getVerification'>('get', verification(id), { query: { since, wait }, signal, isRepeatable: true }),

    /** A wrong code counts as a try, so it is not tried again by itself. */
    checkVerification: (id: string, body: Body<'checkVerification'>, { signal }: CallOptions = {}) =>
      call<'checkVerification'>('post', `${verification(id)}/check`, { body, signal }),

    resendVerification: (id: string, body: Body<'resendVerification'> = {}, { signal }: CallOptions = {}) =>
      call<'resendVerification'>('post', `${verification(id)}/resend`, { body, signal }),

    cancelVerification: (id: string, { signal }: CallOptions = {}) =>
      call<'cancelVerification'>('post', `${verification(id)}/cancel`, { signal }),

    /** Newest first, page by page: `next` is the `before` of the next one. */
    accountHistory: (id: string, query: Query<'accountHistory'> = {}, { signal }: CallOptions = {}) =>
      call<'accountHistory'>('get', `${subscriber(id)}/security`, { query, signal, isRepeatable: true }),

    /** Asked again it makes another one, which ends the first, so it is not tried again by itself. */
    makeResetLink: (body: Body<'makeResetLink'>, { signal }: CallOptions = {}) =>
      call<'makeResetLink'>('post', '/v1/reset-links', { body, signal }),

    /** A proof serves once, so it is not tried again by itself. */
    redeemResetLink: (body: Body<'redeemResetLink'>, { signal }: CallOptions = {}) =>
      call<'redeemResetLink'>('post', '/v1/reset-links/redeem', { body, signal }),

    /** Makes ten, in place of those before. It is not tried again by itself: those of a lost answer nobody has. */
    makeRecoveryCodes: (id: string, body: Body<'makeRecoveryCodes'>, { signal }: CallOptions = {}) =>
      call<'makeRecoveryCodes'>('post', `${subscriber(id)}/recovery-codes`, { body, signal }),

    /** As a right code would, where your service made sure in another way that it is them. */
    clearWrongCodes: async (id: string, body: Body<'clearWrongCodes'>, { signal }: CallOptions = {}): Promise<void> => {
      await call<'clearWrongCodes'>('post', `${subscriber(id)}/wrong-codes/clear`, { body, signal, isRepeatable: true })
    },

    countRecoveryCodes: (id: string, { signal }: CallOptions = {}) =>
      call<'countRecoveryCodes'>('get', `${subscriber(id)}/recovery-codes`, { signal, isRepeatable: true }),

    /** Give `about` wherever you have something it is about: asked again, it is the same alert. */
    raiseAlert: (
      body: Body<'raiseAlert'>,
      { idempotencyKey = crypto.randomUUID(), signal }: CallOptions & { idempotencyKey?: string } = {},
    ) => call<'raiseAlert'>('post', '/v1/alerts', { body, idempotencyKey, signal, isRepeatable: true }),

    /** Newest first, page by page. */
    listAlerts: (query: Query<'listAlerts'> = {}, { signal }: CallOptions = {}) =>
      call<'listAlerts'>('get', '/v1/alerts', { query, signal, isRepeatable: true }),

    getAlert: (id: string, { signal }: CallOptions = {}) =>
      call<'getAlert'>('get', alert(id), { signal, isRepeatable: true }),

    withdrawAlert: (id: string, { signal }: CallOptions = {}) =>
      call<'withdrawAlert'>('post', `${alert(id)}/withdraw`, { signal }),

    getProtection: ({ signal }: CallOptions = {}) =>
      call<'getProtection'>('get', '/v1/protection', { signal, isRepeatable: true }),

    putProtection: (body: Body<'putProtection'>, { signal }: CallOptions = {}) =>
      call<'putProtection'>('put', '/v1/protection', { body, signal, isRepeatable: true }),

    listCodeBlocks: ({ signal }: CallOptions = {}) =>
      call<'listCodeBlocks'>('get', '/v1/protection/blocks', { signal, isRepeatable: true }),

    liftCodeBlock: (id: string, body: Body<'liftCodeBlock'>, { signal }: CallOptions = {}) =>
      call<'liftCodeBlock'>('post', `/v1/protection/blocks/${encodeURIComponent(id)}/lift`, { body, signal }),

    codeUse: ({ hours, signal }: CallOptions & Partial<Query<'codeUse'>> = {}) =>
      call<'codeUse'>('get', '/v1/protection/use', { query: { hours }, signal, isRepeatable: true }),

    /** Hands over a carrier's file, as `importSubscribers` does. */
    async *deactivateNumbers(
      body: Blob | ReadableStream<Uint8Array> | Lines<Body<'deactivateNumbers'> | string | Uint8Array>,
      { type = ndjson, signal }: CallOptions & { type?: 'application/x-ndjson' | 'text/csv' } = {},
    ): AsyncGenerator<Answer<'deactivateNumbers'>, void> {
      const lines = read('POST', '/v1/numbers/deactivated', ndjson, signal, outgoing(body, type))
      for await (const line of lines) if (line !== '') yield JSON.parse(line)
    },

    /** Hands over what a database of reassigned numbers answered. */
    async *reassignNumbers(
      body: Blob | ReadableStream<Uint8Array> | Lines<Body<'reassignNumbers'> | string | Uint8Array>,
      { type = ndjson, signal }: CallOptions & { type?: 'application/x-ndjson' | 'text/csv' } = {},
    ): AsyncGenerator<Answer<'reassignNumbers'>, void> {
      const lines = read('POST', '/v1/numbers/reassigned', ndjson, signal, outgoing(body, type))
      for await (const line of lines) if (line !== '') yield JSON.parse(line)
    },

    /**
     * Imports subscribers from objects, or from bytes or text that are NDJSON or CSV already (a file's stream), and
     * reports progress, each bad line and the end.
     */
    async *importSubscribers(
      body: Blob | ReadableStream<Uint8Array> | Lines<Body<'importSubscribers'> | string | Uint8Array>,
      { type = ndjson, signal }: CallOptions & { type?: 'application/x-ndjson' | 'text/csv' } = {},
    ): AsyncGenerator<Answer<'importSubscribers'>, void> {
      const lines = read('POST', '/v1/subscribers/import', ndjson, signal, outgoing(body, type))
      for await (const line of lines) if (line !== '') yield JSON.parse(line)
    },

    /** Hands over a whole file of subscribers, or of `kind` subscriptions, which is imported in the background. A `File` of a browser is sent as it is. */
    startImport: (
      body: Blob | string,
      {
        name,
        kind,
        type = ndjson,
        signal,
      }: CallOptions & Query<'startImport'> & { type?: 'application/x-ndjson' | 'text/csv' } = {},
    ) => call<'startImport'>('post', '/v1/imports', { query: { name, kind }, file: { body, type }, signal }),

    listImports: ({ signal }: CallOptions = {}) =>
      call<'listImports'>('get', '/v1/imports', { signal, isRepeatable: true }),

    getImport: (id: string, { signal }: CallOptions = {}) =>
      call<'getImport'>('get', `/v1/imports/${encodeURIComponent(id)}`, { signal, isRepeatable: true }),

    listTemplates: ({ signal }: CallOptions = {}) =>
      call<'listTemplates'>('get', '/v1/templates', { signal, isRepeatable: true }),

    getTemplate: (name: string, { version, signal }: CallOptions & Query<'getTemplate'> = {}) =>
      call<'getTemplate'>('get', template(name), { query: { version }, signal, isRepeatable: true }),

    putTemplate: (name: string, body: Body<'putTemplate'>, { signal }: CallOptions = {}) =>
      call<'putTemplate'>('put', template(name), { body, signal, isRepeatable: true }),

    previewTemplate: (name: string, body: Body<'previewTemplate'>, { signal }: CallOptions = {}) =>
      call<'previewTemplate'>('post', `${template(name)}/preview`, { body, signal, isRepeatable: true }),

    templateUse: (name: string, { signal }: CallOptions = {}) =>
      call<'templateUse'>('get', `${template(name)}/use`, { signal, isRepeatable: true }),

    /**
     * Posts events, one or many (CloudEvents 1.0). The same `source` and `id` again change nothing, so it is tried again by
     * itself. One bad event alone is the problem `bad_event`; of many, look at the verdicts.
     */
    postEvents: (events: Body<'postEvents'> | readonly Body<'postEvents'>[], { signal }: CallOptions = {}) =>
      call<'postEvents'>('post', '/v1/events', {
        body: events,
        type: Array.isArray(events) ? 'application/cloudevents-batch+json' : 'application/cloudevents+json',
        signal,
        isRepeatable: true,
      }),

    segmentTrack: (body: Body<'segmentTrack'>, { signal }: CallOptions = {}) =>
      call<'segmentTrack'>('post', '/v1/track', { body, signal, isRepeatable: body.messageId !== undefined }),

    segmentIdentify: (body: Body<'segmentIdentify'>, { signal }: CallOptions = {}) =>
      call<'segmentIdentify'>('post', '/v1/identify', { body, signal, isRepeatable: body.messageId !== undefined }),

    segmentBatch: (body: Body<'segmentBatch'>, { signal }: CallOptions = {}) =>
      call<'segmentBatch'>('post', '/v1/batch', {
        body,
        signal,
        isRepeatable: body.batch.every(one => typeof one.messageId === 'string'),
      }),

    listEvents: (query: Query<'listEvents'> = {}, { signal }: CallOptions = {}) =>
      call<'listEvents'>('get', '/v1/events', { query, signal, isRepeatable: true }),

    getEvent: (id: string, { signal }: CallOptions = {}) =>
      call<'getEvent'>('get', `/v1/events/${encodeURIComponent(id)}`, { signal, isRepeatable: true }),

    listEventTypes: ({ signal }: CallOptions = {}) =>
      call<'listEventTypes'>('get', '/v1/event-types', { signal, isRepeatable: true }),

    listBadEvents: (query: Query<'listBadEvents'> = {}, { signal }: CallOptions = {}) =>
      call<'listBadEvents'>('get', '/v1/bad-events', { query, signal, isRepeatable: true }),

    getBadEvent: (id: string, { signal }: CallOptions = {}) =>
      call<'getBadEvent'>('get', badEvent(id), { signal, isRepeatable: true }),

    openBadEvent: (id: string, { signal }: CallOptions = {}) =>
      call<'openBadEvent'>('post', `${badEvent(id)}/open`, { signal }),

    /** Replays it as it came, or as you mended it. Look at the verdict: it may still be bad. */
    replayBadEvent: (id: string, body: Body<'replayBadEvent'> = {}, { signal }: CallOptions = {}) =>
      call<'replayBadEvent'>('post', `${badEvent(id)}/replay`, { body, signal }),

    replayBadEvents: (body: Body<'replayBadEvents'> = {}, { signal }: CallOptions = {}) =>
      call<'replayBadEvents'>('post', '/v1/bad-events/replay', { body, signal }),

    dropBadEvent: async (id: string, { signal }: CallOptions = {}): Promise<void> => {
      await call<'dropBadEvent'>('delete', badEvent(id), { signal })
    },

    listWebhooks: ({ signal }: CallOptions = {}) =>
      call<'listWebhooks'>('get', '/v1/webhooks', { signal, isRepeatable: true }),

    /** Makes an endpoint. It is not tried again by itself, for each try would make one. */
    createWebhook: (body: Body<'createWebhook'>, { signal }: CallOptions = {}) =>
      call<'createWebhook'>('post', '/v1/webhooks', { body, signal }),

    getWebhook: (id: string, { signal }: CallOptions = {}) =>
      call<'getWebhook'>('get', webhook(id), { signal, isRepeatable: true }),

    putWebhook: (id: string, body: Body<'putWebhook'>, { signal }: CallOptions = {}) =>
      call<'putWebhook'>('put', webhook(id), { body, signal, isRepeatable: true }),

    deleteWebhook: async (id: string, { signal }: CallOptions = {}): Promise<void> => {
      await call<'deleteWebhook'>('delete', webhook(id), { signal })
    },

    replaceWebhookSecret: (id: string, { signal }: CallOptions = {}) =>
      call<'replaceWebhookSecret'>('post', `${webhook(id)}/secret`, { signal }),

    testWebhook: (id: string, { signal }: CallOptions = {}) =>
      call<'testWebhook'>('post', `${webhook(id)}/test`, { signal }),

    listDeliveries: (id: string, query: Query<'listDeliveries'> = {}, { signal }: CallOptions = {}) =>
      call<'listDeliveries'>('get', `${webhook(id)}/deliveries`, { query, signal, isRepeatable: true }),

    getDelivery: (id: string, { signal }: CallOptions = {}) =>
      call<'getDelivery'>('get', `/v1/deliveries/${encodeURIComponent(id)}`, { signal, isRepeatable: true }),

    replayDelivery: (id: string, { signal }: CallOptions = {}) =>
      call<'replayDelivery'>('post', `/v1/deliveries/${encodeURIComponent(id)}/replay`, { signal }),

    replayFailed: (id: string, body: Body<'replayFailed'> = {}, { signal }: CallOptions = {}) =>
      call<'replayFailed'>('post', `${webhook(id)}/replay`, { body, signal }),

    readFeed,

    /**
     * Reads the feed for ever, oldest first, and asks again every `pollMs` where nothing is new, until you stop reading or
     * your signal says so. While Usher is away it waits, and `onAway` hears why; it throws when it is told no, for example
     * for want of a scope.
     */
    async *watchFeed<N extends OutgoingName = OutgoingName>({
      after,
      types,
      pollMs = 2_000,
      limit = 100,
      onAway = () => {},
      signal,
    }: WatchOptions<N> = {}): AsyncGenerator<FeedItem<N>, void> {
      let position = after
      let failures = 0
      // Ending it is what the signal is for: that is no error.
      const wait = (ms: number) =>
        sleep(ms, signal).catch(error => (signal?.aborted ? undefined : Promise.reject(error)))
      while (!signal?.aborted) {
        const page = await readFeed({ after: position, types: types?.join(','), limit }, signal && { signal }).catch(
          (error: unknown) => {
            const isNo = error instanceof UsherProblem && error.status < 500 && error.status !== 429
            if (isNo && !signal?.aborted) throw error
            return { error }
          },
        )
        if (signal?.aborted) return
        if ('error' in page) {
          onAway(page.error)
          await wait(Math.min(longestFeedWaitMs, Math.max(pollMs, 1_000) * 2 ** failures++))
          continue
        }
        failures = 0
        for (const [at, told] of page.items.entries()) {
          const isLast = at === page.items.length - 1
          // The server was asked for these types alone.
          yield { told: told as unknown as ToldOf<N>, position: isLast ? page.next : position }
          if (signal?.aborted) return
        }
        position = page.next
        if (page.isEnd) await wait(pollMs)
      }
    },

    getFeedTypes: ({ signal }: CallOptions = {}) =>
      call<'getFeedTypes'>('get', '/v1/feed/types', { signal, isRepeatable: true }),

    putFeedTypes: (body: Body<'putFeedTypes'>, { signal }: CallOptions = {}) =>
      call<'putFeedTypes'>('put', '/v1/feed/types', { body, signal, isRepeatable: true }),

    /** Makes a short link. It is not tried again by itself, for each try would make one. */
    createLink: (body: Body<'createLink'>, { signal }: CallOptions = {}) =>
      call<'createLink'>('post', '/v1/links', { body, signal }),

    listLinks: (query: Query<'listLinks'> = {}, { signal }: CallOptions = {}) =>
      call<'listLinks'>('get', '/v1/links', { query, signal, isRepeatable: true }),

    getLink: (id: string, { signal }: CallOptions = {}) =>
      call<'getLink'>('get', `/v1/links/${encodeURIComponent(id)}`, { signal, isRepeatable: true }),

    revokeLink: (id: string, { signal }: CallOptions = {}) =>
      call<'revokeLink'>('post', `/v1/links/${encodeURIComponent(id)}/revoke`, { signal, isRepeatable: true }),

    listClicks: (query: Query<'listClicks'> = {}, { signal }: CallOptions = {}) =>
      call<'listClicks'>('get', '/v1/clicks', { query, signal, isRepeatable: true }),

    listLinkKeys: ({ signal }: CallOptions = {}) =>
      call<'listLinkKeys'>('get', '/v1/link-keys', { signal, isRepeatable: true }),

    getLive: (query: Query<'getLive'> = {}, { signal }: CallOptions = {}) =>
      call<'getLive'>('get', '/v1/live', { query, signal, isRepeatable: true }),

    listCarriers: ({ signal }: CallOptions = {}) =>
      call<'listCarriers'>('get', '/v1/carriers', { signal, isRepeatable: true }),

    getLine: (query: Query<'getLine'> = {}, { signal }: CallOptions = {}) =>
      call<'getLine'>('get', '/v1/line', { query, signal, isRepeatable: true }),

    putCarrier: (
      name: string,
      body: Body<'putCarrier'>,
      query: Query<'putCarrier'> = {},
      { signal }: CallOptions = {},
    ) => call<'putCarrier'>('put', `/v1/carriers/${encodeURIComponent(name)}`, { body, query, signal }),

    deleteCarrier: (name: string, query: Query<'deleteCarrier'> = {}, { signal }: CallOptions = {}) =>
      call<'deleteCarrier'>('delete', `/v1/carriers/${encodeURIComponent(name)}`, { query, signal }),

    reconnectCarrier: async (name: string, { signal }: CallOptions = {}): Promise<void> => {
      await call<'reconnectCarrier'>('post', `/v1/carriers/${encodeURIComponent(name)}/reconnect`, { signal })
    },

    putSender: (name: string, body: Body<'putSender'>, query: Query<'putSender'> = {}, { signal }: CallOptions = {}) =>
      call<'putSender'>('put', `/v1/senders/${encodeURIComponent(name)}`, { body, query, signal }),

    deleteSender: (name: string, query: Query<'deleteSender'> = {}, { signal }: CallOptions = {}) =>
      call<'deleteSender'>('delete', `/v1/senders/${encodeURIComponent(name)}`, { query, signal }),

    putRoutes: (body: Body<'putRoutes'>, { signal }: CallOptions = {}) =>
      call<'putRoutes'>('put', '/v1/routes', { body, signal }),

    tryRoute: (body: Body<'tryRoute'>, { signal }: CallOptions = {}) =>
      call<'tryRoute'>('post', '/v1/routes/try', { body, signal, isRepeatable: true }),

    listLineVersions: ({ signal }: CallOptions = {}) =>
      call<'listLineVersions'>('get', '/v1/line/versions', { signal, isRepeatable: true }),

    restoreLine: (version: number, { signal }: CallOptions = {}) =>
      call<'restoreLine'>('post', `/v1/line/versions/${version}/restore`, { signal }),

    getSettings: ({ signal }: CallOptions = {}) =>
      call<'getSettings'>('get', '/v1/settings', { signal, isRepeatable: true }),

    putLinkDomains: (body: Body<'putLinkDomains'>, { signal }: CallOptions = {}) =>
      call<'putLinkDomains'>('put', '/v1/settings/link-domains', { body, signal, isRepeatable: true }),

    listKeys: ({ signal }: CallOptions = {}) => call<'listKeys'>('get', '/v1/keys', { signal, isRepeatable: true }),

    /** Makes an API key. It is not tried again by itself, for each try would make one. */
    createKey: (body: Body<'createKey'>, { signal }: CallOptions = {}) =>
      call<'createKey'>('post', '/v1/keys', { body, signal }),

    revokeKey: async (id: string, { signal }: CallOptions = {}): Promise<void> => {
      await call<'revokeKey'>('delete', `/v1/keys/${encodeURIComponent(id)}`, { signal })
    },

    listOperators: ({ signal }: CallOptions = {}) =>
      call<'listOperators'>('get', '/v1/operators', { signal, isRepeatable: true }),

    inviteOperator: (body: Body<'inviteOperator'>, { signal }: CallOptions = {}) =>
      call<'inviteOperator'>('post', '/v1/operators', { body, signal }),

    changeOperator: (id: string, body: Body<'changeOperator'>, { signal }: CallOptions = {}) =>
      call<'changeOperator'>('put', `/v1/operators/${encodeURIComponent(id)}`, { body, signal, isRepeatable: true }),

    listAudit: (query: Query<'listAudit'> = {}, { signal }: CallOptions = {}) =>
      call<'listAudit'>('get', '/v1/audit', { query, signal, isRepeatable: true }),

    auditChain: ({ signal }: CallOptions = {}) =>
      call<'auditChain'>('get', '/v1/audit/chain', { signal, isRepeatable: true }),

    signInWays: ({ signal }: CallOptions = {}) =>
      call<'signInWays'>('get', '/v1/session/ways', { signal, isRepeatable: true }),

    getSession: ({ signal }: CallOptions = {}) =>
      call<'getSession'>('get', '/v1/session', { signal, isRepeatable: true }),

    signInWithLink: (body: Body<'signInWithLink'>, { signal }: CallOptions = {}) =>
      call<'signInWithLink'>('post', '/v1/session/link', { body, signal }),

    signInWithPassword: (body: Body<'signInWithPassword'>, { signal }: CallOptions = {}) =>
      call<'signInWithPassword'>('post', '/v1/session/password', { body, signal }),

    passkeyChallenge: ({ signal }: CallOptions = {}) =>
      call<'passkeyChallenge'>('post', '/v1/session/passkey/challenge', { signal }),

    signInWithPasskey: (body: Body<'signInWithPasskey'>, { signal }: CallOptions = {}) =>
      call<'signInWithPasskey'>('post', '/v1/session/passkey', { body, signal }),

    signOut: async ({ signal }: CallOptions = {}): Promise<void> => {
      await call<'signOut'>('delete', '/v1/session', { signal })
    },

    signOutEverywhere: async ({ signal }: CallOptions = {}): Promise<void> => {
      await call<'signOutEverywhere'>('delete', '/v1/sessions', { signal })
    },

    startTotp: ({ signal }: CallOptions = {}) => call<'startTotp'>('post', '/v1/session/totp', { signal }),

    setPassword: (body: Body<'setPassword'>, { signal }: CallOptions = {}) =>
      call<'setPassword'>('put', '/v1/session/password', { body, signal }),

    startPasskey: ({ signal }: CallOptions = {}) =>
      call<'startPasskey'>('post', '/v1/session/passkeys/challenge', { signal }),

    addPasskey: (body: Body<'addPasskey'>, { signal }: CallOptions = {}) =>
      call<'addPasskey'>('post', '/v1/session/passkeys', { body, signal }),

    removePasskey: async (id: string, { signal }: CallOptions = {}): Promise<void> => {
      await call<'removePasskey'>('delete', `/v1/session/passkeys/${encodeURIComponent(id)}`, { signal })
    },

    getKnobs: (query: Query<'getKnobs'> = {}, { signal }: CallOptions = {}) =>
      call<'getKnobs'>('get', '/v1/demo/knobs', { query, signal, isRepeatable: true }),

    putKnobs: (body: Body<'putKnobs'>, query: Query<'putKnobs'> = {}, { signal }: CallOptions = {}) =>
      call<'putKnobs'>('put', '/v1/demo/knobs', { body, query, signal, isRepeatable: true }),

    moveClock: (body: Body<'moveClock'>, { signal }: CallOptions = {}) =>
      call<'moveClock'>('post', '/v1/demo/clock', { body, signal }),

    putLife: (body: Body<'putLife'>, { signal }: CallOptions = {}) =>
      call<'putLife'>('put', '/v1/demo/life', { body, signal, isRepeatable: true }),

    /** Watches live until you stop reading, your signal says so, or the server stops. */
    async *stream({ signal }: CallOptions = {}): AsyncGenerator<LiveEvent, void> {
      try {
        yield* liveEvents(read('GET', '/v1/stream', 'text/event-stream', signal))
      } catch (error) {
        if (!signal?.aborted) throw error // ending it is what the signal is for
      }
    },
  }
}

const ndjson = 'application/x-ndjson'

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}

/** A signal that goes with the first of several. Not every edge runtime has `AbortSignal.any`. */
function anyOf(signals: AbortSignal[]): AbortSignal {
  if (typeof AbortSignal.any === 'function') return AbortSignal.any(signals)
  const first = new AbortController()
  for (const signal of signals) {
    if (signal.aborted) first.abort(signal.reason)
    else signal.addEventListener('abort', () => first.abort(signal.reason), { once: true, signal: first.signal })
  }
  return first.signal
}

/** Seconds or a date (RFC 9110, 10.2.3). A date is measured by the server's own clock, for ours may be wrong. */
function retryAfterMs({ headers }: Response): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1_000
  const ms = Date.parse(value) - Date.parse(headers.get('date') ?? '')
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** What stands between may answer in its own words; then the status has to do. */
async function problemOf(response: Response, baseUrl: string): Promise<UsherProblem> {
  const text = await response.text()
  if (response.headers.get('content-type')?.startsWith('application/problem+json'))
    return new UsherProblem(JSON.parse(text) as Problem, baseUrl, retryAfterMs(response))
  const { status } = response
  const detail = text.slice(0, 200).trim()
  const title = detail || response.statusText || 'No problem was described.'
  return new UsherProblem(
    { type: 'about:blank', title, status, code: `http_${status}`, ...(detail && { detail }) },
    baseUrl,
    retryAfterMs(response),
  )
}

interface Outgoing {
  stream: ReadableStream<Uint8Array> | Blob
  type: string
  /** How many things were taken from the source. */
  sent(): number
  /** What the source threw, if it did: truer than the broken connection that followed. */
  failure(): unknown
  /** Lets the source go, whether the connection has noticed yet or not. */
  close(): void
}

/** A body that is taken from its source at the pace it is read. Objects become lines; text and bytes pass as they are. */
function outgoing(
  source: Blob | ReadableStream<Uint8Array> | Lines<object | string | Uint8Array>,
  type: string,
): Outgoing {
  let sent = 0
  let failure: unknown
  const counts = { type, sent: () => sent, failure: () => failure }
  if (source instanceof Blob || source instanceof ReadableStream) return { ...counts, stream: source, close() {} }
  const encoder = new TextEncoder()
  const bytes = (item: object | string | Uint8Array) =>
    item instanceof Uint8Array ? item : encoder.encode(typeof item === 'string' ? item : `${JSON.stringify(item)}\n`)
  // One text is one piece, not as many as it has letters.
  const whole = typeof source === 'string' ? [source] : source
  const items = Symbol.asyncIterator in whole ? whole[Symbol.asyncIterator]() : whole[Symbol.iterator]()
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await items.next()
        if (done) return controller.close()
        sent++
        controller.enqueue(bytes(value))
      } catch (error) {
        failure = error
        controller.error(error)
      }
    },
  })
  // Not waited for: a source that is busy with its next thing closes after it. How it fails then is nobody's concern.
  const close = () => void Promise.resolve(items.return?.()).catch(() => {})
  return { ...counts, stream, close }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    const lines = (rest + decoder.decode(value, { stream: !done })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
    if (done) break
  }
  if (rest !== '') yield rest
}

/** Server-sent events (WHATWG HTML, 9.2.6): fields to a blank line; a line that begins with a colon is a sign of life. */
async function* liveEvents(lines: AsyncIterable<string>): AsyncGenerator<LiveEvent, void> {
  let event = ''
  let data: string[] = []
  for await (const whole of lines) {
    const line = whole.endsWith('\r') ? whole.slice(0, -1) : whole
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? []
    if (line === '') {
      if (data.length > 0) yield { event: event || 'message', data: JSON.parse(data.join('\n')) }
      event = ''
      data = []
    } else if (field === 'event') event = value
    else if (field === 'data') data.push(value)
  }
}
