// Step 2: whether this subscriber should get this text now. Ordered, pure checks over facts that were loaded once; each
// leaves a line in the explanation. The first refusal ends the questions; what is not known is never taken for a yes.

import { opening, zonesOfCountry } from '../subscriber/quiet-hours.ts'
import type { Consents } from '../subscriber/subscriber.ts'
import { type Purpose, promotional, type Rules, rulesOf } from './purpose.ts'

export interface Facts {
  now: Date
  purpose: Purpose
  notBefore: Date | null
  /** Sooner of the caller's deadline and the purpose's worth. */
  expiresAt: Date
  subscriber: {
    hasNumber: boolean
    country: string | null
    zone: string | null
    consents: Consents
    /** Reasons never to text this number, by scope. */
    suppressions: readonly { scope: SuppressionScope; reason: string; at: string }[]
  }
}

export type SuppressionScope = 'promotional' | 'security' | 'account' | 'all'

export type RuleName = 'number' | 'suppression' | 'consent' | 'deadline' | 'hours' | 'route' | 'opt_out' | 'guard'
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
  | { kind: 'refuse'; rule: RuleName; explanation: Finding[] }

type Answer =
  | { answer: 'passed' | 'refused'; facts: Finding['facts'] }
  | { answer: 'held'; until: Date; facts: Finding['facts'] }
type Check = { rule: RuleName; ask: (facts: Facts, rules: Rules) => Answer }

const number: Check = {
  rule: 'number',
  ask: ({ subscriber }) => ({
    answer: subscriber.hasNumber ? 'passed' : 'refused',
    facts: { country: subscriber.country },
  }),
}

const suppression: Check = {
  rule: 'suppression',
  ask({ purpose, subscriber }, { group }) {
    const met = subscriber.suppressions.find(
      ({ scope }) => scope === 'all' || scope === group || (scope === 'promotional' && promotional.includes(purpose)),
    )
    // What they just asked for (a code, the answer to HELP) is theirs to have, whatever they stopped; a dead number is not.
    if (!met || (group === null && met.reason === 'stop'))
      return { answer: 'passed', facts: { suppressions: subscriber.suppressions.length } }
    return { answer: 'refused', facts: { scope: met.scope, reason: met.reason, at: met.at } }
  },
}

const consent: Check = {
  rule: 'consent',
  ask({ subscriber }, { basis, group }) {
    if (basis !== 'consent' || group === null) return { answer: 'passed', facts: { basis } }
    const given = subscriber.consents[group]
    const facts = { basis, group, granted: given?.granted ?? null, at: given?.at ?? null, how: given?.how ?? null }
    return { answer: given?.granted === true ? 'passed' : 'refused', facts }
  },
}

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

const hours: Check = {
  rule: 'hours',
  ask({ now, notBefore, expiresAt, subscriber }, rules) {
    if (rules.hours === 'any') return { answer: 'passed', facts: { hours: 'any' } }
    const at = notBefore !== null && notBefore > now ? notBefore : now
    const zones = possibleZones(subscriber)
    const when = opening(rules.hours, zones, at)
    const facts = { hours: rules.hours, zone: zones.length === 1 ? zones[0]! : null, zones: zones.length }
    if (when.open) return { answer: 'passed', facts }
    if (when.opensAt === null) return { answer: 'refused', facts: { ...facts, opensAt: null } }
    const opensAt = when.opensAt.toISOString()
    if (when.opensAt < expiresAt) return { answer: 'held', until: when.opensAt, facts: { ...facts, opensAt } }
    // A notice whose deadline comes before the window opens is worth more than the courtesy.
    return { answer: rules.hours === 'courtesy' ? 'passed' : 'refused', facts: { ...facts, opensAt, tooLate: true } }
  },
}

const checks: readonly Check[] = [number, suppression, consent, deadline, hours]

export function judge(facts: Facts): Verdict {
  const rules = rulesOf[facts.purpose]
  const explanation: Finding[] = []
  let until: Date | undefined
  for (const { rule, ask } of checks) {
    const answer = ask(facts, rules)
    explanation.push({ rule, answer: answer.answer, facts: answer.facts })
    if (answer.answer === 'refused') return { kind: 'refuse', rule, explanation }
    if (answer.answer === 'held' && (until === undefined || answer.until > until)) until = answer.until
  }
  return until === undefined ? { kind: 'go', explanation } : { kind: 'hold', until, explanation }
}

/** Asked again right before a text is written: a queue may have carried it past its hours. */
export const mayArriveNow = (
  purpose: Purpose,
  subscriber: { zone: string | null; country: string | null },
  expiresAt: Date,
  now: Date,
) => {
  const rules = rulesOf[purpose]
  const when = opening(rules.hours, rules.hours === 'any' ? [] : possibleZones(subscriber), now)
  if (when.open || (rules.hours === 'courtesy' && when.opensAt !== null && when.opensAt >= expiresAt))
    return { now: true } as const
  return { now: false, opensAt: when.opensAt } as const
}

/** The subscriber's own zone, else each zone their number's country has. */
const possibleZones = ({ zone, country }: { zone: string | null; country: string | null }) =>
  zone !== null ? [zone] : zonesOfCountry(country)

const groupNames: Record<string, string> = {
  titles: 'Titles',
  offers: 'Offers',
  security: 'Security alerts',
  account: 'Account and billing',
}

/** A line of the explanation in plain words. */
export function say({ rule, answer, facts }: Finding): string {
  switch (rule) {
    case 'number':
      return answer === 'passed'
        ? `There is a number to text${facts.country ? `, in ${facts.country}` : ''}.`
        : 'There is no number to text.'
    case 'suppression':
      if (answer === 'passed')
        return facts.suppressions === 0
          ? 'Nothing forbids texts to this number.'
          : 'What was stopped does not cover this text.'
      return `Texts of this kind to this number were ended (${facts.reason}, ${facts.scope}) on ${facts.at}.`
    case 'consent':
      if (facts.basis === 'asked') return 'The subscriber asked for this text just now; no consent is needed.'
      if (facts.basis === 'service') return 'This text serves the account; it needs no consent.'
      if (answer === 'passed')
        return `The subscriber agreed to ${groupNames[String(facts.group)]} on ${facts.at} (${facts.how}).`
      return facts.granted === false
        ? `The subscriber ended ${groupNames[String(facts.group)]} on ${facts.at}.`
        : `There is no proof that the subscriber agreed to ${groupNames[String(facts.group)]}.`
    case 'deadline':
      if (answer === 'refused') return `It would not be worth sending: its time ends at ${facts.expiresAt}.`
      return answer === 'held'
        ? `It is not to be sent before ${facts.notBefore}.`
        : `It is worth sending until ${facts.expiresAt}.`
    case 'hours':
      if (facts.hours === 'any') return 'A text of this purpose may arrive at any hour.'
      if (answer === 'held') return `It is outside ${facts.hours} hours there; it waits until ${facts.opensAt}.`
      if (answer === 'refused')
        return facts.opensAt === null
          ? 'The local time there is not known, so the hour can not be judged.'
          : `Its time ends before ${facts.hours} hours begin again at ${facts.opensAt}.`
      return facts.tooLate
        ? 'Its deadline comes before courtesy hours begin, so it goes out now.'
        : `It is within ${facts.hours} hours there.`
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
