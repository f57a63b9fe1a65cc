// Where a template's text is written. Variables and tags are marked by a layer under a plain textarea, which has the same
// letters in the same places: what is typed, selected and read aloud is the textarea's own.
import { useMemo } from 'react'
import css from './liquid-editor.module.css'

/** Beyond this nothing is marked: it is a mistaken paste, and must stay quick to delete. */
const mostMarked = 5_000

interface LiquidEditorProps {
  label: string
  lang: string
  dir: 'ltr' | 'rtl'
  value: string
  readOnly: boolean
  isBad: boolean
  describedBy: string
  onChange: (text: string) => void
  onFocus: () => void
}

export function LiquidEditor({
  label,
  lang,
  dir,
  value,
  readOnly,
  isBad,
  describedBy,
  onChange,
  onFocus,
}: LiquidEditorProps) {
  const marked = useMemo(() => (value.length > mostMarked ? value : marks(value)), [value])
  return (
    <div className={css.editor} data-bad={isBad || undefined} data-readonly={readOnly || undefined}>
      <div className={css.layer} lang={lang} dir={dir} aria-hidden>
        {marked}
        {/* A line break at the end has no height of its own. */}
        {'\u200b'}
      </div>
      <textarea
        className={css.input}
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={isBad}
        lang={lang}
        dir={dir}
        rows={1}
        readOnly={readOnly}
        value={value}
        onChange={event => onChange(event.currentTarget.value)}
        onFocus={onFocus}
      />
    </div>
  )
}

function marks(text: string) {
  return text.split(/(\{\{[^{}]*\}\}|\{%[^{}]*%\})/).map((piece, n) =>
    n % 2 === 0 ? (
      piece
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place.
      <mark key={n} data-kind={piece[1] === '{' ? 'variable' : 'tag'}>
        {piece}
      </mark>
    ),
  )
}
