// How a subscriber's own page looks: one column of plain HTML that any phone shows, forms that work without script.
import { createHash } from 'node:crypto'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { GroupState, OwnPage, SentText } from '../message/own-page.ts'
import type { Finding } from '../message/policy.ts'
import { rulesOf } from '../message/purpose.ts'
import { type PreferenceGroup, preferenceGroups } from '../subscriber/consent.ts'
import { directionOf, filled, type Language, languageOf, languages, type Words } from './preference-words.ts'

/** What all these pages are written with. */
export interface Writer {
  language: Language
  words: Words
  service: string
  /** Fills in the service's name and contact too. */
  say(words: string, values?: Record<string, string | number>): string
}

export function writer(language: Language, service: string, contact: string): Writer {
  const constants = { service, contact }
  const say: Writer['say'] = (words, values) => filled(words, { ...constants, ...values })
  return { language, words: languages[language], service, say }
}

/** What a form sends besides what is entered. */
export type Fields = Record<string, string>

export interface Notice {
  text: string
  isBad?: boolean
  /** What takes it back, and what its button says yes to where that has to be said. */
  undo?: { fields: Fields; words?: string | undefined }
}

const css = `
:root { color-scheme: light dark; --ink: #1d1b26; --soft: #5d5a6b; --paper: #fbfafd; --card: #fff; --line: #d9d5e6; --go: #4a27c4; --on-go: #fff; --good: #0b6b3a; --bad: #a3231b }
@media (prefers-color-scheme: dark) { :root { --ink: #f1eff7; --soft: #b4b0c4; --paper: #17151f; --card: #211e2c; --line: #403b52; --go: #bba9ff; --on-go: #17151f; --good: #6fdca0; --bad: #ff9d94 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.5 system-ui, sans-serif }
main { max-width: 36rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: anywhere }
.service { color: var(--go); font-weight: 700; font-size: 1.125rem; margin: 0 0 1.5rem }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .75rem }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2.5rem 0 .75rem }
h3 { font-size: 1.0625rem; margin: 0; display: flex; justify-content: space-between; gap: 1rem }
p { margin: 0 0 .75rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .875rem; padding: 1rem; margin: 0 0 .75rem }
.card > :last-child { margin-bottom: 0 }
h3 + p { margin-top: .25rem }
.soft, q { color: var(--soft); font-size: .9375rem }
q { display: block; border-inline-start: 3px solid var(--line); padding-inline-start: .75rem; margin: 0 0 .75rem; quotes: none }
.state { font-weight: 600; color: var(--soft); font-size: .9375rem; text-align: end }
.is-on { color: var(--good) }
form { margin: 0 0 .5rem }
form > :last-child { margin-bottom: 0 }
button, .button { display: block; width: 100%; min-height: 3rem; padding: .6rem 1rem; border: 1px solid var(--go); border-radius: .75rem; background: none; color: var(--go); font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer }
.card h2 { margin-top: 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0 0 .75rem }
dt { color: var(--soft) }
dd { margin: 0; min-width: 0 }
.no { border-color: var(--bad); color: var(--bad) }
.go { background: var(--go); color: var(--on-go) }
label { display: block; font-weight: 600; margin: 0 0 .75rem }
input, select { display: block; width: 100%; min-height: 3rem; margin-top: .25rem; padding: .5rem .75rem; border: 1px solid var(--soft); border-radius: .75rem; background: var(--card); color: inherit; font: inherit }
.check { display: flex; gap: .75rem; align-items: center; min-height: 3rem; font-weight: 400 }
.check input { flex: none; width: 1.5rem; min-height: 1.5rem; margin: 0; accent-color: var(--go) }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: 0 .75rem }
.two label { min-width: 0 }
.notice { border: 2px solid var(--good); border-radius: .875rem; padding: 1rem; margin: 0 0 1.5rem; background: var(--card); scroll-margin-top: 1rem }
.notice:focus-visible { outline-offset: 1px }
.notice > :last-child { margin-bottom: 0 }
.is-bad { border-color: var(--bad) }
ul { list-style: none; margin: 0; padding: 0 }
details { border-bottom: 1px solid var(--line) }
summary { min-height: 3rem; padding: .6rem 0; cursor: pointer }
summary span { color: var(--soft); display: block; font-size: .9375rem; padding-inline-start: 1.1rem }
details li { color: var(--soft); font-size: .9375rem; padding-inline-start: 1.1rem; margin: 0 0 .4rem }
nav { margin-top: 2.5rem; display: flex; flex-wrap: wrap; gap: 0 1.25rem }
nav a, .back { display: inline-block; padding: .7rem 0; color: var(--go) }
nav [aria-current] { color: var(--ink); font-weight: 600; text-decoration: none }
:focus-visible { outline: 3px solid var(--go); outline-offset: 3px }
`
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`

/** A page in the service's name, without script. */
export function page({ language, service }: Writer, title: string, content: Child) {
  return html`<!doctype html>${(
    <html lang={language} dir={directionOf(language)}>
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
          {content}
        </main>
      </body>
    </html>
  )}`
}

interface FormProps {
  fields: Fields
  /** `?`: to this very page, without what its address asks. */
  to?: string
  children?: Child
}
export const Form = ({ fields, to = '?', children }: FormProps) => (
  <form method="post" action={to}>
    {Object.entries(fields).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    {children}
  </form>
)

const Told = ({ w, notice, common }: { w: Writer; notice: Notice | undefined; common: Fields }) =>
  notice ? (
    <div class={notice.isBad ? 'notice is-bad' : 'notice'} id="said" role="status" tabindex={-1}>
      <p>{notice.text}</p>
      {notice.undo && (
        <Form fields={{ ...common, ...notice.undo.fields }}>
          {notice.undo.words && (
            <p class="soft">
              {w.words.onNext} {notice.undo.words}
            </p>
          )}
          <button type="submit">{w.words.undo}</button>
        </Form>
      )}
    </div>
  ) : null

// ---- The page itself -------------------------------------------------------------------------------------------------

export interface OwnView {
  own: OwnPage
  /** What each form has to bring: the token, and the language its words were in. */
  common: Fields
  notice: Notice | undefined
  now: Date
}

export function ownPage(w: Writer, { own, common, notice, now }: OwnView) {
  const { words, say } = w
  const { preferences } = own
  const number = <bdi dir="ltr">{own.number}</bdi>
  const until = preferences.pausedUntil ? new Date(preferences.pausedUntil) : null
  return page(
    w,
    say(words.title),
    <>
      <Told w={w} notice={notice} common={common} />
      <h1>{say(words.title)}</h1>
      <p>{around(say(words.lead, { number: '\0' }), number)}</p>

      <h2>{words.groups}</h2>
      {preferenceGroups.map(group => (
        <Group w={w} group={group} state={own.groups[group]} common={common} />
      ))}

      <h2>{words.frequency}</h2>
      <div class="card">
        <p>{preferences.frequency === 'fewer' ? words.isFewer : words.isNormal}</p>
        <Form fields={{ ...common, do: 'frequency', value: preferences.frequency === 'fewer' ? 'normal' : 'fewer' }}>
          <button type="submit">{preferences.frequency === 'fewer' ? words.toNormal : words.toFewer}</button>
        </Form>
      </div>

      <h2>{words.pause}</h2>
      <div class="card">
        {until !== null && until > now ? (
          <>
            <p>{say(words.paused, { date: dateIn(w, own, until, 'day') })}</p>
            <Form fields={{ ...common, do: 'unpause' }}>
              <button type="submit">{words.pauseEnd}</button>
            </Form>
          </>
        ) : (
          <>
            <p>{words.pauseAbout}</p>
            <Form fields={{ ...common, do: 'pause' }}>
              <Pauses words={words} />
            </Form>
          </>
        )}
      </div>

      <h2>{words.quiet}</h2>
      <div class="card">
        <p>{around(say(words.quietAbout, { zone: '\0' }), <bdi>{own.zone ?? '?'}</bdi>)}</p>
        <p>{preferences.quiet ? say(words.quietIs, preferences.quiet) : words.quietNone}</p>
        <Form fields={{ ...common, do: 'quiet' }}>
          <div class="two">
            <label>
              {words.quietFrom}
              <input type="time" name="from" value={preferences.quiet?.from ?? ''} required />
            </label>
            <label>
              {words.quietTo}
              <input type="time" name="to" value={preferences.quiet?.to ?? ''} required />
            </label>
          </div>
          <button type="submit">{words.quietSave}</button>
        </Form>
        {preferences.quiet && (
          <Form fields={{ ...common, do: 'loud' }}>
            <button type="submit">{words.quietEnd}</button>
          </Form>
        )}
      </div>

      <h2>{words.language}</h2>
      <div class="card">
        <Form fields={{ ...common, do: 'language' }}>
          <label>
            {words.languageAbout}
            <select name="value">
              {Object.entries(languages).map(([language, { name }]) => (
                <option value={language} lang={language} selected={language === w.language}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <button type="submit">{words.languageSave}</button>
        </Form>
      </div>

      <h2>{words.number}</h2>
      <div class="card">
        <p>{number}</p>
        <a class="button" href="?screen=number">
          {words.numberChange}
        </a>
      </div>

      <h2 id="sent">{words.sent}</h2>
      <p class="soft">{own.sent.length === 0 ? words.sentNone : words.sentAbout}</p>
      {own.sent.map(text => (
        <Sent w={w} own={own} text={text} />
      ))}
    </>,
  )
}

const Pauses = ({ words }: { words: Words }) => (
  <>
    {(['week', 'month', 'months'] as const).map(span => (
      <p>
        <button type="submit" name="value" value={span}>
          {{ week: words.pauseWeek, month: words.pauseMonth, months: words.pauseMonths }[span]}
        </button>
      </p>
    ))}
  </>
)

/** Words around a piece that is more than words; it stands where NUL does. */
function around(text: string, piece: Child): Child[] {
  const [before, after] = text.split('\0')
  return [before, piece, after]
}

/** Exactly what somebody agrees to who turns a group on: what the page shows is what the ledger keeps. */
export const agreedWords = ({ words, say }: Writer, group: PreferenceGroup): string =>
  say(
    {
      titles: words.titlesWords,
      offers: words.offersWords,
      security: words.securityWords,
      account: words.accountWords,
    }[group],
  )
/** And what the button says that turns it off. */
export const endingWords = ({ words, say }: Writer, group: PreferenceGroup): string =>
  say(words.turnOff, { group: words[group] })

function Group({ w, group, state, common }: { w: Writer; group: PreferenceGroup; state: GroupState; common: Fields }) {
  const { words, say } = w
  const { about, example } = {
    titles: { about: words.titlesAbout, example: words.titlesExample },
    offers: { about: words.offersAbout, example: words.offersExample },
    security: { about: words.securityAbout, example: words.securityExample },
    account: { about: words.accountAbout, example: words.accountExample },
  }[group]
  return (
    <section class="card">
      <h3>
        {words[group]} <span class={state === 'on' ? 'state is-on' : 'state'}>{words[state]}</span>
      </h3>
      <p>{about}</p>
      <p class="soft">{words.example}</p>
      <q>{say(example)}</q>
      {state === 'closed' ? (
        <p>{say(words.closedAbout)}</p>
      ) : state !== 'on' ? (
        <Form fields={{ ...common, do: 'on', group }}>
          <p>
            {words.onNext} <i>{agreedWords(w, group)}</i>
          </p>
          <button type="submit" class="go">
            {say(words.turnOn, { group: words[group] })}
          </button>
        </Form>
      ) : group === 'security' ? (
        <>
          <p>{words.securityNext}</p>
          <a class="button" href="?screen=security">
            {endingWords(w, group)}
          </a>
        </>
      ) : (
        <Form fields={{ ...common, do: 'off', group }}>
          <p>{words.offNext}</p>
          <button type="submit">{endingWords(w, group)}</button>
        </Form>
      )}
    </section>
  )
}

function Sent({ w, own, text }: { w: Writer; own: OwnPage; text: SentText }) {
  const { words } = w
  return (
    <details>
      <summary>
        {kindOf(words, text)}
        <span>
          {dateIn(w, own, text.at)} · {stateIn(words, text)}
        </span>
      </summary>
      <ul>
        {text.explanation.map(finding => (
          <li>{reasonIn(w, own, text, finding)}</li>
        ))}
      </ul>
    </details>
  )
}

function kindOf(words: Words, { purpose }: SentText): string {
  const { lane, group } = rulesOf[purpose]
  return group === null ? (lane === 'code' ? words.kindCode : words.kindReply) : words[group]
}

function stateIn(words: Words, { state }: SentText): string {
  switch (state) {
    case 'held':
      return words.stateHeld
    case 'delivered':
      return words.stateArrived
    case 'rejected':
    case 'undeliverable':
      return words.stateLost
    case 'refused': // of these none is shown
    case 'cancelled':
      return words.stateCancelled
    case 'expired':
      return words.stateLate
    case 'unanswered':
    case 'unconfirmed':
      return words.stateUnclear
    case 'accepted':
    case 'queued':
    case 'submitting':
    case 'submitted':
      return words.stateWaiting
  }
}

/** A line of the explanation as its subscriber understands it. Texts that were refused are not shown, so nothing refuses here. */
function reasonIn(
  w: Writer,
  own: OwnPage,
  { purpose, originator }: SentText,
  { rule, answer, facts }: Finding,
): string {
  const { words, say } = w
  const { group } = rulesOf[purpose]
  const date = (at: unknown) => dateIn(w, own, new Date(String(at)))
  switch (rule) {
    case 'number':
      return words.whyNumber
    case 'suppression':
      return words.whyNotStopped
    case 'consent': {
      if (facts.basis === 'asked' || group === null) return words.whyAsked
      if (facts.basis === 'service') return words.whyService
      const values = { group: words[group], date: date(facts.at) }
      return say(facts.implied ? words.whyImplied : words.whyAgreed, values)
    }
    case 'pause':
      return words.whyNoPause
    case 'deadline':
      return answer === 'held'
        ? say(words.whyNotBefore, { date: date(facts.notBefore) })
        : say(words.whyWorth, { date: date(facts.expiresAt) })
    case 'cap':
      return facts.capped ? words.whyCapped : words.whyUncapped
    case 'duplicate':
      return facts.hours === 0 ? words.whyRepeats : words.whyNotTwice
    case 'hours':
      if (facts.hours === 'any') return words.whyAnyHour
      if (answer === 'held') return say(words.whyHeld, { date: date(facts.until ?? facts.opensAt) })
      return facts.tooLate ? words.whyUrgent : words.whyHour
    case 'route':
      return say(words.whySender, { sender: originator })
    case 'opt_out':
      return words.whyOptOut
    case 'guard':
      return words.whyGuard
  }
}

/** A time of their own day; where their zone is not known, the zone of the time is said. */
export function dateIn(
  { language }: Writer,
  { locale, zone }: OwnPage,
  at: Date,
  to: 'day' | 'minute' = 'minute',
): string {
  const format: Intl.DateTimeFormatOptions = {
    ...{ year: 'numeric', month: 'short', day: 'numeric', timeZone: zone ?? 'UTC' },
    ...(to === 'day' ? {} : { hour: '2-digit', minute: '2-digit' }),
    ...(to === 'day' || zone !== null ? {} : { timeZoneName: 'short' }),
  }
  const own = languageOf(locale) === language ? locale! : language
  try {
    return new Intl.DateTimeFormat(own, format).format(at)
  } catch {
    return new Intl.DateTimeFormat(language, { ...format, timeZone: 'UTC' }).format(at) // RangeError: no such locale or zone
  }
}

// ---- One decision each -----------------------------------------------------------------------------------------------

const Back = ({ words }: { words: Words }) => (
  <a class="back" href="?">
    {words.back}
  </a>
)

export function numberPage(w: Writer, own: OwnPage, accountUrl: string) {
  const { words, say } = w
  return page(
    w,
    words.numberChange,
    <>
      <h1>{words.numberChange}</h1>
      <p>
        <bdi dir="ltr">{own.number}</bdi>
      </p>
      <p>{say(words.numberAbout)}</p>
      <p>
        <a class="button go" href={accountUrl}>
          {words.numberGo}
        </a>
      </p>
      <Back words={words} />
    </>,
  )
}

/** The second question before security alerts end. `needsCode`: the link alone does not prove enough any more. */
export function warningPage(w: Writer, { own, common, notice, needsCode }: OwnView & { needsCode: boolean }) {
  const { words, say } = w
  const number = <bdi dir="ltr">{own.number}</bdi>
  return page(
    w,
    words.warnTitle,
    <>
      <Told w={w} notice={notice} common={common} />
      <h1>{words.warnTitle}</h1>
      <p>{words.warnAbout}</p>
      <p>{words.warnStill}</p>
      {needsCode && <p>{around(say(words.codeNeeded, { number: '\0' }), number)}</p>}
      <p>
        <a class="button go" href="?">
          {words.warnNo}
        </a>
      </p>
      <Form fields={{ ...common, do: needsCode ? 'code' : 'security-off' }}>
        <button type="submit">{needsCode ? words.codeSend : words.warnYes}</button>
      </Form>
    </>,
  )
}

export function codePage(w: Writer, { own, common, notice }: OwnView) {
  const { words, say } = w
  return page(
    w,
    words.codeTitle,
    <>
      <Told w={w} notice={notice} common={common} />
      <h1>{words.codeTitle}</h1>
      <p>{around(say(words.codeAbout, { number: '\0' }), <bdi dir="ltr">{own.number}</bdi>)}</p>
      <Form fields={{ ...common, do: 'security-off' }}>
        <label>
          {words.codeLabel}
          <input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength={12} dir="ltr" required />
        </label>
        <button type="submit">{words.warnYes}</button>
      </Form>
      <Form fields={{ ...common, do: 'code' }}>
        <button type="submit">{words.codeAgain}</button>
      </Form>
      <a class="back" href="?">
        {words.warnNo}
      </a>
    </>,
  )
}

// ---- Without a link --------------------------------------------------------------------------------------------------

/** Asks for the number and sends a link there; also under the page that says that a link is none. */
export function askPage(w: Writer, told: 'ask' | 'over' | 'bad_number') {
  const { words } = w
  const isOver = told === 'over'
  const title = isOver ? words.overTitle : words.askTitle
  return page(
    w,
    title,
    <>
      {told === 'bad_number' && (
        <div class="notice is-bad" role="alert">
          <p>{words.badNumber}</p>
        </div>
      )}
      <h1>{title}</h1>
      <p>{isOver ? words.overAbout : words.askAbout}</p>
      <Form fields={{ lang: w.language }} to=".">
        <label>
          {words.askLabel}
          <input name="number" type="tel" autocomplete="tel" maxlength={40} dir="ltr" required />
        </label>
        <button type="submit" class="go">
          {words.askSend}
        </button>
      </Form>
      <Languages language={w.language} label={words.language} />
    </>,
  )
}

const Languages = ({ language, label }: { language: Language; label: string }) => (
  <nav aria-label={label}>
    {Object.entries(languages).map(([one, { name }]) => (
      <a href={`?lang=${one}`} lang={one} hreflang={one} aria-current={one === language ? 'true' : undefined}>
        {name}
      </a>
    ))}
  </nav>
)

/** Says one thing. */
export const sayingPage = (w: Writer, title: string, text: string) =>
  page(
    w,
    title,
    <>
      <h1>{title}</h1>
      <p>{text}</p>
    </>,
  )
