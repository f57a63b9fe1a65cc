// The rows of what came in: older ones by cursor as they are asked for, newer ones from a look at the top each time the
// stream tells of events. An event that was taken does not change, so rows further down are left alone.
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import type { TakenEvent } from '@usher/contract/event'
import { useEffect, useMemo } from 'react'
import { client } from '../../client.ts'
import type { EventSearch } from '../../router.tsx'
import { useIsConnected } from '../../stream.ts'
import { type Answer, absorb, type Loaded, lookSize, pageSize } from '../message-rows.ts'

export type Filter = Pick<EventSearch, 'type' | 'subject' | 'known'>

export function useEventList(filter: Filter, isAtTop: boolean) {
  const queries = useQueryClient()
  const isConnected = useIsConnected()
  const listKey = ['event-list', filter]
  const ask = (signal: AbortSignal, limit: number, cursor: string | undefined): Promise<Answer<TakenEvent>> =>
    client.listEvents({ ...filter, cursor, limit }, { signal })

  const list = useInfiniteQuery({
    queryKey: listKey,
    queryFn: ({ pageParam, signal }) => ask(signal, pageSize, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.next ?? undefined,
    // Older rows are never asked for as a whole again.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  const rows = useMemo(() => list.data?.pages.flatMap(page => page.items) ?? [], [list.data])

  const top = useQuery({
    queryKey: ['events', 'top', filter],
    queryFn: ({ signal }) => ask(signal, lookSize, undefined),
    enabled: list.isSuccess,
    refetchInterval: isConnected ? 30_000 : 5_000,
    gcTime: 60_000,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is the filter.
  useEffect(() => {
    if (top.data)
      queries.setQueryData<Loaded<TakenEvent>>(listKey, old => old && absorb(old, top.data, undefined, isAtTop))
  }, [top.data, isAtTop])

  const newest = rows[0]?.id
  const fresh = top.data?.items.filter(({ id }) => newest === undefined || id > newest).length ?? 0
  return {
    rows,
    /** Newer than what is loaded, while something else is read. */
    fresh,
    isFreshCapped: fresh >= lookSize,
    error: list.error,
    isPending: list.isPending,
    hasOlder: list.hasNextPage,
    isFetchingOlder: list.isFetchingNextPage,
    isStopped: list.isFetchNextPageError,
    older: list.fetchNextPage,
    again: list.refetch,
  }
}
