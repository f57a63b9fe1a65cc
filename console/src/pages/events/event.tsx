// One event beside the list: who and what it is about, when it happened and when it came, and what it carries.
import { Anchor, DataList, Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { TakenEvent } from '@usher/contract/event'
import type { ReactNode } from 'react'
import { client, isProblem } from '../../client.ts'
import { exact, span } from '../../format.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { Copy } from '../settings/shown-once.tsx'
import { Panel, Part, useGo } from './beside.tsx'
import { typesQuery } from './fields.tsx'
import { doorNames, Json, LateMark, plain, readable, UnknownType } from './words.tsx'

export function EventPanel({ id }: { id: string }) {
  const event = useQuery({ queryKey: ['event', id], queryFn: ({ signal }) => client.getEvent(id, { signal }) })
  return (
    <Panel title={event.data?.type ?? 'Event'} what="event">
      {event.isPending && <Waiting what="Opening the event" />}
      {event.error &&
        !event.data &&
        (isProblem(event.error, 'unknown_event', 'invalid_request') ? (
          <Empty title="There is no such event">
            Events are kept for 90 days. It may be older, or the address is mistyped.
          </Empty>
        ) : (
          <Failed error={event.error} again={() => void event.refetch()} />
        ))}
      {event.data && <Told event={event.data} />}
    </Panel>
  )
}

function Told({ event }: { event: TakenEvent }) {
  const types = useQuery(typesQuery)
  const type = types.data?.items.find(one => one.type === event.type)
  return (
    <>
      <Group gap="xs">
        {!event.isKnownType && <UnknownType />}
        <LateMark event={event} />
      </Group>
      <Text size="sm">
        {event.isKnownType
          ? plain(type?.summary ?? '')
          : 'Usher does not know this type. The event is kept and shown, and nothing follows from it.'}
      </Text>
      <Facts event={event} isAboutTitle={type?.about === 'title'} />
      <Part title="Data">
        {event.data === null ? (
          <Text size="sm" c="dimmed">
            {event.subject === null
              ? 'It has none; or it was deleted when its subscriber was erased.'
              : 'It carries none.'}
          </Text>
        ) : (
          <>
            <Json value={event.data} />
            <Group gap="xs" mt="xs">
              <Copy value={readable(event.data)} what="the data" />
              <Text size="xs" c="dimmed">
                Phone numbers are masked.
              </Text>
            </Group>
          </>
        )}
      </Part>
    </>
  )
}

function Facts({ event, isAboutTitle }: { event: TakenEvent; isAboutTitle: boolean }) {
  const go = useGo()
  const { subject, at, receivedAt } = event
  const lateBy = Date.parse(receivedAt) - Date.parse(at)
  const only = (words: string, change: { type?: string; subject?: string }) => (
    <Anchor component="button" type="button" size="xs" ta="start" onClick={() => go(change)}>
      {words}
    </Anchor>
  )
  const facts: [string, ReactNode][] = [
    [
      'Type',
      <>
        {event.type} {only('only this type', { type: event.type })}
      </>,
    ],
    [
      isAboutTitle ? 'Title' : 'Subject',
      subject === null ? (
        'none'
      ) : (
        <>
          {event.isKnownSubscriber ? (
            <Anchor size="sm" renderRoot={props => <Link to="/subscribers/$id" params={{ id: subject }} {...props} />}>
              {subject}
            </Anchor>
          ) : (
            subject
          )}{' '}
          {only('only theirs', { subject }) /* of a subscriber and of a title */}
          {!event.isKnownSubscriber && !isAboutTitle && (
            <Text size="xs" c="dimmed">
              no subscriber of this id
            </Text>
          )}
        </>
      ),
    ],
    ['Happened', exact(at)],
    [
      'Came',
      <>
        {exact(receivedAt)}
        <Text size="xs" c="dimmed">
          {lateBy >= 1_000 && `${span(lateBy)} after it happened`}
          {lateBy < 0 && `its time lies ${span(-lateBy)} ahead of ours`}
        </Text>
      </>,
    ],
    ['Door', doorNames[event.door]],
    ['Source', event.source],
    ['Id', event.eventId],
    ["Usher's id", event.id],
  ]
  return (
    <DataList size="sm" gap={6} labelWidth={90}>
      {facts.map(([label, value]) => (
        <DataList.Item key={label}>
          <DataList.ItemLabel>{label}</DataList.ItemLabel>
          <DataList.ItemValue className="anywhere">
            <div>{value}</div>
          </DataList.ItemValue>
        </DataList.Item>
      ))}
    </DataList>
  )
}
