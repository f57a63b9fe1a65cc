// Whom we may text: found by the service's own id, or by their whole number.
import {
  Anchor,
  Button,
  Center,
  CloseButton,
  Group,
  Stack,
  Table,
  Text,
  TextInput,
  Tooltip,
  VisuallyHidden,
} from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconCheck, IconMinus, IconSearch, IconX } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { Subscriber } from '@usher/contract/subscriber'
import { type KeyboardEventHandler, useEffect, useRef, useState } from 'react'
import { client } from '../client.ts'
import { exact, Time } from '../format.tsx'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import { useRowKeys } from '../rows.ts'
import { useMay } from '../session.tsx'
import { nameOf } from '../subscriber-picker.tsx'

/** What was typed is an id's beginning, or, after a plus, a number; of a number the server wants the whole. */
function asked(find: string): { id?: string; number?: string } | 'unfinished' {
  const typed = find.trim()
  if (!typed.startsWith('+')) return typed === '' ? {} : { id: typed }
  const number = `+${typed.replace(/\D/g, '')}`
  return /^\+[1-9]\d{4,14}$/.test(number) ? { number } : 'unfinished'
}

export default function Subscribers() {
  const { find = '' } = useSearch({ from: '/subscribers' })
  const what = asked(find)
  const isUnfinished = what === 'unfinished'
  const { data, error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ['subscribers', what],
    queryFn: ({ pageParam, signal }) =>
      client.findSubscribers({ ...(what as object), limit: 50, ...(pageParam && { cursor: pageParam }) }, { signal }),
    initialPageParam: '',
    getNextPageParam: page => page.next,
    enabled: !isUnfinished,
    placeholderData: before => before,
  })
  const { list, inSearch } = useRowKeys()
  const rows = data?.pages.flatMap(page => page.items) ?? []
  return (
    <Page title="Subscribers" actions={<Import />}>
      <Find find={find} onKeyDown={inSearch} />
      {isUnfinished ? (
        <Empty title="Write the whole number">
          With its country code, for example +447700900123. Numbers are kept sealed, so a part of one can not be
          searched.
        </Empty>
      ) : error && !data ? (
        <Failed error={error} again={() => void refetch()} />
      ) : isPending ? (
        <Waiting what="Loading subscribers" />
      ) : rows.length === 0 ? (
        <Nothing what={what} />
      ) : (
        <div ref={list}>
          {error && <Failed error={error} again={() => void refetch()} />}
          <Rows rows={rows} />
          {hasNextPage && (
            <Center mt="md">
              <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                Show more
              </Button>
            </Center>
          )}
        </div>
      )}
    </Page>
  )
}

/** The box keeps what is typed; the address follows when typing rests. */
function Find({ find, onKeyDown }: { find: string; onKeyDown: KeyboardEventHandler<HTMLInputElement> }) {
  const navigate = useNavigate()
  const [typed, setTyped] = useState(find)
  const told = useRef(find)
  const tell = (text: string) => {
    // Who typed and went on at once to another page is not called back.
    if (!window.location.pathname.endsWith('/subscribers')) return
    told.current = text
    void navigate({ to: '/subscribers', search: text ? { find: text } : {}, replace: true })
  }
  const tellLater = useDebouncedCallback(tell, 250)
  // Back and forward change the address under the box; its own changes are no news.
  useEffect(() => {
    if (find !== told.current) setTyped(find)
    told.current = find
  }, [find])
  return (
    <TextInput
      data-search
      type="search"
      label="Find by id or number"
      description="The beginning of an id, or the whole number with its plus sign"
      maw={460}
      maxLength={128}
      value={typed}
      onChange={event => {
        setTyped(event.currentTarget.value)
        tellLater(event.currentTarget.value)
      }}
      onKeyDown={onKeyDown}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        typed === '' ? null : (
          <CloseButton
            size="sm"
            aria-label="Find nothing in particular"
            onClick={() => {
              setTyped('')
              tell('')
            }}
          />
        )
      }
    />
  )
}

const Import = () =>
  useMay('subscribers:write') ? (
    <Button component={Link} to="/imports" variant="default">
      Import
    </Button>
  ) : null

