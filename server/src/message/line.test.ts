// The whole line, from an HTTP request to a handset and back, on a carrier that behaves and on one that does not.
import type { Acceptance, BatchVerdict, Message, PreviewResult } from '@usher/contract/message'
import { measure } from '@usher/smpp/segment'
import { createSmppServer, type SmppSession } from '@usher/smpp/session'
import { getCountries, getExampleNumber } from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { describe, expect, onTestFinished, test } from 'vitest'
import { registrationRules } from '../carrier/registrations.ts'
import { aNumber, type Desk, type DeskOptions, rowsOf, testDesk } from '../desk.ts'
import { readSubmission, receiptFields, type Submission, type TextEnd } from '../simulator/wire.ts'
import { sql } from '../store/sql.ts'
import { type Purpose, purposes, rulesOf } from './purpose.ts'
import { shippedTemplates } from './templates.ts'

const aCode = {
  subscriber: 'sub-1',
  purpose: 'code.sign_in',
  template: 'code.sign_in',
  data: { code: '482913', minutes: 10 },
}
const anOffer = { subscriber: 'sub-1', purpose: 'offer', text: 'Half price. Reply STOP to end' }
const aPayment = { subscriber: 'sub-1', purpose: 'account.payment', text: 'Your payment did not go through.' }

const idOf = (answer: { status: number; body: never }): string => {
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  return (answer.body as Acceptance).id
}
const batch = async (desk: Desk, lines: object[]): Promise<BatchVerdict[]> => {
  const body = lines.map(line => `${JSON.stringify(line)}\n`).join('')
  const answer = await desk.ask('POST', '/v1/messages/batch', body, { 'content-type': 'application/x-ndjson' })
  return (answer.body as string).split('\n').flatMap(line => (line === '' ? [] : [JSON.parse(line)]))
}
const later = (desk: Desk, seconds: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + seconds * 1_000))
const quick = { USHER_SMPP_RESPONSE_TIMEOUT_MS: '200' }

/** Resolves once a text was given back to the queue, to go out again at another time. */
async function givenBack(desk: Desk, id: string): Promise<void> {
  for (;;) {
    const [job] = await rowsOf<{ waits: boolean }>(
      desk,
      sql`select claimed_by is null and attempts > 0 as waits from job where id = ${id}`,
    )
    if (job?.waits) return
    await new Promise(resolve => setImmediate(resolve))
  }
}

interface ByHand extends Desk {
  /** What was submitted, in the order it came. */
  taken: Submission[]
  /** Resolves once so many were submitted. */
  submitted(count: number): Promise<void>
  /** Answers the nth submission with an id. */
  answer(n: number): void
  /** Sends the receipt of the nth; resolves with the status of Usher's answer. */
  tell(n: number, end: TextEnd, how?: { id?: string; withoutReference?: boolean }): Promise<number>
}

/** A desk whose carrier says nothing by itself. */
async function byHand(options: DeskOptions = {}): Promise<ByHand> {
  const taken: Submission[] = []
  const answers: (() => void)[] = []
  let waiting: (() => void)[] = []
  let session: SmppSession | undefined
  const carrier = createSmppServer({
    authenticate: () => 0,
    onSubmit(pdu, from) {
      session = from
      const n = taken.push(readSubmission(pdu)) - 1
      for (const look of waiting.splice(0)) look()
      return new Promise(resolve => {
        answers[n] = () => resolve({ status: 0, message_id: `id-${n}` })
      })
    },
  })
  const { port } = await carrier.listen(0)
  const desk = await testDesk({ ...options, env: { USHER_SMPP: `127.0.0.1:${port}`, ...options.env } })
  onTestFinished(() => {
    waiting = []
    return carrier.close(0)
  })
  // The desk behind it still answers for itself: who restarts it has the new one.
  return Object.assign(Object.create(desk) as Desk, {
    taken,
    async submitted(count: number) {
      while (taken.length < count) await new Promise<void>(resolve => waiting.push(resolve))
    },
    answer: (n: number) => answers[n]!(),
    async tell(n: number, end: TextEnd, { id = `id-${n}`, withoutReference = false } = {}) {
      const at = new Date()
      const submission = withoutReference ? { ...taken[n]!, reference: null } : taken[n]!
      const fields = receiptFields(submission, { id, end, submittedAt: at, doneAt: at, form: 'both' })
      const told = await session!.deliver(fields)
      return told.kind === 'answered' ? told.status : -1
    },
  })
}

