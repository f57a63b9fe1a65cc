// The audit log can be checked: each line's hash covers it and all lines before it, and now and then the newest hash is signed.
//
// The database chains each line at its commit (chain_audit(), store/migrations.ts). Whoever owns the database can write the
// whole chain anew; what they can't do is sign it, for the private key is sealed under the key ring, outside the database.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import type { AuditChain, AuditCheckpoint } from '@usher/contract/operator'
import type { EventBus } from '../events.ts'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { type KeyRing, seal, unseal } from '../store/keys.ts'
import { readSetting } from '../store/setting.ts'
import { base64, sql } from '../store/sql.ts'
import { type CheckpointRow, digestOf, hex, keyId, noSignature, signedText, viewCheckpoint } from './checkpoint.ts'
import { type Fault, verifyAudit } from './verify.ts'

export const auditKeysSetting = 'audit.keys'

/** A list, the newest last: the newest signs, all of them verify. */
interface StoredKeys {
  keys: { id: string; public: string; dataKey: string; private: string }[]
}

/** A checkpoint after so many lines, or so long after the last where there are any. */
const everyLines = 100
const everyMs = 60_000
const lookMs = 5_000

const newestCheckpoint = async (db: Statements): Promise<AuditCheckpoint | null> => {
  const [row] = await db.rows<CheckpointRow>(
    sql`select * from audit_checkpoint order by number desc limit 1`,
    urgency.idle,
  )
  return row ? viewCheckpoint(row) : null
}

/** The public keys that the database knows. One that was kept elsewhere is worth more. */
export const publicKeysOf = async (db: Statements): Promise<KeyObject[]> =>
  ((await readSetting<StoredKeys>(db, auditKeysSetting))?.keys ?? []).map(one => createPublicKey(one.public))

/** How long the chain is, who signs it, and what was signed last. */
export async function readChain(db: Statements): Promise<AuditChain> {
  const [head] = await db.rows<{ n: number }>(sql`select n from audit_head`, urgency.report)
  const keys = await publicKeysOf(db)
  return {
    lines: head?.n ?? 0,
    keys: keys.map(key => ({ id: keyId(key), publicKey: key.export({ type: 'spki', format: 'pem' }).toString() })),
    checkpoint: await newestCheckpoint(db),
  }
}

/** Made at the first start; of two processes that start together, both go on with the key that was stored first. */
async function signingKey(db: Database, keys: KeyRing): Promise<{ id: string; key: KeyObject }> {
  const stored = (await readSetting<StoredKeys>(db, auditKeysSetting)) ?? (await makeKey(db, keys))
  const newest = stored.keys.at(-1)!
  const dataKey = keys.unwrap(Buffer.from(newest.dataKey, 'base64'))
  return { id: newest.id, key: createPrivateKey(unseal(dataKey, Buffer.from(newest.private, 'base64'), 'secret')) }
}

async function makeKey(db: Database, keys: KeyRing): Promise<StoredKeys> {
  const pair = generateKeyPairSync('ed25519')
  const { key, wrapped } = keys.newDataKey()
  const made: StoredKeys = {
    keys: [
      {
        id: keyId(pair.publicKey),
        public: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        dataKey: base64(wrapped)!,
        private: base64(seal(key, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'secret'))!,
      },
    ],
  }
  await db.rows(sql`
    insert into setting (name, value) values (${auditKeysSetting}, ${JSON.stringify(made)}::text::jsonb) on conflict (name) do nothing`)
  return (await readSetting<StoredKeys>(db, auditKeysSetting))!
}

export interface AuditSigner {
  /** Looks at what was added since the last checkpoint and signs it; answers the checkpoint, or what is wrong. Null: nothing was added. */
  sign(): Promise<AuditCheckpoint | Fault | null>
  /** Signs where it is time to. */
  look(): Promise<void>
  start(): void
  stop(): Promise<void>
}

