// A sign-in is told, judged and answered. What came before of the same subscriber lies in one row, so that judging reads
// one place and not twenty; many that come at once are read, judged and written together.
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { firstIdAt, newId } from '../store/id.ts'
import type { KeyRing, Sealed } from '../store/keys.ts'
import { base64, join, rowset, type Sql, sql } from '../store/sql.ts'
import { readAgent } from './agent.ts'
import { type CampaignState, campaignWatch } from './campaign.ts'
import { type Count, countOfScore, countsOf, type Tallies } from './everyone.ts'
import { type Change, change, type Habits, noHabits } from './habits.ts'
import { addressOf, type Places } from './place.ts'
import {
  type AddressFacts,
  type Answer,
  type Attempt,
  type Failure,
  type Finding,
  type History,
  judge,
  type Rules,
  type Seen,
  strongFactors,
  type Unasked,
  type Verdict,
  vocabularyOf,
} from './risk.ts'
import { sweep } from './sweep.ts'

/** As the service tells it. */
export interface ToldSignIn {
  subscriber: string
  at: Date
  ip: string
  device: string | null
  userAgent: string
  outcome: 'succeeded' | 'failed'
  factor: string | null
}

/** As it is kept. */
export interface SignInRow {
  id: string
  subscriber: string
  subscriber_id: string
  at: Date
  outcome: 'succeeded' | 'failed'
  factor: string | null
  address_hash: Sealed
  device_hash: Sealed | null
  country: string | null
  city: string | null
  asn: number | null
  network: string | null
  latitude: number | null
  longitude: number | null
  is_hidden: boolean
  kind: Seen['agent']['kind']
  system: string
  browser: string
  answer: Answer
  score: number
  findings: StoredFinding[]
  unasked: Unasked[]
  /** Whether it was theirs, once somebody knows. */
  is_theirs: boolean | null
}

export type Told =
  | { kind: 'judged'; row: SignInRow; state: CampaignState }
  /** A name that nobody has, which failed, as it had to: it counts where addresses are watched. */
  | { kind: 'unknown' }

export interface SignIns {
  tell(signIn: ToldSignIn): Promise<Told>
  drained(): Promise<void>
}

export interface SignInDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  places: Places
  tallies: Tallies
  rules: () => Rules
}

/** What judging goes by: as many as Okta looks at. */
const mostAccepted = 50
const mostFailures = 20
/** In the list. */
export const mostListed = 200
export const keptDays = 183
/** Who tried whom from where is kept no longer; no window is longer. */
export const triesKeptMinutes = 240
/** Of tries from one address; an attack has more, and they would say the same. */
const mostTries = 100
/** What is told so late is no part of what happens now. */
const lateMs = 60 * 60_000
const mostRounds = 20

interface Item {
  told: ToldSignIn
  seen: Seen
  network: string | null
  /** As they are looked up: under each key of the ring. */
  addresses: string[]
  devices: string[]
  account: string
}

export function signIns(deps: SignInDeps): SignIns {
  const { db, keys, clock, events, places } = deps
  const campaign = campaignWatch(({ at, ...state }) => events.emit('sign_in.campaign', { ...state, at }))
  const batcher = new Batcher<Item, Told>({
    size: 64,
    waitMs: 2,
    parallel: Math.min(4, db.connections),
    work: items => judgeTogether(deps, campaign, items),
  })
  const short = (value: string) => keys.hashes(value).map(hash => hash.subarray(0, 8).toString('base64url'))
  return {
    tell(told) {
      const { network: address } = addressOf(told.ip)!
      const place = places.find(told.ip)
      const now = clock.now()
      const addresses = short(`sign-in address ${address}`)
      const devices = told.device === null ? [] : short(`sign-in device ${told.device}`)
      return batcher.push({
        // What is dated ahead was told by a clock that is.
        told: told.at > now ? { ...told, at: now } : told,
        seen: {
          at: new Date(Math.floor(Math.min(told.at.getTime(), now.getTime()) / 1_000) * 1_000),
          ...{ country: place.country, city: place.city, asn: place.network?.asn ?? null, place: place.at },
          ...{ isHidden: place.isHidden, address: addresses[0]!, device: devices[0] ?? null },
          agent: readAgent(told.userAgent),
        },
        network: place.network?.name ?? null,
        ...{ addresses, devices, account: short(`sign-in account ${told.subscriber}`)[0]! },
      })
    },
    drained: () => batcher.drained(),
  }
}

