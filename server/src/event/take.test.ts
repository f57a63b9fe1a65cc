// Events as they really come: twice, late, out of order, from the future, about people nobody here knows, broken, or huge.

import { gzipSync } from 'node:zlib'
import type { BadEvent, EventVerdict, EventVerdicts, TakenEvent } from '@usher/contract/event'
import type { Problem } from '@usher/contract/problem'
import type { Subscriber } from '@usher/contract/subscriber'
import { describe, expect, test } from 'vitest'
import { aNumber, type Desk, rowsOf, testDesk } from '../desk.ts'
import type { Events } from '../events.ts'
import { createKey } from '../http/auth.ts'
import { readText } from '../http/lines.ts'
import { sql } from '../store/sql.ts'

const structured = { 'content-type': 'application/cloudevents+json' }
const batched = { 'content-type': 'application/cloudevents-batch+json' }
let last = 0
const anEvent = (rest: Record<string, unknown> = {}) => ({
  specversion: '1.0',
  id: `e-${++last}`,
  source: '/test',
  type: 'com.usher.view.started',
  subject: 'sub-1',
  data: { title: 'metropolis' },
  ...rest,
})
const changed = (data: object, rest: Record<string, unknown> = {}) =>
  anEvent({ type: 'com.usher.subscriber.changed', data, ...rest })

interface Posted<T> {
  status: number
  headers: Headers
  body: T
}
const post = (desk: Desk, event: unknown, headers: Record<string, string> = structured) =>
  desk.ask('POST', '/v1/events', JSON.stringify(event), headers) as Promise<Posted<EventVerdicts>>
const postAll = (desk: Desk, events: readonly unknown[]) => post(desk, events, batched)
const refused = async (desk: Desk, event: unknown): Promise<Problem> => {
  const answer = await post(desk, event)
  expect(answer.status).toBe(422)
  return answer.body as unknown as Problem
}
const taken = async (desk: Desk, query = ''): Promise<TakenEvent[]> =>
  ((await desk.ask('GET', `/v1/events?limit=500${query}`)).body as { items: TakenEvent[] }).items
const bad = async (desk: Desk, query = ''): Promise<BadEvent[]> =>
  ((await desk.ask('GET', `/v1/bad-events?limit=500${query}`)).body as { items: BadEvent[] }).items
const subscriber = async (desk: Desk, id: string) => (await desk.ask('GET', `/v1/subscribers/${id}`)).body as Subscriber
const kinds = ({ events }: EventVerdicts) => events.map(({ verdict }) => verdict)
const after = (desk: Desk, minutes: number) => new Date(desk.clock.now().getTime() + minutes * 60_000).toISOString()

