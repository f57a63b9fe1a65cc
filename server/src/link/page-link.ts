// Links to a subscriber's own page, where they choose what they get. Whoever has one may come in, so it is short-lived, its
// code is stored as a hash alone, and a link that was sent to a number ends when the subscriber has another.
import type { Database, Statements } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { sql } from '../store/sql.ts'
import { hashOf, newCode } from './link.ts'

const livesDays = 30

/** Makes one and answers its URL, under the origin of short links. */
export async function makePageLink(db: Statements, linkUrl: string, subscriberId: string, now: Date): Promise<string> {
  const code = newCode()
  await db.rows(sql`
    insert into page_link (hash, subscriber_id, number_at, made_at, expires_at)
    select ${hashOf(code)}, id, number_at, ${now}, ${new Date(now.getTime() + livesDays * 86_400_000)} from subscriber where id = ${subscriberId}`)
  return `${linkUrl}/p/${code}`
}

export interface PageLink {
  subscriber_id: string
  /** Since when the number is theirs that it was sent to. */
  number_at: Date | null
  made_at: Date
}

/** Whose page it opens; undefined where it opens none: unknown, over, or sent to a number that is theirs no more. */
export async function findPageLink(db: Statements, code: string, now: Date): Promise<PageLink | undefined> {
  const [link] = await db.rows<PageLink>(sql`
    select p.subscriber_id, p.number_at, p.made_at from page_link p join subscriber s on s.id = p.subscriber_id
    where p.hash = ${hashOf(code)} and p.expires_at > ${now} and s.erased_at is null and s.number_at is not distinct from p.number_at
      and s.number_lost_at is null`)
  return link
}

/** Forgets those that are over. */
export const forgetPageLinks = (db: Statements, now: Date) =>
  db.rows(sql`delete from page_link where expires_at < ${now}`)

const askedMs = 3_600_000

/** Someone who asks for a link: by the number they give, and by where they ask from; each as a keyed hash. */
export interface Asking {
  who: Buffer
  /** How often they may within an hour. */
  most: number
}

/** Counts a wish for a link, whoever has the number. False: one of them asked often enough. */
export const mayAskForLink = (db: Database, asking: readonly Asking[], now: Date): Promise<boolean> =>
  db.transaction(async tx => {
    // One order of locks; without them a hundred at the same moment would each be the first.
    for (const { who, most } of asking.toSorted((a, b) => Buffer.compare(a.who, b.who))) {
      await tx.rows(sql`select pg_advisory_xact_lock(7283507, ${who.readInt32BE(0)})`)
      const asked = await tx.rows(sql`
        select from page_ask where who = ${who} and at > ${new Date(now.getTime() - askedMs)} limit ${most}`)
      if (asked.length >= most) return false
    }
    for (const { who } of asking)
      await tx.rows(sql`insert into page_ask (id, who, at) values (${newId(now)}, ${who}, ${now})`)
    return true
  })

export const forgetAsks = (db: Statements, now: Date) =>
  db.rows(sql`delete from page_ask where at < ${new Date(now.getTime() - askedMs)}`)
