// What happened is told outside: the outbox is spread into the feed and to the endpoints that want it, and each delivery is
// tried until it is taken or given up (Standard Webhooks, "Deliverability and reliability").
//
// An endpoint has a window of its own and is asked for its own deliveries, so that a dead or slow one delays no other. A claim
// is a lease: who dies with it leaves it to the next, who sends the same webhook-id again.
import type { OutgoingName } from '@usher/contract/webhook'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, DatabaseAway, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { type KeyRing, type Sealed, unseal } from '../store/keys.ts'
import { rowset, sql } from '../store/sql.ts'
import { type Resolve, resolveName } from './address.ts'
import { type Answer, poster } from './post.ts'
import { spread } from './spread.ts'
import { compose, type Happened } from './told.ts'
import { lockWanted, want } from './wanted.ts'

export interface DelivererDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  /** Wall time: signatures carry it. */
  wall: () => Date
  events: EventBus
  /** Addresses, host:port, that may be called though they are private or not https. */
  allow: readonly string[]
  random: () => number
  /** What names stand for; tests have their own. */
  resolve?: Resolve
  /** For one try, connection and answer; tests are shorter. */
  timeoutMs?: number
}

export interface Deliverer {
  /** Looks now: something may be due. */
  wake(): void
  start(): void
  stop(): Promise<void>
}

/** Before each try, since the one before; the specification's example (Standard Webhooks, "Retries"). 75 h 35 min 5 s in all. */
const seconds = 1_000
const minutes = 60 * seconds
const hours = 60 * minutes
export const schedule = [
  0,
  5 * seconds,
  5 * minutes,
  30 * minutes,
  2 * hours,
  5 * hours,
  10 * hours,
  14 * hours,
  20 * hours,
  24 * hours,
]
/** Either way, so that what failed together does not come again together. */
const jitter = 0.1

/** The specification: 15 to 30 s. */
const answerWithinMs = 20_000
/** Posts on the way to one endpoint; one that fails is tried with one at a time. */
const window = 32
/** Claimed ahead of the window, so that it does not wait for the database. */
const mostInHand = 4 * window
const leaseSeconds = 45
/** A claim is not posted any more once its lease could end before its answer. */
const freshMs = (leaseSeconds * 1_000) / 2
/** We look by ourselves as well: other processes write, retries come due, clocks are moved. */
const lookMs = 500
const sweepMs = 5_000
/** Texts are written many times a second: what comes within this is spread together. */
const restMs = 25
const recordWaitMs = 10
/** What is on the way at a stop has this long to be answered. */
const stopMs = 3_000
/** Statuses by which an endpoint says that it is asked too much; with them Retry-After is heard. */
const slowing = [429, 502, 503, 504]
const longestSlowMs = 24 * hours

interface Claimed extends Happened {
  delivery: string
  endpoint: string
  url: string
  tries: number
  round: number
  data_key: Sealed
  secret: Sealed
  old_secret: Sealed | null
  old_secret_until: Date | null
}

interface Ready {
  claimed: Claimed
  body: string
  claimedAtMs: number
}

/** What this process has of one endpoint. */
interface Line {
  ready: Ready[]
  posting: number
  /** Claimed and not recorded: ready, on the way, or on its way to the database. */
  inHand: number
  /** The last claim brought all it asked for. */
  hasMore: boolean
  /** The last answer was none that we want: one at a time, until one is. */
  isFailing: boolean
  /** It asked to be left alone until then. */
  slowedUntil: Date | null
}

/** A try and what came of it. */
interface Tried {
  claimed: Claimed
  at: Date
  tookMs: number
  status: number | null
  error: string | null
  state: 'waiting' | 'delivered' | 'failed' | 'stopped'
  dueAt: Date
  slowedUntil: Date | null
}

