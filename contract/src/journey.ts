// A journey: steps over time as data. An event starts it, each step is a text at a time relative to it, and other events end
// it: a payment ends the ladder of a payment that failed. Subscriptions as Usher knows them, and what comes next for whom.
import { z } from 'zod'
import { type EventTypeName, eventTypes, Money } from './event.ts'
import { keepable, State, SubscriberId, TemplateName, Time } from './message.ts'
import { purposes } from './purpose.ts'

export const JourneyName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'A journey is named in lower case, with underscores, for example payment_failed.')
  .meta({ description: 'The name of a journey.', example: 'payment_failed' })
const StepName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,39}$/, 'A step is named in lower case, with underscores, for example last_notice.')
  .meta({ example: 'after_3_days' })
const words = (most: number) => z.string().min(1).max(most).regex(keepable, 'It has no NUL and no half characters.')

/** The events of a subscription's life: what may start or end a journey. */
export const journeyEvents = (Object.keys(eventTypes) as EventTypeName[]).filter(name =>
  /^com\.usher\.(subscription|payment|price|trial|card)\./.test(name),
)
const EventName = z.enum(journeyEvents as [EventTypeName, ...EventTypeName[]])

/** Times that events tell of, which steps can be counted from. */
export const anchors = [
  'event',
  'renewsAt',
  'endsAt',
  'trialEndsAt',
  'priceEndsAt',
  'risesAt',
  'changesAt',
  'resumesAt',
  'card.expiresAt',
] as const
export const Anchor = z.enum(anchors).meta({
  description:
    'What the steps are counted from: the time of the event, or a time that the event or the subscription names. Where there is none, nothing starts.',
})
export type Anchor = z.infer<typeof Anchor>

const Field = z
  .string()
  .regex(
    /^[a-zA-Z][\w]{0,39}(\.[a-zA-Z][\w]{0,39}){0,2}$/,
    'A field is a name, or names with dots between, for example price.amount.',
  )
  .meta({ description: 'Of the event, or of the subscription where the event does not name it.', example: 'every' })
const Value = z.union([z.string().max(256).regex(keepable), z.number(), z.boolean()])
export const Condition = z
  .union([
    z.strictObject({ field: Field, is: z.array(Value).min(1).max(20) }),
    z.strictObject({ field: Field, isNot: z.array(Value).min(1).max(20) }),
    z.strictObject({ field: Field, isKnown: z.boolean() }),
    z.strictObject({ field: Field, differsFrom: Field }),
    z.strictObject({ field: Field, isBefore: Field }),
  ])
  .meta({
    description:
      'is, isNot: one of these values, or none of them. isKnown: whether anybody named it. differsFrom: of another field, where both are known. isBefore: of two times, where both are known.',
  })
export type Condition = z.infer<typeof Condition>

export const When = z.union([
  z.strictObject({
    days: z.int().min(-400).max(400).meta({ description: 'Days on the calendar, before (negative) or after.' }),
    at: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A time of day is written as 10:00.')
      .meta({ description: 'On the clock where the subscriber is.', example: '10:00' }),
  }),
  z.strictObject({ minutes: z.int().min(0).max(44_640).meta({ description: 'After it; 0 is at once.' }) }),
])
export type When = z.infer<typeof When>

const step = {
  name: StepName,
  when: When,
  template: TemplateName,
  link: z
    .enum(['account', 'payment'])
    .meta({ description: 'Where `{{ link }}` leads: USHER_ACCOUNT_URL or USHER_PAYMENT_URL.' }),
  worthHours: z.int().min(1).max(24).meta({
    description: 'How long after its time it is still worth sending; a reminder never after what it reminds of.',
  }),
  only: z.array(Condition).max(10).meta({ description: 'All of them, or it is skipped.' }),
}
export const JourneyStep = z.strictObject(step)
export type JourneyStep = z.infer<typeof JourneyStep>
const StepInput = z.strictObject({
  ...step,
  link: step.link.default('account'),
  worthHours: step.worthHours.default(24),
  only: step.only.default([]),
})

const accountPurposes = purposes.filter(purpose => purpose.startsWith('account.'))

export const Per = z.enum(['event', 'invoice', 'subscription']).meta({
  description:
    'What there is one of at a time. event: each event is its own. invoice: the second failure of an invoice is the same journey. subscription: a later event moves it.',
})

