// Sign-ins by the front door: told, judged, listed, settled, forgotten and erased. The addresses are those of the demo.
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstSignInRules, type JudgedSignIn, type SignIn, type SignInRulesPreview } from '@usher/contract/sign-in'
import { expect, onTestFinished, test } from 'vitest'
import { demoPlaces } from '../demo/places.ts'
import { aNumber, type Desk, type DeskOptions, rowsOf, testDesk } from '../desk.ts'
import { keyRing, keysFromFile } from '../store/keys.ts'
import { sql, verbatim } from '../store/sql.ts'
import { foldTallies, tallies } from './everyone.ts'
import { openPlaces } from './place.ts'
import { forgetSignInsByAge, signIns, trimSignIns } from './sign-in.ts'

const ip = {
  london: '203.0.113.9',
  londonMobile: '203.0.113.70',
  dublin: '203.0.113.200',
  lyon: '198.51.100.9',
  sydney: '192.0.2.9',
  hosting: '192.0.2.200',
}
const phone = 'Orpheum/5.2 (iPhone; iOS 18.6)'
const pc =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36'
const home = {
  subscriber: 'sub-1',
  ip: ip.london,
  device: 'phone-1',
  userAgent: phone,
  outcome: 'succeeded',
  factor: 'password',
}
const stranger = { ...home, ip: ip.lyon, device: 'pc-x', userAgent: pc }

const hourMs = 3_600_000
const tell = async (desk: Desk, signIn: object) => {
  const { status, body } = await desk.ask('POST', '/v1/sign-ins', signIn)
  expect(status, JSON.stringify(body)).toBe(201)
  return body as JudgedSignIn
}
const pass = (desk: Desk, hours: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + hours * hourMs))
const list = async (desk: Desk, query = 'subscriber=sub-1') =>
  (await desk.ask('GET', `/v1/sign-ins?${query}`)).body as { items: SignIn[]; next: string | null }

/** Somebody who signs in at home, once a day. */
async function settled(options: DeskOptions = {}, times = 10): Promise<Desk> {
  const desk = await testDesk(options)
  await desk.subscriber()
  for (let i = 0; i < times; i++) {
    await tell(desk, home)
    pass(desk, 24)
  }
  return desk
}

test('the first sign-in is allowed and says that there is nothing to compare it with', async () => {
  const desk = await testDesk()
  await desk.subscriber()

  const first = await tell(desk, stranger)

  expect(first).toMatchObject({
    ...{
      subscriber: 'sub-1',
      answer: 'allow',
      score: 0,
      features: [],
      signals: [],
      isTheirs: null,
      verification: null,
      advice: null,
    },
    missing: ['It is the first sign-in that is known of them: there is nothing to compare it with.'],
    place: { country: 'FR', city: 'Lyon', network: 'Example Cable', asn: 64_498, isHidden: false },
    device: { kind: 'computer', system: 'Windows', browser: 'Chrome', isKnown: null },
    thresholds: { challengeAt: 0.5, denyAt: 6 },
  })
})

test('they are allowed, and a stranger is challenged with each number that decided', async () => {
  const desk = await settled()

  const own = await tell(desk, home)
  pass(desk, 1)
  const other = await tell(desk, stranger)

  expect(own).toMatchObject({ answer: 'allow', device: { isKnown: true }, missing: [] })
  expect(own.score).toBeLessThan(-2)
  expect(other).toMatchObject({ answer: 'challenge', device: { isKnown: false } })
  expect(other.features.map(({ feature }) => feature)).toEqual(['country', 'device', 'system'])
  expect(other.features[0]).toMatchObject({ value: 'FR', had: 0, of: 11 })
  const points = [...other.features, ...other.signals].reduce((sum, one) => sum + one.points, 0)
  expect(other.score).toBeCloseTo(points, 1)
  expect(other.reasons.length).toBeGreaterThan(0)
  for (const reason of other.reasons) expect(reason).toMatch(/\(\+\d\.\d\)\.$/)
})

