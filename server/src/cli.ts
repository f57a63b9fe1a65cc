#!/usr/bin/env node
// The command `usher`: serve, demo, simulator, keys, operators, audit.
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ordinaryScopes, type Scope } from '@usher/contract/access'
import type { AuditChain, Invitation, Operator } from '@usher/contract/operator'
import { systemClock } from './clock.ts'
import { addressOf, type Config, ConfigProblem, readConfig } from './config.ts'
import { demoLine } from './demo/line.ts'
import { demoKey, welcome } from './demo/welcome.ts'
import { adminApp, askAdmin, openAdmin } from './http/admin.ts'
import type { Rotated } from './http/rotate.ts'
import { openDatabase, recognise, start, type Usher } from './main.ts'
import type { Found } from './operator/verify.ts'
import { demoCarriers } from './simulator/demo-carriers.ts'
import { startSimulator } from './simulator/simulator.ts'
import { type Database, DatabaseAway } from './store/database.ts'
import { keyRing, keysFromFile, parseKeys } from './store/keys.ts'
import { migrate, NewerSchema } from './store/migrations.ts'
import { FolderInUse } from './store/pglite.ts'

const usage = `usher <command>

  serve [--roles api,worker,carrier]     run the server; USHER_* variables configure it (docs/operate.md)
  demo                                   run the server with Orpheum, simulated carriers and their phones
  simulator [--demo]                     run a simulated carrier alone, or the demo's
  keys create --name NAME [--scopes a,b] make an API key; it is shown once
  keys list | keys revoke ID
  keys rotate                            bring everything under the newest key of the key ring, while it all runs
  operators invite --name NAME --email EMAIL --role viewer|support|marketer|administrator
                                         invite an operator to the console, by a link that works once
  operators list
  audit verify [--public-key FILE] [--checkpoint FILE]
                                         check the audit log against its chain and its signed checkpoints
  audit key | audit checkpoint           print the public key, or the newest checkpoint, to be kept elsewhere
`

async function run(argv: string[]): Promise<void> {
  const [command, ...rest] = argv
  const { values, positionals } = parseArgs({
    args: rest,
    allowPositionals: true,
    options: {
      roles: { type: 'string' },
      name: { type: 'string' },
      scopes: { type: 'string' },
      email: { type: 'string' },
      role: { type: 'string' },
      demo: { type: 'boolean' },
      'public-key': { type: 'string' },
      checkpoint: { type: 'string' },
    },
  })
  const env = values.roles === undefined ? process.env : { ...process.env, USHER_ROLES: values.roles }
  switch (command) {
    case 'serve':
      return serve(readConfig(env))
    case 'demo':
      return demo(readConfig(env, true))
    case 'simulator':
      return simulate(readConfig(env, true), values.demo === true)
    case 'keys':
      return keys(readConfig(env, true), positionals, values)
    case 'operators':
      return operators(readConfig(env, true), positionals, values)
    case 'audit':
      return audit(readConfig(env, true), positionals, values)
    default:
      process.stdout.write(usage)
      if (command !== undefined && command !== 'help' && command !== '--help') process.exitCode = 2
  }
}

async function serve(config: Config): Promise<void> {
  const usher = await start(config)
  stopOnSignal(usher)
  if (usher.url) usher.log.info({ url: usher.url }, 'Usher is listening')
  process.send?.({ url: usher.url })
}

/** SIGTERM and SIGINT stop in good order; a second one changes nothing. Answers what stops it without a signal. */
function stopOnSignal(usher: Usher, also: () => unknown = () => {}): (exitCode: number) => Promise<void> {
  let isStopping = false
  const stop = async (exitCode: number) => {
    if (isStopping) return
    isStopping = true
    // If something hangs, what is claimed is settled by the next start: better to go than to stay half alive.
    setTimeout(() => process.exit(1), 10_000).unref()
    await usher.stop()
    await also()
    process.exit(exitCode)
  }
  process.on('SIGTERM', () => stop(0))
  process.on('SIGINT', () => stop(0))
  return stop
}

