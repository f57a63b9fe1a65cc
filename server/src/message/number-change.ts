// A number is verified, or changed, by a code that goes to it. Who has the code has the number; who asked has the account, as
// far as the service made sure: only both together change anything, and the old number is told.
// Codes of an account are in account/verification.ts, which builds on this room; the few lines of this one stay here.
import { randomInt, timingSafeEqual } from 'node:crypto'
import type { NumberChange } from '@usher/contract/number'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type DataKey, type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { base64, sql } from '../store/sql.ts'
import { type AllowedRange, maskNumber, readNumber } from '../subscriber/number.ts'
import { proveNumbers } from '../subscriber/number-proof.ts'
import { changeSubscribers } from '../subscriber/subscriber.ts'
import type { Answer, Ask } from './accept.ts'
import { type Cancelled, cancelWaiting, tellCancelled } from './cancel.ts'
import { leaving, loseNumbers, type NumberMoved, recordNumbers } from './number-life.ts'
import { purposes } from './purpose.ts'

export interface NumberChangeDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  allowedRanges: readonly AllowedRange[]
  accept: (ask: Ask) => Promise<Answer>
  /** Where somebody who did not change their number goes; the only link in what the old number is told. */
  accountUrl: string
}

const livesMs = 10 * 60_000
const mostTries = 5
/** To one number, and for one subscriber, in the ten minutes that a code lives. */
const mostCodes = 5
/** Wrong codes of one subscriber since the last right one; a new code does not begin the count anew (NIST SP 800-63B-4, 3.1.3.2). */
const mostWrong = 100
const recoveryAfterMs = 24 * 3_600_000
/** The old number is told within so long, or not at all: then it would only confuse whoever has it. */
const tellWithinMs = 3_600_000
export const keptDays = 30

export type ChangeProblem =
  | 'unknown_subscriber'
  | 'no_number'
  | 'invalid_number'
  | { refused: string }
  | { waitSeconds: number }
  | 'too_many_wrong_codes'

interface Row {
  id: string
  subscriber_id: string
  number: Sealed
  number_hash: Sealed
  is_change: boolean
  code_hash: Sealed
  step_up: string
  state: 'open' | 'done' | 'over'
  tries: number
  expires_at: Date
}

/** What is kept of a code: nothing without the key ring, and nothing for another subscriber, number or change. */
const said = (row: { id: string; subscriber_id: string; number_hash: Sealed }, code: string): string =>
  `number change ${row.id} ${row.subscriber_id} ${Buffer.from(row.number_hash).toString('hex')} ${code}`

