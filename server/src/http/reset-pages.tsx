// Where a mailed link to reset a password leads, below /r/ of the link domain. To look spends nothing, for mail scanners look at
// every link; the button of the page does, once, and hands a proof on to the service's own page.
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ResetLinks } from '../account/reset-link.ts'
import type { EventBus } from '../events.ts'
import { DatabaseAway } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { formBytes, formOf, formToken, isForeign, isOurForm, languageAsked, pageHeaders } from './page-form.ts'
import { Form, page, pagePolicy, sayingPage, type Writer, writer } from './preference-views.tsx'
import { type Language, languageOf } from './preference-words.ts'
import { resetWords } from './reset-words.ts'

export interface ResetPagesDeps {
  keys: KeyRing
  events: EventBus
  resets: ResetLinks
  service: string
  contact: string
  /** The service's page on which a new password is chosen. */
  resetUrl: string
}

export function resetPages({ keys, events, resets, service, contact, resetUrl }: ResetPagesDeps): Hono {
  const writerIn = (language: Language) => writer(language, service, contact)
  // Browsers hold where a form leads to, at last, against the page that it is on.
  const policy = pagePolicy.replace("form-action 'self'", `form-action 'self' ${new URL(resetUrl).origin}`)

  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    c.header('content-security-policy', policy)
  })
  app.use(pageHeaders)
  const over = (c: Context, status: 404 | 410 = 410) => {
    const w = writerIn(languageAsked(c))
    const { overTitle, overAbout } = resetWords[w.language]
    return c.html(sayingPage(w, overTitle, overAbout), status)
  }
  const forged = (c: Context, status: 403 | 405 | 413) => {
    const w = writerIn(languageAsked(c))
    return c.html(sayingPage(w, w.words.forgedTitle, w.words.forgedAbout), status)
  }
  app.onError((error, c) => {
    if (!(error instanceof DatabaseAway))
      events.emit('work.failed', { what: 'the page of a reset', error: String(error) })
    const w = writerIn(languageAsked(c))
    c.header('retry-after', '5')
    c.header('content-security-policy', pagePolicy)
    return c.html(sayingPage(w, w.words.awayTitle, w.words.awayAbout), 503)
  })
  app.post('*', bodyLimit({ maxSize: formBytes, onError: c => forged(c, 413) }))

  app.get('/:token', async c => {
    const token = c.req.param('token')
    const link = await resets.look(token)
    if (!link) return over(c)
    const w = writerIn(languageOf(link.locale) ?? languageAsked(c))
    c.header('content-language', w.language)
    return c.html(resetPage(w, formToken(keys, token)))
  })

  app.post('/:token', async c => {
    const token = c.req.param('token')
    const form = await formOf(c)
    if (!isOurForm(keys, token, form?.csrf) || isForeign(c)) return forged(c, 403)
    const proof = await resets.spend(token, form?.end === 'all')
    if (proof === undefined) return over(c)
    const there = new URL(resetUrl)
    there.searchParams.set('reset', proof)
    return c.body(null, 303, { location: there.href })
  })

  app.all('*', c => {
    const isLook = c.req.method === 'GET' || c.req.method === 'HEAD'
    if (!isLook) c.header('allow', 'GET, HEAD, POST')
    return isLook ? over(c, 404) : forged(c, 405)
  })
  return app
}

function resetPage(w: Writer, csrf: string) {
  const words = resetWords[w.language]
  return page(
    w,
    words.title,
    <>
      <h1>{words.title}</h1>
      <p>{w.say(words.about)}</p>
      <Form fields={{ csrf }}>
        <label class="check">
          <input type="checkbox" name="end" value="all" checked />
          <span>{words.end}</span>
        </label>
        <button type="submit" class="go">
          {words.go}
        </button>
      </Form>
      <p>{words.notYou}</p>
    </>,
  )
}
