// One bad event beside the list: what is wrong with it and where, the event as it came, and what can be done: mend it, try
// it again, or let it go. What becomes of it is told here, and the event stays open to be looked at.
import { Alert, Button, Code, DataList, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAlertTriangle, IconCheck, IconLock } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useBlocker } from '@tanstack/react-router'
import type { BadEvent, EventVerdict } from '@usher/contract/event'
import { type ReactNode, useState } from 'react'
import { client, isProblem } from '../../client.ts'
import { count, exact, many } from '../../format.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { tell, tellFailure } from '../../toast.tsx'
import { Panel, Part } from './beside.tsx'
import { Editor } from './editor.tsx'
import { BadState, doorNames, Json, readable, reasons } from './words.tsx'

export function BadPanel({ id }: { id: string }) {
  const bad = useQuery({
    queryKey: ['bad-event', id],
    queryFn: ({ signal }) => client.getBadEvent(id, { signal }),
    // A colleague may mend it meanwhile.
    refetchInterval: query => (query.state.data?.state === 'open' ? 15_000 : false),
  })
  return (
    <Panel title={bad.data ? (bad.data.type ?? 'An event without a type') : 'Bad event'} what="bad event">
      {bad.isPending && <Waiting what="Opening the bad event" />}
      {bad.error &&
        !bad.data &&
        (isProblem(bad.error, 'unknown_event', 'invalid_request') ? (
          <Empty title="There is no such bad event">
            They are kept for 90 days. It may be older, or the address is mistyped.
          </Empty>
        ) : (
          <Failed error={bad.error} again={() => void bad.refetch()} />
        ))}
      {bad.data && <Told bad={bad.data} />}
    </Panel>
  )
}

function Told({ bad }: { bad: BadEvent }) {
  const mayWrite = useMay('events:write')
  return (
    <>
      <Group gap="xs">
        <BadState state={bad.state} />
        <Text size="sm" c="dimmed">
          {reasons[bad.reason].title}
        </Text>
      </Group>
      <div>
        <Text size="sm">{reasons[bad.reason].sentence}</Text>
        <Errors errors={bad.errors} />
      </div>
      {bad.state === 'open' && !mayWrite && (
        <Alert color="gray" icon={<IconLock aria-hidden />} p="xs">
          <Text size="sm">
            Your role looks at events and does not mend them: it lacks events:write. An administrator can change your
            role under Settings.
          </Text>
        </Alert>
      )}
      {mayWrite && <Acts bad={bad} />}
      <Part title="As it came">
        {bad.event === null ? (
          <Text size="sm" c="dimmed">
            It can not be shown{bad.state === 'open' && mayWrite && '; open it to mend it'}.
          </Text>
        ) : (
          <>
            <Json value={bad.event} />
            <Text size="xs" c="dimmed" mt={4}>
              Phone numbers are masked.
            </Text>
          </>
        )}
      </Part>
      <Part title="Details">
        <Facts bad={bad} />
      </Part>
    </>
  )
}

function Errors({ errors }: { errors: BadEvent['errors'] }) {
  if (errors.length === 0) return null
  return (
    <Stack component="ul" gap={6} mt="xs" className="plain" aria-label="What is wrong">
      {errors.map(({ at, detail }, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same place can be wrong in two ways.
        <Text component="li" size="sm" key={n} className="anywhere">
          {at && <Code>{at}</Code>} {detail}
        </Text>
      ))}
    </Stack>
  )
}

