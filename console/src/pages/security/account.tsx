// One account's history: codes, sign-ins, alerts and what else happened around its safety, newest first, for whoever has somebody on
// the phone who says that it was not them.
import { Anchor, Button, Center, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import {
  IconAlertTriangle,
  IconCheck,
  IconClock,
  IconDeviceMobile,
  IconKey,
  IconLink,
  IconSearch,
  IconX,
} from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { AccountEntry } from '@usher/contract/account-history'
import type { ReactNode } from 'react'
import { client, isProblem } from '../../client.ts'
import { many, Time } from '../../format.tsx'
import { type Mark, MarkBadge } from '../../mark.tsx'
import narrow from '../../narrow.module.css'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { answers, deviceOf, events, placeOf, Sources, settledAs, states } from './looks.tsx'

type Code = Extract<AccountEntry, { kind: 'code' }>
type ResetLink = Extract<AccountEntry, { kind: 'reset_link' }>

const codeFor: Record<Code['purpose'], string> = {
  sign_in: 'to sign in',
  reset: 'to reset the password',
  recovery: 'to recover the account',
  number_change: 'to change the number',
  action: 'to approve something',
}
const codeStates: Record<Code['state'], Mark> = {
  pending: { word: 'waits', color: 'blue', Icon: IconClock, sentence: 'It was not typed yet.' },
  approved: { word: 'right', color: 'green', Icon: IconCheck, sentence: 'It was typed, and right.' },
  cancelled: {
    word: 'ended',
    color: 'gray',
    Icon: IconX,
    sentence: 'It was cancelled, or another one took its place.',
  },
  expired: { word: 'too old', color: 'gray', Icon: IconClock, sentence: 'Nobody typed it in time.' },
}
const notSent: Mark = { word: 'not sent', color: 'red', Icon: IconAlertTriangle, sentence: 'No code went out.' }
const linkStates: Record<ResetLink['state'], Mark> = {
  open: { word: 'waits', color: 'blue', Icon: IconClock, sentence: 'Nobody used it yet.' },
  used: { word: 'used', color: 'yellow', Icon: IconLink, sentence: 'It was used, and its proof not redeemed.' },
  redeemed: { word: 'redeemed', color: 'green', Icon: IconCheck, sentence: 'A new password could be chosen.' },
  replaced: { word: 'replaced', color: 'gray', Icon: IconX, sentence: 'A newer one was made.' },
  expired: { word: 'too old', color: 'gray', Icon: IconClock, sentence: 'Nobody used it in time.' },
}
const number: Mark = { word: 'number', color: 'blue', Icon: IconDeviceMobile, sentence: 'Something became of it.' }
const saved: Mark = { word: 'recovery', color: 'blue', Icon: IconKey, sentence: 'Codes that they saved.' }

export function Account() {
  const { subscriber } = useSearch({ from: '/security' })
  const navigate = useNavigate()
  const find = useDebouncedCallback(
    (value: string) =>
      void navigate({
        to: '/security',
        search: { tab: 'account', ...(value && { subscriber: value }) },
        replace: true,
      }),
    300,
  )
  return (
    <Stack gap="md">
      <Title order={2} size="h4">
        An account
      </Title>
      <search aria-label="Whose">
        <TextInput
          size="xs"
          maw={320}
          aria-label="A subscriber's id"
          placeholder="A subscriber's id"
          leftSection={<IconSearch size={14} aria-hidden />}
          defaultValue={subscriber ?? ''}
          onChange={event => find(event.currentTarget.value.trim())}
        />
      </search>
      {subscriber ? (
        <History key={subscriber} subscriber={subscriber} />
      ) : (
        <Empty title="Whose account?">Type a subscriber's id, or come here from a sign-in or an alert.</Empty>
      )}
    </Stack>
  )
}

function History({ subscriber }: { subscriber: string }) {
  const { data, error, isPending, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ['account-history', subscriber],
    queryFn: ({ pageParam, signal }) =>
      client.accountHistory(subscriber, { limit: 50, ...(pageParam && { before: pageParam }) }, { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
    refetchInterval: 10_000,
  })
  if (isProblem(error, 'unknown_subscriber'))
    return <Empty title="There is no subscriber of this id">They may have been erased, or the id mistyped.</Empty>
  if (isPending) return <Waiting what="Loading their history" />
  const rows = data?.pages.flatMap(({ items }) => items) ?? []
  return (
    <Stack gap="md">
      {error && <Failed error={error} again={() => void refetch()} />}
      <Text size="sm">
        <Anchor size="sm" renderRoot={props => <Link {...props} to="/subscribers/$id" params={{ id: subscriber }} />}>
          {subscriber}
        </Anchor>
        : who they are, and all of their texts.
      </Text>
      {rows.length === 0 ? (
        <Empty title="Nothing happened around their account">
          Codes, sign-ins, alerts, links to reset and what becomes of their number are listed here.
        </Empty>
      ) : (
        <Table className={narrow.table} verticalSpacing={6} fz="sm" aria-label="What happened, newest first">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>How it ended</Table.Th>
              <Table.Th>More</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(entry => {
              const { what, mark, more } = said(entry)
              return (
                <Table.Tr key={keyOf(entry)}>
                  <Table.Td>
                    <Time at={entry.at} />
                  </Table.Td>
                  <Table.Td>{what}</Table.Td>
                  <Table.Td>
                    <MarkBadge mark={mark} />
                  </Table.Td>
                  <Table.Td>{more}</Table.Td>
                </Table.Tr>
              )
            })}
          </Table.Tbody>
        </Table>
      )}
      {hasNextPage && (
        <Center>
          <Button size="compact-sm" variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Earlier
          </Button>
        </Center>
      )}
      {rows.some(({ kind }) => kind === 'sign_in') && <Sources />}
    </Stack>
  )
}

function keyOf(entry: AccountEntry): string {
  switch (entry.kind) {
    case 'sign_in':
      return entry.signIn.id
    case 'alert':
      return entry.alert.id
    case 'code':
    case 'reset_link':
      return entry.id
    case 'number':
    case 'recovery_codes':
      return `${entry.kind} ${entry.at} ${entry.what}`
  }
}

const TheText = ({ message, children }: { message: string | null; children: string }) =>
  message === null ? null : (
    <Anchor size="sm" renderRoot={props => <Link {...props} to="/messages" search={{ open: message }} />}>
      {children}
    </Anchor>
  )

/** An entry in words: what it was, how it ended, and what else an operator decides by. */
function said(entry: AccountEntry): { what: ReactNode; mark: Mark; more: ReactNode } {
  switch (entry.kind) {
    case 'code':
      return {
        what: `A code ${codeFor[entry.purpose]}`,
        mark: entry.notSent === null ? codeStates[entry.state] : notSent,
        more: (
          <>
            {[
              entry.notSent,
              entry.sends > 1 && many(entry.sends, 'code'),
              entry.wrong > 0 && `${many(entry.wrong, 'try', 'tries')} wrong`,
            ]
              .filter(Boolean)
              .join(', ')}{' '}
            <TheText message={entry.message}>the text</TheText>
          </>
        ),
      }
    case 'sign_in': {
      const { signIn } = entry
      return {
        what: (
          <>
            A sign-in{signIn.outcome === 'failed' && ' that failed'}, {placeOf(signIn)}
            <Text size="xs" c="dimmed">
              {deviceOf(signIn)}
            </Text>
          </>
        ),
        mark: answers[signIn.answer],
        more: (
          <>
            {signIn.score.toFixed(1)} points{signIn.isTheirs !== null && `, ${settledAs(signIn)}`}
            <Text size="xs" c="dimmed">
              {signIn.reasons[0] ?? signIn.missing[0]}
            </Text>
          </>
        ),
      }
    }
    case 'alert': {
      const { alert } = entry
      return {
        what: (
          <>
            Asked about {events[alert.event]}
            <Text size="xs" c="dimmed">
              {[alert.device, alert.place].filter(Boolean).join(', ')}
            </Text>
          </>
        ),
        mark: states[alert.state],
        more: (
          <>
            {alert.answeredAt ? (
              <>
                by {alert.by}, <Time at={alert.answeredAt} />{' '}
              </>
            ) : (
              alert.delivery.reason
            )}{' '}
            <TheText message={alert.delivery.message}>the text</TheText>
          </>
        ),
      }
    }
    case 'reset_link':
      return {
        what: 'A link to reset the password',
        mark: linkStates[entry.state],
        more: entry.endSessions ? 'they wanted their other sessions to end' : '',
      }
    case 'number':
      return { what: 'Their number', mark: number, more: `${entry.what} (${entry.why})` }
    case 'recovery_codes':
      return { what: 'Recovery codes', mark: saved, more: entry.what === 'made' ? 'made anew' : 'one was used' }
  }
}