test('a no comes after a yes, too, and takes back what its device did since; no yes comes after a no', async () => {
  const desk = await settled()
  const challenged = await tell(desk, stranger)
  const settle = (isTheirs: boolean) => desk.ask('POST', `/v1/sign-ins/${challenged.id}/settle`, { isTheirs })
  await settle(true)
  pass(desk, 24)
  expect(await tell(desk, stranger)).toMatchObject({ answer: 'allow', device: { isKnown: true } })

  const denied = await settle(false)
  pass(desk, 24)

  expect(denied).toMatchObject({ status: 200, body: { isTheirs: false } })
  expect(await tell(desk, stranger)).toMatchObject({ answer: 'challenge', device: { isKnown: false } })
  expect(await settle(true)).toMatchObject({ status: 409, body: { code: 'sign_in_settled' } })
  expect(await settle(false)).toMatchObject({ status: 200 })
})

/** A sign-in that is challenged by a code, and a way to type it. */
async function challengedBy(code: object = {}) {
  const desk = await settled()
  const { id, verification } = await tell(desk, { ...stranger, code: { session: 'theirs', ...code } })
  const right = /#(\d+)$/.exec((await desk.texts(aNumber))[0]!.text)![1]!
  return {
    desk,
    id,
    type: async (typed = right) =>
      (
        (await desk.ask('POST', `/v1/verifications/${verification}/check`, { code: typed, session: 'theirs' }))
          .body as {
          result: string
        }
      ).result,
    isTheirs: async () => (await list(desk)).items.find(one => one.id === id)!.isTheirs,
  }
}

test('the right code settles the sign-in that it was asked for: its device is known from then on', async () => {
  const { desk, type, isTheirs } = await challengedBy()

  expect(await type('000000')).toBe('wrong')
  expect(await isTheirs()).toBeNull()
  expect(await type()).toBe('approved')

  expect(await isTheirs()).toBe(true)
  pass(desk, 24)
  expect(await tell(desk, stranger)).toMatchObject({ answer: 'allow', device: { isKnown: true } })
})

test('where the service says otherwise the right code settles nothing', async () => {
  const { desk, type, isTheirs } = await challengedBy({ settles: false })

  await type()
  pass(desk, 0.02)
  await desk.usher.codes.sweep()

  expect(await isTheirs()).toBeNull()
})

test('what was said before the code was right stays', async () => {
  const { desk, id, type, isTheirs } = await challengedBy()
  await desk.ask('POST', `/v1/sign-ins/${id}/settle`, { isTheirs: false })

  expect(await type()).toBe('approved')

  expect(await isTheirs()).toBe(false)
})

test('what a process that died did not settle is settled after it', async () => {
  const { desk, id, type, isTheirs } = await challengedBy()
  await type()
  // As it is between the two transactions.
  await desk.usher.db.rows(sql`update sign_in set is_theirs = null where id = ${id}`)

  await desk.usher.codes.sweep()
  expect(await isTheirs()).toBeNull()
  pass(desk, 0.02)
  await desk.usher.codes.sweep()

  expect(await isTheirs()).toBe(true)
})

test('who is challenged is told what to offer beside a code, and who is allowed is not', async () => {
  const desk = await settled()

  const allowed = await tell(desk, home)
  const challenged = await tell(desk, stranger)
  const hasOne = await tell(desk, { ...stranger, hasStronger: true })
  await desk.usher.db.rows(sql`update subscriber set network = 'voip'`)
  const voip = await tell(desk, stranger)

  expect(allowed.advice).toBeNull()
  expect(challenged.advice).toEqual({ notice: null, stronger: true, reasons: ['restricted'] })
  expect(hasOne.advice).toMatchObject({ stronger: false, reasons: ['restricted'] })
  expect(voip.advice!.reasons).toEqual(['restricted', 'voip'])
})

