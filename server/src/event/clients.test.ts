// The official clients of others, unchanged, against a desk that really listens.
import { createRequire } from 'node:module'
import { Analytics } from '@segment/analytics-node'
import type { BadEvent, EventVerdicts, TakenEvent } from '@usher/contract/event'
import type { Subscriber } from '@usher/contract/subscriber'
import { CloudEvent, emitterFor, HTTP, httpTransport, type Message, Mode } from 'cloudevents'
import { expect, test } from 'vitest'
import { type Desk, testDesk } from '../desk.ts'
import { createKey } from '../http/auth.ts'

// A CommonJS module whose types name a default that it has not.
const RudderAnalytics = createRequire(import.meta.url)('@rudderstack/rudder-sdk-node') as new (
  writeKey: string,
  options: object,
) => Record<'track' | 'identify' | 'page', (call: object, done: (error?: unknown) => void) => void> & {
  flush(): Promise<unknown>
}

const taken = async (desk: Desk) =>
  ((await desk.ask('GET', '/v1/events')).body as { items: TakenEvent[] }).items.map(
    ({ type, subject, data, door }) => ({ type, subject, data, door }),
  )
const bad = async (desk: Desk) => ((await desk.ask('GET', '/v1/bad-events')).body as { items: BadEvent[] }).items
const writeKey = async (desk: Desk) => (await createKey(desk.usher.db, desk.clock, 'clients', ['events:write'])).key

test("Segment's analytics-node, pointed here", async () => {
  const desk = await testDesk()
  const analytics = new Analytics({ writeKey: await writeKey(desk), host: desk.usher.url!, path: '/v1/batch' })
  const errors: unknown[] = []
  analytics.on('error', error => errors.push(error))

  analytics.identify({ userId: 'orph-9001', traits: { phone: '+1 212-555-0142', firstName: 'Rosa', locale: 'en-US' } })
  analytics.track({
    userId: 'orph-9001',
    event: 'Video Content Started',
    properties: { asset_id: 'metropolis', position: 0 },
  })
  analytics.track({ userId: 'orph-9001', event: 'Coupon Clipped', properties: { coupon: 'c-1' } })
  analytics.page({ anonymousId: 'somebody', name: 'Home' })
  await analytics.flush()

  expect(errors).toEqual([])
  expect(await bad(desk)).toEqual([])
  // Those of one subscriber in order; the page is nobody's.
  const events = (await taken(desk)).reverse()
  const hers = events.filter(({ subject }) => subject !== null)
  expect([...hers, ...events.filter(({ subject }) => subject === null)]).toEqual([
    {
      ...{ type: 'com.usher.subscriber.changed', subject: 'orph-9001', door: 'segment' },
      data: { number: '+12•••••••42', locale: 'en-US', profile: { first_name: 'Rosa' } },
    },
    {
      ...{ type: 'com.usher.view.started', subject: 'orph-9001', door: 'segment' },
      data: { title: 'metropolis', atSeconds: 0 },
    },
    { type: 'segment.track.Coupon Clipped', subject: 'orph-9001', data: { coupon: 'c-1' }, door: 'segment' },
    { type: 'segment.page', subject: null, data: { name: 'Home' }, door: 'segment' },
  ])
  const { number, profile } = (await desk.ask('GET', '/v1/subscribers/orph-9001')).body as Subscriber
  expect({ number, profile }).toEqual({ number: '+12•••••••42', profile: { first_name: 'Rosa' } })
})

test("RudderStack's rudder-sdk-node, with gzip and without", async () => {
  const desk = await testDesk()
  const key = await writeKey(desk)
  const sent = (gzip: boolean) => {
    const rudder = new RudderAnalytics(key, {
      dataPlaneUrl: desk.usher.url!,
      gzip,
      flushAt: 1,
      logLevel: 'none',
      retryCount: 0,
    })
    const call = (kind: 'identify' | 'track', body: object) =>
      new Promise<void>((resolve, reject) => rudder[kind](body, error => (error ? reject(error as Error) : resolve())))
    const userId = gzip ? 'zipped' : 'plain'
    return call('identify', { userId, traits: { phone: '+12125550142' } })
      .then(() => call('track', { userId, event: 'Signed In', context: { ip: '203.0.113.7' } }))
      .finally(() => rudder.flush())
  }

  await sent(true)
  await sent(false)

  expect(await bad(desk)).toEqual([])
  expect((await taken(desk)).reverse().map(({ type, subject }) => [type, subject])).toEqual([
    ['com.usher.subscriber.changed', 'zipped'],
    ['com.usher.sign_in.succeeded', 'zipped'],
    ['com.usher.subscriber.changed', 'plain'],
    ['com.usher.sign_in.succeeded', 'plain'],
  ])
})

test("a client of Segment's with a wrong key is refused", async () => {
  const desk = await testDesk()
  const analytics = new Analytics({ writeKey: 'wrong', host: desk.usher.url!, path: '/v1/batch', maxRetries: 0 })
  const failed = new Promise<{ code: string }>(resolve =>
    analytics.on('error', error => resolve(error as { code: string })),
  )

  analytics.track({ userId: 'orph-9001', event: 'Signed In' })
  await analytics.flush()

  expect((await failed).code).toBe('delivery_failure')
})

test('the CloudEvents SDK, structured, binary, as a batch and by its emitter', async () => {
  const desk = await testDesk()
  const headers = { authorization: `Bearer ${desk.key}` }
  const anEvent = (id: string) =>
    new CloudEvent({
      ...{ id, source: '/billing', type: 'com.usher.payment.failed', subject: 'orph-0001' },
      time: desk.clock.now().toISOString(),
      data: { amount: 999, currency: 'USD', reason: 'card_declined' },
    })
  const post = async ({ headers: own, body }: Message): Promise<EventVerdicts> => {
    const answer = await fetch(`${desk.usher.url}/v1/events`, {
      method: 'POST',
      headers: { ...headers, ...(own as Record<string, string>) },
      body: body as string,
    })
    expect(answer.status).toBe(202)
    return (await answer.json()) as EventVerdicts
  }

  const verdicts = [await post(HTTP.structured(anEvent('1'))), await post(HTTP.binary(anEvent('2')))]
  for (const mode of [Mode.BINARY, Mode.STRUCTURED]) {
    const emit = emitterFor(httpTransport(`${desk.usher.url}/v1/events`), { mode })
    const answer = (await emit(anEvent(`emitted ${mode}`.replace(' ', '-')), { headers })) as { body: string }
    verdicts.push(JSON.parse(answer.body))
  }
  // The other mode is the same event.
  verdicts.push(await post(HTTP.binary(anEvent('1'))))
  // The SDK reads batches and writes none; its events are a batch as JSON writes them.
  const batch = JSON.stringify([anEvent('1'), anEvent('3'), anEvent('4')])
  verdicts.push(await post({ headers: { 'content-type': 'application/cloudevents-batch+json' }, body: batch }))

  expect(verdicts.map(({ events }) => events.map(({ verdict }) => verdict))).toEqual([
    ...[['taken'], ['taken'], ['taken'], ['taken'], ['repeated']],
    ['repeated', 'taken', 'taken'],
  ])
  for (const { type, data } of await taken(desk))
    expect({ type, data }).toEqual({
      type: 'com.usher.payment.failed',
      data: { amount: 999, currency: 'USD', reason: 'card_declined' },
    })
})
