// Numbers that are not texted, as operators see and change them: listed, blocked one by one or by the million, and lifted.
// Only keyed hashes are kept, so that they outlive an erasure; whose number it is, is told where a subscriber has it.
import type { Suppression, SuppressionFilter, SuppressionReason, SuppressionScope } from '@usher/contract/suppression'
import { type Statements, urgency } from '../store/database.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { base64, join, rowset, type Sql, sql } from '../store/sql.ts'
import { preferenceGroups } from '../subscriber/consent.ts'
import { maskNumber } from '../subscriber/number.ts'
import { type Cancelled, cancelWaiting } from './cancel.ts'
import { type Purpose, promotional, purposes, purposesOf } from './purpose.ts'

interface Row {
  id: string
  number_hash: Sealed
  scope: SuppressionScope
  reason: SuppressionReason
  at: Date
  note: string | null
  operator_id: string | null
  operator: string | null
}

interface Owner {
  external_id: string | null
  data_key: Sealed
  number: Sealed
  number_hash: Sealed
}

const select = (where: Sql) => sql`
  select s.id, s.number_hash, s.scope, s.reason, s.at, s.note, s.operator_id, o.name as operator
  from suppression s left join operator o on o.id = s.operator_id ${where}`

const mostOwners = 10

/** Newest first. A page begins after the time and id of the one before, which may have been lifted meanwhile. */
export async function listSuppressions(
  db: Statements,
  keys: KeyRing,
  { scope, reason, number, subscriber, cursor, limit }: SuppressionFilter,
): Promise<{ items: Suppression[]; next: string | null }> {
  const where: Sql[] = [sql`true`]
  if (scope) where.push(sql`s.scope = ${scope}`)
  if (reason) where.push(sql`s.reason = ${reason}`)
  if (number) where.push(sql`s.number_hash = any(${keys.hashes(number)})`)
  if (subscriber)
    where.push(
      sql`s.number_hash = (select number_hash from subscriber where external_id = ${subscriber} and erased_at is null)`,
    )
  if (cursor) {
    const [ms = '', ...id] = cursor.split('-')
    where.push(sql`(s.at, s.id) < (${new Date(Number(ms))}::timestamptz, ${id.join('-')}::uuid)`)
  }
  const rows = await db.rows<Row>(
    select(sql`where ${join(where, sql` and `)} order by s.at desc, s.id desc limit ${limit + 1}`),
    urgency.report,
  )
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return {
    items: await view(db, keys, items),
    next: rows.length > limit && last ? `${last.at.getTime()}-${last.id}` : null,
  }
}

