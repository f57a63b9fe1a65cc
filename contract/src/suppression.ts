// Reasons never to text a number, as they are listed, made and lifted; and what keywords say, for who looks them up.
import { z } from 'zod'
import { keepable, Msisdn, SubscriberId, Time } from './message.ts'
import { Confidence } from './region.ts'

export const suppressionScopes = ['promotional', 'security', 'account', 'all'] as const
export const SuppressionScope = z.enum(suppressionScopes).meta({
  id: 'SuppressionScope',
  description:
    'What is not sent: titles and offers; security alerts; texts about the account; everything. After a STOP, what a person asks for themselves (a code, HELP) still arrives.',
})
export type SuppressionScope = z.infer<typeof SuppressionScope>

export const suppressionReasons = ['stop', 'blocked', 'dead', 'deactivated', 'reassigned', 'wrong_number'] as const
export const SuppressionReason = z.enum(suppressionReasons).meta({
  id: 'SuppressionReason',
  description:
    'They said STOP; an operator blocked it; nothing arrives there; its carrier gave it up; it has a new owner; whoever has it said so.',
})
export type SuppressionReason = z.infer<typeof SuppressionReason>

const written = z.string().trim().min(5).max(500).regex(keepable, 'Words have no NUL and no half characters.')

export const Suppression = z
  .object({
    id: z.string(),
    scope: SuppressionScope,
    reason: SuppressionReason,
    at: Time,
    note: z.string().nullable(),
    by: z.object({ id: z.string(), name: z.string() }).nullable().meta({ description: 'The operator, where one did.' }),
    number: z
      .string()
      .nullable()
      .meta({ description: 'Masked, where a subscriber has it; null: only its keyed hash is kept.' }),
    subscribers: z.array(z.string()).meta({ description: 'The first ten who have this number.' }),
  })
  .meta({ id: 'Suppression' })
export type Suppression = z.infer<typeof Suppression>

export const SuppressionFilter = z.object({
  scope: SuppressionScope.optional(),
  reason: SuppressionReason.optional(),
  number: Msisdn.optional(),
  subscriber: SubscriberId.optional().meta({ description: 'Of the number that they have now.' }),
  cursor: z
    .string()
    .regex(/^\d{1,15}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'Give what `next` said.')
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
export type SuppressionFilter = z.infer<typeof SuppressionFilter>

export const SuppressionInput = z
  .strictObject({
    number: Msisdn,
    scope: SuppressionScope.default('all'),
    note: written.meta({ description: 'Why. Numbers in it are masked.' }),
  })
  .meta({ id: 'SuppressionInput' })
export type SuppressionInput = z.infer<typeof SuppressionInput>

export const Suppressed = z
  .object({
    suppression: Suppression,
    cancelled: z.int().meta({ description: 'Texts that waited, and are not sent.' }),
  })
  .meta({ id: 'Suppressed' })

export const waysOfAsking = ['call', 'mail', 'chat', 'letter', 'in_person', 'page'] as const
export const SuppressionLift = z
  .strictObject({
    why: written.meta({ description: 'Recorded in the audit log. Numbers in it are masked.' }),
    asked: z
      .enum(waysOfAsking)
      .optional()
      .meta({ description: 'How the person asked to be texted again. A STOP is not lifted without it.' }),
  })
  .meta({ id: 'SuppressionLift' })
export type SuppressionLift = z.infer<typeof SuppressionLift>

export const SuppressionLine = z
  .strictObject({
    number: Msisdn,
    scope: SuppressionScope.default('all'),
    reason: SuppressionReason.default('blocked'),
    at: Time.optional().meta({ description: 'Since when; now where it is left out.' }),
    note: z.string().max(500).regex(keepable, 'Words have no NUL and no half characters.').optional(),
  })
  .meta({ id: 'SuppressionLine' })
export type SuppressionLine = z.infer<typeof SuppressionLine>

export const SuppressionReport = z
  .union([
    z.object({ progress: z.object({ read: z.int(), taken: z.int(), bad: z.int() }) }),
    z.object({ line: z.int(), problem: z.object({ code: z.string(), detail: z.string() }) }),
    z.object({
      done: z.object({ read: z.int(), taken: z.int(), made: z.int(), bad: z.int(), cancelled: z.int() }),
    }),
  ])
  .meta({
    id: 'SuppressionReport',
    description:
      'A line of the NDJSON answer: progress each 5,000 lines, each of the first 500 bad lines (the others are counted), and the end.',
  })
export type SuppressionReport = z.infer<typeof SuppressionReport>

// ---- keywords, as they are in force

export const asks = ['stop', 'stop_all', 'start', 'help', 'why', 'settings', 'yes', 'no', 'wrong_number'] as const

export const Keywords = z
  .object({
    language: z.string().meta({ description: 'BCP 47; `*`: in every language.' }),
    family: z.string().meta({
      description:
        'What it asks for; `keep`: sounds like an end and asks for the opposite; `scope`: makes of an end one of everything.',
    }),
    kind: z.enum(['keyword', 'phrase']).meta({
      description:
        'A keyword counts alone. A phrase counts in a sentence: `<role>` is any word of that role, `…` a gap.',
    }),
    words: z.array(z.string()),
    source: z.string(),
    confidence: Confidence,
  })
  .meta({ id: 'Keywords' })
export type Keywords = z.infer<typeof Keywords>

export const ReplyQuestion = z
  .strictObject({ text: z.string().max(2_000).regex(keepable, 'Words have no NUL and no half characters.') })
  .meta({ id: 'ReplyQuestion' })

export const ReplyRead = z
  .object({
    asks: z.enum(asks).nullable(),
    by: z.enum(['keyword', 'words']).nullable().meta({ description: 'A keyword alone, or plain words.' }),
    language: z.string().nullable(),
    word: z.string().nullable().meta({ description: 'The keyword or phrase that decided, folded.' }),
    sentence: z.string(),
  })
  .meta({ id: 'ReplyRead' })
export type ReplyRead = z.infer<typeof ReplyRead>
