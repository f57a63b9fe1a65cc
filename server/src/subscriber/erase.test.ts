// Erasure: afterwards a person is nowhere in the database, whoever has all the keys that were ever used. What stays of them
// is the keyed hash that a STOP needs, and a log that still shows itself whole.
import type { EventVerdicts } from '@usher/contract/event'
import type { Acceptance } from '@usher/contract/message'
import { expect, test } from 'vitest'
import { type Desk, rowsOf, testDesk } from '../desk.ts'
import { publicKeysOf } from '../operator/chain.ts'
import { verifyAudit } from '../operator/verify.ts'
import { newId } from '../store/id.ts'
import { type DataKey, type KeyRing, keyRing, keysFromFile, type SealedAs, seal, unseal } from '../store/keys.ts'
import { sql, verbatim } from '../store/sql.ts'

/** No subscriber of the demo has it. */
const aNumber = '+447700900571'
const national = '7700900571'
/** Words that nobody but this person has, each in one place. */
const canary = {
  profile: 'Wilhelmina',
  text: 'zephyrine',
  inbound: 'quixotically',
  part: 'halcyonic',
  before: 'umbrageous',
  bare: 'perspicacious',
  event: 'crepuscular',
  bad: 'sesquipedalian',
  link: 'mellifluous',
  alert: 'perspicuous',
}
const ringOf = (desk: Desk): KeyRing => keyRing(keysFromFile(desk.config.keyFile))

/** A way in which a number may stand somewhere without being seen at a glance. */
const numberForms = [
  aNumber.slice(1),
  national,
  aNumber.slice(1).split('').reverse().join(''),
  Buffer.from(aNumber.slice(1)).toString('hex'),
  Buffer.from(aNumber).toString('base64').replace(/=+$/, ''),
]

interface Value {
  at: string
  bytes: Buffer
}

/** Every value of every table that can hold words or bytes. */
async function everyValue(desk: Desk): Promise<Value[]> {
  const columns = await rowsOf<{ table_name: string; column_name: string; data_type: string }>(
    desk,
    sql`
    select c.table_name, c.column_name, c.data_type from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
      and c.data_type in ('bytea', 'text', 'json', 'jsonb', 'ARRAY', 'character varying')`,
  )
  expect(columns.length).toBeGreaterThan(100)
  const values: Value[] = []
  for (const { table_name, column_name, data_type } of columns) {
    const column = verbatim(`"${column_name}"`)
    const rows = await rowsOf<{ value: string | Uint8Array }>(
      desk,
      sql`select ${data_type === 'bytea' ? column : sql`${column}::text`} as value from ${verbatim(`"${table_name}"`)} where ${column} is not null`,
    )
    for (const { value } of rows)
      values.push({ at: `${table_name}.${column_name}`, bytes: Buffer.from(value as never) })
  }
  return values
}

/** Where something of the person can be read, by whoever has the database and the whole ring. */
async function traces(desk: Desk): Promise<string[]> {
  const values = await everyValue(desk)
  const ring = ringOf(desk)
  const asBytes = ({ at, bytes }: Value): Value[] => {
    // Keys and secrets stand in settings as base64.
    const found = bytes.toString().match(/[A-Za-z0-9+/]{40,}={0,2}/g) ?? []
    return [{ at, bytes }, ...found.map(text => ({ at, bytes: Buffer.from(text, 'base64') }))]
  }
  const pieces = values.flatMap(asBytes)
  const dataKeys = pieces.flatMap(({ bytes }): DataKey[] => {
    try {
      return [ring.unwrap(bytes)]
    } catch {
      return [] // it is no data key
    }
  })
  const kinds: SealedAs[] = ['number', 'profile', 'text', 'inbound', 'totp', 'event', 'secret', 'proof', 'alert']
  const sealed = pieces.filter(({ bytes }) => bytes[0] === 1 && bytes.length >= 30) // as keys.ts writes them
  const opened = sealed.flatMap(({ at, bytes }) =>
    dataKeys.flatMap(key =>
      kinds.flatMap(kind => {
        try {
          const text = Buffer.from(unseal(key, bytes, kind))
          // A part of a long text is kept as its octets, in base64.
          return [text, Buffer.from(text.toString(), 'base64')].map(bytes => ({ at: `${at} (sealed)`, bytes }))
        } catch {
          return [] // not under this key, or not as this
        }
      }),
    ),
  )
  const found = new Set<string>()
  for (const { at, bytes } of [...pieces, ...opened]) {
    const text = bytes.toString()
    const digits = text.replace(/[\s().-]/g, '')
    for (const form of numberForms) if (text.includes(form) || digits.includes(form)) found.add(`number in ${at}`)
    for (const [name, word] of Object.entries(canary)) if (text.includes(word)) found.add(`${name} in ${at}`)
  }
  return [...found].sort()
}

