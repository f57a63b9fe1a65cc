// Numbers that are not texted, and why. Only keyed hashes are kept, so that a number is found by asking for it whole, and told
// only where a subscriber has it.
import { Anchor, Button, Group, NativeSelect, Table, Text, TextInput } from '@mantine/core'
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks'
import { IconBan, IconFileImport, IconSearch, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type Suppression, suppressionReasons, suppressionScopes } from '@usher/contract/suppression'
import { type KeyboardEventHandler, useState } from 'react'
import { Pages } from '../beside.tsx'
import { client } from '../client.ts'
import { many, Time } from '../format.tsx'
import { MarkBadge } from '../mark.tsx'
import narrow from '../narrow.module.css'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import type { SuppressionSearch } from '../router.tsx'
import { useRowKeys } from '../rows.ts'
import { useMay } from '../session.tsx'
import { Block } from './suppressions/block.tsx'
import { ImportSuppressions } from './suppressions/import.tsx'
import { Lift } from './suppressions/lift.tsx'
import { reasons, scopes, suppressionsKey } from './suppressions/looks.ts'

const limit = 50

export default function Suppressions() {
  const search = useSearch({ from: '/suppressions' })
  const navigate = useNavigate()
  const mayBlock = useMay('subscribers:write')
  const mayLift = useMay('suppressions:write')
  const [isBlocking, blocking] = useDisclosure()
  const [isImporting, importing] = useDisclosure()
  const [lifting, setLifting] = useState<Suppression>()
  const go = (change: Partial<SuppressionSearch>) =>
    void navigate({ to: '/suppressions', search: { ...search, from: undefined, ...change }, replace: true })
  const { scope, reason, find, from } = search
  const whose = asked(find)
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [...suppressionsKey, scope, reason, whose, from],
    queryFn: ({ signal }) =>
      client.listSuppressions(
        { limit, ...(scope && { scope }), ...(reason && { reason }), ...whose, ...(from && { cursor: from }) },
        { signal },
      ),
    // A STOP comes whenever it comes.
    refetchInterval: 10_000,
  })
  const rows = data?.items ?? []
  const { list, inSearch } = useRowKeys()
  const isFiltered = [scope, reason, find].some(Boolean)
  return (
    <Page
      title="Suppressions"
      actions={
        <>
          {mayLift && (
            <Button variant="default" leftSection={<IconFileImport size={16} aria-hidden />} onClick={importing.toggle}>
              Import
            </Button>
          )}
          {mayBlock && (
            <Button leftSection={<IconBan size={16} aria-hidden />} onClick={blocking.open}>
              Block a number
            </Button>
          )}
        </>
      }
    >
      {isImporting && <ImportSuppressions close={importing.close} />}
      <search aria-label="Filters">
        <Group gap="xs">
          <Find
            key={find ?? ''}
            inSearch={inSearch}
            value={find ?? ''}
            change={value => go({ find: value || undefined })}
          />
          <NativeSelect
            size="xs"
            aria-label="Reason"
            value={reason ?? ''}
            onChange={event => go({ reason: suppressionReasons.find(one => one === event.currentTarget.value) })}
            data={[
              { value: '', label: 'Any reason' },
              ...suppressionReasons.map(value => ({ value, label: reasons[value].word })),
            ]}
          />
          <NativeSelect
            size="xs"
            aria-label="Scope"
            value={scope ?? ''}
            onChange={event => go({ scope: suppressionScopes.find(one => one === event.currentTarget.value) })}
            data={[
              { value: '', label: 'Any scope' },
              ...suppressionScopes.map(value => ({ value, label: scopes[value] })),
            ]}
          />
          {isFiltered && (
            <Button
              size="xs"
              variant="subtle"
              leftSection={<IconX size={14} aria-hidden />}
              onClick={() => go({ scope: undefined, reason: undefined, find: undefined })}
            >
              Clear
            </Button>
          )}
        </Group>
      </search>
      {isPending && <Waiting what="Listing suppressions" />}
      {error && !data && <Failed error={error} again={() => void refetch()} />}
      {data && rows.length === 0 && (
        <Empty
          title={
            isFiltered ? 'Nothing is suppressed like this' : from ? 'There are no older ones' : 'Nobody is suppressed'
          }
          action={
            isFiltered || from ? (
              <Button variant="light" onClick={() => go({ scope: undefined, reason: undefined, find: undefined })}>
                {isFiltered ? 'Clear the filters' : 'To the newest'}
              </Button>
            ) : (
              mayBlock && (
                <Button variant="light" onClick={blocking.open}>
                  Block a number
                </Button>
              )
            )
          }
        >
          {isFiltered
            ? 'A number is found only when it is written whole, with its plus sign.'
            : 'A number comes here by a STOP, by a block, by signals that it is dead or has a new owner, or from a file.'}
        </Empty>
      )}
      {rows.length > 0 && (
        <div ref={list}>
          {error && <Failed error={error} again={() => void refetch()} />}
          <Table className={narrow.table} verticalSpacing={6} fz="sm" aria-label="Suppressions, newest first">
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={120}>Why</Table.Th>
                <Table.Th w={190}>What is not sent</Table.Th>
                <Table.Th w={230}>Whose number</Table.Th>
                <Table.Th>Note</Table.Th>
                <Table.Th w={110}>Since</Table.Th>
                {mayLift && <Table.Th w={80}>Lift</Table.Th>}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(one => (
                <Table.Tr key={one.id}>
                  <Table.Td>
                    <MarkBadge mark={reasons[one.reason]} />
                  </Table.Td>
                  <Table.Td data-label="Not sent:">{scopes[one.scope]}</Table.Td>
                  <Table.Td data-label="Number:">
                    <Whose suppression={one} />
                  </Table.Td>
                  <Table.Td className="anywhere" {...((one.note || one.by) && { 'data-label': 'Note:' })}>
                    {one.note && <bdi>{one.note}</bdi>}
                    {one.by && (
                      <Text size="xs" c="dimmed">
                        {one.by.name}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td data-label="Since">
                    <Time at={one.at} />
                  </Table.Td>
                  {mayLift && (
                    <Table.Td>
                      <Button
                        size="compact-xs"
                        variant="default"
                        aria-label={`Lift: ${reasons[one.reason].word}, ${one.number ?? 'a number nobody here has'}`}
                        {...(one.subscribers.length === 0 && { 'data-row': one.id })}
                        onClick={() => setLifting(one)}
                      >
                        Lift
                      </Button>
                    </Table.Td>
                  )}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          <Pages
            said={`${many(rows.length, 'suppression')} shown${data?.next ? '' : from ? '' : ', that is all'}`}
            from={from}
            next={data?.next ?? null}
            go={next => go({ from: next })}
          />
        </div>
      )}
      {isBlocking && <Block close={blocking.close} />}
      {lifting && <Lift suppression={lifting} close={() => setLifting(undefined)} />}
    </Page>
  )
}

/** What begins like a number is one. */
const asked = (find: string | undefined) =>
  find === undefined
    ? {}
    : /^\+[\d\s()./-]+$/.test(find)
      ? { number: find.replace(/[^\d+]/g, '') }
      : { subscriber: find }

function Whose({ suppression: { id: suppression, number, subscribers } }: { suppression: Suppression }) {
  if (number === null)
    return (
      <Text span size="sm" c="dimmed">
        nobody here has it; only its hash is kept
      </Text>
    )
  return (
    <>
      <span className="tabular nowrap">{number}</span>{' '}
      {subscribers.map((id, n) => (
        <Anchor
          key={id}
          size="sm"
          className="anywhere"
          me={6}
          {...(n === 0 && { 'data-row': suppression })}
          renderRoot={props => <Link to="/subscribers/$id" params={{ id }} {...props} />}
        >
          {id}
        </Anchor>
      ))}
    </>
  )
}

function Find({
  value,
  change,
  inSearch,
}: {
  value: string
  change: (value: string) => void
  inSearch: KeyboardEventHandler<HTMLInputElement>
}) {
  const [typed, setTyped] = useState(value)
  const take = useDebouncedCallback((words: string) => {
    if (words !== value && window.location.pathname.endsWith('/suppressions')) change(words)
  }, 500)
  return (
    <TextInput
      size="xs"
      w={260}
      aria-label="Find a number or a subscriber"
      placeholder="Number, or subscriber's id  ( / )"
      data-search
      leftSection={<IconSearch size={14} aria-hidden />}
      autoComplete="off"
      spellCheck={false}
      maxLength={128}
      attributes={{ input: { dir: 'auto' } }}
      value={typed}
      onChange={event => {
        setTyped(event.currentTarget.value)
        take(event.currentTarget.value.trim())
      }}
      onKeyDown={event => {
        if (event.key === 'Enter') take.flush()
        inSearch(event)
      }}
    />
  )
}
