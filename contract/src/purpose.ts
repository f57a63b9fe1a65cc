// The words that cross the API for why a text is sent and which lane it takes.
import { z } from 'zod'

export const lanes = ['code', 'alert', 'reply', 'account', 'timely', 'bulk'] as const
export type Lane = (typeof lanes)[number]
export const Lane = z.enum(lanes).meta({
  id: 'Lane',
  description: 'The priority of the queue that a text waits in. Codes and alerts are strictly first.',
})

export const purposes = [
  'code.sign_in',
  'code.reset',
  'code.recovery',
  'code.number_change',
  'code.action',
  'alert.security',
  'reply.compliance',
  'reply.support',
  'consent.confirm',
  'account.payment',
  'account.renewal',
  'account.plan',
  'account.price_end',
  'account.trial',
  'account.refund',
  'account.welcome',
  'account.number',
  'title.new_episode',
  'title.release',
  'title.premiere',
  'title.leaving',
  'title.download_expiring',
  'title.recommendation',
  'offer',
] as const
export type Purpose = (typeof purposes)[number]
export const isPurpose = (text: string): text is Purpose => purposes.includes(text as Purpose)
export const Purpose = z.enum(purposes).meta({
  id: 'Purpose',
  description: 'Why the text is sent. Lane, consent, hours, caps, deadline and retries hang on it.',
})
