// Where Orpheum is told what happened at Usher: it makes sure of its endpoint, verifies each call and remembers the last ones.
// How it behaves can be switched, so that one can watch a webhook fail, be tried again and arrive.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, UsherClient } from '@usher/contract/client'
import type { OutgoingName, ToldOf } from '@usher/contract/webhook'
import { verifyWebhook, WebhookProblem } from '@usher/contract/webhook-verify'

export type Endpoint = Answer<'getWebhook'>

export const behaviours = ['well', '500', 'slow', '410', '429'] as const
export type Behaviour = (typeof behaviours)[number]
export const isBehaviour = (name: unknown): name is Behaviour => behaviours.includes(name as Behaviour)

/**
 * How texts end, what people write back and what they follow, what of ours was bad, and whether a sign-in was theirs: each is worth a deed of somebody.
 * That a text was taken or handed over is not; it would be two calls more for each text.
 */
export const wanted: OutgoingName[] = [
  'message.delivered',
  'message.refused',
  'message.cancelled',
  'message.rejected',
  'message.undeliverable',
  'message.expired',
  'message.unanswered',
  'message.unconfirmed',
  'inbound.received',
  'link.clicked',
  'event.bad',
  'alert.denied',
  'alert.confirmed',
]

/** One call of Usher's. */
export interface Call {
  at: Date
  /** The webhook-id, as it was sent. */
  id: string
  /** Null where its signature was not Usher's: nothing in it is worth reading then. */
  told: ToldOf | null
  /** What was answered; null while it waits. */
  status: number | null
  fate: 'taken' | 'repeated' | 'turned_away' | 'forged' | 'waiting'
}

export interface ReceiverDeps {
  usher: Pick<UsherClient, 'listWebhooks' | 'getWebhook' | 'createWebhook' | 'putWebhook' | 'replaceWebhookSecret'>
  /** Where Usher is to call. */
  url: string
  /** Keeps the secret; without it a restart replaces it. */
  folder: string | undefined
  /** Hears each news once. */
  hear: (told: ToldOf<OutgoingName>) => void
  now: () => Date
  /** How long "slow" takes. */
  slowMs?: number
}

export interface Receiver {
  /** Makes sure that Usher calls here, and that the secret is known. */
  settle(): Promise<void>
  take(request: Request): Promise<Response>
  /** The newest first. */
  calls(): readonly Call[]
  behaviour: Behaviour
  /** Why Usher does not know where to call, while it does not; the back office says it. */
  trouble: string | undefined
  /** As Usher knows it; undefined while there is none. */
  endpoint(): Promise<Endpoint | undefined>
  /** Asks Usher to call again, after it was told 410 or somebody paused it. */
  reopen(): Promise<void>
  stop(): void
}

const description = 'Orpheum'
const remembered = 200
const slowMs = 30_000
const retryAfterSeconds = 30

export function receiver(deps: ReceiverDeps): Receiver {
  const { usher, url, now } = deps
  const calls: Call[] = []
  /** What was taken once is not taken again: the same webhook-id is the same news. */
  const taken = new Set<string>()
  const stopped = new AbortController()
  let kept = readKept(deps.folder)

  const keep = ({ endpoint, secret }: Answer<'createWebhook'>) => {
    kept = { endpoint: endpoint.id, secret }
    writeKept(deps.folder, kept)
    return endpoint
  }

  async function settle(): Promise<void> {
    const { items } = await usher.listWebhooks()
    const known = items.find(({ id }) => id === kept?.endpoint)
    // The secret is lost: the endpoint that is there gets a new one, rather than a second endpoint beside it.
    const lost = known ? undefined : items.find(one => one.url === url && one.description === description)
    const endpoint =
      known ??
      keep(
        lost
          ? await usher.replaceWebhookSecret(lost.id)
          : await usher.createWebhook({ url, description, types: wanted }),
      )
    const asks = [...endpoint.types].sort().join() === [...wanted].sort().join() && endpoint.url === url
    // Gone: the receiver said so before it was stopped, and behaves well now. What somebody paused stays paused.
    if (!asks || endpoint.state === 'gone') await put(endpoint, endpoint.state === 'paused' ? 'paused' : 'active')
  }
  const put = ({ id }: { id: string }, state: 'active' | 'paused') =>
    usher.putWebhook(id, { url, description, types: wanted, state })

  async function take(request: Request): Promise<Response> {
    const at = now()
    const id = (request.headers.get('webhook-id') ?? '').slice(0, 64)
    const told = kept ? await verified(request, kept.secret) : null
    const call: Call = { at, id, told, status: null, fate: 'waiting' }
    calls.unshift(call)
    calls.length = Math.min(calls.length, remembered)
    const answer = (status: number, fate: Call['fate'], headers: Record<string, string> = {}) => {
      Object.assign(call, { status, fate })
      return new Response(null, { status, headers })
    }
    if (!told) return answer(400, 'forged')
    switch (self.behaviour) {
      case '500':
        return answer(500, 'turned_away')
      case '410':
        return answer(410, 'turned_away')
      case '429':
        return answer(429, 'turned_away', { 'retry-after': String(retryAfterSeconds) })
      case 'slow':
        await pause(deps.slowMs ?? slowMs, stopped.signal)
    }
    if (taken.has(told.id)) return answer(204, 'repeated')
    taken.add(told.id)
    if (taken.size > 10 * remembered) taken.delete(taken.values().next().value!)
    deps.hear(told)
    return answer(204, 'taken')
  }

  const self: Receiver = {
    settle,
    take,
    calls: () => calls,
    behaviour: 'well',
    trouble: undefined,
    endpoint: async () => (kept ? usher.getWebhook(kept.endpoint) : undefined),
    async reopen() {
      if (kept) await put({ id: kept.endpoint }, 'active')
    },
    stop: () => stopped.abort(),
  }
  return self
}

const verified = (request: Request, secret: string): Promise<ToldOf | null> =>
  verifyWebhook(request, secret).catch(error => {
    if (error instanceof WebhookProblem) return null
    throw error
  })

interface Kept {
  endpoint: string
  secret: string
}

const fileIn = (folder: string) => join(folder, 'webhook.json')

function readKept(folder: string | undefined): Kept | undefined {
  if (folder === undefined) return undefined
  try {
    const { endpoint, secret } = JSON.parse(readFileSync(fileIn(folder), 'utf8')) as Partial<Kept>
    return typeof endpoint === 'string' && typeof secret === 'string' ? { endpoint, secret } : undefined
  } catch {
    return undefined // not there, or broken: it is replaced then
  }
}

function writeKept(folder: string | undefined, kept: Kept): void {
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileIn(folder), `${JSON.stringify(kept)}\n`, { mode: 0o600 })
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(end, ms)
    timer.unref()
    signal.addEventListener('abort', end, { once: true })
  })
}
