// Twilio: our speech and our check of signatures, beside Twilio's own client and validator.
import { parse, stringify } from 'node:querystring'
import fc from 'fast-check'
import twilio from 'twilio'
import { describe, expect, test } from 'vitest'
import { twilioFace } from '../simulator/twilio.ts'
import type { Outgoing } from './channel.ts'
import type { CarrierCall } from './http.ts'
import { answer, deliveryCodes, isSigned, read, speech, states, submitCodes } from './twilio.ts'

const accountSid = `AC${'0123456789abcdef'.repeat(2)}`
const authToken = '12345678901234567890123456789012'
const config = {
  name: 'twilio',
  label: null,
  isPaused: false,
  protocol: 'twilio' as const,
  accountSid,
  messagingServiceSid: null,
  url: 'https://api.twilio.com',
  window: 20,
  perSecond: null,
  responseTimeoutMs: 10_000,
  callbacks: {
    status: 'https://usher.example/carriers/twilio/status',
    inbound: 'https://usher.example/carriers/twilio/inbound',
  },
  secrets: { authToken },
}
const face = twilioFace({ accountSid, authToken })
const wall = new Date('2026-11-02T12:00:00Z')
const aText: Outgoing = {
  id: '01890000-0000-7000-8000-000000000001',
  number: '+447700900123',
  originator: 'Orpheum',
  text: 'Tonight & tomorrow: 50% “off” €',
  reference: 4711,
  validForMs: 600_000,
  patienceMs: null,
}
const sid = `SM${'f'.repeat(32)}`

const asked = (outgoing: Partial<Outgoing> = {}, settings: Partial<typeof config> | object = {}) => {
  const asking = speech.ask({ ...aText, ...outgoing }, { ...config, ...settings })
  return { ...asking, fields: Object.fromEntries(new URLSearchParams(asking.body!)) }
}
const requestOf = ({ url, method, headers, body }: ReturnType<typeof asked>) =>
  new Request(url, { method, headers, body })

const callOf = async (request: Request): Promise<CarrierCall> => ({
  method: request.method,
  url: request.url,
  headers: request.headers,
  body: new Uint8Array(await request.arrayBuffer()),
})

