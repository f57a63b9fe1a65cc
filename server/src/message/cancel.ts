// Taking back what waits: by whoever asked for it, or because its reason is gone. What was claimed may be on the wire already.
import type { EventBus } from '../events.ts'
import { cancel } from '../queue/queue.ts'
import type { Statements } from '../store/database.ts'
import { sql } from '../store/sql.ts'
import { type Purpose, rulesOf } from './purpose.ts'

export type Cancelled = { id: string; purpose: Purpose; country: string | null; channel: string | null }

/**
 * Cancels what waits for these subscribers. What is claimed already may be on the wire and can't be called back; it is
 * marked, so that it does not go out where it comes back unsent.
 */
export async function cancelWaiting(
  tx: Statements,
  subscriberIds: readonly string[],
  purposes: readonly Purpose[],
  reason: string,
  now: Date,
): Promise<Cancelled[]> {
  if (subscriberIds.length === 0) return []
  const waiting = await tx.rows<{ id: string }>(sql`
    select id from message where subscriber_id = any(${subscriberIds}::uuid[]) and state in ('held', 'queued')
      and purpose = any(${purposes})`)
  return cancelTexts(
    tx,
    waiting.map(row => row.id),
    reason,
    now,
  )
}

/** The same of texts by their ids. Their subscribers are locked: nobody else cancels them meanwhile. */
export async function cancelTexts(
  tx: Statements,
  ids: readonly string[],
  reason: string,
  now: Date,
): Promise<Cancelled[]> {
  if (ids.length === 0) return []
  const gone = await cancel(tx, ids)
  const isGone = new Set(gone.map(row => row.id))
  const claimed = ids.filter(id => !isGone.has(id))
  if (claimed.length > 0)
    await tx.rows(sql`
      update message set reason = ${reason} where id = any(${claimed}::uuid[]) and state in ('held', 'queued')`)
  return tx.rows(sql`
    update message set state = 'cancelled', reason = ${reason}, ended_at = ${now}
    where id = any(${gone.map(row => row.id)}::uuid[]) returning id, purpose, country, channel`)
}

/** Says of each that it was cancelled; once that has committed. */
export function tellCancelled(events: EventBus, cancelled: readonly Cancelled[], reason: string, at: Date): void {
  if (cancelled.length === 0) return
  events.emit(
    'message.moved',
    cancelled.map(row => ({
      ...row,
      lane: rulesOf[row.purpose].lane,
      state: 'cancelled' as const,
      reason,
      subscriber: null,
      at,
    })),
  )
}

/** Cancels one text that waits; nothing where it was claimed, has its end or is not there. */
export async function cancelOne(tx: Statements, id: string, now: Date): Promise<Cancelled[]> {
  const gone = await cancel(tx, [id])
  if (gone.length === 0) return []
  return tx.rows(sql`
    update message set state = 'cancelled', reason = 'asked', ended_at = ${now}
    where id = ${id} and state in ('held', 'queued') returning id, purpose, country, channel`)
}
