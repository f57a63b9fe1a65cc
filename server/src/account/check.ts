// A code that somebody types, judged. Many that come at once share a commit, and each is judged under the lock of its account:
// of two right ones the second is late, in whichever process it came in.
import { timingSafeEqual } from 'node:crypto'
import type { Protection, Verification, VerificationCheck } from '@usher/contract/verification'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { Answer, Ask } from '../message/accept.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, type Statements, urgency } from '../store/database.ts'
import type { KeyRing, Sealed } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'
import { type Account, type Counted, type Counts, mostChecks, type TooMuch, tooManyTries, windowAt } from './limits.ts'
import { recoveryHashes } from './recovery.ts'
import { settleSignIn } from './sign-in.ts'
import { everyone, traceOf } from './take.ts'
import {
  accountHashes,
  actionHashes,
  codeHashes,
  type Shown,
  sendsLeft,
  sessionHashes,
  shown,
  viewOf,
} from './verification.ts'

export interface CheckDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  protection: () => Protection
  accept: (ask: Ask) => Promise<Answer>
  /** Where somebody goes who did not recover their account. */
  accountUrl: string
}

export type Checked =
  | { result: 'approved' | 'wrong' | 'over'; verification: Verification; subscriber: string | null }
  | { tooMuch: TooMuch }
  | 'unknown'
  | 'second_missing'

export interface Checker {
  /** Tells of recoveries, and settles of sign-ins, what a process that died did not. */
  sweep(): Promise<void>
  check(id: string, tried: VerificationCheck): Promise<Checked>
  drained(): Promise<void>
}

interface Try extends VerificationCheck {
  id: string
}

interface Row extends Shown {
  subscriber_id: string | null
  subject: Sealed
  subscriber: string | null
  session_hash: Sealed | null
  action_hash: Sealed | null
  block_hash: Sealed | null
  country: string | null
  address: Sealed | null
  network: Sealed | null
  device: Sealed | null
  is_first: boolean
  is_known: boolean
  code_hash: Sealed
  is_replaced: boolean
  sends_left: number
  sign_in_id: string | null
}

/** Two that were asked for at the same moment did not see each other: the later one counts. */
const isReplaced = sql`exists (select from verification n where n.subject = v.subject and n.state = 'pending' and n.purpose = v.purpose
  and n.session_hash is not distinct from v.session_hash and n.id > v.id)`
/** Ten minutes, and what clocks of several machines differ by. */
const longestMs = 11 * 60_000

interface Subject {
  subject: Sealed
  wrong: number
  known_wrong: number
  wrong_at: Date | null
}

export function checker(deps: CheckDeps): Checker {
  const batcher = new Batcher<Try, Checked>({
    ...{ size: deps.db.batch, waitMs: 1, parallel: 2 },
    work: tries => checkTogether(deps, tries),
  })
  return {
    check: (id, tried) => batcher.push({ ...tried, id }),
    async sweep() {
      await tellRecoveries(deps)
      await settleLeft(deps)
    },
    drained: () => batcher.drained(),
  }
}

/**
 * The digits of a code as it was typed or dictated: in any script that writes decimal digits, with spaces, dots and dashes
 * between them. What holds anything else is no code.
 */