/** Sends a code to a number. `number` undefined: to the one they have. */
export async function startChange(
  deps: NumberChangeDeps,
  subscriber: string,
  { number, stepUp }: { number: string | undefined; stepUp: string },
): Promise<NumberChange | ChangeProblem> {
  const { db, keys, clock, allowedRanges, accept } = deps
  const now = clock.now()
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const made = await db.transaction(async tx => {
    const seen = await look(tx, keys, subscriber, false)
    if (!seen) return 'unknown_subscriber'
    const wanted = number ?? seen.has
    if (wanted === null) return 'no_number'
    const read = readNumber(wanted, allowedRanges)
    if (typeof read === 'string') return 'invalid_number'
    const hashes = keys.hashes(read.msisdn)
    await inTurn(tx, hashes[0]!)
    const person = await look(tx, keys, subscriber, true)
    if (!person) return 'unknown_subscriber'
    const since = new Date(now.getTime() - livesMs)
    const recent = await tx.rows<{ made_at: Date; is_own: boolean }>(sql`
      select made_at, subscriber_id = ${person.id} as is_own from number_change
      where made_at > ${since} and (subscriber_id = ${person.id} or number_hash = any(${hashes})) order by made_at`)
    for (const list of [recent.filter(row => row.is_own), recent.filter(row => !row.is_own)])
      if (list.length >= mostCodes) {
        const again = list[list.length - mostCodes]!.made_at.getTime() + livesMs
        return { waitSeconds: Math.max(1, Math.ceil((again - now.getTime()) / 1_000)) }
      }
    if ((await wrongSince(tx, person.id)) >= mostWrong) return 'too_many_wrong_codes'
    await tx.rows(sql`
      update number_change set state = 'over', ended_at = ${now} where subscriber_id = ${person.id} and state = 'open'`)
    const row = { id: newId(now), subscriber_id: person.id, number_hash: hashes[0]! }
    const isChange = person.has !== read.msisdn
    const expiresAt = new Date(now.getTime() + livesMs)
    await tx.rows(sql`
      insert into number_change (id, subscriber_id, number, number_hash, is_change, code_hash, step_up, state, made_at, expires_at)
      values (${row.id}, ${person.id}, ${seal(person.key, read.msisdn, 'number')}, ${hashes[0]}, ${isChange},
        ${keys.hash(said(row, code))}, ${stepUp}, 'open', ${now}, ${expiresAt})`)
    return { ...row, number: read.msisdn, locale: person.locale, isChange, expiresAt }
  }, urgency.strict)
  if (typeof made === 'string' || !('id' in made)) return made
  const answer = await accept({
    // To the number and to nobody: it is not theirs yet, and may be a stranger's.
    to: { number: made.number },
    purpose: 'code.number_change',
    content: {
      template: 'code.number_change',
      data: { code, minutes: livesMs / 60_000 },
      ...(made.locale === null ? {} : { locale: made.locale }),
    },
    notBefore: null,
    expiresAt: made.expiresAt,
    idempotency: null,
  })
  if (answer.kind === 'problem' || answer.acceptance.state === 'refused') {
    await db.rows(sql`update number_change set state = 'over', ended_at = ${clock.now()} where id = ${made.id}`)
    const why =
      answer.kind === 'problem' ? answer.detail : answer.acceptance.reasons.map(({ sentence }) => sentence).join(' ')
    return { refused: why }
  }
  return {
    ...{ id: made.id, number: maskNumber(made.number), state: 'open', isChange: made.isChange, triesLeft: mostTries },
    expiresAt: made.expiresAt.toISOString(),
    recoveryFrom: null,
  }
}

export type CheckProblem = 'unknown_change' | 'over' | { wrong: true; triesLeft: number } | 'unknown_subscriber'

