// Where the streaming service is told what happened here: endpoints, deliveries, the feed.
import type { DeliveryFilter, OutgoingName, WebhookInput } from '@usher/contract/webhook'
import { outgoingNames } from '@usher/contract/webhook'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { record } from '../operator/audit.ts'
import type { Database, Statements } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { whyForbidden } from '../webhook/address.ts'
import type { Deliverer } from '../webhook/deliver.ts'
import {
  deliverAgain,
  deliverFailedAgain,
  listDeliveries,
  readDelivery,
  readDeliveryWhole,
} from '../webhook/delivery.ts'
import {
  changeEndpoint,
  dropEndpoint,
  endEndpoint,
  lockEndpoint,
  makeEndpoint,
  mostEndpoints,
  readEndpoints,
  replaceSecret,
} from '../webhook/endpoint.ts'
import { readFeed } from '../webhook/feed.ts'
import { tellOne } from '../webhook/spread.ts'
import { feedTypes, putFeedTypes } from '../webhook/wanted.ts'
import type { Caller, Handlers } from './call.ts'
import { Saying } from './problem.ts'

export interface WebhookDeskDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  /** Wall time: of the audit log, and of secrets that are being replaced. */
  wall: () => Date
  events: EventBus
  /** Addresses that may be called though they are private. */
  allow: readonly string[]
  deliverer: Deliverer
}

type Name =
  | 'listWebhooks'
  | 'createWebhook'
  | 'getWebhook'
  | 'putWebhook'
  | 'deleteWebhook'
  | 'replaceWebhookSecret'
  | 'testWebhook'
  | 'listDeliveries'
  | 'getDelivery'
  | 'replayDelivery'
  | 'replayFailed'
  | 'readFeed'
  | 'getFeedTypes'
  | 'putFeedTypes'

/** A secret is seen once, by whoever asked for it. */
const notKept = { 'cache-control': 'no-store' }

