// One journey: what it does and how it goes, then the form that changes it, and what it was before.
import { Badge, Button, Tabs } from '@mantine/core'
import { IconChartFunnel, IconHistory, IconPencil } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { JourneyDetail } from '@usher/contract/journey'
import { isProblem } from '../../client.ts'
import { Empty, Failed, Page, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { OnlyLooks } from '../journeys.tsx'
import { Editor } from './editor.tsx'
import { journeyQuery } from './queries.ts'
import { OnSwitch } from './switch.tsx'
import { Told } from './told.tsx'
import { Versions } from './versions.tsx'

const tabs = [
  { value: 'told', title: 'What it does', Icon: IconChartFunnel },
  { value: 'edit', title: 'Edit', Icon: IconPencil },
  { value: 'versions', title: 'Versions', Icon: IconHistory },
] as const

export default function OneJourney() {
  const { name } = useParams({ from: '/journeys/$name' })
  const { data, error, isPending, refetch } = useQuery({
    ...journeyQuery(name),
    // Somebody else may save it meanwhile.
    refetchInterval: query => (query.state.data ? 15_000 : false),
  })
  if (isProblem(error, 'unknown_journey'))
    return (
      <Page title={name}>
        <Empty title="There is no journey of this name" action={<Back />}>
          The address may be old, or mistyped.
        </Empty>
      </Page>
    )
  if (error && data === undefined) return <Failed error={error} again={() => void refetch()} />
  if (isPending || data === undefined) return <Waiting what="Loading the journey" />
  return <Shown key={name} journey={data} error={error} again={() => void refetch()} />
}

const Back = () => (
  <Button component={Link} to="/journeys" variant="default">
    All journeys
  </Button>
)

function Shown({ journey, error, again }: { journey: JourneyDetail; error: unknown; again: () => void }) {
  const { name, title, isOn } = journey
  const { tab, days } = useSearch({ from: '/journeys/$name' })
  const navigate = useNavigate()
  const mayWrite = useMay('templates:write')
  const mine = tabs.filter(({ value }) => value !== 'edit' || mayWrite)
  const current = mine.find(({ value }) => value === tab)?.value ?? 'told'
  return (
    <Page
      title={title}
      actions={
        <>
          {current === 'edit' ? null : mayWrite ? (
            <OnSwitch journey={journey} mayWrite label={isOn ? 'On' : 'Off: texts nobody'} />
          ) : (
            <Badge variant="light" color={isOn ? 'green' : 'gray'} tt="none" size="lg">
              {isOn ? 'On' : 'Off: texts nobody'}
            </Badge>
          )}
          <Back />
        </>
      }
    >
      {error !== null && <Failed error={error} again={again} />}
      {!mayWrite && <OnlyLooks />}
      <Tabs
        value={current}
        keepMounted={false}
        onChange={value =>
          void navigate({
            to: '/journeys/$name',
            params: { name },
            search: { days, ...(value === 'told' || value === null ? {} : { tab: value }) },
          })
        }
      >
        <Tabs.List mb="md" aria-label={title}>
          {mine.map(({ value, title, Icon }) => (
            <Tabs.Tab key={value} value={value} leftSection={<Icon size={16} aria-hidden />}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="told">
          <Told journey={journey} />
        </Tabs.Panel>
        {mayWrite && (
          <Tabs.Panel value="edit">
            <Editor saved={journey} />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="versions">
          <Versions journey={journey} mayWrite={mayWrite} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
