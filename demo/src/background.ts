// Orpheum's quiet life: a few events a minute while the demo's background is switched on, so that there is something to see.
import type { UsherClient } from '@usher/contract/client'
import { titles } from './catalogue.ts'
import {
  began,
  cancelled,
  downloaded,
  finished,
  type Happening,
  notPaid,
  notSignedIn,
  paid,
  signedIn,
  type Teller,
  type Viewer,
} from './happenings.ts'
import { subscribers } from './subscribers.ts'

export interface BackgroundDeps {
  usher: Pick<UsherClient, 'getSettings'>
  teller: Pick<Teller, 'tell'>
  viewerOf: (id: string) => Viewer | undefined
  now: () => Date
  /** From 0 to below 1. */
  random: () => number
}

/** How far apart things happen, on average. */
const meanGapMs = 15_000
const longestGapMs = 60_000

type Kind = readonly [weight: number, make: (viewer: Viewer, deps: BackgroundDeps) => Happening]
const anyTitle = ({ random }: BackgroundDeps) => titles[Math.floor(random() * titles.length)]!
const anyEpisode = (deps: BackgroundDeps) => {
  const title = anyTitle(deps)
  return [title, title.episodes && 1 + Math.floor(deps.random() * title.episodes.length)] as const
}
const kinds: readonly Kind[] = [
  [34, (viewer, deps) => began(viewer, ...anyEpisode(deps))],
  [24, (viewer, deps) => finished(viewer, ...anyEpisode(deps))],
  [22, viewer => signedIn(viewer)],
  [6, viewer => notSignedIn(viewer)],
  [5, (viewer, deps) => downloaded(viewer, anyTitle(deps), deps.now())],
  [7, viewer => paid(viewer)],
  [1, (viewer, { now }) => notPaid(viewer, now())],
  [1, (viewer, { now }) => cancelled(viewer, now())],
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
  const { usher, teller, viewerOf, random } = deps
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  async function next(): Promise<void> {
    const { life } = await usher.getSettings()
    if (!life?.isOn) return
    const viewer = viewerOf(subscribers[Math.floor(random() * subscribers.length)]!.id)!
    await teller.tell(anyKind(random)(viewer, deps))
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
