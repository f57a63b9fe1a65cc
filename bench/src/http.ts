// The load generator's HTTP: kept connections and as little work for each request as will do, for it shares the machine
// with what it measures.
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'

export interface Answered {
  status: number
  /** Status line and headers. */
  head: string
  body: string
}

interface Waiting {
  request: string
  resolve: (answer: Answered) => void
  reject: (error: Error) => void
}

export interface Connections {
  /** Sends the request over the next free connection; waits where none is free. */
  ask(request: string): Promise<Answered>
  close(): void
}

/** Half of what the server allows (main.ts, keepAliveTimeout). */
const longestIdleMs = 10_000

/** Up to `most` connections to a port of this machine, one request at a time on each. */
export function connections(port: number, most: number): Connections {
  const free: ((waiting: Waiting) => void)[] = []
  /** Since when each free one has nothing to do: the server closes those that are idle for long, maybe as they are taken. */
  const idleSinceMs = new Map<(waiting: Waiting) => void, number>()
  const waiting: Waiting[] = []
  const sockets = new Set<Socket>()
  const closing = new Map<(waiting: Waiting) => void, () => void>()

  function open(): (waiting: Waiting) => void {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    sockets.add(socket)
    let current: Waiting | undefined
    let heard = ''
    const take = (next: Waiting) => {
      current = next
      socket.write(next.request, 'latin1')
    }
    const fail = (error: Error) => {
      sockets.delete(socket)
      closing.delete(take)
      idleSinceMs.delete(take)
      const at = free.indexOf(take)
      if (at >= 0) free.splice(at, 1)
      current?.reject(error)
      current = undefined
    }
    socket.setEncoding('latin1')
    socket.on('data', piece => {
      heard += piece
      const answer = readAnswer(heard)
      if (!answer || !current) return
      heard = ''
      const { resolve } = current
      current = undefined
      if (answer.closes) {
        sockets.delete(socket)
        socket.destroy()
      } else {
        free.push(take)
        idleSinceMs.set(take, performance.now())
        closing.set(take, () => socket.destroy())
      }
      resolve(answer)
      serve()
    })
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the connection was closed before the answer came')))
    return take
  }

  function serve(): void {
    const ago = performance.now() - longestIdleMs
    // The one that was used last is taken first; the others may have been idle for long.
    while (free.length > 0 && idleSinceMs.get(free[0]!)! < ago) closing.get(free.shift()!)!()
    while (waiting.length > 0 && (free.length > 0 || sockets.size < most)) (free.pop() ?? open())(waiting.shift()!)
  }

  return {
    ask: request =>
      new Promise((resolve, reject) => {
        waiting.push({ request, resolve, reject })
        serve()
      }),
    close() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Only answers that say their length, as most do that are asked for here, or come in chunks, the last of which is empty. */
function readAnswer(heard: string): (Answered & { closes: boolean }) | undefined {
  const end = heard.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = heard.slice(0, end)
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  const body = heard.slice(end + 4)
  const isWhole = /\r\ntransfer-encoding: *chunked/i.test(head) ? /(^|\n)0\r\n\r\n$/.test(body) : body.length >= length
  if (!isWhole) return undefined
  return { status: Number(head.slice(9, 12)), head, body, closes: /\r\nconnection: *close/i.test(head) }
}

/** A POST with a body of JSON, ready to be written. ASCII only. */
export const post = (path: string, body: string, headers = '', type = 'application/json'): string =>
  `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headers}content-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`

/** A GET, ready to be written. */
export const get = (path: string, host: string, headers = ''): string =>
  `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${headers}\r\n`

/** Streams lines as one NDJSON request and gives the lines of the answer as they come. */
export async function streamLines(
  url: string,
  authorization: string,
  lines: Iterable<string>,
  onLine: (line: string) => void,
): Promise<void> {
  const asking = request(url, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-ndjson' },
    agent: false,
  })
  const answered = new Promise<void>((resolve, reject) => {
    asking.on('error', reject)
    asking.on('response', answer => {
      if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`))
      let rest = ''
      answer.setEncoding('utf8')
      answer.on('data', piece => {
        const whole = (rest + piece).split('\n')
        rest = whole.pop()!
        try {
          whole.forEach(onLine)
        } catch (error) {
          asking.destroy(error as Error)
        }
      })
      answer.on('error', reject)
      answer.on('end', resolve)
    })
  })
  answered.catch(() => {}) // met below
  let piece = ''
  for (const line of lines) {
    piece += `${line}\n`
    if (piece.length < 32_768) continue
    if (!asking.write(piece)) await Promise.race([new Promise(resolve => asking.once('drain', resolve)), answered])
    piece = ''
  }
  asking.end(piece)
  await answered
}
