// What is said over the API about a number and its life: verified, changed, removed, dead, recycled.
import { z } from 'zod'
import { Msisdn, Time } from './message.ts'

export const NumberChangeInput = z
  .strictObject({
    number: Msisdn.optional().meta({
      description: 'The number they want from now on. Left out: the number they have, which is verified by the code.',
    }),
    stepUp: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,31}$/, 'A word in lower case, such as passkey, password or support.')
      .optional()
      .meta({
        description:
          'How your service made sure, just now, that it is them. A change is refused without it, for a number is a key to the account.',
        example: 'passkey',
      }),
  })
  .meta({ id: 'NumberChangeInput' })
export type NumberChangeInput = z.infer<typeof NumberChangeInput>

export const NumberChange = z
  .object({
    id: z.string(),
    number: z.string().meta({ description: 'Masked: where the code went.' }),
    state: z.enum(['open', 'done']).meta({ description: 'open: it waits for its code.' }),
    isChange: z.boolean().meta({ description: 'False: it verifies the number that they have.' }),
    triesLeft: z.int(),
    expiresAt: Time,
    recoveryFrom: Time.nullable().meta({ description: 'Once done: no recovery by this number before.' }),
  })
  .meta({ id: 'NumberChange' })
export type NumberChange = z.infer<typeof NumberChange>

export const StartedNumberChange = NumberChange.extend({
  notice: z.string().meta({
    description:
      "What a code by text is worth, in the subscriber's language: show it before they go on (NIST SP 800-63B-4, 3.2.9).",
  }),
}).meta({ id: 'StartedNumberChange' })
export type StartedNumberChange = z.infer<typeof StartedNumberChange>

export const NumberCheck = z
  .strictObject({ code: z.string().regex(/^\d{6}$/, 'A code has six digits.') })
  .meta({ id: 'NumberCheck' })
export type NumberCheck = z.infer<typeof NumberCheck>

export const SubscriberNumber = z
  .object({
    number: z.string().meta({ description: 'Masked.' }),
    country: z.string().nullable(),
    network: z.string().nullable().meta({ description: 'What kind of line it is, by its numbering plan.' }),
    since: Time.nullable().meta({ description: 'Since when it is theirs, as far as Usher was told.' }),
    verifiedAt: Time.nullable(),
    recoveryFrom: Time.nullable().meta({ description: 'No recovery code goes to it before.' }),
    lostAt: Time.nullable().meta({
      description: 'Since when it is not theirs any more: nothing is sent to it for them.',
    }),
    suppressions: z.array(z.object({ scope: z.string(), reason: z.string(), at: Time })),
  })
  .meta({ id: 'SubscriberNumber' })
export type SubscriberNumber = z.infer<typeof SubscriberNumber>

const Day = z.union([z.iso.date(), Time]).meta({
  description: 'A day, which stands for its end in UTC, or a moment. Not in the future.',
  example: '2026-11-02',
})
export const DeactivatedLine = z.strictObject({ number: Msisdn, date: Day }).meta({ id: 'DeactivatedLine' })
export type DeactivatedLine = z.infer<typeof DeactivatedLine>

export const ReassignedLine = z
  .strictObject({
    number: Msisdn,
    answer: z.enum(['yes', 'no', 'no_data']).meta({
      description: 'Whether it was disconnected for good since the date that was asked for, as the database says.',
    }),
    asked: Day.meta({ description: 'The date that was asked for: when the consent was given.' }),
  })
  .meta({ id: 'ReassignedLine' })
export type ReassignedLine = z.infer<typeof ReassignedLine>

export const NumberFileReport = z
  .union([
    z.object({ progress: z.object({ read: z.int(), taken: z.int(), bad: z.int() }) }),
    z.object({ line: z.int(), problem: z.object({ code: z.string(), detail: z.string() }) }),
    z.object({
      done: z.object({
        read: z.int(),
        taken: z.int(),
        suppressed: z.int().meta({ description: 'Numbers that nothing is sent to any more.' }),
        subscribers: z.int().meta({ description: 'Who had one of them until then.' }),
        bad: z.int(),
      }),
    }),
  ])
  .meta({
    id: 'NumberFileReport',
    description: 'A line of the NDJSON answer: progress each 1,000 lines, each bad line, and the end.',
  })
export type NumberFileReport = z.infer<typeof NumberFileReport>
