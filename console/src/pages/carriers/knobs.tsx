// A simulated carrier's knobs: slow, lossy, throttling or rude, at once and with a way back. The left end of a slider is its
// mildest. What the page does not know by name is shown by what kind of value it has.
import {
  Alert,
  Badge,
  Button,
  Card,
  Group,
  NativeSelect,
  SimpleGrid,
  Slider,
  Stack,
  Switch,
  Text,
  Textarea,
  Title,
} from '@mantine/core'
import { IconAlertTriangle, IconMoodSmile, IconPlugConnectedX, IconVolumeOff } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { client, isProblem, sentence } from '../../client.ts'
import { count, settingsQuery, span } from '../../format.tsx'
import { Failed, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { tell, tellFailure } from '../../toast.tsx'
import { carriersQuery } from './line.tsx'

type Value = number | string | boolean | object | null
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
    /** What is known of by its value alone: a number, or anything else as JSON. */
    | { of: 'number' }
    | { of: 'json' }
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
        name: 'silent',
        title: 'Silent',
        means: 'It stays connected, and takes and answers nothing.',
        good: false,
        kind: { of: 'switch' },
      },
      {
        name: 'bindStatus',
        title: 'Refuses to bind',
        means: 'Wrong credentials stop our tries; after the others we try again.',
        good: null,
        kind: {
          of: 'choice',
          choices: {
            '': 'no',
            ESME_RINVPASWD: 'says that the password is wrong',
            ESME_RINVSYSID: 'says that it does not know us',
            ESME_RBINDFAIL: 'says that it can not now',
          },
        },
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
      {
        name: 'perSecond',
        title: 'Parts in any second',
        means: 'One more than that is told to slow down, wherever the second begins.',
        good: 0,
        kind: {
          of: 'stops',
          stops: [0, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1],
          said: n => (n === 0 ? 'as many as come' : `at most ${count(n)}`),
        },
      },
      {
        name: 'congestion',
        title: 'Says how full it is',
        means: 'The congestion state of its answers, as SMPP 5.0 has it.',
        good: 0,
        kind: {
          of: 'stops',
          stops: [0, 10, 30, 50, 70, 80, 90, 95, 99, 100],
          said: n => (n === 0 ? 'says nothing' : `${n} of 100`),
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
        name: 'deliveryDelayMs',
        title: 'Until it is on the phone',
        means: 'How long a text that it took is on its way.',
        good: 0,
        kind: times(0, 100, 500, 1_000, 3_000, 10_000, 30_000, 60_000, 600_000),
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
      {
        name: 'temporary',
        title: 'An error that passes',
        means: 'It says that something broke on its side. The text is tried again.',
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
        name: 'intermediate',
        title: 'In between',
        means: 'Before the last receipt comes one that says: on its way.',
        good: 0,
        kind: share,
      },
      {
        name: 'outOfOrder',
        title: 'In any order',
        means: 'Receipts that are due together overtake each other.',
        good: false,
        kind: { of: 'switch' },
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
      {
        name: 'receiptIdForm',
        title: 'How receipts write the id',
        means: 'Of the id that the answer gave.',
        good: 'same',
        kind: {
          of: 'choice',
          choices: {
            same: 'as the answer did',
            decimal: 'decimal',
            hexadecimal: 'hexadecimal',
            zeros: 'with leading zeros',
            upperCase: 'in capitals',
          },
        },
      },
      {
        name: 'receiptDialect',
        title: 'How their text is written',
        means: 'No two carriers write it alike.',
        good: 'standard',
        kind: {
          of: 'choice',
          choices: {
            standard: 'as the specification has it',
            seconds: 'dates of 12 digits',
            century: 'dates of 14 digits',
            lowerCase: 'the state in small letters',
            upperCase: 'the names in capitals',
            short: 'without counts, dates and text',
            spaced: 'with spaces too many',
          },
        },
      },
    ],
  },
  {
    title: 'Some numbers alone',
    knobs: [
      {
        name: 'ranges',
        title: 'Ranges',
        means: 'Knobs of their own for the numbers with a prefix; dead: nobody has them, off: the handsets are off.',
        good: [],
        kind: { of: 'json' },
      },
    ],
  },
  {
    title: 'How texts from phones come',
    knobs: [
      {
        name: 'inboundCoding',
        title: 'Alphabet',
        means: 'In which the words come.',
        good: 'auto',
        kind: { of: 'choice', choices: { auto: 'the smallest that fits', latin1: 'Latin-1', ucs2: 'UCS-2' } },
      },
      {
        name: 'inboundForm',
        title: 'Long texts',
        means: 'How their parts are told.',
        good: 'udh8',
        kind: {
          of: 'choice',
          choices: {
            udh8: 'header, 8 bit reference',
            udh16: 'header, 16 bit reference',
            sar: 'sar_ parameters',
            payload: 'whole, as message_payload',
          },
        },
      },
      {
        name: 'inboundShuffled',
        title: 'Parts in any order',
        means: 'The last part may come first.',
        good: false,
        kind: { of: 'switch' },
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
      return kind.choices[String(value ?? '')] ?? String(value)
    case 'stops':
      return kind.said(Number(value))
    case 'number':
      return count(Number(value))
    case 'json':
      return isEmpty(value) ? 'none' : typeof value === 'string' ? value : JSON.stringify(value)
  }
}

const isEmpty = (value: Value) =>
  value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)

/** What a well-behaved carrier has: as the table says, else off, nothing, none. A word it is left at. */
function goodOf(name: string, value: Value): Value {
  if (name in wellBehaved) return wellBehaved[name]!
  if (typeof value === 'boolean') return false
  if (typeof value === 'number') return 0
  if (Array.isArray(value)) return []
  return typeof value === 'object' && value !== null ? {} : value
}
const isMild = (name: string, value: Value) => JSON.stringify(value) === JSON.stringify(goodOf(name, value))

const keyOf = (carrier: string) => ['knobs', carrier]

function useKnobs(carrier: string) {
  return useQuery({
    queryKey: keyOf(carrier),
    queryFn: async ({ signal }) => (await client.getKnobs({ carrier }, { signal })) as Turned, // of any kind; each is looked at
    // One that is away may come back; one that has none is not asked again.
    refetchInterval: query => (isProblem(query.state.error, 'unknown_carrier') ? false : 5_000),
    retry: false,
  })
}

/** Which carriers have knobs: in the demo those that are simulated. */
export function useIsSimulated(): (carrier: string) => boolean {
  const { data } = useQuery(settingsQuery)
  return carrier => data?.isDemo === true && (data.simulated?.includes(carrier) ?? true)
}

function useTurn(carrier: string) {
  const queries = useQueryClient()
  const queryKey = keyOf(carrier)
  const turn = useMutation({
    mutationFn: async (to: Turned) => (await client.putKnobs(to as never, { carrier })) as Turned, // a knob is some JSON
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
      const name = names.length === 1 ? names[0] : undefined
      const back =
        before && Object.fromEntries(names.flatMap(name => (before[name] === undefined ? [] : [[name, before[name]]])))
      const knob =
        name === undefined ? undefined : (known.find(one => one.name === name) ?? unknownKnob(name, to[name]!))
      tell({
        id: 'knobs',
        title: knob ? `${carrier}, ${knob.title}: ${said(knob, to[knob.name]!)}` : `${carrier} is set`,
        message: knob
          ? before?.[knob.name] !== undefined && `Was: ${said(knob, before[knob.name]!)}.`
          : isGood(to)
            ? 'It is fast and loses nothing.'
            : 'It behaves as it did before.',
        link: { to: '/live', words: 'Watch the line' },
        ...(back && { undo: () => turn.mutate(back) }),
      })
    },
    onError: (error, _, before) => {
      queries.setQueryData(queryKey, before)
      tellFailure(`${carrier} is as before`, error)
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['carriers'] }),
  })
  return turn
}

