// A new endpoint: where to call, and what of.
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { OutgoingName, WebhookSecret } from '@usher/contract/webhook'
import { useState } from 'react'
import { client } from '../../client.ts'
import { EndpointFields, formProblem } from './endpoint-fields.tsx'
import { rareNames } from './outgoing.ts'

export function NewEndpoint({ close, made }: { close: () => void; made: (secret: WebhookSecret) => void }) {
  const [draft, setDraft] = useState({ url: '', description: '', types: [...rareNames] as OutgoingName[] })
  const make = useMutation({
    mutationFn: () => client.createWebhook({ ...draft, state: 'active' }),
    onSuccess: made,
  })
  const left = formProblem(make.error)
  return (
    <Modal opened onClose={close} title="New endpoint" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          make.mutate()
        }}
      >
        <Stack>
          <EndpointFields draft={draft} change={change => setDraft({ ...draft, ...change })} error={make.error} isNew />
          {left && (
            <Text size="sm" c="red" role="alert">
              {left}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={make.isPending}
              disabled={draft.url.trim() === '' || draft.types.length === 0}
            >
              Make it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
