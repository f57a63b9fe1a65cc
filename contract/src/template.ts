// What is said about templates over the API.
import { z } from 'zod'
import { keepable, Locale, TemplateName, Time } from './message.ts'
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
  })
  .meta({ id: 'TemplateInput' })
export type TemplateInput = z.infer<typeof TemplateInput>

export const Template = z
  .object({
    name: TemplateName,
    version: z.int(),
    purpose: Purpose,
    texts: z.record(z.string(), z.string()),
    createdAt: Time,
    versions: z.array(z.object({ version: z.int(), createdAt: Time })).optional(),
  })
  .meta({ id: 'Template' })
export type Template = z.infer<typeof Template>
