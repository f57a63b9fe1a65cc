// What these pages ask. The stream says when a link was followed; without it they look by themselves.

import type { Query } from '@tanstack/react-query'
import type { Click, Link, LinkFilter } from '@usher/contract/link'
import { client } from '../../client.ts'
import type { LinkSearch } from '../../router.tsx'
import { useIsConnected } from '../../stream.ts'

/** As many clicks are counted in a sentence as are on a page. */
export const clickPage = 200
export const linkPage = 100

export type Words = Omit<LinkSearch, 'view' | 'open'>
interface Clicks {
  items: Click[]
  next: string | null
}

const useInterval = () => (useIsConnected() ? 30_000 : 5_000)

export const useClicks = ({ subscriber, verdict, link, from }: Words, limit = clickPage) => {
  const interval = useInterval()
  return {
    queryKey: ['clicks', { subscriber, verdict, link, from, limit }],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      client.listClicks(
        // What the address holds may be no verdict at all: the server says so in a sentence.
        {
          limit,
          ...(subscriber && { subscriber }),
          ...(verdict && { verdict: verdict as NonNullable<Click['verdict']> }),
          ...(link && { link }),
          ...(from && { cursor: from }),
        },
        { signal },
      ),
    // A verdict comes a few seconds after the click.
    refetchInterval: ({ state: { data } }: Query<Clicks>) =>
      data?.items.some(click => click.verdict === null) ? 3_000 : interval,
  }
}

export const useLinks = ({ subscriber, purpose, clicked, from }: Words) => ({
  queryKey: ['links', 'list', { subscriber, purpose, clicked, from }],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    client.listLinks(
      {
        limit: linkPage,
        ...(subscriber && { subscriber }),
        ...(purpose && { purpose: purpose as Link['purpose'] }),
        ...(clicked && { clicked: clicked as NonNullable<LinkFilter['clicked']> }),
        ...(from && { cursor: from }),
      },
      { signal },
    ),
  refetchInterval: useInterval(),
})

export const useLink = (id: string) => ({
  queryKey: ['links', 'one', id],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.getLink(id, { signal }),
  refetchInterval: useInterval(),
})
