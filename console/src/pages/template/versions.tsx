// The versions of a template: what each changed against what is in the editor, and the way back to it.
import { Badge, Box, Button, Group, Modal, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Template } from '@usher/contract/template'
import { useState } from 'react'
import { client } from '../../client.ts'
import { Difference } from '../../difference.tsx'
import { count, Time } from '../../format.tsx'
import { directionOf, localeName, sorted } from '../../locales.ts'
import { Failed, Waiting } from '../../page.tsx'
import { tellFailure } from '../../toast.tsx'
import type { Draft } from '../template.tsx'

interface VersionsProps {
  name: string
  saved: Template
  draft: Draft
  mayWrite: boolean
  restore: (template: Template) => void
}

export function Versions({ name, saved, draft, mayWrite, restore }: VersionsProps) {
  const use = useQuery({
    queryKey: ['template-use', name],
    queryFn: ({ signal }) => client.templateUse(name, { signal }),
  })
  const [compared, setCompared] = useState<number>()
  const [isFetching, setFetching] = useState<number>()
  const used = new Map(use.data?.versions.map(one => [one.version, one.texts30d]))
  const load = async (version: number) => {
    setFetching(version)
    try {
      restore(await client.getTemplate(name, { version }))
    } catch (error) {
      tellFailure(`Version ${version} was not loaded`, error)
    }
    setFetching(undefined)
  }
  return (
    <Stack gap={4} component="section" aria-label="Versions">
      <Text fw={600} component="h2" size="md">
        Versions
      </Text>
      <Table verticalSpacing={4} aria-label="Versions">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Version</Table.Th>
            <Table.Th>Saved</Table.Th>
            <Table.Th ta="right" visibleFrom="xs">
              Texts in 30 days
            </Table.Th>
            <Table.Th>
              <span className="unseen">What to do</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(saved.versions ?? [saved]).map(({ version, createdAt }) => (
            <Table.Tr key={version}>
              <Table.Td>
                <Group gap={6}>
                  {version}
                  {version === saved.version && (
                    <Badge size="sm" variant="default" tt="none" fw={500}>
                      sent now
                    </Badge>
                  )}
                </Group>
              </Table.Td>
              <Table.Td>
                <Time at={createdAt} />
              </Table.Td>
              <Table.Td ta="right" className="tabular" visibleFrom="xs">
                {use.data ? count(used.get(version) ?? 0) : ''}
              </Table.Td>
              <Table.Td>
                <Group gap="xs" justify="flex-end">
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={`Compare version ${version}`}
                    onClick={() => setCompared(version)}
                  >
                    Compare
                  </Button>
                  {mayWrite && version !== saved.version && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={`Restore version ${version}`}
                      loading={isFetching === version}
                      onClick={() => void load(version)}
                    >
                      Restore
                    </Button>
                  )}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <CompareVersion name={name} version={compared} draft={draft} close={() => setCompared(undefined)} />
    </Stack>
  )
}

function CompareVersion(props: { name: string; version: number | undefined; draft: Draft; close: () => void }) {
  const { name, version, draft, close } = props
  const { data, error, refetch } = useQuery({
    queryKey: ['template', name, version],
    queryFn: ({ signal }) => client.getTemplate(name, { version: version!, signal }),
    enabled: version !== undefined,
  })
  return (
    <Compare
      isOpen={version !== undefined}
      close={close}
      title={`From version ${version ?? ''} to what is in the editor`}
      before={data?.texts}
      after={draft.texts}
      error={error}
      again={() => void refetch()}
    />
  )
}

interface CompareProps {
  isOpen: boolean
  close: () => void
  title: string
  before: Record<string, string> | undefined
  after: Record<string, string>
  error?: unknown
  again?: () => void
}

export function Compare({ isOpen, close, title, before, after, error, again }: CompareProps) {
  const locales = before ? sorted(new Set([...Object.keys(before), ...Object.keys(after)])) : []
  const changed = locales.filter(locale => before?.[locale] !== after[locale])
  const same = locales.filter(locale => !changed.includes(locale))
  return (
    <Modal opened={isOpen} onClose={close} title={title} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      {error && !before ? (
        <Failed error={error} {...(again && { again })} />
      ) : !before ? (
        <Waiting what="Loading the version" />
      ) : (
        <Stack>
          {changed.map(locale => (
            <Box key={locale}>
              <Text size="sm" fw={600}>
                {localeName(locale)}
                {before[locale] === undefined ? ', new' : after[locale] === undefined ? ', taken out' : ''}
              </Text>
              <Difference
                before={before[locale] ?? ''}
                after={after[locale] ?? ''}
                lang={locale}
                dir={directionOf(locale)}
              />
            </Box>
          ))}
          {changed.length === 0 && <Text size="sm">They are the same.</Text>}
          {changed.length > 0 && same.length > 0 && (
            <Text size="sm">Unchanged: {same.map(localeName).join(', ')}.</Text>
          )}
        </Stack>
      )}
    </Modal>
  )
}
