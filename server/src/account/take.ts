// One more code of an account: counted wherever codes are counted, and stored unless the account has too many, in one
// statement. Two that ask at the same moment, in whichever process, are counted one after the other, for it locks the account.
import ipaddr from 'ipaddr.js'
import { type Database, urgency } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { base64, rowset, type Sql, sql } from '../store/sql.ts'
import { type Account, type Counted, type Counts, mostSends, sendWindowMs, type TooMuch, windowAt } from './limits.ts'

/** Who asks: an address and a device, as the service sees them. */
export interface Asker {
  ip?: string | undefined
  device?: string | undefined
}

/** The same as keyed hashes, which is all that is kept. */
export const traceOf = (keys: KeyRing, { ip, device }: Asker) => ({
  address: ip === undefined ? null : keys.hash(`address ${ip}`),
  network: ip === undefined ? null : keys.hash(`network ${networkOf(ip)}`),
  device: device === undefined ? null : keys.hash(`device ${device}`),
})

/** What one household or one attacker has whole: 256 addresses of IPv4, a /48 of IPv6. */
function networkOf(ip: string): string {
  const address = ipaddr.process(ip) // an IPv4 address that is written as IPv6 is one of IPv4
  return address
    .toByteArray()
    .slice(0, address.kind() === 'ipv4' ? 3 : 6)
    .join('.')
}

/** The key of what is counted over all accounts. */
export const everyone = Buffer.from('*')

export interface Asking {
  /** Of the account, under each key of the ring. */
  subjects: readonly Buffer[]
  /** Whom the code would go to: id, country, number_hash, block_hash; no row where there is nobody. */
  person: Sql
  by: Asker
  /** It was asked for by a known device before. */
  wasKnown: boolean
  /** Ends what this code replaces; answers message_id. It and `store` read the row of `granted`, which is missing where there were too many. */
  replace: Sql
  /** Stores the code; answers sends and tag. */
  store: Sql
  now: Date
}

export interface Taken {
  account: Account
  counts: Counts
  /** Null unless the account had its codes already: in how many seconds it gets the next. */
  full: TooMuch | null
  sendsLeft: number
  /** Null where nothing was stored. */
  stored: { sends: number; tag: string | null } | null
  isThere: boolean
  country: string | null
  blocked: 'country' | 'block' | null
  /** An operator lets codes go there, whatever they do. */
  isAllowed: boolean
  /** The texts of codes that this one replaces. */
  replaced: string[]
}

interface Row {
  is_full: boolean
  wrong: number
  known_wrong: number
  wrong_at: Date | null
  sends: string[]
  is_known: boolean
  country: string | null
  is_there: boolean
  stored: Taken['stored']
  replaced: string[] | null
  counted: Counts | null
  seen: Counts | null
  blocks: { kind: 'country' | 'block'; effect: 'blocked' | 'allowed' }[] | null
}

