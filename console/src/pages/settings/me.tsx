// How I sign in: what this session is, my passkeys, my password with its authenticator app, and the way out.
import {
  Alert,
  Anchor,
  Badge,
  Button,
  Card,
  Code,
  DataList,
  Group,
  Modal,
  PasswordInput,
  Stack,
  Stepper,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { startRegistration } from '@simplewebauthn/browser'
import { IconAlertTriangle, IconFingerprint, IconLogout, IconPassword } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Passkey, Session } from '@usher/contract/operator'
import { type ReactNode, useState } from 'react'
import { renderSVG } from 'uqr'
import { client, isProblem, sentence } from '../../client.ts'
import { CodeField } from '../../code-field.tsx'
import { exact } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { passkeyTrouble, whyNoPasskeys } from '../../passkey.ts'
import { useSession, useSignedIn } from '../../session.tsx'
import { tell, tellFailure } from '../../toast.tsx'
import { Copy, Whole } from './shown-once.tsx'
import { WallTime } from './wall-time.tsx'

export function Me() {
  return (
    <Stack gap="md" maw={760}>
      <SessionCard />
      <Passkeys />
      <Password />
    </Stack>
  )
}

const Part = ({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) => (
  <Card withBorder component="section" aria-label={title}>
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {title}
        </Title>
        {action}
      </Group>
      {children}
    </Stack>
  </Card>
)

/** Whole, for it is the wall's time and not the demo's. */
const Exact = ({ at }: { at: string }) => <time dateTime={at}>{exact(at)}</time>

function SessionCard() {
  const session = useSession()
  const [isAsking, setAsking] = useState(false)
  const leave = useMutation({
    mutationFn: (everywhere: boolean) => (everywhere ? client.signOutEverywhere() : client.signOut()),
    onSuccess: () => window.location.assign('/console'),
    onError: error => tellFailure('Not signed out', error),
  })
  return (
    <Part
      title="This session"
      action={
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconLogout size={14} aria-hidden />}
            onClick={() => leave.mutate(false)}
          >
            Sign out
          </Button>
          <Button size="xs" variant="default" onClick={() => setAsking(true)}>
            Sign out everywhere
          </Button>
        </Group>
      }
    >
      <DataList labelWidth="9rem">
        <DataList.Item>
          <DataList.ItemLabel>Signed in as</DataList.ItemLabel>
          <DataList.ItemValue>
            {session.operator.name}, {session.operator.email}
          </DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Role</DataList.ItemLabel>
          <DataList.ItemValue>
            <Badge variant="default" tt="none">
              {session.operator.role}
            </Badge>
          </DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Since</DataList.ItemLabel>
          <DataList.ItemValue>
            <Exact at={session.startedAt} />
          </DataList.ItemValue>
        </DataList.Item>
        <DataList.Item>
          <DataList.ItemLabel>Ends</DataList.ItemLabel>
          <DataList.ItemValue>
            <span>
              <Exact at={session.idleEndsAt} /> if nothing is done until then; <Exact at={session.endsAt} /> in any case
            </span>
          </DataList.ItemValue>
        </DataList.Item>
      </DataList>
      <Modal
        opened={isAsking}
        onClose={() => setAsking(false)}
        title="Sign out everywhere?"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          <Text size="sm">Each of your sessions ends, on each device, this one too. {comesBack(session.ways)}</Text>
          <Group justify="end">
            <Button variant="default" onClick={() => setAsking(false)}>
              Stay
            </Button>
            <Button color="red" loading={leave.isPending} onClick={() => leave.mutate(true)}>
              Sign out everywhere
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Part>
  )
}

const comesBack = ({ password, passkeys, oidc }: Session['ways']) =>
  password || passkeys.length > 0 || oidc
    ? 'You come back as you always do.'
    : 'You have no passkey and no password yet: to come back you will need a new one-time link.'

