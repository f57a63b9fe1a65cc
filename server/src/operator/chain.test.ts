// The audit log as a chain: what somebody does to it who owns the database is found, and where it was done is said.
import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { newPostgres, on, testDatabase, testDesk } from '../desk.ts'
import { type Events, eventBus } from '../events.ts'
import type { Database } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { keyRing, keysFromFile } from '../store/keys.ts'
import { migrate, migrations } from '../store/migrations.ts'
import { openPostgres } from '../store/postgres.ts'
import { sql } from '../store/sql.ts'
import { record } from './audit.ts'
import { auditSigner, publicKeysOf } from './chain.ts'
import { type Fault, type VerifyOptions, verifyAudit } from './verify.ts'

const keys = keyRing([{ id: 1, secret: Buffer.alloc(32, 7) }])
/** Each log begins an hour after the one before it: ids of one process never go back. */
let startMs = Date.parse('2026-11-02T15:00:00Z')

/** A log of deeds, all of them signed but for the last `unsigned`. */
async function aLog({ lines = 12, unsigned = 0, signEvery = 4 } = {}) {
  const { db } = await testDatabase()
  await db.script('truncate audit, audit_chain, audit_head, audit_checkpoint')
  await db.rows(sql`delete from setting`)
  const events = eventBus()
  const broken: Events['audit.broken'][] = []
  events.on('audit.broken', event => broken.push(event))
  startMs += 3_600_000
  let now = startMs
  const signer = await auditSigner({ db, keys, wall: () => new Date(now), events })
  const deed = async () => {
    now += 1_000
    const n = (now - startMs) / 1_000
    await record(db, {
      at: new Date(now),
      operatorId: null,
      action: 'template.saved',
      subject: `t-${n}`,
      detail: { n, of: 'é' },
    })
  }
  for (let i = 1; i <= lines; i++) {
    await deed()
    if (i % signEvery === 0 && i <= lines - unsigned) await signer.sign()
  }
  const pass = (seconds: number) => {
    now += seconds * 1_000
  }
  return { db, signer, broken, deed, pass, ids: await placesOf(db) }
}

const placesOf = async (db: Database) =>
  (await db.rows<{ audit_id: string }>(sql`select audit_id from audit_chain order by n`)).map(row => row.audit_id)

/** As the owner of the database: the triggers that forbid it are switched off. */
async function tamper(db: Database, work: () => Promise<unknown>) {
  const tables = ['audit', 'audit_chain', 'audit_checkpoint']
  for (const table of tables) await db.script(`alter table ${table} disable trigger all`)
  await work()
  for (const table of tables) await db.script(`alter table ${table} enable trigger all`)
}

async function check(db: Database, options: Partial<VerifyOptions> = {}): Promise<Fault[]> {
  const faults: Fault[] = []
  for await (const found of verifyAudit(db, { keys: await publicKeysOf(db), ...options }))
    if (found.kind === 'fault') faults.push(found.fault)
  return faults
}
const brief = (faults: Fault[]) => faults.map(({ kind, n }) => `${kind} ${n}`)

/** What somebody does who knows how the chain is made: from a line on, all places and hashes anew. */
async function chainAnew(db: Database) {
  const rows = await db.rows<{ id: string }>(sql`select id from audit order by id`)
  await db.rows(sql`delete from audit_chain`)
  let hash: Buffer = Buffer.alloc(32)
  for (const [i, { id }] of rows.entries()) {
    const [row] = await db.rows<{ record: string }>(sql`
      select jsonb_build_array(${i + 1}::bigint, id, (extract(epoch from at) * 1000000)::bigint, operator_id, action, subject, detail)::text as record
      from audit where id = ${id}`)
    hash = createHash('sha256').update(hash).update(row!.record).digest()
    await db.rows(sql`insert into audit_chain (n, audit_id, hash) values (${i + 1}, ${id}, ${hash})`)
  }
  await db.rows(sql`update audit_head set n = ${rows.length}, hash = ${hash}`)
}

test('a log that nobody touched is whole, signed and unsigned lines alike', async () => {
  const { db } = await aLog({ lines: 10, unsigned: 2 })

  const found = []
  for await (const one of verifyAudit(db, { keys: await publicKeysOf(db) })) found.push(one)

  expect(found).toEqual([{ kind: 'done', lines: 10, signed: 8, checkpoints: 2, faults: 0 }])
})