describe('a text', () => {
  test('is asked for as the API wants it', () => {
    const { url, method, headers, fields } = asked()

    expect([method, url]).toEqual(['POST', `https://api.twilio.com/2010-04-01/Accounts/${accountSid}/Messages.json`])
    expect(headers).toEqual({
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}`,
    })
    expect(fields).toEqual({
      To: '+447700900123',
      From: 'Orpheum',
      Body: 'Tonight & tomorrow: 50% “off” €',
      SmartEncoded: 'false',
      ValidityPeriod: '600',
      StatusCallback: 'https://usher.example/carriers/twilio/status?reference=4711',
    })
  })

  test.each([
    ['67743', '67743'],
    ['447700900999', '+447700900999'],
    ['+447700900999', '+447700900999'],
    ['Orpheum', 'Orpheum'],
  ])('from %s is from %s', (originator, From) => {
    expect(asked({ originator }).fields.From).toBe(From)
  })

  test.each([
    [1, '1'],
    [999, '1'],
    [1_999, '1'],
    [35_999_000, '35999'],
    // The longest is what it does by itself.
    [36_000_000, undefined],
    [86_400_000, undefined],
  ])('that is worth sending for %i ms says %s', (validForMs, ValidityPeriod) => {
    expect(asked({ validForMs }).fields.ValidityPeriod).toBe(ValidityPeriod)
  })

  test('of a messaging service names it beside the sender', () => {
    const messagingServiceSid = `MG${'0'.repeat(32)}`

    const { fields } = asked({}, { messagingServiceSid })

    expect(fields).toMatchObject({ From: 'Orpheum', MessagingServiceSid: messagingServiceSid })
  })

  test('is taken by the fake, which answers as the API does', async () => {
    const got = await face.read(requestOf(asked()))
    if (!('text' in got)) throw new Error(await got.response.text())
    const answer = face.taken(face.id(1), got.text, wall)

    expect(got.text).toEqual({
      to: '+447700900123',
      originator: 'Orpheum',
      text: aText.text,
      statusUrl: 'https://usher.example/carriers/twilio/status?reference=4711',
      validForMs: 600_000,
      clientReference: null,
    })
    expect(answer.status).toBe(201)
    expect(speech.understand({ status: answer.status, text: await answer.text() }, config)).toEqual({
      kind: 'taken',
      id: expect.stringMatching(/^SM[0-9a-f]{32}$/),
      status: '201',
    })
  })
})

describe('an error', () => {
  const said = (code: number, status = 400) =>
    speech.understand({ status, text: JSON.stringify({ code, message: 'x', more_info: 'x', status }) }, config)

  test.each(Object.entries(submitCodes))('%s says %s', (code, kind) => {
    expect(said(Number(code))).toEqual({ kind, status: code })
  })

  test.each([
    [21211, 400, 'never'],
    [21617, 400, 'never'],
    [99999, 429, 'slow'],
    [99999, 401, 'broken'],
    [99999, 403, 'broken'],
    [99999, 404, 'broken'],
    [99999, 503, 'later'],
    [20500, 500, 'unanswered'],
    [99999, 502, 'unanswered'],
    [99999, 504, 'unanswered'],
  ])('%i that is not named goes by its HTTP status %i: %s', (code, status, kind) => {
    expect(said(code, status)).toEqual({ kind, status: String(code) })
  })

  test.each([
    ['<html>', 503, 'later'],
    ['', 429, 'slow'],
    ['{"code":"20003"}', 400, 'never'],
    [null, 500, 'unanswered'],
    ['{"status":"queued"}', 201, 'unanswered'],
    ['{"sid":"', 201, 'unanswered'],
    ['{"sid":""}', 201, 'unanswered'],
    ['{"sid":"SM\\u0000"}', 201, 'unanswered'],
    ['["sid"]', 201, 'unanswered'],
    [null, 201, 'unanswered'],
  ])('that is no answer of the API, %s by HTTP %i, is %s', (text, status, kind) => {
    expect(speech.understand({ status, text }, config)).toEqual({ kind, status: `HTTP ${status}` })
  })

  test.each([
    ['throttled', 'slow', '20429'],
    ['queueFull', 'slow', '21611'],
    ['rejected', 'never', '21612'],
  ] as const)('of the fake, %s, means %s', async (why, kind, status) => {
    const got = await face.read(requestOf(asked()))
    const answer = face.refused(why, (got as { text: never }).text)

    expect(speech.understand({ status: answer.status, text: await answer.text() }, config)).toEqual({ kind, status })
  })
})

describe("Twilio's own client", () => {
  /** Sends by our fake instead of over the network. */
  const client = (token = authToken, sid = accountSid) =>
    twilio(sid, token, {
      httpClient: {
        async request({ method, uri, data, username, password }: Record<string, string> & { data: object }) {
          const response = await faceAnswers(
            new Request(uri!, {
              method: method!.toUpperCase(),
              headers: {
                'content-type': 'application/x-www-form-urlencoded',
                authorization: `Basic ${btoa(`${username}:${password}`)}`,
              },
              body: new URLSearchParams(data as Record<string, string>),
            }),
          )
          return { statusCode: response.status, body: await response.text(), headers: {} }
        },
      } as never,
    })
  async function faceAnswers(request: Request): Promise<Response> {
    const got = await face.read(request)
    return 'text' in got ? face.taken(face.id(7), got.text, wall) : got.response
  }

  test('sends a text to our fake, and reads its answer', async () => {
    const message = await client().messages.create({
      to: '+447700900123',
      from: '+447700900999',
      body: 'Hello',
      statusCallback: 'https://usher.example/x',
      validityPeriod: 60,
    })

    expect(message).toMatchObject({
      sid: face.id(7),
      status: 'queued',
      direction: 'outbound-api',
      to: '+447700900123',
      from: '+447700900999',
      body: 'Hello',
      numSegments: '1',
      errorCode: null,
      dateCreated: wall,
      accountSid,
    })
  })

  test.each([
    [{ to: '123', from: 'x', body: 'x' }, 21211, 400],
    [{ to: '+447700900123', body: 'x' }, 21603, 400],
    [{ to: '+447700900123', from: 'x', body: '' }, 21602, 400],
    [{ to: '+447700900123', from: 'x', body: 'x'.repeat(1_601) }, 21617, 400],
    [{ to: '+447700900123', from: 'x', body: 'x', validityPeriod: 36_001 }, 21624, 400],
    [{ to: '+447700900123', from: 'x', body: 'x', statusCallback: 'ftp://x' }, 21609, 400],
  ])('is told by our fake what is wrong with %j', async (options, code, status) => {
    await expect(client().messages.create(options)).rejects.toMatchObject({ code, status })
  })

  test('is told by our fake that its credentials are wrong', async () => {
    await expect(client('wrong').messages.create({ to: '+447700900123', from: 'x', body: 'x' })).rejects.toMatchObject({
      code: 20003,
      status: 401,
    })
    await expect(
      client(authToken, `AC${'0'.repeat(32)}`).messages.create({ to: '+447700900123', from: 'x', body: 'x' }),
    ).rejects.toMatchObject({ code: 20404, status: 404 })
  })
})

describe('a signature', () => {
  const theirs = twilio.validateRequest
  const ours = (token: string, signature: string, url: string, params: Record<string, string | string[]>) => {
    const form = new URLSearchParams()
    for (const [name, values] of Object.entries(params)) for (const value of [values].flat()) form.append(name, value)
    return isSigned({ token, signature, url, params: form, body: '' })
  }

  test("is as in Twilio's documents", () => {
    const url = 'https://example.com/myapp.php?foo=1&bar=2'
    const params = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675310',
      Digits: '1234',
      From: '+14158675310',
      To: '+18005551212',
    }

    expect(ours('12345', 'L/OH5YylLD5NRKLltdqwSvS0BnU=', url, params)).toBe(true)
    expect(ours('12345', 'L/OH5YylLD5NRKLltdqwSvS0BnU=', url, { ...params, Digits: '1235' })).toBe(false)
  })

  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('', ' ', 'é', "it's", 'a=b&c'))
  const params = fc.dictionary(
    fc.oneof(fc.constantFrom('Body', 'From', 'To', 'a', 'A', 'é'), text),
    fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 4 })),
    { maxKeys: 6, noNullPrototype: true },
  )
  const url = fc
    .tuple(
      fc.constantFrom('https', 'http', 'HTTPS'),
      fc.constantFrom(
        'usher.example',
        'usher.example:443',
        'usher.example:80',
        'usher.example:8443',
        'u:p@usher.example',
        '[::1]',
        '[::1]:80',
      ),
      fc.constantFrom('', '/', '/carriers/twilio/status', '/a/../b', "/it's here"),
      fc.constantFrom('', '?', '?reference=1', "?name=it's", '?a=1&a=2&b', '?q=%27x%27&é=ü', '?x= '),
    )
    .map(([scheme, host, path, query]) => `${scheme}://${host}${path}${query}`)
  /** Half characters do not cross a wire. */
  const wellFormed = (values: unknown) => !/\\ud[89a-f]/.test(JSON.stringify(values))

  test("of Twilio's own making is right to both, over all urls and forms", () => {
    fc.assert(
      fc.property(url, params, (url, params) => {
        fc.pre(wellFormed(params))
        const signature = twilio.getExpectedTwilioSignature(authToken, url, params)
        expect(ours(authToken, signature, url, params)).toBe(theirs(authToken, signature, url, params))
      }),
      { numRuns: 2_000 },
    )
  })

  /** The ways in which a back end may write the URL that it signs. */
  const written: Record<string, (url: string) => string> = {
    asItIs: url => url,
    parsed: url => new URL(url).href,
    escaped(url) {
      const { href } = new URL(url)
      const at = href.indexOf('?')
      return at === -1 ? href : `${href.slice(0, at)}?${stringify(parse(href.slice(at + 1)))}`
    },
    withPort: url => url.replace(/^(https?:\/\/[^/?#:]+)(?=[/?#]|$)/i, '$1:443'),
    withoutPort: url => url.replace(/:\d+(?=[/?#]|$)/, ''),
  }

  test('is judged alike by both, however its URL was written, and whatever is changed afterwards', () => {
    // Both say yes to some and no to others, or the comparison would show nothing.
    const verdicts = new Set<string>()
    const changes = fc.constantFrom('none', 'url', 'params', 'token', 'signature', 'gone')
    const ways = fc.constantFrom(...Object.keys(written))
    fc.assert(
      fc.property(fc.tuple(url, url), fc.tuple(params, params), ways, changes, (urls, forms, way, change) => {
        fc.pre(wellFormed(forms))
        const made = twilio.getExpectedTwilioSignature(authToken, written[way]!(urls[0]), forms[0])
        const token = change === 'token' ? `${authToken}1` : authToken
        const signature = change === 'gone' ? '' : change === 'signature' ? made.replace(/^./, '~') : made
        const url = urls[change === 'url' ? 1 : 0]
        const params = forms[change === 'params' ? 1 : 0]
        const verdict = theirs(token, signature, url, params)
        verdicts.add(`${way} ${verdict}`)
        expect(ours(token, signature, url, params)).toBe(verdict)
      }),
      { numRuns: 3_000 },
    )
    expect(verdicts.size).toBe(2 * Object.keys(written).length)
  })

  test('over a body is judged alike by both', () => {
    const verdicts = new Set<boolean>()
    fc.assert(
      fc.property(
        fc.json(),
        fc.constantFrom('none', 'body', 'hash', 'token'),
        fc.constantFrom('https://usher.example/x?', 'https://usher.example/x?a=b&'),
        (body, change, base) => {
          const hash = twilio.getExpectedBodyHash(body)
          const url = `${base}bodySHA256=${change === 'hash' ? hash.replace(/^./, 'x') : hash}`
          const signature = twilio.getExpectedTwilioSignature(authToken, url, {})
          const token = change === 'token' ? 'other' : authToken
          const sent = change === 'body' ? `${body} ` : body
          const verdict = twilio.validateRequestWithBody(token, signature, url, sent)
          verdicts.add(verdict)
          expect(isSigned({ token, signature, url, params: new URLSearchParams(), body: sent })).toBe(verdict)
        },
      ),
      { numRuns: 500 },
    )
    expect(verdicts.size).toBe(2)
  })

  test('of our fake is right to its validator, and wrong once anything is changed', async () => {
    const written = {
      id: sid,
      from: '+447700900123',
      to: '67743',
      text: 'STOP it’s €5',
      url: config.callbacks.inbound,
      at: wall,
    }
    const call = await callOf(face.inbound(written))
    const signature = call.headers.get('x-twilio-signature')!
    const fields = Object.fromEntries(new URLSearchParams(Buffer.from(call.body).toString()))

    expect(theirs(authToken, signature, call.url, fields)).toBe(true)
    expect(theirs(authToken, signature, call.url, { ...fields, Body: 'START' })).toBe(false)
    expect(theirs(authToken, signature, `${call.url}?x`, fields)).toBe(false)
    expect(theirs('other', signature, call.url, fields)).toBe(false)
  })
})

describe('a status callback', () => {
  const aFaceText = {
    to: '+447700900123',
    originator: '67743',
    text: 'Hello',
    statusUrl: `${config.callbacks.status}?reference=4711`,
    validForMs: null,
    clientReference: null,
  }

  test.each([
    ['accepted', 'intermediate', null],
    ['delivered', 'delivered', null],
    ['undeliverable', 'undeliverable', '30003 handset unreachable'],
    ['expired', 'expired', '30036 out of time'],
  ] as const)('of our fake about a text that is %s is a receipt', async (state, receipt, reason) => {
    const call = await callOf(face.receipt({ id: sid, text: aFaceText, state, at: wall })!)

    expect(read(call, config, wall, 'status')).toEqual({
      kind: 'receipt',
      receipt: { carrierMessageId: sid, state: receipt, reason, reference: 4711, number: '+447700900123' },
    })
  })

  test('is not made where nobody asked', () => {
    expect(face.receipt({ id: sid, text: { ...aFaceText, statusUrl: null }, state: 'delivered', at: wall })).toBeNull()
  })

  test.each(Object.entries(states))('%s says %s', (status, state) => {
    expect(read(signed({ MessageSid: sid, MessageStatus: status }), config, wall, 'status')).toMatchObject({
      kind: 'receipt',
      receipt: { state, reason: state === 'undeliverable' ? status : null, reference: null, number: '' },
    })
  })

  test.each(Object.entries(deliveryCodes))('of error %s says why: %s', (code, words) => {
    const call = signed({ MessageSid: sid, MessageStatus: 'undelivered', ErrorCode: code, To: '+447700900123' })

    expect(read(call, config, wall, 'status')).toMatchObject({
      receipt: { state: code === '30036' ? 'expired' : 'undeliverable', reason: `${code} ${words}` },
    })
  })

  test('of an error that is not named says its number, and of none its status', () => {
    const reasonOf = (ErrorCode: string) =>
      read(signed({ MessageSid: sid, MessageStatus: 'failed', ErrorCode }), config, wall, 'status')

    expect(reasonOf('30999')).toMatchObject({ receipt: { reason: '30999' } })
    expect(reasonOf('')).toMatchObject({ receipt: { reason: 'failed' } })
    expect(reasonOf('drop table')).toMatchObject({ receipt: { reason: 'failed' } })
  })

  test('of a status that is not known is no news', () => {
    for (const MessageStatus of ['partially_delivered', 'constructor', ''])
      expect(read(signed({ MessageSid: sid, MessageStatus }), config, wall, 'status')).toEqual({ kind: 'nothing' })
  })

  test.each([
    ['without an id', { MessageStatus: 'sent' }],
    ['with an id that nothing can keep', { MessageSid: 'SM\0', MessageStatus: 'sent' }],
  ])('%s is unreadable', (_, fields) => {
    expect(read(signed(fields), config, wall, 'status').kind).toBe('unreadable')
  })

  test.each(['99999', '-1', '1.5', 'x', ''])('with a reference of %s has none', reference => {
    const call = signed({ MessageSid: sid, MessageStatus: 'sent' }, `${config.callbacks.status}?reference=${reference}`)

    expect(read(call, config, wall, 'status')).toMatchObject({ receipt: { reference: null } })
  })
})

describe('a text from a handset', () => {
  test('of our fake is read as it was written', async () => {
    const text = 'STOP & start+again “€” 😀'
    const written = { id: sid, from: '+447700900123', to: '67743', text, url: config.callbacks.inbound, at: wall }

    expect(read(await callOf(face.inbound(written)), config, wall, 'inbound')).toEqual({
      kind: 'inbound',
      inbound: { number: '+447700900123', addressedTo: '67743', said: { kind: 'text', text }, identity: sid },
    })
  })

  test('by GET is read from what its URL says', () => {
    const url = `${config.callbacks.inbound}?MessageSid=${sid}&From=%2B447700900123&To=67743&Body=HELP`
    const signature = twilio.getExpectedTwilioSignature(authToken, url, {})
    const call = {
      method: 'GET',
      url,
      headers: new Headers({ 'x-twilio-signature': signature }),
      body: new Uint8Array(),
    }

    expect(read(call, config, wall, 'inbound')).toMatchObject({ kind: 'inbound', inbound: { said: { text: 'HELP' } } })
    expect(read({ ...call, url: url.replace('HELP', 'STOP') }, config, wall, 'inbound').kind).toBe('forged')
  })

  test('as JSON is read where the URL names its hash', () => {
    const body = JSON.stringify({ MessageSid: sid, From: '+447700900123', To: '67743', Body: 'Hello' })
    const url = `${config.callbacks.inbound}?bodySHA256=${twilio.getExpectedBodyHash(body)}`
    const call = json(url, body)

    expect(read(call, config, wall, 'inbound')).toMatchObject({ kind: 'inbound', inbound: { said: { text: 'Hello' } } })
    expect(read({ ...call, body: Buffer.from(body.replace('Hello', 'Later')) }, config, wall, 'inbound').kind).toBe(
      'forged',
    )
  })

  test('as JSON with a signature that covers the URL alone is forged', () => {
    const body = JSON.stringify({ MessageSid: sid, From: '+447700900123', To: '67743', Body: 'STOP' })

    expect(read(json(config.callbacks.inbound, body), config, wall, 'inbound').kind).toBe('forged')
  })

  test('without a number is unreadable', () => {
    expect(read(signed({ MessageSid: sid, To: '67743', Body: 'x' }), config, wall, 'inbound').kind).toBe('unreadable')
  })

  test('is answered with an empty TwiML', async () => {
    const response = answer('inbound')

    expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8')
    expect(await response.text()).toBe('<?xml version="1.0" encoding="UTF-8"?><Response/>')
    expect(answer('status').status).toBe(204)
  })

  const json = (url: string, body: string): CarrierCall => ({
    method: 'POST',
    url,
    headers: new Headers({
      'content-type': 'application/json; charset=utf-8',
      'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, {}),
    }),
    body: Buffer.from(body),
  })
})

describe('a forged call', () => {
  const call = signed({ MessageSid: sid, MessageStatus: 'delivered' })

  test.each<[string, Partial<CarrierCall>, Partial<typeof config>]>([
    ['without a signature', { headers: new Headers() }, {}],
    ['with an empty signature', { headers: new Headers({ 'x-twilio-signature': '' }) }, {}],
    ['with another body', { body: Buffer.from('MessageSid=SM1&MessageStatus=failed') }, {}],
    ['for another URL', { url: `${config.callbacks.status}?reference=1` }, {}],
    ['for another account', {}, { secrets: { authToken: 'other' } }],
    ['to a carrier that has no auth token', {}, { secrets: {} as never }],
    ['to a carrier whose auth token is empty', {}, { secrets: { authToken: '' } }],
  ])('%s is refused', (_, changed, settings) => {
    expect(read(call, config, wall, 'status').kind).toBe('receipt')
    expect(read({ ...call, ...changed }, { ...config, ...settings }, wall, 'status').kind).toBe('forged')
  })
})

/** As Twilio's own library signs. */
function signed(fields: Record<string, string>, url = config.callbacks.status): CarrierCall {
  return {
    method: 'POST',
    url,
    headers: new Headers({
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'x-twilio-signature': twilio.getExpectedTwilioSignature(authToken, url, fields),
    }),
    body: Buffer.from(new URLSearchParams(fields).toString()),
  }
}
