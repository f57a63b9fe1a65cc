// Who came by a short link, as Usher signed it for the page that the link leads to. It says which text brought somebody
// here and to whom that text was written; it never says who is holding the phone, so it is never a sign-in. In Node and
// edge runtimes. It loads no schema.
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import type { LinkContext, contextParameter as Parameter } from './link.ts'

export type { LinkContext } from './link.ts'

/** The query parameter that carries it. */
export const contextParameter: typeof Parameter = 'usher'

/**
 * missing: there is none. forged: our Usher did not sign it, or it is no context. stale: its ten minutes are over.
 * other_audience: it was made for another site. keys_away: Usher could not be asked for its keys.
 */
export type LinkContextProblemCode = 'missing' | 'forged' | 'stale' | 'other_audience' | 'keys_away'

/** Why there is no context to go by. */
export class LinkContextProblem extends Error {
  override readonly name = 'LinkContextProblem'
  readonly code: LinkContextProblemCode

  constructor(code: LinkContextProblemCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options)
    this.code = code
  }
}

export interface LinkContextOptions {
  /** The origin of the short links, for example `https://o.orpheum.example`. */
  issuer: string
  /** Your site's origin, or several: a context that was made for another is refused. */
  audience: string | readonly string[]
  /** Where its keys come from; `contextKeys` reads and keeps them. */
  keys: JWTVerifyGetKey
  now?: () => Date
  /** How far the clocks may differ. */
  toleranceSeconds?: number
}

/** No context is longer; what is, is not looked at. */
const longestToken = 4_096

/**
 * Gives the context that an address carries (or a token that was taken from one), or throws a `LinkContextProblem`.
 *
 * It is a hint and no proof: texts are forwarded, phones are lent, and for ten minutes the same address works again. Fill
 * in a name, open the right page; before somebody sees or changes what is private, let them sign in.
 */
export async function verifyLinkContext(
  address: string | URL,
  { issuer, audience, keys, now = () => new Date(), toleranceSeconds = 5 }: LinkContextOptions,
): Promise<LinkContext> {
  const token = tokenOf(address)
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['ES256'],
      typ: 'usher-link+jwt',
      issuer: originOf(issuer),
      audience: [audience].flat().map(originOf),
      requiredClaims: ['sub', 'jti', 'iat', 'exp'],
      clockTolerance: toleranceSeconds,
      currentDate: now(),
    })
    const { purpose, link, message } = payload
    if (typeof purpose !== 'string' || typeof link !== 'string' || !(message === null || typeof message === 'string'))
      throw new LinkContextProblem('forged', 'It is signed and is not a context.')
    return payload as unknown as LinkContext // what is signed by Usher is what Usher signs
  } catch (error) {
    throw problemOf(error)
  }
}

function problemOf(error: unknown): unknown {
  const options = { cause: error }
  if (error instanceof LinkContextProblem) return error
  if (error instanceof errors.JWTExpired) return new LinkContextProblem('stale', 'Its ten minutes are over.', options)
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
    return new LinkContextProblem('other_audience', 'It was made for another site.', options)
  if (error instanceof errors.JOSEError)
    return new LinkContextProblem('forged', 'It is not a context that this Usher signed.', options)
  return error
}

function tokenOf(address: string | URL): string {
  const text = String(address)
  const tokens = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) ? [text] : searchOf(text).getAll(contextParameter)
  const [token = ''] = tokens
  if (token === '') throw new LinkContextProblem('missing', `The address has no ${contextParameter}.`)
  if (tokens.length > 1 || token.length > longestToken)
    throw new LinkContextProblem('forged', `The address has more than one ${contextParameter}, or one too long.`)
  return token
}

