// The audit log: who did what, to what, and when. Lines are added; the table refuses to change or lose one.
import type { AuditLine } from '@usher/contract/operator'
import { type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { join, type Sql, sql } from '../store/sql.ts'

export interface Deed {
  /** Wall time: the business clock can be moved, and a log must not jump with it. */
  at: Date
  /** Null for the command line, and where nobody was signed in. */
  operatorId: string | null
  action: string
  subject?: string | null
  /** Never a whole number, never a secret. */
  detail?: Record<string, unknown>
}

/** Records a deed; in the deed's own transaction, so that neither stands without the other. */
export const record = (tx: Statements, { at, operatorId, action, subject = null, detail = {} }: Deed) =>
  tx.rows(sql`
    insert into audit (id, at, operator_id, action, subject, detail)
    values (${newId(at)}, ${at}, ${operatorId}, ${action}, ${subject}, ${JSON.stringify(detail)}::text::jsonb)`)

/** Newest first. */
export async function listAudit(
  db: Statements,
  filter: { action?: string | undefined; subject?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: AuditLine[]; next: string | null }> {
  const where: Sql[] = []
  if (filter.cursor) where.push(sql`a.id < ${filter.cursor}::uuid`)
  if (filter.action) where.push(sql`a.action = ${filter.action}`)
  if (filter.subject) where.push(sql`a.subject = ${filter.subject}`)
  const rows = await db.rows<{
    id: string
    at: Date
    operator_id: string | null
    name: string | null
    action: string
    subject: string | null
    detail: AuditLine['detail']
  }>(
    sql`
    select a.id, a.at, a.operator_id, o.name, a.action, a.subject, a.detail
    from audit a left join operator o on o.id = a.operator_id
    ${where.length === 0 ? sql`` : sql`where ${join(where, sql` and `)}`} order by a.id desc limit ${filter.limit + 1}`,
    urgency.report,
  )
  const items = rows.slice(0, filter.limit).map(row => ({
    id: row.id,
    at: row.at.toISOString(),
    operator: row.operator_id === null ? null : { id: row.operator_id, name: row.name ?? '' },
    action: row.action,
    subject: row.subject,
    detail: row.detail,
  }))
  return { items, next: rows.length > filter.limit ? items.at(-1)!.id : null }
}
