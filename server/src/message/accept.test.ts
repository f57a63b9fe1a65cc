// What becomes of a request: one text for one key, the rules that were asked, and a yes that stands.
import type { Acceptance, BatchVerdict, Explanation, Message } from '@usher/contract/message'
import { describe, expect, test } from 'vitest'
import { aNumber, type Desk, rowsOf, testDesk } from '../desk.ts'
import type { MessageEvent } from '../events.ts'
import { createKey } from '../http/auth.ts'
import { sql } from '../store/sql.ts'
import { mayMove, type State } from './message.ts'
import { purposes, rulesOf } from './purpose.ts'

const aCode = {
  subscriber: 'sub-1',
  purpose: 'code.sign_in',
  template: 'code.sign_in',
  data: { code: '482913', minutes: 10 },
}
const anEpisode = { subscriber: 'sub-1', purpose: 'title.new_episode', text: 'Chapter 4 is out. Reply STOP to end' }
const anOffer = { subscriber: 'sub-1', purpose: 'offer', text: 'Half price until Sunday. Reply STOP to end' }
const aPayment = { subscriber: 'sub-1', purpose: 'account.payment', text: 'Your payment did not go through.' }
const yes = { granted: true, at: '2026-05-03T10:00:00Z', how: 'page', words: 'Yes, text me.' }

const taken = (answer: { body: never }): Acceptance => answer.body
const problem = (answer: { status: number; body: never }) => {
  const { code, detail = '' }: { code: string; detail?: string } = answer.body
  return { status: answer.status, code, detail }
}
const explanationOf = async (desk: Desk, id: string): Promise<Explanation> =>
  (await desk.ask('GET', `/v1/messages/${id}/explanation`)).body
const listOf = async (desk: Desk, query = ''): Promise<Message[]> =>
  ((await desk.ask('GET', `/v1/messages?limit=500${query}`)).body as { items: Message[] }).items
const ndjson = (lines: object[]) => lines.map(line => `${JSON.stringify(line)}\n`).join('')
const verdictsOf = (body: string): BatchVerdict[] =>
  body
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
const batch = async (desk: Desk, lines: object[]) => {
  const answer = await desk.ask('POST', '/v1/messages/batch', ndjson(lines), { 'content-type': 'application/x-ndjson' })
  return verdictsOf(answer.body)
}

