// From how many points on a sign-in is challenged or denied. What other thresholds would have done is counted before they are saved.
import { Alert, Button, Group, NumberInput, Paper, Table, Text, Title } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { SignInRules, SignInRulesPreview } from '@usher/contract/sign-in'
import { useState } from 'react'
import { client, sentence } from '../../client.ts'
import { count } from '../../format.tsx'
import narrow from '../../narrow.module.css'
import { Failed, Waiting } from '../../page.tsx'
import { tell } from '../../toast.tsx'

const rulesQuery = {
  queryKey: ['sign-in-rules'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.getSignInRules({ signal }),
}
type Two = Pick<SignInRules, 'challengeAt' | 'denyAt'>
const fields = [
  { key: 'challengeAt', label: 'Points from which a sign-in is asked for more' },
  { key: 'denyAt', label: 'Points from which it is not let in' },
] as const
const came = [
  { key: 'allow', name: 'let in' },
  { key: 'challenge', name: 'asked for more' },
  { key: 'deny', name: 'not let in' },
] as const

export function Thresholds({ mayWrite }: { mayWrite: boolean }) {
  const { data, error, isPending, refetch } = useQuery(rulesQuery)
  if (isPending) return <Waiting what="Loading the thresholds" />
  if (data === undefined) return <Failed error={error} again={() => void refetch()} />
  return <Form saved={data} mayWrite={mayWrite} />
}

function Form({ saved, mayWrite }: { saved: SignInRules; mayWrite: boolean }) {
  const queries = useQueryClient()
  const [draft, setDraft] = useState<Two>()
  const { challengeAt, denyAt } = draft ?? saved
  const isWhole = Number.isFinite(challengeAt) && Number.isFinite(denyAt) && denyAt > challengeAt
  const isChanged = challengeAt !== saved.challengeAt || denyAt !== saved.denyAt
  const [wanted] = useDebouncedValue({ challengeAt, denyAt }, 300)
  const preview = useQuery({
    queryKey: ['sign-in-rules', 'preview', wanted.challengeAt, wanted.denyAt],
    queryFn: ({ signal }) => client.previewSignInRules(wanted, { signal }),
    enabled: mayWrite && Number.isFinite(wanted.challengeAt) && wanted.denyAt > wanted.challengeAt,
  })
  const save = useMutation({
    mutationFn: async (two: Two) => {
      // Whatever else somebody changed meanwhile stays.
      const { version: _, ...rules } = await client.getSignInRules()
      return client.putSignInRules({ ...rules, ...two })
    },
    onSuccess: rules => {
      const before = { challengeAt: saved.challengeAt, denyAt: saved.denyAt }
      setDraft(undefined)
      queries.setQueryData(rulesQuery.queryKey, rules)
      tell({
        id: 'thresholds',
        title: 'The thresholds are saved',
        message: 'Every process goes by them within two seconds.',
        undo: () => save.mutate(before),
      })
    },
  })
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (isChanged && isWhole && !save.isPending) save.mutate({ challengeAt, denyAt })
      }}
    >
      <Paper withBorder p="md" mb="md" maw={720} component="fieldset">
        <Title order={2} size="h5" component="legend" px={4}>
          Sign-ins
        </Title>
        <Text size="sm" c="dimmed" mb="sm">
          Each point is ten times likelier somebody else. A lower threshold stops more strangers and bothers more
          owners.
        </Text>
        {fields.map(({ key, label }) => (
          <NumberInput
            key={key}
            label={label}
            styles={{ input: { width: 120 } }}
            mb="xs"
            min={-20}
            max={50}
            step={0.1}
            decimalScale={1}
            clampBehavior="blur"
            hideControls
            disabled={!mayWrite}
            error={key === 'denyAt' && denyAt <= challengeAt ? 'It is more than the one above.' : undefined}
            value={Number.isNaN((draft ?? saved)[key]) ? '' : (draft ?? saved)[key]}
            onChange={next =>
              setDraft({ challengeAt, denyAt, [key]: next === '' || next === '-' ? Number.NaN : Number(next) })
            }
          />
        ))}
        {preview.data && <Counted preview={preview.data} isChanged={isChanged} />}
        {(save.error ?? preview.error) && (
          <Alert color="red" role="alert" mt="sm">
            <Text size="sm">{sentence(save.error ?? preview.error)}</Text>
          </Alert>
        )}
        {mayWrite && (
          <Group mt="sm">
            <Button type="submit" disabled={!isChanged || !isWhole} loading={save.isPending}>
              Save the thresholds
            </Button>
          </Group>
        )}
      </Paper>
    </form>
  )
}

function Counted({ preview, isChanged }: { preview: SignInRulesPreview; isChanged: boolean }) {
  const { days, signIns, inForce, proposed } = preview
  if (signIns === 0)
    return (
      <Text size="sm" c="dimmed">
        No sign-in was told in the last {days} days to try them on.
      </Text>
    )
  return (
    <Table className={narrow.table} verticalSpacing={4} fz="sm" aria-label={`Sign-ins of the last ${days} days`}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>
            Of {count(signIns)} in the last {days} days
          </Table.Th>
          <Table.Th className={narrow.right}>As it is</Table.Th>
          {isChanged && <Table.Th className={narrow.right}>As proposed</Table.Th>}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {came.map(({ key, name }) => (
          <Table.Tr key={key}>
            <Table.Td>{name}</Table.Td>
            <Table.Td className={narrow.right} data-label="As it is">
              {count(inForce[key])}
            </Table.Td>
            {isChanged && (
              <Table.Td className={narrow.right} data-label="As proposed">
                {count(proposed[key])}
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