async function demo(config: Config): Promise<void> {
  const startedAt = performance.now()
  // A carrier is another company's machine, so it is another process here.
  const inboundUrl = `${addressOf(config, config.port)}/carriers/cirrus/inbound`
  const env = { ...process.env, USHER_SIMULATOR_INBOUND_URL: config.simulator.inboundUrl ?? inboundUrl }
  const carrier = keepRunning(fileURLToPath(import.meta.url), ['simulator', '--demo'], env, () => process.exit(1))
  const programs = [carrier]
  const usher = await start(config, { line: demoLine(config) })
  const stop = stopOnSignal(usher, () => {
    for (const program of programs) program.stop()
  })
  // So is the streaming service; it is given nothing of ours but a key.
  if (usher.url !== null) programs.push(await runOrpheum(usher, usher.url, config, () => stop(1)))
  for (const program of programs) await program.isUp
  await welcome(usher, config, performance.now() - startedAt)
}

async function runOrpheum({ db, clock, publicUrl }: Usher, url: string, config: Config, portTaken: () => unknown) {
  const env = {
    ORPHEUM_PORT: String(config.orpheumPort),
    ORPHEUM_HOST: config.host,
    ORPHEUM_USHER_URL: url,
    ORPHEUM_API_KEY: await demoKey(db, clock, config.data, 'orpheum'),
    ORPHEUM_LINK_ISSUER: config.links.url ?? publicUrl,
    ORPHEUM_ORIGIN: `https://${config.serviceHost}`,
    ORPHEUM_DATA: join(config.data, 'orpheum'),
    ORPHEUM_PHONES: `${publicUrl}/phone`,
  }
  return keepRunning(fileURLToPath(import.meta.resolve('@usher/demo/main')), [], env, portTaken)
}

/** Runs a program of the demo as a process of its own, again where it ends. It outlives no parent. */
function keepRunning(path: string, args: string[], env: NodeJS.ProcessEnv, portTaken: () => unknown) {
  let isStopping = false
  let child: ChildProcess | undefined
  const isUp = new Promise<void>(resolve => {
    const begin = () => {
      child = fork(path, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env })
      child.once('message', () => resolve())
      child.on('exit', code => {
        if (isStopping) return
        if (code === 3) return portTaken() // and it said so
        setTimeout(() => isStopping || begin(), 1_000)
      })
    }
    begin()
  })
  return {
    isUp,
    stop() {
      isStopping = true
      child?.kill('SIGTERM')
    },
  }
}

async function simulate(config: Config, isDemo: boolean): Promise<void> {
  const { carrier, simulator: options } = config
  const { systemId, password } = carrier
  const smppPorts = [carrier.port, options.secondSmppPort] as const
  const carriers = isDemo
    ? { carriers: demoCarriers({ smppPorts, systemId, password, inboundUrl: options.inboundUrl }) }
    : { smppPort: carrier.port, systemId, password }
  const simulator = await startSimulator({
    ...carriers,
    httpPort: options.port,
    journal: options.hasJournal ? join(config.data, 'phones.ndjson') : undefined,
    keepTexts: options.keepsTexts,
    record: options.hasLedger,
  }).catch(error => {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    process.stderr.write(
      `Port ${(error as { port?: number }).port} is taken. Is another demo running? Choose other ports: USHER_SMPP=127.0.0.1:5702 USHER_SIMULATOR_SMPP_2=5704 USHER_SIMULATOR_PORT=5701 npm start\n`,
    )
    process.exit(3)
  })
  process.send?.({ smppPort: simulator.smppPort, httpPort: simulator.httpPort })
  const stop = () => simulator.stop().then(() => process.exit(0))
  process.once('SIGTERM', stop)
  process.once('SIGINT', () => {}) // the terminal tells parent and child alike; the parent decides
  process.once('disconnect', stop)
}