function Acts({ bad }: { bad: BadEvent }) {
  const queries = useQueryClient()
  const { id, state } = bad
  /** The event as it is being mended, and as it was when it was opened. */
  const [draft, setDraft] = useState<{ from: string; text: string }>()
  const [isDropping, dropping] = useDisclosure()
  const changed = () => {
    for (const key of ['bad-event', 'bad-events', 'events']) void queries.invalidateQueries({ queryKey: [key] })
  }
  const failed = (title: string) => (error: unknown) => {
    if (isProblem(error, 'not_open'))
      tell({ title: 'Somebody was quicker', color: 'yellow', message: 'It was mended or dropped meanwhile.' })
    else tellFailure(title, error)
  }
  const opening = useMutation({
    mutationFn: () => client.openBadEvent(id),
    onSuccess: ({ event }) => {
      const text = typeof event === 'string' ? event : readable(event)
      replaying.reset()
      setDraft({ from: text, text })
    },
    onError: failed('It was not opened'),
  })
  const replaying = useMutation({
    mutationFn: (text: string | undefined) =>
      client.replayBadEvent(id, text === undefined ? {} : { event: JSON.parse(text) }),
    onSuccess: (verdict, text) => {
      if (verdict.verdict === 'bad') {
        tell({ title: 'It is still bad', message: verdictOf(verdict), color: 'yellow' })
        // What was sent is what lies there now.
        if (text !== undefined) setDraft(now => now && { ...now, from: text })
        return
      }
      setDraft(undefined)
      tell({
        title: verdict.verdict === 'repeated' ? 'It was taken before' : 'The event is taken',
        message: verdictOf(verdict),
        ...(verdict.id !== null && { link: { to: `/events?open=${verdict.id}`, words: 'See it' } }),
      })
    },
    onError: failed('It was not replayed'),
    onSettled: changed,
  })
  const drop = useMutation({
    mutationFn: () => client.dropBadEvent(id),
    onSuccess: () => {
      setDraft(undefined)
      tell({ title: 'The event is dropped', message: 'It can be read under Dropped for 90 days.' })
    },
    onError: failed('It was not dropped'),
    onSettled: () => {
      dropping.close()
      changed()
    },
  })
  const isChanged = draft !== undefined && draft.text !== draft.from
  const blocker = useBlocker({
    shouldBlockFn: () => isChanged,
    enableBeforeUnload: () => isChanged,
    withResolver: true,
  })
  const isOpen = state === 'open'
  return (
    <>
      {replaying.data && <Verdict verdict={replaying.data} />}
      {isOpen && draft && (
        <Part title="Mend it">
          <Editor
            text={draft.text}
            change={text => setDraft({ ...draft, text })}
            isBusy={replaying.isPending}
            replay={() => replaying.mutate(draft.text)}
            cancel={() => setDraft(undefined)}
          />
        </Part>
      )}
      {isOpen && !draft && (
        <div>
          <Group gap="xs">
            <Button size="xs" loading={opening.isPending} onClick={() => opening.mutate()}>
              Mend
            </Button>
            <Button
              size="xs"
              variant="default"
              loading={replaying.isPending}
              onClick={() => replaying.mutate(undefined)}
            >
              Replay as it is
            </Button>
            <Button size="xs" variant="default" onClick={dropping.open}>
              Drop
            </Button>
          </Group>
          <Text size="xs" c="dimmed" mt={6}>
            Mending opens the event with nothing masked, and the audit log records that you did.
          </Text>
        </div>
      )}
      <Modal
        opened={isDropping}
        onClose={dropping.close}
        title="Drop this event?"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          <Text size="sm">
            It will never be taken: nothing follows from it
            {bad.times > 1 && `, though it came ${count(bad.times)} times`}. It leaves this list and can be read under
            Dropped for 90 days. This can not be undone; the service can post the event anew.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={dropping.close} data-autofocus>
              Keep it
            </Button>
            <Button color="red" loading={drop.isPending} onClick={() => drop.mutate()}>
              Drop the event
            </Button>
          </Group>
        </Stack>
      </Modal>
      <Modal
        opened={blocker.status === 'blocked'}
        onClose={() => blocker.reset?.()}
        title="Leave what you mended?"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          <Text size="sm">This event was changed here and not replayed. The change is lost if you go on.</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => blocker.reset?.()} data-autofocus>
              Stay
            </Button>
            <Button color="red" onClick={() => blocker.proceed?.()}>
              Leave it
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}

/** What became of it, in a sentence. */
function verdictOf({ verdict, problem }: EventVerdict): string {
  switch (verdict) {
    case 'taken':
      return 'It is stored, and what follows from it is done.'
    case 'unknown':
      return 'It is stored. Nothing follows from it, for Usher does not know its type.'
    case 'repeated':
      return 'An event of this source and id had been taken already, so nothing was done twice.'
    case 'bad':
      return problem ? reasons[problem.code].sentence : 'It stays in the list.'
  }
}

function Verdict({ verdict }: { verdict: EventVerdict }) {
  if (verdict.verdict === 'bad')
    return (
      <Alert
        color="red"
        icon={<IconAlertTriangle aria-hidden />}
        role="alert"
        title={`Still bad${verdict.problem ? `: ${reasons[verdict.problem.code].title.toLowerCase()}` : ''}`}
      >
        <Text size="sm">{verdictOf(verdict)} What is wrong stands above.</Text>
      </Alert>
    )
  return (
    <Alert
      color="green"
      icon={<IconCheck aria-hidden />}
      role="status"
      title={verdict.verdict === 'repeated' ? 'It was taken before' : 'Taken'}
    >
      <Text size="sm">{verdictOf(verdict)}</Text>
      {verdict.id !== null && (
        <Button
          size="compact-xs"
          variant="default"
          mt="xs"
          renderRoot={props => <Link to="/events" search={{ open: verdict.id! }} {...props} />}
        >
          See the event
        </Button>
      )}
    </Alert>
  )
}

function Facts({ bad }: { bad: BadEvent }) {
  const { source, eventId, door, times, receivedAt, id } = bad
  const facts: [string, ReactNode][] = [
    ['Came', exact(receivedAt)],
    ['How often', many(times, 'time')],
    ['Door', doorNames[door]],
    ['Source', source ?? 'none'],
    ['Id', eventId ?? 'none'],
    ["Usher's id", id],
  ]
  return (
    <DataList size="sm" gap={6} labelWidth={90}>
      {facts.map(([label, value]) => (
        <DataList.Item key={label}>
          <DataList.ItemLabel>{label}</DataList.ItemLabel>
          <DataList.ItemValue className="anywhere">{value}</DataList.ItemValue>
        </DataList.Item>
      ))}
    </DataList>
  )
}
