// How the line is doing, over all processes: each counts from events what happens in it, in steps of five seconds, and
// writes each step to the database, where whoever is asked adds the others' to its own.
//
// Steps are kept by wall time, for they measure machines. They are answered in business time, as everything else on a
// screen is: the clock's lead is added at that moment, so a clock that was moved takes the charts along without a gap.
import type { Health } from '@usher/contract/carrier'
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
  /** By carrier. */
  carriers: Record<string, CarrierCounts>
}

interface CarrierCounts {
  parts: number
  /** Texts that it did not take, or did not answer. */
  failed: number
  /** By `means status`. */
  answers: Record<string, number>
  /** Ends by its receipts, by state. */
  receipts: Partial<Record<State, number>>
  micros: number
}

/** A bind as its process sees it; times are wall times. */
interface Bind {
  carrier: string
  /** Which of its carrier's. */
  name: string
  state: string
  reason: string | null
  since: string
  window: number
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

/** A session of this process. */
interface ChannelBind {
  name: string
  state: string
  reason: string | null
  since: Date
  window: number
  inFlight: number
  slowedUntil: Date | null
}

export interface PulseDeps {
  db: Database
  events: EventBus
  clock: Pick<MovableClock, 'now' | 'aheadMs'>
  wall: () => Date
  /** Of this process; others must have other names. */
  process: string
  channels: () => readonly { name: string; binds(): ChannelBind[] }[]
  /** As they are configured now. */
  carriers: () => readonly Pick<
    Carrier,
    'name' | 'label' | 'protocol' | 'address' | 'account' | 'isPaused' | 'perSecond'
  >[]
  health: (carrier: string) => Health[]
  currency: string
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
/** A carrier's page shows so much, in steps of so long. */
const carrierMinutes = 15
const carrierStepMs = 15_000
/** How long a stop waits for a database that may be away. */
const lastWriteMs = 1_000

export function pulse(deps: PulseDeps): Pulse {
  const { db, events, clock, wall, process, channels, waiting } = deps
  const stepAt = (ms: number) => Math.floor(ms / stepMs) * stepMs
  /** The steps of the last hour, the newest last: what is answered of this process comes from here, written or not. */
  const own: Step[] = []
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
        for (const { state, lane, channel, sinceAcceptedMs, sinceSubmittedMs } of list) {
          if (channel !== null && sinceSubmittedMs !== undefined)
            add(carrierOf(counts, channel).receipts as Record<string, number>, state)
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
    events.on('carrier.answered', list =>
      count(counts => {
        for (const { channel, means, status, parts, micros } of list) {
          const of = carrierOf(counts, channel)
          add(of.answers, `${means} ${status}`)
          if (means === 'taken') {
            of.parts += parts
            of.micros += micros
          } else of.failed++
        }
      }),
    ),
    events.on('bind.state', () => count(() => {})),
    events.on('carrier.slowed', () => count(() => {})),
  ]

  const bindsNow = (): Bind[] =>
    channels().flatMap(channel =>
      channel.binds().map(({ since, slowedUntil, ...bind }) => ({
        carrier: channel.name,
        ...bind,
        since: since.toISOString(),
        slowedUntil: slowedUntil?.toISOString() ?? null,
      })),
    )

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
  /** Since when a day's file of numbers is missing (message/number-files.ts says so once). */
  const missingFile = async () => {
    const [newest] = await db.rows<{ at: Date; is_missed: boolean }>(
      sql`select at, is_missed from number_file where kind = 'deactivated' order by at desc, id desc limit 1`,
      urgency.report,
    )
    return newest?.is_missed ? newest.at.toISOString() : null
  }
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
      const [queued, others, missing] = await Promise.all([waiting(), told(new Date(sinceMs)), missingFile()])
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
        numberFileSince: missing,
        processes: new Set([process, ...others.map(one => one.process)]).size,
      }
    },

