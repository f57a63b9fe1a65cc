// What other rules of regions would do, before they are saved: whose hours and caps would be others, and what would become of
// titles and offers that wait. Of a text that waits only its hours are asked once more, right before it is written.
import type { PolicyPreview, Region } from '@usher/contract/region'
import { type Database, urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'
import { meant, neverForUnknownZone, widerThanShipped } from '../subscriber/region-overrides.ts'
import {
  clock,
  type Overrides,
  overrideOf,
  type RegionRules,
  rulesOfRow,
  unknownState,
  type Window,
} from '../subscriber/regions.ts'
import { ownHoursOf, placeOf, type Recipient } from './facts.ts'
import { mayArriveNow } from './policy.ts'
import { laneNumber, type Purpose, promotional } from './purpose.ts'

/** Hours and caps as they cross the API. */
export function viewRules({ hours: { weekday, saturday, sunday, holiday }, caps }: RegionRules): Region['shipped'] {
  const view = (window: Window | null) => window && { from: clock(window.from), to: clock(window.to) }
  return {
    hours: {
      weekday: view(weekday),
      saturday: view(saturday),
      sunday: view(sunday),
      holiday: holiday === 'as the day' ? null : view(holiday),
      isHolidayAsDay: holiday === 'as the day',
    },
    caps: [...caps],
  }
}

export function regionsThatChange(before: Overrides, after: Overrides, now: Date): PolicyPreview['regions'] {
  const names = new Set([...Object.keys(before), ...Object.keys(after), unknownState])
  const proposed = meant(after)
  return [...names].flatMap(region => {
    const was = viewRules(rulesOfRow(region, before))
    const is = viewRules(rulesOfRow(region, proposed))
    if (JSON.stringify(was) === JSON.stringify(is)) return []
    const wider = widerThanShipped(region, after)
    const needsWidens = wider.length > 0 && overrideOf(region, after)?.widens === undefined
    const never = neverForUnknownZone(region, proposed, now)
    return [{ region, before: was, after: is, wider, needsWidens, notes: never === null ? [] : [never] }]
  })
}

interface WaitingText
  extends Pick<Recipient, 'zone' | 'region' | 'country' | 'number_region' | 'number_zones' | 'preferences'> {
  id: string
  external_id: string | null
  purpose: Purpose
  due_at: Date
  expires_at: Date
}

const mostLooked = 2_000
const mostExamples = 10

/** When each text that waits would leave, by the overrides in force and by others. Nothing moves. */
export async function waitingUnder(
  db: Database,
  before: Overrides,
  after: Overrides,
  now: Date,
): Promise<PolicyPreview['waiting']> {
  const lanes = [...new Set(promotional.map(laneNumber))]
  const rows = await db.rows<WaitingText>(
    sql`
    select m.id, m.purpose, j.due_at, m.expires_at, s.external_id, s.zone, s.region, s.country, s.number_region, s.number_zones, s.preferences
    from (select id, due_at from job where lane = any(${lanes}::smallint[]) order by id limit ${mostLooked + 1}) j
    join message m on m.id = j.id and m.state in ('held', 'queued') and m.purpose = any(${promotional})
    join subscriber s on s.id = m.subscriber_id
    order by m.id limit ${mostLooked + 1}`,
    urgency.report,
  )
  const looked = rows.slice(0, mostLooked)
  const changed = looked.flatMap(text => {
    const from = text.due_at > now ? text.due_at : now
    const was = leavesAt(text, from, before)
    const is = leavesAt(text, from, after)
    return was === null || was.getTime() === is?.getTime() ? [] : [{ text, was, is }]
  })
  const later = changed.filter(({ was, is }) => is !== null && is > was)
  return {
    looked: looked.length,
    isAll: rows.length <= mostLooked,
    later: later.length,
    never: changed.filter(({ is }) => is === null).length,
    examples: changed.slice(0, mostExamples).map(({ text, was, is }) => ({
      ...{ id: text.id, subscriber: text.external_id, purpose: text.purpose },
      before: was.toISOString(),
      after: is?.toISOString() ?? null,
    })),
  }
}

/** null: not before its time ends. */
function leavesAt(text: WaitingText, from: Date, overrides: Overrides): Date | null {
  const own = ownHoursOf(text.preferences)
  const arrival = mayArriveNow(text.purpose, placeOf(text), own, text.expires_at, from, overrides)
  if (arrival.now) return from < text.expires_at ? from : null
  return arrival.opensAt !== null && arrival.opensAt < text.expires_at ? arrival.opensAt : null
}
