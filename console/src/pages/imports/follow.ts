// Imports that run are followed from any page, until the last has ended; each end is told once.
import type { QueryClient } from '@tanstack/react-query'
import { client, isProblem } from '../../client.ts'
import { many } from '../../format.tsx'
import { tell } from '../../toast.tsx'

export const importsQuery = {
  queryKey: ['imports'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.listImports({ signal }),
}

const lookEveryMs = 1_000
const awayMs = 5_000

const running = new Set<string>()
let isFollowing = false

/** Looks each second while something runs. `id` is one that was just started, and may have ended before the first look. */
export async function follow(queries: QueryClient, id?: string): Promise<void> {
  if (id) running.add(id)
  if (isFollowing) return
  isFollowing = true
  try {
    for (;;) {
      try {
        const { items } = await queries.fetchQuery({ ...importsQuery, staleTime: 0 })
        for (const one of items) {
          if (one.state === 'running' || one.state === 'uploading') running.add(one.id)
          else if (running.delete(one.id)) {
            tell({
              title: one.state === 'done' ? `${one.name} is imported` : `The import of ${one.name} failed`,
              message:
                one.failure ??
                `${many(one.taken, 'subscriber')} taken, ${one.made} of them new; ${many(one.bad, 'bad line')}.`,
              color: one.state === 'failed' ? 'red' : one.bad > 0 ? 'yellow' : 'green',
              link: { to: `/imports#${one.id}`, words: one.bad > 0 ? 'See the bad lines' : 'See it' },
            })
            void queries.invalidateQueries({ queryKey: ['subscribers'] })
          }
        }
        for (const each of running) if (!items.some(one => one.id === each)) running.delete(each)
        if (running.size === 0) return
        await pause(lookEveryMs)
      } catch (error) {
        // Not ours to see any more, or nobody is signed in; the page begins anew when it may.
        if (isProblem(error, 'forbidden', 'role_forbids', 'unauthenticated')) return
        await pause(awayMs)
      }
    }
  } finally {
    isFollowing = false
  }
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