const journey = {
  title: words(80).meta({ example: 'Failed payment' }),
  about: words(400).meta({ description: 'What it is for, for whoever reads it.' }),
  purpose: z.enum(accountPurposes as [(typeof purposes)[number], ...(typeof purposes)[number][]]),
  isOn: z.boolean().meta({ description: 'Off, it goes on counting its days and texts nobody.' }),
  startsOn: z.array(EventName).min(1).max(10),
  per: Per,
  anchor: Anchor,
  dateOf: Field.nullable().meta({
    description: 'The time that `{{ date }}` is in its texts; what its steps are counted from, where null.',
  }),
  again: z.enum(['moves', 'stays']).meta({
    description:
      'What the same event once more does to one that is under way. moves: its steps move with the new time. stays: its days are counted from the first one.',
  }),
  only: z
    .array(Condition)
    .max(10)
    .meta({ description: 'All of them, or it does not start; one that is under way ends.' }),
  endsOn: z
    .array(z.strictObject({ event: EventName, as: z.enum(['paid', 'lost', 'over']) }))
    .max(20)
    .meta({
      description:
        'What ends it, before the next step and also where that is queued already. paid, lost: how it is counted. over: neither.',
    }),
  steps: z.array(JourneyStep).min(1).max(12),
}

export const JourneyInput = z
  .strictObject({
    ...journey,
    dateOf: journey.dateOf.default(null),
    only: journey.only.default([]),
    steps: z.array(StepInput).min(1).max(12),
  })
  .superRefine(({ steps, startsOn, endsOn, again, anchor }, context) => {
    const say = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    steps.forEach(({ name, when }, i) => {
      if (steps.findIndex(step => step.name === name) < i) say(['steps', i, 'name'], 'Another step has this name.')
      if (anchor === 'event' && 'days' in when && when.days < 0)
        say(
          ['steps', i, 'when'],
          'Nothing can be sent before an event that nobody knew of: count from a time it names.',
        )
      if (anchor !== 'event' && 'minutes' in when)
        say(['steps', i, 'when'], 'Minutes are counted from an event; from a time it names count days.')
    })
    if (again === 'moves' && anchor === 'event')
      say(['again'], 'What is counted from the event itself would begin anew with each: it stays.')
    endsOn.forEach(({ event }, i) => {
      if (startsOn.includes(event)) say(['endsOn', i], 'An event can not both start and end it.')
    })
  })
  .meta({ id: 'JourneyInput' })
export type JourneyInput = z.infer<typeof JourneyInput>

export const Journey = z
  .object({
    name: JourneyName,
    version: z.int().meta({ description: '0 as it was shipped; one more with each change.' }),
    isShipped: z.boolean().meta({ description: 'It is there on the first day.' }),
    ...journey,
  })
  .meta({ id: 'Journey' })
export type Journey = z.infer<typeof Journey>

export const JourneyChange = z
  .strictObject({
    journey: JourneyInput,
    version: z
      .int()
      .min(0)
      .meta({ description: 'Of the one that was changed: where another is in force by now, nothing is saved.' }),
  })
  .meta({ id: 'JourneyChange' })
export type JourneyChange = z.infer<typeof JourneyChange>

export const JourneyVersion = z.object({
  version: z.int(),
  madeAt: Time.nullable(),
  madeBy: z
    .string()
    .nullable()
    .meta({ description: 'The operator, by name. Null: as it was shipped, or by a program.' }),
  journey: z.object(journey),
})
export type JourneyVersion = z.infer<typeof JourneyVersion>

export const JourneyDetail = Journey.extend({ versions: z.array(JourneyVersion) }).meta({ id: 'JourneyDetail' })
export type JourneyDetail = z.infer<typeof JourneyDetail>

const Sum = z.object({ currency: z.string(), amount: z.int().meta({ description: 'In minor units.' }) })

