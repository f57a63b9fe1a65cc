// Starts and stops what is measured: the server, the simulated carrier, a database of their own. Each is a process of its
// own on this machine; the load comes from this one.
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Line, RouteAnswer } from '@usher/contract/carrier'
import type { LedgerLine } from '@usher/server/simulator/ledger'
import type { Second } from '@usher/server/simulator/seconds'
import type { Counts } from '@usher/server/simulator/simulator'
import { openPostgres } from '@usher/server/store/postgres'
import { sql } from '@usher/server/store/sql'
import { streamLines } from './http.ts'
import { median } from './results.ts'

export type DatabaseKind = 'postgres' | 'pglite'

const postgresUrl = 'postgres://postgres@127.0.0.1:5432'
const cli = fileURLToPath(new URL('../../server/dist/cli.js', import.meta.url))

/** The originators that the carrier sees. */
export const senders = { main: '67743', security: '67744' } as const

export const say = (text: string) => process.stderr.write(`${text}\n`)
export const sleep = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))
/** Wall time with fractions, comparable between the processes of one machine; the carrier's ledger has the same. */
export const wallMs = () => performance.timeOrigin + performance.now()

// --- Cleaning up ------------------------------------------------------------------------------------------------

const cleanUps = new Set<() => unknown>()
/** Does it at the end, however that comes, or when the answer is called. */
export function atEnd(what: () => unknown): () => Promise<void> {
  cleanUps.add(what)
  return async () => {
    if (cleanUps.delete(what)) await what()
  }
}
export async function cleanUp(): Promise<void> {
  for (const what of [...cleanUps].reverse())
    if (cleanUps.delete(what)) await Promise.resolve(what()).catch(error => say(String(error)))
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'usher-bench-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Asks it to stop; kills it when it does not within `patienceMs`. */
export async function stopProcess(child: ChildProcess, patienceMs = 12_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), patienceMs)
  await gone
  clearTimeout(kill)
}

// --- Processes --------------------------------------------------------------------------------------------------

/** Starts a program; resolves with the first thing it says. */
async function start<T>(
  program: string,
  args: string[],
  env: Record<string, string>,
): Promise<{ child: ChildProcess; said: T }> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('USHER_'))
  const child = fork(program, args, {
    // As docs/operate.md starts the server: young objects get more room, so that fewer are copied.
    execArgv: [...process.execArgv.filter(arg => arg.startsWith('--cpu-prof')), '--max-semi-space-size=32'],
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 2, 2, 'ipc'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  const said = await new Promise<T>((resolve, reject) => {
    child.once('message', message => resolve(message as T))
    child.once('error', reject)
    child.once('exit', code =>
      reject(new Error(`${[program, ...args].join(' ')} ended with ${code} before it was ready`)),
    )
  })
  return { child, said }
}

const startCommand = <T>(command: string, env: Record<string, string>) =>
  start<T>(cli, [command], { USHER_LOG: 'warn', ...env })

const programOf = (name: string) => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url))

export interface Beside {
  pid: number
  port: number
  /** Tells it something; resolves with what it says next. */
  ask<T>(question: object): Promise<T>
  stop(): Promise<void>
}

/** Starts a program of this folder that listens on a port: a peer, or somebody the server talks with. */
export async function startBeside(name: string, env: Record<string, string> = {}): Promise<Beside> {
  const { child, said } = await start<{ port: number }>(programOf(name), [], env)
  return {
    pid: child.pid!,
    port: said.port,
    ask: <T>(question: object) =>
      new Promise<T>((resolve, reject) => {
        const gone = () => reject(new Error(`${name} ended before it answered`))
        child.once('exit', gone)
        child.once('message', answer => {
          child.off('exit', gone)
          resolve(answer as T)
        })
        child.send(question)
      }),
    stop: atEnd(() => stopProcess(child)),
  }
}

