// The ways in: with a password and a code; with a new password after a code or by a link that was mailed; and, where the e-mail is
// lost, with a code and a recovery code. Every page works without script, and says the same whether or not there is such an account.
import { randomUUID } from 'node:crypto'
import { getConnInfo } from '@hono/node-server/conninfo'
import { type Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { stream } from 'hono/streaming'
import type { Alarm } from './alarm.ts'
import type { Codes } from './codes.ts'
import {
  AfterPage,
  CodePage,
  DeniedPage,
  EnterPage,
  MailedPage,
  NewPasswordPage,
  WhoPage,
  wayHere,
} from './entrance-pages.tsx'
import type { View } from './frame.tsx'
import type { Mails } from './mail.ts'
import { isLongEnough, nobody, type People, type Person } from './people.ts'
import { pretences, whatOf } from './pretences.ts'
import { type CodeTry, type Seen, type Sessions, secret, type Try } from './sessions.ts'
import type { SignIns, Verdict } from './sign-ins.ts'

export interface EntranceDeps {
  people: People
  sessions: Sessions
  codes: Codes
  mails: Pick<Mails, 'send'>
  alarm: Pick<Alarm, 'ask'>
  view: (c: Context) => View
  signIns: SignIns
  now: () => Date
}

// On a host of its own, by HTTPS alone, these would be `secure`, and named __Host-.
const cookie = { path: '/', httpOnly: true, sameSite: 'Lax' } as const
const sessionCookie = 'orpheum_session'
const deviceCookie = 'orpheum_device'
const tryCookie = 'orpheum_try'
/** As long as a browser keeps one (RFC 6265bis, 5.5). */
const deviceSeconds = 400 * 86_400
/** A text that is not there by then is not worth an open page. */
const followMs = 45_000

/** The session of this browser, also one that was ended. */
export const sessionOf = (c: Context, sessions: Sessions) => sessions.find(getCookie(c, sessionCookie) ?? '')
export const leave = (c: Context, sessions: Sessions) => {
  const session = sessionOf(c, sessions)
  if (session?.ended === undefined && session) sessions.end(session, 'You signed out.')
  deleteCookie(c, sessionCookie, cookie)
}

const paths: Record<Try['kind'], string> = { sign_in: '/enter', reset: '/forgot', recovery: '/lost' }

export function entrance({ people, sessions, codes, mails, alarm, signIns, view, now }: EntranceDeps): Hono {
  const app = new Hono()

  /** What this browser begins a try with. */
  const seenOf = (c: Context, from?: string): Seen => {
    const pretence = pretences.find(({ id }) => id === from)
    if (pretence) return pretence
    const known = getCookie(c, deviceCookie)
    const device = known && /^[\w-]{20,100}$/.test(known) ? known : secret()
    setCookie(c, deviceCookie, device, { ...cookie, maxAge: deviceSeconds })
    const agent = c.req.header('user-agent') ?? ''
    const ip = (getConnInfo(c).remote.address ?? '127.0.0.1').replace(/^::ffff:/, '')
    return { ip, device, agent, what: whatOf(agent), place: undefined }
  }
  const tryOf = (c: Context, kind?: Try['kind']) => {
    const begun = sessions.findTry(getCookie(c, tryCookie) ?? '')
    return kind === undefined || begun?.kind === kind ? begun : undefined
  }
  /** One that waits for its code. */
  const codeOf = (c: Context, kind: Try['kind']): CodeTry | undefined => {
    const begun = tryOf(c, kind)
    return begun && begun.verification !== null ? (begun as CodeTry) : undefined
  }
  const say = (begun: Try, sentence: string, isBad = true) => {
    begun.said = { sentence, isBad }
  }
  const onceSaid = (begun: Try) => {
    const { said } = begun
    begun.said = undefined
    return said
  }

  /** Sends the code and leads to where it is typed; or answers why it can't. */
  async function begin(
    c: Context,
    {
      kind,
      typed,
      person,
      seen,
      verdict,
    }: Pick<Try, 'kind' | 'person' | 'seen'> & { typed: string; verdict?: Verdict },
  ) {
    const id = randomUUID()
    const started = await codes.start({ subscriber: person?.id ?? nobody(typed), id, kind, seen })
    if (started.sentence !== undefined) return started.sentence
    const { id: verification, tag } = started.value
    setCookie(c, tryCookie, sessions.try({ id, kind, person, seen, verdict, verification, tag }), cookie)
    return c.redirect(`${paths[kind]}/code`, 303)
  }
  function enter(c: Context, person: Person, seen: Seen, verdict: Verdict) {
    const before = sessionOf(c, sessions)
    if (before?.seen.device === seen.device) sessions.end(before, 'You signed in anew.')
    const begun = sessions.begin(person, seen, verdict)
    setCookie(c, sessionCookie, begun.cookie, cookie)
    deleteCookie(c, 'orpheum_viewer', cookie)
    sessions.note(person, { at: now(), seen, how: 'signed in' })
    // It had the code, and may be somebody who holds the phone, or was told the code: its owner is asked.
    if (verdict.answer === 'challenge') void alarm.ask(begun.session)
    return c.redirect('/account/security', 303)
  }

  // ---- Who, and their password ------------------------------------------------------------------------------------------

  app.get('/enter', c => {
    seenOf(c) // the device has its cookie before it is asked for
    return c.html(<EnterPage view={view(c)} isAfterReset={c.req.query('after') === 'password'} />)
  })
  app.post('/enter', async c => {
    const { who, password, from } = fieldsOf(await c.req.parseBody())
    const seen = seenOf(c, from)
    const again = (sentence: string) => c.html(<EnterPage view={view(c)} {...{ who, from, sentence }} />, 422)
    const person = people.find(who)
    // A service that is not a demo counts tries here, too, by account and by address.
    if (!(await people.hasPassword(person, password)) || !person) {
      if (person) sessions.note(person, { at: now(), seen, how: 'the password was wrong' })
      signIns.failed(person?.id ?? nobody(who), seen)
      return again('The name or the password is not right.')
    }
    if (person.mustReset) return c.html(<AfterPage view={view(c)} />)
    const verdict = await signIns.judge(person, seen)
    if (verdict.answer === 'deny') {
      sessions.note(person, { at: now(), seen, how: 'was not let in', verdict })
      return c.html(<DeniedPage view={view(c)} />, 403)
    }
    // Where nothing is strange, a code was asked for on this device once, and that is enough.
    if (verdict.answer === 'allow' && sessions.isProven(person, seen.device)) {
      sessions.note(person, { at: now(), seen, how: 'no code was asked for', verdict })
      return enter(c, person, seen, verdict)
    }
    const begun = await begin(c, { kind: 'sign_in', typed: who, person, seen, verdict })
    if (typeof begun === 'string') return again(begun)
    sessions.note(person, { at: now(), seen, how: 'a code was asked for', verdict })
    return begun
  })

  // ---- The code, for whatever it is ---------------------------------------------------------------------------------------

  for (const kind of Object.keys(paths) as Try['kind'][]) {
    const path = paths[kind]
    app.get(`${path}/code`, async c => {
      const begun = codeOf(c, kind)
      if (!begun) return c.redirect(path)
      if (begun.isApproved) return c.redirect('/new-password')
      const page = String(await (<CodePage view={view(c)} path={path} begun={begun} said={onceSaid(begun)} />))
      // Who gave the password may know what becomes of the text. Anybody else would learn whether there is such an account.
      if (kind !== 'sign_in') return c.html(page)
      c.header('content-type', 'text/html; charset=utf-8')
      return stream(c, async out => {
        const [before, after] = page.split(wayHere)
        await out.write(before!)
        const gone = new AbortController()
        out.onAbort(() => gone.abort())
        // The page can be used from here on; a line is added to it whenever something happens to the text.
        await follow(begun, AbortSignal.any([gone.signal, AbortSignal.timeout(followMs)]), line =>
          out.write(`<p>${line}</p>`),
        )
        await out.write(after!)
      })
    })
    app.post(`${path}/code`, async c => {
      const begun = codeOf(c, kind)
      if (!begun) return c.redirect(path, 303)
      const { code, recovery } = fieldsOf(await c.req.parseBody())
      // As it was typed: Usher reads spaces, dashes and the digits of other scripts.
      const checked = await codes.check(begun, { code, ...(kind === 'recovery' && { recoveryCode: recovery }) })
      if (tryOf(c, kind) !== begun) return c.redirect(path, 303) // it was ended meanwhile
      if (checked.sentence !== undefined) {
        say(begun, checked.sentence)
        return c.redirect(`${path}/code`, 303)
      }
      if (begun.verdict && begun.person) {
        dropTry(c)
        sessions.prove(begun.person, begun.seen.device)
        return enter(c, begun.person, begun.seen, begun.verdict)
      }
      begun.isApproved = true
      return c.redirect('/new-password', 303)
    })
    app.post(`${path}/again`, async c => {
      const begun = codeOf(c, kind)
      if (!begun) return c.redirect(path, 303)
      const again = await codes.again(begun)
      if (again.value) begun.tag = again.value.tag
      say(begun, again.sentence ?? 'We sent another one. The one before counts no more.', again.sentence !== undefined)
      return c.redirect(`${path}/code`, 303)
    })
  }
  async function follow(begun: CodeTry, signal: AbortSignal, write: (line: string) => Promise<unknown>): Promise<void> {
    try {
      for await (const line of codes.follow(begun, signal)) await write(line)
    } catch {
      // They went on, the time is over, or Usher is away: the page is whole without it.
    }
  }
  function dropTry(c: Context): void {
    sessions.dropTry(getCookie(c, tryCookie) ?? '')
    deleteCookie(c, tryCookie, cookie)
  }

  // ---- Without the password, and without the e-mail -----------------------------------------------------------------------

  for (const kind of ['reset', 'recovery'] as const) {
    const path = paths[kind]
    app.get(path, c => {
      seenOf(c)
      return c.html(<WhoPage view={view(c)} kind={kind} />)
    })
    app.post(path, async c => {
      const { who, by } = fieldsOf(await c.req.parseBody())
      if (kind === 'reset' && by === 'mail') return mailLink(c, who)
      const begun = await begin(c, { kind, typed: who, person: people.find(who), seen: seenOf(c) })
      return typeof begun === 'string'
        ? c.html(<WhoPage view={view(c)} {...{ kind, who, sentence: begun }} />, 422)
        : begun
    })
  }

  async function mailLink(c: Context, who: string) {
    const person = people.find(who)
    const made = await codes.link({ subscriber: person?.id ?? nobody(who), seen: seenOf(c) })
    if (made.sentence !== undefined)
      return c.html(<WhoPage view={view(c)} {...{ kind: 'reset', who, sentence: made.sentence }} />, 422)
    if (person)
      mails.send({
        ...{ to: person.mail, subject: 'A new password', link: made.value },
        words:
          'Somebody asked for a new password for your account. The link counts once, for half an hour. It was not you? Do nothing.',
      })
    return c.redirect('/forgot/mail', 303)
  }
  app.get('/forgot/mail', c => c.html(<MailedPage view={view(c)} />))
  // Where a mailed link leads in the end. What the address holds is redeemed at once, and is no part of the next address.
  app.get('/reset', async c => {
    const redeemed = await codes.redeem(c.req.query('reset') || 'none')
    const person = redeemed.value && people.get(redeemed.value.subscriber)
    if (!redeemed.value || !person)
      return c.html(<WhoPage view={view(c)} kind="reset" sentence={redeemed.sentence ?? 'Begin anew.'} />, 410)
    const begun = sessions.try({
      ...{
        id: randomUUID(),
        kind: 'reset',
        person,
        seen: seenOf(c),
        verdict: undefined,
        verification: null,
        tag: null,
      },
      ...{ isApproved: true, endsSessions: redeemed.value.endSessions },
    })
    setCookie(c, tryCookie, begun, cookie)
    return c.redirect('/new-password', 303)
  })

  /** The code was right in this browser, or they came by a link: a new password may be chosen, once. */
  const approved = (c: Context) => {
    const begun = tryOf(c)
    return begun?.isApproved && begun.person
      ? { kind: begun.kind, person: begun.person, endsSessions: begun.endsSessions }
      : undefined
  }
  app.get('/new-password', c => {
    const who = approved(c)
    return who ? c.html(<NewPasswordPage view={view(c)} {...who} />) : c.redirect('/forgot')
  })
  app.post('/new-password', async c => {
    const who = approved(c)
    if (!who) return c.redirect('/forgot', 303)
    const { person, kind } = who
    const { password, mail, end } = fieldsOf(await c.req.parseBody())
    const again = (sentence: string) => c.html(<NewPasswordPage view={view(c)} {...{ ...who, mail, sentence }} />, 422)
    if (!isLongEnough(password)) return again('The password is too short, or longer than 128 letters.')
    if (kind === 'recovery') {
      if (!/^[^\s@]+@[^\s@]+$/.test(mail.trim()) || mail.length > 200) return again('That is no e-mail address.')
      if (!people.setMail(person, mail)) return again('This e-mail address can’t be used.')
    }
    dropTry(c) // before the slow work: twice at once is once
    await people.setPassword(person, password)
    sessions.distrust(person)
    if (end === 'all')
      for (const one of sessions.of(person)) sessions.end(one, 'The password was changed, so this session was ended.')
    sessions.note(person, {
      at: now(),
      seen: seenOf(c),
      how: kind === 'reset' ? 'a new password was chosen' : 'the account was recovered',
    })
    // It signs nobody in: the code is asked for as ever.
    return c.redirect('/enter?after=password', 303)
  })
  return app
}

/** What a form brought: no more than a form of ours would, and text alone. */
function fieldsOf(form: Record<string, unknown>) {
  const field = (name: string) => (typeof form[name] === 'string' ? form[name].slice(0, 300) : '')
  return {
    who: field('who'),
    password: field('password'),
    from: field('from'),
    code: field('code'),
    recovery: field('recovery'),
    mail: field('mail'),
    end: field('end'),
    by: field('by'),
  }
}
