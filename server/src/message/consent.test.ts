// Only wanted texts: what a reply ends and gives back, what proves a consent, caps, repeats, and whether one would go out.
import { type Decision, firstPolicy } from '@usher/contract/policy'
import type { ConsentEntry, Subscriber } from '@usher/contract/subscriber'
import { describe, expect, test } from 'vitest'
import { type Desk, type DeskOptions, testDesk as plainDesk, rowsOf } from '../desk.ts'
import { sql } from '../store/sql.ts'
import type { Consents } from '../subscriber/consent.ts'
import { askToConfirm } from './confirm.ts'

/** Nobody's of the demo: who shares a number is answered for the other, too. */
const aNumber = '+447700900550'
async function testDesk(options: DeskOptions = {}): Promise<Desk> {
  const desk = await plainDesk(options)
  return { ...desk, usher: desk.usher, subscriber: (input = {}) => desk.subscriber({ number: aNumber, ...input }) }
}
const main = '67743'
const security = '67744'
const yes = { granted: true, at: '2026-05-03T10:00:00Z', how: 'page', words: 'Yes, text me about this.' }
const anOffer = { subscriber: 'sub-1', purpose: 'offer', text: 'Half price until Sunday. Reply STOP to end' }
const anEpisode = { subscriber: 'sub-1', purpose: 'title.new_episode', text: 'Episode 4 is out. Reply STOP to end' }
const anAlert = { subscriber: 'sub-1', purpose: 'alert.security', text: 'New sign-in on a TV. Was it you?' }
const aPayment = { subscriber: 'sub-1', purpose: 'account.payment', text: 'Your payment did not go through.' }
const aCode = {
  subscriber: 'sub-1',
  purpose: 'code.sign_in',
  template: 'code.sign_in',
  data: { code: '493817', minutes: 10 },
}

const consentsOf = async (desk: Desk, id = 'sub-1') =>
  ((await desk.ask('GET', `/v1/subscribers/${id}`)).body as Subscriber).consents
const ledgerOf = async (desk: Desk, id = 'sub-1') =>
  ((await desk.ask('GET', `/v1/subscribers/${id}/consents`)).body as { items: ConsentEntry[] }).items
const stateOf = async (desk: Desk, message: object) => ((await desk.send(message)).body as { state: string }).state
const lastText = async (desk: Desk, number: string, count: number) => (await desk.texts(number, count)).at(-1)!.text
const put = (desk: Desk, id: string, body: object) => desk.ask('PUT', `/v1/subscribers/${id}`, body)
const wouldGo = async (desk: Desk, question: object) =>
  (await desk.ask('POST', '/v1/decisions/preview', { subscriber: 'sub-1', ...question })).body as Decision

