// Carriers, senders and routes: what an operator configures, as one document with versions, and which way a number takes.
import { z } from 'zod'
import { keepable, Msisdn, Time } from './message.ts'
import { isPurpose, Purpose, purposes } from './purpose.ts'

const Name = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'A name begins with a letter and has lower-case letters, digits, - and _.')
export const CarrierName = Name.meta({ description: 'The name of a carrier.', example: 'aurora' })
export const SenderName = Name.meta({ description: 'The name of a sender.', example: 'main' })
export const RouteName = Name.meta({ description: 'The name of a route.', example: 'everywhere' })
export const Country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'A country is written as in ISO 3166: two capital letters.')
  .meta({ description: 'ISO 3166, two letters.', example: 'GB' })

const families = [...new Set(purposes.flatMap(purpose => (purpose.includes('.') ? [purpose.split('.')[0]!] : [])))]
export const PurposePattern = z
  .string()
  .refine(
    text => isPurpose(text) || families.some(family => text === `${family}.*`),
    'A purpose is one of the table, such as title.release, or all of a family, such as code.*.',
  )
  .meta({ description: 'A purpose, or a family of them.', example: 'code.*' })
/** Whether a purpose is among these patterns; null means all of them. */
export const hasPurpose = (patterns: readonly string[] | null, purpose: Purpose): boolean =>
  patterns === null ||
  patterns.some(one => one === purpose || (one.endsWith('.*') && purpose.startsWith(one.slice(0, -1))))

const perSecond = z
  .number()
  .positive()
  .max(10_000)
  .nullable()
  .default(null)
  .meta({ description: 'Parts a second that the contract allows; null where it says nothing.' })
const isPaused = z
  .boolean()
  .default(false)
  .meta({ description: 'Nothing is handed to it; receipts and replies are still heard.' })
const secret = z.string().min(1).max(4_000).regex(keepable)
const secretNote =
  'Stored encrypted and never shown again. Left out where the carrier is there already: it stays as it is.'
const url = z.url({ protocol: /^https?$/ }).max(500)

/** 3GPP TS 23.038 V16, 6.2.1.2: the languages with tables of their own. */
export const nationalLanguages = [
  'turkish',
  'spanish',
  'portuguese',
  'bengali',
  'gujarati',
  'hindi',
  'kannada',
  'malayalam',
  'oriya',
  'punjabi',
  'tamil',
  'telugu',
  'urdu',
] as const
export const NationalLanguage = z.enum(nationalLanguages)
export type NationalLanguage = z.infer<typeof NationalLanguage>

export const idForms = ['as_is', 'decimal', 'hexadecimal'] as const

const SmppBind = z.strictObject({
  host: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[\w.:-]+$/, 'A host is a name or an address.'),
  port: z.int().min(1).max(65_535),
  type: z
    .enum(['transceiver', 'transmitter', 'receiver'])
    .default('transceiver')
    .meta({ description: 'transmitter: texts go out. receiver: receipts and replies come in. transceiver: both.' }),
  sessions: z.int().min(1).max(16).default(1).meta({ description: 'How many of them at once, in each process.' }),
  tls: z.boolean().default(false),
  ca: z.string().max(20_000).nullable().default(null).meta({
    description: 'PEM of the authority that signed its certificate, where it is none of those that everybody trusts.',
  }),
})

