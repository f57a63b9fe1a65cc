// A journey as it is read: its story in sentences, its steps on a line of time, and at each step what became of it.
import { Alert, Anchor, Grid, Group, List, Paper, SegmentedControl, Stack, Text, Timeline, Title } from '@mantine/core'
import { IconAlertTriangle, IconMessage2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { Journey, JourneyFunnel, JourneyStep } from '@usher/contract/journey'
import { count, exact, many } from '../../format.tsx'
import { Failed, Waiting } from '../../page.tsx'
import { purposeNames } from '../../purposes.ts'
import { useMay } from '../../session.tsx'
import { Figures } from './figures.tsx'
import { funnelQuery } from './queries.ts'
import { SampleText } from './sample-text.tsx'
import { addSums, capital, conditionsSaid, paysOff, problemSaid, storyOf, sumsSaid, whenSaid } from './words.ts'

const periods = ['7', '30', '90'] as const

export function Told({ journey }: { journey: Journey }) {
  const { days = '30' } = useSearch({ from: '/journeys/$name' })
  const navigate = useNavigate()
  const mayCount = useMay('live:read')
  const { data, error, refetch } = useQuery({ ...funnelQuery(journey.name, Number(days)), enabled: mayCount })
  const gone = data?.steps.filter(one => one.due > 0 && !journey.steps.some(({ name }) => name === one.step)) ?? []
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 4 }} order={{ base: 1, md: 2 }}>
        <Paper withBorder p="md" component="section" aria-label="How it goes">
          <Title order={2} size="h5" mb={4}>
            How it goes
          </Title>
          <Text size="sm" mb="sm">
            {journey.about}
          </Text>
          <List size="sm" spacing={6}>
            {storyOf(journey).map(sentence => (
              <List.Item key={sentence}>{sentence}</List.Item>
            ))}
          </List>
          <Text size="sm" c="dimmed" mt="sm">
            Purpose: {purposeNames[journey.purpose]}. Consent, hours and lane hang on it.
          </Text>
        </Paper>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 8 }} order={{ base: 2, md: 1 }}>
        <Stack gap="md" component="section" aria-label="Its steps">
          <Group justify="space-between" gap="xs">
            <Title order={2} size="h4">
              Its steps
            </Title>
            <SegmentedControl
              size="xs"
              aria-label="Period"
              value={days}
              onChange={value =>
                void navigate({
                  to: '/journeys/$name',
                  params: { name: journey.name },
                  search: { days: value as (typeof periods)[number] },
                  replace: true,
                })
              }
              data={periods.map(value => ({ value, label: `${value} days` }))}
            />
          </Group>
          {error && !data && <Failed error={error} again={() => void refetch()} />}
          {mayCount && !data && !error && <Waiting what="Counting" />}
          {data && <Summary journey={journey} funnel={data} days={days} />}
          {data && <Unwritten journey={journey} funnel={data} />}
          <Timeline bulletSize={26} lineWidth={2} active={journey.steps.length}>
            {journey.steps.map(step => (
              <Step key={step.name} journey={journey} step={step} funnel={data} />
            ))}
          </Timeline>
          {gone.length > 0 && (
            <Stack gap="xs" component="section" aria-label="Steps it had before">
              <Title order={3} size="h6">
                Steps it had before
              </Title>
              {gone.map(one => (
                <Stack key={one.step} gap={4}>
                  <Text size="sm">{one.step.replaceAll('_', ' ')}</Text>
                  <Figures counts={one} hasPayment={paysOff(journey)} />
                </Stack>
              ))}
            </Stack>
          )}
        </Stack>
      </Grid.Col>
    </Grid>
  )
}

