// Texts over time: what starts each journey, when its steps are, whether it is on, and how it does.
import { Alert, Anchor, Badge, Group, Stack, Table, Text } from '@mantine/core'
import { IconAlertTriangle, IconLock } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Journey } from '@usher/contract/journey'
import { count } from '../format.tsx'
import narrow from '../narrow.module.css'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import { useRowKeys } from '../rows.ts'
import { useMay } from '../session.tsx'
import { funnelQuery, journeysQuery } from './journeys/queries.ts'
import { OnSwitch } from './journeys/switch.tsx'
import { capital, eventSaid, listed, paysOff, shortWhen } from './journeys/words.ts'

export default function Journeys() {
  const { data, error, isPending, refetch } = useQuery(journeysQuery)
  const mayWrite = useMay('templates:write')
  const { list } = useRowKeys()
  return (
    <Page title="Journeys">
      {error && <Failed error={error} again={() => void refetch()} />}
      {isPending && <Waiting what="Loading the journeys" />}
      {data?.items.length === 0 && (
        <Empty title="There are no journeys">
          A journey is texts over time: an event starts it, its steps are sent, and another event ends it.
        </Empty>
      )}
      {data && data.items.length > 0 && (
        <>
          <Text size="sm" c="dimmed">
            An event starts a journey, each step is a text, and another event ends it: a payment, a cancellation. Off,
            it goes on counting its days and texts nobody. The numbers are those of the last 30 days.
          </Text>
          {!mayWrite && <OnlyLooks />}
          <div ref={list}>
            <Table className={narrow.table} verticalSpacing={8} highlightOnHover aria-label="Journeys">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Journey</Table.Th>
                  <Table.Th>Steps</Table.Th>
                  <Table.Th>On</Table.Th>
                  {['Under way', 'Sent', 'Paid', 'Lost'].map(title => (
                    <Table.Th key={title} className={narrow.right}>
                      {title}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.items.map(journey => (
                  <Row key={journey.name} journey={journey} mayWrite={mayWrite} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </>
      )}
    </Page>
  )
}

export const OnlyLooks = () => (
  <Alert color="gray" icon={<IconLock aria-hidden />} p="xs">
    <Text size="sm">
      Your role looks at journeys and does not change them: it lacks templates:write. An administrator can change your
      role under Settings.
    </Text>
  </Alert>
)

/** More than this are told as so many more. */
const mostEvents = 2

function Row({ journey, mayWrite }: { journey: Journey; mayWrite: boolean }) {
  const { name, title, startsOn, steps, version, isShipped } = journey
  const { data, error } = useQuery({ ...funnelQuery(name, 30), enabled: useMay('live:read') })
  const waiting = (data?.waitingFor ?? []).reduce((sum, one) => sum + one.count, 0)
  const sent = data?.steps.reduce((sum, step) => sum + step.sent, 0)
  const starts = startsOn.slice(0, mostEvents).map(eventSaid)
  const more = startsOn.length - starts.length
  const number = (n: number | undefined) => (n === undefined ? (error ? 'not known' : '…') : count(n))
  const figures: [string, string][] = [
    ['Under way', number(data?.open)],
    ['Sent', number(sent)],
    ...(paysOff(journey)
      ? ([
          ['Paid', number(data?.ended.paid)],
          ['Lost', number(data?.ended.lost)],
        ] satisfies [string, string][])
      : []),
  ]
  return (
    <Table.Tr>
      <Table.Td miw={200}>
        <Stack gap={2}>
          <Group gap={6}>
            <Anchor
              data-row
              size="sm"
              fw={600}
              renderRoot={props => <Link to="/journeys/$name" params={{ name }} {...props} />}
            >
              {title}
            </Anchor>
            {isShipped && version > 0 && (
              <Badge size="sm" variant="default" tt="none" fw={500}>
                changed here
              </Badge>
            )}
            {waiting > 0 && (
              <Badge
                size="sm"
                color="yellow"
                variant="light"
                tt="none"
                leftSection={<IconAlertTriangle size={12} aria-hidden />}
                title="Steps are due and can not be written: their template lacks something"
              >
                {count(waiting)} can not be written
              </Badge>
            )}
          </Group>
          <Text size="xs" c="dimmed">
            {capital(
              listed([...starts, ...(more > 0 ? [`${more} more ${more === 1 ? 'event' : 'events'}`] : [])], 'or'),
            )}
          </Text>
        </Stack>
      </Table.Td>
      <Table.Td>
        <Text size="sm">{steps.map(({ when }) => shortWhen(when)).join(', ')}</Text>
      </Table.Td>
      <Table.Td data-label="On">
        <OnSwitch journey={journey} mayWrite={mayWrite} />
      </Table.Td>
      {figures.map(([label, value]) => (
        <Table.Td key={label} className={`${narrow.right} ${narrow.together} tabular`} data-label={label}>
          {value}
        </Table.Td>
      ))}
      {figures.length < 4 && <Table.Td colSpan={2} visibleFrom="sm" />}
    </Table.Tr>
  )
}
