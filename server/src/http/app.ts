// The HTTP API: each endpoint of the contract with what it does here. What crosses the border is checked by the schemas.
import type { Permission } from '@usher/contract/access'
import { type Endpoint, type EndpointName, endpoints } from '@usher/contract/endpoints'
import { type Acceptance, type BatchVerdict, NewMessage } from '@usher/contract/message'
import { openapi } from '@usher/contract/openapi'
import type { TemplateInput } from '@usher/contract/template'
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import { eraseAlerts } from '../account/alert.ts'
import { eraseVerifications } from '../account/pumping.ts'
import { accountHashes, eraseSignIns } from '../account/sign-in.ts'
import { eraseViews } from '../account/viewing.ts'
import type { Clock } from '../clock.ts'
import { eraseMentions } from '../event/bad.ts'
import type { EventBus } from '../events.ts'
import type { Funnel } from '../insight/funnel.ts'
import { eraseJourneys } from '../journey/run.ts'
import { eraseLinks } from '../link/link.ts'
import type { Acceptor, Ask, AskProblem } from '../message/accept.ts'
import { type Cancelled, cancelOne, cancelWaiting, tellCancelled } from '../message/cancel.ts'
import { draftErrors, previewDraft } from '../message/draft.ts'
import type { TakeSubscribers } from '../message/new-number.ts'
import { preview } from '../message/preview.ts'
import { purposes } from '../message/purpose.ts'
import { explain, listInbound, listMessages, type ReadDeps, readMessage } from '../message/read.ts'
import { type Template, type Templates, templateUse } from '../message/template.ts'
import { record } from '../operator/audit.ts'
import type { Sessions } from '../operator/session.ts'
import { type Database, DatabaseAway, type Statements } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { nationalDigits, withoutNumber } from '../subscriber/number.ts'
import {
  eraseSubscriber,
  findSubscriber,
  findSubscribers,
  type PutProblem,
  sayPut,
  viewSubscriber,
  wholeNumber,
} from '../subscriber/subscriber.ts'
import type { Authenticate } from './auth.ts'
import { type Caller, type Handlers, readKey } from './call.ts'
import { asJson, asPage, personOf, streamed } from './export.ts'
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
  /** Wall time, for what the audit log says. */
  wall: () => Date
  events: EventBus
  acceptor: Acceptor
  templates: Templates
  funnel: Funnel
  authenticate: Authenticate
  sessions: Sessions
  /** The endpoints of other files: signing in, operators, live, settings, demo. */
  further: Omit<Handlers, OwnName>
  reading: ReadDeps
  previewing: Parameters<typeof preview>[0]
  takeSubscribers: TakeSubscribers
  rateLimit: number
  log: { error(fields: object, message: string): void }
  /** False once the server is stopping: intake is closed. */
  isOpen: () => boolean
  /** Whether carriers and database are there; for /readyz. */
  isReady: () => Promise<{ ready: boolean; detail: Record<string, string> }>
}

/** The endpoints whose handlers are here: the line itself. */
type OwnName =
  | 'sendMessage'
  | 'sendBatch'
  | 'previewMessage'
  | 'listMessages'
  | 'getMessage'
  | 'explainMessage'
  | 'cancelMessage'
  | 'listInbound'
  | 'findSubscribers'
  | 'revealNumber'
  | 'putSubscriber'
  | 'getSubscriber'
  | 'exportSubscriber'
  | 'deleteSubscriber'
  | 'importSubscribers'
  | 'listTemplates'
  | 'getTemplate'
  | 'putTemplate'
  | 'previewTemplate'
  | 'templateUse'
  | 'stream'

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

/** It takes a third of a second to be made: once for a process, and before anybody asks, for a code would wait meanwhile. */
let madeDocument: ReturnType<typeof openapi> | undefined
const apiDocument = () => {
  madeDocument ??= openapi({ problems: Object.values(problems) })
  return madeDocument
}

