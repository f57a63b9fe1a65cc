// A carrier that is described by its settings alone.
import { createHmac } from 'node:crypto'
import { CarrierInput } from '@usher/contract/carrier'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { webFace, webSettings } from '../simulator/web.ts'
import type { Configured, Outgoing } from './channel.ts'
import type { CarrierCall } from './http.ts'
import { answer, at, placeholders, problemsOf, read, speech } from './web.ts'

type Config = Extract<Configured, { protocol: 'http' }>
const secrets: Record<string, string> = { token: 'a token', signing: 'a signing secret' }

/** As it comes out of the contract, with what the settings leave out. */
function configured(settings: object = {}, withSecrets = secrets): Config {
  const input = CarrierInput.parse({ ...webSettings, url: 'https://carrier.example/messages', ...settings })
  const callbacks = {
    status: 'https://usher.example/carriers/web/status',
    inbound: 'https://usher.example/carriers/web/inbound',
  }
  return { ...(input as Extract<CarrierInput, { protocol: 'http' }>), name: 'web', callbacks, secrets: withSecrets }
}
const aText: Outgoing = {
  id: '01890000-0000-7000-8000-000000000001',
  number: '+447700900123',
  originator: 'Orpheum',
  text: 'Hello "you" & {{ secret }} \\ ünï\n100%',
  reference: 4711,
  validForMs: 600_999,
  patienceMs: null,
}
const wall = new Date('2026-11-02T12:00:00Z')
const face = webFace({ token: secrets.token!, signing: secrets.signing! })
const callOf = async (request: Request): Promise<CarrierCall> => ({
  method: request.method,
  url: request.url,
  headers: request.headers,
  body: new Uint8Array(await request.arrayBuffer()),
})

describe('a text', () => {
  test('is sent as the settings say, in JSON, its numbers as numbers', () => {
    const asking = speech.ask(aText, configured())

    expect(asking).toMatchObject({ url: 'https://carrier.example/messages', method: 'POST' })
    expect(asking.headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      authorization: 'Bearer a token',
    })
    expect(JSON.parse(asking.body!)).toEqual({
      to: '+447700900123',
      from: 'Orpheum',
      text: aText.text,
      reference: 4711,
      ttl: 600,
      callback: 'https://usher.example/carriers/web/status',
    })
  })

  test('is sent as a form, with everything escaped', () => {
    const { headers, body } = speech.ask(aText, configured({ type: 'form', method: 'PUT' }))

    expect(headers['content-type']).toBe('application/x-www-form-urlencoded; charset=utf-8')
    expect(Object.fromEntries(new URLSearchParams(body!))).toMatchObject({ text: aText.text, ttl: '600' })
  })

  test('is sent by GET behind what the address has already', () => {
    const config = configured({ method: 'GET', url: 'https://carrier.example/send?version=2', headers: {} })

    const { url, body, headers } = speech.ask(aText, config)

    expect([body, headers]).toEqual([null, {}])
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      version: '2',
      text: aText.text,
      to: aText.number,
    })
  })

  test('comes out of each way of sending as it went in, and nothing of it is taken for a placeholder', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom(...placeholders), (words, name) => {
        const text = `${words}{{ ${name} }}`
        const fields = { to: '{{ to }}', text: 'Say: {{text}}!' }
        const expected = `Say: ${text}!`
        const outgoing = { ...aText, text }

        const json = speech.ask(outgoing, configured({ fields }))
        const form = speech.ask(outgoing, configured({ fields, type: 'form' }))
        const query = speech.ask(outgoing, configured({ fields, method: 'GET' }))

        expect(JSON.parse(json.body!).text).toBe(expected)
        expect(new URLSearchParams(form.body!).get('text')).toBe(expected)
        expect(new URL(query.url).searchParams.get('text')).toBe(expected)
      }),
    )
  })

  test('may hold everything that there is', () => {
    const fields = Object.fromEntries(placeholders.map(name => [name, `<{{ ${name} }}>`]))

    expect(JSON.parse(speech.ask({ ...aText, text: 'x'.repeat(200) }, configured({ fields })).body!)).toEqual({
      to: '<+447700900123>',
      from: '<Orpheum>',
      text: `<${'x'.repeat(200)}>`,
      reference: '<4711>',
      validity_seconds: '<600>',
      status_url: '<https://usher.example/carriers/web/status>',
      segments: '<2>',
      secret: '<a token>',
    })
  })

  test('is taken by the fake', async () => {
    const { url, method, headers, body } = speech.ask({ ...aText, text: 'Hello' }, configured())
    const got = await face.read(new Request(url, { method, headers, body }))
    if (!('text' in got)) throw new Error(await got.response.text())

    expect(got.text).toEqual({
      ...{ to: '+447700900123', originator: 'Orpheum', text: 'Hello', validForMs: 600_000, clientReference: '4711' },
      statusUrl: 'https://usher.example/carriers/web/status',
    })
    const answer = face.taken('abc', got.text, wall)
    expect(speech.understand({ status: answer.status, text: await answer.text() }, configured())).toEqual({
      ...{ kind: 'taken', id: 'abc', status: '202' },
    })
  })

  test('with a wrong token is refused by the fake', async () => {
    const { url, method, headers, body } = speech.ask(aText, configured({}, { token: 'other' }))

    const got = await face.read(new Request(url, { method, headers, body }))

    expect((got as { response: Response }).response.status).toBe(401)
  })
})

