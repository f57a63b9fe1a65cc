// PostgreSQL 15 or later, through `pg`.
import pg from 'pg'
import {
  type Database,
  DatabaseAway,
  type Statements,
  Turnstile,
  type Urgency,
  urgency as urgencies,
} from './database.ts'
import { render, type Sql } from './sql.ts'

// int8 and numeric come as numbers: our counts stay far below 2^53.
const types = new pg.TypeOverrides()
types.setTypeParser(20, Number)
types.setTypeParser(1700, Number)

// Class 08 (connection), 57 (cancelled, shut down, crash), 53 (out of resources: disk, memory, connections) and what Node says of sockets.
const awayCodes = /^(08|57|53|25P03)|^(ECONN|EPIPE|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|EAI_AGAIN)/
export function asDatabaseError(error: unknown): unknown {
  const code = (error as { code?: string })?.code ?? ''
  const message = (error as Error)?.message ?? ''
  if (
    awayCodes.test(code) ||
    isSilence(error) ||
    /Connection terminated|not queryable|client has encountered/i.test(message)
  )
    return new DatabaseAway(`The database is away: ${message || code}`, { cause: error })
  return error
}

/**
 * The line's statements join a batch to rows by index. Statistics of a young table lead the planner to read it whole
 * instead (measured: 65 ms for 500 receipts at 80,000 messages, 12 ms by index), and a whole table's cost wakes the JIT.
 */
const planning = '-c enable_seqscan=off -c jit=off -c random_page_cost=1.1'
/** A statement that its caller has given up must not take effect later, nor a frozen process keep its locks. */
const limits = '-c statement_timeout=9000 -c idle_in_transaction_session_timeout=10000'

const isSilence = (error: unknown) =>
  /connection timeout|read timeout|timeout (exceeded|expired)/i.test((error as Error)?.message ?? '')

/** A network may swallow what is written without a word; a statement that has no answer by then has lost its connection. */
const patienceMs = 10_000
// `query_timeout` of one statement is pg's, though its types do not say so.
const within = (text: string, values?: unknown[]): pg.QueryConfig =>
  ({ text, query_timeout: patienceMs, ...(values ? { values } : {}) }) as pg.QueryConfig

/**
 * Statements of codes and alerts are parsed and planned once for each connection (measured with other work on the machine: a
 * code is counted and stored in 4.5 ms instead of 7.1). They are few texts; if there were ever many, the others go as they are.
 */
function preparing(most = 200): (text: string) => string | undefined {
  const names = new Map<string, string>()
  return text => {
    const name = names.get(text) ?? (names.size < most ? `usher_${names.size}` : undefined)
    if (name !== undefined) names.set(text, name)
    return name
  }
}

export async function openPostgres(url: string, connections = 8): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections + 1,
    types,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 0,
    keepAlive: true,
    application_name: 'usher',
    options: `${planning} ${limits}`,
  })
  pool.on('error', () => {}) // an idle connection broke; the next statement meets it and says so
  const turnstile = new Turnstile(connections, Math.max(2, connections >> 2))
  const prepared = preparing()
  const listeners = new Map<string, (payload: string) => void>()
  let closed = false
  let listening: pg.Client | undefined

  const query = async <T>(client: pg.Pool | pg.PoolClient, q: Sql, urgency: Urgency): Promise<T[]> => {
    const { text, values } = render(q)
    const name = urgency === urgencies.strict ? prepared(text) : undefined
    const result = await client.query({ ...within(text, values), ...(name === undefined ? {} : { name }) })
    return result.rows as T[]
  }

  async function hear(): Promise<void> {
    const client = new pg.Client({ connectionString: url, keepAlive: true, application_name: 'usher listen' })
    listening = client
    client.on('notification', message => listeners.get(message.channel)?.(message.payload ?? ''))
    client.on('error', () => {})
    client.on('end', () => {
      if (closed || listening !== client) return
      listening = undefined
      setTimeout(() => closed || listening || hear().catch(() => {}), 1_000).unref()
    })
    await client.connect()
    for (const topic of listeners.keys()) await client.query(`listen ${topic}`)
  }

  /** What a statement failed of; where it was silence, those that wait for its place meet the same. */
  const failed = (error: unknown): unknown => {
    const known = asDatabaseError(error)
    if (known instanceof DatabaseAway && isSilence(error)) turnstile.turnAway(known)
    return known
  }

  const db: Database = {
    kind: 'postgres',
    batch: 500,
    connections,
    async rows<T>(q: Sql, urgency = urgencies.ordinary) {
      await turnstile.enter(urgency)
      try {
        return await query<T>(pool, q, urgency)
      } catch (error) {
        throw failed(error)
      } finally {
        turnstile.leave(urgency)
      }
    },
    async transaction<T>(work: (tx: Statements) => Promise<T>, urgency = urgencies.ordinary): Promise<T> {
      await turnstile.enter(urgency)
      let client: pg.PoolClient | undefined
      let broken: Error | undefined
      // Heard here only so that it ends no process: the next statement meets a broken connection and says so.
      const broke = (error: Error) => {
        broken = error
      }
      try {
        client = await pool.connect()
        const held = client
        held.on('error', broke)
        await held.query(within('begin'))
        try {
          const result = await work({ rows: q => query(held, q, urgency) })
          await held.query(within('commit'))
          return result
        } catch (error) {
          // Where the connection is silent, a rollback would wait in line behind what is not answered.
          if (asDatabaseError(error) instanceof DatabaseAway) broken = error as Error
          else
            await held.query(within('rollback')).catch(lost => {
              broken = lost as Error
            })
          throw error
        }
      } catch (error) {
        throw failed(error)
      } finally {
        client?.off('error', broke)
        client?.release(broken)
        turnstile.leave(urgency)
      }
    },
    async script(text) {
      await pool.query(text)
    },
    async notify(topic, payload) {
      await pool.query('select pg_notify($1, $2)', [topic, payload])
    },
    async listen(topic, heard) {
      listeners.set(topic, heard)
      if (!listening) await hear()
      else await listening.query(`listen ${topic}`)
    },
    async close() {
      closed = true
      await listening?.end().catch(() => {})
      await pool.end()
    },
  }
  await db.script('select 1').catch(error => {
    pool.end().catch(() => {})
    throw asDatabaseError(error)
  })
  return db
}
