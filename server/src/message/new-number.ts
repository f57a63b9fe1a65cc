// Whatever is put about a subscriber may bring a new number. What they agreed to does not go to the old one any more: it may
// have a new owner, who never agreed. It is cancelled with the change, and told once that has committed.
import type { SubscriberInput } from '@usher/contract/subscriber'
import type { Clock } from '../clock.ts'
import type { Apply } from '../event/take.ts'
import type { EventBus } from '../events.ts'
import type { Database, Urgency } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import type { AllowedRange } from '../subscriber/number.ts'
import {
  changeSubscribers,
  type PutProblem,
  type PutSubscriber,
  putSubscribers,
  sayPut,
} from '../subscriber/subscriber.ts'
import { leaving } from './number-life.ts'

export interface TakeDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  allowedRanges: readonly AllowedRange[]
}

/** Makes or replaces subscribers in one transaction; answers what came of each. */
export type TakeSubscribers = (
  inputs: readonly PutSubscriber[],
  urgency?: Urgency,
) => Promise<(PutProblem | { made: boolean })[]>

export const subscriberTaker =
  ({ db, keys, clock, events, allowedRanges }: TakeDeps): TakeSubscribers =>
  async (inputs, urgency) => {
    const now = clock.now()
    const { leave, tell } = leaving({ keys, events }, now)
    const results = await db.transaction(tx => putSubscribers(tx, keys, allowedRanges, now, inputs, leave), urgency)
    tell()
    return results
  }

/** What follows from com.usher.subscriber.changed: the subscriber is changed, or made. */
export const subscriberChanges =
  ({ keys, events, allowedRanges }: TakeDeps): Apply =>
  async (tx, told, now) => {
    const { leave, tell } = leaving({ keys, events }, now)
    const results = await changeSubscribers(
      tx,
      keys,
      allowedRanges,
      now,
      // Its schema has read the data, and it is about a subscriber, so it names one.
      told.map(({ subject, at, data }) => ({ ...(data as SubscriberInput), id: subject!, at })),
      leave,
    )
    return {
      after: tell,
      refused: new Map(
        results.flatMap((result, i) =>
          'at' in result ? [[told[i]!.id, { at: `data.${result.at}`, detail: sayPut(result) }] as const] : [],
        ),
      ),
    }
  }
