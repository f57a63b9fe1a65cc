// One template: its texts side by side, how they look on a phone, its versions, and what uses it. What is typed stays
// until it is saved or thrown away: over an ended session, an error, and somebody else's save.
import { Alert, Button, Grid, Group, List, Paper, Select, Stack, Text } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconAlertTriangle, IconLock } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import type { Purpose } from '@usher/contract/purpose'
import type { Template } from '@usher/contract/template'
import { useState } from 'react'
import { client, isProblem, sentence } from '../client.ts'
import { dropDown } from '../drop-down.ts'
import { count, Time } from '../format.tsx'
import { Leaving } from '../leaving.tsx'
import { fallback, localeName, sorted } from '../locales.ts'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import { purposeChoices } from '../purpose-groups.ts'
import { purposes } from '../purposes.ts'
import { useMay } from '../session.tsx'
import { mostCharacters } from '../takes.tsx'
import { tell } from '../toast.tsx'
import { Plain } from './template/plain.tsx'
import { usePreview, WhatItLooksLike } from './template/preview.tsx'
import { Texts } from './template/texts.tsx'
import { Compare, Versions } from './template/versions.tsx'

export default function OneTemplate() {
  const { name } = useParams({ from: '/templates/$name' })
  const mayWrite = useMay('templates:write')
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['template', name],
    queryFn: async ({ signal }) => {
      try {
        return await client.getTemplate(name, { signal })
      } catch (failed) {
        // One that is not there yet is about to be written.
        if (isProblem(failed, 'unknown_template')) return null
        throw failed
      }
    },
    // Somebody else may save it meanwhile.
    refetchInterval: query => (query.state.data ? 15_000 : false),
  })
  if (error && data === undefined) return <Failed error={error} again={() => void refetch()} />
  if (isPending || data === undefined) return <Waiting what="Loading the template" />
  if (data === null && !mayWrite)
    return (
      <Page title={name}>
        <Empty title="There is no template of this name" action={<Back />}>
          The address may be old, or mistyped.
        </Empty>
      </Page>
    )
  return <Editor key={name} name={name} saved={data} mayWrite={mayWrite} />
}

const Back = () => (
  <Button component={Link} to="/templates" variant="default">
    All templates
  </Button>
)

/** What is being written, and the version it was begun on. */
export interface Draft {
  base: Template | null
  purpose: Purpose
  texts: Record<string, string>
  isPlain: boolean
}

const begin = (name: string, base: Template | null): Draft =>
  base
    ? { base, purpose: base.purpose, texts: base.texts, isPlain: base.isPlain }
    : {
        base,
        purpose: purposes.find(one => one === name) ?? 'reply.support',
        texts: { [fallback]: '' },
        isPlain: false,
      }

type Content = Pick<Draft, 'purpose' | 'texts' | 'isPlain'>
const isSame = (a: Content, b: Content) =>
  a.purpose === b.purpose &&
  a.isPlain === b.isPlain &&
  Object.keys(a.texts).length === Object.keys(b.texts).length &&
  Object.entries(a.texts).every(([locale, text]) => b.texts[locale] === text)

/** Thrown by a save that would replace what its writer has not seen. */
class Overtaken extends Error {}

