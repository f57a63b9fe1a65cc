// One subscriber: who they are, what they agreed to and chose, all that happened, what would go out, and a text to them now.
import {
  Alert,
  Anchor,
  Button,
  CopyButton,
  Grid,
  Group,
  List,
  Modal,
  Paper,
  Stack,
  Table,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconEye } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import type { Subscriber } from '@usher/contract/subscriber'
import { type ReactNode, useEffect, useState } from 'react'
import { client, isProblem, sentence } from '../client.ts'
import { groups, reasonSaid, waySaid } from '../consents.ts'
import { count, exact, Time, useNow } from '../format.tsx'
import { MarkBadge } from '../mark.tsx'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import { Send } from '../send.tsx'
import { useMay } from '../session.tsx'
import { nameOf } from '../subscriber-picker.tsx'
import { Timeline } from '../timeline.tsx'
import { tell } from '../toast.tsx'
import { WouldItGo } from '../would-it-go.tsx'
import { Ahead } from './journeys/ahead.tsx'
import { gets, reasons, suppressionsKey } from './suppressions/looks.ts'

export default function OneSubscriber() {
  const { id } = useParams({ from: '/subscribers/$id' })
  // Another subscriber is another page: no draft and no revealed number goes along.
  return <Shown key={id} id={id} />
}

function Shown({ id }: { id: string }) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['subscriber', id],
    queryFn: ({ signal }) => client.getSubscriber(id, { signal }),
    // Somebody else may change or erase them while this is open.
    refetchInterval: 10_000,
  })
  const mayWrite = useMay('messages:write')
  const mayErase = useMay('subscribers:write')
  const maySee = useMay('sign_ins:read')
  if (isProblem(error, 'unknown_subscriber')) return <Gone id={id} wasHere={data !== undefined} />
  if (error && !data) return <Failed error={error} again={() => void refetch()} />
  if (isPending) return <Waiting what="Loading the subscriber" />
  const name = nameOf(data)
  return (
    <Page
      title={name ?? id}
      actions={
        <Group gap="xs">
          {maySee && (
            <Button
              variant="default"
              renderRoot={props => <Link {...props} to="/security" search={{ tab: 'account', subscriber: id }} />}
            >
              Their account's safety
            </Button>
          )}
          <Back />
        </Group>
      }
    >
      {error && <Failed error={error} again={() => void refetch()} />}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 4 }} order={{ base: 1, md: 2 }}>
          <Stack gap="lg">
            <Section title="Profile">
              <Profile subscriber={data} />
            </Section>
            <Section title="What they agreed to">
              <Agreements consents={data.consents} />
            </Section>
            <Section title="What they chose">
              <Chosen preferences={data.preferences} />
            </Section>
            <Section title="Suppressions">
              <Suppressed id={id} />
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 8 }} order={{ base: 2, md: 1 }}>
          <Stack gap="lg">
            <Section title="What happened">
              <Timeline subscriber={id} />
            </Section>
            <Section title="What is ahead">
              <Ahead id={id} />
            </Section>
            <Section title="Would this go out now?">
              <WouldItGo subscriber={id} />
            </Section>
            <Section title="Send a text">
              {!mayWrite ? (
                <Text size="sm">Your role does not send texts. An administrator can change it under Settings.</Text>
              ) : data.number === null ? (
                <Text size="sm">There is no number to text.</Text>
              ) : (
                <Send subscriber={id} />
              )}
            </Section>
            {mayErase && (
              <Section title="Erase">
                <Erase id={id} />
              </Section>
            )}
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  )
}

const Back = () => (
  <Button component={Link} to="/subscribers" variant="default">
    All subscribers
  </Button>
)

const Gone = ({ id, wasHere }: { id: string; wasHere: boolean }) => (
  <Page title={id}>
    <Empty title={wasHere ? 'This subscriber was just erased' : 'There is no subscriber of this id'} action={<Back />}>
      {wasHere
        ? 'Number, profile and texts can not be read any more, here or anywhere. Nothing can be sent to them.'
        : `Nobody is called ${id}. They may have been erased, or the address mistyped.`}
    </Empty>
  </Page>
)

