// A number's life by the front door: proved and changed by a code, taken back by its carrier, dead by receipts, and given to
// somebody else, who gets nothing of whoever had it before.
import type { Live } from '@usher/contract/live'
import type { Acceptance, Explanation, Inbound, Message } from '@usher/contract/message'
import type { NumberChange, NumberFileReport, SubscriberNumber } from '@usher/contract/number'
import { firstPolicy, type Policy } from '@usher/contract/policy'
import type { Problem } from '@usher/contract/problem'
import type { ConsentEntry, Subscriber, SubscriberExport } from '@usher/contract/subscriber'
import type { Feed } from '@usher/contract/webhook'
import { describe, expect, test, vi } from 'vitest'
import { type Desk, rowsOf, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'

const oldNumber = '+447700900701'
const newNumber = '+447700900742'
const words = 'Yes, text me about this.'
const yes = (at: string, how = 'page') => ({ granted: true, at, how, words })
const anOffer = { purpose: 'offer', text: 'Half price. Reply STOP to end' }

const begin = (desk: Desk, id: string, body: object = { number: newNumber, stepUp: 'passkey' }) =>
  desk.ask('POST', `/v1/subscribers/${id}/number-changes`, body)
const check = (desk: Desk, change: string, code: string) =>
  desk.ask('POST', `/v1/number-changes/${change}/check`, { code })
/** The newest code that came to a phone, once it has this many texts. */
const codeOn = async (desk: Desk, number: string, count = 1) =>
  /\b(\d{6})\b/.exec((await desk.texts(number, count)).at(-1)!.text)![1]!
/** Another code than this one. */
const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0')
const lifeOf = async (desk: Desk, id: string) =>
  (await desk.ask('GET', `/v1/subscribers/${id}/number`)).body as SubscriberNumber
async function proves(desk: Desk, id: string, number: string, count = 1): Promise<NumberChange> {
  const { body } = await begin(desk, id, { number, stepUp: 'password' })
  const done = await check(desk, (body as NumberChange).id, await codeOn(desk, number, count))
  expect(done.status).toBe(200)
  return done.body as NumberChange
}
async function sent(desk: Desk, message: object): Promise<Acceptance> {
  const { body, status } = await desk.send(message)
  expect(status, JSON.stringify(body)).toBeLessThan(300)
  return body as Acceptance
}
/** What was told of numbers, oldest first, once there is as much. */
async function told(desk: Desk, count: number) {
  for (;;) {
    const { items } = (
      await desk.ask(
        'GET',
        '/v1/feed?types=number.changed,number.recycled,number.dead,number.shared,number.file_missing',
      )
    ).body as Feed
    if (items.length >= count) return items.map(({ type, data }) => [type, data.subscriber, data.why])
    await new Promise(setImmediate)
  }
}
async function hands(desk: Desk, path: string, lines: object[]): Promise<NumberFileReport[]> {
  const answer = await desk.ask('POST', path, `${lines.map(line => JSON.stringify(line)).join('\n')}\n`, {
    'content-type': 'application/x-ndjson',
  })
  return (answer.body as string)
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}
const policyOf = async (desk: Desk, change: Partial<Policy>) => {
  const administrator = await desk.operator('administrator')
  const caps = { titles: null, offers: null, promotional: null }
  const sameForHours = { account: 0, titles: 0, offers: 0 }
  const put = await desk.askAs(administrator, 'PUT', '/v1/policy', {
    ...firstPolicy,
    caps,
    sameForHours,
    releaseMinutes: 0,
    ...change,
  })
  expect(put.status).toBe(200)
}
const pass = (desk: Desk, hours: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + hours * 3_600_000))

