// A strange sign-in is asked about: its owner is texted, and their NO ends it. Answers can only make an account safer.
import type { UsherClient } from '@usher/contract/client'
import type { OutgoingName, ToldOf } from '@usher/contract/webhook'
import type { Mails } from './mail.ts'
import type { People } from './people.ts'
import { placed, type Session, type Sessions } from './sessions.ts'
import type { SignIns } from './sign-ins.ts'

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
  signIns: Pick<SignIns, 'settle'>
  mails: Pick<Mails, 'send'>
  now: () => Date
}

export function alarm({ usher, people, sessions, signIns, mails, now }: AlarmDeps): Alarm {
  return {
    async ask({ id, person, seen, verdict }) {
      const note = (how: string) => sessions.note(person, { at: now(), seen, how })
      // The id of the session is what the answer comes back with; the cookie's value is nobody's business.
      await usher
        .raiseAlert({
          ...{ subscriber: person.id, event: 'sign_in', about: id, device: seen.what },
          ...(seen.place !== undefined && { place: seen.place }),
        })
        .then(
          ({ page, delivery }) => {
            if (delivery.state !== 'refused') return note('you were asked by text whether it was you')
            // A STOP, or one too many in a day: the same question waits on a page.
            if (page !== null)
              mails.send({
                ...{ to: person.mail, subject: 'Was this you?', link: page },
                words: `Somebody signed in on ${placed(seen)}. Say whether it was you.`,
              })
            note('you were asked by e-mail whether it was you')
          },
          () => {
            // Nobody will say more than the code that was right.
            signIns.settle(verdict, true)
            note('you could not be asked by text whether it was you')
          },
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
        if (session) signIns.settle(session.verdict, true)
        note('you said that it was you')
        return
      }
      // Whoever it was knows the password, and may be in elsewhere: everything ends, and the password lets nobody in.
      person.mustReset = true
      sessions.distrust(person)
      if (session) signIns.settle(session.verdict, false)
      for (const one of sessions.of(person))
        sessions.end(one, 'You said that a sign-in was not you, so all sessions were ended.')
      if (session) sessions.end(session, 'This session was ended because you said that it wasn’t you.')
      note('you said that it was not you, so it was ended')
    },
  }
}
