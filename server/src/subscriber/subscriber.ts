// The profile of a person whom the service may text: stored sealed, read back whole, erased by destroying one key.
import type { Network } from '@usher/contract/carrier'
import { eventTypes } from '@usher/contract/event'
import type { SubscriberNumber } from '@usher/contract/number'
import type { Preferences, SubscriberInput, Subscriber as SubscriberView } from '@usher/contract/subscriber'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { base64, join, rowset, type Sql, sql } from '../store/sql.ts'
import {
  type Consent,
  type Consents,
  changeConsents,
  changeOf,
  preferenceGroups,
  recordConsents,
  returnsAfter,
} from './consent.ts'
import { type AllowedRange, maskNumber, type NumberProblem, type ReadNumber, readNumber } from './number.ts'
import { placeOfNumber } from './number-place.ts'
import { liftDead, proveNumbers } from './number-proof.ts'
import { isZone } from './quiet-hours.ts'
import { regionRules } from './regions.ts'

export interface SubscriberRow {
  id: string
  external_id: string | null
  data_key: Sealed | null
  number: Sealed | null
  number_hash: Sealed | null
  number_lost_at: Date | null
  country: string | null
  network: Network | null
  locale: string | null
  zone: string | null
  region: string | null
  profile: Sealed | null
  consents: Consents
  preferences: Preferences
  created_at: Date
  updated_at: Date
}

export type PutProblem = { at: 'number'; problem: NumberProblem } | { at: 'zone'; problem: 'unknown' }

/** How to mend it; what was written there is not repeated. */
export const sayPut = (problem: PutProblem): string =>
  problem.at === 'zone'
    ? 'Name a zone of the IANA database, for example Europe/London.'
    : problem.problem === 'unreadable'
      ? 'A number is written in E.164: a plus sign, country code and digits.'
      : 'No numbering plan has this number. Check the country code and the count of digits.'

/**
 * Hears, in the transaction and before it goes on, of those whose number is no longer theirs: they have another or none
 * (number_changed), or somebody else proved that it is their own since it was taken back (number_recycled). And of those who
 * ended groups (ended): what waits of these is to go.
 */
export type LeaveNumbers = (
  tx: Statements,
  subscriberIds: string[],
  why: 'number_changed' | 'number_recycled' | 'ended',
  groups?: readonly (keyof Consents)[],
) => Promise<unknown>

export interface PutSubscriber extends SubscriberInput {
  id: string
}

/**
 * Makes or replaces subscribers, many in one statement; several lines of one id one after the other, as if they came apart. A
 * consent that is left out stays as it was; number, locale, zone, region and profile are replaced. Answers a problem for each
 * that was not taken. `leaveNumbers` hears, before anything is written, of those whose number is no longer theirs: an old number
 * may have a new owner, who never agreed to what still waits.
 */
export async function putSubscribers(
  db: Statements,
  keys: KeyRing,
  allowed: readonly AllowedRange[],
  now: Date,
  inputs: readonly PutSubscriber[],
  leaveNumbers: LeaveNumbers,
): Promise<(PutProblem | { made: boolean })[]> {
  const results: (PutProblem | { made: boolean })[] = []
  for (let rest = [...inputs.entries()]; rest.length > 0; ) {
    const seen = new Set<string>()
    const round: typeof rest = []
    const later: typeof rest = []
    for (const one of rest) {
      ;(seen.has(one[1].id) ? later : round).push(one)
      seen.add(one[1].id)
    }
    const taken = await putEach(
      db,
      keys,
      allowed,
      now,
      round.map(([, input]) => input),
      leaveNumbers,
    )
    for (const [i, [line]] of round.entries()) results[line] = taken[i]!
    rest = later
  }
  return results
}

