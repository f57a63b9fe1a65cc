// One colour and one icon for each state of a message, everywhere. Never colour alone: the word stands beside it.
import { Badge, type MantineColor } from '@mantine/core'
import {
  IconArrowUpRight,
  IconBan,
  IconCheck,
  IconClockHour4,
  IconClockX,
  IconDots,
  IconHandStop,
  IconHelp,
  IconHourglass,
  IconInbox,
  IconMailX,
  IconSend,
  IconX,
} from '@tabler/icons-react'
import type { State } from '@usher/contract/message'

interface Look {
  color: MantineColor
  Icon: typeof IconCheck
  /** What it means, for who hovers. */
  sentence: string
}

export const looks: Record<State, Look> = {
  accepted: { color: 'blue', Icon: IconInbox, sentence: 'Taken; it is being decided.' },
  queued: { color: 'blue', Icon: IconDots, sentence: 'Waits for its turn in the lane.' },
  submitting: { color: 'blue', Icon: IconSend, sentence: 'Is being handed to the carrier.' },
  submitted: { color: 'blue', Icon: IconArrowUpRight, sentence: 'The carrier has it; its receipt is awaited.' },
  held: { color: 'violet', Icon: IconClockHour4, sentence: 'Waits for its hour.' },
  delivered: { color: 'green', Icon: IconCheck, sentence: 'The handset has it.' },
  expired: { color: 'yellow', Icon: IconClockX, sentence: 'Out of time; it was not sent late.' },
  unanswered: { color: 'yellow', Icon: IconHelp, sentence: 'It may have left; the carrier never answered.' },
  unconfirmed: {
    color: 'yellow',
    Icon: IconHourglass,
    sentence: 'The carrier took it and never said what became of it.',
  },
  refused: { color: 'gray', Icon: IconHandStop, sentence: 'Our policy refused it.' },
  cancelled: { color: 'gray', Icon: IconBan, sentence: 'Cancelled before it was sent.' },
  rejected: { color: 'red', Icon: IconX, sentence: 'The carrier refused it.' },
  undeliverable: { color: 'red', Icon: IconMailX, sentence: 'The carrier could not deliver it.' },
}

export function StateBadge({ state, hint }: { state: State; hint?: string | null }) {
  const { color, Icon, sentence } = looks[state]
  return (
    <Badge
      variant="light"
      color={color}
      tt="none"
      fw={600}
      className="nowrap"
      leftSection={<Icon size={13} aria-hidden />}
      title={hint ? `${sentence} (${hint})` : sentence}
    >
      {state}
    </Badge>
  )
}
