// A link by which a password is reset. The service mails it; its page, and nothing else, spends it, and hands a proof on to the
// service's own reset page, which redeems it. A link that leaks later opens nothing, and looking at one changes nothing.
import { randomBytes } from 'node:crypto'
import type { NewResetLink, ResetProof, ResetRedeemed } from '@usher/contract/reset-link'
import type { Protection } from '@usher/contract/verification'
import type { Clock } from '../clock.ts'
import type { Database } from '../store/database.ts'
import { newId } from '../store/id.ts'
import type { KeyRing } from '../store/keys.ts'
import { type Sql, sql } from '../store/sql.ts'
import { type TooMuch, tooManyAsked } from './limits.ts'
import { take } from './take.ts'
import { accountHashes, sessionHashes } from './verification.ts'

export interface ResetLinkDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  protection: () => Protection
}

export interface ResetLinks {
  make(asked: NewResetLink): Promise<{ id: string; token: string; expiresAt: Date } | { tooMuch: TooMuch }>
  /** The language of whom a link is for, as long as it can be spent; undefined after that. */
  look(token: string): Promise<{ locale: string | null } | undefined>
  /** Answers the proof. Of several who spend it at once one gets it. */
  spend(token: string, endsSessions: boolean): Promise<string | undefined>
  redeem(given: ResetProof): Promise<ResetRedeemed | 'over' | 'elsewhere'>
}

const livesMs = 30 * 60_000
const proofLivesMs = 5 * 60_000
const newSecret = () => randomBytes(32).toString('base64url')
/** Of somebody who is there. Two that were made at the same moment did not see each other: the later one counts. */
const isNewest = sql`l.replaced_at is null and s.id = l.subscriber_id and s.erased_at is null
  and not exists (select from reset_link n where n.subject = l.subject and n.replaced_at is null and n.id > l.id)`

export function resetLinks({ db, keys, clock, protection }: ResetLinkDeps): ResetLinks {
  const tokenHashes = (token: string) => keys.hashes(`reset link ${token}`)
  const proofHashes = (proof: string) => keys.hashes(`reset proof ${proof}`)
  const isOpen = (token: string, now: Date): Sql => sql`
    l.token_hash = any(${tokenHashes(token)}) and l.spent_at is null and l.expires_at > ${now} and ${isNewest}`

  return {
    async make({ subscriber, session, ip, device }) {
      const now = clock.now()
      const id = newId(now)
      const token = newSecret()
      const expiresAt = new Date(now.getTime() + livesMs)
      const subjects = accountHashes(keys, subscriber)
      const taken = await take(
        { db, keys },
        {
          subjects,
          // No text goes out, so nothing is counted of a number or a country.
          person: sql`
            select id, null::text as country, null::bytea as number_hash, null::bytea as block_hash from subscriber
            where external_id = ${subscriber} and erased_at is null`,
          ...{ by: { ip, device }, wasKnown: false, now },
          replace: sql`
            update reset_link set replaced_at = ${now} where subject = any(${subjects}) and replaced_at is null and redeemed_at is null
              and exists (select from granted) returning null::uuid as message_id`,
          // Where there is nobody, nobody knows what it was made of, either.
          store: sql`
            insert into reset_link (id, subject, subscriber_id, session_hash, token_hash, made_at, expires_at)
            select ${id}::uuid, ${subjects[0]}::bytea, subscriber_id, ${sessionHashes(keys, session)[0] ?? null}::bytea,
              case when is_there then ${tokenHashes(token)[0]}::bytea else ${randomBytes(16)}::bytea end, ${now}, ${expiresAt}
            from granted returning 1 as sends, null::text as tag`,
        },
      )
      const tooMuch = taken.full ?? tooManyAsked(taken.account, taken.counts, protection(), now)
      if (!tooMuch) return { id, token, expiresAt }
      if (taken.stored)
        await db.rows(sql`
          with gone as (delete from reset_link where id = ${id})
          update reset_link set replaced_at = null where subject = any(${subjects}) and replaced_at = ${now} and id <> ${id}`)
      return { tooMuch }
    },

    async look(token) {
      const [row] = await db.rows<{ locale: string | null }>(
        sql`select s.locale from reset_link l, subscriber s where ${isOpen(token, clock.now())}`,
      )
      return row
    },

    async spend(token, endsSessions) {
      const now = clock.now()
      const proof = newSecret()
      const spent = await db.rows(sql`
        update reset_link l set spent_at = ${now}, ends_sessions = ${endsSessions}, proof_hash = ${proofHashes(proof)[0]}
        from subscriber s where ${isOpen(token, now)} returning l.id`)
      return spent.length > 0 ? proof : undefined
    },

    async redeem({ proof, session }) {
      const now = clock.now()
      const isGood = sql`
        l.proof_hash = any(${proofHashes(proof)}) and l.redeemed_at is null
        and l.spent_at > ${new Date(now.getTime() - proofLivesMs)} and ${isNewest}`
      // A session that is another one uses nothing up.
      const [row] = await db.rows<{ subscriber: string; ends_sessions: boolean }>(sql`
        update reset_link l set redeemed_at = ${now} from subscriber s
        where ${isGood} and (l.session_hash is null or l.session_hash = any(${sessionHashes(keys, session)}))
        returning s.external_id as subscriber, l.ends_sessions`)
      if (row) return { subscriber: row.subscriber, endSessions: row.ends_sessions }
      const [good] = await db.rows(sql`select l.id from reset_link l, subscriber s where ${isGood}`)
      return good ? 'elsewhere' : 'over'
    },
  }
}
