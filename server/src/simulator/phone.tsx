// The demo's phones in the browser: what a subscriber sees, and writes back. Pages of the server over the simulated
// carrier's HTTP control; they work without script, and with it a text appears as it arrives.
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import { basePath } from 'hono/route'
import { secureHeaders } from 'hono/secure-headers'
import type { Clock } from '../clock.ts'
import type { Handset, HandsetReply, HandsetState, Handsets, HandsetText } from './handset.ts'
import { phoneCss } from './phone.css.ts'

export interface PhoneOptions {
  /** Base of the simulated carrier's HTTP control, as `http://127.0.0.1:4701`. */
  controlUrl: string
  owners: readonly PhoneOwner[]
  /** The originators of the service's two senders. */
  senders: { main: string; security: string }
  service: string
  fetch?: typeof fetch
  /** The phones show the wall's time, as the simulated carrier does. */
  clock?: Pick<Clock, 'now'>
}

export interface PhoneOwner {
  id: string
  name: string
  msisdn: string
  /** ISO 3166. */
  country: string
}

type Summary = ReturnType<Handsets['list']>[number]
type Line = Summary & { owner: PhoneOwner | undefined }
type Answer<T> = { kind: 'done'; body: T } | { kind: 'refused'; problem: string }

class NoCarrier extends Error {}

const listed = 1_000
const listedAside = 40
const patienceMs = 5_000
/** Some proxies give up on a silent request after 30 seconds. */
const waitMs = 25_000
/** How soon a page asks again while a reply is on its way: only texts end a wait, acknowledgements do not. */
const soonMs = 1_000
const quickReplies = ['STOP', 'HELP', 'START', 'YES', 'NO']
const stateNames: Record<HandsetState, string> = { on: 'On', noCoverage: 'No coverage', off: 'Off' }

