// Things to do later, kept in buckets of a few milliseconds: at thousands of texts per second,
// one timer per text would cost more than the text.

const longestTimerMs = 2_147_483_647

export interface Later {
  /** Does it after so many milliseconds, or with the others in the next turn of the event loop for 0. */
  do(afterMs: number, what: () => void): void
  stop(): void
}

export function createLater(bucketMs = 4): Later {
  const buckets = new Map<number, { due: (() => void)[]; timer: NodeJS.Timeout }>()
  let next: (() => void)[] = []
  let stopped = false

  const runNext = () => {
    const due = next
    next = []
    if (!stopped) for (const what of due) what()
  }

  const arm = (at: number) => {
    const waitMs = Math.max(0, at * bucketMs - performance.now())
    return setTimeout(() => ring(at), Math.min(waitMs, longestTimerMs))
  }

  const ring = (at: number) => {
    const bucket = buckets.get(at)
    if (bucket === undefined) return
    if (at * bucketMs > performance.now() + bucketMs) {
      bucket.timer = arm(at) // A validity of months is longer than a timer can be.
      return
    }
    buckets.delete(at)
    for (const what of bucket.due) what()
  }

  return {
    do(afterMs, what) {
      if (stopped) return
      if (afterMs <= 0) {
        if (next.push(what) === 1) setImmediate(runNext)
        return
      }
      const at = Math.ceil((performance.now() + afterMs) / bucketMs)
      const bucket = buckets.get(at)
      if (bucket) bucket.due.push(what)
      else buckets.set(at, { due: [what], timer: arm(at) })
    },
    stop() {
      stopped = true
      for (const { timer } of buckets.values()) clearTimeout(timer)
      buckets.clear()
      next = []
    },
  }
}
