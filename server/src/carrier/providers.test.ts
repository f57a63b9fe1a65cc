// Each HTTP carrier as a whole: our channel over real TCP to the fake of its provider, and the provider's answers back.
import { serve } from '@hono/node-server'
import { afterEach, describe, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import { eventBus } from '../events.ts'
import type { FaceText, HttpFace } from '../simulator/face.ts'
import { twilioFace } from '../simulator/twilio.ts'
import { vonageFace } from '../simulator/vonage.ts'
import { webFace, webSettings } from '../simulator/web.ts'
import type { Channel, Outgoing } from './channel.ts'
import { httpChannel } from './http.ts'
import { speech as twilio } from './twilio.ts'
import { speech as vonage } from './vonage.ts'
import { speech as web } from './web.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one()
})

const clock: Clock = { now: () => new Date('2026-11-02T12:00:00Z'), monotonic: () => performance.now() }
const common = { label: null, isPaused: false, window: 20, perSecond: null, responseTimeoutMs: 5_000 }
const callbacks = {
  status: 'https://usher.example/carriers/x/status',
  inbound: 'https://usher.example/carriers/x/inbound',
}
const accountSid = `AC${'0'.repeat(32)}`

/** How each is opened at an address, with the right secret or another. */
const providers: Record<string, { face: HttpFace; open: (origin: string, secret?: string) => Channel }> = {
  twilio: {
    face: twilioFace({ accountSid, authToken: 'right' }),
    open: (url, authToken = 'right') =>
      httpChannel(
        {
          ...{ ...common, name: 'twilio', protocol: 'twilio', url, accountSid, messagingServiceSid: null, callbacks },
          secrets: { authToken },
        },
        clock,
        eventBus(),
        twilio,
      ),
  },
  vonage: {
    face: vonageFace({ apiKey: 'key', apiSecret: 'right', signing: 'signing' }),
    open: (url, apiSecret = 'right') =>
      httpChannel(
        { ...common, name: 'vonage', protocol: 'vonage', url, apiKey: 'key', callbacks, secrets: { apiSecret } },
        clock,
        eventBus(),
        vonage,
      ),
  },
  web: {
    face: webFace({ token: 'right', signing: 'signing' }),
    open: (origin, token = 'right') =>
      httpChannel(
        {
          ...{ ...common, ...webSettings, name: 'web', url: `${origin}/messages`, later: [503], callbacks },
          status: null,
          secrets: { token },
        },
        clock,
        eventBus(),
        web,
      ),
  },
}

const aText: Outgoing = {
  ...{ id: '01890000-0000-7000-8000-000000000001', number: '+447700900123', originator: '67743' },
  ...{ text: 'Tonight: “Aurora” & more', reference: 4711, validForMs: 600_000, patienceMs: null },
}

async function opened(name: string, answer: (face: HttpFace, text: FaceText, n: number) => Response, secret?: string) {
  const { face, open } = providers[name]!
  const texts: FaceText[] = []
  const server = serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const got = await face.read(request)
      if ('response' in got) return got.response
      texts.push(got.text)
      return answer(face, got.text, texts.length)
    },
  })
  await new Promise(resolve => server.once('listening', resolve))
  const channel = open(`http://127.0.0.1:${(server.address() as { port: number }).port}`, secret)
  channel.start()
  undo.push(
    () => new Promise(resolve => server.close(resolve)),
    () => channel.stop(0),
  )
  return { channel, texts }
}

describe.each(Object.keys(providers))('%s', name => {
  const takes = (face: HttpFace, text: FaceText, n: number) => face.taken(face.id(n), text, clock.now())

  test('takes texts, many at once, each with an id of its own', async () => {
    const { channel, texts } = await opened(name, takes)

    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) => channel.submit({ ...aText, text: `${aText.text} ${i}` })),
    )

    const ids = outcomes.flatMap(outcome => (outcome.kind === 'submitted' ? outcome.carrierMessageIds : []))
    expect(new Set(ids).size).toBe(50)
    expect(new Set(texts.map(({ text }) => text)).size).toBe(50)
    expect(texts[0]).toMatchObject({ to: '+447700900123', originator: '67743', validForMs: 600_000 })
    expect(texts[0]!.statusUrl).toMatch(/^https:\/\/usher\.example\/carriers\/x\/status/)
  })

  test.each([
    ['throttled', { kind: 'later' }],
    ['queueFull', { kind: 'later' }],
    ['rejected', { kind: 'never' }],
  ] as const)('that answers %s is understood', async (why, outcome) => {
    const { channel } = await opened(name, (face, text) => face.refused(why, text))

    expect(await channel.submit(aText)).toMatchObject(outcome)
    expect(channel.isUp).toBe(true)
  })

  test('that does not know our secret stops the channel', async () => {
    const { channel, texts } = await opened(name, takes, 'wrong')

    expect(await channel.submit(aText)).toMatchObject({ kind: 'later' })
    expect(channel.binds()).toMatchObject([{ state: 'refused' }])
    expect(channel.isUp).toBe(false)
    expect(texts).toEqual([])
  })
})
