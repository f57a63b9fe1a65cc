// What happened around one account's safety, in one list: for whoever has somebody on the phone who says that it was not them.
import { z } from 'zod'
import { AlertView } from './alert.ts'
import { Time } from './message.ts'
import { SignIn } from './sign-in.ts'
import { VerificationPurpose } from './verification.ts'

const AccountEntry = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('code'),
      at: Time,
      id: z.string(),
      purpose: VerificationPurpose,
      state: z.enum(['pending', 'approved', 'cancelled', 'expired']),
      sends: z.int().meta({ description: 'Codes made.' }),
      wrong: z.int().meta({ description: 'Wrong tries of the newest.' }),
      notSent: z.string().nullable().meta({ description: 'Why the newest did not go out.' }),
      endedAt: Time.nullable(),
      message: z.string().nullable().meta({ description: 'The text of the newest.' }),
    }),
    z.object({ kind: z.literal('sign_in'), at: Time, signIn: SignIn }),
    z.object({ kind: z.literal('alert'), at: Time, alert: AlertView }),
    z.object({
      kind: z.literal('reset_link'),
      at: Time,
      id: z.string(),
      state: z.enum(['open', 'used', 'redeemed', 'replaced', 'expired']),
      endSessions: z.boolean().nullable(),
    }),
    z.object({
      kind: z.literal('number'),
      at: Time,
      what: z.string().meta({ description: 'What became of it, such as number.changed; or a code to change it.' }),
      why: z.string(),
    }),
    z.object({ kind: z.literal('recovery_codes'), at: Time, what: z.enum(['made', 'used']) }),
  ])
  .meta({ id: 'AccountEntry' })
export type AccountEntry = z.infer<typeof AccountEntry>

export const AccountHistoryFilter = z.object({
  before: Time.optional().meta({ description: 'Only what happened before; `next` of the page before.' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type AccountHistoryFilter = z.infer<typeof AccountHistoryFilter>

export const AccountHistory = z
  .object({
    items: z.array(AccountEntry).meta({ description: 'Newest first.' }),
    next: Time.nullable(),
  })
  .meta({ id: 'AccountHistory' })
export type AccountHistory = z.infer<typeof AccountHistory>
