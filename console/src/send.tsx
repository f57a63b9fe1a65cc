// Send one text now: a template or one's own words, seen as the phone will show it before it goes. A draft has one
// idempotency key, so that a second click or a retry sends once; and it stays until an answer came, whatever goes wrong.
import {
  Alert,
  Anchor,
  Box,
  Button,
  Grid,
  Group,
  List,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core'
import { getHotkeyHandler, useDebouncedValue } from '@mantine/hooks'
import { IconSend } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Body } from '@usher/contract/client'
import type { Acceptance, Preview } from '@usher/contract/message'
import type { Purpose } from '@usher/contract/purpose'
import { useRef, useState } from 'react'
import { plain } from './alphabet.ts'
import { Bubble } from './bubble.tsx'
import { client, isProblem, sentence } from './client.ts'
import { dropDown } from './drop-down.ts'
import { exact } from './format.tsx'
import { byGroup, purposesByHand } from './purpose-groups.ts'
import { StateBadge } from './states.tsx'
import { mostCharacters, Takes, TooLong } from './takes.tsx'
import { tell } from './toast.tsx'

type Draft = Omit<Body<'sendMessage'>, 'subscriber' | 'number'>

/** A variable that the text itself asks about (`{% if amount != blank %}`) may be left empty. */
const mayBeBlank = (texts: Record<string, string>, variable: string) =>
  Object.values(texts).some(text => new RegExp(`\\b${variable.replace(/\W/g, '.')}\\s*[!=]=\\s*blank`).test(text))