test('a sign-in code travels from an HTTP request to the handset, and its receipt back', async () => {
  const desk = await testDesk()
  await desk.subscriber()

  const { status, body } = await desk.send(aCode)

  expect(status).toBe(202)
  const [text] = await desk.texts(aNumber)
  expect(text).toMatchObject({ originator: '67744', segments: 1 })
  expect(text!.text).toMatch(/482913/)
  const message = await desk.reaches((body as Acceptance).id)
  expect(message).toMatchObject({ state: 'delivered', lane: 'code', text: null, number: '+44••••••••23' })
})

test('STOP suppresses later offers, cancels what waits, and is answered once', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  const held = await desk.send({ ...anOffer, notBefore: '2026-11-02T18:00:00Z' })
  expect(held.body).toMatchObject({ state: 'held' })

  await desk.reply(aNumber, '67743', ' stop! ')

  expect(await desk.reaches(idOf(held))).toMatchObject({ state: 'cancelled', reason: 'stop' })
  const later = await desk.send({ subscriber: 'sub-1', purpose: 'title.new_episode', text: 'New. Reply STOP to end' })
  expect(later).toMatchObject({ status: 200, body: { state: 'refused', reasons: [{ rule: 'suppression' }] } })
  const [answer] = await desk.texts(aNumber)
  expect(answer!.text).toMatch(/ended/)
})

test('there is a shipped template for every purpose', () => {
  expect(new Set(shippedTemplates.map(({ purpose }) => purpose))).toEqual(new Set(purposes))
})

const locales = Object.keys(shippedTemplates[0]!.texts)
/** A preview shows where a short link will stand, for there is none before there is a text. */
const asSample = (text: string) => text.replace(/(?<=https:\/\/o\.orpheum\.example\/)\w{11}/g, 'XXXXXXXXXXX')
test.each(locales)('every shipped template reaches a handset in %s as it was shown before', async locale => {
  const desk = await testDesk()
  const number = '+447700900777'
  await desk.subscriber({ id: 'reader', number, locale })
  const previews = await Promise.all(
    shippedTemplates.map(async ({ name, example }): Promise<PreviewResult> => {
      const answer = await desk.ask('POST', '/v1/messages/preview', {
        subscriber: 'reader',
        template: name,
        data: example,
      })
      return answer.body
    }),
  )

  const verdicts = await batch(
    desk,
    shippedTemplates.map(({ name, purpose, example }) => ({
      subscriber: 'reader',
      purpose,
      template: name,
      data: example,
    })),
  )

  const messages = await Promise.all(verdicts.map(({ id }) => desk.reaches(id!, 'delivered')))
  const shown = await desk.texts(number, shippedTemplates.length)
  const told = (
    originator: string,
    { text, encoding, segments }: { text: string; encoding: string; segments: number },
  ) => JSON.stringify({ originator, encoding, segments, text: asSample(text) })
  expect(shown.map(text => told(text.originator, text)).sort()).toEqual(
    previews
      .map(({ text, encoding, segments }, i) => {
        expect(measure(text), text).toMatchObject({ encoding, segments: segments.length })
        const { sender } = rulesOf[shippedTemplates[i]!.purpose]
        return told(desk.config.senders[sender], { text, encoding, segments: segments.length })
      })
      .sort(),
  )
  for (const [i, { locale: written, text, purpose }] of messages.entries()) {
    expect(written).toBe(locale)
    expect(text && asSample(text), purpose).toBe(rulesOf[purpose].secret ? null : previews[i]!.text)
  }
})

