// The settings of a carrier as a form, made from the table of its protocol. What is wrong is said at its field.
import {
  ActionIcon,
  Alert,
  Button,
  Card,
  Checkbox,
  Group,
  Input,
  Modal,
  NativeSelect,
  NumberInput,
  PasswordInput,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconLock, IconPlus, IconTrash } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import type { CarrierSettings, Line } from '@usher/contract/carrier'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { client, sentence } from '../../client.ts'
import { count } from '../../format.tsx'
import { Leaving } from '../../leaving.tsx'
import { useMay } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import { Copy, Whole } from '../settings/shown-once.tsx'
import {
  allSettings,
  type Bind,
  type CarrierDraft,
  draftOf,
  inputOf,
  newBind,
  type Pair,
  type Reading,
  type Setting,
  secretsOf,
  settingsOf,
  startOf,
  twins,
  type Value,
  type Values,
} from './carrier-settings.ts'
import { type Fault, Foot, faultAt, faultsOf, NotSaved, Overtaken, Saving, useChange, useDraft } from './line.tsx'

export function CarrierSettingsForm({ line, configured }: { line: Line; configured: CarrierSettings }) {
  const { name } = configured
  const mayWrite = useMay('carriers:write')
  const draft = useDraft<CarrierDraft>(draftOf(configured), line.version)
  const save = useChange(
    ({ value, version }: { value: CarrierDraft; version: number }) =>
      client.putCarrier(name, inputOf(value), { version }),
    now => {
      draft.drop()
      tell({ title: `${name} is saved`, message: `Version ${now.version}; it takes effect within two seconds.` })
    },
  )
  const twin = twins(draft.value.values, allSettings(draft.value.protocol))
  return (
    <Stack gap="md" maw={860}>
      {!mayWrite && (
        <Alert color="gray" icon={<IconLock aria-hidden />} p="xs">
          <Text size="sm">Your role looks at carriers. Changing them needs carriers:write.</Text>
        </Alert>
      )}
      <CarrierForm
        name={name}
        draft={draft.value}
        stored={configured.secrets}
        change={value => {
          if (save.isError) save.reset()
          draft.change(value)
        }}
        error={save.error}
        isReadOnly={!mayWrite}
        submit={() => save.mutate({ value: draft.value, version: draft.version })}
        foot={
          mayWrite && (
            <>
              <Overtaken line={line} draft={draft} what={name} />
              {twin && (
                <Text size="sm" c="red" role="alert">
                  {twin}
                </Text>
              )}
              <Saving
                isChanged={draft.isChanged}
                isSaving={save.isPending}
                canSave={twin === undefined}
                drop={() => {
                  const mine = draft.value
                  save.reset()
                  draft.drop()
                  tell({ title: 'Your changes were discarded', undo: () => draft.change(mine) })
                }}
                said={`Version ${line.version} is in use.`}
              />
            </>
          )
        }
      />
      {configured.callbacks && <Callbacks callbacks={configured.callbacks} />}
      {mayWrite && <End line={line} name={name} />}
      <Leaving isChanged={draft.isChanged} what={name} />
    </Stack>
  )
}

interface CarrierFormProps {
  name: string
  draft: CarrierDraft
  /** Which secrets are there already; of a new carrier none is. */
  stored: readonly string[]
  change: (draft: CarrierDraft) => void
  error: unknown
  isReadOnly?: boolean
  submit: () => void
  /** Before the settings: what only a new carrier is asked. */
  head?: ReactNode
  foot: ReactNode
}

