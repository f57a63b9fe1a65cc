// One link beside the list: where it leads, until when, who followed it, and its end.
import { Anchor, Button, CloseButton, DataList, Group, Modal, ScrollArea, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconCheck, IconClockX, IconLinkOff } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Link as ShortLink } from '@usher/contract/link'
import type { ReactNode } from 'react'
import { client, isProblem, sentence } from '../../client.ts'
import { count, distance, exact, many, span, Time, useNow } from '../../format.tsx'
import { type Mark, MarkBadge } from '../../mark.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { purposeNames } from '../../purposes.ts'
import { useMay } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import { agentWords } from './agent.ts'
import { useClicks, useLink } from './queries.ts'
import { Verdict } from './verdict.tsx'
import { Who } from './who.tsx'

/** How many of its clicks are shown here; the other view has them all. */
const mostClicks = 20

export function lifeMark({ expiresAt, revokedAt }: Pick<ShortLink, 'expiresAt' | 'revokedAt'>, now: number): Mark {
  if (revokedAt !== null)
    return { word: 'revoked', color: 'gray', Icon: IconLinkOff, sentence: `Revoked ${exact(revokedAt)}.` }
  if (Date.parse(expiresAt) <= now)
    return { word: 'expired', color: 'yellow', Icon: IconClockX, sentence: `It ended ${exact(expiresAt)}.` }
  const left = distance(expiresAt, now).replace(/^in /, '')
  return { word: `${left} more`, color: 'green', Icon: IconCheck, sentence: `It works until ${exact(expiresAt)}.` }
}

export function LinkPanel({ id, close }: { id: string; close: () => void }) {
  const { data, error, isPending, refetch } = useQuery(useLink(id))
  return (
    <ScrollArea h="100%" type="auto" viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': 'The link' }}>
      <Stack gap="md" p="md">
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Title order={2} size="h4">
            {data ? purposeNames[data.purpose] : 'Link'}
          </Title>
          <CloseButton aria-label="Close the link" onClick={close} />
        </Group>
        {isPending && <Waiting what="Opening the link" />}
        {error &&
          !data &&
          (isProblem(error, 'unknown_link', 'invalid_request') ? (
            <Empty title="There is no such link">It may be too old, or the address is mistyped.</Empty>
          ) : (
            <Failed error={error} again={() => void refetch()} />
          ))}
        {data && <Told link={data} />}
      </Stack>
    </ScrollArea>
  )
}

function Told({ link }: { link: ShortLink }) {
  const now = useNow()
  const { message, subscriber, destination, hasContext, createdAt, expiresAt, revokedAt, id } = link
  const facts: [string, ReactNode][] = [
    ['Leads to', destination],
    ['Subscriber', <Who key="who" id={subscriber} />],
    [
      'Text',
      message === null ? (
        'made by hand or by a program'
      ) : (
        <Anchor
          key="text"
          size="sm"
          renderRoot={props => <Link to="/messages" search={{ open: message }} {...props} />}
        >
          See the text
        </Anchor>
      ),
    ],
    ['Context', hasContext ? 'the destination is told who came, signed' : 'none'],
    ['Made', exact(createdAt)],
    ['Until', exact(expiresAt)],
    ...(revokedAt === null ? [] : ([['Revoked', exact(revokedAt)]] satisfies [string, ReactNode][])),
    ['Id', id],
  ]
  return (
    <>
      <Group gap="xs">
        <MarkBadge mark={lifeMark(link, now)} />
        <Text size="sm">
          {many(link.humanClicks, 'click')} by people, {count(link.machineClicks)} by machines.
        </Text>
      </Group>
      <Revoke link={link} now={now} />
      <section aria-label="Who followed it">
        <Title order={3} size="h5" mb="xs">
          Who followed it
        </Title>
        <Clicks link={link} />
      </section>
      <section aria-label="Details">
        <Title order={3} size="h5" mb="xs">
          Details
        </Title>
        <DataList size="sm" gap={6} labelWidth={90}>
          {facts.map(([label, value]) => (
            <DataList.Item key={label}>
              <DataList.ItemLabel>{label}</DataList.ItemLabel>
              <DataList.ItemValue className="anywhere">{value}</DataList.ItemValue>
            </DataList.Item>
          ))}
        </DataList>
      </section>
    </>
  )
}

function Clicks({ link }: { link: ShortLink }) {
  const { data, error, isPending, refetch } = useQuery(
    useClicks({ link: link.id } as Parameters<typeof useClicks>[0], mostClicks),
  )
  if (isPending) return <Waiting what="Listing its clicks" />
  if (!data) return <Failed error={error} again={() => void refetch()} />
  if (data.items.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nobody has followed it yet.
      </Text>
    )
  return (
    <Stack gap="xs">
      <Stack component="ul" gap={6} className="plain">
        {data.items.map(click => (
          <Group component="li" key={click.id} gap="xs">
            <Verdict click={click} />
            <Time at={click.at} />
            <Text span size="sm" c="dimmed" title={click.agent ?? undefined}>
              {agentWords(click.agent)}
              {click.afterMs !== null && `, ${span(click.afterMs)} after the text`}
            </Text>
          </Group>
        ))}
      </Stack>
      <Anchor size="sm" renderRoot={props => <Link to="/links" search={{ link: link.id }} {...props} />}>
        {data.next === null ? 'See them with all details' : 'See all its clicks'}
      </Anchor>
    </Stack>
  )
}

function Revoke({ link, now }: { link: ShortLink; now: number }) {
  const mayWrite = useMay('links:write')
  const queries = useQueryClient()
  const [isAsking, { open, close }] = useDisclosure()
  const revoke = useMutation({
    mutationFn: () => client.revokeLink(link.id),
    onSuccess: revoked => {
      close()
      queries.setQueryData(['links', 'one', link.id], revoked)
      tell({ title: 'The link is revoked', message: 'It leads nowhere from now on.' })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['links'] }),
  })
  if (!mayWrite || link.revokedAt !== null || Date.parse(link.expiresAt) <= now) return null
  return (
    <>
      <Button
        variant="default"
        size="xs"
        w="fit-content"
        leftSection={<IconLinkOff size={14} aria-hidden />}
        onClick={open}
      >
        Revoke this link
      </Button>
      <Modal opened={isAsking} onClose={close} title="Revoke this link?" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Stack>
          <Text size="sm">
            From this moment it leads nowhere: who follows it is told so instead of coming to{' '}
            <span className="anywhere">{link.destination}</span>. People have followed it{' '}
            {many(link.humanClicks, 'time')} so far. One link ends;{' '}
            {link.message === null ? 'others to the same place stay.' : 'the text that carries it stays as it is.'} This
            can not be undone.
          </Text>
          {revoke.error && (
            <Text size="sm" c="red" role="alert">
              {sentence(revoke.error)}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Keep it
            </Button>
            <Button color="red" loading={revoke.isPending} onClick={() => revoke.mutate()}>
              Revoke the link
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
