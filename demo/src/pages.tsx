// What a viewer sees: the films, one title, help.
import { type Episode, type Title, titles } from './catalogue.ts'
import { Deed, Frame, SignIn, type View } from './frame.tsx'

const serials = titles.filter(({ kind }) => kind === 'serial')
const films = titles.filter(({ kind }) => kind === 'film')
const decades = [...new Set(films.map(({ year }) => Math.floor(year / 10) * 10))].sort()

export const HomePage = ({ view }: { view: View }) => (
  <Frame view={view} title="Orpheum">
    <h1>The early pictures, by the evening</h1>
    <p class="lead">
      {serials.length} serials and {films.length} films. Choose one, watch it, and see Usher hear of it.
    </p>
    <Shelf name="Serials" of={serials} />
    {decades.map(decade => (
      <Shelf
        name={`Films of ${decade} to ${decade + 9}`}
        of={films.filter(({ year }) => year - (year % 10) === decade)}
      />
    ))}
  </Frame>
)

const Shelf = ({ name, of }: { name: string; of: readonly Title[] }) => (
  <section>
    <h2>{name}</h2>
    <ul class="shelf">
      {of.map(title => (
        <li>
          <a class={`poster ${tintOf(title)}`} href={`/${title.id}`}>
            <b>{title.name}</b>
            <span>{title.year}</span>
          </a>
        </li>
      ))}
    </ul>
  </section>
)

/** Titles of one kind of story have one colour. */
const tints: Record<string, string> = {
  horror: 'night',
  mystery: 'night',
  'film noir': 'smoke',
  crime: 'smoke',
  thriller: 'smoke',
  comedy: 'amber',
  musical: 'amber',
  family: 'amber',
  western: 'earth',
  adventure: 'earth',
  war: 'earth',
  fantasy: 'violet',
  'science fiction': 'violet',
  animation: 'violet',
}
const tintOf = ({ genres }: Title) => tints[genres[0] ?? ''] ?? 'rose'

const languages = new Intl.DisplayNames('en', { type: 'language' })
const countries = new Intl.DisplayNames('en', { type: 'region' })
/** Intl has no name for a country that is no more. */
const countryOf = ({ country }: Title) => (country === 'SU' ? 'Soviet Union' : countries.of(country))

export function TitlePage({ view, title }: { view: View; title: Title }) {
  const { name, year, minutes, genres, synopsis, language, episodes } = title
  return (
    <Frame view={view} title={name}>
      <p class={`banner ${tintOf(title)}`}>{genres.join(' · ')}</p>
      <h1>{name}</h1>
      <p class="lead">{synopsis}</p>
      <p class="soft">
        {year} · {countryOf(title)} · {languages.of(language)} · {episodes ? `${episodes.length} chapters, about ` : ''}
        {minutes} minutes{episodes ? ' each' : ''}
      </p>
      {view.viewer ? <Watching {...{ view, title }} /> : <SignIn view={view} />}
    </Frame>
  )
}

function Watching({ view, title }: { view: View; title: Title }) {
  const fields = { title: title.id }
  return (
    <>
      {title.episodes ? (
        <Chapters {...{ view, title, episodes: title.episodes }} />
      ) : (
        <div class="buttons">
          <Deed name="watch" {...{ view, fields }}>
            {title.kind === 'serial' ? 'Watch an episode' : 'Watch'}
          </Deed>
          <Deed name="finish" quiet {...{ view, fields }}>
            Come to the end
          </Deed>
        </div>
      )}
      <h2>On this device</h2>
      <div class="buttons">
        <Deed name="download" quiet {...{ view, fields }}>
          Download
        </Deed>
        <Deed name="remove" quiet {...{ view, fields }}>
          Remove the download
        </Deed>
      </div>
    </>
  )
}

/** The chapter that was just watched stays chosen: next they come to its end. */
function Chapters({ view, title, episodes }: { view: View; title: Title; episodes: readonly Episode[] }) {
  const { episode } = (view.posted?.event.data ?? {}) as { episode?: string }
  return (
    <form method="post" action="/do/watch" class="chapters">
      <input type="hidden" name="back" value={view.path} />
      <input type="hidden" name="title" value={title.id} />
      <label for="episode">Chapter</label>
      <select id="episode" name="episode">
        {episodes.map(({ number, name }) => (
          <option value={String(number)} selected={episode === `${title.id}-${number}`}>
            {number}. {name}
          </option>
        ))}
      </select>
      <div class="buttons">
        <button type="submit">Watch this episode</button>
        <button type="submit" class="quiet" formaction="/do/finish">
          Come to its end
        </button>
      </div>
    </form>
  )
}

export const HelpPage = ({ view }: { view: View }) => (
  <Frame view={view} title="Help">
    <h1>Help</h1>
    <h2>Is this text really from Orpheum?</h2>
    <p>
      Its links lead to orpheum.example or o.orpheum.example and nowhere else. It never asks for a password or a code,
      and a link in it never signs you in.
    </p>
    <h2>How do I get fewer texts?</h2>
    <p>
      Answer STOP to the text. Texts about titles and offers end; codes that you ask for and notices about your account
      still come. START brings them back.
    </p>
    <h2>The subtitles are out of step</h2>
    <p>Restart the app; they are timed anew then.</p>
    <h2>Somebody to talk to</h2>
    <p>Answer HELP to any text.</p>
  </Frame>
)

export const NoPage = ({ view }: { view: View }) => (
  <Frame view={view} title="Nothing here">
    <h1>Nothing is shown here</h1>
    <p class="lead">This address leads to no film and no page of Orpheum’s. An example in the docs may have.</p>
    <div class="buttons">
      <a class="button" href="/">
        See the films
      </a>
    </div>
  </Frame>
)
