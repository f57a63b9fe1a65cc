// What an answer to an alert does. Answers can only make an account safer: a no always counts and denies all that it may be
// about, a yes counts where it can be about one alert alone, and never after a no.
import type { AlertEvent } from '@usher/contract/alert'
import type { EventBus, Events } from '../events.ts'
import type { AlertAnswers, ReplyAnswer } from '../message/obey.ts'
import type { Database, Statements } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import { type AlertRow, alertRows, lateMs, tooMany, wordsOf } from './alert.ts'

export interface AlertAnswerDeps {
  db: Database
  keys: KeyRing
  events: EventBus
  /** Where a password is changed: the next step after a no. */
  accountUrl: string
}

interface Asked {
  id: string
  event: AlertEvent
  state: AlertRow['state']
  choice: number | null
  message_id: string | null
  not_sent: string | null
  expires_at: Date
}

/** What the template reply.alert says. */
type Outcome = 'confirmed' | 'denied' | 'stays_denied' | 'over'

/** So many are told apart by text; a no is about all. */
const mostChoices = 3
const longestWindowMs = 168 * 3_600_000

type Moved = Events['alert.moved'][number]
const tellNothing = () => {}

export function alertAnswers({ db, keys, events, accountUrl }: AlertAnswerDeps): AlertAnswers {
  const said = (outcome: Outcome): ReplyAnswer => ({
    template: 'reply.alert',
    data: { outcome, link: outcome === 'confirmed' ? '' : accountUrl },
  })
  const answered = (answer: ReplyAnswer, moved: Moved[] = []) => ({
    kind: 'answered' as const,
    answer,
    tell: moved.length === 0 ? tellNothing : () => events.emit('alert.moved', moved),
  })

  return {
    async answer(tx, { asks, choice, people, lastTexts }, now) {
      if (people.length === 0) return { kind: 'none', settled: [] }
      const alerts = await askedOf(tx, people, now)
      const open = alerts.filter(one => one.state === 'open' && one.expires_at > now)
      /** Of the others they know nothing. */
      const asked = open.filter(one => one.not_sent === null)
      /** The last thing that asked them anything: so what they say is about it. */
      const isLast = ({ message_id }: Asked) => message_id !== null && lastTexts.includes(message_id)
      const last = alerts.find(isLast)
      const named = choice === null ? undefined : open.find(one => one.choice === choice)

      if (asks === 'no') {
        // A number that was given to none of them narrows nothing down.
        const meant = named ? [named] : asked
        // After a yes, and after the time for an answer, it still counts.
        const late = meant.length > 0 || !last || (last.state !== 'open' && last.state !== 'confirmed') ? [] : [last]
        const denied = [...meant, ...late]
        // Somebody else was there: so was what they could not be asked by text.
        const unasked = named ? [] : open.filter(one => one.not_sent !== null)
        if (denied.length > 0)
          return answered(said('denied'), await settle(tx, [...denied, ...unasked], 'denied', 'text', now))
        if (last?.state === 'denied') return answered(said('denied'))
      } else {
        const yes = named ?? (choice === null && asked.length === 1 && isLast(asked[0]!) ? asked[0] : undefined)
        if (yes) return answered(said('confirmed'), await settle(tx, [yes], 'confirmed', 'text', now))
        if (asked.length > 0)
          return answered({ template: 'reply.alert_which', data: { list: await whichOf(tx, asked) } })
        if (last?.state === 'denied') return answered(said('stays_denied'))
        if (last?.state === 'confirmed') return answered(said('confirmed'))
      }
      if (last) return answered(said('over'))
      return { kind: 'none', settled: alerts.flatMap(({ message_id }) => message_id ?? []) }
    },

    async describe(list, now) {
      const ids = list.slice(listMark.length).split(',')
      const rows = await db.rows<AlertRow>(sql`${alertRows(sql`a.id = any(${ids}::uuid[])`)} order by a.choice`)
      return rows
        .map(row => {
          const { device, place, time } = wordsOf(keys, row, now)
          return `${row.choice}: ${[device, place, time].filter(words => words !== '').join(', ')}`
        })
        .join('. ')
    },
  }
}

/** Stands in an answer for the alerts that are to be told apart: what they are is personal, and kept with them alone. */
export const listMark = '{alerts}'

/** Those that were asked of the phone that these people have now, newest first. */
const askedOf = (tx: Statements, people: readonly string[], now: Date) =>
  tx.rows<Asked>(sql`
    select a.id, a.event, a.state, a.choice, a.message_id, a.not_sent, a.expires_at
    from alert a join subscriber s on s.id = a.subscriber_id left join message m on m.id = a.message_id
    where a.subscriber_id = any(${[...people]}::uuid[]) and s.number_at is not distinct from a.number_at
      and a.made_at > ${new Date(now.getTime() - longestWindowMs - lateMs)} and a.expires_at > ${new Date(now.getTime() - lateMs)}
      -- Whoever was not asked does not answer it, but for a no, which is about those that were too many to ask, too. A receipt
      -- that says it did not arrive may be wrong.
      and (a.not_sent is null or a.not_sent = ${tooMany}) and (m.id is null or m.state not in ('refused', 'cancelled', 'rejected', 'expired'))
    order by a.id desc`)

/** Ends alerts, in the transaction that knows the answer; their subscribers are locked. The promise to tell it is the database's. */
export async function settle(
  tx: Statements,
  alerts: readonly Pick<Asked, 'id'>[],
  state: 'confirmed' | 'denied',
  by: 'text' | 'page',
  now: Date,
): Promise<Moved[]> {
  const rows = await tx.rows<{ id: string; event: AlertEvent }>(sql`
    update alert set state = ${state}, answered_by = ${by}, ended_at = ${now}
    where id = any(${alerts.map(({ id }) => id)}::uuid[]) and state <> ${state} returning id, event`)
  return rows.map(({ id, event }) => ({ id, event, what: state, by, at: now }))
}

/** The newest of them get numbers; one that has a number keeps it, for its text is on the phone. */
async function whichOf(tx: Statements, open: readonly Asked[]): Promise<string> {
  const shown = open.slice(0, mostChoices)
  const taken = new Set(open.map(({ choice }) => choice))
  // The oldest is the first, as on the phone.
  for (const one of shown.toReversed()) {
    if (one.choice !== null) continue
    let choice = 1
    while (taken.has(choice)) choice++
    taken.add(choice)
    await tx.rows(sql`update alert set choice = ${choice} where id = ${one.id}`)
  }
  return listMark + shown.map(({ id }) => id).join()
}