describe('an event', () => {
  test('is stored, told after that, and read back as it came', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const told: Events['event.taken'] = []
    desk.usher.events.on('event.taken', list => void told.push(...list))
    const event = anEvent({
      time: '2026-11-02T14:55:00+01:00',
      data: { title: 'metropolis', atSeconds: 0, mood: 'blue' },
    })

    const { status, body } = await post(desk, event)

    expect(status).toBe(202)
    expect(body).toMatchObject({ taken: 1, unknown: 0, repeated: 0, bad: 0 })
    const { id } = body.events[0]!
    expect(body.events).toEqual([{ verdict: 'taken', id, source: '/test', eventId: event.id }])
    expect(told).toMatchObject([{ id, type: event.type, isKnown: true, subject: 'sub-1' }])
    expect((await desk.ask('GET', `/v1/events/${id}`)).body).toMatchObject({
      ...{ id, source: '/test', eventId: event.id, type: event.type, isKnownType: true, door: 'cloudevents' },
      ...{ subject: 'sub-1', isKnownSubscriber: true, at: '2026-11-02T13:55:00.000Z', data: event.data },
    })
    expect(await taken(desk)).toMatchObject([{ id, data: event.data }])
  })

  test('is at rest sealed, whoever it is about', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const [known, unknown] = ['Nosferatu in the sealed room', 'Vampyr in the sealed room']

    await postAll(desk, [
      anEvent({ data: { title: known } }),
      anEvent({ subject: 'nobody', data: { title: unknown } }),
      anEvent({ data: { title: 7, word: 'Faust in the sealed room' } }),
    ])

    const rows = await rowsOf<{ line: string }>(
      desk,
      sql`select event::text as line from event union all select bad_event::text from bad_event`,
    )
    expect(rows).toHaveLength(3)
    for (const { line } of rows) {
      expect(line).not.toContain('sealed room')
      expect(line).not.toContain(Buffer.from('sealed room').toString('hex'))
    }
    for (const [subject, title] of Object.entries({ 'sub-1': known, nobody: unknown }))
      expect(await taken(desk, `&subject=${subject}`)).toMatchObject([{ data: { title } }])
  })

  test.each([
    ['in one batch', async (desk: Desk, event: object) => kinds((await postAll(desk, [event, event, event])).body)],
    [
      'over parallel requests',
      async (desk: Desk, event: object) =>
        (await Promise.all([post(desk, event), post(desk, event), postAll(desk, [event])])).flatMap(({ body }) =>
          kinds(body),
        ),
    ],
    [
      'one after the other, over a restart',
      async (desk: Desk, event: object) => {
        const first = kinds((await post(desk, event)).body)
        await desk.restart()
        return [...first, ...kinds((await post(desk, event)).body), ...kinds((await post(desk, event)).body)]
      },
    ],
  ])('that comes again is taken once: %s', async (_, thrice) => {
    const desk = await testDesk()
    const event = anEvent()
    const told: string[] = []
    desk.usher.events.on('event.taken', list => void told.push(...list.map(({ id }) => id)))

    const verdicts = await thrice(desk, event)

    expect(verdicts.sort()).toEqual(['repeated', 'repeated', 'taken'])
    const [stored, ...others] = await taken(desk)
    expect(others).toEqual([])
    expect((await post(desk, event)).body.events).toEqual([
      { verdict: 'repeated', id: stored!.id, source: '/test', eventId: event.id },
    ])
    expect(told.length).toBeLessThan(2)
  })

  test('is another one under the same id of another source', async () => {
    const desk = await testDesk()
    const event = anEvent()

    const { body } = await postAll(desk, [event, { ...event, source: '/other' }])

    expect(body.taken).toBe(2)
  })

  test('of the past is taken late; of the next minutes too; of later it is bad', async () => {
    const desk = await testDesk()

    const { body } = await postAll(desk, [
      anEvent({ time: '1999-12-31T23:59:59Z' }),
      anEvent({ time: after(desk, 9) }),
      anEvent({ time: after(desk, 11) }),
      anEvent({ time: '9999-01-01T00:00:00Z' }),
      anEvent({ time: 'yesterday' }),
    ])

    expect(kinds(body)).toEqual(['taken', 'taken', 'bad', 'bad', 'bad'])
    expect(body.events.map(({ problem }) => problem?.code)).toEqual([
      undefined,
      undefined,
      'from_the_future',
      'invalid_event',
      'invalid_event',
    ])
  })

  test('of wall time is of the past where the clock was moved ahead, and taken', async () => {
    const desk = await testDesk()
    const before = desk.clock.now()
    desk.clock.moveTo(new Date(before.getTime() + 5 * 24 * 3_600_000))

    const { body } = await post(desk, anEvent({ time: before.toISOString() }))

    expect(body.taken).toBe(1)
  })

  test('about somebody unknown is taken, and so is one about a title', async () => {
    const desk = await testDesk()
    await desk.subscriber({ id: 'metropolis' })

    const { body } = await postAll(desk, [
      anEvent({ subject: 'who-is-that' }),
      anEvent({ type: 'com.usher.title.leaving', subject: 'metropolis', data: { leavesAt: '2026-12-01T00:00:00Z' } }),
      anEvent({ subject: undefined }),
    ])

    expect(kinds(body)).toEqual(['taken', 'taken', 'bad'])
    expect(body.events[2]!.problem!.code).toBe('missing_subject')
    expect((await taken(desk)).map(({ subject, isKnownSubscriber }) => [subject, isKnownSubscriber]).sort()).toEqual([
      ['metropolis', false],
      ['who-is-that', false],
    ])
  })

  test('of an unknown type is kept and shown, whatever its data is', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const values = [{ a: 1 }, [1, 'two', null], 'text', 7, false, null]

    const { body } = await postAll(desk, [
      ...values.map(data => anEvent({ type: 'org.example.thing', data })),
      anEvent({ type: 'org.example.thing', data: undefined }),
    ])

    expect(body).toMatchObject({ unknown: 7, taken: 0, bad: 0 })
    const shown = await taken(desk, '&known=false')
    expect(shown.map(({ data }) => data).reverse()).toEqual([...values, null])
    expect(shown[1]).toMatchObject({ isKnownType: false, isKnownSubscriber: true })
    expect(await taken(desk, '&known=true')).toEqual([])
  })
})

