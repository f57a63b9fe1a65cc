// Business time: schedules, hours, worth and consents are decided by it, and the demo can move it (DESIGN.md, "four times").
// Leases use the database's time, time-outs use monotonic time, TLS and signatures use wall time.

export interface Clock {
  now(): Date
  /** Milliseconds that never go back, for time-outs and measurements. */
  monotonic(): number
}

/** A clock that runs with the wall's and can be moved ahead, never back. */
export interface MovableClock extends Clock {
  /** How far business time is ahead of the wall, in milliseconds. */
  readonly aheadMs: number
  /** Moves business time ahead to `to`. Answers false, and moves nothing, where `to` is in its past. */
  moveTo(to: Date): boolean
}

export function systemClock(aheadMs = 0): MovableClock {
  let ahead = aheadMs
  return {
    get aheadMs() {
      return ahead
    },
    now: () => new Date(Date.now() + ahead),
    monotonic: () => performance.now(),
    moveTo(to) {
      const by = to.getTime() - Date.now()
      if (by < ahead) return false
      ahead = by
      return true
    },
  }
}