const smpp = {
  protocol: z.literal('smpp'),
  systemId: z.string().min(1).max(15),
  systemType: z.string().max(12).default(''),
  binds: z.array(SmppBind).min(1).max(8),
  window: z.int().min(1).max(1_000).default(50).meta({ description: 'Most parts without an answer, of each session.' }),
  perSecond,
  responseTimeoutMs: z.int().min(50).max(120_000).default(10_000),
  enquireLinkMs: z.int().min(1_000).max(600_000).default(15_000),
  latin1: z
    .boolean()
    .default(false)
    .meta({ description: 'It takes Latin-1 (data_coding 3): 140 characters where UCS-2 has 70.' }),
  national: z
    .array(NationalLanguage)
    .max(nationalLanguages.length)
    .default([])
    .meta({ description: 'National tables (3GPP TS 23.038) that it passes on; used where they save segments.' }),
  longTexts: z.enum(['udh8', 'udh16', 'sar', 'payload']).default('udh8').meta({
    description:
      'How parts of a long text are told: a user data header with an 8 or 16 bit reference, sar_ parameters, or the whole text as message_payload.',
  }),
  answerIds: z.enum(idForms).default('as_is').meta({ description: 'How it writes its ids when it takes a text.' }),
  receiptIds: z.enum(idForms).default('as_is').meta({ description: 'And in its receipts.' }),
}
const twilio = {
  protocol: z.literal('twilio'),
  accountSid: z.string().regex(/^AC[0-9a-f]{32}$/, 'An account SID is AC and 32 hexadecimal digits.'),
  messagingServiceSid: z
    .string()
    .regex(/^MG[0-9a-f]{32}$/)
    .nullable()
    .default(null),
  url: url.default('https://api.twilio.com'),
  window: z.int().min(1).max(1_000).default(20).meta({ description: 'Most requests without an answer.' }),
  perSecond,
  responseTimeoutMs: z.int().min(50).max(120_000).default(10_000),
}
const vonage = {
  protocol: z.literal('vonage'),
  apiKey: z.string().min(1).max(64),
  url: url.default('https://api.nexmo.com'),
  window: z.int().min(1).max(1_000).default(20),
  perSecond,
  responseTimeoutMs: z.int().min(50).max(120_000).default(10_000),
}
const pointer = z
  .string()
  .max(200)
  .regex(/^(\/[^/]*)*$/, 'A JSON pointer is written /like/this/0.')
const http = {
  protocol: z.literal('http'),
  url,
  method: z.enum(['POST', 'PUT', 'GET']).default('POST'),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), z.string().max(500))
    .default({})
    .meta({ description: 'May hold {{ secret }}, the secret `token`.' }),
  type: z
    .enum(['json', 'form'])
    .default('json')
    .meta({ description: 'How the fields are sent; GET has them in its query.' }),
  fields: z.record(z.string().min(1).max(64), z.string().max(500)).meta({
    description:
      'What is sent: names, and values with {{ to }}, {{ from }}, {{ text }}, {{ reference }}, {{ validity_seconds }}, {{ status_url }}, {{ segments }} and {{ secret }}.',
  }),
  idAt: pointer
    .nullable()
    .default(null)
    .meta({ description: 'Where the answer holds its id of the text; null: the whole answer is it.' }),
  later: z.array(z.int().min(300).max(599)).max(50).default([408, 425, 429, 503]).meta({
    description:
      'HTTP statuses that say: not now, and surely not taken. What else is 5xx may have been taken, so it is not sent again; other 4xx say: never.',
  }),
  status: z
    .strictObject({
      idAt: pointer,
      stateAt: pointer,
      reasonAt: pointer.nullable().default(null),
      states: z.record(z.string().max(64), z.enum(['delivered', 'undeliverable', 'expired', 'intermediate'])),
    })
    .nullable()
    .default(null)
    .meta({ description: 'How its receipts read, as JSON or form; null: it sends none.' }),
  inbound: z
    .strictObject({ fromAt: pointer, toAt: pointer, textAt: pointer, idAt: pointer.nullable().default(null) })
    .nullable()
    .default(null)
    .meta({ description: 'How texts from handsets read; null: it brings none.' }),
  window: z.int().min(1).max(1_000).default(20),
  perSecond,
  responseTimeoutMs: z.int().min(50).max(120_000).default(10_000),
}

/** Which secrets a carrier of a protocol has. `signing` is what its calls to us are signed with. */
export const secretNames = {
  smpp: ['password'],
  twilio: ['authToken'],
  vonage: ['apiSecret', 'signing'],
  http: ['token', 'signing'],
} as const satisfies Record<string, readonly string[]>

const common = { label: z.string().max(60).regex(keepable).nullable().default(null), isPaused }
const kinds = [smpp, twilio, vonage, http] as const
/** What an operator gives. */
export const CarrierInput = z
  .discriminatedUnion('protocol', [
    z.strictObject({
      ...common,
      ...smpp,
      secrets: z
        .strictObject({ password: secret.max(64).optional() })
        .default({})
        .meta({ description: secretNote }),
    }),
    z.strictObject({ ...common, ...twilio, secrets: z.strictObject({ authToken: secret.optional() }).default({}) }),
    z.strictObject({
      ...common,
      ...vonage,
      secrets: z.strictObject({ apiSecret: secret.optional(), signing: secret.optional() }).default({}),
    }),
    z.strictObject({
      ...common,
      ...http,
      secrets: z.strictObject({ token: secret.optional(), signing: secret.optional() }).default({}),
    }),
  ])
  .meta({ id: 'CarrierInput', description: 'A company that takes our texts: over SMPP 3.4, or over HTTP.' })