interface Facts {
  n: number
  subscriber_id: string | null
  version: number | null
  history: StoredHistory | null
  habits: Habits | null
  accounts: number
  failed: number
  tries: number
}

async function judgeTogether(
  deps: SignInDeps,
  campaign: ReturnType<typeof campaignWatch>,
  items: readonly Item[],
): Promise<Told[]> {
  const { db, clock, events, tallies } = deps
  const now = clock.now()
  const rules = deps.rules()
  const state = campaign.look(now)
  const answers: Told[] = []
  const counted: Count[] = []
  let open = items.map((item, n) => ({ item, n }))
  // Where another process wrote the same row meanwhile, its subscriber is read and judged anew.
  for (let round = 0; open.length > 0; round++) {
    if (round === mostRounds) throw new Error('A row of sign-ins was changed again and again.')
    const facts = await load(db, open, rules, now)
    const people = new Map<string, Person>()
    const judged = open.map(({ item, n }, i) => {
      const { subscriber_id: id, version, history, habits, ...address } = facts[i]!
      if (id === null) return { item, n, person: null, row: null, counts: [] }
      let person = people.get(id)
      if (!person) {
        person = { id, version: version ?? 0, history: readHistory(history), rows: 0, seenAt: item.seen.at }
        people.set(id, person)
      }
      return {
        item,
        n,
        person,
        ...judgeOne(deps, item, person, { address, habits: change(habits ?? noHabits, now) }, state, rules, now),
      }
    })
    const written = await write(db, now, [...people.values()], judged)
    const done = judged.filter(({ person }) => person === null || written.has(person.id))
    for (const { n, row, counts } of done) {
      answers[n] = row ? { kind: 'judged', row, state } : { kind: 'unknown' }
      counted.push(...counts)
    }
    open = open.filter((_, i) => !done.includes(judged[i]!))
  }
  tallies.add(counted)
  for (const [n, { told, seen, account }] of items.entries()) {
    if (now.getTime() - told.at.getTime() > lateMs) continue
    const answer = answers[n]!
    const isKnown =
      answer.kind === 'judged' && answer.row.findings.some(([name, , had]) => name === 'device' && had !== 0)
    campaign.note(now, account, seen.address, told.outcome === 'succeeded', isKnown)
  }
  const rows = answers.flatMap(answer => (answer.kind === 'judged' ? [answer.row] : []))
  if (rows.length > 0)
    events.emit(
      'sign_in.judged',
      rows.map(row => ({
        ...{
          id: row.id,
          subscriber: row.subscriber_id,
          at: row.at,
          outcome: row.outcome,
          answer: row.answer,
          score: row.score,
        },
        vocabulary: vocabularyOf(row, row.findings.map(unpack)),
      })),
    )
  return answers
}

interface Person {
  id: string
  version: number
  history: History
  /** How many sign-ins are added. */
  rows: number
  seenAt: Date
}

function judgeOne(
  { tallies }: SignInDeps,
  { told, seen, network, addresses, devices }: Item,
  person: Person,
  around: { address: AddressFacts; habits: Change },
  { isOn }: CampaignState,
  rules: Rules,
  now: Date,
): { row: SignInRow; counts: Count[] } {
  const attempt: Attempt = { ...seen, outcome: told.outcome, factor: told.factor }
  person.history = renamed(person.history, addresses, devices)
  const verdict = judge(attempt, person.history, tallies, { ...around, isCampaign: isOn }, rules)
  const isAccepted = told.outcome === 'succeeded' && verdict.answer === 'allow'
  person.history = after(person.history, attempt, isAccepted)
  person.rows++
  if (seen.at > person.seenAt) person.seenAt = seen.at
  const isStrong = told.factor !== null && strongFactors.has(told.factor)
  return {
    row: rowOf(newId(now), person.id, told, seen, network, verdict),
    counts: [
      ...(isAccepted ? countsOf(seen, now) : []),
      // Of a failure nobody is asked for more; what it would have been is no part of the preview.
      ...(told.outcome === 'succeeded' ? [countOfScore({ ...verdict, isStrong }, now)] : []),
    ],
  }
}

/** Under the newest key of the ring, where an older one hashed it. */
function renamed(history: History, addresses: readonly string[], devices: readonly string[]): History {
  if (addresses.length === 1) return history
  const rename = <T extends Failure>(one: T): T => ({
    ...one,
    ...(addresses.includes(one.address) ? { address: addresses[0]! } : {}),
    ...(one.device !== null && devices.includes(one.device) ? { device: devices[0]! } : {}),
  })
  return { accepted: history.accepted.map(rename), failures: history.failures.map(rename) }
}

