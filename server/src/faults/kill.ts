// The kill loop: texts flow, and the server is killed with SIGKILL again and again. Afterwards what the callers were
// answered, what the database holds and what the carrier took must tell one story. The carrier lives through it. With chaos there
// are two carriers, and the wires to them break meanwhile.
import { join } from 'node:path'
import type { Purpose } from '@usher/contract/purpose'
import { isEnd, type State } from '../message/message.ts'
import { rulesOf } from '../message/purpose.ts'
import { seeded } from '../simulator/knobs.ts'
import type { LedgerLine } from '../simulator/ledger.ts'
import type { Database } from '../store/database.ts'
import { keyRing, keysFromFile, type Sealed, unseal } from '../store/keys.ts'
import { openPGlite } from '../store/pglite.ts'
import { openPostgres } from '../store/postgres.ts'
import { sql } from '../store/sql.ts'
import { chaos } from './chaos.ts'
import {
  type Carrier,
  type Client,
  client,
  type Machine,
  nextMonday,
  type Site,
  site,
  startCarrier,
  uncapped,
  until,
} from './machines.ts'

export interface KillPlan {
  /** PostgreSQL; without it PGlite in a folder. */
  databaseUrl?: string | undefined
  texts: number
  kills: number
  seed: number
  /** Two carriers instead of one, each behind a wire that breaks all the time. */
  hasChaos?: boolean
  say?: (line: string) => void
}

export interface KillReport {
  seed: number
  texts: number
  kills: number
  /** Of them, while the server was still starting. */
  killsAtStart: number
  seconds: number
  /** Requests that got no answer and were asked again with the same key. */
  askedAgain: number
  /** Single requests that the killed server had stored without saying so: asked again, they got the first one's answer. */
  storedUnanswered: number
  states: Record<string, number>
  submitsTaken: number
  /** By each carrier. */
  takenBy: number[]
  /** What the wires did, where they did anything. */
  chaos: Record<string, number> | null
  /** Texts that each killed server left in doubt; on PGlite, which nobody can look into meanwhile, those of all. */
  inDoubt: number[]
  /** Notices that were sent once more. */
  resent: number
  takenTwice: number
  replies: number
  repliesRepeated: number
  /** Milliseconds from a kill to the next answer of the API. */
  backAfterMs: number[]
  /** Answered with yes, and without a recorded end. */
  lost: number
  /** Taken twice by the carrier though their purpose forbids it. */
  doubled: number
  /** Each rule that was broken, in words. Empty is the point of it all. */
  broken: string[]
}

/** The window the server is configured with: what a kill may leave in doubt. */
export const windowSize = 200
const subscribers = 900
/** Numbers that ask for HELP and do nothing else. */
const helpers = 90
const helpText = 'HELP'

interface Ask {
  n: number
  purpose: Purpose
  /** Takes more than one segment: its receipts can't tell which text they mean once the answers are lost. */
  isLong: boolean
  message: Record<string, unknown>
}

const numberOf = (i: number) => `+447700900${String(i).padStart(3, '0')}`
const mark = (n: number) => `n${String(n).padStart(6, '0')}`
const codeOf = (n: number) => String(10_000_000 + n)
const filler =
  'Here is what changes for you and from when on, in all its length, so that it needs more than one segment. '.repeat(2)

/** Which of ten texts have which purposes. */
const mix: Purpose[][] = [
  ...Array<Purpose[]>(3).fill(['code.sign_in', 'code.reset', 'code.recovery']),
  ['alert.security'],
  ...Array<Purpose[]>(2).fill(['account.payment', 'account.renewal', 'account.plan', 'account.refund']),
  ['title.new_episode', 'title.leaving'],
  ...Array<Purpose[]>(3).fill(['offer']),
]
const oneOf = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)]!

