// One SMPP session over loopback between two processes, with our library at both ends, and with the npm package `smpp` at
// both ends, turn by turn.
import { createRequire } from 'node:module'
import { median, type Row } from './results.ts'
import { cpuSeconds, say, startBeside } from './rig.ts'

/** What a client of smpp-end.ts is asked, and answers. */
export interface Question {
  texts: number
}
export interface Answer {
  taken: number
  seconds: number
}

const rounds = 7

export async function session(scale: number): Promise<Row[]> {
  const version = createRequire(import.meta.url)('smpp/package.json').version
  const ours = await pair('ours', 200_000 / scale)
  const theirs = await pair('smpp', 20_000 / scale)
  // One round to warm up.
  for (let round = -1; round < rounds; round++)
    for (const side of [ours, theirs]) {
      const { perSecond, cpu } = await side.run()
      say(`  ${side.library} ${Math.round(perSecond)} submit_sm/s, ${cpu.toFixed(1)} us of a core for each`)
      if (round < 0) continue
      side.rates.push(perSecond)
      side.cpu.push(cpu)
    }
  await ours.stop()
  await theirs.stop()
  return [
    {
      key: 'smpp.session',
      value: median(ours.rates),
      unit: 'submit_sm/s',
      goal: '>= 5x',
      peer: { name: `smpp ${version}`, value: median(theirs.rates) },
      note: `one session, window 100, two processes, each library in both roles; 100 octets of text and one TLV, answered at once; median of ${rounds} alternating rounds of ${ours.texts} and ${theirs.texts} submit_sm; core time for each at both ends ${median(ours.cpu).toFixed(1)} and ${median(theirs.cpu).toFixed(1)} us`,
    },
  ]
}

async function pair(library: 'ours' | 'smpp', texts: number) {
  const server = await startBeside('smpp-end', { USHER_END: 'server', USHER_LIBRARY: library })
  const client = await startBeside('smpp-end', {
    USHER_END: 'client',
    USHER_LIBRARY: library,
    USHER_PORT: String(server.port),
  })
  return {
    library,
    texts,
    rates: [] as number[],
    cpu: [] as number[],
    async run() {
      const before = cpuSeconds([client.pid, server.pid])
      const { taken, seconds } = await client.ask<Answer>({ texts } satisfies Question)
      if (taken !== texts) throw new Error(`${library}: ${taken} of ${texts} were taken`)
      return { perSecond: texts / seconds, cpu: ((cpuSeconds([client.pid, server.pid]) - before) * 1e6) / texts }
    },
    async stop() {
      await client.stop()
      await server.stop()
    },
  }
}
