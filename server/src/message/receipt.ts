// Step 6: the carrier's word on a text's fate: early, late, twice or never. A legal move, or parked until its text is known.
// The carrier hears our answer only after the commit; what it repeats changes nothing.
import type { CarrierReceipt } from '../carrier/channel.ts'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, DatabaseAway, type Statements, urgency } from '../store/database.ts'
import { firstIdAt, newId } from '../store/id.ts'
import type { KeyRing } from '../store/keys.ts'
import { base64, rowset, type Sql, sql } from '../store/sql.ts'
import { statesBefore } from './message.ts'
import { type Purpose, rulesOf } from './purpose.ts'

export interface ReceiptDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  /** The outcome of this carrier id, while it is being written: the receipt waits for it instead of parking. */
  recording: (carrierMessageId: string) => Promise<unknown> | undefined
  /** Hears of texts that did not arrive, once that is stored: their number may be dead. */
  ended?: (texts: readonly { id: string; channel: string; reason: string | null }[]) => Promise<void>
}

export interface Receipts {
  /** Resolves once the receipt is stored. Rejects while the database is away, so that the carrier sends it again. */
  record(receipt: CarrierReceipt): Promise<void>
  /** Matches parked receipts with texts that are known by now: the young, and all once a minute. Runs each second by itself. */
  settleParked(): Promise<void>
  start(): void
  stop(): Promise<void>
}

type Fate = 'delivered' | 'undeliverable' | 'expired'

interface Word {
  n: number
  channel: string
  carrier_message_id: string
  state: Fate
  reason: string | null
}

interface Moved {
  n: number
  id: string
  purpose: Purpose
  country: string | null
  channel: string
  accepted_at: Date
  submitted_at: Date | null
}

/** A parked receipt whose answer never came is matched by number and reference after this long. */
const patienceMs = 5_000
const parkedForMs = 4 * 24 * 60 * 60_000
const parkedBatch = 1_000
/** Most match within seconds or never: a receipt is looked at each second for so long, and then once in as long. */
const youngMs = 60_000

export function receipts(deps: ReceiptDeps): Receipts {
  const { db, recording } = deps
  const batcher = new Batcher<CarrierReceipt, undefined>({
    size: db.batch,
    waitMs: 3,
    parallel: 1,
    work: batch => store(deps, batch),
  })
  let timer: NodeJS.Timeout | undefined
  let settling: Promise<void> | undefined

  const settleParked = () => {
    settling ??= settle().finally(() => {
      settling = undefined
    })
    return settling
  }
  /** When all that are parked were last looked at. */
  let allAt: Date | undefined
  async function settle() {
    const now = deps.clock.now()
    const lookAtAll = allAt === undefined || now.getTime() - allAt.getTime() >= youngMs
    const which = lookAtAll ? sql`true` : sql`p.id >= ${firstIdAt(new Date(now.getTime() - youngMs))}::uuid`
    const [parked] = await db.rows<{ some: boolean }>(
      sql`select exists (select from parked_receipt p where ${which}) as some`,
      urgency.ordinary,
    )
    if (parked!.some) {
      await matchById(deps, which)
      await matchByNumber(deps, which)
    }
    if (!lookAtAll) return
    await db.rows(
      sql`delete from parked_receipt where received_at < ${new Date(now.getTime() - parkedForMs)}`,
      urgency.idle,
    )
    allAt = now
  }

  return {
    async record(receipt) {
      if (receipt.state === 'intermediate') return
      // Answer and receipt may come in one read: the answer is given the time to be heard first.
      if (!recording(receipt.carrierMessageId)) await new Promise(setImmediate)
      await recording(receipt.carrierMessageId)
      await batcher.push(receipt)
    },
    settleParked,
    start() {
      timer = setInterval(() => {
        settleParked().catch(error => {
          if (!(error instanceof DatabaseAway))
            deps.events.emit('work.failed', { what: 'matching parked receipts', error: String(error) })
        })
      }, 1_000)
    },
    async stop() {
      clearInterval(timer)
      await batcher.drained()
      await settling?.catch(() => {})
    },
  }
}

