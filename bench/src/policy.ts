// What the policy costs, and that STOP holds: a million people judged, a line with every rule against one with the least, and
// STOPs in the middle of a campaign.
import { join } from 'node:path'
import { firstPolicy } from '@usher/contract/policy'
import { decideAll } from '@usher/server/message/decide'
import { keyRing, keysFromFile } from '@usher/server/store/keys'
import { openPostgres } from '@usher/server/store/postgres'
import { sql } from '@usher/server/store/sql'
import { inWords, type Run, sendBatches, timed } from './line.ts'
import { median, type Row } from './results.ts'
import {
  say,
  senders,
  sleep,
  startCarrier,
  startUsher,
  subscriberId,
  subscriberNumber,
  until,
  withoutLimit,
} from './rig.ts'

// --- A million people -------------------------------------------------------------------------------------------

/** Judged together in one statement's facts, and how many such batches are under way. */
const batch = 500
const parallel = 4

export async function million(scale: number): Promise<Row[]> {
  const people = 1_000_000 / scale
  const carrier = await startCarrier()
  const usher = await startUsher(carrier, { database: 'postgres', window: 200, subscribers: people })
  const db = await openPostgres(usher.databaseUrl!, parallel)
  const keys = keyRing(keysFromFile(join(usher.data, 'keys')))
  const now = new Date()
  const deps = {
    ...{ db, keys, allowedRanges: [], policy: () => firstPolicy },
    clock: { now: () => now, monotonic: () => performance.now() },
  }
  await db.script('vacuum analyze subscriber')
  const judged = { go: 0, hold: 0, refuse: 0 }
  let next = 0
  const judge = async () => {
    for (let from = next; from < people; from = next) {
      next += batch
      const ids = Array.from({ length: Math.min(batch, people - from) }, (_, i) => subscriberId(from + i))
      const verdicts = await decideAll(
        deps,
        ids.map(subscriber => ({ subscriber, purpose: 'offer' as const })),
      )
      for (const verdict of verdicts) {
        if (typeof verdict === 'string') throw new Error(`somebody was not judged: ${verdict}`)
        if (verdict.explanation.length < 3) throw new Error('a verdict has no explanation')
        judged[verdict.kind]++
      }
    }
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: parallel }, judge))
  const seconds = (performance.now() - startedAt) / 1_000
  await db.close()
  await usher.stop()
  await carrier.stop()
  say(`  ${people} in ${seconds.toFixed(1)} s: ${JSON.stringify(judged)}`)
  return [
    {
      key: 'policy.million',
      value: people / seconds,
      unit: 'subscribers/s',
      goal: '>= 20000',
      peer: null,
      note: `an offer to each of ${people} subscribers: facts loaded, judged and explained, none sent; ${parallel} batches of ${batch} at once; ${judged.go} would go, ${judged.hold} wait for their morning, ${judged.refuse} are refused`,
    },
  ]
}

// --- Every rule in force ----------------------------------------------------------------------------------------

const most = { count: 1_000, hours: 7 * 24 }
/** All is asked, and nothing is at its end; and what can be left out is. */
const sides = {
  bare: {
    caps: { titles: null, offers: null, promotional: null },
    sameForHours: { account: 0, titles: 0, offers: 0 },
    releaseMinutes: 0,
  },
  every: { caps: { titles: most, offers: most, promotional: most } },
}

export async function everyRule(scale: number): Promise<Row[]> {
  const texts = 50_000 / scale
  const pairs = scale > 1 ? 2 : 7
  const carrier = await startCarrier()
  const usher = await startUsher(carrier, { database: 'postgres', window: 1_000, subscribers: 20_000 / scale })
  const runs: Record<keyof typeof sides, Run[]> = { bare: [], every: [] }
  const measure = async (side: keyof typeof sides, count: number) => {
    await usher.askAsOperator('PUT', '/v1/policy', sides[side])
    await sleep(1_100) // every process has read it by then
    return timed(usher, carrier, count, count => sendBatches(usher, count))
  }
  for (const side of ['bare', 'every'] as const) await measure(side, texts / 5)
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of ['bare', 'every'] as const) runs[side].push(await measure(side, texts))
    say(
      `  bare ${Math.round(runs.bare[pair]!.perSecond)}, every rule ${Math.round(runs.every[pair]!.perSecond)} texts/s`,
    )
  }
  await usher.stop()
  await carrier.stop()
  const ratios = runs.every.map(({ perSecond }, pair) => perSecond / runs.bare[pair]!.perSecond)
  return [
    {
      key: 'line.policy.postgres',
      value: median(ratios) * 100,
      unit: '% of the line without',
      goal: '>= 80',
      peer: null,
      note: `as line.batch.postgres, with caps and the look for the same text against neither, all other rules in both; median of ${pairs} pairs, in turns on one server: ${ratios.map(ratio => (ratio * 100).toFixed(0)).join(', ')} %. Without: ${inWords(runs.bare)}. With: ${inWords(runs.every)}`,
    },
  ]
}

