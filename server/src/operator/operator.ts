// The people who operate Usher: invited by a link that works once, given a role, and never all taken it away.
import type { Role } from '@usher/contract/access'
import type { Operator } from '@usher/contract/operator'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type Sql, sql } from '../store/sql.ts'
import { record } from './audit.ts'
import { hashOf, newSecret } from './session.ts'

export interface OperatorRow {
  id: string
  name: string
  email: string
  role: Role
  is_active: boolean
  created_at: Date
  seen_at: Date | null
}

/** How long an invitation can wait. */
const linkMs = 24 * 3_600_000

const columns = sql`id, name, email, role, is_active, created_at, seen_at`

export const listOperators = async (db: Statements): Promise<Operator[]> =>
  (await db.rows<OperatorRow>(sql`select ${columns} from operator order by lower(name), id`, urgency.report)).map(
    viewOperator,
  )

export const viewOperator = (row: OperatorRow): Operator => ({
  ...{ id: row.id, name: row.name, email: row.email, role: row.role, isActive: row.is_active },
  createdAt: row.created_at.toISOString(),
  lastSeenAt: row.seen_at?.toISOString() ?? null,
  isInvited: row.seen_at === null,
})

const locked = async (tx: Statements, where: Sql): Promise<OperatorRow | undefined> =>
  (await tx.rows<OperatorRow>(sql`select ${columns} from operator where ${where} for update`))[0]

export interface Invited {
  operator: OperatorRow
  /** Goes into the link; only its hash is kept. */
  token: string
  expiresAt: Date
}

/**
 * A link for a new operator, or a new one for whoever has this e-mail, whose name and role stay as they are. One who was
 * made inactive is active again: who invites them wants them in.
 */
export const inviteOperator = (
  db: Database,
  now: Date,
  input: { name: string; email: string; role: Role },
  by: string | null,
): Promise<Invited> =>
  db.transaction(async tx => {
    const id = newId(now)
    const [made] = await tx.rows<OperatorRow>(sql`
      insert into operator (id, name, email, role, created_at) values (${id}, ${input.name}, ${input.email}, ${input.role}, ${now})
      on conflict (email) do nothing returning ${columns}`)
    const [operator] = made
      ? [made]
      : await tx.rows<OperatorRow>(
          sql`update operator set is_active = true where email = ${input.email} returning ${columns}`,
        )
    const link = await newLink(tx, now, operator!.id)
    const detail = { role: operator!.role, isNew: made !== undefined }
    await record(tx, { at: now, operatorId: by, action: 'operator.invited', subject: operator!.id, detail })
    return { operator: operator!, ...link }
  })

/** The demo's own operator, an administrator again at each start, with a new link. */
export const demoOperator = (db: Database, now: Date, input: { name: string; email: string }): Promise<Invited> =>
  db.transaction(async tx => {
    const [operator] = await tx.rows<OperatorRow>(sql`
      insert into operator (id, name, email, role, created_at)
      values (${newId(now)}, ${input.name}, ${input.email}, 'administrator', ${now})
      on conflict (email) do update set role = 'administrator', is_active = true returning ${columns}`)
    return { operator: operator!, ...(await newLink(tx, now, operator!.id)) }
  })

/** A new link; those before it no longer work. */
async function newLink(tx: Statements, now: Date, operatorId: string): Promise<{ token: string; expiresAt: Date }> {
  const token = newSecret()
  const expiresAt = new Date(now.getTime() + linkMs)
  await tx.rows(sql`delete from operator_link where operator_id = ${operatorId} and used_at is null`)
  await tx.rows(sql`
    insert into operator_link (hash, operator_id, created_at, expires_at)
    values (${hashOf(token)}, ${operatorId}, ${now}, ${expiresAt})`)
  return { token, expiresAt }
}

/** The token stands behind the #, which browsers keep to themselves: no log on the way has it. */
export const linkOf = (publicUrl: string, token: string) => `${publicUrl}/console#enter=${token}`

/** Uses a link up. Answers whose it is; of one that is used or old, whose it was. */
export async function useLink(
  tx: Statements,
  now: Date,
  token: string,
): Promise<{ kind: 'used'; operatorId: string } | { kind: 'refused'; operatorId: string | null }> {
  const hash = hashOf(token)
  const [used] = await tx.rows<{ operator_id: string }>(sql`
    update operator_link l set used_at = ${now} from operator o
    where l.hash = ${hash} and l.used_at is null and l.expires_at > ${now} and o.id = l.operator_id and o.is_active
    returning l.operator_id`)
  if (used) return { kind: 'used', operatorId: used.operator_id }
  const [known] = await tx.rows<{ operator_id: string }>(
    sql`select operator_id from operator_link where hash = ${hash}`,
  )
  return { kind: 'refused', operatorId: known?.operator_id ?? null }
}

export type Changed =
  | { kind: 'changed'; operator: OperatorRow }
  | { kind: 'refused'; why: 'unknown_operator' | 'last_administrator' }

/** A new role counts from the next request on; who is made inactive is signed out everywhere. */
export const changeOperator = (
  db: Database,
  now: Date,
  id: string,
  change: { role?: Role | undefined; isActive?: boolean | undefined },
  by: string,
): Promise<Changed> =>
  db.transaction(async tx => {
    // Two administrators who make each other viewers: one after the other, and the second is told no.
    await tx.rows(sql`select pg_advisory_xact_lock(7283503)`)
    const before = await locked(tx, sql`id = ${id}`)
    if (!before) return { kind: 'refused', why: 'unknown_operator' }
    const after = { role: change.role ?? before.role, isActive: change.isActive ?? before.is_active }
    if (after.role === before.role && after.isActive === before.is_active) return { kind: 'changed', operator: before }
    if (after.role !== 'administrator' || !after.isActive) {
      const [other] = await tx.rows(
        sql`select id from operator where role = 'administrator' and is_active and id <> ${id} limit 1`,
      )
      if (!other && before.role === 'administrator') return { kind: 'refused', why: 'last_administrator' }
    }
    const [operator] = await tx.rows<OperatorRow>(
      sql`update operator set role = ${after.role}, is_active = ${after.isActive} where id = ${id} returning ${columns}`,
    )
    if (!after.isActive) {
      await tx.rows(sql`delete from operator_session where operator_id = ${id}`)
      await tx.rows(sql`delete from operator_link where operator_id = ${id} and used_at is null`)
    }
    const detail = {
      ...(after.role === before.role ? {} : { role: { from: before.role, to: after.role } }),
      ...(after.isActive === before.is_active ? {} : { isActive: after.isActive }),
    }
    await record(tx, { at: now, operatorId: by, action: 'operator.changed', subject: id, detail })
    return { kind: 'changed', operator: operator! }
  })

/** What is over and helps nobody: sessions, links a week after their end, answered challenges, tries that failed. */
export async function forgetSignIns(db: Database, now: Date): Promise<void> {
  const ago = (ms: number) => new Date(now.getTime() - ms)
  await db.rows(sql`delete from operator_session where ends_at < ${now}`, urgency.idle)
  await db.rows(sql`delete from operator_link where expires_at < ${ago(7 * 24 * 3_600_000)}`, urgency.idle)
  await db.rows(sql`delete from operator_challenge where expires_at < ${now}`, urgency.idle)
  await db.rows(sql`delete from operator_failure where at < ${ago(3_600_000)}`, urgency.idle)
}