/** One line of each id. */
async function putEach(
  db: Statements,
  keys: KeyRing,
  allowed: readonly AllowedRange[],
  now: Date,
  inputs: readonly PutSubscriber[],
  leaveNumbers: LeaveNumbers,
): Promise<(PutProblem | { made: boolean })[]> {
  const results: (PutProblem | { made: boolean })[] = []
  const rows = new Map<string, { line: number; input: PutSubscriber; number: ReadNumber | null }>()
  for (const [line, input] of inputs.entries()) {
    const number = input.number === undefined ? null : readNumber(input.number, allowed)
    if (typeof number === 'string') results[line] = { at: 'number', problem: number }
    else if (input.zone !== undefined && !isZone(input.zone)) results[line] = { at: 'zone', problem: 'unknown' }
    else {
      results[line] = { made: false }
      rows.set(input.id, { line, input, number })
    }
  }
  if (rows.size === 0) return results
  await carrySuppressions(
    db,
    keys,
    [...rows.values()].flatMap(({ number }) => number?.msisdn ?? []),
  )
  // A person keeps their data key for life, so those who exist lend theirs before anything is sealed. Locked in sorted order.
  const existing = await db.rows<Existing>(sql`
    select id, external_id, data_key, number_hash, consents from subscriber where external_id = any(${[...rows.keys()]}) order by id for no key update`)
  const left = existing.filter(({ external_id, number_hash }) => {
    const { number } = rows.get(external_id)!
    // By any key of the ring: a number that was hashed under an older one is still the same.
    return number_hash && !(number && keys.hashes(number.msisdn).some(hash => hash.equals(number_hash)))
  })
  if (left.length > 0)
    await leaveNumbers(
      db,
      left.map(row => row.id),
      'number_changed',
    )
  const there = new Map(existing.map(row => [row.external_id, row]))
  const said: Said[] = []
  const sealed = [...rows.values()].map(({ input, number }) => {
    const row = there.get(input.id)
    const { key, wrapped: dataKey } = row?.data_key
      ? { key: keys.unwrap(row.data_key), wrapped: row.data_key }
      : keys.newDataKey()
    const changed = changesOf(input.consents, row?.consents ?? {}, now, input.region ?? null, number?.country ?? null)
    said.push({ id: input.id, number, changed })
    return {
      id: newId(now),
      external_id: input.id,
      data_key: base64(dataKey),
      // As it was read, not as it was written: a STOP comes from the number as the network knows it.
      number: number && base64(seal(key, number.msisdn, 'number')),
      number_hash: number && base64(hashFor(keys, number, row?.number_hash)),
      block_hash: number && base64(keys.blockHash(number.msisdn)),
      ...numberFields(number, now),
      locale: input.locale ?? null,
      zone: input.zone ?? null,
      region: input.region ?? null,
      profile: input.profile === undefined ? null : base64(seal(key, JSON.stringify(input.profile), 'profile')),
      consents: changed,
      preferences: input.preferences ?? {},
    }
  })
  const written = await db.rows<Written>(sql`
    insert into subscriber (id, external_id, data_key, number, number_hash, block_hash, country, network, number_region, number_zones,
                            number_at, locale, zone, region, profile, consents, preferences, created_at, updated_at, told_at)
    select id, external_id, decode(data_key, 'base64'), decode(number, 'base64'), decode(number_hash, 'base64'),
           decode(block_hash, 'base64'), country, network, number_region, number_zones, number_at, locale, zone, region,
           decode(profile, 'base64'), consents, preferences, ${now}, ${now}, ${JSON.stringify({ '*': now })}::text::jsonb
    from json_to_recordset(${rowset(sealed)}) as r(id uuid, external_id text, data_key text, number text, number_hash text,
         block_hash text, country text, network text, number_region text, number_zones text[], number_at timestamptz, locale text,
         zone text, region text, profile text, consents jsonb, preferences jsonb)
    order by external_id
    on conflict (external_id) do update set
      data_key = excluded.data_key, number = excluded.number, number_hash = excluded.number_hash,
      block_hash = excluded.block_hash, country = excluded.country, network = excluded.network, number_region = excluded.number_region,
      number_zones = excluded.number_zones,
      ${sinceWhen(sql`excluded.number_hash is distinct from subscriber.number_hash`)},
      locale = excluded.locale, zone = excluded.zone, region = excluded.region, profile = excluded.profile,
      consents = subscriber.consents || excluded.consents, preferences = subscriber.preferences || excluded.preferences,
      updated_at = excluded.updated_at, told_at = excluded.told_at, erased_at = null
    where subscriber.data_key is null or subscriber.data_key = excluded.data_key
    returning id, external_id, number_hash, number_at, (xmax = 0) as made`)
  await keepConsents(db, keys, now, written, said, leaveNumbers)
  const fresh = newNumbers(written, id => rows.get(id)?.number, now)
  await liftDead(
    db,
    fresh.flatMap(number => keys.hashes(number)),
  )
  for (const { external_id, made } of written) {
    const row = rows.get(external_id)
    if (row) results[row.line] = { made }
    rows.delete(external_id)
  }
  // Who is left was made by another caller meanwhile, under another data key: they exist now, so the second time takes them.
  if (rows.size > 0) {
    const again = [...rows.values()]
    const secondTime = await putEach(
      db,
      keys,
      allowed,
      now,
      again.map(row => row.input),
      leaveNumbers,
    )
    for (const [i, row] of again.entries()) results[row.line] = secondTime[i]!
  }
  return results
}

