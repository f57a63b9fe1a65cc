// What the demo says when it is up: where to look, a key, and a text to send.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import { createKey } from '../http/auth.ts'
import type { Acceptor } from '../message/accept.ts'
import { demoOperator, linkOf } from '../operator/operator.ts'
import type { Database } from '../store/database.ts'
import { sql } from '../store/sql.ts'
import { subscribers } from './orpheum.ts'

export interface Running {
  url: string | null
  publicUrl: string
  db: Database
  clock: Clock
  acceptor: Acceptor
}

/** Who the demo's console belongs to. */
const ada = { name: 'Ada', email: 'ada@orpheum.example' }

const first = subscribers.find(one => one.id === 'orph-0001') ?? subscribers[0]!

export async function welcome(
  { url, publicUrl, db, clock, acceptor }: Running,
  config: { data: string; service: string; contact: string },
  tookMs: number,
): Promise<void> {
  const key = await demoKey(db, clock, config.data)
  const { token } = await demoOperator(db, new Date(), ada)
  // The first text of a new demo: proof that the line works, before anybody typed anything.
  await acceptor.accept({
    to: { subscriber: first.id },
    purpose: 'reply.support',
    content: {
      text: `${config.service}: welcome, ${first.name.split(' ')[0]}. This phone is simulated; the carrier, the receipts and your reply are not faked. Reply HELP or STOP.`,
    },
    notBefore: null,
    expiresAt: null,
    idempotency: { apiKeyId: 'demo', key: 'welcome', bodyHashes: [Buffer.from('welcome')] },
  })
  process.stdout.write(`
  Usher is up, with ${config.service} and a simulated carrier (${(tookMs / 1000).toFixed(1)} s).

  Console         ${linkOf(publicUrl, token)}
                  (signs you in once, for a day; the next start prints another)
  Phone           ${url}/phone/${encodeURIComponent(first.msisdn)}
  API reference   ${url}/docs
  API key         ${key}

  Send ${first.name} a sign-in code, and watch it arrive on the phone:

curl -sS ${url}/v1/messages -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -H "Idempotency-Key: hello-$(date +%s)" -d '{"subscriber":"${first.id}","purpose":"code.sign_in","template":"code.sign_in","data":{"code":"482913","minutes":10}}'

  Ctrl-C stops it; what was sent stays in ${config.data}.
`)
}

/** One key for the demo, kept beside its data, so that a second start prints the same one. */
async function demoKey(db: Database, clock: Clock, data: string): Promise<string> {
  const path = join(data, 'demo-key')
  try {
    const key = readFileSync(path, 'utf8').trim()
    const [there] = await db.rows(sql`select id from api_key where id = ${key.split('_')[1]} and revoked_at is null`)
    if (there) return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const { key } = await createKey(db, clock, 'demo')
  writeFileSync(path, `${key}\n`, { mode: 0o600 })
  return key
}
