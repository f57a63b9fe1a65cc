// Carriers, senders and routes, as an operator keeps them. Each change is a version with its line in the audit log.
import type {
  CarrierInput,
  LineVersion,
  RouteAnswer,
  RouteQuestion,
  RoutesInput,
  SenderInput,
} from '@usher/contract/carrier'
import type { Channels } from '../carrier/channels.ts'
import type { Health } from '../carrier/health.ts'
import {
  carrierDocument,
  type LineAnswer,
  type LineChange,
  type LineNow,
  type LineStore,
  problemsOf,
  viewLine,
} from '../carrier/line.ts'
import { type LineDocument, type Prices, router } from '../carrier/route.ts'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { record } from '../operator/audit.ts'
import type { Database, Statements } from '../store/database.ts'
import { type AllowedRange, readNumber } from '../subscriber/number.ts'
import type { Caller, Handlers } from './call.ts'
import { Saying } from './problem.ts'

export interface CarriersDeps {
  db: Database
  clock: Clock
  wall: () => Date
  events: EventBus
  line: LineStore
  health: Health
  prices: Prices
  channels: Channels | undefined
  /** Asks the other processes to bind again. */
  askReconnect: (carrier: string) => Promise<void>
  publicUrl: () => string
  allowedRanges: readonly AllowedRange[]
}

type Name =
  | 'getLine'
  | 'putCarrier'
  | 'deleteCarrier'
  | 'reconnectCarrier'
  | 'putSender'
  | 'deleteSender'
  | 'putRoutes'
  | 'tryRoute'
  | 'listLineVersions'
  | 'restoreLine'