async function keys(
  config: Config,
  [verb, id]: string[],
  values: { name?: string | undefined; scopes?: string | undefined },
): Promise<void> {
  if (verb === 'rotate') return rotate(config)
  const ask = await administrator(config)
  if (verb === 'create') {
    const asked = values.scopes?.split(',').map(scope => scope.trim()) as Scope[] | undefined
    const answer = await ask('POST', '/keys', { name: values.name ?? 'unnamed', ...(asked ? { scopes: asked } : {}) })
    if (answer.status !== 201) throw new ConfigProblem((answer.body as { detail: string }).detail)
    process.stdout.write(`${(answer.body as { key: string }).key}\n`)
    process.stderr.write(`Keep it: it is not shown again. Scopes: ${(asked ?? ordinaryScopes).join(', ')}.\n`)
  } else if (verb === 'list') {
    const { body } = await ask('GET', '/keys')
    for (const key of body as { id: string; name: string; scopes: string[]; revoked_at: string | null }[])
      process.stdout.write(
        `${key.id}  ${key.revoked_at ? 'revoked' : 'live   '}  ${key.name}  ${key.scopes.join(',')}\n`,
      )
  } else if (verb === 'revoke' && id) {
    const answer = await ask('DELETE', `/keys/${encodeURIComponent(id)}`)
    if (answer.status !== 204) throw new ConfigProblem((answer.body as { detail: string }).detail)
  } else throw new ConfigProblem(usage)
}

async function rotate(config: Config): Promise<void> {
  const { lines, close } = await following(config, '/keys/rotate', {})
  let said = 0
  let isDone = false
  for await (const line of lines) {
    const one = JSON.parse(line) as Rotated
    if (one.kind === 'refused') throw new ConfigProblem(one.sentence)
    if (one.kind === 'progress') {
      if (one.done - said >= 10_000) process.stderr.write(`${one.done} ${one.what}\n`)
      said = one.done - said >= 10_000 || one.done < said ? one.done : said
      continue
    }
    isDone = true
    const { newest, rewrapped, rehashed, bareSuppressions, removable } = one
    process.stdout.write(
      `Key ${newest} holds everything: ${rewrapped} data keys, ${rehashed} hashes of numbers were moved.\n`,
    )
    if (bareSuppressions > 0)
      process.stdout.write(
        `${bareSuppressions} suppressions can't be moved: they are of people who were erased, or whose number is not kept any more, and only a hash under an older key is left of them. Keep the older keys in the ring, or their STOP is forgotten.\n`,
      )
    if (removable.length > 0)
      process.stdout.write(
        `Nothing needs key ${removable.join(', ')} any more: take it out of the ring at the next start. Old backups need it.\n`,
      )
  }
  await close()
  if (!isDone)
    throw new Error('It broke off; what was moved stays moved. Run it again, and look at the log if it breaks again.')
}

async function operators(
  config: Config,
  [verb]: string[],
  values: { name?: string | undefined; email?: string | undefined; role?: string | undefined },
): Promise<void> {
  const ask = await administrator(config)
  if (verb === 'invite') {
    const { name, email, role } = values
    const answer = await ask('POST', '/operators', { name, email, role })
    if (answer.status !== 201) throw new ConfigProblem((answer.body as { detail: string }).detail)
    const { operator, link, expiresAt } = answer.body as Invitation
    process.stdout.write(`${link}\n`)
    process.stderr.write(
      `For ${operator.name}, ${operator.role}. It signs in once, until ${expiresAt}, and is not shown again.\n`,
    )
  } else if (verb === 'list') {
    const { body } = await ask('GET', '/operators')
    for (const one of body as Operator[]) {
      const state = !one.isActive ? 'inactive' : one.isInvited ? 'invited ' : 'active  '
      process.stdout.write(`${state}  ${one.role.padEnd(13)}  ${one.email}  ${one.name}\n`)
    }
  } else throw new ConfigProblem(usage)
}

