// The tests' front door: a whole Usher over a real database and a real TCP carrier, one desk for each test.
// HTTP goes in at one end, a simulated handset reads at the other; time is moved, never slept.
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Role } from '@usher/contract/access'
import { CarrierInput } from '@usher/contract/carrier'
import type { Inbound, Message, State } from '@usher/contract/message'
import type { Session } from '@usher/contract/operator'
import { firstPolicy, type Policy } from '@usher/contract/policy'
import { type Orpheum, startOrpheum } from '@usher/demo/orpheum'
import pg from 'pg'
import pino from 'pino'
import { afterAll, onTestFinished } from 'vitest'
import { type FirstLine, firstLine } from './carrier/first-line.ts'
import { carrierDocument } from './carrier/line.ts'
import { type MovableClock, systemClock } from './clock.ts'
import { type Config, readConfig } from './config.ts'
import { demoLine } from './demo/line.ts'
import { createKey } from './http/auth.ts'
import { openLog } from './log.ts'
import { start, type Usher } from './main.ts'
import { isEnd } from './message/message.ts'
import { inviteOperator } from './operator/operator.ts'
import { demoCarriers } from './simulator/demo-carriers.ts'
import type { HttpFace } from './simulator/face.ts'
import type { HandsetText } from './simulator/handset.ts'
import type { Knobs } from './simulator/knobs.ts'
import { type CarrierOptions, type Simulator, startSimulator } from './simulator/simulator.ts'
import { twilioFace } from './simulator/twilio.ts'
import { vonageFace } from './simulator/vonage.ts'
import { webFace, webSettings } from './simulator/web.ts'
import type { Database } from './store/database.ts'
import { migrate } from './store/migrations.ts'
import { openPGlite } from './store/pglite.ts'
import { openPostgres } from './store/postgres.ts'
import { writeSetting } from './store/setting.ts'
import type { sql } from './store/sql.ts'

/** Which database this run of the suite is on. */
export const on = (process.env.USHER_TEST_ON ?? 'pglite') as 'postgres' | 'pglite'
export const postgresUrl = process.env.USHER_TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

let opened: Promise<{ db: Database; url: string | undefined }> | undefined

/** One database for each test file; a desk finds it empty. */
export function testDatabase(): Promise<{ db: Database; url: string | undefined }> {
  opened ??= on === 'postgres' ? ownPostgres() : ownPGlite()
  return opened
}

async function ownPGlite() {
  const db = await openPGlite(undefined, process.env.USHER_TEST_PGLITE)
  await migrate(db)
  afterAll(() => db.close())
  return { db, url: undefined }
}

async function ownPostgres() {
  const made = await newPostgres()
  const db = await openPostgres(made.url)
  await migrate(db)
  afterAll(async () => {
    await db.close()
    await made.drop()
  })
  return { db, url: made.url }
}

/** A PostgreSQL database of its own, for what must start empty or be killed. */
export async function newPostgres(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `usher_test_${randomBytes(6).toString('hex')}`
  const admin = async (text: string) => {
    const client = new pg.Client({ connectionString: postgresUrl })
    await client.connect()
    await client.query(text).finally(() => client.end())
  }
  await admin(`create database ${name}`)
  const url = new URL(postgresUrl)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => admin(`drop database if exists ${name} with (force)`) }
}

const tables = [
  ...['subscriber', 'suppression', 'message', 'part', 'job', 'parked_receipt', 'inbound', 'inbound_part', 'template'],
  ...[
    'api_key',
    'idempotency',
    'setting',
    'operator_passkey',
    'operator_link',
    'operator_session',
    'operator_challenge',
  ],
  ...['operator_failure', 'operator', 'import_problem', 'import', 'pulse'],
  ...['event', 'bad_event', 'stripe_customer', 'outbox', 'feed', 'webhook_endpoint', 'wanted_type', 'link', 'click'],
  ...['line', 'carrier_secret', 'carrier_watch', 'ring_watch', 'consent_words', 'page_link', 'page_code', 'page_ask'],
  ...['number_change', 'number_event', 'number_file', 'alert'],
  ...['journey_run', 'journey_step', 'journey', 'subscription'],
  ...[
    'verification',
    'verification_subject',
    'verification_device',
    'verification_count',
    'verification_block',
    'recovery_code',
    'reset_link',
  ],
  ...['sign_in', 'sign_in_profile', 'sign_in_try', 'view_profile', 'sign_in_tally', 'sign_in_tally_new'],
]

