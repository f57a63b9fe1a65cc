import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { LinkContext, contextParameter as parameterOfSchema } from './link.ts'
import {
  contextKeys,
  contextParameter,
  LinkContextProblem,
  linkContexts,
  verifyLinkContext,
  withoutContext,
} from './link-context.ts'

const usherUrl = 'https://usher.orpheum.example'
const issuer = 'https://o.orpheum.example'
const audience = 'https://orpheum.example'
const at = new Date('2026-11-02T19:43:03Z')
const seconds = at.getTime() / 1_000
const page = 'https://orpheum.example/account/payment'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>
let usher: Pair
let stranger: Pair
let keys: { keys: Record<string, unknown>[] }
beforeAll(async () => {
  usher = await generateKeyPair('ES256', { extractable: true })
  stranger = await generateKeyPair('ES256')
  keys = { keys: [{ ...(await exportJWK(usher.publicKey)), kid: 'l1', alg: 'ES256', use: 'sig' }] }
})

afterEach(() => void vi.useRealTimers())

const claims = {
  iss: issuer,
  aud: audience,
  sub: 'orph-0001',
  purpose: 'account.payment',
  jti: '01a19dc8-d1c2-7f35-9e40-6b8a0d7f12c4',
  link: '01a19dc7-3b10-7c52-8f6e-2a91d4b07ce5',
  message: null,
  iat: seconds,
  exp: seconds + 600,
}
const sign = (
  payload: Record<string, unknown> = claims,
  { by = usher.privateKey as Parameters<SignJWT['sign']>[0], header = {} as Record<string, unknown> } = {},
) =>
  new SignJWT(payload as JWTPayload)
    .setProtectedHeader({ alg: 'ES256', typ: 'usher-link+jwt', kid: 'l1', ...header })
    .sign(by)
const options = (later = 0) => ({
  issuer,
  audience,
  keys: createLocalJWKSet(keys as Parameters<typeof createLocalJWKSet>[0]),
  now: () => new Date(at.getTime() + later * 1_000),
})
const codeOf = (verified: Promise<unknown>) =>
  verified.then(
    () => 'taken',
    error => {
      expect(error).toBeInstanceOf(LinkContextProblem)
      return error.code
    },
  )

/** A place where keys are served, or are not. */
function served(answers: (() => Response | Promise<Response>)[]) {
  const asked: string[] = []
  const fetch = async (input: RequestInfo | URL) => {
    asked.push(String(input))
    return answers[Math.min(asked.length, answers.length) - 1]!()
  }
  return { asked, fetch }
}
const withKeys = () => Response.json(keys)
const down = () => new Response('', { status: 503 })

test('who came by a link is read from the address, from a path as Node gives it, and from the token', async () => {
  const token = await sign()

  for (const address of [
    `${page}?usher=${token}`,
    new URL(`${page}?a=1&usher=${token}#card`),
    `/account/payment?usher=${token}&a=1`,
    token,
  ]) {
    const context = await verifyLinkContext(address, options())
    expect(context).toEqual(claims)
    expect(LinkContext.parse(context)).toEqual(claims)
  }
  expect(contextParameter).toBe(parameterOfSchema)
})

test('origins are compared, however they are written', async () => {
  const token = await sign()

  expect(await codeOf(verifyLinkContext(token, { ...options(), issuer: `${issuer}/`, audience: `${audience}/` }))).toBe(
    'taken',
  )
  expect(
    await codeOf(verifyLinkContext(token, { ...options(), audience: ['https://m.orpheum.example', audience] })),
  ).toBe('taken')
})

test('it is good for its ten minutes and a few seconds more', async () => {
  const token = await sign()

  expect(await codeOf(verifyLinkContext(token, options(604)))).toBe('taken')
  expect(await codeOf(verifyLinkContext(token, options(606)))).toBe('stale')
  expect(await codeOf(verifyLinkContext(token, options(86_400)))).toBe('stale')
})

