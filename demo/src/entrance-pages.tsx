// What somebody sees who wants to come in. Words of an ordinary person, one thing to do on each page, and what is the demo's own
// marked as such.
import type { Child } from 'hono/jsx'
import { Frame, type View } from './frame.tsx'
import type { Mail } from './mail.ts'
import { everybodysPassword, type Person, shortestPassword } from './people.ts'
import { pretences } from './pretences.ts'
import { placed, type Try } from './sessions.ts'

/** Stands where what becomes of the text is written, line by line. */
export const wayHere = '%way%'

/** What no real service would show. */
export const Demo = ({ children }: { children?: Child }) => (
  <aside class="demo" aria-label="Of the demo">
    <p class="soft">Only because this is a demo</p>
    {children}
  </aside>
)

/** What was wrong; the field that it is about refers to it. */
const Wrong = ({ sentence }: { sentence: string | undefined }) =>
  sentence === undefined ? null : (
    <p class="note bad" role="alert" id="wrong">
      {sentence}
    </p>
  )
const about = (sentence: string | undefined) => sentence !== undefined && { 'aria-describedby': 'wrong' }

const Who = ({ who, sentence }: { who: string | undefined; sentence: string | undefined }) => (
  <>
    <label for="who">E-mail address or subscriber id</label>
    <input
      id="who"
      name="who"
      type="text"
      value={who ?? ''}
      autocomplete="username"
      autocapitalize="none"
      maxlength={200}
      required
      {...about(sentence)}
    />
  </>
)

export const EnterPage = ({
  view,
  who,
  from,
  sentence,
  isAfterReset = false,
}: {
  view: View
  who?: string
  from?: string
  sentence?: string
  isAfterReset?: boolean
}) => (
  <Frame view={view} title="Sign in">
    <h1>Sign in</h1>
    {isAfterReset && (
      <p class="note good" role="status">
        The new password is in place. Sign in with it.
      </p>
    )}
    <Wrong sentence={sentence} />
    <form method="post" action="/enter" class="card">
      <Who {...{ who, sentence }} />
      <label for="password">Password</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        maxlength={200}
        required
        {...about(sentence)}
      />
      <p class="soft">Next we send a code to your phone.</p>
      <div class="buttons">
        <button type="submit">Go on</button>
      </div>
      <Demo>
        <p>
          Everybody’s password is <code>{everybodysPassword}</code> until they choose another. Maya Okafor is{' '}
          <code>maya.okafor@mail.example</code> or <code>orph-0001</code>; the others’ ids go up to{' '}
          <code>orph-0040</code>.
        </p>
        <label for="from">Pretend to sign in from</label>
        <select id="from" name="from">
          <option value="">This browser, as it is</option>
          {pretences.map(one => (
            <option value={one.id} selected={one.id === from}>
              {placed(one)} ({one.ip})
            </option>
          ))}
        </select>
      </Demo>
    </form>
    <ul class="rows links ways">
      <li>
        <a href="/forgot">
          <b>I forgot my password</b>
        </a>
      </li>
      <li>
        <a href="/lost">
          <b>I lost my e-mail, too</b>
        </a>
      </li>
    </ul>
  </Frame>
)

/** The password was right, and lets nobody in. */
export const AfterPage = ({ view }: { view: View }) => (
  <Frame view={view} title="A new password first">
    <h1>A new password first</h1>
    <p class="lead">You told us that a sign-in was not you. Whoever it was knows the password of this account.</p>
    <p>Choose another one; a code to your phone shows that it is you who does.</p>
    <div class="buttons">
      <a class="button" href="/forgot">
        Choose a new password
      </a>
    </div>
  </Frame>
)

/** It looks like nobody they are. What it was that looked so is not said. */
export const DeniedPage = ({ view }: { view: View }) => (
  <Frame view={view} title="Not from here">
    <h1>Not from here</h1>
    <p class="lead">You can’t sign in this way just now. Take a device that you signed in on before.</p>
    <p>
      If that can’t be done, <a href="/help">Help</a> finds out with you that it is you.
    </p>
    <Demo>
      <p>Why Usher said no stands under Safety, once you are in from elsewhere, and in the console.</p>
    </Demo>
  </Frame>
)

const intros: Record<Try['kind'], string> = {
  sign_in: 'We sent a code to your phone. Type it here to sign in.',
  reset: 'If there is such an account, a code is on its way to its phone. Type it here to choose a new password.',
  recovery:
    'If there is such an account, a code is on its way to its phone. Type it here, together with one of your recovery codes.',
}

