// How likely a sign-in is somebody else's, after Freeman et al., "Who Are You? A Statistical Approach to Measuring User
// Authenticity" (NDSS 2016): for each feature, how probable it is if anybody signed in, against how probable it is of this
// subscriber. Points are powers of ten of that ratio, so they add up; what statistics can't say has points of its own below.
//
// A value they had before: how likely a stranger would have it, against its share of theirs. A value that is new to them: how
// likely a stranger's is none of theirs, against how often something new came with them so far, which is what the values seen
// once tell (Good and Turing). So somebody who is always on the road, or a household of many devices, is not asked each time.
//
// Strangers are no sample of everyone (a service may be of one country): what is assumed of them is `strangersAre`.
import type { Agent } from './agent.ts'
import type { Change } from './habits.ts'
import { type Travel, travel } from './travel.ts'

/** What is kept of a sign-in to judge the next ones by. */
export interface Seen {
  at: Date
  country: string | null
  city: string | null
  asn: number | null
  place: { latitude: number; longitude: number } | null
  isHidden: boolean
  /** Keyed hashes of 8 bytes, as text. Of an address; of a device by what the service calls it. */
  address: string
  device: string | null
  agent: Agent
}

export interface Failure {
  at: Date
  address: string
  device: string | null
}

export interface History {
  /** Newest first: sign-ins that were theirs, as far as anybody knows. */
  accepted: readonly Seen[]
  /** Newest first. */
  failures: readonly Failure[]
}

export interface Attempt extends Seen {
  outcome: 'succeeded' | 'failed'
  factor: string | null
}

/** What came from this address within the window: how many accounts failed there, and tries in all. */
export interface AddressFacts {
  accounts: number
  failed: number
  tries: number
}

/** How often everyone has a value, among those who share `given`. */
export interface Everyone {
  share(feature: CountedFeature, value: string, given: string | null): number
}

export interface Rules {
  challengeAt: number
  denyAt: number
  historyDays: number
  travel: { km: number; kmPerHour: number }
  accounts: { count: number; minutes: number }
  failures: { count: number; minutes: number }
  silenceDays: number
}

export const countedFeatures = ['country', 'network', 'system', 'browser'] as const
export type CountedFeature = (typeof countedFeatures)[number]
export const features = [...countedFeatures, 'address', 'device'] as const
export type Feature = (typeof features)[number]

export const signals = [
  'impossible_travel',
  'many_accounts',
  'campaign',
  'failures_here',
  'failures_elsewhere',
  'silence',
  'hidden_network',
  'habits_changed',
] as const
export type Signal = (typeof signals)[number]

export type Finding =
  | {
      kind: 'feature'
      name: Feature
      /** As it is said; null where it is a hash. */
      value: string | null
      /** How many of theirs have it, of how many that could. */
      had: number
      of: number
      /** Probabilities: of a stranger, and of this subscriber. */
      strangers: number
      theirs: number
      points: number
    }
  | { kind: 'signal'; name: Signal; facts: Record<string, number>; points: number }

export type Answer = 'allow' | 'challenge' | 'deny'

/** What could not be asked, and why. */
export type Unasked = 'country' | 'network' | 'device' | 'travel_hidden' | 'travel_unknown' | 'clock' | 'first'

export interface Verdict {
  answer: Answer
  score: number
  /** The score without what strangers did to the account: only by that is anybody denied. */
  denyScore: number
  findings: Finding[]
  unasked: Unasked[]
  travel: Travel | null
}

/** Ours, in powers of ten: what the data of nobody's sign-ins can tell. */
export const points = {
  impossibleTravel: 2,
  manyAccounts: 2,
  campaign: 1,
  /** For each, up to `mostFailures` of them. */
  failure: 0.25,
  mostFailures: 4,
  silence: 0.5,
  hiddenNetwork: 0.5,
  habitsChanged: 1,
} as const

