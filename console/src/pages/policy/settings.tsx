// The settings of the policy as a form. What would change is said before it is saved; who saved meanwhile is not overwritten.
import { Alert, Button, Group, List, Stack, Switch, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Policy } from '@usher/contract/policy'
import { useState } from 'react'
import { Leaving } from '../../leaving.tsx'
import { Failed, Waiting } from '../../page.tsx'
import { changesOf, groupNames, hoursSaid } from './changes.ts'
import { Part, Whole } from './fields.tsx'
import { NotSaved, policyQuery, useSavePolicy } from './saving.tsx'

const mostHours = 31 * 24
const capped = ['titles', 'offers', 'promotional'] as const
const repeated = ['titles', 'offers', 'account'] as const
/** What a cap begins with where there was none. */
const aCap = { count: 2, hours: 24 }

export function PolicySettings({ mayWrite }: { mayWrite: boolean }) {
  const { data, error, isPending, refetch } = useQuery(policyQuery)
  if (isPending) return <Waiting what="Loading the policy" />
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />
  return (
    <>
      {error && <Failed error={error} again={() => void refetch()} />}
      <Form saved={data} mayWrite={mayWrite} />
    </>
  )
}

function Form({ saved, mayWrite }: { saved: Policy; mayWrite: boolean }) {
  const [draft, setDraft] = useState<Policy>()
  const shown = draft ?? saved
  const changes = changesOf(saved, shown)
  const save = useSavePolicy(() => setDraft(undefined))
  const change = (to: Partial<Policy>) => setDraft({ ...shown, ...to })
  const capTo = (group: (typeof capped)[number], cap: Policy['caps']['titles']) =>
    change({ caps: { ...shown.caps, [group]: cap } })
  // A field that is emptied on the way to another number is none yet.
  const isWhole = [
    ...capped.flatMap(group => (shown.caps[group] ? [shown.caps[group].count, shown.caps[group].hours] : [])),
    ...repeated.map(group => shown.sameForHours[group]),
    ...[shown.releaseMinutes, shown.confirmWithinHours],
  ].every(Number.isInteger)
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (changes.length > 0 && isWhole && !save.isPending) save.mutate({ from: saved, to: shown })
      }}
    >
      <Leaving isChanged={changes.length > 0} what="the policy" />
      <Stack gap="md">
        <Part
          title="Caps"
          about="At most so many texts to one subscriber in so many hours, wherever they begin. Who asked for fewer gets half. Regions may have lower ones."
        >
          {capped.map(group => {
            const cap = shown.caps[group]
            const name = groupNames[group]
            return (
              <Group key={group} gap="xs" mih={36}>
                <Switch
                  w={220}
                  label={name}
                  checked={cap !== null}
                  disabled={!mayWrite}
                  onChange={event => capTo(group, event.currentTarget.checked ? (saved.caps[group] ?? aCap) : null)}
                />
                {cap === null ? (
                  <Text size="sm" c="dimmed">
                    no cap
                  </Text>
                ) : (
                  <>
                    <Whole
                      label={`${name}: texts`}
                      min={1}
                      max={1_000}
                      value={cap.count}
                      disabled={!mayWrite}
                      change={count => capTo(group, { ...cap, count })}
                    />
                    <Text size="sm">in</Text>
                    <Whole
                      label={`${name}: in hours`}
                      min={1}
                      max={mostHours}
                      value={cap.hours}
                      disabled={!mayWrite}
                      change={hours => capTo(group, { ...cap, hours })}
                    />
                    <Text size="sm">{said(cap.hours)}</Text>
                  </>
                )}
              </Group>
            )
          })}
        </Part>
        <Part
          title="The same text twice"
          about="The same text to the same subscriber is not sent again for so many hours; 0: it may be."
        >
          {repeated.map(group => (
            <Group key={group} gap="xs">
              <Text size="sm" w={220}>
                {groupNames[group]}
              </Text>
              <Whole
                label={`The same text, ${groupNames[group]}: hours`}
                min={0}
                max={mostHours}
                value={shown.sameForHours[group]}
                disabled={!mayWrite}
                change={hours => change({ sameForHours: { ...shown.sameForHours, [group]: hours } })}
              />
              <Text size="sm">{said(shown.sameForHours[group])}</Text>
            </Group>
          ))}
        </Part>
        <Part title="Mornings, codes and confirmations">
          <Whole
            label="Texts that waited for the morning leave evenly over so many minutes"
            isLabelled
            min={0}
            max={240}
            value={shown.releaseMinutes}
            disabled={!mayWrite}
            change={releaseMinutes => change({ releaseMinutes })}
          />
          <Switch
            label="Codes may go to numbers of internet telephony, which are easy to take over"
            checked={shown.codesToVoip}
            disabled={!mayWrite}
            onChange={event => change({ codesToVoip: event.currentTarget.checked })}
          />
          <Whole
            label="A yes to the question for a confirmation counts for so many hours"
            isLabelled
            min={1}
            max={30 * 24}
            value={shown.confirmWithinHours}
            disabled={!mayWrite}
            change={confirmWithinHours => change({ confirmWithinHours })}
          />
        </Part>
        {changes.length > 0 && isWhole && (
          <Alert color="blue" role="status" title="What changes">
            <List size="sm">
              {changes.map(one => (
                <List.Item key={one}>{one}</List.Item>
              ))}
            </List>
            <Text size="sm" mt={4}>
              It counts for what is asked for from then on, and for what waits, when its turn comes.
            </Text>
          </Alert>
        )}
        <NotSaved error={save.error} />
        {mayWrite && (
          <Group>
            <Button type="submit" disabled={changes.length === 0 || !isWhole} loading={save.isPending}>
              Save
            </Button>
            {draft && (
              <Button
                variant="default"
                onClick={() => {
                  setDraft(undefined)
                  save.reset()
                }}
              >
                Leave as it was
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </form>
  )
}

/** Behind a field of hours: long ones in days, too. */
const said = (hours: number) => (hours >= 48 ? `hours (${hoursSaid(hours)})` : 'hours')