/** A text whose words name it: the carrier's ledger then says by itself how often it was taken. */
function anAsk(n: number, random: () => number): Ask {
  const purpose = oneOf(oneOf(mix, random), random)
  const to = { subscriber: `sub-${Math.floor(random() * subscribers)}` }
  const { lane, basis } = rulesOf[purpose]
  const isLong = lane !== 'code' && random() < 0.04
  if (lane === 'code')
    return {
      n,
      purpose,
      isLong,
      message: { ...to, purpose, template: purpose, data: { code: codeOf(n), minutes: 10 } },
    }
  const text = `Orpheum: ${purpose.replace('.', ' ')} ${mark(n)}. ${isLong ? `${filler}${mark(n)}` : ''}${basis === 'consent' ? '\nReply STOP to end' : ''}`
  return { n, purpose, isLong, message: { ...to, purpose, text } }
}

/** Which text a line of the carrier's ledger belongs to. */
const nameOf = ({ text }: LedgerLine): number | undefined => {
  const [, marked, code] = /\bn(\d{6})\b|\b(1\d{7})\b/.exec(text) ?? []
  return marked !== undefined ? Number(marked) : code !== undefined ? Number(code) - 10_000_000 : undefined
}

export async function killLoop(plan: KillPlan): Promise<KillReport> {
  const { say = () => {}, seed, databaseUrl } = plan
  const startedAt = performance.now()
  const random = seeded(seed)
  const carriers = [await startCarrier(), ...(plan.hasChaos ? [await startCarrier()] : [])]
  const wires = plan.hasChaos
    ? await Promise.all(
        carriers.map(({ smppPort }, i) => chaos({ host: '127.0.0.1', port: smppPort }, seeded(seed + 1 + i))),
      )
    : []
  const carrier = together(carriers)
  const place = await site({
    carrier: { httpPort: carrier.httpPort, smppPort: wires[0]?.port ?? carrier.smppPort },
    databaseUrl,
    env: {
      USHER_SMPP_WINDOW: String(windowSize),
      ...(plan.hasChaos ? { USHER_SMPP_RESPONSE_TIMEOUT_MS: String(impatientMs) } : {}),
    },
  })
  const looking = databaseUrl === undefined ? undefined : await openPostgres(databaseUrl, 2)
  let server = place.serve()
  try {
    await server.up
    const usher = client(place.url, await place.key())
    const ask = await place.asOperator()
    await ask('PUT', '/v1/policy', uncapped)
    if (wires[1]) await addCarrier(ask, wires[1].port)
    await usher.clock({ to: nextMonday() })
    await usher.lines(
      '/v1/subscribers/import',
      Array.from({ length: subscribers }, (_, i) => ({
        id: `sub-${i}`,
        number: numberOf(i),
        locale: 'en',
        zone: 'Europe/London',
        consents: yes,
      })),
      () => {},
    )
    const load = startLoad(plan, usher, carrier, random)
    const {
      readLog,
      claimsOf,
      broken: brokenByKills,
      ...killing
    } = await killAgainAndAgain(plan, place, load, random, looking, server, machine => {
      server = machine
    })
    await load.done
    for (const wire of wires) wire.calm()
    const settledAt = performance.now()
    await settle(usher, carrier, load)
    say(`all has an end ${((performance.now() - settledAt) / 1_000).toFixed(1)} s after the last answer`)
    server.signal('SIGTERM')
    const { code } = await server.exit
    readLog()
    const broken = code === 0 ? [] : [`the last server ended with ${code}: ${server.said().slice(-500)}`]
    const db = looking ?? (await openPGlite(place.folder))
    const found = await check(db, place, carrier, load).finally(() => looking ?? db.close())
    return {
      seed,
      texts: plan.texts,
      ...killing,
      inDoubt: [...claimsOf.values()],
      seconds: Math.round((performance.now() - startedAt) / 1_000),
      askedAgain: load.askedAgain,
      storedUnanswered: load.storedUnanswered,
      replies: load.replies.length + load.helps.length,
      takenBy: (await Promise.all(carriers.map(one => one.ledger()))).map(({ length }) => length),
      chaos: wires.length === 0 ? null : sumOf(wires.map(({ done }) => done)),
      ...found,
      broken: [...broken, ...brokenByKills, ...load.broken, ...found.broken],
    }
  } finally {
    server.signal('SIGKILL')
    await server.exit
    await looking?.close()
    for (const wire of wires) await wire.stop()
    await carrier.stop()
    place.clear()
  }
}

/** With wires that swallow what is written, waiting long for answers would only make the test long. */
const impatientMs = 2_000

