/**
 * One TCP connection that speaks SMPP, seen from either end: framing, sequence numbers, the window of unanswered
 * requests, enquire_link, unbind and the clean-up at the end. session.ts makes a client and a server of it.
 */
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { type Decoded, Decoder, DoesNotFit, encodeInto } from './codec.ts'
import { type CommandName, commandStatus, isResponse, type Pdu, type PduInput } from './pdu.ts'

/**
 * How a request ended: by a response or a generic_nack (4.3), or without one. The response itself is missing when only
 * its header could be read.
 */
export type Outcome = { kind: 'answered'; status: number; pdu: Pdu | undefined } | { kind: 'unanswered' }

export type Settle = (outcome: Outcome) => void

/** A response, or nothing to stay silent. */
export type Response = PduInput | undefined

export interface LinkOptions {
  /** Requests within the window awaiting an answer at once. */
  window: number
  responseTimeoutMs: number
  /** Silence after which the other end is asked whether it is there. */
  enquireLinkMs: number
  maxLength?: number | undefined
  /** A request of the other end, other than enquire_link and unbind. */
  onRequest: (pdu: Pdu) => Response | Promise<Response>
  /** command_status of the response when `onRequest` throws or rejects. */
  failedStatus: number
  /** How many requests may be handled at once, and the command_status that says there are too many. */
  handlingLimit: number
  busyStatus: number
  /** The other end has asked to unbind; nothing is submitted any more. */
  onUnbind?: () => void
  /** An answer or a time-out made room in the window, or the socket can be written again. */
  onFree?: () => void
  /** Exactly once, after every waiting request was told it is unanswered. */
  onClosed: (reason: string) => void
}

interface Waiting {
  command: CommandName
  /** Unless it has a timer of its own, being waited for with another patience than the rest. */
  deadline: number
  timer: NodeJS.Timeout | undefined
  inWindow: boolean
  settle: Settle
}

const unanswered: Outcome = { kind: 'unanswered' }

/** The longest that a timer can run; a longer one would end at once. */
const LONGEST_TIMER = 0x7fffffff

/** A connection that has not written yet holds no block. */
const nothing = Buffer.alloc(0)

/** sequence_number goes from 1 to 0x7FFFFFFF (5.1.4). */
const MAX_SEQUENCE = 0x7fffffff

/** Octets for what is written in one tick; a PDU that is larger gets a block of its own. */
const BLOCK = 65_536
/** With less room than this a new block is begun; most PDUs are shorter. */
const SPARE = 1_024

