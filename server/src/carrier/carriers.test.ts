// Several carriers, each of which does what real ones do: the text still arrives, once, by one that works. Through the front
// door, counted at the carriers.
import type { Line, RouteAnswer } from '@usher/contract/carrier'
import type { Carrier } from '@usher/contract/live'
import type { Acceptance, BatchVerdict } from '@usher/contract/message'
import { segment } from '@usher/smpp/segment'
import { createSmppServer, type SmppSession } from '@usher/smpp/session'
import { describe, expect, onTestFinished, test } from 'vitest'
import { carrierInput, type Desk, type DeskCarrier, type DeskOptions, on, rowsOf, testDesk } from '../desk.ts'
import { until } from '../faults/machines.ts'
import type { Knobs } from '../simulator/knobs.ts'
import type { LedgerLine } from '../simulator/ledger.ts'
import { sql } from '../store/sql.ts'

/** Of none of the demo's subscribers. */
const aNumber = '+447700900444'

/** What is sent in these tests; the number makes it another text each time. */
const aCode = (n: number) => ({
  subscriber: 'sub-1',
  purpose: 'code.sign_in' as const,
  template: 'code.sign_in',
  data: { code: String(100_000 + n), minutes: 10 },
})
const anOffer = (n: number) => ({ subscriber: 'sub-1', purpose: 'offer', text: `Offer ${n}. Reply STOP to end` })
const aNotice = (n: number) => ({ subscriber: 'sub-1', purpose: 'account.payment', text: `Notice ${n}.` })
const ofEachLane = (n: number) => [
  aCode(n),
  { subscriber: 'sub-1', purpose: 'alert.security', text: `Alert ${n}.` },
  { subscriber: 'sub-1', purpose: 'reply.support', text: `Answer ${n}.` },
  aNotice(n),
  { subscriber: 'sub-1', purpose: 'title.new_episode', text: `Title ${n}. Reply STOP to end` },
  anOffer(n),
]

const two = (aurora: Partial<DeskCarrier> = {}, boreal: Partial<DeskCarrier> = {}): DeskCarrier[] => [
  { name: 'aurora', ...aurora },
  { name: 'boreal', ...boreal },
]
/** By aurora, as long as it works. */
const byAurora = { avoid: ['boreal'] }

/** A desk whose carriers are all bound, and known to be. */
async function aDesk(options: DeskOptions): Promise<Desk> {
  const desk = await testDesk(options)
  await desk.subscriber({ number: aNumber })
  const names = options.carriers!.filter(one => one.isSpare !== true).map(({ name }) => name)
  for (const name of names) await works(desk, name)
  return desk
}

const wayOf = async (desk: Desk, question: object = { number: aNumber, purpose: 'code.sign_in' }) =>
  (await desk.ask('POST', '/v1/routes/try', question)).body as RouteAnswer
/** Its place among the carriers of a number's way. */
const shareOf = async (desk: Desk, name: string, question?: object) =>
  (await wayOf(desk, question)).carriers.find(({ carrier }) => carrier === name)!
const works = (desk: Desk, name: string) =>
  until(`${name} works`, 20_000, async () => {
    const { health } = await shareOf(desk, name)
    return !health.isBroken && health.factor > 0
  })
const isBroken = (desk: Desk, name: string) =>
  until(`${name} is broken`, 20_000, async () => (await shareOf(desk, name)).health.isBroken)

const idOf = (answer: { status: number; body: never }): string => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  return (answer.body as Acceptance).id
}
const send = async (desk: Desk, message: object) => idOf(await desk.send(message))
const sendAll = async (desk: Desk, messages: object[]): Promise<string[]> => {
  const body = messages.map(line => `${JSON.stringify(line)}\n`).join('')
  const answer = await desk.ask('POST', '/v1/messages/batch', body, { 'content-type': 'application/x-ndjson' })
  const verdicts = (answer.body as string).split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]))
  return (verdicts as BatchVerdict[]).map(verdict => {
    expect(verdict.id, JSON.stringify(verdict)).toBeDefined()
    return verdict.id!
  })
}
const ends = (desk: Desk, ids: readonly string[]) => Promise.all(ids.map(id => desk.reaches(id)))
const delivered = async (desk: Desk, ids: readonly string[]) => {
  for (const message of await ends(desk, ids)) expect(message).toMatchObject({ state: 'delivered' })
}
const later = (desk: Desk, seconds: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + seconds * 1_000))

const took = (desk: Desk, name: string): LedgerLine[] => desk.simulator.carrier(name).ledger!.after(0)
const turn = (desk: Desk, name: string, knobs: Partial<Knobs>) =>
  expect(desk.simulator.carrier(name).turn(knobs)).toHaveProperty('ok')
/** How often each text was taken, by all carriers together. */
function timesTaken(desk: Desk): number[] {
  const times = new Map<string, number>()
  for (const { ledger } of desk.simulator.carriers)
    for (const { text } of ledger!.after(0)) times.set(text, (times.get(text) ?? 0) + 1)
  return [...times.values()]
}
const once = (count: number) => Array(count).fill(1)

/** Changes the line as an administrator of the console does. */
async function operating(desk: Desk) {
  const operator = await desk.operator('administrator')
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await desk.askAs(operator, method, path, body)
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
    return answer.body as Line
  }
  return {
    ask,
    line: () => ask('GET', '/v1/line'),
    put: (carrier: DeskCarrier, settings: object = {}) =>
      ask('PUT', `/v1/carriers/${carrier.name}`, { ...carrierInput(desk.simulator, carrier), ...settings }),
    remove: (name: string) => ask('DELETE', `/v1/carriers/${name}`),
    /** All routes by these carriers alone. */
    async route(...carriers: string[]) {
      const { routes } = await ask('GET', '/v1/line')
      await ask('PUT', '/v1/routes', {
        routes: routes.map(route => ({ ...route, carriers: carriers.map(carrier => ({ carrier })) })),
      })
    },
  }
}