test.each([
  ['code.sign_in', 'security', '67744'],
  ['alert.security', 'security', '67744'],
  ['account.payment', 'main', '67743'],
  ['offer', 'main', '67743'],
] as const)('%s is sent by the %s sender, %s', async (purpose: Purpose, sender, originator) => {
  const desk = await testDesk()
  await desk.subscriber()

  const id = idOf(await desk.send({ subscriber: 'sub-1', purpose, text: 'Orpheum: a word. Reply STOP to end' }))

  expect(await desk.reaches(id, 'delivered')).toMatchObject({ sender, originator })
  expect((await desk.texts(aNumber))[0]!.originator).toBe(originator)
})

// Regions that share their example number with another, whose country libphonenumber then answers.
const sharedWith: Record<string, string> = {
  ...{ AX: 'FI', BL: 'GP', CC: 'AU', CX: 'AU', EH: 'MA', IM: 'GB', MF: 'GP', SJ: 'NO', VA: 'IT' },
}

test('a text arrives in every region that has mobile phones, unless its sender has to be registered there', async () => {
  const desk = await testDesk()
  const all = getCountries().map(region => ({ region, number: getExampleNumber(region, examples)!.number }))
  const asksForIt = (region: string) =>
    registrationRules.some(rule => rule.country === region && rule.kinds.includes('short_code'))
  const regions = all.filter(({ region }) => !asksForIt(region))
  expect(regions.length).toBeGreaterThan(240)
  const textFor = (region: string, i: number) =>
    i % 2 === 0 ? `Orpheum: 123456 is your code. (${region})` : `Orpheum: 123456 はコードです (${region})`

  const verdicts = await batch(
    desk,
    regions.map(({ region, number }, i) => ({ number, purpose: 'code.sign_in', text: textFor(region, i) })),
  )

  const messages = await Promise.all(verdicts.map(({ id }) => desk.reaches(id!, 'delivered')))
  for (const [i, { region, number }] of regions.entries()) {
    const encoding = i % 2 === 0 ? 'gsm7' : 'ucs2'
    expect(messages[i], region).toMatchObject({ country: sharedWith[region] ?? region, encoding, segments: 1 })
    const texts = desk.simulator.handsets.find(number).texts
    expect(
      texts.find(({ text }) => text === textFor(region, i)),
      region,
    ).toMatchObject({ encoding })
  }
  for (const { region, number } of all.filter(({ region }) => asksForIt(region))) {
    const { body } = await desk.send({ number, purpose: 'code.sign_in', text: 'Orpheum: 123456 is your code.' })
    expect(body, region).toMatchObject({ state: 'refused', reasons: [{ rule: 'route' }] })
  }
})

describe('a long text', () => {
  test.each([
    ['161 letters', 'a'.repeat(161), 'gsm7', 2],
    ['306 letters', 'b'.repeat(306), 'gsm7', 2],
    ['307 letters', 'c'.repeat(307), 'gsm7', 3],
    ['459 letters', 'd'.repeat(459), 'gsm7', 3],
    ['euro signs where a part ends', `${'e'.repeat(152)}€€${'e'.repeat(150)}`, 'gsm7', 3],
    ['71 kana', 'あ'.repeat(71), 'ucs2', 2],
    ['134 kana', 'い'.repeat(134), 'ucs2', 2],
    ['135 kana', 'う'.repeat(135), 'ucs2', 3],
    ['emoji where a part ends', `${'f'.repeat(66)}🎬${'g'.repeat(65)}🍿`, 'ucs2', 3],
    ['a family of emoji', `${'👨‍👩‍👧‍👦'.repeat(9)}`, 'ucs2', 2],
    ['ten parts', 'h'.repeat(1_530), 'gsm7', 10],
  ])('of %s is one text on the handset, in parts on the wire', async (_, text, encoding, segments) => {
    const desk = await testDesk()
    await desk.subscriber()

    const id = idOf(await desk.send({ ...aPayment, text }))

    expect(await desk.reaches(id, 'delivered')).toMatchObject({ encoding, segments, text })
    const shown = await desk.texts(aNumber)
    expect(shown).toMatchObject([{ text, encoding, segments }])
    expect(desk.simulator.counts.submitted).toBe(segments)
  })

  test('is delivered only when every part of it is', async () => {
    const desk = await byHand()
    await desk.subscriber()
    const id = idOf(await desk.send({ ...aPayment, text: 'a'.repeat(459) }))
    await desk.submitted(3)
    for (const n of [0, 1, 2]) desk.answer(n)
    await desk.reaches(id, 'submitted')

    await desk.tell(2, 'delivered')
    await desk.tell(0, 'delivered')
    await desk.tell(0, 'delivered')
    expect(await desk.message(id)).toMatchObject({ state: 'submitted' })

    await desk.tell(1, 'delivered')
    expect(await desk.message(id)).toMatchObject({ state: 'delivered', reason: null })
  })

  test('is undeliverable when one part of it is, once all have a word', async () => {
    const desk = await byHand()
    await desk.subscriber()
    const id = idOf(await desk.send({ ...aPayment, text: 'a'.repeat(200) }))
    await desk.submitted(2)
    for (const n of [0, 1]) desk.answer(n)
    await desk.reaches(id, 'submitted')

    await desk.tell(0, 'undeliverable')
    expect(await desk.message(id)).toMatchObject({ state: 'submitted' })

    await desk.tell(1, 'delivered')
    expect(await desk.message(id)).toMatchObject({ state: 'undeliverable', reason: 'part_lost' })
  })

  test('whose receipts come before its answers is delivered all the same', async () => {
    const desk = await testDesk({ knobs: { receiptEarly: 1 } })
    await desk.subscriber()

    const id = idOf(await desk.send({ ...aPayment, text: 'あ'.repeat(135) }))

    expect(await desk.reaches(id, 'delivered')).toMatchObject({ segments: 3 })
  })
})