export async function take(
  { db, keys }: { db: Database; keys: KeyRing },
  { subjects, person, by, wasKnown, replace, store, now }: Asking,
): Promise<Taken> {
  const { address, network, device } = traceOf(keys, by)
  const devices = by.device === undefined ? [] : keys.hashes(`device ${by.device}`)
  const since = new Date(now.getTime() - sendWindowMs)
  const recent = (column: Sql) =>
    sql`array(select t from unnest(${column}) t where t > ${since}::timestamptz and t <= ${now}::timestamptz)`
  const isFull = (column: Sql) => sql`cardinality(${recent(column)}) >= ${mostSends}`
  const isKnown = sql`(select is_known from device)`
  const more = (column: Sql, isTheirs: Sql) => sql`
    case when ${isTheirs} and not ${isFull(column)} then ${recent(column)} || ${now}::timestamptz else ${recent(column)} end`
  const windows = (...counted: [Counted, Buffer | null][]) =>
    sql`json_to_recordset(${rowset(
      counted.flatMap(([what, key]) =>
        key === null ? [] : [{ what, key: base64(key), from_at: windowAt(what, now).toISOString() }],
      ),
    )}) as r(what text, key text, from_at timestamptz)`
  const begin = (what: Counted) => sql`${windowAt(what, now)}::timestamptz`
  // Under an older key of the ring wrong codes were counted too; the first one under the newest key takes them over.
  const [subject, ...former] = subjects
  const [row] = await db.rows<Row>(
    sql`
    with person as materialized (${person}),
    device as materialized (
      select ${wasKnown}::boolean or exists (select from verification_device where subject = any(${subjects}) and device = any(${devices})) as is_known
    ), former as (
      select coalesce(max(wrong), 0) as wrong, coalesce(max(known_wrong), 0) as known_wrong, max(wrong_at) as wrong_at
      from verification_subject where subject = any(${former})
    ), cleared as (
      update verification_subject set wrong = 0, known_wrong = 0, wrong_at = null
      where subject = any(${former}) and (wrong > 0 or known_wrong > 0)
    ), subject as (
      insert into verification_subject as s (subject, subscriber_id, sends, known_sends, is_full, wrong, known_wrong, wrong_at, at)
      select ${subject}, (select id from person), case when is_known then '{}' else array[${now}::timestamptz] end,
        case when is_known then array[${now}::timestamptz] else '{}' end, false, wrong, known_wrong, wrong_at, ${now}::timestamptz
      from device cross join former
      on conflict (subject) do update set at = excluded.at, subscriber_id = coalesce(excluded.subscriber_id, s.subscriber_id),
        is_full = case when ${isKnown} then ${isFull(sql`s.known_sends`)} else ${isFull(sql`s.sends`)} end,
        sends = ${more(sql`s.sends`, sql`not ${isKnown}`)}, known_sends = ${more(sql`s.known_sends`, isKnown)}
      returning is_full, wrong, known_wrong, wrong_at, sends, known_sends
    ), granted as (
      select p.id as subscriber_id, p.country, p.number_hash, p.block_hash, p.id is not null or p.number_hash is not null as is_there,
        d.is_known, cardinality(s.sends) + cardinality(s.known_sends) > 1 as is_again,
        not exists (select from verification_count c where c.what = 'number' and c.key = p.number_hash and c.from_at = ${begin('number')}) as is_first
      from subject s cross join device d left join person p on true where not s.is_full
    ), replaced as (${replace}), stored as (${store}),
    counted as (
      insert into verification_count as c (what, key, from_at, n)
      select what, key, from_at, 1 from (
        select what, decode(key, 'base64') as key, from_at from ${windows(['address', address], ['network', network], ['device', device])}
        union all select 'number', number_hash, ${begin('number')} from granted where number_hash is not null
        union all select 'block.sent', block_hash, ${begin('block.sent')} from granted where block_hash is not null and is_first
        union all select 'country.sent', convert_to(country, 'UTF8'), ${begin('country.sent')} from granted where country is not null
      ) each where exists (select from granted) order by what, key
      on conflict (what, key, from_at) do update set n = c.n + 1 returning what, n
    ), seen as materialized (
      select what, (select n from verification_count c where c.what = r.what and c.key = r.key and c.from_at = r.from_at) as n from (
        select what, decode(key, 'base64') as key, from_at
          from ${windows(['address.wrong', address], ['network.wrong', network], ['all.wrong', everyone], ['all.right', everyone], ['spend', everyone])}
        union all select 'block.right', block_hash, ${begin('block.right')} from person where block_hash is not null
      ) r
    ), blocks as (
      select b.kind, b.effect from verification_block b join person p
        on (b.kind = 'country' and b.key = convert_to(p.country, 'UTF8')) or (b.kind = 'block' and b.key = p.block_hash)
      where b.until > ${now}
    )
    select s.is_full, s.wrong, s.known_wrong, s.wrong_at,
      array_to_json(case when d.is_known then s.known_sends else s.sends end) as sends, d.is_known, p.country,
      coalesce(p.id is not null or p.number_hash is not null, false) as is_there,
      (select json_build_object('sends', sends, 'tag', tag) from stored) as stored,
      (select json_agg(message_id) from replaced where message_id is not null) as replaced,
      (select json_object_agg(what, n) from counted) as counted, (select json_object_agg(what, n) from seen where n is not null) as seen,
      (select json_agg(json_build_object('kind', kind, 'effect', effect)) from blocks) as blocks
    from subject s cross join device d left join person p on true`,
    urgency.strict,
  )
  const found = row!
  const blocks = found.blocks ?? []
  return {
    account: { isKnown: found.is_known, wrong: found.wrong, knownWrong: found.known_wrong, wrongAt: found.wrong_at },
    counts: { ...found.counted, ...found.seen },
    full: found.is_full ? { kind: 'codes', waitSeconds: secondsUntilOneLess(found.sends, now) } : null,
    sendsLeft: Math.max(0, mostSends - found.sends.length),
    stored: found.stored,
    isThere: found.is_there,
    country: found.country,
    blocked: blocks.find(({ effect }) => effect === 'blocked')?.kind ?? null,
    isAllowed: blocks.some(({ effect }) => effect === 'allowed'),
    replaced: found.replaced ?? [],
  }
}

function secondsUntilOneLess(sends: readonly string[], now: Date): number {
  const first = Math.min(...sends.map(at => Date.parse(at)))
  return Math.max(1, Math.ceil((first + sendWindowMs - now.getTime()) / 1_000))
}
