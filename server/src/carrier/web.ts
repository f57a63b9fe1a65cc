// A carrier over HTTP that is described by its settings alone: what is sent, where its answer holds the id, how its receipts
// and texts from handsets read.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { HttpSettings } from '@usher/contract/carrier'
import { measure } from '@usher/smpp/segment'
import type { Configured, Outgoing } from './channel.ts'
import {
  type Answer,
  type Asking,
  asWord,
  type CarrierCall,
  type Heard,
  mediaTypeOf,
  type Speech,
  type Verdict,
} from './http.ts'

type Config = Configured<HttpSettings>

/** What fields may hold; headers may hold the secret alone. */
export const placeholders = [
  'to',
  'from',
  'text',
  'reference',
  'validity_seconds',
  'status_url',
  'segments',
  'secret',
] as const
type Placeholder = (typeof placeholders)[number]
type Values = Record<Placeholder, string | number>

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g
const alone = /^\{\{\s*(\w+)\s*\}\}$/

/** Unknown names can't be here: `problemsOf` refused them when the carrier was configured. */
const filled = (text: string, values: Partial<Values>) =>
  text.replace(placeholder, (_, name: string) => String(values[name as Placeholder] ?? ''))

/** In JSON, a value that is one of the numbers and nothing else is a number. */
function filledJson(text: string, values: Values): string | number {
  const value = values[alone.exec(text)?.[1] as Placeholder]
  return typeof value === 'number' ? value : filled(text, values)
}

export const speech: Speech<Config> = {
  ask({ number, originator, text, reference, validForMs }: Outgoing, config): Asking {
    const secret = config.secrets.token ?? ''
    const values: Values = {
      to: number,
      from: originator,
      text,
      reference,
      validity_seconds: Math.max(1, Math.floor(validForMs / 1_000)),
      status_url: config.callbacks?.status ?? '',
      segments: measure(text).segments,
      secret,
    }
    const { method, type } = config
    const headers = Object.fromEntries(
      Object.entries(config.headers).map(([name, value]) => [name.toLowerCase(), filled(value, { secret })]),
    )
    const fields = Object.entries(config.fields)
    const form = () =>
      new URLSearchParams(Object.fromEntries(fields.map(([name, value]) => [name, filled(value, values)])))
    if (method === 'GET') {
      const url = new URL(config.url)
      for (const [name, value] of form()) url.searchParams.append(name, value)
      return { url: url.href, method, headers, body: null }
    }
    return {
      url: config.url,
      method,
      headers: {
        'content-type':
          type === 'json' ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded; charset=utf-8',
        ...headers,
      },
      body:
        type === 'json'
          ? JSON.stringify(Object.fromEntries(fields.map(([name, value]) => [name, filledJson(value, values)])))
          : form().toString(),
    }
  },

  understand({ status, text }: Answer, config): Verdict {
    if (status >= 300) return { kind: refusalOf(status, config.later), status: `HTTP ${status}` }
    const id =
      text === null ? undefined : config.idAt === null ? asWord(text.trim()) : asWord(at(json(text), config.idAt))
    return id === undefined
      ? { kind: 'unanswered', status: `HTTP ${status}` }
      : { kind: 'taken', id, status: String(status) }
  },
}

/** 429 and wrong credentials mean the same everywhere; which others say "not now", surely not taken, is the settings' to say. */
function refusalOf(status: number, later: readonly number[]): Exclude<Verdict['kind'], 'taken'> {
  if (status === 429) return 'slow'
  if (later.includes(status)) return 'later'
  if (status === 401 || status === 403) return 'broken'
  // A gateway whose back end stays silent says 502 or 504, and a program that breaks says 500, at any point of its work.
  return status >= 500 ? 'unanswered' : 'never'
}