/** What was moved from one carrier to others, and why. */
function moves(desk: Desk) {
  const heard: { from: string; to: Record<string, number>; reason: string }[] = []
  desk.usher.events.on('carrier.moved', moved => heard.push(moved))
  return heard
}

describe('what a carrier surely did not take leaves by another, once:', () => {
  test.each([
    ['it has no room', { queueFull: 1 }],
    ['it can not for a moment', { temporary: 1 }],
    ['it is asked for too much', { throttleAbove: 1 }],
    ['it is slow to say so', { temporary: 1, answerDelayMs: 100 }],
  ] satisfies [string, Partial<Knobs>][])('%s', async (_, knobs) => {
    const desk = await aDesk({ carriers: two({ knobs }) })
    const texts = [...ofEachLane(1), ...ofEachLane(2)].map(text => ({ ...text, ...byAurora }))

    const ids = await sendAll(desk, texts)

    await delivered(desk, ids)
    expect(timesTaken(desk)).toEqual(once(texts.length))
    const { throttled, queueFull, temporary } = desk.simulator.carrier('aurora').counts
    expect(throttled + queueFull + temporary).toBeGreaterThan(0)
    const messages = await ends(desk, ids)
    expect(took(desk, 'boreal').length).toBeGreaterThan(0)
    expect(messages.filter(({ carrier }) => carrier === 'boreal').length).toBe(took(desk, 'boreal').length)
  })

  test('a text over HTTP too', async () => {
    const desk = await aDesk({
      carriers: two({ speaks: 'twilio', knobs: { temporary: 1 } }, { speaks: 'vonage' }),
    })

    const ids = await sendAll(
      desk,
      ofEachLane(1).map(text => ({ ...text, ...byAurora })),
    )

    await delivered(desk, ids)
    expect(took(desk, 'aurora')).toEqual([])
    expect(timesTaken(desk)).toEqual(once(6))
  })

  test('its sessions are down', async () => {
    const desk = await aDesk({ carriers: two() })
    turn(desk, 'aurora', { down: true })

    const ids = await sendAll(
      desk,
      ofEachLane(1).map(text => ({ ...text, ...byAurora })),
    )

    await delivered(desk, ids)
    expect(took(desk, 'aurora')).toEqual([])
    expect(timesTaken(desk)).toEqual(once(6))
  })

  test('it comes back, and gets texts again', async () => {
    const desk = await aDesk({ carriers: two() })
    turn(desk, 'aurora', { down: true })
    await isBroken(desk, 'aurora')
    expect(await shareOf(desk, 'aurora')).toMatchObject({ share: 0, health: { reason: 'No session is bound.' } })

    turn(desk, 'aurora', { down: false })
    await works(desk, 'aurora')

    const id = await send(desk, { ...anOffer(1), ...byAurora })
    expect(await desk.reaches(id, 'delivered')).toMatchObject({ carrier: 'aurora' })
  })

  test('where all say so it is tried again at their pace, and not in a circle', async () => {
    const desk = await aDesk({ carriers: two({ knobs: { temporary: 1 } }, { knobs: { temporary: 1 } }) })
    const id = await send(desk, anOffer(1))
    const tries = () => desk.simulator.carriers.reduce((sum, { counts }) => sum + counts.received, 0)
    const from = performance.now()
    await until('it was tried five times', 20_000, () => tries() >= 5)

    // One at once by each, and then one a second. However slow the machine, it is not sooner.
    expect(performance.now() - from).toBeGreaterThan(2_000)
    expect(desk.simulator.carriers.every(({ counts }) => counts.received > 0)).toBe(true)
    for (const name of ['aurora', 'boreal']) turn(desk, name, { temporary: 0 })
    await delivered(desk, [id])
    expect(timesTaken(desk)).toEqual(once(1))
  })

  test('where none works it waits, and leaves once when one is back', async () => {
    const desk = await aDesk({ carriers: two() })
    for (const name of ['aurora', 'boreal']) turn(desk, name, { down: true })
    for (const name of ['aurora', 'boreal']) await isBroken(desk, name)
    const ids = await sendAll(desk, ofEachLane(1))
    for (const id of ids) expect(await desk.message(id)).toMatchObject({ state: 'queued' })

    turn(desk, 'boreal', { down: false })

    await delivered(desk, ids)
    expect(took(desk, 'boreal').length).toBe(6)
    expect(took(desk, 'aurora')).toEqual([])
  })
})

