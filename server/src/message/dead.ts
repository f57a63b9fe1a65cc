// A number is dead when carriers say so again and again: by receipts whose cause is for good, on several days, with none in
// between that says delivered (policy.dead). Nothing is sent to it then, until a receipt, a new owner or a code says otherwise.
import type { CarrierSettings } from '@usher/contract/carrier'
import type { Policy } from '@usher/contract/policy'
import { saysNobody } from '../carrier/nobody.ts'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { type Database, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import { type Cancelled, cancelWaiting, tellCancelled } from './cancel.ts'
import { recordNumbers, retire } from './number-life.ts'
import { purposes } from './purpose.ts'

export interface DeadDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  policy: () => Policy
  protocolOf: (channel: string) => CarrierSettings['protocol'] | undefined
}

/** What receipts said of texts to one number. */
export interface Word {
  at: Date
  isDelivered: boolean
  /** It says that nobody has the number. */
  isNobody: boolean
}

const dayMs = 86_400_000

/** The rule: so many words for good, on so many days (UTC), since the last text that arrived. */
export function isDead(words: readonly Word[], now: Date, { receipts, days, withinDays }: Policy['dead']): boolean {
  const since = now.getTime() - withinDays * dayMs
  const arrivedMs = Math.max(...words.filter(({ isDelivered }) => isDelivered).map(({ at }) => at.getTime()), 0)
  const counted = words.filter(({ at, isNobody }) => isNobody && at.getTime() > since && at.getTime() > arrivedMs)
  return counted.length >= receipts && new Set(counted.map(({ at }) => Math.floor(at.getTime() / dayMs))).size >= days
}

/** A text may wait a few days for its receipt. */
const receiptDays = 4

/**
 * Looks at the numbers of texts that just came to their end, where a receipt says that nobody has them. A process that dies
 * before this has looked loses nothing for long: the next text that does not arrive brings the number here again.
 */
export async function lookForDead(
  { db, keys, clock, events, policy, protocolOf }: DeadDeps,
  ended: readonly { id: string; channel: string; reason: string | null }[],
): Promise<void> {
  const rule = policy().dead
  const says = ({ channel, reason }: { channel: string; reason: string | null }) =>
    saysNobody(protocolOf(channel), reason, rule.smppErrors)
  const ids = ended.filter(says).map(({ id }) => id)
  if (ids.length === 0) return
  const now = clock.now()
  const floor = firstIdAt(new Date(now.getTime() - (rule.withinDays + receiptDays) * dayMs))
  const cancelled: Cancelled[] = []
  const told: (string | null)[] = []
  await db.transaction(async tx => {
    // Locked in sorted order, as accept does: what is being judged for them is finished first, or comes after.
    const people = await tx.rows<{
      id: string
      external_id: string | null
      data_key: Sealed
      number: Sealed
      number_hash: Sealed
    }>(sql`
      select id, external_id, data_key, number, number_hash from subscriber where number_lost_at is null and number is not null and number_hash in (
        select s.number_hash from message m join subscriber s on s.id = m.subscriber_id
        where m.id = any(${ids}::uuid[]) and (s.number_at is null or m.accepted_at >= s.number_at))
      order by id for no key update`)
    if (people.length === 0) return
    const rows = await tx.rows<{
      subscriber_id: string
      state: string
      channel: string
      reason: string | null
      at: Date
    }>(sql`
      select s.id as subscriber_id, m.state, m.channel, m.reason, m.ended_at as at
      from subscriber s, lateral (
        select * from message m where m.subscriber_id = s.id and m.id >= ${floor}::uuid and m.state in ('delivered', 'undeliverable')
          and (s.number_at is null or m.accepted_at >= s.number_at)
        order by m.id desc limit 200) m
      where s.id = any(${people.map(({ id }) => id)}::uuid[])`)
    const numbers = new Map<
      string,
      { hash: Sealed; person: (typeof people)[number]; ids: string[]; names: (string | null)[]; words: Word[] }
    >()
    for (const person of people) {
      const { id, external_id, number_hash } = person
      const key = Buffer.from(number_hash).toString('latin1')
      const number = numbers.get(key) ?? { hash: number_hash, person, ids: [], names: [], words: [] }
      number.ids.push(id)
      number.names.push(external_id)
      number.words.push(
        ...rows
          .filter(row => row.subscriber_id === id)
          .map(row => ({ at: row.at, isDelivered: row.state === 'delivered', isNobody: says(row) })),
      )
      numbers.set(key, number)
    }
    const dead = [...numbers.values()].filter(({ words }) => isDead(words, now, rule))
    if (dead.length === 0) return
    const known = await tx.rows<{ number_hash: Sealed }>(sql`
      select number_hash from suppression where reason = 'dead' and number_hash = any(${dead.map(({ hash }) => hash)})`)
    const isKnown = new Set(known.map(row => Buffer.from(row.number_hash).toString('latin1')))
    const fresh = dead.filter(({ hash }) => !isKnown.has(Buffer.from(hash).toString('latin1')))
    await retire(
      tx,
      keys,
      fresh.map(({ person: { data_key, number } }) => ({
        // Under each key of the ring, as all suppressions are.
        hashes: keys.hashes(unseal(keys.unwrap(data_key), number, 'number')),
        reason: 'dead',
        at: now,
      })),
    )
    const theirs = fresh.flatMap(one => one.ids)
    await recordNumbers(
      tx,
      theirs.map(subscriberId => ({ type: 'dead', subscriberId, why: 'receipts' })),
      now,
    )
    cancelled.push(...(await cancelWaiting(tx, theirs, purposes, 'number_dead', now)))
    told.push(...fresh.flatMap(one => one.names))
  }, urgency.ordinary)
  tellCancelled(events, cancelled, 'number_dead', now)
  if (told.length > 0)
    events.emit(
      'number.moved',
      told.map(subscriber => ({ type: 'dead', subscriber, why: 'receipts', at: now })),
    )
}

/**
 * A text that was under way when its number was called dead may arrive after all. Looked for now and then, and not at each
 * receipt, for of those there are thousands a second and of these a few a day.
 */
export const liftDelivered = ({ db, clock }: Pick<DeadDeps, 'db' | 'clock'>) => {
  const since = new Date(clock.now().getTime() - receiptDays * dayMs)
  return db.rows(
    sql`
    delete from suppression n where n.reason = 'dead' and n.at > ${since} and exists (
      select from subscriber s join message m on m.subscriber_id = s.id
      where s.number_hash = n.number_hash and m.id >= ${firstIdAt(since)}::uuid and m.state = 'delivered' and m.ended_at >= n.at
        and (s.number_at is null or m.accepted_at >= s.number_at))`,
    urgency.idle,
  )
}
