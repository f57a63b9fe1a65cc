// Passwords, which go with an authenticator app: both are set together and asked together, and the answer never tells which
// of them was wrong.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import type { Database, Statements } from '../store/database.ts'
import { type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import { record } from './audit.ts'
import type { Entered, Sessions, SignedIn } from './session.ts'
import type { Tries } from './tries.ts'

export interface PasswordDeps {
  db: Database
  keys: KeyRing
  wall: () => Date
  sessions: Sessions
  tries: Tries
}

export async function signInWithPassword(
  deps: PasswordDeps,
  { email, password, code, address }: { email: string; password: string; code: string; address: string },
): Promise<Entered | { kind: 'slowed'; seconds: number }> {
  const { db, keys, wall, sessions, tries } = deps
  const attempt = await tries.begin(email, address)
  if (attempt.kind === 'slowed') return attempt
  const [known] = await db.rows<{ id: string; password_hash: string; totp_secret: Sealed }>(sql`
    select id, password_hash, totp_secret from operator
    where email = ${email} and is_active and password_hash is not null`)
  // A stranger takes as long as somebody we know.
  const isRight = await isPassword(known?.password_hash ?? nobodys, password)
  const step = known && stepOf(openSecret(keys, known.totp_secret), code, wall())
  return db.transaction(async tx => {
    if (known && isRight && step !== undefined && (await useStep(tx, known.id, step))) {
      await attempt.forgive(tx)
      return { kind: 'entered', begun: await sessions.begin(tx, known.id, 'password') }
    }
    const line = { at: wall(), operatorId: null, action: 'sign_in.failed', subject: known?.id ?? null }
    await record(tx, { ...line, detail: { way: 'password' } })
    return { kind: 'refused' }
  })
}

/** A code works once, and none before it works after it (RFC 6238, 5.2). */
const useStep = async (tx: Statements, operatorId: string, step: number): Promise<boolean> =>
  (
    await tx.rows(sql`
      update operator set totp_step = ${step}
      where id = ${operatorId} and is_active and (totp_step is null or totp_step < ${step}) returning id`)
  ).length > 0

/** Sets both, and ends the operator's other sessions: whoever has them may be why the password is changed. */
export async function setPassword(
  { db, keys, wall, sessions }: PasswordDeps,
  me: SignedIn,
  { password, secret, code }: { password: string; secret: string; code: string },
): Promise<{ kind: 'set' } | { kind: 'refused'; why: 'common_password' | 'wrong_code' | 'wrong_secret' }> {
  if (!isSecret(secret)) return { kind: 'refused', why: 'wrong_secret' }
  if (isCommon(password, me.email)) return { kind: 'refused', why: 'common_password' }
  const now = wall()
  const step = stepOf(secret, code, now)
  if (step === undefined) return { kind: 'refused', why: 'wrong_code' }
  const hash = await hashPassword(password)
  await db.transaction(async tx => {
    await tx.rows(sql`
      update operator set password_hash = ${hash}, totp_secret = ${sealSecret(keys, secret)}, totp_step = ${step}
      where id = ${me.id}`)
    await sessions.endAll(tx, me.id, me.session)
    await record(tx, { at: now, operatorId: me.id, action: 'password.set', subject: me.id })
  })
  return { kind: 'set' }
}

// scrypt with the parameters that OWASP names (32 MiB a try); they are written with each hash, so that they can grow.
const cost = { log2N: 15, r: 8, p: 3 }

async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { log2N, r, p } = cost
  const hash = await stretch(password, salt, cost)
  return ['scrypt', log2N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** The password of nobody: as dear to try as another's. */
const nobodys = [
  'scrypt',
  cost.log2N,
  cost.r,
  cost.p,
  ...[16, 32].map(n => Buffer.alloc(n).toString('base64url')),
].join('$')

async function isPassword(stored: string, password: string): Promise<boolean> {
  const [, log2N, r, p, salt, hash] = stored.split('$')
  const tried = await stretch(password, Buffer.from(salt!, 'base64url'), { log2N: +log2N!, r: +r!, p: +p! })
  return timingSafeEqual(tried, Buffer.from(hash!, 'base64url'))
}

// One at a time: strangers who try passwords must not take the thread pool and the memory of a server that sends texts.
let last: Promise<unknown> = Promise.resolve()
function stretch(password: string, salt: Buffer, { log2N, r, p }: typeof cost): Promise<Buffer> {
  const mine = last.then(
    () =>
      new Promise<Buffer>((resolve, reject) =>
        // The same letters may come composed or not, as the keyboard likes (NIST SP 800-63B, 3.1.1.2).
        scrypt(password.normalize('NFKC'), salt, 32, { N: 2 ** log2N, r, p, maxmem: 2 ** 28 }, (error, key) =>
          error ? reject(error) : resolve(key),
        ),
      ),
  )
  last = mine.catch(() => {}) // its asker hears it
  return mine
}

/** Of twelve characters or more, what is tried first: it stands in every list of leaked passwords. */
const common = new Set(
  `passwordpassword password1234 password12345 password123456 passw0rd1234 p@ssw0rd1234 mypassword123 password123! password1234!
  123456789012 1234567890123 12345678901234 123456123456 1234567890qwerty 012345678910 987654321098 098765432109 1q2w3e4r5t6y
  1q2w3e4r5t6y7u 1qaz2wsx3edc 1qaz2wsx3edc4rfv qwertyuiop123 qwertyuiop[] qwertyuiopasdf qwertyuiopas qwerty123456 qwerty1234567
  qwertyqwerty asdfghjkl123 asdfghjklzxcvbnm zxcvbnm12345 zaq12wsxcde3 q1w2e3r4t5y6 qazwsxedcrfv abcdefghijkl abcd12345678
  abc123456789 abcdefg12345 iloveyou1234 iloveyouforever iloveyou12345 letmein12345 letmeinplease welcome12345 welcome123456
  administrator administrator1 admin1234567 admin12345678 adminadminadmin changeme1234 changemeplease trustno1trustno1
  football1234 baseball1234 basketball12 sunshine1234 princess1234 superman1234 batman123456 starwars1234 pokemon12345
  michael12345 jennifer1234 charlie12345 liverpool123 manchester12 arsenal12345 chelsea12345 spiderman123 minecraft123
  computer1234 internet1234 whatever1234 secret123456 secretsecret default12345 correcthorse correcthorsebatterystaple
  orpheum12345 orpheumorpheum usher1234567 usherusherusher`.split(/\s+/),
)

export function isCommon(password: string, email: string): boolean {
  const plain = password.normalize('NFKC').toLowerCase().replaceAll(/\s/g, '')
  const isRepeated = /^(.{1,4})\1+.{0,3}$/su.test(plain)
  return isRepeated || common.has(plain) || plain === email || plain === email.split('@')[0]
}

const authenticator = (secret: string) => new TOTP({ secret: Secret.fromBase32(secret) })

/** 160 bits, as RFC 4226 recommends. */
export const newTotp = (service: string, email: string): { secret: string; uri: string } => {
  const totp = new TOTP({ issuer: `${service} Usher`, label: email, secret: new Secret({ size: 20 }) })
  return { secret: totp.secret.base32, uri: totp.toString() }
}
const isSecret = (secret: string) => /^[A-Z2-7]{32}$/.test(secret)

/** The step whose code this is: now's, or one beside it, for clocks and thumbs differ. */
function stepOf(secret: string, code: string, now: Date): number | undefined {
  const timestamp = now.getTime()
  const delta = authenticator(secret).validate({ token: code, timestamp, window: 1 })
  return delta === null ? undefined : TOTP.counter({ timestamp }) + delta
}

/** [length of the wrapped key][the key, wrapped][the secret, sealed under it] */
function sealSecret(keys: KeyRing, secret: string): Buffer {
  const { key, wrapped } = keys.newDataKey()
  return Buffer.concat([Buffer.from([wrapped.length]), wrapped, seal(key, secret, 'totp')])
}
/** Those whose key an older key of the ring wraps; answers how many. */
export async function rewrapPasswords(db: Database, keys: KeyRing): Promise<number> {
  const rows = await db.rows<{ id: string; totp_secret: Sealed }>(
    sql`select id, totp_secret from operator where totp_secret is not null and get_byte(totp_secret, 2) <> ${keys.newest}::int`,
  )
  for (const { id, totp_secret } of rows) {
    const from = 1 + totp_secret[0]!
    const wrapped = keys.wrap(keys.unwrap(totp_secret.subarray(1, from)))
    const anew = Buffer.concat([Buffer.from([wrapped.length]), wrapped, totp_secret.subarray(from)])
    await db.rows(sql`update operator set totp_secret = ${anew} where id = ${id} and totp_secret = ${totp_secret}`)
  }
  return rows.length
}

function openSecret(keys: KeyRing, bytes: Sealed): string {
  const from = 1 + bytes[0]!
  return unseal(keys.unwrap(bytes.subarray(1, from)), bytes.subarray(from), 'totp')
}
