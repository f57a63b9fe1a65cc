// Codes that nobody types are worth money to somebody who gets a share of each text. Where too few come back, to a country or
// to a block of ten thousand numbers, codes stop by themselves for a while; an operator sees why, and may let them go on.
import type { CodeBlock, CodeUse, Protection } from '@usher/contract/verification'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { rowset, sql } from '../store/sql.ts'
import { type Counted, isPumped, windowMinutes } from './limits.ts'

export interface PumpingDeps {
  db: Database
  clock: Clock
  events: EventBus
  protection: () => Protection
}

const dayMs = 86_400_000
/** A code that is younger may still be typed. */
const ripeMs = 10 * 60_000
/** Of a country that so many of all subscribers have, or so many of them, anybody may ask for a code by number alone. */
const leastShare = 0.01
const leastSubscribers = 20

interface OpenCountries {
  isOpen(country: string | null): Promise<boolean>
}

/** Where subscribers are: looked at anew every ten minutes, and within one where a country seems to be closed. */
export function openCountries({ db, clock, protection }: PumpingDeps): OpenCountries {
  let open = new Set<string>()
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  const look = async () => {
    const rows = await db.rows<{ country: string; n: number }>(
      sql`select country, count(*)::int as n from subscriber where external_id is not null and country is not null group by country`,
      urgency.report,
    )
    const all = rows.reduce((sum, { n }) => sum + n, 0)
    open = new Set(rows.filter(({ n }) => n >= leastSubscribers || n >= leastShare * all).map(({ country }) => country))
    lookedAt = clock.now().getTime()
  }
  return {
    async isOpen(country) {
      if (country === null) return false
      const { countries } = protection()
      if (countries !== null) return countries.includes(country)
      const age = Math.abs(clock.now().getTime() - lookedAt)
      if (age > 600_000 || (age > 60_000 && !open.has(country))) {
        looking ??= look().finally(() => {
          looking = undefined
        })
        await looking
      }
      return open.has(country)
    },
  }
}

/** Blocks each country and each block of numbers of whose codes too few came back in a day. */
export async function blockPumped({ db, clock, events, protection }: PumpingDeps): Promise<void> {
  const now = clock.now()
  const settings = protection()
  const since = new Date(now.getTime() - dayMs)
  const ripe = (what: Counted) => new Date(now.getTime() - ripeMs - windowMinutes[what] * 60_000)
  const rows = await db.rows<{ kind: 'country' | 'block'; key: Uint8Array; sent: number; right: number }>(
    sql`
    select split_part(what, '.', 1) as kind, key, coalesce(sum(n) filter (where (what = 'country.sent' and from_at <= ${ripe('country.sent')}) or (what = 'block.sent' and from_at <= ${ripe('block.sent')})), 0)::int as sent,
      coalesce(sum(n) filter (where what like '%.right'), 0)::int as right
    from verification_count where what in ('country.sent', 'country.right', 'block.sent', 'block.right') and from_at > ${since}
    group by 1, 2 having sum(n) filter (where what like '%.sent') >= ${settings.conversionFrom}`,
    urgency.idle,
  )
  const pumped = rows.filter(({ sent, right }) => isPumped(sent, right, settings))
  if (pumped.length === 0) return
  const until = new Date(now.getTime() + settings.blockMinutes * 60_000)
  const blocked = await db.rows<{ kind: string; key: Uint8Array; country: string | null }>(sql`
    insert into verification_block (id, kind, key, country, effect, reason, facts, since, until)
    select r.id, r.kind, decode(r.key, 'hex'), case when r.kind = 'country' then convert_from(decode(r.key, 'hex'), 'UTF8')
        else (select country from verification where block_hash = decode(r.key, 'hex') and made_at > ${since} limit 1) end,
      'blocked', 'conversion', r.facts, ${now}, ${until}
    from json_to_recordset(${rowset(
      pumped.map(({ kind, key, sent, right }) => ({
        ...{ id: newId(now), kind, key: Buffer.from(key).toString('hex') },
        facts: { sent, approved: right, least: settings.leastConversion },
      })),
    )}) as r(id uuid, kind text, key text, facts jsonb)
    where not exists (select from verification_block b where b.kind = r.kind and b.key = decode(r.key, 'hex') and b.until > ${now})
    returning kind, key, country`)
  for (const one of blocked)
    events.emit('verification.blocked', { kind: one.kind, label: labelOf(one), reason: 'conversion', until })
}

