// One text beside the list: what it says, where it is, what it cost, and why it was or was not sent.
import {
  Alert,
  Anchor,
  Badge,
  Button,
  CloseButton,
  DataList,
  Group,
  Modal,
  ScrollArea,
  Stack,
  Text,
  Timeline,
  Title,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Explanation, Message } from '@usher/contract/message'
import type { ReactNode } from 'react'
import { Bubble } from '../bubble.tsx'
import { client, isProblem } from '../client.ts'
import { exact, many, money, span, Time } from '../format.tsx'
import { Empty, Failed, Waiting } from '../page.tsx'
import { purposeNames } from '../purposes.ts'
import { Rules, withTimes } from '../rules.tsx'
import { useMay } from '../session.tsx'
import { looks, StateBadge } from '../states.tsx'
import { encodingNames } from '../takes.tsx'
import { tell, tellFailure } from '../toast.tsx'

/** How many of the answers are shown here; the subscriber's page has them all. */
const mostAnswers = 5

export function MessagePanel({ id, close }: { id: string; close: () => void }) {
  const message = useQuery({
    queryKey: ['message', id],
    queryFn: ({ signal }) => client.getMessage(id, { signal }),
  })
  const head = (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <Title order={2} size="h4">
        {message.data ? purposeNames[message.data.purpose] : 'Text'}
      </Title>
      <CloseButton aria-label="Close the text" onClick={close} />
    </Group>
  )
  return (
    <ScrollArea h="100%" type="auto" viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': 'The text' }}>
      <Stack gap="md" p="md">
        {head}
        {message.isPending && <Waiting what="Opening the text" />}
        {message.error &&
          !message.data &&
          (isProblem(message.error, 'unknown_message') ? (
            <Empty title="There is no such text">It may have been deleted, or the address is mistyped.</Empty>
          ) : (
            <Failed error={message.error} again={() => void message.refetch()} />
          ))}
        {message.data && <Told message={message.data} />}
      </Stack>
    </ScrollArea>
  )
}

function Told({ message }: { message: Message }) {
  const why = useQuery({
    queryKey: ['message', message.id, 'explanation'],
    queryFn: ({ signal }) => client.explainMessage(message.id, { signal }),
  })
  return (
    <>
      <Group gap="xs">
        <StateBadge state={message.state} hint={message.reason} />
        {message.reason && (
          <Text size="sm" c="dimmed">
            {message.reason.replaceAll('_', ' ')}
          </Text>
        )}
      </Group>
      <Text size="sm">{looks[message.state].sentence}</Text>
      <Words message={message} />
      <Cancel message={message} />
      {why.error && !why.data && <Failed error={why.error} again={() => void why.refetch()} />}
      {why.data && (
        <>
          <Part title="What happened">
            <Happened timeline={why.data.timeline} />
          </Part>
          <Part title={isStopped(why.data) ? 'Why it was not sent' : 'Why it was sent as it was'}>
            <Rules rules={why.data.rules} />
          </Part>
        </>
      )}
      {message.subscriber !== null && <Answers subscriber={message.subscriber} since={message.acceptedAt} />}
      <Part title="Details">
        <Facts message={message} />
      </Part>
    </>
  )
}

const isStopped = ({ rules }: Explanation) => rules.some(({ answer }) => answer === 'refused')

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section aria-label={title}>
    <Title order={3} size="h5" mb="xs">
      {title}
    </Title>
    {children}
  </section>
)