/**
 * Reads a call. It has to be shown that it comes from the carrier, by the secret `signing`:
 * - `X-Signature: sha256=<hex>`, the HMAC-SHA256 of the body as it is; or
 * - `Authorization: Bearer <signing>`, or Basic with any name and it as the password, for carriers that can't sign.
 *
 * A carrier without that secret is not heard. The body is all that is signed, so a signature over an empty one shows nothing.
 * Made again, a call is harmless: a receipt that is repeated moves nothing, and a text from a handset is stored once by its
 * id, where the carrier gives one, or by its words.
 */
export function read(call: CarrierCall, config: Config, _wall: Date, kind: 'status' | 'inbound'): Heard {
  const why = whyForged(call, config.secrets.signing)
  if (why !== undefined) return { kind: 'forged', reason: why }
  const said = saidIn(call)
  if (said === undefined) return { kind: 'unreadable', reason: 'the body is neither JSON nor a form' }
  if (kind === 'inbound') {
    if (config.inbound === null) return { kind: 'nothing' }
    const { fromAt, toAt, textAt, idAt } = config.inbound
    const number = asWord(at(said, fromAt))
    const addressedTo = asWord(at(said, toAt))
    const text = at(said, textAt)
    if (number === undefined || addressedTo === undefined || typeof text !== 'string')
      return { kind: 'unreadable', reason: 'a number or the text is not where the settings say' }
    const identity = idAt === null ? null : (asWord(at(said, idAt)) ?? null)
    return { kind: 'inbound', inbound: { number, addressedTo, said: { kind: 'text', text }, identity } }
  }
  if (config.status === null) return { kind: 'nothing' }
  const { idAt, stateAt, reasonAt, states } = config.status
  const id = asWord(at(said, idAt))
  const word = asWord(at(said, stateAt))
  if (id === undefined || word === undefined)
    return { kind: 'unreadable', reason: 'the id or the state is not where the settings say' }
  const state = Object.hasOwn(states, word) ? states[word]! : undefined
  if (state === undefined) return { kind: 'nothing' }
  const reason = reasonAt === null ? undefined : asWord(at(said, reasonAt))
  return {
    kind: 'receipt',
    receipt: {
      carrierMessageId: id,
      state,
      reason: state === 'undeliverable' || state === 'expired' ? (reason?.slice(0, 100) ?? word) : null,
      reference: null,
      number: '',
    },
  }
}

export const answer = (_kind: 'status' | 'inbound'): Response => new Response(null, { status: 204 })

function whyForged({ headers, body }: CarrierCall, signing: string | undefined): string | undefined {
  if (!signing) return 'no secret is stored to check it with'
  const signature = headers.get('x-signature')
  if (signature !== null) {
    if (body.byteLength === 0) return 'the signature covers nothing'
    const expected = `sha256=${createHmac('sha256', signing).update(body).digest('hex')}`
    return isEqual(signature.trim().toLowerCase(), expected) ? undefined : 'the signature is not right'
  }
  const [, scheme, credentials] = /^(Bearer|Basic) +(\S+)$/i.exec(headers.get('authorization') ?? '') ?? []
  if (scheme === undefined) return 'there is no signature'
  const shown =
    scheme.toLowerCase() === 'bearer'
      ? credentials!
      : Buffer.from(credentials!, 'base64').toString().split(':').slice(1).join(':')
  return isEqual(shown, signing) ? undefined : 'the secret is not right'
}

/** JSON, or a form, or a query: whatever its name, by what it holds. */
function saidIn({ method, url, headers, body }: CarrierCall): unknown {
  if (method === 'GET') return Object.fromEntries(new URL(url).searchParams)
  const text = Buffer.from(body).toString()
  if (mediaTypeOf(headers) === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(text))
  return json(text)
}

/** In valid JSON: strings are skipped whole, and of what is left, these are its numbers. */
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

/** JSON. Ids of 64 bits come as numbers that JavaScript would round: those are read as strings. */
function json(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (!/\d{16}/.test(text)) return value
    return JSON.parse(
      text.replace(stringOrNumber, one => (/^-?\d{16,}$/.test(one) && !Number.isSafeInteger(+one) ? `"${one}"` : one)),
    )
  } catch {
    return undefined // not JSON
  }
}

