// One end of one SMPP session, in a process of its own: an SMSC that takes every text, or an ESME that submits as many as
// it is told to, with 100 of them unanswered at any moment. USHER_END is `server` or `client`, USHER_LIBRARY is `ours` or
// `smpp`, the npm package; a client finds its server at USHER_PORT.
import { createRequire } from 'node:module'
import type { AddressInfo, Server } from 'node:net'
import { createSmppServer, SmppClient } from '@usher/smpp/session'
import type { Answer, Question } from './session.ts'

interface PeerPdu {
  command_status: number
  message_id: string
  response(fields?: object): PeerPdu
}
interface PeerSession {
  on(event: string, listener: (pdu: PeerPdu) => void): void
  send(pdu: PeerPdu): void
  bind_transceiver(fields: object, answered: (response: PeerPdu) => void): void
  submit_sm(fields: object, answered: (response: PeerPdu) => void): void
}
interface Peer {
  createServer(listener: (session: PeerSession) => void): Server
  connect(options: object): PeerSession
}
const peer: Peer = createRequire(import.meta.url)('smpp')

const windowSize = 100
const port = Number(process.env.USHER_PORT)
const credentials = { system_id: 'bench', password: 'bench' }
const fields = {
  source_addr_ton: 3,
  source_addr: '67743',
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: '447400000001',
  registered_delivery: 1,
  short_message: Buffer.from('Orpheum: the second season of Tide is here tonight.'.padEnd(100, '!')),
  user_message_reference: 4_711,
}
const { user_message_reference, ...mandatory } = fields
const submit = { ...mandatory, tlvs: { user_message_reference } }

let last = 0
const nextId = () => String(1_790_000_000_000 + ++last)

async function ourServer(): Promise<number> {
  const server = createSmppServer({ authenticate: () => 0, onSubmit: () => ({ status: 0, message_id: nextId() }) })
  return (await server.listen(0)).port
}

async function theirServer(): Promise<number> {
  const server = peer.createServer(session => {
    session.on('error', () => {})
    session.on('bind_transceiver', pdu => session.send(pdu.response()))
    session.on('submit_sm', pdu => session.send(pdu.response({ message_id: nextId() })))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port // listening on TCP, it has one
}

/** Submits one text; resolves with whether it was taken. */
type Submit = () => Promise<boolean>

async function ourClient(): Promise<(texts: number) => Promise<number>> {
  const client = await new Promise<SmppClient>(resolve => {
    const client: SmppClient = new SmppClient({
      host: '127.0.0.1',
      port,
      systemId: credentials.system_id,
      password: credentials.password,
      window: windowSize,
      onDeliver: () => 0,
      onFree: () => resolve(client),
    })
    client.start()
  })
  const one: Submit = async () => {
    const answer = await client.submit(submit)
    return answer.kind === 'answered' && answer.status === 0 && answer.message_id !== ''
  }
  return texts => inWindow(texts, one)
}

async function theirClient(): Promise<(texts: number) => Promise<number>> {
  const session = peer.connect({ host: '127.0.0.1', port })
  await new Promise(resolve => session.bind_transceiver(credentials, resolve))
  const one: Submit = () =>
    new Promise(resolve =>
      session.submit_sm(fields, ({ command_status, message_id }) => resolve(command_status === 0 && message_id !== '')),
    )
  return texts => inWindow(texts, one)
}

/** As many at once as the window takes; answers how many were taken. */
async function inWindow(texts: number, submit: Submit): Promise<number> {
  let left = texts
  let taken = 0
  const submitter = async () => {
    while (left-- > 0) if (await submit()) taken++
  }
  await Promise.all(Array.from({ length: windowSize }, submitter))
  return taken
}

const isOurs = process.env.USHER_LIBRARY === 'ours'
if (process.env.USHER_END === 'server') {
  process.send!({ port: await (isOurs ? ourServer() : theirServer()) })
} else {
  const run = await (isOurs ? ourClient() : theirClient())
  process.on('message', async ({ texts }: Question) => {
    const startedAt = performance.now()
    const taken = await run(texts)
    process.send!({ taken, seconds: (performance.now() - startedAt) / 1_000 } satisfies Answer)
  })
  process.send!({ port })
}
