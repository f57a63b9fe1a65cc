// The first page: is anything late, failing or blocked? A sentence says it, the lanes and carriers show it, and each number
// opens the rows behind it.
import {
  Alert,
  Anchor,
  Button,
  Card,
  Group,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconClockExclamation } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { Carrier, Live } from '@usher/contract/live'
import type { Lane } from '@usher/contract/purpose'
import type { ReactNode } from 'react'
import { client } from '../client.ts'
import { count, many, span } from '../format.tsx'
import { MarkBadge } from '../mark.tsx'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import { laneNames, purposeNames } from '../purposes.ts'
import type { MessageSearch } from '../router.tsx'
import { useMay } from '../session.tsx'
import { StateBadge } from '../states.tsx'
import { standingMark } from './carriers/marks.ts'
import { standing } from './carriers/standing.ts'
import { Ladder } from './journeys/ladder.tsx'
import { Charts } from './live-charts.tsx'

/** What a lane is held to: the time to its submit, and how long the oldest may wait for its turn. */
const goals: Record<Lane, { p99Ms: number; oldestSeconds: number }> = {
  code: { p99Ms: 1_000, oldestSeconds: 5 },
  alert: { p99Ms: 2_000, oldestSeconds: 10 },
  reply: { p99Ms: 10_000, oldestSeconds: 30 },
  account: { p99Ms: 60_000, oldestSeconds: 300 },
  timely: { p99Ms: 600_000, oldestSeconds: 1_800 },
  bulk: { p99Ms: 3_600_000, oldestSeconds: 7_200 },
}
/** A tenth of the ends going wrong is no longer noise, once there are enough of them. */
const failing = { share: 0.1, least: 10 }
const failed = ['rejected', 'undeliverable', 'expired', 'unanswered', 'unconfirmed']

const route = getRouteApi('/live')

export default function LivePage() {
  const { minutes = '15' } = route.useSearch()
  const navigate = useNavigate()
  const live = useQuery({
    queryKey: ['live', minutes],
    queryFn: ({ signal }) => client.getLive({ minutes: Number(minutes) }, { signal }),
    refetchInterval: 2_500,
    placeholderData: keepPreviousData,
  })
  const carriers = useQuery({
    queryKey: ['carriers'],
    queryFn: ({ signal }) => client.listCarriers({ signal }),
    refetchInterval: 5_000,
  })
  const window = (
    <SegmentedControl
      size="xs"
      aria-label="Window"
      value={minutes}
      onChange={value => void navigate({ to: '/live', search: { minutes: value as '5' | '15' | '60' }, replace: true })}
      data={['5', '15', '60'].map(value => ({ value, label: `${value} min` }))}
    />
  )
  return (
    <Page title="Live" actions={window}>
      {live.error && <Failed error={live.error} again={() => void live.refetch()} />}
      {live.isPending && <Waiting what="Asking how the line is doing" />}
      {live.data && (
        <Stack gap="md">
          <Headline live={live.data} carriers={carriers.data?.items} minutes={minutes} isOld={live.isError} />
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
            <Lanes live={live.data} minutes={minutes} />
            <Carriers
              carriers={carriers.data?.items}
              now={live.data.now}
              error={carriers.error}
              again={() => void carriers.refetch()}
            />
          </SimpleGrid>
          <Ladder />
          <Past live={live.data} minutes={minutes} />
        </Stack>
      )}
    </Page>
  )
}

/** A number that opens the rows behind it. Nothing has no rows. */
function Rows({ n, label, search }: { n: number; label: string; search: MessageSearch }) {
  if (n === 0)
    return (
      <Text span size="sm" c="dimmed">
        0
      </Text>
    )
  return (
    <Anchor
      size="sm"
      underline="hover"
      className="tabular"
      aria-label={`${count(n)} ${label}: open them`}
      renderRoot={props => <Link to="/messages" search={search} {...props} />}
    >
      {count(n)}
    </Anchor>
  )
}

interface Trouble {
  level: 'blocked' | 'late'
  sentence: string
  link: ReactNode
}