    async carriers() {
      const atMs = wall().getTime()
      const sinceMs = Math.floor(atMs / carrierStepMs) * carrierStepMs + carrierStepMs - carrierMinutes * 60_000
      const others = await told(new Date(sinceMs))
      // Rows come oldest first: the last word of each process stays, unless it said nothing for too long.
      const latest = new Map(others.map(one => [one.process, { at: one.at, binds: one.value.binds }]))
      const all = [
        ...[...latest].flatMap(([process, { at, binds }]) =>
          at.getTime() < atMs - goneMs ? [] : binds.map(bind => ({ process, ...bind })),
        ),
        ...bindsNow().map(bind => ({ process, ...bind })),
      ]
      const inBusiness = (wallTime: string) => new Date(Date.parse(wallTime) + clock.aheadMs).toISOString()
      const isSlow = (until: string | null) => until !== null && Date.parse(until) > atMs
      const parts = [
        ...own.filter(step => step.atMs >= sinceMs).map(({ atMs, counts }) => ({ atMs, counts })),
        ...others.map(({ at, value }) => ({ atMs: at.getTime(), counts: value })),
      ]
      return deps.carriers().map(carrier => {
        const binds = all.filter(bind => bind.carrier === carrier.name)
        const slowed = binds.flatMap(({ slowedUntil }) => (isSlow(slowedUntil) ? [slowedUntil!] : []))
        const steps = Array.from({ length: (carrierMinutes * 60_000) / carrierStepMs }, () => noCarrierCounts())
        const sum = noCarrierCounts()
        for (const { atMs, counts } of parts) {
          const of = counts.carriers?.[carrier.name]
          const step = steps[Math.min(steps.length - 1, Math.floor((atMs - sinceMs) / carrierStepMs))]
          if (!of || !step) continue
          mergeCarrier(step, of)
          mergeCarrier(sum, of)
        }
        return {
          ...carrier,
          binds: binds.map(({ process, name, state, reason, since, window, inFlight, slowedUntil }) => ({
            ...{ process, name, state, reason, since: inBusiness(since), window, inFlight },
            slowedUntil: isSlow(slowedUntil) ? inBusiness(slowedUntil!) : null,
          })),
          window: binds.reduce((sofar, { state, window }) => sofar + (state === 'bound' ? window : 0), 0),
          inFlight: binds.reduce((sofar, { inFlight }) => sofar + inFlight, 0),
          slowedUntil: slowed.length > 0 ? inBusiness(slowed.sort().at(-1)!) : null,
          steps: steps.map(({ parts, failed }, i) => ({
            at: new Date(sinceMs + i * carrierStepMs + clock.aheadMs).toISOString(),
            parts,
            failed,
          })),
          statuses: Object.entries(sum.answers)
            .map(([key, count]) => {
              const [means, status] = key.split(' ') as [Carrier['statuses'][number]['means'], string]
              return { status, means, count }
            })
            .sort((one, other) => other.count - one.count),
          receipts: Object.entries(sum.receipts)
            .map(([state, count]) => ({ state: state as State, count }))
            .sort((one, other) => other.count - one.count),
          cost: { amount: (sum.micros / 1_000_000).toFixed(2), currency: deps.currency },
          health: deps.health(carrier.name),
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

const noCounts = (): Counts => ({ accepted: 0, refused: {}, submitted: {}, ends: {}, inbound: 0, carriers: {} })
const noCarrierCounts = (): CarrierCounts => ({ parts: 0, failed: 0, answers: {}, receipts: {}, micros: 0 })

const carrierOf = (counts: Counts, carrier: string): CarrierCounts => {
  counts.carriers[carrier] ??= noCarrierCounts()
  return counts.carriers[carrier]
}

function mergeCarrier(into: CarrierCounts, from: CarrierCounts): void {
  into.parts += from.parts
  into.failed += from.failed
  into.micros += from.micros
  for (const [key, count] of Object.entries(from.answers)) add(into.answers, key, count)
  for (const [state, count] of Object.entries(from.receipts)) add(into.receipts as Record<string, number>, state, count)
}

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
