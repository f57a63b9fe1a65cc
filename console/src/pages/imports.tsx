// Imports: a file of subscribers, or of their subscriptions, handed over, and how far each has come. An import goes on by itself on the server, so that
// neither a reload nor a closed tab ends it.
import {
  Alert,
  Badge,
  Button,
  Card,
  Code,
  Collapse,
  FileButton,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import {
  IconAlertTriangle,
  IconCheck,
  IconDownload,
  IconFileImport,
  IconLoader,
  IconUpload,
  IconX,
} from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import type { Import, ImportKind } from '@usher/contract/live'
import { type DragEvent, type ReactNode, useEffect, useState } from 'react'
import { BadLinesTable, Bar, DownloadBadLines, download } from '../bad-lines.tsx'
import { client } from '../client.ts'
import { count, Time } from '../format.tsx'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import { useMay } from '../session.tsx'
import { type Chosen, look } from './imports/file.ts'
import { follow, importsQuery } from './imports/follow.ts'
import { cancelUpload, upload, useUpload } from './imports/upload.ts'

const example = `id,number,locale,zone,region,profile.first_name,consent.titles
orph-2001,+442079460123,en-GB,Europe/London,GB,Ada,yes
orph-2002,+12125550199,en-US,America/New_York,US-NY,Grace,no
`

const subscriptionsExample = `subscriber,subscription,plan,amount,currency,every,renewsAt,cardExpiresAt
orph-2001,s-77,standard,9900,USD,year,2027-03-01T00:00:00Z,2027-02-01T00:00:00Z
orph-2002,s-78,premium,1499,USD,month,2026-12-02T00:00:00Z,
`
const kinds: { value: ImportKind; label: string }[] = [
  { value: 'subscribers', label: 'Subscribers' },
  { value: 'subscriptions', label: 'Subscriptions' },
]

export default function Imports() {
  const may = useMay('subscribers:write')
  const queries = useQueryClient()
  const imports = useQuery(importsQuery)
  const isRunning = imports.data?.items.some(({ state }) => state === 'running' || state === 'uploading') ?? false
  useEffect(() => {
    if (isRunning) void follow(queries)
  }, [isRunning, queries])
  const { hash } = useLocation()

  return (
    <Page title="Imports">
      {may ? (
        <Start />
      ) : (
        <Text size="sm" c="dimmed">
          Your role shows imports; starting one needs subscribers:write.
        </Text>
      )}
      {imports.isPending ? (
        <Waiting what="Loading the imports" />
      ) : imports.data === undefined ? (
        <Failed error={imports.error} again={() => void imports.refetch()} />
      ) : imports.data.items.length === 0 ? (
        <Stack gap={0} maw={680} mx="auto" w="100%">
          <Empty title="Nothing was imported yet">
            A CSV has a header line, and a line for each subscriber; only the id is needed. A subscriber whose id is
            known already is changed, not doubled.
          </Empty>
          <Code block tabIndex={0} role="region" aria-label="Example of a CSV">
            {example}
          </Code>
          <Group justify="center" mt="xs">
            <Button
              size="xs"
              variant="default"
              leftSection={<IconDownload size={14} aria-hidden />}
              onClick={() => download('subscribers.csv', example)}
            >
              Download this example
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconDownload size={14} aria-hidden />}
              onClick={() => download('subscriptions.csv', subscriptionsExample)}
            >
              An example of subscriptions
            </Button>
          </Group>
        </Stack>
      ) : (
        <Stack gap="sm" component="section" aria-label="The last imports">
          {imports.error && <Failed error={imports.error} again={() => void imports.refetch()} />}
          {imports.data.items.map(each => (
            <ImportCard key={each.id} import={each} isLinked={hash === each.id} />
          ))}
        </Stack>
      )}
    </Page>
  )
}

const bytes = (n: number) =>
  n < 1_000 ? `${n} bytes` : n < 1_000_000 ? `${(n / 1_000).toFixed(1)} kB` : `${(n / 1_000_000).toFixed(1)} MB`

