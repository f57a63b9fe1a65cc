// Who followed a link: stored raw at once, judged a few seconds later, when it is known what else came with it.
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, DatabaseAway, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { rowset, sql } from '../store/sql.ts'
import { turn } from '../store/turn.ts'
import { besideMs, besideOf, judge, type Marks, type Neighbour } from './judge.ts'

export interface NewClick {
  id: string
  link_id: string
  at: Date
  method: string
  agent: string | null
  /** /24 or /48. */
  network: string | null
  marks: Marks
}

export interface Clicks {
  /** Takes it; the caller does not wait. A click that can't be stored is told as work that failed, and is lost. */
  record(click: NewClick): void
  start(): void
  stop(): Promise<void>
}

/** Clicks that may wait to be stored. Whoever makes more than this wait is no person. */
const mostWaiting = 20_000
/** Clicks that were beside this one are stored by then, and those after it have come. */
const judgedAfterMs = besideMs + 500
const everyMs = 250
/** After a full round, before the next: judging can wait, and who follows a link can not. */
const restMs = 20
/** How late a click may be stored, or a round begin, and be judged in its turn; and how often all are looked at for the others. */
const lateMs = 2_000
const allEveryMs = 60_000
/** Clicks that are judged in one statement, and in one turn of the event loop: who follows a link waits behind neither. */
const judgedTogether = 100
const slice = 8

export function clicks({ db, clock, events }: { db: Database; clock: Clock; events: EventBus }): Clicks {
  let waiting = 0
  let dropped = 0
  const failed = (error: unknown) => events.emit('work.failed', { what: 'storing clicks', error: String(error) })
  const batcher = new Batcher<NewClick, undefined>({
    size: db.batch,
    waitMs: 20,
    parallel: 1,
    async work(items) {
      try {
        await store(db, items)
      } catch (error) {
        if (!(error instanceof DatabaseAway) && items.length > 1) throw error // each is tried alone
        failed(error)
        return items.map(() => undefined)
      }
      events.emit(
        'click.stored',
        items.map(({ id, link_id, at }) => ({ id, link: link_id, verdict: null, at })),
      )
      return items.map(() => undefined)
    },
  })

  let timer: NodeJS.Timeout | undefined
  let judging: Promise<void> | undefined
  /** When all that are unjudged were last looked at. */
  let allAt: Date | undefined
  const round = async () => {
    const now = clock.now()
    // Those judged before lie in the way of a look at all: most rounds begin where the one before can have ended.
    const looksAtAll = allAt === undefined || now.getTime() - allAt.getTime() >= allEveryMs
    const from = looksAtAll ? null : firstIdAt(new Date(now.getTime() - judgedAfterMs - lateMs))
    if (dropped > 0) failed(`${dropped} clicks came faster than they could be stored`)
    dropped = 0
    while ((await judgeSome(db, clock.now(), events, from)) === judgedTogether)
      await new Promise(resolve => setTimeout(resolve, restMs))
    if (looksAtAll) allAt = now
  }
  const beat = () => {
    judging ??= round()
      .catch(error => {
        if (!(error instanceof DatabaseAway))
          events.emit('work.failed', { what: 'judging clicks', error: String(error) })
      })
      .finally(() => {
        judging = undefined
      })
  }
  return {
    record(click) {
      if (waiting >= mostWaiting) {
        dropped++
        return
      }
      waiting++
      void batcher.push(click).finally(() => waiting--)
    },
    start() {
      timer = setInterval(beat, everyMs)
      timer.unref()
    },
    async stop() {
      clearInterval(timer)
      await batcher.drained()
      await judging
    },
  }
}

const store = (db: Database, items: readonly NewClick[]) =>
  db.rows(sql`
    insert into click (id, link_id, at, method, agent, network, marks)
    select r.id, r.link_id, r.at, r.method, r.agent, r.network, r.marks
    from json_to_recordset(${rowset(items)}) as r(id uuid, link_id uuid, at timestamptz, method text, agent text, network text, marks jsonb)
    where exists (select from link where link.id = r.link_id)`)