describe('an answer', () => {
  test.each<[object, number, string | null, object]>([
    [{}, 202, '{"message":{"id":"abc"}}', { kind: 'taken', id: 'abc' }],
    [{}, 200, '{"message":{"id":17}}', { kind: 'taken', id: '17' }],
    [{ idAt: '/messages/0/id' }, 200, '{"messages":[{"id":"x"}]}', { kind: 'taken', id: 'x' }],
    [{ idAt: '/a~1b/~0' }, 200, '{"a/b":{"~":"x"}}', { kind: 'taken', id: 'x' }],
    [{ idAt: '' }, 200, '"x"', { kind: 'taken', id: 'x' }],
    [{ idAt: null }, 200, ' OK-123\r\n', { kind: 'taken', id: 'OK-123' }],
    // It was answered well, and does not say what it should: the text may be taken.
    [{}, 200, '{"message":{}}', { kind: 'unanswered' }],
    [{}, 200, '{"message":{"id":null}}', { kind: 'unanswered' }],
    [{}, 200, '{"message":{"id":{}}}', { kind: 'unanswered' }],
    [{}, 200, 'OK', { kind: 'unanswered' }],
    [{}, 200, null, { kind: 'unanswered' }],
    [{ idAt: null }, 204, '', { kind: 'unanswered' }],
    [{ idAt: null }, 200, 'two\nlines', { kind: 'unanswered' }],
    [{ idAt: null }, 200, 'x'.repeat(256), { kind: 'unanswered' }],
    [{ idAt: null }, 200, null, { kind: 'unanswered' }],
    [{}, 429, '', { kind: 'slow' }],
    [{}, 503, '', { kind: 'later' }],
    [{}, 500, '', { kind: 'unanswered' }],
    [{}, 502, '', { kind: 'unanswered' }],
    [{ later: [500] }, 500, '', { kind: 'later' }],
    [{}, 401, '', { kind: 'broken' }],
    [{}, 403, '', { kind: 'broken' }],
    [{}, 400, '{"message":{"id":"abc"}}', { kind: 'never' }],
    // Which statuses say "not now" is in the settings.
    [{ later: [402, 403] }, 402, '', { kind: 'later' }],
    [{ later: [402, 403] }, 403, '', { kind: 'later' }],
    [{ later: [] }, 503, '', { kind: 'unanswered' }],
    [{}, 404, '', { kind: 'never' }],
    [{ later: [] }, 429, '', { kind: 'slow' }],
  ])('under %j by HTTP %i, %s, is %j', (settings, status, text, verdict) => {
    expect(speech.understand({ status, text }, configured(settings))).toMatchObject(verdict)
  })
})

