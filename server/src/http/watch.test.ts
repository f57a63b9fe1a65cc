import type { Carrier, Live, Settings } from '@usher/contract/live'
import type { Acceptance } from '@usher/contract/message'
import type { ApiKey, AuditLine } from '@usher/contract/operator'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { aNumber, type Desk, type DeskOperator, testDesk } from '../desk.ts'
import { eventBus } from '../events.ts'
import { linkDomains } from '../message/link-domains.ts'
import { DatabaseAway } from '../store/database.ts'
import { liveStream } from './stream.ts'

const aCode = {
  ...{ subscriber: 'sub-1', purpose: 'code.sign_in', template: 'code.sign_in' },
  data: { code: '482913', minutes: 10 },
}
const anOffer = { subscriber: 'sub-1', purpose: 'offer', text: 'Half price. Reply STOP to end' }

/** How long a loaded machine may take for what is under way. */
const patienceMs = 30_000

const liveOf = async (desk: Desk, minutes = 15) => (await desk.ask('GET', `/v1/live?minutes=${minutes}`)).body as Live
const carrierOf = async (desk: Desk) =>
  ((await desk.ask('GET', '/v1/carriers')).body as { items: Carrier[] }).items[0] as Carrier
const settingsOf = async (desk: Desk) => (await desk.ask('GET', '/v1/settings')).body as Settings
/** What was recorded of an action, newest first. */
const auditOf = async (desk: Desk, operator: DeskOperator, action: string) =>
  ((await desk.askAs(operator, 'GET', `/v1/audit?action=${action}`)).body as { items: AuditLine[] }).items

describe('the line as it runs', () => {
  test('is told up to now: what was sent, what was refused and why, what came back', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.subscriber({ id: 'sub-2', number: '+447700900124', consents: {} })

    await desk.send(aCode)
    await desk.send({ ...anOffer, subscriber: 'sub-2' })
    await desk.texts(aNumber)
    await desk.reply(aNumber, '67743', 'What a show')

    // The last receipt is under way.
    const live = await vi.waitFor(async () => {
      const live = await liveOf(desk)
      expect(live.receipts).toEqual([{ state: 'delivered', count: 1 }])
      return live
    }, patienceMs)
    expect(live).toMatchObject({ stepSeconds: 5, processes: 1, parked: 0 })
    expect(live.refusals).toEqual([{ reason: 'consent', purpose: 'offer', count: 1 }])
    expect(live.lanes.find(({ lane }) => lane === 'code')).toMatchObject({ submitted: 1, waiting: 0 })
    const total = (field: 'accepted' | 'refused' | 'submitted' | 'delivered' | 'failed' | 'inbound') =>
      live.steps.reduce((sofar, step) => sofar + step[field], 0)
    expect([total('accepted'), total('refused'), total('submitted')]).toEqual([1, 1, 1])
    expect([total('delivered'), total('failed'), total('inbound')]).toEqual([1, 0, 1])
    expect(Date.parse(live.now)).toBeGreaterThanOrEqual(Date.parse(live.steps.at(-1)!.at))
    expect(Date.parse(live.now)).toBeGreaterThan(Date.parse('2026-11-02T15:00:00Z'))
  })

  test('tells what waits for a carrier apart from what waits for its hour, until the clock is moved there', async () => {
    const desk = await testDesk({ now: '2026-11-02T23:00:00Z', knobs: { down: true } })
    await desk.subscriber()
    await desk.send(aCode)
    await desk.send({ ...anOffer, expiresAt: '2026-11-09T00:00:00Z' })
    const bulk = ({ lanes }: Live) => lanes.find(({ lane }) => lane === 'bulk')

    const evening = await liveOf(desk)
    desk.clock.moveTo(new Date('2026-11-03T09:30:00Z'))
    const morning = await liveOf(desk)

    expect(evening.lanes[0]).toMatchObject({ lane: 'code', waiting: 1, held: 0, submitted: 0, p50Ms: null })
    expect(evening.lanes[0]!.oldestSeconds).toBeGreaterThanOrEqual(0)
    expect(bulk(evening)).toMatchObject({ waiting: 0, held: 1, oldestSeconds: null })
    expect(bulk(morning)).toMatchObject({ waiting: 1, held: 0 })
    expect(bulk(morning)!.oldestSeconds).toBeGreaterThanOrEqual(1_800)
  })

  test('counts in the scrape what it counts on the page, from one look', async () => {
    const desk = await testDesk({ knobs: { down: true } })
    await desk.subscriber()
    await desk.send(aCode)

    const [live, metrics] = [await liveOf(desk), (await desk.ask('GET', '/metrics')).body as string]

    expect(live.lanes[0]!.waiting).toBe(1)
    expect(metrics).toContain('usher_jobs_waiting{channel="simulated",lane="code"} 1')
  })

  test('is remembered over a restart', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { id } = (await desk.send(aCode)).body as Acceptance
    await desk.reaches(id, 'delivered')

    await desk.restart()

    const live = await liveOf(desk)
    expect(live.steps.reduce((sofar, step) => sofar + step.accepted, 0)).toBe(1)
    expect(live.processes).toBe(2)
  })

  test('is not told for no minutes, or for a day', async () => {
    const desk = await testDesk()

    for (const minutes of [0, 1_440, 'many'])
      expect(await desk.ask('GET', `/v1/live?minutes=${minutes}`)).toMatchObject({ status: 422 })
  })
})

