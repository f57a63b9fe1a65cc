// What the carrier still owes the other side: receipts, and texts written on phones. Each is kept until it is
// acknowledged; one that is refused or not answered is sent again a little later, so the other side may see it
// twice, as from a real SMSC. Receipts leave as the window allows; texts of one phone go one after the other.
import type { SmppSession } from '@usher/smpp/session'
import type { Later } from './later.ts'

export type Receiver = Pick<SmppSession, 'free' | 'isOpen' | 'whenFree'>

export interface Owed<S> {
  /** The session that should get it while it is there. */
  preferred?: S
  acknowledged: () => void
}

export interface OutboxOptions<S, Item> {
  later: Later
  redeliverAfterMs: () => number
  /** While it is true nothing leaves; `resume` tells that it is not any more. */
  isPaused: () => boolean
  /** Sends it once and says whether it was acknowledged. Never throws. */
  deliver: (session: S, item: Item) => Promise<boolean>
}

interface Line<Item> {
  waiting: Item[]
  isBusy: boolean
}

export function createOutbox<S extends Receiver, Item extends Owed<S>>(options: OutboxOptions<S, Item>) {
  const { later, redeliverAfterMs, isPaused, deliver } = options
  const sessions = new Set<S>()
  /** Sessions that will tell when their window has room. */
  const full = new Set<S>()
  let receipts: Item[] = []
  let head = 0
  const lines = new Map<string, Line<Item>>()
  let isPumpDue = false

  /** The preferred session, or else the one with most room; when there is no room, whoever has some first resumes. */
  const sessionFor = ({ preferred }: Item): S | undefined => {
    if (isPaused()) return undefined
    if (preferred && sessions.has(preferred) && preferred.free > 0) return preferred
    let best: S | undefined
    for (const session of sessions) if (session.free > (best?.free ?? 0)) best = session
    if (!best) for (const session of sessions) void resumeWhenFree(session)
    return best
  }

  const resumeWhenFree = async (session: S) => {
    if (full.has(session) || !session.isOpen) return
    full.add(session)
    await session.whenFree()
    full.delete(session)
    if (session.isOpen) resume() // One that has ended is followed by the next to bind.
  }

  /** Texts first: somebody wrote them and waits for an answer. */
  const resume = () => {
    for (const [number, line] of lines) void advance(number, line)
    pumpSoon()
  }

  const pumpSoon = () => {
    if (isPumpDue) return
    isPumpDue = true
    later.do(0, pump)
  }

  const pump = () => {
    isPumpDue = false
    while (head < receipts.length) {
      const session = sessionFor(receipts[head]!)
      if (!session) break
      void send(session, receipts[head++]!)
    }
    if (head === receipts.length || head > 10_000) {
      receipts = receipts.slice(head)
      head = 0
    }
  }

  const send = async (session: S, item: Item) => {
    if (await deliver(session, item)) item.acknowledged()
    else later.do(redeliverAfterMs(), () => add(item))
  }

  const add = (item: Item) => {
    receipts.push(item)
    pumpSoon()
  }

  const advance = async (number: string, line: Line<Item>) => {
    if (line.isBusy) return
    line.isBusy = true
    for (let item = line.waiting[0]; item; item = line.waiting[0]) {
      const session = sessionFor(item)
      if (!session) break
      if (!(await deliver(session, item))) {
        later.do(redeliverAfterMs(), () => {
          line.isBusy = false
          void advance(number, line)
        })
        return
      }
      line.waiting.shift()
      item.acknowledged()
    }
    line.isBusy = false
    if (line.waiting.length === 0) lines.delete(number)
  }

  return {
    bound(session: S): void {
      sessions.add(session)
      resume()
    },
    unbound(session: S): void {
      sessions.delete(session)
    },
    resume,
    /** Receipts may leave in any order. */
    receipt: add,
    /** Leaves in this turn, so that it can overtake an answer; resolves when it has arrived or had to be put off. */
    async receiptNow(item: Item): Promise<void> {
      const session = sessionFor(item)
      if (session) await send(session, item)
      else add(item)
    },
    /** Texts of one phone are acknowledged one after the other. */
    inbound(number: string, items: Item[]): void {
      let line = lines.get(number)
      if (!line) {
        line = { waiting: [], isBusy: false }
        lines.set(number, line)
      }
      line.waiting.push(...items)
      void advance(number, line)
    },
  }
}
