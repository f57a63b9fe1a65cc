// Passkeys, by an authenticator of our own: it keeps a P-256 key and says what Web Authentication Level 3 has it say (6.1, 6.5).
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { Passkey } from '@usher/contract/operator'
import { expect, test } from 'vitest'
import { cookieOf, type Desk, type DeskOperator, rowsOf, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'

const stranger = { cookie: '' }
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest()

/** The little of CBOR (RFC 8949) that an attestation needs: integers, bytes, texts, maps. */
type Cbor = number | string | Uint8Array | Map<number | string, Cbor>
function cbor(value: Cbor): Buffer {
  const head = (major: number, n: number) =>
    n < 24
      ? Buffer.from([(major << 5) | n])
      : n < 256
        ? Buffer.from([(major << 5) | 24, n])
        : Buffer.from([(major << 5) | 25, n >> 8, n & 255])
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flatMap(pair => pair.map(cbor))])
  return Buffer.concat([head(2, value.length), value])
}

interface Asked {
  challenge: string
  options: { challenge: string; rp?: { id: string }; rpId?: string; user?: { id: string } }
}

/** A device with one passkey. */
function device({ counts = true }: { counts?: boolean } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  let counter = 0
  const clientData = (type: string, challenge: string, origin: string) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
  /** 6.1: hash of the site, flags, counter, and, when it is made, the key itself. */
  const authenticatorData = (site: string, made?: Buffer) => {
    const count = Buffer.alloc(4)
    if (counts) count.writeUInt32BE(++counter)
    const flags = 0x01 | 0x04 | (made ? 0x40 : 0) // present, verified, holds a key
    return Buffer.concat([sha256(site), Buffer.from([flags]), count, made ?? Buffer.alloc(0)])
  }
  return {
    id: id.toString('base64url'),
    privateKey: privateKey as KeyObject,
    setCounter: (to: number) => {
      counter = to
    },
    make({ options }: Asked, origin: string, site = options.rp!.id) {
      const { x, y } = publicKey.export({ format: 'jwk' })
      const cose = new Map<number, Cbor>([
        ...[[1, 2] as const, [3, -7] as const, [-1, 1] as const], // EC2, ES256, P-256
        [-2, Buffer.from(x!, 'base64url')],
        [-3, Buffer.from(y!, 'base64url')],
      ])
      const held = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, cbor(cose)])
      const attestation = new Map<string, Cbor>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authenticatorData(site, held)],
      ])
      return {
        ...{ id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key' },
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData('webauthn.create', options.challenge, origin).toString('base64url'),
          attestationObject: cbor(attestation).toString('base64url'),
          transports: ['internal', 'hybrid'],
        },
      }
    },
    get({ options }: Asked, origin: string, site = options.rpId!, key: KeyObject = privateKey) {
      const data = authenticatorData(site)
      const client = clientData('webauthn.get', options.challenge, origin)
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), key)
      return {
        ...{ id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key' },
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signature.toString('base64url'),
          userHandle: null,
        },
      }
    },
  }
}
type Device = ReturnType<typeof device>

const originOf = (desk: Desk) => desk.usher.url!.replace('127.0.0.1', 'localhost')

async function add(desk: Desk, operator: DeskOperator, held: Device, name = 'Laptop') {
  const asked = (await desk.askAs(operator, 'POST', '/v1/session/passkeys/challenge')).body as Asked
  const response = held.make(asked, originOf(desk))
  return desk.askAs(operator, 'POST', '/v1/session/passkeys', { challenge: asked.challenge, name, response })
}

const challenge = async (desk: Desk) =>
  (await desk.ask('POST', '/v1/session/passkey/challenge', undefined, stranger)).body as Asked

const enter = (desk: Desk, { challenge }: Asked, response: object) =>
  desk.ask('POST', '/v1/session/passkey', { challenge, response }, stranger)

