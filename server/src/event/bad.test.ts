// The list of bad events: mended, replayed and dropped, by one or by two at once, each deed recorded, nothing done twice.
import type { BadEvent, EventVerdict, EventVerdicts, ReplayReport, TakenEvent } from '@usher/contract/event'
import type { AuditLine } from '@usher/contract/operator'
import { expect, test } from 'vitest'
import { type Desk, rowsOf, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'
import { forgetEvents } from './take.ts'

let last = 0
const aView = (rest: Record<string, unknown> = {}) => ({
  specversion: '1.0',
  id: `b-${++last}`,
  source: '/test',
  type: 'com.usher.view.started',
  subject: 'sub-1',
  data: {},
  ...rest,
})
const right = { title: 'metropolis' }
/** Of events that are bad, each has its line. */
type Line = EventVerdict & { id: string }
type OneLine = [Line]
type TwoLines = [Line, Line]
const postAll = async (desk: Desk, events: readonly unknown[]): Promise<EventVerdict[]> =>
  (
    (
      await desk.ask('POST', '/v1/events', JSON.stringify(events), {
        'content-type': 'application/cloudevents-batch+json',
      })
    ).body as EventVerdicts
  ).events
const lines = async (desk: Desk, state = 'open'): Promise<BadEvent[]> =>
  ((await desk.ask('GET', `/v1/bad-events?state=${state}&limit=500`)).body as { items: BadEvent[] }).items
const taken = async (desk: Desk): Promise<TakenEvent[]> =>
  ((await desk.ask('GET', '/v1/events?limit=500')).body as { items: TakenEvent[] }).items
const replay = (desk: Desk, id: string, body: object = {}) => desk.ask('POST', `/v1/bad-events/${id}/replay`, body)
const verdictOf = (answer: { body: never }) => (answer.body as EventVerdict).verdict
const nobody = '00000000-0000-7000-8000-000000000000'

test('a line is mended and replayed, and is open no more', async () => {
  const desk = await testDesk()
  const event = aView()
  const [{ id }] = (await postAll(desk, [event])) as OneLine

  const still = await replay(desk, id)
  const mended = await replay(desk, id, { event: { ...event, data: right } })
  const again = await replay(desk, id, { event: { ...event, data: right } })

  expect(still.body).toMatchObject({ verdict: 'bad', id, problem: { code: 'invalid_data' } })
  expect(mended.body).toMatchObject({ verdict: 'taken', eventId: event.id })
  expect([again.status, (again.body as { code: string }).code]).toEqual([409, 'not_open'])
  expect(await lines(desk)).toEqual([])
  expect(await lines(desk, 'mended')).toMatchObject([{ id, times: 1 }])
  expect(await taken(desk)).toMatchObject([{ eventId: event.id, data: right }])
  expect((await replay(desk, nobody)).status).toBe(404)
})

test('a line that is mended badly keeps the mended event and the new reason', async () => {
  const desk = await testDesk()
  const [{ id }, other] = (await postAll(desk, [aView(), aView()])) as TwoLines

  await replay(desk, id, { event: aView({ id: 'mended', subject: undefined, data: right }) })
  expect((await desk.ask('GET', `/v1/bad-events/${id}`)).body).toMatchObject({
    ...{ state: 'open', reason: 'missing_subject', eventId: 'mended', event: { id: 'mended', data: right } },
  })

  // Under the name of another open line it can't be, so it stays under its own.
  await replay(desk, id, { event: aView({ id: other.eventId, data: { title: 1 } }) })
  expect((await desk.ask('GET', `/v1/bad-events/${id}`)).body).toMatchObject({
    eventId: 'mended',
    reason: 'invalid_data',
  })
  expect(await lines(desk)).toHaveLength(2)
})

test('a body that is mended into a tower of brackets is refused, and nothing breaks', async () => {
  const desk = await testDesk()
  const [{ id }] = (await postAll(desk, [aView()])) as OneLine
  const tower = (levels: number) => `{"event":${'['.repeat(levels)}${']'.repeat(levels)}}`
  const json = { 'content-type': 'application/json' }

  const high = await desk.ask('POST', `/v1/bad-events/${id}/replay`, tower(100_000), json)
  const low = await desk.ask('POST', `/v1/bad-events/${id}/replay`, tower(50), json)

  expect(high.status).toBe(400)
  expect(low.body).toMatchObject({ verdict: 'bad', problem: { code: 'too_deep' } })
})

test('two people who replay a line at once take it once', async () => {
  const desk = await testDesk()
  const event = aView()
  const [{ id }] = (await postAll(desk, [event])) as OneLine

  const answers = await Promise.all(
    Array.from({ length: 6 }, () => replay(desk, id, { event: { ...event, data: right } })),
  )

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409])
  expect(await taken(desk)).toHaveLength(1)
})

test('two who replay all of them at once take each once', async () => {
  const desk = await testDesk()
  const told: string[] = []
  const events = Array.from({ length: 40 }, () =>
    aView({ time: new Date(desk.clock.now().getTime() + 3_600_000).toISOString(), data: right }),
  )
  await postAll(desk, events)
  desk.usher.events.on('event.taken', list => void told.push(...list.map(({ id }) => id)))
  // What was wrong with them mends itself: an hour later they are of the past.
  desk.clock.moveTo(new Date(desk.clock.now().getTime() + 3_600_000))

  const reports = (
    await Promise.all([desk.ask('POST', '/v1/bad-events/replay', {}), desk.ask('POST', '/v1/bad-events/replay', {})])
  ).map(({ body }) => body as ReplayReport)

  expect(reports[0]!.taken + reports[1]!.taken).toBe(40)
  expect(reports.map(({ bad, left }) => [bad, left])).toEqual([
    [0, 0],
    [0, 0],
  ])
  expect(await lines(desk)).toEqual([])
  expect(await taken(desk)).toHaveLength(40)
  expect(new Set(told).size).toBe(told.length)
})

