// The architecture as a table: which room may import which. A change that needs a new arrow changes the table with it.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Reading this is reading the architecture. `type x`: only types of x, which leave nothing behind when it runs. */
const rooms: Record<string, readonly string[]> = {
  store: [],
  queue: ['store'],
  subscriber: ['store', '@usher/contract'],
  // What a text costs and which channel it takes is the carrier's to say (route.ts); what a carrier hears (smpp.ts) comes
  // in as types alone. A text's short links are stored with it. What an event changes is applied where texts are cancelled.
  message: ['store', 'queue', 'subscriber', 'carrier', 'type event', 'link', '@usher/contract', '@usher/smpp'],
  // Sending is a step of the message's path: it asks the policy once more and moves the message by its own rules.
  carrier: ['store', 'queue', 'message', '@usher/contract', '@usher/smpp'],
  // Waiting jobs are counted where they wait; what it answers about the line crosses the API as it stands.
  insight: ['store', 'queue', 'message', '@usher/contract'],
  // The doors for events in; what follows from an event is given to it by main.ts. Numbers in what it shows are masked.
  event: ['store', 'subscriber', '@usher/contract'],
  // What happened, told outside. It reads what was promised and composes it; numbers are masked.
  webhook: ['store', 'subscriber', '@usher/contract'],
  // Short links and who followed them; how long one lives depends on the purpose.
  link: ['store', '@usher/contract'],
  // What protects subscribers' accounts at the service: codes and alerts, which are sent as texts are; who signs in, and
  // whether it is they. What answers an alert is given to whoever reads replies.
  account: ['store', 'subscriber', 'message', 'type event', '@usher/contract'],
  // Steps over time: what an event does to them is done where it is stored, and a step that is due is accepted as a text.
  journey: ['store', 'subscriber', 'message', '@usher/contract'],
  // What is known of subscriptions, the journeys that are ready on the first day, and the words of their texts.
  billing: ['store', 'journey', 'type event', '@usher/contract', '@usher/smpp'],
  // The people of the console and what is recorded of them; it knows nothing of texts.
  operator: ['store', '@usher/contract'],
  // The outside world: it knows SMPP and nothing of Usher.
  simulator: ['@usher/smpp'],
  // Under `npm start` the phones are pages of this server.
  http: [
    'store',
    'subscriber',
    'message',
    'event',
    'webhook',
    'link',
    'account',
    'journey',
    'billing',
    'type insight',
    // What carriers over HTTP call to tell us is read in their words.
    'carrier',
    'operator',
    'simulator',
    '@usher/contract',
  ],
  // Orpheum's first subscribers, and the key and the operator's link that its welcome page shows.
  // The line of the demo leads to its simulated carriers.
  demo: [
    'store',
    'subscriber',
    'type message',
    'type account',
    'carrier',
    'operator',
    'http',
    'simulator',
    '@usher/contract',
    '@usher/demo',
  ],
}

/** Files beside the rooms, and who may import them. */
const besideThem: Record<string, readonly string[] | 'all'> = {
  'clock.ts': 'all',
  'events.ts': 'all',
  'log.ts': ['main.ts'],
  'config.ts': ['main.ts', 'cli.ts'],
  // The only builder; only the command line starts it.
  'main.ts': ['cli.ts'],
  'cli.ts': [],
}
/** What tests build with; it counts as one of them. */
const testsOwn = ['desk.ts', 'faults', 'rba-data.ts', 'households.ts', 'year.ts']

const src = new URL('.', import.meta.url)
const isSource = (file: string) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !testsOwn.includes(file)
const foldersOf = (url: URL) =>
  readdirSync(url, { withFileTypes: true }).flatMap(entry =>
    entry.isDirectory() && !testsOwn.includes(entry.name) ? [entry.name] : [],
  )
const filesOf = (room: string) =>
  readdirSync(new URL(`${room}/`, src), { recursive: true, encoding: 'utf8' }).filter(isSource)

interface Import {
  target: string
  isType: boolean
}

