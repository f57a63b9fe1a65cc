// "Which way would this number go, and why": by the routes in use, or as they are being changed.
import {
  Alert,
  Button,
  Card,
  Group,
  NativeSelect,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { IconArrowRight, IconBan, IconCheck, IconMinus } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Line, RouteAnswer, RouteInput, RouteQuestion } from '@usher/contract/carrier'
import type { Purpose } from '@usher/contract/purpose'
import { useState } from 'react'
import { client, isProblem, sentence } from '../../client.ts'
import { countryChoices, countryName } from '../../countries.ts'
import { dropDown } from '../../drop-down.ts'
import { money } from '../../format.tsx'
import { Waiting } from '../../page.tsx'
import { purposeChoices } from '../../purpose-groups.ts'
import { purposeNames } from '../../purposes.ts'
import { networkNames } from './choices.tsx'
import { Factor } from './now.tsx'

type Asked = Omit<RouteQuestion, 'routes'>

export function Way({ line, routes }: { line: Line; routes: readonly RouteInput[] | undefined }) {
  const [by, setBy] = useState<'number' | 'country'>('number')
  const [number, setNumber] = useState('')
  const [country, setCountry] = useState<string | null>(null)
  const [network, setNetwork] = useState('')
  const [purpose, setPurpose] = useState<Purpose>('code.sign_in')
  const [asked, setAsked] = useState<Asked>()
  const question: Asked | undefined =
    by === 'number'
      ? number.trim() === ''
        ? undefined
        : { number: number.replace(/[\s()-]/g, ''), purpose }
      : country === null
        ? undefined
        : { country, purpose, ...(network !== '' && { network: network as NonNullable<Asked['network']> }) }
  // Asked again as the routes change, so that one sees what a change would do.
  const answer = useQuery({
    queryKey: ['way', asked, routes ?? line.version],
    queryFn: ({ signal }) => client.tryRoute({ ...asked!, ...(routes && { routes: [...routes] }) }, { signal }),
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 2_000,
  })
  const isBadNumber = isProblem(answer.error, 'invalid_number') || isAboutNumber(answer.error)
  return (
    <Card withBorder component="section" aria-label="Which way, and why">
      <form
        onSubmit={event => {
          event.preventDefault()
          if (!question) return
          setAsked(question)
          if (asked && JSON.stringify(asked) === JSON.stringify(question)) void answer.refetch()
        }}
      >
        <Stack gap="sm">
          <div>
            <Title order={2} size="h5">
              Which way would it go, and why
            </Title>
            <Text size="xs" c="dimmed">
              {routes ? 'By the routes as you have changed them' : 'By the routes in use'}, with the health of each
              carrier now. Nothing is sent.
            </Text>
          </div>
          <SegmentedControl
            size="xs"
            aria-label="By what"
            data={[
              { value: 'number', label: 'A number' },
              { value: 'country', label: 'A country' },
            ]}
            value={by}
            onChange={value => setBy(value === 'country' ? 'country' : 'number')}
          />
          {by === 'number' ? (
            <TextInput
              label="Number"
              placeholder="+447700900678"
              inputMode="tel"
              autoComplete="off"
              value={number}
              onChange={event => setNumber(event.currentTarget.value)}
              error={isBadNumber && asked?.number !== undefined ? sentence(answer.error) : undefined}
            />
          ) : (
            <Group grow align="flex-start">
              <Select
                {...dropDown}
                label="Country"
                searchable
                limit={60}
                data={countryChoices}
                value={country}
                onChange={setCountry}
              />
              <NativeSelect
                label="Network"
                data={[
                  { value: '', label: 'not known' },
                  ...Object.entries(networkNames).map(([value, label]) => ({ value, label })),
                ]}
                value={network}
                onChange={event => setNetwork(event.currentTarget.value)}
              />
            </Group>
          )}
          <Select
            {...dropDown}
            label="Why it is sent"
            searchable
            allowDeselect={false}
            data={purposeChoices}
            value={purpose}
            onChange={chosen => chosen && setPurpose(chosen as Purpose)} // of the purposes
          />
          <Group>
            <Button type="submit" disabled={!question} loading={answer.isFetching && !answer.data}>
              Which way?
            </Button>
          </Group>
        </Stack>
      </form>
      <div role="status">
        {asked && answer.isPending && <Waiting what="Finding the way" />}
        {answer.error && !isBadNumber && (
          <Alert color="yellow" mt="md" p="xs">
            <Text size="sm">{sentence(answer.error)}</Text>
          </Alert>
        )}
        {answer.data && !answer.error && asked && <Found answer={answer.data} purpose={asked.purpose} />}
      </div>
    </Card>
  )
}

const isAboutNumber = (error: unknown) =>
  isProblem(error, 'invalid_request') && error.errors.some(({ at }) => at === 'body.number')

function Found({ answer, purpose }: { answer: RouteAnswer; purpose: Purpose }) {
  const { country, network, steps, sender, carriers, refusal } = answer
  return (
    <Stack gap="sm" mt="md">
      {refusal !== null ? (
        <Alert color="red" icon={<IconBan aria-hidden />} p="xs" title="No way is open">
          <Text size="sm">{refusal}</Text>
        </Alert>
      ) : (
        <Text size="sm" fw={600}>
          {purposeNames[purpose]} to {country === null ? 'an unknown country' : countryName(country)}
          {network && ` (${networkNames[network]})`}
          {sender && (
            <>
              {' '}
              leaves from <bdi>{sender.address}</bdi> ({sender.name})
            </>
          )}
          {carriers[0] && carriers.length === 1 && ` by ${carriers[0].carrier}`}.
        </Text>
      )}
      {carriers.length > 0 && (
        <Stack gap={6} component="ul" className="plain" aria-label="Carriers it would go by">
          {carriers.map(one => (
            <li key={`${one.route} ${one.carrier}`}>
              <Group justify="space-between" gap="xs">
                <Text size="sm" className="tabular">
                  <b>{one.carrier}</b>, {Math.round(one.share * 100)} % of them
                </Text>
                <Factor health={one.health} />
              </Group>
              <Text size="xs" c="dimmed" className="tabular">
                route {one.route}, weight {one.weight}, {money(one.price)} a segment
              </Text>
              {one.health.reason && <Text size="xs">{one.health.reason}</Text>}
            </li>
          ))}
        </Stack>
      )}
      <Stack gap={4} component="ol" className="plain" aria-label="Routes that were asked">
        {steps.map((step, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a fallback may be asked twice; a step is its place.
          <li key={n}>
            <Group gap={6} wrap="nowrap" align="flex-start">
              {step.isTaken ? (
                <IconCheck size={16} aria-label="taken" color="var(--mantine-color-green-light-color)" />
              ) : (
                <IconMinus size={16} aria-label="passed over" color="var(--mantine-color-dimmed)" />
              )}
              <Text size="sm">
                <b>{step.route}</b> <IconArrowRight size={12} aria-hidden /> {step.reason}
              </Text>
            </Group>
          </li>
        ))}
      </Stack>
    </Stack>
  )
}
