// The form that changes a journey. What changes is told, and tried on the last days, before it is saved; who saved meanwhile
// is not overwritten unseen.
import { Alert, Button, Grid, Group, List, Paper, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconAlertTriangle, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Journey } from '@usher/contract/journey'
import { useState } from 'react'
import { client, isProblem, sentence } from '../../client.ts'
import { problemAt } from '../../field-problem.ts'
import { Leaving } from '../../leaving.tsx'
import { tell } from '../../toast.tsx'
import { Part } from '../policy/fields.tsx'
import { changesOf } from './changes.ts'
import { ConditionsField } from './conditions-field.tsx'
import { type Draft, draftOf, inOrder, inputOf, isInOrder, lacking, newStep, savedAs } from './draft.ts'
import { DryRuns, useDryRun } from './dry-run.tsx'
import css from './editor.module.css'
import { useSaveJourney } from './queries.ts'
import { StepField } from './step-field.tsx'

const mostSteps = 12

/** What is being written, and the version it was begun on. */
interface Begun {
  base: Journey
  draft: Draft
}

export function Editor({ saved }: { saved: Journey }) {
  const [begun, setBegun] = useState<Begun>()
  const [fresh, setFresh] = useState(() => ({ of: saved, draft: draftOf(inputOf(saved)) }))
  // Where nothing is typed the form follows what is saved.
  if (!begun && fresh.of.version !== saved.version) setFresh({ of: saved, draft: draftOf(inputOf(saved)) })
  const { base, draft } = begun ?? { base: fresh.of, draft: fresh.draft }
  const lacks = lacking(draft)
  const input = lacks === undefined ? savedAs(draft) : undefined
  const changes = input ? changesOf(inputOf(base), input) : []
  const isChanged = begun !== undefined && (lacks !== undefined || changes.length > 0)
  const newer = isChanged && saved.version !== base.version ? saved : undefined

  const templates = useQuery({
    queryKey: ['templates'],
    queryFn: ({ signal }) => client.listTemplates({ signal }),
  })
  const offered = (templates.data?.items ?? []).filter(({ purpose }) => purpose === draft.purpose).map(one => one.name)
  const trying = useDryRun()
  const saving = useSaveJourney(made => {
    setBegun(undefined)
    setFresh({ of: made, draft: draftOf(inputOf(made)) })
    tell({
      id: `journey-${made.name}`,
      title: `Saved as version ${made.version}`,
      message: 'Every step that is still to come goes by it within two seconds.',
      undo: () => saving.mutate({ name: made.name, journey: inputOf(base), version: made.version }),
    })
    trying.forget()
  })
  const change = (to: Partial<Draft>) => {
    if (saving.isError) saving.reset()
    setBegun({ base, draft: { ...draft, ...to } })
  }
  const changeStep = (key: string, to: Partial<Draft['steps'][number]>) =>
    change({ steps: draft.steps.map(step => (step.key === key ? { ...step, ...to } : step)) })
  /** The places that the server names are those of the steps in their order. */
  const ordered = () => {
    const next = inOrder(draft)
    if (!isInOrder(draft)) setBegun({ base, draft: next })
    return savedAs(next)
  }
  const save = (version: number) => {
    if (input && !saving.isPending) saving.mutate({ name: saved.name, journey: ordered(), version })
  }
  const discard = () => {
    const mine = begun
    saving.reset()
    setBegun(undefined)
    tell({ title: 'Your changes were discarded', undo: () => setBegun(mine) })
  }
  const canSave = isChanged && input !== undefined && newer === undefined
  useHotkeys([['mod+S', () => canSave && save(base.version)]], [])
  const failed = saving.error ?? trying.error
  const at = (field: string) => problemAt(failed, `journey.${field}`)

  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (canSave) save(base.version)
      }}
    >
      <Leaving isChanged={isChanged} what={base.title} />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <Part title="What it is">
              <TextInput
                label="Title"
                maxLength={80}
                value={draft.title}
                error={at('title')}
                onChange={event => change({ title: event.currentTarget.value })}
              />
              <Textarea
                label="What it is for"
                autosize
                minRows={2}
                maxLength={400}
                value={draft.about}
                error={at('about')}
                onChange={event => change({ about: event.currentTarget.value })}
              />
              <Switch
                label="On"
                description="Off, it goes on counting its days and texts nobody"
                checked={draft.isOn}
                onChange={event => change({ isOn: event.currentTarget.checked })}
              />
            </Part>
            <Part
              title="Only where"
              about="All of these, or it does not start, and one that is under way ends. A field is of the event, or of the subscription where the event does not name it."
            >
              <ConditionsField
                of="The journey"
                conditions={draft.only}
                problemOf={i => at(`only.${i}`)}
                change={only => change({ only })}
              />
            </Part>
            <Part title="Steps" about="In the order of their times; saving puts them so.">
              {at('steps') && draft.steps.every((_, i) => at(`steps.${i}`) === undefined) && (
                <Text size="xs" c="red">
                  {at('steps')}
                </Text>
              )}
              {templates.error && !templates.data && <Text size="sm">{sentence(templates.error)}</Text>}
              <Stack component="ol" className="plain" gap="sm">
                {draft.steps.map((step, i) => (
                  <StepField
                    key={step.key}
                    n={i + 1}
                    step={step}
                    anchor={draft.anchor}
                    templates={offered}
                    problemAt={field => at(`steps.${i}.${field}`)}
                    change={to => changeStep(step.key, to)}
                    remove={
                      draft.steps.length === 1
                        ? undefined
                        : () => change({ steps: draft.steps.filter(({ key }) => key !== step.key) })
                    }
                  />
                ))}
              </Stack>
              <Group gap="xs">
                {draft.steps.length < mostSteps && (
                  <Button
                    variant="default"
                    leftSection={<IconPlus size={16} aria-hidden />}
                    onClick={() => change({ steps: [...draft.steps, newStep(draft)] })}
                  >
                    Add a step
                  </Button>
                )}
                {lacks === undefined && !isInOrder(draft) && (
                  <Button variant="default" onClick={() => change(inOrder(draft))}>
                    Put them in the order of their times
                  </Button>
                )}
              </Group>
            </Part>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md" className={css.aside}>
            <Paper withBorder p="md" component="section" aria-label="Changes">
              <Stack gap="sm">
                <Text size="sm" role="status">
                  {!isChanged
                    ? `Nothing is changed. Version ${saved.version} is in force${saved.version === 0 ? ', as it was shipped' : ''}.`
                    : (lacks ?? 'Not saved yet. What changes:')}
                </Text>
                {changes.length > 0 && (
                  <List size="sm">
                    {changes.map(one => (
                      <List.Item key={one} className="anywhere">
                        {one}
                      </List.Item>
                    ))}
                  </List>
                )}
                <div role="alert">
                  {newer ? (
                    <Overtaken
                      base={base}
                      newer={newer}
                      over={() => save(newer.version)}
                      canSave={input !== undefined}
                      drop={() => {
                        const mine = begun
                        saving.reset()
                        setBegun(undefined)
                        tell({ title: `Version ${newer.version} is shown`, undo: () => setBegun(mine) })
                      }}
                    />
                  ) : (
                    saving.isError && <NotSaved error={saving.error} />
                  )}
                </div>
                <Group gap="xs">
                  <Button type="submit" disabled={!canSave} loading={saving.isPending}>
                    Save
                  </Button>
                  <Button
                    variant="default"
                    disabled={input === undefined}
                    loading={trying.isPending}
                    onClick={() => trying.start(saved, ordered(), changes.length > 0)}
                  >
                    Try it on the last 30 days
                  </Button>
                  {isChanged && (
                    <Button variant="subtle" onClick={discard}>
                      Discard
                    </Button>
                  )}
                </Group>
              </Stack>
            </Paper>
            <DryRuns trying={trying} input={input} />
          </Stack>
        </Grid.Col>
      </Grid>
    </form>
  )
}

