// What people write back: stored before it is acknowledged, once, and done as it says.
import type { Acceptance, BatchVerdict, Inbound } from '@usher/contract/message'
import { toGsm, toUcs2 } from '@usher/smpp/gsm'
import { esmClass } from '@usher/smpp/pdu'
import { segment } from '@usher/smpp/segment'
import { createSmppServer, type DeliverFields, type SmppSession } from '@usher/smpp/session'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Desk, on, rowsOf, testDesk } from '../desk.ts'
import { urgency } from '../store/database.ts'
import { keyRing, keysFromFile, seal } from '../store/keys.ts'
import { sql } from '../store/sql.ts'

const anOffer = { subscriber: 'sub-1', purpose: 'offer', text: 'Half price. Reply STOP to end' }
/** Of none of the demo's subscribers. */
const aNumber = '+447700900444'
const ourNumber = '67743'

const inboundOf = async (desk: Desk, query = ''): Promise<Inbound[]> =>
  ((await desk.ask('GET', `/v1/inbound?limit=500${query}`)).body as { items: Inbound[] }).items
const offerTo = async (desk: Desk, subscriber: string): Promise<Acceptance> =>
  (await desk.send({ ...anOffer, subscriber })).body

/** A carrier that delivers what it is told to, as often as it is told. */
async function deliveringDesk() {
  let bound: (session: SmppSession) => void = () => {}
  const session = new Promise<SmppSession>(resolve => {
    bound = resolve
  })
  const carrier = createSmppServer({
    authenticate: () => 0,
    onSession: bound,
    onSubmit: () => ({ status: 0, message_id: String(Math.random()) }),
  })
  const { port } = await carrier.listen(0)
  const desk = await testDesk({ env: { USHER_SMPP: `127.0.0.1:${port}` } })
  onTestFinished(() => carrier.close(0))
  return {
    desk,
    /** Resolves with the status of Usher's answer. */
    async deliver(fields: Partial<DeliverFields>): Promise<number> {
      const from = { source_addr_ton: 1, source_addr_npi: 1, source_addr: aNumber.slice(1) }
      const answer = await (await session).deliver({ ...from, destination_addr: ourNumber, ...fields })
      return answer.kind === 'answered' ? answer.status : -1
    },
  }
}
const plain = (text: string) => ({ short_message: Buffer.from(text, 'latin1') })
const partsOf = (text: string, reference: number): Partial<DeliverFields>[] => {
  const { segments, dataCoding } = segment(text, { reference })
  return segments.map(({ octets }) => ({ esm_class: esmClass.udhi, data_coding: dataCoding, short_message: octets }))
}

describe('a keyword', () => {
  test.each([
    ['STOP', 'stop', /have ended/],
    ['  Stop. ', 'stop', /have ended/],
    ['"unsubscribe"', 'stop', /have ended/],
    ['Arrêt!', 'stop', /have ended/],
    ['停止', 'stop', /have ended/],
    ['ＳＴＯＰ', 'stop', /have ended/],
    ['start', 'start', /on again/],
    ['Help?', 'help', /orpheum\.example\/help/],
    ['AYUDA', 'help', /orpheum\.example\/help/],
  ])('%j is understood as %s and answered once', async (said, keyword, answer) => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })

    await desk.reply(aNumber, ourNumber, said)

    expect(await inboundOf(desk)).toMatchObject([
      { subscriber: 'sub-1', number: '+44••••••••44', to: ourNumber, text: said, keyword },
    ])
    const [text, ...more] = await desk.texts(aNumber)
    expect(text!.text).toMatch(answer)
    expect(text!.originator).toBe(ourNumber)
    expect(more).toEqual([])
  })

  test.each(['Please do not stop', 'stop it was great', 'helpful', 'What is on tonight?', 'start over'])(
    'inside a sentence is none: %j is kept and not answered',
    async said => {
      const desk = await testDesk()
      await desk.subscriber({ number: aNumber })

      await desk.reply(aNumber, ourNumber, said)

      expect(await inboundOf(desk)).toMatchObject([{ text: said, keyword: null }])
      expect((await offerTo(desk, 'sub-1')).state).toBe('queued')
      expect(await rowsOf(desk, sql`select 1 from message where purpose = 'reply.compliance'`)).toEqual([])
    },
  )

  test('is answered in the language of who wrote it', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber, locale: 'de' })

    await desk.reply(aNumber, ourNumber, 'STOP')

    expect((await desk.texts(aNumber))[0]!.text).toMatch(/Keine SMS mehr/)
  })
})

