// How a journey does: what became of each of its steps, and after which of them people paid or left.
import type { JourneyFunnel } from '@usher/contract/journey'
import type { State } from '@usher/contract/message'
import { type Database, urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'

/** Steps of one name and fate. */
interface Counted {
  name: string
  /** Of its message; null where it never was one. */
  state: State | null
  /** Why it was skipped or refused. */
  why: string | null
  count: number
  clicked: number
  first: Date
}

interface Stake {
  name: string | null
  as: 'paid' | 'lost'
  currency: string | null
  count: number
  amount: string
}

/** Who looks does not wait while millions of steps meet their texts: of more, the newest are counted. */
const mostSteps = 100_000
const out: readonly State[] = ['submitted', 'delivered', 'undeliverable', 'unanswered', 'unconfirmed']
const notArrived: readonly State[] = ['rejected', 'undeliverable', 'expired', 'unanswered', 'unconfirmed']

/** Steps whose time came in these days, and runs that began or ended in them; `order` is that of the journey's steps. */
export async function journeyFunnel(
  db: Database,
  journey: string,
  order: readonly string[],
  days: number,
  now: Date,
): Promise<JourneyFunnel> {
  const asked = new Date(now.getTime() - days * 86_400_000)
  const report = <T>(query: ReturnType<typeof sql>) => db.rows<T>(query, urgency.report)
  const counted = await report<Counted>(sql`
    select t.name, m.state, case when t.state = 'skipped' then split_part(coalesce(t.reason, ''), ':', 1)
        when m.state = 'refused' then coalesce(m.reason, '') end as why, count(*)::int as count,
      (count(*) filter (where exists (select from link l where l.message_id = m.id and l.has_human)))::int as clicked, min(t.due_at) as first
    from (
      select name, state, reason, message_id, due_at from journey_step
      where journey = ${journey} and due_at > ${asked} and due_at <= ${now} and state <> 'pending' order by due_at desc limit ${mostSteps}
    ) t left join message m on m.id = t.message_id group by 1, 2, 3`)
  const isWhole = counted.reduce((sum, { count }) => sum + count, 0) < mostSteps
  const since = isWhole ? asked : new Date(Math.min(...counted.map(({ first }) => first.getTime())))
  const waits = await report<{ step: string; problem: string; count: number }>(sql`
    select name as step, reason as problem, count(*)::int as count from journey_step
    where journey = ${journey} and due_at <= ${now} and state = 'pending' and reason is not null group by 1, 2 order by 3 desc limit 20`)
  // The last text that had left before it ended is the one that it is counted to.
  const stakes = await report<Stake>(sql`
    select last.name, r.ended_as as as, r.currency, count(*)::int as count, coalesce(sum(r.amount), 0)::text as amount
    from journey_run r left join lateral (
      select t.name from journey_step t join message m on m.id = t.message_id
      where t.run_id = r.id and m.state in ('submitted', 'delivered', 'undeliverable', 'unanswered', 'unconfirmed')
      order by t.due_at desc limit 1
    ) last on true
    where r.journey = ${journey} and r.ended_at > ${since} and r.ended_as in ('paid', 'lost') group by 1, 2, 3`)
  const [runs] = await report<{ started: number; open: number; paid: number; lost: number; over: number }>(sql`
    select (select count(*)::int from journey_run where journey = ${journey} and started_at > ${since}) as started,
      (select count(*)::int from journey_run where journey = ${journey} and ended_at is null) as open,
      (count(*) filter (where ended_as = 'paid'))::int as paid, (count(*) filter (where ended_as = 'lost'))::int as lost,
      (count(*) filter (where ended_as = 'over'))::int as over
    from journey_run where journey = ${journey} and ended_at > ${since}`)
  const { started, open, ...ended } = runs!
  const sums = (name: string | null, as: Stake['as']) => {
    const rows = stakes.filter(row => row.name === name && row.as === as)
    return {
      count: rows.reduce((sum, row) => sum + row.count, 0),
      amounts: rows.flatMap(({ currency, amount }) => (currency === null ? [] : { currency, amount: Number(amount) })),
    }
  }
  // Steps that it had in an earlier version stand after those that it has.
  const names = new Set([...order, ...counted.map(({ name }) => name)])
  return {
    ...{ days, since: since.toISOString(), isWhole },
    ...{ started, open, ended, paidBeforeAny: sums(null, 'paid').count },
    steps: [...names].map(name => {
      const rows = counted.filter(row => row.name === name)
      const those = (which: (row: Counted) => boolean) => total(rows.filter(which))
      const inStates = (states: readonly State[]) => those(({ state }) => state !== null && states.includes(state))
      const [paid, lost] = [sums(name, 'paid'), sums(name, 'lost')]
      return {
        ...{ step: name, due: total(rows), clicked: rows.reduce((sum, { clicked }) => sum + clicked, 0) },
        ...{ skipped: those(isSkipped), skippedBy: byReason(rows.filter(isSkipped)) },
        ...{ refused: inStates(['refused']), refusedBy: byReason(rows.filter(({ state }) => state === 'refused')) },
        ...{ waiting: inStates(['held', 'queued']), cancelled: inStates(['cancelled']) },
        ...{ sent: inStates(out), delivered: inStates(['delivered']), undelivered: inStates(notArrived) },
        ...{ paid: paid.count, paidAmounts: paid.amounts, lost: lost.count, lostAmounts: lost.amounts },
      }
    }),
    waitingFor: waits,
  }
}

const total = (rows: readonly Counted[]) => rows.reduce((sum, { count }) => sum + count, 0)
/** A step becomes a text or is skipped, and what is skipped has a reason. */
const isSkipped = ({ state, why }: Counted) => state === null && why !== null
const byReason = (rows: readonly Counted[]) =>
  Object.fromEntries(
    [...new Set(rows.map(({ why }) => why ?? ''))].map(why => [
      why,
      total(rows.filter(row => (row.why ?? '') === why)),
    ]),
  )