export function deliverer(deps: DelivererDeps): Deliverer {
  const { db, keys, clock, wall, events, allow } = deps
  const posting = poster({ allow, resolve: deps.resolve ?? resolveName, timeoutMs: deps.timeoutMs ?? answerWithinMs })
  const lines = new Map<string, Line>()
  /** Posts and records under way. */
  const atWork = new Set<Promise<unknown>>()
  let isStopping = false
  /** Set when those that are still on the way are cut: their end says nothing about the endpoint. */
  let isCut = false

  const outcomes = new Batcher<Tried, undefined>({
    size: db.batch,
    waitMs: recordWaitMs,
    parallel: 1,
    work: batch => record(deps, batch),
  })

  const spreading = doorbell(events, 'spreading the outbox', restMs, async () => {
    for (;;) {
      const moved = await spread(db, clock.now())
      // Who is at it may not see what rang here.
      if (moved === 'busy') return true
      if (moved > 0) claiming.ring()
      if (moved < db.batch || isStopping) return false
    }
  })

  const claiming = doorbell(events, 'claiming deliveries', 0, async () => {
    if (isStopping) return false
    const claimedAtMs = clock.monotonic()
    const asked = new Map([...lines].map(([id, line]) => [id, roomOf(line)]))
    const claims = await claim(db, asked, clock.now())
    const told = await compose(deps, claims, urgency.ordinary).catch(async error => {
      await release(db, claims).catch(() => {}) // the leases run out by themselves
      throw error
    })
    const counts = new Map<string, number>()
    for (const [i, claimed] of claims.entries()) {
      const line = lineOf(claimed.endpoint)
      line.inHand++
      line.ready.push({ claimed, body: JSON.stringify(told[i]), claimedAtMs })
      counts.set(claimed.endpoint, (counts.get(claimed.endpoint) ?? 0) + 1)
    }
    for (const [id, line] of lines) {
      // Where there was no room, nobody knows.
      line.hasMore = (counts.get(id) ?? 0) >= (asked.get(id) ?? mostInHand)
      pump(line)
      // An endpoint that may have been deleted is forgotten; its next delivery brings it back.
      if (line.inHand === 0 && !line.isFailing) lines.delete(id)
    }
    return false
  })

  const sweeping = doorbell(events, 'stopping what waits for an endpoint that is gone', 0, async () => {
    await stopGone(deps)
    return false
  })

  function lineOf(endpoint: string): Line {
    const known = lines.get(endpoint)
    if (known) return known
    const line: Line = { ready: [], posting: 0, inHand: 0, hasMore: false, isFailing: false, slowedUntil: null }
    lines.set(endpoint, line)
    return line
  }

  const isClosed = ({ slowedUntil }: Line) => isStopping || (slowedUntil !== null && slowedUntil > clock.now())

  function roomOf(line: Line): number {
    if (isClosed(line)) return 0
    if (line.isFailing) return line.inHand === 0 ? 1 : 0
    return Math.max(0, mostInHand - line.inHand)
  }

  /** Posts as many as may be on the way, gives back what has no place here, and asks for more where there is room. */
  function pump(line: Line): void {
    const most = isClosed(line) ? 0 : line.isFailing ? 1 : window
    if (most <= 1) giveBack(line, line.ready.splice(Math.max(0, most - line.posting)))
    while (line.ready.length > 0 && line.posting < most) {
      const ready = line.ready.shift()!
      if (clock.monotonic() - ready.claimedAtMs > freshMs) giveBack(line, [ready])
      else atWorkOn(deliver(line, ready))
    }
    if (line.hasMore && roomOf(line) >= (line.isFailing ? 1 : mostInHand / 2)) claiming.ring()
  }

  function atWorkOn(work: Promise<unknown>): void {
    atWork.add(work)
    work.finally(() => atWork.delete(work))
  }

  async function deliver(line: Line, { claimed, body, claimedAtMs }: Ready): Promise<void> {
    line.posting++
    const startedAtMs = clock.monotonic()
    const answer = await post(claimed, body)
    line.posting--
    if (isCut && answer.status === null) return giveBack(line, [{ claimed, body, claimedAtMs }])
    const tried = judge(claimed, answer, clock.now(), clock.monotonic() - startedAtMs, deps)
    line.isFailing = tried.state !== 'delivered'
    line.slowedUntil = tried.slowedUntil ?? line.slowedUntil
    pump(line)
    await recorded(tried, claimedAtMs)
    line.inHand--
    pump(line)
  }

  async function post(claimed: Claimed, body: string): Promise<Answer> {
    try {
      return await posting.post({
        url: claimed.url,
        id: claimed.id,
        body,
        secrets: secretsOf(keys, claimed, wall()),
        at: wall(),
      })
    } catch (error) {
      events.emit('work.failed', { what: `telling the endpoint ${claimed.endpoint}`, error: String(error) })
      return { status: null, error: 'It could not be sent; the log says why.' }
    }
  }

  /** Until its lease ends nobody else has it: while the database is away we try to say what came of it. */
  async function recorded(tried: Tried, claimedAtMs: number): Promise<void> {
    for (;;) {
      try {
        await outcomes.push(tried)
        return
      } catch (error) {
        if (!(error instanceof DatabaseAway))
          events.emit('work.failed', { what: `recording the delivery ${tried.claimed.delivery}`, error: String(error) })
        if (isStopping || clock.monotonic() - claimedAtMs > leaseSeconds * 1_000) return
        await pause(lookMs)
      }
    }
  }

  function giveBack(line: Line, unsent: readonly Ready[]): void {
    if (unsent.length === 0) return
    line.inHand -= unsent.length
    line.hasMore = true
    // Where it can't be said, the leases run out by themselves.
    atWorkOn(
      release(
        db,
        unsent.map(({ claimed }) => claimed),
      ).catch(() => {}),
    )
  }

  const stops: (() => void)[] = []
  let hasStarted = false
  const wake = () => {
    // A process without the role for it leaves it to those that have it, who look by themselves.
    if (!hasStarted || isStopping) return
    spreading.ring()
    claiming.ring()
  }
  return {
    wake,
    start() {
      hasStarted = true
      const names = ['message.accepted', 'message.moved', 'inbound.stored', 'click.stored', 'event.bad'] as const
      for (const name of [...names, 'number.moved', 'number.file_missing', 'alert.moved'] as const)
        stops.push(events.on(name, () => spreading.ring()))
      stops.push(events.on('clock.moved', wake))
      const timers = [setInterval(wake, lookMs), setInterval(() => sweeping.ring(), sweepMs)]
      for (const timer of timers) stops.push(() => clearInterval(timer))
      wake()
    },
    async stop() {
      isStopping = true
      for (const stop of stops) stop()
      await Promise.all([spreading, claiming, sweeping].map(bell => bell.stop()))
      for (const line of lines.values()) pump(line)
      const cut = setTimeout(() => {
        isCut = true
        posting.close()
      }, stopMs)
      while (atWork.size > 0) await Promise.all(atWork)
      clearTimeout(cut)
      await outcomes.drained()
      posting.close()
    },
  }
}

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** Does its work when rung, one at a time; rings that come meanwhile are one. Work that answers true is done once more. */
function doorbell(events: EventBus, what: string, restMs: number, work: () => Promise<boolean>) {
  let hasRung = false
  let isOver = false
  let running: Promise<void> | undefined
  const run = async () => {
    while (hasRung && !isOver) {
      hasRung = false
      try {
        if (await work()) hasRung = true
      } catch (error) {
        // A database that is away is told by those who send; here the next look meets it again.
        if (!(error instanceof DatabaseAway)) events.emit('work.failed', { what, error: String(error) })
      }
      if (!isOver) await pause(restMs)
    }
    running = undefined
  }
  return {
    ring() {
      hasRung = true
      running ??= run()
    },
    async stop() {
      isOver = true
      await running
    },
  }
}