test('who is challenged gets a code in the same call, where it is asked for, and it is bound to their session', async () => {
  const desk = await settled()

  const allowed = await tell(desk, { ...home, code: { session: 'mine' } })
  const challenged = await tell(desk, { ...stranger, code: { session: 'theirs' } })
  const code = /#(\d+)$/.exec((await desk.texts(aNumber))[0]!.text)![1]!
  const check = (session: string) =>
    desk.ask('POST', `/v1/verifications/${challenged.verification}/check`, { code, session })

  expect([allowed.answer, allowed.verification]).toEqual(['allow', null])
  expect(challenged.answer).toBe('challenge')
  expect((await check('mine')).body).toMatchObject({ result: 'wrong' })
  expect((await check('theirs')).body).toMatchObject({ result: 'approved' })
})

test('half the world in an hour is impossible, and the event has the name that OWASP gave it', async () => {
  const desk = await settled()
  const heard: string[][] = []
  desk.usher.events.on('sign_in.judged', list => heard.push(...list.map(({ vocabulary }) => vocabulary)))

  await tell(desk, home)
  pass(desk, 1)
  const far = await tell(desk, { ...stranger, ip: ip.sydney })
  const near = await tell(desk, { ...stranger, ip: ip.dublin })

  expect(far.signals).toEqual([expect.objectContaining({ signal: 'impossible_travel' })])
  expect(far.signals[0]!.facts).toMatchObject({ minutes: 60 })
  expect(far.signals[0]!.facts.km).toBeGreaterThan(16_000)
  expect(near.signals).toEqual([])
  expect(heard).toEqual([
    ['authn_login_success'],
    ['authn_login_success', 'authn_impossible_travel'],
    ['authn_login_success'],
  ])
})

test('what was challenged is no part of what is theirs until it is settled', async () => {
  const desk = await settled()
  const challenged = await tell(desk, stranger)

  pass(desk, 24)
  const again = await tell(desk, stranger)
  const settle = (id: string, isTheirs: boolean) => desk.ask('POST', `/v1/sign-ins/${id}/settle`, { isTheirs })
  const theirs = await settle(challenged.id, true)
  pass(desk, 24)
  const known = await tell(desk, stranger)

  expect(again.answer).toBe('challenge')
  expect(theirs).toMatchObject({ status: 200, body: { id: challenged.id, isTheirs: true } })
  expect(known).toMatchObject({ answer: 'allow', device: { isKnown: true } })
  expect(await settle(challenged.id, true)).toMatchObject({ status: 200 })
  expect(await settle('00000000-0000-7000-8000-000000000000', true)).toMatchObject({
    status: 404,
    body: { code: 'unknown_sign_in' },
  })
})

test('what was not theirs counts no more, nor what its device did since', async () => {
  const desk = await settled()
  const rules = { challengeAt: 9, denyAt: 20 }
  const boss = await desk.operator('administrator')
  await desk.askAs(boss, 'PUT', '/v1/sign-ins/rules', rules)
  const let_in = await tell(desk, stranger)
  pass(desk, 1)
  await tell(desk, stranger)
  expect(let_in.answer).toBe('allow')

  await desk.ask('POST', `/v1/sign-ins/${let_in.id}/settle`, { isTheirs: false })
  pass(desk, 24)
  const after = await tell(desk, stranger)

  expect(after.device.isKnown).toBe(false)
  expect(after.features[0]).toMatchObject({ feature: 'country', had: 0 })
})

test('failures by strangers, as many as they like, never keep the owner out', async () => {
  const desk = await settled()

  for (let i = 0; i < 60; i++)
    await tell(desk, { ...stranger, ip: `2001:db8:9:${i.toString(16)}::1`, device: `bot-${i}`, outcome: 'failed' })
  const owner = await tell(desk, home)
  const newPhone = await tell(desk, { ...home, device: 'phone-2' })

  expect(owner.answer).toBe('allow')
  expect(newPhone.answer).not.toBe('deny')
})