export class Link {
  /** Resolves once the connection is gone. */
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #options: LinkOptions
  readonly #decoder: Decoder
  /** By sequence number, oldest first: of those with the usual patience the first is always the next to expire. */
  readonly #waiting = new Map<number, Waiting>()
  #inWindow = 0
  #handling = 0
  #sequence = 0
  #isClosed = false
  /** We have begun to end: nothing more is written, and requests are no longer taken. */
  #isEnding = false
  /** The other end has asked to unbind. */
  #isLeaving = false
  #reason = 'the other end closed the connection'
  #heardAt = performance.now()
  #block = nothing
  #blockFrom = 0
  #blockTo = 0
  #isFlushDue = false
  #isSocketFull = false
  #hasFreed = false
  readonly #onQuiet: (() => void)[] = []
  #answerTimer: NodeJS.Timeout | undefined
  #silenceTimer: NodeJS.Timeout | undefined
  #endTimer: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: LinkOptions) {
    this.#socket = socket
    this.#options = options
    this.#decoder = new Decoder(options.maxLength === undefined ? {} : { maxLength: options.maxLength })
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 30_000)
    socket.on('data', bytes => this.#read(bytes))
    socket.on('drain', () => this.#drained())
    socket.on('error', error => {
      if (!this.#isEnding) this.#reason = error.message
    })
    socket.on('end', () => this.end(this.#reason))
    this.closed = new Promise(resolve =>
      socket.on('close', () => {
        this.#close()
        resolve()
      }),
    )
    this.#listenForSilence(options.enquireLinkMs)
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress
  }

  get isOpen(): boolean {
    return !this.#isClosed && !this.#isEnding
  }

  /** How many requests may be submitted now. */
  get free(): number {
    const canSubmit = this.isOpen && !this.#isLeaving && !this.#isSocketFull
    return canSubmit ? Math.max(0, this.#options.window - this.#inWindow) : 0
  }

  /** How many requests of the window wait for an answer. */
  get inWindow(): number {
    return this.#inWindow
  }

  /**
   * Writes a request and later tells how it ended, once. What cannot be encoded throws before anything is written.
   * A request within the window counts against `free`, at which the caller has looked. `timeoutMs` is for those that are
   * waited for longer or shorter than the rest.
   */
  request(pdu: PduInput, inWindow: boolean, settle: Settle, timeoutMs?: number): void {
    if (!this.isOpen) {
      settle(unanswered)
      return
    }
    const sequence = this.#nextSequence()
    this.#write(pdu, sequence)
    const { responseTimeoutMs } = this.#options
    const waiting: Waiting = { command: pdu.command, deadline: 0, timer: undefined, inWindow, settle }
    this.#waiting.set(sequence, waiting)
    if (inWindow) this.#inWindow++
    if (timeoutMs === undefined || timeoutMs === responseTimeoutMs) {
      waiting.deadline = performance.now() + responseTimeoutMs
      this.#answerTimer ??= setTimeout(this.#expire, responseTimeoutMs)
    } else {
      waiting.timer = setTimeout(
        () => {
          this.#settle(sequence, waiting, unanswered)
          this.#tellFree()
          this.#tellQuiet()
        },
        Math.min(timeoutMs, LONGEST_TIMER),
      )
    }
  }

  /** A request outside the window: bind, unbind, enquire_link. */
  ask(pdu: PduInput): Promise<Outcome> {
    return new Promise(settle => this.request(pdu, false, settle))
  }

  /** Writes a response, or a request that has none. Dropped when the connection has ended. */
  send(pdu: PduInput, sequence = pdu.sequence ?? this.#nextSequence()): void {
    if (this.isOpen) this.#write(pdu, sequence)
  }

  /** Writes octets as they are, for those who test how the other end takes it. */
  sendRaw(bytes: Uint8Array): void {
    if (!this.isOpen) return
    this.#flush()
    this.#socket.write(bytes)
  }

  /** Resolves when no request of the window waits for an answer on either side, or the connection has ended. */
  quiet(): Promise<void> {
    return new Promise(resolve => {
      this.#onQuiet.push(resolve)
      this.#tellQuiet()
    })
  }

  /** Says goodbye (4.2) and ends the connection when it is answered, or not in time. */
  async unbind(): Promise<void> {
    if (!this.isOpen) return
    await this.ask({ command: 'unbind' })
    this.end('unbound')
  }

  /** Writes what is due, then ends the connection; cuts it if the other end does not follow. */
  end(reason: string): void {
    if (!this.isOpen) return
    this.#flush()
    this.#reason = reason
    this.#isEnding = true
    this.#socket.end()
    this.#endTimer = setTimeout(() => this.#socket.destroy(), this.#options.responseTimeoutMs)
    this.#tellQuiet()
  }

  /** Cuts the connection now. */
  destroy(reason: string): void {
    if (this.isOpen) this.#reason = reason
    this.#isEnding = true
    this.#socket.destroy()
    this.#tellQuiet()
  }

  #nextSequence(): number {
    do this.#sequence = this.#sequence === MAX_SEQUENCE ? 1 : this.#sequence + 1
    while (this.#waiting.has(this.#sequence))
    return this.#sequence
  }

  /** Encodes behind what this tick has written before; one write to the socket carries it all. */
  #write(pdu: PduInput, sequence: number): void {
    if (this.#block.length - this.#blockTo < SPARE) this.#newBlock(BLOCK)
    try {
      this.#blockTo = encodeInto(pdu, this.#block, this.#blockTo, sequence)
    } catch (error) {
      if (!(error instanceof DoesNotFit)) throw error
      this.#newBlock(Math.max(BLOCK, error.needed))
      this.#blockTo = encodeInto(pdu, this.#block, 0, sequence)
    }
    if (this.#isFlushDue) return
    this.#isFlushDue = true
    process.nextTick(this.#flushDue)
  }

  /** What was written stays where it is until the socket has taken it, so a full block is left to it. */
  #newBlock(size: number) {
    this.#flush()
    this.#block = Buffer.allocUnsafeSlow(size)
    this.#blockFrom = this.#blockTo = 0
  }

  readonly #flushDue = () => {
    this.#isFlushDue = false
    this.#flush()
  }

  #flush() {
    if (this.#blockTo === this.#blockFrom || !this.isOpen) return
    const bytes = this.#block.subarray(this.#blockFrom, this.#blockTo)
    this.#blockFrom = this.#blockTo
    if (this.#socket.write(bytes) || this.#isSocketFull) return
    // The other end does not read: we stop submitting, and stop reading what would make us answer.
    this.#isSocketFull = true
    this.#hasFreed = true
    this.#socket.pause()
  }

  #drained() {
    this.#isSocketFull = false
    this.#socket.resume()
    this.#tellFree()
  }

  #tellFree() {
    if (!this.#hasFreed || this.free === 0) return
    this.#hasFreed = false
    this.#options.onFree?.()
  }

  #tellQuiet() {
    if (this.#onQuiet.length === 0) return
    if (this.isOpen && (this.#inWindow > 0 || this.#handling > 0)) return
    for (const resolve of this.#onQuiet.splice(0)) resolve()
  }

  #read(bytes: Uint8Array) {
    this.#decoder.push(bytes)
    let decoded = this.#decoder.next()
    // Whole PDUs count as a sign of life; octets that never become one do not.
    if (decoded !== undefined) this.#heardAt = performance.now()
    for (; decoded !== undefined; decoded = this.#decoder.next()) {
      if (decoded.kind === 'framing') return this.#misframed(decoded.reason)
      this.#take(decoded)
    }
    this.#tellFree()
    this.#tellQuiet()
  }

  /** A wrong command_length is answered by generic_nack (4.3.1); what follows it cannot be told apart, so we part. */
  #misframed(reason: string) {
    this.send({ command: 'generic_nack', status: commandStatus.ESME_RINVCMDLEN }, 0)
    this.end(reason)
    this.#socket.destroySoon()
  }

  #take(decoded: Exclude<Decoded, { kind: 'framing' }>) {
    if (decoded.kind === 'pdu') return this.#takePdu(decoded.pdu)
    const { kind, command_id, status, sequence } = decoded
    if (isResponse(command_id)) {
      // Its header is whole, and that says yes or no. A response of an unknown command answers nothing we asked.
      if (kind === 'malformed') this.#answered(sequence, decoded.command, status, undefined)
    } else if (kind === 'unknown') {
      this.send({ command: 'generic_nack', status: commandStatus.ESME_RINVCMDID }, sequence)
    } else {
      this.send({ command: responseTo(decoded.command) ?? 'generic_nack', status: decoded.answer }, sequence)
    }
  }

  #takePdu(pdu: Pdu) {
    switch (pdu.command) {
      case 'enquire_link':
        return this.send({ command: 'enquire_link_resp' }, pdu.sequence)
      case 'unbind':
        return void this.#leave(pdu.sequence)
      case 'generic_nack':
        return this.#answered(pdu.sequence, undefined, pdu.status, pdu)
      case 'submit_sm':
      case 'deliver_sm':
      case 'data_sm':
      case 'bind_receiver':
      case 'bind_transmitter':
      case 'bind_transceiver':
      case 'submit_multi':
      case 'query_sm':
      case 'cancel_sm':
      case 'replace_sm':
      case 'outbind':
      case 'alert_notification':
        return this.#handle(pdu)
      default:
        return this.#answered(pdu.sequence, pdu.command, pdu.status, pdu)
    }
  }

  #handle(pdu: Pdu) {
    if (!this.isOpen) return
    const { onRequest, failedStatus, handlingLimit, busyStatus } = this.#options
    const refuse = (status: number): Response => {
      const command = responseTo(pdu.command)
      return command && { command, status }
    }
    if (this.#handling >= handlingLimit) return this.#respond(refuse(busyStatus), pdu)
    let response: Response | Promise<Response>
    try {
      response = onRequest(pdu)
    } catch {
      // What went wrong is the handler's to report; here it is a "not now".
      return this.#respond(refuse(failedStatus), pdu)
    }
    if (!(response instanceof Promise)) return this.#respond(response, pdu)
    this.#handling++
    const done = (response: Response) => {
      this.#handling--
      this.#respond(response, pdu)
      this.#tellQuiet()
    }
    response.then(done, () => done(refuse(failedStatus)))
  }

  #respond(response: Response, { sequence }: Pdu) {
    if (response !== undefined) this.send(response, sequence)
  }

  #answered(sequence: number, command: CommandName | undefined, status: number, pdu: Pdu | undefined) {
    const waiting = this.#waiting.get(sequence)
    // Late: it was told unanswered already. Or an answer to something else than was asked, which is none.
    if (waiting === undefined || (command !== undefined && command !== responseTo(waiting.command))) return
    this.#settle(sequence, waiting, { kind: 'answered', status, pdu })
  }

  #settle(sequence: number, waiting: Waiting, outcome: Outcome) {
    this.#waiting.delete(sequence)
    if (waiting.timer !== undefined) clearTimeout(waiting.timer)
    if (waiting.inWindow) {
      this.#inWindow--
      this.#hasFreed = true
    }
    waiting.settle(outcome)
  }

  readonly #expire = () => {
    this.#answerTimer = undefined
    const now = performance.now()
    for (const [sequence, waiting] of this.#waiting) {
      if (waiting.timer !== undefined) continue
      if (waiting.deadline > now) {
        this.#answerTimer = setTimeout(this.#expire, Math.ceil(waiting.deadline - now))
        break
      }
      this.#settle(sequence, waiting, unanswered)
    }
    this.#tellFree()
    this.#tellQuiet()
  }

  #listenForSilence(ms: number) {
    this.#silenceTimer = setTimeout(() => {
      const left = this.#heardAt + this.#options.enquireLinkMs - performance.now()
      if (left > 0) this.#listenForSilence(Math.ceil(left))
      else void this.#enquire()
    }, ms)
  }

  async #enquire() {
    const askedAt = performance.now()
    const { kind } = await this.ask({ command: 'enquire_link' })
    if (!this.isOpen) return
    // Anything heard in the meantime is as good as the answer.
    if (kind === 'unanswered' && this.#heardAt < askedAt) return this.destroy('enquire_link was not answered')
    this.#listenForSilence(this.#options.enquireLinkMs)
  }

  /** The other end wants to go (4.2): what either side still owes is waited for, but not for ever. */
  async #leave(sequence: number) {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#options.onUnbind?.()
    this.#endTimer = setTimeout(() => this.destroy('the other end unbound'), this.#options.responseTimeoutMs)
    await this.quiet()
    clearTimeout(this.#endTimer)
    this.send({ command: 'unbind_resp' }, sequence)
    this.end('the other end unbound')
  }

  #close() {
    this.#isClosed = true
    clearTimeout(this.#answerTimer)
    clearTimeout(this.#silenceTimer)
    clearTimeout(this.#endTimer)
    for (const [sequence, waiting] of this.#waiting) this.#settle(sequence, waiting, unanswered)
    this.#tellQuiet()
    this.#options.onClosed(this.#reason)
  }
}

const responses = {
  bind_receiver: 'bind_receiver_resp',
  bind_transmitter: 'bind_transmitter_resp',
  bind_transceiver: 'bind_transceiver_resp',
  unbind: 'unbind_resp',
  submit_sm: 'submit_sm_resp',
  submit_multi: 'submit_multi_resp',
  deliver_sm: 'deliver_sm_resp',
  data_sm: 'data_sm_resp',
  query_sm: 'query_sm_resp',
  cancel_sm: 'cancel_sm_resp',
  replace_sm: 'replace_sm_resp',
  enquire_link: 'enquire_link_resp',
} as const satisfies Partial<Record<CommandName, CommandName>>

type Answerable = keyof typeof responses

/** The response a request has; outbind and alert_notification have none. */
export const responseTo = (command: CommandName): (typeof responses)[Answerable] | undefined =>
  command in responses ? responses[command as Answerable] : undefined
