import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { aBareServer, aClient, aPair, aServer, cleanUp, dial, Feed, later, text } from './ends.ts'
import { commandStatus, type DataSm, type DeliverSm, type SubmitSm } from './pdu.ts'
import { createSmppServer, SmppClient, type SubmitReply } from './session.ts'

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
    const second = client.submit(text, { timeoutMs: 60_000 })
    replies[0]!({ status: 0, message_id: 'late' })
    while (replies.length < 2) await new Promise(setImmediate)
    replies[1]!({ status: 0, message_id: 'in time' })

    expect(first).toEqual({ kind: 'unanswered' })
    expect(await second).toMatchObject({ kind: 'answered', message_id: 'in time' })
  })

  test('a submit may have a patience of its own, shorter or longer than the others', async () => {
    const replies: ((reply: SubmitReply) => void)[] = []
    const { client } = await aPair(
      { onSubmit: () => new Promise(resolve => replies.push(resolve)) },
      { responseTimeoutMs: 40 },
    )

    const ends: string[] = []
    const say = (name: string) => (answer: { kind: string }) => void ends.push(`${name} ${answer.kind}`)
    const longest = client.submit(text, { timeoutMs: 60_000 }).then(say('longest'))
    const usual = client.submit(text).then(say('usual'))
    const shortest = client.submit(text, { timeoutMs: 5 }).then(say('shortest'))
    await Promise.all([usual, shortest])
    replies[2]!({ status: 0, message_id: 'late' })
    replies[0]!({ status: 0, message_id: 'in time' })
    await longest

    expect(ends).toEqual(['shortest unanswered', 'usual unanswered', 'longest answered'])
    expect(client.state).toBe('bound')
    expect(client.free).toBe(100)
  })

  test('a patience longer than timers can run is a long one, not none', async () => {
    const reply = later<SubmitReply>()
    const { client } = await aPair({ onSubmit: () => reply.promise })

    const answer = client.submit(text, { timeoutMs: Number.POSITIVE_INFINITY })
    await client.submit(text, { timeoutMs: 1 })
    reply.settle({ status: 0, message_id: 'at last' })

    expect(await answer).toMatchObject({ kind: 'answered', message_id: 'at last' })
  })

  test('how much of the window is taken can be seen at both ends', async () => {
    const reply = later<SubmitReply>()
    const stored = later<number>()
    const { client, session } = await aPair(
      { window: 7, onSubmit: () => reply.promise },
      { window: 5, onDeliver: () => stored.promise },
    )
    const seen = () => [client, session].map(({ window, inFlight, free }) => [window, inFlight, free])

    const before = seen()
    const answers = [client.submit(text), client.submit(text), session.deliver({})]
    const during = seen()
    reply.settle({ status: 0 })
    stored.settle(0)
    await Promise.all(answers)

    expect(before).toEqual([
      [5, 0, 5],
      [7, 0, 7],
    ])
    expect(during).toEqual([
      [5, 2, 3],
      [7, 1, 6],
    ])
    expect(seen()).toEqual(before)
  })

  test('how busy the SMSC says it is comes with the answer', async () => {
    const { client } = await aPair({
      onSubmit: () => ({ status: 0, message_id: '1', tlvs: { congestion_state: 90 } }),
    })

    expect(await client.submit(text)).toEqual({ kind: 'answered', status: 0, message_id: '1', congestion: 90 })
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

  test('nothing is delivered to a transmitter, and a receiver does not submit', async () => {
    const sender = await aPair({}, { bind: 'transmitter' })
    const receiver = await aPair({}, { bind: 'receiver' })

    expect(await sender.session.deliver({})).toEqual({ kind: 'unsent' })
    expect(await sender.client.submit(text)).toMatchObject({ kind: 'answered', status: 0 })
    expect(await receiver.session.deliver({})).toMatchObject({ kind: 'answered', status: 0 })
    expect(await receiver.client.submit(text)).toEqual({ kind: 'unsent' })
    expect(receiver.client.free).toBe(0)
    expect(receiver.frees.all).toEqual([])
  })

  test('a receiver that submits all the same is refused', async () => {
    const { port } = await aServer()
    const wire = await dial(port)
    wire.send({ command: 'bind_receiver', sequence: 1, system_id: 'x', password: 'secret' })
    await wire.next('bind_receiver_resp')

    wire.send({ command: 'submit_sm', sequence: 2, ...text })

    expect(await wire.next('submit_sm_resp')).toMatchObject({ status: commandStatus.ESME_RINVBNDSTS })
  })

  test('outbind and alert_notification, which have no response, get none and harm nobody', async () => {
    const bare = await aBareServer()
    const { client, bound } = aClient(bare.port)
    const wire = await bare.bind()
    await bound()

    wire.send({ command: 'outbind', sequence: 1, system_id: 'bare' })
    wire.send({ command: 'alert_notification', sequence: 2, source_addr: text.destination_addr })
    wire.send({ command: 'enquire_link', sequence: 3 })
    await wire.next('enquire_link_resp')

    expect(wire.pdus.all.map(pdu => pdu.command)).toEqual(['bind_transceiver', 'enquire_link_resp'])
    expect(client.state).toBe('bound')
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

  test.each(['ESME_RINVPASWD', 'ESME_RINVSYSID'] as const)(
    '%s is refused: nothing is tried until somebody says so',
    async refusal => {
      const binds: string[] = []
      let status: number = commandStatus[refusal]
      const { port } = await aServer({
        authenticate: ({ password }) => {
          binds.push(password)
          return status
        },
      })
      const { client, states, bound } = aClient(port, { reconnect: { minMs: 0, maxMs: 0 } })

      const refused = await states.next(({ state }) => state === 'refused')
      // One that is not refused tries many times meanwhile.
      status = commandStatus.ESME_RSYSERR
      const other = aClient(port, { password: 'other', reconnect: { minMs: 0, maxMs: 0 } })
      for (let i = 0; i < 5; i++) await other.states.next(({ state }) => state === 'waiting')
      const triedMeanwhile = binds.filter(password => password === 'secret').length
      status = commandStatus.ESME_ROK
      client.reconnect()
      await bound()

      expect(refused).toEqual({ state: 'refused', reason: refusal, status: commandStatus[refusal] })
      expect(triedMeanwhile).toBe(1)
      expect(states.all.map(({ state }) => state)).toEqual(['connecting', 'refused', 'connecting', 'bound'])
    },
  )

  test.each([
    // The session that we lost may still stand at the SMSC.
    ['ESME_RALYBND', 0.5],
    ['ESME_RSYSERR', 0.5],
    ['ESME_RTHROTTLED', 0.5],
    // It may mean the credentials, or not.
    ['ESME_RBINDFAIL', 2.5],
  ] as const)('%s is tried again by itself', async (refusal, retryInMs) => {
    let tries = 0
    const { port } = await aServer({ authenticate: () => (tries++ === 0 ? commandStatus[refusal] : 0) })
    const { states, bound } = aClient(port, { random: () => 0 })

    await bound()

    expect(states.all).toContainEqual({ state: 'waiting', reason: refusal, status: commandStatus[refusal], retryInMs })
  })

  test('one that waits for the next try can be told to try now', async () => {
    const { server, port } = await aServer()
    await server.close()
    const { client, states, bound } = aClient(port, { reconnect: { minMs: 60_000, maxMs: 60_000 } })
    await states.next(({ state }) => state === 'waiting')
    const again = createSmppServer({ authenticate: () => 0, onSubmit: () => ({ status: 0 }) })
    cleanUp.push(() => again.close(0))
    await again.listen(port)

    client.reconnect()

    await bound()
    client.reconnect()
    expect(client.state).toBe('bound')
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

  test('rebind waits for what is due, unbinds, and binds anew', async () => {
    const reply = later<SubmitReply>()
    const { client, states, bound, unbinds, sessions } = await aPair({ onSubmit: () => reply.promise })

    const answer = client.submit(text)
    const left = client.rebind()
    const refused = await client.submit(text)
    await client.rebind()
    reply.settle({ status: 0, message_id: 'last' })
    await left
    await bound()

    expect(refused).toEqual({ kind: 'unsent' })
    expect(await answer).toMatchObject({ kind: 'answered', message_id: 'last' })
    expect(await unbinds.next()).toBe('orpheum')
    await sessions.next()
    const seen = states.all.map(({ state }) => state)
    expect(seen).toEqual(['connecting', 'bound', 'unbinding', 'waiting', 'connecting', 'bound'])
  })

  test('one that leaves to bind anew and is stopped meanwhile does not come back', async () => {
    const reply = later<SubmitReply>()
    const { client, states } = await aPair({ onSubmit: () => reply.promise })

    const answer = client.submit(text)
    const left = client.rebind()
    const stopped = client.stop()
    reply.settle({ status: 0, message_id: 'last' })
    await Promise.all([left, stopped])

    expect(await answer).toMatchObject({ kind: 'answered', message_id: 'last' })
    expect(states.all.map(({ state }) => state)).toEqual(['connecting', 'bound', 'unbinding', 'closed'])
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

  test.skipIf(process.platform !== 'linux')('TCP asks too, on both ends', async () => {
    const { port } = await aPair()

    // The column `tr` of proc(5): 2 is the timer of keep-alive.
    const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
    const lines = readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1)
    const established = lines
      .map(line => line.trim().split(/\s+/))
      .filter(([, local, remote, state]) => state === '01' && `${local} ${remote}`.includes(`:${hexPort}`))

    expect(established.map(([, , , , , timer]) => timer?.slice(0, 2))).toEqual(['02', '02'])
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
