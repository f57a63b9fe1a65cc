// The difference of two texts, word by word: what both share by their longest common subsequence, the rest taken out or
// put in. Texts have 2,000 characters at most, so the table of it is small.

export interface Piece {
  kind: 'same' | 'out' | 'in'
  text: string
}

/** A variable, a tag, a word, a space; in scripts without spaces, a character. */
const words =
  /\{\{[^{}]*\}\}|\{%[^{}]*%\}|\s+|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[\p{L}\p{N}\p{M}]+|[\s\S]/gu

export function difference(before: string, after: string): Piece[] {
  const a = before.match(words) ?? []
  const b = after.match(words) ?? []
  const width = b.length + 1
  const longest = new Uint16Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!)
  const pieces: Piece[] = []
  const put = (kind: Piece['kind'], text: string) => {
    const last = pieces.at(-1)
    if (last?.kind === kind) last.text += text
    else pieces.push({ kind, text })
  }
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      put('same', a[i]!)
      i++
      j++
    } else if (j >= b.length || (i < a.length && longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!))
      put('out', a[i++]!)
    else put('in', b[j++]!)
  }
  return pieces
}
