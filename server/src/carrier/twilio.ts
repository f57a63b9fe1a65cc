// Twilio's Messages API (2010-04-01): how a text is handed to it, what its answers and error codes mean, and how its calls
// to us are told from forged ones and read.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { parse, stringify } from 'node:querystring'
import type { TwilioSettings } from '@usher/contract/carrier'
import type { CarrierReceipt, Configured, Outgoing } from './channel.ts'
import {
  type Answer,
  type Asking,
  asWord,
  basic,
  byStatus,
  type CarrierCall,
  type Heard,
  jsonObject,
  mediaTypeOf,
  type Speech,
  type Verdict,
} from './http.ts'

type Config = Configured<TwilioSettings>

/** What it takes for ValidityPeriod (error 21624); longer than the longest is left out, for that is what it does by itself. */
const longestValiditySeconds = 36_000

/** What an error code says about the text it answers. What is not named goes by the HTTP status. */
export const submitCodes: Record<number, Exclude<Verdict['kind'], 'taken'>> = {
  10001: 'broken', // account is not active
  14107: 'slow', // send rate exceeded
  20003: 'broken', // wrong credentials, or not permitted
  20005: 'broken', // account is not active
  20006: 'broken', // access denied
  20008: 'broken', // test credentials
  20403: 'broken', // account suspended
  20404: 'broken', // no such account: the SID or the address is wrong
  20429: 'slow', // too many requests at once
  20503: 'later', // service unavailable
  21408: 'never', // the country is not enabled
  21610: 'never', // its recipient sent STOP to this sender
  21611: 'slow', // this sender's queue is full
  21612: 'never', // no way from this sender to this number
  21614: 'never', // not a mobile number
  21730: 'later', // maintenance
  30001: 'slow', // queue overflow
  30002: 'broken', // account suspended
  30022: 'slow', // 10DLC rate exceeded
  30027: 'later', // 10DLC: T-Mobile's daily limit
  30037: 'broken', // outbound messaging is disabled
  30454: 'later', // the account's limit of messages
  63038: 'later', // the account's daily limit
}

export const speech: Speech<Config> = {
  ask: ({ number, originator, text, reference, validForMs }: Outgoing, config): Asking => {
    const { accountSid, messagingServiceSid, url, secrets, callbacks } = config
    const validity = Math.max(1, Math.floor(validForMs / 1_000))
    const fields = new URLSearchParams({
      To: number,
      // Beside a messaging service it picks one of its senders: which one shows is decided by our route.
      From: /^\d{9,}$/.test(originator) ? `+${originator}` : originator,
      Body: text,
      // What was shown and priced is what goes out. Replacing characters is a choice of the template's.
      SmartEncoded: 'false',
      ...(messagingServiceSid === null ? {} : { MessagingServiceSid: messagingServiceSid }),
      ...(validity < longestValiditySeconds ? { ValidityPeriod: String(validity) } : {}),
      // The signature of its call covers the query, too.
      ...(callbacks === null ? {} : { StatusCallback: `${callbacks.status}?reference=${reference}` }),
    })
    return {
      url: `${url.replace(/\/$/, '')}/2010-04-01/Accounts/${accountSid}/Messages.json`,
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        authorization: basic(accountSid, secrets.authToken ?? ''),
      },
      body: fields.toString(),
    }
  },

  understand({ status, text }: Answer): Verdict {
    const said = jsonObject(text)
    const id = asWord(said?.sid)
    if (status < 300 && id !== undefined) return { kind: 'taken', id, status: String(status) }
    const code = typeof said?.code === 'number' ? said.code : undefined
    const kind = (code === undefined ? undefined : submitCodes[code]) ?? fromStatus(status)
    return { kind, status: code === undefined ? `HTTP ${status}` : String(code) }
  },
}

/** Of its own 503 it says that nothing was done; that there is nothing at our address is no text's fault. */
const fromStatus = (status: number) => ([404, 405, 410].includes(status) ? 'broken' : byStatus(status, [408, 425, 503]))

