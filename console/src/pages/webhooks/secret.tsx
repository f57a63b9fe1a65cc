// The secret of an endpoint: shown once, when it is made or replaced.
import { Button, Card, Group, Modal, Stack, Text, Title } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { WebhookEndpoint, WebhookSecret } from '@usher/contract/webhook'
import { client, sentence } from '../../client.ts'
import { Copy, ShownOnce, Whole } from '../settings/shown-once.tsx'

export const SecretShown = ({ made, close }: { made: WebhookSecret | undefined; close: () => void }) => (
  <ShownOnce
    title={made && made.endpoint.secrets > 1 ? 'The new secret' : 'The secret of the endpoint'}
    what="the secret"
    secret={made?.secret}
    keeps="Usher signs with it and keeps it sealed"
    close={close}
  >
    {made && made.endpoint.secrets > 1 && (
      <Text size="sm">
        The old one signs too for 24 hours. Give your program the new one within that time, and nothing is lost.
      </Text>
    )}
    <Card withBorder>
      <Stack gap="xs">
        <Title order={3} size="h6">
          How your program knows that it is Usher who calls
        </Title>
        <Text size="sm">
          Each call is signed as Standard Webhooks say; there is a library for most languages. In JavaScript:
        </Text>
        <Whole label="How to verify">{verifying}</Whole>
        <Group>
          <Copy value={verifying} what="the code" />
        </Group>
      </Stack>
    </Card>
  </ShownOnce>
)

const verifying = `import { Webhook } from 'standardwebhooks'

const told = new Webhook(process.env.USHER_WEBHOOK_SECRET)
  .verify(rawBody, headers) // throws where the signature is wrong`

export function ReplaceSecret({
  endpoint,
  close,
  made,
}: {
  endpoint: WebhookEndpoint
  close: () => void
  made: (secret: WebhookSecret) => void
}) {
  const replace = useMutation({
    mutationFn: () => client.replaceWebhookSecret(endpoint.id),
    onSuccess: made,
  })
  return (
    <Modal opened onClose={close} title="Replace the secret?" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        <Text size="sm">
          You are shown a new secret, once. The old one signs too for 24 hours, so that your program can be changed
          meanwhile without losing a call.
        </Text>
        {endpoint.secrets > 1 && (
          <Text size="sm">It is being replaced already: the secret before the last one signs no more from now on.</Text>
        )}
        {replace.error && (
          <Text size="sm" c="red" role="alert">
            {sentence(replace.error)}
          </Text>
        )}
        <Group justify="end">
          <Button variant="default" onClick={close} data-autofocus>
            Keep it
          </Button>
          <Button loading={replace.isPending} onClick={() => replace.mutate()}>
            Make a new secret
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
