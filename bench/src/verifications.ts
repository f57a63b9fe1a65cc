// Codes by /v1/verifications: how long one takes to the carrier, how many are checked in a second, and whether the time of an
// answer tells an account that is there from one that is not.
import { startCampaign } from './codes.ts'
import { type Connections, connections, post } from './http.ts'
import { atPace, sendBatches } from './line.ts'
import { median, percentile, type Row } from './results.ts'
import {
  type Carrier,
  say,
  senders,
  sleep,
  startCarrier,
  startUsher,
  subscriberId,
  subscriberNumber,
  type Usher,
  until,
  wallMs,
} from './rig.ts'

const perSecond = 100

/** Nobody of the bench is a stranger from one address who asks too often. */
async function withoutLimits(usher: Usher) {
  const most = 1_000_000
  await usher.askAsOperator('PUT', '/v1/protection', {
    ...{ perAddressHour: 100_000, perNetworkHour: most, wrongPerAddressHour: 100_000, wrongPerNetworkHour: most },
    ...{ openPerBlockHour: 100_000, conversionFrom: most, sprayed: most, perNumberDay: 1_000 },
  })
  await sleep(1_100) // every process has read it by then
}

/** An address of its own for each request: 198.18.0.0/15 is for benchmarks (RFC 2544). */
let asked = 0
const nextAddress = () => `198.${18 + ((++asked >> 16) & 1)}.${(asked >> 8) & 255}.${asked & 255}`

async function start(usher: Usher, over: Connections, subscriber: string) {
  const body = JSON.stringify({ subscriber, purpose: 'sign_in', session: `s-${asked}`, ip: nextAddress() })
  const request = post('/v1/verifications', body, `authorization: ${usher.authorization}\r\n`)
  const at = wallMs()
  const { status, body: answer } = await over.ask(request)
  if (status !== 201) throw new Error(`no code: ${status} ${answer}`)
  return {
    at,
    answeredMs: wallMs() - at,
    id: JSON.parse(answer).id as string,
    session: JSON.parse(body).session as string,
  }
}

/** The subscribers in an order that takes each once, spread over all. */
const spread = (usher: Usher, n: number) => (n * 7_919) % usher.subscribers

/** How long each took from its request to the carrier. */
async function round(usher: Usher, carrier: Carrier, over: Connections, first: number, count: number) {
  const after = (await carrier.counts()).submitted
  const askedAt = new Map<string, number>()
  let n = first
  await atPace(perSecond, count, async () => {
    const subscriber = spread(usher, n++)
    const { at } = await start(usher, over, subscriberId(subscriber))
    askedAt.set(subscriberNumber(subscriber), at)
  })
  const tookMs = new Map<string, number>()
  await until(
    'every code to reach the carrier',
    async () => {
      for (const { to, at } of await carrier.ledger(after, `"originator":"${senders.security}"`)) {
        const sent = askedAt.get(to.startsWith('+') ? to : `+${to}`)
        if (sent !== undefined) tookMs.set(to, at - sent)
      }
      return tookMs.size === count
    },
    60_000,
    1_000,
  )
  const all = [...tookMs.values()]
  return { p50: percentile(all, 0.5), p99: percentile(all, 0.99), highest: Math.max(...all) }
}

export async function verifications(scale: number): Promise<Row[]> {
  const count = 3_000 / scale
  const depth = 100_000 / scale
  const carrier = await startCarrier({ isRecording: true })
  const usher = await startUsher(carrier, { database: 'postgres', window: 200, subscribers: 20_000 / scale })
  await withoutLimits(usher)
  const over = connections(usher.port, 256)
  let first = 0
  const next = async (count: number) => {
    const run = await round(usher, carrier, over, first, count)
    first += count
    return run
  }
  const inWords = ({ p50, p99, highest }: Awaited<ReturnType<typeof next>>) =>
    `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, highest ${highest.toFixed(0)} ms`
  await sendBatches(usher, depth / 10)
  await next(count / 10)
  const idle = await next(count)
  say(`  idle: ${inWords(idle)}`)
  const campaign = startCampaign(usher, carrier, depth)
  const loaded: Awaited<ReturnType<typeof next>>[] = []
  for (let i = 0; i < 3; i++) {
    await campaign.fill()
    loaded.push(await next(count))
    say(`  loaded: ${inWords(loaded.at(-1)!)}`)
  }
  const least = campaign.least()
  await campaign.stop()
  await usher.stop()
  await carrier.stop()
  const note = `${count} verifications at ${perSecond}/s, each of another subscriber and address: from the request to its submit_sm at the carrier; window 200`
  const row = (key: string, value: number, note: string): Row => ({
    ...{ key, value, unit: 'ms p99', goal: '<= 50', peer: null, note },
  })
  return [
    row(
      'verification.loaded',
      median(loaded.map(one => one.p99)),
      `${note}; ${depth} offers queued at the start and refilled, never under ${least}; ${loaded.map(inWords).join('; ')}`,
    ),
    row('verification.idle', idle.p99, `${note}; nothing else to do; ${inWords(idle)}`),
  ]
}