export function CarrierForm(props: CarrierFormProps) {
  const { name, draft, stored, change, error, isReadOnly = false, submit, head, foot } = props
  const { protocol, values, secrets } = draft
  const faults = faultsOf(error, `carriers.${name}`)
  const form = useRef<HTMLFormElement>(null)
  // Whoever can't see where it turned red is brought there.
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [error])
  const names = new Set(['secrets', 'protocol', 'name', ...allSettings(protocol).map(one => one.name)])
  return (
    <form
      ref={form}
      noValidate
      onSubmit={event => {
        event.preventDefault()
        if (!isReadOnly) submit()
      }}
    >
      <Stack gap="md">
        {head}
        {settingsOf[protocol].map(({ title, settings }, n) => (
          <Card key={title} withBorder component="section" aria-label={title}>
            <Title order={2} size="h5" mb="sm">
              {title}
            </Title>
            <Fields
              settings={settings}
              values={values}
              within=""
              faults={faults}
              isReadOnly={isReadOnly}
              change={next => change({ ...draft, values: { ...values, ...next } })}
            />
            {n === 0 && !isReadOnly && (
              <SimpleGrid cols={{ base: 1, sm: 2 }} mt="sm">
                {secretsOf[protocol].map(one => (
                  <PasswordInput
                    key={one.name}
                    label={one.label}
                    description={
                      stored.includes(one.name)
                        ? `${one.help} It is stored; leave it empty to keep it.`
                        : `${one.help} Stored encrypted, and never shown again.`
                    }
                    placeholder={stored.includes(one.name) ? 'stored' : ''}
                    visibilityToggleButtonProps={{ 'aria-label': `Show what is typed as ${one.label}` }}
                    autoComplete="new-password"
                    value={secrets[one.name] ?? ''}
                    onChange={event =>
                      change({ ...draft, secrets: { ...secrets, [one.name]: event.currentTarget.value } })
                    }
                    error={faultAt(faults, `secrets.${one.name}`) ?? faultAt(faults, 'secrets')}
                  />
                ))}
              </SimpleGrid>
            )}
          </Card>
        ))}
        {!isReadOnly && (
          <Foot>
            <NotSaved error={error} faults={faults} isShown={at => names.has(at.split('.')[0]!)} />
            {foot}
          </Foot>
        )}
      </Stack>
    </form>
  )
}

interface FieldsProps {
  settings: readonly Setting[]
  values: Values
  /** Where they stand: `status.`, or nothing. */
  within: string
  faults: readonly Fault[]
  isReadOnly: boolean
  change: (values: Values) => void
}

function Fields({ settings, values, within, faults, isReadOnly, change }: FieldsProps) {
  const isWide = ({ of }: Setting) => of === 'binds' || of === 'pairs' || of === 'many' || of === 'reading'
  const field = (setting: Setting) => (
    <Field
      key={setting.name}
      setting={setting}
      value={values[setting.name] ?? null}
      at={within + setting.name}
      faults={faults}
      isReadOnly={isReadOnly}
      change={value => change({ [setting.name]: value })}
    />
  )
  const narrow = settings.filter(one => !isWide(one))
  return (
    <Stack gap="sm">
      {narrow.length > 0 && <SimpleGrid cols={{ base: 1, sm: 2 }}>{narrow.map(field)}</SimpleGrid>}
      {settings.filter(isWide).map(field)}
    </Stack>
  )
}

interface FieldProps {
  setting: Setting
  value: Value
  at: string
  faults: readonly Fault[]
  isReadOnly: boolean
  change: (value: Value) => void
}

const withDefault = (help: string | undefined, standard: string) =>
  [help, `Default: ${standard}.`].filter(Boolean).join(' ')

