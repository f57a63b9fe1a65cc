// A test that was sent, followed in place until it was taken or the first try has failed.
import { Alert, Anchor, Button, CloseButton, Group, Loader, Text } from '@mantine/core'
import { IconCheck, IconX } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { client } from '../../client.ts'
import { span } from '../../format.tsx'
import { Failed } from '../../page.tsx'
import { tellFailure } from '../../toast.tsx'
import { Due } from './due.tsx'
import { outcome } from './looks.tsx'
import { useDelivery } from './queries.ts'

export function useTest(endpoint: string) {
  const queries = useQueryClient()
  const [sent, setSent] = useState<string>()
  const sending = useMutation({
    mutationFn: () => client.testWebhook(endpoint),
    onSuccess: ({ id }) => setSent(id),
    onError: error => tellFailure('The test was not sent', error),
    onSettled: () => {
      for (const key of ['webhooks', 'deliveries']) void queries.invalidateQueries({ queryKey: [key] })
    },
  })
  return { endpoint, sent, isSending: sending.isPending, send: sending.mutate, close: () => setSent(undefined) }
}

export const Test = ({ test }: { test: ReturnType<typeof useTest> }) =>
  test.sent === undefined ? null : <Followed key={test.sent} id={test.sent} test={test} />

function Followed({ id, test }: { id: string; test: ReturnType<typeof useTest> }) {
  const { data, error, refetch } = useQuery({
    ...useDelivery(id),
    refetchInterval: ({ state: { data } }) => (data && data.state !== 'waiting' ? false : 1_000),
  })
  if (error && !data) return <Failed error={error} again={() => void refetch()} />
  const last = data?.attempts.at(-1)
  const isTaken = data?.state === 'delivered'
  if (!data || !last)
    return (
      <Alert color="blue" icon={<Loader size={18} aria-hidden />} p="sm" role="status">
        <Text size="sm">The test is on its way.</Text>
      </Alert>
    )
  return (
    <Alert
      color={isTaken ? 'green' : 'red'}
      icon={isTaken ? <IconCheck aria-hidden /> : <IconX aria-hidden />}
      title={isTaken ? 'The test arrived' : 'The test was not taken'}
      p="sm"
      role="status"
    >
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Text size="sm">
          {outcome(last.status, last.error)} It took {span(last.tookMs)}.{' '}
          {data.nextAt !== null && (
            <>
              Next try <Due at={data.nextAt} />.{' '}
            </>
          )}
          <Anchor
            size="sm"
            renderRoot={props => (
              <Link to="/webhooks/$id" params={{ id: test.endpoint }} search={{ open: id }} {...props} />
            )}
          >
            See the delivery
          </Anchor>
        </Text>
        <Group gap="xs" wrap="nowrap">
          {!isTaken && (
            <Button size="compact-sm" variant="default" loading={test.isSending} onClick={() => test.send()}>
              Test again
            </Button>
          )}
          <CloseButton size="sm" aria-label="Close the result of the test" onClick={test.close} />
        </Group>
      </Group>
    </Alert>
  )
}
