// The local admin socket: the command line reaches a running server through it, for the server alone holds the PGlite
// folder. Whoever can open the socket (mode 600) may administer.

import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { type Scope, scopes } from '@usher/contract/endpoints'
import { Hono } from 'hono'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import { createKey, listKeys, revokeKey } from './auth.ts'

export function adminApp({ db, clock }: { db: Database; clock: Clock }): Hono {
  const app = new Hono()
  app.get('/keys', async c => c.json(await listKeys(db)))
  app.post('/keys', async c => {
    const { name, scopes: asked } = await c.req.json<{ name: string; scopes?: Scope[] }>()
    const unknown = (asked ?? []).filter(scope => !scopes.includes(scope))
    if (unknown.length > 0)
      return c.json({ detail: `There is no scope ${unknown.join(', ')}. The scopes are ${scopes.join(', ')}.` }, 422)
    return c.json(await createKey(db, clock, name, asked ?? scopes), 201)
  })
  app.delete('/keys/:id', async c =>
    (await revokeKey(db, clock, c.req.param('id')))
      ? c.body(null, 204)
      : c.json({ detail: 'There is no such key, or it is revoked already.' }, 404),
  )
  return app
}

/** Paths of sockets are short (107 bytes on Linux): a long one moves to the temporary folder, under a name made of it. */
export const socketPath = (path: string): string =>
  Buffer.byteLength(path) <= 100
    ? path
    : join(tmpdir(), `usher-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.sock`)

export async function listenAdmin(app: Hono, path: string): Promise<Server> {
  const socket = socketPath(path)
  mkdirSync(dirname(socket), { recursive: true })
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
export function askAdmin(
  path: string,
  method: string,
  url: string,
  body?: unknown,
): Promise<{ status: number; body: unknown } | undefined> {
  return new Promise((resolve, reject) => {
    const asking = request(
      { socketPath: socketPath(path), method, path: url, headers: { 'content-type': 'application/json' } },
      answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', piece => {
          text += piece
        })
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) }),
        )
      },
    )
    asking.on('error', error =>
      /ENOENT|ECONNREFUSED/.test((error as NodeJS.ErrnoException).code ?? '') ? resolve(undefined) : reject(error),
    )
    asking.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
