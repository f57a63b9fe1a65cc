// Each problem that a caller can see: one catalogue, answered as application/problem+json (RFC 9457).
import { z } from 'zod'

export const Problem = z
  .object({
    type: z.string().meta({ description: 'Where the docs explain it.' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; programs decide by it.' }),
    detail: z.string().optional(),
    /** What was wrong, field by field. */
    errors: z.array(z.object({ at: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>
