// API keys: what programs may do with theirs, a new one, and the end of one.
import {
  Badge,
  Button,
  Card,
  Checkbox,
  Group,
  Modal,
  SimpleGrid,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Scope } from '@usher/contract/access'
import type { ApiKey } from '@usher/contract/operator'
import { useState } from 'react'
import { client, sentence } from '../../client.ts'
import { Time } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { tell } from '../../toast.tsx'
import { Copy, ShownOnce, Whole } from './shown-once.tsx'

const means: Record<Scope, string> = {
  'messages:write': 'Send and cancel texts',
  'messages:read': 'Read texts, their fate and answers',
  'subscribers:write': 'Make, change, import and erase subscribers',
  'subscribers:read': 'Read subscribers, numbers masked',
  'templates:write': 'Write templates',
  'templates:read': 'Read and preview templates',
  'stream:read': 'Watch what happens, live',
  'live:read': 'Read how the line is doing',
  'events:write': 'Post events',
  'events:read': 'Read events',
  'webhooks:write': 'Make and change webhooks',
  'webhooks:read': 'Read webhooks, deliveries and the feed',
  'links:write': 'Make and revoke short links',
  'subscribers:export': 'Export all that is stored of a subscriber, numbers whole',
  'verifications:write': 'Send and check codes',
  'alerts:write': 'Ask subscribers whether it was them',
  'alerts:read': 'Read alerts and their answers',
  'links:read': 'Read short links and their clicks',
  'sign_ins:write': 'Tell of sign-ins and have them judged',
  'sign_ins:read': 'Read sign-ins and their rules',
}
const scopes = Object.keys(means) as Scope[] // the compiler holds the table to them