describe('STOP', () => {
  test('ends titles and offers, says what can still arrive, and is an entry of the ledger with its proof', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    await desk.reply(aNumber, main, 'please stop texting me')

    expect(await lastText(desk, aNumber, 1)).toMatch(/title and offer texts have ended.*Codes.*Reply START/)
    expect(await consentsOf(desk)).toMatchObject({
      titles: { granted: false, how: 'text', why: 'stop' },
      offers: { granted: false, how: 'text', why: 'stop' },
    })
    const [inbound] = await desk.heard()
    expect(await ledgerOf(desk)).toMatchObject([
      { granted: false, why: 'stop', proof: { inbound: inbound!.id } },
      { granted: false, why: 'stop', proof: { inbound: inbound!.id } },
      { granted: true, words: yes.words },
      { granted: true, words: yes.words },
    ])
    const states = await Promise.all([anOffer, anEpisode, anAlert, aPayment, aCode].map(one => stateOf(desk, one)))
    expect(states).toEqual(['refused', 'refused', 'queued', 'queued', 'queued'])
  })

  test('to the sender of security alerts ends those too, and not what the account needs', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    await desk.reply(aNumber, security, 'STOP')

    expect(await lastText(desk, aNumber, 1)).toMatch(/security alerts, title and offer texts have ended/)
    const states = await Promise.all([anOffer, anAlert, aPayment, aCode].map(one => stateOf(desk, one)))
    expect(states).toEqual(['refused', 'refused', 'queued', 'queued'])
  })

  test('that says all ends all but what is asked for, and what waits with it', async () => {
    const desk = await testDesk({ now: '2026-11-02T23:10:00Z' })
    await desk.subscriber()
    const waiting = ((await desk.send(aPayment)).body as { id: string; state: string }).id

    await desk.reply(aNumber, main, 'STOP ALL')

    expect(await lastText(desk, aNumber, 1)).toContain('all texts have ended')
    expect(await desk.message(waiting)).toMatchObject({ state: 'cancelled', reason: 'stop' })
    expect(await stateOf(desk, aPayment)).toBe('refused')
    expect(await stateOf(desk, aCode)).toBe('queued')
  })

  test.each([
    ['2027-01-30T15:00:00Z', 'title and offer texts have ended', 'queued'],
    ['2027-02-01T15:00:00Z', 'all texts have ended', 'refused'],
  ])('in the United States at %s: %s', async (now, says, payment) => {
    const desk = await testDesk({ now })
    await desk.subscriber({ number: '+12125550142', zone: 'America/New_York', region: 'US-NY' })

    await desk.reply('+12125550142', main, 'Stop')

    expect(await lastText(desk, '+12125550142', 1)).toContain(says)
    expect(await stateOf(desk, aPayment)).toBe(payment)
  })

  test('in answer to a notice about the plan says that the subscription goes on, and where to cancel it', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.send({ ...aPayment, purpose: 'account.renewal', text: 'Your plan renews on Friday for 9.99.' })
    await desk.texts(aNumber, 1)

    await desk.reply(aNumber, main, 'CANCEL')

    const answer = await lastText(desk, aNumber, 2)
    expect(answer).toMatch(
      /Your subscription goes on.*To cancel the subscription: https:\/\/o\.orpheum\.example\/\w+$/s,
    )
    expect(await stateOf(desk, anOffer)).toBe('refused')
  })

  test('from a number that nobody has is kept for who will have it, until they agree anew', async () => {
    const desk = await testDesk()
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)

    await desk.subscriber()
    expect(await stateOf(desk, anOffer)).toBe('refused')

    const later = { ...yes, at: undefined }
    await put(desk, 'sub-1', { number: aNumber, zone: 'Europe/London', consents: { offers: { granted: false } } })
    desk.clock.moveTo(new Date('2026-11-02T16:00:00Z'))
    await put(desk, 'sub-1', {
      number: aNumber,
      zone: 'Europe/London',
      consents: { offers: { ...later, at: '2026-11-02T15:59:00Z' } },
    })
    expect(await stateOf(desk, anOffer)).toBe('queued')
  })
})

describe('a STOP stands', () => {
  test('against an undated grant for somebody new who has its number', async () => {
    const desk = await testDesk()
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)

    await put(desk, 'sub-1', {
      ...{ number: aNumber, zone: 'Europe/London' },
      consents: { offers: { granted: true, words: yes.words } },
    })

    expect(await stateOf(desk, anOffer)).toBe('refused')
    expect(await consentsOf(desk)).toMatchObject({ offers: { granted: false, why: 'stop' } })
  })

  test('for the groups whose grant is older, when another group is granted anew', async () => {
    const desk = await testDesk()
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)
    desk.clock.moveTo(new Date('2026-11-02T16:00:00Z'))

    await put(desk, 'sub-1', {
      ...{ number: aNumber, zone: 'Europe/London' },
      consents: { titles: { ...yes, at: '2026-11-02T15:30:00Z' }, offers: yes },
    })

    expect(await Promise.all([anEpisode, anOffer].map(one => stateOf(desk, one)))).toEqual(['queued', 'refused'])
  })

  test('said again, against a grant from between the two that is told late', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)
    desk.clock.moveTo(new Date('2026-11-04T15:00:00Z'))
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 2)

    await put(desk, 'sub-1', {
      ...{ number: aNumber, zone: 'Europe/London' },
      consents: { offers: { ...yes, at: '2026-11-03T10:00:00Z' } },
    })

    expect(await stateOf(desk, anOffer)).toBe('refused')
    expect(await consentsOf(desk)).toMatchObject({ offers: { granted: false, why: 'stop' } })
  })
})

