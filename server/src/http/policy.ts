// Consent and policy over the API: what a subscriber said, what the rules are, and whether a text would go out. A policy that
// is only proposed is asked by the same doors: it is given, judged by, and forgotten.
import { isDeepStrictEqual } from 'node:util'
import { type DecisionQuestion, type Policy, PolicyInput } from '@usher/contract/policy'
import { type DecideDeps, decide } from '../message/decide.ts'
import { regionsThatChange, waitingUnder } from '../message/policy-preview.ts'
import { record } from '../operator/audit.ts'
import type { WatchedSetting } from '../store/setting.ts'
import { listConsents } from '../subscriber/consent.ts'
import { meant, problemsOf, widerThanShipped } from '../subscriber/region-overrides.ts'
import { findSubscriber } from '../subscriber/subscriber.ts'
import type { Handlers } from './call.ts'
import { Saying } from './problem.ts'

export interface PolicyDeskDeps extends Omit<DecideDeps, 'policy'> {
  wall: () => Date
  policy: WatchedSetting<Policy>
}

type Name = 'listConsents' | 'previewDecision' | 'getPolicy' | 'putPolicy' | 'previewPolicy'

export function policyDesk({ wall, policy, ...deps }: PolicyDeskDeps): Pick<Handlers, Name> {
  const { db, keys, clock } = deps
  return {
    async listConsents({ c, params }) {
      const row = await findSubscriber(db, params.id!)
      if (!row) throw new Saying('unknownSubscriber')
      return c.json({ items: await listConsents(db, keys, row) })
    },
    async previewDecision({ c, body }) {
      const { policy: proposed, ...question } = body as DecisionQuestion
      const judgedBy = proposed === undefined ? policy.current() : asMeant(possible(proposed))
      const decision = await decide({ ...deps, policy: () => judgedBy }, question)
      if ('problem' in decision) throw new Saying('unknownRecipient')
      return c.json(decision)
    },
    getPolicy: ({ c }) => c.json(policy.current()),
    async putPolicy({ c, caller, body }) {
      const next = possible(body)
      refuseUnsaidWidening(next)
      await db.transaction(async tx => {
        const before = await policy.put(tx, next)
        const detail = changesOf(before, next)
        await record(tx, { at: wall(), operatorId: caller.operator?.id ?? null, action: 'policy.changed', detail })
      })
      await policy.refresh()
      return c.json(policy.current())
    },
    async previewPolicy({ c, body }) {
      const after = possible(body).regions
      const before = policy.current().regions
      const regions = regionsThatChange(before, after, clock.now())
      const waiting = await waitingUnder(db, before, meant(after), clock.now())
      return c.json({ regions, waiting })
    },
  }
}

/** A policy as it would be in force; refused where its regions can't be. */
function possible(input: PolicyInput): Policy {
  const read = PolicyInput.parse(input)
  const problems = problemsOf(read.regions)
  const [first] = problems
  if (first) {
    const errors = problems.map(({ region, detail }) => ({ at: `body.regions.${region}`, detail }))
    throw new Saying(first.problem === 'unknown_region' ? 'unknownRegion' : 'neverOpens', first.detail, errors)
  }
  return read
}

const asMeant = (policy: Policy): Policy => ({ ...policy, regions: meant(policy.regions) })

function refuseUnsaidWidening({ regions }: Policy): void {
  const errors = Object.keys(regions)
    .filter(region => regions[region]!.widens === undefined)
    .flatMap(region =>
      widerThanShipped(region, regions).map(detail => ({
        at: `body.regions.${region}`,
        detail: `${region}: ${detail}`,
      })),
    )
  if (errors.length > 0)
    throw new Saying(
      'widerThanShipped',
      `Say in widens why it may be. ${errors.map(one => one.detail).join(' ')}`,
      errors,
    )
}

/** The fields that changed, as they were and as they are; of regions those that changed. */
function changesOf(before: Policy, after: Policy) {
  const fields = (Object.keys(after) as (keyof Policy)[]).filter(
    field => !isDeepStrictEqual(before[field], after[field]),
  )
  const regions = Object.keys({ ...before.regions, ...after.regions }).filter(
    region => !isDeepStrictEqual(before.regions[region], after.regions[region]),
  )
  const pick = (policy: Policy) =>
    Object.fromEntries(regions.flatMap(one => (policy.regions[one] ? [[one, policy.regions[one]]] : [])))
  const of = (policy: Policy, field: keyof Policy) => (field === 'regions' ? pick(policy) : policy[field])
  return Object.fromEntries(fields.map(field => [field, { before: of(before, field), after: of(after, field) }]))
}