export function Keys() {
  const queries = useQueryClient()
  const keys = useQuery({ queryKey: ['keys'], queryFn: ({ signal }) => client.listKeys({ signal }) })
  const [isMaking, setMaking] = useState(false)
  const [made, setMade] = useState<{ key: string; name: string; scopes: readonly Scope[] }>()
  const [ending, setEnding] = useState<ApiKey>()
  const [isRevokedShown, setRevokedShown] = useState(false)
  const changed = () => queries.invalidateQueries({ queryKey: ['keys'] })

  if (keys.isPending) return <Waiting what="Loading the keys" />
  if (keys.error) return <Failed error={keys.error} again={() => void keys.refetch()} />
  const active = keys.data.items.filter(({ revokedAt }) => revokedAt === null)
  const revoked = keys.data.items.length - active.length
  const shown = isRevokedShown ? keys.data.items : active
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={640}>
          A program shows its key with each request. Give each program its own, with no more than it needs. Usher keeps
          a hash of it only.
        </Text>
        <Group>
          {revoked > 0 && (
            <Switch
              label={`Show ${revoked} revoked`}
              checked={isRevokedShown}
              onChange={event => setRevokedShown(event.currentTarget.checked)}
            />
          )}
          <Button leftSection={<IconKey size={16} aria-hidden />} onClick={() => setMaking(true)}>
            Make a key
          </Button>
        </Group>
      </Group>
      {shown.length === 0 ? (
        <Empty title="There is no key" action={<Button onClick={() => setMaking(true)}>Make the first</Button>}>
          A program of your streaming service needs one to send a text.
        </Empty>
      ) : (
        <Table className={narrow.table} verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>May</Table.Th>
              <Table.Th>Made</Table.Th>
              <Table.Th>
                <span className="unseen">What to do</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map(key => (
              <Table.Tr key={key.id}>
                <Table.Td fw={600}>{key.name}</Table.Td>
                <Table.Td>
                  <Scopes of={key.scopes} />
                </Table.Td>
                <Table.Td data-label="Made">
                  <Time at={key.createdAt} />
                </Table.Td>
                <Table.Td ta="right">
                  {key.revokedAt ? (
                    <Text size="sm" c="dimmed">
                      revoked <Time at={key.revokedAt} />
                    </Text>
                  ) : (
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="red"
                      onClick={() => setEnding(key)}
                      aria-label={`Revoke ${key.name}`}
                    >
                      Revoke
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <MakeKey
        isOpen={isMaking}
        close={() => setMaking(false)}
        made={key => {
          setMaking(false)
          setMade(key)
          void changed()
        }}
      />
      <ShownOnce
        title={`The key of ${made?.name}`}
        what="the key"
        secret={made?.key}
        close={() => {
          tell({ title: `The key ${made?.name} is made`, message: 'It works from now on.' })
          setMade(undefined)
        }}
      >
        {made && <Example secret={made.key} scopes={made.scopes} />}
      </ShownOnce>
      {ending && <Revoke key={ending.id} ending={ending} close={() => setEnding(undefined)} changed={changed} />}
    </Stack>
  )
}

const Scopes = ({ of }: { of: readonly Scope[] }) =>
  of.length === scopes.length ? (
    <Badge variant="default" tt="none">
      everything a key can
    </Badge>
  ) : (
    <Group gap={4}>
      {of.map(scope => (
        <Badge key={scope} variant="default" tt="none" fw={500} title={means[scope]}>
          {scope}
        </Badge>
      ))}
    </Group>
  )

function MakeKey({
  isOpen,
  close,
  made,
}: {
  isOpen: boolean
  close: () => void
  made: (key: { key: string; name: string; scopes: readonly Scope[] }) => void
}) {
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<Scope[]>(['messages:write', 'messages:read'])
  const make = useMutation({
    mutationFn: () => client.createKey({ name, scopes: chosen }),
    onSuccess: ({ key }) => {
      made({ key, name, scopes: chosen })
      setName('')
    },
  })
  return (
    <Modal opened={isOpen} onClose={close} title="Make a key" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          make.mutate()
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            description="The program that will use it"
            placeholder="Billing service"
            required
            withAsterisk={false}
            maxLength={100}
            data-autofocus
            value={name}
            onChange={event => setName(event.currentTarget.value)}
          />
          <Checkbox.Group
            label="It may"
            value={chosen}
            // The boxes below carry scopes and nothing else.
            onChange={value => setChosen(value as Scope[])}
          >
            <SimpleGrid cols={{ base: 1, xs: 2 }} mt="xs">
              {scopes.map(scope => (
                <Checkbox key={scope} value={scope} label={means[scope]} description={scope} />
              ))}
            </SimpleGrid>
          </Checkbox.Group>
          {make.error && (
            <Text size="sm" c="red" role="alert">
              {sentence(make.error)}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending} disabled={chosen.length === 0}>
              Make it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** A request that this key may make, ready to be run. */
function Example({ secret, scopes: given }: { secret: string; scopes: readonly Scope[] }) {
  const { origin } = window.location
  const reads: [Scope, string][] = [
    ['messages:read', '/v1/messages?limit=1'],
    ['subscribers:read', '/v1/subscribers?limit=1'],
    ['templates:read', '/v1/templates'],
    ['live:read', '/v1/live'],
    ['events:read', '/v1/events?limit=1'],
    ['webhooks:read', '/v1/feed?limit=1'],
    ['links:read', '/v1/clicks?limit=1'],
    ['sign_ins:read', '/v1/sign-ins?limit=1'],
    ['alerts:read', '/v1/alerts?limit=1'],
    ['stream:read', '/v1/stream'],
  ]
  const read = reads.find(([scope]) => given.includes(scope))
  if (!read) return null
  const command = `curl -sS '${origin}${read[1]}' \\\n  -H 'Authorization: Bearer ${secret}'`
  return (
    <Card withBorder>
      <Stack gap="xs">
        <Title order={3} size="h6">
          Try it
        </Title>
        <Whole label="A request with this key">{command}</Whole>
        <Group>
          <Copy value={command} what="the command" />
          <Text
            size="sm"
            component="a"
            href="/docs"
            target="_blank"
            rel="noopener"
            c="var(--mantine-color-anchor)"
            td="underline"
          >
            The whole API
          </Text>
        </Group>
      </Stack>
    </Card>
  )
}

function Revoke({ ending, close, changed }: { ending: ApiKey; close: () => void; changed: () => Promise<void> }) {
  const [typed, setTyped] = useState('')
  const revoke = useMutation({
    mutationFn: () => client.revokeKey(ending.id),
    onSuccess: async () => {
      close()
      tell({
        title: `The key ${ending.name} is revoked`,
        message: 'Who asks with it is refused from now on.',
        link: { to: '/settings?tab=audit', words: 'See it in the audit log' },
      })
      await changed()
    },
  })
  return (
    <Modal opened onClose={close} title={`Revoke ${ending.name}?`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          revoke.mutate()
        }}
      >
        <Stack>
          <Text size="sm">
            Each program that uses this key is refused within two seconds. This cannot be undone: make the program's new
            key first.
          </Text>
          <TextInput
            label={
              <>
                Type <b>{ending.name}</b> to revoke it
              </>
            }
            autoComplete="off"
            data-autofocus
            value={typed}
            onChange={event => setTyped(event.currentTarget.value)}
          />
          {revoke.error && (
            <Text size="sm" c="red" role="alert">
              {sentence(revoke.error)}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              Keep it
            </Button>
            <Button type="submit" color="red" disabled={typed.trim() !== ending.name.trim()} loading={revoke.isPending}>
              Revoke the key
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
