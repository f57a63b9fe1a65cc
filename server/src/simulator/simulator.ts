// Carriers and their phones, as the outside world that Usher meets: SMSCs over real TCP and providers over HTTP, that can be
// turned slow, lossy, throttling or rude while they run. It lives in real time, whatever the demo's clock says.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { ServerTls } from '@usher/smpp/session'
import type { Clock } from '../clock.ts'
import type { Carrier } from './carrier.ts'
import { createControl, type FaceAnswers } from './control.ts'
import type { HttpFace } from './face.ts'
import { asNumber, createHandsets, type HandsetReply, type Handsets } from './handset.ts'
import { type HttpDoor, openHttpDoor } from './http-door.ts'
import { type Knobs, seeded } from './knobs.ts'
import { createLater } from './later.ts'
import { openSmppDoor, type SmppDoor } from './smpp-door.ts'
import { longestInbound, segmentsOf } from './wire.ts'

export type { Counts } from './carrier.ts'

export type CarrierOptions = { name: string; knobs?: Partial<Knobs> } & (
  | {
      protocol: 'smpp'
      /** 0 takes any free port. */
      smppPort?: number
      systemId: string
      password: string
      tls?: ServerTls
    }
  | {
      protocol: 'http'
      face: HttpFace
      /** Where its client hears what handsets write; without it they can't answer by this carrier. */
      inboundUrl?: string | undefined
    }
)

export interface SimulatorOptions {
  /** Loopback, unless told otherwise: whoever reaches it reads the phones. */
  host?: string
  httpPort?: number
  /** Without them there is one, which speaks SMPP and is called `simulated`. */
  carriers?: readonly CarrierOptions[]
  /** Of the one carrier: 0 takes any free port. */
  smppPort?: number
  systemId?: string
  password?: string
  knobs?: Partial<Knobs>
  random?: () => number
  clock?: Pick<Clock, 'now'>
  /** Path of a file in which the phones outlive a restart. */
  journal?: string | undefined
  /** False only counts texts, for benchmarks. */
  keepTexts?: boolean
  /** True keeps a ledger of the texts each carrier took; a number, only the last so many. */
  record?: boolean | number
}

/** What is said of one carrier is said of the first. */
export interface Simulator extends Pick<Carrier, 'knobs' | 'turn' | 'counts' | 'ledger'> {
  readonly smppPort: number
  readonly httpPort: number
  readonly carriers: readonly Carrier[]
  /** Throws where there is none of this name. */
  carrier(name: string): Carrier
  readonly handsets: Handsets
  /**
   * The owner of a phone writes a text, and the carrier brings it that brought the last one from there. `acknowledged`
   * resolves when the other side has acknowledged all of it.
   */
  reply(from: string, to: string, text: string): { ok: HandsetReply; acknowledged: Promise<void> } | { problem: string }
  stop(): Promise<void>
}

