import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeText } from '@usher/smpp/gsm'
import { commandStatus as status } from '@usher/smpp/pdu'
import { type Receipt, readReceipt } from '@usher/smpp/receipt'
import { Assembler, readUserData, segment } from '@usher/smpp/segment'
import { type ClientOptions, type DeliverFields, SmppClient, type SubmitFields } from '@usher/smpp/session'
import { afterEach, expect, test } from 'vitest'
import { seeded } from './knobs.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts'

const ana = '+4915112345678'
const credentials = { systemId: 'usher', password: 'secret' }

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const knobs = { receiptDelayMs: 0, redeliverAfterMs: 20, ...options.knobs }
  const simulator = await startSimulator({ ...credentials, random: seeded(1), ...options, knobs })
  open.push(() => simulator.stop())
  return simulator
}

type Delivered = Parameters<ClientOptions['onDeliver']>[0]

/** A bound client that remembers what it was delivered, and lets a test wait for it. */
async function bind(simulator: Simulator, options: Partial<ClientOptions> = {}) {
  const delivered: Delivered[] = []
  const watchers = new Set<() => void>()
  const client = new SmppClient({
    host: '127.0.0.1',
    port: simulator.smppPort,
    ...credentials,
    reconnect: { minMs: 5, maxMs: 10 },
    ...options,
    onDeliver(pdu) {
      delivered.push(pdu)
      const answer = options.onDeliver?.(pdu) ?? 0
      for (const look of watchers) look()
      return answer
    },
    onState(state, detail) {
      for (const look of watchers) look()
      options.onState?.(state, detail)
    },
  })
  const until = <T>(answer: () => T | undefined | false) =>
    new Promise<T>(resolve => {
      const look = () => {
        const value = answer()
        if (value === undefined || value === false) return
        watchers.delete(look)
        resolve(value)
      }
      watchers.add(look)
      look()
    })
  open.push(() => client.destroy())
  client.start()
  await until(() => client.state === 'bound')
  const receipts = () => delivered.map(readReceipt).filter(receipt => receipt !== undefined)
  return {
    client,
    delivered,
    until,
    receipts,
    submit: (fields: Partial<SubmitFields> = {}) => client.submit({ ...aText, ...fields }),
    receiptsUntil: (count: number) => until<Receipt[]>(() => receipts().length >= count && receipts()),
    inbound: () =>
      delivered
        .filter(pdu => !readReceipt(pdu))
        .map(pdu => ({ ...pdu, text: decodeText(pdu.data_coding, readUserData(pdu).octets) })),
  }
}

const octets = (text: string) => segment(text).segments[0]!.octets
const aText: SubmitFields = {
  source_addr_ton: 1,
  source_addr: '4930123456',
  dest_addr_ton: 1,
  destination_addr: '4915112345678',
  registered_delivery: 1,
  short_message: octets('Hello {Ana} €'),
  tlvs: { user_message_reference: 7 },
}

const turned = (simulator: Simulator, knobs: object) => expect(simulator.turn(knobs)).toHaveProperty('ok')

test('a text reaches the phone, is answered, and its receipt comes after the answer', async () => {
  const simulator = await start({ knobs: { receiptDelayMs: 30 } })
  const { submit, receipts, receiptsUntil } = await bind(simulator)

  const answer = await submit()
  const before = receipts().length
  const [receipt] = await receiptsUntil(1)

  if (answer.kind !== 'answered') throw new Error(answer.kind)
  expect(answer.status).toBe(0)
  expect(before).toBe(0)
  expect(receipt).toMatchObject({ id: answer.message_id, state: 'delivered', stat: 'DELIVRD', reference: 7 })
  expect(simulator.handsets.find(ana)).toMatchObject({
    count: 1,
    texts: [{ n: 1, originator: '+4930123456', text: 'Hello {Ana} €', encoding: 'gsm7', segments: 1, reference: 7 }],
  })
})

test('no receipt is sent that was not asked for', async () => {
  const simulator = await start()
  const { submit, receiptsUntil, receipts } = await bind(simulator)

  await submit({ registered_delivery: 0, tlvs: { user_message_reference: 1 } })
  await submit({ registered_delivery: 2, tlvs: { user_message_reference: 2 } })
  await submit({ registered_delivery: 1, tlvs: { user_message_reference: 3 } })
  await receiptsUntil(1)

  expect(receipts().map(receipt => receipt.reference)).toEqual([3])
})

