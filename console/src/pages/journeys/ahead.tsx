// What is ahead of one subscriber: their subscriptions as they are known, and the texts that will come, by their own clock.
import { Anchor, Badge, Group, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Schedule } from '@usher/contract/journey'
import { useState } from 'react'
import { client } from '../../client.ts'
import { exact } from '../../format.tsx'
import { type Mark, MarkBadge } from '../../mark.tsx'
import { Failed, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { StateBadge } from '../../states.tsx'
import { subscriptionMarks } from './marks.ts'
import { problemSaid, sumsSaid } from './words.ts'

/** As many as are shown before somebody asks for all. */
const few = 6

export function Ahead({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['subscriber', id, 'schedule'],
    queryFn: ({ signal }) => client.getSchedule(id, { signal }),
    refetchInterval: 10_000,
  })
  const [isWhole, setWhole] = useState(false)
  if (error && !data) return <Failed error={error} again={() => void refetch()} />
  if (!data) return <Waiting what="Looking ahead" />
  const { subscriptions, ahead, zone, isZoneKnown } = data
  const shown = isWhole ? ahead : ahead.slice(0, few)
  if (subscriptions.length === 0 && ahead.length === 0)
    return (
      <Text size="sm">
        No event told of a subscription of theirs, and no journey is under way: nothing is planned. It begins when your
        service posts its billing events.
      </Text>
    )
  return (
    <Stack gap="sm">
      {subscriptions.length === 0 ? (
        <Text size="sm">No event told of a subscription of theirs.</Text>
      ) : (
        <Stack component="ul" className="plain" gap="xs" aria-label="Subscriptions">
          {subscriptions.map(one => (
            <li key={one.subscription ?? ''}>
              <Subscription subscription={one} zone={zone} />
            </li>
          ))}
        </Stack>
      )}
      {ahead.length === 0 ? (
        <Text size="sm">No text is ahead of them.</Text>
      ) : (
        <Stack component="ol" className="plain" gap="xs" aria-label="Texts ahead">
          {shown.map(one => (
            <li key={`${one.journey} ${one.step} ${one.subscription} ${one.at} ${one.message?.id}`}>
              <Planned planned={one} zone={zone} />
            </li>
          ))}
        </Stack>
      )}
      {!isWhole && ahead.length > few && (
        <Anchor component="button" type="button" size="sm" w="fit-content" onClick={() => setWhole(true)}>
          Show all {ahead.length}
        </Anchor>
      )}
      <Text size="xs" c="dimmed">
        Days are counted on the clock of {zone}
        {isZoneKnown ? '' : ', which is guessed: their time zone is not known'}. Courtesy hours may hold a text a little
        longer.
      </Text>
    </Stack>
  )
}

/** `Wed 3 Mar 2027`: on their clock, whatever this machine's is. */
const dayIn = (at: string, zone: string) =>
  new Intl.DateTimeFormat('en-GB', {
    ...{ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', timeZone: zone },
  })
    .format(new Date(at))
    .replace(',', '')
const clockIn = (at: string, zone: string) =>
  new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: zone }).format(new Date(at))

function Subscription({ subscription, zone }: { subscription: Schedule['subscriptions'][number]; zone: string }) {
  const { subscription: name, plan, price, every, state, toldAt } = subscription
  const day = (at: string | null, what: string) => (at === null ? [] : [`${what} ${dayIn(at, zone)}`])
  const facts = [
    ...(price ? [`${sumsSaid([price])}${every ? ` a ${every}` : ''}`] : every ? [`paid by the ${every}`] : []),
    ...day(subscription.renewsAt, 'next payment'),
    ...day(subscription.trialEndsAt, 'trial until'),
    ...day(subscription.priceEndsAt, 'this price until'),
    ...(subscription.nextPrice ? [`then ${sumsSaid([subscription.nextPrice])}`] : []),
    ...day(subscription.endsAt, 'ends'),
    ...day(subscription.cardExpiresAt, 'card expires'),
  ]
  const mark: Mark = subscriptionMarks[state]
  return (
    <>
      <Group gap={6}>
        <Text size="sm" fw={600} className="anywhere">
          {plan ?? 'A subscription'}
        </Text>
        <MarkBadge mark={mark} />
        {name !== null && (
          <Text size="xs" c="dimmed" className="anywhere">
            {name}
          </Text>
        )}
      </Group>
      <Text size="sm">{facts.length > 0 ? `${facts.join(', ')}.` : 'Neither price nor dates were told.'}</Text>
      <Text size="xs" c="dimmed" title={exact(toldAt)}>
        As told {dayIn(toldAt, zone)}
      </Text>
    </>
  )
}

function Planned({ planned, zone }: { planned: Schedule['ahead'][number]; zone: string }) {
  const { at, journey, title, step, isOn, subscription, message, problem } = planned
  const maySee = useMay('templates:read')
  return (
    <>
      <Group gap={6}>
        <Text size="sm">
          <time dateTime={at} title={exact(at)}>
            {dayIn(at, zone)}, {clockIn(at, zone)} their time
          </time>
          :{' '}
          {maySee ? (
            <Anchor size="sm" renderRoot={props => <Link to="/journeys/$name" params={{ name: journey }} {...props} />}>
              {title}
            </Anchor>
          ) : (
            title
          )}
          , {step.replaceAll('_', ' ')}
          {subscription !== null && ` (${subscription})`}
        </Text>
        {message && (
          <Anchor size="sm" renderRoot={props => <Link to="/messages" search={{ open: message.id }} {...props} />}>
            <StateBadge state={message.state} />
            <span className="unseen">: open the text</span>
          </Anchor>
        )}
        {!isOn && !message && (
          <Badge size="sm" variant="default" tt="none" fw={500}>
            the journey is off: not sent
          </Badge>
        )}
      </Group>
      {problem !== null && !message && isOn && (
        <Text size="sm" className="late anywhere">
          <IconAlertTriangle size={14} aria-hidden /> It can not be written: {problemSaid(problem)}
        </Text>
      )}
    </>
  )
}