/** Of a whole address or of a path, as a server of Node is given it. */
const searchOf = (address: string) => new URLSearchParams(/^[^?#]*\?([^#]*)/.exec(address)?.[1] ?? '')

function originOf(address: string): string {
  if (!URL.canParse(address))
    throw new TypeError('Issuer and audience are origins, for example https://orpheum.example.')
  return new URL(address).origin
}

/**
 * The same address without its context. Redirect to it once the context is read, so that it is not kept in histories,
 * logs, bookmarks and the `Referer` of what the page loads.
 */
export function withoutContext(address: string | URL): string {
  const [, path = '', search, fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(String(address)) ?? []
  // Nothing else of the address is written anew: what is signed or counted elsewhere stays as it came.
  const kept = search?.split('&').filter(pair => ![...new URLSearchParams(pair).keys()].includes(contextParameter))
  return `${path}${kept && (kept.length > 0 || search === '') ? `?${kept.join('&')}` : ''}${fragment}`
}

export type ContextKeysFrom =
  | {
      /** Where Usher's API answers; its keys are at `/v1/link-keys`. */
      usherUrl: string | URL
    }
  | {
      /** Where else the same keys are, for example `https://o.orpheum.example/.well-known/jwks.json`. */
      keysUrl: string | URL
    }
  | {
      /** The keys themselves (RFC 7517), where nothing may be asked for. They are not replaced by themselves. */
      keys: JSONWebKeySet
    }

export type ContextKeysOptions = ContextKeysFrom & {
  fetch?: typeof globalThis.fetch
  /** How long asking for the keys may take; the page waits meanwhile. */
  timeoutMs?: number
  /** For how long keys are not asked for again, after an answer that did not help or none at all. */
  coolDownMs?: number
  now?: () => Date
}

/** Reads the keys when they are first needed, keeps them for ten minutes, and asks anew for a key that it does not know. */
export function contextKeys({
  fetch = globalThis.fetch,
  timeoutMs = 3_000,
  coolDownMs = 30_000,
  now = () => new Date(),
  ...from
}: ContextKeysOptions): JWTVerifyGetKey {
  if ('keys' in from) return createLocalJWKSet(from.keys)
  const address =
    'keysUrl' in from ? new URL(from.keysUrl) : new URL(`${String(from.usherUrl).replace(/\/+$/, '')}/v1/link-keys`)
  const remote = createRemoteJWKSet(address, {
    timeoutDuration: timeoutMs,
    cooldownDuration: coolDownMs,
    [customFetch]: (url, options) => fetch(url, options),
  })
  let failed: { at: number; error: unknown } | undefined
  return async (header, token) => {
    // While they can not be had, a page waits for them once in a while and not at every visit.
    if (failed && now().getTime() < failed.at + coolDownMs) {
      const kept = remote.fresh ? remote.jwks() : undefined
      if (!kept) throw away(failed.error)
      return createLocalJWKSet(kept)(header, token)
    }
    try {
      const key = await remote(header, token)
      failed = undefined
      return key
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error
      failed = { at: now().getTime(), error }
      throw away(error)
    }
  }
}

const away = (cause: unknown) =>
  new LinkContextProblem('keys_away', 'Usher could not be asked for the keys that verify contexts.', { cause })

export interface LinkContexts {
  /** The context that an address carries; null where there is none to go by, for whatever reason. Never a sign-in. */
  verify(address: string | URL): Promise<LinkContext | null>
}

/**
 * For the pages that links lead to. Most visits carry no context and some carry an old one; both are a normal visit, so
 * `verify` gives null and does not throw. `onProblem` hears why, for your log: `missing` is not among it.
 */
export function linkContexts({
  onProblem = () => {},
  toleranceSeconds = 5,
  ...options
}: Omit<LinkContextOptions, 'keys'> &
  ContextKeysOptions & { onProblem?: (problem: LinkContextProblem) => void }): LinkContexts {
  const { issuer, audience, now = () => new Date() } = options
  const where = { issuer: originOf(issuer), audience: [audience].flat().map(originOf) }
  if (where.audience.length === 0) throw new TypeError('Name the origin of your site as audience.')
  const keys = contextKeys(options)
  return {
    async verify(address) {
      try {
        return await verifyLinkContext(address, { ...where, keys, now, toleranceSeconds })
      } catch (error) {
        if (!(error instanceof LinkContextProblem)) throw error
        if (error.code !== 'missing') onProblem(error)
        return null
      }
    },
  }
}
