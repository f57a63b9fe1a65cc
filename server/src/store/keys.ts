// The key ring: what is sealed at rest, and how it is found again without being readable (facts: privacy V1).
//
// A subscriber has a data key of their own, wrapped by the ring's newest key. Number, profile and texts are sealed under
// it, so that destroying it erases the person everywhere at once (a backup has the key of its day: erase again after a restore).
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, randomFillSync } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Sealed bytes: [version 1][key id][nonce 12][ciphertext][tag 16]. */
export type Sealed = Uint8Array
export type DataKey = Buffer & { readonly brand?: 'DataKey' }

const version = 1
const nonceLength = 12
const tagLength = 16

// Nonces are drawn from the system in larger pieces: one call for each seal costs as much as the cipher.
const pool = Buffer.alloc(12 * 341)
let used = pool.length
function newNonce(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += nonceLength
  return Buffer.from(pool.subarray(used - nonceLength, used))
}

function sealWith(key: Buffer, keyId: number, plain: Uint8Array, bound: string): Sealed {
  const nonce = newNonce()
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(bound))
  return Buffer.concat([
    Buffer.from([version, keyId]),
    nonce,
    cipher.update(plain),
    cipher.final(),
    cipher.getAuthTag(),
  ])
}

function openWith(key: Buffer, sealed: Sealed, bound: string): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  const tagAt = bytes.length - tagLength
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(2, 2 + nonceLength))
  decipher.setAAD(Buffer.from(bound))
  decipher.setAuthTag(bytes.subarray(tagAt))
  return Buffer.concat([decipher.update(bytes.subarray(2 + nonceLength, tagAt)), decipher.final()])
}

/** What a piece was sealed as; it can't be opened as another. */
export type SealedAs =
  | 'number'
  | 'profile'
  | 'text'
  | 'inbound'
  | 'totp'
  | 'event'
  | 'secret'
  | 'proof'
  | 'verification'
  | 'alert'
  | 'subscription'
  | 'journey'

export interface KeyRing {
  newDataKey(): { key: DataKey; wrapped: Sealed }
  /** Under the newest key, whichever wrapped it before. */
  wrap(key: DataKey): Sealed
  /** The id of the newest key. */
  newest: number
  /** Throws where the key that wrapped it is not in the ring. */
  unwrap(wrapped: Sealed): DataKey
  /** The HMAC that a number is stored under: 16 of its 32 bytes, under the newest key. */
  hash(value: string): Buffer
  /** The HMACs to look it up by: one for each key that is retained. */
  hashes(value: string): Buffer[]
  /** What tells two keys of one id apart, without telling the key. */
  fingerprints: Record<number, string>
  /** HMAC of a number without its last four digits: the block it comes from. */
  blockHash(number: string): Buffer
}

export const seal = (key: DataKey, plain: string, as: SealedAs): Sealed => sealWith(key, 0, Buffer.from(plain), as)
export const unseal = (key: DataKey, sealed: Sealed, as: SealedAs): string => openWith(key, sealed, as).toString()

/** Where the ring's keys come from: 32 bytes each, the newest last. */
export function keyRing(keys: readonly { id: number; secret: Buffer }[]): KeyRing {
  const derived = keys.map(({ id, secret }) => {
    if (secret.length !== 32) throw new Error(`Key ${id} of the key ring has ${secret.length} bytes; it needs 32.`)
    const derive = (use: string) => Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `usher ${use}`, 32))
    return { id, wrap: derive('wrap'), index: derive('index'), block: derive('block') }
  })
  const newest = derived.at(-1)
  if (!newest) throw new Error('The key ring is empty.')
  const byId = new Map(derived.map(key => [key.id, key]))
  const hmac = (key: Buffer, value: string) => createHmac('sha256', key).update(value).digest().subarray(0, 16)
  return {
    newDataKey() {
      const key = randomBytes(32)
      return { key, wrapped: sealWith(newest.wrap, newest.id, key, 'data key') }
    },
    wrap: key => sealWith(newest.wrap, newest.id, key, 'data key'),
    newest: newest.id,
    unwrap(wrapped) {
      const key = byId.get(wrapped[1]!)
      if (!key) throw new Error(`The key ring has no key ${wrapped[1]}: was the key file replaced?`)
      return openWith(key.wrap, wrapped, 'data key')
    },
    hash: value => hmac(newest.index, value),
    hashes: value => derived.map(key => hmac(key.index, value)).reverse(),
    fingerprints: Object.fromEntries(derived.map(key => [key.id, hmac(key.index, 'fingerprint').toString('hex')])),
    blockHash: number => hmac(newest.block, number.slice(0, -4)),
  }
}

/** `1:base64,2:base64` as it stands in USHER_KEYS or, one a line, in the key file. */
export function parseKeys(text: string): { id: number; secret: Buffer }[] {
  return text
    .split(/[\s,]+/)
    .filter(line => line !== '')
    .map(line => {
      const [id, secret] = line.split(':')
      if (!/^\d{1,3}$/.test(id ?? '') || Number(id) > 255 || !secret)
        throw new Error('A key of the key ring is written as id:base64, the id from 1 to 255.')
      return { id: Number(id), secret: Buffer.from(secret, 'base64') }
    })
}

/** Reads the key file; makes one, readable by its owner alone, at the first start. */
export function keysFromFile(path: string): { id: number; secret: Buffer }[] {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, `1:${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    chmodSync(path, 0o600)
  }
  return parseKeys(readFileSync(path, 'utf8'))
}
