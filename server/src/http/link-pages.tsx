// What the link domain serves: short links, the files that let apps open them, and the keys that verify their context.
import { createHash } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { clicks } from '../link/click.ts'
import { type LinkSigner, withContext } from '../link/context.ts'
import { networkOf } from '../link/judge.ts'
import { codeLength, type Followed, findByHash, hashOf, isCode } from '../link/link.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, DatabaseAway } from '../store/database.ts'
import { newId } from '../store/id.ts'
import type { KeyRing } from '../store/keys.ts'
import { addressOf } from './signing-in.ts'

export interface LinkPagesDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  signer: LinkSigner
  service: string
  serviceHost: string
  appleApps: readonly string[]
  /** Package and fingerprint. */
  androidApps: readonly (readonly [string, string])[]
  /** Reverse proxies before this server, each of which adds to X-Forwarded-For. */
  proxies: number
  /** In the demo the service's host is nobody's: its pages are at this origin instead. */
  standIn: string | null
  /** Subscribers' own pages, below /p/; null where there is no origin for links to them. */
  ownPages: Hono | null
  /** Where an alert is answered, below /a/; null likewise. */
  alertPages: Hono | null
  /** Where a mailed link to reset a password leads, below /r/; null where none is made. */
  resetPages: Hono | null
}

export interface LinkPages {
  app: Hono
  start(): void
  stop(): Promise<void>
}

/** Look-ups that may wait for the database; more are sent away at once, instead of after as long as a person waits. */
const mostLooking = 5_000

export function linkPages(deps: LinkPagesDeps): LinkPages {
  const { db, clock, events, signer } = deps
  const log = clicks({ db, clock, events })
  let lookingNow = 0
  // Requests of one moment share a statement. Nothing is remembered between two: a revocation holds at once.
  const looking = new Batcher<Buffer, Followed | undefined>({
    size: db.batch,
    waitMs: 2,
    parallel: Math.max(1, db.connections >> 2),
    async work(hashes) {
      const found = new Map((await findByHash(db, hashes)).map(link => [hex(link.hash), link]))
      return hashes.map(hash => found.get(hex(hash)))
    },
  })
  const look = (code: string): Promise<Followed | undefined> => {
    if (lookingNow >= mostLooking) throw new DatabaseAway('Too many ask at once.')
    lookingNow++
    return looking.push(hashOf(code)).finally(() => lookingNow--)
  }

  /** The destination as it stands when somebody comes: with its context, where it has one. */
  const leads = async (link: Followed, click: string): Promise<string> => {
    const { destination, external_id, purpose, message_id } = link
    const context =
      link.has_context && external_id !== null
        ? await signer.sign({
            aud: new URL(destination).origin,
            sub: external_id,
            purpose,
            jti: click,
            link: link.id,
            message: message_id,
          })
        : null
    const there = onStage(deps, destination)
    return context === null ? there : withContext(there, context)
  }

  const app = new Hono()
  // First, and with its headers written at once: what is added to an answer that is made already costs it the fast way out.
  app.get('/:code', async (c, next) => {
    const code = c.req.param('code')
    if (!isCode(code)) return next()
    const link = await look(code)
    if (!link) return say(deps, c, 'unknown', 404)
    const at = clock.now()
    if (link.revoked_at !== null || link.expires_at <= at) return say(deps, c, 'over', 410)
    const id = newId(at)
    const destination = await leads(link, id)
    log.record({ id, link_id: link.id, at, ...requestOf(c, deps.proxies) })
    if (asksJson(c))
      return new Response(JSON.stringify({ destination }), {
        headers: { ...safe, 'cache-control': 'no-store', 'content-type': 'application/json' },
      })
    return new Response(null, {
      status: 302,
      // With its length, for what has none is written in two pieces.
      headers: { ...safe, 'cache-control': 'no-store', 'content-length': '0', location: destination },
    })
  })
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(safe)) c.header(name, value)
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  })
  app.onError((error, c) => {
    if (!(error instanceof DatabaseAway)) events.emit('work.failed', { what: 'following a link', error: String(error) })
    c.header('retry-after', '5')
    return say(deps, c, 'away', 503)
  })

  app.get('/', c => c.redirect(onStage(deps, `https://${deps.serviceHost}/`)))
  app.get('/robots.txt', c => c.text('User-agent: *\nDisallow: /\n'))
  app.get('/.well-known/jwks.json', c => c.json(signer.publicKeys(), 200, { 'cache-control': 'max-age=300' }))
  app.get('/.well-known/apple-app-site-association', c =>
    deps.appleApps.length === 0
      ? say(deps, c, 'unknown', 404)
      : c.json(appleAssociation(deps.appleApps), 200, { 'cache-control': 'max-age=3600' }),
  )
  app.get('/.well-known/assetlinks.json', c =>
    deps.androidApps.length === 0
      ? say(deps, c, 'unknown', 404)
      : c.json(assetLinks(deps.androidApps), 200, { 'cache-control': 'max-age=3600' }),
  )

  if (deps.ownPages) app.route('/p', deps.ownPages)
  if (deps.alertPages) app.route('/a', deps.alertPages)
  if (deps.resetPages) app.route('/r', deps.resetPages)

  app.all('*', c => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return say(deps, c, 'unknown', 404)
    c.header('allow', 'GET, HEAD')
    return say(deps, c, 'unknown', 405)
  })

  return {
    app,
    start: log.start,
    async stop() {
      await looking.drained()
      await log.stop()
    },
  }
}