test.each([
  ['by header', false],
  ['by SAR parameters', true],
])('a long text joined %s shows once, whole, in whichever order its segments come', async (_, bySar) => {
  const simulator = await start()
  const { submit, receiptsUntil } = await bind(simulator)
  const text = 'Новая серия 😀 '.repeat(20)
  const { segments, dataCoding } = segment(text, { reference: 99 })
  const parts = segments.map(({ octets }, i) =>
    bySar
      ? {
          short_message: octets.subarray(6),
          tlvs: { sar_msg_ref_num: 99, sar_total_segments: segments.length, sar_segment_seqnum: i + 1 },
        }
      : { esm_class: 0x40, short_message: octets },
  )

  await Promise.all(parts.reverse().map(part => submit({ ...part, data_coding: dataCoding })))
  await receiptsUntil(segments.length)

  const { texts } = simulator.handsets.find(ana)
  expect(texts).toMatchObject([{ text, segments: segments.length, encoding: 'ucs2' }])
  expect(texts[0]!.parts.map(part => part.sequence)).toEqual(segments.map((_, i) => i + 1))
})

test('a carrier that rejects, is full or throttles says so and does not take the text', async () => {
  const simulator = await start({ knobs: { reject: 1 } })
  const { submit } = await bind(simulator)
  const statusOf = async () => {
    const answer = await submit()
    return answer.kind === 'answered' ? answer.status : answer.kind
  }

  expect(await statusOf()).toBe(status.ESME_RINVDSTADR)
  turned(simulator, { reject: 0, queueFull: 1 })
  expect(await statusOf()).toBe(status.ESME_RMSGQFUL)
  turned(simulator, { queueFull: 0, throttleAbove: 3 })
  const burst = await Promise.all(Array.from({ length: 5 }, statusOf))

  expect(burst).toEqual([0, 0, 0, status.ESME_RTHROTTLED, status.ESME_RTHROTTLED])
  expect(simulator.counts).toMatchObject({ received: 7, rejected: 1, queueFull: 1, throttled: 2, submitted: 3 })
  expect(simulator.handsets.find(ana).count).toBe(3)
})

test('an unanswered text is on the phone all the same; a swallowed one is nowhere', async () => {
  const simulator = await start({ knobs: { unanswered: 1 } })
  const { submit, receiptsUntil } = await bind(simulator, { responseTimeoutMs: 200 })

  const unanswered = submit()
  const [receipt] = await receiptsUntil(1)
  expect(await unanswered).toEqual({ kind: 'unanswered' })
  turned(simulator, { unanswered: 0, swallow: 1 })
  expect(await submit()).toEqual({ kind: 'unanswered' })

  expect(receipt).toMatchObject({ state: 'delivered', reference: 7 })
  expect(simulator.handsets.find(ana).count).toBe(1)
  expect(simulator.counts).toMatchObject({ submitted: 1, answered: 0, unanswered: 1, swallowed: 1 })
})

test('an undeliverable text never reaches the phone', async () => {
  const simulator = await start({ knobs: { undeliverable: 1 } })
  const { submit, receiptsUntil } = await bind(simulator)

  await submit({ registered_delivery: 2 })
  const [receipt] = await receiptsUntil(1)

  expect(receipt).toMatchObject({ state: 'undeliverable', stat: 'UNDELIV', err: '001' })
  expect(simulator.handsets.find(ana).count).toBe(0)
})

test('a receipt can be missing, come twice, or overtake the answer', async () => {
  const simulator = await start({ knobs: { receiptMissing: 1 } })
  const { submit, receipts, receiptsUntil } = await bind(simulator)

  await submit({ tlvs: { user_message_reference: 1 } })
  turned(simulator, { receiptMissing: 0, receiptTwice: 1 })
  await submit({ tlvs: { user_message_reference: 2 } })
  await receiptsUntil(2)
  turned(simulator, { receiptTwice: 0, receiptEarly: 1, receiptDelayMs: 60_000 })
  const early = await submit({ tlvs: { user_message_reference: 3 } })

  expect(receipts().map(receipt => receipt.reference)).toEqual([2, 2, 3])
  expect(early).toMatchObject({ kind: 'answered', message_id: receipts()[2]!.id })
})

test('a receipt that overtakes does so even when the other side waits for the answer first', async () => {
  const simulator = await start({ knobs: { receiptEarly: 1 } })
  let submitted: Promise<unknown> | undefined
  const { submit, receiptsUntil } = await bind(simulator, { onDeliver: () => submitted?.then(() => 0) ?? 0 })

  submitted = submit()
  await receiptsUntil(1)

  expect(await submitted).toMatchObject({ kind: 'answered' })
})

