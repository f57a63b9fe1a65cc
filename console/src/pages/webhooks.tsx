// Who is told what happens: the endpoints that Usher calls, how that goes, and the feed for who can't be called.
import { Anchor, Button, Group, Stack, Table, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { WebhookEndpoint, WebhookSecret } from '@usher/contract/webhook'
import { useState } from 'react'
import { count, many } from '../format.tsx'
import { MarkBadge } from '../mark.tsx'
import narrow from '../narrow.module.css'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import { useRowKeys } from '../rows.ts'
import { useMay } from '../session.tsx'
import { Due, Lasted } from './webhooks/due.tsx'
import { Feed } from './webhooks/feed.tsx'
import { endpointMark } from './webhooks/looks.tsx'
import { NewEndpoint } from './webhooks/new-endpoint.tsx'
import { useEndpoints } from './webhooks/queries.ts'
import { SecretShown } from './webhooks/secret.tsx'

export default function Webhooks() {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const mayWrite = useMay('webhooks:write')
  const { data, error, isPending, refetch } = useQuery(useEndpoints())
  const [isMaking, making] = useDisclosure()
  const [made, setMade] = useState<WebhookSecret>()
  const { list } = useRowKeys()
  const items = data?.items ?? []
  const make = mayWrite && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={making.open}>
      {items.length === 0 ? 'Make the first endpoint' : 'New endpoint'}
    </Button>
  )
  return (
    <Page title="Webhooks" actions={items.length > 0 && make}>
      {isPending && <Waiting what="Loading the endpoints" />}
      {error && <Failed error={error} again={() => void refetch()} />}
      {data && items.length === 0 && (
        <Empty title="Nobody is called yet" action={make}>
          A webhook is a call from Usher to your service each time something happens: a text did not arrive, somebody
          wrote, a link was followed. Name an address and Usher posts it there, signed, and tries again for three days
          where it is not taken. What can not be called reads the feed below.
        </Empty>
      )}
      {items.length > 0 && (
        <>
          <Summary endpoints={items} />
          <div ref={list}>
            <Endpoints endpoints={items} />
          </div>
        </>
      )}
      <Feed endpoints={items} />
      {isMaking && (
        <NewEndpoint
          close={making.close}
          made={secret => {
            making.close()
            setMade(secret)
            void queries.invalidateQueries({ queryKey: ['webhooks'] })
          }}
        />
      )}
      <SecretShown
        made={made}
        close={() => {
          const id = made?.endpoint.id
          setMade(undefined)
          if (id) void navigate({ to: '/webhooks/$id', params: { id } })
        }}
      />
    </Page>
  )
}

/** Whether anything is late or failing, before the rows. */
function Summary({ endpoints }: { endpoints: readonly WebhookEndpoint[] }) {
  const sum = (of: (one: WebhookEndpoint) => number) => endpoints.reduce((all, one) => all + of(one), 0)
  const failing = endpoints.filter(({ state, failingSince }) => state === 'active' && failingSince !== null).length
  const gone = endpoints.filter(({ state }) => state === 'gone').length
  const troubles = [
    failing > 0 && `${many(failing, 'endpoint')} ${failing === 1 ? 'is' : 'are'} failing`,
    gone > 0 && `${many(gone, 'endpoint')} ${gone === 1 ? 'is' : 'are'} gone`,
  ].filter(Boolean)
  const waiting = sum(one => one.waiting)
  const failed = sum(one => one.failed)
  return (
    <Text size="sm" c="dimmed">
      {troubles.length === 0 ? 'No endpoint is failing' : troubles.join(', ')}.{' '}
      {waiting === 0
        ? 'No delivery waits'
        : `${many(waiting, 'delivery', 'deliveries')} ${waiting === 1 ? 'waits' : 'wait'}`}
      {failed > 0 && `, ${count(failed)} ${failed === 1 ? 'was' : 'were'} given up in the last 30 days`}.
    </Text>
  )
}

const Endpoints = ({ endpoints }: { endpoints: readonly WebhookEndpoint[] }) => (
  <Table className={narrow.table} highlightOnHover verticalSpacing={8} aria-label="Endpoints">
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Address</Table.Th>
        <Table.Th>State</Table.Th>
        <Table.Th>Told of</Table.Th>
        <Table.Th ta="right" className="nowrap">
          Waiting
        </Table.Th>
        <Table.Th ta="right" className="nowrap">
          Given up
        </Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {endpoints.map(endpoint => (
        <Table.Tr key={endpoint.id}>
          <Table.Td>
            <Anchor
              data-row
              size="sm"
              className="anywhere"
              renderRoot={props => <Link to="/webhooks/$id" params={{ id: endpoint.id }} {...props} />}
            >
              {endpoint.url}
            </Anchor>
            {endpoint.description && (
              <Text size="xs" c="dimmed">
                <bdi>{endpoint.description}</bdi>
              </Text>
            )}
          </Table.Td>
          <Table.Td>
            <Stack gap={2} align="flex-start">
              <MarkBadge mark={endpointMark(endpoint)} />
              <Trouble endpoint={endpoint} />
            </Stack>
          </Table.Td>
          <Table.Td data-label="Told of">
            <Text span size="sm" className="nowrap" title={endpoint.types.join(', ')}>
              {endpoint.types.length === 1 ? endpoint.types[0] : many(endpoint.types.length, 'type')}
            </Text>
          </Table.Td>
          <Table.Td ta="right" className="tabular" data-label="Waiting">
            {count(endpoint.waiting)}
          </Table.Td>
          <Table.Td ta="right" className="tabular" data-label="Given up">
            {endpoint.failed === 0 ? (
              0
            ) : (
              <Anchor
                size="sm"
                aria-label={`${many(endpoint.failed, 'delivery', 'deliveries')} given up`}
                renderRoot={props => (
                  <Link to="/webhooks/$id" params={{ id: endpoint.id }} search={{ state: 'failed' }} {...props} />
                )}
              >
                {count(endpoint.failed)}
              </Anchor>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)

function Trouble({ endpoint: { failingSince, slowedUntil, lastStatus, state } }: { endpoint: WebhookEndpoint }) {
  if (state === 'gone') return null
  return (
    <Group gap={4}>
      {failingSince !== null && (
        <Text span size="xs" c="dimmed">
          {lastStatus === null ? 'no answer' : `last ${lastStatus}`}, failing for <Lasted since={failingSince} />
        </Text>
      )}
      {slowedUntil !== null && (
        <Text span size="xs" c="dimmed">
          asked us to wait, next call <Due at={slowedUntil} />
        </Text>
      )}
    </Group>
  )
}