/** One of several carriers of a desk, in the line beside the others and in the simulator. */
export interface DeskCarrier {
  name: string
  /** SMPP, unless told otherwise. */
  speaks?: 'smpp' | keyof typeof providers
  /** 100, unless told otherwise. */
  weight?: number
  knobs?: Partial<Knobs>
  /** What an operator would say of it besides. */
  settings?: Record<string, unknown>
  /** It is there, and not in the line at first. */
  isSpare?: boolean
}

export interface DeskOptions {
  /** Without them there is one, which speaks SMPP and is called `simulated`. */
  carriers?: readonly DeskCarrier[]
  /** Business time at the start; a Monday afternoon in Europe, morning in New York, unless told otherwise. */
  now?: string
  knobs?: Partial<Knobs>
  /** As USHER_* variables. */
  env?: Record<string, string>
  demo?: boolean
  /** With the demo's three carriers in place of one. */
  hasDemoLine?: boolean
  /** With the policy that nobody has changed. Without it nobody gets too many, and what waited leaves as its hour comes. */
  hasFirstPolicy?: boolean
  /** Hears each line of the log, of every level. */
  log?: (line: string) => void
}

const plainPolicy: Policy = {
  ...firstPolicy,
  caps: { titles: null, offers: null, promotional: null },
  sameForHours: { account: 0, titles: 0, offers: 0 },
  releaseMinutes: 0,
}

export interface Desk {
  readonly usher: Usher
  /** An API key of all scopes. */
  key: string
  clock: MovableClock
  simulator: Simulator
  config: Config
  /** Asks the API with a key of all scopes; answers status, headers and the body read as JSON where it is. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: never }>
  /** Invites an operator and signs them in by their link. */
  operator(role: Role): Promise<DeskOperator>
  /** Asks as the console does: with the session's cookie, and its token where something changes. */
  askAs(
    operator: DeskOperator,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: never }>
  /** Moves wall time ahead, by which sessions, links and one-time codes live. */
  passWall(minutes: number): void
  /** Wall time, as this Usher is told it. */
  wall(): Date
  /** From now on it moves by passWall alone: for one-time codes, whose half minute could end while a request is under way. */
  stopWall(): void
  /** PUTs a subscriber who agreed to everything; answers their id. */
  subscriber(
    input?: Partial<{
      id: string
      number: string
      locale: string
      zone: string
      region: string
      profile: object
      consents: object
    }>,
  ): Promise<string>
  /** POSTs a message with a key of its own. */
  send(message: object, headers?: Record<string, string>): Promise<{ status: number; body: never }>
  message(id: string): Promise<Message>
  /** Resolves when the message is in one of these states; any end where none is named. */
  reaches(id: string, ...states: State[]): Promise<Message>
  /** Resolves with the texts of a handset once it has this many. */
  texts(number: string, count?: number): Promise<HandsetText[]>
  /** The owner of a handset writes; resolves when Usher has acknowledged it. */
  reply(number: string, to: string, text: string): Promise<void>
  /** Stops Usher and starts it again, over the same database, carrier and clock. */
  restart(): Promise<void>
  /** Another process, which sends by the same carriers and has no API. */
  another(): Promise<Usher>
  /** Resolves with what handsets wrote, newest first, once there is as much. */
  heard(count?: number): Promise<Inbound[]>
  stop(): Promise<void>
}

export interface DeskOperator {
  id: string
  email: string
  /** As a browser sends it: `usher_session=...`. */
  cookie: string
  csrf: string
}

export const aNumber = '+447700900123'

