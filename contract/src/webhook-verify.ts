// What the service's own endpoint calls first: is this call from Usher, unchanged, and of now? Standard Webhooks 1.0.0, in
// Node and edge runtimes. It loads no schema.
import { Webhook } from 'standardwebhooks'
import type { ToldOf } from './webhook.ts'

/**
 * missing_header: it carries no signature, so it is not a call of Usher. stale: it is signed for another time; a clock is
 * wrong, or an old call was sent once more. wrong_signature: none of the secrets signed this. unreadable: the body is not
 * what was signed, or not what Usher tells.
 */
export type WebhookProblemCode = 'missing_header' | 'stale' | 'wrong_signature' | 'unreadable'

/** Why a call is not to be trusted. Answer 400: Usher tries again later, and shows the status beside the delivery. */
export class WebhookProblem extends Error {
  override readonly name = 'WebhookProblem'
  readonly code: WebhookProblemCode

  constructor(code: WebhookProblemCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options)
    this.code = code
  }
}

type PlainHeaders = Record<string, string | readonly string[] | undefined>
/** A call as it came: a `Request`, or its headers and its body as text or bytes, before anything has parsed it. */
export type IncomingCall = Request | { headers: Headers | PlainHeaders; body: string | Uint8Array | ArrayBuffer }

export interface WebhookVerifyOptions {
  /** How far its time may lie from ours; five minutes, as the standard says. */
  toleranceSeconds?: number
  now?: () => Date
}

/**
 * Gives what a call tells, typed by its `type`, once one of the secrets has signed exactly this body; else throws a
 * `WebhookProblem`. Give both secrets while one is being replaced. The same `id` may come more than once: take it once.
 * A newer Usher may tell of types that this version does not know, so let a `switch` have its default.
 */
export async function verifyWebhook(
  call: IncomingCall,
  secrets: string | readonly string[],
  { toleranceSeconds = 300, now = () => new Date() }: WebhookVerifyOptions = {},
): Promise<ToldOf> {
  const signers = [secrets].flat().map(signerOf)
  if (signers.length === 0) throw new TypeError('Give the secret of the endpoint, or several.')
  const id = header(call.headers, 'webhook-id')
  const timestamp = header(call.headers, 'webhook-timestamp')
  const signatures = header(call.headers, 'webhook-signature')

  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookProblem('missing_header', 'webhook-timestamp is not a time.')
  const at = new Date(Number(timestamp) * 1_000)
  const distance = Math.abs(now().getTime() - at.getTime())
  if (distance > toleranceSeconds * 1_000) {
    const off = `${Math.round(distance / 1_000)} seconds from our clock`
    throw new WebhookProblem('stale', `It is signed for a time that lies ${off}; ${toleranceSeconds} are allowed.`)
  }

  const body = await textOf(call)
  const expected = signers.map(signer => signer.sign(id, at, body))
  // Each is compared with each, so that the time it takes does not tell which was near.
  const fits = signatures.split(' ').flatMap(given => expected.map(one => isSame(given, one)))
  if (!fits.includes(true))
    throw new WebhookProblem(
      'wrong_signature',
      'None of the secrets signed this body. Is it as it came, and the secret whole?',
    )
  return read(body)
}

function signerOf(secret: string): Webhook {
  try {
    return new Webhook(secret)
  } catch (cause) {
    // Not a problem of the call. What is in the secret is not said.
    throw new TypeError('A secret is what `createWebhook` answered: whsec_ and Base64.', { cause })
  }
}

function header(headers: Headers | PlainHeaders, name: string): string {
  const value = isHeaders(headers)
    ? headers.get(name)
    : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1]
  const text = typeof value === 'string' ? value : value?.join(' ')
  if (!text) throw new WebhookProblem('missing_header', `${name} is missing.`)
  return text
}

// By what they can do, not by their class: frameworks bring their own.
const isHeaders = (headers: Headers | PlainHeaders): headers is Headers => typeof headers.get === 'function'
const isRequest = (call: IncomingCall): call is Request => 'text' in call && typeof call.text === 'function'

async function textOf(call: IncomingCall): Promise<string> {
  if (isRequest(call)) {
    if (call.bodyUsed)
      throw new WebhookProblem('unreadable', 'The body was read before. Give the headers, and the body as it came.')
    return call.text()
  }
  const { body } = call
  if (typeof body === 'string') return body
  // A byte order mark is part of what was signed.
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer)
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)
  throw new WebhookProblem('unreadable', 'Give the body as it came, as text or bytes: one that was parsed is another.')
}

/** In a time that does not depend on where they differ. */
function isSame(a: string, b: string): boolean {
  let different = a.length ^ b.length
  for (let at = 0; at < b.length; at++) different |= (a.charCodeAt(at) || 0) ^ b.charCodeAt(at)
  return different === 0
}

function read(body: string): ToldOf {
  let told: unknown
  try {
    told = JSON.parse(body)
  } catch (cause) {
    throw new WebhookProblem('unreadable', 'The body is signed and is not JSON.', { cause })
  }
  const { id, type, timestamp, data } = (typeof told === 'object' && told !== null ? told : {}) as Record<
    string,
    unknown
  >
  const isTold = [id, type, timestamp].every(text => typeof text === 'string') && typeof data === 'object' && data
  if (!isTold) throw new WebhookProblem('unreadable', 'The body is signed and is not what Usher tells.')
  // The fields of each type are Usher's word, which the signature stands for.
  return told as ToldOf
}
