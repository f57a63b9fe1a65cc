// Up to four of the demo's phones side by side, each with what turns it off and on, changes it and closes it.
import type { Child } from 'hono/jsx'
import { type Handset, type HandsetState, markOf } from './handset.ts'
import {
  Avatar,
  addressOf,
  Chooser,
  Country,
  type Line,
  mostPhones,
  type Place,
  Row,
  Search,
  screensIn,
  stateNames,
} from './phone-list.tsx'
import { Page } from './phone-page.tsx'
import {
  digitsOf,
  Icon,
  nameOf,
  newsOf,
  ownersName,
  Phone,
  type PhoneOwner,
  SenderMark,
  type Shown,
  type View,
} from './phone-screen.tsx'

const listedAside = 40

const placesOf = (phones: readonly Shown[]): Place[] =>
  phones.map(({ handset, screen }) => ({ digits: digitsOf(handset.number), screen }))

interface DeskProps {
  view: View
  phones: Shown[]
  all: Line[]
  /** Where the API of this page's host is. */
  origin: string
  /** Without script the page reloads itself, which would take a half-written reply with it. */
  isPaused: boolean
}

export function DeskPage({ view, phones, all, origin, isPaused }: DeskProps) {
  const places = placesOf(phones)
  const path = addressOf(view.base, places)
  const title = phones.map(ownersName).join(', ')
  const isBroken = phones.some(phone => phone.problem)
  return (
    <Page view={view} title={title} look="bench" again={isPaused || isBroken ? undefined : { seconds: 3, path }}>
      <p class="notice lost" id="lost" role="status" hidden />
      <p class="unseen" id="news" role="status">
        {phones.flatMap(shown => newsOf(view, shown)).join('\n')}
      </p>
      <p class="unseen" id="copied" role="status" />
      <div id="desk" class={phones.length === 1 ? 'desk one' : `desk many of-${phones.length}`}>
        <a class="skip" href="#phones">
          Skip to the phones
        </a>
        {phones.length <= 2 && (
          <nav class="side" aria-label="Handsets" data-finder>
            <p class="brand">{view.service}</p>
            <Search view={view} />
            <div class="found">
              <ol class="rows">
                {all.slice(0, listedAside).map(line => (
                  <li>
                    <Row view={view} line={line} isCurrent={phones.some(one => one.handset.number === line.number)} />
                  </li>
                ))}
              </ol>
            </div>
            <a class="all" href={view.base}>
              All {all.length} handsets
            </a>
          </nav>
        )}
        <main id="phones" tabindex={-1}>
          <header class="deskbar">
            <a class="back" href={view.base} aria-label="All handsets">
              <Icon name="back" />
              <span>Handsets</span>
            </a>
            <h1 class={phones.length === 1 ? 'unseen' : ''}>
              {phones.length === 1 ? `Phone of ${title}` : `${phones.length} phones`}
            </h1>
            {phones.length > 1 && (
              <nav class="chips" aria-label="Phones on this page">
                {phones.map(({ handset, owner }) => (
                  <a href={`#phone-${digitsOf(handset.number)}`} dir="auto">
                    {owner?.name ?? handset.number}
                  </a>
                ))}
              </nav>
            )}
            <noscript>
              <a class="pause" href={isPaused ? path : `${path}${path.includes('?') ? '&' : '?'}write`}>
                {isPaused ? 'Look for new texts again' : 'Stop looking for new texts, to write'}
              </a>
            </noscript>
            {phones.length < mostPhones && (
              <Chooser view={view} all={all} choosing={{ places, place: places.length }} label="Add a phone" />
            )}
          </header>
          <div class="row-of-phones">
            {phones.map((shown, place) => (
              <Column {...{ view, shown, places, place, all, origin }} isAlone={phones.length === 1} />
            ))}
          </div>
        </main>
        <Follow view={view} phones={phones} />
      </div>
    </Page>
  )
}

interface ColumnProps {
  view: View
  shown: Shown
  places: Place[]
  place: number
  all: Line[]
  origin: string
  isAlone: boolean
}

