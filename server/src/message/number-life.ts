// What follows when a number is not somebody's any more: what they agreed to for it ends, what waits for it is cancelled, and
// the service is told. Texts are cancelled here, so it is done here and not where subscribers are kept.
import type { EventBus } from '../events.ts'
import type { Statements } from '../store/database.ts'
import { newId } from '../store/id.ts'
import type { KeyRing } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'
import {
  type ConsentReason,
  changeConsents,
  endOf,
  type Person,
  type Proof,
  preferenceGroups,
} from '../subscriber/consent.ts'
import type { LeaveNumbers } from '../subscriber/subscriber.ts'
import { type Cancelled, cancelWaiting, tellCancelled } from './cancel.ts'
import { promotional, purposes, purposesOf } from './purpose.ts'

export type NumberWhy = 'deactivated' | 'reassigned' | 'wrong_number' | 'proved_by_another'

/** What became of a number, as it is told. */
export interface NumberMoved {
  type: 'changed' | 'verified' | 'dead' | 'recycled' | 'shared' | 'removed' | 'file_missing'
  subscriberId: string | null
  why: string
}

/** Writes down what became of numbers, which promises to tell it outside. */
export async function recordNumbers(tx: Statements, moved: readonly NumberMoved[], now: Date): Promise<void> {
  if (moved.length === 0) return
  const rows = moved.map(({ type, subscriberId, why }) => ({ id: newId(now), type, subscriber_id: subscriberId, why }))
  await tx.rows(sql`
    insert into number_event (id, type, subscriber_id, why, at)
    select id, type, subscriber_id, why, ${now}::timestamptz from json_to_recordset(${rowset(rows)}) as r(id uuid, type text, subscriber_id uuid, why text)`)
}

/** These subscribers lose their number, in the transaction that knows it. Who lost it before is left as they are. */
export async function loseNumbers(
  { keys }: { keys: KeyRing },
  tx: Statements,
  subscriberIds: readonly string[],
  { why, at, proof }: { why: NumberWhy; at: Date; proof?: Proof },
  now: Date,
): Promise<Cancelled[]> {
  if (subscriberIds.length === 0) return []
  // A bare number is nobody's but its own.
  const people = await tx.rows<Person>(sql`
    select id, data_key, number_hash, consents from subscriber
    where id = any(${[...subscriberIds]}::uuid[]) and number_lost_at is null and external_id is not null order by id for no key update`)
  if (people.length === 0) return []
  const reason: ConsentReason = why === 'wrong_number' ? why : 'number_recycled'
  await changeConsents(
    tx,
    keys,
    now,
    people.flatMap(person =>
      endOf(
        person,
        preferenceGroups.filter(group => person.consents[group]?.granted === true),
        { at, how: 'rule', why: reason, ...(proof ? { proof } : { proof: {} }) },
      ),
    ),
  )
  const ids = people.map(({ id }) => id)
  await tx.rows(sql`
    update subscriber set number_lost_at = ${at}, number_verified_at = null, recovery_from = null, updated_at = ${now}
    where id = any(${ids}::uuid[])`)
  await recordNumbers(
    tx,
    ids.map(subscriberId => ({ type: 'recycled', subscriberId, why })),
    now,
  )
  return cancelWaiting(tx, ids, purposes, reason, now)
}

/** What follows where a subscriber is put with another number, ends groups, or proves a number that others were thought to have. */
export function leaving({ keys, events }: { keys: KeyRing; events: EventBus }, now: Date) {
  const cancelled: Record<Parameters<LeaveNumbers>[2], Cancelled[]> = {
    number_changed: [],
    number_recycled: [],
    ended: [],
  }
  const leave: LeaveNumbers = async (tx, ids, why, groups = []) => {
    cancelled[why].push(
      ...(why !== 'number_recycled'
        ? await cancelWaiting(tx, ids, why === 'ended' ? purposesOf(groups) : promotional, why, now)
        : await loseNumbers({ keys }, tx, ids, { why: 'proved_by_another', at: now }, now)),
    )
  }
  return {
    leave,
    /** Once it has committed. */
    tell() {
      for (const why of ['number_changed', 'number_recycled', 'ended'] as const)
        tellCancelled(events, cancelled[why], why, now)
    },
  }
}

/** A reason never to text these numbers. One that is there already counts from the later moment. */
export async function retire(
  tx: Statements,
  keys: KeyRing,
  numbers: readonly { hashes: readonly Uint8Array[]; reason: 'deactivated' | 'reassigned' | 'dead'; at: Date }[],
): Promise<void> {
  const latest = new Map<string, { number_hash: string | null; reason: string; at: Date }>()
  for (const { hashes, reason, at } of numbers)
    for (const hash of hashes) {
      const number_hash = base64(hash)
      const key = `${number_hash} ${reason}`
      const before = latest.get(key)
      if (before === undefined || before.at < at) latest.set(key, { number_hash, reason, at })
    }
  if (latest.size === 0) return
  await tx.rows(sql`
    insert into suppression (number_hash, scope, reason, at, key_id)
    select decode(number_hash, 'base64'), 'all', reason, at, ${keys.newest}::smallint
    from json_to_recordset(${rowset([...latest.values()])}) as r(number_hash text, reason text, at timestamptz)
    order by 1, 3 on conflict (number_hash, scope, reason) do update set at = greatest(suppression.at, excluded.at), key_id = excluded.key_id`)
}
