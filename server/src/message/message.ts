// The message: one text to one number, from acceptance to its end, its states and the moves that are legal.
import { type State, states } from '@usher/contract/message'

export { type State, states }

/**
 * `held` waits for its hour; `queued` for a carrier; `submitting` is claimed and may be on the wire. The row itself says
 * `queued` or `held` until an outcome is known: the claim on its job is what makes it `submitting` (DESIGN.md, "Credit").
 */
const moves: Record<State, readonly State[]> = {
  accepted: ['held', 'queued', 'refused'],
  held: ['queued', 'cancelled', 'expired'],
  queued: ['submitting', 'held', 'cancelled', 'expired'],
  // Receipts overtake answers, so `delivered` may come before `submitted`; `queued` again where the carrier surely did not
  // take it, or where a notice is resent once.
  submitting: [
    'submitted',
    'delivered',
    'undeliverable',
    'rejected',
    'unanswered',
    'queued',
    'held',
    'expired',
    'cancelled',
  ],
  submitted: ['delivered', 'undeliverable', 'expired', 'unconfirmed'],
  // No answer came. A late receipt tells what became of it.
  unanswered: ['delivered', 'undeliverable', 'expired', 'submitted'],
  unconfirmed: ['delivered', 'undeliverable', 'expired'],
  delivered: [],
  refused: [],
  cancelled: [],
  rejected: [],
  undeliverable: [],
  expired: [],
}

export const mayMove = (from: State, to: State): boolean => moves[from].includes(to)

/** The states from which `to` may be reached, for the `where` of a statement: an illegal move then changes no row. */
export const statesBefore = (to: State): State[] => states.filter(from => mayMove(from, to))

/** A recorded end. `unanswered` and `unconfirmed` are ends too, though a later receipt may correct them. */
export const isEnd = (state: State): boolean =>
  moves[state].length === 0 || state === 'unanswered' || state === 'unconfirmed'

/** What a carrier made of one message handed to it. */
export type SubmitOutcome =
  /** The carrier's word for yes, and its ids: one for each segment, or one for all. */
  | { kind: 'submitted'; status: string; carrierMessageIds: string[] }
  /** Surely not taken: it stays ours, and goes out by another carrier or later. */
  | { kind: 'later'; reason: string; notBefore: Date }
  /** The carrier will never take it. */
  | { kind: 'never'; status: string }
  /** The PDU may have left; there is no answer. */
  | { kind: 'unanswered' }
  /** Out of time or out of its reason before it was written. */
  | { kind: 'expired' }
