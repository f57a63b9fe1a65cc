// Who is in, on what, and what is under way: sessions, the devices that proved themselves, and tries to get in. In memory.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Person } from './people.ts'
import type { Verdict } from './sign-ins.ts'

/** Where somebody comes from, as Orpheum sees it. */
export interface Seen {
  ip: string
  /** The value of a cookie that outlives sessions. */
  device: string
  agent: string
  /** As it is told to a person: "a TV", "Chrome on Windows". */
  what: string
  /** Undefined where the address does not say it. */
  place: string | undefined
}
export const placed = ({ what, place }: Pick<Seen, 'what' | 'place'>) =>
  place === undefined ? what : `${what} in ${place}`

export interface Session {
  /** What it is called where it may be read; the cookie holds another value. */
  id: string
  person: Person
  seen: Seen
  verdict: Verdict
  at: Date
  /** Why it is over; undefined while it is not. */
  ended: string | undefined
  /** Recovery codes that were just made, until they have been seen. */
  fresh: readonly string[] | undefined
  /** A new number that waits for its code; the notice is Usher's. */
  change: { id: string; number: string; notice: string } | undefined
}

/** A way in that was begun: a code is asked for, or was right and a new password may be chosen. */
export interface Try {
  id: string
  kind: 'sign_in' | 'reset' | 'recovery'
  /** Undefined where nobody has the name that was typed: it looks the same. */
  person: Person | undefined
  seen: Seen
  /** Of a sign-in, whose password was right. */
  verdict: Verdict | undefined
  /** Null: they came by a link that was mailed, and no code is asked for. */
  verification: string | null
  tag: string | null
  isApproved: boolean
  /** Whether to offer it with a mark. */
  endsSessions: boolean
  /** What to say on the next page, once. */
  said: { sentence: string; isBad: boolean } | undefined
  at: Date
}

/** One that a code was sent for. */
export type CodeTry = Try & { verification: string }

/** A line of an account's history. */
export interface Entry {
  at: Date
  seen: Seen
  how: string
  /** What Usher said. */
  verdict?: Verdict
}

export interface Sessions {
  /** Answers the value of its cookie, too. */
  begin(person: Person, seen: Seen, verdict: Verdict): { cookie: string; session: Session }
  /** Also one that was ended, so that its owner is told why. */
  find(cookie: string): Session | undefined
  of(person: Person): Session[]
  /** Those that were ended, too. */
  all(person: Person): Session[]
  end(session: Session, why: string): void
  /** Whether a code was right on this device before, for this account. */
  isProven(person: Person, device: string): boolean
  prove(person: Person, device: string): void
  /** No device is proven any longer, and what was begun is over: a reset that somebody else began, too. */
  distrust(person: Person): void
  note(person: Person, entry: Entry): void
  /** The newest first. */
  history(person: Person): readonly Entry[]
  /** Answers the value of the cookie. */
  try(
    begun: Pick<Try, 'id' | 'kind' | 'person' | 'seen' | 'verdict' | 'verification' | 'tag'> &
      Partial<Pick<Try, 'isApproved' | 'endsSessions'>>,
  ): string
  findTry(cookie: string): Try | undefined
  dropTry(cookie: string): void
}

/** A cookie nobody can guess. */
export const secret = () => randomBytes(32).toString('base64url')

const tryMs = 30 * 60_000
const most = 1_000
const remembered = 30

export function sessions(now: () => Date): Sessions {
  const begun = new Map<string, Session>()
  const proven = new Map<Person, Set<string>>()
  const histories = new Map<Person, Entry[]>()
  const tries = new Map<string, Try>()
  /** The oldest make room. */
  const keep = <T>(into: Map<string, T>, one: T) => {
    const cookie = secret()
    into.set(cookie, one)
    if (into.size > most) into.delete(into.keys().next().value!)
    return cookie
  }
  return {
    begin(person, seen, verdict) {
      const session = {
        ...{ id: randomUUID(), person, seen, verdict, at: now() },
        ...{ ended: undefined, fresh: undefined, change: undefined },
      }
      return { cookie: keep(begun, session), session }
    },
    find: cookie => begun.get(cookie),
    all: person => [...begun.values()].filter(one => one.person === person),
    of: person => [...begun.values()].filter(one => one.person === person && one.ended === undefined).reverse(),
    end(session, why) {
      session.ended = why
      session.fresh = undefined
    },
    isProven: (person, device) => proven.get(person)?.has(device) ?? false,
    prove: (person, device) => void proven.set(person, (proven.get(person) ?? new Set()).add(device)),
    distrust(person) {
      proven.delete(person)
      for (const [cookie, one] of tries) if (one.person === person) tries.delete(cookie)
    },
    note(person, entry) {
      histories.set(person, [entry, ...(histories.get(person) ?? [])].slice(0, remembered))
    },
    history: person => histories.get(person) ?? [],
    try: one => keep(tries, { isApproved: false, endsSessions: true, ...one, said: undefined, at: now() }),
    findTry(cookie) {
      const one = tries.get(cookie)
      return one && now().getTime() - one.at.getTime() < tryMs ? one : undefined
    },
    dropTry: cookie => void tries.delete(cookie),
  }
}