test.each(['text', 'tlv', 'both'] as const)('receipts in the form %s can be read', async receiptForm => {
  const simulator = await start({ knobs: { receiptForm } })
  const { submit, receiptsUntil, delivered } = await bind(simulator)

  const answer = await submit()
  const [receipt] = await receiptsUntil(1)

  expect(receipt).toMatchObject({ id: answer.kind === 'answered' && answer.message_id, state: 'delivered' })
  const [pdu] = delivered
  expect(pdu!.tlvs?.receipted_message_id !== undefined).toBe(receiptForm !== 'text')
  expect((pdu as DeliverFields).short_message!.length > 0).toBe(receiptForm !== 'tlv')
})

test.each([
  ['decimal', /^\d+$/],
  ['hexadecimal', /^[0-9a-f]+$/],
  ['uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
] as const)('ids can be %s, each another', async (idForm, pattern) => {
  const simulator = await start({ knobs: { idForm } })
  const { submit } = await bind(simulator)

  const answers = await Promise.all(Array.from({ length: 50 }, () => submit()))

  const ids = answers.map(answer => (answer.kind === 'answered' ? answer.message_id : ''))
  for (const id of ids) expect(id).toMatch(pattern)
  expect(new Set(ids).size).toBe(50)
})

test('a slow carrier shows the text at once and answers late, and the receipt still follows the answer', async () => {
  const simulator = await start({ knobs: { answerDelayMs: 80, receiptDelayMs: 30 } })
  const { submit, receipts, receiptsUntil } = await bind(simulator)
  let isAnswered = false

  const submitted = submit().then(() => {
    isAnswered = true
    return receipts().length
  })
  await simulator.handsets.wait(ana, 0, 10_000)
  const wasAnswered = isAnswered
  const receiptsBefore = await submitted
  await receiptsUntil(1)

  expect(wasAnswered).toBe(false)
  expect(receiptsBefore).toBe(0)
})

test('a session cut at its third submit leaves that text taken and unanswered, and its receipt finds the next session', async () => {
  const simulator = await start({ record: true, knobs: { disconnectEvery: 3, receiptDelayMs: 5 } })
  const { submit, client, until, receiptsUntil } = await bind(simulator)

  const answers = await Promise.all([1, 2, 3, 4].map(n => submit({ tlvs: { user_message_reference: n } })))
  await until(() => client.state === 'bound')
  const receipts = await receiptsUntil(3)

  expect(answers.map(answer => answer.kind)).toEqual(['answered', 'answered', 'unanswered', 'unanswered'])
  expect(receipts.map(receipt => receipt.reference).sort()).toEqual([1, 2, 3])
  expect(simulator.ledger!.after(0).map(line => [line.reference, line.answered])).toEqual([
    [1, true],
    [2, true],
    [3, false],
  ])
})

test('a carrier that is down cuts its sessions and refuses binds until it is up again', async () => {
  const simulator = await start()
  const refusals: (number | undefined)[] = []
  const { client, until } = await bind(simulator, { onState: (_, detail) => void refusals.push(detail?.status) })

  turned(simulator, { down: true })
  await until(() => refusals.includes(status.ESME_RSYSERR))
  turned(simulator, { down: false })
  await until(() => client.state === 'bound')

  expect(simulator.counts.sessions).toBe(1)
})

test('only the right system id and password may bind', async () => {
  const simulator = await start()
  const refusals: (number | undefined)[] = []

  for (const wrong of [{ systemId: 'other' }, { password: 'wrong' }]) {
    await new Promise<void>(resolve => {
      const client = new SmppClient({
        ...{ host: '127.0.0.1', port: simulator.smppPort, ...credentials, ...wrong, onDeliver: () => 0 },
        onState(state, detail) {
          if (state !== 'refused') return
          refusals.push(detail?.status)
          resolve()
        },
      })
      open.push(() => client.destroy())
      client.start()
    })
  }

  expect(refusals).toEqual([status.ESME_RINVSYSID, status.ESME_RINVPASWD])
})

test('what is sent to a phone that is off waits until it is on, and no longer than its validity', async () => {
  const simulator = await start()
  const { submit, receiptsUntil, receipts } = await bind(simulator)
  simulator.handsets.turn(ana, 'off')

  await submit({ validity_period: '000000000001000R', tlvs: { user_message_reference: 1 } })
  await submit({ validity_period: '000000010000000R', tlvs: { user_message_reference: 2 } })
  await submit({ tlvs: { user_message_reference: 3 } })
  await receiptsUntil(1)
  const whileOff = { ...simulator.counts }
  simulator.handsets.turn(ana, 'on')
  await receiptsUntil(3)

  expect(whileOff).toMatchObject({ waiting: 2, expired: 1, delivered: 0 })
  expect(receipts().map(({ reference, state }) => [reference, state])).toEqual([
    [1, 'expired'],
    [2, 'delivered'],
    [3, 'delivered'],
  ])
  expect(simulator.handsets.find(ana).texts.map(text => text.reference)).toEqual([2, 3])
  expect(simulator.counts.waiting).toBe(0)
})

test('through lost sessions, lost answers and refused receipts, each text taken gets its receipt', async () => {
  const random = seeded(3)
  const received = new Set<string>()
  const simulator = await start({
    record: true,
    knobs: { disconnectEvery: 97, unanswered: 0.05, receiptTwice: 0.1, receiptEarly: 0.1, receiptDelayMs: 5 },
  })
  const { client, submit, until } = await bind(simulator, {
    responseTimeoutMs: 100,
    onDeliver(pdu) {
      if (random() < 0.1) return status.ESME_RX_T_APPN
      received.add(readReceipt(pdu)!.id)
      return 0
    },
  })

  for (let n = 0; n < 1_000; n += 50) {
    await until(() => client.state === 'bound')
    await Promise.all(Array.from({ length: 50 }, (_, i) => submit({ tlvs: { user_message_reference: n + i } })))
  }
  await until(() => simulator.ledger!.after(0).every(({ id }) => received.has(id)))

  const { counts } = simulator
  expect(counts.submitted).toBeGreaterThan(500)
  expect(received.size).toBe(counts.submitted)
  expect(counts.disconnected).toBeGreaterThan(3)
  expect(counts.unanswered).toBeGreaterThan(counts.disconnected)
})

test('a reply is delivered until it is acknowledged, each time the same, and the next one waits for it', async () => {
  const simulator = await start()
  const answers = [status.ESME_RX_T_APPN, status.ESME_RX_T_APPN, 0, 0]
  const { inbound } = await bind(simulator, { onDeliver: () => answers.shift() ?? 0 })

  const first = simulator.reply(ana, '+4930123456', 'STOP')
  const second = simulator.reply(ana, '+4930123456', 'Danke')
  if ('problem' in first || 'problem' in second) throw new Error('refused')
  await Promise.all([first.acknowledged, second.acknowledged])

  expect(inbound().map(({ text }) => text)).toEqual(['STOP', 'STOP', 'STOP', 'Danke'])
  const references = inbound().map(({ tlvs }) => tlvs?.user_message_reference)
  expect(new Set(references.slice(0, 3)).size).toBe(1)
  expect(references[3]).not.toBe(references[0])
  expect(inbound()[0]).toMatchObject({ source_addr: '4915112345678', destination_addr: '4930123456', dest_addr_ton: 1 })
  expect(simulator.counts).toMatchObject({ inboundSent: 4, inboundAcked: 2 })
  expect(simulator.handsets.find(ana).replies.every(({ acknowledgedAt }) => acknowledgedAt !== null)).toBe(true)
})

test('a receipt that was not acknowledged comes again', async () => {
  const simulator = await start()
  const answers = [status.ESME_RX_T_APPN, 0]
  const { submit, receiptsUntil } = await bind(simulator, { onDeliver: () => answers.shift() ?? 0 })

  await submit()
  const receipts = await receiptsUntil(2)

  expect(receipts[1]).toEqual(receipts[0])
})

test('what is written while a session is being cut reaches the next one', async () => {
  const simulator = await start()
  const { inbound } = await bind(simulator)

  turned(simulator, { down: true })
  const reply = simulator.reply(ana, '22044', 'STOP')
  turned(simulator, { down: false })

  if ('problem' in reply) throw new Error(reply.problem)
  await reply.acknowledged
  expect(inbound().map(({ text }) => text)).toEqual(['STOP'])
})

test('a window of receipts that nobody acknowledges yet fills, and empties as it is acknowledged', async () => {
  const simulator = await start()
  let acknowledge = () => {}
  const acknowledging = new Promise<void>(resolve => {
    acknowledge = resolve
  })
  const { submit, receiptsUntil, receipts } = await bind(simulator, {
    window: 700,
    onDeliver: () => acknowledging.then(() => 0),
  })

  await Promise.all(Array.from({ length: 700 }, () => submit()))
  await receiptsUntil(500)
  const whileFull = receipts().length
  acknowledge()
  await receiptsUntil(700)

  expect(whileFull).toBe(500)
  expect(new Set(receipts().map(({ id }) => id)).size).toBe(700)
})

test('a long reply leaves in segments under one header reference', async () => {
  const simulator = await start()
  const { inbound } = await bind(simulator)
  const text = 'Ist diese SMS wirklich von euch? ✅ '.repeat(6)

  const reply = simulator.reply(ana, '22044', text)
  if ('problem' in reply) throw new Error(reply.problem)
  await reply.acknowledged

  const parts = inbound().map(pdu => readUserData(pdu).part!)
  expect(parts.map(({ sequence, total }) => [sequence, total])).toEqual(parts.map((_, i) => [i + 1, parts.length]))
  expect(new Set(parts.map(({ reference }) => reference)).size).toBe(1)
  expect(
    inbound()
      .map(pdu => pdu.text)
      .join(''),
  ).toBe(text)
  expect(inbound()[0]).toMatchObject({ data_coding: 8, destination_addr: '22044', dest_addr_ton: 3 })
  expect(new Set(inbound().map(({ tlvs }) => tlvs?.user_message_reference)).size).toBe(parts.length)
})

test('a phone that is off cannot be written on, and one without coverage keeps what was written', async () => {
  const simulator = await start()
  const { inbound } = await bind(simulator)
  simulator.handsets.turn(ana, 'off')
  const whileOff = simulator.reply(ana, '22044', 'STOP')
  simulator.handsets.turn(ana, 'noCoverage')

  const reply = simulator.reply(ana, '22044', 'HELP')
  simulator.handsets.turn(ana, 'on')

  expect(whileOff).toEqual({ problem: 'the handset is off' })
  if ('problem' in reply) throw new Error(reply.problem)
  await reply.acknowledged
  expect(inbound().map(({ text }) => text)).toEqual(['HELP'])
})

test('what nobody was there to receive is delivered to whoever binds next and may receive', async () => {
  const simulator = await start()
  const transmitter = await bind(simulator, { bind: 'transmitter' })

  await transmitter.submit()
  simulator.reply(ana, '22044', 'HELP')
  const receiver = await bind(simulator, { bind: 'receiver' })
  await receiver.until(() => receiver.delivered.length >= 2)

  expect(receiver.receipts()).toHaveLength(1)
  expect(receiver.inbound().map(({ text }) => text)).toEqual(['HELP'])
  expect(transmitter.delivered).toEqual([])
})

test('a restart keeps the phones, and delivers a reply that was never acknowledged, as it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'usher-simulator-'))
  open.push(() => rm(folder, { recursive: true }))
  const journal = join(folder, 'phones.ndjson')
  const before = await start({ journal })
  const { submit } = await bind(before, { bind: 'transmitter' })
  await submit()
  before.reply(ana, '22044', 'HELP')
  const remembered = before.handsets.find(ana)
  await before.stop()

  const after = await start({ journal })
  const same = after.handsets.find(ana)
  const { inbound, until } = await bind(after)
  await until(() => inbound().length > 0)

  expect(same).toEqual(remembered)
  expect(inbound()[0]).toMatchObject({
    text: 'HELP',
    tlvs: { user_message_reference: remembered.replies[0]!.references[0] },
  })
})

