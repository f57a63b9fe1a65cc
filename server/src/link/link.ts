// Short links on the service's own domain: a code nobody can guess, bound to its destination for good, and what became
// of it. The code itself is kept nowhere: who reads the database can follow none.
import { createHash, randomFillSync } from 'node:crypto'
import type { Click, ClickFilter, Link, LinkFilter } from '@usher/contract/link'
import type { Purpose } from '@usher/contract/purpose'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { base64, join, rowset, type Sql, sql } from '../store/sql.ts'

// ---- The code ------------------------------------------------------------------------------------------------------

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 62^11 are 65.5 bits, of which leaving out codes with three digits in a row takes 0.06. */
export const codeLength = 11
const format = /^[0-9A-Za-z]{11}$/
export const isCode = (text: string): boolean => format.test(text)
/** What a preview shows: as long as a real one, and nobody's. */
export const sampleCode = 'X'.repeat(codeLength)

// Drawn from the system in larger pieces, for one call for each code costs more than the code.
const pool = Buffer.alloc(4096)
let used = pool.length
/** The bytes that 62 divides evenly; the few above it would make some letters likelier than others. */
const even = 256 - (256 % alphabet.length)

/** Never three digits in a row: 'Pin426' by chance would be a PIN to the guard, and the text would be refused. */
export function newCode(): string {
  for (;;) {
    const code = draw()
    if (!/\d{3}/.test(code)) return code
  }
}

function draw(): string {
  let code = ''
  while (code.length < codeLength) {
    if (used === pool.length) {
      randomFillSync(pool)
      used = 0
    }
    const byte = pool[used++]!
    if (byte < even) code += alphabet[byte % alphabet.length]
  }
  return code
}

/** What a code is stored as, and found by. */
export const hashOf = (code: string): Buffer => createHash('sha256').update(code).digest().subarray(0, 16)

// ---- By purpose ----------------------------------------------------------------------------------------------------

type Family = Purpose extends infer P ? (P extends `${infer F}.${string}` ? F : P) : never
const hour = 3_600_000
const day = 24 * hour

/** How long a link leads somewhere, by what the purpose's name begins with. A text with a code carries none. */
const lives: Record<Family, number | null> = {
  code: null,
  alert: day,
  reply: 7 * day,
  consent: 7 * day,
  account: 30 * day,
  title: 30 * day,
  offer: 30 * day,
}
const familyOf = (purpose: Purpose) => purpose.split('.')[0] as Family // what stands before the dot is one of them

/** Milliseconds; null where texts of this purpose carry no link. */
export const lifeOf = (purpose: Purpose): number | null => lives[familyOf(purpose)]

/** Whether the destination is told who comes, where nobody said: it is their account that is opened there. */
export const tellsWho = (purpose: Purpose): boolean => /^account\.|^alert\.security$/.test(purpose)

// ---- Making --------------------------------------------------------------------------------------------------------

export interface NewLinkRow {
  id: string
  code: string
  destination: string
  purpose: Purpose
  subscriber_id: string | null
  message_id: string | null
  has_context: boolean
  expires_at: Date
}

/** The statement that stores links, as a piece of another where they come with a text; `those` narrows which, as `r`. */
export const storeLinks = (links: readonly NewLinkRow[], now: Date, those: Sql = sql``): Sql => {
  const rows = links.map(({ code, ...link }) => ({ ...link, hash: base64(hashOf(code)) }))
  return sql`
    insert into link (id, hash, destination, purpose, subscriber_id, message_id, has_context, created_at, expires_at)
    select r.id, decode(r.hash, 'base64'), r.destination, r.purpose, r.subscriber_id, r.message_id, r.has_context, ${now}, r.expires_at
    from json_to_recordset(${rowset(rows)}) as r(id uuid, hash text, destination text, purpose text, subscriber_id uuid,
      message_id uuid, has_context boolean, expires_at timestamptz) ${those}`
}

/** The subscriber of this id, locked against an erasure until the link is stored, so that none is made that outlives them. */
export const ownerOf = async (tx: Statements, externalId: string): Promise<string | undefined> =>
  (
    await tx.rows<{ id: string }>(
      sql`select id from subscriber where external_id = ${externalId} and erased_at is null for key share`,
    )
  )[0]?.id

// ---- Following -----------------------------------------------------------------------------------------------------

/** What a redirect has to know. */
export interface Followed {
  id: string
  hash: Uint8Array
  destination: string
  purpose: Purpose
  message_id: string | null
  has_context: boolean
  expires_at: Date
  revoked_at: Date | null
  /** The service's own id; null where the link is nobody's, or its context is not to be told. */
  external_id: string | null
}

