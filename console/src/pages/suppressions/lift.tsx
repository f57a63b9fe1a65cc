// Lifting a suppression: one at a time, with the reason; of a STOP, with how the person asked for it.
import { Alert, Button, Group, Modal, NativeSelect, Stack, Text, Textarea } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Suppression, waysOfAsking } from '@usher/contract/suppression'
import { useState } from 'react'
import { client, isProblem, sentence } from '../../client.ts'
import { exact } from '../../format.tsx'
import { tell } from '../../toast.tsx'
import { decisionKey } from '../../would-it-go.tsx'
import { gets, reasons, suppressionsKey } from './looks.ts'

type Way = (typeof waysOfAsking)[number]
const ways: Record<Way, string> = {
  call: 'on the telephone',
  mail: 'by e-mail',
  chat: 'in a chat',
  letter: 'by letter',
  in_person: 'in person',
  page: 'on a page of ours',
}

export function Lift({
  suppression: { id, reason, scope, at, number },
  close,
}: {
  suppression: Suppression
  close: () => void
}) {
  const queries = useQueryClient()
  const [why, setWhy] = useState('')
  const [asked, setAsked] = useState<Way>()
  const isStop = reason === 'stop'
  const lift = useMutation({
    mutationFn: () => client.liftSuppression(id, { why: why.trim(), ...(asked && { asked }) }),
    onSuccess: () => {
      close()
      tell({
        id: 'suppression',
        title: `${number ?? 'The number'} is lifted`,
        message: isStop ? 'What they agreed to before stays ended until they agree anew.' : undefined,
      })
    },
    onSettled: async () => {
      for (const key of [suppressionsKey, decisionKey]) await queries.invalidateQueries({ queryKey: key })
    },
  })
  const isReady = why.trim().length >= 5 && (!isStop || asked !== undefined)
  return (
    <Modal opened onClose={close} title="Lift this suppression" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          if (isReady && !lift.isPending) lift.mutate()
        }}
      >
        <Stack>
          <Text size="sm">
            {number ?? 'A number that nobody here has'}: {reasons[reason].sentence} Since {exact(at)} it gets{' '}
            {gets[scope]}. Once this is lifted, it is texted again wherever the other rules allow it.
          </Text>
          {isStop && (
            <>
              <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />}>
                <Text size="sm">
                  They said STOP. Lift it only if they themselves asked to be texted again; START from their phone does
                  it without you. What they agreed to before stays ended: they have to agree anew.
                </Text>
              </Alert>
              <NativeSelect
                label="How they asked"
                value={asked ?? ''}
                onChange={event => setAsked(waysOfAsking.find(way => way === event.currentTarget.value))}
                data={[{ value: '', label: 'Choose' }, ...waysOfAsking.map(value => ({ value, label: ways[value] }))]}
              />
            </>
          )}
          <Textarea
            label={isStop ? 'What they said, and when' : 'Why'}
            description="Kept in the audit log, with your name"
            data-autofocus
            autosize
            minRows={2}
            maxLength={500}
            value={why}
            onChange={event => setWhy(event.currentTarget.value)}
          />
          {lift.error && (
            <Text size="sm" c="red" role="alert">
              {isProblem(lift.error, 'unknown_suppression') ? 'Somebody lifted it already.' : sentence(lift.error)}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep it
            </Button>
            <Button type="submit" color="red" disabled={!isReady} loading={lift.isPending}>
              Lift it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
