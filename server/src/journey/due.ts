// Steps that are due become texts. What is due is found by index, and the text is accepted in the transaction that says that the
// step was taken, under its subscriber's lock: a payment that committed before leaves nothing to be taken, and a kill at any
// moment leaves either both or neither.
import type { Journey } from '@usher/contract/journey'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { Acceptor, Ask } from '../message/accept.ts'
import { pickLocale } from '../message/render.ts'
import type { Templates } from '../message/template.ts'
import { type Database, DatabaseAway, isPassing, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { rowset, type Sql, sql } from '../store/sql.ts'
import { turn } from '../store/turn.ts'
import { ended, endsWithItsSteps, type Facts, holds, planned, timeIn, worthUntil } from './plan.ts'
import { loadRuns, storeRuns, type Traveller, travellerColumns, zoneOf } from './run.ts'

/** What a text says of what is known, for one reader. */
export type Words = (
  facts: Facts,
  about: { purpose: Journey['purpose']; date: Date | null; locale: string; zone: string; now: Date },
) => Record<string, string>

export interface DueDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  journeys: () => ReadonlyMap<string, Journey>
  accept: Acceptor['within']
  templates: Templates
  words: Words
  /** Where the links of steps lead. */
  links: Record<'account' | 'payment', string>
}

export interface DueSteps {
  /** Plans anew what is to be, then takes all that is due. Runs each second by itself. */
  sweep(): Promise<void>
  /** Something may be due by now. */
  ring(): void
  start(): void
  stop(): Promise<void>
}

const everyMs = 1_000
/** What could not be written is tried again: a template may be mended meanwhile. */
const againMs = 10 * 60_000
/** How many are opened and written in one turn of the event loop. */
const slice = 16

export function dueSteps(deps: DueDeps): DueSteps {
  const { db, clock, events } = deps
  const side = Math.max(1, db.connections >> 3)
  let timer: NodeJS.Timeout | undefined
  let isStopping = false

  async function planAnew(): Promise<void> {
    for (const which of [moved, outdated(deps.journeys(), db.batch)]) {
      const isThere = async () => (await db.rows(sql`select from (${which}) run limit 1`, urgency.ordinary)).length > 0
      while (!isStopping && (await isThere()) && (await replan(deps, which)) > 0);
    }
  }
  /** Tells how far behind it is; answers whether anything is due. */
  async function look(): Promise<boolean> {
    const now = clock.now()
    const [row] = await db.rows<{ at: Date }>(
      sql`select look_at as at from journey_step where state = 'pending' and look_at <= ${now} order by look_at limit 1`,
      urgency.ordinary,
    )
    events.emit('journey.lag', { ms: row ? now.getTime() - row.at.getTime() : 0 })
    return row !== undefined
  }
  async function takeAll(): Promise<void> {
    // One look a second where nothing is due.
    if (!(await look())) return
    await Promise.all(
      Array.from({ length: side }, async () => {
        while (!isStopping && (await takeSome(deps)) > 0) await look()
      }),
    )
  }
  // Beside each other: a million that are planned anew must not hold up one that is due.
  const planning = oneAtATime(planAnew, 'planning the steps of journeys anew')
  const taking = oneAtATime(takeAll, 'taking the steps that are due')

  /** Runs it, once more where it is asked for meanwhile. */
  function oneAtATime(work: () => Promise<void>, what: string) {
    let running: Promise<void> | undefined
    let isAsked = false
    const run = (): void => {
      if (running) {
        isAsked = true
        return
      }
      running = work()
        .catch(error => {
          if (!(error instanceof DatabaseAway)) events.emit('work.failed', { what, error: String(error) })
        })
        .finally(() => {
          running = undefined
          if (!isAsked || isStopping) return
          isAsked = false
          run()
        })
    }
    return { run, ended: async () => running }
  }
  return {
    async sweep() {
      await planAnew()
      await takeAll()
    },
    ring: taking.run,
    start() {
      timer = setInterval(() => {
        planning.run()
        taking.run()
      }, everyMs)
    },
    async stop() {
      isStopping = true
      clearInterval(timer)
      await planning.ended()
      await taking.ended()
    },
  }
}

interface DueRow extends Omit<Traveller, 'id'> {
  step_id: string
  run_id: string
  name: string
  due_at: Date
  reason: string | null
  journey: string
  version: number
  facts: Sealed
  anchor_at: Date
}

interface Taken {
  id: string
  run: string
  journey: string
  step: string
  dueAt: Date
  state: 'pending' | 'texted' | 'skipped'
  reason: string | null
  message: string | null
}

/** Takes a batch; where one of it breaks, each by itself, and what is broken is looked at again later. */
async function takeSome(deps: DueDeps): Promise<number> {
  const { db, clock, events } = deps
  try {
    return await take(deps, sql`true`)
  } catch (error) {
    if (error instanceof DatabaseAway || isPassing(error)) throw error
  }
  const now = clock.now()
  const due = await db.rows<{ id: string }>(
    sql`select id from journey_step where state = 'pending' and look_at <= ${now} order by look_at, id limit ${db.batch}`,
    urgency.ordinary,
  )
  let taken = 0
  for (const { id } of due)
    try {
      taken += await take(deps, sql`t.id = ${id}`)
    } catch (error) {
      if (error instanceof DatabaseAway || isPassing(error)) throw error
      events.emit('work.failed', { what: `the step ${id} of a journey`, error: String(error) })
      await db.rows(sql`
        update journey_step set reason = 'broken: The log says more.', look_at = ${new Date(now.getTime() + againMs)}
        where id = ${id} and state = 'pending'`)
      taken++
    }
  return taken
}

