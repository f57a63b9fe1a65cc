// The doors for events in: CloudEvents and Segment's calls, what was taken, and the list of bad ones.
import type { BadEventFilter, EventFilter, EventVerdict, EventVerdicts } from '@usher/contract/event'
import type { Clock } from '../clock.ts'
import { drop, getBadEvent, isThere, listBadEvents, openBadEvent, toReplay, untried } from '../event/bad.ts'
import { getEvent, listEvents, listEventTypes } from '../event/read.ts'
import { asCloudEvent } from '../event/segment.ts'
import type { EventTaker, Incoming } from '../event/take.ts'
import type { EventBus } from '../events.ts'
import { record } from '../operator/audit.ts'
import type { Database, Statements } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import type { Call, Caller, Handlers } from './call.ts'
import { limits, readJson, readText } from './lines.ts'
import { Saying } from './problem.ts'

export interface EventDoorsDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  /** Wall time, for what the audit log says. */
  wall: () => Date
  events: EventBus
  taker: EventTaker
}

type Name =
  | 'postEvents'
  | 'segmentTrack'
  | 'segmentIdentify'
  | 'segmentBatch'
  | 'listEvents'
  | 'getEvent'
  | 'listEventTypes'
  | 'listBadEvents'
  | 'getBadEvent'
  | 'openBadEvent'
  | 'replayBadEvent'
  | 'replayBadEvents'
  | 'dropBadEvent'

const bodyLimits = { ...limits, bytes: 1024 * 1024 }
const mostEvents = 1_000
/** What was tried within this is not tried again by who asks until nothing is left. */
const triedForMs = 60 * 60_000

export function eventDoors({ db, keys, clock, wall, taker }: EventDoorsDeps): Pick<Handlers, Name> {
  /** What an operator does is recorded with it; what programs do is told by their key's own log. */
  const note = async (tx: Statements, { operator }: Caller, action: string, subject: string | null, detail = {}) => {
    if (operator) await record(tx, { at: wall(), operatorId: operator.id, action, subject, detail })
  }

  /** Segment's clients look at the status alone, and would send what is bad for ever if it were refused. */
  const segment =
    (kind?: 'track' | 'identify') =>
    async ({ c }: Call) => {
      const whole = await readBody(c.req.raw)
      const receivedAt = clock.now()
      const { batch, sentAt, context } = (typeof whole === 'object' && whole !== null ? whole : {}) as Record<
        string,
        unknown
      >
      if (kind === undefined && !Array.isArray(batch))
        throw new Saying('invalidRequest', undefined, [{ at: 'body.batch', detail: 'A list of calls is missing.' }])
      const calls: unknown[] = kind === undefined ? (batch as unknown[]) : [whole]
      fewEnough(calls)
      const verdicts = await taker.take(
        calls.map(
          (call): Incoming => ({ door: 'segment', event: asCloudEvent(call, { receivedAt, sentAt, context }, kind) }),
        ),
      )
      return c.json({ success: true, ...countsOf(verdicts) })
    }

  return {
    async postEvents({ c }) {
      const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
      const headers = [...c.req.raw.headers].filter(([name]) => name.startsWith('ce-'))
      const isBinary = type === 'application/json' && headers.length > 0
      const whole = await readBody(c.req.raw, isBinary)
      const events = isBinary
        ? [fromHeaders(headers, c.req.header('content-type')!, whole)]
        : Array.isArray(whole)
          ? whole
          : [whole]
      fewEnough(events)
      const verdicts = await taker.take(events.map((event): Incoming => ({ door: 'cloudevents', event })))
      const [only] = verdicts
      if (only?.problem && (isBinary || !Array.isArray(whole)))
        throw new Saying('badEvent', `It is ${only.id} on the list, as ${only.problem.code}.`, only.problem.errors)
      const answer: EventVerdicts = { ...countsOf(verdicts), events: verdicts }
      return c.json(answer, 202)
    },
    segmentTrack: segment('track'),
    segmentIdentify: segment('identify'),
    segmentBatch: segment(),

    listEvents: async ({ c, query }) => c.json(await listEvents(db, keys, query as EventFilter)),
    async getEvent({ c, params }) {
      const event = await getEvent(db, keys, params.id!)
      if (!event) throw new Saying('unknownEvent')
      return c.json(event)
    },
    listEventTypes: async ({ c }) => c.json({ items: await listEventTypes(db, clock.now()) }),

    listBadEvents: async ({ c, query }) => c.json(await listBadEvents(db, query as BadEventFilter)),
    async getBadEvent({ c, params }) {
      const bad = await getBadEvent(db, keys, params.id!)
      if (!bad) throw new Saying('unknownEvent')
      return c.json(bad)
    },
    async openBadEvent({ c, caller, params }) {
      const opened = await openBadEvent(db, keys, params.id!)
      if (!opened) throw new Saying('unknownEvent')
      // Recorded before it is seen.
      await note(db, caller, 'bad_event.opened', params.id!)
      return c.json({ event: opened.shown }, 200, { 'cache-control': 'no-store' })
    },
    async replayBadEvent({ c, caller, params, body }) {
      const id = params.id!
      const { event } = body as { event?: unknown }
      const opened = await openBadEvent(db, keys, id)
      if (!opened) throw new Saying('unknownEvent')
      const incoming = event === undefined ? opened.incoming : { ...opened.incoming, event }
      const [verdict] = await taker.replay([{ line: id, incoming }], (tx, _, { verdict }) =>
        note(tx, caller, 'bad_event.replayed', id, { verdict, isMended: event !== undefined }),
      )
      if (!verdict) throw new Saying('notOpen')
      return c.json(verdict)
    },
    async replayBadEvents({ c, caller, body }) {
      const filter = body as Pick<BadEventFilter, 'reason' | 'type'>
      const tried = await toReplay(db, keys, filter)
      // One line for all of them, recorded before it is done.
      if (tried.length > 0) await note(db, caller, 'bad_event.replayed', null, { ...filter, count: tried.length })
      const verdicts = (await taker.replay(tried)).filter(verdict => verdict !== undefined)
      const bad = verdicts.filter(({ verdict }) => verdict === 'bad').length
      const left = await untried(db, filter, new Date(clock.now().getTime() - triedForMs))
      return c.json({ replayed: verdicts.length, taken: verdicts.length - bad, bad, left })
    },
    async dropBadEvent({ c, caller, params }) {
      const id = params.id!
      const isDropped = await db.transaction(async tx => {
        const isDropped = await drop(tx, id, clock.now())
        if (isDropped) await note(tx, caller, 'bad_event.dropped', id)
        return isDropped
      })
      if (!isDropped) throw new Saying((await isThere(db, id)) ? 'notOpen' : 'unknownEvent')
      return c.body(null, 204)
    },
  }
}

