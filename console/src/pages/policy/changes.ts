// What a change of the policy means, in sentences: shown before it is saved.
import type { Policy } from '@usher/contract/policy'
import { overrideSaid, regionName } from './region.ts'

export const groupNames = {
  titles: 'Titles',
  offers: 'Offers',
  promotional: 'Titles and offers together',
  account: 'Account and billing',
} as const

/** Hours as people say them: 24 h, 7 days, 1 day and 12 h. */
export function hoursSaid(hours: number): string {
  const days = Math.floor(hours / 24)
  const rest = hours % 24
  if (days === 0 || hours === 24) return `${hours} h`
  return `${days} ${days === 1 ? 'day' : 'days'}${rest === 0 ? '' : ` and ${rest} h`}`
}

type Cap = Policy['caps'][keyof Policy['caps']]
export const capSaid = (cap: Cap) => (cap === null ? 'no cap' : `at most ${cap.count} in ${hoursSaid(cap.hours)}`)
const sameSaid = (hours: number) => (hours === 0 ? 'may be repeated at once' : `not twice in ${hoursSaid(hours)}`)

export function changesOf(before: Policy, after: Policy): string[] {
  const changes: string[] = []
  const say = (what: string, was: string, is: string) => {
    if (was !== is) changes.push(`${what}: ${is}; it was ${was}.`)
  }
  for (const group of ['titles', 'offers', 'promotional'] as const)
    say(groupNames[group], capSaid(before.caps[group]), capSaid(after.caps[group]))
  for (const group of ['titles', 'offers', 'account'] as const)
    say(
      `The same text, ${groupNames[group]}`,
      sameSaid(before.sameForHours[group]),
      sameSaid(after.sameForHours[group]),
    )
  const leaves = (minutes: number) => (minutes === 0 ? 'at once' : `over ${minutes} minutes`)
  say('Texts that waited for the morning leave', leaves(before.releaseMinutes), leaves(after.releaseMinutes))
  const voip = (may: boolean) => (may ? 'may have codes' : 'have no codes')
  say('Numbers of internet telephony', voip(before.codesToVoip), voip(after.codesToVoip))
  say(
    'A yes counts as a confirmation within',
    hoursSaid(before.confirmWithinHours),
    hoursSaid(after.confirmWithinHours),
  )
  for (const region of Object.keys({ ...before.regions, ...after.regions }))
    say(regionName(region), overrideSaid(before.regions[region]), overrideSaid(after.regions[region]))
  return changes
}
