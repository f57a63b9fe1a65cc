// Where an alert is answered without the phone, below /a/ of the link domain: the service mails its address, which is signed.
// To look changes nothing, for scanners look at every link; only the page's own form answers.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { type AlertRow, alertOfPage, alertRows, detailsOf, lateMs, timeFor } from '../account/alert.ts'
import { settle } from '../account/alert-answer.ts'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { type Database, DatabaseAway, type Statements } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import { alertWords } from './alert-words.ts'
import { formBytes, formOf, formToken, isForeign, isOurForm, languageAsked, pageHeaders } from './page-form.ts'
import { type Fields, Form, page, pagePolicy, sayingPage, type Writer, writer } from './preference-views.tsx'
import { type Language, languageOf } from './preference-words.ts'

export interface AlertPagesDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  service: string
  contact: string
  /** Where a password is changed. */
  accountUrl: string
}

/** What the page asks, or says. */
type Stands = 'open' | 'confirmed' | 'denied' | 'expired'

export function alertPages(deps: AlertPagesDeps): Hono {
  const { db, keys, clock, events, service, contact } = deps
  const writerIn = (language: Language) => writer(language, service, contact)

  const app = new Hono()
  app.use(pageHeaders)
  const say = (c: Context, status: 403 | 404 | 405 | 413, title: 'over' | 'forged') => {
    const w = writerIn(languageAsked(c))
    const { overTitle, overAbout } = alertWords[w.language]
    return title === 'over'
      ? c.html(sayingPage(w, overTitle, overAbout), status)
      : c.html(sayingPage(w, w.words.forgedTitle, w.words.forgedAbout), status)
  }
  app.onError((error, c) => {
    if (!(error instanceof DatabaseAway))
      events.emit('work.failed', { what: 'the page of an alert', error: String(error) })
    const w = writerIn(languageAsked(c))
    c.header('retry-after', '5')
    c.header('content-security-policy', pagePolicy)
    return c.html(sayingPage(w, w.words.awayTitle, w.words.awayAbout), 503)
  })
  app.post('*', bodyLimit({ maxSize: formBytes, onError: c => say(c, 413, 'forged') }))

  /** Undefined where nothing is to be answered, or said, any more. */
  async function find(
    from: Statements,
    token: string,
    now: Date,
  ): Promise<(AlertRow & { stands: Stands }) | undefined> {
    const id = alertOfPage(keys, token)
    const [row] = id === undefined ? [] : await from.rows<AlertRow>(alertRows(sql`a.id = ${id}`))
    if (!row || row.state === 'withdrawn' || row.expires_at.getTime() + lateMs <= now.getTime()) return undefined
    return { ...row, stands: row.state !== 'open' ? row.state : row.expires_at > now ? 'open' : 'expired' }
  }

  app.get('/:token', async c => {
    const now = clock.now()
    const token = c.req.param('token')
    const alert = await find(db, token, now)
    if (!alert) return say(c, 404, 'over')
    const w = writerIn(languageOf(alert.locale) ?? languageAsked(c))
    c.header('content-language', w.language)
    return c.html(alertPage(w, { ...deps, alert, csrf: formToken(keys, token), now }))
  })

  app.post('/:token', async c => {
    const now = clock.now()
    const token = c.req.param('token')
    const form = await formOf(c)
    if (!(await find(db, token, now))) return say(c, 404, 'over')
    const answer = form?.answer
    if (!isOurForm(keys, token, form?.csrf) || isForeign(c) || (answer !== 'yes' && answer !== 'no'))
      return say(c, 403, 'forged')
    const moved = await db.transaction(async tx => {
      // As a text does: whoever answers has the subscriber first.
      await tx.rows(sql`
        select from subscriber where id = (select subscriber_id from alert where id = ${alertOfPage(keys, token)}) for no key update`)
      const alert = await find(tx, token, now)
      // A yes that comes after a no, or too late, changes nothing: the page that follows says how it stands.
      if (!alert || (answer === 'yes' && alert.stands !== 'open')) return []
      return settle(tx, [alert], answer === 'yes' ? 'confirmed' : 'denied', 'page', now)
    })
    if (moved.length > 0) events.emit('alert.moved', moved)
    return c.body(null, 303, { location: '?' })
  })

  app.all('*', c => {
    const isLook = c.req.method === 'GET' || c.req.method === 'HEAD'
    if (!isLook) c.header('allow', 'GET, HEAD, POST')
    return isLook ? say(c, 404, 'over') : say(c, 405, 'forged')
  })
  return app
}

interface AlertView {
  keys: KeyRing
  alert: AlertRow & { stands: Stands }
  csrf: string
  accountUrl: string
  now: Date
}

function alertPage(w: Writer, { keys, alert, csrf, accountUrl, now }: AlertView) {
  const words = alertWords[w.language]
  const { device, place } = detailsOf(keys, alert)
  const { stands } = alert
  const fields: Fields = { csrf }
  const [title, about] = {
    open: [words.title, words.about],
    confirmed: [words.confirmedTitle, words.confirmedAbout],
    denied: [words.deniedTitle, words.deniedAbout],
    expired: [words.expiredTitle, words.expiredAbout],
  }[stands] as [string, string]
  const facts = [
    [words.when, timeFor({ ...alert, locale: w.language }, alert.at, now)],
    [words.device, device],
    [words.place, place],
  ]
  return page(
    w,
    title,
    <>
      <h1>{title}</h1>
      <section class="card">
        <h2>{words[alert.event]}</h2>
        <dl>
          {facts.map(([name, value]) =>
            value ? (
              <>
                <dt>{name}</dt>
                <dd>
                  <bdi>{value}</bdi>
                </dd>
              </>
            ) : null,
          )}
        </dl>
      </section>
      <p role={stands === 'open' ? undefined : 'status'}>{about}</p>
      {stands === 'denied' ? (
        <a class="button go" href={accountUrl}>
          {words.goAccount}
        </a>
      ) : (
        <>
          {stands === 'open' && (
            <Form fields={{ ...fields, answer: 'yes' }}>
              <button type="submit">{words.yes}</button>
            </Form>
          )}
          {stands === 'confirmed' && <p>{words.stillNo}</p>}
          <Form fields={{ ...fields, answer: 'no' }}>
            <button type="submit" class="no">
              {words.no}
            </button>
          </Form>
        </>
      )}
    </>,
  )
}
