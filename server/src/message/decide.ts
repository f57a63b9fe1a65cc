// Whether a text would go out, and if not, when: the policy asked about people, with nothing sent. The same facts and the
// same checks as for a text that is.
import type { Decision, DecisionQuestion, Policy } from '@usher/contract/policy'
import type { Clock } from '../clock.ts'
import { type Database, type Urgency, urgency } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import type { AllowedRange } from '../subscriber/number.ts'
import { factsOf, type Loaded, loadFacts, type RecipientProblem } from './facts.ts'
import { type Finding, judge, say, type Verdict } from './policy.ts'
import { type Purpose, worthUntil } from './purpose.ts'

export interface DecideDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  policy: () => Policy
  allowedRanges: readonly AllowedRange[]
}

export interface Question {
  subscriber: string
  purpose: Purpose
  at?: Date | undefined
  notBefore?: Date | undefined
  expiresAt?: Date | undefined
}

/** Judges many at once, each as if it were asked alone; answers in order. Nothing is locked, and nothing is stored. */
export async function decideAll(
  deps: DecideDeps,
  questions: readonly Question[],
  rank: Urgency = urgency.report,
): Promise<(Verdict | RecipientProblem)[]> {
  const { judgeAt } = await loaded(deps, questions, rank)
  return questions.map((question, i) => judgeAt(i, question.at ?? deps.clock.now()))
}

async function loaded(deps: DecideDeps, questions: readonly Question[], rank: Urgency) {
  const now = deps.clock.now()
  const policy = deps.policy()
  const abouts = questions.map(({ subscriber, purpose }) => ({ to: { subscriber }, purpose, contentKey: null }))
  const read = { rows: <T>(query: Parameters<Database['rows']>[0]) => deps.db.rows<T>(query, rank) }
  const facts: Loaded = await loadFacts(deps, read, abouts, now, { locks: false, isToSend: false }, policy)
  return {
    judgeAt(i: number, at: Date): Verdict | RecipientProblem {
      const { purpose, notBefore = null, expiresAt: asked = null } = questions[i]!
      const recipient = facts.of(abouts[i]!)
      if (typeof recipient === 'string') return recipient
      const begins = notBefore !== null && notBefore > at ? notBefore : at
      const expiresAt = worthUntil(purpose, begins, asked)
      const text = { ...{ purpose, now: at, notBefore, expiresAt, spread: 0 }, contentKey: null }
      return judge(factsOf(recipient, facts.recent(recipient), policy, text))
    },
  }
}

const searchMs = 8 * 86_400_000
/** Each step passes a cap, a pause or a night. */
const mostSteps = 40

/** Whether this would go out, and when it would at the earliest if it were asked for later. */
export async function decide(
  deps: DecideDeps,
  { subscriber, purpose, ...times }: DecisionQuestion,
): Promise<Decision | { problem: RecipientProblem }> {
  const at = times.at === undefined ? deps.clock.now() : new Date(times.at)
  const notBefore = times.notBefore === undefined ? undefined : new Date(times.notBefore)
  const expiresAt = times.expiresAt === undefined ? undefined : new Date(times.expiresAt)
  const { judgeAt } = await loaded(deps, [{ subscriber, purpose, at, notBefore, expiresAt }], urgency.ordinary)
  const verdict = judgeAt(0, at)
  if (typeof verdict === 'string') return { problem: verdict }
  const leavesAt = verdict.kind === 'go' ? at : verdict.kind === 'hold' ? verdict.until : null
  let nextAt = leavesAt
  let then = at
  for (let step = 0, last: Verdict = verdict; nextAt === null && step < mostSteps; step++) {
    if (last.kind !== 'refuse' || last.againAt === null || last.againAt <= then) break
    then = last.againAt
    if (then.getTime() > at.getTime() + searchMs) break
    const again = judgeAt(0, then)
    if (typeof again === 'string') break
    last = again
    nextAt = again.kind === 'go' ? then : again.kind === 'hold' ? again.until : null
  }
  return {
    answer: verdict.kind === 'go' ? 'sent' : verdict.kind === 'hold' ? 'held' : 'refused',
    rule: verdict.kind === 'refuse' ? verdict.rule : null,
    at: at.toISOString(),
    leavesAt: leavesAt?.toISOString() ?? null,
    nextAt: nextAt?.toISOString() ?? null,
    rules: verdict.explanation.map((finding: Finding) => ({ ...finding, sentence: say(finding) })),
  }
}