test('a JSON pointer leads to what RFC 6901 says, and never to what an object has from its kind', () => {
  const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, 'm~n': 8, '~1': 9 }

  const led = [
    '',
    '/foo',
    '/foo/0',
    '/',
    '/a~1b',
    '/c%d',
    '/m~0n',
    '/~01',
    '/foo/2',
    '/foo/length',
    '/constructor',
    '/foo/0/x',
  ]
  expect(led.map(pointer => at(document, pointer))).toEqual([
    ...[document, ['bar', 'baz'], 'bar', 0, 1, 2, 8, 9, undefined],
    ...[2, undefined, undefined],
  ])
})

const signatureOf = (body: string, secret = secrets.signing!) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`

/** JSON, signed. */
const json = (said: unknown, headers: Record<string, string> = {}): CarrierCall => {
  const body = typeof said === 'string' ? said : JSON.stringify(said)
  return {
    method: 'POST',
    url: 'https://usher.example/carriers/web/status',
    headers: new Headers({
      'content-type': 'application/json; charset=utf-8',
      'x-signature': signatureOf(body),
      ...headers,
    }),
    body: Buffer.from(body),
  }
}

describe('a call', () => {
  const aFaceText = {
    ...{ to: '+447700900123', originator: '67743', text: 'Hello', validForMs: null, clientReference: null },
    statusUrl: 'https://usher.example/carriers/web/status',
  }

  test.each([
    ['accepted', 'intermediate', null],
    ['delivered', 'delivered', null],
    ['undeliverable', 'undeliverable', 'absent subscriber'],
    ['expired', 'expired', 'out of time'],
  ] as const)('of our fake about a text that is %s is a receipt', async (state, receipt, reason) => {
    const call = await callOf(face.receipt({ id: 'abc', text: aFaceText, state, at: wall })!)

    expect(read(call, configured(), wall, 'status')).toEqual({
      kind: 'receipt',
      receipt: { carrierMessageId: 'abc', state: receipt, reason, reference: null, number: '' },
    })
  })

  test('of our fake brings what a handset wrote', async () => {
    const url = 'https://usher.example/carriers/web/inbound'
    const call = await callOf(
      face.inbound({ id: 'abc', from: '+447700900123', to: '67743', text: 'STOP 😀', url, at: wall }),
    )

    expect(read(call, configured(), wall, 'inbound')).toEqual({
      kind: 'inbound',
      inbound: {
        number: '+447700900123',
        addressedTo: '67743',
        said: { kind: 'text', text: 'STOP 😀' },
        identity: 'abc',
      },
    })
  })

  test('as a form is read like JSON, whatever its charset is called', () => {
    const body = 'id=abc&state=DELIVERED'
    const call = json(body, { 'content-type': 'application/x-www-form-urlencoded;charset=ISO-8859-1' })

    expect(read(call, configured(), wall, 'status')).toMatchObject({
      receipt: { carrierMessageId: 'abc', state: 'delivered' },
    })
  })

  test('by GET is read from its query', () => {
    const call: CarrierCall = {
      ...{
        method: 'GET',
        url: 'https://usher.example/carriers/web/status?id=abc&state=DELIVERED',
        body: new Uint8Array(),
      },
      headers: new Headers({ authorization: 'Bearer a-signing-secret' }),
    }
    const config = configured({}, { ...secrets, signing: 'a-signing-secret' })

    expect(read(call, config, wall, 'status')).toMatchObject({
      receipt: { carrierMessageId: 'abc', state: 'delivered' },
    })
  })

  test.each<[string, object, 'status' | 'inbound', unknown, string]>([
    ['a state that the settings do not name', {}, 'status', { id: 'a', state: 'QUEUED' }, 'nothing'],
    ['a state that every object has', {}, 'status', { id: 'a', state: 'constructor' }, 'nothing'],
    ['a receipt from a carrier that sends none', { status: null }, 'status', { id: 'a', state: 'SENT' }, 'nothing'],
    [
      'a text from a carrier that brings none',
      { inbound: null },
      'inbound',
      { from: '1', to: '2', text: '' },
      'nothing',
    ],
    ['no id', {}, 'status', { state: 'SENT' }, 'unreadable'],
    ['an id that nothing can keep', {}, 'status', { id: 'a\u0000', state: 'SENT' }, 'unreadable'],
    ['no text', {}, 'inbound', { from: '1', to: '2' }, 'unreadable'],
    ['no JSON', {}, 'status', '{"id":', 'unreadable'],
    ['a JSON that is no object', {}, 'status', '"id"', 'unreadable'],
  ])('with %s is %5$s', (_, settings, kind, said, expected) => {
    expect(read(json(said), configured(settings), wall, kind).kind).toBe(expected)
  })

  test('with a state that is a number is found by its digits', () => {
    const config = configured({ status: { ...webSettings.status, states: { 3: 'delivered' } } })

    expect(read(json({ id: 7, state: 3 }), config, wall, 'status')).toMatchObject({
      receipt: { carrierMessageId: '7', state: 'delivered' },
    })
  })

  test('with an id of 64 bits has each of its digits, and words that look like one stay as they are', () => {
    const config = configured({ inbound: { fromAt: '/id', toAt: '/id', textAt: '/text', idAt: '/id' } })
    const number = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.string(), number, (id, words, weight) => {
        const text = `${words}"${id}, ${id}`
        const body = `{"text":${JSON.stringify(text)},"weight":${JSON.stringify(weight)},"id":${id}}`

        expect(read(json(body), config, wall, 'inbound')).toMatchObject({
          inbound: { said: { text }, identity: String(id) },
        })
      }),
    )
  })

  test('without an id has no identity', () => {
    const config = configured({ inbound: { ...webSettings.inbound, idAt: null } })
    const call = json({ id: 'abc', from: '1', to: '2', text: 'x' })

    expect(read(call, config, wall, 'inbound')).toMatchObject({ inbound: { identity: null } })
  })

  test('is answered with 2xx', () => {
    expect(answer('status').ok).toBe(true)
  })
})

