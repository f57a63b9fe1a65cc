// The npm package `smpp`, which most Node programs speak SMPP with and nobody here wrote, at the other end of the
// connection: as the SMSC of our client, and as the ESME of our server.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AddressInfo, Server } from 'node:net'
import { describe, expect, test } from 'vitest'
import { aClient, aServer, cleanUp, Feed } from './ends.ts'
import { decodeText, toUcs2 } from './gsm.ts'
import { commandStatus, esmClass, type SubmitSm } from './pdu.ts'
import { formatReceipt, readReceipt } from './receipt.ts'
import { readUserData, segment } from './segment.ts'
import type { ClientOptions, OtherRequest, ServerOptions, SmppSession } from './session.ts'

/** As much of it as is used here; it ships no types. */
interface Pdu {
  command: string
  command_status: number
  sequence_number: number
  short_message: { message: string; udh?: Buffer[] }
  response(options?: object): Pdu
  [field: string]: unknown
}
type Ask = (fields: object, answered?: (response: Pdu) => void) => boolean
interface Session {
  on(event: string, listener: (pdu: Pdu) => void): void
  send(pdu: Pdu): void
  destroy(): void
  bind_transceiver: Ask
  bind_transmitter: Ask
  bind_receiver: Ask
  submit_sm: Ask
  submit_multi: Ask
  data_sm: Ask
  deliver_sm: Ask
  query_sm: Ask
  cancel_sm: Ask
  replace_sm: Ask
  enquire_link: Ask
  unbind: Ask
}
interface Smpp {
  createServer(options: object, listener: (session: Session) => void): Server
  connect(options: object): Session
}
const smpp: Smpp = createRequire(import.meta.url)('smpp')

const read = (name: string) => readFileSync(new URL(`./test-tls/${name}`, import.meta.url))
const tls = { key: read('smsc.key'), cert: read('smsc.pem') }
const ca = read('ca.pem')

const binds = ['transceiver', 'transmitter', 'receiver'] as const
const at = new Date('2026-11-29T08:30:00Z')
const to = '491701234567'

const texts = [
  ['one segment', 'Your code is 123456.'],
  ['every character with an escape', 'Five euros: €5 {now} [here] ~ | ^ \\'],
  ['UCS-2', 'Привет, серия 3 здесь 🎬'],
  ['three segments', 'Orpheum: the second season of Tide is here tonight. '.repeat(7)],
  ['three segments in UCS-2', 'Сегодня вечером — второй сезон. 🎬 '.repeat(5)],
] as const

const ask = (session: Session, command: keyof Session, fields: object = {}): Promise<Pdu> =>
  new Promise(resolve => (session[command] as Ask)(fields, resolve))

