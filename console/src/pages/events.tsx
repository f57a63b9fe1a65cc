// What the streaming service tells Usher: what came in, what each type means, and what could not be taken and waits to be
// mended.
import { Badge, Tabs } from '@mantine/core'
import { IconActivity, IconAlertTriangle, IconListDetails } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { client } from '../client.ts'
import { count } from '../format.tsx'
import { Page } from '../page.tsx'
import { Bad } from './events/bad.tsx'
import css from './events/events.module.css'
import { Live } from './events/live.tsx'
import { Types } from './events/types.tsx'

const route = getRouteApi('/events')

interface Tab {
  name: string
  title: string
  Icon: typeof IconActivity
  Content: ComponentType
}

const tabs: readonly Tab[] = [
  { name: 'live', title: 'Live', Icon: IconActivity, Content: Live },
  { name: 'types', title: 'Types', Icon: IconListDetails, Content: Types },
  { name: 'bad', title: 'Bad', Icon: IconAlertTriangle, Content: Bad },
]

export default function Events() {
  const { tab } = route.useSearch()
  const navigate = useNavigate()
  const current = tabs.find(({ name }) => name === tab) ?? tabs[0]!
  return (
    <Page title="Events" isFilling>
      <Tabs
        className={css.tabs!}
        keepMounted={false}
        value={current.name}
        // The first is where the plain address leads.
        onChange={name =>
          void navigate({ to: '/events', search: { tab: name === 'live' ? undefined : (name ?? undefined) } })
        }
      >
        <Tabs.List aria-label="Events">
          {tabs.map(({ name, title, Icon }) => (
            <Tabs.Tab
              key={name}
              value={name}
              leftSection={<Icon size={16} aria-hidden />}
              {...(name === 'bad' && { rightSection: <Waiting /> })}
            >
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ name, Content }) => (
          <Tabs.Panel key={name} value={name} className={css.view!}>
            <Content />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  )
}

/** Beyond this nobody counts: it is enough to know that there are many. */
const mostCounted = 100

/** How many bad events wait for somebody. */
function Waiting() {
  const { data } = useQuery({
    queryKey: ['bad-events', 'waiting'],
    queryFn: ({ signal }) => client.listBadEvents({ state: 'open', limit: mostCounted }, { signal }),
    // What a colleague mends is told by no stream.
    refetchInterval: 30_000,
  })
  if (!data || data.items.length === 0) return null
  return (
    <Badge size="sm" variant="light" color="red" className="tabular">
      {count(data.items.length)}
      {data.next !== null && '+'}
      <span className="unseen"> open</span>
    </Badge>
  )
}
