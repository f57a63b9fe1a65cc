// Alerts: something happened on an account, and its owner is asked by text whether it was them.
import { z } from 'zod'
import { keepable, Locale, SubscriberId, Time } from './message.ts'

export const alertEvents = ['sign_in', 'password', 'number', 'email', 'payment_method', 'account'] as const
const AlertEvent = z.enum(alertEvents).meta({
  id: 'AlertEvent',
  description: 'What happened. account: something else was changed.',
})
export type AlertEvent = z.infer<typeof AlertEvent>

export const alertStates = ['open', 'confirmed', 'denied', 'expired', 'withdrawn'] as const
const AlertState = z.enum(alertStates).meta({
  id: 'AlertState',
  description:
    'open: nobody answered yet. confirmed: they said that it was them. denied: they said that it was not, also where they said so after a yes. expired: the time for an answer is over, and nothing changed. withdrawn: you took it back.',
})
export type AlertState = z.infer<typeof AlertState>

const words = z.string().max(200).regex(keepable, 'It has no NUL and no half characters.')
const Device = words.meta({
  description:
    'In your own words, such as "a TV" or "Chrome on Windows", not as the client names itself. Forty characters of it are told; it is left out where the guard would not let it stand in a text.',
  example: 'a TV',
})
const Place = words.meta({ description: 'Likewise.', example: 'Lyon, France' })

export const NewAlert = z
  .strictObject({
    subscriber: SubscriberId,
    event: AlertEvent,
    device: Device.optional(),
    place: Place.optional(),
    at: Time.optional().meta({ description: 'When it happened; now where it is left out, or where it lies ahead.' }),
    about: z.string().min(1).max(256).regex(keepable, 'It has no NUL and no half characters.').optional().meta({
      description:
        'Your own reference, such as the id of the session: it comes back with the answer. The same event of the same subscriber about the same is the same alert.',
      example: 'session-8f21',
    }),
    locale: Locale.optional().meta({ description: "The subscriber's, where it is left out." }),
    answerWithinHours: z.int().min(1).max(168).default(24).meta({
      description: 'For so long a yes counts. A no counts for seven days more.',
    }),
  })
  .meta({ id: 'NewAlert' })
export type NewAlert = z.infer<typeof NewAlert>

export const AlertView = z
  .object({
    id: z.string(),
    subscriber: z.string(),
    event: AlertEvent,
    device: z.string().nullable(),
    place: z.string().nullable(),
    about: z.string().nullable(),
    at: Time,
    state: AlertState,
    by: z.enum(['text', 'page']).nullable().meta({ description: 'How it was answered.' }),
    madeAt: Time,
    expiresAt: Time.meta({ description: 'Until then a yes counts.' }),
    answeredAt: Time.nullable(),
    delivery: z
      .object({
        state: z.enum(['sending', 'sent', 'delivered', 'undelivered', 'refused']),
        reason: z.string().nullable(),
        message: z.string().nullable().meta({ description: 'GET /v1/messages/{id}/explanation says why.' }),
      })
      .meta({
        description: 'Of the text. One that did not arrive is asked on the page alone: send its address another way.',
      }),
  })
  .meta({ id: 'Alert' })
export type AlertView = z.infer<typeof AlertView>

export const MadeAlert = AlertView.extend({
  page: z.string().nullable().meta({
    description:
      'Where the same can be answered without the phone: mail it. Whoever has it answers for them. Null where there is no link domain.',
  }),
}).meta({ id: 'MadeAlert' })
export type MadeAlert = z.infer<typeof MadeAlert>

export const AlertFilter = z.object({
  subscriber: SubscriberId.optional(),
  state: AlertState.optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
export type AlertFilter = z.infer<typeof AlertFilter>

/** What a webhook says of an answer. */
export const AlertTold = z
  .object({
    id: z.string(),
    subscriber: z.string(),
    event: AlertEvent,
    about: z.string().nullable().meta({ description: 'Your own reference, as you gave it.' }),
    at: Time.meta({ description: 'When it happened.' }),
    by: z.enum(['text', 'page']),
    answeredAt: Time,
    isLate: z.boolean().meta({ description: 'A no that came after the time for an answer.' }),
  })
  .meta({ id: 'AlertTold' })

/** What a webhook says of one that was not asked by text. */
export const AlertUnasked = z
  .object({
    id: z.string(),
    subscriber: z.string(),
    event: AlertEvent,
    about: z.string().nullable().meta({ description: 'Your own reference, as you gave it.' }),
    at: Time.meta({ description: 'When it happened.' }),
    reason: z
      .string()
      .meta({ description: 'too_many_alerts: they were asked as often in a day as the protection allows.' }),
  })
  .meta({ id: 'AlertUnasked' })