describe('START', () => {
  test('gives back what a STOP took, and nothing more', async () => {
    const desk = await testDesk()
    await desk.subscriber({ consents: { titles: yes, offers: { granted: false } } })
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)

    await desk.reply(aNumber, main, 'START')

    expect(await lastText(desk, aNumber, 2)).toContain('title news is on again')
    expect(await consentsOf(desk)).toMatchObject({
      titles: { granted: true, why: 'start', words: yes.words },
      offers: { granted: false },
    })
    expect(await stateOf(desk, anEpisode)).toBe('queued')
    expect(await stateOf(desk, anOffer)).toBe('refused')
  })

  test('brings security alerts back that a STOP to their sender ended', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.reply(aNumber, security, 'STOP')

    await desk.reply(aNumber, security, 'START')

    await desk.texts(aNumber, 2)
    expect(await stateOf(desk, anAlert)).toBe('queued')
  })

  test('of who never agreed says that there is nothing to give back', async () => {
    const desk = await testDesk()
    await desk.subscriber({ consents: {} })

    await desk.reply(aNumber, main, 'START')

    expect(await lastText(desk, aNumber, 1)).toContain('you asked for nothing else')
    expect(await stateOf(desk, anOffer)).toBe('refused')
  })
})

describe('a YES', () => {
  const german = { number: '+4915123456789', locale: 'de', zone: 'Europe/Berlin', region: 'DE' }
  const confirming = (desk: Desk) => ({
    ...{ db: desk.usher.db, clock: desk.clock, events: desk.usher.events, accept: desk.usher.acceptor.accept },
    policy: () => ({ ...plain, confirmWithinHours: 24 }),
  })
  const plain = {
    ...firstPolicy,
    caps: { titles: null, offers: null, promotional: null },
    sameForHours: { account: 0, titles: 0, offers: 0 },
    releaseMinutes: 0,
    codesToVoip: true,
    confirmWithinHours: 24,
  }

  test('confirms what was agreed on a page, where the country asks for it', async () => {
    const desk = await testDesk()
    await desk.subscriber({ ...german, consents: { titles: yes } })
    expect(await stateOf(desk, anEpisode)).toBe('refused')
    await askToConfirm(confirming(desk))
    await askToConfirm(confirming(desk))
    expect(await lastText(desk, german.number, 1)).toContain('Antworte JA')

    await desk.reply(german.number, main, 'Ja')

    expect(await lastText(desk, german.number, 2)).toContain('ab jetzt')
    expect(await consentsOf(desk)).toMatchObject({ titles: { granted: true, confirmed: true, words: yes.words } })
    expect(await stateOf(desk, anEpisode)).toBe('queued')
    expect(desk.simulator.handsets.find(german.number)!.texts.filter(({ text }) => text.includes('JA'))).toHaveLength(1)
  })

  test('that comes too late confirms nothing', async () => {
    const desk = await testDesk()
    await desk.subscriber({ ...german, consents: { titles: yes } })
    await askToConfirm(confirming(desk))
    await desk.texts(german.number, 1)
    const { items } = (await desk.ask('GET', '/v1/messages?purpose=consent.confirm')).body as {
      items: { id: string }[]
    }
    await desk.reaches(items[0]!.id, 'delivered')
    desk.clock.moveTo(new Date('2026-11-04T15:00:00Z'))

    await desk.reply(german.number, main, 'Ja')
    await desk.heard()

    expect(await consentsOf(desk)).toMatchObject({ titles: { confirmed: false } })
  })

  test('opts nobody in while the question of an alert is open', async () => {
    const desk = await testDesk()
    await desk.subscriber({ ...german, consents: { titles: yes } })
    await askToConfirm(confirming(desk))
    await desk.texts(german.number, 1)
    await desk.send({ ...anAlert, text: 'Neue Anmeldung in Lyon. Warst du das? JA oder NEIN' })
    await desk.texts(german.number, 2)

    // Both senders are answered from one phone, and people answer in whichever thread is open.
    await desk.reply(german.number, main, 'Ja')
    await desk.heard()

    expect(await consentsOf(desk)).toMatchObject({ titles: { confirmed: false } })
  })

  test('confirms what it was asked about, and nothing else', async () => {
    const desk = await testDesk()
    await desk.subscriber({ ...german, consents: { offers: { ...yes, how: 'import' } } })
    await put(desk, 'sub-1', { ...german, consents: { titles: yes } })
    await askToConfirm(confirming(desk))
    await desk.texts(german.number, 1)

    await desk.reply(german.number, main, 'Ja')
    await desk.texts(german.number, 2)

    expect(await consentsOf(desk)).toMatchObject({ titles: { confirmed: true }, offers: { confirmed: false } })
  })

  test('that only says that something was understood, after a STOP, is none', async () => {
    const desk = await testDesk()
    await desk.subscriber(german)
    await desk.reply(german.number, main, 'STOP')
    await desk.texts(german.number, 1)

    await desk.reply(german.number, main, 'ja')
    await desk.heard(2)

    expect(await consentsOf(desk)).toMatchObject({ titles: { granted: false } })
  })

  test('after a STOP is a START', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)

    await desk.reply(aNumber, main, 'Yes')

    expect(await lastText(desk, aNumber, 2)).toContain('on again')
  })
})

