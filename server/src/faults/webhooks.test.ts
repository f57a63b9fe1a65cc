// A webhook is a promise, made with its cause: a process that is killed after the commit has made it, one killed before has not.

import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { newPostgres, on } from '../desk.ts'
import { type Client, client, freePort, type Machine, site, startCarrier, until } from './machines.ts'
import { type Receiver, receiver } from './receiver.ts'

/** Servers that are started one after the other over one database; each is ended with the test. */
async function places(service: Receiver) {
  const made = on === 'postgres' ? await newPostgres() : undefined
  const carrier = await startCarrier()
  const shared = {
    carrier,
    databaseUrl: made?.url,
    port: await freePort(),
    env: { USHER_WEBHOOK_ALLOW: service.place },
  }
  const first = await site(shared)
  const ended: (() => unknown)[] = [() => first.clear(), () => made?.drop(), () => carrier.stop()]
  onTestFinished(async () => {
    for (const end of ended) await end()
  })
  let usher: Client | undefined
  return {
    databaseUrl: made?.url,
    async starts(roles?: string): Promise<{ server: Machine; usher: Client }> {
      const place = await site({ ...shared, folder: first.folder, ...(roles ? { roles } : {}) })
      const server = place.serve()
      ended.unshift(async () => {
        server.signal('SIGKILL')
        await server.exit
      })
      await server.up
      usher ??= client(place.url, await place.key())
      return { server, usher }
    },
  }
}

const killed = async (server: Machine) => {
  server.signal('SIGKILL')
  await server.exit
}

async function anEndpoint(usher: Client, service: Receiver) {
  const { status } = await usher.ask('POST', '/v1/webhooks', { url: service.url, types: ['message.accepted'] })
  expect(status).toBe(201)
}

const send = (usher: Client, key: string) =>
  usher.ask(
    'POST',
    '/v1/messages',
    { subscriber: 'orph-0001', purpose: 'account.plan', text: `Orpheum: your plan, ${key}.` },
    { 'idempotency-key': key },
  )
const idOf = ({ body }: { body: unknown }) => (body as { id: string }).id

test('killed between the cause and its webhook: it is sent by the next one', async () => {
  const service = await receiver()
  const place = await places(service)
  // This one spreads nothing and delivers nothing: whatever it promised lies in the outbox.
  const { server, usher } = await place.starts('api,carrier')
  await anEndpoint(usher, service)
  const { status, ...answer } = await send(usher, 'before-the-kill')
  expect(status).toBe(202)

  await killed(server)
  expect(service.heard).toEqual([])
  await place.starts()
  const [heard] = await service.hears(1)

  expect(heard!.told).toMatchObject({ type: 'message.accepted', data: { id: idOf(answer), subscriber: 'orph-0001' } })
}, 120_000)

test.runIf(on === 'postgres')(
  'killed before the commit of the cause: it is never sent',
  async () => {
    const service = await receiver()
    const place = await places(service)
    const { server, usher } = await place.starts('api,carrier')
    await anEndpoint(usher, service)
    const other = new pg.Client({ connectionString: place.databaseUrl })
    await other.connect()
    onTestFinished(() => other.end().catch(() => {}))
    // The text is written, its promise waits for this lock, and nothing is committed.
    await other.query('begin')
    await other.query('lock table outbox in access exclusive mode')
    const unanswered = send(usher, 'never').catch(() => 'no answer')
    await until('the text waits for its promise', 10_000, async () => {
      await other.query('select pg_stat_clear_snapshot()') // within a transaction it would look once
      const { rows } = await other.query(
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into message%'",
      )
      return rows.length > 0
    })

    await killed(server)
    await other.query('commit')
    expect(await unanswered).toBe('no answer')
    await place.starts()
    const answer = await send(usher, 'never')
    const last = await send(usher, 'last')
    await service.hears(2)

    // Under the same key it was taken anew: nothing of the first was there.
    expect(answer.headers.get('idempotent-replayed')).toBeNull()
    expect(service.heard.map(({ told }) => told.data.id).sort()).toEqual([idOf(answer), idOf(last)].sort())
  },
  120_000,
)

test('over several kills each text that is stored is told under one id, and no other text is', async () => {
  const service = await receiver()
  const place = await places(service)
  let { server, usher } = await place.starts()
  await anEndpoint(usher, service)
  for (let kill = 0; kill < 3; kill++) {
    const flowing = Promise.all(
      Array.from({ length: 40 }, (_, n) => send(usher, `${kill}-${n}`).catch(() => undefined)),
    )
    // Killed where some are told, some are being told and some are not stored yet.
    await service.hears(service.heard.length + 10)
    await killed(server)
    await flowing
    server = (await place.starts()).server
  }

  const { items } = (await usher.ask('GET', '/v1/messages?limit=500')).body as { items: { id: string }[] }
  const told = () => new Set(service.heard.map(one => one.told.data.id as string))
  // What was on the way at a kill is free again once its lease has run out.
  await until('all is told', 100_000, () => told().size >= items.length)

  expect([...told()].sort()).toEqual(items.map(({ id }) => id).sort())
  const names = new Map(service.heard.map(({ id, told }) => [id, told.data.id]))
  expect(names.size).toBe(items.length)
}, 240_000)
