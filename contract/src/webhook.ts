// What Usher tells the streaming service: event types, the endpoints they are sent to, and what became of each delivery.
// Delivery follows Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks, spec).
import { z } from 'zod'
import { AlertTold, AlertUnasked } from './alert.ts'
import { keepable, State, Time } from './message.ts'
import { Purpose } from './purpose.ts'
import { PreferenceGroup } from './subscriber.ts'

const MessageTold = z
  .object({
    id: z.string(),
    subscriber: z
      .string()
      .nullable()
      .meta({ description: "The service's id. Null for a bare number, and once erased." }),
    purpose: Purpose,
    state: State.meta({ description: 'The state it came to; it may have moved on since.' }),
    reason: z.string().nullable(),
    template: z.string().nullable(),
    country: z.string().nullable(),
    carrier: z.string().nullable().meta({
      description: 'Which it goes by. One that did not answer a code is what `avoid` of the next one names.',
    }),
    segments: z.int(),
    acceptedAt: Time,
  })
  .meta({ id: 'MessageTold' })
const InboundTold = z
  .object({
    id: z.string(),
    subscriber: z.string().nullable(),
    number: z.string().meta({ description: 'Masked.' }),
    to: z.string().meta({ description: 'The sender that the text was written to.' }),
    text: z.string().nullable(),
    keyword: z.string().nullable(),
    receivedAt: Time,
  })
  .meta({ id: 'InboundTold' })
const ClickTold = z
  .object({
    id: z.string(),
    link: z.string().meta({ description: 'The id of the link.' }),
    message: z.string().nullable(),
    subscriber: z.string().nullable(),
    purpose: Purpose,
    destination: z.string(),
    at: Time,
  })
  .meta({ id: 'ClickTold' })
const ConsentTold = z
  .object({
    id: z.string().meta({ description: 'Of the entry in the ledger.' }),
    subscriber: z.string().nullable(),
    group: PreferenceGroup,
    granted: z.boolean(),
    how: z.enum(['page', 'text', 'api', 'import', 'rule']),
    why: z.string().nullable().meta({ description: 'What ended it, or brought it back: stop, start, asked ...' }),
    at: Time,
  })
  .meta({ id: 'ConsentTold' })
const NumberTold = z
  .object({
    id: z.string(),
    subscriber: z.string().nullable().meta({
      description: "The service's id. Null for a bare number, where it is about no one number, and once erased.",
    }),
    why: z.string().meta({
      description:
        'What it follows from: passkey, receipts, deactivated, reassigned, wrong_number, proved_by_another ...',
    }),
    at: Time,
  })
  .meta({ id: 'NumberTold' })
const BadEventTold = z
  .object({
    id: z.string(),
    source: z.string().nullable(),
    eventId: z.string().nullable(),
    type: z.string().nullable(),
    reason: z.string(),
  })
  .meta({ id: 'BadEventTold' })
const TestTold = z.object({ message: z.string() }).meta({ id: 'TestTold' })

interface OutgoingType {
  summary: string
  data: z.ZodType
  /** In the feed and on the shelf of a new endpoint, unless somebody says otherwise: rare, and worth knowing. */
  isRare?: boolean
}
const told = <const T extends OutgoingType>(one: T) => one

/** Everything that an endpoint may be told. */
export const outgoingTypes = {
  'message.accepted': told({ summary: 'A text was taken: it is queued or held.', data: MessageTold }),
  'message.refused': told({ summary: 'Our policy refused a text; `reason` is the rule.', data: MessageTold }),
  'message.submitted': told({ summary: 'The carrier has the text.', data: MessageTold }),
  'message.delivered': told({ summary: 'It arrived.', data: MessageTold }),
  'message.cancelled': told({ summary: 'It was cancelled, or its reason is gone.', data: MessageTold }),
  'message.rejected': told({ summary: 'The carrier would not take it.', data: MessageTold, isRare: true }),
  'message.undeliverable': told({ summary: 'The carrier could not deliver it.', data: MessageTold, isRare: true }),
  'message.expired': told({ summary: 'It was not worth sending any more.', data: MessageTold, isRare: true }),
  'message.unanswered': told({ summary: 'It may have left; no answer came.', data: MessageTold, isRare: true }),
  'message.unconfirmed': told({
    summary: 'The carrier took it and never said what became of it.',
    data: MessageTold,
    isRare: true,
  }),
  'message.undelivered': told({
    summary:
      'A text about the account or its safety did not arrive, or nobody knows: use another channel. Besides the event of its state.',
    data: MessageTold,
    isRare: true,
  }),
  'inbound.received': told({ summary: 'A handset wrote.', data: InboundTold, isRare: true }),
  'link.clicked': told({ summary: 'A person followed a link.', data: ClickTold, isRare: true }),
  'consent.changed': told({
    summary:
      'A subscriber agreed to a kind of texts, or ended it: by a reply, on their page, or because the number is not theirs.',
    data: ConsentTold,
    isRare: true,
  }),
  'alert.denied': told({
    summary: 'Somebody answered an alert: it was not them. End the sessions, and have a new password chosen.',
    data: AlertTold,
    isRare: true,
  }),
  'alert.confirmed': told({
    summary: 'Somebody answered an alert: it was them. A no that comes later still counts.',
    data: AlertTold,
    isRare: true,
  }),
  'alert.unasked': told({
    summary:
      'An alert was one too many in a day: it is asked on its page alone. Mail that, and take nobody for them meanwhile.',
    data: AlertUnasked,
    isRare: true,
  }),
  'number.changed': told({
    summary: 'A subscriber proved by a code that another number is theirs; the old one was told.',
    data: NumberTold,
    isRare: true,
  }),
  'number.dead': told({
    summary: 'Carriers say again and again that nobody has the number: nothing is sent to it any more.',
    data: NumberTold,
    isRare: true,
  }),
  'number.recycled': told({
    summary:
      'The number is not theirs any more. What they agreed to for it is ended, and nothing is sent to it for them.',
    data: NumberTold,
    isRare: true,
  }),
  'number.shared': told({
    summary: 'Two subscribers proved that they have the same number; both keep it.',
    data: NumberTold,
    isRare: true,
  }),
  'number.file_missing': told({
    summary: 'Files of deactivated numbers came daily, and none came for 36 hours.',
    data: NumberTold,
    isRare: true,
  }),
  'event.bad': told({ summary: 'An event of yours could not be taken.', data: BadEventTold, isRare: true }),
  'webhook.test': told({ summary: 'Somebody pressed "send test".', data: TestTold }),
} as const satisfies Record<string, OutgoingType>

export type OutgoingName = keyof typeof outgoingTypes
export const outgoingNames = Object.keys(outgoingTypes) as [OutgoingName, ...OutgoingName[]]
export const OutgoingName = z.enum(outgoingNames).meta({ id: 'OutgoingName' })
export const rareTypes = outgoingNames.filter(name => (outgoingTypes[name] as OutgoingType).isRare)

/** As it is posted to an endpoint and as the feed gives it (Standard Webhooks, "Payload structure"). */
export const Told = z
  .object({
    id: z.string().meta({ description: 'The header webhook-id. The same on each try: take it once.' }),
    type: OutgoingName,
    timestamp: Time.meta({ description: 'When it happened.' }),
    data: z.record(z.string(), z.json()),
  })
  .meta({ id: 'Told' })
export type Told = z.infer<typeof Told>
/** What is told, with the data of its type. Of all types it is a union: decide by `type`, and the data is known. */
export type ToldOf<N extends OutgoingName = OutgoingName> = {
  [T in N]: Omit<Told, 'type' | 'data'> & { type: T; data: z.output<(typeof outgoingTypes)[T]['data']> }
}[N]

