import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeText } from '@usher/smpp/gsm'
import { commandStatus as status } from '@usher/smpp/pdu'
import { type Receipt, readReceipt } from '@usher/smpp/receipt'
import { readUserData, segment } from '@usher/smpp/segment'
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
