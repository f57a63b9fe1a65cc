// What each region asks for, as it is in force, with source and confidence. The rows are data of this release; an operator
// may put hours and caps of their own in their place, which is marked.
import { Anchor, Badge, Button, Group, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { Region } from '@usher/contract/region'
import { useState } from 'react'
import { many } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { hoursSaid } from './changes.ts'
import { confidences, Source } from './confidence.tsx'
import { daysSaid, regionLike, regionName } from './region.ts'
import { RegionEditor } from './region-editor.tsx'
import { regionsQuery } from './saving.tsx'

const shows = {
  '': { label: 'All regions', is: () => true },
  changed: { label: 'Changed here', is: (one: Region) => one.override !== null },
  wider: { label: 'Wider than shipped', is: (one: Region) => (one.override?.wider.length ?? 0) > 0 },
} as const

export function Regions({ mayWrite }: { mayWrite: boolean }) {
  const { region: open } = useSearch({ from: '/policy' })
  const { data, error, isPending, refetch } = useQuery(regionsQuery)
  if (isPending) return <Waiting what="Loading the regions" />
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />
  return open === undefined ? (
    <List items={data.items} />
  ) : (
    <RegionEditor key={open} name={open} items={data.items} mayWrite={mayWrite} />
  )
}

function List({ items }: { items: readonly Region[] }) {
  const [find, setFind] = useState('')
  const [confidence, setConfidence] = useState('')
  const [show, setShow] = useState<keyof typeof shows>('')
  const navigate = useNavigate()
  const words = find.trim().toLowerCase()
  const rows = items.filter(
    one =>
      (confidence === '' || one.confidence === confidence) &&
      shows[show].is(one) &&
      `${one.region} ${regionName(one.region)} ${one.source} ${one.notes.join(' ')} ${one.override?.why ?? ''}`
        .toLowerCase()
        .includes(words),
  )
  const other = rows.length === 0 ? regionLike(find) : undefined
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" maw={760}>
        Titles and offers arrive only within these local hours. The most specific row that says something counts; what a
        row takes over from the one above it is faint. Open a region to put hours and caps of your own in place of those
        that are shipped. Engineering material, not legal advice.
      </Text>
      <search aria-label="Filters">
        <Group gap="xs">
          <TextInput
            size="xs"
            w={240}
            aria-label="Find a region"
            placeholder="Region, or word of a source  ( / )"
            data-search
            leftSection={<IconSearch size={14} aria-hidden />}
            value={find}
            onChange={event => setFind(event.currentTarget.value)}
          />
          <NativeSelect
            size="xs"
            aria-label="Confidence"
            value={confidence}
            onChange={event => setConfidence(event.currentTarget.value)}
            data={[
              { value: '', label: 'Any confidence' },
              ...Object.entries(confidences).map(([value, { word }]) => ({ value, label: `Confidence: ${word}` })),
            ]}
          />
          <NativeSelect
            size="xs"
            aria-label="Which regions"
            value={show}
            onChange={event => setShow(event.currentTarget.value as keyof typeof shows)} // of the list below
            data={Object.entries(shows).map(([value, { label }]) => ({ value, label }))}
          />
          <Text size="xs" c="dimmed" role="status">
            {many(rows.length, 'region')}
          </Text>
        </Group>
      </search>
      {rows.length === 0 ? (
        <Empty
          title={show === 'changed' && words === '' ? 'No region is changed' : 'No region is like this'}
          action={
            other !== undefined && (
              <Button
                variant="default"
                onClick={() => void navigate({ to: '/policy', search: { tab: 'regions', region: other } })}
              >
                Open {regionName(other)}
              </Button>
            )
          }
        >
          A region without a row of its own has those of its country, or of “Everywhere else”.
        </Empty>
      ) : (
        <Table className={narrow.table} verticalSpacing={6} fz="sm" aria-label="Regions">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={170}>Region</Table.Th>
              <Table.Th w={190}>Hours</Table.Th>
              <Table.Th w={170}>Caps</Table.Th>
              <Table.Th w={150}>Consent</Table.Th>
              <Table.Th w={180}>STOP ends</Table.Th>
              <Table.Th>Source</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(one => (
              <Row key={one.region} region={one} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  )
}

const needs = { no: 'one yes is enough', advised: 'double opt-in advised, asked for', required: 'double opt-in' }

function Row({
  region: { region, says, hours, caps, doubleOptIn, implied, stop, notes, advice, override, ...rest },
}: {
  region: Region
}) {
  const c = (field: string) => (says.includes(field) ? {} : { c: 'dimmed' as const })
  return (
    <Table.Tr>
      <Table.Td style={{ verticalAlign: 'top' }}>
        <Anchor
          size="sm"
          fw={600}
          renderRoot={props => <Link to="/policy" search={{ tab: 'regions', region }} {...props} />}
        >
          {regionName(region)}
        </Anchor>
        <Text size="xs" c="dimmed">
          {region}
        </Text>
        {override && <Changed override={override} />}
      </Table.Td>
      <Table.Td data-label="Hours" style={{ verticalAlign: 'top' }}>
        {daysSaid(hours).map(([day, when]) => (
          <Group key={day} gap={8} wrap="nowrap">
            <Text size="sm" w={64} {...c('hours')}>
              {day}
            </Text>
            <Text size="sm" className="tabular nowrap" {...c('hours')}>
              {when}
            </Text>
          </Group>
        ))}
        {advice && (
          <Text size="xs" c="dimmed">
            only advised
          </Text>
        )}
      </Table.Td>
      <Table.Td data-label="Caps" style={{ verticalAlign: 'top' }}>
        {caps.length === 0 ? (
          <Text size="sm" {...c('caps')}>
            none of its own
          </Text>
        ) : (
          caps.map(({ most, hours: in_, of }) => (
            <Text key={`${of} ${in_}`} size="sm" {...c('caps')}>
              {most} in {hoursSaid(in_)}, {of}
            </Text>
          ))
        )}
      </Table.Td>
      <Table.Td data-label="Consent" style={{ verticalAlign: 'top' }}>
        <Text size="sm" {...c('doubleOptIn')}>
          {needs[doubleOptIn]}
        </Text>
        {implied.map(({ by, months }) => (
          <Text key={by} size="xs" {...c('implied')}>
            implied by {by} for {months} months
          </Text>
        ))}
      </Table.Td>
      <Table.Td data-label="STOP ends" style={{ verticalAlign: 'top' }}>
        {stop.map(({ from, ends }) => (
          <Text key={from ?? 'always'} size="sm" {...c('stop')}>
            {from && `from ${from}: `}
            {ends === 'all' ? 'everything but what is asked for' : 'titles and offers'}
          </Text>
        ))}
      </Table.Td>
      <Table.Td data-label="Source" style={{ verticalAlign: 'top' }}>
        <Source of={rest} />
        {notes.map(note => (
          <Text key={note} size="xs" c="dimmed" className="anywhere">
            {note}
          </Text>
        ))}
      </Table.Td>
    </Table.Tr>
  )
}

/** Where the operator's rule is in force, and whether it is wider than the shipped one. */
export const Changed = ({ override: { of, wider, widens } }: { override: NonNullable<Region['override']> }) => (
  <Group gap={4} mt={4}>
    <Badge variant="light" color="violet" autoContrast tt="none" fw={600} miw="max-content">
      {of.join(' and ')} changed here
    </Badge>
    {wider.length > 0 && (
      <Badge variant="light" color="yellow" autoContrast tt="none" fw={600} miw="max-content" title={wider.join(' ')}>
        {widens === null ? 'stricter of both counts' : 'wider than shipped'}
      </Badge>
    )}
  </Group>
)
