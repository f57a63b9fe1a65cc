// One webhook on the wire: signed as Standard Webhooks says, posted, and what came of it in plain words.
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { version } from '@usher/contract/version'
import { Webhook } from 'standardwebhooks'
import { ForbiddenAddress, isAllowed, publicLookup, type Resolve, whyForbidden } from './address.ts'

export interface Letter {
  url: string
  /** The webhook-id. */
  id: string
  body: string
  /** `whsec_...`; each signs. */
  secrets: readonly string[]
  /** Wall time. */
  at: Date
}

/** No status: nobody answered. */
export type Answer = { status: number; retryAfter: string | undefined } | { status: null; error: string }

export interface Poster {
  post(letter: Letter): Promise<Answer>
  /** Ends all connections, also those that wait for an answer. */
  close(): void
}

export interface PosterOptions {
  /** Addresses, host:port, that may be called though they are private or not https. */
  allow: readonly string[]
  resolve: Resolve
  /** For one letter, from the first step to the last byte of the answer. */
  timeoutMs: number
}

/** Of an answer, only the status counts; this much of the rest is read, so that the connection can be used again. */
const mostOfAnswer = 64 * 1_024
/** Many servers close a connection that was silent for five seconds. */
const idleMs = 4_000

/** The headers of Standard Webhooks, "Webhook Headers (sending metadata to consumers)". */
export const signed = ({ id, body, secrets, at }: Letter) => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
  'webhook-signature': secrets.map(secret => new Webhook(secret).sign(id, at, body)).join(' '),
})

export function poster({ allow, resolve, timeoutMs }: PosterOptions): Poster {
  const options = { keepAlive: true, timeout: idleMs }
  const guarded = new HttpsAgent({ ...options, lookup: publicLookup(resolve) })
  // Those that were named by the operator are called wherever they are.
  const allowed = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) }

  let isClosed = false
  async function post(letter: Letter): Promise<Answer> {
    const url = new URL(letter.url)
    const forbidden = whyForbidden(url, allow)
    if (forbidden) return { status: null, error: forbidden }
    const isHttp = url.protocol === 'http:'
    const agent = !isAllowed(url, allow) ? guarded : allowed[isHttp ? 'http:' : 'https:']
    const body = Buffer.from(letter.body)
    const headers = {
      ...signed(letter),
      'content-type': 'application/json',
      'content-length': body.length,
      'user-agent': `Usher/${version}`,
    }
    const once = () =>
      new Promise<Answer & { isStale?: boolean }>(done => {
        const asking = (isHttp ? requestHttp : requestHttps)(url, { method: 'POST', agent, headers })
        const timer = setTimeout(() => asking.destroy(new Unanswered()), timeoutMs)
        let answer: IncomingMessage | undefined
        const finish = (outcome: Answer & { isStale?: boolean }) => {
          clearTimeout(timer)
          done(outcome)
        }
        const finishAnswered = () =>
          finish({ status: answer!.statusCode ?? 0, retryAfter: answer!.headers['retry-after'] })
        asking.on('response', response => {
          answer = response
          let read = 0
          response.on('data', (piece: Buffer) => {
            read += piece.length
            if (read > mostOfAnswer) response.destroy()
          })
          // However the rest of it ends, the status was said.
          response.on('error', () => {})
          response.on('close', finishAnswered)
        })
        asking.on('close', () => (answer ? finishAnswered() : finish({ status: null, error: words.ECONNRESET! })))
        asking.on('error', error => {
          // Once there is an answer, its own close tells.
          if (answer) return
          const { code } = error as NodeJS.ErrnoException
          finish({
            status: null,
            error: inWords(error, timeoutMs),
            isStale: asking.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE'),
          })
        })
        asking.end(body)
      })
    const outcome = await once()
    // It closed a silent connection at the very moment we wrote to it: that says nothing about how it is.
    const { isStale, ...answer } = outcome.isStale && !isClosed ? await once() : outcome
    return answer
  }

  return {
    post,
    close() {
      isClosed = true
      for (const agent of [guarded, ...Object.values(allowed)]) agent.destroy()
    },
  }
}

class Unanswered extends Error {
  override readonly name = 'Unanswered'
}

const words: Record<string, string> = {
  ECONNREFUSED: 'Connection refused.',
  ECONNRESET: 'The connection broke before an answer came.',
  EPIPE: 'The connection broke before an answer came.',
  ENOTFOUND: 'The name is not known.',
  EAI_AGAIN: 'The name servers do not answer.',
  EHOSTUNREACH: 'The host can not be reached.',
  ENETUNREACH: 'The host can not be reached.',
  ETIMEDOUT: 'The host does not answer.',
  CERT_HAS_EXPIRED: 'The certificate has expired.',
  CERT_NOT_YET_VALID: 'The certificate is not valid yet.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another name.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The certificate is not trusted: it signed itself.',
  SELF_SIGNED_CERT_IN_CHAIN: 'The certificate is not trusted: one of its chain signed itself.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The certificate is not trusted: the one that signed it was not sent along.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'The certificate is not trusted: who signed it is not known here.',
}

function inWords(error: Error, timeoutMs: number): string {
  if (error instanceof Unanswered) return `No answer within ${timeoutMs / 1_000} s.`
  if (error instanceof ForbiddenAddress) return 'The name stands for a private address.'
  const { code = '' } = error as NodeJS.ErrnoException
  if (code in words) return words[code]!
  if (code.startsWith('HPE_')) return 'What it answered is not HTTP.'
  if (/^(ERR_SSL|EPROTO|ERR_TLS)/.test(code)) return 'TLS could not be agreed on.'
  return `It could not be called${code === '' ? '' : ` (${code})`}.`
}