test('what was written for a carrier that falls silent stays with it, and what waits leaves by another, codes first', async () => {
  // Room for ten at aurora, of which one is kept for codes and alerts. Boreal takes five a second, so its order shows.
  const settings = { window: 10, responseTimeoutMs: 8_000 }
  const desk = await aDesk({ carriers: two({ settings }, { settings: { perSecond: 5 } }) })
  const moved = moves(desk)
  turn(desk, 'aurora', { silent: true })
  const first = await send(desk, { ...aCode(1), ...byAurora })
  const isOut = (id: string) => async () => (await desk.message(id)).state === 'submitting'
  await until('it is on the wire', 10_000, isOut(first))
  const offers = await sendAll(
    desk,
    Array.from({ length: 14 }, (_, n) => ({ ...anOffer(n), ...byAurora })),
  )
  await until('aurora is full', 10_000, () => desk.simulator.carrier('aurora').counts.swallowed >= 9)
  const codes = await sendAll(
    desk,
    [2, 3, 4].map(n => ({ ...aCode(n), ...byAurora })),
  )

  const unanswered = await desk.reaches(first)

  // Its carrier's patience is far longer: an offer that was written with it is still waited for.
  expect(unanswered).toMatchObject({ state: 'unanswered', reason: 'no_answer', carrier: 'aurora' })
  const states = (await Promise.all(offers.map(id => desk.message(id)))).map(({ state }) => state)
  expect(states.filter(state => state === 'submitting').length).toBeGreaterThanOrEqual(8)
  // A new code by another carrier, which is what the service does now.
  const renewed = await send(desk, { ...aCode(5), avoid: ['aurora'] })
  await delivered(desk, [renewed])
  const all = await ends(desk, [...offers, ...codes])
  expect(moved).toContainEqual(expect.objectContaining({ from: 'aurora', reason: 'broken' }))
  const lost = all.filter(({ state }) => state === 'unanswered')
  const arrived = all.filter(({ state }) => state === 'delivered')
  expect(lost.length + arrived.length).toBe(17)
  expect(lost.every(({ carrier }) => carrier === 'aurora')).toBe(true)
  expect(arrived.every(({ carrier }) => carrier === 'boreal')).toBe(true)
  // Each at most once, and what boreal took is what arrived.
  expect(desk.simulator.carrier('aurora').counts.received).toBe(lost.length + 1)
  expect(timesTaken(desk)).toEqual(once(arrived.length + 1))
  const order = took(desk, 'boreal').map(({ text }) => (/\b10000[2-4]\b/.test(text) ? 'code' : 'other'))
  const waitingCodes = arrived.filter(({ lane }) => lane === 'code').length
  expect(waitingCodes).toBeGreaterThan(0)
  expect(order.lastIndexOf('code')).toBeLessThan(waitingCodes + 3)
})

test('a paused carrier gets nothing, still brings receipts and replies, and gets texts again when it goes on', async () => {
  const slow = { name: 'aurora', settings: { perSecond: 1 } }
  const desk = await aDesk({ carriers: two(slow) })
  const admin = await operating(desk)
  const moved = moves(desk)
  const alarms: string[] = []
  desk.usher.events.on('carrier.broken', ({ channel }) => alarms.push(channel))
  desk.simulator.handsets.turn(aNumber, 'noCoverage')
  const first = await send(desk, { ...anOffer(0), ...byAurora })
  await desk.reaches(first, 'submitted')
  const waiting = await sendAll(
    desk,
    [1, 2, 3].map(n => ({ ...anOffer(n), ...byAurora })),
  )

  await admin.put(slow, { isPaused: true })

  await until('what waited is taken', 20_000, () => timesTaken(desk).length === 4)
  expect(moved.map(({ from, reason }) => ({ from, reason }))).toContainEqual({ from: 'aurora', reason: 'paused' })
  expect(timesTaken(desk)).toEqual(once(4))
  const before = took(desk, 'aurora').length
  expect(await shareOf(desk, 'aurora')).toMatchObject({ share: 0, health: { reason: 'An operator has paused it.' } })
  desk.simulator.handsets.turn(aNumber, 'on')
  await delivered(desk, [first, ...waiting])
  await desk.reply(aNumber, '67743', 'Thank you')
  expect(await desk.heard()).toMatchObject([{ text: 'Thank you', subscriber: 'sub-1' }])
  const meanwhile = await send(desk, { ...anOffer(4), ...byAurora })
  expect(await desk.reaches(meanwhile)).toMatchObject({ state: 'delivered', carrier: 'boreal' })
  expect(took(desk, 'aurora').length).toBe(before)
  expect(alarms).toEqual([])

  await admin.put({ name: 'aurora' })

  await works(desk, 'aurora')
  const again = await send(desk, { ...anOffer(5), ...byAurora })
  expect(await desk.reaches(again)).toMatchObject({ state: 'delivered', carrier: 'aurora' })
})