/** Takes a batch of what is due and `which`; answers of how many steps it could say something. */
async function take(deps: DueDeps, which: Sql): Promise<number> {
  const { db, clock, events, journeys } = deps
  const now = clock.now()
  const all = journeys()
  const { taken, announce } = await db.transaction(async tx => {
    // Who is locked by somebody else is in an event or a reply just now: the next look finds them. The run is asked for step by
    // step: as a join, all that is due and all runs are sorted for each batch (measured: 40 % of the time at 50,000 due).
    const found = await tx.rows<{ id: string }>(sql`
      with v as materialized (${versionsOf(all)})
      select t.id from journey_step t join subscriber s on s.id = t.subscriber_id
      where t.state = 'pending' and t.look_at <= ${now} and ${which} and (
        select not r.is_moved and not exists (select from v where v.name = r.journey and v.version <> r.version)
        from journey_run r where r.id = t.run_id)
      order by t.look_at, t.id limit ${db.batch} for no key update of s skip locked`)
    if (found.length === 0) return { taken: [], announce: () => {} }
    // Read once they are locked: what an event before the lock took away is not there any more.
    const rows = await tx.rows<DueRow>(sql`
      select t.id as step_id, t.run_id, t.name, t.due_at, t.reason, r.journey, r.version, r.facts, r.anchor_at, ${travellerColumns}
      from journey_step t join journey_run r on r.id = t.run_id join subscriber s on s.id = t.subscriber_id
      where t.id = any(${found.map(({ id }) => id)}::uuid[]) and t.state = 'pending' and t.look_at <= ${now}
        and r.ended_at is null and not r.is_moved and s.erased_at is null
      order by t.due_at, t.id`)
    const names = [...new Set(rows.flatMap(row => stepOf(all, row)?.template ?? []))]
    const templates = await deps.templates.find(names, tx)
    const done: Taken[] = []
    const asks: { row: DueRow; ask: Ask }[] = []
    for (const [i, row] of rows.entries()) {
      if (i % slice === 0) await turn()
      const journey = all.get(row.journey)
      // Planned by another version than is in force, between the two looks.
      if (journey && journey.version !== row.version) continue
      const decided = decide(deps, journey, row, texts => templates.get(texts)?.texts, now)
      if (typeof decided === 'string') done.push({ ...said(row), state: 'skipped', reason: decided, message: null })
      else asks.push({ row, ask: decided })
    }
    const { answers, announce } =
      asks.length === 0
        ? { answers: [], announce: () => {} }
        : await deps.accept(
            tx,
            asks.map(({ ask }) => ask),
            now,
          )
    for (const [i, { row }] of asks.entries()) {
      const answer = answers[i]!
      done.push(
        answer.kind === 'taken'
          ? { ...said(row), state: 'texted', reason: null, message: answer.acceptance.id }
          : { ...said(row), state: 'pending', reason: `${answer.problem}: ${answer.detail}`, message: null },
      )
    }
    await settle(tx, all, done, now)
    return { taken: done, announce }
  }, urgency.ordinary)
  announce()
  if (taken.length > 0)
    events.emit(
      'journey.step',
      taken.map(({ journey, step, state, reason, dueAt }) => ({
        ...{ journey, step, what: state === 'pending' ? ('waits' as const) : state },
        ...{ reason, lateMs: now.getTime() - dueAt.getTime(), at: now },
      })),
    )
  return taken.length
}

const said = ({ step_id, run_id, journey, name, due_at }: DueRow) => ({
  ...{ id: step_id, run: run_id, journey, step: name, dueAt: due_at },
})

const stepOf = (journeys: ReadonlyMap<string, Journey>, { journey, name }: Pick<DueRow, 'journey' | 'name'>) =>
  journeys.get(journey)?.steps.find(step => step.name === name)

