// What the commands of package.json share: each must work alone on a fresh clone with only Node and npm.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a command, in the repository unless told otherwise; answers its exit code. */
export function run(command, args, { env = process.env, stdio = 'inherit', cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio })
    const pass = signal => child.kill(signal)
    process.on('SIGTERM', pass)
    process.on('SIGINT', () => {}) // the terminal tells the child itself
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', pass)
      resolve(code ?? (signal ? 1 : 0))
    })
  })
}

const [major, minor] = process.versions.node.split('.').map(Number)

/** Installs what the lock file names, when it is missing or older than the lock file. */
export async function install() {
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Usher needs Node 20.19 or later; this is ${process.versions.node}.`)
    process.exit(1)
  }
  const mark = `${root}node_modules/.usher-installed`
  const lock = readFileSync(`${root}package-lock.json`, 'utf8')
  if (
    existsSync(mark) &&
    readFileSync(mark, 'utf8') === String(hash(lock)) &&
    statSync(`${root}node_modules`).isDirectory()
  )
    return
  console.log('Installing what is missing (npm ci) ...')
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'])
  if (code !== 0) {
    console.error('npm ci did not succeed. Is the npm registry reachable?')
    process.exit(code)
  }
  writeFileSync(mark, String(hash(lock)))
}

/** FNV-1a, to notice a changed lock file. */
function hash(text) {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

export async function build() {
  const code = await run('node', ['node_modules/typescript/bin/tsc', '-b'])
  if (code !== 0) process.exit(code)
  await buildConsole()
}

/** The console, where anything it is made of is newer than what was built of it. */
async function buildConsole() {
  const mark = `${root}console/dist/index.html`
  const from = ['console', 'contract/src', 'package-lock.json']
  if (existsSync(mark) && Math.max(...from.map(newest)) < statSync(mark).mtimeMs) return
  const code = await run('node', ['../node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], {
    cwd: `${root}console`,
  })
  if (code !== 0) process.exit(code)
}

function newest(path) {
  const at = `${root}${path}`
  if (!statSync(at).isDirectory()) return statSync(at).mtimeMs
  return Math.max(
    0,
    ...readdirSync(at)
      .filter(name => name !== 'dist' && name !== 'node_modules')
      .map(name => newest(`${path}/${name}`)),
  )
}