const events = async (desk: Desk, ...list: object[]) =>
  (
    (
      await desk.ask(
        'POST',
        '/v1/events',
        JSON.stringify(
          list.map((one, n) => ({ specversion: '1.0', source: '/test', id: `e-${n}-${newId(new Date(0))}`, ...one })),
        ),
        { 'content-type': 'application/cloudevents-batch+json' },
      )
    ).body as EventVerdicts
  ).events.map(({ verdict }) => verdict)

/** A person who did all that leaves something behind. */
async function aWholeLife(desk: Desk) {
  const ada = await desk.operator('administrator')
  await desk.ask('PUT', '/v1/feed/types', {
    types: ['message.delivered', 'inbound.received', 'event.bad', 'link.clicked'],
  })
  // Before the service knew them: a text to the bare number, and one from it.
  const bare = (await desk.send({ number: aNumber, purpose: 'account.plan', text: `Orpheum: ${canary.bare}` }))
    .body as Acceptance
  await desk.reaches(bare.id, 'delivered')
  const { key, wrapped } = ringOf(desk).newDataKey()
  await rowsOf(
    desk,
    sql`
    insert into inbound (id, number, number_hash, data_key, addressed_to, body, channel, identity, received_at)
    values (${newId(desk.clock.now())}, ${seal(key, aNumber, 'number')}, ${ringOf(desk).hash(aNumber)}, ${wrapped}, '67743',
      ${seal(key, canary.before, 'inbound')}, 'simulated', ${Buffer.alloc(16)}, ${desk.clock.now()})`,
  )
  await desk.subscriber({ id: 'person-1', number: aNumber, profile: { first_name: canary.profile } })
  const sent = (
    await desk.send({
      ...{ subscriber: 'person-1', purpose: 'account.payment', template: 'account.payment_failed' },
      data: { amount: '$11.99', date: canary.text, link: `https://orpheum.example/account/${canary.link}` },
    })
  ).body as Acceptance
  await desk.reaches(sent.id, 'delivered')
  await desk.ask('POST', '/v1/alerts', {
    ...{ subscriber: 'person-1', event: 'sign_in', device: canary.alert, about: 'session-1' },
  })
  await desk.ask('POST', '/v1/links', {
    destination: `https://orpheum.example/${canary.link}`,
    purpose: 'account.payment',
    subscriber: 'person-1',
  })
  await desk.send({
    subscriber: 'person-1',
    purpose: 'offer',
    text: `Orpheum: ${canary.text}. Reply STOP to end`,
    notBefore: '2026-11-02T18:00:00Z',
  })
  await desk.reply(aNumber, '67743', `Is this ${canary.inbound}?`)
  await desk.reply(aNumber, '67743', 'STOP')
  await rowsOf(
    desk,
    sql`
    insert into inbound_part (channel, number_hash, addressed_to, reference, total, sequence, data_key, number, body, data_coding, identity, received_at)
    values ('simulated', ${ringOf(desk).hash(aNumber)}, '67743', 7, 2, 1, ${wrapped}, ${seal(key, aNumber, 'number')},
      ${seal(key, Buffer.from(canary.part).toString('base64'), 'inbound')}, 0, ${Buffer.alloc(16, 1)}, ${desk.clock.now()})`,
  )
  const verdicts = await events(
    desk,
    { type: 'com.usher.view.started', subject: 'person-1', data: { title: 'metropolis', note: canary.event } },
    { type: 'com.orpheum.gift', subject: 'person-1', data: { note: canary.event, phone: aNumber } },
    { type: 'com.usher.view.started', subject: 'person-1', data: { note: canary.bad } },
    { type: 'com.usher.view.started', data: { note: canary.bad, phone: '+44 (7700) 900-571' } },
  )
  expect(verdicts).toEqual(['taken', 'unknown', 'bad', 'bad'])
  await desk.askAs(ada, 'POST', '/v1/subscribers/person-1/reveal', {
    reason: `They call from ${aNumber}, ticket 4411223344`,
  })
  await desk.ask('POST', '/v1/subscribers/import', `{"id":"person-2","number":"${aNumber}x"}\n`, {
    'content-type': 'application/x-ndjson',
  })
  return { ada, sent }
}

