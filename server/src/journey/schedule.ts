// What will be sent to one subscriber, and when.
import type { Journey, Schedule } from '@usher/contract/journey'
import type { State } from '../message/message.ts'
import { type Database, urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'

/** The next two hundred steps, and the texts of those that wait for their hour or a carrier. */
export async function stepsAhead(
  db: Database,
  journeys: ReadonlyMap<string, Journey>,
  subscriberId: string,
): Promise<Schedule['ahead']> {
  const rows = await db.rows<{
    due_at: Date
    journey: string
    name: string
    subscription: string
    reason: string | null
    message_id: string | null
    state: State | null
    held_until: Date | null
  }>(
    sql`
    select t.due_at, t.journey, t.name, r.subscription, t.reason, t.message_id, m.state, m.not_before as held_until
    from journey_run r join journey_step t on t.run_id = r.id left join message m on m.id = t.message_id
    where r.subscriber_id = ${subscriberId}
      and (t.state = 'pending' or (t.state = 'texted' and m.state in ('held', 'queued')))
    order by t.due_at, t.id limit 200`,
    urgency.report,
  )
  return rows.flatMap(({ due_at, journey: name, name: step, subscription, reason, message_id, state, held_until }) => {
    const journey = journeys.get(name)
    const planned = journey?.steps.find(one => one.name === step)
    if (!journey || !planned) return []
    return {
      at: (held_until ?? due_at).toISOString(),
      ...{ journey: name, title: journey.title, step, template: planned.template, isOn: journey.isOn },
      subscription: subscription === '' ? null : subscription,
      message: message_id === null || state === null ? null : { id: message_id, state },
      problem: reason,
    }
  })
}
