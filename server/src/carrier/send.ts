// Step 5: from the queue to a carrier. Credit of a channel -> claim as many -> still allowed now? -> submit -> record.
//
// The claim's commit is `submitting`: after it the text may be on the wire, whatever happens to this process. So no more
// is claimed than can be written at once, and a worker that was held up past half its lease gives its claims back unwritten.
import type { Network } from '@usher/contract/carrier'
import type { Policy } from '@usher/contract/policy'
import type { Preferences } from '@usher/contract/subscriber'
import type { Clock } from '../clock.ts'
import type { CarrierAnswer, EventBus, MessageEvent } from '../events.ts'
import { ownHoursOf, placeOf } from '../message/facts.ts'
import type { SubmitOutcome } from '../message/message.ts'
import { statesBefore } from '../message/message.ts'
import { mayArriveNow } from '../message/policy.ts'
import { laneNumber, lanes, type Purpose, promotional, rulesOf, strictLanes } from '../message/purpose.ts'
import {
  bury,
  type Claim,
  claim,
  claimsOf,
  complete,
  type Held,
  leaseSeconds,
  renew,
  retire,
  retry,
  type Share,
  takeOver,
} from '../queue/queue.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, DatabaseAway, urgency } from '../store/database.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { rowset, sql } from '../store/sql.ts'
import { turn } from '../store/turn.ts'
import type { Channel, Outgoing } from './channel.ts'
import { mayTakeOver, type Router, type Way, type Share as WayShare } from './route.ts'

export interface SendDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  /** Unique to this process. */
  worker: string
  /** By the line as it is in force. */
  router: () => Pick<Router, 'elsewhere'>
  /** Whose hours count, as of now. */
  policy: () => Pick<Policy, 'regions'>
  random: () => number
}

export interface Sender {
  /** Takes a lease, and begins. */
  start(): Promise<void>
  /** Sends by this channel from now on, once one of the same name has stopped claiming. */
  attach(channel: Channel): Promise<void>
  /** Claims nothing more for it; what is on its wire is still recorded. Resolves once it may be stopped. */
  detach(name: string): Promise<void>
  /** Stops claiming, waits for the answers of what is on the wire, records them, gives the rest back. */
  stop(timeoutMs: number): Promise<void>
  /** The outcome of this carrier id, while it is on its way to the database: a receipt must not overtake it there. */
  recording(carrierMessageId: string): Promise<unknown> | undefined
  /** Settles what a dead worker left, and buries what is out of time. Runs each second by itself. */
  sweep(): Promise<void>
}

const strictShares: Share[] = lanes.slice(0, strictLanes).map((_, lane) => ({ lane, weight: null }))
/** How the other lanes share what is left. */
const weights = { reply: 8, account: 4, timely: 2, bulk: 1 }
const ordinaryShares: Share[] = Object.entries(weights).map(([lane, weight]) => ({
  lane: lanes.indexOf(lane as never),
  weight,
}))

const pollMs = 250
const sweepMs = 1_000
const renewMs = (leaseSeconds * 1_000) / 3
/** Nobody waits for an outcome to be written but its receipt; company makes it cheap. */
const recordWaitMs = 10
/** After an unanswered notice, how long a receipt may still tell its fate before it is sent once more. */
const resendAfterMs = 30_000
const sweepBatch = 1_000
/** Far longer than a claim that is being made takes to be known or given back. */
const lingeringMs = 15_000
/**
 * Codes are looked for often and come one by one, and what a look holds a campaign can't use meanwhile: more are claimed at
 * once only while there are more.
 */
const fewCodes = 8
/** How many ordinary texts are opened and written in one turn of the event loop. */
const slice = 16
/** A code or an alert that got no answer for so long is told as unanswered: whoever asked for it can ask for a new one. */
const strictPatienceMs = 3_000
/**
 * Where a contract limits us, a campaign is claimed so long before it may be written: for as long as a bite of it takes to be
 * written, and a claim to be made.
 */
