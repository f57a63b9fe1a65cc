// The profile of a person whom the service may text: stored sealed, read back whole, erased by destroying one key.
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
  locale: string | null
  zone: string | null
  region: string | null
  profile: Sealed | null
  consents: Consents
  created_at: Date
  updated_at: Date
}

export type PutProblem = { at: 'number'; problem: NumberProblem } | { at: 'zone'; problem: 'unknown' }

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
      locale: input.locale ?? null,
      zone: input.zone ?? null,
      region: input.region ?? null,
      profile: input.profile === undefined ? null : base64(seal(key, JSON.stringify(input.profile), 'profile')),
      consents: withTimes(input.consents, now),
    }
  })
  const written = await db.rows<{ external_id: string; made: boolean }>(sql`
    insert into subscriber (id, external_id, data_key, number, number_hash, block_hash, country, locale, zone, region,
                            profile, consents, created_at, updated_at)
    select id, external_id, decode(data_key, 'base64'), decode(number, 'base64'), decode(number_hash, 'base64'),
           decode(block_hash, 'base64'), country, locale, zone, region, decode(profile, 'base64'), consents, ${now}, ${now}
    from json_to_recordset(${rowset(sealed)}) as r(id uuid, external_id text, data_key text, number text, number_hash text,
         block_hash text, country text, locale text, zone text, region text, profile text, consents jsonb)
    order by external_id
    on conflict (external_id) do update set
      data_key = excluded.data_key, number = excluded.number, number_hash = excluded.number_hash,
      block_hash = excluded.block_hash, country = excluded.country, locale = excluded.locale, zone = excluded.zone,
      region = excluded.region, profile = excluded.profile, consents = subscriber.consents || excluded.consents,
      updated_at = excluded.updated_at, erased_at = null
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

const withTimes = (consents: SubscriberInput['consents'], now: Date): Consents =>
  Object.fromEntries(
    Object.entries(consents ?? {}).map(([group, consent]) => [
      group,
      { ...consent, at: consent?.at ?? now.toISOString(), how: consent?.how ?? 'api' },
    ]),
  )

export async function findSubscriber(db: Statements, externalId: string): Promise<SubscriberRow | undefined> {
  const [row] = await db.rows<SubscriberRow>(sql`
    select id, external_id, data_key, number, number_hash, country, locale, zone, region, profile, consents, created_at, updated_at
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
    select id, external_id, data_key, number, number_hash, country, locale, zone, region, profile, consents, created_at, updated_at
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

/**
 * Erases a person: the id is free for another, the data key is destroyed, with it everything sealed under it, here and in each message and inbound
 * text. Waiting texts are cancelled in the same transaction by `cancelWaiting`. Suppressions stay, by keyed hash.
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
        locale = null, zone = null, region = null, consents = '{}', erased_at = ${now}, updated_at = ${now}
      where id = ${row.id}`)
    return true
  })
}