export function Send({ subscriber }: { subscriber: string }) {
  const queries = useQueryClient()
  const [by, setBy] = useState<'template' | 'words'>('template')
  const [template, setTemplate] = useState<string | null>(null)
  const [values, setValues] = useState<Record<string, string>>({})
  const [words, setWords] = useState('')
  const [purpose, setPurpose] = useState<Purpose>('reply.support')
  const [answer, setAnswer] = useState<Acceptance>()

  const filled = useFilled(by === 'template' ? template : null, values, subscriber)
  const isTooLong = by === 'words' && words.length > mostCharacters
  const draft: Draft | undefined =
    by === 'words'
      ? words.trim() === '' || isTooLong
        ? undefined
        : { text: words, purpose }
      : filled?.purpose && filled.missing.length === 0
        ? { template: template!, data: filled.data, purpose: filled.purpose }
        : undefined
  const preview = usePreview(draft && { subscriber, ...draft })

  // The key belongs to what is sent: another text gets another, and so does the same text written anew once it was taken.
  const keyed = useRef<{ draft: string; key: string; isTaken?: boolean }>(undefined)
  const keyOf = (sent: Draft) => {
    const text = JSON.stringify(sent)
    if (keyed.current?.draft !== text) keyed.current = { draft: text, key: crypto.randomUUID() }
    return keyed.current.key
  }
  const sending = useMutation({
    mutationFn: (sent: Draft) => client.sendMessage({ subscriber, ...sent }, { idempotencyKey: keyOf(sent) }),
    onSuccess: taken => {
      setAnswer(taken)
      void queries.invalidateQueries({ queryKey: ['messages'] })
      if (taken.state === 'refused') {
        // Asked again it is judged anew: what stood against it may be mended.
        keyed.current = undefined
        return
      }
      if (keyed.current) keyed.current.isTaken = true
      setWords('')
      setValues({})
      tell({
        id: taken.id,
        title: taken.state === 'held' ? 'Taken; it waits for its hour' : 'On its way',
        message: taken.notBefore && taken.state === 'held' ? `It leaves ${exact(taken.notBefore)}.` : undefined,
        link: {
          to: `/messages?${new URLSearchParams({ subscriber, open: taken.id })}`,
          words: 'See what becomes of it',
        },
      })
    },
    onError: error => {
      if (isProblem(error, 'unknown_subscriber'))
        void queries.invalidateQueries({ queryKey: ['subscriber', subscriber] })
    },
  })
  const change = () => {
    setAnswer(undefined)
    if (keyed.current?.isTaken) keyed.current = undefined
    if (sending.isError) sending.reset()
  }
  const send = () => {
    if (draft && !sending.isPending) sending.mutate(draft)
  }

  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, xs: 7 }}>
        <Stack gap="sm" onKeyDown={getHotkeyHandler([['mod+Enter', send]])}>
          <SegmentedControl
            aria-label="What to send"
            value={by}
            onChange={chosen => {
              change()
              setBy(chosen as typeof by)
            }}
            data={[
              { value: 'template', label: 'A template' },
              { value: 'words', label: 'Own words' },
            ]}
          />
          {by === 'template' ? (
            <>
              <TemplatePicker
                value={template}
                onChange={name => {
                  change()
                  setTemplate(name)
                }}
              />
              {filled?.error ? <Text size="sm">{sentence(filled.error)}</Text> : null}
              {filled?.variables.map(variable => (
                <TextInput
                  key={variable}
                  label={variable}
                  description={
                    filled.missing.includes(variable) ? undefined : values[variable] ? undefined : 'May stay empty'
                  }
                  required={!filled.optional.includes(variable)}
                  withAsterisk={false}
                  attributes={{ input: { dir: 'auto' } }}
                  maxLength={mostCharacters}
                  value={values[variable] ?? ''}
                  onChange={event => {
                    change()
                    setValues({ ...values, [variable]: event.currentTarget.value })
                  }}
                />
              ))}
            </>
          ) : (
            <>
              <Select
                {...dropDown}
                label="Why it is sent"
                description="Consent, hours and caps hang on it"
                searchable
                allowDeselect={false}
                data={purposesByHand}
                value={purpose}
                onChange={chosen => {
                  change()
                  if (chosen) setPurpose(chosen as Purpose)
                }}
              />
              <Textarea
                label="Words"
                attributes={{ input: { dir: 'auto' } }}
                autosize
                minRows={3}
                maxRows={10}
                value={words}
                onChange={event => {
                  change()
                  setWords(event.currentTarget.value)
                }}
              />
              {isTooLong && <TooLong text={words} />}
            </>
          )}
          <Group>
            <Button
              onClick={send}
              disabled={!draft}
              loading={sending.isPending}
              leftSection={<IconSend size={16} aria-hidden />}
            >
              Send now
            </Button>
            {by === 'template' && filled && filled.missing.length > 0 && (
              <Text size="sm" c="dimmed">
                Still to fill in: {filled.missing.join(', ')}
              </Text>
            )}
          </Group>
          <div role="status">
            {sending.isError && !isProblem(sending.error, 'unauthenticated') && (
              <Alert color="red" title="It was not sent">
                {sentence(sending.error)}
              </Alert>
            )}
            {sending.isError && isProblem(sending.error, 'unauthenticated') && (
              <Alert color="yellow" title="It was not sent yet">
                Your session ended. Once you have signed in again, send it; nothing was lost.
              </Alert>
            )}
            {answer && <Answer subscriber={subscriber} answer={answer} />}
          </div>
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, xs: 5 }}>
        <Seen
          preview={draft ? preview : undefined}
          sample={!draft && by === 'template' ? filled?.sample : undefined}
          replace={
            by === 'words'
              ? () => {
                  change()
                  setWords(plain(words))
                }
              : undefined
          }
        />
      </Grid.Col>
    </Grid>
  )
}

function TemplatePicker({ value, onChange }: { value: string | null; onChange: (name: string | null) => void }) {
  const { data, error, isPending } = useQuery({
    queryKey: ['templates'],
    queryFn: ({ signal }) => client.listTemplates({ signal }),
  })
  const grouped = byGroup(data?.items ?? [], one => one.purpose).map(({ group, items }) => ({
    group,
    items: items.map(one => one.name),
  }))
  return (
    <Select
      {...dropDown}
      label="Template"
      placeholder={isPending ? 'Loading' : 'Choose, or type to search'}
      error={error && !data ? sentence(error) : undefined}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Choose no template' }}
      nothingFoundMessage="No template of this name"
      data={grouped}
      value={value}
      onChange={onChange}
    />
  )
}

