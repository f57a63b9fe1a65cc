// The senders: what phones show, where and for what each may be used, and how it stands with the registries.
import {
  ActionIcon,
  Anchor,
  Button,
  Group,
  Input,
  Modal,
  NativeSelect,
  SimpleGrid,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
} from '@mantine/core'
import { IconAlertTriangle, IconPlus, IconTrash } from '@tabler/icons-react'
import type { Line, SenderInput, SenderSettings } from '@usher/contract/carrier'
import { useState } from 'react'
import { client } from '../../client.ts'
import { countryChoices, countryName } from '../../countries.ts'
import { exact, useNow } from '../../format.tsx'
import { MarkBadge } from '../../mark.tsx'
import narrow from '../../narrow.module.css'
import { Empty } from '../../page.tsx'
import { useRowKeys } from '../../rows.ts'
import { useMay } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import { TypedName } from './carrier-form.tsx'
import { CountriesField, countriesSaid, PurposesField, purposesSaid } from './choices.tsx'
import { type Fault, faultAt, faultsOf, NotSaved, Overtaken, Saving, useChange, useDraft } from './line.tsx'
import { registrationMark } from './marks.ts'
import { missing, missingSaid, type Registration } from './registration.ts'

const kinds: Record<SenderInput['kind'], string> = {
  alphanumeric: 'Alphanumeric',
  short_code: 'Short code',
  long_number: 'Long number',
  toll_free: 'Toll-free',
}

export function Senders({ line }: { line: Line }) {
  const mayWrite = useMay('carriers:write')
  const { list } = useRowKeys()
  const [open, setOpen] = useState<string>()
  const [isAdding, setAdding] = useState(false)
  const now = useNow()
  const { senders } = line
  const add = mayWrite && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {senders.length === 0 ? 'Add the first sender' : 'Add a sender'}
    </Button>
  )
  const opened = senders.find(({ name }) => name === open)
  return (
    <Stack gap="md">
      {senders.length === 0 ? (
        <Empty title="There is no sender" action={add}>
          A sender is what phones show a text as coming from: a name, a short code, or a number. A route names the one
          its texts leave from.
        </Empty>
      ) : (
        <>
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              What phones show. A text leaves from the sender that its route names, where that may be used.
            </Text>
            {add}
          </Group>
          <div ref={list}>
            <Table className={narrow.table} verticalSpacing={8} highlightOnHover aria-label="Senders">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Sender</Table.Th>
                  <Table.Th>Where and for what</Table.Th>
                  <Table.Th>Answers</Table.Th>
                  <Table.Th>Registrations</Table.Th>
                  <Table.Th miw={110}>Routes</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {senders.map(sender => (
                  <Row key={sender.name} sender={sender} line={line} now={now} open={() => setOpen(sender.name)} />
                ))}
              </Table.Tbody>
            </Table>
          </div>
        </>
      )}
      {opened && <SenderForm key={opened.name} line={line} sender={opened} close={() => setOpen(undefined)} />}
      {isAdding && <SenderForm line={line} sender={undefined} close={() => setAdding(false)} />}
    </Stack>
  )
}

function Row({ sender, line, now, open }: { sender: SenderSettings; line: Line; now: number; open: () => void }) {
  const { name, address, kind, countries, purposes, isTwoWay, optOut, registrations } = sender
  const wanted = missing(sender)
  const routes = line.routes.filter(route => route.sender === name).map(route => route.name)
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor data-row component="button" type="button" fw={600} size="sm" onClick={open}>
          {name}
        </Anchor>
        <Text size="sm">
          <bdi>{address}</bdi>{' '}
          <Text span size="xs" c="dimmed">
            {kinds[kind].toLowerCase()}
          </Text>
        </Text>
      </Table.Td>
      <Table.Td data-label="For">
        <Text size="sm">{countriesSaid(countries)}</Text>
        <Text size="xs" c="dimmed">
          {purposesSaid(purposes)}
        </Text>
      </Table.Td>
      <Table.Td data-label="Answers">
        {isTwoWay ? (
          <Text size="sm">reach us</Text>
        ) : (
          <>
            <Text size="sm">nobody can answer</Text>
            <Text size="xs" c="dimmed" className="anywhere">
              {optOut ? `opt-out: ${optOut}` : 'no way to opt out: only codes and replies may leave from it'}
            </Text>
          </>
        )}
      </Table.Td>
      <Table.Td data-label="Registrations">
        <Stack gap={4} align="flex-start">
          {registrations.map(one => (
            <Group key={one.country} gap={6}>
              <Text size="sm">{one.country}</Text>
              <MarkBadge mark={registrationMark(one, now)} />
            </Group>
          ))}
          {wanted.length > 0 && (
            <Text size="xs">
              <IconAlertTriangle size={13} aria-hidden /> {missingSaid(wanted)}
            </Text>
          )}
          {registrations.length === 0 && wanted.length === 0 && (
            <Text size="sm" c="dimmed">
              none
            </Text>
          )}
        </Stack>
      </Table.Td>
      <Table.Td data-label="Routes">
        <Text size="sm">{routes.length === 0 ? 'none' : routes.join(', ')}</Text>
      </Table.Td>
    </Table.Tr>
  )
}