describe('an idempotency key', () => {
  test('asked with a hundred times at once, sends one text and gives every caller its answer', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answers = await Promise.all(
      Array.from({ length: 100 }, () => desk.send(aCode, { 'idempotency-key': 'sign-in-1' })),
    )

    const ids = new Set(answers.filter(answer => answer.status === 202).map(answer => taken(answer).id))
    expect(ids.size).toBe(1)
    expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true)
    await desk.reaches([...ids][0]!, 'delivered')
    expect(await listOf(desk)).toHaveLength(1)
    expect(desk.simulator.counts.submitted).toBe(1)
  })

  test('is answered as before, word for word, and says that it is a repetition', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const first = await desk.send(aCode, { 'idempotency-key': 'again' })
    await desk.reaches(taken(first).id, 'delivered')

    const second = await desk.send(aCode, { 'idempotency-key': 'again' })

    expect(second.status).toBe(202)
    expect(second.body).toEqual(first.body)
    const asked = await desk.ask('POST', '/v1/messages', aCode, { 'idempotency-key': 'again' })
    expect(asked.headers.get('idempotent-replayed')).toBe('true')
  })

  test('keeps a refusal by policy too: asking again does not ask the rules again', async () => {
    const desk = await testDesk()
    await desk.subscriber({ consents: {} })
    const first = await desk.send(anOffer, { 'idempotency-key': 'no' })
    expect(first).toMatchObject({ status: 200, body: { state: 'refused' } })

    await desk.subscriber({ consents: { offers: yes } })

    const again = await desk.send(anOffer, { 'idempotency-key': 'no' })
    expect([again.status, again.body]).toEqual([first.status, first.body])
    expect(await desk.send(anOffer, { 'idempotency-key': 'another' })).toMatchObject({ status: 202 })
  })

  test('with another body is refused, even when that body would be a problem of its own', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.send(aCode, { 'idempotency-key': 'once' })

    const other = await desk.send({ ...aCode, data: { code: '000111', minutes: 10 } }, { 'idempotency-key': 'once' })
    const broken = await desk.send({ ...aCode, data: {} }, { 'idempotency-key': 'once' })

    expect(problem(other)).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    expect(problem(broken)).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    expect(await listOf(desk)).toHaveLength(1)
  })

  test('is the same with and without the quotes of a structured field', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const bare = await desk.send(aCode, { 'idempotency-key': 'quoted' })
    const quoted = await desk.send(aCode, { 'idempotency-key': '"quoted"' })

    expect(taken(quoted).id).toBe(taken(bare).id)
  })

  test.each([
    ['255 characters', 'k'.repeat(255), 202, undefined],
    ['256 characters', 'k'.repeat(256), 400, 'idempotency_key_invalid'],
    ['no character', '', 400, 'idempotency_key_invalid'],
    ['nothing between quotes', '""', 400, 'idempotency_key_invalid'],
  ])('of %s is answered %s', async (_, key, status, code) => {
    const desk = await testDesk()
    await desk.subscriber()

    const answer = await desk.send(aCode, { 'idempotency-key': key })

    expect(answer.status).toBe(status)
    if (code) expect(problem(answer).code).toBe(code)
  })

  test('is needed: without one nothing is sent', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answer = await desk.ask('POST', '/v1/messages', aCode)

    expect(problem(answer)).toMatchObject({ status: 400, code: 'idempotency_key_missing' })
    expect(await listOf(desk)).toHaveLength(0)
  })

  test('belongs to its API key: another caller may use the same words', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const other = await createKey(desk.usher.db, desk.clock, 'another')

    const mine = await desk.send(aCode, { 'idempotency-key': 'shared' })
    const theirs = await desk.send(aCode, { 'idempotency-key': 'shared', authorization: `Bearer ${other.key}` })

    expect(theirs.status).toBe(202)
    expect(taken(theirs).id).not.toBe(taken(mine).id)
  })

  test('is remembered over a restart', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const before = await desk.send(aCode, { 'idempotency-key': 'kept' })
    await desk.reaches(taken(before).id, 'delivered')

    await desk.restart()

    const after = await desk.send(aCode, { 'idempotency-key': 'kept' })
    expect(after.body).toEqual(before.body)
    expect(desk.simulator.counts.submitted).toBe(1)
  })

  test('is free again after a request that was a problem', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const bad = await desk.send({ ...aCode, data: { minutes: 10 } }, { 'idempotency-key': 'mended' })
    expect(problem(bad)).toMatchObject({ status: 422, code: 'missing_variable' })
    const worse = await desk.send({ ...aCode, purpose: 'nonsense' }, { 'idempotency-key': 'mended' })
    expect(problem(worse)).toMatchObject({ status: 422, code: 'invalid_request' })

    const good = await desk.send(aCode, { 'idempotency-key': 'mended' })

    expect(good.status).toBe(202)
  })

  test('that two lines of one batch share gives them one text', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const verdicts = await batch(desk, [
      { ...anOffer, idempotencyKey: 'same' },
      { ...anEpisode, idempotencyKey: 'other' },
      { ...anOffer, idempotencyKey: 'same' },
      { ...anOffer, text: 'Another offer. Reply STOP to end', idempotencyKey: 'same' },
    ])

    expect(verdicts.map(({ line }) => line)).toEqual([1, 2, 3, 4])
    expect(verdicts[2]!.id).toBe(verdicts[0]!.id)
    expect(verdicts[1]!.id).not.toBe(verdicts[0]!.id)
    expect(verdicts[3]).toMatchObject({ problem: { code: 'idempotency_key_reused' } })
    expect(await listOf(desk)).toHaveLength(2)
  })

  test('that a bad and a good line of one batch share does not keep the good one out for ever', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const [bad] = await batch(desk, [{ ...aCode, data: {}, idempotencyKey: 'line' }])
    expect(bad).toMatchObject({ line: 1, problem: { code: 'missing_variable' } })

    const [good] = await batch(desk, [{ ...aCode, idempotencyKey: 'line' }])
    expect(good).toMatchObject({ line: 1, state: 'queued' })
  })

  test('sent by many callers over few keys makes one text for each key', async () => {
    const desk = await testDesk()
    for (let i = 0; i < 5; i++) await desk.subscriber({ id: `s${i}`, number: `+44770090010${i}` })

    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        desk.send({ ...aCode, subscriber: `s${i % 5}` }, { 'idempotency-key': `k${i % 20}` }),
      ),
    )

    const byKey = new Map<number, Set<string>>()
    for (const [i, answer] of answers.entries()) {
      expect([202, 409]).toContain(answer.status)
      byKey.set(i % 20, (byKey.get(i % 20) ?? new Set()).add(taken(answer).id))
    }
    expect([...byKey.values()].map(ids => ids.size)).toEqual(Array(20).fill(1))
    expect(await listOf(desk)).toHaveLength(20)
  })
})

