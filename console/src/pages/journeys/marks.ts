// The states of a subscription, each with its word, colour and icon.
import { IconAlertTriangle, IconCheck, IconGift, IconHandStop, IconPlayerPause, IconX } from '@tabler/icons-react'
import type { Schedule } from '@usher/contract/journey'
import type { Mark } from '../../mark.tsx'

export const subscriptionMarks: Record<Schedule['subscriptions'][number]['state'], Mark> = {
  trial: { word: 'trial', color: 'blue', Icon: IconGift, sentence: 'They try it, and pay from its end on.' },
  active: { word: 'active', color: 'green', Icon: IconCheck, sentence: 'It is paid for.' },
  failing: {
    ...{ word: 'payment failed', color: 'yellow', Icon: IconAlertTriangle },
    sentence: 'A payment did not go through, and none has since.',
  },
  suspended: {
    ...{ word: 'suspended', color: 'red', Icon: IconHandStop, sentence: 'They can not watch until they pay.' },
  },
  paused: { word: 'paused', color: 'violet', Icon: IconPlayerPause, sentence: 'Nothing is paid meanwhile.' },
  cancelled: {
    word: 'cancelled',
    color: 'gray',
    Icon: IconX,
    sentence: 'They cancelled it; it may go on until its end.',
  },
}
