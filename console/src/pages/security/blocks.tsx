// Where codes stop by themselves, and why; an administrator lets them go on.
import {
  Button,
  Group,
  Modal,
  NativeSelect,
  Paper,
  Stack,
  Table,
  Text,
  Textarea,
  Title,
  VisuallyHidden,
} from '@mantine/core'
import { IconBan, IconCheck } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { CodeBlock } from '@usher/contract/verification'
import { useState } from 'react'
import { client, sentence } from '../../client.ts'
import { countryName } from '../../countries.ts'
import { Time } from '../../format.tsx'
import { type Mark, MarkBadge } from '../../mark.tsx'
import narrow from '../../narrow.module.css'
import { Failed } from '../../page.tsx'
import { tell } from '../../toast.tsx'

const blocksKey = ['code-blocks']
const marks: Record<CodeBlock['effect'], Mark> = {
  blocked: { word: 'no codes', color: 'red', Icon: IconBan, sentence: 'No code is sent there until then.' },
  allowed: { word: 'let go on', color: 'green', Icon: IconCheck, sentence: 'An operator lets codes go on until then.' },
}

const placeOf = ({ kind, label }: CodeBlock) =>
  kind === 'country' ? countryName(label) : `A block of 10,000 numbers (${label})`
const whyOf = ({ facts: { sent, approved, least } }: CodeBlock) =>
  `${approved} of ${sent} codes came back right within a day; at least ${Math.round(Number(least) * 100)} % are asked for.`

export function Blocks({ mayLift }: { mayLift: boolean }) {
  const { data, error, refetch } = useQuery({
    queryKey: blocksKey,
    queryFn: ({ signal }) => client.listCodeBlocks({ signal }),
    refetchInterval: 10_000,
  })
  const [lifting, setLifting] = useState<CodeBlock>()
  if (data === undefined) return error ? <Failed error={error} again={() => void refetch()} /> : null
  return (
    <Paper withBorder p="md" mb="lg" component="section" aria-label="Where codes stop">
      <Title order={2} size="h5">
        Where codes stop
      </Title>
      {error && <Failed error={error} again={() => void refetch()} />}
      {data.items.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nowhere. Where too few codes come back right, to a country or to numbers beside each other, they stop by
          themselves for a while.
        </Text>
      ) : (
        <Table className={narrow.table} verticalSpacing={6} fz="sm" aria-label="Where codes stop">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Where</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>Why</Table.Th>
              <Table.Th>Since</Table.Th>
              <Table.Th>Until</Table.Th>
              <Table.Th>
                <VisuallyHidden>What to do</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.items.map(block => (
              <Table.Tr key={block.id}>
                <Table.Td>{placeOf(block)}</Table.Td>
                <Table.Td>
                  <MarkBadge mark={marks[block.effect]} />
                </Table.Td>
                <Table.Td>{whyOf(block)}</Table.Td>
                <Table.Td data-label="Since">
                  <Time at={block.since} />
                </Table.Td>
                <Table.Td data-label="Until">
                  <Time at={block.until} />
                </Table.Td>
                <Table.Td>
                  {mayLift && block.effect === 'blocked' && (
                    <Button
                      size="compact-xs"
                      variant="light"
                      aria-label={`Let codes go on: ${placeOf(block)}`}
                      onClick={() => setLifting(block)}
                    >
                      Let codes go on
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {lifting && <LiftBlock block={lifting} close={() => setLifting(undefined)} />}
    </Paper>
  )
}

function LiftBlock({ block, close }: { block: CodeBlock; close: () => void }) {
  const queries = useQueryClient()
  const [hours, setHours] = useState('24')
  const [reason, setReason] = useState('')
  const lift = useMutation({
    mutationFn: () => client.liftCodeBlock(block.id, { hours: Number(hours), reason: reason.trim() }),
    onSuccess: () => {
      close()
      tell({ id: 'code-block', title: `Codes go on: ${placeOf(block)}`, message: 'It is in the audit log.' })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: blocksKey }),
  })
  const isReady = reason.trim().length >= 3
  return (
    <Modal opened onClose={close} title="Let codes go on" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          if (isReady && !lift.isPending) lift.mutate()
        }}
      >
        <Stack>
          <Text size="sm">
            {placeOf(block)}: {whyOf(block)} Codes there go on whatever the counts say, for as long as you choose. If
            somebody is paid for them, you pay.
          </Text>
          <NativeSelect
            label="For how long"
            value={hours}
            onChange={event => setHours(event.currentTarget.value)}
            data={[
              { value: '1', label: 'an hour' },
              { value: '24', label: 'a day' },
              { value: '168', label: 'a week' },
            ]}
          />
          <Textarea
            label="Why"
            description="It is kept in the audit log."
            autosize
            minRows={2}
            maxLength={500}
            value={reason}
            onChange={event => setReason(event.currentTarget.value)}
          />
          {lift.error && (
            <Text size="sm" c="red" role="alert">
              {sentence(lift.error)}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              Leave it
            </Button>
            <Button type="submit" disabled={!isReady} loading={lift.isPending}>
              Let codes go on
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