// --- Knobs of what carriers do in earnest -------------------------------------------------------------------------------

test('a silent carrier keeps its session and takes, answers and brings nothing until it speaks again', async () => {
  const simulator = await start({ knobs: { receiptDelayMs: 50 } })
  const { client, submit, receipts, receiptsUntil, inbound, until } = await bind(simulator, {
    responseTimeoutMs: 500,
    enquireLinkMs: 20,
  })

  await submit({ tlvs: { user_message_reference: 1 } })
  turned(simulator, { silent: true })
  const during = await submit({ tlvs: { user_message_reference: 2 } })
  const reply = simulator.reply(ana, '+4930123456', 'STOP')
  const heardWhileSilent = [receipts().length, inbound().length, client.state]
  turned(simulator, { silent: false })
  await receiptsUntil(1)
  await until(() => inbound().length > 0)
  await submit({ tlvs: { user_message_reference: 3 } })
  await receiptsUntil(2)

  expect(reply).toHaveProperty('ok')
  expect(during).toEqual({ kind: 'unanswered' })
  expect(heardWhileSilent).toEqual([0, 0, 'bound'])
  expect(receipts().map(({ reference }) => reference)).toEqual([1, 3])
  expect(simulator.counts).toMatchObject({ received: 3, submitted: 2, swallowed: 1, inboundAcked: 1 })
  expect(simulator.handsets.find(ana).count).toBe(2)
})

