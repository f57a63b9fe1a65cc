// One engine behind all doors for events in: each event is stored once, what follows from it is done with it, and the yes is
// durable before it is spoken.
import { type BadReason, type Door, type EventTypeName, type EventVerdict, eventTypes } from '@usher/contract/event'
import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, DatabaseAway, isPassing, type Statements, urgency } from '../store/database.ts'
import { firstIdAt, newId } from '../store/id.ts'
import { type DataKey, type KeyRing, type Sealed, seal } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'
import { turn } from '../store/turn.ts'
import { forgetBadEvents, mend, openLines, type Parked, park, verdictOf } from './bad.ts'
import { type Bad, check, type Flaw, type Good } from './check.ts'
import { maskNumbers } from './mask.ts'

/** An event as a door read it: not checked yet. */
export interface Incoming {
  door: z.infer<typeof Door>
  /** As it came, in the form of a CloudEvent: what the list of bad events shows and mends. */
  event: unknown
}

/** An event that was stored, as a capability is given it. */
export interface Stored {
  id: string
  type: EventTypeName
  subject: string | null
  /** Null where there is no such subscriber. */
  subscriberId: string | null
  at: Date
  data: Record<string, unknown>
}

/** What came of a run of events. */
export interface Applied {
  /** Called once all is committed. */
  after?: () => void
  /** Those that can not be done, by id, and why: they go to the list of bad ones, and must have left no trace. */
  refused?: ReadonlyMap<string, Flaw>
}

/**
 * What follows from events of a type, done in the transaction that stores them; the subscribers they are about are locked.
 * They come in the order in which they were taken, but may be late: look at `at`. Where it throws, they are tried one by
 * one, and the event that is alone then goes to the list of bad ones; to say no to some, and quickly, answer `refused`.
 */
export type Apply = (
  tx: Statements,
  events: readonly Stored[],
  now: Date,
) => Promise<(() => void) | Applied | undefined>

export interface EventTakerDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  /** What each capability does with its types. */
  applying: Partial<Record<EventTypeName, Apply>>
}

/** A line of the list of bad events that is tried once more. */
export interface Again {
  line: string
  incoming: Incoming
}

export interface EventTaker {
  /** Answers a verdict for each, in order, once all that is stored is durable. */
  take(incoming: readonly Incoming[]): Promise<EventVerdict[]>
  /**
   * Tries lines of the list of bad events once more; undefined for one that is not open any more. `note` is called for each
   * other one, in the transaction that decides it.
   */
  replay(
    again: readonly Again[],
    note?: (tx: Statements, line: string, verdict: EventVerdict) => Promise<unknown>,
  ): Promise<(EventVerdict | undefined)[]>
  /** Resolves once what was begun is answered. */
  drained(): Promise<void>
}

export function eventTaker(deps: EventTakerDeps): EventTaker {
  const { db } = deps
  // Batches of one batcher follow each other, and what is about one subscriber goes through one batcher: so it is taken in
  // the order in which it came, also where a request is longer than a batch.
  const batchers = Array.from(
    { length: Math.max(1, db.connections >> 2) },
    () =>
      new Batcher<Incoming, EventVerdict>({
        size: db.batch,
        waitMs: 2,
        parallel: 1,
        work: async batch =>
          (await takeTogether(
            deps,
            batch.map(incoming => ({ incoming })),
          )) as EventVerdict[],
      }),
  )
  return {
    take: incoming => Promise.all(incoming.map(one => batchers[spreadOf(one.event) % batchers.length]!.push(one))),
    async replay(again, note) {
      const verdicts: (EventVerdict | undefined)[] = []
      for (let i = 0; i < again.length; i += db.batch) {
        const items = again.slice(i, i + db.batch).map(one => ({ ...one, ...(note && { note }) }))
        verdicts.push(...(await apart(deps, items)))
      }
      return verdicts
    },
    async drained() {
      await Promise.all(batchers.map(one => one.drained()))
    },
  }
}

/** Where one of them fails, each is tried alone. */
async function apart(deps: EventTakerDeps, items: Item[]): Promise<(EventVerdict | undefined)[]> {
  try {
    return await takeTogether(deps, items)
  } catch (error) {
    if (items.length === 1 || error instanceof DatabaseAway) throw error
    const verdicts: (EventVerdict | undefined)[] = []
    for (const item of items) verdicts.push(...(await takeTogether(deps, [item])))
    return verdicts
  }
}

