// What one of the demo's phones shows: its lock screen with what has arrived, its texts by sender, and a sender's
// thread. Which of these is open is in the page's address, so that each is a link and needs no script.
import type { Child } from 'hono/jsx'
import { type Handset, type HandsetReply, type HandsetState, type HandsetText, isUnread } from './handset.ts'
import { type Follow, Words } from './phone-words.tsx'

export interface PhoneOwner {
  id: string
  name: string
  msisdn: string
  /** ISO 3166. */
  country: string
}

export interface View {
  /** Where the pages are mounted. */
  base: string
  service: string
  senders: { main: string; security: string }
  /** By the wall, as all that the handsets tell; in milliseconds. */
  now: number
  /** What a time of the wall is shown as: what the service's clock said then. */
  shownAs: (wallMs: number) => number
  follow?: Follow | undefined
}

export type Screen = { kind: 'locked' } | { kind: 'inbox' } | { kind: 'thread'; sender: string }

export const readScreen = (at: string | undefined): Screen => {
  if (at === 'inbox') return { kind: 'inbox' }
  return at?.startsWith('from:') ? { kind: 'thread', sender: at.slice('from:'.length) } : { kind: 'locked' }
}
export const writeScreen = (screen: Screen): string =>
  screen.kind === 'thread' ? `from:${screen.sender}` : screen.kind === 'inbox' ? 'inbox' : 'lock'

/** A phone as one look at it found it. */
export interface Shown {
  handset: Handset
  owner: PhoneOwner | undefined
  screen: Screen
  /** Texts after this one are new to whoever looks. */
  after: number
  problem?: string | undefined
  draft?: string | undefined
}

export interface ScreenProps {
  view: View
  shown: Shown
  /** Where another screen of this phone is, with the phones beside it as they are. */
  to: (screen: Screen) => string
  /** Where what is done on this phone goes: `reply`, `state` or `read`. */
  act: (what: string) => string
  /** What to do while there are no texts. */
  hint: Child
}

const quickReplies = ['STOP', 'HELP', 'WHY', 'YES', 'NO', 'START']
const notificationsShown = 4
/** How long a text of another sender stays over an open thread. */
const bannerMs = 60_000
/** A reply that nobody has taken after this long says so. */
const patienceMs = 30_000

export const digitsOf = (number: string) => number.replace(/^\+/, '')
export const count = (n: number, one: string) => (n === 1 ? `1 ${one}` : `${n} ${one}s`)
const iso = (at: number) => new Date(at).toISOString()

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const shortDay = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' })
const wholeDay = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' })

function dayOf({ now, shownAs }: View, at: number): string {
  const day = new Date(shownAs(at)).toDateString()
  const today = new Date(shownAs(now))
  if (day === today.toDateString()) return 'Today'
  const yesterday = new Date(today)
  yesterday.setDate(today.getDate() - 1)
  return day === yesterday.toDateString() ? 'Yesterday' : shortDay.format(shownAs(at))
}

/** The time of something in a list; in its thread, under its day, `isInThread`. */
export function TimeOf({ view, at, isInThread = false }: { view: View; at: number; isInThread?: boolean }) {
  const shown = view.shownAs(at)
  const day = dayOf(view, at)
  return <time datetime={iso(shown)}>{isInThread || day === 'Today' ? clockTime.format(shown) : day}</time>
}

export const nameOf = ({ senders, service }: View, sender: string) =>
  sender === senders.main ? service : sender === senders.security ? `${service} Security` : sender
export const ownersName = ({ owner, handset }: Pick<Shown, 'owner' | 'handset'>) => owner?.name ?? handset.number

/** A name can't be answered, a number can. */
const isAnswerable = (sender: string) => /^\+?\d{3,15}$/.test(sender)

// --- What is shown ------------------------------------------------------------------------------------------------

type Item = { kind: 'text'; at: number; text: HandsetText } | { kind: 'reply'; at: number; reply: HandsetReply }
interface Thread {
  sender: string
  items: Item[]
  unread: number
}

