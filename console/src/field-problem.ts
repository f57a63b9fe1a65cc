// A server's no that belongs to one field of a form is shown at that field.
import { isProblem, sentence } from './client.ts'

/** The sentence for this field: of a problem that is about it as a whole, or of what the problem says of it. */
export function problemAt(error: unknown, field: string, ...codes: string[]): string | undefined {
  if (!isProblem(error)) return undefined
  if (codes.includes(error.code)) return sentence(error)
  const about = error.errors.filter(
    ({ at }) => at === field || at === `body.${field}` || at.startsWith(`body.${field}.`),
  )
  return about.length === 0 ? undefined : about.map(({ detail }) => detail).join(' ')
}
