// `npm test`: installs what is missing, builds, and runs every suite on PGlite, and on PostgreSQL and Chromium where they
// are found. It ends by saying what ran on what and what was left out; USHER_TEST_REQUIRE makes a suite left out a failure.
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { build, install, run } from './run.js'

await install()
await build()

const url = new URL(process.env.USHER_TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres')
const found = {
  postgres: await answers(url.hostname, Number(url.port || 5432)),
  chromium: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(path => existsSync(path)),
  kannel: existsSync('/usr/sbin/bearerbox') && existsSync('/usr/sbin/smsbox'),
}
const missing = Object.keys(found).filter(name => !found[name])
const required = (process.env.USHER_TEST_REQUIRE ?? '').split(',').filter(name => name !== '')
const lacking = required.filter(name => missing.includes(name))
if (lacking.length > 0) {
  console.error(`Required and not found: ${lacking.join(', ')}.`)
  process.exit(1)
}

const whatIsLeftOut = {
  postgres: `every server suite on PostgreSQL: nothing answers at ${url.host}`,
  chromium: 'the browser suites: no Chromium was found',
  kannel: 'texts through Kannel against our simulated carrier: bearerbox and smsbox were not found',
}
const projects = ['packages', 'pglite', ...(found.postgres ? ['postgres'] : [])]
const code = await run(
  'node',
  ['node_modules/vitest/vitest.mjs', 'run', ...projects.flatMap(name => ['--project', name]), ...process.argv.slice(2)],
  {
    env: {
      ...process.env,
      USHER_TEST_DATABASE_URL: url.href,
      USHER_TEST_POSTGRES: found.postgres ? '1' : '',
      USHER_TEST_CHROMIUM: found.chromium ?? '',
      USHER_TEST_KANNEL: found.kannel ? '1' : '',
      USHER_TEST_LEFT_OUT: missing.map(name => whatIsLeftOut[name]).join('\n'),
      USHER_TEST_RAN_ON: [
        'PGlite',
        found.postgres && 'PostgreSQL',
        found.chromium && 'Chromium',
        found.kannel && 'Kannel',
      ]
        .filter(Boolean)
        .join(', '),
    },
  },
)
process.exit(code)

function answers(host, port) {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: 2_000 })
    const end = is => {
      socket.destroy()
      resolve(is)
    }
    socket.on('connect', () => end(true))
    socket.on('error', () => end(false))
    socket.on('timeout', () => end(false))
  })
}