/** The text of a step, or why there is none. */
function decide(
  { keys, words, links }: DueDeps,
  journey: Journey | undefined,
  row: DueRow,
  textsOf: (template: string) => Record<string, string> | undefined,
  now: Date,
): Ask | string {
  const step = journey?.steps.find(({ name }) => name === row.name)
  if (!journey || !step) return 'changed'
  const expiresAt = worthUntil(step, row.due_at, row.anchor_at)
  if (expiresAt <= now) return row.reason ?? 'late'
  if (!journey.isOn) return 'off'
  if (row.external_id === null || row.data_key === null) return 'nobody'
  const facts: Facts = JSON.parse(unseal(keys.unwrap(row.data_key), row.facts, 'journey'))
  if (!step.only.every(one => holds(one, facts))) return 'condition'
  // In the language of the text that they will get, and as their own country writes it where that is the same language.
  const wanted = row.locale ?? 'en'
  const picked = pickLocale(textsOf(step.template) ?? {}, wanted) ?? 'en'
  const isTheirs = picked.split(/[-_]/)[0]!.toLowerCase() === wanted.split(/[-_]/)[0]!.toLowerCase()
  const locale = isTheirs ? wanted : picked
  const date = journey.dateOf === null ? row.anchor_at : (timeIn(facts, journey.dateOf) ?? null)
  return {
    to: { subscriber: row.external_id },
    purpose: journey.purpose,
    content: {
      template: step.template,
      data: {
        ...words(facts, { purpose: journey.purpose, date, locale, zone: zoneOf(row).zone, now }),
        link: links[step.link],
      },
    },
    // It is asked for once: two payments of the same day and amount are two.
    ...{ notBefore: null, expiresAt, idempotency: null, mayRepeat: true },
  }
}

/** Says of each what became of it, and ends the runs that nothing follows in. */
async function settle(
  tx: Statements,
  journeys: ReadonlyMap<string, Journey>,
  done: readonly Taken[],
  now: Date,
): Promise<void> {
  if (done.length === 0) return
  const rows = done.map(({ id, state, reason, message }) => ({
    id,
    state,
    reason: reason && [...reason].slice(0, 300).join(''),
    message,
  }))
  await tx.rows(sql`
    update journey_step t set state = r.state, reason = r.reason, message_id = r.message,
      look_at = case when r.state = 'pending' then ${new Date(now.getTime() + againMs)} else t.look_at end,
      ended_at = case when r.state <> 'pending' then ${now}::timestamptz end
    from json_to_recordset(${rowset(rows)}) as r(id uuid, state text, reason text, message uuid) where t.id = r.id`)
  // One that is moved by later events, or counted by how it ends, stays open.
  const ends = done.filter(({ journey }) => {
    const of = journeys.get(journey)
    return !of || endsWithItsSteps(of)
  })
  if (ends.length > 0)
    await tx.rows(sql`
      update journey_run r set ended_at = ${now}, ended_said_at = ${now}, ended_as = 'over', ended_by = 'done'
      where r.id = any(${[...new Set(ends.map(({ run }) => run))]}::uuid[])
        and not exists (select from journey_step t where t.run_id = r.id and t.state = 'pending')`)
}

/** Plans anew a batch of the runs that `which` selects, by id and subscriber; answers of how many. */
async function replan({ db, keys, clock, events, journeys }: DueDeps, which: Sql): Promise<number> {
  const now = clock.now()
  return db.transaction(async tx => {
    const people = await tx.rows<Traveller & { run_id: string }>(sql`
      select r.id as run_id, ${travellerColumns} from (${which}) r join subscriber s on s.id = r.subscriber_id
      where s.data_key is not null limit ${db.batch} for no key update of s skip locked`)
    if (people.length === 0) return 0
    const of = new Map(people.map(row => [row.run_id, row]))
    // Read once they are locked: an event may have moved or ended it meanwhile, which planned it anew.
    const loaded = await loadRuns(tx, sql`r.id = any(${people.map(row => row.run_id)}::uuid[]) and r.ended_at is null`)
    const first = new Map(loaded.map(({ run }) => [run.id, run]))
    const stored: Parameters<typeof storeRuns>[1][number][] = []
    for (const [i, { run, subscriberId, sealed }] of loaded.entries()) {
      if (i % slice === 0) await turn()
      const person = of.get(run.id)!
      const key = keys.unwrap(person.data_key!)
      const journey = journeys().get(run.journey)
      const planning = { newId: () => newId(now), zone: zoneOf(person).zone }
      try {
        const known = { ...run, facts: JSON.parse(unseal(key, sealed, 'journey')) as Facts }
        const next = journey ? planned(journey, known, planning, { since: now, keepsPending: true }) : known
        stored.push({ run: next, subscriberId, key })
      } catch (error) {
        // What can't be read can't be sent either; the others must not wait behind it.
        events.emit('work.failed', { what: `planning the journey ${run.id} anew`, error: String(error) })
        stored.push({ run: ended(run, { saidAt: now, as: 'over', by: 'broken' }), subscriberId, key })
      }
    }
    await storeRuns(tx, stored, first, now)
    return stored.length
  }, urgency.ordinary)
}

/** Whose subscriber is in another zone. */
const moved = sql`select id, subscriber_id from journey_run where is_moved and ended_at is null`

/** The journeys in force, as rows. */
const versionsOf = (journeys: ReadonlyMap<string, Journey>): Sql => sql`
  select * from json_to_recordset(${rowset([...journeys.values()].map(({ name, version }) => ({ name, version })))})
    as j(name text, version int)`

/** Whose steps were planned by an older version of their journey. */
const outdated = (journeys: ReadonlyMap<string, Journey>, limit: number): Sql => sql`
  select run.id, run.subscriber_id
  from (${versionsOf(journeys)}) v, lateral (
      select id, subscriber_id from journey_run
      where journey = v.name and version < v.version and ended_at is null order by version, id limit ${limit}) run`
