// One region: its hours and caps as they are shipped, and those that an operator puts in their place. What would change, where
// it would be wider than what is shipped, and what becomes of texts that wait is asked of the server before it is saved.
import {
  ActionIcon,
  Alert,
  Anchor,
  Button,
  Grid,
  Group,
  List,
  NativeSelect,
  Paper,
  Stack,
  Text,
  Textarea,
  Title,
} from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAlertTriangle, IconArrowLeft, IconTrash } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Policy } from '@usher/contract/policy'
import type { Region, RegionCap, RegionHours, RegionOverride } from '@usher/contract/region'
import { useMemo, useState } from 'react'
import { client } from '../../client.ts'
import { exact, many } from '../../format.tsx'
import { Leaving } from '../../leaving.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { purposeNames } from '../../purposes.ts'
import { WouldItGo } from '../../would-it-go.tsx'
import { Source } from './confidence.tsx'
import { OnlyLooks, Part, Whole } from './fields.tsx'
import { capsInWords, hoursInWords, ofChoices, regionLike, regionName } from './region.ts'
import { Changed } from './regions.tsx'
import { NotSaved, policyQuery, useSavePolicy } from './saving.tsx'
import { Week } from './week.tsx'

interface EditorProps {
  name: string
  items: readonly Region[]
  mayWrite: boolean
}

export function RegionEditor({ name, items, mayWrite }: EditorProps) {
  const { data, error, isPending, refetch } = useQuery(policyQuery)
  const region = items.find(one => one.region === name) ?? withoutRow(name, items)
  return (
    <Stack gap="md">
      <div>
        <Anchor size="sm" renderRoot={props => <Link to="/policy" search={{ tab: 'regions' }} {...props} />}>
          <IconArrowLeft size={14} aria-hidden style={{ verticalAlign: -2 }} /> All regions
        </Anchor>
      </div>
      {region === undefined ? (
        <Empty title={`There is no region ${name}`}>It may be called otherwise here: look for it in the list.</Empty>
      ) : isPending ? (
        <Waiting what="Loading the policy" />
      ) : data === undefined ? (
        <Failed error={error} again={() => void refetch()} />
      ) : (
        <Form region={region} saved={data} mayWrite={mayWrite} />
      )}
    </Stack>
  )
}

/** A region that has no row has those of the one above it. */
function withoutRow(name: string, items: readonly Region[]): Region | undefined {
  if (regionLike(name) !== name) return undefined
  const above = items.find(one => one.region === name.split('-')[0]) ?? items.find(one => one.region === 'DEFAULT')
  return above && { ...above, region: name, says: [], override: null }
}

interface Draft {
  hours: RegionHours
  caps: RegionCap[]
  why: string
  widens: string
}

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

/** What stands in the form: the override, and what it leaves out as it is without one. */
function draftOf({ hours, caps, override, shipped }: Region, saved: RegionOverride | undefined): Draft {
  const isOurs = (field: 'hours' | 'caps') => override?.of.includes(field) === true
  return {
    hours: saved?.hours
      ? { ...saved.hours, isHolidayAsDay: saved.hours.isHolidayAsDay === true }
      : isOurs('hours')
        ? shipped.hours
        : hours,
    caps: saved?.caps ?? (isOurs('caps') ? shipped.caps : caps),
    why: saved?.why ?? '',
    widens: saved?.widens ?? '',
  }
}

/** What of a form is an override: what is not as it is without one. */
function overrideOf({ hours, caps, why, widens }: Draft, base: Draft): RegionOverride | undefined {
  const isOther = { hours: !isSame(hours, base.hours), caps: !isSame(caps, base.caps) }
  if (!isOther.hours && !isOther.caps) return undefined
  return {
    ...(isOther.hours && { hours }),
    ...(isOther.caps && { caps }),
    why: why.trim(),
    ...(widens.trim() && { widens: widens.trim() }),
  }
}