test('what is missing, forged or for another is told apart', async () => {
  const unsigned = `${btoa(JSON.stringify({ alg: 'none', typ: 'usher-link+jwt' }))}.${btoa(JSON.stringify(claims))}.`
  const secretOfPublicKey = new TextEncoder().encode(JSON.stringify(keys.keys[0]))
  const [head, , signature] = (await sign()).split('.')
  const changed = `${head}.${btoa(JSON.stringify({ ...claims, sub: 'orph-0014' })).replaceAll('=', '')}.${signature}`
  const cases: [string, string, string][] = [
    ['no parameter', page, 'missing'],
    ['an empty one', `${page}?usher=`, 'missing'],
    ['one behind the hash', `${page}#?usher=${await sign()}`, 'missing'],
    ['no token', `${page}?usher=orph-0001`, 'forged'],
    ['two of them', `${page}?usher=${await sign()}&usher=${await sign()}`, 'forged'],
    ['one of a megabyte', `${page}?usher=${'e'.repeat(1_000_000)}`, 'forged'],
    ['no signature', `${page}?usher=${unsigned}`, 'forged'],
    ['a changed subscriber', changed, 'forged'],
    ['a stranger’s key', await sign(claims, { by: stranger.privateKey }), 'forged'],
    ['a key nobody knows', await sign(claims, { header: { kid: 'l9' } }), 'forged'],
    ['the public key as a secret', await sign(claims, { by: secretOfPublicKey, header: { alg: 'HS256' } }), 'forged'],
    ['a JWT of another use', await sign(claims, { header: { typ: 'JWT' } }), 'forged'],
    ['another Usher', await sign({ ...claims, iss: 'https://o.elsewhere.example' }), 'forged'],
    ['another site', await sign({ ...claims, aud: 'https://elsewhere.example' }), 'other_audience'],
    ['no end', await sign({ ...claims, exp: undefined }), 'forged'],
    ['nobody', await sign({ ...claims, sub: undefined }), 'forged'],
    ['no purpose', await sign({ ...claims, purpose: undefined }), 'forged'],
  ]

  for (const [what, address, code] of cases)
    expect(await codeOf(verifyLinkContext(address, options())), what).toBe(code)
})

test('a key of another algorithm does not count, even one of the set', async () => {
  const other = await generateKeyPair('ES384', { extractable: true })
  const jwk = { ...(await exportJWK(other.publicKey)), kid: 'l3', alg: 'ES384', use: 'sig' }
  const both = createLocalJWKSet({ keys: [...keys.keys, jwk] } as Parameters<typeof createLocalJWKSet>[0])
  const token = await sign(claims, { by: other.privateKey, header: { alg: 'ES384', kid: 'l3' } })

  expect(await codeOf(verifyLinkContext(token, { ...options(), keys: both }))).toBe('forged')
})

test('on a page, a visit without a context to go by is a normal visit', async () => {
  const { asked, fetch } = served([withKeys])
  const problems: string[] = []
  const contexts = linkContexts({
    usherUrl,
    issuer,
    audience,
    fetch,
    now: options().now,
    onProblem: ({ code }) => problems.push(code),
  })

  expect(await contexts.verify(`${page}?usher=${await sign()}`)).toEqual(claims)
  expect(await contexts.verify(page)).toBeNull()
  expect(await contexts.verify(`${page}?usher=no`)).toBeNull()
  expect(await contexts.verify(`${page}?usher=${await sign({ ...claims, exp: seconds - 60 })}`)).toBeNull()

  expect(problems).toEqual(['forged', 'stale'])
  expect(asked).toEqual([`${usherUrl}/v1/link-keys`])
})

test('a key that was made since is asked for, and a made-up one not again and again', async () => {
  const next = await generateKeyPair('ES256', { extractable: true })
  const both = { keys: [...keys.keys, { ...(await exportJWK(next.publicKey)), kid: 'l2', alg: 'ES256', use: 'sig' }] }
  const { asked, fetch } = served([withKeys, () => Response.json(both)])
  const eager = linkContexts({ usherUrl, issuer, audience, fetch, now: options().now, coolDownMs: 0 })
  const patient = served([withKeys])
  const usual = linkContexts({ usherUrl, issuer, audience, fetch: patient.fetch, now: options().now })

  expect(await eager.verify(await sign())).toEqual(claims)
  expect(await eager.verify(await sign(claims, { by: next.privateKey, header: { kid: 'l2' } }))).toEqual(claims)
  for (let i = 0; i < 5; i++) expect(await usual.verify(await sign(claims, { header: { kid: `x${i}` } }))).toBeNull()

  expect(asked).toHaveLength(2)
  expect(patient.asked).toHaveLength(1)
})