async function audit(
  config: Config,
  [verb]: string[],
  values: { 'public-key'?: string | undefined; checkpoint?: string | undefined },
): Promise<void> {
  if (verb === 'key' || verb === 'checkpoint') {
    const ask = await administrator(config)
    const { keys, checkpoint } = (await ask('GET', '/audit/chain')).body as AuditChain
    if (verb === 'key') for (const { publicKey } of keys) process.stdout.write(publicKey)
    else if (checkpoint) process.stdout.write(`${JSON.stringify(checkpoint)}\n`)
    if (keys.length === 0 || (verb === 'checkpoint' && !checkpoint))
      throw new ConfigProblem('The audit log was not signed yet; the first server that starts does it.')
  } else if (verb === 'verify') {
    const keyFile = values['public-key']
    const asked = {
      ...(keyFile === undefined ? {} : { publicKey: readGiven(keyFile) }),
      ...(values.checkpoint === undefined ? {} : { checkpoint: readJsonGiven(values.checkpoint) }),
    }
    const { status, lines, close } = await following(config, '/audit/verify', asked)
    process.exitCode = 1 // until it is said to be whole
    let told = 0
    for await (const line of lines) {
      if (status !== 200) throw new ConfigProblem(JSON.parse(line).detail)
      const found = JSON.parse(line) as Found
      if (found.kind === 'fault') process.stdout.write(`${found.fault.sentence}\n`)
      else if (found.kind === 'progress') {
        if (found.checked - told >= 100_000) {
          told = found.checked
          process.stderr.write(`${found.checked} of ${found.of} lines\n`)
        }
      } else {
        const { faults, lines, signed, checkpoints } = found
        const by =
          keyFile === undefined
            ? 'the key in the database; --public-key checks by one that was kept elsewhere'
            : keyFile
        process.stdout.write(
          faults === 0
            ? `The audit log is whole: ${lines} lines, ${signed} of them signed by ${checkpoints} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'} (checked by ${by}).\n`
            : `The audit log was tampered with: ${faults} ${faults === 1 ? 'trace' : 'traces'} in ${lines} lines.\n`,
        )
        process.exitCode = faults === 0 ? 0 : 1
      }
    }
    await close()
  } else throw new ConfigProblem(usage)
}

function readGiven(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ConfigProblem(`${path} can't be read.`, { cause })
  }
}

function readJsonGiven(path: string): unknown {
  try {
    return JSON.parse(readGiven(path))
  } catch (cause) {
    throw cause instanceof ConfigProblem ? cause : new ConfigProblem(`${path} is not JSON.`, { cause })
  }
}

/** Asks as an administrator for an answer that comes line by line. */
async function following(config: Config, path: string, body: unknown) {
  const running = config.databaseUrl === undefined ? await openAdmin(config.adminSocket, 'POST', path, body) : undefined
  if (running)
    return { status: running.statusCode ?? 0, lines: createInterface({ input: running }), close: async () => {} }
  const { app, db } = await ownAdmin(config)
  const answer = await app.request(path, { method: 'POST', body: JSON.stringify(body) })
  // The two kinds of web streams differ in their types alone.
  const input = Readable.fromWeb(answer.body as never)
  return { status: answer.status, lines: createInterface({ input }), close: () => db.close() }
}

/** Through the running server where there is one, for it holds the PGlite folder; else with the database opened here. */
async function administrator(
  config: Config,
): Promise<(method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>> {
  if (config.databaseUrl === undefined) {
    const isRunning = await askAdmin(config.adminSocket, 'GET', '/keys')
    if (isRunning) return async (method, path, body) => (await askAdmin(config.adminSocket, method, path, body))!
  }
  const { app, db } = await ownAdmin(config)
  return async (method, path, body) => {
    const answer = await app.request(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const text = await answer.text()
    await db.close()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }
}

/** The ring that the server has; none is made here. */
async function ringOf(config: Config, db: Database) {
  if (config.keys === undefined && !existsSync(config.keyFile))
    throw new ConfigProblem(`There is no key file ${config.keyFile}, and no USHER_KEYS.`)
  const keys = keyRing(config.keys === undefined ? keysFromFile(config.keyFile) : parseKeys(config.keys))
  await recognise(db, keys)
  return keys
}

async function ownAdmin(config: Config) {
  const db = await openDatabase(config)
  await migrate(db)
  const publicUrl = () => addressOf(config, config.port)
  return {
    db,
    app: adminApp({ db, clock: systemClock(), wall: () => new Date(), publicUrl, keys: () => ringOf(config, db) }),
  }
}

run(process.argv.slice(2)).catch(error => {
  const isExpected =
    error instanceof ConfigProblem ||
    error instanceof FolderInUse ||
    error instanceof NewerSchema ||
    error instanceof DatabaseAway ||
    ['EADDRINUSE', 'ERR_PARSE_ARGS_UNKNOWN_OPTION'].includes((error as { code?: string }).code ?? '')
  process.stderr.write(`${isExpected ? (error as Error).message : ((error as Error).stack ?? String(error))}\n`)
  process.exit(1)
})
