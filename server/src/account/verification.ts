// One code, sent and checked. Who asks is answered once the request is stored, and the text follows: so the answer is the
// same, and takes as long, whether or not there is such an account. What decides is in limits.ts; take.ts counts.
import { randomBytes } from 'node:crypto'
import type {
  ApprovedAction,
  NewVerification,
  Protection,
  StartedVerification,
  Verification,
  VerificationPurpose,
  VerificationView,
} from '@usher/contract/verification'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { Answer, Ask } from '../message/accept.ts'
import { cancelOne, tellCancelled } from '../message/cancel.ts'
import type { State } from '../message/message.ts'
import type { Purpose } from '../message/purpose.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { rowset, type Sql, sql } from '../store/sql.ts'
import { type AllowedRange, readNumber } from '../subscriber/number.ts'
import { advise } from './advice.ts'
import {
  type Counted,
  isSprayed,
  longDigits,
  mostChecks,
  mostSends,
  type NotSent,
  notSent,
  sendWindowMs,
  type TooMuch,
  tooManySends,
  windowAt,
} from './limits.ts'
import type { AskSimSwap } from './sim-swap.ts'
import { type Asker, everyone, type Taken, take, traceOf } from './take.ts'

export interface VerificationDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  allowedRanges: readonly AllowedRange[]
  accept: (ask: Ask) => Promise<Answer>
  protection: () => Protection
  /** Whether codes may go to a country where nobody was named but a number. */
  isOpen: (country: string | null) => Promise<boolean>
  /** Whether another carrier could take it now. */
  hasAnother: (kind: { country: string | null; purpose: Purpose }, channel: string) => boolean
  /** Null: no operator is asked. */
  simSwap: AskSimSwap | null
  /** A whole number under `below`, from the system's generator. */
  randomInt: (below: number) => number
}

interface Watched {
  id: string
  sends: number
  purpose: VerificationPurpose
  message_id: string | null
  channel: string | null
  country: string | null
}

export interface Verifier {
  start(asked: Asked): Promise<StartedVerification | StartProblem>
  resend(id: string, by: Asker & { avoid?: readonly string[] | undefined }): Promise<Verification | StartProblem>
  cancel(id: string): Promise<Verification | 'unknown' | 'over'>
  read(id: string): Promise<VerificationView | undefined>
  /** Makes new codes where one never left, or did not arrive and another carrier was asked for. */
  sweep(): Promise<void>
  /** Whether codes are tried on many accounts just now, as far as was seen last. */
  isAttacked(): boolean
  /** Resolves once every code that was begun is on its way. */
  drained(): Promise<void>
}

export interface Asked extends Omit<NewVerification, 'hasStronger'> {
  hasStronger?: boolean
  /** The sign-in that is challenged by it, and settled once the code was right. */
  signIn?: string | undefined
  /** In place of the template; `{{code}}` stands for the code. */
  text?: string
}

export type StartProblem = { tooMuch: TooMuch } | { refused: NotSent } | 'invalid_number' | 'unknown' | 'over'

/** Whom a verification is for, and what its text says; sealed, for the next code is made from it. */
interface Target {
  purpose: VerificationPurpose
  subscriber?: string | undefined
  number?: string | undefined
  action?: ApprovedAction | undefined
  locale?: string | undefined
  /** In place of the template; `{{code}}` stands for the code. */
  text?: string | undefined
}

/** What everybody may be shown of a verification. */
export interface Shown {
  id: string
  purpose: VerificationPurpose
  state: 'pending' | 'approved' | 'cancelled'
  sends: number
  tag: string | null
  checks: number
  expires_at: Date
  made_at: Date
  ended_at: Date | null
}

interface Resendable extends Shown {
  data_key: Sealed
  target: Sealed
  is_known: boolean
  message_id: string | null
  not_sent: string | null
  code_hash: Sealed
  code_at: Date
}

/** What a protection may set at most. */
const longestMinutes = 10
const hasGoneWrong = (since: Date) => sql`(m.state in ('rejected', 'unanswered', 'undeliverable', 'unconfirmed')
  or (m.state = 'submitted' and m.submitted_at <= ${since}))`
