// Step 2: whether this subscriber should get this text now. Ordered, pure checks over facts that were loaded once; each
// leaves a line in the explanation. The first refusal ends the questions; what is not known is never taken for a yes.

import type { Network } from '@usher/contract/carrier'
import type { Policy } from '@usher/contract/policy'
import type { Consents } from '../subscriber/consent.ts'
import { isProvable } from '../subscriber/number-proof.ts'
import { type OwnHours, opening, type Place } from '../subscriber/quiet-hours.ts'
import type { Overrides, RegionRules } from '../subscriber/regions.ts'
import { type PreferenceGroup, type Purpose, promotional, type Rules, rulesOf } from './purpose.ts'

export interface Facts {
  now: Date
  purpose: Purpose
  notBefore: Date | null
  /** Sooner of the caller's deadline and the purpose's worth. */
  expiresAt: Date
  /** From 0 to 1: where in the minutes of release a text leaves that waited for the morning. */
  spread: number
  policy: Policy
  /** Of where the subscriber is. */
  region: RegionRules
  subscriber: {
    hasNumber: boolean
    /** Since when the number that is known is not theirs any more. */
    lostAt?: Date | null
    /** A new number is no way back into the account before. */
    recoveryFrom?: Date | null
    country: string | null
    network: Network | null
    place: Place
    /** Hours that they chose to have in peace. */
    own: OwnHours | null
    /** They asked for fewer texts. */
    isFewer: boolean
    pausedUntil: Date | null
    consents: Consents
    /** Reasons never to text this number, by scope. */
    suppressions: readonly { scope: SuppressionScope; reason: string; at: string }[]
  }
  /** What they were sent lately, and what waits for them. */
  recent: readonly { purpose: Purpose; at: Date; isSame: boolean }[]
}

export type SuppressionScope = 'promotional' | 'security' | 'account' | 'all'

export type RuleName =
  | 'number'
  | 'suppression'
  | 'consent'
  | 'pause'
  | 'deadline'
  | 'cap'
  | 'duplicate'
  | 'hours'
  | 'route'
  | 'opt_out'
  | 'guard'
type Json = string | number | boolean | null

/** A line of the explanation, as it is stored: short, without a sentence; `say` makes that when somebody reads it. */
export interface Finding {
  rule: RuleName
  answer: 'passed' | 'refused' | 'held'
  facts: Record<string, Json>
}

export type Verdict =
  | { kind: 'go'; explanation: Finding[] }
  | { kind: 'hold'; until: Date; explanation: Finding[] }
  /** `againAt`: when the rule that refuses would not any more, as things stand. */
  | { kind: 'refuse'; rule: RuleName; againAt: Date | null; explanation: Finding[] }

type Answer =
  | { answer: 'passed'; facts: Finding['facts'] }
  | { answer: 'refused'; facts: Finding['facts']; againAt?: Date }
  | { answer: 'held'; until: Date; facts: Finding['facts'] }
type Check = { rule: RuleName; ask: (facts: Facts, rules: Rules) => Answer }

/** Lines that nobody reads a text on, or that cost their caller: no code goes there. */
const noCodesTo: readonly (Network | null)[] = ['fixed', 'toll_free', 'other']

const number: Check = {
  rule: 'number',
  ask({ now, purpose, subscriber, policy }, { lane }) {
    const { hasNumber, lostAt, recoveryFrom, country, network } = subscriber
    if (!hasNumber)
      return { answer: 'refused', facts: lostAt ? { country, lostAt: lostAt.toISOString() } : { country } }
    if (purpose === 'code.recovery' && recoveryFrom && recoveryFrom > now)
      return {
        answer: 'refused',
        facts: { country, recoveryFrom: recoveryFrom.toISOString() },
        againAt: recoveryFrom,
      }
    if (lane !== 'code' || network === null) return { answer: 'passed', facts: { country } }
    const isClosed = noCodesTo.includes(network) || (network === 'voip' && !policy.codesToVoip)
    return { answer: isClosed ? 'refused' : 'passed', facts: { country, network } }
  },
}