describe('a bad event', () => {
  const cases: [string, unknown, string, string][] = [
    ['is no object', 42, 'invalid_event', ''],
    ['has no id', anEvent({ id: undefined }), 'invalid_event', 'id'],
    ['has an empty id', anEvent({ id: '' }), 'invalid_event', 'id'],
    ['has no source', anEvent({ source: undefined }), 'invalid_event', 'source'],
    ['has no type', anEvent({ type: undefined }), 'invalid_event', 'type'],
    ['has another version', anEvent({ specversion: '0.3' }), 'invalid_event', 'specversion'],
    ['has a NUL in its id', anEvent({ id: 'a\u0000b' }), 'invalid_event', 'id'],
    ['has half a character in its subject', anEvent({ subject: 'a\ud800' }), 'invalid_event', 'subject'],
    [
      'has a NUL deep in its data',
      anEvent({ data: { title: 'x', list: [{ word: 'a\u0000' }] } }),
      'invalid_data',
      'data.list.0.word',
    ],
    [
      'has half a character in a key',
      anEvent({ data: { title: 'x', more: { '\udfff': 1 } } }),
      'invalid_data',
      'data.more',
    ],
    ['has a NUL in an attribute that nobody reads', anEvent({ traceparent: '\u0000' }), 'invalid_event', 'traceparent'],
    ['has a name longer than an index can hold', anEvent({ id: '語'.repeat(500) }), 'invalid_event', 'id'],
    ['is XML', anEvent({ datacontenttype: 'application/xml', data: '<a/>' }), 'invalid_event', 'datacontenttype'],
    ['has base64 that is no JSON', anEvent({ data: undefined, data_base64: 'AAEC' }), 'invalid_event', 'data_base64'],
    ['has data of another shape', anEvent({ data: { title: 7 } }), 'invalid_data', 'data.title'],
    ['has no data where there must be some', anEvent({ data: undefined }), 'invalid_data', 'data.title'],
    ['has a list for data', anEvent({ data: ['metropolis'] }), 'invalid_data', 'data'],
    ['is larger than 64 kB', anEvent({ data: { title: 'x', blob: 'y'.repeat(64 * 1024) } }), 'too_large', ''],
  ]
  test('is told where it is wrong, and listed', async () => {
    const desk = await testDesk()

    for (const [what, event, reason, at] of cases) {
      const problem = await refused(desk, event)

      expect(problem, what).toMatchObject({
        code: 'bad_event',
        errors: expect.arrayContaining([expect.objectContaining({ at })]),
      })
      const [line] = await bad(desk)
      expect(problem.detail, what).toBe(`It is ${line!.id} on the list, as ${reason}.`)
      expect(line, what).toMatchObject({ state: 'open', reason, errors: problem.errors, times: 1, event: null })
    }

    expect(await bad(desk)).toHaveLength(cases.length)
    expect(await taken(desk)).toEqual([])
  })

  test('takes no good one with it in a batch, and all are answered in order', async () => {
    const desk = await testDesk()
    const told: Events['event.bad'] = []
    desk.usher.events.on('event.bad', list => void told.push(...list))
    const events = Array.from({ length: 300 }, (_, i) =>
      i % 3 === 1 ? anEvent({ data: {} }) : anEvent({ subject: `s-${i % 7}` }),
    )

    const { status, body } = await postAll(desk, [...events, null])

    expect(status).toBe(202)
    expect(body).toMatchObject({ taken: 200, bad: 101 })
    expect(body.events.slice(0, 300).map(({ eventId }) => eventId)).toEqual(events.map(({ id }) => id))
    expect(body.events[300]).toMatchObject({ verdict: 'bad', source: null, eventId: null })
    const lines = await bad(desk)
    expect(lines.map(({ id }) => id).sort()).toEqual(
      body.events.flatMap(({ verdict, id }) => (verdict === 'bad' ? id! : [])).sort(),
    )
    expect(told).toHaveLength(101)
  })

  test('that comes again is one line, which is counted and shows the last of them', async () => {
    const desk = await testDesk()
    const event = anEvent({ data: {} })

    const { body } = await postAll(desk, [event, { ...event, data: { title: 1 } }])
    const again = await post(desk, { ...event, data: { title: 2 } })

    expect(new Set(body.events.map(({ id }) => id)).size).toBe(1)
    expect(again.status).toBe(422)
    const [line, ...others] = await bad(desk)
    expect(others).toEqual([])
    expect(line).toMatchObject({ id: body.events[0]!.id, times: 3, eventId: event.id })
    expect((await desk.ask('GET', `/v1/bad-events/${line!.id}`)).body).toMatchObject({ event: { data: { title: 2 } } })
  })

  test('is mended by the sender, who sends it right', async () => {
    const desk = await testDesk()
    const event = anEvent({ data: {} })
    await refused(desk, event)

    const { body } = await postAll(desk, [{ ...event, data: { title: 'metropolis' } }, event])

    expect(kinds(body)).toEqual(['taken', 'repeated'])
    expect(await bad(desk)).toEqual([])
    expect(await bad(desk, '&state=mended')).toMatchObject([{ eventId: event.id, state: 'mended' }])
    expect(kinds((await post(desk, event)).body)).toEqual(['repeated'])
  })

  test('quotes nothing that may be a number: not in its problem, its line, or what is told', async () => {
    const desk = await testDesk()
    const told: unknown[] = []
    desk.usher.events.onAny((name, event) => void told.push([name, event]))
    const event = changed({
      number: '07700 900123',
      profile: { '+447700900123': 1 },
      consents: { '+447700900124': {} },
      zone: '+447700900125',
    })

    const problem = await refused(desk, event)

    const said = JSON.stringify([problem, await bad(desk), told])
    // The sentence itself shows how a number is written.
    expect(said.replaceAll(/for example \+447700900123/g, '')).not.toMatch(/7700.?90012/)
    expect(problem.errors!.length).toBeGreaterThan(1)
  })

  test('that is a megabyte of brackets is one bad event among good ones, and can be looked at', async () => {
    const desk = await testDesk()
    const levels = 250_000
    const brackets = `${'['.repeat(levels)}${']'.repeat(levels)}`
    const deep = JSON.stringify(anEvent({ data: { title: 'x', deep: 'HERE' } })).replace('"HERE"', brackets)
    const objects = JSON.stringify(anEvent({ data: { deep: 'HERE' } })).replace(
      '"HERE"',
      `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`,
    )

    const answer = (await desk.ask(
      'POST',
      '/v1/events',
      `[${JSON.stringify(anEvent())},${deep},${objects}]`,
      batched,
    )) as Posted<EventVerdicts>

    expect(kinds(answer.body)).toEqual(['taken', 'bad', 'bad'])
    for (const { id, problem } of answer.body.events.slice(1)) {
      expect(problem!.code).toBe('too_deep')
      const line = (await desk.ask('GET', `/v1/bad-events/${id}`)) as Posted<BadEvent>
      expect(line.body).toMatchObject({ type: 'com.usher.view.started', event: { subject: 'sub-1' } })
      expect(JSON.stringify(line.body)).toContain('…')
      expect((await desk.ask('POST', `/v1/bad-events/${id}/open`)).body).toEqual({ event: null })
      const replayed = (await desk.ask('POST', `/v1/bad-events/${id}/replay`, {})) as Posted<EventVerdict>
      expect(replayed.body).toMatchObject({ verdict: 'bad', problem: { code: 'too_deep' } })
    }
    // Nobody can be shown the rest, and to keep it would hold up everybody else.
    const rows = await rowsOf<{ bytes: number }>(desk, sql`select octet_length(body) as bytes from bad_event`)
    for (const { bytes } of rows) expect(bytes).toBeLessThan(4_096)
  })

  test('that is not too deep to be shown is kept whole, to be mended', async () => {
    const desk = await testDesk()
    const event = anEvent({
      data: { title: 'x', deep: JSON.parse(`${'['.repeat(198)}"at the bottom"${']'.repeat(198)}`) },
    })
    const { body } = await postAll(desk, [event])
    const id = body.events[0]!.id

    const opened = (await desk.ask('POST', `/v1/bad-events/${id}/open`)).body
    const mended = await desk.ask('POST', `/v1/bad-events/${id}/replay`, { event: { ...event, data: { title: 'x' } } })

    expect(opened).toEqual({ event })
    expect(mended.body).toMatchObject({ verdict: 'taken' })
  })

  test.each([
    ['32 levels are taken, 33 are not', 30, 'taken'],
    ['33 levels', 31, 'bad'],
  ])('by depth: %s', async (_, levels, verdict) => {
    const desk = await testDesk()
    const data = JSON.parse(`${'['.repeat(levels)}1${']'.repeat(levels)}`)

    const { body } = await postAll(desk, [anEvent({ data: { title: 'x', data } })])

    expect(kinds(body)).toEqual([verdict])
  })
})