function spreadOf(event: unknown): number {
  const subject = typeof event === 'object' && event !== null && 'subject' in event ? event.subject : undefined
  let spread = 0
  if (typeof subject === 'string')
    for (let i = 0; i < Math.min(subject.length, 128); i++) spread = (spread * 31 + subject.charCodeAt(i)) >>> 0
  return spread
}

interface Item {
  incoming: Incoming
  line?: string
  note?: (tx: Statements, line: string, verdict: EventVerdict) => Promise<unknown>
}

/** How many events are judged or sealed in one turn of the event loop. */
const slice = 16
/** The one type that makes subscribers. */
const changesSubscribers = 'com.usher.subscriber.changed' satisfies EventTypeName

/** What follows from an event broke: `cause` says how. */
class NotApplied extends Error {
  override readonly name = 'NotApplied'
  readonly type: string
  constructor(type: string, cause: unknown) {
    super(`What follows from ${type} broke.`, { cause })
    this.type = type
  }
}

async function takeTogether(deps: EventTakerDeps, items: readonly Item[]): Promise<(EventVerdict | undefined)[]> {
  const now = deps.clock.now()
  const judged: (Good | Bad)[] = []
  for (const [i, { incoming }] of items.entries()) {
    if (i % slice === 0) await turn()
    judged.push(check(incoming.event, now))
  }
  try {
    return await store(deps, items, judged)
  } catch (error) {
    const [one] = judged
    if (!(error instanceof NotApplied) || items.length > 1 || one?.kind !== 'good') throw error
    deps.events.emit('work.failed', { what: `applying ${error.type}`, error: maskNumbers(String(error.cause)) })
    const broke = {
      at: '',
      detail: 'What follows from it broke here. The log says more; replay it once that is mended.',
    }
    return store(deps, items, [badOf(one, 'not_applied', broke)])
  }
}

const badOf = ({ source, eventId, type, subject }: Good, reason: BadReason, flaw: Flaw): Bad => ({
  ...{ kind: 'bad', reason, errors: [flaw], source, eventId, type, subject },
})

interface Person {
  id: string
  external_id: string
  data_key: Sealed | null
}

/** A good event as it is stored. */
interface Draft {
  n: number
  good: Good
  id: string
  subscriberId: string | null
}

const nameOf = ({ source, eventId }: { source: string | null; eventId: string | null }): string | undefined =>
  source === null || eventId === null ? undefined : JSON.stringify([source, eventId])

const isAboutTitle = ({ known }: Good) => known !== undefined && eventTypes[known].about === 'title'