const suppression: Check = {
  rule: 'suppression',
  ask({ purpose, subscriber }, { group }) {
    // What they just asked for (a code, the answer to HELP) is theirs to have, whatever they stopped; a dead number is not,
    // but for the code by which its new owner proves that they have it.
    const met = subscriber.suppressions.find(
      ({ scope, reason }) =>
        (scope === 'all' || scope === group || (scope === 'promotional' && promotional.includes(purpose))) &&
        !(group === null && reason === 'stop') &&
        !(purpose === 'code.number_change' && isProvable(reason)),
    )
    if (!met) return { answer: 'passed', facts: { suppressions: subscriber.suppressions.length } }
    return { answer: 'refused', facts: { scope: met.scope, reason: met.reason, at: met.at } }
  },
}

const consent: Check = {
  rule: 'consent',
  ask({ now, notBefore, subscriber, region }, { basis, group }) {
    if (group === null) return { answer: 'passed', facts: { basis } }
    const given = subscriber.consents[group]
    const facts = { basis, group, granted: given?.granted ?? null, at: given?.at ?? null, how: given?.how ?? null }
    // What serves the account needs no consent, and can be ended all the same.
    if (basis === 'service')
      return given?.granted === false ? { answer: 'refused', facts } : { answer: 'passed', facts: { basis } }
    if (given?.granted !== true) return { answer: 'refused', facts }
    if (!given.words) return { answer: 'refused', facts: { ...facts, lacks: 'words' } }
    if (given.basis !== 'express') {
      const law = region.implied.find(({ by }) => by === given.basis)
      const until = law === undefined ? null : addMonths(new Date(given.at), law.months)
      const implied = { ...facts, implied: given.basis, until: until?.toISOString() ?? null }
      return { answer: until === null || until <= later(now, notBefore) ? 'refused' : 'passed', facts: implied }
    }
    if (!given.confirmed) return { answer: 'refused', facts: { ...facts, lacks: 'confirmation' } }
    return { answer: 'passed', facts }
  },
}

/** So many months on; the month's last day where it has no such day. */
export function addMonths(at: Date, months: number): Date {
  const there = new Date(at)
  there.setUTCDate(1)
  there.setUTCMonth(there.getUTCMonth() + months)
  const lastDay = new Date(Date.UTC(there.getUTCFullYear(), there.getUTCMonth() + 1, 0)).getUTCDate()
  there.setUTCDate(Math.min(at.getUTCDate(), lastDay))
  return there
}

const pause: Check = {
  rule: 'pause',
  ask({ now, notBefore, purpose, subscriber: { pausedUntil } }) {
    const at = later(now, notBefore)
    if (pausedUntil === null || pausedUntil <= at || !promotional.includes(purpose))
      return { answer: 'passed', facts: { until: null } }
    return { answer: 'refused', facts: { until: pausedUntil.toISOString() }, againAt: pausedUntil }
  },
}

const later = (now: Date, notBefore: Date | null): Date => (notBefore !== null && notBefore > now ? notBefore : now)

const deadline: Check = {
  rule: 'deadline',
  ask({ now, notBefore, expiresAt }) {
    const facts = { expiresAt: expiresAt.toISOString(), notBefore: notBefore?.toISOString() ?? null }
    if (expiresAt <= now || (notBefore !== null && expiresAt <= notBefore)) return { answer: 'refused', facts }
    return notBefore !== null && notBefore > now
      ? { answer: 'held', until: notBefore, facts }
      : { answer: 'passed', facts }
  },
}