export function CodePage({ view, path, begun, said }: { view: View; path: string; begun: Try; said: Try['said'] }) {
  const { kind, tag, person } = begun
  const isRecovery = kind === 'recovery'
  const wrong = said?.isBad ? said.sentence : undefined
  return (
    <Frame view={view} title="Your code">
      <h1>Your code</h1>
      <p class="lead">{intros[kind]}</p>
      {said && !said.isBad && (
        <p class="note good" role="status">
          {said.sentence}
        </p>
      )}
      <Wrong sentence={wrong} />
      <form method="post" action={`${path}/code`} class="card">
        <label for="code">
          Code from the text
          {tag !== null && <span class="soft"> that says “Request {tag}”</span>}
        </label>
        <input
          id="code"
          class="code"
          name="code"
          type="text"
          inputmode="numeric"
          autocomplete="one-time-code"
          maxlength={64}
          required
          autofocus
          {...about(wrong)}
        />
        {isRecovery && (
          <>
            <label for="recovery">Recovery code that you wrote down</label>
            <input
              id="recovery"
              class="code"
              name="recovery"
              type="text"
              autocomplete="off"
              autocapitalize="characters"
              maxlength={64}
              required
              {...about(wrong)}
            />
          </>
        )}
        <p class="soft">The code counts for ten minutes. We never ask for it by phone, by chat or by mail.</p>
        <div class="buttons">
          <button type="submit">{kind === 'sign_in' ? 'Sign in' : 'Go on'}</button>
        </div>
      </form>
      <form method="post" action={`${path}/again`} class="buttons">
        <button type="submit" class="quiet">
          Send another
        </button>
      </form>
      <Demo>
        <p>
          <a
            href={kind === 'sign_in' && person ? `${view.phones}/${person.number.slice(1)}` : view.phones}
            target="_blank"
            rel="noopener"
          >
            {kind === 'sign_in' && person ? `${person.subscriber.name}’s phone` : 'The phones'}, in a new tab
          </a>
        </p>
      </Demo>
      {kind === 'sign_in' && (
        <section aria-labelledby="way">
          <h2 id="way">The text</h2>
          <div class="way" role="log" aria-labelledby="way">
            {wayHere}
          </div>
        </section>
      )}
    </Frame>
  )
}

const whys = {
  reset: {
    title: 'A new password',
    lead: 'Say who you are. We send a code to the phone of that account, or a link to its e-mail; with either you choose a new password.',
  },
  recovery: {
    title: 'Without your e-mail',
    lead: 'You need your phone, and one of the recovery codes that you wrote down. With both you choose a new password and a new e-mail address.',
  },
}

export const WhoPage = ({
  view,
  kind,
  who,
  sentence,
}: {
  view: View
  kind: keyof typeof whys
  who?: string
  sentence?: string
}) => (
  <Frame view={view} title={whys[kind].title}>
    <h1>{whys[kind].title}</h1>
    <p class="lead">{whys[kind].lead}</p>
    <Wrong sentence={sentence} />
    <form method="post" action={kind === 'reset' ? '/forgot' : '/lost'} class="card">
      <Who {...{ who, sentence }} />
      <p class="soft">Nothing changes until {kind === 'reset' ? 'you use it' : 'the code was right'}.</p>
      <div class="buttons">
        <button type="submit">Send a code</button>
        {kind === 'reset' && (
          <button type="submit" name="by" value="mail" class="quiet">
            Send a link by e-mail
          </button>
        )}
      </div>
    </form>
    <p>
      {kind === 'reset' ? (
        <a href="/lost">I lost my e-mail, too</a>
      ) : (
        <>
          No recovery code? <a href="/help">Help</a> can make sure that it is you.
        </>
      )}
    </p>
  </Frame>
)

export const MailedPage = ({ view }: { view: View }) => (
  <Frame view={view} title="Look at your e-mail">
    <h1>Look at your e-mail</h1>
    <p class="lead">If there is such an account, a link is on its way to its address.</p>
    <p>It counts once, for half an hour. No e-mail? Look among the unwanted ones, or ask for another.</p>
    <Demo>
      <p>
        <a href="/mail">The e-mails that Orpheum would have sent</a>
      </p>
    </Demo>
  </Frame>
)

export const MailPage = ({
  view,
  sent,
  reach,
}: {
  view: View
  sent: readonly Mail[]
  reach: (link: string) => string
}) => (
  <Frame view={view} title="E-mails">
    <h1>E-mails</h1>
    <p class="lead">Orpheum sends none. These it would have sent, the newest first.</p>
    {sent.length === 0 && <p>There is none yet.</p>}
    {sent.map(({ at, to, subject, words, link }) => (
      <article class="card">
        <p class="soft">
          To {to}, <time datetime={at.toISOString()}>{at.toISOString().slice(11, 16)} UTC</time>
        </p>
        <h2>{subject}</h2>
        <p>{words}</p>
        {link !== undefined && (
          <p>
            <a href={reach(link)}>{link}</a>
          </p>
        )}
      </article>
    ))}
  </Frame>
)

export const NewPasswordPage = ({
  view,
  kind,
  person,
  endsSessions,
  mail,
  sentence,
}: {
  view: View
  kind: Try['kind']
  person: Person
  endsSessions: boolean
  mail?: string
  sentence?: string
}) => (
  <Frame view={view} title="Choose a new password">
    <h1>Choose a new password</h1>
    <p class="lead">For {person.subscriber.name}.</p>
    <Wrong sentence={sentence} />
    <form method="post" action="/new-password" class="card">
      {kind === 'recovery' ? (
        <>
          <label for="mail">New e-mail address</label>
          <input
            id="mail"
            name="mail"
            type="email"
            value={mail ?? ''}
            autocomplete="email"
            maxlength={200}
            required
            {...about(sentence)}
          />
        </>
      ) : (
        // So that a password manager knows whose it is.
        <input type="email" name="username" value={person.mail} autocomplete="username" readonly hidden />
      )}
      <label for="password">New password</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="new-password"
        minlength={shortestPassword}
        maxlength={128}
        required
        aria-describedby={sentence === undefined ? 'long' : 'wrong long'}
      />
      <p class="soft" id="long">
        At least {shortestPassword} letters, of any kind.
      </p>
      <label class="check">
        <input type="checkbox" name="end" value="all" checked={endsSessions} />
        <span>End all sessions of this account, on every device</span>
      </label>
      <div class="buttons">
        <button type="submit">Change it</button>
      </div>
    </form>
    <p class="soft">Then you sign in as ever, with a code.</p>
  </Frame>
)
