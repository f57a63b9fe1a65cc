// What waits right now, for consoles and scrapes alike. It reads every job, so however many look, one look is shared.
import type { Clock } from '../clock.ts'
import { type Depth, depths } from '../queue/queue.ts'
import { type Database, urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'

export interface Waiting {
  /** Business time of the look. */
  at: Date
  depths: readonly Depth[]
  /** Receipts that wait for the answer they belong to. */
  parked: number
}

/** One look serves all who ask within this. */
const freshMs = 1_000

export function waitingOf(db: Database, clock: Pick<Clock, 'now'>): () => Promise<Waiting> {
  let shared: { at: Date; look: Promise<Waiting> } | undefined
  const look = async (at: Date): Promise<Waiting> => {
    const [all, [row]] = await Promise.all([
      depths(db, at, urgency.report),
      db.rows<{ count: number }>(sql`select count(*)::int as count from parked_receipt`, urgency.report),
    ])
    return { at, depths: all, parked: row!.count }
  }
  return () => {
    const at = clock.now()
    // By business time: once the clock was moved, other jobs are due.
    if (!shared || Math.abs(at.getTime() - shared.at.getTime()) >= freshMs) {
      const mine = { at, look: look(at) }
      shared = mine
      mine.look.catch(() => {
        if (shared === mine) shared = undefined // whoever asks next looks again
      })
    }
    return shared.look
  }
}
