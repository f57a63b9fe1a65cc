// The runs of journeys as they are stored. What an event does to them is done in the transaction that stores the event, under
// the lock of its subscriber: so a payment takes back what waits before anybody can send it (DESIGN.md, rule 3).
import type { EventTypeName } from '@usher/contract/event'
import type { Journey } from '@usher/contract/journey'
import { type Cancelled, cancelTexts } from '../message/cancel.ts'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type DataKey, type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { base64, rowset, type Sql, sql } from '../store/sql.ts'
import { turn } from '../store/turn.ts'
import { zonesOfCountry } from '../subscriber/zones.ts'
import { type Facts, hear, type Run, type Step, type Told } from './plan.ts'

/** A subscriber as a journey knows them; their row is locked by whoever loads them. */
export interface Traveller {
  id: string
  external_id: string | null
  data_key: Sealed | null
  locale: string | null
  zone: string | null
  country: string | null
  number_zones: string[]
}

export const travellerColumns = sql`s.id, s.external_id, s.data_key, s.locale, s.zone, s.country, s.number_zones`

/** By the service's own id; not locked. */
export async function findTraveller(db: Statements, externalId: string): Promise<Traveller | undefined> {
  const [row] = await db.rows<Traveller>(
    sql`select ${travellerColumns} from subscriber s where s.external_id = ${externalId} and s.erased_at is null`,
  )
  return row
}

/** By whose clock days are counted: the one they have, else that of their number or country. `isKnown`: nobody guessed. */
export function zoneOf({ zone, country, number_zones }: Pick<Traveller, 'zone' | 'country' | 'number_zones'>): {
  zone: string
  isKnown: boolean
} {
  const guesses = number_zones.length > 0 ? number_zones : zonesOfCountry(country)
  return { zone: zone ?? guesses[0] ?? 'UTC', isKnown: zone !== null || guesses.length === 1 }
}

export interface Heard {
  /** Texts that were taken back, by why. */
  cancelled: ReadonlyMap<string, readonly Cancelled[]>
  /** When the first of the steps that it planned is due. */
  firstDueAt: Date | null
}

/** What happens, one after the other, to whom. */
export interface Happening {
  traveller: Traveller
  told: Told
}

/** Which journeys an event of this type does anything to. */
const touching = (journeys: Iterable<Journey>, type: EventTypeName): Journey[] =>
  [...journeys].filter(({ startsOn, endsOn }) => startsOn.includes(type) || endsOn.some(({ event }) => event === type))

/** Does to the journeys what the events say, in their order. The travellers are locked, and still have their keys. */
export async function hearAll(
  tx: Statements,
  keys: KeyRing,
  journeys: ReadonlyMap<string, Journey>,
  happenings: readonly Happening[],
  now: Date,
): Promise<Heard> {
  const concerned = happenings.map(({ told }) => touching(journeys.values(), told.type))
  const names = [...new Set(concerned.flat().map(({ name }) => name))]
  if (names.length === 0) return { cancelled: new Map(), firstDueAt: null }
  const dataKeys = new Map<string, DataKey>()
  const keyOf = ({ id, data_key }: Traveller) => {
    const key = dataKeys.get(id) ?? keys.unwrap(data_key!)
    dataKeys.set(id, key)
    return key
  }
  const ids = [...new Set(happenings.map(({ traveller }) => traveller.id))]
  const subjects = [...new Set(happenings.flatMap(({ told }) => told.invoice ?? []))]
  // Of what is one at a time, and of what is open or about one of these invoices: each payment of a year is not looked at again.
  const before = await loadRuns(
    tx,
    sql`r.subscriber_id = any(${ids}::uuid[]) and r.journey = any(${names})
      and (r.ended_at is null or r.subject = '' or r.subject = any(${subjects}))`,
  )
  const travellers = new Map(happenings.map(({ traveller }) => [traveller.id, traveller]))
  const runs = new Map<string, Stored>()
  for (const row of before) {
    const facts: Facts = JSON.parse(unseal(keyOf(travellers.get(row.subscriberId)!), row.sealed, 'journey'))
    runs.set(row.run.id, { ...row, run: { ...row.run, facts } })
  }
  const first = new Map([...runs].map(([id, { run }]) => [id, run]))

  const runsOf = new Map<string, Set<string>>()
  for (const { subscriberId, run } of runs.values())
    runsOf.set(subscriberId, (runsOf.get(subscriberId) ?? new Set()).add(run.id))
  for (const [i, { traveller, told }] of happenings.entries()) {
    if (i % slice === 0) await turn()
    const planning = { newId: () => newId(now), zone: zoneOf(traveller).zone }
    for (const journey of concerned[i]!) {
      const ids = runsOf.get(traveller.id) ?? new Set()
      const theirs = [...ids].map(id => runs.get(id)!.run).filter(run => run.journey === journey.name)
      for (const run of hear(journey, theirs, told, planning)) {
        runs.set(run.id, { subscriberId: traveller.id, run })
        runsOf.set(traveller.id, ids.add(run.id))
      }
    }
  }
  const changed = [...runs.values()].filter(({ run }) => first.get(run.id) !== run)
  const cancelled = await takeBack(tx, changed, first, now)
  await storeRuns(
    tx,
    changed.map(({ subscriberId, run }) => ({ run, subscriberId, key: keyOf(travellers.get(subscriberId)!) })),
    first,
    now,
  )
  const due = changed.flatMap(({ run }) =>
    run.steps.filter(({ state }) => state === 'pending').map(({ dueAt }) => dueAt),
  )
  return { cancelled, firstDueAt: due.length > 0 ? new Date(Math.min(...due.map(Number))) : null }
}