describe('the events of one subscriber', () => {
  test('have ids in the order in which they were taken, over a request longer than a batch and over many', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const events = Array.from({ length: 900 }, (_, i) =>
      anEvent({ data: { title: 'x', n: i }, subject: i % 2 ? 'sub-1' : 'other' }),
    )
    const more = Array.from({ length: 20 }, (_, i) => anEvent({ data: { title: 'x', n: 900 + i } }))

    await postAll(desk, events)
    for (const event of more) await post(desk, event)

    for (const subject of ['sub-1', 'other']) {
      const shown = [...(await taken(desk, `&subject=${subject}`))]
      if (shown.length === 500) shown.push(...(await taken(desk, `&subject=${subject}&cursor=${shown.at(-1)!.id}`)))
      const numbers = shown.map(({ data }) => (data as { n: number }).n).reverse()
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
      expect(numbers).toHaveLength(subject === 'sub-1' ? 470 : 450)
    }
  })

  test('are all taken when many requests bring them at once', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        postAll(desk, [anEvent(), changed({ profile: { [`field_${i}`]: i } }), anEvent({ subject: `s-${i % 5}` })]),
      ),
    )

    expect(answers.flatMap(({ body }) => kinds(body))).toEqual(Array(180).fill('taken'))
    expect(Object.keys((await subscriber(desk, 'sub-1')).profile)).toHaveLength(60)
  })
})

