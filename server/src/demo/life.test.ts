import type { NewAlert } from '@usher/contract/alert'
import type { Message } from '@usher/contract/message'
import { subscribers } from '@usher/demo/subscribers'
import { expect, test } from 'vitest'
import { type Desk, type DeskOptions, testDesk } from '../desk.ts'
import { seeded } from '../simulator/knobs.ts'
import { type Life, life } from './life.ts'

/** The background of a demo that does nothing by itself: the test lets it happen. */
async function aDemo(options: DeskOptions & { seed?: number } = {}): Promise<{ desk: Desk; background: Life }> {
  const desk = await testDesk(options)
  return { desk, background: lifeOf(desk, options.seed) }
}
const raising = (desk: Desk) => (asked: NewAlert) =>
  desk.usher.alerts.raise(asked, { caller: 'demo', key: undefined, body: '' })
const lifeOf = (desk: Desk, seed = 7) =>
  life({
    db: desk.usher.db,
    clock: desk.clock,
    events: desk.usher.events,
    accept: desk.usher.acceptor.accept,
    raiseAlert: raising(desk),
    controlUrl: `http://127.0.0.1:${desk.simulator.httpPort}`,
    senders: desk.config.senders,
    serviceHost: desk.config.serviceHost,
    isOnAtFirst: true,
    random: seeded(seed),
  })

const messagesOf = async (desk: Desk) => {
  const { items } = (await desk.ask('GET', '/v1/messages?limit=500')).body as { items: Message[] }
  return items
}

test('a new demo is filled once with texts of every kind, to every subscriber, in their language', async () => {
  const { desk, background } = await aDemo()

  await background.fill()

  const messages = await messagesOf(desk)
  expect(messages.length).toBeGreaterThanOrEqual(60)
  const written = messages.filter(message => message.purpose !== 'reply.compliance')
  expect(new Set(written.map(({ subscriber }) => subscriber)).size).toBe(subscribers.length)
  expect(new Set(written.map(({ purpose }) => purpose)).size).toBeGreaterThanOrEqual(20)
  expect(new Set(written.map(({ locale }) => locale))).toEqual(new Set(['en', 'es', 'fr', 'de', 'pt', 'ja', null]))
  expect(messages.some(({ state, reason }) => state === 'refused' && reason === 'guard')).toBe(true)
  expect((await desk.heard(4)).map(({ keyword }) => keyword)).toContain('help')

  await lifeOf(desk, 8).fill()
  const again = await messagesOf(desk)
  expect(again.filter(message => message.purpose !== 'reply.compliance')).toHaveLength(written.length)
})

test('a filling that was cut short goes on at the next start and sends nothing twice', async () => {
  const { desk } = await aDemo()
  let left = 20
  const cut = life({
    ...{ db: desk.usher.db, clock: desk.clock, events: desk.usher.events, senders: desk.config.senders },
    ...{ controlUrl: 'http://127.0.0.1:1', serviceHost: 'orpheum.example', isOnAtFirst: true, random: seeded(1) },
    accept: ask => (left-- > 0 ? desk.usher.acceptor.accept(ask) : Promise.reject(new Error('killed'))),
    raiseAlert: asked => (left-- > 0 ? raising(desk)(asked) : Promise.reject(new Error('killed'))),
  })
  await expect(cut.fill()).rejects.toThrow('killed')
  expect(await messagesOf(desk)).toHaveLength(20)

  await lifeOf(desk, 2).fill()

  const written = (await messagesOf(desk)).filter(({ purpose }) => !purpose.startsWith('reply.'))
  expect(written.length).toBeLessThanOrEqual(60)
  expect(written.length).toBeGreaterThanOrEqual(55)
})

test('what happens by itself is varied, and every template has all it needs', async () => {
  const { desk, background } = await aDemo()
  const accept = desk.usher.acceptor.accept
  const problems: unknown[] = []
  const asked = new Set<string>()
  const watched = life({
    ...{ db: desk.usher.db, clock: desk.clock, events: desk.usher.events, senders: desk.config.senders },
    controlUrl: `http://127.0.0.1:${desk.simulator.httpPort}`,
    ...{ serviceHost: 'orpheum.example', isOnAtFirst: true, random: seeded(3) },
    raiseAlert: raising(desk),
    async accept(ask) {
      const answer = await accept(ask)
      asked.add(ask.purpose)
      if (answer.kind === 'problem') problems.push(answer)
      return answer
    },
  })

  for (let i = 0; i < 150; i++) await watched.next()

  expect(problems).toEqual([])
  expect(asked.size).toBeGreaterThan(12)
  const inbound = await desk.heard(3)
  expect(inbound.every(({ subscriber }) => subscriber?.startsWith('orph-'))).toBe(true)
  expect(await background.isOn()).toBe(true)
})

test('who writes STOP comes back with START, and goes on being texted', async () => {
  const { desk } = await aDemo()
  // Each draw says that somebody leaves; the ninth time, the first of them comes back.
  const draws = seeded(5)
  let isLeaving = true
  const background = life({
    ...{ db: desk.usher.db, clock: desk.clock, events: desk.usher.events, senders: desk.config.senders },
    accept: desk.usher.acceptor.accept,
    raiseAlert: raising(desk),
    controlUrl: `http://127.0.0.1:${desk.simulator.httpPort}`,
    ...{ serviceHost: 'orpheum.example', isOnAtFirst: true },
    random: () => (isLeaving ? 0.065 : 0.2 + draws() * 0.7),
  })
  await background.next()
  isLeaving = false
  const [stop] = await desk.heard(1)
  expect(stop).toMatchObject({ keyword: 'stop' })

  for (let i = 0; i < 8; i++) await background.next()

  const [start] = await desk.heard(2)
  expect(start).toMatchObject({ keyword: 'start', subscriber: stop!.subscriber })
})

test('it goes on while the simulated carrier is away', async () => {
  const { desk } = await aDemo()
  const background = life({
    ...{ db: desk.usher.db, clock: desk.clock, events: desk.usher.events, senders: desk.config.senders },
    accept: desk.usher.acceptor.accept,
    raiseAlert: raising(desk),
    ...{ controlUrl: 'http://127.0.0.1:1', serviceHost: 'orpheum.example', isOnAtFirst: true },
    random: () => 0.05,
  })

  await expect(background.next()).resolves.toBeUndefined()
})

test('a demo that is set so starts to live by itself', async () => {
  const desk = await testDesk({ env: { USHER_DEMO_LIFE: 'on' } })

  await new Promise<void>(resolve => {
    const off = desk.usher.events.on('message.accepted', list => {
      if (!list.some(({ purpose }) => purpose.startsWith('title.'))) return
      off()
      resolve()
    })
  })

  expect((await messagesOf(desk)).length).toBeGreaterThan(0)
})