/** A body as JSON of any depth: what is too deep is one event's flaw. Undefined where none is needed and there is none. */
async function readBody(request: Request, mayBeEmpty = false): Promise<unknown> {
  const text = await readText(request, bodyLimits)
  if (mayBeEmpty && text === '') return undefined
  const read = readJson(text, Number.POSITIVE_INFINITY)
  if ('unreadable' in read) throw new Saying('brokenJson', read.unreadable)
  return read.value
}

function fewEnough(events: readonly unknown[]): void {
  if (events.length > mostEvents) throw new Saying('tooLarge', `A batch has ${mostEvents} events at most.`)
}

export function countsOf(verdicts: readonly EventVerdict[]) {
  const counts = { taken: 0, unknown: 0, repeated: 0, bad: 0 }
  for (const { verdict } of verdicts) counts[verdict]++
  return counts
}

/** CloudEvents' HTTP binding 1.0.2, 3.1: attributes are headers, data is the body. */
function fromHeaders(
  headers: readonly [string, string][],
  contentType: string,
  data: unknown,
): Record<string, unknown> {
  const attributes = headers.map(([name, value]) => [name.slice('ce-'.length), attributeOf(name, value)])
  return { ...Object.fromEntries(attributes), datacontenttype: contentType, ...(data !== undefined && { data }) }
}

/** 3.1.3.2: quotes are taken off, then one round of percent-decoding; what is no UTF-8 then must be refused. */
function attributeOf(name: string, value: string): string {
  const bare = /^"(.*)"$/s.exec(value)?.[1]?.replace(/\\(.)/gs, '$1') ?? value
  try {
    return bare.replace(/(?:%[\da-f]{2})+/gi, run => decodeURIComponent(run))
  } catch {
    throw new Saying('invalidRequest', undefined, [
      { at: `header.${name}`, detail: 'Its percent-encoding is not of UTF-8.' },
    ])
  }
}
