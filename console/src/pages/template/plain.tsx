// Whether the texts of a template go out with plain punctuation, and what that saves.
import { Stack, Switch, Text } from '@mantine/core'
import type { TemplatePreview } from '@usher/contract/template'
import { money } from '../../format.tsx'
import { localeName, sorted } from '../../locales.ts'
import { segmentsSaid } from '../../takes.tsx'
import type { Draft } from '../template.tsx'
import { usePreview } from './preview.tsx'

interface PlainProps {
  name: string
  draft: Draft
  preview: TemplatePreview | undefined
  subscriber: string | null
  data: Record<string, string>
  mayWrite: boolean
  change: (isPlain: boolean) => void
}

export function Plain({ name, draft, preview, subscriber, data, mayWrite, change }: PlainProps) {
  // What it saves is told by the texts as they would be without it.
  const without = usePreview(name, { ...draft, isPlain: false }, subscriber, data, draft.isPlain)
  const found = savings(draft.isPlain ? without.data : preview)
  return (
    <Stack gap={6} component="section" aria-label="Plain punctuation">
      <Switch
        label="Plain punctuation"
        description="Curly quotes, long dashes and special spaces are sent as the plain ones that every phone's alphabet has."
        checked={draft.isPlain}
        disabled={!mayWrite}
        onChange={event => change(event.currentTarget.checked)}
      />
      <Stack gap={2} role="status" pl={48}>
        {found.map(one => (
          <Text key={one} size="sm">
            {draft.isPlain ? 'Saves' : 'Would save'} {one}
          </Text>
        ))}
        {found.length === 0 && preview && (
          <Text size="xs" c="dimmed">
            It changes nothing in what these texts cost.
          </Text>
        )}
      </Stack>
    </Stack>
  )
}

/** `$0.0158 of each text in French: 1 segment instead of 3.` */
function savings(preview: TemplatePreview | undefined): string[] {
  const locales = preview?.locales ?? {}
  return sorted(Object.keys(locales)).flatMap(locale => {
    const result = locales[locale]?.result
    if (!result?.plain) return []
    const { plain, cost, segments } = result
    const saved = Number(cost.amount) - Number(plain.cost.amount)
    // Both have six decimals at most; the difference of two binary fractions has more.
    const amount = money({ amount: saved.toFixed(6), currency: cost.currency })
    return [
      `${amount} of each text in ${localeName(locale)}: ${segmentsSaid(plain.segments)} instead of ${segments.length}.`,
    ]
  })
}