function Passkeys() {
  const { ways } = useSession()
  const queries = useQueryClient()
  const changed = () => queries.invalidateQueries({ queryKey: ['session'] })
  const [isAdding, setAdding] = useState(false)
  const [leaving, setLeaving] = useState<Passkey>()
  const why = whyNoPasskeys()
  const remove = useMutation({
    mutationFn: ({ id }: Passkey) => client.removePasskey(id),
    onSuccess: async (_, { name }) => {
      setLeaving(undefined)
      tell({ title: `The passkey ${name} is removed`, message: 'It can no longer sign in here.' })
      await changed()
    },
    onError: error => tellFailure('Not removed', error),
  })
  return (
    <Part
      title="Passkeys"
      action={
        <Button
          size="xs"
          leftSection={<IconFingerprint size={14} aria-hidden />}
          disabled={why !== undefined}
          onClick={() => setAdding(true)}
        >
          Add a passkey
        </Button>
      }
    >
      <Text size="sm" c="dimmed">
        You sign in with your finger, your face or the PIN of a device. Nothing can be guessed or phished. Best have
        two, on two devices.
      </Text>
      {why && (
        <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />}>
          <Text size="sm">
            {why.words}{' '}
            {why.elsewhere && (
              <>
                Open the console at{' '}
                <Anchor inherit c="inherit" underline="always" href={why.elsewhere}>
                  localhost
                </Anchor>{' '}
                and sign in there to add one.
              </>
            )}
          </Text>
        </Alert>
      )}
      {ways.passkeys.length > 0 ? (
        <Table className={narrow.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th>Added</Table.Th>
              <Table.Th>Used</Table.Th>
              <Table.Th>
                <span className="unseen">What to do</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ways.passkeys.map(passkey => (
              <Table.Tr key={passkey.id}>
                <Table.Td>{passkey.name}</Table.Td>
                <Table.Td data-label="Added">
                  <WallTime at={passkey.createdAt} />
                </Table.Td>
                <Table.Td data-label="Used">{passkey.usedAt ? <WallTime at={passkey.usedAt} /> : 'not yet'}</Table.Td>
                <Table.Td ta="right">
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    color="red"
                    onClick={() => setLeaving(passkey)}
                    aria-label={`Remove ${passkey.name}`}
                  >
                    Remove
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      ) : (
        <Text size="sm">You have none.</Text>
      )}
      <AddPasskey isOpen={isAdding} close={() => setAdding(false)} added={changed} />
      <Modal
        opened={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={`Remove ${leaving?.name}?`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          <Text size="sm">
            It can no longer sign in here. {leaving && comesBack({ ...ways, passkeys: ways.passkeys.slice(1) })} The
            device keeps its half; delete it there too.
          </Text>
          <Group justify="end">
            <Button variant="default" onClick={() => setLeaving(undefined)}>
              Keep it
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => leaving && remove.mutate(leaving)}>
              Remove {leaving?.name}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Part>
  )
}

/** A first guess at what the device is called. */
function deviceName(): string {
  const { userAgent } = navigator
  const known: [RegExp, string][] = [
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android phone'],
    [/Mac OS/, 'Mac'],
    [/Windows/, 'Windows computer'],
    [/CrOS/, 'Chromebook'],
    [/Linux/, 'Linux computer'],
  ]
  return known.find(([sign]) => sign.test(userAgent))?.[1] ?? 'My device'
}

function AddPasskey({ isOpen, close, added }: { isOpen: boolean; close: () => void; added: () => Promise<void> }) {
  const [name, setName] = useState(deviceName)
  const add = useMutation({
    mutationFn: async () => {
      const { challenge, options } = await client.startPasskey()
      // They are WebAuthn's own, and the browser's to read.
      const optionsJSON = options as unknown as Parameters<typeof startRegistration>[0]['optionsJSON']
      const response = await startRegistration({ optionsJSON })
      return client.addPasskey({ challenge, name, response: { ...response } as never })
    },
    onSuccess: async passkey => {
      close()
      tell({ title: `The passkey ${passkey.name} is added`, message: 'From now on it signs you in.' })
      await added()
    },
  })
  return (
    <Modal
      opened={isOpen}
      onClose={() => {
        add.reset()
        close()
      }}
      title="Add a passkey"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={event => {
          event.preventDefault()
          add.mutate()
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            description="So that you know it again in the list"
            required
            withAsterisk={false}
            maxLength={60}
            data-autofocus
            value={name}
            onChange={event => setName(event.currentTarget.value)}
          />
          {add.error && (
            <Text size="sm" c="red" role="alert">
              {isProblem(add.error) ? sentence(add.error) : passkeyTrouble(add.error)}
            </Text>
          )}
          <Text size="sm" c="dimmed">
            The browser asks you next where to keep it.
          </Text>
          <Group justify="end">
            <Button type="submit" loading={add.isPending}>
              Go on
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function Password() {
  const { ways } = useSession()
  const [isOpen, setOpen] = useState(false)
  return (
    <Part
      title="Password with authenticator"
      action={
        <Button
          size="xs"
          variant={ways.password ? 'default' : 'filled'}
          leftSection={<IconPassword size={14} aria-hidden />}
          onClick={() => setOpen(true)}
        >
          {ways.password ? 'Replace both' : 'Set a password'}
        </Button>
      }
    >
      <Text size="sm" c="dimmed">
        A password goes with an authenticator app on your phone, which shows a new code each half a minute.
      </Text>
      <Text size="sm">{ways.password ? 'You have one.' : 'You have none.'}</Text>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        title="Password with authenticator"
        size="lg"
        closeOnClickOutside={false}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {isOpen && <SetPassword done={() => setOpen(false)} />}
      </Modal>
    </Part>
  )
}

function SetPassword({ done }: { done: () => void }) {
  const session = useSession()
  const signedIn = useSignedIn()
  const [step, setStep] = useState(0)
  const [hasScanned, setScanned] = useState(false)
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const start = useMutation({ mutationFn: () => client.startTotp(), onSuccess: () => setStep(1) })
  const set = useMutation({
    mutationFn: (secret: string) => client.setPassword({ password, secret, code }),
    onSuccess: async changed => {
      setStep(3)
      // The session goes on under a new token.
      await signedIn(changed)
    },
    onError: error => {
      if (isProblem(error, 'wrong_code')) setCode('')
      if (isProblem(error, 'common_password')) setStep(0)
    },
  })
  const app = start.data
  return (
    <Stepper active={step} size="xs" allowNextStepsSelect={false} onStepClick={setStep} orientation="horizontal">
      <Stepper.Step label="Password">
        <form
          onSubmit={event => {
            event.preventDefault()
            if (app) setStep(hasScanned ? 2 : 1)
            else start.mutate()
          }}
        >
          <Stack>
            {/* Password managers keep it under this name. */}
            <input type="text" autoComplete="username" value={session.operator.email} readOnly hidden />
            <PasswordInput
              label="New password"
              description="At least 12 characters. Three or four words that do not belong together are good."
              autoComplete="new-password"
              minLength={12}
              maxLength={1_000}
              required
              withAsterisk={false}
              data-autofocus
              visibilityToggleFocusable
              visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
              error={isProblem(set.error, 'common_password') ? sentence(set.error) : undefined}
              value={password}
              onChange={event => {
                set.reset()
                setPassword(event.currentTarget.value)
              }}
            />
            {start.error && (
              <Text size="sm" c="red" role="alert">
                {sentence(start.error)}
              </Text>
            )}
            <Group justify="end">
              <Button type="submit" loading={start.isPending}>
                Go on
              </Button>
            </Group>
          </Stack>
        </form>
      </Stepper.Step>
      <Stepper.Step label="Authenticator">
        {app && (
          <Stack>
            <Text size="sm">
              Scan this with an authenticator app (Aegis, Google Authenticator, 1Password and others), or type the
              secret into it.
            </Text>
            <Group align="start">
              <img
                src={`data:image/svg+xml,${encodeURIComponent(renderSVG(app.uri, { border: 2 }))}`}
                width={192}
                height={192}
                alt="QR code of the secret below"
              />
              <Stack gap="xs" style={{ flex: '1 1 220px' }}>
                <Whole label="Secret">{app.secret.replace(/(.{4})(?=.)/g, '$1 ')}</Whole>
                <Group>
                  <Copy value={app.secret} what="the secret" />
                </Group>
                <Text size="xs" c="dimmed">
                  It counts only once you have typed a code of it on the next step.
                </Text>
              </Stack>
            </Group>
            <Group justify="end">
              <Button
                onClick={() => {
                  setScanned(true)
                  setStep(2)
                }}
                data-autofocus
              >
                It shows a code
              </Button>
            </Group>
          </Stack>
        )}
      </Stepper.Step>
      <Stepper.Step label="Code">
        <form
          onSubmit={event => {
            event.preventDefault()
            if (app) set.mutate(app.secret)
          }}
        >
          <Stack>
            <CodeField
              description="The six digits that the app shows now"
              error={isProblem(set.error, 'wrong_code') ? sentence(set.error) : undefined}
              value={code}
              onChange={setCode}
            />
            {set.error && !isProblem(set.error, 'wrong_code', 'common_password') && (
              <Text size="sm" c="red" role="alert">
                {sentence(set.error)}
              </Text>
            )}
            <Group justify="end">
              <Button variant="default" onClick={() => setStep(0)}>
                Back
              </Button>
              <Button type="submit" loading={set.isPending}>
                Set the password
              </Button>
            </Group>
          </Stack>
        </form>
      </Stepper.Step>
      <Stepper.Completed>
        <Stack>
          <Text size="sm" role="status">
            Done. From now on <Code>{session.operator.email}</Code>, this password and a code of the app sign you in.
            Your other sessions have ended.
          </Text>
          <Group justify="end">
            <Button onClick={done}>Close</Button>
          </Group>
        </Stack>
      </Stepper.Completed>
    </Stepper>
  )
}