const claimAheadMs = 75

interface Loaded {
  id: string
  purpose: Purpose
  number: Sealed | null
  body: Sealed | null
  originator: string
  reference: number
  country: string | null
  network: Network | null
  sender: string
  segments: number
  cost_micros: number | null
  accepted_at: Date
  not_before: Date | null
  expires_at: Date
  data_key: Sealed | null
  zone: string | null
  region: string | null
  number_region: string | null
  number_zones: string[]
  preferences: Preferences
  external_id: string | null
  /** `no_answer` on a notice that was sent once already, without an answer. */
  reason: string | null
}

/** A claim with what became of it. */
interface Outcome extends Claim {
  channel: string
  message: Loaded
  /** As many as the channel made of it. */
  parts: number
  /** How long the carrier took; null where nothing was asked of it. */
  ms: number | null
  outcome: SubmitOutcome | { kind: 'cancelled'; reason: string }
}

export function sender(deps: SendDeps): Sender {
  const { db, keys, clock, events, worker } = deps
  // What is taken over from the dead is in doubt, and is held under a name of its own: our loops give back what they find
  // under theirs and do not know, for that was surely not written.
  const settler = `${worker} settles`
  let isStopping = false
  const recordings = new Map<string, Promise<unknown>>()
  /** Claims of this process whose outcome is not recorded yet. */
  const inHand = new Set<string>()
  /** Outcomes on their way to the database. */
  const settling = new Set<Promise<boolean>>()
  const lines = new Map<string, { channel: Channel; loops: Promise<unknown>; end(): void }>()
  /** Each name's changes one after the other: two channels of one name must not claim side by side. */
  const changing = new Map<string, Promise<unknown>>()
  const timers: NodeJS.Timeout[] = []
  const wakers = new Set<() => void>()

  const outcomes = new Batcher<Outcome, undefined>({
    size: db.batch,
    waitMs: recordWaitMs,
    parallel: 1,
    work: batch => record(deps, batch),
  })

  /** Records an outcome; while the database is away, again and again: this process is the only one who knows. */
  async function settle(outcome: Outcome): Promise<void> {
    inHand.add(outcome.id)
    const done = untilRecorded(outcome)
    settling.add(done)
    const ids = outcome.outcome.kind === 'submitted' ? outcome.outcome.carrierMessageIds : []
    for (const id of ids) recordings.set(id, done)
    const isRecorded = await done
    settling.delete(done)
    for (const id of ids) recordings.delete(id)
    // What could not be recorded stays ours as long as we live: nobody may think that it was never written.
    if (isRecorded) inHand.delete(outcome.id)
  }
  async function untilRecorded(outcome: Outcome): Promise<boolean> {
    for (let waitMs = 100; ; waitMs = Math.min(2_000, waitMs * 2))
      try {
        await outcomes.push(outcome)
        return true
      } catch (error) {
        // A deadlock or a conflict (class 40) passes.
        if (!(error instanceof DatabaseAway) && !/^40/.test((error as { code?: string }).code ?? '')) {
          events.emit('work.failed', { what: `the outcome of ${outcome.id}`, error: String(error) })
          // What the carrier said can't be stored as it stands. That something may have left can.
          if (outcome.outcome.kind === 'unanswered') return false
          outcome = { ...outcome, outcome: { kind: 'unanswered' } }
        }
        await pause(waitMs)
      }
  }

  /** One of two loops for each channel, so that a code never waits for a batch of bulk to be claimed. */
  async function loop(channel: Channel, strict: boolean, isOver: () => boolean): Promise<void> {
    const { credit } = channel
    const shares = strict ? strictShares : ordinaryShares
    const who = strict ? urgency.strict : urgency.ordinary
    const aheadMs = strict ? 0 : claimAheadMs
    let mayBeMore = true
    let isInDoubt = false
    let most = strict ? fewCodes : db.batch
    const bell = doorbell()
    wakers.add(bell.ring)
    channel.onFree(bell.ring)
    const off = events.on('job.waiting', job => {
      if (job.channel !== channel.name || (strict && !job.urgent)) return
      if (strict) credit.expectStrict()
      mayBeMore = true
      bell.ring()
    })
    while (!isStopping && !isOver()) {
      const free = channel.isUp ? credit.free(strict, aheadMs) : 0
      // Bulk is claimed in bites worth a statement; codes go one by one if they must.
      const bite = strict ? 1 : Math.min(db.batch, credit.bite)
      if (free < bite || !mayBeMore) {
        const rang = await bell.rings(
          free < bite && channel.isUp ? credit.waitMs(strict, bite, aheadMs) || pollMs : pollMs,
        )
        if (!rang) mayBeMore = true
        continue
      }
      mayBeMore = false
      // Held before the claim is made: what is claimed can be written, whatever the other loop does meanwhile.
      let held = Math.min(free, most)
      credit.hold(held, strict)
      try {
        const startedAtMs = clock.monotonic()
        if (isInDoubt) await dropUnknown(channel, shares)
        isInDoubt = true
        const claims = await claimAndLoad(channel.name, shares, held, who)
        // All that was due fitted in: what comes next rings.
        if (claims.length === held) mayBeMore = true
        if (strict) most = claims.length === most ? Math.min(db.batch, most * 2) : fewCodes
        credit.release(held - claims.length, strict)
        held = claims.length
        if (claims.length > 0) {
          const unwritten = await submitClaims(channel, claims, strict, startedAtMs)
          // Held until they are given back: what is claimed is never more than the window, whatever becomes of it.
          held = unwritten.length
          if (held > 0) await giveBack(unwritten, clock.now())
          credit.release(held, strict)
          held = 0
        }
        isInDoubt = false
      } catch (error) {
        credit.release(held, strict)
        if (!(error instanceof DatabaseAway)) events.emit('work.failed', { what: 'a claim', error: String(error) })
        await pause(pollMs)
        mayBeMore = true
      }
    }
    wakers.delete(bell.ring)
    off()
  }

  /** First in, first out; what is claimed comes with all that is needed to write it. */
  const claimAndLoad = (channel: string, shares: readonly Share[], limit: number, who: number) =>
    db.rows<Claim & Loaded>(
      sql`
      with claimed as (${claim({ channel, worker, shares, limit, now: clock.now() })})
      select claimed.lane, claimed.attempts, claimed.by, ${loaded}
      from claimed join message m on m.id = claimed.id join subscriber s on s.id = m.subscriber_id
      order by claimed.due_at, claimed.id`,
      who,
    )

  /** Gives back claims of this loop that were committed though the answer never came: they were surely not written. */
  async function dropUnknown(channel: Channel, shares: readonly Share[]): Promise<void> {
    const lanesHere = new Set(shares.map(({ lane }) => lane))
    const mine = await claimsOf(db, worker)
    const unknown = mine.filter(one => one.channel === channel.name && lanesHere.has(one.lane) && !inHand.has(one.id))
    if (unknown.length > 0) await giveBack(unknown, clock.now())
  }

  /** Writes each text that may still go, and answers the claims that were not written. */
  async function submitClaims(
    channel: Channel,
    claims: (Claim & Loaded)[],
    strict: boolean,
    startedAtMs: number,
  ): Promise<Claim[]> {
    const { credit } = channel
    const now = clock.now()
    const unwritten: Claim[] = []
    for (const [i, claimed] of claims.entries()) {
      if (!strict && i % slice === 0) await turn()
      const message: Loaded = claimed
      // As the carrier counts; the accepted count where it can't be read, which is found out below.
      const ready = readied(message, now)
      const parts = 'kind' in ready ? 1 : channel.parts(ready.text)
      const extra = parts - 1
      const isStale = () => clock.monotonic() - startedAtMs > (leaseSeconds * 1_000) / 2
      // Bulk was claimed a moment ahead of its place in the contract's second.
      for (let ms = strict ? 0 : credit.writeInMs(parts); ms > 0 && !isStale(); ms = credit.writeInMs(parts))
        await pause(ms)
      // A long text may need more than is free by now; the first of a bite goes all the same, or it never would.
      if (isStale() || (extra > 0 && i > 0 && extra > credit.free(strict))) {
        unwritten.push(claimed)
        continue
      }
      if ('kind' in ready) {
        void settle({ ...claimed, channel: channel.name, message, parts, ms: null, outcome: ready }).then(() =>
          credit.release(1, strict),
        )
        continue
      }
      inHand.add(claimed.id)
      credit.hold(extra, strict)
      const written = credit.write(parts, strict)
      const writtenAtMs = clock.monotonic()
      const submitted = channel.submit(ready).catch((error): SubmitOutcome => {
        events.emit('work.failed', { what: `writing ${claimed.id}`, error: String(error) })
        return { kind: 'unanswered' }
      })
      void submitted.then(async outcome => {
        // Until it is recorded it is in doubt like one on the wire: both together are never more than the window.
        const ms = clock.monotonic() - writtenAtMs
        if (outcome.kind !== 'unanswered') credit.answered(written, ms)
        await settle({ ...claimed, channel: channel.name, message, parts, ms, outcome })
        credit.give(parts)
        for (const ring of wakers) ring()
      })
    }
    return unwritten
  }

  /** The text and its number in the clear, for the moment it takes to write them; or why it does not go out. */
  function readied(message: Loaded, now: Date): Outgoing | Outcome['outcome'] {
    try {
      const stop = whyNot(message, now, deps.policy())
      if (stop) return stop
      const key = keys.unwrap(message.data_key!)
      return {
        id: message.id,
        number: unseal(key, message.number!, 'number'),
        originator: message.originator,
        text: unseal(key, message.body!, 'text'),
        reference: message.reference,
        validForMs: message.expires_at.getTime() - now.getTime(),
        patienceMs: laneNumber(message.purpose) < strictLanes ? strictPatienceMs : null,
      }
    } catch (error) {
      events.emit('work.failed', { what: `opening ${message.id}`, error: String(error) })
      return { kind: 'cancelled', reason: 'unreadable' }
    }
  }

  const giveBack = (claims: readonly Claim[], dueAt: Date) =>
    db.rows(retry(claims.map(({ id, attempts, by }) => ({ id, attempts, by, dueAt }))))

  async function sweep(): Promise<void> {
    // After an outage our own lease may have run out; what we hold is not lost, for we are here.
    await renew(db, [worker, settler])
    await takeOver(db, settler, sweepBatch)
    // With what an earlier sweep took over and could not settle.
    const lost = (await claimsOf(db, settler)).filter(({ id }) => !inHand.has(id))
    if (lost.length > 0) {
      const messages = await load(deps, lost, urgency.ordinary)
      await Promise.all(
        lost.map(async claimed => {
          const message = messages.get(claimed.id)
          if (message)
            await settle({ ...claimed, message, parts: message.segments, ms: null, outcome: { kind: 'unanswered' } })
        }),
      )
      // Told once it is done: one that dies before leaves them to the next, who tells.
      events.emit('lease.expired', { count: lost.length })
    }
    await dropLingering()
  }

  /** Out of time, and past all receipts. It may wait behind a campaign; what the dead left may not. */
  async function sweepEnds(): Promise<void> {
    while (await expire(deps));
    await confirm(deps)
  }

  const unknownSince = new Map<string, number>()
  /** A claim that was committed after its statement was given up is ours without our knowledge, and was never written. */
  async function dropLingering(): Promise<void> {
    const nowMs = clock.monotonic()
    const unknown = (await claimsOf(db, worker)).filter(({ id }) => !inHand.has(id))
    const lingering = unknown.filter(({ id }) => nowMs - (unknownSince.get(id) ?? nowMs) > lingeringMs)
    for (const id of unknownSince.keys()) if (!unknown.some(one => one.id === id)) unknownSince.delete(id)
    for (const { id } of unknown) if (!unknownSince.has(id)) unknownSince.set(id, nowMs)
    if (lingering.length > 0) await giveBack(lingering, clock.now())
  }

  const inTurn = (name: string, work: () => Promise<void>): Promise<void> => {
    const done = (changing.get(name) ?? Promise.resolve()).then(work)
    changing.set(name, done)
    return done
  }

  let awaySinceMs: number | undefined
  const every = (ms: number, what: string, work: () => Promise<unknown>) => {
    let isRunning = false
    const timer = setInterval(async () => {
      if (isRunning) return
      isRunning = true
      try {
        await work()
        if (awaySinceMs !== undefined) events.emit('database.back', { afterMs: clock.monotonic() - awaySinceMs })
        awaySinceMs = undefined
      } catch (error) {
        if (!(error instanceof DatabaseAway)) events.emit('work.failed', { what, error: String(error) })
        else if (awaySinceMs === undefined) {
          awaySinceMs = clock.monotonic()
          events.emit('database.lost', { error: error.message })
        }
      } finally {
        isRunning = false
      }
    }, ms)
    timers.push(timer)
  }

  return {
    recording: id => recordings.get(id),
    async sweep() {
      await sweep()
      await sweepEnds()
    },
    async start() {
      await renew(db, [worker, settler], urgency.strict)
      every(renewMs, 'renewing the lease', () => renew(db, [worker, settler], urgency.strict))
      every(sweepMs, 'taking over from the dead', sweep)
      every(sweepMs, 'ending what is out of time', sweepEnds)
    },
    attach: channel =>
      inTurn(channel.name, async () => {
        if (isStopping) return
        let isOver = false
        const over = () => isOver
        const loops = Promise.all([loop(channel, true, over), loop(channel, false, over)])
        lines.set(channel.name, {
          channel,
          loops,
          end() {
            isOver = true
          },
        })
      }),
    detach: name =>
      inTurn(name, async () => {
        const line = lines.get(name)
        if (!line) return
        lines.delete(name)
        line.end()
        for (const ring of wakers) ring()
        await line.loops
      }),
    async stop(timeoutMs) {
      isStopping = true
      for (const ring of wakers) ring()
      await Promise.all(changing.values())
      await Promise.all([...lines.values()].map(({ loops }) => loops))
      await Promise.all([...lines.values()].map(({ channel }) => channel.stop(timeoutMs)))
      // Those that were cut come in after the last answer.
      await new Promise(setImmediate)
      await Promise.all(settling)
      for (const timer of timers) clearInterval(timer)
      await retire(db, [worker, settler]).catch(() => {}) // it runs out by itself
    },
  }
}

