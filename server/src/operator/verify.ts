// Checks the audit log against its chain and its checkpoints, and says of each thing that was done to it what, and where.
//
// The hash of a line is taken as it stands there and asked of the next one. So one line that was changed is found as one,
// and a chain that was written anew from some line on shows at the first checkpoint after it.
import { createHash, type KeyObject } from 'node:crypto'
import type { AuditCheckpoint } from '@usher/contract/operator'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'
import { type CheckpointRow, digestOf, isSigned, keyId, noSignature, viewCheckpoint } from './checkpoint.ts'

export interface Fault {
  kind: 'changed' | 'missing' | 'inserted' | 'swapped' | 'truncated' | 'chained_anew' | 'checkpoint'
  /** The first line it is about; null where it is about none. */
  n: number | null
  sentence: string
}

export type Found =
  | { kind: 'progress'; checked: number; of: number }
  | { kind: 'fault'; fault: Fault }
  | { kind: 'done'; lines: number; signed: number; checkpoints: number; faults: number }

export interface VerifyOptions {
  /** Public keys of Ed25519 that checkpoints may be signed by. */
  keys: readonly KeyObject[]
  /** A checkpoint that was kept elsewhere. */
  kept?: AuditCheckpoint | undefined
  /** Looks only at what came after this one, and at no checkpoint. Null: at all lines. */
  since?: AuditCheckpoint | null
}

/** Lines that are read at once. */
const batch = 2_000
/** Lines that don't fit are looked at more closely, as long as they are so few. */
const fewest = 200

interface Row {
  n: number
  audit_id: string
  hash: Uint8Array
  record: string | null
  action: string | null
  at: Date | null
}

interface Misfit {
  n: number
  before: Buffer
  hash: Buffer
  /** What is hashed, without the line's own place. */
  rest: string
  told: string
}

const zeros = Buffer.alloc(32)
const hashOf = (before: Uint8Array, record: string) => createHash('sha256').update(before).update(record).digest()
const placed = (n: number, rest: string) => `[${n}, ${rest}`
const range = (from: number, to: number) => (from === to ? `Line ${from} is` : `Lines ${from} to ${to} are`)

/** Written out as in chain_audit(): a function of the database could be replaced by whoever owns it. */
const record = sql`jsonb_build_array(c.n, a.id, (extract(epoch from a.at) * 1000000)::bigint, a.operator_id, a.action, a.subject, a.detail)::text`

/** `limit` keeps the planner from reading both tables whole to join them (measured on 300,000 lines: 4,000 a second so, 30,000 by index). */
const readLines = (db: Statements, after: number, until: number) =>
  db.rows<Row>(
    sql`
    select c.n, c.audit_id, c.hash, case when a.id is not null then ${record} end as record, a.action, a.at
    from (select * from audit_chain where n > ${after} and n <= ${until} order by n limit ${batch}) c
    left join lateral (select * from audit where id = c.audit_id limit 1) a on true order by c.n`,
    urgency.idle,
  )

