import { describe, expect, test } from 'vitest'
import { encode } from './codec.ts'
import { aBareServer, aClient, aPair, aServer, cleanUp, dial, Feed, later, text } from './ends.ts'
import { commandStatus } from './pdu.ts'
import type { SubmitReply } from './session.ts'

const hex = (octets: string) => Buffer.from(octets.replace(/ /g, ''), 'hex')

/** What is no SMPP from its first octets on. */
const garbage = [
  ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: usher\r\n\r\n')],
  ['a TLS hello', hex('16030102000100 01fc0303 5a5a5a5a')],
  ['four gigabytes announced', hex('ffffffff00000004')],
  ['a length of nothing', hex('0000000000000004')],
  ['a length below the header', hex('0000000f00000004')],
  ['one octet more than is taken', hex('0001000100000004')],
  ['a text', Buffer.from('EHLO usher\r\n')],
] as const

async function aBoundWire(port: number) {
  const wire = await dial(port)
  wire.send({ command: 'bind_transceiver', sequence: 1, system_id: 'x', password: 'secret' })
  await wire.next('bind_transceiver_resp')
  return wire
}

describe('to a server', () => {
  test.each(garbage)('%s is answered by generic_nack and ends that connection, and no other', async (_, bytes) => {
    const { port, client } = await aPair()
    const wire = await dial(port)

    wire.socket.write(bytes)
    const nack = await wire.next('generic_nack')
    await wire.closed

    expect(nack.status).toBe(commandStatus.ESME_RINVCMDLEN)
    expect(await client.submit(text)).toMatchObject({ kind: 'answered' })
  })

  test.each(garbage)('%s ends a session that was bound, too', async (_, bytes) => {
    const { port, closed } = await aServer()
    const wire = await aBoundWire(port)

    wire.socket.write(bytes)
    await wire.closed

    expect(await closed.next()).toContain('command_length')
  })

  test('the longest PDU is taken, and one octet more is not', async () => {
    const long = encode({ command: 'submit_sm', sequence: 2, ...text, tlvs: { message_payload: new Uint8Array(500) } })
    const exact = await aServer({ maxLength: long.length })
    const below = await aServer({ maxLength: long.length - 1 })
    const taken = await aBoundWire(exact.port)
    const refused = await aBoundWire(below.port)

    taken.socket.write(long)
    refused.socket.write(long)

    expect(await taken.next('submit_sm_resp')).toMatchObject({ sequence: 2, status: 0 })
    expect(await refused.next('generic_nack')).toMatchObject({ status: commandStatus.ESME_RINVCMDLEN })
    await refused.closed
  })

  test.each([
    ['in the header', 10],
    ['in the body', 30],
  ])('a PDU that ends %s ends with its connection', async (_, length) => {
    const seen: unknown[] = []
    const { port, closed, client } = await aPair({
      onSubmit: pdu => {
        seen.push(pdu)
        return { status: 0 }
      },
    })
    const wire = await aBoundWire(port)

    wire.socket.end(encode({ command: 'submit_sm', sequence: 2, ...text }).subarray(0, length))
    await wire.closed

    expect(await closed.next()).toBe('the other end closed the connection')
    expect(seen).toEqual([])
    expect(await client.submit(text)).toMatchObject({ kind: 'answered' })
  })

  test('a connection that is reset while answers are due ends, and no other', async () => {
    const asked = later<void>()
    const reply = later<SubmitReply>()
    const { port, closed, client } = await aPair({
      onSubmit: pdu => {
        if (pdu.sequence !== 77) return { status: 0 }
        asked.settle()
        return reply.promise
      },
    })
    const wire = await aBoundWire(port)
    wire.send({ command: 'submit_sm', sequence: 77, ...text })
    await asked.promise

    wire.socket.resetAndDestroy()
    await closed.next()
    reply.settle({ status: 0 })

    expect(await client.submit(text)).toMatchObject({ kind: 'answered' })
  })

  test('one that binds and leaves in the same breath is no session', async () => {
    const asked = later<void>()
    const answer = later<number>()
    const { port, server, sessions } = await aServer({
      authenticate: () => {
        asked.settle()
        return answer.promise
      },
    })
    const wire = await dial(port)

    wire.socket.end(encode({ command: 'bind_transceiver', sequence: 1, system_id: 'x' }))
    await asked.promise
    await wire.closed
    answer.settle(0)
    await answer.promise

    expect(server.sessions).toEqual([])
    expect(sessions.all).toEqual([])
  })

  test('one octet at a time is read like any other way', async () => {
    const { port } = await aServer()
    const wire = await aBoundWire(port)

    wire.socket.setNoDelay(true)
    for (const octet of encode({ command: 'submit_sm', sequence: 2, ...text })) {
      await new Promise(written => wire.socket.write(Uint8Array.of(octet), written))
    }

    expect(await wire.next('submit_sm_resp')).toMatchObject({ sequence: 2, status: 0 })
  })

  test.each([
    ['that never binds', false, { bindTimeoutMs: 50 }],
    ['that is bound', true, { enquireLinkMs: 200, responseTimeoutMs: 200 }],
  ])('a peer %s and dribbles a PDU that never becomes whole is cut', async (_, isBound, options) => {
    const { port } = await aServer(options)
    const wire = isBound ? await aBoundWire(port) : await dial(port)
    const long = encode({ command: 'submit_sm', sequence: 2, tlvs: { message_payload: new Uint8Array(60_000) } })

    let at = 0
    const dribble = setInterval(() => wire.socket.write(long.subarray(at, ++at)), 1)
    cleanUp.push(() => clearInterval(dribble))
    await wire.closed

    expect(at).toBeLessThan(long.length)
  })

  test('a peer that asks and does not read the answers is no longer read, and then cut', async () => {
    let taken = 0
    const { port, client } = await aPair({
      enquireLinkMs: 500,
      responseTimeoutMs: 500,
      onSubmit: () => {
        taken++
        return { status: 0, message_id: 'i'.repeat(64) }
      },
    })
    const wire = await aBoundWire(port)
    const submits = Buffer.concat(Array.from({ length: 1_000 }, () => encode({ command: 'submit_sm', sequence: 2 })))
    const rounds = 1_000

    wire.socket.pause()
    for (let i = 0; i < rounds; i++) wire.socket.write(submits)
    // 80 MB of answers; the kernel holds some of them, we next to none.
    await new Promise(resolve => wire.socket.once('error', resolve))

    expect(taken).toBeGreaterThan(0)
    expect(taken).toBeLessThan((rounds * 1_000) / 2)
    expect(await client.submit(text)).toMatchObject({ kind: 'answered' })
  })

  test('a flood of enquire_link is answered, and others are served beside it', async () => {
    const { port, client } = await aPair()
    const wire = await aBoundWire(port)
    const asked = 50_000
    const flood = Buffer.concat(
      Array.from({ length: asked }, (_, i) => encode({ command: 'enquire_link', sequence: i + 2 })),
    )

    wire.socket.write(flood)
    const answer = await client.submit(text)
    await wire.pdus.next(pdu => pdu.sequence === asked + 1)

    expect(answer).toMatchObject({ kind: 'answered' })
    expect(wire.pdus.all.filter(pdu => pdu.command === 'enquire_link_resp')).toHaveLength(asked)
  })

  test('a flood of submits is handled up to a limit, and beyond it told to slow down', async () => {
    let handled = 0
    const { port } = await aServer({
      handlingLimit: 10,
      onSubmit: () => {
        handled++
        return new Promise(() => {})
      },
    })
    const wire = await aBoundWire(port)

    for (let i = 0; i < 1_000; i++) wire.send({ command: 'submit_sm', sequence: i + 2, ...text })
    await wire.pdus.next(pdu => pdu.sequence === 1_001)

    const answers = wire.pdus.all.filter(pdu => pdu.command === 'submit_sm_resp')
    expect(handled).toBe(10)
    expect(answers).toHaveLength(990)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([commandStatus.ESME_RTHROTTLED]))
  })

  test('answers to what nobody asked are passed over', async () => {
    const { port } = await aServer()
    const wire = await aBoundWire(port)

    wire.send({ command: 'deliver_sm_resp', sequence: 9 })
    wire.send({ command: 'generic_nack', sequence: 9, status: commandStatus.ESME_RINVCMDID })
    wire.send({ command: 'bind_transceiver_resp', sequence: 1 })
    wire.send({ command: 'unbind_resp', sequence: 9 })
    wire.socket.write(hex('00000010 80000777 00000000 00000009'))
    wire.send({ command: 'submit_sm', sequence: 2, ...text })
    await wire.next('submit_sm_resp')

    // No generic_nack among them: two ends that answer each other's would never stop.
    expect(wire.pdus.all.map(pdu => pdu.command)).toEqual(['bind_transceiver_resp', 'submit_sm_resp'])
  })

  test.each([
    ['broadcast_sm', 0x111],
    ['query_broadcast_sm', 0x112],
    ['cancel_broadcast_sm', 0x113],
  ])('%s of SMPP 5.0 is refused by name, and the session goes on', async (_, id) => {
    const { port } = await aServer()
    const wire = await aBoundWire(port)
    const broadcast = Buffer.concat([hex('0000001a 00000000 00000000 00000002'), Buffer.alloc(10)])
    broadcast.writeUInt32BE(id, 4)

    wire.socket.write(broadcast)
    wire.send({ command: 'submit_sm', sequence: 3, ...text })

    expect(await wire.next('generic_nack')).toMatchObject({ sequence: 2, status: commandStatus.ESME_RINVCMDID })
    expect(await wire.next('submit_sm_resp')).toMatchObject({ sequence: 3, status: 0 })
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

describe('to a client', () => {
  test('an SMSC that sends garbage is left and bound to again', async () => {
    const { session, states, bound } = await aPair()

    session.sendRaw(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))

    expect((await states.next(({ state }) => state === 'waiting')).reason).toContain('command_length')
    await bound()
  })

  test.each(garbage)('%s instead of a bind response is said to be the reason', async (_, bytes) => {
    const bare = await aBareServer()
    const { states, bound } = aClient(bare.port)
    const wire = await bare.wires.next()
    await wire.next('bind_transceiver')

    wire.socket.write(bytes)

    expect((await states.next(({ state }) => state === 'waiting')).reason).toContain('command_length')
    await bare.bind()
    await bound()
  })

  test('a bind response that ends in the middle is none', async () => {
    const bare = await aBareServer()
    const { states } = aClient(bare.port)
    const wire = await bare.wires.next()
    const { sequence } = await wire.next('bind_transceiver')

    wire.socket.end(encode({ command: 'bind_transceiver_resp', sequence, system_id: 'bare' }).subarray(0, 18))

    expect(await states.next(({ state }) => state === 'waiting')).toMatchObject({
      reason: 'the other end closed the connection',
    })
  })

  test('an SMSC that dribbles a PDU that never becomes whole is left, and what waits is unanswered', async () => {
    const bare = await aBareServer()
    const { client, states, bound } = aClient(bare.port, { enquireLinkMs: 200, responseTimeoutMs: 200 })
    const wire = await bare.bind()
    await bound()
    const answer = client.submit(text, { timeoutMs: 60_000 })
    const { sequence } = await wire.next('submit_sm')
    const long = encode({ command: 'submit_sm_resp', sequence, tlvs: { message_payload: new Uint8Array(60_000) } })

    let at = 0
    const dribble = setInterval(() => wire.socket.write(long.subarray(at, ++at)), 1)
    cleanUp.push(() => clearInterval(dribble))

    expect((await states.next(({ state }) => state === 'waiting')).reason).toBe('enquire_link was not answered')
    expect(await answer).toEqual({ kind: 'unanswered' })
  })

  test('a flood of deliver_sm is handled up to a limit, and the rest is told to come again', async () => {
    const bare = await aBareServer()
    const handled = new Feed<number>()
    const { bound } = aClient(bare.port, {
      deliverWindow: 10,
      onDeliver: pdu => {
        handled.put(pdu.sequence)
        return new Promise(() => {})
      },
    })
    const wire = await bare.bind()
    await bound()

    for (let i = 1; i <= 1_000; i++) wire.send({ command: 'deliver_sm', sequence: i })
    await wire.pdus.next(pdu => pdu.command === 'deliver_sm_resp' && pdu.sequence === 1_000)

    const answers = wire.pdus.all.filter(pdu => pdu.command === 'deliver_sm_resp')
    expect(handled.all).toHaveLength(10)
    expect(answers).toHaveLength(990)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([commandStatus.ESME_RX_T_APPN]))
  })

  test('an SMSC that asks and does not read is left', async () => {
    const bare = await aBareServer()
    const { states, bound } = aClient(bare.port, { enquireLinkMs: 200, responseTimeoutMs: 200 })
    const wire = await bare.bind()
    await bound()
    const questions = Buffer.concat(
      Array.from({ length: 4_000 }, () => encode({ command: 'enquire_link', sequence: 2 })),
    )

    wire.socket.pause()
    for (let i = 0; i < 1_000; i++) wire.socket.write(questions)

    expect((await states.next(({ state }) => state === 'waiting')).reason).toBe('enquire_link was not answered')
  })
})
