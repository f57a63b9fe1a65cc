// Whether the SIM behind a number was changed lately, as its operator says: CAMARA's SIM Swap API, v2. Whoever talked a carrier
// into a new SIM reads the codes that go to the old one's number.
import type { EventBus } from '../events.ts'

export interface SimSwapSettings {
  /** The API's root, to which /sim-swap/v2/check is added. */
  url: string
  token: string
}

/** `unknown`: the operator did not say, and why. What follows is the protection's to decide. */
export type SimSwap = { kind: 'swapped' } | { kind: 'not_swapped' } | { kind: 'unknown'; why: string }

/** A code waits no longer than this for the operator. */
const patienceMs = 1_500

export type AskSimSwap = (number: string, maxAgeHours: number) => Promise<SimSwap>

/**
 * Asks once, and always has an answer. 200 says it; 404 and 422 say that the number is not of an operator who knows (a
 * subscriber of another network, a fixed line); anything else, a time-out and an answer that can't be read among it, is
 * unknown and told to the log, without the number.
 */
export function simSwap({ url, token }: SimSwapSettings, events: EventBus, ask: typeof fetch = fetch): AskSimSwap {
  const endpoint = `${url.replace(/\/$/, '')}/sim-swap/v2/check`
  const failed = (why: string): SimSwap => {
    events.emit('work.failed', { what: 'asking whether a SIM was swapped', error: why })
    return { kind: 'unknown', why }
  }
  return async (number, maxAgeHours) => {
    try {
      const answer = await ask(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ phoneNumber: number, maxAge: maxAgeHours }),
        signal: AbortSignal.timeout(patienceMs),
        redirect: 'error',
      })
      const said = (await answer.json().catch(() => undefined)) as { swapped?: unknown; code?: unknown } | undefined
      if (answer.status === 200 && typeof said?.swapped === 'boolean')
        return { kind: said.swapped ? 'swapped' : 'not_swapped' }
      const code = typeof said?.code === 'string' && /^[\w.]{1,64}$/.test(said.code) ? said.code : 'no code'
      if (answer.status === 404 || answer.status === 422) return { kind: 'unknown', why: 'not_applicable' }
      return failed(`${answer.status} ${code}`)
    } catch (error) {
      const { name } = error as Error
      return failed(name === 'TimeoutError' ? 'no answer in time' : 'no connection')
    }
  }
}