test('a temporary error takes nothing, and an answer says how near its limit the carrier is', async () => {
  const simulator = await start({ knobs: { temporary: 1 } })
  const { submit } = await bind(simulator)

  const refused = await submit()
  turned(simulator, { temporary: 0, congestion: 90 })
  const taken = await submit()

  expect(refused).toMatchObject({ kind: 'answered', status: status.ESME_RSYSERR })
  expect(taken).toMatchObject({ kind: 'answered', status: 0, congestion: 90 })
  expect(simulator.counts).toMatchObject({ received: 2, temporary: 1, submitted: 1 })
})

test('an intermediate receipt comes before the last, and says so as it was asked for', async () => {
  const simulator = await start({ knobs: { intermediate: 1 } })
  const { submit, receiptsUntil, delivered } = await bind(simulator)

  for (let n = 0; n < 8; n++) await submit({ registered_delivery: 1 | 0x10, tlvs: { user_message_reference: n } })
  await submit({ registered_delivery: 1, tlvs: { user_message_reference: 8 } })
  const receipts = await receiptsUntil(18)

  for (let n = 0; n < 9; n++) {
    const [before, last] = receipts.filter(({ reference }) => reference === n)
    expect(before!.stat).toMatch(/^(ENROUTE|ACCEPTD)$/)
    expect(last!.state).toBe('delivered')
  }
  expect(new Set(receipts.map(({ state }) => state))).toEqual(new Set(['enroute', 'accepted', 'delivered']))
  const classOf = (n: number) => delivered.filter(({ tlvs }) => tlvs?.user_message_reference === n)[0]!.esm_class
  expect([classOf(0), classOf(8)]).toEqual([0x20, 0x04])
})

