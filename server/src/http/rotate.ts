// `usher keys rotate`: everything that an older key of the ring holds comes under the newest, while the server runs and
// texts flow. Afterwards an older key can be taken away, unless suppressions of erased people need it.

import { record } from '../operator/audit.ts'
import { rewrapPasswords } from '../operator/password.ts'
import type { Database } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { laggingProcesses, rewrap, rewrapSettings, stillWrapped, wrappedIn } from '../store/rewrap.ts'
import { writeSetting } from '../store/setting.ts'
import { bareSuppressions, rehashInbound, rehashSubscribers } from '../subscriber/rehash.ts'

export type Rotated =
  | { kind: 'refused'; sentence: string }
  | { kind: 'progress'; what: string; done: number }
  | {
      kind: 'done'
      newest: number
      rewrapped: number
      rehashed: number
      /** Suppressions that only an older key finds. */
      bareSuppressions: number
      /** Older keys that nothing needs any more. */
      removable: number[]
    }

/** Which older keys may be missing at a start: by their fingerprint. */
export const removableSetting = 'keys.removable'

export async function* rotateKeys({
  db,
  keys,
  wall,
}: {
  db: Database
  keys: KeyRing
  wall: () => Date
}): AsyncGenerator<Rotated> {
  const { newest } = keys
  const older = Object.keys(keys.fingerprints)
    .map(Number)
    .filter(id => id !== newest)
  if (older.length === 0) {
    yield {
      kind: 'refused',
      sentence:
        'The key ring has one key, so there is nothing to move. Add a new one at its end first, and start all processes with it.',
    }
    return
  }
  const lagging = await laggingProcesses(db, newest)
  if (lagging.length > 0) {
    yield {
      kind: 'refused',
      sentence: `These processes do not write under key ${newest} yet, and could not read what it seals: ${lagging.join(', ')}. Start them again with the new ring first.`,
    }
    return
  }
  let rehashed = 0
  for (const rehash of [rehashSubscribers, rehashInbound])
    for await (const count of rehash(db, keys)) {
      rehashed += count
      yield { kind: 'progress', what: 'hashes of numbers', done: rehashed }
    }
  let rewrapped = (await rewrapSettings(db, keys)) + (await rewrapPasswords(db, keys))
  for (const table of Object.keys(wrappedIn))
    for await (const count of rewrap(db, keys, table)) {
      rewrapped += count
      yield { kind: 'progress', what: 'data keys', done: rewrapped }
    }

  const wrapped = await stillWrapped(db, newest)
  const bareBy = await bareSuppressions(db, newest)
  const bare = [...bareBy.values()].reduce((sum, count) => sum + count, 0)
  // Of some it is not known by which key they are found: then each older one is needed.
  const removable = older.filter(id => !wrapped.has(id) && !bareBy.has(id) && !bareBy.has(null))
  await db.transaction(async tx => {
    await writeSetting(tx, removableSetting, Object.fromEntries(removable.map(id => [id, keys.fingerprints[id]])))
    const detail = { newest, rewrapped, rehashed, bareSuppressions: bare, removable }
    await record(tx, { at: wall(), operatorId: null, action: 'keys.rotated', detail })
  })
  yield { kind: 'done', newest, rewrapped, rehashed, bareSuppressions: bare, removable }
}