/** Asked again right before the text is written: it may have waited past its time, its hours or its person. */
function whyNot(message: Loaded, now: Date, { regions }: Pick<Policy, 'regions'>): Outcome['outcome'] | undefined {
  // It was cancelled while it was claimed, and the carrier did not take it: it does not go out after all.
  if (message.reason !== null && message.reason !== 'no_answer') return { kind: 'cancelled', reason: message.reason }
  if (!message.data_key || !message.number || !message.body) return { kind: 'cancelled', reason: 'erased' }
  if (message.expires_at <= now) return { kind: 'expired' }
  const { pausedUntil } = message.preferences
  if (pausedUntil && new Date(pausedUntil) > now && promotional.includes(message.purpose))
    return { kind: 'cancelled', reason: 'paused' }
  const arrival = mayArriveNow(
    message.purpose,
    placeOf(message),
    ownHoursOf(message.preferences),
    message.expires_at,
    now,
    regions,
  )
  if (arrival.now) return undefined
  if (arrival.opensAt === null || arrival.opensAt >= message.expires_at) return { kind: 'expired' }
  return { kind: 'later', reason: 'hours', notBefore: arrival.opensAt }
}

const loaded = sql`m.id, m.purpose, m.number, m.body, m.originator, m.reference, m.country, m.sender, m.segments,
  m.cost_micros, m.accepted_at, m.not_before, m.expires_at, m.reason, s.data_key, s.zone, s.external_id, s.network, s.region,
  s.number_region, s.number_zones, s.preferences`

