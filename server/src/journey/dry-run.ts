// What a journey would have sent, had it been in force: the events of the past are heard once more, by the same rules, and
// nothing is stored or sent.
import type { EventTypeName } from '@usher/contract/event'
import type { DryRun, Journey } from '@usher/contract/journey'
import { type Database, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import { turn } from '../store/turn.ts'
import { type Facts, hear, holds, type Run, type Told, worthUntil } from './plan.ts'
import { type Traveller, travellerColumns, zoneOf } from './run.ts'

export interface DryRunDeps {
  db: Database
  keys: KeyRing
  /** What a journey hears of an event, by itself; `known` is what is known today. */
  tellOf: (event: { id: string; type: EventTypeName; at: Date; data: Record<string, unknown> }, known: Facts) => Told
  /** What is known today of the subscriptions of these. */
  knownOf: (people: readonly Pick<Traveller, 'id' | 'data_key'>[]) => Promise<ReadonlyMap<string, Facts>>
}

/** As many events as are looked at in one go; the newest. */
const mostEvents = 20_000
/** A renewal that was due in these days was told up to a year ago. */
const backDays = 400
const mostSamples = 200
const dayMs = 86_400_000

interface EventRow extends Traveller {
  event_id: string
  type: EventTypeName
  at: Date
  own_key: Sealed | null
  data: Sealed | null
}

type Outcome = DryRun['sample'][number]

export async function dryRun(
  { db, keys, tellOf, knownOf }: DryRunDeps,
  journey: Journey,
  days: number,
  now: Date,
): Promise<DryRun> {
  const since = new Date(now.getTime() - days * dayMs)
  const types = [...new Set([...journey.startsOn, ...journey.endsOn.map(({ event }) => event)])]
  const floor = firstIdAt(new Date(since.getTime() - backDays * dayMs))
  const rows = await db.rows<EventRow>(
    sql`
    select e.id as event_id, e.type, e.at, e.data_key as own_key, e.data, ${travellerColumns}
    from (
      select of_type.* from unnest(${types}::text[]) as asked(type), lateral (
        select * from event where type = asked.type and id >= ${floor}::uuid and subscriber_id is not null
        order by id desc limit ${mostEvents + 1}) of_type
      order by of_type.id desc limit ${mostEvents + 1}
    ) e join subscriber s on s.id = e.subscriber_id where s.data_key is not null`,
    urgency.report,
  )
  const isWhole = rows.length <= mostEvents
  const people = new Map(rows.map(row => [row.id, row]))
  const known = await knownOf([...people.values()])
  const byPerson = new Map<string, EventRow[]>()
  for (const row of rows.slice(0, mostEvents)) byPerson.set(row.id, [...(byPerson.get(row.id) ?? []), row])

  const outcomes: Outcome[] = []
  let events = 0
  let count = 0
  for (const [id, theirs] of byPerson) {
    const person = people.get(id)!
    const key = keys.unwrap(person.data_key!)
    const heard = theirs
      .sort((a, b) => Number(a.at) - Number(b.at))
      .map(row => {
        const data = row.data ? JSON.parse(unseal(row.own_key ? keys.unwrap(row.own_key) : key, row.data, 'event')) : {}
        return tellOf({ id: row.event_id, type: row.type, at: row.at, data }, known.get(id) ?? {})
      })
    events += heard.filter(({ at }) => at >= since).length
    for (const outcome of walk(journey, heard, zoneOf(person).zone, now))
      if (new Date(outcome.at) > since) outcomes.push({ ...outcome, subscriber: person.external_id ?? '' })
    if (++count % 16 === 0) await turn()
  }
  outcomes.sort((a, b) => (a.at < b.at ? -1 : 1))
  const texts = outcomes.filter(({ what }) => what === 'text')
  const byDay = new Map<string, number>()
  for (let ms = since.getTime() + dayMs; ms <= now.getTime(); ms += dayMs)
    byDay.set(new Date(ms).toISOString().slice(0, 10), 0)
  for (const { at } of texts) byDay.set(at.slice(0, 10), (byDay.get(at.slice(0, 10)) ?? 0) + 1)
  return {
    ...{ days, events, isWhole, subscribers: new Set(outcomes.map(({ subscriber }) => subscriber)).size },
    steps: journey.steps.map(({ name }) => {
      const of = (what: Outcome['what']) => outcomes.filter(one => one.step === name && one.what === what).length
      return { step: name, texts: of('text'), ended: of('ended'), skipped: of('skipped') }
    }),
    byDay: [...byDay].map(([day, texts]) => ({ day, texts })),
    sample: outcomes.slice(0, mostSamples),
  }
}

/** One subscriber's events, in their order; what became of each step whose time has come. */
function walk(journey: Journey, heard: readonly Told[], zone: string, now: Date): Omit<Outcome, 'subscriber'>[] {
  let ids = 0
  const planning = { newId: () => String(ids++), zone }
  const outcomes: Omit<Outcome, 'subscriber'>[] = []
  let runs: Run[] = []
  /** Sends what is due by then. */
  const pass = (at: Date) => {
    runs = runs.map(run => {
      const due = run.steps.filter(step => step.state === 'pending' && step.dueAt <= at)
      if (due.length === 0) return run
      return {
        ...run,
        steps: run.steps.map(step => {
          if (!due.includes(step)) return step
          const planned = journey.steps.find(({ name }) => name === step.name)!
          const isTexted = planned.only.every(one => holds(one, run.facts))
          const isLate = worthUntil(planned, step.dueAt, run.anchorAt) <= step.dueAt
          const why = isLate ? 'late' : isTexted ? null : 'condition'
          outcomes.push({ step: step.name, at: step.dueAt.toISOString(), what: why === null ? 'text' : 'skipped', why })
          return { ...step, state: why === null ? 'texted' : 'skipped', reason: why }
        }),
      }
    })
  }
  for (const told of heard) {
    pass(told.at)
    for (const next of hear(journey, runs, told, planning)) {
      const before = runs.find(({ id }) => id === next.id)
      for (const step of next.steps) {
        const was = before?.steps.find(({ id }) => id === step.id)
        if (step.state !== 'skipped' || was?.state === 'skipped' || step.dueAt > now) continue
        const what = next.ended === null ? 'skipped' : 'ended'
        outcomes.push({ step: step.name, at: step.dueAt.toISOString(), what, why: step.reason })
      }
      runs = [...runs.filter(({ id }) => id !== next.id), next]
    }
  }
  pass(now)
  return outcomes
}
