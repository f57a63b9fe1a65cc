import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { newPostgres, on } from '../desk.ts'
import { seeded } from '../simulator/knobs.ts'
import { chaos } from './chaos.ts'
import { killLoop } from './kill.ts'

const isSoak = process.env.USHER_SOAK === '1'
const kills = Number(process.env.USHER_FAULTS_KILLS ?? (isSoak ? 20 : 2))
const texts = Number(process.env.USHER_FAULTS_TEXTS ?? (isSoak ? 20_000 : 2_000))
const seed = Number(process.env.USHER_FAULTS_SEED ?? Math.floor(Math.random() * 1_000_000))

// The wire lies between us and the carrier, whatever the database; once is enough.
test.runIf(on === 'postgres')(
  `nothing is lost or doubled over ${kills} kills while the wires to both carriers break and ${texts} texts flow`,
  async () => {
    const made = await newPostgres()
    console.log(`chaos, USHER_FAULTS_SEED=${seed}`)

    const report = await killLoop({
      ...{ databaseUrl: made.url, texts, kills, seed, hasChaos: true },
      say: line => console.log(`  ${line}`),
    })

    await made.drop()
    console.log(JSON.stringify(report))
    if (process.env.USHER_SOAK_RESULTS)
      appendFileSync(process.env.USHER_SOAK_RESULTS, `${JSON.stringify({ what: 'chaos', on, ...report })}\n`)
    expect(report.broken).toEqual([])
    expect([report.lost, report.doubled]).toEqual([0, 0])
    // It was not a quiet day: connections ended, and texts went by both carriers.
    const { cut, halfClosed, stalled } = report.chaos!
    expect(cut! + halfClosed! + stalled!).toBeGreaterThan(3)
    expect(Math.min(...report.takenBy)).toBeGreaterThan(0)
  },
  1_800_000,
)

test('the wire passes every octet in order until it does mischief, and does each of them', async () => {
  const echo = createServer(socket => {
    socket.on('error', () => {}) // what it is here for
    socket.pipe(socket)
  }).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const wire = await chaos({ host: '127.0.0.1', port: (echo.address() as AddressInfo).port }, seeded(7))
  const sent = Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * 7) % 251))
  /** What comes back of what is sent, until it stays away or the wire ends. */
  const echoed = () =>
    new Promise<Buffer>(resolve => {
      const heard: Buffer[] = []
      const socket = connect(wire.port, '127.0.0.1', () => socket.write(sent))
      const over = () => {
        socket.destroy()
        resolve(Buffer.concat(heard))
      }
      socket.setTimeout(300, over)
      socket.on('data', bytes => {
        heard.push(bytes)
        if (Buffer.concat(heard).length === sent.length) over()
      })
      socket.on('error', over)
      socket.on('close', over)
    })

  const all: Buffer[] = []
  while (Object.values(wire.done).some(times => times === 0)) all.push(await echoed())

  for (const heard of all) expect(heard.equals(sent.subarray(0, heard.length))).toBe(true)
  expect(all.some(heard => heard.length < sent.length)).toBe(true)
  wire.calm()
  for (let i = 0; i < 5; i++) expect((await echoed()).equals(sent)).toBe(true)
  await wire.stop()
  echo.close()
})