export function phonePages(options: PhoneOptions): Hono {
  const { controlUrl, owners, service, senders, clock = { now: () => new Date() } } = options
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
  const write = (method: 'POST' | 'PUT', path: string, body: unknown) =>
    ask<unknown>(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  const lines = async () => linesOf(await read<Summary[]>(`/handsets?limit=${listed}`), ownerOf)
  const view = (base: string): View => ({ base, service, senders, now: clock.now() })

  app.onError((error, c) => {
    if (!(error instanceof NoCarrier)) throw error
    const path = c.req.path.replace(/\/(reply|state)$/, '')
    if (path.endsWith('/texts')) return c.text(error.message, 503)
    return c.html(<CarrierDown view={view(basePath(c))} controlUrl={controlUrl} again={path} />, 503)
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
    const query = c.req.query('q')?.trim() ?? ''
    return c.html(<ListPage view={view(basePath(c))} all={await lines()} query={query} />)
  })

  app.use('/:number/*', async (c, next) =>
    /^\+?\d{3,15}$/.test(c.req.param('number'))
      ? next()
      : c.html(<NoHandset view={view(basePath(c))} number={c.req.param('number')} />, 404),
  )

  async function handsetPage(
    base: string,
    url: string,
    digits: string,
    more: { problem?: string; draft?: string } = {},
  ) {
    const [handset, all] = await Promise.all([read<Handset>(`/handsets/${digits}`), lines()])
    const { origin, searchParams } = new URL(url)
    const isPaused = searchParams.has('write')
    return (
      <HandsetPage
        {...{ view: view(base), handset, all, origin, isPaused, ...more }}
        owner={ownerOf.get(handset.number)}
      />
    )
  }

  app.get('/:number', async c => c.html(await handsetPage(basePath(c), c.req.url, digitsOf(c.req.param('number')))))

  app.get('/:number/texts', async c => {
    const digits = digitsOf(c.req.param('number'))
    const after = c.req.query('after') ?? '0'
    if (!/^\d{1,15}$/.test(after)) return c.text('after must be a whole number', 400)
    const isSoon = c.req.query('soon') !== undefined
    const withinMs = isSoon ? soonMs : waitMs
    const { count } = await read<Handset>(`/handsets/${digits}/wait?after=${after}&timeoutMs=${withinMs}`, {
      signal: AbortSignal.any([c.req.raw.signal, AbortSignal.timeout(withinMs + patienceMs)]),
    })
    // Fewer than before: the phones were forgotten in a restart.
    if (count === Number(after) && !isSoon) return c.body(null, 204)
    const handset = await read<Handset>(`/handsets/${digits}`)
    return c.html(<Live view={view(basePath(c))} handset={handset} after={Number(after)} />)
  })

  app.post('/:number/reply', async c => {
    const digits = digitsOf(c.req.param('number'))
    const { to, text, quick } = await c.req.parseBody()
    const answer = await write('POST', `/handsets/${digits}/reply`, { to, text: quick ?? text })
    if (answer.kind === 'done') return c.redirect(`${basePath(c)}/${digits}`, 303)
    const draft = typeof text === 'string' ? text : ''
    return c.html(await handsetPage(basePath(c), c.req.url, digits, { problem: answer.problem, draft }), 422)
  })

  app.post('/:number/state', async c => {
    const digits = digitsOf(c.req.param('number'))
    const { state } = await c.req.parseBody()
    const answer = await write('PUT', `/handsets/${digits}`, { state })
    if (answer.kind === 'done') return c.redirect(`${basePath(c)}/${digits}`, 303)
    return c.html(await handsetPage(basePath(c), c.req.url, digits, { problem: answer.problem }), 422)
  })

  return app
}

const digitsOf = (number: string) => number.replace(/^\+/, '')

// --- What is shown ------------------------------------------------------------------------------------------------

/** Those with texts first, the latest at the top; then the owners nobody has texted yet. */
function linesOf(known: readonly Summary[], ownerOf: ReadonlyMap<string, PhoneOwner>): Line[] {
  const lines = known.map(summary => ({ ...summary, owner: ownerOf.get(summary.number) }))
  const withTexts = lines.filter(line => line.count > 0)
  // A number that somebody merely looked at is no handset yet.
  const without = lines.filter(line => line.count === 0 && line.owner)
  const seen = new Set([...withTexts, ...without].map(line => line.number))
  const unused = [...ownerOf.values()]
    .filter(owner => !seen.has(owner.msisdn))
    .map(owner => ({ number: owner.msisdn, state: 'on' as const, count: 0, last: null, owner }))
  return [...withTexts, ...without, ...unused]
}

function search(lines: readonly Line[], query: string): Line[] {
  if (query === '') return [...lines]
  const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const wanted = plain(query)
  const digits = /^[+\d\s()./-]+$/.test(query) ? query.replace(/\D/g, '') : ''
  return lines.filter(
    ({ number, owner }) =>
      (digits !== '' && number.includes(digits)) ||
      (owner && [owner.name, owner.id, countryName(owner.country)].some(text => plain(text).includes(wanted))),
  )
}

const countries = new Intl.DisplayNames(['en'], { type: 'region' })
const countryName = (country: string) => (/^[A-Z]{2}$/.test(country) ? (countries.of(country) ?? country) : country)

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const shortDay = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' })

function dayOf(at: number, now: Date): string {
  const day = new Date(at).toDateString()
  if (day === now.toDateString()) return 'Today'
  const yesterday = new Date(now)
  yesterday.setDate(now.getDate() - 1)
  return day === yesterday.toDateString() ? 'Yesterday' : shortDay.format(at)
}
const timeInList = (at: number, now: Date) => (dayOf(at, now) === 'Today' ? clockTime.format(at) : dayOf(at, now))

type Item = { kind: 'text'; at: number; text: HandsetText } | { kind: 'reply'; at: number; reply: HandsetReply }
interface Group {
  key: string
  day: string
  items: Item[]
}

/** Both directions in order of time, neighbours of one sender together. */
function groupsOf({ texts, replies }: Handset, now: Date): Group[] {
  const items: Item[] = [
    ...texts.map(text => ({ kind: 'text' as const, at: text.deliveredAt, text })),
    ...replies.map(reply => ({ kind: 'reply' as const, at: reply.at, reply })),
  ]
  const groups: Group[] = []
  for (const item of items.sort((a, b) => a.at - b.at)) {
    const key = item.kind === 'text' ? `from ${item.text.originator}` : `to ${item.reply.to}`
    const day = dayOf(item.at, now)
    const last = groups.at(-1)
    if (last?.key === key && last.day === day) last.items.push(item)
    else groups.push({ key, day, items: [item] })
  }
  return groups
}

/** A name can't be answered, a number can. */
const isAnswerable = (sender: string) => /^\+?\d{3,15}$/.test(sender)

/** Whom this phone can write to, and whom its owner would most likely answer. */
function recipients({ senders }: View, { texts }: Handset): { all: string[]; likely: string | undefined } {
  const met = texts.map(text => text.originator).reverse()
  const all = [...new Set([senders.main, senders.security, ...met])].filter(isAnswerable)
  return { all, likely: met.find(isAnswerable) ?? all[0] }
}

const count = (n: number, one: string) => (n === 1 ? `1 ${one}` : `${n} ${one}s`)

// --- Pages --------------------------------------------------------------------------------------------------------

interface View {
  /** Where the pages are mounted. */
  base: string
  service: string
  senders: { main: string; security: string }
  now: Date
}

const nameOf = ({ senders, service }: View, sender: string) =>
  sender === senders.main ? service : sender === senders.security ? `${service} Security` : sender

/** What the page does without script: look again after a while. */
interface Again {
  seconds: number
  path: string
}

function Page({
  view,
  title,
  look,
  again,
  children,
}: {
  view: View
  title: string
  look: string
  again?: Again
  children?: Child
}) {
  return html`<!doctype html>${(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · ${view.service} phones`}</title>
        <link rel="stylesheet" href={`${view.base}/phone.css`} />
        <script src={`${view.base}/phone.js`} defer></script>
        {again && (
          <noscript>
            <meta http-equiv="refresh" content={`${again.seconds}; url=${again.path}`} />
          </noscript>
        )}
      </head>
      <body class={look}>{children}</body>
    </html>
  )}`
}

function ListPage({ view, all, query }: { view: View; all: Line[]; query: string }) {
  const found = search(all, query)
  const used = all.filter(line => line.count > 0).length
  const number = query.replace(/[^\d]/g, '')
  return (
    <Page view={view} title="Handsets" look="list">
      <main>
        <header class="top">
          <div>
            <p class="brand">{view.service}</p>
            <h1>Handsets</h1>
            <p class="soft">
              {used === 0 ? 'No texts yet.' : `${count(used, 'handset')} with texts, ${all.length} in all.`} The carrier
              is simulated: no text leaves this machine.
            </p>
          </div>
          <Search view={view} query={query} />
        </header>
        {found.length > 0 ? (
          <ol class="rows">
            {found.slice(0, listed).map(line => (
              <li>
                <Row view={view} line={line} />
              </li>
            ))}
          </ol>
        ) : (
          <div class="none">
            <p>No handset matches “{query}”.</p>
            {/^\d{3,15}$/.test(number) && (
              <p>
                <a href={`${view.base}/${number}`}>Open +{number}</a>
              </p>
            )}
            <p>
              <a href={view.base}>All handsets</a>
            </p>
          </div>
        )}
      </main>
    </Page>
  )
}

function Search({ view, query = '' }: { view: View; query?: string }) {
  return (
    <search>
      <form class="search" action={view.base}>
        <Icon name="search" />
        <input
          type="search"
          name="q"
          value={query}
          aria-label="Search handsets"
          placeholder="Name, number or country"
        />
        <button type="submit" class="unseen">
          Search
        </button>
      </form>
    </search>
  )
}

function Row({ view, line, isCurrent = false }: { view: View; line: Line; isCurrent?: boolean }) {
  const { number, owner, last, state } = line
  return (
    <a class="row" href={`${view.base}/${digitsOf(number)}`} aria-current={isCurrent ? 'page' : undefined}>
      <Avatar owner={owner} number={number} />
      <span class="who">
        <b>{owner?.name ?? number}</b>
        <span class="soft number">
          {owner ? `${number} ` : ''}
          {owner && <span class="country">{countryName(owner.country)}</span>}
        </span>
      </span>
      <span class="last soft" dir="auto">
        {last ? last.text : 'No texts yet'}
      </span>
      <span class="when soft">
        {last && <time datetime={iso(last.deliveredAt)}>{timeInList(last.deliveredAt, view.now)}</time>}
      </span>
      <span class="marks">
        {state !== 'on' && <span class="tag">{stateNames[state]}</span>}
        {line.count > 0 && (
          <span class="count">
            {line.count}
            <span class="unseen"> {line.count === 1 ? 'text' : 'texts'}</span>
          </span>
        )}
      </span>
    </a>
  )
}

interface HandsetPageProps {
  view: View
  handset: Handset
  owner: PhoneOwner | undefined
  all: Line[]
  /** Where the API of this page's host is. */
  origin: string
  /** Without script the page reloads itself, which would take a half-written reply with it. */
  isPaused: boolean
  problem?: string
  draft?: string
}

function HandsetPage({ view, handset, owner, all, origin, isPaused, problem, draft }: HandsetPageProps) {
  const path = `${view.base}/${digitsOf(handset.number)}`
  const { state } = handset
  const name = owner?.name ?? handset.number
  return (
    <Page view={view} title={name} look="bench" {...(isPaused || problem ? {} : { again: { seconds: 3, path } })}>
      <a class="skip" href="#write">
        Skip to the phone
      </a>
      <nav class="side" aria-label="Handsets">
        <p class="brand">{view.service}</p>
        <Search view={view} />
        <ol class="rows">
          {all.slice(0, listedAside).map(line => (
            <li>
              <Row view={view} line={line} isCurrent={line.number === handset.number} />
            </li>
          ))}
        </ol>
        <a class="all" href={view.base}>
          All {all.length} handsets
        </a>
      </nav>
      <main>
        <section class="panel" aria-label="About this handset">
          <a class="back" href={view.base} aria-label="All handsets">
            <Icon name="back" />
          </a>
          <Avatar owner={owner} number={handset.number} />
          <div class="owner">
            <h1>{name}</h1>
            <p class="soft number">
              {owner && `${handset.number} `}
              {owner && <span class="country">{countryName(owner.country)}</span>}
            </p>
          </div>
          <Switch path={path} state={state} />
          <div class="about">
            <p class="soft">{stateSentences[state]}</p>
            <h2>Senders</h2>
            <ul class="senders">
              {[view.senders.main, view.senders.security].map(sender => (
                <li>
                  <SenderMark view={view} sender={sender} />
                  <span>
                    <b>{nameOf(view, sender)}</b>
                    <span class="soft line">
                      {sender} ·{' '}
                      {sender === view.senders.security ? 'codes and security alerts' : 'account, titles and offers'}
                    </span>
                  </span>
                </li>
              ))}
            </ul>
            {handset.count > 0 && (
              <details class="how">
                <summary>Send this phone a text</summary>
                <Curl {...{ origin, owner }} number={handset.number} />
              </details>
            )}
          </div>
        </section>
        <section class={`device ${state}`} aria-label={`Phone of ${name}`}>
          <div class="screen">
            <div class="status-bar">
              <Time view={view} />
              <span class="island" />
              <span class="signals">
                {state === 'on' ? <b>5G</b> : <b>{state === 'off' ? '' : 'No service'}</b>}
                <Icon name={state === 'on' ? 'signal' : 'noSignal'} />
                <Icon name="battery" />
              </span>
            </div>
            {state === 'off' ? (
              <div class="dark">
                <Icon name="power" />
                <p>
                  <b>This phone is off</b>
                </p>
                <p>Texts to it wait at the carrier until it is on again.</p>
              </div>
            ) : (
              <>
                <header class="thread-top">
                  <a href={view.base} aria-label="Back to all handsets">
                    <Icon name="back" />
                  </a>
                  <SenderMark view={view} sender={view.senders.main} />
                  <p>
                    <b>{view.service}</b>
                    <span class="soft line">Text messages</span>
                  </p>
                </header>
                {state === 'noCoverage' && (
                  <p class="notice">No coverage: texts wait at the carrier, replies on this phone.</p>
                )}
                {problem && (
                  <p class="notice bad" role="alert">
                    This did not work: {problem}.
                  </p>
                )}
                <p class="notice" id="lost" hidden>
                  The connection was lost. Trying again …
                </p>
                <section class="thread" aria-label="Texts" tabindex={0}>
                  <Thread
                    view={view}
                    handset={handset}
                    empty={<Curl {...{ origin, owner }} number={handset.number} />}
                  />
                </section>
                <Compose {...{ view, handset, path, isPaused, draft }} />
              </>
            )}
            <span class="home" />
          </div>
        </section>
        <Follow view={view} handset={handset} />
        <p class="unseen" id="news" role="status" />
      </main>
    </Page>
  )
}

const stateSentences: Record<HandsetState, string> = {
  on: 'Texts arrive at once.',
  noCoverage: 'Texts wait at the carrier; what is written here leaves once there is coverage.',
  off: 'Texts wait at the carrier until the phone is on, or until they expire.',
}

function Switch({ path, state }: { path: string; state: HandsetState }) {
  return (
    <form class="switch" method="post" action={`${path}/state`}>
      <fieldset>
        <legend class="unseen">The phone is</legend>
        {(Object.keys(stateNames) as HandsetState[]).map(name => (
          <button type="submit" name="state" value={name} aria-pressed={name === state ? 'true' : 'false'}>
            {stateNames[name]}
          </button>
        ))}
      </fieldset>
    </form>
  )
}

interface ComposeProps {
  view: View
  handset: Handset
  path: string
  isPaused: boolean
  draft?: string | undefined
}

function Compose({ view, handset, path, isPaused, draft = '' }: ComposeProps) {
  return (
    <form class="compose" method="post" action={`${path}/reply`}>
      <noscript>
        <p class="soft">
          {isPaused ? (
            <a href={path}>Look for new texts again</a>
          ) : (
            <a href={`${path}?write`}>Stop looking for new texts, to write</a>
          )}
        </p>
      </noscript>
      <div class="to">
        <label for="to">To</label>
        <Recipients view={view} handset={handset} />
      </div>
      <div class="write">
        <input
          id="write"
          name="text"
          value={draft}
          aria-label="Your reply"
          placeholder="Text message"
          autocomplete="off"
          enterkeyhint="send"
          dir="auto"
          required
        />
        <button type="submit" class="send" aria-label="Send">
          <Icon name="send" />
        </button>
      </div>
      {/* After the box, so that Enter sends what was written and not STOP. */}
      <fieldset class="quick">
        <legend class="unseen">Quick replies</legend>
        {quickReplies.map(word => (
          <button type="submit" name="quick" value={word} formnovalidate>
            {word}
          </button>
        ))}
      </fieldset>
    </form>
  )
}

// --- The living parts: what `phone.js` replaces when a text arrives, found by their ids ------------------------------

function Live({ view, handset, after }: { view: View; handset: Handset; after: number }) {
  const news = handset.texts.filter(text => text.n > after)
  return (
    <>
      <Time view={view} />
      <Thread view={view} handset={handset} after={after} />
      <Recipients view={view} handset={handset} />
      <Follow view={view} handset={handset} />
      <p id="news">{news.map(text => `New text from ${nameOf(view, text.originator)}: ${text.text}`).join('\n')}</p>
    </>
  )
}

const Time = ({ view }: { view: View }) => (
  <time id="clock" datetime={view.now.toISOString()}>
    {clockTime.format(view.now)}
  </time>
)

/** Whoever texted last is the one to answer, until the reader chooses somebody. */
function Recipients({ view, handset }: { view: View; handset: Handset }) {
  const { all, likely } = recipients(view, handset)
  return (
    <select name="to" id="to" autocomplete="off">
      {all.map(sender => (
        <option value={sender} selected={sender === likely}>
          {nameOf(view, sender) === sender ? sender : `${nameOf(view, sender)} · ${sender}`}
        </option>
      ))}
    </select>
  )
}

/** Where the script asks next. */
function Follow({ view, handset }: { view: View; handset: Handset }) {
  const isSending = handset.state === 'on' && handset.replies.some(reply => reply.acknowledgedAt === null)
  const next = `${view.base}/${digitsOf(handset.number)}/texts?after=${handset.count}${isSending ? '&soon' : ''}`
  return (
    <p id="follow" hidden>
      <a href={next}>Next</a>
    </p>
  )
}

function Thread({ view, handset, after, empty }: { view: View; handset: Handset; after?: number; empty?: Child }) {
  const groups = groupsOf(handset, view.now)
  return (
    <div class="talk" id="talk">
      {groups.length === 0 && (
        <div class="empty">
          <h2>No texts yet</h2>
          {empty && (
            <>
              <p>Send the first one with a key of yours:</p>
              {empty}
            </>
          )}
        </div>
      )}
      {handset.texts.length > 0 && handset.count > handset.texts.length && (
        <p class="day">Older texts are no longer on this phone</p>
      )}
      {groups.map((group, i) => (
        <>
          {group.day !== groups[i - 1]?.day && <p class="day">{group.day}</p>}
          <GroupOf {...{ view, group, handset }} after={after ?? handset.count} />
        </>
      ))}
    </div>
  )
}

function GroupOf({ view, group, handset, after }: { view: View; group: Group; handset: Handset; after: number }) {
  const [first] = group.items
  if (first?.kind !== 'text')
    return (
      <div class="group own">
        {group.items.map(item => item.kind === 'reply' && <Reply {...{ view, handset }} reply={item.reply} />)}
      </div>
    )
  const { originator } = first.text
  const name = nameOf(view, originator)
  return (
    <div class="group">
      <h2>
        <SenderMark view={view} sender={originator} />
        {name} {name !== originator && <span class="soft">{originator}</span>}
      </h2>
      {group.items.map(
        item => item.kind === 'text' && <Text view={view} text={item.text} isNew={item.text.n > after} />,
      )}
    </div>
  )
}

function Text({ view, text, isNew }: { view: View; text: HandsetText; isNew: boolean }) {
  const waitedMinutes = Math.floor((text.deliveredAt - text.at) / 60_000)
  return (
    <div class={isNew ? 'text new' : 'text'}>
      <p class="bubble" dir="auto">
        <Words text={text.text} hasCodes={text.originator === view.senders.security} />
      </p>
      <div class="meta">
        <time datetime={iso(text.deliveredAt)}>{clockTime.format(text.deliveredAt)}</time>
        {waitedMinutes > 0 && <span>waited {count(waitedMinutes, 'minute')}</span>}
        {text.segments > 1 && (
          <details id={`parts-${text.n}`}>
            <summary>{count(text.segments, 'part')}</summary>
            <ol>
              {text.parts.map(part => (
                <li dir="auto">{part.text}</li>
              ))}
            </ol>
          </details>
        )}
      </div>
    </div>
  )
}

function Reply({ view, handset, reply }: { view: View; handset: Handset; reply: HandsetReply }) {
  const fate = reply.acknowledgedAt !== null ? 'Sent' : handset.state === 'on' ? 'Sending …' : 'Waits for coverage'
  return (
    <div class="text">
      <p class="bubble" dir="auto">
        {reply.text}
      </p>
      <div class="meta">
        <time datetime={iso(reply.at)}>{clockTime.format(reply.at)}</time>
        <span>to {nameOf(view, reply.to)}</span>
        <span>{fate}</span>
      </div>
    </div>
  )
}

/** The last line of a code's text that browsers read (WICG, Origin-bound one-time codes). */
const boundLine = /(?:^|\r?\n)(@[^\s@#]+ #([^\s#]+)[^\r\n]*)$/

function Words({ text, hasCodes }: { text: string; hasCodes: boolean }) {
  const [, line, boundCode] = boundLine.exec(text) ?? []
  const words = line === undefined ? text : text.slice(0, -line.length).trimEnd()
  return (
    <>
      {linked(words, hasCodes ? (boundCode ?? true) : false)}
      {line && <span class="bound">{line}</span>}
    </>
  )
}

/** `code` is the one to be marked; true marks whatever looks like one. */
function linked(text: string, code: string | boolean): Child[] {
  const pieces: Child[] = []
  let end = 0
  for (const match of text.matchAll(/https?:\/\/[^\s<>"'`]+/gi)) {
    // A sentence's full stop is no part of the link before it.
    const url = match[0].replace(/[.,;:!?)\]}»”’。、)]+$/u, '')
    if (!URL.canParse(url)) continue
    pieces.push(...coded(text.slice(end, match.index), code))
    pieces.push(
      <a href={url} target="_blank" rel="noopener noreferrer" dir="ltr">
        {url}
      </a>,
    )
    end = match.index + url.length
  }
  return [...pieces, ...coded(text.slice(end), code)]
}

