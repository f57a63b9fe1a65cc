// Sign-ins as they were judged: who came from where, what was answered, and each number that decided.
import { Button, Collapse, Group, List, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { SignIn } from '@usher/contract/sign-in'
import { Fragment, useState } from 'react'
import { client, sentence } from '../../client.ts'
import { Time } from '../../format.tsx'
import { MarkBadge } from '../../mark.tsx'
import narrow from '../../narrow.module.css'
import { Empty, Failed, Waiting } from '../../page.tsx'
import { useMay } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import { answers, deviceOf, placeOf, Sources, settledAs, Who } from './looks.tsx'

const signInsKey = ['sign-ins']
export function SignIns() {
  const { subscriber } = useSearch({ from: '/security' })
  const navigate = useNavigate()
  const [open, setOpen] = useState<string>()
  const find = useDebouncedCallback(
    (value: string) =>
      void navigate({
        to: '/security',
        search: { tab: 'sign-ins', ...(value && { subscriber: value }) },
        replace: true,
      }),
    300,
  )
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [...signInsKey, subscriber],
    queryFn: ({ signal }) => client.listSignIns({ limit: 50, ...(subscriber && { subscriber }) }, { signal }),
    refetchInterval: 10_000,
  })
  const rows = data?.items ?? []
  return (
    <Stack gap="md">
      <Title order={2} size="h4">
        Sign-ins
      </Title>
      <search aria-label="Filters">
        <TextInput
          size="xs"
          maw={320}
          aria-label="A subscriber's id"
          placeholder="A subscriber's id"
          leftSection={<IconSearch size={14} aria-hidden />}
          defaultValue={subscriber ?? ''}
          onChange={event => find(event.currentTarget.value.trim())}
        />
      </search>
      {isPending && <Waiting what="Listing sign-ins" />}
      {error && <Failed error={error} again={() => void refetch()} />}
      {data && rows.length === 0 && (
        <Empty title={subscriber ? 'No sign-in is known of them' : 'No sign-in was told'}>
          Your service tells each sign-in by POST /v1/sign-ins, and is answered whether to let them in.
        </Empty>
      )}
      {rows.length > 0 && (
        <Table className={narrow.table} verticalSpacing={6} fz="sm" aria-label="Sign-ins, newest first">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>Who</Table.Th>
              <Table.Th>From</Table.Th>
              <Table.Th>Answer</Table.Th>
              <Table.Th className={`${narrow.right} nowrap`}>Points</Table.Th>
              <Table.Th>Why</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(row => (
              <Fragment key={row.id}>
                <Table.Tr>
                  <Table.Td>
                    <Time at={row.at} />
                  </Table.Td>
                  <Table.Td>
                    <Who id={row.subscriber} />
                    {row.outcome === 'failed' && (
                      <Text size="xs" c="dimmed">
                        it failed
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>
                    {placeOf(row)}
                    <Text size="xs" c="dimmed">
                      {deviceOf(row)}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    <MarkBadge mark={answers[row.answer]} />
                    {row.isTheirs !== null && (
                      <Text size="xs" c="dimmed">
                        {settledAs(row)}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td className={narrow.right} data-label="Points">
                    {row.score.toFixed(1)}
                  </Table.Td>
                  <Table.Td>
                    {row.reasons[0] ?? row.missing[0]}{' '}
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      aria-expanded={open === row.id}
                      aria-label={`Each number: ${row.subscriber}, ${row.at}`}
                      onClick={() => setOpen(open === row.id ? undefined : row.id)}
                    >
                      each number
                    </Button>
                  </Table.Td>
                </Table.Tr>
                {open === row.id && (
                  <Table.Tr>
                    <Table.Td colSpan={6}>
                      <Numbers signIn={row} />
                    </Table.Td>
                  </Table.Tr>
                )}
              </Fragment>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {rows.length > 0 && <Sources />}
    </Stack>
  )
}

function Numbers({ signIn }: { signIn: SignIn }) {
  const queries = useQueryClient()
  const maySettle = useMay('sign_ins:write')
  const settle = useMutation({
    mutationFn: (isTheirs: boolean) => client.settleSignIn(signIn.id, { isTheirs }),
    onSuccess: (_, isTheirs) => tell({ id: 'sign-in', title: isTheirs ? 'It was they' : 'It was not they' }),
    onSettled: () => queries.invalidateQueries({ queryKey: signInsKey }),
  })
  const said = [...signIn.features, ...signIn.signals].sort((a, b) => b.points - a.points)
  return (
    <Collapse expanded>
      <List size="sm" aria-label="Each number">
        {said.map(one => (
          <List.Item key={one.sentence}>{one.sentence}</List.Item>
        ))}
        {signIn.missing.map(one => (
          <List.Item key={one}>{one}</List.Item>
        ))}
      </List>
      {maySettle && signIn.isTheirs !== false && (
        <Group gap="xs" mt="xs">
          {signIn.isTheirs === null && (
            <Button size="compact-sm" variant="light" color="green" onClick={() => settle.mutate(true)}>
              It was they
            </Button>
          )}
          <Button size="compact-sm" variant="light" color="red" onClick={() => settle.mutate(false)}>
            It was not they
          </Button>
        </Group>
      )}
      {settle.error && (
        <Text size="sm" c="red" role="alert">
          {sentence(settle.error)}
        </Text>
      )}
    </Collapse>
  )
}
