// The durable queue: first in, first out per lane and channel; one statement for each verb. It knows nothing of texts or
// carriers: a job is an id, a lane, an opaque channel and two times.
//
// A claim's commit is the point of no return: whoever holds a claim may have acted on it. A worker keeps its claims by
// renewing its lease; the claims of a worker whose lease ran out are taken over by whoever looks next, to settle them.
import type { Statements, Urgency } from '../store/database.ts'
import { rowset, type Sql, sql } from '../store/sql.ts'

export interface Claim {
  id: string
  lane: number
  /** How often it was claimed; with the worker's name it fences one that was thought dead. */
  attempts: number
  /** The worker that holds it. */
  by: string
}

/** Seconds of a lease. A dead worker's claims are found again within this and one sweep: under 10 s. */
export const leaseSeconds = 7

/**
 * Puts jobs into the queue; a piece for the statement that stores what they are about. `rows` selects, in this order: id,
 * lane, channel, when it is due, and until when it is worth doing.
 */
export const enqueue = (rows: Sql): Sql => sql`insert into job (id, lane, channel, due_at, dies_at) ${rows}`

/** How the lanes of one claim share it: strict lanes first, in order; the others by weight, so that none starves. */
export interface Share {
  lane: number
  /** null: strictly before all that have a weight. */
  weight: number | null
}

/**
 * Claims up to `limit` jobs of a channel that are due and alive; a piece for the statement that loads what they are about,
 * in `with claimed as (...)`: one way to the database for both. Each lane offers its first jobs; a strict one ranks by its
 * number, a weighted one by position / weight, which interleaves them in proportion and leaves no share unused.
 */
export const claim = ({
  channel,
  worker,
  shares,
  limit,
  now,
}: {
  channel: string
  worker: string
  shares: readonly Share[]
  limit: number
  now: Date
}): Sql => sql`
  with share as (
    select * from json_to_recordset(${rowset(shares)}) as s(lane smallint, weight real)
  ), due as materialized (
    select waiting.id, share.lane, share.weight, row_number() over (partition by share.lane order by waiting.due_at, waiting.id) as place
    from share, lateral (
      select id, due_at from job
      where channel = ${channel} and job.lane = share.lane and claimed_by is null and due_at <= ${now} and dies_at > ${now}
      order by due_at, id limit ${limit} for update skip locked
    ) waiting
  ), first as (
    select id from due
    order by case when weight is null then lane else 100 end, place / coalesce(weight, 1) limit ${limit}
  )
  update job set claimed_by = ${worker}, attempts = attempts + 1
  from first where job.id = first.id
    -- A worker that was thought dead claims nothing until it has renewed. Leases alone use database time.
    and exists (
      select from worker where name = ${worker} and lease_until > now() + make_interval(secs => ${leaseSeconds / 2}))
  returning job.id, job.lane, job.attempts, job.claimed_by as by, job.due_at`

/** What fences a worker that was thought dead: the claim it knows, by its name and count. */
export type Held = Pick<Claim, 'id' | 'attempts' | 'by'>

const sameClaim = sql`job.id = held.id and job.attempts = held.attempts and job.claimed_by = held.by`

/** Deletes finished jobs; a piece to be put before the statement that records what became of them, in `with done as (...)`. */
export const complete = (claims: readonly Held[]): Sql => sql`
  delete from job using json_to_recordset(${rowset(claims)}) as held(id uuid, attempts int, by text)
  where ${sameClaim} returning job.id`

/**
 * Gives claims back, to be claimed again at `dueAt`, by another channel where one is named; a piece for the statement that
 * tells what they are about of it, in `with back as (...)`. It answers the ids that were still this worker's.
 */
export const retry = (claims: readonly (Held & { dueAt: Date; channel?: string })[]): Sql => sql`
  update job set claimed_by = null, due_at = held."dueAt", channel = coalesce(held.channel, job.channel)
  from json_to_recordset(${rowset(claims)}) as held(id uuid, attempts int, by text, "dueAt" timestamptz, channel text)
  where ${sameClaim} returning job.id`

/** Which of the waiting jobs of a channel. */
export interface Which {
  lanes: readonly number[]
  dueBefore: Date | null
  limit: number
}