function Editor({ name, saved, mayWrite }: { name: string; saved: Template | null; mayWrite: boolean }) {
  const queries = useQueryClient()
  const [edits, setEdits] = useState<Draft>()
  const isChanged = edits !== undefined && !isSame(edits, begin(name, edits.base))
  // Where nothing was changed the page follows what is saved.
  const draft = isChanged ? edits : begin(name, saved)
  const [subscriber, setSubscriber] = useState<string | null>(null)
  const [data, setData] = useState<Record<string, string>>({})
  const [looked, setLooked] = useState<string>()
  const preview = usePreview(name, draft, subscriber, data)
  const [isComparing, setComparing] = useState(false)

  const newer = saved !== null && saved.version > (draft.base?.version ?? 0) ? saved : undefined
  const saving = useMutation({
    mutationFn: async ({ base, purpose, texts, isPlain }: Draft) => {
      const latest = await client.getTemplate(name).catch(failed => {
        if (isProblem(failed, 'unknown_template')) return null
        throw failed
      })
      // What the page has told of may be replaced; what it has not is told first.
      if (latest && latest.version > Math.max(base?.version ?? 0, saved?.version ?? 0)) {
        queries.setQueryData(['template', name], latest)
        throw new Overtaken()
      }
      return client.putTemplate(name, { purpose, texts, isPlain })
    },
    onSuccess: (made, sent) => {
      const before = queries.getQueryData<Template | null>(['template', name])
      const versions = made.versions ?? before?.versions
      queries.setQueryData<Template>(['template', name], { ...made, ...(versions && { versions }) })
      // What was typed since it was sent is a change to what was saved.
      setEdits(now => (now && isSame(now, sent) ? undefined : now && { ...now, base: made }))
      for (const queryKey of [['template', name], ['templates'], ['template-use', name]])
        void queries.invalidateQueries({ queryKey })
      tell(
        made.version === sent.base?.version
          ? { title: 'Nothing had changed', message: `Version ${made.version} stays.` }
          : {
              title: `Saved as version ${made.version}`,
              message: 'Texts that are sent from now on are written with it.',
            },
      )
    },
  })
  const change = (next: Partial<Draft>) => {
    if (saving.isError) saving.reset()
    setEdits({ ...draft, ...next })
  }
  const reasons = reasonsOf(saving.error)
  const unwritten = sorted(Object.keys(draft.texts)).filter(locale => draft.texts[locale]!.trim() === '')
  const isTooLong = Object.values(draft.texts).some(text => text.length > mostCharacters)
  const canSave = mayWrite && isChanged && unwritten.length === 0 && !isTooLong
  const discard = () => {
    const mine = edits
    saving.reset()
    setEdits(undefined)
    tell({ title: 'Your changes were discarded', undo: () => setEdits(mine) })
  }
  useHotkeys([['mod+S', () => canSave && !saving.isPending && saving.mutate(draft)]], [])

  return (
    <Page title={name} actions={<Back />}>
      {!mayWrite && (
        <Alert color="gray" icon={<IconLock aria-hidden />} p="xs">
          <Text size="sm">
            Your role looks at templates and does not change them: it lacks templates:write. An administrator can change
            your role under Settings.
          </Text>
        </Alert>
      )}
      {saved === null && (
        <Text size="sm">
          There is no template of this name yet. It is there once you save it, and can be sent then.
        </Text>
      )}
      {mayWrite && (
        <Paper
          component="section"
          aria-label="Changes"
          withBorder
          p="xs"
          style={{ position: 'sticky', top: 60, zIndex: 5 }}
        >
          <Group justify="flex-end" gap="xs">
            <Text size="sm" flex="1 1 130px">
              {unwritten.length > 0
                ? `Before it can be saved: write ${unwritten.map(localeName).join(', ')}${Object.keys(draft.texts).length > 1 ? ', or take it out' : ''}.`
                : isTooLong
                  ? 'One of the texts is too long to be saved.'
                  : isChanged
                    ? 'Not saved yet.'
                    : saved
                      ? `Version ${saved.version} is what is sent.`
                      : 'Nothing is written yet.'}
            </Text>
            <Button variant="default" disabled={!isChanged || saving.isPending} onClick={discard}>
              Discard
            </Button>
            <Button disabled={!canSave} loading={saving.isPending} onClick={() => saving.mutate(draft)}>
              {newer ? `Save over version ${newer.version}` : 'Save'}
            </Button>
          </Group>
        </Paper>
      )}
      <div role="status">
        {newer && (
          <Alert
            color="yellow"
            icon={<IconAlertTriangle aria-hidden />}
            title={`Version ${newer.version} was saved while you were writing`}
          >
            <Stack gap="xs" align="flex-start">
              <Text size="sm">
                Yours began on {draft.base ? `version ${draft.base.version}` : 'nothing'}. Saving it makes version{' '}
                {newer.version + 1}, and what was changed in version {newer.version} is not in it.
              </Text>
              <Group gap="xs">
                <Button size="compact-sm" variant="default" onClick={() => setComparing(true)}>
                  See the difference
                </Button>
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => {
                    const mine = draft
                    setEdits(undefined)
                    tell({ title: `Version ${newer.version} is shown`, undo: () => setEdits(mine) })
                  }}
                >
                  Take version {newer.version}, drop mine
                </Button>
              </Group>
            </Stack>
          </Alert>
        )}
        {saving.isError && !(saving.error instanceof Overtaken) && (
          <Alert
            color={isProblem(saving.error, 'unauthenticated') ? 'yellow' : 'red'}
            icon={<IconAlertTriangle aria-hidden />}
            title="It was not saved"
          >
            {isProblem(saving.error, 'unauthenticated') ? (
              'Your session ended. Once you have signed in again, save it; nothing was lost.'
            ) : Object.keys(reasons).length > 0 ? (
              <List size="sm">
                {Object.entries(reasons).map(([locale, details]) => (
                  <List.Item key={locale}>
                    {localeName(locale)}: {details.join(' ')}
                  </List.Item>
                ))}
              </List>
            ) : (
              sentence(saving.error)
            )}
          </Alert>
        )}
      </div>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md">
            <Select
              {...dropDown}
              label="Why it is sent"
              description="Consent, hours, caps and lane hang on it"
              maw={360}
              searchable
              allowDeselect={false}
              readOnly={!mayWrite}
              data={purposeChoices}
              value={draft.purpose}
              onChange={chosen => chosen && change({ purpose: chosen as Purpose })}
            />
            <Plain
              name={name}
              draft={draft}
              preview={preview.data}
              subscriber={subscriber}
              data={data}
              mayWrite={mayWrite}
              change={isPlain => change({ isPlain })}
            />
            <Texts
              texts={draft.texts}
              base={draft.base?.texts ?? {}}
              preview={preview.data}
              reasons={reasons}
              mayWrite={mayWrite}
              change={texts => change({ texts })}
              look={setLooked}
            />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Stack gap="lg" style={{ position: 'sticky', top: 128 }}>
            <WhatItLooksLike
              preview={preview}
              locales={sorted(Object.keys(draft.texts))}
              looked={looked}
              look={setLooked}
              subscriber={subscriber}
              choose={one => {
                setSubscriber(one)
                setLooked(undefined)
              }}
              data={data}
              setData={setData}
            />
          </Stack>
        </Grid.Col>
      </Grid>
      {saved && (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 8 }}>
            <Versions
              name={name}
              saved={saved}
              draft={draft}
              mayWrite={mayWrite}
              restore={({ version, purpose, texts, isPlain }) => {
                const mine = edits
                setEdits({ base: saved, purpose, texts, isPlain })
                tell({
                  title: `Version ${version} is in the editor`,
                  message: `Saving it makes version ${saved.version + 1}.`,
                  undo: () => setEdits(mine),
                })
              }}
            />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 4 }}>
            <Use name={name} />
          </Grid.Col>
        </Grid>
      )}
      {newer && (
        <Compare
          isOpen={isComparing}
          close={() => setComparing(false)}
          title={`From version ${newer.version} to yours`}
          before={newer.texts}
          after={draft.texts}
        />
      )}
      <Leaving isChanged={isChanged} what={name} />
    </Page>
  )
}

