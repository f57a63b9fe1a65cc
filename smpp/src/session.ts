/**
 * Sessions over TCP: a client (ESME) that comes back after whatever happens, and a server (SMSC) to test and to
 * simulate with. A submit never throws for what the network does: it is answered, unanswered (it may have left) or
 * unsent.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import {
  type ConnectionOptions,
  connect as connectTls,
  createServer as createTlsServer,
  type TlsOptions,
} from 'node:tls'
import { Link, type Outcome, type Response, responseTo } from './link.ts'
import {
  type BindPdu,
  commandStatus,
  type DataSm,
  type DeliverSm,
  type InputOf,
  type Pdu,
  type PduOf,
  type SubmitSm,
  statusName,
  type Tlvs,
} from './pdu.ts'

/** What a request carries, without what the session fills in. */
type Fields<C extends 'submit_sm' | 'deliver_sm'> = Omit<InputOf<C>, 'command' | 'status' | 'sequence'>
export type SubmitFields = Fields<'submit_sm'>
export type DeliverFields = Fields<'deliver_sm'>

export type SubmitAnswer =
  /** `congestion`: how busy the SMSC says it is, in percent (congestion_state, SMPP 5.0). */
  | { kind: 'answered'; status: number; message_id: string; congestion?: number }
  /** Octets may have left: the answer did not come in time, or the connection ended. */
  | { kind: 'unanswered' }
  /** Not bound, bound as receiver, or the window is full: nothing was written. */
  | { kind: 'unsent' }

export type DeliverAnswer = { kind: 'answered'; status: number } | { kind: 'unanswered' } | { kind: 'unsent' }

/**
 * idle: not started. connecting: TCP, TLS and bind. waiting: until the next try. refused: the SMSC does not take these
 * credentials; nothing is tried until `reconnect`, for an SMSC may lock an account that knocks too often. unbinding:
 * finishes what waits, then leaves, for good or to bind anew. closed: for good.
 */
export type ClientState = 'idle' | 'connecting' | 'bound' | 'waiting' | 'refused' | 'unbinding' | 'closed'

export interface StateDetail {
  reason?: string
  /** command_status of the bind response, when that was the reason. */
  status?: number
  /** With `waiting`: until the next try. */
  retryInMs?: number
}

export interface ClientOptions {
  host: string
  port: number
  systemId: string
  password: string
  systemType?: string
  /** Default transceiver; a receiver's submits are all `unsent`. */
  bind?: BindType
  /**
   * TLS, with `true` or with options of node:tls. The SMSC's certificate is verified unless `rejectUnauthorized` is
   * false.
   */
  tls?: boolean | ClientTls
  /** submit_sm awaiting an answer at once; default 100. */
  window?: number
  /** deliver_sm being handled at once; one more is answered ESME_RX_T_APPN, to come again. Default 1,000. */
  deliverWindow?: number
  /** Default 10,000; monotonic; for connecting and binding too. */
  responseTimeoutMs?: number
  /** Silence before an enquire_link; default 15,000. */
  enquireLinkMs?: number
  /** Exponential back-off with jitter; default 250 to 15,000. */
  reconnect?: { minMs: number; maxMs: number }
  random?: () => number
  /** Gives the command_status of the response, which leaves only then. A rejection is answered ESME_RX_T_APPN. */
  onDeliver: (pdu: DeliverSm | DataSm) => Promise<number> | number
  onState?: (state: ClientState, detail?: StateDetail) => void
  /** The window has room: an answer came or is given up, or the session became bound. Once for all that came together. */
  onFree?: () => void
}

export type ClientTls = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'servername' | 'rejectUnauthorized' | 'minVersion' | 'ciphers'
>

/** command_status of a bind response that says the credentials are wrong, and nothing else. */
const wrongCredentials: readonly number[] = [commandStatus.ESME_RINVPASWD, commandStatus.ESME_RINVSYSID]

/** interface_version and sc_interface_version of SMPP 3.4 (5.2.4, 5.3.2.25). */
const VERSION = 0x34

/** What the socket holds before `write` answers false: more than a window, so only a deaf peer fills it. */
const SOCKET_BUFFER = 262_144