async function store(deps: ReceiptDeps, batch: CarrierReceipt[]): Promise<undefined[]> {
  const { db, keys, clock, events } = deps
  const now = clock.now()
  // Of several words on one text in one batch the first stands, as it would if they came apart.
  const words = new Map<string, Word>()
  batch.forEach((receipt, n) => {
    const key = `${receipt.channel} ${receipt.carrierMessageId}`
    if (!words.has(key))
      words.set(key, {
        n,
        channel: receipt.channel,
        carrier_message_id: receipt.carrierMessageId,
        state: receipt.state as Fate,
        reason: receipt.reason,
      })
  })
  const { moved, unknown } = await apply(db, work => db.transaction(work), [...words.values()], now)
  if (unknown.length > 0) {
    const rows = unknown.map(({ n, channel, carrier_message_id, state, reason }) => {
      const { number, reference } = batch[n]!
      const e164 = number.startsWith('+') ? number : `+${number}`
      return {
        id: newId(now),
        channel,
        carrier_message_id,
        state,
        reason,
        reference,
        number_hash: base64(keys.hash(e164)),
      }
    })
    await db.rows(sql`
      insert into parked_receipt (id, channel, carrier_message_id, state, reason, reference, number_hash, received_at)
      select id, channel, carrier_message_id, state, reason, reference, decode(number_hash, 'base64'), ${now}
      from json_to_recordset(${rowset(rows)}) as r(id uuid, channel text, carrier_message_id text, state text, reason text,
        reference int, number_hash text)
      -- A carrier that was not answered says it again.
      on conflict do nothing`)
    events.emit('receipt.parked', { channel: rows[0]!.channel, count: rows.length })
    // The answer may have been committed between our look and our parking; whoever comes second finds the other.
    await matchById(deps, sql`p.id = any(${rows.map(row => row.id)}::uuid[])`)
  }
  announce(events, moved, words, now)
  await tellEnded(deps, moved, words)
  return batch.map(() => undefined)
}

/**
 * Which text a carrier's id means: the newest, for carriers use their ids again. `limit` keeps the planner from reading
 * the whole table, and the order by a column without an index keeps it from reading all texts backwards (measured: both).
 */
const textOf = sql`lateral (
  select id, state from message where carrier_message_id = r.carrier_message_id and channel = r.channel
  order by accepted_at desc limit 1) text`

/** Moves the texts these words are about. A word on a text that has its end already is known and changes nothing. */
async function apply(
  db: Statements,
  together: Together,
  words: Word[],
  now: Date,
): Promise<{ moved: Moved[]; unknown: Word[] }> {
  const moved = await db.rows<Moved>(sql`
    update message m set state = r.state, reason = r.reason, ended_at = ${now}
    from json_to_recordset(${rowset(words)}) as r(n int, channel text, carrier_message_id text, state text, reason text),
      ${textOf}
    where m.id = text.id and m.state = any(${statesBefore('delivered')})
    returning r.n, m.id, m.purpose, m.country, m.channel, m.accepted_at, m.submitted_at`)
  const hit = new Set(moved.map(row => row.n))
  const missed = words.filter(word => !hit.has(word.n))
  if (missed.length === 0) return { moved, unknown: [] }
  const parts = await together(tx => applyToParts(tx, missed, now))
  const strange = missed.filter(word => !parts.known.has(word.n))
  if (strange.length === 0) return { moved: [...moved, ...parts.moved], unknown: [] }
  const repeated = await db.rows<{ n: number }>(sql`
    select r.n from json_to_recordset(${rowset(strange)}) as r(n int, channel text, carrier_message_id text), ${textOf}
    -- One that could still move was committed since the first look: it is no repeat, and parking it will find it.
    where text.state <> all(${statesBefore('delivered')})`)
  const known = new Set(repeated.map(row => row.n))
  return { moved: [...moved, ...parts.moved], unknown: strange.filter(word => !known.has(word.n)) }
}

/** Does some statements as one. */
type Together = <T>(work: (tx: Statements) => Promise<T>) => Promise<T>

