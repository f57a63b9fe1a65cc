import { commandStatus, type StatusName } from '@usher/smpp/pdu'
import { createSmppServer, type ServerOptions } from '@usher/smpp/session'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { eventBus } from '../events.ts'
import type { CarrierInbound, CarrierReceipt, Configured, Outgoing } from './channel.ts'
import { meaning, smppChannel } from './smpp.ts'

type Settings = Extract<Configured, { protocol: 'smpp' }>

const text = (over: Partial<Outgoing> = {}): Outgoing => ({
  ...{ id: 'm', number: '+447700900123', originator: '67743', text: 'Orpheum: hello', reference: 0x1234 },
  ...{ validForMs: 600_000, patienceMs: null },
  ...over,
})

/** A channel bound to an SMSC that does as it is told; resolves once all of its sessions are bound. */
async function aChannel(
  server: Partial<ServerOptions> & Pick<ServerOptions, 'onSubmit'>,
  settings: Partial<Settings> = {},
  sessions = 1,
) {
  const smsc = createSmppServer({
    systemId: 'smsc',
    authenticate: ({ password }) => (password === 'right' ? 0 : commandStatus.ESME_RINVPASWD),
    ...server,
  })
  const { port } = await smsc.listen(0, '127.0.0.1')
  const events = eventBus()
  const heard: { receipts: CarrierReceipt[]; inbound: CarrierInbound[] } = { receipts: [], inbound: [] }
  const bind = { host: '127.0.0.1', port, type: 'transceiver' as const, sessions, tls: false, ca: null }
  const channel = smppChannel(
    {
      ...{ name: 'aurora', protocol: 'smpp', label: null, isPaused: false, systemId: 'usher', systemType: '' },
      ...{ binds: [bind], window: 10, perSecond: null, responseTimeoutMs: 5_000, enquireLinkMs: 15_000 },
      ...{ latin1: false, national: [], longTexts: 'udh8', answerIds: 'as_is', receiptIds: 'as_is' },
      ...{ callbacks: null, secrets: { password: 'right' } },
      ...settings,
    },
    systemClock(),
    events,
    {
      receipt: async receipt => void heard.receipts.push(receipt),
      inbound: async inbound => void heard.inbound.push(inbound),
    },
    () => new Date(),
  )
  const isIn = (state: string) => channel.binds().every(one => one.state === state)
  const reaches = (state: string) =>
    new Promise<void>(resolve => {
      const look = () => isIn(state) && resolve()
      events.on('bind.state', look)
      look()
    })
  onTestFinished(async () => {
    await channel.stop(500)
    await smsc.close(100)
  })
  channel.start()
  return { channel, events, heard, reaches, smsc }
}

describe('every command_status means one of three things for its text', () => {
  const names = (Object.keys(commandStatus) as StatusName[]).filter(name => name !== 'ESME_ROK')

  test('and each name of the table is one of SMPP', () => {
    expect(names).toEqual(expect.arrayContaining(Object.keys(meaning)))
  })

  test.each(names)('%s', async name => {
    const { channel, reaches } = await aChannel({ onSubmit: () => ({ status: commandStatus[name], message_id: '' }) })
    await reaches('bound')

    const outcome = await channel.submit(text())

    const means = meaning[name]
    expect(outcome).toMatchObject(
      means === undefined
        ? { kind: 'never', status: name }
        : { kind: 'later', reason: name, notBefore: expect.any(Date) },
    )
    // Only what asks for less pauses the session.
    expect(channel.credit.free(true)).toBe(means === 'slow' || channel.binds()[0]!.state !== 'bound' ? 0 : 10)
    if (means !== 'broken') expect(channel.binds()[0]!.state).toBe('bound')
  })
})

test('a session that says it is not bound is cut and bound anew; the others go on', async () => {
  let isBad = true
  const { channel, events, reaches } = await aChannel(
    {
      onSubmit: () =>
        isBad ? { status: commandStatus.ESME_RINVBNDSTS, message_id: '' } : { status: 0, message_id: 'a1' },
    },
    {},
    2,
  )
  await reaches('bound')
  const cut = new Promise<string>(resolve =>
    events.on('bind.state', ({ bind, state }) => state === 'unbinding' && resolve(bind)),
  )

  expect(await channel.submit(text())).toMatchObject({ kind: 'later', reason: 'ESME_RINVBNDSTS' })

  const name = await cut
  isBad = false
  expect(channel.binds().find(bind => bind.name !== name)!.state).toBe('bound')
  await reaches('bound')
  expect(await channel.submit(text())).toEqual({ kind: 'submitted', status: 'ESME_ROK', carrierMessageIds: ['a1'] })
})

test('a session that is asked to slow down pauses alone, and its credit with it', async () => {
  let asked = 0
  const { channel, reaches } = await aChannel(
    {
      onSubmit: () =>
        asked++ === 0 ? { status: commandStatus.ESME_RTHROTTLED, message_id: '' } : { status: 0, message_id: 'x' },
    },
    {},
    2,
  )
  await reaches('bound')
  expect(channel.credit.free(true)).toBe(20)

  await channel.submit(text())

  expect(channel.credit.free(true)).toBe(10)
  expect(channel.binds().filter(({ slowedUntil }) => slowedUntil !== null)).toHaveLength(1)
  expect(await channel.submit(text())).toMatchObject({ kind: 'submitted' })
})

