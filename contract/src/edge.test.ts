// The published SDK where there is no Node: bundled as a service would, and run in an edge runtime's own globals.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { builtinModules } from 'node:module'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { EdgeVM } from '@edge-runtime/vm'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Webhook } from 'standardwebhooks'
import { build, type Rolldown } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { examples, outgoingExamples } from './examples.ts'

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const entry = here('./all-of-the-sdk.js')

/** Several files of the SDK as one script that leaves them in `sdk`, and the modules it is made of. */
async function bundled(...files: string[]) {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'entry',
        enforce: 'pre',
        resolveId: id => (id === entry ? id : undefined),
        load: id =>
          id === entry ? files.map(file => `export * from ${JSON.stringify(here(file))}`).join('\n') : undefined,
      },
    ],
    build: { write: false, minify: true, target: 'es2022', lib: { entry, formats: ['iife'], name: 'sdk' } },
  })
  const { output } = [built].flat()[0] as Rolldown.RolldownOutput
  const [{ code, moduleIds, imports }] = output
  return { code, imports, modules: moduleIds.filter(id => id !== entry && id.startsWith('/')) }
}

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const issuer = 'https://o.orpheum.example'
const audience = 'https://orpheum.example'
let askedForLive = () => {}
let usherUrl = ''
let pair: Awaited<ReturnType<typeof generateKeyPair>>
const asked: { path: string; body: string; key: string | undefined }[] = []

const server = createServer(async (request, response) => {
  let body = ''
  for await (const piece of request) body += piece
  asked.push({ path: request.url!, body, key: request.headers.authorization })
  if (request.url?.startsWith('/v1/live')) return askedForLive() // and is never answered
  if (request.url === '/v1/link-keys') {
    const key = { ...(await exportJWK(pair.publicKey)), kid: 'l1', alg: 'ES256', use: 'sig' }
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [key] }))
  }
  if (request.url === '/v1/messages/batch')
    return response
      .writeHead(200, { 'content-type': 'application/x-ndjson' })
      .end('{"line":1,"id":"m1","state":"queued","reasons":[],"segments":1}\n')
  const isFirst = asked.filter(({ path }) => path === request.url).length === 1
  if (isFirst) return response.writeHead(503, { 'content-type': 'text/plain' }).end('starting')
  response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify(examples.postEvents.answers[202]))
})

beforeAll(async () => {
  pair = await generateKeyPair('ES256', { extractable: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  usherUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

test('the client is a client and no more: it loads no schema and no package', async () => {
  const { modules, code } = await bundled('./client.ts')

  expect(modules).toEqual([here('./client.ts')])
  expect(code.length).toBeLessThan(20_000)
})

test('what verifies webhooks and contexts loads what it stands on, and no schema', async () => {
  const { modules } = await bundled('./webhook-verify.ts', './link-context.ts')

  const packages = new Set(modules.flatMap(id => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1] ?? []))
  expect(packages).toEqual(new Set(['standardwebhooks', 'jose', '@stablelib/base64', 'fast-sha256']))
  expect(modules.filter(id => !id.includes('node_modules')).sort()).toEqual(
    [here('./link-context.ts'), here('./webhook-verify.ts')].sort(),
  )
})

test('in an edge runtime the SDK calls, streams, verifies a webhook and reads a context, without anything of Node', async () => {
  const { code, imports } = await bundled('./client.ts', './webhook-verify.ts', './link-context.ts')
  expect(imports).toEqual([])
  for (const name of builtinModules) expect(code).not.toContain(`require("${name}")`)
  const vm = new EdgeVM()
  vm.evaluate(code.replace(/^var sdk\s*=/, 'globalThis.sdk ='))
  expect(vm.evaluate('[typeof process, typeof require, typeof Buffer, typeof module]')).toEqual(
    Array(4).fill('undefined'),
  )
  const told = outgoingExamples['link.clicked']
  const body = JSON.stringify(told)
  const now = new Date()
  const headers = {
    'webhook-id': told.id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(told.id, now, body),
  }
  const token = await new SignJWT({ purpose: 'account.payment', link: 'l', message: null })
    .setProtectedHeader({ alg: 'ES256', typ: 'usher-link+jwt', kid: 'l1' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject('orph-0001')
    .setJti('c1')
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(pair.privateKey)
  vm.context.given = JSON.stringify({ usherUrl, secret, issuer, audience, body, headers, token })

  askedForLive = () => vm.evaluate('giveUp()')

  // The program of somebody's edge function. It gives back text, so that nothing is compared across the border.
  const said = await vm.evaluate<Promise<string>>(`(async () => {
    const { usherUrl, secret, issuer, audience, body, headers, token } = JSON.parse(given)
    const usher = sdk.createClient({ baseUrl: usherUrl, apiKey: 'usher_key', sleep: async () => {} })
    const { taken } = await usher.postEvents(
      sdk.event('com.usher.payment.failed', { source: '/billing', subject: 'orph-0001', data: { amount: 999, currency: 'USD' } }),
      { signal: new AbortController().signal },
    )
    const verdicts = []
    for await (const { state } of usher.sendBatch([{ purpose: 'offer', text: 'Orpheum: hello' }])) verdicts.push(state)

    const call = changed => new Request('https://edge.example/hooks', { method: 'POST', headers, body: changed ?? body })
    const { type, data } = await sdk.verifyWebhook(call(), secret)
    const forged = await sdk.verifyWebhook(call(body.replace('orph-0001', 'orph-0014')), secret).catch(error => error.code)

    const enough = new AbortController()
    globalThis.giveUp = () => enough.abort(new Error('Enough.'))
    const stopped = await usher.getLive({}, { signal: enough.signal }).catch(error => error.message)

    const contexts = sdk.linkContexts({ usherUrl, issuer, audience })
    const context = await contexts.verify('https://orpheum.example/pay?usher=' + token)
    const nobody = await contexts.verify('https://orpheum.example/pay?usher=' + token.slice(0, -4) + 'AAAA')
    return JSON.stringify({ taken, verdicts, type, destination: data.destination, forged, stopped, sub: context.sub, nobody })
  })()`)

  expect(JSON.parse(said)).toEqual({
    taken: 1,
    verdicts: ['queued'],
    type: 'link.clicked',
    destination: told.data.destination,
    forged: 'wrong_signature',
    stopped: 'Enough.',
    sub: 'orph-0001',
    nobody: null,
  })
  expect(asked.map(({ path }) => path)).toEqual([
    '/v1/events',
    '/v1/events',
    '/v1/messages/batch',
    '/v1/live',
    '/v1/link-keys',
  ])
  expect(asked[0]).toMatchObject({ key: 'Bearer usher_key', body: asked[1]?.body })
})
