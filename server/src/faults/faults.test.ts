// What breaks around a server, each with its clear error or visible wait, and nothing lost. The kill loop is in kill.test.ts.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSmppServer } from '@usher/smpp/session'
import { expect, onTestFinished, test } from 'vitest'
import { newPostgres, on, rowsOf, testDesk } from '../desk.ts'
import { readSubmission, receiptFields } from '../simulator/wire.ts'
import { migrate, migrations } from '../store/migrations.ts'
import { openPGlite } from '../store/pglite.ts'
import { openPostgres } from '../store/postgres.ts'
import { sql } from '../store/sql.ts'
import {
  type Carrier,
  type Client,
  client,
  type Machine,
  nextMonday,
  type ServerOptions,
  type Site,
  site,
  startCarrier,
  uncapped,
  until,
  wire,
} from './machines.ts'

const onPostgres = test.runIf(on === 'postgres')
const onPGlite = test.runIf(on === 'pglite')

async function aCarrier(knobs: Record<string, unknown> = {}): Promise<Carrier> {
  const carrier = await startCarrier(knobs)
  onTestFinished(() => carrier.stop())
  return carrier
}

/** A server on a new database of this run, that ends with the test. */
async function aServer(
  options: Partial<ServerOptions> & { carrier: Carrier },
): Promise<{ place: Site; server: Machine; usher: Client }> {
  const databaseUrl = options.databaseUrl ?? (await aDatabase())
  const place = await site({ ...options, databaseUrl })
  const server = starts(place)
  await server.up
  const usher = client(place.url, await place.key())
  await usher.clock({ to: nextMonday() })
  await uncap(place)
  await subscribers(usher)
  return { place, server, usher }
}

async function aDatabase(): Promise<string | undefined> {
  if (on !== 'postgres') return undefined
  const made = await newPostgres()
  onTestFinished(() => made.drop())
  return made.url
}

function starts(place: Site): Machine {
  const server = place.serve()
  onTestFinished(async () => {
    server.signal('SIGCONT')
    server.signal('SIGKILL')
    await server.exit
    place.clear()
  })
  return server
}

const uncap = async (place: Site, root?: string) => (await place.asOperator(root))('PUT', '/v1/policy', uncapped)

const people = 100
const yes = { granted: true, at: '2026-05-03T10:00:00Z', how: 'page', words: 'Yes, text me.' }
const subscribers = (usher: Client) =>
  usher.lines(
    '/v1/subscribers/import',
    Array.from({ length: people }, (_, i) => ({
      id: `sub-${i}`,
      number: `+447700900${String(i).padStart(3, '0')}`,
      zone: 'Europe/London',
      consents: { titles: yes, offers: yes },
    })),
    () => {},
  )

/** Throws where it has ended by itself, with what it said last. */
function lives(server: Machine): true {
  if (server.hasEnded) throw new Error(`The server has ended: ${server.said().slice(-1_500)}`)
  return true
}

interface Flow {
  /** What was answered with yes, by id. */
  taken: Map<string, { n: number; text: string }>
  /** How many answers of each other kind: a status with its code, or `none`. */
  refused: Map<string, number>
  stop(): Promise<void>
}

const purposes = ['code.sign_in', 'offer', 'account.plan', 'alert.security'] as const
let lastText = 0