describe('a call is believed', () => {
  const said = { id: 'abc', state: 'DELIVERED' }
  const heard = (call: CarrierCall, config = configured()) => read(call, config, wall, 'status').kind
  const bearing = (headers: Record<string, string>): CarrierCall => ({ ...json(said), headers: new Headers(headers) })
  const basicOf = (text: string) => ({ authorization: `Basic ${btoa(text)}` })
  const oneWord = configured({}, { token: 'a token', signing: 's3cret:with-colon' })

  test('for its signature, or for the secret itself where a carrier can not sign', () => {
    expect(heard(json(said))).toBe('receipt')
    expect(heard(bearing({ 'x-signature': signatureOf(JSON.stringify(said)).toUpperCase() }))).toBe('receipt')
    expect(heard(bearing({ authorization: 'Bearer s3cret:with-colon' }), oneWord)).toBe('receipt')
    expect(heard(bearing(basicOf('anybody:s3cret:with-colon')), oneWord)).toBe('receipt')
  })

  test.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['an empty signature', { 'x-signature': '' }],
    ['the signature of another body', { 'x-signature': signatureOf('{}') }],
    ['the signature with another secret', { 'x-signature': signatureOf(JSON.stringify(said), 'other') }],
    ['a hash that is not named', { 'x-signature': signatureOf(JSON.stringify(said)).slice(7) }],
    ['another token', { authorization: 'Bearer other' }],
    ['the token by which texts are sent', { authorization: 'Bearer a token' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['another password', basicOf('x:other')],
    ['the secret as a name', basicOf('s3cret:with-colon:')],
    [
      'a wrong signature beside the right secret',
      { 'x-signature': 'sha256=00', authorization: 'Bearer s3cret:with-colon' },
    ],
  ])('not for %s', (_, headers) => {
    expect(heard(bearing(headers))).toBe('forged')
    expect(heard(bearing(headers), oneWord)).toBe('forged')
  })

  test('not where no secret is stored, nor an empty one', () => {
    for (const none of [{ token: 'a token' }, { token: 'a token', signing: '' }] as Record<string, string>[]) {
      expect(heard(json(said), configured({}, none))).toBe('forged')
      expect(heard(bearing({ 'x-signature': signatureOf(JSON.stringify(said), '') }), configured({}, none))).toBe(
        'forged',
      )
      expect(heard(bearing({ authorization: 'Bearer ' }), configured({}, none))).toBe('forged')
    }
  })

  test('not for the signature of nothing, with everything in the query', () => {
    const call: CarrierCall = {
      ...{
        method: 'GET',
        url: 'https://usher.example/carriers/web/status?id=abc&state=DELIVERED',
        body: new Uint8Array(),
      },
      headers: new Headers({ 'x-signature': signatureOf('') }),
    }

    expect(heard(call)).toBe('forged')
  })
})

