// Where links in texts may lead. The guard refuses a text with any other, whoever wrote the template.
import { Alert, Button, Group, Pill, Stack, TagsInput, Text } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { client, sentence } from '../../client.ts'
import { settingsQuery } from '../../format.tsx'
import { Failed, Waiting } from '../../page.tsx'
import { tell } from '../../toast.tsx'

/** As the contract has it. */
const domain = /^\.?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/

/** Somebody may paste a whole address. */
const domainOf = (typed: string) =>
  typed
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/^\*\./, '.')
    .replace(/[/?#].*$/, '')

export function Links() {
  const queries = useQueryClient()
  const settings = useQuery(settingsQuery)
  const [draft, setDraft] = useState<string[]>()
  const save = useMutation({
    mutationFn: (domains: string[]) => client.putLinkDomains({ domains }),
    onSuccess: async ({ domains }) => {
      const before = settings.data?.linkDomains ?? []
      setDraft(undefined)
      await queries.invalidateQueries({ queryKey: settingsQuery.queryKey })
      tell({
        id: 'link-domains',
        title: 'The link domains are set',
        message: `${differenceOf(before, domains)} It takes effect within two seconds.`,
        undo: () => save.mutate(before),
      })
    },
  })
  if (settings.isPending) return <Waiting what="Loading the settings" />
  if (settings.error) return <Failed error={settings.error} again={() => void settings.refetch()} />
  const { linkDomains, ownDomains } = settings.data
  const others = linkDomains.filter(each => !ownDomains.includes(each))
  const shown = draft ?? others
  const wrong = shown.filter(each => !domain.test(each))
  const difference = differenceOf(others, shown)
  return (
    <Stack gap="md" maw={640}>
      <Text size="sm">
        A text may lead only to these domains. One with a link to anywhere else is refused before it leaves, so that a
        mistake or a stranger in a template cannot send subscribers to a foreign page.
      </Text>
      <Stack gap={4}>
        <Group gap={6}>
          <IconLock size={16} aria-hidden />
          <Text size="sm" fw={600}>
            Usher's own
          </Text>
          <Text size="sm" c="dimmed">
            its texts need them; they stay
          </Text>
        </Group>
        <Group gap={6}>
          {ownDomains.map(each => (
            <Pill key={each} size="md">
              {each}
            </Pill>
          ))}
        </Group>
      </Stack>
      <form
        onSubmit={event => {
          event.preventDefault()
          if (draft && wrong.length === 0) save.mutate([...new Set([...ownDomains, ...draft])])
        }}
      >
        <Stack>
          <TagsInput
            label="Further domains"
            description="orpheum.example is that domain alone; .orpheum.example takes its sub-domains too. Enter adds one, Backspace removes the last."
            placeholder={shown.length === 0 ? 'help.orpheum.example' : ''}
            value={shown}
            splitChars={[',', ' ', '\n']}
            maxTags={200}
            onChange={value => setDraft([...new Set(value.map(domainOf).filter(each => each !== ''))])}
            error={wrong.length > 0 ? `This is no domain: ${wrong.join(', ')}` : undefined}
          />
          {draft && difference && wrong.length === 0 && (
            <Alert color="blue" role="status">
              <Text size="sm">
                {difference}
                {others.some(each => !shown.includes(each)) &&
                  ' Texts that wait with a link there are refused when their turn comes.'}
              </Text>
            </Alert>
          )}
          {save.error && (
            <Text size="sm" c="red" role="alert">
              {sentence(save.error)}
            </Text>
          )}
          <Group>
            <Button type="submit" disabled={!draft || wrong.length > 0 || !difference} loading={save.isPending}>
              Save
            </Button>
            {draft && (
              <Button variant="default" onClick={() => setDraft(undefined)}>
                Leave as it was
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Stack>
  )
}

/** What a change of the list allows and forbids, in a sentence or two. */
export function differenceOf(before: readonly string[], after: readonly string[]): string {
  const added = after.filter(each => !before.includes(each))
  const gone = before.filter(each => !after.includes(each))
  return [
    added.length > 0 && `Allowed from now on: ${added.join(', ')}.`,
    gone.length > 0 && `No longer allowed: ${gone.join(', ')}.`,
  ]
    .filter(Boolean)
    .join(' ')
}
