// What became of one step: due, sent, delivered, clicked, and what was paid or lost after it.
import { Group, Stack, Text } from '@mantine/core'
import type { JourneyFunnel } from '@usher/contract/journey'
import { count } from '../../format.tsx'
import { reasonsSaid, refusalSaid, skipSaid, sumsSaid } from './words.ts'

type Counts = JourneyFunnel['steps'][number]

const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 })
const share = (n: number, of: number) => (of === 0 || n === 0 ? '' : `${percent.format(n / of)} of sent`)

interface FiguresProps {
  counts: Counts
  hasPayment: boolean
  /** Due, and their template can not say it. */
  unwritten?: number
}

export function Figures({ counts, hasPayment, unwritten = 0 }: FiguresProps) {
  const { due, waiting, sent, delivered, undelivered, clicked, cancelled } = counts
  const { paid, paidAmounts, lost, lostAmounts, skipped, skippedBy, refused, refusedBy } = counts
  if (due + paid + lost + unwritten === 0)
    return (
      <Text size="xs" c="dimmed">
        Not due for anybody in this time.
      </Text>
    )
  const figures: [string, number, string][] = [
    ['Due', due, ''],
    ['Waiting', waiting, ''],
    ['Sent', sent, ''],
    ['Delivered', delivered, share(delivered, sent)],
    ['Clicked', clicked, share(clicked, sent)],
    ...(hasPayment
      ? ([
          ['Paid after it', paid, sumsSaid(paidAmounts)],
          ['Lost after it', lost, sumsSaid(lostAmounts)],
        ] satisfies [string, number, string][])
      : []),
  ]
  const notes = [
    ...(unwritten > 0 ? [`${count(unwritten)} more are due and can not be written.`] : []),
    ...(skipped > 0 ? [`${count(skipped)} skipped: ${reasonsSaid(skippedBy, skipSaid)}.`] : []),
    ...(refused > 0 ? [`${count(refused)} refused: ${reasonsSaid(refusedBy, refusalSaid)}.`] : []),
    ...(cancelled > 0 ? [`${count(cancelled)} taken back while they waited.`] : []),
    ...(undelivered > 0 ? [`${count(undelivered)} did not arrive, or nobody said that they did.`] : []),
  ]
  return (
    <Stack gap={4}>
      <Group component="dl" gap="lg" m={0} align="flex-start">
        {figures.map(([label, n, more]) => (
          <div key={label}>
            <Text component="dt" size="xs" c="dimmed">
              {label}
            </Text>
            <Text component="dd" m={0} size="sm" fw={600} className="tabular">
              {count(n)}
              {more && (
                <Text span size="xs" fw={400} display="block">
                  {more}
                </Text>
              )}
            </Text>
          </div>
        ))}
      </Group>
      {notes.map(note => (
        <Text key={note} size="xs" c="dimmed">
          {note}
        </Text>
      ))}
    </Stack>
  )
}
