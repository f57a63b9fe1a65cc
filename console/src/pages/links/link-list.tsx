// The links, newest first, with how often people and machines followed each.
import { Anchor, Button, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Link as ShortLink } from '@usher/contract/link'
import { Beside, Pages, Row, Rows } from '../../beside.tsx'
import { count, many, Time, useNow } from '../../format.tsx'
import { MarkBadge } from '../../mark.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { purposeNames, purposes } from '../../purposes.ts'
import type { LinkSearch } from '../../router.tsx'
import { useMay } from '../../session.tsx'
import type { ViewProps } from '../links.tsx'
import { Filters } from './filters.tsx'
import { LinkPanel, lifeMark } from './link.tsx'
import { useLinks } from './queries.ts'
import { Shortened, Who } from './who.tsx'

const choices = [
  { name: 'purpose', any: 'Any purpose', all: purposes.map(value => ({ value, label: purposeNames[value] })) },
  {
    name: 'clicked',
    any: 'Any clicks',
    all: [
      { value: 'human', label: 'followed by a person' },
      { value: 'machine', label: 'followed by a machine' },
      { value: 'none', label: 'never followed' },
    ],
  },
] as const

export function LinkList({ search, go, make }: ViewProps) {
  const { open, subscriber, purpose, clicked, from } = search
  const mayMake = useMay('links:write')
  const { data, error, isPending, refetch } = useQuery(useLinks(search))
  const show = (id: string | undefined) => go({ open: id }, open !== undefined && id !== undefined)
  const isFiltered = [subscriber, purpose, clicked].some(Boolean)
  const rows = data?.items ?? []
  return (
    <>
      {rows.length > 0 && <Counted links={rows} hasMore={data?.next != null} isNewest={!from} />}
      <Filters search={{ ...search, link: undefined }} go={go} choices={choices} />
      <Beside
        name="The open link"
        open={open}
        show={show}
        panel={id => <LinkPanel key={id} id={id} close={() => show(undefined)} />}
      >
        {isPending && <Waiting what="Listing links" />}
        {error && !data && <Failed error={error} again={() => void refetch()} />}
        {data && rows.length === 0 && (
          <Empty
            title={isFiltered ? 'No link is like this' : from ? 'There are no older ones' : 'There is no link yet'}
            action={
              isFiltered || from ? (
                <Button
                  variant="light"
                  onClick={() => go({ subscriber: undefined, purpose: undefined, clicked: undefined, from: undefined })}
                >
                  {isFiltered ? 'Clear the filters' : 'To the newest'}
                </Button>
              ) : (
                mayMake && (
                  <Button variant="light" onClick={make}>
                    Make the first
                  </Button>
                )
              )
            }
          >
            {isFiltered
              ? 'Every link that is kept was looked through.'
              : from
                ? 'What lies further back is kept no longer.'
                : "Texts make their own: a template's {{ link | short }} is short, and its clicks are the text's. Here you make one by hand."}
          </Empty>
        )}
        {rows.length > 0 && (
          <>
            <Rows
              name="Links, newest first"
              head={
                <>
                  <Table.Th>Destination</Table.Th>
                  <Table.Th data-extra>Purpose</Table.Th>
                  <Table.Th>Subscriber</Table.Th>
                  <Table.Th data-number>People</Table.Th>
                  <Table.Th data-number>Machines</Table.Th>
                  <Table.Th>Works</Table.Th>
                  <Table.Th data-extra data-number>
                    Made
                  </Table.Th>
                </>
              }
            >
              {rows.map(link => (
                <LinkRow key={link.id} link={link} search={search} isOpen={link.id === open} show={show} />
              ))}
            </Rows>
            <Pages
              said={`${many(rows.length, 'link')} shown${data?.next ? '' : ', that is all'}`}
              from={from}
              next={data?.next ?? null}
              go={next => go({ from: next, open: undefined })}
            />
          </>
        )}
      </Beside>
    </>
  )
}

function Counted({ links, hasMore, isNewest }: { links: readonly ShortLink[]; hasMore: boolean; isNewest: boolean }) {
  const sum = (of: (link: ShortLink) => number) => links.reduce((all, link) => all + of(link), 0)
  const followed = links.filter(({ humanClicks }) => humanClicks > 0).length
  const range = many(links.length, 'link')
  return (
    <Text size="sm" mb="xs">
      <b>
        People followed {count(followed)} of{' '}
        {isNewest && hasMore ? `the newest ${range}` : isNewest ? `all ${range} here` : `these ${range}`}
      </b>
      :{' '}
      {many(
        sum(({ humanClicks }) => humanClicks),
        'click',
      )}{' '}
      by people, {count(sum(({ machineClicks }) => machineClicks))} by machines.
    </Text>
  )
}

function LinkRow({
  link,
  search,
  isOpen,
  show,
}: {
  link: ShortLink
  search: LinkSearch
  isOpen: boolean
  show: (id: string) => void
}) {
  const now = useNow()
  const life = lifeMark(link, now)
  return (
    <Row isOpen={isOpen} onOpen={() => show(link.id)}>
      <Table.Td data-line title={link.destination}>
        <Anchor
          data-row={link.id}
          size="sm"
          renderRoot={props => (
            <Link
              to="/links"
              search={{ ...search, view: 'links', open: link.id }}
              aria-current={isOpen || undefined}
              {...props}
            />
          )}
        >
          <Shortened address={link.destination} />
        </Anchor>
      </Table.Td>
      <Table.Td data-extra>{purposeNames[link.purpose]}</Table.Td>
      <Table.Td>
        <Who id={link.subscriber} />
      </Table.Td>
      <Table.Td data-number data-label="People">
        {count(link.humanClicks)}
      </Table.Td>
      <Table.Td data-number data-label="Machines">
        {count(link.machineClicks)}
      </Table.Td>
      <Table.Td>
        <MarkBadge mark={life} />
      </Table.Td>
      <Table.Td data-extra data-number>
        <Time at={link.createdAt} />
      </Table.Td>
    </Row>
  )
}
