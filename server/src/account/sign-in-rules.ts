// By what sign-ins are judged: settings that operators change, each change a version of its own.
import { firstSignInRules, type SignInRules, SignInRulesInput } from '@usher/contract/sign-in'
import type { EventBus } from '../events.ts'
import type { Database, Statements } from '../store/database.ts'
import { type WatchedSetting, watchedSetting } from '../store/setting.ts'
import { sql } from '../store/sql.ts'

export interface SignInRulesStore extends Omit<WatchedSetting<SignInRules>, 'put'> {
  /** Stores others in the caller's transaction, as the next version; answers those before and after. */
  put(tx: Statements, rules: SignInRulesInput): Promise<{ before: SignInRules; after: SignInRules }>
}

export async function signInRulesStore(db: Database, events: EventBus): Promise<SignInRulesStore> {
  const name = 'sign_in_rules'
  const parse = (stored: unknown): SignInRules => {
    const { version, ...rules } = stored as SignInRules
    return { ...SignInRulesInput.parse(rules), version }
  }
  const watched = await watchedSetting(db, events, { name, first: { ...firstSignInRules, version: 0 }, parse })
  return {
    ...watched,
    async put(tx, rules) {
      // Two operators at once make two versions, one after the other.
      await tx.rows(sql`select pg_advisory_xact_lock(7283507)`)
      const before = await watched.read(tx)
      const after = { ...rules, version: before.version + 1 }
      await watched.put(tx, after)
      return { before, after }
    },
  }
}
