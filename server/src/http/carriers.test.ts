// Carriers, senders and routes through the API: versions, what would not work together and where, who may, and what is kept secret.
import type { Role } from '@usher/contract/access'
import type { CarrierSettings, Line, LineVersion, RouteAnswer, SmppSettings } from '@usher/contract/carrier'
import type { AuditLine } from '@usher/contract/operator'
import { describe, expect, test } from 'vitest'
import { type DeskOptions, rowsOf, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'

interface Problem {
  code: string
  detail: string
  errors?: { at: string; detail: string }[]
}
interface Answered<T> {
  status: number
  body: T
}

async function aDesk(role: Role = 'administrator', options: DeskOptions = {}) {
  const desk = await testDesk({ carriers: [{ name: 'aurora' }, { name: 'boreal' }], ...options })
  const operator = await desk.operator(role)
  const ask = <T = Line>(method: string, path: string, body?: unknown) =>
    desk.askAs(operator, method, path, body) as Promise<Answered<T>>
  const refused = async (method: string, path: string, body?: unknown) => {
    const { status, body: problem } = await ask<Problem>(method, path, body)
    return { status, ...problem }
  }
  return {
    ...{ desk, operator, ask, refused },
    line: async () => (await ask('GET', '/v1/line')).body,
    audited: async () => (await ask<{ items: AuditLine[] }>('GET', '/v1/audit')).body.items,
  }
}

const anSmpp = (over: object = {}) => ({
  ...{ protocol: 'smpp', systemId: 'usher', binds: [{ host: 'smpp.example', port: 2775 }] },
  secrets: { password: 's3cret' },
  ...over,
})
const smppOf = (line: Line, name: string) => line.carriers.find(one => one.name === name) as SmppSettings
const routeOf = (line: Line, name: string) => line.routes.find(route => route.name === name)!

describe('each change is a version', () => {
  test('with who made it and what it was, and a line in the audit log', async () => {
    const { operator, ask, line, audited } = await aDesk()
    expect(await line()).toMatchObject({ version: 1, by: null, what: 'as the settings say' })

    await ask('PUT', '/v1/carriers/cirrus', anSmpp())
    await ask('PUT', '/v1/carriers/cirrus', anSmpp({ label: 'Cirrus Ltd', secrets: {} }))
    await ask('PUT', '/v1/senders/name', { kind: 'short_code', address: '12345' })
    await ask('PUT', '/v1/senders/name', { kind: 'short_code', address: '54321' })
    const { routes } = await line()
    await ask('PUT', '/v1/routes', { routes: routes.map(route => ({ ...route, sender: 'name' })) })
    await ask('PUT', '/v1/routes', { routes })
    await ask('DELETE', '/v1/senders/name')
    await ask('DELETE', '/v1/carriers/cirrus')

    const { items } = (await ask<{ items: LineVersion[] }>('GET', '/v1/line/versions')).body
    expect(items.map(({ version, by, what }) => [version, by, what])).toEqual([
      [9, 'administrator 1', 'carrier cirrus removed'],
      [8, 'administrator 1', 'sender name removed'],
      [7, 'administrator 1', 'routes changed'],
      [6, 'administrator 1', 'routes changed'],
      [5, 'administrator 1', 'sender name changed'],
      [4, 'administrator 1', 'sender name added'],
      [3, 'administrator 1', 'carrier cirrus changed'],
      [2, 'administrator 1', 'carrier cirrus added'],
      [1, null, 'as the settings say'],
    ])
    const lines = (await audited()).filter(({ action }) => /^(carrier|sender|routes)\./.test(action))
    expect(lines.map(({ action, subject, detail }) => [action, subject, detail]).reverse()).toEqual([
      ['carrier.added', 'cirrus', { version: 2, secrets: ['cirrus'] }],
      ['carrier.changed', 'cirrus', { version: 3 }],
      ['sender.added', 'name', { version: 4 }],
      ['sender.changed', 'name', { version: 5 }],
      ['routes.changed', 'routes', { version: 6 }],
      ['routes.changed', 'routes', { version: 7 }],
      ['sender.removed', 'name', { version: 8 }],
      ['carrier.removed', 'cirrus', { version: 9, secrets: ['cirrus'] }],
    ])
    expect(new Set(lines.map(one => one.operator?.id))).toEqual(new Set([operator.id]))
  })

  test('that can be read afterwards, as it was', async () => {
    const { ask, refused } = await aDesk()
    await ask('PUT', '/v1/carriers/aurora', anSmpp({ window: 10 }))
    await ask('PUT', '/v1/carriers/aurora', anSmpp({ window: 20 }))

    for (const [version, window] of [[1, 50] as const, [2, 10] as const, [3, 20] as const]) {
      const { body } = await ask('GET', `/v1/line?version=${version}`)
      expect([body.version, smppOf(body, 'aurora').window]).toEqual([version, window])
    }
    expect(await refused('GET', '/v1/line?version=4')).toMatchObject({ status: 404, code: 'unknown_version' })
    expect(await refused('GET', '/v1/line?version=0')).toMatchObject({ status: 422, code: 'invalid_request' })
  })

  test('that can be gone back to; secrets stay as they are now', async () => {
    const { ask, refused, line, audited } = await aDesk()
    const first = await line()
    await ask('PUT', '/v1/carriers/cirrus', anSmpp())
    const { routes } = first
    const byCirrus = routes.map(route => ({ ...route, carriers: [{ carrier: 'cirrus' }] }))
    await ask('PUT', '/v1/routes', { routes: byCirrus })

    const { status, body } = await ask('POST', '/v1/line/versions/1/restore')

    expect(status).toBe(200)
    expect(body).toMatchObject({ version: 4, what: 'back to version 1', by: 'administrator 1' })
    expect([body.carriers, body.senders, body.routes]).toEqual([first.carriers, first.senders, first.routes])
    expect((await audited())[0]).toMatchObject({ action: 'line.restored', subject: 'version 1' })
    expect((await ask('POST', '/v1/line/versions/3/restore')).body.routes[0]!.carriers[0]!.carrier).toBe('cirrus')

    expect(await refused('POST', '/v1/line/versions/77/restore')).toMatchObject({
      status: 404,
      code: 'unknown_version',
    })
    // A carrier that was removed has no password any more: its version can't come back as if it had.
    await ask('PUT', '/v1/routes', { routes })
    await ask('DELETE', '/v1/carriers/cirrus')
    expect(await refused('POST', '/v1/line/versions/3/restore')).toMatchObject({
      ...{ status: 422, code: 'wrong_line' },
      errors: [{ at: 'carriers.cirrus.secrets.password', detail: 'The password of cirrus has to be given.' }],
    })
  })

  test('of which only one is made from another: who comes second is told', async () => {
    const { ask, line } = await aDesk()
    const { version, routes } = await line()
    const changes = [
      () => ask<Line & Problem>('PUT', `/v1/carriers/cirrus?version=${version}`, anSmpp()),
      () => ask<Line & Problem>('PUT', `/v1/senders/name?version=${version}`, { kind: 'short_code', address: '12345' }),
      () => ask<Line & Problem>('PUT', '/v1/routes', { routes, version }),
      () => ask<Line & Problem>('DELETE', `/v1/carriers/boreal?version=${version}`),
    ]

    const answers = await Promise.all(changes.slice(0, 3).map(change => change()))

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    for (const { status, body } of answers)
      if (status === 409)
        expect(body).toMatchObject({ code: 'line_changed', detail: `It is at version ${version + 1} now.` })
    expect(await changes[3]!()).toMatchObject({ status: 409, body: { code: 'line_changed' } })
    expect((await line()).version).toBe(version + 1)
    // Without saying from which, each is laid over the newest.
    await Promise.all([
      ask('PUT', '/v1/senders/one', { kind: 'short_code', address: '11111' }),
      ask('PUT', '/v1/senders/two', { kind: 'short_code', address: '22222' }),
    ])
    expect((await line()).senders.map(({ name }) => name)).toEqual(expect.arrayContaining(['one', 'two', 'main']))
  })

  test('that outlives a restart, though the settings say other things', async () => {
    const { desk, ask, line } = await aDesk()
    await ask('PUT', '/v1/senders/main', { kind: 'short_code', address: '12345' })

    await desk.restart()

    expect((await line()).senders.find(({ name }) => name === 'main')).toMatchObject({ address: '12345' })
    expect((await line()).version).toBe(2)
  })
})

describe('what would not work together is refused, with its place in what was given:', () => {
  test.each<[string, string, object, string, RegExp]>([
    [
      'a carrier without its password',
      'carriers/cirrus',
      { protocol: 'smpp', systemId: 'u', binds: [{ host: 'a.example', port: 1 }] },
      'body.secrets.password',
      /^The password of cirrus has to be given\.$/,
    ],
    [
      'a carrier that takes nothing',
      'carriers/cirrus',
      anSmpp({ binds: [{ host: 'a.example', port: 1, type: 'receiver' }] }),
      'body.binds',
      /^No bind takes texts/,
    ],
    [
      'a carrier that brings nothing',
      'carriers/cirrus',
      anSmpp({ binds: [{ host: 'a.example', port: 1, type: 'transmitter' }] }),
      'body.binds',
      /^No bind brings receipts/,
    ],
    [
      'tables that its form has no place for',
      'carriers/cirrus',
      anSmpp({ national: ['turkish'], longTexts: 'payload' }),
      'body.national',
      /message_payload/,
    ],
    [
      'credentials that others could read',
      'carriers/cirrus',
      { protocol: 'vonage', apiKey: 'k', url: 'http://carrier.example', secrets: { apiSecret: 'x' } },
      'body.url',
      /has to be https/,
    ],
    [
      'a name that is too long',
      'senders/name',
      { kind: 'alphanumeric', address: 'OrpheumFilms', isTwoWay: false },
      'body.address',
      /1 to 11/,
    ],
    [
      'a name that people answer',
      'senders/name',
      { kind: 'alphanumeric', address: 'Orpheum' },
      'body.isTwoWay',
      /one-way/,
    ],
    [
      'a short code that is none',
      'senders/name',
      { kind: 'short_code', address: '+447700900001' },
      'body.address',
      /3 to 8 digits/,
    ],
    [
      'a number without its country',
      'senders/name',
      { kind: 'long_number', address: '07700900001' },
      'body.address',
      /with \+/,
    ],
    [
      'a country registered twice',
      'senders/name',
      {
        ...{ kind: 'short_code', address: '12345' },
        registrations: [
          { country: 'US', state: 'pending' },
          { country: 'US', state: 'registered' },
        ],
      },
      'body.registrations',
      /two registrations in US/,
    ],
  ])('%s', async (_, path, body, at, sentence) => {
    const { refused, line } = await aDesk()

    const problem = await refused('PUT', `/v1/${path}`, body)

    expect(problem).toMatchObject({ status: 422, code: 'wrong_line' })
    expect(problem.errors).toContainEqual({ at, detail: expect.stringMatching(sentence) })
    expect((await line()).version).toBe(1)
  })

  const to = (...carriers: string[]) => ({ carriers: carriers.map(carrier => ({ carrier })), sender: 'main' })
  test.each<[string, object[], string, RegExp]>([
    [
      'a sender that is not there',
      [{ name: 'a', ...to('aurora'), sender: 'nobody' }],
      'body.routes.0.sender',
      /no sender nobody/,
    ],
    [
      'a carrier that is not there',
      [{ name: 'a', ...to('aurora', 'zephyr') }],
      'body.routes.0.carriers.1',
      /no carrier zephyr/,
    ],
    ['a carrier twice', [{ name: 'a', ...to('aurora', 'aurora') }], 'body.routes.0.carriers', /aurora is there twice/],
    [
      'a name twice',
      [
        { name: 'a', ...to('aurora') },
        { name: 'a', ...to('boreal') },
      ],
      'body.routes',
      /Two routes are named a/,
    ],
    [
      'a way that ends nowhere',
      [{ name: 'a', ...to('aurora'), otherwise: 'b' }],
      'body.routes.0.otherwise',
      /no route b/,
    ],
    [
      'a way that goes in a circle',
      [
        { name: 'a', ...to('aurora'), otherwise: 'b' },
        { name: 'b', ...to('boreal'), otherwise: 'c', isOnlyFallback: true },
        { name: 'c', ...to('boreal'), otherwise: 'a', isOnlyFallback: true },
      ],
      'body.routes.2.otherwise',
      /^It goes in a circle: c, a, b, c\.$/,
    ],
  ])('a route with %s', async (_, routes, at, sentence) => {
    const { refused, line } = await aDesk()

    const problem = await refused('PUT', '/v1/routes', { routes })

    expect(problem).toMatchObject({ status: 422, code: 'wrong_line' })
    expect(problem.errors).toContainEqual({ at, detail: expect.stringMatching(sentence) })
    // Trying it says the same, and changes nothing either.
    const tried = await refused('POST', '/v1/routes/try', { country: 'GB', purpose: 'offer', routes })
    expect(tried).toMatchObject({ status: 422, code: 'wrong_line', errors: problem.errors })
    expect((await line()).version).toBe(1)
  })

  test('a route whose sender is not for that country, that purpose, or is not registered', async () => {
    const { ask, refused } = await aDesk()
    const french = { kind: 'short_code', address: '38000', countries: ['FR'], purposes: ['code.*'] }
    await ask('PUT', '/v1/senders/french', french)
    await ask('PUT', '/v1/senders/singapore', { kind: 'alphanumeric', address: 'Orpheum', isTwoWay: false })
    const route = (over: object) => ({ routes: [{ name: 'a', ...to('aurora'), sender: 'french', ...over }] })

    const details = async (over: object) =>
      (await refused('PUT', '/v1/routes', route(over))).errors!.map(({ at, detail }) => `${at}: ${detail}`)
    expect(await details({ purposes: ['code.*'] })).toEqual([
      'body.routes.0.countries: The sender french is for some countries only, so the route has to name them.',
    ])
    expect(await details({ purposes: ['code.*'], countries: ['FR', 'GB'] })).toEqual([
      'body.routes.0.countries: The sender french may not be used in GB.',
    ])
    expect(await details({ purposes: ['offer'], countries: ['FR'] })).toEqual([
      'body.routes.0.purposes: The sender french may not be used for offer.',
    ])
    expect(await details({ sender: 'singapore', purposes: ['code.*'], countries: ['SG'] })).toEqual([
      'body.routes.0.sender: SG asks for the Singapore SMS Sender ID Registry, and the sender singapore has none there.',
    ])
    expect(await details({ sender: 'singapore', countries: ['GB'] })).toEqual([
      'body.routes.0.sender: Nobody can answer the sender singapore: give it a link to opt out by, or a route of codes and replies alone.',
    ])
    expect((await ask('PUT', '/v1/routes', route({ purposes: ['code.*'], countries: ['FR'] }))).status).toBe(200)
  })

  test('what a route uses is not taken away, and what nobody has can not be', async () => {
    const { refused, ask } = await aDesk()

    const carrier = await refused('DELETE', '/v1/carriers/aurora')
    expect(carrier).toMatchObject({ status: 422, code: 'wrong_line' })
    expect(carrier.errors).toContainEqual({ at: 'routes.0.carriers.0', detail: 'There is no carrier aurora.' })
    const sender = await refused('DELETE', '/v1/senders/main')
    expect(sender.errors).toContainEqual({ at: 'routes.1.sender', detail: 'There is no sender main.' })

    expect(await refused('DELETE', '/v1/carriers/zephyr')).toMatchObject({ status: 404, code: 'unknown_carrier' })
    expect(await refused('POST', '/v1/carriers/zephyr/reconnect')).toMatchObject({
      status: 404,
      code: 'unknown_carrier',
    })
    expect(await refused('DELETE', '/v1/senders/zephyr')).toMatchObject({ status: 404, code: 'unknown_sender' })
    for (const body of [
      anSmpp({ protocol: 'smtp' }),
      anSmpp({ secrets: { password: 'x', token: 'y' } }),
      anSmpp({ window: 0 }),
    ])
      expect((await refused('PUT', '/v1/carriers/cirrus', body)).status).toBe(422)
    expect((await refused('PUT', '/v1/carriers/Big%20One', anSmpp())).status).toBe(422)
    expect((await ask('GET', '/v1/line')).body.version).toBe(1)
  })
})

describe('who may', () => {
  test.each(['viewer', 'support', 'marketer'] as const)(
    'a %s reads the line and tries a route, and changes nothing',
    async role => {
      const { ask, refused, line } = await aDesk(role)
      const { routes, version } = await line()
      const tried = { country: 'GB', purpose: 'offer' }

      expect((await ask('GET', '/v1/line/versions')).status).toBe(200)
      expect((await ask('POST', '/v1/routes/try', tried)).status).toBe(200)
      const changes: [string, string, object?][] = [
        ['PUT', '/v1/carriers/aurora', anSmpp()],
        ['DELETE', '/v1/carriers/aurora'],
        ['POST', '/v1/carriers/aurora/reconnect'],
        ['PUT', '/v1/senders/main', { kind: 'short_code', address: '12345' }],
        ['DELETE', '/v1/senders/main'],
        ['PUT', '/v1/routes', { routes }],
        ['POST', '/v1/line/versions/1/restore'],
      ]
      for (const change of changes)
        expect(await refused(...change), change.join(' ')).toMatchObject({ status: 403, code: 'role_forbids' })
      expect((await line()).version).toBe(version)
    },
  )

  test('no key of the API changes it: that is for people', async () => {
    const { desk, line } = await aDesk()
    const { routes } = await line()

    expect(await desk.ask('PUT', '/v1/routes', { routes })).toMatchObject({ status: 403 })
    expect((await desk.ask('GET', '/v1/line')).status).toBe(200)
  })

  test('asking a carrier to bind again leaves a line in the audit log', async () => {
    const { desk, ask, audited } = await aDesk()
    const again = new Promise<void>(resolve =>
      desk.usher.events.on('bind.state', ({ channel, state }) => {
        if (channel === 'aurora' && state === 'connecting') resolve()
      }),
    )

    desk.simulator.carrier('aurora').turn({ bindStatus: 'ESME_RINVPASWD', down: true })
    desk.simulator.carrier('aurora').turn({ down: false })
    await new Promise<void>(resolve =>
      desk.usher.events.on('bind.state', ({ channel, state }) => {
        if (channel === 'aurora' && state === 'refused') resolve()
      }),
    )
    desk.simulator.carrier('aurora').turn({ bindStatus: null })
    const bound = new Promise<void>(resolve =>
      desk.usher.events.on('bind.state', ({ channel, state }) => {
        if (channel === 'aurora' && state === 'bound') resolve()
      }),
    )

    expect((await ask('POST', '/v1/carriers/aurora/reconnect')).status).toBe(204)

    await again
    await bound
    expect((await audited())[0]).toMatchObject({ action: 'carrier.reconnected', subject: 'aurora' })
  })
})

describe('secrets', () => {
  const secrets = { twilio: ['tw-s3cret'], vonage: ['vo-s3cret', 'vo-s1gning'], http: ['ht-s3cret', 'ht-s1gning'] }
  test('are named and never shown, whatever is asked, and stored sealed', async () => {
    const said: string[] = []
    const { desk, ask, refused } = await aDesk('administrator', { log: line => said.push(line) })
    const inputs: Record<string, object> = {
      tw: { protocol: 'twilio', accountSid: `AC${'0'.repeat(32)}`, secrets: { authToken: secrets.twilio[0] } },
      vo: { protocol: 'vonage', apiKey: 'k', secrets: { apiSecret: secrets.vonage[0], signing: secrets.vonage[1] } },
      ht: {
        ...{
          protocol: 'http',
          url: 'https://carrier.example/send',
          fields: { to: '{{ to }}', text: '{{ text }}', s: '{{ secret }}' },
        },
        secrets: { token: secrets.http[0], signing: secrets.http[1] },
      },
      sm: anSmpp(),
    }
    const answers: unknown[] = []
    for (const [name, input] of Object.entries(inputs)) {
      const answer = await ask('PUT', `/v1/carriers/${name}`, input)
      expect(answer.status, JSON.stringify(answer.body)).toBe(200)
      answers.push(answer.body)
    }
    answers.push(await refused('PUT', '/v1/carriers/sm', anSmpp({ window: -1 })))
    for (const path of ['/v1/line', '/v1/line?version=5', '/v1/line/versions', '/v1/carriers', '/v1/audit'])
      answers.push((await ask('GET', path)).body)
    answers.push((await ask('POST', '/v1/routes/try', { country: 'GB', purpose: 'offer' })).body)

    const { carriers } = (await ask('GET', '/v1/line')).body
    const kept = (name: string) => carriers.find((one: CarrierSettings) => one.name === name)!.secrets
    expect([kept('tw'), kept('vo'), kept('ht'), kept('sm')]).toEqual([
      ['authToken'],
      ['apiSecret', 'signing'],
      ['token', 'signing'],
      ['password'],
    ])
    const shown = JSON.stringify([...answers, said, await rowsOf(desk, sql`select value from line`)])
    expect(shown).toContain('accountSid')
    expect(shown).not.toMatch(/s3cret|s1gning/)
    const rows = await rowsOf<{ secret: Uint8Array; data_key: Uint8Array }>(
      desk,
      sql`select secret, data_key from carrier_secret`,
    )
    expect(rows.length).toBe(8)
    for (const { secret } of rows) expect(Buffer.from(secret).toString('latin1')).not.toMatch(/s3cret|s1gning|demo/)
  })

  test('stay as they are where they are left out, and go with their carrier', async () => {
    const { desk, ask, refused } = await aDesk()
    await ask('PUT', '/v1/carriers/sm', anSmpp())

    expect((await ask('PUT', '/v1/carriers/sm', anSmpp({ secrets: {}, window: 7 }))).status).toBe(200)
    await ask('DELETE', '/v1/carriers/sm')

    expect(await rowsOf(desk, sql`select name from carrier_secret where carrier = 'sm'`)).toEqual([])
    expect(await refused('PUT', '/v1/carriers/sm', anSmpp({ secrets: {} }))).toMatchObject({ code: 'wrong_line' })
  })

  test('of one protocol are none of another, and are there when it speaks the first again', async () => {
    const { ask, refused } = await aDesk()
    await ask('PUT', '/v1/carriers/cirrus', anSmpp())
    const vonage = { protocol: 'vonage', apiKey: 'k' }

    expect(await refused('PUT', '/v1/carriers/cirrus', vonage)).toMatchObject({
      errors: [{ at: 'body.secrets.apiSecret', detail: 'The apiSecret of cirrus has to be given.' }],
    })
    const { body } = await ask('PUT', '/v1/carriers/cirrus', { ...vonage, secrets: { apiSecret: 'x' } })
    expect(body.carriers.find(({ name }) => name === 'cirrus')!.secrets).toEqual(['apiSecret'])

    const { status, body: back } = await ask('POST', '/v1/line/versions/2/restore')
    expect(status).toBe(200)
    expect(smppOf(back, 'cirrus').secrets).toEqual(['password'])
  })
})

describe('which way a number would go', () => {
  test('by its own country and network, with the shares of each carrier and why', async () => {
    const { ask, refused, line } = await aDesk()
    const { routes } = await line()
    const british = {
      ...routeOf(await line(), 'everything'),
      ...{ name: 'british', countries: ['GB'], networks: ['mobile'] },
      carriers: [
        { carrier: 'aurora', weight: 300, microsPerSegment: 12_345 },
        { carrier: 'boreal', weight: 100 },
      ],
    }
    await ask('PUT', '/v1/routes', { routes: [british, ...routes] })
    const way = async (question: object) => (await ask<RouteAnswer>('POST', '/v1/routes/try', question)).body

    const found = await way({ number: '+447400123456', purpose: 'offer' })
    expect(found).toMatchObject({
      ...{ country: 'GB', network: 'mobile', refusal: null, sender: { name: 'main', address: '67743' } },
      steps: [{ route: 'british', isTaken: true, reason: 'It is for GB, and for every purpose, to mobile numbers.' }],
    })
    expect(found.carriers.map(({ carrier, route, weight, price }) => ({ carrier, route, weight, price }))).toEqual([
      { carrier: 'aurora', route: 'british', weight: 300, price: { amount: '0.012345', currency: 'USD' } },
      { carrier: 'boreal', route: 'british', weight: 100, price: { amount: '0.04', currency: 'USD' } },
    ])
    expect(await way({ country: 'FR', purpose: 'offer' })).toMatchObject({
      ...{ country: 'FR', network: null },
      steps: [
        { route: 'british', isTaken: false, reason: 'It is for GB, not for FR.' },
        { route: 'security', isTaken: false, reason: 'It is for code.*, alert.*, not for offer.' },
        { route: 'everything', isTaken: true },
      ],
    })
    const unknown = await way({ country: 'GB', purpose: 'offer' })
    expect(unknown.steps[0]).toMatchObject({
      ...{ route: 'british', isTaken: false },
      reason: 'It is for mobile numbers, and of this one it is not known.',
    })
    expect((await way({ country: 'GB', network: 'voip', purpose: 'offer' })).steps[0]!.reason).toBe(
      'It is for mobile numbers, not for voip ones.',
    )
    // Others may be tried before they are put in place.
    const tried = await way({
      country: 'GB',
      purpose: 'offer',
      routes: [{ ...british, networks: null, purposes: ['code.*'] }],
    })
    expect(tried).toMatchObject({ carriers: [], sender: null, refusal: 'It is for code.*, not for offer.' })
    expect((await line()).routes.length).toBe(3)
    expect(await refused('POST', '/v1/routes/try', { number: '+449999999999', purpose: 'offer' })).toMatchObject({
      ...{ status: 422, code: 'invalid_number' },
    })
    for (const question of [{ purpose: 'offer' }, { number: '+447400123456', country: 'GB', purpose: 'offer' }])
      expect((await refused('POST', '/v1/routes/try', question)).status).toBe(422)
  })
})
