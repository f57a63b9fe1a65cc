// An alert asks whether it was them. It is stored before anybody is asked, so that a no has something to be about; then its
// text goes out, once. What an answer does is in alert-answer.ts.
import { timingSafeEqual } from 'node:crypto'
import type { AlertEvent, AlertFilter, AlertView, MadeAlert, NewAlert } from '@usher/contract/alert'
import type { Protection } from '@usher/contract/verification'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { Answer, Ask } from '../message/accept.ts'
import { cancelOne, tellCancelled } from '../message/cancel.ts'
import { guard } from '../message/guard.ts'
import type { State } from '../message/message.ts'
import { type Database, DatabaseAway, type Statements, type Urgency, urgency } from '../store/database.ts'
import { firstIdAt, newId } from '../store/id.ts'
import { type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { join, type Sql, sql } from '../store/sql.ts'
import { zonesOfCountry } from '../subscriber/zones.ts'

export interface AlertDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  accept: (ask: Ask) => Promise<Answer>
  protection: () => Protection
  /** The origin of the link domain; null: there are no pages. */
  linkUrl: string | null
}

/** What makes a request the same when it comes again: what it is about, or else a key of its caller. */
export interface AskedBy {
  caller: string
  key: string | undefined
  body: string
}

export type RaiseProblem = 'unknown_subscriber' | 'no_key' | 'key_reused'

export interface Alerts {
  raise(asked: NewAlert, by: AskedBy): Promise<{ alert: MadeAlert; isNew: boolean } | RaiseProblem>
  read(id: string): Promise<AlertView | undefined>
  list(filter: AlertFilter): Promise<{ items: AlertView[]; next: string | null }>
  withdraw(id: string): Promise<AlertView | 'unknown' | 'over'>
  /** Sends what was stored by a process that died before it had sent it. */
  sweep(): Promise<void>
  start(): void
  stop(): Promise<void>
}

/** What is sealed of an alert. */
interface Details {
  device: string | null
  place: string | null
  about: string | null
}

export interface AlertRow {
  id: string
  subscriber_id: string
  external_id: string
  data_key: Sealed
  zone: string | null
  country: string | null
  number_zones: string[]
  /** That the text was asked for in, or the subscriber's. */
  locale: string | null
  event: AlertEvent
  details: Sealed
  at: Date
  state: 'open' | 'confirmed' | 'denied' | 'withdrawn'
  choice: number | null
  message_id: string | null
  not_sent: string | null
  made_at: Date
  expires_at: Date
  ended_at: Date | null
  answered_by: 'text' | 'page' | null
  body_hash: Sealed | null
  message: State | null
  reason: string | null
}

const everyMs = 5_000
/** An alert under way is left alone for so long; later than this its text would only confuse. */
const [takenUpMs, worthMs] = [10_000, 3_600_000]
const keptDays = 180
const dayMs = 86_400_000
/** Why one is asked on its page alone: whoever makes alerts happen on purpose must not wear them out. */
export const tooMany = 'too_many_alerts'
/** A no counts for so long after the time for an answer. */
export const lateMs = 7 * dayMs
/** Of what a device or a place is called; who names them may not be the service. */
const longestName = 40

export const alertRows = (where: Sql): Sql => sql`
  select a.id, a.subscriber_id, s.external_id, s.data_key, s.zone, s.country, s.number_zones, coalesce(a.locale, s.locale) as locale,
    a.event, a.details, a.at, a.state, a.choice, a.message_id, a.not_sent, a.made_at, a.expires_at, a.ended_at, a.answered_by, a.body_hash,
    m.state as message, m.reason
  from alert a join subscriber s on s.id = a.subscriber_id left join message m on m.id = a.message_id
  where s.erased_at is null and ${where}`