/** Their server: takes binds with the right password, submits and enquire_link, and keeps what it was sent. */
async function theirServer(options: object = {}) {
  const sessions = new Feed<Session>()
  const pdus = new Feed<Pdu>()
  const server = smpp.createServer(options, session => {
    session.on('error', () => {}) // theirs ends the process without a listener
    cleanUp.push(() => session.destroy())
    session.on('pdu', pdu => {
      pdus.put(pdu)
      if (pdu.command.startsWith('bind_') && !pdu.command.endsWith('_resp'))
        session.send(pdu.response({ command_status: pdu.password === 'secret' ? 0 : 0x0e, system_id: 'theirs' }))
      else if (pdu.command === 'submit_sm') session.send(pdu.response({ message_id: `id-${pdu.sequence_number}` }))
      else if (pdu.command === 'enquire_link' || pdu.command === 'unbind') session.send(pdu.response())
    })
    sessions.put(session)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp.push(() => server.close())
  const next = (command: string) => pdus.next(pdu => pdu.command === command)
  return { port: (server.address() as AddressInfo).port, sessions, pdus, next }
}

async function ourClient(options: Partial<ClientOptions> = {}) {
  const theirs = await theirServer()
  const ours = aClient(theirs.port, options)
  await ours.bound()
  return { ...theirs, ...ours, session: await theirs.sessions.next() }
}

async function theirClient(serverOptions: Partial<ServerOptions> = {}, bind: (typeof binds)[number] = 'transceiver') {
  const ours = await aServer(serverOptions)
  const session = smpp.connect({ host: '127.0.0.1', port: ours.port })
  cleanUp.push(() => session.destroy())
  session.on('error', () => {})
  const pdus = new Feed<Pdu>()
  session.on('pdu', pdu => {
    pdus.put(pdu)
    if (['deliver_sm', 'data_sm', 'enquire_link', 'unbind'].includes(pdu.command)) session.send(pdu.response())
  })
  const bound = await ask(session, `bind_${bind}`, { system_id: 'theirs', password: 'secret' })
  const next = (command: string) => pdus.next(pdu => pdu.command === command)
  return { ...ours, session, bound, next }
}

describe('our client with their server', () => {
  test.each(binds)('binds as %s', async bind => {
    const { client, next } = await ourClient({ bind })

    expect(client.state).toBe('bound')
    expect(await next(`bind_${bind}`)).toMatchObject({ system_id: 'orpheum', interface_version: 0x34 })
  })

  test('is refused with a wrong password', async () => {
    const { port } = await theirServer()
    const { states } = aClient(port, { password: 'wrong' })

    expect(await states.next(({ state }) => state === 'refused')).toMatchObject({ reason: 'ESME_RINVPASWD' })
  })

  test.each(texts)('submits %s', async (_, text) => {
    const { client, next } = await ourClient()
    const { segments, dataCoding } = segment(text)

    const answers = await Promise.all(
      segments.map(({ octets, udh }) =>
        client.submit({
          source_addr_ton: 5,
          source_addr: 'Orpheum',
          dest_addr_ton: 1,
          dest_addr_npi: 1,
          destination_addr: to,
          esm_class: udh ? esmClass.udhi : 0,
          data_coding: dataCoding,
          short_message: octets,
        }),
      ),
    )

    expect(answers).toEqual(segments.map((_, i) => ({ kind: 'answered', status: 0, message_id: `id-${i + 2}` })))
    const parts: Pdu[] = []
    while (parts.length < segments.length) parts.push(await next('submit_sm'))
    expect(parts.map(({ short_message }) => short_message.message).join('')).toBe(text)
    expect(parts[0]).toMatchObject({ source_addr: 'Orpheum', destination_addr: to })
  })

  test('is understood in every optional parameter it sends', async () => {
    const { client, next } = await ourClient()

    await client.submit({
      destination_addr: to,
      tlvs: {
        user_message_reference: 0xfffe,
        sar_msg_ref_num: 0x0102,
        sar_total_segments: 2,
        sar_segment_seqnum: 1,
        source_port: 5_000,
        more_messages_to_send: 1,
        message_payload: Buffer.from('in the payload'),
        receipted_message_id: '0a1b',
        qos_time_to_live: 3_600,
      },
    })

    expect(await next('submit_sm')).toMatchObject({
      user_message_reference: 0xfffe,
      sar_msg_ref_num: 0x0102,
      sar_total_segments: 2,
      sar_segment_seqnum: 1,
      source_port: 5_000,
      more_messages_to_send: 1,
      message_payload: { message: 'in the payload' },
      receipted_message_id: '0a1b',
      qos_time_to_live: 3_600,
    })
  })

  test('reads a receipt, and answers it', async () => {
    const receipts: unknown[] = []
    const { session } = await ourClient({
      onDeliver: pdu => {
        receipts.push(readReceipt(pdu))
        return 0
      },
    })

    const answer = await ask(session, 'deliver_sm', {
      source_addr: to,
      destination_addr: 'Orpheum',
      esm_class: esmClass.receipt,
      short_message: formatReceipt({ id: '77', state: 'delivered', submittedAt: at, doneAt: at }),
      receipted_message_id: '4d',
      message_state: 2,
      network_error_code: Buffer.from([3, 0, 0]),
    })

    expect(answer).toMatchObject({ command: 'deliver_sm_resp', command_status: 0 })
    expect(receipts).toEqual([{ id: '4d', state: 'delivered', stat: 'DELIVRD', err: '000', doneAt: '2611290830' }])
  })

  test.each([
    ['of the default alphabet', 0, 'STOP {now} for €5'],
    ['in UCS-2', 8, 'Стоп 🎬'],
  ])('reads a text %s from a handset', async (_, data_coding, text) => {
    const seen: string[] = []
    const { session } = await ourClient({
      onDeliver: pdu => {
        const { octets, dataCoding } = readUserData(pdu)
        seen.push(decodeText(dataCoding, octets))
        return 0
      },
    })

    await ask(session, 'deliver_sm', { source_addr: to, destination_addr: '67743', data_coding, short_message: text })

    expect(seen).toEqual([text])
  })

  test('asks and is asked whether it is there', async () => {
    const { client, session, next } = await ourClient({ enquireLinkMs: 5 })

    await next('enquire_link')
    await next('enquire_link')

    expect(await ask(session, 'enquire_link')).toMatchObject({ command: 'enquire_link_resp', command_status: 0 })
    expect(client.state).toBe('bound')
  })

  test('unbinds, and is unbound', async () => {
    const leaving = await ourClient()
    const left = await ourClient()

    await leaving.client.stop()
    const answer = await ask(left.session, 'unbind')

    expect(await leaving.next('unbind')).toBeDefined()
    expect(leaving.client.state).toBe('closed')
    expect(answer).toMatchObject({ command: 'unbind_resp', command_status: 0 })
    expect(await left.states.next(({ state }) => state === 'waiting')).toMatchObject({
      reason: 'the other end unbound',
    })
  })

  test('speaks TLS', async () => {
    const { port } = await theirServer(tls)
    const { client, bound } = aClient(port, { tls: { ca } })

    await bound()

    expect(await client.submit({ destination_addr: to })).toMatchObject({ kind: 'answered', status: 0 })
  })
})

describe('their client with our server', () => {
  test.each(binds)('binds as %s', async bind => {
    const { bound, sessions } = await theirClient({}, bind)

    expect(bound).toMatchObject({ command: `bind_${bind}_resp`, command_status: 0, system_id: 'usher' })
    expect(bound.sc_interface_version).toBe(0x34)
    expect(await sessions.next()).toMatchObject({ systemId: 'theirs', bindType: bind })
  })

  test('is refused with a wrong password', async () => {
    const { bound } = await theirClient({ authenticate: () => commandStatus.ESME_RINVPASWD })

    expect(bound.command_status).toBe(0x0e)
  })

  test.each([
    ['of the default alphabet', 0, 'Price: €5 {now} [here] ~'],
    ['in UCS-2', 8, 'Привет, серия 3 здесь 🎬'],
  ])('submits a text %s', async (_, data_coding, text) => {
    const seen: SubmitSm[] = []
    const { session } = await theirClient({
      onSubmit: pdu => {
        seen.push(pdu)
        return { status: 0, message_id: 'ours-1' }
      },
    })

    const answer = await ask(session, 'submit_sm', {
      destination_addr: to,
      data_coding,
      short_message: text,
      user_message_reference: 7,
    })

    expect(answer).toMatchObject({ command_status: 0, message_id: 'ours-1' })
    expect(seen).toMatchObject([{ destination_addr: to, tlvs: { user_message_reference: 7 } }])
    expect(decodeText(data_coding, seen[0]!.short_message)).toBe(text)
  })

  test('submits a part of a long text behind a user data header', async () => {
    const seen: SubmitSm[] = []
    const { session } = await theirClient({
      onSubmit: pdu => {
        seen.push(pdu)
        return { status: 0 }
      },
    })

    const short_message = { udh: Buffer.from([5, 0, 3, 9, 2, 1]), message: 'first half' }
    await ask(session, 'submit_sm', { destination_addr: to, data_coding: 0, short_message })

    const { octets, part } = readUserData(seen[0]!)
    expect(decodeText(0, octets)).toBe('first half')
    expect(part).toEqual({ reference: 9, total: 2, sequence: 1 })
  })

  test('is told to slow down', async () => {
    const { session } = await theirClient({ onSubmit: () => ({ status: commandStatus.ESME_RTHROTTLED }) })

    expect(await ask(session, 'submit_sm', { destination_addr: to })).toMatchObject({ command_status: 0x58 })
  })

  test('gets receipts and texts, and answers them', async () => {
    const { sessions, next } = await theirClient()
    const session = await sessions.next()
    const receipt = formatReceipt({ id: '77', state: 'expired', submittedAt: at, doneAt: at, err: '027' })

    const answers = await Promise.all([
      session.deliver({
        source_addr: to,
        esm_class: esmClass.receipt,
        short_message: Buffer.from(receipt),
        tlvs: { receipted_message_id: '77', message_state: 3 },
      }),
      session.deliver({ source_addr: to, data_coding: 8, short_message: toUcs2('Стоп 🎬') }),
      session.deliverData({ source_addr: to, tlvs: { message_payload: Buffer.from('as data') } }),
    ])

    expect(answers).toEqual(answers.map(() => ({ kind: 'answered', status: 0 })))
    expect(await next('deliver_sm')).toMatchObject({
      short_message: { message: receipt },
      receipted_message_id: '77',
      message_state: 3,
    })
    expect(await next('deliver_sm')).toMatchObject({ short_message: { message: 'Стоп 🎬' } })
    expect(await next('data_sm')).toMatchObject({ message_payload: { message: 'as data' } })
  })

  test('asks for everything else that there is', async () => {
    const seen: OtherRequest[] = []
    const { session } = await theirClient({
      onData: () => ({ status: 0, message_id: 'data-1' }),
      onRequest: pdu => {
        seen.push(pdu)
        if (pdu.command === 'query_sm')
          return { command: 'query_sm_resp', message_id: pdu.message_id, message_state: 2 }
        if (pdu.command === 'submit_multi')
          return {
            command: 'submit_multi_resp',
            message_id: 'multi-1',
            unsuccess_sme: [
              {
                dest_addr_ton: 1,
                dest_addr_npi: 1,
                destination_addr: to,
                error_status_code: commandStatus.ESME_RINVDSTADR,
              },
            ],
          }
        return { command: pdu.command === 'cancel_sm' ? 'cancel_sm_resp' : 'replace_sm_resp' }
      },
    })
    const dest_address = [{ dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: to }, { dl_name: 'all' }]

    const answers = [
      await ask(session, 'data_sm', { destination_addr: to }),
      await ask(session, 'query_sm', { message_id: '77', source_addr: '67743' }),
      await ask(session, 'cancel_sm', { message_id: '77', destination_addr: to }),
      await ask(session, 'replace_sm', { message_id: '77', short_message: 'better' }),
      await ask(session, 'submit_multi', { dest_address, short_message: 'to all' }),
    ]

    expect(answers).toMatchObject([
      { command: 'data_sm_resp', message_id: 'data-1' },
      { command: 'query_sm_resp', message_id: '77', message_state: 2 },
      { command: 'cancel_sm_resp', command_status: 0 },
      { command: 'replace_sm_resp', command_status: 0 },
      { command: 'submit_multi_resp', message_id: 'multi-1', unsuccess_sme: [{ error_status_code: 0x0b }] },
    ])
    expect(seen).toMatchObject([
      { command: 'query_sm', message_id: '77', source_addr: '67743' },
      { command: 'cancel_sm', destination_addr: to },
      { command: 'replace_sm', short_message: new Uint8Array(Buffer.from('better')) },
      {
        command: 'submit_multi',
        dest_address: [
          { dest_flag: 1, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: to },
          { dest_flag: 2, dl_name: 'all' },
        ],
      },
    ])
  })

  test('asks and is asked whether it is there', async () => {
    const { session, next, server } = await theirClient({ enquireLinkMs: 5 })

    await next('enquire_link')
    await next('enquire_link')

    expect(await ask(session, 'enquire_link')).toMatchObject({ command: 'enquire_link_resp', command_status: 0 })
    expect(server.sessions).toHaveLength(1)
  })

  test('unbinds, and is unbound', async () => {
    const leaving = await theirClient()
    const left = await theirClient()
    const session: SmppSession = await left.sessions.next()

    const answer = await ask(leaving.session, 'unbind')
    await session.unbind()

    expect(answer).toMatchObject({ command: 'unbind_resp', command_status: 0 })
    expect(await leaving.closed.next()).toBe('the other end unbound')
    expect(await left.closed.next()).toBe('unbound')
  })

  test('speaks TLS', async () => {
    const { port, sessions } = await aServer({ tls })
    const session = smpp.connect({ host: '127.0.0.1', port, tls: true, ca })
    cleanUp.push(() => session.destroy())
    session.on('error', () => {})

    const bound = await ask(session, 'bind_transceiver', { system_id: 'theirs', password: 'secret' })

    expect(bound.command_status).toBe(0)
    expect(await sessions.next()).toMatchObject({ systemId: 'theirs' })
  })
})