describe('a shared commit', () => {
  test('takes the good rows when one can not be written', async () => {
    const desk = await testDesk()
    for (let i = 0; i < 10; i++) await desk.subscriber({ id: `s${i}`, number: `+44770090010${i}` })
    // A damaged key: whatever is to be sealed under it breaks, and not in a way that anyone foresaw.
    await rowsOf(desk, sql`update subscriber set data_key = '\\x0101' where external_id = 's4'`)

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => desk.send({ ...aCode, subscriber: `s${i}` })),
    )

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, (_, i) => (i === 4 ? 500 : 202)))
    expect(problem(answers[4]!).code).toBe('internal')
  })

  test('of a batch names the line that can not be written and takes the others', async () => {
    const desk = await testDesk()
    for (let i = 0; i < 10; i++) await desk.subscriber({ id: `s${i}`, number: `+44770090010${i}` })
    await rowsOf(desk, sql`update subscriber set data_key = '\\x0101' where external_id = 's4'`)

    const verdicts = await batch(
      desk,
      Array.from({ length: 10 }, (_, i) => ({ ...anOffer, subscriber: `s${i}` })),
    )

    expect(verdicts.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(verdicts[4]).toMatchObject({ line: 5, problem: { code: 'internal' } })
    expect(verdicts.filter(({ state }) => state === 'queued')).toHaveLength(9)
  })

  test('judges two texts to one subscriber one after the other, and keeps both', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answers = await Promise.all(Array.from({ length: 20 }, () => desk.send(anEpisode)))

    expect(new Set(answers.map(answer => taken(answer).id)).size).toBe(20)
    expect(await listOf(desk)).toHaveLength(20)
  })

  test('of many callers who text the same new numbers in every order makes one person of each number', async () => {
    const desk = await testDesk()
    const numbers = Array.from({ length: 10 }, (_, i) => `+44770090020${i}`)
    const aBatch = (order: string[]) =>
      batch(
        desk,
        order.map(number => ({ number, purpose: 'code.sign_in', text: 'Orpheum: 123456 is your code.' })),
      )

    const verdicts = await Promise.all([
      aBatch(numbers),
      aBatch([...numbers].reverse()),
      aBatch([...numbers].sort(() => 1)),
    ])

    expect(verdicts.flat().every(({ state }) => state === 'queued')).toBe(true)
    const [count] = await rowsOf<{ n: number }>(desk, sql`select count(distinct subscriber_id)::int as n from message`)
    expect(count!.n).toBe(10)
  })
})

describe('consent', () => {
  test.each([
    ['that nobody gave', {}, 'There is no proof that the subscriber agreed to Titles.'],
    ['to something else', { offers: yes }, 'There is no proof that the subscriber agreed to Titles.'],
    [
      'that was withdrawn',
      { titles: { granted: false, at: '2026-10-01T10:00:00Z', how: 'page' } },
      'The subscriber ended Titles on 2026-10-01T10:00:00.000Z.',
    ],
  ])('%s refuses the text, and says why', async (_, consents, sentence) => {
    const desk = await testDesk()
    await desk.subscriber({ consents })

    const answer = await desk.send(anEpisode)

    expect(answer).toMatchObject({ status: 200, body: { state: 'refused', reasons: [{ rule: 'consent', sentence }] } })
    expect(await desk.message(taken(answer).id)).toMatchObject({ state: 'refused', reason: 'consent', text: null })
    expect(desk.simulator.counts.submitted).toBe(0)
  })

  test('that was given and then withdrawn refuses from the next text on', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    expect((await desk.send(anEpisode)).status).toBe(202)

    await desk.subscriber({ consents: { titles: { granted: false, how: 'page' } } })

    expect(await desk.send(anEpisode)).toMatchObject({ status: 200, body: { state: 'refused' } })
    expect(await desk.send(anOffer)).toMatchObject({ status: 202 })
  })

  test('is not asked for what serves the account or was asked for just now', async () => {
    const desk = await testDesk()
    await desk.subscriber({ consents: {} })

    for (const message of [aCode, aPayment, { ...aPayment, purpose: 'alert.security' }])
      expect((await desk.send(message)).status, message.purpose).toBe(202)
  })

  test('is needed for a bare number as well', async () => {
    const desk = await testDesk()

    const answer = await desk.send({ ...anOffer, subscriber: undefined, number: '+447700900999' })

    expect(answer).toMatchObject({ status: 200, body: { state: 'refused', reasons: [{ rule: 'consent' }] } })
  })

  test('does not help who has no number', async () => {
    const desk = await testDesk()
    await desk.ask('PUT', '/v1/subscribers/sub-1', { consents: { titles: yes } })

    const answer = await desk.send(anEpisode)

    expect(answer.body).toMatchObject({
      state: 'refused',
      reasons: [{ rule: 'number', sentence: 'There is no number to text.' }],
    })
  })
})

