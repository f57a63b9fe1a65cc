// The rows of the message list: older ones by cursor as they are scrolled to, newer ones and what changed from a look at the
// top and at what is on the screen. However much happens, that is two short questions each second and a half.
import { useDebouncedValue } from '@mantine/hooks'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Message } from '@usher/contract/message'
import { useEffect, useMemo, useRef } from 'react'
import { client } from '../client.ts'
import { settingsQuery } from '../format.tsx'
import type { MessageSearch } from '../router.tsx'
import { useIsConnected } from '../stream.ts'
import { type Answer, absorb, type Loaded, lookSize, pageSize } from './message-rows.ts'

export type Filter = Omit<MessageSearch, 'open'>
/** After so long without a look (the page was hidden, or the server away) nothing is known of what lay between. */
const unseenMs = 60_000

/** How far back the choices of the filter go. */
export const agos: Record<string, { title: string; ms: number }> = {
  '15m': { title: 'Last 15 minutes', ms: 15 * 60_000 },
  '1h': { title: 'Last hour', ms: 3_600_000 },
  '1d': { title: 'Last day', ms: 24 * 3_600_000 },
  '7d': { title: 'Last week', ms: 7 * 24 * 3_600_000 },
}

export function useMessageList(filter: Filter, { isAtTop, firstSeen }: { isAtTop: boolean; firstSeen: number }) {
  const queries = useQueryClient()
  const isConnected = useIsConnected()
  const listKey = ['message-list', filter]
  const ask = async (signal: AbortSignal, limit: number, cursor: string | undefined): Promise<Answer> => {
    const { state, purpose, lane, country, after, before, ...rest } = filter
    const ago = after === undefined ? undefined : agos[after]
    const { clock } = ago ? await queries.ensureQueryData(settingsQuery) : { clock: { aheadMs: 0 } }
    const since = ago ? new Date(Date.now() + clock.aheadMs - ago.ms).toISOString() : after
    // What the address holds may be no state at all: the server says so in a sentence.
    const words = { state, purpose, lane } as Pick<Message, 'state' | 'purpose' | 'lane'>
    return client.listMessages(
      { ...rest, ...words, country: country?.toUpperCase(), after: since, before, cursor, limit },
      { signal },
    )
  }

  const list = useInfiniteQuery({
    queryKey: listKey,
    queryFn: ({ pageParam, signal }) => ask(signal, pageSize, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.next ?? undefined,
    // Older rows are never asked for as a whole again: with a thousand of them that would be ten questions at once.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  const rows = useMemo(() => list.data?.pages.flatMap(page => page.items) ?? [], [list.data])

  const top = useQuery({
    queryKey: ['messages', 'top', filter],
    queryFn: ({ signal }) => ask(signal, lookSize, undefined),
    enabled: list.isSuccess,
    refetchInterval: isConnected ? 30_000 : 5_000,
    gcTime: 60_000,
  })
  // The row above those on the screen, in steps, and only when the scrolling has come to rest.
  const [above] = useDebouncedValue(rows[Math.floor(firstSeen / 20) * 20 - 1]?.id, 400)
  const isTopEnough = isAtTop || (top.data?.items.some(({ id }) => id === above) ?? false)
  const seen = useQuery({
    queryKey: ['messages', 'seen', filter, above],
    queryFn: ({ signal }) => ask(signal, lookSize, above),
    enabled: above !== undefined && !isTopEnough,
    gcTime: 0,
  })

  const newestId = rows[0]?.id
  const looked = useRef(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is the filter.
  useEffect(() => {
    if (!top.data) return
    const unseen = top.dataUpdatedAt - looked.current
    const wasAway = looked.current > 0 && unseen > unseenMs
    if (isAtTop || !wasAway) looked.current = top.dataUpdatedAt
    if (isAtTop && wasAway && top.data.next !== null) void queries.resetQueries({ queryKey: listKey })
    else queries.setQueryData<Loaded>(listKey, old => old && absorb(old, top.data, undefined, isAtTop))
  }, [top.data, top.dataUpdatedAt, isAtTop])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is the filter.
  useEffect(() => {
    if (seen.data) queries.setQueryData<Loaded>(listKey, old => old && absorb(old, seen.data, above, false))
  }, [seen.data])

  const fresh = top.data?.items.filter(({ id }) => newestId === undefined || id > newestId).length ?? 0
  return {
    rows,
    /** Newer than what is loaded, while something else is read. */
    fresh,
    isFreshCapped: fresh >= lookSize,
    error: list.error,
    isPending: list.isPending,
    /** How far back was looked, while there is more to look through. */
    searchedTo: list.data?.pages.at(-1)?.next ?? null,
    isFetching: list.isFetching,
    isStopped: list.isFetchNextPageError,
    more: list.fetchNextPage,
    again: list.refetch,
    /** The newest again, as at first. */
    toNewest: () =>
      queries.setQueryData<Loaded>(listKey, old => old && top.data && absorb(old, top.data, undefined, true)),
  }
}