interface Unjudged extends Omit<Neighbour, 'link' | 'atMs'> {
  id: string
  link_id: string
  at: Date
  marks: Marks
  submitted_at: Date | null
  delivered_at: Date | null
  /** The text is with nobody yet, as far as we know. */
  is_waiting: boolean
  neighbours: { link: string; at: string; method: string; agent: string | null; network: string | null }[] | null
}

/** Judges clicks whose company is known by now; answers how many. Processes that do it at once take different ones. */
async function judgeSome(db: Database, now: Date, events: EventBus, from: string | null): Promise<number> {
  const judged = await db.transaction(async tx => {
    const rows = await tx.rows<Unjudged>(sql`
      with due as (
        select id, link_id, at, method, agent, network, marks from click
        where verdict is null and at <= ${new Date(now.getTime() - judgedAfterMs)}
          ${from === null ? sql`` : sql`and id >= ${from}::uuid`} order by id limit ${judgedTogether} for update skip locked
      )
      select due.*, m.submitted_at, case when m.state = 'delivered' then m.ended_at end as delivered_at,
        coalesce(m.state in ('held', 'queued'), false) as is_waiting, (
          select json_agg(json_build_object('link', c.link_id, 'at', c.at, 'method', c.method, 'agent', c.agent, 'network', c.network))
          from (
            select c.* from (select l.id union select id from link where message_id = l.message_id) of
            join click c on c.link_id = of.id
            where c.id <> due.id and abs(extract(epoch from c.at - due.at)) * 1000 <= ${besideMs} limit 50
          ) c
        ) as neighbours
      from due join link l on l.id = due.link_id left join message m on m.id = l.message_id`)
    if (rows.length === 0) return []
    const verdicts = []
    for (const [i, row] of rows.entries()) {
      if (i % slice === 0) await turn()
      verdicts.push({ id: row.id, link_id: row.link_id, at: row.at, ...verdictOf(row) })
    }
    await tx.rows(sql`
      with r as (
        select * from json_to_recordset(${rowset(verdicts)}) as r(id uuid, link_id uuid, at timestamptz, verdict text, why text[])
      ), judged as (
        update click set verdict = r.verdict, why = r.why from r where click.id = r.id
      ), counted as (
        select link_id, count(*) filter (where verdict = 'human')::int as human, count(*) filter (where verdict = 'machine')::int as machine,
          max(at) as last from r group by link_id
      ), locked as (
        -- In order, or two processes could wait for each other; a click that is stored meanwhile need not wait.
        select id from link where id in (select link_id from r) order by id for no key update
      )
      update link set human_clicks = human_clicks + human, machine_clicks = machine_clicks + machine,
        last_click_at = greatest(last_click_at, last)
      from locked join counted on counted.link_id = locked.id where link.id = locked.id`)
    return verdicts
  }, urgency.idle)
  if (judged.length > 0)
    events.emit(
      'click.stored',
      judged.map(({ id, link_id, at, verdict }) => ({ id, link: link_id, verdict, at })),
    )
  return judged.length
}

function verdictOf(row: Unjudged) {
  const since = (at: Date | null) => at && row.at.getTime() - at.getTime()
  const { verdict, why } = judge({
    method: row.method,
    agent: row.agent,
    network: row.network,
    marks: row.marks,
    // Who comes before the carrier has answered for the text has it from the carrier.
    sinceSubmittedMs: row.submitted_at === null && row.is_waiting ? 0 : since(row.submitted_at),
    sinceDeliveredMs: since(row.delivered_at),
    beside: besideOf(
      { link: row.link_id, atMs: row.at.getTime(), method: row.method, agent: row.agent, network: row.network },
      (row.neighbours ?? []).map(({ at, ...one }) => ({ ...one, atMs: Date.parse(at) })),
    ),
  })
  return { verdict, why }
}
