// By what sign-ins are judged: settings that operators change, read anew each second, so that all processes judge by the same.
import { firstSignInRules, type SignInRules, SignInRulesInput } from '@usher/contract/sign-in'
import type { EventBus } from '../events.ts'
import { type Database, DatabaseAway, type Statements, urgency } from '../store/database.ts'
import { readSetting, writeSetting } from '../store/setting.ts'
import { sql } from '../store/sql.ts'

export interface SignInRulesStore {
  /** As they were last read. */
  current(): SignInRules
  /** Stores others in the caller's transaction, as the next version; answers those before and after. */
  put(tx: Statements, rules: SignInRulesInput): Promise<{ before: SignInRules; after: SignInRules }>
  refresh(): Promise<void>
  stop(): void
}

const name = 'sign_in_rules'
const everyMs = 1_000

export async function signInRulesStore(db: Database, events: EventBus): Promise<SignInRulesStore> {
  const read = async (from: Statements, rank?: number): Promise<SignInRules> => {
    const stored = await readSetting<SignInRules>(from, name, rank)
    if (stored === undefined) return { ...firstSignInRules, version: 0 }
    // A newer Usher may have written more: what can't be read here is not guessed at.
    const { version, ...rules } = stored
    return { ...SignInRulesInput.parse(rules), version }
  }
  let current = await read(db)
  const refresh = async () => {
    current = await read(db, urgency.report)
  }
  let isLooking = false
  const timer = setInterval(async () => {
    if (isLooking) return
    isLooking = true
    await refresh().catch(error => {
      if (!(error instanceof DatabaseAway))
        events.emit('work.failed', { what: 'reading the rules of sign-ins', error: String(error) })
    })
    isLooking = false
  }, everyMs)
  timer.unref()
  return {
    current: () => current,
    async put(tx, rules) {
      // Two operators at once make two versions, one after the other.
      await tx.rows(sql`select pg_advisory_xact_lock(7283507)`)
      const before = await read(tx)
      const after = { ...rules, version: before.version + 1 }
      await writeSetting(tx, name, after)
      return { before, after }
    },
    refresh,
    stop: () => clearInterval(timer),
  }
}