const asRows = (asked: ReadonlyMap<string, number>) => [...asked].map(([id, room]) => ({ id, room }))

/** Claims what is due, for each endpoint as many as it has room for: one statement, and each endpoint's share of its own. */
const claim = (db: Database, asked: ReadonlyMap<string, number>, now: Date) =>
  db.rows<Claimed>(
    sql`
    with room as (
      select * from json_to_recordset(${rowset(asRows(asked))}) as r(id uuid, room int)
    ), due as materialized (
      select d.id, e.url, e.data_key, e.secret, e.old_secret, e.old_secret_until
      from webhook_endpoint e left join room on room.id = e.id cross join lateral (
        select id from delivery
        where endpoint_id = e.id and state = 'waiting' and due_at <= ${now}
          and (lease_until is null or lease_until < now()) -- leases use database time
        order by due_at limit case when e.failing_since is null then coalesce(room.room, ${mostInHand}) else least(1, coalesce(room.room, 1)) end
        for update skip locked
      ) d
      where e.state = 'active' and (e.slowed_until is null or e.slowed_until <= ${now})
    ), claimed as (
      update delivery d set lease_until = now() + make_interval(secs => ${leaseSeconds})
      from due where d.id = due.id
      returning d.id as delivery, d.endpoint_id as endpoint, d.position, d.tries, d.round, d.due_at,
        due.url, due.data_key, due.secret, due.old_secret, due.old_secret_until
    )
    select claimed.*, f.id, f.type, f.at, f.about, f.state, f.reason
    from claimed join feed f on f.position = claimed.position order by claimed.due_at, claimed.position`,
    urgency.ordinary,
  )

