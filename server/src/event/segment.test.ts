// Segment's calls, by table: what each becomes, when it happened, and what a broken one becomes.
import { readFileSync } from 'node:fs'
import { type BadEvent, badReasons, eventTypes, type TakenEvent } from '@usher/contract/event'
import type { Subscriber } from '@usher/contract/subscriber'
import { describe, expect, test } from 'vitest'
import { type Desk, testDesk } from '../desk.ts'
import { asCloudEvent, asSubscriber, meanings } from './segment.ts'

const receivedAt = new Date('2026-11-02T15:00:00Z')
const asEvent = (call: unknown, delivery: object = {}) => asCloudEvent(call, { receivedAt, ...delivery })

describe('a call becomes', () => {
  const context = { ip: '203.0.113.7', device: { id: 'd-1', model: 'TV', type: 'tv' } }
  const viewed = { title: 'asset-1', name: 'Metropolis', number: 3, atSeconds: 12, lengthSeconds: 600, genre: 'drama' }
  test.each([
    [
      { type: 'track', event: 'com.usher.payment.failed', properties: { amount: 999 } },
      { type: 'com.usher.payment.failed', subject: 'u-1', data: { amount: 999 } },
    ],
    [
      { type: 'track', event: 'com.usher.title.leaving', properties: { title: 'metropolis', leavesAt: 'x' } },
      { type: 'com.usher.title.leaving', subject: 'metropolis', data: { title: 'metropolis', leavesAt: 'x' } },
    ],
    [
      { type: 'track', event: 'Signed In', context, properties: { username: 'rosa' } },
      {
        type: 'com.usher.sign_in.succeeded',
        data: { ip: '203.0.113.7', device: { id: 'd-1', name: 'TV', kind: 'tv' }, username: 'rosa' },
      },
    ],
    [
      {
        ...{ type: 'track', event: 'Video Content Playing' },
        properties: {
          asset_id: 'asset-1',
          title: 'Metropolis',
          episode: 3,
          position: 12,
          total_length: 600,
          genre: 'drama',
        },
      },
      { type: 'com.usher.view.progressed', data: viewed },
    ],
    [
      {
        ...{ type: 'track', event: 'Video Playback Started' },
        properties: { content_asset_ids: [129_370, 2], position: null, total_length: null },
      },
      { type: 'com.usher.view.started', data: { title: '129370' } },
    ],
    [
      { type: 'track', event: 'Video Content Completed', properties: { asset_id: 'asset-1' } },
      { type: 'com.usher.view.completed', data: { title: 'asset-1' } },
    ],
    [
      { type: 'track', event: 'Coupon Clipped', properties: { a: 1 } },
      { type: 'segment.track.Coupon Clipped', data: { a: 1 } },
    ],
    [
      { type: 'track', event: 'constructor' },
      { type: 'segment.track.constructor', data: {} },
    ],
    [
      { type: 'track', event: 'Signed In', userId: undefined, anonymousId: 'a-1' },
      { type: 'segment.track.Signed In', data: {} },
    ],
    [
      { type: 'identify', traits: { phone: '+1 212-555-0142' } },
      { type: 'com.usher.subscriber.changed', data: { number: '+12125550142' } },
    ],
    [
      { type: 'identify', userId: null, traits: { a: 1 } },
      { type: 'segment.identify', data: { a: 1 } },
    ],
    [
      { type: 'identify', userId: 1_001, context: { traits: { plan: 'basic' } } },
      { type: 'com.usher.subscriber.changed', subject: '1001', data: { profile: { plan: 'basic' } } },
    ],
    [
      { type: 'page', name: 'Home', category: 'c', properties: { url: 'x' } },
      { type: 'segment.page', data: { name: 'Home', category: 'c', url: 'x' } },
    ],
    [
      { type: 'group', groupId: 'g-1', traits: { plan: 'team' } },
      { type: 'segment.group', data: { groupId: 'g-1', plan: 'team' } },
    ],
    [
      { type: 'alias', previousId: 'old' },
      { type: 'segment.alias', data: { previousId: 'old' } },
    ],
  ])('%j', (call, event) => {
    const made = asEvent({ messageId: 'm-1', userId: 'u-1', ...call })

    expect(made).toMatchObject({ specversion: '1.0', id: 'm-1', source: '/segment', ...event })
    expect(made.data).toEqual(event.data)
  })

  test.each([[null], [42], ['call'], [[]], [{}], [{ type: 'track' }], [{ type: 'track', event: 7 }], [{ type: {} }]])(
    'an event without a type where it is %j',
    call => {
      const event = asEvent(call)

      expect(event.type).toBeUndefined()
      expect(event.id).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})

test.each([
  [
    'a device whose clock is right',
    { timestamp: '2026-11-02T14:59:00Z', sentAt: '2026-11-02T15:00:00Z' },
    '2026-11-02T14:59:00.000Z',
  ],
  [
    'a clock that is a day behind',
    { originalTimestamp: '2026-11-01T14:59:00Z', sentAt: '2026-11-01T15:00:00Z' },
    '2026-11-02T14:59:00.000Z',
  ],
  [
    'a clock in another zone',
    { timestamp: '2026-11-02T23:59:00+09:00', sentAt: '2026-11-02T15:00:00Z' },
    '2026-11-02T14:59:00.000Z',
  ],
  ['no zone', { timestamp: '2026-11-02T14:59:00' }, '2026-11-02T14:59:00.000Z'],
  ['a day alone', { timestamp: '2026-10-02' }, '2026-10-02T00:00:00.000Z'],
  ['no time at all', {}, '2026-11-02T15:00:00.000Z'],
  ['a sending time that is none', { timestamp: '2026-11-02T14:59:00Z', sentAt: 'now' }, '2026-11-02T14:59:00.000Z'],
  ['a time that is none', { timestamp: 'just now', sentAt: '2026-11-02T15:00:00Z' }, 'just now'],
  ['a number', { timestamp: 1_793_632_800 }, 1_793_632_800],
])('the time of a call with %s', (_, call, time) => {
  expect(asEvent(call).time).toBe(time)
})

test('the sending time of a batch counts for calls that have none', () => {
  const event = asEvent({ timestamp: '2026-11-01T14:59:00Z' }, { sentAt: '2026-11-01T15:00:00Z' })

  expect(event.time).toBe('2026-11-02T14:59:00.000Z')
})

test.each([
  [{ phone: '+44 7700-900123' }, { number: '+447700900123' }],
  [{ phone: '(212) 555-0142' }, { number: '(212)5550142' }],
  [{ phone: '' }, {}],
  [{ phone: null, locale: null }, { profile: { locale: null } }],
  [{ locale: 'en_US' }, { locale: 'en_US' }],
  [{ language: 'pt-BR' }, { locale: 'pt-BR' }],
  [{ language: 'English' }, { profile: { language: 'English' } }],
  [{ timezone: 'Europe/London' }, { zone: 'Europe/London' }],
  [
    { address: { country: 'US', state: 'NY', city: 'Albany' } },
    { region: 'US-NY', profile: { address: { country: 'US', state: 'NY', city: 'Albany' } } },
  ],
  [
    { country: 'GB', address: { state: 'Greater London' } },
    { region: 'GB', profile: { address: { state: 'Greater London' } } },
  ],
  [{ country: 'Germany' }, { profile: { country: 'Germany' } }],
  [
    { firstName: 'Rosa', 'Plan Name': 'basic', createdAt: '2026', имя: 'Роза', '1st': 1 },
    { profile: { first_name: 'Rosa', plan_name: 'basic', created_at: '2026' } },
  ],
  [{ consents: { offers: { granted: true } } }, { profile: { consents: { offers: { granted: true } } } }],
])('traits %j', (traits, change) => {
  expect(asSubscriber(traits)).toEqual(change)
})

describe('the doors', () => {
  const taken = async (desk: Desk) => ((await desk.ask('GET', '/v1/events')).body as { items: TakenEvent[] }).items
  const bad = async (desk: Desk) => ((await desk.ask('GET', '/v1/bad-events')).body as { items: BadEvent[] }).items

  test('take one call each, or many, and answer as Segment does', async () => {
    const desk = await testDesk()

    const answers = [
      await desk.ask('POST', '/v1/identify', {
        userId: 'u-1',
        messageId: 'm-1',
        traits: { phone: '+44 7700 900123', firstName: 'Rosa' },
      }),
      await desk.ask('POST', '/v1/track', { userId: 'u-1', messageId: 'm-2', event: 'Signed In' }),
      await desk.ask('POST', '/v1/track', { userId: 'u-1', messageId: 'm-2', event: 'Signed In' }),
      await desk.ask('POST', '/v1/batch', {
        batch: [
          { type: 'page', anonymousId: 'a' },
          { type: 'track', userId: 'u-1', event: 'Video Content Started' },
          7,
        ],
      }),
    ]

    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, { success: true, taken: 1, unknown: 0, repeated: 0, bad: 0 }],
      [200, { success: true, taken: 1, unknown: 0, repeated: 0, bad: 0 }],
      [200, { success: true, taken: 0, unknown: 0, repeated: 1, bad: 0 }],
      [200, { success: true, taken: 0, unknown: 1, repeated: 0, bad: 2 }],
    ])
    expect((await desk.ask('GET', '/v1/subscribers/u-1')).body as Subscriber).toMatchObject({
      ...{ number: '+44••••••••23', profile: { first_name: 'Rosa' }, consents: {} },
    })
    expect((await taken(desk)).map(({ type, door, isKnownSubscriber }) => [type, door, isKnownSubscriber])).toEqual([
      ['segment.page', 'segment', false],
      ['com.usher.sign_in.succeeded', 'segment', true],
      ['com.usher.subscriber.changed', 'segment', true],
    ])
    expect((await bad(desk)).map(({ reason, door }) => [reason, door]).sort()).toEqual([
      ['invalid_data', 'segment'],
      ['invalid_event', 'segment'],
    ])
  })

  test('put a phone that is no number on the list, to be mended', async () => {
    const desk = await testDesk()

    await desk.ask('POST', '/v1/identify', { userId: 'u-1', traits: { phone: '07700 900123' } })

    const [line] = await bad(desk)
    expect(line).toMatchObject({ reason: 'invalid_data', errors: [{ at: 'data.number' }] })
    expect((await desk.ask('GET', '/v1/subscribers/u-1')).status).toBe(404)
  })

  test('read any media type, and refuse what is no call at all, or too many', async () => {
    const desk = await testDesk()
    const call = JSON.stringify({ userId: 'u-1', event: 'Signed In' })

    const plain = await desk.ask('POST', '/v1/track', call, { 'content-type': 'text/plain' })
    const broken = await desk.ask('POST', '/v1/track', '{', { 'content-type': 'application/json' })
    const empty = await desk.ask('POST', '/v1/batch', {})
    const many = await desk.ask('POST', '/v1/batch', { batch: Array(1_001).fill({}) })
    const large = await desk.ask('POST', '/v1/track', {
      userId: 'u-1',
      event: 'x',
      properties: { x: 'x'.repeat(1024 * 1024) },
    })

    expect([plain, broken, empty, many, large].map(({ status }) => status)).toEqual([200, 400, 422, 413, 413])
    expect(await bad(desk)).toEqual([])
  })
})

test('docs/events.md has the types, and the names of Segment that mean something, as they are', () => {
  const page = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `([^`]+)` \| (\S.*?) \|$/gm)].map(([, name, rest]) => [name!, rest!] as const)

  for (const [type, { about, summary }] of Object.entries(eventTypes))
    expect(rows).toContainEqual([type, `${about} | ${summary}`])
  expect(
    rows.filter(([name]) => /^[A-Z]/.test(name) && name !== 'CloudEvent').map(([name]) => name.toLowerCase()),
  ).toEqual(Object.keys(meanings))
  for (const [name, { type }] of Object.entries(meanings))
    expect(rows.find(([row]) => row.toLowerCase() === name)![1]).toContain(`\`${type}\``)
  for (const reason of badReasons) expect(rows.map(([name]) => name)).toContain(reason)
})