/** After so long without a receipt another carrier is tried. */
const receiptMs = 8_000
/** A code that was promised and never left is made anew after so long: its process died. */
const takenUpMs = 10_000
/** A verification can be asked for another code for so long. */
const resendableMs = 60 * 60_000
/** Asked for before anybody showed a password: what follows from how the text fares would tell whether there is such an account. */
const beforePassword: ReadonlySet<VerificationPurpose> = new Set(['reset', 'recovery'])
/** Said aloud, none is taken for another, and two characters make no word. */
const tagLetters = 'CDFGHJKLMNPQRTVWXZ'
export const codePlace = '{{code}}'

export const codeHashes = (keys: KeyRing, id: string, sends: number, code: string): Buffer[] =>
  keys.hashes(`verification ${id} ${sends} ${code}`)
/** Of the account of a subscriber, whether there is one or not. */
export const accountHashes = (keys: KeyRing, subscriber: string): Buffer[] => keys.hashes(`account ${subscriber}`)
export const sessionHashes = (keys: KeyRing, session: string | undefined): Buffer[] =>
  session === undefined ? [] : keys.hashes(`session ${session}`)
export const actionHashes = (keys: KeyRing, action: ApprovedAction | undefined): Buffer[] =>
  action === undefined ? [] : keys.hashes(`action ${JSON.stringify([action.what, action.amount ?? null])}`)

