// Kannel, which nobody here wrote, binds to our simulated carrier: texts, receipts and all. The same rig measures it in
// `npm run bench`; here only that it works is looked at.
import { expect, test } from 'vitest'
import { againstKannel } from './kannel.ts'

test.skipIf(process.env.USHER_TEST_KANNEL !== '1')(
  'the same texts go through Usher and through Kannel, and each gets its receipt',
  { timeout: 180_000 },
  async () => {
    const rows = await againstKannel(40)

    const ratio = rows.find(row => row.key === 'line.kannel')
    expect(ratio?.value).toBeGreaterThan(0)
    expect(ratio?.peer?.value).toBeGreaterThan(0)
  },
)
