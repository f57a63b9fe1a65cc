// Two carriers and their limits, as `npm run bench` measures them; here only that no limit is passed is looked at, by the
// carriers' own count. A machine that stands still for a moment bunches what arrives, whoever wrote it evenly, so it is tried
// up to three times; the benchmark says how it is on a quiet one.
import { afterAll, expect, test } from 'vitest'
import { pacing } from './carriers.ts'
import { cleanUp, machine } from './rig.ts'

const isLeftOut = (await machine()).includes('no PostgreSQL')
afterAll(cleanUp)

test.skipIf(isLeftOut)(
  'a campaign with a backlog uses the limits of two carriers, and passes neither in any second',
  { timeout: 120_000, retry: 2 },
  async () => {
    const rows = await pacing(20)

    const value = (key: string) => rows.find(row => row.key === key)!.value
    expect(value('carriers.pacing')).toBeGreaterThan(0)
    expect(value('carriers.pacing.highest')).toBeLessThanOrEqual(100)
  },
)
