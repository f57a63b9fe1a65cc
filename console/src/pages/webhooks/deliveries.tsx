// What an endpoint was told, newest first, by filters that stand in the address; the delivery that is opened lies beside.
import { Anchor, Button, Group, Modal, NativeSelect, Stack, Table, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconRepeat, IconX } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Delivery, WebhookEndpoint } from '@usher/contract/webhook'
import { Beside, Pages, Row, Rows } from '../../beside.tsx'
import { client, sentence } from '../../client.ts'
import { many, Time } from '../../format.tsx'
import { MarkBadge } from '../../mark.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import type { DeliverySearch } from '../../router.tsx'
import { useMay } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import { DeliveryPanel } from './delivery.tsx'
import { Due } from './due.tsx'
import { deliveryMarks, deliveryStates, outcome } from './looks.tsx'
import { outgoing, outgoingNames } from './outgoing.ts'
import { useDeliveries } from './queries.ts'

interface DeliveriesProps {
  endpoint: WebhookEndpoint
  search: Omit<DeliverySearch, 'tab'>
  go: (change: Partial<DeliverySearch>, replace?: boolean) => void
}

export function Deliveries({ endpoint, search: { open, ...filter }, go }: DeliveriesProps) {
  const { data, error, isPending, refetch } = useQuery(useDeliveries(endpoint.id, filter))
  const show = (id: string | undefined) => go({ open: id }, open !== undefined && id !== undefined)
  const isFiltered = filter.state !== undefined || filter.type !== undefined
  const rows = data?.items ?? []
  return (
    <>
      <Filters endpoint={endpoint} filter={filter} go={go} />
      <Beside
        name="The open delivery"
        open={open}
        show={show}
        panel={id => <DeliveryPanel key={id} id={id} endpoint={endpoint} close={() => show(undefined)} />}
      >
        {isPending && <Waiting what="Listing deliveries" />}
        {error && !data && <Failed error={error} again={() => void refetch()} />}
        {data && rows.length === 0 && (
          <Empty
            title={
              isFiltered
                ? 'No delivery is like this'
                : filter.from
                  ? 'There are no older ones'
                  : 'It was told nothing yet'
            }
            action={
              (isFiltered || filter.from) && (
                <Button variant="light" onClick={() => go({ state: undefined, type: undefined, from: undefined })}>
                  {isFiltered ? 'Clear the filters' : 'To the newest'}
                </Button>
              )
            }
          >
            {isFiltered
              ? 'Deliveries of the last 30 days were looked through.'
              : filter.from
                ? 'Deliveries are kept for 30 days.'
                : 'Send a test, or wait until something it is told of happens. Each call is shown here, with what it answered.'}
          </Empty>
        )}
        {rows.length > 0 && (
          <>
            <Rows
              name="Deliveries, newest first"
              head={
                <>
                  <Table.Th>State</Table.Th>
                  <Table.Th>Type</Table.Th>
                  <Table.Th data-number>Tries</Table.Th>
                  <Table.Th>Last</Table.Th>
                  <Table.Th>Next try</Table.Th>
                  <Table.Th data-number>When</Table.Th>
                </>
              }
            >
              {rows.map(row => (
                <DeliveryRow key={row.id} row={row} isOpen={row.id === open} filter={filter} show={show} />
              ))}
            </Rows>
            <Pages
              said={`${many(rows.length, 'delivery', 'deliveries')} shown${data?.next ? '' : ', back to 30 days ago'}`}
              from={filter.from}
              next={data?.next ?? null}
              go={from => go({ from, open: undefined })}
            />
          </>
        )}
      </Beside>
    </>
  )
}

function DeliveryRow({
  row,
  isOpen,
  filter,
  show,
}: {
  row: Delivery
  isOpen: boolean
  filter: Omit<DeliverySearch, 'tab' | 'open'>
  show: (id: string) => void
}) {
  return (
    <Row isOpen={isOpen} onOpen={() => show(row.id)}>
      <Table.Td>
        <MarkBadge mark={deliveryMarks[row.state]} />
      </Table.Td>
      <Table.Td>
        <Anchor
          data-row={row.id}
          size="sm"
          title={outgoing[row.type].means}
          renderRoot={props => (
            <Link
              to="/webhooks/$id"
              params={{ id: row.endpoint }}
              search={{ ...filter, open: row.id }}
              aria-current={isOpen || undefined}
              {...props}
            />
          )}
        >
          {row.type}
        </Anchor>
      </Table.Td>
      <Table.Td data-number data-label="Tries">
        {row.tries}
      </Table.Td>
      <Table.Td data-label="Last" title={row.tries > 0 ? outcome(row.lastStatus, row.lastError) : undefined}>
        {row.tries === 0 ? '' : (row.lastStatus ?? 'no answer')}
      </Table.Td>
      <Table.Td data-label="Next">{row.nextAt !== null && <Due at={row.nextAt} />}</Table.Td>
      <Table.Td data-number data-end>
        <Time at={row.createdAt} />
      </Table.Td>
    </Row>
  )
}

function Filters({
  endpoint,
  filter,
  go,
}: {
  endpoint: WebhookEndpoint
  filter: Omit<DeliverySearch, 'tab' | 'open'>
  go: DeliveriesProps['go']
}) {
  const mayWrite = useMay('webhooks:write')
  const choice = (name: 'state' | 'type', any: string, all: readonly string[]) => {
    const value = filter[name] ?? ''
    // A value that came with the address and is none of ours is shown as it is.
    const known = value === '' || all.includes(value) ? all : [...all, value]
    return (
      <NativeSelect
        size="xs"
        aria-label={any.replace('Any ', '')}
        value={value}
        onChange={event => go({ [name]: event.currentTarget.value || undefined, from: undefined, open: undefined })}
        data={[{ value: '', label: any }, ...known]}
      />
    )
  }
  return (
    <Group justify="space-between" gap="xs" mb="xs">
      <search aria-label="Filters">
        <Group gap="xs">
          {choice('state', 'Any state', deliveryStates)}
          {choice('type', 'Any type', outgoingNames)}
          {(filter.state || filter.type) && (
            <Button
              size="xs"
              variant="subtle"
              leftSection={<IconX size={14} aria-hidden />}
              onClick={() => go({ state: undefined, type: undefined, from: undefined, open: undefined })}
            >
              Clear
            </Button>
          )}
        </Group>
      </search>
      {mayWrite && endpoint.failed > 0 && <AgainAll endpoint={endpoint} />}
    </Group>
  )
}

/** All that was given up, once more; how many that is stands on the button. */
function AgainAll({ endpoint }: { endpoint: WebhookEndpoint }) {
  const queries = useQueryClient()
  const [isAsking, { open, close }] = useDisclosure()
  const isActive = endpoint.state === 'active'
  const failed = many(endpoint.failed, 'delivery', 'deliveries')
  const again = useMutation({
    mutationFn: () => client.replayFailed(endpoint.id),
    onSuccess: ({ replayed }) => {
      close()
      tell({ title: 'On their way', message: `${many(replayed, 'delivery', 'deliveries')} will be tried again now.` })
    },
    onSettled: () => {
      for (const key of ['webhooks', 'deliveries', 'delivery']) void queries.invalidateQueries({ queryKey: [key] })
    },
  })
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconRepeat size={14} aria-hidden />}
        disabled={!isActive}
        title={isActive ? undefined : 'The endpoint is not active'}
        onClick={open}
      >
        Deliver all {endpoint.failed === 1 ? '' : `${endpoint.failed.toLocaleString('en')} `}that failed again
      </Button>
      <Modal
        opened={isAsking}
        onClose={close}
        title={`Deliver ${failed} again?`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          <Text size="sm">
            {failed} that {endpoint.failed === 1 ? 'was' : 'were'} given up in the last 30 days{' '}
            {endpoint.failed === 1 ? 'is' : 'are'} sent to {endpoint.url} now, with the same webhook-id as before: a
            program that took one already can tell. What is not taken is tried again for three days.
          </Text>
          {again.error && (
            <Text size="sm" c="red" role="alert">
              {sentence(again.error)}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close} data-autofocus>
              Leave them
            </Button>
            <Button loading={again.isPending} onClick={() => again.mutate()}>
              Deliver them again
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
