// Consent and policy over the API: what a subscriber said, what the rules are, and whether a text would go out.
import { type Policy, PolicyInput } from '@usher/contract/policy'
import { type DecideDeps, decide } from '../message/decide.ts'
import type { PolicyStore } from '../message/policy-store.ts'
import { record } from '../operator/audit.ts'
import { listConsents } from '../subscriber/consent.ts'
import { findSubscriber } from '../subscriber/subscriber.ts'
import type { Handlers } from './call.ts'
import { Saying } from './problem.ts'

export interface PolicyDeskDeps extends Omit<DecideDeps, 'policy'> {
  wall: () => Date
  policy: PolicyStore
}

type Name = 'listConsents' | 'previewDecision' | 'getPolicy' | 'putPolicy'

export function policyDesk({ wall, policy, ...deps }: PolicyDeskDeps): Pick<Handlers, Name> {
  const { db, keys } = deps
  return {
    async listConsents({ c, params }) {
      const row = await findSubscriber(db, params.id!)
      if (!row) throw new Saying('unknownSubscriber')
      return c.json({ items: await listConsents(db, keys, row) })
    },
    async previewDecision({ c, body }) {
      const decision = await decide({ ...deps, policy: policy.current }, body)
      if ('problem' in decision) throw new Saying('unknownRecipient')
      return c.json(decision)
    },
    getPolicy: ({ c }) => c.json(policy.current()),
    async putPolicy({ c, caller, body }) {
      const next = PolicyInput.parse(body)
      await db.transaction(async tx => {
        const before = await policy.put(tx, next)
        const changed = (Object.keys(next) as (keyof Policy)[]).filter(
          field => JSON.stringify(next[field]) !== JSON.stringify(before[field]),
        )
        const detail = Object.fromEntries(changed.map(field => [field, { before: before[field], after: next[field] }]))
        await record(tx, { at: wall(), operatorId: caller.operator?.id ?? null, action: 'policy.changed', detail })
      })
      await policy.refresh()
      return c.json(policy.current())
    },
  }
}
