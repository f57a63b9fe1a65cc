// On the first page: payments that had failed, saved and lost in the last 30 days, by the journey that asked for them.
import { Anchor, Card, Group, Table, Text, Title } from '@mantine/core'
import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { count, exact } from '../../format.tsx'
import { useMay } from '../../session.tsx'
import { funnelQuery, journeysQuery } from './queries.ts'
import { addSums, paysOff, sumsSaid } from './words.ts'

export function Ladder() {
  const mayLook = useMay('templates:read')
  const { data } = useQuery({ ...journeysQuery, enabled: mayLook })
  const ladders = (data?.items ?? []).filter(paysOff)
  const funnels = useQueries({ queries: ladders.map(({ name }) => funnelQuery(name, 30)) })
  // Where no payment failed there is nothing to tell.
  const rows = ladders.flatMap((journey, i) => {
    const funnel = funnels[i]?.data
    return funnel && funnel.started + funnel.open + funnel.ended.paid + funnel.ended.lost > 0
      ? [{ journey, funnel }]
      : []
  })
  if (rows.length === 0) return null
  return (
    <Card withBorder padding="md" component="section" aria-label="Payments saved and lost">
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={2} size="h4">
          Payments saved and lost
        </Title>
        <Text size="xs" c="dimmed">
          in 30 days; the amounts are those after a text
        </Text>
      </Group>
      <Table horizontalSpacing={6} verticalSpacing={6} className="figures">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Journey</Table.Th>
            <Table.Th>Under way</Table.Th>
            <Table.Th>Saved</Table.Th>
            <Table.Th>Lost</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ journey: { name, title, isOn }, funnel: { open, ended, steps, isWhole, since } }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row">
                <Anchor
                  size="sm"
                  underline="hover"
                  renderRoot={props => <Link to="/journeys/$name" params={{ name }} {...props} />}
                >
                  {title}
                </Anchor>
                {!isOn && (
                  <Text span size="xs" c="dimmed">
                    , off
                  </Text>
                )}
                {!isWhole && (
                  <Text span size="xs" c="dimmed">
                    , since {exact(since)}
                  </Text>
                )}
              </Table.Th>
              <Table.Td>{count(open)}</Table.Td>
              <Table.Td>
                <Worth n={ended.paid} sums={addSums(steps.map(({ paidAmounts }) => paidAmounts))} />
              </Table.Td>
              <Table.Td>
                <Worth n={ended.lost} sums={addSums(steps.map(({ lostAmounts }) => lostAmounts))} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  )
}

const Worth = ({ n, sums }: { n: number; sums: Parameters<typeof sumsSaid>[0] }) => (
  <>
    {count(n)}
    {sums.length > 0 && (
      <Text span size="xs" c="dimmed" display="block">
        {sumsSaid(sums)}
      </Text>
    )}
  </>
)
