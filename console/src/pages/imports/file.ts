// A first look at a file before it is handed over: what it is, and whether its columns are known. And the file that comes
// back: the lines that were bad.
import type { Import } from '@usher/contract/live'

export interface Chosen {
  file: File
  type: 'text/csv' | 'application/x-ndjson'
  finds: readonly { isBad: boolean; words: string }[]
}

const columns = new Set(['id', 'number', 'locale', 'zone', 'region'])
const groups = new Set(['titles', 'offers', 'security', 'account'])

function isKnown(column: string): boolean {
  if (column.startsWith('profile.')) return /^[a-z][a-z0-9_]{0,63}$/.test(column.slice(8))
  if (column.startsWith('consent.')) return groups.has(column.slice(8))
  return columns.has(column)
}

export async function look(file: File): Promise<Chosen> {
  const head = (await file.slice(0, 65_536).text()).replace(/^\ufeff/, '')
  const first = head.trimStart()
  const isCsv = /\.csv$/i.test(file.name) || (!/\.(ndjson|jsonl?)$/i.test(file.name) && !/^[{[]/.test(first))
  const finds: Chosen['finds'][number][] = []
  const bad = (words: string) => finds.push({ isBad: true, words })
  if (file.size === 0) bad('The file is empty.')
  else if (!isCsv) {
    if (first.startsWith('['))
      bad('This is a JSON array. NDJSON has one object on each line, and no brackets around them.')
    else if (!first.startsWith('{')) bad('The first line is no JSON object.')
  } else {
    const names = (first.split(/\r?\n/, 1)[0] ?? '').split(',').map(name => name.trim().replace(/^"(.*)"$/, '$1'))
    const strange = names.filter(name => !isKnown(name))
    if (!names.includes('id')) {
      const other = /[;\t]/.test(names.join('')) ? ' Its cells seem to be parted by something other than commas.' : ''
      bad(`The header line has no column id, so that each line would be bad.${other}`)
    } else if (strange.length > 0)
      bad(
        `Lines that fill a column which is not known here are bad: ${strange.map(name => name || '(no name)').join(', ')}.`,
      )
    else finds.push({ isBad: false, words: `Columns: ${names.join(', ')}.` })
  }
  return { file, type: isCsv ? 'text/csv' : 'application/x-ndjson', finds }
}

export function badLinesCsv(problems: Import['problems']): string {
  // A cell that begins like a formula is run by some spreadsheets: an apostrophe makes it a word.
  const cell = (text: string) => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`
  const lines = problems.map(({ line, code, detail }) => `${line},${cell(code)},${cell(detail)}`)
  return `line,code,detail\r\n${lines.join('\r\n')}\r\n`
}