describe('settings', () => {
  test('that our fake is spoken to with have no problem', () => {
    expect(problemsOf(configured())).toEqual([])
  })

  test.each<[object, Record<string, string>, string, RegExp]>([
    [
      { fields: { to: '{{ too }}', text: '{{ text }}', number: '{{ to }}' } },
      secrets,
      'fields.to',
      /no \{\{ too \}\} here/,
    ],
    [{ fields: { to: '{{ to', text: '{{ text }}', number: '{{ to }}' } }, secrets, 'fields.to', /no counterpart/],
    [
      { fields: { to: '{{ to | upcase }}', text: '{{ text }}', n: '{{ to }}' } },
      secrets,
      'fields.to',
      /no \{\{ to \| upcase \}\}/,
    ],
    [{ fields: { to: '{{ to }}' } }, secrets, 'fields', /No field holds \{\{ text \}\}/],
    [{ fields: { text: '{{ text }}' } }, secrets, 'fields', /No field holds \{\{ to \}\}/],
    [{ headers: { 'x-to': '{{ to }}' } }, secrets, 'headers.x-to', /no \{\{ to \}\} here/],
    [{ headers: { Host: 'elsewhere' } }, secrets, 'headers.Host', /made by Usher/],
    [{ headers: { 'x-a': 'one\ntwo' } }, secrets, 'headers.x-a', /one line/],
    [{}, { ...secrets, token: 'one\r\ntwo' }, 'headers.authorization', /one line/],
    [{}, { signing: 'x' }, 'secrets.token', /no secret `token`/],
    [{}, { token: 'x' }, 'secrets.signing', /refused without/],
    [{ url: 'https://me:word@carrier.example/' }, secrets, 'url', /password/],
    [{ url: 'https://carrier.example/{{to}}' }, secrets, 'url', /no placeholders/],
    [{ idAt: '/a~2' }, secrets, 'idAt', /JSON pointer/],
    [{ status: { ...webSettings.status, idAt: '/~' } }, secrets, 'status.idAt', /JSON pointer/],
    [{ status: { ...webSettings.status, stateAt: '' } }, secrets, 'status.stateAt', /whole body/],
    [{ status: { ...webSettings.status, reasonAt: '/~x' } }, secrets, 'status.reasonAt', /JSON pointer/],
    [{ status: { ...webSettings.status, states: {} } }, secrets, 'status.states', /No state/],
    [{ inbound: { ...webSettings.inbound, fromAt: '' } }, secrets, 'inbound.fromAt', /whole body/],
    [{ inbound: { ...webSettings.inbound, toAt: '/~' } }, secrets, 'inbound.toAt', /JSON pointer/],
    [{ inbound: { ...webSettings.inbound, textAt: '/~' } }, secrets, 'inbound.textAt', /JSON pointer/],
    [{ inbound: { ...webSettings.inbound, idAt: '/~' } }, secrets, 'inbound.idAt', /JSON pointer/],
  ])('%j are refused with the reason', (settings, withSecrets, path, message) => {
    const problems = problemsOf(configured(settings, withSecrets))

    expect(problems).toEqual([{ path, message: expect.stringMatching(message) }])
    expect(JSON.stringify(problems)).not.toContain('two')
  })
})
