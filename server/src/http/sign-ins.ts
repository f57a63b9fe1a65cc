// Sign-ins over the API: told and answered, listed, settled; the rules that they are judged by, and what others would have come to.
import type {
  JudgedSignIn,
  NewSignIn,
  SignIn,
  SignInFilter,
  SignInRules,
  SignInSettlement,
  SignInThresholds,
} from '@usher/contract/sign-in'
import { SignInRulesInput } from '@usher/contract/sign-in'
import { scoreCounts, scoreDays } from '../account/everyone.ts'
import type { Places } from '../account/place.ts'
import { answerTo, type Finding, say, sayUnasked } from '../account/risk.ts'
import { listSignIns, type SignInDeps, type SignInRow, type SignIns, settleSignIn, unpack } from '../account/sign-in.ts'
import type { SignInRulesStore } from '../account/sign-in-rules.ts'
import { record } from '../operator/audit.ts'
import type { Handlers } from './call.ts'
import { Saying } from './problem.ts'

export interface SignInDeskDeps extends Pick<SignInDeps, 'db' | 'clock' | 'tallies'> {
  wall: () => Date
  signIns: SignIns
  places: Places
  rules: SignInRulesStore
  /** Sends a code for a sign-in that is challenged, and answers the id of its verification. */
  challenge?: (signIn: SignInRow) => Promise<string | null>
}

type Name =
  | 'tellSignIn'
  | 'listSignIns'
  | 'settleSignIn'
  | 'getSignInRules'
  | 'putSignInRules'
  | 'previewSignInRules'
  | 'listPlaceSources'

export function signInDesk(deps: SignInDeskDeps): Pick<Handlers, Name> {
  const { db, clock, wall, signIns, places, rules } = deps
  return {
    async tellSignIn({ c, body }) {
      const { at, device = null, factor = null, ...rest } = body as NewSignIn
      const told = await signIns.tell({ ...rest, device, factor, at: at === undefined ? clock.now() : new Date(at) })
      if (told.kind === 'unknown') throw new Saying('unknownRecipient')
      const { row } = told
      const verification =
        row.answer === 'challenge' && row.outcome === 'succeeded' && deps.challenge ? await deps.challenge(row) : null
      const { challengeAt, denyAt } = rules.current()
      const answer: JudgedSignIn = { ...viewSignIn(row, places), thresholds: { challengeAt, denyAt }, verification }
      return c.json(answer, 201)
    },
    async listSignIns({ c, query }) {
      const { items, next } = await listSignIns(db, query as SignInFilter)
      return c.json({ items: items.map(row => viewSignIn(row)), next })
    },
    async settleSignIn({ c, params, body }) {
      const row = await settleSignIn(deps, params.id!, (body as SignInSettlement).isTheirs)
      if (row === undefined) throw new Saying('unknownSignIn')
      if (row === 'settled') throw new Saying('signInSettled')
      return c.json(viewSignIn(row))
    },
    getSignInRules: ({ c }) => c.json(rules.current()),
    async putSignInRules({ c, caller, body }) {
      const next = SignInRulesInput.parse(body)
      await db.transaction(async tx => {
        const { before, after } = await rules.put(tx, next)
        const changed = (Object.keys(next) as (keyof SignInRules)[]).filter(
          field => JSON.stringify(after[field]) !== JSON.stringify(before[field]),
        )
        const detail = {
          version: after.version,
          ...Object.fromEntries(changed.map(field => [field, { before: before[field], after: after[field] }])),
        }
        await record(tx, {
          at: wall(),
          operatorId: caller.operator?.id ?? null,
          action: 'sign_in_rules.changed',
          detail,
        })
      })
      await rules.refresh()
      return c.json(rules.current())
    },
    async previewSignInRules({ c, body }) {
      const counts = await scoreCounts(db, clock.now())
      const came = (thresholds: SignInThresholds) => {
        const sums = { allow: 0, challenge: 0, deny: 0 }
        for (const { count, ...judged } of counts) sums[answerTo(judged, thresholds)] += count
        return sums
      }
      return c.json({
        days: scoreDays,
        signIns: counts.reduce((sum, { count }) => sum + count, 0),
        inForce: came(rules.current()),
        proposed: came(body as SignInThresholds),
      })
    },
    listPlaceSources: ({ c }) =>
      c.json({
        items: places.sources().map(source => ({ ...source, builtAt: source.builtAt?.toISOString() ?? null })),
      }),
  }
}

/** Points below that decide nothing. */
const leastOfReason = 0.3

function viewSignIn(row: SignInRow, places?: Places): SignIn {
  const findings = row.findings.map(unpack)
  const device = findings.find(one => one.kind === 'feature' && one.name === 'device')
  // What stands against it comes first; where nothing does, what speaks for it.
  const against = findings.filter(({ points }) => points >= leastOfReason).sort((a, b) => b.points - a.points)
  const forIt = findings.filter(({ points }) => points <= -leastOfReason).sort((a, b) => a.points - b.points)
  const sentence = (finding: Finding) => say(finding, row.network)
  const away = places?.sources().filter(({ state }) => state !== 'read') ?? []
  return {
    ...{ id: row.id, subscriber: row.subscriber, at: row.at.toISOString(), outcome: row.outcome, factor: row.factor },
    ...{ answer: row.answer, score: Math.round(row.score * 10) / 10 },
    reasons: (against.length > 0 ? against : forIt).map(sentence),
    features: findings.flatMap(one =>
      one.kind === 'feature'
        ? [
            {
              ...{ feature: one.name, value: one.value, had: one.had, of: one.of },
              ...{
                strangers: digits(one.strangers),
                theirs: digits(one.theirs),
                points: one.points,
                sentence: sentence(one),
              },
            },
          ]
        : [],
    ),
    signals: findings.flatMap(one =>
      one.kind === 'signal'
        ? [{ signal: one.name, facts: one.facts, points: one.points, sentence: sentence(one) }]
        : [],
    ),
    missing: [
      ...row.unasked.map(what => sayUnasked[what]),
      ...away.map(({ kind, from, state }) => `The data about the ${kind} of addresses (${from}) is ${state}.`),
    ],
    place: {
      ...{ country: row.country, city: row.city, network: row.network },
      ...{ asn: row.asn === null ? null : Number(row.asn), isHidden: row.is_hidden },
    },
    device: {
      ...{ kind: row.kind, system: row.system, browser: row.browser },
      isKnown: device?.kind === 'feature' ? device.had > 0 : null,
    },
    isTheirs: row.is_theirs,
  }
}

const digits = (value: number) => Number(value.toPrecision(3))
