// Blocking a number: nothing of the chosen kind is sent to it any more, and what waits is taken back.
import { Button, Group, Modal, Radio, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { SuppressionScope } from '@usher/contract/suppression'
import { useState } from 'react'
import { client, sentence } from '../../client.ts'
import { problemAt } from '../../field-problem.ts'
import { many } from '../../format.tsx'
import { tell } from '../../toast.tsx'
import { decisionKey } from '../../would-it-go.tsx'
import { suppressionsKey } from './looks.ts'

const choices: readonly [SuppressionScope, string][] = [
  ['all', 'Everything, codes too'],
  ['promotional', 'Titles and offers'],
  ['account', 'Account and billing'],
  ['security', 'Security alerts'],
]

export function Block({ close }: { close: () => void }) {
  const queries = useQueryClient()
  const [number, setNumber] = useState('')
  const [scope, setScope] = useState<SuppressionScope>('all')
  const [note, setNote] = useState('')
  const block = useMutation({
    mutationFn: () => client.blockNumber({ number: number.replace(/[\s()./-]/g, ''), scope, note: note.trim() }),
    onSuccess: async ({ suppression, cancelled }) => {
      close()
      tell({
        id: 'suppression',
        title: suppression.number ? `${suppression.number} is blocked` : 'The number is blocked',
        message: cancelled > 0 ? `${many(cancelled, 'text')} that waited will not be sent.` : 'Nothing waited for it.',
      })
      for (const key of [suppressionsKey, decisionKey, ['messages']]) await queries.invalidateQueries({ queryKey: key })
    },
  })
  const atNumber = problemAt(block.error, 'number', 'invalid_number')
  const atNote = problemAt(block.error, 'note')
  return (
    <Modal opened onClose={close} title="Block a number" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          if (!block.isPending) block.mutate()
        }}
      >
        <Stack>
          <TextInput
            label="Number"
            description="Whole, with its plus sign. It is kept as a hash alone."
            placeholder="+44 7700 900123"
            type="tel"
            autoComplete="off"
            data-autofocus
            required
            withAsterisk={false}
            value={number}
            onChange={event => setNumber(event.currentTarget.value)}
            error={atNumber}
          />
          <Radio.Group
            label="What is not sent to it"
            value={scope}
            onChange={value => setScope(value as SuppressionScope)}
          >
            <Stack gap={6} mt={6}>
              {choices.map(([value, label]) => (
                <Radio key={value} value={value} label={label} />
              ))}
            </Stack>
          </Radio.Group>
          <Textarea
            label="Why"
            description="Kept with it and in the audit log, with your name"
            autosize
            minRows={2}
            minLength={5}
            maxLength={500}
            required
            withAsterisk={false}
            value={note}
            onChange={event => setNote(event.currentTarget.value)}
            error={atNote}
          />
          <Text size="sm">
            It holds for whoever has this number, now and later, also after they are erased. Texts that wait for it are
            cancelled. Only an administrator can lift it.
          </Text>
          {block.error && !atNumber && !atNote && (
            <Text size="sm" c="red" role="alert">
              {sentence(block.error)}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Leave it
            </Button>
            <Button
              type="submit"
              color="red"
              disabled={number.trim() === '' || note.trim().length < 5}
              loading={block.isPending}
            >
              Block it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
