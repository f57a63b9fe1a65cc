// The profile of a person whom the service may text: stored sealed, read back whole, erased by destroying one key.
import type { Network } from '@usher/contract/carrier'
import { eventTypes } from '@usher/contract/event'
import type { SubscriberInput, Subscriber as SubscriberView } from '@usher/contract/subscriber'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { base64, join, rowset, sql } from '../store/sql.ts'
import { type AllowedRange, maskNumber, type NumberProblem, type ReadNumber, readNumber } from './number.ts'
import { isZone } from './quiet-hours.ts'

export interface Consent {
  granted: boolean
  at: string
  /** page, text, api, import */
  how: string
  /** The words that were shown. */
  words?: string | undefined
}
export type Consents = Partial<Record<'titles' | 'offers' | 'security' | 'account', Consent>>

export interface SubscriberRow {
  id: string
  external_id: string | null
  data_key: Sealed | null
  number: Sealed | null
  number_hash: Sealed | null
  country: string | null
  network: Network | null
  locale: string | null
  zone: string | null
  region: string | null
  profile: Sealed | null
  consents: Consents
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

export interface PutSubscriber extends SubscriberInput {
  id: string
}

/**
 * Makes or replaces subscribers, many in one statement. A consent that is left out stays as it was; number, locale, zone,
 * region and profile are replaced. The last of several lines for one id wins. Answers a problem for each that was not taken.
 * `leaveNumbers` hears, before anything is written, of those whose number is no longer theirs: an old number may have a new
 * owner, who never agreed to what still waits.
 */
export async function putSubscribers(
  db: Statements,
  keys: KeyRing,
  allowed: readonly AllowedRange[],
  now: Date,
  inputs: readonly PutSubscriber[],
  leaveNumbers: (tx: Statements, subscriberIds: string[]) => Promise<unknown>,
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
  const existing = await db.rows<Pick<SubscriberRow, 'id' | 'data_key' | 'number_hash'> & { external_id: string }>(sql`
    select id, external_id, data_key, number_hash from subscriber where external_id = any(${[...rows.keys()]}) order by id for no key update`)
  const left = existing.filter(({ external_id, number_hash }) => {
    const { number } = rows.get(external_id)!
    // By any key of the ring: a number that was hashed under an older one is still the same.
    return number_hash && !(number && keys.hashes(number.msisdn).some(hash => hash.equals(number_hash)))
  })
  if (left.length > 0)
    await leaveNumbers(
      db,
      left.map(row => row.id),
    )
  const keyOf = new Map(existing.map(row => [row.external_id, row.data_key]))
  const sealed = [...rows.values()].map(({ input, number }) => {
    const wrapped = keyOf.get(input.id) ?? null
    const { key, wrapped: dataKey } = wrapped ? { key: keys.unwrap(wrapped), wrapped } : keys.newDataKey()
    return {
      id: newId(now),
      external_id: input.id,
      data_key: base64(dataKey),
      // As it was read, not as it was written: a STOP comes from the number as the network knows it.
      number: number && base64(seal(key, number.msisdn, 'number')),
      number_hash: number && base64(keys.hash(number.msisdn)),
      block_hash: number && base64(keys.blockHash(number.msisdn)),
      country: number?.country ?? null,
      network: number?.network ?? null,
      locale: input.locale ?? null,
      zone: input.zone ?? null,
      region: input.region ?? null,
      profile: input.profile === undefined ? null : base64(seal(key, JSON.stringify(input.profile), 'profile')),
      consents: withTimes(input.consents, now),
    }
  })
  const written = await db.rows<{ external_id: string; made: boolean }>(sql`
    insert into subscriber (id, external_id, data_key, number, number_hash, block_hash, country, network, locale, zone, region,
                            profile, consents, created_at, updated_at, told_at)
    select id, external_id, decode(data_key, 'base64'), decode(number, 'base64'), decode(number_hash, 'base64'),
           decode(block_hash, 'base64'), country, network, locale, zone, region, decode(profile, 'base64'), consents, ${now}, ${now},
           ${JSON.stringify({ '*': now })}::text::jsonb
    from json_to_recordset(${rowset(sealed)}) as r(id uuid, external_id text, data_key text, number text, number_hash text,
         block_hash text, country text, network text, locale text, zone text, region text, profile text, consents jsonb)
    order by external_id
    on conflict (external_id) do update set
      data_key = excluded.data_key, number = excluded.number, number_hash = excluded.number_hash,
      block_hash = excluded.block_hash, country = excluded.country, network = excluded.network, locale = excluded.locale, zone = excluded.zone,
      region = excluded.region, profile = excluded.profile, consents = subscriber.consents || excluded.consents,
      updated_at = excluded.updated_at, told_at = excluded.told_at, erased_at = null
    where subscriber.data_key is null or subscriber.data_key = excluded.data_key
    returning external_id, (xmax = 0) as made`)
  for (const { external_id, made } of written) {
    const row = rows.get(external_id)
    if (row) results[row.line] = { made }
    rows.delete(external_id)
  }
  // Who is left was made by another caller meanwhile, under another data key: they exist now, so the second time takes them.
  if (rows.size > 0) {
    const again = [...rows.values()]
    const secondTime = await putSubscribers(
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
  leaveNumbers: (tx: Statements, subscriberIds: string[]) => Promise<unknown>,
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
    const written = await changeOnce(db, keys, now, rest, numbers, leaveNumbers)
    for (const [line, change] of changes.entries())
      if ('made' in results[line]! && written.get(change.id)) results[line] = { made: true }
    rest = rest.filter(({ id }) => !written.has(id))
  }
  return results
}

/** Answers who was written, and whether they were made. */
async function changeOnce(
  db: Statements,
  keys: KeyRing,
  now: Date,
  changes: readonly Change[],
  numbers: ReadonlyMap<Change, ReadNumber>,
  leaveNumbers: (tx: Statements, subscriberIds: string[]) => Promise<unknown>,
): Promise<Map<string, boolean>> {
  await carrySuppressions(
    db,
    keys,
    [...numbers.values()].map(({ msisdn }) => msisdn),
  )
  const existing = await db.rows<
    Pick<SubscriberRow, 'id' | 'data_key' | 'number_hash' | 'profile' | 'consents'> & {
      external_id: string
      told_at: ToldAt
    }
  >(sql`
    select id, external_id, data_key, number_hash, profile, consents, told_at from subscriber
    where external_id = any(${[...new Set(changes.map(({ id }) => id))]}) order by id for no key update`)
  const there = new Map(existing.map(row => [row.external_id, row]))
  const byId = new Map<string, Change[]>()
  for (const change of changes) byId.set(change.id, [...(byId.get(change.id) ?? []), change])
  const left: string[] = []
  const rows = [...byId].map(([externalId, own]) => {
    const row = there.get(externalId)
    const { key, wrapped } = row?.data_key
      ? { key: keys.unwrap(row.data_key), wrapped: row.data_key }
      : keys.newDataKey()
    const profile = () => (row?.profile ? JSON.parse(unseal(key, row.profile, 'profile')) : {})
    const merged = merge(own, row?.told_at ?? {}, row?.consents ?? {}, profile)
    const number = merged.number && numbers.get(merged.number)
    if (row?.number_hash && number && !keys.hashes(number.msisdn).some(hash => hash.equals(row.number_hash!)))
      left.push(row.id)
    return {
      id: newId(now),
      external_id: externalId,
      data_key: base64(wrapped),
      number: number ? base64(seal(key, number.msisdn, 'number')) : null,
      number_hash: number ? base64(keys.hash(number.msisdn)) : null,
      block_hash: number ? base64(keys.blockHash(number.msisdn)) : null,
      country: number?.country ?? null,
      network: number?.network ?? null,
      locale: merged.locale?.locale ?? null,
      zone: merged.zone?.zone ?? null,
      region: merged.region?.region ?? null,
      profile: merged.profile ? base64(seal(key, JSON.stringify(merged.profile), 'profile')) : null,
      consents: merged.consents,
      told_at: merged.toldAt,
    }
  })
  if (left.length > 0) await leaveNumbers(db, left)
  const written = await db.rows<{ external_id: string; made: boolean }>(sql`
    insert into subscriber (id, external_id, data_key, number, number_hash, block_hash, country, network, locale, zone, region,
                            profile, consents, created_at, updated_at, told_at)
    select id, external_id, decode(data_key, 'base64'), decode(number, 'base64'), decode(number_hash, 'base64'),
           decode(block_hash, 'base64'), country, network, locale, zone, region, decode(profile, 'base64'), consents, ${now}, ${now}, told_at
    from json_to_recordset(${rowset(rows)}) as r(id uuid, external_id text, data_key text, number text, number_hash text,
         block_hash text, country text, network text, locale text, zone text, region text, profile text, consents jsonb, told_at jsonb)
    order by external_id
    on conflict (external_id) do update set
      number = coalesce(excluded.number, subscriber.number),
      number_hash = coalesce(excluded.number_hash, subscriber.number_hash),
      block_hash = coalesce(excluded.block_hash, subscriber.block_hash),
      country = case when excluded.number is null then subscriber.country else excluded.country end,
      network = case when excluded.number is null then subscriber.network else excluded.network end,
      locale = coalesce(excluded.locale, subscriber.locale), zone = coalesce(excluded.zone, subscriber.zone),
      region = coalesce(excluded.region, subscriber.region), profile = coalesce(excluded.profile, subscriber.profile),
      consents = excluded.consents, updated_at = excluded.updated_at, told_at = excluded.told_at
    where subscriber.data_key = excluded.data_key
    returning external_id, (xmax = 0) as made`)
  return new Map(written.map(({ external_id, made }) => [external_id, made]))
}

/** Of each plain field, the change that has the last word; the profile where it changes; consents and times as they are then. */
function merge(
  changes: readonly Change[],
  told: ToldAt,
  consented: Consents,
  oldProfile: () => Record<string, unknown>,
) {
  const toldAt: ToldAt = { ...told }
  const lasting: Partial<Record<(typeof plainFields)[number], Change>> = {}
  const consents: Consents = { ...consented }
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
    for (const [group, consent] of Object.entries(withTimes(change.consents, at)) as [keyof Consents, Consent][])
      if (!(Date.parse(consents[group]?.at ?? '') > Date.parse(consent.at))) consents[group] = consent
  }
  return { ...lasting, profile, consents, toldAt }
}

const withTimes = (consents: SubscriberInput['consents'], now: Date): Consents =>
  Object.fromEntries(
    Object.entries(consents ?? {}).map(([group, consent]) => [
      group,
      { ...consent, at: consent?.at ?? now.toISOString(), how: consent?.how ?? 'api' },
    ]),
  )

export async function findSubscriber(db: Statements, externalId: string): Promise<SubscriberRow | undefined> {
  const [row] = await db.rows<SubscriberRow>(sql`
    select id, external_id, data_key, number, number_hash, country, network, locale, zone, region, profile, consents, created_at, updated_at
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
    select id, external_id, data_key, number, number_hash, country, network, locale, zone, region, profile, consents, created_at, updated_at
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
    insert into suppression (number_hash, scope, reason, at)
    select decode(r.newest, 'base64'), s.scope, s.reason, s.at
    from json_to_recordset(${rowset(rows)}) as r(newest text, older text)
    join suppression s on s.number_hash = decode(r.older, 'base64')
    on conflict do nothing`)
}

/** For who may see it. Undefined where there is none. */
export const wholeNumber = (keys: KeyRing, { data_key, number }: SubscriberRow): string | undefined =>
  data_key && number ? unseal(keys.unwrap(data_key), number, 'number') : undefined

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
    consents: row.consents as SubscriberView['consents'],
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

const aboutTitles = Object.entries(eventTypes).flatMap(([name, { about }]) => (about === 'title' ? name : []))

/**
 * Erases a person: the id is free for another, the data key is destroyed, with it everything sealed under it, here and in each message and inbound
 * text. Events forget who they were about and what they said, bad ones go. Waiting texts are cancelled in the same transaction by `cancelWaiting`. Suppressions stay, by keyed hash.
 */
export async function eraseSubscriber(
  db: Database,
  externalId: string,
  now: Date,
  cancelWaiting: (tx: Statements, subscriberIds: string[]) => Promise<unknown>,
): Promise<boolean> {
  return db.transaction(async tx => {
    const [row] = await tx.rows<{ id: string }>(sql`
      select id from subscriber where external_id = ${externalId} and erased_at is null for update`)
    if (!row) return false
    await cancelWaiting(tx, [row.id])
    await tx.rows(sql`
      update subscriber set external_id = null, data_key = null, number = null, number_hash = null, block_hash = null, profile = null,
        locale = null, zone = null, region = null, consents = '{}', told_at = '{}', erased_at = ${now}, updated_at = ${now}
      where id = ${row.id}`)
    // Events came before and after there was a subscriber of this id; a title may have the same id, and nothing of theirs.
    await tx.rows(sql`
      update event set subject = null, data = null, data_key = null where subject = ${externalId} and type <> all(${aboutTitles})`)
    await tx.rows(
      sql`delete from bad_event where subject = ${externalId} and (type is null or type <> all(${aboutTitles}))`,
    )
    return true
  })
}
