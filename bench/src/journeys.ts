// Steps of journeys: how long it takes until all that are due in one minute are decided and queued, beside a million that wait;
// and whether a text that a payment took back ever leaves.
import { openPostgres } from '@usher/server/store/postgres'
import { sql } from '@usher/server/store/sql'
import { connections, post } from './http.ts'
import { connectionsOpen } from './line.ts'
import { claimWitness } from './policy.ts'
import { median, type Row } from './results.ts'
import {
  say,
  sleep,
  spending,
  spentInWords,
  startCarrier,
  startUsher,
  subscriberId,
  type Usher,
  until,
  withoutLimit,
} from './rig.ts'

const anEvent = (type: string, n: number, id: string, at: Date) => ({
  ...{ specversion: '1.0', source: '/bench', id, type: `com.usher.${type}`, subject: subscriberId(n) },
  ...{ time: at.toISOString(), data: { amount: 1_199, currency: 'USD', invoice: `inv-${n}` } },
})

/** The ladder of a payment that failed, with one step, so many minutes after. */
async function oneStep(usher: Usher, minutes: number): Promise<void> {
  const { versions, version } = await usher.ask<{ version: number; versions: { journey: object }[] }>(
    'GET',
    '/v1/journeys/payment_failed',
  )
  const { journey } = versions[0]!
  const steps = [{ name: 'later', when: { minutes }, template: 'account.payment_failed', link: 'payment' }]
  await usher.askAsOperator('PUT', '/v1/journeys/payment_failed', { journey: { ...journey, steps }, version })
  await sleep(2_500) // every process goes by it within two seconds
}

/** By the server's clock, which on a Sunday is ahead of ours. */
async function aheadMs(usher: Usher): Promise<number> {
  const { clock } = await usher.ask<{ clock: { aheadMs: number } }>('GET', '/v1/settings')
  return clock.aheadMs
}

async function tell(usher: Usher, events: object[]): Promise<void> {
  const over = connections(usher.port, 8)
  const headers = `authorization: ${usher.authorization}\r\n`
  const batches = Array.from({ length: Math.ceil(events.length / 250) }, (_, i) => events.slice(i * 250, i * 250 + 250))
  let next = 0
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let batch = batches[next++]; batch; batch = batches[next++]) {
        const type = 'application/cloudevents-batch+json'
        const { status, body } = await over.ask(post('/v1/events', JSON.stringify(batch), headers, type))
        if (status !== 202 || !body.includes('"bad":0'))
          throw new Error(`events were answered ${status}: ${body.slice(0, 500)}`)
      }
    }),
  )
  over.close()
}

/** Longer than it takes to tell of them. */
const minutesAhead = (scale: number) => (scale === 1 ? 3 : 1)

export async function due(scale: number): Promise<Row[]> {
  const count = 50_000 / scale
  const pending = 1_000_000 / scale
  const carrier = await startCarrier()
  const usher = await startUsher(carrier, { database: 'postgres', window: 200, subscribers: count })
  const db = await openPostgres(withoutLimit(usher.databaseUrl!), 2)
  // Those that wait for other days are never opened, so their facts may be anything.
  await db.script(`
    insert into journey_run (id, subscriber_id, journey, version, subscription, subject, facts, anchor_at, said_at, started_at)
    select gen_random_uuid(), s.id, 'renewal_yearly', 0, '', 'bench-' || k, '\\x00', now(), now(), now()
    from subscriber s, generate_series(1, ${Math.ceil(pending / count)}) k where s.external_id is not null`)
  await db.script(`
    insert into journey_step (id, run_id, subscriber_id, journey, name, due_at, look_at, state)
    select gen_random_uuid(), id, subscriber_id, journey, 'before_7_days', at, at, 'pending'
    from (select *, now() + interval '2 hours' + random() * interval '30 days' as at from journey_run) r`)
  await db.script('vacuum analyze journey_run, journey_step')
  const tookS: number[] = []
  const lags: number[] = []
  const spendings: Record<string, number>[] = []
  await oneStep(usher, minutesAhead(scale))
  const rounds = scale === 1 ? 3 : 1
  const ahead = await aheadMs(usher)
  for (let round = 0; round < rounds; round++) {
    const at = new Date()
    const dueAt = at.getTime() + minutesAhead(scale) * 60_000
    await tell(
      usher,
      Array.from({ length: count }, (_, n) => {
        const event = anEvent('payment.failed', n, `failed-${round}-${n}`, new Date(at.getTime() + ahead))
        return { ...event, data: { ...event.data, invoice: `inv-${round}-${n}` } }
      }),
    )
    say(`  ${count} steps were planned within ${((Date.now() - at.getTime()) / 1_000).toFixed(0)} s`)
    if (Date.now() > dueAt - 1_000) throw new Error('the steps were due before all of them were there')
    await sleep(dueAt - Date.now())
    const spent = await spending({
      server: () => [usher.pid],
      carrier: () => [carrier.pid],
      database: usher.databasePids,
    })
    let highest = 0
    // The others are due hours later.
    const soon = new Date(dueAt + ahead + 60_000)
    const isLeft = async () => {
      highest = Math.max(highest, await usher.metric('usher_journey_lag_seconds'))
      return (
        (await db.rows(sql`select from journey_step where state = 'pending' and look_at <= ${soon} limit 1`)).length > 0
      )
    }
    await until('all that was due to be decided', async () => !(await isLeft()), 300_000, 200)
    tookS.push((Date.now() - dueAt) / 1_000)
    lags.push(highest)
    spendings.push(await spent(count))
    say(`  ${tookS.at(-1)!.toFixed(1)} s`)
    const [texts] = await db.rows<{ n: number; refused: number }>(sql`
      select count(*)::int as n, (count(*) filter (where m.state = 'refused'))::int as refused
      from journey_step t join message m on m.id = t.message_id where t.journey = 'payment_failed'`)
    if (texts!.n !== count * (round + 1) || texts!.refused > 0)
      throw new Error(`of ${count * (round + 1)} steps ${texts!.n} became texts, ${texts!.refused} refused`)
    // The next round begins with an empty queue.
    const waits = async () => (await db.rows<{ n: number }>(sql`select count(*)::int as n from job`))[0]!.n
    await until('the queue to be empty', async () => (await waits()) === 0, 300_000, 500)
  }
  await db.close()
  await usher.stop()
  await carrier.stop()
  return [
    {
      key: 'journeys.due',
      value: median(tookS),
      unit: 's',
      goal: '<= 30',
      peer: null,
      note: `${count} steps of one minute beside ${pending} that wait for other days: from the moment they were due until each was judged, rendered, stored and queued, while the carrier takes them; ${tookS.map(s => `${s.toFixed(1)} s`).join(', ')}; usher_journey_lag_seconds at most ${Math.max(...lags).toFixed(1)}; ${spentInWords(spendings, 'step')}`,
    },
  ]
}

