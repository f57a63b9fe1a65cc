// When something is tried next, and for how long it has gone wrong; in the letters of the sentence they stand in.
import { Text } from '@mantine/core'
import { distance, exact, span, useNow } from '../../format.tsx'

const Moment = ({ at, words }: { at: string; words: string }) => (
  <Text span inherit component="time" {...{ dateTime: at }} title={exact(at)} className="tabular nowrap">
    {words}
  </Text>
)

/** What is due already is tried as soon as its turn comes. */
export function Due({ at }: { at: string }) {
  const now = useNow(1_000)
  return <Moment at={at} words={Date.parse(at) <= now ? 'now' : distance(at, now)} />
}

export function Lasted({ since }: { since: string }) {
  const now = useNow()
  const seconds = Math.max(1, Math.round((now - Date.parse(since)) / 1_000))
  return <Moment at={since} words={span(seconds * 1_000).replace('.0 s', ' s')} />
}