function Form({ region, saved, mayWrite }: { region: Region; saved: Policy; mayWrite: boolean }) {
  const { region: name } = region
  const savedHere = saved.regions[name]
  const [draft, setDraft] = useState<Draft>()
  const shown = draft ?? draftOf(region, savedHere)
  const base = draftOf(region, undefined)
  const override = overrideOf(shown, base)
  const { [name]: _, ...others } = saved.regions
  const next: Policy = { ...saved, regions: override ? { ...others, [name]: override } : others }
  const isChanged =
    draft !== undefined && !isSame(override ?? null, savedHere && overrideOf(draftOf(region, savedHere), base))
  const faults = faultsOf(shown)
  const save = useSavePolicy(() => setDraft(undefined))

  const change = (to: Partial<Draft>) => {
    // What was said of other hours is not said of these.
    const widens = 'hours' in to || 'caps' in to ? { widens: '' } : {}
    setDraft({ ...shown, ...widens, ...to })
  }
  // The reasons are no part of what changes for a text: they are not asked about anew with each letter.
  const reasonless = override && { ...override, why: 'Not saved yet.', widens: undefined }
  const asked = JSON.stringify(reasonless ? { ...next, regions: { ...next.regions, [name]: reasonless } } : next)
  const [settled] = useDebouncedValue(isChanged && faults.length === 0 ? asked : '', 300)
  const isAsked = isChanged && settled !== ''
  const proposed = useMemo(() => (isAsked ? (JSON.parse(settled) as Policy) : undefined), [isAsked, settled]) // as written above
  const preview = useQuery({
    queryKey: ['policy-preview', settled],
    queryFn: ({ signal }) => client.previewPolicy(proposed!, { signal }),
    enabled: proposed !== undefined,
    placeholderData: keepPreviousData,
  })
  const said = proposed === undefined ? undefined : preview.data
  const wider =
    said?.regions.find(one => one.region === name)?.wider ?? (isChanged ? [] : (region.override?.wider ?? []))
  const lacks = [
    ...(override && shown.why.trim().length < 5 ? ['Say why, and by which source.'] : []),
    ...(wider.length > 0 && override && shown.widens.trim().length < 5 ? ['Say why it may be wider.'] : []),
  ]
  // What it comes to has been seen before it is saved.
  const isSeen = settled === asked && preview.isSuccess && !preview.isPlaceholderData
  const maySave = isChanged && faults.length === 0 && lacks.length === 0 && isSeen && !save.isPending
  return (
    <>
      <Leaving isChanged={isChanged} what={`the hours and caps of ${regionName(name)}`} />
      <div>
        <Title order={2} size="h3">
          {regionName(name)}{' '}
          <Text span c="dimmed">
            {name}
          </Text>
        </Title>
        {region.override && <Changed override={region.override} />}
      </div>
      {!mayWrite && <OnlyLooks />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 6 }}>
          <form
            onSubmit={event => {
              event.preventDefault()
              if (maySave) save.mutate({ from: saved, to: next })
            }}
          >
            <Stack gap="md">
              <Part
                title="Promotional hours"
                about="Local times at which titles and offers may arrive. Notices, alerts and codes keep none of these."
              >
                <Hours hours={shown.hours} disabled={!mayWrite} change={hours => change({ hours })} />
              </Part>
              <Part
                title="Caps of this region"
                about="Beside those under “Caps and hours”, which count everywhere; the lowest decides."
              >
                <Caps caps={shown.caps} disabled={!mayWrite} change={caps => change({ caps })} />
              </Part>
              <Part title="Why">
                <Textarea
                  label="Why, and by which source"
                  description="Whoever looks at the region sees it; the audit log keeps it."
                  autosize
                  minRows={2}
                  maxLength={500}
                  disabled={!mayWrite || !override}
                  value={shown.why}
                  onChange={event => change({ why: event.currentTarget.value })}
                />
              </Part>
              {override && wider.length > 0 && (
                <Alert
                  color="yellow"
                  icon={<IconAlertTriangle aria-hidden />}
                  title="Wider than the rule that is shipped"
                >
                  <Stack gap="xs">
                    <List size="sm">
                      {wider.map(one => (
                        <List.Item key={one}>{one}</List.Item>
                      ))}
                    </List>
                    <Text size="sm">
                      The shipped rule is law or custom there ({region.source.replace(/\.$/, '')}). Texts would go out
                      when it says that they must not.
                    </Text>
                    <Textarea
                      label="Why it may be wider all the same"
                      autosize
                      minRows={2}
                      maxLength={500}
                      disabled={!mayWrite}
                      value={shown.widens}
                      onChange={event => change({ widens: event.currentTarget.value })}
                    />
                  </Stack>
                </Alert>
              )}
              {[...faults, ...(isChanged ? lacks : [])].map(one => (
                <Text key={one} size="sm" c="red" role="alert">
                  {one}
                </Text>
              ))}
              <NotSaved error={save.error} />
              {mayWrite && (
                <Group>
                  <Button type="submit" disabled={!maySave} loading={save.isPending}>
                    Save
                  </Button>
                  {isChanged && (
                    <Button
                      variant="default"
                      onClick={() => {
                        setDraft(undefined)
                        save.reset()
                      }}
                    >
                      Leave as it was
                    </Button>
                  )}
                  {override && (
                    <Button variant="default" onClick={() => setDraft({ ...base, why: '', widens: '' })}>
                      Reset to shipped
                    </Button>
                  )}
                </Group>
              )}
            </Stack>
          </form>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 6 }}>
          <Stack gap="md">
            <Paper withBorder p="md" component="section" aria-label="The week">
              <Title order={3} size="h5" mb="sm">
                The week
              </Title>
              <Week shipped={region.shipped.hours} hours={shown.hours} />
              <Stack gap={2} mt="md">
                <Source of={region} />
                {region.notes.map(note => (
                  <Text key={note} size="xs" c="dimmed" className="anywhere">
                    {note}
                  </Text>
                ))}
              </Stack>
            </Paper>
            {proposed !== undefined && (
              <Paper withBorder p="md" component="section" aria-label="What changes" aria-busy={preview.isFetching}>
                <Title order={3} size="h5" mb="xs">
                  What changes
                </Title>
                {preview.error ? (
                  <Failed error={preview.error} again={() => void preview.refetch()} />
                ) : said === undefined ? (
                  <Waiting what="Asking what changes" />
                ) : (
                  <Changes said={said} />
                )}
              </Paper>
            )}
            <Paper withBorder p="md" component="section" aria-label="Would it go out?">
              <Title order={3} size="h5" mb={4}>
                Would it go out?
              </Title>
              <Text size="sm" c="dimmed" mb="sm">
                For one subscriber; nothing is sent. What you change here stands beside what is in force.
              </Text>
              <WouldItGo proposed={preview.error ? undefined : proposed} />
            </Paper>
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  )
}

