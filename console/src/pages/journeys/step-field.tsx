// One step in the form: when it is, which template it is written with, where its link leads, and when it is not sent.
import {
  Accordion,
  Anchor,
  CloseButton,
  Group,
  NativeSelect,
  Paper,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Anchor as CountedFrom, When } from '@usher/contract/journey'
import { Whole } from '../policy/fields.tsx'
import { ConditionsField } from './conditions-field.tsx'
import type { DraftStep } from './draft.ts'
import { anchorSaid, whenSaid } from './words.ts'

interface StepFieldProps {
  /** Counted from 1. */
  n: number
  step: DraftStep
  anchor: CountedFrom
  /** Those of the journey's purpose. */
  templates: readonly string[]
  problemAt: (field: string) => string | undefined
  change: (to: Partial<DraftStep>) => void
  remove: (() => void) | undefined
}

const kinds = {
  now: 'at once',
  minutes: 'minutes after',
  before: 'days before',
  on: 'on the day',
  after: 'days after',
} as const
type Kind = keyof typeof kinds

const kindOf = (when: When): Kind => {
  if ('minutes' in when) return when.minutes === 0 ? 'now' : 'minutes'
  return when.days < 0 ? 'before' : when.days === 0 ? 'on' : 'after'
}

/** Another kind of time, with as much of the old one as means something in it. */
function asKind(kind: Kind, was: When): When {
  const at = 'at' in was ? was.at : '10:00'
  const days = 'days' in was && was.days !== 0 && !Number.isNaN(was.days) ? Math.abs(was.days) : 3
  switch (kind) {
    case 'now':
      return { minutes: 0 }
    case 'minutes':
      return { minutes: 30 }
    case 'before':
      return { days: -days, at }
    case 'on':
      return { days: 0, at }
    case 'after':
      return { days, at }
  }
}

export function StepField({ n, step, anchor, templates, problemAt, change, remove }: StepFieldProps) {
  const { when, template, link, worthHours, only } = step
  const name = `Step ${n}`
  // A number that is emptied on the way to another one is of the kind that it was.
  const kind = 'days' in when && Number.isNaN(when.days) ? (step.emptied ?? 'after') : kindOf(when)
  const offered =
    anchor === 'event' ? (['now', 'minutes', 'on', 'after'] as const) : (['before', 'on', 'after'] as const)
  const isDays = kind === 'before' || kind === 'after'
  const known = templates.includes(template) || template === '' ? templates : [template, ...templates]
  return (
    <Paper withBorder p="sm" component="li" aria-label={name}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Title order={3} size="h6">
            {name}
            {Number.isNaN('days' in when ? when.days : when.minutes) ? '' : `: ${whenSaid(when, anchor)}`}
          </Title>
          {remove && <CloseButton size="sm" aria-label={`Take ${name.toLowerCase()} out`} onClick={remove} />}
        </Group>
        <Group gap="xs">
          {(isDays || kind === 'minutes') && (
            <Whole
              label={`${name}: ${isDays ? 'days' : 'minutes'}`}
              min={1}
              max={isDays ? 400 : 44_640}
              value={isDays && 'days' in when ? Math.abs(when.days) : 'minutes' in when ? when.minutes : Number.NaN}
              disabled={false}
              change={value =>
                isDays && 'days' in when
                  ? change({ when: { ...when, days: kind === 'before' ? -value : value }, emptied: kind })
                  : change({ when: { minutes: value } })
              }
            />
          )}
          <NativeSelect
            aria-label={`${name}: when`}
            data={offered.map(value => ({ value, label: kinds[value] }))}
            value={kind}
            onChange={event => change({ when: asKind(event.currentTarget.value as Kind, when) })}
          />
          {kind !== 'now' && <Text size="sm">{anchorSaid(anchor)}</Text>}
          {'at' in when && (
            <>
              <Text size="sm">at</Text>
              <TextInput
                type="time"
                w={132}
                aria-label={`${name}: time of day`}
                value={when.at}
                onChange={event => change({ when: { ...when, at: event.currentTarget.value.slice(0, 5) } })}
              />
            </>
          )}
        </Group>
        {problemAt('when') && (
          <Text size="xs" c="red">
            {problemAt('when')}
          </Text>
        )}
        <Group gap="xs" align="flex-end">
          <NativeSelect
            label="Template"
            aria-label={`${name}: template`}
            flex="1 1 220px"
            data={template === '' ? [{ value: '', label: 'Choose one' }, ...known] : [...known]}
            value={template}
            error={problemAt('template')}
            onChange={event => change({ template: event.currentTarget.value })}
          />
          <NativeSelect
            label="Its link leads to"
            aria-label={`${name}: where its link leads`}
            data={[
              { value: 'account', label: 'the account page' },
              { value: 'payment', label: 'the payment page' },
            ]}
            value={link}
            error={problemAt('link')}
            onChange={event => change({ link: event.currentTarget.value as 'account' | 'payment' })}
          />
        </Group>
        {template !== '' && (
          <Anchor size="sm" renderRoot={props => <Link to="/templates/$name" params={{ name: template }} {...props} />}>
            Edit the texts of {template}
          </Anchor>
        )}
        <Accordion chevronPosition="left" styles={{ content: { paddingInline: 0 }, control: { paddingInline: 0 } }}>
          <Accordion.Item value="more" style={{ border: 0 }}>
            <Accordion.Control>
              <Text size="sm">
                <span className="unseen">{name}: </span>
                Not sent {worthHours || '…'} h after its time
                {only.length > 0 && `, or where ${only.length === 1 ? 'a condition does' : 'conditions do'} not hold`}
              </Text>
            </Accordion.Control>
            <Accordion.Panel>
              <Stack gap="xs">
                <Group gap="xs">
                  <Text size="sm">Worth sending for</Text>
                  <Whole
                    label={`${name}: worth sending for hours`}
                    min={1}
                    max={24}
                    value={worthHours}
                    disabled={false}
                    change={value => change({ worthHours: value })}
                  />
                  <Text size="sm">hours{kind === 'before' ? ', and never after what it reminds of' : ''}</Text>
                </Group>
                {problemAt('worthHours') && (
                  <Text size="xs" c="red">
                    {problemAt('worthHours')}
                  </Text>
                )}
                <Text size="sm">
                  {only.length === 0 ? 'Sent always; or only where' : 'Sent only where all of these hold'}
                </Text>
                <ConditionsField
                  of={name}
                  conditions={only}
                  problemOf={i => problemAt(`only.${i}`)}
                  change={next => change({ only: next })}
                />
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      </Stack>
    </Paper>
  )
}