const Section = ({ title, children }: { title: string; children: ReactNode }) => (
  <Paper component="section" withBorder p="md" aria-label={title}>
    <Title order={2} size="h5" mb="sm">
      {title}
    </Title>
    {children}
  </Paper>
)

function Profile({ subscriber }: { subscriber: Subscriber }) {
  const { id, number, country, region, locale, zone, profile, createdAt, updatedAt } = subscriber
  const fields: [string, ReactNode][] = [
    ['Id', id],
    ['Number', number === null ? 'none' : <MaskedNumber key="number" id={id} masked={number} />],
    ...(number === null ? [] : [['Standing', <NumberLife key="life" id={id} />] satisfies [string, ReactNode]]),
    ['Country', [country, region].filter((one, n, all) => one && all.indexOf(one) === n).join(', ') || 'none'],
    ['Language', locale ?? 'none'],
    ['Time zone', zone ?? 'none'],
    ...Object.entries(profile).map(([field, value]): [string, ReactNode] => [
      field,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
    ['Since', <Time key="since" at={createdAt} />],
    ['Changed', <Time key="changed" at={updatedAt} />],
  ]
  return (
    <Table verticalSpacing={4} horizontalSpacing={0} withRowBorders={false} layout="fixed">
      <Table.Tbody>
        {fields.map(([field, value]) => (
          <Table.Tr key={field}>
            <Table.Th scope="row" w={96} fw={500} style={{ verticalAlign: 'top', overflowWrap: 'anywhere' }}>
              {field}
            </Table.Th>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              {typeof value === 'string' ? <bdi>{value}</bdi> : value}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

/** Whether it was proved to be theirs, and whether it still is. */
function NumberLife({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['subscriber', id, 'number'],
    queryFn: ({ signal }) => client.getNumber(id, { signal }),
    refetchInterval: 10_000,
  })
  const now = useNow()
  if (!data) return '…'
  const { lostAt, verifiedAt, recoveryFrom } = data
  if (lostAt !== null)
    return (
      <Text size="sm" c="red">
        not theirs any more, since <Time at={lostAt} />: nothing is sent to it
      </Text>
    )
  return (
    <Text size="sm">
      {verifiedAt === null ? (
        'not verified'
      ) : (
        <>
          verified <Time at={verifiedAt} />
        </>
      )}
      {recoveryFrom !== null && Date.parse(recoveryFrom) > now && `, no recovery codes before ${exact(recoveryFrom)}`}
    </Text>
  )
}

/** How long a revealed number stays in sight. */
const shownMs = 30_000

/** Masked; whole for half a minute to who may and says why. It is kept nowhere else on the page. */
function MaskedNumber({ id, masked }: { id: string; masked: string }) {
  const mayReveal = useMay('numbers:reveal')
  const [isOpen, { open, close }] = useDisclosure()
  const [reason, setReason] = useState('')
  const [whole, setWhole] = useState<string>()
  const [leftS, setLeftS] = useState(0)
  const asking = useMutation({
    mutationFn: () => client.revealNumber(id, { reason: reason.trim() }),
    gcTime: 0,
    onSuccess: ({ number }) => {
      setWhole(number)
      setReason('')
      close()
    },
  })
  useEffect(() => {
    if (whole === undefined) return
    const until = Date.now() + shownMs
    const tick = () => {
      const leftMs = until - Date.now()
      setLeftS(Math.ceil(leftMs / 1_000))
      if (leftMs <= 0) setWhole(undefined)
    }
    tick()
    const timer = setInterval(tick, 500)
    return () => clearInterval(timer)
  }, [whole])
  const { reset } = asking
  useEffect(() => {
    if (whole === undefined) reset()
  }, [whole, reset])
  if (whole !== undefined)
    return (
      <Stack gap={2} align="flex-start">
        <Text size="sm" fw={600} className="tabular">
          {whole}
        </Text>
        <Group gap="xs">
          <CopyButton value={whole}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
          <Button size="compact-xs" variant="default" onClick={() => setWhole(undefined)}>
            Hide
          </Button>
          <Text size="xs" c="dimmed" className="tabular">
            hidden in {leftS} s
          </Text>
        </Group>
      </Stack>
    )
  return (
    <>
      <Group gap="xs">
        <Text size="sm" className="tabular">
          {masked}
        </Text>
        {mayReveal && (
          <Button size="compact-xs" variant="default" leftSection={<IconEye size={14} aria-hidden />} onClick={open}>
            Reveal
          </Button>
        )}
      </Group>
      <Modal opened={isOpen} onClose={close} title="Reveal the number" closeButtonProps={{ 'aria-label': 'Close' }}>
        <form
          onSubmit={event => {
            event.preventDefault()
            if (!asking.isPending && reason.trim().length >= 5) asking.mutate()
          }}
        >
          <Stack>
            <Text size="sm">
              The whole number of {id} is shown for 30 seconds. Your name, the time and your reason are recorded in the
              audit log for good.
            </Text>
            <Textarea
              label="Why you need it"
              description="A few words, for example the conversation you are in"
              data-autofocus
              autosize
              minRows={2}
              maxLength={500}
              value={reason}
              onChange={event => setReason(event.currentTarget.value)}
              error={asking.isError ? sentence(asking.error) : undefined}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Leave it masked
              </Button>
              <Button type="submit" disabled={reason.trim().length < 5} loading={asking.isPending}>
                Reveal and record
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  )
}

function Agreements({ consents }: { consents: Subscriber['consents'] }) {
  return (
    <Stack gap="sm">
      {groups.map(([group, name]) => {
        const consent = consents[group]
        // What serves the contract needs no yes; only a no counts there.
        const unasked = group === 'titles' || group === 'offers' ? 'Never asked: nothing is sent.' : 'Not turned off.'
        return (
          <div key={group}>
            <Text size="sm">
              <b>{name}</b>: {consent ? (consent.granted ? 'yes' : 'no') : unasked}
              {consent?.at && (
                <>
                  , <Time at={consent.at} />
                </>
              )}
              {consent?.how && `, ${waySaid[consent.how]}`}
              {consent?.why && `, ${reasonSaid[consent.why]}`}
              {consent?.granted && !consent.confirmed && ', not confirmed yet'}
            </Text>
            {consent?.words && (
              <Text size="xs" c="dimmed" dir="auto" style={{ overflowWrap: 'anywhere' }}>
                “{consent.words}”
              </Text>
            )}
          </div>
        )
      })}
    </Stack>
  )
}

/** What they set for themselves, as it is. */
function Chosen({ preferences: { frequency, pausedUntil, quiet } }: { preferences: Subscriber['preferences'] }) {
  const now = useNow(60_000)
  const isPaused = pausedUntil != null && Date.parse(pausedUntil) > now
  return (
    <Stack gap={4}>
      <Text size="sm">
        <b>How often</b>: {frequency === 'fewer' ? 'fewer, half of what the caps allow' : 'normal'}
      </Text>
      <Text size="sm">
        <b>Pause</b>: {isPaused ? `no titles and offers until ${exact(pausedUntil)}` : 'none'}
      </Text>
      <Text size="sm">
        <b>Hours in peace</b>: {quiet ? `${quiet.from} to ${quiet.to}, where they are` : 'those of their region'}
      </Text>
    </Stack>
  )
}

function Suppressed({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: [...suppressionsKey, 'of', id],
    queryFn: ({ signal }) => client.listSuppressions({ subscriber: id, limit: 20 }, { signal }),
    refetchInterval: 10_000,
  })
  if (error && !data) return <Failed error={error} again={() => void refetch()} />
  if (!data) return <Waiting what="Looking for suppressions" />
  if (data.items.length === 0) return <Text size="sm">None: nothing keeps this number from being texted.</Text>
  return (
    <Stack gap="xs">
      {data.items.map(one => (
        <div key={one.id}>
          <Group gap={6}>
            <MarkBadge mark={reasons[one.reason]} />
            <Text size="sm">
              gets {gets[one.scope]}, since <Time at={one.at} />
            </Text>
          </Group>
          {one.note && (
            <Text size="xs" c="dimmed" className="anywhere">
              “{one.note}”{one.by && `, ${one.by.name}`}
            </Text>
          )}
        </div>
      ))}
      <Anchor size="sm" renderRoot={props => <Link to="/suppressions" search={{ find: id }} {...props} />}>
        Show them in the list
      </Anchor>
    </Stack>
  )
}

/** As many as are counted before it is said that there are more. */
const counted = 500
const waits = new Set(['accepted', 'held', 'queued'])

function Erase({ id }: { id: string }) {
  const [isOpen, { open, close }] = useDisclosure()
  return (
    <>
      <Text size="sm" mb="sm">
        Destroys number, profile and texts for good.
      </Text>
      <Button color="red" variant="light" onClick={open}>
        Erase this subscriber
      </Button>
      <Modal opened={isOpen} onClose={close} title="Erase this subscriber" closeButtonProps={{ 'aria-label': 'Close' }}>
        <EraseForm id={id} close={close} />
      </Modal>
    </>
  )
}

function EraseForm({ id, close }: { id: string; close: () => void }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const { data, error } = useQuery({
    queryKey: ['messages', 'count', id],
    queryFn: async ({ signal }) => {
      const [out, back] = await Promise.all([
        client.listMessages({ subscriber: id, limit: counted }, { signal }),
        client.listInbound({ subscriber: id, limit: counted }, { signal }),
      ])
      const said = ({ items, next }: { items: unknown[]; next: string | null }, what: string) =>
        `${count(items.length)}${next ? ' or more' : ''} ${what}${items.length === 1 && !next ? '' : 's'}`
      const waiting = out.items.filter(({ state }) => waits.has(state)).length
      return { out: said(out, 'text'), back: said(back, 'answer'), waiting }
    },
  })
  const erasing = useMutation({
    mutationFn: () => client.deleteSubscriber(id),
    onSuccess: () => {
      tell({ title: `${id} was erased` })
      void navigate({ to: '/subscribers' }).then(() => {
        queries.removeQueries({ queryKey: ['subscriber', id] })
        void queries.invalidateQueries({ queryKey: ['subscribers'] })
        void queries.invalidateQueries({ queryKey: ['messages'] })
      })
    },
    onError: failed => {
      if (isProblem(failed, 'unknown_subscriber')) void queries.invalidateQueries({ queryKey: ['subscriber', id] })
    },
  })
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (typed === id && !erasing.isPending) erasing.mutate()
      }}
    >
      <Stack>
        <div>
          <Text size="sm" mb={4}>
            This can not be undone. What will happen:
          </Text>
          {error ? (
            <Text size="sm">How many texts there are could not be counted: {sentence(error)}</Text>
          ) : (
            <List size="sm">
              <List.Item>Number and profile can not be read any more.</List.Item>
              <List.Item>
                {data ? `${data.out} to them and ${data.back} from them lose their words` : 'Counting their texts'}.
              </List.Item>
              <List.Item>
                {data?.waiting
                  ? `${data.waiting} that ${data.waiting === 1 ? 'waits is' : 'wait are'} cancelled.`
                  : 'Texts that still wait are cancelled; none does now.'}
              </List.Item>
              <List.Item>When texts were sent, and that this number said STOP if it did, stays known.</List.Item>
            </List>
          )}
        </div>
        <TextInput
          label={`Type ${id} to erase`}
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={event => setTyped(event.currentTarget.value)}
        />
        {erasing.isError && <Alert color="red">{sentence(erasing.error)}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Keep
          </Button>
          <Button color="red" type="submit" disabled={typed !== id} loading={erasing.isPending}>
            Erase for good
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
