// The HTTP API: each endpoint of the contract with what it does here. What crosses the border is checked by the schemas.
import { type EndpointName, endpoints, type Scope } from '@usher/contract/endpoints'
import { type Acceptance, type BatchVerdict, NewMessage } from '@usher/contract/message'
import { openapi } from '@usher/contract/openapi'
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { Funnel } from '../insight/funnel.ts'
import type { Acceptor, Ask, AskProblem } from '../message/accept.ts'
import { cancelWaiting } from '../message/inbound.ts'
import { preview } from '../message/preview.ts'
import { purposes } from '../message/purpose.ts'
import { explain, listInbound, listMessages, type ReadDeps, readMessage } from '../message/read.ts'
import { templateProblem } from '../message/render.ts'
import type { Template, Templates } from '../message/template.ts'
import { type Database, DatabaseAway } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import type { AllowedRange } from '../subscriber/number.ts'
import {
  eraseSubscriber,
  findSubscriber,
  type PutProblem,
  putSubscribers,
  viewSubscriber,
} from '../subscriber/subscriber.ts'
import type { ApiKey, Authenticate } from './auth.ts'
import { importSubscribers } from './import.ts'
import { type Line, lines, ndjson, readJson, readText } from './lines.ts'
import { answerProblem, type ProblemName, problemBody, problems, Saying } from './problem.ts'
import { problemPage } from './problem-page.tsx'
import { rateLimiter } from './rate-limit.ts'
import { reference, referenceCss } from './reference.tsx'
import { liveStream } from './stream.ts'

export interface AppDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  acceptor: Acceptor
  templates: Templates
  funnel: Funnel
  authenticate: Authenticate
  reading: ReadDeps
  previewing: Parameters<typeof preview>[0]
  allowedRanges: readonly AllowedRange[]
  rateLimit: number
  log: { error(fields: object, message: string): void }
  /** False once the server is stopping: intake is closed. */
  isOpen: () => boolean
  /** Whether carriers and database are there; for /readyz. */
  isReady: () => Promise<{ ready: boolean; detail: Record<string, string> }>
}

/** What a handler is given, checked already. */
interface Call {
  c: Context
  apiKey: ApiKey
  params: Record<string, string>
  query: never
  body: never
  /** Of the body as it came, for the idempotency key. */
  text: string
}

type Handler = (call: Call) => Promise<Response> | Response

/** What every process serves, whatever its roles: is it alive, is it ready, what has it counted. */
export function operations(deps: Pick<AppDeps, 'isReady' | 'funnel'>): Hono {
  const hono = new Hono()
  hono.get('/healthz', c => c.json({ status: 'ok' }))
  hono.get('/readyz', async c => {
    const { ready, detail } = await deps.isReady()
    return c.json({ status: ready ? 'ready' : 'waiting', ...detail }, ready ? 200 : 503)
  })
  hono.get('/metrics', async c => c.body(await deps.funnel.metrics(), 200, { 'content-type': deps.funnel.contentType }))
  return hono
}

