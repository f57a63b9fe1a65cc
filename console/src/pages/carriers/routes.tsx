// The routes, in the order in which they are asked; what is changed is saved as one. Beside them: which way would a number
// go, by the routes as they stand here.
import {
  ActionIcon,
  Button,
  Card,
  Checkbox,
  Grid,
  Group,
  Input,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Line, Network, RouteInput } from '@usher/contract/carrier'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { client } from '../../client.ts'
import { settingsQuery } from '../../format.tsx'
import { Leaving } from '../../leaving.tsx'
import { Empty } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import { CountriesField, countriesSaid, networkNames, PurposesField, purposesSaid } from './choices.tsx'
import { type Fault, Foot, faultAt, faultsOf, NotSaved, Overtaken, Saving, useChange, useDraft } from './line.tsx'
import { within } from './senders.tsx'
import { Way } from './way.tsx'

export function Routes({ line }: { line: Line }) {
  const mayWrite = useMay('carriers:write')
  const draft = useDraft<readonly RouteInput[]>(line.routes, line.version)
  const routes = draft.value
  const [open, setOpen] = useState<number>()
  const [moved, setMoved] = useState<{ at: number; by: 1 | -1; said: string }>()
  const list = useRef<HTMLOListElement>(null)
  const save = useChange(
    ({ routes, version }: { routes: readonly RouteInput[]; version: number }) =>
      client.putRoutes({ routes: [...routes], version }),
    now => {
      draft.drop()
      tell({
        title: 'The routes are saved',
        message: `Version ${now.version}; texts that leave from now on take them.`,
      })
    },
  )
  const faults = faultsOf(save.error, 'routes')
  const change = (next: readonly RouteInput[]) => {
    if (save.isError) save.reset()
    draft.change(next)
  }
  const set = (n: number, next: Partial<RouteInput>) =>
    change(routes.map((route, k) => (k === n ? { ...route, ...next } : route)))
  const move = (n: number, by: 1 | -1) => {
    const to = n + by
    if (to < 0 || to >= routes.length) return
    const next = [...routes]
    next.splice(to, 0, ...next.splice(n, 1))
    change(next)
    setOpen(now => (now === n ? to : now === to ? n : now))
    setMoved({ at: to, by, said: `${routes[n]!.name || 'The route'} is now ${to + 1} of ${routes.length}.` })
  }
  // The keyboard goes with what it moves.
  useEffect(() => {
    if (!moved) return
    const row = list.current?.children[moved.at]
    const [wanted, other] = [moved.by === -1 ? 'up' : 'down', moved.by === -1 ? 'down' : 'up'].map(way =>
      row?.querySelector<HTMLButtonElement>(`[data-move=${way}]`),
    )
    ;(wanted?.disabled ? other : wanted)?.focus()
  }, [moved])
  // What the server found wrong is opened, so that it can be seen.
  const firstFault = faults.find(({ at }) => /^\d+\./.test(at))?.at
  useEffect(() => {
    if (firstFault) setOpen(Number(firstFault.split('.')[0]))
  }, [firstFault])
  const add = () => {
    const name = unused(routes)
    const [sender, carrier] = [line.senders[0]?.name ?? '', line.carriers[0]?.name]
    change([...routes, { ...newRoute, name, sender, carriers: carrier ? [{ ...newShare, carrier }] : [] }])
    setOpen(routes.length)
  }
  const addButton = mayWrite && (
    <Button
      variant="default"
      leftSection={<IconPlus size={16} aria-hidden />}
      disabled={line.carriers.length === 0 || line.senders.length === 0}
      onClick={add}
    >
      {routes.length === 0 ? 'Add the first route' : 'Add a route'}
    </Button>
  )
  return (
    <Stack gap="md">
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              The first route that fits a text is taken; its carriers share the texts by weight, less what their health
              takes away.
            </Text>
            {routes.length === 0 ? (
              <Empty title="There is no route" action={addButton}>
                {line.carriers.length === 0
                  ? 'Add a carrier first, and a sender; then a route that leads to it.'
                  : line.senders.length === 0
                    ? 'Add a sender first: what phones show a text as coming from.'
                    : 'Without one no text leaves.'}
              </Empty>
            ) : (
              <ol className="plain" ref={list}>
                {routes.map((route, n) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a route is its place; its name is being typed.
                  <li key={n}>
                    <RouteCard
                      {...{ line, routes, route, n, faults, mayWrite }}
                      isOpen={open === n}
                      toggle={() => setOpen(open === n ? undefined : n)}
                      move={by => move(n, by)}
                      set={next => set(n, next)}
                      remove={() => {
                        const before = routes
                        change(routes.filter((_, k) => k !== n))
                        setOpen(undefined)
                        tell({
                          id: 'route-out',
                          title: `Route ${route.name} is taken out`,
                          message: 'It counts once you save.',
                          undo: () => change(before),
                        })
                      }}
                    />
                  </li>
                ))}
              </ol>
            )}
            <span className="unseen" role="status">
              {moved?.said}
            </span>
            {routes.length > 0 && <Group>{addButton}</Group>}
            {mayWrite && (
              <Foot>
                <Overtaken line={line} draft={draft} what="the routes" />
                <NotSaved error={save.error} faults={faults} isShown={at => /^\d+\./.test(at)} />
                <Saving
                  isChanged={draft.isChanged}
                  isSaving={save.isPending}
                  save={() => save.mutate({ routes, version: draft.version })}
                  drop={() => {
                    save.reset()
                    draft.drop()
                    setOpen(undefined)
                    tell({ title: 'Your changes were discarded', undo: () => draft.change(routes) })
                  }}
                  said={`Version ${line.version} is in use.`}
                />
              </Foot>
            )}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Way line={line} routes={draft.isChanged ? routes : undefined} />
        </Grid.Col>
      </Grid>
      <Leaving isChanged={draft.isChanged} what="the routes" />
    </Stack>
  )
}