/** Ports that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await new Promise(resolve => server.once('listening', resolve))
      return server
    }),
  )
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

export interface Carrier {
  name: string
  pid: number
  smppPort: number
  controlPort: number
  counts(): Promise<Counts>
  turn(knobs: object): Promise<void>
  /** The owner of a handset writes. */
  reply(number: string, to: string, text: string): Promise<void>
  /** The lines after line n that hold `mark`. */
  ledger(after: number, mark: string): Promise<LedgerLine[]>
  /** The parts that came in each whole second after this one. */
  seconds(after: number): Promise<Second[]>
  /** Its process, with all carriers that are in it. */
  stop(): Promise<void>
}

/** The simulated carrier: well-behaved and fast, with receipts after 20 ms. */
export async function startCarrier({ isRecording = false } = {}): Promise<Carrier> {
  const { child, said } = await startCommand<{ smppPort: number; httpPort: number }>('simulator', {
    USHER_SMPP: '127.0.0.1:0',
    USHER_SIMULATOR_PORT: '0',
    USHER_SIMULATOR_JOURNAL: 'off',
    USHER_SIMULATOR_KEEP: 'off',
    USHER_SIMULATOR_RECORD: isRecording ? 'on' : 'off',
  })
  return carrierAt(
    'simulated',
    child.pid!,
    said.smppPort,
    said.httpPort,
    '',
    atEnd(() => stopProcess(child)),
  )
}

/** Several of them in one process, each with a door and counts of its own. */
export async function startCarriers(names: readonly string[], { isRecording = false } = {}): Promise<Carrier[]> {
  const { child, said } = await start<{ port: number; smppPorts: number[] }>(programOf('carriers-end'), [], {
    USHER_CARRIERS: names.join(),
    USHER_RECORD: isRecording ? 'on' : 'off',
  })
  const stop = atEnd(() => stopProcess(child))
  return names.map((name, i) => carrierAt(name, child.pid!, said.smppPorts[i]!, said.port, `/carriers/${name}`, stop))
}

function carrierAt(
  name: string,
  pid: number,
  smppPort: number,
  controlPort: number,
  path: string,
  stop: Carrier['stop'],
): Carrier {
  const control = `http://127.0.0.1:${controlPort}${path}`
  return {
    ...{ name, pid, smppPort, controlPort, stop },
    counts: async () => (await fetch(`${control}/counts`)).json() as Promise<Counts>,
    async turn(knobs) {
      const turned = await fetch(`${control}/knobs`, { method: 'PUT', body: JSON.stringify(knobs) })
      if (!turned.ok) throw new Error(await turned.text())
    },
    async reply(number, to, text) {
      const body = JSON.stringify({ to, text })
      const replied = await fetch(`http://127.0.0.1:${controlPort}/handsets/${number}/reply`, { method: 'POST', body })
      if (!replied.ok) throw new Error(await replied.text())
    },
    async ledger(after, mark) {
      const text = await (await fetch(`${control}/ledger?after=${after}`)).text()
      return text
        .split('\n')
        .filter(line => line.includes(mark))
        .map(line => JSON.parse(line) as LedgerLine)
    },
    async seconds(after) {
      const answer = await fetch(`${control}/seconds?after=${after}`)
      return ((await answer.json()) as { seconds: Second[] }).seconds
    },
  }
}

export interface Usher {
  pid: number
  url: string
  port: number
  authorization: string
  subscribers: number
  /** Its data folder, with the key file; and its PostgreSQL, where it has one. */
  data: string
  databaseUrl: string | undefined
  /** Sum of a metric over all its labels that hold `label`. */
  metric(name: string, label?: string): Promise<number>
  /** The database's processes that work for this server; none where it is inside it. */
  databasePids(): Promise<number[]>
  /** Asks as whoever has the key. */
  ask<T>(method: string, path: string, body?: object): Promise<T>
  /** Asks as an administrator who has signed in: carriers and routes are not for keys. Words are NDJSON, and answered as such. */
  askAsOperator<T>(method: string, path: string, body?: object | string): Promise<T>
  stop(): Promise<void>
}

