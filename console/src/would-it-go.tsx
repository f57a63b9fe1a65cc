// Would this text go out now, and if not, when? Every rule is asked about one subscriber and one purpose, and nothing is sent.
import { Alert, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { IconCheck, IconClockHour4, IconHandStop } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Decision, Policy } from '@usher/contract/policy'
import type { Purpose } from '@usher/contract/purpose'
import { useState } from 'react'
import { client, isProblem } from './client.ts'
import { dropDown } from './drop-down.ts'
import { distance, exact, useNow } from './format.tsx'
import { Failed, Waiting } from './page.tsx'
import { purposeChoices } from './purpose-groups.ts'
import { Rules } from './rules.tsx'
import { SubscriberPicker } from './subscriber-picker.tsx'

/** What is asked again when the policy, a suppression or a consent was changed here. */
export const decisionKey = ['decision']

interface WouldItGoProps {
  /** One is picked where none is given. */
  subscriber?: string
  /** A policy that is not saved yet: what it would answer stands beside what the one in force does. */
  proposed?: Policy | undefined
}

export function WouldItGo({ subscriber, proposed }: WouldItGoProps) {
  const [picked, setPicked] = useState<string | null>(null)
  const [purpose, setPurpose] = useState<Purpose>('title.new_episode')
  const [typed, setTyped] = useState('')
  const about = subscriber ?? picked
  const at = typed === '' || Number.isNaN(Date.parse(typed)) ? undefined : new Date(typed).toISOString()
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: [...decisionKey, about, purpose, at],
    queryFn: ({ signal }) => client.previewDecision({ subscriber: about!, purpose, ...(at && { at }) }, { signal }),
    enabled: about !== null,
    // What others send and decide changes the answer while this is open.
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  })
  // As of the same moment, so that nothing but the policy is another.
  const moment = data?.at
  const then = useQuery({
    queryKey: [...decisionKey, about, purpose, moment, proposed],
    queryFn: ({ signal }) =>
      client.previewDecision(
        { subscriber: about!, purpose, at: moment!, ...(proposed && { policy: proposed }) },
        { signal },
      ),
    enabled: about !== null && moment !== undefined && proposed !== undefined,
    placeholderData: keepPreviousData,
  })
  return (
    <Stack gap="sm">
      {subscriber === undefined && (
        <SubscriberPicker label="Subscriber" placeholder="Pick one" value={picked} onChange={setPicked} />
      )}
      <SimpleGrid cols={{ base: 1, sm: subscriber === undefined ? 1 : 2 }} spacing="sm">
        <Select
          {...dropDown}
          label="Purpose"
          data={purposeChoices}
          allowDeselect={false}
          searchable
          value={purpose}
          onChange={value => value && setPurpose(value as Purpose)} // of the list above
        />
        <TextInput
          type="datetime-local"
          label="As if it were (left empty: now)"
          value={typed}
          onChange={event => setTyped(event.currentTarget.value)}
        />
      </SimpleGrid>
      {about === null ? (
        <Text size="sm" c="dimmed">
          Pick a subscriber to see what the rules say. Nothing is sent.
        </Text>
      ) : error ? (
        isProblem(error, 'unknown_subscriber') ? (
          <Text size="sm">There is no subscriber of this id any more.</Text>
        ) : (
          <Failed error={error} again={() => void refetch()} />
        )
      ) : data === undefined ? (
        <Waiting what="Asking the rules" />
      ) : (
        <>
          <section aria-label="What would become of it" aria-busy={isFetching}>
            {proposed && <Text size="sm">By the policy in force:</Text>}
            <Answered decision={data} isNow={at === undefined} />
          </section>
          {proposed && (
            <section aria-label="What would become of it, as proposed" aria-busy={then.isFetching}>
              <Text size="sm">As proposed:</Text>
              {then.data ? (
                <Answered decision={then.data} than={data} isNow={at === undefined} />
              ) : then.error ? (
                <Failed error={then.error} again={() => void then.refetch()} />
              ) : (
                <Waiting what="Asking the rules" />
              )}
            </section>
          )}
        </>
      )}
    </Stack>
  )
}

const looks = {
  sent: { color: 'green', Icon: IconCheck },
  held: { color: 'violet', Icon: IconClockHour4 },
  refused: { color: 'gray', Icon: IconHandStop },
} as const

interface AnsweredProps {
  decision: Decision
  /** Only the rules that answer otherwise than in this one are shown. */
  than?: Decision
  isNow: boolean
}

function Answered({ decision, than, isNow }: AnsweredProps) {
  const now = useNow()
  const { color, Icon } = looks[decision.answer]
  const when = (at: string) => `${exact(at)} (${distance(at, now)})`
  const { answer, rule, leavesAt, nextAt } = decision
  const then = isNow ? 'now' : 'then'
  const others = decision.rules.filter(({ sentence }) => !than?.rules.some(one => one.sentence === sentence))
  const title =
    answer === 'sent'
      ? `It would go out ${then}`
      : answer === 'held'
        ? `It would wait until ${leavesAt ? exact(leavesAt) : 'its hour'}`
        : `It would be refused ${then}, by the rule ${rule}`
  return (
    <Stack gap="sm">
      <Alert color={color} icon={<Icon aria-hidden />} title={title} role="status" p="xs">
        <Text size="sm">
          {answer === 'held' && leavesAt && `It leaves ${distance(leavesAt, now)}, with those that waited like it.`}
          {answer === 'sent' && 'As things stand, nothing is in its way.'}
          {answer === 'refused' &&
            (nextAt
              ? `One that is asked for anew would leave at the earliest ${when(nextAt)}.`
              : 'Nor would one within eight days, as things stand.')}
        </Text>
      </Alert>
      {than === undefined || others.length > 0 ? (
        <Rules rules={others} />
      ) : (
        <Text size="sm">Each rule answers the same.</Text>
      )}
    </Stack>
  )
}