/** What is turned, of those that are there. */
const rudeOf = (now: Turned | undefined) => Object.entries(now ?? {}).filter(([name, value]) => !isMild(name, value))

/** A carrier that says nothing: by its own knob, or by swallowing each text. */
const silence = (now: Turned): Turned => (typeof now.silent === 'boolean' ? { silent: true } : { swallow: 1 })

/** For the demo: broken, silent, mended, by one click. A carrier that is not simulated has none. */
export function QuickKnobs({ carrier }: { carrier: string }) {
  const may = useMay('carriers:write')
  const { data: now } = useKnobs(carrier)
  const turn = useTurn(carrier)
  if (!now) return null
  const rude = rudeOf(now)
  const isSilent = Object.entries(silence(now)).every(([name, value]) => now[name] === value)
  return (
    <Group gap={4} wrap="nowrap" role="group" aria-label={`The simulated carrier ${carrier}`}>
      <Button
        size="compact-xs"
        variant="default"
        color="red"
        leftSection={<IconPlugConnectedX size={13} aria-hidden />}
        disabled={!may || now.down === true || turn.isPending}
        aria-label={`Break ${carrier}`}
        title="It cuts every connection and takes no new one"
        onClick={() => turn.mutate({ down: true })}
      >
        Break
      </Button>
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<IconVolumeOff size={13} aria-hidden />}
        disabled={!may || isSilent || turn.isPending}
        aria-label={`Silence ${carrier}`}
        title="It stays connected and answers nothing"
        onClick={() => turn.mutate(silence(now))}
      >
        Silence
      </Button>
      <Button
        size="compact-xs"
        variant={rude.length > 0 ? 'light' : 'default'}
        color="green"
        leftSection={<IconMoodSmile size={13} aria-hidden />}
        disabled={!may || rude.length === 0 || turn.isPending}
        aria-label={`Mend ${carrier}`}
        title="Fast, and loses nothing"
        onClick={() => turn.mutate(mended(rude))}
      >
        Mend
      </Button>
    </Group>
  )
}

