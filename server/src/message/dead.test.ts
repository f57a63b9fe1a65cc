// When a number counts as dead, as a table: how often, on how many days, since the last text that arrived.
import { firstPolicy } from '@usher/contract/policy'
import { expect, test } from 'vitest'
import { saysNobody } from '../carrier/nobody.ts'
import { isDead, type Word } from './dead.ts'

const now = new Date('2026-11-30T12:00:00Z')
const { dead: rule } = firstPolicy
const nobody = (at: string): Word => ({ at: new Date(at), isDelivered: false, isNobody: true })
const off = (at: string): Word => ({ ...nobody(at), isNobody: false })
const arrived = (at: string): Word => ({ ...off(at), isDelivered: true })

test.each<[string, Word[], boolean]>([
  ['nothing was said', [], false],
  ['three on two days', [nobody('2026-11-28T09:00Z'), nobody('2026-11-28T10:00Z'), nobody('2026-11-29T09:00Z')], true],
  ['two on two days', [nobody('2026-11-28T09:00Z'), nobody('2026-11-29T09:00Z')], false],
  ['many on one day', Array.from({ length: 9 }, () => nobody('2026-11-29T09:00Z')), false],
  [
    'across midnight they are on two days',
    [nobody('2026-11-28T23:58Z'), nobody('2026-11-28T23:59Z'), nobody('2026-11-29T00:00Z')],
    true,
  ],
  [
    'one of them is older than thirty days',
    [nobody('2026-10-31T12:00Z'), nobody('2026-11-28T10:00Z'), nobody('2026-11-29T09:00Z')],
    false,
  ],
  [
    'one arrived in between',
    [
      nobody('2026-11-27T09:00Z'),
      arrived('2026-11-28T09:00Z'),
      nobody('2026-11-28T10:00Z'),
      nobody('2026-11-29T09:00Z'),
    ],
    false,
  ],
  [
    'one arrived before',
    [
      arrived('2026-11-27T09:00Z'),
      nobody('2026-11-28T09:00Z'),
      nobody('2026-11-28T10:00Z'),
      nobody('2026-11-29T09:00Z'),
    ],
    true,
  ],
  [
    'a phone that is off is somebody’s',
    [off('2026-11-28T09:00Z'), off('2026-11-28T10:00Z'), off('2026-11-29T09:00Z')],
    false,
  ],
])('%s', (_, words, expected) => {
  expect(isDead(words, now, rule)).toBe(expected)
  expect(isDead([...words].reverse(), now, rule)).toBe(expected)
})

test('the numbers of the rule are settings', () => {
  const words = [nobody('2026-11-28T09:00Z'), nobody('2026-11-28T10:00Z')]

  expect(isDead(words, now, { ...rule, receipts: 2, days: 1 })).toBe(true)
  expect(isDead(words, now, { ...rule, receipts: 2, days: 1, withinDays: 1 })).toBe(false)
})

test.each([
  ['smpp', 'UNDELIV 001', true],
  ['smpp', 'UNDELIV 1', true],
  ['smpp', 'REJECTD 001', true],
  // Absent, for now or for who knows how long; err 000 and words alone say nothing.
  ['smpp', 'UNDELIV 027', false],
  ['smpp', 'UNDELIV 006', false],
  ['smpp', 'UNDELIV 000', false],
  ['smpp', 'UNDELIV', false],
  ['smpp', 'EXPIRED 001', false],
  ['smpp', 'UNDELIV 1x', false],
  ['smpp', '30005 unknown handset', false],
  ['twilio', '30005 unknown handset', true],
  ['twilio', '30003 handset unreachable', false],
  ['twilio', '30006 landline, or carrier unreachable', false],
  ['twilio', 'undelivered', false],
  ['vonage', '1190 handset gone', true],
  ['vonage', '1180 handset absent for now', false],
  ['vonage', 'undeliverable', false],
  ['http', '30005', false],
  ['smpp', 'part_lost', false],
  ['smpp', null, false],
  [undefined, 'UNDELIV 001', false],
] as const)('what a receipt of %s says by %s', (protocol, reason, expected) => {
  expect(saysNobody(protocol, reason, rule.smppErrors)).toBe(expected)
})
