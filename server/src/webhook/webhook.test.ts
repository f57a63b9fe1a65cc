// Webhooks from the outside: a receiver of the streaming service hears what happened and verifies it with the standard's own
// library; and who may make endpoints and see what became of them.
import type { Message } from '@usher/contract/message'
import type { AuditLine } from '@usher/contract/operator'
import { Told, type WebhookEndpoint, type WebhookSecret } from '@usher/contract/webhook'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { rowsOf } from '../desk.ts'
import {
  anEndpoint,
  aText,
  comesTo,
  deliveriesOf,
  deskFor,
  endpointOf,
  type Heard,
  hour,
  later,
  receiver,
  sendsTest,
  tried,
} from '../faults/receiver.ts'
import { sql } from '../store/sql.ts'
import { signed } from './post.ts'

/** A number that none of Orpheum's subscribers has. */
const nobodys = '+447700900988'

const verified = (secret: string, { body, headers }: Heard) => new Webhook(secret).verify(body, headers)

describe('what is told', () => {
  test('a text is told at each of its steps, and the standard library verifies it', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    const { secret } = await anEndpoint(desk, service)
    const subscriber = await desk.subscriber({ number: nobodys })

    const { body } = await aText(desk, subscriber)
    const heard = await service.hears(3)

    const { id } = body as { id: string }
    const message = await desk.reaches(id, 'delivered')
    const told = heard.map(one => Told.parse(verified(secret, one)))
    expect(told.map(({ type }) => type).sort()).toEqual(['message.accepted', 'message.delivered', 'message.submitted'])
    expect(new Set(heard.map(one => one.id)).size).toBe(3)
    for (const [i, { id: told_id, type, timestamp, data }] of told.entries()) {
      expect(told_id).toBe(heard[i]!.id)
      expect(data).toEqual({
        id,
        subscriber,
        purpose: 'account.plan',
        state: type === 'message.accepted' ? 'queued' : type.slice(8),
        reason: null,
        template: null,
        country: message.country,
        carrier: 'simulated',
        segments: message.segments,
        acceptedAt: message.acceptedAt,
      })
      expect(timestamp).toBe(
        {
          'message.accepted': message.acceptedAt,
          'message.submitted': message.submittedAt,
          'message.delivered': message.endedAt,
        }[type as string],
      )
    }
    expect(heard[0]!.headers['content-type']).toBe('application/json')
  })

  test('the published vector is signed as it is published', () => {
    const headers = signed({
      url: '',
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      body: '{"test": 2432232314}',
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      at: new Date(1_614_265_330_000),
    })

    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
  })

  test('while a secret is being replaced both sign, and a day later the new one alone', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    const { secret: old, endpoint } = await anEndpoint(desk, service)

    const replaced = (await desk.ask('POST', `/v1/webhooks/${endpoint.id}/secret`)).body as WebhookSecret
    await sendsTest(desk, endpoint.id)
    const [both] = await service.hears(1)
    desk.stopWall()
    desk.passWall(24 * 60)
    await sendsTest(desk, endpoint.id)
    const [, alone] = await service.hears(2)

    expect(replaced.secret).not.toBe(old)
    expect(replaced.endpoint).toMatchObject({ secrets: 2, secretReplacedUntil: expect.any(String) })
    for (const secret of [old, replaced.secret]) expect(verified(secret, both!)).toMatchObject({ type: 'webhook.test' })
    // The library's own clock is the wall's, so the later one is verified as of its day.
    const resigned = (secret: string) =>
      new Webhook(secret).sign(alone!.id, new Date(Number(alone!.headers['webhook-timestamp']) * 1_000), alone!.body)
    expect(alone!.headers['webhook-signature']).toBe(resigned(replaced.secret))
    expect(await endpointOf(desk, endpoint.id)).toMatchObject({ secrets: 1, secretReplacedUntil: null })
  })

  test('an endpoint hears of its types and of no others', async () => {
    const deliveries = await receiver()
    const failures = await receiver()
    const desk = await deskFor([deliveries, failures], { knobs: { undeliverable: 1 } })
    await anEndpoint(desk, deliveries, ['message.delivered', 'inbound.received'])
    const { endpoint } = await anEndpoint(desk, failures, ['message.undeliverable'])
    await desk.subscriber({ number: nobodys })

    const { id } = (await aText(desk, 'sub-1')).body as { id: string }
    await desk.reaches(id)
    await failures.hears(1)
    await desk.reply(nobodys, '67743', 'What is on tonight?')
    await deliveries.hears(1)
    await sendsTest(desk, endpoint.id)
    await failures.hears(2)

    const types = ({ heard }: typeof failures) => heard.map(({ told }) => told.type)
    expect(types(failures)).toEqual(['message.undeliverable', 'webhook.test'])
    expect(types(deliveries)).toEqual(['inbound.received'])
  })

  test('what nobody wants is not written down', async () => {
    const desk = await deskFor([])
    await desk.subscriber({ number: nobodys })

    const { id } = (await aText(desk, 'sub-1')).body as { id: string }
    await desk.reaches(id, 'delivered')

    // At first the feed keeps what is rare: this was not.
    expect(await rowsOf(desk, sql`select type from outbox union all select type from feed`)).toEqual([])
  })

  test('a text from a handset is told in words, its number masked', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    const { secret } = await anEndpoint(desk, service, ['inbound.received'])
    await desk.subscriber({ number: nobodys })

    await desk.reply(nobodys, '67743', 'Grüße ❤ — is this you?')

    const [heard] = await service.hears(1)
    const [inbound] = await desk.heard()
    expect(verified(secret, heard!)).toMatchObject({
      type: 'inbound.received',
      data: {
        id: inbound!.id,
        subscriber: 'sub-1',
        number: '+44••••••••88',
        to: '67743',
        text: 'Grüße ❤ — is this you?',
        keyword: null,
      },
    })
    expect(heard!.body).not.toContain('7700900')
  })

  test('a payload stays below 20 kB, however long the text', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    await anEndpoint(desk, service, ['inbound.received'])
    await desk.subscriber({ number: nobodys })
    const long = '\u65e5\u672c\u8a9e'.repeat(2_400)

    await desk.reply(nobodys, '67743', long)

    const [heard] = await service.hears(1)
    expect(Buffer.byteLength(heard!.body)).toBeLessThan(20_000)
    expect(heard!.told.data.text).toMatch(/^(日本語){1700}.*…$/)
  })

  test('who was erased is named in no webhook after it, and what they wrote is in none', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    service.answers(500)
    await anEndpoint(desk, service, ['message.delivered', 'inbound.received'])
    await desk.subscriber({ number: nobodys })
    const { id } = (await aText(desk, 'sub-1')).body as { id: string }
    await desk.reaches(id, 'delivered')
    await desk.reply(nobodys, '67743', 'My secret question')
    const before = await service.hears(2)

    await desk.ask('DELETE', '/v1/subscribers/sub-1')
    service.answers(204)
    later(desk, hour)
    const after = (await service.hears(4)).slice(2)

    expect(before.map(({ told }) => told.data.subscriber)).toEqual(['sub-1', 'sub-1'])
    const byType = Object.fromEntries(after.map(({ told }) => [told.type, told.data]))
    expect(byType['message.delivered']).toMatchObject({ id, subscriber: null, state: 'delivered' })
    expect(byType['inbound.received']).toMatchObject({ subscriber: null, number: '', text: null })
    expect(JSON.stringify((await desk.ask('GET', '/v1/feed')).body)).not.toMatch(/sub-1|secret question/)
  })

  test('what the webhooks say of texts is what the API says of them', async () => {
    const service = await receiver()
    const desk = await deskFor([service], { knobs: { undeliverable: 0.3, reject: 0.2 } })
    await anEndpoint(desk, service)
    await desk.subscriber({ number: nobodys, consents: { offers: { granted: false } } })
    const sent: string[] = []
    for (let n = 0; n < 20; n++) {
      const purpose = n % 4 === 3 ? 'offer' : 'account.plan'
      const { body } = await desk.send({ subscriber: 'sub-1', purpose, text: `Orpheum: word ${n}. Reply STOP to end` })
      sent.push((body as { id: string }).id)
    }
    const ends = await Promise.all(sent.map(id => desk.reaches(id)))

    // That a text about the account did not arrive is told besides its state.
    const isUndelivered = ({ state, purpose }: Message) =>
      purpose.startsWith('account.') && (state === 'rejected' || state === 'undeliverable')
    const moves = ends.map(
      end => (end.state === 'refused' ? 1 : end.submittedAt ? 3 : 2) + (isUndelivered(end) ? 1 : 0),
    )
    await service.hears(moves.reduce((sum, count) => sum + count, 0))

    for (const end of ends) {
      const { id, state, reason } = end
      const all = service.heard.filter(one => one.told.data.id === id).map(one => one.told)
      const told = all.filter(one => one.type !== 'message.undelivered').map(one => one.data)
      const undelivered = all.filter(one => one.type === 'message.undelivered').map(one => one.data)
      expect(undelivered, state).toEqual(isUndelivered(end) ? [expect.objectContaining({ state, reason })] : [])
      expect(told).toContainEqual(expect.objectContaining({ state, reason }))
      expect(new Set(told.map(data => data.state)).size, 'each state once').toBe(told.length)
    }
    expect(ends.map(({ state }) => state)).toEqual(expect.arrayContaining(['refused', 'delivered']))
  })
})