test('failures, then a success on a device that is not theirs, are said', async () => {
  const desk = await settled()

  for (let i = 0; i < 3; i++)
    await tell(desk, { ...home, ip: ip.londonMobile, device: 'pc-x', userAgent: pc, outcome: 'failed' })
  const success = await tell(desk, { ...home, ip: ip.londonMobile, device: 'pc-x', userAgent: pc })
  const owner = await tell(desk, home)

  expect(success.signals.map(({ signal }) => signal)).toEqual(['failures_here'])
  expect(success.answer).toBe('challenge')
  expect(owner.answer).toBe('allow')
})

test('many accounts from one address: who gets in from there last is challenged, names that nobody has counted too', async () => {
  const desk = await settled()

  for (let i = 0; i < 4; i++)
    expect(
      await desk.ask('POST', '/v1/sign-ins', { ...stranger, subscriber: `nobody-${i}`, outcome: 'failed' }),
    ).toMatchObject({
      status: 422,
      body: { code: 'unknown_subscriber' },
    })
  await tell(desk, { ...stranger, outcome: 'failed' })
  const success = await tell(desk, stranger)
  const another = await tell(desk, { ...stranger, ip: '198.51.100.10' })

  expect(success.signals).toContainEqual(
    expect.objectContaining({ signal: 'many_accounts', facts: { accounts: 5, failed: 5, tries: 5 } }),
  )
  expect(another.signals.map(({ signal }) => signal)).not.toContain('many_accounts')
})

test('two processes that are told of one subscriber at the same moment lose nothing of each other', async () => {
  const desk = await settled({}, 1)
  const { db, clock, events } = desk.usher
  const keys = keyRing(keysFromFile(desk.config.keyFile))
  const places = openPlaces({ monotonic: clock.monotonic, failed: () => {}, own: demoPlaces })
  const process = () =>
    signIns({
      ...{ db, keys, clock, events, places, tallies: tallies(db, events, clock.now) },
      rules: () => firstSignInRules,
    })
  const processes = [process(), process(), process()]

  // One after the other in each, so that each is a batch of its own.
  const told = await Promise.all(
    processes.map(async one => {
      const answers: string[] = []
      for (let i = 0; i < 8; i++) {
        const answer = await one.tell({ ...home, outcome: 'succeeded', at: clock.now() })
        answers.push(answer.kind === 'judged' ? answer.row.answer : answer.kind)
      }
      return answers
    }),
  )

  const [profile] = await rowsOf<{ history: { a: unknown[] }; kept: number; version: number }>(
    desk,
    sql`select history, kept, version from sign_in_profile`,
  )
  expect(told.flat()).toEqual(Array(24).fill('allow'))
  expect(profile).toMatchObject({ kept: 25, version: 25 })
  expect(profile!.history.a).toHaveLength(25)
  const counted = await rowsOf<{ count: number }>(
    desk,
    sql`select sum((c ->> 4)::int)::int as count from sign_in_tally_new, json_array_elements(counts) c where c ->> 0 = 'country'`,
  )
  expect(counted).toEqual([{ count: 25 }])
})

test('two calls at the same moment lose nothing of each other', async () => {
  const desk = await settled({}, 1)

  const told = await Promise.all(
    Array.from({ length: 30 }, (_, i) => tell(desk, { ...home, device: `phone-${i % 3}` })),
  )

  expect(new Set(told.map(({ id }) => id)).size).toBe(30)
  const [profile] = await rowsOf<{ history: { a: unknown[] }; kept: number }>(
    desk,
    sql`select history, kept from sign_in_profile`,
  )
  const allowed = told.filter(({ answer }) => answer === 'allow').length
  expect(profile).toMatchObject({ kept: 31 })
  expect(profile!.history.a).toHaveLength(1 + allowed)
})

test('addresses and devices are nowhere but as keyed hashes, and an address of IPv6 is its /64', async () => {
  const desk = await settled({}, 1)
  const six = (host: string) => tell(desk, { ...home, ip: `2001:db8:7:7::${host}`, device: 'very-secret-device' })
  await six('1')

  const [first, second] = (await Promise.all([six('2'), tell(desk, { ...home, ip: '::ffff:203.0.113.9' })])) as [
    JudgedSignIn,
    JudgedSignIn,
  ]

  expect(first.features.find(({ feature }) => feature === 'address')).toMatchObject({ had: 1 })
  expect(second.features.find(({ feature }) => feature === 'address')).toMatchObject({ had: 1 })
  for (const table of ['sign_in', 'sign_in_profile', 'sign_in_try', 'sign_in_tally_new', 'outbox'])
    expect(JSON.stringify(await rowsOf(desk, sql`select t::text as row from ${verbatim(table)} t`))).not.toMatch(
      /203\.0\.113|2001:db8|very-secret/,
    )
})

