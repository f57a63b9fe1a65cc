// A new carrier: its name, how it is spoken to, and what the protocol asks for.
import { Anchor, Button, Card, Group, Radio, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Line } from '@usher/contract/carrier'
import { useState } from 'react'
import { client, isProblem } from '../../client.ts'
import { Leaving } from '../../leaving.tsx'
import { Failed, NotAllowed, Page, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import { CarrierForm } from './carrier-form.tsx'
import {
  allSettings,
  type CarrierDraft,
  inputOf,
  newDraft,
  type Protocol,
  protocols,
  twins,
} from './carrier-settings.ts'
import { faultAt, faultsOf, isSame, lineQuery, useChange } from './line.tsx'

export function NewCarrier() {
  const mayWrite = useMay('carriers:write')
  const { data, error, isPending, refetch } = useQuery(lineQuery)
  return (
    <Page title="Add a carrier">
      <Anchor size="sm" renderRoot={props => <Link to="/carriers" {...props} />}>
        All carriers
      </Anchor>
      {!mayWrite ? (
        <NotAllowed needs="carriers:write" />
      ) : isPending ? (
        <Waiting what="Loading the line" />
      ) : data === undefined ? (
        <Failed error={error} again={() => void refetch()} />
      ) : (
        <Form line={data} />
      )}
    </Page>
  )
}

/** As the contract has it. */
const isName = (name: string) => /^[a-z][a-z0-9_-]{0,31}$/.test(name)

function Form({ line }: { line: Line }) {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [draft, setDraft] = useState<CarrierDraft>(() => newDraft('smpp'))
  const save = useChange(
    () => client.putCarrier(name, inputOf(draft), { version: line.version }),
    () => {
      tell({
        title: `${name} is added`,
        message: 'No text goes to it before a route leads there.',
        link: { to: '/carriers?tab=routes', words: 'Routes' },
      })
      void navigate({ to: '/carriers/$name', params: { name }, ignoreBlocker: true })
    },
  )
  const isTaken = line.carriers.some(one => one.name === name)
  const twin = twins(draft.values, allSettings(draft.protocol))
  const wrong =
    name === ''
      ? undefined
      : !isName(name)
        ? 'A name begins with a letter and has lower-case letters, digits, - and _.'
        : isTaken
          ? 'There is a carrier of this name already.'
          : faultAt(faultsOf(save.error, `carriers.${name}`), 'name')
  const change = (next: CarrierDraft) => {
    if (save.isError) save.reset()
    setDraft(next)
  }
  return (
    <Stack maw={860}>
      <CarrierForm
        name={name}
        draft={draft}
        stored={[]}
        change={change}
        error={save.error}
        submit={() => name !== '' && wrong === undefined && !twin && save.mutate(undefined)}
        head={
          <Card withBorder component="section" aria-label="What it is">
            <Stack gap="sm">
              <TextInput
                label="Name"
                description="Short, for routes and figures; it does not change later."
                placeholder="northline"
                autoComplete="off"
                spellCheck={false}
                maxLength={32}
                maw={360}
                required
                withAsterisk={false}
                value={name}
                onChange={event => setName(event.currentTarget.value)}
                error={wrong}
              />
              <Radio.Group
                label="How it is spoken to"
                value={draft.protocol}
                onChange={protocol => change(newDraft(protocol as Protocol))} // of the table below
              >
                <SimpleGrid cols={{ base: 1, sm: 2 }} mt="xs">
                  {Object.entries(protocols).map(([protocol, { title, means }]) => (
                    <Radio key={protocol} value={protocol} label={title} description={means} />
                  ))}
                </SimpleGrid>
              </Radio.Group>
            </Stack>
          </Card>
        }
        foot={
          <Group justify="flex-end">
            {(twin || isProblem(save.error, 'line_changed')) && (
              <Text size="sm" c="red" role="alert" flex={1}>
                {twin ??
                  'Somebody changed the line meanwhile. It was read again, and what you typed is here: add it once more.'}
              </Text>
            )}
            <Button variant="default" renderRoot={props => <Link to="/carriers" {...props} />}>
              Cancel
            </Button>
            <Button
              type="submit"
              disabled={name === '' || wrong !== undefined || twin !== undefined}
              loading={save.isPending}
            >
              Add the carrier
            </Button>
          </Group>
        }
      />
      <Leaving isChanged={name !== '' || !isSame(draft, newDraft(draft.protocol))} what="the new carrier" />
    </Stack>
  )
}