function coded(text: string, code: string | boolean): Child[] {
  if (code === false) return [text]
  // Only ASCII letters make a word here: Japanese stands next to the digits without a space.
  return text
    .split(/(?<![\w+])(\d{4,10})(?!\w)/)
    .map((piece, i) => (i % 2 === 1 && (code === true || code === piece) ? <mark>{piece}</mark> : piece))
}

const iso = (at: number) => new Date(at).toISOString()

// --- When there is nothing to show ----------------------------------------------------------------------------------

function Curl({ origin, number, owner }: { origin: string; number: string; owner: PhoneOwner | undefined }) {
  const fields = [
    owner ? `"subscriber": ${JSON.stringify(owner.id)}` : `"number": "${number}"`,
    '"purpose": "code.sign_in"',
    '"template": "code.sign_in"',
    '"data": {"code": "482913",\n                "minutes": 10}',
  ]
  const body = `{${fields.join(',\n       ')}}`
  return (
    <pre>
      <code>
        {[
          `curl ${origin}/v1/messages`,
          '  -H "authorization: Bearer $USHER_KEY"',
          '  -H "idempotency-key: $RANDOM"',
          '  -H "content-type: application/json"',
          `  -d '${body.replaceAll("'", "'\\''")}'`,
        ].join(' \\\n')}
      </code>
    </pre>
  )
}

