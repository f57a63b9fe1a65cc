// What an event does to the journeys of one subscriber: it starts one, moves it, or ends it. It is pure; run.ts stores what
// comes of it, and a dry run does the same with events that are long past.
import type { EventTypeName } from '@usher/contract/event'
import type { Condition, Journey, JourneyStep, When } from '@usher/contract/journey'
import { localMs, momentAt } from '../subscriber/zones.ts'

/** A journey of one subscriber, about one thing. */
export interface Run {
  id: string
  journey: string
  /** Of the journey that its steps were planned by. */
  version: number
  /** The service's id of the subscription; '' where it names none. */
  subscription: string
  /** An event, an invoice, or '' where there is one at a time. */
  subject: string
  facts: Facts
  anchorAt: Date
  /** When the event happened that last said so. */
  saidAt: Date
  ended: Ended | null
  steps: readonly Step[]
}

export interface Ended {
  /** When the event happened. */
  saidAt: Date
  as: 'paid' | 'lost' | 'over'
  /** The type of the event, or why it was over without one. */
  by: string
}

/** One text of a run, or its place: more than one of a name where the run moved on to another year. */
export interface Step {
  id: string
  name: string
  dueAt: Date
  /** `texted`: there is a message, whatever became of it. */
  state: 'pending' | 'texted' | 'skipped'
  reason: string | null
  message: string | null
  /** The message is not with a carrier yet and may be taken back. */
  isWaiting: boolean
}

/** What events and the subscription say, by name. */
export type Facts = Readonly<Record<string, unknown>>

/** An event, with what is known of the subscription besides. */
export interface Told {
  /** Usher's id of the event. */
  id: string
  type: EventTypeName
  at: Date
  /** What it says itself stands before what was known. */
  facts: Facts
  subscription: string | undefined
  invoice: string | undefined
  /** When an event of this type was heard last, of the same invoice where both name one. */
  heard(type: EventTypeName, invoice: string | undefined): Date | undefined
}

/** A step that was sent is sent again once its new time lies so much later: a date that moves by a day is no other date. */
const anewMs = 3 * 86_400_000
const dayMs = 86_400_000

export interface Planning {
  newId: () => string
  /** Of the subscriber. */
  zone: string
}

/** Answers the runs that it changes, among them new ones. `runs` are those of the same journey and subscriber. */
export function hear(journey: Journey, runs: readonly Run[], told: Told, planning: Planning): Run[] {
  const ending = journey.endsOn.find(({ event }) => event === told.type)
  if (ending)
    return runs
      .filter(run => run.ended === null && endsBy(run, told, ending.as))
      .map(run => ended(run, { saidAt: told.at, as: ending.as, by: told.type }))
  if (!journey.startsOn.includes(told.type)) return []

  const run = runs.find(one => isSame(journey, one, told))
  if (run && told.at < (run.ended?.saidAt ?? run.saidAt)) return []
  // An invoice that was paid stays paid.
  if (run?.ended?.as === 'paid' && journey.per === 'invoice' && run.subject !== '') return []
  const anchorAt = journey.anchor === 'event' ? told.at : timeIn(told.facts, journey.anchor)
  if (anchorAt === undefined || !journey.only.every(one => holds(one, told.facts)))
    return run && run.ended === null ? [ended(run, { saidAt: told.at, as: 'over', by: 'condition' })] : []
  const since = told.at
  if (run && run.ended === null && journey.again === 'stays')
    return [planned(journey, { ...run, facts: told.facts }, planning, { since, keepsPending: true })]
  if (!run && isOverAlready(journey, told)) return []
  const begun: Run = run ?? {
    ...{ id: planning.newId(), journey: journey.name, version: journey.version, steps: [] },
    ...{ subscription: told.subscription ?? '', subject: subjectOf(journey, told) },
    ...{ facts: told.facts, anchorAt, saidAt: told.at, ended: null },
  }
  const moved = { ...begun, facts: told.facts, anchorAt, saidAt: told.at, ended: null }
  const next = planned(journey, moved, planning, { since, keepsPending: false })
  return [isDone(journey, next) ? ended(next, { saidAt: told.at, as: 'over', by: 'done' }) : next]
}

/** Nothing more can come of it: it is not moved by later events, nor counted by how it ends. */
export const endsWithItsSteps = ({ per, endsOn }: Journey): boolean =>
  per === 'event' && endsOn.every(({ as }) => as === 'over')
const isDone = (journey: Journey, run: Run): boolean =>
  endsWithItsSteps(journey) && run.steps.every(({ state }) => state !== 'pending')

/** The event that ends it was heard before the one that would have started it. */
const isOverAlready = (journey: Journey, told: Told): boolean =>
  journey.endsOn.some(({ event, as }) => {
    const at = told.heard(event, journey.per === 'invoice' ? told.invoice : undefined)
    // Which of two clocks is ahead does not matter where both name the invoice.
    return (
      at !== undefined && (at >= told.at || (as === 'paid' && told.invoice !== undefined && journey.per === 'invoice'))
    )
  })

const subjectOf = ({ per }: Journey, { id, invoice }: Told): string =>
  per === 'event' ? id : per === 'invoice' ? (invoice ?? '') : ''

