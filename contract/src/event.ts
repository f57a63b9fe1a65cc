// What the streaming service tells Usher: CloudEvents, the types that mean something here, and what becomes of the others.
import { z } from 'zod'
import { keepable, SubscriberId, Time } from './message.ts'
import { SubscriberInput } from './subscriber.ts'

const words = (most: number) => z.string().min(1).max(most).regex(keepable, 'It has no NUL and no half characters.')
const attribute = words(512)

/** CloudEvents 1.0.2, "Context Attributes", in structured mode. Extension attributes are taken and not kept. */
export const CloudEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: attribute.meta({
      description: 'With `source` it names the event: the same two again are the same event.',
      example: 'pay-20931',
    }),
    source: attribute.meta({ description: 'What sends it: a URI reference.', example: '/billing' }),
    type: words(255).meta({
      description: 'One that means something here, or any other: those are kept and shown as unknown.',
      example: 'com.usher.payment.failed',
    }),
    subject: SubscriberId.optional().meta({
      description: 'Who or what it is about: the id of the subscriber, or of the title.',
    }),
    time: Time.optional().meta({ description: 'When it happened; when it came, where it is left out.' }),
    datacontenttype: z
      .string()
      .regex(/^application\/([\w.-]+\+)?json\b/i, 'Data is read as JSON.')
      .optional(),
    dataschema: z.string().max(1_000).optional(),
    data: z.json().optional(),
  })
  .meta({ id: 'CloudEvent', description: 'CloudEvents 1.0, as JSON.' })
export type CloudEvent = z.infer<typeof CloudEvent>

export const Money = z
  .looseObject({
    amount: z.int().meta({ description: 'In minor units: 999 is 9.99 USD, and 999 JPY.', example: 999 }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'A currency is ISO 4217, for example USD.')
      .meta({ example: 'USD' }),
  })
  .meta({ id: 'Money' })
export type Money = z.infer<typeof Money>

const title = words(128).meta({ description: "The service's id of the title.", example: 'the-phantom-empire' })
const episode = words(128).optional().meta({ description: "The service's id of the episode." })
const device = z
  .looseObject({ id: words(256).optional(), name: words(256).optional(), kind: words(64).optional() })
  .optional()
const signIn = {
  ip: z.union([z.ipv4(), z.ipv6()]).optional(),
  device,
  place: words(256).optional().meta({ description: 'As the service would write it to a person.' }),
  method: words(64).optional().meta({ description: 'password, passkey, code, link, ...' }),
}
const view = {
  title,
  episode,
  atSeconds: z.number().min(0).optional().meta({ description: 'Where in it they are.' }),
  watchedSeconds: z
    .number()
    .min(0)
    .optional()
    .meta({ description: 'How much of it they watched since the last event.' }),
  lengthSeconds: z.number().min(0).optional(),
  device,
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'A country is ISO 3166, for example FR.')
    .optional()
    .meta({ description: 'Where they watch. Without it a view tells nothing of their habits.' }),
  language: words(35).optional().meta({ description: 'What they listen to, as in BCP 47.' }),
  kind: words(64).optional().meta({ description: 'film, series, children, sport, ...' }),
}
const plan = words(128).meta({ example: 'standard' })
const whichSubscription = words(128)
  .optional()
  .meta({ description: "The service's own id of the subscription, where a subscriber may have several." })
const every = z.enum(['month', 'year'])
const isCard = z
  .looseObject({ expiresAt: Time.meta({ description: 'The moment from which it is no good any more.' }) })
  .meta({ description: 'Never its number.' })