const newShare = { carrier: '', weight: 100, microsPerSegment: null }
const newRoute: RouteInput = {
  ...{ name: '', countries: null, networks: null, purposes: null, sender: '', carriers: [] },
  ...{ otherwise: null, isOnlyFallback: false },
}

function unused(routes: readonly RouteInput[]): string {
  for (let n = routes.length + 1; ; n++) {
    const name = `route-${n}`
    if (!routes.some(route => route.name === name)) return name
  }
}

interface RouteProps {
  line: Line
  routes: readonly RouteInput[]
  route: RouteInput
  n: number
  faults: readonly Fault[]
  mayWrite: boolean
  set: (next: Partial<RouteInput>) => void
}

function RouteCard({
  isOpen,
  toggle,
  move,
  remove,
  ...props
}: RouteProps & { isOpen: boolean; toggle: () => void; move: (by: 1 | -1) => void; remove: () => void }) {
  const { routes, route, n, faults, mayWrite } = props
  const { name, countries, networks, purposes, sender, carriers, otherwise, isOnlyFallback } = route
  const all = carriers.reduce((sum, { weight }) => sum + (Number(weight) || 0), 0)
  const hasFault = faults.some(({ at }) => at.startsWith(`${n}.`))
  const onKeyDown = (event: KeyboardEvent) => {
    if (!mayWrite || !event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    move(event.key === 'ArrowUp' ? -1 : 1)
  }
  return (
    <Card
      withBorder
      p="sm"
      mb="xs"
      component="section"
      aria-label={`Route ${n + 1}: ${name}`}
      onKeyDown={onKeyDown}
      {...(hasFault && { style: { borderColor: 'var(--mantine-color-error)' } })}
    >
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <div>
          <Text size="sm">
            <Text span c="dimmed" className="tabular">
              {n + 1}.{' '}
            </Text>
            <b>{name || 'no name yet'}</b>
            {isOnlyFallback && (
              <Text span size="xs" c="dimmed">
                {' '}
                only as fallback of another
              </Text>
            )}
          </Text>
          <Text size="sm">
            {countriesSaid(countries)}
            {networks && `, ${networks.map(one => networkNames[one]).join(', ')}`}; {purposesSaid(purposes)}
          </Text>
          <Text size="sm" c="dimmed">
            from <b>{sender || 'no sender'}</b> by{' '}
            {carriers.length === 0
              ? 'no carrier'
              : carriers
                  .map(({ carrier, weight }) =>
                    carriers.length === 1 ? carrier : `${carrier} ${Math.round((Number(weight) / (all || 1)) * 100)} %`,
                  )
                  .join(', ')}
            {otherwise && `; otherwise ${otherwise}`}
          </Text>
        </div>
        <Group gap={4} wrap="nowrap">
          {mayWrite && (
            <>
              <ActionIcon
                variant="default"
                size={32}
                data-move="up"
                aria-label={`Move ${name} up`}
                title="Up (alt and the arrow up)"
                disabled={n === 0}
                onClick={() => move(-1)}
              >
                <IconArrowUp size={16} aria-hidden />
              </ActionIcon>
              <ActionIcon
                variant="default"
                size={32}
                data-move="down"
                aria-label={`Move ${name} down`}
                title="Down (alt and the arrow down)"
                disabled={n === routes.length - 1}
                onClick={() => move(1)}
              >
                <IconArrowDown size={16} aria-hidden />
              </ActionIcon>
              <ActionIcon variant="default" size={32} aria-label={`Take ${name} out`} onClick={remove}>
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            </>
          )}
          <ActionIcon
            variant={isOpen ? 'filled' : 'default'}
            size={32}
            aria-label={mayWrite ? `Edit ${name}` : `Look at ${name}`}
            aria-expanded={isOpen}
            onClick={toggle}
          >
            <IconPencil size={16} aria-hidden />
          </ActionIcon>
        </Group>
      </Group>
      {isOpen && <RouteFields {...props} />}
    </Card>
  )
}

function RouteFields({ line, routes, route, n, faults, mayWrite, set }: RouteProps) {
  const settings = useQuery(settingsQuery)
  const currency = settings.data?.currency ?? 'USD'
  const { name, countries, networks, purposes, sender, carriers, otherwise, isOnlyFallback } = route
  const at = (field: string) => faultAt(faults, `${n}.${field}`)
  const isTwin = routes.some((other, k) => k !== n && other.name === name)
  const fixed = !mayWrite
  const setCarrier = (k: number, next: Partial<RouteInput['carriers'][number]>) =>
    set({ carriers: carriers.map((one, i) => (i === k ? { ...one, ...next } : one)) })
  const free = line.carriers.map(one => one.name).filter(one => !carriers.some(({ carrier }) => carrier === one))
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => first.current?.focus(), [])
  return (
    <Stack gap="sm" mt="sm">
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          ref={first}
          label="Name"
          autoComplete="off"
          spellCheck={false}
          maxLength={32}
          readOnly={fixed}
          value={name}
          onChange={event => set({ name: event.currentTarget.value })}
          error={isTwin ? 'Another route is called so.' : at('name')}
        />
        <NativeSelect
          label="From the sender"
          disabled={fixed}
          data={choicesWith(
            line.senders.map(one => ({ value: one.name, label: `${one.name} (${one.address})` })),
            sender,
          )}
          value={sender}
          onChange={event => set({ sender: event.currentTarget.value })}
          error={at('sender')}
        />
      </SimpleGrid>
      <CountriesField
        label="Countries"
        readOnly={fixed}
        value={countries}
        onChange={chosen => set({ countries: chosen })}
        error={within(faults, `${n}.countries`)}
      />
      <PurposesField
        label="Purposes"
        readOnly={fixed}
        value={purposes}
        onChange={chosen => set({ purposes: chosen })}
        error={within(faults, `${n}.purposes`)}
      />
      <Checkbox.Group
        label="Networks"
        description="As far as the numbering plan tells; none chosen: all."
        value={networks ?? []}
        onChange={chosen => !fixed && set({ networks: chosen.length === 0 ? null : (chosen as Network[]) })} // of the table
        error={within(faults, `${n}.networks`)}
      >
        <Group mt="xs" gap="sm">
          {Object.entries(networkNames).map(([value, label]) => (
            <Checkbox key={value} value={value} label={label} disabled={fixed} />
          ))}
        </Group>
      </Checkbox.Group>
      <Stack gap="xs" role="group" aria-label={`Carriers of ${name}`}>
        <Input.Label component="div">Carriers</Input.Label>
        {carriers.map((one, k) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a share is its place; its carrier is being chosen.
          <Group key={k} gap="xs" align="flex-end">
            <NativeSelect
              flex="1 1 130px"
              label={`Carrier ${k + 1}`}
              disabled={fixed}
              data={choicesWith(
                line.carriers
                  .filter(({ name: of }) => of === one.carrier || free.includes(of))
                  .map(({ name: of }) => ({ value: of, label: of })),
                one.carrier,
              )}
              value={one.carrier}
              onChange={event => setCarrier(k, { carrier: event.currentTarget.value })}
              error={at(`carriers.${k}.carrier`) ?? at(`carriers.${k}`)}
            />
            <NumberInput
              flex="0 1 90px"
              label="Weight"
              allowDecimal={false}
              allowNegative={false}
              min={1}
              max={1_000}
              readOnly={fixed}
              value={one.weight}
              // Emptied it is no number: the server says so at this field.
              onChange={weight => setCarrier(k, { weight: weight as number })}
              error={at(`carriers.${k}.weight`)}
            />
            <NumberInput
              flex="1 1 130px"
              label={`${currency} a segment`}
              placeholder="by the price list"
              allowNegative={false}
              decimalScale={6}
              hideControls
              readOnly={fixed}
              value={one.microsPerSegment === null ? '' : one.microsPerSegment / 1_000_000}
              onChange={price =>
                setCarrier(k, { microsPerSegment: price === '' ? null : Math.round(Number(price) * 1_000_000) })
              }
              error={at(`carriers.${k}.microsPerSegment`)}
            />
            {mayWrite && (
              <ActionIcon
                variant="default"
                size={36}
                aria-label={`Take ${one.carrier} out of ${name}`}
                disabled={carriers.length === 1}
                onClick={() => set({ carriers: carriers.filter((_, i) => i !== k) })}
              >
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        ))}
        {at('carriers') && <Input.Error role="alert">{at('carriers')}</Input.Error>}
        {mayWrite && free.length > 0 && (
          <Group>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => set({ carriers: [...carriers, { ...newShare, carrier: free[0]! }] })}
            >
              Add a carrier
            </Button>
          </Group>
        )}
      </Stack>
      <NativeSelect
        label="Otherwise"
        description="The route to take where none of these carriers can take a text."
        disabled={fixed}
        data={choicesWith(
          [
            { value: '', label: 'none: the text waits' },
            ...routes.filter((_, k) => k !== n).map(other => ({ value: other.name, label: other.name })),
          ],
          otherwise ?? '',
        )}
        value={otherwise ?? ''}
        onChange={event => set({ otherwise: event.currentTarget.value || null })}
        error={at('otherwise')}
      />
      <Switch
        label="Only as fallback"
        description="Taken as the otherwise of another route alone."
        disabled={fixed}
        checked={isOnlyFallback}
        onChange={event => set({ isOnlyFallback: event.currentTarget.checked })}
        error={at('isOnlyFallback')}
      />
    </Stack>
  )
}

/** What is chosen stays to be seen, even where it is there no more. */
const choicesWith = (choices: { value: string; label: string }[], chosen: string) =>
  choices.some(({ value }) => value === chosen) ? choices : [{ value: chosen, label: `${chosen} (gone)` }, ...choices]
