// What follows from billing events, in the transaction that stores them: what is known of the subscription, and what its
// journeys do about it.
import type { EventTypeName } from '@usher/contract/event'
import { type Journey, journeyEvents } from '@usher/contract/journey'
import type { Apply } from '../event/take.ts'
import { type Happening, type Heard, hearAll, type Traveller, travellerColumns } from '../journey/run.ts'
import type { Statements } from '../store/database.ts'
import { type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'
import { nothingKnown, type Subscription, stateOf, tell, toldBy } from './facts.ts'

export interface BillingDeps {
  keys: KeyRing
  journeys: () => ReadonlyMap<string, Journey>
  /** Once it has committed. */
  heard: (heard: Heard, now: Date) => void
}

/** What each type of event does. */
export function billing(deps: BillingDeps): Partial<Record<EventTypeName, Apply>> {
  const apply: Apply = async (tx, events, now) => {
    const ids = [...new Set(events.flatMap(({ subscriberId }) => subscriberId ?? []))]
    if (ids.length === 0) return undefined
    // Their rows are locked by who takes the events.
    const people = await tx.rows<Traveller>(
      sql`select ${travellerColumns} from subscriber s where s.id = any(${ids}::uuid[]) and s.data_key is not null`,
    )
    const travellers = new Map(people.map(one => [one.id, one]))
    const known = await loadSubscriptions(tx, deps.keys, people)
    const changed = new Map<string, Set<string>>()
    const happenings: Happening[] = []
    for (const event of events) {
      const traveller = event.subscriberId === null ? undefined : travellers.get(event.subscriberId)
      if (!traveller) continue
      const theirs = known.get(traveller.id)!
      const named = event.data.subscription
      // One that was told without a name first has it from now on.
      if (typeof named === 'string' && theirs.size === 1 && theirs.has('')) {
        theirs.set(named, theirs.get('')!)
        theirs.delete('')
        await adopt(tx, traveller.id, named)
      }
      for (const name of namesOf(event.type, named, theirs, now)) {
        const after = tell(theirs.get(name)?.value ?? nothingKnown, event)
        theirs.set(name, { value: after, at: later(theirs.get(name)?.at, event.at) })
        changed.set(traveller.id, (changed.get(traveller.id) ?? new Set()).add(name))
        const told = toldBy(after, event)
        happenings.push({ traveller, told: { ...told, subscription: name === '' ? undefined : name } })
      }
    }
    await storeSubscriptions(
      tx,
      deps.keys,
      [...changed].map(([id, names]) => ({
        traveller: travellers.get(id)!,
        theirs: new Map([...known.get(id)!].filter(([name]) => names.has(name))),
      })),
    )
    const heard = await hearAll(tx, deps.keys, deps.journeys(), happenings, now)
    return () => deps.heard(heard, now)
  }
  return Object.fromEntries(journeyEvents.map(type => [type, apply]))
}

export type Subscriptions = Map<string, { value: Subscription; at: Date }>

/** An event that names none is about the only one that is not cancelled; one about a card is about all of them. */
function namesOf(type: EventTypeName, named: unknown, theirs: Subscriptions, now: Date): readonly string[] {
  if (typeof named === 'string') return [named]
  if (theirs.size === 1) return [...theirs.keys()]
  const live = [...theirs].flatMap(([name, { value }]) => (stateOf(value, now) === 'cancelled' ? [] : name))
  return live.length === 1 || (live.length > 1 && type.startsWith('com.usher.card.')) ? live : ['']
}

async function adopt(tx: Statements, subscriberId: string, name: string): Promise<void> {
  await tx.rows(sql`delete from subscription where subscriber_id = ${subscriberId} and name = ''`)
  await tx.rows(sql`
    update journey_run r set subscription = ${name} where subscriber_id = ${subscriberId} and subscription = ''
      and not exists (select from journey_run o where o.subscriber_id = r.subscriber_id and o.journey = r.journey
        and o.subscription = ${name} and o.subject = r.subject)`)
}

const later = (one: Date | undefined, other: Date): Date => (one !== undefined && one > other ? one : other)

export async function loadSubscriptions(
  tx: Statements,
  keys: KeyRing,
  people: readonly Pick<Traveller, 'id' | 'data_key'>[],
): Promise<Map<string, Subscriptions>> {
  const rows = await tx.rows<{ subscriber_id: string; name: string; facts: Sealed; told_at: Date }>(sql`
    select subscriber_id, name, facts, told_at from subscription
    where subscriber_id = any(${people.map(({ id }) => id)}::uuid[]) order by name`)
  const all = new Map(people.map(({ id }) => [id, new Map() as Subscriptions]))
  const dataKeys = new Map(people.map(({ id, data_key }) => [id, data_key]))
  for (const { subscriber_id, name, facts, told_at } of rows) {
    const value: Subscription = JSON.parse(unseal(keys.unwrap(dataKeys.get(subscriber_id)!), facts, 'subscription'))
    all.get(subscriber_id)!.set(name, { value, at: told_at })
  }
  return all
}

async function storeSubscriptions(
  tx: Statements,
  keys: KeyRing,
  changed: readonly { traveller: Traveller; theirs: Subscriptions }[],
): Promise<void> {
  const rows = changed.flatMap(({ traveller, theirs }) => {
    const key = keys.unwrap(traveller.data_key!)
    return [...theirs].map(([name, { value, at }]) => ({
      ...{ subscriber_id: traveller.id, name, told_at: at },
      facts: base64(seal(key, JSON.stringify(value), 'subscription')),
    }))
  })
  if (rows.length === 0) return
  await tx.rows(sql`
    insert into subscription (subscriber_id, name, facts, told_at)
    select subscriber_id, name, decode(facts, 'base64'), told_at
    from json_to_recordset(${rowset(rows)}) as r(subscriber_id uuid, name text, facts text, told_at timestamptz)
    order by subscriber_id, name
    on conflict (subscriber_id, name) do update set facts = excluded.facts, told_at = excluded.told_at`)
}