describe('hours', () => {
  test('a title that comes at night waits until morning, and leaves when the clock is there', async () => {
    const desk = await testDesk({ now: '2026-11-02T23:10:00+01:00' })
    await desk.subscriber({ zone: 'Europe/Paris' })

    const answer = await desk.send(anEpisode)

    expect(answer).toMatchObject({ status: 202, body: { state: 'held', notBefore: '2026-11-03T08:00:00.000Z' } })
    expect(await desk.message(taken(answer).id)).toMatchObject({ state: 'held', attempts: 0 })
    desk.clock.moveTo(new Date('2026-11-03T09:00:01+01:00'))
    expect(await desk.reaches(taken(answer).id, 'delivered')).toMatchObject({ state: 'delivered' })
    const { timeline } = await explanationOf(desk, taken(answer).id)
    expect(timeline.map(({ state }) => state)).toEqual(['accepted', 'held', 'queued', 'submitted', 'delivered'])
  })

  test('a code comes at any hour', async () => {
    const desk = await testDesk({ now: '2026-11-02T03:10:00Z' })
    await desk.subscriber()

    const answer = await desk.send(aCode)

    expect(taken(answer).state).toBe('queued')
    await desk.reaches(taken(answer).id, 'delivered')
  })

  test('where the zone is not known nothing promotional leaves, for it could be night', async () => {
    const desk = await testDesk()
    await desk.ask('PUT', '/v1/subscribers/at-sea', { number: '+870773111632', consents: { titles: yes } })

    const title = await desk.send({ ...anEpisode, subscriber: 'at-sea' })
    const notice = await desk.send({ ...aPayment, subscriber: 'at-sea' })
    const code = await desk.send({ ...aCode, subscriber: 'at-sea' })

    const sentence = 'The local time there is not known, so the hour can not be judged.'
    expect(title).toMatchObject({ status: 200, body: { state: 'refused', reasons: [{ rule: 'hours', sentence }] } })
    expect(notice).toMatchObject({ status: 200, body: { state: 'refused', reasons: [{ rule: 'hours', sentence }] } })
    expect(code).toMatchObject({ status: 202, body: { state: 'queued' } })
  })

  test('where a number may be in two zones, it has to be day in both', async () => {
    const desk = await testDesk({ now: '2026-11-02T13:10:00Z' })
    // Florida's 850 begins in Eastern and ends in Central time.
    await desk.ask('PUT', '/v1/subscribers/somewhere', { number: '+18505550142', consents: { titles: yes } })

    const answer = await desk.send({ ...anEpisode, subscriber: 'somewhere' })

    expect(answer.body).toMatchObject({ state: 'held', notBefore: '2026-11-02T14:00:00.000Z' })
  })

  test('a notice keeps courtesy hours unless its deadline comes first', async () => {
    const desk = await testDesk({ now: '2026-11-02T23:10:00Z' })
    await desk.subscriber()

    const patient = await desk.send(aPayment)
    const urgent = await desk.send({ ...aPayment, expiresAt: '2026-11-03T07:30:00Z' })

    expect(patient.body).toMatchObject({ state: 'held', notBefore: '2026-11-03T08:00:00.000Z' })
    expect(urgent.body).toMatchObject({ state: 'queued', reasons: [] })
    await desk.reaches(taken(urgent).id, 'delivered')
    const { rules } = await explanationOf(desk, taken(urgent).id)
    expect(rules.find(({ rule }) => rule === 'hours')).toMatchObject({
      answer: 'passed',
      sentence: 'Its deadline comes before courtesy hours begin, so it goes out now.',
    })
  })

  test('a title whose time ends before morning is refused, not sent at night', async () => {
    const desk = await testDesk({ now: '2026-11-02T23:10:00Z' })
    await desk.subscriber()

    const answer = await desk.send({ ...anEpisode, expiresAt: '2026-11-03T08:30:00Z' })

    expect(answer.body).toMatchObject({
      state: 'refused',
      reasons: [
        {
          rule: 'hours',
          sentence: 'Its time ends before quiet hours (09:00-20:00 of GB) begin again at 2026-11-03T09:00:00.000Z.',
        },
      ],
    })
  })

  test('on a Sunday in France a title waits for Monday, a notice does not', async () => {
    const desk = await testDesk({ now: '2026-11-01T12:00:00Z' })
    await desk.subscriber({ zone: 'Europe/Paris', region: 'FR' })

    expect((await desk.send(anEpisode)).body).toMatchObject({ state: 'held', notBefore: '2026-11-02T09:00:00.000Z' })
    expect((await desk.send(aPayment)).body).toMatchObject({ state: 'queued' })
  })

  test('are judged for the hour it is to be sent, not for the hour it was asked for', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const evening = await desk.send({ ...anOffer, notBefore: '2026-11-02T19:30:00Z' })
    const night = await desk.send({ ...anOffer, notBefore: '2026-11-02T22:00:00Z' })

    expect(evening.body).toMatchObject({ state: 'held', notBefore: '2026-11-02T19:30:00.000Z' })
    expect(night.body).toMatchObject({ state: 'held', notBefore: '2026-11-03T09:00:00.000Z' })
  })

  test('are asked once more right before the text is written', async () => {
    const desk = await testDesk({ now: '2026-11-02T19:59:00Z', knobs: { down: true } })
    await desk.subscriber()
    const answer = await desk.send(anEpisode)
    expect(taken(answer).state).toBe('queued')

    desk.clock.moveTo(new Date('2026-11-02T20:30:00Z'))
    desk.simulator.turn({ down: false })

    const given = await desk.reaches(await waitingTo(desk, taken(answer).id, '2026-11-03T09:00:00Z'), 'queued', 'held')
    expect(given.submittedAt).toBeNull()
    desk.clock.moveTo(new Date('2026-11-03T09:00:01Z'))
    await desk.reaches(taken(answer).id, 'delivered')
    expect(desk.simulator.counts.submitted).toBe(1)
  })
})

