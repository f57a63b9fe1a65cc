// Vonage's Messages API (v1): how a text is handed to it, what its answers and error codes mean, and how its webhooks are
// told from forged ones and read.
import { createHash } from 'node:crypto'
import type { VonageSettings } from '@usher/contract/carrier'
import { measure } from '@usher/smpp/segment'
import { errors, type JWTPayload, jwtVerify } from 'jose'
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
  type Speech,
  type Verdict,
} from './http.ts'

type Config = Configured<VonageSettings>

/** What it takes for ttl. */
const shortestTtlSeconds = 20
const longestTtlSeconds = 7 * 86_400
/** A webhook that was signed longer ago is somebody's who kept it. Vonage names no span; its own clock may be off a little. */
const longestAgeSeconds = 5 * 60

/**
 * https://developer.vonage.com/en/api-errors/messages: each code with what it says about the text it answers, and in few
 * words, for receipts carry the same codes. Codes that only other channels than SMS have are left out.
 */
export const codes: Record<number, { submit: Exclude<Verdict['kind'], 'taken'>; words: string }> = {
  1000: { submit: 'slow', words: 'throttled' },
  1010: { submit: 'never', words: 'parameters missing' },
  1020: { submit: 'never', words: 'parameters wrong' },
  1021: { submit: 'never', words: 'tag wrong' },
  1022: { submit: 'never', words: 'template wrong' },
  1030: { submit: 'unanswered', words: 'internal error' },
  1040: { submit: 'never', words: 'message can not be processed' },
  1050: { submit: 'never', words: 'number barred' },
  1060: { submit: 'broken', words: 'account barred' },
  1070: { submit: 'later', words: 'no credit' },
  1080: { submit: 'broken', words: 'account not enabled for REST' },
  1090: { submit: 'never', words: 'too long' },
  1100: { submit: 'later', words: 'not submitted: communication failed' },
  1120: { submit: 'never', words: 'sender not allowed here' },
  1130: { submit: 'never', words: 'ttl wrong' },
  1140: { submit: 'never', words: 'facility not enabled' },
  1150: { submit: 'never', words: 'message class wrong' },
  1160: { submit: 'never', words: 'number not among those allowed' },
  1170: { submit: 'never', words: 'number wrong' },
  1180: { submit: 'later', words: 'handset absent for now' },
  1190: { submit: 'never', words: 'handset gone' },
  1200: { submit: 'never', words: 'number being ported' },
  1210: { submit: 'never', words: 'filtered as spam' },
  1220: { submit: 'later', words: 'handset busy' },
  1230: { submit: 'later', words: 'network error' },
  1240: { submit: 'never', words: 'number opted out' },
  1241: { submit: 'slow', words: 'too many requests' },
  1250: { submit: 'never', words: 'unroutable' },
  1251: { submit: 'never', words: 'no route to this network' },
  1260: { submit: 'never', words: 'destination unreachable' },
  1270: { submit: 'never', words: 'age restriction' },
  1280: { submit: 'never', words: 'blocked by the carrier' },
  1282: { submit: 'never', words: 'blocked by the provider' },
  1290: { submit: 'never', words: 'recipient has no prepaid credit' },
  1300: { submit: 'never', words: 'not in the network' },
  1310: { submit: 'never', words: 'device not suitable' },
  1320: { submit: 'never', words: 'sent already' },
  1330: { submit: 'never', words: 'unknown' },
  1331: { submit: 'later', words: 'provider not responding' },
  1340: { submit: 'never', words: 'outside of the window' },
  1360: { submit: 'never', words: 'out of time' },
  1400: { submit: 'never', words: 'channel not supported' },
  1410: { submit: 'never', words: 'channel parameters wrong' },
  1420: { submit: 'never', words: 'sender wrong' },
  1430: { submit: 'never', words: 'recipient wrong' },
  1440: { submit: 'never', words: 'message type wrong' },
  1450: { submit: 'never', words: 'client reference wrong' },
  1460: { submit: 'later', words: 'daily limit reached' },
  1461: { submit: 'later', words: 'limited by the provider' },
  1470: { submit: 'never', words: 'prefix blocked by Fraud Defender' },
  1472: { submit: 'later', words: 'burst limited by Fraud Defender' },
  1473: { submit: 'never', words: 'inflated traffic, says Fraud Defender' },
  1480: { submit: 'never', words: 'entity not registered' },
  1481: { submit: 'never', words: 'header not registered' },
  1482: { submit: 'never', words: 'content not registered' },
  1483: { submit: 'never', words: 'consent not given' },
  1484: { submit: 'never', words: 'regulation error' },
}
const outOfTime = 1360

