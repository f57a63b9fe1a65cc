// Who followed links, newest first; what is opened lies beside, with what the verdict rests on.
import { Anchor, Button, Pill, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Click } from '@usher/contract/link'
import { Beside, Pages, Row, Rows } from '../../beside.tsx'
import { count, exact, many, span, Time } from '../../format.tsx'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { purposeNames } from '../../purposes.ts'
import type { LinkSearch } from '../../router.tsx'
import { useMay } from '../../session.tsx'
import type { ViewProps } from '../links.tsx'
import { agentWords } from './agent.ts'
import { ClickPanel } from './click.tsx'
import { Filters } from './filters.tsx'
import { useClicks } from './queries.ts'
import { Verdict, verdictMarks } from './verdict.tsx'
import { Shortened, Who } from './who.tsx'

const verdictChoice = {
  name: 'verdict',
  any: 'Any verdict',
  all: Object.values(verdictMarks).map(({ word }) => ({ value: word, label: word })),
} as const

export function Clicks({ search, go, make }: ViewProps) {
  const { open, subscriber, verdict, link, from } = search
  const mayMake = useMay('links:write')
  const { data, error, isPending, refetch } = useQuery(useClicks(search))
  const show = (id: string | undefined) => go({ open: id }, open !== undefined && id !== undefined)
  const isFiltered = [subscriber, verdict, link].some(Boolean)
  const rows = data?.items ?? []
  return (
    <>
      {data && rows.length > 0 && <Counted clicks={rows} hasMore={data.next !== null} isNewest={!from} />}
      <Filters search={search} go={go} choices={[verdictChoice]}>
        {link && (
          <Pill
            size="md"
            withRemoveButton
            removeButtonProps={{ 'aria-label': 'Clicks of all links' }}
            onRemove={() => go({ link: undefined, from: undefined, open: undefined })}
          >
            of one link
          </Pill>
        )}
      </Filters>
      <Beside
        name="The open click"
        open={open}
        show={show}
        panel={id => (
          <ClickPanel
            key={id}
            id={id}
            click={rows.find(click => click.id === id)}
            isListed={data !== undefined}
            close={() => show(undefined)}
          />
        )}
      >
        {isPending && <Waiting what="Listing clicks" />}
        {error && !data && <Failed error={error} again={() => void refetch()} />}
        {data && rows.length === 0 && (
          <Empty
            title={
              isFiltered ? 'No click is like this' : from ? 'There are no older ones' : 'Nobody has followed a link yet'
            }
            action={
              isFiltered || from ? (
                <Button
                  variant="light"
                  onClick={() => go({ subscriber: undefined, verdict: undefined, link: undefined, from: undefined })}
                >
                  {isFiltered ? 'Clear the filters' : 'To the newest'}
                </Button>
              ) : (
                mayMake && (
                  <Button variant="light" onClick={make}>
                    Make a link
                  </Button>
                )
              )
            }
          >
            {isFiltered
              ? 'Every click that is kept was looked through.'
              : from
                ? 'What lies further back is kept no longer.'
                : "A template's {{ link | short }} becomes a short link in each text, and who follows it is shown here; people are told from scanners and previews."}
          </Empty>
        )}
        {rows.length > 0 && (
          <>
            <Rows
              name="Clicks, newest first"
              head={
                <>
                  <Table.Th>When</Table.Th>
                  <Table.Th>Who</Table.Th>
                  <Table.Th>Subscriber</Table.Th>
                  <Table.Th data-extra>Purpose</Table.Th>
                  <Table.Th>Destination</Table.Th>
                  <Table.Th data-extra>With</Table.Th>
                  <Table.Th data-number>After the text</Table.Th>
                </>
              }
            >
              {rows.map(click => (
                <ClickRow key={click.id} click={click} search={search} isOpen={click.id === open} show={show} />
              ))}
            </Rows>
            <Pages
              said={`${many(rows.length, 'click')} shown${data?.next ? '' : ', that is all'}`}
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

/** People and machines, counted in what is shown; how far that goes stands in the sentence. */
function Counted({ clicks, hasMore, isNewest }: { clicks: readonly Click[]; hasMore: boolean; isNewest: boolean }) {
  const of = (verdict: Click['verdict']) => clicks.filter(click => click.verdict === verdict).length
  const unjudged = of(null)
  const range = !hasMore && isNewest ? `all ${many(clicks.length, 'click')} here` : `${count(clicks.length)} clicks`
  const where = isNewest && hasMore ? `the newest ${range}` : range
  return (
    <Text size="sm" mb="xs">
      <b>
        People followed links {many(of('human'), 'time')}, machines {many(of('machine'), 'time')}
      </b>{' '}
      in {where}, back to {exact(clicks.at(-1)!.at)}.
      {unjudged > 0 && ` ${count(unjudged)} ${unjudged === 1 ? 'is' : 'are'} still being judged.`}
    </Text>
  )
}

function ClickRow({
  click,
  search,
  isOpen,
  show,
}: {
  click: Click
  search: LinkSearch
  isOpen: boolean
  show: (id: string) => void
}) {
  return (
    <Row isOpen={isOpen} onOpen={() => show(click.id)}>
      <Table.Td>
        <Anchor
          data-row={click.id}
          size="sm"
          renderRoot={props => (
            <Link to="/links" search={{ ...search, open: click.id }} aria-current={isOpen || undefined} {...props} />
          )}
        >
          <Time at={click.at} />
        </Anchor>
      </Table.Td>
      <Table.Td>
        <Verdict click={click} />
      </Table.Td>
      <Table.Td>
        <Who id={click.subscriber} />
      </Table.Td>
      <Table.Td data-extra>{purposeNames[click.purpose]}</Table.Td>
      <Table.Td data-line title={click.destination}>
        <Shortened address={click.destination} />
      </Table.Td>
      <Table.Td data-extra title={click.agent ?? undefined}>
        {agentWords(click.agent)}
      </Table.Td>
      <Table.Td data-number data-label="After the text">
        {click.afterMs === null ? '' : span(click.afterMs)}
      </Table.Td>
    </Row>
  )
}
