import { expect, test } from 'vitest'
import { seeded } from '../simulator/knobs.ts'
import { type CampaignState, campaignWatch } from './campaign.ts'

const start = Date.parse('2026-11-02T20:00:00Z')
const at = (seconds: number) => new Date(start + seconds * 1_000)
function watch() {
  const told: (CampaignState & { at: Date })[] = []
  return { told, ...campaignWatch(state => told.push(state)) }
}

test('10,000 tries over 500 proxies, 2% of which succeed, are seen within a minute', () => {
  const { note, look, told } = watch()
  const random = seeded(1)

  for (let i = 0; i < 10_000; i++) {
    const when = at(i * 0.36) // an hour
    note(when, `account-${i}`, `proxy-${i % 500}`, random() < 0.02, false)
    look(when)
  }

  expect(told[0]).toMatchObject({ isOn: true })
  expect(told[0]!.at.getTime() - start).toBeLessThan(60_000)
  expect(told).toHaveLength(1)
})

test('beside the traffic of a large service it is seen within a minute too, and ends ten minutes after it ended', () => {
  const { note, look, told } = watch()
  const random = seeded(2)
  const ordinary = (second: number) => {
    // 20 sign-ins a second, of which 8% fail, each of whom tries twice or three times; most are on devices that are known.
    for (let n = 0; n < 20; n++) {
      const who = `owner-${second}-${n}`
      const tries = random() < 0.08 ? 1 + Math.floor(random() * 3) : 0
      for (let i = 0; i < tries; i++) note(at(second), who, `home-${who}`, false, false)
      note(at(second), who, `home-${who}`, true, random() < 0.8)
    }
    look(at(second))
  }
  let second = 0
  for (; second < 3_600; second++) ordinary(second)
  const before = told.length

  const beganAt = second
  for (; second < beganAt + 600; second++) {
    ordinary(second)
    for (let n = 0; n < 30; n++) note(at(second), `victim-${second}-${n}`, `proxy-${n * 17}`, random() < 0.02, false)
  }
  const endedAt = second
  for (; second < endedAt + 1_200; second++) ordinary(second)

  expect(before).toBe(0)
  expect(told.map(({ isOn }) => isOn)).toEqual([true, false])
  expect((told[0]!.at.getTime() - start) / 1_000 - beganAt).toBeLessThan(60)
  expect((told[1]!.at.getTime() - start) / 1_000 - endedAt).toBeLessThanOrEqual(11 * 60)
})

test('somebody who forgot a password and tries it a hundred times is no campaign', () => {
  const { note, look, told } = watch()

  for (let i = 0; i < 100; i++) {
    note(at(i / 2), 'one', 'home', false, false)
    look(at(i / 2))
  }

  expect(told).toEqual([])
})

test('a premiere, when everyone signs in and many mistype, is no campaign', () => {
  const { note, look, told } = watch()
  const random = seeded(3)
  for (let second = 0; second < 1_800; second++) {
    const perSecond = second < 900 ? 2 : 60
    for (let n = 0; n < perSecond; n++) {
      const who = `owner-${second}-${n}`
      if (random() < 0.15) note(at(second), who, `home-${who}`, false, false)
      note(at(second), who, `home-${who}`, true, random() < 0.6)
    }
    look(at(second))
  }

  expect(told).toEqual([])
})
