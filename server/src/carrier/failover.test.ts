import { expect, test } from 'vitest'
import { type Desk, testDesk } from '../desk.ts'
import { eventBus } from '../events.ts'
import { sql } from '../store/sql.ts'
import type { Channel } from './channel.ts'
import { type FailoverDeps, failover } from './failover.ts'

/** Looks once, ten seconds later, at a line of two: one that all waits for and that has no credit, and an idle one of this health. */
async function lookWith(desk: Desk, factor: number): Promise<void> {
  const credit = (free: number) => ({ free: () => free, share() {} })
  const channel = (name: string, free: number) => ({ name, isUp: true, perSecond: 300, credit: credit(free) })
  const way = { channel: 'boreal', sender: { name: 'main', isTwoWay: true }, originator: '67743', microsPerSegment: 0 }
  const one = failover({
    ...{ db: desk.usher.db, events: eventBus(), process: 'another' },
    clock: { ...desk.clock, now: () => new Date(desk.clock.now().getTime() + 10_000) },
    channels: () => [channel('simulated', 0), channel('boreal', 50)] as unknown as Channel[], // what is asked of them
    line: () => ({ document: { carriers: [{ name: 'simulated' }, { name: 'boreal' }] } }),
    router: () => ({ elsewhere: () => [{ way, share: 1, weight: 100 }] }),
    health: {
      ...{ isBroken: () => false, factor: (name: string) => (name === 'boreal' ? factor : 1) },
      ...{ onTurn: () => () => {}, seen: () => new Map(), hear() {}, look() {} },
    },
  } as unknown as FailoverDeps) // likewise
  await one.look()
  await one.stop()
}
const waitingAt = async (desk: Desk, channel: string) =>
  (await desk.usher.db.rows<{ n: number }>(sql`select count(*) as n from job where channel = ${channel}`))[0]!.n

test('what waits too long moves to a carrier with room; but only a little to one that is being tried again', async () => {
  const desk = await testDesk({ knobs: { down: true } })
  const subscriber = await desk.subscriber()
  for (let n = 0; n < 20; n++)
    await desk.send({ subscriber, purpose: 'account.payment', text: `Your payment ${n} did not go through.` })

  await lookWith(desk, 0.02)
  const tried = await waitingAt(desk, 'boreal')
  await desk.usher.db.rows(sql`delete from job where channel = 'boreal'`) // as if they had left
  await lookWith(desk, 1)

  expect(tried).toBeGreaterThan(0)
  expect(tried).toBeLessThan(6)
  expect(await waitingAt(desk, 'boreal')).toBe(20 - tried)
})

test('a code that waits for credit does not go to a carrier that is being tried again', async () => {
  const desk = await testDesk({ knobs: { down: true } })
  const subscriber = await desk.subscriber()
  await desk.send({
    subscriber,
    purpose: 'code.sign_in',
    template: 'code.sign_in',
    data: { code: '123456', minutes: 10 },
  })

  await lookWith(desk, 0.02)
  const tried = await waitingAt(desk, 'boreal')
  await lookWith(desk, 1)

  expect(tried).toBe(0)
  expect(await waitingAt(desk, 'boreal')).toBe(1)
})
