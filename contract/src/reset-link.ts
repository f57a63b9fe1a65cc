// Links by which a password is reset, for the service to mail: a text carries a code and no link.
import { z } from 'zod'
import { SubscriberId, Time } from './message.ts'
import { Device, Ip, Session } from './verification.ts'

export const NewResetLink = z
  .strictObject({
    subscriber: SubscriberId,
    session: Session.optional().meta({
      description:
        "Your session's id, where the link shall serve in the browser alone that asked for it. Left out, it serves on whichever device the mail is read.",
    }),
    ip: Ip.optional(),
    device: Device.optional(),
  })
  .meta({ id: 'NewResetLink' })
export type NewResetLink = z.infer<typeof NewResetLink>

export const ResetLink = z
  .object({
    id: z.string(),
    url: z.string().meta({
      description:
        'Mail it to the address of the account, and to nowhere else. It serves once, for half an hour, and until the next one is made.',
      example: 'https://o.orpheum.example/r/mHq9Zr0m4ySxO2hWc9Ue4QGqV5f1n8dXbq0L3kT7aPs',
    }),
    expiresAt: Time,
  })
  .meta({ id: 'ResetLink', description: 'It reads the same whether or not there is such an account.' })
export type ResetLink = z.infer<typeof ResetLink>

export const ResetProof = z
  .strictObject({
    proof: z.string().min(1).max(128).meta({
      description: 'What your reset page was called with, as `reset` of its query.',
      example: 'Yw3Kq0RkB5m7d2VtXc8hLZpN1sJ4eGfA6uQyTiOvHnE',
    }),
    session: Session.optional(),
  })
  .meta({ id: 'ResetProof' })
export type ResetProof = z.infer<typeof ResetProof>

export const ResetRedeemed = z
  .object({
    subscriber: z.string().meta({ description: 'Who may choose a new password now, in this session alone.' }),
    endSessions: z.boolean().meta({ description: 'They asked to be signed out everywhere else.' }),
  })
  .meta({ id: 'ResetRedeemed' })
export type ResetRedeemed = z.infer<typeof ResetRedeemed>
