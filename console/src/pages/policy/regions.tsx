// What each region asks for, as it is in force, with source and confidence. It is data of this release, and changed with one.
import { Group, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Region } from '@usher/contract/region'
import { useState } from 'react'
import { client } from '../../client.ts'
import { countryName } from '../../countries.ts'
import { many } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { hoursSaid } from './changes.ts'
import { confidences, Source } from './confidence.tsx'

const special: Record<string, string> = {
  DEFAULT: 'Everywhere else',
  'US-unknown': 'United States, state unknown',
}
function nameOf(region: string): string {
  if (special[region]) return special[region]
  const [country = '', state] = region.split('-')
  return state === undefined ? countryName(country) : `${countryName(country)}, ${state}`
}

export function Regions() {
  const [find, setFind] = useState('')
  const [confidence, setConfidence] = useState('')
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['regions'],
    queryFn: ({ signal }) => client.listRegions({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (isPending) return <Waiting what="Loading the regions" />
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />
  const words = find.trim().toLowerCase()
  const rows = data.items.filter(
    one =>
      (confidence === '' || one.confidence === confidence) &&
      `${one.region} ${nameOf(one.region)} ${one.source} ${one.notes.join(' ')}`.toLowerCase().includes(words),
  )
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" maw={760}>
        Titles and offers arrive only within these local hours. The most specific row that says something counts; what a
        row takes over from the one above it is faint. Engineering material, not legal advice.
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
          <Text size="xs" c="dimmed" role="status">
            {many(rows.length, 'region')}
          </Text>
        </Group>
      </search>
      {rows.length === 0 ? (
        <Empty title="No region is like this">A region without a row of its own has those of “Everywhere else”.</Empty>
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

type Hours = Region['hours']['weekday']
const said = (hours: Hours) => (hours === null ? 'none' : `${hours.from}–${hours.to}`)
const needs = { no: 'one yes is enough', advised: 'double opt-in advised, asked for', required: 'double opt-in' }

/** Days that are alike are told together. */
function days({ weekday, saturday, sunday, holiday, isHolidayAsDay }: Region['hours']): [string, string][] {
  const all: [string, string][] = [
    ['Mon–Fri', said(weekday)],
    ['Sat', said(saturday)],
    ['Sun', said(sunday)],
  ]
  const isAlike = all.every(([, hours]) => hours === all[0]![1])
  const lines: [string, string][] = isAlike ? [['Daily', all[0]![1]]] : all
  return [...lines, ['Holidays', isHolidayAsDay ? 'as the day' : said(holiday)]]
}

function Row({
  region: { region, says, hours, caps, doubleOptIn, implied, stop, notes, advice, ...rest },
}: {
  region: Region
}) {
  const c = (field: string) => (says.includes(field) ? {} : { c: 'dimmed' as const })
  return (
    <Table.Tr>
      <Table.Td style={{ verticalAlign: 'top' }}>
        <Text size="sm" fw={600}>
          {nameOf(region)}
        </Text>
        <Text size="xs" c="dimmed">
          {region}
        </Text>
      </Table.Td>
      <Table.Td data-label="Hours" style={{ verticalAlign: 'top' }}>
        {days(hours).map(([day, when]) => (
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