/** How many events are heard in one turn of the event loop. */
const slice = 16

interface Stored {
  subscriberId: string
  run: Run
}

/** Texts of steps that are not to be sent any more, or not as they are. */
async function takeBack(
  tx: Statements,
  changed: readonly Stored[],
  first: ReadonlyMap<string, Run>,
  now: Date,
): Promise<Map<string, Cancelled[]>> {
  const byReason = new Map<string, string[]>()
  for (const { run } of changed)
    for (const was of first.get(run.id)?.steps ?? []) {
      const is = run.steps.find(({ id }) => id === was.id)
      if (!was.isWaiting || was.message === null || (is?.isWaiting && is.message === was.message)) continue
      const reason = run.ended?.as ?? 'moved'
      byReason.set(reason, [...(byReason.get(reason) ?? []), was.message])
    }
  const cancelled = new Map<string, Cancelled[]>()
  for (const [reason, ids] of byReason) cancelled.set(reason, await cancelTexts(tx, ids, reason, now))
  return cancelled
}

interface RunRow {
  id: string
  subscriber_id: string
  journey: string
  version: number
  subscription: string
  subject: string
  facts: Sealed
  anchor_at: Date
  said_at: Date
  ended_said_at: Date | null
  ended_as: 'paid' | 'lost' | 'over' | null
  ended_by: string | null
  steps:
    | {
        id: string
        name: string
        due_at: string
        state: Step['state']
        reason: string | null
        message_id: string | null
        waits: boolean
      }[]
    | null
}

export interface LoadedRun extends Stored {
  sealed: Sealed
}

/** Runs with their steps; their facts stay sealed. */
export async function loadRuns(tx: Statements, where: Sql): Promise<LoadedRun[]> {
  const rows = await tx.rows<RunRow>(sql`
    select r.id, r.subscriber_id, r.journey, r.version, r.subscription, r.subject, r.facts, r.anchor_at, r.said_at, r.ended_said_at,
      r.ended_as, r.ended_by, (
        select json_agg(json_build_object('id', t.id, 'name', t.name, 'due_at', t.due_at, 'state', t.state, 'reason', t.reason,
          'message_id', t.message_id, 'waits', coalesce(m.state in ('held', 'queued'), false)) order by t.id)
        from journey_step t left join message m on m.id = t.message_id where t.run_id = r.id) as steps
    from journey_run r where ${where} order by r.id`)
  return rows.map(row => ({
    subscriberId: row.subscriber_id,
    sealed: row.facts,
    run: {
      ...{ id: row.id, journey: row.journey, version: row.version, subscription: row.subscription },
      ...{ subject: row.subject, facts: {}, anchorAt: row.anchor_at, saidAt: row.said_at },
      ended: row.ended_as === null ? null : { saidAt: row.ended_said_at!, as: row.ended_as, by: row.ended_by ?? '' },
      steps: (row.steps ?? []).map(step => ({
        ...{ id: step.id, name: step.name, dueAt: new Date(step.due_at), state: step.state, reason: step.reason },
        ...{ message: step.message_id, isWaiting: step.waits },
      })),
    },
  }))
}