/** What a stranger did, or may have done, is no part of what is theirs. */
function after(history: History, { outcome, factor: _, ...seen }: Attempt, isAccepted: boolean): History {
  const { at, address, device } = seen
  return {
    accepted: isAccepted ? put(history.accepted, seen).slice(0, mostAccepted) : history.accepted,
    failures:
      outcome === 'failed' ? put(history.failures, { at, address, device }).slice(0, mostFailures) : history.failures,
  }
}

/** Newest first, though it may be told late. */
const put = <T extends { at: Date }>(list: readonly T[], one: T): T[] => {
  const place = list.findIndex(({ at }) => at <= one.at)
  return list.toSpliced(place === -1 ? list.length : place, 0, one)
}

function rowOf(
  id: string,
  subscriberId: string,
  told: ToldSignIn,
  seen: Seen,
  network: string | null,
  { answer, score, findings, unasked }: Verdict,
): SignInRow {
  return {
    ...{ id, subscriber: told.subscriber, subscriber_id: subscriberId, at: told.at },
    ...{ outcome: told.outcome, factor: told.factor },
    address_hash: Buffer.from(seen.address, 'base64url'),
    device_hash: seen.device === null ? null : Buffer.from(seen.device, 'base64url'),
    ...{ country: seen.country, city: seen.city, asn: seen.asn, network },
    ...{ latitude: seen.place?.latitude ?? null, longitude: seen.place?.longitude ?? null, is_hidden: seen.isHidden },
    ...seen.agent,
    ...{ answer, score, findings: findings.map(pack), unasked, is_theirs: null },
  }
}

// ---- As it is stored -------------------------------------------------------------------------------------------------

export type StoredFinding =
  | [name: string, value: string | null, had: number, of: number, strangers: number, theirs: number, points: number]
  | [name: string, facts: Record<string, number>, points: number]

const digits = (value: number) => Number(value.toPrecision(3))
const pack = (one: Finding): StoredFinding =>
  one.kind === 'signal'
    ? [one.name, one.facts, one.points]
    : [one.name, one.value, one.had, one.of, digits(one.strangers), digits(one.theirs), one.points]

// What was written by pack is read back as what it was.
export const unpack = (stored: StoredFinding): Finding =>
  (stored.length === 3
    ? { kind: 'signal', name: stored[0], facts: stored[1], points: stored[2] }
    : {
        ...{ kind: 'feature', name: stored[0], value: stored[1], had: stored[2], of: stored[3] },
        ...{ strangers: stored[4], theirs: stored[5], points: stored[6] },
      }) as Finding

type StoredSeen = [
  seconds: number,
  country: string | null,
  city: string | null,
  asn: number | null,
  latitude: number | null,
  longitude: number | null,
  isHidden: 0 | 1,
  address: string,
  device: string | null,
  kind: Seen['agent']['kind'],
  system: string,
  browser: string,
]
/** Lists and no names: a million people have one. */
export interface StoredHistory {
  a: StoredSeen[]
  f: [seconds: number, address: string, device: string | null][]
}

const readHistory = (stored: StoredHistory | null): History => ({
  accepted: (stored?.a ?? []).map(
    ([at, country, city, asn, latitude, longitude, isHidden, address, device, kind, system, browser]) => ({
      ...{ at: new Date(at * 1_000), country, city, asn, address, device, isHidden: isHidden === 1 },
      place: latitude === null || longitude === null ? null : { latitude, longitude },
      agent: { kind, system, browser },
    }),
  ),
  failures: (stored?.f ?? []).map(([at, address, device]) => ({ at: new Date(at * 1_000), address, device })),
})

const seconds = (at: Date) => Math.floor(at.getTime() / 1_000)
const writeHistory = ({ accepted, failures }: History): StoredHistory => ({
  a: accepted.map(({ at, country, city, asn, place, isHidden, address, device, agent }) => [
    ...([seconds(at), country, city, asn, place?.latitude ?? null, place?.longitude ?? null] as const),
    ...([isHidden ? 1 : 0, address, device, agent.kind, agent.system, agent.browser] as const),
  ]),
  f: failures.map(({ at, address, device }) => [seconds(at), address, device]),
})

// ---- Statements ------------------------------------------------------------------------------------------------------