export interface UsherOptions {
  database: DatabaseKind
  /** USHER_SMPP_WINDOW */
  window: number
  /** How many subscribers to import. */
  subscribers: number
  /** What else is set. */
  settings?: Record<string, string>
}

/** A server on a new database, bound to the carrier, with subscribers who said yes to everything and are awake. */
export async function startUsher(carrier: Carrier, options: UsherOptions): Promise<Usher> {
  const zone = openZone(new Date())
  const data = temporaryFolder()
  const database = options.database === 'postgres' ? await createDatabase() : undefined
  const databaseUrl = database?.url
  const env = {
    USHER_DATA: data,
    ...(databaseUrl ? { USHER_DATABASE_URL: databaseUrl } : {}),
    USHER_PORT: '0',
    USHER_SERVICE: 'Orpheum',
    USHER_SERVICE_HOST: 'orpheum.example',
    USHER_CONTACT: 'orpheum.example/help',
    USHER_LINK_DOMAINS: 'orpheum.example,.orpheum.example',
    USHER_SENDER_MAIN: senders.main,
    USHER_SENDER_SECURITY: senders.security,
    USHER_SMPP_PASSWORD: 'demo',
    USHER_SMPP: `127.0.0.1:${carrier.smppPort}`,
    USHER_SMPP_NAME: carrier.name,
    USHER_SMPP_WINDOW: String(options.window),
    USHER_RATE_LIMIT: '0',
    ...(zone ? {} : { USHER_DEMO: '1', USHER_DEMO_LIFE: 'off' }),
    ...options.settings,
  }
  const { child, said } = await startCommand<{ url: string }>('serve', env)
  const stop = atEnd(async () => {
    await stopProcess(child)
    await database?.drop()
    rmSync(data, { recursive: true, force: true })
  })
  const { url } = said
  if (!zone) await moveClock(url)
  const command = (...args: string[]) =>
    execFileSync(process.execPath, [cli, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .toString()
      .trim()
  const authorization = `Bearer ${command('keys', 'create', '--name', 'bench')}`
  let operator: Promise<Record<string, string>> | undefined
  const usher: Usher = {
    pid: child.pid!,
    url,
    port: Number(new URL(url).port),
    authorization,
    subscribers: options.subscribers,
    data,
    databaseUrl,
    async metric(name, label = '') {
      const text = await (await fetch(`${url}/metrics`)).text()
      const lines = text
        .split('\n')
        .filter(line => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(label))
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
    },
    databasePids: async () => (await database?.pids()) ?? [],
    ask: (method, path, body) => askFor(url, { authorization }, method, path, body),
    async askAsOperator(method, path, body) {
      operator ??= signIn(
        url,
        command(
          'operators',
          'invite',
          '--name',
          'Bench',
          '--email',
          'bench@orpheum.example',
          '--role',
          'administrator',
        ),
      )
      return askFor(url, await operator, method, path, body)
    },
    stop,
  }
  // Every rule is asked, and none is at its end: each subscriber gets hundreds of texts.
  const most = { count: 1_000, hours: 24 }
  await usher.askAsOperator('PUT', '/v1/policy', { caps: { titles: most, offers: most, promotional: most } })
  await importSubscribers(usher, zone ?? 'Etc/UTC')
  await until('the bind', async () => (await carrier.counts()).sessions > 0)
  return usher
}

async function askFor<T>(
  url: string,
  headers: Record<string, string>,
  method: string,
  path: string,
  body?: object | string,
): Promise<T> {
  const isLines = typeof body === 'string'
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, 'content-type': isLines ? 'application/x-ndjson' : 'application/json' },
    ...(body ? { body: isLines ? body : JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`)
  return (isLines ? text : text === '' ? undefined : JSON.parse(text)) as T // as the contract says
}

/** What an operator's requests carry, who signs in by the link of an invitation. */
async function signIn(url: string, link: string): Promise<Record<string, string>> {
  const answer = await fetch(`${url}/v1/session/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: link.split('#enter=')[1] }),
  })
  if (!answer.ok) throw new Error(`the operator was not let in: ${await answer.text()}`)
  const { csrf } = (await answer.json()) as { csrf: string }
  return {
    cookie: answer.headers
      .getSetCookie()
      .map(one => one.split(';')[0])
      .join('; '),
    'x-usher-csrf': csrf,
  }
}