describe('a line that changes while it runs', () => {
  test('what waits for a carrier that is taken out leaves by another, at its hour', async () => {
    const slow = { name: 'aurora', settings: { perSecond: 1 } }
    const desk = await aDesk({ carriers: two(slow) })
    const admin = await operating(desk)
    const held = await send(desk, { ...anOffer(0), ...byAurora, notBefore: '2026-11-02T17:00:00Z' })
    const ids = await sendAll(
      desk,
      [1, 2, 3, 4].map(n => ({ ...anOffer(n), ...byAurora })),
    )

    await admin.route('boreal')
    await admin.remove('aurora')

    await delivered(desk, ids)
    await until('the held one has moved', 20_000, async () => (await desk.message(held)).carrier === 'boreal')
    expect((await desk.message(held)).state).toBe('held')
    desk.clock.moveTo(new Date('2026-11-02T17:00:01Z'))
    await delivered(desk, [held])
    expect(timesTaken(desk)).toEqual(once(5))
  })

  test('what is on the wire of a carrier that is changed is answered, also when Usher stops right after', async () => {
    const desk = await aDesk({ carriers: two({ knobs: { answerDelayMs: 700, receiptDelayMs: 2_000 } }) })
    const admin = await operating(desk)
    const id = await send(desk, { ...aCode(1), ...byAurora })
    await until('it is on the wire', 10_000, () => desk.simulator.carrier('aurora').counts.received === 1)

    await admin.put({ name: 'aurora' }, { window: 20 })
    await desk.restart()

    // Its answer was heard and recorded: it is no text of which nobody knows whether it left.
    expect((await desk.message(id)).submittedAt).not.toBeNull()
    await delivered(desk, [id])
    expect(timesTaken(desk)).toEqual(once(1))
  })

  test('another label is no reason to bind again', async () => {
    const desk = await aDesk({ carriers: two() })
    const admin = await operating(desk)
    const states: string[] = []
    desk.usher.events.on('bind.state', ({ channel, state }) => states.push(`${channel} ${state}`))

    await admin.put({ name: 'aurora' }, { label: 'Aurora Telecom' })

    const { items } = (await desk.ask('GET', '/v1/carriers')).body as { items: Carrier[] }
    expect(items.find(({ name }) => name === 'aurora')).toMatchObject({ label: 'Aurora Telecom' })
    await delivered(desk, [await send(desk, { ...aCode(1), ...byAurora })])
    expect(states).toEqual([])
  })

  test('a carrier that is added gets texts', async () => {
    const carriers: DeskCarrier[] = [{ name: 'aurora' }, { name: 'cirrus', speaks: 'twilio', isSpare: true }]
    const desk = await aDesk({ carriers })
    const admin = await operating(desk)

    await admin.put(carriers[1]!)
    await admin.route('cirrus')

    await works(desk, 'cirrus')
    const id = await send(desk, aCode(1))
    expect(await desk.reaches(id)).toMatchObject({ state: 'delivered', carrier: 'cirrus' })
  })

  test('a wrong password stops its carrier and is told, and a right one mends it; none is ever shown', async () => {
    const said: string[] = []
    const desk = await aDesk({ carriers: two(), log: line => said.push(line) })
    const admin = await operating(desk)
    const refusal = new Promise<unknown>(resolve =>
      desk.usher.events.on('bind.state', state => {
        if (state.channel === 'aurora' && state.state === 'refused') resolve(state)
      }),
    )

    await admin.put({ name: 'aurora' }, { secrets: { password: 'wr0ng-pw' } })

    expect(await refusal).toMatchObject({ channel: 'aurora', state: 'refused' })
    await until('the carrier shows it', 20_000, async () => {
      const { items } = (await desk.ask('GET', '/v1/carriers')).body as { items: Carrier[] }
      return items.find(({ name }) => name === 'aurora')!.binds.some(({ state }) => state === 'refused')
    })
    await isBroken(desk, 'aurora')
    const meanwhile = await send(desk, { ...aCode(1), ...byAurora })
    expect(await desk.reaches(meanwhile)).toMatchObject({ state: 'delivered', carrier: 'boreal' })

    await admin.put({ name: 'aurora' }, { secrets: { password: 'demo' } })

    await works(desk, 'aurora')
    const mended = await send(desk, { ...aCode(2), ...byAurora })
    expect(await desk.reaches(mended)).toMatchObject({ state: 'delivered', carrier: 'aurora' })
    const shown = [
      await admin.line(),
      await admin.ask('GET', '/v1/line?version=2'),
      await admin.ask('GET', '/v1/line/versions'),
      await admin.ask('GET', '/v1/carriers'),
      await admin.ask('GET', '/v1/audit'),
      await rowsOf(desk, sql`select value, what from line`),
      await rowsOf(desk, sql`select value from carrier_watch`),
      said,
    ]
    expect(JSON.stringify(shown)).toContain('aurora')
    for (const view of shown) expect(JSON.stringify(view)).not.toMatch(/wr0ng-pw|"demo"/)
    const stored = await rowsOf<{ secret: Uint8Array }>(desk, sql`select secret from carrier_secret`)
    for (const { secret } of stored) expect(Buffer.from(secret).toString('latin1')).not.toContain('demo')
  })
})

test('a notice that got no answer is sent once more, by its own carrier and under its own reference', async () => {
  const aurora = { name: 'aurora', settings: { responseTimeoutMs: 300, perSecond: 1 } }
  const desk = await aDesk({ carriers: two({ ...aurora, knobs: { unanswered: 1, receiptMissing: 1 } }) })
  const admin = await operating(desk)
  const moved = moves(desk)
  const notice = await send(desk, { ...aNotice(1), ...byAurora })
  await until('it is in doubt', 10_000, async () => (await desk.message(notice)).reason === 'no_answer')
  turn(desk, 'aurora', { unanswered: 0, receiptMissing: 0 })

  // Whatever else waits there moves away; this one keeps its carrier, from which its receipt would come.
  const offers = await sendAll(
    desk,
    [1, 2, 3].map(n => ({ ...anOffer(n), ...byAurora })),
  )
  await admin.put(aurora, { isPaused: true })
  await delivered(desk, offers)
  later(desk, 31)
  const after = await sendAll(desk, [{ ...anOffer(4), ...byAurora }])
  await delivered(desk, after)
  expect(moved.length).toBeGreaterThan(0)
  expect(await desk.message(notice)).toMatchObject({ state: 'queued', reason: 'no_answer', carrier: 'aurora' })
  await admin.put(aurora)

  expect(await desk.reaches(notice)).toMatchObject({ state: 'delivered', carrier: 'aurora', attempts: 2 })
  const lines = took(desk, 'aurora').filter(({ text }) => text === aNotice(1).text)
  expect(lines.length).toBe(2)
  expect(new Set(lines.map(({ reference }) => reference)).size).toBe(1)
  expect(took(desk, 'boreal').map(({ text }) => text)).not.toContain(aNotice(1).text)
})