/** Every static, dynamic and re-exporting import of a file. */
function importsOf(path: string): Import[] {
  const text = readFileSync(new URL(path, src), 'utf8')
  const found = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'"();]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return [...found].map(([, type, from, dynamic]) => ({ target: (from ?? dynamic)!, isType: type !== undefined }))
}

/** The arrows that leave a room's files, as the table writes them, and the files beside the rooms that it uses. */
function leavesFrom(room: string) {
  const arrows = new Map<string, { isType: boolean; by: string }>()
  const beside = new Set<string>()
  for (const file of filesOf(room)) {
    for (const { target, isType } of importsOf(`${room}/${file}`)) {
      const [, another] = /^\.\.\/([\w-]+)\//.exec(target) ?? []
      const [, root] = /^\.\.\/([\w-]+\.tsx?)$/.exec(target) ?? []
      const [, ours] = /^(@usher\/[\w-]+)/.exec(target) ?? []
      const to = another ?? ours
      if (root) beside.add(root)
      if (!to || to === room) continue
      const isOursToRun = ours !== undefined // packages are named without saying what of them is a type
      const before = arrows.get(to)
      arrows.set(to, {
        isType: !isOursToRun && isType && (before?.isType ?? true),
        by: before && !before.isType ? before.by : file,
      })
    }
  }
  return { arrows: [...arrows].map(([to, { isType, by }]) => ({ arrow: isType ? `type ${to}` : to, by })), beside }
}

test('each folder is a room of the table, and each room of the table is a folder', () => {
  expect(foldersOf(src).sort()).toEqual(Object.keys(rooms).sort())
})

for (const [room, allowed] of Object.entries(rooms)) {
  test(`${room} imports only ${allowed.join(', ') || 'itself'}`, () => {
    const { arrows } = leavesFrom(room)

    for (const { arrow, by } of arrows) {
      const may = allowed.includes(arrow) || (arrow.startsWith('type ') && allowed.includes(arrow.slice(5)))
      expect(may, `${room}/${by} imports ${arrow}`).toBe(true)
    }
  })

  test(`${room} needs each arrow that the table gives it`, () => {
    const { arrows } = leavesFrom(room)

    expect(arrows.map(({ arrow }) => arrow).sort()).toEqual([...allowed].sort())
  })

  test(`${room} is built by main.ts: it imports neither it, nor settings, nor the log`, () => {
    const { beside } = leavesFrom(room)

    for (const file of beside) expect(besideThem[file], `${room} imports ${file}`).toBe('all')
  })
}

test('clock.ts and events.ts are open to all; settings are read by main.ts and cli.ts alone', () => {
  const files = readdirSync(src).filter(isSource)
  expect(files.sort()).toEqual(Object.keys(besideThem).sort())

  for (const file of files)
    for (const { target } of importsOf(file)) {
      const [, root] = /^\.\/([\w-]+\.tsx?)$/.exec(target) ?? []
      if (root)
        expect(besideThem[root] === 'all' || besideThem[root]!.includes(file), `${file} imports ${root}`).toBe(true)
    }
})

test('what is open to all leans on no room when it runs', () => {
  for (const file of ['clock.ts', 'events.ts'])
    for (const { target, isType } of importsOf(file)) expect(isType, `${file} imports ${target}`).toBe(true)
})

test('every import names a file that is there, and no room is reached through a barrel', () => {
  for (const room of Object.keys(rooms))
    for (const file of filesOf(room))
      for (const { target } of importsOf(`${room}/${file}`)) {
        if (!target.startsWith('.')) continue
        expect(target, `${room}/${file}`).not.toMatch(/(^|\/)index\.tsx?$/)
        expect(existsSync(new URL(target, new URL(`${room}/${file}`, src))), `${room}/${file} imports ${target}`).toBe(
          true,
        )
      }
})

test('the environment is read in config.ts, and given to it by the command line', () => {
  for (const room of Object.keys(rooms))
    for (const file of filesOf(room))
      expect(readFileSync(new URL(`${room}/${file}`, src), 'utf8'), `${room}/${file}`).not.toMatch(/\bprocess\.env\b/)
})
