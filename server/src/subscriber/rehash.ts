// A key ring grows: numbers are found by a hash under its newest key, and by those under older ones until they are hashed
// anew. That is done here, in batches, while texts flow and STOPs come.
import { type Database, type Statements, urgency } from '../store/database.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'

/** Rows that are looked at, and locked, at once: codes wait for no more. */
const batch = 200
const first = '00000000-0000-0000-0000-000000000000'

/**
 * Each suppression of these numbers is found by the newest key, too. Under the lock of their rows, where they have some: a
 * STOP or START of the same number comes before or after.
 */
async function carry(tx: Statements, keys: KeyRing, numbers: readonly string[]): Promise<void> {
  const rows = numbers.flatMap(number => {
    const [newest, ...older] = keys.hashes(number)
    return older.map(hash => ({ newest: base64(newest!), older: base64(hash) }))
  })
  if (rows.length === 0) return
  const hashes = numbers.flatMap(number => keys.hashes(number))
  // In the order in which a STOP takes them.
  await tx.rows(sql`
    select from suppression where number_hash = any(${hashes}) order by number_hash, scope, reason for update`)
  await tx.rows(sql`
    insert into suppression (number_hash, scope, reason, at, note, operator_id, key_id)
    select distinct on (1, 2, 3) decode(r.newest, 'base64'), s.scope, s.reason, s.at, s.note, s.operator_id, ${keys.newest}::smallint
    from json_to_recordset(${rowset(rows)}) as r(newest text, older text)
    join suppression s on s.number_hash = decode(r.older, 'base64') order by 1, 2, 3
    on conflict (number_hash, scope, reason) do update set key_id = excluded.key_id`)
  await tx.rows(sql`
    update suppression set key_id = ${keys.newest}::smallint
    where number_hash = any(${hashes}) and key_id is distinct from ${keys.newest}::smallint`)
  await tx.rows(sql`
    update consent c set number_hash = decode(r.newest, 'base64')
    from json_to_recordset(${rowset(rows)}) as r(newest text, older text) where c.number_hash = decode(r.older, 'base64')`)
}

interface Owner {
  id: string
  external_id: string | null
  data_key: Sealed
  number: Sealed
  number_hash: Sealed
}

/** Hashes the numbers of subscribers anew, and carries their suppressions; answers how many, a batch at a time. */
export async function* rehashSubscribers(db: Database, keys: KeyRing): AsyncGenerator<number> {
  for (let last = first; ; ) {
    const seen = await db.transaction(async tx => {
      const rows = await tx.rows<Owner>(sql`
        select id, external_id, data_key, number, number_hash from subscriber
        where id > ${last}::uuid and number is not null order by id limit ${batch} for no key update`)
      const people = rows.map(row => {
        const number = unseal(keys.unwrap(row.data_key), row.number, 'number')
        return { row, number, hash: keys.hash(number) }
      })
      // Also of those whose hash is new: they may have been written when an older suppression was still under the old one.
      await carry(
        tx,
        keys,
        people.map(({ number }) => number),
      )
      const old = people.filter(({ row, hash }) => !hash.equals(row.number_hash))
      if (old.length > 0)
        await tx.rows(sql`
          update subscriber s set number_hash = decode(r.number_hash, 'base64'), block_hash = decode(r.block_hash, 'base64')
          from json_to_recordset(${rowset(old.map(({ row, number, hash }) => ({ id: row.id, number_hash: base64(hash), block_hash: base64(keys.blockHash(number)) })))})
            as r(id uuid, number_hash text, block_hash text)
          -- A bare number has one row; another that was made under the newest key meanwhile stays the one.
          where s.id = r.id and not (s.external_id is null and exists (
            select from subscriber o where o.external_id is null and o.number_hash = decode(r.number_hash, 'base64')))`)
      return { last: rows.at(-1)?.id, count: old.length }
    }, urgency.idle)
    if (seen.count > 0) yield seen.count
    if (seen.last === undefined) return
    last = seen.last
  }
}

/** The same of inbound texts whose number is kept: a number that wrote STOP and is nobody's is known by them alone. */
export async function* rehashInbound(db: Database, keys: KeyRing): AsyncGenerator<number> {
  for (let last = first; ; ) {
    const seen = await db.transaction(async tx => {
      const rows = await tx.rows<{ id: string; number: Sealed; number_hash: Sealed; data_key: Sealed | null }>(sql`
        select i.id, i.number, i.number_hash, coalesce(i.data_key, s.data_key) as data_key
        from (select id, number, number_hash, data_key, subscriber_id from inbound
          where id > ${last}::uuid and number is not null order by id limit ${batch}) i
        left join lateral (select data_key from subscriber where id = i.subscriber_id limit 1) s on true order by i.id`)
      const known = rows.flatMap(row => {
        if (!row.data_key) return [] // its writer was erased
        const number = unseal(keys.unwrap(row.data_key), row.number, 'number')
        return [{ row, number, hash: keys.hash(number) }]
      })
      await carry(
        tx,
        keys,
        known.map(({ number }) => number),
      )
      const old = known.filter(({ row, hash }) => !hash.equals(row.number_hash))
      if (old.length > 0)
        await tx.rows(sql`
          update inbound i set number_hash = decode(r.number_hash, 'base64')
          from json_to_recordset(${rowset(old.map(({ row, hash }) => ({ id: row.id, number_hash: base64(hash) })))})
            as r(id uuid, number_hash text)
          where i.id = r.id`)
      return { last: rows.at(-1)?.id, count: old.length }
    }, urgency.idle)
    if (seen.count > 0) yield seen.count
    if (seen.last === undefined) return
    last = seen.last
  }
}

/** Suppressions that the newest key does not find, by the key that does: of people whose number nobody knows any more. */
export async function bareSuppressions(db: Statements, newest: number): Promise<Map<number | null, number>> {
  const rows = await db.rows<{ key_id: number | null; count: number }>(
    sql`
    select key_id, count(*)::int as count from suppression where key_id is distinct from ${newest}::smallint group by key_id`,
    urgency.idle,
  )
  return new Map(rows.map(row => [row.key_id, row.count]))
}