/** How probable it is that an attacker has the very device or address: a stolen cookie, a neighbour behind the same router. */
const shareOfOwn = 0.01
/** Added to what was seen once: nobody is so regular that nothing new ever comes, and devices come sooner than countries. */
const newness: Record<Feature, number> = {
  country: 0.1,
  network: 0.25,
  address: 0.5,
  device: 0.8,
  system: 0.6,
  browser: 0.3,
}
const mostNew = 0.9
/**
 * What strangers look like: some as everyone of this service does, some as nobody of it, from wherever their machines stand.
 * And some know whom they are after, and take what can be chosen: country, network, kind of device.
 */
const strangersAre = { likeEveryone: 0.35, likeNobody: 0.35, likeThem: 0.3 } as const

/** Factors that a stolen password does not open: whoever passed one was challenged already. */
export const strongFactors: ReadonlySet<string> = new Set(['code', 'passkey', 'totp', 'push', 'security_key'])

/** The values of a sign-in, each among those that share `given`: a network is asked only among networks of its country. */
export function valuesOf(seen: Seen): { name: Feature; value: string | null; given: string | null }[] {
  const { country, asn, agent, address, device } = seen
  const network = asn === null ? null : String(asn)
  const system = `${agent.system} ${agent.kind}`
  return [
    { name: 'country', value: country, given: null },
    { name: 'network', value: network, given: country ?? '' },
    { name: 'address', value: address, given: `${country ?? ''} ${network ?? ''}` },
    { name: 'device', value: device, given: null },
    { name: 'system', value: system, given: null },
    { name: 'browser', value: agent.browser, given: system },
  ]
}

export function judge(
  attempt: Attempt,
  history: History,
  everyone: Everyone,
  around: { address: AddressFacts; isCampaign: boolean; habits: Change },
  rules: Rules,
): Verdict {
  const from = attempt.at.getTime() - rules.historyDays * dayMs
  const accepted = history.accepted.filter(({ at }) => at.getTime() >= from)
  const findings: Finding[] = []
  const unasked: Unasked[] = []

  // One walk over the history for all features.
  const past = accepted.map(valuesOf)
  for (const [i, { name, value, given }] of valuesOf(attempt).entries()) {
    if (value === null) {
      if (name !== 'address') unasked.push(name as 'country' | 'network' | 'device') // only these can be unknown
      continue
    }
    const those = past.flatMap(values => {
      const one = values[i]!
      return one.value !== null && one.given === given ? [one.value] : []
    })
    if (those.length > 0) findings.push(compare(name, value, given, those, everyone))
  }
  if (accepted.length === 0) unasked.push('first')

  const isKnownDevice = attempt.device !== null && accepted.some(({ device }) => device === attempt.device)
  const signal = (name: Signal, facts: Record<string, number>, points: number) =>
    findings.push({ kind: 'signal', name, facts, points })

  const before =
    accepted.find(({ place, isHidden, at }) => place !== null && !isHidden && at <= attempt.at) ?? accepted[0]
  const way = before ? travel(before, attempt, rules.travel) : null
  if (way?.kind === 'impossible')
    signal(
      'impossible_travel',
      {
        km: Math.round(way.km),
        minutes: Math.round(way.hours * 60),
        kmPerHour: Math.round(Math.min(way.kmPerHour, 1e9)),
      },
      points.impossibleTravel,
    )
  else if (way?.kind === 'unknown')
    unasked.push(way.why === 'hidden' ? 'travel_hidden' : way.why === 'no_place' ? 'travel_unknown' : 'clock')

  const { address } = around
  if (address.accounts >= rules.accounts.count && address.failed >= 0.8 * address.tries)
    signal(
      'many_accounts',
      { accounts: address.accounts, failed: address.failed, tries: address.tries },
      points.manyAccounts,
    )

  // Whoever watches there may have signed in by now, so it is asked of devices that are known, too.
  if (around.habits.kind === 'sudden') {
    const { hours, newLanguage, newCountry } = around.habits.facts
    const facts = { hours, newLanguage: hundredths(newLanguage), newCountry: hundredths(newCountry) }
    signal('habits_changed', facts, points.habitsChanged)
  }

  if (accepted.length > 0 && !isKnownDevice) {
    if (around.isCampaign) signal('campaign', {}, points.campaign)
    const recent = history.failures.filter(
      ({ at }) => attempt.at.getTime() - at.getTime() <= rules.failures.minutes * 60_000 && at <= attempt.at,
    )
    const isHere = (one: Failure) =>
      one.address === attempt.address || (one.device !== null && one.device === attempt.device)
    const here = recent.filter(isHere).length
    const elsewhere = recent.length - here
    const weigh = (count: number) => Math.min(count, points.mostFailures) * points.failure
    if (attempt.outcome === 'succeeded' && here >= rules.failures.count)
      signal('failures_here', { failures: here }, weigh(here))
    if (attempt.outcome === 'succeeded' && elsewhere >= rules.failures.count)
      signal('failures_elsewhere', { failures: elsewhere }, weigh(elsewhere))
    const days = Math.floor((attempt.at.getTime() - accepted[0]!.at.getTime()) / dayMs)
    if (days >= rules.silenceDays) signal('silence', { days }, points.silence)
    if (attempt.isHidden && !accepted.some(({ isHidden }) => isHidden))
      signal('hidden_network', {}, points.hiddenNetwork)
  }

  const sum = (of: readonly Finding[]) => tenths(of.reduce((total, one) => total + one.points, 0))
  const score = sum(findings)
  const denyScore = sum(findings.filter(one => one.kind === 'feature' || !byStrangers.has(one.name)))
  const isStrong = attempt.factor !== null && strongFactors.has(attempt.factor)
  return { answer: answerTo({ score, denyScore, isStrong }, rules), score, denyScore, findings, unasked, travel: way }
}