/** What the service told about a subscriber, and when it was so. */
export interface Change extends PutSubscriber {
  at: Date
}

/** By field: when it was last told of, by the time of what told it. `*`: all of them, by a profile that was put. */
type ToldAt = Record<string, string>
const plainFields = ['number', 'locale', 'zone', 'region'] as const

/**
 * Merges changes into subscribers, in order, and makes those who are not there: what is left out stays, fields of the profile
 * are added. A change that comes late overrules nothing that happened after it: an old number would else come back. Answers a
 * problem for each that was not taken. `leaveNumbers` as for putSubscribers.
 */
export async function changeSubscribers(
  db: Statements,
  keys: KeyRing,
  allowed: readonly AllowedRange[],
  now: Date,
  changes: readonly Change[],
  leaveNumbers: LeaveNumbers,
): Promise<(PutProblem | { made: boolean })[]> {
  const numbers = new Map<Change, ReadNumber>()
  const results = changes.map((change): PutProblem | { made: boolean } => {
    const number = change.number === undefined ? null : readNumber(change.number, allowed)
    if (typeof number === 'string') return { at: 'number', problem: number }
    if (change.zone !== undefined && !isZone(change.zone)) return { at: 'zone', problem: 'unknown' }
    if (number) numbers.set(change, number)
    return { made: false }
  })
  const taken = changes.filter((_, line) => 'made' in results[line]!)
  let rest = taken
  // Who is made by another caller between the look and the writing, under another data key, is there the second time.
  while (rest.length > 0) {
    const round = untilAnotherConsent(rest)
    const written = await changeOnce(db, keys, now, [...round], numbers, leaveNumbers)
    for (const [line, change] of changes.entries())
      if ('made' in results[line]! && written.get(change.id)) results[line] = { made: true }
    rest = rest.filter(change => !(round.has(change) && written.has(change.id)))
  }
  return results
}

/** Of each person what comes before their second word on consents: a STOP of their number may stand between the two. */
function untilAnotherConsent(changes: readonly Change[]): Set<Change> {
  const said = new Set<string>()
  const over = new Set<string>()
  return new Set(
    changes.filter(({ id, consents }) => {
      if (consents !== undefined && said.has(id)) over.add(id)
      if (consents !== undefined) said.add(id)
      return !over.has(id)
    }),
  )
}

