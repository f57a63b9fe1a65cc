// Webhooks stay on the public internet, whatever an address says and whatever its name stands for a moment later.
import type { LookupAddress } from 'node:dns'
import { describe, expect, test } from 'vitest'
import { type Desk, rowsOf } from '../desk.ts'
import { anEndpoint, comesTo, deskFor, ownDeliverer, receiver, sendsTest, tried, without } from '../faults/receiver.ts'
import { sql } from '../store/sql.ts'
import { isPublic, publicLookup } from './address.ts'

const privateOnes = [
  ...['127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
  ...['100.64.0.1', '0.0.0.0', '255.255.255.255', '224.0.0.1', '240.0.0.1', '192.0.2.1', '198.18.0.1'],
  ...['::1', '::', 'fe80::1', 'fc00::1', 'fd12:3456::1', 'ff02::1', '2001:db8::1', 'fec0::1'],
  // The same again, inside IPv6: mapped, compatible, translated, NAT64 (well-known and local), 6to4, Teredo.
  ...['::ffff:127.0.0.1', '::ffff:a00:1', '::127.0.0.1', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe'],
  ...['64:ff9b:1::808:808', '2002:7f00:1::', '2002:a9fe:a9fe::1', '2001:0:4136:e378:8000:63bf:80ff:fffe'],
  ...['no address', ''],
]
const publicOnes = [
  '8.8.8.8',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700:4700::1111',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
]

test('an address is public or it is not', () => {
  for (const address of privateOnes) expect(isPublic(address), address).toBe(false)
  for (const address of publicOnes) expect(isPublic(address), address).toBe(true)
})

describe('an endpoint is not made', () => {
  test('for what is plainly private, however it is written, nor without TLS', async () => {
    const desk = await deskFor([], { env: { USHER_WEBHOOK_ALLOW: '127.0.0.1:7001' } })
    const refused = [
      ...['https://127.0.0.1/', 'https://127.1/', 'https://0x7f.1/', 'https://2130706433/', 'https://0177.0.0.1/'],
      ...[
        'https://[::1]/',
        'https://[::ffff:127.0.0.1]/',
        'https://[::ffff:7f00:1]:8443/',
        'https://169.254.169.254/latest',
      ],
      ...[
        'https://10.1.2.3/',
        'https://172.16.0.1/',
        'https://192.168.0.1/',
        'https://100.64.0.1/',
        'https://0.0.0.0/',
      ],
      ...[
        'https://[fe80::1]/',
        'https://[fc00::1]/',
        'https://localhost/',
        'https://LOCALHOST./',
        'https://a.localhost/',
      ],
      ...['http://orpheum.example/hooks', 'http://8.8.8.8/', 'https://127.0.0.1:7002/', 'https://127.0.0.2:7001/'],
    ]

    for (const url of refused) {
      const { status, body } = await desk.ask('POST', '/v1/webhooks', { url, types: ['event.bad'] })
      expect([status, body], url).toMatchObject([
        422,
        { code: 'forbidden_address', detail: expect.stringMatching(/\.$/) },
      ])
    }
    for (const url of ['https://user:pass@orpheum.example/', 'ftp://orpheum.example/', 'orpheum.example'])
      expect((await desk.ask('POST', '/v1/webhooks', { url, types: ['event.bad'] })).body, url).toMatchObject({
        code: 'invalid_request',
      })
    expect(await rowsOf(desk, sql`select 1 from webhook_endpoint`)).toEqual([])
    // Exactly this host and port, with TLS or without.
    for (const url of ['http://127.0.0.1:7001/', 'https://127.1:7001/'])
      expect((await desk.ask('POST', '/v1/webhooks', { url, types: ['event.bad'] })).status, url).toBe(201)
  })

  test('nor changed into one', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    const { endpoint } = await anEndpoint(desk, service)

    const { body } = await desk.ask('PUT', `/v1/webhooks/${endpoint.id}`, {
      url: 'https://[::1]/',
      types: ['event.bad'],
    })

    expect(body).toMatchObject({ code: 'forbidden_address' })
  })
})

const standingFor =
  (...addresses: string[]) =>
  async (): Promise<LookupAddress[]> =>
    addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))

describe('a name', () => {
  /** What a try at this name comes to. */
  async function errorOf(desk: Desk, url: string) {
    const { endpoint } = await anEndpoint(desk, { url })
    return tried(desk, (await sendsTest(desk, endpoint.id)).id, 1)
  }

  test.each([
    ['127.0.0.1'],
    ['::1'],
    ['169.254.169.254'],
    ['::ffff:10.0.0.1'],
    ['8.8.8.8', '127.0.0.1'],
    ['2606:4700:4700::1111', 'fe80::1'],
  ])('that stands for %s %s is not called, though it could be stored', async (...addresses) => {
    const inner = await receiver()
    const port = inner.place.split(':')[1]
    const desk = await deskFor([inner], { env: without })
    ownDeliverer(desk, { resolve: standingFor(...addresses.filter(address => address !== undefined)) })

    const delivery = await errorOf(desk, `https://inner.example:${port}/`)

    expect(delivery).toMatchObject({ state: 'waiting', lastError: 'The name stands for a private address.' })
    expect(inner.heard).toEqual([])
  })

  test('is judged anew at each connection: one that changes what it stands for is caught', async () => {
    const answers = ['8.8.8.8', '127.0.0.1', '8.8.4.4']
    const lookup = publicLookup(() => standingFor(answers.shift()!)())
    const look = (all: boolean) =>
      new Promise(resolve => {
        lookup('rebound.example', { all }, (error, found) => resolve(error ? error.name : found))
      })

    expect(await look(false)).toBe('8.8.8.8')
    expect(await look(true)).toBe('ForbiddenAddress')
    expect(await look(true)).toEqual([{ address: '8.8.4.4', family: 4 }])
  })

  test('that was allowed by host and port is called wherever it is', async () => {
    const service = await receiver()
    const port = service.place.split(':')[1]
    const desk = await deskFor([], { env: { USHER_WEBHOOK_ALLOW: `localhost:${port}` } })
    const { endpoint } = await anEndpoint(desk, { url: `http://localhost:${port}/hooks` })

    await comesTo(desk, (await sendsTest(desk, endpoint.id)).id, 'delivered')

    expect(service.heard[0]!.path).toBe('/hooks')
  })
})

test('an address that was allowed when it was stored, and is so no more, is not called', async () => {
  const service = await receiver()
  const desk = await deskFor([service], { env: without })
  const { endpoint } = await anEndpoint(desk, service)
  ownDeliverer(desk, { allow: [] })

  const { lastError } = await tried(desk, (await sendsTest(desk, endpoint.id)).id, 1)

  expect(lastError).toBe('The address has to be https.')
  expect(service.heard).toEqual([])
})