function CarrierDown({ view, controlUrl, again }: { view: View; controlUrl: string; again: string }) {
  return (
    <Page view={view} title="No carrier" look="alone" again={{ seconds: 3, path: again }}>
      <main>
        <Icon name="noSignal" />
        <h1>The simulated carrier is not running</h1>
        <p>
          The phones live in it, and it does not answer at <code>{controlUrl}</code>.
        </p>
        <p>
          Start the demo again with <code>npm start</code>. If it runs elsewhere, check the address of the carrier's
          control in the configuration.
        </p>
        <p>
          <a href={again} id="again">
            Try again
          </a>{' '}
          <span class="soft">This page looks every 3 seconds.</span>
        </p>
      </main>
    </Page>
  )
}

function NoHandset({ view, number }: { view: View; number: string }) {
  return (
    <Page view={view} title="No such handset" look="alone">
      <main>
        <h1>No such handset</h1>
        <p>“{number}” is not a phone number: 3 to 15 digits, with or without a plus sign.</p>
        <p>
          <a href={view.base}>All handsets</a>
        </p>
      </main>
    </Page>
  )
}

// --- Pictures -------------------------------------------------------------------------------------------------------

function Avatar({ owner, number }: { owner: PhoneOwner | undefined; number: string }) {
  const words = owner?.name.split(/\s+/) ?? []
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map(word => [...(word ?? '')][0] ?? '')
    .join('')
  const tone = [...number].reduce((sum, digit) => (sum * 31 + digit.charCodeAt(0)) % 997, 0) % 6
  return (
    <span class={`avatar tone-${tone}`} aria-hidden="true">
      {initials || '#'}
    </span>
  )
}

