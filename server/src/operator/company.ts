// Signing in by one's company (OpenID Connect, code flow with PKCE). It tells who somebody is; that they may come in is ours to
// say: an operator is invited first, and found by a verified e-mail once, by the company's own name for them from then on.
import * as oidc from 'openid-client'
import type { Database } from '../store/database.ts'
import { sql } from '../store/sql.ts'
import { record } from './audit.ts'
import type { Challenges } from './challenge.ts'
import type { Entered, Sessions } from './session.ts'

export interface CompanySettings {
  issuer: string
  clientId: string
  /** None for a public client. */
  clientSecret: string | undefined
  /** As the button says it. */
  name: string
}

export interface CompanyDeps {
  db: Database
  wall: () => Date
  sessions: Sessions
  challenges: Challenges
  publicUrl: () => string
  settings: CompanySettings
}

export interface Company {
  /** Where the browser goes; `ticket` stays in its cookie and comes back with it. */
  begin(): Promise<{ url: string; ticket: string }>
  /** Throws where the company's answer is wrong or does not come. */
  finish(query: string, ticket: string | undefined): Promise<Entered>
}

export const callbackPath = '/console/oidc/callback'

export function company({ db, wall, sessions, challenges, publicUrl, settings }: CompanyDeps): Company {
  const issuer = new URL(settings.issuer)
  // Without TLS only on this machine, for tests and for trying it out.
  const isPlain = issuer.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname)

  // As the company says it takes it; both are common, and the wrong one is refused with words that help nobody.
  const authenticate: oidc.ClientAuth = (server, client, body, headers) => {
    const { clientSecret } = settings
    const taken = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const way =
      clientSecret === undefined
        ? oidc.None()
        : taken.includes('client_secret_basic')
          ? oidc.ClientSecretBasic(clientSecret)
          : oidc.ClientSecretPost(clientSecret)
    return way(server, client, body, headers)
  }

  let found: Promise<oidc.Configuration> | undefined
  /** Asked when first needed: the line must not wait for the company's server to start, nor stop with it. */
  const discovered = () => {
    found ??= oidc
      .discovery(issuer, settings.clientId, undefined, authenticate, {
        execute: isPlain ? [oidc.allowInsecureRequests] : [],
        timeout: 10,
      })
      .catch(error => {
        found = undefined // the next one asks again
        throw error
      })
    return found
  }

  // What only this browser's second half can know follows from its ticket.
  const secretsOf = (ticket: string) => ({
    state: challenges.derived(ticket, 'state'),
    nonce: challenges.derived(ticket, 'nonce'),
    verifier: challenges.derived(ticket, 'verifier'),
  })

  return {
    async begin() {
      const configuration = await discovered()
      const ticket = challenges.make('oidc')
      const { state, nonce, verifier } = secretsOf(ticket)
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: `${publicUrl()}${callbackPath}`,
        scope: 'openid email profile',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      })
      return { url: url.href, ticket }
    },
    async finish(query, ticket) {
      if (ticket === undefined || !challenges.isOpen('oidc', ticket)) return { kind: 'refused' }
      const { state, nonce, verifier } = secretsOf(ticket)
      const configuration = await discovered()
      const tokens = await oidc.authorizationCodeGrant(
        configuration,
        new URL(`${publicUrl()}${callbackPath}${query}`),
        {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        },
      )
      const claims = tokens.claims()!
      const subject = `${claims.iss} ${claims.sub}`
      // Some companies say the e-mail only when they are asked once more.
      const said =
        claims.email !== undefined || !configuration.serverMetadata().userinfo_endpoint
          ? claims
          : await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub)
      const email = said.email_verified === true && typeof said.email === 'string' ? said.email.toLowerCase() : null
      return db.transaction(async tx => {
        const at = wall()
        if (!(await challenges.answer(tx, ticket))) return { kind: 'refused' }
        const [known] = await tx.rows<{ id: string; is_active: boolean }>(
          sql`select id, is_active from operator where oidc_subject = ${subject}`,
        )
        const [met] = known
          ? []
          : await tx.rows<{ id: string; is_active: boolean }>(sql`
              update operator set oidc_subject = ${subject}
              where email = ${email} and oidc_subject is null and is_active returning id, is_active`)
        const operator = known ?? met
        if (met)
          await record(tx, {
            at,
            operatorId: met.id,
            action: 'operator.linked',
            subject: met.id,
            detail: { issuer: claims.iss },
          })
        if (operator?.is_active) return { kind: 'entered', begun: await sessions.begin(tx, operator.id, 'oidc') }
        const line = { at, operatorId: null, action: 'sign_in.failed', subject: operator?.id ?? null }
        await record(tx, { ...line, detail: { way: 'oidc' } })
        return { kind: 'refused' }
      })
    },
  }
}
