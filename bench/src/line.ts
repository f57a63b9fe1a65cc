// How fast texts go all the way: from the first byte of the first request until the database has every receipt. And how
// long one text takes at a steady pace, from its request to its submit_sm.
import type { Counts } from '@usher/server/simulator/simulator'
import { type Connections, connections, post, streamLines } from './http.ts'
import { median, percentile, type Row } from './results.ts'
import {
  type Carrier,
  changeLine,
  cpuSeconds,
  type DatabaseKind,
  say,
  senders,
  sleep,
  startCarrier,
  startCarriers,
  startUsher,
  subscriberId,
  type Usher,
  until,
  wallMs,
} from './rig.ts'

const streams = 4
export const connectionsOpen = 64
/** submit_sm without an answer, for the benches of throughput. */
export const wideWindow = 1_000

let lastMark = 0
/** Unique to a text, and part of its link, so that it can be found at the carrier. */
export const nextMark = () => `m${(++lastMark).toString(36).padStart(6, '0')}`

/** One text as a request says it: an offer by its template, a different link in each. */
export const offerTo = (subscriber: number, mark = nextMark()): string =>
  JSON.stringify({
    subscriber: subscriberId(subscriber),
    purpose: 'offer',
    template: 'offer',
    data: {
      offer: 'Three months of Premium for the price of two.',
      date: 'Nov 30',
      link: `https://go.orpheum.example/${mark}`,
    },
  })

let turn = 0
/** Everybody has a turn before anybody has a second one. */
const nextSubscriber = (usher: Usher) => turn++ % usher.subscribers

/** Streams texts as batches over several requests at once; answers how many were queued, for some may be refused. */
export async function sendBatches(usher: Usher, texts: number, requests = streams): Promise<number> {
  let queued = 0
  function* lines(first: number) {
    for (let n = first; n < texts; n += requests) yield offerTo(nextSubscriber(usher))
  }
  await Promise.all(
    Array.from({ length: requests }, (_, first) =>
      streamLines(`${usher.url}/v1/messages/batch`, usher.authorization, lines(first), verdict => {
        if (verdict.includes('"state":"queued"')) queued++
        else if (!verdict.includes('"state":"refused"')) throw new Error(`not queued: ${verdict}`)
      }),
    ),
  )
  return queued
}

/** Posts one message; answers with the time just before it was written. */
export async function sendOne(usher: Usher, over: Connections, body: string, key: string): Promise<number> {
  const headers = `authorization: ${usher.authorization}\r\nidempotency-key: ${key}\r\n`
  const request = post('/v1/messages', body, headers)
  const at = wallMs()
  const { status, body: answer } = await over.ask(request)
  if (status !== 202 || !answer.includes('"state":"queued"')) throw new Error(`not queued: ${status} ${answer}`)
  return at
}

/** One request for each text, the next as soon as one is answered. */
export async function sendSingles(usher: Usher, over: Connections, texts: number): Promise<number> {
  let left = texts
  const sender = async () => {
    while (left-- > 0) {
      const mark = nextMark()
      await sendOne(usher, over, offerTo(nextSubscriber(usher), mark), mark)
    }
  }
  await Promise.all(Array.from({ length: connectionsOpen }, sender))
  return texts
}

export interface Run {
  perSecond: number
  /** Milliseconds on a core for each text, by who spent them. */
  cpu: { server: number; database: number; carrier: number; load: number }
}

