// Codes by country and hour: how many went out, and how many came back. Where few come back, somebody may be paid for them.
import { Anchor, Group, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { CodeUse } from '@usher/contract/verification'
import { useState } from 'react'
import { Chart } from '../../chart.tsx'
import { client } from '../../client.ts'
import { countryName } from '../../countries.ts'
import { count, many, useNow } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { Empty, Failed, Waiting } from '../../page.tsx'

const spans = [
  { value: '24', label: '24 h' },
  { value: '72', label: '3 days' },
  { value: '168', label: '7 days' },
] as const

export function Codes() {
  const [hours, setHours] = useState<(typeof spans)[number]['value']>('24')
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['code-use', hours],
    queryFn: ({ signal }) => client.codeUse({ hours: Number(hours), signal }),
    refetchInterval: 10_000,
  })
  const now = useNow(60_000)
  if (isPending) return <Waiting what="Counting codes" />
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />
  const countries = byCountry(data.items)
  const steps = byHour(data.items, Number(hours), now)
  const sent = countries.reduce((sum, one) => sum + one.sent, 0)
  const approved = countries.reduce((sum, one) => sum + one.approved, 0)
  return (
    <Stack gap="md">
      {error && <Failed error={error} again={() => void refetch()} />}
      <Group justify="space-between">
        <Title order={2} size="h4">
          Codes
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="How far back"
          value={hours}
          onChange={value => setHours(value as typeof hours)}
          data={[...spans]}
        />
      </Group>
      {countries.length === 0 ? (
        <Empty title="No code was asked for">
          Codes that your service asks for by POST /v1/verifications are counted here, by country and hour.
        </Empty>
      ) : (
        <>
          <Chart
            sentence={`${share(approved, sent)} of ${many(sent, 'code')} came back right`}
            unit="codes an hour"
            steps={steps}
            stepSeconds={3_600}
            shape="beside"
            write={count}
            least={10}
            series={[
              { name: 'sent', of: step => step.sent, look: 'look-submitted' },
              { name: 'right', of: step => step.approved, look: 'look-delivered' },
              { name: 'refused', of: step => step.refused, look: 'look-refused' },
            ]}
          />
          <Table className={narrow.table} verticalSpacing={6} fz="sm" aria-label="Codes by country">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Country</Table.Th>
                <Table.Th className={narrow.right}>Sent</Table.Th>
                <Table.Th className={narrow.right}>Right</Table.Th>
                <Table.Th className={narrow.right}>Of those sent</Table.Th>
                <Table.Th className={narrow.right}>Refused</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {countries.map(one => (
                <Table.Tr key={one.country}>
                  <Table.Td>
                    <Anchor
                      size="sm"
                      renderRoot={props => (
                        <Link {...props} to="/messages" search={{ lane: 'code', country: one.country }} />
                      )}
                    >
                      {countryName(one.country)}
                    </Anchor>
                  </Table.Td>
                  <Table.Td className={narrow.right} data-label="Sent">
                    {count(one.sent)}
                  </Table.Td>
                  <Table.Td className={narrow.right} data-label="Right">
                    {count(one.approved)}
                  </Table.Td>
                  <Table.Td className={narrow.right} data-label="Of those sent">
                    {share(one.approved, one.sent)}
                  </Table.Td>
                  <Table.Td className={narrow.right} data-label="Refused">
                    {count(one.refused)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Text size="xs" c="dimmed">
            A code that is sent again counts again. Codes of the newest minutes may still be typed.
          </Text>
        </>
      )}
    </Stack>
  )
}

type Sums = Pick<CodeUse, 'sent' | 'approved' | 'refused'>
const none: Sums = { sent: 0, approved: 0, refused: 0 }
const plus = (a: Sums, b: Sums): Sums => ({
  sent: a.sent + b.sent,
  approved: a.approved + b.approved,
  refused: a.refused + b.refused,
})
const share = (part: number, whole: number) => (whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`)

function byCountry(items: readonly CodeUse[]) {
  const sums = new Map<string, Sums>()
  for (const one of items) sums.set(one.country, plus(sums.get(one.country) ?? none, one))
  return [...sums].map(([country, sum]) => ({ country, ...sum })).sort((a, b) => b.sent - a.sent)
}

/** Every hour has its step, those without a code too. */
function byHour(items: readonly CodeUse[], hours: number, now: number) {
  const hourMs = 3_600_000
  const newest = Math.max(Math.floor(now / hourMs) * hourMs, ...items.map(one => Date.parse(one.hour)))
  return Array.from({ length: hours }, (_, i) => {
    const at = newest - (hours - 1 - i) * hourMs
    const sums = items.filter(one => Date.parse(one.hour) === at).reduce(plus, none)
    return { at: new Date(at).toISOString(), ...sums }
  })
}