describe('the carriers', () => {
  test('show the bind as it is, and why it is not', async () => {
    const desk = await testDesk({ env: { USHER_SMPP_WINDOW: '40', USHER_SMPP_PER_SECOND: '25' } })

    const bound = await vi.waitFor(async () => {
      const carrier = await carrierOf(desk)
      expect(carrier.binds).toMatchObject([{ state: 'bound', reason: null }])
      return carrier
    }, patienceMs)
    expect(bound).toMatchObject({
      ...{ name: 'simulated', protocol: 'smpp', address: `127.0.0.1:${desk.simulator.smppPort}`, account: 'usher' },
      ...{ window: 40, perSecond: 25, inFlight: 0, slowedUntil: null },
    })

    desk.simulator.turn({ answerDelayMs: 60_000 })
    await desk.subscriber()
    await desk.send(aCode)
    await desk.texts(aNumber)
    expect(await carrierOf(desk)).toMatchObject({ inFlight: 1 })

    desk.simulator.turn({ down: true })

    await vi.waitFor(async () => {
      const [bind] = (await carrierOf(desk)).binds
      expect(bind!.state).not.toBe('bound')
      expect(bind!.reason).not.toBeNull()
      expect(Date.parse(bind!.since)).toBeGreaterThanOrEqual(Date.parse(bound.binds[0]!.since))
    }, patienceMs)
  })
})

