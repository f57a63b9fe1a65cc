// The carriers: which one is in trouble, at a glance; and how texts leave: routes, senders, and who changed what.
import { Alert, Button, Tabs, Text } from '@mantine/core'
import { IconAntenna, IconHistory, IconId, IconLock, IconPlus, IconRoute } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { Line } from '@usher/contract/carrier'
import type { ReactNode } from 'react'
import { Failed, Page, Waiting } from '../page.tsx'
import { useMay } from '../session.tsx'
import { History } from './carriers/history.tsx'
import { Knobs } from './carriers/knobs.tsx'
import { lineQuery } from './carriers/line.tsx'
import { NewCarrier } from './carriers/new-carrier.tsx'
import { Overview } from './carriers/overview.tsx'
import { Routes } from './carriers/routes.tsx'
import { Senders } from './carriers/senders.tsx'

const route = getRouteApi('/carriers')

const tabs = [
  { value: 'carriers', title: 'Carriers', Icon: IconAntenna },
  { value: 'routes', title: 'Routes', Icon: IconRoute },
  { value: 'senders', title: 'Senders', Icon: IconId },
  { value: 'history', title: 'History', Icon: IconHistory },
] as const

export default function Carriers() {
  const { tab, knobs } = route.useSearch()
  const navigate = useNavigate()
  const mayWrite = useMay('carriers:write')
  if (tab === 'add') return <NewCarrier />
  const current = tabs.find(({ value }) => value === tab)?.value ?? 'carriers'
  return (
    <Page
      title="Carriers"
      actions={
        mayWrite &&
        current === 'carriers' && (
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            renderRoot={props => <Link to="/carriers" search={{ tab: 'add' }} {...props} />}
          >
            Add a carrier
          </Button>
        )
      }
    >
      {!mayWrite && (
        <Alert color="gray" icon={<IconLock aria-hidden />} p="xs">
          <Text size="sm">
            Your role looks at carriers, senders and routes and does not change them: it lacks carriers:write. An
            administrator can change your role under Settings.
          </Text>
        </Alert>
      )}
      <Tabs
        value={current}
        keepMounted={false}
        onChange={value =>
          void navigate({ to: '/carriers', search: value === 'carriers' || value === null ? {} : { tab: value } })
        }
      >
        <Tabs.List mb="md">
          {tabs.map(({ value, title, Icon }) => (
            <Tabs.Tab key={value} value={value} leftSection={<Icon size={16} aria-hidden />}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="carriers">
          <Overview />
          <Knobs chosen={knobs} />
        </Tabs.Panel>
        <Tabs.Panel value="routes">
          <OfLine>{line => <Routes line={line} />}</OfLine>
        </Tabs.Panel>
        <Tabs.Panel value="senders">
          <OfLine>{line => <Senders line={line} />}</OfLine>
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <OfLine>{line => <History line={line} />}</OfLine>
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}

function OfLine({ children }: { children: (line: Line) => ReactNode }) {
  const { data, error, isPending, refetch } = useQuery(lineQuery)
  if (isPending) return <Waiting what="Loading the line" />
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />
  return (
    <>
      {error && <Failed error={error} again={() => void refetch()} />}
      {children(data)}
    </>
  )
}