/** Texts that flow until they are stopped; what got no yes is not asked again. */
function flow(ushers: Client[], { several = 4, only = purposes as readonly (typeof purposes)[number][] } = {}): Flow {
  const taken: Flow['taken'] = new Map()
  const refused: Flow['refused'] = new Map()
  let isOver = false
  const one = async () => {
    while (!isOver) {
      const n = ++lastText
      const purpose = only[n % only.length]!
      const text = `Orpheum: this is text n${String(n).padStart(6, '0')}.`
      const content =
        purpose === 'code.sign_in'
          ? { template: purpose, data: { code: String(10_000_000 + n), minutes: 10 } }
          : { text }
      const answer = await ushers[n % ushers.length]!.ask(
        'POST',
        '/v1/messages',
        { subscriber: `sub-${n % people}`, purpose, ...content },
        { 'idempotency-key': `flow-${n}` },
      ).catch(() => undefined)
      const body = answer?.body as { id: string; code?: string } | undefined
      if (answer?.status === 202)
        taken.set(body!.id, { n, text: purpose === 'code.sign_in' ? String(10_000_000 + n) : text })
      else {
        const kind = answer ? `${answer.status} ${body?.code ?? ''}` : 'none'
        refused.set(kind, (refused.get(kind) ?? 0) + 1)
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    }
  }
  const flowing = Promise.all(Array.from({ length: several }, one))
  return {
    taken,
    refused,
    async stop() {
      isOver = true
      await flowing
    },
  }
}

/** Every text that got a yes comes to an end, and the carrier has what is said to be delivered; once, unless it is a notice. */
async function allHasAnEnd(
  usher: Client,
  carrier: Carrier,
  { taken }: Flow,
  deadlineMs = 90_000,
): Promise<Map<string, string>> {
  await until('no claim is left', deadlineMs, async () => (await usher.count('submitting')) === 0)
  await usher.clock({ byMinutes: 1 })
  const waiting = ['queued', 'held', 'submitting', 'submitted']
  await until('nothing waits', deadlineMs, async () => {
    for (const state of waiting) if ((await usher.count(state)) > 0) return false
    return true
  })
  const lines = await carrier.ledger()
  const states = new Map<string, string>()
  for (const [id, { text }] of taken) {
    const { status, body } = await usher.ask('GET', `/v1/messages/${id}`)
    expect(status, `${id} was answered with yes`).toBe(200)
    const { state, purpose } = body as { state: string; purpose: string }
    const times = lines.filter(line => line.text.includes(text)).length
    states.set(id, state)
    if (state === 'delivered') expect(times, `${id} is delivered`).toBeGreaterThan(0)
    else expect(state, `${id} was taken ${times} times`).toBe('unanswered')
    expect(times, `${purpose} ${id}`).toBeLessThanOrEqual(/^(code|offer)/.test(purpose) ? 1 : 2)
  }
  return states
}

// --- One folder, one schema ---------------------------------------------------------------------------------------

onPGlite('a second server on the same folder says so and ends; the first is unharmed', async () => {
  const carrier = await aCarrier()
  const { place, server, usher } = await aServer({ carrier })

  const second = starts(await site({ carrier, folder: place.folder }))
  const { code } = await second.exit

  expect(code).toBe(1)
  expect(second.said()).toMatch(/Another server \(process \d+\) has the folder .* open\. Stop it first/)
  expect(second.said()).not.toMatch(/\n\s+at /)
  expect(server.hasEnded).toBe(false)
  const texts = flow([usher])
  await until('texts flow', 10_000, () => texts.taken.size > 20)
  await texts.stop()
  await allHasAnEnd(usher, carrier, texts)
})

onPGlite('a killed server starts again under the process id that it had', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'usher-faults-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  // As in a container, where every process is number 1: the lock that a killed one left behind names the next one too.
  writeFileSync(join(folder, 'usher.lock'), String(process.pid))

  const db = await openPGlite(folder)

  await db.close()
})

test('a database of a newer Usher is refused in plain words', async () => {
  const carrier = await aCarrier()
  const databaseUrl = await aDatabase()
  const place = await site({ carrier, databaseUrl })
  const db = databaseUrl ? await openPostgres(databaseUrl) : await openPGlite(place.folder)
  await migrate(db)
  await db.rows(sql`insert into migration (number, name) values (999, 'from the future')`)
  await db.close()

  const server = starts(place)
  const { code } = await server.exit

  expect(code).toBe(1)
  expect(server.said().trim()).toBe(
    `The database has schema 999; this Usher knows ${Math.max(...migrations.map(step => step.number))}. Start the newer Usher that made it.`,
  )
})