describe('a change of a subscriber', () => {
  test('is merged: what is left out stays, and fields of the profile are added', async () => {
    const desk = await testDesk()
    await desk.subscriber({ region: 'GB', profile: { name: 'Rosa', plan: 'basic' } })

    await post(desk, changed({ locale: 'cy', profile: { plan: 'premium', since: 2026 } }))

    expect(await subscriber(desk, 'sub-1')).toMatchObject({
      ...{ number: '+44••••••••23', country: 'GB', locale: 'cy', zone: 'Europe/London', region: 'GB' },
      profile: { name: 'Rosa', plan: 'premium', since: 2026 },
      consents: { offers: { granted: true } },
    })
  })

  test('makes who is not there, whom the later events of the batch are about', async () => {
    const desk = await testDesk()

    const { body } = await postAll(desk, [
      changed({ number: aNumber, locale: 'en' }, { subject: 'new-1' }),
      anEvent({ subject: 'new-1' }),
      changed({ profile: { name: 'Rosa' } }, { subject: 'new-1' }),
    ])

    expect(kinds(body)).toEqual(['taken', 'taken', 'taken'])
    expect(await subscriber(desk, 'new-1')).toMatchObject({ number: '+44••••••••23', profile: { name: 'Rosa' } })
    expect((await taken(desk, '&subject=new-1')).map(({ isKnownSubscriber }) => isKnownSubscriber)).toEqual([
      true,
      true,
      true,
    ])
    const sent = await desk.send({
      subscriber: 'new-1',
      purpose: 'code.sign_in',
      template: 'code.sign_in',
      data: { code: '482913', minutes: 10 },
    })
    expect(sent.status).toBe(202)
    expect((await desk.texts(aNumber))[0]!.text).toContain('482913')
  })

  test('that comes late overrules nothing that happened after it', async () => {
    const desk = await testDesk()
    const [early, later] = [after(desk, 1), after(desk, 5)]
    const granted = (is: boolean, at: string) => ({ offers: { granted: is, at } })
    desk.clock.moveTo(new Date(later))

    await post(
      desk,
      changed(
        { number: '+447700900777', consents: granted(false, later), profile: { plan: 'premium' } },
        { time: later, subject: 'new-1' },
      ),
    )
    await post(
      desk,
      changed(
        { number: aNumber, locale: 'cy', consents: granted(true, early), profile: { plan: 'basic', name: 'Rosa' } },
        { time: early, subject: 'new-1' },
      ),
    )

    expect(await subscriber(desk, 'new-1')).toMatchObject({
      ...{ number: '+44••••••••77', locale: 'cy', consents: { offers: { granted: false } } },
      profile: { plan: 'premium', name: 'Rosa' },
    })
  })

  test('of before a profile was put leaves that as it is', async () => {
    const desk = await testDesk()
    const before = desk.clock.now().toISOString()
    desk.clock.moveTo(new Date(after(desk, 1)))
    await desk.subscriber({ number: aNumber })

    await post(desk, changed({ number: '+447700900777' }, { time: before }))

    expect(await subscriber(desk, 'sub-1')).toMatchObject({ number: '+44••••••••23' })
  })

  test('cancels what waits for the number that it replaces', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })
    const { body } = await desk.send({
      subscriber: 'sub-1',
      purpose: 'offer',
      text: 'Half price. Reply STOP to end',
      notBefore: '2026-11-03T12:00:00Z',
    })
    const { id } = body as { id: string }

    await post(desk, changed({ locale: 'cy', number: aNumber }))
    expect((await desk.message(id)).state).toBe('held')
    await post(desk, changed({ number: '+447700900777' }))

    expect(await desk.message(id)).toMatchObject({ state: 'cancelled', reason: 'number_changed' })
  })

  test.each([
    ['a number that no plan has', { number: '+15550000000' }, 'data.number', /No numbering plan/],
    ['a zone that is none', { zone: 'Mars/Olympus' }, 'data.zone', /IANA/],
  ])('to %s is not applied, and says so; the others of its batch are', async (_, data, at, sentence) => {
    const desk = await testDesk()
    await desk.subscriber()

    const { body } = await postAll(desk, [
      changed({ locale: 'cy' }),
      changed({ ...data, locale: 'xx' }),
      changed({ profile: { a: 1 } }),
    ])

    expect(kinds(body)).toEqual(['taken', 'bad', 'taken'])
    expect(body.events[1]!.problem).toEqual({
      code: 'not_applied',
      errors: [{ at, detail: expect.stringMatching(sentence) }],
    })
    expect(await taken(desk)).toHaveLength(2)
    expect(await subscriber(desk, 'sub-1')).toMatchObject({ locale: 'cy', profile: { a: 1 } })
    expect(await bad(desk, '&reason=not_applied')).toHaveLength(1)
  })

  test('that could not be applied is as bad the second time in its batch, and can still be taken once mended', async () => {
    const desk = await testDesk()
    const event = changed({ zone: 'Mars/Olympus' })

    const { body } = await postAll(desk, [event, event])
    const again = await post(desk, changed({ zone: 'Europe/Paris' }, { id: event.id }))

    expect(kinds(body)).toEqual(['bad', 'bad'])
    expect(kinds(again.body)).toEqual(['taken'])
    expect(await bad(desk)).toEqual([])
  })
})

