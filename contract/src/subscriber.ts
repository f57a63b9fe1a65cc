// What is said about subscribers over the API.
import { z } from 'zod'
import { keepable, Locale, Msisdn, SubscriberId, Time } from './message.ts'

const words = z.string().max(2_000).regex(keepable, 'Words have no NUL and no half characters.')
const basis = z.enum(['express', 'purchase', 'inquiry']).meta({
  description:
    'They said so; or it is implied by a purchase or an inquiry, where the law of their country knows that, and as long.',
})
const confirmed = z.boolean().meta({
  description:
    'False: they still have to say yes by text (double opt-in). Where their country asks for that, a consent without it is not confirmed.',
})

export const ConsentInput = z
  .strictObject({
    granted: z.boolean(),
    at: Time.optional().meta({
      description:
        'When they said so; now where it is left out or lies in the future. After an end it must be said: a list without dates brings nobody back.',
    }),
    how: z.enum(['page', 'text', 'api', 'import']).optional(),
    words: words.optional().meta({
      description: 'The exact words they were shown. Without them there is no proof, and no promotional text.',
    }),
    confirmed: confirmed.optional(),
    basis: basis.optional(),
  })
  .meta({ id: 'ConsentInput' })
export type ConsentInput = z.infer<typeof ConsentInput>

const perGroup = <T extends z.ZodType>(schema: T) =>
  z.strictObject({
    titles: schema.optional(),
    offers: schema.optional(),
    security: schema.optional(),
    account: schema.optional(),
  })

const ConsentReason = z
  .enum(['stop', 'start', 'asked', 'number_recycled', 'wrong_number'])
  .meta({ description: 'What ended it, or brought it back.' })

export const Consent = z
  .object({
    granted: z.boolean(),
    at: Time,
    how: z.enum(['page', 'text', 'api', 'import', 'rule']),
    words: words.optional(),
    confirmed,
    basis,
    why: ConsentReason.optional(),
    undated: z
      .literal(true)
      .optional()
      .meta({ description: 'Nobody said when: `at` is when it came, and an end with a date counts more.' }),
  })
  .meta({ id: 'Consent', description: 'What the ledger comes to for one group.' })

export const PreferenceGroup = z.enum(['titles', 'offers', 'security', 'account'])

export const ConsentEntry = z
  .object({
    id: z.string(),
    group: PreferenceGroup,
    granted: z.boolean(),
    confirmed,
    basis,
    at: Time,
    how: z.enum(['page', 'text', 'api', 'import', 'rule']),
    why: ConsentReason.nullable(),
    words: z.string().nullable(),
    proof: z
      .object({
        address: z.string().optional(),
        agent: z.string().optional(),
        inbound: z.string().optional().meta({ description: 'The text from their handset.' }),
        restores: z.string().optional().meta({ description: 'The entry whose words are in force again.' }),
      })
      .nullable(),
    recordedAt: Time,
  })
  .meta({ id: 'ConsentEntry', description: 'One entry of the ledger, with its proof.' })
export type ConsentEntry = z.infer<typeof ConsentEntry>
export const ConsentEntries = z.object({ items: z.array(ConsentEntry) }).meta({ id: 'ConsentEntries' })

const localTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'A local time is written as 22:30.')
export const Preferences = z
  .strictObject({
    frequency: z.enum(['normal', 'fewer']).optional().meta({ description: 'fewer: half of what the caps allow.' }),
    pausedUntil: Time.nullable().optional().meta({ description: 'No title and no offer before.' }),
    quiet: z
      .strictObject({ from: localTime, to: localTime })
      .nullable()
      .optional()
      .meta({ description: 'Local hours in which only codes, alerts and answers arrive; may cross midnight.' }),
  })
  .meta({ id: 'Preferences', description: 'What they chose for themselves. A field that is left out stays as it was.' })
export type Preferences = z.infer<typeof Preferences>

export const Profile = z
  .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'Profile fields are named in snake_case.'), z.json())
  .meta({ description: 'Fields for templates, as {{ subscriber.field }}. Stored encrypted.' })

export const SubscriberInput = z
  .strictObject({
    number: Msisdn.optional(),
    locale: Locale.optional(),
    zone: z.string().max(64).optional().meta({ description: 'IANA time zone.', example: 'Europe/London' }),
    region: z
      .string()
      .regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/, 'A region is ISO 3166, for example GB or US-NY.')
      .optional(),
    profile: Profile.optional(),
    consents: perGroup(ConsentInput)
      .optional()
      .meta({ description: 'By preference group. A group that is left out stays as it was.' }),
    preferences: Preferences.optional(),
  })
  .meta({ id: 'SubscriberInput' })
export type SubscriberInput = z.infer<typeof SubscriberInput>

export const Subscriber = z
  .object({
    id: z.string(),
    number: z.string().nullable().meta({ description: 'Masked.' }),
    country: z.string().nullable(),
    locale: z.string().nullable(),
    zone: z.string().nullable(),
    region: z.string().nullable(),
    profile: z.record(z.string(), z.json()),
    consents: perGroup(Consent).meta({ description: 'By preference group, what their words come to.' }),
    preferences: Preferences,
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({ id: 'Subscriber' })
export type Subscriber = z.infer<typeof Subscriber>

const ofThem = z.array(z.record(z.string(), z.json()))
export const SubscriberExport = z
  .object({
    exportedAt: Time,
    subscriber: z.record(z.string(), z.json()).meta({ description: 'Id, number whole, profile, consents.' }),
    suppressions: ofThem,
    consents: ofThem.meta({ description: 'The ledger, with the words that were shown and the proof.' }),
    messages: ofThem.meta({ description: 'With their text where it is kept, and why each was or was not sent.' }),
    inbound: ofThem,
    inboundParts: ofThem,
    parkedReceipts: ofThem,
    numbers: ofThem,
    verifications: ofThem,
    resetLinks: ofThem,
    alerts: ofThem,
    subscriptions: ofThem,
    journeys: ofThem.meta({ description: 'What was planned for them, and what became of each step.' }),
    events: ofThem,
    badEvents: ofThem,
    stripeCustomers: ofThem,
    links: ofThem,
    clicks: ofThem,
    told: ofThem.meta({ description: 'What webhooks and the feed told about them.' }),
    signIns: ofThem,
    habits: ofThem,
    audit: ofThem.meta({ description: 'What operators did to them.' }),
  })
  .meta({ id: 'SubscriberExport', description: 'A list for each kind of thing that is stored; more kinds may come.' })
export type SubscriberExport = z.infer<typeof SubscriberExport>

export const ImportLine = z.strictObject({ id: SubscriberId, ...SubscriberInput.shape }).meta({ id: 'ImportLine' })
export type ImportLine = z.infer<typeof ImportLine>

export const ImportReport = z
  .union([
    z.object({ progress: z.object({ read: z.int(), taken: z.int(), bad: z.int() }) }),
    z.object({ line: z.int(), problem: z.object({ code: z.string(), detail: z.string() }) }),
    z.object({ done: z.object({ read: z.int(), taken: z.int(), made: z.int(), bad: z.int() }) }),
  ])
  .meta({
    id: 'ImportReport',
    description: 'A line of the NDJSON answer: progress each 1,000 lines, each bad line, and the end.',
  })
export type ImportReport = z.infer<typeof ImportReport>