/** One for each that is asked, in order. */
async function load(db: Database, open: readonly { item: Item }[], rules: Rules, now: Date): Promise<Facts[]> {
  const asked = open.map(({ item }, n) => ({
    ...{ n, subscriber: item.told.subscriber },
    addresses: item.addresses.map(hash => Buffer.from(hash, 'base64url').toString('base64')).join(),
  }))
  const since = firstIdAt(new Date(now.getTime() - rules.accounts.minutes * 60_000))
  const rows = await db.rows<Facts>(
    sql`
    select r.n, s.id as subscriber_id, p.version, p.history, v.habits, x.accounts, x.failed, x.tries
    from json_to_recordset(${rowset(asked)}) as r(n int, subscriber text, addresses text)
    left join subscriber s on s.external_id = r.subscriber and s.erased_at is null
    left join sign_in_profile p on p.subscriber_id = s.id
    left join view_profile v on v.subscriber_id = s.id
    cross join lateral (
      select count(distinct t.account_hash) filter (where not t.has_succeeded)::int as accounts,
        count(*) filter (where not t.has_succeeded)::int as failed, count(*)::int as tries
      from unnest(string_to_array(r.addresses, ',')) as a(hash)
      cross join lateral (
        select account_hash, has_succeeded from sign_in_try
        where address_hash = decode(a.hash, 'base64') and id >= ${since}::uuid order by id desc limit ${mostTries}) t) x
    order by r.n`,
    urgency.strict,
  )
  return rows
}

/** Answers whose rows were written: the others were changed by somebody else since they were read, or are erased. */
async function write(
  db: Database,
  now: Date,
  people: readonly Person[],
  judged: readonly { item: Item; person: Person | null; row: SignInRow | null; counts: readonly Count[] }[],
): Promise<Set<string>> {
  const profiles = people.map(({ id, version, history, rows, seenAt }) => ({
    ...{ subscriber_id: id, version, history: writeHistory(history), kept: rows, seen_at: seenAt },
  }))
  const rows = judged.flatMap(({ row }) =>
    row ? [{ ...row, address_hash: base64(row.address_hash), device_hash: base64(row.device_hash) }] : [],
  )
  const tries = judged.flatMap(({ item: { told, seen, account }, person }) =>
    now.getTime() - told.at.getTime() > lateMs
      ? []
      : [
          {
            ...{ id: newId(now), subscriber_id: person?.id ?? null, has_succeeded: told.outcome === 'succeeded' },
            address_hash: Buffer.from(seen.address, 'base64url').toString('base64'),
            account_hash: Buffer.from(account, 'base64url').toString('base64'),
          },
        ],
  )
  const counts = judged.flatMap(({ person, counts }) => counts.map(count => ({ ...count, subscriber_id: person!.id })))
  const written = await db.rows<{ subscriber_id: string }>(
    sql`
    with r as (
      select * from json_to_recordset(${rowset(profiles)}) as r(subscriber_id uuid, version int, history json, kept int, seen_at timestamptz)),
    alive as (
      select s.id from subscriber s join r on r.subscriber_id = s.id where s.erased_at is null order by s.id for key share of s),
    profile as (
      insert into sign_in_profile as p (subscriber_id, version, history, kept, seen_at)
      select r.subscriber_id, r.version + 1, r.history, r.kept, r.seen_at from r join alive on alive.id = r.subscriber_id order by 1
      on conflict (subscriber_id) do update set version = excluded.version, history = excluded.history,
        kept = p.kept + excluded.kept, seen_at = greatest(p.seen_at, excluded.seen_at)
      where p.version = excluded.version - 1
      returning p.subscriber_id),
    listed as (
      insert into sign_in (id, subscriber_id, at, outcome, factor, address_hash, device_hash, country, city, asn, network, latitude,
        longitude, is_hidden, kind, system, browser, answer, score, findings, unasked)
      select n.id, n.subscriber_id, n.at, n.outcome, n.factor, decode(n.address_hash, 'base64'), decode(n.device_hash, 'base64'), n.country,
        n.city, n.asn, n.network, n.latitude, n.longitude, n.is_hidden, n.kind, n.system, n.browser, n.answer, n.score, n.findings,
        array(select json_array_elements_text(n.unasked))
      from json_to_recordset(${rowset(rows)}) as n(id uuid, subscriber_id uuid, at timestamptz, outcome text, factor text, address_hash text,
        device_hash text, country text, city text, asn bigint, network text, latitude real, longitude real, is_hidden boolean, kind text,
        system text, browser text, answer text, score real, findings json, unasked json)
      join profile on profile.subscriber_id = n.subscriber_id order by n.id),
    tried as (
      insert into sign_in_try (id, address_hash, account_hash, has_succeeded)
      select t.id, decode(t.address_hash, 'base64'), decode(t.account_hash, 'base64'), t.has_succeeded
      from json_to_recordset(${rowset(tries)}) as t(id uuid, subscriber_id uuid, address_hash text, account_hash text, has_succeeded boolean)
      where t.subscriber_id is null or t.subscriber_id in (select subscriber_id from profile) order by t.id),
    counted as (
      insert into sign_in_tally_new (counts) select json_agg(json_build_array(kind, since, given, value, count)) from (
        select c.kind, c.since, c.given, c.value, count(*) as count
        from json_to_recordset(${rowset(counts)}) as c(subscriber_id uuid, kind text, since date, given text, value text)
        join profile on profile.subscriber_id = c.subscriber_id group by 1, 2, 3, 4) c
      having count(*) > 0)
    select subscriber_id from profile`,
    urgency.strict,
  )
  return new Set(written.map(({ subscriber_id }) => subscriber_id))
}