describe('the other questions', () => {
  test('WHY is answered in one text: what the last one was, since when they agreed, and a link to all of it', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.send(anEpisode)
    await desk.texts(aNumber, 1)

    await desk.reply(aNumber, main, 'WHY')

    const texts = await desk.texts(aNumber, 2)
    expect(texts.at(-1)!.text).toMatch(
      /our text of Nov 2 came because you said yes to title news on May 3.*https:\/\/o\.orpheum\.example\/p\/\w{11}#sent$/s,
    )
    expect((await desk.ask('GET', '/v1/messages?limit=1')).body).toMatchObject({ items: [{ segments: 1 }] })
  })

  test('SETTINGS sends a link of their own, whose code is nowhere in the database but in the sealed text', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    await desk.reply(aNumber, main, 'SETTINGS')

    const code = /\/p\/(\w{11})$/.exec(await lastText(desk, aNumber, 1))![1]!
    const rows = await rowsOf<{ row: string }>(
      desk,
      sql`select row_to_json(t)::text as row from page_link t
      union all select row_to_json(t)::text from inbound t union all select row_to_json(t)::text from link t
      union all select row_to_json(t)::text from idempotency t union all select row_to_json(t)::text from message t`,
    )
    expect(rows.length).toBeGreaterThan(2)
    for (const { row } of rows) expect(row).not.toContain(code)
  })

  test('HELP answers who ended all, too', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.reply(aNumber, main, 'STOP ALL')
    await desk.texts(aNumber, 1)

    await desk.reply(aNumber, main, 'help')

    expect(await lastText(desk, aNumber, 2)).toContain('orpheum.example/help')
  })

  test('"wrong number" ends everything there, codes too, and what its owner agreed to', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    await desk.reply(aNumber, main, 'Wrong number')
    await desk.heard()

    expect(await consentsOf(desk)).toMatchObject({ titles: { granted: false, why: 'wrong_number', how: 'rule' } })
    expect(await Promise.all([anOffer, aPayment, aCode].map(one => stateOf(desk, one)))).toEqual([
      'refused',
      'refused',
      'refused',
    ])
  })

  test('a sentence about the service asks for nothing', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    await desk.reply(aNumber, main, "The show won't stop buffering")

    expect(await desk.heard()).toMatchObject([{ keyword: null }])
    expect(await stateOf(desk, anOffer)).toBe('queued')
  })
})