const accountSid = `AC${'0'.repeat(32)}`
/** How each kind of HTTP carrier is simulated, and what an operator says of it. Each secret says what it is. */
const providers = {
  twilio: {
    face: twilioFace({ accountSid, authToken: 'twilio-secret' }),
    settings: (url: string) => ({ protocol: 'twilio', url, accountSid, secrets: { authToken: 'twilio-secret' } }),
  },
  vonage: {
    face: vonageFace({ apiKey: 'key', apiSecret: 'vonage-secret', signing: 'vonage-signing' }),
    settings: (url: string) => ({
      ...{ protocol: 'vonage', url, apiKey: 'key' },
      secrets: { apiSecret: 'vonage-secret', signing: 'vonage-signing' },
    }),
  },
  http: {
    face: webFace({ token: 'web-secret', signing: 'web-signing' }),
    settings: (url: string) => ({
      ...{ ...webSettings, url: `${url}/messages` },
      secrets: { token: 'web-secret', signing: 'web-signing' },
    }),
  },
} satisfies Record<string, { face: HttpFace; settings: (url: string) => object }>

/** What an operator gives of a carrier of this desk, its secrets in the clear. */
export function carrierInput(simulator: Simulator, { name, speaks = 'smpp', settings = {} }: DeskCarrier) {
  const carrier = simulator.carrier(name)
  return CarrierInput.parse(
    speaks === 'smpp'
      ? {
          ...{ protocol: 'smpp', systemId: 'usher', secrets: { password: 'demo' } },
          ...{ binds: [{ host: '127.0.0.1', port: carrier.smppPort }], ...settings },
        }
      : { ...providers[speaks].settings(carrier.url!), ...settings },
  )
}

/** The line of the desk's carriers: as the settings would have it, but for who the carriers are. */
function lineOf(simulator: Simulator, config: Config, carriers: readonly DeskCarrier[]): FirstLine {
  const configured = carriers.filter(one => one.isSpare !== true)
  const inputs = configured.map(one => ({ name: one.name, input: carrierInput(simulator, one) }))
  const { senders, routes } = firstLine(config).document
  return {
    document: {
      carriers: inputs.map(({ name, input }) => carrierDocument(name, input)),
      senders,
      routes: routes.map(route => ({
        ...route,
        carriers: configured.map(({ name, weight = 100 }) => ({ carrier: name, weight, microsPerSegment: null })),
      })),
    },
    secrets: Object.fromEntries(
      inputs.map(({ name, input }) => [name, { ...input.secrets } as Record<string, string>]),
    ),
  }
}

async function simulate(carriers: readonly DeskCarrier[], publicUrl: string): Promise<Simulator> {
  return startSimulator({
    record: true,
    carriers: carriers.map(({ name, speaks = 'smpp', knobs = {} }): CarrierOptions => {
      const common = { name, knobs: { receiptDelayMs: 0, ...knobs } }
      return speaks === 'smpp'
        ? { ...common, protocol: 'smpp', systemId: 'usher', password: 'demo' }
        : {
            ...{ ...common, protocol: 'http', face: providers[speaks].face },
            inboundUrl: `${publicUrl}/carriers/${name}/inbound`,
          }
    }),
  })
}