/** What others do to an account may ask its owner for more, and never keeps them out. */
const byStrangers: ReadonlySet<Signal> = new Set(['failures_elsewhere', 'campaign'])

export const answerTo = (
  { score, denyScore, isStrong }: { score: number; denyScore: number; isStrong: boolean },
  { challengeAt, denyAt }: Pick<Rules, 'challengeAt' | 'denyAt'>,
): Answer => (denyScore >= denyAt ? 'deny' : score >= challengeAt && !isStrong ? 'challenge' : 'allow')

function compare(
  name: Feature,
  value: string,
  given: string | null,
  those: readonly string[],
  everyone: Everyone,
): Finding {
  const counts = new Map<string, number>()
  for (const one of those) counts.set(one, (counts.get(one) ?? 0) + 1)
  // What the first of all brought was new by necessity.
  const once = [...counts].filter(([one, count]) => count === 1 && one !== those.at(-1)).length
  const newOfTheirs = Math.min((once + newness[name]) / (those.length + 1), mostNew)
  const had = counts.get(value) ?? 0
  // Of a device or an address nobody can say how common it is, and nobody can take theirs by choosing.
  const strangers = isOwn(name)
    ? had > 0
      ? shareOfOwn
      : 1 - shareOfOwn
    : had > 0
      ? strangersAre.likeThem * (had / those.length) + strangersAre.likeEveryone * everyone.share(name, value, given)
      : strangersAre.likeNobody +
        strangersAre.likeEveryone *
          Math.max(0, 1 - [...counts.keys()].reduce((sum, one) => sum + everyone.share(name, one, given), 0))
  const theirs = had > 0 ? (1 - newOfTheirs) * (had / those.length) : newOfTheirs
  return {
    kind: 'feature',
    name,
    value: isOwn(name) ? null : value,
    ...{ had, of: those.length, strangers, theirs },
    points: Math.round(100 * Math.log10(strangers / theirs)) / 100,
  }
}

const isOwn = (name: Feature): name is 'address' | 'device' => name === 'address' || name === 'device'
const tenths = (points: number) => Math.round(points * 10) / 10 + 0 // no negative zero
const hundredths = (share: number) => Math.round(share * 100) / 100
const dayMs = 86_400_000

// ---- In words ------------------------------------------------------------------------------------------------------

