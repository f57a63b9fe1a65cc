// Builds Orpheum, the demo's streaming service: a program of its own that knows of Usher what every service knows, its API
// and its SDK.
import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import { createClient } from '@usher/contract/client'
import { alarm } from './alarm.ts'
import { arrivals } from './arrivals.ts'
import { type Background, background } from './background.ts'
import { codes } from './codes.ts'
import { teller, type Viewer } from './happenings.ts'
import { mails } from './mail.ts'
import { people } from './people.ts'
import type { Plan } from './plans.ts'
import { sessions } from './sessions.ts'
import { signIns } from './sign-ins.ts'
import { site } from './site.tsx'
import { subscribers } from './subscribers.ts'
import { type Receiver, receiver } from './webhooks.ts'

export interface OrpheumOptions {
  /** 0: any that is free. */
  port: number
  host?: string | undefined
  /** Where Usher answers. */
  usherUrl: string
  apiKey: string
  /** Where Usher makes short links. */
  linkIssuer: string
  /** Orpheum's own origin, as links name it; its pages may be elsewhere. */
  origin: string
  /** Where it keeps its webhook secret; without it, in memory. */
  folder?: string | undefined
  /** Whether things happen at Orpheum by themselves, while the demo's background is on. */
  hasLife?: boolean | undefined
  /** Where the simulated phones are. */
  phones?: string | undefined
  fetch?: typeof globalThis.fetch
  now?: () => Date
  random?: () => number
  /** How slowly passwords are hashed, as scrypt's N. */
  passwordCost?: number
  /** How long the receiver takes when it is told to be slow. */
  slowMs?: number
}

export interface Orpheum {
  url: string
  receiver: Receiver
  background: Background
  stop(): Promise<void>
}

/** How long until it asks again for its webhook endpoint when Usher does not answer. */
const againMs = 5_000

/** Resolves once it listens and Usher knows where to call, or has not answered. */
export async function startOrpheum(options: OrpheumOptions): Promise<Orpheum> {
  const { usherUrl, apiKey, host = '127.0.0.1', now = () => new Date(), random = Math.random } = options
  const request = options.fetch ?? globalThis.fetch
  const usher = createClient({ baseUrl: usherUrl, apiKey, fetch: request })
  const telling = teller(usher, `${options.origin}/app`, now)

  /** What was changed since it started; it is forgotten when it stops. */
  const planOf = new Map<string, Plan>()
  const viewerOf = (id: string): Viewer | undefined => {
    const found = subscribers.find(one => one.id === id)
    return found && { ...found, plan: planOf.get(id) ?? found.plan }
  }

  const arriving = arrivals({ usherUrl, issuer: options.linkIssuer, audience: options.origin, fetch: request, now })

  const everybody = people(options.passwordCost)
  const inside = sessions(now)
  const judging = signIns(usher)
  const mailing = mails(now)
  const asking = alarm({ usher, people: everybody, sessions: inside, signIns: judging, mails: mailing, now })

  // The address is known once it listens, and only then is Usher told of it.
  let fetch: Parameters<typeof serve>[0]['fetch'] = () => new Response(null, { status: 503 })
  const { server, port } = await listen((asked, env) => fetch(asked, env), host, options.port)
  const url = `http://localhost:${port}`
  const receiving = receiver({
    usher,
    url: `${url}/webhooks`,
    folder: options.folder,
    hear: asking.hear,
    now,
    ...(options.slowMs !== undefined && { slowMs: options.slowMs }),
  })
  const phones = options.phones ?? `${usherUrl}/phone`
  fetch = site({
    ...{ teller: telling, receiver: receiving, arrivals: arriving, viewerOf, host, now },
    ...{ usher, people: everybody, sessions: inside, codes: codes(usher), alarm: asking, signIns: judging },
    setPlan: ({ id }, plan) => planOf.set(id, plan),
    mails: mailing,
    reach: link => link.replace(options.linkIssuer, new URL('/o', phones).href),
    phones,
  }).fetch

  let again: NodeJS.Timeout | undefined
  let isStopped = false
  const settle = (): Promise<void> =>
    receiving.settle().catch(error => {
      receiving.trouble = error instanceof Error ? error.message : String(error)
      if (isStopped) return
      again = setTimeout(settle, againMs)
      again.unref()
    })
  await settle()

  const living = background({ usher, teller: telling, viewerOf, now, random })
  if (options.hasLife) living.start()

  return {
    url,
    receiver: receiving,
    background: living,
    async stop() {
      isStopped = true
      clearTimeout(again)
      living.stop()
      receiving.stop()
      await new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function listen(
  fetch: Parameters<typeof serve>[0]['fetch'],
  host: string,
  port: number,
): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, info => resolve({ server, port: info.port })) as Server
    server.once('error', reject)
  })
}