/** Gives claims back unsent. */
const release = (db: Database, claims: readonly Claimed[]) =>
  db.rows(
    sql`
    update delivery d set lease_until = null
    from json_to_recordset(${rowset(claims.map(({ delivery, tries }) => ({ id: delivery, tries })))}) as r(id uuid, tries int)
    where d.id = r.id and d.tries = r.tries and d.state = 'waiting'`,
    urgency.report,
  )

/** The newer first; the older one for as long as it signs too. */
export function secretsOf(
  keys: KeyRing,
  row: Pick<Claimed, 'data_key' | 'secret' | 'old_secret' | 'old_secret_until'>,
  wall: Date,
): string[] {
  const key = keys.unwrap(row.data_key)
  const isReplacing = row.old_secret !== null && row.old_secret_until !== null && row.old_secret_until > wall
  return [row.secret, ...(isReplacing ? [row.old_secret!] : [])].map(sealed => unseal(key, sealed, 'secret'))
}

/** What follows from an answer. */
function judge(
  claimed: Claimed,
  answer: Answer,
  now: Date,
  tookMs: number,
  { wall, random }: Pick<DelivererDeps, 'wall' | 'random'>,
): Tried {
  const { status } = answer
  const tried = { claimed, at: now, tookMs: Math.round(tookMs), status, dueAt: now, slowedUntil: null }
  if (status !== null && status >= 200 && status < 300) return { ...tried, state: 'delivered', error: null }
  if (status === 410) return { ...tried, state: 'stopped', error: 'It answered 410: it is gone for good.' }
  const waitMs = 'retryAfter' in answer && slowing.includes(answer.status) ? readWait(answer.retryAfter, wall()) : null
  const done = claimed.round + 1
  const step = schedule[done]
  return {
    ...tried,
    state: step === undefined ? 'failed' : 'waiting',
    error: answer.status === null ? answer.error : inWords(answer.status, waitMs),
    // Never before its hour, whatever it asks: ten tries within a minute would be no patience.
    dueAt: new Date(now.getTime() + Math.max((step ?? 0) * (1 - jitter + 2 * jitter * random()), waitMs ?? 0)),
    slowedUntil: waitMs === null ? null : new Date(now.getTime() + waitMs),
  }
}

const inWords = (status: number, waitMs: number | null): string =>
  status >= 300 && status < 400
    ? `It answered ${status}: redirects are not followed.`
    : waitMs !== null
      ? `It answered ${status} and asked to wait for ${Math.round(waitMs / 1_000)} s.`
      : `It answered ${status}.`

/** Retry-After in milliseconds from now: seconds, or a date by the wall (RFC 9110, 10.2.3). Null where it says neither. */
function readWait(header: string | undefined, wall: Date): number | null {
  if (header === undefined) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - wall.getTime()
  return Number.isNaN(ms) ? null : Math.min(longestSlowMs, Math.max(0, ms))
}

/** What a batch says of one endpoint. */
interface Health {
  id: string
  /** As it was when it was called: an answer says nothing about another address. */
  url: string
  is_gone: boolean
  has_succeeded: boolean
  failing_since: Date | null
  slowed_until: Date | null
  last_status: number | null
}