/** Times a round: from its first byte until every receipt is acknowledged, which happens once it is stored, and counted. */
export async function timed(
  usher: Usher,
  carrier: Pick<Carrier, 'pid'> & { counts(): Promise<Pick<Counts, 'receiptsAcked'>> },
  texts: number,
  send: (texts: number) => Promise<number>,
): Promise<Run> {
  const delivered = () => usher.metric('usher_messages_moved_total', 'state="delivered"')
  const deliveredBefore = await delivered()
  const ackedBefore = (await carrier.counts()).receiptsAcked
  const database = await usher.databasePids()
  const spent = () => [
    cpuSeconds([usher.pid]),
    cpuSeconds(database),
    cpuSeconds([carrier.pid]),
    cpuSeconds([process.pid]),
  ]
  const spentBefore = spent()
  const startedAt = performance.now()

  const queued = await send(texts)
  if (queued !== texts) throw new Error(`${queued} of ${texts} texts were queued`)
  // The carrier is asked, for asking the server would count its queue each time.
  await until('the receipts', async () => (await carrier.counts()).receiptsAcked - ackedBefore >= texts, 300_000)
  await until('the database', async () => (await delivered()) - deliveredBefore >= texts)

  const seconds = (performance.now() - startedAt) / 1_000
  const [server, base, smsc, load] = spent().map((after, i) => ((after - spentBefore[i]!) * 1_000) / texts)
  return { perSecond: texts / seconds, cpu: { server: server!, database: base!, carrier: smsc!, load: load! } }
}

export const inWords = (runs: readonly Run[]): string => {
  const of = (who: keyof Run['cpu']) => median(runs.map(({ cpu }) => cpu[who])).toFixed(3)
  const rates = runs.map(({ perSecond }) => Math.round(perSecond)).join(', ')
  return `runs ${rates}/s; core time for each text: server ${of('server')} ms, database ${of('database')} ms, carrier ${of('carrier')} ms, load ${of('load')} ms`
}

export function throughput(key: string, way: 'batch' | 'single', database: DatabaseKind, goal: string) {
  return async (scale: number): Promise<Row[]> => {
    const texts = 50_000 / scale
    const carrier = await startCarrier()
    const usher = await startUsher(carrier, { database, window: wideWindow, subscribers: 20_000 / scale })
    const over = connections(usher.port, connectionsOpen)
    const send = (count: number) => (way === 'batch' ? sendBatches(usher, count) : sendSingles(usher, over, count))

    await timed(usher, carrier, texts / 5, send)
    const runs: Run[] = []
    for (let i = 0; i < 3; i++) {
      runs.push(await timed(usher, carrier, texts, send))
      say(`  ${Math.round(runs.at(-1)!.perSecond)} texts/s`)
    }
    over.close()
    await usher.stop()
    await carrier.stop()
    const how =
      way === 'batch'
        ? `${streams} streamed batches at once`
        : `one request for each, over ${connectionsOpen} connections`
    return [
      {
        key,
        value: median(runs.map(run => run.perSecond)),
        unit: 'texts/s',
        goal,
        peer: null,
        note: `${texts} offers from a template to ${20_000 / scale} subscribers, ${how}; accepted to recorded receipt; carrier window ${wideWindow}; ${inWords(runs)}`,
      },
    ]
  }
}

/** The same by one carrier and by three that share every text evenly, turn by turn: what routing costs. */
export async function routed(scale: number): Promise<Row[]> {
  const texts = 50_000 / scale
  const pairs = scale > 1 ? 2 : 7
  const carriers = await startCarriers(['aurora', 'boreal', 'cirrus'])
  const usher = await startUsher(carriers[0]!, {
    ...{ database: 'postgres', window: wideWindow, subscribers: 20_000 / scale },
  })
  const sides = { single: carriers.slice(0, 1), routed: carriers }
  const runs: Record<keyof typeof sides, Run[]> = { single: [], routed: [] }
  const measure = async (side: keyof typeof sides, count: number) => {
    const used = sides[side]
    await changeLine(usher, used, { window: wideWindow, perSecond: null })
    const counts = async () => {
      const all = await Promise.all(used.map(carrier => carrier.counts()))
      return { receiptsAcked: all.reduce((sum, { receiptsAcked }) => sum + receiptsAcked, 0) }
    }
    return timed(usher, { pid: carriers[0]!.pid, counts }, count, count => sendBatches(usher, count))
  }

  for (const side of ['single', 'routed'] as const) await measure(side, texts / 5)
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of ['single', 'routed'] as const) runs[side].push(await measure(side, texts))
    say(
      `  single ${Math.round(runs.single[pair]!.perSecond)}, routed ${Math.round(runs.routed[pair]!.perSecond)} texts/s`,
    )
  }
  const taken = await Promise.all(carriers.map(async carrier => (await carrier.counts()).submitted))
  await usher.stop()
  await carriers[0]!.stop()
  const ratios = runs.routed.map(({ perSecond }, pair) => perSecond / runs.single[pair]!.perSecond)
  return [
    {
      key: 'line.routed.postgres',
      value: median(ratios) * 100,
      unit: '% of one carrier',
      goal: '>= 90',
      peer: null,
      note: `as line.batch.postgres, by one carrier and by three that share every text evenly, each with a window of ${wideWindow}; median of ${pairs} pairs, in turns on one server: ${ratios.map(ratio => (ratio * 100).toFixed(0)).join(', ')} %. One: ${inWords(runs.single)}. Three: ${inWords(runs.routed)}; they took ${taken.join(', ')} of all texts`,
    },
  ]
}