test('erases a person from every table, with all keys at hand; the STOP stays, and the log is whole', async () => {
  const desk = await testDesk()
  const { ada, sent } = await aWholeLife(desk)
  await desk.subscriber({ id: 'neighbour', number: '+447700900572', profile: { first_name: 'Anne' } })
  const before = await traces(desk)
  for (const word of Object.keys(canary)) expect(before.join('\n')).toContain(`${word} in `)
  for (const table of ['subscriber', 'message', 'inbound', 'inbound_part', 'event', 'bad_event', 'alert'])
    expect(before.join('\n')).toContain(` in ${table}.`)
  expect(before.filter(trace => trace.includes('audit'))).toEqual([]) // a reason that holds the number is recorded without it

  const erased = await desk.askAs(ada, 'DELETE', '/v1/subscribers/person-1')

  expect(erased.status).toBe(204)
  expect(await traces(desk)).toEqual([])
  expect((await desk.ask('GET', '/v1/subscribers/neighbour')).body).toMatchObject({ profile: { first_name: 'Anne' } })
  const [stop] = await rowsOf<{ number_hash: Uint8Array }>(desk, sql`select number_hash from suppression`)
  expect(ringOf(desk).hash(aNumber).equals(stop!.number_hash)).toBe(true)
  expect(await desk.message(sent.id)).toMatchObject({
    state: 'delivered',
    subscriber: null,
    number: null,
    text: null,
    cost: { currency: 'USD' },
  })
  const faults = []
  for await (const found of verifyAudit(desk.usher.db, { keys: await publicKeysOf(desk.usher.db) }))
    if (found.kind === 'fault' && found.fault.kind !== 'checkpoint') faults.push(found.fault)
  expect(faults).toEqual([])
})

test('an operator reads a list of inbound texts in which one was erased', async () => {
  const desk = await testDesk()
  await aWholeLife(desk)
  await desk.ask('DELETE', '/v1/subscribers/person-1')

  const { status, body } = await desk.ask('GET', '/v1/inbound')

  expect(status).toBe(200)
  const { items } = body as { items: { text: string | null; number: string }[] }
  expect(items.length).toBeGreaterThan(2)
  expect(items.every(({ text, number }) => text === null && number === '')).toBe(true)
})

test('whoever shares the number keeps it, and what was sent to them', async () => {
  const desk = await testDesk()
  await desk.subscriber({ id: 'first', number: aNumber })
  await desk.subscriber({ id: 'second', number: aNumber })

  await desk.ask('DELETE', '/v1/subscribers/first')

  expect((await desk.ask('GET', '/v1/subscribers/second')).body).toMatchObject({ number: '+44••••••••71' })
  expect((await desk.ask('GET', '/v1/subscribers/first')).status).toBe(404)
})