/** Takes a code. The right one makes the number theirs, once; each wrong one is counted before it is answered. */
export async function checkChange(
  deps: NumberChangeDeps,
  id: string,
  code: string,
): Promise<NumberChange | CheckProblem> {
  const { db, keys, clock, events } = deps
  const now = clock.now()
  const { leave, tell } = leaving(deps, now)
  const lost: Cancelled[] = []
  const told: (NumberMoved & { subscriber: string | null })[] = []
  const result = await db.transaction(async (tx): Promise<NumberChange | CheckProblem> => {
    told.length = 0
    lost.length = 0
    const [found] = await tx.rows<{ external_id: string | null; number_hash: Sealed }>(sql`
      select s.external_id, c.number_hash from number_change c join subscriber s on s.id = c.subscriber_id where c.id = ${id}`)
    if (!found) return 'unknown_change'
    await inTurn(tx, found.number_hash)
    const person = found.external_id === null ? undefined : await look(tx, keys, found.external_id, true)
    if (!person) return 'unknown_subscriber'
    const [row] = await tx.rows<Row>(sql`
      update number_change set tries = tries + 1
      where id = ${id} and state = 'open' and tries < ${mostTries} and expires_at > ${now}
      returning id, subscriber_id, number, number_hash, is_change, code_hash, step_up, state, tries, expires_at`)
    if (!row) return 'over'
    const isRight = keys
      .hashes(said(row, code))
      .map(hash => timingSafeEqual(hash, Buffer.from(row.code_hash)))
      .includes(true)
    const triesLeft = mostTries - row.tries
    if (!isRight) return { wrong: true, triesLeft }
    const number = unseal(person.key, row.number, 'number')
    const hashes = keys.hashes(number)
    const isChange = !(person.number_hash && hashes.some(hash => hash.equals(person.number_hash!)))
    const change = { id: found.external_id!, number, at: now }
    const [put] = isChange ? await changeSubscribers(tx, keys, deps.allowedRanges, now, [change], leave) : []
    if (put && 'at' in put) return 'over' // it could be read when the code was sent
    const [after] = await tx.rows<{ recovery_from: Date | null }>(sql`
      update subscriber set number_verified_at = ${now}, number_checked_at = ${now}, number_lost_at = null,
        recovery_from = ${isChange ? new Date(now.getTime() + recoveryAfterMs) : sql`recovery_from`}, updated_at = ${now}
      where id = ${person.id} returning recovery_from`)
    await tx.rows(sql`
      update number_change set state = 'done', ended_at = ${now}, is_change = ${isChange}, old_number = ${isChange ? person.number : null} where id = ${id}`)
    await proveNumbers(tx, [{ subscriberId: person.id, hashes, at: now }])
    // Others who were thought to have it: one who proved it too keeps it, as households do; one who never did loses it, for
    // what they are sent would be read by this one.
    const others = await tx.rows<{ id: string; external_id: string; is_proven: boolean }>(sql`
      select id, external_id, number_verified_at is not null as is_proven from subscriber
      where number_hash = any(${hashes}) and external_id is not null and number_lost_at is null and id <> ${person.id} order by id`)
    const losing = others.filter(one => !one.is_proven)
    lost.push(
      ...(await loseNumbers(
        deps,
        tx,
        losing.map(one => one.id),
        { why: 'proved_by_another', at: now },
        now,
      )),
    )
    const sharing = others.filter(one => one.is_proven)
    const moved = [
      {
        type: isChange ? 'changed' : 'verified',
        subscriberId: person.id,
        why: row.step_up,
        subscriber: found.external_id,
      },
      ...(sharing.length === 0
        ? []
        : [{ id: person.id, external_id: found.external_id! }, ...sharing].map(one => ({
            ...{ type: 'shared', subscriberId: one.id, why: 'proved_by_another', subscriber: one.external_id },
          }))),
    ] as typeof told
    await recordNumbers(tx, moved, now)
    told.push(...moved)
    for (const one of losing)
      told.push({ type: 'recycled', subscriberId: one.id, why: 'proved_by_another', subscriber: one.external_id })
    return {
      ...{ id, number: maskNumber(number), state: 'done', isChange, triesLeft },
      expiresAt: row.expires_at.toISOString(),
      recoveryFrom: after?.recovery_from?.toISOString() ?? null,
    }
  }, urgency.strict)
  if (typeof result === 'string' || 'wrong' in result) return result
  tell()
  tellCancelled(events, lost, 'number_recycled', now)
  events.emit(
    'number.moved',
    told.map(({ type, subscriber, why }) => ({ type, subscriber, why, at: now })),
  )
  await tellOldNumbers(deps, id)
  return result
}

/** Tells old numbers that they are left: of one change, or of all that a process which died did not tell. */
export async function tellOldNumbers(deps: NumberChangeDeps, id?: string): Promise<void> {
  const { db, keys, clock, accept, accountUrl } = deps
  const since = new Date(clock.now().getTime() - tellWithinMs)
  const rows = await db.rows<{
    id: string
    data_key: Sealed
    number: Sealed
    old_number: Sealed
    locale: string | null
  }>(sql`
    select c.id, s.data_key, c.number, c.old_number, s.locale from number_change c join subscriber s on s.id = c.subscriber_id
    where c.state = 'done' and c.old_number is not null and s.data_key is not null and c.made_at > ${new Date(since.getTime() - livesMs)}
      and c.ended_at > ${since} ${id === undefined ? sql`` : sql`and c.id = ${id}`}
      and not exists (select from idempotency where api_key_id = 'number-change' and key = c.id::text)
    limit 500`)
  await Promise.all(
    rows.map(row => {
      const key = keys.unwrap(row.data_key)
      return accept({
        to: { number: unseal(key, row.old_number, 'number') },
        purpose: 'account.number',
        content: {
          template: 'account.number_changed',
          data: { ending: unseal(key, row.number, 'number').slice(-2), link: accountUrl },
          ...(row.locale === null ? {} : { locale: row.locale }),
        },
        notBefore: null,
        expiresAt: null,
        idempotency: { apiKeyId: 'number-change', key: row.id, bodyHashes: [Buffer.from('account.number_changed')] },
      })
    }),
  )
}

