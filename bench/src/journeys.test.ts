// Payments that race with the text of their ladder, as `npm run bench` does it with ten thousand; here with four hundred.
import { afterAll, expect, test } from 'vitest'
import { races } from './journeys.ts'
import { cleanUp, machine } from './rig.ts'

const isLeftOut = (await machine()).includes('no PostgreSQL')
afterAll(cleanUp)

test.skipIf(isLeftOut)(
  'a text whose payment committed before its claim never leaves, and some payments come in time',
  { timeout: 120_000 },
  async () => {
    const [row] = await races(25)

    expect(row).toMatchObject({ key: 'journeys.races', value: 0 })
  },
)
