// The audit log, in plain sentences, newest first. Lines are added and never changed.
import { Anchor, Button, Code, Group, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AuditLine } from '@usher/contract/operator'
import { firstPolicy, type Policy } from '@usher/contract/policy'
import { type ReactNode, useState } from 'react'
import { client } from '../../client.ts'
import { count, exact, many } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { changesOf } from '../policy/changes.ts'
import { differenceOf } from './links.tsx'
import { Copy } from './shown-once.tsx'

interface Act {
  title: string
  /** How a line of it reads, after the name of who did it. */
  told: (line: AuditLine, words: { word: (name: string) => string | undefined; subject: string }) => ReactNode
}

const Subscriber = ({ id }: { id: string | null }) =>
  id === null ? (
    'a subscriber'
  ) : (
    <Anchor inherit renderRoot={props => <Link to="/subscribers/$id" params={{ id }} {...props} />}>
      {id}
    </Anchor>
  )
const ways: Record<string, string> = {
  link: 'with a one-time link',
  password: 'with a password and a code',
  passkey: 'with a passkey',
  oidc: "with the company's sign-in",
}
const by = (way: string | undefined) => (way === undefined ? '' : ` ${ways[way] ?? `by ${way}`}`)
const quoted = (text: string | undefined) => (text === undefined ? '' : `“${text}”`)