/** Waiting jobs of a channel, the most urgent first; a piece. `also` is a condition on `job.id`. */
export const waitingAt = (channel: string, { lanes, dueBefore, limit }: Which, also: Sql = sql`true`): Sql => sql`
  select id from job
  where channel = ${channel} and lane = any(${lanes}::smallint[]) and claimed_by is null
    ${dueBefore === null ? sql`` : sql`and due_at <= ${dueBefore}`} and ${also}
  order by lane, due_at, id limit ${limit}`

/** Moves waiting jobs to other channels, without waking who sleeps there; a piece. `placed` selects id and channel. */
export const move = (placed: Sql): Sql => sql`
  update job set channel = placed.channel from (${placed}) as placed(id, channel)
  where job.id = placed.id and job.claimed_by is null returning job.id, job.channel, job.lane`

/** When the oldest waiting job of each of a channel's lanes became due, without counting what waits. */
export const oldestDue = (db: Statements, channels: readonly string[], lanes: number, now: Date, urgency?: Urgency) =>
  db.rows<{ channel: string; lane: number; at: Date }>(
    sql`
    select c.channel, l.lane, first.due_at as at
    from unnest(${channels}::text[]) as c(channel), generate_series(0, ${lanes - 1}) as l(lane), lateral (
      select due_at from job
      where job.channel = c.channel and job.lane = l.lane and claimed_by is null and due_at <= ${now}
      order by due_at, id limit 1
    ) first`,
    urgency,
  )

/** Keeps the leases of workers, and with them all their claims. */
export const renew = (db: Statements, workers: readonly string[], urgency?: Urgency) =>
  db.rows(
    sql`
    insert into worker (name, lease_until)
    select name, now() + make_interval(secs => ${leaseSeconds}) from unnest(${workers}::text[]) name order by name
    on conflict (name) do update set lease_until = excluded.lease_until`,
    urgency,
  )

/** What a worker holds. */
export const claimsOf = (db: Statements, worker: string) =>
  db.rows<Claim & { channel: string }>(sql`
    select id, lane, attempts, claimed_by as by, channel from job where claimed_by = ${worker}`)

/** Ends leases: the worker stopped, and what it may have left is free to be taken over at once. */
export const retire = (db: Statements, workers: readonly string[]) =>
  db.rows(sql`delete from worker where name = any(${workers})`)

/** Takes over claims of workers without a lease. What they did is unknown; the caller settles it. */
export const takeOver = (db: Statements, worker: string, limit: number) =>
  db.rows<Claim & { channel: string }>(sql`
    with gone as (
      delete from worker where lease_until < now() - interval '1 hour'
    ), lost as (
      select id from job where claimed_by is not null
        and not exists (select from worker where name = claimed_by and lease_until > now())
      limit ${limit} for update skip locked
    )
    update job set claimed_by = ${worker} from lost where job.id = lost.id
    returning job.id, job.lane, job.attempts, job.claimed_by as by, job.channel`)

/** Deletes waiting jobs that are no longer worth doing. */
export const bury = (tx: Statements, now: Date, limit: number) =>
  tx.rows<{ id: string }>(sql`
    with dead as (
      select id from job where claimed_by is null and dies_at <= ${now} order by dies_at limit ${limit} for update skip locked
    )
    delete from job using dead where job.id = dead.id returning job.id`)

/** Deletes the waiting jobs among these; those that are claimed can't be called back. */
export const cancel = (tx: Statements, ids: readonly string[]) =>
  tx.rows<{ id: string }>(sql`delete from job where id = any(${ids}::uuid[]) and claimed_by is null returning id`)

export interface Depth {
  channel: string
  lane: number
  waiting: number
  /** Of those, the ones that are due. */
  due: number
  claimed: number
  /** When the oldest that is due became due. */
  oldestDueAt: Date | null
}

/** What waits, by channel and lane. */
export const depths = (db: Statements, now: Date, urgency?: Urgency) =>
  db.rows<Depth>(
    sql`
    select channel, lane::int, (count(*) filter (where claimed_by is null))::int as waiting,
      (count(*) filter (where claimed_by is null and due_at <= ${now}))::int as due,
      (count(*) filter (where claimed_by is not null))::int as claimed,
      min(due_at) filter (where claimed_by is null and due_at <= ${now}) as "oldestDueAt"
    from job group by channel, lane`,
    urgency,
  )
