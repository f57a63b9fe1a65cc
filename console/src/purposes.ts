// Purposes and lanes as people call them. The tables name each one, so that the compiler finds what is missing.
import type { Lane, Purpose } from '@usher/contract/purpose'

/** Most urgent first. */
export const laneNames: Record<Lane, string> = {
  code: 'Codes',
  alert: 'Alerts',
  reply: 'Replies',
  account: 'Account',
  timely: 'Timely',
  bulk: 'Bulk',
}
export const lanes = Object.keys(laneNames) as Lane[]

export const purposeNames: Record<Purpose, string> = {
  'code.sign_in': 'Sign-in code',
  'code.reset': 'Reset code',
  'code.recovery': 'Recovery code',
  'code.number_change': 'Number change code',
  'code.action': 'Action code',
  'alert.security': 'Security alert',
  'reply.compliance': 'Answer to a keyword',
  'reply.support': 'Support',
  'consent.confirm': 'Confirm consent',
  'account.payment': 'Payment',
  'account.renewal': 'Renewal',
  'account.plan': 'Plan',
  'account.price_end': 'Price ends',
  'account.trial': 'Trial',
  'account.refund': 'Refund',
  'account.welcome': 'Welcome',
  'account.number': 'Number changed',
  'title.new_episode': 'New episode',
  'title.release': 'Release',
  'title.premiere': 'Premiere',
  'title.leaving': 'Leaving soon',
  'title.download_expiring': 'Download expires',
  'title.recommendation': 'Recommendation',
  offer: 'Offer',
}
export const purposes = Object.keys(purposeNames) as Purpose[]
