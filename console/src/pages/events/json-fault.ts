// Where a JSON text breaks, and why, in words. Browsers say it each in their own way, and some say no place; whoever mends an
// event by hand needs the line and the column.

export interface JsonFault {
  /** Counted from zero: where the cursor goes. */
  offset: number
  /** Both counted from one, as editors do. */
  line: number
  column: number
  sentence: string
}

const space = /[ \t\n\r]*/y
// Each letter can be read in one way only, so that a broken text takes no longer than a sound one.
const whole = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y
/** As far as a text in quotes goes well. */
const begun = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const name = /true|false|null/y

/** What may stand next: a value, the first or another name of an object, and so on. */
type Wanted = 'value' | 'item or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing'

/** Undefined where `JSON.parse` would take it. It nests as deep as the text does, without a stack of calls. */
export function jsonFault(text: string): JsonFault | undefined {
  const inside: ('{' | '[')[] = []
  let at = 0
  let comma = -1
  let wanted: Wanted = 'value'
  const take = (what: RegExp) => {
    what.lastIndex = at
    const found = what.exec(text)
    if (found) at = what.lastIndex
    return found !== null
  }
  const fault = (sentence: string, offset = at): JsonFault => {
    const before = text.slice(0, offset)
    const line = before.split('\n').length
    return { offset, line, column: offset - before.lastIndexOf('\n'), sentence }
  }
  const after = (): Wanted => (inside.length > 0 ? 'comma or end' : 'nothing')
  const close = () => (inside.at(-1) === '{' ? '}' : ']')
  const string = (): JsonFault | undefined => {
    if (take(whole)) return undefined
    const start = at
    take(begun)
    const next = text[at]
    if (next === undefined || next === '\n' || next === '\r')
      return fault('This text is not closed: its second " is missing on the line.', start)
    if (next === '\\') return fault(`${text.slice(at, at + 2)} is no escape. A backslash itself is written \\\\.`)
    return fault('A tab or another control character stands within a text. A tab is written \\t.')
  }

  for (;;) {
    take(space)
    const here = text[at]
    if (here === undefined) {
      if (wanted === 'nothing') return undefined
      if (text.trim() === '') return fault('Nothing is written here.')
      return fault(`It ends too early${inside.length > 0 ? `: a ${close()} is missing` : ''}.`)
    }
    if (wanted === 'nothing') return fault('The event has ended before this.')
    if (wanted === 'colon') {
      if (here !== ':') return fault('A : belongs between the name and its value.')
      at++
      wanted = 'value'
    } else if (wanted === 'comma or end') {
      if (here === ',') {
        comma = at++
        wanted = inside.at(-1) === '{' ? 'name' : 'value'
      } else if (here === close()) {
        at++
        inside.pop()
        wanted = after()
      } else return fault(`A comma or a ${close()} is missing before this.`)
    } else if (wanted === 'name' || wanted === 'name or end') {
      if (here === '}') {
        if (wanted === 'name') return fault('This comma is one too many.', comma)
        at++
        inside.pop()
        wanted = after()
      } else if (here === '"') {
        const wrong = string()
        if (wrong) return wrong
        wanted = 'colon'
      } else return fault('A name in double quotes, for example "type", belongs here.')
    } else if (here === ']' && inside.at(-1) === '[') {
      if (wanted === 'value') return fault('This comma is one too many.', comma)
      at++
      inside.pop()
      wanted = after()
    } else if (here === '{' || here === '[') {
      inside.push(here)
      at++
      wanted = here === '{' ? 'name or end' : 'item or end'
    } else if (here === '"') {
      const wrong = string()
      if (wrong) return wrong
      wanted = after()
    } else if (take(number) || take(name)) wanted = after()
    else if (here === "'") return fault('Text stands in double quotes.')
    else return fault('A value belongs here: a text in double quotes, a number, true, false, null, { or [.')
  }
}