/** What a JSON pointer (RFC 6901) leads to; undefined where it leads nowhere. */
export function at(value: unknown, pointer: string): unknown {
  let here = value
  for (const token of pointer.split('/').slice(1)) {
    if (typeof here !== 'object' || here === null) return undefined
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (!Object.hasOwn(here, name)) return undefined
    here = (here as Record<string, unknown>)[name]
  }
  return here
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map(text => createHmac('sha256', 'equal').update(text).digest())
  return timingSafeEqual(a!, b!)
}

/** Those that belong to the connection, or are made from the body. */
const ownHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

type Described = Pick<HttpSettings, 'url' | 'headers' | 'fields' | 'idAt' | 'status' | 'inbound'> & {
  secrets: Record<string, string>
}

/** What would go wrong with these settings, each with the path of what is wrong: told when they are given, not at the first text. */
export function problemsOf(config: Described): { path: string; message: string }[] {
  const found: { path: string; message: string }[] = []
  const say = (path: string, message: string) => found.push({ path, message })
  let namesSecret = false
  const check = (path: string, text: string, allowed: readonly string[]) => {
    for (const [, name] of text.matchAll(placeholder)) {
      if (name === 'secret') namesSecret = true
      if (!allowed.includes(name!))
        say(path, `There is no {{ ${name} }} here; there is ${allowed.map(one => `{{ ${one} }}`).join(', ')}.`)
    }
    if (/\{\{|\}\}/.test(text.replace(placeholder, ''))) say(path, 'A {{ or }} has no counterpart.')
  }
  const { username, password } = new URL(config.url)
  if (username !== '' || password !== '') say('url', 'An address has no password in it: that is the secret `token`.')
  if (config.url.includes('{{')) say('url', 'An address has no placeholders.')
  for (const [name, value] of Object.entries(config.fields)) check(`fields.${name}`, value, placeholders)
  const values = Object.values(config.fields).join(' ')
  for (const name of ['to', 'text'])
    if (![...values.matchAll(placeholder)].some(([, one]) => one === name))
      say('fields', `No field holds {{ ${name} }}.`)
  for (const [name, value] of Object.entries(config.headers)) {
    const path = `headers.${name}`
    check(path, value, ['secret'])
    if (ownHeaders.has(name.toLowerCase())) say(path, 'This header is made by Usher itself.')
    try {
      validateHeaderName(name)
      validateHeaderValue(name, filled(value, { secret: config.secrets.token ?? '' }))
    } catch {
      // Its words would quote the value, which may hold the secret.
      say(path, 'A header has one line of Latin-1 characters.')
    }
  }
  if (namesSecret && !config.secrets.token)
    say('secrets.token', '{{ secret }} is used, and there is no secret `token`.')
  const pointers = {
    idAt: config.idAt,
    'status.idAt': config.status?.idAt,
    'status.stateAt': config.status?.stateAt,
    'status.reasonAt': config.status?.reasonAt,
    'inbound.fromAt': config.inbound?.fromAt,
    'inbound.toAt': config.inbound?.toAt,
    'inbound.textAt': config.inbound?.textAt,
    'inbound.idAt': config.inbound?.idAt,
  }
  for (const [path, pointer] of Object.entries(pointers)) {
    if (pointer == null) continue
    if (!/^(?:\/(?:[^/~]|~[01])*)*$/.test(pointer))
      say(path, 'A JSON pointer is written /like/this/0, with ~0 for ~ and ~1 for /.')
    else if (pointer === '' && path !== 'idAt') say(path, 'An empty pointer means the whole body, which is no word.')
  }
  if (config.status !== null && Object.keys(config.status.states).length === 0)
    say('status.states', 'No state of its receipts is named.')
  if ((config.status !== null || config.inbound !== null) && !config.secrets.signing)
    say(
      'secrets.signing',
      'Its calls are refused without the secret `signing`, by which they are told from forged ones.',
    )
  return found
}
