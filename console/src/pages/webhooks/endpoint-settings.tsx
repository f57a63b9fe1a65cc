// What can be changed of an endpoint: where it is and what it is told, its secret, and its end.
import { Button, Card, Group, Modal, Stack, Text, TextInput, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconKey, IconTrash } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { WebhookEndpoint, WebhookSecret } from '@usher/contract/webhook'
import { useState } from 'react'
import { client, sentence } from '../../client.ts'
import { exact, many } from '../../format.tsx'
import { useMay } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import { WallTime } from '../settings/wall-time.tsx'
import { type EndpointDraft, EndpointFields, formProblem } from './endpoint-fields.tsx'
import { ReplaceSecret, SecretShown } from './secret.tsx'

export function EndpointSettings({ endpoint }: { endpoint: WebhookEndpoint }) {
  const mayWrite = useMay('webhooks:write')
  return (
    <Stack gap="md" maw={860}>
      {!mayWrite && (
        <Text size="sm" c="dimmed">
          Your role looks at webhooks. An administrator changes them.
        </Text>
      )}
      <What endpoint={endpoint} isReadOnly={!mayWrite} />
      <Secret endpoint={endpoint} mayWrite={mayWrite} />
      {mayWrite && <End endpoint={endpoint} />}
      <Text size="xs" c="dimmed">
        Made {exact(endpoint.createdAt)}, {endpoint.id}
      </Text>
    </Stack>
  )
}

function What({ endpoint, isReadOnly }: { endpoint: WebhookEndpoint; isReadOnly: boolean }) {
  const queries = useQueryClient()
  const { id, url, description, types, state } = endpoint
  const [draft, setDraft] = useState<EndpointDraft>()
  const shown = draft ?? { url, description, types }
  const isGone = state === 'gone'
  const save = useMutation({
    // Who saves one that is gone wants it to be called again: there is no other state to save it in.
    mutationFn: () => client.putWebhook(id, { ...shown, state: state === 'paused' ? 'paused' : 'active' }),
    onSuccess: saved => {
      setDraft(undefined)
      queries.setQueryData(['webhooks', 'one', id], saved)
      tell({ title: 'The endpoint is saved', message: 'It takes effect with the next call.' })
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  const isSame =
    draft === undefined ||
    (draft.url === url &&
      draft.description === description &&
      draft.types.length === types.length &&
      draft.types.every(name => types.includes(name)))
  const left = formProblem(save.error)
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (!isReadOnly) save.mutate()
      }}
    >
      <Stack>
        <EndpointFields
          draft={shown}
          change={change => setDraft({ ...shown, ...change })}
          error={save.error}
          isReadOnly={isReadOnly}
        />
        {left && (
          <Text size="sm" c="red" role="alert">
            {left}
          </Text>
        )}
        {!isReadOnly && (
          <Group>
            <Button
              type="submit"
              loading={save.isPending}
              disabled={isSame || shown.url.trim() === '' || shown.types.length === 0}
            >
              {isGone ? 'Save and make it active' : 'Save'}
            </Button>
            {!isSame && (
              <Button
                variant="default"
                onClick={() => {
                  setDraft(undefined)
                  save.reset()
                }}
              >
                Leave as it was
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </form>
  )
}

function Secret({ endpoint, mayWrite }: { endpoint: WebhookEndpoint; mayWrite: boolean }) {
  const queries = useQueryClient()
  const [isAsking, asking] = useDisclosure()
  const [made, setMade] = useState<WebhookSecret>()
  const { secretReplacedUntil } = endpoint
  return (
    <Card withBorder component="section" aria-label="Its secret">
      <Group justify="space-between">
        <div>
          <Title order={2} size="h5">
            Its secret
          </Title>
          <Text size="sm" c="dimmed">
            Calls are signed with it, so that your program knows that it is Usher who calls.{' '}
            {secretReplacedUntil === null ? (
              'It was shown once.'
            ) : (
              <>
                It is being replaced: the old one signs too, until it ends <WallTime at={secretReplacedUntil} />.
              </>
            )}
          </Text>
        </div>
        {mayWrite && (
          <Button variant="default" leftSection={<IconKey size={16} aria-hidden />} onClick={asking.open}>
            Replace the secret
          </Button>
        )}
      </Group>
      {isAsking && (
        <ReplaceSecret
          endpoint={endpoint}
          close={asking.close}
          made={secret => {
            asking.close()
            setMade(secret)
            void queries.invalidateQueries({ queryKey: ['webhooks'] })
          }}
        />
      )}
      <SecretShown made={made} close={() => setMade(undefined)} />
    </Card>
  )
}

function End({ endpoint }: { endpoint: WebhookEndpoint }) {
  const [isAsking, { open, close }] = useDisclosure()
  return (
    <Card withBorder component="section" aria-label="Delete this endpoint">
      <Group justify="space-between">
        <div>
          <Title order={2} size="h5">
            Delete this endpoint
          </Title>
          <Text size="sm" c="dimmed">
            With its deliveries. To stop it for a while, pause it.
          </Text>
        </div>
        <Button color="red" variant="light" leftSection={<IconTrash size={16} aria-hidden />} onClick={open}>
          Delete it
        </Button>
      </Group>
      {isAsking && <Delete endpoint={endpoint} close={close} />}
    </Card>
  )
}

function Delete({ endpoint: { id, url, waiting }, close }: { endpoint: WebhookEndpoint; close: () => void }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const remove = useMutation({
    mutationFn: () => client.deleteWebhook(id),
    onSuccess: async () => {
      await navigate({ to: '/webhooks' })
      queries.removeQueries({ queryKey: ['webhooks', 'one', id] })
      tell({ title: 'The endpoint is deleted', message: `${url} is called no more.` })
      await queries.invalidateQueries({ queryKey: ['webhooks'] })
    },
  })
  return (
    <Modal opened onClose={close} title="Delete this endpoint?" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          remove.mutate()
        }}
      >
        <Stack>
          <Text size="sm">
            It is called no more.{' '}
            {waiting > 0 &&
              `${many(waiting, 'delivery', 'deliveries')} that ${waiting === 1 ? 'waits is' : 'wait are'} not sent. `}
            The log of its deliveries and its secret go with it. This can not be undone.
          </Text>
          <TextInput
            label={
              <>
                Type <b className="anywhere">{url}</b> to delete it
              </>
            }
            autoComplete="off"
            spellCheck={false}
            data-autofocus
            value={typed}
            onChange={event => setTyped(event.currentTarget.value)}
          />
          {remove.error && (
            <Text size="sm" c="red" role="alert">
              {sentence(remove.error)}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              Keep it
            </Button>
            <Button type="submit" color="red" disabled={typed.trim() !== url} loading={remove.isPending}>
              Delete the endpoint
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
