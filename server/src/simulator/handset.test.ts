import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toGsm } from '@usher/smpp/gsm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Arrival, createHandsets, markOf } from './handset.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'usher-handsets-'))
})
afterAll(() => rm(folder, { recursive: true }))

let now = 1_000
const clock = () => ++now
const arrival = (text: string, more: Partial<Arrival> = {}): Arrival => ({
  messageId: `id-${text}`,
  originator: 'Orpheum',
  octets: toGsm(text)!,
  dataCoding: 0,
  reference: null,
  at: now,
  ...more,
})
const part = (text: string, sequence: number, total: number, reference = 9) =>
  arrival(text, { part: { reference, total, sequence } })
const ana = '+4915112345678'

test('a long text shows once its last segment is there, whatever the order', async () => {
  const handsets = await createHandsets({ clock })

  handsets.receive(ana, part('c', 3, 3))
  handsets.receive(ana, part('a', 1, 3))
  const before = handsets.find(ana).count
  handsets.receive(ana, part('b', 2, 3))

  expect(before).toBe(0)
  const [text] = handsets.find(ana).texts
  expect(text).toMatchObject({ n: 1, text: 'abc', segments: 3 })
  expect(text!.parts.map(({ messageId }) => messageId)).toEqual(['id-a', 'id-b', 'id-c'])
})

test('a segment that comes twice is shown once, and a reference that comes round again starts a new text', async () => {
  const handsets = await createHandsets({ clock })

  handsets.receive(ana, part('a', 1, 2))
  handsets.receive(ana, part('a', 1, 2))
  handsets.receive(ana, part('x', 1, 2))
  handsets.receive(ana, part('y', 2, 2))

  expect(handsets.find(ana).texts.map(({ text }) => text)).toEqual(['xy'])
})

test('a character cut in two by its sender is whole on the phone', async () => {
  const handsets = await createHandsets({ clock })
  const half = (octets: number[], sequence: number) =>
    arrival('', { octets: Uint8Array.from(octets), dataCoding: 8, part: { reference: 1, total: 2, sequence } })

  handsets.receive(ana, half([0xd8, 0x3d], 1))
  handsets.receive(ana, half([0xde, 0x00], 2))

  expect(handsets.find(ana).texts).toMatchObject([{ text: '😀', encoding: 'ucs2', segments: 2 }])
})

test('a phone keeps the last texts and goes on counting', async () => {
  const handsets = await createHandsets({ clock, keepLast: 3 })

  for (const text of ['1', '2', '3', '4', '5']) handsets.receive(ana, arrival(text))

  expect(handsets.find(ana)).toMatchObject({ count: 5, texts: [{ n: 3, text: '3' }, { n: 4 }, { n: 5 }] })
})

test('whoever waits for a text is told when it comes, or when the time is up', async () => {
  const handsets = await createHandsets({ clock })
  handsets.receive(ana, arrival('first'))

  const already = await handsets.wait(ana, 0, 60_000)
  const waiting = handsets.wait(ana, 1, 60_000)
  handsets.receive('4915112345678', arrival('second'))
  const late = await handsets.wait(ana, 2, 1)

  expect(already.count).toBe(1)
  expect((await waiting).texts.at(-1)!.text).toBe('second')
  expect(late.count).toBe(2)
})

test('without keeping texts, only a phone somebody asked about counts', async () => {
  const handsets = await createHandsets({ clock, keepTexts: false })

  handsets.countOnly('+4915100000001')
  const waiting = handsets.wait(ana, 0, 60_000)
  handsets.countOnly(ana)

  expect(await waiting).toMatchObject({ count: 1, texts: [] })
  expect(handsets.list()).toHaveLength(1)
})

test('a restart keeps the phones, and a line torn by a kill costs only itself', async () => {
  const journal = join(folder, 'deeper', 'phones.ndjson')
  const before = await createHandsets({ clock, journal, keepLast: 2 })
  for (const text of ['one', 'two', 'three']) before.receive(ana, arrival(text))
  before.turn('+4915100000000', 'off')
  const heard = before.write(ana, 'Orpheum', 'STOP', [1])
  before.write(ana, 'Orpheum', 'HELP', [2])
  before.acknowledge(ana, heard)
  before.read(ana, 'Orpheum')
  const remembered = before.find(ana)
  await before.stop()
  await appendFile(journal, '{"number":"+49151')

  const after = await createHandsets({ clock, journal, keepLast: 2 })

  expect(after.find(ana)).toEqual(remembered)
  expect(after.stateOf('+4915100000000')).toBe('off')
  expect([...after.unacknowledged()]).toMatchObject([{ number: ana, reply: { n: 2, text: 'HELP' } }])
  expect((await readFile(journal, 'utf8')).trim().split('\n')).toHaveLength(1 + 2 + 2 + 1)
})

test('whoever waits for a change hears of the first one, whatever it is, and of one that came before', async () => {
  const handsets = await createHandsets({ clock })
  const changes: [string, () => void][] = [
    ['a text', () => handsets.receive(ana, arrival('one'))],
    ['a thread opened', () => handsets.read(ana, 'Orpheum')],
    ['a reply', () => handsets.write(ana, 'Orpheum', 'STOP', [1])],
    ['its end', () => handsets.acknowledge(ana, handsets.find(ana).replies[0]!)],
    ['no coverage', () => handsets.turn(ana, 'noCoverage')],
  ]

  for (const [what, change] of changes) {
    const mark = markOf(handsets.find(ana))
    const waiting = handsets.waitForChange(ana, mark, 30_000)
    change()
    expect(markOf(await waiting), what).not.toBe(mark)
    expect(markOf(await handsets.waitForChange(ana, mark, 30_000)), what).not.toBe(mark)
  }
})