export function verifier(deps: VerificationDeps): Verifier {
  const { db, keys, clock, events, protection, randomInt } = deps
  const tell = (id: string, what: string) => events.emit('verification.moved', [{ id, what, at: clock.now() }])

  /** As the counts said that were read last. */
  let isSpraying = false
  const newCode = (): string => {
    const digits = isSpraying ? longDigits : protection().digits
    return String(randomInt(10 ** digits)).padStart(digits, '0')
  }
  const newTag = () => `${randomInt(8) + 2}${tagLetters[randomInt(tagLetters.length)]}`
  const expiry = (now: Date) => new Date(now.getTime() + protection().minutes * 60_000)

  const underWay = new Set<Promise<void>>()
  /** The caller is answered meanwhile; what breaks here is taken up by the sweep. */
  function begin(work: () => Promise<unknown>): void {
    const doing: Promise<void> = work()
      .then(
        () => undefined,
        error => events.emit('work.failed', { what: 'sending a code', error: String(error) }),
      )
      .finally(() => underWay.delete(doing))
    underWay.add(doing)
  }

  const personOf = (target: Target): Sql | 'invalid_number' => {
    if (target.subscriber !== undefined)
      return sql`select id, country, number_hash, block_hash from subscriber
        where external_id = ${target.subscriber} and erased_at is null`
    const read = readNumber(target.number!, deps.allowedRanges)
    if (typeof read === 'string') return 'invalid_number'
    return sql`select null::uuid as id, ${read.country}::text as country, ${keys.hash(read.msisdn)}::bytea as number_hash,
      ${keys.blockHash(read.msisdn)}::bytea as block_hash`
  }
  const isVoip = (number: string | undefined): boolean => {
    const read = number === undefined ? 'none' : readNumber(number, deps.allowedRanges)
    return typeof read !== 'string' && read.network === 'voip'
  }
  const subjectsOf = ({ subscriber, number }: Target) =>
    subscriber === undefined ? keys.hashes(`account by number ${number}`) : accountHashes(keys, subscriber)

  /** Counts and stores a code, and sends it. */
  async function issue(
    id: string,
    target: Target,
    by: Asker & { avoid?: readonly string[] | undefined },
    statements: {
      replace: Sql
      store: (code: string, expiresAt: Date) => Sql
      /** Puts everything back as it was, where the code was one too many: what never leaves could not come back right. */
      undo: Sql
    },
    wasKnown: boolean,
    now: Date,
  ): Promise<{ taken: Taken; expiresAt: Date } | StartProblem> {
    const person = personOf(target)
    if (person === 'invalid_number') return person
    const code = newCode()
    const expiresAt = expiry(now)
    const store = statements.store(code, expiresAt)
    const taken = await take(
      { db, keys },
      { subjects: subjectsOf(target), person, by, wasKnown, replace: statements.replace, store, now },
    )
    isSpraying = isSprayed(taken.counts, protection())
    const tooMuch = taken.full ?? tooManySends(taken.account, taken.counts, protection(), now)
    if (tooMuch) {
      if (taken.stored) await db.rows(statements.undo, urgency.strict)
      tell(id, 'too_much')
      return { tooMuch }
    }
    // Another request for a code of the same verification came between, or it was used.
    if (!taken.stored) return 'over'
    const { sends, tag } = taken.stored
    if (!taken.isThere) {
      tell(id, 'started')
      return { taken, expiresAt }
    }
    const isByNumber = target.number !== undefined
    const isOpen = !isByNumber || (await deps.isOpen(taken.country))
    const why = notSent(taken.account, { ...taken, isByNumber, isOpen }, taken.counts, protection())
    tell(id, 'started')
    const follow = async (): Promise<NotSent | null> => {
      const because = why ?? (await swapped(target))
      if (because !== null) await noteNotSent(id, sends, because, now)
      return because
    }
    const sending = { code, tag, avoid: by.avoid, expiresAt, replaced: taken.replaced, at: now }
    if (isByNumber) {
      // A number that is named by itself belongs to no account: it may be said at once why it gets none.
      const because = await follow()
      if (because !== null) return { refused: because }
      begin(() => send(id, sends, target, sending))
    } else
      begin(async () => {
        if ((await follow()) === null) await send(id, sends, target, sending)
      })
    return { taken, expiresAt }
  }

  /** Where an operator is asked: why its answer keeps a code back. */
  async function swapped({ subscriber, number, purpose }: Target): Promise<NotSent | null> {
    if (!deps.simSwap) return null
    const whole = number ?? (await numberOf(subscriber!))
    if (whole === undefined) return null // accept says that there is none
    const said = await deps.simSwap(whole, protection().simSwapHours)
    if (said.kind === 'swapped') return 'sim_swapped'
    const isRefused = purpose === 'recovery' || protection().simSwapUnknown === 'refuse'
    return said.kind === 'unknown' && isRefused ? 'sim_unknown' : null
  }
  async function numberOf(subscriber: string): Promise<string | undefined> {
    const [row] = await db.rows<{ data_key: Sealed; number: Sealed }>(
      sql`select data_key, number from subscriber where external_id = ${subscriber} and data_key is not null and number is not null`,
      urgency.strict,
    )
    return row && unseal(keys.unwrap(row.data_key), row.number, 'number')
  }

  async function send(
    id: string,
    sends: number,
    { subscriber, number, purpose, action, locale, text }: Target,
    one: {
      code: string
      tag: string | null
      avoid: readonly string[] | undefined
      expiresAt: Date
      replaced: readonly string[]
      /** When it was counted. */
      at: Date
    },
  ): Promise<void> {
    const { code, tag, avoid, expiresAt } = one
    const data = {
      ...{ code, minutes: protection().minutes, tag: tag ?? '' },
      ...(action === undefined ? {} : { action: action.what, amount: action.amount ?? '' }),
    }
    const answer = await deps.accept({
      to: subscriber === undefined ? { number: number! } : { subscriber },
      purpose: `code.${purpose}`,
      content:
        text === undefined ? { template: `code.${purpose}`, data, locale } : { text: text.replaceAll(codePlace, code) },
      ...{ notBefore: null, expiresAt, idempotency: null },
      ...(avoid === undefined ? {} : { avoid }),
    })
    if (answer.kind === 'problem') return noteNotSent(id, sends, answer.problem, one.at)
    const { state, reasons } = answer.acceptance
    if (state === 'refused') return noteNotSent(id, sends, reasons.at(-1)?.rule ?? 'refused', one.at)
    await sent.push({ id, sends, message_id: answer.acceptance.id })
    tell(id, 'sending')
    // The code before this one is dead: where its text still waits, it does not go out.
    const now = clock.now()
    for (const old of one.replaced) tellCancelled(events, await cancelOne(db, old, now), 'asked', now)
  }

  const sent = new Batcher<{ id: string; sends: number; message_id: string }, void>({
    ...{ size: 500, waitMs: 5, parallel: 1 },
    async work(rows) {
      await db.rows(sql`
        with r as (select * from json_to_recordset(${rowset(rows)}) as r(id uuid, sends int, message_id uuid)),
        noted as (update verification v set message_id = r.message_id from r where v.id = r.id and v.sends = r.sends)
        insert into verification_count as c (what, key, from_at, n)
        select 'spend', ${everyone}, ${windowAt('spend', clock.now())}, sum(cost_micros)
        from message join r on r.message_id = message.id having sum(cost_micros) > 0
        on conflict (what, key, from_at) do update set n = c.n + excluded.n`)
      return rows.map(() => undefined)
    },
  })

  /** No code can be right that nobody was sent. */
  async function noteNotSent(id: string, sends: number, why: string, countedAt: Date): Promise<void> {
    await db.rows(sql`
      with noted as (
        update verification set not_sent = ${why}, code_hash = ${randomBytes(16)} where id = ${id} and sends = ${sends} returning ${counted}
      ), less as (${uncount(sql`noted`, sends, countedAt)})
      insert into verification_count as c (what, key, from_at, n)
      select 'country.refused', convert_to(country, 'UTF8'), ${windowAt('country.refused', clock.now())}, 1 from noted where country is not null
      on conflict (what, key, from_at) do update set n = c.n + 1`)
    tell(id, 'refused')
  }

  return {
    async start({ session, anotherCarrier, ip, device, hasStronger = false, signIn, ...target }) {
      const now = clock.now()
      const id = newId(now)
      const sessions = sessionHashes(keys, session)
      const trace = traceOf(keys, { ip, device })
      const { key, wrapped } = keys.newDataKey()
      const subjects = subjectsOf(target)
      const issued = await issue(
        id,
        target,
        { ip, device },
        {
          replace: sql`
            update verification set state = 'cancelled', ended_at = ${now} where state = 'pending' and subject = any(${subjects})
              and purpose = ${target.purpose} and exists (select from granted)
              and ${session === undefined ? sql`session_hash is null` : sql`session_hash = any(${sessions})`} returning message_id`,
          store: (code, expiresAt) => sql`
            insert into verification (id, subject, subscriber_id, data_key, target, purpose, session_hash, action_hash, device, address,
              network, number_hash, block_hash, country, is_first, is_known, wants_another, has_stronger, sign_in_id, state, sends, tag, code_hash, code_at,
              expires_at, not_sent, made_at)
            select ${id}::uuid, ${subjects[0]}, subscriber_id, ${wrapped}, ${seal(key, JSON.stringify(target), 'verification')},
              ${target.purpose}, ${sessions[0] ?? null}::bytea, ${actionHashes(keys, target.action)[0] ?? null}::bytea,
              ${trace.device}::bytea, ${trace.address}::bytea, ${trace.network}::bytea, number_hash, block_hash, country, is_first, is_known,
              ${anotherCarrier && !beforePassword.has(target.purpose)}, ${hasStronger}, ${signIn ?? null}::uuid, 'pending', 1, case when is_again then ${newTag()}::text end,
              case when is_there then ${codeHashes(keys, id, 1, code)[0]}::bytea else ${randomBytes(16)}::bytea end,
              ${now}, ${expiresAt}, case when is_there then null else 'no_account' end, ${now}
            from granted returning sends, tag`,
          undo: sql`
            with gone as (delete from verification where id = ${id} returning ${counted}), less as (${uncount(sql`gone`, 1, now)})
            update verification set state = 'pending', ended_at = null
            where subject = any(${subjects}) and state = 'cancelled' and ended_at = ${now}`,
        },
        false,
        now,
      )
      if (typeof issued === 'string' || !('taken' in issued)) return issued
      const { taken, expiresAt } = issued
      const view = viewOf(
        {
          ...{ id, purpose: target.purpose, state: 'pending', sends: 1, tag: taken.stored!.tag, checks: 0 },
          ...{ expires_at: expiresAt, made_at: now, ended_at: null },
        },
        taken.sendsLeft,
        now,
      )
      // Of an account nothing is said here; a number that is named by itself belongs to none.
      const { purpose, locale } = target
      return {
        ...view,
        advice: advise({ purpose, locale, hasStronger, isAttacked: isSpraying, isVoip: isVoip(target.number) }),
      }
    },

    async resend(id, by) {
      const now = clock.now()
      const [row] = await db.rows<Resendable>(
        sql`select ${shown}, data_key, target, is_known, message_id, not_sent, code_hash, code_at from verification v where id = ${id}`,
        urgency.strict,
      )
      if (!row) return 'unknown'
      if (row.state !== 'pending' || row.made_at.getTime() + resendableMs <= now.getTime()) return 'over'
      const target: Target = JSON.parse(unseal(keys.unwrap(row.data_key), row.target, 'verification'))
      const sends = row.sends + 1
      const issued = await issue(
        id,
        target,
        by,
        {
          replace: sql`select ${row.message_id}::uuid as message_id from granted`,
          store: (code, expiresAt) => sql`
            update verification v set sends = ${sends}, tag = ${newTag()}, checks = 0, code_at = ${now}, expires_at = ${expiresAt},
              message_id = null, not_sent = case when g.is_there then null else 'no_account' end,
              code_hash = case when g.is_there then ${codeHashes(keys, id, sends, code)[0]}::bytea else ${randomBytes(16)}::bytea end
            from granted g where v.id = ${id} and v.state = 'pending' and v.sends = ${row.sends} returning v.sends, v.tag`,
          undo: sql`
            with back as (
            update verification set sends = ${row.sends}, tag = ${row.tag}, checks = ${row.checks}, code_at = ${row.code_at},
              expires_at = ${row.expires_at}, message_id = ${row.message_id}, not_sent = ${row.not_sent}, code_hash = ${row.code_hash}
            where id = ${id} and sends = ${sends} and state = 'pending' returning ${counted})
            ${uncount(sql`back`, sends, now)}`,
        },
        row.is_known,
        now,
      )
      if (typeof issued === 'string' || !('taken' in issued)) return issued
      const { taken, expiresAt } = issued
      return viewOf({ ...row, sends, tag: taken.stored!.tag, checks: 0, expires_at: expiresAt }, taken.sendsLeft, now)
    },

    async cancel(id) {
      const now = clock.now()
      const [row] = await db.rows<Shown & { message_id: string | null }>(sql`
        update verification v set state = 'cancelled', ended_at = ${now} where id = ${id} and state = 'pending' returning ${shown}, message_id`)
      if (!row) return (await db.rows(sql`select from verification where id = ${id}`)).length > 0 ? 'over' : 'unknown'
      if (row.message_id !== null) tellCancelled(events, await cancelOne(db, row.message_id, now), 'asked', now)
      tell(id, 'cancelled')
      return viewOf(row, 0, now)
    },

    async read(id) {
      const now = clock.now()
      const [row] = await db.rows<
        Shown & {
          message_id: string | null
          not_sent: string | null
          is_there: boolean
          message: State | null
          reason: string | null
          channel: string | null
          sends_left: number
          data_key: Sealed
          target: Sealed
          has_stronger: boolean
          locale: string | null
          network: string | null
        }
      >(sql`
        select ${shown}, v.message_id, v.not_sent, m.state as message, m.reason, m.channel, ${sendsLeft(now)} as sends_left,
          v.data_key, v.target, v.has_stronger, s.locale, s.network
        from verification v left join message m on m.id = v.message_id left join subscriber s on s.id = v.subscriber_id
        where v.id = ${id}`)
      if (!row) return undefined
      const delivery = {
        state:
          row.not_sent === 'no_account'
            ? ('none' as const)
            : row.not_sent !== null
              ? ('refused' as const)
              : deliveryOf[row.message ?? 'queued'],
        ...{ reason: row.not_sent ?? row.reason, carrier: row.channel, message: row.message_id },
      }
      const view = viewOf(row, row.sends_left, now)
      const target: Target = JSON.parse(unseal(keys.unwrap(row.data_key), row.target, 'verification'))
      return {
        ...view,
        advice: advise({
          ...{ purpose: row.purpose, hasStronger: row.has_stronger, isAttacked: isSpraying },
          locale: row.locale ?? target.locale,
          isVoip: row.network === 'voip' || isVoip(target.number),
          isSwapped: row.not_sent === 'sim_swapped',
        }),
        delivery,
        version: [view.state, view.sends, row.checks, delivery.state, row.message ?? ''].join('.'),
      }
    },

    async sweep() {
      const now = clock.now()
      const ago = (ms: number) => new Date(now.getTime() - ms)
      // No code lives longer than that, and the index is by when it was made.
      const isLive = sql`v.state = 'pending' and v.code_at > ${ago(longestMinutes * 60_000)} and v.expires_at > ${now}`
      const lost = await db.rows<Watched>(sql`
        select v.id, v.sends, v.purpose, null::uuid as message_id, null as channel, v.country from verification v
        where ${isLive} and v.message_id is null and v.not_sent is null and v.code_at <= ${ago(takenUpMs)} limit 500`)
      const swallowed = await db.rows<Watched>(sql`
        select v.id, v.sends, v.purpose, v.message_id, m.channel, m.country from verification v join message m on m.id = v.message_id
        where ${isLive} and v.wants_another and v.message_id is not null and ${hasGoneWrong(ago(receiptMs))} limit 500`)
      for (const one of [...lost, ...swallowed]) {
        // Where nothing else works, a second text by the same way would only kill the code that may still come.
        if (
          one.channel !== null &&
          !deps.hasAnother({ country: one.country, purpose: `code.${one.purpose}` }, one.channel)
        )
          continue
        // One process, and only while it is as it was seen.
        const mine =
          one.message_id === null
            ? await db.rows(sql`
                update verification set code_at = ${now} where id = ${one.id} and sends = ${one.sends} and message_id is null
                  and not_sent is null and code_at <= ${ago(takenUpMs)} returning id`)
            : await db.rows(sql`
                update verification v set wants_another = false from message m where v.id = ${one.id} and v.wants_another
                  and v.message_id = ${one.message_id} and m.id = v.message_id and ${hasGoneWrong(ago(receiptMs))} returning v.id`)
        if (mine.length > 0) await this.resend(one.id, one.channel === null ? {} : { avoid: [one.channel] })
      }
    },

    isAttacked: () => isSpraying,

    async drained() {
      while (underWay.size > 0) await Promise.all(underWay)
      await sent.drained()
    },
  }
}