function Field({ setting, value, at, faults, isReadOnly, change }: FieldProps) {
  const { label, help, start } = setting
  const error = faultAt(faults, at)
  switch (setting.of) {
    case 'word':
      return (
        <TextInput
          label={label}
          description={start ? withDefault(help, String(start)) : help}
          placeholder={setting.placeholder}
          autoComplete="off"
          spellCheck={false}
          readOnly={isReadOnly}
          required={!setting.isOptional && start === '' && setting.name !== 'systemType'}
          withAsterisk={false}
          value={String(value ?? '')}
          onChange={event =>
            change(event.currentTarget.value === '' && setting.isOptional ? null : event.currentTarget.value)
          }
          error={error}
        />
      )
    case 'number':
      return (
        <NumberInput
          label={setting.unit ? `${label}, ${setting.unit}` : label}
          description={start === null ? help : withDefault(help, count(Number(start)))}
          thousandSeparator=","
          allowDecimal={setting.isFraction === true}
          allowNegative={false}
          readOnly={isReadOnly}
          value={value === null ? '' : Number(value)}
          onChange={typed => change(typed === '' ? null : typed)}
          error={error}
        />
      )
    case 'switch':
      return (
        <Switch
          label={label}
          description={help}
          disabled={isReadOnly}
          checked={value === true}
          onChange={event => change(event.currentTarget.checked)}
          error={error}
        />
      )
    case 'choice':
      return (
        <NativeSelect
          label={label}
          description={withDefault(help, setting.choices[String(start)]!)}
          disabled={isReadOnly}
          data={Object.entries(setting.choices).map(([one, words]) => ({ value: one, label: words }))}
          value={String(value)}
          onChange={event => change(event.currentTarget.value)}
          error={error}
        />
      )
    case 'many':
      return (
        <Checkbox.Group
          label={label}
          description={help}
          error={error}
          value={[...(value as readonly string[])]}
          onChange={chosen => !isReadOnly && change(chosen)}
        >
          <SimpleGrid cols={{ base: 2, xs: 3, sm: 4 }} mt="xs" spacing="xs" verticalSpacing="xs">
            {Object.entries(setting.choices).map(([one, words]) => (
              <Checkbox key={one} value={one} label={words} disabled={isReadOnly} />
            ))}
          </SimpleGrid>
        </Checkbox.Group>
      )
    case 'numbers':
      return (
        <TextInput
          label={label}
          description={withDefault(help, (start as readonly string[]).join(', '))}
          inputMode="numeric"
          autoComplete="off"
          readOnly={isReadOnly}
          value={(value as readonly string[]).join(', ')}
          onChange={event => change(event.currentTarget.value.split(/, ?/))}
          error={error ?? faults.find(fault => fault.at.startsWith(`${at}.`))?.detail}
        />
      )
    case 'pairs':
      return (
        <Pairs
          {...{ label, help, at, faults, isReadOnly, change }}
          one={setting.one}
          choices={setting.choices}
          pairs={value as Pair[]}
        />
      )
    case 'binds':
      return <Binds {...{ at, faults, isReadOnly, change }} binds={value as Bind[]} />
    case 'reading': {
      const reading = value as Reading | null
      return (
        <Stack gap="sm" role="group" aria-label={label}>
          <Switch
            label={setting.isThere}
            description={error}
            disabled={isReadOnly}
            checked={reading !== null}
            onChange={event => change(event.currentTarget.checked ? (startOf(setting.fields) as Reading) : null)}
          />
          {reading !== null && (
            <Fields
              settings={setting.fields}
              values={reading}
              within={`${at}.`}
              faults={faults}
              isReadOnly={isReadOnly}
              change={next => change({ ...reading, ...next } as Reading)}
            />
          )}
        </Stack>
      )
    }
  }
}

interface PairsProps {
  label: string
  help: string | undefined
  one: string
  choices: Record<string, string> | undefined
  pairs: readonly Pair[]
  at: string
  faults: readonly Fault[]
  isReadOnly: boolean
  change: (pairs: Pair[]) => void
}