/** What is done here, and how it is told. */
const acts: Record<string, Act> = {
  'operator.signed_in': { title: 'Signed in', told: (_, { word }) => `signed in${by(word('way'))}.` },
  'operator.signed_out': {
    title: 'Signed out',
    told: ({ detail }) => (detail.everywhere ? 'signed out everywhere.' : 'signed out.'),
  },
  'operator.linked': {
    title: 'Company account met',
    told: (_, { word }) => `signed in for the first time with the account at ${word('issuer')}.`,
  },
  'sign_in.failed': {
    title: 'Sign-in failed',
    told: (line, { word, subject }) =>
      `failed to sign in${line.subject === null ? '' : ` as ${subject}`}${by(word('way'))}.`,
  },
  'operator.invited': {
    title: 'Operator invited',
    told: ({ detail }, { word, subject }) =>
      detail.isNew === false ? `made a new link for ${subject}.` : `invited ${subject} as ${word('role')}.`,
  },
  'operator.changed': {
    title: 'Operator changed',
    told: ({ detail }, { subject }) => {
      // As the server writes it.
      const role = detail.role as { from: string; to: string } | undefined
      const parts = [
        ...(role ? [`made ${subject} ${role.to}, who was ${role.from}`] : []),
        ...(detail.isActive === undefined ? [] : [detail.isActive ? `let ${subject} in again` : `shut ${subject} out`]),
      ]
      return `${parts.join(', and ')}.`
    },
  },
  'password.set': { title: 'Password set', told: () => 'set a password with an authenticator.' },
  'passkey.added': { title: 'Passkey added', told: (_, { word }) => `added the passkey ${quoted(word('name'))}.` },
  'passkey.removed': {
    title: 'Passkey removed',
    told: (_, { word }) => `removed the passkey ${quoted(word('name'))}.`,
  },
  'number.revealed': {
    title: 'Number revealed',
    told: ({ subject }, { word }) => (
      <>
        saw the number of <Subscriber id={subject} />, because: {quoted(word('reason'))}
      </>
    ),
  },
  'subscriber.exported': {
    title: 'Subscriber exported',
    told: ({ subject }, { word }) => (
      <>
        exported all that is stored of <Subscriber id={subject} />
        {word('reason') ? <>, because: {quoted(word('reason'))}</> : <>, by the key {quoted(word('name'))}</>}
      </>
    ),
  },
  'number.removed': {
    title: 'Number removed',
    told: ({ subject }) => (
      <>
        removed the number of <Subscriber id={subject} />.
      </>
    ),
  },
  'number.change_begun': {
    title: 'Number change begun',
    told: ({ subject }) => (
      <>
        began to change the number of <Subscriber id={subject} />.
      </>
    ),
  },
  'number.blocked': {
    title: 'Number blocked',
    told: ({ detail }, { word }) => (
      <>
        blocked <Whose detail={detail} /> ({scopeSaid(word('scope'))}), because: {quoted(word('note'))}
      </>
    ),
  },
  'suppression.lifted': {
    title: 'Suppression lifted',
    told: ({ detail }, { word }) => (
      <>
        lifted the suppression ({word('reason')}, {scopeSaid(word('scope'))}) of <Whose detail={detail} />
        {word('asked') && `, who asked by ${word('asked')?.replace('_', ' ')}`}, because: {quoted(word('why'))}
      </>
    ),
  },
  'suppressions.imported': {
    title: 'Suppressions imported',
    told: ({ detail }, { word }) =>
      `imported suppressions: ${word('taken')} of ${word('read')} lines taken, ${word('made')} of them new${
        detail.isWhole === false ? '; it was cut off' : ''
      }.`,
  },
  'policy.changed': {
    title: 'Policy changed',
    told: ({ detail }) => `changed the policy: ${policyChanges(detail).join(' ')}`,
  },
  'subscriber.erased': { title: 'Subscriber erased', told: ({ subject }) => <>erased {quoted(subject ?? '')}</> },
  'message.cancelled': {
    title: 'Text cancelled',
    told: ({ subject }) => (
      <>
        cancelled{' '}
        <Anchor
          inherit
          renderRoot={props => <Link to="/messages" search={{ open: subject ?? undefined }} {...props} />}
        >
          a text
        </Anchor>
        .
      </>
    ),
  },
  'template.saved': {
    title: 'Template saved',
    told: ({ subject }, { word }) => (
      <>
        saved {word('version') && <>version {word('version')} of </>}the template{' '}
        <Anchor
          inherit
          renderRoot={props => <Link to="/templates/$name" params={{ name: subject ?? '' }} {...props} />}
        >
          {subject}
        </Anchor>
        .
      </>
    ),
  },
  'bad_event.opened': {
    title: 'Bad event opened',
    told: ({ subject }) => <>opened the bad event {subject}, unmasked.</>,
  },
  'bad_event.replayed': {
    title: 'Bad event replayed',
    told: ({ subject }, { word }) =>
      subject === null ? (
        <>replayed {word('count')} bad events.</>
      ) : (
        <>
          replayed the bad event {subject}
          {word('verdict') && <>: {word('verdict')}</>}.
        </>
      ),
  },
  'bad_event.dropped': { title: 'Bad event dropped', told: ({ subject }) => <>dropped the bad event {subject}.</> },
  'import.started': {
    title: 'Import started',
    told: ({ subject }, { word }) => (
      <>
        started the import{' '}
        <Anchor inherit renderRoot={props => <Link to="/imports" hash={subject ?? ''} {...props} />}>
          {word('name')}
        </Anchor>
        .
      </>
    ),
  },
  'key.created': {
    title: 'Key made',
    told: (_, { word }) => `made the key ${quoted(word('name'))}, which may: ${word('scopes')}.`,
  },
  'key.revoked': { title: 'Key revoked', told: (_, { subject }) => `revoked the key ${quoted(subject)}.` },
  'keys.rotated': {
    title: 'Key ring moved on',
    told: (_, { word }) => `moved everything under key ${word('newest')} of the key ring.`,
  },
  'link_domains.changed': {
    title: 'Link domains changed',
    told: ({ detail }) => `set where links may lead. ${differenceOf(domains(detail.before), domains(detail.after))}`,
  },
  'link.made': {
    title: 'Short link made',
    told: (_, { word }) => `made a short link to ${word('host')} for ${word('purpose')}.`,
  },
  'link.revoked': { title: 'Short link revoked', told: (_, { subject }) => `revoked the short link ${subject}.` },
  'webhook.made': { title: 'Webhook made', told: (_, { word }) => `made a webhook endpoint at ${word('host')}.` },
  'webhook.changed': {
    title: 'Webhook changed',
    told: ({ detail }, { word }) => {
      const before = detail.before as { state?: string } | undefined // as the server writes it
      const isTurned = before?.state !== detail.state
      return `changed the webhook endpoint at ${word('host')}${isTurned ? `, which is ${word('state')} now` : ''}.`
    },
  },
  'webhook.deleted': {
    title: 'Webhook deleted',
    told: (_, { word }) => `deleted the webhook endpoint at ${word('host')}.`,
  },
  'webhook.secret_replaced': {
    title: 'Webhook secret replaced',
    told: (_, { word }) => `replaced the secret of the webhook endpoint at ${word('host')}.`,
  },
  'webhook.tested': { title: 'Webhook tested', told: (_, { word }) => `sent a test to ${word('host')}.` },
  'delivery.replayed': {
    title: 'Delivered again',
    told: ({ detail }, { word }) =>
      'since' in detail
        ? `delivered again what had failed at ${word('host')}.`
        : `delivered a webhook to ${word('host')} again.`,
  },
  'feed.types_set': {
    title: 'Feed set',
    told: ({ detail }) => `set what the feed keeps. ${differenceOf(domains(detail.before), domains(detail.after))}`,
  },
  'carrier.added': { title: 'Carrier added', told: (_, { subject }) => <>added the carrier {carrierLink(subject)}.</> },
  'carrier.changed': {
    title: 'Carrier changed',
    told: (_, { subject }) => <>changed the carrier {carrierLink(subject)}.</>,
  },
  'carrier.removed': { title: 'Carrier taken away', told: (_, { subject }) => `took the carrier ${subject} away.` },
  'carrier.reconnected': {
    title: 'Carrier bound again',
    told: (_, { subject }) => <>had the carrier {carrierLink(subject)} bind again.</>,
  },
  'sender.added': { title: 'Sender added', told: (_, { subject }) => `added the sender ${subject}.` },
  'sender.changed': { title: 'Sender changed', told: (_, { subject }) => `changed the sender ${subject}.` },
  'sender.removed': { title: 'Sender taken away', told: (_, { subject }) => `took the sender ${subject} away.` },
  'routes.changed': { title: 'Routes changed', told: () => 'changed the routes.' },
  'line.restored': { title: 'Line restored', told: () => 'went back to an older version of the line.' },
  'clock.moved': { title: 'Clock moved', told: (_, { word }) => `moved the demo's clock to ${moment(word('to'))}.` },
  'knobs.turned': {
    title: 'Knobs turned',
    told: ({ detail }) => {
      const turned = Object.entries(detail).map(([name, value]) => `${name} ${value}`)
      return `set the simulated carrier: ${turned.join(', ')}.`
    },
  },
  'life.switched': {
    title: 'Background life switched',
    told: ({ detail }) => `switched the background life ${detail.isOn ? 'on' : 'off'}.`,
  },
}
const scopeSaid = (scope: string | undefined) => (scope === 'promotional' ? 'titles and offers' : (scope ?? ''))
function Whose({ detail }: Pick<AuditLine, 'detail'>) {
  const id = typeof detail.subscriber === 'string' ? detail.subscriber : null
  if (id !== null) return <Subscriber id={id} />
  return typeof detail.number === 'string' ? detail.number : 'a number that nobody here has'
}
/** The server writes the fields that changed, as they were and as they are. */
function policyChanges(detail: AuditLine['detail']): string[] {
  const fields = Object.entries(detail) as [keyof Policy, { before: never; after: never }][]
  const with_ = (which: 'before' | 'after') =>
    ({ ...firstPolicy, ...Object.fromEntries(fields.map(([field, change]) => [field, change[which]])) }) as Policy
  return changesOf(with_('before'), with_('after'))
}
const carrierLink = (name: string) => (
  <Anchor inherit renderRoot={props => <Link to="/carriers/$name" params={{ name }} {...props} />}>
    {name}
  </Anchor>
)
const domains = (value: unknown) => (Array.isArray(value) ? value.map(String) : [])
const moment = (at: string | undefined) => (at && !Number.isNaN(Date.parse(at)) ? exact(at) : 'another time')

