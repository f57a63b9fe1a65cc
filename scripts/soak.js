// `npm run soak`: the long forms of what breaks a server. It kills it thirty times on each database while texts flow, twenty
// times while the wires to its carriers break, and feeds the decoders, the guard and the receipts with far more made-up octets
// than `npm test` does: five million each of PDUs, mutated PDUs and receipts. The results go into docs/soak.md, the newest first.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { build, install, root, run } from './run.js'

await install()
await build()

const folder = mkdtempSync(join(tmpdir(), 'usher-soak-'))
const results = join(folder, 'results.ndjson')
const fuzzCases = process.env.USHER_FUZZ_CASES ?? '5000000'
const env = { ...process.env, USHER_SOAK: '1', USHER_SOAK_RESULTS: results, USHER_FUZZ_CASES: fuzzCases }
const vitest = (...args) =>
  run('node', ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=1800000', ...args], { env })

const date = new Date().toISOString().slice(0, 16).replace('T', ' ')
const runs = []
const timed = async (what, ...args) => {
  const startedAt = performance.now()
  const code = await vitest(...args)
  runs.push({ what, code, seconds: Math.round((performance.now() - startedAt) / 1_000) })
}
await timed('kills and faults on PostgreSQL', '--project', 'postgres', 'server/src/faults')
await timed('kills and faults on PGlite', '--project', 'pglite', 'server/src/faults')
await timed(
  'all else of the server on PGlite',
  '--project',
  'pglite',
  'server/src',
  '--exclude',
  'server/src/faults/**',
)
await timed(
  `made-up octets: ${Number(fuzzCases).toLocaleString('en')} PDUs, as many mutated and as many receipts; GSM, segments`,
  '--project',
  'packages',
  'smpp/src',
)
await timed('made-up texts: the guard', '--project', 'pglite', 'server/src/message/guard')

const kills = existsSync(results)
  ? readFileSync(results, 'utf8')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line))
  : []
rmSync(folder, { recursive: true })

const sum = numbers => numbers.reduce((a, b) => a + b, 0)
const median = numbers => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0
const rows = [
  ['texts answered with yes', kill => kill.texts],
  ['kills (while starting)', kill => `${kill.kills} (${kill.killsAtStart})`],
  ['**lost**', kill => `**${kill.lost}**`],
  ['**doubled that must not be**', kill => `**${kill.doubled}**`],
  ['notices taken twice by the carrier, as they may', kill => kill.takenTwice],
  [
    'in doubt: most after one kill / of all',
    kill => `${kill.on === 'postgres' ? Math.max(0, ...kill.inDoubt) : '-'} / ${sum(kill.inDoubt)}`,
  ],
  ['never reached the carrier, and said so (`unanswered`)', kill => kill.states.unanswered ?? 0],
  ['asked again with the same key', kill => kill.askedAgain],
  [
    'connections cut / half closed / stalled / refused by the wire',
    ({ chaos }) => (chaos ? [chaos.cut, chaos.halfClosed, chaos.stalled, chaos.refused].join(' / ') : '-'),
  ],
  ['texts from handsets, each stored once', kill => kill.replies],
  [
    'the API answers again after, median / worst',
    kill => `${median(kill.backAfterMs)} / ${Math.max(0, ...kill.backAfterMs)} ms`,
  ],
  ['rules broken', kill => kill.broken.length],
  ['seed', kill => kill.seed],
  ['took', kill => `${kill.seconds} s`],
]
const nameOf = ({ on, what }) =>
  what === 'chaos' ? 'PostgreSQL, two carriers, breaking wires' : on === 'postgres' ? 'PostgreSQL' : 'PGlite'
const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}, Node ${process.versions.node}`
const section = `## ${date} UTC

${machine}

| | ${kills.map(nameOf).join(' | ')} |
|---|${kills.map(() => '---|').join('')}
${rows.map(([name, of]) => `| ${name} | ${kills.map(of).join(' | ')} |`).join('\n')}

${runs.map(({ what, code, seconds }) => `- ${what}: ${code === 0 ? 'passed' : '**failed**'}, ${seconds} s`).join('\n')}
${kills.flatMap(kill => kill.broken.map(line => `- broken on ${kill.on}: ${line}\n`)).join('')}`

const path = `${root}docs/soak.md`
const intro = `# Soak

\`npm run soak\` kills the server with SIGKILL again and again while codes, alerts, notices, titles and offers flow in and
texts from handsets come back, on PostgreSQL and on PGlite. The callers ask again with the same idempotency key whatever
got no answer. Afterwards three accounts are compared: what the callers were answered, what the database holds, and what
the simulated carrier took. [kill.ts](../server/src/faults/kill.ts) holds the rules; \`npm test\` runs a short form.

*Lost*: answered with yes, and without a recorded end. *In doubt*: claimed by the killed server and not recorded; the next
one ends them as \`unanswered\`, a receipt corrects that, and alerts and account notices are sent once more.

In one of the runs there are two carriers, and the wires to both break all the time: octets come late, in pieces or one by
one, and connections are cut within a PDU, half closed, or pass nothing on any more
([chaos.ts](../server/src/faults/chaos.ts)). What is counted is what both carriers took together.

The decoder of SMPP gets five million PDUs of every kind and five million that were mutated and cut anywhere, the parser
of receipts five million texts ([fuzz.test.ts](../smpp/src/fuzz.test.ts); \`npm test\` makes a hundred thousand of each).
A case that fails prints its seed and its octets; \`USHER_FUZZ_SEED\` and \`USHER_FUZZ_CASES=1\` run it again.

`
const kept = 10
const before = existsSync(path)
  ? readFileSync(path, 'utf8')
      .split(/^(?=## )/m)
      .slice(1)
  : []
writeFileSync(
  path,
  `${intro}${[section, ...before]
    .slice(0, kept)
    .map(text => text.trim())
    .join('\n\n')}\n`,
)
console.log(`Written to docs/soak.md`)
process.exit(runs.every(({ code }) => code === 0) ? 0 : 1)
