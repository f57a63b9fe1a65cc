// Goes ahead in time as if it had passed: in steps of some hours, at each of which what is due happens at Orpheum and Usher takes
// what is due there, before the next. Nothing that lies in between is left out, as it would be if the clock jumped.
import { runAt } from './billing.ts'
import type { BookKeeper } from './book-keeper.ts'
import type { Happening } from './happenings.ts'

export interface WalkerDeps {
  /** Moves the demo's clock; what lies behind already stays as it is. */
  moveClock: (to: Date) => Promise<void>
  keeper: Pick<BookKeeper, 'now' | 'catchUp'>
  /** Resolves once Usher has taken what is due. */
  settled: () => Promise<void>
}

export interface Walk {
  from: Date
  to: Date
  at: Date
  /** What happened on the way, the newest first. */
  happened: Happening[]
  state: 'under way' | 'there' | 'stopped' | 'broken'
  problem: string | undefined
}

export interface Walker {
  /** The one under way, or the last. */
  last(): Walk | undefined
  /** Begins one, unless one is under way; resolves when that is over, however it ends. */
  go(to: Date): Promise<void>
  stop(): void
}

export function walker({ moveClock, keeper, settled }: WalkerDeps): Walker {
  let walk: Walk | undefined
  let running: Promise<void> | undefined
  let isStopping = false

  async function go(to: Date): Promise<void> {
    const from = keeper.now()
    const under: Walk = { from, to, at: from, happened: [], state: 'under way', problem: undefined }
    walk = under
    isStopping = false
    try {
      // What was due before is no part of the way, and belongs before it.
      await keeper.catchUp()
      while (under.at < to && !isStopping) {
        const next = new Date(Math.min(to.getTime(), runAt(under.at.getTime() + 1)))
        const happened = await keeper.catchUp(async () => {
          await moveClock(next)
          // What was due before this moment comes before what happens at it.
          await settled()
        })
        under.happened.unshift(...happened.reverse())
        under.at = keeper.now()
      }
      await settled()
      under.state = under.at < to ? 'stopped' : 'there'
    } catch (error) {
      under.state = 'broken'
      under.problem = error instanceof Error ? error.message : String(error)
    }
  }

  return {
    last: () => walk,
    go(to) {
      running ??= go(to).finally(() => {
        running = undefined
      })
      return running
    },
    stop: () => {
      isStopping = true
    },
  }
}

/**
 * By the address that the demo has for whoever sits at its machine. To move the clock by the API is for operators alone, and no
 * key of a service can.
 */
export function demoClock(usherUrl: string, fetch: typeof globalThis.fetch): (to: Date) => Promise<void> {
  return async to => {
    const answer = await fetch(`${usherUrl}/demo/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ to: to.toISOString() }),
    })
    if (answer.ok) return
    const { code, title } = (await answer.json()) as { code?: string; title?: string }
    // Somebody else moved it further: it goes on from there.
    if (code !== 'clock_goes_ahead') throw new Error(`The clock was not moved: ${title ?? answer.status}`)
  }
}

const shortlyMs = 350
const againMs = 100
const patienceMs = 5_000

/**
 * A short while, in which Usher takes what is due, for it is rung when its clock is moved; and as long as it says that steps
 * are late.
 */
export function settling(usherUrl: string, fetch: typeof globalThis.fetch): () => Promise<void> {
  const pause = (ms: number) => new Promise<void>(resolve => void setTimeout(resolve, ms))
  const isLate = async () => {
    const metrics = await (await fetch(`${usherUrl}/metrics`)).text()
    return Number(/^usher_journey_lag_seconds (\S+)/m.exec(metrics)?.[1] ?? 0) > 0
  }
  return async () => {
    await pause(shortlyMs)
    for (let ms = 0; ms < patienceMs && (await isLate()); ms += againMs) await pause(againMs)
  }
}
