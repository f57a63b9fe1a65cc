// What the policy judges by, loaded once for a batch of texts: who they are for, what those people said and chose, why their
// numbers may not be texted, and what they were sent lately.
import type { Network } from '@usher/contract/carrier'
import type { Policy } from '@usher/contract/policy'
import type { Preferences } from '@usher/contract/subscriber'
import type { Statements } from '../store/database.ts'
import { firstIdAt, newId } from '../store/id.ts'
import { type KeyRing, type Sealed, seal } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'
import type { Consents } from '../subscriber/consent.ts'
import { type AllowedRange, type ReadNumber, readNumber } from '../subscriber/number.ts'
import { placeOfNumber } from '../subscriber/number-place.ts'
import { regionRules } from '../subscriber/regions.ts'
import { carrySuppressions } from '../subscriber/subscriber.ts'
import type { Facts } from './policy.ts'
import { type Purpose, promotional, rulesOf } from './purpose.ts'

export interface Recipient {
  id: string
  external_id: string | null
  data_key: Sealed | null
  number: Sealed | null
  number_hash: Sealed | null
  country: string | null
  network: Network | null
  number_region: string | null
  number_zones: string[]
  number_lost_at: Date | null
  recovery_from: Date | null
  locale: string | null
  zone: string | null
  region: string | null
  profile: Sealed | null
  consents: Consents
  preferences: Preferences
  suppressions: Facts['subscriber']['suppressions'] | null
}

/** Why there is nobody to judge. */
export type RecipientProblem = 'unknown_subscriber' | 'invalid_number'

/** Whom a text is for, and what of it the policy needs. */
export interface About {
  to: { subscriber: string } | { number: string }
  purpose: Purpose
  /** Keyed hash of what it says; null where the same may be said again. */
  contentKey: Buffer | null
}

export interface Loaded {
  of(about: Pick<About, 'to'>): Recipient | RecipientProblem
  /** What they were sent lately, or wait for; what is taken in this batch is added as it is. */
  recent(recipient: Recipient): Sent[]
}

/** A text that counts: for a cap, or as the same that is said again. */
export interface Sent {
  purpose: Purpose
  /** When it left, or will. */
  at: Date
  contentKey: Uint8Array | null
}

export interface FactsDeps {
  keys: KeyRing
  allowedRanges: readonly AllowedRange[]
}

/** What never left, or did not arrive at anybody, counts for no cap. */
const plannedMs = 45 * 86_400_000
const neverLeft = ['refused', 'cancelled', 'rejected', 'expired'] as const

/** What is loaded of somebody who is only judged: nothing that is sealed, for it is not opened. */
const judged = sql`null as data_key, case when number is not null then ''::bytea end as number, null as profile`
const sealed = sql`data_key, number, profile`

/**
 * Loads who the texts are for, and with `locks` locks them in sorted order: whoever judges consent and caps, or ends them
 * (STOP), does so one after the other. A number that no subscriber has becomes one without an id of the service's.
 */
