// The docs are run: each curl against a whole Usher, its answer compared with the one that is shown; each table against
// the code it is a copy of. A page that says what is not so fails here.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { permissionsOf, personal, roles, scopes } from '@usher/contract/access'
import { CarrierInput, RouteInput, RoutesInput, SenderInput } from '@usher/contract/carrier'
import { type EndpointName, endpoints } from '@usher/contract/endpoints'
import type { When } from '@usher/contract/journey'
import { NewMessage } from '@usher/contract/message'
import { outgoingTypes, Told } from '@usher/contract/webhook'
import { commandStatus } from '@usher/smpp/pdu'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { shippedJourneys } from './billing/journeys.ts'
import { earnedBy, type Tally } from './carrier/health.ts'
import { registrationRules } from './carrier/registrations.ts'
import { meaning } from './carrier/smpp.ts'
import * as twilio from './carrier/twilio.ts'
import * as vonage from './carrier/vonage.ts'
import * as web from './carrier/web.ts'
import { readConfig } from './config.ts'
import { welcome } from './demo/welcome.ts'
import { type Desk, testDesk } from './desk.ts'
import { createKey } from './http/auth.ts'
import { sections } from './http/export.ts'
import { problems } from './http/problem.ts'
import { mayMove, states } from './message/message.ts'
import { purposes, rulesOf } from './message/purpose.ts'
import { wellBehaved } from './simulator/knobs.ts'
import { readReply } from './subscriber/keywords.ts'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(new URL('docs/', root)).flatMap(name => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]

// ---- Examples: each curl is answered as the page shows ---------------------------------------------------------------

interface Block {
  language: string
  /** What stands after the language: `id` (later examples call this answer's id `$ID`), or a schema. */
  note: string
  text: string
}

const blocksOf = (page: string): Block[] =>
  [...read(page).matchAll(/^```(\w*) ?(\w*)\n(.*?)^```$/gms)].map(([, language, note, text]) => ({
    language: language!,
    note: note!,
    text: text!,
  }))

const isCurl = ({ language, text }: Block) => language === 'sh' && /^curl /m.test(text)
const isProgram = ({ language, note }: Block) => language === 'js' && note === 'run'

/** Runs a program as a reader would: with Node, in this repository, told by the environment where Usher is. */
const runProgram = (text: string, env: Record<string, string>) =>
  promisify(execFile)(process.execPath, ['--input-type=module', '-e', text], { cwd: fileURLToPath(root), env })

/** The words of a command as a shell would read them: quotes, variables, line ends, one here-document. Nothing else. */
function wordsOf(
  command: string,
  variables: Record<string, string>,
): { words: string[]; document: string | undefined } {
  const heredoc = /^(.*?) <<'(\w+)'\n(.*?\n)\2\n$/s.exec(command)
  const [before, document] = heredoc ? [heredoc[1]!, heredoc[3]] : [command, undefined]
  const filled = (text: string) =>
    text.replaceAll('$(date +%s)', '1793632800').replace(/\$(\w+)/g, (_, name: string) => {
      if (!(name in variables)) throw new Error(`The example reads $${name}, which the page does not set.`)
      return variables[name]!
    })
  const words: string[] = []
  let isInWord = false
  for (const [piece, single, double, plain] of before.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"\\]+)|\\\n|\s+/g)) {
    if (single === undefined && double === undefined && plain === undefined) {
      isInWord = false
      continue
    }
    if (piece.includes('\\')) throw new Error(`The test reads no backslashes in words: ${piece}`)
    const word = single ?? filled((double ?? plain)!)
    if (isInWord) words[words.length - 1] += word
    else words.push(word)
    isInWord = true
  }
  return { words, document }
}

interface Request {
  method: string
  url: string
  headers: Record<string, string>
  body: string | undefined
}

function asRequest(command: string, variables: Record<string, string>): Request {
  const { words, document } = wordsOf(command, variables)
  const [program, ...args] = words
  expect(program).toBe('curl')
  const headers: Record<string, string> = {}
  let method: string | undefined
  let url: string | undefined
  let body: string | undefined
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (word === '-sS' || word === '-N') continue
    if (word === '-X') method = args[++i]
    else if (word === '-d') body = args[++i]
    else if (word === '-H') {
      const [, name, value] = /^([\w-]+): (.+)$/.exec(args[++i]!)!
      headers[name!.toLowerCase()] = value!
    } else if (word === '--data-binary') {
      expect(args[++i], command).toBe('@-')
      body = document
    } else if (/^https?:/.test(word) && url === undefined) url = word
    else throw new Error(`The test does not know ${word} in: ${command}`)
  }
  return { method: method ?? (body === undefined ? 'GET' : 'POST'), url: url!, headers, body }
}