/** MessageStatus of its status callbacks. What is not named is no news. */
export const states: Record<string, CarrierReceipt['state']> = {
  accepted: 'intermediate',
  scheduled: 'intermediate',
  queued: 'intermediate',
  sending: 'intermediate',
  sent: 'intermediate',
  delivered: 'delivered',
  read: 'delivered',
  undelivered: 'undeliverable',
  failed: 'undeliverable',
  canceled: 'undeliverable',
}

/** ErrorCode of its status callbacks, in few words. One of them is the end of time, not of the number. */
export const deliveryCodes: Record<number, string> = {
  30001: 'queue overflow',
  30002: 'account suspended',
  30003: 'handset unreachable',
  30004: 'blocked',
  30005: 'unknown handset',
  30006: 'landline, or carrier unreachable',
  30007: 'filtered',
  30008: 'unknown error',
  30009: 'missing segment',
  30010: 'costs more than allowed',
  30017: 'network congested',
  30018: 'sender not registered in this country',
  30019: 'too large for the carrier',
  30022: '10DLC rate exceeded',
  30023: '10DLC daily limit reached',
  30024: 'sender not provisioned at the carrier',
  30027: '10DLC daily limit of T-Mobile reached',
  30032: 'toll-free number not verified',
  30034: '10DLC number not registered',
  30035: '10DLC number still being registered',
  30036: 'out of time',
  30037: 'outbound messaging disabled',
  30038: 'code filtered',
  30039: 'a loop of answers',
  30040: 'sender not registered at the carrier',
  30041: 'sender not registered in the United Kingdom',
  30042: 'carrier could not be reached',
  30043: 'international text through a domestic gateway',
  30044: 'too long for a trial account',
  30410: 'carrier timed out',
  30450: 'blocked',
  30453: 'blocked as fraud',
  30454: 'account limit reached',
  30485: 'could not be delivered',
}
const outOfTime = 30036

/**
 * Reads a call of Twilio's. It signs no time, so a call that was seen on the way could be made again; a receipt that is
 * repeated moves nothing, and a text from a handset is stored once by its MessageSid.
 */
export function read(call: CarrierCall, config: Config, _wall: Date, kind: 'status' | 'inbound'): Heard {
  const token = config.secrets.authToken
  if (!token) return { kind: 'forged', reason: 'no auth token is stored to check it with' }
  const { searchParams } = new URL(call.url)
  const text = Buffer.from(call.body).toString()
  const isJson = mediaTypeOf(call.headers) === 'application/json'
  const params = new URLSearchParams(call.method === 'GET' || isJson ? '' : text)
  const signature = call.headers.get('x-twilio-signature') ?? ''
  const signed = isSigned({ token, signature, url: call.url, params, body: call.body })
  // The signature covers a form, or the hash in the URL; JSON without that hash could be anybody's.
  if (!signed || (isJson && call.method !== 'GET' && !searchParams.has('bodySHA256')))
    return { kind: 'forged', reason: 'the signature is not right' }

  // Some of its webhooks can be set to GET: then everything is in the URL, which is signed as it is.
  const said = call.method === 'GET' ? searchParams : isJson ? asForm(jsonObject(text)) : params
  const id = asWord(said.get('MessageSid') ?? said.get('SmsSid'))
  if (id === undefined) return { kind: 'unreadable', reason: 'there is no MessageSid' }
  if (kind === 'inbound') {
    const number = asWord(said.get('From'))
    const addressedTo = asWord(said.get('To'))
    const text = said.get('Body')
    // A picture alone has an empty Body; a status callback at the wrong address has none.
    if (number === undefined || addressedTo === undefined || text === null)
      return { kind: 'unreadable', reason: 'From, To or Body is missing' }
    return {
      kind: 'inbound',
      inbound: { number, addressedTo, said: { kind: 'text', text }, identity: id },
    }
  }
  const status = (said.get('MessageStatus') ?? said.get('SmsStatus') ?? '').toLowerCase()
  const state = Object.hasOwn(states, status) ? states[status]! : undefined
  if (state === undefined) return { kind: 'nothing' }
  const code = Number(said.get('ErrorCode') ?? '0')
  return {
    kind: 'receipt',
    receipt: {
      carrierMessageId: id,
      state: state === 'undeliverable' && code === outOfTime ? 'expired' : state,
      reason: state === 'undeliverable' ? reasonOf(status, code) : null,
      reference: referenceIn(call.url),
      number: asWord(said.get('To')) ?? '',
    },
  }
}