test('a session whose SMSC says that it is congested takes the text and pauses', async () => {
  let congestion = 95
  const { channel, reaches } = await aChannel({
    onSubmit: () => ({ status: 0, message_id: 'x', tlvs: { congestion_state: congestion } }),
  })
  await reaches('bound')

  expect(await channel.submit(text())).toMatchObject({ kind: 'submitted' })
  expect(channel.credit.free(true)).toBe(0)

  congestion = 20
  await expect.poll(() => channel.credit.free(true)).toBe(10)
  expect(await channel.submit(text())).toMatchObject({ kind: 'submitted' })
  expect(channel.credit.free(true)).toBe(10)
})

test('wrong credentials end the tries until somebody says so, and are told', async () => {
  let binds = 0
  let password = 'other'
  const { channel, reaches } = await aChannel({
    authenticate: asked => {
      binds++
      return asked.password === password ? 0 : commandStatus.ESME_RINVPASWD
    },
    onSubmit: () => ({ status: 0, message_id: 'x' }),
  })
  await reaches('refused')
  expect(channel.isUp).toBe(false)
  expect(channel.binds()[0]).toMatchObject({ state: 'refused', reason: expect.stringContaining('ESME_RINVPASWD') })
  expect(binds).toBe(1)

  password = 'right'
  channel.reconnect()

  await reaches('bound')
  expect(channel.isUp).toBe(true)
})

test('a paused channel binds and hears, and has no credit', async () => {
  const { channel, reaches } = await aChannel({ onSubmit: () => ({ status: 0, message_id: 'x' }) }, { isPaused: true })

  await reaches('bound')

  expect(channel.isUp).toBe(false)
  expect(channel.credit.free(true)).toBe(0)
})

test('ids are brought into one form, as the carrier writes them in answers and in receipts', async () => {
  const { channel, heard, reaches } = await aChannel(
    {
      onSubmit: (_, session) => {
        setImmediate(() =>
          session.deliver({
            ...{ source_addr: '447700900123', destination_addr: '67743', esm_class: 0x04 },
            short_message: Buffer.from('id:11259375 stat:DELIVRD err:000'),
          }),
        )
        return { status: 0, message_id: '0000ABCDEF' }
      },
    },
    { answerIds: 'hexadecimal', receiptIds: 'decimal' },
  )
  await reaches('bound')

  const outcome = await channel.submit(text())
  await expect.poll(() => heard.receipts).toHaveLength(1)

  expect(outcome).toMatchObject({ carrierMessageIds: ['11259375'] })
  expect(heard.receipts[0]).toMatchObject({ carrierMessageId: '11259375', state: 'delivered' })
})

test.each([
  ['udh8', 2, 'a'.repeat(161)],
  ['udh16', 2, 'a'.repeat(161)],
  ['sar', 2, 'a'.repeat(161)],
  ['payload', 1, 'a'.repeat(161)],
] as const)('a long text leaves as %s in %d PDUs', async (longTexts, pdus, long) => {
  const seen: unknown[] = []
  const { channel, reaches } = await aChannel(
    {
      onSubmit: pdu => {
        seen.push(pdu)
        return { status: 0, message_id: `${seen.length}` }
      },
    },
    { longTexts },
  )
  await reaches('bound')

  expect(channel.parts(long)).toBe(2)
  expect(await channel.submit(text({ text: long }))).toMatchObject({ kind: 'submitted' })

  expect(seen).toHaveLength(pdus)
  const first = seen[0] as { esm_class: number; short_message: Uint8Array; tlvs: Record<string, unknown> }
  expect(first.esm_class & 0x40).toBe(longTexts.startsWith('udh') ? 0x40 : 0)
  expect(first.tlvs.user_message_reference).toBe(0x1234)
  expect('sar_total_segments' in first.tlvs).toBe(longTexts === 'sar')
  expect('message_payload' in first.tlvs).toBe(longTexts === 'payload')
  if (longTexts === 'payload') expect(first.short_message).toHaveLength(0)
})

test('a text whose answer does not come in its own patience is unanswered, and no longer silent once given up', async () => {
  const { channel, reaches } = await aChannel({ onSubmit: () => new Promise(() => {}) })
  await reaches('bound')

  const outcome = await channel.submit(text({ patienceMs: 30 }))

  expect(outcome).toEqual({ kind: 'unanswered' })
  expect(channel.silentForMs).toBe(0)
})

test('half a text does not leave: without room for each part none is written', async () => {
  let seen = 0
  const { channel, reaches } = await aChannel(
    {
      onSubmit: () => {
        seen++
        return { status: 0, message_id: 'x' }
      },
    },
    { window: 1 },
  )
  await reaches('bound')

  const outcome = await channel.submit(text({ text: 'a'.repeat(153 * 40) }))

  expect(outcome).toMatchObject({ kind: 'later', reason: 'no_bind' })
  expect(seen).toBe(0)
})