describe('the link domains', () => {
  const link = (domain: string) => ({ text: `See https://${domain}/x`, purpose: 'reply.support' })
  const isRefused = async (desk: Desk, domain: string) => {
    const { body } = await desk.ask('POST', '/v1/messages/preview', link(domain))
    return (body as { findings: { rule: string }[] }).findings.some(({ rule }) => rule === 'foreign_link')
  }

  test('that an administrator sets hold at once, for previews and for texts, and after a restart', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const ada = await desk.operator('administrator')
    expect(await isRefused(desk, 'films.example')).toBe(true)

    const put = await desk.askAs(ada, 'PUT', '/v1/settings/link-domains', {
      domains: ['orpheum.example', 'o.orpheum.example', 'Films.example', 'films.example', '.cdn.example'],
    })

    const after = ['orpheum.example', 'o.orpheum.example', 'films.example', '.cdn.example']
    expect(put).toMatchObject({ status: 200, body: { domains: after } })
    expect(await isRefused(desk, 'films.example')).toBe(false)
    expect(await isRefused(desk, 'a.cdn.example')).toBe(false)
    expect(await isRefused(desk, 'go.orpheum.example')).toBe(true)
    const sent = await desk.send({ ...link('go.orpheum.example'), subscriber: 'sub-1' })
    expect(sent.body).toMatchObject({ state: 'refused', reasons: [{ rule: 'guard' }] })
    await desk.restart()
    expect((await settingsOf(desk)).linkDomains).toEqual(after)
    expect(await auditOf(desk, ada, 'link_domains.changed')).toMatchObject([
      { operator: { id: ada.id }, detail: { before: ['orpheum.example', '.orpheum.example'], after } },
    ])
  })

  test('that another process set hold here within moments', async () => {
    const desk = await testDesk()
    const ada = await desk.operator('administrator')
    const other = await linkDomains(desk.usher.db, eventBus(), desk.config.linkDomains, desk.config)
    onTestFinished(() => other.stop())

    const domains = ['orpheum.example', 'o.orpheum.example', 'films.example']
    await desk.askAs(ada, 'PUT', '/v1/settings/link-domains', { domains })

    await vi.waitFor(() => expect(other.current()).toEqual(domains), patienceMs)
  })

  test('can not lose what Usher links to itself', async () => {
    const desk = await testDesk({
      env: {
        USHER_CONTACT: 'https://help.orpheum.example/now',
        USHER_LINK_DOMAINS: 'orpheum.example,.orpheum.example',
      },
    })
    const ada = await desk.operator('administrator')
    const put = (...domains: string[]) => desk.askAs(ada, 'PUT', '/v1/settings/link-domains', { domains })

    const answer = await put('orpheum.example')

    expect(answer).toMatchObject({ status: 422, body: { code: 'own_domain_missing' } })
    expect((answer.body as { detail: string }).detail).toContain('help.orpheum.example')
    expect((answer.body as { detail: string }).detail).toContain('o.orpheum.example')
    expect((await settingsOf(desk)).ownDomains).toEqual([
      'orpheum.example',
      'help.orpheum.example',
      'o.orpheum.example',
    ])
    expect(await auditOf(desk, ada, 'link_domains.changed')).toEqual([])
    expect(await put('orpheum.example', '.orpheum.example')).toMatchObject({ status: 200 })
  })

  test.each([['https://orpheum.example'], ['orpheum'], ['*.orpheum.example'], ['orpheum.example/x'], ['a b.example']])(
    'are domains: %s is none',
    async domain => {
      const desk = await testDesk()
      const ada = await desk.operator('administrator')

      const answer = await desk.askAs(ada, 'PUT', '/v1/settings/link-domains', { domains: ['orpheum.example', domain] })

      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    },
  )

  test('of a list that nobody can read are those that Usher needs, and no other', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.usher.db.script(`insert into setting (name, value) values ('link_domains', '"orpheum.example"')`)

    await desk.restart()

    expect((await settingsOf(desk)).linkDomains).toEqual(['orpheum.example', 'o.orpheum.example'])
    expect((await desk.send(aCode)).body).toMatchObject({ state: 'queued' })
  })
})

describe('the settings', () => {
  test('say what this Usher is set to, and no secret', async () => {
    const desk = await testDesk()

    const settings = await settingsOf(desk)

    expect(settings).toMatchObject({
      ...{ service: 'Orpheum', serviceHost: 'orpheum.example', contact: 'orpheum.example/help', isDemo: true },
      ...{ senders: { main: '67743', security: '67744' }, currency: 'USD', life: { isOn: false } },
      linkDomains: ['orpheum.example', '.orpheum.example'],
      ownDomains: ['orpheum.example', 'o.orpheum.example'],
    })
    expect(settings.clock.aheadMs).toBe(Math.round(desk.clock.aheadMs))
    expect(JSON.stringify(settings)).not.toContain('demo"')
  })
})