export function app(deps: AppDeps): Hono {
  const { db, keys, clock, events, acceptor, templates, reading } = deps
  /** What an operator does is recorded with it; what programs do is told by their key's own log. */
  const note = async (tx: Statements, { operator }: Caller, action: string, subject: string, detail = {}) => {
    if (operator) await record(tx, { at: deps.wall(), operatorId: operator.id, action, subject, detail })
  }
  const handlers: Handlers = {
    ...deps.further,
    async sendMessage({ c, caller, body, text }) {
      const message = body as z.infer<typeof NewMessage>
      const key = readKey(c.req.header('idempotency-key')) ?? message.idempotencyKey
      if (key === undefined) throw new Saying('idempotencyKeyMissing')
      const answer = await acceptor.accept(asAsk(message, { apiKeyId: caller.id, key, bodyHashes: keys.hashes(text) }))
      if (answer.kind === 'problem') throw new Saying(problemOf[answer.problem], answer.detail)
      return c.json(
        answer.acceptance,
        answer.acceptance.state === 'refused' ? 200 : 202,
        answer.repeated ? { 'idempotent-replayed': 'true' } : {},
      )
    },
    sendBatch({ c, caller }) {
      const verdicts = ndjson(lines(c.req.raw), db.connections > 1 ? 6 : 2, batch => acceptLines(deps, caller, batch))
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
    async cancelMessage({ c, caller, params }) {
      const id = params.id!
      const now = clock.now()
      const cancelled = await db.transaction(async tx => {
        const [gone] = await cancelOne(tx, id, now)
        if (gone) await note(tx, caller, 'message.cancelled', id)
        return gone
      })
      const message = await readMessage(reading, id)
      if (!message) throw new Saying('unknownMessage')
      if (!cancelled) throw new Saying('notWaiting', `It is ${message.state}.`)
      tellCancelled(events, [cancelled], 'asked', now)
      return c.json(message)
    },
    listInbound: async ({ c, query }) => c.json(await listInbound(reading, query)),
    findSubscribers: async ({ c, query }) => c.json(await findSubscribers(db, keys, query)),
    async revealNumber({ c, caller, params, body }) {
      const { reason } = body as { reason: string }
      const row = await findSubscriber(db, params.id!)
      if (!row) throw new Saying('unknownSubscriber')
      const number = wholeNumber(keys, row)
      if (number === undefined) throw new Saying('noNumber')
      // Recorded before it is seen.
      await note(db, caller, 'number.revealed', params.id!, { reason: withoutNumber(reason, number) })
      return c.json({ number }, 200, { 'cache-control': 'no-store' })
    },
    async putSubscriber({ c, params, body }) {
      const id = params.id!
      const [result] = await deps.takeSubscribers([{ ...(body as object), id }])
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
    async exportSubscriber({ c, caller, params, query }) {
      const id = params.id!
      const { format, reason } = query as { format?: 'json' | 'html'; reason?: string }
      if (caller.operator && reason === undefined)
        throw new Saying('invalidRequest', undefined, [{ at: 'query.reason', detail: 'Say why, in a few words.' }])
      const person = await personOf(reading, id)
      if (!person) throw new Saying('unknownSubscriber')
      const number = wholeNumber(keys, person.row)
      // Recorded before it is seen; of a key, too, for it shows everything.
      const detail = {
        ...(caller.operator ? {} : { key: caller.id, name: caller.name }),
        ...(reason === undefined ? {} : { reason: number ? withoutNumber(reason, number) : reason }),
      }
      const operatorId = caller.operator?.id ?? null
      await record(db, { at: deps.wall(), operatorId, action: 'subscriber.exported', subject: id, detail })
      const isPage = format === 'html' || (format === undefined && /^text\/html/.test(c.req.header('accept') ?? ''))
      const pieces = isPage
        ? asPage(reading, person, deps.previewing.constants.service ?? '', clock.now())
        : asJson(reading, person, clock.now())
      return new Response(streamed(pieces), {
        headers: {
          'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json',
          'content-disposition': `attachment; filename="subscriber.${isPage ? 'html' : 'json'}"`,
          'content-security-policy':
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
          'cache-control': 'no-store',
        },
      })
    },
    async deleteSubscriber({ c, caller, params }) {
      const now = clock.now()
      const row = await findSubscriber(db, params.id!)
      if (!row) throw new Saying('unknownSubscriber')
      const number = wholeNumber(keys, row)
      // A short id is a word that others may write, too.
      await eraseMentions(db, keys, [
        ...(params.id!.length >= 8 ? [JSON.stringify(params.id!)] : []),
        ...(number ? [nationalDigits(number)] : []),
      ])
      let cancelled: Cancelled[] = []
      const isErased = await eraseSubscriber(db, keys, params.id!, now, async (tx, { ids }) => {
        cancelled = await cancelWaiting(tx, ids, purposes, 'erased', now)
        await eraseLinks(tx, ids, now)
        await eraseVerifications(tx, ids, number ? keys.hashes(number) : [])
        await eraseViews(tx, ids)
        await eraseSignIns(tx, ids, accountHashes(keys, params.id!))
        await eraseAlerts(tx, ids)
        await eraseJourneys(tx, ids)
        await note(tx, caller, 'subscriber.erased', params.id!)
      })
      if (!isErased) throw new Saying('unknownSubscriber')
      tellCancelled(events, cancelled, 'erased', now)
      return c.body(null, 204)
    },
    importSubscribers: ({ c }) =>
      new Response(
        importSubscribers(
          { db, takeSubscribers: deps.takeSubscribers, log: deps.log },
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
    async putTemplate({ c, caller, params, body }) {
      const { purpose, texts, isPlain = false } = body as TemplateInput
      const name = params.name!
      const errors = await draftErrors(deps.previewing, { name, purpose, texts, isPlain })
      if (errors.length > 0) throw new Saying('badTemplate', undefined, errors)
      const saved = await templates.put({ name, purpose, texts, is_plain: isPlain }, (tx, { version }) =>
        note(tx, caller, 'template.saved', name, { version, locales: Object.keys(texts) }),
      )
      return c.json(viewTemplate(saved))
    },
    async previewTemplate({ c, params, body }) {
      const result = await previewDraft(deps.previewing, params.name!, body)
      if ('problem' in result) throw new Saying('unknownRecipient')
      return c.json(result)
    },
    async templateUse({ c, params }) {
      const use = await templateUse(db, clock.now(), params.name!)
      if (!use) throw new Saying('unknownTemplateNamed')
      return c.json(use)
    },
    stream: ({ c }) =>
      liveStream(events, c.req.raw.signal, async () => {
        try {
          await callerOf(deps, c, endpoints.stream)
          return true
        } catch (error) {
          if (error instanceof Saying) return false
          throw error
        }
      }),
  }

  const hono = new Hono()
  const allowed = rateLimiter(deps.rateLimit, clock)
  hono.use(async (c, next) => {
    await next()
    c.header('x-content-type-options', 'nosniff')
    // Not no-referrer: under it a browser calls a form's origin null, and our own pages could not be told from others.
    if (!c.res.headers.has('referrer-policy')) c.header('referrer-policy', 'same-origin')
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
  const document = apiDocument()
  hono.get('/openapi.json', c => c.json(document))
  hono.get('/docs', c => c.html(reference(document)))
  hono.get('/docs/reference.css', c =>
    c.body(referenceCss, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=3600' }),
  )
  hono.get('/docs/problems', c => c.html(problemPage(Object.values(problems))))

  for (const [name, endpoint] of Object.entries(endpoints) as [EndpointName, (typeof endpoints)[EndpointName]][])
    hono.on(endpoint.method.toUpperCase(), endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'), async c => {
      const caller = await callerOf(deps, c, endpoint)
      const waitSeconds = allowed(caller.id)
      if (waitSeconds > 0) throw new Saying('rateLimited', undefined, undefined, { 'retry-after': String(waitSeconds) })
      if (!deps.isOpen() && endpoint.method !== 'get')
        throw new Saying('stopping', undefined, undefined, { 'retry-after': '2' })
      const params = 'params' in endpoint ? checked(endpoint.params, c.req.param(), 'path') : {}
      const query = 'query' in endpoint ? checked(endpoint.query, c.req.query(), 'query') : {}
      let text = ''
      let body: unknown
      if ('body' in endpoint && !readThemselves.has(name)) {
        const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
        const taken: string[] = [endpoint.body.type, ...('also' in endpoint.body ? endpoint.body.also : [])]
        if (!taken.includes(type)) throw new Saying('wrongMediaType', `Send Content-Type: ${taken.join(' or ')}.`)
        if (endpoint.body.type === 'application/json') {
          text = await readText(c.req.raw)
          body = checked(endpoint.body.schema, parseJson(text), 'body')
        }
      }
      return handlers[name]({
        c,
        caller,
        params: params as Record<string, string>,
        query: query as never,
        body: body as never,
        text,
      })
    })
  return hono
}

/** Segment's own clients send gzip, and name it as their HTTP library pleases; and one bad call refuses no other. */
const readThemselves: ReadonlySet<EndpointName> = new Set(['segmentTrack', 'segmentIdentify', 'segmentBatch'])

const nobody: Caller = { id: 'nobody', name: 'nobody', permissions: new Set(), operator: null }

/** Who asks, by API key or by session, and whether they may. Throws what they are told otherwise. */
async function callerOf(deps: AppDeps, c: Context, { scope, method }: Endpoint): Promise<Caller> {
  const changes = method !== 'get'
  // A page of another site can make a browser ask, but not without saying so.
  if (scope === null || c.req.header('authorization') === undefined) {
    const site = c.req.header('sec-fetch-site')
    if (changes && site !== undefined && site !== 'same-origin') throw new Saying('foreignPage')
  }
  if (scope === null) return nobody
  const authorization = c.req.header('authorization')
  const key = authorization === undefined ? undefined : await deps.authenticate(authorization)
  if (key && scope !== 'session') {
    const permissions = new Set<Permission>(key.scopes)
    if (!permissions.has(scope)) throw new Saying('forbidden', `It needs the scope ${scope}.`)
    return { id: key.id, name: key.name, permissions, operator: null }
  }
  const operator = authorization === undefined ? await deps.sessions.of(c) : undefined
  if (!operator) throw new Saying('unauthenticated', undefined, undefined, { 'www-authenticate': 'Bearer' })
  if (changes && c.req.header('x-usher-csrf') !== operator.csrf) throw new Saying('csrfMissing')
  if (scope !== 'session' && !operator.permissions.has(scope)) throw new Saying('roleForbids', `It needs ${scope}.`)
  return { id: operator.id, name: operator.name, permissions: operator.permissions, operator }
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
    read.error.issues.map(issue => ({
      at: [where, ...issue.path].join('.'),
      // What is wrong with a key is said within.
      detail: issue.code === 'invalid_key' ? issue.issues.map(({ message }) => message).join(' ') : issue.message,
    })),
  )
}

function asAsk(message: z.infer<typeof NewMessage>, idempotency: Ask['idempotency']): Ask {
  return {
    to: message.subscriber !== undefined ? { subscriber: message.subscriber } : { number: message.number! },
    purpose: message.purpose,
    content:
      message.template !== undefined
        ? { template: message.template, data: message.data ?? {}, locale: message.locale }
        : { text: message.text! },
    avoid: message.avoid ?? [],
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
  new Saying(problem.at === 'zone' ? 'unknownZone' : 'invalidNumber', sayPut(problem))

const viewTemplate = ({ name, version, purpose, texts, is_plain, created_at }: Template) => ({
  name,
  version,
  purpose,
  texts,
  isPlain: is_plain,
  createdAt: created_at.toISOString(),
})

/** Verdicts for some lines of a batch, as NDJSON. A bad line is named; the others are taken. */
async function acceptLines({ acceptor, keys, log }: AppDeps, caller: Caller, batch: Line[]): Promise<string> {
  const read = batch.map(({ text, isTooLong }): Ask | { problem: ProblemName; detail?: string } => {
    if (isTooLong) return { problem: 'tooLarge' }
    const json = readJson(text)
    if ('unreadable' in json) return { problem: 'brokenJson', detail: json.unreadable }
    const message = NewMessage.safeParse(json.value)
    if (!message.success)
      return {
        problem: 'invalidRequest',
        detail: message.error.issues
          .map(issue => [...(issue.path.length > 0 ? [issue.path.join('.')] : []), issue.message].join(': '))
          .join(' '),
      }
    const key = message.data.idempotencyKey
    return asAsk(message.data, key === undefined ? null : { apiKeyId: caller.id, key, bodyHashes: keys.hashes(text) })
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