describe('STOP', () => {
  test('ends offers and titles, and leaves codes, alerts and account notices', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })

    await desk.reply(aNumber, ourNumber, 'STOP')

    const state = async (purpose: string) =>
      (
        (await desk.send({ subscriber: 'sub-1', purpose, text: 'Orpheum: a word. Reply STOP to end' }))
          .body as Acceptance
      ).state
    for (const purpose of ['offer', 'title.new_episode', 'title.recommendation'])
      expect(await state(purpose), purpose).toBe('refused')
    for (const purpose of ['code.sign_in', 'alert.security', 'account.payment', 'reply.support'])
      expect(await state(purpose), purpose).toBe('queued')
  })

  test('written twice is answered twice and stops once; START ends it', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })

    await desk.reply(aNumber, ourNumber, 'STOP')
    await desk.reply(aNumber, ourNumber, 'STOP')
    expect(await rowsOf(desk, sql`select scope from suppression`)).toEqual([{ scope: 'promotional' }])
    expect(await desk.texts(aNumber, 2)).toHaveLength(2)

    await desk.reply(aNumber, ourNumber, 'START')
    expect(await rowsOf(desk, sql`select scope from suppression`)).toEqual([])
    expect((await offerTo(desk, 'sub-1')).state).toBe('queued')
  })

  test('START does not bring back what another reason ended', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })
    await rowsOf(
      desk,
      sql`insert into suppression (number_hash, scope, reason, at) select number_hash, 'all', 'number_dead', now() from subscriber where external_id = 'sub-1'`,
    )

    await desk.reply(aNumber, ourNumber, 'START')

    expect((await offerTo(desk, 'sub-1')).state).toBe('refused')
  })

  test('of a number that nobody has is kept, for who will have it', async () => {
    const desk = await testDesk()
    const stranger = '+447700900888'

    await desk.reply(stranger, ourNumber, 'STOP')

    expect((await inboundOf(desk))[0]).toMatchObject({
      subscriber: null,
      number: '+44••••••••88',
      text: 'STOP',
      keyword: 'stop',
    })
    expect((await desk.texts(stranger))[0]!.text).toMatch(/have ended/)
    await desk.subscriber({ id: 'later', number: stranger })
    expect((await offerTo(desk, 'later')).state).toBe('refused')
  })

  test('of a number that two subscribers share ends texts to both, and what waits for both', async () => {
    const desk = await testDesk()
    const shared = '+447700900777'
    await desk.subscriber({ id: 'a', number: shared })
    await desk.subscriber({ id: 'b', number: shared })
    await desk.subscriber({ id: 'c', number: '+447700900778' })
    const waiting = await Promise.all(
      ['a', 'b', 'c'].map(
        async subscriber =>
          ((await desk.send({ ...anOffer, subscriber, notBefore: '2026-11-02T18:00:00Z' })).body as Acceptance).id,
      ),
    )

    await desk.reply(shared, ourNumber, 'STOP')

    const states = await Promise.all(waiting.map(async id => (await desk.message(id)).state))
    expect(states).toEqual(['cancelled', 'cancelled', 'held'])
    expect((await offerTo(desk, 'a')).state).toBe('refused')
    expect((await offerTo(desk, 'b')).state).toBe('refused')
    expect((await offerTo(desk, 'c')).state).toBe('queued')
    expect(await desk.texts(shared)).toHaveLength(1)
  })

  test('while a campaign flows: after its commit none is submitted but those that were claimed before', async () => {
    const desk = await testDesk({ knobs: { answerDelayMs: 150 }, env: { USHER_SMPP_WINDOW: '10' } })
    await desk.subscriber({ number: aNumber })
    const body = Array.from(
      { length: 200 },
      (_, i) => `${JSON.stringify({ ...anOffer, text: `Offer ${i}. Reply STOP to end` })}\n`,
    )
    const answer = await desk.ask('POST', '/v1/messages/batch', body.join(''), {
      'content-type': 'application/x-ndjson',
    })
    const ids = (answer.body as string)
      .split('\n')
      .flatMap(line => (line === '' ? [] : [(JSON.parse(line) as BatchVerdict).id!]))
    await desk.texts(aNumber, 15)

    const stored = new Promise<void>(resolve => {
      desk.usher.events.on('inbound.stored', () => resolve())
    })
    const replied = desk.reply(aNumber, ourNumber, 'STOP')
    await stored
    const left = await rowsOf<{ claimed: boolean }>(
      desk,
      sql`select claimed_by is not null as claimed from job join message using (id) where purpose = 'offer'`,
    )
    await replied

    expect(left.filter(({ claimed }) => !claimed)).toEqual([])
    expect(left.length).toBeLessThanOrEqual(10)
    const messages = await Promise.all(ids.map(id => desk.reaches(id)))
    const sent = messages.filter(({ state }) => state === 'delivered')
    const cancelled = messages.filter(({ state, reason }) => state === 'cancelled' && reason === 'stop')
    expect(sent.length + cancelled.length).toBe(200)
    expect(cancelled.length).toBeGreaterThan(100)
    const offers = desk.simulator.ledger!.after(0).filter(({ text }) => text.startsWith('Offer'))
    expect(offers).toHaveLength(sent.length)
  })

  test('and a text that is being accepted at the same moment: one of them is first, and the text is not sent after it', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })

    const asked = Array.from({ length: 40 }, async () => offerTo(desk, 'sub-1'))
    const stopped = desk.reply(aNumber, ourNumber, 'STOP')
    const answers = await Promise.all(asked)
    await stopped

    const [stop] = await rowsOf<{ received_at: Date }>(desk, sql`select received_at from inbound`)
    for (const { id, state } of answers)
      if (state === 'queued') {
        const message = await desk.reaches(id)
        expect(['delivered', 'cancelled']).toContain(message.state)
      } else expect(state).toBe('refused')
    expect(stop).toBeDefined()
    expect(await rowsOf(desk, sql`select id from job join message using (id) where purpose = 'offer'`)).toEqual([])
  })
})