const percent = (share: number) =>
  share >= 0.995 ? 'nearly all' : share < 0.005 ? 'fewer than 1%' : `${Math.round(share * 100)}%`
const signed = (points: number) => `${points > 0 ? '+' : ''}${points.toFixed(1)}`

const called: Record<Feature, string> = {
  country: 'country',
  network: 'network of that country',
  address: 'address of that network',
  device: 'device',
  system: 'kind of device',
  browser: 'browser or app there',
}

/** One sentence for each, with its numbers; `network` names what has only a number here. */
export function say(finding: Finding, network: string | null = null): string {
  const worth = `(${signed(finding.points)}).`
  if (finding.kind === 'signal') return `${saySignal(finding.name, finding.facts)} ${worth}`
  const { name, value, had, of, strangers, theirs } = finding
  const what = value === null ? '' : ` ${name === 'network' ? (network ?? `AS${value}`) : value},`
  const subject = `The ${called[name]}${what === '' ? '' : `,${what}`}`
  if (had > 0) {
    const told = `${subject} is theirs: ${had} of ${of} sign-ins had it`
    return isOwn(name) ? `${told} ${worth}` : `${told}, and ${percent(strangers)} of strangers' would ${worth}`
  }
  const theirShare = `something new comes with ${percent(theirs)} of their sign-ins`
  return isOwn(name)
    ? `${subject} is new to them: ${theirShare} ${worth}`
    : `${subject} is new to them: ${theirShare}, and with ${percent(strangers)} of strangers' ${worth}`
}

const grouped = (value: number) => value.toLocaleString('en-US')
const ago = (minutes: number) => (minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`)

function saySignal(name: Signal, facts: Record<string, number>): string {
  switch (name) {
    case 'impossible_travel':
      return `It is ${grouped(facts.km!)} km from their last sign-in, ${ago(facts.minutes!)} ago: nobody travels at ${grouped(facts.kmPerHour!)} km/h`
    case 'many_accounts':
      return `From this address ${facts.accounts} accounts were tried lately, and ${facts.failed} of ${facts.tries} tries failed`
    case 'campaign':
      return 'Just now passwords are being tried on many accounts, and the device is not one of theirs'
    case 'failures_here':
      return `It succeeds after ${facts.failures} failures from the same address or device, which are not known as theirs`
    case 'failures_elsewhere':
      return `It succeeds after ${facts.failures} failures from elsewhere, on a device that is not known as theirs`
    case 'silence':
      return `They had not signed in for ${facts.days} days, and the device is not one of theirs`
    case 'habits_changed':
      return `For ${facts.hours} hours of the last three days new devices watched in another country, while those at home went on`
    case 'hidden_network':
      return 'It comes through a data centre, a VPN or a relay, as none of theirs did'
  }
}

export const sayUnasked: Record<Unasked, string> = {
  country: 'The country of the address is not known, so it was not asked about.',
  network: 'The network of the address is not known, so it was not asked about.',
  device: 'No device was named, so it was not asked whether it is one of theirs.',
  travel_hidden:
    'One of the last two sign-ins came through a data centre, a VPN or a relay, so the way between them says nothing.',
  travel_unknown: 'Where they were is not known, so the way between two sign-ins was not judged.',
  clock: 'It is dated before their last sign-in, so the way between them was not judged.',
  first: 'It is the first sign-in that is known of them: there is nothing to compare it with.',
}

/** Security events by the names of OWASP's Logging Vocabulary Cheat Sheet. */
export function vocabularyOf({ outcome }: Pick<Attempt, 'outcome'>, findings: readonly Finding[]): string[] {
  const has = (name: Signal) => findings.some(one => one.kind === 'signal' && one.name === name)
  const events: string[] = [outcome === 'succeeded' ? 'authn_login_success' : 'authn_login_fail']
  if (has('failures_here') || has('failures_elsewhere')) events.push('authn_login_successafterfail')
  if (has('impossible_travel')) events.push('authn_impossible_travel')
  if (has('many_accounts') || has('campaign')) events.push('excess_rate_limit_exceeded')
  return events
}