async function store(
  { db, keys, clock, events, applying }: EventTakerDeps,
  items: readonly Item[],
  judged: readonly (Good | Bad)[],
): Promise<(EventVerdict | undefined)[]> {
  const work = async (tx: Statements) => {
    const verdicts: (EventVerdict | undefined)[] = items.map(() => undefined)
    const people = await lockPeople(
      tx,
      judged.flatMap(one => (one.kind === 'good' && one.subject !== null && !isAboutTitle(one) ? one.subject : [])),
    )
    const open = await openLines(
      tx,
      items.flatMap(({ line }) => line ?? []),
    )
    // Read after the locks, so that the events of one subscriber have ids in the order in which they were taken.
    const now = clock.now()
    const isGone = (n: number) => items[n]!.line !== undefined && !open.has(items[n]!.line!)

    // The first of equal ones is the event; the others, good or bad by now, are repeats of it.
    const first = new Map<string, number>()
    const repeats: number[] = []
    const bads: number[] = []
    const drafts: Draft[] = []
    for (const [n, one] of judged.entries()) {
      if (isGone(n)) continue
      const name = nameOf(one)
      if (name !== undefined && first.has(name)) repeats.push(n)
      else if (one.kind === 'bad') bads.push(n)
      else {
        first.set(name!, n)
        const person = isAboutTitle(one) ? undefined : people.get(one.subject ?? '')
        drafts.push({ n, good: one, id: newId(now), subscriberId: person?.id ?? null })
      }
    }

    const known = await findTaken(tx, judged, bads)
    repeats.push(...known.keys())
    const parkAll = async (numbers: readonly number[], badOfNumber: (n: number) => Bad) => {
      const parked = numbers.map((n): Parked => {
        return { incoming: items[n]!.incoming, bad: badOfNumber(n), line: items[n]!.line ?? null }
      })
      const lines = await park(tx, keys, parked, now)
      for (const [i, n] of numbers.entries()) verdicts[n] = verdictOf(lines[i]!, parked[i]!.bad)
      return parked.map(({ bad }, i) => ({ id: lines[i]!, type: bad.type, reason: bad.reason, at: now }))
    }
    const parked = await parkAll(
      bads.filter(n => !known.has(n)),
      n => judged[n] as Bad,
    )

    const stored = new Set(await insert(tx, keys, items, drafts, people, now))
    const taken = drafts.filter(({ id }) => stored.has(id))
    repeats.push(...drafts.flatMap(({ id, n }) => (stored.has(id) ? [] : n)))
    const { refused, after } = await apply(tx, applying, taken, now)
    if (refused.size > 0) {
      await tx.rows(
        sql`delete from event where id = any(${taken.flatMap(({ id }) => (refused.has(id) ? id : []))}::uuid[])`,
      )
      const flaws = new Map(taken.flatMap(({ n, id }) => (refused.has(id) ? [[n, refused.get(id)!] as const] : [])))
      parked.push(...(await parkAll([...flaws.keys()], n => badOf(judged[n] as Good, 'not_applied', flaws.get(n)!))))
    }
    const done = taken.filter(({ id }) => !refused.has(id))
    for (const { n, id, good } of done)
      verdicts[n] = {
        verdict: good.known ? 'taken' : 'unknown',
        id,
        source: good.source,
        eventId: good.eventId,
      }

    const ids = await findTaken(tx, judged, repeats)
    for (const n of repeats) {
      const { source, eventId } = judged[n]!
      // A repeat of one that could not be done is as bad as that.
      const id = ids.get(n)
      const twin = verdicts[first.get(nameOf(judged[n]!)!) ?? n]
      if (id === undefined && !twin) throw new Error('An event that was there a moment ago was forgotten meanwhile.')
      verdicts[n] = id === undefined ? twin : { verdict: 'repeated', id, source, eventId }
    }
    await mend(
      tx,
      done.map(({ good }) => good),
      items.flatMap(({ line }, n) => (line !== undefined && verdicts[n] && verdicts[n].verdict !== 'bad' ? line : [])),
      now,
    )
    for (const [n, { line, note }] of items.entries())
      if (line !== undefined && verdicts[n]) await note?.(tx, line, verdicts[n])
    return { verdicts, done, parked, after }
  }

  const { verdicts, done, parked, after } = await db.transaction(work, urgency.ordinary)
  for (const tell of after)
    try {
      tell()
    } catch (error) {
      // What happened has happened, and is answered so.
      events.emit('work.failed', { what: 'telling what followed from events', error: maskNumbers(String(error)) })
    }
  if (done.length > 0)
    events.emit(
      'event.taken',
      done.map(({ id, good }) => ({
        id,
        type: good.type,
        isKnown: good.known !== undefined,
        subject: good.subject,
        at: good.at,
      })),
    )
  if (parked.length > 0) events.emit('event.bad', parked)
  return verdicts
}

/** In sorted order, as all who lock them do. Who was erased is nobody's subscriber any more. */
async function lockPeople(tx: Statements, subjects: readonly string[]): Promise<Map<string, Person>> {
  if (subjects.length === 0) return new Map()
  const rows = await tx.rows<Person>(sql`
    select id, external_id, data_key from subscriber
    where external_id = any(${[...new Set(subjects)]}) and erased_at is null order by id for no key update`)
  return new Map(rows.map(row => [row.external_id, row]))
}

/** Which of these were taken before, by their number, and as what. */
async function findTaken(
  tx: Statements,
  judged: readonly (Good | Bad)[],
  numbers: readonly number[],
): Promise<Map<number, string>> {
  const rows = numbers.flatMap(n => {
    const { source, eventId } = judged[n]!
    return source === null || eventId === null ? [] : { n, source, event_id: eventId }
  })
  if (rows.length === 0) return new Map()
  const found = await tx.rows<{ n: number; id: string }>(sql`
    select r.n, e.id from json_to_recordset(${rowset(rows)}) as r(n int, source text, event_id text)
    join event e on e.source = r.source and e.event_id = r.event_id`)
  return new Map(found.map(({ n, id }) => [n, id]))
}

