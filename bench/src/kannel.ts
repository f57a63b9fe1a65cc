// The same texts to the same numbers through Kannel, a gateway in C: the same simulated carrier, turn by turn.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type Connections, connections } from './http.ts'
import { connectionsOpen, inWords, nextMark, type Run, sendBatches, sendSingles, timed } from './line.ts'
import { median, type Row } from './results.ts'
import {
  atEnd,
  type Carrier,
  cpuSeconds,
  freePorts,
  say,
  senders,
  startCarrier,
  startUsher,
  stopProcess,
  subscriberNumber,
  temporaryFolder,
  until,
} from './rig.ts'

const bearerbox = '/usr/sbin/bearerbox'
const smsbox = '/usr/sbin/smsbox'
/** The same for both: Kannel's max-pending-submits and Usher's USHER_SMPP_WINDOW. */
const window = 200

export async function againstKannel(scale: number): Promise<Row[]> {
  if (!existsSync(bearerbox) || !existsSync(smsbox)) {
    say('  left out: Kannel is not installed (Debian: apt install kannel)')
    return []
  }
  const texts = 20_000 / scale
  const subscribers = 20_000 / scale
  // A process of it for each: one carrier may give the receipts of a client to any of its binds.
  const carrier = await startCarrier()
  const kannelCarrier = await startCarrier()
  const usher = await startUsher(carrier, { database: 'postgres', window, subscribers })
  const over = connections(usher.port, connectionsOpen)
  const kannel = await timedKannel(kannelCarrier)
  await until('the bind of Kannel', async () => (await kannelCarrier.counts()).sessions > 0)

  const runs: Record<'batch' | 'single' | 'kannel', Run[]> = { batch: [], single: [], kannel: [] }
  const ways = {
    batch: (count: number) => timed(usher, carrier, count, texts => sendBatches(usher, texts)),
    single: (count: number) => timed(usher, carrier, count, texts => sendSingles(usher, over, texts)),
    kannel: (count: number) => kannel.timed(count, subscribers),
  }
  for (
    let round = -1;
    round < 3;
    round++ // the first is to warm up
  )
    for (const [name, run] of Object.entries(ways) as [keyof typeof ways, (count: number) => Promise<Run>][]) {
      const result = await run(round < 0 ? texts / 5 : texts)
      if (round < 0) continue
      runs[name].push(result)
      say(`  ${name} ${Math.round(result.perSecond)} texts/s`)
    }
  over.close()
  await kannel.stop()
  await usher.stop()
  await carrier.stop()
  await kannelCarrier.stop()

  const rate = (name: keyof typeof runs) => median(runs[name].map(run => run.perSecond))
  const server = (name: keyof typeof runs) => median(runs[name].map(({ cpu }) => cpu.server + cpu.database))
  const peer = { name: `Kannel ${version()}`, value: rate('kannel') }
  const how = `${texts} texts of one segment each way, in turns; each on a simulated carrier with a window of ${window}; Kannel by HTTP sendsms over ${connectionsOpen} connections with dlr-mask=3 and dlr-url, store-type file, dlr-storage internal`
  return [
    {
      key: 'line.kannel',
      value: rate('batch'),
      unit: 'texts/s',
      goal: '>= 5x',
      peer,
      note: `${how}. Usher by streamed batches. Usher: ${inWords(runs.batch)}. Kannel: ${inWords(runs.kannel)}`,
    },
    {
      key: 'line.kannel.single',
      value: rate('single'),
      unit: 'texts/s',
      goal: null,
      peer,
      note: `as line.kannel, Usher by one request for each text over ${connectionsOpen} connections. Usher: ${inWords(runs.single)}`,
    },
    {
      key: 'line.kannel.cpu',
      value: server('batch'),
      unit: 'ms/text',
      goal: null,
      peer: { name: peer.name, value: server('kannel') },
      note: `core time for each text, less is better: Usher's process and its PostgreSQL (batches; ${server('single').toFixed(3)} ms by single requests), bearerbox and smsbox`,
    },
  ]
}

/** What Usher's template makes of the same offer, so that both put the same on the wire. */
const textOf = (mark: string) =>
  `Orpheum: Three months of Premium for the price of two. Until Nov 30: https://go.orpheum.example/${mark}\nReply STOP to end`

