// The types of events: what each means, how much of it comes, and how it is posted. Unknown ones that came today stand first,
// for a new name of the service's is either a mistake or something to be taken up.
import { Alert, Button, Group, Text } from '@mantine/core'
import { IconHelp } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { EventTypeUse } from '@usher/contract/event'
import { count, distance, exact, many, useNow } from '../../format.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { Beside, Panel, Part, RowLink, useGo, useOpening } from './beside.tsx'
import css from './events.module.css'
import { typesQuery } from './fields.tsx'
import { Curl } from './first.tsx'
import { Json, plain, TypeName, UnknownType } from './words.tsx'

const route = getRouteApi('/events')

const isNews = ({ isKnown, lastDay }: EventTypeUse) => !isKnown && lastDay > 0

/** Unknown ones of today by how many came, then those that are known, then unknown ones of before. */
const rank = (one: EventTypeUse) => (isNews(one) ? 0 : one.isKnown ? 1 : 2)
const inOrder = (types: readonly EventTypeUse[]) =>
  types.toSorted((a, b) => rank(a) - rank(b) || (a.isKnown ? 0 : b.lastDay - a.lastDay) || a.type.localeCompare(b.type))

export function Types() {
  const { open } = route.useSearch()
  // It counts a day of events: often enough to be watched, too seldom to be felt.
  const { data, error, isPending, refetch } = useQuery({ ...typesQuery, refetchInterval: 10_000 })
  const opened = data?.items.find(({ type }) => type === open)
  return (
    <Beside
      label="The open type"
      panel={
        open &&
        data &&
        (opened ? (
          <TypePanel key={open} type={opened} />
        ) : (
          <Panel title="Type" what="type">
            <Empty title="No such type is known, and none came" />
          </Panel>
        ))
      }
    >
      {isPending ? (
        <Waiting what="Loading the types" />
      ) : error && !data ? (
        <Failed error={error} again={() => void refetch()} />
      ) : data.items.length === 0 ? (
        <Empty title="No type is known yet">A capability that listens to events brings its types along.</Empty>
      ) : (
        <List types={inOrder(data.items)} open={open} />
      )}
    </Beside>
  )
}

function List({ types, open }: { types: readonly EventTypeUse[]; open: string | undefined }) {
  const keys = useOpening(open)
  const now = useNow()
  const news = types.filter(isNews)
  return (
    <div className="list" ref={keys}>
      {news.length > 0 && (
        <Alert color="yellow" radius={0} p="xs" icon={<IconHelp aria-hidden />}>
          <Text size="sm">
            {many(news.length, 'type')} that Usher does not know came today. Nothing follows from{' '}
            {news.length === 1 ? 'it' : 'them'}: look whether the name is mistyped.
          </Text>
        </Alert>
      )}
      {types.every(({ lastAt }) => lastAt === null) && (
        <Text size="sm" p="xs" role="note">
          No event came yet. Open a type for a request that posts one.
        </Text>
      )}
      <div className={css.scroller}>
        <table className={css.table} aria-label="Types of events">
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col" style={{ width: 76 }} data-number>
                Last day
              </th>
              <th scope="col" data-when data-number>
                Last
              </th>
            </tr>
          </thead>
          <tbody>
            {types.map(({ type, isKnown, summary, lastDay, lastAt }) => (
              <tr key={type} data-open={type === open || undefined}>
                <td>
                  <RowLink id={type}>
                    <TypeName type={type} />
                  </RowLink>{' '}
                  {!isKnown && <UnknownType />}
                  {summary && (
                    <Text size="xs" c="dimmed">
                      {plain(summary)}
                    </Text>
                  )}
                </td>
                <td data-number>{lastDay === 0 ? <span className="faint">0</span> : count(lastDay)}</td>
                <td data-number title={lastAt === null ? undefined : exact(lastAt)}>
                  {lastAt === null ? <span className="faint">never</span> : distance(lastAt, now)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function TypePanel({ type }: { type: EventTypeUse }) {
  const go = useGo()
  return (
    <Panel title={type.type} what="type">
      <Group gap="xs">
        {!type.isKnown && <UnknownType />}
        <Text size="sm" className="tabular">
          {type.lastAt === null ? 'None came yet.' : `${many(type.lastDay, 'event')} in the last day.`}
        </Text>
        {type.lastAt !== null && (
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => go({ tab: undefined, type: type.type, open: undefined })}
          >
            See them
          </Button>
        )}
      </Group>
      {type.isKnown ? (
        <Text size="sm">
          {plain(type.summary ?? '')} {type.about && `Its subject is the id of the ${type.about}.`}
        </Text>
      ) : (
        <Text size="sm">
          Usher does not know this type: its events are kept and shown, and nothing follows from them. Where one of the
          types in the list says the same, let the service send that name.
        </Text>
      )}
      {type.example !== null && (
        <Part title="Post one">
          <Curl
            of={{
              type: type.type,
              subject: type.about === 'title' ? 'the-phantom-empire' : 'orph-0001',
              data: type.example,
            }}
          />
        </Part>
      )}
      {type.schema !== null && (
        <Part title="What its data may carry">
          <Text size="xs" c="dimmed" mb="xs">
            As a JSON Schema. Further fields are kept, too.
          </Text>
          <Json value={type.schema} />
        </Part>
      )}
    </Panel>
  )
}
