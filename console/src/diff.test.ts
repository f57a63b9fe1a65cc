import fc from 'fast-check'
import { expect, test } from 'vitest'
import { difference, type Piece } from './diff.ts'

const without = (kind: Piece['kind'], pieces: Piece[]) =>
  pieces.flatMap(piece => (piece.kind === kind ? [] : [piece.text])).join('')

test('a changed word is taken out and put in; the rest stays, and a variable is one word', () => {
  const pieces = difference('{{ title }}: watch now', '{{ episode }}: watch it now')

  expect(pieces).toEqual([
    { kind: 'out', text: '{{ title }}' },
    { kind: 'in', text: '{{ episode }}' },
    { kind: 'same', text: ': watch ' },
    { kind: 'in', text: 'it ' },
    { kind: 'same', text: 'now' },
  ])
})

test('whatever two texts are, both can be read from their difference', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', ' ', '{{ x }}', '{%', '作', '🎬', '\n', 'é'),
    maxLength: 30,
  })
  fc.assert(
    fc.property(text, text, (before, after) => {
      const pieces = difference(before, after)

      expect(without('in', pieces)).toBe(before)
      expect(without('out', pieces)).toBe(after)
    }),
  )
})