/** What a carrier is configured with; all else as the contract has it by default. */
export interface LineSettings {
  window: number
  perSecond: number | null
}

/** These are the carriers of the line from now on, and share every kind of text evenly; no others are bound. */
export async function changeLine(
  { askAsOperator: ask }: Usher,
  carriers: readonly Carrier[],
  settings: LineSettings,
): Promise<void> {
  for (const { name, smppPort: port } of carriers)
    await ask('PUT', `/v1/carriers/${name}`, {
      ...{ protocol: 'smpp', systemId: 'usher', secrets: { password: 'demo' } },
      ...{ binds: [{ host: '127.0.0.1', port }], ...settings },
    })
  const line = await ask<Line>('GET', '/v1/line')
  const names = carriers.map(({ name }) => name)
  const routes = line.routes.map(route => ({ ...route, carriers: names.map(carrier => ({ carrier })) }))
  await ask('PUT', '/v1/routes', { routes })
  for (const { name } of line.carriers) if (!names.includes(name)) await ask('DELETE', `/v1/carriers/${name}`)
  const isShared = async () => (await waysOfCodes(ask)).every(({ share }) => share > 0.95 / carriers.length)
  await until('an even share for each', isShared)
}

/** How codes are shared out, as the router has it now. */
export const waysOfCodes = async (ask: Usher['ask']) =>
  (await ask<RouteAnswer>('POST', '/v1/routes/try', { country: 'GB', purpose: 'code.sign_in' })).carriers

/** Asks again and again, but not so often that it becomes part of the load. */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  patienceMs = 60_000,
  everyMs = 25,
): Promise<void> {
  const startedAt = performance.now()
  while (!(await isSo())) {
    if (performance.now() - startedAt > patienceMs)
      throw new Error(`waited ${patienceMs / 1_000} s in vain for ${what}`)
    await sleep(everyMs)
  }
}

// --- Database ---------------------------------------------------------------------------------------------------

/** Statements that write or drop all there is take longer than those of the line may. */
export const withoutLimit = (url: string) => `${url}?options=${encodeURIComponent('-c statement_timeout=0')}`

/** A new, empty one of PostgreSQL; `url` opens it. */
export async function createDatabase() {
  const name = `usher_bench_${randomBytes(4).toString('hex')}`
  const admin = await openPostgres(withoutLimit(`${postgresUrl}/postgres`), 2)
  await admin.script(`create database ${name}`)
  const drop = atEnd(async () => {
    await admin.script(`drop database if exists ${name} with (force)`)
    await admin.close()
  })
  return {
    url: `${postgresUrl}/${name}`,
    drop,
    async pids() {
      const rows = await admin.rows<{ pid: number }>(sql`select pid from pg_stat_activity where datname = ${name}`)
      return rows.map(row => row.pid)
    },
  }
}

// --- Subscribers ------------------------------------------------------------------------------------------------

export const subscriberId = (n: number) => `bench-${n}`
/** British mobile numbers; nobody real is texted, for the carrier is simulated. */
export const subscriberNumber = (n: number) => `+4474${String(n).padStart(8, '0')}`

async function importSubscribers(usher: Usher, zone: string): Promise<void> {
  const yes = { granted: true, words: 'Yes, text me.' }
  const consents = { titles: yes, offers: yes }
  function* lines() {
    for (let n = 0; n < usher.subscribers; n++)
      yield JSON.stringify({
        id: subscriberId(n),
        number: subscriberNumber(n),
        locale: 'en',
        zone,
        region: 'GB',
        consents,
      })
  }
  let last = ''
  await streamLines(`${usher.url}/v1/subscribers/import`, usher.authorization, lines(), line => {
    last = line
  })
  const made = (JSON.parse(last) as { done?: { made: number } }).done?.made
  if (made !== usher.subscribers) throw new Error(`not all ${usher.subscribers} subscribers were imported: ${last}`)
}

