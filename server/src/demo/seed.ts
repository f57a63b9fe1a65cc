// Puts Orpheum, the demo streaming service, in place: its subscribers once; what was changed since stays.
import { subscribers } from '@usher/demo/subscribers'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import type { AllowedRange } from '../subscriber/number.ts'
import { putSubscribers } from '../subscriber/subscriber.ts'

export interface SeedDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  allowedRanges: readonly AllowedRange[]
}

export async function seedDemo({ db, keys, clock, allowedRanges }: SeedDeps): Promise<void> {
  const there = await db.rows<{ external_id: string }>(
    sql`select external_id from subscriber where external_id = any(${subscribers.map(one => one.id)})`,
  )
  const known = new Set(there.map(row => row.external_id))
  const missing = subscribers.filter(one => !known.has(one.id))
  if (missing.length === 0) return
  await db.transaction(tx =>
    putSubscribers(
      tx,
      keys,
      allowedRanges,
      clock.now(),
      missing.map(({ id, name, msisdn, locale, zone, region, plan, consents }) => ({
        id,
        number: msisdn,
        locale,
        zone,
        region,
        profile: { name, plan },
        consents: {
          titles: {
            granted: consents.titles,
            at: asTime(consents.since),
            how: 'import' as const,
            words: 'Text me about titles that I follow',
            confirmed: true,
          },
          offers: {
            granted: consents.offers,
            at: asTime(consents.since),
            how: 'import' as const,
            words: 'Text me offers',
            confirmed: true,
          },
        },
      })),
      async () => {}, // they are new
    ),
  )
}

const asTime = (date: string) => (date.length === 10 ? `${date}T12:00:00Z` : date)
