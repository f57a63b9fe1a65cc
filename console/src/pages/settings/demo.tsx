// What the demo alone has: a clock that can be moved ahead, a quiet background life, and phones.
import { Anchor, Button, Card, Group, Stack, Switch, Text, TextInput, Title } from '@mantine/core'
import { IconClockPlay, IconDeviceMobile } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { client, isProblem, sentence } from '../../client.ts'
import { count, exact, settingsQuery, span, useNow } from '../../format.tsx'
import { Failed, Waiting } from '../../page.tsx'
import { tell } from '../../toast.tsx'

export function Demo() {
  const settings = useQuery(settingsQuery)
  if (settings.isPending) return <Waiting what="Loading the settings" />
  if (settings.error) return <Failed error={settings.error} again={() => void settings.refetch()} />
  return (
    <Stack gap="md" maw={640}>
      <Clock aheadMs={settings.data.clock.aheadMs} />
      <Life isOn={settings.data.life?.isOn ?? false} />
      <Card withBorder component="section" aria-label="Phones">
        <Stack gap="xs">
          <Title order={2} size="h4">
            Phones
          </Title>
          <Text size="sm">
            What subscribers see: their handsets, side by side, with answers that you can send as them.
          </Text>
          <Group>
            <Button
              component="a"
              href="/phone"
              target="_blank"
              variant="default"
              leftSection={<IconDeviceMobile size={16} aria-hidden />}
            >
              Open the phones
            </Button>
          </Group>
        </Stack>
      </Card>
    </Stack>
  )
}

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** As <input type="datetime-local"> writes it, in this machine's zone. */
function localOf(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

function tomorrowAtNine(now: number): Date {
  const at = new Date(now)
  // By the calendar, not by 24 hours: a day may have 23 or 25.
  at.setDate(at.getDate() + 1)
  at.setHours(9, 0, 0, 0)
  return at
}

function Clock({ aheadMs }: { aheadMs: number }) {
  const queries = useQueryClient()
  const now = useNow(1_000)
  const [chosen, setChosen] = useState('')
  const live = useQuery({
    queryKey: ['live', 'held'],
    queryFn: ({ signal }) => client.getLive({ minutes: 1 }, { signal }),
  })
  const held = live.data?.lanes.reduce((sum, lane) => sum + lane.held, 0)
  const move = useMutation({
    mutationFn: (to: Parameters<typeof client.moveClock>[0]) => client.moveClock(to),
    onSuccess: async clock => {
      setChosen('')
      tell({
        id: 'clock',
        title: `It is ${exact(clock.now)} now`,
        message: 'Texts that were due until then go out, or are over if they came too late.',
        link: { to: '/live', words: 'Watch them' },
      })
      await queries.invalidateQueries()
    },
  })
  const at = new Date(chosen)
  const isAhead = chosen !== '' && at.getTime() > now
  const skip = (words: string, to: () => Parameters<typeof client.moveClock>[0]) => (
    <Button variant="default" disabled={move.isPending} onClick={() => move.mutate(to())}>
      {words}
    </Button>
  )
  return (
    <Card withBorder component="section" aria-label="Clock">
      <Stack gap="sm">
        <Title order={2} size="h4">
          Clock
        </Title>
        <div>
          <Text size="xl" fw={600} className="tabular">
            {exact(new Date(now).toISOString())}
          </Text>
          <Text size="sm" c="dimmed">
            {Math.abs(aheadMs) < 1_000
              ? 'The same as the time on the wall.'
              : `${span(aheadMs)} ahead of the time on the wall.`}
          </Text>
        </div>
        <Text size="sm">
          Quiet hours, deadlines and what is held follow this clock. It can be moved ahead and never back.
          {held !== undefined &&
            held > 0 &&
            ` ${count(held)} ${held === 1 ? 'text waits' : 'texts wait'} for their hour.`}
        </Text>
        <Text size="sm">
          It jumps: what is due in between comes late, and after more than a day it is not worth sending any more. To go
          through all of it, skip ahead in Orpheum’s back office, under <code>/desk/clock</code>.
        </Text>
        <Group gap="xs">
          {skip('Skip 1 hour', () => ({ byMinutes: 60 }))}
          {skip('Skip to tomorrow 9:00', () => ({ to: tomorrowAtNine(now).toISOString() }))}
          {skip('Skip 3 days', () => ({ byMinutes: 3 * 24 * 60 }))}
        </Group>
        <form
          onSubmit={event => {
            event.preventDefault()
            if (isAhead) move.mutate({ to: at.toISOString() })
          }}
        >
          <Group align="end" gap="xs">
            <TextInput
              type="datetime-local"
              label="Another time"
              description={`In your zone, ${zone}`}
              min={localOf(new Date(now))}
              value={chosen}
              onChange={event => setChosen(event.currentTarget.value)}
              inputWrapperOrder={['label', 'input', 'description', 'error']}
              error={chosen !== '' && !isAhead ? 'This lies behind; the clock goes ahead only.' : undefined}
            />
            <Button
              type="submit"
              variant="default"
              disabled={!isAhead}
              loading={move.isPending}
              leftSection={<IconClockPlay size={16} aria-hidden />}
              style={{ alignSelf: 'start' }}
              mt={{ base: 0, xs: 26 }}
            >
              {isAhead ? `Skip ${span(at.getTime() - now)}` : 'Skip'}
            </Button>
          </Group>
        </form>
        {move.error && (
          <Text size="sm" c="red" role="alert">
            {isProblem(move.error, 'clock_goes_ahead') ? 'The clock is past that time already.' : sentence(move.error)}
          </Text>
        )}
      </Stack>
    </Card>
  )
}

function Life({ isOn }: { isOn: boolean }) {
  const queries = useQueryClient()
  const put = useMutation({
    mutationFn: (to: boolean) => client.putLife({ isOn: to }),
    onSuccess: async (life, to) => {
      await queries.invalidateQueries({ queryKey: settingsQuery.queryKey })
      tell({
        id: 'life',
        title: life.isOn ? 'Background life is on' : 'Background life is off',
        message: life.isOn ? 'The next texts come within a minute.' : 'Only what you do happens now.',
        link: { to: '/live', words: 'Watch the line' },
        undo: () => put.mutate(!to),
      })
    },
  })
  return (
    <Card withBorder component="section" aria-label="Background life">
      <Stack gap="xs">
        <Title order={2} size="h4">
          Background life
        </Title>
        <Switch
          label="A few texts a minute, as subscribers sign in, watch and answer"
          checked={put.isPending ? put.variables : isOn}
          disabled={put.isPending}
          onChange={event => put.mutate(event.currentTarget.checked)}
        />
        <Text size="sm" c="dimmed">
          Switch it off to see only what you do.{' '}
          <Anchor href="/docs" target="_blank" inherit underline="always">
            The API
          </Anchor>{' '}
          does what the console does.
        </Text>
        {put.error && (
          <Text size="sm" c="red" role="alert">
            {sentence(put.error)}
          </Text>
        )}
      </Stack>
    </Card>
  )
}