describe('proof', () => {
  test.each([
    ['no words', { granted: true, at: yes.at, how: 'page' }, 'the words they were shown are not recorded'],
    ['nothing', undefined, 'There is no proof'],
    ['an inquiry, where the law knows none', { ...yes, basis: 'inquiry' }, 'only implied'],
  ])('a promotional text to somebody with %s is refused', async (_, titles, says) => {
    const desk = await testDesk()
    await desk.subscriber({ consents: titles === undefined ? {} : { titles } })

    const { body } = await desk.send(anEpisode)

    expect(body).toMatchObject({ state: 'refused', reasons: [{ rule: 'consent' }] })
    expect((body as { reasons: { sentence: string }[] }).reasons[0]!.sentence).toContain(says)
  })

  test('an implied consent in Canada counts for its months and ends by itself', async () => {
    const desk = await testDesk({ now: '2027-05-03T17:00:00Z' })
    const inquiry = { ...yes, at: '2026-11-03T20:00:00Z', basis: 'inquiry' }
    await desk.subscriber({
      ...{ number: '+14165550123', zone: 'America/Toronto', region: 'CA-ON' },
      consents: { titles: inquiry },
    })
    expect(await stateOf(desk, { ...anEpisode, expiresAt: '2027-05-03T17:30:00Z' })).not.toBe('refused')

    desk.clock.moveTo(new Date('2027-05-04T17:00:00Z'))

    expect((await desk.send(anEpisode)).body).toMatchObject({ state: 'refused', reasons: [{ rule: 'consent' }] })
  })

  test('a list that is sent again each night brings nobody back', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)
    const line = { id: 'sub-1', number: aNumber, zone: 'Europe/London' }
    const night = [
      { ...line, consents: { titles: { granted: true }, offers: yes } },
      { ...line, consents: { titles: { granted: true, words: yes.words }, offers: { ...yes, how: 'import' } } },
      { ...line, consents: { titles: { granted: true, at: '2030-01-01T00:00:00Z' } } },
    ]

    for (const one of night)
      await desk.ask('POST', '/v1/subscribers/import', JSON.stringify(one), { 'content-type': 'application/x-ndjson' })

    expect(await consentsOf(desk)).toMatchObject({ titles: { granted: false }, offers: { granted: false } })
    expect(await stateOf(desk, anOffer)).toBe('refused')
  })

  const lines = (desk: Desk, ...consents: object[]) =>
    desk.ask(
      'POST',
      '/v1/subscribers/import',
      consents.map(one => `${JSON.stringify({ id: 'sub-1', number: aNumber, consents: one })}\n`).join(''),
      { 'content-type': 'application/x-ndjson' },
    )
  const no = { granted: false, at: '2026-05-04T10:00:00Z' }

  test('of several lines of one file about one person each counts, as if they came apart', async () => {
    const desk = await testDesk()

    const { body } = await lines(desk, { titles: yes }, { titles: no, offers: yes }, { titles: yes }, { locale: 'x' })
    await lines(desk, { offers: no })

    expect(body).toContain('"taken":3,"made":1,"bad":1')
    expect(await consentsOf(desk)).toMatchObject({ titles: { granted: false, at: '2026-05-04T10:00:00.000Z' } })
    const ledger = (await ledgerOf(desk)).map(({ group, granted }) => `${group} ${granted}`)
    expect(ledger).toEqual(['offers false', 'offers true', 'titles false', 'titles true'])
  })

  test('an end that comes late beats a yes that nobody dated, and a START does not give that yes back', async () => {
    const desk = await testDesk()
    await lines(desk, { titles: { granted: true, words: yes.words } })
    expect(await consentsOf(desk)).toMatchObject({ titles: { granted: true, undated: true } })

    await lines(desk, { titles: no })
    expect(await consentsOf(desk)).toMatchObject({ titles: { granted: false, at: '2026-05-04T10:00:00.000Z' } })
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)
    await desk.reply(aNumber, main, 'START')

    expect(await lastText(desk, aNumber, 2)).toContain('you asked for nothing else')
    expect(await stateOf(desk, anEpisode)).toBe('refused')
  })

  test('a yes of the far future takes back no STOP, however often it is told', async () => {
    const desk = await testDesk()
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)
    desk.clock.moveTo(new Date('2026-11-03T15:00:00Z'))

    for (const _ of [1, 2])
      await put(desk, 'sub-1', { number: aNumber, consents: { titles: { ...yes, at: '2099-01-01T00:00:00Z' } } })

    expect(await consentsOf(desk)).toMatchObject({ titles: { granted: false, why: 'stop' } })
    expect((await desk.ask('GET', '/v1/suppressions')).body).toMatchObject({ items: [{ reason: 'stop' }] })
  })

  test('two events of one person that come together count one after the other, with the STOP in between', async () => {
    const desk = await testDesk()
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)
    desk.clock.moveTo(new Date('2026-11-03T15:00:00Z'))
    const event = (id: string, time: string, consents: object) => ({
      ...{ specversion: '1.0', id, source: '/site', type: 'com.usher.subscriber.changed', subject: 'sub-1', time },
      data: { number: aNumber, zone: 'Europe/London', consents },
    })
    const granted = { granted: true, how: 'page', words: yes.words }

    await desk.ask(
      'POST',
      '/v1/events',
      JSON.stringify([
        event('one', '2026-11-02T10:00:00Z', { titles: granted }),
        event('two', '2026-11-03T14:00:00Z', { titles: granted }),
      ]),
      { 'content-type': 'application/cloudevents-batch+json' },
    )

    expect(await consentsOf(desk)).toMatchObject({ titles: { granted: true, at: '2026-11-03T14:00:00.000Z' } })
    expect((await ledgerOf(desk)).map(({ granted, why }) => [granted, why])).toEqual([
      [true, null],
      [false, 'stop'],
      [true, null],
    ])
    expect(await stateOf(desk, anEpisode)).toBe('queued')
  })

  test('what is kept beside a subscriber is what the ledger comes to, whatever came in which order', async () => {
    const desk = await testDesk()
    const times = ['2026-03-01', '2026-07-01', '2026-05-01', '2026-09-01', '2026-08-01']
    for (const [i, day] of times.entries())
      await put(desk, 'sub-1', {
        number: aNumber,
        consents: { titles: { granted: i % 2 === 0, at: `${day}T10:00:00Z`, words: `Shown on ${day}.` } },
      })
    await desk.reply(aNumber, main, 'STOP')
    await desk.texts(aNumber, 1)
    await desk.reply(aNumber, main, 'START')
    await desk.texts(aNumber, 2)

    const derived: Consents = {}
    for (const entry of (await ledgerOf(desk)).reverse())
      if (!derived[entry.group] || entry.at >= derived[entry.group]!.at) derived[entry.group] = entry as never

    const kept = await consentsOf(desk)
    for (const group of ['titles', 'offers'] as const)
      expect([group, kept[group]?.granted, kept[group]?.at]).toEqual([
        group,
        derived[group]?.granted,
        derived[group]?.at,
      ])
  })

  test('an end that the service tells of takes back what waits of that group, and nothing else', async () => {
    const desk = await testDesk({ now: '2026-11-02T22:00:00Z' })
    await desk.subscriber()
    const held = async (message: object) => ((await desk.send(message)).body as { id: string }).id
    const [offer, episode] = [await held(anOffer), await held(anEpisode)]

    await put(desk, 'sub-1', { number: aNumber, zone: 'Europe/London', consents: { offers: { granted: false } } })

    expect(await desk.message(offer)).toMatchObject({ state: 'cancelled', reason: 'ended' })
    expect(await desk.message(episode)).toMatchObject({ state: 'held' })
  })

  test('the ledger refuses to change or lose an entry', async () => {
    const desk = await testDesk()
    await desk.subscriber()

    for (const statement of [sql`update consent set granted = false`, sql`delete from consent`])
      await expect(desk.usher.db.rows(statement)).rejects.toThrow('append-only')
  })
})

