// The back office's clock: what lies ahead in the books, and the way to it through all that lies in between.
import type { Books } from './billing.ts'
import { Frame, type View } from './frame.tsx'
import { subscribers } from './subscribers.ts'
import type { Walk } from './walk.ts'

export const spans = { day: 1, week: 7, month: 30 } as const
export type Span = keyof typeof spans
export const isSpan = (name: unknown): name is Span => typeof name === 'string' && Object.hasOwn(spans, name)

export interface ClockDesk {
  now: Date
  walk: Walk | undefined
  ahead: ReturnType<Books['ahead']>
  /** Who was chosen last. */
  chosen: string
}

const everySeconds = 1
const shownAhead = 12
const shownHappened = 30
const time = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC', hour12: false })
const day = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' })
const Time = ({ at }: { at: Date }) => <time datetime={at.toISOString()}>{day.format(at)}</time>
const nameOf = (id: string) => subscribers.find(one => one.id === id)?.name ?? id

export function ClockPage({ view, desk: { now, walk, ahead, chosen } }: { view: View; desk: ClockDesk }) {
  const isUnderWay = walk?.state === 'under way'
  return (
    <Frame view={view} title="The clock" refresh={isUnderWay ? everySeconds : undefined}>
      <h1>The clock</h1>
      <p class="lead">By the demo’s clock it is {time.format(now)} UTC.</p>
      {walk && <Way {...walk} />}
      {!isUnderWay && <Skip chosen={chosen} />}
      {walk && walk.happened.length > 0 && (
        <section aria-labelledby="happened">
          <h2 id="happened">On the way</h2>
          <ol class="log">
            {walk.happened.slice(0, shownHappened).map(({ type, subject, at }) => (
              <li>
                <Time at={new Date(at!)} />
                <b>{type.replace('com.usher.', '')}</b>
                <span class={type.endsWith('failed') || type.endsWith('suspended') ? 'fate bad' : 'fate'}>
                  {nameOf(subject)}
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
      <section aria-labelledby="ahead">
        <h2 id="ahead">Ahead in Orpheum’s books</h2>
        <ol class="log">
          {ahead.slice(0, shownAhead).map(({ id, at, what }) => (
            <li>
              <Time at={at} />
              <b>{nameOf(id)}</b>
              <span class="fate">{what}</span>
            </li>
          ))}
        </ol>
      </section>
    </Frame>
  )
}

const Skip = ({ chosen }: { chosen: string }) => (
  <form method="post" action="/desk/clock" class="card">
    <h2>Skip ahead</h2>
    <p>
      In steps of six hours at most: at each, what is due happens here, and Usher sends what is due there. A month takes
      about a minute. The console’s own clock jumps, and what lies between is too late then.
    </p>
    <div class="buttons">
      {(Object.keys(spans) as Span[]).map(span => (
        <button type="submit" name="by" value={span} class="quiet">
          A {span}
        </button>
      ))}
    </div>
    <label for="viewer">Or to the next thing that happens to</label>
    <select id="viewer" name="viewer">
      {subscribers.map(({ id, name }) => (
        <option value={id} selected={id === chosen}>
          {name} ({id})
        </option>
      ))}
    </select>
    <div class="buttons">
      <button type="submit" name="by" value="next">
        Go there
      </button>
    </div>
  </form>
)

function Way({ from, to, at, state, problem }: Walk) {
  const whole = to.getTime() - from.getTime()
  switch (state) {
    case 'under way':
      return (
        <form method="post" action="/desk/clock/stop" class="card">
          <label for="way">On the way to {time.format(to)} UTC</label>
          <progress id="way" max={String(whole)} value={String(at.getTime() - from.getTime())} />
          <p class="soft">It is {time.format(at)}.</p>
          <div class="buttons">
            <button type="submit" class="quiet">
              Stop here
            </button>
          </div>
        </form>
      )
    case 'there':
      return (
        <p class="note good" role="status">
          You are there. All that was due since {time.format(from)} UTC has happened.
        </p>
      )
    case 'stopped':
      return (
        <p class="note" role="status">
          Stopped on the way to {time.format(to)} UTC. Nothing that was due until now was left out.
        </p>
      )
    case 'broken':
      return (
        <p class="note bad" role="alert">
          The way ended at {time.format(at)} UTC: {problem}
        </p>
      )
  }
}
