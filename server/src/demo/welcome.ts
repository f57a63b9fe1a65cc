// What the demo says when it is up: where to look, a key, and a text to send.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { subscribers } from '@usher/demo/subscribers'
import type { Clock } from '../clock.ts'
import { createKey } from '../http/auth.ts'
import type { Acceptor } from '../message/accept.ts'
import { demoOperator, linkOf } from '../operator/operator.ts'
import type { Database } from '../store/database.ts'
import { sql } from '../store/sql.ts'

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
  config: { data: string; service: string; contact: string; orpheumPort: number },
  tookMs: number,
): Promise<void> {
  const key = await demoKey(db, clock, config.data, 'demo')
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
  Usher is up, with ${config.service} and three simulated carriers (${(tookMs / 1000).toFixed(1)} s).

  Console         ${linkOf(publicUrl, token)}
                  (signs you in once, for a day; the next start prints another)
  Phone           ${url}/phone/${encodeURIComponent(first.msisdn)}
  ${config.service.padEnd(14)}  http://localhost:${config.orpheumPort}
                  (a program of its own: it posts events, is told by webhooks, and is where links lead; see /desk)
  API reference   ${url}/docs
  API key         ${key}

  Send ${first.name} a sign-in code, and watch it arrive on the phone:

curl -sS ${url}/v1/messages -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -H "Idempotency-Key: hello-$(date +%s)" -d '{"subscriber":"${first.id}","purpose":"code.sign_in","template":"code.sign_in","data":{"code":"482913","minutes":10}}'

  Post an event, and see it in the console under Events:

curl -sS ${url}/v1/events -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/cloudevents+json' -d '{"specversion":"1.0","id":"hello-1","source":"/billing","type":"com.usher.payment.failed","subject":"${first.id}","data":{"amount":1199,"currency":"USD"}}'

  Ctrl-C stops it; what was sent stays in ${config.data}.
`)
}

/** One key for each of the demo's programs, kept beside its data, so that a second start has the same one. */
export async function demoKey(db: Database, clock: Clock, data: string, name: 'demo' | 'orpheum'): Promise<string> {
  const path = join(data, `${name}-key`)
  try {
    const key = readFileSync(path, 'utf8').trim()
    const [there] = await db.rows(sql`select id from api_key where id = ${key.split('_')[1]} and revoked_at is null`)
    if (there) return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const { key } = await createKey(db, clock, name)
  writeFileSync(path, `${key}\n`, { mode: 0o600 })
  return key
}
