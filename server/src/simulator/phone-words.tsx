// The words of a text as a phone shows them: links to follow, codes to copy, and where one part ends and the next begins.
import type { Child } from 'hono/jsx'
import type { HandsetText } from './handset.ts'

/** The last line of a code's text that browsers read (WICG, Origin-bound one-time codes). */
const boundLine = /(?:^|\r?\n)(@[^\s@#]+ #([^\s#]+)[^\r\n]*)$/

interface Piece {
  kind: 'plain' | 'link' | 'code'
  text: string
}

/** Where an address leads from this phone; undefined: where it says. */
export type Follow = (url: string) => string | undefined

interface WordsProps {
  text: HandsetText
  hasCodes: boolean
  follow?: Follow | undefined
}

export function Words({ text, hasCodes, follow }: WordsProps) {
  const [, line, boundCode] = boundLine.exec(text.text) ?? []
  const words = line === undefined ? text.text : text.text.slice(0, -line.length).trimEnd()
  const pieces = linked(words, hasCodes ? (boundCode ?? true) : false, follow)
  return (
    <>
      {jointed(pieces, jointsOf(text), follow)}
      {line && <span class="bound">{line}</span>}
    </>
  )
}

/**
 * `code` is the one to be marked; true marks whatever looks like one. Phones also link a host with a path after it; which
 * hosts there are, only `follow` knows here.
 */
function linked(text: string, code: string | boolean, follow: Follow = () => undefined): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(/(?:https?:\/\/|(?<![\w@./-])(?:[a-z0-9-]+\.)+[a-z]+\/)[^\s<>"'`]+/gi)) {
    // A sentence's full stop is no part of the link before it.
    const url = match[0].replace(/[.,;:!?)\]}»”’。、)]+$/u, '')
    const isWhole = /^https?:/i.test(url)
    if (!URL.canParse(whole(url)) || (!isWhole && follow(whole(url)) === undefined)) continue
    pieces.push(...coded(text.slice(end, match.index), code), { kind: 'link', text: url })
    end = match.index + url.length
  }
  return [...pieces, ...coded(text.slice(end), code)]
}

function coded(text: string, code: string | boolean): Piece[] {
  if (code === false) return [{ kind: 'plain', text }]
  // Only ASCII letters make a word here: Japanese stands next to the digits without a space.
  return text.split(/(?<![\w+])(\d{4,10})(?!\w)/).map((piece, i) => {
    const isCode = i % 2 === 1 && (code === true || code === piece)
    return { kind: isCode ? 'code' : 'plain', text: piece }
  })
}

interface Joint {
  /** Where in the text the part begins. */
  at: number
  label: string
}

/** Where the parts of a long text meet; none when a sender cut a character in two, for then they meet inside it. */
function jointsOf({ text, parts }: HandsetText): Joint[] {
  if (parts.length < 2 || parts.map(part => part.text).join('') !== text) return []
  let at = 0
  return parts.flatMap((part, i) => {
    const begins = at
    at += part.text.length
    return i === 0 ? [] : [{ at: begins, label: `${i + 1}/${parts.length}` }]
  })
}

/** Puts a mark between the parts: in the words where they meet, after a link or code that two parts share. */
function jointed(pieces: readonly Piece[], joints: readonly Joint[], follow?: Follow): Child[] {
  const left = [...joints]
  const shown: Child[] = []
  let at = 0
  for (const { kind, text } of pieces) {
    const end = at + text.length
    if (kind === 'plain') {
      let from = 0
      for (let joint = left[0]; joint && joint.at <= end; joint = left[0]) {
        const to = Math.max(from, joint.at - at)
        shown.push(text.slice(from, to), <Mark {...joint} />)
        from = to
        left.shift()
      }
      shown.push(text.slice(from))
    } else shown.push(kind === 'link' ? <Link {...{ text, follow }} /> : <Code code={text} />)
    at = end
  }
  return shown
}

/** Its label is drawn by the style, so that it is not copied with the text. */
const Mark = ({ label }: Joint) => <span class="joint" data-part={label} />

const whole = (url: string) => (/^https?:/i.test(url) ? url : `https://${url}`)

const Link = ({ text, follow }: { text: string; follow?: Follow | undefined }) => (
  <a href={follow?.(whole(text)) ?? whole(text)} target="_blank" rel="noopener noreferrer" dir="ltr">
    {text}
  </a>
)

const Code = ({ code }: { code: string }) => (
  <button type="button" class="code" data-code={code} aria-label={`Copy ${code}`}>
    {code}
  </button>
)