/** Choose or drop a file, see what it is, give it a name, and hand it over. */
function Start() {
  const queries = useQueryClient()
  const sending = useUpload()
  const [chosen, setChosen] = useState<Chosen>()
  const [name, setName] = useState('')
  const [isOver, setOver] = useState(false)
  const choose = async (file: File | null) => {
    if (!file) return
    const looked = await look(file)
    setChosen(looked)
    setName(file.name.slice(0, 200))
  }
  if (sending && !sending.trouble)
    return (
      <Card withBorder component="section" aria-label="Handing over">
        <Stack gap="xs">
          <Group justify="space-between">
            <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
              Handing over {sending.name}
            </Text>
            <Button size="xs" variant="default" onClick={cancelUpload}>
              Stop
            </Button>
          </Group>
          <Bar value={sending.sent} of={sending.size} label={`Handing over ${sending.name}`} />
          <Text size="sm" className="tabular">
            {bytes(sending.sent)} of {bytes(sending.size)}. Keep this page open until it is handed over; you may look at
            others.
          </Text>
        </Stack>
      </Card>
    )
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void choose(event.dataTransfer.files[0] ?? null)
  }
  return (
    <Stack gap="sm">
      {sending?.trouble && (
        <Alert
          color="red"
          icon={<IconAlertTriangle aria-hidden />}
          title={`${sending.name} was not taken`}
          role="alert"
        >
          <Text size="sm">{sending.trouble}</Text>
        </Alert>
      )}
      <Paper
        withBorder
        p="lg"
        component="section"
        aria-label="Start an import"
        onDragOver={event => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        style={{ borderStyle: 'dashed', ...(isOver && { borderColor: 'var(--mantine-primary-color-filled)' }) }}
      >
        {chosen ? (
          <form
            onSubmit={event => {
              event.preventDefault()
              void upload(chosen, name, queries).then(isTaken => isTaken && setChosen(undefined))
            }}
          >
            <Stack gap="sm">
              <Group gap="xs">
                <Badge variant="default" tt="none">
                  {chosen.type === 'text/csv' ? 'CSV' : 'NDJSON'}
                </Badge>
                <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {chosen.file.name}, {bytes(chosen.file.size)}
                </Text>
              </Group>
              <SegmentedControl
                aria-label="What it holds"
                data={kinds}
                value={chosen.kind}
                onChange={kind => void look(chosen.file, kind as ImportKind).then(setChosen)}
                style={{ alignSelf: 'start' }}
              />
              {chosen.finds.map(find => (
                <Alert
                  key={find.words}
                  color={find.isBad ? 'yellow' : 'blue'}
                  icon={find.isBad ? <IconAlertTriangle aria-hidden /> : <IconCheck aria-hidden />}
                >
                  <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                    {find.words}
                  </Text>
                </Alert>
              ))}
              <TextInput
                label="Name"
                description="Under which you find it in the list"
                required
                withAsterisk={false}
                maxLength={200}
                maw={420}
                value={name}
                onChange={event => setName(event.currentTarget.value)}
              />
              <Group>
                <Button type="submit" leftSection={<IconUpload size={16} aria-hidden />}>
                  Start the import
                </Button>
                <Button variant="default" onClick={() => setChosen(undefined)}>
                  Another file
                </Button>
              </Group>
            </Stack>
          </form>
        ) : (
          <Group justify="center" gap="sm" mih={72}>
            <IconFileImport size={28} stroke={1.5} aria-hidden />
            <Text size="sm">Drop a CSV or NDJSON file here, or</Text>
            <FileButton onChange={choose} accept=".csv,.ndjson,.jsonl,text/csv,application/x-ndjson">
              {props => <Button {...props}>Choose a file</Button>}
            </FileButton>
          </Group>
        )}
      </Paper>
    </Stack>
  )
}