function isSame(journey: Journey, run: Run, told: Told): boolean {
  const subject = subjectOf(journey, told)
  if (run.subject !== subject) return false
  return (journey.per !== 'subscription' && subject !== '') || run.subscription === (told.subscription ?? '')
}

/**
 * Whether an event ends a run: one that happened after it, of the same subscription. A payment is of another invoice only
 * where both name one, and where both name the same it ends it whatever their clocks say.
 */
function endsBy(run: Run, { at, subscription, invoice }: Told, as: Ended['as']): boolean {
  const ours = run.facts.invoice
  if (as === 'paid' && typeof ours === 'string' && invoice !== undefined) return ours === invoice
  const isTheirs = subscription === undefined || run.subscription === '' || run.subscription === subscription
  return isTheirs && at >= run.saidAt
}

/** Nothing of it is sent any more; what waits is taken back by run.ts. */
export const ended = (run: Run, by: Ended): Run => ({
  ...run,
  ended: by,
  steps: run.steps.map(step =>
    step.state === 'pending' ? { ...step, state: 'skipped', reason: by.by } : { ...step, isWaiting: false },
  ),
})

/**
 * Its steps by its anchor. What lies before `since` is past and never sent; with `keepsPending` a step that waits already
 * keeps waiting: its time was moved by a zone or an operator, and whether it is too late is asked when it is due.
 */
export function planned(
  journey: Journey,
  run: Run,
  { newId, zone }: Planning,
  { since, keepsPending }: { since: Date; keepsPending: boolean },
): Run {
  const steps = [...run.steps]
  for (const { name, when } of journey.steps) {
    const dueAt = dueOf(when, run.anchorAt, zone)
    const isPast = dueAt < since
    const at = steps.findLastIndex(step => step.name === name)
    const last = steps[at]
    const fresh: Step = {
      ...{ name, dueAt, state: isPast ? 'skipped' : 'pending', reason: isPast ? 'past' : null, message: null },
      isWaiting: false,
    } as Step
    if (!last) steps.push({ ...fresh, id: newId() })
    else if (last.state === 'pending') {
      const isAsItWas = last.dueAt.getTime() === dueAt.getTime()
      if (!isAsItWas) steps[at] = keepsPending ? { ...last, dueAt } : { ...fresh, id: last.id }
    }
    // Its text is still here, and says what is not so any more.
    else if (last.isWaiting && !keepsPending && last.dueAt.getTime() !== dueAt.getTime())
      steps[at] = { ...fresh, id: last.id }
    else if (last.state === 'skipped' && !isPast && (dueAt > last.dueAt || last.reason !== 'past'))
      steps[at] = { ...fresh, id: last.id }
    else if (last.state === 'texted' && !keepsPending && !isPast && dueAt.getTime() - last.dueAt.getTime() > anewMs)
      steps.push({ ...fresh, id: newId() })
  }
  const names = new Set(journey.steps.map(({ name }) => name))
  return {
    ...run,
    version: journey.version,
    steps: steps.map(step =>
      step.state === 'pending' && !names.has(step.name) ? { ...step, state: 'skipped', reason: 'changed' } : step,
    ),
  }
}

/** When a step is due: so many days on the subscriber's calendar from the anchor's day, at a time of their day. */
export function dueOf(when: When, anchorAt: Date, zone: string): Date {
  if ('minutes' in when) return new Date(anchorAt.getTime() + when.minutes * 60_000)
  const day = Math.floor(localMs(zone, anchorAt.getTime()) / dayMs) + when.days
  const [hours, minutes] = when.at.split(':').map(Number) as [number, number]
  return new Date(momentAt(zone, day * dayMs + (hours * 60 + minutes) * 60_000))
}

/** Until when a step is worth sending; a reminder not after what it reminds of. */
export function worthUntil({ when, worthHours }: JourneyStep, dueAt: Date, anchorAt: Date): Date {
  const usual = new Date(dueAt.getTime() + worthHours * 3_600_000)
  return 'days' in when && when.days < 0 && anchorAt < usual ? anchorAt : usual
}

/** What a field says: `card.expiresAt` is a field of a field. */
export const fieldOf = (facts: Facts, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (at, name) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, name)
          ? (at as Record<string, unknown>)[name]
          : undefined,
      facts,
    )

export function timeIn(facts: Facts, path: string): Date | undefined {
  const text = fieldOf(facts, path)
  const at = typeof text === 'string' ? new Date(text) : undefined
  return at && !Number.isNaN(at.getTime()) ? at : undefined
}

const isKnown = (value: unknown) => value !== undefined && value !== null

export function holds(condition: Condition, facts: Facts): boolean {
  const value = fieldOf(facts, condition.field)
  if ('is' in condition) return condition.is.some(one => one === value)
  if ('isNot' in condition) return !condition.isNot.some(one => one === value)
  if ('isKnown' in condition) return isKnown(value) === condition.isKnown
  if ('differsFrom' in condition) {
    const other = fieldOf(facts, condition.differsFrom)
    return isKnown(value) && isKnown(other) && value !== other
  }
  const [one, other] = [timeIn(facts, condition.field), timeIn(facts, condition.isBefore)]
  return one !== undefined && other !== undefined && one < other
}
