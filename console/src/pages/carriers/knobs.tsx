// The simulated carrier's knobs: slow, lossy, throttling or rude, at once and with a way back. The left end of a
// slider is its mildest.
import {
  Alert,
  Badge,
  Button,
  Card,
  Code,
  Group,
  NativeSelect,
  SimpleGrid,
  Slider,
  Stack,
  Switch,
  Text,
  Title,
} from '@mantine/core'
import { IconAlertTriangle, IconMoodSmile } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { client, isProblem, sentence } from '../../client.ts'
import { count, span } from '../../format.tsx'
import { Failed, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { tell, tellFailure } from '../../toast.tsx'

type Value = number | string | boolean
type Turned = Record<string, Value>

interface Knob {
  name: string
  title: string
  /** What it does, in plain words. */
  means: string
  /** What a well-behaved carrier has. */
  good: Value
  kind:
    | { of: 'share' }
    | { of: 'switch' }
    | { of: 'choice'; choices: Record<string, string> }
    /** Values a slider stops at, mildest first, and how one is said. */
    | { of: 'stops'; stops: readonly number[]; said: (value: number) => string }
}

const times = (...stops: number[]) =>
  ({ of: 'stops', stops, said: (ms: number) => (ms === 0 ? 'at once' : span(ms)) }) as const
const share = { of: 'share' } as const

const groups: readonly { title: string; knobs: readonly Knob[] }[] = [
  {
    title: 'Up or down',
    knobs: [
      {
        name: 'down',
        title: 'Down',
        means: 'Cuts every connection and takes no new one. Texts wait, or expire when their time is over.',
        good: false,
        kind: { of: 'switch' },
      },
      {
        name: 'disconnectEvery',
        title: 'Cuts the connection',
        means: 'At every Nth text, which it takes and never answers.',
        good: 0,
        kind: {
          of: 'stops',
          stops: [0, 10_000, 1_000, 100, 50, 20, 10, 5, 2, 1],
          said: n => (n === 0 ? 'never' : n === 1 ? 'each text' : `every ${count(n)}th text`),
        },
      },
      {
        name: 'throttleAbove',
        title: 'Asks to slow down',
        means: 'Above so many texts a second it says that it is throttled. Codes keep their share.',
        good: 0,
        kind: {
          of: 'stops',
          stops: [0, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1],
          said: n => (n === 0 ? 'never' : `above ${count(n)} a second`),
        },
      },
    ],
  },
  {
    title: 'How long it takes',
    knobs: [
      {
        name: 'answerDelayMs',
        title: 'Until it answers',
        means: 'The text reaches the phone before that.',
        good: 0,
        kind: times(0, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000),
      },
      {
        name: 'receiptDelayMs',
        title: 'Until the receipt',
        means: 'From the arrival on the phone, or the end elsewhere.',
        good: 20,
        kind: times(0, 20, 100, 500, 1_000, 3_000, 10_000, 30_000, 60_000, 600_000, 3_600_000),
      },
      {
        name: 'redeliverAfterMs',
        title: 'Until it repeats itself',
        means: 'How long it waits before it says again what was not acknowledged.',
        good: 1_000,
        kind: times(0, 200, 1_000, 5_000, 10_000, 30_000, 60_000, 600_000),
      },
    ],
  },
  {
    title: 'How often it says no',
    knobs: [
      {
        name: 'queueFull',
        title: 'Queue full',
        means: 'It says that its queue is full. The text is tried again.',
        good: 0,
        kind: share,
      },
      { name: 'reject', title: 'Rejects for good', means: 'The text ends as rejected.', good: 0, kind: share },
      {
        name: 'undeliverable',
        title: 'Undeliverable',
        means: 'It takes the text, which never reaches the phone, and the receipt says so.',
        good: 0,
        kind: share,
      },
    ],
  },
  {
    title: 'How often it is silent',
    knobs: [
      {
        name: 'unanswered',
        title: 'Never answers',
        means: 'The text reaches the phone, and no answer comes. A receipt may still tell.',
        good: 0,
        kind: share,
      },
      { name: 'swallow', title: 'Swallows', means: 'The text is neither taken nor answered.', good: 0, kind: share },
      {
        name: 'receiptMissing',
        title: 'No receipt',
        means: 'Nobody ever learns what became of the text.',
        good: 0,
        kind: share,
      },
    ],
  },
  {
    title: 'How its receipts come',
    knobs: [
      { name: 'receiptTwice', title: 'Twice', means: 'The same receipt comes a second time.', good: 0, kind: share },
      {
        name: 'receiptEarly',
        title: 'Early',
        means: 'The receipt overtakes the answer it belongs to.',
        good: 0,
        kind: share,
      },
      {
        name: 'receiptForm',
        title: 'Where they say it',
        means: 'Where a receipt carries its id and state.',
        good: 'both',
        kind: { of: 'choice', choices: { both: 'in text and TLVs', text: 'in the text of the body', tlv: 'in TLVs' } },
      },
      {
        name: 'idForm',
        title: 'How ids are written',
        means: 'Some carriers give a decimal id and tell of it in hexadecimal.',
        good: 'decimal',
        kind: { of: 'choice', choices: { decimal: 'decimal', hexadecimal: 'hexadecimal', uuid: 'UUID' } },
      },
    ],
  },
]
const known = groups.flatMap(({ knobs }) => knobs)
const wellBehaved: Turned = Object.fromEntries(known.map(({ name, good }) => [name, good]))

function said({ kind }: Knob, value: Value): string {
  switch (kind.of) {
    case 'share':
      return value === 0 ? 'never' : `${Number((Number(value) * 100).toFixed(1))}% of texts`
    case 'switch':
      return value ? 'yes' : 'no'
    case 'choice':
      return kind.choices[String(value)] ?? String(value)
    case 'stops':
      return kind.said(Number(value))
  }
}

const queryKey = ['knobs']

export function Knobs() {
  const may = useMay('carriers:write')
  const queries = useQueryClient()
  const knobs = useQuery({ queryKey, queryFn: ({ signal }) => client.getKnobs({ signal }), refetchInterval: 5_000 })
  const turn = useMutation({
    mutationFn: (to: Turned) => client.putKnobs(to),
    // What was turned stays turned on the page while it is asked for, and springs back if it is refused.
    onMutate: async to => {
      await queries.cancelQueries({ queryKey })
      const before = queries.getQueryData<Turned>(queryKey)
      queries.setQueryData(queryKey, { ...before, ...to })
      return before
    },
    onSuccess: (now, to, before) => {
      queries.setQueryData(queryKey, now)
      const names = Object.keys(to)
      const knob = names.length === 1 ? known.find(({ name }) => name === names[0]) : undefined
      const back =
        before && Object.fromEntries(names.flatMap(name => (before[name] === undefined ? [] : [[name, before[name]]])))
      tell({
        id: 'knobs',
        title: knob ? `${knob.title}: ${said(knob, to[knob.name]!)}` : 'The carrier is set',
        message: knob
          ? before && `Was: ${said(knob, before[knob.name]!)}.`
          : isGood(to)
            ? 'It is fast and loses nothing.'
            : 'It behaves as it did before.',
        link: { to: '/live', words: 'Watch the line' },
        ...(back && { undo: () => turn.mutate(back) }),
      })
    },
    onError: (error, _, before) => {
      queries.setQueryData(queryKey, before)
      tellFailure('The carrier is as before', error)
    },
  })

  // The contract leaves it open which knobs there are: what is not known here is shown as it is.
  const now = knobs.data as Turned | undefined
  const others = Object.entries(now ?? {}).filter(([name]) => !(name in wellBehaved))
  const rude = now ? known.filter(({ name, good }) => now[name] !== undefined && now[name] !== good) : []
  return (
    <Stack gap="md" component="section" aria-label="The simulated carrier">
      <Group justify="space-between">
        <div>
          <Title order={2} size="h3">
            The simulated carrier
          </Title>
          <Text size="sm" c="dimmed">
            {rude.length === 0
              ? `It is well-behaved.${may ? ' Turn a knob and watch what Usher makes of it; it counts at once.' : ''}`
              : `It misbehaves in ${count(rude.length)} ${rude.length === 1 ? 'way' : 'ways'}.`}
            {!may && ' Your role shows the knobs; turning them needs carriers:write.'}
          </Text>
        </div>
        <Button
          variant="default"
          leftSection={<IconMoodSmile size={16} aria-hidden />}
          disabled={!may || rude.length === 0 || turn.isPending}
          onClick={() => turn.mutate(Object.fromEntries(rude.map(({ name, good }) => [name, good])))}
        >
          Well-behaved again
        </Button>
      </Group>
      {knobs.isPending ? (
        <Waiting what="Loading the knobs" />
      ) : knobs.error ? (
        isProblem(knobs.error, 'carrier_away') ? (
          <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title="The simulated carrier does not answer">
            <Text size="sm">
              {sentence(knobs.error)} It runs in the same process as the demo; if it stays away, start the demo again.
            </Text>
          </Alert>
        ) : (
          <Failed error={knobs.error} again={() => void knobs.refetch()} />
        )
      ) : (
        <SimpleGrid cols={{ base: 1, md: 2, lg: 3 }}>
          {groups.map(group => (
            <Card withBorder key={group.title} component="section" aria-label={group.title}>
              <Stack gap="lg">
                <Title order={3} size="h5">
                  {group.title}
                </Title>
                {group.knobs.map(
                  knob =>
                    now?.[knob.name] !== undefined && (
                      <Turnable
                        key={knob.name}
                        knob={knob}
                        value={now[knob.name]!}
                        isFixed={!may}
                        turn={value => turn.mutate({ [knob.name]: value })}
                      />
                    ),
                )}
              </Stack>
            </Card>
          ))}
          {others.length > 0 && (
            <Card withBorder component="section" aria-label="Others">
              <Stack gap="xs">
                <Title order={3} size="h5">
                  Others
                </Title>
                {others.map(([name, value]) => (
                  <Group key={name} justify="space-between">
                    <Code>{name}</Code>
                    <Text size="sm">{JSON.stringify(value)}</Text>
                  </Group>
                ))}
              </Stack>
            </Card>
          )}
        </SimpleGrid>
      )}
    </Stack>
  )
}

const isGood = (to: Turned) => known.every(({ name, good }) => to[name] === undefined || to[name] === good)

function Turnable({
  knob,
  value,
  isFixed,
  turn,
}: {
  knob: Knob
  value: Value
  isFixed: boolean
  turn: (value: Value) => void
}) {
  const { title, means, kind, good } = knob
  const isGoodNow = value === good
  if (kind.of === 'switch')
    return (
      <Switch
        label={title}
        description={means}
        checked={value === true}
        disabled={isFixed}
        onChange={event => turn(event.currentTarget.checked)}
      />
    )
  if (kind.of === 'choice')
    return (
      <NativeSelect
        label={title}
        description={means}
        value={String(value)}
        disabled={isFixed}
        data={Object.entries(kind.choices).map(([one, label]) => ({ value: one, label }))}
        onChange={event => turn(event.currentTarget.value)}
      />
    )
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" fw={600}>
          {title}
        </Text>
        <Badge
          variant={isGoodNow ? 'default' : 'light'}
          color="orange"
          autoContrast
          tt="none"
          className="tabular"
          style={{ flexShrink: 0 }}
        >
          {said(knob, value)}
        </Badge>
      </Group>
      <Text size="xs" c="dimmed">
        {means}
      </Text>
      <Sliding knob={knob} value={Number(value)} isFixed={isFixed} turn={turn} />
    </Stack>
  )
}