// --- The database goes away ---------------------------------------------------------------------------------------

for (const [how, rounds] of [
  ['cut', 3],
  ['silent', 1],
] as const)
  onPostgres(
    `the database goes away (${how}) and comes back: callers hear 503, nothing is lost, nobody restarts anything`,
    async () => {
      const carrier = await aCarrier()
      const databaseUrl = new URL((await aDatabase())!)
      const between = await wire({ host: databaseUrl.hostname, port: Number(databaseUrl.port || 5432) })
      onTestFinished(() => between.stop())
      databaseUrl.hostname = '127.0.0.1'
      databaseUrl.port = String(between.port)
      const { server, usher } = await aServer({ carrier, databaseUrl: databaseUrl.href })
      const texts = flow([usher])
      for (let times = 1; times <= rounds; times++) {
        const before = texts.taken.size
        await until('texts flow', 20_000, () => lives(server) && texts.taken.size > before + 300)

        between.turn(how)
        const heard = texts.refused.get('503 database_away') ?? 0
        await until(
          'callers hear it',
          20_000,
          () => lives(server) && (texts.refused.get('503 database_away') ?? 0) > heard,
        )
        const { inboundAcked } = await carrier.ask<{ inboundAcked: number }>('GET', '/counts')
        await carrier.ask('POST', `/handsets/+447700900001/reply`, { to: '67743', text: `Are you there, ${times}?` })
        const problem = await usher.ask(
          'POST',
          '/v1/messages',
          { subscriber: 'sub-1', purpose: 'offer', text: 'Hello' },
          { 'idempotency-key': randomBytes(8).toString('hex') },
        )
        expect(problem.status).toBe(503)
        expect(problem.headers.get('content-type')).toMatch(/^application\/problem\+json/)
        expect(problem.headers.get('retry-after')).toBe('1')
        expect(problem.body).toMatchObject({ code: 'database_away', status: 503 })
        expect((await usher.ask('GET', '/readyz')).status).toBe(503)
        expect(await carrier.ask('GET', '/counts')).toMatchObject({ inboundAcked })

        between.turn('open')
        await until(
          'the reply is acknowledged',
          30_000,
          async () => (await carrier.ask<{ inboundAcked: number }>('GET', '/counts')).inboundAcked > inboundAcked,
        )
      }
      await texts.stop()

      expect(server.hasEnded).toBe(false)
      expect([...texts.refused.keys()]).toEqual(['503 database_away'])
      await allHasAnEnd(usher, carrier, texts)
      const { body } = await usher.ask('GET', '/v1/inbound')
      const heard = (body as { items: { text: string }[] }).items.map(({ text }) => text).sort()
      expect(heard).toEqual(Array.from({ length: rounds }, (_, i) => `Are you there, ${i + 1}?`))
    },
    180_000,
  )

onPostgres(
  'a text in doubt that was taken over stays in doubt, though the database leaves in that moment',
  async () => {
    const carrier = await aCarrier()
    const real = (await aDatabase())!
    const databaseUrl = new URL(real)
    const between = await wire({ host: databaseUrl.hostname, port: Number(databaseUrl.port || 5432) })
    onTestFinished(() => between.stop())
    databaseUrl.hostname = '127.0.0.1'
    databaseUrl.port = String(between.port)
    const { server, usher } = await aServer({ carrier, databaseUrl: databaseUrl.href })
    const db = await openPostgres(real, 2)
    onTestFinished(() => db.close())
    const { body } = await usher.ask(
      'POST',
      '/v1/messages',
      {
        subscriber: 'sub-1',
        purpose: 'code.sign_in',
        template: 'code.sign_in',
        data: { code: '482913', minutes: 10 },
        notBefore: new Date(Date.parse(nextMonday()) + 300_000).toISOString(),
      },
      { 'idempotency-key': 'doubt' },
    )
    const { id } = body as { id: string }
    const texts = flow([usher])
    await until('texts flow', 20_000, () => lives(server) && texts.taken.size > 100)

    between.turn('cut')
    await until('callers hear it', 20_000, () => lives(server) && texts.refused.size > 0)
    // As a takeover leaves it whose commit was made and whose answer was lost: another worker may have written it.
    await db.rows(
      sql`update job set claimed_by = (select name from worker where name like '% settles' order by lease_until desc limit 1), attempts = 1, due_at = now() where id = ${id}`,
    )
    between.turn('open')
    await until('texts flow again', 30_000, () => lives(server) && texts.taken.size > 300)
    await texts.stop()

    await until('it has an end', 20_000, async () =>
      ['unanswered', 'delivered'].includes(
        ((await usher.ask('GET', `/v1/messages/${id}`)).body as { state: string }).state,
      ),
    )
    expect((await carrier.ledger()).filter(line => line.text.includes('482913'))).toEqual([])
  },
  60_000,
)