// --- STOP in the middle of a campaign ---------------------------------------------------------------------------

const stops = 200

/**
 * The database itself tells which claims came after which STOP: a trigger notes the snapshot of each claim, and the
 * transaction of each suppression. A claim that sees the STOP was committed after it.
 */
export const claimWitness = `
create table claim_seen (id uuid, snapshot pg_snapshot not null);
create function see_claim() returns trigger language plpgsql as $$
begin
  insert into claim_seen select id, pg_current_snapshot() from claimed where claimed_by is not null;
  return null;
end $$;
create trigger see_claim after update on job referencing new table as claimed for each statement execute function see_claim();`
const stopWitness = `
create table stop_seen (number_hash bytea primary key, xid xid8 not null);
create function see_stop() returns trigger language plpgsql as $$
begin
  insert into stop_seen values (new.number_hash, pg_current_xact_id()) on conflict do nothing;
  return null;
end $$;
create trigger see_stop after insert on suppression for each row execute function see_stop();`

export async function stopsInACampaign(scale: number): Promise<Row[]> {
  const texts = 100_000 / scale
  const people = 20_000 / scale
  const carrier = await startCarrier({ isRecording: true })
  const usher = await startUsher(carrier, { database: 'postgres', window: 1_000, subscribers: people })
  const db = await openPostgres(withoutLimit(usher.databaseUrl!), 2)
  await db.script(claimWitness)
  await db.script(stopWitness)
  const acked = async () => (await carrier.counts()).inboundAcked
  const tookMs: number[] = []
  let isFlowing = true
  const campaign = sendBatches(usher, texts).finally(() => {
    isFlowing = false
  })
  campaign.catch(() => {}) // met below
  // Each a moment after the one before, all through the campaign.
  let sent = 0
  for (; sent < stops && isFlowing; sent++) {
    const before = await acked()
    const startedAt = performance.now()
    await carrier.reply(subscriberNumber((sent * 97) % people), senders.main, 'STOP')
    await until('a STOP to be stored', async () => (await acked()) > before, 10_000, 2)
    tookMs.push(performance.now() - startedAt)
  }
  const queued = await campaign
  const waits = async () => (await db.rows<{ n: number }>(sql`select count(*)::int as n from job`))[0]!.n
  await until('the queue to be empty', async () => (await waits()) === 0, 300_000, 500)
  const [found] = await db.rows<{ after: number; before: number; stopped: number; cancelled: number }>(sql`
    select count(*) filter (where pg_visible_in_snapshot(s.xid, c.snapshot))::int as after,
      count(*) filter (where not pg_visible_in_snapshot(s.xid, c.snapshot))::int as before,
      (select count(*)::int from stop_seen) as stopped,
      (select count(*)::int from message where state = 'cancelled' and reason = 'stop') as cancelled
    from stop_seen s join subscriber p on p.number_hash = s.number_hash
    join message m on m.subscriber_id = p.id and m.purpose = 'offer' join claim_seen c on c.id = m.id`)
  await db.close()
  await usher.stop()
  await carrier.stop()
  if (found!.stopped < sent) throw new Error(`${sent} STOPs were sent, ${found!.stopped} stored`)
  if (found!.before + found!.cancelled === 0) throw new Error('no STOP met the campaign')
  return [
    {
      key: 'consent.stop',
      value: found!.after,
      unit: 'texts after a STOP',
      goal: '<= 0',
      peer: null,
      note: `${sent} people reply STOP while ${queued} of ${texts} offers to ${people} people are taken and leave; texts to them whose claim, which is what submitting means, came after the STOP's commit, as PostgreSQL's own snapshots tell; ${found!.cancelled} that waited were cancelled with their STOPs, ${found!.before} had been claimed before. A STOP was stored after ${median(tookMs).toFixed(0)} ms (median), ${Math.max(...tookMs).toFixed(0)} ms at most`,
    },
  ]
}
