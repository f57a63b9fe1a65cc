// The list of the demo's handsets, and the same list as a way to change or add a phone on a page of phones.
import type { HandsetState, Handsets } from './handset.ts'
import { Page } from './phone-page.tsx'
import { count, digitsOf, Icon, type PhoneOwner, type Screen, TimeOf, type View, writeScreen } from './phone-screen.tsx'

export type Summary = ReturnType<Handsets['list']>[number]
export type Line = Summary & { owner: PhoneOwner | undefined }

/** One place on the desk: a phone, and what of it is open. */
export interface Place {
  digits: string
  screen: Screen
}

/** Four phones fill a wide screen. */
export const mostPhones = 4
const listedInChooser = 12
export const listed = 1_000
export const stateNames: Record<HandsetState, string> = { on: 'On', noCoverage: 'No coverage', off: 'Off' }

// --- Addresses ----------------------------------------------------------------------------------------------------

/** Where these phones lie side by side; phones that are locked need no word about it. */
export function addressOf(base: string, places: readonly Place[], what = ''): string {
  if (places.length === 0) return base
  const path = `${base}/${places.map(({ digits }) => digits).join(',')}${what && `/${what}`}`
  const isOpen = places.some(({ screen }) => screen.kind !== 'locked')
  return isOpen ? `${path}?${screensIn(places)}` : path
}

export const screensIn = (places: readonly Place[]) =>
  places.map(({ screen }) => `at=${encodeURIComponent(writeScreen(screen)).replace('%3A', ':')}`).join('&')

// --- What is listed -----------------------------------------------------------------------------------------------

/** Those with texts first, the latest at the top; then the owners nobody has texted yet. */
export function linesOf(known: readonly Summary[], ownerOf: ReadonlyMap<string, PhoneOwner>): Line[] {
  const lines = known.map(summary => ({ ...summary, owner: ownerOf.get(summary.number) }))
  const withTexts = lines.filter(line => line.count > 0)
  // A number that somebody merely looked at is no handset yet.
  const without = lines.filter(line => line.count === 0 && line.owner)
  const seen = new Set([...withTexts, ...without].map(line => line.number))
  const unused = [...ownerOf.values()]
    .filter(owner => !seen.has(owner.msisdn))
    .map(owner => ({ number: owner.msisdn, state: 'on' as const, count: 0, last: null, owner }))
  return [...withTexts, ...without, ...unused]
}

function search(lines: readonly Line[], query: string): Line[] {
  if (query === '') return [...lines]
  const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  const wanted = plain(query)
  const digits = /^[+\d\s()./-]+$/.test(query) ? query.replace(/\D/g, '') : ''
  return lines.filter(
    ({ number, owner }) =>
      (digits !== '' && number.includes(digits)) ||
      (owner && [owner.name, owner.id, countryName(owner.country)].some(text => plain(text).includes(wanted))),
  )
}

const countries = new Intl.DisplayNames(['en'], { type: 'region' })
const countryName = (country: string) => (/^[A-Z]{2}$/.test(country) ? (countries.of(country) ?? country) : country)

// --- The list -----------------------------------------------------------------------------------------------------

/** Which place of which desk is being filled, when the list was opened from one. */
export interface Choosing {
  places: readonly Place[]
  /** Past the last: a phone is added. */
  place: number
}

const chosen = (base: string, { places, place }: Choosing, number: string) =>
  addressOf(base, places.toSpliced(place, 1, { digits: digitsOf(number), screen: { kind: 'locked' } }))

interface ListProps {
  view: View
  all: Line[]
  query: string
  choosing?: Choosing | undefined
}

export function ListPage({ view, all, query, choosing }: ListProps) {
  const used = all.filter(line => line.count > 0).length
  return (
    <Page view={view} title="Handsets" look="list">
      <main data-finder>
        <header class="top">
          <div>
            <p class="brand">{view.service}</p>
            <h1>{choosing ? 'Choose a handset' : 'Handsets'}</h1>
            <p class="soft">
              {used === 0 ? 'No texts yet.' : `${count(used, 'handset')} with texts, ${all.length} in all.`} The carrier
              is simulated: no text leaves this machine.
            </p>
            {choosing && (
              <p>
                <a href={addressOf(view.base, choosing.places)}>Back to the phones</a>
              </p>
            )}
          </div>
          <Search view={view} query={query} choosing={choosing} />
        </header>
        <form action={view.base}>
          <div class="found">
            <Found {...{ view, query, choosing }} lines={search(all, query)} isWhole />
          </div>
          {!choosing && (
            <p class="beside">
              <span class="soft">Tick up to {mostPhones}</span>
              <button type="submit">Open side by side</button>
            </p>
          )}
        </form>
      </main>
    </Page>
  )
}

interface FoundProps {
  view: View
  query: string
  choosing?: Choosing | undefined
  lines: Line[]
  /** In the list of its own, where phones can be ticked, and a number that is in no list opened. */
  isWhole?: boolean
}

