// What stands on the events page in words: reasons, doors, names of types, and JSON.
import { Badge, type MantineColor } from '@mantine/core'
import { IconBan, IconCheck, IconClockExclamation, IconHelp, IconTool } from '@tabler/icons-react'
import type { BadEvent, BadReason, TakenEvent } from '@usher/contract/event'
import { Fragment } from 'react'
import { span } from '../../format.tsx'
import css from './events.module.css'

export const reasons: Record<BadReason, { title: string; sentence: string }> = {
  invalid_event: {
    title: 'Broken envelope',
    sentence: 'What stands around the data is not what CloudEvents asks: a field is missing, or is not of its kind.',
  },
  invalid_data: { title: 'Wrong data', sentence: 'Its type asks for other data than it carries.' },
  missing_subject: {
    title: 'Names nobody',
    sentence: 'It is about a subscriber, and its subject does not say about which.',
  },
  from_the_future: {
    title: 'From the future',
    sentence: 'It says that it happened more than ten minutes from now.',
  },
  too_deep: { title: 'Nested too deep', sentence: 'It is nested more than 32 levels deep.' },
  too_large: { title: 'Too large', sentence: 'It is larger than 64 kB.' },
  not_applied: {
    title: 'Not applied',
    sentence: 'It reads well, but what follows from it could not be done.',
  },
}
export const badReasons = Object.keys(reasons) as BadReason[] // the compiler holds the table to them

export const doorNames: Record<TakenEvent['door'], string> = {
  cloudevents: 'CloudEvents',
  segment: 'Segment',
  stripe: 'Stripe',
  import: 'Import',
}

/** The part that all types of Usher share is read over. */
export function TypeName({ type }: { type: string }) {
  const [, ours, rest] = /^(com\.usher\.)(.+)$/.exec(type) ?? []
  if (!ours) return <Breakable name={type} />
  return (
    <>
      <span className="faint">{ours}</span>
      <wbr />
      <Breakable name={rest!} />
    </>
  )
}

/** Where there is no room, a name is broken after a dot or a dash, not within a word. */
const Breakable = ({ name }: { name: string }) =>
  name.split(/(?<=[._-])/).map((part, n) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place.
    <Fragment key={n}>
      {n > 0 && <wbr />}
      {part}
    </Fragment>
  ))

export const UnknownType = () => (
  <Badge
    variant="light"
    color="yellow"
    tt="none"
    size="sm"
    leftSection={<IconHelp size={12} aria-hidden />}
    title="Kept and shown, but nothing follows from this type."
  >
    unknown
  </Badge>
)

/** Older than this when it came, an event is marked: what hangs on the moment may no longer be done. */
const lateMs = 10 * 60_000

export function LateMark({ event: { at, receivedAt } }: { event: Pick<TakenEvent, 'at' | 'receivedAt'> }) {
  const lateBy = Date.parse(receivedAt) - Date.parse(at)
  if (lateBy < lateMs) return null
  return (
    <Badge
      variant="light"
      color="yellow"
      tt="none"
      size="sm"
      leftSection={<IconClockExclamation size={12} aria-hidden />}
      title={`It came ${span(lateBy)} after it happened.`}
    >
      {span(lateBy)} late
    </Badge>
  )
}

/** Summaries are written for the API reference, which sets names in code. */
export const plain = (summary: string) => summary.replaceAll('`', '')

const stateLooks: Record<BadEvent['state'], { color: MantineColor; Icon: typeof IconCheck; sentence: string }> = {
  open: { color: 'red', Icon: IconTool, sentence: 'It waits for somebody to mend it.' },
  mended: { color: 'green', Icon: IconCheck, sentence: 'It was taken after all.' },
  dropped: { color: 'gray', Icon: IconBan, sentence: 'Somebody let it go.' },
}

export function BadState({ state }: { state: BadEvent['state'] }) {
  const { color, Icon, sentence } = stateLooks[state]
  return (
    <Badge variant="light" color={color} tt="none" leftSection={<Icon size={13} aria-hidden />} title={sentence}>
      {state}
    </Badge>
  )
}

/** JSON on lines of its own, as far as the browser can write it: nested some thousand levels deep it can not. */
export function readable(value: unknown): string {
  try {
    return JSON.stringify(value, null, 2)
  } catch {
    return ''
  }
}

/** Beyond this the names are not marked: it must stay quick to scroll. */
const mostMarked = 20_000

export function Json({ value }: { value: unknown }) {
  const text = readable(value)
  if (text === '') return <>It is nested too deep to be shown.</>
  const pieces = text.length > mostMarked ? [text] : text.split(/^(\s*"(?:[^"\\]|\\.)*")(?=: )/m)
  return (
    <pre className={css.json} dir="ltr">
      {pieces.map((piece, n) =>
        n % 2 === 0 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place.
          <Fragment key={n}>{piece}</Fragment>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place.
          <span key={n} className={css.name}>
            {piece}
          </span>
        ),
      )}
    </pre>
  )
}
