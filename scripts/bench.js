// npm run bench [-- --quick] [KEY...]: builds everything, then measures (bench/src/main.ts).
import { spawnSync } from 'node:child_process'

process.chdir(new URL('..', import.meta.url).pathname)
const built = spawnSync('npx', ['tsc', '-b'], { stdio: 'inherit' })
if (built.status !== 0) process.exit(built.status ?? 1)
// In this process, so that whoever stops it stops the servers it started.
await import('../bench/dist/main.js')