describe('a receipt', () => {
  test('that comes before the answer waits for it', async () => {
    const desk = await byHand()
    await desk.subscriber()
    const id = idOf(await desk.send(anOffer))
    await desk.submitted(1)

    expect(await desk.tell(0, 'delivered')).toBe(0)
    expect((await desk.message(id)).state).toBe('submitting')
    desk.answer(0)

    const message = await desk.reaches(id, 'delivered')
    expect(message.carrierMessageId).toBe('id-0')
    expect(message.submittedAt).not.toBeNull()
    expect(await rowsOf(desk, sql`select id from parked_receipt`)).toEqual([])
  })

  test('that comes twice changes nothing the second time', async () => {
    const desk = await byHand()
    await desk.subscriber()
    const id = idOf(await desk.send(anOffer))
    await desk.submitted(1)
    desk.answer(0)
    await desk.reaches(id, 'submitted')
    await desk.tell(0, 'delivered')
    const before = await desk.message(id)
    let moves = 0
    desk.usher.events.on('message.moved', list => {
      moves += list.length
    })

    later(desk, 60)
    expect(await desk.tell(0, 'delivered')).toBe(0)
    expect(await desk.tell(0, 'undeliverable')).toBe(0)

    expect(await desk.message(id)).toEqual(before)
    expect(moves).toBe(0)
  })

  test.each([
    ['undeliverable', 'undeliverable', 'UNDELIV 001'],
    ['expired', 'expired', 'EXPIRED 027'],
  ] as const)('that says %s ends the text so, with the reason', async (end, state, reason) => {
    const desk = await byHand()
    await desk.subscriber()
    const id = idOf(await desk.send(anOffer))
    await desk.submitted(1)
    desk.answer(0)
    await desk.reaches(id, 'submitted')

    await desk.tell(0, end)

    const message = await desk.message(id)
    expect(message).toMatchObject({ state, reason })
    expect(message.endedAt).not.toBeNull()
  })

  test('that never comes leaves the text unconfirmed after its time and a grace; a late one corrects it', async () => {
    const desk = await byHand()
    await desk.subscriber()
    const id = idOf(await desk.send(aCode))
    await desk.submitted(1)
    desk.answer(0)
    await desk.reaches(id, 'submitted')

    desk.clock.moveTo(new Date('2026-11-02T15:50:00Z'))
    await desk.usher.sender!.sweep()
    expect((await desk.message(id)).state).toBe('submitted')

    desk.clock.moveTo(new Date('2026-11-02T16:15:00Z'))
    await desk.usher.sender!.sweep()
    expect(await desk.message(id)).toMatchObject({ state: 'unconfirmed', reason: 'no_receipt' })

    desk.clock.moveTo(new Date('2026-11-03T10:00:00Z'))
    await desk.tell(0, 'delivered')
    expect(await desk.message(id)).toMatchObject({ state: 'delivered', reason: null })
  })

  test('that was parked long ago, whose text is known only now, is still matched', async () => {
    const desk = await byHand()
    await desk.subscriber()
    const id = idOf(await desk.send(anOffer))
    await desk.submitted(1)
    desk.answer(0)
    await desk.reaches(id, 'submitted')
    await rowsOf(desk, sql`update message set carrier_message_id = null where id = ${id}`)
    await desk.tell(0, 'delivered')
    expect(await rowsOf(desk, sql`select state from parked_receipt`)).toEqual([{ state: 'delivered' }])

    // Too long ago for each second's look.
    await rowsOf(desk, sql`update parked_receipt set id = '00000000-0000-7000-8000-000000000000'`)
    await rowsOf(desk, sql`update message set carrier_message_id = 'id-0' where id = ${id}`)
    later(desk, 61)

    expect((await desk.reaches(id)).state).toBe('delivered')
    expect(await rowsOf(desk, sql`select state from parked_receipt`)).toEqual([])
  })

  test('of a text that nobody answered for finds it by number and reference', async () => {
    const desk = await byHand({ env: quick })
    await desk.subscriber()
    const first = idOf(await desk.send(aCode))
    await desk.submitted(1)
    const second = idOf(await desk.send({ ...aCode, data: { code: '111222', minutes: 10 } }))
    await desk.submitted(2)
    await Promise.all([desk.reaches(first, 'unanswered'), desk.reaches(second, 'unanswered')])

    await desk.tell(1, 'undeliverable')
    await desk.tell(0, 'delivered')
    later(desk, 10)

    expect(await desk.reaches(first, 'delivered')).toMatchObject({ carrierMessageId: 'id-0', attempts: 1 })
    expect(await desk.reaches(second, 'undeliverable')).toMatchObject({ carrierMessageId: 'id-1' })
    expect(desk.taken).toHaveLength(2)
  })

  test('that could be of two texts is of neither', async () => {
    const desk = await byHand({ env: quick })
    await desk.subscriber()
    await desk.subscriber({ id: 'other', number: '+447700900555' })
    const first = idOf(await desk.send(aCode))
    await desk.submitted(1)
    const second = idOf(await desk.send(aCode))
    await desk.submitted(2)
    const third = idOf(await desk.send({ ...aCode, subscriber: 'other' }))
    await desk.submitted(3)
    await Promise.all([first, second, third].map(id => desk.reaches(id, 'unanswered')))

    await desk.tell(0, 'delivered', { withoutReference: true })
    await desk.tell(2, 'delivered', { withoutReference: true })
    later(desk, 10)

    // The third is alone with its number; by the time it is settled the other two have been looked at.
    await desk.reaches(third, 'delivered')
    expect((await desk.message(first)).state).toBe('unanswered')
    expect((await desk.message(second)).state).toBe('unanswered')
  })

  test('of a text that is not ours is answered and changes nothing', async () => {
    const desk = await byHand()
    await desk.subscriber()
    const id = idOf(await desk.send(anOffer))
    await desk.submitted(1)
    desk.answer(0)
    await desk.reaches(id, 'submitted')

    expect(await desk.tell(0, 'delivered', { id: 'somebody-else' })).toBe(0)

    expect((await desk.message(id)).state).toBe('submitted')
  })

  test.each(['text', 'tlv', 'both'] as const)('is read when the carrier writes it as %s', async receiptForm => {
    const desk = await testDesk({ knobs: { receiptForm, idForm: 'hexadecimal' } })
    await desk.subscriber()

    await desk.reaches(idOf(await desk.send(aCode)), 'delivered')
  })

  test('that comes early and twice, for many texts at once, moves each of them once', async () => {
    const desk = await testDesk({ knobs: { receiptEarly: 0.5, receiptTwice: 0.5 } })
    for (let i = 0; i < 10; i++) await desk.subscriber({ id: `s${i}`, number: `+44770090060${i}` })
    const delivered: string[] = []
    desk.usher.events.on('message.moved', list => {
      for (const { id, state } of list) if (state === 'delivered') delivered.push(id)
    })

    const verdicts = await batch(
      desk,
      Array.from({ length: 300 }, (_, i) => ({ ...anOffer, subscriber: `s${i % 10}` })),
    )

    await Promise.all(verdicts.map(({ id }) => desk.reaches(id!, 'delivered')))
    expect(delivered.sort()).toEqual(verdicts.map(({ id }) => id).sort())
  })
})