/** A long text is delivered when all its parts are, and undeliverable once all have a word and one failed. */
async function applyToParts(tx: Statements, words: Word[], now: Date): Promise<{ moved: Moved[]; known: Set<number> }> {
  // Two words on one text, heard at once, wait for each other: else each would see the other's part without its word.
  await tx.rows(sql`
    select m.id from message m where m.id in (
      select part.message_id from part join json_to_recordset(${rowset(words)}) as r(channel text, carrier_message_id text)
        on part.channel = r.channel and part.carrier_message_id = r.carrier_message_id)
    order by m.id for no key update`)
  const hits = await tx.rows<{ n: number; message_id: string }>(sql`
    with r as materialized (
      select * from json_to_recordset(${rowset(words)}) as r(n int, channel text, carrier_message_id text, state text)
    )
    update part set state = case when part.state = 'submitted' then r.state else part.state end
    from r where part.channel = r.channel and part.carrier_message_id = r.carrier_message_id
    returning r.n, part.message_id`)
  if (hits.length === 0) return { moved: [], known: new Set() }
  const moved = await tx.rows<Omit<Moved, 'n'>>(sql`
    with whole as (
      select message_id, bool_and(state = 'delivered') as arrived, min(state) filter (where state <> 'delivered') as worst
      from part where message_id = any(${hits.map(hit => hit.message_id)}::uuid[])
      group by message_id having bool_and(state <> 'submitted')
    )
      update message m set state = case when arrived then 'delivered' else worst end,
        reason = case when arrived then null else 'part_lost' end, ended_at = ${now}
      from whole where m.id = whole.message_id and m.state = any(${statesBefore('delivered')})
      returning m.id, m.purpose, m.country, m.channel, m.accepted_at, m.submitted_at`)
  const lineOf = new Map(hits.map(hit => [hit.message_id, hit.n]))
  return { moved: moved.map(row => ({ ...row, n: lineOf.get(row.id)! })), known: new Set(hits.map(hit => hit.n)) }
}

type Parked = Omit<Word, 'n'> & { id: string; received_at: Date }

/** Matches those of these parked receipts `p` whose text has its carrier id by now. */
async function matchById(deps: ReceiptDeps, which: Sql): Promise<void> {
  const { db, clock, events } = deps
  const now = clock.now()
  for (let found = parkedBatch; found === parkedBatch; ) {
    const { moved, words } = await db.transaction(async tx => {
      const parked = await tx.rows<Parked>(sql`
        select p.id, p.channel, p.carrier_message_id, p.state, p.reason from parked_receipt p
        where ${which} and (
          exists (select from message m where m.carrier_message_id = p.carrier_message_id and m.channel = p.channel)
          or exists (select from part where part.carrier_message_id = p.carrier_message_id and part.channel = p.channel))
        order by p.id limit ${parkedBatch} for update of p skip locked`)
      found = parked.length
      return settleFound(tx, parked, now)
    })
    announce(events, moved, words, now)
    await tellEnded(deps, moved, words)
  }
}

async function settleFound(tx: Statements, parked: Parked[], now: Date) {
  const words = new Map<string, Word>()
  parked.forEach((row, n) => {
    const key = `${row.channel} ${row.carrier_message_id}`
    if (!words.has(key))
      words.set(key, {
        n,
        channel: row.channel,
        carrier_message_id: row.carrier_message_id,
        state: row.state,
        reason: row.reason,
      })
  })
  if (parked.length === 0) return { moved: [], words }
  const { moved } = await apply(tx, work => work(tx), [...words.values()], now)
  await tx.rows(sql`delete from parked_receipt where id = any(${parked.map(row => row.id)}::uuid[])`)
  return { moved, words }
}

/**
 * Receipts for texts whose answer never came: the text is found by its number, and by the reference where the carrier
 * gives it back. One text and as many receipts as it has segments, or none at all: an ambiguous match is no match.
 */