const subscription = {
  subscription: whichSubscription,
  plan,
  price: Money.optional().meta({ description: 'What it costs each `every`.' }),
  every: every.optional(),
  renewsAt: Time.optional().meta({ description: 'When it is paid for next.' }),
}
const facts = {
  ...subscription,
  plan: plan.optional(),
  trialEndsAt: Time.optional(),
  priceEndsAt: Time.optional().meta({ description: 'When a promotional price ends; `nextPrice` is what follows.' }),
  nextPrice: Money.optional(),
  card: isCard.optional(),
}
const payment = {
  ...Money.shape,
  subscription: whichSubscription,
  invoice: words(256).optional().meta({ description: "The service's id of what was paid." }),
  plan: plan.optional(),
}

export interface EventType {
  /** Who the `subject` is. Events about a subscriber must name one. */
  about: 'subscriber' | 'title'
  summary: string
  data: z.ZodType
  example: Record<string, unknown>
}

const type = <const T extends EventType>(one: T) => one

/**
 * Every type that means something to Usher. Fields that are not named here are kept too. Others than these types are
 * kept and shown as unknown.
 */
export const eventTypes = {
  'com.usher.subscriber.changed': type({
    about: 'subscriber',
    summary:
      'Something about a subscriber changed, or they are new. What is left out stays as it was; fields of `profile` are added to those there are.',
    data: z.looseObject(SubscriberInput.shape),
    example: { number: '+12125550142', locale: 'en', zone: 'America/New_York', profile: { name: 'Rosa' } },
  }),
  'com.usher.sign_in.succeeded': type({
    about: 'subscriber',
    summary: 'Somebody signed in to the account.',
    data: z.looseObject(signIn),
    example: { ip: '203.0.113.7', device: { id: 'tv-1', name: 'Living room TV', kind: 'tv' }, place: 'Leeds, UK' },
  }),
  'com.usher.sign_in.failed': type({
    about: 'subscriber',
    summary: 'Somebody tried to sign in to the account and could not.',
    data: z.looseObject({ ...signIn, reason: words(128).optional() }),
    example: { ip: '203.0.113.7', method: 'password', reason: 'wrong_password' },
  }),
  'com.usher.view.started': type({
    about: 'subscriber',
    summary: 'They began to watch.',
    data: z.looseObject(view),
    example: { title: 'the-phantom-empire', episode: 'the-phantom-empire-3', atSeconds: 0 },
  }),
  'com.usher.view.progressed': type({
    about: 'subscriber',
    summary: 'They are watching, or stopped; send one every few minutes.',
    data: z.looseObject(view),
    example: { title: 'the-phantom-empire', episode: 'the-phantom-empire-3', atSeconds: 640, watchedSeconds: 300 },
  }),
  'com.usher.view.completed': type({
    about: 'subscriber',
    summary: 'They came to the end.',
    data: z.looseObject(view),
    example: {
      title: 'the-phantom-empire',
      episode: 'the-phantom-empire-3',
      watchedSeconds: 410,
      lengthSeconds: 1_140,
    },
  }),
  'com.usher.download.completed': type({
    about: 'subscriber',
    summary: 'A title lies on their device.',
    data: z.looseObject({ title, episode, device, expiresAt: Time.optional() }),
    example: { title: 'his-girl-friday', expiresAt: '2026-12-02T20:00:00Z' },
  }),
  'com.usher.download.removed': type({
    about: 'subscriber',
    summary: 'It lies there no more.',
    data: z.looseObject({ title, episode, device }),
    example: { title: 'his-girl-friday' },
  }),
  'com.usher.title.published': type({
    about: 'title',
    summary: 'A title or an episode of it can be watched, or will be.',
    data: z.looseObject({
      name: words(300),
      kind: z.enum(['film', 'series']).optional(),
      episode: z
        .looseObject({
          id: words(128),
          number: z.int().min(0).optional(),
          season: z.int().min(0).optional(),
          name: words(300).optional(),
        })
        .optional(),
      availableAt: Time.optional(),
      leavesAt: Time.optional(),
      countries: z.array(z.string().length(2)).max(300).optional(),
    }),
    example: {
      name: 'The Phantom Empire',
      kind: 'series',
      episode: { id: 'the-phantom-empire-4', number: 4, name: 'Phantom Broadcast' },
      availableAt: '2026-11-06T20:00:00Z',
    },
  }),
  'com.usher.title.leaving': type({
    about: 'title',
    summary: 'A title can soon be watched no more.',
    data: z.looseObject({ leavesAt: Time }),
    example: { leavesAt: '2026-11-30T23:59:00Z' },
  }),
  'com.usher.subscription.started': type({
    about: 'subscriber',
    summary: 'They subscribed, to a trial where `trialEndsAt` says so.',
    data: z.looseObject({ ...facts, plan }),
    example: {
      plan: 'standard',
      price: { amount: 999, currency: 'USD' },
      every: 'month',
      renewsAt: '2026-12-02T00:00:00Z',
    },
  }),
  'com.usher.subscription.known': type({
    about: 'subscriber',
    summary:
      'How a subscription stands: for those there were before Usher. Nothing is confirmed by a text; reminders are planned.',
    data: z.looseObject({ ...facts, plan }),
    example: {
      plan: 'standard',
      price: { amount: 9_900, currency: 'USD' },
      every: 'year',
      renewsAt: '2027-03-01T00:00:00Z',
      card: { expiresAt: '2027-02-01T00:00:00Z' },
    },
  }),
  'com.usher.subscription.renewing': type({
    about: 'subscriber',
    summary: 'It will be renewed: when, and for how much.',
    data: z.looseObject({ ...facts, renewsAt: Time }),
    example: { renewsAt: '2026-12-02T00:00:00Z', price: { amount: 999, currency: 'USD' }, every: 'month' },
  }),
  'com.usher.subscription.renewed': type({
    about: 'subscriber',
    summary: 'It was renewed; `renewsAt` is the next time.',
    data: z.looseObject(facts),
    example: { plan: 'standard', renewsAt: '2027-01-02T00:00:00Z' },
  }),
  'com.usher.subscription.changed': type({
    about: 'subscriber',
    summary: 'They changed the plan, from `previousPlan`.',
    data: z.looseObject({
      ...facts,
      plan,
      previousPlan: plan.optional(),
      changesAt: Time.optional().meta({ description: 'From when the new plan counts; at once where it is left out.' }),
    }),
    example: { plan: 'premium', previousPlan: 'standard', price: { amount: 1_199, currency: 'USD' }, every: 'month' },
  }),
  'com.usher.subscription.cancelled': type({
    about: 'subscriber',
    summary: 'They cancelled it; it may go on until its end.',
    data: z.looseObject({ subscription: whichSubscription, plan: plan.optional(), endsAt: Time.optional() }),
    example: { plan: 'standard', endsAt: '2026-12-02T00:00:00Z' },
  }),
  'com.usher.subscription.paused': type({
    about: 'subscriber',
    summary: 'They paused it: nothing is paid meanwhile.',
    data: z.looseObject({
      subscription: whichSubscription,
      plan: plan.optional(),
      resumesAt: Time.optional(),
    }),
    example: { plan: 'standard', resumesAt: '2027-02-01T00:00:00Z' },
  }),
  'com.usher.subscription.suspended': type({
    about: 'subscriber',
    summary: 'They can not watch until they pay.',
    data: z.looseObject({ subscription: whichSubscription, plan: plan.optional(), invoice: payment.invoice }),
    example: { plan: 'standard', invoice: 'inv-20931' },
  }),
  'com.usher.subscription.restored': type({
    about: 'subscriber',
    summary: 'They can watch again, after a suspension or a pause.',
    data: z.looseObject(facts),
    example: { plan: 'standard', renewsAt: '2027-01-02T00:00:00Z' },
  }),
  'com.usher.trial.ending': type({
    about: 'subscriber',
    summary: 'Their trial ends.',
    data: z.looseObject({ ...facts, endsAt: Time }),
    example: { plan: 'standard', endsAt: '2026-12-02T00:00:00Z', price: { amount: 999, currency: 'USD' } },
  }),
  'com.usher.price.ending': type({
    about: 'subscriber',
    summary: 'A promotional price ends: from `price` to `nextPrice`.',
    data: z.looseObject({ ...facts, endsAt: Time, nextPrice: Money }),
    example: {
      plan: 'standard',
      endsAt: '2026-12-02T00:00:00Z',
      price: { amount: 499, currency: 'USD' },
      nextPrice: { amount: 999, currency: 'USD' },
    },
  }),
  'com.usher.price.rising': type({
    about: 'subscriber',
    summary: 'What they pay will rise: from `price` to `nextPrice`.',
    data: z.looseObject({ ...facts, risesAt: Time, nextPrice: Money }),
    example: {
      plan: 'standard',
      risesAt: '2027-01-15T00:00:00Z',
      price: { amount: 999, currency: 'USD' },
      nextPrice: { amount: 1_099, currency: 'USD' },
    },
  }),
  'com.usher.card.expiring': type({
    about: 'subscriber',
    summary: 'The card that they pay with expires.',
    data: z.looseObject({ subscription: whichSubscription, card: isCard, renewsAt: Time.optional() }),
    example: { card: { expiresAt: '2026-12-01T00:00:00Z' }, renewsAt: '2026-12-15T00:00:00Z' },
  }),
  'com.usher.card.changed': type({
    about: 'subscriber',
    summary: 'They pay with another card, or it has another date.',
    data: z.looseObject({ subscription: whichSubscription, card: isCard.optional() }),
    example: { card: { expiresAt: '2029-12-01T00:00:00Z' } },
  }),
  'com.usher.payment.succeeded': type({
    about: 'subscriber',
    summary: 'They paid.',
    data: z.looseObject(payment),
    example: { amount: 999, currency: 'USD', invoice: 'inv-20931' },
  }),
  'com.usher.payment.failed': type({
    about: 'subscriber',
    summary: 'A payment did not go through.',
    data: z.looseObject({
      ...payment,
      reason: words(128).optional(),
      nextTryAt: Time.optional(),
      keepsUntil: Time.optional().meta({ description: 'Until when they can watch all the same.' }),
    }),
    example: { amount: 999, currency: 'USD', invoice: 'inv-20931', reason: 'card_declined' },
  }),
  'com.usher.payment.refunded': type({
    about: 'subscriber',
    summary: 'They got money back.',
    data: z.looseObject(payment),
    example: { amount: 999, currency: 'USD', invoice: 'inv-20931' },
  }),
} as const satisfies Record<string, EventType>

