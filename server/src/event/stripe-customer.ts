// Which of Stripe's customers is which subscriber, as its events said: some hold the subscriber's id, others the customer's
// alone.
import type { Database } from '../store/database.ts'
import { sql } from '../store/sql.ts'

const aDayMs = 24 * 60 * 60_000
/** Who pays by the year is heard of once a year at least. */
const keptMs = 400 * aDayMs

/** `at`: when it was said at Stripe. What comes late overrules nothing, and what is known is written once a day. */
export async function learnCustomer(
  db: Database,
  { customer, subject }: { customer: string; subject: string },
  at: Date,
): Promise<void> {
  await db.rows(sql`
    insert into stripe_customer as known (customer, subject, seen_at) values (${customer}, ${subject}, ${at})
    on conflict (customer) do update set subject = excluded.subject, seen_at = excluded.seen_at
    where known.seen_at < case when known.subject = excluded.subject then ${new Date(at.getTime() - aDayMs)}::timestamptz else excluded.seen_at end`)
}

export async function subjectOfCustomer(db: Database, customer: string): Promise<string | undefined> {
  const [known] = await db.rows<{ subject: string }>(
    sql`select subject from stripe_customer where customer = ${customer}`,
  )
  return known?.subject
}

/** What a subscriber is called at Stripe. */
export async function customersOf(db: Database, subject: string): Promise<string[]> {
  const known = await db.rows<{ customer: string }>(
    sql`select customer from stripe_customer where subject = ${subject} order by customer`,
  )
  return known.map(({ customer }) => customer)
}

export async function forgetCustomers(db: Database, now: Date): Promise<void> {
  await db.rows(sql`delete from stripe_customer where seen_at < ${new Date(now.getTime() - keptMs)}`)
}