/** Watches the chain, and signs it: after 100 lines, or a minute after the last time where there are new ones. */
export async function auditSigner(deps: {
  db: Database
  keys: KeyRing
  wall: () => Date
  events: EventBus
}): Promise<AuditSigner> {
  const { db, keys, wall, events } = deps
  const signer = await signingKey(db, keys)
  /** What this process has seen: neither may go back while it lives. */
  let seen: AuditCheckpoint | null = null
  let seenLines = 0
  let said = ''
  let working: Promise<unknown> = Promise.resolve()

  /** What went back since this process last looked. Once that is signed over, nothing in the database would tell of it. */
  function goneBack(last: AuditCheckpoint | null, lines: number): Fault | null {
    if (lines < seenLines)
      return {
        kind: 'truncated',
        n: lines + 1,
        sentence: `The log had ${seenLines} lines a moment ago, and has ${lines} now.`,
      }
    if (seen && (last === null || last.number < seen.number))
      return { kind: 'checkpoint', n: null, sentence: `Checkpoint ${seen.number} is gone.` }
    return null
  }

  /** Of lines that were tampered with the traces stay, and a signature after them holds them fast: it is given all the same. */
  async function faultSince(last: AuditCheckpoint | null): Promise<Fault | null> {
    for await (const found of verifyAudit(db, { keys: [], since: last })) if (found.kind === 'fault') return found.fault
    return null
  }

  async function sign(): Promise<AuditCheckpoint | Fault | null> {
    const last = await newestCheckpoint(db)
    const [head] = await db.rows<{ n: number; hash: Uint8Array }>(sql`select n, hash from audit_head`, urgency.idle)
    const lines = head?.n ?? 0
    const gone = goneBack(last, lines)
    const fault = gone ?? (await faultSince(last))
    if (fault && said !== fault.sentence) events.emit('audit.broken', { sentence: fault.sentence })
    said = fault?.sentence ?? ''
    if (gone) return gone
    seenLines = lines
    seen = last
    if (!head || lines === (last?.lines ?? 0)) return fault
    const unsigned = {
      number: (last?.number ?? 0) + 1,
      lines,
      hash: hex(head.hash),
      at: wall().toISOString(),
      previous: last ? digestOf(last.signature) : noSignature,
    }
    const signature = signBytes(null, signedText(unsigned), signer.key)
    // Of two processes that sign at once, the second finds that it was done.
    const stored = await db.rows(
      sql`
      insert into audit_checkpoint (number, n, hash, at, key_id, previous, signature)
      values (${unsigned.number}, ${lines}, ${Buffer.from(unsigned.hash, 'hex')}, ${unsigned.at}, ${signer.id},
        ${Buffer.from(unsigned.previous, 'hex')}, ${signature}) on conflict do nothing returning number`,
      urgency.idle,
    )
    if (stored.length === 0) return fault
    const checkpoint = { ...unsigned, key: signer.id, signature: base64(signature)! }
    seen = checkpoint
    events.emit('audit.signed', {
      number: checkpoint.number,
      lines,
      hash: checkpoint.hash,
      signature: checkpoint.signature,
    })
    return fault ?? checkpoint
  }

  async function look(): Promise<void> {
    const [row] = await db.rows<{ n: number; signed: number; at: Date | null }>(
      sql`
      select h.n, coalesce(c.n, 0) as signed, c.at from audit_head h
      left join lateral (select n, at from audit_checkpoint order by number desc limit 1) c on true`,
      urgency.idle,
    )
    if (!row) return
    const isDue = row.n > row.signed && (row.at === null || wall().getTime() - row.at.getTime() >= everyMs)
    if (isDue || row.n - row.signed >= everyLines || row.n < seenLines) await sign()
    else seenLines = row.n
  }

  let timer: NodeJS.Timeout | undefined
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = working.then(work)
    working = next.catch(() => {}) // whoever asked hears of it
    return next
  }
  return {
    sign: () => inTurn(sign),
    look: () => inTurn(look),
    start() {
      timer = setInterval(() => inTurn(look).catch(() => {}), lookMs) // the next look tries again
      inTurn(look).catch(() => {}) // as above
    },
    async stop() {
      clearInterval(timer)
      await working
    },
  }
}