const mustVary = new Set(['carrierMessageId', 'aheadMs', 'secret', 'port'])

/** Ids and times differ from run to run; everything else is compared as it stands. */
function settled(value: unknown, key = ''): unknown {
  if (mustVary.has(key) && value !== null) return `<${key}>`
  if (typeof value === 'string')
    return value
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+Z|(\.\d+)?[+-]\d\d:\d\d)/g, '<time>')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
      .replace(/(https:\/\/o\.orpheum\.example\/)(?:[0-9A-Za-z]{11}|[ar]\/[\w-]{43})/g, '$1<code>')
      .replace(/(http:\/\/(?:127\.0\.0\.1|localhost)):\d+/g, '$1:<port>')
  if (Array.isArray(value)) return value.map(item => settled(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, settled(inner, name)]))
}

const linesOf = (text: string): unknown[] =>
  text.split('\n').flatMap(line => (line.trim() === '' ? [] : [JSON.parse(line)]))

const isOnItsWay = ({ id, state }: { id?: string; state?: string }) =>
  id !== undefined && state !== 'held' && (states as readonly (string | undefined)[]).includes(state)

/** Runs one example and answers its body; what it set going has come to rest then. */
async function run(desk: Desk, { text, note }: Block, variables: Record<string, string>): Promise<string> {
  const { method, url, headers, body } = asRequest(text, variables)
  const isReply = url.endsWith('/reply')
  const heard = isReply
    ? new Promise<void>(resolve => void desk.usher.events.on('inbound.stored', () => resolve()))
    : undefined
  const isImport = method === 'POST' && new URL(url).pathname === '/v1/imports'
  const imported = isImport
    ? new Promise<void>(
        resolve => void desk.usher.events.on('import.moved', ({ state }) => state === 'done' && resolve()),
      )
    : undefined
  const answer = await fetch(url, { method, headers, body: body ?? null })
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    await answer.body!.cancel()
    return ''
  }
  const said = await answer.text()
  await Promise.all([heard, imported])
  const type = answer.headers.get('content-type') ?? ''
  const started = type.startsWith('application/x-ndjson')
    ? linesOf(said)
    : type.startsWith('application/json')
      ? [JSON.parse(said)]
      : []
  for (const one of started as { id?: string; state?: string }[]) if (isOnItsWay(one)) await desk.reaches(one.id!)
  if (note === 'id') {
    const [one] = started as { id?: string; items?: { id: string }[] }[]
    variables.ID = one!.id ?? one!.items![0]!.id
  }
  if (url.endsWith('/demo/clock')) await desk.reaches(variables.ID!)
  return said
}

/** Resolves once each of the demo's carriers can be sent to. */
const isBound = (desk: Desk) =>
  new Promise<void>(resolve => {
    const look = () => desk.usher.channels().every(channel => channel.isUp) && resolve()
    desk.usher.events.on('bind.state', look)
    look()
  })

for (const page of pages.filter(page => blocksOf(page).some(isCurl)))
  test(`${page}: each curl is answered as the page shows`, async () => {
    // Of the carriers that could take a text it is always the first, by which the answers on the pages were got.
    const first = vi.spyOn(Math, 'random').mockReturnValue(0)
    onTestFinished(() => first.mockRestore())
    const desk = await testDesk({ hasDemoLine: true, hasFirstPolicy: true })
    await isBound(desk)
    const { key } = await createKey(desk.usher.db, desk.clock, 'docs')
    const variables: Record<string, string> = {
      USHER: desk.usher.url!,
      CARRIER: `http://127.0.0.1:${desk.simulator.httpPort}`,
      KEY: key,
    }
    const blocks = blocksOf(page)

    for (const [i, block] of blocks.entries()) {
      if (isProgram(block)) await runProgram(block.text, variables)
      if (!isCurl(block)) continue
      const text = block.text.replace('http://127.0.0.1:4700', desk.usher.url!).replace('YOUR_KEY', key)
      const said = await run(desk, { ...block, text }, variables)

      const shown = blocks[i + 1]
      const isShown =
        shown !== undefined && shown.note === '' && (shown.language === 'json' || shown.language === 'ndjson')
      if (isShown && shown.language === 'json')
        expect(settled(JSON.parse(said)), block.text).toEqual(settled(JSON.parse(shown.text)))
      else if (isShown) expect(settled(linesOf(said)), block.text).toEqual(settled(linesOf(shown.text)))
      else if (!text.includes('state=refused'))
        expect(said, block.text).not.toMatch(/"problem":|"title":"[^"]*","status":|"state":"refused"/)
    }
  })

