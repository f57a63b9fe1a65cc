import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { expect, expectTypeOf, test } from 'vitest'
import { outgoingExamples } from './examples.ts'
import { outgoingNames, type ToldOf } from './webhook.ts'
import { verifyWebhook, WebhookProblem } from './webhook-verify.ts'

const secret = 'whsec_Gr0XcK5pQwzT8mYvN2sLh7dBf9jAe3Ru'
const older = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const at = new Date('2026-11-02T19:43:03Z')
const now = () => at
const clicked = outgoingExamples['link.clicked']

/** A call as Usher makes it, signed by the standard's own package. */
function aCall(told: unknown = clicked, { by = [secret], time = at, id = 'msg_1' } = {}) {
  const body = JSON.stringify(told)
  return {
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(time.getTime() / 1_000)),
      'webhook-signature': by.map(one => new Webhook(one).sign(id, time, body)).join(' '),
    },
    body,
  }
}
const request = ({ headers, body }: ReturnType<typeof aCall>) =>
  new Request('https://orpheum.example/hooks/usher', { method: 'POST', headers, body })
const codeOf = (verified: Promise<unknown>) =>
  verified.then(
    () => 'taken',
    error => {
      expect(error).toBeInstanceOf(WebhookProblem)
      expect(error.message).toMatch(/\.$|\?$/)
      return error.code
    },
  )

// The vector of the standard's own libraries (standard-webhooks, libraries/javascript, index.test.ts).
const vector = {
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  body: '{"test": 2432232314}',
}

test('the published vector is signed as its signature says; what it tells is not of ours', async () => {
  const then = { now: () => new Date(1_614_265_330_000) }

  expect(await codeOf(verifyWebhook(vector, older, then))).toBe('unreadable')
  expect(await codeOf(verifyWebhook({ ...vector, body: '{"test": 2432232315}' }, older, then))).toBe('wrong_signature')
  expect(await codeOf(verifyWebhook(vector, secret, then))).toBe('wrong_signature')
  expect(await codeOf(verifyWebhook(vector, older))).toBe('stale')
})

test('a call is read from a request, from headers with bytes, and from the headers of Node', async () => {
  const call = aCall()
  const bytes = new TextEncoder().encode(call.body)
  const upper = Object.fromEntries(Object.entries(call.headers).map(([name, value]) => [name.toUpperCase(), value]))
  const lists = Object.fromEntries(Object.entries(call.headers).map(([name, value]) => [name, [value]]))

  for (const one of [
    call,
    request(call),
    { headers: new Headers(call.headers), body: bytes },
    { headers: { ...call.headers, host: undefined }, body: Buffer.from(bytes) },
    { headers: upper, body: bytes.buffer },
    { headers: lists, body: call.body },
  ])
    expect(await verifyWebhook(one, secret, { now })).toEqual(clicked)
})

test('each type is read, and its data is typed by it', async () => {
  for (const name of outgoingNames) {
    const told = await verifyWebhook(aCall(outgoingExamples[name]), secret, { now })
    expect(told.type).toBe(name)
  }
  const told = await verifyWebhook(aCall(), secret, { now })
  if (told.type !== 'link.clicked') throw new Error('Another was sent.')
  expect(told.data.destination).toBe('https://orpheum.example/account/payment')

  expectTypeOf(told.data.destination).toEqualTypeOf<string>()
  expectTypeOf<ToldOf<'message.delivered'>['data']['subscriber']>().toEqualTypeOf<string | null>()
  expectTypeOf<ToldOf<'webhook.test'>['data']>().toEqualTypeOf<{ message: string }>()
  expectTypeOf<ToldOf['type']>().toEqualTypeOf<(typeof outgoingNames)[number]>()
})

test('a signature with something behind it is another', async () => {
  const call = aCall()
  const headers = { ...call.headers, 'webhook-signature': `${call.headers['webhook-signature']}A` }

  expect(await codeOf(verifyWebhook({ ...call, headers }, secret, { now }))).toBe('wrong_signature')
})

test('while a secret is replaced, either side may be ahead', async () => {
  const both = aCall(clicked, { by: [older, secret] })

  expect(await verifyWebhook(both, older, { now })).toEqual(clicked)
  expect(await verifyWebhook(both, secret, { now })).toEqual(clicked)
  expect(await verifyWebhook(aCall(clicked, { by: [older] }), [secret, older], { now })).toEqual(clicked)
  expect(await codeOf(verifyWebhook(aCall(clicked, { by: [older] }), secret, { now }))).toBe('wrong_signature')
})