/** A text is answered with TwiML: an empty one sends nothing back. */
export const answer = (kind: 'status' | 'inbound'): Response =>
  kind === 'status'
    ? new Response(null, { status: 204 })
    : new Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', {
        headers: { 'content-type': 'text/xml; charset=utf-8' },
      })

const asForm = (object: Record<string, unknown> = {}) =>
  new URLSearchParams(Object.fromEntries(Object.entries(object).map(([name, value]) => [name, String(value)])))

const reasonOf = (status: string, code: number) => {
  if (!Number.isInteger(code) || code <= 0) return status
  const words = deliveryCodes[code]
  return words === undefined ? String(code) : `${code} ${words}`
}

const referenceIn = (url: string) => {
  const text = new URL(url).searchParams.get('reference') ?? ''
  return /^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? Number(text) : null
}

export interface Signed {
  token: string
  /** X-Twilio-Signature. */
  signature: string
  url: string
  params: URLSearchParams
  body: string | Uint8Array
}

/**
 * https://www.twilio.com/docs/usage/security: HMAC-SHA1 over the URL and the form's names and values in the order of the
 * names; where the URL names a bodySHA256, over the URL alone, and that is the hash of the body. A call that is signed with
 * one of its shared keys (X-Twilio-Webhooks-Signature-Settings) is none that our auth token signs, and is refused.
 */
export function isSigned({ token, signature, url, params, body }: Signed): boolean {
  let whole: URL
  try {
    whole = new URL(url)
  } catch {
    return false // nothing that Twilio could have called
  }
  const hash = whole.searchParams.get('bodySHA256')
  if (hash !== null && !isEqual(hash, createHash('sha256').update(body).digest('hex'))) return false
  const form = hash === null ? signedForm(params) : ''
  return urlsOf(url, whole).some(one =>
    isEqual(signature, createHmac('sha1', token).update(one).update(form).digest('base64')),
  )
}

/** A name that comes several times has its different values in their order. */
const signedForm = (params: URLSearchParams) =>
  [...new Set(params.keys())]
    .sort()
    .flatMap(name => [...new Set(params.getAll(name))].sort().map(value => name + value))
    .join('')

/** Its own validator takes the URL with and without the port, as it stands and as it is written by URL parsers. */
function urlsOf(url: string, { href }: URL): string[] {
  const both = [url, href].flatMap(one => [withoutPort(one), withPort(one)])
  return [...new Set([...both, ...both.slice(2).map(withEscapedQuery)])]
}

const withoutPort = (url: string) => url.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#]*?)(:\d*)?(?=[/?#]|$)/i, '$1')
const withPort = (url: string) =>
  /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?[^/?#]*:\d+(?=[/?#]|$)/i.test(url)
    ? url
    : withoutPort(url).replace(/^(https?):\/\/[^/?#]*/i, (host, scheme: string) =>
        scheme.toLowerCase() === 'https' ? `${host}:443` : `${host}:80`,
      )
const withEscapedQuery = (url: string) => {
  const at = url.indexOf('?')
  return at === -1 || at === url.length - 1 ? url : `${url.slice(0, at)}?${stringify(parse(url.slice(at + 1)))}`
}

/** Takes as long whatever they differ in. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
