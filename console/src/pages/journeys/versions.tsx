// What a journey was before: who changed what and when, what going back would change, and the way back.
import { Badge, Button, Group, List, Stack, Table, Text } from '@mantine/core'
import type { JourneyDetail, JourneyVersion } from '@usher/contract/journey'
import { isProblem } from '../../client.ts'
import { Time } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { tell, tellFailure } from '../../toast.tsx'
import { changesOf } from './changes.ts'
import { inputOf } from './draft.ts'
import { useSaveJourney } from './queries.ts'

export function Versions({ journey, mayWrite }: { journey: JourneyDetail; mayWrite: boolean }) {
  const { name, title, version, versions, isShipped } = journey
  const save = useSaveJourney(
    (saved, { journey: sent }) => {
      const before = inputOf(journey)
      tell({
        id: `journey-${name}`,
        title: sent === null ? `${title} is as it was shipped` : `Saved as version ${saved.version}`,
        message: 'Every step that is still to come goes by it within two seconds.',
        undo: () => save.mutate({ name, journey: before, version: saved.version }),
      })
    },
    error => {
      if (isProblem(error, 'journey_changed'))
        tell({
          title: 'It was changed meanwhile',
          color: 'yellow',
          message: 'Somebody else saved it. Its versions are shown as they are now; choose again.',
        })
      else tellFailure('It stays as it was', error)
    },
  )
  const isAsShipped =
    isShipped && changesOf(inputOf(journey), versions.find(one => one.version === 0)!.journey).length === 0
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        Each change makes a version. Going back makes one as well, so nothing is lost.
      </Text>
      {mayWrite && isShipped && !isAsShipped && (
        <Button
          w="fit-content"
          variant="default"
          loading={save.isPending && save.variables.journey === null}
          onClick={() => save.mutate({ name, journey: null, version })}
        >
          As it was shipped
        </Button>
      )}
      <Table className={narrow.table} verticalSpacing={8} aria-label="Versions">
        <Table.Thead>
          <Table.Tr>
            <Table.Th miw={100}>Version</Table.Th>
            <Table.Th miw={100}>Saved</Table.Th>
            <Table.Th miw={130}>By</Table.Th>
            <Table.Th>What it changed</Table.Th>
            <Table.Th>
              <span className="unseen">What to do</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {versions.map((one, i) => (
            <Table.Tr key={one.version} style={{ verticalAlign: 'top' }}>
              <Table.Td>
                <Group gap={6}>
                  <Text span size="sm">
                    {one.version}
                  </Text>
                  {one.version === version && (
                    <Badge size="sm" variant="default" tt="none" fw={500}>
                      in force
                    </Badge>
                  )}
                </Group>
              </Table.Td>
              <Table.Td data-label="Saved">{one.madeAt === null ? 'at the start' : <Time at={one.madeAt} />}</Table.Td>
              <Table.Td data-label="By">
                {one.madeAt === null ? 'as it was shipped' : <bdi>{one.madeBy ?? 'a program'}</bdi>}
              </Table.Td>
              <Table.Td>
                <Changed version={one} before={versions[i + 1]} />
              </Table.Td>
              <Table.Td>
                {mayWrite && one.version !== version && (
                  <Group justify="flex-end">
                    <Button
                      size="compact-sm"
                      variant="default"
                      loading={save.isPending && save.variables.journey === one.journey}
                      disabled={changesOf(inputOf(journey), one.journey).length === 0}
                      onClick={() => save.mutate({ name, journey: one.journey, version })}
                    >
                      Make it the next version
                      <span className="unseen">: version {one.version}</span>
                    </Button>
                  </Group>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  )
}

function Changed({ version, before }: { version: JourneyVersion; before: JourneyVersion | undefined }) {
  if (!before)
    return <Text size="sm">{version.madeAt === null ? 'What there was on the first day.' : 'It was new.'}</Text>
  const changes = changesOf(before.journey, version.journey)
  if (changes.length === 0) return <Text size="sm">Nothing.</Text>
  return (
    <List size="sm">
      {changes.map(one => (
        <List.Item key={one} className="anywhere">
          {one}
        </List.Item>
      ))}
    </List>
  )
}
