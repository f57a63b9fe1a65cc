// What a journey would have sent in the last days, as it stands in the form and as it is in force: by day, by step, and whom.
import { Alert, Anchor, Button, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { DryRun, Journey, JourneyInput } from '@usher/contract/journey'
import { useState } from 'react'
import { Chart } from '../../chart.tsx'
import { client, isProblem, sentence } from '../../client.ts'
import { count, exact, many } from '../../format.tsx'
import { inputOf } from './draft.ts'
import { shortWhen, skipSaid } from './words.ts'

const days = 30

interface Tried {
  inForce: DryRun
  /** Undefined where nothing is changed. */
  proposed: DryRun | undefined
  steps: Record<'inForce' | 'proposed', JourneyInput['steps']>
  /** What was tried, to be told from what is in the form by now. */
  of: string
}

export function useDryRun() {
  const { mutate, data, error, isPending, reset } = useMutation({
    async mutationFn({ saved, input, isChanged }: { saved: Journey; input: JourneyInput; isChanged: boolean }) {
      const run = (journey: JourneyInput) => client.dryRunJourney(saved.name, { journey, days })
      const now = inputOf(saved)
      const [proposed, inForce] = await Promise.all([isChanged ? run(input) : undefined, run(now)])
      const tried: Tried = {
        ...{ inForce, proposed, of: JSON.stringify(input) },
        steps: { inForce: now.steps, proposed: input.steps },
      }
      return tried
    },
  })
  return {
    ...{ data, error, isPending },
    start: (saved: Journey, input: JourneyInput, isChanged: boolean) => mutate({ saved, input, isChanged }),
    /** It is in force now: there is nothing left to compare. */
    forget: reset,
  }
}

interface DryRunsProps {
  trying: ReturnType<typeof useDryRun>
  input: JourneyInput | undefined
}

export function DryRuns({ trying: { data, error, isPending }, input }: DryRunsProps) {
  if (error && !isPending)
    return (
      <Alert color="red" role="alert" title="It could not be tried">
        {isProblem(error) && error.errors.length > 0
          ? error.errors.map(({ detail }) => detail).join(' ')
          : sentence(error)}
      </Alert>
    )
  if (!data)
    return (
      <Text size="sm" c="dimmed">
        Trying it hears the events of the last {days} days once more, by this form of the journey and by the one in
        force. Nothing is sent or kept.
      </Text>
    )
  const { inForce, proposed } = data
  const shown = proposed ?? inForce
  const texts = (run: DryRun) => run.steps.reduce((sum, step) => sum + step.texts, 0)
  const sentenceOf = proposed
    ? `In the last ${days} days it would have sent ${many(texts(proposed), 'text')}; the version in force, ${count(texts(inForce))}`
    : `In the last ${days} days the version in force would have sent ${many(texts(inForce), 'text')}`
  return (
    <Paper withBorder p="md" component="section" aria-label="What it would have sent">
      <Stack gap="sm">
        <Title order={2} size="h5">
          What it would have sent
        </Title>
        {data.of !== JSON.stringify(input) && (
          <Text size="sm" role="status">
            You changed it since. Try it again to see what it comes to now.
          </Text>
        )}
        {texts(shown) + texts(inForce) === 0 ? (
          <Text size="sm">
            {sentenceOf}. {many(shown.events, 'event')} {shown.events === 1 ? 'was' : 'were'} heard.
          </Text>
        ) : (
          <Chart
            sentence={`${sentenceOf}.`}
            unit={`Texts a day. ${many(shown.events, 'event')} of these days ${shown.events === 1 ? 'was' : 'were'} heard${shown.isWhole ? '' : '; there were more, and the newest were looked at'}.`}
            steps={shown.byDay.map(({ day, texts }, n) => ({
              at: day,
              proposed: texts,
              inForce: inForce.byDay[n]?.texts ?? 0,
            }))}
            stepSeconds={86_400}
            series={[
              ...(proposed ? [{ name: 'as proposed', of: (step: Day) => step.proposed, look: 'look-submitted' }] : []),
              { name: 'in force', of: (step: Day) => step.inForce, look: 'look-refused' },
            ]}
            shape="beside"
            write={count}
            least={2}
          />
        )}
        <Steps data={data} />
        <Sample key={data.of} run={shown} />
        <Text size="xs" c="dimmed">
          Whether each could have gone, by consent, hours and number, is asked only when it is sent.
        </Text>
      </Stack>
    </Paper>
  )
}

interface Day {
  at: string
  proposed: number
  inForce: number
}

function Steps({ data: { inForce, proposed, steps } }: { data: Tried }) {
  const names = [...new Set([...steps.proposed, ...steps.inForce].map(({ name }) => name))]
  const of = (run: DryRun | undefined, name: string) => run?.steps.find(({ step }) => step === name)
  const shown = proposed ?? inForce
  return (
    <Table horizontalSpacing={6} verticalSpacing={4} className="figures" aria-label="By step">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Step</Table.Th>
          {proposed && <Table.Th>Proposed</Table.Th>}
          <Table.Th>In force</Table.Th>
          <Table.Th>Ended before</Table.Th>
          <Table.Th>Skipped</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {names.map(name => {
          const step = steps.proposed.find(one => one.name === name) ?? steps.inForce.find(one => one.name === name)!
          return (
            <Table.Tr key={name}>
              <Table.Th scope="row">{shortWhen(step.when)}</Table.Th>
              {proposed && <Table.Td>{count(of(proposed, name)?.texts ?? 0)}</Table.Td>}
              <Table.Td>{count(of(inForce, name)?.texts ?? 0)}</Table.Td>
              <Table.Td>{count(of(shown, name)?.ended ?? 0)}</Table.Td>
              <Table.Td>{count(of(shown, name)?.skipped ?? 0)}</Table.Td>
            </Table.Tr>
          )
        })}
      </Table.Tbody>
    </Table>
  )
}

const few = 8

function Sample({ run }: { run: DryRun }) {
  const [isWhole, setWhole] = useState(false)
  if (run.sample.length === 0) return <Text size="sm">No event of these days would have brought it to a step.</Text>
  const rows = isWhole ? run.sample : run.sample.slice(0, few)
  const what = { text: 'would be sent', ended: 'not sent: it had ended', skipped: 'not sent' } as const
  return (
    <Stack gap={4} component="section" aria-label="For example">
      <Text size="sm" fw={600}>
        For example
      </Text>
      <ul className="plain">
        {rows.map(({ subscriber, step, at, what: became, why }) => (
          <li key={`${subscriber} ${step} ${at}`}>
            <Text size="sm" className="anywhere">
              <Anchor
                size="sm"
                target="_blank"
                renderRoot={props => <Link to="/subscribers/$id" params={{ id: subscriber }} {...props} />}
              >
                {subscriber}
                <span className="unseen"> (in a new tab)</span>
              </Anchor>
              , {step.replaceAll('_', ' ')}, {exact(at)}: {what[became]}
              {became === 'skipped' && why !== null && `, ${skipSaid(why)}`}
            </Text>
          </li>
        ))}
      </ul>
      {run.sample.length > few && !isWhole && (
        <Button size="compact-sm" variant="default" w="fit-content" onClick={() => setWhole(true)}>
          Show {run.sample.length === 200 ? 'the first 200' : `all ${run.sample.length}`}
        </Button>
      )}
    </Stack>
  )
}
