// How long a short link takes to lead on, when many are followed at once: from the moment a tap was meant to be until the
// last byte of its answer. All lead where they should, and every click is stored.
import { openPostgres } from '@usher/server/store/postgres'
import { sql } from '@usher/server/store/sql'
import { connections, get, post } from './http.ts'
import { atPace, connectionsOpen } from './line.ts'
import { median, percentile, type Row } from './results.ts'
import {
  say,
  spending,
  spentInWords,
  startBeside,
  startCarrier,
  startUsher,
  subscriberId,
  type Usher,
  until,
} from './rig.ts'

const perSecond = 1_000
const host = 'o.orpheum.example'
const phone =
  'user-agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1\r\naccept: text/html,application/xhtml+xml\r\naccept-language: en-GB\r\n'
/** Where a destination is told who came, its address has a signed context: with account notices, unless somebody says otherwise. */
const purposes = ['offer', 'title.new_episode', 'account.payment'] as const

interface Short {
  code: string
  destination: string
  hasContext: boolean
}

export async function redirects(scale: number): Promise<Row[]> {
  const taps = 30_000 / scale
  const count = 20_000 / scale
  const carrier = await startCarrier()
  const usher = await startUsher(carrier, {
    database: 'postgres',
    window: 200,
    subscribers: 20_000 / scale,
    settings: { USHER_LINK_URL: `https://${host}` },
  })
  const links = await makeLinks(usher, count)
  const peer = await startBeside('redirector')
  await peer.ask(links.map(({ code, destination }) => [code, destination]))
  const clicks = await countClicks(usher)

  const runs: Record<'usher' | 'peer', number[][]> = { usher: [], peer: [] }
  const spendings: Record<string, number>[] = []
  for (
    let round = -1;
    round < 3;
    round++ // the first is to warm up
  )
    for (const name of ['usher', 'peer'] as const) {
      const before = await clicks.stored()
      const followed = round < 0 ? taps / 5 : taps
      const spent = await spending({
        server: () => [usher.pid],
        database: usher.databasePids,
        load: () => [process.pid],
      })
      const tookMs = await follow(name === 'usher' ? usher.port : peer.port, links, followed, name === 'usher')
      if (name === 'usher')
        await until('every click to be stored', async () => (await clicks.stored()) === before + followed, 60_000, 250)
      if (round < 0) continue
      if (name === 'usher') spendings.push(await spent(followed))
      runs[name].push(tookMs)
      say(`  ${name} ${inWords(tookMs)}`)
    }
  await clicks.close()
  await peer.stop()
  await usher.stop()
  await carrier.stop()

  const p99 = (name: keyof typeof runs) => median(runs[name].map(tookMs => percentile(tookMs, 0.99)))
  return [
    {
      key: 'links.redirect',
      value: p99('usher'),
      unit: 'ms p99',
      goal: '<= 10',
      peer: { name: 'Hono from memory', value: p99('peer') },
      note: `${taps} GETs at ${perSecond}/s whatever the answers do, over up to ${connectionsOpen} connections, each timed from when it was due; ${count} links, a third of them with a signed context; every address checked, every click stored and counted. The peer, in turns, redirects from memory and stores nothing. Usher: ${runs.usher.map(inWords).join('; ')}; ${spentInWords(spendings, 'tap')}. Peer: ${runs.peer.map(inWords).join('; ')}`,
    },
  ]
}

const inWords = (tookMs: readonly number[]) =>
  `p50 ${percentile(tookMs, 0.5).toFixed(1)} ms, p99 ${percentile(tookMs, 0.99).toFixed(1)} ms, highest ${Math.max(...tookMs).toFixed(0)} ms`

/** By the API, one request for each, every one to a page of its own. */
async function makeLinks(usher: Usher, count: number): Promise<Short[]> {
  const over = connections(usher.port, connectionsOpen)
  const headers = `authorization: ${usher.authorization}\r\n`
  const links: Short[] = []
  let next = 0
  const maker = async () => {
    for (let n = next++; n < count; n = next++) {
      const purpose = purposes[n % purposes.length]!
      const destination = `https://orpheum.example/watch/${n}`
      const body = JSON.stringify({ destination, purpose, subscriber: subscriberId(n % usher.subscribers) })
      const { status, body: answer } = await over.ask(post('/v1/links', body, headers))
      if (status !== 201) throw new Error(`no link was made: ${status} ${answer}`)
      const { url, link } = JSON.parse(answer) as { url: string; link: { hasContext: boolean } }
      links.push({ code: new URL(url).pathname.slice(1), destination, hasContext: link.hasContext })
    }
  }
  await Promise.all(Array.from({ length: connectionsOpen }, maker))
  over.close()
  return links
}

let turn = 0
/** Answers how long each took. Every link has its turn before any has a second one. */
async function follow(port: number, links: readonly Short[], taps: number, isUsher: boolean): Promise<number[]> {
  const over = connections(port, connectionsOpen)
  const tookMs: number[] = []
  await atPace(perSecond, taps, async dueAt => {
    const { code, destination, hasContext } = links[(turn++ * 7_919) % links.length]!
    const { status, head } = await over.ask(get(`/${code}`, host, phone))
    tookMs.push(performance.now() - dueAt)
    const location = /\r\nlocation: *([^\r]*)/i.exec(head)?.[1] ?? 'nowhere'
    const isRight = isUsher && hasContext ? location.startsWith(`${destination}?usher=ey`) : location === destination
    if (status < 301 || status > 308 || !isRight)
      throw new Error(`a link to ${destination} was answered ${status} and led to ${location}`)
  })
  over.close()
  return tookMs
}

async function countClicks(usher: Usher) {
  const db = await openPostgres(usher.databaseUrl!, 1)
  return {
    async stored() {
      const [row] = await db.rows<{ count: number }>(sql`select count(*) as count from click`)
      return row!.count
    },
    close: () => db.close(),
  }
}