/** Tells how far it is, each fault when it is found, and at the end how it went. */
export async function* verifyAudit(db: Database, options: VerifyOptions): AsyncGenerator<Found> {
  let faults = 0
  const fault = (kind: Fault['kind'], n: number | null, sentence: string): Found => {
    faults++
    return { kind: 'fault', fault: { kind, n, sentence } }
  }
  const isWhole = options.since === undefined
  const checkpoints = isWhole
    ? (await db.rows<CheckpointRow>(sql`select * from audit_checkpoint order by number`, urgency.idle)).map(
        viewCheckpoint,
      )
    : []
  const wanted = new Map<number, string | undefined>(checkpoints.map(({ lines }) => [lines, undefined]))
  if (options.kept) wanted.set(options.kept.lines, undefined)
  const [head] = await db.rows<{ n: number; hash: Uint8Array }>(sql`select n, hash from audit_head`, urgency.idle)

  // ---- The lines, by their places
  let at = options.since?.lines ?? 0
  let before: Buffer | null = options.since ? Buffer.from(options.since.hash, 'hex') : zeros
  const misfits: Misfit[] = []
  const end = head?.n ?? Number.MAX_SAFE_INTEGER
  for (;;) {
    const rows = await readLines(db, at, end)
    for (const row of rows) {
      const hash = Buffer.from(row.hash)
      if (row.n > at + 1) {
        yield fault(
          'missing',
          at + 1,
          `${range(at + 1, row.n - 1)} gone, with ${row.n - 1 === at + 1 ? 'its place' : 'their places'} in the chain.`,
        )
        before = null // what came before is not known: this line can't be asked, the next one can
      }
      if (row.record === null) yield fault('missing', row.n, `Line ${row.n} (${row.audit_id}) is gone.`)
      else if (before && !hashOf(before, row.record).equals(hash))
        misfits.push({
          ...{ n: row.n, before, hash },
          rest: row.record.slice(row.record.indexOf(', ') + 2),
          told: `${row.action}, ${row.at!.toISOString()}`,
        })
      if (wanted.has(row.n)) wanted.set(row.n, hash.toString('hex'))
      before = hash
      at = row.n
    }
    if (misfits.length > fewest || rows.length < batch)
      for (const one of explained(misfits.splice(0))) yield fault(...one)
    if (rows.length < batch) break
    if (isWhole) yield { kind: 'progress', checked: at, of: head?.n ?? at }
  }

  // ---- The end
  const furthest = Math.max(head?.n ?? 0, ...checkpoints.map(({ lines }) => lines), options.kept?.lines ?? 0)
  if (furthest > at) {
    const by = checkpoints.findLast(({ lines }) => lines > at)
    const witness = by ? `checkpoint ${by.number} signed ${by.lines} on ${by.at}` : `there were ${furthest}`
    yield fault(
      'truncated',
      at + 1,
      `The log ends at line ${at}, and ${witness}: ${range(at + 1, furthest).toLowerCase()} gone.`,
    )
  } else if (head && before && !Buffer.from(head.hash).equals(before))
    yield fault('chained_anew', at, `The end of the chain has another hash than its last line, ${at}.`)

  // ---- Lines without a place
  if (isWhole) {
    let last = '00000000-0000-0000-0000-000000000000'
    for (;;) {
      const page = await db.rows<{ id: string; at: Date; action: string; is_chained: boolean }>(
        sql`
        select a.id, a.at, a.action, c.n is not null as is_chained
        from (select id, at, action from audit where id > ${last}::uuid order by id limit ${batch}) a
        left join lateral (select n from audit_chain where audit_id = a.id limit 1) c on true order by a.id`,
        urgency.idle,
      )
      for (const row of page.filter(one => !one.is_chained)) {
        const next = await placeAfter(db, row.id)
        yield fault(
          'inserted',
          next,
          `A line was put in ${next === null ? 'at the end' : `before line ${next}`} (${row.action}, ${row.at.toISOString()}, ${row.id}): it has no place in the chain.`,
        )
      }
      if (page.length < batch) break
      last = page.at(-1)!.id
    }
    yield* signatures(checkpoints, wanted, options, at, fault)
  }
  const signed = checkpoints.at(-1)?.lines ?? 0
  yield { kind: 'done', lines: at, signed, checkpoints: checkpoints.length, faults }
}

async function placeAfter(db: Statements, id: string): Promise<number | null> {
  const [next] = await db.rows<{ n: number }>(
    sql`select c.n from audit a join audit_chain c on c.audit_id = a.id where a.id > ${id}::uuid order by a.id limit 1`,
    urgency.idle,
  )
  return next?.n ?? null
}