/** A thread for each sender: the latest at the top, the service's two always there. */
function threadsOf(view: View, handset: Handset): Thread[] {
  const threads = new Map<string, Thread>()
  const threadOf = (sender: string) => {
    const thread = threads.get(sender) ?? { sender, items: [], unread: 0 }
    // Put last again: of texts that came in the same millisecond, the later one still decides.
    threads.delete(sender)
    threads.set(sender, thread)
    return thread
  }
  for (const text of handset.texts) {
    const thread = threadOf(text.originator)
    thread.items.push({ kind: 'text', at: text.deliveredAt, text })
    if (isUnread(handset, text)) thread.unread++
  }
  for (const reply of handset.replies) threadOf(reply.to).items.push({ kind: 'reply', at: reply.at, reply })
  for (const { items } of threads.values()) items.sort((a, b) => a.at - b.at)
  const used = [...threads.values()].reverse()
  const unused = [view.senders.main, view.senders.security].filter(sender => !threads.has(sender))
  const lastAt = ({ items }: Thread) => items.at(-1)?.at ?? 0
  return [...used.sort((a, b) => lastAt(b) - lastAt(a)), ...unused.map(sender => ({ sender, items: [], unread: 0 }))]
}

const unreadOf = (handset: Handset) => handset.texts.filter(text => isUnread(handset, text))

// --- The phone ----------------------------------------------------------------------------------------------------

export function Phone(props: ScreenProps) {
  const { view, shown, to, hint } = props
  const { handset, screen } = shown
  const { state } = handset
  const look = state !== 'off' && screen.kind === 'locked' ? 'locked' : state
  return (
    <section class={`device ${look}`} aria-label={`Phone of ${ownersName(shown)}`}>
      <div class="screen">
        <StatusBar view={view} state={state} />
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
            {screen.kind === 'locked' && <LockScreen {...props} />}
            {screen.kind === 'inbox' && <Inbox {...props} />}
            {screen.kind === 'thread' && <ThreadScreen {...props} sender={screen.sender} hint={hint} />}
            {screen.kind !== 'locked' && (
              <a class="home" href={to({ kind: 'locked' })} data-turn aria-label="Lock the phone">
                <span />
              </a>
            )}
          </>
        )}
      </div>
    </section>
  )
}

const StatusBar = ({ view, state }: { view: View; state: HandsetState }) => (
  <div class="status-bar">
    <TimeOf view={view} at={view.now} />
    <span class="island" />
    <span class="signals">
      <b>{state === 'on' ? '5G' : state === 'off' ? '' : 'No service'}</b>
      <Icon name={state === 'on' ? 'signal' : 'noSignal'} />
      <Icon name="battery" />
    </span>
  </div>
)

const idFor = ({ handset }: Shown, what: string) => `${what}-${digitsOf(handset.number)}`

function LockScreen({ view, shown, to, hint }: ScreenProps) {
  const { handset, after } = shown
  const threads = threadsOf(view, handset).filter(thread => thread.unread > 0)
  const more = threads.slice(notificationsShown).reduce((sum, thread) => sum + thread.unread, 0)
  return (
    <div class="lock" id={idFor(shown, 'lock')}>
      <p class="hour">
        <b>{clockTime.format(view.shownAs(view.now))}</b>
        <span>{wholeDay.format(view.shownAs(view.now))}</span>
      </p>
      {threads.length > 0 && (
        <ul class="notifications" aria-label={`New texts of ${ownersName(shown)}`}>
          {threads.slice(0, notificationsShown).map(thread => {
            const text = unreadOf(handset).findLast(one => one.originator === thread.sender)
            if (!text) return null
            return (
              <li class={text.n > after ? 'new' : ''} id={`${idFor(shown, 'notice')}-${text.n}`}>
                <Notification {...{ view, text, to }} others={thread.unread - 1} />
              </li>
            )
          })}
          {more > 0 && <li class="more">and {count(more, 'more text')}</li>}
        </ul>
      )}
      {handset.count === 0 && hint}
      <a class="open" href={to({ kind: 'inbox' })} data-turn data-focus>
        <Icon name="up" />
        Open texts
      </a>
    </div>
  )
}

