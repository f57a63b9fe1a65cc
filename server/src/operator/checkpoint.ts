// A checkpoint of the audit log: a place of its chain, signed with Ed25519.
import { createHash, type KeyObject, verify as verifyBytes } from 'node:crypto'
import type { AuditCheckpoint } from '@usher/contract/operator'
import { base64 } from '../store/sql.ts'

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest()
/** What tells a public key: the first half of the SHA-256 of its DER. */
export const keyId = (key: KeyObject): string =>
  sha256(key.export({ type: 'spki', format: 'der' }))
    .subarray(0, 16)
    .toString('hex')

/** The bytes that are signed: a line of text each, so that anybody can write them down. */
export const signedText = ({ number, lines, hash, at, previous }: Omit<AuditCheckpoint, 'key' | 'signature'>) =>
  Buffer.from(['usher audit checkpoint', number, lines, hash, at, previous].join('\n'))

export const isSigned = (checkpoint: AuditCheckpoint, key: KeyObject): boolean =>
  verifyBytes(null, signedText(checkpoint), key, Buffer.from(checkpoint.signature, 'base64'))

export const digestOf = (signature: string) => sha256(Buffer.from(signature, 'base64')).toString('hex')
/** What stands for a signature before the first. */
export const noSignature = sha256('').toString('hex')

export interface CheckpointRow {
  number: number
  n: number
  hash: Uint8Array
  at: Date
  key_id: string
  previous: Uint8Array
  signature: Uint8Array
}

export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
export const viewCheckpoint = (row: CheckpointRow): AuditCheckpoint => ({
  number: row.number,
  lines: row.n,
  hash: hex(row.hash),
  at: row.at.toISOString(),
  previous: hex(row.previous),
  key: row.key_id,
  signature: base64(row.signature)!,
})
