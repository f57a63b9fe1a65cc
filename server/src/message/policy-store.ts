// The settings of the policy, which operators change: read anew each second, so that every process judges by the same.
import { isDeepStrictEqual } from 'node:util'
import { firstPolicy, type Policy, PolicyInput } from '@usher/contract/policy'
import type { EventBus } from '../events.ts'
import { type Database, DatabaseAway, type Statements, urgency } from '../store/database.ts'
import { readSetting, writeSetting } from '../store/setting.ts'

export interface PolicyStore {
  /** As it was last read. */
  current(): Policy
  /** Stores settings in the caller's transaction; answers those before. */
  put(tx: Statements, policy: Policy): Promise<Policy>
  refresh(): Promise<void>
  stop(): void
}

const name = 'policy'
const everyMs = 1_000

export async function policyStore(db: Database, events: EventBus): Promise<PolicyStore> {
  let current = firstPolicy
  const read = async (from: Statements, rank?: number) => {
    const stored = await readSetting(from, name, rank)
    // A newer Usher may have written more: what can't be read here is not guessed at.
    return stored === undefined ? firstPolicy : PolicyInput.parse(stored)
  }
  const refresh = async () => {
    const found = await read(db, urgency.report)
    // What was worked out by the same settings still counts: hours are remembered by the overrides that they came of.
    if (!isDeepStrictEqual(found, current)) current = found
  }
  await refresh()
  let isLooking = false
  const timer = setInterval(async () => {
    if (isLooking) return
    isLooking = true
    await refresh().catch(error => {
      if (!(error instanceof DatabaseAway))
        events.emit('work.failed', { what: 'reading the policy', error: String(error) })
    })
    isLooking = false
  }, everyMs)
  timer.unref()
  return {
    current: () => current,
    async put(tx, policy) {
      const before = await read(tx)
      await writeSetting(tx, name, policy)
      return before
    },
    refresh,
    stop: () => clearInterval(timer),
  }
}
