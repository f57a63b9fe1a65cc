// A file of numbers that are not to be texted, from another system or a carrier. It is worked through while it is handed over,
// so that what was sent of it is how far it is.
import { Alert, Button, Code, FileButton, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconDownload } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { createClient } from '@usher/contract/client'
import type { Session } from '@usher/contract/operator'
import type { SuppressionReport } from '@usher/contract/suppression'
import { useRef, useState } from 'react'
import { BadLinesTable, Bar, DownloadBadLines, download } from '../../bad-lines.tsx'
import { sentence } from '../../client.ts'
import { count } from '../../format.tsx'
import { sessionQuery } from '../../session.tsx'
import { decisionKey } from '../../would-it-go.tsx'
import { telling } from '../imports/upload.ts'
import { suppressionsKey } from './looks.ts'

const example = `number,scope,reason,at,note
+442079460123,promotional,stop,2025-04-02T10:00:00Z,from the former system
+12125550199,all,dead,,
`

type Done = Extract<SuppressionReport, { done: object }>['done']
type Bad = Extract<SuppressionReport, { line: number }>

export function ImportSuppressions({ close }: { close: () => void }) {
  const queries = useQueryClient()
  const [sent, setSent] = useState(0)
  const stopping = useRef(new AbortController())
  const run = useMutation({
    mutationFn: async (file: File) => {
      stopping.current = new AbortController()
      setSent(0)
      const client = createClient({
        baseUrl: window.location.origin,
        headers: () => {
          const csrf = queries.getQueryData<Session>(sessionQuery.queryKey)?.csrf
          return csrf ? { 'x-usher-csrf': csrf } : {}
        },
        fetch: telling(setSent),
      })
      const type = /\.(ndjson|jsonl?)$/i.test(file.name) ? ('application/x-ndjson' as const) : ('text/csv' as const)
      const bad: Bad[] = []
      let done: Done | undefined
      for await (const report of client.importSuppressions(file, { type, signal: stopping.current.signal }))
        if ('line' in report) bad.push(report)
        else if ('done' in report) done = report.done
      if (!done) throw new TypeError('The answer was cut off.')
      return { done, problems: bad.map(({ line, problem }) => ({ line, ...problem })) }
    },
    onSettled: async () => {
      for (const key of [suppressionsKey, decisionKey, ['messages']]) await queries.invalidateQueries({ queryKey: key })
    },
  })
  const file = run.variables
  const choose = (chosen: File | null) => chosen && run.mutate(chosen)
  const isStopped = run.isError && stopping.current.signal.aborted
  return (
    <Paper withBorder p="md" component="section" aria-label="Import suppressions">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={2} size="h5">
            Import suppressions
          </Title>
          <Button size="xs" variant="default" onClick={close} disabled={run.isPending}>
            Close
          </Button>
        </Group>
        {run.isPending && file ? (
          <>
            <Bar value={sent} of={file.size} label={`Progress of ${file.name}`} />
            <Group justify="space-between" gap="xs">
              <Text size="sm" className="tabular">
                {file.name}: {Math.floor((sent / Math.max(1, file.size)) * 100)} % handed over. Keep this page open.
              </Text>
              <Button size="xs" variant="default" onClick={() => stopping.current.abort()}>
                Stop
              </Button>
            </Group>
          </>
        ) : (
          <>
            <Text size="sm">
              A CSV with a header line, or NDJSON. Only the number is needed: a line without more blocks everything.
              What waits for a number is cancelled as its line is taken; a line that is there already changes nothing.
            </Text>
            {!run.data && (
              <Code block tabIndex={0} role="region" aria-label="Example of a CSV">
                {example}
              </Code>
            )}
            <Group gap="xs">
              <FileButton onChange={choose} accept=".csv,.ndjson,.jsonl,text/csv,application/x-ndjson">
                {props => (
                  <Button size="xs" {...props}>
                    {run.data || run.isError ? 'Another file' : 'Choose a file'}
                  </Button>
                )}
              </FileButton>
              <Button
                size="xs"
                variant="default"
                leftSection={<IconDownload size={14} aria-hidden />}
                onClick={() => download('suppressions.csv', example)}
              >
                Download the example
              </Button>
            </Group>
          </>
        )}
        {run.isError && (
          <Alert color={isStopped ? 'yellow' : 'red'} icon={<IconAlertTriangle aria-hidden />} role="alert">
            <Text size="sm">
              {isStopped ? 'It was stopped.' : sentence(run.error)} Lines that were taken until then stay; the same file
              can be imported again.
            </Text>
          </Alert>
        )}
        {run.data && file && <Ended name={file.name} {...run.data} />}
      </Stack>
    </Paper>
  )
}

function Ended({
  name,
  done,
  problems,
}: {
  name: string
  done: Done
  problems: { line: number; code: string; detail: string }[]
}) {
  return (
    <>
      <Alert
        color={done.bad > 0 ? 'yellow' : 'green'}
        icon={done.bad > 0 ? <IconAlertTriangle aria-hidden /> : <IconCheck aria-hidden />}
        title={`${name} is imported`}
        role="status"
      >
        <Text size="sm" className="tabular">
          {count(done.taken)} of {count(done.read)} lines taken, {count(done.made)} of them new; {count(done.bad)} bad.{' '}
          {count(done.cancelled)} waiting texts were cancelled.
        </Text>
      </Alert>
      {problems.length > 0 && (
        <>
          <Group justify="space-between" gap="xs">
            <Text size="sm">
              {done.bad > problems.length
                ? `The first ${count(problems.length)} of ${count(done.bad)} bad lines.`
                : 'Mend them and import the file again.'}
            </Text>
            <DownloadBadLines problems={problems} name={name} />
          </Group>
          <BadLinesTable problems={problems} name={name} />
        </>
      )}
    </>
  )
}