async function view(db: Statements, keys: KeyRing, rows: readonly Row[]): Promise<Suppression[]> {
  const owners = await ownersOf(
    db,
    rows.map(row => row.number_hash),
  )
  return rows.map(row => {
    const own = owners.filter(owner => hex(owner.number_hash) === hex(row.number_hash))
    const ids = own.flatMap(({ external_id }) => external_id ?? [])
    return {
      ...{ id: row.id, scope: row.scope, reason: row.reason, at: row.at.toISOString(), note: row.note },
      by: row.operator_id === null ? null : { id: row.operator_id, name: row.operator ?? '' },
      number: own[0] ? maskNumber(numberOf(keys, own[0])) : null,
      subscribers: ids.slice(0, mostOwners),
    }
  })
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const numberOf = (keys: KeyRing, { data_key, number }: Owner) => unseal(keys.unwrap(data_key), number, 'number')
const ownersOf = (db: Statements, hashes: readonly Sealed[]): Promise<Owner[]> =>
  hashes.length === 0
    ? Promise.resolve([])
    : db.rows<Owner>(sql`
      select external_id, data_key, number, number_hash from subscriber
      where number_hash = any(${[...hashes]}) and data_key is not null and number is not null order by id`)

export interface Block {
  number: string
  scope: SuppressionScope
  reason: SuppressionReason
  at: Date
  note: string | null
}

/** What is not sent under it; after a STOP, what a person asks for themselves still is. */
const endedBy = ({ scope, reason }: Block): readonly Purpose[] => {
  if (scope === 'promotional') return promotional
  if (scope !== 'all') return purposesOf([scope])
  return reason === 'stop' ? purposesOf(preferenceGroups) : purposes
}

/**
 * Suppresses numbers and takes back what waits for them, in the caller's transaction. One that is there already stays as it
 * was. Answers how many were new, and what was cancelled.
 */
export async function suppressNumbers(
  tx: Statements,
  keys: KeyRing,
  blocks: readonly Block[],
  operatorId: string | null,
  now: Date,
): Promise<{ made: number; cancelled: Map<string, Cancelled[]> }> {
  const rows = blocks.flatMap((block, n) =>
    keys.hashes(block.number).map(hash => ({
      n,
      number_hash: base64(hash),
      scope: block.scope,
      reason: block.reason,
      at: block.at,
      note: block.note,
    })),
  )
  // Locked as a STOP locks them: a text to one of them that is being accepted is there to be cancelled, or judged after this.
  const owners = await tx.rows<{ id: string; n: number }>(sql`
    with wanted as materialized (
      select n, decode(number_hash, 'base64') as number_hash from json_to_recordset(${rowset(rows)}) as r(n int, number_hash text))
    select s.id, w.n from wanted w join subscriber s on s.number_hash = w.number_hash
    where s.data_key is not null order by s.id for no key update of s`)
  // In the order in which a STOP takes them; what is there already is found by the newest key from now on, and stays as it was.
  const made = await tx.rows<{ number_hash: Sealed; scope: string; reason: string; made: boolean }>(sql`
    insert into suppression (number_hash, scope, reason, at, note, operator_id, key_id)
    select distinct on (1, 2, 3) decode(number_hash, 'base64'), scope, reason, at, note, ${operatorId}::uuid, ${keys.newest}::smallint
    from json_to_recordset(${rowset(rows)}) as r(n int, number_hash text, scope text, reason text, at timestamptz, note text)
    order by 1, 2, 3, r.n on conflict (number_hash, scope, reason) do update set key_id = excluded.key_id
    returning number_hash, scope, reason, (xmax = 0) as made`)
  const isNew = new Set(made.flatMap(row => (row.made ? `${base64(row.number_hash)} ${row.scope} ${row.reason}` : [])))
  // A number has a hash for each key of the ring, and is one all the same.
  const newOnes = new Set(
    rows.flatMap(row => (isNew.delete(`${row.number_hash} ${row.scope} ${row.reason}`) ? row.n : [])),
  )
  const kinds = new Map<string, { block: Block; ids: string[] }>()
  for (const { id, n } of owners) {
    const block = blocks[n]!
    const kind = `${block.scope} ${block.reason}`
    const same = kinds.get(kind) ?? { block, ids: [] }
    same.ids.push(id)
    kinds.set(kind, same)
  }
  const cancelled = new Map<string, Cancelled[]>()
  for (const { block, ids } of kinds.values()) {
    const gone = await cancelWaiting(tx, ids, endedBy(block), block.reason, now)
    cancelled.set(block.reason, [...(cancelled.get(block.reason) ?? []), ...gone])
  }
  return { made: newOnes.size, cancelled }
}

export async function findSuppression(
  db: Statements,
  keys: KeyRing,
  number: string,
  scope: SuppressionScope,
  reason: SuppressionReason,
): Promise<Suppression | undefined> {
  const rows = await db.rows<Row>(
    select(sql`where s.number_hash = any(${keys.hashes(number)}) and s.scope = ${scope} and s.reason = ${reason}`),
  )
  const newest = hex(keys.hash(number))
  const row = rows.find(row => hex(row.number_hash) === newest) ?? rows[0]
  return row && (await view(db, keys, [row]))[0]
}

/** Lifts it, where `mayLift` says so: also what is kept of it under the other keys of the ring, for it would come back. */
export async function liftSuppression(
  tx: Statements,
  keys: KeyRing,
  id: string,
  mayLift: (found: Suppression) => boolean,
): Promise<{ lifted: Suppression | null } | undefined> {
  const [seen] = await tx.rows<Row>(select(sql`where s.id = ${id}::uuid`))
  if (!seen) return undefined
  const [owner] = await ownersOf(tx, [seen.number_hash])
  const hashes = owner ? keys.hashes(numberOf(keys, owner)) : [seen.number_hash]
  // In the order in which a STOP takes them. Somebody may have lifted it while this waited.
  const held = await tx.rows<{ id: string }>(sql`
    select id from suppression where number_hash = any(${[...hashes, seen.number_hash]}) order by number_hash, scope, reason for update`)
  if (!held.some(row => row.id === id)) return undefined
  const [found] = await view(tx, keys, [seen])
  if (!mayLift(found!)) return { lifted: null }
  await tx.rows(sql`
    delete from suppression where (id = ${id}::uuid or number_hash = any(${[...hashes]})) and scope = ${seen.scope} and reason = ${seen.reason}`)
  return { lifted: found! }
}
