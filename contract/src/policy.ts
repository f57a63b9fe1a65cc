// What decides whether a text may go: the settings of the policy, and the question whether one would.
import { z } from 'zod'
import { SubscriberId, Time } from './message.ts'
import { Purpose } from './purpose.ts'
import { RegionOverrides } from './region.ts'

const Cap = z
  .strictObject({
    count: z.int().min(1).max(1_000),
    hours: z
      .int()
      .min(1)
      .max(31 * 24),
  })
  .nullable()
  .meta({ description: 'At most so many texts in so many hours, wherever they begin; null: no cap.' })

const sameFor = z
  .int()
  .min(0)
  .max(31 * 24)
const promotional = { description: 'Over titles and offers together.' }
const sameForHours = {
  description: 'The same text to the same subscriber is not sent again for so long; 0: it may be.',
}
const releaseMinutes = z
  .int()
  .min(0)
  .max(240)
  .meta({ description: 'Texts that waited for the morning leave evenly over so many minutes.' })
const codesToVoip = z
  .boolean()
  .meta({ description: 'Whether codes may go to numbers of internet telephony, which are easy to take over.' })
const confirmWithinHours = z
  .int()
  .min(1)
  .max(30 * 24)
  .meta({ description: 'How long a yes to the question for a confirmation counts.' })
const deadMeta = {
  description:
    'When a number counts as dead: so many receipts which say that nobody has it, on so many different days, within so many days, and none in between that says delivered.',
}
const dead = {
  receipts: z.int().min(2).max(100),
  days: z.int().min(1).max(30),
  withinDays: z.int().min(1).max(90),
  smppErrors: z.array(z.int().min(0).max(65_535)).max(50).meta({
    description:
      'The err of SMPP receipts that says so; 1 is unknownSubscriber of 3GPP TS 29.002. Other carriers have codes of their own.',
  }),
}
const reassignedNoData = z.enum(['keep', 'suppress']).meta({
  description: 'What becomes of a number that a database of reassigned numbers has no data about.',
})
const remindToCheckNumber = z.boolean().meta({
  description:
    'Whether subscribers are asked, once a year at most and only where something suggests it, to check their number and settings.',
})

export const Policy = z
  .object({
    caps: z.object({ titles: Cap, offers: Cap, promotional: Cap.meta(promotional) }),
    sameForHours: z.object({ account: sameFor, titles: sameFor, offers: sameFor }).meta(sameForHours),
    releaseMinutes,
    codesToVoip,
    confirmWithinHours,
    dead: z.object(dead).meta(deadMeta),
    reassignedNoData,
    remindToCheckNumber,
    regions: RegionOverrides,
  })
  .meta({ id: 'Policy' })
export type Policy = z.infer<typeof Policy>

/** What nobody has changed. */
export const firstPolicy: Policy = {
  caps: {
    titles: { count: 4, hours: 7 * 24 },
    offers: { count: 2, hours: 7 * 24 },
    promotional: { count: 1, hours: 24 },
  },
  sameForHours: { account: 24, titles: 7 * 24, offers: 7 * 24 },
  releaseMinutes: 30,
  codesToVoip: true,
  confirmWithinHours: 24,
  dead: { receipts: 3, days: 2, withinDays: 30, smppErrors: [1] },
  reassignedNoData: 'keep',
  remindToCheckNumber: false,
  regions: {},
}

export const PolicyInput = z
  .strictObject({
    caps: z
      .strictObject({
        titles: Cap.default(firstPolicy.caps.titles),
        offers: Cap.default(firstPolicy.caps.offers),
        promotional: Cap.default(firstPolicy.caps.promotional).meta(promotional),
      })
      .default(firstPolicy.caps),
    sameForHours: z
      .strictObject({
        account: sameFor.default(firstPolicy.sameForHours.account),
        titles: sameFor.default(firstPolicy.sameForHours.titles),
        offers: sameFor.default(firstPolicy.sameForHours.offers),
      })
      .default(firstPolicy.sameForHours)
      .meta(sameForHours),
    releaseMinutes: releaseMinutes.default(firstPolicy.releaseMinutes),
    codesToVoip: codesToVoip.default(firstPolicy.codesToVoip),
    confirmWithinHours: confirmWithinHours.default(firstPolicy.confirmWithinHours),
    dead: z
      .strictObject({
        receipts: dead.receipts.default(firstPolicy.dead.receipts),
        days: dead.days.default(firstPolicy.dead.days),
        withinDays: dead.withinDays.default(firstPolicy.dead.withinDays),
        smppErrors: dead.smppErrors.default(firstPolicy.dead.smppErrors),
      })
      .default(firstPolicy.dead)
      .meta(deadMeta),
    reassignedNoData: reassignedNoData.default(firstPolicy.reassignedNoData),
    remindToCheckNumber: remindToCheckNumber.default(firstPolicy.remindToCheckNumber),
    regions: RegionOverrides.default(firstPolicy.regions),
  })
  .meta({ id: 'PolicyInput', description: 'What is left out is as at first.' })
export type PolicyInput = z.infer<typeof PolicyInput>

export const DecisionQuestion = z
  .strictObject({
    subscriber: SubscriberId,
    purpose: Purpose,
    at: Time.optional().meta({ description: 'As if it were then; now where it is left out.' }),
    notBefore: Time.optional(),
    expiresAt: Time.optional(),
    policy: PolicyInput.optional().meta({
      description: 'As if this were the policy: to see what a change would do before it is made.',
    }),
  })
  .meta({ id: 'DecisionQuestion' })
export type DecisionQuestion = z.infer<typeof DecisionQuestion>

export const Decision = z
  .object({
    answer: z.enum(['sent', 'held', 'refused']).meta({ description: 'What would become of it, asked then.' }),
    rule: z.string().nullable().meta({ description: 'The rule that refuses it.' }),
    at: Time,
    leavesAt: Time.nullable().meta({ description: 'When it would leave: now, in the morning; null: not, asked then.' }),
    nextAt: Time.nullable().meta({
      description:
        'When one that is asked for anew would leave, at the earliest; null: not within eight days, as things stand.',
    }),
    rules: z.array(
      z.object({
        rule: z.string(),
        answer: z.enum(['passed', 'refused', 'held']),
        facts: z.record(z.string(), z.json()),
        sentence: z.string(),
      }),
    ),
  })
  .meta({ id: 'Decision' })
export type Decision = z.infer<typeof Decision>
