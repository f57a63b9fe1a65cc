// What Usher remembers of itself between two starts, by name: a JSON value each.
import type { Statements, Urgency } from './database.ts'
import { sql } from './sql.ts'

/** Undefined until somebody set it. */
export async function readSetting<T>(db: Statements, name: string, urgency?: Urgency): Promise<T | undefined> {
  const [row] = await db.rows<{ value: T }>(sql`select value from setting where name = ${name}`, urgency)
  return row?.value
}

export const writeSetting = (db: Statements, name: string, value: unknown) =>
  db.rows(sql`
    insert into setting (name, value) values (${name}, ${JSON.stringify(value)}::text::jsonb)
    on conflict (name) do update set value = excluded.value`)