function Pairs({ label, help, one, choices, pairs, at, faults, isReadOnly, change }: PairsProps) {
  const set = (n: number, next: Partial<Pair>) =>
    change(pairs.map((pair, k) => (k === n ? { ...pair, ...next } : pair)))
  return (
    <Stack gap={6} role="group" aria-label={label}>
      <Input.Label component="div">{label}</Input.Label>
      {help && <Input.Description>{help}</Input.Description>}
      {pairs.map((pair, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a pair is its place; its name is being typed.
        <Group key={n} gap="xs" align="flex-start" wrap="nowrap">
          <TextInput
            flex={1}
            aria-label={`Name of ${one} ${n + 1}`}
            autoComplete="off"
            spellCheck={false}
            readOnly={isReadOnly}
            value={pair.name}
            onChange={event => set(n, { name: event.currentTarget.value })}
            error={pair.name === '' ? undefined : faultAt(faults, `${at}.${pair.name}`)}
          />
          {choices ? (
            <NativeSelect
              flex={1}
              aria-label={`What ${one} ${n + 1} means`}
              disabled={isReadOnly}
              data={Object.entries(choices).map(([value, words]) => ({ value, label: words }))}
              value={pair.value}
              onChange={event => set(n, { value: event.currentTarget.value })}
            />
          ) : (
            <TextInput
              flex={2}
              aria-label={`Value of ${one} ${n + 1}`}
              autoComplete="off"
              spellCheck={false}
              readOnly={isReadOnly}
              value={pair.value}
              onChange={event => set(n, { value: event.currentTarget.value })}
            />
          )}
          {!isReadOnly && (
            <ActionIcon
              variant="default"
              size={36}
              aria-label={`Take ${one} ${n + 1} out`}
              onClick={() => change(pairs.filter((_, k) => k !== n))}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      ))}
      {faultAt(faults, at) && <Input.Error role="alert">{faultAt(faults, at)}</Input.Error>}
      {!isReadOnly && (
        <Group>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => change([...pairs, { name: '', value: choices ? Object.keys(choices)[0]! : '' }])}
          >
            Add a {one}
          </Button>
        </Group>
      )}
    </Stack>
  )
}

const bindTypes = {
  transceiver: 'both ways (transceiver)',
  transmitter: 'texts out (transmitter)',
  receiver: 'receipts and replies in (receiver)',
}

function Binds({
  binds,
  at,
  faults,
  isReadOnly,
  change,
}: {
  binds: readonly Bind[]
  at: string
  faults: readonly Fault[]
  isReadOnly: boolean
  change: (binds: Bind[]) => void
}) {
  const set = (n: number, next: Partial<Bind>) =>
    change(binds.map((bind, k) => (k === n ? { ...bind, ...next } : bind)))
  return (
    <Stack gap="md">
      {binds.map((bind, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a bind is its place; all else of it is being typed.
        <Stack key={n} gap="xs" role="group" aria-label={`Bind ${n + 1}`}>
          <Group justify="space-between">
            <Text size="sm" fw={600}>
              Bind {n + 1}
            </Text>
            {!isReadOnly && binds.length > 1 && (
              <Button
                size="compact-sm"
                variant="default"
                aria-label={`Take bind ${n + 1} out`}
                onClick={() => change(binds.filter((_, k) => k !== n))}
              >
                Take it out
              </Button>
            )}
          </Group>
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label="Host"
              placeholder="smpp.northline.example"
              autoComplete="off"
              spellCheck={false}
              required
              withAsterisk={false}
              readOnly={isReadOnly}
              value={bind.host}
              onChange={event => set(n, { host: event.currentTarget.value })}
              error={faultAt(faults, `${at}.${n}.host`)}
            />
            <NumberInput
              label="Port"
              allowDecimal={false}
              allowNegative={false}
              hideControls
              readOnly={isReadOnly}
              value={bind.port}
              onChange={port => set(n, { port })}
              error={faultAt(faults, `${at}.${n}.port`)}
            />
            <NativeSelect
              label="What for"
              disabled={isReadOnly}
              data={Object.entries(bindTypes).map(([value, words]) => ({ value, label: words }))}
              value={bind.type}
              onChange={event => set(n, { type: event.currentTarget.value as Bind['type'] })} // of the three above
              error={faultAt(faults, `${at}.${n}.type`)}
            />
            <NumberInput
              label="Sessions at once"
              allowDecimal={false}
              allowNegative={false}
              readOnly={isReadOnly}
              value={bind.sessions}
              onChange={sessions => set(n, { sessions })}
              error={faultAt(faults, `${at}.${n}.sessions`)}
            />
          </SimpleGrid>
          <Switch
            label="TLS"
            description="Numbers and texts cross the network: use it wherever the carrier offers it."
            disabled={isReadOnly}
            checked={bind.tls}
            onChange={event => set(n, { tls: event.currentTarget.checked })}
          />
          {bind.tls && (
            <Textarea
              label="Certificate of its authority"
              description="PEM, where it is none of those that everybody trusts. Empty: those."
              placeholder="-----BEGIN CERTIFICATE-----"
              autosize
              minRows={2}
              maxRows={8}
              readOnly={isReadOnly}
              spellCheck={false}
              value={bind.ca ?? ''}
              onChange={event => set(n, { ca: event.currentTarget.value === '' ? null : event.currentTarget.value })}
              error={faultAt(faults, `${at}.${n}.ca`)}
            />
          )}
          {faultAt(faults, `${at}.${n}`) && <Input.Error role="alert">{faultAt(faults, `${at}.${n}`)}</Input.Error>}
        </Stack>
      ))}
      {faultAt(faults, at) && <Input.Error role="alert">{faultAt(faults, at)}</Input.Error>}
      {!isReadOnly && binds.length < 8 && (
        <Group>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => change([...binds, newBind])}
          >
            Add a bind
          </Button>
        </Group>
      )}
    </Stack>
  )
}

