// How many parts came to a carrier in each second, so that a benchmark can prove that it was never sent more than agreed.

export interface Second {
  /** Whole seconds of performance.timeOrigin + performance.now(), comparable between processes of one machine. */
  second: number
  parts: number
}

const anHour = 3_600

/** Keeps the last hour. */
export function createSeconds(now = () => performance.timeOrigin + performance.now()) {
  const ring: Second[] = Array.from({ length: anHour }, () => ({ second: 0, parts: 0 }))
  /** When the last so many parts within the limit came, the oldest at `next`. */
  let within = new Float64Array(0)
  let next = 0

  return {
    /** Counts parts that came; true when they are more than `limit` together with those let through in the second before them. */
    isOver(parts: number, limit: number): boolean {
      const at = now()
      const second = Math.floor(at / 1_000)
      const slot = ring[second % anHour]!
      if (slot.second !== second) {
        slot.second = second
        slot.parts = 0
      }
      slot.parts += parts
      if (limit === 0) return false
      if (within.length !== limit) {
        within = new Float64Array(limit)
        next = 0
      }
      // A text of more parts than the limit has to wait for an empty second; it could never pass otherwise.
      const counted = Math.min(parts, limit)
      if (at - within[(next + counted - 1) % limit]! < 1_000) return true
      for (let i = 0; i < counted; i++) {
        within[next] = at
        next = (next + 1) % limit
      }
      return false
    },

    /** The seconds after this one in which parts came, oldest first. */
    after(second: number): Second[] {
      const oldest = Math.max(second, Math.floor(now() / 1_000) - anHour)
      return ring.filter(slot => slot.second > oldest).sort((a, b) => a.second - b.second)
    },
  }
}
