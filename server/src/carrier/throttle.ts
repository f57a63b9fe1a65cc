// The credit of a channel: what can be written at once. Parts on the wire against the window, parts a second against the
// contract, and a share of both that is kept for codes and alerts, which bulk may borrow while they are silent.
import type { Clock } from '../clock.ts'

export interface Limits {
  /** Most submit_sm without an answer; asked each time where sessions come, go and pause. */
  window: number | (() => number)
  /** Parts a second that the contract allows; Infinity where it says nothing, 0 where others have all of it. */
  perSecond: number
}

/**
 * What the process at this place, from 0, has of a contract that several share: whole parts, as many as can be, for parts
 * can't be divided, and shares that are rounded up would be too much together. One with none of it is no
 * loss: the queue is the same for all.
 */
export function shareOf(perSecond: number, sharers: number, place: number): number {
  if (perSecond === Number.POSITIVE_INFINITY) return perSecond
  const each = Math.floor(perSecond / sharers)
  const left = perSecond - each * sharers
  return each + Math.min(1, Math.max(0, left - place))
}

/** Share of window and tokens kept for the strict lanes. */
const reserved = 0.1
/** They count as silent after this long without one. */
const silentAfterMs = 1_000

/**
 * A carrier counts parts in seconds of its own, as they arrive. Those that arrive late come closer to those that follow, and
 * a second with them would hold too many. How late some were is at most what their answer took longer than the quickest
 * lately, and so much later they count as written. The rest is what timers and clocks may differ by.
 */
const lateness = 0.003
/** What was quickest is looked for in the last of these and the one before. */
const latelyMs = 10_000

/** When parts count as written. */
export interface Written {
  at: number
}

/**
 * Two rules at once. The parts of the last second, those set aside among them, are never more than the contract allows:
 * that is exact. And they are spread over the second by a bucket of a tenth of it, so that a code need not wait for the
 * next second to begin.
 */
export class Credit {
  readonly #clock: Clock
  readonly #window: () => number
  #perSecond: number
  #inFlight = 0
  /** Set aside and not written yet: for the strict lanes, for the others. */
  readonly #aside = { strict: 0, other: 0 }
  /** When the parts of the last second were written, oldest first from `#from` on. */
  #written: Written[] = []
  #from = 0
  #quickest = { since: 0, ms: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY }
  #tokens: number
  #filledAtMs: number
  #strictAtMs = Number.NEGATIVE_INFINITY
  readonly #slowing = new Slowing()

