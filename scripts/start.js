// `npm start`: installs what is missing, builds, and runs the demo: Orpheum, three simulated carriers and their phones.
import { build, install, run } from './run.js'

await install()
await build()
process.exit(await run('node', ['--max-semi-space-size=32', 'server/dist/cli.js', 'demo', ...process.argv.slice(2)]))
