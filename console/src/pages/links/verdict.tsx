// Human or machine: an icon and a word, and how it was judged for who hovers.
import { IconHourglass, IconRobot, IconUser } from '@tabler/icons-react'
import type { Click } from '@usher/contract/link'
import { type Mark, MarkBadge } from '../../mark.tsx'

export const verdictMarks = {
  human: { word: 'human', color: 'green', Icon: IconUser, sentence: 'A person followed it.' },
  machine: { word: 'machine', color: 'gray', Icon: IconRobot, sentence: 'A scanner, a preview or another program.' },
} as const satisfies Record<NonNullable<Click['verdict']>, Mark>

const unjudged: Mark = {
  word: 'being judged',
  color: 'blue',
  Icon: IconHourglass,
  sentence: 'It takes a few seconds to know what else came with it.',
}

export const verdictMark = (verdict: Click['verdict']): Mark => (verdict === null ? unjudged : verdictMarks[verdict])

export const Verdict = ({ click: { verdict, why } }: { click: Pick<Click, 'verdict' | 'why'> }) => (
  <MarkBadge mark={verdictMark(verdict)} hint={why.length > 0 ? why.join(' ') : undefined} />
)