onPGlite(
  'a full disk: callers hear 503, nothing is falsely told, and it goes on once there is room',
  async ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'usher-faults-'))
    const inside = ['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs -o size=200m none "$0" && exec "$@"', folder]
    try {
      execFileSync(inside[0]!, [...inside.slice(1), 'true'], { stdio: 'ignore' })
    } catch {
      skip('a small file system needs `unshare -rm`')
    }
    const carrier = await aCarrier()
    const place = await site({ carrier, folder, inside })
    const server = starts(place)
    await server.up
    // Its file system is seen through /proc alone.
    const root = `/proc/${server.pid}/root`
    const usher = client(place.url, await place.key(root))
    await usher.clock({ to: nextMonday() })
    await uncap(place, root)
    await subscribers(usher)
    const texts = flow([usher])
    await until('texts flow', 20_000, () => lives(server) && texts.taken.size > 100)

    const ballast = join(root, folder, 'ballast')
    const bytes = Buffer.alloc(1024 * 1024)
    try {
      for (;;) appendFileSync(ballast, bytes)
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' })
    }
    await until('callers hear it', 60_000, () => lives(server) && (texts.refused.get('503 database_away') ?? 0) > 3)
    rmSync(ballast)
    const before = texts.taken.size
    await until('texts flow again', 30_000, () => lives(server) && texts.taken.size > before + 100)
    await texts.stop()

    expect([...texts.refused.keys()]).toEqual(['503 database_away'])
    await allHasAnEnd(usher, carrier, texts)
  },
  150_000,
)

// --- Ends and pauses ----------------------------------------------------------------------------------------------

for (const signals of [1, 2])
  test(`${signals === 1 ? 'SIGTERM' : 'SIGTERM twice'} while texts flow: the window is drained, nothing is in doubt`, {
    timeout: 120_000,
  }, async () => {
    const carrier = await aCarrier({ answerDelayMs: 200 })
    const { place, server, usher } = await aServer({ carrier })
    const texts = flow([usher], { several: 8 })
    await until(
      'texts flow',
      60_000,
      async () => (await carrier.ask<{ submitted: number }>('GET', '/counts')).submitted > 30,
    )

    const askedAt = performance.now()
    server.signal('SIGTERM')
    if (signals === 2) {
      await until('it has begun to stop', 5_000, () => texts.refused.size > 0)
      server.signal('SIGTERM')
    }
    const { code } = await server.exit
    const tookMs = performance.now() - askedAt
    await texts.stop()

    expect(code, server.said()).toBe(0)
    expect(tookMs).toBeLessThan(10_000)
    expect(await carrier.ask('GET', '/counts')).toMatchObject({ sessions: 0 })
    const again = starts(place)
    await again.up
    const states = await allHasAnEnd(usher, carrier, texts)
    expect([...states.values()].filter(state => state === 'unanswered')).toEqual([])
    expect(again.said()).not.toMatch(/claims of a worker that died/)
  })

onPostgres(
  'servers with roles of their own share the work, and take over from one that is killed within 10 s',
  async () => {
    const carrier = await aCarrier({ answerDelayMs: 50 })
    const databaseUrl = await aDatabase()
    const { place, usher } = await aServer({ carrier, databaseUrl, roles: 'api' })
    const env = { USHER_SMPP_WINDOW: '20' }
    const workers = [
      starts(await site({ carrier, databaseUrl, folder: place.folder, roles: 'carrier', env })),
      starts(await site({ carrier, databaseUrl, folder: place.folder, roles: 'carrier', env })),
    ]
    await until(
      'both are bound',
      20_000,
      async () => (await carrier.ask<{ sessions: number }>('GET', '/counts')).sessions === 2,
    )
    const db = await openPostgres(databaseUrl!, 2)
    onTestFinished(() => db.close())
    const texts = flow([usher], { several: 16 })
    const sharing = () =>
      db.rows<{ claimed_by: string }>(sql`select distinct claimed_by from job where claimed_by is not null`)
    const of = ({ pid }: Machine, rows: { claimed_by: string }[]) =>
      rows.filter(row => row.claimed_by.includes(`-${pid}-`)).length
    await until('both have claims', 20_000, async () => {
      const rows = await sharing()
      return workers.every(worker => of(worker, rows) > 0)
    })

    workers[0]!.signal('SIGKILL')
    await workers[0]!.exit
    const killedAt = performance.now()
    await until('its claims are taken over', 12_000, async () => of(workers[0]!, await sharing()) === 0)
    const tookMs = performance.now() - killedAt
    await texts.stop()

    expect(tookMs).toBeLessThan(10_000)
    await allHasAnEnd(usher, carrier, texts)
  },
  90_000,
)

onPostgres(
  'a worker that slept through its lease writes nothing twice',
  async () => {
    const carrier = await aCarrier({ answerDelayMs: 20 })
    const databaseUrl = await aDatabase()
    const { place, usher } = await aServer({ carrier, databaseUrl, roles: 'api' })
    const roles = { carrier, databaseUrl, folder: place.folder, roles: 'carrier', env: { USHER_SMPP_WINDOW: '50' } }
    const workers = [starts(await site(roles)), starts(await site(roles))]
    await until(
      'both are bound',
      20_000,
      async () => (await carrier.ask<{ sessions: number }>('GET', '/counts')).sessions === 2,
    )
    const db = await openPostgres(databaseUrl!, 2)
    onTestFinished(() => db.close())
    const texts = flow([usher], { several: 24 })
    const claims = () =>
      db.rows<{ id: string }>(sql`select id from job where claimed_by like ${`%-${workers[0]!.pid}-%`}`)
    await until('it has claims', 20_000, async () => (await claims()).length > 5)

    workers[0]!.signal('SIGSTOP')
    await until('its claims are taken over', 15_000, async () => (await claims()).length === 0)
    workers[0]!.signal('SIGCONT')
    const before = texts.taken.size
    await until('texts flow again', 20_000, () => texts.taken.size > before + 200)
    await texts.stop()

    expect(workers.map(worker => worker.hasEnded)).toEqual([false, false])
    await allHasAnEnd(usher, carrier, texts)
  },
  90_000,
)

// --- Strangers and bad rows ---------------------------------------------------------------------------------------

test('ten thousand connections that say nothing, or nonsense, do no harm', async () => {
  const carrier = await aCarrier()
  const { place, server, usher } = await aServer({ carrier })
  const port = Number(new URL(place.url).port)
  const sockets: ReturnType<typeof connect>[] = []
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
  })

  for (let i = 0; i < 2_000; i++) {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
    if (i % 2 === 0) socket.write(randomBytes(5))
    else if (i % 5 === 0) socket.write('POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{')
    sockets.push(socket)
  }
  for (let i = 0; i < 10; i++)
    connect({ port, host: '127.0.0.1' })
      .on('error', () => {})
      .end(randomBytes(10_000))
  const texts = flow([usher])
  await until('texts flow', 20_000, () => texts.taken.size > 100)
  await texts.stop()

  expect(server.hasEnded).toBe(false)
  expect([...texts.refused]).toEqual([])
  await allHasAnEnd(usher, carrier, texts)
}, 90_000)

test('a text that can not be opened any more stops nothing but itself', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  const bad = await desk.send({
    subscriber: 'sub-1',
    purpose: 'alert.security',
    text: 'One',
    notBefore: '2026-11-02T15:10:00Z',
  })
  const good = await desk.send({
    subscriber: 'sub-1',
    purpose: 'alert.security',
    text: 'Two',
    notBefore: '2026-11-02T15:10:00Z',
  })
  const { id } = bad.body as { id: string }
  await rowsOf(desk, sql`update message set body = set_byte(body, 20, get_byte(body, 20) # 255) where id = ${id}`)

  desk.clock.moveTo(new Date('2026-11-02T15:11:00Z'))

  expect(await desk.reaches((good.body as { id: string }).id)).toMatchObject({ state: 'delivered' })
  const later = await desk.send({ subscriber: 'sub-1', purpose: 'alert.security', text: 'Three' })
  expect(await desk.reaches((later.body as { id: string }).id)).toMatchObject({ state: 'delivered' })
})

// --- Receipts without answers -------------------------------------------------------------------------------------

test('a receipt that comes twice tells the fate of a text without an answer as one does', async () => {
  // A carrier whose answers are lost, and which repeats a receipt because our answer to it was lost as well.
  let told = 0
  const smsc = createSmppServer({
    authenticate: () => 0,
    onSubmit(pdu, session) {
      const submission = readSubmission(pdu)
      const at = new Date()
      const receipt = receiptFields(submission, {
        id: 'id-1',
        end: 'delivered',
        submittedAt: at,
        doneAt: at,
        form: 'both',
      })
      void session
        .deliver(receipt)
        .then(() => session.deliver(receipt))
        .then(() => told++)
      return undefined
    },
  })
  onTestFinished(() => smsc.close(0))
  const { port } = await smsc.listen(0)
  const desk = await testDesk({ env: { USHER_SMPP: `127.0.0.1:${port}`, USHER_SMPP_RESPONSE_TIMEOUT_MS: '200' } })
  await desk.subscriber()
  const { body } = await desk.send({
    subscriber: 'sub-1',
    purpose: 'code.sign_in',
    template: 'code.sign_in',
    data: { code: '482913', minutes: 10 },
  })
  const { id } = body as { id: string }
  await desk.reaches(id, 'unanswered')
  await until('the receipt was told twice', 5_000, () => told === 1)

  desk.clock.moveTo(new Date(desk.clock.now().getTime() + 10_000))

  expect(await desk.reaches(id, 'delivered')).toMatchObject({ state: 'delivered' })
}, 20_000)

test('one part of a long text that arrived does not make the whole of it delivered', async () => {
  const desk = await testDesk({ knobs: { disconnectEvery: 1 } })
  await desk.subscriber()
  const send = async (text: string) => {
    const { body } = await desk.send({ subscriber: 'sub-1', purpose: 'offer', text: `${text}Reply STOP to end` })
    const { id } = body as { id: string }
    await desk.reaches(id, 'unanswered')
    const { counts } = desk.simulator
    await until('its receipt is stored', 10_000, () => counts.receiptsAcked === counts.submitted)
    return id
  }
  const long = await send('A long offer, told in many words. '.repeat(8))
  const short = await send('A short one. ')
  expect(desk.simulator.ledger!.count, 'the line broke at the first part of each').toBe(2)

  desk.clock.moveTo(new Date(desk.clock.now().getTime() + 10_000))

  await desk.reaches(short, 'delivered')
  expect(await desk.message(long)).toMatchObject({ state: 'unanswered', segments: 2 })
}, 30_000)