/** They have no number any more. What waits for it is cancelled, whatever it is. */
export async function removeNumber(
  { db, keys, clock, events }: Pick<NumberChangeDeps, 'db' | 'keys' | 'clock' | 'events'>,
  subscriber: string,
  note: (tx: Statements) => Promise<unknown>,
): Promise<'removed' | 'unknown_subscriber' | 'no_number'> {
  const now = clock.now()
  let cancelled: Cancelled[] = []
  const result = await db.transaction(async tx => {
    const person = await look(tx, keys, subscriber, true)
    if (!person) return 'unknown_subscriber'
    if (person.number === null) return 'no_number'
    cancelled = await cancelWaiting(tx, [person.id], purposes, 'number_removed', now)
    // Told now: an event from before this does not bring it back.
    await tx.rows(sql`
      update subscriber set number = null, number_hash = null, block_hash = null, country = null, network = null, number_region = null,
        number_zones = '{}', number_at = null, number_verified_at = null, recovery_from = null, number_lost_at = null,
        number_checked_at = null, told_at = told_at || ${JSON.stringify({ number: now })}::text::jsonb, updated_at = ${now}
      where id = ${person.id}`)
    await tx.rows(sql`
      update number_change set state = 'over', ended_at = ${now} where subscriber_id = ${person.id} and state = 'open'`)
    await recordNumbers(tx, [{ type: 'removed', subscriberId: person.id, why: 'asked' }], now)
    await note(tx)
    return 'removed'
  })
  tellCancelled(events, cancelled, 'number_removed', now)
  return result
}

/** Whoever begins or ends a change to one number does so after the other, and locks subscribers after this. */
const inTurn = (tx: Statements, numberHash: Uint8Array) =>
  tx.rows(sql`select pg_advisory_xact_lock(hashtextextended(${`number change ${base64(numberHash)}`}, 0))`)

interface Person {
  id: string
  key: DataKey
  number: Sealed | null
  /** The number, opened. */
  has: string | null
  number_hash: Sealed | null
  locale: string | null
}

async function look(tx: Statements, keys: KeyRing, subscriber: string, locks: boolean): Promise<Person | undefined> {
  const [row] = await tx.rows<Pick<Person, 'id' | 'number' | 'number_hash' | 'locale'> & { data_key: Sealed }>(sql`
    select id, data_key, number, number_hash, locale from subscriber
    where external_id = ${subscriber} and data_key is not null ${locks ? sql`for no key update` : sql``}`)
  if (!row) return undefined
  const key = keys.unwrap(row.data_key)
  return { ...row, key, has: row.number && unseal(key, row.number, 'number') }
}

/** How many wrong codes they gave since the last right one, as far back as is kept. */
async function wrongSince(tx: Statements, subscriberId: string): Promise<number> {
  const [row] = await tx.rows<{ wrong: number }>(sql`
    select coalesce(sum(tries), 0)::int as wrong from number_change
    where subscriber_id = ${subscriberId} and state <> 'done' and made_at > coalesce(
      (select max(made_at) from number_change where subscriber_id = ${subscriberId} and state = 'done'), '-infinity')`)
  return row?.wrong ?? 0
}

/** Changes are kept for as long as wrong codes are counted. */
export const forgetChanges = (db: Database, now: Date) =>
  db.rows(sql`delete from number_change where made_at < ${firstDayKept(now)}`, urgency.idle)
const firstDayKept = (now: Date) => new Date(now.getTime() - keptDays * 86_400_000)
