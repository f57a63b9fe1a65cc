// Who comes from a text brings a signed context in the address. It is verified, taken out of the address, and said in one
// line; it never signs anybody in.
import {
  type ContextKeysOptions,
  contextKeys,
  type LinkContext,
  LinkContextProblem,
  verifyLinkContext,
} from '@usher/contract/link-context'

export type Arrival =
  | { kind: 'verified'; context: LinkContext }
  /** Signed by Usher, but too long ago: an address that was kept or passed on. */
  | { kind: 'stale' }
  | { kind: 'forged' }
  /** Usher's keys could not be read. */
  | { kind: 'unchecked' }

export interface Arrivals {
  /** Verifies what the address brings; answers the name under which it can be looked up, if it brings anything. */
  take(url: URL): Promise<string | undefined>
  /** What came to this page a moment ago. */
  find(name: string, path: string): Arrival | undefined
}

/** As long as a context itself is good for. */
const keptMs = 10 * 60_000
const most = 1_000

export type ArrivalsOptions = ContextKeysOptions & {
  /** Where Usher makes short links. */
  issuer: string
  /** Orpheum's own origin, as links name it. */
  audience: string
  now: () => Date
}

export function arrivals({ issuer, audience, ...from }: ArrivalsOptions): Arrivals {
  const { now } = from
  const keys = contextKeys(from)
  const verify = async (url: URL): Promise<Arrival | undefined> => {
    try {
      return { kind: 'verified', context: await verifyLinkContext(url, { issuer, audience, keys, now }) }
    } catch (error) {
      if (!(error instanceof LinkContextProblem)) throw error
      switch (error.code) {
        case 'missing':
          return undefined
        case 'stale':
          return { kind: 'stale' }
        case 'keys_away':
          return { kind: 'unchecked' }
        case 'forged':
        case 'other_audience':
          return { kind: 'forged' }
      }
    }
  }
  const kept = new Map<string, { path: string; until: number; arrival: Arrival }>()
  return {
    async take(url) {
      const arrival = await verify(url)
      if (!arrival) return undefined
      const name = crypto.randomUUID()
      kept.set(name, { path: url.pathname, until: now().getTime() + keptMs, arrival })
      if (kept.size > most) kept.delete(kept.keys().next().value!)
      return name
    },
    find(name, path) {
      const one = kept.get(name)
      return one && one.path === path && one.until > now().getTime() ? one.arrival : undefined
    },
  }
}

/** What a text was about, as it is said to who followed it. */
export function aboutOf({ purpose }: LinkContext): string {
  switch (purpose) {
    case 'account.payment':
      return 'your payment'
    case 'account.renewal':
      return 'your renewal'
    case 'account.plan':
      return 'your plan'
    case 'account.price_end':
      return 'your price'
    case 'account.trial':
      return 'your trial'
    case 'account.refund':
      return 'your refund'
    case 'account.welcome':
      return 'your new account'
    case 'account.number':
      return 'your number'
    case 'alert.security':
      return 'the safety of your account'
    case 'offer':
      return 'an offer'
    default:
      return purpose.startsWith('title.') ? 'a title' : 'your question'
  }
}