export const StepFunnel = z.object({
  step: z.string(),
  due: z.int().meta({ description: 'Its time came in these days.' }),
  skipped: z
    .int()
    .meta({ description: 'Of those, texted to nobody: the time was past, it was off, or did not apply.' }),
  skippedBy: z.record(z.string(), z.int()),
  refused: z.int().meta({ description: 'By our policy: no number, ended by the subscriber, and the like.' }),
  refusedBy: z.record(z.string(), z.int()).meta({ description: 'By the rule that said no.' }),
  waiting: z.int().meta({ description: 'Held for its hour, queued, or on its way.' }),
  cancelled: z.int().meta({ description: 'Taken back while it waited.' }),
  sent: z.int().meta({ description: 'A carrier took it, or may have.' }),
  delivered: z.int(),
  undelivered: z.int(),
  clicked: z.int().meta({ description: 'By a person.' }),
  paid: z.int().meta({ description: 'It was the last one before a payment.' }),
  paidAmounts: z.array(Sum),
  lost: z.int().meta({ description: 'It was the last one before a cancellation.' }),
  lostAmounts: z.array(Sum),
})
export const JourneyFunnel = z
  .object({
    days: z.int(),
    since: Time.meta({ description: 'When the first that is counted came due, or could have.' }),
    isWhole: z.boolean().meta({
      description:
        'False where as many steps came due in these days as are counted in one go, or more: the newest were.',
    }),
    started: z.int(),
    open: z.int().meta({ description: 'Under way now.' }),
    ended: z.object({ paid: z.int(), lost: z.int(), over: z.int() }),
    paidBeforeAny: z.int().meta({ description: 'Paid before any text of it was sent.' }),
    steps: z.array(StepFunnel),
    waitingFor: z
      .array(z.object({ step: z.string(), problem: z.string(), count: z.int() }))
      .meta({ description: 'Steps that are due and can not be written: what their template lacks.' }),
  })
  .meta({ id: 'JourneyFunnel' })
export type JourneyFunnel = z.infer<typeof JourneyFunnel>

export const DryRunInput = z
  .strictObject({ journey: JourneyInput, days: z.int().min(1).max(90).default(30) })
  .meta({ id: 'JourneyDryRunInput' })
export type DryRunInput = z.infer<typeof DryRunInput>

export const DryRun = z
  .object({
    days: z.int(),
    events: z.int().meta({ description: 'Events of these days that start, move or end it.' }),
    isWhole: z
      .boolean()
      .meta({ description: 'False where there were more events than are looked at in one go: the newest were.' }),
    subscribers: z.int(),
    steps: z.array(
      z.object({
        step: z.string(),
        texts: z.int().meta({
          description: 'That would have been asked for. Consent, hours and the like are asked when it is sent.',
        }),
        ended: z.int().meta({ description: 'Not sent, because an event had ended it.' }),
        skipped: z.int().meta({ description: 'Not sent: its time was past, or it did not apply.' }),
      }),
    ),
    byDay: z.array(z.object({ day: z.string(), texts: z.int() })),
    sample: z
      .array(
        z.object({
          subscriber: z.string(),
          step: z.string(),
          at: Time,
          what: z.enum(['text', 'ended', 'skipped']),
          why: z.string().nullable(),
        }),
      )
      .meta({ description: 'The first two hundred.' }),
  })
  .meta({ id: 'JourneyDryRun' })
export type DryRun = z.infer<typeof DryRun>

export const PlannedStep = z.object({
  at: Time.meta({ description: 'When it is due; courtesy hours may hold it a little longer.' }),
  journey: z.string(),
  title: z.string(),
  step: z.string(),
  template: z.string(),
  isOn: z.boolean(),
  subscription: z.string().nullable(),
  message: z.object({ id: z.string(), state: State }).nullable().meta({ description: 'Once there is one.' }),
  problem: z.string().nullable().meta({ description: 'Why it can not be written as things stand.' }),
})
export const Schedule = z
  .object({
    subscriber: SubscriberId,
    zone: z.string().meta({ description: 'By whose clock days are counted.' }),
    isZoneKnown: z.boolean().meta({ description: 'False where it is guessed from the number or the country.' }),
    subscriptions: z.array(
      z.object({
        subscription: z.string().nullable(),
        plan: z.string().nullable(),
        price: Money.nullable(),
        every: z.enum(['month', 'year']).nullable(),
        state: z.enum(['trial', 'active', 'failing', 'suspended', 'paused', 'cancelled']),
        renewsAt: Time.nullable(),
        endsAt: Time.nullable(),
        trialEndsAt: Time.nullable(),
        priceEndsAt: Time.nullable(),
        nextPrice: Money.nullable(),
        cardExpiresAt: Time.nullable(),
        toldAt: Time,
      }),
    ),
    ahead: z.array(PlannedStep).meta({ description: 'What will be sent and when, the next first.' }),
  })
  .meta({ id: 'Schedule' })
export type Schedule = z.infer<typeof Schedule>

export const JourneyFunnelFilter = z.object({ days: z.coerce.number().int().min(1).max(366).default(30) })