test('an intermediate receipt comes while the phone is off', async () => {
  const simulator = await start({ knobs: { intermediate: 1 } })
  const { submit, receiptsUntil } = await bind(simulator)
  simulator.handsets.turn(ana, 'off')

  await submit()
  const [receipt] = await receiptsUntil(1)

  expect(['enroute', 'accepted']).toContain(receipt!.state)
  expect(simulator.counts).toMatchObject({ waiting: 1, delivered: 0 })
})

test('receipts of a batch leave in any order, each once', async () => {
  const simulator = await start({ knobs: { outOfOrder: true } })
  const { submit, receiptsUntil } = await bind(simulator)
  const sent = Array.from({ length: 40 }, (_, n) => n)

  await Promise.all(sent.map(n => submit({ tlvs: { user_message_reference: n } })))
  const receipts = await receiptsUntil(40)

  const came = receipts.map(({ reference }) => reference!)
  expect(came).not.toEqual(sent)
  expect(came.sort((a, b) => a - b)).toEqual(sent)
})

test.each(['ESME_RINVPASWD', 'ESME_RALYBND', 'ESME_RSYSERR'] as const)(
  'binds can be refused with %s, and those that are bound stay',
  async bindStatus => {
    const simulator = await start()
    const { client: bound } = await bind(simulator)
    turned(simulator, { bindStatus })

    const refusal = await new Promise<number | undefined>(resolve => {
      const client = new SmppClient({
        ...{ host: '127.0.0.1', port: simulator.smppPort, ...credentials, onDeliver: () => 0 },
        onState: (_, detail) => detail?.status !== undefined && resolve(detail.status),
      })
      open.push(() => client.destroy())
      client.start()
    })
    const stays = bound.state
    turned(simulator, { bindStatus: null })
    await bind(simulator)

    expect(refusal).toBe(status[bindStatus])
    expect(stays).toBe('bound')
    expect(simulator.counts.sessions).toBe(2)
  },
)

test.each([
  ['standard', /^id:\d{16} sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} stat:DELIVRD err:000 text:Hello/],
  ['seconds', /submit date:\d{12} done date:\d{12} stat/],
  ['century', /submit date:20\d{12} done date:20\d{12} stat/],
  ['lowerCase', /stat:delivrd err:000 text:Hello/],
  ['upperCase', /^ID:\d{16} SUB:001 DLVRD:001 SUBMIT DATE:\d{10} DONE DATE:\d{10} STAT:DELIVRD ERR:000 text:Hello/],
  ['short', /^id:\d{16} stat:DELIVRD err:000$/],
  ['spaced', /^ id: \d{16} {2}sub: 001 /],
] as const)('a receipt in the dialect %s is written so, and read all the same', async (receiptDialect, pattern) => {
  const simulator = await start({ knobs: { receiptDialect, receiptForm: 'text' } })
  const { submit, receiptsUntil, delivered } = await bind(simulator)

  const answer = await submit()
  const [receipt] = await receiptsUntil(1)

  expect(Buffer.from((delivered[0] as DeliverFields).short_message!).toString('latin1')).toMatch(pattern)
  expect(receipt).toMatchObject({ id: answer.kind === 'answered' && answer.message_id, state: 'delivered' })
})