const safe = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' }

const hex = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

/** In the demo, the service's pages are where its program runs. */
export const onStage = (
  { standIn, serviceHost }: Pick<LinkPagesDeps, 'standIn' | 'serviceHost'>,
  destination: string,
): string => {
  if (standIn === null) return destination
  const { host, origin } = new URL(destination)
  return host === serviceHost ? standIn + destination.slice(origin.length) : destination
}

/** An app that opened the link itself wants the destination, not a page. */
const asksJson = (c: Context): boolean => {
  const accept = c.req.header('accept') ?? ''
  return accept.includes('application/json') && !accept.includes('text/html')
}

/** What is kept of a request. Of the address, no more than tells networks apart. */
function requestOf(c: Context, proxies: number) {
  const header = (name: string, most: number) => c.req.header(name)?.slice(0, most) ?? null
  return {
    method: c.req.method,
    agent: header('user-agent', 500)?.replace(/[\x00-\x1f\x7f-\x9f]/g, '') || null,
    network: networkOf(addressOf(c, proxies)),
    marks: {
      accept: header('accept', 200),
      hasLanguage: c.req.header('accept-language') !== undefined,
      site: header('sec-fetch-site', 20),
      mode: header('sec-fetch-mode', 20),
      dest: header('sec-fetch-dest', 20),
      purpose: ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].reduce<string | null>(
        (found, name) => found ?? header(name, 60),
        null,
      ),
    },
  }
}

// ---- Files for apps --------------------------------------------------------------------------------------------------

/** Apple: "Supporting associated domains". Each `?` is one character, so the other pages of this host stay in the browser. */
const appleAssociation = (appIDs: readonly string[]) => ({
  applinks: { details: [{ appIDs, components: [{ '/': `/${'?'.repeat(codeLength)}`, comment: 'Short links' }] }] },
})

/** Google: "Verify Android App Links". A package may be signed by several certificates. */
const assetLinks = (apps: readonly (readonly [string, string])[]) =>
  [...new Set(apps.map(([name]) => name))].map(name => ({
    relation: ['delegate_permission/common.handle_all_urls'],
    target: {
      namespace: 'android_app',
      package_name: name,
      sha256_cert_fingerprints: apps.filter(([one]) => one === name).map(([, fingerprint]) => fingerprint),
    },
  }))

// ---- Pages -----------------------------------------------------------------------------------------------------------

type Said = 'unknown' | 'over' | 'away'