export async function testDesk({
  now = '2026-11-02T15:00:00Z',
  knobs = {},
  env = {},
  demo = true,
  hasDemoLine = false,
  hasFirstPolicy = false,
  log,
  carriers,
}: DeskOptions = {}): Promise<Desk> {
  const { db, url } = await testDatabase()
  for (const table of tables) await db.script(`delete from ${table}`)
  await db.script('truncate audit, audit_chain, audit_head, audit_checkpoint, consent') // which refuse to lose a line
  if (!hasFirstPolicy) await writeSetting(db, 'policy', plainPolicy)
  const folder = mkdtempSync(join(tmpdir(), 'usher-test-'))
  const account = { systemId: 'usher', password: 'demo' }
  const behaviour = { receiptDelayMs: 0, ...knobs }
  // Carriers over HTTP call back, so they have to know where before Usher listens.
  const isCalled = carriers?.some(({ speaks = 'smpp' }) => speaks !== 'smpp') === true
  const port = isCalled ? await freePort() : 0
  const publicUrl = `http://127.0.0.1:${port}`
  const ofTheDemo = () =>
    demoCarriers({ ...account, smppPorts: [0, 0], inboundUrl: undefined }).map(carrier => ({
      ...carrier,
      knobs: behaviour,
    }))
  const simulator =
    carriers !== undefined
      ? await simulate(carriers, publicUrl)
      : await startSimulator(
          hasDemoLine ? { carriers: ofTheDemo(), record: true } : { ...account, knobs: behaviour, record: true },
        )
  const given = {
    USHER_DATA: folder,
    USHER_PORT: String(port),
    ...(isCalled ? { USHER_PUBLIC_URL: publicUrl } : {}),
    USHER_SMPP: `127.0.0.1:${simulator.smppPort || 2775}`, // a carrier over HTTP has no such port, and none is asked for
    USHER_SIMULATOR_PORT: String(simulator.httpPort),
    ...(hasDemoLine ? { USHER_SIMULATOR_SMPP_2: String(simulator.carrier('boreal').smppPort) } : {}),
    USHER_RATE_LIMIT: '0',
    USHER_DEMO_LIFE: 'off',
    ...(url === undefined ? {} : { USHER_DATABASE_URL: url }),
    ...env,
  }
  const config = readConfig(given, demo)
  const clock = systemClock([{ at: 0, aheadMs: Date.parse(now) - Date.now() }])
  let wallAheadMs = 0
  let stoppedMs: number | undefined
  const wall = () => new Date((stoppedMs ?? Date.now()) + wallAheadMs)
  const begin = (config: Config) =>
    start(config, {
      db,
      clock,
      wall,
      ...(hasDemoLine ? { line: demoLine(config) } : {}),
      ...(carriers === undefined ? {} : { line: lineOf(simulator, config, carriers) }),
      log: log ? pino({ level: 'trace', base: null }, { write: log }) : openLog(process.env.USHER_TEST_LOG ?? 'silent'),
    })
  let usher = await begin(config)
  const { key } = await createKey(db, clock, 'test')
  let operators = 0
  let isStopped = false
  const others: Usher[] = []
  const desk: Desk = {
    get usher() {
      return usher
    },
    key,
    clock,
    simulator,
    config,
    async ask(method, path, body, headers = {}) {
      const isText = typeof body === 'string'
      const answer = await fetch(`${usher.url}${path}`, {
        method,
        headers: {
          ...('cookie' in headers ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      const isJson =
        /json$/.test(answer.headers.get('content-type')?.split(';')[0] ?? '') &&
        !answer.headers.get('content-type')?.includes('ndjson')
      return {
        status: answer.status,
        headers: answer.headers,
        body: (isJson && text !== '' ? JSON.parse(text) : text) as never,
      }
    },
    async operator(role) {
      operators++
      const email = `${role}-${operators}@orpheum.example`
      const invited = await inviteOperator(usher.db, wall(), { name: `${role} ${operators}`, email, role }, null)
      const answer = await desk.ask('POST', '/v1/session/link', { token: invited.token }, { cookie: '' })
      if (answer.status !== 200) throw new Error(`The operator was not let in: ${JSON.stringify(answer.body)}`)
      const { operator, csrf } = answer.body as Session
      return { id: operator.id, email, cookie: cookieOf(answer.headers), csrf }
    },
    askAs: (operator, method, path, body, headers = {}) =>
      desk.ask(method, path, body, {
        cookie: operator.cookie,
        ...(method === 'GET' ? {} : { 'x-usher-csrf': operator.csrf }),
        ...headers,
      }),
    passWall(minutes) {
      wallAheadMs += minutes * 60_000
    },
    wall,
    stopWall() {
      stoppedMs ??= Date.now()
    },
    async subscriber({ id = 'sub-1', number = aNumber, locale = 'en', zone = 'Europe/London', ...rest } = {}) {
      const yes = { granted: true, at: '2026-05-03T10:00:00Z', how: 'page', words: 'Yes, text me about this.' }
      const answer = await desk.ask('PUT', `/v1/subscribers/${id}`, {
        number,
        locale,
        zone,
        consents: { titles: yes, offers: yes },
        ...rest,
      })
      if (answer.status > 201) throw new Error(`The subscriber was not taken: ${JSON.stringify(answer.body)}`)
      return id
    },
    send: (message, headers = {}) =>
      desk.ask('POST', '/v1/messages', message, { 'idempotency-key': randomBytes(9).toString('hex'), ...headers }),
    async message(id) {
      const answer = await desk.ask('GET', `/v1/messages/${id}`)
      if (answer.status !== 200) throw new Error(`There is no message ${id}: ${JSON.stringify(answer.body)}`)
      return answer.body as Message
    },
    async reaches(id, ...states) {
      const isThere = (message: Message) =>
        states.length === 0 ? isEnd(message.state) : states.includes(message.state)
      for (;;) {
        // Listen first, look second: nothing can happen in between unseen.
        const next = new Promise<void>(resolve => {
          const off = usher.events.onAny((name, event) => {
            if (
              (name === 'message.moved' || name === 'message.accepted') &&
              (event as { id: string }[]).some(moved => moved.id === id)
            ) {
              off()
              resolve()
            }
          })
        })
        const message = await desk.message(id)
        if (isThere(message)) return message
        await next
      }
    },
    async texts(number, count = 1) {
      const handset = simulator.handsets.find(number)
      let texts = handset?.texts ?? []
      while (texts.length < count) {
        await simulator.handsets.wait(number, texts.at(-1)?.n ?? 0, 30_000)
        texts = simulator.handsets.find(number)?.texts ?? []
      }
      return [...texts]
    },
    async reply(number, to, text) {
      const replied = simulator.reply(number, to, text)
      if ('problem' in replied) throw new Error(replied.problem)
      await replied.acknowledged
    },
    async restart() {
      await usher.stop()
      usher = await begin(config)
    },
    async another() {
      const second = await begin(readConfig({ ...given, USHER_PORT: '0', USHER_ROLES: 'carrier' }, demo))
      others.push(second)
      return second
    },
    async heard(count = 1) {
      for (;;) {
        const next = new Promise<void>(resolve => {
          const off = usher.events.on('inbound.stored', () => {
            off()
            resolve()
          })
        })
        const { items } = (await desk.ask('GET', '/v1/inbound')).body as { items: Inbound[] }
        if (items.length >= count) return items
        await next
      }
    },
    async stop() {
      if (isStopped) return
      isStopped = true
      for (const other of others) await other.stop()
      await usher.stop()
      await simulator.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  onTestFinished(() => desk.stop())
  return desk
}

/** Orpheum, the program, beside a desk: Usher lets webhooks go to its port alone, so the port is chosen first. */
export async function deskAndOrpheum(
  options: DeskOptions & {
    hasBilling?: boolean
    /** When Orpheum's way through time may go on; as it is in earnest, unless told otherwise. */
    settled?: (desk: Desk) => Promise<void>
  } = {},
): Promise<{ desk: Desk; orpheum: Orpheum }> {
  const port = await freePort()
  const desk = await testDesk({ ...options, env: { USHER_ORPHEUM_PORT: String(port), ...options.env } })
  const orpheum = await startOrpheum({
    port,
    usherUrl: desk.usher.url!,
    apiKey: desk.key,
    linkIssuer: desk.config.links.url!,
    origin: `https://${desk.config.serviceHost}`,
    passwordCost: 2,
    hasBilling: options.hasBilling,
    ...(options.settled && { settled: () => options.settled!(desk) }),
  })
  onTestFinished(() => orpheum.stop())
  return { desk, orpheum }
}

/** Below those from which the system takes ports for connections, where others might be given it meanwhile. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(randomInt(20_000, 30_000), '127.0.0.1')
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ])
    if (!isFree) continue
    const { port } = server.address() as AddressInfo // listening on TCP, it has one
    server.close()
    await once(server, 'close')
    return port
  }
}

/** What a browser would send back of what it was told to keep. */
export const cookieOf = (headers: Headers): string =>
  headers
    .getSetCookie()
    .map(cookie => cookie.split(';')[0]!)
    .join('; ')

export const rowsOf = <T>(desk: Desk, query: ReturnType<typeof sql>) => desk.usher.db.rows<T>(query)
