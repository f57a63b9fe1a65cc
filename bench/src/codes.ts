// How long a code takes while a campaign is going out: from just before its request to its submit_sm at the carrier. The
// campaign is as fast as the machine lets it be and never runs dry.
import { connections, post } from './http.ts'
import { arrivals, atPace, nextMark, sendBatches, sendOne } from './line.ts'
import { median, percentile, type Row } from './results.ts'
import {
  type Carrier,
  type DatabaseKind,
  say,
  senders,
  sleep,
  startCarrier,
  startUsher,
  subscriberId,
  subscriberNumber,
  type Usher,
  until,
} from './rig.ts'

const perSecond = 100

interface Measured {
  p50: number
  p99: number
  highest: number
  /** Offers that left a second meanwhile. */
  beside: number
}

export function codes(database: DatabaseKind, goal: string) {
  return async (scale: number): Promise<Row[]> => {
    const count = 3_000 / scale
    const depth = 100_000 / scale
    const carrier = await startCarrier({ isRecording: true })
    const usher = await startUsher(carrier, { database, window: 200, subscribers: 20_000 / scale })
    const send = codeSender(usher, carrier)

    await sendBatches(usher, depth / 10)
    await send(count / 10)
    const idle = await send(count)
    say(`  idle: ${inWords(idle)}`)

    const campaign = startCampaign(usher, carrier, depth)
    const loaded: Measured[] = []
    for (let i = 0; i < 3; i++) {
      await campaign.fill()
      loaded.push(await send(count))
      say(`  loaded: ${inWords(loaded.at(-1)!)}`)
    }
    const least = campaign.least()
    let stops: Measured | undefined
    if (database === 'postgres') {
      await campaign.fill()
      ;[stops] = await Promise.all([send(count), writeStops(carrier, 5_000 / scale)])
      say(`  stops: ${inWords(stops)}`)
    }
    await campaign.stop()
    await usher.stop()
    await carrier.stop()

    const sent = `${count} codes at ${perSecond}/s, request to submit_sm; carrier window 200, no limit a second`
    const row = (name: string, value: number, goal: string | null, note: string): Row => ({
      key: `codes.${name}.${database}`,
      value,
      unit: 'ms p99',
      goal,
      peer: null,
      note,
    })
    const highest = Math.max(...loaded.map(run => run.highest))
    return [
      row(
        'loaded',
        median(loaded.map(run => run.p99)),
        goal,
        `${sent}; ${depth} offers queued at the start and refilled, never under ${least}; ${Math.round(median(loaded.map(run => run.beside)))} of them a second left meanwhile; p50 ${median(loaded.map(run => run.p50)).toFixed(1)} ms, highest ${highest.toFixed(0)} ms; runs ${loaded.map(run => run.p99.toFixed(1)).join(', ')} ms`,
      ),
      row(
        'idle',
        idle.p99,
        null,
        `${sent}; nothing else to do; one run; p50 ${idle.p50.toFixed(1)} ms, highest ${idle.highest.toFixed(0)} ms`,
      ),
      ...(stops
        ? [
            row(
              'stops',
              stops.p99,
              null,
              `as loaded, while ${5_000 / scale} STOPs arrive at once; one run; p50 ${stops.p50.toFixed(1)} ms, highest ${stops.highest.toFixed(0)} ms`,
            ),
          ]
        : []),
    ]
  }
}

const inWords = ({ p50, p99, highest, beside }: Measured) =>
  `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, highest ${highest.toFixed(0)} ms; ${Math.round(beside)} offers/s beside it`

/** Offers that have left so far. */
const offersGone = async (carrier: Carrier) => (await carrier.counts()).byOriginator[senders.main] ?? 0

/** Sends codes, each of eight digits that no other has, to subscribers across the whole audience. */
function codeSender(usher: Usher, carrier: Carrier) {
  const over = connections(usher.port, 256)
  let last = 10_000_000
  return async (count: number): Promise<Measured> => {
    const after = (await carrier.counts()).submitted
    const sentAt = new Map<string, number>()
    const offersBefore = await offersGone(carrier)
    const startedAt = performance.now()
    await atPace(perSecond, count, async () => {
      const code = String(++last)
      const body = {
        subscriber: subscriberId((last * 7_919) % usher.subscribers),
        purpose: 'code.sign_in',
        template: 'code.sign_in',
        data: { code, minutes: 10 },
      }
      sentAt.set(code, await sendOne(usher, over, JSON.stringify(body), nextMark()))
    })
    const beside = (((await offersGone(carrier)) - offersBefore) * 1_000) / (performance.now() - startedAt)
    const tookMs = await arrivals(carrier, after, senders.security, /(\d{8})/, sentAt)
    return { p50: percentile(tookMs, 0.5), p99: percentile(tookMs, 0.99), highest: Math.max(...tookMs), beside }
  }
}

/** Bulk texts that always wait in their thousands and flow as fast as they can. */
export function startCampaign(usher: Usher, carrier: Carrier, depth: number) {
  let isStopping = false
  let queued = 0
  let leastWaiting = depth
  let filled: (() => void) | undefined
  let isFlowing = false
  const gone = () => offersGone(carrier)
  const feeding = (async () => {
    const goneBefore = await gone()
    while (!isStopping) {
      const waiting = queued - ((await gone()) - goneBefore)
      if (isFlowing) leastWaiting = Math.min(leastWaiting, waiting)
      if (waiting < depth) queued += await sendBatches(usher, Math.min(depth / 20, depth - waiting + 100))
      else if (filled) filled()
      else await sleep(20)
    }
  })()
  feeding.catch(() => {}) // met when it is stopped
  return {
    /** Holds the carrier back until as many wait as should, then lets them flow. */
    async fill() {
      isFlowing = false
      await carrier.turn({ down: true })
      await Promise.race([
        new Promise<void>(resolve => {
          filled = resolve
        }),
        feeding,
      ])
      filled = undefined
      isFlowing = true
      await carrier.turn({ down: false })
      const before = await gone()
      await until('the offers to flow', async () => (await gone()) - before > depth / 50)
    },
    least: () => leastWaiting,
    async stop() {
      isStopping = true
      await feeding
    },
  }
}

async function writeStops(carrier: Carrier, count: number): Promise<void> {
  const over = connections(carrier.controlPort, 64)
  const body = JSON.stringify({ to: senders.main, text: 'STOP' })
  const answers = Array.from({ length: count }, (_, n) =>
    over.ask(post(`/handsets/${subscriberNumber(n)}/reply`, body)),
  )
  for (const { status } of await Promise.all(answers))
    if (status !== 202) throw new Error(`a STOP was answered ${status}`)
  over.close()
}