describe('the keys', () => {
  test('are made, seen once, listed without their secret and revoked, and all of it is recorded', async () => {
    const desk = await testDesk()
    const ada = await desk.operator('administrator')

    const made = await desk.askAs(ada, 'POST', '/v1/keys', { name: 'Billing', scopes: ['messages:read'] })

    expect(made.status).toBe(201)
    expect(made.headers.get('cache-control')).toBe('no-store')
    const { id, key } = made.body as { id: string; key: string }
    const asked = (path: string) => desk.ask('GET', path, undefined, { authorization: `Bearer ${key}` })
    expect((await asked('/v1/messages')).status).toBe(200)
    expect((await asked('/v1/templates')).status).toBe(403)
    const list = (await desk.askAs(ada, 'GET', '/v1/keys')).body as { items: ApiKey[] }
    expect(list.items.find(one => one.id === id)).toMatchObject({
      ...{ name: 'Billing', scopes: ['messages:read'], revokedAt: null },
    })
    expect(JSON.stringify(list)).not.toContain(key.split('_')[2])

    expect((await desk.askAs(ada, 'DELETE', `/v1/keys/${id}`)).status).toBe(204)

    await vi.waitFor(async () => expect((await asked('/v1/messages')).status).toBe(401), patienceMs)
    expect(await desk.askAs(ada, 'DELETE', `/v1/keys/${id}`)).toMatchObject({
      ...{ status: 404, body: { code: 'unknown_key' } },
    })
    const [created] = await auditOf(desk, ada, 'key.created')
    expect(created).toMatchObject({ subject: id, operator: { id: ada.id }, detail: { name: 'Billing' } })
    expect(JSON.stringify(created)).not.toContain(key.split('_')[2])
    expect(await auditOf(desk, ada, 'key.revoked')).toMatchObject([{ subject: id, operator: { id: ada.id } }])
  })

  test('can not be given what only people hold', async () => {
    const desk = await testDesk()
    const ada = await desk.operator('administrator')

    for (const scopes of [['keys:write'], ['numbers:reveal', 'messages:read'], []])
      expect(await desk.askAs(ada, 'POST', '/v1/keys', { name: 'x', scopes })).toMatchObject({ status: 422 })
  })
})

describe("the demo's endpoints", () => {
  test('turn the knobs of the simulated carrier, and say what can not be turned', async () => {
    const desk = await testDesk()
    const ada = await desk.operator('administrator')
    const put = (knobs: object) => desk.askAs(ada, 'PUT', '/v1/demo/knobs', knobs)

    const turned = await put({ answerDelayMs: 20, reject: 0.5 })

    expect(turned).toMatchObject({ status: 200, body: { answerDelayMs: 20, reject: 0.5, down: false } })
    expect(desk.simulator.knobs).toMatchObject({ answerDelayMs: 20, reject: 0.5 })
    expect((await desk.ask('GET', '/v1/demo/knobs')).body).toEqual(turned.body)
    expect(await put({ reject: 2, colour: 'red' })).toMatchObject({
      status: 422,
      body: {
        code: 'wrong_knob',
        errors: [{ at: 'body.reject', detail: 'reject must be a probability from 0 to 1' }, { at: 'body.colour' }],
      },
    })
    expect(desk.simulator.knobs.reject).toBe(0.5)
    expect(await auditOf(desk, ada, 'knobs.turned')).toMatchObject([{ detail: { answerDelayMs: 20, reject: 0.5 } }])
  })

  test('say that the simulated carrier is away', async () => {
    const desk = await testDesk()
    await desk.simulator.stop()

    expect(await desk.ask('GET', '/v1/demo/knobs')).toMatchObject({ status: 503, body: { code: 'carrier_away' } })
  })

  test('move the clock ahead, not back, for good, and record who did', async () => {
    const desk = await testDesk()
    const ada = await desk.operator('administrator')
    const move = (body: object) => desk.askAs(ada, 'POST', '/v1/demo/clock', body)

    const moved = await move({ to: '2026-11-03T09:00:00Z' })

    expect(moved.status).toBe(200)
    expect((moved.body as { now: string }).now).toMatch(/^2026-11-03T09:00:0/)
    expect(await move({ byMinutes: 60 })).toMatchObject({ status: 200 })
    expect(desk.clock.now().toISOString()).toMatch(/^2026-11-03T10:00:/)
    expect(await move({ to: '2026-11-03T09:30:00Z' })).toMatchObject({
      status: 422,
      body: { code: 'clock_goes_ahead' },
    })
    expect(await move({ byMinutes: -5 })).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    const lines = await auditOf(desk, ada, 'clock.moved')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatchObject({ operator: { id: ada.id } })
    expect((await settingsOf(desk)).clock.aheadMs).toBe(Math.round(desk.clock.aheadMs))
  })

  test('move the clock, and each text on a phone keeps the time that it had when the text came', async () => {
    const desk = await testDesk()
    const began = desk.clock.now().getTime()
    await desk.subscriber()
    await desk.send(aCode)
    await desk.texts(aNumber, 1)

    await desk.ask('POST', '/demo/clock', { byMinutes: 7 * 24 * 60 })
    await desk.send(aCode)
    const [first] = await desk.texts(aNumber, 2)

    const page = await fetch(`${desk.usher.url}/phone/${aNumber.slice(1)}?at=from:${first!.originator}`)
    const times = [...(await page.text()).matchAll(/<time datetime="([^"]+)"/g)].map(([, time]) => Date.parse(time!))
    const days = new Set(times.map(time => Math.round((time - began) / 86_400_000)))
    expect([...days].sort()).toEqual([0, 7])
  })

  test('move the clock from the phone as well, with a body of a few words', async () => {
    const desk = await testDesk()

    expect(await desk.ask('POST', '/demo/clock', { byMinutes: 10 })).toMatchObject({ status: 200 })
    expect(await desk.ask('POST', '/demo/clock', { byMinutes: 10, words: 'x'.repeat(20_000) })).toMatchObject({
      ...{ status: 413, body: { code: 'too_large' } },
    })
    expect(await desk.ask('POST', '/demo/clock', '{', { 'content-type': 'application/json' })).toMatchObject({
      ...{ status: 422, body: { code: 'invalid_request' } },
    })
  })

  test('switch the background on and off, for the next start too', async () => {
    const desk = await testDesk()
    const ada = await desk.operator('administrator')

    expect(await desk.askAs(ada, 'PUT', '/v1/demo/life', { isOn: true })).toMatchObject({
      ...{ status: 200, body: { isOn: true } },
    })
    expect((await settingsOf(desk)).life).toEqual({ isOn: true })
    await desk.askAs(ada, 'PUT', '/v1/demo/life', { isOn: false })
    await desk.restart()

    expect((await settingsOf(desk)).life).toEqual({ isOn: false })
    expect(await auditOf(desk, ada, 'life.switched')).toMatchObject([
      { detail: { isOn: false } },
      { detail: { isOn: true } },
    ])
  })
})