function Words({ message }: { message: Message }) {
  const { text, segments, encoding, cost } = message
  // Where a long text is cut is asked for, for the message keeps only how many parts it had.
  const parts = useQuery({
    queryKey: ['parts', text],
    queryFn: ({ signal }) => client.previewMessage({ text: text! }, { signal }),
    enabled: text !== null && segments > 1,
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (text === null) return <Alert color="gray">{gone(message)}</Alert>
  return (
    <div>
      <Bubble
        direction="out"
        text={text}
        {...(parts.data?.segments.join('') === text && { segments: parts.data.segments })}
      />
      <Text size="xs" c="dimmed" ta="end" mt={4}>
        {many(segments, 'segment')}
        {encoding && `, ${encodingNames[encoding]}`}
        {cost && `, ${money(cost)}`}
      </Text>
    </div>
  )
}

function gone({ lane, state, subscriber, reason }: Message): string {
  if (lane === 'code')
    return 'The words of a code are shown to nobody but its subscriber. They are dropped as soon as it has left.'
  if (subscriber === null) return 'The words are no longer kept: whoever got them was erased, or is not a subscriber.'
  if (state === 'refused' && reason === 'guard')
    return 'The outbound guard refused these words, so they were not kept. What it found is told below.'
  if (state === 'refused') return 'It was refused before it was written, so there are no words.'
  return 'The words of this text are no longer kept.'
}

function Cancel({ message }: { message: Message }) {
  const maySend = useMay('messages:write')
  const queries = useQueryClient()
  const [isAsking, { open, close }] = useDisclosure()
  const cancelling = useMutation({
    mutationFn: () => client.cancelMessage(message.id),
    onSuccess: cancelled => {
      queries.setQueryData(['message', message.id], cancelled)
      tell({ title: 'Cancelled', message: 'The text will not be sent.' })
    },
    onError: error => {
      if (isProblem(error, 'not_waiting'))
        tell({
          title: 'It was too late',
          color: 'yellow',
          message: 'The text no longer waits: it is at the carrier or has ended, so it could not be cancelled.',
        })
      else tellFailure('Not cancelled', error)
    },
    onSettled: () => {
      close()
      for (const key of ['message', 'messages', 'live']) void queries.invalidateQueries({ queryKey: [key] })
    },
  })
  if (!maySend || (message.state !== 'held' && message.state !== 'queued')) return null
  return (
    <>
      <Button variant="default" size="xs" onClick={open} w="fit-content">
        Cancel this text
      </Button>
      <Modal opened={isAsking} onClose={close} title="Cancel this text?" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          <Text size="sm">
            One text to {message.subscriber ?? 'this number'} ({purposeNames[message.purpose]}) will not be sent, and
            its receiver is not told. This can not be undone; the same text can be sent anew. If it has left in the
            meantime, it goes on.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Keep it
            </Button>
            <Button color="red" loading={cancelling.isPending} onClick={() => cancelling.mutate()}>
              Cancel the text
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}

function Facts({ message }: { message: Message }) {
  const maySeeJourneys = useMay('templates:read')
  const { subscriber, number, country, journey, template, templateVersion, locale, carrier, carrierMessageId } = message
  const facts: [string, ReactNode][] = [
    [
      'To',
      <>
        {subscriber === null ? (
          'nobody we know'
        ) : (
          <Anchor
            size="sm"
            className="anywhere"
            renderRoot={props => <Link to="/subscribers/$id" params={{ id: subscriber }} {...props} />}
          >
            {subscriber}
          </Anchor>
        )}{' '}
        {number} {country}
      </>,
    ],
    ['From', message.sender === message.originator ? message.sender : `${message.originator} (${message.sender})`],
    ...(template === null
      ? []
      : ([
          [
            'Template',
            <>
              <Anchor
                size="sm"
                className="anywhere"
                renderRoot={props => <Link to="/templates/$name" params={{ name: template }} {...props} />}
              >
                {template}
              </Anchor>{' '}
              {[templateVersion !== null && `version ${templateVersion}`, locale].filter(Boolean).join(', ')}
            </>,
          ],
        ] satisfies [string, ReactNode][])),
    ...(journey === null
      ? []
      : ([
          [
            'Journey',
            <>
              {maySeeJourneys ? (
                <Anchor
                  size="sm"
                  renderRoot={props => <Link to="/journeys/$name" params={{ name: journey.name }} {...props} />}
                >
                  {journey.name.replaceAll('_', ' ')}
                </Anchor>
              ) : (
                journey.name.replaceAll('_', ' ')
              )}
              , its step {journey.step.replaceAll('_', ' ')}
            </>,
          ],
        ] satisfies [string, ReactNode][])),
    ['Lane', message.lane],
    ['Cost', message.cost === null ? 'none' : money(message.cost)],
    ...(carrier === null
      ? []
      : ([['Carrier', `${carrier}${carrierMessageId === null ? '' : `, as ${carrierMessageId}`}`]] satisfies [
          string,
          ReactNode,
        ][])),
    ['Attempts', String(message.attempts)],
    ['Good until', exact(message.expiresAt)],
    ['Id', message.id],
  ]
  return (
    <DataList size="sm" gap={6} labelWidth={110}>
      {facts.map(([label, value]) => (
        <DataList.Item key={label}>
          <DataList.ItemLabel>{label}</DataList.ItemLabel>
          <DataList.ItemValue className="anywhere">{value}</DataList.ItemValue>
        </DataList.Item>
      ))}
    </DataList>
  )
}

function Happened({ timeline }: { timeline: Explanation['timeline'] }) {
  return (
    <Timeline bulletSize={22} lineWidth={2} active={timeline.length}>
      {timeline.map(({ state, at, detail }, n) => {
        const { Icon, color } = looks[state]
        const before = timeline[n - 1]
        return (
          <Timeline.Item
            // biome-ignore lint/suspicious/noArrayIndexKey: a state can be come to twice; its place is what it is.
            key={n}
            color={color}
            bullet={<Icon size={13} aria-hidden />}
            title={
              <Group gap="xs">
                <Text span size="sm" fw={600}>
                  {state}
                </Text>
                <Text span size="sm" c="dimmed" className="tabular">
                  {before === undefined ? (
                    <Time at={at} />
                  ) : (
                    `${span(Math.max(0, Date.parse(at) - Date.parse(before.at)))} later`
                  )}
                </Text>
              </Group>
            }
          >
            <Text size="xs" c="dimmed">
              <time dateTime={at}>{exact(at)}</time>
              {detail && ` · ${withTimes(detail.replaceAll('_', ' '))}`}
            </Text>
          </Timeline.Item>
        )
      })}
    </Timeline>
  )
}

/** What that subscriber wrote after it. */
function Answers({ subscriber, since }: { subscriber: string; since: string }) {
  const inbound = useQuery({
    queryKey: ['inbound', subscriber],
    queryFn: ({ signal }) => client.listInbound({ subscriber, limit: 50 }, { signal }),
  })
  const after = (inbound.data?.items ?? []).filter(({ receivedAt }) => receivedAt >= since).toReversed()
  if (after.length === 0) return null
  return (
    <Part title="What they wrote after it">
      <Stack gap="xs">
        {after.slice(0, mostAnswers).map(({ id, text, keyword, receivedAt }) => (
          <Bubble key={id} direction="in" text={text} at={receivedAt}>
            {keyword && (
              <Badge variant="default" size="sm" tt="none">
                understood as {keyword}
              </Badge>
            )}
          </Bubble>
        ))}
        {after.length > mostAnswers && (
          <Anchor size="sm" renderRoot={props => <Link to="/subscribers/$id" params={{ id: subscriber }} {...props} />}>
            All that was written
          </Anchor>
        )}
      </Stack>
    </Part>
  )
}