async function load({ db }: SendDeps, claims: readonly { id: string }[], who: number): Promise<Map<string, Loaded>> {
  const rows = await db.rows<Loaded>(
    sql`
    select ${loaded} from message m join subscriber s on s.id = m.subscriber_id where m.id = any(${claims.map(({ id }) => id)}::uuid[])`,
    who,
  )
  return new Map(rows.map(row => [row.id, row]))
}

/** What the message row says after an outcome; `later` and a resend leave it as it is and give the job back instead. */
interface Written extends Held {
  state: 'submitted' | 'rejected' | 'unanswered' | 'expired' | 'cancelled'
  reason: string | null
  carrier_message_id: string | null
  parts: string[] | null
  secret: boolean
  segments: number
}

/** Writes a batch of outcomes: the job goes and the message moves in one statement, fenced by the claim. */
async function record(deps: SendDeps, batch: Outcome[]): Promise<undefined[]> {
  const { db, clock, events } = deps
  const now = clock.now()
  const back: (Held & { dueAt: Date; channel?: string })[] = []
  const rerouted: { id: string; way: Way }[] = []
  /** Channels that have something at once by now, and whether it is urgent. */
  const awake = new Map<string, boolean>()
  const unanswered: string[] = []
  const rows: Written[] = []
  const byId = new Map(batch.map(outcome => [outcome.id, outcome]))
  for (const { id, attempts, by, lane, channel, message, parts, outcome } of batch) {
    const rules = rulesOf[message.purpose]
    const written = (state: Written['state'], reason: string | null, ids: string[] = []) =>
      rows.push({
        id,
        attempts,
        by,
        state,
        reason,
        carrier_message_id: ids.length === 1 ? ids[0]! : null,
        parts: ids.length > 1 ? ids : null,
        secret: rules.secret,
        segments: parts,
      })
    switch (outcome.kind) {
      case 'submitted':
        written('submitted', null, outcome.carrierMessageIds)
        break
      case 'never':
        if (message.reason === 'no_answer') written('unanswered', 'no_answer')
        else written('rejected', outcome.status)
        break
      case 'expired':
        // A notice that was sent once already may have arrived: then it is not known to have come to nothing.
        if (message.reason === 'no_answer') written('unanswered', 'no_answer')
        else written('expired', 'deadline')
        break
      case 'cancelled':
        written('cancelled', outcome.reason)
        break
      case 'later': {
        // What this carrier surely did not take leaves by another one, if one works; else it waits here. Once each of them
        // could have been asked it goes at the pace of a carrier alone, or it would run in a circle between those that can't.
        const ways = outcome.reason === 'hours' ? [] : otherWays(deps, message, channel)
        const way = oneOf(ways, deps.random)
        if (way) {
          const dueAt = attempts <= ways.length ? now : outcome.notBefore
          back.push({ id, attempts, by, dueAt, channel: way.channel })
          if (dueAt === now) awake.set(way.channel, awake.get(way.channel) === true || lane < strictLanes)
          rerouted.push({ id, way })
        } else back.push({ id, attempts, by, dueAt: outcome.notBefore })
        break
      }
      case 'unanswered':
        if (
          rules.whenUnanswered === 'resend_once' &&
          message.reason !== 'no_answer' &&
          message.expires_at.getTime() > now.getTime() + resendAfterMs
        ) {
          back.push({ id, attempts, by, dueAt: new Date(now.getTime() + resendAfterMs) })
          unanswered.push(id)
        } else written('unanswered', 'no_answer')
        break
    }
  }
  // Marked first: a notice that is claimed again has been sent once, whatever happens in between.
  if (unanswered.length > 0)
    await db.rows(
      sql`update message set reason = 'no_answer' where id = any(${unanswered}::uuid[]) and state in ('queued', 'held') and reason is null`,
    )
  if (back.length > 0) {
    const ways = rerouted.map(({ id, way }) => ({
      ...{ id, channel: way.channel, sender: way.sender.name, originator: way.originator },
      micros: way.microsPerSegment,
    }))
    await db.rows(sql`
      with back as (
        ${retry(back)}
      )
      update message m set channel = w.channel, sender = w.sender, originator = w.originator, cost_micros = m.segments * w.micros
      from json_to_recordset(${rowset(ways)}) as w(id uuid, channel text, sender text, originator text, micros int)
        join back on back.id = w.id
      where m.id = w.id`)
    for (const [channel, urgent] of awake) events.emit('job.waiting', { channel, urgent })
  }
  const answers = batch.flatMap(answerOf)
  if (answers.length > 0) events.emit('carrier.answered', answers)
  if (rows.length > 0) {
    const moved = await db.rows<{ id: string }>(sql`
      with r as materialized (
        select * from json_to_recordset(${rowset(rows)}) as r(id uuid, attempts int, state text, reason text,
          carrier_message_id text, parts json, secret boolean, segments smallint)
      ), done as (
        ${complete(rows.map(({ id, attempts, by }) => ({ id, attempts, by })))}
      ), parts as (
        insert into part (channel, carrier_message_id, message_id, number)
        select m.channel, p.value, r.id, p.ordinality from r join message m on m.id = r.id,
          json_array_elements_text(r.parts) with ordinality p where r.parts is not null
        -- Carriers use their ids again.
        on conflict (channel, carrier_message_id) do update
          set message_id = excluded.message_id, number = excluded.number, state = 'submitted'
          where part.message_id <> excluded.message_id
      )
      update message m set state = r.state, reason = r.reason, carrier_message_id = r.carrier_message_id, attempts = r.attempts,
        submitted_at = case when r.state = 'submitted' then ${now}::timestamptz end,
        ended_at = case when r.state <> 'submitted' then ${now}::timestamptz end,
        body = case when r.secret then null else m.body end,
        -- Carriers count by the alphabets they take.
        segments = case when r.state = 'submitted' then r.segments else m.segments end,
        cost_micros = case when r.state = 'submitted' and m.segments > 0 then m.cost_micros / m.segments * r.segments else m.cost_micros end
      from r where m.id = r.id
        -- Where the lease was lost, a sweep called it unanswered; the carrier's answer knows better.
        and (m.id in (select id from done) or (r.state = 'submitted' and m.state = 'unanswered' and m.attempts = r.attempts))
      returning m.id`)
    const written = new Map(rows.map(row => [row.id, row]))
    events.emit(
      'message.moved',
      moved.map(({ id }): MessageEvent => {
        const { message, channel, lane, parts } = byId.get(id)!
        const row = written.get(id)!
        const from =
          message.not_before !== null && message.not_before > message.accepted_at
            ? message.not_before
            : message.accepted_at
        return {
          id,
          purpose: message.purpose,
          lane: lanes[lane]!,
          state: row.state,
          country: message.country,
          channel,
          reason: row.reason,
          subscriber: message.external_id,
          at: now,
          sinceAcceptedMs: now.getTime() - from.getTime(),
          segments: parts,
        }
      }),
    )
  }
  return batch.map(() => undefined)
}