/** Several carriers as one, in whose ledger is what any of them took; handsets write by the first. */
function together(carriers: readonly Carrier[]): Carrier {
  const [first] = carriers
  return {
    ...first!,
    ledger: async () => (await Promise.all(carriers.map(one => one.ledger()))).flat(),
    async stop() {
      for (const one of carriers) await one.stop()
    },
  }
}

/** Puts a second carrier into the line, as an operator would, with half of the texts for each. */
async function addCarrier(ask: Awaited<ReturnType<Site['asOperator']>>, port: number): Promise<void> {
  const bind = { host: '127.0.0.1', port }
  await ask('PUT', '/v1/carriers/second', {
    ...{ protocol: 'smpp', systemId: 'usher', binds: [bind], window: windowSize, responseTimeoutMs: impatientMs },
    secrets: { password: 'demo' },
  })
  const { routes } = await ask<{ routes: { carriers: object[] }[] }>('GET', '/v1/line')
  const both = routes.map(route => ({ ...route, carriers: [...route.carriers, { carrier: 'second' }] }))
  await ask('PUT', '/v1/routes', { routes: both })
}

const sumOf = (counts: readonly Readonly<Record<string, number>>[]): Record<string, number> => {
  const sum: Record<string, number> = {}
  for (const count of counts) for (const [name, n] of Object.entries(count)) sum[name] = (sum[name] ?? 0) + n
  return sum
}

const said = { granted: true, at: '2026-05-03T10:00:00Z', how: 'page', words: 'Yes, text me.' }
const yes = { titles: said, offers: said }

// --- What flows ---------------------------------------------------------------------------------------------------

interface Load {
  asks: Ask[]
  /** By text: the id and state it was answered with. */
  answers: Map<number, { id: string; state: string }>
  replies: string[]
  /** Numbers that wrote HELP. */
  helps: string[]
  askedAgain: number
  storedUnanswered: number
  broken: string[]
  /** Resolves when every text has its answer. */
  done: Promise<unknown>
}

function startLoad({ texts }: KillPlan, usher: Client, carrier: Carrier, random: () => number): Load {
  const asks = Array.from({ length: texts }, (_, n) => anAsk(n, random))
  const load: Load = {
    asks,
    answers: new Map(),
    replies: [],
    helps: [],
    askedAgain: 0,
    storedUnanswered: 0,
    broken: [],
    done: Promise.resolve(),
  }
  const waiting = { single: asks.filter(ask => isSingle(ask)), batch: asks.filter(ask => !isSingle(ask)) }

  const took = (ask: Ask, answer: { id: string; state: string }) => {
    const before = load.answers.get(ask.n)
    if (before && before.id !== answer.id) load.broken.push(`text ${ask.n} was answered ${before.id} and ${answer.id}`)
    if (answer.state === 'refused') load.broken.push(`text ${ask.n} (${ask.purpose}) was refused`)
    load.answers.set(ask.n, answer)
  }

  async function singles() {
    for (let ask = waiting.single.shift(); ask; ask = waiting.single.shift())
      while (!load.answers.has(ask.n)) {
        const answer = await usher
          .ask('POST', '/v1/messages', ask.message, { 'idempotency-key': `key-${ask.n}` })
          .catch(() => undefined)
        if (answer?.status === 202 || answer?.status === 200) {
          took(ask, answer.body)
          if (answer.headers.has('idempotent-replayed')) load.storedUnanswered++
          continue
        }
        if (answer && answer.status !== 503)
          load.broken.push(`text ${ask.n} was answered ${answer.status} ${JSON.stringify(answer.body)}`)
        load.askedAgain++
        await pause(50 + random() * 100)
      }
  }

  async function batches() {
    while (waiting.batch.length > 0) {
      let batch = waiting.batch.splice(0, 50 + Math.floor(random() * 250))
      for (;;) {
        const lines = batch.map(({ n, message }) => ({ ...message, idempotencyKey: `key-${n}` }))
        await usher
          .lines(
            '/v1/messages/batch',
            lines,
            (verdict: { line: number; id?: string; state: string; problem?: { code: string } }) => {
              const ask = batch[verdict.line - 1]!
              if (verdict.id !== undefined) took(ask, { id: verdict.id, state: verdict.state })
              else if (verdict.problem?.code !== 'database_away')
                load.broken.push(`text ${ask.n}: ${JSON.stringify(verdict)}`)
            },
          )
          .catch(() => {}) // killed in the middle: what has no verdict is asked again
        batch = batch.filter(({ n }) => !load.answers.has(n))
        if (batch.length === 0) break
        load.askedAgain += batch.length
        await pause(50 + random() * 100)
      }
    }
  }

  let isDone = false
  async function replies() {
    while (!isDone) {
      const i = load.replies.length
      const isHelp = load.helps.length < helpers && i % 10 === 9 && load.helps.length < i / 10
      const [number, text] = isHelp
        ? [numberOf(subscribers + load.helps.length), helpText]
        : [numberOf(Math.floor(random() * subscribers)), `I like it ${mark(i)}`]
      await carrier.ask('POST', `/handsets/${number}/reply`, { to: '67743', text })
      if (isHelp) load.helps.push(number)
      else load.replies.push(text)
      await pause(10 + random() * 20)
    }
  }

  const flowing = Promise.all([...Array.from({ length: 24 }, singles), ...Array.from({ length: 2 }, batches)]).finally(
    () => {
      isDone = true
    },
  )
  load.done = Promise.all([flowing, replies()])
  load.done.catch(() => {}) // met by whoever waits for it
  return load
}