const mended = (rude: readonly [string, Value][]): Turned =>
  Object.fromEntries(rude.map(([name, value]) => [name, goodOf(name, value)]))

/** All knobs of the carrier that is chosen; the first one to begin with. */
export function Knobs({ chosen }: { chosen: string | undefined }) {
  const navigate = useNavigate()
  const carriers = useQuery(carriersQuery)
  const isSimulated = useIsSimulated()
  const names = carriers.data?.items.map(({ name }) => name).filter(isSimulated) ?? []
  const carrier = names.find(name => name === chosen) ?? names[0]
  if (carrier === undefined) return null
  return (
    <Stack gap="md" component="section" aria-label="The simulated carriers">
      {names.length > 1 && (
        <NativeSelect
          label="Knobs of"
          maw={260}
          data={names}
          value={carrier}
          onChange={event =>
            void navigate({
              to: '/carriers',
              search: { knobs: event.currentTarget.value },
              replace: true,
              resetScroll: false,
            })
          }
        />
      )}
      <KnobsOf key={carrier} carrier={carrier} />
    </Stack>
  )
}

function KnobsOf({ carrier }: { carrier: string }) {
  const may = useMay('carriers:write')
  const knobs = useKnobs(carrier)
  const turn = useTurn(carrier)
  const now = knobs.data
  const others = Object.entries(now ?? {}).filter(([name]) => !(name in wellBehaved))
  const rude = rudeOf(now)
  const one = (knob: Knob) =>
    now?.[knob.name] !== undefined && (
      <Turnable
        key={knob.name}
        knob={knob}
        value={now[knob.name]!}
        isFixed={!may}
        turn={value => turn.mutate({ [knob.name]: value })}
      />
    )
  return (
    <Stack gap="md" component="section" aria-label={`The knobs of ${carrier}`}>
      <Group justify="space-between">
        <div>
          <Title order={2} size="h3">
            The simulated carrier {carrier}
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
          onClick={() => turn.mutate(mended(rude))}
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
        ) : isProblem(knobs.error, 'unknown_carrier') ? (
          <Text size="sm" c="dimmed">
            This one is not simulated: it has no knobs.
          </Text>
        ) : (
          <Failed error={knobs.error} again={() => void knobs.refetch()} />
        )
      ) : (
        <SimpleGrid cols={{ base: 1, md: 2, lg: 3 }}>
          {groups
            .filter(group => group.knobs.some(({ name }) => now?.[name] !== undefined))
            .map(group => (
              <Card withBorder key={group.title} component="section" aria-label={group.title}>
                <Stack gap="lg">
                  <Title order={3} size="h5">
                    {group.title}
                  </Title>
                  {group.knobs.map(one)}
                </Stack>
              </Card>
            ))}
          {others.length > 0 && (
            <Card withBorder component="section" aria-label="Others">
              <Stack gap="lg">
                <Title order={3} size="h5">
                  Others
                </Title>
                {others.map(([name, value]) => one(unknownKnob(name, value)))}
              </Stack>
            </Card>
          )}
        </SimpleGrid>
      )}
    </Stack>
  )
}

