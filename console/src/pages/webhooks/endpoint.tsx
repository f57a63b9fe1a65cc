// One endpoint: whether it takes what it is told, its deliveries, and its settings.
import { Alert, Anchor, Button, Group, Tabs, Text } from '@mantine/core'
import {
  IconAlertTriangle,
  IconListDetails,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlugConnectedX,
  IconSend,
  IconSettings,
} from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { WebhookEndpoint } from '@usher/contract/webhook'
import { useHasRoomBeside } from '../../beside.tsx'
import { client, isProblem } from '../../client.ts'
import { count, many } from '../../format.tsx'
import { MarkBadge } from '../../mark.tsx'
import { Empty, Failed, Page, Waiting } from '../../page.tsx'
import type { DeliverySearch } from '../../router.tsx'
import { useMay } from '../../session.tsx'
import { tell, tellFailure } from '../../toast.tsx'
import { Deliveries } from './deliveries.tsx'
import { Due, Lasted } from './due.tsx'
import { EndpointSettings } from './endpoint-settings.tsx'
import { endpointMark, outcome } from './looks.tsx'
import { useEndpoint } from './queries.ts'
import { Test, useTest } from './test.tsx'

const route = getRouteApi('/webhooks/$id')

export default function EndpointPage() {
  const { id } = route.useParams()
  const { data: endpoint, error, isPending, refetch } = useQuery(useEndpoint(id))
  if (endpoint && !isProblem(error, 'unknown_webhook')) return <Known key={id} endpoint={endpoint} error={error} />
  return (
    <Page title="Webhook">
      {isPending && <Waiting what="Opening the endpoint" />}
      {error &&
        (isProblem(error, 'unknown_webhook', 'invalid_request') ? (
          <Empty
            title="There is no such endpoint"
            action={<Anchor renderRoot={props => <Link to="/webhooks" {...props} />}>All endpoints</Anchor>}
          >
            Somebody may have deleted it, or the address is mistyped.
          </Empty>
        ) : (
          <Failed error={error} again={() => void refetch()} />
        ))}
    </Page>
  )
}

