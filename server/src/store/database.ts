// One small face for the two databases. A statement has an urgency, so that a code never waits behind a campaign's batch,
// neither for a connection of the pool nor for PGlite's only one.
import type { Sql } from './sql.ts'

/** Who is served first: codes and alerts, the other texts, people who look, sweeps. */
export type Urgency = number
export const urgency = { strict: 0, ordinary: 1, report: 2, idle: 3 } as const

export interface Statements {
  rows<T>(query: Sql, urgency?: Urgency): Promise<T[]>
}

export interface Database extends Statements {
  readonly kind: 'postgres' | 'pglite'
  /** How many rows a batch should have here so that it holds a connection for about 10 ms at most. */
  readonly batch: number
  /** How many transactions are worth running side by side. */
  readonly connections: number
  transaction<T>(work: (tx: Statements) => Promise<T>, urgency?: Urgency): Promise<T>
  /** Several statements in one text, without parameters: migrations. */
  script(text: string): Promise<void>
  /** Tells the other processes; lost messages must be survivable, for it is only a hint to look. */
  notify(topic: string, payload: string): Promise<void>
  listen(topic: string, heard: (payload: string) => void): Promise<void>
  close(): Promise<void>
}

/** The database could not be reached, or left in the middle of a statement. What it did is unknown to the caller. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
}

/** Deadlocks and the like: the next try goes through. */
export const isPassing = (error: unknown) => /^(40|55P03)/.test((error as { code?: string }).code ?? '')

/**
 * Lets `places` holders in at once; who waits is served by urgency, then in order. Of the places, those that are not
 * strict share `ordinary`: more statements of a campaign side by side would only stand in each other's way, and in a code's.
 * While a code is in, they get one (measured with 100,000 offers flowing: p99 of codes 43 ms instead of 65, as many offers).
 */
export class Turnstile {
  #free: number
  #ordinary: number
  /** Strict ones that are in. */
  #strict = 0
  /** Ordinary places that stay empty while a strict one is in. */
  readonly #yielded: number
  #left = 0
  /** By urgency. */
  readonly #waiting: { go: () => void; turnAway: (why: Error) => void }[][] = Object.values(urgency).map(() => [])

  constructor(places: number, ordinary = places) {
    this.#free = places
    this.#ordinary = ordinary
    this.#yielded = ordinary - 1
  }

  async enter(urgency: Urgency): Promise<void> {
    if (this.#mayEnter(urgency)) this.#take(urgency)
    else
      await new Promise<void>((go, turnAway) => {
        this.#waiting[urgency]!.push({ go, turnAway })
      })
  }

  /** Who waits behind a database that says nothing hears it now, and not after as many patiences as there are before it. */
  turnAway(why: Error): void {
    for (const line of this.#waiting) for (const waiting of line.splice(0)) waiting.turnAway(why)
  }

  leave(urgency: Urgency): void {
    this.#free++
    if (urgency > 0) this.#ordinary++
    else this.#strict--
    // Now and then the last in rank is asked first, so that nobody waits for ever behind a campaign.
    const ranks = this.#waiting.map((line, rank) => ({ line, rank }))
    for (const { line, rank } of ++this.#left % 16 === 0 ? ranks.reverse() : ranks)
      while (line.length > 0 && this.#mayEnter(rank)) {
        this.#take(rank)
        line.shift()!.go()
      }
  }

  #mayEnter(urgency: Urgency): boolean {
    return this.#free > 0 && (urgency === 0 || this.#ordinary > (this.#strict > 0 ? this.#yielded : 0))
  }

  #take(urgency: Urgency): void {
    this.#free--
    if (urgency > 0) this.#ordinary--
    else this.#strict++
  }
}