const version = () =>
  /version `([\d.]+)/.exec(spawnSync(bearerbox, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? ''

export interface Kannel {
  /** Where smsbox takes texts: `/cgi-bin/sendsms`, as user and password `bench`. */
  sendsms: number
  /** Of bearerbox and smsbox. */
  pids: number[]
  stop(): Promise<void>
}

/** Starts bearerbox, bound to the carrier at this port, and smsbox. What handsets write is got from `heardUrl`. */
export async function startKannel(smppPort: number, heardUrl?: string): Promise<Kannel> {
  const folder = temporaryFolder()
  const [admin, smsboxes, sendsms] = (await freePorts(3)) as [number, number, number]
  const config = join(folder, 'kannel.conf')
  writeFileSync(config, configuration({ folder, smppPort, heardUrl, admin, smsboxes, sendsms }))

  const children: ChildProcess[] = []
  const run = (command: string) => {
    const child = spawn(command, [config], { cwd: folder, stdio: 'ignore' })
    const kill = () => child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
    children.unshift(child)
  }
  const stop = atEnd(async () => {
    for (const child of children) await stopProcess(child, 5_000)
  })
  run(bearerbox)
  await until('bearerbox', () => isListening(admin)) // smsbox gives up when it is not there yet
  run(smsbox)
  await until('smsbox', () => isListening(sendsms))
  return { sendsms, pids: children.map(child => child.pid!), stop }
}

async function timedKannel(carrier: Carrier) {
  const reports = await countRequests()
  const { sendsms, pids, stop } = await startKannel(carrier.smppPort)

  return {
    async stop() {
      reports.close()
      await stop()
    },
    /** From the first submit to the last report. */
    async timed(texts: number, subscribers: number): Promise<Run> {
      const over = connections(sendsms, connectionsOpen)
      const spent = () => [cpuSeconds(pids), cpuSeconds([carrier.pid]), cpuSeconds([process.pid])]
      const spentBefore = spent()
      const before = reports.count()
      const startedAt = performance.now()
      await sendAll(over, sendsms, reports.port, texts, subscribers)
      await until('the reports', async () => reports.count() - before >= texts, 300_000, 5)
      const seconds = (reports.lastAt() - startedAt) / 1_000
      over.close()
      const [server, smsc, load] = spent().map((after, i) => ((after - spentBefore[i]!) * 1_000) / texts)
      return { perSecond: texts / seconds, cpu: { server: server!, database: 0, carrier: smsc!, load: load! } }
    },
  }
}

async function sendAll(
  over: Connections,
  port: number,
  reports: number,
  texts: number,
  subscribers: number,
): Promise<void> {
  let next = 0
  const sender = async () => {
    while (next < texts) {
      const query = new URLSearchParams({
        username: 'bench',
        password: 'bench',
        from: senders.main,
        to: subscriberNumber(next++ % subscribers),
        text: textOf(nextMark()),
        'dlr-mask': '3',
        'dlr-url': `http://127.0.0.1:${reports}/`,
      })
      const { status, body } = await over.ask(
        `GET /cgi-bin/sendsms?${query} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`,
      )
      if (status !== 202) throw new Error(`Kannel answered ${status} ${body}`)
    }
  }
  await Promise.all(Array.from({ length: connectionsOpen }, sender))
}

interface Settings {
  folder: string
  smppPort: number
  heardUrl: string | undefined
  admin: number
  smsboxes: number
  sendsms: number
}

/** %p is the handset, %P whom it wrote to, %c the coding (2 is UCS-2), %b the octets. */
const heard = ({ heardUrl }: Settings) =>
  heardUrl === undefined ? 'text = ""' : `get-url = "${heardUrl}?from=%p&to=%P&coding=%c&text=%b"`

const configuration = (at: Settings) => `
group = core
admin-port = ${at.admin}
admin-interface = 127.0.0.1
admin-password = bench
smsbox-port = ${at.smsboxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
store-type = file
store-location = ${join(at.folder, 'store')}
dlr-storage = internal
log-level = 4

group = smsc
smsc = smpp
smsc-id = simulated
host = 127.0.0.1
port = ${at.smppPort}
transceiver-mode = true
smsc-username = usher
smsc-password = demo
system-type = ""
max-pending-submits = ${window}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${at.sendsms}
sendsms-interface = 127.0.0.1
log-level = 4

group = sendsms-user
username = bench
password = bench
max-messages = 10
concatenation = true

group = sms-service
keyword = default
catch-all = true
max-messages = 0
${heard(at)}
`

/** Answers every GET with an empty 200 and counts it. */
async function countRequests() {
  let count = 0
  let lastAt = 0
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => {}) // Kannel closes as it likes
    let rest = ''
    socket.setEncoding('latin1')
    socket.on('data', piece => {
      const heads = (rest + piece).split('\r\n\r\n')
      rest = heads.pop()!
      count += heads.length
      lastAt = performance.now()
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'.repeat(heads.length))
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP, it has one
    count: () => count,
    lastAt: () => lastAt,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const isListening = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )
