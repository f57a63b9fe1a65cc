// Two carriers for one service. How well their limits are used, and kept, by a campaign alone; and what happens to codes
// and to a campaign when one of them suddenly says nothing any more, its sessions still up.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Connections, connections, post } from './http.ts'
import { atPace, nextMark, sendBatches } from './line.ts'
import { percentile, type Row } from './results.ts'
import {
  atEnd,
  type Carrier,
  changeLine,
  say,
  senders,
  sleep,
  startCarriers,
  startUsher,
  subscriberId,
  type Usher,
  until,
  wallMs,
  waysOfCodes,
} from './rig.ts'

const names = ['aurora', 'boreal']
/** What every line of a ledger holds. */
const everyLine = '"n":'
const percent = (share: number) => `${(share * 100).toFixed(1)} %`
const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`

const receivedBy = async (carriers: readonly Carrier[]) =>
  (await Promise.all(carriers.map(carrier => carrier.counts()))).reduce((sum, { received }) => sum + received, 0)

// --- Pacing -----------------------------------------------------------------------------------------------------

export async function pacing(scale: number): Promise<Row[]> {
  const perSecond = 100
  const runSeconds = 60 / scale
  const carriers = await startCarriers(names, { isRecording: true })
  for (const carrier of carriers) await carrier.turn({ perSecond })
  const usher = await startUsher(carriers[0]!, { database: 'postgres', window: 50, subscribers: 20_000 / scale })
  await changeLine(usher, carriers, { window: 50, perSecond })

  // The seconds after the first few, in which the backlog is still coming in.
  const startedAt = wallMs()
  const queued = await sendBatches(usher, carriers.length * perSecond * (runSeconds + 15))
  const from = Math.ceil(wallMs() / 1_000) + 3
  say(`  ${queued} offers wait after ${seconds(wallMs() - startedAt)}`)
  await sleep((from + runSeconds) * 1_000 - wallMs() + 500)

  const measured = await Promise.all(
    carriers.map(async carrier => {
      const all = await carrier.seconds(0)
      const counted = all.filter(({ second }) => second >= from && second < from + runSeconds)
      const { overLimit } = await carrier.counts()
      const stamps = (await carrier.ledger(0, everyLine)).map(({ at }) => at) // of texts, each of which is one part
      return {
        name: carrier.name,
        overLimit,
        parts: counted.reduce((sum, { parts }) => sum + parts, 0),
        inSecond: Math.max(...all.map(({ parts }) => parts)),
        // What was refused is in no ledger, so there the limit was passed by one at least.
        sliding: Math.max(highestIn(1_000, stamps), overLimit > 0 ? perSecond + 1 : 0),
      }
    }),
  )
  for (const { name, parts, inSecond, sliding, overLimit } of measured)
    say(
      `  ${name}: ${(parts / runSeconds).toFixed(1)} parts/s; highest ${inSecond} in a whole second, ${sliding} in any; ${overLimit} over the limit`,
    )
  if ((await receivedBy(carriers)) >= queued) throw new Error('the backlog ran dry')
  await usher.stop()
  await carriers[0]!.stop()

  const together = measured.reduce((sum, { parts }) => sum + parts, 0) / runSeconds
  const each = (what: (one: (typeof measured)[number]) => string) =>
    measured.map(one => `${one.name} ${what(one)}`).join(', ')
  const how = `offers alone, ${queued} queued before, for ${runSeconds} s by two carriers of ${perSecond} parts/s each, as they arrive there; a tenth is kept for codes and borrowed while there are none`
  return [
    {
      key: 'carriers.pacing',
      value: together,
      unit: 'parts/s',
      goal: '196..204',
      peer: null,
      note: `${how}; ${each(({ parts }) => `${(parts / runSeconds).toFixed(1)}/s`)}`,
    },
    {
      key: 'carriers.pacing.highest',
      value: Math.max(...measured.map(({ inSecond, sliding }) => Math.max(inSecond, sliding))),
      unit: 'parts in a second',
      goal: `<= ${perSecond}`,
      peer: null,
      note: `the most that either got within 1,000 ms, wherever they begin, from its first text to its last; whole seconds ${each(({ inSecond }) => String(inSecond))}; any second ${each(({ sliding }) => String(sliding))}; refused for being above the limit ${each(({ overLimit }) => String(overLimit))}`,
    },
  ]
}

/** The most of these times, in order, that lie within so many milliseconds. */
function highestIn(ms: number, times: readonly number[]): number {
  let highest = 0
  let from = 0
  for (const [i, at] of times.entries()) {
    while (times[from]! <= at - ms) from++
    highest = Math.max(highest, i - from + 1)
  }
  return highest
}

// --- Failover ---------------------------------------------------------------------------------------------------

/** Parts a second of each carrier; codes and offers that are asked for in one. */
const pace = { limit: 300, codes: 50, offers: 400 }
const window = 500
/** Codes flow, so a tenth of the limit is kept for them; of the rest nearly all counts as all. */
const atLimit = Math.floor(pace.limit * 0.9 * 0.95)
const patienceMs = 6_000

/**
 * flow: offers come as fast as both carriers together take them, and faster than one does. backlog: so many wait that both
 * are at their limits before.
 */
type Campaign = 'flow' | 'backlog'

interface Round {
  campaign: Campaign
  dying: string
  /** From its silence until no code is sent its way any more. */
  noticedMs: number
  /** Callers who heard that their code was not answered: how long each took from the first request to a live code, by the carrier that works. */
  reissuedMs: number[]
  /** So too all callers who asked while the carrier was silent. */
  allMs: number[]
  /** From its silence until the other carrier is at its limit, and stays there. */
  bulkMs: number
  /** Parts a second there from then on. */
  bulkAfter: number
  /** Texts that were written to the silent one. */
  swallowed: number
}

export async function failover(scale: number): Promise<Row[]> {
  const rounds: Campaign[] = scale > 1 ? ['flow'] : ['flow', 'backlog', 'flow', 'backlog']
  const events = await hearUnanswered()
  const done: Round[] = []
  for (const [i, campaign] of rounds.entries()) {
    // Each time anew: a carrier that was silent gets its weight back over minutes.
    const carriers = await startCarriers(names, { isRecording: true })
    for (const carrier of carriers) await carrier.turn({ perSecond: pace.limit })
    const usher = await startUsher(carriers[0]!, {
      ...{ database: 'postgres', window, subscribers: 20_000 / scale },
      settings: { USHER_WEBHOOK_ALLOW: `127.0.0.1:${events.port}` },
    })
    await changeLine(usher, carriers, { window, perSecond: pace.limit })
    const url = `http://127.0.0.1:${events.port}/`
    await usher.ask('POST', '/v1/webhooks', { url, types: ['message.unanswered'], state: 'active' })
    const [dying, healthy] = i % 2 === 0 ? carriers : [...carriers].reverse()
    const round = await silence(usher, events, dying!, healthy!, campaign)
    say(`  ${inWords(round)}`)
    done.push(round)
    await usher.stop()
    await carriers[0]!.stop()
  }
  await events.stop()

  const reissued = done.flatMap(({ reissuedMs }) => reissuedMs)
  const all = done.flatMap(({ allMs }) => allMs)
  const share = (tookMs: readonly number[]) => tookMs.filter(ms => ms <= patienceMs).length / tookMs.length
  const took = (tookMs: readonly number[]) =>
    `p50 ${seconds(percentile(tookMs, 0.5))}, p99 ${seconds(percentile(tookMs, 0.99))}`
  const how = `of two carriers of ${pace.limit} parts/s, with a window of ${window}, one falls silent, its session still up and its enquire_link answered, while ${pace.codes} codes/s and offers go out, ${done.length} times, the carriers in turns`
  return [
    {
      key: 'carriers.failover',
      value: share(reissued) * 100,
      unit: '% of callers',
      goal: '>= 99',
      peer: null,
      note: `${how}; callers who hear \`message.unanswered\` by webhook and ask for a new code with a new idempotency key and \`avoid\`, which names the carrier of the old one: those whose newest code is at the carrier that works within ${patienceMs / 1_000} s of their first request; ${reissued.length} callers, ${took(reissued)}. Of all ${all.length} who asked in the ${askedAfterSeconds} s after, ${percent(share(all))}, ${took(all)}. The silent carrier was noticed after ${done.map(({ noticedMs }) => seconds(noticedMs)).join(', ')}`,
    },
    {
      key: 'carriers.failover.bulk',
      value: Math.max(...done.map(({ bulkMs }) => bulkMs)) / 1_000,
      unit: 's',
      goal: '<= 10',
      peer: null,
      note: `the slowest of those times until the carrier that works gets ${atLimit} parts or more in each second, wherever it begins, and so for the rest of ${watchedSeconds} s: its limit without the tenth that is kept for codes, less 5 %. ${done.map(bulkInWords).join('; ')}`,
    },
  ]
}

const inWords = (round: Round) =>
  `${round.dying} silent: noticed after ${seconds(round.noticedMs)}; ${round.reissuedMs.length} of ${round.allMs.length} callers reissued, slowest ${seconds(Math.max(...round.reissuedMs))}, of all ${seconds(Math.max(...round.allMs))}; ${bulkInWords(round)}`
const bulkInWords = ({ campaign, bulkMs, bulkAfter, swallowed }: Round) =>
  `${campaign === 'flow' ? `${pace.offers} offers/s` : 'a backlog at both'}: ${seconds(bulkMs)}, then ${bulkAfter.toFixed(0)} parts/s, ${swallowed} texts written to the silent one`

const beforeSeconds = 6
/** Callers go on asking for so long, and the campaign is looked at for so long. */
const askedAfterSeconds = 14
const watchedSeconds = 20

interface Caller {
  askedAt: number
  /** The newest, which is the one that counts. */
  code: string
  reissues: number
}

/** One round: codes and offers flow, one carrier falls silent, and all is looked up in the ledgers afterwards. */
async function silence(
  usher: Usher,
  events: Hearing,
  dying: Carrier,
  healthy: Carrier,
  campaign: Campaign,
): Promise<Round> {
  const [before, dyingBefore] = [(await healthy.counts()).submitted, await dying.counts()]
  const bulk = startOffers(usher, campaign)
  await bulk.flows
  const over = connections(usher.port, 256)
  const callers: Caller[] = []
  const failures: unknown[] = []
  const byMessage = new Map<string, Caller>()
  events.listen(({ id, carrier }) => {
    const caller = byMessage.get(id)
    if (!caller) return // an offer
    // As a service would: a new code, by another carrier.
    caller.code = nextCode()
    caller.reissues++
    askForCode(usher, over, caller.code, [carrier]).then(
      id => byMessage.set(id, caller),
      error => failures.push(error),
    )
  })
  const asking = atPace(pace.codes, pace.codes * (beforeSeconds + askedAfterSeconds), async () => {
    const caller: Caller = { askedAt: wallMs(), code: nextCode(), reissues: 0 }
    callers.push(caller)
    byMessage.set(await askForCode(usher, over, caller.code), caller)
  })
  asking.catch(() => {}) // met below
  await sleep(beforeSeconds * 1_000)

  const silentAt = wallMs()
  await dying.turn({ silent: true })
  await until('the silence to be noticed', async () => (await shareOf(usher, dying)) === 0, 30_000, 50)
  const noticedMs = wallMs() - silentAt
  await asking
  await sleep(Math.max(watchedSeconds * 1_000, askedAfterSeconds * 1_000 + patienceMs) - (wallMs() - silentAt) + 500)
  await bulk.stop()
  events.listen(() => {})
  over.close()
  if (failures.length > 0) throw failures[0]

  const ledger = await healthy.ledger(before, everyLine)
  const atHealthy = new Map<string, number>()
  for (const { originator, text, at } of ledger) {
    const code = originator === senders.security ? /\d{8}/.exec(text)?.[0] : undefined
    if (code !== undefined && atHealthy.has(code)) throw new Error('a code came twice')
    if (code !== undefined) atHealthy.set(code, at)
  }
  const tookMs = (list: readonly Caller[]) =>
    list.map(({ askedAt, code }) => (atHealthy.get(code) ?? Number.POSITIVE_INFINITY) - askedAt)
  return {
    ...{ campaign, dying: dying.name, noticedMs },
    reissuedMs: tookMs(callers.filter(({ reissues }) => reissues > 0)),
    allMs: tookMs(callers.filter(({ askedAt }) => askedAt > silentAt)),
    ...settledAt(
      ledger.map(({ at }) => at),
      silentAt,
    ),
    swallowed: (await dying.counts()).swallowed - dyingBefore.swallowed,
  }
}