function Found({ view, query, choosing, lines, isWhole = false }: FoundProps) {
  const number = query.replace(/\D/g, '')
  if (lines.length === 0)
    return (
      <div class="none">
        <p>No handset matches “{query}”.</p>
        {/^\d{3,15}$/.test(number) && (
          <p>
            <a href={choosing ? chosen(view.base, choosing, number) : `${view.base}/${number}`}>Open +{number}</a>
          </p>
        )}
        <p>
          <a href={view.base}>All handsets</a>
        </p>
      </div>
    )
  const hasTicks = isWhole && !choosing
  return (
    <ol class="rows">
      {lines.slice(0, listed).map(line => (
        <li>
          {hasTicks && (
            <input
              type="checkbox"
              name="with"
              value={digitsOf(line.number)}
              aria-label={`Open ${line.owner?.name ?? line.number} beside others`}
            />
          )}
          <Row view={view} line={line} choosing={choosing} />
        </li>
      ))}
    </ol>
  )
}

export function Search({
  view,
  query = '',
  choosing,
}: {
  view: View
  query?: string
  choosing?: Choosing | undefined
}) {
  return (
    <search>
      <form class="search" action={view.base} data-find>
        <Icon name="search" />
        <input
          type="search"
          name="q"
          value={query}
          aria-label="Search handsets"
          placeholder="Name, number or country"
          autocomplete="off"
        />
        {choosing && (
          <>
            <input type="hidden" name="desk" value={choosing.places.map(({ digits }) => digits).join(',')} />
            <input type="hidden" name="place" value={choosing.place} />
            {choosing.places.map(({ screen }) => (
              <input type="hidden" name="at" value={writeScreen(screen)} />
            ))}
          </>
        )}
        <button type="submit" class="unseen">
          Search
        </button>
      </form>
    </search>
  )
}

interface RowProps {
  view: View
  line: Line
  choosing?: Choosing | undefined
  isCurrent?: boolean
}

export function Row({ view, line, choosing, isCurrent = false }: RowProps) {
  const { number, owner, last, state } = line
  return (
    <a
      class="row"
      href={choosing ? chosen(view.base, choosing, number) : `${view.base}/${digitsOf(number)}`}
      aria-current={isCurrent ? 'page' : undefined}
    >
      <Avatar owner={owner} number={number} />
      <span class="who">
        <b dir="auto">{owner?.name ?? number}</b>
        <span class="soft number">
          {owner ? `${number} ` : ''}
          {owner && <Country code={owner.country} />}
        </span>
      </span>
      <span class="last soft" dir="auto">
        {last ? last.text : 'No texts yet'}
      </span>
      <span class="when soft">{last && <TimeOf view={view} at={last.deliveredAt} />}</span>
      <span class="marks">
        {state !== 'on' && <span class="tag">{stateNames[state]}</span>}
        {line.count > 0 && (
          <span class="count">
            {line.count}
            <span class="unseen"> {line.count === 1 ? 'text' : 'texts'}</span>
          </span>
        )}
      </span>
    </a>
  )
}

export const Country = ({ code }: { code: string }) => (
  <abbr class="country" title={countryName(code)}>
    {code}
  </abbr>
)

interface ChooserProps {
  view: View
  all: Line[]
  choosing: Choosing
  label: string
}

/** The handsets used last, and a search for the others; without script the search opens the list of all. */
export function Chooser({ view, all, choosing, label }: ChooserProps) {
  const isAdding = choosing.place === choosing.places.length
  const taken = new Set(choosing.places.map(({ digits }) => digits))
  const lines = all.filter(line => !taken.has(digitsOf(line.number))).slice(0, listedInChooser)
  return (
    <details class="choose" data-finder id={`choose-${choosing.places[choosing.place]?.digits ?? 'another'}`}>
      <summary class="tool" aria-label={label} title={isAdding ? 'Add a phone' : 'Change'}>
        <Icon name={isAdding ? 'plus' : 'swap'} />
        {isAdding && <span>Add a phone</span>}
      </summary>
      <div class="sheet">
        <Search view={view} choosing={choosing} />
        <div class="found">
          <Found view={view} query="" choosing={choosing} lines={lines} />
        </div>
      </div>
    </details>
  )
}

// --- Pictures -----------------------------------------------------------------------------------------------------

const letters = new Intl.Segmenter()
const firstLetter = (word = '') => [...letters.segment(word)][0]?.segment ?? ''

export function Avatar({ owner, number }: { owner: PhoneOwner | undefined; number: string }) {
  const words = owner?.name.split(/\s+/) ?? []
  const initials = firstLetter(words[0]) + (words.length > 1 ? firstLetter(words.at(-1)) : '')
  const tone = [...number].reduce((sum, digit) => (sum * 31 + digit.charCodeAt(0)) % 997, 0) % 6
  return (
    <span class={`avatar tone-${tone}`} aria-hidden="true">
      {initials || '#'}
    </span>
  )
}