const inMinorUnits = z.int().min(0).meta({ description: 'In minor units of `currency`.', example: 999 })
/** A line of a file of the subscriptions there are: it becomes a `com.usher.subscription.known`. */
export const SubscriptionLine = z
  .strictObject({
    subscriber: SubscriberId,
    subscription: whichSubscription,
    plan,
    amount: inMinorUnits.optional(),
    currency: Money.shape.currency.optional(),
    every: every.optional(),
    renewsAt: Time.optional(),
    trialEndsAt: Time.optional(),
    priceEndsAt: Time.optional(),
    nextAmount: inMinorUnits.optional(),
    cardExpiresAt: Time.optional(),
  })
  .refine(({ amount, nextAmount, currency }) => (amount ?? nextAmount) === undefined || currency !== undefined, {
    path: ['currency'],
    message: 'An amount is of a currency.',
  })
  .meta({ id: 'SubscriptionLine' })
export type SubscriptionLine = z.infer<typeof SubscriptionLine>

export type EventTypeName = keyof typeof eventTypes
export const isEventType = (name: string): name is EventTypeName => Object.hasOwn(eventTypes, name)

export const doors = ['cloudevents', 'segment', 'stripe', 'import'] as const
export const Door = z.enum(doors).meta({ description: 'Which door it came in by.' })
export type Door = z.infer<typeof Door>