export const speech: Speech<Config> = {
  ask: ({ id, number, originator, text, reference, validForMs }: Outgoing, config): Asking => {
    const ttl = Math.max(shortestTtlSeconds, Math.floor(validForMs / 1_000))
    return {
      url: `${config.url.replace(/\/$/, '')}/v1/messages`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: basic(config.apiKey, config.secrets.apiSecret ?? ''),
      },
      body: JSON.stringify({
        message_type: 'text',
        channel: 'sms',
        to: number.replace('+', ''),
        from: originator.replace('+', ''),
        text,
        // Comes back with the receipt: the message's id for who reads Vonage's logs, the reference for us.
        client_ref: `${id}.${reference}`,
        // As it was measured, so that it costs what was said.
        sms: { encoding_type: measure(text).encoding === 'gsm7' ? 'text' : 'unicode' },
        ...(ttl <= longestTtlSeconds ? { ttl } : {}),
        ...(config.callbacks === null ? {} : { webhook_url: config.callbacks.status, webhook_version: 'v1' }),
      }),
    }
  },

  understand({ status, text }: Answer): Verdict {
    const said = jsonObject(text)
    const id = asWord(said?.message_uuid)
    if (status < 300 && id !== undefined) return { kind: 'taken', id, status: String(status) }
    const code = codeOf(said)
    const kind = (code === undefined ? undefined : codes[code]?.submit) ?? fromStatus(status)
    return { kind, status: code === undefined ? `HTTP ${status}` : String(code) }
  },
}

/** 402: no credit. That there is nothing at our address is no text's fault. */
const fromStatus = (status: number) =>
  [404, 405, 410].includes(status) ? 'broken' : byStatus(status, [402, 408, 425, 503])

/** Its problems (RFC 7807) name the code behind the # of their type, or as their title. */
function codeOf(problem: Record<string, unknown> | undefined): number | undefined {
  const named =
    /#(\d{3,5})$/.exec(String(problem?.type ?? ''))?.[1] ?? /^\d{3,5}$/.exec(String(problem?.title ?? ''))?.[0]
  return named === undefined ? undefined : Number(named)
}

/** Status of its webhooks. What is not named is no news. */
export const states: Record<string, CarrierReceipt['state']> = {
  submitted: 'intermediate',
  delivered: 'delivered',
  read: 'delivered',
  rejected: 'undeliverable',
  undeliverable: 'undeliverable',
}