function SenderMark({ view, sender }: { view: View; sender: string }) {
  const isSecurity = sender === view.senders.security
  const letter = sender === view.senders.main ? [...view.service][0] : '#'
  return (
    <span class={`avatar ${isSecurity ? 'security' : 'service'}`} aria-hidden="true">
      {isSecurity ? <Icon name="shield" /> : letter}
    </span>
  )
}

const icons = {
  back: <path d="M15 5l-7 7 7 7" />,
  search: <path d="M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L20 20" />,
  send: <path d="M12 19V5M6 11l6-6 6 6" />,
  power: <path d="M12 3v8M6.5 6.5a8 8 0 1 0 11 0" />,
  shield: <path d="M12 3l7 3v5c0 4.6-2.9 8.3-7 10-4.1-1.7-7-5.4-7-10V6zM9 12l2.2 2.2L15.2 10" />,
  signal: <path class="full" d="M3 15h3v4H3zM8 12h3v7H8zM13 9h3v10h-3zM18 5h3v14h-3z" />,
  noSignal: <path class="full faint" d="M3 15h3v4H3zM8 12h3v7H8zM13 9h3v10h-3zM18 5h3v14h-3z" />,
  battery: (
    <>
      <rect x="1.5" y="7" width="18" height="10" rx="3" />
      <path class="full" d="M4 9.5h11v5H4zM21 10.5h1.5v3H21z" />
    </>
  ),
}