const cap: Check = {
  rule: 'cap',
  ask({ now, notBefore, policy, region, recent, subscriber: { isFewer } }, { capped, group }) {
    if (!capped || (group !== 'titles' && group !== 'offers')) return { answer: 'passed', facts: { capped: false } }
    const at = later(now, notBefore)
    const facts: Finding['facts'] = { capped: true, ...(isFewer ? { fewer: true } : {}) }
    for (const { of, count, hours, from } of capsOf(policy, region, group)) {
      const most = isFewer ? Math.max(1, Math.floor(count / 2)) : count
      // Twice as long where half of one text would be none.
      const spanMs = hours * 3_600_000 * (isFewer && count === 1 ? 2 : 1)
      const counted = recent.filter(
        one =>
          one.at.getTime() > at.getTime() - spanMs &&
          (of === 'same'
            ? one.isSame
            : of === 'promotional'
              ? promotional.includes(one.purpose)
              : rulesOf[one.purpose].group === of),
      )
      if (counted.length >= most) {
        const times = counted.map(one => one.at.getTime()).sort((a, b) => a - b)
        const againAt = new Date(times[counted.length - most]! + spanMs)
        const hit = { of, most, hours: spanMs / 3_600_000, sent: counted.length, againAt: againAt.toISOString() }
        return { answer: 'refused', facts: { ...facts, ...hit, ...from }, againAt }
      }
      const where = from.region ? `, ${from.region}${from.byOperator ? ' as the operator set it' : ''}` : ''
      facts[`${of} in ${spanMs / 3_600_000} h${where}`] = `${counted.length} of ${most}`
    }
    return { answer: 'passed', facts }
  },
}

interface CountedCap {
  of: 'titles' | 'offers' | 'promotional' | 'same'
  count: number
  hours: number
  /** Where it is a region's. */
  from: { region?: string; byOperator?: true }
}

/** Those of the service, and those of the law where they are, or what an operator put in its place. */
function capsOf({ caps }: Policy, region: RegionRules, group: 'titles' | 'offers'): CountedCap[] {
  const by = region.byOperator.caps
  const from = by === null ? { region: region.row } : { region: by, byOperator: true as const }
  return [
    ...(caps[group] ? [{ of: group, ...caps[group], from: {} }] : []),
    ...(caps.promotional ? [{ of: 'promotional' as const, ...caps.promotional, from: {} }] : []),
    // Of one subject: which texts are is not known, so all of them.
    ...region.caps.map(({ most, hours, of }) => ({
      ...{ count: most, hours, from },
      of: of === 'same text' ? ('same' as const) : ('promotional' as const),
    })),
  ]
}

const duplicate: Check = {
  rule: 'duplicate',
  ask({ now, notBefore, purpose, policy, recent }, { group }) {
    const hours = sameForHours(policy, group)
    if (hours === 0) return { answer: 'passed', facts: { hours } }
    const since = later(now, notBefore).getTime() - hours * 3_600_000
    const same = recent.filter(one => one.isSame && one.purpose === purpose && one.at.getTime() > since)
    const last = same.reduce<Date | null>((last, { at }) => (last === null || at > last ? at : last), null)
    if (last === null) return { answer: 'passed', facts: { hours } }
    const againAt = new Date(last.getTime() + hours * 3_600_000)
    return { answer: 'refused', facts: { hours, at: last.toISOString() }, againAt }
  },
}

/** For how long the same is not said again; 0 where it may be: two codes or two answers are two. */
export const sameForHours = ({ sameForHours: hours }: Policy, group: PreferenceGroup | null): number =>
  group === null || group === 'security' ? 0 : hours[group]

const hours: Check = {
  rule: 'hours',
  ask({ now, notBefore, expiresAt, spread, policy, subscriber: { place, own } }, rules) {
    if (rules.hours === 'any') return { answer: 'passed', facts: { hours: 'any' } }
    const when = opening(rules.hours, place, own, later(now, notBefore), policy.regions)
    const { zones, regions, byOperator, window, holiday } = when.why
    // Each text keeps these: what says nothing is left out.
    const facts: Finding['facts'] = {
      ...{ hours: rules.hours, zone: zones.length === 1 ? zones[0]! : null, zones: zones.length, window },
      // Courtesy hours are the same everywhere.
      ...(regions.length > 0 && rules.hours === 'quiet' ? { regions: regions.join(', ') } : {}),
      ...(byOperator.length > 0 ? { byOperator: byOperator.join(', ') } : {}),
      ...(holiday === null ? {} : { holiday }),
      ...(own === null ? {} : { own: when.why.own }),
    }
    if (when.open) return { answer: 'passed', facts }
    if (when.opensAt === null) return { answer: 'refused', facts: { ...facts, opensAt: null } }
    const opensAt = when.opensAt.toISOString()
    if (when.opensAt < expiresAt) {
      // All who waited for the morning would else leave in its first second; what has little time left leaves in half of it.
      const releaseMs = spread * policy.releaseMinutes * 60_000
      const until = new Date(
        Math.min(when.opensAt.getTime() + releaseMs, (when.opensAt.getTime() + expiresAt.getTime()) / 2),
      )
      const spreads = until > when.opensAt ? { until: until.toISOString() } : {}
      return { answer: 'held', until, facts: { ...facts, opensAt, ...spreads } }
    }
    // A notice whose deadline comes before the window opens is worth more than the courtesy.
    return rules.hours === 'courtesy'
      ? { answer: 'passed', facts: { ...facts, opensAt, tooLate: true } }
      : { answer: 'refused', facts: { ...facts, opensAt, tooLate: true }, againAt: when.opensAt }
  },
}

