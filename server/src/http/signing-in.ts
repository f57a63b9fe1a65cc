// The endpoints by which operators sign in, and by which they are invited and given roles.
import type { Session } from '@usher/contract/operator'
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { EventBus } from '../events.ts'
import { listAudit, record } from '../operator/audit.ts'
import { readChain } from '../operator/chain.ts'
import type { Challenges } from '../operator/challenge.ts'
import type { Company } from '../operator/company.ts'
import { changeOperator, inviteOperator, linkOf, listOperators, useLink, viewOperator } from '../operator/operator.ts'
import {
  addPasskey,
  askToAdd,
  askToSignIn,
  listPasskeys,
  removePasskey,
  signInWithPasskey,
} from '../operator/passkey.ts'
import { newTotp, setPassword, signInWithPassword } from '../operator/password.ts'
import type { Entered, Sessions, SignedIn } from '../operator/session.ts'
import type { Tries } from '../operator/tries.ts'
import type { Database } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import type { Handlers } from './call.ts'
import { answerProblem, Saying } from './problem.ts'

export interface SigningInDeps {
  db: Database
  keys: KeyRing
  /** Wall time. */
  wall: () => Date
  sessions: Sessions
  tries: Tries
  challenges: Challenges
  /** Where browsers reach this server. */
  publicUrl: () => string
  service: string
  isDemo: boolean
  /** Null where no company signs in here. */
  company: { name: string } | null
  /** Reverse proxies before this server: each adds the address it was asked from. */
  proxies: number
}

type SigningInName =
  | 'listOperators'
  | 'inviteOperator'
  | 'changeOperator'
  | 'listAudit'
  | 'auditChain'
  | 'signInWays'
  | 'getSession'
  | 'signInWithLink'
  | 'signInWithPassword'
  | 'passkeyChallenge'
  | 'signInWithPasskey'
  | 'signOut'
  | 'signOutEverywhere'
  | 'startTotp'
  | 'setPassword'
  | 'startPasskey'
  | 'addPasskey'
  | 'removePasskey'

/** Where the browser goes to sign in by its company. */
const startPath = '/console/oidc/start'

export function signingIn(deps: SigningInDeps): Pick<Handlers, SigningInName> {
  const { db, wall, sessions } = deps
  const entered = async (c: Context, answer: Entered) => {
    const me = answer.kind === 'entered' ? await sessions.greet(c, answer.begun) : undefined
    if (!me) throw new Saying('signInRefused')
    return c.json(await viewSession(db, me))
  }
  const out = (c: Context, me: SignedIn, everywhere: boolean) =>
    db.transaction(async tx => {
      if (everywhere) await sessions.endAll(tx, me.id)
      await sessions.end(c, tx, me.session)
      const line = { at: wall(), operatorId: me.id, action: 'operator.signed_out', subject: me.id }
      await record(tx, { ...line, detail: { everywhere } })
      return c.body(null, 204)
    })

  return {
    listOperators: async ({ c }) => c.json({ items: await listOperators(db) }),
    async inviteOperator({ c, caller, body }) {
      const { operator, token, expiresAt } = await inviteOperator(db, wall(), body, caller.id)
      const link = linkOf(deps.publicUrl(), token)
      return c.json({ operator: viewOperator(operator), link, expiresAt: expiresAt.toISOString() }, 201)
    },
    async changeOperator({ c, caller, params, body }) {
      const changed = await changeOperator(db, wall(), params.id!, body, caller.id)
      if (changed.kind === 'changed') return c.json(viewOperator(changed.operator))
      throw new Saying(changed.why === 'unknown_operator' ? 'unknownOperator' : 'lastAdministrator')
    },
    listAudit: async ({ c, query }) => c.json(await listAudit(db, query)),
    auditChain: async ({ c }) => c.json(await readChain(db)),

    signInWays: ({ c }) =>
      c.json({
        service: deps.service,
        isDemo: deps.isDemo,
        oidc: deps.company && { name: deps.company.name, url: startPath },
      }),
    getSession: async ({ c, caller }) => c.json(await viewSession(db, caller.operator!)),
    async signInWithLink({ c, body }) {
      const { token } = body as { token: string }
      const answer = await db.transaction(async (tx): Promise<Entered> => {
        const used = await useLink(tx, wall(), token)
        if (used.kind === 'used') return { kind: 'entered', begun: await sessions.begin(tx, used.operatorId, 'link') }
        const line = { at: wall(), operatorId: null, action: 'sign_in.failed', subject: used.operatorId }
        if (used.operatorId) await record(tx, { ...line, detail: { way: 'link' } })
        return { kind: 'refused' }
      })
      return entered(c, answer)
    },
    async signInWithPassword({ c, body }) {
      const said = body as { email: string; password: string; code: string }
      const answer = await signInWithPassword(deps, { ...said, address: addressOf(c, deps.proxies) })
      if (answer.kind === 'slowed')
        throw new Saying('signInSlowed', undefined, undefined, { 'retry-after': String(answer.seconds) })
      return entered(c, answer)
    },
    passkeyChallenge: async ({ c }) => c.json(await askToSignIn(deps)),
    signInWithPasskey: async ({ c, body }) => entered(c, await signInWithPasskey(deps, body)),
    signOut: ({ c, caller }) => out(c, caller.operator!, false),
    signOutEverywhere: ({ c, caller }) => out(c, caller.operator!, true),

    startTotp: ({ c, caller }) => c.json(newTotp(deps.service, caller.operator!.email)),
    async setPassword({ c, caller, body }) {
      const set = await setPassword(deps, caller.operator!, body)
      if (set.kind === 'set') return c.json(await viewSession(db, caller.operator!))
      throw set.why === 'wrong_secret'
        ? new Saying('invalidRequest', undefined, [{ at: 'body.secret', detail: 'It is not as startTotp gave it.' }])
        : new Saying(({ wrong_code: 'wrongCode', common_password: 'commonPassword' } as const)[set.why])
    },
    startPasskey: async ({ c, caller }) => c.json(await askToAdd(deps, caller.operator!)),
    async addPasskey({ c, caller, body }) {
      const passkey = await addPasskey(deps, caller.operator!, body)
      if (!passkey) throw new Saying('passkeyRefused')
      return c.json(passkey, 201)
    },
    async removePasskey({ c, caller, params }) {
      if (!(await removePasskey(deps, caller.operator!, params.id!))) throw new Saying('unknownPasskey')
      return c.body(null, 204)
    },
  }
}