describe('caps', () => {
  const wanted = { hasFirstPolicy: true }

  test('of a hundred offers at once to one person one is sent', async () => {
    const desk = await testDesk(wanted)
    await desk.subscriber()

    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => desk.send({ ...anOffer, text: `Offer ${i}. Reply STOP to end` })),
    )

    const states = answers.map(({ body }) => (body as { state: string }).state)
    expect(states.filter(state => state === 'queued')).toHaveLength(1)
    expect(states.filter(state => state === 'refused')).toHaveLength(99)
  })

  test('titles: one a day and four in a week, with the time when the next may go', async () => {
    const desk = await testDesk(wanted)
    await desk.subscriber()
    const day = (n: number) => desk.clock.moveTo(new Date(Date.parse('2026-11-02T15:00:00Z') + n * 86_400_000))
    const episode = (n: number) => ({ ...anEpisode, text: `Episode ${n} is out. Reply STOP to end` })

    const states: string[] = []
    for (let n = 0; n < 5; n++) {
      day(n * 1.01)
      const { id, state } = (await desk.send(episode(n))).body as { id: string; state: string }
      states.push(state)
      // Else it would be out of time when the clock moves, and count no more.
      if (state === 'queued') await desk.reaches(id, 'delivered')
    }
    expect(states).toEqual(['queued', 'queued', 'queued', 'queued', 'refused'])
    const would = await wouldGo(desk, { purpose: 'title.new_episode' })
    expect(would).toMatchObject({ answer: 'refused', rule: 'cap', leavesAt: null })
    expect(Date.parse(would.nextAt!)).toBeGreaterThanOrEqual(Date.parse('2026-11-09T15:00:00Z'))
    expect(Date.parse(would.nextAt!)).toBeLessThan(Date.parse('2026-11-09T15:10:00Z'))
    day(7.02)
    expect(await stateOf(desk, episode(9))).toBe('queued')
  })

  test('a text that still waits in the queue a day later counts from when it may leave', async () => {
    const desk = await testDesk({ ...wanted, carriers: [{ name: 'shut', settings: { isPaused: true } }] })
    await desk.subscriber()
    expect(await stateOf(desk, { ...anOffer, expiresAt: '2026-11-10T00:00:00Z' })).toBe('queued')

    desk.clock.moveTo(new Date('2026-11-03T15:30:00Z'))

    expect(await stateOf(desk, anEpisode)).toBe('refused')
  })

  test('a text that waits for the morning counts, and one that was cancelled does not', async () => {
    const desk = await testDesk({ ...wanted, now: '2026-11-02T23:00:00Z' })
    await desk.subscriber()
    const first = (await desk.send(anOffer)).body as { id: string; state: string }
    expect(first.state).toBe('held')
    expect(await stateOf(desk, anEpisode)).toBe('refused')

    await desk.ask('POST', `/v1/messages/${first.id}/cancel`)

    expect(await stateOf(desk, anEpisode)).toBe('held')
  })

  test('are half for who asked for fewer, and closed in a pause', async () => {
    const desk = await testDesk(wanted)
    await desk.subscriber()
    await put(desk, 'sub-1', { number: aNumber, zone: 'Europe/London', preferences: { frequency: 'fewer' } })
    expect(await stateOf(desk, anOffer)).toBe('queued')
    desk.clock.moveTo(new Date('2026-11-04T10:00:00Z'))

    expect((await desk.send(anEpisode)).body).toMatchObject({ state: 'refused', reasons: [{ rule: 'cap' }] })

    const pausedUntil = '2026-12-01T00:00:00Z'
    await put(desk, 'sub-1', { number: aNumber, zone: 'Europe/London', preferences: { pausedUntil } })
    expect((await desk.send(anOffer)).body).toMatchObject({ state: 'refused', reasons: [{ rule: 'pause' }] })
    expect(await stateOf(desk, aPayment)).toBe('queued')
  })

  test('the same notice is said once a day, another one too, and two codes are two', async () => {
    const desk = await testDesk(wanted)
    await desk.subscriber()

    const states = []
    for (const one of [aPayment, aPayment, { ...aPayment, text: 'Your payment went through.' }, aCode, aCode])
      states.push(await stateOf(desk, one))

    expect(states).toEqual(['queued', 'refused', 'queued', 'queued', 'queued'])
    desk.clock.moveTo(new Date('2026-11-03T15:01:00Z'))
    expect(await stateOf(desk, aPayment)).toBe('queued')
  })
})