function Column({ view, shown, places, place, all, origin, isAlone }: ColumnProps) {
  const { handset, owner } = shown
  const digits = digitsOf(handset.number)
  const name = ownersName(shown)
  const hint = <Curl {...{ origin, owner }} number={handset.number} />
  const act = (what: string) => addressOf(view.base, places, what)
  return (
    <article class="column" id={`phone-${digits}`} aria-label={name}>
      <div class="panel">
        <Avatar owner={owner} number={handset.number} />
        <div class="owner">
          <h2 dir="auto">{name}</h2>
          <p class="soft number">
            {owner && `${handset.number} `}
            {owner && <Country code={owner.country} />}
          </p>
        </div>
        <div class="tools">
          <Chooser view={view} all={all} choosing={{ places, place }} label={`Change the phone of ${name}`} />
          {!isAlone && (
            <a
              class="tool"
              href={addressOf(view.base, places.toSpliced(place, 1))}
              data-turn
              aria-label={`Close the phone of ${name}`}
              title="Close"
            >
              <Icon name="close" />
            </a>
          )}
        </div>
        <Switch path={act('state')} digits={digits} name={name} state={handset.state} />
        {isAlone && <About {...{ view, handset, hint }} />}
      </div>
      <Phone
        {...{ view, shown, act, hint: isAlone ? <Hint>{hint}</Hint> : null }}
        to={screen => addressOf(view.base, places.toSpliced(place, 1, { digits, screen }))}
      />
    </article>
  )
}

const Hint = ({ children }: { children?: Child }) => (
  <div class="hint">
    <p>Send the first text with a key of yours:</p>
    {children}
  </div>
)

const stateSentences: Record<HandsetState, string> = {
  on: 'Texts arrive at once.',
  noCoverage: 'Texts wait at the carrier; what is written here leaves once there is coverage.',
  off: 'Texts wait at the carrier until the phone is on, or until they expire.',
}

function About({ view, handset, hint }: { view: View; handset: Handset; hint: Child }) {
  return (
    <div class="about">
      <p class="soft">{stateSentences[handset.state]}</p>
      <h3>Senders</h3>
      <ul class="senders">
        {[view.senders.main, view.senders.security].map(sender => (
          <li>
            <SenderMark view={view} sender={sender} />
            <span>
              <b>{nameOf(view, sender)}</b>
              <span class="soft line">
                {sender} · {sender === view.senders.security ? 'codes and security alerts' : 'account, titles, offers'}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {handset.count > 0 && (
        <details class="how">
          <summary>Send this phone a text</summary>
          {hint}
        </details>
      )}
    </div>
  )
}

interface SwitchProps {
  path: string
  digits: string
  name: string
  state: HandsetState
}

function Switch({ path, digits, name, state }: SwitchProps) {
  return (
    <form class="switch" method="post" action={path} data-turn>
      <input type="hidden" name="of" value={digits} />
      <fieldset>
        <legend class="unseen">The phone of {name} is</legend>
        {(Object.keys(stateNames) as HandsetState[]).map(one => (
          <button type="submit" name="state" value={one} aria-pressed={one === state ? 'true' : 'false'}>
            {stateNames[one]}
          </button>
        ))}
      </fieldset>
    </form>
  )
}

/** Where the script asks next; the answer comes when one of the phones differs from what its mark says. */
function Follow({ view, phones }: { view: View; phones: Shown[] }) {
  const places = placesOf(phones)
  const known = phones.map(({ handset }) => `after=${handset.count}&mark=${markOf(handset)}`).join('&')
  const numbers = places.map(({ digits }) => digits).join(',')
  return (
    <p id="follow" hidden>
      <a href={`${view.base}/${numbers}/live?${screensIn(places)}&${known}`}>Next</a>
    </p>
  )
}

function Curl({ origin, number, owner }: { origin: string; number: string; owner: PhoneOwner | undefined }) {
  const fields = [
    owner ? `"subscriber": ${JSON.stringify(owner.id)}` : `"number": "${number}"`,
    '"purpose": "code.sign_in"',
    '"template": "code.sign_in"',
    '"data": {"code": "482913",\n                "minutes": 10}',
  ]
  const body = `{${fields.join(',\n       ')}}`
  return (
    <pre>
      <code>
        {[
          `curl ${origin}/v1/messages`,
          '  -H "authorization: Bearer $USHER_KEY"',
          '  -H "idempotency-key: $RANDOM"',
          '  -H "content-type: application/json"',
          `  -d '${body.replaceAll("'", "'\\''")}'`,
        ].join(' \\\n')}
      </code>
    </pre>
  )
}
