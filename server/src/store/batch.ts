// Many callers, one commit: items that come within a moment of each other are worked on together.
import { DatabaseAway } from './database.ts'

export interface BatchOptions<In, Out> {
  /** Most items of one batch. */
  size: number
  /** How long the first item waits for company, in milliseconds. */
  waitMs: number
  /** Batches that may run side by side. */
  parallel: number
  /** Answers one result for each item, in order. */
  work: (items: In[]) => Promise<Out[]>
}

interface Waiting<In, Out> {
  item: In
  resolve: (out: Out) => void
  reject: (error: unknown) => void
}

export class Batcher<In, Out> {
  readonly #options: BatchOptions<In, Out>
  #waiting: Waiting<In, Out>[] = []
  #running = 0
  #timer: NodeJS.Timeout | undefined
  #idle: (() => void)[] = []

  constructor(options: BatchOptions<In, Out>) {
    this.#options = options
  }

  /** Items that are waiting or being worked on. */
  get busy(): boolean {
    return this.#waiting.length > 0 || this.#running > 0
  }

  push(item: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (this.#waiting.length >= this.#options.size) this.#flush()
      else this.#timer ??= setTimeout(() => this.#flush(), this.#options.waitMs)
    })
  }

  /** Resolves once all that was pushed is done. */
  async drained(): Promise<void> {
    if (!this.busy) return
    this.#flush()
    await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#running < this.#options.parallel && this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.size)
      this.#running++
      this.#run(batch).finally(() => {
        this.#running--
        if (this.#waiting.length > 0) this.#flush()
        else if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve()
      })
    }
  }

  async #run(batch: Waiting<In, Out>[]): Promise<void> {
    try {
      const results = await this.#options.work(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, i) => {
        resolve(results[i]!)
      })
    } catch (error) {
      // A shared commit must not share failure: unless the database is away, each is tried alone, and the bad one fails alone.
      if (batch.length === 1 || error instanceof DatabaseAway) for (const { reject } of batch) reject(error)
      else for (const one of batch) await this.#run([one])
    }
  }
}
