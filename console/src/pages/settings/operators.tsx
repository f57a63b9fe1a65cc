// The people who may sign in: their roles, an invitation, and the end of their access.
import {
  Alert,
  Badge,
  Button,
  Group,
  Modal,
  NativeSelect,
  Select,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
} from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Role } from '@usher/contract/access'
import type { Invitation, Operator } from '@usher/contract/operator'
import { useState } from 'react'
import { client, isProblem, sentence } from '../../client.ts'
import { exact } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { Failed, Waiting } from '../../page.tsx'
import { useSession } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import { ShownOnce } from './shown-once.tsx'
import { WallTime } from './wall-time.tsx'

const means: Record<Role, string> = {
  viewer: 'looks',
  support: 'looks, sends, mends and erases subscribers, reveals a number with a reason',
  marketer: 'looks, sends, writes templates',
  administrator: 'everything',
}
const roles = Object.keys(means) as Role[] // the compiler holds the table to them

type Change = { who: Operator; to: { role?: Role; isActive?: boolean } }

export function Operators() {
  const me = useSession().operator
  const queries = useQueryClient()
  const operators = useQuery({ queryKey: ['operators'], queryFn: ({ signal }) => client.listOperators({ signal }) })
  const [invited, setInvited] = useState<Invitation>()
  const [isInviting, setInviting] = useState(false)
  const [asking, setAsking] = useState<Change>()
  const [refused, setRefused] = useState<string>()
  const changed = () => queries.invalidateQueries({ queryKey: ['operators'] })
  const change = useMutation({
    mutationFn: ({ who, to }: Change) => client.changeOperator(who.id, to),
    onMutate: () => setRefused(undefined),
    onSuccess: (now, { who, to }) => {
      const before = {
        ...(to.role && { role: who.role }),
        ...(to.isActive !== undefined && { isActive: who.isActive }),
      }
      tell({
        id: `operator-${who.id}`,
        title: to.role
          ? `${now.name} is ${now.role} now`
          : now.isActive
            ? `${now.name} may sign in again`
            : `${now.name} can no longer sign in`,
        message: to.role
          ? `Was ${who.role}. It counts from the next thing they do.`
          : now.isActive
            ? 'With the ways they had before.'
            : 'Their sessions have ended, on each device.',
        ...(who.id !== me.id && { undo: () => change.mutate({ who: now, to: before }) }),
      })
      void (who.id === me.id ? queries.invalidateQueries() : changed())
    },
    onError: (error, { who }) => {
      setRefused(
        isProblem(error, 'last_administrator')
          ? `${who.name} is the last administrator who is active, and somebody has to be one. Make another operator administrator first.`
          : `${who.name} is as before. ${sentence(error)}`,
      )
      void changed()
    },
  })
  /** What takes something from oneself is asked about; what is done to others can be undone. */
  const turn = (next: Change) => (next.who.id === me.id ? setAsking(next) : change.mutate(next))

  if (operators.isPending) return <Waiting what="Loading the operators" />
  if (operators.error) return <Failed error={operators.error} again={() => void operators.refetch()} />
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={640}>
          The server asks the role before each act. One who is not active is signed out everywhere and can't come back.
        </Text>
        <Button leftSection={<IconUserPlus size={16} aria-hidden />} onClick={() => setInviting(true)}>
          Invite
        </Button>
      </Group>
      {refused && (
        <Alert
          color="red"
          role="alert"
          title="Not changed"
          withCloseButton
          closeButtonLabel="Close"
          onClose={() => setRefused(undefined)}
        >
          {refused}
        </Alert>
      )}
      <Table className={narrow.table} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Role</Table.Th>
            <Table.Th>Active</Table.Th>
            <Table.Th>Last seen</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {operators.data.items.map(who => (
            <Table.Tr key={who.id}>
              <Table.Td>
                <Text size="sm" fw={600}>
                  {who.name} {who.id === me.id && <Badge variant="default">you</Badge>}
                </Text>
                <Text size="sm" c="dimmed">
                  {who.email}
                </Text>
              </Table.Td>
              <Table.Td>
                <NativeSelect
                  aria-label={`Role of ${who.name}`}
                  w={150}
                  data={roles}
                  value={who.role}
                  disabled={change.isPending}
                  title={means[who.role]}
                  // The options are the roles.
                  onChange={event => turn({ who, to: { role: event.currentTarget.value as Role } })}
                />
              </Table.Td>
              <Table.Td data-label="Active">
                <Switch
                  aria-label={`${who.name} may sign in`}
                  checked={who.isActive}
                  disabled={change.isPending}
                  onChange={event => turn({ who, to: { isActive: event.currentTarget.checked } })}
                />
              </Table.Td>
              <Table.Td data-label="Last seen">
                {who.lastSeenAt ? (
                  <WallTime at={who.lastSeenAt} />
                ) : (
                  <Badge variant="default" tt="none">
                    {who.isInvited ? 'invited, not come yet' : 'never'}
                  </Badge>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Invite
        isOpen={isInviting}
        close={() => setInviting(false)}
        made={invitation => {
          setInviting(false)
          setInvited(invitation)
          void changed()
        }}
      />
      <ShownOnce
        title={`The link for ${invited?.operator.name}`}
        what="the link"
        secret={invited?.link}
        close={() => {
          tell({ title: `${invited?.operator.name} is invited`, message: `As ${invited?.operator.role}.` })
          setInvited(undefined)
        }}
      >
        {invited && (
          <Text size="sm">
            Give it to {invited.operator.name} and nobody else: it signs in whoever opens it first, once, until{' '}
            {exact(invited.expiresAt)}. Then they add a passkey or a password.
          </Text>
        )}
      </ShownOnce>
      <Modal
        opened={asking !== undefined}
        onClose={() => setAsking(undefined)}
        title={asking?.to.role ? `Make yourself ${asking.to.role}?` : 'Shut yourself out?'}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          <Text size="sm">
            {asking?.to.role
              ? `You will be left with this: ${means[asking.to.role]}. Another administrator has to give you the rest back.`
              : 'You are signed out everywhere, and only another administrator can let you in again.'}
          </Text>
          <Group justify="end">
            <Button variant="default" onClick={() => setAsking(undefined)}>
              Stay as I am
            </Button>
            <Button
              color="red"
              onClick={() => {
                if (asking) change.mutate(asking)
                setAsking(undefined)
              }}
            >
              {asking?.to.role ? `Become ${asking.to.role}` : 'Shut me out'}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  )
}

function Invite({ isOpen, close, made }: { isOpen: boolean; close: () => void; made: (of: Invitation) => void }) {
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const invite = useMutation({
    mutationFn: () => client.inviteOperator({ name, email, role }),
    onSuccess: invitation => {
      made(invitation)
      setName('')
      setEmail('')
    },
  })
  return (
    <Modal opened={isOpen} onClose={close} title="Invite an operator" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          invite.mutate()
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            required
            withAsterisk={false}
            maxLength={100}
            autoComplete="off"
            data-autofocus
            value={name}
            onChange={event => setName(event.currentTarget.value)}
          />
          <TextInput
            label="E-mail"
            description="It is not written to. For one that is known already this makes a new link, and lets them in again."
            type="email"
            required
            withAsterisk={false}
            maxLength={254}
            autoComplete="off"
            value={email}
            onChange={event => setEmail(event.currentTarget.value)}
          />
          <Select
            label="Role"
            description={`${role} ${means[role]}`.replace(
              'administrator everything',
              'an administrator may do everything',
            )}
            data={roles}
            value={role}
            allowDeselect={false}
            onChange={value => value && setRole(value)}
          />
          {invite.error && (
            <Text size="sm" c="red" role="alert">
              {sentence(invite.error)}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={invite.isPending}>
              Make the link
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