const schemas: Record<string, z.ZodType> = { NewMessage, Told, CarrierInput, SenderInput, RoutesInput }

test('JSON that is no answer names the schema that reads it', () => {
  for (const page of pages)
    for (const [i, block] of blocksOf(page).entries()) {
      if (!/^(json|ndjson)$/.test(block.language)) continue
      if (block.note === '') expect(isCurl(blocksOf(page)[i - 1]!), `${page}: ${block.text}`).toBe(true)
      else expect(() => schemas[block.note]!.parse(JSON.parse(block.text)), `${page}: ${block.text}`).not.toThrow()
    }
})

test('the first curl of the README is the one that npm start prints', async () => {
  const desk = await testDesk()
  let printed = ''
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    printed += String(text)
    return true
  })

  await welcome({ ...desk.usher, url: 'http://127.0.0.1:4700' }, desk.config, 0)
  spy.mockRestore()

  const [command] = /^curl .*$/m.exec(printed)!
  const [shown] = /^curl .*$/m.exec(read('README.md'))!
  expect(shown).toBe(command.replace(/usher_[0-9a-f]{12}_[\w-]{43}/, 'YOUR_KEY'))
})

// ---- Tables: each is a copy of something in the code -------------------------------------------------------------------

/** The rows of the table whose first column is headed so, each cell as it stands. */
function tableOf(page: string, heading: string): string[][] {
  const lines = read(page).split('\n')
  const at = lines.findIndex((line, i) => line.startsWith(`| ${heading} |`) && lines[i + 1]?.startsWith('|---'))
  expect(at, `${page} has a table of ${heading}`).toBeGreaterThan(-1)
  const rows = lines.slice(at + 2)
  const end = rows.findIndex(line => !line.startsWith('|'))
  return rows.slice(0, end === -1 ? undefined : end).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}

const coded = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!)
const firstOf = (rows: string[][]) => rows.map(([first]) => coded(first!)[0])

/** What of the house's words exists today. What comes later brings its word with it. */
const words = [
  ...['subscriber', 'Msisdn', 'consent', 'suppression', 'sender', 'originator', 'message', 'inbound', 'segment', 'job'],
  ...[
    'attempt',
    'submission',
    'receipt',
    'carrier',
    'bind',
    'SMSC',
    'route',
    'endpoint',
    'throttle',
    'purpose',
    'lane',
  ],
  ...[
    'explanation',
    'refused',
    'rejected',
    'undeliverable',
    'expired',
    'unanswered',
    'unconfirmed',
    'channel',
    'state',
    'status',
  ],
]

describe('docs/concepts.md', () => {
  test('begins with the words', () => {
    expect(read('docs/concepts.md')).toMatch(/^# Concepts\n\n## The words\n/)
    const written = tableOf('docs/concepts.md', 'word').map(([word]) => word)

    for (const word of words) expect(written).toContain(word)
  })

  test('has the purposes as they are', () => {
    const hours = (minutes: number) => (minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`)
    const table = purposes.map(purpose => {
      const { lane, basis, group, hours: open, worthMinutes, whenUnanswered, sender } = rulesOf[purpose]
      return [
        `\`${purpose}\``,
        lane,
        basis,
        group ?? '',
        open,
        hours(worthMinutes),
        whenUnanswered.replace('_', ' ').replace('resend once', 'resent once'),
        sender,
      ]
    })

    expect(tableOf('docs/concepts.md', 'purpose')).toEqual(table)
  })

  test('has the states and their moves as they are', () => {
    const rows = tableOf('docs/concepts.md', 'state').filter(([name]) => name!.startsWith('`'))

    expect(firstOf(rows)).toEqual([...states])
    for (const [name, , next] of rows) {
      const from = states.find(state => `\`${state}\`` === name)!
      expect(coded(next!).sort(), from).toEqual(states.filter(to => mayMove(from, to)).sort())
    }
  })
})