async function matchByNumber(deps: ReceiptDeps, which: Sql): Promise<void> {
  const { db, clock, events } = deps
  const now = clock.now()
  const patient = new Date(now.getTime() - patienceMs)
  let last: string | undefined
  do {
    const { moved, words } = await db.transaction(async tx => {
      const young = await tx.rows<{ id: string }>(sql`
        select p.id from parked_receipt p
        where ${which} and received_at < ${patient} ${last === undefined ? sql`` : sql`and p.id > ${last}::uuid`}
        order by p.id limit ${parkedBatch}`)
      last = young.length === parkedBatch ? young.at(-1)!.id : undefined
      if (young.length === 0) return { moved: [], words: new Map<string, Word>() }
      // With all others of their numbers, which may make ambiguous what would be clear without them.
      const waiting = await tx.rows<{ id: string }>(sql`
        select id from parked_receipt where received_at < ${patient}
          and number_hash in (select number_hash from parked_receipt where id = any(${young.map(row => row.id)}::uuid[]))
        order by id for update skip locked`)
      const found = await tx.rows<Parked & { message_id: string; segments: number }>(sql`
      with waiting as (
        select * from parked_receipt where id = any(${waiting.map(row => row.id)}::uuid[])
      ), pair as (
        select p.id, m.id as message_id, m.segments, count(*) over (partition by p.id) as texts, count(*) over (partition by m.id) as receipts
        from waiting p
        join subscriber s on s.number_hash = p.number_hash
        join message m on m.subscriber_id = s.id and m.channel = p.channel and m.carrier_message_id is null
          and (p.reference is null or m.reference = p.reference)
          and m.accepted_at > p.received_at - interval '4 days' and m.accepted_at <= p.received_at
        left join job on job.id = m.id
        where m.state = 'unanswered' or (m.state in ('queued', 'held') and m.reason = 'no_answer' and job.claimed_by is null)
      )
      select w.id, w.channel, w.carrier_message_id, w.state, w.reason, pair.message_id, pair.segments
      from pair join waiting w on w.id = pair.id where texts = 1 and receipts = segments`)
      if (found.length > 0) {
        const pairs = rowset(
          found.map(({ message_id, carrier_message_id, segments }) => ({ message_id, carrier_message_id, segments })),
        )
        await tx.rows(sql`
        with pair as materialized (
          select * from json_to_recordset(${pairs}) as r(message_id uuid, carrier_message_id text, segments int)
        ), gone as (
          delete from job using pair where job.id = pair.message_id -- it arrived: it must not be sent once more
        ), parts as (
          insert into part (channel, carrier_message_id, message_id, number)
          select m.channel, pair.carrier_message_id, m.id, row_number() over (partition by m.id order by pair.carrier_message_id)
          from pair join message m on m.id = pair.message_id where pair.segments > 1 on conflict do nothing
        )
        update message m set state = 'unanswered',
          carrier_message_id = case when pair.segments = 1 then pair.carrier_message_id end
        from pair where m.id = pair.message_id`)
      }
      return settleFound(tx, found, now)
    }, urgency.idle)
    announce(events, moved, words, now)
    await tellEnded(deps, moved, words)
  } while (last !== undefined)
}

async function tellEnded({ ended, events }: ReceiptDeps, moved: Moved[], words: Map<string, Word>): Promise<void> {
  if (!ended) return
  const byLine = new Map([...words.values()].map(word => [word.n, word]))
  const texts = moved.flatMap(({ n, id, channel }) => {
    const word = byLine.get(n)
    return word?.state === 'undeliverable' ? [{ id, channel, reason: word.reason }] : []
  })
  if (texts.length === 0) return
  // The receipt itself is stored: what comes of it must not make its carrier say it again.
  await ended(texts).catch(error => {
    if (!(error instanceof DatabaseAway))
      events.emit('work.failed', { what: 'looking for dead numbers', error: String(error) })
  })
}

function announce(events: EventBus, moved: Moved[], words: Map<string, Word>, at: Date): void {
  if (moved.length === 0) return
  const byLine = new Map([...words.values()].map(word => [word.n, word]))
  events.emit(
    'message.moved',
    moved.map(({ n, id, purpose, country, channel, accepted_at, submitted_at }) => ({
      id,
      purpose,
      lane: rulesOf[purpose].lane,
      state: byLine.get(n)!.state,
      country,
      channel,
      reason: byLine.get(n)!.reason,
      subscriber: null,
      at,
      sinceAcceptedMs: at.getTime() - accepted_at.getTime(),
      ...(submitted_at === null ? {} : { sinceSubmittedMs: at.getTime() - submitted_at.getTime() }),
    })),
  )
}
