// Saved recovery codes: what somebody wrote down while all was well, for the day when only their phone is left. With a code that
// goes to the phone, one of them recovers the account; neither does by itself (NIST SP 800-63B-4, 4.2.2.2).
import { randomBytes } from 'node:crypto'
import type { RecoveryCodes } from '@usher/contract/verification'
import type { Statements } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'

const count = 10
/** Without I, L, O and U: what is written down is read again by people. */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const length = 16 // 80 bits

const newCode = (): string => {
  const code = [...randomBytes(length)].map(byte => letters[byte % letters.length]).join('')
  return code.match(/.{4}/g)!.join('-')
}

/** As it was written down: case, spaces and dashes do not matter, and what looks alike is one (Crockford's base 32). */
const plain = (code: string): string =>
  code
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')

export const recoveryHashes = (keys: KeyRing, subscriberId: string, code: string): Buffer[] =>
  keys.hashes(`recovery ${subscriberId} ${plain(code)}`)

/** Makes ten, in place of those before; answers them, the only time they are seen. Undefined where there is no such subscriber. */
export async function makeRecoveryCodes(
  tx: Statements,
  keys: KeyRing,
  subscriber: string,
  now: Date,
): Promise<string[] | undefined> {
  const [person] = await tx.rows<{ id: string }>(
    sql`select id from subscriber where external_id = ${subscriber} and erased_at is null for no key update`,
  )
  if (!person) return undefined
  const codes = Array.from({ length: count }, newCode)
  await tx.rows(sql`delete from recovery_code where subscriber_id = ${person.id}`)
  const rows = codes.map(code => ({ hash: base64(recoveryHashes(keys, person.id, code)[0]!) }))
  await tx.rows(sql`
    insert into recovery_code (subscriber_id, hash, made_at)
    select ${person.id}, decode(hash, 'base64'), ${now} from json_to_recordset(${rowset(rows)}) as r(hash text)`)
  return codes
}

/** How many are left. Undefined where there is no such subscriber. */
export async function countRecoveryCodes(
  db: Statements,
  subscriber: string,
): Promise<Omit<RecoveryCodes, 'codes'> | undefined> {
  const [row] = await db.rows<{ unused: number; made_at: Date | null; used_at: Date | null }>(sql`
    select count(r.hash) filter (where r.used_at is null)::int as unused, max(r.made_at) as made_at, max(r.used_at) as used_at
    from subscriber s left join recovery_code r on r.subscriber_id = s.id
    where s.external_id = ${subscriber} and s.erased_at is null group by s.id`)
  if (!row) return undefined
  return {
    left: row.unused,
    madeAt: row.made_at?.toISOString() ?? null,
    lastUsedAt: row.used_at?.toISOString() ?? null,
  }
}
