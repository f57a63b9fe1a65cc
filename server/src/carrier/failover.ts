// When a carrier breaks, is paused or is taken out of the line, what waits for it waits for another; when it can't keep up, a
// part does. Each process looks once a second, and at once when one breaks; the locks of the queue keep them apart.
import type { Network } from '@usher/contract/carrier'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { lanes, type Purpose, strictLanes } from '../message/purpose.ts'
import { move, oldestDue, type Which, waitingAt } from '../queue/queue.ts'
import { type Database, DatabaseAway, type Urgency, urgency } from '../store/database.ts'
import { rowset, type Sql, sql } from '../store/sql.ts'
import type { Channel } from './channel.ts'
import type { Health, Seen } from './health.ts'
import type { LineNow } from './line.ts'
import { mayTakeOver, type Router } from './route.ts'
import { shareOf } from './throttle.ts'

export interface FailoverDeps {
  db: Database
  clock: Clock
  events: EventBus
  /** Unique to this process. */
  process: string
  health: Health
  line: () => LineNow
  router: () => Pick<Router, 'elsewhere'>
  /** Of this process; none where it has no role for carriers. */
  channels: () => readonly Channel[]
}

export interface Failover {
  /** Tells what this process sees of its carriers, hears the others, and moves what waits in the wrong place. */
  look(): Promise<void>
  start(): void
  stop(): Promise<void>
}

const everyMs = 1_000
/** A process that said nothing of its carriers for so long is gone. */
const goneSeconds = 4
/** Jobs moved by one statement. */
const atOnce = 1_000
/** A code that has waited so long for credit, and another text, leave by a carrier that has some. */
const lateMs = { strict: 500, ordinary: 5_000 }
/** No code is given to a carrier that does worse, however much room it has. */
const well = 0.5

/** Carriers get so long to be bound for the first time before what waits for them goes elsewhere. */
const youngMs = 5_000
/** Far enough into what waits to find each kind of text that could go elsewhere. */
const lookedThrough = 20_000
/** How often silence is listened for. */
const listenMs = 250

const all = lanes.map((_, lane) => lane)
const strict = all.slice(0, strictLanes)
const ordinary = all.slice(strictLanes)

interface Kind {
  purpose: Purpose
  country: string | null
  network: Network | null
  sender: string
}

