// What a carrier does now: its binds, what left, what it answered, what came of it, and its health country by country.
import { Alert, Anchor, Card, DataList, Group, Progress, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core'
import { IconArrowBackUp, IconCheck, IconHelp, IconHourglass, IconX } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { CarrierSettings, Health } from '@usher/contract/carrier'
import type { Carrier } from '@usher/contract/live'
import type { ReactNode } from 'react'
import { Chart } from '../../chart.tsx'
import { countryName } from '../../countries.ts'
import { count, many, money, span, Time, useNow } from '../../format.tsx'
import { type Mark, MarkBadge } from '../../mark.tsx'
import narrow from '../../narrow.module.css'
import { StateBadge } from '../../states.tsx'
import { bindMark } from './marks.ts'
import { InFlight, share } from './overview.tsx'

/** As the contract has it: steps of 15 seconds. */
const stepSeconds = 15

export function Now({ carrier, configured }: { carrier: Carrier; configured: CarrierSettings }) {
  const { name, address, account, perSecond, slowedUntil, steps, cost, binds, isPaused } = carrier
  const now = useNow()
  const lastMinute = steps.slice(-4)
  const parts = lastMinute.reduce((sum, step) => sum + step.parts, 0)
  const failed = steps.reduce((sum, step) => sum + step.failed, 0)
  return (
    <Stack gap="md">
      {isPaused && (
        <Alert color="gray" p="xs">
          <Text size="sm">It is paused: nothing is handed to it. Receipts and replies are still heard.</Text>
        </Alert>
      )}
      {slowedUntil && Date.parse(slowedUntil) > now && (
        <Alert color="yellow" icon={<IconHourglass aria-hidden />} p="xs">
          <Text size="sm">
            It asked us to slow down; full pace again <Time at={slowedUntil} />.
          </Text>
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Chart
          sentence={
            parts + failed === 0
              ? 'Nothing went to it in the last minute'
              : `It took ${count(Math.round(parts / 6) / 10)} parts a second in the last minute${failed > 0 ? `, and ${many(failed, 'text')} failed in 15 minutes` : ''}`
          }
          unit={`Each ${stepSeconds} s, over 15 minutes:`}
          steps={steps}
          stepSeconds={stepSeconds}
          series={[
            { name: 'parts taken', of: step => step.parts, look: 'look-submitted' },
            { name: 'texts not taken or not answered', of: step => step.failed, look: 'look-failed' },
          ]}
          shape="stacked"
          write={count}
          least={4}
        />
        <Card withBorder>
          <DataList labelWidth="8rem">
            <Item label="In flight">
              <InFlight carrier={carrier} />
            </Item>
            <Item label="Pace">
              {perSecond === null ? 'as many as the window lets through' : `at most ${count(perSecond)} parts a second`}
            </Item>
            <Item label="Cost">
              {money({ ...cost, amount: Number(cost.amount).toFixed(2) })} in the last 15 minutes
            </Item>
            <Item label="Address">
              <span className="anywhere">{address}</span>
            </Item>
            <Item label={accountNames[configured.protocol]}>
              <span className="anywhere">{account}</span>
            </Item>
            <Item label="Texts">
              <Anchor size="sm" renderRoot={props => <Link to="/messages" search={{ carrier: name }} {...props} />}>
                Those it was given
              </Anchor>
            </Item>
          </DataList>
        </Card>
      </SimpleGrid>
      <Part title={binds.length === 1 ? 'Its bind' : 'Its binds'}>
        {binds.length === 0 ? (
          <Text size="sm" c="dimmed">
            {configured.protocol === 'smpp'
              ? 'No process has told of a bind yet.'
              : 'Over HTTP there is none: each text is a request of its own.'}
          </Text>
        ) : (
          <Binds binds={binds} now={now} />
        )}
      </Part>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Part title="What it answered">
          <Answers statuses={carrier.statuses} />
        </Part>
        <Part title="What its receipts said">
          <Receipts name={name} receipts={carrier.receipts} />
        </Part>
      </SimpleGrid>
      <Part title="Its health, country by country">
        <Healths health={carrier.health} />
      </Part>
    </Stack>
  )
}

const accountNames: Record<CarrierSettings['protocol'], string> = {
  smpp: 'System id',
  twilio: 'Account SID',
  vonage: 'API key',
  http: 'Account',
}

const Item = ({ label, children }: { label: string; children: ReactNode }) => (
  <DataList.Item>
    <DataList.ItemLabel>{label}</DataList.ItemLabel>
    <DataList.ItemValue>{children}</DataList.ItemValue>
  </DataList.Item>
)

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <Card withBorder component="section" aria-label={title}>
    <Title order={2} size="h5" mb="xs">
      {title}
    </Title>
    {children}
  </Card>
)

const Binds = ({ binds, now }: { binds: Carrier['binds']; now: number }) => (
  <Table className={narrow.table} aria-label="Binds">
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Session</Table.Th>
        <Table.Th>State</Table.Th>
        <Table.Th>Since</Table.Th>
        <Table.Th>In flight</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {binds.map(bind => (
        <Table.Tr key={`${bind.process} ${bind.name}`}>
          <Table.Td>
            <Text size="sm">{bind.name}</Text>
            <Text size="xs" c="dimmed">
              in {bind.process}
            </Text>
          </Table.Td>
          <Table.Td>
            <MarkBadge mark={bindMark(bind.state)} />
            {bind.reason && (
              <Text size="xs" mt={2}>
                {bind.reason}
              </Text>
            )}
            {bind.slowedUntil && Date.parse(bind.slowedUntil) > now && (
              <Text size="xs" mt={2}>
                Asked to slow down; full pace <Time at={bind.slowedUntil} />.
              </Text>
            )}
          </Table.Td>
          <Table.Td data-label="Since">
            <Time at={bind.since} />
          </Table.Td>
          <Table.Td data-label="In flight" miw={120}>
            <InFlight carrier={{ ...bind, name: `${bind.name} in ${bind.process}` }} />
          </Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)

const meanings: Record<Carrier['statuses'][number]['means'], Mark> = {
  taken: { word: 'taken', color: 'green', Icon: IconCheck, sentence: 'It took the text.' },
  later: {
    word: 'later',
    color: 'yellow',
    Icon: IconArrowBackUp,
    sentence: 'Not now: it is tried again, or goes another way.',
  },
  never: { word: 'never', color: 'red', Icon: IconX, sentence: 'It will not take it: the text ends as rejected.' },
  unanswered: {
    word: 'unanswered',
    color: 'yellow',
    Icon: IconHelp,
    sentence: 'The text may have left; no answer came.',
  },
}

function Answers({ statuses }: { statuses: Carrier['statuses'] }) {
  const all = statuses.reduce((sum, one) => sum + one.count, 0)
  if (all === 0) return <None>It was asked nothing in the last 15 minutes.</None>
  return (
    <Table className={narrow.table} aria-label="Answers" verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Status</Table.Th>
          <Table.Th>Means</Table.Th>
          <Table.Th ta="right">Answers</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {statuses.map(({ status, means, count: n }) => (
          <Table.Tr key={`${status} ${means}`}>
            <Table.Td className="anywhere">{status}</Table.Td>
            <Table.Td>
              <MarkBadge mark={meanings[means]} />
            </Table.Td>
            <Table.Td className={`${narrow.right} tabular`} data-label="Answers">
              {count(n)}
              <Text span size="xs" c="dimmed">
                {' '}
                ({share(n / all)})
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Receipts({ name, receipts }: { name: string; receipts: Carrier['receipts'] }) {
  const all = receipts.reduce((sum, one) => sum + one.count, 0)
  if (all === 0) return <None>No text ended by a receipt in the last 15 minutes.</None>
  return (
    <Table aria-label="Receipts" verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>State</Table.Th>
          <Table.Th ta="right">Texts</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {receipts.map(({ state, count: n }) => (
          <Table.Tr key={state}>
            <Table.Td>
              <StateBadge state={state} />
            </Table.Td>
            <Table.Td ta="right" className="tabular">
              <Anchor
                size="sm"
                aria-label={`${many(n, 'text')} ${state}`}
                renderRoot={props => <Link to="/messages" search={{ carrier: name, state }} {...props} />}
              >
                {count(n)}
              </Anchor>
              <Text span size="xs" c="dimmed">
                {' '}
                ({share(n / all)})
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

const None = ({ children }: { children: ReactNode }) => (
  <Text size="sm" c="dimmed">
    {children}
  </Text>
)

const Healths = ({ health }: { health: readonly Health[] }) =>
  health.length === 0 ? (
    <None>It has done too little to tell.</None>
  ) : (
    <Table className={narrow.table} aria-label="Health" verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Country</Table.Th>
          <Table.Th>Weight</Table.Th>
          <Table.Th ta="right">Taken</Table.Th>
          <Table.Th ta="right">Answers in</Table.Th>
          <Table.Th ta="right">Delivered</Table.Th>
          <Table.Th ta="right">Delivers in</Table.Th>
          <Table.Th ta="right">Of parts</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {health.map(one => (
          <Table.Tr key={one.country ?? ''}>
            <Table.Td>
              <Text size="sm" fw={600}>
                {one.country === null ? 'All countries' : countryName(one.country)}
              </Text>
              {one.reason && <Text size="xs">{one.reason}</Text>}
            </Table.Td>
            <Table.Td data-label="Weight" miw={110}>
              <Factor health={one} />
            </Table.Td>
            <Table.Td className={`${narrow.right} tabular nowrap`} data-label="Taken">
              {share(one.taken)}
            </Table.Td>
            <Table.Td className={`${narrow.right} tabular nowrap`} data-label="Answers in">
              {one.responseMs === null ? 'none yet' : span(one.responseMs)}
            </Table.Td>
            <Table.Td className={`${narrow.right} tabular nowrap`} data-label="Delivered">
              {share(one.delivered)}
            </Table.Td>
            <Table.Td className={`${narrow.right} tabular nowrap`} data-label="Delivers in">
              {one.deliveryMs === null ? 'none yet' : span(one.deliveryMs)}
            </Table.Td>
            <Table.Td className={`${narrow.right} tabular nowrap`} data-label="Of parts">
              {count(Math.round(one.submits))}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )

/** What is left of its weight: as a word, a number and a bar. */
export function Factor({
  health: { factor, isBroken, country },
}: {
  health: Pick<Health, 'factor' | 'isBroken' | 'country'>
}) {
  const word = isBroken || factor === 0 ? 'skipped' : factor >= 1 ? 'full' : `${Math.round(factor * 100)} % of it`
  return (
    <Group gap={6} wrap="nowrap">
      <Progress.Root size="sm" w={44}>
        <Progress.Section
          value={Math.min(100, factor * 100)}
          color={isBroken ? 'red' : factor < 1 ? 'yellow' : 'green'}
          aria-label={`Weight ${country === null ? 'over all' : `in ${countryName(country)}`}`}
        />
      </Progress.Root>
      <Text span size="sm" className="tabular nowrap">
        {word}
      </Text>
    </Group>
  )
}