const isSingle = ({ n, purpose }: Ask) =>
  rulesOf[purpose].lane === 'code' || rulesOf[purpose].lane === 'alert' || n % 4 === 0
const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

// --- Killing ------------------------------------------------------------------------------------------------------

async function killAgainAndAgain(
  plan: KillPlan,
  place: Site,
  load: Load,
  random: () => number,
  db: Database | undefined,
  first: Machine,
  now: (server: Machine) => void,
) {
  const { kills, texts, say = () => {} } = plan
  let server = first
  let done = 0
  let killsAtStart = 0
  const backAfterMs: number[] = []
  const claimsOf = new Map<string, number>()
  const broken: string[] = []
  /** What the server that has just ended said of its predecessors' claims, and of its troubles. */
  const readLog = () => {
    if (!db)
      for (const [, count] of server.said().matchAll(/"count":(\d+),"msg":"claims of a worker/g))
        claimsOf.set('all', (claimsOf.get('all') ?? 0) + Number(count))
    for (const line of server.said().split('\n')) {
      // That a carrier whose wire broke is said to be broken is as it should be.
      if (plan.hasChaos && line.includes('"nothing gets through to a carrier"')) continue
      if (/^\{"level":(50|60)/.test(line) || /^\s+at |Error/.test(line))
        broken.push(`the log said: ${line.slice(0, 300)}`)
    }
  }
  const look = async () => {
    readLog()
    const rows = await db?.rows<{ claimed_by: string; count: number }>(sql`
      -- What a server took over from dead ones was in doubt before: it is counted under the name of who left it.
      select claimed_by, count(*) from job where claimed_by is not null and claimed_by not like '% settles' group by claimed_by`)
    for (const { claimed_by, count } of rows ?? [])
      claimsOf.set(claimed_by, Math.max(count, claimsOf.get(claimed_by) ?? 0))
  }
  while (done < kills) {
    // Spread over the load by what was answered, so that every kill meets texts in flight however fast the machine is.
    const threshold = Math.min(texts - 1, Math.floor(((done + random()) / kills) * texts * 0.95))
    await until(`${threshold} texts answered`, 180_000, () =>
      server.hasEnded
        ? Promise.reject(new Error(`The server ended by itself: ${server.said().slice(-2_000)}`))
        : load.answers.size >= threshold,
    )
    await pause(random() * 300)
    server.signal('SIGKILL')
    await server.exit
    done++
    const killedAt = performance.now()
    const answered = load.answers.size
    await look()
    server = place.serve()
    now(server)
    if (done < kills && random() < 0.25) {
      // Some die while they open the database or take over: wherever they are by then.
      await pause(100 + random() * 1_500)
      server.signal('SIGKILL')
      await server.exit
      await look()
      done++
      killsAtStart++
      server = place.serve()
      now(server)
    }
    await server.up
    backAfterMs.push(Math.round(performance.now() - killedAt))
    say(`kill ${done}/${kills} at ${answered} texts; back after ${backAfterMs.at(-1)} ms`)
  }
  return { kills: done, killsAtStart, backAfterMs, claimsOf, broken, readLog }
}

// --- Until all has an end -----------------------------------------------------------------------------------------

async function settle(usher: Client, carrier: Carrier, load: Load): Promise<void> {
  const idle = async (...states: string[]) => {
    for (const state of states) if ((await usher.count(state)) > 0) return false
    return true
  }
  const texts = new Map([...load.answers].flatMap(([n, { id }]) => (load.asks[n]!.isLong ? [] : [[id, n]])))
  /** Receipts that came before their text was known find it in the second after; what does not is named by the check. */
  const receiptsFound = (...states: string[]) =>
    until('receipts have found their texts', 15_000, async () => {
      const taken = new Set((await carrier.ledger()).map(nameOf))
      for (const state of states) {
        const { body } = await usher.ask('GET', `/v1/messages?state=${state}&limit=500`)
        if ((body as { items: { id: string }[] }).items.some(({ id }) => texts.has(id) && taken.has(texts.get(id))))
          return false
      }
      return true
    }).catch(() => {})
  // Leases run out; a receipt tells the fate of most texts in doubt; notices of which none came go out once more.
  await until('no claim is left', 30_000, () => idle('submitting'))
  await usher.clock({ byMinutes: 0.1 })
  await receiptsFound('unanswered', 'queued')
  await usher.clock({ byMinutes: 1 })
  await until('nothing waits', 60_000, () => idle('held', 'queued', 'submitting', 'submitted'))
  await usher.clock({ byMinutes: 1 })
  await until('all replies are acknowledged', 30_000, async () => {
    const counts = await carrier.ask<{ inboundAcked: number }>('GET', '/counts')
    return counts.inboundAcked >= load.replies.length + load.helps.length
  })
  // An answer that died with a process is looked for every ten seconds; one that never comes is named by the check.
  await until('each HELP is answered', 30_000, async () => {
    const answered = new Set((await carrier.ledger()).map(({ to }) => to))
    return load.helps.every(number => answered.has(number))
  }).catch(() => {})
  await receiptsFound('unanswered')
}

// --- The three stories must be one --------------------------------------------------------------------------------

interface Row {
  id: string
  purpose: Purpose
  state: State
  attempts: number
  segments: number
  key: string | null
  api_key_id: string | null
  subscriber: string | null
}

const neverTaken = ['unanswered', 'expired', 'cancelled', 'refused']

async function check(db: Database, place: Site, carrier: Carrier, load: Load) {
  const wrong = new Map<string, unknown[]>()
  const say = (what: string, of: unknown[]) => {
    if (of.length > 0) wrong.set(what, [...(wrong.get(what) ?? []), ...of])
  }
  const rows = await db.rows<Row>(sql`
    select m.id, m.purpose, m.state, m.attempts, m.segments, i.key, i.api_key_id, s.external_id as subscriber
    from message m left join idempotency i on i.message_id = m.id join subscriber s on s.id = m.subscriber_id`)
  const ours = new Map(
    rows.filter(row => row.api_key_id !== 'inbound' && row.key !== null).map(row => [Number(row.key!.slice(4)), row]),
  )
  say(
    'messages without a key',
    rows.filter(row => row.key === null).map(row => row.id),
  )
  const ids = rows.map(row => row.id)
  if (new Set(ids).size < ids.length)
    say(
      'messages with several keys',
      ids.filter((id, i) => ids.indexOf(id) < i),
    )
  say(
    'texts were answered and are lost',
    [...load.answers].filter(([n, { id }]) => ours.get(n)?.id !== id),
  )
  say(
    'texts have no end',
    [...ours.values()].filter(row => !isEnd(row.state)),
  )
  say('jobs are left', await db.rows(sql`select id, lane, attempts, claimed_by from job`))

  const lines = await carrier.ledger()
  const replies = lines.filter(line => nameOf(line) === undefined)
  const taken = new Map<number, LedgerLine[]>()
  for (const line of lines) {
    const n = nameOf(line)
    if (n !== undefined) taken.set(n, [...(taken.get(n) ?? []), line])
  }
  say(
    'texts of nobody were taken',
    [...taken.keys()].filter(n => !ours.has(n)),
  )

  const states: Record<string, number> = {}
  let takenTwice = 0
  for (const [n, row] of ours) {
    states[row.state] = (states[row.state] ?? 0) + 1
    const its = taken.get(n) ?? []
    // How often each part was taken: a text of several parts is taken as often as its first.
    const byPart = new Map<string, LedgerLine[]>()
    for (const line of its) byPart.set(line.text, [...(byPart.get(line.text) ?? []), line])
    const times = Math.max(0, ...[...byPart.values()].map(same => same.length))
    const isWhole = its.length > 0 && byPart.size === row.segments
    const who = {
      n,
      purpose: row.purpose,
      state: row.state,
      attempts: row.attempts,
      segments: row.segments,
      taken: its.length,
    }
    if (times > 1) takenTwice++
    if (row.state === 'delivered' && !isWhole) say('delivered, and the carrier did not take all of it', [who])
    if (isWhole && row.state !== 'delivered' && !(row.segments > 1 && row.state === 'unanswered'))
      say('taken, and not delivered', [who])
    if (its.length === 0 && !neverTaken.includes(row.state)) say('never taken, and not said so', [who])
    if (rulesOf[row.purpose].whenUnanswered === 'never_resent' && times > 1) say('must not be doubled, and was', [who])
    if (times > 2) say('was taken more than twice', [who])
    if (new Set(its.map(line => line.reference)).size > 1) say('was sent under several references', [who])
  }

  // Inbound: each reply is stored once, and each HELP is answered once at most by a text that has its end.
  const keys = keyRing(keysFromFile(join(place.folder, 'keys')))
  const inbound = await db.rows<{
    id: string
    body: Sealed
    own: Sealed | null
    data_key: Sealed | null
    keyword: string | null
  }>(sql`
    select i.id, i.body, i.data_key as own, s.data_key, i.keyword from inbound i left join subscriber s on s.id = i.subscriber_id`)
  const heard = new Map<string, number>()
  for (const row of inbound) {
    const text = unseal(keys.unwrap((row.own ?? row.data_key)!), row.body, 'inbound')
    heard.set(text, (heard.get(text) ?? 0) + 1)
  }
  say(
    'replies were acknowledged and are lost',
    load.replies.filter(text => !heard.has(text)),
  )
  say(
    'replies are stored twice',
    load.replies.filter(text => (heard.get(text) ?? 0) > 1),
  )
  if (heard.get(helpText) !== load.helps.length)
    say('wrote HELP, and this many are stored', [load.helps.length, heard.get(helpText)])
  const asked = inbound.filter(row => row.keyword === 'help')
  const answered = new Set(rows.filter(row => row.api_key_id === 'inbound').map(row => row.key))
  say(
    'asked for HELP and are not answered',
    asked.filter(row => !answered.has(row.id)).map(row => row.id),
  )
  const answers = new Map<string, number>()
  for (const line of replies) answers.set(line.to, (answers.get(line.to) ?? 0) + 1)
  say(
    'got the answer to HELP twice',
    [...answers].filter(([, times]) => times > 1),
  )

  const counts = await carrier.ask<{ inboundSent: number }>('GET', '/counts')
  return {
    states,
    submitsTaken: lines.length,
    takenTwice,
    resent: [...ours.values()].filter(row => rulesOf[row.purpose].whenUnanswered === 'resend_once' && row.attempts > 1)
      .length,
    repliesRepeated: counts.inboundSent - load.replies.length - load.helps.length,
    lost: [...load.answers].filter(([n, { id }]) => ours.get(n)?.id !== id || !isEnd(ours.get(n)!.state)).length,
    doubled: wrong.get('must not be doubled, and was')?.length ?? 0,
    broken: [...wrong].map(
      ([what, of]) =>
        `${of.length} ${what}: ${of
          .slice(0, 8)
          .map(one => JSON.stringify(one))
          .join(' ')}`,
    ),
  }
}
