// Handing a file over, with its progress, while the operator looks at other pages. `fetch` tells nothing of what it has
// sent, so the client is given one that does, made of the older XMLHttpRequest.
import type { QueryClient } from '@tanstack/react-query'
import { createClient } from '@usher/contract/client'
import type { Session } from '@usher/contract/operator'
import { useSyncExternalStore } from 'react'
import { sentence } from '../../client.ts'
import { sessionQuery } from '../../session.tsx'
import { tell } from '../../toast.tsx'
import type { Chosen } from './file.ts'
import { follow, importsQuery } from './follow.ts'

interface Upload {
  name: string
  size: number
  sent: number
  /** It came to nothing, and why. */
  trouble?: string
}

let current: Upload | undefined
let stopping = new AbortController()
const watchers = new Set<() => void>()
const set = (next: Upload | undefined) => {
  current = next
  for (const watcher of watchers) watcher()
}
const subscribe = (watcher: () => void) => {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}
export const useUpload = () => useSyncExternalStore(subscribe, () => current)

export const cancelUpload = () => stopping.abort()

/** Leaving now would lose it: the browser asks. */
const warn = (event: BeforeUnloadEvent) => event.preventDefault()

/** Answers whether the server has it; what went wrong is kept for the page to show. */
export async function upload({ file, type, kind }: Chosen, name: string, queries: QueryClient): Promise<boolean> {
  stopping = new AbortController()
  set({ name, size: file.size, sent: 0 })
  window.addEventListener('beforeunload', warn)
  const client = createClient({
    baseUrl: window.location.origin,
    headers: () => {
      const csrf = queries.getQueryData<Session>(sessionQuery.queryKey)?.csrf
      return csrf ? { 'x-usher-csrf': csrf } : {}
    },
    fetch: telling(sent => current && set({ ...current, sent })),
  })
  try {
    const { id } = await client.startImport(file, { name, kind, type, signal: stopping.signal })
    set(undefined)
    tell({
      title: `${name} is handed over`,
      message: 'The import runs by itself now.',
      link: { to: `/imports#${id}`, words: 'Watch it' },
    })
    void queries.invalidateQueries({ queryKey: importsQuery.queryKey })
    void follow(queries, id)
    return true
  } catch (error) {
    if (stopping.signal.aborted) set(undefined)
    else {
      set({ name, size: file.size, sent: 0, trouble: sentence(error) })
      // It may be the session that has ended: then it is asked for, and the file is still chosen.
      void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
    }
    return false
  } finally {
    window.removeEventListener('beforeunload', warn)
  }
}

/** As `fetch`, for a request whose body is a file, and telling how many bytes have left. */
export const telling =
  (tell: (sent: number) => void): typeof fetch =>
  (input, init = {}) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open(init.method ?? 'GET', String(input))
      new Headers(init.headers).forEach((value, name) => {
        request.setRequestHeader(name, value)
      })
      request.upload.onprogress = ({ loaded }) => tell(loaded)
      request.onload = () => {
        const headers = request
          .getAllResponseHeaders()
          .trim()
          .split('\r\n')
          .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as [string, string])
        resolve(new Response(request.responseText, { status: request.status, headers }))
      }
      request.onerror = () => reject(new TypeError('The connection broke.'))
      request.onabort = () => reject(new DOMException('It was stopped.', 'AbortError'))
      init.signal?.addEventListener('abort', () => request.abort(), { once: true })
      request.send(init.body as Blob) // the client gives a file as it is
    })
