// What is said about subscribers over the API.
import { z } from 'zod'
import { keepable, Locale, Msisdn, SubscriberId, Time } from './message.ts'

export const Consent = z
  .strictObject({
    granted: z.boolean(),
    at: Time.optional().meta({ description: 'When they said so; now where it is left out.' }),
    how: z.enum(['page', 'text', 'api', 'import']).optional(),
    words: z
      .string()
      .max(2_000)
      .regex(keepable, 'Words have no NUL and no half characters.')
      .optional()
      .meta({ description: 'The exact words they were shown.' }),
  })
  .meta({ id: 'Consent' })

export const Consents = z
  .strictObject({
    titles: Consent.optional(),
    offers: Consent.optional(),
    security: Consent.optional(),
    account: Consent.optional(),
  })
  .meta({ description: 'By preference group. A group that is left out stays as it was.' })

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
    consents: Consents.optional(),
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
    consents: Consents,
    createdAt: Time,
    updatedAt: Time,
  })
  .meta({ id: 'Subscriber' })
export type Subscriber = z.infer<typeof Subscriber>

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
