// The line as it is configured, and how a page changes it: from the version that the change was begun on, so that nobody
// writes over what somebody else saved meanwhile without having been told.
import { Alert, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Line } from '@usher/contract/carrier'
import { type ReactNode, useState } from 'react'
import { client, isProblem, sentence } from '../../client.ts'
import { Time } from '../../format.tsx'

export const carriersQuery = {
  queryKey: ['carriers'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.listCarriers({ signal }),
  refetchInterval: 2_000,
}
export const lineQuery = {
  queryKey: ['line'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.getLine({}, { signal }),
  // Somebody else may change it meanwhile.
  refetchInterval: 15_000,
}

export const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** A change of the line. Its answer is the line as it is now, which every page shows at once. */
export function useChange<V>(change: (value: V) => Promise<Line>, changed: (line: Line, value: V) => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: (line, value) => {
      queries.setQueryData(['line'], line)
      for (const queryKey of [['carriers'], ['line-versions']]) void queries.invalidateQueries({ queryKey })
      changed(line, value)
    },
    onError: error => {
      if (isProblem(error, 'line_changed', 'unknown_carrier', 'unknown_sender'))
        void queries.invalidateQueries({ queryKey: ['line'] })
    },
  })
}

export interface Draft<T> {
  value: T
  /** What it was when it was begun, and in which version. */
  base: T
  version: number
}

/** What is typed. While nothing is, it follows what is saved; from then on it stays what was typed, over every new version. */
export function useDraft<T>(saved: T, version: number) {
  const [edits, setEdits] = useState<Draft<T>>()
  const isChanged = edits !== undefined && !isSame(edits.value, edits.base)
  const draft: Draft<T> = isChanged ? edits : { value: saved, base: saved, version }
  return {
    ...draft,
    isChanged,
    isOvertaken: isChanged && version > draft.version,
    /** Whether the newer version changed this very thing. */
    isContested: isChanged && !isSame(draft.base, saved),
    change: (value: T) => setEdits({ ...draft, value }),
    drop: () => setEdits(undefined),
    goOn: () => setEdits({ value: draft.value, base: saved, version }),
  }
}

/** A newer version came while something was typed: which, and the way on. */
export function Overtaken({
  line,
  draft: { isOvertaken, isContested, goOn },
  what,
}: {
  line: Line
  draft: { isOvertaken: boolean; isContested: boolean; goOn: () => void }
  what: string
}) {
  return (
    <div role="status">
      {isOvertaken && (
        <Alert
          color="yellow"
          icon={<IconAlertTriangle aria-hidden />}
          title={`Version ${line.version} was saved while you were writing`}
        >
          <Stack gap="xs" align="flex-start">
            <Text size="sm">
              {line.by ?? 'Usher'}, {line.at ? <Time at={line.at} /> : 'at its start'}: {line.what}. What you typed is
              still here.{' '}
              {isContested
                ? `It changed ${what}, too: what you save takes the place of that.`
                : `It did not change ${what}.`}
            </Text>
            <Button size="compact-sm" variant="default" onClick={goOn}>
              Read it again, keep what I typed
            </Button>
          </Stack>
        </Alert>
      )}
    </div>
  )
}

/** What is wrong with what was sent, by its place: `binds.0.host`. */
export interface Fault {
  at: string
  detail: string
}

/** Places are told from the body or from the whole line; `within` is what is being edited, such as `carriers.northline`. */
export function faultsOf(error: unknown, within: string): Fault[] {
  if (!isProblem(error, 'wrong_line', 'invalid_request')) return []
  return error.errors.map(({ at, detail }) => {
    const path = at
      .replace(/^\//, '')
      .replaceAll('/', '.')
      .replace(/^body\./, '')
    return { at: path.startsWith(`${within}.`) ? path.slice(within.length + 1) : path, detail }
  })
}

/** The sentences for one field. */
export function faultAt(faults: readonly Fault[], at: string): string | undefined {
  const about = faults.filter(fault => fault.at === at)
  return about.length === 0 ? undefined : about.map(({ detail }) => detail).join(' ')
}

/** What stopped a save as a whole: what no field of the form shows is listed here. */
export function NotSaved({
  error,
  faults,
  isShown,
}: {
  error: unknown
  faults: readonly Fault[]
  isShown: (at: string) => boolean
}) {
  // What the page tells by itself, with a way on.
  if (!error || isProblem(error, 'line_changed')) return null
  const others = faults.filter(({ at }) => !isShown(at))
  const isEnded = isProblem(error, 'unauthenticated')
  return (
    <Alert
      color={isEnded ? 'yellow' : 'red'}
      icon={<IconAlertTriangle aria-hidden />}
      title="It was not saved"
      role="alert"
    >
      <Text size="sm">
        {isEnded
          ? 'Your session ended. Once you have signed in again, save it; nothing was lost.'
          : faults.length > 0
            ? (isProblem(error) && error.detail) || 'What is wrong stands at its field.'
            : sentence(error)}
      </Text>
      {others.map(({ at, detail }) => (
        <Text key={at + detail} size="sm">
          {at && `${at}: `}
          {detail}
        </Text>
      ))}
    </Alert>
  )
}

/** What stands at the foot of the window while one writes: what stopped a save, and the way to save or go back. */
export const Foot = ({ children }: { children: ReactNode }) => (
  <Paper
    component="section"
    aria-label="Changes"
    withBorder
    p="xs"
    style={{ position: 'sticky', bottom: 8, zIndex: 5 }}
  >
    <Stack gap="xs">{children}</Stack>
  </Paper>
)

/** Saves, or goes back. */
export function Saving({
  isChanged,
  isSaving,
  canSave = true,
  save,
  drop,
  said,
}: {
  isChanged: boolean
  isSaving: boolean
  canSave?: boolean
  save?: () => void
  drop: () => void
  said: string
}) {
  return (
    <Group justify="flex-end" gap="xs">
      <Text size="sm" flex="1 1 130px">
        {isChanged ? 'Not saved yet.' : said}
      </Text>
      <Button variant="default" disabled={!isChanged || isSaving} onClick={drop}>
        Discard
      </Button>
      <Button type={save ? 'button' : 'submit'} disabled={!isChanged || !canSave} loading={isSaving} onClick={save}>
        Save
      </Button>
    </Group>
  )
}
