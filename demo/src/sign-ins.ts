// Each sign-in is told Usher, which says what it looks like beside all that this subscriber did before. Why it says so is shown to
// nobody who wants to come in: they would learn what to do better.
import type { UsherClient } from '@usher/contract/client'
import type { Person } from './people.ts'
import type { Seen } from './sessions.ts'

export interface Verdict {
  answer: 'allow' | 'challenge' | 'deny'
  /** Undefined where Usher did not answer. */
  id: string | undefined
  reasons: readonly string[]
}

export interface SignIns {
  /** The password was wrong, or nobody has this id: guessing shows by those that failed. Nobody waits for it. */
  failed(subscriber: string, seen: Seen): void
  /** The password was right: what now? */
  judge(person: Person, seen: Seen): Promise<Verdict>
  /** It is known now whose it was: the next ones are compared with theirs alone. */
  settle(verdict: Verdict, isTheirs: boolean): void
}

export function signIns(usher: Pick<UsherClient, 'tellSignIn' | 'settleSignIn'>): SignIns {
  const tell = (subscriber: string, { ip, device, agent }: Seen, outcome: 'succeeded' | 'failed') =>
    usher.tellSignIn({ subscriber, ip, device, userAgent: agent, outcome, factor: 'password' })
  return {
    failed: (subscriber, seen) => void tell(subscriber, seen, 'failed').catch(() => {}), // nobody has this id, or Usher is away
    judge: (person, seen) =>
      tell(person.id, seen, 'succeeded').catch(() => ({
        // Without Usher people come in as they would without it: on a device that is not proven the code is asked for all the same.
        ...{ answer: 'allow' as const, id: undefined, reasons: ['Usher did not answer.'] },
      })),
    settle({ id, answer }, isTheirs) {
      // What was allowed counts as theirs already.
      if (id === undefined || (isTheirs && answer === 'allow')) return
      usher.settleSignIn(id, { isTheirs }).catch(() => {}) // said before, or Usher is away: it stays as it was
    },
  }
}
