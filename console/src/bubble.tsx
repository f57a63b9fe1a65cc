// A text as a phone shows it: out on the right, in on the left, with a mark where one part ends and the next begins.
// Whatever stands in it is shown as it is written; nothing of it is ever run, or a link.
import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import css from './bubble.module.css'
import { Time } from './format.tsx'

export interface BubbleProps {
  /** Null where the words are not kept: dropped, refused by the guard, or erased. */
  text: string | null
  /** The parts it is cut into; together they are the text. */
  segments?: readonly string[]
  direction: 'out' | 'in'
  /** When it was; left out for one that was not sent. */
  at?: string
  /** A character to point at: where it begins and how many UTF-16 units it has. */
  pointAt?: { index: number; length: number } | undefined
  /** Beneath the words: a state, a keyword. */
  children?: ReactNode
}

export function Bubble({ text, segments, direction, at, pointAt, children }: BubbleProps) {
  return (
    <div className={css.row} data-direction={direction}>
      <div className={css.bubble} data-direction={direction}>
        {text === null ? (
          <span className={css.gone}>The words are not kept.</span>
        ) : (
          // Each line finds its own direction, as on a phone.
          <span className={css.words} dir="auto">
            {parts(text, segments, pointAt)}
          </span>
        )}
      </div>
      {(at !== undefined || children) && (
        <Text component="div" size="xs" className={css.foot}>
          {children}
          {at !== undefined && <Time at={at} />}
        </Text>
      )}
    </div>
  )
}

function parts(text: string, segments: readonly string[] | undefined, pointAt: BubbleProps['pointAt']): ReactNode {
  if (!segments || segments.length < 2) return pointed(text, pointAt)
  let from = 0
  return segments.map((segment, n) => {
    const here = pointAt && { ...pointAt, index: pointAt.index - from }
    from += segment.length
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place.
      <span key={n} className={css.part}>
        {pointed(segment, here)}
        <span className={css.joint} data-part={`${n + 1}/${segments.length}`} aria-hidden />
      </span>
    )
  })
}

function pointed(text: string, at: BubbleProps['pointAt']): ReactNode {
  if (!at || at.index < 0 || at.index >= text.length) return text
  const end = at.index + at.length
  return (
    <>
      {text.slice(0, at.index)}
      <mark className={css.pointed}>{text.slice(at.index, end)}</mark>
      {text.slice(end)}
    </>
  )
}

/** A simple phone around what is shown in it. */
export const Phone = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className={css.phone} aria-label="Preview on a phone">
    <div className={css.bar}>{title}</div>
    <div className={css.screen}>{children}</div>
  </section>
)
