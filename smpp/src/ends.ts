/**
 * For the tests of this package alone: a client, a server, and either end as bare octets. What a test opens is closed
 * after it.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach } from 'vitest'
import { Decoder, encode } from './codec.ts'
import { commandStatus, type Pdu, type PduInput } from './pdu.ts'
import {
  type ClientOptions,
  type ClientState,
  createSmppServer,
  type ServerOptions,
  SmppClient,
  type SmppServer,
  type SmppSession,
  type StateDetail,
} from './session.ts'

export const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

/** A list that can be awaited: `next` gives what comes, in order, each once. */
export class Feed<T> {
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

export interface Desk {
  server: SmppServer
  port: number
  sessions: Feed<SmppSession>
  closed: Feed<string>
  unbinds: Feed<string>
}

export async function aServer(options: Partial<ServerOptions> = {}): Promise<Desk> {
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

export interface State extends StateDetail {
  state: ClientState
}

export function aClient(port: number, options: Partial<ClientOptions> = {}) {
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

export async function aPair(serverOptions: Partial<ServerOptions> = {}, clientOptions: Partial<ClientOptions> = {}) {
  const desk = await aServer(serverOptions)
  const end = aClient(desk.port, clientOptions)
  await end.bound()
  return { ...desk, ...end, session: await desk.sessions.next() }
}

/** The other end as bare octets, decoded. */
export class Wire {
  readonly socket: Socket
  readonly pdus = new Feed<Pdu>()
  readonly reads: number[] = []
  readonly closed: Promise<unknown>

  constructor(socket: Socket) {
    this.socket = socket
    this.closed = new Promise(resolve => socket.once('close', resolve))
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

export async function dial(port: number): Promise<Wire> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return new Wire(socket)
}

/** An SMSC that says only what the test makes it say. */
export async function aBareServer() {
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

export const text = { destination_addr: '491701234567', short_message: Buffer.from('hello') }

/** Something to be settled by hand. */
export function later<T>() {
  let settle: (value: T) => void = () => {}
  const promise = new Promise<T>(resolve => {
    settle = resolve
  })
  return { promise, settle }
}
