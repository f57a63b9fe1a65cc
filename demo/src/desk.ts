// The tests' front door: Orpheum over real HTTP, beside an Usher that answers each endpoint with its example and remembers what it
// was asked, and a browser without script.
import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Endpoint, type EndpointName, endpoints } from '@usher/contract/endpoints'
import { examples } from '@usher/contract/examples'
import { WebhookInput } from '@usher/contract/webhook'
import { afterEach } from 'vitest'
import { type Orpheum, type OrpheumOptions, startOrpheum } from './orpheum.ts'

export const linkIssuer = 'https://o.orpheum.example'
export const origin = 'https://orpheum.example'
export const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

interface FakeEndpoint {
  id: string
  url: string
  description: string
  types: string[]
  state: string
  secret: string
}

export interface FakeVerification {
  id: string
  /** What it was asked with. */
  asked: Record<string, unknown>
  tag: string | null
  state: 'pending' | 'approved'
  checksLeft: number
  tried: Record<string, unknown>[]
}

/** The code of every text of the fake. */
export const rightCode = '012345'
/** What its page of a link hands on. */
export const rightProof = 'proof-of-the-fake'
export const rightRecovery = '7K2M-90QD-XW3H-5TZA'

export interface FakeUsher {
  fetch: typeof globalThis.fetch
  /** Events that were posted, oldest first. */
  events: Record<string, unknown>[]
  endpoints: FakeEndpoint[]
  isAway: boolean
  hasKeys: boolean
  life: { isOn: boolean } | null
  /** What is wrong with the next events. */
  wrong: { at: string; detail: string }[]
  verifications: FakeVerification[]
  /** What becomes of a text, one after the other. */
  way: string[]
  /** How it says no to the next codes. */
  refuses: { code: string; status: number; retryAfter?: number } | undefined
  /** New numbers that were asked for, oldest first. */
  changes: Record<string, unknown>[]
  /** With what links to mail were made, oldest first. */
  links: Record<string, unknown>[]
  /** What is ticked on the page of a link. */
  endsSessions: boolean
  /** With which step-up recovery codes were made. */
  stepUps: unknown[]
  /** Whether alerts go out by text. */
  asksByText: boolean
  /** Alerts that were raised, oldest first. */
  alerts: Record<string, unknown>[]
  /** Sign-ins that were told, oldest first. */
  signIns: Record<string, unknown>[]
  /** What it says of one whose password was right. */
  judges: (told: Record<string, unknown>) => 'allow' | 'challenge' | 'deny'
  /** Whose they were: id and whether it was theirs. */
  settled: [id: string | undefined, isTheirs: boolean][]
}