/** Answers who was written, and whether they were made. */
async function changeOnce(
  db: Statements,
  keys: KeyRing,
  now: Date,
  changes: readonly Change[],
  numbers: ReadonlyMap<Change, ReadNumber>,
  leaveNumbers: LeaveNumbers,
): Promise<Map<string, boolean>> {
  await carrySuppressions(
    db,
    keys,
    [...numbers.values()].map(({ msisdn }) => msisdn),
  )
  const existing = await db.rows<
    Existing & Pick<SubscriberRow, 'profile' | 'region' | 'country'> & { told_at: ToldAt }
  >(sql`
    select id, external_id, data_key, number_hash, region, country, profile, consents, told_at from subscriber
    where external_id = any(${[...new Set(changes.map(({ id }) => id))]}) order by id for no key update`)
  const there = new Map(existing.map(row => [row.external_id, row]))
  const byId = new Map<string, Change[]>()
  for (const change of changes) byId.set(change.id, [...(byId.get(change.id) ?? []), change])
  const left: string[] = []
  const said: Said[] = []
  const rows = [...byId].map(([externalId, own]) => {
    const row = there.get(externalId)
    const { key, wrapped } = row?.data_key
      ? { key: keys.unwrap(row.data_key), wrapped: row.data_key }
      : keys.newDataKey()
    const profile = () => (row?.profile ? JSON.parse(unseal(key, row.profile, 'profile')) : {})
    const where = { region: row?.region ?? null, country: row?.country ?? null }
    const merged = merge(own, row?.told_at ?? {}, row?.consents ?? {}, profile, now, numbers, where)
    const number = (merged.number && numbers.get(merged.number)) ?? null
    for (const changed of merged.said) said.push({ id: externalId, number, changed })
    if (row?.number_hash && number && !keys.hashes(number.msisdn).some(hash => hash.equals(row.number_hash!)))
      left.push(row.id)
    return {
      id: newId(now),
      external_id: externalId,
      data_key: base64(wrapped),
      number: number ? base64(seal(key, number.msisdn, 'number')) : null,
      number_hash: number ? base64(hashFor(keys, number, row?.number_hash)) : null,
      block_hash: number ? base64(keys.blockHash(number.msisdn)) : null,
      ...numberFields(number, now),
      locale: merged.locale?.locale ?? null,
      zone: merged.zone?.zone ?? null,
      region: merged.region?.region ?? null,
      profile: merged.profile ? base64(seal(key, JSON.stringify(merged.profile), 'profile')) : null,
      consents: merged.consents,
      preferences: Object.assign({}, ...own.map(change => change.preferences ?? {})) as Preferences,
      told_at: merged.toldAt,
    }
  })
  if (left.length > 0) await leaveNumbers(db, left, 'number_changed')
  const written = await db.rows<Written>(sql`
    insert into subscriber (id, external_id, data_key, number, number_hash, block_hash, country, network, number_region, number_zones,
                            number_at, locale, zone, region, profile, consents, preferences, created_at, updated_at, told_at)
    select id, external_id, decode(data_key, 'base64'), decode(number, 'base64'), decode(number_hash, 'base64'),
           decode(block_hash, 'base64'), country, network, number_region, number_zones, number_at, locale, zone, region,
           decode(profile, 'base64'), consents, preferences, ${now}, ${now}, told_at
    from json_to_recordset(${rowset(rows)}) as r(id uuid, external_id text, data_key text, number text, number_hash text,
         block_hash text, country text, network text, number_region text, number_zones text[], number_at timestamptz, locale text,
         zone text, region text, profile text, consents jsonb, preferences jsonb, told_at jsonb)
    order by external_id
    on conflict (external_id) do update set
      number = coalesce(excluded.number, subscriber.number),
      number_hash = coalesce(excluded.number_hash, subscriber.number_hash),
      block_hash = coalesce(excluded.block_hash, subscriber.block_hash),
      country = case when excluded.number is null then subscriber.country else excluded.country end,
      network = case when excluded.number is null then subscriber.network else excluded.network end,
      number_region = case when excluded.number is null then subscriber.number_region else excluded.number_region end,
      number_zones = case when excluded.number is null then subscriber.number_zones else excluded.number_zones end,
      ${sinceWhen(sql`excluded.number is not null and excluded.number_hash is distinct from subscriber.number_hash`)},
      locale = coalesce(excluded.locale, subscriber.locale), zone = coalesce(excluded.zone, subscriber.zone),
      region = coalesce(excluded.region, subscriber.region), profile = coalesce(excluded.profile, subscriber.profile),
      consents = excluded.consents, preferences = subscriber.preferences || excluded.preferences,
      updated_at = excluded.updated_at, told_at = excluded.told_at
    where subscriber.data_key = excluded.data_key
    returning id, external_id, number_hash, number_at, (xmax = 0) as made`)
  await keepConsents(db, keys, now, written, said, leaveNumbers)
  const last = new Map(changes.flatMap(change => (numbers.has(change) ? [[change.id, numbers.get(change)!]] : [])))
  await liftDead(
    db,
    newNumbers(written, id => last.get(id), now).flatMap(number => keys.hashes(number)),
  )
  return new Map(written.map(({ external_id, made }) => [external_id, made]))
}

