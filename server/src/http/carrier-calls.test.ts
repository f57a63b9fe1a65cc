// What carriers over HTTP call to tell us, through the door that they use, in the words of each.
import { describe, expect, test } from 'vitest'
import type { CarrierInbound, CarrierReceipt, Configured, Hearing } from '../carrier/channel.ts'
import { type Events, eventBus } from '../events.ts'
import { twilioFace } from '../simulator/twilio.ts'
import { vonageFace } from '../simulator/vonage.ts'
import { webFace, webSettings } from '../simulator/web.ts'
import { DatabaseAway } from '../store/database.ts'
import { carrierCalls } from './carrier-calls.ts'

const wall = new Date('2026-11-02T12:00:00Z')
const publicUrl = 'https://usher.example'
const common = { label: null, isPaused: false, window: 20, perSecond: null, responseTimeoutMs: 10_000 }
const callbacksOf = (name: string) => ({
  status: `${publicUrl}/carriers/${name}/status`,
  inbound: `${publicUrl}/carriers/${name}/inbound`,
})
const accountSid = `AC${'0'.repeat(32)}`
const carriers: Configured[] = [
  {
    ...common,
    ...{ name: 'tw', protocol: 'twilio', accountSid, messagingServiceSid: null, url: 'https://api.twilio.com' },
    ...{ callbacks: callbacksOf('tw'), secrets: { authToken: 'token' } },
  },
  {
    ...common,
    ...{ name: 'vo', protocol: 'vonage', apiKey: 'key', url: 'https://api.nexmo.com' },
    ...{ callbacks: callbacksOf('vo'), secrets: { apiSecret: 'secret', signing: 'signing' } },
  },
  {
    ...common,
    ...webSettings,
    ...{ name: 'we', url: 'https://carrier.example/messages', later: [503] },
    headers: {},
    status: { ...webSettings.status, states: { ...webSettings.status.states } },
    ...{ callbacks: callbacksOf('we'), secrets: { token: 'token', signing: 'signing' } },
  },
  {
    ...common,
    ...{ name: 'sm', protocol: 'smpp', systemId: 'usher', systemType: '', binds: [], enquireLinkMs: 15_000 },
    ...{ latin1: false, national: [], longTexts: 'udh8', answerIds: 'as_is', receiptIds: 'as_is' },
    ...{ callbacks: null, secrets: { password: 'x' } },
  },
]
const faces = {
  tw: twilioFace({ accountSid, authToken: 'token' }),
  vo: vonageFace({ apiKey: 'key', apiSecret: 'secret', signing: 'signing' }),
  we: webFace({ token: 'token', signing: 'signing' }),
}
const names = ['tw', 'vo', 'we'] as const

function door(hearing: Partial<Hearing> = {}, url = publicUrl) {
  const receipts: CarrierReceipt[] = []
  const texts: CarrierInbound[] = []
  const told: { name: string; event: unknown }[] = []
  const events = eventBus()
  events.onAny((name, event) => told.push({ name, event }))
  const app = carrierCalls({
    find: name => carriers.find(one => one.name === name),
    hearing: {
      receipt: async receipt => void receipts.push(receipt),
      inbound: async text => void texts.push(text),
      ...hearing,
    },
    wall: () => wall,
    publicUrl: () => url,
    events,
  })
  /** As it comes in behind a proxy: to a host that nobody signed. */
  const bring = async (call: Request, changed: RequestInit = {}, path?: string) => {
    const { pathname, search } = new URL(call.url)
    const body = call.method === 'GET' ? undefined : await call.arrayBuffer()
    return app.request(`http://10.0.0.7:4700${path ?? pathname + search}`, {
      method: call.method,
      headers: call.headers,
      ...(body === undefined ? {} : { body }),
      ...changed,
    })
  }
  return { app, bring, receipts, texts, told }
}

const aText = (name: string) => ({
  ...{ to: '+447700900123', originator: '67743', text: 'Hello', validForMs: null, clientReference: null },
  statusUrl: callbacksOf(name).status,
})
const aReceipt = (name: (typeof names)[number]) =>
  faces[name].receipt({ id: 'abc', text: aText(name), state: 'delivered', at: wall })!
const anInbound = (name: (typeof names)[number], text = 'STOP “now” 😀') =>
  faces[name].inbound({
    ...{ id: 'abc', from: '+447700900123', to: '67743', text },
    ...{ url: callbacksOf(name).inbound, at: wall },
  })

