// Alerts over the API.
import type { AlertFilter, NewAlert } from '@usher/contract/alert'
import type { Alerts, RaiseProblem } from '../account/alert.ts'
import { type Handlers, readKey } from './call.ts'
import { type ProblemName, Saying } from './problem.ts'

type Name = 'raiseAlert' | 'listAlerts' | 'getAlert' | 'withdrawAlert'

const problemOf: Record<RaiseProblem, ProblemName> = {
  unknown_subscriber: 'unknownRecipient',
  no_key: 'idempotencyKeyMissing',
  key_reused: 'idempotencyKeyReused',
}

export function alertHandlers({ alerts }: { alerts: Alerts }): Pick<Handlers, Name> {
  return {
    async raiseAlert({ c, caller, body, text }) {
      const key = readKey(c.req.header('idempotency-key'))
      const raised = await alerts.raise(body as NewAlert, { caller: caller.id, key, body: text })
      if (typeof raised === 'string') throw new Saying(problemOf[raised])
      return c.json(raised.alert, raised.isNew ? 201 : 200)
    },
    listAlerts: async ({ c, query }) => c.json(await alerts.list(query as AlertFilter)),
    async getAlert({ c, params }) {
      const alert = await alerts.read(params.id!)
      if (!alert) throw new Saying('unknownAlert')
      return c.json(alert)
    },
    async withdrawAlert({ c, params }) {
      const alert = await alerts.withdraw(params.id!)
      if (typeof alert === 'string') throw new Saying(alert === 'unknown' ? 'unknownAlert' : 'alertOver')
      return c.json(alert)
    },
  }
}