/** Writes runs and those of their steps that changed. */
export async function storeRuns(
  tx: Statements,
  stored: readonly (Stored & { key: DataKey })[],
  first: ReadonlyMap<string, Run>,
  now: Date,
): Promise<void> {
  if (stored.length === 0) return
  const rows = stored.map(({ run, subscriberId, key }) => {
    const { amount, currency } = atStake(run.facts)
    return {
      ...{ id: run.id, subscriber_id: subscriberId, journey: run.journey, version: run.version },
      ...{ subscription: run.subscription, subject: run.subject, anchor_at: run.anchorAt, said_at: run.saidAt },
      facts: base64(seal(key, JSON.stringify(run.facts), 'journey')),
      ...{ amount, currency, ended_said_at: run.ended?.saidAt ?? null, ended_as: run.ended?.as ?? null },
      ended_by: run.ended?.by ?? null,
    }
  })
  await tx.rows(sql`
    insert into journey_run as t (id, subscriber_id, journey, version, subscription, subject, facts, anchor_at, said_at, amount, currency,
      started_at, ended_at, ended_said_at, ended_as, ended_by)
    select id, subscriber_id, journey, version, subscription, subject, decode(facts, 'base64'), anchor_at, said_at, amount, currency,
      ${now}, case when ended_as is not null then ${now}::timestamptz end, ended_said_at, ended_as, ended_by
    from json_to_recordset(${rowset(rows)}) as r(id uuid, subscriber_id uuid, journey text, version int, subscription text, subject text,
      facts text, anchor_at timestamptz, said_at timestamptz, amount bigint, currency text, ended_said_at timestamptz, ended_as text,
      ended_by text)
    order by id
    on conflict (id) do update set version = excluded.version, facts = excluded.facts, anchor_at = excluded.anchor_at,
      said_at = excluded.said_at, amount = excluded.amount, currency = excluded.currency, is_moved = false,
      started_at = case when t.ended_at is not null and excluded.ended_at is null then excluded.started_at else t.started_at end,
      ended_at = excluded.ended_at, ended_said_at = excluded.ended_said_at, ended_as = excluded.ended_as, ended_by = excluded.ended_by`)
  const steps = stored.flatMap(({ run, subscriberId }) => {
    const before = first.get(run.id)?.steps ?? []
    return run.steps
      .filter(step => {
        const was = before.find(({ id }) => id === step.id)
        return (
          !was ||
          was.state !== step.state ||
          was.dueAt.getTime() !== step.dueAt.getTime() ||
          was.reason !== step.reason ||
          was.message !== step.message
        )
      })
      .map(({ id, name, dueAt, state, reason, message }) => ({
        ...{ id, run_id: run.id, subscriber_id: subscriberId, journey: run.journey, name, due_at: dueAt },
        ...{ state, reason, message_id: message },
      }))
  })
  if (steps.length === 0) return
  await tx.rows(sql`
    insert into journey_step as t (id, run_id, subscriber_id, journey, name, due_at, look_at, state, reason, message_id, ended_at)
    select id, run_id, subscriber_id, journey, name, due_at, due_at, state, reason, message_id, case when state <> 'pending' then ${now}::timestamptz end
    from json_to_recordset(${rowset(steps)}) as r(id uuid, run_id uuid, subscriber_id uuid, journey text, name text, due_at timestamptz,
      state text, reason text, message_id uuid)
    order by id
    on conflict (id) do update set due_at = excluded.due_at, look_at = excluded.look_at, state = excluded.state,
      reason = excluded.reason, message_id = excluded.message_id, ended_at = excluded.ended_at`)
}

/** What a payment would bring, and what is lost without it. */
function atStake(facts: Facts): { amount: number | null; currency: string | null } {
  const money = (of: unknown) => {
    const { amount, currency } = (of ?? {}) as { amount?: unknown; currency?: unknown }
    return typeof amount === 'number' && typeof currency === 'string' ? { amount, currency } : undefined
  }
  return money(facts) ?? money(facts.price) ?? { amount: null, currency: null }
}

/** What ended so long ago is forgotten. */
const keptDays = 395
/** Deletes what was kept long enough, a thousand at a time; answers of how many. */
export async function forgetRuns(db: Database, now: Date): Promise<number> {
  const before = new Date(now.getTime() - keptDays * 86_400_000)
  const gone = await db.rows(
    sql`
    delete from journey_run where id in (
      select id from journey_run where ended_at < ${before} order by ended_at limit 1000) and ended_at < ${before} returning 1 as gone`,
    urgency.idle,
  )
  // Nobody told how it ended, and nothing of it is to come.
  const open = await db.rows(
    sql`
    delete from journey_run r where id in (
      select id from journey_run o where ended_at is null and anchor_at < ${before}
        and not exists (select from journey_step t where t.run_id = o.id and t.state = 'pending') order by anchor_at limit 1000)
      and ended_at is null and anchor_at < ${before} returning 1 as gone`,
    urgency.idle,
  )
  const steps = await db.rows(
    sql`
    delete from journey_step where id in (
      select id from journey_step where ended_at < ${before} order by ended_at limit 1000) and ended_at < ${before} returning 1 as gone`,
    urgency.idle,
  )
  return gone.length + open.length + steps.length
}

/** Nothing is left of what was planned for them. */
export async function eraseJourneys(tx: Statements, ids: readonly string[]): Promise<void> {
  await tx.rows(sql`delete from journey_run where subscriber_id = any(${ids}::uuid[])`)
  await tx.rows(sql`delete from subscription where subscriber_id = any(${ids}::uuid[])`)
}
