// The versions of the line: who changed what, and when; what one was like against now; and the way back to it.
import { Badge, Button, Group, List, Modal, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Line } from '@usher/contract/carrier'
import { useState } from 'react'
import { client, sentence } from '../../client.ts'
import { exact, Time } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { Failed, Waiting } from '../../page.tsx'
import { useRowKeys } from '../../rows.ts'
import { useMay } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import { changes } from './changes.ts'
import { useChange } from './line.tsx'

export function History({ line }: { line: Line }) {
  const [open, setOpen] = useState<number>()
  const { list } = useRowKeys()
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['line-versions', line.version],
    queryFn: ({ signal }) => client.listLineVersions({ signal }),
  })
  if (isPending) return <Waiting what="Loading the versions" />
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />
  return (
    <Stack gap="md" ref={list}>
      <Text size="sm" c="dimmed">
        Each change of a carrier, a sender or the routes makes a version of them all. Secrets are in none.
      </Text>
      <Table className={narrow.table} verticalSpacing={6} highlightOnHover aria-label="Versions">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Version</Table.Th>
            <Table.Th>When</Table.Th>
            <Table.Th>Who</Table.Th>
            <Table.Th>What</Table.Th>
            <Table.Th>
              <span className="unseen">What to do</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.items.map(({ version, at, by, what }) => (
            <Table.Tr key={version}>
              <Table.Td>
                <Group gap={6}>
                  {version}
                  {version === line.version && (
                    <Badge size="sm" variant="default" tt="none" fw={500}>
                      in use
                    </Badge>
                  )}
                </Group>
              </Table.Td>
              <Table.Td data-label="When">{at === null ? 'at the start' : <Time at={at} />}</Table.Td>
              <Table.Td data-label="Who">
                <bdi>{by ?? 'Usher itself'}</bdi>
              </Table.Td>
              <Table.Td>{what}</Table.Td>
              <Table.Td>
                <Group justify="flex-end">
                  <Button
                    data-row
                    size="compact-sm"
                    variant="default"
                    aria-label={`Look at version ${version}`}
                    onClick={() => setOpen(version)}
                  >
                    Look
                  </Button>
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {open !== undefined && <Version version={open} line={line} close={() => setOpen(undefined)} />}
    </Stack>
  )
}

function Version({ version, line, close }: { version: number; line: Line; close: () => void }) {
  const mayWrite = useMay('carriers:write')
  const [isSure, setSure] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: ['line', 'version', version],
    queryFn: ({ signal }) => client.getLine({ version }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const restore = useChange(
    () => client.restoreLine(version),
    now => {
      tell({ title: `Version ${version} is in use again`, message: `As version ${now.version}.` })
      close()
    },
  )
  const back = data && changes(line, data)
  const isCurrent = version === line.version
  return (
    <Modal opened onClose={close} title={`Version ${version}`} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      {error && !data ? (
        <Failed error={error} again={() => void refetch()} />
      ) : !data || !back ? (
        <Waiting what="Loading the version" />
      ) : (
        <Stack>
          <Text size="sm">
            <bdi>{data.by ?? 'Usher itself'}</bdi>
            {data.at && `, ${exact(data.at)}`}: {data.what}.
          </Text>
          <Text size="sm" c="dimmed">
            It has {names('carrier', data.carriers)}, {names('sender', data.senders)} and {names('route', data.routes)}.
          </Text>
          {isCurrent ? (
            <Text size="sm">It is the one in use.</Text>
          ) : back.length === 0 ? (
            <Text size="sm">It is the same as the one in use.</Text>
          ) : (
            <>
              <Text size="sm" fw={600}>
                Going back to it changes:
              </Text>
              {back.map(({ what, how }) => (
                <div key={what}>
                  <Text size="sm">{what}</Text>
                  <List size="sm">
                    {how.map(one => (
                      <List.Item key={one} className="anywhere">
                        {one}
                      </List.Item>
                    ))}
                  </List>
                </div>
              ))}
            </>
          )}
          {restore.error && (
            <Text size="sm" c="red" role="alert">
              {sentence(restore.error)}
            </Text>
          )}
          <Group justify="flex-end">
            {isSure && (
              <Text size="sm" flex={1}>
                Texts take the way of version {version} within two seconds. Secrets stay as they are now.
              </Text>
            )}
            <Button variant="default" onClick={close}>
              {isSure ? 'Leave it as it is' : 'Close'}
            </Button>
            {mayWrite && !isCurrent && back.length > 0 && (
              <Button loading={restore.isPending} onClick={() => (isSure ? restore.mutate(undefined) : setSure(true))}>
                {isSure ? `Yes, go back to version ${version}` : `Go back to version ${version}`}
              </Button>
            )}
          </Group>
        </Stack>
      )}
    </Modal>
  )
}

const names = (one: string, all: readonly { name: string }[]) =>
  all.length === 0
    ? `no ${one}`
    : `${all.length} ${one}${all.length === 1 ? '' : 's'} (${all.map(({ name }) => name).join(', ')})`
