// The line: which carriers there are, which senders, and which routes lead to them. Data that an operator keeps, as one
// document with versions; every process reads the newest within two seconds, and no restart is needed.
import {
  type CarrierInput,
  type CarrierSettings,
  hasPurpose,
  type Line,
  type LineVersion,
  secretNames,
} from '@usher/contract/carrier'
import type { EventBus } from '../events.ts'
import { type Purpose, purposes, rulesOf } from '../message/purpose.ts'
import { type Database, DatabaseAway, type Statements, urgency } from '../store/database.ts'
import { type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'
import type { Configured } from './channel.ts'
import { closedBy } from './registrations.ts'
import type { CarrierDocument, LineDocument } from './route.ts'
import { problemsOf as webProblems } from './web.ts'

/** A version as it is in force. */
export interface LineNow {
  version: number
  at: Date
  by: string | null
  what: string
  document: LineDocument
  /** By carrier and name, in the clear. */
  secrets: ReadonlyMap<string, Record<string, string>>
}

export interface LineProblem {
  /** Where in what was given, as a JSON pointer. */
  at: string
  sentence: string
}

export interface LineChange {
  at: Date
  operatorId: string | null
  what: string
  /** The version that the change was made from; undefined: whichever. */
  from: number | undefined
  /** Answers the new document, or what is wrong. Given the newest, under the lock. */
  edit: (document: LineDocument) => LineDocument | LineProblem[] | 'unknown'
  /** Secrets to store with it, by carrier and name; null takes all of a carrier away. */
  secrets?: Record<string, Record<string, string> | null>
}

export type LineAnswer =
  | { kind: 'changed'; now: LineNow; before: LineNow }
  | { kind: 'wrong'; problems: LineProblem[] }
  | { kind: 'moved_on'; version: number }
  | { kind: 'unknown' }

export interface LineStore {
  /** As it was last read. */
  current(): LineNow
  /** Makes a new version in one transaction, with what is `also` done in it. */
  change(change: LineChange, also?: (tx: Statements, before: LineNow) => Promise<unknown>): Promise<LineAnswer>
  versions(): Promise<LineVersion[]>
  version(number: number): Promise<LineNow | undefined>
  /** A carrier with its secrets in the clear. */
  configured(carrier: string): Configured | undefined
  refresh(): Promise<void>
  /** Called whenever another version comes into force. */
  onChange(changed: (now: LineNow) => void): void
  stop(): void
}

const everyMs = 1_000
const lock = sql`select pg_advisory_xact_lock(7283521)`

interface Row {
  version: number
  value: LineDocument
  at: Date
  operator_id: string | null
  by: string | null
  what: string
}

/** `first` is in force until an operator changes something; it comes from the settings, and follows them. */
export async function lineStore(
  { db, keys, events, wall }: { db: Database; keys: KeyRing; events: EventBus; wall: () => Date },
  first: { document: LineDocument; secrets: Record<string, Record<string, string>> },
): Promise<LineStore> {
  const listeners: ((now: LineNow) => void)[] = []
  let current!: LineNow
  let asked = 0
  let taken = 0

  const newest = async (from: Statements, rank: number): Promise<Row | undefined> =>
    (
      await from.rows<Row>(
        sql`
        select version, value, at, operator_id, o.name as by, what from line left join operator o on o.id = operator_id
        order by version desc limit 1`,
        rank,
      )
    )[0]
  const read = async (from: Statements, row: Row): Promise<LineNow> => {
    const rows = await from.rows<{ carrier: string; name: string; data_key: Sealed; secret: Sealed }>(
      sql`select carrier, name, data_key, secret from carrier_secret`,
      urgency.report,
    )
    const secrets = new Map<string, Record<string, string>>()
    for (const { carrier, name, data_key, secret } of rows)
      secrets.set(carrier, { ...secrets.get(carrier), [name]: unseal(keys.unwrap(data_key), secret, 'secret') })
    return { version: row.version, at: row.at, by: row.by, what: row.what, document: row.value, secrets }
  }
  const write = async (
    tx: Statements,
    row: { version: number; document: LineDocument; at: Date; operatorId: string | null; what: string },
    secrets: LineChange['secrets'] = {},
  ) => {
    await tx.rows(sql`
      insert into line (version, value, at, operator_id, what)
      values (${row.version}, ${JSON.stringify(row.document)}::text::jsonb, ${row.at}, ${row.operatorId}, ${row.what})`)
    await storeSecrets(tx, secrets)
  }
  const storeSecrets = async (tx: Statements, secrets: NonNullable<LineChange['secrets']>) => {
    const gone = Object.entries(secrets).flatMap(([carrier, of]) => (of === null ? [carrier] : []))
    if (gone.length > 0) await tx.rows(sql`delete from carrier_secret where carrier = any(${gone})`)
    const sealed = Object.entries(secrets).flatMap(([carrier, of]) =>
      Object.entries(of ?? {}).map(([name, secret]) => {
        const { key, wrapped } = keys.newDataKey()
        return { carrier, name, data_key: base64(wrapped), secret: base64(seal(key, secret, 'secret')) }
      }),
    )
    if (sealed.length > 0)
      await tx.rows(sql`
        insert into carrier_secret (carrier, name, data_key, secret)
        select carrier, name, decode(data_key, 'base64'), decode(secret, 'base64')
        from json_to_recordset(${rowset(sealed)}) as r(carrier text, name text, data_key text, secret text)
        on conflict (carrier, name) do update set data_key = excluded.data_key, secret = excluded.secret`)
  }

  await db.transaction(async tx => {
    await tx.rows(lock)
    const row = await newest(tx, urgency.ordinary)
    if (row) {
      if (row.operator_id !== null) return
      const { secrets } = await read(tx, row)
      if (
        canonical(row.value) === canonical(first.document) &&
        canonical(Object.fromEntries(secrets)) === canonical(first.secrets)
      )
        return
    }
    const gone = row ? Object.fromEntries(row.value.carriers.map(({ name }) => [name, null])) : {}
    await write(
      tx,
      {
        version: (row?.version ?? 0) + 1,
        document: first.document,
        at: wall(),
        operatorId: null,
        what: 'as the settings say',
      },
      gone,
    )
    await storeSecrets(tx, first.secrets)
  })
  async function refresh() {
    const turn = ++asked
    const row = await newest(db, urgency.report)
    if (turn < taken || row!.version === current?.version) return
    const found = await read(db, row!)
    if (turn < taken) return
    taken = turn
    current = found
    for (const listener of listeners) listener(current)
  }
  await refresh()
  let isLooking = false
  const timer = setInterval(async () => {
    if (isLooking) return
    isLooking = true
    await refresh().catch(error => {
      if (!(error instanceof DatabaseAway))
        events.emit('work.failed', { what: 'reading the line', error: String(error) })
    })
    isLooking = false
  }, everyMs)
  timer.unref()

  return {
    current: () => current,
    async change({ at, operatorId, what, from, edit, secrets }, also) {
      const answer = await db.transaction(async (tx): Promise<LineAnswer> => {
        await tx.rows(lock)
        const before = await read(tx, (await newest(tx, urgency.ordinary))!)
        if (from !== undefined && from !== before.version) return { kind: 'moved_on', version: before.version }
        const edited = edit(before.document)
        if (edited === 'unknown') return { kind: 'unknown' }
        if (Array.isArray(edited)) return { kind: 'wrong', problems: edited }
        const document = edited as LineDocument
        const known = new Map(before.secrets)
        for (const [carrier, of] of Object.entries(secrets ?? {}))
          if (of === null) known.delete(carrier)
          else known.set(carrier, { ...known.get(carrier), ...of })
        const problems = problemsOf(document, known, at)
        if (problems.length > 0) return { kind: 'wrong', problems }
        const version = before.version + 1
        await write(tx, { version, document, at, operatorId, what }, secrets)
        await also?.(tx, before)
        return { kind: 'changed', before, now: await read(tx, (await newest(tx, urgency.ordinary))!) }
      })
      if (answer.kind === 'changed') await refresh()
      return answer
    },
    async versions() {
      const rows = await db.rows<Omit<Row, 'value' | 'operator_id'>>(
        sql`select version, at, o.name as by, what from line left join operator o on o.id = operator_id order by version desc limit 100`,
        urgency.report,
      )
      return rows.map(({ version, at, by, what }) => ({ version, at: at.toISOString(), by, what }))
    },
    async version(number) {
      const [row] = await db.rows<Row>(
        sql`
        select version, value, at, operator_id, o.name as by, what from line left join operator o on o.id = operator_id
        where version = ${number}`,
        urgency.report,
      )
      return row && read(db, row)
    },
    configured(name) {
      const carrier = current.document.carriers.find(one => one.name === name)
      // The secrets are beside the document; together they are what the contract calls settings.
      return carrier && ({ ...carrier, secrets: current.secrets.get(name) ?? {} } as Configured)
    },
    refresh,
    onChange: listener => listeners.push(listener),
    stop: () => clearInterval(timer),
  }
}

/** One string for what means the same, whatever the order of its fields. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return `{${fields
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
    .join()}}`
}

/** What a carrier that is given becomes in a version: all but its secrets. */
export function carrierDocument(name: string, { secrets: _, ...input }: CarrierInput): CarrierDocument {
  return { name, ...input }
}

/** Which secrets have to be there. The others are worth having: without `signing`, what a carrier calls us with is not believed. */
const needed: Record<CarrierSettings['protocol'], readonly string[]> = {
  smpp: ['password'],
  twilio: ['authToken'],
  vonage: ['apiSecret'],
  http: [],
}

/** Texts for these need no way to opt out: they are asked for. */
export const needsOptOut = (purpose: Purpose): boolean => rulesOf[purpose].basis !== 'asked'

/** What would not work together, before anything is sent by it. Pure; empty where all is well. */
export function problemsOf(
  { carriers, senders, routes }: LineDocument,
  secrets: ReadonlyMap<string, Record<string, string>>,
  now: Date,
): LineProblem[] {
  const problems: LineProblem[] = []
  const say = (at: string, sentence: string) => problems.push({ at, sentence })

  for (const carrier of carriers) {
    const at = `/carriers/${carrier.name}`
    const stored = secrets.get(carrier.name) ?? {}
    for (const name of needed[carrier.protocol])
      if (!stored[name]) say(`${at}/secrets/${name}`, `The ${name} of ${carrier.name} has to be given.`)
    if (carrier.protocol === 'smpp') {
      const does = (...types: string[]) => carrier.binds.some(bind => types.includes(bind.type))
      if (!does('transceiver', 'transmitter'))
        say(`${at}/binds`, 'No bind takes texts: one has to be a transceiver or a transmitter.')
      if (!does('transceiver', 'receiver'))
        say(`${at}/binds`, 'No bind brings receipts and replies: one has to be a transceiver or a receiver.')
      if (carrier.longTexts === 'payload' && carrier.national.length > 0)
        say(
          `${at}/national`,
          'A national table is named in the header of a part, and a text in message_payload has none: choose another form for long texts, or no tables.',
        )
    } else {
      // Over http whoever listens has the credentials; a machine talking to itself is the exception.
      if (carrier.url.startsWith('http:') && !isLoopback(carrier.url))
        say(`${at}/url`, 'Its address has to be https: over http others read credentials and texts.')
    }
    if (carrier.protocol === 'http')
      for (const { path, message } of webProblems({ ...carrier, secrets: stored })) say(`${at}${path}`, message)
  }

  for (const sender of senders) {
    const at = `/senders/${sender.name}`
    const wrong = addressProblem(sender)
    if (wrong) say(`${at}/address`, wrong)
    if (sender.kind === 'alphanumeric' && sender.isTwoWay)
      say(`${at}/isTwoWay`, 'Nobody can answer a name: it is one-way.')
    const doubled = twice(sender.registrations.map(({ country }) => country))
    if (doubled) say(`${at}/registrations`, `There are two registrations in ${doubled}.`)
  }

  const doubled = twice(routes.map(({ name }) => name))
  if (doubled) say('/routes', `Two routes are named ${doubled}.`)
  const byName = new Map(routes.map(route => [route.name, route]))
  for (const [i, route] of routes.entries()) {
    const at = `/routes/${i}`
    const sender = senders.find(({ name }) => name === route.sender)
    if (!sender) say(`${at}/sender`, `There is no sender ${route.sender}.`)
    else {
      if (sender.countries !== null) {
        const outside = route.countries?.filter(country => !sender.countries!.includes(country))
        if (!outside)
          say(`${at}/countries`, `The sender ${sender.name} is for some countries only, so the route has to name them.`)
        else if (outside.length > 0)
          say(`${at}/countries`, `The sender ${sender.name} may not be used in ${outside.join(', ')}.`)
      }
      const asked = purposes.filter(purpose => hasPurpose(route.purposes, purpose))
      const foreign = asked.filter(purpose => !hasPurpose(sender.purposes, purpose))
      if (foreign.length > 0)
        say(`${at}/purposes`, `The sender ${sender.name} may not be used for ${foreign.slice(0, 3).join(', ')}.`)
      if (!sender.isTwoWay && sender.optOut === null && asked.some(needsOptOut))
        say(
          `${at}/sender`,
          `Nobody can answer the sender ${sender.name}: give it a link to opt out by, or a route of codes and replies alone.`,
        )
      for (const country of route.countries ?? []) {
        const closed = closedBy(sender, country, now)
        if (closed && route.countries?.length === 1) say(`${at}/sender`, closed)
      }
    }
    for (const [j, { carrier }] of route.carriers.entries())
      if (!carriers.some(({ name }) => name === carrier)) say(`${at}/carriers/${j}`, `There is no carrier ${carrier}.`)
    const carrierTwice = twice(route.carriers.map(({ carrier }) => carrier))
    if (carrierTwice) say(`${at}/carriers`, `The carrier ${carrierTwice} is there twice.`)
    if (route.otherwise !== null) {
      if (!byName.has(route.otherwise)) say(`${at}/otherwise`, `There is no route ${route.otherwise}.`)
      const way = [route.name]
      for (
        let next = byName.get(route.otherwise);
        next;
        next = next.otherwise === null ? undefined : byName.get(next.otherwise)
      ) {
        if (way.includes(next.name)) {
          if (next === route) say(`${at}/otherwise`, `It goes in a circle: ${[...way, next.name].join(', ')}.`)
          break
        }
        way.push(next.name)
      }
    }
  }
  return problems
}

const twice = (names: readonly string[]) => names.find((name, i) => names.indexOf(name) !== i)

const isLoopback = (url: string) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname)