const fresh: SenderInput & { name: string } = {
  ...{ name: '', kind: 'alphanumeric', address: '', countries: null, purposes: null },
  ...{ isTwoWay: false, optOut: null, registrations: [] },
}

function SenderForm({ line, sender, close }: { line: Line; sender: SenderSettings | undefined; close: () => void }) {
  const mayWrite = useMay('carriers:write')
  const [isDeleting, setDeleting] = useState(false)
  const draft = useDraft<SenderInput & { name: string }>(sender ?? fresh, line.version)
  const { value, isChanged } = draft
  const save = useChange(
    ({ name, ...input }: SenderInput & { name: string }) =>
      client.putSender(name, { ...input, address: input.address.trim() }, { version: draft.version }),
    (_, { name }) => {
      tell({ title: `Sender ${name} is saved`, message: 'Texts leave from it so within two seconds.' })
      close()
    },
  )
  const remove = useChange(
    () => client.deleteSender(value.name, { version: line.version }),
    () => {
      tell({ title: `Sender ${value.name} is taken away` })
      close()
    },
  )
  const change = (next: Partial<SenderInput & { name: string }>) => {
    if (save.isError) save.reset()
    draft.change({ ...value, ...next })
  }
  const faults = faultsOf(save.error, `senders.${value.name}`)
  const isReadOnly = !mayWrite
  const isTaken = sender === undefined && line.senders.some(one => one.name === value.name)
  const routes = sender ? line.routes.filter(route => route.sender === sender.name).map(route => route.name) : []
  const wanted = missing(value)
  if (isDeleting)
    return (
      <TypedName
        title={`Take sender ${value.name} away?`}
        name={value.name}
        act="Take the sender away"
        error={remove.error}
        isActing={remove.isPending}
        close={() => setDeleting(false)}
        go={() => remove.mutate(undefined)}
      >
        No text leaves from {value.address} any more. Answers to it are heard no more. An older version of the line
        brings it back.
      </TypedName>
    )
  return (
    <Modal
      opened
      onClose={close}
      size="xl"
      title={sender ? `Sender ${sender.name}` : 'A new sender'}
      // What was typed is not lost to a slip of the hand.
      closeOnClickOutside={!isChanged}
      closeOnEscape={!isChanged}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        noValidate
        onSubmit={event => {
          event.preventDefault()
          if (mayWrite && !isTaken) save.mutate(value)
        }}
      >
        <Stack gap="sm">
          {sender && <Overtaken line={line} draft={draft} what={`sender ${sender.name}`} />}
          <NotSaved error={save.error} faults={faults} isShown={at => (at.split('.')[0] ?? '') in value} />
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            {!sender && (
              <TextInput
                label="Name"
                description="For routes; it does not change later."
                placeholder="britain"
                autoComplete="off"
                spellCheck={false}
                maxLength={32}
                data-autofocus
                value={value.name}
                onChange={event => change({ name: event.currentTarget.value })}
                error={isTaken ? 'There is a sender of this name already.' : faultAt(faults, 'name')}
              />
            )}
            <NativeSelect
              label="Kind"
              description="As the carrier calls it."
              disabled={isReadOnly}
              data={Object.entries(kinds).map(([kind, label]) => ({ value: kind, label }))}
              value={value.kind}
              onChange={event => change({ kind: event.currentTarget.value as SenderInput['kind'] })} // of the four above
              error={faultAt(faults, 'kind')}
            />
            <TextInput
              label="Address"
              description="What the phone shows."
              placeholder={
                value.kind === 'alphanumeric' ? 'Orpheum' : value.kind === 'short_code' ? '67743' : '+447700900678'
              }
              autoComplete="off"
              spellCheck={false}
              maxLength={20}
              readOnly={isReadOnly}
              value={value.address}
              onChange={event => change({ address: event.currentTarget.value })}
              error={faultAt(faults, 'address')}
            />
          </SimpleGrid>
          <CountriesField
            label="Countries"
            description="Where it may be used; none chosen: everywhere."
            readOnly={isReadOnly}
            value={value.countries}
            onChange={countries => change({ countries })}
            error={within(faults, 'countries')}
          />
          <PurposesField
            label="Purposes"
            description="For what; none chosen: everything."
            readOnly={isReadOnly}
            value={value.purposes}
            onChange={purposes => change({ purposes })}
            error={within(faults, 'purposes')}
          />
          <Switch
            label="People can answer it"
            description="Replies to it reach us, so that STOP ends it."
            disabled={isReadOnly}
            checked={value.isTwoWay}
            onChange={event => change({ isTwoWay: event.currentTarget.checked })}
            error={faultAt(faults, 'isTwoWay')}
          />
          {!value.isTwoWay && (
            <TextInput
              label="Link to opt out"
              description="Each of its texts must hold it, or a short link that leads there. Codes and replies are exempt; without one only they may leave from it."
              placeholder="orpheum.example/texts"
              autoComplete="off"
              spellCheck={false}
              maxLength={200}
              readOnly={isReadOnly}
              value={value.optOut ?? ''}
              onChange={event =>
                change({ optOut: event.currentTarget.value === '' ? null : event.currentTarget.value })
              }
              error={faultAt(faults, 'optOut')}
            />
          )}
          {wanted.length > 0 && (
            <Text size="sm">
              <IconAlertTriangle size={14} aria-hidden /> {missingSaid(wanted)}
            </Text>
          )}
          <Registrations
            registrations={value.registrations}
            faults={faults}
            isReadOnly={isReadOnly}
            change={registrations => change({ registrations })}
          />
          {sender && mayWrite && (
            <Group justify="space-between">
              <Text size="xs" c="dimmed" flex="1 1 200px">
                {routes.length > 0
                  ? `Used by ${routes.join(', ')}: it can't be taken away before ${routes.length === 1 ? 'that route names' : 'those routes name'} another.`
                  : 'No route uses it.'}
              </Text>
              <Button
                color="red"
                variant="light"
                size="compact-sm"
                disabled={routes.length > 0}
                onClick={() => setDeleting(true)}
              >
                Take it away
              </Button>
            </Group>
          )}
          {mayWrite && (
            <Saving
              isChanged={isChanged}
              isSaving={save.isPending}
              canSave={value.name !== '' && value.address.trim() !== '' && !isTaken}
              drop={() => {
                draft.drop()
                close()
              }}
              said=""
            />
          )}
        </Stack>
      </form>
    </Modal>
  )
}

