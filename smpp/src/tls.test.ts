import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { aBareServer, aClient, aPair, aServer, cleanUp, dial, text } from './ends.ts'
import { commandStatus } from './pdu.ts'

/** A certificate for smsc.example and 127.0.0.1, and the CA that signed it; for these tests and nothing else. */
const read = (name: string) => readFileSync(new URL(`./test-tls/${name}`, import.meta.url))
const ca = read('ca.pem')
const tls = { key: read('smsc.key'), cert: read('smsc.pem') }

describe('TLS', () => {
  test('both ways, once the certificate is verified', async () => {
    const { client, session } = await aPair({ tls }, { tls: { ca } })

    expect(await client.submit(text)).toMatchObject({ kind: 'answered', status: 0 })
    expect(await session.deliver({})).toEqual({ kind: 'answered', status: 0 })
    await client.stop()
    expect(client.state).toBe('closed')
  })

  test('with the name that the certificate is for', async () => {
    const { client } = await aPair({ tls }, { tls: { ca, servername: 'smsc.example' } })

    expect(await client.submit(text)).toMatchObject({ kind: 'answered', status: 0 })
  })

  test.each([
    ['of a CA nobody told us of', true, 'certificate'],
    ['for another name', { ca, servername: 'other.example' }, 'other.example'],
  ] as const)('a certificate %s ends the connection before the password is said', async (_, options, reason) => {
    const passwords: string[] = []
    const { port } = await aServer({
      tls,
      authenticate: ({ password }) => {
        passwords.push(password)
        return commandStatus.ESME_ROK
      },
    })
    const { states } = aClient(port, { tls: options })

    const first = await states.next(({ state }) => state === 'waiting')
    const second = await states.next(({ state }) => state === 'waiting')

    expect(first.reason).toContain(reason)
    expect(second.reason).toBe(first.reason)
    expect(passwords).toEqual([])
  })

  test('unverified where that is asked for', async () => {
    const { client } = await aPair({ tls }, { tls: { rejectUnauthorized: false } })

    expect(await client.submit(text)).toMatchObject({ kind: 'answered', status: 0 })
  })

  test('an SMSC that does not speak it is not told the password', async () => {
    const bare = await aBareServer()
    const { states } = aClient(bare.port, { tls: { ca } })
    const wire = await bare.wires.next()
    const [hello] = (await once(wire.socket, 'data')) as [Buffer]
    wire.send({ command: 'generic_nack', status: commandStatus.ESME_RINVCMDLEN })

    const { reason } = await states.next(({ state }) => state === 'waiting')

    expect(reason).toBeTruthy()
    expect(hello.toString('latin1')).not.toContain('secret')
  })

  test('an ESME that does not speak it ends its own connection and no other', async () => {
    const { port, client, server } = await aPair({ tls }, { tls: { ca } })
    const wire = await dial(port)

    wire.send({ command: 'bind_transceiver', sequence: 1, system_id: 'x', password: 'secret' })
    await wire.closed

    expect(wire.pdus.all).toEqual([])
    expect(await client.submit(text)).toMatchObject({ kind: 'answered', status: 0 })
    expect(server.sessions).toHaveLength(1)
  })

  test('a handshake that never ends is cut, and does not keep the server from closing', async () => {
    const impatient = await aServer({ tls, bindTimeoutMs: 10 })
    const cut = await dial(impatient.port)
    await cut.closed

    const { server, port } = await aServer({ tls })
    const silent = connect(port, '127.0.0.1')
    cleanUp.push(() => silent.destroy())
    await once(silent, 'connect')
    await server.close(10)

    expect(server.sessions).toEqual([])
  })

  test('a client that was cut binds again', async () => {
    const { session, states, bound } = await aPair({ tls }, { tls: { ca } })

    session.destroy()

    await states.next(({ state }) => state === 'waiting')
    await bound()
  })
})