/** An address has to be one of its kind (SMPP 3.4, 5.2.5 and 5.2.8; a name has 11 characters at most, as in GSM 03.40, 9.1.2.5). */
function addressProblem({ kind, address }: { kind: string; address: string }): string | undefined {
  switch (kind) {
    case 'alphanumeric':
      if (!/^[A-Za-z0-9 ._&-]{1,11}$/.test(address))
        return 'A name has 1 to 11 letters, digits, spaces, or one of . _ & -.'
      return /[A-Za-z]/.test(address) ? undefined : 'A name has at least one letter; what has digits alone is a number.'
    case 'short_code':
      return /^\d{3,8}$/.test(address) ? undefined : 'A short code has 3 to 8 digits.'
    default:
      return /^\+[1-9]\d{6,14}$/.test(address) ? undefined : 'A number is written with + and its country code.'
  }
}

/** Where a carrier over HTTP brings what it has to tell. */
export const callbacksOf = (carrier: string, publicUrl: string) => ({
  status: `${publicUrl}/carriers/${carrier}/status`,
  inbound: `${publicUrl}/carriers/${carrier}/inbound`,
})

/** As the API shows it: what is secret is named, and not told. `callbacks` gives the addresses that an HTTP carrier calls. */
export function viewLine({ version, at, by, what, document, secrets }: LineNow, publicUrl: string): Line {
  return {
    version,
    at: at.toISOString(),
    by,
    what,
    carriers: document.carriers.map(carrier => {
      const stored = Object.keys(secrets.get(carrier.name) ?? {})
      const names: readonly string[] = secretNames[carrier.protocol]
      return {
        ...carrier,
        secrets: names.filter(name => stored.includes(name)),
        callbacks: carrier.protocol === 'smpp' ? null : callbacksOf(carrier.name, publicUrl),
      } as CarrierSettings // spreading loses which of the protocols it is
    }),
    senders: [...document.senders],
    routes: [...document.routes],
  }
}