describe('a carrier that does badly loses weight, and the line says why:', () => {
  test.each([
    ['it takes less than it should', { temporary: 1 }, /^It took only 0 % of what it was given/],
    ['it takes long to answer', { answerDelayMs: 1_200 }, /^It takes 1\.\d s to answer/],
    ['its texts do not arrive', { undeliverable: 1 }, /^Only 0 % of its receipts .*said delivered\.$/],
  ] satisfies [string, Partial<Knobs>, RegExp][])('%s', async (_, knobs, sentence) => {
    const desk = await aDesk({ carriers: two({ knobs }) })
    const other = await shareOf(desk, 'boreal')
    expect(other).toMatchObject({ share: 0.5, health: { factor: 1, reason: null } })

    await ends(
      desk,
      await sendAll(
        desk,
        Array.from({ length: 24 }, (_, n) => ({ ...anOffer(n), ...byAurora })),
      ),
    )

    const asked = { number: aNumber, purpose: 'offer' }
    const badly = await until('it has lost weight', 20_000, async () => {
      const found = await shareOf(desk, 'aurora', asked)
      return found.health.factor < 0.95 && found
    })
    expect(badly.health.reason).toMatch(sentence)
    expect(badly.share).toBeLessThan(0.5)
    expect((await shareOf(desk, 'boreal', asked)).share).toBeGreaterThan(0.5)
    // Figures of one country leave the others alone once they have figures of their own.
    const { items } = (await desk.ask('GET', '/v1/carriers')).body as { items: Carrier[] }
    const health = items.find(({ name }) => name === 'aurora')!.health
    expect(health.map(({ country }) => country)).toEqual([null, 'GB'])
  })

  test('it gets it back little by little when it does well again', async () => {
    const desk = await aDesk({ carriers: two({ knobs: { temporary: 1 } }) })
    await ends(
      desk,
      await sendAll(
        desk,
        Array.from({ length: 8 }, (_, n) => ({ ...anOffer(n), ...byAurora })),
      ),
    )
    const low = await until('it has lost its weight', 20_000, async () => {
      const { factor } = (await shareOf(desk, 'aurora')).health
      return factor < 0.1 && { factor }
    })
    // A code does not go by a carrier that is only being tried again.
    expect(await shareOf(desk, 'aurora')).toMatchObject({ share: 0 })
    expect((await shareOf(desk, 'aurora', { number: aNumber, purpose: 'offer' })).share).toBeGreaterThan(0)

    turn(desk, 'aurora', { temporary: 0 })
    await delivered(
      desk,
      await sendAll(
        desk,
        Array.from({ length: 160 }, (_, n) => ({ ...anOffer(100 + n), ...byAurora })),
      ),
    )

    const regaining = await until('it regains', 20_000, async () => {
      const { factor, reason } = (await shareOf(desk, 'aurora')).health
      return factor > low.factor + 0.02 && factor < 1 && { factor, reason }
    })
    expect(regaining.reason).toMatch(/gets its weight back little by little/)
  })
})

describe('a sender', () => {
  const oneWay = {
    kind: 'alphanumeric',
    address: 'Orpheum',
    isTwoWay: false,
    optOut: 'orpheum.example/texts',
  }
  async function oneWayDesk() {
    const desk = await aDesk({ carriers: [{ name: 'aurora' }] })
    const { ask } = await operating(desk)
    await ask('PUT', '/v1/senders/name', oneWay)
    const { routes } = await ask('GET', '/v1/line')
    await ask('PUT', '/v1/routes', { routes: routes.map(route => ({ ...route, sender: 'name' })) })
    return desk
  }

  test('that nobody can answer sends an offer only with the way to opt out', async () => {
    const desk = await oneWayDesk()

    const without = await desk.send(anOffer(1))
    expect(without).toMatchObject({ status: 200, body: { state: 'refused', reasons: [{ rule: 'opt_out' }] } })
    expect((without.body as Acceptance).reasons[0]!.sentence).toBe(
      'Nobody can answer the sender name, so the text has to hold orpheum.example/texts to opt out by.',
    )
    expect((await desk.send(aNotice(1))).body).toMatchObject({ state: 'refused', reasons: [{ rule: 'opt_out' }] })

    const link = 'https://orpheum.example/texts'
    const plain = await send(desk, { ...anOffer(2), text: `Half price. To end: ${link}` })
    await desk.ask('PUT', '/v1/templates/half', {
      purpose: 'offer',
      texts: { en: 'Half price. To end: {{ link | short }}' },
    })
    const short = await send(desk, { subscriber: 'sub-1', purpose: 'offer', template: 'half', data: { link } })
    await delivered(desk, [plain, short])
    const [, shown] = await desk.texts(aNumber, 2)
    expect(shown).toMatchObject({ originator: 'Orpheum', text: expect.stringMatching(/To end: https:\/\/o\.\S{20,}$/) })
    const elsewhere = { link: 'https://orpheum.example/other' }
    const wrong = await desk.send({ subscriber: 'sub-1', purpose: 'offer', template: 'half', data: elsewhere })
    expect(wrong.body).toMatchObject({ state: 'refused', reasons: [{ rule: 'opt_out' }] })
  })

  test('that nobody can answer sends codes and replies as they are', async () => {
    const desk = await oneWayDesk()

    const ids = await sendAll(desk, [
      aCode(1),
      { subscriber: 'sub-1', purpose: 'reply.support', text: 'It works now.' },
    ])

    await delivered(desk, ids)
  })

  test('that has to be registered in a country and is not sends nothing there, and says why', async () => {
    const desk = await aDesk({ carriers: [{ name: 'aurora' }] })
    const { ask } = await operating(desk)
    const long = { kind: 'long_number', address: '+447700900001' }
    await ask('PUT', '/v1/senders/main', long)
    await desk.subscriber({ id: 'sub-us', number: '+12015550123', zone: 'America/New_York', region: 'US-NJ' })
    const notice = { ...aNotice(1), subscriber: 'sub-us' }

    const refused = await desk.send(notice)

    expect(refused).toMatchObject({ status: 200, body: { state: 'refused', reasons: [{ rule: 'route' }] } })
    const sentence = 'US asks for a 10DLC campaign, and the sender main has none there.'
    expect((refused.body as Acceptance).reasons[0]!.sentence).toContain(sentence)
    const question = { number: '+12015550123', purpose: 'account.payment' }
    expect(await wayOf(desk, question)).toMatchObject({ country: 'US', sender: null, refusal: sentence })
    await delivered(desk, [await send(desk, aNotice(2))])

    await ask('PUT', '/v1/senders/main', { ...long, registrations: [{ country: 'US', state: 'registered' }] })
    await delivered(desk, [await send(desk, { ...notice, text: 'Notice 3.' })])
  })
})

