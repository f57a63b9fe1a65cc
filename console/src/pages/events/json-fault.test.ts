import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonFault } from './json-fault.ts'

const isTaken = (text: string) => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('what JSON.parse takes has no fault, and what it does not take has one', () => {
  // JSON with one stroke of the keyboard too many, too few or beside.
  const typed = fc
    .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.constantFrom('', ...'{}[],:"\'\\\n\t 0-.eEtu/x'), fc.nat(1))
    .map(([text, place, stroke, gone]) => {
      const at = place % (text.length + 1)
      return text.slice(0, at) + stroke + text.slice(at + gone)
    })
  let broken = 0

  fc.assert(
    fc.property(typed, text => {
      if (!isTaken(text)) broken++
      expect(jsonFault(text) === undefined).toBe(isTaken(text))
    }),
    { numRuns: 5_000 },
  )

  expect(broken).toBeGreaterThan(1_000)
})

for (const [title, text, line, column, sentence] of [
  ['a missing comma is told where the next name begins', '{\n  "a": 1\n  "b": 2\n}', 3, 3, /comma or a }/],
  ['a comma too many is told at the comma', '{"a": [1, 2],\n}', 1, 13, /one too many/],
  ['in a list too', '[1,\n 2, ]', 2, 3, /one too many/],
  ['a text that is not closed is told where it opens', '{\n "a": "b\n}', 2, 7, /not closed/],
  ['single quotes are told as what they are', "{'a': 1}", 1, 2, /name in double quotes/],
  ['and around a value', "[1, 'a']", 1, 5, /double quotes/],
  ['a colon that is missing', '{"a" 1}', 1, 6, /A : belongs/],
  ['an end that is missing', '{"a": [1', 1, 9, /a \] is missing/],
  ['a second value after the first', '{}\n{}', 2, 1, /has ended/],
  ['an escape that there is not', '"a\\q"', 1, 3, /\\q is no escape/],
  ['a tab within a text', '["a\tb"]', 1, 4, /tab/],
  ['a number with a nought before it', '[012]', 1, 3, /comma or a \]/],
  ['nothing at all', ' \n ', 2, 2, /Nothing is written/],
] as const)
  test(title, () => {
    const fault = jsonFault(text)

    expect(fault).toMatchObject({ line, column })
    expect(fault?.sentence).toMatch(sentence)
  })

test('a hundred thousand brackets are looked through as any text', () => {
  const deep = '['.repeat(100_000)

  expect(jsonFault(deep + ']'.repeat(100_000))).toBeUndefined()
  expect(jsonFault(deep)).toMatchObject({ column: 100_001 })
})