describe('a change of number', () => {
  test('is made by a code to the new one: the old one is told, what waited for it is cancelled', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber, profile: { first_name: 'Ada' } })
    const waiting = await sent(desk, { ...anOffer, subscriber: 'sub-1', notBefore: '2026-11-03T12:00:00Z' })

    const begun = await begin(desk, 'sub-1')
    expect(begun).toMatchObject({
      status: 201,
      body: { number: '+44••••••••42', isChange: true, state: 'open', triesLeft: 5 },
    })
    expect(await lifeOf(desk, 'sub-1')).toMatchObject({ number: '+44••••••••01', verifiedAt: null })
    const code = await codeOn(desk, newNumber)
    const done = await check(desk, (begun.body as NumberChange).id, code)

    expect(done).toMatchObject({ status: 200, body: { state: 'done', number: '+44••••••••42' } })
    const life = await lifeOf(desk, 'sub-1')
    expect(life).toMatchObject({
      number: '+44••••••••42',
      lostAt: null,
      recoveryFrom: (done.body as NumberChange).recoveryFrom,
    })
    expect(Date.parse(life.recoveryFrom!) - Date.parse(life.verifiedAt!)).toBe(24 * 3_600_000)
    expect((await desk.message(waiting.id)).state).toBe('cancelled')
    const [notice] = await desk.texts(oldNumber)
    expect(notice!.text).toMatch(/^Orpheum: your number was changed to one ending in 42\. Not you\? https:\/\//)
    const { profile, locale } = (await desk.ask('GET', '/v1/subscribers/sub-1')).body as Subscriber
    expect({ profile, locale }).toEqual({ profile: { first_name: 'Ada' }, locale: 'en' })
    expect(await told(desk, 1)).toEqual([['number.changed', 'sub-1', 'passkey']])
  })

  test('needs the word of the service that it is them, and says why', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })

    const { status, body } = await begin(desk, 'sub-1', { number: newNumber })

    expect(status).toBe(403)
    expect(body as Problem).toMatchObject({
      code: 'step_up_missing',
      title: expect.stringContaining('how you made sure'),
    })
    expect(desk.simulator.handsets.find(newNumber)?.texts ?? []).toEqual([])
  })

  test('without a number verifies the one they have, which needs no day of waiting', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })

    const { body } = await begin(desk, 'sub-1', { stepUp: 'password' })
    const done = await check(desk, (body as NumberChange).id, await codeOn(desk, oldNumber))

    expect(done.body).toMatchObject({ state: 'done', isChange: false, recoveryFrom: null })
    expect((await lifeOf(desk, 'sub-1')).verifiedAt).not.toBeNull()
    expect(desk.simulator.handsets.find(oldNumber)!.texts).toHaveLength(1)
  })

  test('a code serves once, for five tries and ten minutes, and a new one ends it', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })
    const first = (await begin(desk, 'sub-1')).body as NumberChange
    const firstCode = await codeOn(desk, newNumber)
    const second = (await begin(desk, 'sub-1')).body as NumberChange
    const secondCode = await codeOn(desk, newNumber, 2)

    expect(await check(desk, first.id, firstCode)).toMatchObject({ status: 409, body: { code: 'number_change_over' } })
    for (const left of [4, 3, 2, 1, 0])
      expect(await check(desk, second.id, wrong(secondCode))).toMatchObject({
        status: 422,
        body: { code: 'wrong_number_code', detail: expect.stringContaining(`${left} more`) },
      })
    expect((await check(desk, second.id, secondCode)).status).toBe(409)

    const third = (await begin(desk, 'sub-1')).body as NumberChange
    const thirdCode = await codeOn(desk, newNumber, 3)
    desk.clock.moveTo(new Date(Date.parse(third.expiresAt) + 1_000))
    expect((await check(desk, third.id, thirdCode)).status).toBe(409)

    const fourth = (await begin(desk, 'sub-1')).body as NumberChange
    const fourthCode = await codeOn(desk, newNumber, 4)
    const all = await Promise.all(Array.from({ length: 20 }, () => check(desk, fourth.id, fourthCode)))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(all.filter(({ status }) => status === 409)).toHaveLength(19)
    expect((await check(desk, '01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b60', '123456')).status).toBe(404)
  })

  test('five codes in ten minutes are enough, for one subscriber and to one number', async () => {
    const desk = await testDesk()
    await desk.subscriber({ id: 'sub-1', number: oldNumber })
    await desk.subscriber({ id: 'sub-2', number: '+447700900702' })
    for (let i = 0; i < 5; i++) expect((await begin(desk, 'sub-1')).status).toBe(201)

    const own = await begin(desk, 'sub-1', { number: '+447700900799', stepUp: 'passkey' })
    const toOne = await begin(desk, 'sub-2')

    for (const { status, headers, body } of [own, toOne]) {
      expect({ status, code: (body as Problem).code }).toEqual({ status: 429, code: 'too_many_codes' })
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(500)
    }
    pass(desk, 0.2)
    expect((await begin(desk, 'sub-2')).status).toBe(201)
  })

  test('a hundred wrong codes are enough, however many codes are asked for', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })
    await begin(desk, 'sub-1')
    await rowsOf(desk, sql`update number_change set tries = 100`)
    pass(desk, 1)

    expect(await begin(desk, 'sub-1')).toMatchObject({ status: 429, body: { code: 'too_many_wrong_codes' } })
  })

  test('nothing in the database is the code, or the number', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })
    await begin(desk, 'sub-1')
    const code = await codeOn(desk, newNumber)

    const rows = await rowsOf<{ row: string }>(
      desk,
      sql`
      select to_jsonb(c)::text as row from number_change c union all select to_jsonb(m)::text from message m`,
    )

    expect(rows).toHaveLength(2)
    for (const { row } of rows) {
      expect(row).not.toContain(newNumber.slice(1))
      // Among hexadecimal digits a code could stand by chance, so only as a value of its own.
      expect(row).not.toContain(`"${code}"`)
      expect(row).not.toContain(Buffer.from(code).toString('hex'))
    }
  })

  test('a new number is no way to recovery for a day; a sign-in code goes there at once', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })
    const { recoveryFrom } = await proves(desk, 'sub-1', newNumber)
    const code = { subscriber: 'sub-1', data: { code: '135790', minutes: 10 } }
    const recovery = { ...code, purpose: 'code.recovery', template: 'code.recovery' }

    const early = await sent(desk, recovery)
    const signIn = await sent(desk, { ...code, purpose: 'code.sign_in', template: 'code.sign_in' })
    desk.clock.moveTo(new Date(recoveryFrom!))
    const late = await sent(desk, recovery)

    expect([early.state, signIn.state, late.state]).toEqual(['refused', 'queued', 'queued'])
    expect(early.reasons[0]!.sentence).toBe(`The number is new: no recovery code goes to it before ${recoveryFrom}.`)
  })

  test('to a number that no code goes to is refused, and says why', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })

    const { status, body } = await begin(desk, 'sub-1', { number: '+442079460018', stepUp: 'passkey' })

    expect(status).toBe(409)
    expect(body as Problem).toMatchObject({ code: 'number_refused', detail: expect.stringContaining('fixed') })
  })

  test('two who prove the same number both have it; one who never proved it loses it', async () => {
    const desk = await testDesk()
    for (const id of ['ann', 'ben', 'cem'])
      await desk.subscriber({ id, number: `+4477009007${id === 'ann' ? 11 : id === 'ben' ? 12 : 42}` })

    await proves(desk, 'ann', newNumber)
    await proves(desk, 'ben', newNumber, 2)

    expect((await lifeOf(desk, 'ann')).lostAt).toBeNull()
    expect((await lifeOf(desk, 'ben')).lostAt).toBeNull()
    expect((await lifeOf(desk, 'cem')).lostAt).not.toBeNull()
    expect(await told(desk, 5)).toEqual([
      ['number.recycled', 'cem', 'proved_by_another'],
      ['number.changed', 'ann', 'password'],
      ['number.changed', 'ben', 'password'],
      ['number.shared', 'ben', 'proved_by_another'],
      ['number.shared', 'ann', 'proved_by_another'],
    ])
    expect((await sent(desk, { ...anOffer, subscriber: 'cem' })).state).toBe('refused')
  })

  test('an old number that was not told, because a process died, is told by the next that looks', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })
    await proves(desk, 'sub-1', newNumber)
    await desk.texts(oldNumber)
    await rowsOf(desk, sql`delete from idempotency where api_key_id = 'number-change'`)

    await desk.usher.numbers.sweep()
    await desk.usher.numbers.sweep()

    expect(await desk.texts(oldNumber, 2)).toHaveLength(2)
  })
})

