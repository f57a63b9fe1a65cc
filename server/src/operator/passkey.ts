// Passkeys (Web Authentication Level 3): the operator's device signs a challenge, and signs it for this site alone. They are
// discoverable: who signs in names nobody, the device knows who they are.
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { Passkey } from '@usher/contract/operator'
import type { Database, Statements } from '../store/database.ts'
import { sql } from '../store/sql.ts'
import { record } from './audit.ts'
import type { Challenges } from './challenge.ts'
import type { Entered, Sessions, SignedIn } from './session.ts'

export interface PasskeyDeps {
  db: Database
  wall: () => Date
  sessions: Sessions
  challenges: Challenges
  /** Where browsers reach this server: passkeys are bound to its host. */
  publicUrl: () => string
  service: string
}

interface PasskeyRow {
  id: string
  operator_id: string
  name: string
  public_key: Uint8Array
  counter: string | number
  transports: string[]
  created_at: Date
  used_at: Date | null
}

/** More than these are a mistake or a script. */
const mostPasskeys = 50

/** A passkey can't be bound to an address, only to a name; on this machine that is localhost. */
function site(publicUrl: string): { id: string; origins: string[] } {
  const { protocol, hostname, port, origin } = new URL(publicUrl)
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  if (!isLocal) return { id: hostname, origins: [origin] }
  const at = (host: string) => new URL(`${protocol}//${host}:${port || (protocol === 'https:' ? 443 : 80)}`).origin
  return { id: 'localhost', origins: [at('localhost'), at('127.0.0.1')] }
}

const bytesOf = (challenge: string) => new Uint8Array(Buffer.from(challenge, 'base64url'))

const view = (row: PasskeyRow): Passkey => ({
  ...{ id: row.id, name: row.name },
  createdAt: row.created_at.toISOString(),
  usedAt: row.used_at?.toISOString() ?? null,
})

const rowsOf = (db: Statements, operatorId: string) =>
  db.rows<PasskeyRow>(sql`select * from operator_passkey where operator_id = ${operatorId} order by created_at, id`)

export const listPasskeys = async (db: Statements, operatorId: string): Promise<Passkey[]> =>
  (await rowsOf(db, operatorId)).map(view)

/** What WebAuthn's library refuses, it throws, whatever the reason; a refusal tells no reason. */
const verified = <T extends { verified: boolean }>(verifying: Promise<T>): Promise<T | undefined> =>
  verifying.then(
    answer => (answer.verified ? answer : undefined),
    () => undefined,
  )

export async function askToSignIn({ challenges, publicUrl }: PasskeyDeps) {
  const challenge = challenges.make('sign_in')
  const options = await generateAuthenticationOptions({
    rpID: site(publicUrl()).id,
    challenge: bytesOf(challenge),
    userVerification: 'preferred',
    timeout: 300_000,
  })
  return { challenge, options }
}

export async function signInWithPasskey(
  { db, wall, sessions, challenges, publicUrl }: PasskeyDeps,
  { challenge, response }: { challenge: string; response: object },
): Promise<Entered> {
  const { id } = response as AuthenticationResponseJSON
  if (typeof id !== 'string' || !challenges.isOpen('sign_in', challenge)) return { kind: 'refused' }
  const [known] = await db.rows<PasskeyRow>(sql`
    select p.* from operator_passkey p join operator o on o.id = p.operator_id where p.id = ${id} and o.is_active`)
  if (!known) return { kind: 'refused' }
  const { id: rpId, origins } = site(publicUrl())
  const answer = await verified(
    verifyAuthenticationResponse({
      response: response as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: origins,
      expectedRPID: rpId,
      requireUserVerification: false,
      credential: {
        id,
        publicKey: new Uint8Array(known.public_key),
        counter: Number(known.counter),
        transports: known.transports,
      },
    }),
  )
  return db.transaction(async tx => {
    if (answer && (await challenges.answer(tx, challenge))) {
      const counter = answer.authenticationInfo.newCounter
      // A counter that did not go on is a copy's; keys that all their owner's devices share count nothing and stay at 0.
      const used = await tx.rows(sql`
        update operator_passkey set counter = ${counter}, used_at = ${wall()}
        where id = ${id} and (counter < ${counter} or (counter = 0 and ${counter} = 0)) returning id`)
      if (used.length > 0) return { kind: 'entered', begun: await sessions.begin(tx, known.operator_id, 'passkey') }
    }
    const line = { at: wall(), operatorId: null, action: 'sign_in.failed', subject: known.operator_id }
    await record(tx, { ...line, detail: { way: 'passkey' } })
    return { kind: 'refused' }
  })
}

export async function askToAdd({ db, challenges, publicUrl, service }: PasskeyDeps, me: SignedIn) {
  const challenge = challenges.make(`add ${me.id}`)
  const options = await generateRegistrationOptions({
    rpName: `${service} Usher`,
    rpID: site(publicUrl()).id,
    userName: me.email,
    userDisplayName: me.name,
    userID: new TextEncoder().encode(me.id),
    challenge: bytesOf(challenge),
    attestationType: 'none',
    excludeCredentials: (await rowsOf(db, me.id)).map(({ id, transports }) => ({ id, transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    timeout: 300_000,
  })
  return { challenge, options }
}

export async function addPasskey(
  { db, wall, challenges, publicUrl }: PasskeyDeps,
  me: SignedIn,
  { challenge, name, response }: { challenge: string; name: string; response: object },
): Promise<Passkey | undefined> {
  if (!challenges.isOpen(`add ${me.id}`, challenge)) return undefined
  const { id: rpId, origins } = site(publicUrl())
  const answer = await verified(
    verifyRegistrationResponse({
      response: response as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: origins,
      expectedRPID: rpId,
      requireUserVerification: false,
    }),
  )
  if (!answer?.registrationInfo) return undefined
  const { id, publicKey, counter, transports = [] } = answer.registrationInfo.credential
  const now = wall()
  return db.transaction(async tx => {
    if (!(await challenges.answer(tx, challenge))) return undefined
    if ((await rowsOf(tx, me.id)).length >= mostPasskeys) return undefined
    const [row] = await tx.rows<PasskeyRow>(sql`
      insert into operator_passkey (id, operator_id, name, public_key, counter, transports, created_at)
      values (${id}, ${me.id}, ${name}, ${Buffer.from(publicKey)}, ${counter}, ${transports}, ${now})
      on conflict (id) do nothing returning *`)
    if (!row) return undefined
    await record(tx, { at: now, operatorId: me.id, action: 'passkey.added', subject: me.id, detail: { name } })
    return view(row)
  })
}

export const removePasskey = ({ db, wall }: PasskeyDeps, me: SignedIn, id: string): Promise<boolean> =>
  db.transaction(async tx => {
    const [gone] = await tx.rows<{ name: string }>(
      sql`delete from operator_passkey where id = ${id} and operator_id = ${me.id} returning name`,
    )
    if (!gone) return false
    const line = { at: wall(), operatorId: me.id, action: 'passkey.removed', subject: me.id }
    await record(tx, { ...line, detail: { name: gone.name } })
    return true
  })
