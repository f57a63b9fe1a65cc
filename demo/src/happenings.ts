// What happens at Orpheum and is told Usher: each as a CloudEvent with an id of its own, and what Usher said to it.
import { type Body, type UsherClient, UsherProblem } from '@usher/contract/client'
import type { EventTypeName } from '@usher/contract/event'
import type { Title } from './catalogue.ts'
import type { Plan } from './plans.ts'
import type { DemoSubscriber } from './subscribers.ts'

type CloudEvent = Body<'postEvents'>

export interface Happening {
  type: EventTypeName
  subject: string
  data: Record<string, unknown>
  /** What names it; one that is told once needs none. */
  id?: string
  /** When it happened by the demo's clock, ISO 8601; left out: now. */
  at?: string
}

/** What Usher said. */
export type Answer =
  | { kind: 'stored'; verdict: 'taken' | 'unknown' | 'repeated' }
  | { kind: 'bad'; errors: readonly { at: string; detail: string }[] }
  /** It said something else, or nothing. */
  | { kind: 'unheard'; problem: string }

export interface Posted {
  event: CloudEvent
  at: Date
  answer: Answer
}

export interface Teller {
  /** Posts it, and says what came of it. */
  tell(happening: Happening): Promise<Posted>
  /** Posts several at once, in their order. */
  tellAll(happenings: readonly Happening[]): Promise<Posted[]>
  /** The newest first. */
  recent(): readonly Posted[]
  /** What was posted under this id, while it is remembered. */
  find(id: string): Posted | undefined
}

const remembered = 200

export function teller(usher: Pick<UsherClient, 'postEvents'>, source: string, now: () => Date): Teller {
  const posted: Posted[] = []

  async function post(events: CloudEvent[]): Promise<Answer[]> {
    try {
      const { events: verdicts } = await usher.postEvents(events.length === 1 ? events[0]! : events)
      return events.map((_, i) => {
        const { verdict, problem } = verdicts[i] ?? { verdict: 'bad' as const, problem: undefined }
        return verdict === 'bad' ? { kind: 'bad', errors: problem?.errors ?? [] } : { kind: 'stored', verdict }
      })
    } catch (error) {
      if (error instanceof UsherProblem && error.code === 'bad_event')
        return events.map(() => ({ kind: 'bad', errors: error.errors }))
      const problem = error instanceof Error ? error.message : String(error)
      return events.map(() => ({ kind: 'unheard', problem }))
    }
  }

  async function tellAll(happenings: readonly Happening[]): Promise<Posted[]> {
    // What has no time happens now, and the demo's clock may be ahead of ours.
    const events = happenings.map(
      ({ type, subject, data, id = crypto.randomUUID(), at }) =>
        ({ specversion: '1.0', id, source, type, subject, ...(at !== undefined && { time: at }), data }) as CloudEvent,
    )
    const answers = events.length === 0 ? [] : await post(events)
    const told = events.map((event, i) => ({ event, at: now(), answer: answers[i]! }))
    posted.unshift(...[...told].reverse())
    posted.length = Math.min(posted.length, remembered)
    return told
  }

  return {
    tell: async happening => (await tellAll([happening]))[0]!,
    tellAll,
    recent: () => posted,
    find: id => posted.find(({ event }) => event.id === id),
  }
}

/** Who does it, and what Orpheum knows of them. */
export interface Viewer extends DemoSubscriber {
  plan: Plan
}

const tv = { id: 'tv-1', name: 'Living room TV', kind: 'tv' }
const inDays = (now: Date, days: number) => new Date(now.getTime() + days * 86_400_000).toISOString()
const place = ({ zone }: Viewer) => zone.split('/').at(-1)!.replaceAll('_', ' ')

const of = (viewer: Viewer, type: EventTypeName, data: Record<string, unknown>): Happening => ({
  type,
  subject: viewer.id,
  data,
})
const watched = (title: Title, episode: number | undefined) => ({
  title: title.id,
  ...(episode !== undefined && { episode: `${title.id}-${episode}` }),
})

export const signedIn = (viewer: Viewer) =>
  of(viewer, 'com.usher.sign_in.succeeded', { ip: '203.0.113.7', device: tv, place: place(viewer), method: 'password' })

export const notSignedIn = (viewer: Viewer) =>
  of(viewer, 'com.usher.sign_in.failed', { ip: '203.0.113.7', method: 'password', reason: 'wrong_password' })

export const began = (viewer: Viewer, title: Title, episode?: number) =>
  of(viewer, 'com.usher.view.started', { ...watched(title, episode), atSeconds: 0, device: tv })

export const finished = (viewer: Viewer, title: Title, episode?: number) =>
  of(viewer, 'com.usher.view.completed', {
    ...watched(title, episode),
    watchedSeconds: title.minutes * 60,
    lengthSeconds: title.minutes * 60,
    device: tv,
  })

export const downloaded = (viewer: Viewer, title: Title, now: Date) =>
  of(viewer, 'com.usher.download.completed', { title: title.id, expiresAt: inDays(now, 30) })

export const removed = (viewer: Viewer, title: Title) => of(viewer, 'com.usher.download.removed', { title: title.id })

/** What a careless program would send: Usher puts it on its list of bad events. */
export const mistaken = (viewer: Viewer) =>
  of(viewer, 'com.usher.payment.failed', {
    amount: 'nine ninety-nine',
    currency: 'USD',
    invoice: `${viewer.id}-broken`,
  })