test('a number that is removed is gone, with all that waited for it', async () => {
  const desk = await testDesk()
  await desk.subscriber({ number: oldNumber })
  const waiting = await sent(desk, { ...anOffer, subscriber: 'sub-1', notBefore: '2026-11-03T12:00:00Z' })

  const removed = await desk.ask('DELETE', '/v1/subscribers/sub-1/number')

  expect(removed.status).toBe(204)
  expect((await desk.message(waiting.id)).state).toBe('cancelled')
  expect(((await desk.ask('GET', '/v1/subscribers/sub-1')).body as Subscriber).number).toBeNull()
  expect((await desk.ask('DELETE', '/v1/subscribers/sub-1/number')).status).toBe(409)
  expect((await sent(desk, { ...anOffer, subscriber: 'sub-1' })).reasons[0]!.rule).toBe('number')
})

describe('a number that its carrier took back', () => {
  test('is sent nothing; who had it loses it, what they agreed to for it, and what waits', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })
    const waiting = await sent(desk, { ...anOffer, subscriber: 'sub-1', notBefore: '2026-11-04T12:00:00Z' })
    pass(desk, 24)

    const report = await hands(desk, '/v1/numbers/deactivated', [
      { number: oldNumber, date: '2026-11-02' },
      { number: '+447700900777', date: '2026-11-02' },
      { number: '07700900777', date: '2026-11-02' },
      { number: '+447700900778', date: '2026-12-24' },
      { number: '+447700900779' },
    ])

    expect(report.slice(0, 3)).toEqual([
      { line: 3, problem: { code: 'invalid_request', detail: expect.stringContaining('E.164') } },
      { line: 4, problem: { code: 'invalid_request', detail: 'The date lies in the future.' } },
      { line: 5, problem: { code: 'invalid_request', detail: expect.stringContaining('date') } },
    ])
    expect(report[3]).toEqual({ done: { read: 5, taken: 2, suppressed: 2, subscribers: 1, bad: 3 } })
    expect(JSON.stringify(report)).not.toMatch(/7009007/) // nobody's number
    expect(await desk.message(waiting.id)).toMatchObject({ state: 'cancelled', reason: 'number_recycled' })
    expect(await lifeOf(desk, 'sub-1')).toMatchObject({
      verifiedAt: null,
      lostAt: '2026-11-03T00:00:00.000Z',
      suppressions: [{ scope: 'all', reason: 'deactivated', at: '2026-11-03T00:00:00.000Z' }],
    })
    const { items } = (await desk.ask('GET', '/v1/subscribers/sub-1/consents')).body as { items: ConsentEntry[] }
    expect(
      items
        .filter(one => one.why === 'number_recycled')
        .map(one => [one.group, one.granted, one.how])
        .sort(),
    ).toEqual([
      ['offers', false, 'rule'],
      ['titles', false, 'rule'],
    ])
    expect(await told(desk, 1)).toEqual([['number.recycled', 'sub-1', 'deactivated']])
    for (const purpose of ['account.plan', 'alert.security'])
      expect((await sent(desk, { subscriber: 'sub-1', purpose, text: 'Your plan is Premium.' })).state).toBe('refused')
    const toNumber = await sent(desk, { number: oldNumber, purpose: 'account.plan', text: 'Your plan is Premium.' })
    expect(toNumber.reasons[0]!.rule).toBe('suppression')
  })

  test('is read from CSV too, and the same file twice changes nothing more', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })
    pass(desk, 24)
    const csv = `number,date\n${oldNumber},2026-11-02\n`
    const put = () => desk.ask('POST', '/v1/numbers/deactivated', csv, { 'content-type': 'text/csv' })

    const first = await put()
    const again = await put()

    expect(JSON.parse(first.body as string)).toEqual({
      done: { read: 1, taken: 1, suppressed: 1, subscribers: 1, bad: 0 },
    })
    expect(JSON.parse(again.body as string)).toEqual({
      done: { read: 1, taken: 1, suppressed: 1, subscribers: 0, bad: 0 },
    })
    expect(await told(desk, 1)).toHaveLength(1)
  })

  test('before who has it now got it, is left to them: at once where they proved it, else once they do', async () => {
    const desk = await testDesk()
    await desk.subscriber({ id: 'proved', number: oldNumber })
    await proves(desk, 'proved', newNumber)
    await desk.subscriber({ id: 'put', number: '+447700900703' })

    const [report] = await hands(desk, '/v1/numbers/deactivated', [
      { number: newNumber, date: '2026-10-30' },
      { number: '+447700900703', date: '2026-10-30' },
    ])

    expect(report).toEqual({ done: { read: 2, taken: 2, suppressed: 1, subscribers: 0, bad: 0 } })
    const offers = await Promise.all(['proved', 'put'].map(subscriber => sent(desk, { ...anOffer, subscriber })))
    expect(offers.map(({ state }) => state)).toEqual(['queued', 'refused'])
    await proves(desk, 'put', '+447700900703')
    expect((await sent(desk, { ...anOffer, subscriber: 'put' })).state).toBe('queued')
  })

  test('is not theirs again because the service puts it again, as it does each night', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: oldNumber })
    pass(desk, 24)
    await hands(desk, '/v1/numbers/deactivated', [{ number: oldNumber, date: '2026-11-02' }])

    await desk.subscriber({ number: oldNumber })
    expect((await sent(desk, { ...anOffer, subscriber: 'sub-1' })).state).toBe('refused')

    // They agreed once more, after that day: it is theirs.
    await desk.subscriber({ number: oldNumber, consents: { offers: yes('2026-11-03T08:00:00Z') } })
    expect((await sent(desk, { ...anOffer, subscriber: 'sub-1' })).state).toBe('queued')
    expect(await lifeOf(desk, 'sub-1')).toMatchObject({ lostAt: null, suppressions: [] })
  })

  test('a day without a file is an alarm where files came daily, told once', async () => {
    const desk = await testDesk()
    const missing: Date[] = []
    desk.usher.events.on('number.file_missing', ({ since }) => missing.push(since))
    const file = () => hands(desk, '/v1/numbers/deactivated', [{ number: '+447700900777', date: '2026-11-01' }])
    await file()
    await file()
    pass(desk, 37)
    await desk.usher.numbers.sweep()
    expect(missing).toEqual([]) // twice on one day is not daily

    for (let day = 0; day < 3; day++) {
      await file()
      pass(desk, 24)
    }
    await desk.usher.numbers.sweep()
    expect(missing).toEqual([])
    pass(desk, 13)
    await desk.usher.numbers.sweep()
    await desk.usher.numbers.sweep()

    expect(missing).toHaveLength(1)
    expect(await told(desk, 1)).toEqual([['number.file_missing', null, 'deactivated']])
    const since = async () => ((await desk.ask('GET', '/v1/live?minutes=5')).body as Live).numberFileSince
    expect(await since()).toBe(missing[0]!.toISOString())
    await file()
    expect(await since()).toBeNull()
  })
})