const labelOf = ({ kind, key, country }: { kind: string; key: Uint8Array; country: string | null }): string =>
  kind === 'country' ? country! : `${country ?? '??'} · ${Buffer.from(key).toString('hex').slice(0, 8)}`

interface BlockRow {
  id: string
  kind: CodeBlock['kind']
  key: Uint8Array
  country: string | null
  effect: CodeBlock['effect']
  reason: string
  facts: CodeBlock['facts']
  since: Date
  until: Date
}

const asBlock = (row: BlockRow): CodeBlock => ({
  ...{ id: row.id, kind: row.kind, label: labelOf(row), effect: row.effect, reason: row.reason, facts: row.facts },
  ...{ since: row.since.toISOString(), until: row.until.toISOString() },
})

/** In force, the newest first. */
export async function listBlocks(db: Statements, now: Date): Promise<CodeBlock[]> {
  const rows = await db.rows<BlockRow>(
    sql`select * from verification_block where until > ${now} order by since desc, id desc limit 500`,
  )
  return rows.map(asBlock)
}

/** Lets codes go on there for a while, whatever the counts say. */
export async function liftBlock(
  tx: Statements,
  id: string,
  { until, operatorId }: { until: Date; operatorId: string | null },
  now: Date,
): Promise<CodeBlock | undefined> {
  const [row] = await tx.rows<BlockRow>(sql`
    update verification_block set effect = 'allowed', until = ${until}, operator_id = ${operatorId}
    where id = ${id} and until > ${now} returning *`)
  return row && asBlock(row)
}

/** Codes by country and hour, the newest hour first. */
export async function codeUse(db: Statements, now: Date, hours: number): Promise<CodeUse[]> {
  const rows = await db.rows<{ country: string; hour: Date; sent: number; approved: number; refused: number }>(
    sql`
    select convert_from(key, 'UTF8') as country, date_trunc('hour', from_at, 'UTC') as hour,
      coalesce(sum(n) filter (where what = 'country.sent'), 0)::int as sent,
      coalesce(sum(n) filter (where what = 'country.right'), 0)::int as approved,
      coalesce(sum(n) filter (where what = 'country.refused'), 0)::int as refused
    from verification_count where what in ('country.sent', 'country.right', 'country.refused') and from_at > ${new Date(now.getTime() - hours * 3_600_000)}
    group by 1, 2 order by 2 desc, 3 desc limit 2000`,
    urgency.report,
  )
  return rows.map(row => ({ ...row, hour: row.hour.toISOString() }))
}

/** Rows whose time is over; counts of countries are kept for the console. */
export async function forgetVerifications(db: Database, now: Date): Promise<void> {
  const ago = (days: number) => new Date(now.getTime() - days * dayMs)
  await db.rows(sql`delete from verification where made_at < ${ago(30)}`, urgency.idle)
  await db.rows(sql`delete from reset_link where made_at < ${ago(30)}`, urgency.idle)
  await db.rows(
    // As the index has it that is there for this alone.
    sql`delete from verification_count where timezone('UTC', from_at) < timezone('UTC', ${ago(2)}::timestamptz)
      and (what not like 'country.%' or from_at < ${ago(30)})`,
    urgency.idle,
  )
  // Wrong codes count until a right one, so an account that has some is kept; after half a year nobody tries it any more.
  await db.rows(
    sql`delete from verification_subject where (wrong = 0 and known_wrong = 0 and at < ${ago(1)}) or at < ${ago(180)}`,
    urgency.idle,
  )
  await db.rows(sql`delete from verification_device where at < ${ago(180)}`, urgency.idle)
  await db.rows(sql`delete from verification_block where until < ${ago(30)}`, urgency.idle)
}

/** What is kept of people's codes goes with them; their number's counts are keyed hashes of a day. */
export async function eraseVerifications(
  tx: Statements,
  subscriberIds: readonly string[],
  numberHashes: readonly Uint8Array[],
): Promise<void> {
  const theirs = sql`subscriber_id = any(${[...subscriberIds]}::uuid[])`
  // The account first, as whoever tries a code locks it first.
  await tx.rows(sql`
    with gone as (delete from verification_subject where ${theirs} returning subject)
    delete from verification_device where subject in (select subject from gone)`)
  await tx.rows(sql`delete from recovery_code where ${theirs}`)
  await tx.rows(sql`delete from reset_link where ${theirs}`)
  await tx.rows(sql`delete from verification where ${theirs} or number_hash = any(${[...numberHashes]})`)
}
