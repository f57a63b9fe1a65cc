// What is said about the line as it runs: lanes, carriers, imports, settings; and what the demo alone can do.
import { z } from 'zod'
import { Health } from './carrier.ts'
import { keepable, State, Time } from './message.ts'
import { Lane, Purpose } from './purpose.ts'

const count = z.int().min(0)

export const LiveLane = z.object({
  lane: Lane,
  waiting: count.meta({ description: 'Jobs that are due and not claimed yet.' }),
  held: count.meta({ description: 'Jobs that wait for their hour.' }),
  oldestSeconds: z
    .number()
    .nullable()
    .meta({ description: 'How long the oldest due job has waited; null where none waits.' }),
  submitted: count.meta({ description: 'Handed to a carrier in the window.' }),
  p50Ms: z
    .number()
    .nullable()
    .meta({ description: 'From when it was accepted (or due) to its submit, in the window.' }),
  p99Ms: z.number().nullable(),
})

/** One step of the charts. */
export const LiveStep = z.object({
  at: Time,
  accepted: count,
  refused: count,
  submitted: count,
  delivered: count,
  failed: count.meta({ description: 'Came to rejected, undeliverable, expired, unanswered or unconfirmed.' }),
  inbound: count,
  codeP99Ms: z.number().nullable().meta({ description: 'Codes, from accepted to submitted.' }),
})

export const Live = z
  .object({
    now: Time.meta({ description: 'Business time.' }),
    since: Time.meta({ description: 'Where the window begins.' }),
    stepSeconds: z.int(),
    lanes: z.array(LiveLane),
    steps: z.array(LiveStep),
    refusals: z
      .array(z.object({ reason: z.string(), purpose: Purpose, count }))
      .meta({ description: 'In the window, most first.' }),
    receipts: z
      .array(z.object({ state: State, count }))
      .meta({ description: 'Ends that were recorded in the window.' }),
    parked: count.meta({ description: 'Receipts that wait for the answer they belong to.' }),
    numberFileSince: Time.nullable().meta({
      description: 'Files of deactivated numbers came daily, and none came since then; null: none is missing.',
    }),
    processes: z.int().meta({ description: 'Processes that told of themselves in the window.' }),
  })
  .meta({ id: 'Live' })
export type Live = z.infer<typeof Live>

export const Carrier = z
  .object({
    name: z.string(),
    label: z.string().nullable(),
    protocol: z.enum(['smpp', 'twilio', 'vonage', 'http']),
    address: z.string(),
    account: z.string().meta({ description: 'Who we are to it: a system_id, an account SID, an API key.' }),
    isPaused: z.boolean(),
    binds: z.array(
      z.object({
        process: z.string(),
        name: z.string().meta({ description: 'Which session: address, what it is for, its number.' }),
        state: z.string().meta({
          description: 'bound, connecting, waiting, refused (wrong credentials; nothing is tried any more), closed.',
        }),
        reason: z.string().nullable(),
        since: Time,
        window: z.int(),
        inFlight: z.int(),
        slowedUntil: Time.nullable().meta({ description: 'It asked us to slow down.' }),
      }),
    ),
    window: z.int(),
    inFlight: z.int(),
    perSecond: z.number().nullable().meta({ description: 'Parts a second; null: as many as the window lets through.' }),
    slowedUntil: Time.nullable().meta({ description: 'It asked us to slow down.' }),
    steps: z.array(z.object({ at: Time, parts: count, failed: count })).meta({
      description: 'The last 15 minutes in steps of 15 seconds: parts it took, texts it did not take or answer.',
    }),
    statuses: z
      .array(z.object({ status: z.string(), means: z.enum(['taken', 'later', 'never', 'unanswered']), count }))
      .meta({ description: 'What it answered in the last 15 minutes, most first.' }),
    receipts: z
      .array(z.object({ state: State, count }))
      .meta({ description: 'Ends by its receipts, in the last 15 minutes.' }),
    cost: z
      .object({ amount: z.string(), currency: z.string() })
      .meta({ description: 'Of what it took in the last 15 minutes.' }),
    health: z.array(Health).meta({ description: 'Over all, and then by country.' }),
  })
  .meta({ id: 'Carrier' })
export type Carrier = z.infer<typeof Carrier>

export const importKinds = ['subscribers', 'subscriptions'] as const
export const ImportKind = z
  .enum(importKinds)
  .meta({ description: 'What its lines are: subscribers, or the subscriptions that they have now.' })
export type ImportKind = z.infer<typeof ImportKind>
export const imported = ['uploading', 'running', 'done', 'failed'] as const
/** An import that goes on by itself once it is uploaded. */
export const Import = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: ImportKind,
    state: z.enum(imported),
    bytes: count,
    readBytes: count.meta({ description: 'How far it has come.' }),
    read: count,
    taken: count,
    made: count,
    bad: count,
    problems: z
      .array(z.object({ line: z.int(), code: z.string(), detail: z.string() }))
      .meta({ description: 'The first 1,000 bad lines.' }),
    startedAt: Time,
    endedAt: Time.nullable(),
    by: z.string().nullable(),
    failure: z.string().nullable(),
  })
  .meta({ id: 'Import' })
export type Import = z.infer<typeof Import>

const Domain = z
  .string()
  .toLowerCase()
  .regex(
    /^\.?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    'A domain is written like orpheum.example, or .orpheum.example with its sub-domains.',
  )
export const LinkDomains = z
  .strictObject({ domains: z.array(Domain).max(200) })
  .meta({ id: 'LinkDomains', description: 'Where links in texts may lead; a leading dot takes the sub-domains too.' })

export const Settings = z
  .object({
    service: z.string(),
    serviceHost: z.string(),
    contact: z.string(),
    version: z.string(),
    isDemo: z.boolean(),
    simulated: z
      .array(z.string())
      .optional()
      .meta({ description: 'Carriers that are simulated, and have knobs; left out: all of a demo.' }),
    senders: z.record(z.string(), z.string()),
    currency: z.string(),
    linkDomains: z.array(z.string()),
    /** Domains that Usher's own texts need; they can't be taken away. */
    ownDomains: z.array(z.string()),
    clock: z.object({ now: Time, aheadMs: z.number() }),
    /** The demo's quiet background; null outside it. */
    life: z.object({ isOn: z.boolean() }).nullable(),
  })
  .meta({ id: 'Settings' })
export type Settings = z.infer<typeof Settings>

export const Life = z.strictObject({ isOn: z.boolean() }).meta({ id: 'Life' })
export const ClockMove = z
  .union([
    z.strictObject({ to: Time }),
    z.strictObject({
      byMinutes: z
        .number()
        .positive()
        .max(366 * 24 * 60),
    }),
  ])
  .meta({ id: 'ClockMove', description: 'The business clock goes ahead, never back.' })
export const ClockState = z.object({ now: Time, aheadMs: z.number() }).meta({ id: 'ClockState' })
export const Knobs = z
  .record(z.string().max(64).regex(keepable), z.json())
  .meta({ id: 'Knobs', description: 'How the simulated carrier behaves; docs/try.md tells them all.' })
