// What only the demo serves: the clock that can be moved, and the phones.
import { Hono } from 'hono'
import { z } from 'zod'
import type { MovableClock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { phonePages } from '../simulator/phone.tsx'
import { answerProblem } from './problem.ts'

export interface DemoDeps {
  config: { host: string; simulator: { port: number }; senders: { main: string; security: string }; service: string }
  clock: MovableClock
  events: EventBus
  owners: Parameters<typeof phonePages>[0]['owners']
  /** Keeps the clock's lead over a restart. */
  saveAhead: (aheadMs: number) => Promise<unknown>
}

const Move = z.union([
  z.strictObject({ to: z.iso.datetime({ offset: true }) }),
  z.strictObject({
    byMinutes: z
      .number()
      .positive()
      .max(366 * 24 * 60),
  }),
])

export function demoPages({ config, clock, events, owners, saveAhead }: DemoDeps): Hono {
  const app = new Hono()
  // A page elsewhere could point a name of its own at this machine and read the phones through it: only our names are answered.
  app.use(async (c, next) => {
    const host = (c.req.header('host') ?? '').replace(/:\d+$/, '')
    if (!['localhost', '127.0.0.1', '[::1]', config.host].includes(host)) return answerProblem(c, 'notFound')
    await next()
  })
  app.get('/', c => c.redirect('/phone'))
  app.get('/demo/clock', c => c.json({ now: clock.now().toISOString(), aheadMs: Math.round(clock.aheadMs) }))
  app.post('/demo/clock', async c => {
    // A page of another site can not send JSON here without asking first, and we do not answer such questions.
    if (!c.req.header('content-type')?.startsWith('application/json'))
      return answerProblem(c, 'wrongMediaType', 'Send Content-Type: application/json.')
    const move = Move.safeParse(await c.req.json().catch(() => undefined))
    if (!move.success)
      return answerProblem(c, 'invalidRequest', 'Say {"to": "2026-11-03T09:00:00Z"} or {"byMinutes": 60}.')
    const to =
      'to' in move.data ? new Date(move.data.to) : new Date(clock.now().getTime() + move.data.byMinutes * 60_000)
    if (!clock.moveTo(to)) return answerProblem(c, 'clockGoesAhead', `It is ${clock.now().toISOString()} already.`)
    await saveAhead(Math.round(clock.aheadMs))
    events.emit('clock.moved', { to })
    return c.json({ now: clock.now().toISOString(), aheadMs: Math.round(clock.aheadMs) })
  })
  app.route(
    '/phone',
    phonePages({
      controlUrl: `http://127.0.0.1:${config.simulator.port}`,
      owners,
      senders: config.senders,
      service: config.service,
    }),
  )
  return app
}
