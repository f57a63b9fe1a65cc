// Vonage: our speech and our check of signatures, beside our fake and signatures made by jose.
import { createHash } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { vonageFace } from '../simulator/vonage.ts'
import type { Outgoing } from './channel.ts'
import type { CarrierCall } from './http.ts'
import { answer, codes, read, speech, states } from './vonage.ts'

const apiKey = 'a1b2c3d4'
const apiSecret = 'aSecret:with colon'
const signing = 'a signature secret of at least 32 bytes'
const config = {
  name: 'vonage',
  label: null,
  isPaused: false,
  protocol: 'vonage' as const,
  apiKey,
  url: 'https://api.nexmo.com',
  window: 20,
  perSecond: null,
  responseTimeoutMs: 10_000,
  callbacks: {
    status: 'https://usher.example/carriers/vonage/status',
    inbound: 'https://usher.example/carriers/vonage/inbound',
  },
  secrets: { apiSecret, signing } as Record<string, string>,
}
const face = vonageFace({ apiKey, apiSecret, signing })
const wall = new Date('2026-11-02T12:00:00Z')
const aText: Outgoing = {
  id: '01890000-0000-7000-8000-000000000001',
  number: '+447700900123',
  originator: 'Orpheum',
  text: 'Tonight: "Aurora" €',
  reference: 4711,
  validForMs: 600_000,
  patienceMs: null,
}
const uuid = 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab'

const asked = (outgoing: Partial<Outgoing> = {}, settings: Partial<typeof config> | object = {}) => {
  const asking = speech.ask({ ...aText, ...outgoing }, { ...config, ...settings })
  return { ...asking, said: JSON.parse(asking.body!) }
}
const requestOf = ({ url, method, headers, body }: ReturnType<typeof asked>) =>
  new Request(url, { method, headers, body })

const callOf = async (request: Request): Promise<CarrierCall> => ({
  method: request.method,
  url: request.url,
  headers: request.headers,
  body: new Uint8Array(await request.arrayBuffer()),
})
const understood = (status: number, body: unknown) =>
  speech.understand({ status, text: typeof body === 'string' || body === null ? body : JSON.stringify(body) }, config)

describe('a text', () => {
  test('is asked for as the API wants it', () => {
    const { url, method, headers, said } = asked()

    expect([method, url]).toEqual(['POST', 'https://api.nexmo.com/v1/messages'])
    expect(headers).toEqual({
      'content-type': 'application/json',
      authorization: `Basic ${btoa(`${apiKey}:${apiSecret}`)}`,
    })
    expect(said).toEqual({
      message_type: 'text',
      channel: 'sms',
      to: '447700900123',
      from: 'Orpheum',
      text: 'Tonight: "Aurora" €',
      client_ref: '01890000-0000-7000-8000-000000000001.4711',
      sms: { encoding_type: 'text' },
      ttl: 600,
      webhook_url: 'https://usher.example/carriers/vonage/status',
      webhook_version: 'v1',
    })
  })

  test('that needs it goes out as unicode, as it was measured', () => {
    expect(asked({ text: 'Ї' }).said.sms).toEqual({ encoding_type: 'unicode' })
  })

  test.each([
    [1_000, 20],
    [20_999, 20],
    [604_800_000, 604_800],
    [604_801_000, undefined],
  ])('that is worth sending for %i ms has a ttl of %s', (validForMs, ttl) => {
    expect(asked({ validForMs }).said.ttl).toBe(ttl)
  })

  test('is taken by the fake, which answers as the API does', async () => {
    const got = await face.read(requestOf(asked({ originator: '+447700900999' })))
    if (!('text' in got)) throw new Error(await got.response.text())
    const answer = face.taken(face.id(1), got.text, wall)

    expect(got.text).toEqual({
      to: '+447700900123',
      originator: '447700900999',
      text: aText.text,
      statusUrl: config.callbacks.status,
      validForMs: 600_000,
      clientReference: `${aText.id}.4711`,
    })
    expect(understood(answer.status, await answer.text())).toEqual({
      kind: 'taken',
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/),
      status: '202',
    })
  })

  test.each([
    ['channel', { channel: 'mms' }],
    ['message_type', { message_type: 'image' }],
    ['to', { to: '+447700900123' }],
    ['from', { from: 'Longer than it can be' }],
    ['text', { text: 'x'.repeat(1_001) }],
    ['ttl', { ttl: 19 }],
    ['client_ref', { client_ref: 'x'.repeat(101) }],
    ['webhook_url', { webhook_url: 'nowhere' }],
  ])('with a wrong %s is refused by the fake by name', async (name, wrong) => {
    const { said, ...asking } = asked()

    const got = await face.read(requestOf({ ...asking, said, body: JSON.stringify({ ...said, ...wrong }) }))

    const { response } = got as { response: Response }
    expect([response.status, response.headers.get('content-type')]).toEqual([422, 'application/problem+json'])
    expect(await response.json()).toMatchObject({ title: 'Invalid params', invalid_parameters: [{ name }] })
  })

  test('with wrong credentials is refused by the fake, and the channel stops', async () => {
    const got = await face.read(requestOf(asked({}, { secrets: { apiSecret: 'other' } })))

    const { response } = got as { response: Response }
    expect(understood(response.status, await response.text())).toEqual({ kind: 'broken', status: 'HTTP 401' })
  })
})