const columns = sql`i.id, s.external_id as subscriber, i.subscriber_id, i.at, i.outcome, i.factor, i.address_hash, i.device_hash, i.country,
  i.city, i.asn, i.network, i.latitude, i.longitude, i.is_hidden, i.kind, i.system, i.browser, i.answer, i.score, i.findings, i.unasked, i.is_theirs`

/** Newest first, by when they were told. */
export async function listSignIns(
  db: Statements,
  filter: { subscriber?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: SignInRow[]; next: string | null }> {
  const where: Sql[] = [sql`true`]
  if (filter.cursor) where.push(sql`i.id < ${filter.cursor}::uuid`)
  if (filter.subscriber)
    where.push(
      sql`i.subscriber_id = (select id from subscriber where external_id = ${filter.subscriber} and erased_at is null)`,
    )
  const rows = await db.rows<SignInRow>(
    sql`
    select ${columns} from sign_in i join subscriber s on s.id = i.subscriber_id
    where ${join(where, sql` and `)} order by i.id desc limit ${filter.limit + 1}`,
    urgency.report,
  )
  const items = rows.slice(0, filter.limit)
  return { items, next: rows.length > filter.limit ? items.at(-1)!.id : null }
}

/** Of one subscriber, newest first by when they happened. */
export const signInsOf = (
  db: Database,
  subscriberId: string,
  before: Date | null,
  limit: number,
): Promise<SignInRow[]> =>
  db.rows<SignInRow>(
    sql`
    select ${columns} from sign_in i join subscriber s on s.id = i.subscriber_id
    where i.subscriber_id = ${subscriberId} and ${before === null ? sql`true` : sql`i.at < ${before}`}
    order by i.at desc, i.id desc limit ${limit}`,
    urgency.report,
  )

export async function findSignIn(db: Statements, id: string): Promise<SignInRow | undefined> {
  const [row] = await db.rows<SignInRow>(sql`
    select ${columns} from sign_in i join subscriber s on s.id = i.subscriber_id where i.id = ${id}`)
  return row
}

/**
 * Somebody knows whether it was theirs: they passed what they were asked for, or said so. What was theirs is what the next
 * ones are judged by; what was not is not, nor what came from its device since. Undefined where there is none. A no can come after
 * a yes, for a code that was right may have been typed by whoever was told it; nothing comes after a no.
 */
export async function settleSignIn(
  /** Without tallies its counts are read back within a minute. */
  { db, clock, tallies }: Pick<SignInDeps, 'db' | 'clock'> & Partial<Pick<SignInDeps, 'tallies'>>,
  id: string,
  isTheirs: boolean,
): Promise<SignInRow | 'settled' | undefined> {
  const now = clock.now()
  const counts: Count[] = []
  const settled = await db.transaction(async tx => {
    counts.length = 0
    const before = await findSignIn(tx, id)
    if (!before) return undefined
    // First the row that those who tell sign-ins write, then the list.
    const [profile] = await tx.rows<{ history: StoredHistory }>(sql`
      select history from sign_in_profile where subscriber_id = ${before.subscriber_id} for update`)
    const [row] = await tx.rows<{ is_theirs: boolean | null }>(sql`
      select is_theirs from sign_in where id = ${id} for update`)
    if (!row || !profile) return undefined
    if (row.is_theirs === isTheirs) return before
    if (row.is_theirs === false) return 'settled' as const
    await tx.rows(sql`update sign_in set is_theirs = ${isTheirs} where id = ${id}`)
    const seen = seenOf(before)
    const history = readHistory(profile.history)
    const wasAccepted = before.outcome === 'succeeded' && before.answer === 'allow'
    let accepted = history.accepted
    if (isTheirs && !wasAccepted) {
      accepted = put(accepted, seen).slice(0, mostAccepted)
      counts.push(...countsOf(seen, now))
    } else if (!isTheirs)
      accepted = accepted.filter(
        one =>
          !(one.at.getTime() === seen.at.getTime() && one.address === seen.address && one.device === seen.device) &&
          !(seen.device !== null && one.device === seen.device && one.at >= seen.at),
      )
    await tx.rows(sql`
      update sign_in_profile set version = version + 1, history = ${JSON.stringify(writeHistory({ ...history, accepted }))}::text::json
      where subscriber_id = ${before.subscriber_id}`)
    if (counts.length > 0)
      await tx.rows(sql`
        insert into sign_in_tally_new (counts)
        values (${JSON.stringify(counts.map(({ kind, since, given, value }) => [kind, since, given, value, 1]))}::text::json)`)
    return { ...before, is_theirs: isTheirs }
  })
  tallies?.add(counts)
  return settled
}

const hash = (bytes: Sealed) => Buffer.from(bytes).toString('base64url')
const tenth = (degrees: number) => Math.round(degrees * 10) / 10
const seenOf = (row: SignInRow): Seen => ({
  at: new Date(seconds(row.at) * 1_000),
  ...{ country: row.country, city: row.city, asn: row.asn === null ? null : Number(row.asn), isHidden: row.is_hidden },
  // As real numbers they come back a little off.
  place:
    row.latitude === null || row.longitude === null
      ? null
      : { latitude: tenth(row.latitude), longitude: tenth(row.longitude) },
  ...{ address: hash(row.address_hash), device: row.device_hash && hash(row.device_hash) },
  agent: { kind: row.kind, system: row.system, browser: row.browser },
})

/** All of it, in the transaction that erases them. */
export async function eraseSignIns(
  tx: Statements,
  ids: readonly string[],
  accounts: readonly Uint8Array[],
): Promise<void> {
  await tx.rows(sql`delete from sign_in_profile where subscriber_id = any(${ids}::uuid[])`)
  await tx.rows(sql`delete from sign_in where subscriber_id = any(${ids}::uuid[])`)
  await tx.rows(sql`delete from sign_in_try where account_hash = any(${accounts})`)
}

/** The hashes that their tries are found by. */
export const accountHashes = (keys: KeyRing, externalId: string): Uint8Array[] =>
  keys.hashes(`sign-in account ${externalId}`).map(hash => hash.subarray(0, 8))

/** One step: what is too old goes. Answers how many rows went. */
export async function forgetSignInsByAge(db: Database, now: Date): Promise<number> {
  const before = (minutes: number) => firstIdAt(new Date(now.getTime() - minutes * 60_000))
  const gone = async (query: Sql) => (await db.rows(query, urgency.idle)).length
  const old = await gone(sql`
    delete from sign_in where id in (select id from sign_in where id < ${before(keptDays * 24 * 60)}::uuid order by id limit ${db.batch}) returning 1 as gone`)
  const tries = await gone(sql`
    delete from sign_in_try where id in (select id from sign_in_try where id < ${before(triesKeptMinutes)}::uuid order by id limit ${db.batch}) returning 1 as gone`)
  return old + tries
}

/** Of those who were silent for so long nothing is left; of the others the newest sign-ins. A piece at a time. */
export const trimSignIns = (db: Database, now: Date) =>
  sweep(db, 'sign_in_profile', async (tx, after, last) => {
    const range = sql`subscriber_id > ${after}::uuid and subscriber_id <= ${last}::uuid`
    const before = new Date(now.getTime() - keptDays * 86_400_000)
    await tx.rows(sql`delete from sign_in_profile where ${range} and seen_at < ${before}`)
    await tx.rows(sql`
      with full_ones as (select subscriber_id from sign_in_profile where ${range} and kept > ${mostListed} for update),
      gone as (
        delete from sign_in i using full_ones f where i.subscriber_id = f.subscriber_id and i.id < (
          select id from sign_in n where n.subscriber_id = f.subscriber_id order by id desc offset ${mostListed - 1} limit 1)
        returning i.id)
      update sign_in_profile p set kept = ${mostListed}, version = p.version + 1
      from full_ones f where p.subscriber_id = f.subscriber_id`)
  })