test.each(['action', 'subject', 'detail', 'at', 'operator_id'])('a line whose %s was edited is named', async column => {
  const { db, ids } = await aLog()
  const edits = {
    action: sql`action = 'nothing.done'`,
    subject: sql`subject = 'somebody else'`,
    detail: sql`detail = detail || '{"n": 99}'`,
    at: sql`at = at + interval '1 microsecond'`,
    operator_id: sql`operator_id = ${ids[0]}`,
  }

  await tamper(db, () => db.rows(sql`update audit set ${edits[column as keyof typeof edits]} where id = ${ids[6]}`))

  const faults = await check(db)
  expect(brief(faults)).toEqual(['changed 7'])
  expect(faults[0]!.sentence).toContain('Line 7 (')
})

test('a line that was edited with its hash is found with the line after it', async () => {
  const { db, ids } = await aLog()

  await tamper(db, async () => {
    await db.rows(sql`update audit set subject = 'nobody' where id = ${ids[5]}`)
    await db.rows(sql`
      update audit_chain c set hash = sha256((select hash from audit_chain where n = 5) || convert_to((
        select jsonb_build_array(c.n, a.id, (extract(epoch from a.at) * 1000000)::bigint, a.operator_id, a.action, a.subject, a.detail)::text
        from audit a where a.id = c.audit_id), 'UTF8')) where n = 6`)
  })

  const faults = await check(db)
  expect(brief(faults)).toEqual(['changed 7'])
  expect(faults[0]!.sentence).toContain('unless line 6 was changed together with its hash')
})

test('a line that was deleted is named, with its place in the chain or without', async () => {
  const { db, ids } = await aLog()

  await tamper(db, () => db.rows(sql`delete from audit where id = ${ids[4]}`))
  expect(brief(await check(db))).toEqual(['missing 5'])

  await tamper(db, () => db.rows(sql`delete from audit_chain where n = 5`))
  expect(brief(await check(db))).toEqual(['missing 5'])
})

test('lines that were deleted and closed up are found from where they were', async () => {
  const { db, ids } = await aLog()

  await tamper(db, async () => {
    await db.rows(sql`delete from audit where id = ${ids[4]}`)
    await db.rows(sql`delete from audit_chain where n = 5`)
    await db.rows(sql`update audit_chain set n = -n where n > 5`)
    await db.rows(sql`update audit_chain set n = -n - 1 where n < 0`)
    await db.rows(sql`update audit_head set n = 11`)
  })

  const faults = brief(await check(db))
  expect(faults).toContain('changed 5')
  expect(faults).toContain('truncated 12') // the last checkpoint signed 12 lines
})

test('a line that was put in is named, by the line before which it stands', async () => {
  const { db } = await aLog()

  await tamper(db, () =>
    db.rows(sql`
      insert into audit (id, at, action, subject, detail)
      values (${firstIdAt(new Date(startMs + 6_500))}, ${new Date(startMs + 6_500)}, 'number.revealed', 'sub-1', '{}')`),
  )

  const faults = await check(db)
  expect(brief(faults)).toEqual(['inserted 7'])
  expect(faults[0]!.sentence).toContain('number.revealed')
})

test('lines that changed places are named, both', async () => {
  const { db, ids } = await aLog()

  await tamper(db, async () => {
    await db.rows(sql`update audit_chain set audit_id = ${randomUUID()} where n = 3`)
    await db.rows(sql`update audit_chain set audit_id = ${ids[2]} where n = 9`)
    await db.rows(sql`update audit_chain set audit_id = ${ids[8]} where n = 3`)
  })

  const faults = await check(db)
  expect(brief(faults)).toEqual(['swapped 3'])
  expect(faults[0]!.sentence).toBe('Lines 3 and 9 have changed places.')
})

test('a tail that was cut off is found by the last checkpoint, whatever was set back with it', async () => {
  const { db, ids } = await aLog()

  await tamper(db, async () => {
    await db.rows(sql`delete from audit where id = any(${ids.slice(9)}::uuid[])`)
    await db.rows(sql`delete from audit_chain where n > 9`)
    await db.rows(sql`update audit_head set n = 9, hash = (select hash from audit_chain where n = 9)`)
  })

  const faults = await check(db)
  expect(brief(faults)).toEqual(['truncated 10'])
  expect(faults[0]!.sentence).toContain('lines 10 to 12 are gone')
})

test('a tail that nothing signed yet is missed by the end of the chain, and by the server that saw it', async () => {
  const { db, ids, signer, broken, deed } = await aLog({ lines: 11, unsigned: 3 })
  await signer.sign()
  await deed()
  await tamper(db, async () => {
    await db.rows(sql`delete from audit where id = any(${ids.slice(10)}::uuid[])`)
    await db.rows(sql`delete from audit_chain where n > 10`)
  })
  expect(brief(await check(db))).toContain('truncated 11')

  await tamper(db, () => db.rows(sql`update audit_head set n = 10, hash = (select hash from audit_chain where n = 10)`))

  expect(await signer.sign()).toMatchObject({ kind: 'truncated' })
  expect(broken).toHaveLength(1)
})