export const endpointStates = ['active', 'paused', 'gone'] as const
export const WebhookEndpoint = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string(),
    types: z.array(OutgoingName),
    state: z.enum(endpointStates).meta({
      description: 'active; paused by somebody; gone: it answered 410, so nothing is sent until somebody says so.',
    }),
    createdAt: Time,
    secrets: z.int().meta({ description: 'How many sign: two while one is being replaced.' }),
    secretReplacedUntil: Time.nullable().meta({ description: 'Until when the older secret signs too.' }),
    waiting: z.int().meta({ description: 'Deliveries that are due or wait for their next try.' }),
    failed: z.int().meta({ description: 'Given up in the last 30 days.' }),
    failingSince: Time.nullable().meta({ description: 'The first try that failed since the last success.' }),
    slowedUntil: Time.nullable().meta({ description: 'It asked us to wait.' }),
    lastStatus: z.int().nullable(),
  })
  .meta({ id: 'WebhookEndpoint' })
export type WebhookEndpoint = z.infer<typeof WebhookEndpoint>

const description = z.string().trim().max(200).regex(keepable, 'It has no NUL and no half characters.').default('')
const types = z.array(OutgoingName).min(1).max(outgoingNames.length)
const address = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .refine(
    url => !URL.canParse(url) || (new URL(url).username === '' && new URL(url).password === ''),
    'It has no name and no password in it; the signature shows who calls.',
  )
export const WebhookInput = z
  .strictObject({
    url: address,
    description,
    types,
    state: z.enum(['active', 'paused']).default('active'),
  })
  .meta({ id: 'WebhookInput' })
export type WebhookInput = z.infer<typeof WebhookInput>

export const WebhookSecret = z
  .object({ secret: z.string().meta({ description: 'whsec_...; it is shown this once.' }), endpoint: WebhookEndpoint })
  .meta({ id: 'WebhookSecret' })
export type WebhookSecret = z.infer<typeof WebhookSecret>

export const deliveryStates = ['waiting', 'delivered', 'failed', 'stopped'] as const
export const Delivery = z
  .object({
    id: z.string(),
    endpoint: z.string(),
    told: z.string().meta({ description: 'The webhook-id.' }),
    type: OutgoingName,
    state: z.enum(deliveryStates).meta({
      description:
        'waiting for its first or next try; delivered; failed: all tries are used up; stopped: the endpoint is gone or was deleted.',
    }),
    tries: z.int(),
    createdAt: Time,
    nextAt: Time.nullable().meta({ description: 'When it is tried next.' }),
    endedAt: Time.nullable(),
    lastStatus: z
      .int()
      .nullable()
      .meta({ description: 'HTTP status of the last try; null where there was no answer.' }),
    lastError: z.string().nullable(),
  })
  .meta({ id: 'Delivery' })
export type Delivery = z.infer<typeof Delivery>

export const DeliveryDetail = z
  .object({
    ...Delivery.shape,
    payload: Told.meta({ description: 'As it is sent.' }),
    attempts: z.array(
      z.object({
        number: z.int(),
        at: Time,
        status: z.int().nullable(),
        error: z.string().nullable(),
        tookMs: z.int(),
      }),
    ),
  })
  .meta({ id: 'DeliveryDetail' })
export type DeliveryDetail = z.infer<typeof DeliveryDetail>

export const DeliveryFilter = z.object({
  state: z.enum(deliveryStates).optional(),
  type: OutgoingName.optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
export type DeliveryFilter = z.infer<typeof DeliveryFilter>

export const ReplayFailed = z
  .strictObject({
    since: Time.optional().meta({
      description: 'Those that failed since then; all that are kept, where it is left out.',
    }),
  })
  .meta({ id: 'ReplayFailed' })
export type ReplayFailed = z.infer<typeof ReplayFailed>
export const Replayed = z.object({ replayed: z.int() }).meta({ id: 'Replayed' })
export type Replayed = z.infer<typeof Replayed>

export const Feed = z
  .object({
    items: z.array(Told),
    next: z.string().meta({ description: 'Give it as `after` the next time; the same again where nothing is new.' }),
    isEnd: z.boolean().meta({ description: 'Nothing more is there now.' }),
  })
  .meta({ id: 'Feed' })
export type Feed = z.infer<typeof Feed>
export const FeedTypes = z
  .strictObject({ types: z.array(OutgoingName).max(outgoingNames.length) })
  .meta({ id: 'FeedTypes', description: 'What the feed keeps; what an endpoint is told is in it too.' })
export type FeedTypes = z.infer<typeof FeedTypes>