/** The fields of a template, which are still empty, and how it reads with samples in their place. */
function useFilled(name: string | null, values: Record<string, string>, subscriber: string) {
  const template = useQuery({
    queryKey: ['template', name],
    queryFn: ({ signal }) => client.getTemplate(name!, { signal }),
    enabled: name !== null,
  })
  const [settled] = useDebouncedValue(values, 300)
  const given = Object.fromEntries(Object.entries(settled).filter(([, value]) => value !== ''))
  const { name: _, version, purpose, texts } = template.data ?? {}
  const drafted = useQuery({
    queryKey: ['preview', 'template', name, version, subscriber, given],
    queryFn: ({ signal }) =>
      client.previewTemplate(name!, { purpose: purpose!, texts: texts!, subscriber, data: given }, { signal }),
    enabled: version !== undefined,
    placeholderData: (before, query) => (query?.queryKey[2] === name ? before : undefined),
  })
  if (name === null) return undefined
  const variables = drafted.data?.variables ?? []
  const optional = variables.filter(variable => mayBeBlank(texts ?? {}, variable))
  const chosen = drafted.data?.chosen
  return {
    // Until the variables are known, nothing can be said to be complete.
    purpose: drafted.data && purpose,
    variables,
    optional,
    missing: variables.filter(variable => !values[variable] && !optional.includes(variable)),
    data: Object.fromEntries(variables.map(variable => [variable, values[variable] ?? ''])),
    sample: chosen ? drafted.data?.locales[chosen] : undefined,
    error: template.error ?? drafted.error,
  }
}

function usePreview(draft: Preview | undefined) {
  const [settled] = useDebouncedValue(draft && JSON.stringify(draft), 300)
  const asked = useQuery({
    queryKey: ['preview', 'message', settled],
    queryFn: ({ signal }) => client.previewMessage(JSON.parse(settled!), { signal }),
    enabled: settled !== undefined,
    placeholderData: keepPreviousData,
  })
  return asked
}

function Seen({
  preview,
  sample,
  replace,
}: {
  preview: ReturnType<typeof usePreview> | undefined
  sample: NonNullable<ReturnType<typeof useFilled>>['sample']
  replace: (() => void) | undefined
}) {
  const result = preview ? (preview.error ? undefined : preview.data) : (sample?.result ?? undefined)
  const problem = preview?.error
    ? isProblem(preview.error, 'unauthenticated')
      ? undefined
      : sentence(preview.error)
    : preview
      ? undefined
      : sample?.problems[0]?.detail
  const forced = result?.forcedBy
  return (
    <Stack gap="sm" aria-live="polite" aria-busy={preview?.isFetching ?? false}>
      <Text size="sm" fw={600}>
        How it will look
      </Text>
      {problem ? (
        <Text size="sm">{problem}</Text>
      ) : !result ? (
        <Text size="sm" c="dimmed">
          Choose a template or write something, and it is shown here with what it takes and costs.
        </Text>
      ) : (
        <Box>
          <Bubble
            direction="out"
            text={result.text}
            segments={result.segments}
            pointAt={forced ? { index: forced.index, length: forced.char.length } : undefined}
          />
          {!preview && (
            <Text size="xs" c="dimmed" mt={4}>
              Samples stand where you have not written anything yet.
            </Text>
          )}
          <Box mt="sm">
            <Takes result={result} replace={replace} />
          </Box>
        </Box>
      )}
    </Stack>
  )
}

/** Times stand in sentences as the API writes them. */
const dated = (said: string) => said.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, exact)

function Answer({ subscriber, answer }: { subscriber: string; answer: Acceptance }) {
  const { id, state, reasons, notBefore } = answer
  const isRefused = state === 'refused'
  const title = isRefused
    ? 'Usher refused to send it'
    : state === 'held' && notBefore
      ? `It waits until ${exact(notBefore)}`
      : 'It is on its way'
  return (
    <Alert color={isRefused ? 'gray' : state === 'held' ? 'violet' : 'blue'} title={title}>
      <Stack gap={6} align="flex-start">
        {reasons.length > 0 && (
          <List size="sm">
            {reasons.map(({ rule, sentence }) => (
              <List.Item key={rule}>{dated(sentence)}</List.Item>
            ))}
          </List>
        )}
        <Group gap="sm">
          <StateBadge state={state} />
          <Anchor
            size="sm"
            c="var(--mantine-color-text)"
            renderRoot={props => <Link to="/messages" search={{ subscriber, open: id }} {...props} />}
          >
            {isRefused ? 'See each rule that was asked' : 'See what becomes of it'}
          </Anchor>
        </Group>
      </Stack>
    </Alert>
  )
}