function Notification({
  view,
  text,
  others,
  to,
}: Pick<ScreenProps, 'view' | 'to'> & { text: HandsetText; others: number }) {
  return (
    <a class="notification" href={to({ kind: 'thread', sender: text.originator })} data-turn>
      <SenderMark view={view} sender={text.originator} />
      <span class="says">
        <span class="from">
          <b>{nameOf(view, text.originator)}</b> <TimeOf view={view} at={text.deliveredAt} />
        </span>{' '}
        <span class="lines" dir="auto">
          {text.text}
        </span>
        {others > 0 && <span class="others"> and {count(others, 'more text')}</span>}
      </span>
    </a>
  )
}

function Inbox({ view, shown, to }: ScreenProps) {
  const { handset } = shown
  return (
    <div class="inbox" id={idFor(shown, 'inbox')}>
      <h3 tabindex={-1} data-focus>
        Texts
      </h3>
      <ul>
        {threadsOf(view, handset).map(({ sender, items, unread }) => {
          const last = items.at(-1)
          return (
            <li>
              <a class="conversation" href={to({ kind: 'thread', sender })} data-turn>
                <SenderMark view={view} sender={sender} />
                <b>{nameOf(view, sender)}</b>
                {last && <TimeOf view={view} at={last.at} />}
                <span class="lines soft" dir="auto">
                  {!last ? 'No texts yet' : last.kind === 'text' ? last.text.text : `You: ${last.reply.text}`}
                </span>
                {unread > 0 && (
                  <span class="count">
                    {unread}
                    <span class="unseen"> unread</span>
                  </span>
                )}
              </a>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function ThreadScreen({ view, shown, to, act, hint, sender }: ScreenProps & { sender: string }) {
  const { handset, problem } = shown
  const name = nameOf(view, sender)
  const others = unreadOf(handset).filter(text => text.originator !== sender)
  const banner = others.findLast(text => view.now - text.deliveredAt < bannerMs)
  return (
    <div class="open-thread" id={idFor(shown, `thread-${encodeURIComponent(sender)}`)}>
      {banner && (
        <div class="banner new" id={`${idFor(shown, 'banner')}-${banner.n}`}>
          <Notification {...{ view, to }} text={banner} others={0} />
          <form method="post" action={act('read')} data-turn>
            <input type="hidden" name="of" value={digitsOf(handset.number)} />
            <input type="hidden" name="sender" value={banner.originator} />
            <button type="submit" aria-label={`Dismiss the text from ${nameOf(view, banner.originator)}`}>
              <Icon name="close" />
            </button>
          </form>
        </div>
      )}
      <header class="thread-top">
        <a
          href={to({ kind: 'inbox' })}
          data-turn
          aria-label={others.length === 0 ? 'All texts' : `All texts, ${others.length} unread`}
        >
          <Icon name="back" />
          {others.length > 0 && <span class="count">{others.length}</span>}
        </a>
        <SenderMark view={view} sender={sender} />
        <h3 tabindex={-1} data-focus>
          {name}
          {name !== sender && <span class="soft line">{sender}</span>}
        </h3>
      </header>
      {handset.state === 'noCoverage' && (
        <p class="notice">No coverage: texts wait at the carrier, replies on this phone.</p>
      )}
      <section class="thread" aria-label={`Texts with ${name} on the phone of ${ownersName(shown)}`} tabindex={0}>
        <Talk {...{ view, shown, sender, hint }} />
      </section>
      <p class="notice bad" role="alert" id={idFor(shown, 'problem')} hidden={!problem}>
        {problem && `This did not work: ${problem}.`}
      </p>
      {isAnswerable(sender) ? (
        <Compose {...{ view, shown, act, sender }} />
      ) : (
        <p class="compose mute soft">This sender is a name: it can not be answered.</p>
      )}
    </div>
  )
}

function Talk({ view, shown, sender, hint }: { view: View; shown: Shown; sender: string; hint: Child }) {
  const { handset, after } = shown
  const items = threadsOf(view, handset).find(thread => thread.sender === sender)?.items ?? []
  return (
    <div class="talk">
      {items.length === 0 && (
        <div class="empty">
          <h4>No texts yet</h4>
          {handset.count === 0 && hint}
        </div>
      )}
      {handset.texts.length > 0 && handset.count > handset.texts.length && (
        <p class="day">Older texts are no longer on this phone</p>
      )}
      {items.map((item, i) => {
        const before = items[i - 1]
        const day = dayOf(view, item.at)
        return (
          <>
            {(!before || dayOf(view, before.at) !== day) && <p class="day">{day}</p>}
            {item.kind === 'text' ? (
              <Text {...{ view, shown, text: item.text }} isNew={item.text.n > after} />
            ) : (
              <Reply {...{ view, shown, reply: item.reply }} />
            )}
          </>
        )
      })}
    </div>
  )
}

function Text({ view, shown, text, isNew }: { view: View; shown: Shown; text: HandsetText; isNew: boolean }) {
  const waitedMinutes = Math.floor((text.deliveredAt - text.at) / 60_000)
  return (
    <div class={isNew ? 'text new' : 'text'} id={`${idFor(shown, 'text')}-${text.n}`}>
      <p class="bubble" dir="auto">
        <Words text={text} hasCodes={text.originator === view.senders.security} follow={view.follow} />
      </p>
      <div class="meta">
        <TimeOf view={view} at={text.deliveredAt} isInThread />
        {text.carrier !== undefined && <span>by {text.carrier}</span>}
        {waitedMinutes > 0 && <span>waited {count(waitedMinutes, 'minute')}</span>}
        {text.segments > 1 && (
          <details>
            <summary>{count(text.segments, 'part')}</summary>
            <ol>
              {text.parts.map((part, i) => (
                <li>
                  <span class="part">
                    part {i + 1} of {text.segments}
                  </span>
                  <span dir="auto">{part.text}</span>
                </li>
              ))}
            </ol>
          </details>
        )}
      </div>
    </div>
  )
}

function Reply({ view, shown, reply }: { view: View; shown: Shown; reply: HandsetReply }) {
  return (
    <div class="text own" id={`${idFor(shown, 'reply')}-${reply.n}`}>
      <p class="bubble" dir="auto">
        {reply.text}
      </p>
      <div class="meta">
        <TimeOf view={view} at={reply.at} isInThread />
        <span>{fateOf(reply, shown.handset.state, view.now)}</span>
      </div>
    </div>
  )
}

function fateOf(reply: HandsetReply, state: HandsetState, now: number): string {
  if (reply.acknowledgedAt !== null) return 'Sent'
  if (state !== 'on') return 'Waits for coverage'
  return now - reply.at < patienceMs ? 'Sending …' : 'Not sent yet: nobody takes it; tried again by itself'
}

function Compose({ view, shown, act, sender }: Pick<ScreenProps, 'view' | 'shown' | 'act'> & { sender: string }) {
  const { handset, draft = '' } = shown
  return (
    <form class="compose" method="post" action={act('reply')} data-turn>
      <input type="hidden" name="of" value={digitsOf(handset.number)} />
      <input type="hidden" name="to" value={sender} />
      <div class="write">
        <input
          name="text"
          value={draft}
          aria-label={`Your reply to ${nameOf(view, sender)}`}
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

/** What a screen reader hears when texts arrive. */
export const newsOf = (view: View, shown: Shown): string[] =>
  shown.handset.texts
    .filter(text => text.n > shown.after)
    .map(text => `New text for ${ownersName(shown)} from ${nameOf(view, text.originator)}: ${text.text}`)

// --- Pictures -------------------------------------------------------------------------------------------------------

export function SenderMark({ view, sender }: { view: View; sender: string }) {
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
  up: <path d="M6 14l6-6 6 6" />,
  plus: <path d="M12 5v14M5 12h14" />,
  close: <path d="M6 6l12 12M18 6L6 18" />,
  swap: <path d="M4 8h14l-4-4M20 16H6l4 4" />,
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

export const Icon = ({ name }: { name: keyof typeof icons }) => (
  <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    {icons[name]}
  </svg>
)
