// What carriers, and databases of reassigned numbers, say of many numbers at once: that they were taken back. Nothing is sent
// to such a number until somebody proves that it is theirs now; who had it until then loses it.
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { type Database, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import type { KeyRing, Sealed } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import type { Consents } from '../subscriber/consent.ts'
import type { Msisdn } from '../subscriber/number.ts'
import { provedAfter } from '../subscriber/number-proof.ts'
import { type Cancelled, tellCancelled } from './cancel.ts'
import { loseNumbers, recordNumbers, retire } from './number-life.ts'

export interface NumberFilesDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
}

/** A number that was taken back, and when. */
export interface TakenBack {
  number: Msisdn
  reason: 'deactivated' | 'reassigned'
  at: Date
}

interface Holder {
  id: string
  external_id: string | null
  number_hash: Sealed
  number_at: Date | null
  number_verified_at: Date | null
  number_lost_at: Date | null
  consents: Consents
}

/**
 * Takes numbers back in one transaction. A number that somebody proved to be theirs after that moment is left alone; who got
 * it after that moment keeps it, and still has to prove it. Answers how many numbers are sent nothing now, and who lost one.
 */
export async function takeBack(
  deps: NumberFilesDeps,
  numbers: readonly TakenBack[],
): Promise<{ suppressed: number; subscribers: number }> {
  const { db, keys, clock, events } = deps
  const now = clock.now()
  if (numbers.length === 0) return { suppressed: 0, subscribers: 0 }
  const cancelled: Cancelled[] = []
  const told: { subscriber: string | null; why: string }[] = []
  const result = await db.transaction(async tx => {
    const hashed = numbers.map(one => ({ ...one, hashes: keys.hashes(one.number) }))
    const holders = await tx.rows<Holder>(sql`
      select id, external_id, number_hash, number_at, number_verified_at, number_lost_at, consents from subscriber
      where number_hash = any(${hashed.flatMap(({ hashes }) => hashes)}) and data_key is not null order by id for no key update`)
    const byHash = new Map<string, Holder[]>()
    for (const one of holders) byHash.set(text(one.number_hash), [...(byHash.get(text(one.number_hash)) ?? []), one])
    const standing: typeof hashed = []
    const losing = new Map<string, { why: TakenBack['reason']; at: Date; ids: string[] }>()
    for (const one of hashed) {
      const having = one.hashes.flatMap(hash => byHash.get(text(hash)) ?? []).filter(who => who.number_lost_at === null)
      const proved = having.filter(who => provedAfter(who.number_verified_at, who.consents, one.at))
      if (proved.length === 0) standing.push(one)
      for (const who of having) {
        const isOld = who.number_at === null || who.number_at <= one.at
        if (proved.includes(who) || !isOld || who.external_id === null) continue
        const key = `${one.reason} ${one.at.getTime()}`
        const group = losing.get(key) ?? { why: one.reason, at: one.at, ids: [] }
        group.ids.push(who.id)
        losing.set(key, group)
        told.push({ subscriber: who.external_id, why: one.reason })
      }
    }
    await retire(tx, keys, standing)
    // A file has one date or a few, so this is one statement or a few.
    for (const { ids, why, at } of losing.values())
      cancelled.push(...(await loseNumbers(deps, tx, ids, { why, at }, now)))
    const subscribers = [...losing.values()].reduce((sum, { ids }) => sum + ids.length, 0)
    return { suppressed: standing.length, subscribers }
  }, urgency.idle)
  tellCancelled(events, cancelled, 'number_recycled', now)
  if (told.length > 0)
    events.emit(
      'number.moved',
      told.map(one => ({ ...one, type: 'recycled', at: now })),
    )
  return result
}

const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

/** A file was read to its end; one of which no line could be taken is none, unless it had none. */
export async function noteFile(
  { db, clock }: NumberFilesDeps,
  kind: TakenBack['reason'],
  { read, taken, bad }: { read: number; taken: number; bad: number },
): Promise<void> {
  if (read > 0 && taken === 0) return
  const now = clock.now()
  await db.rows(sql`
    insert into number_file (id, kind, at, read, taken, bad) values (${newId(now)}, ${kind}, ${now}, ${read}, ${taken}, ${bad})`)
}

/** A carrier's file comes once a day; half a day late is too late, for a number may have a new owner after two. */
const missingMs = 36 * 3_600_000
/** Who sent so many, one at most so long after the other, sends them daily. */
const dailyFiles = 3

/** Says, once, that the file of a day did not come. */
export async function missFile({ db, clock, events }: NumberFilesDeps): Promise<void> {
  const now = clock.now()
  const last = await db.rows<{ id: string; at: Date; is_missed: boolean }>(
    sql`select id, at, is_missed from number_file where kind = 'deactivated' order by at desc, id desc limit ${dailyFiles * 8}`,
    urgency.idle,
  )
  const [newest] = last
  if (!newest || newest.is_missed || now.getTime() - newest.at.getTime() <= missingMs || !cameDaily(last)) return
  const isOurs = await db.transaction(async tx => {
    const [marked] = await tx.rows<{ id: string }>(
      sql`update number_file set is_missed = true where id = ${newest.id} and not is_missed returning id`,
    )
    if (marked) await recordNumbers(tx, [{ type: 'file_missing', subscriberId: null, why: 'deactivated' }], now)
    return marked !== undefined
  }, urgency.idle)
  if (isOurs) events.emit('number.file_missing', { since: newest.at, at: now })
}

/** Newest first. Several of one day, such as one a carrier, count as one. */
function cameDaily(files: readonly { at: Date }[]): boolean {
  const days: Date[] = []
  for (const { at } of files) {
    const before = days.at(-1)
    if (before === undefined || before.getTime() - at.getTime() > 12 * 3_600_000) days.push(at)
    if (days.length === dailyFiles) break
  }
  return (
    days.length === dailyFiles && days.every((at, i) => i === 0 || days[i - 1]!.getTime() - at.getTime() <= missingMs)
  )
}
