// What happened around one account's safety, in one list: codes, sign-ins, alerts, links to reset, its number, recovery codes.
import type { AccountEntry, AccountHistory, AccountHistoryFilter } from '@usher/contract/account-history'
import type { VerificationPurpose } from '@usher/contract/verification'
import { type AlertRow, alertRows, viewOf } from '../account/alert.ts'
import { signInsOf } from '../account/sign-in.ts'
import type { Clock } from '../clock.ts'
import { type Database, urgency } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { type Sql, sql } from '../store/sql.ts'
import type { Handlers } from './call.ts'
import { Saying } from './problem.ts'
import { viewSignIn } from './sign-ins.ts'

export interface AccountHistoryDeps {
  db: Database
  keys: KeyRing
  clock: Clock
}

export function accountHistoryDesk(deps: AccountHistoryDeps): Pick<Handlers, 'accountHistory'> {
  return {
    async accountHistory({ c, params, query }) {
      const history = await read(deps, params.id!, query as AccountHistoryFilter)
      if (!history) throw new Saying('unknownSubscriber')
      return c.json(history)
    },
  }
}

const time = (at: Date) => at.toISOString()

/** Of each kind the newest are read, and of all of them the newest answered. Undefined where there is no such subscriber. */
async function read(
  { db, keys, clock }: AccountHistoryDeps,
  subscriber: string,
  { before, limit }: AccountHistoryFilter,
): Promise<AccountHistory | undefined> {
  const now = clock.now()
  const [person] = await db.rows<{ id: string }>(
    sql`select id from subscriber where external_id = ${subscriber} and erased_at is null`,
    urgency.report,
  )
  if (!person) return undefined
  const { id } = person
  const most = limit + 1
  const until = (column: Sql): Sql => (before === undefined ? sql`true` : sql`${column} < ${new Date(before)}`)
  const rows = <T>(query: Sql) => db.rows<T>(query, urgency.report)

  const codes = rows<{
    id: string
    purpose: VerificationPurpose
    state: 'pending' | 'approved' | 'cancelled'
    sends: number
    checks: number
    not_sent: string | null
    message_id: string | null
    expires_at: Date
    made_at: Date
    ended_at: Date | null
  }>(sql`
    select id, purpose, state, sends, checks, not_sent, message_id, expires_at, made_at, ended_at from verification
    where subscriber_id = ${id} and ${until(sql`made_at`)} order by made_at desc limit ${most}`)
  const alerts = rows<AlertRow>(
    sql`${alertRows(sql`a.subscriber_id = ${id} and ${until(sql`a.made_at`)}`)} order by a.made_at desc limit ${most}`,
  )
  const links = rows<{
    id: string
    made_at: Date
    expires_at: Date
    replaced_at: Date | null
    spent_at: Date | null
    ends_sessions: boolean | null
    redeemed_at: Date | null
  }>(sql`
    select id, made_at, expires_at, replaced_at, spent_at, ends_sessions, redeemed_at from reset_link
    where subscriber_id = ${id} and ${until(sql`made_at`)} order by made_at desc limit ${most}`)
  const numbers = rows<{ at: Date; what: string; why: string }>(sql`
    select * from (
      select at, type as what, why from number_event where subscriber_id = ${id}
      union all select made_at, 'code ' || state, step_up from number_change where subscriber_id = ${id}) n
    where ${until(sql`at`)} order by at desc limit ${most}`)
  const saved = rows<{ at: Date; what: 'made' | 'used' }>(sql`
    select * from (
      select distinct made_at as at, 'made' as what from recovery_code where subscriber_id = ${id}
      union all select used_at, 'used' from recovery_code where subscriber_id = ${id} and used_at is not null) r
    where ${until(sql`at`)} order by at desc limit ${most}`)
  const signIns = signInsOf(db, id, before === undefined ? null : new Date(before), most)

  const entries: AccountEntry[] = [
    ...(await codes).map(row => ({
      ...{ kind: 'code' as const, at: time(row.made_at), id: row.id, purpose: row.purpose },
      state: row.state === 'pending' && row.expires_at <= now ? ('expired' as const) : row.state,
      ...{ sends: row.sends, wrong: row.checks, notSent: row.not_sent, message: row.message_id },
      endedAt: row.ended_at && time(row.ended_at),
    })),
    ...(await signIns).map(row => ({ kind: 'sign_in' as const, at: time(row.at), signIn: viewSignIn(row) })),
    ...(await alerts).map(row => ({ kind: 'alert' as const, at: time(row.made_at), alert: viewOf(keys, row, now) })),
    ...(await links).map(row => ({
      ...{ kind: 'reset_link' as const, at: time(row.made_at), id: row.id, endSessions: row.ends_sessions },
      state:
        row.redeemed_at !== null
          ? ('redeemed' as const)
          : row.replaced_at !== null
            ? ('replaced' as const)
            : row.spent_at !== null
              ? ('used' as const)
              : row.expires_at <= now
                ? ('expired' as const)
                : ('open' as const),
    })),
    ...(await numbers).map(({ at, what, why }) => ({ kind: 'number' as const, at: time(at), what, why })),
    ...(await saved).map(({ at, what }) => ({ kind: 'recovery_codes' as const, at: time(at), what })),
  ].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
  // What happened in the same moment as the last stays on its page, for the next begins before it.
  const last = entries[limit - 1]?.at
  const end = last === undefined ? entries.length : entries.findLastIndex(({ at }) => at === last) + 1
  return { items: entries.slice(0, end), next: end < entries.length ? last! : null }
}
