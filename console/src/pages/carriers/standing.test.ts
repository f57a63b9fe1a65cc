import type { Carrier } from '@usher/contract/live'
import { expect, test } from 'vitest'
import { standing } from './standing.ts'

const now = '2026-11-02T20:00:00.000Z'
const bind = (state: string, reason: string | null = null) => ({
  ...{ process: 'usher-1', name: 'one', state, reason, since: now, window: 10, inFlight: 0, slowedUntil: null },
})
const well: Carrier['health'][number] = {
  ...{ country: null, factor: 1, isBroken: false, submits: 10, taken: 1, responseMs: 20, delivered: 1 },
  ...{ deliveryMs: 900, reason: null },
}
const aCarrier = (over: Partial<Carrier>): Parameters<typeof standing>[0] => ({
  ...{ protocol: 'smpp', isPaused: false, slowedUntil: null, binds: [bind('bound')], health: [well] },
  ...over,
})

test.each<[string, Partial<Carrier>, string, RegExp]>([
  ['all binds stand', {}, 'up', /^1 bind bound\.$/],
  [
    'one of two binds is away',
    { binds: [bind('bound'), bind('waiting', 'The connection was reset.')] },
    'slow',
    /1 of 2 binds away: the connection was reset\.$/,
  ],
  ['no bind stands', { binds: [bind('waiting', 'ECONNREFUSED')] }, 'down', /^ECONNREFUSED\.$/],
  [
    'its password is refused',
    { binds: [bind('refused', 'Wrong password')] },
    'down',
    /refuses us: wrong password\. Nothing is tried/,
  ],
  ['nothing has told of a bind', { binds: [] }, 'down', /No process/],
  ['over HTTP there is no bind', { protocol: 'twilio', binds: [] }, 'up', /It answers/],
  [
    'it takes nothing',
    { health: [{ ...well, isBroken: true, factor: 0, reason: 'It took none of 20 texts.' }] },
    'down',
    /^It took none of 20 texts\.$/,
  ],
  ['it asked to slow down', { slowedUntil: '2026-11-02T20:00:09.000Z' }, 'slow', /asked us to slow down/],
  ['it asked to, a while ago', { slowedUntil: '2026-11-02T19:59:00.000Z' }, 'up', /bound/],
  [
    'one country fails',
    { health: [well, { ...well, country: 'GB', factor: 0.4, reason: 'Only 71 % from GB' }] },
    'slow',
    /^Only 71 % from GB\.$/,
  ],
  ['it is paused', { isPaused: true, binds: [bind('closed')] }, 'paused', /paused/],
])('where %s, it is told so', (_, over, level, why) => {
  const carrier = aCarrier(over)

  const found = standing(carrier, now)

  expect(found).toEqual({ level, why: expect.stringMatching(why) })
})
