// What the rules said about one text, or would say: a sentence each, with a mark for passed, held or refused.
import { Group, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconCheck, IconClockHour4, IconHandStop } from '@tabler/icons-react'
import type { Explanation } from '@usher/contract/message'
import { exact } from './format.tsx'

/** Times within a sentence are written as all times are. */
export const withTimes = (words: string) => words.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, time => exact(time))

const marks = {
  passed: { Icon: IconCheck, color: 'green', word: 'Passed' },
  held: { Icon: IconClockHour4, color: 'violet', word: 'Held' },
  refused: { Icon: IconHandStop, color: 'gray', word: 'Refused' },
} as const

export function Rules({ rules }: { rules: Explanation['rules'] }) {
  if (rules.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No rule was asked.
      </Text>
    )
  return (
    <Stack component="ul" gap="xs" className="plain">
      {rules.map(({ rule, answer, sentence }) => {
        const { Icon, color, word } = marks[answer]
        return (
          <Group component="li" key={rule} gap="xs" wrap="nowrap" align="flex-start">
            <ThemeIcon size={22} radius="xl" variant="light" color={color} title={word}>
              <Icon size={14} aria-label={`${word}:`} role="img" />
            </ThemeIcon>
            <Text size="sm" className="anywhere">
              {withTimes(sentence)}
              {answer !== 'passed' && (
                <Text span size="xs" c="dimmed">
                  {' '}
                  ({rule})
                </Text>
              )}
            </Text>
          </Group>
        )
      })}
    </Stack>
  )
}
