// What is said about templates over the API.
import { z } from 'zod'
import { keepable, Locale, PreviewResult, SubscriberId, TemplateData, TemplateName, Time } from './message.ts'
import { Purpose } from './purpose.ts'

export const TemplateInput = z
  .strictObject({
    purpose: Purpose,
    texts: z
      .record(Locale, z.string().min(1).max(2_000).regex(keepable, 'A text has no NUL and no half characters.'))
      .refine(texts => Object.keys(texts).length > 0, 'A template has at least one locale.')
      .meta({
        description: 'Liquid, by locale.',
        example: { en: '{{ service }}: {{ episode }} of {{ title }} is out.' },
      }),
    isPlain: z.boolean().optional().meta({
      description: 'Curly quotes, long dashes and the like are sent as plain ones, so that they force no UCS-2.',
    }),
  })
  .meta({ id: 'TemplateInput' })
export type TemplateInput = z.infer<typeof TemplateInput>

export const Template = z
  .object({
    name: TemplateName,
    version: z.int(),
    purpose: Purpose,
    texts: z.record(z.string(), z.string()),
    isPlain: z.boolean(),
    createdAt: Time,
    versions: z.array(z.object({ version: z.int(), createdAt: Time })).optional(),
  })
  .meta({ id: 'Template' })
export type Template = z.infer<typeof Template>

export const TemplateDraft = z
  .strictObject({
    ...TemplateInput.shape,
    subscriber: SubscriberId.optional(),
    data: TemplateData.optional().meta({ description: 'Where a variable is left out, a sample stands for it.' }),
  })
  .meta({ id: 'TemplateDraft' })
export type TemplateDraft = z.infer<typeof TemplateDraft>

export const TemplatePreview = z
  .object({
    /** Of all locales together, without what every template has. */
    variables: z.array(z.string()),
    /** What a subscriber of the draft would get: the locale after fallback. */
    chosen: z.string().nullable(),
    locales: z.record(
      z.string(),
      z.object({
        result: PreviewResult.nullable(),
        problems: z.array(z.object({ code: z.string(), detail: z.string() })).meta({
          description: 'What would stop a save, or a send.',
        }),
      }),
    ),
  })
  .meta({ id: 'TemplatePreview' })
export type TemplatePreview = z.infer<typeof TemplatePreview>

export const TemplateUse = z
  .object({
    texts30d: z.int(),
    lastAt: Time.nullable(),
    versions: z.array(z.object({ version: z.int(), texts30d: z.int(), lastAt: Time.nullable() })),
  })
  .meta({ id: 'TemplateUse' })
export type TemplateUse = z.infer<typeof TemplateUse>
