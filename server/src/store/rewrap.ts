// A key ring grows: what older keys wrapped is wrapped by the newest, in batches, while everything goes on. What is sealed
// under a data key stays as it is, for the data key stays the same.
import { type Database, type Statements, urgency } from './database.ts'
import type { KeyRing, Sealed } from './keys.ts'
import { readSetting, writeSetting } from './setting.ts'
import { base64, join, rowset, type Sql, sql, verbatim } from './sql.ts'

/** The tables that have data keys, with what names a row. A test reads the schema. */
export const wrappedIn: Readonly<Record<string, readonly string[]>> = {
  subscriber: ['id'],
  inbound: ['id'],
  inbound_part: ['channel', 'number_hash', 'addressed_to', 'reference', 'total', 'sequence'],
  event: ['id'],
  bad_event: ['id'],
  consent: ['id'],
  verification: ['id'],
  webhook_endpoint: ['id'],
  carrier_secret: ['carrier', 'name'],
}
/** Settings that hold them, as {keys: [{dataKey}]}. */
export const wrappedSettings = ['link.keys', 'audit.keys']

/** Rows that are walked over at once, and of them those that are written at once. */
const walked = 5_000

const isOlder = (newest: number): Sql => sql`data_key is not null and get_byte(data_key, 1) <> ${newest}::int`

/** The rows of a table by its id, so many at a time: no statement takes long, however few of them are wanted. */
async function* ranges(db: Database, table: string): AsyncGenerator<Sql> {
  const name = verbatim(table)
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const [end] = await db.rows<{ id: string }>(
      sql`select id from ${name} where id > ${after}::uuid order by id offset ${walked - 1} limit 1`,
      urgency.idle,
    )
    yield end ? sql`id > ${after}::uuid and id <= ${end.id}::uuid` : sql`id > ${after}::uuid`
    if (!end) return
    after = end.id
  }
}

async function* pieces(db: Database, table: string): AsyncGenerator<Sql> {
  // The others are small.
  if (wrappedIn[table]!.join() === 'id') yield* ranges(db, table)
  else yield sql`true`
}

/** Wraps the data keys of a table by the newest key; answers how many, a piece at a time. */
export async function* rewrap(db: Database, keys: KeyRing, table: string): AsyncGenerator<number> {
  const names = wrappedIn[table]!
  const name = verbatim(table)
  const named = join(
    names.map(one => verbatim(`${one}::text as ${one}`)),
    sql`, `,
  )
  // Bytes are named as the database writes them; both are looked at as text.
  const same = join(
    names.map(one => verbatim(`t.${one}::text = r.${one}`)),
    sql` and `,
  )
  const ids = verbatim(names.join() === 'id' ? 't.id = r.id::uuid' : 'true')
  for await (const range of pieces(db, table))
    for (;;) {
      const rows = await db.rows<Record<string, string> & { data_key: Sealed }>(
        sql`select ${named}, data_key from ${name} where ${range} and ${isOlder(keys.newest)} limit ${db.batch}`,
        urgency.idle,
      )
      if (rows.length === 0) break
      const written = await db.rows(
        // Where somebody wrote the row anew meanwhile it is found again, or was written under the newest key.
        sql`
        update ${name} t set data_key = decode(r.new_key, 'base64')
        from json_to_recordset(${rowset(rows.map(row => ({ ...row, data_key: base64(row.data_key), new_key: base64(keys.wrap(keys.unwrap(row.data_key))) })))})
          as r(${verbatim(names.map(one => `${one} text`).join(', '))}, data_key text, new_key text)
        where ${ids} and ${same} and t.data_key = decode(r.data_key, 'base64') returning 1 as done`,
        urgency.idle,
      )
      yield written.length
    }
}

export async function rewrapSettings(db: Database, keys: KeyRing): Promise<number> {
  let count = 0
  for (const name of wrappedSettings)
    await db.transaction(async tx => {
      await tx.rows(sql`select from setting where name = ${name} for update`)
      const stored = await readSetting<{ keys: { dataKey: string }[] }>(tx, name)
      const old = stored?.keys.filter(one => Buffer.from(one.dataKey, 'base64')[1] !== keys.newest) ?? []
      if (!stored || old.length === 0) return
      for (const one of old) one.dataKey = base64(keys.wrap(keys.unwrap(Buffer.from(one.dataKey, 'base64'))))!
      await writeSetting(tx, name, stored)
      count += old.length
    })
  return count
}

/** How many data keys each older key still wraps. */
export async function stillWrapped(db: Database, newest: number): Promise<Map<number, number>> {
  const counts = new Map<number, number>()
  for (const table of Object.keys(wrappedIn))
    for await (const range of pieces(db, table)) {
      const rows = await db.rows<{ id: number; count: number }>(
        sql`
        select get_byte(data_key, 1) as id, count(*)::int as count from ${verbatim(table)}
        where ${range} and ${isOlder(newest)} group by 1`,
        urgency.idle,
      )
      for (const { id, count } of rows) counts.set(id, (counts.get(id) ?? 0) + count)
    }
  return counts
}

// ---- Which process knows which keys --------------------------------------------------------------------------------

/** How often a process says so, and after how long without a word it is gone; database time. */
export const watchEveryMs = 5_000
const goneSeconds = 20

export const tellRing = (db: Statements, keys: KeyRing, process: string) =>
  db.rows(
    sql`
    insert into ring_watch (process, ids, newest, seen_at)
    values (${process}, ${Object.keys(keys.fingerprints).map(Number)}, ${keys.newest}, now())
    on conflict (process) do update set ids = excluded.ids, newest = excluded.newest, seen_at = excluded.seen_at`,
    urgency.idle,
  )

export const leaveRing = (db: Statements, process: string) =>
  db.rows(sql`delete from ring_watch where process = ${process} or seen_at < now() - interval '1 hour'`, urgency.idle)

/** Processes that live and would still write under another key: they could not read what is written under the newest. */
export const laggingProcesses = async (db: Statements, newest: number): Promise<string[]> =>
  (
    await db.rows<{ process: string }>(
      sql`
      select process from ring_watch where newest <> ${newest} and seen_at > now() - make_interval(secs => ${goneSeconds}) order by process`,
      urgency.report,
    )
  ).map(row => row.process)