describe('erasure', () => {
  test('takes what events held about the person, from before and after they were known here, and no title of that name', async () => {
    const desk = await testDesk()
    const secret = { title: 'metropolis', note: 'hers alone' }
    await post(desk, anEvent({ data: secret }))
    await desk.subscriber()
    const wrong = anEvent({ data: { note: 'hers alone' } })
    await postAll(desk, [
      anEvent({ data: secret }),
      anEvent({ type: 'org.example.thing', data: secret }),
      wrong,
      anEvent({ type: 'com.usher.title.leaving', subject: 'sub-1', data: { leavesAt: '2026-12-01T00:00:00Z' } }),
      anEvent({ subject: 'other', data: secret }),
    ])

    await desk.ask('DELETE', '/v1/subscribers/sub-1')

    const shown = await taken(desk)
    const left = shown.map(({ subject, type, data }) => [subject, data !== null, type === 'com.usher.title.leaving'])
    expect(left).toHaveLength(5)
    expect(left.filter(([subject]) => subject !== null).sort()).toEqual([
      ['other', true, false],
      ['sub-1', true, true],
    ])
    expect(left.filter(([subject]) => subject === null)).toEqual(Array(3).fill([null, false, false]))
    expect(shown.some(({ isKnownSubscriber }) => isKnownSubscriber)).toBe(false)
    expect(await bad(desk)).toEqual([])
    const [sealed] = await rowsOf<{ keys: number }>(
      desk,
      sql`select count(*)::int as keys from event where subject is null and (data is not null or data_key is not null)`,
    )
    expect(sealed!.keys).toBe(0)
    // What was taken once is still known as that.
    expect((await post(desk, { ...anEvent(), id: shown.at(-1)!.eventId })).body.repeated).toBe(1)
  })
})