export function failover(deps: FailoverDeps): Failover {
  const { db, clock, events, process, health, line, channels } = deps
  let timer: NodeJS.Timeout | undefined
  let listening: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let isStopped = false
  let isAskedAgain = false
  const startedAtMs = clock.monotonic()
  const isYoung = () => clock.monotonic() - startedAtMs < youngMs

  const off = health.onTurn((carrier, isBroken) => {
    // That one which an operator has paused sends nothing is as it should be.
    const isPaused = line().document.carriers.some(one => one.name === carrier && one.isPaused)
    if (!isBroken) events.emit('carrier.back', { channel: carrier })
    else if (!isPaused)
      events.emit('carrier.broken', { channel: carrier, reason: health.of(carrier, null).reason ?? '' })
    if (isBroken) soon()
  })

  /** What each process sees, told by all in one row each; a second later everybody knows. */
  async function share(): Promise<void> {
    const mine = [...health.seen()].map(([carrier, value]) => ({ carrier, value }))
    const others = await db.rows<{ process: string; carrier: string; value: Seen }>(
      sql`
      with told as (
        insert into carrier_watch (process, carrier, value, seen_at)
        select ${process}, carrier, value, now() from json_to_recordset(${rowset(mine)}) as r(carrier text, value jsonb)
        on conflict (process, carrier) do update set value = excluded.value, seen_at = excluded.seen_at
      ), gone as (
        delete from carrier_watch where seen_at < now() - interval '1 hour'
          or (process = ${process} and carrier <> all(${mine.map(({ carrier }) => carrier)}))
      )
      select process, carrier, value from carrier_watch
      where process <> ${process} and seen_at > now() - make_interval(secs => ${goneSeconds})`,
      urgency.strict,
    )
    // A contract's parts a second are shared by all who have a session up.
    for (const channel of channels()) {
      const sharers = others.filter(({ carrier, value }) => carrier === channel.name && value.isUp)
      const place = sharers.filter(one => one.process < process).length
      channel.credit.share(shareOf(channel.perSecond, sharers.length + 1, place))
    }
    health.hear(others.map(({ carrier, value }) => ({ carrier, seen: value })))
  }

  /** Carriers that send nothing: broken, paused, or no longer in the line. What waits there should wait elsewhere. */
  function shut(): { channel: string; reason: string; isGone: boolean }[] {
    const known = new Map(line().document.carriers.map(one => [one.name, one]))
    const found = [...known.values()].flatMap(({ name, isPaused }) =>
      isPaused
        ? [{ channel: name, reason: 'paused', isGone: false }]
        : health.isBroken(name) && !isYoung()
          ? [{ channel: name, reason: 'broken', isGone: false }]
          : [],
    )
    return found
  }

  async function look(): Promise<void> {
    await share()
    if (channels().length === 0) return
    const shutNow = shut()
    const names = new Set(line().document.carriers.map(({ name }) => name))
    const gone = await db.rows<{ channel: string }>(
      sql`
      -- The next channel after each, one look at the index for each there is.
      with recursive next as (
        (select channel from job where claimed_by is null order by channel limit 1)
        union all
        select (select channel from job where claimed_by is null and channel > next.channel order by channel limit 1)
        from next where next.channel is not null
      )
      select channel from next where channel is not null`,
      urgency.report,
    )
    for (const { channel } of gone)
      if (!names.has(channel)) shutNow.push({ channel, reason: 'no longer in the line', isGone: true })
    for (const one of shutNow)
      if (one.isGone || gone.some(({ channel }) => channel === one.channel))
        await moveFrom(one.channel, one.reason, { lanes: all, dueBefore: one.isGone ? null : clock.now() })
    await relieve(shutNow.map(({ channel }) => channel))
  }

  /** A carrier that can't keep up gives what waits too long to those that have room. */
  async function relieve(shut: readonly string[]): Promise<void> {
    const open = line()
      .document.carriers.map(({ name }) => name)
      .filter(name => !shut.includes(name))
    if (open.length < 2) return
    const now = clock.now()
    const oldest = await oldestDue(db, open, lanes.length, now, urgency.ordinary)
    const busy = new Set(oldest.map(({ channel }) => channel))
    const idle = channels().filter(one => one.isUp && !busy.has(one.name) && one.credit.free(false) > 0)
    const hasRoom = channels().filter(
      one => one.isUp && one.credit.free(true) > 0 && health.factor(one.name, null) >= well,
    )
    for (const channel of open) {
      const late = (among: readonly number[], ms: number) =>
        oldest.some(one => one.channel === channel && among.includes(one.lane) && now.getTime() - one.at.getTime() > ms)
      if (late(strict, lateMs.strict))
        await moveFrom(channel, 'no credit', {
          ...{ lanes: strict, dueBefore: new Date(now.getTime() - lateMs.strict) },
          only: hasRoom.map(({ name }) => name),
        })
      if (idle.length > 0 && late(ordinary, lateMs.ordinary))
        await moveFrom(channel, 'no credit', {
          ...{ lanes: ordinary, dueBefore: new Date(now.getTime() - lateMs.ordinary) },
          only: idle.map(({ name }) => name),
          // As much as they send until we look again; more would only wait there. One that is being tried again, and may
          // swallow all it gets, has room for a few.
          most: idle.reduce(
            (sum, { name, credit, perSecond }) =>
              sum + Math.min(perSecond, credit.free(false) * 4) * health.factor(name, null),
            0,
          ),
        })
    }
  }

  async function moveFrom(
    channel: string,
    reason: string,
    {
      lanes,
      dueBefore,
      only,
      most = Number.POSITIVE_INFINITY,
    }: { lanes: readonly number[]; dueBefore: Date | null; only?: readonly string[]; most?: number },
  ): Promise<void> {
    const to: Record<string, number> = {}
    let moved = 0
    while (moved < most && !isStopped) {
      const limit = Math.min(atOnce, Math.ceil(most - moved))
      const rank = lanes[0] === 0 ? urgency.strict : urgency.ordinary
      const placed = await moveOnce(channel, { lanes, dueBefore, limit }, only, rank)
      for (const one of placed) to[one.channel] = (to[one.channel] ?? 0) + 1
      for (const name of new Set(placed.map(one => one.channel)))
        events.emit('job.waiting', {
          channel: name,
          urgent: placed.some(one => one.channel === name && one.lane < strictLanes),
        })
      moved += placed.length
      if (placed.length === 0) break
    }
    if (moved > 0) events.emit('carrier.moved', { from: channel, to, reason })
  }

  /** One statement, after one that asks which kinds of texts wait there: each kind has its own ways. */
  async function moveOnce(
    channel: string,
    which: Which,
    only: readonly string[] | undefined,
    rank: Urgency,
  ): Promise<{ channel: string; lane: number }[]> {
    const kinds = await db.rows<Kind>(
      sql`
      select distinct m.purpose, m.country, s.network, m.sender
      from (
        ${waitingAt(channel, { ...which, limit: lookedThrough })}
      ) waiting join message m on m.id = waiting.id join subscriber s on s.id = m.subscriber_id
      where m.reason is distinct from 'no_answer'`,
      rank,
    )
    const ways = kinds.flatMap(kind => {
      const shares = deps
        .router()
        .elsewhere(kind, [channel])
        .filter(({ way }) => only?.includes(way.channel) !== false)
        .filter(({ way }) => mayTakeOver(kind.sender, way))
      const sum = shares.reduce((sofar, { share }) => sofar + share, 0)
      let from = 0
      return shares.map(({ way, share }) => {
        const row = {
          ...{ purpose: kind.purpose, country: kind.country, network: kind.network, sender: kind.sender },
          ...{ channel: way.channel, new_sender: way.sender.name, originator: way.originator },
          ...{ micros: way.microsPerSegment, low: from, high: from + share / sum },
        }
        from += share / sum
        return row
      })
    })
    if (ways.length === 0) return []
    return db.rows(
      sql`
      with way as materialized (
        select * from json_to_recordset(${rowset(ways)}) as r(purpose text, country text, network text, sender text,
          channel text, new_sender text, originator text, micros int, low float8, high float8)
      ), waiting as materialized (
        ${waitingAt(channel, which, sql`exists (select ${wayOf(sql`job.id`)})`)} for update skip locked
      ), placed as (
        select waiting.id, found.* from waiting, lateral (
          select way.channel, way.new_sender, way.originator, way.micros ${wayOf(sql`waiting.id`)} limit 1
        ) found
      ), moved as (
        ${move(sql`select id, channel from placed`)}
      ), told as (
        update message m set channel = placed.channel, sender = placed.new_sender, originator = placed.originator,
          cost_micros = m.segments * placed.micros
        from placed where m.id = placed.id
      )
      select channel, lane from moved`,
      rank,
    )
  }

  /** A text's way among those of its kind; shared out by the last 32 bits of its id, which are random. */
  const wayOf = (id: Sql) => sql`
    from message m join subscriber s on s.id = m.subscriber_id join way on way.purpose = m.purpose and way.sender = m.sender
      and way.country is not distinct from m.country and way.network is not distinct from s.network
      and ('x' || right(m.id::text, 8))::bit(32)::bigint / 4294967296.0 >= way.low
      and ('x' || right(m.id::text, 8))::bit(32)::bigint / 4294967296.0 < way.high
    -- One that may have left once already keeps its carrier: the receipt that would tell comes from there.
    where m.id = ${id} and m.reason is distinct from 'no_answer'`

  function run(): void {
    if (looking) {
      isAskedAgain = true
      return
    }
    looking = look()
      .catch(error => {
        health.look() // by what we know ourselves
        if (!(error instanceof DatabaseAway))
          events.emit('work.failed', { what: 'moving what waits for a carrier', error: String(error) })
      })
      .finally(() => {
        looking = undefined
        if (isAskedAgain && !isStopped) {
          isAskedAgain = false
          run()
        }
      })
  }
  const soon = () => {
    if (timer !== undefined) setImmediate(run)
  }

  return {
    look,
    start() {
      timer = setInterval(run, everyMs)
      listening = setInterval(() => health.look(), listenMs)
      timer.unref()
      listening.unref()
    },
    async stop() {
      isStopped = true
      clearInterval(timer)
      clearInterval(listening)
      timer = undefined
      off()
      await looking
      await db.rows(sql`delete from carrier_watch where process = ${process}`, urgency.strict).catch(() => {}) // it is told nothing more, and so forgotten
    },
  }
}
