// What was measured: rows, their goals, and the two files they are kept in.
import { readFileSync, writeFileSync } from 'node:fs'

export interface Row {
  key: string
  value: number
  unit: string
  /** `>= 5000`, `<= 50` and `196..204` are about the value, `>= 5x` about the ratio to the peer; null where the row stands beside another. */
  goal: string | null
  peer: { name: string; value: number } | null
  /** What a reader needs to know to judge it: sizes, settings, where the time went. */
  note: string
}

export interface Result extends Row {
  /** Value to peer; where there is no peer, value to goal. */
  ratio: number | null
  machine: string
  at: string
}

const readGoal = (goal: string | null) => {
  const [, least, most] = /^([\d.]+?)\.\.([\d.]+)$/.exec(goal ?? '') ?? []
  if (least !== undefined) {
    const [low, high] = [Number(least), Number(most)]
    return { number: (low + high) / 2, isRatio: false, isMetBy: (value: number) => value >= low && value <= high }
  }
  const [, sign, number, times] = /^(>=|<=) ([\d.]+)(x?)$/.exec(goal ?? '') ?? []
  if (number === undefined) return undefined
  const isMetBy = (value: number) => (sign === '>=' ? value >= Number(number) : value <= Number(number))
  return { number: Number(number), isRatio: times === 'x', isMetBy }
}

export function asResult(row: Row, machine: string): Result {
  const goal = readGoal(row.goal)
  const ratio = row.peer ? row.value / row.peer.value : goal?.number ? row.value / goal.number : null
  const { note, ...rest } = { ...row, value: round(row.value) }
  if (rest.peer) rest.peer = { ...rest.peer, value: round(rest.peer.value) }
  return { ...rest, ratio: ratio === null ? null : round(ratio), machine, at: new Date().toISOString(), note }
}

export function isMet(result: Result): boolean | null {
  const goal = readGoal(result.goal)
  if (!goal) return null
  return goal.isMetBy(goal.isRatio ? (result.ratio ?? 0) : result.value)
}

/** Three digits that mean something. */
const round = (value: number) => (Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3)))

const shown = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 3 })

const cells = (result: Result): string[] => {
  const met = isMet(result)
  return [
    result.key,
    `${shown(result.value)} ${result.unit}`,
    result.goal?.replace(/\d+/, digits => shown(Number(digits))) ?? '',
    met === null ? '' : met ? 'met' : 'missed',
    result.peer ? `${result.peer.name} ${shown(result.peer.value)}` : '',
    result.ratio === null ? '' : `${shown(result.ratio)}x`,
  ]
}
const heads = ['key', 'value', 'goal', '', 'peer', 'ratio']

export function asTable(results: readonly Result[]): string {
  const rows = [heads, ...results.map(cells)]
  const widths = heads.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Rows measured now take the place of their older selves; the others stay as they were. */
export function keep(folder: URL, measured: readonly Result[], order: readonly string[], readme: string): void {
  const path = new URL('results.json', folder)
  const byKey = new Map([...read(path), ...measured].map(result => [result.key, result]))
  const results = [...byKey.values()].sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key))
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(new URL('RESULTS.md', folder), asPage(results, readme))
}

function read(path: URL): Result[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [] // nothing was measured before
    throw error
  }
}

function asPage(results: readonly Result[], readme: string): string {
  const line = (row: string[]) => `| ${row.join(' | ')} |`
  const table = [line(heads), line(heads.map(() => '---')), ...results.map(result => line(cells(result)))].join('\n')
  const notes = results
    .map(({ key, note, at }) => `- \`${key}\` (${at.slice(0, 16).replace('T', ' ')}): ${note}`)
    .join('\n')
  const machines = [...new Set(results.map(({ machine }) => machine))].map(machine => `- ${machine}`).join('\n')
  return `# Measured\n\n${readme.trim()}\n\n${table}\n\n## Machine\n\n${machines}\n\n## How each was measured\n\n${notes}\n`
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** By nearest rank: the value that this share of all does not exceed. */
export const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)]!