function digitsOf(typed: string): string {
  let digits = ''
  for (const char of typed.normalize('NFKC')) {
    if (/\p{Nd}/u.test(char)) digits += digitValue(char)
    else if (!/[\s\p{Zs}\p{Cf}.\p{Pd}]/u.test(char)) return ''
  }
  return digits
}
/** Decimal digits of a script stand in a row of ten, from a code point whose predecessor is none (Unicode 16, 4.6). */
function digitValue(char: string): number {
  const point = char.codePointAt(0)!
  let zero = point
  while (point - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return point - zero
}

async function checkTogether(deps: CheckDeps, tries: Try[]): Promise<Checked[]> {
  const { db, keys, clock, events, protection } = deps
  const now = clock.now()
  const recovered: { id: string; subscriber: string }[] = []
  const passed: string[] = []
  const told: { id: string; what: string; at: Date }[] = []
  const answers = await db.transaction(async tx => {
    told.length = 0
    recovered.length = 0
    passed.length = 0
    const ids = [...new Set(tries.map(({ id }) => id))]
    const subjects = new Map(
      (
        await tx.rows<Subject>(sql`
          select subject, wrong, known_wrong, wrong_at from verification_subject
          where subject in (select subject from verification where id = any(${ids}::uuid[])) order by subject for update`)
      ).map(row => [hex(row.subject), row]),
    )
    const rows = new Map(
      (
        await tx.rows<Row>(sql`
          select ${shown}, v.subject, v.subscriber_id, v.session_hash, v.action_hash, v.block_hash, v.country, v.address, v.network, v.device, v.is_first, v.is_known,
            v.sign_in_id, v.code_hash, ${isReplaced} as is_replaced, (select external_id from subscriber s where s.id = v.subscriber_id) as subscriber, ${sendsLeft(now)} as sends_left
          from verification v where v.id = any(${ids}::uuid[]) order by v.id for update of v`)
      ).map(row => [row.id, row]),
    )
    const places = tries.map(one => traceOf(keys, one))
    const counts = await wrongOf(
      tx,
      places.flatMap(({ address, network }) => [address, network]),
      now,
    )
    const saved = await savedCodes(tx, keys, tries, rows)
    const changes = {
      rows: new Set<Row>(),
      subjects: new Set<Subject>(),
      known: new Map<string, Row>(),
      saved: [] as Saved[],
    }
    const counted = new Map<string, { what: Counted; key: string; n: number }>()
    const count = (what: Counted, key: Uint8Array | null, by = 1) => {
      if (key === null) return
      const name = `${what} ${hex(key)}`
      const one = counted.get(name) ?? { what, key: base64(key)!, n: 0 }
      one.n += by
      counted.set(name, one)
    }

    const judge = (one: Try, i: number): Checked => {
      const row = rows.get(one.id)
      const subject = row && subjects.get(hex(row.subject))
      if (!row || !subject) return 'unknown'
      const { address, network } = places[i]!
      const account: Account = {
        ...{ isKnown: row.is_known, wrong: subject.wrong, knownWrong: subject.known_wrong, wrongAt: subject.wrong_at },
      }
      const mine: Counts = {
        'address.wrong': (address && counts.get(`address.wrong ${hex(address)}`)) ?? 0,
        'network.wrong': (network && counts.get(`network.wrong ${hex(network)}`)) ?? 0,
      }
      const answer = (result: 'approved' | 'wrong' | 'over'): Checked => ({
        ...{ result, verification: viewOf(row, row.sends_left, now) },
        subscriber: result === 'approved' ? row.subscriber : null,
      })
      // A code that would live longer than any: the clock went back.
      const isOld = row.expires_at <= now || row.expires_at.getTime() > now.getTime() + longestMs
      if (row.state !== 'pending' || row.is_replaced || isOld || row.checks >= mostChecks) return answer('over')
      if (row.purpose === 'recovery' && one.recoveryCode === undefined && one.checkedBy === undefined)
        return 'second_missing'
      const tooMuch = tooManyTries(account, mine, protection(), now)
      if (tooMuch) return { tooMuch }
      const wrong = () => {
        told.push({ id: row.id, what: 'wrong', at: now })
        for (const [what, key] of [
          ['address.wrong', address],
          ['network.wrong', network],
        ] as const) {
          count(what, key)
          if (key) counts.set(`${what} ${hex(key)}`, (counts.get(`${what} ${hex(key)}`) ?? 0) + 1)
        }
        count('all.wrong', row.is_known ? null : everyone)
        return answer('wrong')
      }
      // From another session, or for another action, no code is right, so it is no try of this one: a stranger who learned
      // an id could use up the owner's tries otherwise.
      if (row.session_hash && !isOneOf(row.session_hash, sessionHashes(keys, one.session))) return wrong()
      if (one.purpose !== undefined && one.purpose !== row.purpose) return wrong()
      if ((one.action || row.action_hash) && !isOneOf(row.action_hash, actionHashes(keys, one.action))) return wrong()
      const isRight = codeHashes(keys, row.id, row.sends, digitsOf(one.code))
        .map(hash => timingSafeEqual(hash, Buffer.from(row.code_hash)))
        .includes(true)
      const second = secondOf(keys, row, one, saved)
      changes.rows.add(row)
      changes.subjects.add(subject)
      // Which of the two things of a recovery was wrong is not said.
      if (!isRight || second === null) {
        row.checks++
        if (row.is_known) subject.known_wrong++
        else {
          subject.wrong++
          subject.wrong_at = now
        }
        return wrong()
      }
      row.state = 'approved'
      if (second !== 'checked') {
        saved.delete(`${second.subscriberId} ${hex(second.hash)}`)
        changes.saved.push(second)
      }
      if (row.purpose === 'recovery' && row.subscriber !== null)
        recovered.push({ id: row.id, subscriber: row.subscriber })
      if (row.sign_in_id !== null) passed.push(row.sign_in_id)
      row.ended_at = now
      subject.wrong = 0
      subject.known_wrong = 0
      subject.wrong_at = null
      if (row.device) changes.known.set(`${hex(row.subject)} ${hex(row.device)}`, row)
      count('all.right', everyone)
      // Each number counts once a day, so that nobody makes up for others by getting their own right again and again.
      if (row.is_first) count('block.right', row.block_hash)
      count('country.right', row.country === null ? null : Buffer.from(row.country))
      // Who got it right takes no part of what others may ask for from there.
      for (const [what, key] of [
        ['address', row.address],
        ['network', row.network],
        ['device', row.device],
      ] as const)
        count(what, key, -1)
      told.push({ id: row.id, what: 'approved', at: now })
      return answer('approved')
    }
    const verdicts = tries.map(judge)
    if (changes.rows.size + counted.size > 0) await store(tx, changes, [...counted.values()], now)
    return verdicts
  }, urgency.strict)
  // Never in the way of the answer: who can't be told has recovered their account nevertheless. What is left is the sweep's.
  await Promise.allSettled([
    ...recovered.map(one => tellRecovered(deps, one)),
    ...passed.map(id => settleSignIn(deps, id, true)),
  ])
  if (told.length > 0) events.emit('verification.moved', told)
  return answers
}

interface Saved {
  subscriberId: string
  hash: Buffer
}

/** Of the saved codes that were given, those that are theirs and unused. They are locked, so that one serves once. */
async function savedCodes(
  tx: Statements,
  keys: KeyRing,
  tries: readonly Try[],
  rows: ReadonlyMap<string, Row>,
): Promise<Set<string>> {
  const asked = tries.flatMap(one => {
    const row = rows.get(one.id)
    return row?.subscriber_id && row.purpose === 'recovery' && one.recoveryCode !== undefined
      ? [{ id: row.subscriber_id, hashes: recoveryHashes(keys, row.subscriber_id, one.recoveryCode) }]
      : []
  })
  if (asked.length === 0) return new Set()
  const found = await tx.rows<{ subscriber_id: string; hash: Sealed }>(sql`
    select subscriber_id, hash from recovery_code where used_at is null and subscriber_id = any(${asked.map(one => one.id)}::uuid[])
      and hash = any(${asked.flatMap(one => one.hashes)}) order by subscriber_id, hash for update`)
  return new Set(found.map(row => `${row.subscriber_id} ${hex(row.hash)}`))
}

/** The second thing beside a code: `checked` where none is asked or the service made sure by itself; null where it is wrong. */
function secondOf(keys: KeyRing, row: Row, one: Try, saved: ReadonlySet<string>): Saved | 'checked' | null {
  if (row.purpose !== 'recovery' || one.recoveryCode === undefined) return 'checked'
  const { subscriber_id: subscriberId } = row
  if (subscriberId === null) return null
  const hash = recoveryHashes(keys, subscriberId, one.recoveryCode).find(hash =>
    saved.has(`${subscriberId} ${hex(hash)}`),
  )
  return hash ? { subscriberId, hash } : null
}

/** As a right code would. False where there is no such subscriber. */
export async function clearWrongCodes(tx: Statements, keys: KeyRing, subscriber: string): Promise<boolean> {
  await tx.rows(sql`
    update verification_subject set wrong = 0, known_wrong = 0, wrong_at = null where subject = any(${accountHashes(keys, subscriber)})`)
  return (await tx.rows(sql`select from subscriber where external_id = ${subscriber} and erased_at is null`)).length > 0
}

/** Tells what a process that died did not: of recoveries of the last hour. */
async function tellRecoveries(deps: CheckDeps): Promise<void> {
  const now = deps.clock.now().getTime()
  const rows = await deps.db.rows<{ id: string; subscriber: string }>(sql`
    select v.id, s.external_id as subscriber from verification v join subscriber s on s.id = v.subscriber_id
    where v.purpose = 'recovery' and v.state = 'approved' and v.ended_at > ${new Date(now - 3_600_000)}
      and v.ended_at < ${new Date(now - 10_000)} and s.external_id is not null
      and not exists (select from idempotency i where i.api_key_id = 'recovery' and i.key = v.id::text) limit 500`)
  for (const row of rows) await tellRecovered(deps, row)
}

/** Sign-ins of the last hour whose code was right, and that nobody settled. */
async function settleLeft(deps: CheckDeps): Promise<void> {
  const now = deps.clock.now().getTime()
  const rows = await deps.db.rows<{ id: string }>(sql`
    select i.id from verification v join sign_in i on i.id = v.sign_in_id
    where v.sign_in_id is not null and v.state = 'approved' and v.ended_at > ${new Date(now - 3_600_000)}
      and v.ended_at < ${new Date(now - 10_000)} and i.is_theirs is null limit 500`)
  for (const { id } of rows) await settleSignIn(deps, id, true)
}

/** Their phone is told, with the way to undo it; their other addresses are the service's to tell. */
async function tellRecovered(
  { accept, accountUrl }: CheckDeps,
  { id, subscriber }: { id: string; subscriber: string },
) {
  await accept({
    to: { subscriber },
    purpose: 'alert.security',
    content: { template: 'alert.recovered', data: { link: accountUrl } },
    ...{ notBefore: null, expiresAt: null },
    idempotency: { apiKeyId: 'recovery', key: id, bodyHashes: [Buffer.from('alert.recovered')] },
  })
}

/** How many were wrong in this window, of addresses and networks. */
async function wrongOf(tx: Statements, keys: readonly (Buffer | null)[], now: Date): Promise<Map<string, number>> {
  const asked = keys.filter(key => key !== null)
  if (asked.length === 0) return new Map()
  // One by one: as a join, all that was counted in this window would be read.
  const rows = await tx.rows<{ what: string; key: Sealed; n: string | null }>(sql`
    select what, key, (
      select n from verification_count c where c.what = w.what and c.key = k.key and c.from_at = ${windowAt('address.wrong', now)}) as n
    from unnest(array['address.wrong', 'network.wrong']) as w(what), unnest(${asked}::bytea[]) as k(key)`)
  return new Map(rows.map(({ what, key, n }) => [`${what} ${hex(key)}`, Number(n ?? 0)]))
}

interface Changes {
  rows: ReadonlySet<Row>
  subjects: ReadonlySet<Subject>
  /** Devices that had a right code. */
  known: ReadonlyMap<string, Row>
  /** Recovery codes that were used. */
  saved: readonly Saved[]
}

async function store(
  tx: Statements,
  { rows, subjects, known, saved }: Changes,
  counted: readonly { what: Counted; key: string; n: number }[],
  now: Date,
): Promise<void> {
  const tried = [...rows].map(({ id, state, checks, ended_at }) => ({ id, state, checks, ended_at }))
  const accounts = [...subjects].map(one => ({ ...one, subject: base64(one.subject) }))
  const devices = [...known.values()].map(row => ({ subject: base64(row.subject), device: base64(row.device) }))
  const used = saved.map(one => ({ id: one.subscriberId, hash: base64(one.hash) }))
  const windows = counted.map(one => ({ ...one, from_at: windowAt(one.what, now) }))
  await tx.rows(sql`
    with tried as (
      update verification v set state = r.state, checks = r.checks, ended_at = r.ended_at
      from json_to_recordset(${rowset(tried)}) as r(id uuid, state text, checks smallint, ended_at timestamptz) where v.id = r.id
    ), accounts as (
      update verification_subject s set wrong = r.wrong, known_wrong = r.known_wrong, wrong_at = r.wrong_at, at = ${now}
      from json_to_recordset(${rowset(accounts)}) as r(subject text, wrong int, known_wrong int, wrong_at timestamptz)
      where s.subject = decode(r.subject, 'base64')
    ), used as (
      update recovery_code c set used_at = ${now} from json_to_recordset(${rowset(used)}) as r(id uuid, hash text)
      where c.subscriber_id = r.id and c.hash = decode(r.hash, 'base64')
    ), devices as (
      insert into verification_device (subject, device, at)
      select decode(subject, 'base64'), decode(device, 'base64'), ${now} from json_to_recordset(${rowset(devices)}) as r(subject text, device text)
      on conflict (subject, device) do update set at = excluded.at
    )
    insert into verification_count as c (what, key, from_at, n)
    select what, decode(key, 'base64') as key, from_at, n
    from json_to_recordset(${rowset(windows)}) as r(what text, key text, from_at timestamptz, n bigint)
    order by what, key on conflict (what, key, from_at) do update set n = c.n + excluded.n`)
}

const isOneOf = (stored: Sealed | null, hashes: readonly Buffer[]): boolean =>
  stored !== null && hashes.some(hash => hash.equals(stored))
const hex = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
