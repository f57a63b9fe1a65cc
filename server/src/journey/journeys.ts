// The journeys in force: those that were shipped, as operators changed them. Each change is a version that can be read and
// gone back to; every process goes by it within two seconds.
import { type Journey, JourneyInput, type JourneyVersion } from '@usher/contract/journey'
import type { EventBus } from '../events.ts'
import type { Database, Statements } from '../store/database.ts'
import { watchedSetting } from '../store/setting.ts'
import { sql } from '../store/sql.ts'

export interface Journeys {
  /** By name, those that were shipped first. */
  current(): ReadonlyMap<string, Journey>
  /**
   * Stores one as the next version, in the caller's transaction; null goes back to what was shipped, and removes what was not.
   * Answers the versions before and after, or which version is in force where that is not `version`.
   */
  put(
    tx: Statements,
    name: string,
    change: { journey: JourneyInput | null; version: number; at: Date; by: string | null },
  ): Promise<{ before: Journey | undefined; after: Journey | undefined } | { inForce: number }>
  versions(name: string): Promise<JourneyVersion[]>
  refresh(): Promise<void>
  stop(): void
}

/** What is stored of one: null where it is as it was shipped again. */
type Kept = Record<string, { version: number; document: JourneyInput | null }>

export async function journeyStore(
  db: Database,
  events: EventBus,
  shipped: ReadonlyMap<string, JourneyInput>,
): Promise<Journeys> {
  const parse = (stored: unknown): Kept =>
    Object.fromEntries(
      Object.entries(stored as Kept).map(([name, { version, document }]) => [
        name,
        { version, document: document && JourneyInput.parse(document) },
      ]),
    )
  const watched = await watchedSetting<Kept>(db, events, { name: 'journeys', first: {}, parse })
  const inForce = (kept: Kept): ReadonlyMap<string, Journey> => {
    const all = new Map<string, Journey>()
    for (const name of [...shipped.keys(), ...Object.keys(kept).sort()]) {
      const document = kept[name]?.document ?? shipped.get(name)
      if (document)
        all.set(name, { ...document, name, version: kept[name]?.version ?? 0, isShipped: shipped.has(name) })
    }
    return all
  }
  let from: Kept | undefined
  let made: ReadonlyMap<string, Journey> = new Map()
  return {
    current() {
      const kept = watched.current()
      if (kept !== from) [from, made] = [kept, inForce(kept)]
      return made
    },
    async put(tx, name, { journey, version, at, by }) {
      // Two operators at once make two versions, one after the other.
      await tx.rows(sql`select pg_advisory_xact_lock(7283509)`)
      const kept = await watched.read(tx)
      const now = kept[name]?.version ?? 0
      if (now !== version) return { inForce: now }
      const next: Kept = { ...kept, [name]: { version: version + 1, document: journey } }
      await tx.rows(sql`
        insert into journey (name, version, document, made_at, made_by)
        values (${name}, ${version + 1}, ${journey && JSON.stringify(journey)}::text::jsonb, ${at}, ${by})`)
      await watched.put(tx, next)
      return { before: inForce(kept).get(name), after: inForce(next).get(name) }
    },
    async versions(name) {
      const rows = await db.rows<{ version: number; document: unknown; made_at: Date; made_by: string | null }>(
        sql`
        select j.version, j.document, j.made_at, o.name as made_by
        from journey j left join operator o on o.id::text = j.made_by where j.name = ${name} order by j.version desc`,
      )
      const first = shipped.get(name)
      return [
        ...rows.flatMap(({ version, document, made_at, made_by }): JourneyVersion[] => {
          const journey = document === null ? first : JourneyInput.parse(document)
          return journey ? [{ version, madeAt: made_at.toISOString(), madeBy: made_by, journey }] : []
        }),
        ...(first ? [{ version: 0, madeAt: null, madeBy: null, journey: first }] : []),
      ]
    },
    refresh: watched.refresh,
    stop: watched.stop,
  }
}