export type CarrierInput = z.infer<typeof CarrierInput>

const kept = {
  name: CarrierName,
  ...common,
  secrets: z.array(z.string()).meta({ description: 'Which secrets are stored.' }),
  callbacks: z
    .object({ status: z.url(), inbound: z.url() })
    .nullable()
    .meta({ description: 'Where an HTTP carrier brings its receipts and texts from handsets; null over SMPP.' }),
}
export const CarrierSettings = z
  .discriminatedUnion('protocol', [
    z.object({ ...kept, ...kinds[0] }),
    z.object({ ...kept, ...kinds[1] }),
    z.object({ ...kept, ...kinds[2] }),
    z.object({ ...kept, ...kinds[3] }),
  ])
  .meta({ id: 'CarrierSettings' })
export type CarrierSettings = z.infer<typeof CarrierSettings>
export type SmppSettings = Extract<CarrierSettings, { protocol: 'smpp' }>
export type TwilioSettings = Extract<CarrierSettings, { protocol: 'twilio' }>
export type VonageSettings = Extract<CarrierSettings, { protocol: 'vonage' }>
export type HttpSettings = Extract<CarrierSettings, { protocol: 'http' }>

export const senderKinds = ['alphanumeric', 'short_code', 'long_number', 'toll_free'] as const
const Registration = z.strictObject({
  country: Country,
  state: z.enum(['registered', 'pending', 'refused']),
  reference: z
    .string()
    .max(100)
    .regex(keepable)
    .default('')
    .meta({ description: 'A campaign id, a registration number.' }),
  until: Time.nullable().default(null).meta({ description: 'When it ends; null: it does not.' }),
})
const sender = {
  kind: z.enum(senderKinds),
  address: z.string().min(1).max(20).meta({ description: 'The originator: what the phone shows.', example: '67743' }),
  countries: z
    .array(Country)
    .max(250)
    .nullable()
    .default(null)
    .meta({ description: 'Where it may be used; null: everywhere.' }),
  purposes: z
    .array(PurposePattern)
    .max(50)
    .nullable()
    .default(null)
    .meta({ description: 'For what; null: everything.' }),
  isTwoWay: z.boolean().default(true).meta({ description: 'Replies to it reach us.' }),
  optOut: z.string().max(200).regex(keepable).nullable().default(null).meta({
    description:
      'Of a sender that nobody can answer: the link by which people opt out. Each of its texts must hold it, or a short link that leads there; codes and replies are exempt.',
    example: 'orpheum.example/texts',
  }),
  registrations: z.array(Registration).max(250).default([]),
}
export const SenderInput = z
  .strictObject(sender)
  .meta({ id: 'SenderInput', description: 'An identity that texts are sent from.' })
export type SenderInput = z.infer<typeof SenderInput>
export const SenderSettings = z.object({ name: SenderName, ...sender }).meta({ id: 'SenderSettings' })
export type SenderSettings = z.infer<typeof SenderSettings>

/** What kind of line a number is, as far as its numbering plan tells. */
export const networks = ['mobile', 'fixed', 'fixed_or_mobile', 'voip', 'toll_free', 'other'] as const
export const Network = z.enum(networks)
export type Network = z.infer<typeof Network>

const route = {
  name: RouteName,
  countries: z.array(Country).min(1).max(250).nullable().default(null).meta({ description: 'null: all.' }),
  networks: z
    .array(Network)
    .min(1)
    .max(networks.length)
    .nullable()
    .default(null)
    .meta({ description: 'null: all, and numbers of which it is not known.' }),
  purposes: z.array(PurposePattern).min(1).max(50).nullable().default(null).meta({ description: 'null: all.' }),
  sender: SenderName,
  carriers: z
    .array(
      z.strictObject({
        carrier: CarrierName,
        weight: z.int().min(1).max(1_000).default(100).meta({ description: 'Its share, beside the others.' }),
        microsPerSegment: z
          .int()
          .min(0)
          .max(100_000_000)
          .nullable()
          .default(null)
          .meta({ description: 'Millionths of the currency; null: as the price list has it for the country.' }),
      }),
    )
    .min(1)
    .max(20),
  otherwise: RouteName.nullable()
    .default(null)
    .meta({ description: 'The route to take where none of these carriers can take a text.' }),
  isOnlyFallback: z.boolean().default(false).meta({ description: 'Taken as `otherwise` of another alone.' }),
}
export const RouteInput = z
  .strictObject(route)
  .meta({ id: 'RouteInput', description: 'The first route that fits a text is taken.' })