/** Of each plain field, the change that has the last word; the profile where it changes; consents and times as they are then. */
function merge(
  changes: readonly Change[],
  told: ToldAt,
  consented: Consents,
  oldProfile: () => Record<string, unknown>,
  now: Date,
  numbers: ReadonlyMap<Change, ReadNumber>,
  where: { region: string | null; country: string | null },
) {
  const toldAt: ToldAt = { ...told }
  const lasting: Partial<Record<(typeof plainFields)[number], Change>> = {}
  const consents: Consents = { ...consented }
  const said: Consents[] = []
  let profile: Record<string, unknown> | undefined
  const isNews = (field: string, at: Date) =>
    [toldAt[field], toldAt['*']].every(time => time === undefined || Date.parse(time) <= at.getTime())
  for (const change of changes) {
    const { at } = change
    for (const field of plainFields)
      if (change[field] !== undefined && isNews(field, at)) {
        lasting[field] = change
        toldAt[field] = at.toISOString()
      }
    if (change.profile !== undefined) {
      profile ??= oldProfile()
      // Late fields are still news where there are none of their names.
      profile = isNews('profile', at) ? { ...profile, ...change.profile } : { ...change.profile, ...profile }
      if (isNews('profile', at)) toldAt.profile = at.toISOString()
    }
    // An event says when it was so.
    const dated = Object.entries(change.consents ?? {}).map(([group, one]) => [group, { at: at.toISOString(), ...one }])
    const region = change.region ?? where.region
    const country = numbers.get(change)?.country ?? where.country
    const changed = changesOf(Object.fromEntries(dated), consents, now, region, country)
    if (Object.keys(changed).length > 0) said.push(changed)
    Object.assign(consents, changed)
  }
  return { ...lasting, profile, consents, said, toldAt }
}

type Existing = Pick<SubscriberRow, 'id' | 'data_key' | 'number_hash' | 'consents'> & { external_id: string }
type Written = { id: string; external_id: string; number_hash: Sealed | null; number_at: Date | null; made: boolean }
/** What was newly said of somebody's consents, and the number they have then. */
type Said = { id: string; number: ReadNumber | null; changed: Consents }

/** The numbers that are somebody's since this moment. */
const newNumbers = (written: readonly Written[], of: (id: string) => ReadNumber | null | undefined, now: Date) =>
  written.flatMap(({ external_id, number_at }) =>
    number_at?.getTime() === now.getTime() ? (of(external_id)?.msisdn ?? []) : [],
  )

/** What the words of an input change, by group. */
function changesOf(
  said: SubscriberInput['consents'],
  current: Consents,
  now: Date,
  region: string | null,
  country: string | null,
): Consents {
  if (said === undefined) return {}
  const needsConfirming = regionRules(region, country).doubleOptIn !== 'no'
  return Object.fromEntries(
    Object.entries(said).flatMap(([group, one]) => {
      const change = one && changeOf(current[group as keyof Consents], one, now, needsConfirming)
      return change ? [[group, change]] : []
    }),
  )
}