export function fakeUsher(): FakeUsher {
  const shown = ({ secret, ...one }: FakeEndpoint) => ({ ...example('getWebhook', 200), ...one })
  const usher: FakeUsher = {
    events: [],
    endpoints: [],
    isAway: false,
    hasKeys: true,
    life: null,
    wrong: [],
    verifications: [],
    way: ['sending', 'sent', 'delivered'],
    refuses: undefined,
    changes: [],
    links: [],
    endsSessions: true,
    stepUps: [],
    asksByText: true,
    alerts: [],
    signIns: [],
    judges: () => 'allow',
    settled: [],
    async fetch(input, init) {
      if (usher.isAway) throw new TypeError('fetch failed')
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      const [name] = (Object.entries(endpoints) as [EndpointName, Endpoint][]).find(
        ([, { method, path }]) =>
          method === request.method.toLowerCase() &&
          new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
      )!
      const body = request.body === null ? undefined : await request.json()
      const endpoint = usher.endpoints.find(({ id }) => pathname.includes(id))!
      const verification = usher.verifications.find(({ id }) => pathname.includes(id))!
      switch (name) {
        case 'postEvents':
          usher.events.push(body)
          return usher.wrong.length > 0
            ? Response.json(
                { type: '/', title: 'Bad.', status: 422, code: 'bad_event', errors: usher.wrong },
                { status: 422, headers: { 'content-type': 'application/problem+json' } },
              )
            : Response.json(example('postEvents', 202), { status: 202 })
        case 'listWebhooks':
          return Response.json({ items: usher.endpoints.map(shown) })
        case 'createWebhook': {
          const made = { id: randomUUID(), secret: newSecret(), ...WebhookInput.parse(body) }
          usher.endpoints.push(made)
          return Response.json({ secret: made.secret, endpoint: shown(made) }, { status: 201 })
        }
        case 'replaceWebhookSecret':
          endpoint.secret = newSecret()
          return Response.json({ secret: endpoint.secret, endpoint: shown(endpoint) })
        case 'putWebhook':
          Object.assign(endpoint, WebhookInput.parse(body))
          return Response.json(shown(endpoint))
        case 'getWebhook':
          return Response.json(shown(endpoint))
        case 'getSettings':
          return Response.json({ ...example('getSettings', 200), life: usher.life })
        case 'listLinkKeys':
          if (!usher.hasKeys) return new Response(null, { status: 503 })
          return Response.json({
            keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }],
          })
        case 'startVerification': {
          if (usher.refuses) return refusal(usher.refuses)
          const made = { id: randomUUID(), asked: body, tag: null, state: 'pending' as const, checksLeft: 5, tried: [] }
          usher.verifications.push(made)
          return Response.json(viewOf(made), { status: 201 })
        }
        case 'resendVerification':
          if (usher.refuses) return refusal(usher.refuses)
          Object.assign(verification, { tag: '7K', checksLeft: 5 })
          return Response.json(viewOf(verification))
        case 'checkVerification': {
          verification.tried.push(body)
          const { code, session, recoveryCode } = body
          const isRight =
            code.normalize('NFKC').replace(/[\s-]/g, '') === rightCode && session === verification.asked.session
          const hasSecond = verification.asked.purpose !== 'recovery' || recoveryCode === rightRecovery
          const isOver = verification.checksLeft === 0 || verification.state === 'approved'
          if (!isOver && !(isRight && hasSecond)) verification.checksLeft--
          if (!isOver && isRight && hasSecond) verification.state = 'approved'
          const result = isOver ? 'over' : isRight && hasSecond ? 'approved' : 'wrong'
          return Response.json({ result, verification: viewOf(verification) })
        }
        case 'getVerification': {
          const at = Number(new URL(request.url).searchParams.get('since') ?? -1) + 1
          const state = usher.way[at] ?? usher.way.at(-1)
          const delivery = { state, reason: null, carrier: 'aurora', message: null }
          return Response.json({ ...viewOf(verification), delivery, version: String(at) })
        }
        case 'changeNumber':
          if (usher.refuses) return refusal(usher.refuses)
          usher.changes.push(body)
          return Response.json(example('changeNumber', 201), { status: 201 })
        case 'checkNumber':
          if (body.code !== rightCode) return refusal({ code: 'wrong_number_code', status: 422 })
          return Response.json(example('checkNumber', 200))
        case 'makeResetLink':
          if (usher.refuses) return refusal(usher.refuses)
          usher.links.push(body)
          return Response.json(example('makeResetLink', 201), { status: 201 })
        case 'redeemResetLink': {
          const { proof } = body
          if (proof !== rightProof) return refusal({ code: 'reset_over', status: 409 })
          return Response.json({ subscriber: 'orph-0001', endSessions: usher.endsSessions })
        }
        case 'makeRecoveryCodes':
          usher.stepUps.push(body.stepUp)
          return Response.json(example('makeRecoveryCodes', 201), { status: 201 })
        case 'tellSignIn': {
          const { subscriber, outcome } = body
          usher.signIns.push(body)
          const answer = outcome === 'failed' ? 'allow' : usher.judges(body)
          return Response.json(
            { ...example('tellSignIn', 201), id: `sign-in-${usher.signIns.length}`, subscriber, outcome, answer },
            { status: 201 },
          )
        }
        case 'settleSignIn':
          usher.settled.push([pathname.split('/')[3], body.isTheirs])
          return Response.json(example('settleSignIn', 200))
        case 'raiseAlert':
          usher.alerts.push(body)
          return Response.json(
            {
              ...example('raiseAlert', 201),
              ...(usher.asksByText ? {} : { delivery: { state: 'refused', reason: 'too_many_alerts', message: null } }),
            },
            { status: 201 },
          )
        case 'countRecoveryCodes':
          return Response.json({ left: usher.stepUps.length * 10, madeAt: null, lastUsedAt: null })
        default:
          throw new Error(`Orpheum asked for ${name}.`)
      }
    },
  }
  return usher
}

