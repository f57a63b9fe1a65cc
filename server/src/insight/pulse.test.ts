import { beforeEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../desk.ts'
import { type EventBus, eventBus, type MessageEvent } from '../events.ts'
import { type Database, DatabaseAway } from '../store/database.ts'
import { type Sql, sql } from '../store/sql.ts'
import { forgetPulses, pulse, quantile } from './pulse.ts'
import { waitingOf } from './waiting.ts'

const noon = Date.parse('2026-11-02T12:00:00Z')
const aheadMs = 3 * 86_400_000
/** One wall for all processes of a test; business time is three days ahead. */
const time = { wallMs: noon, aheadMs }
const later = (seconds: number) => {
  time.wallMs += seconds * 1_000
}
const wall = () => new Date(time.wallMs)
const clock = {
  now: () => new Date(time.wallMs + time.aheadMs),
  get aheadMs() {
    return time.aheadMs
  },
}
let db: Database

beforeEach(async () => {
  db = (await testDatabase()).db
  for (const table of ['pulse', 'job', 'parked_receipt']) await db.script(`delete from ${table}`)
  Object.assign(time, { wallMs: noon, aheadMs })
})

/** A process of its own, with its own events. */
function aProcess(name: string, on = db) {
  const events = eventBus()
  const bind = {
    ...{ name: '10.0.0.1:2775 transceiver 1', state: 'connecting', reason: null as string | null, since: wall() },
    ...{ window: 50, inFlight: 0, slowedUntil: null as Date | null },
  }
  const beating = pulse({
    db: on,
    events,
    clock,
    wall,
    process: name,
    channels: () => [{ name: 'acme', binds: () => [bind] }],
    carriers: () => [
      {
        ...{ name: 'acme', label: null, protocol: 'smpp', address: '10.0.0.1:2775', account: 'usher' },
        ...{ isPaused: false, perSecond: 100 },
      },
    ],
    health: () => [],
    currency: 'USD',
    waiting: waitingOf(db, clock),
  })
  const enter = (state: string, reason?: string) => {
    Object.assign(bind, { state, reason: reason ?? null, since: wall() })
    events.emit('bind.state', { channel: 'acme', bind: bind.name, state, ...(reason ? { reason } : {}) })
  }
  return { events, pulse: beating, bind, enter }
}

const anEvent = (event: Partial<MessageEvent>): MessageEvent => ({
  ...{ id: 'm', purpose: 'code.sign_in', lane: 'code', state: 'queued', country: 'GB', channel: 'acme' },
  ...{ reason: null, subscriber: null, at: clock.now() },
  ...event,
})
const accepted = (events: EventBus, ...list: Partial<MessageEvent>[]) =>
  events.emit('message.accepted', list.map(anEvent))
const moved = (events: EventBus, ...list: Partial<MessageEvent>[]) => events.emit('message.moved', list.map(anEvent))

describe('the pulse', () => {
  test('tells what happened in its own process up to now, before any of it is written', async () => {
    const one = aProcess('one')

    accepted(one.events, {}, { state: 'held', purpose: 'offer', lane: 'bulk' })
    accepted(one.events, { state: 'refused', reason: 'consent', purpose: 'offer', lane: 'bulk' })
    moved(one.events, { state: 'submitted', sinceAcceptedMs: 40 }, { state: 'delivered' }, { state: 'expired' })
    one.events.emit('inbound.stored', [{ id: 'i', subscriber: null, keyword: 'stop', at: clock.now() }])

    const live = await one.pulse.live(15)
    expect(live).toMatchObject({ stepSeconds: 5, processes: 1, parked: 0 })
    expect(live.steps).toHaveLength(180)
    expect(live.steps.at(-1)).toMatchObject({
      ...{ accepted: 2, refused: 1, submitted: 1, delivered: 1, failed: 1, inbound: 1 },
    })
    expect(live.steps.at(-2)).toMatchObject({ accepted: 0, codeP99Ms: null })
    expect(live.refusals).toEqual([{ reason: 'consent', purpose: 'offer', count: 1 }])
    expect(live.receipts).toEqual([
      { state: 'delivered', count: 1 },
      { state: 'expired', count: 1 },
    ])
    expect(live.lanes.map(({ lane }) => lane)).toEqual(['code', 'alert', 'reply', 'account', 'timely', 'bulk'])
    expect(live.lanes[0]).toMatchObject({ submitted: 1, waiting: 0, held: 0, oldestSeconds: null })
    expect(live.lanes[0]!.p50Ms).toBeGreaterThan(33)
    expect(live.lanes[0]!.p50Ms).toBeLessThan(48)
    expect(live.lanes[5]).toMatchObject({ submitted: 0, p50Ms: null, p99Ms: null })
  })

  test('adds what other processes wrote, each at its step, and counts nothing twice', async () => {
    const [one, two] = [aProcess('one'), aProcess('two')]
    accepted(one.events, {})
    moved(one.events, ...Array.from({ length: 98 }, () => ({ state: 'submitted' as const, sinceAcceptedMs: 10 })))
    moved(two.events, ...Array.from({ length: 2 }, () => ({ state: 'submitted' as const, sinceAcceptedMs: 4_000 })))

    later(60)
    accepted(two.events, {}, {})
    await one.pulse.write()
    await one.pulse.write()
    await two.pulse.write()

    for (const { pulse } of [one, two]) {
      const { steps, lanes } = await pulse.live(5)
      expect(steps.at(-13)).toMatchObject({ accepted: 1, submitted: 100 })
      expect(lanes[0]!.submitted).toBe(100)
      expect(lanes[0]!.p50Ms).toBeLessThan(12)
      expect(lanes[0]!.p99Ms).toBeGreaterThan(3_000)
    }
    expect((await two.pulse.live(5)).steps.at(-1)).toMatchObject({ accepted: 2 })
    expect((await one.pulse.live(5)).processes).toBe(2)
  })

  test('puts a longer window into longer steps, and leaves out what came before it', async () => {
    const one = aProcess('one')
    accepted(one.events, {})
    later(14 * 60)
    accepted(one.events, {}, {})
    later(16 * 60)
    accepted(one.events, {}, {}, {})

    const { steps, stepSeconds, since } = await one.pulse.live(30)
    expect(stepSeconds).toBe(15)
    expect(steps).toHaveLength(120)
    expect(steps.reduce((sofar, step) => sofar + step.accepted, 0)).toBe(5)
    expect(since).toBe(steps[0]!.at)
    const hour = await one.pulse.live(60)
    expect(hour.stepSeconds).toBe(30)
    expect(hour.steps.filter(step => step.accepted > 0).map(step => step.accepted)).toEqual([1, 2, 3])
  })

  test('answers in business time, and a clock that is moved takes the charts along', async () => {
    const [one, two] = [aProcess('one'), aProcess('two')]
    accepted(one.events, {})
    later(10)
    await one.pulse.write()

    time.aheadMs += 86_400_000

    const live = await two.pulse.live(1)
    expect(live.now).toBe('2026-11-06T12:00:10.000Z')
    expect(live.steps.find(step => step.accepted === 1)?.at).toBe('2026-11-06T12:00:00.000Z')
  })

  test('of a process to which nothing happens is written each quarter of a minute, as a sign of life', async () => {
    const one = aProcess('one')
    await one.pulse.write()
    for (let i = 0; i < 12; i++) {
      later(5)
      await one.pulse.write()
    }

    const rows = await db.rows<{ at: Date }>(sql`select at from pulse order by at`)
    expect(rows.map(({ at }) => (at.getTime() - noon) / 1_000)).toEqual([0, 15, 30, 45])
  })

  test('waits while the database is away, keeps an hour and no more, and writes it when it is back', async () => {
    let isAway = true
    const rows = <T>(query: Sql, urgency?: number) =>
      isAway ? Promise.reject(new DatabaseAway('away')) : db.rows<T>(query, urgency)
    const one = aProcess('one', { ...db, rows })
    for (let i = 0; i < 1_000; i++) {
      accepted(one.events, {})
      if (i % 100 === 99) await expect(one.pulse.write()).rejects.toThrow(DatabaseAway)
      later(5)
    }

    isAway = false
    await one.pulse.write()

    const [row] = await db.rows<{ count: number; first: Date }>(
      sql`select count(*)::int as count, min(at) as first from pulse`,
    )
    expect(row!.count).toBeGreaterThan(700)
    expect(row!.count).toBeLessThanOrEqual(721)
    expect(row!.first.getTime()).toBeGreaterThanOrEqual(time.wallMs - 3_605_000)
  })

  test('writes what was counted last when it stops, and hears nothing after', async () => {
    const [one, two] = [aProcess('one'), aProcess('two')]
    accepted(one.events, {})

    await one.pulse.stop()
    accepted(one.events, {})

    expect((await two.pulse.live(1)).steps.at(-1)!.accepted).toBe(1)
  })

  test('is forgotten after an hour', async () => {
    const [one, two] = [aProcess('one'), aProcess('two')]
    accepted(one.events, {})
    later(1_800)
    accepted(one.events, {})
    later(1_805)
    await one.pulse.write()

    await forgetPulses(db, wall())

    const rows = await db.rows(sql`select at from pulse where value->'accepted' = '1'`)
    expect(rows).toHaveLength(1)
    expect((await two.pulse.live(60)).steps.reduce((sofar, step) => sofar + step.accepted, 0)).toBe(1)
  })

  test('counts into its newest step while the wall clock is set back', async () => {
    const one = aProcess('one')
    accepted(one.events, {})
    later(-30)

    accepted(one.events, {})

    later(30)
    expect((await one.pulse.live(1)).steps.at(-1)!.accepted).toBe(2)
  })
})

describe('the carriers', () => {
  test('show the binds of all processes, with their windows together', async () => {
    const [one, two] = [aProcess('one'), aProcess('two')]
    one.enter('bound')
    one.bind.inFlight = 7
    two.enter('bound')
    two.bind.inFlight = 5
    later(5)
    await two.pulse.write()

    const [carrier, ...others] = await one.pulse.carriers()

    expect(others).toEqual([])
    expect(carrier).toMatchObject({
      ...{ name: 'acme', protocol: 'smpp', address: '10.0.0.1:2775', account: 'usher' },
      ...{ window: 100, perSecond: 100, inFlight: 12, slowedUntil: null },
    })
    expect(carrier!.binds).toMatchObject([
      { process: 'two', state: 'bound', reason: null, since: '2026-11-05T12:00:00.000Z', inFlight: 5, window: 50 },
      { process: 'one', state: 'bound', reason: null, since: '2026-11-05T12:00:00.000Z', inFlight: 7, window: 50 },
    ])
  })

  test('say why a bind is lost and until when they asked us to slow down', async () => {
    const one = aProcess('one')
    one.enter('bound')
    later(60)
    one.enter('waiting', 'connection refused')
    one.bind.slowedUntil = new Date(wall().getTime() + 2_000)

    expect(await one.pulse.carriers()).toMatchObject([
      {
        binds: [{ state: 'waiting', reason: 'connection refused', since: '2026-11-05T12:01:00.000Z' }],
        slowedUntil: '2026-11-05T12:01:02.000Z',
      },
    ])
    later(3)
    expect(await one.pulse.carriers()).toMatchObject([{ slowedUntil: null }])
  })

  test('show what each took and said, over all processes, in steps of a quarter of a minute', async () => {
    const [one, two] = [aProcess('one'), aProcess('two')]
    const said = { channel: 'acme', country: 'GB', ms: 20 }
    two.events.emit('carrier.answered', [
      { ...said, means: 'taken', status: 'ESME_ROK', parts: 3, micros: 120_000 },
      { ...said, means: 'later', status: 'ESME_RTHROTTLED', parts: 1, micros: 0 },
    ])
    later(20)
    await two.pulse.write()
    one.events.emit('carrier.answered', [{ ...said, means: 'taken', status: 'ESME_ROK', parts: 1, micros: 40_000 }])
    moved(one.events, { state: 'delivered', sinceSubmittedMs: 900 }, { state: 'rejected' })

    const [carrier] = await one.pulse.carriers()

    expect(carrier!.statuses).toEqual([
      { status: 'ESME_ROK', means: 'taken', count: 2 },
      { status: 'ESME_RTHROTTLED', means: 'later', count: 1 },
    ])
    expect(carrier!.receipts).toEqual([{ state: 'delivered', count: 1 }])
    expect(carrier!.cost).toEqual({ amount: '0.16', currency: 'USD' })
    expect(carrier!.steps).toHaveLength(60)
    expect(carrier!.steps.slice(-3).map(({ parts, failed }) => [parts, failed])).toEqual([
      [0, 0],
      [3, 1],
      [1, 0],
    ])
  })

  test('forget the binds of a process that said nothing for half a minute', async () => {
    const [one, two] = [aProcess('one'), aProcess('two')]
    two.enter('bound')
    later(5)
    await two.pulse.write()

    later(24)
    expect((await one.pulse.carriers())[0]!.binds.map(({ process }) => process)).toEqual(['two', 'one'])
    later(2)
    expect((await one.pulse.carriers())[0]!.binds.map(({ process }) => process)).toEqual(['one'])
  })
})

describe('what waits', () => {
  test('is looked up once for all who ask within a second, and again once the clock was moved', async () => {
    let looks = 0
    const rows = <T>(query: Sql, urgency?: number) => {
      if (query.text.join('').includes('from job')) looks++
      return db.rows<T>(query, urgency)
    }
    const waiting = waitingOf({ ...db, rows }, clock)
    const due = new Date(clock.now().getTime() + 3_600_000)
    await db.rows(sql`
      insert into job (id, lane, channel, due_at, dies_at)
      values (gen_random_uuid(), 0, 'acme', ${due}, ${new Date(due.getTime() + 1)})`)

    const [first] = await Promise.all([waiting(), waiting(), waiting()])
    later(0.9)
    await waiting()

    expect(looks).toBe(1)
    expect(first!.depths).toMatchObject([{ channel: 'acme', lane: 0, waiting: 1, due: 0, oldestDueAt: null }])
    time.aheadMs += 3_600_000
    expect((await waiting()).depths).toMatchObject([{ waiting: 1, due: 1, oldestDueAt: due }])
    later(1)
    await waiting()
    expect(looks).toBe(3)
  })

  test('is asked anew after a look that failed', async () => {
    let isAway = true
    const rows = <T>(query: Sql, urgency?: number) =>
      isAway ? Promise.reject(new DatabaseAway('away')) : db.rows<T>(query, urgency)
    const waiting = waitingOf({ ...db, rows }, clock)
    await expect(waiting()).rejects.toThrow(DatabaseAway)

    isAway = false

    expect(await waiting()).toMatchObject({ depths: [], parked: 0 })
  })
})

test.each([
  [{}, 0.5, null],
  [{ 0: 10 }, 0.5, 0.5],
  [{ 0: 1, 40: 99 }, 0.5, 940],
  [{ 0: 99, 40: 1 }, 0.99, 1],
  [{ 0: 98, 40: 2 }, 0.99, 942.4],
])('of %j the quantile %d is %s ms', (times, share, ms) => {
  const told = quantile(times as Record<number, number>, share)

  if (ms === null) expect(told).toBeNull()
  else expect(told).toBeCloseTo(ms, -1)
})
