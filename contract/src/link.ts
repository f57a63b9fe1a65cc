// Short links on the service's own domain, who followed them, and the signed context that a destination may be given.
import { z } from 'zod'
import { SubscriberId, Time } from './message.ts'
import { Purpose } from './purpose.ts'

export const NewLink = z
  .strictObject({
    destination: z
      .url({ protocol: /^https$/ })
      .max(2_000)
      .meta({
        description: 'Where it leads, for good. Its host must be among the allowed link domains.',
        example: 'https://orpheum.example/account/payment',
      }),
    purpose: Purpose,
    subscriber: SubscriberId.optional(),
    context: z.boolean().optional().meta({
      description:
        'Whether the destination is told who came, signed. By default: where there is a subscriber and the purpose is an account notice or an alert.',
    }),
    expiresAt: Time.optional().meta({ description: 'The purpose sets the latest.' }),
  })
  .meta({ id: 'NewLink' })
export type NewLink = z.infer<typeof NewLink>

export const verdicts = ['human', 'machine'] as const
export const Verdict = z.enum(verdicts).nullable().meta({
  description: 'Null for a few seconds, until it is known what else came with it.',
})
export type Verdict = z.infer<typeof Verdict>

export const Link = z
  .object({
    id: z.string(),
    destination: z.string(),
    purpose: Purpose,
    subscriber: z.string().nullable(),
    message: z.string().nullable().meta({ description: 'The text it was written for.' }),
    hasContext: z.boolean(),
    createdAt: Time,
    expiresAt: Time,
    revokedAt: Time.nullable(),
    humanClicks: z.int(),
    machineClicks: z.int(),
    lastClickAt: Time.nullable(),
  })
  .meta({ id: 'Link' })
export type Link = z.infer<typeof Link>

export const MadeLink = z
  .object({ url: z.string().meta({ description: 'It is shown this once: only its hash is kept.' }), link: Link })
  .meta({ id: 'MadeLink' })
export type MadeLink = z.infer<typeof MadeLink>

export const Click = z
  .object({
    id: z.string(),
    link: z.string(),
    message: z.string().nullable(),
    subscriber: z.string().nullable(),
    purpose: Purpose,
    destination: z.string(),
    at: Time,
    method: z.string(),
    agent: z.string().nullable().meta({ description: 'User-Agent, as it came.' }),
    network: z.string().nullable().meta({ description: 'The address without its last part: /24 or /48.' }),
    afterMs: z.int().nullable().meta({ description: 'Since the text was submitted.' }),
    verdict: Verdict,
    why: z.array(z.string()).meta({ description: 'What the verdict rests on, in plain words.' }),
  })
  .meta({ id: 'Click' })
export type Click = z.infer<typeof Click>

const cursor = { cursor: z.uuid().optional(), limit: z.coerce.number().int().min(1).max(500).default(50) }
export const LinkFilter = z.object({
  subscriber: SubscriberId.optional(),
  message: z.uuid().optional(),
  purpose: Purpose.optional(),
  clicked: z.enum(['human', 'machine', 'none']).optional(),
  ...cursor,
})
export type LinkFilter = z.infer<typeof LinkFilter>
export const ClickFilter = z.object({
  link: z.uuid().optional(),
  subscriber: SubscriberId.optional(),
  verdict: z.enum(verdicts).optional(),
  ...cursor,
})
export type ClickFilter = z.infer<typeof ClickFilter>

/** RFC 7517. */
export const LinkKeys = z
  .object({ keys: z.array(z.record(z.string(), z.json())) })
  .meta({ id: 'LinkKeys', description: 'Public keys that verify link contexts (JWK Set, RFC 7517).' })
export type LinkKeys = z.infer<typeof LinkKeys>

/** What the signed context says (a JWT, RFC 7519; typ usher-link+jwt, ES256). */
export const LinkContext = z
  .object({
    iss: z.string().meta({ description: 'Where Usher makes links: the origin of the short links.' }),
    aud: z.string().meta({ description: "The destination's origin." }),
    sub: z.string().meta({ description: 'The subscriber.' }),
    purpose: Purpose,
    jti: z.string().meta({ description: 'The click.' }),
    link: z.string(),
    message: z.string().nullable(),
    iat: z.int(),
    exp: z.int().meta({ description: 'Ten minutes later.' }),
  })
  .meta({ id: 'LinkContext' })
export type LinkContext = z.infer<typeof LinkContext>
/** The query parameter that carries it. */
export const contextParameter = 'usher'

/** An app that opened a short link itself asks where it leads: GET with `Accept: application/json`. */
export const Destination = z
  .object({ destination: z.string().meta({ description: 'With its context, where it has one.' }) })
  .meta({ id: 'Destination' })
export type Destination = z.infer<typeof Destination>
