// Keeps the books going: it asks Usher what time it is by the demo's clock, lets what is due happen, and tells Usher of it. One
// thing is done after the other, and what Usher did not hear is told again before anything else.
import type { UsherClient } from '@usher/contract/client'
import type { Books } from './billing.ts'
import type { Happening, Posted, Teller } from './happenings.ts'

export interface BookKeeperDeps {
  usher: Pick<UsherClient, 'getSettings'>
  books: Books
  teller: Pick<Teller, 'tellAll'>
  /** The wall's. */
  now: () => Date
  /** How far the demo's clock was ahead of it, when it was asked for last. */
  aheadMs: number
}

export interface BookKeeper {
  /** What time it is by the demo's clock, as far as Usher was asked. */
  now(): Date
  /** Asks Usher what time it is. */
  ask(): Promise<Date>
  /** Lets happen what is due by now, once `before` is done, and nothing meanwhile; answers what that was. */
  catchUp(before?: () => Promise<void>): Promise<Happening[]>
  /** Does something by hand, after what was due before it. */
  do(deed: (books: Books, at: Date) => Happening[]): Promise<Posted[]>
  /** Tells how each subscription stands, and goes on by itself. */
  start(): void
  stop(): void
}

const everyMs = 5_000
/** Fewer than Usher takes in one go. */
const batch = 500

export function bookKeeper({ usher, books, teller, now, ...first }: BookKeeperDeps): BookKeeper {
  let { aheadMs } = first
  let turn: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work)
    turn = done.catch(() => {}) // whoever asked for it is told
    return done
  }
  const time = () => new Date(now().getTime() + aheadMs)
  async function ask(): Promise<Date> {
    const { clock } = await usher.getSettings()
    aheadMs = Date.parse(clock.now) - now().getTime()
    return time()
  }

  /** It is in the books before it is told: a kill in between tells it again, under the same id. */
  async function tell(happenings: readonly Happening[]): Promise<Posted[]> {
    const { untold } = books
    untold.push(...happenings)
    if (untold.length === 0) return []
    books.save()
    const all: Posted[] = []
    while (untold.length > 0) {
      const told = await teller.tellAll(untold.slice(0, batch))
      all.push(...told)
      if (told.some(({ answer }) => answer.kind === 'unheard')) break
      untold.splice(0, told.length)
    }
    books.save()
    return all
  }
  async function live(): Promise<Happening[]> {
    const happened = books.live(time())
    await tell(happened)
    return happened
  }

  const soon = (work: () => Promise<unknown>, afterMs: number) => {
    if (isStopped) return
    timer = setTimeout(
      () =>
        work()
          .then(() => true)
          .catch(() => false) // Usher is away: it is asked again
          .then(isDone => soon(isDone ? () => catchUp() : work, everyMs)),
      afterMs,
    )
    timer.unref()
  }
  const catchUp = (before?: () => Promise<void>) =>
    inTurn(async () => {
      await before?.()
      await ask()
      return live()
    })

  return {
    now: time,
    ask,
    catchUp,
    do: deed =>
      inTurn(async () => {
        await ask().catch(() => {}) // Usher is away: it is told later, by the time that is known
        await live()
        const done = deed(books, time())
        const told = await tell(done)
        return told.slice(-done.length || told.length)
      }),
    start: () => soon(() => inTurn(async () => tell(books.known(await ask()))).then(() => catchUp()), 0),
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
