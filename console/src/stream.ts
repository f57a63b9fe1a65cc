// The live stream, once for the whole console. However much happens, a page is told a few times a second, with counts and
// the newest few; what it shows it asks for again. A thousand events a second cost no more than four.
import { useQueryClient } from '@tanstack/react-query'
import { createClient } from '@usher/contract/client'
import type { State } from '@usher/contract/message'
import { useEffect, useSyncExternalStore } from 'react'
import { watched } from './client.ts'

/** How often pages hear of what happened. */
const tellMs = 250
/** How often lists are asked for again, at most. */
const refreshMs = 1_500
const retryMs = 2_000

export interface Happened {
  id: string
  event: 'message' | 'inbound'
  state?: State
  purpose?: string
  subscriber: string | null
  at: string
}

export interface Pulse {
  isConnected: boolean
  /** Events since the page was opened, told and missed. */
  seen: number
  missed: number
  /** Events of the last second. */
  rate: number
  /** The newest, first. */
  newest: readonly Happened[]
}

let pulse: Pulse = { isConnected: false, seen: 0, missed: 0, rate: 0, newest: [] }
const watchers = new Set<() => void>()
const set = (change: Partial<Pulse>) => {
  pulse = { ...pulse, ...change }
  for (const watcher of watchers) watcher()
}

const subscribe = (watcher: () => void) => {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}
export const usePulse = (): Pulse => useSyncExternalStore(subscribe, () => pulse)
/** For who needs no more than this: it changes rarely. */
export const useIsConnected = (): boolean => useSyncExternalStore(subscribe, () => pulse.isConnected)

/** What the stream tells of: the first words of query keys. */
const told = [
  ...['messages', 'message', 'inbound', 'live', 'carriers', 'events', 'bad-events'],
  ...['webhooks', 'deliveries', 'delivery', 'links', 'clicks'],
]

/** Watches while the console is open; mounted once, in the shell. Lists are refreshed as something happens to them. */
export function useStream(): void {
  const queries = useQueryClient()
  useEffect(() => {
    const stopped = new AbortController()
    let waiting: Happened[] = []
    let counted = 0
    let missed = 0
    const touched = new Set<string>()
    let wasConnected = false
    // Connected is the stream that answers, whether anything happens or not. What happened while it was away is asked for.
    const streaming = createClient({
      baseUrl: window.location.origin,
      fetch: async (input, init) => {
        const response = await watched(input, init)
        if (response.ok) {
          if (wasConnected) for (const key of told) touched.add(key)
          wasConnected = true
          set({ isConnected: true })
        }
        return response
      },
    })
    const tell = setInterval(() => {
      if (counted === 0 && missed === 0) {
        if (pulse.rate > 0) set({ rate: 0 })
        return
      }
      const rate = Math.round((pulse.rate + (counted * 1_000) / tellMs) / 2)
      set({
        seen: pulse.seen + counted,
        missed: pulse.missed + missed,
        rate,
        newest: [...waiting.reverse(), ...pulse.newest].slice(0, 20),
      })
      waiting = []
      counted = 0
      missed = 0
    }, tellMs)
    const refresh = setInterval(() => {
      if (touched.size === 0 || document.hidden) return
      const keys = [...touched]
      touched.clear()
      // What is being asked right now is let finish: on a slow line it would else be asked for ever and never answered.
      for (const key of keys) void queries.invalidateQueries({ queryKey: [key] }, { cancelRefetch: false })
    }, refreshMs)

    const watch = async () => {
      while (!stopped.signal.aborted) {
        try {
          for await (const { event, data } of streaming.stream({ signal: stopped.signal })) {
            if (event === 'missed') {
              missed += (data as { count: number }).count
              for (const key of told) touched.add(key)
            } else if (event === 'message' || event === 'inbound') {
              counted++
              touched
                .add(event === 'message' ? 'messages' : 'inbound')
                .add('message')
                .add('live')
              waiting.push({ ...(data as Happened), event })
              if (waiting.length > 20) waiting.shift()
            } else if (event === 'event') touched.add('events')
            else if (event === 'bad_event') touched.add('bad-events')
            else if (event === 'delivery') touched.add('webhooks').add('deliveries').add('delivery')
            else if (event === 'click') touched.add('links').add('clicks')
            else if (event === 'bind') touched.add('carriers').add('live')
          }
        } catch {
          // The server is away, or the session over: both are told elsewhere. Here it is tried again.
        }
        if (pulse.isConnected) set({ isConnected: false })
        if (!stopped.signal.aborted) await new Promise(resolve => setTimeout(resolve, retryMs))
      }
    }
    void watch()
    return () => {
      stopped.abort()
      clearInterval(tell)
      clearInterval(refresh)
    }
  }, [queries])
}