describe('an error', () => {
  test.each(Object.entries(codes))('%s says %o', (code, { submit }) => {
    const type = `https://developer.vonage.com/api-errors/messages#${code}`

    expect(understood(422, { type, title: 'x', detail: 'x', instance: 'x' })).toEqual({ kind: submit, status: code })
    expect(understood(422, { type: 'x', title: code })).toEqual({ kind: submit, status: code })
    expect(understood(422, { title: Number(code) })).toEqual({ kind: submit, status: code })
  })

  test.each([
    [401, 'broken'],
    [402, 'later'],
    [403, 'broken'],
    [404, 'broken'],
    [422, 'never'],
    [429, 'slow'],
    [500, 'unanswered'],
    [502, 'unanswered'],
    [503, 'later'],
    [504, 'unanswered'],
  ])('by HTTP %i that names no code is %s', (status, kind) => {
    const type = 'https://developer.vonage.com/api-errors#unauthorized'

    expect(understood(status, { type, title: 'x' })).toEqual({ kind, status: `HTTP ${status}` })
    expect(understood(status, '<html>')).toEqual({ kind, status: `HTTP ${status}` })
    expect(understood(status, null)).toEqual({ kind, status: `HTTP ${status}` })
  })

  test('that is a success without an id is in doubt', () => {
    for (const body of ['', '{}', '{"message_uuid":""}', '{"message_uuid":7e999}', '{"message_uuid":"', null])
      expect(understood(202, body), String(body)).toMatchObject({ kind: 'unanswered' })
  })

  test.each([
    ['throttled', 'slow', '1000'],
    ['queueFull', 'slow', '1241'],
    ['rejected', 'never', '1250'],
  ] as const)('of the fake, %s, means %s', async (why, kind, status) => {
    const answer = face.refused(why, {} as never)

    expect(understood(answer.status, await answer.text())).toEqual({ kind, status })
  })
})

const aFaceText = {
  ...{ to: '+447700900123', originator: 'Orpheum', text: 'Hello', statusUrl: config.callbacks.status },
  ...{ validForMs: null, clientReference: `${aText.id}.4711` },
}

