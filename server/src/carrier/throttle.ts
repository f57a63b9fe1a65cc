// The credit of a channel: what can be written at once. Parts on the wire against the window, parts a second against the
// contract, and a share of both that is kept for codes and alerts, which bulk may borrow while they are silent.
import type { Clock } from '../clock.ts'

export interface Limits {
  /** Most submit_sm without an answer. */
  window: number
  /** Parts a second that the contract allows; Infinity where it says nothing. */
  perSecond: number
}

/** Share of window and tokens kept for the strict lanes. */
const reserved = 0.1
/** They count as silent after this long without one. */
const silentAfterMs = 1_000
const firstPauseMs = 250
const longestPauseMs = 5_000

export class Credit {
  readonly #clock: Clock
  readonly #limits: Limits
  #inFlight = 0
  #tokens: number
  #filledAtMs: number
  #strictAtMs = Number.NEGATIVE_INFINITY
  #pausedUntilMs = 0
  #pauseMs = 0

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock
    this.#limits = limits
    this.#tokens = Math.min(limits.perSecond, 1e9)
    this.#filledAtMs = clock.monotonic()
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** How many parts may be claimed now for the strict lanes, or for the others. */
  free(strict: boolean): number {
    const nowMs = this.#clock.monotonic()
    if (nowMs < this.#pausedUntilMs) return 0
    const { window, perSecond } = this.#limits
    if (perSecond !== Number.POSITIVE_INFINITY) {
      // A tenth of a second of burst: more would be a spike above the contract in the second after a silence.
      this.#tokens = Math.min(
        Math.max(2, perSecond / 10),
        this.#tokens + ((nowMs - this.#filledAtMs) * perSecond) / 1_000,
      )
      this.#filledAtMs = nowMs
    }
    const keep = strict || nowMs - this.#strictAtMs > silentAfterMs ? 0 : reserved
    const room = window - Math.ceil(window * keep) - this.#inFlight
    const tokens =
      perSecond === Number.POSITIVE_INFINITY ? room : Math.floor(this.#tokens - Math.max(2, perSecond / 10) * keep)
    return Math.max(0, Math.min(room, tokens))
  }

  /** In how many milliseconds a part is free again as far as tokens and pauses go; 0 where only the window stands in the way. */
  waitMs(): number {
    const nowMs = this.#clock.monotonic()
    if (nowMs < this.#pausedUntilMs) return Math.ceil(this.#pausedUntilMs - nowMs)
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1_000) / this.#limits.perSecond)
  }

  /** Sets parts aside, for a claim about to be made. */
  hold(parts: number, strict: boolean): void {
    this.#inFlight += parts
    if (this.#limits.perSecond !== Number.POSITIVE_INFINITY) this.#tokens -= parts
    if (strict) this.expectStrict()
  }

  /** Parts that were set aside and not written after all. */
  release(parts: number): void {
    this.#inFlight -= parts
    if (this.#limits.perSecond !== Number.POSITIVE_INFINITY) this.#tokens += parts
  }

  /** Parts that were written and answered, or given up. */
  give(parts: number): void {
    this.#inFlight -= parts
  }

  /** A code or alert waits or was claimed: what bulk borrowed is not lent again for a while. */
  expectStrict(): void {
    this.#strictAtMs = this.#clock.monotonic()
  }

  /** The carrier asks to slow down: this channel pauses, longer each time until something is taken. Answers for how long. */
  slow(): number {
    const nowMs = this.#clock.monotonic()
    if (nowMs >= this.#pausedUntilMs) {
      this.#pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, this.#pauseMs * 2))
      this.#pausedUntilMs = nowMs + this.#pauseMs
    }
    return Math.ceil(this.#pausedUntilMs - nowMs)
  }

  recover(): void {
    this.#pauseMs = 0
  }
}
