// Journeys over the API: as they are in force and were before, changed and tried out; how they do, and what is ahead of whom.
import type { EventTypeName } from '@usher/contract/event'
import {
  type DryRunInput,
  type Journey,
  type JourneyChange,
  type JourneyInput,
  JourneyInput as JourneySchema,
  type Schedule,
} from '@usher/contract/journey'
import { nothingKnown, type Subscription, stateOf, toldAlone } from '../billing/facts.ts'
import { loadSubscriptions } from '../billing/hear.ts'
import type { Clock } from '../clock.ts'
import { dryRun } from '../journey/dry-run.ts'
import { journeyFunnel } from '../journey/funnel.ts'
import type { Journeys } from '../journey/journeys.ts'
import type { Facts } from '../journey/plan.ts'
import { findTraveller, zoneOf } from '../journey/run.ts'
import { stepsAhead } from '../journey/schedule.ts'
import type { Templates } from '../message/template.ts'
import { record } from '../operator/audit.ts'
import type { Database } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import type { Handlers } from './call.ts'
import { Saying } from './problem.ts'

export interface JourneyDeskDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  wall: () => Date
  journeys: Journeys
  templates: Templates
}

type Name =
  | 'listJourneys'
  | 'getJourney'
  | 'putJourney'
  | 'resetJourney'
  | 'dryRunJourney'
  | 'getJourneyFunnel'
  | 'getSchedule'

export function journeyDesk(deps: JourneyDeskDeps): Pick<Handlers, Name> {
  const { db, keys, clock, wall, journeys, templates } = deps
  const find = (name: string): Journey => {
    const journey = journeys.current().get(name)
    if (!journey) throw new Saying('unknownJourney')
    return journey
  }
  /** Each step's text has to be there, and of the journey's purpose. */
  async function possible(input: JourneyInput): Promise<JourneyInput> {
    const journey = JourneySchema.parse(input)
    const found = await templates.find([...new Set(journey.steps.map(({ template }) => template))])
    const errors = journey.steps.flatMap(({ template }, i) => {
      const there = found.get(template)
      if (there?.purpose === journey.purpose) return []
      const detail = there
        ? `The template ${template} is written for ${there.purpose}, and the journey is for ${journey.purpose}.`
        : `There is no template named ${template}. GET /v1/templates lists them.`
      return [{ at: `body.journey.steps.${i}.template`, detail }]
    })
    if (errors.length > 0) throw new Saying('badJourney', undefined, errors)
    return journey
  }
  async function put(name: string, journey: JourneyInput | null, version: number, operatorId: string | null) {
    await db.transaction(async tx => {
      const put = await journeys.put(tx, name, { journey, version, at: wall(), by: operatorId })
      if ('inForce' in put)
        throw new Saying('journeyChanged', `Version ${put.inForce} is in force. Look at it, and change that one.`)
      const action = journey === null ? 'journey.reset' : 'journey.changed'
      await record(tx, { at: wall(), operatorId, action, subject: name, detail: changesOf(put.before, put.after) })
    })
    await journeys.refresh()
  }

  return {
    listJourneys: ({ c }) => c.json({ items: [...journeys.current().values()] }),
    async getJourney({ c, params }) {
      return c.json({ ...find(params.name!), versions: await journeys.versions(params.name!) })
    },
    async putJourney({ c, caller, params, body }) {
      const { journey, version } = body as JourneyChange
      await put(params.name!, await possible(journey), version, caller.operator?.id ?? null)
      return c.json(find(params.name!))
    },
    async resetJourney({ c, caller, params, query }) {
      find(params.name!)
      await put(params.name!, null, (query as { version: number }).version, caller.operator?.id ?? null)
      return c.body(null, 204)
    },
    async dryRunJourney({ c, params, body }) {
      const { journey, days } = body as DryRunInput
      const draft = { ...(await possible(journey)), name: params.name!, version: 0, isShipped: false }
      const tellOf = (
        event: { id: string; type: EventTypeName; at: Date; data: Record<string, unknown> },
        known: Facts,
      ) => toldAlone(event, known)
      const knownOf: Parameters<typeof dryRun>[0]['knownOf'] = async people => {
        const all = await loadSubscriptions(db, keys, people)
        return new Map(
          [...all].map(([id, theirs]) => [id, valuesOf([...theirs.values()].at(-1)?.value ?? nothingKnown)]),
        )
      }
      return c.json(await dryRun({ db, keys, tellOf, knownOf }, draft, days, clock.now()))
    },
    async getJourneyFunnel({ c, params, query }) {
      const journey = find(params.name!)
      const order = journey.steps.map(({ name }) => name)
      return c.json(await journeyFunnel(db, journey.name, order, (query as { days: number }).days, clock.now()))
    },
    async getSchedule({ c, params }) {
      const row = await findTraveller(db, params.id!)
      if (!row) throw new Saying('unknownSubscriber')
      const now = clock.now()
      const { zone, isKnown } = zoneOf(row)
      const known = row.data_key === null ? new Map() : (await loadSubscriptions(db, keys, [row])).get(row.id)!
      const answer: Schedule = {
        ...{ subscriber: params.id!, zone, isZoneKnown: isKnown },
        subscriptions: [...known].map(([name, { value, at }]) => viewSubscription(name, value, at, now)),
        ahead: await stepsAhead(db, journeys.current(), row.id),
      }
      return c.json(answer)
    },
  }
}

const valuesOf = ({ facts }: Subscription): Facts =>
  Object.fromEntries(Object.entries(facts).map(([name, [value]]) => [name, value]))

function viewSubscription(
  name: string,
  subscription: Subscription,
  at: Date,
  now: Date,
): Schedule['subscriptions'][number] {
  const facts = valuesOf(subscription)
  const card = facts.card as { expiresAt?: string } | undefined
  // What is there was read by the schemas of the events that told it.
  const said = <T>(name: string) => (facts[name] as T | undefined) ?? null
  return {
    subscription: name === '' ? null : name,
    ...{ plan: said<string>('plan'), price: said<never>('price'), every: said<'month' | 'year'>('every') },
    ...{ state: stateOf(subscription, now), renewsAt: said<string>('renewsAt'), endsAt: said<string>('endsAt') },
    ...{ trialEndsAt: said<string>('trialEndsAt'), priceEndsAt: said<string>('priceEndsAt') },
    ...{ nextPrice: said<never>('nextPrice'), cardExpiresAt: card?.expiresAt ?? null, toldAt: at.toISOString() },
  }
}

/** The fields that are other than before, for the audit log. */
function changesOf(before: Journey | undefined, after: Journey | undefined): Record<string, unknown> {
  const fields = Object.keys({ ...before, ...after }) as (keyof Journey)[]
  return Object.fromEntries(
    fields
      .filter(field => JSON.stringify(before?.[field]) !== JSON.stringify(after?.[field]))
      .map(field => [field, { before: before?.[field] ?? null, after: after?.[field] ?? null }]),
  )
}