const checks: readonly Check[] = [number, suppression, consent, pause, deadline, cap, duplicate, hours]

export function judge(facts: Facts): Verdict {
  const rules = rulesOf[facts.purpose]
  const explanation: Finding[] = []
  let until: Date | undefined
  for (const { rule, ask } of checks) {
    const answer = ask(facts, rules)
    explanation.push({ rule, answer: answer.answer, facts: answer.facts })
    if (answer.answer === 'refused') return { kind: 'refuse', rule, againAt: answer.againAt ?? null, explanation }
    if (answer.answer === 'held' && (until === undefined || answer.until > until)) until = answer.until
  }
  return until === undefined ? { kind: 'go', explanation } : { kind: 'hold', until, explanation }
}

/** Asked again right before a text is written: a queue may have carried it past its hours. */
export const mayArriveNow = (
  purpose: Purpose,
  place: Place,
  own: OwnHours | null,
  expiresAt: Date,
  now: Date,
  overrides: Overrides,
) => {
  const rules = rulesOf[purpose]
  if (rules.hours === 'any') return { now: true } as const
  const when = opening(rules.hours, place, own, now, overrides)
  if (when.open || (rules.hours === 'courtesy' && when.opensAt !== null && when.opensAt >= expiresAt))
    return { now: true } as const
  return { now: false, opensAt: when.opensAt } as const
}

const groupNames: Record<string, string> = {
  titles: 'Titles',
  offers: 'Offers',
  security: 'Security alerts',
  account: 'Account and billing',
}

const capFrom = ({ region, byOperator }: Finding['facts']) =>
  region ? ` (the cap of ${region}${byOperator ? ', as the operator set it' : ''})` : ''

