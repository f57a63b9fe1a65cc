// Whose a number is. Carriers take numbers back and give them to others, so a number that was taken back is sent nothing until
// somebody proves that it is theirs now: by a code that went to it, or by a consent that they gave, provably, later.
import type { Statements } from '../store/database.ts'
import { base64, rowset, sql } from '../store/sql.ts'
import { type Consents, returnsAfter } from './consent.ts'

/** Reasons never to text a number that end when somebody proves that they have it now. A STOP is not among them. */
export const provable = ['dead', 'deactivated', 'reassigned', 'wrong_number'] as const
export const isProvable = (reason: string): boolean => (provable as readonly string[]).includes(reason)
/** Those after which it has another owner. */
const changesHands = ['deactivated', 'reassigned', 'wrong_number'] as const

export interface Proof {
  subscriberId: string
  /** Of the number, under each key of the ring. */
  hashes: readonly Uint8Array[]
  /** When it was so. */
  at: Date
}

/**
 * Ends what speaks against these numbers and is older than the proofs, and gives each back to who proved it. Answers the
 * others who were thought to have a number that changed hands: it is not theirs, or they would have proved it first.
 */
export async function proveNumbers(tx: Statements, proofs: readonly Proof[]): Promise<{ others: string[] }> {
  if (proofs.length === 0) return { others: [] }
  const rows = proofs.flatMap(({ subscriberId, hashes, at }) =>
    hashes.map(hash => ({ subscriber_id: subscriberId, number_hash: base64(hash), at })),
  )
  const r = sql`json_to_recordset(${rowset(rows)}) as r(subscriber_id uuid, number_hash text, at timestamptz)`
  await tx.rows(sql`
    update subscriber s set number_lost_at = null from ${r}
    where s.id = r.subscriber_id and s.number_hash = decode(r.number_hash, 'base64') and s.number_lost_at <= r.at`)
  const lifted = await tx.rows<{ number_hash: Uint8Array; reason: string }>(sql`
    delete from suppression s using ${r}
    where s.number_hash = decode(r.number_hash, 'base64') and s.reason = any(${[...provable]}) and s.at <= r.at
    returning s.number_hash, s.reason`)
  const moved = lifted.filter(({ reason }) => (changesHands as readonly string[]).includes(reason))
  if (moved.length === 0) return { others: [] }
  const others = await tx.rows<{ id: string }>(sql`
    select id from subscriber where number_hash = any(${moved.map(row => row.number_hash)}) and external_id is not null
      and number_lost_at is null and id <> all(${proofs.map(({ subscriberId }) => subscriberId)}::uuid[]) order by id`)
  return { others: others.map(({ id }) => id) }
}

/** A number that is given to somebody anew is tried anew. */
export async function liftDead(tx: Statements, hashes: readonly Uint8Array[]): Promise<void> {
  if (hashes.length > 0)
    await tx.rows(sql`delete from suppression where number_hash = any(${[...hashes]}) and reason = 'dead'`)
}

/** Whether they proved after this moment that the number is theirs. */
export const provedAfter = (verifiedAt: Date | null, consents: Consents, at: Date): boolean =>
  (verifiedAt !== null && verifiedAt > at) ||
  Object.values(consents).some(one => one !== undefined && returnsAfter(one, at.toISOString()))
