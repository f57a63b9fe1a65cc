// The local admin socket: the command line reaches a running server through it, for the server alone holds the PGlite
// folder. Whoever can open the socket (mode 600) may administer.

import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { ordinaryScopes, type Scope, scopes } from '@usher/contract/access'
import { AuditCheckpoint, NewOperator } from '@usher/contract/operator'
import { Hono } from 'hono'
import type { Clock } from '../clock.ts'
import { record } from '../operator/audit.ts'
import { publicKeysOf, readChain } from '../operator/chain.ts'
import { inviteOperator, linkOf, listOperators, viewOperator } from '../operator/operator.ts'
import { verifyAudit } from '../operator/verify.ts'
import type { Database } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { createKey, listKeys, revokeKey } from './auth.ts'
import { ndjson } from './lines.ts'
import { rotateKeys } from './rotate.ts'

export interface AdminDeps {
  db: Database
  clock: Clock
  /** Wall time. */
  wall: () => Date
  /** Where browsers reach this server. */
  publicUrl: () => string
  /** Read where it is needed: most commands need none. */
  keys: () => KeyRing | Promise<KeyRing>
}

export function adminApp({ db, clock, wall, publicUrl, keys }: AdminDeps): Hono {
  const app = new Hono()
  // The audit log names nobody for these: whoever holds the socket is the machine's own administrator.
  const deed = (action: string, subject: string) => ({ at: wall(), operatorId: null, action, subject })
  app.get('/keys', async c => c.json(await listKeys(db)))
  app.post('/keys', async c => {
    const { name, scopes: asked } = await c.req.json<{ name: string; scopes?: Scope[] }>()
    const unknown = (asked ?? []).filter(scope => !scopes.includes(scope))
    if (unknown.length > 0)
      return c.json({ detail: `There is no scope ${unknown.join(', ')}. The scopes are ${scopes.join(', ')}.` }, 422)
    const made = await db.transaction(async tx => {
      const made = await createKey(tx, clock, name, asked ?? ordinaryScopes)
      await record(tx, { ...deed('key.created', made.id), detail: { name, scopes: asked ?? ordinaryScopes } })
      return made
    })
    return c.json(made, 201)
  })
  // NDJSON, as far as it is; it takes as long as there are rows.
  app.post('/keys/rotate', async () => {
    const rotated = rotateKeys({ db, keys: await keys(), wall })
    return new Response(
      ndjson(rotated, 1, async one => `${JSON.stringify(one)}\n`),
      {
        headers: { 'content-type': 'application/x-ndjson' },
      },
    )
  })
  app.delete('/keys/:id', async c => {
    const id = c.req.param('id')
    const isRevoked = await db.transaction(async tx => {
      const isRevoked = await revokeKey(tx, clock, id)
      if (isRevoked) await record(tx, deed('key.revoked', id))
      return isRevoked
    })
    return isRevoked ? c.body(null, 204) : c.json({ detail: 'There is no such key, or it is revoked already.' }, 404)
  })
  app.get('/operators', async c => c.json(await listOperators(db)))
  app.post('/operators', async c => {
    const asked = NewOperator.safeParse(await c.req.json())
    if (!asked.success)
      return c.json({ detail: asked.error.issues.map(at => `--${at.path.join('.')}: ${at.message}`).join('\n') }, 422)
    const { operator, token, expiresAt } = await inviteOperator(db, wall(), asked.data, null)
    return c.json({ operator: viewOperator(operator), link: linkOf(publicUrl(), token), expiresAt }, 201)
  })
  app.get('/audit/chain', async c => c.json(await readChain(db)))
  // NDJSON: how far it is, each fault, and the end; of a log of millions of lines this takes minutes.
  app.post('/audit/verify', async c => {
    const { publicKey, checkpoint } = await c.req.json<{ publicKey?: string; checkpoint?: unknown }>()
    const kept = checkpoint === undefined ? undefined : AuditCheckpoint.safeParse(checkpoint)
    if (kept && !kept.success)
      return c.json({ detail: 'The file has no checkpoint as `usher audit checkpoint` prints it.' }, 422)
    const keys = publicKey === undefined ? await publicKeysOf(db) : publicKeysIn(publicKey)
    if (keys === null)
      return c.json({ detail: 'The file has no public key as `usher audit key` prints it (PEM).' }, 422)
    const found = verifyAudit(db, { keys, kept: kept?.data })
    return new Response(
      ndjson(found, 1, async one => `${JSON.stringify(one)}\n`),
      {
        headers: { 'content-type': 'application/x-ndjson' },
      },
    )
  })
  return app
}

/** The keys of a PEM file; null where there is none, or one can't be read. */
function publicKeysIn(pem: string): KeyObject[] | null {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g)
  try {
    return blocks?.map(block => createPublicKey(block)) ?? null
  } catch {
    return null // what it says is no key
  }
}

/** Paths of sockets are short (107 bytes on Linux): a long one moves to the temporary folder, under a name made of it. */
export const socketPath = (path: string): string =>
  Buffer.byteLength(path) <= 100
    ? path
    : join(tmpdir(), `usher-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.sock`)

export async function listenAdmin(app: Hono, path: string): Promise<Server> {
  const socket = socketPath(path)
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 })
  // A killed server leaves its socket behind. Who holds the folder is settled already by its lock.
  rmSync(socket, { force: true })
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
  chmodSync(socket, 0o600)
  return server
}

/** Asks the running server; undefined where none listens. */
export async function askAdmin(
  path: string,
  method: string,
  url: string,
  body?: unknown,
): Promise<{ status: number; body: unknown } | undefined> {
  const answer = await openAdmin(path, method, url, body)
  if (!answer) return undefined
  let text = ''
  answer.setEncoding('utf8')
  for await (const piece of answer) text += piece
  return { status: answer.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) }
}

/** The same, for an answer that is read as it comes. */
export function openAdmin(
  path: string,
  method: string,
  url: string,
  body?: unknown,
): Promise<IncomingMessage | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { socketPath: socketPath(path), method, path: url, headers: { 'content-type': 'application/json' } },
      resolve,
    )
    asking.on('error', error =>
      /ENOENT|ECONNREFUSED/.test((error as NodeJS.ErrnoException).code ?? '') ? resolve(undefined) : reject(error),
    )
    asking.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
