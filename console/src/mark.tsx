// A state in a word, with its icon and colour: never by colour alone. What it means is told to who hovers.
import { Badge, type MantineColor } from '@mantine/core'
import type { IconCheck } from '@tabler/icons-react'

export interface Mark {
  word: string
  color: MantineColor
  Icon: typeof IconCheck
  sentence: string
}

export const MarkBadge = ({
  mark: { word, color, Icon, sentence },
  hint,
}: {
  mark: Mark
  hint?: string | undefined
}) => (
  <Badge
    variant="light"
    color={color}
    tt="none"
    fw={600}
    className="nowrap"
    miw="max-content"
    leftSection={<Icon size={13} aria-hidden />}
    title={hint ?? sentence}
  >
    {word}
  </Badge>
)
