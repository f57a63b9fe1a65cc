// What to do first: a request that posts an event to this server.
import { Anchor, Box, Group, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Empty } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { Copy, Whole } from '../settings/shown-once.tsx'
import { curlFor } from './curl.ts'

export function Curl({ of }: { of: { type: string; subject: string; data: unknown } }) {
  const command = curlFor(window.location.origin, of)
  const mayMakeKeys = useMay('keys:write')
  return (
    <Box ta="start">
      <Whole label="A request that posts this event">{command}</Whole>
      <Group gap="sm" mt="xs" align="center">
        <Copy value={command} what="the command" />
        <Text size="xs" c="dimmed" flex="1 1 100%">
          $USHER_KEY is an API key that may post events (events:write)
          {mayMakeKeys ? (
            <>
              ; make one under{' '}
              <Anchor size="xs" renderRoot={props => <Link to="/settings" search={{ tab: 'keys' }} {...props} />}>
                Settings
              </Anchor>
              .
            </>
          ) : (
            '; an administrator makes one under Settings.'
          )}{' '}
          The same source and id again is the same event: change the id to post another.
        </Text>
      </Group>
    </Box>
  )
}

const example = {
  type: 'com.usher.view.started',
  subject: 'orph-0001',
  data: { title: 'the-phantom-empire', episode: 'the-phantom-empire-3', atSeconds: 0 },
}

export const First = () => (
  <Box flex={1} style={{ overflowY: 'auto' }}>
    <Empty title="No event came in yet" action={<Curl of={example} />}>
      Your service tells Usher what happens: who signed in, what is watched, which payment failed. Post the first one;
      it is shown here as it comes.
    </Empty>
  </Box>
)
