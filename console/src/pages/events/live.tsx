// What came in, newest first, moving as it comes. What is read stays where it is: newer ones wait for who scrolled down.
import { Button, Group, NativeSelect, Text } from '@mantine/core'
import { IconArrowUp, IconSearch, IconX } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import type { TakenEvent } from '@usher/contract/event'
import { memo, useRef, useState } from 'react'
import { count, distance, exact, useNow } from '../../format.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { Beside, RowLink, useGo, useOpening } from './beside.tsx'
import { EventPanel } from './event.tsx'
import { type Filter, useEventList } from './event-list.ts'
import css from './events.module.css'
import { TypeField, WordField } from './fields.tsx'
import { First } from './first.tsx'
import { doorNames, LateMark, TypeName, UnknownType } from './words.tsx'

const route = getRouteApi('/events')

export function Live() {
  const { open, type, subject, known } = route.useSearch()
  const filter: Filter = { type, subject, known }
  return (
    <>
      <Filters filter={filter} />
      <Beside label="The open event" panel={open && <EventPanel key={open} id={open} />}>
        <List key={JSON.stringify(filter)} filter={filter} open={open} />
      </Beside>
    </>
  )
}

const none: Filter = { type: undefined, subject: undefined, known: undefined }

function Filters({ filter }: { filter: Filter }) {
  const go = useGo()
  return (
    <search aria-label="Filters">
      <Group gap="xs" align="flex-start">
        <WordField
          name="Subject"
          placeholder="Subject's id  ( / )"
          flex="1 1 150px"
          maw={178}
          data-search
          leftSection={<IconSearch size={14} aria-hidden />}
          value={filter.subject}
          change={subject => go({ subject })}
        />
        <TypeField value={filter.type} change={type => go({ type })} />
        <NativeSelect
          size="xs"
          aria-label="Known or not"
          value={filter.known ?? ''}
          data={[
            { value: '', label: 'Known or not' },
            { value: 'true', label: 'Known types' },
            { value: 'false', label: 'Unknown types' },
          ]}
          onChange={({ currentTarget: { value } }) =>
            go({ known: value === 'true' || value === 'false' ? value : undefined })
          }
        />
        {Object.values(filter).some(Boolean) && (
          <Button size="xs" variant="subtle" leftSection={<IconX size={14} aria-hidden />} onClick={() => go(none)}>
            Clear
          </Button>
        )}
      </Group>
    </search>
  )
}

function List({ filter, open }: { filter: Filter; open: string | undefined }) {
  const [isAtTop, setAtTop] = useState(true)
  const scroller = useRef<HTMLDivElement>(null)
  const list = useEventList(filter, isAtTop)
  const keys = useOpening(open)
  const go = useGo()
  const now = useNow()

  if (list.isPending) return <Waiting what="Listing events" />
  if (list.error && list.rows.length === 0) return <Failed error={list.error} again={() => void list.again()} />
  if (list.rows.length === 0)
    return Object.values(filter).some(Boolean) ? (
      <Empty
        title="No event is like this"
        action={
          <Button variant="light" onClick={() => go(none)}>
            Clear the filters
          </Button>
        }
      >
        Those of the last 90 days were looked through. Take a filter away.
      </Empty>
    ) : (
      <First />
    )
  return (
    <div className="list" ref={keys}>
      {list.fresh > 0 && !isAtTop && (
        <Button
          className="fresh"
          size="xs"
          radius="xl"
          leftSection={<IconArrowUp size={14} aria-hidden />}
          onClick={() => scroller.current?.scrollTo({ top: 0 })}
        >
          {count(list.fresh)}
          {list.isFreshCapped && ' or more'} new {list.fresh === 1 ? 'event' : 'events'}
        </Button>
      )}
      <div
        className={css.scroller}
        ref={scroller}
        onScroll={({ currentTarget }) => setAtTop(currentTarget.scrollTop < 20)}
      >
        <table className={css.table} aria-label="Events, newest first">
          <thead>
            <tr>
              <th scope="col" data-when>
                Came
              </th>
              <th scope="col">Type</th>
              <th scope="col" data-roomy style={{ width: '24%' }}>
                Subject
              </th>
              <th scope="col" data-roomy style={{ width: '18%' }}>
                Source
              </th>
              <th scope="col" data-roomy style={{ width: 116 }}>
                Door
              </th>
            </tr>
          </thead>
          <tbody>
            {list.rows.map(event => (
              <Row key={event.id} event={event} when={distance(event.receivedAt, now)} isOpen={event.id === open} />
            ))}
          </tbody>
        </table>
      </div>
      <Group gap="xs" px="xs" py={4} className="list-foot">
        <Text size="xs" c="dimmed" className="tabular" role="status">
          {list.isStopped ? 'Older ones could not be read.' : `${count(list.rows.length)} shown`}
          {!list.hasOlder && ', that is all of the last 90 days'}
        </Text>
        {list.hasOlder && (
          <Button size="compact-xs" variant="default" loading={list.isFetchingOlder} onClick={() => void list.older()}>
            {list.isStopped ? 'Try again' : 'Older ones'}
          </Button>
        )}
      </Group>
    </div>
  )
}

/** Drawn again only when something of it changed: a list that moves each second and a half redraws few rows. */
const Row = memo(function Row({ event, when, isOpen }: { event: TakenEvent; when: string; isOpen: boolean }) {
  return (
    <tr data-open={isOpen || undefined}>
      <td className="tabular nowrap" title={exact(event.receivedAt)}>
        {when}
      </td>
      <td>
        <RowLink id={event.id}>
          <TypeName type={event.type} />
        </RowLink>{' '}
        {!event.isKnownType && <UnknownType />} <LateMark event={event} />
        <Text size="xs" className={css.also!}>
          {event.subject ?? <i className="faint">no subject</i>}
        </Text>
      </td>
      <td data-roomy>{event.subject ?? <i className="faint">none</i>}</td>
      <td data-roomy>{event.source}</td>
      <td data-roomy>{doorNames[event.door]}</td>
    </tr>
  )
})
