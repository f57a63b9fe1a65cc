// What only the demo serves: the clock that can be moved, the simulated carrier's knobs, the background life, the phones.
import { ClockMove } from '@usher/contract/live'
import { Hono } from 'hono'
import type { z } from 'zod'
import type { MovableClock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { record } from '../operator/audit.ts'
import { phonePages } from '../simulator/phone.tsx'
import type { Database, Statements } from '../store/database.ts'
import { writeSetting } from '../store/setting.ts'
import type { Caller, Handlers } from './call.ts'
import { limits, readJson, readText } from './lines.ts'
import { answerProblem, Saying } from './problem.ts'

export interface DemoDeps {
  config: {
    host: string
    simulator: { port: number }
    orpheumPort: number
    senders: { main: string; security: string }
    service: string
    serviceHost: string
    links: { url: string | null }
  }
  db: Database
  clock: MovableClock
  wall: () => Date
  events: EventBus
  owners: Parameters<typeof phonePages>[0]['owners']
  /** The background, which may be switched off. */
  life: { set(tx: Statements, isOn: boolean): Promise<unknown> }
}

type Name = 'getKnobs' | 'putKnobs' | 'moveClock' | 'putLife'

const patienceMs = 3_000
const clockBytes = 16 * 1024

/** The endpoints of the demo; outside it (null) they say that there is none. */
export function demoHandlers(deps: DemoDeps | null): Pick<Handlers, Name> {
  if (deps === null) {
    const absent = () => {
      throw new Saying('onlyInDemo')
    }
    return { getKnobs: absent, putKnobs: absent, moveClock: absent, putLife: absent }
  }
  const { db, wall, life } = deps
  const ask = async (carrier: string | undefined, init?: RequestInit): Promise<unknown> => {
    const path = carrier === undefined ? '/knobs' : `/carriers/${encodeURIComponent(carrier)}/knobs`
    const answer = await fetch(`${controlUrlOf(deps.config)}${path}`, {
      signal: AbortSignal.timeout(patienceMs),
      ...init,
    })
      .then(async response => ({ status: response.status, body: (await response.json()) as unknown }))
      .catch(() => undefined) // refused, silent, or something else's port: it is not there
    if (answer?.status === 200) return answer.body
    if (answer?.status === 404) throw new Saying('unknownCarrier', 'No simulated carrier has this name.')
    const { problems } = (answer?.body ?? {}) as { problems?: string[] }
    if (answer?.status !== 422 || !problems) throw new Saying('carrierAway')
    throw new Saying(
      'wrongKnob',
      undefined,
      problems.map(problem => ({ at: `body.${problem.split(' ')[0]}`, detail: problem })),
    )
  }
  const deed = (caller: Caller, action: string) => ({
    at: wall(),
    operatorId: caller.operator?.id ?? null,
    action,
  })
  return {
    getKnobs: async ({ c, query }) => c.json((await ask(carrierOf(query))) as object),

    async putKnobs({ c, caller, query, body }) {
      const turned = body as Record<string, unknown>
      const carrier = carrierOf(query)
      const knobs = await ask(carrier, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(turned),
      })
      await record(db, { ...deed(caller, 'knobs.turned'), subject: carrier ?? null, detail: turned })
      return c.json(knobs as object)
    },

    async moveClock({ c, caller, body }) {
      return c.json(await moveClock(deps, body, caller.operator?.id ?? null))
    },

    async putLife({ c, caller, body }) {
      const { isOn } = body as { isOn: boolean }
      await db.transaction(async tx => {
        await life.set(tx, isOn)
        await record(tx, { ...deed(caller, 'life.switched'), detail: { isOn } })
      })
      return c.json({ isOn })
    },
  }
}

const controlUrlOf = ({ simulator }: Pick<DemoDeps['config'], 'simulator'>) => `http://127.0.0.1:${simulator.port}`
const carrierOf = (query: unknown) => (query as { carrier?: string }).carrier

/** Which carriers are simulated; undefined where the simulator does not say. */
export async function simulatedCarriers(config: Pick<DemoDeps['config'], 'simulator'>): Promise<string[] | undefined> {
  try {
    const answer = await fetch(`${controlUrlOf(config)}/carriers`, { signal: AbortSignal.timeout(patienceMs) })
    return ((await answer.json()) as { name: string }[]).map(({ name }) => name)
  } catch {
    return undefined // it is not there, and the console asks again
  }
}

/** Business time jumps, for good: the lead is kept over a restart. */
async function moveClock(
  { db, clock, wall, events }: DemoDeps,
  move: z.output<typeof ClockMove>,
  operatorId: string | null,
): Promise<{ now: string; aheadMs: number }> {
  const from = clock.now()
  const to = 'to' in move ? new Date(move.to) : new Date(from.getTime() + move.byMinutes * 60_000)
  if (!clock.moveTo(to)) throw new Saying('clockGoesAhead', `It is ${from.toISOString()} already.`)
  const aheadMs = Math.round(clock.aheadMs)
  await db.transaction(async tx => {
    await writeSetting(tx, 'clock.moves', clock.moves)
    await record(tx, { at: wall(), operatorId, action: 'clock.moved', detail: { from, to } })
  })
  events.emit('clock.moved', { to })
  return { now: clock.now().toISOString(), aheadMs }
}

export function demoPages(deps: DemoDeps): Hono {
  const { config, clock, owners } = deps
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
    const read = readJson(await readText(c.req.raw, { ...limits, bytes: clockBytes }))
    const move = ClockMove.safeParse('value' in read ? read.value : undefined)
    if (!move.success)
      return answerProblem(c, 'invalidRequest', 'Say {"to": "2026-11-03T09:00:00Z"} or {"byMinutes": 60}.')
    return c.json(await moveClock(deps, move.data, null))
  })
  app.route(
    '/phone',
    phonePages({
      controlUrl: `http://127.0.0.1:${config.simulator.port}`,
      owners,
      senders: config.senders,
      service: config.service,
      follow: followIn(config),
      clock,
    }),
  )
  return app
}

/** Nobody has the demo's domains: short links are followed on this server, the service's pages at Orpheum's. */
export function followIn({ links, serviceHost, orpheumPort }: DemoDeps['config']): (url: string) => string | undefined {
  const linkHost = links.url === null ? undefined : new URL(links.url).host
  return url => {
    const { host, pathname, search, hash } = new URL(url)
    if (host === linkHost) return `/o${pathname}${search}${hash}`
    const isService = host === serviceHost || host.endsWith(`.${serviceHost}`)
    return isService ? `http://localhost:${orpheumPort}${pathname}${search}${hash}` : undefined
  }
}
