// Profiles are looked over a piece at a time, a piece each minute: an index on what changes with each sign-in would have to be
// written with each, and PostgreSQL could not change a row where it lies.
import { type Database, type Statements, urgency } from '../store/database.ts'
import { readSetting, writeSetting } from '../store/setting.ts'
import { sql, verbatim } from '../store/sql.ts'

const first = '00000000-0000-0000-0000-000000000000'
/** A million take a few hours. */
const piece = 5_000

/** Works on the next subscribers of a table, and begins anew after the last. Of several processes one goes on where another was. */
export async function sweep(
  db: Database,
  table: 'sign_in_profile' | 'view_profile',
  work: (tx: Statements, after: string, last: string) => Promise<unknown>,
): Promise<void> {
  const setting = `swept.${table}`
  await db.transaction(async tx => {
    await tx.rows(
      sql`insert into setting (name, value) values (${setting}, ${JSON.stringify(first)}::text::jsonb) on conflict (name) do nothing`,
    )
    await tx.rows(sql`select from setting where name = ${setting} for update`)
    const after = (await readSetting<string>(tx, setting)) ?? first
    const [end] = await tx.rows<{ last: string | null; count: number }>(sql`
      select max(subscriber_id::text) as last, count(*)::int as count from (
        select subscriber_id from ${verbatim(table)} where subscriber_id > ${after}::uuid order by subscriber_id limit ${piece}) p`)
    if (end!.last !== null) await work(tx, after, end!.last)
    const next = end!.count < piece ? first : end!.last
    if (next !== after) await writeSetting(tx, setting, next)
  }, urgency.idle)
}