/** Stores events; one that is there already stays as it is. Answers the ids that were stored. */
async function insert(
  tx: Statements,
  keys: KeyRing,
  items: readonly Item[],
  drafts: readonly Draft[],
  people: ReadonlyMap<string, Person>,
  now: Date,
): Promise<string[]> {
  if (drafts.length === 0) return []
  const unwrapped = new Map<string, DataKey>()
  const rows: object[] = []
  for (const [i, { n, id, good, subscriberId }] of drafts.entries()) {
    if (i % slice === 0) await turn()
    const person = subscriberId === null ? undefined : people.get(good.subject!)
    // Under the subscriber's key it goes when they are erased; without one it has a key of its own.
    let key: DataKey | undefined
    let own: Sealed | null = null
    if (good.data !== undefined && person?.data_key) {
      key = unwrapped.get(person.id) ?? keys.unwrap(person.data_key)
      unwrapped.set(person.id, key)
    } else if (good.data !== undefined) ({ key, wrapped: own } = keys.newDataKey())
    rows.push({
      id,
      source: good.source,
      event_id: good.eventId,
      type: good.type,
      is_known: good.known !== undefined,
      door: items[n]!.incoming.door,
      subject: good.subject,
      subscriber_id: subscriberId,
      at: good.at,
      data_key: base64(own),
      data: key ? base64(seal(key, JSON.stringify(good.data), 'event')) : null,
    })
  }
  // Sorted: two batches with the same events would otherwise wait for each other.
  const stored = await tx.rows<{ id: string }>(sql`
    insert into event (id, source, event_id, type, is_known, door, subject, subscriber_id, at, received_at, data_key, data)
    select id, source, event_id, type, is_known, door, subject, subscriber_id, at, ${now}, decode(data_key, 'base64'),
      decode(data, 'base64')
    from json_to_recordset(${rowset(rows)}) as r(id uuid, source text, event_id text, type text, is_known boolean, door text,
      subject text, subscriber_id uuid, at timestamptz, data_key text, data text)
    order by source, event_id
    on conflict (source, event_id) do nothing returning id`)
  return stored.map(row => row.id)
}

/** Does what follows from them, by type, those about one subscriber in the order in which they were taken. */
async function apply(
  tx: Statements,
  applying: EventTakerDeps['applying'],
  taken: readonly Draft[],
  now: Date,
): Promise<{ refused: Map<string, Flaw>; after: (() => void)[] }> {
  const refused = new Map<string, Flaw>()
  const after: (() => void)[] = []
  let rest = taken.filter(({ good }) => good.known && applying[good.known])
  while (rest.length > 0) {
    const type = rest[0]!.good.known!
    // As many as can go together: of whom none of another type comes first.
    const waiting = new Set<string | null>()
    const run: Draft[] = []
    rest = rest.filter(draft => {
      const isNext = draft.good.known === type && !waiting.has(draft.good.subject)
      if (isNext) run.push(draft)
      else waiting.add(draft.good.subject)
      return !isNext
    })
    let applied: Awaited<ReturnType<Apply>>
    try {
      applied = await applying[type]!(tx, run.map(asStored), now)
    } catch (error) {
      throw error instanceof DatabaseAway || isPassing(error) ? error : new NotApplied(type, error)
    }
    if (typeof applied === 'function') after.push(applied)
    else if (applied) {
      if (applied.after) after.push(applied.after)
      for (const [id, flaw] of applied.refused ?? []) refused.set(id, flaw)
    }
    if (type === changesSubscribers) await findMade(tx, taken)
  }
  return { refused, after }
}

const asStored = ({ id, good, subscriberId }: Draft): Stored => ({
  id,
  type: good.known!,
  subject: good.subject,
  subscriberId,
  at: good.at,
  data: good.data as Record<string, unknown>, // the type's schema has read it, and each is an object's
})

/** Who was made by an event is known to those that follow it. */
async function findMade(tx: Statements, taken: readonly Draft[]): Promise<void> {
  const unmet = taken.filter(
    ({ good, subscriberId }) => subscriberId === null && good.subject !== null && !isAboutTitle(good),
  )
  const people = await lockPeople(
    tx,
    unmet.map(({ good }) => good.subject!),
  )
  const met = unmet.filter(({ good }) => people.has(good.subject!))
  for (const draft of met) draft.subscriberId = people.get(draft.good.subject!)!.id
  if (met.length > 0)
    await tx.rows(sql`
      update event set subscriber_id = r.subscriber_id
      from json_to_recordset(${rowset(met.map(({ id, subscriberId }) => ({ id, subscriber_id: subscriberId })))}) as r(id uuid, subscriber_id uuid)
      where event.id = r.id`)
}

/** Forgets what was kept long enough, a few thousand at a time; answers how many. */
export async function forgetEvents(db: Database, now: Date, days: number): Promise<number> {
  const before = firstIdAt(new Date(now.getTime() - days * 24 * 60 * 60_000))
  const gone = await db.rows(
    sql`
    delete from event where id in (select id from event where id < ${before}::uuid order by id limit 2000) returning 1 as gone`,
    urgency.idle,
  )
  return gone.length + (await forgetBadEvents(db, now))
}