/**
 * Promotional texts are held outside 09:00-20:00 local time and on Sundays, so the subscribers live where that is farthest
 * off. Undefined where no zone has an hour left: from Sunday 07:00 to 19:00 UTC.
 */
export function openZone(now: Date): string | undefined {
  let best: { zone: string; minutesLeft: number } | undefined
  for (let offset = -12; offset <= 14; offset++) {
    const local = new Date(now.getTime() + offset * 3_600_000)
    const minutes = local.getUTCHours() * 60 + local.getUTCMinutes()
    const minutesLeft = 20 * 60 - minutes
    if (local.getUTCDay() === 0 || minutes < 9 * 60 || minutesLeft <= (best?.minutesLeft ?? 60)) continue
    // The signs of these zones are POSIX's: Etc/GMT-3 is three hours ahead of UTC.
    best = { zone: offset === 0 ? 'Etc/UTC' : `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`, minutesLeft }
  }
  return best?.zone
}

/** Then the server's business clock goes ahead to a Monday morning, as the demo's can. */
async function moveClock(url: string): Promise<void> {
  const monday = new Date(Date.now() + 24 * 3_600_000)
  monday.setUTCHours(10, 0, 0, 0)
  const moved = await fetch(`${url}/demo/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ to: monday.toISOString() }),
  })
  if (!moved.ok) throw new Error(`the clock was not moved: ${await moved.text()}`)
}

// --- The machine ------------------------------------------------------------------------------------------------

/** Seconds that a process has spent on a core, from /proc/PID/stat (user and system, in hundredths); 0 once it is gone. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')
      return sum + (Number(fields[11]) + Number(fields[12])) / 100
    } catch {
      return sum // it ended meanwhile
    }
  }, 0)
}

/** Begins to count who spends how long on a core; the answer tells it in milliseconds for each of `count` things done. */
export async function spending<Who extends string>(
  pidsOf: Record<Who, () => readonly number[] | Promise<readonly number[]>>,
): Promise<(count: number) => Promise<Record<Who, number>>> {
  const names = Object.keys(pidsOf) as Who[]
  const spent = () => Promise.all(names.map(async name => cpuSeconds(await pidsOf[name]())))
  const before = await spent()
  return async count => {
    const after = await spent()
    const each = names.map((name, i) => [name, ((after[i]! - before[i]!) * 1_000) / count])
    return Object.fromEntries(each) as Record<Who, number> // the names are those that were asked for
  }
}

/** Of several runs, the median of each. */
export const spentInWords = (runs: readonly Record<string, number>[], thing: string): string =>
  `core time for each ${thing}: ${Object.keys(runs[0] ?? {})
    .map(name => `${name} ${median(runs.map(run => run[name]!)).toFixed(3)} ms`)
    .join(', ')}`

/** Resident memory of a process in MB, now or at its highest. */
export const residentMb = (pid: number, which: 'VmRSS' | 'VmHWM' = 'VmRSS'): number =>
  Number(new RegExp(`${which}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1_024

export async function machine(): Promise<string> {
  const cores = cpus()
  const server = JSON.parse(readFileSync(new URL('../../server/package.json', import.meta.url), 'utf8'))
  const postgres = await openPostgres(`${postgresUrl}/postgres`, 2)
    .then(async db => {
      const [row] = await db.rows<{ server_version: string }>(sql`show server_version`)
      await db.close()
      return `PostgreSQL ${row!.server_version.split(' ')[0]}`
    })
    .catch(() => 'no PostgreSQL')
  return [
    `${cores.length} cores, ${cores[0]?.model.trim() ?? 'unknown processor'}`,
    `${Math.round(totalmem() / 2 ** 30)} GB`,
    `Node ${process.versions.node}`,
    postgres,
    `PGlite ${server.dependencies['@electric-sql/pglite']}`,
  ].join(', ')
}