function healthOf(batch: readonly Tried[]): Health[] {
  const byEndpoint = new Map<string, Health>()
  for (const { claimed, at, status, state, slowedUntil } of batch) {
    const name = `${claimed.endpoint} ${claimed.url}`
    const health = byEndpoint.get(name) ?? {
      id: claimed.endpoint,
      url: claimed.url,
      is_gone: false,
      has_succeeded: false,
      failing_since: null,
      slowed_until: null,
      last_status: null,
    }
    const isWell = state === 'delivered'
    byEndpoint.set(name, {
      ...health,
      is_gone: health.is_gone || status === 410,
      has_succeeded: health.has_succeeded || isWell,
      failing_since: isWell ? null : (health.failing_since ?? at),
      slowed_until: slowedUntil ?? health.slowed_until,
      last_status: status,
    })
  }
  return [...byEndpoint.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Writes a batch of tries: how the endpoints are, the deliveries, and a line for each try. */
async function record({ db, events }: DelivererDeps, batch: Tried[]): Promise<undefined[]> {
  const health = healthOf(batch)
  const rows = batch.map(({ claimed, at, tookMs, status, error, state, dueAt }) => ({
    id: claimed.delivery,
    tries: claimed.tries,
    round: claimed.round + 1,
    ...{ at, took_ms: tookMs, status, error, state },
    due_at: dueAt,
  }))
  const moved = await db.transaction(async tx => {
    const isAnyGone = health.some(one => one.is_gone)
    if (isAnyGone) await lockWanted(tx)
    // Endpoints first, as everybody does who locks both; and only where something is new, for most answers say the same.
    await tx.rows(sql`
      with r as materialized (
        select * from json_to_recordset(${rowset(health)}) as r(id uuid, url text, is_gone boolean, has_succeeded boolean,
          failing_since timestamptz, slowed_until timestamptz, last_status int)
      ), locked as materialized (
        select e.id from webhook_endpoint e join r on r.id = e.id order by e.id for no key update of e
      )
      update webhook_endpoint e set state = case when r.is_gone then 'gone' else e.state end,
        failing_since = case when r.has_succeeded then r.failing_since else coalesce(e.failing_since, r.failing_since) end,
        slowed_until = greatest(e.slowed_until, r.slowed_until), last_status = r.last_status
      from r, locked where e.id = r.id and locked.id = e.id and e.url = r.url and (
        r.is_gone or r.slowed_until is not null or e.last_status is distinct from r.last_status
        or (r.has_succeeded and e.failing_since is not null) or (r.failing_since is not null and e.failing_since is null))`)
    const moved = await tx.rows<{ id: string; endpoint_id: string; type: string; state: string }>(sql`
      with r as materialized (
        select * from json_to_recordset(${rowset(rows)}) as r(id uuid, tries int, round int, at timestamptz, took_ms int,
          status int, error text, state text, due_at timestamptz)
      ), moved as (
        -- One that was stopped meanwhile was on the way all the same.
        update delivery d set state = case when r.state = 'waiting' then d.state else r.state end, tries = r.tries + 1,
          round = r.round, due_at = r.due_at, lease_until = null, last_status = r.status, last_error = r.error,
          ended_at = case when r.state = 'waiting' then d.ended_at else r.at end
        from r where d.id = r.id and d.tries = r.tries and d.state in ('waiting', 'stopped')
        returning d.id, d.endpoint_id, d.type, d.state
      ), tried as (
        insert into delivery_attempt (delivery_id, number, at, status, error, took_ms)
        select r.id, r.tries + 1, r.at, r.status, r.error, r.took_ms from r join moved on moved.id = r.id
      )
      select * from moved`)
    if (isAnyGone) await want(tx)
    return moved
  }, urgency.report)
  const byId = new Map(batch.map(tried => [tried.claimed.delivery, tried]))
  if (moved.length > 0)
    events.emit(
      'delivery.moved',
      moved.map(({ id, endpoint_id, type, state }) => {
        const { status, at } = byId.get(id)!
        return { id, endpoint: endpoint_id, type, state, status, at }
      }),
    )
  return batch.map(() => undefined)
}

/** What waits for an endpoint that is gone is not sent any more. */
async function stopGone({ db, clock, events }: DelivererDeps): Promise<void> {
  for (;;) {
    const now = clock.now()
    const stopped = await db.rows<{ id: string; endpoint_id: string; type: OutgoingName }>(
      sql`
      update delivery set state = 'stopped', ended_at = ${now} where id in (
        select d.id from webhook_endpoint e cross join lateral (
          select id from delivery where endpoint_id = e.id and state = 'waiting' limit ${db.batch} for update skip locked
        ) d where e.state = 'gone'
      ) returning id, endpoint_id, type`,
      urgency.idle,
    )
    if (stopped.length > 0)
      events.emit(
        'delivery.moved',
        stopped.map(({ id, endpoint_id, type }) => ({
          ...{ id, endpoint: endpoint_id, type, at: now },
          state: 'stopped',
          status: null,
        })),
      )
    if (stopped.length < db.batch) return
  }
}

const keptMs = 30 * 24 * hours

/** Forgets what was told more than 30 days ago. */
export async function forgetTold(db: Database, now: Date): Promise<void> {
  const before = new Date(now.getTime() - keptMs)
  const slices = [
    () => sql`
      delete from delivery where id in (
        select id from delivery where id < ${firstIdAt(before)}::uuid order by id limit ${db.batch}) returning 1`,
    () => sql`
      delete from feed where position in (
        select position from feed where spread_at < ${before} order by spread_at limit ${db.batch}) returning 1`,
  ]
  for (const slice of slices) while ((await db.rows(slice(), urgency.idle)).length > 0);
}