test('a log that was chained anew without the key is found by the first checkpoint after it, and signing goes on over it', async () => {
  const { db, ids, signer, broken, deed } = await aLog()

  await tamper(db, async () => {
    await db.rows(sql`update audit set subject = 'nobody' where id = ${ids[5]}`)
    await chainAnew(db)
  })
  await deed()

  const faults = await check(db)
  expect(brief(faults)).toEqual(['chained_anew 5'])
  expect(faults[0]!.sentence).toContain('Lines 5 to 8 are not what checkpoint 2 signed')
  expect(await signer.sign()).toMatchObject({ kind: 'changed', n: 13 })
  await deed()
  expect(await signer.sign()).toMatchObject({ number: 5, lines: 14 })
  expect(broken).toHaveLength(1)
  expect(brief(await check(db))).toEqual(['chained_anew 5']) // what was signed since hides nothing
})

test('checkpoints that are deleted, altered or signed by another key are named', async () => {
  const { db } = await aLog()
  const other = generateKeyPairSync('ed25519')

  expect(brief(await check(db, { keys: [other.publicKey] }))).toEqual(['checkpoint 4', 'checkpoint 8', 'checkpoint 12'])

  await tamper(db, () => db.rows(sql`update audit_checkpoint set at = at + interval '1 day' where number = 2`))
  expect((await check(db)).map(({ sentence }) => sentence)).toEqual([
    expect.stringContaining('Checkpoint 2, of 8 lines'),
  ])

  await tamper(db, () => db.rows(sql`delete from audit_checkpoint where number = 2`))
  expect((await check(db)).map(({ sentence }) => sentence)).toEqual(['Checkpoint 2 is gone.'])

  await tamper(db, () => db.rows(sql`delete from audit_checkpoint`))
  expect((await check(db)).map(({ sentence }) => sentence)).toEqual([expect.stringContaining('No checkpoint')])
})

test('all of it written anew, signatures too by a new start, is found by a checkpoint that was kept elsewhere', async () => {
  const { db, ids } = await aLog({ lines: 8, signEvery: 8 })
  const [row] = await db.rows<{ hash: Uint8Array }>(sql`select hash from audit_checkpoint`)
  const signer = await auditSigner({ db, keys, wall: () => new Date(startMs), events: eventBus() })
  await tamper(db, () => db.rows(sql`delete from audit_checkpoint`))
  const kept = (await signer.sign()) as NonNullable<VerifyOptions['kept']>
  expect(kept.hash).toBe(Buffer.from(row!.hash).toString('hex'))

  await tamper(db, async () => {
    await db.rows(sql`update audit set subject = 'nobody' where id = ${ids[2]}`)
    await chainAnew(db)
    await db.rows(sql`delete from audit_checkpoint`)
  })
  const again = await auditSigner({ db, keys, wall: () => new Date(startMs + 1), events: eventBus() })
  await again.sign()

  expect(await check(db)).toEqual([]) // by itself it looks whole
  expect(brief(await check(db, { kept }))).toEqual(['checkpoint 8', 'chained_anew 1'])
})

test('who writes at once from two processes leaves one straight chain, and nobody waits for ever', async () => {
  const { db } = await aLog({ lines: 0 })
  const { url } = await testDatabase()
  const others = url === undefined ? [db, db] : [await openPostgres(url), await openPostgres(url)]
  if (url !== undefined) onTestFinished(async () => void (await Promise.all(others.map(other => other.close()))))
  await db.rows(sql`insert into setting (name, value) values ('a', '0'), ('b', '0') on conflict do nothing`)
  // Each takes the two rows in another order than it records: were the chain's lock taken with the record, they would stand still.
  const work = (other: Database, mine: string, i: number) =>
    other.transaction(async tx => {
      const deed = { at: new Date(startMs + i), operatorId: null, action: 'template.saved', subject: `${mine}-${i}` }
      if (mine === 'a') await record(tx, deed)
      await tx.rows(sql`update setting set value = ${String(i)}::jsonb where name = 'a'`)
      if (mine === 'b') await record(tx, deed)
    })

  await Promise.all(Array.from({ length: 60 }, (_, i) => [work(others[0]!, 'a', i), work(others[1]!, 'b', i)]).flat())

  const places = await db.rows<{ n: number }>(sql`select n from audit_chain order by n`)
  expect(places.map(({ n }) => n)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1))
  expect(brief(await check(db))).toEqual(['checkpoint null']) // nobody signed it yet
})