describe('an answer about a reassigned number', () => {
  const asked = '2026-11-02'
  const people = [
    ['yes', '+447700900721'],
    ['no', '+447700900722'],
    ['no_data', '+447700900723'],
  ] as const

  test.each([
    ['keep', ['refused', 'queued', 'queued']],
    ['suppress', ['refused', 'queued', 'refused']],
  ] as const)('yes ends it, no keeps it, and no data does as the policy says: %s', async (reassignedNoData, states) => {
    const desk = await testDesk()
    for (const [id, number] of people) await desk.subscriber({ id, number })
    await policyOf(desk, { reassignedNoData })
    pass(desk, 24)

    const [report] = await hands(
      desk,
      '/v1/numbers/reassigned',
      people.map(([answer, number]) => ({ number, answer, asked })),
    )

    const lost = states.filter(state => state === 'refused').length
    expect(report).toEqual({ done: { read: 3, taken: 3, suppressed: lost, subscribers: lost, bad: 0 } })
    const offers = await Promise.all(people.map(([subscriber]) => sent(desk, { ...anOffer, subscriber })))
    expect(offers.map(({ state }) => state)).toEqual(states)
    expect((await lifeOf(desk, 'yes')).suppressions[0]).toMatchObject({ scope: 'all', reason: 'reassigned' })
  })
})