/** Why an event was not taken. */
export const badReasons = [
  'invalid_event',
  'invalid_data',
  'missing_subject',
  'from_the_future',
  'too_deep',
  'too_large',
  'not_applied',
] as const
export const BadReason = z.enum(badReasons).meta({
  id: 'BadReason',
  description:
    'invalid_event: the envelope is not what CloudEvents asks. invalid_data: its type asks for other data. missing_subject: it is about a subscriber and names none. from_the_future: its time lies more than ten minutes ahead. too_deep: nested more than 32 levels. too_large: more than 64 kB. not_applied: what follows from it could not be done.',
})
export type BadReason = (typeof badReasons)[number]

const errors = z
  .array(z.object({ at: z.string(), detail: z.string() }))
  .meta({ description: 'Where it is wrong, and how to mend it.' })

export const EventVerdict = z
  .object({
    verdict: z.enum(['taken', 'unknown', 'repeated', 'bad']).meta({
      description:
        'taken: stored, and what follows from it is done. unknown: stored, but nothing follows from this type. repeated: it was taken before. bad: on the list of bad events.',
    }),
    id: z
      .string()
      .nullable()
      .meta({ description: "Usher's id of the event, or of its line in the list of bad events." }),
    source: z.string().nullable(),
    eventId: z.string().nullable().meta({ description: 'As the sender named it.' }),
    problem: z.object({ code: BadReason, errors }).optional(),
  })
  .meta({ id: 'EventVerdict' })