export function webhookDesk(deps: WebhookDeskDeps): Pick<Handlers, Name> {
  const { db, keys, clock, wall, allow, deliverer } = deps
  /** What an operator does is recorded with it; of an address only the host, for some carry a secret in their path. */
  const note = async (tx: Statements, { operator }: Caller, action: string, subject: string | null, detail = {}) => {
    if (operator) await record(tx, { at: wall(), operatorId: operator.id, action, subject, detail })
  }
  const hostOf = (url: string) => new URL(url).host
  const times = () => ({ now: clock.now(), wall: wall() })
  async function endpointOf(id: string) {
    const [endpoint] = await readEndpoints(db, times(), id)
    if (!endpoint) throw new Saying('unknownWebhook')
    return endpoint
  }
  function judgeAddress({ url }: WebhookInput): void {
    const why = whyForbidden(new URL(url), allow)
    if (why) throw new Saying('forbiddenAddress', why)
  }
  /** Locks it, so that it stays active until what is meant for it is there. */
  async function activeOf(tx: Statements, id: string) {
    const endpoint = await lockEndpoint(tx, id)
    if (!endpoint) throw new Saying('unknownWebhook')
    if (endpoint.state !== 'active') throw new Saying('webhookNotActive', `It is ${endpoint.state}.`)
    return endpoint
  }
  async function deliveryOf(id: string) {
    const delivery = await readDelivery(db, id)
    if (!delivery) throw new Saying('unknownDelivery')
    return delivery
  }

  return {
    listWebhooks: async ({ c }) => c.json({ items: await readEndpoints(db, times()) }),

    async createWebhook({ c, caller, body }) {
      const input = body as WebhookInput
      judgeAddress(input)
      const made = await db.transaction(async tx => {
        const made = await makeEndpoint(tx, keys, input, clock.now())
        if (!made) throw new Saying('tooManyEndpoints', `There may be ${mostEndpoints}.`)
        const { types, state } = input
        await note(tx, caller, 'webhook.made', made.id, { host: hostOf(input.url), types, state })
        return made
      })
      return c.json({ secret: made.secret, endpoint: await endpointOf(made.id) }, 201, notKept)
    },

    getWebhook: async ({ c, params }) => c.json(await endpointOf(params.id!)),

    async putWebhook({ c, caller, params, body }) {
      const id = params.id!
      const input = body as WebhookInput
      judgeAddress(input)
      await db.transaction(async tx => {
        const before = await changeEndpoint(tx, id, input)
        if (!before) throw new Saying('unknownWebhook')
        await note(tx, caller, 'webhook.changed', id, {
          host: hostOf(input.url),
          types: input.types,
          state: input.state,
          before: { host: hostOf(before.url), types: before.types, state: before.state },
        })
      })
      deliverer.wake()
      return c.json(await endpointOf(id))
    },

    async deleteWebhook({ c, caller, params }) {
      const id = params.id!
      await db.transaction(async tx => {
        const before = await endEndpoint(tx, id)
        if (!before) throw new Saying('unknownWebhook')
        await note(tx, caller, 'webhook.deleted', id, { host: hostOf(before.url) })
      })
      while (!(await dropEndpoint(db, id, db.batch)));
      return c.body(null, 204)
    },

    async replaceWebhookSecret({ c, caller, params }) {
      const id = params.id!
      const { secret } = await db.transaction(async tx => {
        const replaced = await replaceSecret(tx, keys, id, wall())
        if (!replaced) throw new Saying('unknownWebhook')
        await note(tx, caller, 'webhook.secret_replaced', id, { host: hostOf(replaced.url) })
        return replaced
      })
      return c.json({ secret, endpoint: await endpointOf(id) }, 200, notKept)
    },

    async testWebhook({ c, caller, params }) {
      const id = params.id!
      const delivery = await db.transaction(async tx => {
        const { url } = await activeOf(tx, id)
        const delivery = await tellOne(tx, { type: 'webhook.test', endpoint: id, at: clock.now() })
        await note(tx, caller, 'webhook.tested', id, { host: hostOf(url) })
        return delivery
      })
      const answer = await deliveryOf(delivery!)
      deliverer.wake()
      return c.json(answer, 202)
    },

    async listDeliveries({ c, params, query }) {
      const id = params.id!
      await endpointOf(id)
      return c.json(await listDeliveries(db, id, query as DeliveryFilter))
    },

    async getDelivery({ c, params }) {
      const delivery = await readDeliveryWhole(deps, params.id!)
      if (!delivery) throw new Saying('unknownDelivery')
      return c.json(delivery)
    },

    async replayDelivery({ c, caller, params }) {
      const { id, endpoint } = await deliveryOf(params.id!)
      await db.transaction(async tx => {
        const { url } = await activeOf(tx, endpoint)
        await deliverAgain(tx, id, clock.now())
        await note(tx, caller, 'delivery.replayed', id, { host: hostOf(url) })
      })
      const answer = await deliveryOf(id)
      deliverer.wake()
      return c.json(answer, 202)
    },

    async replayFailed({ c, caller, params, body }) {
      const id = params.id!
      const { since } = body as { since?: string }
      const slice = { since: new Date(since ?? 0), now: clock.now(), limit: db.batch }
      let replayed = 0
      for (let last = slice.limit; last === slice.limit; replayed += last)
        last = await db.transaction(async tx => {
          const { url } = await activeOf(tx, id)
          // Recorded with the first slice, before it is known how many there are.
          if (replayed === 0)
            await note(tx, caller, 'delivery.replayed', id, { host: hostOf(url), since: since ?? null })
          return deliverFailedAgain(tx, id, slice)
        })
      deliverer.wake()
      return c.json({ replayed }, 202)
    },

    async readFeed({ c, query }) {
      const { after, types, limit } = query as { after?: string; types?: string; limit: number }
      return c.json(await readFeed(deps, { after: Number(after ?? 0), types: readTypes(types), limit }))
    },

    getFeedTypes: async ({ c }) => c.json({ types: await feedTypes(db) }),

    async putFeedTypes({ c, caller, body }) {
      const types = [...new Set((body as { types: OutgoingName[] }).types)]
      await db.transaction(async tx => {
        const before = await putFeedTypes(tx, types)
        await note(tx, caller, 'feed.types_set', null, { before, after: types })
      })
      return c.json({ types })
    },
  }
}

/** Null where all are asked for. */
function readTypes(asked: string | undefined): OutgoingName[] | null {
  const names = (asked ?? '').split(',').flatMap(name => name.trim() || [])
  const known = names.filter((name): name is OutgoingName => (outgoingNames as readonly string[]).includes(name))
  if (known.length < names.length)
    throw new Saying('invalidRequest', undefined, [
      { at: 'query.types', detail: `The types are ${outgoingNames.join(', ')}.` },
    ])
  return names.length === 0 ? null : known
}
