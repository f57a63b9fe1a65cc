// What the fault tests break: Usher and the simulated carrier as processes of their own, and a wire that can be cut.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { askAdmin } from '../http/admin.ts'
import type { LedgerLine } from '../simulator/ledger.ts'

/** Looks every few milliseconds at what another process does, until it is so. Throws after the deadline. */
export async function until<T>(
  what: string,
  deadlineMs: number,
  look: () => Promise<T | false> | T | false,
): Promise<T> {
  const deadline = performance.now() + deadlineMs
  for (let waitMs = 5; ; waitMs = Math.min(100, waitMs * 1.5)) {
    const seen = await look()
    if (seen !== false) return seen
    if (performance.now() > deadline) throw new Error(`Not within ${deadlineMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, waitMs))
  }
}

export interface Machine {
  readonly pid: number
  /** Resolves when it has ended. */
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly hasEnded: boolean
  /** All it wrote to stdout and stderr. */
  readonly said: () => string
  /** Resolves with what it says first over its channel: it is up. Rejects where it ends before. */
  readonly up: Promise<Record<string, unknown>>
  signal(signal: NodeJS.Signals): void
}

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** `usher` as a process of its own, from the build, with these variables and no others of ours; `inside` is a command before it. */
export function run(args: string[], env: Record<string, string>, inside: string[] = []): Machine {
  const plain = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(USHER_|VITEST|NODE_)/.test(name)))
  const [command, ...rest] = [...inside, process.execPath, cli, ...args]
  const child = spawn(command!, rest, { env: { ...plain, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  running.add(child)
  let said = ''
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', text => {
      said += text
    })
  let hasEnded = false
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(resolve =>
    child.once('exit', (code, signal) => {
      hasEnded = true
      running.delete(child)
      resolve({ code, signal })
    }),
  )
  // What it said last may come after its end.
  const closed = once(child, 'close')
  const up = new Promise<Record<string, unknown>>((resolve, reject) => {
    child.once('message', message => resolve(message as Record<string, unknown>))
    closed.then(() => reject(new Error(`It ended before it was up: ${said.slice(-2_000)}`)))
  })
  up.catch(() => {}) // met by whoever waits for it
  return {
    pid: child.pid!,
    exit: exit.then(async how => {
      await closed
      return how
    }),
    get hasEnded() {
      return hasEnded
    },
    said: () => said,
    up,
    signal: signal => void child.kill(signal),
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // listening on TCP, it has one
  server.close()
  await once(server, 'close')
  return port
}

export interface Carrier {
  readonly machine: Machine
  readonly smppPort: number
  readonly httpPort: number
  ask<T>(method: string, path: string, body?: unknown): Promise<T>
  /** Every submit_sm it took, in order. */
  ledger(): Promise<LedgerLine[]>
  stop(): Promise<void>
}

/** The simulated carrier, which outlives the servers that are killed; it keeps a ledger and no journal. */
export async function startCarrier(knobs: Record<string, unknown> = {}): Promise<Carrier> {
  const machine = run(['simulator'], {
    USHER_SMPP: '127.0.0.1:0',
    USHER_SIMULATOR_PORT: '0',
    USHER_SIMULATOR_RECORD: 'on',
    USHER_SIMULATOR_JOURNAL: 'off',
  })
  const { smppPort, httpPort } = (await machine.up) as { smppPort: number; httpPort: number }
  const get = (method: string, path: string, body?: unknown) =>
    fetch(`http://127.0.0.1:${httpPort}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const carrier: Carrier = {
    machine,
    smppPort,
    httpPort,
    ask: async (method, path, body) => (await get(method, path, body)).json() as never,
    async ledger() {
      const text = await (await get('GET', '/ledger')).text()
      return text.split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line) as LedgerLine]))
    },
    async stop() {
      machine.signal('SIGKILL')
      await machine.exit
    },
  }
  if (Object.keys(knobs).length > 0) await carrier.ask('PUT', '/knobs', knobs)
  return carrier
}

export interface ServerOptions {
  carrier: Pick<Carrier, 'smppPort' | 'httpPort'>
  /** PostgreSQL; without it PGlite in the folder. */
  databaseUrl?: string | undefined
  folder?: string
  port?: number
  roles?: string
  env?: Record<string, string>
  inside?: string[]
}

/** One place where servers are started again and again: a folder, a port, a database. */
/** A policy by which nobody's texts are too many: what is tried out here is whether they are lost. */
export const uncapped = {
  caps: { titles: null, offers: null, promotional: null },
  sameForHours: { account: 0, titles: 0, offers: 0 },
}

export interface Site {
  readonly folder: string
  readonly url: string
  /** Starts a server here; `up` says when it listens. */
  serve(): Machine
  /** Asks as an administrator who was invited and signed in. */
  asOperator(root?: string): Promise<<T>(method: string, path: string, body?: object) => Promise<T>>
  /** Makes an API key through the admin socket of the server that runs here. */
  key(root?: string): Promise<string>
  /** Invites an administrator through it; answers the token of their link. */
  invite(root?: string): Promise<string>
  clear(): void
}

