// The account's own page of its safety: where it is open, who came in, the number that codes go to, and recovery codes for the day
// when only the phone is left.
import { type UsherClient, UsherProblem } from '@usher/contract/client'
import { type Context, Hono } from 'hono'
import { sessionOf } from './entrance.tsx'
import { Demo } from './entrance-pages.tsx'
import { Frame, type View } from './frame.tsx'
import type { People } from './people.ts'
import { type Entry, placed, type Session, type Sessions } from './sessions.ts'
import type { Verdict } from './sign-ins.ts'

export interface SafetyDeps {
  usher: Pick<UsherClient, 'makeRecoveryCodes' | 'countRecoveryCodes' | 'changeNumber' | 'checkNumber'>
  people: People
  sessions: Sessions
  view: (c: Context) => View
  now: () => Date
}

const here = '/account/security'
/** One of the demo's ranges that nobody has at first. */
const sampleNumber = '+12125550177'

export function safety({ usher, people, sessions, view, now }: SafetyDeps): Hono {
  const app = new Hono()
  /** The sample sign-in's own: the chooser of the demo opens no page here. */
  const inside = (c: Context) => {
    const session = sessionOf(c, sessions)
    return session?.ended === undefined ? session : undefined
  }
  const page = async (c: Context, session: Session, sentence?: string) => {
    const left = await usher.countRecoveryCodes(session.person.id).then(
      counted => counted.left,
      () => undefined, // Usher is away, or does not know them yet: the page is whole without it
    )
    const { person } = session
    const others = sessions.of(person).filter(one => one !== session)
    return <SafetyPage view={view(c)} {...{ session, others, left, sentence }} history={sessions.history(person)} />
  }

  app.get(here, async c => {
    const session = inside(c)
    return c.html(session ? await page(c, session) : <OutsidePage view={view(c)} />)
  })
  app.post(`${here}/end`, async c => {
    const session = inside(c)
    const { session: which } = await c.req.parseBody()
    for (const one of session ? sessions.of(session.person) : [])
      if (one !== session && (which === 'all' || one.id === which))
        sessions.end(one, 'You ended this session from another one.')
    return c.redirect(here, 303)
  })
  app.post(`${here}/codes`, async c => {
    const session = inside(c)
    if (!session) return c.redirect(here, 303)
    const { password } = await c.req.parseBody()
    // An open session is not enough: whoever sits at a screen that was left could write the codes down.
    if (!(await people.hasPassword(session.person, String(password))))
      return c.html(await page(c, session, 'The password is not right.'), 422)
    try {
      const { codes } = await usher.makeRecoveryCodes(session.person.id, { stepUp: 'password' })
      session.fresh = codes
    } catch (error) {
      if (!(error instanceof UsherProblem || error instanceof TypeError)) throw error
      return c.html(await page(c, session, 'No codes could be made just now. Try again in a minute.'), 503)
    }
    return c.redirect(`${here}/codes`, 303)
  })
  app.get(`${here}/codes`, c => {
    const session = inside(c)
    if (!session?.fresh) return c.redirect(here)
    const { fresh } = session
    session.fresh = undefined
    return c.html(<FreshPage view={view(c)} fresh={fresh} />)
  })

  app.get(`${here}/number`, c => {
    const session = inside(c)
    return session ? c.html(<NumberPage view={view(c)} session={session} />) : c.redirect(here)
  })
  app.post(`${here}/number`, async c => {
    const session = inside(c)
    if (!session) return c.redirect(here, 303)
    const { number, password } = await c.req.parseBody()
    const again = (sentence: string) => c.html(<NumberPage view={view(c)} {...{ session, sentence }} />, 422)
    // Whoever has the number gets the codes.
    if (!(await people.hasPassword(session.person, String(password)))) return again('The password is not right.')
    const wanted = String(number)
      .replace(/[\s().-]/g, '')
      .slice(0, 20)
    try {
      const { id, notice } = await usher.changeNumber(session.person.id, { number: wanted, stepUp: 'password' })
      session.change = { id, notice, number: wanted }
    } catch (error) {
      return again(sentenceOf(error))
    }
    return c.redirect(`${here}/number`, 303)
  })
  app.post(`${here}/number/code`, async c => {
    const session = inside(c)
    const change = session?.change
    if (!change) return c.redirect(here, 303)
    const { code } = await c.req.parseBody()
    try {
      await usher.checkNumber(change.id, { code: String(code).replace(/\D/g, '') })
    } catch (error) {
      if (error instanceof UsherProblem && error.code === 'number_change_over') session.change = undefined
      return c.html(<NumberPage view={view(c)} {...{ session, sentence: sentenceOf(error) }} />, 422)
    }
    session.change = undefined
    session.person.number = change.number
    sessions.note(session.person, { at: now(), seen: session.seen, how: 'the number was changed' })
    return c.redirect(here, 303)
  })
  app.post(`${here}/number/none`, c => {
    const session = inside(c)
    if (session) session.change = undefined
    return c.redirect(`${here}/number`, 303)
  })
  return app
}

