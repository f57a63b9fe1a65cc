// The carriers: whether each is up, how full its window is, whether it asked to slow down; and the demo's, with its knobs.
import {
  Alert,
  Badge,
  Card,
  Code,
  DataList,
  Group,
  Progress,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core'
import { IconCheck, IconHourglass, IconPlugConnectedX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Carrier } from '@usher/contract/live'
import { client } from '../client.ts'
import { count, settingsQuery, Time } from '../format.tsx'
import narrow from '../narrow.module.css'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import { Knobs } from './carriers/knobs.tsx'

export default function Carriers() {
  const settings = useQuery(settingsQuery)
  const carriers = useQuery({
    queryKey: ['carriers'],
    queryFn: ({ signal }) => client.listCarriers({ signal }),
    refetchInterval: 2_000,
  })
  return (
    <Page title="Carriers">
      {carriers.isPending ? (
        <Waiting what="Loading the carriers" />
      ) : carriers.data === undefined ? (
        <Failed error={carriers.error} again={() => void carriers.refetch()} />
      ) : (
        <>
          {carriers.error && <Failed error={carriers.error} again={() => void carriers.refetch()} />}
          {carriers.data.items.length === 0 ? (
            <Empty title="There is no carrier">
              Texts wait until there is one. Name it to the server with <Code>USHER_SMPP</Code>, as docs/operate.md
              says.
            </Empty>
          ) : (
            <SimpleGrid cols={{ base: 1, lg: carriers.data.items.length === 1 ? 1 : 2 }}>
              {carriers.data.items.map(carrier => (
                <CarrierCard key={carrier.name} carrier={carrier} />
              ))}
            </SimpleGrid>
          )}
        </>
      )}
      {settings.data?.isDemo && <Knobs />}
    </Page>
  )
}

const bindLooks = {
  bound: { color: 'green', Icon: IconCheck },
  waiting: { color: 'yellow', Icon: IconHourglass },
  closed: { color: 'red', Icon: IconPlugConnectedX },
} as const

function CarrierCard({ carrier }: { carrier: Carrier }) {
  const { name, protocol, address, systemId, binds, window, inFlight, perSecond, slowedUntil } = carrier
  const up = binds.filter(({ state }) => state === 'bound').length
  const full = window === 0 ? 0 : Math.min(100, (inFlight / window) * 100)
  return (
    <Card withBorder component="section" aria-label={name}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {name}
          </Title>
          <Text size="sm" fw={600}>
            {binds.length === 0
              ? 'No process has told of a bind yet'
              : up === binds.length
                ? binds.length === 1
                  ? 'Its bind is up'
                  : `All ${binds.length} binds are up`
                : up === 0
                  ? 'Down: texts wait until it is back'
                  : `${up} of ${binds.length} binds are up`}
          </Text>
        </Group>
        {slowedUntil && (
          <Alert color="yellow" icon={<IconHourglass aria-hidden />} p="xs">
            <Text size="sm">
              It asked us to slow down; full pace again <Time at={slowedUntil} />.
            </Text>
          </Alert>
        )}
        <Stack gap={4}>
          <Text size="sm" className="tabular">
            {count(inFlight)} of {count(window)} in flight
          </Text>
          <Progress.Root size="lg">
            <Progress.Section
              value={full}
              color={full >= 100 ? 'yellow' : 'blue'}
              aria-label={`Window of ${name}, in flight`}
            />
          </Progress.Root>
          <Text size="xs" c="dimmed">
            {full >= 100
              ? 'The window is full: the next text leaves as an answer comes.'
              : 'Texts that were handed over and wait for its answer.'}
          </Text>
        </Stack>
        <DataList labelWidth="8rem">
          <DataList.Item>
            <DataList.ItemLabel>Address</DataList.ItemLabel>
            <DataList.ItemValue style={{ overflowWrap: 'anywhere' }}>
              {protocol.toUpperCase()} {address}
            </DataList.ItemValue>
          </DataList.Item>
          <DataList.Item>
            <DataList.ItemLabel>System id</DataList.ItemLabel>
            <DataList.ItemValue>{systemId}</DataList.ItemValue>
          </DataList.Item>
          <DataList.Item>
            <DataList.ItemLabel>Parts a second</DataList.ItemLabel>
            <DataList.ItemValue>
              {perSecond === null ? 'as many as the window lets through' : `at most ${count(perSecond)}`}
            </DataList.ItemValue>
          </DataList.Item>
        </DataList>
        {binds.length > 0 && (
          <Table className={narrow.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Process</Table.Th>
                <Table.Th>Bind</Table.Th>
                <Table.Th>Since</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {binds.map(bind => (
                <Table.Tr key={`${bind.process} ${bind.since}`}>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{bind.process}</Table.Td>
                  <Table.Td>
                    <BindBadge state={bind.state} />
                    {bind.reason && (
                      <Text size="xs" c="dimmed" mt={2}>
                        {bind.reason}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td data-label="Since">
                    <Time at={bind.since} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Stack>
    </Card>
  )
}

function BindBadge({ state }: { state: string }) {
  const { color, Icon } = state in bindLooks ? bindLooks[state as keyof typeof bindLooks] : bindLooks.waiting
  return (
    <Badge variant="light" color={color} autoContrast tt="none" leftSection={<Icon size={13} aria-hidden />}>
      {state}
    </Badge>
  )
}
