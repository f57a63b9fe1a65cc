// Tries that failed slow the next ones down, by e-mail and by the client's address, whether the e-mail is known or not.
// A try is counted before it is judged: a hundred at the same moment are not a hundred guesses.
import type { Database, Statements } from '../store/database.ts'
import { newId } from '../store/id.ts'
import type { KeyRing } from '../store/keys.ts'
import { sql } from '../store/sql.ts'

const windowMs = 15 * 60_000
const most = { email: 5, address: 20 } as const

export type Try =
  | {
      kind: 'taken' /** Once it was right: it did not fail, and those before it are forgiven. */
      forgive(tx: Statements): Promise<unknown>
    }
  | { kind: 'slowed'; seconds: number }

export interface Tries {
  begin(email: string, address: string): Promise<Try>
}

export function tries(db: Database, keys: KeyRing, wall: () => Date): Tries {
  return {
    begin: (email, address) =>
      db.transaction(async tx => {
        const now = wall()
        const counted = [
          { who: keys.hash(`try email ${email}`), most: most.email, id: newId(now) },
          { who: keys.hash(`try address ${networkOf(address)}`), most: most.address, id: newId(now) },
        ].sort((a, b) => Buffer.compare(a.who, b.who)) // one order of locks
        for (const { who, most } of counted) {
          await tx.rows(sql`select pg_advisory_xact_lock(7283504, ${who.readInt32BE(0)})`)
          const [limiting] = await tx.rows<{ at: Date }>(sql`
            select at from operator_failure where who = ${who} and at > ${new Date(now.getTime() - windowMs)}
            order by at desc offset ${most - 1} limit 1`)
          if (limiting)
            return { kind: 'slowed', seconds: Math.ceil((limiting.at.getTime() + windowMs - now.getTime()) / 1000) }
        }
        for (const { who, id } of counted)
          await tx.rows(sql`insert into operator_failure (id, who, at) values (${id}, ${who}, ${now})`)
        return {
          kind: 'taken',
          // The address keeps its other failures: one right password does not pay for guesses at the rest.
          forgive: tx =>
            tx.rows(sql`
              delete from operator_failure
              where who = ${keys.hash(`try email ${email}`)} or id in (${counted[0]!.id}, ${counted[1]!.id})`),
        }
      }),
  }
}

/** An address; of IPv6 its /64, which is what one customer has. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.toLowerCase().split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const left = groups(head)
  const right = groups(tail)
  const all =
    tail === undefined ? left : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return all
    .slice(0, 4)
    .map(group => group.replace(/^0+(?=.)/, ''))
    .join(':')
}
