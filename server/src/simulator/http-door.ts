// A simulated carrier that speaks HTTP with the face of one provider. It is served by the simulator's own HTTP server, and
// calls its client back with receipts and with what handsets write.
import { segment } from '@usher/smpp/segment'
import { type Carrier, type CarrierOptions, createCarrier, type Submission, type Submitter } from './carrier.ts'
import type { FaceText, HttpFace } from './face.ts'
import { asNumber } from './handset.ts'
import type { Receiver } from './outbox.ts'

export interface HttpDoorOptions extends CarrierOptions {
  face: HttpFace
  /** Where its client hears what handsets write. */
  inboundUrl?: string | undefined
  /** Where the face is. */
  url: string
  nextReference: () => number
}

interface HttpSubmission extends Submission {
  said: FaceText
}

/** Calls to the client under way at once, and how long each may take. */
const callsAtOnce = 50
const patienceMs = 5_000
/** A request that is not to be answered is held for so long before its connection is cut. */
const holdMs = 60_000

/** What the simulator's HTTP server does with a request: answers it, or ends its connection without a word. */
export type FaceAnswer = Response | 'cut'

export function openHttpDoor(options: HttpDoorOptions) {
  const { face, inboundUrl, later, clock, nextReference } = options
  const stopping = new AbortController()
  const client = callWindow(callsAtOnce)

  const core = createCarrier<HttpSubmission, Receiver, () => Request | null>(options, {
    id: n => face.id(n),
    validForMs: ({ said }) => said.validForMs ?? undefined,
    receipt({ said }, { id, state, doneAt }) {
      const told = { id, text: said, state: state === 'enroute' ? ('accepted' as const) : state, at: doneAt }
      const call = () => face.receipt(told)
      return call() === null ? undefined : call
    },
    inbound(from, { to, text, references, at }) {
      const url = inboundUrl!
      // The same id at every repeat.
      const id = face.id(at * 1_000 + (references[0]! % 1_000))
      return [() => face.inbound({ id, from, to, text, url, at: new Date(at) })]
    },
    send: (_, call) => client.during(() => answered(call())),
  })
  core.bound(client)

  async function answered(request: Request | null): Promise<boolean> {
    if (request === null) return true
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(patienceMs)])
    try {
      const response = await fetch(request, { signal, redirect: 'manual' })
      await response.arrayBuffer() // frees the connection
      return response.ok
    } catch {
      return false // Nobody there, or no answer in time: it is called again.
    }
  }

  function read(said: FaceText): HttpSubmission {
    const { segments, dataCoding } = segment(said.text)
    const total = segments.length
    const reference = total > 1 ? nextReference() : 0
    const header = total > 1 ? 6 : 0
    const parts = segments.map(({ octets }, i) => ({
      octets: octets.subarray(header),
      part: { reference, total, sequence: i + 1 },
    }))
    return {
      to: asNumber(said.to),
      originator: said.originator,
      reference: null,
      octets: Buffer.concat(parts.map(part => part.octets)),
      dataCoding,
      part: undefined,
      parts: total > 1 ? parts : undefined,
      said,
    }
  }

  /** Requests since the last that was cut. */
  let submits = 0

  async function answer(request: Request): Promise<FaceAnswer> {
    if (core.knobs.down) return 'cut'
    const asked = await face.read(request)
    if ('response' in asked) return core.knobs.silent ? hold(request) : asked.response
    const { signal } = request
    const submitter: Submitter = { submits: submits++, isThere: !signal.aborted }
    signal.addEventListener('abort', () => {
      submitter.isThere = false
    })
    const outcome = await core.submit(read(asked.text), client, submitter)
    switch (outcome.kind) {
      case 'taken':
        return face.taken(outcome.id, asked.text, clock.now())
      case 'refused':
        return outcome.why === 'temporary'
          ? new Response('Service Unavailable', { status: 503 })
          : face.refused(outcome.why, asked.text)
      case 'cut':
        submits = 0
        return 'cut'
      case 'silence':
        return hold(request)
    }
  }

  /** Until whoever asked has gone, or has waited long enough. */
  const hold = ({ signal }: Request) =>
    new Promise<'cut'>(resolve => {
      const end = () => resolve('cut')
      if (signal.aborted || stopping.signal.aborted) return end()
      signal.addEventListener('abort', end)
      stopping.signal.addEventListener('abort', end)
      later.do(holdMs, end)
    })

  const carrier: Carrier = {
    name: core.name,
    protocol: 'http',
    get knobs() {
      return core.knobs
    },
    turn(turned) {
      const read = core.turn(turned)
      if (core.knobs.down) core.unbound(client)
      else core.bound(client)
      return read
    },
    counts: core.counts,
    ledger: core.ledger,
    seconds: core.seconds,
    url: options.url,
  }
  return {
    carrier,
    answer,
    /** Whether a text from a phone would get through now. */
    isBound: () => inboundUrl !== undefined && !core.knobs.down && !core.knobs.silent,
    release: core.release,
    bring: inboundUrl === undefined ? undefined : core.bring,
    async stop() {
      stopping.abort()
    },
  }
}

export type HttpDoor = ReturnType<typeof openHttpDoor>

/** So many calls at once, as a session has its window. */
function callWindow(most: number): Receiver & { during<T>(call: () => Promise<T>): Promise<T> } {
  let underWay = 0
  let waiting: (() => void)[] = []
  return {
    isOpen: true,
    get free() {
      return most - underWay
    },
    whenFree: () => (underWay < most ? Promise.resolve() : new Promise(resolve => waiting.push(resolve))),
    async during(call) {
      underWay++
      try {
        return await call()
      } finally {
        underWay--
        const all = waiting
        waiting = []
        for (const resolve of all) resolve()
      }
    },
  }
}
