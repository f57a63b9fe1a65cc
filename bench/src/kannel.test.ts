// Kannel, which nobody here wrote, binds to our simulated carrier: texts, receipts and all. The same rig measures it in
// `npm run bench`; here only that it works is looked at.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { wellBehaved } from '@usher/server/simulator/knobs'
import { type Simulator, startSimulator } from '@usher/server/simulator/simulator'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { againstKannel, type Kannel, startKannel } from './kannel.ts'
import { cleanUp, until } from './rig.ts'

const isLeftOut = process.env.USHER_TEST_KANNEL !== '1'

test.skipIf(isLeftOut)(
  'the same texts go through Usher and through Kannel, and each gets its receipt',
  { timeout: 180_000 },
  async () => {
    const rows = await againstKannel(40)

    const ratio = rows.find(row => row.key === 'line.kannel')
    expect(ratio?.value).toBeGreaterThan(0)
    expect(ratio?.peer?.value).toBeGreaterThan(0)
  },
)

describe.skipIf(isLeftOut)('Kannel bound to the simulated carrier', { timeout: 60_000 }, () => {
  const ana = '+4915112345678'
  const service = '67743'
  let simulator: Simulator
  let kannel: Kannel
  let calls: Awaited<ReturnType<typeof hearCalls>>

  beforeAll(async () => {
    simulator = await startSimulator({ knobs: behaved })
    calls = await hearCalls()
    kannel = await startKannel(simulator.smppPort, `${calls.url}/heard`)
    await until('the bind of Kannel', async () => simulator.counts.sessions > 0)
  }, 60_000)
  afterAll(async () => {
    await kannel?.stop()
    calls?.close()
    await simulator?.stop()
    await cleanUp()
  })
  const behaved = { ...wellBehaved, receiptDelayMs: 0 }
  beforeEach(() => {
    simulator.turn(behaved)
    calls.forget()
  })

  let sent = 0
  async function send(text: string, more: Record<string, string> = {}) {
    const query = new URLSearchParams({
      ...{ username: 'bench', password: 'bench', from: service, to: ana, text, charset: 'UTF-8' },
      ...{ 'dlr-mask': '31', 'dlr-url': `${calls.url}/report?of=${++sent}&what=%d` },
      ...more,
    })
    const answer = await fetch(`http://127.0.0.1:${kannel.sendsms}/cgi-bin/sendsms?${query}`)
    expect(answer.status, await answer.text()).toBe(202)
  }
  const lastText = () => simulator.handsets.find(ana).texts.at(-1)
  /** Kannel's words for what became of the text that was sent last: 1 delivered, 2 undeliverable, 4 under way, 8 taken by the carrier, 16 rejected. */
  const reports = () =>
    calls.heard
      .filter(({ path, query }) => path === '/report' && query.of!.toString() === String(sent))
      .map(({ query }) => query.what!.toString())
  const reported = (what: string, times = 1) =>
    until(`the report ${what}`, async () => reports().filter(one => one === what).length >= times)
  const heard = () =>
    calls.heard
      .filter(({ path }) => path === '/heard')
      .map(({ query: { from, to, coding, text } }) => ({
        ...{ from: from!.toString(), to: to!.toString() },
        text: coding!.toString() === '2' ? new TextDecoder('utf-16be').decode(text) : text!.toString(),
      }))
  async function write(text: string) {
    const reply = simulator.reply(ana, service, text)
    if ('problem' in reply) throw new Error(reply.problem)
    await reply.acknowledged
    await until('the text', async () => heard().length > 0)
  }

  test.each([
    ['of one part', 'Your code is 482913. {Tide} €', '0', 1],
    ['long', 'New episode: {Tide} tonight at 8. '.repeat(9), '0', 3],
    ['in UCS-2', 'Новая серия 😀', '2', 1],
    ['long and in UCS-2', 'Новая серия сегодня 😀 '.repeat(9), '2', 4],
  ])('a text %s reaches the phone whole, and is reported delivered', async (_, text, coding, parts) => {
    const before = simulator.counts.submitted

    await send(text, { coding })
    await reported('1')
    // The first part may be reported while the last is on its way.
    await until('all parts', async () => simulator.counts.submitted - before >= parts)

    expect(lastText()).toMatchObject({
      text,
      segments: parts,
      encoding: coding === '2' ? 'ucs2' : 'gsm7',
    })
    expect(simulator.counts.submitted - before).toBe(parts)
    expect(reports()).toContain('8')
  })

  test('what never reaches a phone, or is rejected, is reported so', async () => {
    simulator.turn({
      ranges: [
        { prefix: '+4477009001', dead: true },
        { prefix: '+4477009002', reject: 1 },
      ],
    })

    await send('To nobody', { to: '+447700900123' })
    await reported('2')
    await send('To nowhere', { to: '+447700900223' })
    await reported('16')
  })

  // A receipt that overtakes the answer is lost on Kannel, which does not know the id yet.
  test.each([
    { receiptForm: 'text', receiptDialect: 'seconds' },
    { receiptForm: 'tlv' },
    { receiptTwice: 1, outOfOrder: true },
    { idForm: 'uuid' },
    { intermediate: 1 },
  ] as const)('with %j a text is reported delivered', async knobs => {
    simulator.turn(knobs)

    await send('Delivered all the same')
    await reported('1')
  })

  test.each([
    ['in GSM 03.38', 'STOP please [now]'],
    ['in UCS-2', 'да, спасибо ✅'],
  ])('what a handset writes %s is heard', async (_, text) => {
    await write(text)

    expect(heard()).toEqual([{ from: ana, to: service, text }])
  })

  test.each(
    (['udh8', 'udh16', 'sar', 'payload'] as const).flatMap(inboundForm =>
      ['Is this text really from you? '.repeat(12), 'Это правда от вас? '.repeat(12)].map(text => ({
        inboundForm,
        text,
      })),
    ),
  )('a long text from a handset as $inboundForm is heard once, whole', async ({ inboundForm, text }) => {
    simulator.turn({ inboundForm, inboundShuffled: true })

    await write(text)

    expect(heard()).toEqual([{ from: ana, to: service, text }])
  })
})

/** Answers each GET with an empty 200, and keeps what it said: octets, for texts in UCS-2 are no UTF-8. */
async function hearCalls() {
  const heard: { path: string; query: Record<string, Buffer> }[] = []
  const octets = (text: string) =>
    Buffer.from(
      text
        .replaceAll('+', ' ')
        .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    )
  const server = createServer((request, response) => {
    const [path, query = ''] = request.url!.split('?')
    const fields = query.split('&').map(field => field.split('='))
    heard.push({ path: path!, query: Object.fromEntries(fields.map(([name, value = '']) => [name, octets(value)])) })
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    forget: () => heard.splice(0),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