const Icon = ({ name }: { name: keyof typeof icons }) => (
  <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    {icons[name]}
  </svg>
)

/** Asks for what is new and puts it in its place; without it, a page without script reloads. */
export const phoneScript = `// Follows one handset: asks for what is new, and puts it where it belongs.
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const inView = () => new Promise(resolve => document.addEventListener('visibilitychange', resolve, { once: true }))

function show(text) {
  const open = [...document.querySelectorAll('#talk details[open]')].map(({ id }) => id)
  const fresh = new DOMParser().parseFromString(text, 'text/html')
  for (const part of fresh.body.children) {
    const old = document.getElementById(part.id)
    if (old && !old.dataset.chosen && old.innerHTML !== part.innerHTML) old.replaceChildren(...part.childNodes)
  }
  for (const id of open) document.getElementById(id)?.setAttribute('open', '')
}

async function follow() {
  const lost = document.getElementById('lost')
  for (;;) {
    // A browser keeps few connections to one host; tabs nobody looks at must not hold them all.
    while (document.hidden) await inView()
    try {
      const response = await fetch(document.querySelector('#follow a').href)
      if (response.status === 200) show(await response.text())
      else if (response.status !== 204) throw new Error(response.statusText)
      if (lost) lost.hidden = true
    } catch {
      if (lost) lost.hidden = false
      await pause(3000)
    }
  }
}

document.getElementById('to')?.addEventListener('change', ({ target }) => {
  target.dataset.chosen = 'by hand'
})
const again = document.getElementById('again')
if (again) pause(3000).then(() => location.replace(again.href))
if (document.getElementById('follow')) follow()
`