export type RouteInput = z.infer<typeof RouteInput>
export const RouteSettings = z.object(route).meta({ id: 'RouteSettings' })
export type RouteSettings = z.infer<typeof RouteSettings>

const version = z
  .int()
  .min(0)
  .optional()
  .meta({ description: 'The version that this change was made from: 409 where there is a newer one.' })
export const RoutesInput = z
  .strictObject({ routes: z.array(RouteInput).max(200), version })
  .meta({ id: 'RoutesInput', description: 'All routes, in their order.' })
export type RoutesInput = z.infer<typeof RoutesInput>
export const LineVersion = z.object({
  version: z.int(),
  at: Time.nullable(),
  by: z.string().nullable().meta({ description: "An operator's name; null: Usher's own first one." }),
  what: z.string().meta({ description: 'What was changed, in a few words.' }),
})
export const Line = z
  .object({
    ...LineVersion.shape,
    carriers: z.array(CarrierSettings),
    senders: z.array(SenderSettings),
    routes: z.array(RouteSettings),
  })
  .meta({ id: 'Line', description: 'How texts leave: carriers, senders and routes of one version.' })
export type Line = z.infer<typeof Line>
export type LineVersion = z.infer<typeof LineVersion>
export const LineVersions = z.object({ items: z.array(LineVersion) }).meta({ id: 'LineVersions' })

export const RouteQuestion = z
  .strictObject({
    number: Msisdn.optional(),
    country: Country.optional(),
    network: Network.optional(),
    purpose: Purpose,
    routes: z.array(RouteInput).max(200).optional().meta({ description: 'Try these instead of those in use.' }),
  })
  .refine(({ number, country }) => (number === undefined) !== (country === undefined), {
    message: 'Name a number or a country.',
    path: ['number'],
  })
  .meta({ id: 'RouteQuestion' })
export type RouteQuestion = z.infer<typeof RouteQuestion>

/** What a carrier's figures come to, for a country or (null) over all. */
export const Health = z
  .object({
    country: z.string().nullable(),
    factor: z
      .number()
      .meta({ description: 'What its weight is multiplied by: 1 when all is well, 0 when it is skipped.' }),
    isBroken: z.boolean(),
    submits: z.number().meta({ description: 'Parts it was given lately; older ones count for less and less.' }),
    taken: z.number().nullable().meta({ description: 'The share it took.' }),
    responseMs: z.number().nullable().meta({ description: 'How long it takes to answer, on average.' }),
    delivered: z.number().nullable().meta({ description: 'The share of final receipts that said delivered.' }),
    deliveryMs: z.number().nullable().meta({ description: 'From taken to delivered, on average.' }),
    reason: z.string().nullable().meta({ description: 'Why it lost weight, in a sentence.' }),
  })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof Health>

export const RouteAnswer = z
  .object({
    country: z.string().nullable(),
    network: Network.nullable(),
    steps: z.array(
      z.object({
        route: z.string(),
        isTaken: z.boolean(),
        reason: z.string().meta({ description: 'Why it fits or does not, in a sentence.' }),
      }),
    ),
    sender: z.object({ name: z.string(), address: z.string() }).nullable(),
    carriers: z.array(
      z.object({
        carrier: z.string(),
        route: z.string(),
        share: z.number().meta({ description: 'Of texts like this one that it gets now, 0 to 1.' }),
        weight: z.int(),
        health: Health,
        price: z.object({ amount: z.string(), currency: z.string() }),
      }),
    ),
    refusal: z.string().nullable().meta({ description: 'Why no route is open, in a sentence.' }),
  })
  .meta({ id: 'RouteAnswer' })
export type RouteAnswer = z.infer<typeof RouteAnswer>