/** Resolves with the id once its job is due at this time. */
async function waitingTo(desk: Desk, id: string, dueAt: string): Promise<string> {
  for (;;) {
    const [job] = await rowsOf<{ due_at: Date }>(desk, sql`select due_at from job where id = ${id}`)
    if (job?.due_at.getTime() === Date.parse(dueAt)) return id
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('a deadline', () => {
  test.each([
    // purpose, notBefore, expiresAt, what becomes of it, when it expires
    ['code.sign_in', undefined, undefined, 'queued', '2026-11-02T15:10:00.000Z'],
    ['code.sign_in', undefined, '2026-11-02T15:02:00Z', 'queued', '2026-11-02T15:02:00.000Z'],
    ['code.sign_in', undefined, '2026-11-02T16:00:00Z', 'queued', '2026-11-02T15:10:00.000Z'],
    ['alert.security', undefined, undefined, 'queued', '2026-11-02T16:00:00.000Z'],
    ['account.payment', undefined, undefined, 'queued', '2026-11-03T15:00:00.000Z'],
    ['title.recommendation', undefined, undefined, 'queued', '2026-11-03T03:00:00.000Z'],
    ['offer', undefined, undefined, 'queued', '2026-11-05T15:00:00.000Z'],
    ['offer', undefined, '2026-12-01T00:00:00Z', 'queued', '2026-12-01T00:00:00.000Z'],
    ['code.sign_in', '2026-11-02T17:00:00Z', undefined, 'held', '2026-11-02T17:10:00.000Z'],
    ['account.payment', '2026-11-01T17:00:00Z', undefined, 'queued', '2026-11-03T15:00:00.000Z'],
    ['account.payment', undefined, '2026-11-02T14:59:59Z', 'refused', '2026-11-02T14:59:59.000Z'],
    ['offer', '2026-11-03T10:00:00Z', '2026-11-03T10:00:01Z', 'held', '2026-11-03T10:00:01.000Z'],
  ] as const)('of %s not before %s and until %s: %s until %s', async (purpose, notBefore, expiresAt, state, until) => {
    const desk = await testDesk({ knobs: { down: true } })
    await desk.subscriber()

    const text = 'Orpheum: a word. Reply STOP to end'
    const answer = await desk.send({ subscriber: 'sub-1', purpose, text, notBefore, expiresAt })

    expect(taken(answer).state).toBe(state)
    const late = Date.parse(taken(answer).expiresAt) - Date.parse(until)
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThan(20_000)
    expect((await desk.message(taken(answer).id)).expiresAt).toBe(taken(answer).expiresAt)
  })

  test('that is gone refuses with the time it ended', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answer = await desk.send({ ...aPayment, expiresAt: '2026-11-02T14:00:00Z' })

    const sentence = 'It would not be worth sending: its time ends at 2026-11-02T14:00:00.000Z.'
    expect(answer).toMatchObject({ status: 200, body: { state: 'refused', reasons: [{ rule: 'deadline', sentence }] } })
  })

  test('before the beginning is a mistake of the caller', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answer = await desk.send({ ...anOffer, notBefore: '2026-11-04T10:00:00Z', expiresAt: '2026-11-03T10:00:00Z' })

    expect(problem(answer)).toMatchObject({ status: 422, code: 'invalid_request' })
  })

  test.each(['9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z'])('of %s is answered, whatever the answer', async time => {
    const desk = await testDesk()
    await desk.subscriber()

    const begins = await desk.send({ ...anOffer, notBefore: time })
    const ends = await desk.send({ ...anOffer, expiresAt: time })

    expect(begins.status).toBeLessThan(500)
    expect(ends.status).toBeLessThan(500)
  })
})

