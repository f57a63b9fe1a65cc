// Sessions of operators: a cookie of 256 random bits, stored as its hash. One ends when it was not used for a while, when its
// day is over, when its operator signs out, and with its operator. All of it is wall time: the business clock can be moved.
import { createHash, randomBytes } from 'node:crypto'
import { type Permission, permissionsOf, type Role } from '@usher/contract/access'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'
import { record } from './audit.ts'

export interface SignedIn {
  id: string
  name: string
  email: string
  role: Role
  permissions: ReadonlySet<Permission>
  csrf: string
  /** Names the session among those of its operator. */
  session: Uint8Array
  startedAt: Date
  /** When it ends if nothing is asked until then, and when it ends whatever is asked. */
  idleEndsAt: Date
  endsAt: Date
}

export interface Sessions {
  /** Who is signed in by the cookie of this request. Asks the database each time: a role that changes counts at once. */
  of(c: Context): Promise<SignedIn | undefined>
  /** Lets an operator in, and records the way they came; the cookie is set once that has committed. */
  begin(tx: Statements, operatorId: string, way: 'link' | 'password' | 'passkey' | 'oidc'): Promise<Begun>
  /** Sets the cookie, in the place of the one that came with the request. Undefined where the operator was made inactive meanwhile. */
  greet(c: Context, begun: Begun): Promise<SignedIn | undefined>
  end(c: Context, tx: Statements, session: Uint8Array): Promise<void>
  endAll(tx: Statements, operatorId: string, except?: Uint8Array): Promise<void>
}

export interface Begun {
  secret: string
  endsAt: Date
}

/** Who comes in: let in, or told no and nothing else. */
export type Entered = { kind: 'entered'; begun: Begun } | { kind: 'refused' }

export interface SessionDeps {
  db: Database
  /** Wall time. */
  wall: () => Date
  /** Where browsers reach this server; https makes the cookie secure. */
  publicUrl: () => string
  idleMinutes: number
  /** How long a session lasts whatever is asked. */
  longestMinutes: number
}

export const cookieName = 'usher_session'
/** What a page asks by itself keeps no session alive: the console marks it, and a live stream is asked of at each beat. */
const isUnattended = (c: Context) =>
  c.req.header('x-usher-unattended') !== undefined || c.req.header('accept') === 'text/event-stream'
/** `seen_at` is written at most so often. */
const noteMs = 60_000

export const hashOf = (secret: string) => createHash('sha256').update(secret).digest()
/** 256 bits that nobody guesses, so that their plain hash tells nothing of them. */
export const newSecret = () => randomBytes(32).toString('base64url')

export function sessions({ db, wall, publicUrl, idleMinutes, longestMinutes }: SessionDeps): Sessions {
  const idleMs = idleMinutes * 60_000
  const flags = () =>
    ({
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
      secure: publicUrl().startsWith('https:'),
    }) as const

  async function find(secret: string): Promise<(SignedIn & { seenAt: Date }) | undefined> {
    const now = wall()
    const [row] = await db.rows<Row>(
      sql`
      select s.hash, s.csrf, s.started_at, s.seen_at, s.ends_at, o.id, o.name, o.email, o.role
      from operator_session s join operator o on o.id = s.operator_id
      where s.hash = ${hashOf(secret)} and o.is_active
        and s.ends_at > ${now} and s.seen_at > ${new Date(now.getTime() - idleMs)}`,
      urgency.ordinary,
    )
    return (
      row && {
        ...{ id: row.id, name: row.name, email: row.email, role: row.role, csrf: row.csrf },
        permissions: new Set(permissionsOf[row.role]),
        session: row.hash,
        startedAt: row.started_at,
        seenAt: row.seen_at,
        idleEndsAt: new Date(Math.min(row.seen_at.getTime() + idleMs, row.ends_at.getTime())),
        endsAt: row.ends_at,
      }
    )
  }

  return {
    async of(c) {
      const secret = getCookie(c, cookieName)
      if (secret === undefined || secret.length > 100) return undefined
      const found = await find(secret)
      if (!found) return undefined
      const now = wall()
      if (now.getTime() - found.seenAt.getTime() < noteMs || isUnattended(c)) return found
      await db.rows(sql`
        with seen as (update operator_session set seen_at = ${now} where hash = ${found.session} and seen_at < ${now})
        update operator set seen_at = ${now} where id = ${found.id}`)
      return { ...found, idleEndsAt: new Date(Math.min(now.getTime() + idleMs, found.endsAt.getTime())) }
    },
    async begin(tx, operatorId, way) {
      const secret = newSecret()
      const now = wall()
      const endsAt = new Date(now.getTime() + longestMinutes * 60_000)
      await tx.rows(sql`
        with seen as (update operator set seen_at = ${now} where id = ${operatorId})
        insert into operator_session (hash, operator_id, csrf, started_at, seen_at, ends_at)
        values (${hashOf(secret)}, ${operatorId}, ${randomBytes(18).toString('base64url')}, ${now}, ${now}, ${endsAt})`)
      await record(tx, { at: now, operatorId, action: 'operator.signed_in', subject: operatorId, detail: { way } })
      return { secret, endsAt }
    },
    async greet(c, { secret, endsAt }) {
      // Who signs in anew in one browser has one session there, not two.
      const before = getCookie(c, cookieName)
      if (before !== undefined) await db.rows(sql`delete from operator_session where hash = ${hashOf(before)}`)
      const maxAge = Math.max(0, Math.floor((endsAt.getTime() - wall().getTime()) / 1000))
      setCookie(c, cookieName, secret, { ...flags(), maxAge })
      return find(secret)
    },
    async end(c, tx, session) {
      await tx.rows(sql`delete from operator_session where hash = ${session}`)
      deleteCookie(c, cookieName, flags())
    },
    async endAll(tx, operatorId, except) {
      await tx.rows(sql`
        delete from operator_session where operator_id = ${operatorId} and hash <> ${except ?? Buffer.alloc(0)}`)
    },
  }
}

interface Row {
  hash: Uint8Array
  csrf: string
  started_at: Date
  seen_at: Date
  ends_at: Date
  id: string
  name: string
  email: string
  role: Role
}