export type EventVerdict = z.infer<typeof EventVerdict>

export const EventVerdicts = z
  .object({
    taken: z.int(),
    unknown: z.int(),
    repeated: z.int(),
    bad: z.int(),
    events: z.array(EventVerdict).meta({ description: 'One for each event, in order.' }),
  })
  .meta({ id: 'EventVerdicts' })
export type EventVerdicts = z.infer<typeof EventVerdicts>

export const TakenEvent = z
  .object({
    id: z.string(),
    source: z.string(),
    eventId: z.string(),
    type: z.string(),
    isKnownType: z.boolean(),
    door: Door,
    subject: z
      .string()
      .nullable()
      .meta({ description: 'The subscriber or the title. Null where the subscriber was erased.' }),
    isKnownSubscriber: z.boolean().meta({ description: 'False also where it is about something else.' }),
    at: Time.meta({ description: 'When it happened.' }),
    receivedAt: Time,
    data: z
      .json()
      .nullable()
      .meta({ description: 'Phone numbers in it are masked. Null once its subscriber was erased.' }),
  })
  .meta({ id: 'TakenEvent' })
export type TakenEvent = z.infer<typeof TakenEvent>

export const EventFilter = z.object({
  type: z.string().max(255).regex(keepable).optional(),
  subject: SubscriberId.optional(),
  known: z.enum(['true', 'false']).optional().meta({ description: 'Only those whose type is known here, or is not.' }),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
export type EventFilter = z.infer<typeof EventFilter>

export const EventTypeUse = z
  .object({
    type: z.string(),
    isKnown: z.boolean(),
    summary: z.string().nullable(),
    about: z.enum(['subscriber', 'title']).nullable(),
    lastDay: z.int().meta({ description: 'Events received in the last 24 hours, of the newest 200,000.' }),
    lastAt: Time.nullable().meta({ description: 'When the last one was received.' }),
    example: z.json().nullable(),
    schema: z.json().nullable().meta({ description: 'JSON Schema of its data.' }),
  })
  .meta({ id: 'EventTypeUse' })
export type EventTypeUse = z.infer<typeof EventTypeUse>

export const badStates = ['open', 'mended', 'dropped'] as const
export const BadEvent = z
  .object({
    id: z.string(),
    state: z.enum(badStates).meta({
      description: 'open: it waits for somebody. mended: it was taken after all. dropped: somebody let it go.',
    }),
    source: z.string().nullable(),
    eventId: z.string().nullable(),
    type: z.string().nullable(),
    door: Door,
    reason: BadReason,
    errors,
    times: z.int().meta({ description: 'How often it came like this.' }),
    receivedAt: Time,
    event: z
      .json()
      .nullable()
      .meta({ description: 'As it came, phone numbers masked. Null in lists, and where it can not be shown.' }),
  })
  .meta({ id: 'BadEvent' })
export type BadEvent = z.infer<typeof BadEvent>

export const BadEventFilter = z.object({
  state: z.enum(badStates).default('open'),
  reason: BadReason.optional(),
  type: z.string().max(255).regex(keepable).optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
export type BadEventFilter = z.infer<typeof BadEventFilter>

export const OpenedEvent = z
  .object({ event: z.json() })
  .meta({ id: 'OpenedEvent', description: 'As it came, nothing masked.' })
export type OpenedEvent = z.infer<typeof OpenedEvent>
export const MendedEvent = z
  .strictObject({
    event: z
      .json()
      .optional()
      .meta({ description: 'The event as it should have been; as it came, where it is left out.' }),
  })
  .meta({ id: 'MendedEvent' })
export type MendedEvent = z.infer<typeof MendedEvent>
export const ReplayReport = z
  .object({
    replayed: z.int(),
    taken: z.int(),
    bad: z.int().meta({ description: 'Still bad.' }),
    left: z.int().meta({ description: 'Open ones of this filter that were not tried; ask again.' }),
  })
  .meta({ id: 'ReplayReport' })
export type ReplayReport = z.infer<typeof ReplayReport>
export const ReplayFilter = z
  .strictObject({ reason: BadReason.optional(), type: z.string().max(255).regex(keepable).optional() })
  .meta({ id: 'ReplayFilter' })
export type ReplayFilter = z.infer<typeof ReplayFilter>

const common = {
  messageId: words(255).optional().meta({ description: 'Names the event; without it a repeat can not be told.' }),
  userId: z.union([z.string(), z.number()]).nullish(),
  anonymousId: z.union([z.string(), z.number()]).nullish(),
  timestamp: z.string().nullish(),
  originalTimestamp: z.string().nullish(),
  sentAt: z.string().nullish(),
  context: z.record(z.string(), z.json()).nullish(),
  integrations: z.record(z.string(), z.json()).nullish(),
}
/** Segment's HTTP Tracking API, "Track". */
export const SegmentTrack = z
  .looseObject({ ...common, event: z.string(), properties: z.record(z.string(), z.json()).nullish() })
  .meta({ id: 'SegmentTrack', description: "A track call of Segment's HTTP API." })
export type SegmentTrack = z.infer<typeof SegmentTrack>
/** Segment's HTTP Tracking API, "Identify". */
export const SegmentIdentify = z
  .looseObject({ ...common, traits: z.record(z.string(), z.json()).nullish() })
  .meta({ id: 'SegmentIdentify', description: "An identify call of Segment's HTTP API." })
export type SegmentIdentify = z.infer<typeof SegmentIdentify>
/** Segment's HTTP Tracking API, "Batch". */
export const SegmentBatch = z
  .looseObject({
    batch: z.array(z.looseObject({ type: z.string().optional() })),
    sentAt: z.string().nullish(),
    context: z.record(z.string(), z.json()).nullish(),
  })
  .meta({ id: 'SegmentBatch', description: 'Calls of several types: track, identify, page, screen, group, alias.' })
export type SegmentBatch = z.infer<typeof SegmentBatch>
export const SegmentAnswer = z
  .object({ success: z.literal(true), taken: z.int(), unknown: z.int(), repeated: z.int(), bad: z.int() })
  .meta({ id: 'SegmentAnswer' })
export type SegmentAnswer = z.infer<typeof SegmentAnswer>
