// How long what is personal in texts is kept: first the words go, later the number and the explanation. What a text cost,
// how many segments it had, when it went and what became of it stay, so that bills still add up.
import { type Database, type Statements, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { readSetting, writeSetting } from '../store/setting.ts'
import { type Sql, sql } from '../store/sql.ts'
import { purposes } from './purpose.ts'

/** What stands before the dot of a purpose. */
export const families = ['code', 'alert', 'reply', 'consent', 'account', 'title', 'offer'] as const
export type Family = (typeof families)[number]

/** Days. */
export interface Keep {
  /** The words of a text to a subscriber. */
  texts: Record<Family, number>
  /** The rest of it that is personal: number, explanation, language, the carrier's name for it. */
  details: Record<Family, number>
  /** Number and words of a text from a subscriber. */
  inbound: number
}

/** How far a sweep is, and what it left behind because it waited still. */
interface Place {
  after: string
  late: string[]
}
type Places = Record<string, Place>

const setting = 'retention.places'
const first = '00000000-0000-0000-0000-000000000000'
/** More than anybody's campaign holds back for months. */
const mostLate = 10_000

interface Sweep {
  /** Names it, with all that decides what it takes: another setting is another sweep, from the beginning. */
  name: string
  days: number
  table: Sql
  /** Rows that it is about. */
  which: Sql
  forget: Sql
}

/** Families that are kept equally long go in one sweep. */
function sweepsOf(keep: Keep): Sweep[] {
  const ofMessages = (what: 'texts' | 'details', left: Sql, forget: Sql): Sweep[] =>
    [...new Set(Object.values(keep[what]))].map(days => {
      const theirs = families.filter(family => keep[what][family] === days)
      const named = purposes.filter(purpose =>
        theirs.some(family => purpose === family || purpose.startsWith(`${family}.`)),
      )
      return {
        ...{ name: `${what} ${days} ${theirs}`, days, table: sql`message`, forget },
        which: sql`purpose = any(${named}) and ${left}`,
      }
    })
  return [
    ...ofMessages('texts', sql`body is not null`, sql`body = null`),
    ...ofMessages(
      'details',
      sql`(body is not null or number is not null or carrier_message_id is not null or explanation::text <> '[]')`,
      sql`body = null, number = null, locale = null, carrier_message_id = null, explanation = '[]'`,
    ),
    {
      ...{ name: `inbound ${keep.inbound}`, days: keep.inbound, table: sql`inbound` },
      which: sql`number is not null`,
      forget: sql`number = null, body = null, data_key = null`,
    },
  ]
}

const isWaiting = (sweep: Sweep): Sql =>
  sweep.name.startsWith('inbound') ? sql`false` : sql`state in ('held', 'queued', 'submitted') and ended_at is null`

/** One step of each sweep; answers how many rows were looked at: none, once all are where time is. */
export async function forgetByAge(db: Database, now: Date, keep: Keep): Promise<number> {
  const sweeps = sweepsOf(keep)
  let looked = 0
  for (const sweep of sweeps)
    looked += await db.transaction(async tx => {
      // Of several processes one goes on where the other was.
      await tx.rows(sql`
        insert into setting (name, value) values (${setting}, '{}') on conflict (name) do nothing`)
      await tx.rows(sql`select from setting where name = ${setting} for update`)
      const places = (await readSetting<Places>(tx, setting)) ?? {}
      const { place, count } = await step(tx, db.batch, sweep, places[sweep.name] ?? { after: first, late: [] }, now)
      const known = Object.entries({ ...places, [sweep.name]: place }).filter(([name]) =>
        sweeps.some(one => one.name === name),
      )
      if (count > 0) await writeSetting(tx, setting, Object.fromEntries(known))
      return count
    }, urgency.idle)
  return looked
}

async function step(
  tx: Statements,
  batch: number,
  sweep: Sweep,
  { after, late }: Place,
  now: Date,
): Promise<{ place: Place; count: number }> {
  const before = firstIdAt(new Date(now.getTime() - sweep.days * 24 * 60 * 60_000))
  const rows = await tx.rows<{ id: string }>(sql`
    select id from ${sweep.table} where id > ${after}::uuid and id < ${before}::uuid order by id limit ${batch}`)
  const ids = [...rows.map(row => row.id), ...late]
  if (ids.length === 0) return { place: { after, late }, count: 0 }
  const waiting = await tx.rows<{ id: string }>(sql`
    select id from ${sweep.table} where id = any(${ids}::uuid[]) and ${sweep.which} and ${isWaiting(sweep)}`)
  const stay = waiting.map(row => row.id)
  await tx.rows(sql`
    update ${sweep.table} set ${sweep.forget}
    where id = any(${ids}::uuid[]) and ${sweep.which} and not (${isWaiting(sweep)})`)
  const place = { after: rows.at(-1)?.id ?? after, late: stay.slice(0, mostLate) }
  return { place, count: rows.length + (late.length - place.late.filter(id => late.includes(id)).length) }
}
