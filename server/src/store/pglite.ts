// PGlite: PostgreSQL in a folder, in this process. It has one connection, so statements wait in order of urgency, and it
// runs without fsync: it survives a killed process, not a power cut.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type Database, DatabaseAway, type Statements, Turnstile, urgency as urgencies } from './database.ts'
import type { Order } from './pglite-worker.ts'
import { render, type Sql } from './sql.ts'

/** The folder is in use by another server. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse'
}

/** The locks that this process holds. */
const held = new Set<string>()

/** Takes the folder for this process. A lock whose owner has died is taken over. Throws FolderInUse. */
function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'usher.lock')
  for (let tries = 0; ; tries++) {
    try {
      // Linked whole: a lock that is there but still empty would be taken for a dead one's.
      const draft = `${path}.${process.pid}`
      writeFileSync(draft, `${process.pid} ${beginningOf(process.pid)}`, { mode: 0o600 })
      try {
        linkSync(draft, path)
      } finally {
        rmSync(draft, { force: true })
      }
      held.add(path)
      return () => {
        held.delete(path)
        rmSync(path, { force: true })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const [owner = 0, beganAt = 0] = readFileSync(path, 'utf8').split(' ').map(Number)
      const isTaken = owner === process.pid ? held.has(path) : owner > 0 && isAlive(owner, beganAt)
      if (isTaken || tries > 2)
        throw new FolderInUse(
          `Another server (process ${owner}) has the folder ${folder} open. Stop it first, or start this one on another folder: USHER_DATA=./other npm start`,
        )
      rmSync(path, { force: true })
    }
  }
}

/**
 * Process ids are given anew: in a container the next server has the number of the one that was killed. With the moment
 * it began (ticks since the machine started) a number means one process.
 */
function isAlive(pid: number, beganAt: number): boolean {
  if (process.platform === 'linux') return beginningOf(pid) === beganAt
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it lives, as another user
  }
}

/** Field 22 of /proc/<pid>/stat; what stands before it may hold spaces, in parentheses. 0 where there is no such process. */
function beginningOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19])
  } catch {
    return 0
  }
}

/**
 * Opens a folder, or a database in memory where `folder` is undefined. `image` is a dump of one that is new: to read it takes
 * a sixth of the time that it takes to make one (measured: 1.1 s of a core instead of 7.4).
 */
export async function openPGlite(folder?: string, image?: string): Promise<Database> {
  const unlock = folder === undefined ? () => {} : lockFolder(folder)
  // Run from sources (tests), the thread still needs JavaScript: it is taken from the build.
  const script = import.meta.url.endsWith('.ts') ? '../../dist/store/pglite-worker.js' : './pglite-worker.js'
  const worker = new Worker(new URL(script, import.meta.url), {
    workerData: { folder: folder === undefined ? undefined : join(folder, 'pglite'), image },
  })
  const waiting = new Map<number, { resolve: (rows: unknown[]) => void; reject: (error: unknown) => void }>()
  let last = 0
  let gone: Error | undefined
  const abandon = (error: Error) => {
    gone = error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on(
    'message',
    ({ id, rows, error }: { id: number; rows: unknown[]; error?: { message: string; code?: string } }) => {
      const order = waiting.get(id)
      waiting.delete(id)
      if (error)
        order?.reject(
          Object.assign(isOutOfSpace(error) ? new DatabaseAway(error.message) : new Error(error.message), error),
        )
      else order?.resolve(rows)
    },
  )
  worker.on('error', error => abandon(new DatabaseAway('The embedded database stopped.', { cause: error })))
  worker.on('exit', () => abandon(new DatabaseAway('The embedded database is closed.')))

  type Unnumbered = Order extends infer O ? (O extends Order ? Omit<O, 'id'> : never) : never
  const ask = (order: Unnumbered) =>
    new Promise<unknown[]>((resolve, reject) => {
      if (gone) return reject(gone)
      const id = ++last
      waiting.set(id, { resolve, reject })
      worker.postMessage({ ...order, id })
    })
  const query = <T>(q: Sql) => ask({ kind: 'rows', ...render(q) }) as Promise<T[]>

  const turnstile = new Turnstile(1)
  async function inTurn<T>(urgency: number, work: () => Promise<T>): Promise<T> {
    await turnstile.enter(urgency)
    try {
      return await work()
    } finally {
      turnstile.leave(urgency)
    }
  }

  try {
    await new Promise<void>((resolve, reject) => waiting.set(0, { resolve: () => resolve(), reject }))
  } catch (error) {
    unlock()
    throw error
  }
  // As on PostgreSQL (store/postgres.ts): by index, whatever the statistics of a young table say.
  await ask({ kind: 'script', text: 'set enable_seqscan = off; set random_page_cost = 1.1' })
  const listeners = new Map<string, (payload: string) => void>()
  return {
    kind: 'pglite',
    batch: 120,
    connections: 1,
    rows: <T>(q: Sql, urgency = urgencies.ordinary) => inTurn(urgency, () => query<T>(q)),
    transaction: <T>(work: (tx: Statements) => Promise<T>, urgency = urgencies.ordinary) =>
      inTurn(urgency, async () => {
        await ask({ kind: 'script', text: 'begin' })
        try {
          const result = await work({ rows: query })
          await ask({ kind: 'script', text: 'commit' })
          return result
        } catch (error) {
          await ask({ kind: 'script', text: 'rollback' }).catch(() => {})
          throw error
        }
      }),
    script: text => inTurn(urgencies.ordinary, async () => void (await ask({ kind: 'script', text }))),
    // One process has the folder: who notifies and who listens are the same.
    notify: async (topic, payload) => listeners.get(topic)?.(payload),
    listen: async (topic, heard) => void listeners.set(topic, heard),
    async close() {
      await inTurn(urgencies.idle, () => ask({ kind: 'close' })).catch(() => {})
      await worker.terminate()
      unlock()
    },
  }
}

const isOutOfSpace = (error: { message: string; code?: string }) =>
  error.code?.startsWith('53') === true || /No space left|could not extend file|could not write/i.test(error.message)
