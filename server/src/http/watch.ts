// What an operator watches and sets: how the line is doing, the carriers, the settings, the API keys.
import type { Scope } from '@usher/contract/access'
import type { Settings } from '@usher/contract/live'
import type { ApiKey } from '@usher/contract/operator'
import { version } from '@usher/contract/version'
import type { MovableClock } from '../clock.ts'
import type { Pulse } from '../insight/pulse.ts'
import { type LinkDomains, missing } from '../message/link-domains.ts'
import { record } from '../operator/audit.ts'
import type { Database } from '../store/database.ts'
import { createKey, listKeys, revokeKey } from './auth.ts'
import type { Caller, Handlers } from './call.ts'
import { Saying } from './problem.ts'

export interface WatchDeps {
  db: Database
  clock: MovableClock
  wall: () => Date
  pulse: Pulse
  domains: LinkDomains
  /** What this Usher was started with. */
  config: {
    service: string
    serviceHost: string
    contact: string
    demo: boolean
    prices: { currency: string }
  }
  /** The demo's background; null outside it. */
  life: { isOn(): Promise<boolean> } | null
  /** Addresses, by the name of their sender. */
  senders: () => Record<string, string>
  /** Which carriers are simulated. */
  simulated: () => Promise<string[] | undefined>
}

type Name = 'getLive' | 'listCarriers' | 'getSettings' | 'putLinkDomains' | 'listKeys' | 'createKey' | 'revokeKey'

export function watching({
  db,
  clock,
  wall,
  pulse,
  domains,
  config,
  life,
  senders,
  simulated,
}: WatchDeps): Pick<Handlers, Name> {
  const deed = (caller: Caller, action: string) => ({
    at: wall(),
    operatorId: caller.operator?.id ?? null,
    action,
  })
  return {
    async getLive({ c, query }) {
      const { minutes } = query as { minutes: number }
      return c.json(await pulse.live(minutes))
    },

    listCarriers: async ({ c }) => c.json({ items: await pulse.carriers() }),

    async getSettings({ c }) {
      const carriers = config.demo ? await simulated() : []
      const settings: Settings = {
        service: config.service,
        serviceHost: config.serviceHost,
        contact: config.contact,
        version,
        isDemo: config.demo,
        ...(carriers ? { simulated: carriers } : {}),
        senders: senders(),
        currency: config.prices.currency,
        linkDomains: [...domains.current()],
        ownDomains: [...domains.own],
        clock: { now: clock.now().toISOString(), aheadMs: Math.round(clock.aheadMs) },
        life: life && { isOn: await life.isOn() },
      }
      return c.json(settings)
    },

    async putLinkDomains({ c, caller, body }) {
      const wanted = [...new Set((body as { domains: string[] }).domains)]
      const lacking = missing(domains.own, wanted)
      if (lacking.length > 0)
        throw new Saying('ownDomainMissing', `Usher's own texts link to ${lacking.join(' and ')}: keep that.`)
      await db.transaction(async tx => {
        const before = await domains.put(tx, wanted)
        await record(tx, { ...deed(caller, 'link_domains.changed'), detail: { before, after: wanted } })
      })
      await domains.refresh()
      return c.json({ domains: wanted })
    },

    async listKeys({ c }) {
      const items = (await listKeys(db)).map(
        ({ id, name, scopes, created_at, revoked_at }): ApiKey => ({
          id,
          name,
          scopes,
          createdAt: created_at.toISOString(),
          revokedAt: revoked_at?.toISOString() ?? null,
        }),
      )
      return c.json({ items })
    },

    async createKey({ c, caller, body }) {
      const { name, scopes } = body as { name: string; scopes: Scope[] }
      const made = await db.transaction(async tx => {
        const made = await createKey(tx, clock, name, [...new Set(scopes)])
        await record(tx, { ...deed(caller, 'key.created'), subject: made.id, detail: { name, scopes } })
        return made
      })
      return c.json(made, 201, { 'cache-control': 'no-store' })
    },

    async revokeKey({ c, caller, params }) {
      const id = params.id!
      await db.transaction(async tx => {
        if (!(await revokeKey(tx, clock, id))) throw new Saying('unknownKey')
        await record(tx, { ...deed(caller, 'key.revoked'), subject: id })
      })
      return c.body(null, 204)
    },
  }
}