function Nothing({ what }: { what: { id?: string; number?: string } }) {
  const mayWrite = useMay('subscribers:write')
  if (what.number) return <Empty title={`Nobody has the number ${what.number}`}>Only whole numbers are found.</Empty>
  if (what.id)
    return (
      <Empty title={`No id begins with ${what.id}`}>
        Capital and small letters are not the same. Names are not searched.
      </Empty>
    )
  return (
    <Empty
      title="There are no subscribers yet"
      action={
        <Group justify="center">
          {mayWrite && (
            <Button component={Link} to="/imports">
              Import a file
            </Button>
          )}
          <Button component="a" href="/docs#tag/subscribers" target="_blank" variant="default">
            Read about the API
          </Button>
        </Group>
      }
    >
      Import a CSV or NDJSON file, or let your service put them here one by one: PUT /v1/subscribers/{'{id}'}.
    </Empty>
  )
}

function Rows({ rows }: { rows: readonly Subscriber[] }) {
  return (
    <Table
      stickyHeader
      stickyHeaderOffset={52}
      highlightOnHover
      verticalSpacing={6}
      aria-label="Subscribers, newest first"
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Id</Table.Th>
          <Table.Th visibleFrom="sm">Name</Table.Th>
          <Table.Th>Number</Table.Th>
          <Table.Th visibleFrom="md">Country</Table.Th>
          <Table.Th visibleFrom="sm">Language</Table.Th>
          <Table.Th visibleFrom="md">Time zone</Table.Th>
          <Table.Th>Agreed to</Table.Th>
          <Table.Th visibleFrom="md" ta="right">
            Since
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(one => (
          <Table.Tr key={one.id}>
            <Table.Td>
              <Anchor
                data-row
                size="sm"
                style={{ overflowWrap: 'anywhere' }}
                renderRoot={props => <Link to="/subscribers/$id" params={{ id: one.id }} {...props} />}
              >
                {one.id}
              </Anchor>
              <Text size="xs" hiddenFrom="sm" style={{ overflowWrap: 'anywhere' }}>
                <bdi>{nameOf(one)}</bdi>
              </Text>
            </Table.Td>
            <Table.Td visibleFrom="sm" style={{ overflowWrap: 'anywhere' }}>
              <bdi>{nameOf(one) ?? <None />}</bdi>
            </Table.Td>
            <Table.Td className="tabular" style={{ whiteSpace: 'nowrap' }}>
              {one.number ?? <None />}
            </Table.Td>
            <Table.Td visibleFrom="md">{one.region ?? one.country ?? <None />}</Table.Td>
            <Table.Td visibleFrom="sm">{one.locale ?? <None />}</Table.Td>
            <Table.Td visibleFrom="md">{one.zone ?? <None />}</Table.Td>
            <Table.Td>
              <Stack gap={0}>
                <Agreed name="Titles" consent={one.consents.titles} />
                <Agreed name="Offers" consent={one.consents.offers} />
              </Stack>
            </Table.Td>
            <Table.Td visibleFrom="md" ta="right">
              <Time at={one.createdAt} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

const None = () => (
  <Text span size="sm" c="dimmed">
    none
  </Text>
)

/** Yes, no, or never asked: by a mark and in words. */
function Agreed({
  name,
  consent,
}: {
  name: string
  consent: { granted: boolean; at?: string | undefined } | undefined
}) {
  const Icon = consent ? (consent.granted ? IconCheck : IconX) : IconMinus
  const said = consent ? (consent.granted ? 'yes' : 'no') : 'never asked'
  return (
    <Tooltip label={consent?.at ? `${name}: ${said}, ${exact(consent.at)}` : `${name}: ${said}`} openDelay={300}>
      <Group gap={4} wrap="nowrap">
        <Icon size={14} aria-hidden color={consent?.granted ? 'var(--mantine-color-green-text)' : undefined} />
        <Text size="xs" style={{ whiteSpace: 'nowrap' }} {...(consent?.granted === false && { td: 'line-through' })}>
          {name}
        </Text>
        <VisuallyHidden>{said}</VisuallyHidden>
      </Group>
    </Tooltip>
  )
}