test.each([
  ['no id', { 'webhook-id': undefined }, 'missing_header'],
  ['no time', { 'webhook-timestamp': undefined }, 'missing_header'],
  ['no signature', { 'webhook-signature': '' }, 'missing_header'],
  ['a time that is none', { 'webhook-timestamp': 'soon' }, 'missing_header'],
  ['a time with something behind it', { 'webhook-timestamp': '1793648583.0' }, 'missing_header'],
  ['the id of another', { 'webhook-id': 'msg_2' }, 'wrong_signature'],
  ['another time', { 'webhook-timestamp': String(at.getTime() / 1_000 + 1) }, 'wrong_signature'],
  [
    'a signature of another kind',
    { 'webhook-signature': 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5B' },
    'wrong_signature',
  ],
  ['a signature cut short', { 'webhook-signature': 'v1,' }, 'wrong_signature'],
])('it is not taken with %s', async (_, headers, code) => {
  const call = aCall()

  expect(await codeOf(verifyWebhook({ ...call, headers: { ...call.headers, ...headers } }, secret, { now }))).toBe(code)
})

test('not a character of it can be changed', async () => {
  const call = aCall()
  await fc.assert(
    fc.asyncProperty(fc.nat(call.body.length - 1), fc.string({ minLength: 1, maxLength: 1 }), async (place, other) => {
      const body = call.body.slice(0, place) + other + call.body.slice(place + 1)
      const expected = body === call.body ? 'taken' : 'wrong_signature'
      expect(await codeOf(verifyWebhook({ ...call, body }, secret, { now }))).toBe(expected)
    }),
    { numRuns: 200 },
  )
  const { 'webhook-signature': signature } = call.headers
  await fc.assert(
    fc.asyncProperty(fc.string(), async forged => {
      const headers = { ...call.headers, 'webhook-signature': `v1,${forged} ${signature.slice(0, -2)}` }
      expect(await codeOf(verifyWebhook({ ...call, headers }, secret, { now }))).toBe('wrong_signature')
    }),
    { numRuns: 200 },
  )
})

test('an old call that is sent once more is told, and so is one from the future; the bounds are inclusive', async () => {
  const later = (seconds: number) => ({ now: () => new Date(at.getTime() + seconds * 1_000) })

  expect(await codeOf(verifyWebhook(aCall(), secret, later(301)))).toBe('stale')
  expect(await codeOf(verifyWebhook(aCall(), secret, later(-301)))).toBe('stale')
  expect(await codeOf(verifyWebhook(aCall(), secret, later(300)))).toBe('taken')
  expect(await codeOf(verifyWebhook(aCall(), secret, later(-300)))).toBe('taken')
  expect(await codeOf(verifyWebhook(aCall(), secret, { ...later(30), toleranceSeconds: 20 }))).toBe('stale')
})

test('a signed body that tells nothing is unreadable, and so is one that was read or parsed before', async () => {
  for (const told of [null, 3, [], {}, { ...clicked, data: null }, { ...clicked, id: 7 }])
    expect(await codeOf(verifyWebhook(aCall(told), secret, { now }))).toBe('unreadable')
  const read = request(aCall())
  await read.text()
  expect(await codeOf(verifyWebhook(read, secret, { now }))).toBe('unreadable')
  const parsed = { ...aCall(), body: clicked as never }
  expect(await codeOf(verifyWebhook(parsed, secret, { now }))).toBe('unreadable')
})

test('a body in any language and with a mark before it is verified as it came', async () => {
  const told = { ...clicked, data: { ...clicked.data, destination: 'https://orpheum.example/الأفلام/🎬' } }
  const call = aCall(told)

  expect(await verifyWebhook(request(call), secret, { now })).toEqual(told)
  const marked = new TextEncoder().encode(`\uFEFF${call.body}`)
  expect(await codeOf(verifyWebhook({ ...call, body: marked }, secret, { now }))).toBe('wrong_signature')
})

test('a secret that is none is a mistake of the program, said at once and without the secret', async () => {
  for (const none of [[], '', 'whsec_', 'whsec_not base64!', undefined as never]) {
    const said = await verifyWebhook(aCall(), none, { now }).catch((error: Error) => error)
    expect(said).toBeInstanceOf(TypeError)
    expect(String(said)).not.toContain('not base64!')
  }
})
