// How fast events are taken: from the first byte of the first request until the last is answered, each with a verdict that
// it is stored. What was answered is counted in the database afterwards.
import { openPostgres } from '@usher/server/store/postgres'
import { sql } from '@usher/server/store/sql'
import { connections, post } from './http.ts'
import { median, type Row } from './results.ts'
import {
  createDatabase,
  say,
  spending,
  spentInWords,
  startBeside,
  startCarrier,
  startUsher,
  subscriberId,
  withoutLimit,
} from './rig.ts'

const ways = {
  batch: { connections: 16, each: 250, type: 'application/cloudevents-batch+json', events: 100_000, goal: '>= 5000' },
  single: { connections: 64, each: 1, type: 'application/cloudevents+json', events: 30_000, goal: '>= 1500' },
} as const
type Way = (typeof ways)[keyof typeof ways]

export function events(way: keyof typeof ways) {
  return async (scale: number): Promise<Row[]> => {
    const { each, connections: open, goal } = ways[way]
    const count = ways[way].events / scale
    const subscribers = 20_000 / scale
    const carrier = await startCarrier()
    const usher = await startUsher(carrier, { database: 'postgres', window: 200, subscribers })
    const intake = await startIntake()
    const doors = {
      usher: { ...usher, path: '/v1/events', databaseUrl: usher.databaseUrl! },
      intake,
    } satisfies Record<string, Door>

    const runs: Record<keyof typeof doors, Run[]> = { usher: [], intake: [] }
    for (
      let round = -1;
      round < 3;
      round++ // the first is to warm up
    )
      for (const [name, door] of Object.entries(doors) as [keyof typeof doors, Door][]) {
        const run = await timed(door, ways[way], round < 0 ? count / 5 : count, subscribers)
        if (round < 0) continue
        runs[name].push(run)
        say(`  ${name} ${Math.round(run.perSecond)} events/s`)
      }
    await intake.stop()
    await usher.stop()
    await carrier.stop()

    const rate = (name: keyof typeof runs) => median(runs[name].map(run => run.perSecond))
    const how = each === 1 ? 'one in each request' : `batches of ${each}`
    return [
      {
        key: `events.${way}`,
        value: rate('usher'),
        unit: 'events/s',
        goal,
        peer: { name: 'Hono and pg, one insert', value: rate('intake') },
        note: `${count} CloudEvents of ${bytes()} bytes about what ${subscribers} subscribers watch, ${how}, over ${open} connections; first byte to last verdict; then counted in the database. The peer, in turns: each request one \`insert ... on conflict do nothing\` of rows as they came, on the same PostgreSQL, nothing checked or sealed. Usher: ${inWords(runs.usher)}. Peer: ${inWords(runs.intake)}`,
      },
    ]
  }
}

// --- Doors ------------------------------------------------------------------------------------------------------

interface Door {
  pid: number
  port: number
  path: string
  authorization: string
  databaseUrl: string
  databasePids(): Promise<number[]>
}

async function startIntake() {
  const database = await createDatabase()
  const beside = await startBeside('intake', { DATABASE_URL: database.url })
  return {
    ...{ pid: beside.pid, port: beside.port, path: '/events', authorization: 'none' },
    databaseUrl: database.url,
    databasePids: database.pids,
    async stop() {
      await beside.stop()
      await database.drop()
    },
  }
}

interface Run {
  perSecond: number
  /** Milliseconds on a core for each event, by who spent them. */
  spent: Record<string, number>
}

async function timed(door: Door, way: Way, count: number, subscribers: number): Promise<Run> {
  const before = await stored(door)
  const spent = await spending({
    server: () => [door.pid],
    database: door.databasePids,
    load: () => [process.pid],
  })
  const startedAt = performance.now()
  await send(door, way, count, subscribers)
  const seconds = (performance.now() - startedAt) / 1_000
  const run = { perSecond: count / seconds, spent: await spent(count) }

  const kept = (await stored(door)) - before
  if (kept !== count) throw new Error(`${count} events were answered for, and ${kept} are in the database`)
  return run
}

/** The next request over a connection as soon as one is answered, each with events that were never sent before. */
async function send(door: Door, way: Way, count: number, subscribers: number): Promise<void> {
  const over = connections(door.port, way.connections)
  const headers = `authorization: ${door.authorization}\r\n`
  let left = count
  const sender = async () => {
    while (left > 0) {
      const size = Math.min(way.each, left)
      left -= size
      const made = Array.from({ length: size }, () => nextEvent(subscribers))
      const body = way.each === 1 ? made[0]! : `[${made.join(',')}]`
      const { status, body: answer } = await over.ask(post(door.path, body, headers, way.type))
      const taken = Number(/"taken":(\d+)/.exec(answer)?.[1])
      if (status !== 202 || taken !== size) throw new Error(`not all taken: ${status} ${answer.slice(0, 1_000)}`)
    }
  }
  await Promise.all(Array.from({ length: way.connections }, sender))
  over.close()
}

async function stored(door: Door): Promise<number> {
  const db = await openPostgres(withoutLimit(door.databaseUrl), 1)
  const [row] = await db.rows<{ count: number }>(sql`select count(*) as count from event`)
  await db.close()
  return row!.count
}

const inWords = (runs: readonly Run[]): string =>
  `runs ${runs.map(({ perSecond }) => Math.round(perSecond)).join(', ')}/s; ${spentInWords(
    runs.map(({ spent }) => spent),
    'event',
  )}`

// --- What subscribers watch -------------------------------------------------------------------------------------

const series = [
  'the-phantom-empire',
  'flash-gordon',
  'the-green-archer',
  'captain-midnight',
  'radar-men',
  'the-lost-city',
]
const devices = [
  '"name":"Living room TV","kind":"tv","os":"Tizen 7.0"',
  '"name":"Phone","kind":"phone","os":"Android 16"',
]

let last = 0
/** As a player reports every few minutes; one in eight begins, one in eight ends. */
function nextEvent(subscribers: number): string {
  const n = ++last
  const step = n % 8 === 0 ? 'started' : n % 8 === 7 ? 'completed' : 'progressed'
  const title = series[n % series.length]!
  const subscriber = (n * 7_919) % subscribers
  const session = (n * 2_654_435_761).toString(16).padStart(16, '0')
  return `{"specversion":"1.0","id":"view-${n}","source":"/players","type":"com.usher.view.${step}","subject":"${subscriberId(subscriber)}","time":"${new Date().toISOString()}","data":{"title":"${title}","episode":"${title}-${n % 12}","atSeconds":${n % 3_000},"watchedSeconds":300,"lengthSeconds":3140,"device":{"id":"device-${subscriber}",${devices[n % devices.length]},"app":"8.14.2"},"player":{"quality":"2160p","bitrateKbps":14200,"audio":"en","subtitles":"off"},"session":"${session}"}}`
}
const bytes = () => nextEvent(20_000).length