test('the list comes in pages, newest first', async () => {
  const desk = await settled({}, 5)
  await desk.subscriber({ id: 'sub-2', number: '+447700900124' })
  await tell(desk, { ...home, subscriber: 'sub-2' })

  const first = await list(desk, 'subscriber=sub-1&limit=3')
  const rest = await list(desk, `subscriber=sub-1&limit=3&cursor=${first.next}`)

  const times = [...first.items, ...rest.items].map(({ at }) => at)
  expect(times).toHaveLength(5)
  expect(times).toEqual(times.toSorted().reverse())
  expect(rest.next).toBeNull()
  expect((await list(desk, 'limit=10')).items).toHaveLength(6)
  expect((await list(desk, 'subscriber=nobody')).items).toEqual([])
})

test('what is told late stands at its time, and what is dated ahead is of now', async () => {
  const desk = await settled({}, 2)
  const now = desk.clock.now()

  const late = await tell(desk, { ...stranger, at: new Date(now.getTime() - 30 * 24 * hourMs).toISOString() })
  const ahead = await tell(desk, { ...home, at: new Date(now.getTime() + 24 * hourMs).toISOString() })

  expect(late.missing).toContain('It is dated before their last sign-in, so the way between them was not judged.')
  expect(Math.abs(Date.parse(ahead.at) - now.getTime())).toBeLessThan(60_000)
})

test('a bad request is refused with the place of what is wrong', async () => {
  const desk = await settled({}, 1)
  const refused = async (more: object) => {
    const { status, body } = await desk.ask('POST', '/v1/sign-ins', { ...home, ...more })
    return [status, (body as { errors: { at: string }[] }).errors.map(({ at }) => at)]
  }

  expect(await refused({ ip: '203.0.113.9:443' })).toEqual([422, ['body.ip']])
  expect(await refused({ ip: '300.1.1.1' })).toEqual([422, ['body.ip']])
  expect(await refused({ outcome: 'maybe' })).toEqual([422, ['body.outcome']])
  expect(await refused({ userAgent: 'x'.repeat(1_025) })).toEqual([422, ['body.userAgent']])
  expect(await refused({ device: '\0' })).toEqual([422, ['body.device']])
  expect(await desk.ask('POST', '/v1/sign-ins', { ...home, subscriber: 'nobody' })).toMatchObject({
    status: 422,
    body: { code: 'unknown_subscriber' },
  })
})