describe('a carrier', () => {
  test('that rejects a text ends it, with the status', async () => {
    const desk = await testDesk({ knobs: { reject: 1 } })
    await desk.subscriber()

    const id = idOf(await desk.send(aPayment))

    expect(await desk.reaches(id)).toMatchObject({ state: 'rejected', reason: 'ESME_RINVDSTADR', attempts: 1 })
    expect(desk.simulator.counts.received).toBe(1)
  })

  test.each([
    ['throttles', { throttleAbove: 8 }, 'ESME_RTHROTTLED'],
    ['has a full queue', { queueFull: 0.4 }, 'ESME_RMSGQFUL'],
  ])('that %s is slowed down for, and has every text in the end', async (_, knobs, status) => {
    const desk = await testDesk({ knobs, env: { USHER_SMPP_WINDOW: '8' } })
    await desk.subscriber()
    const slowed = new Set<string>()
    desk.usher.events.on('carrier.slowed', event => slowed.add(event.status))

    const verdicts = await batch(
      desk,
      Array.from({ length: 24 }, (_, i) => ({ ...anOffer, text: `Offer ${i}. Reply STOP to end` })),
    )

    const messages = await Promise.all(verdicts.map(({ id }) => desk.reaches(id!)))
    expect(messages.map(({ state }) => state)).toEqual(Array(24).fill('delivered'))
    expect([...slowed]).toEqual([status])
    expect(desk.simulator.counts.submitted).toBe(24)
  })

  test('that takes a code without an answer never gets it again', async () => {
    const desk = await testDesk({ knobs: { swallow: 1 }, env: quick })
    await desk.subscriber()

    const id = idOf(await desk.send(aCode))

    expect(await desk.reaches(id, 'unanswered')).toMatchObject({ reason: 'no_answer', attempts: 1 })
    desk.simulator.turn({ swallow: 0 })
    later(desk, 60)
    await desk.reaches(idOf(await desk.send(aCode)), 'delivered')
    expect(desk.simulator.counts.received).toBe(2)
    expect((await desk.message(id)).state).toBe('unanswered')
  })

  test('that does not answer for a notice gets it once more, under the same reference', async () => {
    const desk = await testDesk({ knobs: { unanswered: 1, receiptMissing: 1 }, env: quick })
    await desk.subscriber()
    const id = idOf(await desk.send(aPayment))
    await givenBack(desk, id)
    desk.simulator.turn({ unanswered: 0, receiptMissing: 0 })

    later(desk, 31)

    expect(await desk.reaches(id, 'delivered')).toMatchObject({ attempts: 2 })
    const [first, second, ...more] = desk.simulator.ledger!.after(0)
    expect(more).toEqual([])
    expect(second).toMatchObject({ reference: first!.reference, text: first!.text })
  })

  test('that answers for a notice neither time does not get it a third time', async () => {
    const desk = await testDesk({ knobs: { unanswered: 1, receiptMissing: 1 }, env: quick })
    await desk.subscriber()
    const id = idOf(await desk.send(aPayment))
    await givenBack(desk, id)

    later(desk, 31)

    expect(await desk.reaches(id, 'unanswered')).toMatchObject({ attempts: 2 })
    later(desk, 120)
    await desk.usher.sender!.sweep()
    expect(desk.simulator.counts.submitted).toBe(2)
  })

  test('whose receipt comes instead of its answer has delivered, and gets nothing twice', async () => {
    const desk = await testDesk({ knobs: { unanswered: 1 }, env: quick })
    await desk.subscriber()
    const code = idOf(await desk.send(aCode))
    await desk.reaches(code, 'unanswered')
    const notice = idOf(await desk.send(aPayment))
    await givenBack(desk, notice)

    later(desk, 10)

    await Promise.all([desk.reaches(code, 'delivered'), desk.reaches(notice, 'delivered')])
    later(desk, 60)
    await desk.usher.sender!.sweep()
    expect(desk.simulator.counts.submitted).toBe(2)
  })

  test('that is down leaves the text queued, for all to see, until it is up', async () => {
    const desk = await testDesk({ knobs: { down: true } })
    await desk.subscriber()

    const id = idOf(await desk.send(aCode))

    expect(await desk.message(id)).toMatchObject({ state: 'queued', attempts: 0, submittedAt: null })
    const metrics = await desk.ask('GET', '/metrics')
    expect(metrics.body as string).toContain('usher_jobs_waiting{channel="simulated",lane="code"} 1')
    desk.simulator.turn({ down: false })
    await desk.reaches(id, 'delivered')
  })

  test('that comes back after the deadline does not get what is out of time', async () => {
    const desk = await testDesk({ knobs: { down: true } })
    await desk.subscriber()
    const code = idOf(await desk.send(aCode))
    const notice = idOf(await desk.send(aPayment))

    desk.clock.moveTo(new Date('2026-11-02T15:11:00Z'))
    await desk.usher.sender!.sweep()
    expect(await desk.message(code)).toMatchObject({ state: 'expired', reason: 'deadline', text: null })

    desk.simulator.turn({ down: false })
    await desk.reaches(notice, 'delivered')
    expect(desk.simulator.ledger!.after(0).map(({ text }) => text)).toEqual([aPayment.text])
  })

  test('that loses its connection again and again has no text twice', async () => {
    const desk = await testDesk({ knobs: { disconnectEvery: 7 }, env: { ...quick, USHER_SMPP_WINDOW: '5' } })
    await desk.subscriber()

    const verdicts = await batch(
      desk,
      Array.from({ length: 30 }, (_, i) => ({ ...anOffer, text: `Offer ${i}. Reply STOP to end` })),
    )

    const messages = await Promise.all(verdicts.map(({ id }) => desk.reaches(id!)))
    expect(new Set(messages.map(({ state }) => state))).toEqual(new Set(['delivered', 'unanswered']))
    const lines = desk.simulator.ledger!.after(0).map(({ text }) => text)
    expect(new Set(lines).size).toBe(lines.length)
    for (const { state, text } of messages) if (state === 'delivered') expect(lines).toContain(text)
  }, 90_000)

  test('hears how long a text may still be delivered as a relative time', async () => {
    const desk = await byHand()
    await desk.subscriber()

    await desk.send(aCode)
    await desk.submitted(1)
    await desk.send({ ...aPayment, expiresAt: '2026-11-03T15:00:00Z' })
    await desk.submitted(2)

    expect(desk.taken.map(({ pdu }) => pdu.validity_period)).toEqual([
      expect.stringMatching(/^000000000[59]\d\d000R$|^000000001000000R$/),
      expect.stringMatching(/^0000002359\d\d000R$|^000001000000000R$/),
    ])
  })
})

describe('a handset', () => {
  test('that is off gets its text when it is on again, and the text is delivered then', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    desk.simulator.handsets.turn(aNumber, 'off')
    const id = idOf(await desk.send(aPayment))
    expect(await desk.reaches(id, 'submitted')).toMatchObject({ state: 'submitted', endedAt: null })

    desk.simulator.handsets.turn(aNumber, 'on')

    await desk.reaches(id, 'delivered')
    expect(await desk.texts(aNumber)).toHaveLength(1)
  })

  test('that does not exist makes the text undeliverable', async () => {
    const desk = await testDesk({ knobs: { undeliverable: 1 } })
    await desk.subscriber()

    const id = idOf(await desk.send(aPayment))

    const message: Message = await desk.reaches(id)
    expect(message).toMatchObject({ state: 'undeliverable', reason: 'UNDELIV 001' })
  })
})