const wrongOf = (code: string) => (code.startsWith('0') ? `1${code.slice(1)}` : `0${code.slice(1)}`)

/** A wrong code, then the right one, of each verification. */
export async function checks(scale: number): Promise<Row[]> {
  const count = 10_000 / scale
  const carrier = await startCarrier({ isRecording: true })
  const usher = await startUsher(carrier, { database: 'postgres', window: 1_000, subscribers: 20_000 / scale })
  await withoutLimits(usher)
  const over = connections(usher.port, 64)
  const rates: number[] = []
  let first = 0
  for (let i = 0; i < 3; i++) {
    const after = (await carrier.counts()).submitted
    const open = new Map<string, { id: string; session: string }>()
    const asking = async () => {
      while (open.size < count) {
        const subscriber = spread(usher, first++)
        const number = subscriberNumber(subscriber)
        if (open.has(number)) continue
        open.set(number, { id: '', session: '' })
        open.set(number, await start(usher, over, subscriberId(subscriber)))
      }
    }
    await Promise.all(Array.from({ length: 32 }, asking))
    const tries: { id: string; session: string; code: string }[] = []
    await until(
      'every code to reach the carrier',
      async () => {
        tries.length = 0
        for (const { to, text } of await carrier.ledger(after, `"originator":"${senders.security}"`)) {
          const one = open.get(to.startsWith('+') ? to : `+${to}`)
          if (one) tries.push({ ...one, code: /#(\d+)$/.exec(text)![1]! })
        }
        return tries.length >= count
      },
      120_000,
      1_000,
    )
    let next = 0
    let approved = 0
    const checking = async () => {
      for (let one = tries[next++]; one; one = tries[next++])
        for (const code of [wrongOf(one.code), one.code]) {
          const body = JSON.stringify({ code, session: one.session, ip: nextAddress() })
          const { status, body: answer } = await over.ask(
            post(`/v1/verifications/${one.id}/check`, body, `authorization: ${usher.authorization}\r\n`),
          )
          if (status !== 200) throw new Error(`not checked: ${status} ${answer}`)
          if (answer.includes('"approved"')) approved++
        }
    }
    const startedAt = performance.now()
    await Promise.all(Array.from({ length: 64 }, checking))
    rates.push((tries.length * 2 * 1_000) / (performance.now() - startedAt))
    if (approved !== tries.length) throw new Error(`${approved} of ${tries.length} right codes were approved`)
    say(`  ${Math.round(rates.at(-1)!)} checks/s`)
  }
  over.close()
  await usher.stop()
  await carrier.stop()
  return [
    {
      ...{ key: 'verification.check', value: median(rates), unit: 'checks/s', goal: '>= 1000', peer: null },
      note: `of ${count} verifications a wrong code and then the right one, over 64 connections, each try from another address; runs ${rates.map(Math.round).join(', ')}/s`,
    },
  ]
}

/** Accounts that are there and that are not, in turns, one request at a time. */
export async function enumeration(scale: number): Promise<Row[]> {
  const count = 1_000 / scale
  const carrier = await startCarrier()
  const usher = await startUsher(carrier, { database: 'postgres', window: 200, subscribers: 20_000 / scale })
  await withoutLimits(usher)
  const over = connections(usher.port, 1)
  const known: number[] = []
  const unknown: number[] = []
  for (let i = -50; i < count; i++) {
    const there = await start(usher, over, subscriberId(spread(usher, i + 50)))
    const notThere = await start(usher, over, `nobody-${i}`)
    if (i < 0) continue
    known.push(there.answeredMs)
    unknown.push(notThere.answeredMs)
  }
  over.close()
  await usher.stop()
  await carrier.stop()
  const difference = Math.abs(median(known) - median(unknown))
  const inWords = (all: number[]) => `median ${median(all).toFixed(2)} ms, p99 ${percentile(all, 0.99).toFixed(2)} ms`
  return [
    {
      ...{ key: 'verification.enumeration', value: difference, unit: 'ms', goal: '<= 5', peer: null },
      note: `difference of the medians; ${count} requests each, in turns, over one connection; known: ${inWords(known)}; unknown: ${inWords(unknown)}`,
    },
  ]
}