test('somebody who watches from another country, while at home they go on, raises the risk of the next sign-in', async () => {
  const desk = await settled({ now: '2026-09-01T15:00:00Z' }, 3)
  const start = desk.clock.now().getTime()
  const view = (day: number, quarter: number, more: object) => ({
    ...{ specversion: '1.0', id: `${day}-${quarter}-${JSON.stringify(more)}`, source: '/player', subject: 'sub-1' },
    type: quarter === 0 ? 'com.usher.view.started' : 'com.usher.view.progressed',
    time: new Date(start + day * 24 * hourMs + quarter * 15 * 60_000).toISOString(),
    data: { title: 'his-girl-friday', country: 'GB', language: 'en-GB', kind: 'film', device: { id: 'tv-1' }, ...more },
  })
  const evening = (day: number, more = {}) => Array.from({ length: 6 }, (_, quarter) => view(day, quarter, more))
  const elsewhere = { country: 'BR', language: 'pt-BR', device: { id: 'tv-x' } }
  const events = [
    ...Array.from({ length: 28 }, (_, day) => evening(day)).flat(),
    ...[28, 29].flatMap(day => [...evening(day), ...evening(day, elsewhere)]),
  ]
  desk.clock.moveTo(new Date(start + 30 * 24 * hourMs))
  for (let i = 0; i < events.length; i += 60) {
    const { status } = await desk.ask('POST', '/v1/events', JSON.stringify(events.slice(i, i + 60)), {
      'content-type': 'application/cloudevents-batch+json',
    })
    expect(status).toBeLessThan(300)
  }

  const next = await tell(desk, home)
  const exported = (await desk.ask('GET', '/v1/subscribers/sub-1/export')).body as {
    habits: { days: { country: string }[] }[]
  }

  expect(next.signals).toEqual([
    expect.objectContaining({ signal: 'habits_changed', facts: { hours: 3, newLanguage: 1, newCountry: 1 } }),
  ])
  expect(new Set(exported.habits[0]!.days.map(({ country }) => country))).toEqual(new Set(['GB', 'BR']))
  expect(JSON.stringify(await rowsOf(desk, sql`select habits from view_profile`))).not.toContain('tv-1')
  await desk.ask('DELETE', '/v1/subscribers/sub-1')
  expect(await rowsOf(desk, sql`select habits from view_profile`)).toEqual([])
})

// ---- Where addresses are -------------------------------------------------------------------------------------------------

const folder = (name: string) => join(tmpdir(), `usher-places-${process.pid}-${name}`)

test('files of places that are missing or broken stop no answer, and it says what was not asked', async () => {
  const broken = folder('broken.mmdb')
  writeFileSync(broken, 'this is no database of addresses')
  onTestFinished(() => rmSync(broken))
  const missing: string[] = []
  const desk = await settled(
    {
      env: {
        USHER_GEOIP_CITY: broken,
        USHER_GEOIP_COUNTRY: '/nowhere/country.mmdb',
        USHER_GEOIP_ASN: '/nowhere/asn.mmdb',
      },
      log: line => void (line.includes('where addresses are') && missing.push(line)),
    },
    1,
  )

  const real = await tell(desk, { ...home, ip: '8.8.8.8' })
  const again = await tell(desk, { ...home, ip: '8.8.8.8' })

  expect(real).toMatchObject({ answer: 'allow', place: { country: null, city: null, network: null, asn: null } })
  expect(real.missing).toEqual(
    expect.arrayContaining([
      'The country of the address is not known, so it was not asked about.',
      `The data about the city of addresses (${broken}) is broken.`,
      'The data about the country of addresses (/nowhere/country.mmdb) is missing.',
    ]),
  )
  expect(again.answer).toBe('allow')
  expect(missing).toHaveLength(3)
  expect((await desk.ask('GET', '/v1/sign-ins/places')).body).toMatchObject({
    items: [
      { kind: 'city', state: 'broken' },
      { kind: 'country', state: 'missing' },
      { kind: 'network', state: 'missing' },
    ],
  })
})

test('an address of a house is told from one that nobody knows', async () => {
  const desk = await settled({}, 1)

  expect(await tell(desk, { ...home, ip: '192.168.1.7' })).toMatchObject({ answer: 'allow', place: { country: null } })
})

// ---- Rules ---------------------------------------------------------------------------------------------------------------

test('rules are versions, in the audit log with what was before; the next sign-in is judged by them', async () => {
  const desk = await settled()
  const boss = await desk.operator('administrator')
  const at = (await desk.ask('GET', '/v1/sign-ins/rules')).body as { version: number }

  const { body: after } = await desk.askAs(boss, 'PUT', '/v1/sign-ins/rules', { challengeAt: 0.4, denyAt: 2 })
  const denied = await tell(desk, stranger)

  expect(at).toMatchObject({ version: 0, challengeAt: 0.5, denyAt: 6 })
  expect(after).toMatchObject({ version: 1, challengeAt: 0.4, denyAt: 2, historyDays: 183 })
  expect(denied).toMatchObject({ answer: 'deny', thresholds: { challengeAt: 0.4, denyAt: 2 } })
  const { body: audit } = await desk.askAs(boss, 'GET', '/v1/audit?action=sign_in_rules.changed')
  expect((audit as { items: { detail: object }[] }).items).toMatchObject([
    { detail: { version: 1, challengeAt: { before: 0.5, after: 0.4 }, denyAt: { before: 6, after: 2 } } },
  ])
  expect(await desk.askAs(boss, 'PUT', '/v1/sign-ins/rules', { challengeAt: 5, denyAt: 5 })).toMatchObject({
    status: 422,
  })
  expect(await desk.askAs(boss, 'PUT', '/v1/sign-ins/rules', { challengeAt: 1.55 })).toMatchObject({ status: 422 })
})