/** From when on these times, in order, are at the limit in every second that is watched. */
function settledAt(times: readonly number[], silentAt: number): Pick<Round, 'bulkMs' | 'bulkAfter'> {
  const within = (from: number, to: number) => times.filter(at => at > from && at <= to).length
  const end = silentAt + watchedSeconds * 1_000
  let settled = silentAt
  for (let at = silentAt; at <= end; at += 100) if (within(at - 1_000, at) < atLimit) settled = at + 100
  return { bulkMs: settled - silentAt, bulkAfter: (within(settled, end) * 1_000) / (end - settled) }
}

/** Offers of a campaign; `flows` once they leave as they should. */
function startOffers(usher: Usher, campaign: Campaign) {
  if (campaign === 'backlog') {
    const texts = pace.limit * names.length * (beforeSeconds + 4) + pace.limit * (watchedSeconds + 2)
    return { flows: sendBatches(usher, texts), stop: async () => {} }
  }
  let isStopping = false
  const eachMs = 100
  const flowing = (async () => {
    for (let n = 0, startedAt = performance.now(); !isStopping; n++) {
      await sendBatches(usher, (pace.offers * eachMs) / 1_000, 1)
      await sleep(Math.max(0, startedAt + (n + 1) * eachMs - performance.now()))
    }
  })()
  flowing.catch(() => {}) // met when it is stopped
  return {
    flows: Promise.resolve(0),
    stop() {
      isStopping = true
      return flowing
    },
  }
}