const BIND_TIMEOUT_MS = 10_000

const unsent = { kind: 'unsent' } as const
const unanswered = { kind: 'unanswered' } as const

export class SmppClient {
  readonly #options: ClientOptions
  readonly #responseTimeoutMs: number
  readonly #reconnect: { minMs: number; maxMs: number }
  #state: ClientState = 'idle'
  #socket: Socket | undefined
  #link: Link | undefined
  #timer: NodeJS.Timeout | undefined
  /** Tries since a bind that lasted. */
  #tries = 0
  #delayMs = 0
  #boundAt: number | undefined
  #stopped: Promise<void> | undefined
  /** It leaves only to bind anew. */
  #comesBack = false

  constructor(options: ClientOptions) {
    this.#options = options
    this.#responseTimeoutMs = options.responseTimeoutMs ?? 10_000
    this.#reconnect = options.reconnect ?? { minMs: 250, maxMs: 15_000 }
  }

  get state(): ClientState {
    return this.#state
  }

  /** How many submit_sm may wait for an answer at once. */
  get window(): number {
    return this.#options.window ?? 100
  }

  /** How many submit_sm wait for an answer. */
  get inFlight(): number {
    return this.#link?.inWindow ?? 0
  }

  /** How many submit_sm may be written now. */
  get free(): number {
    return this.#state === 'bound' && this.#options.bind !== 'receiver' ? (this.#link?.free ?? 0) : 0
  }

