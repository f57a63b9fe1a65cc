// Codes over real processes: two that share one PostgreSQL, and one that is killed between its answer and the text.
import { randomBytes } from 'node:crypto'
import type { Verification, VerificationChecked, VerificationView } from '@usher/contract/verification'
import { expect, onTestFinished, test } from 'vitest'
import { newPostgres, on } from '../desk.ts'
import { type Carrier, type Client, client, type Machine, site, startCarrier, until } from './machines.ts'

const number = '+447700900123'

async function aCarrier(): Promise<Carrier> {
  const carrier = await startCarrier()
  onTestFinished(() => carrier.stop())
  return carrier
}

async function aDatabase(): Promise<string | undefined> {
  if (on !== 'postgres') return undefined
  const made = await newPostgres()
  onTestFinished(() => made.drop())
  return made.url
}

const sharedKeys = () => ({ USHER_KEYS: `1:${randomBytes(32).toString('base64')}` })

async function aSubscriber(usher: Client): Promise<void> {
  const { status } = await usher.ask('PUT', '/v1/subscribers/sub-1', { number, locale: 'en', zone: 'Europe/London' })
  expect(status).toBe(201)
}

async function aCode(usher: Client): Promise<Verification> {
  const { status, body } = await usher.ask('POST', '/v1/verifications', { subscriber: 'sub-1', purpose: 'sign_in' })
  expect(status).toBe(201)
  return body
}

const codesOf = (carrier: Carrier, least: number): Promise<string[]> =>
  until('the code at the carrier', 30_000, async () => {
    const codes = (await carrier.ledger()).flatMap(({ text }) => /#(\d+)$/.exec(text)?.[1] ?? [])
    return codes.length >= least && codes
  })

test.runIf(on === 'postgres')('of 200 right tries at once, at two processes, one is right', async () => {
  const carrier = await aCarrier()
  const databaseUrl = (await aDatabase())!
  const env = sharedKeys()
  const places = [await site({ carrier, databaseUrl, env }), await site({ carrier, databaseUrl, env, roles: 'api' })]
  const servers: Machine[] = []
  for (const place of places) {
    const server = place.serve()
    servers.push(server)
    await server.up
  }
  onTestFinished(async () => {
    for (const server of servers) server.signal('SIGKILL')
    for (const place of places) place.clear()
  })
  const key = await places[0]!.key()
  const [first, second] = places.map(({ url }) => client(url, key))
  await aSubscriber(first!)
  const { id } = await aCode(second!)
  const [code] = await codesOf(carrier, 1)

  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      [first!, second!][i % 2]!.ask('POST', `/v1/verifications/${id}/check`, { code }),
    ),
  )

  const results = answers.map(({ body }) => (body as VerificationChecked).result)
  expect(results.filter(result => result === 'approved')).toHaveLength(1)
  expect(results.filter(result => result === 'over')).toHaveLength(199)
})

test('a process that is killed at any moment after its answer leaves a code that arrives, and one that is right', async () => {
  const carrier = await aCarrier()
  const place = await site({ carrier, databaseUrl: await aDatabase(), env: sharedKeys() })
  let server = place.serve()
  onTestFinished(() => {
    server.signal('SIGKILL')
    place.clear()
  })
  await server.up
  const key = await place.key()
  const usher = client(place.url, key)
  await aSubscriber(usher)

  let arrived = 0
  for (let round = 0; round < 3; round++) {
    const { id } = await aCode(usher)
    server.signal('SIGKILL') // within a millisecond of the answer: its text may have left, or not have been written at all
    await server.exit
    server = place.serve()
    await server.up
    await usher.clock({ byMinutes: 1 })
    await until('a code that is right', 30_000, async () => {
      const view = (await usher.ask('GET', `/v1/verifications/${id}`)).body as VerificationView
      if (view.delivery.state !== 'sent' && view.delivery.state !== 'delivered') return false
      const codes = await codesOf(carrier, arrived + 1)
      const { body } = await usher.ask('POST', `/v1/verifications/${id}/check`, { code: codes.at(-1) })
      return (body as VerificationChecked).result === 'approved'
    })
    arrived = (await codesOf(carrier, 1)).length
    await usher.clock({ byMinutes: 11 })
  }
}, 120_000)