/** Each new word becomes an entry of the ledger. A proven grant that was said after a STOP takes it back for its number. */
async function keepConsents(
  tx: Statements,
  keys: KeyRing,
  now: Date,
  written: readonly Written[],
  said: readonly Said[],
  leaveNumbers: LeaveNumbers,
): Promise<void> {
  const rows = new Map(written.map(row => [row.external_id, row]))
  const entries = said.flatMap(({ id, number, changed }) => {
    const row = rows.get(id)
    if (!row) return []
    return (Object.entries(changed) as [keyof Consents, Consent][]).map(([group, consent]) => ({
      ...consent,
      ...{ group, subscriberId: row.id, numberHash: row.number_hash, key: null, number },
    }))
  })
  await recordConsents(tx, keys, now, entries)
  for (const group of preferenceGroups) {
    const ended = entries.filter(entry => entry.group === group && !entry.granted)
    if (ended.length > 0)
      await leaveNumbers(
        tx,
        ended.map(({ subscriberId }) => subscriberId),
        'ended',
        [group],
      )
  }
  const hashesOf = ({ number, numberHash }: (typeof entries)[number]) =>
    number ? keys.hashes(number.msisdn) : [numberHash!]
  const granted = entries.filter(entry => entry.numberHash !== null && entry.granted)
  if (granted.length === 0) return
  // What was agreed before a STOP of that number is ended by it, whoever is told of it only now: the STOP may be lifted by
  // another group's grant, and takes nothing back that was never its own.
  const stops = await tx.rows<{ number_hash: Sealed; scope: string; at: Date }>(sql`
    select number_hash, scope, at from suppression where reason = 'stop' and number_hash = any(${granted.flatMap(hashesOf)})`)
  const ended = granted.flatMap(entry => {
    const covers = (scope: string) =>
      scope === 'all' ||
      scope === entry.group ||
      (scope === 'promotional' && (entry.group === 'titles' || entry.group === 'offers'))
    const stop = stops.find(
      one =>
        covers(one.scope) &&
        hashesOf(entry).some(hash => Buffer.from(hash).equals(one.number_hash)) &&
        !returnsAfter(entry, one.at.toISOString()),
    )
    if (!stop) return []
    const person = { id: entry.subscriberId, data_key: null, number_hash: entry.numberHash, consents: {} }
    const at = new Date(Math.max(stop.at.getTime(), Date.parse(entry.at))).toISOString()
    const consent: Consent = {
      ...{ granted: false, at, how: 'text', why: 'stop' },
      ...{ confirmed: false, basis: entry.basis },
    }
    return [{ person, group: entry.group, consent }]
  })
  await changeConsents(tx, keys, now, ended)
  const grants = granted.filter(entry => returnsAfter(entry, ''))
  if (grants.length === 0) return
  const hashes = grants.flatMap(grant => hashesOf(grant).map(hash => ({ number_hash: base64(hash), at: grant.at })))
  await tx.rows(sql`
    delete from suppression s using json_to_recordset(${rowset(hashes)}) as r(number_hash text, at timestamptz)
    where s.number_hash = decode(r.number_hash, 'base64') and s.reason = 'stop' and s.at < r.at`)
  // Who agreed, provably, after the number was taken back from somebody, is its new owner.
  const { others } = await proveNumbers(
    tx,
    grants.map(grant => ({ subscriberId: grant.subscriberId, hashes: hashesOf(grant), at: new Date(grant.at) })),
  )
  if (others.length > 0) await leaveNumbers(tx, others, 'number_recycled')
}

/** A number that is hashed under an older key is no new number: it is hashed anew elsewhere (rehash.ts). */
const hashFor = (keys: KeyRing, { msisdn }: ReadNumber, stored: Sealed | null | undefined): Uint8Array =>
  stored && keys.hashes(msisdn).some(hash => hash.equals(stored)) ? stored : keys.hash(msisdn)

/** What is kept of a number besides itself. */
const numberFields = (number: ReadNumber | null, now: Date) => {
  const place = number === null ? null : placeOfNumber(number.msisdn)
  return {
    country: number?.country ?? null,
    network: number?.network ?? null,
    number_region: place?.region ?? null,
    // As an array of the database's, for a set of records can't have one of JSON's.
    number_zones: `{${(place?.zones ?? []).map(zone => `"${zone}"`).join(',')}}`,
    number_at: number === null ? null : now,
  }
}

/** A new number is theirs since now, nobody has verified it, and for a day it is no way back into the account. */
const sinceWhen = (isNew: Sql): Sql => sql`
      number_at = case when ${isNew} then excluded.number_at else subscriber.number_at end,
      number_verified_at = case when ${isNew} then null else subscriber.number_verified_at end,
      recovery_from = case when ${isNew} then excluded.number_at + interval '24 hours' else subscriber.recovery_from end,
      number_lost_at = case when ${isNew} then null else subscriber.number_lost_at end,
      number_checked_at = case when ${isNew} then null else subscriber.number_checked_at end`

export async function findSubscriber(db: Statements, externalId: string): Promise<SubscriberRow | undefined> {
  const [row] = await db.rows<SubscriberRow>(sql`
    select id, external_id, data_key, number, number_hash, number_lost_at, country, network, locale, zone, region, profile, consents, preferences, created_at, updated_at
    from subscriber where external_id = ${externalId} and erased_at is null`)
  return row
}