export function app(deps: AppDeps): Hono {
  const { db, keys, clock, events, acceptor, templates, reading } = deps
  const handlers: Record<EndpointName, Handler> = {
    async sendMessage({ c, apiKey, body, text }) {
      const message = body as z.infer<typeof NewMessage>
      const key = readKey(c.req.header('idempotency-key')) ?? message.idempotencyKey
      if (key === undefined) throw new Saying('idempotencyKeyMissing')
      const answer = await acceptor.accept(asAsk(message, { apiKeyId: apiKey.id, key, bodyHashes: keys.hashes(text) }))
      if (answer.kind === 'problem') throw new Saying(problemOf[answer.problem], answer.detail)
      return c.json(
        answer.acceptance,
        answer.acceptance.state === 'refused' ? 200 : 202,
        answer.repeated ? { 'idempotent-replayed': 'true' } : {},
      )
    },
    sendBatch({ c, apiKey }) {
      const verdicts = ndjson(lines(c.req.raw), db.connections > 1 ? 6 : 2, batch => acceptLines(deps, apiKey, batch))
      return new Response(verdicts, { headers: { 'content-type': 'application/x-ndjson' } })
    },
    async previewMessage({ c, body }) {
      const result = await preview(deps.previewing, body)
      if ('problem' in result) throw new Saying(problemOf[result.problem], result.detail)
      return c.json(result)
    },
    listMessages: async ({ c, query }) => c.json(await listMessages(reading, query)),
    async getMessage({ c, params }) {
      const message = await readMessage(reading, params.id!)
      if (!message) throw new Saying('unknownMessage')
      return c.json(message)
    },
    async explainMessage({ c, params }) {
      const explanation = await explain(reading, params.id!)
      if (!explanation) throw new Saying('unknownMessage')
      return c.json(explanation)
    },
    listInbound: async ({ c, query }) => c.json(await listInbound(reading, query)),
    async putSubscriber({ c, params, body }) {
      const id = params.id!
      const [result] = await db.transaction(tx =>
        putSubscribers(tx, keys, deps.allowedRanges, clock.now(), [{ ...(body as object), id }]),
      )
      if (result && 'at' in result) throw sayingOf(result)
      const row = await findSubscriber(db, id)
      if (!row) throw new Saying('unknownSubscriber') // erased by another caller in this moment
      return c.json(viewSubscriber(keys, row), result?.made ? 201 : 200)
    },
    async getSubscriber({ c, params }) {
      const row = await findSubscriber(db, params.id!)
      if (!row) throw new Saying('unknownSubscriber')
      return c.json(viewSubscriber(keys, row))
    },
    async deleteSubscriber({ c, params }) {
      const now = clock.now()
      const isErased = await eraseSubscriber(db, params.id!, now, (tx, ids) =>
        cancelWaiting(tx, ids, purposes, 'erased', now),
      )
      if (!isErased) throw new Saying('unknownSubscriber')
      return c.body(null, 204)
    },
    importSubscribers: ({ c }) =>
      new Response(
        importSubscribers(
          { db, put: (tx, inputs) => putSubscribers(tx, keys, deps.allowedRanges, clock.now(), inputs), log: deps.log },
          c.req.raw,
          (c.req.header('content-type') ?? '').startsWith('text/csv'),
        ),
        { headers: { 'content-type': 'application/x-ndjson' } },
      ),
    listTemplates: async ({ c }) => c.json({ items: (await templates.list()).map(viewTemplate) }),
    async getTemplate({ c, params, query }) {
      const versions = await templates.versions(params.name!)
      const { version } = query as { version?: number }
      const wanted = version === undefined ? versions[0] : versions.find(row => row.version === version)
      if (!wanted) throw new Saying('unknownTemplateNamed')
      return c.json({
        ...viewTemplate(wanted),
        versions: versions.map(row => ({ version: row.version, createdAt: row.created_at.toISOString() })),
      })
    },
    async putTemplate({ c, params, body }) {
      const { purpose, texts } = body as Pick<Template, 'purpose' | 'texts'>
      const errors = Object.entries(texts).flatMap(([locale, text]) => {
        const detail = templateProblem(text)
        return detail === undefined ? [] : [{ at: `texts.${locale}`, detail }]
      })
      if (errors.length > 0) throw new Saying('badTemplate', undefined, errors)
      return c.json(viewTemplate(await templates.put({ name: params.name!, purpose, texts })))
    },
    stream: ({ c }) => liveStream(events, c.req.raw.signal),
  }

  const hono = new Hono()
  const allowed = rateLimiter(deps.rateLimit, clock)
  hono.use(async (c, next) => {
    await next()
    c.header('x-content-type-options', 'nosniff')
    // Not no-referrer: under it a browser calls a form's origin null, and our own pages could not be told from others.
    c.header('referrer-policy', 'same-origin')
    if (c.res.headers.get('content-type')?.startsWith('text/html') && !c.res.headers.has('content-security-policy'))
      c.header(
        'content-security-policy',
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      )
  })
  hono.onError((error, c) => {
    const saying =
      error instanceof Saying
        ? error
        : error instanceof DatabaseAway
          ? new Saying('away', undefined, undefined, { 'retry-after': '1' })
          : undefined
    if (!saying) deps.log.error({ err: error, path: c.req.routePath }, 'a request broke')
    const name = saying?.problem ?? 'internal'
    events.emit('problem.answered', { code: problems[name].code, status: problems[name].status })
    return answerProblem(c, name, saying?.detail, saying?.errors, saying?.headers)
  })
  hono.notFound(c => answerProblem(c, 'notFound'))

  hono.route('/', operations(deps))
  const document = openapi({ problems: Object.values(problems) })
  hono.get('/openapi.json', c => c.json(document))
  hono.get('/docs', c => c.html(reference(document)))
  hono.get('/docs/reference.css', c =>
    c.body(referenceCss, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=3600' }),
  )
  hono.get('/docs/problems', c => c.html(problemPage(Object.values(problems))))

  for (const [name, endpoint] of Object.entries(endpoints) as [EndpointName, (typeof endpoints)[EndpointName]][])
    hono.on(endpoint.method.toUpperCase(), endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'), async c => {
      const apiKey = await deps.authenticate(c.req.header('authorization'))
      if (!apiKey) throw new Saying('unauthenticated', undefined, undefined, { 'www-authenticate': 'Bearer' })
      if (!apiKey.scopes.includes(endpoint.scope as Scope))
        throw new Saying('forbidden', `It needs the scope ${endpoint.scope}.`)
      const waitSeconds = allowed(apiKey.id)
      if (waitSeconds > 0) throw new Saying('rateLimited', undefined, undefined, { 'retry-after': String(waitSeconds) })
      if (!deps.isOpen() && endpoint.method !== 'get')
        throw new Saying('stopping', undefined, undefined, { 'retry-after': '2' })
      const params = 'params' in endpoint ? checked(endpoint.params, c.req.param(), 'path') : {}
      const query = 'query' in endpoint ? checked(endpoint.query, c.req.query(), 'query') : {}
      let text = ''
      let body: unknown
      if ('body' in endpoint) {
        const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
        const taken: string[] = [endpoint.body.type, ...('also' in endpoint.body ? [endpoint.body.also] : [])]
        if (!taken.includes(type)) throw new Saying('wrongMediaType', `Send Content-Type: ${taken.join(' or ')}.`)
        if (endpoint.body.type === 'application/json') {
          text = await readText(c.req.raw)
          body = checked(endpoint.body.schema, parseJson(text), 'body')
        }
      }
      return handlers[name]({
        c,
        apiKey,
        params: params as Record<string, string>,
        query: query as never,
        body: body as never,
        text,
      })
    })
  return hono
}