describe('a status webhook', () => {
  test.each([
    ['accepted', 'intermediate', null],
    ['delivered', 'delivered', null],
    ['undeliverable', 'undeliverable', '1180 handset absent for now'],
    ['expired', 'expired', '1360 out of time'],
  ] as const)('of our fake about a text that is %s is a receipt', async (state, receipt, reason) => {
    const call = await callOf(face.receipt({ id: uuid, text: aFaceText, state, at: wall })!)

    expect(call.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(await read(call, config, wall, 'status')).toEqual({
      kind: 'receipt',
      receipt: { carrierMessageId: uuid, state: receipt, reason, reference: 4711, number: '447700900123' },
    })
  })

  test('of our fake is signed as its documents say: jose and the claims agree', async () => {
    const call = await callOf(face.receipt({ id: uuid, text: aFaceText, state: 'delivered', at: wall })!)
    const token = call.headers.get('authorization')!.replace('Bearer ', '')

    const { payload, protectedHeader } = await jwtVerify(token, Buffer.from(signing))

    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(payload).toEqual({
      iat: wall.getTime() / 1_000,
      jti: expect.any(String),
      iss: 'Vonage',
      payload_hash: createHash('sha256').update(call.body).digest('hex'),
      api_key: apiKey,
    })
  })

  test('is not made where nobody asked', () => {
    const text = { ...aFaceText, statusUrl: null }

    expect(face.receipt({ id: uuid, text, state: 'delivered', at: wall })).toBeNull()
  })

  test.each(Object.entries(states))('%s says %s', async (status, state) => {
    expect(await read(await signed({ message_uuid: uuid, status }), config, wall, 'status')).toEqual({
      kind: 'receipt',
      receipt: {
        ...{ carrierMessageId: uuid, state, reason: state === 'undeliverable' ? status : null },
        ...{ reference: null, number: '' },
      },
    })
  })

  test.each(Object.entries(codes))('of error %s says why', async (code, { words }) => {
    const error = { type: `https://developer.vonage.com/api-errors/messages#${code}`, title: code, detail: 'x' }
    const receipt = { state: code === '1360' ? 'expired' : 'undeliverable', reason: `${code} ${words}` }

    for (const one of [error, { error }, { title: Number(code) }]) {
      const call = await signed({ message_uuid: uuid, status: 'rejected', error: one })
      expect(await read(call, config, wall, 'status')).toMatchObject({ kind: 'receipt', receipt })
    }
  })

  test('of an error that is not named says its number, and of none its status', async () => {
    const reasonOf = async (error: unknown) =>
      read(await signed({ message_uuid: uuid, status: 'rejected', error }), config, wall, 'status')

    expect(await reasonOf({ title: '1999' })).toMatchObject({ receipt: { reason: '1999' } })
    expect(await reasonOf({ title: 'Somebody at +447700900123' })).toMatchObject({ receipt: { reason: 'rejected' } })
    expect(await reasonOf(null)).toMatchObject({ receipt: { reason: 'rejected' } })
    expect(await reasonOf('1000')).toMatchObject({ receipt: { reason: 'rejected' } })
  })

  test.each([
    ['of a status that is not known', { message_uuid: uuid, status: 'constructor' }],
    ['without a status', { message_uuid: uuid }],
    ['of another channel', { message_uuid: uuid, status: 'read', channel: 'whatsapp' }],
  ])('%s is no news', async (_, said) => {
    expect(await read(await signed(said), config, wall, 'status')).toEqual({ kind: 'nothing' })
  })

  test.each([
    ['without an id', '{"status":"delivered"}'],
    ['that is no object', '[1]'],
    ['that is no JSON', 'message_uuid=1'],
    ['that is empty', ''],
  ])('%s is unreadable', async (_, body) => {
    expect((await read(await signed(body), config, wall, 'status')).kind).toBe('unreadable')
  })

  test.each(['4711', 'x.99999', '', 'x.1.', 7])(
    'with a client_ref of %s that is not ours has no reference',
    async ref => {
      const call = await signed({ message_uuid: uuid, status: 'delivered', client_ref: ref })

      expect(await read(call, config, wall, 'status')).toMatchObject({ receipt: { reference: null } })
    },
  )
})

describe('a text from a handset', () => {
  test('of our fake is read as it was written', async () => {
    const text = 'STOP “€” 😀'
    const { inbound: url } = config.callbacks
    const call = await callOf(face.inbound({ id: uuid, from: '+447700900123', to: '67743', text, url, at: wall }))

    expect(await read(call, config, wall, 'inbound')).toEqual({
      kind: 'inbound',
      inbound: { number: '447700900123', addressedTo: '67743', said: { kind: 'text', text }, identity: uuid },
    })
  })

  test.each([
    ['no text', { message_uuid: uuid, from: '1', to: '2', message_type: 'image' }, 'nothing'],
    ['nothing to read', { message_uuid: uuid, from: '1', to: '2' }, 'unreadable'],
    ['nobody who wrote it', { message_uuid: uuid, to: '2', text: 'x' }, 'unreadable'],
  ])('that has %s is %s', async (_, said, kind) => {
    expect((await read(await signed(said), config, wall, 'inbound')).kind).toBe(kind)
  })

  test('is answered with 2xx', () => {
    expect(answer('inbound').ok).toBe(true)
  })
})

describe('a forged webhook', () => {
  const body = JSON.stringify({ message_uuid: uuid, status: 'delivered' })
  const at = (seconds: number) => new Date(wall.getTime() + seconds * 1_000)
  const heard = async (call: CarrierCall, settings: Partial<typeof config> = {}) =>
    (await read(call, { ...config, ...settings }, wall, 'status')).kind

  test('is told from one that is signed now, or up to five minutes off', async () => {
    for (const seconds of [0, -300, 300]) expect(await heard(await signed(body, { at: at(seconds) }))).toBe('receipt')
    for (const seconds of [-301, 301, -86_400])
      expect(await heard(await signed(body, { at: at(seconds) }))).toBe('forged')
  })

  test.each<[string, Parameters<typeof signed>[1]]>([
    ['signed with another secret', { secret: 'another secret of at least 32 bytes' }],
    ['signed for another account', { claims: { api_key: 'other' } }],
    ['signed for no account', { claims: { api_key: undefined } }],
    ['with the hash of another body', { claims: { payload_hash: 'f'.repeat(64) } }],
    ['without a hash', { claims: { payload_hash: undefined } }],
    ['without a time', { claims: { iat: undefined } }],
    ['that has ended by its own words', { claims: { exp: wall.getTime() / 1_000 - 1 } }],
    ['signed by another algorithm', { alg: 'HS512' }],
  ])('%s is refused', async (_, how) => {
    expect(await heard(await signed(body, how))).toBe('forged')
  })

  test('with another body than was signed is refused', async () => {
    const call = await signed(body)

    expect(await heard({ ...call, body: Buffer.from(body.replace('delivered', 'rejected')) })).toBe('forged')
  })

  test('signed by nobody ("alg": "none") is refused', async () => {
    const [, claims] = (await signed(body)).headers.get('authorization')!.split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')

    expect(await heard(bearing(`Bearer ${none}.${claims}.`))).toBe('forged')
  })

  test.each(['Bearer', 'Bearer x', 'Bearer a.b.c', `Basic ${btoa(`${apiKey}:${signing}`)}`, signing, ''])(
    'that bears %s is refused',
    async authorization => {
      expect(await heard(bearing(authorization))).toBe('forged')
    },
  )

  test('to a carrier without a signature secret is refused, signed or not', async () => {
    const secrets = { apiSecret }

    expect(await heard(await signed(body), { secrets })).toBe('forged')
    expect(await heard(bearing(null), { secrets })).toBe('forged')
    expect(await heard(await signed(body), { secrets: { apiSecret, signing: '' } })).toBe('forged')
  })

  test('without any signature is asked to come again with one', async () => {
    expect(await heard(bearing(null))).toBe('unsigned')
  })

  test('that was hashed as compact JSON, and came with white space, is right all the same', async () => {
    const call = await signed(body)

    expect(await heard({ ...call, body: Buffer.from(JSON.stringify(JSON.parse(body), null, 2)) })).toBe('receipt')
  })

  test('that is a right one made again is heard again: what it says can be stored once only', async () => {
    const call = await signed(body)

    expect(await read(call, config, wall, 'status')).toEqual(await read(call, config, wall, 'status'))
  })

  const bearing = (authorization: string | null): CarrierCall => ({
    method: 'POST',
    url: config.callbacks.status,
    headers: new Headers(authorization === null ? {} : { authorization }),
    body: Buffer.from(body),
  })
})

/** As Vonage signs, with jose. */
async function signed(
  said: object | string,
  { at = wall, secret = signing, alg = 'HS256', claims = {} as Record<string, unknown> } = {},
): Promise<CarrierCall> {
  const body = typeof said === 'string' ? said : JSON.stringify(said)
  const token = await new SignJWT({
    iat: Math.floor(at.getTime() / 1_000),
    jti: '1',
    iss: 'Vonage',
    payload_hash: createHash('sha256').update(body).digest('hex'),
    api_key: apiKey,
    ...claims,
  })
    .setProtectedHeader({ alg, typ: 'JWT' })
    .sign(Buffer.from(secret))
  return {
    method: 'POST',
    url: config.callbacks.status,
    headers: new Headers({ 'content-type': 'application/json; charset=utf-8', authorization: `Bearer ${token}` }),
    body: Buffer.from(body),
  }
}