/** What lines that don't fit tell, taken together. */
function explained(misfits: Misfit[]): [Fault['kind'], number, string][] {
  const said: [Fault['kind'], number, string][] = []
  const rest = new Set(misfits)
  if (misfits.length <= fewest)
    for (const one of misfits)
      for (const other of misfits) {
        if (other.n <= one.n || !rest.has(one) || !rest.has(other)) continue
        const fits = (line: Misfit, there: Misfit) =>
          hashOf(there.before, placed(there.n, line.rest)).equals(there.hash)
        if (!fits(one, other) || !fits(other, one)) continue
        said.push(['swapped', one.n, `Lines ${one.n} and ${other.n} have changed places.`])
        rest.delete(one)
        rest.delete(other)
      }
  // Lines one after the other that don't fit are one deed: had each been changed by itself, it would say no more.
  const runs: Misfit[][] = []
  for (const one of misfits.filter(line => rest.has(line)))
    if (runs.at(-1)?.at(-1)?.n === one.n - 1) runs.at(-1)!.push(one)
    else runs.push([one])
  for (const run of runs) {
    const [{ n, told }] = run as [Misfit, ...Misfit[]]
    said.push([
      'changed',
      n,
      run.length === 1
        ? `Line ${n} (${told}) is not what was recorded${n > 1 ? `, unless line ${n - 1} was changed together with its hash` : ''}.`
        : `Lines ${n} to ${run.at(-1)!.n} are not what was recorded: each was changed, or one was taken out or put in before line ${n} and they were numbered anew.`,
    ])
  }
  return said
}

/** The checkpoints: none is missing, each is signed, and each says what the chain says. */
function* signatures(
  checkpoints: readonly AuditCheckpoint[],
  hashes: ReadonlyMap<number, string | undefined>,
  { keys, kept }: VerifyOptions,
  last: number,
  fault: (kind: Fault['kind'], n: number | null, sentence: string) => Found,
): Generator<Found> {
  const known = new Map(keys.map(key => [keyId(key), key]))
  const isGood = (one: AuditCheckpoint) => {
    const key = known.get(one.key)
    return key !== undefined && isSigned(one, key)
  }
  if (checkpoints.length === 0 && last > 0)
    yield fault('checkpoint', null, 'No checkpoint signs any line: they were deleted, or this log was never signed.')
  let number = 0
  let previous: string | null = noSignature
  let agreed = 0
  let isAnew = false
  for (const one of checkpoints) {
    if (one.number !== number + 1) {
      const many = one.number - number > 2
      yield fault(
        'checkpoint',
        null,
        `Checkpoint${many ? `s ${number + 1} to` : ''} ${one.number - 1} ${many ? 'are' : 'is'} gone.`,
      )
      previous = null
    }
    if (!isGood(one))
      yield fault(
        'checkpoint',
        one.lines,
        `Checkpoint ${one.number}, of ${one.lines} lines on ${one.at}, is not signed by ${keys.length === 1 ? 'this key' : 'these keys'}.`,
      )
    else if (previous !== null && one.previous !== previous)
      yield fault('checkpoint', one.lines, `Checkpoint ${one.number} does not follow from checkpoint ${number}.`)
    const hash = hashes.get(one.lines)
    if (hash === one.hash) {
      agreed = one.lines
      isAnew = false
    } else if (hash !== undefined && !isAnew) {
      // The checkpoints after it differ as well, for each covers all lines before it: one sentence for all.
      isAnew = true
      yield fault(
        'chained_anew',
        agreed + 1,
        `${range(agreed + 1, one.lines)} not what checkpoint ${one.number} signed on ${one.at}: they were chained anew.`,
      )
    }
    number = one.number
    previous = digestOf(one.signature)
  }
  if (!kept) return
  const name = `Checkpoint ${kept.number}, which was kept elsewhere,`
  const there = checkpoints.find(one => one.number === kept.number)
  if (!isGood(kept))
    yield fault('checkpoint', kept.lines, `${name} is not signed by ${keys.length === 1 ? 'this key' : 'these keys'}.`)
  else if (there?.signature !== kept.signature)
    yield fault('checkpoint', kept.lines, `${name} is ${there ? 'another here' : 'gone'}.`)
  const hash = hashes.get(kept.lines)
  if (hash !== undefined && hash !== kept.hash && !isAnew)
    // The checkpoints that are here prove nothing any more.
    yield fault('chained_anew', 1, `${name} signed other lines up to ${kept.lines}: they were chained anew.`)
}
