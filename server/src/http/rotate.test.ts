// The key ring grows while texts flow: nothing is lost, every STOP holds, and afterwards the old key can be taken away.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Acceptance, Message } from '@usher/contract/message'
import { expect, test } from 'vitest'
import { type Desk, rowsOf, testDesk } from '../desk.ts'
import { keyRing, keysFromFile } from '../store/keys.ts'
import { tellRing, wrappedIn } from '../store/rewrap.ts'
import { sql } from '../store/sql.ts'
import { openAdmin } from './admin.ts'
import type { Rotated } from './rotate.ts'

const ringOf = (desk: Desk) => keyRing(keysFromFile(desk.config.keyFile))
const numberOf = (n: number) => `+4477009${String(n).padStart(5, '0')}`
const anOffer = (subscriber: string) => ({
  subscriber,
  purpose: 'offer',
  text: 'Orpheum: half price. Reply STOP to end',
})
const stateOf = async (desk: Desk, subscriber: string) =>
  ((await desk.send(anOffer(subscriber))).body as Acceptance).state

/** As `usher keys rotate` asks it. */
async function rotate(desk: Desk): Promise<Rotated> {
  const answer = await openAdmin(desk.config.adminSocket, 'POST', '/keys/rotate', {})
  let last: Rotated | undefined
  for await (const line of createInterface({ input: answer! })) last = JSON.parse(line)
  return last!
}

async function addKey(desk: Desk, id: number): Promise<void> {
  writeFileSync(
    desk.config.keyFile,
    `${readFileSync(desk.config.keyFile, 'utf8')}${id}:${randomBytes(32).toString('base64')}\n`,
  )
  await desk.restart()
}
async function removeKey(desk: Desk, id: number): Promise<void> {
  const lines = readFileSync(desk.config.keyFile, 'utf8').split('\n')
  writeFileSync(desk.config.keyFile, lines.filter(line => !line.startsWith(`${id}:`)).join('\n'))
  await desk.restart()
}

test('each table with a data key is one that rotation knows', async () => {
  const desk = await testDesk()

  const rows = await rowsOf<{ table_name: string }>(
    desk,
    sql`select table_name from information_schema.columns where table_schema = 'public' and column_name = 'data_key'`,
  )

  expect(rows.map(({ table_name }) => table_name).sort()).toEqual(Object.keys(wrappedIn).sort())
})