describe('the stream', () => {
  /** Lets its beats come at once: only intervals that begin inside are hurried. */
  const hurried = async (work: (beat: () => void) => Promise<void>) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      await work(() => vi.advanceTimersByTime(15_000))
    } finally {
      vi.useRealTimers()
    }
  }

  test('goes on beat by beat while its watcher may watch, and while nobody can say', async () => {
    await hurried(async beat => {
      const answers = [async () => true, () => Promise.reject(new DatabaseAway('away')), async () => false]
      const stream = liveStream(eventBus(), new AbortController().signal, () => answers.shift()!())
      const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
      expect((await reader.read()).value).toMatch(/connected/)

      for (let i = 0; i < 2; i++) {
        beat()
        expect((await reader.read()).value).toMatch(/still here/)
      }
      beat()

      expect(await reader.read()).toMatchObject({ done: true })
    })
  })

  test.each(['a key that was revoked', 'a session that ended'])('of %s ends', async whose => {
    const desk = await testDesk()
    const ada = await desk.operator('administrator')
    const made = await desk.askAs(ada, 'POST', '/v1/keys', { name: 'Wall screen', scopes: ['stream:read'] })
    const { id, key } = made.body as { id: string; key: string }
    const isKey = whose.startsWith('a key')
    await hurried(async beat => {
      const stream = await fetch(`${desk.usher.url}/v1/stream`, {
        headers: isKey ? { authorization: `Bearer ${key}` } : { cookie: ada.cookie, accept: 'text/event-stream' },
      })
      const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
      expect((await reader.read()).value).toMatch(/connected/)
      beat()
      expect((await reader.read()).value).toMatch(/still here/)

      if (isKey) await desk.askAs(ada, 'DELETE', `/v1/keys/${id}`)
      else await desk.askAs(ada, 'DELETE', '/v1/session')

      // A key is known for two seconds more: each beat is answered, by a sign of life or by the end.
      for (;;) {
        beat()
        const { done } = await reader.read()
        if (done) break
      }
    })
  })
})
