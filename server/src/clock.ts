// Business time: schedules, hours, worth and consents are decided by it, and the demo can move it (DESIGN.md, "four times").
// Leases use the database's time, time-outs use monotonic time, TLS and signatures use wall time.

export interface Clock {
  now(): Date
  /** Milliseconds that never go back, for time-outs and measurements. */
  monotonic(): number
}

/** From when on, by the wall, business time was so far ahead of it; both in milliseconds. */
export interface Move {
  at: number
  aheadMs: number
}

/** A clock that runs with the wall's and can be moved ahead, never back. */
export interface MovableClock extends Clock {
  /** How far business time is ahead of the wall, in milliseconds. */
  readonly aheadMs: number
  /** The last two thousand, the newest at the end; never none. */
  readonly moves: readonly Move[]
  /** Moves business time ahead to `to`. Answers false, and moves nothing, where `to` is in its past. */
  moveTo(to: Date): boolean
  /**
   * What business time was when the wall showed `wallMs`; both in milliseconds. Before the moves that are kept it is told as
   * after the first of them.
   */
  asOf(wallMs: number): number
}

const mostMoves = 2_000

/** `before`: the moves of an earlier run. */
export function systemClock(before: readonly Move[] = [{ at: 0, aheadMs: 0 }]): MovableClock {
  let moves = before
  const aheadMs = () => moves.at(-1)!.aheadMs
  return {
    get aheadMs() {
      return aheadMs()
    },
    get moves() {
      return moves
    },
    now: () => new Date(Date.now() + aheadMs()),
    monotonic: () => performance.now(),
    moveTo(to) {
      const at = Date.now()
      const by = to.getTime() - at
      if (by < aheadMs()) return false
      moves = [...moves, { at, aheadMs: by }].slice(-mostMoves)
      return true
    },
    asOf: wallMs => wallMs + (moves.findLast(({ at }) => at <= wallMs) ?? moves[0]!).aheadMs,
  }
}