export async function loadFacts(
  { keys, allowedRanges }: FactsDeps,
  tx: Statements,
  abouts: readonly About[],
  now: Date,
  { locks, isToSend }: { locks: boolean; isToSend: boolean },
  policy: Policy,
): Promise<Loaded> {
  const ids = new Set<string>()
  const numbers = new Map<string, (ReadNumber & { hashes: Buffer[] }) | 'invalid_number'>()
  for (const { to } of abouts)
    if ('subscriber' in to) ids.add(to.subscriber)
    else if (!numbers.has(to.number)) {
      const read = readNumber(to.number, allowedRanges)
      numbers.set(
        to.number,
        typeof read === 'string' ? 'invalid_number' : { ...read, hashes: keys.hashes(read.msisdn) },
      )
    }
  const valid = [...numbers.values()].filter(number => number !== 'invalid_number')
  const hashes = valid.flatMap(number => number.hashes)
  const suppressions = sql`
    select json_agg(json_build_object('scope', scope, 'reason', reason, 'at', at)) from suppression where suppression.number_hash = s.number_hash`
  const load = () =>
    tx.rows<Recipient>(sql`
      select s.id, external_id, ${isToSend ? sealed : judged}, number_hash, country, network, number_region, number_zones, number_lost_at,
        recovery_from, locale, zone, region, consents, preferences, ${locks ? sql`null` : sql`(${suppressions})`} as suppressions
      from subscriber s
      where erased_at is null and ${hashes.length === 0 ? sql`external_id = any(${[...ids]})` : sql`(external_id = any(${[...ids]}) or number_hash = any(${hashes}))`}
      order by s.id ${locks ? sql`for no key update of s` : sql``}`)
  let rows = await load()
  const byHash = () => {
    const map = new Map<string, Recipient>()
    // Where several share a number, the service's own subscriber stands before a bare number, the first before the later.
    for (const row of [...rows.filter(row => row.external_id !== null), ...rows])
      if (row.number_hash && row.number_lost_at === null && !map.has(hex(row.number_hash)))
        map.set(hex(row.number_hash), row)
    return map
  }
  let known = byHash()
  const strangers = valid.filter(number => !number.hashes.some(hash => known.has(hex(hash))))
  if (strangers.length > 0) {
    await carrySuppressions(
      tx,
      keys,
      strangers.map(({ msisdn }) => msisdn),
    )
    await makeBare(tx, keys, strangers, now)
    rows = await load()
    known = byHash()
  }
  // Read after the locks are held, in statements of their own: one that waited for a STOP's lock still sees the world as it
  // was before the STOP.
  if (locks && rows.length > 0) {
    const found = await tx.rows<Pick<Recipient, 'id' | 'suppressions'>>(sql`
      select s.id, (${suppressions}) as suppressions from subscriber s
      where s.id = any(${rows.map(row => row.id)}::uuid[]) and exists (select from suppression where suppression.number_hash = s.number_hash)`)
    const of = new Map(found.map(row => [row.id, row.suppressions]))
    for (const row of rows) row.suppressions = of.get(row.id) ?? null
  }
  const byId = new Map(rows.map(row => [row.external_id, row]))
  const of = ({ to }: Pick<About, 'to'>): Recipient | RecipientProblem => {
    if ('subscriber' in to) return byId.get(to.subscriber) ?? 'unknown_subscriber'
    const number = numbers.get(to.number)
    if (number === undefined || number === 'invalid_number') return 'invalid_number'
    return number.hashes.map(hash => known.get(hex(hash))).find(row => row !== undefined) ?? 'invalid_number'
  }
  const sent = await loadSent(tx, abouts, of, now, policy)
  return {
    of,
    recent(recipient) {
      const list = sent.get(recipient.id) ?? []
      sent.set(recipient.id, list)
      return list
    },
  }
}

async function makeBare(tx: Statements, keys: KeyRing, strangers: readonly ReadNumber[], now: Date): Promise<void> {
  const made = strangers.map(({ msisdn, country, network }) => {
    const { key, wrapped } = keys.newDataKey()
    const { region, zones } = placeOfNumber(msisdn)
    return {
      id: newId(now),
      data_key: base64(wrapped),
      number: base64(seal(key, msisdn, 'number')),
      number_hash: base64(keys.hash(msisdn)),
      block_hash: base64(keys.blockHash(msisdn)),
      ...{ country, network, number_region: region, number_zones: `{${zones.map(zone => `"${zone}"`).join(',')}}` },
    }
  })
  await tx.rows(sql`
    insert into subscriber (id, data_key, number, number_hash, block_hash, country, network, number_region, number_zones, number_at, created_at, updated_at)
    select id, decode(data_key, 'base64'), decode(number, 'base64'), decode(number_hash, 'base64'),
           decode(block_hash, 'base64'), country, network, number_region, number_zones, ${now}, ${now}, ${now}
    from json_to_recordset(${rowset(made)}) as r(id uuid, data_key text, number text, number_hash text, block_hash text, country text,
      network text, number_region text, number_zones text[])
    order by number_hash on conflict do nothing`)
}

/** Whether anything depends on what they were sent lately. */
function isCounted({ purpose, contentKey }: About, { region, country }: Recipient, policy: Policy): boolean {
  const { caps } = policy
  const { capped, group } = rulesOf[purpose]
  if (!capped || (group !== 'titles' && group !== 'offers')) return false
  return (
    contentKey !== null ||
    caps[group] !== null ||
    caps.promotional !== null ||
    regionRules(region, country, policy.regions).caps.length > 0
  )
}