/** What a row tells of where its code was counted. */
const counted = sql`number_hash, block_hash, country, is_first`
/** Takes codes back from what counts as sent: of rows named so, which answer `counted`. It goes with whatever says why. */
const uncount = (rows: Sql, sends: number, at: Date): Sql => {
  const begin = (what: Counted) => sql`${windowAt(what, at)}::timestamptz`
  return sql`
    insert into verification_count as c (what, key, from_at, n)
    select what, key, from_at, -1 from (
      select 'block.sent' as what, block_hash as key, ${begin('block.sent')} as from_at from ${rows}
        where block_hash is not null and is_first and ${sends === 1}::boolean
      union all select 'country.sent', convert_to(country, 'UTF8'), ${begin('country.sent')} from ${rows} where country is not null
      union all select 'number', number_hash, ${begin('number')} from ${rows} where number_hash is not null
    ) each order by what, key
    on conflict (what, key, from_at) do update set n = c.n + excluded.n`
}

export const shown = sql`v.id, v.purpose, v.state, v.sends, v.tag, v.checks, v.expires_at, v.made_at, v.ended_at`

/** How many codes their account may still be sent, in the ten minutes up to now. */
export const sendsLeft = (now: Date) => sql`greatest(0, ${mostSends} - (
  select count(*) from verification_subject s, unnest(case when v.is_known then s.known_sends else s.sends end) t
  where s.subject = v.subject and t > ${new Date(now.getTime() - sendWindowMs)}))::int`

export function viewOf(row: Shown, sendsLeft: number, now: Date): Verification {
  const isPending = row.state === 'pending'
  const isOld = isPending && row.expires_at <= now
  return {
    ...{ id: row.id, purpose: row.purpose, state: isOld ? 'expired' : row.state, tag: row.tag, sends: row.sends },
    sendsLeft: isPending ? sendsLeft : 0,
    checksLeft: isPending && !isOld ? Math.max(0, mostChecks - row.checks) : 0,
    ...{ madeAt: row.made_at.toISOString(), expiresAt: row.expires_at.toISOString() },
    approvedAt: row.state === 'approved' ? row.ended_at!.toISOString() : null,
  }
}

const deliveryOf: Record<State, VerificationView['delivery']['state']> = {
  ...{
    accepted: 'sending',
    held: 'sending',
    submitting: 'sending',
    queued: 'sending',
    submitted: 'sent',
    delivered: 'delivered',
    refused: 'refused',
  },
  ...{ cancelled: 'undelivered', rejected: 'undelivered', undeliverable: 'undelivered', expired: 'undelivered' },
  ...{ unanswered: 'undelivered', unconfirmed: 'undelivered' },
}