const paymentWitness = `
create table payment_seen (run_id uuid primary key, xid xid8 not null);
create function see_payment() returns trigger language plpgsql as $$
begin
  insert into payment_seen values (new.id, pg_current_xact_id()) on conflict do nothing;
  return null;
end $$;
create trigger see_payment after update on journey_run for each row when (new.ended_as = 'paid') execute function see_payment();`

export async function races(scale: number): Promise<Row[]> {
  const count = 10_000 / scale
  const carrier = await startCarrier()
  const usher = await startUsher(carrier, { database: 'postgres', window: 200, subscribers: count })
  const db = await openPostgres(withoutLimit(usher.databaseUrl!), 2)
  await db.script(claimWitness)
  await db.script(paymentWitness)
  await oneStep(usher, 0)
  const ahead = await aheadMs(usher)
  const now = () => new Date(Date.now() + ahead)
  const over = connections(usher.port, connectionsOpen)
  const headers = `authorization: ${usher.authorization}\r\n`
  const ask = async (event: object) => {
    const { status, body } = await over.ask(
      post('/v1/events', JSON.stringify(event), headers, 'application/cloudevents+json'),
    )
    if (status !== 202) throw new Error(`an event was answered ${status}: ${body}`)
  }
  let next = 0
  await Promise.all(
    Array.from({ length: 24 }, async () => {
      for (let n = next++; n < count; n = next++) {
        await ask(anEvent('payment.failed', n, `failed-${n}`, now()))
        // From at once to when most have left.
        await sleep(((n * 7_919) % 1_000) / 10)
        await ask(anEvent('payment.succeeded', n, `paid-${n}`, now()))
      }
    }),
  )
  over.close()
  const waits = async () =>
    (
      await db.rows<{ n: number }>(
        sql`select (select count(*) from job)::int + (select count(*) from journey_step where state = 'pending')::int as n`,
      )
    )[0]!.n
  await until('nothing to wait', async () => (await waits()) === 0, 300_000, 500)
  const [found] = await db.rows<{
    after: number
    before: number
    paid: number
    cancelled: number
    skipped: number
  }>(sql`
    select count(*) filter (where c.id is not null and pg_visible_in_snapshot(p.xid, c.snapshot))::int as after,
      count(*) filter (where c.id is not null and not pg_visible_in_snapshot(p.xid, c.snapshot))::int as before,
      count(*)::int as paid, count(*) filter (where m.state = 'cancelled' and m.reason = 'paid')::int as cancelled,
      count(*) filter (where t.state = 'skipped')::int as skipped
    from payment_seen p join journey_step t on t.run_id = p.run_id left join message m on m.id = t.message_id
    left join claim_seen c on c.id = m.id`)
  await db.close()
  await usher.stop()
  await carrier.stop()
  const { after, before, paid, cancelled, skipped } = found!
  if (paid < count) throw new Error(`${count} payments were told, ${paid} ended their ladder`)
  if (cancelled + skipped === 0 || before === 0) throw new Error('the payments did not race with the texts')
  return [
    {
      key: 'journeys.races',
      value: after,
      unit: 'texts after the payment',
      goal: '<= 0',
      peer: null,
      note: `${count} payments that failed, each paid 0 to 100 ms later; texts whose claim, which is what submitting means, came after the payment's commit, as PostgreSQL's own snapshots tell; ${skipped} were taken back before they were texts, ${cancelled} while they were queued, ${before} had been claimed before`,
    },
  ]
}