export async function site({ carrier, databaseUrl, folder, port, roles, env, inside }: ServerOptions): Promise<Site> {
  const own = folder ?? mkdtempSync(join(tmpdir(), 'usher-faults-'))
  const at = port ?? (await freePort())
  const place: Site = {
    folder: own,
    url: `http://127.0.0.1:${at}`,
    serve: () =>
      run(
        ['serve', ...(roles ? ['--roles', roles] : [])],
        {
          USHER_DEMO: '1',
          USHER_DEMO_LIFE: 'off',
          USHER_DATA: own,
          USHER_PORT: String(at),
          USHER_SMPP: `127.0.0.1:${carrier.smppPort}`,
          USHER_SIMULATOR_PORT: String(carrier.httpPort),
          USHER_RATE_LIMIT: '0',
          USHER_LOG: 'warn',
          ...(databaseUrl === undefined ? {} : { USHER_DATABASE_URL: databaseUrl }),
          ...env,
        },
        inside,
      ),
    async key(root = '') {
      const answer = await askAdmin(join(root, own, 'admin.sock'), 'POST', '/keys', { name: 'faults' })
      if (answer?.status !== 201) throw new Error('No server gave a key')
      return (answer.body as { key: string }).key
    },
    async invite(root = '') {
      const operator = { name: 'Faults', email: 'faults@orpheum.example', role: 'administrator' }
      const answer = await askAdmin(join(root, own, 'admin.sock'), 'POST', '/operators', operator)
      if (answer?.status !== 201) throw new Error('No server invited an operator')
      return tokenOf((answer.body as { link: string }).link)
    },
    async asOperator(root = '') {
      const ask = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
        const answer = await fetch(`${place.url}${path}`, {
          method,
          headers: { 'content-type': 'application/json', ...headers },
          ...(body ? { body: JSON.stringify(body) } : {}),
        })
        if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
        return answer
      }
      const session = await ask('POST', '/v1/session/link', { token: await place.invite(root) })
      const { csrf } = (await session.json()) as { csrf: string }
      const signedIn = { 'x-usher-csrf': csrf, cookie: session.headers.getSetCookie().join('; ').split(';')[0]! }
      return async <T>(method: string, path: string, body?: object) =>
        (await ask(method, path, body, signedIn)).json() as Promise<T>
    },
    clear: () => rmSync(own, { recursive: true, force: true }),
  }
  return place
}

/** It stands behind the #, where no server's log finds it. */
const tokenOf = (link: string) => link.split('#enter=')[1]!

export interface Answer {
  status: number
  headers: Headers
  body: never
}

export interface Client {
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Lines of NDJSON as they come; ends early where the connection breaks. */
  lines(path: string, body: object[], heard: (line: never) => void): Promise<void>
  /** Moves the business clock ahead. */
  clock(move: { to: string } | { byMinutes: number }): Promise<void>
  count(state: string): Promise<number>
}

export function client(url: string, key: string): Client {
  const authorization = `Bearer ${key}`
  const me: Client = {
    async ask(method, path, body, headers = {}) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(30_000),
      })
      const text = await answer.text()
      const type = answer.headers.get('content-type') ?? ''
      return {
        status: answer.status,
        headers: answer.headers,
        body: (/json/.test(type) ? JSON.parse(text) : text) as never,
      }
    },
    async lines(path, body, heard) {
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/x-ndjson' },
        body: body.map(line => `${JSON.stringify(line)}\n`).join(''),
        signal: AbortSignal.timeout(60_000),
      })
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
      const decoder = new TextDecoder()
      let rest = ''
      for await (const piece of answer.body!) {
        const whole = (rest + decoder.decode(piece as Uint8Array, { stream: true })).split('\n')
        rest = whole.pop()!
        for (const line of whole) if (line !== '') heard(JSON.parse(line) as never)
      }
    },
    async clock(move) {
      const { status, body } = await me.ask('POST', '/demo/clock', move)
      if (status !== 200) throw new Error(`The clock was not moved: ${JSON.stringify(body)}`)
    },
    async count(state) {
      const { body } = await me.ask('GET', `/v1/messages?state=${state}&limit=500`)
      return (body as { items: unknown[] }).items.length
    },
  }
  return me
}

/** Monday noon in London, at least a day ahead: promotional hours are open, whatever day the test runs on. */
export function nextMonday(): string {
  const day = new Date(Date.now() + 86_400_000)
  while (day.getUTCDay() !== 1) day.setUTCDate(day.getUTCDate() + 1)
  return `${day.toISOString().slice(0, 10)}T12:00:00Z`
}

export interface Wire {
  readonly port: number
  /** `cut` ends what goes through and refuses what comes; `silent` keeps connections and passes nothing on. */
  turn(how: 'open' | 'cut' | 'silent'): void
  stop(): Promise<void>
}

/** A TCP wire to another port of this machine. */
export async function wire(to: { host: string; port: number }): Promise<Wire> {
  let how: 'open' | 'cut' | 'silent' = 'open'
  const pairs = new Set<[Socket, Socket]>()
  const server = createServer(near => {
    if (how === 'cut') return near.destroy()
    const far = connect(to)
    const pair: [Socket, Socket] = [near, far]
    pairs.add(pair)
    for (const [from, into] of [pair, [far, near] as const]) {
      from.on('data', bytes => {
        if (how !== 'silent') into.write(bytes)
      })
      from.on('error', () => {}) // told by close
      from.on('close', () => {
        into.destroy()
        pairs.delete(pair)
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP, it has one
    turn(next) {
      // What was silent has lost octets: it can't go on.
      if (next === 'cut' || how === 'silent') cut()
      how = next
    },
    async stop() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