function sentenceOf(error: unknown): string {
  switch (error instanceof UsherProblem ? error.code : 'away') {
    case 'invalid_number':
    case 'invalid_request':
      return 'That can’t be read. A number begins with a plus sign and the country; a code has six digits.'
    case 'number_refused':
      return 'No code can be sent to this number.'
    case 'wrong_number_code':
      return 'That code is not right.'
    case 'number_change_over':
      return 'That code counts no more. Begin anew.'
    case 'too_many_codes':
    case 'too_many_wrong_codes':
      return 'Enough codes were sent for now. Try again in some minutes.'
    default:
      return 'We can’t do this just now. Try again in a minute.'
  }
}

const OutsidePage = ({ view }: { view: View }) => (
  <Frame view={view} title="Safety">
    <h1>Safety</h1>
    <p class="lead">Sign in with your password and a code to see this page.</p>
    <div class="buttons">
      <a class="button" href="/enter">
        Sign in
      </a>
    </div>
    {view.viewer && (
      <p class="soft">To be chosen from the demo’s list is no sign-in: it opens the films, and not this.</p>
    )}
  </Frame>
)

const clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
const Time = ({ at }: { at: Date }) => <time datetime={at.toISOString()}>{clock.format(at)}</time>
const capital = (words: string) => words[0]!.toUpperCase() + words.slice(1)

const SafetyPage = ({
  view,
  session,
  others,
  history,
  left,
  sentence,
}: {
  view: View
  session: Session
  others: readonly Session[]
  history: readonly Entry[]
  left: number | undefined
  sentence: string | undefined
}) => (
  <Frame view={view} title="Safety">
    <h1>Safety</h1>
    <p class="lead">
      {session.person.subscriber.name}, {session.person.mail}
    </p>
    {sentence !== undefined && (
      <p class="note bad" role="alert" id="wrong">
        {sentence}
      </p>
    )}
    <h2>Where your account is open</h2>
    <ul class="rows">
      <li>
        <span>
          <b>{capital(placed(session.seen))}</b> This one, since <Time at={session.at} />
        </span>
      </li>
      {others.map(one => (
        <li>
          <span id={`session-${one.id}`}>
            <b>{capital(placed(one.seen))}</b> Since <Time at={one.at} />
          </span>
          <form method="post" action={`${here}/end`}>
            <input type="hidden" name="session" value={one.id} />
            <button type="submit" class="quiet" aria-describedby={`session-${one.id}`}>
              End it
            </button>
          </form>
        </li>
      ))}
    </ul>
    {others.length > 1 && (
      <form method="post" action={`${here}/end`} class="buttons">
        <input type="hidden" name="session" value="all" />
        <button type="submit" class="quiet">
          End all others
        </button>
      </form>
    )}
    <h2>Who came in</h2>
    <ol class="rows history">
      {history.map(({ at, seen, how, verdict }) => (
        <li>
          <div>
            <b>{capital(placed(seen))}</b> {how}
            {verdict && <Said {...verdict} />}
          </div>
          <span class="soft">
            <Time at={at} />
          </span>
        </li>
      ))}
    </ol>
    <h2>Where codes go</h2>
    <p>
      To the number that ends in {session.person.number.slice(-2)}. <a href={`${here}/number`}>Change it</a>
    </p>
    <h2>Recovery codes</h2>
    <p>
      For the day when your e-mail is lost and only your phone is left: with a code from it and one of these you get
      your account back. {left !== undefined && (left === 0 ? 'You have none.' : `You have ${left} left.`)}
    </p>
    <form method="post" action={`${here}/codes`} class="card">
      <input type="email" name="username" value={session.person.mail} autocomplete="username" readonly hidden />
      <label for="password">Your password</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        maxlength={200}
        required
        {...(sentence !== undefined && { 'aria-describedby': 'wrong' })}
      />
      <div class="buttons">
        <button type="submit">Make recovery codes</button>
      </div>
      {left !== undefined && left > 0 && <p class="soft">The ones you have count no more then.</p>}
    </form>
    <Demo>
      <p>
        <a href={`${view.phones}/${session.person.number.slice(1)}`} target="_blank" rel="noopener">
          {session.person.subscriber.name}’s phone, in a new tab
        </a>
      </p>
      <p>
        Were you asked there whether a sign-in was you? Answer, and <a href={here}>look here again</a>.
      </p>
    </Demo>
  </Frame>
)