test.each([
  ['decimal', 'hexadecimal', (id: string) => BigInt(id).toString(16)],
  ['hexadecimal', 'decimal', (id: string) => BigInt(`0x${id}`).toString()],
  ['decimal', 'zeros', (id: string) => id.padStart(20, '0')],
  ['hexadecimal', 'upperCase', (id: string) => id.toUpperCase()],
  ['uuid', 'hexadecimal', (id: string) => id],
] as const)('an id that is answered %s stands %s in its receipt', async (idForm, receiptIdForm, written) => {
  const simulator = await start({ knobs: { idForm, receiptIdForm } })
  const { submit, receiptsUntil } = await bind(simulator)

  const answer = await submit()
  const [receipt] = await receiptsUntil(1)

  if (answer.kind !== 'answered') throw new Error(answer.kind)
  expect(receipt!.id).toBe(written(answer.message_id))
})

const longTexts = {
  gsm: 'Is this text really from you? [yes] '.repeat(12),
  latin1: 'Ça coûte combien à présent, et jusqu’où'.replace('’', "'").repeat(12),
  ucs2: 'Это правда от вас? 😀 '.repeat(12),
}

test.each(
  Object.entries(longTexts).flatMap(([alphabet, text]) =>
    (['udh8', 'udh16', 'sar', 'payload'] as const).flatMap(inboundForm =>
      (['auto', 'latin1', 'ucs2'] as const).map(inboundCoding => ({ alphabet, text, inboundForm, inboundCoding })),
    ),
  ),
)(
  'a long $alphabet text comes whole as $inboundForm in $inboundCoding',
  async ({ text, inboundForm, inboundCoding }) => {
    const simulator = await start({ knobs: { inboundForm, inboundCoding, inboundShuffled: true } })
    const assembler = new Assembler()
    const whole: (string | undefined)[] = []
    const { delivered } = await bind(simulator, {
      onDeliver(pdu) {
        const { part, octets, dataCoding } = readUserData(pdu)
        const one = { reference: 0, total: 1, sequence: 1 }
        whole.push(assembler.push('ana', part ?? one, octets, dataCoding, 0))
        return 0
      },
    })

    const reply = simulator.reply(ana, '22044', text)
    if ('problem' in reply) throw new Error(reply.problem)
    await reply.acknowledged

    expect(whole.filter(one => one !== undefined)).toEqual([text])
    expect(whole.at(-1)).toBe(text)
    const isWhole = inboundForm === 'payload'
    expect(delivered.length > 1).toBe(!isWhole)
    expect(delivered.every(({ tlvs }) => (tlvs?.message_payload !== undefined) === isWhole)).toBe(true)
    expect(delivered.every(({ tlvs }) => (tlvs?.sar_msg_ref_num !== undefined) === (inboundForm === 'sar'))).toBe(true)
    const headers = delivered.map(pdu => readUserData(pdu).udh?.length)
    expect(new Set(headers)).toEqual(new Set([{ udh8: 6, udh16: 7 }[inboundForm as string]]))
    // What a handset can send at once is 140 octets, or 160 septets of 7 bits.
    for (const pdu of delivered) {
      const { short_message } = pdu as DeliverFields
      const header = readUserData(pdu).udh?.length ?? 0
      const bits = (short_message!.length - header) * (pdu.data_coding === 0 ? 7 : 8)
      expect(header + Math.ceil(bits / 8)).toBeLessThanOrEqual(140)
    }
  },
)

test.each([
  ['latin1', 'déjà vu', 3],
  ['latin1', '5 €', 8],
  ['ucs2', 'yes', 8],
  ['auto', 'yes', 0],
  ['auto', 'да', 8],
] as const)('in %s a phone writes “%s” with data_coding %d', async (inboundCoding, text, dataCoding) => {
  const simulator = await start({ knobs: { inboundCoding } })
  const { inbound } = await bind(simulator)

  const reply = simulator.reply(ana, '22044', text)
  if ('problem' in reply) throw new Error(reply.problem)
  await reply.acknowledged

  expect(inbound()).toMatchObject([{ data_coding: dataCoding, text }])
})