export function alertDesk(deps: AlertDeps): Alerts {
  const { db, keys, clock, events, linkUrl } = deps
  const find = async (where: Sql, rank: Urgency = urgency.strict): Promise<AlertRow | undefined> =>
    (await db.rows<AlertRow>(alertRows(where), rank))[0]
  const made = (row: AlertRow): MadeAlert => ({
    ...viewOf(keys, row, clock.now()),
    page: linkUrl === null ? null : `${linkUrl}/a/${pageToken(keys, row.id)}`,
  })
  const tell = (row: AlertRow, what: string, at: Date) =>
    events.emit('alert.moved', [{ id: row.id, event: row.event, what, by: null, at }])

  /** Answers the row as it stands then. */
  async function send(row: AlertRow): Promise<AlertRow> {
    const { device, place, time } = wordsOf(keys, row, clock.now())
    const answer = await deps.accept({
      to: { subscriber: row.external_id },
      purpose: 'alert.security',
      content: {
        template: 'alert.security',
        data: { event: row.event, device, place, time },
        locale: row.locale ?? undefined,
      },
      ...{ notBefore: null, expiresAt: row.expires_at },
      // Taken up by another process, it is still one text.
      idempotency: { apiKeyId: 'alert', key: row.id, bodyHashes: [Buffer.from(row.id)] },
    })
    if (answer.kind === 'problem') {
      await db.rows(sql`update alert set not_sent = ${answer.problem} where id = ${row.id}`, urgency.strict)
      return { ...row, not_sent: answer.problem }
    }
    const { id, state, reasons } = answer.acceptance
    await db.rows(sql`update alert set message_id = ${id} where id = ${row.id}`, urgency.strict)
    return { ...row, message_id: id, message: state, reason: state === 'refused' ? reasons.at(-1)!.rule : null }
  }

  const sweep = async () => {
    const now = clock.now()
    const ago = (ms: number) => new Date(now.getTime() - ms)
    await db.rows(
      sql`update alert set not_sent = 'expired' where message_id is null and not_sent is null and made_at < ${ago(worthMs)}`,
      urgency.idle,
    )
    const rows = await db.rows<AlertRow>(
      sql`${alertRows(sql`a.message_id is null and a.not_sent is null and a.state = 'open' and a.made_at < ${ago(takenUpMs)}`)} limit 500`,
      urgency.idle,
    )
    for (const row of rows) await send(row)
  }
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  return {
    async raise(asked, { caller, key, body }) {
      const now = clock.now()
      const { subscriber, event, about, locale } = asked
      if (about === undefined && key === undefined) return 'no_key'
      const onces = keys.hashes(
        JSON.stringify(
          about === undefined ? ['alert', caller, key] : ['alert about', caller, subscriber, event, about],
        ),
      )
      const bodyHashes = keys.hashes(body)
      const [person] = await db.rows<{ id: string; data_key: Sealed }>(
        sql`select id, data_key from subscriber where external_id = ${subscriber} and erased_at is null`,
        urgency.strict,
      )
      if (!person) return 'unknown_subscriber'
      const known = await find(sql`a.once = any(${onces})`)
      const id = newId(now)
      const at = asked.at === undefined ? now : new Date(Math.min(Date.parse(asked.at), now.getTime()))
      const expiresAt = new Date(now.getTime() + asked.answerWithinHours * 3_600_000)
      const details: Details = { device: named(asked.device), place: named(asked.place), about: about ?? null }
      const stored = known
        ? []
        : await db.transaction(async tx => {
            // Whoever erases them waits, or has done so. Two of the same moment are counted one after the other.
            const [who] = await tx.rows<{ number_at: Date | null }>(sql`
              select number_at from subscriber where id = ${person.id} and erased_at is null and data_key = ${person.data_key}
              for no key update`)
            if (!who) return []
            const [lately] = await tx.rows<{ n: number }>(sql`
              select count(*)::int as n from alert where subscriber_id = ${person.id} and not_sent is null
                and made_at > ${new Date(now.getTime() - dayMs)}`)
            const notSent = lately!.n >= deps.protection().alertsPerDay ? tooMany : null
            return tx.rows<{ id: string }>(sql`
              insert into alert (id, once, body_hash, subscriber_id, number_at, event, details, locale, at, state, not_sent, made_at, expires_at)
              values (${id}, ${onces[0]}, ${about === undefined ? bodyHashes[0] : null}, ${person.id}, ${who.number_at}, ${event},
                ${seal(keys.unwrap(person.data_key), JSON.stringify(details), 'alert')}, ${locale ?? null}, ${at}, 'open', ${notSent},
                ${now}, ${expiresAt})
              on conflict (once) do nothing returning id`)
          }, urgency.strict)
      if (stored.length === 0) {
        const first = known ?? (await find(sql`a.once = any(${onces})`))
        if (!first) return 'unknown_subscriber'
        const isSame = first.body_hash === null || bodyHashes.some(hash => hash.equals(first.body_hash!))
        return isSame ? { alert: made(first), isNew: false } : 'key_reused'
      }
      const row = await find(sql`a.id = ${id}`)
      if (!row) return 'unknown_subscriber'
      const sent = row.not_sent === null ? await send(row) : row
      tell(row, row.not_sent === null ? 'asked' : 'unasked', now)
      return { alert: made(sent), isNew: true }
    },

    async read(id) {
      const row = await find(sql`a.id = ${id}`, urgency.report)
      return row && viewOf(keys, row, clock.now())
    },

    async list({ subscriber, state, cursor, limit }) {
      const now = clock.now()
      const where = [
        ...(subscriber === undefined ? [] : [sql`s.external_id = ${subscriber}`]),
        ...(cursor === undefined ? [] : [sql`a.id < ${cursor}::uuid`]),
        ...(state === undefined
          ? []
          : state === 'open'
            ? [sql`a.state = 'open' and a.expires_at > ${now}`]
            : state === 'expired'
              ? [sql`a.state = 'open' and a.expires_at <= ${now}`]
              : [sql`a.state = ${state}`]),
      ]
      const rows = await db.rows<AlertRow>(
        sql`${alertRows(join([sql`true`, ...where], sql` and `))} order by a.id desc limit ${limit + 1}`,
        urgency.report,
      )
      const items = rows.slice(0, limit)
      return {
        items: items.map(row => viewOf(keys, row, now)),
        next: rows.length > limit ? items.at(-1)!.id : null,
      }
    },

    async withdraw(id) {
      const now = clock.now()
      const done = await db.transaction(async tx => {
        const [row] = await tx.rows<{ message_id: string | null }>(sql`
          update alert set state = 'withdrawn', ended_at = ${now} where id = ${id} and state = 'open' and expires_at > ${now}
          returning message_id`)
        return row && { cancelled: row.message_id === null ? [] : await cancelOne(tx, row.message_id, now) }
      })
      const row = await find(sql`a.id = ${id}`)
      if (!row) return 'unknown'
      if (!done) return 'over'
      tellCancelled(events, done.cancelled, 'asked', now)
      tell(row, 'withdrawn', now)
      return viewOf(keys, row, now)
    },

    sweep,
    start() {
      timer = setInterval(() => {
        running ??= sweep()
          .catch(error => {
            if (!(error instanceof DatabaseAway))
              events.emit('work.failed', { what: 'a sweep of alerts', error: String(error) })
          })
          .finally(() => {
            running = undefined
          })
      }, everyMs)
    },
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

// ---- Words -------------------------------------------------------------------------------------------------------------

/** One line, and no longer than a text has room for: what clients call themselves may come through here. */
function named(words: string | undefined): string | null {
  const line = (words ?? '').replace(/[\p{C}\p{Z}]+/gu, ' ').trim()
  return line === '' ? null : [...line].slice(0, longestName).join('').trim()
}

/**
 * An alert as it is told by text. What the guard would not let stand is left out: nobody can keep an alert from going out by
 * the name of a device.
 */
export function wordsOf(
  keys: KeyRing,
  row: Pick<AlertRow, 'data_key' | 'details' | 'at' | 'locale' | 'zone' | 'country' | 'number_zones'>,
  now: Date,
): { device: string; place: string; time: string } {
  const { device, place } = detailsOf(keys, row)
  const time = timeFor(row, row.at, now)
  const may = (...words: (string | null)[]) => guard([...words, time].join(', '), { allowedDomains: [] }).length === 0
  if (may(device, place)) return { device: device ?? '', place: place ?? '', time }
  return { device: '', place: may(place) ? (place ?? '') : '', time }
}

export const detailsOf = (keys: KeyRing, row: Pick<AlertRow, 'data_key' | 'details'>): Details =>
  JSON.parse(unseal(keys.unwrap(row.data_key), row.details, 'alert'))

/** The hour of their own day, and the day where it is another one; where their zone is not known, the zone of the hour is said. */
export function timeFor(
  { locale, zone, country, number_zones }: Pick<AlertRow, 'locale' | 'zone' | 'country' | 'number_zones'>,
  at: Date,
  now: Date,
): string {
  const only = (zones: readonly string[]) => (zones.length === 1 ? zones[0]! : null)
  const known = zone ?? only(number_zones) ?? only(zonesOfCountry(country))
  const timeZone = known ?? 'UTC'
  const day = new Intl.DateTimeFormat('en', { dateStyle: 'short', timeZone })
  const format: Intl.DateTimeFormatOptions = {
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23', numberingSystem: 'latn', timeZone },
    ...(day.format(at) === day.format(now) ? {} : { month: 'short', day: 'numeric' }),
  }
  let text: string
  try {
    text = new Intl.DateTimeFormat(locale ?? 'en', format).format(at)
  } catch {
    text = new Intl.DateTimeFormat('en', format).format(at) // RangeError: no such locale
  }
  // Spaces that GSM 03.38 lacks.
  return text.replace(/[\u00a0\u202f]/g, ' ') + (known === null ? ' UTC' : '')
}

// ---- The page's address -------------------------------------------------------------------------------------------------

const signedLength = 16

/** The alert and a signature of the key ring over it: nothing is stored that opens the page. */
export const pageToken = (keys: KeyRing, id: string): string =>
  Buffer.concat([Buffer.from(id.replaceAll('-', ''), 'hex'), keys.hash(signed(id))]).toString('base64url')

/** The alert that an address leads to; undefined where it is none of ours. */
export function alertOfPage(keys: KeyRing, token: string): string | undefined {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== 16 + signedLength || bytes.toString('base64url') !== token) return undefined
  const id = bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return keys.hashes(signed(id)).some(hash => timingSafeEqual(hash, bytes.subarray(16))) ? id : undefined
}
const signed = (id: string) => `alert page ${id}`

// ---- Shown, forgotten, erased -------------------------------------------------------------------------------------------

export function viewOf(keys: KeyRing, row: AlertRow, now: Date): AlertView {
  const isAnswered = row.state === 'confirmed' || row.state === 'denied'
  return {
    ...{ id: row.id, subscriber: row.external_id, event: row.event, ...detailsOf(keys, row) },
    at: row.at.toISOString(),
    state: row.state === 'open' && row.expires_at <= now ? 'expired' : row.state,
    by: row.answered_by,
    ...{ madeAt: row.made_at.toISOString(), expiresAt: row.expires_at.toISOString() },
    answeredAt: isAnswered ? row.ended_at!.toISOString() : null,
    delivery: {
      state: row.not_sent === null ? deliveryOf[row.message ?? 'queued'] : 'refused',
      ...{ reason: row.not_sent ?? row.reason, message: row.message_id },
    },
  }
}

const deliveryOf: Record<State, AlertView['delivery']['state']> = {
  ...{ accepted: 'sending', held: 'sending', queued: 'sending', submitting: 'sending' },
  ...{ submitted: 'sent', delivered: 'delivered', refused: 'refused', cancelled: 'undelivered' },
  ...{ rejected: 'undelivered', undeliverable: 'undelivered', expired: 'undelivered' },
  ...{ unanswered: 'undelivered', unconfirmed: 'undelivered' },
}

export const forgetAlerts = (db: Database, now: Date) =>
  db.rows(
    sql`delete from alert where id < ${firstIdAt(new Date(now.getTime() - keptDays * dayMs))}::uuid`,
    urgency.idle,
  )

export const eraseAlerts = (tx: Statements, subscriberIds: readonly string[]) =>
  tx.rows(sql`delete from alert where subscriber_id = any(${[...subscriberIds]}::uuid[])`)