function parseJson(text: string): unknown {
  const read = readJson(text)
  if ('unreadable' in read) throw new Saying('brokenJson', read.unreadable)
  return read.value
}

function checked<T extends z.ZodType>(schema: T, value: unknown, where: string): z.output<T> {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  throw new Saying(
    'invalidRequest',
    undefined,
    read.error.issues.map(issue => ({ at: [where, ...issue.path].join('.'), detail: issue.message })),
  )
}

/** With and without the quotes of a structured field (draft-ietf-httpapi-idempotency-key-header, 2.1). */
function readKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header
  if (key.length < 1 || key.length > 255) throw new Saying('idempotencyKeyInvalid')
  return key
}

function asAsk(message: z.infer<typeof NewMessage>, idempotency: Ask['idempotency']): Ask {
  return {
    to: message.subscriber !== undefined ? { subscriber: message.subscriber } : { number: message.number! },
    purpose: message.purpose,
    content:
      message.template !== undefined
        ? { template: message.template, data: message.data ?? {}, locale: message.locale }
        : { text: message.text! },
    notBefore: message.notBefore === undefined ? null : new Date(message.notBefore),
    expiresAt: message.expiresAt === undefined ? null : new Date(message.expiresAt),
    idempotency,
  }
}

const problemOf: Record<AskProblem, ProblemName> = {
  unknown_subscriber: 'unknownRecipient',
  invalid_number: 'invalidNumber',
  unknown_template: 'unknownTemplate',
  wrong_purpose: 'wrongPurpose',
  no_locale: 'noLocale',
  missing_variable: 'missingVariable',
  bad_template: 'badTemplate',
  empty_text: 'emptyText',
  too_long: 'tooLong',
  key_reused: 'idempotencyKeyReused',
}

export const sayingOf = (problem: PutProblem): Saying =>
  problem.at === 'zone'
    ? new Saying('unknownZone', 'Name a zone of the IANA database, for example Europe/London.')
    : new Saying(
        'invalidNumber',
        problem.problem === 'unreadable'
          ? 'A number is written in E.164: a plus sign, country code and digits.'
          : 'No numbering plan has this number. Check the country code and the count of digits.',
      )

const viewTemplate = ({ name, version, purpose, texts, created_at }: Template) => ({
  name,
  version,
  purpose,
  texts,
  createdAt: created_at.toISOString(),
})

/** Verdicts for some lines of a batch, as NDJSON. A bad line is named; the others are taken. */
async function acceptLines({ acceptor, keys, log }: AppDeps, apiKey: ApiKey, batch: Line[]): Promise<string> {
  const read = batch.map(({ text, isTooLong }): Ask | { problem: ProblemName; detail?: string } => {
    if (isTooLong) return { problem: 'tooLarge' }
    const json = readJson(text)
    if ('unreadable' in json) return { problem: 'brokenJson', detail: json.unreadable }
    const message = NewMessage.safeParse(json.value)
    if (!message.success)
      return {
        problem: 'invalidRequest',
        detail: message.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join(' '),
      }
    const key = message.data.idempotencyKey
    return asAsk(message.data, key === undefined ? null : { apiKeyId: apiKey.id, key, bodyHashes: keys.hashes(text) })
  })
  const asks = read.filter((one): one is Ask => !('problem' in one))
  // One by one: what breaks on one line is that line's verdict.
  const answers = await Promise.all(
    asks.map(ask =>
      acceptor.accept(ask).catch((error): ProblemName => {
        if (error instanceof DatabaseAway) return 'away'
        log.error({ err: error }, 'a line of a batch broke')
        return 'internal'
      }),
    ),
  )
  let next = 0
  let out = ''
  for (const [i, { line }] of batch.entries()) {
    const one = read[i]!
    let verdict: BatchVerdict
    if ('problem' in one) verdict = { line, problem: brief(one.problem, one.detail) }
    else {
      const answer = answers[next++]!
      if (typeof answer === 'string') verdict = { line, problem: brief(answer) }
      else if (answer.kind === 'taken') verdict = { line, ...short(answer.acceptance) }
      else verdict = { line, problem: brief(problemOf[answer.problem], answer.detail) }
    }
    out += `${JSON.stringify(verdict)}\n`
  }
  return out
}

const short = ({ id, state, reasons, segments }: Acceptance) => ({
  id,
  state,
  ...(reasons.length > 0 ? { reasons } : {}),
  segments,
})

function brief(name: ProblemName, detail?: string) {
  const body = problemBody(name, detail)
  return { code: body.code, detail: detail ?? body.title }
}