describe('a number that somebody else has now', () => {
  /** Ann agreed to everything and used her number; then it was taken back. */
  async function annLost() {
    const desk = await testDesk()
    await desk.subscriber({ id: 'ann', number: oldNumber, profile: { first_name: 'Ann' } })
    const offer = await sent(desk, { ...anOffer, subscriber: 'ann' })
    await desk.reaches(offer.id, 'delivered')
    await desk.reply(oldNumber, '67743', 'Thank you')
    pass(desk, 24)
    await hands(desk, '/v1/numbers/deactivated', [{ number: oldNumber, date: '2026-11-02' }])
    pass(desk, 48)
    return desk
  }
  const textsOf = async (desk: Desk, subscriber: string) =>
    ((await desk.ask('GET', `/v1/messages?subscriber=${subscriber}`)).body as { items: Message[] }).items
  const inboundOf = async (desk: Desk, subscriber: string) =>
    ((await desk.ask('GET', `/v1/inbound?subscriber=${subscriber}`)).body as { items: Inbound[] }).items

  test('brings them nothing that Ann agreed to, and nothing of her', async () => {
    const desk = await annLost()
    await desk.subscriber({ id: 'ben', number: oldNumber, consents: {} })
    await proves(desk, 'ben', oldNumber, 2)

    const [forBen, forAnn] = await Promise.all([
      sent(desk, { ...anOffer, subscriber: 'ben' }),
      sent(desk, { subscriber: 'ann', purpose: 'account.payment', text: 'Ann, your payment failed.' }),
    ])
    await desk.reply(oldNumber, '67743', 'Who is this?')

    const why = (await desk.ask('GET', `/v1/messages/${forBen.id}/explanation`)).body as Explanation
    expect(forBen).toMatchObject({ state: 'refused', reasons: [{ rule: 'consent' }] })
    expect(why.rules.find(({ rule }) => rule === 'consent')!.facts.granted).toBeNull()
    expect(forAnn).toMatchObject({ state: 'refused', reasons: [{ rule: 'number' }] })
    expect(forAnn.reasons[0]!.sentence).toContain('not theirs any more')
    // The answer to his question is taken after the question is acknowledged.
    await vi.waitFor(
      async () =>
        expect((await textsOf(desk, 'ben')).map(({ purpose }) => purpose)).toEqual([
          'reply.compliance',
          'offer',
          'code.number_change',
        ]),
      { timeout: 10_000 },
    )
    expect((await inboundOf(desk, 'ben')).map(({ text }) => text)).toEqual(['Who is this?'])
    expect((await inboundOf(desk, 'ann')).map(({ text }) => text)).toEqual(['Thank you'])
    expect(
      (await sent(desk, { subscriber: 'ben', purpose: 'account.plan', text: 'Ben, your plan is Basic.' })).state,
    ).toBe('queued')
  })

  test('who agrees after it was taken back is its owner, without a code', async () => {
    const desk = await annLost()

    await desk.subscriber({ id: 'ben', number: oldNumber, consents: { titles: yes('2026-05-01T00:00:00Z') } })
    const early = await sent(desk, { ...anOffer, subscriber: 'ben' })
    await desk.subscriber({ id: 'ben', number: oldNumber, consents: { offers: yes('2026-11-04T09:00:00Z') } })
    const late = await sent(desk, { ...anOffer, subscriber: 'ben' })

    expect([early.state, late.state]).toEqual(['refused', 'queued'])
    expect((await lifeOf(desk, 'ann')).lostAt).not.toBeNull()
  })

  test('what comes from it is not in what Ann is given of herself, and stays when she is erased', async () => {
    const desk = await annLost()
    await desk.reply(oldNumber, '67743', 'Who is this?')

    const given = await desk.ask('GET', '/v1/subscribers/ann/export')
    await desk.ask('DELETE', '/v1/subscribers/ann')

    expect(given.status).toBe(200)
    expect(JSON.stringify(given.body)).toContain('Thank you')
    expect(JSON.stringify(given.body)).not.toContain('Who is this?')
    expect((given.body as SubscriberExport).numbers).toMatchObject([{ what: 'recycled', why: 'deactivated' }])
    const { items } = (await desk.ask('GET', '/v1/inbound')).body as { items: Inbound[] }
    expect(items.map(({ text, subscriber }) => [text, subscriber])).toEqual([
      ['Who is this?', null],
      [null, null], // what Ann wrote, without its words
    ])
  })

  test("what an import says of consent proves nothing, and a STOP of the number's stays", async () => {
    const desk = await annLost()
    await desk.reply(oldNumber, '67743', 'STOP')

    await desk.subscriber({ id: 'ben', number: oldNumber, consents: { offers: yes('2026-11-04T09:00:00Z', 'import') } })
    expect((await lifeOf(desk, 'ben')).suppressions.map(({ reason }) => reason).sort()).toEqual(['deactivated', 'stop'])

    await proves(desk, 'ben', oldNumber, 2)
    expect((await lifeOf(desk, 'ben')).suppressions.map(({ reason }) => reason)).toEqual(['stop'])
    expect((await sent(desk, { ...anOffer, subscriber: 'ben' })).state).toBe('refused')
  })

  test('a START from it gives nothing of Ann back', async () => {
    const desk = await testDesk()
    await desk.subscriber({ id: 'ann', number: oldNumber })
    await desk.reply(oldNumber, '67743', 'STOP')
    await desk.texts(oldNumber)
    pass(desk, 24)
    await hands(desk, '/v1/numbers/deactivated', [{ number: oldNumber, date: '2026-11-02' }])

    await desk.reply(oldNumber, '67743', 'START')

    const { consents } = (await desk.ask('GET', '/v1/subscribers/ann')).body as Subscriber
    expect([consents.titles?.granted, consents.offers?.granted]).toEqual([false, false])
  })

  test('"wrong number" from whoever has it takes it from who was meant, and is told', async () => {
    const desk = await testDesk()
    await desk.subscriber({ id: 'ann', number: oldNumber })
    await desk.reaches((await sent(desk, { ...anOffer, subscriber: 'ann' })).id, 'delivered')

    await desk.reply(oldNumber, '67743', 'wrong number')

    expect(await lifeOf(desk, 'ann')).toMatchObject({
      lostAt: expect.any(String),
      suppressions: [{ reason: 'wrong_number' }],
    })
    expect(await told(desk, 1)).toEqual([['number.recycled', 'ann', 'wrong_number']])
    await proves(desk, 'ann', oldNumber, 2)
    expect(await lifeOf(desk, 'ann')).toMatchObject({ lostAt: null, suppressions: [] })
  })
})