describe('hours', () => {
  test('what waits for the morning leaves evenly over half an hour', async () => {
    const desk = await testDesk({ hasFirstPolicy: true, now: '2026-11-02T23:00:00Z' })
    const people = Array.from({ length: 60 }, (_, i) => `sub-${i}`)
    for (const [i, id] of people.entries())
      await desk.subscriber({ id, number: `+4477009001${String(i).padStart(2, '0')}` })

    const minutes = []
    for (const subscriber of people) {
      const { body } = await desk.send({ ...anOffer, subscriber })
      const { notBefore } = body as { notBefore: string }
      minutes.push((Date.parse(notBefore) - Date.parse('2026-11-03T09:00:00Z')) / 60_000)
    }

    expect(Math.min(...minutes)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...minutes)).toBeLessThan(30)
    // By chance alone each third gets twenty; five or fewer would be one in a hundred thousand.
    for (const third of [0, 10, 20])
      expect(minutes.filter(one => one >= third && one < third + 10).length).toBeGreaterThan(5)
  })

  test('that a subscriber chose for themselves hold titles and notices, and no code', async () => {
    const desk = await testDesk({ now: '2026-11-02T18:30:00Z' })
    await desk.subscriber()
    await put(desk, 'sub-1', {
      ...{ number: aNumber, zone: 'Europe/London' },
      preferences: { quiet: { from: '18:00', to: '10:00' } },
    })

    expect((await desk.send(anEpisode)).body).toMatchObject({ state: 'held', notBefore: '2026-11-03T10:00:00.000Z' })
    expect((await desk.send(aPayment)).body).toMatchObject({ state: 'held', notBefore: '2026-11-03T10:00:00.000Z' })
    expect(await stateOf(desk, aCode)).toBe('queued')
  })
})