const looks = {
  uploading: { color: 'blue', Icon: IconUpload, words: 'being handed over' },
  running: { color: 'blue', Icon: IconLoader, words: 'running' },
  done: { color: 'green', Icon: IconCheck, words: 'done' },
  failed: { color: 'red', Icon: IconX, words: 'failed' },
} as const

function ImportCard({ import: one, isLinked }: { import: Import; isLinked: boolean }) {
  const [isOpen, setOpen] = useState(isLinked)
  const { color, Icon, words } = looks[one.state]
  const isGoing = one.state === 'running' || one.state === 'uploading'
  // A toast leads here while the page may be open already.
  useEffect(() => {
    if (!isLinked) return
    setOpen(true)
    document.getElementById(one.id)?.scrollIntoView({ block: 'nearest' })
  }, [isLinked, one.id])
  return (
    <Card withBorder id={one.id} component="article" aria-label={one.name}>
      <Stack gap="xs">
        <Group justify="space-between" align="start">
          <Group gap="xs">
            <Title order={2} size="h5" style={{ overflowWrap: 'anywhere' }}>
              {one.name}
            </Title>
            <Badge variant="light" color={color} autoContrast tt="none" leftSection={<Icon size={13} aria-hidden />}>
              {words}
            </Badge>
            {one.kind === 'subscriptions' && (
              <Badge variant="default" tt="none">
                subscriptions
              </Badge>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {one.by ? `${one.by}, ` : ''}
            <Time at={one.startedAt} />
          </Text>
        </Group>
        {one.state === 'running' && (
          <>
            <Bar value={one.readBytes} of={one.bytes} label={`Progress of ${one.name}`} />
            <Text size="xs" c="dimmed" className="tabular">
              {bytes(one.readBytes)} of {bytes(one.bytes)} read. It goes on when you leave this page.
            </Text>
          </>
        )}
        {one.failure && (
          <Text size="sm" c="red">
            {one.failure}
          </Text>
        )}
        <Group gap="xs" style={{ columnGap: 24 }}>
          <Count n={one.read} words={one.read === 1 ? 'line read' : 'lines read'} />
          <Count n={one.taken} words="taken" />
          <Count n={one.made} words="of them new" />
          <Count n={one.bad} words="bad" isBad={one.bad > 0} />
          {one.bad > 0 && (
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => setOpen(!isOpen)}
              aria-expanded={isOpen}
              aria-controls={`${one.id}-bad`}
            >
              {isOpen ? 'Hide the bad lines' : 'Show the bad lines'}
            </Button>
          )}
        </Group>
        <Collapse expanded={isOpen && one.bad > 0} id={`${one.id}-bad`} keepMounted={false}>
          <BadLines import={one} isGoing={isGoing} />
        </Collapse>
      </Stack>
    </Card>
  )
}

const Count = ({ n, words, isBad = false }: { n: number; words: ReactNode; isBad?: boolean }) => (
  <Text size="sm" className="tabular" {...(isBad && { c: 'red', fw: 600 })}>
    <b>{count(n)}</b> {words}
  </Text>
)

function BadLines({ import: one, isGoing }: { import: Import; isGoing: boolean }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['import', one.id, one.bad],
    queryFn: ({ signal }) => client.getImport(one.id, { signal }),
    placeholderData: before => before,
    staleTime: isGoing ? 0 : Number.POSITIVE_INFINITY,
  })
  if (error) return <Failed error={error} again={() => void refetch()} />
  if (!data) return <Waiting what="Loading the bad lines" />
  const { problems } = data
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm">
          {one.bad > problems.length
            ? `The first ${count(problems.length)} of ${count(one.bad)}. Mend them and import the file again: lines that were taken stay as they are.`
            : 'Mend them and import the file again: lines that were taken stay as they are.'}
        </Text>
        <DownloadBadLines problems={problems} name={one.name} />
      </Group>
      <BadLinesTable problems={problems} name={one.name} />
    </Stack>
  )
}
