// The signed context that a link's destination may be given: who came, by which text. Never a sign-in by itself.
import { createPrivateKey, sign as signBytes } from 'node:crypto'
import { contextParameter, type LinkContext } from '@usher/contract/link'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Database } from '../store/database.ts'
import { type KeyRing, seal, unseal } from '../store/keys.ts'
import { readSetting } from '../store/setting.ts'
import { base64, sql } from '../store/sql.ts'

export interface LinkSigner {
  /** A JWT (RFC 7519), ES256. */
  sign(claims: Omit<LinkContext, 'iss' | 'iat' | 'exp'>): Promise<string>
  /** A JWK Set (RFC 7517) of the public keys. */
  publicKeys(): { keys: Record<string, unknown>[] }
}

/** As long as it takes to open a page, over a slow line. */
const livesSeconds = 10 * 60
const setting = 'link.keys'

/** A list, the newest last, so that a key can follow another: the newest signs, all of them verify. */
interface StoredKeys {
  keys: { kid: string; public: JWK; dataKey: string; private: string }[]
}

/** Makes the key at the first start; it is stored sealed and shared by all processes. `issuer`: the origin of short links. */
export async function linkSigner(db: Database, keys: KeyRing, wall: () => Date, issuer: string): Promise<LinkSigner> {
  const stored = (await readSetting<StoredKeys>(db, setting)) ?? (await makeKeys(db, keys))
  const newest = stored.keys.at(-1)!
  const dataKey = keys.unwrap(Buffer.from(newest.dataKey, 'base64'))
  const jwk = JSON.parse(unseal(dataKey, Buffer.from(newest.private, 'base64'), 'secret'))
  // Of one redirect this is the dearest part. Signed by the library it takes 0.2 ms, by Node's own call 0.06 (measured).
  const key = { key: createPrivateKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const
  const header = base64url({ alg: 'ES256', typ: 'usher-link+jwt', kid: newest.kid })
  return {
    async sign(claims) {
      const iat = Math.floor(wall().getTime() / 1_000)
      const said = `${header}.${base64url({ ...claims, iss: issuer, iat, exp: iat + livesSeconds } satisfies LinkContext)}`
      return `${said}.${signBytes('sha256', Buffer.from(said), key).toString('base64url')}`
    },
    publicKeys: () => ({
      keys: stored.keys.map(one => ({ ...one.public, kid: one.kid, alg: 'ES256', use: 'sig' })),
    }),
  }
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Of two processes that start for the first time together, both go on with the key that was stored first. */
async function makeKeys(db: Database, keys: KeyRing): Promise<StoredKeys> {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const publicKey = await exportJWK(pair.publicKey)
  const { key, wrapped } = keys.newDataKey()
  const made: StoredKeys = {
    keys: [
      {
        kid: await calculateJwkThumbprint(publicKey),
        public: publicKey,
        dataKey: base64(wrapped)!,
        private: base64(seal(key, JSON.stringify(await exportJWK(pair.privateKey)), 'secret'))!,
      },
    ],
  }
  await db.rows(sql`
    insert into setting (name, value) values (${setting}, ${JSON.stringify(made)}::text::jsonb) on conflict (name) do nothing`)
  return (await readSetting<StoredKeys>(db, setting))!
}

/** The destination with its context as one more parameter. The others and the fragment stay as they were written. */
export function withContext(destination: string, context: string): string {
  const [before, fragment] = cut(destination, '#')
  const [path, query] = cut(before, '?')
  // Whoever wrote the destination can't say who comes.
  const others = query
    .slice(1)
    .split('&')
    .filter(one => one !== '' && !new URLSearchParams(one).has(contextParameter))
  return `${path}?${[...others, `${contextParameter}=${context}`].join('&')}${fragment}`
}

/** What stands before a mark, and the rest from it on. */
const cut = (text: string, mark: string): [string, string] => {
  const at = text.indexOf(mark)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at)]
}
