// One carrier: what it does now, why it lost weight, and its settings.
import { Anchor, Button, Group, Tabs, Text } from '@mantine/core'
import { IconActivity, IconPlayerPause, IconPlayerPlay, IconRefresh, IconSettings } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import type { CarrierSettings, Line } from '@usher/contract/carrier'
import type { Carrier } from '@usher/contract/live'
import { client } from '../../client.ts'
import { useNow } from '../../format.tsx'
import { MarkBadge } from '../../mark.tsx'
import { Empty, Failed, Page, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { tell, tellFailure } from '../../toast.tsx'
import { CarrierSettingsForm } from './carrier-form.tsx'
import { toInput } from './carrier-settings.ts'
import { QuickKnobs, useIsSimulated } from './knobs.tsx'
import { carriersQuery, lineQuery, useChange } from './line.tsx'
import { standingMark } from './marks.ts'
import { Now } from './now.tsx'
import { protocolName } from './overview.tsx'
import { standing } from './standing.ts'

const route = getRouteApi('/carriers/$name')

export default function CarrierPage() {
  const { name } = route.useParams()
  const line = useQuery(lineQuery)
  const live = useQuery(carriersQuery)
  const configured = line.data?.carriers.find(one => one.name === name)
  const carrier = live.data?.items.find(one => one.name === name)
  if (line.data && configured)
    return <Known key={name} line={line.data} configured={configured} carrier={carrier} error={live.error} />
  return (
    <Page title={name}>
      {line.isPending && <Waiting what="Loading the carrier" />}
      {line.data ? (
        <Empty
          title="There is no carrier of this name"
          action={<Anchor renderRoot={props => <Link to="/carriers" {...props} />}>All carriers</Anchor>}
        >
          Somebody may have taken it away, or the address is mistyped.
        </Empty>
      ) : (
        line.error && <Failed error={line.error} again={() => void line.refetch()} />
      )}
    </Page>
  )
}

function Known({
  line,
  configured,
  carrier,
  error,
}: {
  line: Line
  configured: CarrierSettings
  carrier: Carrier | undefined
  error: unknown
}) {
  const { name, label, protocol } = configured
  const { tab } = route.useSearch()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const mayWrite = useMay('carriers:write')
  const isSimulated = useIsSimulated()
  const now = new Date(useNow()).toISOString()
  const how = carrier && standing(carrier, now)
  const current = tab === 'settings' ? 'settings' : 'now'
  return (
    <Page title={name} actions={mayWrite && <Acts line={line} configured={configured} />}>
      <Group gap="xs">
        <Anchor size="sm" renderRoot={props => <Link to="/carriers" {...props} />}>
          All carriers
        </Anchor>
        {how && <MarkBadge mark={standingMark(how)} />}
        <Text size="sm">
          {label !== null && (
            <>
              <bdi>{label}</bdi>,{' '}
            </>
          )}
          {protocolName(protocol)}
          {how && `. ${how.why}`}
        </Text>
        {isSimulated(name) && <QuickKnobs carrier={name} />}
      </Group>
      <Tabs
        value={current}
        keepMounted={false}
        onChange={value =>
          void navigate({
            to: '/carriers/$name',
            params: { name },
            search: value === 'settings' ? { tab: 'settings' } : {},
          })
        }
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="now" leftSection={<IconActivity size={16} aria-hidden />}>
            Now
          </Tabs.Tab>
          <Tabs.Tab value="settings" leftSection={<IconSettings size={16} aria-hidden />}>
            Settings
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="now">
          {carrier ? (
            <Now carrier={carrier} configured={configured} />
          ) : error ? (
            <Failed error={error} again={() => void queries.invalidateQueries({ queryKey: ['carriers'] })} />
          ) : (
            <Waiting what="Asking how it does" />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <CarrierSettingsForm line={line} configured={configured} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}

function Acts({ line, configured }: { line: Line; configured: CarrierSettings }) {
  const { name, isPaused, protocol } = configured
  const pause = useChange(
    (to: boolean) => client.putCarrier(name, { ...toInput(configured), isPaused: to }, { version: line.version }),
    (_, to) =>
      tell({
        id: `pause-${name}`,
        title: to ? `${name} is paused` : `${name} goes on`,
        message: to
          ? 'Nothing more is handed to it; receipts and replies are still heard. Texts take another way, or wait.'
          : 'It is given texts again within two seconds.',
      }),
  )
  const bind = useMutation({
    mutationFn: () => client.reconnectCarrier(name),
    onSuccess: () => tell({ id: `bind-${name}`, title: `${name} binds again`, message: 'Its state follows below.' }),
    onError: failed => tellFailure(`${name} was not told to bind`, failed),
  })
  return (
    <>
      {protocol === 'smpp' && (
        <Button
          variant="default"
          leftSection={<IconRefresh size={16} aria-hidden />}
          loading={bind.isPending}
          onClick={() => bind.mutate()}
        >
          Bind again now
        </Button>
      )}
      <Button
        variant="default"
        leftSection={isPaused ? <IconPlayerPlay size={16} aria-hidden /> : <IconPlayerPause size={16} aria-hidden />}
        loading={pause.isPending}
        onClick={() => pause.mutate(!isPaused, { onError: failed => tellFailure('It stays as it is', failed) })}
      >
        {isPaused ? 'Resume' : 'Pause'}
      </Button>
    </>
  )
}