describe('a number that carriers call nobody’s', () => {
  const dead = { ranges: [{ prefix: oldNumber, dead: true }] }
  const notice = { subscriber: 'sub-1', purpose: 'account.plan', text: 'Your plan is Premium.' }
  const fails = async (desk: Desk) => {
    const { id } = await sent(desk, notice)
    expect((await desk.reaches(id, 'undeliverable')).reason).toBe('UNDELIV 001')
  }

  test('three times on two days is dead: told once, nothing is sent to it, and what waits is cancelled', async () => {
    const desk = await testDesk({ knobs: dead })
    await desk.subscriber({ number: oldNumber })
    await fails(desk)
    await fails(desk)
    await fails(desk)
    expect((await lifeOf(desk, 'sub-1')).suppressions).toEqual([]) // all on one day
    pass(desk, 24)
    const waiting = await sent(desk, { ...notice, notBefore: '2026-11-03T20:00:00Z' })

    await fails(desk)

    expect(await told(desk, 1)).toEqual([['number.dead', 'sub-1', 'receipts']])
    expect((await lifeOf(desk, 'sub-1')).suppressions).toMatchObject([{ scope: 'all', reason: 'dead' }])
    expect(await desk.message(waiting.id)).toMatchObject({ state: 'cancelled', reason: 'number_dead' })
    expect((await sent(desk, notice)).reasons[0]!.rule).toBe('suppression')
    // Its consents stand: nobody says that it has another owner.
    expect(((await desk.ask('GET', '/v1/subscribers/sub-1')).body as Subscriber).consents.titles?.granted).toBe(true)
  })

  test('one text that arrived in between begins the count anew', async () => {
    const desk = await testDesk({ knobs: dead })
    await desk.subscriber({ number: oldNumber })
    await fails(desk)
    await fails(desk)
    pass(desk, 24)
    desk.simulator.turn({ ranges: [] })
    await desk.reaches((await sent(desk, notice)).id, 'delivered')
    desk.simulator.turn(dead)
    await fails(desk)
    await fails(desk)

    expect((await lifeOf(desk, 'sub-1')).suppressions).toEqual([])
  })

  test('who gets it anew is tried; a text that arrives after all, and a code, end it', async () => {
    const desk = await testDesk()
    const suppress = () =>
      rowsOf(
        desk,
        sql`
        insert into suppression (number_hash, scope, reason, at)
        select number_hash, 'all', 'dead', ${desk.clock.now()} from subscriber where external_id = 'sub-1'`,
      )
    const isDead = async () => (await lifeOf(desk, 'sub-1')).suppressions.length > 0
    await desk.subscriber({ number: oldNumber })

    await suppress()
    await desk.subscriber({ number: oldNumber })
    expect(await isDead()).toBe(true) // nothing new was said
    await desk.subscriber({ id: 'sub-2', number: oldNumber })
    expect(await isDead()).toBe(false)

    const { id } = await sent(desk, notice)
    await suppress()
    await desk.reaches(id, 'delivered')
    await rowsOf(desk, sql`update message set ended_at = ${desk.clock.now()} where id = ${id}`)
    await desk.usher.numbers.sweep()
    expect(await isDead()).toBe(false)

    await suppress()
    const begun = (await begin(desk, 'sub-1', { stepUp: 'password' })).body as NumberChange
    await check(desk, begun.id, await codeOn(desk, oldNumber, 2))
    expect(await isDead()).toBe(false)
  })
})