const viewOf = ({ id, asked, tag, state, checksLeft }: FakeVerification) => ({
  ...example('startVerification', 201),
  ...{ id, purpose: asked.purpose, tag, state, checksLeft },
})
const refusal = ({ code, status, retryAfter }: NonNullable<FakeUsher['refuses']>) =>
  Response.json(
    { type: '/', title: 'No.', status, code },
    {
      status,
      headers: {
        'content-type': 'application/problem+json',
        ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      },
    },
  )
const example = (name: EndpointName, status: number) => examples[name].answers[status] as Record<string, unknown>
export const newSecret = () => `whsec_${Buffer.from(randomUUID()).toString('base64')}`

const running: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

export async function orpheum(usher: FakeUsher, options: Partial<OrpheumOptions> = {}): Promise<Orpheum> {
  const started = await startOrpheum({
    ...{ port: 0, usherUrl: 'http://usher.example', apiKey: 'usher_key', linkIssuer, origin },
    ...{ fetch: usher.fetch, passwordCost: 2 },
    ...options,
  })
  running.push(() => started.stop())
  return started
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'orpheum-test-'))
  running.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const agent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** A browser without script: it keeps cookies, follows links and presses buttons. */
export function browser({ url }: Orpheum) {
  const cookies = new Map<string, string>()
  let page = { status: 0, address: '', html: '' }
  const ask = async (path: string, init: RequestInit = {}): Promise<typeof page> => {
    const answer = await fetch(new URL(path, url), {
      redirect: 'manual',
      ...init,
      headers: { cookie: [...cookies].map(pair => pair.join('=')).join('; '), 'user-agent': agent, ...init.headers },
    })
    for (const kept of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(kept)!
      if (/Max-Age=0/.test(kept)) cookies.delete(name!)
      else cookies.set(name!, value!)
    }
    const to = answer.headers.get('location')
    if (to !== null) return ask(to)
    page = { status: answer.status, address: path, html: await answer.text() }
    return page
  }
  return {
    open: (path: string) => ask(path),
    /** Presses the button of these words on the page that is open. */
    press(words: string, fill: Record<string, string> = {}) {
      const forms = [...page.html.matchAll(/<form method="post" action="([^"]+)"[^>]*>(.*?)<\/form>/gs)]
      for (const [, action, inside] of forms) {
        const buttons = [...inside!.matchAll(/<button([^>]*)>(.*?)<\/button>/gs)]
        const button = buttons.find(([, , shown]) => shown!.replace(/<[^>]+>/g, ' ').includes(words))
        if (!button) continue
        const hidden = [...inside!.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
        const [, name] = / name="([^"]+)"/.exec(button[1]!) ?? []
        const [, value] = / value="([^"]+)"/.exec(button[1]!) ?? []
        const [, elsewhere] = /formaction="([^"]+)"/.exec(button[1]!) ?? []
        return ask(elsewhere ?? action!, {
          method: 'POST',
          headers: { origin: url },
          body: new URLSearchParams({
            ...Object.fromEntries(hidden.map(([, field, given]) => [field!, given!])),
            ...(name !== undefined && { [name]: value! }),
            ...fill,
          }),
        })
      }
      throw new Error(`There is no button "${words}" on ${page.address}.`)
    },
    /** Sends a form that stands on no page. */
    post: (path: string, fields: Record<string, string>) =>
      ask(path, { method: 'POST', headers: { origin: url }, body: new URLSearchParams(fields) }),
    /** The page as it is read: without its marks. */
    text: () =>
      page.html
        .replace(/<(script|style|title)\b.*?<\/\1>/gs, '')
        .replace(/<[^>]+>/g, ' ')
        .replaceAll('&quot;', '"')
        .replaceAll('&#39;', "'")
        .replace(/\s+/g, ' '),
    get address() {
      return page.address
    },
    get html() {
      return page.html
    },
  }
}

/** Calls the receiver as Usher does. */
export function call({ url }: Orpheum, secret: string, told: Record<string, unknown>) {
  const body = JSON.stringify({ timestamp: new Date().toISOString(), ...told })
  const at = String(Math.floor(Date.now() / 1_000))
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signature = createHmac('sha256', key).update(`${told.id}.${at}.${body}`).digest('base64')
  return fetch(`${url}/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': String(told.id),
      'webhook-timestamp': at,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  })
}