describe('the door', () => {
  test('reads one event in binary mode, its headers percent-encoded or quoted', async () => {
    const desk = await testDesk()
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      ...{
        'ce-specversion': '1.0',
        'ce-id': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
        'ce-source': '"/a \\"quoted\\" source"',
      },
      ...{
        'ce-type': 'org.example.thing',
        'ce-subject': 'sub-1',
        'ce-time': '2026-11-02T14:00:00Z',
        'ce-more': '100%',
      },
    }

    const full = (await desk.ask('POST', '/v1/events', '{"a":[1]}', headers)) as Posted<EventVerdicts>
    const empty = (await desk.ask('POST', '/v1/events', '', { ...headers, 'ce-id': '2' })) as Posted<EventVerdicts>

    expect(full.body.events[0]).toMatchObject({
      verdict: 'unknown',
      eventId: 'Euro € 😀',
      source: '/a "quoted" source',
    })
    expect(empty.body.unknown).toBe(1)
    expect((await taken(desk)).map(({ data }) => data)).toEqual([null, { a: [1] }])
    const overlong = await desk.ask('POST', '/v1/events', '{}', { ...headers, 'ce-id': '%C0%A0' })
    expect(overlong.status).toBe(422)
    expect(await bad(desk)).toEqual([])
  })

  test('reads plain JSON that is an event, or a list of them', async () => {
    const desk = await testDesk()

    const one = await desk.ask('POST', '/v1/events', anEvent())
    const many = (await desk.ask('POST', '/v1/events', [anEvent(), anEvent({ data: {} })])) as Posted<EventVerdicts>
    const wrong = await desk.ask('POST', '/v1/events', { type: 'com.usher.view.started' })

    expect(one.status).toBe(202)
    expect(kinds(many.body)).toEqual(['taken', 'bad'])
    expect(wrong.status).toBe(422)
  })

  test('reads data in base64 that is JSON', async () => {
    const desk = await testDesk()

    await post(
      desk,
      anEvent({ data: undefined, data_base64: Buffer.from('{"title":"metropolis"}').toString('base64') }),
    )

    expect((await taken(desk))[0]!.data).toEqual({ title: 'metropolis' })
  })

  test('refuses what it can not read as a whole, and keeps nothing', async () => {
    const desk = await testDesk()
    const bodies: [string, string, Record<string, string>, number][] = [
      ['broken JSON', '{"specversion":', structured, 400],
      ['nothing', '', structured, 400],
      ['a broken list', '[{},', batched, 400],
      ['text', 'hello', { 'content-type': 'text/plain' }, 415],
      ['1,001 events', JSON.stringify(Array(1_001).fill({})), batched, 413],
      ['more than a megabyte', `"${'x'.repeat(1024 * 1024)}"`, structured, 413],
      ['gzip that is none', 'hello', { ...structured, 'content-encoding': 'gzip' }, 400],
      ['brotli', 'hello', { ...structured, 'content-encoding': 'br' }, 415],
    ]

    for (const [what, body, headers, status] of bodies)
      expect((await desk.ask('POST', '/v1/events', body, headers)).status, what).toBe(status)

    expect(await bad(desk)).toEqual([])
  })

  const zipped = (desk: Desk, body: Buffer) =>
    fetch(`${desk.usher.url}/v1/events`, {
      method: 'POST',
      headers: { ...structured, authorization: `Bearer ${desk.key}`, 'content-encoding': 'gzip' },
      body: new Uint8Array(body),
    })

  test('reads gzip, and meets a bomb before it goes off', async () => {
    const desk = await testDesk()
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '))
    expect(bomb.length).toBeLessThan(1024 * 1024)

    const good = await zipped(desk, gzipSync(JSON.stringify(anEvent())))
    const cut = await zipped(desk, gzipSync(JSON.stringify(anEvent())).subarray(0, 60))
    const bad = await zipped(desk, bomb)

    expect([good.status, cut.status, bad.status]).toEqual([202, 400, 413])
  })

  test('reads no more of a bomb than its first pieces', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '))
    let read = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = bomb.subarray(read, read + 1024)
        read += piece.length
        if (piece.length > 0) controller.enqueue(new Uint8Array(piece))
        else controller.close()
      },
    })
    const request = new Request('http://desk', {
      ...{ method: 'POST', headers: { 'content-encoding': 'gzip' }, body },
      ...({ duplex: 'half' } as object),
    })

    await expect(readText(request, { bytes: 1024 * 1024, silentMs: 1_000 })).rejects.toMatchObject({
      problem: 'tooLarge',
    })

    // A megabyte of spaces is a kilobyte; what else was read lay in buffers already.
    expect(read).toBeLessThan(bomb.length * 0.7)
  })

  test('takes an API key as the name of Basic authentication, and nothing else of that kind', async () => {
    const desk = await testDesk()
    const { key } = await createKey(desk.usher.db, desk.clock, 'events', ['events:write'])
    const status = async (credentials: string) =>
      (
        await desk.ask('POST', '/v1/events', JSON.stringify(anEvent()), {
          ...structured,
          authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        })
      ).status

    expect(await status(`${key}:`)).toBe(202)
    expect(await status(`${key}:password`)).toBe(401)
    expect(await status(`${key.slice(0, -1)}:`)).toBe(401)
    expect(await status(`:${key}`)).toBe(401)
    expect(await status(key)).toBe(401)
    const read = await desk.ask('GET', '/v1/events', undefined, {
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    })
    expect(read.status).toBe(403)
  })
})

