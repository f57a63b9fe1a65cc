// The texts of one subscriber, both ways, as a conversation: oldest above, newest below, as on their phone. It moves as
// texts are sent and received, for the stream refreshes what lists messages and inbound texts.
import { Anchor, Badge, Button, Center, Group, Stack, Text } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Inbound, Message } from '@usher/contract/message'
import { useLayoutEffect, useRef } from 'react'
import { Bubble } from './bubble.tsx'
import { client } from './client.ts'
import { Empty, Failed, Waiting } from './page.tsx'
import { StateBadge } from './states.tsx'

const limit = 25

type Entry = { at: string } & ({ message: Message } | { inbound: Inbound })

export function Conversation({ subscriber }: { subscriber: string }) {
  const messages = useInfiniteQuery({
    queryKey: ['messages', 'of', subscriber],
    queryFn: ({ pageParam, signal }) =>
      client.listMessages({ subscriber, limit, ...(pageParam && { cursor: pageParam }) }, { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
    placeholderData: keepPreviousData,
  })
  const inbound = useInfiniteQuery({
    queryKey: ['inbound', 'of', subscriber],
    queryFn: ({ pageParam, signal }) =>
      client.listInbound({ subscriber, limit, ...(pageParam && { cursor: pageParam }) }, { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
    placeholderData: keepPreviousData,
  })
  const out: Entry[] =
    messages.data?.pages.flatMap(p => p.items.map(message => ({ at: message.acceptedAt, message }))) ?? []
  const back: Entry[] =
    inbound.data?.pages.flatMap(p => p.items.map(inbound => ({ at: inbound.receivedAt, inbound }))) ?? []
  // What is older than the last of a list that goes on may have neighbours that are not loaded yet.
  const from = Math.max(
    messages.hasNextPage ? Date.parse(out.at(-1)!.at) : 0,
    inbound.hasNextPage ? Date.parse(back.at(-1)!.at) : 0,
  )
  const entries = [...out, ...back]
    .filter(({ at }) => Date.parse(at) >= from)
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))

  // Who reads the newest is kept there; who scrolled up is left alone, and stays where they were when older ones come.
  const box = useRef<HTMLDivElement>(null)
  const fromEnd = useRef(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the entries that move the end.
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight - box.current.clientHeight - fromEnd.current
  }, [entries.length, entries[0]?.at])

  const error = messages.error ?? inbound.error
  const again = () => {
    void messages.refetch()
    void inbound.refetch()
  }
  if (error && (!messages.data || !inbound.data)) return <Failed error={error} again={again} />
  if (messages.isPending || inbound.isPending) return <Waiting what="Loading their texts" />
  if (entries.length === 0)
    return <Empty title="No texts yet">What is sent to them, and what they write, is shown here as it happens.</Empty>
  const older = (list: typeof messages | typeof inbound, oldest: string | undefined) =>
    list.hasNextPage && oldest !== undefined && Date.parse(oldest) >= from ? void list.fetchNextPage() : undefined
  return (
    <>
      {error && <Failed error={error} again={again} />}
      <div
        ref={box}
        role="log"
        aria-label="Texts, oldest first"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
        tabIndex={0}
        style={{ maxHeight: 520, overflowY: 'auto' }}
        onScroll={({ currentTarget: { scrollHeight, clientHeight, scrollTop } }) => {
          fromEnd.current = Math.max(0, scrollHeight - clientHeight - scrollTop)
        }}
      >
        <Stack gap="md" pe="xs">
          {(messages.hasNextPage || inbound.hasNextPage) && (
            <Center>
              <Button
                size="compact-sm"
                variant="default"
                loading={messages.isFetchingNextPage || inbound.isFetchingNextPage}
                onClick={() => {
                  older(messages, out.at(-1)?.at)
                  older(inbound, back.at(-1)?.at)
                }}
              >
                Earlier texts
              </Button>
            </Center>
          )}
          {entries.map(entry =>
            'message' in entry ? (
              <Out key={entry.message.id} subscriber={subscriber} message={entry.message} />
            ) : (
              <Bubble key={entry.inbound.id} direction="in" text={entry.inbound.text} at={entry.at}>
                {entry.inbound.keyword !== null && (
                  <Badge variant="default" size="sm" tt="none" fw={500}>
                    understood as {entry.inbound.keyword}
                  </Badge>
                )}
              </Bubble>
            ),
          )}
        </Stack>
      </div>
    </>
  )
}

const Out = ({ subscriber, message }: { subscriber: string; message: Message }) => (
  <Bubble direction="out" text={message.text} at={message.acceptedAt}>
    <Group gap={6} justify="flex-end">
      <StateBadge state={message.state} hint={message.reason} />
      <Anchor
        size="xs"
        renderRoot={props => <Link to="/messages" search={{ subscriber, open: message.id }} {...props} />}
      >
        {message.template ?? message.purpose}
      </Anchor>
      {message.segments > 1 && (
        <Text span size="xs">
          {message.segments} segments
        </Text>
      )}
    </Group>
  </Bubble>
)
