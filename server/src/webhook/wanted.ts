// Which types somebody wants to be told: the endpoints that are not gone, and the feed. The triggers that write the outbox look
// there first, so what nobody wants costs nothing.
import { type OutgoingName, rareTypes } from '@usher/contract/webhook'
import type { Database, Statements } from '../store/database.ts'
import { readSetting, writeSetting } from '../store/setting.ts'
import { sql } from '../store/sql.ts'

const setting = 'feed.types'

export const feedTypes = async (db: Statements): Promise<OutgoingName[]> =>
  (await readSetting<OutgoingName[]>(db, setting)) ?? rareTypes

/** Answers what it kept before. */
export async function putFeedTypes(tx: Statements, types: readonly OutgoingName[]): Promise<OutgoingName[]> {
  await lockWanted(tx)
  const before = await feedTypes(tx)
  await writeSetting(tx, setting, types)
  await want(tx)
  return before
}

/** One change at a time: two that did not see each other would each leave out what the other wants. */
export const lockWanted = (tx: Statements) => tx.rows(sql`select pg_advisory_xact_lock(7283512)`)

/** Makes `wanted_type` what it should be; in the transaction of what changed it, which has locked it before. */
export async function want(tx: Statements): Promise<void> {
  const feeds = await feedTypes(tx)
  await tx.rows(sql`
    with wanted as (
      select unnest(types) as type from webhook_endpoint where state <> 'gone' union select unnest(${feeds}::text[])
    ), gone as (
      delete from wanted_type where type not in (select type from wanted)
    )
    insert into wanted_type (type) select type from wanted on conflict do nothing`)
}

/** Before anything is accepted: a database that was made a moment ago has no line yet. */
export const startWanting = (db: Database) =>
  db.transaction(async tx => {
    await lockWanted(tx)
    await want(tx)
  })