function Changes({ said: { regions, waiting } }: { said: Awaited<ReturnType<typeof client.previewPolicy>> }) {
  const { looked, isAll, later, never, examples } = waiting
  return (
    <Stack gap="xs">
      {regions.length === 0 && <Text size="sm">Nothing: these are the hours and caps that are in force.</Text>}
      {regions.map(({ region, before, after, notes }) => (
        <div key={region}>
          <Text size="sm" fw={600}>
            {regionName(region)}
          </Text>
          {(['hours', 'caps'] as const)
            .filter(field => !isSame(before[field], after[field]))
            .map(field => {
              const inWords = ({ hours, caps }: typeof before) =>
                field === 'hours' ? hoursInWords(hours) : capsInWords(caps)
              return (
                <Text key={field} size="sm">
                  {inWords(after)}; it was {inWords(before)}.
                </Text>
              )
            })}
          {notes.map(note => (
            <Alert key={note} color="yellow" p="xs" mt={4}>
              <Text size="sm">{note}</Text>
            </Alert>
          ))}
        </div>
      ))}
      <Text size="sm">
        {looked === 0
          ? 'No title or offer waits at the moment.'
          : later + never === 0
            ? `Nothing for ${isAll ? 'the' : 'the first'} ${many(looked, 'title or offer that waits', 'titles and offers that wait')}.`
            : `Of ${isAll ? 'the' : 'the first'} ${many(looked, 'title or offer that waits', 'titles and offers that wait')}, ${later} would leave later and ${never} not at all.`}
      </Text>
      {examples.length > 0 && (
        <List size="sm">
          {examples.map(({ id, subscriber, purpose, before, after }) => (
            <List.Item key={id}>
              <Anchor inherit renderRoot={props => <Link to="/messages" search={{ open: id }} {...props} />}>
                {purposeNames[purpose as keyof typeof purposeNames] ?? purpose}
              </Anchor>{' '}
              to {subscriber ?? 'a number'}: {after === null ? 'not at all' : exact(after)}; it was {exact(before)}.
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  )
}

const rows = [
  ['weekday', 'Monday to Friday'],
  ['saturday', 'Saturday'],
  ['sunday', 'Sunday'],
  ['holiday', 'Public holidays'],
] as const
const quarters = Array.from({ length: 97 }, (_, n) =>
  [Math.floor(n / 4), (n % 4) * 15].map(part => String(part).padStart(2, '0')).join(':'),
)
const usual = { from: '09:00', to: '20:00' }

interface HoursProps {
  hours: RegionHours
  disabled: boolean
  change: (hours: RegionHours) => void
}

function Hours({ hours, disabled, change }: HoursProps) {
  return rows.map(([day, title]) => {
    const window = hours[day]
    const kind = day === 'holiday' && hours.isHolidayAsDay ? 'day' : window === null ? 'none' : 'hours'
    const set = (to: RegionHours['weekday'], isHolidayAsDay = hours.isHolidayAsDay) =>
      change({ ...hours, [day]: to, isHolidayAsDay: day === 'holiday' ? isHolidayAsDay : hours.isHolidayAsDay })
    return (
      <Group key={day} gap="xs" align="center" role="group" aria-label={title}>
        <Text size="sm" w={130}>
          {title}
        </Text>
        <NativeSelect
          size="xs"
          aria-label={`${title}: open`}
          disabled={disabled}
          value={kind}
          data={[
            { value: 'hours', label: 'from … to' },
            { value: 'none', label: 'closed all day' },
            ...(day === 'holiday' ? [{ value: 'day', label: 'as the day' }] : []),
          ]}
          onChange={event => {
            const to = event.currentTarget.value
            set(to === 'hours' ? (window ?? hours.weekday ?? usual) : null, to === 'day')
          }}
        />
        {kind === 'hours' && window && (
          <Group gap={6} wrap="nowrap">
            {(['from', 'to'] as const).map(end => (
              <NativeSelect
                key={end}
                size="xs"
                aria-label={`${title}: ${end}`}
                disabled={disabled}
                value={window[end]}
                data={end === 'from' ? quarters.slice(0, -1) : quarters.slice(1)}
                onChange={event => set({ ...window, [end]: event.currentTarget.value }, false)}
              />
            ))}
          </Group>
        )}
      </Group>
    )
  })
}

interface CapsProps {
  caps: readonly RegionCap[]
  disabled: boolean
  change: (caps: RegionCap[]) => void
}

function Caps({ caps, disabled, change }: CapsProps) {
  const set = (n: number, to: Partial<RegionCap>) => change(caps.map((cap, k) => (k === n ? { ...cap, ...to } : cap)))
  return (
    <>
      {caps.length === 0 && (
        <Text size="sm" c="dimmed">
          None of its own.
        </Text>
      )}
      {caps.map((cap, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two caps may be alike while one is typed.
        <Group key={n} gap="xs">
          <Whole
            label={`Cap ${n + 1}: texts`}
            min={1}
            max={1_000}
            value={cap.most}
            disabled={disabled}
            change={most => set(n, { most })}
          />
          <Text size="sm">in</Text>
          <Whole
            label={`Cap ${n + 1}: in hours`}
            min={1}
            max={31 * 24}
            value={cap.hours}
            disabled={disabled}
            change={hours => set(n, { hours })}
          />
          <Text size="sm">hours, of</Text>
          <NativeSelect
            size="sm"
            aria-label={`Cap ${n + 1}: of`}
            disabled={disabled}
            value={cap.of}
            data={ofChoices}
            onChange={event => set(n, { of: event.currentTarget.value as RegionCap['of'] })} // of the list
          />
          {!disabled && (
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Take cap ${n + 1} away`}
              onClick={() => change(caps.filter((_, k) => k !== n))}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      ))}
      {!disabled && caps.length < 10 && (
        <Group>
          <Button
            size="xs"
            variant="default"
            onClick={() => change([...caps, { most: 3, hours: 24, of: 'promotional' }])}
          >
            Add a cap
          </Button>
        </Group>
      )}
    </>
  )
}

function faultsOf({ hours, caps }: Draft): string[] {
  const backwards = rows.filter(([day]) => hours[day] !== null && hours[day].from >= hours[day].to)
  const isOpen = rows.some(([day]) => hours[day] !== null)
  return [
    ...backwards.map(([, title]) => `${title}: it ends before it begins.`),
    ...(isOpen ? [] : ['It would never open. Leave at least one day some hours.']),
    ...(caps.every(({ most, hours }) => Number.isInteger(most) && Number.isInteger(hours))
      ? []
      : ['A cap lacks a number.']),
  ]
}