test('the preview counts what the last thirty days would have come to, exactly, folded or not', async () => {
  const desk = await settled({}, 4)
  const scores = [(await tell(desk, stranger)).score, (await tell(desk, { ...stranger, ip: ip.hosting })).score]
  await tell(desk, { ...stranger, outcome: 'failed' })
  const preview = async (challengeAt: number, denyAt: number) =>
    (await desk.ask('POST', '/v1/sign-ins/rules/preview', { challengeAt, denyAt })).body as SignInRulesPreview

  const [low, high] = [Math.min(...scores), Math.max(...scores)] as [number, number]
  const before = await preview(low, high + 0.1)
  expect(await foldTallies(desk.usher.db)).toBeGreaterThan(0)
  expect(await foldTallies(desk.usher.db)).toBe(0)

  expect(before).toMatchObject({ days: 30, signIns: 6, proposed: { allow: 4, challenge: 2, deny: 0 } })
  expect(await preview(low, high + 0.1)).toEqual(before)
  expect((await preview(low, high)).proposed).toEqual({
    allow: 4,
    challenge: 1,
    deny: 1,
  })
  expect((await preview(high + 0.1, 50)).proposed).toEqual({ allow: 6, challenge: 0, deny: 0 })
  pass(desk, 31 * 24)
  expect(await preview(low, high)).toMatchObject({ signIns: 0 })
})

// ---- What is kept ----------------------------------------------------------------------------------------------------------

test('of each subscriber the newest 200 are kept, for half a year', async () => {
  const desk = await settled({}, 1)
  await rowsOf(
    desk,
    sql`
    insert into sign_in select gen_random_uuid(), subscriber_id, at, outcome, factor, address_hash, device_hash, country, city, asn, network,
      latitude, longitude, is_hidden, kind, system, browser, answer, score, findings, unasked
    from sign_in, generate_series(1, 250)`,
  )
  await rowsOf(desk, sql`update sign_in_profile set kept = 251`)

  await trimSignIns(desk.usher.db, desk.clock.now())
  const [{ count }] = (await rowsOf<{ count: number }>(desk, sql`select count(*)::int as count from sign_in`)) as [
    { count: number },
  ]
  pass(desk, 200 * 24)
  while ((await forgetSignInsByAge(desk.usher.db, desk.clock.now())) > 0);
  await trimSignIns(desk.usher.db, desk.clock.now())

  expect(count).toBe(200)
  expect(await rowsOf(desk, sql`select 1 as there from sign_in_profile`)).toEqual([])
  expect(await rowsOf(desk, sql`select 1 as there from sign_in_try`)).toEqual([])
})

test('who is erased leaves no sign-in, and an export has them before', async () => {
  const desk = await settled({}, 2)
  const { body: exported } = await desk.ask('GET', '/v1/subscribers/sub-1/export')
  expect((exported as { signIns: { city: string }[] }).signIns.map(({ city }) => city)).toEqual(['London', 'London'])

  await desk.ask('DELETE', '/v1/subscribers/sub-1')

  for (const table of ['sign_in', 'sign_in_profile', 'sign_in_try'])
    expect(await rowsOf(desk, sql`select 1 as there from ${verbatim(table)}`), table).toEqual([])
  expect(await desk.ask('POST', '/v1/sign-ins', home)).toMatchObject({ status: 422 })
})
