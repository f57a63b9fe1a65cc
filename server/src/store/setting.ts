// What Usher remembers of itself between two starts, by name: a JSON value each.
import { isDeepStrictEqual } from 'node:util'
import type { EventBus } from '../events.ts'
import { type Database, DatabaseAway, type Statements, type Urgency, urgency } from './database.ts'
import { sql } from './sql.ts'

/** Undefined until somebody set it. */
export async function readSetting<T>(db: Statements, name: string, urgency?: Urgency): Promise<T | undefined> {
  const [row] = await db.rows<{ value: T }>(sql`select value from setting where name = ${name}`, urgency)
  return row?.value
}

export const writeSetting = (db: Statements, name: string, value: unknown) =>
  db.rows(sql`
    insert into setting (name, value) values (${name}, ${JSON.stringify(value)}::text::jsonb)
    on conflict (name) do update set value = excluded.value`)

/** Settings that operators change: read anew each second, so that every process goes by the same. */
export interface WatchedSetting<T> {
  /** As it was last read. */
  current(): T
  /** As it stands in the caller's transaction. */
  read(tx: Statements): Promise<T>
  /** Stores them in the caller's transaction; answers those before. */
  put(tx: Statements, value: T): Promise<T>
  refresh(): Promise<void>
  stop(): void
}

const everyMs = 1_000

/** `parse` reads what is stored, and what is not is `first`. A newer Usher may have written more: what can't be read is not guessed at. */
export async function watchedSetting<T>(
  db: Database,
  events: EventBus,
  { name, first, parse }: { name: string; first: T; parse: (stored: unknown) => T },
): Promise<WatchedSetting<T>> {
  let current = first
  const read = async (from: Statements, rank?: Urgency) => {
    const stored = await readSetting(from, name, rank)
    return stored === undefined ? first : parse(stored)
  }
  const refresh = async () => {
    const found = await read(db, urgency.report)
    // What was worked out by the same settings still counts, for as long as they are the same object.
    if (!isDeepStrictEqual(found, current)) current = found
  }
  await refresh()
  let isLooking = false
  const timer = setInterval(async () => {
    if (isLooking) return
    isLooking = true
    await refresh().catch(error => {
      if (!(error instanceof DatabaseAway))
        events.emit('work.failed', { what: `reading ${name}`, error: String(error) })
    })
    isLooking = false
  }, everyMs)
  timer.unref()
  return {
    current: () => current,
    read,
    async put(tx, value) {
      const before = await read(tx)
      await writeSetting(tx, name, value)
      return before
    },
    refresh,
    stop: () => clearInterval(timer),
  }
}
