// The console's one client. It carries the session as a cookie, and says who asks with the token of that session.
import { createClient, UsherProblem } from '@usher/contract/client'

/** Of the session that is signed in; changes are not taken without it. */
let csrf: string | undefined
export const useToken = (token: string | undefined) => {
  csrf = token
}

type Watcher = () => void
const watchers = new Set<Watcher>()
/** Called when the server no longer knows who we are, or what we may do has changed. */
export function onRefused(watcher: Watcher): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** Of these a no is the answer that was asked for: to ask again who is signed in would go on for ever. */
const signingIn = /\/v1\/session(\/(ways|link|password|passkey|passkey\/challenge))?$/

/** `fetch`, with the session, whose end it tells. */
export async function watched(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, { ...init, credentials: 'same-origin' })
  const isSigningIn = init?.method !== 'PUT' && signingIn.test(String(input))
  if ((response.status === 401 || response.status === 403) && !isSigningIn) for (const watcher of watchers) watcher()
  return response
}

let touchedAtMs = performance.now()
for (const what of ['pointerdown', 'keydown', 'wheel', 'touchstart'])
  window.addEventListener(what, () => (touchedAtMs = performance.now()), { capture: true, passive: true })
/** What the page asks by itself, with nobody at it, keeps no session alive. */
const isUnattended = () => performance.now() - touchedAtMs > 60_000

export const client = createClient({
  baseUrl: window.location.origin,
  headers: () => ({
    ...(csrf === undefined ? {} : { 'x-usher-csrf': csrf }),
    ...(isUnattended() ? { 'x-usher-unattended': '1' } : {}),
  }),
  fetch: watched,
})

export const isProblem = (error: unknown, ...codes: string[]): error is UsherProblem =>
  error instanceof UsherProblem && (codes.length === 0 || codes.includes(error.code))

/** What went wrong, in a sentence for the person who sees it. */
export function sentence(error: unknown): string {
  if (error instanceof UsherProblem) {
    const fields = error.errors.map(({ at, detail }) => `${at.replace(/^body\./, '')}: ${detail}`)
    return [error.detail ?? error.message.replace(/^\S+ \(\d+\): /, ''), ...fields].join(' ')
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'The server took too long to answer.'
  return 'The server can not be reached. Nothing is lost; try again in a moment.'
}