describe('what is read', () => {
  test('is paged from the newest on, by type and by subject', async () => {
    const desk = await testDesk()
    await postAll(
      desk,
      Array.from({ length: 25 }, (_, i) =>
        anEvent({
          type: i % 5 === 0 ? 'org.example.thing' : 'com.usher.view.started',
          subject: `s-${i % 2}`,
          data: { title: 'x', n: i },
        }),
      ),
    )

    const seen: TakenEvent[] = []
    let cursor = ''
    for (;;) {
      const page = (await desk.ask('GET', `/v1/events?type=com.usher.view.started&subject=s-1&limit=3${cursor}`))
        .body as { items: TakenEvent[]; next: string | null }
      seen.push(...page.items)
      if (page.next === null) break
      cursor = `&cursor=${page.next}`
    }

    expect(seen.map(({ data }) => (data as { n: number }).n)).toEqual([23, 21, 19, 17, 13, 11, 9, 7, 3, 1])
  })

  test('has its numbers masked, and who mends sees them', async () => {
    const desk = await testDesk()
    const data = { title: 7, contact: 'call +1 212 555 0142', phone: 12125550142 }

    await refused(desk, anEvent({ data }))
    await post(desk, anEvent({ data: { ...data, title: 'x' } }))

    const [line] = await bad(desk)
    const shown = (await desk.ask('GET', `/v1/bad-events/${line!.id}`)).body
    // Ids and times hold any digits.
    const said = JSON.stringify([await taken(desk), shown]).replaceAll(
      /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|"e-\d+"/g,
      '',
    )
    expect(said).not.toMatch(/555|0142/)
    const opened = (await desk.ask('POST', `/v1/bad-events/${line!.id}/open`)) as Posted<{ event: { data: unknown } }>
    expect(opened.body.event.data).toEqual(data)
    expect(opened.headers.get('cache-control')).toBe('no-store')
  })

  test('names the types: ours with schema and example, others that came of late', async () => {
    const desk = await testDesk()
    await postAll(desk, [anEvent(), anEvent(), anEvent({ type: 'org.example.thing' })])

    const { items } = (await desk.ask('GET', '/v1/event-types')).body as {
      items: { type: string; lastDay: number; schema: object | null }[]
    }

    expect(items.find(({ type }) => type === 'com.usher.view.started')).toMatchObject({
      isKnown: true,
      about: 'subscriber',
      lastDay: 2,
      lastAt: expect.any(String),
      schema: { type: 'object', required: ['title'] },
      example: { title: expect.any(String) },
    })
    expect(items.find(({ type }) => type === 'com.usher.payment.failed')).toMatchObject({ lastDay: 0, lastAt: null })
    expect(items.at(-1)).toMatchObject({ type: 'org.example.thing', isKnown: false, lastDay: 1, schema: null })

    desk.clock.moveTo(new Date(after(desk, 25 * 60)))
    const later = (await desk.ask('GET', '/v1/event-types')).body as {
      items: { type: string; lastDay: number; lastAt: string | null }[]
    }
    expect(later.items.some(({ type }) => type === 'org.example.thing')).toBe(false)
    expect(later.items.find(({ type }) => type === 'com.usher.view.started')).toMatchObject({
      lastDay: 0,
      lastAt: expect.any(String),
    })
  })
})
