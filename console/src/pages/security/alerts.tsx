// Alerts: whether it was them, asked by text, and what they said.
import { Anchor, NativeSelect, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type AlertView, alertStates } from '@usher/contract/alert'
import { useState } from 'react'
import { client } from '../../client.ts'
import { Time } from '../../format.tsx'
import { MarkBadge } from '../../mark.tsx'
import narrow from '../../narrow.module.css'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { events, states, Who } from './looks.tsx'

export function Alerts() {
  const [state, setState] = useState<AlertView['state']>()
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['alerts', state],
    queryFn: ({ signal }) => client.listAlerts({ limit: 50, ...(state && { state }) }, { signal }),
    refetchInterval: 10_000,
  })
  const rows = data?.items ?? []
  return (
    <Stack gap="md">
      <Title order={2} size="h4">
        Alerts and answers
      </Title>
      <NativeSelect
        size="xs"
        maw={220}
        aria-label="State"
        value={state ?? ''}
        onChange={event => setState(alertStates.find(one => one === event.currentTarget.value))}
        data={[{ value: '', label: 'Any state' }, ...alertStates.map(value => ({ value, label: states[value].word }))]}
      />
      {isPending && <Waiting what="Listing alerts" />}
      {error && <Failed error={error} again={() => void refetch()} />}
      {data && rows.length === 0 && (
        <Empty title={state ? 'There is none like this' : 'Nobody was alerted'}>
          Your service asks a subscriber whether it was them by POST /v1/alerts; they answer YES or NO, by text or on a
          page.
        </Empty>
      )}
      {rows.length > 0 && (
        <Table className={narrow.table} verticalSpacing={6} fz="sm" aria-label="Alerts, newest first">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>Who</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>Answer</Table.Th>
              <Table.Th>The text</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(row => (
              <Table.Tr key={row.id}>
                <Table.Td>
                  <Time at={row.at} />
                </Table.Td>
                <Table.Td>
                  <Who id={row.subscriber} />
                </Table.Td>
                <Table.Td>
                  {events[row.event]}
                  <Text size="xs" c="dimmed">
                    {[row.device, row.place].filter(Boolean).join(', ')}
                  </Text>
                </Table.Td>
                <Table.Td>
                  <MarkBadge mark={states[row.state]} />
                  {row.answeredAt && (
                    <Text size="xs" c="dimmed">
                      by {row.by}, <Time at={row.answeredAt} />
                    </Text>
                  )}
                </Table.Td>
                <Table.Td data-label="The text">
                  {row.delivery.message === null ? (
                    (row.delivery.reason ?? row.delivery.state)
                  ) : (
                    <Anchor
                      size="sm"
                      renderRoot={props => (
                        <Link {...props} to="/messages" search={{ open: row.delivery.message ?? undefined }} />
                      )}
                    >
                      {row.delivery.state}
                    </Anchor>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  )
}
