// An import of consents that contradict each other, as `npm run bench` does it with a million; here with twenty thousand lines.
import { afterAll, expect, test } from 'vitest'
import { imported } from './consents.ts'
import { cleanUp, machine } from './rig.ts'

const isLeftOut = (await machine()).includes('no PostgreSQL')
afterAll(cleanUp)

test.skipIf(isLeftOut)(
  'what an import of contradictory, undated and unproven consents comes to is what the rules say, person by person',
  { timeout: 120_000 },
  async () => {
    const rows = await imported(50)

    expect(rows.find(({ key }) => key === 'consents.import')?.value).toBeGreaterThan(0)
  },
)