const Callbacks = ({ callbacks }: { callbacks: NonNullable<CarrierSettings['callbacks']> }) => (
  <Card withBorder component="section" aria-label="Where it calls us">
    <Title order={2} size="h5">
      Where it calls us
    </Title>
    <Text size="sm" c="dimmed" mb="sm">
      Give it these addresses. What is not signed by it is refused.
    </Text>
    <Stack gap="sm">
      {[
        { what: 'Receipts', value: callbacks.status },
        { what: 'Texts from handsets', value: callbacks.inbound },
      ].map(({ what, value }) => (
        <Stack key={what} gap={4} align="flex-start">
          <Text size="sm" fw={600}>
            {what}
          </Text>
          <Whole label={what}>{value}</Whole>
          <Copy value={value} what="the address" />
        </Stack>
      ))}
    </Stack>
  </Card>
)

function End({ line, name }: { line: Line; name: string }) {
  const [isAsking, { open, close }] = useDisclosure()
  const using = line.routes
    .filter(({ carriers }) => carriers.some(({ carrier }) => carrier === name))
    .map(one => one.name)
  return (
    <Card withBorder component="section" aria-label="Take this carrier away">
      <Group justify="space-between">
        <Text size="sm" flex="1 1 260px">
          <b>Take this carrier away.</b>{' '}
          {using.length > 0
            ? `Not while a route leads to it: ${using.join(', ')}. Take it out of ${using.length === 1 ? 'that route' : 'those routes'} first.`
            : 'Its secrets go with it. To stop it for a while, pause it.'}
        </Text>
        <Button
          color="red"
          variant="light"
          leftSection={<IconTrash size={16} aria-hidden />}
          disabled={using.length > 0}
          onClick={open}
        >
          Take it away
        </Button>
      </Group>
      {isAsking && <Delete line={line} name={name} close={close} />}
    </Card>
  )
}

function Delete({ line, name, close }: { line: Line; name: string; close: () => void }) {
  const navigate = useNavigate()
  const remove = useChange(
    () => client.deleteCarrier(name, { version: line.version }),
    () => {
      tell({ title: `${name} is taken away`, message: 'What waited for it goes where its route leads now.' })
      void navigate({ to: '/carriers', ignoreBlocker: true })
    },
  )
  return (
    <TypedName
      title={`Take ${name} away?`}
      name={name}
      act="Take the carrier away"
      error={remove.error}
      isActing={remove.isPending}
      close={close}
      go={() => remove.mutate(undefined)}
    >
      Nothing is handed to it any more, its binds end, and its secrets are forgotten. What still waits for it moves to
      where its route leads. An older version of the line brings its settings back, without the secrets.
    </TypedName>
  )
}

/** What can't be undone by a click wants the name typed. */
export function TypedName({
  title,
  name,
  act,
  error,
  isActing,
  close,
  go,
  children,
}: {
  title: string
  name: string
  act: string
  error: unknown
  isActing: boolean
  close: () => void
  go: () => void
  children: ReactNode
}) {
  const [typed, setTyped] = useState('')
  return (
    <Modal opened onClose={close} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          if (typed.trim() === name) go()
        }}
      >
        <Stack>
          <Text size="sm">{children}</Text>
          <TextInput
            label={
              <>
                Type <b>{name}</b> to go on
              </>
            }
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            value={typed}
            onChange={event => setTyped(event.currentTarget.value)}
          />
          {Boolean(error) && (
            <Text size="sm" c="red" role="alert">
              {sentence(error)}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              Keep it
            </Button>
            <Button type="submit" color="red" disabled={typed.trim() !== name} loading={isActing}>
              {act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
