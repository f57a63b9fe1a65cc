// What could not be taken: the list of bad events with the reason, and the way to try all of a filter again.
import { Alert, Button, CloseButton, Group, Modal, NativeSelect, SegmentedControl, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconChecks, IconRefresh } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { BadEvent, BadReason } from '@usher/contract/event'
import { memo, type ReactNode, useState } from 'react'
import { client } from '../../client.ts'
import { count, distance, exact, many, useNow } from '../../format.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { tell, tellFailure } from '../../toast.tsx'
import { BadPanel } from './bad-event.tsx'
import { Beside, RowLink, useGo, useOpening } from './beside.tsx'
import css from './events.module.css'
import { TypeField } from './fields.tsx'
import { badReasons, reasons, TypeName } from './words.tsx'

const route = getRouteApi('/events')

interface Filter {
  state: BadEvent['state']
  reason: BadReason | undefined
  type: string | undefined
}

/** How many are listed at first, and at most: who has more mends a reason, not a row. */
const [few, most] = [100, 500]

export function Bad() {
  const { open, state = 'open', reason, type } = route.useSearch()
  // What the address holds may be no reason at all: the server says so in a sentence.
  const filter: Filter = { state, reason: reason as BadReason | undefined, type }
  const key = JSON.stringify(filter)
  return (
    <>
      <FiltersAndReplay filter={filter} />
      <Beside label="The open bad event" panel={open && <BadPanel key={open} id={open} />}>
        <List key={key} filter={filter} open={open} />
      </Beside>
    </>
  )
}

function Filters({ filter, children }: { filter: Filter; children: ReactNode }) {
  const go = useGo()
  const isKnownReason = filter.reason === undefined || filter.reason in reasons
  return (
    <search aria-label="Filters">
      <Group gap="xs" align="flex-start">
        <SegmentedControl
          size="xs"
          aria-label="State"
          value={filter.state}
          onChange={value =>
            go({ state: value === 'mended' || value === 'dropped' ? value : undefined, open: undefined })
          }
          data={[
            { value: 'open', label: 'Open' },
            { value: 'mended', label: 'Mended' },
            { value: 'dropped', label: 'Dropped' },
          ]}
        />
        <NativeSelect
          size="xs"
          aria-label="Reason"
          value={filter.reason ?? ''}
          data={[
            { value: '', label: 'Any reason' },
            ...badReasons.map(value => ({ value, label: reasons[value].title })),
            ...(isKnownReason ? [] : [{ value: filter.reason!, label: filter.reason! }]),
          ]}
          onChange={event => go({ reason: event.currentTarget.value || undefined })}
        />
        <TypeField value={filter.type} change={type => go({ type })} />
        {children}
      </Group>
    </search>
  )
}

const listed = (filter: Filter, limit: number) => ({
  queryKey: ['bad-events', filter, limit],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.listBadEvents({ ...filter, limit }, { signal }),
})