test('the parts of a long text from a phone come in any order where they are to', async () => {
  const simulator = await start({ knobs: { inboundShuffled: true } })
  const { delivered } = await bind(simulator)

  const reply = simulator.reply(ana, '22044', 'x'.repeat(153 * 8))
  if ('problem' in reply) throw new Error(reply.problem)
  await reply.acknowledged

  const order = delivered.map(pdu => readUserData(pdu).part!.sequence)
  expect(order).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(order.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

test('each range of numbers has knobs of its own, the longest prefix before the shorter ones', async () => {
  const simulator = await start({
    knobs: {
      ranges: [
        { prefix: '+44', reject: 1 },
        { prefix: '+4477009001', dead: true },
        { prefix: '+4477009002', off: true },
        { prefix: '+4477009003', undeliverable: 1, receiptMissing: 1 },
        { prefix: '+447700900', receiptTwice: 1 },
      ],
    },
  })
  const { submit, receiptsUntil, receipts } = await bind(simulator)
  const to = (number: string, reference: number) =>
    submit({ destination_addr: number, tlvs: { user_message_reference: reference } })

  const rejected = await to('441234567890', 0)
  await to('447700900123', 1)
  await to('447700900223', 2)
  await to('447700900323', 3)
  await to('447700900923', 4)
  await to('4915112345678', 5)
  await receiptsUntil(4)

  expect(rejected).toMatchObject({ status: status.ESME_RINVDSTADR })
  expect(receipts().map(({ reference, state }) => [reference, state])).toEqual([
    [1, 'undeliverable'],
    [4, 'delivered'],
    [4, 'delivered'],
    [5, 'delivered'],
  ])
  expect(simulator.counts).toMatchObject({ rejected: 1, submitted: 5, undeliverable: 2, delivered: 2, waiting: 1 })
  turned(simulator, { ranges: [] })
  await receiptsUntil(5)
  expect(receipts().at(-1)).toMatchObject({ reference: 2, state: 'delivered' })
  expect(simulator.handsets.find('+447700900223').count).toBe(1)
})

test('a handset that is off by its range lets texts expire', async () => {
  const simulator = await start({ knobs: { ranges: [{ prefix: '+49151', off: true }] } })
  const { submit, receiptsUntil } = await bind(simulator)

  await submit({ validity_period: '000000000001000R' })
  const [receipt] = await receiptsUntil(1)

  expect(receipt).toMatchObject({ state: 'expired' })
  expect(simulator.handsets.find(ana).count).toBe(0)
})

test('on a slow network the answer comes before the text reaches the phone, and the receipt after it', async () => {
  const simulator = await start({ knobs: { ranges: [{ prefix: '+49', deliveryDelayMs: 80 }] } })
  const { submit, receipts, receiptsUntil } = await bind(simulator)

  await submit()
  const onThePhone = simulator.handsets.find(ana).count
  const { waiting } = simulator.counts
  await simulator.handsets.wait(ana, 0, 10_000)
  const receiptsThen = receipts().length
  await receiptsUntil(1)

  expect([onThePhone, waiting, receiptsThen]).toEqual([0, 1, 0])
  expect(simulator.counts).toMatchObject({ waiting: 0, delivered: 1 })
})

test('parts above the limit of a second are throttled and counted, and the seconds tell how many came', async () => {
  const simulator = await start({ knobs: { perSecond: 10 } })
  const { submit } = await bind(simulator)

  const burst = await Promise.all(Array.from({ length: 25 }, () => submit()))

  const statuses = burst.map(answer => (answer.kind === 'answered' ? answer.status : answer.kind))
  expect(statuses.filter(one => one === 0)).toHaveLength(10)
  expect(statuses.filter(one => one === status.ESME_RTHROTTLED)).toHaveLength(15)
  expect(simulator.counts).toMatchObject({ received: 25, submitted: 10, throttled: 15, overLimit: 15 })
  const seconds = simulator.carrier('simulated').seconds()
  expect(seconds.reduce((sum, { parts }) => sum + parts, 0)).toBe(25)
})

test('a text in a national alphabet is on the phone as it was written', async () => {
  const simulator = await start()
  const { submit, receiptsUntil } = await bind(simulator)
  const text = 'Şifreniz değişti; siz değilseniz lütfen hemen bize yazın. '.repeat(4)
  const { segments, dataCoding, shift } = segment(text, { national: ['turkish'], reference: 7 })

  for (const { octets, udh } of segments)
    await submit({ short_message: octets, data_coding: dataCoding, esm_class: udh ? 0x40 : 0 })
  await receiptsUntil(segments.length)

  expect(shift).toBeDefined()
  expect(simulator.handsets.find(ana).texts).toMatchObject([{ text, encoding: 'gsm7', segments: segments.length }])
})
