// The feed: what endpoints are told, for who can't be called and asks instead. Here: what it keeps, and how it is read.
import { Alert, Card, Group, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { OutgoingName, WebhookEndpoint } from '@usher/contract/webhook'
import { client } from '../../client.ts'
import { Failed, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { tell, tellFailure } from '../../toast.tsx'
import { Copy, Whole } from '../settings/shown-once.tsx'
import { outgoing } from './outgoing.ts'
import { TypesField } from './types-field.tsx'

interface FeedTypes {
  types: OutgoingName[]
}
const key = ['feed-types']

export function Feed({ endpoints }: { endpoints: readonly WebhookEndpoint[] }) {
  const queries = useQueryClient()
  const mayWrite = useMay('webhooks:write')
  const feed = useQuery({ queryKey: key, queryFn: ({ signal }) => client.getFeedTypes({ signal }) })
  const save = useMutation({
    mutationFn: ({ to }: { to: OutgoingName[]; before: OutgoingName[] }) => client.putFeedTypes({ types: to }),
    // The box follows the hand; where the server says no, it goes back.
    onMutate: ({ to }) => queries.setQueryData<FeedTypes>(key, { types: to }),
    onSuccess: (_, { to, before }) =>
      tell({
        id: 'feed-types',
        title: 'The feed is set',
        message: changed(before, to),
        undo: () => save.mutate({ to: before, before: to }),
      }),
    onError: (error, { before }) => {
      queries.setQueryData<FeedTypes>(key, { types: before })
      tellFailure('The feed was not changed', error)
    },
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  })
  const told = new Set(endpoints.flatMap(({ types }) => types))
  const command = `curl -sS '${window.location.origin}/v1/feed?limit=100' \\\n  -H 'Authorization: Bearer YOUR_KEY'`
  return (
    <Card withBorder component="section" aria-label="The feed">
      <Stack gap="md">
        <div>
          <Title order={2} size="h4">
            The feed
          </Title>
          <Text size="sm" c="dimmed" maw={720}>
            The same, to be read instead of being called: oldest first, nothing skipped and nothing twice, 30 days back.
            Each answer carries <b>next</b>; give it as <b>after</b> the next time.
          </Text>
        </div>
        {feed.isPending && <Waiting what="Loading the feed" />}
        {feed.error && !feed.data && <Failed error={feed.error} again={() => void feed.refetch()} />}
        {feed.data && (
          <>
            {feed.data.types.length === 0 && told.size === 0 && (
              <Alert color="gray">The feed keeps nothing. Choose below what it keeps from now on.</Alert>
            )}
            <TypesField
              label="It keeps, from now on"
              description="What an endpoint is told of is in it too."
              value={feed.data.types}
              onChange={to => save.mutate({ to, before: feed.data.types })}
              isReadOnly={!mayWrite}
              note={name =>
                told.has(name) && !feed.data.types.includes(name) ? ' · kept, for an endpoint is told of it' : null
              }
            />
          </>
        )}
        <Stack gap="xs">
          <Text size="sm">
            To read it, with a key that may <b>webhooks:read</b>:
          </Text>
          <Whole label="How to read the feed">{command}</Whole>
          <Group>
            <Copy value={command} what="the command" />
          </Group>
        </Stack>
      </Stack>
    </Card>
  )
}

/** What a change keeps and drops, in a sentence or two. */
function changed(before: readonly OutgoingName[], after: readonly OutgoingName[]): string {
  const added = after.filter(name => !before.includes(name))
  const gone = before.filter(name => !after.includes(name))
  return [
    added.length > 0 && `Kept from now on: ${added.join(', ')}.`,
    gone.length > 0 && `No longer kept: ${gone.join(', ')}.`,
    added.some(name => outgoing[name].isOften) && 'That is a line for each text: take them only if you read them.',
  ]
    .filter(Boolean)
    .join(' ')
}
