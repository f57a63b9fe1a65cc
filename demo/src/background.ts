// Orpheum's quiet life: a few events a minute while the demo's background is switched on, so that there is something to see.
import type { UsherClient } from '@usher/contract/client'
import type { Books } from './billing.ts'
import type { BookKeeper } from './book-keeper.ts'
import { hasPart } from './cast.ts'
import { titles } from './catalogue.ts'
import {
  began,
  downloaded,
  finished,
  type Happening,
  notSignedIn,
  signedIn,
  type Teller,
  type Viewer,
} from './happenings.ts'
import { subscribers } from './subscribers.ts'

export interface BackgroundDeps {
  usher: Pick<UsherClient, 'getSettings'>
  teller: Pick<Teller, 'tell'>
  keeper: Pick<BookKeeper, 'do'>
  viewerOf: (id: string) => Viewer | undefined
  now: () => Date
  /** From 0 to below 1. */
  random: () => number
}

/** How far apart things happen, on average. */
const meanGapMs = 15_000
const longestGapMs = 60_000

type Make = (viewer: Viewer, deps: BackgroundDeps) => Happening
/** Something in the books, of those who have no part of their own: what begins here also ends, by somebody or by the billing. */
type Deed = (random: () => number) => (books: Books, at: Date) => Happening[]
type Kind = readonly [weight: number, kind: { make: Make } | { deed: Deed }]
const anyTitle = ({ random }: BackgroundDeps) => titles[Math.floor(random() * titles.length)]!
const anyEpisode = (deps: BackgroundDeps) => {
  const title = anyTitle(deps)
  return [title, title.episodes && 1 + Math.floor(deps.random() * title.episodes.length)] as const
}
const others = subscribers.filter(({ id }) => !hasPart(id)).map(({ id }) => id)
const oneOf = (ids: readonly string[], random: () => number) => ids[Math.floor(random() * ids.length)]

/** Somebody who owes pays, by another card. */
const pays: Deed = random => (books, at) => {
  const id = oneOf(
    others.filter(id => books.of(id).owed),
    random,
  )
  return id === undefined ? [] : books.useCard(id, 'works', at)
}
const failsToPay: Deed = random => (books, at) => {
  const id = oneOf(
    others.filter(id => !books.of(id).owed),
    random,
  )
  return id === undefined ? [] : books.fail(id, at)
}
/** Who cancelled comes back; nobody would be left otherwise. */
const leaves: Deed = random => (books, at) => {
  const gone = others.find(id => books.of(id).state === 'cancelled')
  return gone === undefined ? books.cancel(oneOf(others, random)!, at) : books.resume(gone, at)
}

const kinds: readonly Kind[] = [
  [34, { make: (viewer, deps) => began(viewer, ...anyEpisode(deps)) }],
  [24, { make: (viewer, deps) => finished(viewer, ...anyEpisode(deps)) }],
  [22, { make: viewer => signedIn(viewer) }],
  [6, { make: viewer => notSignedIn(viewer) }],
  [5, { make: (viewer, deps) => downloaded(viewer, anyTitle(deps), deps.now()) }],
  [4, { deed: pays }],
  [3, { deed: failsToPay }],
  [1, { deed: leaves }],
]
const allWeights = kinds.reduce((sofar, [weight]) => sofar + weight, 0)

function anyKind(random: () => number): Kind[1] {
  let left = random() * allWeights
  for (const [weight, make] of kinds) {
    left -= weight
    if (left < 0) return make
  }
  return kinds[0]![1]
}

export interface Background {
  /** Lets one thing happen, if the demo's background is on. */
  next(): Promise<void>
  start(): void
  stop(): void
}

export function background(deps: BackgroundDeps): Background {
  const { usher, teller, keeper, viewerOf, random } = deps
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  async function next(): Promise<void> {
    const { life } = await usher.getSettings()
    if (!life?.isOn) return
    const viewer = viewerOf(subscribers[Math.floor(random() * subscribers.length)]!.id)!
    const kind = anyKind(random)
    if ('make' in kind) await teller.tell(kind.make(viewer, deps))
    else await keeper.do(kind.deed(random))
  }

  const soon = () => {
    if (isStopped) return
    timer = setTimeout(
      () =>
        next()
          .catch(() => {}) // Usher is away: nothing is told then
          .then(soon),
      Math.min(longestGapMs, -Math.log(1 - random()) * meanGapMs),
    )
    timer.unref()
  }

  return {
    next,
    start: soon,
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