describe('STOP, where things happen at once', () => {
  test('a text that was claimed before it and not taken by the carrier does not go out after it', async () => {
    const desk = await testDesk({ knobs: { queueFull: 1, answerDelayMs: 300 } })
    await desk.subscriber({ number: aNumber })
    const { id } = await offerTo(desk, 'sub-1')
    while ((await desk.message(id)).state !== 'submitting');

    await desk.reply(aNumber, ourNumber, 'STOP')
    desk.simulator.turn({ queueFull: 0, answerDelayMs: 0 })

    expect(await desk.reaches(id, 'cancelled', 'submitted')).toMatchObject({ state: 'cancelled', reason: 'stop' })
    const [only] = await desk.texts(aNumber)
    expect(only!.text).toMatch(/have ended/)
  })

  // PGlite has one connection: there nothing happens at once.
  test.skipIf(on === 'pglite')('a text that waited for its lock is judged with it', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })
    const { db } = desk.usher
    let offer: Promise<Acceptance> | undefined

    await db.transaction(async stop => {
      await stop.rows(sql`select id from subscriber where external_id = 'sub-1' for no key update`)
      offer = offerTo(desk, 'sub-1')
      const waits = sql`select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      while ((await db.rows(waits, urgency.strict)).length === 0);
      await stop.rows(sql`
        insert into suppression (number_hash, scope, reason, at)
        select number_hash, 'promotional', 'stop', now() from subscriber where external_id = 'sub-1'`)
    })

    expect(await offer).toMatchObject({ state: 'refused', reasons: [{ rule: 'suppression' }] })
  })

  test('STOP, START and STOP again, from a carrier that numbers nothing, ends with STOP', async () => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })

    for (const word of ['STOP', 'START', 'STOP']) expect(await deliver(plain(word))).toBe(0)

    expect(await offerTo(desk, 'sub-1')).toMatchObject({ state: 'refused' })
  })
})

describe('a delivery', () => {
  test('that is repeated is acknowledged again and stored once', async () => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })
    const numbered = { ...plain('Hello there'), tlvs: { user_message_reference: 77 } }

    const statuses = [await deliver(numbered), ...(await Promise.all([deliver(numbered), deliver(numbered)]))]
    desk.clock.moveTo(new Date('2026-11-02T17:00:00Z'))
    statuses.push(await deliver(numbered))

    expect(statuses).toEqual([0, 0, 0, 0])
    expect(await inboundOf(desk)).toHaveLength(1)
  })

  test('without a number of its own is a repetition within minutes, and a new text later', async () => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })

    await deliver(plain('Hello'))
    await deliver(plain('Hello'))
    expect(await inboundOf(desk)).toHaveLength(1)

    desk.clock.moveTo(new Date('2026-11-02T15:06:00Z'))
    await deliver(plain('Hello'))
    expect(await inboundOf(desk)).toHaveLength(2)
  })

  test('of other words, from another handset or under another number, is another text', async () => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })

    await deliver({ ...plain('Hello'), tlvs: { user_message_reference: 1 } })
    await deliver({ ...plain('Hello'), tlvs: { user_message_reference: 2 } })
    await deliver({ ...plain('Goodbye'), tlvs: { user_message_reference: 2 } })
    await deliver({ ...plain('Hello'), source_addr: '447700900999', tlvs: { user_message_reference: 1 } })

    expect((await inboundOf(desk)).map(({ text }) => text).sort()).toEqual(['Goodbye', 'Hello', 'Hello', 'Hello'])
  })

  test('of a keyword that is repeated is answered once', async () => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })

    const help = { ...plain('HELP'), tlvs: { user_message_reference: 9 } }
    await Promise.all([deliver(help), deliver(help), deliver(help)])
    await deliver(help)
    await deliver({ ...plain('START'), tlvs: { user_message_reference: 10 } })

    await answered(desk, 2)
    expect(await rowsOf(desk, sql`select template from message order by id`)).toEqual([
      { template: 'reply.help' },
      { template: 'reply.start' },
    ])
  })

  test('is stored before it is acknowledged', async () => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })

    for (let i = 0; i < 20; i++) {
      expect(await deliver({ ...plain(`Text ${i}`), tlvs: { user_message_reference: i } })).toBe(0)
      expect(await inboundOf(desk)).toHaveLength(i + 1)
    }
  })

  /** Resolves once so many answers were accepted. */
  async function answered(desk: Desk, count: number): Promise<void> {
    while ((await rowsOf(desk, sql`select id from message where purpose = 'reply.compliance'`)).length < count)
      await new Promise(resolve => setImmediate(resolve))
  }
})

describe('a long text from a handset', () => {
  const long = `${'A long story, told in full. '.repeat(14)}The end.`
  test.each([
    ['in order', [0, 1, 2]],
    ['backwards', [2, 1, 0]],
    ['mixed, one of them twice', [1, 0, 1, 2]],
    ['all at once', 'together'],
  ] as const)('whose parts come %s is one text', async (_, order) => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })
    const parts = partsOf(long, 42)
    expect(parts).toHaveLength(3)

    if (order === 'together') expect(await Promise.all(parts.map(deliver))).toEqual([0, 0, 0])
    else
      for (const [i, n] of order.entries()) {
        expect(await inboundOf(desk)).toEqual([])
        expect(await deliver(parts[n]!)).toBe(0)
        const [kept] = await rowsOf<{ n: number }>(desk, sql`select count(*)::int as n from inbound_part`)
        expect(kept!.n).toBe(new Set(order.slice(0, i + 1)).size)
      }

    expect(await inboundOf(desk)).toMatchObject([{ text: long, subscriber: 'sub-1' }])
  })

  test('is one text still when all of it is delivered again', async () => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })

    for (const part of [...partsOf(long, 42), ...partsOf(long, 42)]) expect(await deliver(part)).toBe(0)

    expect(await inboundOf(desk)).toHaveLength(1)
  })

  test('under a reference that came round again is another text', async () => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })
    const other = `${'Another story, as long as it. '.repeat(12)}The end.`

    for (const part of partsOf(long, 42)) await deliver(part)
    for (const part of partsOf(other, 42)) await deliver(part)

    expect((await inboundOf(desk)).map(({ text }) => text)).toEqual([other, long])
  })

  test('of two handsets under one reference is not mixed', async () => {
    const { desk, deliver } = await deliveringDesk()
    const other = `${'Another story, as long as it. '.repeat(12)}The end.`
    const mine = partsOf(long, 42)
    const theirs = partsOf(other, 42).map(part => ({ ...part, source_addr: '447700900999' }))

    for (const i of [0, 1, 2]) await Promise.all([deliver(mine[i]!), deliver(theirs[i]!)])

    expect((await inboundOf(desk)).map(({ text }) => text).sort()).toEqual([long, other].sort())
  })

  test('with emoji that are cut between parts arrives whole', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })
    const text = `${'x'.repeat(66)}🎬${'y'.repeat(65)}🍿 and a word`

    await desk.reply(aNumber, ourNumber, text)

    expect(await inboundOf(desk)).toMatchObject([{ text }])
  })
})

describe('a character of a long text that is cut between two parts', () => {
  /** As some handsets cut: by octets alone. */
  const cut = (octets: Uint8Array, at: number, coding: readonly [number, number]): Partial<DeliverFields>[] =>
    [octets.subarray(0, at), octets.subarray(at)].map((piece, i) => ({
      esm_class: esmClass.udhi,
      data_coding: coding[i]!,
      short_message: Buffer.concat([Buffer.from([0x05, 0x00, 0x03, 77, 2, i + 1]), piece]),
    }))
  const story = 'A long story'

  test.each([
    ['an emoji, in order', cut(toUcs2(`${story} 🎬.`), 2 * (story.length + 2), [8, 8]), `${story} 🎬.`],
    ['an emoji, backwards', cut(toUcs2(`${story} 🎬.`), 2 * (story.length + 2), [8, 8]).reverse(), `${story} 🎬.`],
    ['a euro behind its escape', cut(toGsm(`${story} €5.`)!, story.length + 2, [0, 0]), `${story} €5.`],
    [
      'nothing, and each part in an alphabet of its own',
      [cut(toGsm(story)!, story.length, [0, 0])[0]!, cut(toUcs2(' 🎬'), 0, [8, 8])[1]!],
      `${story} 🎬`,
    ],
  ])('arrives whole: %s', async (_, parts, text) => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })

    for (const part of parts) expect(await deliver(part)).toBe(0)

    expect(await inboundOf(desk)).toMatchObject([{ text }])
  })

  test('and what was kept before parts were kept as they came is read as it is', async () => {
    const { desk, deliver } = await deliveringDesk()
    await desk.subscriber({ number: aNumber })
    const [first, second] = cut(toGsm(story)!, 6, [0, 0])
    await deliver(first!)
    const [kept] = await rowsOf<{ data_key: Uint8Array }>(desk, sql`select data_key from inbound_part`)
    const keys = keyRing(keysFromFile(desk.config.keyFile))
    await rowsOf(
      desk,
      sql`update inbound_part set data_coding = null, body = ${seal(keys.unwrap(kept!.data_key), 'A long', 'inbound')}`,
    )

    await deliver(second!)

    expect(await inboundOf(desk)).toMatchObject([{ text: story }])
  })
})

describe('a subscriber whose number changes', () => {
  const tomorrow = '2026-11-03T12:00:00Z'
  const held = async (desk: Desk, subscriber: string, purpose = 'offer') =>
    ((await desk.send({ ...anOffer, subscriber, purpose, notBefore: tomorrow })).body as Acceptance).id
  const fateOf = async (desk: Desk, id: string) => {
    const { state, reason } = await desk.message(id)
    return [state, reason]
  }

  test('gets nothing at the old one that they agreed to, and what serves them still', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })
    await desk.subscriber({ id: 'other', number: '+447700900555' })
    const offer = await held(desk, 'sub-1')
    const title = await held(desk, 'sub-1', 'title.new_episode')
    const payment = await held(desk, 'sub-1', 'account.payment')
    const others = await held(desk, 'other')

    await desk.subscriber({ number: '+447700900666' })

    expect(await fateOf(desk, offer)).toEqual(['cancelled', 'number_changed'])
    expect(await fateOf(desk, title)).toEqual(['cancelled', 'number_changed'])
    expect(await fateOf(desk, payment)).toEqual(['held', null])
    expect(await fateOf(desk, others)).toEqual(['held', null])
    expect(await rowsOf(desk, sql`select id from job order by id`)).toEqual([{ id: payment }, { id: others }])
  })

  test('nor what was claimed before and not taken by the carrier', async () => {
    const desk = await testDesk({ knobs: { queueFull: 1, answerDelayMs: 300 } })
    await desk.subscriber({ number: aNumber })
    const { id } = await offerTo(desk, 'sub-1')
    while ((await desk.message(id)).state !== 'submitting');

    await desk.subscriber({ number: '+447700900666' })
    desk.simulator.turn({ queueFull: 0, answerDelayMs: 0 })

    expect(await desk.reaches(id, 'cancelled', 'submitted')).toMatchObject({
      state: 'cancelled',
      reason: 'number_changed',
    })
  })

  test('only then: the same number, written another way, leaves all as it is', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })
    const offer = await held(desk, 'sub-1')

    await desk.subscriber({ number: aNumber, locale: 'de' })
    expect(await fateOf(desk, offer)).toEqual(['held', null])

    expect((await desk.ask('PUT', '/v1/subscribers/sub-1', { locale: 'de' })).status).toBe(200)
    expect(await fateOf(desk, offer)).toEqual(['cancelled', 'number_changed'])
  })

  test('by an import: those lose what waits whose number is another, and no others', async () => {
    const desk = await testDesk()
    const people = ['a', 'b', 'c']
    for (const [i, id] of people.entries()) await desk.subscriber({ id, number: `+44770090070${i}` })
    const offers = await Promise.all(people.map(id => held(desk, id)))

    const lines = people.map((id, i) => JSON.stringify({ id, number: `+4477009007${id === 'b' ? 9 : 0}${i}` }))
    const answer = await desk.ask('POST', '/v1/subscribers/import', `${lines.join('\n')}\n`, {
      'content-type': 'application/x-ndjson',
    })

    expect(answer.status).toBe(200)
    expect(await Promise.all(offers.map(async id => (await desk.message(id)).state))).toEqual([
      'held',
      'cancelled',
      'held',
    ])
  })
})

describe('the list of texts from handsets', () => {
  test('comes in pages, by subscriber, newest first', async () => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })
    await desk.subscriber({ id: 'sub-2', number: '+447700900445' })
    for (let i = 0; i < 7; i++) await desk.reply(i % 2 === 0 ? aNumber : '+447700900445', ourNumber, `Text ${i}`)

    const read: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const page = (await desk.ask('GET', `/v1/inbound?limit=2${query}`)).body as {
        items: Inbound[]
        next: string | null
      }
      read.push(...page.items.map(({ text }) => text!))
      cursor = page.next
    }

    expect(read).toEqual([6, 5, 4, 3, 2, 1, 0].map(i => `Text ${i}`))
    expect((await inboundOf(desk, '&subscriber=sub-2')).map(({ text }) => text)).toEqual(['Text 5', 'Text 3', 'Text 1'])
  })
})