describe('an explanation', () => {
  test('names every rule that was asked, with its sentence and its numbers', async () => {
    const desk = await testDesk({ now: '2026-11-02T23:10:00Z' })
    await desk.subscriber()

    const answer = await desk.send({ ...anEpisode, expiresAt: '2026-11-03T20:00:00Z' })

    expect(await explanationOf(desk, taken(answer).id)).toMatchObject({
      state: 'held',
      rules: [
        { rule: 'number', answer: 'passed', sentence: 'There is a number to text, in GB.', facts: { country: 'GB' } },
        {
          rule: 'suppression',
          answer: 'passed',
          sentence: 'Nothing forbids texts to this number.',
          facts: { suppressions: 0 },
        },
        {
          rule: 'consent',
          answer: 'passed',
          sentence: 'The subscriber agreed to Titles on 2026-05-03T10:00:00.000Z (page).',
          facts: { basis: 'consent', group: 'titles', granted: true, at: '2026-05-03T10:00:00.000Z', how: 'page' },
        },
        { rule: 'pause', answer: 'passed', sentence: 'They have no pause.', facts: { until: null } },
        {
          rule: 'deadline',
          answer: 'passed',
          sentence: 'It is worth sending until 2026-11-03T20:00:00.000Z.',
          facts: { expiresAt: '2026-11-03T20:00:00.000Z', notBefore: null },
        },
        { rule: 'cap', answer: 'passed', sentence: 'There is no cap.', facts: { capped: true } },
        { rule: 'duplicate', answer: 'passed', sentence: 'It may be said more than once.', facts: { hours: 0 } },
        {
          rule: 'hours',
          answer: 'held',
          sentence: 'It is outside quiet hours (09:00-20:00 of GB) there; it waits until 2026-11-03T09:00:00.000Z.',
          facts: { hours: 'quiet', zone: 'Europe/London', zones: 1, opensAt: '2026-11-03T09:00:00.000Z' },
        },
        {
          rule: 'route',
          answer: 'passed',
          sentence: 'It goes by the route everything: carrier simulated, sender main.',
          facts: { route: 'everything', carrier: 'simulated', sender: 'main' },
        },
        { rule: 'guard', answer: 'passed', sentence: 'The text holds nothing that must not leave.', facts: {} },
      ],
    })
  })

  test('ends with the rule that refused: the rest was not asked', async () => {
    const desk = await testDesk()
    await desk.subscriber({ consents: {} })

    const answer = await desk.send(anOffer)

    const { rules, timeline } = await explanationOf(desk, taken(answer).id)
    expect(rules.map(({ rule, answer }) => [rule, answer])).toEqual([
      ['number', 'passed'],
      ['suppression', 'passed'],
      ['consent', 'refused'],
    ])
    expect(timeline.map(({ state }) => state)).toEqual(['accepted', 'refused'])
  })

  test('is there for every purpose, and each of its sentences is one', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    for (const purpose of purposes) {
      const text =
        rulesOf[purpose].lane === 'code' ? 'Orpheum: 123456 is your code.' : 'Orpheum: news. Reply STOP to end'
      const answer = await desk.send({ subscriber: 'sub-1', purpose, text })
      const { rules } = await explanationOf(desk, taken(answer).id)
      expect(rules, purpose).toHaveLength(10)
      for (const { sentence } of rules) {
        expect(sentence, purpose).toMatch(/^[A-Z].*\.$/)
        expect(sentence, purpose).not.toMatch(/undefined|null|\[object/)
      }
    }
  })
})