const isGood = (to: Turned) => Object.entries(to).every(([name, value]) => isMild(name, value))

const wordOf = (name: string) => {
  const words = name.replace(/Ms$/, '').replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** A knob that this page was not told of: which way it is turned is seen by its value. */
function unknownKnob(name: string, value: Value): Knob {
  const common = { name, title: wordOf(name), means: `The knob ${name}.`, good: goodOf(name, value) }
  if (typeof value === 'boolean') return { ...common, kind: { of: 'switch' } }
  if (typeof value !== 'number') return { ...common, kind: { of: 'json' } }
  if (name.endsWith('Ms')) return { ...common, kind: times(0, 20, 100, 500, 1_000, 3_000, 10_000, 30_000, 60_000) }
  // A share is what stands between none and all; a count is not known to be one before it is above.
  return { ...common, kind: value <= 1 ? share : { of: 'number' } }
}

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
  if (kind.of === 'number' || kind.of === 'json')
    return <Written key={JSON.stringify(value)} knob={knob} value={value} isFixed={isFixed} turn={turn} />
  if (kind.of === 'choice')
    return (
      <NativeSelect
        label={title}
        description={means}
        value={String(value ?? '')}
        disabled={isFixed}
        data={choicesWith(kind.choices, String(value ?? ''))}
        // What is not chosen is null there.
        onChange={event => turn(event.currentTarget.value || null)}
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

/** A value that was set by other means stands among the choices, too. */
const choicesWith = (choices: Record<string, string>, now: string) =>
  Object.entries(now in choices ? choices : { ...choices, [now]: now }).map(([value, label]) => ({ value, label }))

/** What no slider fits: typed, and turned by a button. */
function Written({
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
  const { title, means, kind } = knob
  const isWord = typeof value === 'string'
  const now = isWord ? value : JSON.stringify(value, null, 1)
  const [typed, setTyped] = useState(now)
  const read = isWord ? { value: typed } : readJson(typed)
  const isWrong = !read || (kind.of === 'number' && typeof read.value !== 'number')
  return (
    <Stack gap={6} align="flex-start">
      <Textarea
        w="100%"
        label={title}
        description={means}
        autosize
        minRows={1}
        maxRows={10}
        spellCheck={false}
        disabled={isFixed}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
        value={typed}
        onChange={event => setTyped(event.currentTarget.value)}
        error={isWrong && (kind.of === 'number' ? 'This is no number.' : 'This is no JSON.')}
      />
      {typed !== now && (
        <Button
          size="compact-sm"
          variant="default"
          disabled={isWrong || isFixed}
          onClick={() => read && turn(read.value)}
        >
          Turn it
        </Button>
      )}
    </Stack>
  )
}

function readJson(text: string): { value: Value } | undefined {
  try {
    return { value: JSON.parse(text) as Value }
  } catch {
    return undefined // half of it is typed
  }
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