describe('a text to a carrier that takes', () => {
  const turkish = `Aboneliğiniz yarın bitiyor, şimdi yenileyin. ${'Teşekkürler. '.repeat(4)}`
  const french = `Votre période d'essai se termine, merci à tous. ${'À très bientôt, ça ira. '.repeat(3)}`
  test.each([
    ['national tables', { national: ['turkish'] }, turkish, 'gsm7', 1],
    ['none', {}, turkish, 'ucs2', 2],
    ['Latin-1', { latin1: true }, french, 'latin1', 1],
    ['no Latin-1', {}, french, 'ucs2', 2],
  ] as const)('%s is written in what it takes, and counted so', async (_, settings, text, encoding, segments) => {
    const desk = await aDesk({ carriers: [{ name: 'aurora', settings }] })

    const id = await send(desk, { ...aNotice(1), text })

    expect(await desk.reaches(id)).toMatchObject({ state: 'delivered', encoding, segments, text })
    expect(await desk.texts(aNumber)).toMatchObject([{ text, segments }])
    expect(desk.simulator.carrier('aurora').counts.submitted).toBe(segments)
  })

  test.each(['udh8', 'udh16', 'sar', 'payload'] as const)('long ones in the form %s', async longTexts => {
    const desk = await aDesk({ carriers: [{ name: 'aurora', settings: { longTexts } }] })
    const text = 'A long notice, told in full, so that it needs more than one part. '.repeat(6)

    const id = await send(desk, { ...aNotice(1), text })

    const parts = longTexts === 'payload' ? 1 : 3
    expect(await desk.reaches(id)).toMatchObject({ state: 'delivered', text })
    expect((await desk.texts(aNumber)).map(({ text }) => text)).toEqual([text])
    expect(desk.simulator.carrier('aurora').counts.submitted).toBe(parts)
  })
})

// Once more where it fails: what left in time comes bunched to a machine that is busy, and the carrier counts what comes.
test.runIf(on === 'postgres')('two processes share what a carrier allows in a second', { retry: 2 }, async () => {
  const perSecond = 20
  const desk = await aDesk({ carriers: [{ name: 'aurora', knobs: { perSecond }, settings: { perSecond } }] })
  const other = await desk.another()
  const sent = { here: 0, there: 0 }
  for (const [where, { events }] of [['here', desk.usher] as const, ['there', other] as const])
    events.on('carrier.answered', list => {
      sent[where] += list.length
    })
  // Each has said that it is bound, and has heard the other since.
  const told = () =>
    rowsOf<{ process: string; at: Date }>(
      desk,
      sql`select process, seen_at as at from carrier_watch where (value->>'isUp')::boolean order by process`,
    )
  const both = await until('both are bound', 20_000, async () => {
    const rows = await told()
    return rows.length === 2 && rows
  })
  await until('both have heard it', 20_000, async () =>
    (await told()).every(({ at }, i) => at.getTime() > both[i]!.at.getTime() + 1_500),
  )

  const ids = await sendAll(
    desk,
    Array.from({ length: 80 }, (_, n) => anOffer(n)),
  )

  // Each hears of its own alone.
  await until('all are delivered', 40_000, async () => {
    const rows = await rowsOf(desk, sql`select id from message where state = 'delivered'`)
    return rows.length === ids.length
  })
  expect(timesTaken(desk)).toEqual(once(80))
  expect(desk.simulator.carrier('aurora').counts).toMatchObject({ overLimit: 0, throttled: 0 })
  expect(Math.min(sent.here, sent.there)).toBeGreaterThan(20)
})

test.runIf(on === 'postgres')(
  'another process follows the line, and what it sees of a carrier counts for all',
  async () => {
    const carriers: DeskCarrier[] = [...two(), { name: 'cirrus', isSpare: true }]
    const desk = await aDesk({ carriers })
    const other = await desk.another()
    const admin = await operating(desk)
    const bound = () => other.channels().flatMap(({ name, isUp }) => (isUp ? [name] : []))
    await until('it is bound', 20_000, () => bound().length === 2)

    await admin.put(carriers[2]!)
    await admin.route('boreal', 'cirrus')
    await admin.remove('aurora')
    await until('it is bound to the new one', 20_000, () => bound().sort().join() === 'boreal,cirrus')

    // As if all that it sent had been refused; here nothing was sent.
    other.events.emit(
      'carrier.answered',
      Array(20).fill({
        ...{ channel: 'cirrus', country: 'GB', means: 'later', status: 'ESME_RSYSERR', parts: 1, ms: 5, micros: 0 },
      }),
    )
    const seen = await until('what it saw is known here', 20_000, async () => {
      const { health } = await shareOf(desk, 'cirrus')
      return health.factor < 0.1 && health
    })
    expect(seen).toMatchObject({ country: 'GB', taken: 0, reason: expect.stringMatching(/It took only 0 %/) })
  },
)

