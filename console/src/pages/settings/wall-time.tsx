// Sessions, links and sign-ins live by the wall's clock, which the demo's does not move.
import { Text } from '@mantine/core'
import { distance, exact, useNow } from '../../format.tsx'

export function WallTime({ at }: { at: string }) {
  useNow() // draws it anew as time passes; the distance itself is the wall's
  return (
    <Text span size="sm" component="time" {...{ dateTime: at }} title={exact(at)} className="tabular nowrap">
      {distance(at, Date.now())}
    </Text>
  )
}