test('a passkey that was added signs its operator in, without their name', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('support')
  const held = device()

  const added = await add(desk, eve, held)
  const asked = await challenge(desk)
  const entered = await enter(desk, asked, held.get(asked, originOf(desk)))

  expect(added).toMatchObject({ status: 201, body: { id: held.id, name: 'Laptop', usedAt: null } })
  expect(asked.options).toMatchObject({ rpId: 'localhost', userVerification: 'preferred' })
  expect(asked.options).not.toHaveProperty('allowCredentials.0')
  expect(entered).toMatchObject({ status: 200, body: { operator: { id: eve.id, role: 'support' } } })
  const { body } = await desk.ask('GET', '/v1/session', undefined, { cookie: cookieOf(entered.headers) })
  const [passkey] = (body as { ways: { passkeys: Passkey[] } }).ways.passkeys
  expect(passkey?.usedAt).not.toBeNull()
})

test('what a browser is asked to make names the service, the operator and the keys they have', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('support')
  const held = device()
  await add(desk, eve, held)

  const { body } = await desk.askAs(eve, 'POST', '/v1/session/passkeys/challenge')

  expect((body as Asked).options).toMatchObject({
    rp: { name: 'Orpheum Usher', id: 'localhost' },
    user: { name: eve.email, displayName: 'support 1' },
    excludeCredentials: [{ id: held.id, transports: ['internal', 'hybrid'] }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    attestation: 'none',
  })
})

test('a challenge is answered once, in five minutes, and for what it was asked', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')
  const held = device()
  await add(desk, eve, held)
  const origin = originOf(desk)

  const asked = await challenge(desk)
  const answer = held.get(asked, origin)
  expect((await enter(desk, asked, answer)).status).toBe(200)
  expect(await enter(desk, asked, answer)).toMatchObject({ status: 401, body: { code: 'sign_in_refused' } })
  expect((await enter(desk, asked, held.get(asked, origin))).status).toBe(401)

  const late = await challenge(desk)
  desk.passWall(6)
  expect((await enter(desk, late, held.get(late, origin))).status).toBe(401)

  const toAdd = (await desk.askAs(eve, 'POST', '/v1/session/passkeys/challenge')).body as Asked
  expect((await enter(desk, toAdd, held.get(toAdd, origin, 'localhost'))).status).toBe(401)

  const ours = await challenge(desk)
  const theirs = { ...ours, challenge: randomBytes(38).toString('base64url') }
  const forged = { ...theirs, options: { ...ours.options, challenge: theirs.challenge } }
  expect((await enter(desk, forged, held.get(forged, origin))).status).toBe(401)
})

test('an answer for another site, with another key or from nobody is refused', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')
  const held = device()
  await add(desk, eve, held)
  const origin = originOf(desk)
  const tryWith = async (answer: (asked: Asked) => object) => {
    const asked = await challenge(desk)
    return (await enter(desk, asked, answer(asked))).status
  }

  expect(await tryWith(asked => held.get(asked, 'https://orpheum.evil.example'))).toBe(401)
  expect(await tryWith(asked => held.get(asked, origin, 'orpheum.evil.example'))).toBe(401)
  expect(await tryWith(asked => held.get(asked, origin, 'localhost', device().privateKey))).toBe(401)
  expect(await tryWith(asked => device().get(asked, origin))).toBe(401)
  expect(await tryWith(() => ({}))).toBe(401)
  expect(await tryWith(asked => ({ ...held.get(asked, origin), response: { signature: 'x' } }))).toBe(401)
  expect(await tryWith(asked => held.get(asked, origin))).toBe(200)
})

test('a counter that did not go on is a copy, and is refused; a key that counts nothing is taken', async () => {
  const desk = await testDesk()
  const eve = await desk.operator('viewer')
  const [counting, shared] = [device(), device({ counts: false })]
  await add(desk, eve, counting)
  await add(desk, eve, shared)
  const enterWith = async (held: Device) => {
    const asked = await challenge(desk)
    return (await enter(desk, asked, held.get(asked, originOf(desk)))).status
  }

  expect(await enterWith(counting)).toBe(200)
  counting.setCounter(0)
  expect(await enterWith(counting)).toBe(401)

  expect(await enterWith(shared)).toBe(200)
  expect(await enterWith(shared)).toBe(200)
})

