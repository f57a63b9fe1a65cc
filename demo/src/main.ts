// Runs Orpheum as a process of its own: `usher demo` starts it, says by ORPHEUM_* variables where Usher is, and ends it.
import { startOrpheum } from './orpheum.ts'

const read = (name: string): string => {
  const value = process.env[name]
  if (value) return value
  process.stderr.write(`Orpheum needs ${name}. \`npm start\` gives it.\n`)
  process.exit(2)
}

const orpheum = await startOrpheum({
  port: Number(process.env.ORPHEUM_PORT ?? 4703),
  host: process.env.ORPHEUM_HOST,
  usherUrl: read('ORPHEUM_USHER_URL'),
  apiKey: read('ORPHEUM_API_KEY'),
  linkIssuer: read('ORPHEUM_LINK_ISSUER'),
  origin: read('ORPHEUM_ORIGIN'),
  folder: process.env.ORPHEUM_DATA,
  hasLife: process.env.ORPHEUM_LIFE !== 'off',
  hasBilling: true,
  phones: process.env.ORPHEUM_PHONES,
}).catch(error => {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
  process.stderr.write(
    `Port ${(error as { port?: number }).port} is taken. Is another demo running? Choose another port for Orpheum: USHER_ORPHEUM_PORT=5703 npm start\n`,
  )
  process.exit(3)
})
process.send?.({ url: orpheum.url })

const stop = () => orpheum.stop().then(() => process.exit(0))
process.once('SIGTERM', stop)
process.once('SIGINT', () => {}) // the terminal tells parent and child alike; the parent decides
process.once('disconnect', stop) // it outlives no parent