test.each([
  ['answers 503', down],
  ['does not answer', () => Promise.reject(new TypeError('fetch failed'))],
  ['answers something else', () => new Response('<h1>Hello</h1>')],
  ['answers no key set', () => Response.json({ keys: 'none' })],
  ['sends elsewhere', () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } })],
])('where Usher %s, the page is shown without a context, and asks again after a while', async (_, answer) => {
  const { asked, fetch } = served([answer, withKeys])
  const problems: string[] = []
  let later = 0
  const now = () => new Date(at.getTime() + later)
  const contexts = linkContexts({
    usherUrl,
    issuer,
    audience,
    fetch,
    now,
    onProblem: ({ code }) => problems.push(code),
  })

  for (let i = 0; i < 3; i++) expect(await contexts.verify(await sign())).toBeNull()
  expect(problems).toEqual(['keys_away', 'keys_away', 'keys_away'])
  expect(asked).toHaveLength(1)

  later = 31_000
  expect(await contexts.verify(await sign())).toEqual(claims)
  expect(asked).toHaveLength(2)
})

test('while Usher is away, the keys that are there go on to serve', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: at })
  const { asked, fetch } = served([withKeys, down])
  const contexts = linkContexts({ usherUrl, issuer, audience, fetch })
  const madeUp = await sign(claims, { header: { kid: 'made-up' } })
  expect(await contexts.verify(await sign())).toEqual(claims)

  vi.setSystemTime(at.getTime() + 31_000)
  for (const _ of [1, 2, 3]) expect(await contexts.verify(madeUp)).toBeNull()

  expect(await contexts.verify(await sign())).toEqual(claims)
  expect(asked).toHaveLength(2)
})

test('a page does not wait for keys that do not come', async () => {
  const { fetch } = served([() => new Promise<Response>(() => {})])
  const keys = contextKeys({
    usherUrl,
    timeoutMs: 30,
    fetch: (input, init) =>
      Promise.race([
        fetch(input as string),
        new Promise<never>((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))),
      ]),
  })

  expect(await codeOf(verifyLinkContext(await sign(), { ...options(), keys }))).toBe('keys_away')
})

test('keys can come from the link domain, or be given', async () => {
  const { asked, fetch } = served([withKeys])
  const there = { issuer, audience, now: options().now }
  const fromDomain = linkContexts({ ...there, keysUrl: `${issuer}/.well-known/jwks.json`, fetch })
  const given = linkContexts({ ...there, keys: keys as never })

  expect(await fromDomain.verify(await sign())).toEqual(claims)
  expect(await given.verify(await sign())).toEqual(claims)
  expect(asked).toEqual([`${issuer}/.well-known/jwks.json`])
})

test('a site that is named wrongly is a mistake, said at once', () => {
  expect(() => linkContexts({ usherUrl, issuer, audience: 'orpheum.example' })).toThrow(
    'Issuer and audience are origins',
  )
  expect(() => linkContexts({ usherUrl, issuer: '', audience })).toThrow('Issuer and audience are origins')
  expect(() => linkContexts({ usherUrl, issuer, audience: [] })).toThrow('Name the origin')
})

test.each([
  ['https://orpheum.example/pay?usher=t.t.t', 'https://orpheum.example/pay'],
  [
    'https://orpheum.example/pay?a=1&usher=t&b=%20+x#c?usher=kept',
    'https://orpheum.example/pay?a=1&b=%20+x#c?usher=kept',
  ],
  ['/pay?usher=t&usher=u&%75sher=v', '/pay'],
  ['/pay?ushers=1&a', '/pay?ushers=1&a'],
  ['/pay?', '/pay?'],
  ['/pay#usher=1', '/pay#usher=1'],
  ['', ''],
])('the context is taken out of %s, and all else stays as it came', (address, clean) => {
  expect(withoutContext(address)).toBe(clean)
})