export function carrierDesk(deps: CarriersDeps): Pick<Handlers, Name> {
  const { db, clock, wall, line, health, prices, publicUrl, allowedRanges } = deps
  const view = (now: LineNow) => viewLine(now, publicUrl())

  /** Changes the line, with its line in the audit log; the problems of what was given are said with where they are. */
  async function change(
    caller: Caller,
    action: string,
    subject: string,
    what: string,
    asked: Pick<LineChange, 'from' | 'edit' | 'secrets'>,
    unknown: 'unknownCarrier' | 'unknownSender' | 'unknownVersion' = 'unknownVersion',
    place = '/nowhere',
    strip = place,
  ) {
    const at = wall()
    const operatorId = caller.operator?.id ?? null
    const audited = (tx: Statements, before: LineNow) =>
      record(tx, {
        ...{ at, operatorId, action, subject },
        detail: { version: before.version + 1, ...(asked.secrets ? { secrets: Object.keys(asked.secrets) } : {}) },
      })
    const answer = await line.change({ at, operatorId, what, ...asked }, audited)
    return answered(answer, unknown, place, strip)
  }

  function answered(
    answer: LineAnswer,
    unknown: 'unknownCarrier' | 'unknownSender' | 'unknownVersion',
    place: string,
    strip: string,
  ) {
    switch (answer.kind) {
      case 'changed':
        return view(answer.now)
      case 'unknown':
        throw new Saying(unknown)
      case 'moved_on':
        throw new Saying('lineChanged', `It is at version ${answer.version} now.`)
      case 'wrong':
        // What lies in the thing that was given is told by its place there, so that a form can show it at its field.
        throw new Saying(
          'wrongLine',
          undefined,
          answer.problems.map(({ at, sentence }) => ({
            at: `${at}/`.startsWith(`${place}/`) ? `body.${dotted(at.slice(strip.length))}` : dotted(at),
            detail: sentence,
          })),
        )
    }
  }

  const put = <T extends { name: string }>(list: readonly T[], one: T): T[] =>
    list.some(({ name }) => name === one.name) ? list.map(old => (old.name === one.name ? one : old)) : [...list, one]
  const without = <T extends { name: string }>(list: readonly T[], name: string): T[] | 'unknown' =>
    list.some(one => one.name === name) ? list.filter(one => one.name !== name) : 'unknown'
  const fromOf = (query: unknown) => (query as { version?: number }).version

  return {
    async getLine({ c, query }) {
      const { version } = query as { version?: number }
      if (version === undefined) await line.refresh()
      const found = version === undefined ? line.current() : await line.version(version)
      if (!found) throw new Saying('unknownVersion')
      return c.json(view(found))
    },

    async putCarrier({ c, caller, params, query, body }) {
      const name = params.name!
      const input = body as CarrierInput
      const secrets = Object.fromEntries(
        Object.entries(input.secrets).filter(([, secret]) => secret !== undefined),
      ) as Record<string, string>
      const isNew = !line.current().document.carriers.some(one => one.name === name)
      const what = `carrier ${name} ${isNew ? 'added' : 'changed'}`
      return c.json(
        await change(
          caller,
          isNew ? 'carrier.added' : 'carrier.changed',
          name,
          what,
          {
            from: fromOf(query),
            edit: document => ({ ...document, carriers: put(document.carriers, carrierDocument(name, input)) }),
            ...(Object.keys(secrets).length > 0 ? { secrets: { [name]: secrets } } : {}),
          },
          'unknownCarrier',
          `/carriers/${name}`,
        ),
      )
    },

    async deleteCarrier({ c, caller, params, query }) {
      const name = params.name!
      const edit = (document: LineDocument) => {
        const carriers = without(document.carriers, name)
        return carriers === 'unknown' ? carriers : { ...document, carriers }
      }
      const asked = { from: fromOf(query), edit, secrets: { [name]: null } }
      return c.json(await change(caller, 'carrier.removed', name, `carrier ${name} removed`, asked, 'unknownCarrier'))
    },

    async reconnectCarrier({ c, caller, params }) {
      const name = params.name!
      if (!line.current().document.carriers.some(one => one.name === name)) throw new Saying('unknownCarrier')
      await record(db, {
        ...{ at: wall(), operatorId: caller.operator?.id ?? null },
        ...{ action: 'carrier.reconnected', subject: name },
      })
      deps.channels?.find(name)?.reconnect()
      await deps.askReconnect(name)
      return c.body(null, 204)
    },

    async putSender({ c, caller, params, query, body }) {
      const name = params.name!
      const isNew = !line.current().document.senders.some(one => one.name === name)
      const sender = { name, ...(body as SenderInput) }
      return c.json(
        await change(
          caller,
          isNew ? 'sender.added' : 'sender.changed',
          name,
          `sender ${name} ${isNew ? 'added' : 'changed'}`,
          { from: fromOf(query), edit: document => ({ ...document, senders: put(document.senders, sender) }) },
          'unknownSender',
          `/senders/${name}`,
        ),
      )
    },

    async deleteSender({ c, caller, params, query }) {
      const name = params.name!
      const edit = (document: LineDocument) => {
        const senders = without(document.senders, name)
        return senders === 'unknown' ? senders : { ...document, senders }
      }
      const asked = { from: fromOf(query), edit }
      return c.json(await change(caller, 'sender.removed', name, `sender ${name} removed`, asked, 'unknownSender'))
    },

    async putRoutes({ c, caller, body }) {
      const { routes, version } = body as RoutesInput
      const edit = (document: LineDocument) => ({ ...document, routes })
      return c.json(
        await change(
          caller,
          'routes.changed',
          'routes',
          'routes changed',
          { from: version, edit },
          'unknownVersion',
          '/routes',
          '',
        ),
      )
    },

    async tryRoute({ c, body }) {
      const { number, country, network, purpose, routes } = body as RouteQuestion
      const read = number === undefined ? undefined : readNumber(number, allowedRanges)
      if (typeof read === 'string') throw new Saying('invalidNumber')
      const now = line.current()
      const document = routes ? { ...now.document, routes } : now.document
      if (routes) {
        const problems = problemsOf(document, now.secrets, clock.now())
        if (problems.length > 0) answered({ kind: 'wrong', problems }, 'unknownVersion', '/routes', '')
      }
      const kind = {
        country: read?.country ?? country ?? null,
        network: network ?? read?.network ?? null,
        purpose,
      }
      const found = router(document, prices, health, () => clock.now()).explain(kind)
      return c.json({ country: kind.country, network: kind.network, ...found } satisfies RouteAnswer)
    },

    listLineVersions: async ({ c }) => c.json({ items: (await line.versions()) satisfies LineVersion[] }),

    async restoreLine({ c, caller, params }) {
      const number = Number(params.version)
      const old = await line.version(number)
      if (!old) throw new Saying('unknownVersion')
      const asked = { from: undefined, edit: () => old.document }
      return c.json(
        await change(
          caller,
          'line.restored',
          `version ${number}`,
          `back to version ${number}`,
          asked,
          'unknownVersion',
        ),
      )
    },
  }
}

/** A place as other problems write it. */
const dotted = (pointer: string) => pointer.replace(/^\//, '').replaceAll('/', '.')