  constructor(clock: Clock, { window, perSecond }: Limits) {
    this.#clock = clock
    this.#window = typeof window === 'number' ? () => window : window
    this.#perSecond = perSecond
    this.#tokens = this.#burst
    this.#filledAtMs = clock.monotonic()
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Other processes share the contract. */
  share(perSecond: number): void {
    this.#perSecond = perSecond
  }

  /**
   * How many parts may be claimed now for the strict lanes, or for the others, to be written within so many milliseconds:
   * a claim takes a few, and a contract that had to wait for each would not be used to its end.
   */
  free(strict: boolean, aheadMs = 0): number {
    const nowMs = this.#clock.monotonic()
    if (this.#perSecond === 0 || this.#slowing.pausesForMs(nowMs) > 0) return 0
    const keep = this.#keep(strict, nowMs)
    const window = this.#window()
    const room = window - Math.ceil(window * keep) - this.#inFlight
    if (this.#perSecond === Number.POSITIVE_INFINITY) return Math.max(0, room)
    this.#fill(nowMs)
    const tokens = Math.floor(this.#tokensFor(strict) + (aheadMs * this.#perSecond) / 1_000 - this.#burst * keep)
    const ofThisSecond = this.#most(keep) - this.#asideFor(strict) - this.#lately(nowMs, aheadMs)
    return Math.max(0, Math.min(room, tokens, ofThisSecond))
  }

  /**
   * In how many milliseconds so many parts are free again, by contract and pause, for the strict lanes or the others; 0
   * where only the window stands in the way.
   */
  waitMs(strict: boolean, parts = 1, aheadMs = 0): number {
    const nowMs = this.#clock.monotonic()
    const pauseMs = this.#slowing.pausesForMs(nowMs)
    if (pauseMs > 0 || this.#perSecond === Number.POSITIVE_INFINITY || this.#perSecond === 0) return pauseMs
    this.#fill(nowMs)
    const keep = this.#keep(strict, nowMs)
    const forTokens = ((parts + this.#burst * keep - this.#tokensFor(strict)) * 1_000) / this.#perSecond - aheadMs
    const tooMany = this.#lately(nowMs) + this.#asideFor(strict) + parts - this.#most(keep)
    const last = tooMany > 0 ? this.#written[this.#from + Math.ceil(tooMany) - 1] : undefined
    const forRoom = last === undefined ? 0 : last.at + this.#spanMs - nowMs - aheadMs
    return Math.ceil(Math.max(0, forTokens, forRoom))
  }

  /** In how many milliseconds so many of the others' parts that were set aside may be written. */
  writeInMs(parts: number): number {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return 0
    // Others have all of the contract now.
    if (this.#perSecond === 0) return 1_000
    const nowMs = this.#clock.monotonic()
    const most = this.#most(this.#keep(false, nowMs))
    // Codes that were set aside go first. A text of more parts than a second has would never be due: it goes alone.
    const tooMany = this.#lately(nowMs) + this.#aside.strict + Math.min(parts, most) - most
    if (tooMany <= 0) return 0
    const last = this.#written[this.#from + Math.ceil(tooMany) - 1]
    // Where none that is written would make room, the codes that are about to be are waited for.
    return last === undefined ? 1 : Math.max(1, Math.ceil(last.at + this.#spanMs - nowMs))
  }

  /**
   * How many parts make a claim of bulk worth its statement: where the contract limits us, those of a twentieth of a second,
   * for answers that come at once would have us claim them one by one.
   */
  get bite(): number {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return Math.max(1, this.#inFlight / 3)
    return Math.max(1, Math.floor(Math.min(this.#burst, this.#window()) / 2))
  }

  /** Sets parts aside, for a claim about to be made: to look for a code is not to have one. */
  hold(parts: number, strict: boolean): void {
    this.#inFlight += parts
    if (this.#perSecond === Number.POSITIVE_INFINITY) return
    this.#tokens -= parts
    this.#aside[strict ? 'strict' : 'other'] += parts
  }

  /** Parts that were set aside and not written after all. */
  release(parts: number, strict: boolean): void {
    this.#inFlight -= parts
    if (this.#perSecond === Number.POSITIVE_INFINITY) return
    this.#tokens += parts
    this.#unset(parts, strict)
  }

  /** Parts that were set aside are written now. */
  write(parts: number, strict: boolean): Written {
    if (strict) this.expectStrict()
    const written = { at: this.#clock.monotonic() }
    if (this.#perSecond === Number.POSITIVE_INFINITY) return written
    this.#unset(parts, strict)
    for (let i = 0; i < parts; i++) this.#written.push(written)
    return written
  }

  /** They were answered after so many milliseconds. */
  answered(written: Written, ms: number): void {
    const nowMs = this.#clock.monotonic()
    if (nowMs - this.#quickest.since > latelyMs) {
      this.#quickest = { since: nowMs, ms: Number.POSITIVE_INFINITY, before: this.#quickest.ms }
    }
    this.#quickest.ms = Math.min(this.#quickest.ms, ms)
    written.at += ms - Math.min(this.#quickest.ms, this.#quickest.before)
  }

  /** Parts that were written and answered, or given up. */
  give(parts: number): void {
    this.#inFlight -= parts
  }

  /** A code or alert waits or was written: what bulk borrowed is not lent again for a while. */
  expectStrict(): void {
    this.#strictAtMs = this.#clock.monotonic()
  }

  /** The carrier asks to slow down, all of it. Answers for how long it pauses. */
  slow(atLeastMs = 0): number {
    return this.#slowing.slow(this.#clock.monotonic(), atLeastMs)
  }

  recover(): void {
    this.#slowing.recover()
  }

  #unset(parts: number, strict: boolean): void {
    const lanes = strict ? 'strict' : 'other'
    this.#aside[lanes] = Math.max(0, this.#aside[lanes] - parts)
  }

  /** A code passes what was claimed ahead of its time and is not written yet: that waits for it. */
  #asideFor(strict: boolean): number {
    return this.#aside.strict + (strict ? 0 : this.#aside.other)
  }

  #tokensFor(strict: boolean): number {
    return this.#tokens + (strict ? this.#aside.other : 0)
  }

  #keep(strict: boolean, nowMs: number): number {
    return strict || nowMs - this.#strictAtMs > silentAfterMs ? 0 : reserved
  }

  /** Of a span, what is not kept. One part can't be shared: what is due goes. */
  #most(keep: number): number {
    return Math.max(1, Math.floor(this.#atOnce * (1 - keep)))
  }

  /** Parts in a span, which is a second unless less than one part a second is allowed. Parts can't be divided. */
  get #atOnce(): number {
    return Math.max(1, Math.floor(this.#perSecond))
  }

  get #spanMs(): number {
    return (1_000 / Math.min(1, this.#perSecond)) * (1 + lateness)
  }

  /** A tenth of a second: more would be a spike in the second after a silence. */
  get #burst(): number {
    return this.#perSecond === Number.POSITIVE_INFINITY ? 0 : Math.max(2, this.#perSecond / 10)
  }

  #fill(nowMs: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#filledAtMs) * this.#perSecond) / 1_000)
    this.#filledAtMs = nowMs
  }

  /** Parts that count in this span still; those that will in a moment. */
  #lately(nowMs: number, aheadMs = 0): number {
    const since = nowMs - this.#spanMs
    while (this.#from < this.#written.length && this.#written[this.#from]!.at <= since) this.#from++
    if (this.#from > 1_000 && this.#from * 2 > this.#written.length) {
      this.#written = this.#written.slice(this.#from)
      this.#from = 0
    }
    let from = this.#from
    while (aheadMs > 0 && from < this.#written.length && this.#written[from]!.at <= since + aheadMs) from++
    return this.#written.length - from
  }
}

const firstPauseMs = 250
const longestPauseMs = 5_000

/** What was asked to slow down, a session or a whole channel, pauses: longer each time until something is taken. */
export class Slowing {
  #pauseMs = 0
  #untilMs = Number.NEGATIVE_INFINITY

  /** Answers for how long. `atLeastMs` is what the carrier itself asked for. */
  slow(nowMs: number, atLeastMs = 0): number {
    if (nowMs >= this.#untilMs) {
      this.#pauseMs = Math.min(longestPauseMs, Math.max(firstPauseMs, this.#pauseMs * 2))
      this.#untilMs = nowMs + Math.max(this.#pauseMs, atLeastMs)
    }
    return Math.ceil(this.#untilMs - nowMs)
  }

  recover(): void {
    this.#pauseMs = 0
  }

  /** For how long it still pauses; 0 when it does not. */
  pausesForMs(nowMs: number): number {
    return Math.max(0, Math.ceil(this.#untilMs - nowMs))
  }
}
