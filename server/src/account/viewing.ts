// Views that the service tells of become habits, in the transaction that stores them: one row for each subscriber, of 28 days.
// A view that names no country says nothing here, for no change is sudden without a second country.
import type { Apply, Stored } from '../event/take.ts'
import type { Database, Statements } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { rowset, sql } from '../store/sql.ts'
import { type Habits, noHabits, type Watched, watch } from './habits.ts'
import { sweep } from './sweep.ts'

/** After so many days nothing of it is looked at any more. */
const keptDays = 35

export const noteViews =
  (keys: KeyRing): Apply =>
  async (tx, events) => {
    const told = events.flatMap(event => {
      const watched = event.subscriberId === null ? undefined : watchedIn(event, keys)
      return watched ? [{ id: event.subscriberId!, watched }] : []
    })
    if (told.length === 0) return undefined
    // Their rows are locked by who takes the events.
    const rows = await tx.rows<{ subscriber_id: string; habits: Habits }>(sql`
      select subscriber_id, habits from view_profile where subscriber_id = any(${[...new Set(told.map(({ id }) => id))]}::uuid[])`)
    const before = new Map(rows.map(row => [row.subscriber_id, row.habits]))
    const after = new Map<string, Habits>()
    for (const { id, watched } of told) after.set(id, watch(after.get(id) ?? before.get(id) ?? noHabits, watched))
    const changed = [...after].filter(([id, habits]) => habits !== before.get(id))
    if (changed.length === 0) return undefined
    const last = told.map(({ watched }) => watched.at).reduce((one, other) => (one > other ? one : other))
    await tx.rows(sql`
      insert into view_profile as v (subscriber_id, habits, seen_at)
      select r.id, r.habits, ${last} from json_to_recordset(${rowset(changed.map(([id, habits]) => ({ id, habits })))}) as r(id uuid, habits json)
      order by 1 on conflict (subscriber_id) do update set habits = excluded.habits, seen_at = greatest(v.seen_at, excluded.seen_at)`)
    return undefined
  }

function watchedIn({ at, data }: Stored, keys: KeyRing): Watched | undefined {
  const { country, language, kind, device } = data as {
    country?: string
    language?: string
    kind?: string
    device?: { id?: string; kind?: string }
  }
  if (country === undefined) return undefined
  const hash = (id: string) => keys.hash(`view device ${id}`).subarray(0, 8).toString('base64url')
  return {
    ...{ at, country, kind: kind?.slice(0, 40) ?? null },
    // pt-BR and pt are one language to who listens.
    language: language === undefined ? null : language.split(/[-_]/)[0]!.toLowerCase().slice(0, 8),
    device: device?.id === undefined ? (device?.kind ?? 'unnamed').slice(0, 40) : hash(device.id),
  }
}

export const eraseViews = (tx: Statements, ids: readonly string[]) =>
  tx.rows(sql`delete from view_profile where subscriber_id = any(${ids}::uuid[])`)

export const trimViews = (db: Database, now: Date) =>
  sweep(db, 'view_profile', (tx, after, last) =>
    tx.rows(sql`
      delete from view_profile where subscriber_id > ${after}::uuid and subscriber_id <= ${last}::uuid
        and seen_at < ${new Date(now.getTime() - keptDays * 86_400_000)}`),
  )