describe('the guard', () => {
  test('refuses a text with a card number, keeps none of it and does not repeat it', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const card = '4111 1111 1111 1111'

    const answer = await desk.send({ ...aPayment, text: `Your card ${card} was declined.` })

    expect(answer).toMatchObject({ status: 200, body: { state: 'refused', reasons: [{ rule: 'guard' }] } })
    expect(await desk.message(taken(answer).id)).toMatchObject({
      state: 'refused',
      reason: 'guard',
      text: null,
      cost: { amount: '0.00' },
    })
    const said = JSON.stringify([
      answer.body,
      await explanationOf(desk, taken(answer).id),
      await rowsOf(desk, sql`select m.*, i.answer from message m left join idempotency i on i.message_id = m.id`),
    ])
    expect(said.replaceAll(/\D/g, '')).not.toContain('4111111111111111')
    const [kept] = await rowsOf<{ body: unknown; number: unknown }>(desk, sql`select body, number from message`)
    expect(kept).toEqual({ body: null, number: null })
    expect(desk.simulator.counts.submitted).toBe(0)
  })

  test('hears what a template makes of its data, whoever wrote the template', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answer = await desk.send({
      subscriber: 'sub-1',
      purpose: 'account.welcome',
      template: 'account.welcome',
      data: { plan: 'Premium', link: 'https://orpheum.example.evil.test/x' },
    })

    expect(answer).toMatchObject({ status: 200, body: { state: 'refused', reasons: [{ rule: 'guard' }] } })
  })
})

describe('a template', () => {
  test('that lacks a variable is a problem that names it', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answer = await desk.send({ ...aCode, data: { minutes: 10 } })

    expect(problem(answer)).toEqual({
      status: 422,
      code: 'missing_variable',
      detail: 'The template code.sign_in (en) needs code, which the data does not hold.',
    })
    expect(await listOf(desk)).toHaveLength(0)
  })

  test.each([
    ['pt-BR', 'pt-BR'],
    ['pt-br', 'pt-BR'],
    ['pt_BR', 'pt-BR'],
    ['pt-PT', 'pt'],
    ['pt', 'pt'],
    ['es-419', 'en'],
    ['tlh', 'en'],
  ])('asked for in %s is written in %s', async (locale, written) => {
    const desk = await testDesk()
    await desk.subscriber({ locale: 'pt' })
    await desk.ask('PUT', '/v1/templates/notice', {
      purpose: 'account.plan',
      texts: { 'pt-BR': 'Oi do Brasil', pt: 'Bom dia', en: 'Hello' },
    })

    const answer = await desk.send({ subscriber: 'sub-1', purpose: 'account.plan', template: 'notice', locale })

    expect(await desk.message(taken(answer).id)).toMatchObject({
      locale: written,
      template: 'notice',
      templateVersion: 1,
    })
  })

  test("without a locale asked for is written in the subscriber's", async () => {
    const desk = await testDesk()
    await desk.subscriber({ locale: 'pt-BR' })

    const answer = await desk.send({
      ...aPayment,
      text: undefined,
      template: 'account.welcome',
      purpose: 'account.welcome',
      data: { plan: 'Premium', link: 'https://orpheum.example/me' },
    })

    const message = await desk.reaches(taken(answer).id, 'delivered')
    expect(message).toMatchObject({ locale: 'pt' })
    expect(message.text).toMatch(/boas-vindas/)
  })

  test('that has neither the language nor English is a problem', async () => {
    const desk = await testDesk()
    await desk.subscriber({ locale: 'fr' })
    await desk.ask('PUT', '/v1/templates/notice', { purpose: 'account.plan', texts: { ja: 'こんにちは' } })

    const answer = await desk.send({ subscriber: 'sub-1', purpose: 'account.plan', template: 'notice' })

    expect(problem(answer)).toMatchObject({ status: 422, code: 'no_locale' })
  })

  test('keeps the version that a text was written with', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const put = (en: string) => desk.ask('PUT', '/v1/templates/notice', { purpose: 'account.plan', texts: { en } })
    const send = async () =>
      taken(await desk.send({ subscriber: 'sub-1', purpose: 'account.plan', template: 'notice' })).id
    await put('First')
    const first = await send()

    await put('Second')
    const second = await send()

    expect(await desk.message(first)).toMatchObject({ templateVersion: 1, text: 'First' })
    expect(await desk.message(second)).toMatchObject({ templateVersion: 2, text: 'Second' })
  })

  test('reads the profile, and only its own fields', async () => {
    const desk = await testDesk()
    await desk.subscriber({ profile: { first_name: 'Maya' } })
    const put = (en: string) => desk.ask('PUT', '/v1/templates/notice', { purpose: 'account.plan', texts: { en } })
    const send = () => desk.send({ subscriber: 'sub-1', purpose: 'account.plan', template: 'notice' })

    await put('Hello {{ subscriber.first_name }}')
    const greeted = await send()
    await put('Hello {{ subscriber.constructor.name }}')
    const reached = await send()

    expect((await desk.message(taken(greeted).id)).text).toBe('Hello Maya')
    expect(problem(reached)).toMatchObject({ status: 422, code: 'missing_variable' })
  })
})