/** Reads a webhook of Vonage's; `wall` is the time that its signature's age is measured by. */
export async function read(call: CarrierCall, config: Config, wall: Date, kind: 'status' | 'inbound'): Promise<Heard> {
  // Vonage: where its own signing failed it comes without, and signed again when it is told that something is wrong here.
  const authorization = call.headers.get('authorization')
  if (authorization === null && config.secrets.signing) return { kind: 'unsigned' }
  const why = await whyForged(authorization ?? '', call.body, config, wall)
  if (why !== undefined) return { kind: 'forged', reason: why }

  const said = jsonObject(Buffer.from(call.body).toString())
  if (said === undefined) return { kind: 'unreadable', reason: 'the body is not JSON' }
  // One webhook may serve several channels of an account.
  if (said.channel !== undefined && said.channel !== 'sms') return { kind: 'nothing' }
  const id = asWord(said.message_uuid)
  if (id === undefined) return { kind: 'unreadable', reason: 'there is no message_uuid' }
  if (kind === 'inbound') {
    if (said.message_type !== undefined && said.message_type !== 'text') return { kind: 'nothing' }
    const number = asWord(said.from)
    const addressedTo = asWord(said.to)
    if (number === undefined || addressedTo === undefined || typeof said.text !== 'string')
      return { kind: 'unreadable', reason: 'from, to or text is missing' }
    return { kind: 'inbound', inbound: { number, addressedTo, said: { kind: 'text', text: said.text }, identity: id } }
  }
  const status = String(said.status)
  const state = Object.hasOwn(states, status) ? states[status]! : undefined
  if (state === undefined) return { kind: 'nothing' }
  const code = codeOf(problemIn(said.error))
  return {
    kind: 'receipt',
    receipt: {
      carrierMessageId: id,
      state: state === 'undeliverable' && code === outOfTime ? 'expired' : state,
      reason: state === 'undeliverable' ? reasonOf(status, code) : null,
      reference: referenceIn(said.client_ref),
      number: asWord(said.to) ?? '',
    },
  }
}

/** Anything in 2xx will do. */
export const answer = (_kind: 'status' | 'inbound'): Response => new Response(null, { status: 204 })

/** Some of its webhooks wrap the problem once more. */
function problemIn(error: unknown): Record<string, unknown> | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  return 'error' in error ? problemIn(error.error) : (error as Record<string, unknown>)
}

const reasonOf = (status: string, code: number | undefined) => {
  if (code === undefined) return status
  const words = codes[code]?.words
  return words === undefined ? String(code) : `${code} ${words}`
}

const referenceIn = (clientRef: unknown) => {
  const text = /\.(\d{1,5})$/.exec(String(clientRef))?.[1]
  return text !== undefined && Number(text) <= 0xffff ? Number(text) : null
}

/**
 * https://developer.vonage.com/en/messages/concepts/signed-webhooks: a JWT by HS256 with the account's signature secret,
 * which carries the hash of the body. Made again within its five minutes a call is harmless: a receipt that is repeated
 * moves nothing, and a text from a handset is stored once by its message_uuid. Its jti is not remembered, for Vonage does
 * not say that it makes a new one when it comes again after a 503 of ours, and that call must not be lost.
 */
async function whyForged(
  authorization: string,
  body: Uint8Array,
  config: Config,
  wall: Date,
): Promise<string | undefined> {
  const { signing } = config.secrets
  if (!signing) return 'no signature secret is stored to check it with'
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  if (token === undefined) return 'there is no signature'
  let claims: JWTPayload
  try {
    const key = new TextEncoder().encode(signing)
    ;({ payload: claims } = await jwtVerify(token, key, { algorithms: ['HS256'], currentDate: wall }))
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'the signature is too old'
    if (error instanceof errors.JOSEError) return 'the signature is not right'
    throw error
  }
  const ageSeconds = wall.getTime() / 1_000 - (claims.iat ?? Number.NaN)
  // Not the other way around: NaN is no age.
  if (!(Math.abs(ageSeconds) <= longestAgeSeconds)) return 'the signature is too old'
  if (claims.api_key !== config.apiKey) return 'it is signed for another account'
  if (!hashesOf(body).includes(String(claims.payload_hash).toLowerCase()))
    return 'the body is not the one that was signed'
  return undefined
}

/** Of the body as it came, and of its JSON without white space: its documents say the first, its own articles the second. */
function hashesOf(body: Uint8Array): string[] {
  const sha256 = (what: string | Uint8Array) => createHash('sha256').update(what).digest('hex')
  const said = jsonObject(Buffer.from(body).toString())
  return [sha256(body), ...(said === undefined ? [] : [sha256(JSON.stringify(said))])]
}