/** What a person is told, who came here by a text. `{service}` is a name, `{host}` the way there. */
const words: Record<string, Record<Said, [title: string, text: string]> & { go: string }> = {
  en: {
    unknown: [
      'This link leads nowhere',
      'A part of it may have been lost on the way. Open the {service} app, or go to {host}.',
    ],
    over: [
      'This link has ended',
      'Links in our texts work for a while only, so that nobody else can use them later. Open the {service} app, or go to {host}.',
    ],
    away: ['Not at the moment', 'We can not open this link right now. Please try again in a minute.'],
    go: 'Go to {service}',
  },
  es: {
    unknown: [
      'Este enlace no lleva a ninguna parte',
      'Puede que se haya cortado por el camino. Abre la app de {service} o visita {host}.',
    ],
    over: [
      'Este enlace ha caducado',
      'Los enlaces de nuestros SMS solo funcionan un tiempo, para que nadie más pueda usarlos después. Abre la app de {service} o visita {host}.',
    ],
    away: ['Ahora no es posible', 'No podemos abrir este enlace en este momento. Inténtalo de nuevo en un minuto.'],
    go: 'Ir a {service}',
  },
  fr: {
    unknown: [
      'Ce lien ne mène nulle part',
      "Une partie s'est peut-être perdue en route. Ouvrez l'application {service} ou allez sur {host}.",
    ],
    over: [
      'Ce lien a expiré',
      "Les liens de nos SMS ne fonctionnent qu'un temps, pour que personne d'autre ne puisse s'en servir. Ouvrez l'application {service} ou allez sur {host}.",
    ],
    away: ['Pas pour le moment', "Nous ne pouvons pas ouvrir ce lien pour l'instant. Réessayez dans une minute."],
    go: 'Aller sur {service}',
  },
  de: {
    unknown: [
      'Dieser Link führt nirgendwohin',
      'Vielleicht ging unterwegs ein Teil verloren. Öffne die App von {service} oder geh zu {host}.',
    ],
    over: [
      'Dieser Link ist abgelaufen',
      'Links in unseren SMS gelten nur eine Zeit lang, damit sie später niemand anderes nutzen kann. Öffne die App von {service} oder geh zu {host}.',
    ],
    away: [
      'Gerade nicht',
      'Wir können diesen Link im Moment nicht öffnen. Bitte versuch es in einer Minute noch einmal.',
    ],
    go: 'Zu {service}',
  },
  pt: {
    unknown: [
      'Este link não leva a lugar nenhum',
      'Uma parte pode ter se perdido no caminho. Abra o app {service} ou acesse {host}.',
    ],
    over: [
      'Este link expirou',
      'Os links dos nossos SMS valem só por um tempo, para que ninguém mais possa usá-los depois. Abra o app {service} ou acesse {host}.',
    ],
    away: ['Agora não', 'Não conseguimos abrir este link no momento. Tente de novo em um minuto.'],
    go: 'Ir para {service}',
  },
  ja: {
    unknown: [
      'このリンクは開けません',
      'リンクの一部が途中で欠けた可能性があります。{service}のアプリを開くか、{host}にアクセスしてください。',
    ],
    over: [
      'このリンクは期限が切れました',
      'SMSのリンクは、あとでほかの人に使われないよう一定の期間だけ有効です。{service}のアプリを開くか、{host}にアクセスしてください。',
    ],
    away: ['ただいま開けません', '現在このリンクを開けません。1分ほどしてからもう一度お試しください。'],
    go: '{service}へ',
  },
}

/** The first language of Accept-Language that we speak; browsers name them in the order in which they are liked. */
const languageOf = (c: Context): string =>
  (c.req.header('accept-language') ?? '')
    .split(',')
    .map(one => one.trim().slice(0, 2).toLowerCase())
    .find(language => Object.hasOwn(words, language)) ?? 'en'

const css = `
:root { color-scheme: light dark; --ink: #1d1b26; --soft: #5d5a6b; --paper: #fbfafd; --go: #4a27c4; --on-go: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #f1eff7; --soft: #b4b0c4; --paper: #17151f; --go: #bba9ff; --on-go: #17151f } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.125rem/1.5 system-ui, sans-serif }
main { max-width: 32rem; margin: 0 auto; padding: 3rem 1.5rem; overflow-wrap: anywhere }
.service { color: var(--soft); font-weight: 600; margin: 0 0 2.5rem }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1rem }
.go { display: inline-block; margin-top: 1.5rem; padding: 0.85rem 1.5rem; border-radius: 0.75rem; background: var(--go); color: var(--on-go); text-decoration: none; font-weight: 600 }
.go:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
`
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** A page in the service's name, or for an app the same in JSON (RFC 9457). It says the same of every code that is none. */
function say(deps: LinkPagesDeps, c: Context, said: Said, status: 404 | 405 | 410 | 503): Response | Promise<Response> {
  const { service, serviceHost } = deps
  const language = languageOf(c)
  const table = words[language]!
  const fill = (text: string) => text.replaceAll('{service}', service).replaceAll('{host}', serviceHost)
  for (const [name, value] of Object.entries(safe)) c.header(name, value)
  c.header('cache-control', 'no-store')
  const [title, text] = table[said].map(fill) as [string, string]
  if (asksJson(c))
    return c.body(JSON.stringify({ type: 'about:blank', title, status, detail: text }), status, {
      'content-type': 'application/problem+json',
    })
  c.header('content-security-policy', policy)
  c.header('content-language', language)
  return c.html(
    html`<!doctype html>${(
      <html lang={language}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${title} · ${service}`}</title>
          <style dangerouslySetInnerHTML={{ __html: css }} />
        </head>
        <body>
          <main>
            <p class="service">{service}</p>
            <h1>{title}</h1>
            <p>{text}</p>
            {said !== 'away' && (
              <a class="go" href={onStage(deps, `https://${serviceHost}/`)}>
                {fill(table.go)}
              </a>
            )}
          </main>
        </body>
      </html>
    )}`,
    status,
  )
}