test('a passkey is added by who asked for it, once, and only where the answer is for here', async () => {
  const desk = await testDesk()
  const [eve, mallory] = [await desk.operator('viewer'), await desk.operator('viewer')]
  const held = device()
  const asked = (await desk.askAs(eve, 'POST', '/v1/session/passkeys/challenge')).body as Asked
  const give = (by: DeskOperator, response: object) =>
    desk.askAs(by, 'POST', '/v1/session/passkeys', { challenge: asked.challenge, name: 'Key', response })

  for (const refused of [
    await give(mallory, held.make(asked, originOf(desk))),
    await give(eve, held.make(asked, 'https://orpheum.evil.example')),
    await give(eve, held.make(asked, originOf(desk), 'orpheum.evil.example')),
    await give(eve, {}),
  ])
    expect(refused).toMatchObject({ status: 422, body: { code: 'passkey_refused' } })

  expect((await give(eve, held.make(asked, originOf(desk)))).status).toBe(201)
  expect((await give(eve, device().make(asked, originOf(desk)))).status).toBe(422)
  // The same key again, of whomever.
  expect((await add(desk, mallory, held)).status).toBe(422)
})

test('a passkey that was removed signs nobody in, and only its owner removes it', async () => {
  const desk = await testDesk()
  const [eve, mallory] = [await desk.operator('viewer'), await desk.operator('administrator')]
  const held = device()
  await add(desk, eve, held, 'Old phone')
  const remove = (by: DeskOperator) => desk.askAs(by, 'DELETE', `/v1/session/passkeys/${held.id}`)

  expect(await remove(mallory)).toMatchObject({ status: 404, body: { code: 'unknown_passkey' } })
  expect((await remove(eve)).status).toBe(204)
  expect((await remove(eve)).status).toBe(404)

  const asked = await challenge(desk)
  expect((await enter(desk, asked, held.get(asked, originOf(desk)))).status).toBe(401)
  const { body } = await desk.askAs(mallory, 'GET', `/v1/audit?subject=${eve.id}`)
  const lines = (body as { items: { action: string; detail: object }[] }).items
  expect(lines.map(({ action, detail }) => [action, detail])).toEqual(
    expect.arrayContaining([
      ['passkey.added', { name: 'Old phone' }],
      ['passkey.removed', { name: 'Old phone' }],
    ]),
  )
})

test('who is inactive has no passkey that works; asking for challenges stores nothing', async () => {
  const desk = await testDesk()
  const [ada, eve] = [await desk.operator('administrator'), await desk.operator('viewer')]
  const held = device()
  await add(desk, eve, held)
  await desk.askAs(ada, 'PUT', `/v1/operators/${eve.id}`, { isActive: false })

  const asked = await challenge(desk)
  for (const _ of [1, 2, 3]) await challenge(desk)

  expect((await enter(desk, asked, held.get(asked, originOf(desk)))).status).toBe(401)
  const stored = await rowsOf(desk, sql`select id from operator_challenge`)
  expect(stored).toHaveLength(1) // the one that added the passkey
})

test('passkeys are bound to the public name of the service', async () => {
  const desk = await testDesk({ env: { USHER_PUBLIC_URL: 'https://usher.orpheum.example' } })
  const eve = await desk.operator('viewer')
  const held = device()
  const asked = (await desk.askAs(eve, 'POST', '/v1/session/passkeys/challenge')).body as Asked
  const response = held.make(asked, 'https://usher.orpheum.example')

  const added = await desk.askAs(eve, 'POST', '/v1/session/passkeys', {
    challenge: asked.challenge,
    name: 'Key',
    response,
  })

  expect(asked.options.rp).toMatchObject({ id: 'usher.orpheum.example' })
  expect(added.status).toBe(201)
  const here = await challenge(desk)
  expect((await enter(desk, here, held.get(here, 'http://localhost:4700'))).status).toBe(401)
})
