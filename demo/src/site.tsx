// Orpheum's addresses: the pages, the deeds behind their buttons, the back office, and the receiver of webhooks.
import { contextParameter, withoutContext } from '@usher/contract/link-context'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { secureHeaders } from 'hono/secure-headers'
import type { Alarm } from './alarm.ts'
import type { Arrivals } from './arrivals.ts'
import { DeskPage } from './back-office.tsx'
import { type Title, titles } from './catalogue.ts'
import type { Codes } from './codes.ts'
import { entrance, leave, sessionOf } from './entrance.tsx'
import { MailPage } from './entrance-pages.tsx'
import type { View } from './frame.tsx'
import {
  began,
  cancelled,
  changedPlan,
  downloaded,
  finished,
  type Happening,
  mistaken,
  notPaid,
  notSignedIn,
  paid,
  refunded,
  removed,
  signedIn,
  type Teller,
  type Viewer,
} from './happenings.ts'
import { orpheumCss } from './look.css.ts'
import type { Mails } from './mail.ts'
import { AccountPage, HelpPage, HomePage, NoPage, PaymentPage, PlanPage, TitlePage } from './pages.tsx'
import type { People } from './people.ts'
import { type Plan, plans } from './plans.ts'
import { type SafetyDeps, safety } from './safety.tsx'
import type { Sessions } from './sessions.ts'
import type { SignIns } from './sign-ins.ts'
import { isBehaviour, type Receiver } from './webhooks.ts'

export interface SiteDeps {
  teller: Teller
  receiver: Receiver
  arrivals: Arrivals
  viewerOf: (id: string) => Viewer | undefined
  setPlan: (viewer: Viewer, plan: Plan) => void
  usher: SafetyDeps['usher']
  people: People
  sessions: Sessions
  codes: Codes
  mails: Mails
  alarm: Alarm
  signIns: SignIns
  /** Where the simulated phones are. */
  phones: string
  /** Where what an address at the link domain names can be had: nobody has the demo's. */
  reach: (link: string) => string
  /** Names under which this machine may be asked, beside localhost. */
  host: string
  now: () => Date
}

/** What a form brought, as far as a deed asks for it. */
interface Form {
  title: Title | undefined
  episode: number | undefined
  plan: Plan | undefined
}

const viewerCookie = 'orpheum_viewer'
const arrivalCookie = 'orpheum_arrival'
const cookie = { path: '/', httpOnly: true, sameSite: 'Lax' } as const
const formBytes = 8 * 1024
/** A payload is less than 20 kB (Standard Webhooks, "Payload structure"). */
const webhookBytes = 64 * 1024