/** The service's own subscribers, newest first: all, those whose id begins so, or those who have exactly this number. */
export async function findSubscribers(
  db: Statements,
  keys: KeyRing,
  filter: { number?: string | undefined; id?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: SubscriberView[]; next: string | null }> {
  const where = [sql`external_id is not null`]
  if (filter.cursor) where.push(sql`id < ${filter.cursor}::uuid`)
  if (filter.number) where.push(sql`number_hash = any(${keys.hashes(filter.number)})`)
  if (filter.id) where.push(sql`external_id like ${`${filter.id.replaceAll(/[\\%_]/g, '\\$&')}%`}`)
  const rows = await db.rows<SubscriberRow>(
    sql`
    select id, external_id, data_key, number, number_hash, number_lost_at, country, network, locale, zone, region, profile, consents, preferences, created_at, updated_at
    from subscriber where ${join(where, sql` and `)} order by id desc limit ${filter.limit + 1}`,
    urgency.report,
  )
  const items = rows.slice(0, filter.limit)
  return {
    items: items.map(row => viewSubscriber(keys, row)),
    next: rows.length > filter.limit ? items.at(-1)!.id : null,
  }
}

/** A suppression is found by the hash of its day: where the ring has grown since, the number's newest hash gets it too. */
export async function carrySuppressions(db: Statements, keys: KeyRing, numbers: readonly string[]): Promise<void> {
  if (Object.keys(keys.fingerprints).length < 2 || numbers.length === 0) return
  const rows = numbers.flatMap(number => {
    const [newest, ...older] = keys.hashes(number)
    return older.map(hash => ({ newest: base64(newest!), older: base64(hash) }))
  })
  await db.rows(sql`
    insert into suppression (number_hash, scope, reason, at, note, operator_id, key_id)
    select decode(r.newest, 'base64'), s.scope, s.reason, s.at, s.note, s.operator_id, ${keys.newest}::smallint
    from json_to_recordset(${rowset(rows)}) as r(newest text, older text)
    join suppression s on s.number_hash = decode(r.older, 'base64')
    order by 1, 2, 3 on conflict do nothing`)
}

/** For who may see it. Undefined where there is none. */
export const wholeNumber = (keys: KeyRing, { data_key, number }: SubscriberRow): string | undefined =>
  data_key && number ? unseal(keys.unwrap(data_key), number, 'number') : undefined

/** How their number stands, whole: mask it. Undefined: no such subscriber; null: no number. */
export async function readNumberLife(
  db: Statements,
  keys: KeyRing,
  externalId: string,
): Promise<SubscriberNumber | null | undefined> {
  const [row] = await db.rows<
    Pick<SubscriberRow, 'data_key' | 'number' | 'country' | 'network'> & {
      number_at: Date | null
      number_verified_at: Date | null
      recovery_from: Date | null
      number_lost_at: Date | null
      suppressions: { scope: string; reason: string; at: string }[] | null
    }
  >(sql`
    select data_key, number, country, network, number_at, number_verified_at, recovery_from, number_lost_at,
      (select json_agg(json_build_object('scope', scope, 'reason', reason, 'at', at) order by at, scope) from suppression x
       where x.number_hash = s.number_hash) as suppressions
    from subscriber s where external_id = ${externalId} and erased_at is null`)
  if (!row) return undefined
  if (!row.data_key || !row.number) return null
  return {
    number: unseal(keys.unwrap(row.data_key), row.number, 'number'),
    ...{ country: row.country, network: row.network },
    since: row.number_at?.toISOString() ?? null,
    verifiedAt: row.number_verified_at?.toISOString() ?? null,
    recoveryFrom: row.recovery_from?.toISOString() ?? null,
    lostAt: row.number_lost_at?.toISOString() ?? null,
    suppressions: (row.suppressions ?? []).map(one => ({ ...one, at: new Date(one.at).toISOString() })),
  }
}

/** As the API shows it: the number masked. */
export function viewSubscriber(keys: KeyRing, row: SubscriberRow): SubscriberView {
  const key = row.data_key ? keys.unwrap(row.data_key) : undefined
  return {
    id: row.external_id ?? row.id,
    number: key && row.number ? maskNumber(unseal(key, row.number, 'number')) : null,
    country: row.country,
    locale: row.locale,
    zone: row.zone,
    region: row.region,
    profile: key && row.profile ? JSON.parse(unseal(key, row.profile, 'profile')) : {},
    consents: row.consents,
    preferences: row.preferences,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/** Types of events whose subject is a title, and no subscriber. */
export const aboutTitles = Object.entries(eventTypes).flatMap(([name, { about }]) => (about === 'title' ? name : []))

export interface Erased {
  /** Their row, and that of their number alone, where it was texted before it was theirs. */
  ids: string[]
  externalId: string
  number: string | null
}

/**
 * Erases a person: the id is free for another, the data key is destroyed, with it everything sealed under it, here and in each message and inbound
 * text. What the same number was sent or wrote while no subscriber had it goes with them. Events forget who they were about and what they said,
 * bad ones go. What other rooms keep of them is erased in the same transaction by `also`. Suppressions stay, by keyed hash.
 */
export async function eraseSubscriber(
  db: Database,
  keys: KeyRing,
  externalId: string,
  now: Date,
  also: (tx: Statements, erased: Erased) => Promise<unknown>,
): Promise<boolean> {
  for (;;) {
    const erased = await eraseOnce(db, keys, externalId, now, also)
    if (erased !== 'changed') return erased
  }
}

/** `changed`: their number became another between the look and the lock. */
async function eraseOnce(
  db: Database,
  keys: KeyRing,
  externalId: string,
  now: Date,
  also: (tx: Statements, erased: Erased) => Promise<unknown>,
): Promise<boolean | 'changed'> {
  return db.transaction(async tx => {
    const [found] = await tx.rows<Pick<SubscriberRow, 'id' | 'data_key' | 'number'> & { is_lost: boolean }>(sql`
      select id, data_key, number, number_lost_at is not null as is_lost from subscriber where external_id = ${externalId} and erased_at is null`)
    if (!found) return false
    const number = found.data_key && found.number ? unseal(keys.unwrap(found.data_key), found.number, 'number') : null
    const numbers = number === null ? [] : keys.hashes(number)
    // Of a number that they lost, what came from it is somebody else's.
    const hashes = found.is_lost ? [] : numbers
    // Locked in sorted order, as all who lock them do.
    const rows = await tx.rows<{ id: string; external_id: string | null; number_hash: Sealed | null }>(sql`
      select id, external_id, number_hash from subscriber
      where id = ${found.id} or (external_id is null and erased_at is null and number_hash = any(${hashes}))
      order by id for update`)
    const own = rows.find(row => row.id === found.id && row.external_id === externalId)
    if (!own) return false
    if (own.number_hash && !numbers.some(hash => hash.equals(own.number_hash!))) return 'changed'
    const ids = rows.map(row => row.id)
    await also(tx, { ids, externalId, number })
    await tx.rows(sql`
      update subscriber set external_id = null, data_key = null, number = null, number_hash = null, block_hash = null, profile = null,
        locale = null, zone = null, region = null, consents = '{}', preferences = '{}', number_region = null, number_zones = '{}', number_verified_at = null,
        recovery_from = null, number_lost_at = null, told_at = '{}', erased_at = ${now}, updated_at = ${now}
      where id = any(${ids}::uuid[])`)
    await tx.rows(sql`delete from number_change where subscriber_id = any(${ids}::uuid[])`)
    // What came from their number while nobody had it has keys of its own.
    await tx.rows(sql`
      update inbound set number = null, body = null, data_key = null
      where subscriber_id is null and number_hash = any(${hashes}) and data_key is not null`)
    await tx.rows(sql`
      update inbound_part set is_joined = true, number = null, body = null, data_key = null where number_hash = any(${hashes})`)
    // The ledger stays whole: what was said and when, about nobody.
    await tx.rows(sql`
      update consent set number_hash = null, data_key = null
      where subscriber_id = any(${ids}::uuid[]) or (subscriber_id is null and number_hash = any(${hashes}))`)
    // Events came before and after there was a subscriber of this id; a title may have the same id, and nothing of theirs.
    // Before Stripe said who a customer is, they were told by the customer's id.
    const customers = await tx.rows<{ customer: string }>(
      sql`delete from stripe_customer where subject = ${externalId} returning customer`,
    )
    const names = [externalId, ...customers.map(({ customer }) => customer)]
    await tx.rows(sql`
      update event set subject = null, data = null, data_key = null where subject = any(${names}) and type <> all(${aboutTitles})`)
    await tx.rows(
      sql`delete from bad_event where subject = any(${names}) and (type is null or type <> all(${aboutTitles}))`,
    )
    return true
  })
}