/** The filters, and all open ones of them tried again as they came: for when what was wrong is mended elsewhere. */
function FiltersAndReplay({ filter }: { filter: Filter }) {
  const queries = useQueryClient()
  const mayWrite = useMay('events:write')
  const [isAsking, { open, close }] = useDisclosure()
  const first = useQuery({ ...listed(filter, few), enabled: filter.state === 'open' })
  // Up to as many as one replay takes are counted, once somebody wants to know.
  const all = useQuery({ ...listed(filter, most), enabled: isAsking })
  const { reason, type } = filter
  const replay = useMutation({
    mutationFn: ({ reason, type }: Filter) =>
      client.replayBadEvents({ ...(reason && { reason }), ...(type && { type }) }),
    onSuccess: ({ replayed, taken, bad }) =>
      tell({
        title: `${many(replayed, 'event')} tried again`,
        message: `${count(taken)} taken, ${count(bad)} still bad.`,
        color: bad > 0 ? 'yellow' : 'green',
      }),
    onError: error => tellFailure('They were not replayed', error),
    onSettled: () => {
      close()
      for (const key of ['bad-events', 'bad-event', 'events']) void queries.invalidateQueries({ queryKey: [key] })
    },
  })
  // What was told of one filter is not true of the next.
  const told = JSON.stringify(replay.variables) === JSON.stringify(filter) ? replay.data : undefined
  const isOffered = mayWrite && filter.state === 'open' && (first.data?.items.length ?? 0) > 0
  const { items, next } = (isAsking ? all.data : undefined) ?? first.data ?? { items: [], next: null }
  const number = `${next === null ? '' : 'more than '}${count(items.length)}`
  const these = [
    'open',
    reason && `with the reason “${reasons[reason]?.title ?? reason}”`,
    type && `of the type ${type}`,
  ].filter(Boolean)
  return (
    <>
      <Filters filter={filter}>
        {isOffered && (
          <Button
            size="xs"
            variant="default"
            ml="auto"
            leftSection={<IconRefresh size={14} aria-hidden />}
            onClick={open}
          >
            Replay all {first.data?.next === null ? count(first.data.items.length) : 'of these'}
            {(reason || type) && first.data?.next === null && ' of this filter'}
          </Button>
        )}
      </Filters>
      {told && (
        <Alert color={told.bad > 0 ? 'yellow' : 'green'} p="xs" icon={<IconChecks aria-hidden />} role="status">
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Text size="sm">
              Of {many(told.replayed, 'event')} that {told.replayed === 1 ? 'was' : 'were'} tried again,{' '}
              {count(told.taken)} {told.taken === 1 ? 'was' : 'were'} taken and {count(told.bad)}{' '}
              {told.bad === 1 ? 'is' : 'are'} still bad.
              {told.left > 0 && ` ${count(told.left)} were not tried yet: replay again.`}
            </Text>
            <CloseButton size="sm" aria-label="Close what was told" onClick={replay.reset} />
          </Group>
        </Alert>
      )}
      <Modal
        opened={isAsking}
        onClose={close}
        title={`Replay ${number} bad ${items.length === 1 ? 'event' : 'events'}?`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          <Text size="sm">
            All that are {these.join(', ')} are tried again as they came, oldest first
            {next !== null && `, ${most} at a time`}. What is good now is taken, and what follows from it is done: texts
            may be sent. What is still bad stays in the list.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Leave them
            </Button>
            <Button loading={replay.isPending || all.isPending} onClick={() => replay.mutate(filter)}>
              Replay {next === null ? count(items.length) : count(most)}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}

const nothing = {
  open: [
    'No event is bad',
    'An event that can not be taken waits here with the reason, until it is mended or dropped.',
  ],
  mended: ['None was mended yet', 'Bad events that were taken after all are shown here for 90 days.'],
  dropped: ['None was dropped', 'Bad events that somebody let go are shown here for 90 days.'],
} as const

function List({ filter, open }: { filter: Filter; open: string | undefined }) {
  const [limit, setLimit] = useState(few)
  const { data, error, isPending, isFetching, refetch } = useQuery({
    ...listed(filter, limit),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })
  const keys = useOpening(open)
  const go = useGo()
  const now = useNow()

  if (isPending) return <Waiting what="Listing bad events" />
  if (error && !data) return <Failed error={error} again={() => void refetch()} />
  if (data.items.length === 0) {
    const [title, words] = nothing[filter.state]
    return filter.reason || filter.type ? (
      <Empty
        title="No bad event is like this"
        action={
          <Button variant="light" onClick={() => go({ reason: undefined, type: undefined })}>
            Clear the filters
          </Button>
        }
      >
        There is none with this reason and type in this state.
      </Empty>
    ) : (
      <Empty
        title={title}
        action={
          <Button variant="light" onClick={() => go({ tab: undefined, state: undefined })}>
            See what came in
          </Button>
        }
      >
        {words}
      </Empty>
    )
  }
  return (
    <div className="list" ref={keys}>
      <div className={css.scroller}>
        <table className={css.table} aria-label="Bad events, newest first">
          <thead>
            <tr>
              <th scope="col" data-when>
                Came
              </th>
              <th scope="col">Why it was not taken</th>
              <th scope="col" data-roomy style={{ width: '30%' }}>
                Type
              </th>
              <th scope="col" style={{ width: 64 }} data-number>
                Times
              </th>
            </tr>
          </thead>
          <tbody>
            {data.items.map(event => (
              <Row key={event.id} event={event} when={distance(event.receivedAt, now)} isOpen={event.id === open} />
            ))}
          </tbody>
        </table>
      </div>
      <Group gap="xs" px="xs" py={4} className="list-foot">
        <Text size="xs" c="dimmed" className="tabular" role="status">
          {count(data.items.length)} shown
          {data.next === null
            ? ', that is all'
            : limit === most && '; there are more: choose a reason or a type to see them'}
        </Text>
        {data.next !== null && limit < most && (
          <Button size="compact-xs" variant="default" loading={isFetching} onClick={() => setLimit(most)}>
            Show more
          </Button>
        )}
      </Group>
    </div>
  )
}

const Row = memo(
  function Row({ event, when, isOpen }: { event: BadEvent; when: string; isOpen: boolean }) {
    const { id, reason, errors, type, times, receivedAt } = event
    const first = errors[0]
    const named = type === null ? <i className="faint">no type</i> : <TypeName type={type} />
    return (
      <tr data-open={isOpen || undefined}>
        <td className="tabular nowrap" title={exact(receivedAt)}>
          {when}
        </td>
        <td>
          <RowLink id={id}>{reasons[reason].title}</RowLink>
          <Text size="xs" className={css.also!}>
            {named}
          </Text>
          {first && (
            <Text size="xs" c="dimmed" lineClamp={2}>
              {first.at && `${first.at}: `}
              {first.detail}
            </Text>
          )}
        </td>
        <td data-roomy>{named}</td>
        <td data-number>{count(times)}</td>
      </tr>
    )
  },
  (a, b) => a.when === b.when && a.isOpen === b.isOpen && JSON.stringify(a.event) === JSON.stringify(b.event),
)
