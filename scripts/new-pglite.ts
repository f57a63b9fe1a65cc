// Before the suites on PGlite: one new database is made and dumped, and each suite reads the dump instead of making its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'

export default async function setup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'usher-test-pglite-'))
  const db = await PGlite.create()
  const dump = await db.dumpDataDir('none')
  await db.close()
  process.env.USHER_TEST_PGLITE = join(folder, 'new.tar')
  writeFileSync(process.env.USHER_TEST_PGLITE, Buffer.from(await dump.arrayBuffer()))
  return () => rmSync(folder, { recursive: true, force: true })
}
