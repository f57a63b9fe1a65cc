// What these pages ask. The stream says when something was delivered; without it they look by themselves.
import type { Delivery, OutgoingName } from '@usher/contract/webhook'
import { client } from '../../client.ts'
import type { DeliverySearch } from '../../router.tsx'
import { useIsConnected } from '../../stream.ts'

/** How many deliveries are on one page of the list. */
export const pageSize = 50

const useInterval = () => (useIsConnected() ? 30_000 : 5_000)

export const useEndpoints = () => ({
  queryKey: ['webhooks', 'all'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.listWebhooks({ signal }),
  refetchInterval: useInterval(),
})

export const useEndpoint = (id: string) => ({
  queryKey: ['webhooks', 'one', id],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.getWebhook(id, { signal }),
  refetchInterval: useInterval(),
})

export type DeliveryWords = Pick<DeliverySearch, 'state' | 'type' | 'from'>
export const useDeliveries = (id: string, { state, type, from }: DeliveryWords) => ({
  queryKey: ['deliveries', id, { state, type, from }],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    client.listDeliveries(
      id,
      // What the address holds may be no state and no type at all: the server says so in a sentence.
      {
        limit: pageSize,
        ...(state && { state: state as Delivery['state'] }),
        ...(type && { type: type as OutgoingName }),
        ...(from && { cursor: from }),
      },
      { signal },
    ),
  refetchInterval: useInterval(),
})

export const useDelivery = (id: string) => ({
  queryKey: ['delivery', id],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.getDelivery(id, { signal }),
  refetchInterval: useInterval(),
})