function NotSaved({ error }: { error: unknown }) {
  const words = isProblem(error, 'unauthenticated')
    ? 'Your session ended. Once you have signed in again, save it; nothing was lost.'
    : isProblem(error, 'journey_changed')
      ? 'Somebody saved it meanwhile. What they saved is being fetched.'
      : isProblem(error) && error.errors.length > 0
        ? error.errors.map(({ at, detail }) => `${placeSaid(at)}${detail}`).join(' ')
        : sentence(error)
  return (
    <Alert
      color={isProblem(error, 'unauthenticated', 'journey_changed') ? 'yellow' : 'red'}
      icon={<IconAlertTriangle aria-hidden />}
      title="It was not saved"
    >
      {words}
    </Alert>
  )
}

/** `body.journey.steps.2.template` is told of as people count. */
function placeSaid(at: string): string {
  const step = /\.steps\.(\d+)/.exec(at)?.[1]
  return step === undefined ? '' : `Step ${Number(step) + 1}: `
}

interface OvertakenProps {
  base: Journey
  newer: Journey
  canSave: boolean
  over: () => void
  drop: () => void
}

function Overtaken({ base, newer, canSave, over, drop }: OvertakenProps) {
  const theirs = changesOf(inputOf(base), inputOf(newer))
  return (
    <Alert
      color="yellow"
      icon={<IconAlertTriangle aria-hidden />}
      title={`Version ${newer.version} was saved while you were writing`}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {theirs.length === 0
            ? 'It says the same as the one you began on.'
            : `Yours began on version ${base.version}. Since then somebody changed this, and it is not in yours:`}
        </Text>
        {theirs.length > 0 && (
          <List size="sm">
            {theirs.map(one => (
              <List.Item key={one} className="anywhere">
                {one}
              </List.Item>
            ))}
          </List>
        )}
        <Group gap="xs">
          <Button size="compact-sm" variant="default" disabled={!canSave} onClick={over}>
            Save mine over version {newer.version}
          </Button>
          <Button size="compact-sm" variant="default" onClick={drop}>
            Take version {newer.version}, drop mine
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}