describe('endpoints', () => {
  test('are made, read, changed and deleted; a secret is shown once', async () => {
    const service = await receiver()
    const desk = await deskFor([service])

    const made = await desk.ask('POST', '/v1/webhooks', {
      url: service.url,
      types: ['event.bad', 'event.bad', 'message.rejected'],
      description: 'Billing',
    })
    const { secret, endpoint } = made.body as WebhookSecret
    expect(made.status).toBe(201)
    expect(made.headers.get('cache-control')).toBe('no-store')
    expect(Buffer.from(secret.replace('whsec_', ''), 'base64')).toHaveLength(32)
    expect(endpoint).toEqual({
      id: endpoint.id,
      url: service.url,
      description: 'Billing',
      types: ['event.bad', 'message.rejected'],
      state: 'active',
      createdAt: expect.any(String),
      secrets: 1,
      secretReplacedUntil: null,
      waiting: 0,
      failed: 0,
      failingSince: null,
      slowedUntil: null,
      lastStatus: null,
    } satisfies WebhookEndpoint)

    const put = await desk.ask('PUT', `/v1/webhooks/${endpoint.id}`, {
      url: service.url,
      types: ['message.expired'],
      state: 'paused',
    })
    expect(put.body).toMatchObject({ state: 'paused', types: ['message.expired'], description: '' })
    expect((await desk.ask('GET', '/v1/webhooks')).body).toMatchObject({
      items: [{ id: endpoint.id, state: 'paused' }],
    })
    expect(JSON.stringify((await desk.ask('GET', '/v1/webhooks')).body)).not.toContain(secret.slice(6))
    expect(await rowsOf(desk, sql`select 1 from webhook_endpoint where secret = ${Buffer.from(secret)}`)).toEqual([])

    expect((await desk.ask('DELETE', `/v1/webhooks/${endpoint.id}`)).status).toBe(204)
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/secret'],
      ['POST', '/test'],
      ['GET', '/deliveries'],
    ])
      expect((await desk.ask(method!, `/v1/webhooks/${endpoint.id}${path}`)).body).toMatchObject({
        status: 404,
        code: 'unknown_webhook',
      })
  })

  test('there are fifty at most', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    for (let n = 0; n < 50; n++) await anEndpoint(desk, service, ['event.bad'])

    const { status, body } = await desk.ask('POST', '/v1/webhooks', { url: service.url, types: ['event.bad'] })

    expect([status, body]).toMatchObject([409, { code: 'too_many_endpoints' }])
  })

  test('what waited while one was paused is sent when it is active again; a deleted one hears nothing', async () => {
    const paused = await receiver()
    const deleted = await receiver()
    const desk = await deskFor([paused, deleted])
    const one = (await anEndpoint(desk, paused, ['message.delivered'])).endpoint
    const other = (await anEndpoint(desk, deleted, ['message.delivered'])).endpoint
    const put = (state: string) =>
      desk.ask('PUT', `/v1/webhooks/${one.id}`, { url: paused.url, types: ['message.delivered'], state })
    await put('paused')
    await desk.ask('DELETE', `/v1/webhooks/${other.id}`)
    expect((await desk.ask('POST', `/v1/webhooks/${one.id}/test`)).body).toMatchObject({ code: 'webhook_not_active' })
    await desk.subscriber({ number: nobodys })

    await desk.reaches(((await aText(desk, 'sub-1')).body as { id: string }).id, 'delivered')
    const { id } = (await anEndpoint(desk, paused, ['webhook.test'])).endpoint
    await sendsTest(desk, id)
    await paused.hears(1)
    await put('active')
    await paused.hears(2)

    expect(paused.heard.map(({ told }) => told.type)).toEqual(['webhook.test', 'message.delivered'])
    expect(deleted.heard).toEqual([])
  })

  test('what operators do with them is in the audit log, without secrets', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    const ada = await desk.operator('administrator')
    const ask = async (method: string, path: string, body?: object) => {
      const answer = await desk.askAs(ada, method, path, body)
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
      return answer.body as never
    }
    const url = `${service.url}?token=hush`

    const { secret, endpoint } = (await ask('POST', '/v1/webhooks', { url, types: ['event.bad'] })) as WebhookSecret
    const at = `/v1/webhooks/${endpoint.id}`
    await ask('PUT', at, { url, types: ['message.rejected'] })
    const replaced = (await ask('POST', `${at}/secret`)) as WebhookSecret
    const { id } = (await ask('POST', `${at}/test`)) as { id: string }
    await comesTo(desk, id, 'delivered')
    await ask('POST', `/v1/deliveries/${id}/replay`)
    await ask('POST', `${at}/replay`, {})
    await ask('PUT', '/v1/feed/types', { types: ['event.bad'] })
    await ask('DELETE', at)

    const { items } = (await desk.ask('GET', '/v1/audit', undefined, { cookie: ada.cookie })).body as {
      items: AuditLine[]
    }
    const deeds = items.filter(({ action }) => /^(webhook|delivery|feed)\./.test(action)).reverse()
    expect(deeds.map(({ action, subject }) => [action, subject])).toEqual([
      ['webhook.made', endpoint.id],
      ['webhook.changed', endpoint.id],
      ['webhook.secret_replaced', endpoint.id],
      ['webhook.tested', endpoint.id],
      ['delivery.replayed', id],
      ['delivery.replayed', endpoint.id],
      ['feed.types_set', null],
      ['webhook.deleted', endpoint.id],
    ])
    expect(deeds[0]!.detail).toEqual({ host: service.place, types: ['event.bad'], state: 'active' })
    for (const hidden of [secret.slice(6), replaced.secret.slice(6), 'hush'])
      expect(JSON.stringify(items)).not.toContain(hidden)
  })

  test('a viewer sees them and changes nothing', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    const { endpoint } = await anEndpoint(desk, service)
    const victor = await desk.operator('viewer')

    expect((await desk.askAs(victor, 'GET', `/v1/webhooks/${endpoint.id}`)).status).toBe(200)
    for (const [method, path, body] of [
      ['POST', '/v1/webhooks', { url: service.url, types: ['event.bad'] }],
      ['POST', `/v1/webhooks/${endpoint.id}/test`, undefined],
      ['PUT', '/v1/feed/types', { types: [] }],
    ] as const)
      expect((await desk.askAs(victor, method, path, body)).status, path).toBe(403)
  })
})