/** The links of these hashes, read from the database each time: a revocation holds at once. */
export const findByHash = (db: Statements, hashes: readonly Buffer[]): Promise<Followed[]> =>
  db.rows(sql`
    select l.id, l.hash, l.destination, l.purpose, l.message_id, l.has_context, l.expires_at, l.revoked_at, s.external_id
    from link l left join subscriber s on s.id = l.subscriber_id and l.has_context and s.erased_at is null
    where l.hash = any(${hashes})`)

// ---- Reading and revoking ------------------------------------------------------------------------------------------

interface LinkRow extends Omit<Followed, 'hash'> {
  created_at: Date
  human_clicks: number
  machine_clicks: number
  last_click_at: Date | null
}

const time = (at: Date | null) => at?.toISOString() ?? null
const view = (row: LinkRow): Link => ({
  id: row.id,
  destination: row.destination,
  purpose: row.purpose,
  subscriber: row.external_id,
  message: row.message_id,
  hasContext: row.has_context,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  revokedAt: time(row.revoked_at),
  humanClicks: row.human_clicks,
  machineClicks: row.machine_clicks,
  lastClickAt: time(row.last_click_at),
})

/** `limit` keeps the planner from reading all subscribers to join them with a page. */
const ownerOfLink = (link: Sql): Sql =>
  sql`left join lateral (select external_id from subscriber where id = ${link}.subscriber_id limit 1) s on true`

export async function readLink(db: Statements, id: string): Promise<Link | undefined> {
  const [row] = await db.rows<LinkRow>(
    sql`select l.*, s.external_id from link l ${ownerOfLink(sql`l`)} where l.id = ${id}`,
    urgency.report,
  )
  return row && view(row)
}

/** From this moment it leads nowhere. Answers whether it did until now; undefined where there is no such link. */
export async function revokeLink(tx: Statements, id: string, now: Date): Promise<boolean | undefined> {
  const [row] = await tx.rows<{ was: Date | null }>(sql`
    with before as (select id, revoked_at from link where id = ${id} for update)
    update link set revoked_at = coalesce(before.revoked_at, ${now}::timestamptz) from before where link.id = before.id
    returning before.revoked_at as was`)
  return row && row.was === null
}

/** How many batches of rows one request looks at, whatever is asked for among them; `next` is where it stopped looking. */
const looks = 20
const and = (conditions: readonly Sql[]): Sql => (conditions.length === 0 ? sql`true` : join(conditions, sql` and `))

/** A page, newest first. One filter is served by its index; what else is asked is asked of the rows that it finds. */
export async function listLinks(
  db: Database,
  { subscriber, message, purpose, clicked, cursor, limit }: LinkFilter,
): Promise<{ items: Link[]; next: string | null }> {
  const owner = subscriber === undefined ? undefined : await idOf(db, subscriber)
  if (owner === null) return { items: [], next: null }
  // The narrowest first.
  const [served = [], ...asked] = [
    message === undefined ? undefined : [sql`l.message_id = ${message}`],
    owner === undefined ? undefined : [sql`l.subscriber_id = ${owner}`],
    clicked === 'human' ? [sql`l.has_human`] : undefined,
    clicked === 'machine' ? [sql`l.has_machine`] : undefined,
    purpose === undefined ? undefined : [sql`l.purpose = ${purpose}`],
    // Most links are never followed, so they are found without an index.
    clicked === 'none' ? [sql`true`, sql`l.human_clicks = 0 and l.machine_clicks = 0`] : undefined,
  ].flatMap(one => (one ? [one] : []))
  const [by, ...besides] = served
  const range = [...(by ? [by] : []), ...(cursor ? [sql`l.id < ${cursor}::uuid`] : [])]
  const last = await lookedTo(db, sql`link l`, sql`l.id`, range)
  const rows = await db.rows<LinkRow>(
    sql`
    with page as (
      select l.* from link l
      where ${and([...range, ...(last ? [sql`l.id >= ${last}::uuid`] : []), ...besides, ...asked.flat()])}
      order by l.id desc limit ${limit + 1}
    )
    select page.*, s.external_id from page ${ownerOfLink(sql`page`)} order by page.id desc`,
    urgency.report,
  )
  return paged(rows, limit, last, view)
}

interface ClickRow {
  id: string
  link_id: string
  at: Date
  method: string
  agent: string | null
  network: string | null
  verdict: Click['verdict']
  why: string[] | null
  message_id: string | null
  purpose: Purpose
  destination: string
  external_id: string | null
  submitted_at: Date | null
}

