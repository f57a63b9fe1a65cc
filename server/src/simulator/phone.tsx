// The demo's phones in the browser: what subscribers see, and write back. Pages of the server over the simulated
// carrier's HTTP control; they work without script, and with it a text appears as it arrives.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { basePath } from 'hono/route'
import { secureHeaders } from 'hono/secure-headers'
import { type MovableClock, systemClock } from '../clock.ts'
import { type Handset, isUnread } from './handset.ts'
import { phoneCss } from './phone.css.ts'
import { phoneScript } from './phone.js.ts'
import { DeskPage } from './phone-desk.tsx'
import {
  addressOf,
  type Choosing,
  ListPage,
  linesOf,
  listed,
  mostPhones,
  type Place,
  type Summary,
} from './phone-list.tsx'
import { CarrierDown, NoHandset } from './phone-page.tsx'
import { digitsOf, type PhoneOwner, readScreen, type Shown, type View } from './phone-screen.tsx'
import type { Follow } from './phone-words.tsx'

export interface PhoneOptions {
  /** Base of the simulated carrier's HTTP control, as `http://127.0.0.1:4701`. */
  controlUrl: string
  owners: readonly PhoneOwner[]
  /** The originators of the service's two senders. */
  senders: { main: string; security: string }
  service: string
  /** Where a link leads that is no address of this world; without it links lead where they say. */
  follow?: Follow
  fetch?: typeof fetch
  /** Handsets live by the wall's time. What happened on them is shown by the time that this one, the service's, had then. */
  clock?: Pick<MovableClock, 'asOf'>
  wall?: () => Date
}

type Answer<T> = { kind: 'done'; body: T } | { kind: 'refused'; problem: string }

/** What did not work on which of the phones, and the words it must not cost. */
interface Trouble {
  digits: string
  problem: string
  draft?: string
}

class NoCarrier extends Error {}

const patienceMs = 5_000
/** Some proxies give up on a silent request after 30 seconds. */
const waitMs = 25_000

