// npm run bench [-- --quick] [KEY...]: measures, prints a table, writes bench/results.json and bench/RESULTS.md. A KEY
// names a row or a family: `codes` is all of codes.*. --quick runs a tenth of everything, to see that it works; what
// it finds means little and is not kept.
import { failover, pacing } from './carriers.ts'
import { codec } from './codec.ts'
import { codes } from './codes.ts'
import { imported } from './consents.ts'
import { consoleMessages } from './console.ts'
import { events } from './events.ts'
import { due, races } from './journeys.ts'
import { againstKannel } from './kannel.ts'
import { routed, steady, throughput } from './line.ts'
import { redirects } from './links.ts'
import { memory } from './memory.ts'
import { everyRule, million, stopsInACampaign } from './policy.ts'
import { asResult, asTable, isMet, keep, type Result, type Row } from './results.ts'
import { cleanUp, machine, say } from './rig.ts'
import { session } from './session.ts'
import { signInRisk } from './sign-ins.ts'
import { checks, enumeration, verifications } from './verifications.ts'
import { webhooksOut } from './webhooks.ts'

interface Bench {
  /** The rows it gives. */
  keys: string[]
  run: (scale: number) => Promise<Row[]>
}

const benches: Bench[] = [
  { keys: ['line.batch.postgres'], run: throughput('line.batch.postgres', 'batch', 'postgres', '>= 5000') },
  { keys: ['line.batch.pglite'], run: throughput('line.batch.pglite', 'batch', 'pglite', '>= 2000') },
  { keys: ['line.single.postgres'], run: throughput('line.single.postgres', 'single', 'postgres', '>= 2500') },
  { keys: ['line.routed.postgres'], run: routed },
  { keys: ['line.policy.postgres'], run: everyRule },
  { keys: ['line.steady.postgres', 'line.steady.p50.postgres'], run: steady },
  { keys: ['line.kannel', 'line.kannel.single', 'line.kannel.cpu'], run: againstKannel },
  { keys: ['codes.loaded.postgres', 'codes.idle.postgres', 'codes.stops.postgres'], run: codes('postgres', '<= 50') },
  { keys: ['codes.loaded.pglite', 'codes.idle.pglite'], run: codes('pglite', '<= 150') },
  { keys: ['codec.submit_sm', 'codec.submit_sm.text'], run: codec('submit_sm') },
  { keys: ['codec.deliver_sm', 'codec.deliver_sm.text'], run: codec('deliver_sm') },
  { keys: ['smpp.session'], run: session },
  { keys: ['carriers.failover', 'carriers.failover.bulk'], run: failover },
  { keys: ['carriers.pacing', 'carriers.pacing.highest'], run: pacing },
  { keys: ['policy.million'], run: million },
  { keys: ['consent.stop'], run: stopsInACampaign },
  { keys: ['consents.import', 'consents.import.memory'], run: imported },
  { keys: ['verification.loaded', 'verification.idle'], run: verifications },
  { keys: ['verification.check'], run: checks },
  { keys: ['verification.enumeration'], run: enumeration },
  { keys: ['journeys.due'], run: due },
  { keys: ['journeys.races'], run: races },
  { keys: ['events.batch'], run: events('batch') },
  { keys: ['events.single'], run: events('single') },
  { keys: ['webhooks.out', 'webhooks.out.dead'], run: webhooksOut },
  { keys: ['links.redirect'], run: redirects },
  { keys: ['signin.risk'], run: signInRisk },
  { keys: ['console.messages'], run: consoleMessages },
  { keys: ['memory.postgres', 'memory.growth.postgres'], run: memory },
]

const readme = `
Written by \`npm run bench\`, which measures on the machine it runs on: server, simulated carrier and PostgreSQL are
processes of their own and share its cores with the load generator, so what is shown is what all of them leave for each
other. Everything is on loopback; the carrier answers at once and sends receipts 20 ms later. Each value is the median of
three runs after a warm-up, unless its note says otherwise. A ratio is to the peer measured beside it in the same run, or
to the goal where there is no peer; for times and memory, less is better.`

const asked = process.argv.slice(2)
const isQuick = asked.includes('--quick')
const names = asked.filter(name => name !== '--quick')
const matches = (key: string) => names.length === 0 || names.some(name => key === name || key.startsWith(`${name}.`))
const chosen = benches.filter(({ keys }) => keys.some(matches))

const unknown = names.filter(
  name => !benches.some(({ keys }) => keys.some(key => key === name || key.startsWith(`${name}.`))),
)
if (unknown.length > 0) {
  say(`There is no ${unknown.join(', ')}. The keys are:\n  ${benches.flatMap(({ keys }) => keys).join('\n  ')}`)
  process.exit(2)
}
let isStopping = false
const stop = (why: unknown) => {
  if (isStopping) return
  isStopping = true
  say(`stopping: ${why instanceof Error ? why.stack : why}`)
  cleanUp().finally(() => process.exit(1))
}
for (const cause of ['SIGINT', 'SIGTERM', 'uncaughtException', 'unhandledRejection']) process.on(cause, stop)

const measuredOn = await machine()
say(`${measuredOn}${isQuick ? '; quick: a tenth of everything' : ''}`)
const results: Result[] = []
for (const { keys, run } of chosen) {
  say(keys.join(', '))
  try {
    results.push(...(await run(isQuick ? 10 : 1)).map(row => asResult(row, measuredOn)))
  } catch (error) {
    if (isStopping) await new Promise(() => {}) // it ends when all is cleaned up
    process.exitCode = 1
    say(`  broke: ${(error as Error).stack ?? error}`)
  }
  await cleanUp()
}

process.stdout.write(`${asTable(results)}\n\n${results.map(({ key, note }) => `${key}: ${note}`).join('\n')}\n`)
const missed = results.filter(result => isMet(result) === false).map(({ key }) => key)
if (missed.length > 0) say(`\nGoals missed: ${missed.join(', ')}`)
if (isQuick) say('\nNothing is kept of a quick run.')
else if (results.length > 0)
  keep(
    new URL('../', import.meta.url),
    results,
    benches.flatMap(({ keys }) => keys),
    readme,
  )
process.exit()