const viewClick = (row: ClickRow): Click => ({
  id: row.id,
  link: row.link_id,
  message: row.message_id,
  subscriber: row.external_id,
  purpose: row.purpose,
  destination: row.destination,
  at: row.at.toISOString(),
  method: row.method,
  agent: row.agent,
  network: row.network,
  afterMs: row.submitted_at && row.at.getTime() - row.submitted_at.getTime(),
  verdict: row.verdict,
  why: row.why ?? [],
})

/** A page, newest first. */
export async function listClicks(
  db: Database,
  { link, subscriber, verdict, cursor, limit }: ClickFilter,
): Promise<{ items: Click[]; next: string | null }> {
  const owner = subscriber === undefined ? undefined : await idOf(db, subscriber)
  if (owner === null) return { items: [], next: null }
  const before = cursor ? [sql`c.id < ${cursor}::uuid`] : []
  const judged = verdict === undefined ? [] : [sql`c.verdict = ${verdict}`]
  let page: Sql
  let last: string | undefined
  if (owner !== undefined) {
    // A person has few links; of each, no more are read than a page holds.
    const mine = [sql`l.subscriber_id = ${owner}`, ...(link === undefined ? [] : [sql`l.id = ${link}`])]
    page = sql`
      select c.* from link l cross join lateral (
        select * from click c where ${and([sql`c.link_id = l.id`, ...before, ...judged])} order by c.id desc limit ${limit + 1}
      ) c where ${and(mine)} order by c.id desc limit ${limit + 1}`
  } else {
    const [served, asked] = link === undefined ? [judged, []] : [[sql`c.link_id = ${link}`], judged]
    const range = [...served, ...before]
    last = await lookedTo(db, sql`click c`, sql`c.id`, range)
    page = sql`
      select c.* from click c where ${and([...range, ...(last ? [sql`c.id >= ${last}::uuid`] : []), ...asked])}
      order by c.id desc limit ${limit + 1}`
  }
  const rows = await db.rows<ClickRow>(
    sql`
    with page as (${page})
    select page.*, l.message_id, l.purpose, l.destination, s.external_id, m.submitted_at
    from page join lateral (select * from link where id = page.link_id limit 1) l on true ${ownerOfLink(sql`l`)}
      left join lateral (select submitted_at from message where id = l.message_id limit 1) m on true
    order by page.id desc`,
    urgency.report,
  )
  return paged(rows, limit, last, viewClick)
}

/** Null where there is no such subscriber. */
async function idOf(db: Database, externalId: string): Promise<string | null> {
  const [row] = await db.rows<{ id: string }>(
    sql`select id from subscriber where external_id = ${externalId}`,
    urgency.report,
  )
  return row?.id ?? null
}

/** The id at which one request stops looking; undefined where all can be looked at. */
async function lookedTo(db: Database, table: Sql, id: Sql, range: readonly Sql[]): Promise<string | undefined> {
  const [row] = await db.rows<{ id: string }>(
    sql`select ${id} from ${table} where ${and(range)} order by ${id} desc offset ${looks * db.batch} limit 1`,
    urgency.report,
  )
  return row?.id
}

const paged = <Row extends { id: string }, Item extends { id: string }>(
  rows: readonly Row[],
  limit: number,
  last: string | undefined,
  viewed: (row: Row) => Item,
): { items: Item[]; next: string | null } => {
  const items = rows.slice(0, limit).map(viewed)
  return { items, next: rows.length > limit ? items.at(-1)!.id : (last ?? null) }
}

// ---- The end -------------------------------------------------------------------------------------------------------

/** Links are kept for so long after they expired, with their clicks. */
export const keptForMs = 90 * day

/** Forgets a few hundred links of long ago; answers how many, so that it can be asked again. */
export async function forgetLinks(db: Database, now: Date): Promise<number> {
  const gone = await db.rows(
    sql`
    with gone as (
      delete from link where id in (
        select id from link where expires_at < ${new Date(now.getTime() - keptForMs)} order by expires_at limit ${db.batch}) returning id
    ), clicks as (
      delete from click using gone where click.link_id = gone.id
    )
    select id from gone`,
    urgency.idle,
  )
  return gone.length
}

/**
 * What an erased person's links lead to is nobody's to know, nor what they were opened with; how many were followed stays.
 * In the transaction that erases them, under the lock of their row.
 */
export async function eraseLinks(tx: Statements, subscriberIds: readonly string[], now: Date): Promise<void> {
  await tx.rows(sql`
    with theirs as (
      update link set revoked_at = coalesce(revoked_at, ${now}::timestamptz),
        destination = substring(destination from '^https://[^/?#]+') || '/'
      where subscriber_id = any(${subscriberIds}::uuid[]) returning id
    )
    update click set agent = null, network = null, marks = '{}' from theirs where click.link_id = theirs.id`)
}