test('is signed a minute after the last time where there is something new, or after a hundred lines', async () => {
  const { db, signer, deed, pass } = await aLog({ lines: 4 })
  const signed = async () =>
    (await db.rows<{ n: number }>(sql`select n from audit_checkpoint order by number`)).map(({ n }) => n)

  pass(600)
  await signer.look()
  expect(await signed()).toEqual([4]) // nothing is new

  await deed()
  await signer.look()
  expect(await signed()).toEqual([4, 5])

  for (let i = 0; i < 50; i++) await deed() // a second each
  await signer.look()
  expect(await signed()).toEqual([4, 5])
  pass(10)
  await signer.look()
  expect(await signed()).toEqual([4, 5, 55])

  await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      record(db, { at: new Date(startMs + i), operatorId: null, action: 'key.created', subject: `k-${i}` }),
    ),
  )
  await signer.look()
  expect(await signed()).toEqual([4, 5, 55, 155])
  expect(await check(db)).toEqual([])
})

test('a deed that is taken back takes its line with it', async () => {
  const { db, deed } = await aLog({ lines: 4 })
  const failing = db.transaction(async tx => {
    await record(tx, { at: new Date(startMs), operatorId: null, action: 'key.created', subject: 'k' })
    throw new Error('no')
  })

  await expect(failing).rejects.toThrow('no')
  await deed()

  expect(await check(db)).toEqual([])
  expect(await placesOf(db)).toHaveLength(5)
})

test.runIf(on === 'postgres')('lines from before there was a chain are chained by the migration', async () => {
  const { url, drop } = await newPostgres()
  const db = await openPostgres(url)
  onTestFinished(() => db.close().then(drop))
  await db.script('create table migration (number int primary key, name text not null)')
  for (const step of migrations.filter(({ number }) => number < 6)) {
    await db.script(step.sql)
    await db.rows(sql`insert into migration (number, name) values (${step.number}, ${step.name})`)
  }
  for (let i = 0; i < 5; i++)
    await record(db, { at: new Date(startMs + i), operatorId: null, action: 'key.created', subject: `k-${i}` })

  await migrate(db)
  await record(db, { at: new Date(startMs + 9), operatorId: null, action: 'key.revoked', subject: 'k-1' })
  await (await auditSigner({ db, keys, wall: () => new Date(startMs), events: eventBus() })).sign()

  expect(await check(db)).toEqual([])
  expect(await placesOf(db)).toHaveLength(6)
})

test('the command finds the server, tells what was done in a sentence each, and ends with 1', async () => {
  const desk = await testDesk()
  const { data, databaseUrl } = desk.config
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
  const env = {
    PATH: process.env.PATH,
    USHER_DATA: data,
    ...(databaseUrl === undefined ? {} : { USHER_DATABASE_URL: databaseUrl }),
  }
  const usher = (...args: string[]) =>
    new Promise<{ code: number; said: string; told: string }>(resolve =>
      execFile(process.execPath, [cli, ...args], { env }, (error, said, told) =>
        resolve({ code: Number(error?.code ?? 0), said, told }),
      ),
    )
  const { db } = desk.usher
  for (let i = 1; i <= 3; i++)
    await record(db, { at: desk.wall(), operatorId: null, action: 'key.created', subject: `k-${i}` })
  await (
    await auditSigner({ db, keys: keyRing(keysFromFile(desk.config.keyFile)), wall: desk.wall, events: eventBus() })
  ).sign()
  const files = { key: join(data, 'audit.pem'), checkpoint: join(data, 'checkpoint.json') }
  writeFileSync(files.key, (await usher('audit', 'key')).said)
  writeFileSync(files.checkpoint, (await usher('audit', 'checkpoint')).said)
  const verify = () => usher('audit', 'verify', '--public-key', files.key, '--checkpoint', files.checkpoint)

  const whole = await verify()
  await tamper(db, () => db.rows(sql`update audit set subject = 'nobody' where subject = 'k-2'`))
  const edited = await verify()
  writeFileSync(files.key, 'nothing')
  const unread = await verify()

  // The server of the desk may have signed some of them already.
  expect(whole).toMatchObject({ code: 0, told: '' })
  expect(whole.said).toMatch(
    /^The audit log is whole: 3 lines, 3 of them signed by \d checkpoints? \(checked by .*audit\.pem\)\.\n$/,
  )
  expect(edited.code).toBe(1)
  expect(edited.said).toMatch(/^Line 2 \(key\.created, .*\nThe audit log was tampered with: 1 trace in 3 lines\.\n$/)
  expect(unread).toMatchObject({ code: 1, told: expect.stringContaining('no public key') })
})
