// What happens at Orpheum and is told Usher: each as a CloudEvent with an id of its own, and what Usher said to it.
import { type Body, type UsherClient, UsherProblem } from '@usher/contract/client'
import type { EventTypeName } from '@usher/contract/event'
import type { Title } from './catalogue.ts'
import { monthly, type Plan } from './plans.ts'
import type { DemoSubscriber } from './subscribers.ts'

type CloudEvent = Body<'postEvents'>

export interface Happening {
  type: EventTypeName
  subject: string
  data: Record<string, unknown>
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
  /** The newest first. */
  recent(): readonly Posted[]
  /** What was posted under this id, while it is remembered. */
  find(id: string): Posted | undefined
}

const remembered = 200

export function teller(usher: Pick<UsherClient, 'postEvents'>, source: string, now: () => Date): Teller {
  const posted: Posted[] = []

  async function post(event: CloudEvent): Promise<Answer> {
    try {
      const { events } = await usher.postEvents(event)
      const [{ verdict, problem } = { verdict: 'bad' as const, problem: undefined }] = events
      return verdict === 'bad' ? { kind: 'bad', errors: problem?.errors ?? [] } : { kind: 'stored', verdict }
    } catch (error) {
      if (error instanceof UsherProblem && error.code === 'bad_event') return { kind: 'bad', errors: error.errors }
      return { kind: 'unheard', problem: error instanceof Error ? error.message : String(error) }
    }
  }

  return {
    async tell({ type, subject, data }) {
      // It has no time: it happens now, and the demo's clock may be ahead of ours.
      const event = { specversion: '1.0' as const, id: crypto.randomUUID(), source, type, subject, data } as CloudEvent
      const one: Posted = { event, at: now(), answer: await post(event) }
      posted.unshift(one)
      posted.length = Math.min(posted.length, remembered)
      return one
    },
    recent: () => posted,
    find: id => posted.find(({ event }) => event.id === id),
  }
}

/** Who does it, and what Orpheum knows of them. */
export interface Viewer extends DemoSubscriber {
  plan: Plan
}

const tv = { id: 'tv-1', name: 'Living room TV', kind: 'tv' }
const country = ({ region }: Viewer) => region.slice(0, 2)
const inDays = (now: Date, days: number) => new Date(now.getTime() + days * 86_400_000).toISOString()
const invoice = () => `inv-${crypto.randomUUID().slice(0, 8)}`
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

export const paid = (viewer: Viewer) =>
  of(viewer, 'com.usher.payment.succeeded', { ...monthly(country(viewer), viewer.plan), invoice: invoice() })

export const notPaid = (viewer: Viewer, now: Date) =>
  of(viewer, 'com.usher.payment.failed', {
    ...monthly(country(viewer), viewer.plan),
    invoice: invoice(),
    reason: 'card_declined',
    nextTryAt: inDays(now, 3),
  })

export const refunded = (viewer: Viewer) =>
  of(viewer, 'com.usher.payment.refunded', { ...monthly(country(viewer), viewer.plan), invoice: invoice() })

/** What a careless program would send: Usher puts it on its list of bad events. */
export const mistaken = (viewer: Viewer) =>
  of(viewer, 'com.usher.payment.failed', {
    amount: 'nine ninety-nine',
    currency: monthly(country(viewer), viewer.plan).currency,
    invoice: invoice(),
  })

export const changedPlan = (viewer: Viewer, plan: Plan, now: Date) =>
  of(viewer, 'com.usher.subscription.changed', {
    plan,
    previousPlan: viewer.plan,
    price: monthly(country(viewer), plan),
    every: 'month',
    renewsAt: inDays(now, 30),
  })

export const cancelled = (viewer: Viewer, now: Date) =>
  of(viewer, 'com.usher.subscription.cancelled', { plan: viewer.plan, endsAt: inDays(now, 30) })
