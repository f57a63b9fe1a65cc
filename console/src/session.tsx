// Who is signed in, and what they may do. When the session ends under one's hands, the page stays as it is: signing in
// happens on top of it, and nothing that was typed is lost.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { Permission } from '@usher/contract/access'
import type { Session } from '@usher/contract/operator'
import { createContext, type ReactNode, useContext, useEffect } from 'react'
import { client, isProblem, onRefused, useToken as setToken } from './client.ts'

const SessionContext = createContext<Session | undefined>(undefined)

/** The session of the page; there is one wherever this is called, except on the sign-in page. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('Nobody is signed in here.')
  return session
}

export function useMay(permission: Permission): boolean {
  return useContext(SessionContext)?.permissions.includes(permission) ?? false
}

export const sessionQuery = {
  queryKey: ['session'],
  queryFn: async ({ signal }: { signal: AbortSignal }) => {
    try {
      const session = await client.getSession({ signal })
      setToken(session.csrf)
      return session
    } catch (error) {
      if (isProblem(error, 'unauthenticated')) return null
      throw error
    }
  },
  staleTime: 60_000,
  refetchInterval: 60_000,
}

/** `children` are shown once somebody has signed in, and stay when that session ends; `signIn` is laid over them then. */
export function WithSession({
  children,
  signIn,
  waiting,
  failed,
}: {
  children: ReactNode
  signIn: (isOver: boolean) => ReactNode
  waiting: ReactNode
  failed: (error: unknown, again: () => void) => ReactNode
}) {
  const queries = useQueryClient()
  const { data, error, isPending, refetch } = useQuery(sessionQuery)
  const last = useLast(data ?? undefined)
  useEffect(
    () => onRefused(() => void queries.invalidateQueries({ queryKey: ['session'] }, { cancelRefetch: false })),
    [queries],
  )
  if (isPending) return waiting
  if (data === undefined && error && !last) return failed(error, () => void refetch())
  if (!last) return signIn(false)
  return (
    <SessionContext value={last}>
      {children}
      {data === null && signIn(true)}
    </SessionContext>
  )
}

/** The last session there was: what is on the page belongs to it. */
let lastSession: Session | undefined
function useLast(session: Session | undefined): Session | undefined {
  if (session) lastSession = session
  return lastSession
}

/** After signing in: the session is known, and what failed for want of it is asked again. */
export function useSignedIn() {
  const queries = useQueryClient()
  return async (session: Session) => {
    // Another person sees nothing of what the one before had on the page.
    if (lastSession && lastSession.operator.id !== session.operator.id) window.location.reload()
    setToken(session.csrf)
    queries.setQueryData(['session'], session)
    await queries.invalidateQueries({ predicate: query => query.queryKey[0] !== 'session' })
  }
}