/**
 * Other ways that work. A notice that may have left once already keeps its carrier, for the receipt that would tell comes from
 * there; and whoever could answer its sender must be able to answer the next.
 */
function otherWays({ router }: SendDeps, message: Loaded, channel: string): WayShare[] {
  if (message.reason === 'no_answer') return []
  return router()
    .elsewhere(message, [channel])
    .filter(({ way }) => mayTakeOver(message.sender, way))
}

/** One of them, by their shares. */
function oneOf(ways: readonly WayShare[], random: () => number): Way | undefined {
  let left = random() * ways.reduce((sum, { share }) => sum + share, 0)
  for (const { way, share } of ways) {
    left -= share
    if (left < 0) return way
  }
  return ways.at(-1)?.way
}

/** What a carrier said to a text, for those who judge it; nothing where it was not asked. */
function answerOf({ channel, message, parts, ms, outcome }: Outcome): CarrierAnswer[] {
  const said = { channel, country: message.country, parts, ms, micros: 0 }
  switch (outcome.kind) {
    case 'submitted': {
      const micros = message.segments > 0 ? ((message.cost_micros ?? 0) / message.segments) * parts : 0
      return [{ ...said, means: 'taken', status: outcome.status, micros }]
    }
    case 'later':
      return ms === null ? [] : [{ ...said, means: 'later', status: outcome.reason }]
    case 'never':
      return [{ ...said, means: 'never', status: outcome.status }]
    case 'unanswered':
      return ms === null ? [] : [{ ...said, means: 'unanswered', status: 'no_answer' }]
    case 'expired':
    case 'cancelled':
      return []
  }
}

