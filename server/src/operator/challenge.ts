// Challenges: the first half of signing in with a passkey or by one's company, until the second half comes back. Anybody may
// ask for one, so none is stored: each carries its end and our seal. One that was answered is remembered until it ends.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Statements } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { sql } from '../store/sql.ts'

/** What it is for; one can't be answered as another. */
export type ChallengeFor = 'sign_in' | 'oidc' | `add ${string}`

export interface Challenges {
  /** Base64url. */
  make(use: ChallengeFor): string
  /** Is it ours, for this use, and not over? */
  isOpen(use: ChallengeFor, challenge: string): boolean
  /** True the first time. */
  answer(tx: Statements, challenge: string): Promise<boolean>
  /** More secrets of this challenge that nobody else can work out. */
  derived(challenge: string, what: string): string
}

const lifeMs = 5 * 60_000
const randomLength = 16
const sealLength = 16

export function challenges(keys: KeyRing, wall: () => Date): Challenges {
  const sealed = (use: ChallengeFor, head: Buffer) => `challenge ${use} ${head.toString('hex')}`
  const parse = (challenge: string) => {
    const bytes = Buffer.from(challenge, 'base64url')
    if (bytes.length !== randomLength + 6 + sealLength || bytes.toString('base64url') !== challenge) return undefined
    const head = bytes.subarray(0, -sealLength)
    return { head, seal: bytes.subarray(-sealLength), endsAt: new Date(head.readUIntBE(randomLength, 6)) }
  }
  return {
    make(use) {
      const head = Buffer.alloc(randomLength + 6)
      randomBytes(randomLength).copy(head)
      head.writeUIntBE(wall().getTime() + lifeMs, randomLength, 6)
      return Buffer.concat([head, keys.hash(sealed(use, head))]).toString('base64url')
    },
    isOpen(use, challenge) {
      const parts = parse(challenge)
      if (!parts || parts.endsAt <= wall()) return false
      return keys.hashes(sealed(use, parts.head)).some(hash => timingSafeEqual(hash, parts.seal))
    },
    async answer(tx, challenge) {
      const rows = await tx.rows(sql`
        insert into operator_challenge (id, expires_at) values (${challenge}, ${parse(challenge)!.endsAt})
        on conflict (id) do nothing returning id`)
      return rows.length > 0
    },
    derived: (challenge, what) =>
      ['1', '2'].map(half => keys.hash(`derived ${what} ${half} ${challenge}`).toString('hex')).join(''),
  }
}