export function site(deps: SiteDeps): Hono {
  const { teller, receiver, arrivals, viewerOf, usher, people, sessions, codes, mails, alarm, signIns, now } = deps
  const app = new Hono()

  // A page elsewhere could point a name of its own at this machine: only our names are answered.
  app.use(async (c, next) => {
    const host = (c.req.header('host') ?? '').replace(/:\d+$/, '')
    return ['localhost', '127.0.0.1', '[::1]', deps.host].includes(host) ? next() : c.text('Not here.', 421)
  })

  app.post(
    '/webhooks',
    bodyLimit({ maxSize: webhookBytes, onError: c => c.text('This is no webhook of Usher’s.', 413) }),
    c => receiver.take(c.req.raw),
  )

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
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
  app.get('/orpheum.css', c =>
    c.body(orpheumCss, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=60' }),
  )
  app.use(async (c, next) => {
    c.header('cache-control', 'no-store')
    await next()
  })
  // A page of another site must not press buttons in the reader's name.
  app.post('*', async (c, next) => {
    const origin = c.req.header('origin') ?? ''
    const isOwn = URL.canParse(origin) && new URL(origin).host === new URL(c.req.url).host
    return isOwn ? next() : c.text('Orpheum’s buttons work on its own pages only.', 403)
  })
  app.post('*', bodyLimit({ maxSize: formBytes, onError: c => c.text('This is no form of Orpheum’s.', 413) }))

  // The proof of where somebody came from is no part of an address that is kept, shared or logged.
  app.get('*', async (c, next) => {
    const url = new URL(c.req.url)
    if (!url.searchParams.has(contextParameter)) return next()
    const arrival = await arrivals.take(url)
    if (arrival !== undefined) setCookie(c, arrivalCookie, arrival, cookie)
    // Two slashes at the beginning would lead to another host.
    return c.redirect(withoutContext(`${url.pathname.replace(/^\/+/, '/')}${url.search}`))
  })

  /** Who signed in; else who was chosen from the demo's list. */
  const who = (c: Context) => {
    const session = sessionOf(c, sessions)
    return viewerOf(session?.ended === undefined && session ? session.person.id : (getCookie(c, viewerCookie) ?? ''))
  }
  const view = (c: Context): View => {
    const path = c.req.path
    const arrival = getCookie(c, arrivalCookie)
    const told = c.req.query('told')
    const session = sessionOf(c, sessions)
    return {
      viewer: who(c),
      ended: session?.ended,
      path,
      arrival: arrival === undefined ? undefined : arrivals.find(arrival, path),
      posted: told === undefined ? undefined : teller.find(told),
      phones: deps.phones,
    }
  }
  const back = (form: Record<string, unknown>, told?: string) => {
    const path = typeof form.back === 'string' && /^\/(?![/\\])[\w/-]*$/.test(form.back) ? form.back : '/'
    return told === undefined ? path : `${path}?told=${told}`
  }
  const tellOf = async (happening: Happening) => (await teller.tell(happening)).event.id

  app.get('/', c => c.html(<HomePage view={view(c)} />))
  app.get('/account', c => c.html(<AccountPage view={view(c)} />))
  app.get('/account/payment', c => c.html(<PaymentPage view={view(c)} />))
  app.get('/account/plan', c => c.html(<PlanPage view={view(c)} />))
  app.get('/mail', c => c.html(<MailPage view={view(c)} sent={mails.sent()} reach={deps.reach} />))
  app.get('/help', c => c.html(<HelpPage view={view(c)} />))
  app.get('/help/*', c => c.html(<HelpPage view={view(c)} />))

  app.post('/sign-in', async c => {
    const form = await c.req.parseBody()
    const viewer = viewerOf(String(form.viewer))
    if (!viewer) return c.redirect(back(form), 303)
    leave(c, sessions)
    setCookie(c, viewerCookie, viewer.id, cookie)
    return c.redirect(back(form, await tellOf(signedIn(viewer))), 303)
  })
  app.post('/sign-out', async c => {
    leave(c, sessions)
    deleteCookie(c, viewerCookie, cookie)
    return c.redirect(back(await c.req.parseBody()), 303)
  })
  app.post('/do/not-sign-in', async c => {
    const form = await c.req.parseBody()
    const viewer = viewerOf(String(form.viewer))
    return c.redirect(viewer ? back(form, await tellOf(notSignedIn(viewer))) : back(form), 303)
  })

  /** What a signed-in viewer can do; undefined where the form does not say enough. */
  const deeds: Record<string, (viewer: Viewer, form: Form) => Happening | undefined> = {
    'sign-in-again': viewer => signedIn(viewer),
    watch: (viewer, { title, episode }) => title && began(viewer, title, episode),
    finish: (viewer, { title, episode }) => title && finished(viewer, title, episode),
    download: (viewer, { title }) => title && downloaded(viewer, title, now()),
    remove: (viewer, { title }) => title && removed(viewer, title),
    pay: viewer => paid(viewer),
    'not-pay': viewer => notPaid(viewer, now()),
    refund: viewer => refunded(viewer),
    break: viewer => mistaken(viewer),
    'change-plan': (viewer, { plan }) => plan && changedPlan(viewer, plan, now()),
    cancel: viewer => cancelled(viewer, now()),
  }
  app.post('/do/:deed', async c => {
    const name = c.req.param('deed')
    const form = await c.req.parseBody()
    const viewer = who(c)
    if (!viewer || !Object.hasOwn(deeds, name)) return c.redirect(back(form), 303)
    const read = readForm(form)
    const happening = deeds[name]!(viewer, read)
    if (!happening) return c.redirect(back(form), 303)
    const told = await tellOf(happening)
    if (name === 'change-plan' && read.plan) deps.setPlan(viewer, read.plan)
    return c.redirect(back(form, told), 303)
  })

  app.get('/desk', async c => {
    const [endpoint, problem] = await receiver.endpoint().then(
      found => [found, undefined] as const,
      error => [undefined, error instanceof Error ? error.message : String(error)] as const,
    )
    const { behaviour, trouble } = receiver
    const desk = { calls: receiver.calls(), posted: teller.recent(), behaviour, endpoint, problem: problem ?? trouble }
    const asked = (name: string) => c.req.query(name) !== undefined
    return c.html(<DeskPage view={view(c)} desk={desk} isStill={asked('still')} isAll={asked('all')} />)
  })
  app.post('/desk/behaviour', async c => {
    const { behaviour } = await c.req.parseBody()
    if (isBehaviour(behaviour)) receiver.behaviour = behaviour
    return c.redirect('/desk', 303)
  })
  app.post('/desk/reopen', async c => {
    await receiver.reopen().catch(() => {}) // the page says how it stands
    return c.redirect('/desk', 303)
  })

  app.route('/', entrance({ people, sessions, codes, mails, alarm, signIns, view, now }))
  app.route('/', safety({ usher, people, sessions, view, now }))

  app.get('/:title', c => {
    const title = titles.find(({ id }) => id === c.req.param('title'))
    return title ? c.html(<TitlePage view={view(c)} title={title} />) : c.notFound()
  })
  app.notFound(c => c.html(<NoPage view={view(c)} />, 404))
  return app
}

function readForm(form: Record<string, unknown>): Form {
  const title = titles.find(({ id }) => id === form.title)
  const number = Number(form.episode)
  return {
    title,
    episode: title?.episodes?.some(episode => episode.number === number) ? number : undefined,
    plan: plans.find(plan => plan === form.plan),
  }
}