const toRows = (search: MessageSearch, words = 'Open them') => (
  <Anchor size="sm" c="inherit" renderRoot={props => <Link to="/messages" search={search} {...props} />}>
    {words}
  </Anchor>
)

/** What is late, failing or blocked, the worst first. */
function troubles(live: Live, carriers: readonly Carrier[] = []): Trouble[] {
  const found: Trouble[] = []
  const toCarrier = (name: string) => (
    <Anchor size="sm" c="inherit" renderRoot={props => <Link to="/carriers/$name" params={{ name }} {...props} />}>
      Look at it
    </Anchor>
  )
  for (const carrier of carriers) {
    const { level, why } = standing(carrier, live.now)
    // Who paused it knows.
    if (level === 'up' || level === 'paused') continue
    const link = toCarrier(carrier.name)
    found.push({
      level: level === 'down' ? 'blocked' : 'late',
      sentence: `Carrier ${carrier.name} is ${level}: ${why}`,
      link,
    })
  }
  for (const lane of live.lanes) {
    const goal = goals[lane.lane]
    const name = laneNames[lane.lane]
    if (lane.oldestSeconds !== null && lane.oldestSeconds > goal.oldestSeconds)
      found.push({
        level: 'late',
        sentence: `${name}: the oldest has waited ${span(lane.oldestSeconds * 1_000)}, with ${many(lane.waiting, 'text')} in the lane.`,
        link: toRows({ lane: lane.lane, state: 'queued' }),
      })
    else if (lane.p99Ms !== null && lane.p99Ms > goal.p99Ms)
      found.push({
        level: 'late',
        sentence: `${name} took ${span(lane.p99Ms)} to be submitted at the 99th percentile; the goal is ${span(goal.p99Ms)}.`,
        link: toRows({ lane: lane.lane, after: live.since }),
      })
  }
  if (live.numberFileSince !== null)
    found.push({
      level: 'late',
      sentence: `No file of deactivated numbers came for ${span(Date.parse(live.now) - Date.parse(live.numberFileSince))}: numbers that have new owners may be texted.`,
      link: null,
    })
  const ends = live.receipts.reduce((sum, { count }) => sum + count, 0)
  const wrong = live.receipts.filter(({ state }) => failed.includes(state))
  const bad = wrong.reduce((sum, { count }) => sum + count, 0)
  const most = wrong.toSorted((a, b) => b.count - a.count)[0]
  if (most && bad >= failing.least && bad > ends * failing.share)
    found.push({
      level: 'blocked',
      sentence: `${count(bad)} of ${many(ends, 'text')} that ended did not arrive; most are ${most.state}.`,
      link: toRows({ state: most.state }),
    })
  return found.toSorted((a, b) => Number(b.level === 'blocked') - Number(a.level === 'blocked'))
}

function Headline({
  live,
  carriers,
  minutes,
  isOld,
}: {
  live: Live
  carriers: readonly Carrier[] | undefined
  minutes: string
  isOld: boolean
}) {
  if (isOld)
    return (
      <Alert color="yellow" icon={<IconClockExclamation aria-hidden />} title="What you see is old">
        The server does not answer at the moment. It is asked again by itself.
      </Alert>
    )
  const found = troubles(live, carriers)
  const code = live.lanes.find(({ lane }) => lane === 'code')
  if (found.length === 0)
    return (
      <Alert color="green" icon={<IconCheck aria-hidden />} title="All is well" role="status">
        Nothing is late, failing or blocked.{' '}
        {code?.p99Ms != null
          ? `Codes were submitted in ${span(code.p99Ms)} at the 99th percentile.`
          : `No code was sent in the last ${minutes} minutes.`}
      </Alert>
    )
  const isBlocked = found[0]!.level === 'blocked'
  return (
    <Alert
      color={isBlocked ? 'red' : 'yellow'}
      icon={<IconAlertTriangle aria-hidden />}
      title={found.length === 1 ? 'One thing needs you' : `${found.length} things need you`}
      role="status"
    >
      <Stack gap={4} component="ul" className="plain">
        {found.map(({ sentence, link }) => (
          <li key={sentence}>
            {sentence} {link}
          </li>
        ))}
      </Stack>
    </Alert>
  )
}

