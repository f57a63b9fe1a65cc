// A strange sign-in is asked about: its owner is texted, and their NO ends it. Answers can only make an account safer.
import type { UsherClient } from '@usher/contract/client'
import type { OutgoingName, ToldOf } from '@usher/contract/webhook'
import type { People } from './people.ts'
import type { Session, Sessions } from './sessions.ts'

export interface Alarm {
  /** Asks by text whether this session is theirs. */
  ask(session: Session): Promise<void>
  /** Hears what Usher tells; the answers are among it. */
  hear(told: ToldOf<OutgoingName>): void
}

export interface AlarmDeps {
  usher: Pick<UsherClient, 'raiseAlert'>
  people: People
  sessions: Sessions
  now: () => Date
}

export function alarm({ usher, people, sessions, now }: AlarmDeps): Alarm {
  return {
    async ask({ id, person, seen }) {
      const note = (how: string) => sessions.note(person, { at: now(), seen, how })
      // The id of the session is what the answer comes back with; the cookie's value is nobody's business.
      await usher
        .raiseAlert({
          ...{ subscriber: person.id, event: 'sign_in', about: id, device: seen.what },
          ...(seen.place !== undefined && { place: seen.place }),
        })
        .then(
          () => note('you were asked by text whether it was you'),
          () => note('you could not be asked by text whether it was you'), // the session goes on: it had the code
        )
    },
    hear({ type, data }) {
      if (type !== 'alert.denied' && type !== 'alert.confirmed') return
      const { subscriber, about } = data as ToldOf<'alert.denied'>['data']
      const person = people.get(subscriber)
      if (!person) return
      const session = sessions.all(person).find(({ id }) => id === about)
      const note = (how: string) => session && sessions.note(person, { at: now(), seen: session.seen, how })
      if (type === 'alert.confirmed') {
        note('you said that it was you')
        return
      }
      // Whoever it was knows the password, and may be in elsewhere: everything ends, and the password lets nobody in.
      person.mustReset = true
      if (session) sessions.distrust(person, session.seen.device)
      for (const one of sessions.of(person))
        sessions.end(
          one,
          one === session
            ? 'This session was ended because you said that it wasn’t you.'
            : 'You said that a sign-in was not you, so all sessions were ended.',
        )
      note('you said that it was not you, so it was ended')
    },
  }
}