async function viewSession(db: Database, me: SignedIn): Promise<Session> {
  const [has] = await db.rows<{ password: boolean; oidc: boolean }>(sql`
    select password_hash is not null as password, oidc_subject is not null as oidc from operator where id = ${me.id}`)
  return {
    operator: { id: me.id, name: me.name, email: me.email, role: me.role },
    permissions: [...me.permissions],
    csrf: me.csrf,
    startedAt: me.startedAt.toISOString(),
    idleEndsAt: me.idleEndsAt.toISOString(),
    endsAt: me.endsAt.toISOString(),
    ways: { password: has?.password ?? false, oidc: has?.oidc ?? false, passkeys: await listPasskeys(db, me.id) },
  }
}

/** The client's address, as the outermost of our own proxies saw it; what stands before that anybody could have written. */
export function addressOf(c: Context, proxies: number): string {
  const env = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined
  const socket = env?.incoming?.socket?.remoteAddress ?? 'unknown'
  const told = (c.req.header('x-forwarded-for') ?? '').split(',').map(address => address.trim())
  return (proxies > 0 && told.at(-proxies)) || socket
}

/** Where the company sends people, and takes them back from: pages, for a browser goes there. */
export function companyPages({
  company,
  sessions,
  publicUrl,
  events,
}: {
  company: Company | null
  sessions: Sessions
  publicUrl: () => string
  events: EventBus
}): Hono {
  const app = new Hono()
  const cookie = 'usher_oidc'
  const path = '/console/oidc'
  // Lax: it has to come back with a visit that the company's page begins.
  const flags = () =>
    ({ path, httpOnly: true, sameSite: 'Lax', secure: publicUrl().startsWith('https:'), maxAge: 300 }) as const
  const refused = (c: Context, error?: unknown) => {
    // Settings that do not fit are mended by who reads the log, not by who signs in.
    if (error) events.emit('work.failed', { what: 'signing in by the company', error: wordsOf(error) })
    setCookie(c, cookie, '', { ...flags(), maxAge: 0 })
    return c.redirect('/console#refused=oidc')
  }
  app.use(async (c, next) => {
    if (!company) return answerProblem(c, 'notFound')
    await next()
    c.header('cache-control', 'no-store')
  })
  app.get('/start', async c => {
    try {
      const { url, ticket } = await company!.begin()
      setCookie(c, cookie, ticket, flags())
      return c.redirect(url)
    } catch (error) {
      return refused(c, error)
    }
  })
  app.get('/callback', async c => {
    try {
      const answer = await company!.finish(new URL(c.req.url).search, getCookie(c, cookie))
      if (answer.kind === 'refused') return refused(c)
      setCookie(c, cookie, '', { ...flags(), maxAge: 0 })
      await sessions.greet(c, answer.begun)
      return c.redirect('/console')
    } catch (error) {
      return refused(c, error)
    }
  })
  return app
}

function wordsOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