function Sliding({
  knob,
  value,
  isFixed,
  turn,
}: {
  knob: Knob
  value: number
  isFixed: boolean
  turn: (value: number) => void
}) {
  const { kind, title } = knob
  // A value that was set by other means than this slider has its stop, too.
  const stops = kind.of === 'stops' ? withStop(kind.stops, value) : undefined
  const place = stops ? stops.indexOf(value) : value * 100
  const valueAt = (at: number) => (stops ? stops[Math.round(at)]! : Math.round(at) / 100)
  // While it is dragged it follows the hand.
  const [dragged, setDragged] = useState<number>()
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new value from the server ends the drag.
  useEffect(() => setDragged(undefined), [value])
  const words = (at: number) => said(knob, valueAt(at))
  return (
    <Slider
      min={0}
      max={stops ? stops.length - 1 : 100}
      step={1}
      value={dragged ?? place}
      onChange={setDragged}
      onChangeEnd={at => {
        const to = valueAt(at)
        if (to === value) setDragged(undefined)
        else turn(to)
      }}
      label={words}
      thumbLabel={title}
      thumbValueText={words}
      disabled={isFixed}
      my={4}
    />
  )
}

function withStop(stops: readonly number[], value: number): readonly number[] {
  if (stops.includes(value)) return stops
  const [mildest, ...rest] = stops
  const falls = rest.length > 1 && rest[0]! > rest[1]!
  return [mildest!, ...[...rest, value].toSorted((a, b) => (falls ? b - a : a - b))]
}
