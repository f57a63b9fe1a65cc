// How the states of carriers, binds and registrations look: a word, a colour, an icon, and what it means.
import {
  IconAlertTriangle,
  IconBan,
  IconCalendarX,
  IconCheck,
  IconCircleX,
  IconHourglass,
  IconPlayerPause,
  IconPlugConnected,
  IconPlugConnectedX,
} from '@tabler/icons-react'
import type { Mark } from '../../mark.tsx'
import { type Standing as Registered, type Registration, standingOf } from './registration.ts'
import type { Level, Standing } from './standing.ts'

const levelLooks: Record<Level, Omit<Mark, 'sentence'>> = {
  up: { word: 'up', color: 'green', Icon: IconCheck },
  slow: { word: 'slow', color: 'yellow', Icon: IconAlertTriangle },
  down: { word: 'down', color: 'red', Icon: IconCircleX },
  paused: { word: 'paused', color: 'gray', Icon: IconPlayerPause },
}
export const standingMark = ({ level, why }: Standing): Mark => ({ ...levelLooks[level], sentence: why })

const bindLooks: Record<string, Omit<Mark, 'word'>> = {
  bound: { color: 'green', Icon: IconCheck, sentence: 'Texts can leave.' },
  connecting: { color: 'blue', Icon: IconPlugConnected, sentence: 'It is being opened.' },
  waiting: { color: 'yellow', Icon: IconHourglass, sentence: 'Could not be opened; it is tried again by itself.' },
  refused: {
    color: 'red',
    Icon: IconBan,
    sentence: 'The credentials are wrong. Nothing is tried until they change or somebody binds again.',
  },
  closed: { color: 'red', Icon: IconPlugConnectedX, sentence: 'It is closed.' },
}
export const bindMark = (state: string): Mark => ({
  word: state,
  ...(bindLooks[state] ?? { color: 'gray', Icon: IconHourglass, sentence: state }),
})

const registrationLooks: Record<Registered, Omit<Mark, 'word'>> = {
  registered: { color: 'green', Icon: IconCheck, sentence: 'Texts may leave from it there.' },
  pending: { color: 'yellow', Icon: IconHourglass, sentence: 'No text leaves from it there yet.' },
  refused: { color: 'red', Icon: IconBan, sentence: 'No text leaves from it there.' },
  ended: { color: 'red', Icon: IconCalendarX, sentence: 'It ended: no text leaves from it there.' },
  'ends soon': { color: 'yellow', Icon: IconAlertTriangle, sentence: 'It ends within 30 days.' },
}
export function registrationMark(registration: Registration, now: number): Mark {
  const word = standingOf(registration, now)
  return { word, ...registrationLooks[word] }
}
