// How the line is doing, over all processes: each counts from events what happens in it, in steps of five seconds, and
// writes each step to the database, where whoever is asked adds the others' to its own.
//
// Steps are kept by wall time, for they measure machines. They are answered in business time, as everything else on a
// screen is: the clock's lead is added at that moment, so a clock that was moved takes the charts along without a gap.
import type { Carrier, Live } from '@usher/contract/live'
import type { MovableClock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { isEnd, type State } from '../message/message.ts'
import { type Lane, lanes, type Purpose } from '../message/purpose.ts'
import { type Database, DatabaseAway, urgency } from '../store/database.ts'
import { rowset, sql } from '../store/sql.ts'
import type { Waiting } from './waiting.ts'

/** What one process counted in one step; as it is stored. */
interface Counts {
  accepted: number
  /** By `reason purpose`. */
  refused: Record<string, number>
  /** By lane: how many took how long from acceptance to their submit, by the bucket of that time. */
  submitted: Partial<Record<Lane, Record<number, number>>>
  /** By state. */
  ends: Partial<Record<State, number>>
  inbound: number
}

/** A bind as its process sees it; times are wall times. */
interface Bind {
  carrier: string
  state: string
  reason: string | null
  since: string
  inFlight: number
  slowedUntil: string | null
}

interface Step {
  atMs: number
  counts: Counts
  /** Something happened in it, so it is worth a row. */
  isWorth: boolean
  isWritten: boolean
}

interface Told {
  process: string
  at: Date
  value: Counts & { binds: Bind[] }
}

export interface PulseDeps {
  db: Database
  events: EventBus
  clock: Pick<MovableClock, 'now' | 'aheadMs'>
  wall: () => Date
  /** Of this process; others must have other names. */
  process: string
  channels: readonly { name: string; state(): string; inFlight: number }[]
  carriers: readonly Pick<Carrier, 'name' | 'address' | 'systemId' | 'window' | 'perSecond'>[]
  waiting: () => Promise<Waiting>
}

export interface Pulse {
  live(minutes: number): Promise<Live>
  carriers(): Promise<Carrier[]>
  /** Writes the steps that are over. */
  write(): Promise<void>
  start(): void
  /** Writes what was counted until now. */
  stop(): Promise<void>
}

const stepMs = 5_000
const keptMs = 3_600_000
/** A process to which nothing happens says so this often. */
const signOfLifeMs = 15_000
/** A process that said nothing for so long is gone. */
const goneMs = 30_000
/** How long a stop waits for a database that may be away. */
const lastWriteMs = 1_000

export function pulse(deps: PulseDeps): Pulse {
  const { db, events, clock, wall, process, channels, waiting } = deps
  const stepAt = (ms: number) => Math.floor(ms / stepMs) * stepMs
  /** The steps of the last hour, the newest last: what is answered of this process comes from here, written or not. */
  const own: Step[] = []
  const binds = new Map<string, { state: string; reason: string | null; since: Date; slowedUntil: Date | null }>()
  let toldAtMs = 0

  const current = (): Step => {
    const atMs = stepAt(wall().getTime())
    let step = own.at(-1)
    // Where the wall's clock was set back, what happens belongs to the newest step.
    if (!step || step.atMs < atMs) {
      step = { atMs, counts: noCounts(), isWorth: false, isWritten: false }
      own.push(step)
      while (own[0]!.atMs < atMs - keptMs) own.shift()
    }
    return step
  }
  const count = (what: (counts: Counts) => void) => {
    const step = current()
    what(step.counts)
    step.isWorth = true
  }
  const listening = [
    events.on('message.accepted', list =>
      count(counts => {
        for (const { state, reason, purpose } of list)
          if (state === 'refused') add(counts.refused, `${reason ?? ''} ${purpose}`)
          else counts.accepted++
      }),
    ),
    events.on('message.moved', list =>
      count(counts => {
        for (const { state, lane, sinceAcceptedMs } of list) {
          if (state === 'submitted' && sinceAcceptedMs !== undefined) {
            counts.submitted[lane] ??= {}
            add(counts.submitted[lane], bucketOf(sinceAcceptedMs))
          }
          if (isEnd(state)) add(counts.ends, state)
        }
      }),
    ),
    events.on('inbound.stored', list =>
      count(counts => {
        counts.inbound += list.length
      }),
    ),
    events.on('bind.state', ({ channel, state, reason }) => {
      const slowedUntil = binds.get(channel)?.slowedUntil ?? null
      binds.set(channel, { state, reason: reason ?? null, since: wall(), slowedUntil })
      count(() => {})
    }),
    events.on('carrier.slowed', ({ channel, forMs }) => {
      const bind = binds.get(channel)
      if (bind) bind.slowedUntil = new Date(wall().getTime() + forMs)
      count(() => {})
    }),
  ]

  const bindsNow = (): Bind[] =>
    channels.map(({ name, state, inFlight }) => {
      const seen = binds.get(name)
      return {
        carrier: name,
        state: state(),
        reason: seen?.reason ?? null,
        since: (seen?.since ?? startedAt).toISOString(),
        inFlight,
        slowedUntil: seen?.slowedUntil && seen.slowedUntil > wall() ? seen.slowedUntil.toISOString() : null,
      }
    })
  const startedAt = wall()

  async function store(steps: readonly Step[]): Promise<void> {
    if (steps.length === 0) return
    const bound = bindsNow()
    const rows = steps.map(({ atMs, counts }) => ({
      process,
      at: new Date(atMs),
      value: { ...counts, binds: bound },
    }))
    await db.rows(
      sql`
      insert into pulse (process, at, value) select process, at, value
      from json_to_recordset(${rowset(rows)}) as r(process text, at timestamptz, value jsonb)
      on conflict (at, process) do update set value = excluded.value`,
      urgency.idle,
    )
    for (const step of steps) step.isWritten = true
    toldAtMs = steps.at(-1)!.atMs
  }

  async function write(): Promise<void> {
    const running = current()
    // The last step before this one is told now and then even where it is empty: a sign of life.
    const last = own.at(-2)
    if (last && last.atMs - toldAtMs >= signOfLifeMs) last.isWorth = true
    await store(own.filter(step => step !== running && step.isWorth && !step.isWritten))
  }

  /** What the others told since. */
  const told = (since: Date) =>
    db.rows<Told>(
      sql`select process, at, value from pulse where at >= ${since} and process <> ${process} order by at`,
      urgency.report,
    )

  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  return {
    async live(minutes) {
      const stepSeconds = minutes <= 15 ? 5 : minutes <= 30 ? 15 : 30
      const length = stepSeconds * 1_000
      const atMs = wall().getTime()
      const sinceMs = Math.floor(atMs / length) * length + length - minutes * 60_000
      const [queued, others] = await Promise.all([waiting(), told(new Date(sinceMs))])
      const parts = [
        ...own.filter(step => step.atMs >= sinceMs).map(({ atMs, counts }) => ({ atMs, counts })),
        ...others.map(({ at, value }) => ({ atMs: at.getTime(), counts: value })),
      ]
      const inBusiness = (ms: number) => new Date(ms + clock.aheadMs).toISOString()
      const steps = Array.from({ length: (minutes * 60) / stepSeconds }, () => noCounts())
      const all = noCounts()
      for (const { atMs, counts } of parts) {
        merge(all, counts)
        const step = steps[Math.min(steps.length - 1, Math.floor((atMs - sinceMs) / length))]
        if (step) merge(step, counts)
      }
      return {
        now: clock.now().toISOString(),
        since: inBusiness(sinceMs),
        stepSeconds,
        lanes: lanes.map((lane, number) => {
          const here = queued.depths.filter(depth => depth.lane === number)
          const oldest = Math.min(...here.flatMap(({ oldestDueAt }) => (oldestDueAt ? [oldestDueAt.getTime()] : [])))
          const times = all.submitted[lane] ?? {}
          return {
            lane,
            waiting: sum(here.map(({ due }) => due)),
            held: sum(here.map(depth => depth.waiting - depth.due)),
            oldestSeconds: Number.isFinite(oldest) ? Math.max(0, queued.at.getTime() - oldest) / 1_000 : null,
            submitted: sum(Object.values(times)),
            p50Ms: quantile(times, 0.5),
            p99Ms: quantile(times, 0.99),
          }
        }),
        steps: steps.map((counts, i) => ({
          at: inBusiness(sinceMs + i * length),
          accepted: counts.accepted,
          refused: sum(Object.values(counts.refused)),
          submitted: sum(Object.values(counts.submitted).flatMap(times => Object.values(times))),
          delivered: counts.ends.delivered ?? 0,
          failed: sum(failures.map(state => counts.ends[state] ?? 0)),
          inbound: counts.inbound,
          codeP99Ms: quantile(counts.submitted.code ?? {}, 0.99),
        })),
        refusals: Object.entries(all.refused)
          .map(([key, count]) => {
            const [reason, purpose] = key.split(' ') as [string, Purpose]
            return { reason, purpose, count }
          })
          .sort((a, b) => b.count - a.count),
        receipts: Object.entries(all.ends)
          .map(([state, count]) => ({ state: state as State, count }))
          .sort((a, b) => b.count - a.count),
        parked: queued.parked,
        processes: new Set([process, ...others.map(one => one.process)]).size,
      }
    },

    async carriers() {
      const atMs = wall().getTime()
      const others = await told(new Date(atMs - goneMs))
      // Rows come oldest first: the last word of each process stays.
      const latest = new Map(others.map(one => [one.process, one.value.binds]))
      const all = [...latest, [process, bindsNow()] as const].flatMap(([process, binds]) =>
        binds.map(bind => ({ process, ...bind })),
      )
      const inBusiness = (wallTime: string) => new Date(Date.parse(wallTime) + clock.aheadMs).toISOString()
      return deps.carriers.map(({ name, address, systemId, window, perSecond }) => {
        const binds = all.filter(bind => bind.carrier === name)
        // Each process keeps to window and throttle by itself.
        const times = Math.max(1, binds.filter(({ state }) => state === 'bound').length)
        const slowed = binds.flatMap(({ slowedUntil }) =>
          slowedUntil !== null && Date.parse(slowedUntil) > atMs ? [slowedUntil] : [],
        )
        return {
          name,
          protocol: 'smpp' as const,
          address,
          systemId,
          binds: binds.map(({ process, state, reason, since }) => ({
            process,
            state,
            reason,
            since: inBusiness(since),
          })),
          window: window * times,
          inFlight: sum(binds.map(({ inFlight }) => inFlight)),
          perSecond: perSecond === null ? null : perSecond * times,
          slowedUntil: slowed.length > 0 ? inBusiness(slowed.sort().at(-1)!) : null,
        }
      })
    },

    write,

    start() {
      timer = setInterval(() => {
        // While the database is away one write waits for it, and the steps stay here.
        writing ??= write()
          .catch(error => {
            if (!(error instanceof DatabaseAway))
              events.emit('work.failed', { what: 'writing the pulse', error: String(error) })
          })
          .finally(() => {
            writing = undefined
          })
      }, stepMs)
      timer.unref()
    },

    async stop() {
      clearInterval(timer)
      for (const off of listening) off()
      // A few seconds of charts, no more: where the database does not take them soon, they are lost.
      const last = async () => {
        await writing
        await store(own.filter(step => step.isWorth && !step.isWritten))
      }
      let patience: NodeJS.Timeout | undefined
      await Promise.race([
        last().catch(() => {}),
        new Promise<void>(resolve => {
          patience = setTimeout(resolve, lastWriteMs)
        }),
      ])
      clearTimeout(patience)
    },
  }
}

/** Nobody asks for more than the last hour. */
export const forgetPulses = (db: Database, wall: Date) =>
  db.rows(sql`delete from pulse where at < ${new Date(wall.getTime() - keptMs)}`, urgency.idle)

const failures = ['rejected', 'undeliverable', 'expired', 'unanswered', 'unconfirmed'] as const

const noCounts = (): Counts => ({ accepted: 0, refused: {}, submitted: {}, ends: {}, inbound: 0 })

const sum = (numbers: readonly number[]) => numbers.reduce((sofar, number) => sofar + number, 0)

function add(counts: Record<string, number>, key: string | number, by = 1): void {
  counts[key] = (counts[key] ?? 0) + by
}

function merge(into: Counts, from: Counts): void {
  into.accepted += from.accepted
  into.inbound += from.inbound
  for (const [key, count] of Object.entries(from.refused)) add(into.refused, key, count)
  for (const [state, count] of Object.entries(from.ends)) add(into.ends, state, count)
  for (const lane of lanes) {
    const times = from.submitted[lane]
    if (!times) continue
    const sofar = into.submitted[lane] ?? {}
    into.submitted[lane] = sofar
    for (const [bucket, count] of Object.entries(times)) add(sofar, bucket, count)
  }
}

// Times fall into buckets that each end 2^(1/4), a fifth, above the one before, from a millisecond on: counts of many
// processes can be added, and what is read from the sum is at most a fifth off.
const perDoubling = 4
const highestBucket = 120
const endOf = (bucket: number) => (bucket < 0 ? 0 : 2 ** (bucket / perDoubling))
const bucketOf = (ms: number) => (ms <= 1 ? 0 : Math.min(highestBucket, Math.ceil(Math.log2(ms) * perDoubling - 1e-9)))

/** Below which this share of the times lies, told apart inside the bucket as if they were spread evenly there. */
export function quantile(times: Readonly<Record<number, number>>, share: number): number | null {
  const buckets = Object.keys(times)
    .map(Number)
    .sort((a, b) => a - b)
  const wanted = sum(Object.values(times)) * share
  let before = 0
  for (const bucket of buckets) {
    const count = times[bucket]!
    if (before + count >= wanted) {
      const from = endOf(bucket - 1)
      const ms = from + (endOf(bucket) - from) * ((wanted - before) / count)
      return Math.round(ms * 10) / 10
    }
    before += count
  }
  return null
}