/** A line of the explanation in plain words. */
export function say({ rule, answer, facts }: Finding): string {
  switch (rule) {
    case 'number':
      return answer === 'passed'
        ? `There is a number to text${facts.country ? `, in ${facts.country}` : ''}.`
        : facts.network
          ? `The number is of a kind that codes do not go to (${facts.network}).`
          : facts.recoveryFrom
            ? `The number is new: no recovery code goes to it before ${facts.recoveryFrom}.`
            : facts.lostAt
              ? `The number is not theirs any more, since ${facts.lostAt}.`
              : 'There is no number to text.'
    case 'suppression':
      if (answer === 'passed')
        return facts.suppressions === 0
          ? 'Nothing forbids texts to this number.'
          : 'What was stopped does not cover this text.'
      return `Texts of this kind to this number were ended (${facts.reason}, ${facts.scope}) on ${facts.at}.`
    case 'consent':
      if (facts.basis === 'asked') return 'The subscriber asked for this text just now; no consent is needed.'
      if (facts.basis === 'service')
        return answer === 'passed'
          ? 'This text serves the account; it needs no consent.'
          : `The subscriber ended ${groupNames[String(facts.group)]} on ${facts.at}.`
      if (facts.lacks === 'words')
        return `There is no proof that the subscriber agreed to ${groupNames[String(facts.group)]}: the words they were shown are not recorded.`
      if (facts.lacks === 'confirmation')
        return `The subscriber agreed to ${groupNames[String(facts.group)]} on ${facts.at}, and has not confirmed it by text, which their country asks for.`
      if (facts.implied)
        return facts.until === null
          ? `Their consent to ${groupNames[String(facts.group)]} is only implied (${facts.implied}), which does not count where they are.`
          : `Their consent to ${groupNames[String(facts.group)]} is implied (${facts.implied}, ${facts.at})${answer === 'passed' ? ' and counts until' : '; it ended on'} ${facts.until}.`
      if (answer === 'passed')
        return `The subscriber agreed to ${groupNames[String(facts.group)]} on ${facts.at} (${facts.how}).`
      return facts.granted === false
        ? `The subscriber ended ${groupNames[String(facts.group)]} on ${facts.at}.`
        : `There is no proof that the subscriber agreed to ${groupNames[String(facts.group)]}.`
    case 'pause':
      return answer === 'passed' ? 'They have no pause.' : `They paused titles and offers until ${facts.until}.`
    case 'cap':
      if (!facts.capped) return 'No cap counts for a text of this purpose.'
      return answer === 'passed'
        ? Object.keys(facts).length === 1
          ? 'There is no cap.'
          : `It is within the caps${facts.fewer ? ', halved because they asked for fewer' : ''}: ${Object.entries(facts)
              .filter(([name]) => name.includes(' in '))
              .map(([name, value]) => `${name}: ${value}`)
              .join('; ')}.`
        : `They had ${facts.sent} of ${facts.most} ${facts.of} texts in ${facts.hours} hours${capFrom(facts)}; the next may go at ${facts.againAt}.`
    case 'duplicate':
      return answer === 'passed'
        ? facts.hours === 0
          ? 'It may be said more than once.'
          : 'The same was not said to them before.'
        : `The same was said to them at ${facts.at}, less than ${facts.hours} hours before.`
    case 'deadline':
      if (answer === 'refused') return `It would not be worth sending: its time ends at ${facts.expiresAt}.`
      return answer === 'held'
        ? `It is not to be sent before ${facts.notBefore}.`
        : `It is worth sending until ${facts.expiresAt}.`
    case 'hours': {
      if (facts.hours === 'any') return 'A text of this purpose may arrive at any hour.'
      const where = facts.regions ? ` of ${facts.regions}` : ''
      const said = [
        ...(facts.window ? [`${facts.window}${where}`] : []),
        // Those of one of several regions may be.
        ...(facts.byOperator
          ? [`the operator's own hours${facts.byOperator === facts.regions ? '' : ` for ${facts.byOperator}`}`]
          : []),
        ...(facts.window && facts.holiday ? [String(facts.holiday)] : []),
      ]
      const window = said.length > 0 ? ` (${said.join('; ')})` : ''
      if (answer === 'held')
        return `It is outside ${facts.hours} hours${window} there; it waits until ${facts.until ?? facts.opensAt}.`
      if (answer === 'refused')
        return facts.opensAt === null
          ? facts.zones === 0
            ? 'The local time there is not known, so the hour can not be judged.'
            : `Within two weeks there is no time in ${facts.hours} hours${window} in each place that counts.`
          : `Its time ends before ${facts.hours} hours${window} begin again at ${facts.opensAt}.`
      return facts.tooLate
        ? 'Its deadline comes before courtesy hours begin, so it goes out now.'
        : `It is within ${facts.hours} hours${window} there.`
    }
    case 'route':
      return answer === 'passed'
        ? `It goes by the route ${facts.route}: carrier ${facts.carrier}, sender ${facts.sender}.`
        : `No route is open for it. ${facts.why}`
    case 'opt_out':
      if (answer === 'passed') return `Nobody can answer the sender ${facts.sender}; the text says how to opt out.`
      return facts.link === null
        ? `Nobody can answer the sender ${facts.sender}, and it has no link to opt out by.`
        : `Nobody can answer the sender ${facts.sender}, so the text has to hold ${facts.link} to opt out by.`
    case 'guard':
      return answer === 'passed' ? 'The text holds nothing that must not leave.' : String(facts.sentence)
  }
}
