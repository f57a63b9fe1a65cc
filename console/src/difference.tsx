// The difference of two texts, as people read it: taken out is struck through, put in is underlined.
import { difference } from './diff.ts'
import css from './difference.module.css'

export const Difference = ({ before, after, ...of }: { before: string; after: string; lang: string; dir: string }) => (
  <p className={css.text} {...of}>
    {difference(before, after).map(({ kind, text }, n) => {
      const Tag = kind === 'same' ? 'span' : kind === 'out' ? 'del' : 'ins'
      return (
        // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place.
        <Tag key={n} className={css[kind]}>
          {text}
        </Tag>
      )
    })}
  </p>
)
