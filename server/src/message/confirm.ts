// The second half of a double opt-in: who agreed on a page, in a country that wants it confirmed by the phone itself, is asked
// by text. Found in the ledger, so a process that dies between the two asks after it is back, and nobody is asked twice.
import type { Policy } from '@usher/contract/policy'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { type Database, DatabaseAway, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { sql } from '../store/sql.ts'
import type { Consents } from '../subscriber/consent.ts'
import type { Answer, Ask } from './accept.ts'

export interface ConfirmDeps {
  db: Database
  clock: Clock
  events: EventBus
  policy: () => Policy
  accept: (ask: Ask) => Promise<Answer>
}

const everyMs = 5_000
const batch = 500

/** Asks those who were not asked yet. An import asks nobody: its people agreed a while ago, and the service may ask them. */
export async function askToConfirm({ db, clock, policy, accept }: ConfirmDeps): Promise<void> {
  const since = new Date(clock.now().getTime() - policy().confirmWithinHours * 3_600_000)
  const rows = await db.rows<{ ids: string[]; subscriber: string; groups: (keyof Consents)[] }>(
    sql`
    select array_agg(c.id order by c.id) as ids, s.external_id as subscriber, array_agg(c.preference_group) as groups
    from consent c join subscriber s on s.id = c.subscriber_id
    where c.granted and not c.is_confirmed and c.id >= ${firstIdAt(since)}::uuid and c.how in ('page', 'api') and c.why is null
      and s.external_id is not null and s.number is not null
      -- Still so: what was ended, or confirmed, since is not asked about.
      and s.consents -> c.preference_group ->> 'granted' = 'true' and s.consents -> c.preference_group ->> 'confirmed' = 'false'
      and not exists (select from message m where m.subscriber_id = s.id and m.purpose = 'consent.confirm' and m.accepted_at >= c.recorded_at)
      -- Who sent STOP is not asked to begin again.
      and not exists (select from suppression x where x.number_hash = s.number_hash and x.scope in ('promotional', 'all'))
    group by s.id order by min(c.recorded_at) limit ${batch}`,
    urgency.idle,
  )
  await Promise.all(
    rows.map(async ({ ids, subscriber, groups }) => {
      const group = groups.includes('titles') && groups.includes('offers') ? 'both' : groups[0]!
      await accept({
        to: { subscriber },
        purpose: 'consent.confirm',
        content: { template: 'consent.confirm', data: { group } },
        notBefore: null,
        expiresAt: null,
        idempotency: { apiKeyId: 'consent', key: ids[0]!, bodyHashes: [Buffer.from('consent.confirm')] },
      })
    }),
  )
}

export function confirming(deps: ConfirmDeps) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let isRunning = false
  return {
    start() {
      timer = setInterval(() => {
        if (isRunning) return
        isRunning = true
        running = askToConfirm(deps)
          .catch(error => {
            if (!(error instanceof DatabaseAway))
              deps.events.emit('work.failed', { what: 'asking for confirmations', error: String(error) })
          })
          .finally(() => {
            isRunning = false
          })
      }, everyMs)
    },
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
