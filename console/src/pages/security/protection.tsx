// The limits around codes as a form. What would change is said before it is saved; who saved meanwhile is not overwritten.
import {
  Alert,
  Button,
  Group,
  List,
  NumberInput,
  Paper,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  Title,
} from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Protection } from '@usher/contract/verification'
import { useState } from 'react'
import { client, sentence } from '../../client.ts'
import { Leaving } from '../../leaving.tsx'
import { Failed, Waiting } from '../../page.tsx'
import { tell } from '../../toast.tsx'

const protectionQuery = {
  queryKey: ['protection'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.getProtection({ signal }),
}

type Counted = { [K in keyof Protection]: Protection[K] extends number ? K : never }[keyof Protection]
interface Field {
  key: Counted
  label: string
  min: number
  max: number
  step?: number
}

/** In the order of somebody who asks: what a code is, who asks how often, where it goes, what it costs. */
const parts: { title: string; about?: string; fields: Field[] }[] = [
  {
    title: 'A code',
    fields: [
      { key: 'digits', label: 'Digits', min: 4, max: 10 },
      { key: 'minutes', label: 'Minutes that it lives', min: 1, max: 10 },
    ],
  },
  {
    title: 'Who asks, and who guesses',
    about:
      'In an hour, of strangers; a code that came back right does not count. A device that had a right code before is no stranger.',
    fields: [
      { key: 'perAddressHour', label: 'Codes from one address', min: 0, max: 100_000 },
      { key: 'perNetworkHour', label: 'Codes from one network (/24, or /48 of IPv6)', min: 0, max: 1_000_000 },
      { key: 'perDeviceHour', label: 'Codes from one device', min: 0, max: 100_000 },
      { key: 'perNumberDay', label: 'Codes to one number in a day', min: 0, max: 1_000 },
      { key: 'wrongPerAddressHour', label: 'Wrong codes from one address', min: 0, max: 100_000 },
      { key: 'wrongPerNetworkHour', label: 'Wrong codes from one network', min: 0, max: 1_000_000 },
      {
        key: 'sprayed',
        label: 'Wrong codes in ten minutes, over all accounts, from which on codes have ten digits',
        min: 0,
        max: 1_000_000,
      },
    ],
  },
  {
    title: 'Codes that nobody types',
    about: 'Somebody may be paid for each text. Where too few codes come back, they stop there for a while.',
    fields: [
      {
        key: 'openPerBlockHour',
        label: 'Numbers of a block of 10,000 that wait for their code, in an hour',
        min: 0,
        max: 100_000,
      },
      { key: 'leastConversion', label: 'At least this share comes back right, in a day', min: 0, max: 1, step: 0.05 },
      { key: 'conversionFrom', label: 'Judged from so many codes on', min: 0, max: 1_000_000 },
      { key: 'blockMinutes', label: 'Minutes that they stop', min: 1, max: 10_080 },
    ],
  },
  {
    title: 'Alerts',
    about:
      'Whoever makes alerts happen on purpose must not wear anybody out. Those after are asked on their page, and your service is told.',
    fields: [{ key: 'alertsPerDay', label: 'Alerts by text to one subscriber in a day', min: 0, max: 1_000 }],
  },
  {
    title: 'A SIM that was swapped',
    about: "Where an operator's SIM Swap API is set up.",
    fields: [{ key: 'simSwapHours', label: 'Hours that a new SIM gets no code', min: 1, max: 2_400 }],
  },
]

const places = (countries: Protection['countries']) =>
  countries === null ? 'where subscribers are' : countries.length === 0 ? 'nowhere' : countries.join(', ')
const ceiling = (spend: Protection['spendPerHour']) => (spend === null ? 'no ceiling' : String(spend))

/** What changes, in sentences. */
function changesOf(before: Protection, after: Protection): string[] {
  const said = parts
    .flatMap(({ fields }) => fields)
    .filter(({ key }) => before[key] !== after[key])
    .map(({ key, label }) => `${label}: ${after[key]}; it was ${before[key]}.`)
  const say = (what: string, was: string, is: string) => (was === is ? [] : [`${what}: ${is}; it was ${was}.`])
  return [
    ...said,
    ...say('Codes by number alone go', places(before.countries), places(after.countries)),
    ...say('What codes may cost in an hour', ceiling(before.spendPerHour), ceiling(after.spendPerHour)),
    ...say('Where the operator does not say', before.simSwapUnknown, after.simSwapUnknown),
  ]
}

class SavedMeanwhile extends Error {}

export function ProtectionSettings({ mayWrite }: { mayWrite: boolean }) {
  const { data, error, isPending, refetch } = useQuery(protectionQuery)
  if (isPending) return <Waiting what="Loading the settings" />
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />
  return (
    <>
      {error && <Failed error={error} again={() => void refetch()} />}
      <Form saved={data} mayWrite={mayWrite} />
    </>
  )
}

function Form({ saved, mayWrite }: { saved: Protection; mayWrite: boolean }) {
  const queries = useQueryClient()
  const [draft, setDraft] = useState<Protection>()
  const shown = draft ?? saved
  const changes = changesOf(saved, shown)
  const save = useMutation({
    mutationFn: async ({ from, to }: { from: Protection; to: Protection }) => {
      const now = await client.getProtection()
      if (changesOf(from, now).length > 0) {
        queries.setQueryData(protectionQuery.queryKey, now)
        throw new SavedMeanwhile()
      }
      return client.putProtection(to)
    },
    onSuccess: (protection, { from, to }) => {
      setDraft(undefined)
      queries.setQueryData(protectionQuery.queryKey, protection)
      tell({
        id: 'protection',
        title: 'The protection is saved',
        message: 'Every process goes by it within two seconds.',
        undo: () => save.mutate({ from: to, to: from }),
      })
    },
  })
  const change = (to: Partial<Protection>) => setDraft({ ...shown, ...to })
  // A field that is emptied on the way to another number is none yet.
  const isWhole =
    parts.every(({ fields }) => fields.every(({ key }) => Number.isFinite(shown[key]))) &&
    (shown.spendPerHour === null || Number.isFinite(shown.spendPerHour))
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (changes.length > 0 && isWhole && !save.isPending) save.mutate({ from: saved, to: shown })
      }}
    >
      <Leaving isChanged={changes.length > 0} what="the protection of codes" />
      <Stack gap="md" maw={720}>
        {parts.map(({ title, about, fields }) => (
          <Paper key={title} withBorder p="md" component="fieldset">
            <Title order={2} size="h5" component="legend" px={4}>
              {title}
            </Title>
            {about && (
              <Text size="sm" c="dimmed" mb="sm">
                {about}
              </Text>
            )}
            <Stack gap="xs">
              {fields.map(({ key, label, min, max, step }) => (
                <NumberInput
                  key={key}
                  label={label}
                  styles={{ input: { width: 120 } }}
                  min={min}
                  max={max}
                  {...(step === undefined ? { allowDecimal: false } : { step, decimalScale: 2 })}
                  allowNegative={false}
                  clampBehavior="blur"
                  hideControls
                  disabled={!mayWrite}
                  value={Number.isNaN(shown[key]) ? '' : shown[key]}
                  onChange={next => change({ [key]: next === '' ? Number.NaN : Number(next) })}
                />
              ))}
              {title === 'A SIM that was swapped' && (
                <Select
                  label="Where the operator does not say"
                  description="A recovery is refused then, whatever is set here."
                  w={240}
                  allowDeselect={false}
                  disabled={!mayWrite}
                  value={shown.simSwapUnknown}
                  onChange={value => value && change({ simSwapUnknown: value as Protection['simSwapUnknown'] })}
                  data={[
                    { value: 'send', label: 'the code goes out' },
                    { value: 'refuse', label: 'no code' },
                  ]}
                />
              )}
            </Stack>
          </Paper>
        ))}
        <Paper withBorder p="md" component="fieldset">
          <Title order={2} size="h5" component="legend" px={4}>
            Where codes go, and what they cost
          </Title>
          <Stack gap="xs">
            <Switch
              label="By number alone, codes go to countries where subscribers are"
              description="One in a hundred of them, or twenty. Subscribers get their codes wherever they are."
              checked={shown.countries === null}
              disabled={!mayWrite}
              onChange={event => change({ countries: event.currentTarget.checked ? null : (saved.countries ?? []) })}
            />
            {shown.countries !== null && (
              <TagsInput
                label="Countries, by their two letters"
                placeholder="GB"
                value={shown.countries}
                disabled={!mayWrite}
                onChange={codes =>
                  change({
                    countries: codes.map(code => code.trim().toUpperCase()).filter(code => /^[A-Z]{2}$/.test(code)),
                  })
                }
              />
            )}
            <Switch
              label="There is a ceiling to what codes may cost in an hour"
              checked={shown.spendPerHour !== null}
              disabled={!mayWrite}
              onChange={event =>
                change({ spendPerHour: event.currentTarget.checked ? (saved.spendPerHour ?? 50) : null })
              }
            />
            {shown.spendPerHour !== null && (
              <NumberInput
                label="In the currency of the prices"
                styles={{ input: { width: 120 } }}
                min={0}
                max={1_000_000}
                allowNegative={false}
                hideControls
                disabled={!mayWrite}
                value={Number.isNaN(shown.spendPerHour) ? '' : shown.spendPerHour}
                onChange={next => change({ spendPerHour: next === '' ? Number.NaN : Number(next) })}
              />
            )}
          </Stack>
        </Paper>
        {changes.length > 0 && isWhole && (
          <Alert color="blue" role="status" title="What changes">
            <List size="sm">
              {changes.map(one => (
                <List.Item key={one}>{one}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        {save.error && (
          <Alert color={save.error instanceof SavedMeanwhile ? 'yellow' : 'red'} role="alert">
            <Text size="sm">
              {save.error instanceof SavedMeanwhile
                ? 'Somebody saved these settings meanwhile. What you typed is still here; what changes is told against what is in force now. Save again if that is right.'
                : sentence(save.error)}
            </Text>
          </Alert>
        )}
        {mayWrite && (
          <Group>
            <Button type="submit" disabled={changes.length === 0 || !isWhole} loading={save.isPending}>
              Save
            </Button>
            {draft && (
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
          </Group>
        )}
      </Stack>
    </form>
  )
}