type Door = SmppDoor | HttpDoor

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = '127.0.0.1', keepTexts = true, record = false } = options
  const clock = options.clock ?? { now: () => new Date() }
  const random = options.random ?? seeded(clock.now().getTime())
  const { carriers: wanted = [theOne(options)] } = options
  const later = createLater()
  const doors: Door[] = []
  /** Texts written on phones without coverage. */
  const unsent = new Map<string, (() => void)[]>()

  const handsets = await createHandsets({
    clock: () => clock.now().getTime(),
    keepTexts,
    journal: options.journal,
    onState(number, state) {
      if (state !== 'on') return
      for (const door of doors) door.release(number)
      const written = unsent.get(number) ?? []
      unsent.delete(number)
      for (const send of written) send()
    },
  })

  // Beginning with the time keeps references apart over restarts.
  let lastReference = Math.floor(clock.now().getTime() / 100)
  const nextReference = () => ++lastReference & 0xffff

  // --- Texts written on phones ----------------------------------------------------------------------------------

  const reply: Simulator['reply'] = (from, to, text) => {
    const number = asNumber(from)
    if (text === '') return { problem: 'text must not be empty' }
    const segments = segmentsOf(text)
    if (segments > longestInbound) return { problem: `text must not take more than ${longestInbound} segments` }
    if (!/^\+?\d{3,15}$/.test(to)) return { problem: 'nobody can answer a sender that is not a number' }
    if (handsets.stateOf(number) === 'off') return { problem: 'the handset is off' }
    const ok = handsets.write(number, to, text, Array.from({ length: segments }, nextReference))
    return { ok, acknowledged: leave(number, ok) }
  }

  /** Back the way the last text from there came; else by the first SMPP carrier that is up, or will be. */
  function doorFor(number: string, to: string) {
    const name = handsets.carrierOf(number, to)
    const able = doors.filter(door => door.bring !== undefined)
    const bySmpp = able.filter(({ carrier }) => carrier.protocol === 'smpp')
    return (
      able.find(({ carrier }) => carrier.name === name) ?? bySmpp.find(door => door.isBound()) ?? bySmpp[0] ?? able[0]
    )
  }

  /** A phone without coverage keeps what was written until it has some. */
  function leave(number: string, written: HandsetReply): Promise<void> {
    return new Promise(resolve => {
      const send = () =>
        doorFor(number, written.to)
          ?.bring?.(number, written)
          .then(() => {
            handsets.acknowledge(number, written)
            resolve()
          })
      if (handsets.stateOf(number) === 'on') void send()
      else unsent.set(number, [...(unsent.get(number) ?? []), send])
    })
  }

  // --- Doors ----------------------------------------------------------------------------------------------------

  const doorOf = (name: string) => doors.find(({ carrier }) => carrier.name === name)
  const first = () => doors[0]!.carrier // asked once the doors are open

  const simulator: Simulator = {
    get knobs() {
      return first().knobs
    },
    turn: turned => first().turn(turned),
    get counts() {
      return first().counts
    },
    get ledger() {
      return first().ledger
    },
    get smppPort() {
      return first().smppPort ?? 0
    },
    get httpPort() {
      return httpPort
    },
    get carriers() {
      return doors.map(({ carrier }) => carrier)
    },
    carrier(name) {
      const door = doorOf(name)
      if (!door) throw new Error(`There is no carrier ${name}.`)
      return door.carrier
    },
    handsets,
    reply,
    stop: () => (stopped ??= stop()),
  }
  const answerFace: FaceAnswers = async (name, request) => {
    const door = doorOf(name)
    return door && 'answer' in door ? door.answer(request) : undefined
  }
  const http = createAdaptorServer({ fetch: createControl(simulator, answerFace).fetch })
  http.listen(options.httpPort ?? 0, host)
  await once(http, 'listening')
  const httpPort = (http.address() as AddressInfo).port // listening on TCP, it has one

  let stopped: Promise<void> | undefined
  const stop = async () => {
    later.stop()
    const closed = once(http, 'close')
    http.close()
    await Promise.all([...doors.map(door => door.stop()), handsets.stop()])
    if ('closeAllConnections' in http) http.closeAllConnections()
    await closed
  }

  try {
    for (const { knobs, ...carrier } of wanted) {
      const common = { knobs, record, clock, random, later, handsets, isOneOfSeveral: wanted.length > 1 }
      doors.push(
        carrier.protocol === 'smpp'
          ? await openSmppDoor({ ...common, host, smppPort: 0, ...carrier })
          : openHttpDoor({
              ...common,
              ...carrier,
              nextReference,
              url: `http://${host}:${httpPort}/faces/${carrier.name}`,
            }),
      )
    }
  } catch (cause) {
    await stop()
    throw cause
  }
  for (const { number, reply } of handsets.unacknowledged()) void leave(number, reply)

  return simulator
}

const theOne = ({ smppPort = 0, systemId = 'usher', password = 'demo', knobs = {} }: SimulatorOptions) =>
  ({ name: 'simulated', protocol: 'smpp', smppPort, systemId, password, knobs }) satisfies CarrierOptions