function Known({ endpoint, error }: { endpoint: WebhookEndpoint; error: unknown }) {
  const { id } = endpoint
  const { tab, ...search } = route.useSearch()
  const navigate = useNavigate()
  const mayWrite = useMay('webhooks:write')
  const hasRoom = useHasRoomBeside()
  const test = useTest(id)
  const go = (change: Partial<DeliverySearch>, replace = false) =>
    void navigate({ to: '/webhooks/$id', params: { id }, search: { tab, ...search, ...change }, replace })
  const current = tab === 'settings' ? 'settings' : 'deliveries'
  return (
    <Page
      title={endpoint.url.replace(/^https:\/\//, '')}
      isFilling={hasRoom && current === 'deliveries'}
      actions={
        mayWrite && (
          <>
            {endpoint.state === 'active' && (
              <Button
                leftSection={<IconSend size={16} aria-hidden />}
                loading={test.isSending}
                onClick={() => test.send()}
              >
                Send test
              </Button>
            )}
            <Switched endpoint={endpoint} />
          </>
        )
      }
    >
      <Group gap="xs">
        <Anchor size="sm" renderRoot={props => <Link to="/webhooks" {...props} />}>
          All webhooks
        </Anchor>
        <MarkBadge mark={endpointMark(endpoint)} />
        <How endpoint={endpoint} />
        {endpoint.description && (
          <Text size="sm" c="dimmed" className="anywhere">
            <bdi>{endpoint.description}</bdi>
          </Text>
        )}
      </Group>
      {error !== null && <Failed error={error} />}
      <Trouble endpoint={endpoint} />
      <Test test={test} />
      <Tabs
        value={current}
        onChange={name => go({ tab: name === 'settings' ? 'settings' : undefined, open: undefined })}
        keepMounted={false}
        {...(hasRoom &&
          current === 'deliveries' && {
            className: 'filling',
            display: 'flex',
            style: { flexDirection: 'column' as const },
          })}
      >
        <Tabs.List aria-label="Of this endpoint">
          <Tabs.Tab value="deliveries" leftSection={<IconListDetails size={16} aria-hidden />}>
            Deliveries
          </Tabs.Tab>
          <Tabs.Tab value="settings" leftSection={<IconSettings size={16} aria-hidden />}>
            Settings
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel
          value="deliveries"
          pt="xs"
          {...(hasRoom && { className: 'filling', display: 'flex', style: { flexDirection: 'column' as const } })}
        >
          <Deliveries endpoint={endpoint} search={search} go={go} />
        </Tabs.Panel>
        <Tabs.Panel value="settings" pt="md">
          <EndpointSettings endpoint={endpoint} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}

const How = ({ endpoint: { waiting, failed, types } }: { endpoint: WebhookEndpoint }) => (
  <Text size="sm" c="dimmed">
    Told of {many(types.length, 'type')};{' '}
    {waiting === 0 ? 'nothing waits' : `${many(waiting, 'delivery', 'deliveries')} ${waiting === 1 ? 'waits' : 'wait'}`}
    {failed > 0 && `, ${count(failed)} given up in the last 30 days`}.
  </Text>
)

function Trouble({ endpoint }: { endpoint: WebhookEndpoint }) {
  const mayWrite = useMay('webhooks:write')
  const { state, failingSince, lastStatus, slowedUntil, waiting } = endpoint
  if (state === 'gone')
    return (
      <Alert color="red" icon={<IconPlugConnectedX aria-hidden />} title="It answered 410 Gone" p="sm">
        <Text size="sm">
          That means: call me no more. Since then nothing is sent to it, and what waited was stopped.{' '}
          {mayWrite
            ? 'When its program takes calls again, or the address is corrected under Settings, make it active again; what was stopped can be delivered again, one by one.'
            : 'An administrator can make it active again.'}
        </Text>
      </Alert>
    )
  if (state === 'paused')
    return (
      <Alert color="gray" icon={<IconPlayerPause aria-hidden />} p="sm">
        <Text size="sm">
          It is paused. What happens meanwhile waits ({count(waiting)} so far) and is delivered when it is active again.
        </Text>
      </Alert>
    )
  if (failingSince === null && slowedUntil === null) return null
  return (
    <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} p="sm">
      <Text size="sm">
        {failingSince !== null && (
          <>
            It has been failing for <Lasted since={failingSince} />.{' '}
            {lastStatus === null ? 'The last call got no answer.' : outcome(lastStatus, null)} What it does not take is
            tried again, ever more rarely, for three days.{' '}
          </>
        )}
        {slowedUntil !== null && (
          <>
            It asked us to wait: it is called again <Due at={slowedUntil} />.
          </>
        )}
      </Text>
    </Alert>
  )
}

/** Pausing and resuming; what is gone comes back the same way. */
function Switched({ endpoint }: { endpoint: WebhookEndpoint }) {
  const queries = useQueryClient()
  const { id, url, description, types, state, waiting } = endpoint
  const change = useMutation({
    mutationFn: (to: 'active' | 'paused') => client.putWebhook(id, { url, description, types, state: to }),
    onSuccess: (changed, to) => {
      queries.setQueryData(['webhooks', 'one', id], changed)
      tell({
        id: 'webhook-state',
        title: to === 'active' ? 'It is active' : 'It is paused',
        message:
          to === 'paused'
            ? 'What happens from now on waits until it is active again.'
            : waiting > 0
              ? `${many(waiting, 'delivery', 'deliveries')} that waited ${waiting === 1 ? 'goes' : 'go'} out now.`
              : 'It is told what happens from now on.',
        ...(state !== 'gone' && { undo: () => change.mutate(to === 'active' ? 'paused' : 'active') }),
      })
    },
    onError: error => tellFailure('It was not changed', error),
    onSettled: () => {
      for (const key of ['webhooks', 'deliveries']) void queries.invalidateQueries({ queryKey: [key] })
    },
  })
  const [Icon, words, to] =
    state === 'active'
      ? ([IconPlayerPause, 'Pause', 'paused'] as const)
      : state === 'paused'
        ? ([IconPlayerPlay, 'Resume', 'active'] as const)
        : ([IconPlayerPlay, 'Make it active again', 'active'] as const)
  return (
    <Button
      variant="default"
      leftSection={<Icon size={16} aria-hidden />}
      loading={change.isPending}
      onClick={() => change.mutate(to)}
    >
      {words}
    </Button>
  )
}