/** Of those whose texts are capped, what they got in the longest window; of the others, what says the same. */
async function loadSent(
  tx: Statements,
  abouts: readonly About[],
  of: Loaded['of'],
  now: Date,
  policy: Policy,
): Promise<Map<string, Sent[]>> {
  const sent = new Map<string, Sent[]>()
  const capped = new Set<string>()
  const keyed = new Set<string>()
  const contentKeys: Buffer[] = []
  for (const about of abouts) {
    const recipient = of(about)
    if (typeof recipient === 'string') continue
    if (isCounted(about, recipient, policy)) capped.add(recipient.id)
    else if (about.contentKey) {
      keyed.add(recipient.id)
      contentKeys.push(about.contentKey)
    }
  }
  if (capped.size + keyed.size === 0) return sent
  // Found by when it was accepted, which may be long before it left: as early as a campaign is planned.
  const longestHours = Math.max(
    24,
    ...Object.values(policy.caps).map(cap => cap?.hours ?? 0),
    ...Object.values(policy.sameForHours),
    ...Object.values(policy.regions).flatMap(({ caps = [] }) => caps.map(({ hours }) => hours)),
  )
  const floor = firstIdAt(new Date(now.getTime() - longestHours * 3_600_000 - plannedMs))
  const counts = sql`m.id >= ${floor}::uuid and m.state <> all(${[...neverLeft]})`
  // What waits counts from when it may leave at the earliest, which is now where its time has come: a queue may be long.
  const columns = sql`m.subscriber_id, m.purpose, m.content_key, case when m.state in ('held', 'queued')
    then greatest(coalesce(m.not_before, m.accepted_at), ${now}::timestamptz) else coalesce(m.submitted_at, m.not_before, m.accepted_at) end as at`
  const rows = await tx.rows<{ subscriber_id: string; purpose: Purpose; content_key: Uint8Array | null; at: Date }>(sql`
    ${
      capped.size === 0
        ? sql``
        : sql`
    select ${columns} from unnest(${[...capped]}::uuid[]) who, lateral (
      select * from message m where m.subscriber_id = who and ${counts} and m.purpose = any(${promotional}) order by m.id desc limit 500) m`
    }
    ${capped.size > 0 && keyed.size > 0 ? sql`union all` : sql``}
    ${
      keyed.size === 0
        ? sql``
        : sql`
    select ${columns} from unnest(${[...keyed]}::uuid[]) who, lateral (
      select * from message m where m.subscriber_id = who and ${counts} and m.content_key = any(${contentKeys}) order by m.id desc limit 50) m`
    }`)
  for (const { subscriber_id, purpose, content_key, at } of rows) {
    const list = sent.get(subscriber_id) ?? []
    list.push({ purpose, at, contentKey: content_key })
    sent.set(subscriber_id, list)
  }
  return sent
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

/** What one text is judged by. */
export function factsOf(
  recipient: Recipient,
  recent: readonly Sent[],
  policy: Policy,
  text: {
    purpose: Purpose
    now: Date
    notBefore: Date | null
    expiresAt: Date
    spread: number
    contentKey: Buffer | null
  },
): Facts {
  const { contentKey, ...said } = text
  const { preferences } = recipient
  return {
    ...said,
    policy,
    region: regionRules(recipient.region, recipient.country, policy.regions),
    recent: recent.map(one => ({
      purpose: one.purpose,
      at: one.at,
      isSame: contentKey !== null && one.contentKey !== null && contentKey.compare(one.contentKey) === 0,
    })),
    subscriber: {
      hasNumber: recipient.number !== null && recipient.number_lost_at === null,
      lostAt: recipient.number_lost_at,
      recoveryFrom: recipient.recovery_from,
      country: recipient.country,
      network: recipient.network,
      place: placeOf(recipient),
      own: ownHoursOf(preferences),
      isFewer: preferences.frequency === 'fewer',
      pausedUntil: preferences.pausedUntil ? new Date(preferences.pausedUntil) : null,
      consents: recipient.consents,
      suppressions: (recipient.suppressions ?? []).map(one => ({ ...one, at: new Date(one.at).toISOString() })),
    },
  }
}

/** Where they may be, as far as anybody told. */
export const placeOf = ({
  zone,
  region,
  country,
  number_region,
  number_zones,
}: Pick<Recipient, 'zone' | 'region' | 'country' | 'number_region' | 'number_zones'>) => ({
  zone,
  region,
  country,
  numberRegion: number_region,
  numberZones: number_zones,
})

/** Minutes of the day that they chose to have in peace. */
export function ownHoursOf({ quiet }: Preferences): { from: number; to: number } | null {
  if (!quiet) return null
  const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
  return { from: minutes(quiet.from), to: minutes(quiet.to) }
}
