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
import { advise } from '../account/advice.ts'
import { scoreCounts, scoreDays } from '../account/everyone.ts'
import type { Places } from '../account/place.ts'
import { answerTo, type Finding, say, sayUnasked } from '../account/risk.ts'
import { listSignIns, type SignInDeps, type SignInRow, type SignIns, settleSignIn, unpack } from '../account/sign-in.ts'
import type { SignInRulesStore } from '../account/sign-in-rules.ts'
import type { Verifier } from '../account/verification.ts'
import { record } from '../operator/audit.ts'
import { urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'
import type { Handlers } from './call.ts'
import { Saying } from './problem.ts'

export interface SignInDeskDeps extends Pick<SignInDeps, 'db' | 'clock' | 'tallies'> {
  wall: () => Date
  signIns: SignIns
  places: Places
  rules: SignInRulesStore
  /** Sends the code of a sign-in that is challenged. */
  verifier: Pick<Verifier, 'start' | 'isAttacked'>
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
  const { db, clock, wall, signIns, places, rules, verifier } = deps
  /** The id of the verification; null where they had as many codes as they may, and something else has to be asked for. */
  async function challenge(
    { id, subscriber }: SignInRow,
    ip: string,
    device: string | null,
    { settles, ...code }: NonNullable<NewSignIn['code']> & { hasStronger: boolean },
  ): Promise<string | null> {
    const made = await verifier.start({
      subscriber,
      purpose: 'sign_in',
      ip,
      ...(device !== null && { device }),
      ...(settles && { signIn: id }),
      ...code,
    })
    return typeof made !== 'string' && 'id' in made ? made.id : null
  }
  const hasVoip = async (subscriber: string): Promise<boolean> => {
    const [row] = await db.rows<{ network: string | null }>(
      sql`select network from subscriber where external_id = ${subscriber} and erased_at is null`,
      urgency.strict,
    )
    return row?.network === 'voip'
  }
  return {
    async tellSignIn({ c, body }) {
      const { at, device = null, factor = null, code, hasStronger, ...rest } = body as NewSignIn
      const told = await signIns.tell({ ...rest, device, factor, at: at === undefined ? clock.now() : new Date(at) })
      if (told.kind === 'unknown') throw new Saying('unknownRecipient')
      const { row } = told
      const isChallenged = row.answer === 'challenge' && row.outcome === 'succeeded'
      const verification = code && isChallenged ? await challenge(row, rest.ip, device, { ...code, hasStronger }) : null
      const { challengeAt, denyAt } = rules.current()
      const answer: JudgedSignIn = {
        ...viewSignIn(row, places),
        thresholds: { challengeAt, denyAt },
        verification,
        advice: isChallenged
          ? advise({
              ...{ purpose: null, locale: null, hasStronger, isVoip: await hasVoip(rest.subscriber) },
              isAttacked: told.state.isOn || verifier.isAttacked(),
            })
          : null,
      }
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

export function viewSignIn(row: SignInRow, places?: Places): SignIn {
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