/** Between the demo and its reader: a service keeps it to itself. */
const Said = ({ answer, reasons }: Verdict) => (
  <details>
    <summary>What Usher said: {answer}</summary>
    <ul>
      {reasons.map(reason => (
        <li>{reason}</li>
      ))}
    </ul>
  </details>
)

const NumberPage = ({ view, session, sentence }: { view: View; session: Session; sentence?: string }) => {
  const { change, person } = session
  const wrong = sentence !== undefined && { 'aria-describedby': 'wrong' }
  return (
    <Frame view={view} title="Your number">
      <h1>Your number</h1>
      {sentence !== undefined && (
        <p class="note bad" role="alert" id="wrong">
          {sentence}
        </p>
      )}
      {change ? (
        <>
          <p class="lead">We sent a code to {change.number}. With it the number is yours, and codes go there.</p>
          <section class="note" aria-labelledby="worth">
            <p>
              <b id="worth">Before you go on.</b> {change.notice}
            </p>
          </section>
          <form method="post" action={`${here}/number/code`} class="card">
            <label for="code">Code from the text</label>
            <input
              id="code"
              class="code"
              name="code"
              type="text"
              inputmode="numeric"
              autocomplete="one-time-code"
              maxlength={64}
              required
              {...wrong}
            />
            <div class="buttons">
              <button type="submit">Change my number</button>
            </div>
          </form>
          <form method="post" action={`${here}/number/none`} class="buttons">
            <button type="submit" class="quiet">
              Another number
            </button>
          </form>
          <Demo>
            <p>
              <a href={`${view.phones}/${change.number.slice(1)}`} target="_blank" rel="noopener">
                The phone of that number, in a new tab
              </a>
            </p>
          </Demo>
        </>
      ) : (
        <form method="post" action={`${here}/number`} class="card">
          <input type="email" name="username" value={person.mail} autocomplete="username" readonly hidden />
          <label for="number">New number</label>
          <input id="number" name="number" type="tel" autocomplete="tel" maxlength={30} required {...wrong} />
          <label for="password">Your password</label>
          <input
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            maxlength={200}
            required
            {...wrong}
          />
          <div class="buttons">
            <button type="submit">Send a code there</button>
          </div>
          <Demo>
            <p>
              Only numbers of the demo have a phone, such as <code>{sampleNumber}</code>.
            </p>
          </Demo>
        </form>
      )}
    </Frame>
  )
}

const FreshPage = ({ view, fresh }: { view: View; fresh: readonly string[] }) => (
  <Frame view={view} title="Your recovery codes">
    <h1>Your recovery codes</h1>
    <p class="lead">Write them down now, on paper: they are shown this once.</p>
    <ol class="codes">
      {fresh.map(code => (
        <li>
          <code>{code}</code>
        </li>
      ))}
    </ol>
    <p>Each counts once, together with a code from your phone. We never ask for one by phone, by chat or by mail.</p>
    <div class="buttons">
      <a class="button" href={here}>
        I have written them down
      </a>
    </div>
  </Frame>
)
