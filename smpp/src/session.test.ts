import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { Decoder, encode } from './codec.ts'
import { commandStatus, type DataSm, type DeliverSm, type Pdu, type PduInput, type SubmitSm } from './pdu.ts'
import {
  type ClientOptions,
  type ClientState,
  createSmppServer,
  type ServerOptions,
  SmppClient,
  type SmppServer,
  type SmppSession,
  type StateDetail,
  type SubmitReply,
} from './session.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

/** A list that can be awaited: `next` gives what comes, in order, each once. */
class Feed<T> {
  readonly all: T[] = []
  #taken = 0
  #wake: (() => void) | undefined

  readonly put = (one: T) => {
    this.all.push(one)
    this.#wake?.()
  }

  async next(matches: (one: T) => boolean = () => true): Promise<T> {
    for (;;) {
      while (this.#taken < this.all.length) {
        const one = this.all[this.#taken++]!
        if (matches(one)) return one
      }
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

interface Desk {
  server: SmppServer
  port: number
  sessions: Feed<SmppSession>
  closed: Feed<string>
  unbinds: Feed<string>
}

async function aServer(options: Partial<ServerOptions> = {}): Promise<Desk> {
  const sessions = new Feed<SmppSession>()
  const closed = new Feed<string>()
  const unbinds = new Feed<string>()
  const server = createSmppServer({
    authenticate: ({ password }) => (password === 'secret' ? commandStatus.ESME_ROK : commandStatus.ESME_RINVPASWD),
    onSession: sessions.put,
    onClosed: (_, reason) => closed.put(reason),
    onUnbind: session => unbinds.put(session.systemId),
    onSubmit: pdu => ({ status: 0, message_id: `id-${pdu.destination_addr}` }),
    ...options,
  })
  const { port } = await server.listen(0)
  cleanUp.push(() => server.close(0))
  return { server, port, sessions, closed, unbinds }
}

interface State extends StateDetail {
  state: ClientState
}

function aClient(port: number, options: Partial<ClientOptions> = {}) {
  const states = new Feed<State>()
  const frees = new Feed<number>()
  const client: SmppClient = new SmppClient({
    host: '127.0.0.1',
    port,
    systemId: 'orpheum',
    password: 'secret',
    reconnect: { minMs: 1, maxMs: 5 },
    onDeliver: () => commandStatus.ESME_ROK,
    onState: (state, detail) => states.put({ state, ...detail }),
    onFree: () => frees.put(client.free),
    ...options,
  })
  cleanUp.push(() => client.destroy())
  client.start()
  return { client, states, frees, bound: () => states.next(({ state }) => state === 'bound') }
}

async function aPair(serverOptions: Partial<ServerOptions> = {}, clientOptions: Partial<ClientOptions> = {}) {
  const desk = await aServer(serverOptions)
  const end = aClient(desk.port, clientOptions)
  await end.bound()
  return { ...desk, ...end, session: await desk.sessions.next() }
}

/** The other end as bare octets, decoded. */
class Wire {
  readonly socket: Socket
  readonly pdus = new Feed<Pdu>()
  readonly reads: number[] = []
  readonly closed: Promise<unknown>

  constructor(socket: Socket) {
    this.socket = socket
    this.closed = once(socket, 'close')
    const decoder = new Decoder()
    socket.on('error', () => {})
    socket.on('data', bytes => {
      this.reads.push(bytes.length)
      decoder.push(bytes)
      for (let one = decoder.next(); one?.kind === 'pdu'; one = decoder.next()) this.pdus.put(one.pdu)
    })
    cleanUp.push(() => socket.destroy())
  }

  send(pdu: PduInput) {
    this.socket.write(encode(pdu))
  }

  next<C extends Pdu['command']>(command: C): Promise<Extract<Pdu, { command: C }>> {
    return this.pdus.next(pdu => pdu.command === command) as Promise<Extract<Pdu, { command: C }>>
  }
}

async function dial(port: number): Promise<Wire> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return new Wire(socket)
}

/** An SMSC that says only what the test makes it say. */
async function aBareServer() {
  const wires = new Feed<Wire>()
  const server: Server = createServer(socket => wires.put(new Wire(socket)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp.push(() => server.close())
  const bind = async (): Promise<Wire> => {
    const wire = await wires.next()
    const { sequence } = await wire.next('bind_transceiver')
    wire.send({ command: 'bind_transceiver_resp', sequence, system_id: 'bare' })
    return wire
  }
  return { port: (server.address() as AddressInfo).port, wires, bind }
}

const text = { destination_addr: '491701234567', short_message: Buffer.from('hello') }

/** Something to be settled by hand. */
function later<T>() {
  let settle: (value: T) => void = () => {}
  const promise = new Promise<T>(resolve => {
    settle = resolve
  })
  return { promise, settle }
}

describe('submitting', () => {
  test('a submit is answered with the status and the id of the SMSC', async () => {
    const seen: SubmitSm[] = []
    const { client } = await aPair({
      onSubmit: pdu => {
        seen.push(pdu)
        return { status: 0, message_id: 'abc' }
      },
    })

    const answer = await client.submit({ ...text, tlvs: { user_message_reference: 7 } })

    expect(answer).toEqual({ kind: 'answered', status: 0, message_id: 'abc' })
    expect(seen).toMatchObject([{ destination_addr: text.destination_addr, tlvs: { user_message_reference: 7 } }])
  })

  test('a refusal of the SMSC is an answer too', async () => {
    const { client } = await aPair({ onSubmit: () => ({ status: commandStatus.ESME_RTHROTTLED }) })

    expect(await client.submit(text)).toEqual({ kind: 'answered', status: 0x58, message_id: '' })
  })

  test('a generic_nack answers the submit it names', async () => {
    const bare = await aBareServer()
    const { client, bound } = aClient(bare.port)
    const wire = await bare.bind()
    await bound()

    const answer = client.submit(text)
    const { sequence } = await wire.next('submit_sm')
    wire.send({ command: 'generic_nack', status: commandStatus.ESME_RINVCMDLEN, sequence })

    expect(await answer).toEqual({ kind: 'answered', status: 2, message_id: '' })
  })

  test('a response to something else than was asked answers nothing', async () => {
    const bare = await aBareServer()
    const { client, bound } = aClient(bare.port)
    const wire = await bare.bind()
    await bound()

    const answer = client.submit(text)
    const { sequence } = await wire.next('submit_sm')
    wire.send({ command: 'deliver_sm_resp', sequence })
    wire.send({ command: 'submit_sm_resp', sequence: sequence + 1, message_id: 'other' })
    wire.send({ command: 'submit_sm_resp', sequence, message_id: 'mine' })

    expect(await answer).toMatchObject({ message_id: 'mine' })
  })

  test('no more than the window wait for an answer, and room is told', async () => {
    const replies: ((reply: SubmitReply) => void)[] = []
    const { client, frees } = await aPair(
      { onSubmit: () => new Promise(resolve => replies.push(resolve)) },
      { window: 3 },
    )
    expect(await frees.next()).toBe(3)

    const waiting = [client.submit(text), client.submit(text), client.submit(text)]
    const fourth = await client.submit(text)
    expect(fourth).toEqual({ kind: 'unsent' })
    expect(client.free).toBe(0)

    const answered = Promise.race(waiting)
    while (replies.length === 0) await new Promise(setImmediate)
    replies[0]!({ status: 0, message_id: '1' })

    expect(await answered).toMatchObject({ kind: 'answered' })
    expect(await frees.next()).toBe(1)
  })

  test('without an answer in time it is unanswered, the window is free again, and a late answer harms nobody', async () => {
    const replies: ((reply: SubmitReply) => void)[] = []
    const { client } = await aPair(
      { onSubmit: () => new Promise(resolve => replies.push(resolve)) },
      { window: 1, responseTimeoutMs: 20 },
    )

    const first = await client.submit(text)
    const second = client.submit(text)
    replies[0]!({ status: 0, message_id: 'late' })
    while (replies.length < 2) await new Promise(setImmediate)
    replies[1]!({ status: 0, message_id: 'in time' })

    expect(first).toEqual({ kind: 'unanswered' })
    expect(await second).toMatchObject({ kind: 'answered', message_id: 'in time' })
  })

  test('cut while waiting it is unanswered', async () => {
    const arrived = later<void>()
    const { client, session } = await aPair({
      onSubmit: () => {
        arrived.settle()
        return undefined
      },
    })

    const answer = client.submit(text)
    await arrived.promise
    session.destroy()

    expect(await answer).toEqual({ kind: 'unanswered' })
  })

  test('while not bound it is unsent', async () => {
    const client = new SmppClient({ host: '127.0.0.1', port: 1, systemId: '', password: '', onDeliver: () => 0 })

    expect(client.state).toBe('idle')
    expect(await client.submit(text)).toEqual({ kind: 'unsent' })
  })

  test('fields that cannot be encoded reject, and the session goes on', async () => {
    const { client } = await aPair()

    await expect(client.submit({ ...text, source_addr: 'x'.repeat(30) })).rejects.toThrow('source_addr')

    expect(client.free).toBe(100)
    expect(await client.submit(text)).toMatchObject({ kind: 'answered' })
  })

  test('a hundred submits of one tick leave in one write', async () => {
    const bare = await aBareServer()
    const { client, bound } = aClient(bare.port)
    const wire = await bare.bind()
    await bound()
    const before = wire.reads.length

    for (let i = 0; i < 100; i++) void client.submit(text)
    await wire.pdus.next(pdu => pdu.sequence === 101)

    expect(wire.reads.length - before).toBe(1)
  })

  test('a peer that does not read stops the submitting before the window does', async () => {
    const bare = await aBareServer()
    const { client, bound, frees } = aClient(bare.port, { window: 1_000_000 })
    const wire = await bare.bind()
    await bound()
    wire.socket.pause()
    const message_payload = new Uint8Array(60_000)

    let submitted = 0
    while (client.free > 0 && submitted < 10_000) {
      void client.submit({ ...text, tlvs: { message_payload } })
      submitted++
      await new Promise(setImmediate)
    }
    const refused = await client.submit(text)
    const toldBefore = frees.all.length
    wire.socket.resume()
    await frees.next(free => free > 0 && frees.all.length > toldBefore)

    expect(refused).toEqual({ kind: 'unsent' })
    expect(submitted).toBeLessThan(10_000)
    expect(client.free).toBeGreaterThan(0)
  })
})

describe('delivering', () => {
  test('the response leaves only when the handler is done', async () => {
    const stored = later<number>()
    const seen = new Feed<DeliverSm | DataSm>()
    const bare = await aBareServer()
    const { bound } = aClient(bare.port, {
      onDeliver: pdu => {
        seen.put(pdu)
        return stored.promise
      },
    })
    const wire = await bare.bind()
    await bound()

    wire.send({ command: 'deliver_sm', sequence: 1, short_message: Buffer.from('STOP') })
    wire.send({ command: 'enquire_link', sequence: 2 })
    await wire.next('enquire_link_resp')
    const sentBefore = wire.pdus.all.map(pdu => pdu.command)
    stored.settle(commandStatus.ESME_ROK)

    expect(await seen.next()).toMatchObject({ short_message: new Uint8Array(Buffer.from('STOP')) })
    expect(sentBefore).toEqual(['bind_transceiver', 'enquire_link_resp'])
    expect(await wire.next('deliver_sm_resp')).toMatchObject({ sequence: 1, status: 0 })
  })

  test.each([
    ['rejects', () => Promise.reject(new Error('no database'))],
    [
      'throws',
      () => {
        throw new Error('no database')
      },
    ],
  ])('a handler that %s is answered "not now"', async (_, onDeliver) => {
    const { session } = await aPair({}, { onDeliver })

    expect(await session.deliver({})).toEqual({ kind: 'answered', status: commandStatus.ESME_RX_T_APPN })
  })

  test('a data_sm is delivered like a deliver_sm', async () => {
    const seen: string[] = []
    const { session } = await aPair(
      {},
      {
        onDeliver: ({ command }) => {
          seen.push(command)
          return 0
        },
      },
    )

    expect(await session.deliverData({ esm_class: 4 })).toEqual({ kind: 'answered', status: 0 })
    expect(seen).toEqual(['data_sm'])
  })

  test('more than can be handled at once are answered "not now"', async () => {
    const stored = later<number>()
    const { session } = await aPair({}, { deliverWindow: 1, onDeliver: () => stored.promise })

    const first = session.deliver({})
    const second = await session.deliver({})
    stored.settle(0)

    expect(second).toEqual({ kind: 'answered', status: commandStatus.ESME_RX_T_APPN })
    expect(await first).toEqual({ kind: 'answered', status: 0 })
  })

  test('the server has a window and a patience of its own', async () => {
    const { session } = await aPair({ window: 1, responseTimeoutMs: 20 }, { onDeliver: () => new Promise(() => {}) })

    const first = session.deliver({})
    const second = await session.deliver({})

    expect(second).toEqual({ kind: 'unsent' })
    expect(await first).toEqual({ kind: 'unanswered' })
  })

  test('nothing is delivered to a transmitter, and a receiver may not submit', async () => {
    const sender = await aPair({}, { bind: 'transmitter' })
    const receiver = await aPair({}, { bind: 'receiver' })

    expect(await sender.session.deliver({})).toEqual({ kind: 'unsent' })
    expect(await receiver.session.deliver({})).toMatchObject({ kind: 'answered' })
    expect(await receiver.client.submit(text)).toMatchObject({ status: commandStatus.ESME_RINVBNDSTS })
  })
})

describe('coming back', () => {
  test('a client that was cut binds again', async () => {
    const { session, states, sessions, client, bound } = await aPair()

    session.destroy()

    await states.next(({ state }) => state === 'waiting')
    await bound()
    await sessions.next()
    expect(await client.submit(text)).toMatchObject({ kind: 'answered' })
  })

  test('a client that starts before its SMSC binds once that is there', async () => {
    const { server, port } = await aServer()
    await server.close()
    const { states, bound } = aClient(port)
    const first = await states.next(({ state }) => state === 'waiting')

    const again = createSmppServer({ authenticate: () => 0, onSubmit: () => ({ status: 0 }) })
    cleanUp.push(() => again.close(0))
    await again.listen(port)

    expect(first.reason).toContain('ECONNREFUSED')
    await bound()
  })

  test('wrong credentials are said to be so, and tried again', async () => {
    const { port } = await aServer()
    const { states } = aClient(port, { password: 'wrong', random: () => 0 })

    const refused = await states.next(({ state }) => state === 'refused')
    const again = await states.next(({ state }) => state === 'refused')

    // At once as rarely as may be.
    expect(refused).toEqual({ state: 'refused', reason: 'ESME_RINVPASWD', status: 0x0e, retryInMs: 2.5 })
    expect(again).toEqual(refused)
  })

  test.each([
    ['all of it', 0.999999, [1, 2, 4, 5, 5]],
    ['half of it', 0, [0.5, 1, 2, 2.5, 2.5]],
  ])('waits double up to a limit, and chance takes %s', async (_, chance, waits) => {
    const { port } = await aServer({ authenticate: () => commandStatus.ESME_RSYSERR })
    const { states } = aClient(port, { random: () => chance })

    const seen: (number | undefined)[] = []
    while (seen.length < 5) seen.push((await states.next(({ state }) => state === 'waiting')).retryInMs)

    expect(seen.map(ms => Math.round(ms! * 100) / 100)).toEqual(waits)
  })

  test('a bind that is not answered is given up', async () => {
    const bare = await aBareServer()
    const { states } = aClient(bare.port, { responseTimeoutMs: 20 })

    const { reason } = await states.next(({ state }) => state === 'waiting')

    expect(reason).toBe('the bind was not answered')
  })

  test('an SMSC that unbinds is answered, and bound to again', async () => {
    const { session, states, bound } = await aPair()

    await session.unbind()

    await states.next(({ state }) => state === 'waiting')
    await bound()
  })

  test('an SMSC that unbinds is answered after what is still being handled', async () => {
    const stored = later<number>()
    const bare = await aBareServer()
    const { bound } = aClient(bare.port, { onDeliver: () => stored.promise })
    const wire = await bare.bind()
    await bound()

    wire.send({ command: 'deliver_sm', sequence: 1 })
    wire.send({ command: 'unbind', sequence: 2 })
    wire.send({ command: 'enquire_link', sequence: 3 })
    await wire.next('enquire_link_resp')
    stored.settle(0)
    await wire.closed

    expect(wire.pdus.all.map(pdu => pdu.command)).toEqual([
      'bind_transceiver',
      'enquire_link_resp',
      'deliver_sm_resp',
      'unbind_resp',
    ])
  })
})

describe('leaving', () => {
  test('stop waits for what is due, unbinds and closes', async () => {
    const reply = later<SubmitReply>()
    const { client, states, unbinds, closed, server } = await aPair({ onSubmit: () => reply.promise })

    const answer = client.submit(text)
    const stopped = client.stop()
    const refused = await client.submit(text)
    reply.settle({ status: 0, message_id: 'last' })
    await stopped

    expect(refused).toEqual({ kind: 'unsent' })
    expect(await answer).toMatchObject({ kind: 'answered', message_id: 'last' })
    expect(await unbinds.next()).toBe('orpheum')
    expect(await closed.next()).toBe('the other end unbound')
    expect(states.all.map(({ state }) => state)).toEqual(['connecting', 'bound', 'unbinding', 'closed'])
    expect(server.sessions).toEqual([])
  })

  test('stop waits no longer than it is told', async () => {
    const { client } = await aPair({ onSubmit: () => undefined })

    const answer = client.submit(text)
    await client.stop(10)

    expect(await answer).toEqual({ kind: 'unanswered' })
    expect(client.state).toBe('closed')
  })

  test('a client that never bound stops at once', async () => {
    const bare = await aBareServer()
    const { client } = aClient(bare.port)
    await bare.wires.next()

    await client.stop()

    expect(client.state).toBe('closed')
  })

  test('a client that waits to come back stops at once, and does not', async () => {
    const { server, port } = await aServer()
    await server.close()
    const { client, states } = aClient(port, { reconnect: { minMs: 60_000, maxMs: 60_000 } })
    await states.next(({ state }) => state === 'waiting')

    await client.stop()

    expect(states.all.map(({ state }) => state)).toEqual(['connecting', 'waiting', 'closed'])
  })

  test('both ends may unbind at the same moment', async () => {
    const { client, session } = await aPair()

    await Promise.all([client.stop(), session.unbind()])

    expect(client.state).toBe('closed')
    expect(session.isOpen).toBe(false)
  })

  test('a closed server has unbound its sessions', async () => {
    const { server, states } = await aPair()

    await server.close()

    expect(await states.next(({ state }) => state === 'waiting')).toMatchObject({ reason: 'the other end unbound' })
  })

  test('nothing is left behind that would keep a process alive', async () => {
    const before = process.getActiveResourcesInfo().filter(name => name.startsWith('TCP')).length
    const { client, server, session } = await aPair()
    await client.submit(text)
    await session.deliver({})

    await client.stop()
    await server.close()

    expect(process.getActiveResourcesInfo().filter(name => name.startsWith('TCP')).length).toBeLessThanOrEqual(before)
  })
})

describe('silence', () => {
  test('a silent SMSC is asked, and left when it does not answer', async () => {
    const bare = await aBareServer()
    const { states, bound } = aClient(bare.port, { enquireLinkMs: 10, responseTimeoutMs: 20 })
    const wire = await bare.bind()
    await bound()

    await wire.next('enquire_link')

    const { reason } = await states.next(({ state }) => state === 'waiting')
    expect(reason).toBe('enquire_link was not answered')
  })

  test('one that answers is kept', async () => {
    const bare = await aBareServer()
    const { client, bound } = aClient(bare.port, { enquireLinkMs: 5 })
    const wire = await bare.bind()
    await bound()

    for (let i = 0; i < 3; i++) {
      const { sequence } = await wire.next('enquire_link')
      wire.send({ command: 'enquire_link_resp', sequence })
    }

    expect(client.state).toBe('bound')
  })

  test('the server asks too, and answers when asked', async () => {
    const { port } = await aServer({ enquireLinkMs: 10, responseTimeoutMs: 20 })
    const wire = await dial(port)

    wire.send({ command: 'enquire_link', sequence: 5 })

    expect(await wire.next('enquire_link_resp')).toMatchObject({ sequence: 5 })
    await wire.next('enquire_link')
    await wire.closed
  })

  test('a connection that never binds is cut', async () => {
    const { port } = await aServer({ bindTimeoutMs: 10 })

    const wire = await dial(port)

    await wire.closed
  })
})

describe('what others get wrong', () => {
  test.each([
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: usher\r\n\r\n')],
    ['four gigabytes announced', Buffer.from('ffffffff00000004', 'hex')],
    ['a length below the header', Buffer.from('0000000400000004', 'hex')],
  ])('%s ends that connection and no other', async (_, bytes) => {
    const { port, client } = await aPair()
    const wire = await dial(port)

    wire.socket.write(bytes)
    const nack = await wire.next('generic_nack')
    await wire.closed

    expect(nack.status).toBe(commandStatus.ESME_RINVCMDLEN)
    expect(await client.submit(text)).toMatchObject({ kind: 'answered' })
  })

  test('an SMSC that sends garbage is left and bound to again', async () => {
    const { session, states, bound } = await aPair()

    session.sendRaw(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))

    expect((await states.next(({ state }) => state === 'waiting')).reason).toContain('command_length')
    await bound()
  })

  test('a malformed body is refused by its own response, and the session goes on', async () => {
    const { port } = await aServer()
    const wire = await dial(port)
    wire.send({ command: 'bind_transceiver', sequence: 1, system_id: 'x', password: 'secret' })
    await wire.next('bind_transceiver_resp')

    wire.socket.write(Buffer.from('00000012 00000004 00000000 00000002 ffff'.replace(/ /g, ''), 'hex'))
    wire.socket.write(Buffer.from('00000010 00000777 00000000 00000003'.replace(/ /g, ''), 'hex'))
    wire.send({ command: 'submit_sm', sequence: 4, ...text })

    expect(await wire.next('submit_sm_resp')).toMatchObject({ sequence: 2, status: commandStatus.ESME_RINVCMDLEN })
    expect(await wire.next('generic_nack')).toMatchObject({ sequence: 3, status: commandStatus.ESME_RINVCMDID })
    expect(await wire.next('submit_sm_resp')).toMatchObject({ sequence: 4, status: 0 })
  })

  test('a response whose body is malformed still says yes or no', async () => {
    const bare = await aBareServer()
    const { client, bound } = aClient(bare.port)
    const wire = await bare.bind()
    await bound()

    const answer = client.submit(text)
    const { sequence } = await wire.next('submit_sm')
    const malformed = Buffer.concat([encode({ command: 'submit_sm_resp', sequence }), Buffer.from('0427ffff01', 'hex')])
    malformed.writeUInt32BE(malformed.length, 0)
    wire.socket.write(malformed)

    expect(await answer).toEqual({ kind: 'answered', status: 0, message_id: '' })
  })

  test('submitting before the bind, or binding twice, is refused', async () => {
    const { port } = await aServer()
    const wire = await dial(port)

    wire.send({ command: 'submit_sm', sequence: 1, ...text })
    wire.send({ command: 'bind_transceiver', sequence: 2, system_id: 'x', password: 'secret' })
    wire.send({ command: 'bind_transmitter', sequence: 3, system_id: 'x', password: 'secret' })

    expect(await wire.next('submit_sm_resp')).toMatchObject({ status: commandStatus.ESME_RINVBNDSTS })
    const answers = [await wire.pdus.next(), await wire.pdus.next()]
    expect(answers).toContainEqual(
      expect.objectContaining({ command: 'bind_transceiver_resp', sequence: 2, status: 0 }),
    )
    expect(answers).toContainEqual(
      expect.objectContaining({ command: 'bind_transmitter_resp', sequence: 3, status: commandStatus.ESME_RALYBND }),
    )
  })

  test('a command the server was not built for is refused by its own response', async () => {
    const { port } = await aServer()
    const wire = await dial(port)
    wire.send({ command: 'bind_transceiver', sequence: 1, system_id: 'x', password: 'secret' })
    await wire.next('bind_transceiver_resp')

    wire.send({ command: 'query_sm', sequence: 2, message_id: '1' })
    wire.send({ command: 'data_sm', sequence: 3 })

    expect(await wire.next('query_sm_resp')).toMatchObject({ status: commandStatus.ESME_RINVCMDID })
    expect(await wire.next('data_sm_resp')).toMatchObject({ status: commandStatus.ESME_RINVCMDID })
  })
})