describe('receipts', () => {
  const dialects = ['standard', 'seconds', 'century', 'lowerCase', 'upperCase', 'short', 'spaced'] as const
  const hex = { answerIds: 'hexadecimal', receiptIds: 'decimal' }
  test.each<[string, Partial<Knobs>, object?]>([
    ...dialects.map((receiptDialect): [string, Partial<Knobs>] => [
      `in the dialect ${receiptDialect}`,
      { receiptForm: 'text', receiptDialect },
    ]),
    ['in parameters alone', { receiptForm: 'tlv' }],
    ['with a word before the last', { intermediate: 1 }],
    ['before the answer', { receiptEarly: 1, answerDelayMs: 50 }],
    ['before the answer, with a word before the last', { receiptEarly: 1, intermediate: 1 }],
    ['twice', { receiptTwice: 1 }],
    ['in any order', { outOfOrder: true, receiptDelayMs: 5 }],
    ['with a decimal id for a hexadecimal one', { idForm: 'hexadecimal', receiptIdForm: 'decimal' }, hex],
    [
      'with a hexadecimal id for a decimal one',
      { receiptIdForm: 'hexadecimal' },
      { answerIds: 'decimal', receiptIds: 'hexadecimal' },
    ],
    ['with zeros before the id', { receiptIdForm: 'zeros' }, { answerIds: 'decimal', receiptIds: 'decimal' }],
    [
      'with capital letters in the id',
      { idForm: 'hexadecimal', receiptIdForm: 'upperCase' },
      { answerIds: 'hexadecimal', receiptIds: 'hexadecimal' },
    ],
    [
      'with capital letters in an id that is no number',
      { idForm: 'uuid', receiptIdForm: 'upperCase' },
      { answerIds: 'hexadecimal', receiptIds: 'hexadecimal' },
    ],
    ['all of it at once', { receiptTwice: 1, receiptEarly: 0.5, intermediate: 0.5, outOfOrder: true }],
  ])('%s find their texts', async (_, knobs, settings = {}) => {
    const carriers = [{ name: 'aurora', knobs, settings: settings as Record<string, unknown> }]
    const desk = await aDesk({ carriers })
    const long = { ...aNotice(0), text: `A long notice. ${'All of it. '.repeat(20)}` }
    const dead = { subscriber: 'sub-dead', purpose: 'account.payment', text: 'Nobody there.' }
    await desk.subscriber({ id: 'sub-dead', number: '+447700900666' })
    turn(desk, 'aurora', { ranges: [{ prefix: '+447700900666', dead: true }] })

    const [failed, ...ids] = await sendAll(desk, [dead, long, ...ofEachLane(1)])

    await delivered(desk, ids)
    expect(await desk.reaches(failed!)).toMatchObject({ state: 'undeliverable' })
    // Those that came before their text was known are matched within a second or two.
    await until('no receipt is left', 20_000, async () => {
      return (await rowsOf(desk, sql`select id from parked_receipt`)).length === 0
    })
  })

  test('that do not come leave a text unconfirmed; one that comes after all corrects it', async () => {
    const desk = await aDesk({ carriers: two() })
    desk.simulator.handsets.turn(aNumber, 'off')
    const ids = await sendAll(desk, [{ ...aCode(1), ...byAurora }, aNotice(1)])
    await Promise.all(ids.map(id => desk.reaches(id, 'submitted')))

    later(desk, 26 * 3_600)

    for (const message of await ends(desk, ids))
      expect(message).toMatchObject({ state: 'unconfirmed', reason: 'no_receipt' })
    desk.simulator.handsets.turn(aNumber, 'on')
    await Promise.all(ids.map(id => desk.reaches(id, 'delivered')))
    expect(timesTaken(desk)).toEqual(once(2))
  })
})

describe('a text from a handset', () => {
  const words = 'I never got the last episode, and my brother did; what is wrong with my account? '
  const texts: [string, string][] = [
    ['a short one', 'Thanks!'],
    ['a long one', words.repeat(4)],
    ['a long one in Latin-1', `Où est l'épisode? À bientôt, ça ira. `.repeat(6)],
    ['a long one in UCS-2', `もう終わりですか？🎬 `.repeat(12)],
  ]
  test.each(
    (['udh8', 'udh16', 'sar', 'payload'] as const).flatMap(form =>
      (['auto', 'latin1', 'ucs2'] as const).map(coding => [form, coding] as const),
    ),
  )('in the form %s and the coding %s comes whole, in whatever order', async (inboundForm, inboundCoding) => {
    const knobs = { inboundForm, inboundCoding, inboundShuffled: true }
    const desk = await aDesk({ carriers: [{ name: 'aurora', knobs }] })

    for (const [, text] of texts) await desk.reply(aNumber, '67743', text)

    const heard = await desk.heard(texts.length)
    expect(heard.map(({ text }) => text).reverse()).toEqual(texts.map(([, text]) => text))
    expect(new Set(heard.map(({ subscriber }) => subscriber))).toEqual(new Set(['sub-1']))
  })

  test.each([
    ['udh8', 'Aboneliğiniz neden iptal edildi? Şimdi nasıl giriş yapacağım? '.repeat(4)],
    ['sar', 'Aboneliğiniz neden iptal edildi? '.repeat(8)],
    ['udh16', 'Şifre'],
  ] as const)('in letters of its own language, in the form %s, is read as it was written', async (form, text) => {
    const { desk, deliver } = await deliveringDesk()
    const { segments, dataCoding } = segment(text, { reference: 300, form, national: ['turkish'] })

    for (const { octets, udh, tlvs } of segments.toReversed())
      await deliver({ esm_class: udh ? 0x40 : 0, data_coding: dataCoding, short_message: octets, tlvs: { ...tlvs } })

    expect(await desk.heard()).toMatchObject([{ text, subscriber: 'sub-1' }])
  })

  test('that stays incomplete is had without what is missing; what comes late is a text of its own, and a repeat none', async () => {
    const { desk, deliver } = await deliveringDesk()
    const parts = ['This is the first part, ', 'this the second, ', 'and this STOP.'].map((text, i) => ({
      ...{ esm_class: 0x40, data_coding: 3 },
      short_message: Buffer.concat([Uint8Array.of(5, 0, 3, 77, 3, i + 1), Buffer.from(text, 'latin1')]),
    }))
    await deliver(parts[2]!)
    await deliver(parts[0]!)

    later(desk, 170)
    await desk.usher.inbox.sweep()
    expect((await desk.ask('GET', '/v1/inbound')).body).toMatchObject({ items: [] })
    later(desk, 20)
    await desk.usher.inbox.sweep()

    expect(await desk.heard()).toMatchObject([
      { text: 'This is the first part, …and this STOP.', subscriber: 'sub-1', to: '67743' },
    ])
    await deliver(parts[0]!)
    later(desk, 200)
    await desk.usher.inbox.sweep()
    expect(await desk.heard()).toHaveLength(1)
    await deliver(parts[1]!)
    later(desk, 200)
    await desk.usher.inbox.sweep()
    expect((await desk.heard(2)).map(({ text }) => text)).toEqual([
      '…this the second, ',
      'This is the first part, …and this STOP.',
    ])
  })

  test('of a number that two subscribers share is of whom the sender it answers wrote to last', async () => {
    const desk = await aDesk({ carriers: two() })
    await desk.subscriber({ id: 'sub-2', number: aNumber })
    await delivered(desk, await sendAll(desk, [{ ...aNotice(1), subscriber: 'sub-2' }]))
    await delivered(desk, await sendAll(desk, [aCode(1)]))

    await desk.reply(aNumber, '67743', 'To the one')
    await desk.reply(aNumber, '67744', 'To the other')

    const heard = (await desk.heard(2)).map(({ text, subscriber }) => ({ text, subscriber }))
    expect(heard.reverse()).toEqual([
      { text: 'To the one', subscriber: 'sub-2' },
      { text: 'To the other', subscriber: 'sub-1' },
    ])
  })

  /** A carrier that delivers what it is told to. */
  async function deliveringDesk() {
    let bound: (session: SmppSession) => void
    const session = new Promise<SmppSession>(resolve => {
      bound = resolve
    })
    const carrier = createSmppServer({ authenticate: () => 0, onSession: one => bound(one), onSubmit: () => undefined })
    const { port } = await carrier.listen(0)
    const settings = { binds: [{ host: '127.0.0.1', port }] }
    const desk = await testDesk({ carriers: [{ name: 'aurora', settings }] })
    await desk.subscriber({ number: aNumber })
    onTestFinished(() => carrier.close(0))
    const deliver = async (fields: object) => {
      const from = { source_addr_ton: 1, source_addr_npi: 1, source_addr: aNumber.slice(1) }
      const answer = await (await session).deliver({ ...from, destination_addr: '67743', ...fields })
      expect(answer).toMatchObject({ kind: 'answered', status: 0 })
    }
    return { desk, deliver }
  }
})