test('all of a reason are replayed, those that wait longest first, until nothing is left to try', async () => {
  const desk = await testDesk()
  const events = Array.from({ length: 620 }, (_, i) => aView(i % 2 ? {} : { subject: undefined, data: right }))
  await postAll(desk, events)

  const reports: ReplayReport[] = []
  do reports.push((await desk.ask('POST', '/v1/bad-events/replay', {})).body as ReplayReport)
  while (reports.at(-1)!.left > 0)
  const ofReason = await desk.ask('POST', '/v1/bad-events/replay', { reason: 'missing_subject' })

  expect(reports).toEqual([
    { replayed: 500, taken: 0, bad: 500, left: 120 },
    { replayed: 500, taken: 0, bad: 500, left: 0 },
  ])
  expect(ofReason.body).toEqual({ replayed: 310, taken: 0, bad: 310, left: 0 })
})

test('of large ones fewer are tried at once, and all in the end', async () => {
  const desk = await testDesk()
  const large = (n: number) => aView({ subject: `sub-${n}`, data: { ...right, blob: 'y'.repeat(900_000) } })
  for (let n = 0; n < 20; n++) await postAll(desk, [large(n)])

  const reports: ReplayReport[] = []
  do reports.push((await desk.ask('POST', '/v1/bad-events/replay', {})).body as ReplayReport)
  while (reports.at(-1)!.left > 0)

  expect(reports.map(({ replayed, left }) => [replayed, left])).toEqual([
    [10, 10],
    [10, 0],
  ])
})

test('a line is dropped, once, and can still be read', async () => {
  const desk = await testDesk()
  const event = aView()
  const [{ id }] = (await postAll(desk, [event])) as OneLine

  const answers = [
    await desk.ask('DELETE', `/v1/bad-events/${id}`),
    await desk.ask('DELETE', `/v1/bad-events/${id}`),
    await replay(desk, id, { event: { ...event, data: right } }),
    await desk.ask('DELETE', `/v1/bad-events/${nobody}`),
  ]

  expect(answers.map(({ status }) => status)).toEqual([204, 409, 409, 404])
  expect(await lines(desk)).toEqual([])
  expect((await desk.ask('GET', `/v1/bad-events/${id}`)).body).toMatchObject({ state: 'dropped' })
  // It comes again, so it is bad again.
  expect((await postAll(desk, [event]))[0]).toMatchObject({ verdict: 'bad' })
  expect(await lines(desk)).toHaveLength(1)
})

test('what operators do with the list is in the audit log, and tells no number', async () => {
  const desk = await testDesk()
  const support = await desk.operator('support')
  const viewer = await desk.operator('viewer')
  const administrator = await desk.operator('administrator')
  const event = aView({ data: { contact: '+447700900123' } })
  const [a, b] = (await postAll(desk, [event, aView()])) as TwoLines

  await desk.askAs(support, 'POST', `/v1/bad-events/${a.id}/open`)
  await desk.askAs(support, 'POST', `/v1/bad-events/${a.id}/replay`, { event: { ...event, data: right } })
  await desk.askAs(support, 'POST', '/v1/bad-events/replay', { reason: 'invalid_data' })
  await desk.askAs(support, 'DELETE', `/v1/bad-events/${b.id}`)
  const refused = await desk.askAs(viewer, 'POST', `/v1/bad-events/${a.id}/open`)

  expect(refused.status).toBe(403)
  const { items } = (await desk.askAs(administrator, 'GET', '/v1/audit')).body as { items: AuditLine[] }
  const deeds = items.filter(({ action }) => action.startsWith('bad_event.')).reverse()
  expect(deeds.map(({ action, subject, operator, detail }) => [action, subject, operator!.id, detail])).toEqual([
    ['bad_event.opened', a.id, support.id, {}],
    ['bad_event.replayed', a.id, support.id, { verdict: 'taken', isMended: true }],
    ['bad_event.replayed', null, support.id, { reason: 'invalid_data', count: 1 }],
    ['bad_event.dropped', b.id, support.id, {}],
  ])
  expect(JSON.stringify(items)).not.toContain('7700900123')
})

test('events are forgotten after their days, and with them bad ones that came to an end', async () => {
  const desk = await testDesk()
  const { db } = desk.usher
  const events = [aView({ data: right }), aView(), aView(), aView()]
  const [first, , second, third] = (await postAll(desk, events)) as { id: string }[]
  await desk.ask('DELETE', `/v1/bad-events/${second!.id}`)
  await replay(desk, third!.id, { event: { ...events[3], data: right } })
  const inDays = (days: number) => new Date(desk.clock.now().getTime() + days * 24 * 60 * 60_000)

  // Ids lie a little ahead where the clock of this process was moved before.
  expect(await forgetEvents(db, inDays(29), 30)).toBe(0)
  expect((await postAll(desk, [events[0]]))[0]).toMatchObject({ verdict: 'repeated', id: first!.id })
  while ((await forgetEvents(db, inDays(400), 30)) > 0);

  expect(await taken(desk)).toEqual([])
  expect((await lines(desk)).map(({ eventId }) => eventId)).toEqual([events[1]!.id])
  const [{ count }] = (await rowsOf<{ count: number }>(desk, sql`select count(*)::int as count from bad_event`)) as [
    { count: number },
  ]
  expect(count).toBe(1)
  expect(verdictOf({ body: (await postAll(desk, [events[0]]))[0] as never })).toBe('taken')
})