describe('docs/operate.md', () => {
  const settings = () => tableOf('docs/operate.md', 'setting')

  test('names each setting of config.ts, and no other', () => {
    const known = [...read('server/src/config.ts').matchAll(/^ {2}(USHER_\w+): /gm)].map(([, name]) => name)

    expect(firstOf(settings()).sort()).toEqual(known.sort())
  })

  test('has each default as it is', () => {
    const untouched = readConfig({}, true)

    for (const [name, fallback] of settings()) {
      const setting = coded(name!)[0]!
      const [value] = coded(fallback!)
      if (value !== undefined) expect(readConfig({ [setting]: value }, true), setting).toEqual(untouched)
      else
        expect(read('server/src/config.ts'), setting).toMatch(
          // Nothing, or an empty list.
          new RegExp(`${setting}:(?:(?!\\bUSHER_)[^])*?(?:\\.optional\\(\\)|list\\(''\\))`),
        )
    }
  })

  test('names each metric, and no other', async () => {
    const desk = await testDesk()

    const metrics = await desk.ask('GET', '/metrics')
    const known = [...String(metrics.body).matchAll(/^# TYPE (usher_\w+) /gm)].map(([, name]) => name)

    expect(firstOf(tableOf('docs/operate.md', 'metric')).sort()).toEqual(known.sort())
  })

  test('names each scope, and no other', () => {
    expect(firstOf(tableOf('docs/operate.md', 'scope'))).toEqual([...scopes])
  })

  test('names each permission of people, with the endpoints that it opens', () => {
    const table = personal.map(permission => [
      permission,
      Object.values(endpoints)
        .filter(({ scope }) => scope === permission)
        .map(({ method, path }) => `${method.toUpperCase()} ${path}`),
    ])

    expect(tableOf('docs/operate.md', 'permission').map(([name, , at]) => [coded(name!)[0], coded(at!)])).toEqual(table)
  })

  test('has the roles as they are', () => {
    const looks = permissionsOf.viewer
    const written = Object.fromEntries(
      tableOf('docs/operate.md', 'role of an operator').flatMap(([name, may]) =>
        roles.some(role => `\`${role}\`` === name) ? [[coded(name!)[0], may!]] : [],
      ),
    )

    expect(Object.keys(written)).toEqual([...roles])
    for (const role of roles) {
      if (written[role] === 'everything') expect(permissionsOf[role]).toEqual([...scopes, ...personal])
      else
        expect([...(role === 'viewer' ? [] : looks), ...coded(written[role]!)].sort(), role).toEqual(
          [...permissionsOf[role]].sort(),
        )
    }
  })

  test('names each deed that the audit log has, and no other', () => {
    const recorded = ['server/src/operator/', 'server/src/http/', 'server/src/message/'].flatMap(folder =>
      readdirSync(new URL(folder, root))
        .filter(name => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
        .flatMap(name => [
          ...read(`${folder}${name}`).matchAll(/(?:action: |deed\((?:caller, )?|note\(\w+, caller, )'(\w+\.\w+)'/g),
        ]),
    )
    // The handlers of carriers, senders and routes hand theirs to one function.
    const ofTheLine = read('server/src/http/carriers.ts').matchAll(/'((?:carrier|sender|routes|line)\.\w+)'/g)

    const deeds = new Set([...recorded, ...ofTheLine].map(([, action]) => action))
    expect(firstOf(tableOf('docs/operate.md', 'action')).sort()).toEqual([...deeds].sort())
  })

  test('has the codes of the problems that operators meet, with their status', () => {
    const known = Object.values(problems).map(({ code, status }) => `${code} ${status}`)

    for (const [code, status] of tableOf('docs/operate.md', 'problem'))
      expect(known).toContain(`${coded(code!)[0]} ${status}`)
  })
})

test('a USHER_ name on any page is read somewhere', () => {
  const sources = [
    'server/src/config.ts',
    'server/src/cli.ts',
    'scripts/test.js',
    'server/src/desk.ts',
    'smpp/src/fuzz.test.ts',
  ]
    .map(read)
    .join()

  for (const page of pages)
    for (const [name] of read(page).matchAll(/\bUSHER_\w+/g))
      expect(sources.includes(name), `${page} names ${name}`).toBe(true)
})

test('docs/send.md: the codes of problems are those that sending answers, with their status', () => {
  const known = Object.values(problems).map(({ code, status }) => `${code} ${status}`)
  const rows = tableOf('docs/send.md', 'code')

  for (const [code, status] of rows) expect(known).toContain(`${coded(code!)[0]} ${status}`)
  for (const code of endpoints.sendMessage.problems) expect(firstOf(rows)).toContain(code)
})

interface JsonSchema {
  type?: string
  const?: unknown
  default?: unknown
  properties?: Record<string, JsonSchema>
  required?: string[]
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
}

/** Each setting of a schema by its path, with its default as a page writes it. */
function settingsOf({ properties = {}, required = [] }: JsonSchema, path = ''): [string, string][] {
  return Object.entries(properties).flatMap(([name, one]): [string, string][] => {
    if (one.const !== undefined) return [] // the protocol itself
    const fallback =
      one.default !== undefined ? `\`${JSON.stringify(one.default)}\`` : required.includes(name) ? 'needed' : ''
    const inner = [one, one.items, ...(one.anyOf ?? [])].find(schema => schema?.properties)
    const within = inner ? settingsOf(inner, `${path}${name}${one.items ? '[]' : ''}.`) : []
    // Secrets are told one by one.
    return name === 'secrets' ? within : [[`${path}${name}`, fallback], ...within]
  })
}

describe('docs/carriers.md', () => {
  const page = 'docs/carriers.md'
  /** As it is given, not as it is read. What has a name of its own stands among the definitions. */
  function asInput(schema: z.ZodType): JsonSchema {
    const { $ref, $defs } = z.toJSONSchema(schema, { io: 'input' }) as {
      $ref: string
      $defs: Record<string, JsonSchema>
    }
    return $defs[$ref.replace('#/$defs/', '')]!
  }
  const written = (heading: string) => tableOf(page, heading).map(([name, fallback]) => [coded(name!)[0], fallback])
  const bySetting = (settings: readonly unknown[]) =>
    [...settings].sort((one, other) => (String(one) < String(other) ? -1 : 1))

  test('names each setting of a carrier with its default, and no other', () => {
    const kinds = asInput(CarrierInput).oneOf!
    expect(kinds.length).toBeGreaterThan(0)

    for (const kind of kinds) {
      const protocol = String(kind.properties!.protocol!.const)
      const told = [...written('setting of every carrier'), ...written(`setting of \`${protocol}\``)]
      expect(bySetting(told), protocol).toEqual(bySetting(settingsOf(kind)))
    }
  })

  test('names each setting of senders and routes with its default, and no other', () => {
    expect(bySetting(written('setting of a sender'))).toEqual(bySetting(settingsOf(asInput(SenderInput))))
    expect(bySetting(written('setting of a route'))).toEqual(bySetting(settingsOf(asInput(RouteInput))))
  })

  test('says what each status of SMPP means, as it is', () => {
    const rows = tableOf(page, 'command_status').map(([status, number, means]) => [
      coded(status!)[0]!,
      [Number(coded(number!)[0]), means],
    ])

    const known = Object.entries(meaning).map(([status, means]) => [
      status,
      [commandStatus[status as keyof typeof commandStatus], means],
    ])
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(known))
  })

  test('says what the codes of Twilio and Vonage mean, as it is', () => {
    for (const [means, ofTwilio, ofVonage] of tableOf(page, 'means')) {
      const numbers = (cell: string) => coded(cell).map(Number)
      const codesOf = (known: [string, string][]) => known.flatMap(([code, is]) => (is === means ? [Number(code)] : []))

      expect(numbers(ofTwilio!), means).toEqual(codesOf(Object.entries(twilio.submitCodes)))
      expect(numbers(ofVonage!), means).toEqual(
        codesOf(Object.entries(vonage.codes).map(([code, { submit }]) => [code, submit])),
      )
    }
    expect(tableOf(page, 'means').map(([means]) => means)).toEqual(['later', 'slow', 'broken', 'unanswered'])
  })

  test('says what a status of HTTP means to each carrier, as it is', () => {
    const settings = CarrierInput.parse({
      ...{ protocol: 'http', url: 'https://api.southline.example/sms', fields: { to: '{{ to }}', text: '{{ text }}' } },
    })
    const speeches = {
      twilio: (status: number) => twilio.speech.understand({ status, text: '{}' }, undefined as never),
      vonage: (status: number) => vonage.speech.understand({ status, text: '{}' }, undefined as never),
      http: (status: number) => web.speech.understand({ status, text: '' }, settings as never),
    }
    const [, ...protocols] = read(page)
      .split('\n')
      .find(line => line.startsWith('| HTTP status |'))!
      .split('|')
      .flatMap(cell => coded(cell)[0] ?? [cell.trim()])
      .filter(cell => cell !== '')

    expect(protocols).toEqual(Object.keys(speeches))
    for (const [statuses, ...means] of tableOf(page, 'HTTP status'))
      for (const status of coded(statuses!))
        expect(
          Object.values(speeches).map(understand => understand(Number(status)).kind),
          status,
        ).toEqual(means)
  })

  test('says how faults cost weight, as it is', () => {
    const none = { taken: 0, failed: 0, answerMs: 0, answered: 0, delivered: 0, undelivered: 0, deliveryMs: 0 }
    const many = 1_000
    const tallies: ((figure: number) => Partial<Tally>)[] = [
      share => ({ taken: many * share, failed: many * (1 - share) }),
      ms => ({ answered: many, answerMs: many * ms }),
      share => ({ delivered: many * share, undelivered: many * (1 - share) }),
      ms => ({ delivered: many, deliveryMs: many * ms }),
    ]
    const rows = tableOf(page, 'fault')

    expect(rows).toHaveLength(tallies.length)
    rows.forEach(([fault, from, half], i) => {
      const left = (figure: string) => earnedBy({ ...none, ...tallies[i]!(Number(coded(figure)[0])) }, '').factor
      expect(
        [left(from!), left(half!)].map(factor => Math.round(factor * 1_000) / 1_000),
        fault,
      ).toEqual([1, 0.5])
    })
  })

  test('lists the registrations that routes ask for', () => {
    const known = registrationRules.map(({ country, kinds, name, confidence }) => [
      ...[country, kinds.map(kind => `\`${kind}\``).join(' '), name, confidence],
    ])

    expect(tableOf(page, 'country')).toEqual(known)
  })

  test('names what the fields of an HTTP API may hold', () => {
    const [, gaps] = /Fields may hold (.*?)\. One that/s.exec(read(page))!

    expect([...gaps!.matchAll(/\{\{ (\w+) \}\}/g)].map(([, name]) => name)).toEqual([...web.placeholders])
  })

  test('leads an operator step by step to a line that is in force', async () => {
    const desk = await testDesk({ hasDemoLine: true, hasFirstPolicy: true })
    const ada = await desk.operator('administrator')
    const given = (schema: string) =>
      blocksOf(page).flatMap(({ note, text }) => (note === schema ? [JSON.parse(text) as object] : []))
    const [northline, southline] = given('CarrierInput')

    const answers = [
      await desk.askAs(ada, 'PUT', '/v1/carriers/northline?version=1', northline),
      await desk.askAs(ada, 'PUT', '/v1/senders/britain', given('SenderInput')[0]),
      await desk.askAs(ada, 'PUT', '/v1/routes', given('RoutesInput')[0]),
      await desk.askAs(ada, 'PUT', '/v1/carriers/southline', southline),
    ]

    expect(answers.map(({ status, body }) => [status, (body as { version: number }).version])).toEqual([
      [200, 2],
      [200, 3],
      [200, 4],
      [200, 5],
    ])
    const way = (await desk.ask('POST', '/v1/routes/try', { number: '+447700900123', purpose: 'title.release' }))
      .body as {
      steps: unknown
      carriers: { carrier: string }[]
    }
    expect(way.steps).toEqual([
      { route: 'britain', isTaken: true, reason: 'It is for GB, and for every purpose.' },
      { route: 'everything', isTaken: true, reason: "Where britain can't take it." },
    ])
    expect(way.carriers.map(({ carrier }) => carrier)).toEqual(['northline', 'aurora', 'boreal'])
  })

  test('has the codes of the problems that carriers meet, with their status', () => {
    const known = Object.values(problems).map(({ code, status }) => `${code} ${status}`)

    for (const [code, status] of tableOf(page, 'problem')) expect(known).toContain(`${coded(code!)[0]} ${status}`)
  })
})

test('docs/subscribers.md: each keyword is understood', () => {
  for (const [keyword, list] of tableOf('docs/subscribers.md', 'keyword'))
    for (const word of coded(list!))
      expect(readReply(` ${word.toLowerCase()}! `).asks?.replace('_all', ''), word).toBe(keyword)
})

test('docs/privacy.md: each table with something of a person is on it', () => {
  const written = firstOf(tableOf('docs/privacy.md', 'table'))

  expect(written.sort()).toEqual(['subscriber', ...sections.flatMap(({ tables }) => tables)].sort())
})

test('docs/webhooks.md: the types are those that are told', () => {
  const told = Object.entries(outgoingTypes).map(([name, { summary, ...type }]) => [
    `\`${name}\``,
    summary,
    'isRare' in type ? 'rare' : '',
  ])

  expect(tableOf('docs/webhooks.md', 'type')).toEqual(told)
})

test('docs/try.md: the knobs are those of the simulated carrier, with their defaults', () => {
  const rows = tableOf('docs/try.md', 'knob').map(([name, value]) => [coded(name!)[0], JSON.parse(coded(value!)[0]!)])

  expect(Object.fromEntries(rows)).toEqual(wellBehaved)
})

test('docs/decisions.md: each dependency has its three lines, and each that has them is one', () => {
  const manifests = [
    'package.json',
    ...['smpp', 'contract', 'server', 'console', 'demo', 'bench'].map(folder => `${folder}/package.json`),
  ]
  const used = manifests.flatMap(path => {
    const manifest = JSON.parse(read(path)) as Record<string, Record<string, string>>
    return Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies })
  })
  const decisions = [...read('docs/decisions.md').matchAll(/^### (.+)\n((?:.+\n)+)/gm)]

  for (const [, title, lines] of decisions) expect(lines!.trim().split('\n'), title).toHaveLength(3)
  const named = decisions.flatMap(([, title]) => coded(title!))
  expect(named.sort()).toEqual([...new Set(used)].filter(name => !name.startsWith('@usher/')).sort())
})

test('README.md: each room of the server is on the map', () => {
  const rooms = [...read('server/src/rooms.test.ts').matchAll(/^ {2}(\w+): \[/gm)].map(([, name]) => name)
  const onTheMap = [...read('README.md').matchAll(/\(server\/src\/(\w+)\)/g)].map(([, name]) => name)

  expect(onTheMap.sort()).toEqual(rooms.sort())
})

test('each endpoint is named on a page for its users', () => {
  const text = pages
    .filter(page => page.startsWith('docs/'))
    .map(read)
    .join('\n')

  for (const [name, { path }] of Object.entries(endpoints) as [EndpointName, { path: string }][])
    expect(new RegExp(path.replace(/\{\w+\}/g, '[\\w.$}{-]+')).test(text), `${name}: ${path}`).toBe(true)
})

// ---- Links ---------------------------------------------------------------------------------------------------------

/** As GitHub makes anchors of headings. */
const anchorsOf = (path: string) =>
  [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

for (const page of pages)
  test(`${page}: each relative link leads somewhere`, () => {
    const text = read(page)
      .replace(/^```.*?^```$/gms, '')
      .replace(/`[^`\n]*`/g, '')
    for (const [, link, source] of text.matchAll(/\]\(([^)\s]+)\)|\bsrc(?:set)?="([^"]+)"/g)) {
      const target = link ?? source
      if (/^https?:/.test(target!)) continue
      const url = new URL(target!, new URL(page, root))
      const anchor = url.hash.slice(1)
      url.hash = ''
      expect.soft(existsSync(url), `${page} links to ${target}`).toBe(true)
      if (anchor !== '' && existsSync(url))
        expect.soft(anchorsOf(url.pathname), `${page} links to ${target}`).toContain(decodeURIComponent(anchor))
    }
  })

test('docs/subscription.md has the journeys that are shipped, as they are', () => {
  const short = (type: string) => `\`${type.replace('com.usher.', '')}\``
  const whenOf = ({ when }: { when: When }) =>
    'minutes' in when
      ? when.minutes === 0
        ? 'at once'
        : `after ${when.minutes} minutes`
      : `${Math.abs(when.days)} days ${when.days < 0 ? 'before' : 'after'}`
  const rows = [...shippedJourneys].map(([name, { title, startsOn, steps, endsOn, isOn }]) =>
    [
      `**${title}**, \`${name}\``,
      startsOn.map(short).join(', '),
      steps.map(whenOf).join(', '),
      endsOn.map(({ event }) => short(event)).join(', '),
      isOn ? 'on' : 'off',
    ].join(' | '),
  )

  expect(read('docs/subscription.md').match(/^\| \*\*.+$/gm)).toEqual(
    rows.map(row => `| ${row} |`.replace('|  |', '| |')),
  )
})