/** What stopped a save, by locale: the problem names the place of each as texts.<locale>. */
function reasonsOf(error: unknown): Record<string, string[]> {
  const reasons: Record<string, string[]> = {}
  if (!isProblem(error)) return reasons
  for (const { at, detail } of error.errors) {
    const locale = /(?:^|\.)texts\.([\w-]+)/.exec(at)?.[1]
    if (locale) reasons[locale] = [...(reasons[locale] ?? []), detail]
  }
  return reasons
}

function Use({ name }: { name: string }) {
  const { data, error } = useQuery({
    queryKey: ['template-use', name],
    queryFn: ({ signal }) => client.templateUse(name, { signal }),
  })
  return (
    <Stack gap={4} component="section" aria-label="What uses it">
      <Text fw={600} component="h2" size="md">
        What uses it
      </Text>
      <Text size="sm">
        {error ? (
          sentence(error)
        ) : !data ? (
          'Counting'
        ) : data.texts30d === 0 ? (
          'No text was written with it in the last 30 days.'
        ) : (
          <>
            {count(data.texts30d)} {data.texts30d === 1 ? 'text was' : 'texts were'} written with it in the last 30 days
            {data.lastAt && (
              <>
                , the last <Time at={data.lastAt} />
              </>
            )}
            .
          </>
        )}
      </Text>
      <Text size="sm" c="dimmed">
        What asks for it by name, in your service or here, gets the newest version.
      </Text>
    </Stack>
  )
}