describe.each(['twilio', 'vonage', 'http'] as const)('by the HTTP carrier %s', speaks => {
  test('texts go out, receipts and replies come back', async () => {
    const desk = await aDesk({ carriers: [{ name: 'cirrus', speaks }] })
    const long = { ...aNotice(0), text: `もう終わりですか？ ${'長い文章 '.repeat(20)}` }
    await desk.subscriber({ id: 'sub-dead', number: '+447700900666' })
    turn(desk, 'cirrus', { ranges: [{ prefix: '+447700900666', dead: true }] })
    const dead = { subscriber: 'sub-dead', purpose: 'account.payment', text: 'Nobody there.' }

    const [failed, ...ids] = await sendAll(desk, [dead, long, ...ofEachLane(1)])

    await delivered(desk, ids)
    expect(await desk.reaches(failed!)).toMatchObject({ state: 'undeliverable' })
    await desk.reply(aNumber, '67743', 'STOP')
    expect(await desk.heard()).toMatchObject([{ text: 'STOP', keyword: 'stop', subscriber: 'sub-1' }])
    const answers = await until('STOP is answered', 20_000, () => {
      const texts = desk.simulator.handsets.find(aNumber).texts.filter(({ text }) => /ended/.test(text))
      return texts.length > 0 && texts
    })
    expect(answers).toHaveLength(1)
    expect((await desk.send(anOffer(9))).body).toMatchObject({ state: 'refused' })
  })

  test('what somebody else calls is refused and changes nothing', async () => {
    const desk = await aDesk({ carriers: [{ name: 'cirrus', speaks, knobs: { receiptMissing: 1 } }] })
    const id = await send(desk, aNotice(1))
    const { carrierMessageId } = await desk.reaches(id, 'submitted')
    const said = {
      twilio: { MessageSid: carrierMessageId, MessageStatus: 'delivered', Body: 'STOP', From: aNumber, To: '67743' },
      vonage: { message_uuid: carrierMessageId, status: 'delivered', text: 'STOP', from: aNumber, to: '67743' },
      http: { id: carrierMessageId, state: 'DELIVERED', text: 'STOP', from: aNumber, to: '67743' },
    }[speaks] as Record<string, string>
    const signatures: Record<string, string>[] = [
      { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
      { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJWb25hZ2UifQ.' },
      { 'x-signature': `sha256=${'0'.repeat(64)}` },
    ]

    for (const kind of ['status', 'inbound'])
      for (const signature of signatures) {
        const asForm = speaks === 'twilio'
        const body = asForm ? new URLSearchParams(said).toString() : JSON.stringify(said)
        const answer = await desk.ask('POST', `/carriers/cirrus/${kind}`, body, {
          ...{ 'content-type': asForm ? 'application/x-www-form-urlencoded' : 'application/json', cookie: '' },
          ...signature,
        })
        // 503 where a call has no signature at all: its carrier would come again with one.
        expect([403, 503], JSON.stringify(answer.body)).toContain(answer.status)
      }

    expect(await desk.message(id)).toMatchObject({ state: 'submitted' })
    expect((await desk.ask('GET', '/v1/inbound')).body).toMatchObject({ items: [] })
    await delivered(desk, []) // and the line still works:
    turn(desk, 'cirrus', { receiptMissing: 0 })
    expect(await desk.reaches(await send(desk, aCode(1)))).toMatchObject({ state: 'delivered' })
  })
})
