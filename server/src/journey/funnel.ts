// How a journey does: what became of each of its steps, and after which of them people paid or left.
import type { JourneyFunnel } from '@usher/contract/journey'
import { type Database, urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'

interface StepRow {
  name: string
  due: number
  skipped: number
  refused: number
  waiting: number
  cancelled: number
  sent: number
  delivered: number
  undelivered: number
  clicked: number
}

interface Stake {
  name: string | null
  as: 'paid' | 'lost'
  currency: string | null
  count: number
  amount: string
}

/** Who looks must not wait for millions: of more, the newest are counted, and the answer says from when on. */
const mostSteps = 100_000

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
  const [full] = await report<{ at: Date }>(sql`
    select due_at as at from journey_step where journey = ${journey} and due_at > ${asked} and due_at <= ${now}
    order by due_at desc offset ${mostSteps} limit 1`)
  const since = full?.at ?? asked
  const steps = await report<StepRow>(sql`
    select t.name, count(*)::int as due, (count(*) filter (where t.state = 'skipped'))::int as skipped,
      (count(*) filter (where m.state = 'refused'))::int as refused,
      (count(*) filter (where m.state in ('held', 'queued')))::int as waiting,
      (count(*) filter (where m.state = 'cancelled'))::int as cancelled,
      (count(*) filter (where m.state in ('submitted', 'delivered', 'undeliverable', 'unanswered', 'unconfirmed')))::int as sent,
      (count(*) filter (where m.state = 'delivered'))::int as delivered,
      (count(*) filter (where m.state in ('rejected', 'undeliverable', 'expired', 'unanswered', 'unconfirmed')))::int as undelivered,
      (count(*) filter (where exists (select from link l where l.message_id = m.id and l.has_human)))::int as clicked
    from journey_step t left join message m on m.id = t.message_id
    where t.journey = ${journey} and t.due_at > ${since} and t.due_at <= ${now} and t.state <> 'pending' group by t.name`)
  const refused = await report<{ name: string; reason: string; count: number }>(sql`
    select t.name, coalesce(m.reason, '') as reason, count(*)::int as count
    from journey_step t join message m on m.id = t.message_id
    where t.journey = ${journey} and t.due_at > ${since} and t.due_at <= ${now} and m.state = 'refused' group by 1, 2`)
  const skipped = await report<{ name: string; reason: string; count: number }>(sql`
    select name, coalesce(split_part(reason, ':', 1), '') as reason, count(*)::int as count from journey_step
    where journey = ${journey} and due_at > ${since} and due_at <= ${now} and state = 'skipped' group by 1, 2`)
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
  const names = [...order, ...new Set(steps.map(({ name }) => name).filter(name => !order.includes(name)))]
  return {
    ...{
      days,
      since: since.toISOString(),
      isWhole: full === undefined,
      started,
      open,
      ended,
      paidBeforeAny: sums(null, 'paid').count,
    },
    steps: names.map(name => {
      const { name: step, ...counts } = steps.find(row => row.name === name) ?? { ...none, name }
      const [paid, lost] = [sums(name, 'paid'), sums(name, 'lost')]
      return {
        ...{ step, ...counts },
        ...{ skippedBy: byReason(skipped, name), refusedBy: byReason(refused, name) },
        ...{ paid: paid.count, paidAmounts: paid.amounts, lost: lost.count, lostAmounts: lost.amounts },
      }
    }),
    waitingFor: waits,
  }
}

const byReason = (rows: readonly { name: string; reason: string; count: number }[], name: string) =>
  Object.fromEntries(rows.filter(row => row.name === name).map(({ reason, count }) => [reason, count]))

const none: Omit<StepRow, 'name'> = {
  ...{ due: 0, skipped: 0, refused: 0, waiting: 0, cancelled: 0 },
  ...{ sent: 0, delivered: 0, undelivered: 0, clicked: 0 },
}