function Summary({ journey, funnel, days }: { journey: Journey; funnel: JourneyFunnel; days: string }) {
  const { started, open, ended, paidBeforeAny, steps, since, isWhole } = funnel
  if (started === 0 && open === 0 && steps.every(({ due }) => due === 0) && ended.paid + ended.lost + ended.over === 0)
    return (
      <Text size="sm" c="dimmed">
        Nobody was in this journey in {days} days. It begins with the first of its events.{' '}
        <Anchor size="sm" renderRoot={props => <Link to="/events" search={{ tab: 'types' }} {...props} />}>
          See which events came
        </Anchor>
      </Text>
    )
  const paid = sumsSaid(addSums(steps.map(({ paidAmounts }) => paidAmounts)))
  const lost = sumsSaid(addSums(steps.map(({ lostAmounts }) => lostAmounts)))
  const sentences = [
    ...(isWhole
      ? []
      : [`More steps came due in ${days} days than are counted in one go: this is from ${exact(since)} on.`]),
    `${count(started)} began ${isWhole ? `in ${days} days` : 'since'}, and ${count(open)} ${open === 1 ? 'is' : 'are'} under way now.`,
    ...(paysOff(journey)
      ? [
          `${many(ended.paid, 'payment')} ${ended.paid === 1 ? 'was' : 'were'} saved${paid && ` (${paid} after a text)`}${
            paidBeforeAny > 0 ? `, ${count(paidBeforeAny)} of them before any text` : ''
          }; ${count(ended.lost)} ${ended.lost === 1 ? 'was' : 'were'} lost${lost && ` (${lost} after a text)`}.`,
        ]
      : []),
    ...(ended.over > 0 ? [`${count(ended.over)} ended otherwise.`] : []),
  ]
  return <Text size="sm">{sentences.join(' ')}</Text>
}

/** Steps whose time has come and whose template can not say it. */
function Unwritten({ journey, funnel }: { journey: Journey; funnel: JourneyFunnel }) {
  if (funnel.waitingFor.length === 0) return null
  return (
    <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title="Some texts can not be written">
      <Stack gap={4}>
        {funnel.waitingFor.map(({ step, problem, count: n }) => {
          const template = journey.steps.find(({ name }) => name === step)?.template
          return (
            <Text key={`${step} ${problem}`} size="sm" className="anywhere">
              {many(n, 'text')} of {step.replaceAll('_', ' ')}: {problemSaid(problem)}{' '}
              {template !== undefined && (
                <Anchor
                  size="sm"
                  c="inherit"
                  renderRoot={props => <Link to="/templates/$name" params={{ name: template }} {...props} />}
                >
                  Mend {template}
                </Anchor>
              )}
            </Text>
          )
        })}
        <Text size="sm">They are tried again every ten minutes, while they are worth sending.</Text>
      </Stack>
    </Alert>
  )
}

interface StepProps {
  journey: Journey
  step: JourneyStep
  funnel: JourneyFunnel | undefined
}

function Step({ journey, step, funnel }: StepProps) {
  const counts = funnel?.steps.find(one => one.step === step.name)
  const unwritten = funnel?.waitingFor.reduce((sum, one) => sum + (one.step === step.name ? one.count : 0), 0) ?? 0
  const details: string[] = [
    ...(step.only.length > 0 ? [`Only where ${conditionsSaid(step.only)}.`] : []),
    `Worth sending for ${step.worthHours} h. Its link leads to the ${step.link} page.`,
  ]
  return (
    <Timeline.Item
      bullet={<IconMessage2 size={14} aria-hidden />}
      title={
        <Text span size="sm" fw={600}>
          {capital(whenSaid(step.when, journey.anchor))}
        </Text>
      }
    >
      <Stack gap="xs" mt={4}>
        <Text size="sm">
          <Anchor
            size="sm"
            className="anywhere"
            renderRoot={props => <Link to="/templates/$name" params={{ name: step.template }} {...props} />}
          >
            {step.template}
          </Anchor>{' '}
          <Text span size="xs" c="dimmed">
            {details.join(' ')}
          </Text>
        </Text>
        <SampleText template={step.template} />
        {counts && <Figures counts={counts} hasPayment={paysOff(journey)} unwritten={unwritten} />}
      </Stack>
    </Timeline.Item>
  )
}