describe('a text', () => {
  test('of more than ten segments is a problem that names the character which made it so long', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const forced = await desk.send({ ...aPayment, text: `${'long '.repeat(10)}ł${' long'.repeat(130)}` })
    const plain = await desk.send({ ...aPayment, text: 'long '.repeat(310) })

    expect(problem(forced)).toEqual({
      status: 422,
      code: 'too_long',
      detail: 'The text takes 11 segments as ucs2 (because of U+0142 at 50); the most is 10.',
    })
    expect(problem(plain)).toMatchObject({
      code: 'too_long',
      detail: 'The text takes 11 segments as gsm7; the most is 10.',
    })
  })

  test('loses its control characters and nothing else', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answer = await desk.send({ ...aPayment, text: 'One\u0000\u0007\u001b two\tthree\r\nfour\u007f\u0085 five' })

    expect((await desk.message(taken(answer).id)).text).toBe('One two three\r\nfour five')
    const [text] = await desk.texts(aNumber)
    expect(text!.text).toBe('One two three\r\nfour five')
  })

  test.each([['   '], ['\u0007\u0000'], ['\n\n']])('of %j has nothing to send', async text => {
    const desk = await testDesk()
    await desk.subscriber()

    expect(problem(await desk.send({ ...aPayment, text }))).toMatchObject({ status: 422, code: 'empty_text' })
  })

  test('with half a character in it is sent with a replacement, not refused', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    const answer = await desk.ask('POST', '/v1/messages', JSON.stringify({ ...aPayment, text: 'Half \ud83d here' }), {
      'content-type': 'application/json',
      'idempotency-key': 'half',
    })

    expect((await desk.message(taken(answer).id)).text).toBe('Half \ufffd here')
  })
})

describe('states', () => {
  test('move only as they may, on a rude carrier too', async () => {
    const desk = await testDesk({
      knobs: {
        reject: 0.1,
        queueFull: 0.1,
        unanswered: 0.1,
        undeliverable: 0.1,
        receiptTwice: 0.3,
        receiptEarly: 0.3,
        disconnectEvery: 60,
      },
      env: { USHER_SMPP_RESPONSE_TIMEOUT_MS: '300' },
    })
    const events: MessageEvent[] = []
    desk.usher.events.on('message.accepted', list => events.push(...list))
    desk.usher.events.on('message.moved', list => events.push(...list))
    for (let i = 0; i < 10; i++) await desk.subscriber({ id: `s${i}`, number: `+44770090010${i}` })
    const long = 'A long word for a long text, and more of it. '.repeat(5)

    const verdicts = await batch(
      desk,
      Array.from({ length: 200 }, (_, i) => {
        const subscriber = `s${i % 10}`
        if (i % 4 === 0) return { ...anOffer, subscriber }
        if (i % 4 === 1) return { subscriber, purpose: 'reply.support', text: i % 8 === 1 ? long : 'Of course.' }
        if (i % 4 === 2) return { ...aCode, subscriber }
        return { ...anOffer, subscriber, notBefore: '2026-11-02T16:00:00Z' }
      }),
    )
    await desk.reply('+447700900100', '67743', 'STOP')
    desk.simulator.turn({ disconnectEvery: 0 })
    desk.clock.moveTo(new Date('2026-11-02T16:00:01Z'))
    const ids = verdicts.map(({ id }) => id!)
    await Promise.all(ids.map(id => desk.reaches(id)))

    const last = new Map<string, State>()
    for (const { id, state } of events) {
      const before = last.get(id) ?? 'accepted'
      expect(mayComeTo(before, state), `${id}: ${before} -> ${state}`).toBe(true)
      last.set(id, state)
    }
    expect(ids.every(id => last.has(id))).toBe(true)
    expect(new Set(last.values()).size).toBeGreaterThan(3)
  })

  /** Claims and given back jobs are not announced: `queued` and `submitting` may lie in between. */
  function mayComeTo(from: State, to: State): boolean {
    const reached = new Set<State>([from])
    for (const state of reached) {
      if (mayMove(state, to)) return true
      for (const silent of ['held', 'queued', 'submitting'] as const) if (mayMove(state, silent)) reached.add(silent)
    }
    return false
  }
})