describe('the deliveries of an endpoint', () => {
  test('are listed newest first, by state and type, and each is shown with its payload and its tries', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    const { endpoint } = await anEndpoint(desk, service, ['message.delivered'])
    await desk.subscriber({ number: nobodys })
    const { id } = (await aText(desk, 'sub-1')).body as { id: string }
    await desk.reaches(id, 'delivered')
    await service.hears(1)
    service.answers(503)

    const test = await sendsTest(desk, endpoint.id)
    const seen = await tried(desk, test.id, 1)

    expect(test).toMatchObject({ type: 'webhook.test', state: 'waiting', tries: 0, endpoint: endpoint.id })
    expect(seen).toMatchObject({
      state: 'waiting',
      tries: 1,
      lastStatus: 503,
      lastError: 'It answered 503.',
      nextAt: expect.any(String),
      payload: { id: test.told, type: 'webhook.test', data: { message: expect.any(String) } },
      attempts: [{ number: 1, status: 503, error: 'It answered 503.', tookMs: expect.any(Number) }],
    })
    expect(service.heard.at(-1)!.told).toEqual(seen.payload)
    const types = async (query: string) => (await deliveriesOf(desk, endpoint.id, query)).map(({ type }) => type)
    expect(await types('')).toEqual(['webhook.test', 'message.delivered'])
    expect(await types('?state=delivered')).toEqual(['message.delivered'])
    expect(await types('?type=webhook.test')).toEqual(['webhook.test'])
    expect(await types(`?cursor=${test.id}`)).toEqual(['message.delivered'])
    expect(await endpointOf(desk, endpoint.id)).toMatchObject({ waiting: 1, failed: 0, lastStatus: 503 })
    expect((await desk.ask('GET', `/v1/deliveries/${endpoint.id}`)).body).toMatchObject({ code: 'unknown_delivery' })
  })

  test('one that was delivered is delivered again when somebody asks, under its old id', async () => {
    const service = await receiver()
    const desk = await deskFor([service])
    const { endpoint } = await anEndpoint(desk, service)
    const { id } = await sendsTest(desk, endpoint.id)
    await comesTo(desk, id, 'delivered')

    const again = await desk.ask('POST', `/v1/deliveries/${id}/replay`)
    const heard = await service.hears(2)

    expect([again.status, again.body]).toMatchObject([202, { id, state: 'waiting', endedAt: null }])
    expect(heard[1]!.id).toBe(heard[0]!.id)
    expect(heard[1]!.body).toBe(heard[0]!.body)
    expect(await comesTo(desk, id, 'delivered')).toMatchObject({ tries: 2 })
  })
})
