// A small OpenID Connect provider for tests: it speaks Core 1.0 over HTTP, as much as a code flow takes, and can be told to
// lie. Whoever comes to it is signed in already.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export const clientId = 'usher-console'
const clientSecret = 'a secret: with colons & such'

interface Person {
  sub: string
  email?: string
  email_verified?: boolean
}

export interface Provider {
  issuer: string
  /** Who is signed in there. */
  person: Person
  /** What it says otherwise in the ID token, and by which key. */
  lies: Record<string, unknown>
  key: KeyObject
  /** Says the e-mail only at its userinfo endpoint. */
  isTaciturn: boolean
  authentication: 'client_secret_basic' | 'client_secret_post'
  tokensAsked: number
}

export async function provider(): Promise<Provider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const codes = new Map<string, URLSearchParams>()
  const jwt = (claims: object, key: KeyObject) => {
    const piece = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const head = `${piece({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${piece(claims)}`
    return `${head}.${sign('sha256', Buffer.from(head), key).toString('base64url')}`
  }
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, it.issuer)
    const json = (value: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (url.pathname === '/.well-known/openid-configuration')
      return json({
        issuer: it.issuer,
        authorization_endpoint: `${it.issuer}/authorize`,
        token_endpoint: `${it.issuer}/token`,
        userinfo_endpoint: `${it.issuer}/userinfo`,
        jwks_uri: `${it.issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: [it.authentication],
        code_challenge_methods_supported: ['S256'],
      })
    if (url.pathname === '/jwks')
      return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] })
    if (url.pathname === '/userinfo') return json({ ...it.person })
    if (url.pathname === '/authorize') {
      const code = randomBytes(12).toString('hex')
      codes.set(code, url.searchParams)
      const back = new URL(url.searchParams.get('redirect_uri')!)
      back.searchParams.set('code', code)
      back.searchParams.set('state', url.searchParams.get('state')!)
      return response.writeHead(302, { location: back.href }).end()
    }
    if (url.pathname === '/token') {
      it.tokensAsked++
      let text = ''
      for await (const piece of request) text += piece
      const form = new URLSearchParams(text)
      const [id, secret] = (
        it.authentication === 'client_secret_basic'
          ? Buffer.from((request.headers.authorization ?? '').replace('Basic ', ''), 'base64')
              .toString()
              .split(':')
              .map(part => new URLSearchParams(`x=${part}`).get('x'))
          : [form.get('client_id'), form.get('client_secret')]
      ) as string[]
      const asked = codes.get(form.get('code')!)
      codes.delete(form.get('code')!)
      const proof = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url')
      if (id !== clientId || secret !== clientSecret) return json({ error: 'invalid_client' }, 401)
      if (!asked || asked.get('code_challenge') !== proof || form.get('redirect_uri') !== asked.get('redirect_uri'))
        return json({ error: 'invalid_grant' }, 400)
      const now = Math.floor(Date.now() / 1000)
      const said = it.isTaciturn ? { sub: it.person.sub } : it.person
      const claims = { iss: it.issuer, aud: clientId, iat: now, exp: now + 300, nonce: asked.get('nonce'), ...said }
      return json({
        ...{ access_token: randomBytes(12).toString('hex'), token_type: 'Bearer', expires_in: 300 },
        id_token: jwt({ ...claims, ...it.lies }, it.key),
      })
    }
    json({}, 404)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const it: Provider = {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    person: { sub: 'person-1', email: 'viewer-1@orpheum.example', email_verified: true },
    lies: {},
    key: privateKey,
    isTaciturn: false,
    authentication: 'client_secret_basic',
    tokensAsked: 0,
  }
  return it
}

/** As an Usher is told of it. */
export const companySettings = (issuer: string): Record<string, string> => ({
  USHER_OIDC_ISSUER: issuer,
  USHER_OIDC_CLIENT_ID: clientId,
  USHER_OIDC_CLIENT_SECRET: clientSecret,
  USHER_OIDC_NAME: 'Orpheum staff',
})