/** Texts whose time ran out while they waited are never sent late. Answers whether there may be more of them. */
async function expire({ db, clock, events }: SendDeps): Promise<boolean> {
  const now = clock.now()
  let isMore = false
  const expired = await db.transaction(async tx => {
    const dead = await bury(tx, now, sweepBatch)
    isMore = dead.length === sweepBatch
    if (dead.length === 0) return []
    return tx.rows<End>(sql`
      update message set state = case when reason = 'no_answer' then 'unanswered' else 'expired' end,
        reason = coalesce(reason, 'deadline'), ended_at = ${now},
        body = case when purpose like 'code.%' then null else body end
      where id = any(${dead.map(({ id }) => id)}::uuid[]) and state = any(${statesBefore('expired')})
      returning id, purpose, country, channel, state, reason`)
  }, urgency.idle)
  announceEnds(events, expired, now)
  return isMore
}

/** What the carrier took and never spoke of again, after its validity and a grace. A later receipt corrects it. */
async function confirm({ db, clock, events }: SendDeps): Promise<void> {
  const now = clock.now()
  const graceMs = 60 * 60_000
  const silent = await db.rows<End>(
    sql`
    update message set state = 'unconfirmed', reason = 'no_receipt', ended_at = ${now}
    where id in (select id from message where state = 'submitted' and expires_at < ${new Date(now.getTime() - graceMs)}
                 order by expires_at limit ${sweepBatch} for update skip locked)
    returning id, purpose, country, channel, state, reason`,
    urgency.idle,
  )
  announceEnds(events, silent, now)
}

type End = Pick<MessageEvent, 'id' | 'purpose' | 'country' | 'channel' | 'state' | 'reason'>

function announceEnds(events: EventBus, rows: readonly End[], at: Date): void {
  if (rows.length > 0)
    events.emit(
      'message.moved',
      rows.map(row => ({ ...row, lane: rulesOf[row.purpose].lane, subscriber: null, at })),
    )
}

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** A bell that remembers one ring, for a loop that waits. */
function doorbell() {
  let hasRung = false
  let wake: (() => void) | undefined
  return {
    ring() {
      hasRung = true
      wake?.()
    },
    /** Resolves true at a ring, false when the time is over. */
    async rings(timeoutMs: number): Promise<boolean> {
      if (!hasRung) {
        let timer: NodeJS.Timeout | undefined
        await new Promise<void>(resolve => {
          wake = resolve
          timer = setTimeout(resolve, timeoutMs)
        })
        clearTimeout(timer)
        wake = undefined
      }
      const rang = hasRung
      hasRung = false
      return rang
    },
  }
}
