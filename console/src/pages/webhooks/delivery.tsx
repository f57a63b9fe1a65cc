// One delivery beside the list: what became of it, each try, and what is sent.
import { Anchor, Button, CloseButton, DataList, Group, ScrollArea, Stack, Text, Timeline, Title } from '@mantine/core'
import { IconCheck, IconClockHour4, IconRepeat, IconX } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { DeliveryDetail, WebhookEndpoint } from '@usher/contract/webhook'
import type { ReactNode } from 'react'
import { client, isProblem } from '../../client.ts'
import { exact, span, Time } from '../../format.tsx'
import { MarkBadge } from '../../mark.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { tell, tellFailure } from '../../toast.tsx'
import { Copy, Whole } from '../settings/shown-once.tsx'
import { Due } from './due.tsx'
import { deliveryMarks, outcome } from './looks.tsx'
import { outgoing } from './outgoing.ts'
import { useDelivery } from './queries.ts'

export function DeliveryPanel({ id, endpoint, close }: { id: string; endpoint: WebhookEndpoint; close: () => void }) {
  const { data, error, isPending, refetch } = useQuery(useDelivery(id))
  return (
    <ScrollArea h="100%" type="auto" viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': 'The delivery' }}>
      <Stack gap="md" p="md">
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Title order={2} size="h4" className="anywhere">
            {data?.type ?? 'Delivery'}
          </Title>
          <CloseButton aria-label="Close the delivery" onClick={close} />
        </Group>
        {isPending && <Waiting what="Opening the delivery" />}
        {error &&
          !data &&
          (isProblem(error, 'unknown_delivery', 'invalid_request') ? (
            <Empty title="There is no such delivery">
              Deliveries are kept for 30 days. It may be older, or the address is mistyped.
            </Empty>
          ) : (
            <Failed error={error} again={() => void refetch()} />
          ))}
        {data && <Told delivery={data} endpoint={endpoint} />}
      </Stack>
    </ScrollArea>
  )
}

function Told({ delivery, endpoint }: { delivery: DeliveryDetail; endpoint: WebhookEndpoint }) {
  const { state, type, payload, nextAt, tries, lastStatus, lastError } = delivery
  const json = JSON.stringify(payload, null, 2)
  return (
    <>
      <Group gap="xs">
        <MarkBadge mark={deliveryMarks[state]} />
        <Text size="sm" c="dimmed">
          {outgoing[type].means}
        </Text>
      </Group>
      <Text size="sm">
        {tries > 0 && state !== 'delivered' && `${outcome(lastStatus, lastError)} `}
        {state === 'waiting' ? (
          <>
            {tries === 0 ? 'It is tried for the first time' : 'It is tried again'}{' '}
            {endpoint.state === 'active' && nextAt !== null ? <Due at={nextAt} /> : 'once the endpoint is active'}.
          </>
        ) : (
          deliveryMarks[state].sentence
        )}
      </Text>
      <Again delivery={delivery} isActive={endpoint.state === 'active'} />
      <Part title="Tries">
        <Tries delivery={delivery} />
      </Part>
      <Part title="What is sent">
        <Stack gap="xs">
          <Whole label="The payload">{json}</Whole>
          <Group>
            <Copy value={json} what="the payload" />
            <About payload={payload} />
          </Group>
        </Stack>
      </Part>
      <Part title="Details">
        <DataList size="sm" gap={6} labelWidth={110}>
          {(
            [
              ['webhook-id', delivery.told],
              ['Happened', exact(payload.timestamp)],
              ['Made', exact(delivery.createdAt)],
              ...(delivery.endedAt === null ? [] : [['Ended', exact(delivery.endedAt)]]),
              ['Id', delivery.id],
            ] as [string, string][]
          ).map(([label, value]) => (
            <DataList.Item key={label}>
              <DataList.ItemLabel>{label}</DataList.ItemLabel>
              <DataList.ItemValue className="anywhere">{value}</DataList.ItemValue>
            </DataList.Item>
          ))}
        </DataList>
      </Part>
    </>
  )
}

const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section aria-label={title}>
    <Title order={3} size="h5" mb="xs">
      {title}
    </Title>
    {children}
  </section>
)

/** The way to what it tells of, where a page of the console shows that. */
function About({ payload: { type, data } }: { payload: DeliveryDetail['payload'] }) {
  const id = typeof data.id === 'string' ? data.id : undefined
  if (id === undefined) return null
  if (type.startsWith('message.'))
    return (
      <Anchor size="sm" renderRoot={props => <Link to="/messages" search={{ open: id }} {...props} />}>
        See the text
      </Anchor>
    )
  if (type === 'link.clicked')
    return (
      <Anchor size="sm" renderRoot={props => <Link to="/links" search={{ open: id }} {...props} />}>
        See the click
      </Anchor>
    )
  return null
}

function Again({ delivery: { id, state }, isActive }: { delivery: DeliveryDetail; isActive: boolean }) {
  const mayWrite = useMay('webhooks:write')
  const queries = useQueryClient()
  const again = useMutation({
    mutationFn: () => client.replayDelivery(id),
    onSuccess: () => tell({ title: 'On its way', message: 'It is sent again, with the same webhook-id.' }),
    onError: error => tellFailure('Not sent again', error),
    onSettled: () => {
      for (const key of ['webhooks', 'deliveries', 'delivery']) void queries.invalidateQueries({ queryKey: [key] })
    },
  })
  if (!mayWrite) return null
  return (
    <Group gap="xs">
      <Button
        size="xs"
        variant={state === 'failed' ? 'filled' : 'default'}
        leftSection={<IconRepeat size={14} aria-hidden />}
        loading={again.isPending}
        disabled={!isActive}
        onClick={() => again.mutate()}
      >
        {state === 'waiting' ? 'Deliver now' : 'Deliver again'}
      </Button>
      {!isActive && (
        <Text size="xs" c="dimmed">
          The endpoint is not active.
        </Text>
      )}
    </Group>
  )
}

function Tries({ delivery: { attempts, state, nextAt, createdAt } }: { delivery: DeliveryDetail }) {
  if (attempts.length === 0 && nextAt === null)
    return (
      <Text size="sm" c="dimmed">
        It was never called for this.
      </Text>
    )
  return (
    <Timeline bulletSize={22} lineWidth={2} active={attempts.length}>
      {attempts.map(({ number, at, status, error, tookMs }) => {
        const isTaken = status !== null && status >= 200 && status < 300 && error === null
        return (
          <Timeline.Item
            key={number}
            color={isTaken ? 'green' : 'red'}
            bullet={isTaken ? <IconCheck size={13} aria-hidden /> : <IconX size={13} aria-hidden />}
            title={
              <Group gap="xs">
                <Text span size="sm" fw={600}>
                  {status ?? 'no answer'}
                </Text>
                <Text span size="sm" c="dimmed" className="tabular">
                  try {number}, <Time at={at} />
                </Text>
              </Group>
            }
          >
            <Text size="sm" className="anywhere">
              {outcome(status, error)}
            </Text>
            <Text size="xs" c="dimmed">
              <time dateTime={at}>{exact(at)}</time> · took {span(tookMs)}
              {number === 1 && Date.parse(at) - Date.parse(createdAt) >= 2_000
                ? ` · ${span(Date.parse(at) - Date.parse(createdAt))} after it was made`
                : ''}
            </Text>
          </Timeline.Item>
        )
      })}
      {state === 'waiting' && nextAt !== null && (
        <Timeline.Item
          color="blue"
          bullet={<IconClockHour4 size={13} aria-hidden />}
          title={
            <Text span size="sm" c="dimmed">
              next try <Due at={nextAt} />
            </Text>
          }
        >
          <Text size="xs" c="dimmed">
            <time dateTime={nextAt}>{exact(nextAt)}</time>
          </Text>
        </Timeline.Item>
      )}
    </Timeline>
  )
}
