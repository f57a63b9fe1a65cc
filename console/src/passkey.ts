// Passkeys as the browser has them: whether it can, and what went wrong when it did not.
import { browserSupportsWebAuthn, WebAuthnError } from '@simplewebauthn/browser'
import { sentence } from './client.ts'

/** Why this page can not use passkeys, and the address where it could; undefined where it can. */
export function whyNoPasskeys(): { words: string; elsewhere?: string } | undefined {
  const { hostname, port, protocol, pathname } = window.location
  // A passkey belongs to a domain (Web Authentication, 5.1.2): an address of numbers has none.
  if (/^127\.|^\[::1\]/.test(hostname))
    return {
      words: `A passkey belongs to a name, and ${hostname} is none.`,
      elsewhere: `${protocol}//localhost${port && `:${port}`}${pathname}`,
    }
  if (/^[\d.]+$|^\[/.test(hostname)) return { words: `A passkey belongs to a domain, and ${hostname} is none.` }
  if (!window.isSecureContext) return { words: 'Passkeys need HTTPS.' }
  if (!browserSupportsWebAuthn()) return { words: 'This browser has no passkeys.' }
  return undefined
}

export function passkeyTrouble(error: unknown): string {
  if (error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED')
    return 'This device has a passkey for you already.'
  const name = error instanceof Error ? error.name : ''
  if (name === 'NotAllowedError' || name === 'AbortError')
    return 'The browser was told no, or nobody answered it in time. Nothing has changed.'
  if (name === 'SecurityError') return whyNoPasskeys()?.words ?? 'Passkeys of this service do not work at this address.'
  if (error instanceof WebAuthnError || name === 'NotSupportedError' || name === 'InvalidStateError')
    return 'This device could not do it. Try another, or another way.'
  return sentence(error)
}
