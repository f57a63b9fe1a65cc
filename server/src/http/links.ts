// Short links over the API: made, listed, revoked; who followed them; the keys that verify their context.
import type { NewLink } from '@usher/contract/link'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { LinkSigner } from '../link/context.ts'
import {
  lifeOf,
  listClicks,
  listLinks,
  newCode,
  ownerOf,
  readLink,
  revokeLink,
  storeLinks,
  tellsWho,
} from '../link/link.ts'
import { destinationOf } from '../message/render.ts'
import { record } from '../operator/audit.ts'
import type { Database, Statements } from '../store/database.ts'
import { newId } from '../store/id.ts'
import type { KeyRing } from '../store/keys.ts'
import type { Caller, Handlers } from './call.ts'
import { Saying } from './problem.ts'

export interface LinkDeskDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  wall: () => Date
  events: EventBus
  /** The origin of short links; null: there are none. */
  linkUrl: string | null
  allowedDomains: () => readonly string[]
  signer: LinkSigner
}

type Name = 'createLink' | 'listLinks' | 'getLink' | 'revokeLink' | 'listClicks' | 'listLinkKeys'

export function linkDesk({ db, clock, wall, linkUrl, allowedDomains, signer }: LinkDeskDeps): Pick<Handlers, Name> {
  const note = async (tx: Statements, { operator }: Caller, action: string, subject: string, detail = {}) => {
    if (operator) await record(tx, { at: wall(), operatorId: operator.id, action, subject, detail })
  }
  return {
    async createLink({ c, caller, body }) {
      const asked = body as NewLink
      const { purpose } = asked
      if (linkUrl === null) throw new Saying('linksOff')
      const destination = destinationOf(asked.destination, allowedDomains())
      if (destination === undefined)
        throw new Saying('foreignDestination', 'Add its host to the link domains first, or lead elsewhere.')
      const now = clock.now()
      const life = lifeOf(purpose)
      if (life === null) throw wrong('purpose', 'A text with a code carries no link.')
      const latest = new Date(now.getTime() + life)
      const expiresAt = asked.expiresAt === undefined ? latest : new Date(asked.expiresAt)
      if (expiresAt <= now) throw wrong('expiresAt', 'It lies in the past.')
      if (asked.context === true && asked.subscriber === undefined)
        throw wrong('context', 'A context says who comes: name the subscriber, too.')
      const id = newId(now)
      const code = newCode()
      await db.transaction(async tx => {
        const owner = asked.subscriber === undefined ? null : await ownerOf(tx, asked.subscriber)
        if (owner === undefined) throw new Saying('unknownRecipient')
        const link = {
          ...{ id, code, destination, purpose, subscriber_id: owner, message_id: null },
          has_context: owner !== null && (asked.context ?? tellsWho(purpose)),
          expires_at: expiresAt < latest ? expiresAt : latest,
        }
        await tx.rows(storeLinks([link], now))
        await note(tx, caller, 'link.made', id, { purpose, host: new URL(destination).host })
      })
      const link = await readLink(db, id)
      return c.json({ url: `${linkUrl}/${code}`, link }, 201, { 'cache-control': 'no-store' })
    },

    listLinks: async ({ c, query }) => c.json(await listLinks(db, query)),

    async getLink({ c, params }) {
      const link = await readLink(db, params.id!)
      if (!link) throw new Saying('unknownLink')
      return c.json(link)
    },

    async revokeLink({ c, caller, params }) {
      const id = params.id!
      await db.transaction(async tx => {
        const isNew = await revokeLink(tx, id, clock.now())
        if (isNew) await note(tx, caller, 'link.revoked', id)
      })
      const link = await readLink(db, id)
      if (!link) throw new Saying('unknownLink')
      return c.json(link)
    },

    listClicks: async ({ c, query }) => c.json(await listClicks(db, query)),

    listLinkKeys: ({ c }) => c.json(signer.publicKeys(), 200, { 'cache-control': 'max-age=300' }),
  }
}

const wrong = (field: string, detail: string) =>
  new Saying('invalidRequest', undefined, [{ at: `body.${field}`, detail }])
