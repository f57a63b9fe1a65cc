// A code to the phone for one thing that somebody wants to do, where their link alone does not prove enough. It lives for ten
// minutes, a newer one ends it, and it is stored as a keyed hash alone.
import { randomInt, timingSafeEqual } from 'node:crypto'
import type { Statements } from '../store/database.ts'
import { newId } from '../store/id.ts'
import type { KeyRing } from '../store/keys.ts'
import { sql } from '../store/sql.ts'

export const codeMinutes = 10
const mostTries = 5
const mostAnHour = 3
const hourMs = 3_600_000

/** What a code allows. It is a part of the hash, so that one does not serve for another. */
export type CodeAction = 'security_off'

const said = (id: string, subscriberId: string, action: CodeAction, code: string) =>
  `code ${action} ${subscriberId} ${id} ${code}`

/** Makes one and answers it, to be sent; undefined where they had too many within an hour. The subscriber is locked by the caller. */
export async function newCode(
  tx: Statements,
  keys: KeyRing,
  subscriberId: string,
  action: CodeAction,
  now: Date,
): Promise<string | undefined> {
  const lately = await tx.rows(sql`
    select from page_code where subscriber_id = ${subscriberId} and made_at > ${new Date(now.getTime() - hourMs)}`)
  if (lately.length >= mostAnHour) return undefined
  await tx.rows(sql`
    update page_code set is_over = true where subscriber_id = ${subscriberId} and action = ${action} and not is_over`)
  const code = String(randomInt(1_000_000)).padStart(6, '0')
  const id = newId(now)
  await tx.rows(sql`
    insert into page_code (id, subscriber_id, action, code_hash, made_at, expires_at)
    values (${id}, ${subscriberId}, ${action}, ${keys.hash(said(id, subscriberId, action, code))}, ${now},
      ${new Date(now.getTime() + codeMinutes * 60_000)})`)
  return code
}

/**
 * Counts a try and judges it; the transaction has to commit whatever comes of it. `over`: there is none that counts, or this
 * was its last try. The subscriber is locked by the caller.
 */
export async function tryCode(
  tx: Statements,
  keys: KeyRing,
  subscriberId: string,
  action: CodeAction,
  code: string,
  now: Date,
): Promise<'right' | 'wrong' | 'over'> {
  const [row] = await tx.rows<{ id: string; code_hash: Uint8Array; tries: number }>(sql`
    update page_code set tries = tries + 1
    where subscriber_id = ${subscriberId} and action = ${action} and not is_over and expires_at > ${now} and tries < ${mostTries}
    returning id, code_hash, tries`)
  if (!row) return 'over'
  // By each key of the ring: the newest may have come since.
  const isRight = keys
    .hashes(said(row.id, subscriberId, action, code))
    .map(hash => timingSafeEqual(hash, row.code_hash))
    .includes(true)
  if (!isRight) return row.tries < mostTries ? 'wrong' : 'over'
  await tx.rows(sql`update page_code set is_over = true where id = ${row.id}`)
  return 'right'
}

/** Forgets codes once they count for nothing any more, not even as one of an hour. */
export const forgetCodes = (db: Statements, now: Date) =>
  db.rows(sql`delete from page_code where made_at < ${new Date(now.getTime() - hourMs)}`)
