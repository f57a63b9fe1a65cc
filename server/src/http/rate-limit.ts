// A bucket for each API key: what it may ask a second, and as much at once.
import type { Clock } from '../clock.ts'

/** Answers 0 where the request may go on, else in how many seconds to ask again. `perSecond` 0 limits nothing. */
export function rateLimiter(perSecond: number, clock: Clock): (apiKeyId: string) => number {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  return id => {
    if (perSecond === 0) return 0
    const nowMs = clock.monotonic()
    const bucket = buckets.get(id) ?? { tokens: perSecond, atMs: nowMs }
    if (buckets.size > 10_000) buckets.clear()
    buckets.set(id, bucket)
    bucket.tokens = Math.min(perSecond, bucket.tokens + ((nowMs - bucket.atMs) / 1_000) * perSecond)
    bucket.atMs = nowMs
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond))
    bucket.tokens--
    return 0
  }
}
