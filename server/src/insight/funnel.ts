// Step 7: what happened, as numbers: a listener of events, scraped by Prometheus at /metrics.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { EventBus } from '../events.ts'
import { lanes } from '../message/purpose.ts'
import type { Waiting } from './waiting.ts'

export interface Funnel {
  /** In Prometheus' text format. */
  metrics(): Promise<string>
  contentType: string
}

export function funnel(events: EventBus, whatWaits: () => Promise<Waiting>): Funnel {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const made = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers: [registry] })
  const decided = made(
    'usher_messages_decided_total',
    'Decisions, by purpose and what came of them.',
    'purpose',
    'state',
    'reason',
  )
  const moved = made(
    'usher_messages_moved_total',
    'Messages that came to a state after acceptance.',
    'purpose',
    'state',
    'channel',
  )
  const inbound = made('usher_inbound_total', 'Texts from handsets, by keyword.', 'keyword')
  const parked = made('usher_receipts_parked_total', 'Receipts that came before the answer they belong to.', 'channel')
  const expired = made('usher_leases_expired_total', 'Claims of workers that died.')
  const slowed = made('usher_carrier_slowed_total', 'Times a carrier asked to slow down.', 'channel', 'status')
  const told = made('usher_deliveries_total', 'Tries of webhooks, by what their delivery came to.', 'state')
  const signedIn = made(
    'usher_sign_ins_total',
    'Sign-ins that were judged, by outcome and answer.',
    'outcome',
    'answer',
  )
  const alerts = made('usher_alerts_total', 'Alerts, by what came of them and how.', 'event', 'what', 'by')
  const steps = made(
    'usher_journey_steps_total',
    'Steps of journeys that were due, by what came of them.',
    'journey',
    'step',
    'what',
  )
  const lag = new Gauge({
    name: 'usher_journey_lag_seconds',
    help: 'How long the oldest step of a journey that is due has waited.',
    registers: [registry],
  })
  const answered = made('usher_problems_total', 'Requests answered with a problem.', 'code')
  const toSubmit = new Histogram({
    name: 'usher_accepted_to_submitted_seconds',
    help: 'From acceptance (or the hour a text waited for) to the carrier having it.',
    labelNames: ['lane'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
    registers: [registry],
  })
  const bound = new Gauge({
    name: 'usher_bind_up',
    help: '1 while the bind stands.',
    labelNames: ['channel', 'bind'],
    registers: [registry],
  })
  const works = new Gauge({
    name: 'usher_carrier_up',
    help: '1 while texts get through to the carrier.',
    labelNames: ['channel'],
    registers: [registry],
  })
  const answers = made(
    'usher_carrier_answers_total',
    'Texts handed to a carrier, by what it made of them.',
    'channel',
    'means',
    'status',
  )
  const rerouted = made(
    'usher_jobs_moved_total',
    'Texts that left one carrier for another while they waited.',
    'from',
    'to',
  )
  const up = new Gauge({ name: 'usher_database_up', help: '1 while the database answers.', registers: [registry] })
  const waiting = new Gauge({
    name: 'usher_jobs_waiting',
    help: 'Jobs that wait, by lane.',
    labelNames: ['channel', 'lane'],
    registers: [registry],
  })
  const oldest = new Gauge({
    name: 'usher_oldest_job_seconds',
    help: 'How long the oldest due job has waited.',
    labelNames: ['channel', 'lane'],
    registers: [registry],
  })

  events.on('message.accepted', list => {
    for (const { purpose, state, reason } of list) decided.inc({ purpose, state, reason: reason ?? '' })
  })
  events.on('message.moved', list => {
    for (const { purpose, state, channel, lane, sinceAcceptedMs } of list) {
      moved.inc({ purpose, state, channel: channel ?? '' })
      if (state === 'submitted' && sinceAcceptedMs !== undefined) toSubmit.observe({ lane }, sinceAcceptedMs / 1_000)
    }
  })
  events.on('inbound.stored', list => {
    for (const { keyword } of list) inbound.inc({ keyword: keyword ?? '' })
  })
  events.on('sign_in.judged', list => {
    for (const { outcome, answer } of list) signedIn.inc({ outcome, answer })
  })
  events.on('alert.moved', list => {
    for (const { event, what, by } of list) alerts.inc({ event, what, by: by ?? '' })
  })
  events.on('journey.step', list => {
    for (const { journey, step, what } of list) steps.inc({ journey, step, what })
  })
  events.on('journey.lag', ({ ms }) => lag.set(ms / 1_000))
  events.on('delivery.moved', list => {
    for (const { state } of list) told.inc({ state })
  })
  events.on('receipt.parked', ({ channel, count }) => parked.inc({ channel }, count))
  events.on('lease.expired', ({ count }) => expired.inc(count))
  events.on('carrier.slowed', ({ channel, status }) => slowed.inc({ channel, status }))
  events.on('problem.answered', ({ code }) => answered.inc({ code }))
  events.on('bind.state', ({ channel, bind, state }) => {
    bound.set({ channel, bind }, state === 'bound' ? 1 : 0)
    if (state === 'bound') works.set({ channel }, 1)
  })
  events.on('carrier.broken', ({ channel }) => works.set({ channel }, 0))
  events.on('carrier.back', ({ channel }) => works.set({ channel }, 1))
  events.on('carrier.answered', list => {
    for (const { channel, means, status } of list) answers.inc({ channel, means, status })
  })
  events.on('carrier.moved', ({ from, to }) => {
    for (const [name, count] of Object.entries(to)) rerouted.inc({ from, to: name }, count)
  })

  return {
    contentType: registry.contentType,
    async metrics() {
      // While the database is away, what this process counted by itself is still told.
      const seen = await whatWaits().catch(() => undefined)
      waiting.reset()
      oldest.reset()
      up.set(seen ? 1 : 0)
      for (const depth of seen?.depths ?? []) {
        const labels = { channel: depth.channel, lane: lanes[depth.lane]! }
        waiting.set(labels, depth.waiting)
        oldest.set(
          labels,
          depth.oldestDueAt ? Math.max(0, seen!.at.getTime() - depth.oldestDueAt.getTime()) / 1_000 : 0,
        )
      }
      return registry.metrics()
    },
  }
}
