// All carriers in a few lines: the one in trouble first, with why; a carrier opens on a page of its own.
import { Alert, Anchor, Button, Group, Progress, Stack, Table, Text } from '@mantine/core'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Carrier } from '@usher/contract/live'
import { count, many, money, useNow } from '../../format.tsx'
import { MarkBadge } from '../../mark.tsx'
import narrow from '../../narrow.module.css'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { useRowKeys } from '../../rows.ts'
import { useMay } from '../../session.tsx'
import { QuickKnobs, useIsSimulated } from './knobs.tsx'
import { carriersQuery } from './line.tsx'
import { standingMark } from './marks.ts'
import { levels, type Standing, standing } from './standing.ts'

export function Overview() {
  const isSimulated = useIsSimulated()
  const { data, error, isPending, refetch } = useQuery(carriersQuery)
  const mayWrite = useMay('carriers:write')
  const now = new Date(useNow()).toISOString()
  const { list } = useRowKeys()
  const items = (data?.items ?? [])
    .map(carrier => ({ carrier, how: standing(carrier, now) }))
    .toSorted((a, b) => levels.indexOf(a.how.level) - levels.indexOf(b.how.level))
  const isAnySimulated = items.some(({ carrier }) => isSimulated(carrier.name))
  if (isPending) return <Waiting what="Loading the carriers" />
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />
  return (
    <Stack gap="md" mb="xl">
      {error && <Failed error={error} again={() => void refetch()} />}
      {items.length === 0 ? (
        <Empty
          title="There is no carrier"
          action={
            mayWrite && (
              <Button renderRoot={props => <Link to="/carriers" search={{ tab: 'add' }} {...props} />}>
                Add the first carrier
              </Button>
            )
          }
        >
          A carrier is a company that takes your texts: over SMPP, or over HTTP as Twilio and Vonage do. Texts wait
          until there is one, and a route that leads to it.
        </Empty>
      ) : (
        <>
          <Headline items={items} />
          <div ref={list}>
            <Table
              className={narrow.table}
              verticalSpacing={8}
              horizontalSpacing={8}
              highlightOnHover
              aria-label="Carriers"
            >
              <Table.Thead>
                <Table.Tr>
                  <Table.Th miw={110}>Carrier</Table.Th>
                  <Table.Th>State</Table.Th>
                  <Table.Th>In flight</Table.Th>
                  <Table.Th>Last 15 minutes</Table.Th>
                  <Table.Th ta="right" className="nowrap">
                    Taken
                  </Table.Th>
                  <Table.Th ta="right" className="nowrap">
                    Delivered
                  </Table.Th>
                  <Table.Th ta="right">Cost</Table.Th>
                  {isAnySimulated && <Table.Th>Simulated</Table.Th>}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map(({ carrier, how }) => (
                  <Line key={carrier.name} carrier={carrier} how={how} isAnySimulated={isAnySimulated} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </>
      )}
    </Stack>
  )
}

/** The first thing that is read: is any of them in trouble? */
function Headline({ items }: { items: readonly { carrier: Carrier; how: Standing }[] }) {
  const troubled = items.filter(({ how }) => how.level === 'down' || how.level === 'slow')
  const paused = items.filter(({ how }) => how.level === 'paused').length
  const others = paused === 0 ? '' : ` ${many(paused, 'carrier')} ${paused === 1 ? 'is' : 'are'} paused.`
  if (troubled.length === 0)
    return (
      <Alert color="green" icon={<IconCheck aria-hidden />} p="xs" role="status">
        <Text size="sm" fw={600}>
          {paused === 0
            ? items.length === 1
              ? 'The carrier is up.'
              : `All ${count(items.length)} carriers are up.`
            : `No carrier is in trouble.${others}`}
        </Text>
      </Alert>
    )
  const isDown = troubled.some(({ how }) => how.level === 'down')
  const stands = items.filter(({ how }) => how.level === 'up' || how.level === 'slow').length
  return (
    <Alert
      color={isDown ? 'red' : 'yellow'}
      icon={<IconAlertTriangle aria-hidden />}
      p="xs"
      role="status"
      title={`${troubled.length} of ${many(items.length, 'carrier')} ${troubled.length === 1 ? 'is' : 'are'} in trouble`}
    >
      <Stack gap={2} component="ul" className="plain">
        {troubled.map(({ carrier, how }) => (
          <Text key={carrier.name} size="sm" component="li">
            <b>{carrier.name}</b> is {how.level}: {how.why}
          </Text>
        ))}
      </Stack>
      <Text size="sm" mt={4}>
        {stands === 0
          ? 'None is left: texts wait until one is back.'
          : isDown
            ? `Texts go by the ${stands === 1 ? 'one that stands' : `${count(stands)} that stand`}, where a route leads there.`
            : 'Texts still leave; a carrier that fails is given fewer of them.'}
        {others}
      </Text>
    </Alert>
  )
}

const protocols: Record<Carrier['protocol'], string> = {
  smpp: 'SMPP',
  twilio: 'Twilio',
  vonage: 'Vonage',
  http: 'HTTP',
}
export const protocolName = (protocol: Carrier['protocol']) => protocols[protocol]

export const share = (n: number | null) => (n === null ? 'none yet' : `${Number((n * 100).toFixed(1))} %`)

function Line({ carrier, how, isAnySimulated }: { carrier: Carrier; how: Standing; isAnySimulated: boolean }) {
  const isSimulated = useIsSimulated()
  const { name, label, protocol, cost, steps } = carrier
  const overall = carrier.health.find(({ country }) => country === null)
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor
          data-row
          fw={600}
          size="sm"
          renderRoot={props => <Link to="/carriers/$name" params={{ name }} {...props} />}
        >
          {name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {label !== null && (
            <>
              <bdi>{label}</bdi>,{' '}
            </>
          )}
          {protocolName(protocol)}
        </Text>
      </Table.Td>
      <Table.Td miw={120} maw={300}>
        <Stack gap={2} align="flex-start">
          <MarkBadge mark={standingMark(how)} />
          {how.level !== 'up' && <Text size="xs">{how.why}</Text>}
        </Stack>
      </Table.Td>
      <Table.Td data-label="In flight" miw={84}>
        <InFlight carrier={carrier} />
      </Table.Td>
      <Table.Td data-label="Last 15 minutes" miw={130}>
        <Spark steps={steps} />
      </Table.Td>
      <Table.Td className={`${narrow.right} tabular nowrap`} data-label="Taken">
        {share(overall?.taken ?? null)}
      </Table.Td>
      <Table.Td className={`${narrow.right} tabular nowrap`} data-label="Delivered">
        {share(overall?.delivered ?? null)}
      </Table.Td>
      <Table.Td className={`${narrow.right} tabular nowrap`} data-label="Cost">
        {money({ ...cost, amount: Number(cost.amount).toFixed(2) })}
      </Table.Td>
      {isAnySimulated && <Table.Td>{isSimulated(name) && <QuickKnobs carrier={name} />}</Table.Td>}
    </Table.Tr>
  )
}

/** How full the window is, over all its binds. */
export function InFlight({
  carrier: { name, window, inFlight },
}: {
  carrier: Pick<Carrier, 'name' | 'window' | 'inFlight'>
}) {
  const full = window === 0 ? 0 : Math.min(100, (inFlight / window) * 100)
  return (
    <Stack gap={2} maw={160}>
      <Text size="sm" className="tabular nowrap">
        {count(inFlight)} of {count(window)}
      </Text>
      <Progress.Root size="sm">
        <Progress.Section
          value={full}
          color={full >= 100 ? 'yellow' : 'blue'}
          aria-label={`Window of ${name}, in flight`}
        />
      </Progress.Root>
    </Stack>
  )
}

/** The last 15 minutes as a line of small bars; who can't see it reads the sum. */
function Spark({ steps }: { steps: Carrier['steps'] }) {
  const parts = steps.reduce((sum, step) => sum + step.parts, 0)
  const failed = steps.reduce((sum, step) => sum + step.failed, 0)
  const most = Math.max(1, ...steps.map(step => step.parts + step.failed))
  const height = (n: number) => (n / most) * 100
  return (
    <Group gap="xs" wrap="nowrap">
      {steps.length > 0 && (
        <svg width="60" height="26" viewBox={`0 0 ${steps.length} 100`} preserveAspectRatio="none" aria-hidden>
          {steps.map((step, n) => (
            <g key={step.at}>
              <rect
                className="look-submitted"
                x={n + 0.1}
                width={0.8}
                y={100 - height(step.parts)}
                height={height(step.parts)}
              />
              <rect
                className="look-failed"
                x={n + 0.1}
                width={0.8}
                y={100 - height(step.parts + step.failed)}
                height={height(step.failed)}
              />
            </g>
          ))}
        </svg>
      )}
      <Text size="sm" className="tabular nowrap" component="div">
        {count(parts)}
        {failed > 0 && (
          <Text size="xs" c="dimmed">
            {count(failed)} failed
          </Text>
        )}
      </Text>
    </Group>
  )
}
