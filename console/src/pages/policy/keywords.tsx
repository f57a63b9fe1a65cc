// What replies are understood by, language by language; and a box to try one in.
import {
  Badge,
  Button,
  Group,
  NativeSelect,
  Paper,
  Stack,
  Table,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { Keywords } from '@usher/contract/suppression'
import { useState } from 'react'
import { Bubble } from '../../bubble.tsx'
import { client, sentence } from '../../client.ts'
import { count, many } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { Source } from './confidence.tsx'

const languages = new Intl.DisplayNames('en', { type: 'language' })
const languageName = (tag: string) => (tag === '*' ? 'Every language' : (languages.of(tag) ?? tag))

/** Whatever the accents and the case: nobody types them all. */
const folded = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()

const familyNames: Record<string, string> = {
  stop: 'stop',
  stop_all: 'stop everything',
  start: 'start again',
  help: 'help',
  why: 'why',
  settings: 'settings',
  wrong_number: 'wrong number',
  yes: 'yes',
  no: 'no',
  keep: 'sounds like an end, and is none',
  scope: 'makes of an end one of everything',
}

export function KeywordList() {
  return (
    <Stack gap="lg">
      <Try />
      <List />
    </Stack>
  )
}

function Try() {
  const [text, setText] = useState('')
  const asking = useMutation({ mutationFn: (reply: string) => client.tryKeywords({ text: reply }) })
  return (
    <Paper withBorder p="md" component="section" aria-label="Try a reply">
      <Title order={2} size="h5" mb={4}>
        Try a reply
      </Title>
      <form
        onSubmit={event => {
          event.preventDefault()
          if (text.trim() !== '') asking.mutate(text)
        }}
      >
        <Stack gap="sm" maw={640}>
          <Textarea
            label="What somebody writes"
            description="Read as a text from a handset is read. Nothing follows from it, and it is not kept."
            autosize
            minRows={1}
            maxRows={6}
            maxLength={2_000}
            attributes={{ input: { dir: 'auto' } }}
            value={text}
            onChange={event => setText(event.currentTarget.value)}
            onKeyDown={event => {
              if (event.key === 'Enter' && !event.shiftKey) {
                event.preventDefault()
                event.currentTarget.form?.requestSubmit()
              }
            }}
          />
          <Group>
            <Button type="submit" variant="default" disabled={text.trim() === ''} loading={asking.isPending}>
              Try
            </Button>
          </Group>
          {asking.error && (
            <Text size="sm" c="red" role="alert">
              {sentence(asking.error)}
            </Text>
          )}
          {asking.data && (
            <div role="status">
              <Bubble direction="in" text={asking.variables}>
                <Badge variant="default" size="sm" tt="none" fw={500}>
                  {asking.data.asks === null ? 'nothing to act on' : `understood as ${familyNames[asking.data.asks]}`}
                </Badge>
              </Bubble>
              <Text size="sm" mt={4}>
                {asking.data.sentence}
              </Text>
            </div>
          )}
        </Stack>
      </form>
    </Paper>
  )
}

function List() {
  const [language, setLanguage] = useState('en')
  const [family, setFamily] = useState('')
  const [find, setFind] = useState('')
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['keywords'],
    queryFn: ({ signal }) => client.listKeywords({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (isPending) return <Waiting what="Loading the keywords" />
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />
  const words = folded(find.trim())
  const rows = data.items.filter(
    one =>
      // A word that is looked for is looked for in all of them.
      (words !== '' || language === '' || one.language === language) &&
      (family === '' || one.family === family) &&
      (words === '' || one.words.some(word => folded(word).includes(words))),
  )
  const tags = [...new Set(data.items.map(one => one.language))]
  return (
    <Stack gap="sm">
      <search aria-label="Filters">
        <Group gap="xs">
          <NativeSelect
            size="xs"
            aria-label="Language"
            value={words === '' ? language : ''}
            disabled={words !== ''}
            onChange={event => setLanguage(event.currentTarget.value)}
            data={[
              { value: '', label: 'All languages' },
              ...tags
                .map(value => ({ value, label: languageName(value) }))
                .toSorted((a, b) => a.label.localeCompare(b.label)),
            ]}
          />
          <NativeSelect
            size="xs"
            aria-label="What it asks for"
            value={family}
            onChange={event => setFamily(event.currentTarget.value)}
            data={[
              { value: '', label: 'Any meaning' },
              ...Object.entries(familyNames).map(([value, label]) => ({ value, label })),
            ]}
          />
          <TextInput
            size="xs"
            w={220}
            aria-label="Find a word"
            placeholder="A word, in all languages  ( / )"
            data-search
            leftSection={<IconSearch size={14} aria-hidden />}
            attributes={{ input: { dir: 'auto' } }}
            value={find}
            onChange={event => setFind(event.currentTarget.value)}
          />
          <Text size="xs" c="dimmed" role="status">
            {many(
              rows.reduce((sum, one) => sum + one.words.length, 0),
              'word or phrase',
              'words and phrases',
            )}
          </Text>
        </Group>
      </search>
      {rows.length === 0 ? (
        <Empty title="No keyword is like this">
          Try the reply above: plain words are understood without being listed.
        </Empty>
      ) : (
        <Table className={narrow.table} verticalSpacing={6} fz="sm" aria-label="Keywords">
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={130}>Language</Table.Th>
              <Table.Th w={150}>Understood as</Table.Th>
              <Table.Th>Words</Table.Th>
              <Table.Th w={200}>Source</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((one, n) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a family may have several lists in one language.
              <KeywordRow key={n} row={one} find={words} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  )
}

const KeywordRow = ({ row, find }: { row: Keywords; find: string }) => {
  // Those that were found stand first.
  const words =
    find === ''
      ? row.words
      : row.words.toSorted((a, b) => Number(folded(b).includes(find)) - Number(folded(a).includes(find)))
  return (
    <Table.Tr>
      <Table.Td style={{ verticalAlign: 'top' }}>{languageName(row.language)}</Table.Td>
      <Table.Td style={{ verticalAlign: 'top' }}>
        {familyNames[row.family] ?? row.family}
        <Text size="xs" c="dimmed">
          {row.kind === 'keyword' ? 'alone' : 'within a sentence'}
        </Text>
      </Table.Td>
      <Table.Td style={{ verticalAlign: 'top' }} dir="auto" {...(row.language !== '*' && { lang: row.language })}>
        <Words words={words} />
      </Table.Td>
      <Table.Td style={{ verticalAlign: 'top' }}>
        <Source of={row} />
      </Table.Td>
    </Table.Tr>
  )
}

/** As many as are read at a glance. */
const glance = 60

function Words({ words }: { words: readonly string[] }) {
  const [isOpen, setOpen] = useState(false)
  if (words.length <= glance * 1.2) return words.join(' · ')
  return (
    <>
      {(isOpen ? words : words.slice(0, glance)).join(' · ')}{' '}
      <Button size="compact-xs" variant="default" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} lang="en">
        {isOpen ? 'Fewer' : `and ${count(words.length - glance)} more`}
      </Button>
    </>
  )
}
