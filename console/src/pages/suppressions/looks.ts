// How suppressions are called and marked: one word, one colour and one icon for each reason.
import { IconBan, IconHandStop, IconPhoneOff, IconUserQuestion, IconUserShare } from '@tabler/icons-react'
import type { SuppressionReason, SuppressionScope } from '@usher/contract/suppression'
import type { Mark } from '../../mark.tsx'

/** Of lists of suppressions, wherever they are shown. */
export const suppressionsKey = ['suppressions']

export const reasons: Record<SuppressionReason, Mark> = {
  stop: { word: 'STOP', color: 'gray', Icon: IconHandStop, sentence: 'They replied STOP, or said so otherwise.' },
  blocked: { word: 'blocked', color: 'red', Icon: IconBan, sentence: 'An operator blocked it.' },
  dead: { word: 'dead', color: 'yellow', Icon: IconPhoneOff, sentence: 'Receipts say that nothing arrives there.' },
  deactivated: {
    word: 'deactivated',
    color: 'yellow',
    Icon: IconPhoneOff,
    sentence: 'Its carrier says that it was given up.',
  },
  reassigned: { word: 'reassigned', color: 'yellow', Icon: IconUserShare, sentence: 'It has a new owner.' },
  wrong_number: {
    word: 'wrong number',
    color: 'yellow',
    Icon: IconUserQuestion,
    sentence: 'Whoever has it said that it is not theirs.',
  },
}

export const scopes: Record<SuppressionScope, string> = {
  promotional: 'titles and offers',
  security: 'security alerts',
  account: 'account and billing',
  all: 'everything',
}

/** As a sentence says it: since then it gets … */
export const gets: Record<SuppressionScope, string> = {
  promotional: 'no titles and offers',
  security: 'no security alerts',
  account: 'nothing about account and billing',
  all: 'nothing at all',
}
