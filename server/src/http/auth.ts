// API keys: made once, shown once, stored hashed. A key is `usher_<id>_<secret>`, the secret of 256 random bits, so a plain
// SHA-256 of it can not be guessed.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Scope, scopes } from '@usher/contract/access'
import type { Clock } from '../clock.ts'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'

export interface ApiKey {
  id: string
  name: string
  scopes: readonly Scope[]
}

/** A revoked key stops working within this. */
const rememberMs = 2_000

const hash = (secret: string) => createHash('sha256').update(secret).digest()

/** Makes a key; the answer is the only time it is seen. */
export async function createKey(
  db: Statements,
  clock: Clock,
  name: string,
  granted: readonly Scope[] = scopes,
): Promise<{ id: string; key: string }> {
  const id = randomBytes(6).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  await db.rows(sql`
    insert into api_key (id, name, hash, scopes, created_at) values (${id}, ${name}, ${hash(secret)}, ${[...granted]}, ${clock.now()})`)
  return { id, key: `usher_${id}_${secret}` }
}

export const listKeys = (db: Statements) =>
  db.rows<{ id: string; name: string; scopes: Scope[]; created_at: Date; revoked_at: Date | null }>(sql`
    select id, name, scopes, created_at, revoked_at from api_key order by created_at`)

export const revokeKey = async (db: Statements, clock: Clock, id: string): Promise<boolean> =>
  (
    await db.rows(
      sql`update api_key set revoked_at = ${clock.now()} where id = ${id} and revoked_at is null returning id`,
    )
  ).length > 0

export type Authenticate = (header: string | undefined) => Promise<ApiKey | undefined>

/** Segment's clients give the key as the name of Basic authentication, with no password: it means the same. */
function asBearer(header: string): string {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,200})$/i.exec(header) ?? []
  const [, key] = /^([^:]+):$/.exec(encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString()) ?? []
  return key === undefined ? header : `Bearer ${key}`
}

export function authenticator(db: Database, clock: Clock): Authenticate {
  const known = new Map<string, { row: Promise<(ApiKey & { hash: Uint8Array }) | undefined>; untilMs: number }>()
  const renewing = new Set<string>()
  const look = async (id: string) => {
    const [row] = await db.rows<ApiKey & { hash: Uint8Array }>(
      sql`select id, name, hash, scopes from api_key where id = ${id} and revoked_at is null`,
      urgency.ordinary,
    )
    return row
  }
  return async header => {
    const [, id, secret] = /^Bearer usher_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/.exec(asBearer(header ?? '')) ?? []
    if (id === undefined || secret === undefined) return undefined
    const nowMs = clock.monotonic()
    let entry = known.get(id)
    // One that was right a moment ago is looked up again beside the request; a stranger's look waits behind all texts.
    const isAged = entry !== undefined && entry.untilMs - nowMs < rememberMs / 2
    if (!entry || entry.untilMs < nowMs) {
      if (known.size > 10_000) known.clear()
      // Those who ask at the same moment share one look.
      entry = { row: look(id), untilMs: nowMs + rememberMs }
      known.set(id, entry)
      entry.row.catch(() => known.delete(id))
    } else if (isAged && !renewing.has(id)) {
      renewing.add(id)
      look(id)
        .then(row => known.set(id, { row: Promise.resolve(row), untilMs: clock.monotonic() + rememberMs }))
        .catch(() => {}) // the next request asks again
        .finally(() => renewing.delete(id))
    }
    const row = await entry.row
    return row && timingSafeEqual(hash(secret), row.hash) ? row : undefined
  }
}
