// What everyone's sign-ins are like: counts of countries, networks, systems and browsers, and of scores. Each batch of
// sign-ins appends its counts as one row, so that no row is hot; a sweep folds them into one row for each value. What judging
// asks is held in memory, for there are some thousands of values, and read anew each minute for what other processes add.
import type { EventBus } from '../events.ts'
import { type Database, DatabaseAway, type Statements, urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'
import { type CountedFeature, countedFeatures, type Everyone, type Seen, valuesOf } from './risk.ts'

/** One more of a value, since the day or month that it is counted in. */
export interface Count {
  kind: CountedFeature | 'score'
  since: string
  given: string
  value: string
}

export interface Tallies extends Everyone {
  /** What was just written; the database has it too. */
  add(counts: readonly Count[]): void
  refresh(): Promise<void>
  start(): Promise<void>
  stop(): void
}

/** Older history can go without loss (Wiefling et al. 2022). */
export const monthsKept = 6
export const scoreDays = 30
const everyMs = 60_000

export const countsOf = (seen: Seen, now: Date): Count[] =>
  valuesOf(seen).flatMap(({ name, value, given }) =>
    value !== null && isCounted(name) ? [{ kind: name, since: monthOf(now), given: given ?? '', value }] : [],
  )
const isCounted = (name: string): name is CountedFeature => (countedFeatures as readonly string[]).includes(name)

/** All that the answer hangs on, so that other thresholds can be tried on it. */
export const countOfScore = (judged: { score: number; denyScore: number; isStrong: boolean }, now: Date): Count => ({
  ...{ kind: 'score', since: now.toISOString().slice(0, 10), given: '' },
  value: `${judged.score} ${judged.denyScore} ${judged.isStrong ? 1 : 0}`,
})

export interface ScoreCount {
  score: number
  denyScore: number
  isStrong: boolean
  count: number
}

export function tallies(db: Database, events: EventBus, now: () => Date): Tallies {
  let held = new Map<string, { total: number; counts: Map<string, number> }>()
  let timer: NodeJS.Timeout | undefined
  const put = (into: typeof held, kind: string, given: string, value: string, count: number) => {
    const name = `${kind} ${given}`
    const group = into.get(name) ?? { total: 0, counts: new Map() }
    into.set(name, group)
    group.total += count
    group.counts.set(value, (group.counts.get(value) ?? 0) + count)
  }
  const refresh = async () => {
    const rows = await db.rows<{ kind: string; given: string; value: string; count: number }>(
      sql`
      select kind, given, value, sum(count)::float8 as count from (${allCounts}) counted
      where kind <> 'score' and since >= ${firstMonth(now())}::date group by 1, 2, 3`,
      urgency.idle,
    )
    const read: typeof held = new Map()
    for (const { kind, given, value, count } of rows) put(read, kind, given, value, count)
    held = read
  }
  return {
    // Half a sign-in is added to each, so that what nobody had yet is rare and not impossible.
    share(feature, value, given) {
      const group = held.get(`${feature} ${given ?? ''}`)
      return ((group?.counts.get(value) ?? 0) + 0.5) / ((group?.total ?? 0) + 1)
    },
    add(counts) {
      for (const { kind, given, value } of counts) if (kind !== 'score') put(held, kind, given, value, 1)
    },
    refresh,
    async start() {
      await refresh()
      timer = setInterval(() => {
        refresh().catch(error => {
          if (!(error instanceof DatabaseAway))
            events.emit('work.failed', { what: "counting everyone's sign-ins", error: String(error) })
        })
      }, everyMs)
      timer.unref()
    },
    stop: () => clearInterval(timer),
  }
}

/** Those that are folded, and those that are not yet. */
const allCounts = sql`
  select kind, since, given, value, count from sign_in_tally
  union all
  select c ->> 0, (c ->> 1)::date, c ->> 2, c ->> 3, (c ->> 4)::bigint from sign_in_tally_new, json_array_elements(counts) c`

/** Folds what was appended; answers how many rows that was. One process at a time does. */
export function foldTallies(db: Database): Promise<number> {
  return db.transaction(async tx => {
    if (db.kind === 'postgres') {
      const [row] = await tx.rows<{ got: boolean }>(sql`select pg_try_advisory_xact_lock(7283506) as got`)
      if (!row!.got) return 0
    }
    const [folded] = await tx.rows<{ count: number }>(sql`
      with gone as (
        delete from sign_in_tally_new where id in (select id from sign_in_tally_new order by id limit ${db.batch})
        returning counts),
      put as (
        insert into sign_in_tally as t (kind, since, given, value, count)
        select c ->> 0, (c ->> 1)::date, c ->> 2, c ->> 3, sum((c ->> 4)::bigint) from gone, json_array_elements(gone.counts) c
        group by 1, 2, 3, 4 order by 1, 2, 3, 4
        on conflict (kind, since, given, value) do update set count = t.count + excluded.count
        returning 1)
      select count(*)::int as count from gone`)
    return folded!.count
  }, urgency.idle)
}

export async function forgetTallies(db: Statements, now: Date): Promise<void> {
  const lastDay = new Date(now.getTime() - scoreDays * 86_400_000)
  await db.rows(
    sql`delete from sign_in_tally where since < ${firstMonth(now)}::date or (kind = 'score' and since < ${lastDay}::date)`,
    urgency.idle,
  )
}

/** Of the last thirty days, today among them. */
export async function scoreCounts(db: Statements, now: Date): Promise<ScoreCount[]> {
  const first = new Date(now.getTime() - (scoreDays - 1) * 86_400_000).toISOString().slice(0, 10)
  const rows = await db.rows<{ value: string; count: number }>(
    sql`
    select value, sum(count)::float8 as count from (${allCounts}) counted
    where kind = 'score' and since >= ${first}::date group by 1`,
    urgency.report,
  )
  return rows.map(({ value, count }) => {
    const [score, denyScore, isStrong] = value.split(' ').map(Number) as [number, number, number]
    return { score, denyScore, isStrong: isStrong === 1, count }
  })
}

const monthOf = (now: Date) => `${now.toISOString().slice(0, 7)}-01`
const firstMonth = (now: Date) => monthOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - monthsKept, 1)))
