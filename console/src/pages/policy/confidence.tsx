// How sure a row of the data is, in a word, with its source beside it.
import { Badge, Stack, Text } from '@mantine/core'
import type { Region } from '@usher/contract/region'

export const confidences = {
  H: { word: 'high', color: 'green', sentence: 'Two or more sources, or a statute that they cite.' },
  M: { word: 'medium', color: 'blue', sentence: 'One source.' },
  L: { word: 'low', color: 'yellow', sentence: 'Advice, or not compared with any source. Check before relying on it.' },
  ours: { word: 'our choice', color: 'gray', sentence: 'Our own choice, from no source.' },
} as const

export function Source({ of: { source, confidence } }: { of: Pick<Region, 'source' | 'confidence'> }) {
  const { word, color, sentence } = confidences[confidence]
  return (
    <Stack gap={2} align="flex-start">
      <Badge variant="light" color={color} autoContrast tt="none" fw={600} miw="max-content" title={sentence}>
        {word}
      </Badge>
      <Text size="xs" className="anywhere">
        {source}
      </Text>
    </Stack>
  )
}