/** Of a list: what is said of it, or of one in it. */
export const within = (faults: readonly Fault[], at: string) =>
  faults.find(fault => fault.at === at || fault.at.startsWith(`${at}.`))?.detail

const states: Record<Registration['state'], string> = {
  registered: 'registered',
  pending: 'pending',
  refused: 'refused',
}

function Registrations({
  registrations,
  faults,
  isReadOnly,
  change,
}: {
  registrations: readonly Registration[]
  faults: readonly Fault[]
  isReadOnly: boolean
  change: (registrations: Registration[]) => void
}) {
  const now = useNow()
  const set = (n: number, next: Partial<Registration>) =>
    change(registrations.map((one, k) => (k === n ? { ...one, ...next } : one)))
  return (
    <Stack gap="xs" role="group" aria-label="Registrations">
      <div>
        <Input.Label component="div">Registrations</Input.Label>
        <Input.Description>
          Such as a 10DLC campaign, or an entry with the registry of Singapore. One that is pending, refused or over
          closes the routes to that country.
        </Input.Description>
      </div>
      {registrations.map((one, n) => (
        <Group
          // biome-ignore lint/suspicious/noArrayIndexKey: a registration is its place; its country is being chosen.
          key={n}
          gap="xs"
          align="flex-end"
          wrap="wrap"
          role="group"
          aria-label={`Registration in ${countryName(one.country)}`}
        >
          <NativeSelect
            flex="1 1 150px"
            label="Country"
            disabled={isReadOnly}
            data={countryChoices}
            value={one.country}
            onChange={event => set(n, { country: event.currentTarget.value })}
            error={faultAt(faults, `registrations.${n}.country`)}
          />
          <NativeSelect
            flex="1 1 110px"
            label="State"
            disabled={isReadOnly}
            data={Object.entries(states).map(([value, label]) => ({ value, label }))}
            value={one.state}
            onChange={event => set(n, { state: event.currentTarget.value as Registration['state'] })} // of the three above
            error={faultAt(faults, `registrations.${n}.state`)}
          />
          <TextInput
            flex="1 1 140px"
            label="Reference"
            placeholder="C4QX1T9"
            autoComplete="off"
            maxLength={100}
            readOnly={isReadOnly}
            value={one.reference}
            onChange={event => set(n, { reference: event.currentTarget.value })}
            error={faultAt(faults, `registrations.${n}.reference`)}
          />
          <TextInput
            flex="0 1 150px"
            type="date"
            label="Until"
            title={one.until ? exact(one.until) : 'It does not end'}
            readOnly={isReadOnly}
            value={one.until?.slice(0, 10) ?? ''}
            onChange={event =>
              set(n, { until: event.currentTarget.value === '' ? null : `${event.currentTarget.value}T00:00:00.000Z` })
            }
            error={faultAt(faults, `registrations.${n}.until`)}
          />
          <Group gap="xs" h={36} wrap="nowrap">
            <MarkBadge mark={registrationMark(one, now)} />
            {!isReadOnly && (
              <ActionIcon
                variant="default"
                size={36}
                aria-label={`Take the registration in ${countryName(one.country)} out`}
                onClick={() => change(registrations.filter((_, k) => k !== n))}
              >
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        </Group>
      ))}
      {faultAt(faults, 'registrations') && <Input.Error role="alert">{faultAt(faults, 'registrations')}</Input.Error>}
      {!isReadOnly && (
        <Group>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => change([...registrations, { country: 'US', state: 'pending', reference: '', until: null }])}
          >
            Add a registration
          </Button>
        </Group>
      )}
    </Stack>
  )
}