let lastCode = 10_000_000
/** Of eight digits, which no other has. */
const nextCode = () => String(++lastCode)

/** Answers the id of the message. */
async function askForCode(usher: Usher, over: Connections, code: string, avoid?: string[]): Promise<string> {
  const body = {
    subscriber: subscriberId((Number(code) * 7_919) % usher.subscribers),
    ...{ purpose: 'code.sign_in', template: 'code.sign_in', data: { code, minutes: 10 } },
    ...(avoid ? { avoid } : {}),
  }
  const headers = `authorization: ${usher.authorization}\r\nidempotency-key: ${nextMark()}\r\n`
  const { status, body: answer } = await over.ask(post('/v1/messages', JSON.stringify(body), headers))
  if (status !== 202) throw new Error(`a code was not queued: ${status} ${answer}`)
  return (JSON.parse(answer) as { id: string }).id
}

/** Of codes. */
const shareOf = async ({ ask }: Usher, { name }: Carrier) =>
  (await waysOfCodes(ask)).find(({ carrier }) => carrier === name)!.share

interface Unanswered {
  id: string
  carrier: string
}
/** Hears webhooks for the callers; answers each at once. */
type Hearing = Awaited<ReturnType<typeof hearUnanswered>>
async function hearUnanswered() {
  let tell = (_: Unanswered) => {}
  const seen = new Set<string>()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', piece => {
      body += piece
    })
    request.on('end', () => {
      response.writeHead(204).end()
      const id = String(request.headers['webhook-id'])
      if (seen.has(id)) return
      seen.add(id)
      tell((JSON.parse(body) as { data: Unanswered }).data)
    })
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP, it has one
    listen(heard: (message: Unanswered) => void) {
      tell = heard
    },
    stop: atEnd(() => {
      server.closeAllConnections()
      server.close()
    }),
  }
}