describe('whether a text would go out', () => {
  test('is answered with every rule, when it would leave, and when one might that is refused now', async () => {
    const desk = await testDesk({ now: '2026-11-02T23:10:00Z' })
    await desk.subscriber()

    expect(await wouldGo(desk, { purpose: 'offer' })).toMatchObject({
      answer: 'held',
      leavesAt: '2026-11-03T09:00:00.000Z',
      nextAt: '2026-11-03T09:00:00.000Z',
    })
    expect(await wouldGo(desk, { purpose: 'code.sign_in' })).toMatchObject({ answer: 'sent', rule: null })
    await put(desk, 'sub-1', { number: aNumber, zone: 'Europe/London', consents: { offers: { granted: false } } })
    const ended = await wouldGo(desk, { purpose: 'offer', at: '2026-11-03T12:00:00Z' })
    expect(ended).toMatchObject({ answer: 'refused', rule: 'consent', leavesAt: null, nextAt: null })
    expect(ended.rules.map(({ rule }) => rule)).toEqual(['number', 'suppression', 'consent'])
    expect((await rowsOf<{ n: number }>(desk, sql`select count(*)::int as n from message`))[0]!.n).toBe(0)
  })

  test('of nobody is a problem', async () => {
    const desk = await testDesk()

    const { status, body } = await desk.ask('POST', '/v1/decisions/preview', { subscriber: 'x', purpose: 'offer' })

    expect([status, (body as { code: string }).code]).toEqual([422, 'unknown_subscriber'])
  })
})
