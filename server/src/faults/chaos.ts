// A wire between us and a carrier that does to what goes through it all that networks do: it comes late, in pieces or octet by
// octet, stops in the middle of a PDU, is half closed, or vanishes while both ends believe that they are connected. By a seed.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** How octets come through: as they are, late, in a few pieces, or one by one. */
const manners = ['plain', 'late', 'pieces', 'octets'] as const
/**
 * How a connection ends, after some octets went one way: reset at both ends, closed for that way alone, or with nothing
 * passed on any more either way until somebody gives it up.
 */
const ends = ['cut', 'halfClosed', 'stalled'] as const
export type Mischief = (typeof manners)[number] | (typeof ends)[number] | 'refused'

export interface Chaos {
  readonly port: number
  /** How often each was done. */
  readonly done: Readonly<Record<Mischief, number>>
  /** From now on it is a plain wire. */
  calm(): void
  stop(): Promise<void>
}

/** Octets until a connection ends: a few PDUs, or thousands. */
const fewest = 400
const most = 150_000
const lateMs = 80
/** A stalled connection is cut for good after this long at most; its ends may have given it up before. */
const stalledMs = 6_000
/** So much comes octet by octet; then it would only be slow. */
const mostSingle = 3_000

export async function chaos(to: { host: string; port: number }, random: () => number): Promise<Chaos> {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const done: Record<Mischief, number> = {
    ...{ plain: 0, late: 0, pieces: 0, octets: 0 },
    ...{ cut: 0, halfClosed: 0, stalled: 0, refused: 0 },
  }
  const pairs = new Set<[Socket, Socket]>()
  const timers = new Set<NodeJS.Timeout>()
  let isCalm = false

  const pause = (ms: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        resolve()
      }, ms)
      timers.add(timer)
    })
  const cut = (pair: readonly Socket[]) => {
    for (const socket of pair) socket.resetAndDestroy()
  }

  function join(near: Socket): void {
    if (!isCalm && random() < 0.1) {
      done.refused++
      near.resetAndDestroy()
      return
    }
    const far = connect({ ...to, allowHalfOpen: true })
    const pair: [Socket, Socket] = [near, far]
    pairs.add(pair)
    // One of the two ways decides when it ends.
    const endsAt = Math.round(fewest * (most / fewest) ** random())
    const deciding = random() < 0.5 ? near : far
    const end = one(ends)
    let isStalled = false
    for (const [from, into] of [pair, [far, near] as const]) {
      from.setNoDelay()
      const manner = one(manners)
      done[manner]++
      let passed = 0
      let isShut = false
      let flow = Promise.resolve()
      from.on('data', bytes => {
        flow = flow.then(() => pass(bytes))
      })
      from.on('end', () => {
        flow = flow.then(() => void into.end())
      })
      from.on('error', () => {}) // told by close
      from.on('close', () => {
        into.destroy()
        pairs.delete(pair)
      })

      async function pass(bytes: Buffer): Promise<void> {
        const isEnding = !isCalm && from === deciding && passed + bytes.length >= endsAt
        const going = isEnding ? bytes.subarray(0, Math.max(0, endsAt - passed)) : bytes
        await write(going)
        passed += bytes.length
        if (isEnding && !isShut && !isStalled) await finish()
      }
      async function write(bytes: Buffer): Promise<void> {
        if (isShut || isStalled || into.destroyed) return
        if (isCalm || manner === 'plain') {
          into.write(bytes)
          return
        }
        if (manner === 'late') await pause(random() * lateMs)
        const size = () =>
          manner === 'octets' && passed < mostSingle ? 1 : manner === 'late' ? bytes.length : 1 + random() * 200
        for (let at = 0; at < bytes.length && !into.destroyed; ) {
          const piece = bytes.subarray(at, at + Math.ceil(size()))
          into.write(piece)
          at += piece.length
          await new Promise(setImmediate)
        }
      }
      async function finish(): Promise<void> {
        done[end]++
        if (end === 'cut') cut(pair)
        else if (end === 'halfClosed') {
          isShut = true
          into.end()
        } else {
          isStalled = true
          void pause(1_000 + random() * (stalledMs - 1_000)).then(() => cut(pair))
        }
      }
    }
  }

  const server = createServer({ allowHalfOpen: true }, join)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port, // listening on TCP, it has one
    done,
    calm() {
      isCalm = true
      // What lost octets can't go on; who was connected connects again.
      for (const pair of pairs) cut(pair)
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer)
      for (const pair of pairs) cut(pair)
      server.close()
      await once(server, 'close')
    },
  }
}