test('everything comes under the newest key while texts flow and STOPs come; then the old one can go', async () => {
  const desk = await testDesk()
  const ada = await desk.operator('administrator')
  const people = Array.from({ length: 60 }, (_, n) => `sub-${n}`)
  for (const [n, id] of people.entries()) await desk.subscriber({ id, number: numberOf(n), profile: { n } })
  await desk.reply(numberOf(0), '67743', 'STOP')
  await desk.reply('+447700900999', '67743', 'STOP') // whom no subscriber has
  await desk.ask('POST', '/v1/webhooks', {
    url: 'https://hooks.orpheum.example/usher',
    types: ['message.delivered'],
    description: 'x',
  })
  await desk.ask(
    'POST',
    '/v1/events',
    JSON.stringify([
      { specversion: '1.0', source: '/t', id: '1', type: 'com.orpheum.gift', subject: 'stranger', data: { a: 1 } },
      { specversion: '1.0', source: '/t', id: '2', type: 'com.usher.view.started', subject: 'sub-1', data: {} },
    ]),
    { 'content-type': 'application/cloudevents-batch+json' },
  )
  await addKey(desk, 2)
  await desk.subscriber({ id: 'sub-60', number: numberOf(60) })
  expect(await stateOf(desk, 'sub-0')).toBe('refused')

  let isRotated = false
  const sent: string[] = []
  const load = (async () => {
    for (let i = 0; !isRotated || i < 40; i++) {
      const to = people[1 + (i % 40)]!
      const { id, state } = (await desk.send({ subscriber: to, purpose: 'account.payment', text: `Orpheum: ${i}` }))
        .body as Acceptance
      expect(state).toBe('queued')
      sent.push(id)
      if (i % 8 === 0) await desk.reply(numberOf(45 + (i % 15)), '67743', 'STOP')
    }
  })()
  const rotated = await rotate(desk)
  isRotated = true
  await load

  expect(rotated).toMatchObject({ kind: 'done', newest: 2, bareSuppressions: 0, removable: [1] })
  for (const id of sent) expect(((await desk.reaches(id)) as Message).state).toBe('delivered')
  const { items } = (await desk.askAs(ada, 'GET', '/v1/audit?action=keys.rotated')).body as { items: object[] }
  expect(items).toHaveLength(1)

  await removeKey(desk, 1)

  expect(Object.keys(ringOf(desk).fingerprints)).toEqual(['2'])
  expect(await stateOf(desk, 'sub-0')).toBe('refused')
  expect(await stateOf(desk, 'sub-45')).toBe('refused')
  expect(await stateOf(desk, 'sub-1')).toBe('queued')
  await desk.subscriber({ id: 'late', number: '+447700900999' })
  expect(await stateOf(desk, 'late')).toBe('refused')
  expect((await desk.ask('GET', '/v1/subscribers/sub-7')).body).toMatchObject({ profile: { n: 7 } })
  const found = await desk.ask('GET', `/v1/subscribers?number=${encodeURIComponent(numberOf(7))}`)
  expect(found.body).toMatchObject({ items: [{ id: 'sub-7' }] })
  expect((await desk.ask('GET', '/v1/events')).body).toMatchObject({ items: [{ data: { a: 1 } }] })
  expect((await desk.ask('GET', '/v1/link-keys')).status).toBe(200)
  const hashes = await rowsOf<{ count: number }>(
    desk,
    sql`select count(*)::int as count from subscriber where block_hash = ${ringOf(desk).blockHash(numberOf(7))}`,
  )
  expect(hashes[0]!.count).toBeGreaterThan(60) // the whole block, under the new key
})

test('the STOP of somebody who was erased needs the old key: it is counted, and the start insists on it', async () => {
  const desk = await testDesk()
  await desk.subscriber({ id: 'gone', number: numberOf(1) })
  await desk.reply(numberOf(1), '67743', 'STOP')
  await desk.ask('DELETE', '/v1/subscribers/gone')
  await addKey(desk, 2)

  expect(await rotate(desk)).toMatchObject({ kind: 'done', bareSuppressions: 1, removable: [] })

  await desk.subscriber({ id: 'back', number: numberOf(1) })
  expect(await stateOf(desk, 'back')).toBe('refused')
  await expect(removeKey(desk, 1)).rejects.toThrow('Key 1 of the key ring is missing')
})

test('once they are back, the next rotation carries their STOP, and the old key can go', async () => {
  const desk = await testDesk()
  await desk.subscriber({ id: 'gone', number: numberOf(1) })
  await desk.reply(numberOf(1), '67743', 'STOP')
  await desk.ask('DELETE', '/v1/subscribers/gone')
  await addKey(desk, 2)
  await desk.subscriber({ id: 'back', number: numberOf(1) })

  const { data, databaseUrl } = desk.config
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
  const given = databaseUrl === undefined ? {} : { USHER_DATABASE_URL: databaseUrl }
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'keys', 'rotate'], {
    env: { PATH: process.env.PATH, USHER_DATA: data, ...given },
  })

  expect(stdout).toMatch(
    /^Key 2 holds everything: \d+ data keys, \d+ hashes of numbers were moved\.\nNothing needs key 1 any more/,
  )
  await removeKey(desk, 1)
  expect(await stateOf(desk, 'back')).toBe('refused')
})

test('is refused with one key, and while a process writes under another', async () => {
  const desk = await testDesk()
  expect(await rotate(desk)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('has one key') })
  const old = ringOf(desk)
  await addKey(desk, 2)
  await tellRing(desk.usher.db, old, 'another-machine')

  expect(await rotate(desk)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('another-machine') })
})