describe('the reminder to check a number', () => {
  const texts = (desk: Desk, number: string) =>
    (desk.simulator.handsets.find(number)?.texts ?? []).filter(({ text }) => text.includes('still your number'))

  test('is off until somebody turns it on; then it comes once a year, to those whose number nobody proved', async () => {
    const desk = await testDesk()
    await desk.subscriber({ id: 'long', number: oldNumber })
    await desk.subscriber({ id: 'proved', number: '+447700900704' })
    pass(desk, 370 * 24)
    await proves(desk, 'proved', '+447700900704')
    await desk.subscriber({ id: 'new', number: '+447700900705' })
    await desk.usher.numbers.sweep()
    await policyOf(desk, { remindToCheckNumber: true })

    for (let i = 0; i < 4; i++) await desk.usher.numbers.sweep()
    await desk.texts(oldNumber)
    expect(texts(desk, oldNumber)).toHaveLength(1)

    pass(desk, 200 * 24)
    for (let i = 0; i < 4; i++) await desk.usher.numbers.sweep()
    pass(desk, 170 * 24)
    for (let i = 0; i < 4; i++) await desk.usher.numbers.sweep()
    await desk.texts(oldNumber, 2)

    expect(texts(desk, oldNumber)).toHaveLength(2)
    expect(texts(desk, oldNumber)[0]!.text).toMatch(/^Orpheum: is this still your number\?/)
  })
})
