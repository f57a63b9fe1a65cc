// "Is this still your number?": asked once a year at most, and only of those about whom something suggests that it may not be.
// A few at a time, round and round, by the business clock; off until the policy says otherwise.
import type { Policy } from '@usher/contract/policy'
import type { Clock } from '../clock.ts'
import { type Database, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { readSetting, writeSetting } from '../store/setting.ts'
import { sql } from '../store/sql.ts'
import type { Answer, Ask } from './accept.ts'

export interface ReminderDeps {
  db: Database
  clock: Clock
  policy: () => Policy
  accept: (ask: Ask) => Promise<Answer>
  /** Where they check it. */
  accountUrl: string
}

const dayMs = 86_400_000
const yearMs = 365 * dayMs
/** How many are looked at in one round of the sweep: a million in a day and a half. */
const batch = 500
const setting = 'number.reminded_to'
const nobody = '00000000-0000-0000-0000-000000000000'

/** Looks at the next few subscribers, and asks those who should be asked. */
export async function remindToCheck({ db, clock, policy, accept, accountUrl }: ReminderDeps): Promise<void> {
  if (!policy().remindToCheckNumber) return
  const now = clock.now()
  const yearAgo = new Date(now.getTime() - yearMs)
  const monthAgo = new Date(now.getTime() - 30 * dayMs)
  const after = (await readSetting<string>(db, setting, urgency.idle)) ?? nobody
  const rows = await db.rows<{ id: string; external_id: string; since: Date; should: boolean }>(
    sql`
    select s.id, s.external_id,
      greatest(number_checked_at, number_at, created_at) as since,
      greatest(number_checked_at, number_at, created_at) <= ${yearAgo} and (
        -- Nobody proved it for a year.
        coalesce(number_verified_at <= ${yearAgo}, true)
        -- Somebody else has the same.
        or exists (select from subscriber o where o.number_hash = s.number_hash and o.id <> s.id and o.external_id is not null)
        -- What they were sent lately did not arrive.
        or (select count(*) from message m where m.subscriber_id = s.id and m.id >= ${firstIdAt(monthAgo)}::uuid and m.state in ('undeliverable', 'unconfirmed')) >= 2
      ) as should
    from (select * from subscriber where id > ${after}::uuid order by id limit ${batch}) s
    where external_id is not null and number is not null and number_lost_at is null order by s.id`,
    urgency.idle,
  )
  const [end] = await db.rows<{ id: string | null }>(
    sql`select max(id::text) as id from (select id from subscriber where id > ${after}::uuid order by id limit ${batch}) s`,
    urgency.idle,
  )
  const asked = rows.filter(({ should }) => should)
  await Promise.all(
    asked.map(({ id, external_id, since }) =>
      accept({
        to: { subscriber: external_id },
        purpose: 'account.number',
        content: { template: 'account.number_check', data: { link: accountUrl } },
        notBefore: null,
        expiresAt: null,
        // Two processes that look at once ask once.
        idempotency: {
          apiKeyId: 'number-reminder',
          key: `${id} ${since.toISOString()}`,
          bodyHashes: [Buffer.from('account.number_check')],
        },
      }),
    ),
  )
  if (asked.length > 0)
    await db.rows(
      sql`update subscriber set number_checked_at = ${now} where id = any(${asked.map(({ id }) => id)}::uuid[])`,
      urgency.idle,
    )
  await writeSetting(db, setting, end?.id ?? nobody)
}
