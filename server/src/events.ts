// Everything the platform says about itself. Logic emits after commit; logs, metrics and the live stream listen.
// Work is done in batches, so an event carries a list. No event holds a number or the text of a message.

import type { State } from './message/message.ts'
import type { Lane, Purpose } from './message/purpose.ts'

export interface MessageEvent {
  id: string
  purpose: Purpose
  lane: Lane
  state: State
  country: string | null
  channel: string | null
  reason: string | null
  subscriber: string | null
  at: Date
  /** Milliseconds from acceptance (or from when it was due, if later) to this event. */
  sinceAcceptedMs?: number
  /** From the carrier's yes to its receipt. */
  sinceSubmittedMs?: number
  segments?: number
}

/** What a carrier made of a text that was handed to it. */
export interface CarrierAnswer {
  channel: string
  country: string | null
  means: 'taken' | 'later' | 'never' | 'unanswered'
  /** As the carrier says it. */
  status: string
  parts: number
  /** How long the answer took; null where there was none, or nothing was written. */
  ms: number | null
  /** Millionths of the currency; 0 unless it was taken. */
  micros: number
}

export interface Events {
  /** A decision was made and stored: the state is queued, held or refused. */
  'message.accepted': MessageEvent[]
  /** A message came to another state. */
  'message.moved': MessageEvent[]
  /** Jobs wait on a channel; `urgent` when any is a code or an alert. */
  'job.waiting': { channel: string; urgent: boolean; isHeard?: boolean }
  'inbound.stored': { id: string; subscriber: string | null; keyword: string | null; at: Date }[]
  /** Events of the streaming service were stored; repeats are not among them. */
  'event.taken': { id: string; type: string; isKnown: boolean; subject: string | null; at: Date }[]
  /** Or could not be taken, and are on the list of bad ones. */
  'event.bad': { id: string; type: string | null; reason: string; at: Date }[]
  /** A webhook was tried, or came to its end. */
  'delivery.moved': { id: string; endpoint: string; type: string; state: string; status: number | null; at: Date }[]
  'click.stored': { id: string; link: string; verdict: string | null; at: Date }[]
  /** Something happened to a verification: `started`, `too_much`, `sending`, `refused`, `wrong`, `approved`, `cancelled`. */
  'verification.moved': { id: string; what: string; at: Date }[]
  /** Steps of journeys were due. `waits`: its text can't be written as things stand; it is tried again. */
  'journey.step': {
    journey: string
    step: string
    what: 'texted' | 'skipped' | 'waits'
    reason: string | null
    lateMs: number
    at: Date
  }[]
  /** How long the oldest step that is due has waited. */
  'journey.lag': { ms: number }
  /** `what`: asked, confirmed, denied or withdrawn. */
  'alert.moved': { id: string; event: string; what: string; by: 'text' | 'page' | null; at: Date }[]
  /** Codes stop going to a place by themselves, or an operator changed that. */
  'verification.blocked': { kind: string; label: string; reason: string; until: Date }
  /** What became of somebody's number. */
  'number.moved': { type: string; subscriber: string | null; why: string; at: Date }[]
  /** Files of deactivated numbers came daily, and none came since then. */
  'number.file_missing': { since: Date; at: Date }
  /** Sign-ins were judged. `vocabulary`: by the names of OWASP's Logging Vocabulary Cheat Sheet. */
  'sign_in.judged': {
    id: string
    subscriber: string
    at: Date
    outcome: 'succeeded' | 'failed'
    answer: 'allow' | 'challenge' | 'deny'
    score: number
    vocabulary: string[]
  }[]
  /** Passwords are being tried on many accounts from many addresses, or no more; the counts are those of a minute. */
  'sign_in.campaign': { isOn: boolean; failures: number; accounts: number; addresses: number; tries: number; at: Date }
  /** A file that says where addresses are can't be read: sign-ins are judged without it. */
  'places.missing': { what: string; from: string; why: string }
  'receipt.parked': { channel: string; count: number }
  'bind.state': { channel: string; bind: string; state: string; reason?: string; status?: number }
  'carrier.answered': CarrierAnswer[]
  /** Texts that waited for one carrier wait for another now. */
  'carrier.moved': { from: string; to: Record<string, number>; reason: string }
  /** No process of ours gets anything through to it any more, or again. */
  'carrier.broken': { channel: string; reason: string }
  'carrier.back': { channel: string }
  /** Another version of carriers, senders and routes is in force. */
  'line.changed': { version: number; what: string }
  'carrier.slowed': { channel: string; status: string; forMs: number }
  'lease.expired': { count: number }
  'database.lost': { error: string }
  'database.back': { afterMs: number }
  /** Something that runs by itself met an error it did not expect; it goes on. */
  'work.failed': { what: string; error: string }
  /** A place of the audit log's chain was signed; what is kept of it elsewhere shows a log that was written anew. */
  'audit.signed': { number: number; lines: number; hash: string; signature: string }
  /** The audit log is not what was recorded. */
  'audit.broken': { sentence: string }
  'import.moved': { id: string; state: 'uploading' | 'running' | 'done' | 'failed' }
  'clock.moved': { to: Date }
  'problem.answered': { code: string; status: number }
}

export type EventName = keyof Events
export type Listener<N extends EventName> = (event: Events[N]) => void

export interface EventBus {
  emit<N extends EventName>(name: N, event: Events[N]): void
  on<N extends EventName>(name: N, listener: Listener<N>): () => void
  onAny(listener: <N extends EventName>(name: N, event: Events[N]) => void): () => void
}

export function eventBus(): EventBus {
  const byName = new Map<EventName, Set<Listener<never>>>()
  const all = new Set<(name: EventName, event: never) => void>()
  return {
    emit(name, event) {
      // What happened has happened: a listener that breaks must not make its teller do it again.
      const tell = (listener: () => void) => {
        try {
          listener()
        } catch (error) {
          if (name !== 'work.failed') this.emit('work.failed', { what: `a listener of ${name}`, error: String(error) })
        }
      }
      for (const listener of byName.get(name) ?? []) tell(() => listener(event as never))
      for (const listener of all) tell(() => listener(name, event as never))
    },
    on(name, listener) {
      const set = byName.get(name) ?? new Set()
      byName.set(name, set)
      set.add(listener as Listener<never>)
      return () => set.delete(listener as Listener<never>)
    },
    onAny(listener) {
      all.add(listener as never)
      return () => all.delete(listener as never)
    },
  }
}
