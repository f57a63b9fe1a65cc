// What happened with one subscriber, oldest above, newest below, as on their phone: texts both ways as a conversation, and
// between them what they agreed to or ended. It moves as texts are sent and received, for the stream refreshes their lists.
import { Anchor, Badge, Button, Center, Chip, Group, Paper, Stack, Text } from '@mantine/core'
import { IconThumbDown, IconThumbUp } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Inbound, Message } from '@usher/contract/message'
import type { ConsentEntry } from '@usher/contract/subscriber'
import { useLayoutEffect, useRef, useState } from 'react'
import { Bubble } from './bubble.tsx'
import { client } from './client.ts'
import { groupNames, reasonSaid, waySaid } from './consents.ts'
import { Time } from './format.tsx'
import { Empty, Failed, Waiting } from './page.tsx'
import { StateBadge } from './states.tsx'

const limit = 25

type Entry = { at: string } & ({ message: Message } | { inbound: Inbound } | { consent: ConsentEntry })

const kinds = [
  ['texts', 'Texts'],
  ['replies', 'Replies'],
  ['refused', 'Refused or cancelled'],
  ['consents', 'Consents'],
] as const
type Kind = (typeof kinds)[number][0]

const kindOf = (entry: Entry): Kind => {
  if ('consent' in entry) return 'consents'
  if ('inbound' in entry) return 'replies'
  const { state } = entry.message
  return state === 'refused' || state === 'cancelled' ? 'refused' : 'texts'
}

export function Timeline({ subscriber }: { subscriber: string }) {
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
  const consents = useQuery({
    queryKey: ['consents', subscriber],
    queryFn: ({ signal }) => client.listConsents(subscriber, { signal }),
    refetchInterval: 10_000,
  })
  const [shown, setShown] = useState<Kind[]>(kinds.map(([kind]) => kind))
  const out: Entry[] =
    messages.data?.pages.flatMap(p => p.items.map(message => ({ at: message.acceptedAt, message }))) ?? []
  const back: Entry[] =
    inbound.data?.pages.flatMap(p => p.items.map(inbound => ({ at: inbound.receivedAt, inbound }))) ?? []
  // What is older than the last of a list that goes on may have neighbours that are not loaded yet.
  const from = Math.max(
    messages.hasNextPage ? Date.parse(out.at(-1)!.at) : 0,
    inbound.hasNextPage ? Date.parse(back.at(-1)!.at) : 0,
  )
  const said: Entry[] = consents.data?.items.map(consent => ({ at: consent.recordedAt, consent })) ?? []
  const all = [...out, ...back, ...said].filter(({ at }) => Date.parse(at) >= from)
  const entries = all.filter(entry => shown.includes(kindOf(entry))).sort((a, b) => Date.parse(a.at) - Date.parse(b.at))

  // Who reads the newest is kept there; who scrolled up is left alone, and stays where they were when older ones come.
  const box = useRef<HTMLDivElement>(null)
  const fromEnd = useRef(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the entries that move the end.
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight - box.current.clientHeight - fromEnd.current
  }, [entries.length, entries[0]?.at])

  const error = messages.error ?? inbound.error ?? consents.error
  const again = () => {
    void messages.refetch()
    void inbound.refetch()
    void consents.refetch()
  }
  if (error && (!messages.data || !inbound.data || !consents.data)) return <Failed error={error} again={again} />
  if (messages.isPending || inbound.isPending || consents.isPending) return <Waiting what="Loading their timeline" />
  if (all.length === 0)
    return (
      <Empty title="Nothing happened yet">
        What is sent to them, what they write, agree to and end, is shown here as it happens.
      </Empty>
    )
  const older = (list: typeof messages | typeof inbound, oldest: string | undefined) =>
    list.hasNextPage && oldest !== undefined && Date.parse(oldest) >= from ? void list.fetchNextPage() : undefined
  return (
    <>
      {error && <Failed error={error} again={again} />}
      <Chip.Group multiple value={shown} onChange={value => setShown(value as Kind[])}>
        <Group gap={6} mb="sm" role="group" aria-label="What is shown">
          {kinds.map(([kind, name]) => (
            <Chip key={kind} value={kind} size="xs" variant="outline">
              {name}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <div
        ref={box}
        role="log"
        aria-label="Timeline, oldest first"
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
                Earlier
              </Button>
            </Center>
          )}
          {entries.length === 0 && (
            <Text size="sm" c="dimmed" ta="center">
              Nothing of what you chose is among it.
            </Text>
          )}
          {entries.map(entry =>
            'consent' in entry ? (
              <Said key={entry.consent.id} consent={entry.consent} />
            ) : 'message' in entry ? (
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

/** What they agreed to or ended, with the words and what else proves it. */
function Said({ consent }: { consent: ConsentEntry }) {
  const { group, granted, confirmed, basis, how, why, words, proof, at, recordedAt } = consent
  const Icon = granted ? IconThumbUp : IconThumbDown
  const proofs = [
    proof?.inbound && 'by a text of theirs',
    proof?.restores && 'what they agreed to before is in force again',
    proof?.address && `from ${proof.address}`,
    proof?.agent && `with ${proof.agent}`,
  ].filter(Boolean)
  return (
    <Paper withBorder px="sm" py={6} mx="auto" maw="90%" component="article" aria-label="A consent">
      <Group gap={8} wrap="nowrap" align="flex-start">
        <Icon size={16} aria-hidden style={{ flex: 'none', marginTop: 2 }} />
        <div style={{ minWidth: 0 }}>
          <Text size="sm">
            <b>{groupNames[group]}</b>: {granted ? 'yes' : 'no'}
            {granted && !confirmed && ', not confirmed yet'}
            {granted && basis !== 'express' && `, implied by ${basis === 'purchase' ? 'a purchase' : 'an inquiry'}`},{' '}
            {waySaid[how]}
            {why && `, ${reasonSaid[why]}`}. <Time at={at} />
          </Text>
          {words && (
            <Text size="xs" dir="auto" className="anywhere">
              “{words}”
            </Text>
          )}
          {(proofs.length > 0 || at !== recordedAt) && (
            <Text size="xs" c="dimmed" className="anywhere">
              {proofs.length > 0 ? `Proof: ${proofs.join(', ')}. ` : ''}
              {Date.parse(recordedAt) - Date.parse(at) > 60_000 && (
                <>
                  Recorded <Time at={recordedAt} />.
                </>
              )}
            </Text>
          )}
          {granted && !words && !proof?.restores && (
            <Text size="xs" c="dimmed">
              Without the words that they were shown: no proof for titles and offers.
            </Text>
          )}
        </div>
      </Group>
    </Paper>
  )
}