/**
 * Sends at a fixed pace whatever the answers do, so that a slow server meets as many requests as a fast one. Each is told
 * when it was meant to be sent, on performance.now()'s clock.
 */
export async function atPace(
  perSecond: number,
  count: number,
  send: (dueAt: number) => Promise<unknown>,
): Promise<void> {
  const startedAt = performance.now()
  const sending: Promise<unknown>[] = []
  let failed: unknown
  for (let n = 0; n < count; n++) {
    const dueAt = startedAt + (n * 1_000) / perSecond
    const waitMs = dueAt - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    if (failed) throw failed
    sending.push(
      send(dueAt).catch(error => {
        failed = error
      }),
    )
  }
  await Promise.all(sending)
  if (failed) throw failed
}

/** Finds texts at the carrier by their marks; answers how long each took from its request, once all are there. */
export async function arrivals(
  carrier: Carrier,
  after: number,
  originator: string,
  mark: RegExp,
  sentAt: ReadonlyMap<string, number>,
): Promise<number[]> {
  const tookMs = new Map<string, number>()
  await until(
    'every text to reach the carrier',
    async () => {
      for (const { text, at } of await carrier.ledger(after, `"originator":"${originator}"`)) {
        const found = mark.exec(text)?.[1] ?? ''
        const sent = sentAt.get(found)
        if (sent !== undefined) tookMs.set(found, at - sent)
      }
      return tookMs.size === sentAt.size
    },
    60_000,
    1_000,
  )
  return [...tookMs.values()]
}

export async function steady(scale: number): Promise<Row[]> {
  const perSecond = 200
  const texts = 6_000 / scale
  const carrier = await startCarrier({ isRecording: true })
  const usher = await startUsher(carrier, { database: 'postgres', window: 200, subscribers: 20_000 / scale })
  const over = connections(usher.port, connectionsOpen)

  const round = async (count: number) => {
    const after = (await carrier.counts()).submitted
    const sentAt = new Map<string, number>()
    await atPace(perSecond, count, async () => {
      const mark = nextMark()
      sentAt.set(mark, await sendOne(usher, over, offerTo(nextSubscriber(usher), mark), mark))
    })
    return arrivals(carrier, after, senders.main, /example\/(\w+)/, sentAt)
  }
  await round(texts / 5)
  const runs: number[][] = []
  for (let i = 0; i < 3; i++) {
    runs.push(await round(texts))
    say(`  p50 ${percentile(runs.at(-1)!, 0.5).toFixed(1)} ms, p99 ${percentile(runs.at(-1)!, 0.99).toFixed(1)} ms`)
  }
  over.close()
  await usher.stop()
  await carrier.stop()
  const row = (key: string, share: number, goal: string): Row => ({
    key,
    value: median(runs.map(run => percentile(run, share))),
    unit: 'ms',
    goal,
    peer: null,
    note: `p${share * 100} from just before the request to the submit_sm at the carrier; ${texts} offers, one request for each, at ${perSecond}/s; carrier window 200`,
  })
  return [row('line.steady.postgres', 0.99, '<= 25'), row('line.steady.p50.postgres', 0.5, '<= 10')]
}
