// A first look at a file before it is handed over: what it is, and whether its columns are known. And the file that comes
// back: the lines that were bad.
import type { Import, ImportKind } from '@usher/contract/live'

export interface Chosen {
  file: File
  type: 'text/csv' | 'application/x-ndjson'
  kind: ImportKind
  finds: readonly { isBad: boolean; words: string }[]
}

const columns = new Set(['id', 'number', 'locale', 'zone', 'region'])
const ofSubscriptions = new Set([
  ...['subscriber', 'subscription', 'plan', 'amount', 'currency', 'every'],
  ...['renewsAt', 'trialEndsAt', 'priceEndsAt', 'nextAmount', 'cardExpiresAt'],
])
/** Without these each line is bad. */
const needed: Record<ImportKind, readonly string[]> = { subscribers: ['id'], subscriptions: ['subscriber', 'plan'] }
const groups = new Set(['titles', 'offers', 'security', 'account'])

function isKnown(column: string, kind: ImportKind): boolean {
  if (kind === 'subscriptions') return ofSubscriptions.has(column)
  if (column.startsWith('profile.')) return /^[a-z][a-z0-9_]{0,63}$/.test(column.slice(8))
  if (column.startsWith('consent.')) return groups.has(column.slice(8))
  return columns.has(column)
}

/** `kind`: what it holds; without it that is guessed by what only one of them has. */
export async function look(file: File, said?: ImportKind): Promise<Chosen> {
  const head = (await file.slice(0, 65_536).text()).replace(/^\ufeff/, '')
  const first = head.trimStart()
  const isCsv = /\.csv$/i.test(file.name) || (!/\.(ndjson|jsonl?)$/i.test(file.name) && !/^[{[]/.test(first))
  const names = isCsv
    ? (first.split(/\r?\n/, 1)[0] ?? '').split(',').map(name => name.trim().replace(/^"(.*)"$/, '$1'))
    : []
  const isOfSubscriptions = isCsv ? names.includes('subscriber') : /^\{[^\n]*"subscriber"\s*:/.test(first)
  const kind = said ?? (isOfSubscriptions ? 'subscriptions' : 'subscribers')
  const finds: Chosen['finds'][number][] = []
  const bad = (words: string) => finds.push({ isBad: true, words })
  if (file.size === 0) bad('The file is empty.')
  else if (!isCsv) {
    if (first.startsWith('['))
      bad('This is a JSON array. NDJSON has one object on each line, and no brackets around them.')
    else if (!first.startsWith('{')) bad('The first line is no JSON object.')
  } else {
    const strange = names.filter(name => !isKnown(name, kind))
    const missing = needed[kind].find(name => !names.includes(name))
    if (missing !== undefined) {
      const other = /[;\t]/.test(names.join('')) ? ' Its cells seem to be parted by something other than commas.' : ''
      bad(`The header line has no column ${missing}, so that each line would be bad.${other}`)
    } else if (strange.length > 0)
      bad(
        `Lines that fill a column which is not known here are bad: ${strange.map(name => name || '(no name)').join(', ')}.`,
      )
    else finds.push({ isBad: false, words: `Columns: ${names.join(', ')}.` })
  }
  return { file, type: isCsv ? 'text/csv' : 'application/x-ndjson', kind, finds }
}

export function badLinesCsv(problems: Import['problems']): string {
  // A cell that begins like a formula is run by some spreadsheets: an apostrophe makes it a word.
  const cell = (text: string) => `"${text.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`
  const lines = problems.map(({ line, code, detail }) => `${line},${cell(code)},${cell(detail)}`)
  return `line,code,detail\r\n${lines.join('\r\n')}\r\n`
}