/** Acts that are not in the table are told by their own words: number.revealed becomes "number revealed". */
const titleOf = (action: string) => acts[action]?.title ?? action.replace(/[._]/g, ' ')

export function Audit() {
  const [action, setAction] = useState('')
  const [subject, setSubject] = useState('')
  const [about] = useDebouncedValue(subject.trim(), 350)
  const names = useNames()
  const log = useInfiniteQuery({
    queryKey: ['audit', action, about],
    queryFn: ({ pageParam, signal }) =>
      client.listAudit(
        {
          limit: 50,
          ...(action && { action }),
          ...(about && { subject: about }),
          ...(pageParam && { cursor: pageParam }),
        },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: page => page.next,
  })
  const lines = log.data?.pages.flatMap(page => page.items) ?? []
  const known = [...new Set([...Object.keys(acts), ...lines.map(line => line.action)])]
  return (
    <Stack gap="md">
      <Group justify="space-between" align="end">
        <Text size="sm" c="dimmed" maw={560}>
          Who did what, newest first. Lines are added and never changed; whole numbers and secrets are not among them.
        </Text>
        <TextInput
          label="Done to"
          placeholder="A subscriber's id, a template…"
          data-search
          autoComplete="off"
          spellCheck={false}
          maxLength={128}
          value={subject}
          onChange={event => setSubject(event.currentTarget.value)}
        />
        <NativeSelect
          label="Show"
          value={action}
          onChange={event => setAction(event.currentTarget.value)}
          data={[
            { value: '', label: 'Everything' },
            ...known
              .map(value => ({ value, label: titleOf(value) }))
              .toSorted((a, b) => a.label.localeCompare(b.label)),
          ]}
        />
      </Group>
      <Chain />
      {log.isPending ? (
        <Waiting what="Loading the log" />
      ) : log.error && lines.length === 0 ? (
        <Failed error={log.error} again={() => void log.refetch()} />
      ) : lines.length === 0 ? (
        <Empty
          title={action || about ? 'Nothing of this kind was done yet' : 'Nothing was done yet'}
          action={
            (action || about) && (
              <Button
                variant="default"
                onClick={() => {
                  setAction('')
                  setSubject('')
                }}
              >
                Show everything
              </Button>
            )
          }
        >
          Signing in, keys, operators, settings and numbers that were revealed are written down here.
        </Empty>
      ) : (
        <>
          <Table className={narrow.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={230}>When</Table.Th>
                <Table.Th>What</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {lines.map(line => (
                <Table.Tr key={line.id}>
                  <Table.Td className="tabular nowrap faint">
                    <time dateTime={line.at}>{exact(line.at)}</time>
                  </Table.Td>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>
                    <b>{who(line)}</b> <Sentence line={line} names={names} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {log.error && <Failed error={log.error} again={() => void log.fetchNextPage()} />}
          {log.hasNextPage && (
            <Group justify="center">
              <Button variant="default" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
                Show older
              </Button>
            </Group>
          )}
        </>
      )}
    </Stack>
  )
}

/** What shows that the log is whole: to be kept elsewhere, where nobody who owns the database can change it. */
function Chain() {
  const { data, error } = useQuery({
    queryKey: ['audit', 'chain'],
    queryFn: ({ signal }) => client.auditChain({ signal }),
    refetchInterval: 30_000,
  })
  if (error || !data) return null // the log itself says that it can't be loaded
  const { lines, checkpoint } = data
  return (
    <Group gap="xs">
      <Text size="sm" className="tabular">
        {many(lines, 'line')}, each sealed by the one before it.{' '}
        {checkpoint === null
          ? 'None is signed yet.'
          : `The first ${count(checkpoint.lines)} are signed, last ${exact(checkpoint.at)}.`}{' '}
        <Code>usher audit verify</Code> finds what was changed.
      </Text>
      <Copy value={JSON.stringify(data, null, 2)} what="keys and checkpoint" />
    </Group>
  )
}

/** Lines name things by id; what still has a name is called by it. */
function useNames(): ReadonlyMap<string, string> {
  const operators = useQuery({
    queryKey: ['operators'],
    queryFn: ({ signal }) => client.listOperators({ signal }),
    enabled: useMay('operators:write'),
  })
  const keys = useQuery({
    queryKey: ['keys'],
    queryFn: ({ signal }) => client.listKeys({ signal }),
    enabled: useMay('keys:write'),
  })
  const all = [...(operators.data?.items ?? []), ...(keys.data?.items ?? [])]
  return new Map(all.map(({ id, name }) => [id, name]))
}

function who({ operator, action, detail }: AuditLine): string {
  if (operator) return operator.name || 'An operator'
  if (typeof detail.key === 'string') return `The key “${detail.key}”`
  return action === 'sign_in.failed' ? 'Somebody' : 'The command line'
}

function Sentence({ line, names }: { line: AuditLine; names: ReadonlyMap<string, string> }) {
  const word = (name: string) => {
    const value = line.detail[name]
    if (value === undefined || value === null) return undefined
    return typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : JSON.stringify(value)
  }
  const subject = line.subject === null ? 'somebody' : (names.get(line.subject) ?? line.subject)
  const act = acts[line.action]
  if (act) return act.told(line, { word, subject })
  const detail = Object.keys(line.detail).map(name => `${name}: ${word(name) ?? 'none'}`)
  return (
    <>
      did <Code>{line.action}</Code>
      {line.subject && <> to {subject}</>}
      {detail.length > 0 && <> ({detail.join('; ')})</>}.
    </>
  )
}
