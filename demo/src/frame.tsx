// What all of Orpheum's pages share: the frame, buttons that tell Usher something, and what Usher said to it.
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import { type Arrival, aboutOf } from './arrivals.ts'
import type { Posted, Viewer } from './happenings.ts'
import { subscribers } from './subscribers.ts'

/** Who looks, where, and what was just done. */
export interface View {
  viewer: Viewer | undefined
  /** Why the session they had is over. */
  ended?: string | undefined
  /** The page's own path: where a button leads back to. */
  path: string
  arrival: Arrival | undefined
  posted: Posted | undefined
  /** Where the simulated phones are. */
  phones: string
}

interface FrameProps {
  view: View
  title: string
  /** Seconds after which the page looks again. */
  refresh?: number | undefined
  children?: Child
}

export function Frame({ view, title, refresh, children }: FrameProps) {
  const { viewer, path } = view
  const link = (to: string, words: string) => (
    <a href={to} {...(path === to && { 'aria-current': 'page' })}>
      {words}
    </a>
  )
  return html`<!doctype html>${(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        {refresh !== undefined && <meta http-equiv="refresh" content={String(refresh)} />}
        <title>{title === 'Orpheum' ? title : `${title} · Orpheum`}</title>
        <link rel="stylesheet" href="/orpheum.css" />
      </head>
      <body>
        <a class="skip" href="#page">
          To the page
        </a>
        <header>
          <a class="mark" href="/">
            Orpheum
          </a>
          <nav aria-label="Orpheum">
            {link('/', 'Films')}
            {link('/account', 'Account')}
            {link('/help', 'Help')}
          </nav>
          <div class="who">
            {viewer ? (
              <>
                <span>{viewer.name}</span>
                <form method="post" action="/sign-out">
                  <input type="hidden" name="back" value={path} />
                  <button type="submit" class="plain">
                    Sign out
                  </button>
                </form>
              </>
            ) : (
              <a href="/enter">Sign in</a>
            )}
          </div>
        </header>
        <main id="page">
          {view.ended !== undefined && (
            <p class="note bad" role="status">
              {view.ended} <a href="/enter">Sign in</a>
            </p>
          )}
          {view.arrival && <Came arrival={view.arrival} viewer={viewer} />}
          {view.posted && <Said {...view.posted} />}
          {children}
        </main>
        <footer>
          <p>
            Orpheum is invented: a small program that talks with Usher as a streaming service would. The films are real
            and in the public domain in the United States; none is played here.
          </p>
          <p>
            <a href="/desk">Orpheum’s back office</a>: what it told Usher, and what Usher told it.
          </p>
        </footer>
      </body>
    </html>
  )}`
}

/** One line on how they came here. */
function Came({ arrival, viewer }: { arrival: Arrival; viewer: Viewer | undefined }) {
  switch (arrival.kind) {
    case 'verified': {
      const { sub } = arrival.context
      const rest = viewer?.id === sub ? 'That is not what signed you in.' : 'That does not sign you in.'
      return (
        <p class="note good" role="status">
          You came from a text about {aboutOf(arrival.context)} to {sub}. {rest}
        </p>
      )
    }
    case 'stale':
      return (
        <p class="note" role="status">
          You came by a link whose proof is too old: it is good for ten minutes. Orpheum does not know which text it
          was.
        </p>
      )
    case 'forged':
      return (
        <p class="note bad" role="alert">
          This address says that you came from a text, but Usher did not sign it. Orpheum takes no notice of what it
          says.
        </p>
      )
    case 'unchecked':
      return (
        <p class="note" role="status">
          You came from a text, but Orpheum could not ask Usher for its keys, so it does not know which.
        </p>
      )
  }
}

/** What Usher said to the event that was just posted. */
function Said({ event, answer }: Posted) {
  const isBad = answer.kind !== 'stored'
  return (
    <section class={isBad ? 'note bad' : 'note good'} role="status" aria-label="What Usher said">
      <p>
        Told Usher <code>{event.type}</code>: <AnswerWords answer={answer} />
      </p>
      {answer.kind === 'bad' && (
        <ul>
          {answer.errors.map(({ at, detail }) => (
            <li>
              <code>{at}</code> {detail}
            </li>
          ))}
        </ul>
      )}
      <details>
        <summary>The event</summary>
        <pre>{JSON.stringify(event, null, 2)}</pre>
      </details>
    </section>
  )
}

export function AnswerWords({ answer }: { answer: Posted['answer'] }) {
  switch (answer.kind) {
    case 'stored':
      return <b>{answer.verdict}</b>
    case 'bad':
      return (
        <>
          <b>bad</b>. It waits on the list of bad events in the console, to be mended and replayed.
        </>
      )
    case 'unheard':
      return (
        <>
          <b>no answer</b>. {answer.problem}
        </>
      )
  }
}

interface DeedProps {
  /** Which of the site's deeds. */
  name: string
  view: View
  fields?: Record<string, string | number>
  quiet?: boolean
  children?: Child
}

/** A button that does something at Orpheum, of which Usher is told. */
export const Deed = ({ name, view, fields = {}, quiet = false, children }: DeedProps) => (
  <form method="post" action={`/do/${name}`}>
    <input type="hidden" name="back" value={view.path} />
    {Object.entries(fields).map(([field, value]) => (
      <input type="hidden" name={field} value={String(value)} />
    ))}
    <button type="submit" {...(quiet && { class: 'quiet' })}>
      {children}
    </button>
  </form>
)

/** The quick way in, which is the demo's own: who looks says who they are. Who came from a text is offered first. */
export function SignIn({ view }: { view: View }) {
  const first = view.arrival?.kind === 'verified' ? view.arrival.context.sub : undefined
  return (
    <form method="post" action="/sign-in" class="sign-in">
      <h2>Who is watching?</h2>
      <p>
        This is a demo: here everybody may be anybody. As it is done in earnest, with a password and a code, one{' '}
        <a href="/enter">signs in over there</a>.
      </p>
      <input type="hidden" name="back" value={view.path} />
      <label for="viewer">Subscriber</label>
      <select id="viewer" name="viewer">
        {subscribers.map(({ id, name }) => (
          <option value={id} selected={id === first}>
            {name} ({id})
          </option>
        ))}
      </select>
      <div class="buttons">
        <button type="submit">Sign in</button>
        <button type="submit" class="quiet" formaction="/do/not-sign-in">
          Sign in with a wrong password
        </button>
      </div>
    </form>
  )
}