export function phonePages(options: PhoneOptions): Hono {
  const { controlUrl, owners, service, senders, clock = systemClock(), wall = () => new Date() } = options
  const send = options.fetch ?? fetch
  const ownerOf = new Map(owners.map(owner => [owner.msisdn, owner]))
  const app = new Hono()

  async function ask<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
    try {
      const response = await send(`${controlUrl}${path}`, { signal: AbortSignal.timeout(patienceMs), ...init })
      const body = await response.json()
      if (response.ok) return { kind: 'done', body: body as T } // The other end is ours: control.ts.
      if (response.status === 422)
        return { kind: 'refused', problem: (body as { problems: string[] }).problems.join('; ') }
      throw new Error(`It answered ${response.status}.`)
    } catch (cause) {
      throw new NoCarrier('The simulated carrier does not answer.', { cause })
    }
  }
  async function read<T>(path: string, init?: RequestInit): Promise<T> {
    const answer = await ask<T>(path, init)
    if (answer.kind === 'refused') throw new NoCarrier(answer.problem)
    return answer.body
  }
  const write = <T = unknown>(method: 'POST' | 'PUT', path: string, body: unknown) =>
    ask<T>(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  const lines = async () => linesOf(await read<Summary[]>(`/handsets?limit=${listed}`), ownerOf)
  const view = (c: Context): View => ({
    ...{ base: basePath(c), service, senders, follow: options.follow },
    ...{ now: wall().getTime(), shownAs: clock.asOf },
  })

  app.onError((error, c) => {
    if (!(error instanceof NoCarrier)) throw error
    const { search } = new URL(c.req.url)
    const path = c.req.path.replace(/\/(reply|state|read)$/, '')
    if (path.endsWith('/live')) return c.text(error.message, 503)
    return c.html(<CarrierDown view={view(c)} controlUrl={controlUrl} again={`${path}${search}`} />, 503)
  })

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      xFrameOptions: 'DENY',
      // With no referrer at all, browsers send the forms' Origin as null.
      referrerPolicy: 'same-origin',
      // The demo is plain HTTP on a host that serves other things too.
      strictTransportSecurity: false,
    }),
  )
  app.use(async (c, next) => {
    await next()
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  })
  // A page of another site must not write texts in the reader's name.
  app.post('*', async (c, next) => {
    const origin = c.req.header('origin') ?? ''
    const isOwn = URL.canParse(origin) && new URL(origin).host === new URL(c.req.url).host
    return isOwn ? next() : c.text('A handset is written on from its own page only.', 403)
  })
  app.post('*', bodyLimit({ maxSize: 16 * 1024, onError: c => c.text('This text is too long.', 413) }))

  const lasting = { 'cache-control': 'max-age=60' }
  app.get('/phone.css', c => c.body(phoneCss, 200, { 'content-type': 'text/css; charset=utf-8', ...lasting }))
  app.get('/phone.js', c => c.body(phoneScript, 200, { 'content-type': 'text/javascript; charset=utf-8', ...lasting }))

  app.get('/', async c => {
    const together = readPlaces(c.req.queries('with'), [])
    if (together.length > 0) return c.redirect(addressOf(basePath(c), together))
    const query = c.req.query('q')?.trim() ?? ''
    return c.html(<ListPage view={view(c)} all={await lines()} query={query} choosing={choosingOf(c)} />)
  })

  app.use('/:numbers/*', async (c, next) => {
    const wrong = c.req
      .param('numbers')
      .split(',')
      .find(number => !isNumber(number))
    return wrong === undefined ? next() : c.html(<NoHandset view={view(c)} number={wrong} />, 404)
  })

  /** The phone as it is now; what an open thread shows is read. */
  async function lookAt({ digits, screen }: Place, after: number | undefined, trouble?: Trouble): Promise<Shown> {
    let handset = await read<Handset>(`/handsets/${digits}`)
    if (screen.kind === 'thread' && handset.state !== 'off') {
      const { sender } = screen
      if (handset.texts.some(text => text.originator === sender && isUnread(handset, text))) {
        const opened = await write<Handset>('POST', `/handsets/${digits}/read`, { originator: sender })
        if (opened.kind === 'done') handset = opened.body
      }
    }
    const owner = ownerOf.get(handset.number)
    const { problem, draft } = trouble?.digits === digits ? trouble : {}
    return { handset, owner, screen, after: after ?? handset.count, problem, draft }
  }

  async function deskPage(c: Context, places: Place[], afters: number[] = [], trouble?: Trouble) {
    const [all, ...phones] = await Promise.all([
      lines(),
      ...places.map((place, i) => lookAt(place, afters[i], trouble)),
    ])
    const { origin } = new URL(c.req.url)
    const isPaused = c.req.query('write') !== undefined
    return <DeskPage {...{ view: view(c), phones, all, origin, isPaused }} />
  }
  const deskOf = (c: Context) => readPlaces(c.req.param('numbers')?.split(','), c.req.queries('at'))

  app.get('/:numbers', async c => {
    const places = deskOf(c)
    const together = readPlaces([...places.map(place => place.digits), ...(c.req.queries('with') ?? [])], [])
    const isOneAddress = together.length === places.length && places.length === c.req.param('numbers').split(',').length
    if (!isOneAddress) return c.redirect(addressOf(basePath(c), together))
    return c.html(await deskPage(c, places))
  })

  app.get('/:numbers/live', async c => {
    const places = deskOf(c)
    const afters = c.req.queries('after') ?? []
    const marks = c.req.queries('mark') ?? []
    if (afters.length !== places.length || marks.length !== places.length || !afters.every(isWhole))
      return c.text('after must be a whole number for each phone, and mark what it had', 400)
    const enough = new AbortController()
    const init = {
      signal: AbortSignal.any([c.req.raw.signal, enough.signal, AbortSignal.timeout(waitMs + patienceMs)]),
    }
    const changes = places.map(({ digits }, i) => {
      const asked = new URLSearchParams({ mark: marks[i] ?? '', timeoutMs: String(waitMs) })
      return read(`/handsets/${digits}/change?${asked}`, init)
    })
    await Promise.race(changes).finally(() => enough.abort())
    return c.html(await deskPage(c, places, afters.map(Number)))
  })

  /** What is done on one of the phones of a desk leads back to the desk, or says on that phone why it was not done. */
  async function act(c: Context, method: 'POST' | 'PUT', what: string, bodyOf: (form: Form) => unknown) {
    const places = deskOf(c)
    const form: Form = await c.req.parseBody()
    const digits = typeof form.of === 'string' ? digitsOf(form.of) : (places[0]?.digits ?? '')
    if (!places.some(place => place.digits === digits)) return c.text('This phone is not on the page.', 422)
    const answer = await write(method, `/handsets/${digits}${what}`, bodyOf(form))
    if (answer.kind === 'done') return c.redirect(addressOf(basePath(c), places), 303)
    const draft = typeof form.text === 'string' ? form.text : ''
    return c.html(await deskPage(c, places, [], { digits, problem: answer.problem, draft }), 422)
  }

  app.post('/:numbers/reply', c => act(c, 'POST', '/reply', ({ to, text, quick }) => ({ to, text: quick ?? text })))
  app.post('/:numbers/state', c => act(c, 'PUT', '', ({ state }) => ({ state })))
  app.post('/:numbers/read', c => act(c, 'POST', '/read', ({ sender }) => ({ originator: sender })))

  return app
}

type Form = Awaited<ReturnType<Context['req']['parseBody']>>

const isNumber = (text: string) => /^\+?\d{3,15}$/.test(text)
const isWhole = (text: string) => /^\d{1,15}$/.test(text)

/** Which phones lie where, and what is open on each: as many as fit, each once. */
function readPlaces(numbers: readonly string[] = [], screens: readonly string[] = []): Place[] {
  const places = new Map<string, Place>()
  for (const [i, number] of numbers.entries()) {
    // A plus sign that nobody escaped arrives as a space.
    const digits = digitsOf(number.trim())
    if (isNumber(digits) && !places.has(digits)) places.set(digits, { digits, screen: readScreen(screens[i]) })
  }
  return [...places.values()].slice(0, mostPhones)
}

function choosingOf(c: Context): Choosing | undefined {
  const places = readPlaces(c.req.query('desk')?.split(','), c.req.queries('at'))
  if (places.length === 0) return undefined
  const place = Number(c.req.query('place') ?? places.length)
  return { places, place: Number.isInteger(place) && place >= 0 ? Math.min(place, mostPhones - 1) : places.length }
}
