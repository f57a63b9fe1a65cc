// Orpheum's back office: what it was told by Usher and what it told Usher, newest first, and how its receiver behaves.
import { AnswerWords, Frame, type View } from './frame.tsx'
import type { Posted } from './happenings.ts'
import { type Behaviour, behaviours, type Call, type Endpoint } from './webhooks.ts'

export interface Desk {
  /** By the demo's clock. */
  at: Date
  calls: readonly Call[]
  posted: readonly Posted[]
  behaviour: Behaviour
  endpoint: Endpoint | undefined
  /** Why Usher can not be asked about it. */
  problem: string | undefined
}

/** It looks again by itself, unless somebody reads. */
const everySeconds = 3
/** Of each list, until somebody asks for all that is remembered. */
const shown = 20

const behaviourWords: Record<Behaviour, readonly [name: string, what: string]> = {
  well: ['Well', 'takes what it is told'],
  500: ['500', 'says that something broke'],
  slow: ['Slow', 'answers after 30 seconds'],
  410: ['410', 'says that it is gone: Usher stops calling'],
  429: ['429', 'asks to be left alone for 30 seconds'],
}

export const DeskPage = ({
  view,
  desk,
  isStill,
  isAll,
}: {
  view: View
  desk: Desk
  isStill: boolean
  isAll: boolean
}) => (
  <Frame view={view} title="Back office" refresh={isStill ? undefined : everySeconds}>
    <h1>Back office</h1>
    <p class="soft">
      {isStill ? 'This page stands still. ' : `This page looks again every ${everySeconds} seconds. `}
      <a href={isStill ? '/desk' : '/desk?still'}>{isStill ? 'Let it look again' : 'Let it stand still'}</a>.
      {!isAll && (
        <>
          {' '}
          It shows the last {shown}; <a href="/desk?still&all">show all that is remembered</a>.
        </>
      )}
    </p>
    <p>
      By the demo’s clock it is {moment.format(desk.at)} UTC. <a href="/desk/clock">Skip ahead</a>, and see what is due
      happen.
    </p>
    <section aria-labelledby="receiver">
      <h2 id="receiver">The receiver</h2>
      <Condition desk={desk} />
      <form method="post" action="/desk/behaviour" class="switch">
        <fieldset>
          <legend>How it behaves from now on</legend>
          {behaviours.map(behaviour => {
            const [name, what] = behaviourWords[behaviour]
            return (
              <button
                type="submit"
                name="behaviour"
                value={behaviour}
                aria-pressed={behaviour === desk.behaviour ? 'true' : 'false'}
              >
                <b>{name}</b>
                <span>{what}</span>
              </button>
            )
          })}
        </fieldset>
      </form>
    </section>
    <section aria-labelledby="told">
      <h2 id="told">What Usher told Orpheum</h2>
      {desk.calls.length === 0 ? (
        <p class="soft">Nothing yet. Send a text; how it ends is told here.</p>
      ) : (
        <ol class="log">
          {desk.calls.slice(0, isAll ? undefined : shown).map(call => (
            <Told {...call} />
          ))}
        </ol>
      )}
    </section>
    <section aria-labelledby="posted">
      <h2 id="posted">What Orpheum told Usher</h2>
      {desk.posted.length === 0 ? (
        <p class="soft">Nothing yet. Watch a film, or sign in.</p>
      ) : (
        <ol class="log">
          {desk.posted.slice(0, isAll ? undefined : shown).map(({ event, at, answer }) => (
            <li>
              <Time at={at} />
              <b>{event.type.replace('com.usher.', '')}</b>
              <span class={answer.kind === 'stored' ? 'fate good' : 'fate bad'}>
                <AnswerWords answer={answer} />
              </span>
              <code>
                {event.subject} {event.id}
              </code>
            </li>
          ))}
        </ol>
      )}
    </section>
  </Frame>
)

/** How Usher sees the receiver. */
function Condition({ desk: { endpoint, problem } }: { desk: Desk }) {
  if (!endpoint && problem !== undefined)
    return (
      <p class="note bad" role="alert">
        Usher does not call, or can not be asked whether it does: {problem}
      </p>
    )
  if (!endpoint) return <p class="note">Usher does not know yet where to call.</p>
  const { state, waiting, failed, failingSince, slowedUntil, lastStatus } = endpoint
  if (state !== 'active')
    return (
      <form method="post" action="/desk/reopen" class="note bad">
        <p>
          {state === 'gone'
            ? 'Usher was told that this receiver is gone, and calls no more.'
            : 'Somebody at Usher paused this receiver.'}{' '}
          {waiting > 0 && `Waiting: ${waiting}.`}
        </p>
        <button type="submit">Ask Usher to call again</button>
      </form>
    )
  return (
    <p class={failingSince === null ? 'note good' : 'note bad'}>
      Usher calls <code>{endpoint.url}</code>.{' '}
      {failingSince === null ? 'All is well.' : `It has failed since ${clock.format(new Date(failingSince))}.`}{' '}
      {lastStatus !== null && failingSince !== null && `The last answer was ${lastStatus}. `}
      {slowedUntil !== null && `It was asked to wait until ${clock.format(new Date(slowedUntil))}. `}
      {waiting > 0 && `Waiting: ${waiting}. `}
      {failed > 0 && `Given up: ${failed}.`}
    </p>
  )
}

const fates: Record<Call['fate'], readonly [words: string, look: string]> = {
  taken: ['taken', 'good'],
  repeated: ['told before, so not taken again', 'good'],
  turned_away: ['turned away', 'bad'],
  forged: ['not signed by Usher', 'bad'],
  waiting: ['taking its time', ''],
}

function Told({ at, id, told, status, fate }: Call) {
  const [words, look] = fates[fate]
  return (
    <li>
      <Time at={at} />
      <b>{told?.type ?? 'a call'}</b>
      <span class={`fate ${look}`}>
        {status === null ? '' : `${status}, `}
        {words}
      </span>
      <code>{id}</code>
      {told && <small>{summary(told.data)}</small>}
    </li>
  )
}

/** What is worth knowing at a glance: every field that says something. */
const summary = (data: Record<string, unknown>) =>
  Object.entries(data)
    .flatMap(([name, value]) => (value === null || typeof value === 'object' ? [] : [`${name}: ${value}`]))
    .join(' · ')

const moment = new Intl.DateTimeFormat('en', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
  hour12: false,
})
/** As a log writes it. */
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const Time = ({ at }: { at: Date }) => <time datetime={at.toISOString()}>{clock.format(at)}</time>