const Box = ({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) => (
  <Card withBorder padding="md" component="section" aria-label={title}>
    <Group justify="space-between" mb="xs" gap="xs">
      <Title order={2} size="h4">
        {title}
      </Title>
      {aside}
    </Group>
    {children}
  </Card>
)

const Late = ({ children }: { children: ReactNode }) => (
  <Text span size="sm" fw={700} className="tabular nowrap late">
    <IconClockExclamation size={14} aria-label="late" role="img" /> {children}
  </Text>
)

function Lanes({ live, minutes }: { live: Live; minutes: string }) {
  return (
    <Box
      title="Lanes"
      aside={
        <Text size="xs" c="dimmed">
          most urgent first; times from accepted to submitted
        </Text>
      }
    >
      <Table horizontalSpacing={6} verticalSpacing={6} className="figures">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Lane</Table.Th>
            <Table.Th>Waiting</Table.Th>
            <Table.Th>Oldest</Table.Th>
            <Table.Th>Held</Table.Th>
            <Table.Th visibleFrom="sm">In {minutes} min</Table.Th>
            <Table.Th visibleFrom="sm">p50</Table.Th>
            <Table.Th>p99</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {live.lanes.map(({ lane, waiting, held, oldestSeconds, submitted, p50Ms, p99Ms }) => {
            const name = laneNames[lane].toLowerCase()
            return (
              <Table.Tr key={lane}>
                <Table.Th scope="row">{laneNames[lane]}</Table.Th>
                <Table.Td>
                  <Rows n={waiting} label={`waiting in ${name}`} search={{ lane, state: 'queued' }} />
                </Table.Td>
                <Table.Td>
                  {oldestSeconds === null ? (
                    <None />
                  ) : oldestSeconds > goals[lane].oldestSeconds ? (
                    <Late>{span(oldestSeconds * 1_000)}</Late>
                  ) : (
                    span(oldestSeconds * 1_000)
                  )}
                </Table.Td>
                <Table.Td>
                  <Rows n={held} label={`held in ${name}`} search={{ lane, state: 'held' }} />
                </Table.Td>
                <Table.Td visibleFrom="sm">
                  <Rows n={submitted} label={`submitted in ${name}`} search={{ lane, after: live.since }} />
                </Table.Td>
                <Table.Td visibleFrom="sm">{p50Ms === null ? <None /> : span(p50Ms)}</Table.Td>
                <Table.Td>
                  {p99Ms === null ? <None /> : p99Ms > goals[lane].p99Ms ? <Late>{span(p99Ms)}</Late> : span(p99Ms)}
                </Table.Td>
              </Table.Tr>
            )
          })}
        </Table.Tbody>
      </Table>
    </Box>
  )
}

const None = () => (
  <Text span size="sm" c="dimmed">
    <span aria-hidden>-</span>
    <span className="unseen">none</span>
  </Text>
)

function Carriers({
  carriers,
  now,
  error,
  again,
}: {
  carriers: readonly Carrier[] | undefined
  now: string
  error: unknown
  again: () => void
}) {
  return (
    <Box
      title="Carriers"
      aside={
        <Anchor size="sm" underline="hover" renderRoot={props => <Link to="/carriers" {...props} />}>
          Binds
        </Anchor>
      }
    >
      {error && !carriers ? <Failed error={error} again={again} /> : null}
      {!carriers && !error && <Waiting what="Asking for the carriers" />}
      {carriers?.length === 0 && <Empty title="No carrier is configured">Without one no text leaves.</Empty>}
      {carriers && carriers.length > 0 && (
        <Table horizontalSpacing={6} verticalSpacing={6} className="figures">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Carrier</Table.Th>
              <Table.Th data-words>State</Table.Th>
              <Table.Th>In flight</Table.Th>
              <Table.Th>A second</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {carriers.map(carrier => {
              return (
                <Table.Tr key={carrier.name}>
                  <Table.Th scope="row">
                    <Anchor
                      size="sm"
                      underline="hover"
                      renderRoot={props => <Link to="/messages" search={{ carrier: carrier.name }} {...props} />}
                    >
                      {carrier.name}
                    </Anchor>
                  </Table.Th>
                  <Table.Td data-words>
                    <MarkBadge mark={standingMark(standing(carrier, now))} />
                  </Table.Td>
                  <Table.Td>
                    {count(carrier.inFlight)} of {count(carrier.window)}
                  </Table.Td>
                  <Table.Td>{carrier.perSecond === null ? 'no limit' : count(carrier.perSecond)}</Table.Td>
                </Table.Tr>
              )
            })}
          </Table.Tbody>
        </Table>
      )}
    </Box>
  )
}

/** What happened in the window. On a quiet line there is nothing to draw, so it says what to do. */
function Past({ live, minutes }: { live: Live; minutes: string }) {
  const maySend = useMay('messages:write')
  const isQuiet =
    live.refusals.length === 0 &&
    live.receipts.length === 0 &&
    live.steps.every(({ accepted, submitted, inbound }) => accepted + submitted + inbound === 0)
  if (isQuiet)
    return (
      <Card withBorder>
        <Empty
          title={`The line was quiet for ${minutes} minutes`}
          action={
            maySend && (
              <Button variant="light" renderRoot={props => <Link to="/subscribers" {...props} />}>
                Send a text
              </Button>
            )
          }
        >
          What is sent, refused and received is drawn here as it happens. Choose a longer window, or send a first text.
        </Empty>
      </Card>
    )
  return (
    <>
      <Charts live={live} minutes={minutes} goalMs={goals.code.p99Ms} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        <Box
          title="Refused, and why"
          aside={
            <Text size="xs" c="dimmed">
              by our own rules, in {minutes} min
            </Text>
          }
        >
          {live.refusals.length === 0 ? (
            <Text size="sm" c="dimmed">
              Nothing was refused.
            </Text>
          ) : (
            <Table horizontalSpacing={6} verticalSpacing={6} className="figures">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Rule</Table.Th>
                  <Table.Th data-words>Purpose</Table.Th>
                  <Table.Th>Texts</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {live.refusals.slice(0, 10).map(({ reason, purpose, count: n }) => (
                  <Table.Tr key={`${reason} ${purpose}`}>
                    <Table.Th scope="row">{reason.replaceAll('_', ' ')}</Table.Th>
                    <Table.Td data-words>{purposeNames[purpose]}</Table.Td>
                    <Table.Td>
                      <Rows
                        n={n}
                        label={`refused by ${reason}`}
                        search={{ state: 'refused', purpose, after: live.since }}
                      />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
        </Box>
        <Box
          title="How texts ended"
          aside={
            live.parked > 0 && (
              <Text size="xs" c="dimmed">
                {many(live.parked, 'receipt')} came before the answer they belong to
              </Text>
            )
          }
        >
          {live.receipts.length === 0 ? (
            <Text size="sm" c="dimmed">
              No text has come to its end yet.
            </Text>
          ) : (
            <Table horizontalSpacing={6} verticalSpacing={6} className="figures">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>State</Table.Th>
                  <Table.Th>Share</Table.Th>
                  <Table.Th>Texts</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {live.receipts.map(({ state, count: n }) => (
                  <Table.Tr key={state}>
                    <Table.Th scope="row">
                      <StateBadge state={state} />
                    </Table.Th>
                    <Table.Td>{share(n, live.receipts)}</Table.Td>
                    <Table.Td>
                      <Rows n={n} label={state} search={{ state }} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
        </Box>
      </SimpleGrid>
    </>
  )
}

const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })
const share = (n: number, all: readonly { count: number }[]) => {
  const part = n / all.reduce((sum, { count }) => sum + count, 0)
  return part > 0 && part < 0.001 ? '< 0.1%' : percent.format(part)
}