  /** Begins to connect; from here on the client looks after itself until `stop` or `destroy`. */
  start(): void {
    if (this.#state === 'idle') this.#connect()
  }

  /** Tries now, where it waits for the next try or was refused; otherwise does nothing. */
  reconnect(): void {
    if (this.#state !== 'waiting' && this.#state !== 'refused') return
    clearTimeout(this.#timer)
    this.#tries = 0
    this.#connect()
  }

  /**
   * Submits no more, waits for what is due, unbinds and binds anew: for an SMSC that says that this session can't be used,
   * as it does with ESME_RINVBNDSTS. Does nothing where it is not bound.
   */
  async rebind(): Promise<void> {
    const link = this.#link
    if (this.#state !== 'bound' || link === undefined) return
    this.#comesBack = true
    await this.#leave(link, this.#responseTimeoutMs)
  }

  /**
   * Writes a submit_sm and answers what became of it. Fields that cannot be encoded are a mistake of the caller and
   * reject with EncodeError; nothing was written then. After `timeoutMs`, by default `responseTimeoutMs` of the client, it
   * is unanswered and no longer in the window; the session goes on, and an answer that comes later is ignored.
   */
  submit(fields: SubmitFields, { timeoutMs }: { timeoutMs?: number } = {}): Promise<SubmitAnswer> {
    const link = this.#link
    if (link === undefined || this.free === 0) return Promise.resolve(unsent)
    return new Promise(resolve =>
      link.request({ ...fields, command: 'submit_sm' }, true, outcome => resolve(submitAnswer(outcome)), timeoutMs),
    )
  }

  /** Submits no more, waits for what is due on either side, unbinds and closes; cuts the connection after `timeoutMs`. */
  stop(timeoutMs: number = this.#responseTimeoutMs): Promise<void> {
    this.#stopped ??= this.#stop(timeoutMs)
    return this.#stopped
  }

  /** Cuts the connection and does not come back. */
  destroy(): void {
    if (this.#state === 'closed') return
    clearTimeout(this.#timer)
    const socket = this.#socket
    const link = this.#link
    this.#socket = undefined
    this.#enter('closed', { reason: 'destroyed' })
    if (link === undefined) socket?.destroy()
    else link.destroy('destroyed')
  }

  async #stop(timeoutMs: number) {
    const link = this.#link
    this.#comesBack = false
    if ((this.#state === 'bound' || this.#state === 'unbinding') && link !== undefined) {
      await this.#leave(link, timeoutMs)
    } else {
      this.destroy()
      await link?.closed
    }
  }

  async #leave(link: Link, timeoutMs: number) {
    if (this.#state === 'bound') this.#enter('unbinding')
    const patience = setTimeout(() => link.destroy('not all was answered in time'), timeoutMs)
    await link.quiet()
    await link.unbind()
    await link.closed
    clearTimeout(patience)
  }

  #enter(state: ClientState, detail?: StateDetail) {
    this.#state = state
    this.#options.onState?.(state, detail)
  }

  #connect() {
    this.#enter('connecting')
    if (this.#state !== 'connecting') return // onState may have destroyed us
    const { host, port, tls } = this.#options
    // Passed on to the stream, as documented for net.Socket, though its types do not say so.
    const target = { host, port, writableHighWaterMark: SOCKET_BUFFER, highWaterMark: SOCKET_BUFFER }
    const socket: Socket = tls ? connectTls({ ...(tls === true ? {} : tls), ...target }) : connect(target)
    this.#socket = socket
    const fail = (reason: string) => {
      // Once there is a link, or we were destroyed, this is none of our business.
      if (this.#socket !== socket || this.#link !== undefined) return
      clearTimeout(this.#timer)
      this.#socket = undefined
      socket.destroy()
      this.#retry({ reason })
    }
    this.#timer = setTimeout(() => fail('the connection was not made in time'), this.#responseTimeoutMs)
    socket.on('error', error => fail(error.message))
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      if (this.#socket !== socket) return
      clearTimeout(this.#timer)
      void this.#bind(socket)
    })
  }

  async #bind(socket: Socket) {
    const options = this.#options
    let refusal: StateDetail | undefined
    const link = new Link(socket, {
      window: this.window,
      responseTimeoutMs: this.#responseTimeoutMs,
      enquireLinkMs: options.enquireLinkMs ?? 15_000,
      onRequest: pdu => this.#take(pdu),
      failedStatus: commandStatus.ESME_RX_T_APPN,
      handlingLimit: options.deliverWindow ?? 1_000,
      busyStatus: commandStatus.ESME_RX_T_APPN,
      onFree: () => {
        if (this.free > 0) options.onFree?.()
      },
      onClosed: reason => {
        this.#link = undefined
        this.#socket = undefined
        this.#lost(refusal ?? { reason })
      },
    })
    this.#link = link
    const outcome = await link.ask({
      command: `bind_${options.bind ?? 'transceiver'}`,
      system_id: options.systemId,
      password: options.password,
      system_type: options.systemType ?? '',
      interface_version: VERSION,
    })
    if (!link.isOpen) return
    if (outcome.kind === 'unanswered') return link.destroy('the bind was not answered')
    if (outcome.status !== commandStatus.ESME_ROK) {
      refusal = { reason: statusName(outcome.status), status: outcome.status }
      return link.end(statusName(outcome.status))
    }
    this.#boundAt = performance.now()
    this.#enter('bound')
    if (this.free > 0) options.onFree?.()
  }

  /** The connection is gone, whoever ended it. */
  #lost(detail: StateDetail) {
    if (this.#state === 'closed') return
    if (this.#state === 'unbinding' && !this.#comesBack) return this.#enter('closed', detail)
    this.#comesBack = false
    // A bind that lasted longer than we had waited for it is a new beginning; one that was cut at once is not.
    if (this.#boundAt !== undefined && performance.now() - this.#boundAt >= this.#delayMs) this.#tries = 0
    this.#boundAt = undefined
    this.#retry(detail)
  }

  #retry(detail: StateDetail) {
    if (detail.status !== undefined && wrongCredentials.includes(detail.status)) return this.#enter('refused', detail)
    const { minMs, maxMs } = this.#reconnect
    // Some say ESME_RBINDFAIL for wrong credentials, others for being full or in maintenance: as rarely as may be.
    const isUnclear = detail.status === commandStatus.ESME_RBINDFAIL
    const most = isUnclear ? maxMs : Math.min(maxMs, minMs * 2 ** this.#tries++)
    // Between half of it and all, so that many clients do not come back at one moment.
    const random = this.#options.random ?? Math.random
    this.#delayMs = most * (0.5 + random() / 2)
    this.#timer = setTimeout(() => this.#connect(), this.#delayMs)
    this.#enter('waiting', { ...detail, retryInMs: this.#delayMs })
  }

  #take(pdu: Pdu): Response | Promise<Response> {
    // alert_notification and outbind have no response; anything else is not an ESME's to do.
    if (pdu.command !== 'deliver_sm' && pdu.command !== 'data_sm') return refuse(pdu, commandStatus.ESME_RINVCMDID)
    const command = pdu.command === 'deliver_sm' ? 'deliver_sm_resp' : 'data_sm_resp'
    const status = this.#options.onDeliver(pdu)
    return typeof status === 'number' ? { command, status } : status.then(status => ({ command, status }))
  }
}

function submitAnswer(outcome: Outcome): SubmitAnswer {
  if (outcome.kind === 'unanswered') return unanswered
  const { status, pdu } = outcome
  if (pdu?.command !== 'submit_sm_resp') return { kind: 'answered', status, message_id: '' }
  const congestion = pdu.tlvs?.congestion_state
  return congestion === undefined
    ? { kind: 'answered', status, message_id: pdu.message_id }
    : { kind: 'answered', status, message_id: pdu.message_id, congestion }
}

function refuse(pdu: Pdu, status: number): Response {
  const command = responseTo(pdu.command)
  return command && { command, status }
}

/** What a server says to a submit_sm or data_sm; `undefined` is silence, as of an SMSC that loses requests. */
export type SubmitReply = { status: number; message_id?: string; tlvs?: Tlvs } | undefined

export interface ServerOptions {
  /** What bind responses call us; default `usher`. */
  systemId?: string
  /** Gives the command_status of the bind response. */
  authenticate: (bind: BindPdu, session: SmppSession) => Promise<number> | number
  /** A session is bound; its bind response is on its way. */
  onSession?: (session: SmppSession) => void
  /** A bound session asks to unbind. */
  onUnbind?: (session: SmppSession) => void
  /** A session that was bound is gone. */
  onClosed?: (session: SmppSession, reason: string) => void
  onSubmit: (pdu: SubmitSm, session: SmppSession) => Promise<SubmitReply> | SubmitReply
  /** Without it data_sm is answered ESME_RINVCMDID. */
  onData?: (pdu: DataSm, session: SmppSession) => Promise<SubmitReply> | SubmitReply
  /** submit_multi, query_sm, cancel_sm, replace_sm; without it they are answered ESME_RINVCMDID. */
  onRequest?: (pdu: OtherRequest, session: SmppSession) => Promise<Response> | Response
  /** deliver_sm awaiting an answer at once, of each session; default 100. */
  window?: number
  /** Requests being handled at once, of each session; one more is answered ESME_RTHROTTLED. Default 10,000. */
  handlingLimit?: number
  /** Default 10,000; monotonic. */
  responseTimeoutMs?: number
  /** Silence before an enquire_link; default 30,000. */
  enquireLinkMs?: number
  /** A connection that does not bind in time is cut; default 10,000. */
  bindTimeoutMs?: number
  /** Longest PDU taken; default 65,536. */
  maxLength?: number
  /** TLS, with a key and its certificates as node:tls takes them; `ca` and `requestCert` ask clients for theirs. */
  tls?: ServerTls
}

export type ServerTls = Pick<
  TlsOptions,
  'key' | 'cert' | 'passphrase' | 'ca' | 'requestCert' | 'rejectUnauthorized' | 'minVersion' | 'ciphers'
>

export type OtherRequest = PduOf<'submit_multi'> | PduOf<'query_sm'> | PduOf<'cancel_sm'> | PduOf<'replace_sm'>

export type BindType = 'transceiver' | 'transmitter' | 'receiver'

/** One connection of an ESME, seen from the server. */
export class SmppSession {
  /** From the bind; empty before. */
  systemId = ''
  /** `undefined` until bound. */
  bindType: BindType | undefined
  #hasAskedToBind = false
  /** How many deliver_sm may wait for an answer at once. */
  readonly window: number
  readonly #link: Link
  readonly #onFree = new Set<() => void>()

  constructor(socket: Socket, server: ServerOptions, onClosed: (session: SmppSession) => void) {
    const bindTimer = setTimeout(() => this.#link.destroy('no bind in time'), server.bindTimeoutMs ?? BIND_TIMEOUT_MS)
    this.window = server.window ?? 100
    this.#link = new Link(socket, {
      window: this.window,
      responseTimeoutMs: server.responseTimeoutMs ?? 10_000,
      enquireLinkMs: server.enquireLinkMs ?? 30_000,
      maxLength: server.maxLength,
      onRequest: pdu => this.#take(pdu, server, bindTimer),
      failedStatus: commandStatus.ESME_RSYSERR,
      handlingLimit: server.handlingLimit ?? 10_000,
      busyStatus: commandStatus.ESME_RTHROTTLED,
      onUnbind: () => {
        if (this.bindType !== undefined) server.onUnbind?.(this)
      },
      onFree: () => {
        const waiting = [...this.#onFree]
        this.#onFree.clear()
        for (const resolve of waiting) resolve()
      },
      onClosed: reason => {
        clearTimeout(bindTimer)
        for (const resolve of this.#onFree) resolve()
        onClosed(this)
        if (this.bindType !== undefined) server.onClosed?.(this, reason)
      },
    })
  }

  get remoteAddress(): string | undefined {
    return this.#link.remoteAddress
  }

  get isOpen(): boolean {
    return this.#link.isOpen
  }

  /** How many deliver_sm wait for an answer. */
  get inFlight(): number {
    return this.#link.inWindow
  }

  /** How many deliver_sm may be written now. */
  get free(): number {
    return this.bindType === undefined || this.bindType === 'transmitter' ? 0 : this.#link.free
  }

  /** Resolves when the window has had room made in it, or the session is gone. */
  whenFree(): Promise<void> {
    if (this.free > 0 || !this.isOpen) return Promise.resolve()
    return new Promise(resolve => this.#onFree.add(resolve))
  }

  /** Writes a deliver_sm and answers what became of it; `unsent` when the ESME does not receive or the window is full. */
  deliver(fields: DeliverFields): Promise<DeliverAnswer> {
    if (this.free === 0) return Promise.resolve(unsent)
    return new Promise(resolve =>
      this.#link.request({ ...fields, command: 'deliver_sm' }, true, outcome =>
        resolve(outcome.kind === 'unanswered' ? unanswered : { kind: 'answered', status: outcome.status }),
      ),
    )
  }

  /** Like `deliver`, as data_sm: some carriers send receipts so. */
  deliverData(fields: Omit<InputOf<'data_sm'>, 'command' | 'status' | 'sequence'>): Promise<DeliverAnswer> {
    if (this.free === 0) return Promise.resolve(unsent)
    return new Promise(resolve =>
      this.#link.request({ ...fields, command: 'data_sm' }, true, outcome =>
        resolve(outcome.kind === 'unanswered' ? unanswered : { kind: 'answered', status: outcome.status }),
      ),
    )
  }

  /** Writes octets as they are, to try what an ESME makes of them. */
  sendRaw(bytes: Uint8Array): void {
    this.#link.sendRaw(bytes)
  }

  /** Waits for what is due on either side, unbinds and ends the connection. */
  async unbind(): Promise<void> {
    await this.#link.quiet()
    await this.#link.unbind()
    await this.#link.closed
  }

  /** Cuts the connection now. */
  destroy(): void {
    this.#link.destroy('destroyed')
  }

  #take(pdu: Pdu, server: ServerOptions, bindTimer: NodeJS.Timeout): Response | Promise<Response> {
    switch (pdu.command) {
      case 'bind_receiver':
      case 'bind_transmitter':
      case 'bind_transceiver':
        return this.#bind(pdu, server, bindTimer)
      case 'submit_sm':
        if (!this.#maySubmit()) return refuse(pdu, commandStatus.ESME_RINVBNDSTS)
        return reply('submit_sm_resp', server.onSubmit(pdu, this))
      case 'data_sm':
        if (!this.#maySubmit()) return refuse(pdu, commandStatus.ESME_RINVBNDSTS)
        if (server.onData === undefined) return refuse(pdu, commandStatus.ESME_RINVCMDID)
        return reply('data_sm_resp', server.onData(pdu, this))
      case 'submit_multi':
      case 'query_sm':
      case 'cancel_sm':
      case 'replace_sm':
        if (!this.#maySubmit()) return refuse(pdu, commandStatus.ESME_RINVBNDSTS)
        return server.onRequest?.(pdu, this) ?? refuse(pdu, commandStatus.ESME_RINVCMDID)
      default:
        return refuse(pdu, commandStatus.ESME_RINVCMDID)
    }
  }

  #maySubmit(): boolean {
    return this.bindType !== undefined && this.bindType !== 'receiver'
  }

  async #bind(pdu: BindPdu, server: ServerOptions, bindTimer: NodeJS.Timeout): Promise<undefined> {
    const link = this.#link
    const command = responseTo(pdu.command) as `${typeof pdu.command}_resp` // the response of a bind is a bind's
    const sequence = pdu.sequence
    if (this.#hasAskedToBind) return void link.send({ command, status: commandStatus.ESME_RALYBND }, sequence)
    this.#hasAskedToBind = true
    this.systemId = pdu.system_id
    const status = await server.authenticate(pdu, this)
    if (status !== commandStatus.ESME_ROK) {
      link.send({ command, status }, sequence)
      return void link.end(statusName(status))
    }
    clearTimeout(bindTimer)
    // The response is written here, so that what onSession delivers comes after it.
    const system_id = server.systemId ?? 'usher'
    link.send({ command, system_id, tlvs: { sc_interface_version: VERSION } }, sequence)
    if (!link.isOpen) return
    this.bindType = pdu.command.slice('bind_'.length) as BindType // one of the three cases above
    server.onSession?.(this)
  }
}

function reply(
  command: 'submit_sm_resp' | 'data_sm_resp',
  answer: SubmitReply | Promise<SubmitReply>,
): Response | Promise<Response> {
  if (answer instanceof Promise) return answer.then(answer => answer && { ...answer, command })
  return answer && { ...answer, command }
}

export class SmppServer {
  readonly #options: ServerOptions
  readonly #server: Server
  readonly #connections = new Set<SmppSession>()
  /** TCP connections, those that have not finished TLS among them. */
  readonly #sockets = new Set<Socket>()

  constructor(options: ServerOptions) {
    this.#options = options
    const { tls, bindTimeoutMs = BIND_TIMEOUT_MS } = options
    const accept = (socket: Socket) => {
      const session: SmppSession = new SmppSession(socket, this.#options, () => this.#connections.delete(session))
      this.#connections.add(session)
    }
    this.#server = tls
      ? createTlsServer({ ...tls, handshakeTimeout: bindTimeoutMs }, accept)
      : createServer({ highWaterMark: SOCKET_BUFFER }, accept)
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    // A handshake that failed or took too long: node:tls leaves it to us to part.
    this.#server.on('tlsClientError', (_, socket: Socket) => socket.destroy())
    // After listening, an error is about accepting one connection (no file descriptors); those we have go on.
    this.#server.on('error', () => {})
  }

  /** The bound sessions. */
  get sessions(): SmppSession[] {
    return [...this.#connections].filter(session => session.bindType !== undefined && session.isOpen)
  }

  /** Port 0 takes any free one; the answer tells which. */
  listen(port: number, host = '127.0.0.1'): Promise<{ port: number }> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        resolve({ port: (this.#server.address() as AddressInfo).port }) // listening on TCP, it has one
      })
    })
  }

  /** Takes no more connections, unbinds every session, and cuts those that have not gone after `timeoutMs`. */
  async close(timeoutMs = 1_000): Promise<void> {
    const gone = new Promise<void>(resolve => this.#server.close(() => resolve()))
    const patience = setTimeout(() => {
      for (const session of this.#connections) session.destroy()
      for (const socket of this.#sockets) socket.destroy()
    }, timeoutMs)
    for (const session of this.#connections) {
      if (session.bindType === undefined) session.destroy()
      else void session.unbind()
    }
    await gone
    clearTimeout(patience)
  }
}

export const createSmppServer = (options: ServerOptions): SmppServer => new SmppServer(options)