describe.each(names)('%s', name => {
  test('brings a receipt, which is answered once it is stored', async () => {
    let store: (() => void) | undefined
    let isAnswered = false
    const { bring, receipts } = door({
      receipt: async receipt => {
        await new Promise<void>(resolve => (store = resolve))
        receipts.push(receipt)
      },
    })

    const answering = bring(aReceipt(name)).then(response => {
      isAnswered = true
      return response
    })
    while (store === undefined) await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(isAnswered).toBe(false)
    store()

    expect((await answering).status).toBe(204)
    expect(receipts).toMatchObject([{ channel: name, carrierMessageId: 'abc', state: 'delivered' }])
  })

  test('brings a text from a handset', async () => {
    const { bring, texts } = door()

    const response = await bring(anInbound(name))

    expect(response.ok).toBe(true)
    expect(texts).toMatchObject([
      { channel: name, addressedTo: '67743', said: { kind: 'text', text: 'STOP “now” 😀' }, identity: 'abc' },
    ])
    expect(texts[0]!.number.replace('+', '')).toBe('447700900123')
  })

  test('is told to come again while the database is away', async () => {
    const { bring, told } = door({ receipt: () => Promise.reject(new DatabaseAway('gone')) })

    const response = await bring(aReceipt(name))

    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await response.json()).toMatchObject({ code: 'database_away' })
    expect(told).toEqual([{ name: 'problem.answered', event: { code: 'database_away', status: 503 } }])
  })

  test('is told that something broke, without the words of what broke', async () => {
    const { bring, told } = door({ inbound: () => Promise.reject(new Error('a bug')) })

    const response = await bring(anInbound(name))

    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('a bug')
    expect(told.map(({ name }) => name)).toEqual(['work.failed', 'problem.answered'])
  })

  test.each(['status', 'inbound'] as const)('is not believed with another body, at %s', async kind => {
    const { bring, receipts, texts, told } = door()
    const call = kind === 'status' ? aReceipt(name) : anInbound(name)

    const response = await bring(call, { body: 'From=%2B447700900999&To=67743&Body=START&MessageSid=abc' })

    expect([response.status, response.headers.get('content-type')]).toEqual([403, 'application/problem+json'])
    const said = await response.text()
    expect(JSON.parse(said)).toMatchObject({ code: 'forged_call', status: 403 })
    expect(said).not.toMatch(/447700|START/)
    expect([receipts, texts]).toEqual([[], []])
    expect(told).toEqual([
      { name: 'problem.answered', event: { code: 'forged_call', status: 403 } satisfies Events['problem.answered'] },
    ])
  })

  test("is not believed in another carrier's place", async () => {
    const { bring, receipts } = door()
    const other = names.find(one => one !== name)!

    const response = await bring(aReceipt(name), {}, `/carriers/${other}/status`)

    expect([403, 503]).toContain(response.status)
    expect(receipts).toEqual([])
  })

  test('that says nothing we understand, but signed, is told so', async () => {
    const { bring, texts } = door()

    // A receipt at the place of texts.
    const call = faces[name].receipt({
      id: 'abc',
      text: { ...aText(name), statusUrl: callbacksOf(name).inbound },
      state: 'accepted',
      at: wall,
    })!
    const response = await bring(call)

    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'unreadable_call' })
    expect(texts).toEqual([])
  })

  test('is cut off after 64 kB', async () => {
    const { bring, told } = door()

    const response = await bring(aReceipt(name), { body: 'x'.repeat(65 * 1_024) })

    expect(response.status).toBe(413)
    expect(told).toEqual([{ name: 'problem.answered', event: { code: 'too_large', status: 413 } }])
  })
})

test('a call made again is heard again: it is the hearing that stores it once', async () => {
  const { bring, receipts } = door()

  for (const name of names) {
    const call = aReceipt(name)
    await bring(call.clone())
    await bring(call)
  }

  expect(receipts).toHaveLength(6)
})

test('an address with a path of its own is part of what was signed', async () => {
  const { app, receipts } = door({}, 'https://example.com/usher/')
  const call = faces.tw.receipt({
    ...{ id: 'abc', state: 'delivered', at: wall },
    text: { ...aText('tw'), statusUrl: 'https://example.com/usher/carriers/tw/status?reference=17' },
  })!

  const response = await app.request('http://10.0.0.7/carriers/tw/status?reference=17', {
    method: 'POST',
    headers: call.headers,
    body: await call.arrayBuffer(),
  })

  expect(response.status).toBe(204)
  expect(receipts).toMatchObject([{ reference: 17 }])
})

test("a text to Twilio's place is answered with TwiML", async () => {
  const { bring } = door()

  const response = await bring(anInbound('tw'))

  expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8')
  expect(await response.text()).toMatch(/<Response\/>$/)
})

test('a webhook of Vonage that is not signed is asked to come again with a signature', async () => {
  const { bring, told } = door()

  const response = await bring(aReceipt('vo'), { headers: { 'content-type': 'application/json' } })

  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30'])
  expect(told).toEqual([{ name: 'problem.answered', event: { code: 'unsigned_call', status: 503 } }])
})

test.each(['nobody', 'sm', '..', 'TW'])('there is no place for %s', async name => {
  const { app } = door()

  const response = await app.request(`/carriers/${name}/status`, { method: 'POST', body: 'x' })

  expect(response.status).toBe(404)
})

test('a carrier that calls in another way than by GET or POST finds nothing', async () => {
  const { app } = door()

  expect((await app.request('/carriers/tw/status', { method: 'PUT', body: 'x' })).status).toBe(404)
})
